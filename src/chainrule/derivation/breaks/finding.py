"""Where the derivative does not exist, and where it does but JAX or PyTorch give NaN.

Every candidate (`candidates`) is gone to (`nearby`): what counts is what the *function* does there, so a kink that
is squared away is none, and what the frameworks compute there (`autodiff`). A condition that cannot be reached is
not named; what cannot be said for certain is not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ...core.errors import ChainruleError
from ...core.walk import order as walk
from ...numeric.kinks import INADMISSIBLE
from ...ops.frameworks import FRAMEWORKS, JAX, SINGULAR, TORCH, backward
from ...syntax.typed import order, rational
from ..seal import program
from . import nearby
from .autodiff import Unknown, gradient, settled, trace
from .candidates import SINGULAR as NO_INVERSE
from .candidates import END, PERIODIC, POLE, TIE, Candidate, Graph, candidates, suspects
from .conditions import EVERY, NONNEGATIVE, NONZERO, POSITIVE, WHOLE, Condition
from .overflow import drivers, overflows
from .remedies import Remedies, Rewrite
from .residuals import Residual
from .spoken import Speaker

# what a framework recorded is read without its guards (a shift by the maximum), so that nothing can be said of its arithmetic
RECORDED = ("jax", "torch")
AUTODIFF, OVERFLOW, FORMULA = "autodiff only", "overflow", "formula only"
NOT_DEFINED, OPEN, UNVISITED = "not defined", "undetermined", "not examined"
VISITS = 6  # a deep net has the kinks of its layers in every layer
NAN, INFINITE, FINITE, EVENLY = "NaN", "±inf", "finite", "split evenly"
CLEARLY = 0.5  # what is so far below 0 is so beyond doubt


class Break:
    """One place where something ends.

    Attributes
        where: what must hold, such as "x ≠ 0"; for AUTODIFF, where it happens, such as "x = 0".
        at: where it fails: "x = 0".
        what: "kink", "jump", "pole", "vertical tangent", "end of the domain", "singular", "tie", "not defined",
            "undetermined" where that depends on an exponent; AUTODIFF
            where the derivative exists and a framework gives NaN; FORMULA where only the formula that is shown ends;
            UNVISITED for all places of an operation that are too many to be gone to.
        order: the order of the first derivative that is missing; None for AUTODIFF, FORMULA and UNVISITED.
        exists: whether the derivative that was asked for exists there; None for UNVISITED.
        value: "0" where it exists and is zero, else None.
        jax, torch: what they return for the first derivative of the function as it is written: "NaN", "±inf", "0",
            "finite", "slope 1" of the operation that breaks, "split evenly", "an error"; None where we cannot say.
        wide: whether it happens on a whole side, not only at a point.
    """

    def __init__(self, remedies: Remedies, candidate: Candidate, point: dict | None, where: str, what: str, **fields):
        self._remedies, self.candidate, self.point = remedies, candidate, point
        self.where, self.what = where, what
        self.at: str = fields.pop("at", where)
        self.order: int | None = fields.pop("order", None)
        self.exists: bool | None = fields.pop("exists", False)
        self.value: str | None = fields.pop("value", None)
        self.jax: str | None = fields.pop("jax", None)
        self.torch: str | None = fields.pop("torch", None)
        self.wide: bool = fields.pop("wide", False)

    @cached_property
    def rewrite(self) -> Rewrite | None:
        """A spelling that is safe there and was checked; None where we have none, or nothing is unsafe."""
        if not {self.jax, self.torch} & {NAN, INFINITE, None}:
            return None
        return self._remedies.at(self.candidate.twins, self.candidate.argument, self.point)

    def to_dict(self) -> dict:
        shown = ("where", "at", "what", "order", "exists", "value", "jax", "torch")
        return {name: getattr(self, name) for name in shown} | {"rewrite": self.rewrite and self.rewrite.to_dict()}

    def __repr__(self) -> str:
        return f"<{self.what}: {self.where}>"


@np.errstate(all="ignore")
def breaks_of(d) -> list[Break]:
    """The breaks of a derivation, in the order in which the function is evaluated; [] where there are none."""
    nodes = suspects(d.problem, d.wrt)
    if not nodes:
        return []
    graph = Graph(d.problem)
    speaker, inspector, breaks = Speaker(d, graph.names), Inspector(d), []
    visited, left = chosen(candidates(nodes, d.problem, d.wrt, graph))
    for candidate in visited:
        for each in inspector.inspected(candidate, speaker):
            if not any(each.where == old.where and each.what == old.what for old in breaks):
                breaks.append(each)
    every = {b.candidate.condition.node for b in breaks if b.candidate.condition.scope == EVERY and b.what != AUTODIFF}
    breaks = [b for b in breaks if b.candidate.condition.scope != WHOLE or b.candidate.condition.node not in every]
    if any(b.candidate.kind in (END, POLE) and is_det(b.candidate.condition.node) for b in breaks):
        breaks = [b for b in breaks if b.what != FORMULA]  # log det X: that det X > 0 says more
    named = {b.where for b in breaks if b.what != AUTODIFF}
    spelled = d.problem.dialect not in RECORDED
    return [b for b in breaks if b.what != AUTODIFF or spelled and b.where not in named] + inspector.unvisited(inspector.unseen + left)


def chosen(found: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """(the candidates that are gone to, those left): at most VISITS, the first of every operation before a second of any."""
    if len(found) <= VISITS:
        return found, []
    before = Counter()
    ranked = []
    for number, candidate in enumerate(found):
        ranked.append((before[named(candidate.typed)], number))
        before[named(candidate.typed)] += 1
    visited = {number for _, number in sorted(ranked)[:VISITS]}
    return [c for k, c in enumerate(found) if k in visited], [c for k, c in enumerate(found) if k not in visited]


def named(typed) -> str:
    """What an operation that breaks is called."""
    if typed.kind == "map":
        return {"maximum": "max", "minimum": "min"}.get(typed.info.name, typed.info.name)
    if typed.kind == "struct":
        return {"amax": "max"}.get(typed.info[0].name, typed.info[0].name)
    return "a quotient or root" if typed.kind == "chain" else "a power or root"


@np.errstate(all="ignore")
def overflows_of(d) -> list[Break]:
    """Where the derivative is a number but the arithmetic of a framework overflows to NaN."""
    if d.order > 1 or d.problem.dialect in RECORDED or not drivers(d.problem, d.wrt):
        return []
    graph = Graph(d.problem)
    speaker, inspector = Speaker(d, graph.names), Inspector(d)
    found = []
    visited, left = chosen([Candidate(n, Condition(NONZERO, graph.node(n.args[0])), OVERFLOW, 0) for n in drivers(d.problem, d.wrt)])
    value = lambda point: d.rendering.evaluate(point)  # written out only where it is asked for
    for typed, node, where, point, (jax, torch) in overflows([c.typed for c in visited], inspector, speaker, graph, value):
        candidate = Candidate(typed, Condition(NONZERO, node), AUTODIFF, 0)
        found.append(inspector.found(candidate, point, where, OVERFLOW, exists=True, jax=jax, torch=torch))
    return found + inspector.unvisited(left)


def is_det(node) -> bool:
    return node.op == "struct" and node.attr[0].name == "det"


class Inspector:
    """Goes to the places where conditions of a derivation fail."""

    def __init__(self, d):
        self.d, self.remedies = d, Remedies(d)
        self.variables = list(d.problem.every.values())
        self.programs: dict = {}
        self.unseen: list[Candidate] = []  # gone to, but nothing could be seen there

    def below(self, order: int, point: dict):
        """The derivative of an order as a function of the variable, the others as at a point; of order 0, the function."""
        if order == 0:
            return self.d.problem.machine.along(point, self.d.wrt)
        if order not in self.programs:
            self.programs[order] = program(self.d, order)
        derivative = self.programs[order]
        return lambda x: derivative({**point, self.d.wrt: x})

    def behaviour(self, order: int, point: dict) -> tuple:
        """What the derivative of an order does at a point, and its slopes."""
        return nearby.behaviour(self.below(order, point), point[self.d.wrt])

    @cached_property
    def exponents(self) -> bool:
        """Whether what moves with the variable is raised to a power that is not a number."""
        return any(node.kind == "pow" and rational(node.args[1]) is None for node in self.moving)

    @cached_property
    def unsaid(self) -> bool:
        """Whether what a framework returns depends on more than the point: on an exponent, or on how π is rounded."""
        return self.exponents or any(n.kind == "map" and n.info.name in (*PERIODIC, "pow") for n in self.moving)

    @cached_property
    def moving(self) -> list:
        """The typed nodes whose first argument moves with the variable."""
        problem, machine = self.d.problem, self.d.problem.machine
        nodes = order([*[typed for _, typed in problem.typed_lets], problem.typed])
        return [n for n in nodes if n.args and machine.moves([machine.slot(n.args[0])], self.d.wrt)]

    @cached_property
    def nested(self) -> bool:
        """Whether the function has more than one entrywise operation with kinks, so that one may hide those of another."""
        return sum(n.kind == "map" and n.info.margin is not None for n in self.moving) > 1

    @cached_property
    def starts(self) -> list[dict]:
        problem = self.d.problem
        return nearby.starts(problem.evaluate, problem.margin, self.variables)

    def points(self, residual) -> Iterator[dict]:
        return nearby.points_where(residual, self.starts, self.variables, self.d.wrt)

    def inspected(self, candidate: Candidate, speaker: Speaker) -> list[Break]:
        """What is found where the condition of a candidate fails: at the first such point at which anything breaks."""
        if candidate.kind == NO_INVERSE:
            return self._singular(candidate, speaker)
        found: list[Break] = []
        residual, told = Residual(candidate.condition), []
        for point in self.points(residual):
            here = self._at(candidate, point, speaker)
            if any(not b.exists for b in here):
                return here
            found = found or here
            told.append(bool(here) or self._tells(residual, point))
        if not found and told and (self.nested or not all(told)):  # of several relus one may be dead where others move
            return self._elsewhere(candidate, residual, speaker, any(told))
        return found

    def _tells(self, residual: Residual, point: dict) -> bool:
        """Whether at a point both the condition and the function move, so that a break would be seen."""
        if not nearby.moves_at(residual, point, self.d.wrt):
            return False
        return not nearby.is_constant(self.below(0, point), point[self.d.wrt])

    def _elsewhere(self, candidate: Candidate, residual: Residual, speaker: Speaker, seen: bool) -> list[Break]:
        """What is found from further starts, where nothing was at the points that were reached.

        Where a relu on the way is dead, the function is constant whatever it does where the relu is not. If no point is
        `seen` at which condition and function move, that is noted: nothing can be said of the place.
        """
        problem, wrt = self.d.problem, self.d.wrt
        found: list[Break] = []
        for start in nearby.further_starts(problem.evaluate, problem.margin, self.variables, residual, wrt):
            for point in nearby.points_where(residual, [start], self.variables, wrt):
                if not self._tells(residual, point):
                    continue
                seen = True
                here = self._at(candidate, point, speaker)
                if any(not b.exists for b in here):
                    return here
                found = found or here
        if not seen:
            self.unseen.append(candidate)
        return found

    def _at(self, candidate: Candidate, point: dict, speaker: Speaker) -> list[Break]:
        condition = candidate.condition
        what, slopes = self.behaviour(self.d.order - 1, point)
        traced = self.traced(point)
        defined = self._defined(traced) and not self._through_infinity(point, traced)
        beyond = None
        if condition.relation == POSITIVE and what != nearby.END:
            beyond = next((p for p in self.points(Residual(condition, shift=CLEARLY)) if self._defined(self.traced(p))), None)
        if beyond is not None:
            condition = condition._replace(relation=NONZERO)
        elif candidate.kind == END and candidate.order > self.d.order and condition.relation == POSITIVE and defined:
            condition = condition._replace(relation=NONNEGATIVE)
        where, at = speaker.condition(condition), speaker.condition(condition, failing=True)
        jax, torch = [self._returned(candidate, point, framework, traced) for framework in FRAMEWORKS]
        found = []
        if what != nearby.SMOOTH or not defined:
            what = self.kind_of(candidate, condition, what)
            missing = self.missing(point, what, defined)
            if self.d.order > 1 and what in (nearby.JUMP, nearby.KINK) and missing > 0:
                what = nearby.KINK  # it is the derivative below that jumps
            found.append(self.found(candidate, point, where, what, at=at, order=missing, jax=jax, torch=torch))
        elif NAN in (jax, torch) or INFINITE in (jax, torch):
            value = "0" if slopes is not None and np.max(np.abs(slopes), initial=0) < 1e-5 else None
            found.append(self.found(candidate, point, at, AUTODIFF, exists=True, value=value, jax=jax, torch=torch))
        if what == nearby.SMOOTH and defined and not self._shown(point):
            found.append(self.found(candidate, point, where, FORMULA, at=at, exists=True))
        if beyond is not None:
            found += self._beyond(candidate, beyond, speaker)
        return found

    def kind_of(self, candidate: Candidate, condition: Condition, what: str) -> str:
        """What a break is called, of which `what` was seen; "undetermined" where that depends on an exponent."""
        if candidate.kind == TIE and what == nearby.KINK:
            return TIE
        if condition.relation == POSITIVE:
            return nearby.END
        if what == nearby.SMOOTH:
            return NOT_DEFINED
        return OPEN if self.exponents and what != nearby.END else what

    def unvisited(self, left: list[Candidate]) -> list[Break]:
        """What is said of the places that were not gone to: that there are such."""
        found = []
        for name, count in Counter([named(c.typed) for c in left]).items():
            first = next(c for c in left if named(c.typed) == name)
            places = f"{count} further place{'s' * (count > 1)}"
            where, at = f"the like at {places} of {name}", f"{name} acts at {places}"
            found.append(self.found(first, None, where, UNVISITED, at=at, exists=None))
        return found

    def found(self, *args, **fields) -> Break:
        return Break(self.remedies, *args, **fields)

    def missing(self, point: dict, what: str, defined: bool) -> int:
        """The order of the first derivative that does not exist at the point; 0 where the function itself jumps or ends."""
        if not defined:
            return 0
        for k in range(1, self.d.order):
            lower, _ = self.behaviour(k - 1, point)
            if lower != nearby.SMOOTH:
                return 0 if k == 1 and lower in (nearby.JUMP, nearby.POLE) else k
        return 0 if self.d.order == 1 and what in (nearby.JUMP, nearby.POLE) else self.d.order

    def traced(self, point: dict) -> tuple | None:
        """The values of all places of the function at the point; None where there are none."""
        try:
            return trace(self.d.problem, point)
        except (*INADMISSIBLE, ChainruleError):
            return None

    def _defined(self, traced: tuple | None) -> bool:
        """Whether the function itself has a value at a point that was traced."""
        return traced is not None and bool(np.all(np.isfinite(traced[0][self.d.problem.machine.result])))

    def _through_infinity(self, point: dict, traced: tuple) -> bool:
        """Whether the value at a point is one by way of ∞ only, as that of exp(−1/t²) at 0 is."""
        problem = self.d.problem
        if not any(np.any(np.isinf(v)) for v in traced[0] if v is not None):
            return False

        def finite(at: dict) -> bool:
            one = lambda v: np.where(np.isinf(settled(v)), np.nan, settled(v))
            slots, _ = problem.machine.trace({k: settled(v) for k, v in at.items()}, one)
            return bool(np.all(np.isfinite(slots[problem.machine.result])))

        return not finite(point) and all(finite(start) for start in self.starts)  # no ∞ that masks write

    def _shown(self, point: dict) -> bool:
        """Whether the formula that is shown has a value at a point; [x > 0] is read as where() is, which takes one side only."""
        if any(n.kind == "map" and n.info.name == "where" for n in self.moving):
            return True
        try:
            found = self.d.rendering.evaluate({k: settled(v) for k, v in point.items()})
        except (*INADMISSIBLE, ChainruleError):
            return True  # it cannot be said
        return bool(np.all(np.isfinite(found)))

    def _returned(self, candidate: Candidate, point: dict, framework: str, traced: tuple | None) -> str | None:
        """What a framework returns for the first derivative at the point."""
        if self.d.order > 1 or self.unsaid or traced is None:
            return None
        try:
            found = gradient(self.d.problem, self.d.wrt, point, framework, traced)
        except (Unknown, *INADMISSIBLE):
            return None
        if np.any(np.isnan(found)):
            return NAN
        if np.any(np.isinf(found)):
            return INFINITE
        taken = self._taken(candidate, framework)
        return taken if taken is not None else "0" if not np.any(found) else FINITE

    def _taken(self, candidate: Candidate, framework: str) -> str | None:
        """What a framework takes for the slope of the operation that breaks."""
        typed = candidate.typed
        if typed.kind == "struct" and typed.info[0].name == "amax" or typed.kind == "map" and typed.info.name in ("maximum", "minimum"):
            return EVENLY
        if typed.kind != "map" or typed.info.arity != 1 or len(typed.info.breaks) != 1:
            return None
        (point,) = typed.info.breaks
        at = np.asarray(float(point))
        (found,) = backward(typed.info, framework, np.ones(()), typed.info.evaluate(at), at)
        return f"slope {float(found):g}"

    def _beyond(self, candidate: Candidate, point: dict, speaker: Speaker) -> list[Break]:
        """NaN on a whole side: where a branch that is not taken leaves its domain, its derivative times 0 is NaN."""
        what, _ = self.behaviour(self.d.order - 1, point)
        traced = self.traced(point)
        jax, torch = [self._returned(candidate, point, framework, traced) for framework in FRAMEWORKS]
        if what != nearby.SMOOTH or NAN not in (jax, torch):
            return []
        at = speaker.condition(candidate.condition, failing=True).replace("≤", "<").replace("≥", ">")
        return [self.found(candidate, point, at, AUTODIFF, exists=True, jax=jax, torch=torch, wide=True)]

    def _singular(self, candidate: Candidate, speaker: Speaker) -> list[Break]:
        """A matrix without inverse: a polynomial of its entries has a derivative there all the same."""
        name = candidate.typed.info[0].name
        where, at = speaker.condition(candidate.condition), speaker.condition(candidate.condition, failing=True)
        if name == "det":
            inverted = any(n.op == "struct" and n.attr[0].name == "inverse" for n in walk(self.d.node))
            return [self.found(candidate, None, where, FORMULA, at=at, exists=True)] if inverted else []
        known = SINGULAR[name] if self.d.order == 1 else {JAX: None, TORCH: None}
        return [self.found(candidate, None, where, NO_INVERSE, at=at, order=0, jax=known[JAX], torch=known[TORCH])]
