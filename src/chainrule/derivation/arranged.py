"""The order of terms and factors in a told line: as the person wrote them, and the rule's own.

Results are printed in one order, whatever was written. A step follows what it speaks of: x² + 1 is u = x² + 1, and the product
rule for uv reads (du/dx)v + u(dv/dx). Nothing is computed here: terms of sums and factors of products change places,
and a number in front of a sum goes to its terms, 2rᵀdr + 2λwᵀdw.
"""

from __future__ import annotations

from ..core.node import Node
from ..matrix import build
from ..matrix.reduce import tree_of
from ..matrix.styles import MADE, TURNED
from ..matrix.tree import Tree, make, walk
from ..syntax.lower import Lowering
from ..syntax.typed import Typed, order

LAST = 10_000


class Written:
    """The places at which things stand in what was written: its symbols, and every term and factor by its tree."""

    def __init__(self, typed: Typed, symbols: dict[str, Node], variable: str):
        self.place: dict[Tree, int] = {}
        self.symbol: dict[str, int] = {}
        self.sums: dict[frozenset[Tree], list[Tree]] = {}  # the terms of each sum in their order
        self.variable = variable
        lowering = Lowering(symbols)
        stack = [typed]
        while stack:
            t = stack.pop()
            place = len(self.place) + len(self.symbol)
            if t.kind == "var":
                self.symbol.setdefault(t.info, place)
            if t is not typed and not any(a.kind == "let" for a in t.args):
                self.place.setdefault(bare(tree_of(lowering.node(t))), place)
            if t.kind == "sum":
                terms = [bare(tree_of(lowering.node(a))) for a in t.args]
                self.sums.setdefault(frozenset(terms), terms)
            stack.extend(reversed(t.args))

    def of(self, t: Tree) -> int:
        """The place of a term or factor: its own, else that of the first thing in it; −1 of a number that was not written."""
        found = self.place.get(bare(t))
        if found is not None:
            return found
        return min([self.named(s.name) for s in walk(t) if s.kind == "sym"], default=-1)

    def named(self, name: str) -> int:
        """The place of a name; a differential or derivative, du or ∂u/∂x, is where its u is."""
        return self.symbol.get(moved(name) or name, LAST)

    def order(self, total: Tree, made: tuple[Tree, ...], derivative: bool) -> list[int]:
        """The positions of the terms of a sum, in the order in which they are to stand; `made` are they, themselves in order."""
        terms = [bare(t) for t in total.args]
        written = self.sums.get(frozenset(terms))
        if written is not None:
            place = [written.index(t) for t in terms]
        elif derivative and any(s.kind == "sym" and moved(s.name) for s in walk(total)):
            place = [self.of_term(t) for t in made]
        elif all(t in self.place or any(s.kind == "sym" for s in walk(t)) for t in terms):
            place = [self.of(t) for t in total.args]
        else:
            place = [0] * len(terms)
        return sorted(range(len(terms)), key=place.__getitem__)

    def of_term(self, t: Tree) -> tuple:
        """The place of a term of a derivative: that of what moves in it, and how far on in the term that stands."""
        leaves = [s for s in _leaves(t) if s.kind == "sym"]
        moving = [k for k, s in enumerate(leaves) if moved(s.name)]
        if moving:
            return self.named(leaves[moving[0]].name), moving[0]
        return self.symbol.get(self.variable, LAST), 0


def differences(problem, parameters: list[Node]) -> list[Node]:
    """The differences x − μ in a function, the way round in which they are written."""
    lowering = Lowering({s.name: s for s in parameters})
    for name, typed in problem.typed_lets:
        lowering.lets[name] = lowering.node(typed)
    every = order([typed for _, typed in problem.typed_lets] + [problem.typed])
    mixed = [t for t in every if t.kind == "sum" and min(t.info) < 0 < max(t.info)]
    return [node for node in map(lowering.node, mixed) if node.op == "sum"]


