"""Deep sums are simplified one segment at a time: what lies deeper stands for itself, and equal segments are searched once.

The gradient of a network of a hundred layers has a sum for each, as long as all that is above it, and but for the
letters the same. A segment of a sum is what is seen from it through products and sums. It ends at variables, at what
functions are applied to, and at large parts that are deep themselves, which were simplified when they were met. These
leaves are replaced by letters of their own, with the facts that are certain of them; the segment is simplified in
these letters, and the leaves put back. Segments that differ in leaves only are one expression in letters, for which
the search is made once. Shallow sums, which are all that textbooks print, are not touched by this.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from ..core.algebra import substitute
from ..core.facts import sign, symmetric, value_set
from ..core.node import Node, symbol

DEEP = 14  # operations one upon the other from which a sum is taken by its segment
LARGE = 24  # operations that are seen from a deep part, from which it is a leaf
ALIKE = 2  # levels below a leaf that are compared where leaves are put in order

_SIGNS = {"+": "positive", "0+": "nonneg", "-": "negative"}
_VALUES = {"01": "labels01", "±1": "labelspm1"}
_THROUGH = ("sum", "product")
_LITERAL = ("number", "size", "structured")


class Segments:
    """The segments that were simplified so far, by their expression in letters."""

    def __init__(self, tidied: Callable[[Node], Node]):
        self.tidied = tidied
        self.found: dict[int, Node | None] = {}
        self.letters: dict[tuple, Node] = {}
        self.numbers: dict[tuple, int] = {}  # a number for each expression

    def simplified(self, node: Node) -> Node:
        """A sum or product in the shortest form that is found; if it is deep, in that of its segment."""
        if not _is_deep(node):
            return self.tidied(node)
        leaves, inner = _seen_from(node)
        leaves = sorted(leaves, key=lambda leaf: (_alike(leaf), _measured(leaf)[0], leaf.digest))
        letters = [self._letter(k, leaf) for k, leaf in enumerate(leaves)]
        key = self._expression(inner, dict(zip(leaves, letters)))
        if key not in self.found:
            spelled = substitute(node, dict(zip(leaves, letters)))
            found = self.tidied(spelled)
            self.found[key] = None if found is spelled else found
        found = self.found[key]
        return node if found is None else substitute(found, dict(zip(letters, leaves)))

    def _letter(self, k: int, leaf: Node) -> Node:
        """The letter for the k-th leaf, with all that is certain of it."""
        key = k, leaf.dims, _facts(leaf)
        if key not in self.letters:
            self.letters[key] = symbol(f"·{k}", leaf.dims, key[2])
        return self.letters[key]

    def _expression(self, inner: list[Node], letters: dict[Node, Node]) -> int:
        """A number that is the same for equal expressions in letters; `inner` are their operations, arguments first."""
        numbers: dict[Node, int] = {}
        for node in inner:
            args = [numbers[a] if a in numbers else self._number(letters.get(a, a)) for a in node.args]
            numbers[node] = self._number((node.op, _spelled(node, args), node.dims))
        return numbers[inner[-1]]

    def _number(self, key) -> int:
        return self.numbers.setdefault(key, len(self.numbers))


def _is_deep(node: Node) -> bool:
    """Whether a sum or product stands on so many operations that it is taken by its segment."""
    return _measured(node)[0] >= DEEP


def _is_seen_through(node: Node, above: Node) -> bool:
    """Whether the segment of what is `above` goes on into this argument: into the terms of a sum, and into small parts."""
    if node.op not in _THROUGH or above.op not in _THROUGH:
        return False
    if node.op == "product" and above.op == "sum":
        return True
    depth, seen = _measured(node)
    return depth < DEEP or seen <= LARGE


def _measured(node: Node) -> tuple[int, int]:
    """(operations one upon the other, operations that are seen from it through sums and products)."""
    stack = [node]
    while stack:
        top = stack[-1]
        if "measured" in top.memo:
            stack.pop()
            continue
        waiting = [a for a in top.args if "measured" not in a.memo]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        below = [a.memo["measured"] for a in top.args]
        depth = 1 + max([d for d, _ in below], default=0)
        seen = sum([n if _is_seen_through(a, top) else 1 for a, (_, n) in zip(top.args, below)])
        top.memo["measured"] = depth, 1 + seen
    return node.memo["measured"]


def _seen_from(node: Node) -> tuple[list[Node], list[Node]]:
    """(leaves, operations with arguments first) of the segment of `node`."""
    leaves: list[Node] = []
    inner: list[Node] = []
    seen = {node}
    stack = [(node, iter(node.args))]
    while stack:
        top, rest = stack[-1]
        for child in rest:
            if child in seen or child.op in _LITERAL:
                continue
            seen.add(child)
            if _is_leaf(child, top):
                leaves.append(child)
            else:
                stack.append((child, iter(child.args)))
                break
        else:
            stack.pop()
            inner.append(top)
    return leaves, inner


def _is_leaf(node: Node, above: Node) -> bool:
    if node.op == "symbol":
        return True
    if not node.args:
        return False
    return above.op not in _THROUGH or node.op in _THROUGH and not _is_seen_through(node, above)


def _facts(leaf: Node) -> frozenset[str]:
    """What is certain of the values of a leaf, as facts of a variable."""
    if leaf.op == "symbol":
        return leaf.facts
    found = [_SIGNS.get(sign(leaf)), _VALUES.get(value_set(leaf)), "symmetric" if symmetric(leaf) else None]
    return frozenset([fact for fact in found if fact])


def _spelled(node: Node, args: list[int]) -> tuple:
    """The operation of a node on numbered arguments, the same in whichever order they are kept."""
    if node.op == "sum":
        return tuple(sorted([(a, type(c) is float, c) for a, c in zip(args, node.attr)]))
    if node.op == "product":
        coef, out, spec = node.attr
        operands = sorted([(a, float(e), e, k) for k, (a, (_, e)) in enumerate(zip(args, spec))])
        places: dict[int, int] = {}
        axes = [places.setdefault(x, len(places)) for x in out]
        spelled = [(a, e, *[places.setdefault(x, len(places)) for x in spec[k][0]]) for a, _, e, k in operands]
        return type(coef) is float, coef, *axes, None, *spelled
    return node.attr, *args


def _alike(leaf: Node, level: int = ALIKE) -> bytes:
    """The same for leaves that are made alike, whatever their letters are."""
    key = "alike", level
    found = leaf.memo.get(key)
    if found is None:
        name = getattr(leaf.attr, "name", "") if leaf.op == "map" else ""
        text = f"{leaf.op}|{name}|{'x'.join([d.text for d in leaf.dims])}|{len(leaf.args)}|"
        if leaf.op == "symbol":
            text += ",".join(sorted(leaf.facts))
        below = sorted([_alike(a, level - 1) for a in leaf.args]) if level else []
        found = leaf.memo[key] = blake2b(text.encode() + b"".join(below), digest_size=8).digest()
    return found
