"""Proofs of convexity: rules of composition first, second derivatives where these say nothing, and both term by term."""

from __future__ import annotations

import copy
from functools import cached_property

from ...core.algebra import is_zero
from ...core.errors import ChainruleError, DomainError
from ...core.facts import FACTS
from ...core.node import Node
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import depends, order
from ...derivation.objects import started
from ...derivation.used import Used
from ...ops.reading import times
from .bounds import Bounds
from .claim import Claim
from .composition import Composition
from .curved import Curved
from .domain import as_written, assumptions, conditions, moving
from .mirror import mirrors
from .squares import Squares

MOST_PARTS = 12  # parts of a function of which second derivatives are asked
EFFORT = 40  # units of work spent on squares: see `Squares.effort`
MOST_NODES = 160  # of such a part: a network has thousands


class Proof:
    """What could be proved of a function of `problem` in the variables `names`, jointly.

    Attributes
        claims: by kind, "convex", "concave" and "affine": a Claim about the function, or None.
        conditions: where the function is defined; `obstacle` is a word on why no proof is possible there, or None.
        second: vᵀ∇²f v of the whole function as a node, where it is smooth.
    """

    def __init__(self, problem, names: list[str]):
        self.problem, self.names = problem, names
        self.start = started(problem, names)
        done: dict[Node, Node] = {}
        self.node = self.start.bound(self.start.node, done)
        self.wrt = [self.start.whole[n] for n in names]
        plain = Squares(Bounds(), [])
        every = [*conditions(self.node, plain.definite), *as_written(problem, names, self.node, plain.definite)]
        self.conditions = every
        self.bounds = Bounds(assumptions(every))
        self.curved = Curved(self.start, names, set(problem.every), self.bounds)
        self.squares = Squares(self.bounds, self.curved.directions)
        self.obstacle = self._domain_obstacle(moving(every, self.wrt))
        self.claims: dict[str, Claim | None] = {"convex": None, "concave": None, "affine": None}
        self.plain = Composition(self.wrt, self.bounds, self._square)
        self._beside: dict[str, Claim | None] = {}
        if self.obstacle is None:
            self._compose()

    @cached_property
    def second(self) -> Node | None:
        return self._second(self.node)

    def _compose(self) -> None:
        """By rules of composition alone, which cost little."""
        shape = self.plain.shape(self.node)
        if shape is None:
            self.claims["affine"] = Claim("affine", self.node, "it does not depend on the variable")
        elif shape.affine is not None:
            self.claims["affine"] = shape.affine
        elif shape.convex or shape.concave:
            self.claims |= {"convex": shape.convex, "concave": shape.concave}
        self._settle()

    def differentiate(self, kinds: list[str], effort: int = EFFORT) -> None:
        """By second derivatives, of the whole function or of parts of it; only `kinds` are tried."""
        if self.obstacle is not None or any(self.claims.values()):
            return
        self.squares.effort = effort
        if self.second is not None and is_zero(self.second):
            self.claims["affine"] = Claim("affine", self.node, "its second derivative is 0")
        else:
            for kind in kinds:
                self.claims[kind] = self._by_second(self.node, kind)
            if kinds and not any(self.claims.values()):
                self._mixed(kinds)
        self._settle()

    def _settle(self) -> None:
        if self.claims["affine"] is not None:
            self.claims |= {"convex": self.claims["affine"], "concave": self.claims["affine"]}
        elif self.claims["convex"] and self.claims["concave"]:
            self.claims["affine"] = Claim("affine", self.node, "convex and concave", (self.claims["convex"], self.claims["concave"]))

    def certificate(self, kind: str) -> Claim | None:
        """The proof by second derivatives that the whole function is `kind`, beside that by composition; or None."""
        if self.second is None or kind not in ("convex", "concave") or is_zero(self.second):
            return None
        known = self.claims[kind]
        if known is not None and known.rule == "second derivative":
            return known.because[0]
        if kind not in self._beside:  # beside a proof by composition, for what little it costs
            self.squares.effort = EFFORT // 5
            self._beside[kind] = self._by_squares(kind)
        return self._beside[kind]

    def _by_squares(self, kind: str) -> Claim | None:
        return self.squares.nonnegative(self.second if kind == "convex" else times(-1, self.second))

    def facts_used(self, kind: str) -> list[str]:
        """The declared facts without which this proof is not found, as texts."""
        given = {n: v.facts for n, v in self.problem.variables.items() if v.facts}
        kept = dict(given)
        for name, facts in given.items():
            for word in sorted(facts):
                fewer = {**kept, name: kept[name] - {word}}
                if _provable(self.problem, self.names, fewer, kind):
                    kept = fewer
        return [str(Used(n, w, w, len(self.problem.variables[n].dims))) for n in kept for w in sorted(kept[n])]

    # ---------------------------------------------------------------- the two routes

    def _second(self, node: Node) -> Node | None:
        if len(order(node)) > MOST_NODES:
            return None
        found = self.curved.second(node)
        return None if found is None else self.curved.tidy(found)

    def _by_second(self, node: Node, kind: str) -> Claim | None:
        """A proof by vᵀ∇²g v ≥ 0, or ≤ 0."""
        if node is not self.node and not self.squares.spend(node):
            return None
        q = self.second if node is self.node else self._second(node)
        if q is None:
            return None
        signed = q if kind == "convex" else times(-1, q)
        claim = self.squares.nonnegative(signed)
        if claim is None:
            return None
        return Claim(kind, node, "second derivative", (claim,))

    def _mixed(self, kinds: list[str]) -> None:
        """Rules of composition again, with second derivatives for parts of which they say nothing."""
        asked: dict[tuple, Claim | None] = {}

        def proved(node: Node, kind: str) -> Claim | None:
            if node is self.node or node.op == "symbol" or len({n for n, _ in asked}) >= MOST_PARTS:
                return None
            if (node, kind) not in asked:
                asked[node, kind] = self._by_second(node, kind) if len(order(node)) <= MOST_NODES else None
            return asked[node, kind]

        mixed = Composition(self.wrt, self.bounds, self._square, proved)
        shape = mixed.shape(self.node)
        self.claims |= {"convex": shape.convex, "concave": shape.concave}
        if self.node.op == "sum" and not (shape.convex or shape.concave):
            for kind in kinds:
                self.claims[kind] = self._grouped(mixed, kind)

    def _grouped(self, mixed: Composition, kind: str) -> Claim | None:
        """A sum of which some terms are certified by composition, and the others, together, by their second derivative."""
        other = {"convex": "concave", "concave": "convex"}
        certain, smooth = [], []
        for c, t in self.node.terms:
            s = mixed.shapes[t]
            claim = None if s is None else getattr(s, kind if c > 0 else other[kind])
            if s is not None and self.curved.obstacle(t) is None:
                smooth.append((c, t))
            elif s is not None and claim is None:
                return None
            elif claim is not None:
                certain.append(claim)
        if not certain or not smooth:
            return None
        group = linear_sum(smooth, ())
        claim = self._by_second(group, kind)
        return None if claim is None else Claim(kind, self.node, f"a sum of {kind} terms", (*dict.fromkeys(certain), claim))

    def _square(self, node: Node) -> Claim | None:
        """Of a product of affine factors: that it is convex as a square, or concave as a negative one."""
        nodes = order(node)
        active = depends(nodes, self.wrt)
        for kind, sign in (("convex", 1), ("concave", -1)):
            claim = _SquareOf(self.bounds, active, self.squares).nonnegative(times(sign, node))
            if claim is not None:
                return Claim(kind, node, claim.rule + (" of an affine function" if claim.rule == "a square" else ", of affine functions"), claim.because)
        return None

    # ---------------------------------------------------------------- the domain

    def _domain_obstacle(self, found: list) -> str | None:
        """Why the set on which the function is defined is not known to be convex."""
        scattered = [(n, w) for n in self.names for w in self.problem.every[n].facts if FACTS[w].scattered]
        if scattered:
            name, word = scattered[0]
            raise DomainError(
                f"`{name}` is {word}: such values make no convex set",
                given=f"{name}: {word}", expected="a variable whose values make a convex set, as ℝⁿ, positive or posdef",
            )  # fmt: skip
        rules = Composition(self.wrt, self.bounds, lambda node: None)
        for c in found:
            if c.hole:
                return "its domain has a hole, and is not convex"
            shape = rules.shape(c.of)
            low_matters, high_matters = c.interval.low > -float("inf"), c.interval.high < float("inf")
            if low_matters and not (shape.concave or shape.c):
                return "its domain is not known to be convex"
            if high_matters and not (shape.convex or shape.p):
                return "its domain is not known to be convex"
        return None


