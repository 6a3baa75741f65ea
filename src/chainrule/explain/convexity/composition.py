"""Rules of composition over the graph: what is convex, concave or affine because of what it is made of.

As in disciplined convex programming, read from the declarations of the operations (`curvature`, `monotone`, `parity`,
`log_curvature`, `along`), with one calculus more. A function f ≥ 0 is called p-convex if fᵖ is convex for p > 0, log f for
p = 0, and if fᵖ is concave for p < 0; p-concave the other way round. A power f^e of a p-convex f is (p/e)-convex; sums keep
p ≤ 1 (Minkowski); products of a p- and a q-convex function are r-convex with 1/r = 1/p + 1/q, where at most one of p, q is
positive and r is then positive too. So ‖x‖, x²/y, √(xy), log Σ exp and posynomials need no rules of their own.

Reference: Boyd & Vandenberghe, Convex Optimization (2004), section 3.2; Grant, Boyd & Ye, Disciplined Convex Programming
(2006); Avriel, r-convex functions, Mathematical Programming 2 (1972).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf

from ...core.node import Node, exact
from ...core.product import really_summed
from ...core.walk import depends, order
from ...ops.elementary import log
from .bounds import Bounds
from .claim import Claim

FLIPPED = {"convex": "concave", "concave": "convex", "affine": "affine", None: None}


class Shape:
    """What is known of a node that depends on the variables: claims, or None; `p` and `c` are (index, claim) of powers."""

    __slots__ = ("affine", "convex", "concave", "p", "c")

    def __init__(self, affine=None, convex=None, concave=None, p=None, c=None):
        self.affine, self.convex, self.concave, self.p, self.c = affine, convex or affine, concave or affine, p, c


class Composition:
    """The shapes of nodes. `wrt` are the symbols that move.

    Parameters
        square: asked of a product of affine factors: a claim that it is a sum of squares of affine functions, or None.
        proved: asked of a node of which no rule says anything: a claim "convex" or "concave" from elsewhere, or None.
    """

    def __init__(self, wrt: list[Node], bounds: Bounds, square: Callable, proved: Callable | None = None):
        self.wrt, self.bounds, self.square, self.proved = list(wrt), bounds, square, proved
        self.shapes: dict[Node, Shape | None] = {}

    def shape(self, root: Node) -> Shape | None:
        """The shape of `root`; None if it does not depend on the variables."""
        nodes = order(root, known=self.shapes)
        moving = depends(order(root), self.wrt)
        for node in nodes:
            self.shapes[node] = self._shape(node) if node in moving else None
        return self.shapes[root]

    def _shape(self, node: Node) -> Shape:
        if node in self.wrt:
            found = Shape(affine=Claim("affine", node, "a variable"))
        elif node.op == "sum":
            found = self._sum(node)
        elif node.op == "product":
            found = self._product(node)
        else:
            found = self._applied(node)
        found = self._powers(node, found)
        if self.proved is not None and not (found.convex or found.concave):
            for kind in ("convex", "concave"):
                claim = self.proved(node, kind)
                if claim is not None:
                    setattr(found, kind, claim)
                    found = self._powers(node, found)
                    break
        return found

    # ---------------------------------------------------------------- sums

    def _sum(self, node: Node) -> Shape:
        found = Shape()
        shapes = [(c, t, self.shapes[t]) for c, t in node.terms]
        moving = [(c, t, s) for c, t, s in shapes if s is not None]
        if all(s.affine for _, _, s in moving):
            return Shape(affine=Claim("affine", node, "a sum of affine terms", tuple([s.affine for _, _, s in moving])))
        for kind in ("convex", "concave"):
            claims = [getattr(s, kind if c > 0 else FLIPPED[kind]) for c, _, s in moving]
            if all(claims):
                setattr(found, kind, Claim(kind, node, f"a sum of {kind} terms", _needed(claims)))
        found.p = self._sum_of_powers(node, shapes, "p")
        found.c = self._sum_of_powers(node, shapes, "c")
        return found

    def _sum_of_powers(self, node: Node, shapes: list, which: str):
        worst, claims = (-inf if which == "p" else inf), []
        for c, t, s in shapes:
            if c < 0 or not self.bounds.nonnegative(t):
                return None
            if s is None:
                continue
            own = getattr(s, which)
            if own is None:
                return None
            worst = max(worst, own[0]) if which == "p" else min(worst, own[0])
            claims.append(own[1])
        if worst > 1 if which == "p" else worst < 1:
            return None
        if worst <= 0 and which == "p" and not all(self.bounds.positive(t) for _, t, s in shapes if s is not None):
            return None
        return worst, Claim("power", node, _said(which, worst) + ": such functions can be added", tuple(claims))

    # ---------------------------------------------------------------- products and powers

    def _product(self, node: Node) -> Shape:
        moving = [(base, labels, e, self.shapes[base]) for base, labels, e in node.operands if self.shapes.get(base) is not None]
        still = [(base, labels, e) for base, labels, e in node.operands if self.shapes.get(base) is None]
        sign = 1 if node.coef > 0 else -1
        for base, _, e in still:
            sign *= 1 if type(e) is int and e % 2 == 0 else self.bounds.sign(base)
        if len(moving) == 1:
            base, labels, e, s = moving[0]
            found = self._raised(base, e, s)
            return self._scaled(node, found, sign, bool(still) or node.coef != 1 or really_summed(node))
        found = Shape()
        if all(e == 1 and s.affine for _, _, e, s in moving):
            claim = self.square(node)
            if claim is not None and claim.kind == "convex":
                found.convex = claim
                found.p = (Fraction(1, 2), Claim("power", node, _said("p", Fraction(1, 2)) + ": it is a squared norm of affine functions", (claim,)))
            elif claim is not None:
                found.concave = claim
            if claim is not None:
                return found
        if sign > 0 and all(self.bounds.nonnegative(base) for base, _, _, _ in moving):
            self._multiplied(node, moving, found)
        elif sign < 0 and all(self.bounds.nonnegative(base) for base, _, _, _ in moving):
            other = Shape()
            self._multiplied(node, moving, other)
            for kind, index in (("convex", other.c), ("concave", other.p)):
                if index is not None and (index[0] >= 1 if kind == "convex" else index[0] <= 1):
                    setattr(found, kind, Claim(kind, node, f"a negative multiple of what is {FLIPPED[kind]}", (index[1],)))
        elif sign > 0:
            self._multiplied_even(node, moving, found)
        return found

    def _multiplied_even(self, node: Node, moving: list, found: Shape) -> None:
        """Factors of any sign are well in even powers only: x²/y."""
        if all(self.bounds.nonnegative(base) or (type(e) is int and e % 2 == 0) for base, _, e, _ in moving):
            self._multiplied(node, moving, found)

    def _multiplied(self, node: Node, moving: list, found: Shape) -> None:
        """The index of a product of functions that are not negative."""
        for which in "pc":
            parts = []
            for base, _, e, s in moving:
                one = self._index(base, e, s, which)
                if one is None:
                    break
                parts.append(one)
            else:
                index = _joined([i for i, _ in parts], which)
                if index is None:
                    continue
                if really_summed(node) and (index > 1 if which == "p" else index < 1):
                    continue
                claim = Claim("power", node, _said(which, index) + ": " + _added_up([i for i, _ in parts]), tuple([c for _, c in parts]))
                setattr(found, which, (index, claim))

    def _index(self, base: Node, e, s: Shape, which: str):
        """(index, claim) of base^e."""
        if type(e) is int and e > 0 and e % 2 == 0 and s.affine and which == "p":
            return Fraction(1, e), s.affine  # |u| is convex
        own = getattr(s, which if e > 0 else "c" if which == "p" else "p")
        if own is None or not self.bounds.nonnegative(base):
            return None
        if e < 0 and not self.bounds.positive(base):
            return None
        return (own[0] / Fraction(e) if type(e) is not float else own[0] / e), own[1]

    def _raised(self, base: Node, e, s: Shape) -> Shape:
        """The shape of base^e."""
        if e == 1:
            return s
        found = Shape()
        for which in "pc":
            one = self._index(base, e, s, which)
            if one is not None:
                setattr(found, which, one)
        if found.p is not None and found.p[0] <= 1:
            found.convex = found.p[1]
        if found.c is not None and found.c[0] >= 1:
            found.concave = found.c[1]
        odd = type(e) is int and e % 2 == 1
        if odd and s.affine and self.bounds.nonpositive(base) and (e > 0 or self.bounds.negative(base)):
            found.concave = s.affine  # u³ and 1/u for u < 0
        if type(e) is int and e > 0 and e % 2 == 0 and s.concave and self.bounds.nonpositive(base):
            found.convex = s.concave
        return found

    def _scaled(self, node: Node, s: Shape, sign: int, changed: bool) -> Shape:
        """The shape of a sum of multiples of what has the shape `s`; `sign` is that of all weights, 0 where it is not known."""
        if s.affine:
            return Shape(affine=Claim("affine", node, "linear in what is affine", (s.affine,)))
        found = Shape()
        if not sign:
            return found
        base, _, e = next(o for o in node.operands if self.shapes.get(o[0]) is not None)
        for kind in ("convex", "concave"):
            claim = getattr(s, kind if sign > 0 else FLIPPED[kind])
            if claim is None:
                continue
            if e != 1:
                rule = self._power_rule(e, kind if sign > 0 else FLIPPED[kind])
                if sign < 0:
                    rule += ", times what is ≤ 0"
                setattr(found, kind, Claim(kind, node, rule, (claim,)))
            else:
                rule = ("a sum with weights ≥ 0" if really_summed(node) else "a multiple ≥ 0") if sign > 0 else f"a negative multiple of what is {FLIPPED[kind]}"
                setattr(found, kind, Claim(kind, node, rule, (claim,)) if changed else claim)
        if sign > 0:
            for which in "pc":
                own = getattr(s, which)
                if own is not None and (not really_summed(node) or (own[0] <= 1 if which == "p" else own[0] >= 1)):
                    setattr(found, which, own)
        return found

    def _power_rule(self, e, kind: str) -> str:
        if type(e) is int and e % 2 == 0 and e > 0:
            return "an even power of what is affine, or of what is convex and ≥ 0"
        if e > 1:
            return "a power above 1 of what is convex and ≥ 0"
        if 0 < e < 1:
            return f"the power {e}: u^{e} is concave and increasing" if kind == "concave" else f"a norm: its power {1 / Fraction(e)} is made of convex terms ≥ 0"
        return "a negative power of what is concave and > 0" if kind == "convex" else "a negative power"

    def _powers(self, node: Node, s: Shape) -> Shape:
        """What convexity says of the index, and the index of convexity."""
        if self.bounds.nonnegative(node):
            if s.convex and (s.p is None or s.p[0] > 1):
                s.p = (1, s.convex)
            if s.concave and (s.c is None or s.c[0] < 1):
                s.c = (1, s.concave)
        if s.convex is None and s.p is not None and s.p[0] <= 1:
            s.convex = _because_of(s.p, "convex", node)
        if s.concave is None and s.c is not None and s.c[0] >= 1:
            s.concave = _because_of(s.c, "concave", node)
        return s

    # ---------------------------------------------------------------- operations

    def _applied(self, node: Node) -> Shape:
        declaration = node.attr if node.op == "map" else node.attr[0]
        shapes = [self.shapes.get(a) for a in node.args]
        found = Shape()
        curvature, monotone = self._declared(declaration, node, shapes)
        if curvature is not None:
            for kind in ("convex", "concave"):
                claims = self._composed(shapes, curvature, monotone, kind)
                if claims is not None:
                    setattr(found, kind, Claim(kind, node, _composition_rule(declaration, curvature, monotone, shapes), claims))
        logarithmic = getattr(declaration, "log_curvature", None)
        if len(node.args) == 1 and shapes[0] is not None:
            u = shapes[0]
            for which, kind in (("p", "convex"), ("c", "concave")):
                if logarithmic in (kind, "affine"):
                    claims = self._composed(shapes, logarithmic, declaration.monotone, kind)
                    if claims is not None:
                        word = "log-" + kind
                        setattr(found, which, (0, Claim("power", node, f"{word}: log {declaration.text} is {logarithmic}", claims)))
            if declaration is log:
                if u.p is not None and u.p[0] <= 0 and found.convex is None:
                    found.convex = Claim("convex", node, "the logarithm of what is log-convex", (u.p[1],))
                if u.c is not None and u.c[0] >= 0 and found.concave is None:
                    found.concave = Claim("concave", node, "the logarithm of what is log-concave", (u.c[1],))
        return found

    def _declared(self, declaration, node: Node, shapes: list):
        """(curvature, monotone) in the arguments that move, others being fixed."""
        described = getattr(declaration, "along", None)
        if described is not None:
            moving = [k for k, s in enumerate(shapes) if s is not None]
            if len(moving) == 1:
                return described(*[self.bounds.of(a) for a in node.args])[moving[0]]
        curvature, monotone = declaration.curvature, declaration.monotone
        if node.op == "map" and declaration.arity == 1:
            x = self.bounds.of(node.args[0])
            bend = getattr(declaration, "inflection", None)
            if bend is not None:
                at, left, right = bend
                curvature = right if x.low >= at else left if x.high <= at else None
            if monotone is None and curvature and declaration.parity == "even":
                ways = ("nondecreasing", "nonincreasing") if curvature == "convex" else ("nonincreasing", "nondecreasing")
                monotone = ways[0] if x.low >= 0 else ways[1] if x.high <= 0 else None
        return curvature, monotone

    def _composed(self, shapes: list, curvature: str, monotone: str | None, kind: str):
        """The claims of the arguments that make the whole `kind`, or None."""
        claims = []
        for s in shapes:
            if s is None:
                continue
            if s.affine and curvature in (kind, "affine"):
                claims.append(s.affine)
                continue
            if curvature not in (kind, "affine") or monotone is None:
                return None
            rising = monotone.startswith(("inc", "nondec"))
            claim = getattr(s, kind if rising else FLIPPED[kind])
            if claim is None:
                return None
            claims.append(claim)
        return tuple(claims)


def _composition_rule(declaration, curvature: str, monotone: str | None, shapes: list) -> str:
    if all(s is None or s.affine for s in shapes):
        return f"{declaration.text} is {curvature}, its argument affine"
    return f"{declaration.text} is {curvature} and {monotone}"


def _joined(indices: list, which: str):
    """The index of a product; None where it has none."""
    if which == "p":
        positive = [i for i in indices if i > 0]
        if len(positive) > 1 or (positive and 0 in indices):
            return None
        if 0 in indices:
            return 0
        total = sum([Fraction(1) / i if type(i) is not float else 1 / i for i in indices])
        if positive and total <= 0:
            return None
        return exact(1 / total)
    if any(i < 0 for i in indices):
        return None
    if 0 in indices:
        return 0
    total = sum([Fraction(1) / i if type(i) is not float else 1 / i for i in indices])
    return exact(1 / total) if total else inf


def _needed(claims: list) -> tuple:
    return tuple(dict.fromkeys(claims))


def _said(which: str, index) -> str:
    word = "convex" if which == "p" else "concave"
    if index == 0:
        return f"log-{word}"
    if abs(index) == inf:
        return "constant"
    turned = index < 0
    return f"its power {index} is {FLIPPED[word] if turned else word}"


def _because_of(index: tuple, kind: str, node: Node) -> Claim:
    """That a node is convex or concave since a power of it is."""
    p, claim = index
    if p == 1 and claim.kind == "power" and claim.node is node:
        return Claim(kind, node, claim.rule.partition(": ")[2], claim.because)
    return Claim(kind, node, f"{_said('p' if kind == 'convex' else 'c', p)}, so it is {kind}", (claim,))


def _added_up(indices: list) -> str:
    """How the index of a product comes about: 1/p is 2 − 1 = 1."""
    if 0 in indices:
        return "such functions can be multiplied"
    turned = [Fraction(1) / i if type(i) is not float else 1 / i for i in indices]
    text = " + ".join(str(t) for t in turned).replace("+ -", "− ").replace("-", "−")
    return f"in a product 1/p adds up, {text} = {exact(sum(turned))}".replace("-", "−")
