"""The second derivative of a part of a function along a direction, vᵀ∇²g v, where it decides: g has to be smooth enough.

A function with a continuous first derivative on an open convex set is convex where vᵀ∇²g v ≥ 0 almost everywhere. A kink (|x|) or
a jump is not seen by second derivatives, so a part that has one is refused; so is one whose derivative may not exist, as a root
of what may vanish.
"""

from __future__ import annotations

from ...calculus import push_all_forward
from ...core.algebra import remake, substitute
from ...core.errors import ChainruleError
from ...core.node import Node, symbol
from ...core.product import product, really_summed
from ...core.walk import depends, order, rebuild
from ...derivation.differentiate import tidied
from ...ops.choices import where
from .bounds import Bounds

MOST_TIDIED = 100  # nodes of an expression that is worth simplifying; what is larger is proved by its parts or not at all
KEPT = frozenset({"symmetric", "diagonal", "posdef", "psd"})  # of a variable: what its directions have of it


class Curved:
    """Second derivatives of nodes of one function along one direction in all `wrt` at once.

    Attributes
        directions: their symbols, in the order of the variables.
    """

    def __init__(self, start, names: list[str], taken: set[str], bounds: Bounds):
        self.start, self.bounds, self._plain = start, bounds, Bounds()
        self.free = [start.free[n] for n in names]
        self.whole = [start.whole[n] for n in names]
        letters = _letters(names, taken)
        self.directions = [symbol(letter, w.dims, _facts_of(w)) for letter, w in zip(letters, self.whole)]
        self._done: dict[Node, Node] = {}
        self._back: dict[Node, Node] = {}
        for node in order(start.node):
            self._back.setdefault(start.bound(node, self._done), node)
        self._smooth: dict[Node, str | None] = {}
        self._moving: dict[Node, bool] = {}

    def second(self, node: Node) -> Node | None:
        """vᵀ∇²g v of a node g of the function with all its facts; None where it cannot be derived or does not decide."""
        if self.obstacle(node) is not None:
            return None
        free = self._back.get(node)
        if free is None:
            back = {w: f for f, w in zip(self.free, self.whole) if f is not w}
            free = substitute(node, back) if back else node
        tangents = dict(zip(self.free, self.directions))
        try:
            (first,) = push_all_forward([free], tangents)
            (second,) = push_all_forward([first], tangents)
        except ChainruleError:
            return None
        return self.start.bound(second, self._done)

    def obstacle(self, node: Node) -> str | None:
        """Why second derivatives do not decide about a node: a word on what is not smooth; None where they do."""
        for each in order(node, known=self._smooth):
            own = next((self._smooth[a] for a in each.args if self._smooth[a]), None)
            self._smooth[each] = own or (self._kink(each) if self._moves(each) else None)
        return self._smooth[node]

    def _moves(self, node: Node) -> bool:
        """Whether a node depends on the variables."""
        if node not in self._moving:
            nodes = order(node, known=self._moving)
            moving = depends(nodes, [*self.whole, *[a for n in nodes for a in n.args if self._moving.get(a)]])
            self._moving |= {n: n in moving for n in nodes}
        return self._moving[node]

    def _kink(self, node: Node) -> str | None:
        if node.op == "product":
            for base, _, e in node.operands:
                if not self._moves(base):
                    continue
                if type(e) is int and e >= 0:
                    continue
                if type(e) is int and (self.bounds.positive(base) or self.bounds.negative(base)):
                    continue
                if type(e) is not int and (self.bounds.positive(base) or self._ends_where_it_vanishes(base) or e >= 2):
                    continue
                return "a root of what may vanish" if type(e) is not int else "a division by what may vanish"
            return None
        if node.op == "map":
            declaration = node.attr
            if any(order_missing < 2 for order_missing in declaration.breaks.values()):
                return f"{declaration.text} has a kink or a jump"
            if declaration.margin is not None and not declaration.breaks:
                return f"{declaration.text} may have a kink"
            if declaration.derivative is None and declaration.define is None:
                return f"{declaration.text} has no derivative"
            return "a choice may have a kink" if declaration is where else None
        if node.op == "struct" and node.attr[0].margin is not None:
            return f"{node.attr[0].text} has kinks"
        return None

    def _ends_where_it_vanishes(self, base: Node) -> bool:
        """Whether a root's argument vanishes only where the domain ends: it is ≥ 0 by that condition alone, and concave."""
        known = self.bounds.assumed.get(base)
        return known is not None and known.low >= 0 and not self._plain.nonnegative(base)

    def tidy(self, node: Node) -> Node:
        """The shortest form, with weights beside squares and not inside them: t² ⊙ (Xv)² for (t ⊙ Xv)², where t² may be 1."""
        return rebuild(tidied(node) if len(order(node)) <= MOST_TIDIED else node, _weights_out)


def _weights_out(node: Node, args: tuple[Node, ...]) -> Node:
    made = node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)
    if made.op != "product":
        return made
    operands, changed = [], False
    for base, labels, e in made.operands:
        parts = _parted(base) if type(e) is int and e > 1 and base.op == "product" else None
        if parts is None:
            operands.append((base, labels, e))
            continue
        outside, inside = parts
        place = dict(zip(base.out, labels))
        operands += [(b, tuple([place[x] for x in l]), f * e) for b, l, f in outside]
        operands.append((inside, labels, e))
        changed = True
    return product(made.coef, operands, made.out, made.label_dims) if changed else made


def _parted(base: Node) -> tuple[list, Node] | None:
    """(factors that are not summed over, the rest) of a product with a sum in it, or None where there are none such."""
    out = set(base.out)
    if len(out) < len(base.out) or not really_summed(base):
        return None
    outside = [o for o in base.operands if set(o[1]) <= out and o[1]]
    inside = [o for o in base.operands if not (set(o[1]) <= out and o[1])]
    if not outside or not inside:
        return None
    return outside, product(base.coef, inside, base.out, base.label_dims)


def _facts_of(whole: Node) -> frozenset[str]:
    """Of a symmetric variable the directions are symmetric, of a diagonal one diagonal; positive ones have any sign."""
    if "diagonal" in whole.facts:
        return frozenset({"diagonal"})
    return frozenset({"symmetric"}) if whole.facts & KEPT else frozenset()


def _letters(names: list[str], taken: set[str]) -> list[str]:
    if len(names) == 1:
        letters = ["V", "D", "H", "E"] if names[0][:1].isupper() else ["v", "d", "h", "u"]
        return [next(x for x in [*letters, *[f"v{k}" for k in range(1, 99)]] if x not in taken)]
    found: list[str] = []
    for name in names:
        base = "V" if name[:1].isupper() else "v"
        found.append(next(x for x in [f"{base}_{name}", *[f"{base}{k}_{name}" for k in range(1, 99)]] if x not in taken and x not in found))
    return found