def moved(name: str) -> str:
    """u of ·u, ∂u/∂x and ·u/·x; "" of a name that is no derivative."""
    return name.removesuffix(TURNED).partition("/")[0][1:] if name.startswith(MADE) else ""


def bare(t: Tree) -> Tree:
    """A tree without its number in front."""
    if t.kind == "scale" and t.attr[0] != 1:
        return build.scale(1, build.scalars_of(t), t.args[-1] if t.attr[2] else None)
    return t


def arranged(tree: Tree, written: Written | None, derivative: bool, sorts: bool, spreads: bool) -> Tree:
    """`tree` with its terms and factors in the order of what was written.

    Parameters
        written: the places; without them only numbers go inside, and what moves goes last.
        derivative: whether terms stand where what moves in them was written.
        sorts: whether the factors of products are put in order too.
        spreads: whether a number in front of a sum goes to its terms.
    """
    done: dict[Tree, Tree] = {}
    for t in walk(tree):
        args = tuple([done[a] for a in t.args])
        attr = t.attr
        if t.kind == "sum" and written is not None:
            places = written.order(t, args, derivative)
            attr, args = tuple([attr[k] for k in places]), tuple([args[k] for k in places])
        elif t.kind == "scale":
            attr, args = _factors(t, args, written if sorts else None)
        elif t.kind == "had" and written is not None and sorts:
            places = sorted(range(len(args)), key=lambda k: (t.attr[k] < 0, written.of(t.args[k])))
            attr, args = tuple([attr[k] for k in places]), tuple([args[k] for k in places])
        made = make(t.kind, attr, args, t.shape) if args else t
        done[t] = _spread(made) if t is tree and spreads else made
    return done[tree]


def _factors(t: Tree, args: tuple, written: Written | None) -> tuple:
    coef, exponents, has_body = t.attr
    scalars = range(len(exponents))

    def rank(k: int) -> tuple:
        a, e = t.args[k], exponents[k]
        fixed = a.kind in ("num", "size") or e < 0
        moving = a.kind == "sym" and bool(moved(a.name))
        return e < 0, not fixed, 0 if fixed or written is None else written.of(a), moving

    order = sorted(scalars, key=rank)
    body = args[len(exponents) :]
    return (coef, tuple([exponents[k] for k in order]), has_body), tuple([args[k] for k in order]) + body


def _spread(t: Tree) -> Tree:
    """2(a + b) as 2a + 2b, and −(a + b) as −a − b: a whole number in front of nothing but a sum."""
    if t.kind != "scale" or type(t.attr[0]) is not int or len(t.args) != 1 or t.attr[1] not in ((), (1,)):
        return t
    (total,) = t.args
    if total.kind != "sum":
        return t
    return make("sum", tuple([t.attr[0] * c for c in total.attr]), total.args, total.shape)


def in_turn(terms: list[tuple[int, object, Tree]]) -> Tree:
    """A sum of products of vectors, each in the direction with fewer transposes: dxᵀAx + xᵀA dx. Terms are (place, number, tree)."""
    found: list[tuple[int, object, Tree]] = []
    for place, c, t in terms:
        if t.kind == "scale" and t.attr[0] != 1:
            c, t = c * t.attr[0], bare(t)
        if t.kind == "dot":
            first, *between, last = t.args
            turned = make("dot", None, (last, *[build.transpose(m) for m in reversed(between)], first), ())
            if turned.turns < t.turns or any(t is seen for _, _, seen in found):
                t = turned
        found.append((place, c, t))
    found.sort(key=lambda term: (term[0], term[2].kind != "dot" or not term[2].args[0].formal))
    return make("sum", tuple([c for _, c, _ in found]), tuple([t for _, _, t in found]), ())


def _leaves(t: Tree) -> list[Tree]:
    """The leaves as they are read, each as often as it stands there."""
    found, stack = [], [t]
    while stack:
        t = stack.pop()
        if t.args:
            stack.extend(reversed(t.args))
        else:
            found.append(t)
    return found