def proved(problem, names: list[str], kinds: list[str], effort: int = EFFORT) -> "Proof":
    """What can be proved by both routes."""
    found = Proof(problem, names)
    found.differentiate(kinds, effort)
    return found


def _provable(problem, names: list[str], facts: dict, kind: str) -> bool:
    """Whether the function is certified with these facts only."""
    other = copy.copy(problem)
    other.variables = {n: v._replace(facts=facts.get(n, v.facts)) for n, v in problem.variables.items()}
    try:
        return proved(other, names, [kind]).claims[kind] is not None
    except ChainruleError:
        return False


class _SquareOf(Squares):
    """Squares in which the affine factors themselves are what is squared, and not directions."""

    def __init__(self, bounds: Bounds, active: set[Node], whole: Squares):
        super().__init__(bounds, [])
        self.active, self.whole = active, whole

    def moves(self, node: Node) -> bool:
        return node in self.active or super().moves(node)

    def nonnegative(self, node: Node, depth: int = 0) -> Claim | None:
        if node.op == "product" and any(b in self.active for b in node.args):
            for form in (node, *_inlined(node)):
                found = self._only_mirror(form, depth)
                if found is not None:
                    return found
            return None
        return self.whole.nonnegative(node, depth) if not any(n in self.active for n in order(node)) else None

    def _only_mirror(self, node: Node, depth: int) -> Claim | None:
        for found in mirrors(node.operands, node.out, self.moves):
            claim = self._mirrored(node, node, found, depth)
            if claim is not None:
                return claim
        return None


def _inlined(node: Node) -> list[Node]:
    whole = product(node.coef, node.operands, node.out, node.label_dims, inline=lambda n: True)
    return [whole] if whole is not node and whole.op == "product" else []


__all__ = ["Bounds", "Proof"]
