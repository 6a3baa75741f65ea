"""Where two formulas that are written alike differ: the one part of the person's text that is another in the true derivative.

The trees of both texts are laid side by side, named intermediates put in. Terms of a sum may stand in any order; factors stand
in theirs. Where all but one part is the same, that part is the mistake, and what it should be stands in the other text.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ...syntax import Problem
from ...syntax.tree import Tree

PRODUCTS = {"": "·", " ": "·", "*": "·", "@": "·", ".*": "⊙", "/": "/", "./": "/", "kron": "⊗"}
DEEPEST = 60


class Place(NamedTuple):
    """The one part that differs: where it stands in the person's text, what should stand there (None: nothing), and the cause, if any.

    `lacks` says what is missing there, where that is all: the factor A^T.
    """

    start: int
    end: int
    should: str | None
    cause: str | None
    lacks: str | None = None


class Written(NamedTuple):
    """A text with its tree: `named` are the trees of its intermediates."""

    text: str
    named: dict[str, Tree]
    numpy: bool

    def of(self, node: Tree) -> str:
        return self.text[node.start : node.end]


def unlike(mine: Problem, true: Problem) -> Place | None:
    """The one place at which `mine` is not `true`, or None where there are more, or none."""
    yours, theirs = written(mine), written(true)
    try:
        return _differ(mine.tree, true.tree, yours, theirs, 0)
    except RecursionError:
        return None


def written(problem: Problem) -> Written:
    return Written(problem.text, dict(problem.lets), problem.dialect == "numpy")


def _plain(node: Tree, within: Written) -> tuple[Tree, int]:
    """(a node with its name put in, its sign): −a is a with the other sign."""
    sign = 1
    while True:
        if node.kind == "name" and node.value in within.named:
            node = within.named[node.value]
        elif node.kind == "sum" and len(node.args) == 1:
            sign, node = sign * (-1 if node.value == "-" else 1), node.args[0]
        else:
            return node, sign


def _alike(a: Tree, b: Tree, x: Written, y: Written, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return False
    a, s = _plain(a, x)
    b, t = _plain(b, y)
    if s != t or a.kind != b.kind:
        return False
    if a.kind == "sum":
        return not any(_unmatched(_terms(a, x), _terms(b, y), x, y, depth))
    if a.kind == "product":
        left, right = _factors(a, x), _factors(b, y)
        return len(left) == len(right) and all(
            p == q and _alike(u, v, x, y, depth + 1) for (p, u), (q, v) in zip(left, right)
        )
    if a.kind == "number":
        return a.value == b.value
    if a.kind in ("name", "call", "subscript") and a.value != b.value or len(a.args) != len(b.args):
        return False
    return all(
        (u is None and v is None) or (u is not None and v is not None and _alike(u, v, x, y, depth + 1))
        for u, v in zip(a.args, b.args)
    )


def _unmatched(left: list, right: list, x: Written, y: Written, depth: int):
    """The (sign, term) of two sums that have no partner in the other."""
    left, right = list(left), list(right)
    for sign, term in list(left):
        partner = next(
            (k for k, (other, t) in enumerate(right) if other == sign and _alike(term, t, x, y, depth + 1)), None
        )
        if partner is not None:
            left.remove((sign, term))
            right.pop(partner)
    return left, right


def _factors(node: Tree, within: Written) -> list[tuple[str, Tree]]:
    """(operator before it, factor): products in brackets are opened where that changes nothing."""
    found = []
    for sign, factor in zip(node.value, node.args):
        kind = PRODUCTS.get(sign, sign)
        inner, turned = _plain(factor, within)
        if (
            inner.kind == "product"
            and turned == 1
            and kind == "·"
            and all(PRODUCTS.get(s) == "·" for s in inner.value[1:])
        ):
            found += [(kind, inner.args[0]), *[("·", f) for f in inner.args[1:]]]
        else:
            found.append((kind, factor))
    return found


def _terms(node: Tree, within: Written) -> list[tuple[int, Tree]]:
    """(sign, term) of a sum; a part that is none is its only term."""
    while node.kind == "name" and node.value in within.named:
        node = within.named[node.value]
    if node.kind != "sum":
        return [(1, node)]
    found = []
    for sign, term in zip(node.value, node.args):
        inner, turned = _plain(term, within)
        found.append(((-1 if sign == "-" else 1) * turned, inner if turned < 0 else term))
    return found


def _same_word(a: Tree, b: Tree, x: Written, y: Written) -> bool:
    """Whether two nodes of a kind say the same beside their arguments: the order of a norm, the name of a function."""
    if isinstance(a.value, Tree) and isinstance(b.value, Tree):
        return _alike(a.value, b.value, x, y)
    return a.value == b.value or a.kind in ("power", "transpose")


def _differ(a: Tree, b: Tree, x: Written, y: Written, depth: int) -> Place | None:
    """The one place at which two parts differ."""
    if depth > DEEPEST or _alike(a, b, x, y):
        return None
    left, right = _terms(a, x), _terms(b, y)
    if len(left) > 1 or len(right) > 1:
        whole = _in_sum(a, b, left, right, x, y, depth)
        if whole is not None or len(left) > 1 and len(right) > 1:
            return whole
        if a.kind != "product" and b.kind != "product":
            return _other(a, b, y, depth)
    whole_, (a, s), (b, t) = a, _plain(a, x), _plain(b, y)
    if s != t:
        return (
            Place(whole_.start, whole_.end, y.of(b) if t == 1 else f"-({y.of(b)})", "sign")
            if _alike(a, b, x, y)
            else None
        )
    if a.kind == "product" or b.kind == "product":
        return _in_product(a, b, x, y, depth, False) or _in_product(a, b, x, y, depth, True)
    if a.kind == "transpose" and _alike(a.args[0], b, x, y) or b.kind == "transpose" and _alike(a, b.args[0], x, y):
        return Place(a.start, a.end, y.of(b), "transposed")
    if a.kind == "power" and _alike(a.args[0], b, x, y) or b.kind == "power" and _alike(a, b.args[0], x, y):
        return Place(a.start, a.end, y.of(b), "power")
    if (
        a.kind == b.kind == "call"
        and a.value != b.value
        and len(a.args) == len(b.args)
        and all(_alike(u, v, x, y) for u, v in zip(a.args, b.args))
    ):
        return Place(a.start, a.end, y.of(b), "mean" if {a.value, b.value} == {"sum", "mean"} else "function")
    if (
        a.kind == "call"
        and any(_alike(u, b, x, y) for u in a.args)
        or b.kind == "call"
        and any(_alike(a, u, x, y) for u in b.args)
    ):
        return Place(a.start, a.end, y.of(b), "activation-point")
    if a.kind == b.kind == "name":
        return Place(a.start, a.end, y.of(b), "variable")
    if a.kind == b.kind == "number":
        return Place(a.start, a.end, y.of(b), "factor")
    if a.kind == b.kind and _same_word(a, b, x, y) and len(a.args) == len(b.args):
        apart = [(u, v) for u, v in zip(a.args, b.args) if u is not None and v is not None and not _alike(u, v, x, y)]
        if len(apart) == 1:
            found = _differ(*apart[0], x, y, depth + 1)
            in_exponent = a.kind == "power" and apart[0][0] is a.args[1]
            return found._replace(cause="power") if found and in_exponent else found
    return _other(a, b, y, depth)


def _other(a: Tree, b: Tree, y: Written, depth: int) -> Place | None:
    """A part that is another altogether: its place is known, and no cause."""
    return Place(a.start, a.end, y.of(b), None) if depth else None


def _in_sum(a: Tree, b: Tree, left: list, right: list, x: Written, y: Written, depth: int) -> Place | None:
    """The same for sums, given their (sign, term) lists."""
    left, right = _unmatched(left, right, x, y, depth)
    if len(left) == 1 and not right:
        return Place(left[0][1].start, left[0][1].end, None, "extra-term")
    if not left and len(right) == 1:
        sign, term = right[0]
        return Place(a.start, a.end, y.of(b), "missing-term", f"the term {'-' if sign < 0 else ''}{y.of(term)} is missing")
    if len(left) == len(right) == 1:
        (s, u), (t, v) = left[0], right[0]
        if s != t:
            return (
                Place(u.start, u.end, ("-" if t < 0 else "+") + f" {y.of(v)}", "sign") if _alike(u, v, x, y) else None
            )
        return _differ(u, v, x, y, depth + 1)
    return None


def _in_product(a: Tree, b: Tree, x: Written, y: Written, depth: int, opened: bool) -> Place | None:
    """The same for products; `opened`: products within them are opened."""
    left, right = [
        [("·", node)]
        if node.kind != "product"
        else _factors(node, within)
        if opened
        else [(PRODUCTS.get(p, p), f) for p, f in zip(node.value, node.args)]
        for node, within in ((a, x), (b, y))
    ]
    left, right = (
        [(p if at else "·", u) for at, (p, u) in enumerate(left)],
        [(p if at else "·", v) for at, (p, v) in enumerate(right)],
    )
    while left and right and left[0][0] == right[0][0] and _alike(left[0][1], right[0][1], x, y):
        left, right = left[1:], right[1:]
    while left and right and left[-1][0] == right[-1][0] and _alike(left[-1][1], right[-1][1], x, y):
        left, right = left[:-1], right[:-1]
    if len(left) == len(right) == 1:
        (p, u), (q, v) = left[0], right[0]
        if p != q:
            if {p, q} == {"·", "⊙"} and _alike(u, v, x, y):
                return Place(a.start, a.end, y.of(b), "elementwise-product")
            return None
        return _differ(u, v, x, y, depth + 1)
    if len(left) == 1 and not right:
        u = left[0][1]
        return Place(u.start, u.end, None, _cause(u))
    if not left and len(right) == 1:
        kind, factor = right[0]
        what = "the division by" if kind == "/" else "the factor"
        return Place(a.start, a.end, y.of(b), _cause(factor), f"{what} {y.of(factor)} is missing")
    if len(left) == len(right) == 2 and all(p == q == "·" for (p, _), (q, _) in zip(left, right)):
        if _alike(left[0][1], right[1][1], x, y) and _alike(left[1][1], right[0][1], x, y):
            return Place(left[0][1].start, left[1][1].end, f"{y.of(right[0][1])} {y.of(right[1][1])}", "order")
    return None


def _cause(factor: Tree) -> str:
    """What it means that a factor is missing, or too many."""
    if factor.kind == "number":
        return "factor" if Fraction(factor.value) != -1 else "sign"
    return "chain-factor"
