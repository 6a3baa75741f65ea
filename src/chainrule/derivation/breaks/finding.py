"""Where the derivative does not exist, and where it does but JAX or PyTorch give NaN.

Every candidate (`candidates`) is gone to (`nearby`): what counts is what the *function* does there, so a kink that
is squared away is none, and what the frameworks compute there (`autodiff`). A condition that cannot be reached is
not named; what cannot be said for certain is not said.
"""

from __future__ import annotations

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
from .autodiff import Unknown, gradient, settled
from .candidates import SINGULAR as NO_INVERSE
from .candidates import END, PERIODIC, POLE, TIE, Candidate, Graph, candidates, suspects
from .conditions import EVERY, NONNEGATIVE, NONZERO, POSITIVE, WHOLE, Condition
from .overflow import drivers, overflows
from .remedies import Remedies, Rewrite
from .spoken import Speaker

AUTODIFF, OVERFLOW, FORMULA = "autodiff only", "overflow", "formula only"
NOT_DEFINED, OPEN = "not defined", "undetermined"
NAN, FINITE, EVENLY = "NaN", "finite", "split evenly"


class Break:
    """One place where something ends.

    Attributes
        where: what must hold, such as "x ≠ 0"; for AUTODIFF, where it happens, such as "x = 0".
        at: where it fails: "x = 0".
        what: "kink", "jump", "pole", "vertical tangent", "end of the domain", "singular", "tie", "not defined",
            "undetermined" where that depends on an exponent; AUTODIFF
            where the derivative exists and a framework gives NaN; FORMULA where only the formula that is shown ends.
        order: the order of the first derivative that is missing; None for AUTODIFF and FORMULA.
        exists: whether the derivative that was asked for exists there.
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
        self.exists: bool = fields.pop("exists", False)
        self.value: str | None = fields.pop("value", None)
        self.jax: str | None = fields.pop("jax", None)
        self.torch: str | None = fields.pop("torch", None)
        self.wide: bool = fields.pop("wide", False)

    @cached_property
    def rewrite(self) -> Rewrite | None:
        """A spelling that is safe there and was checked; None where we have none."""
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
    for candidate in candidates(nodes, d.problem, d.wrt, graph):
        for each in inspector.inspected(candidate, speaker):
            if not any(each.where == old.where and each.what == old.what for old in breaks):
                breaks.append(each)
    every = {b.candidate.condition.node for b in breaks if b.candidate.condition.scope == EVERY and b.what != AUTODIFF}
    breaks = [b for b in breaks if b.candidate.condition.scope != WHOLE or b.candidate.condition.node not in every]
    if any(b.candidate.kind in (END, POLE) and is_det(b.candidate.condition.node) for b in breaks):
        breaks = [b for b in breaks if b.what != FORMULA]  # log det X: that det X > 0 says more
    named = {b.where for b in breaks if b.what != AUTODIFF}
    return [b for b in breaks if b.what != AUTODIFF or b.where not in named]


@np.errstate(all="ignore")
def overflows_of(d) -> list[Break]:
    """Where the derivative is a number but the arithmetic of a framework overflows to NaN."""
    if d.order > 1 or not drivers(d.problem, d.wrt):
        return []
    graph = Graph(d.problem)
    speaker, inspector = Speaker(d, graph.names), Inspector(d)
    found = []
    for typed, node, where, point, (jax, torch) in overflows(inspector, speaker, graph, d.rendering.evaluate):
        candidate = Candidate(typed, Condition(NONZERO, node), AUTODIFF, 0)
        found.append(inspector.found(candidate, point, where, OVERFLOW, exists=True, jax=jax, torch=torch))
    return found


def is_det(node) -> bool:
    return node.op == "struct" and node.attr[0].name == "det"


class Inspector:
    """Goes to the places where conditions of a derivation fail."""

    def __init__(self, d):
        self.d, self.remedies = d, Remedies(d)
        self.variables = list(d.problem.every.values())

    @cached_property
    def below(self):
        """The derivative of one order less than asked for, on values: the function itself for the first."""
        return self.d.problem.evaluate if self.d.order == 1 else program(self.d, self.d.order - 1)

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
        for point in self.points(speaker.residual(candidate.condition)):
            here = self._at(candidate, point, speaker)
            if any(not b.exists for b in here):
                return here
            found = found or here
        return found

    def _at(self, candidate: Candidate, point: dict, speaker: Speaker) -> list[Break]:
        condition = candidate.condition
        what, slopes = nearby.behaviour(self.below, point, self.d.wrt)
        defined = self._defined(point)
        beyond = None
        if condition.relation == POSITIVE and what != nearby.END:
            beyond = next((p for p in self.points(self.below_zero(condition, speaker)) if self._defined(p)), None)
        if beyond is not None:
            condition = condition._replace(relation=NONZERO)
        elif candidate.kind == END and candidate.order > self.d.order and condition.relation == POSITIVE and defined:
            condition = condition._replace(relation=NONNEGATIVE)
        where, at = speaker.condition(condition), speaker.condition(condition, failing=True)
        jax, torch = [self._returned(candidate, point, framework) for framework in FRAMEWORKS]
        found = []
        if what != nearby.SMOOTH or not defined:
            what = self.kind_of(candidate, condition, what)
            missing = self.missing(point, what, defined)
            if self.d.order > 1 and what in (nearby.JUMP, nearby.KINK) and missing > 0:
                what = nearby.KINK  # it is the derivative below that jumps
            found.append(self.found(candidate, point, where, what, at=at, order=missing, jax=jax, torch=torch))
        elif NAN in (jax, torch) or "±inf" in (jax, torch):
            value = "0" if slopes is not None and np.max(np.abs(slopes), initial=0) < 1e-5 else None
            found.append(self.found(candidate, point, at, AUTODIFF, exists=True, value=value, jax=jax, torch=torch))
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

    def below_zero(self, condition: Condition, speaker: Speaker):
        """A residual that is zero where the condition fails clearly."""
        residual = speaker.residual(condition)
        return lambda values: residual(values) + 0.5

    def found(self, *args, **fields) -> Break:
        return Break(self.remedies, *args, **fields)

    def missing(self, point: dict, what: str, defined: bool) -> int:
        """The order of the first derivative that does not exist at the point; 0 where the function itself jumps or ends."""
        if not defined:
            return 0
        for k in range(1, self.d.order):
            below = self.d.problem.evaluate if k == 1 else program(self.d, k - 1)
            lower, _ = nearby.behaviour(below, point, self.d.wrt)
            if lower != nearby.SMOOTH:
                return 0 if k == 1 and lower in (nearby.JUMP, nearby.POLE) else k
        return 0 if self.d.order == 1 and what in (nearby.JUMP, nearby.POLE) else self.d.order

    def _defined(self, point: dict) -> bool:
        """Whether the function itself has a value at the point."""
        try:
            slots, _ = self.d.problem.machine.trace({k: settled(v) for k, v in point.items()}, settled)
        except (*INADMISSIBLE, ChainruleError):
            return False
        return bool(np.all(np.isfinite(slots[self.d.problem.machine.result])))

    def _returned(self, candidate: Candidate, point: dict, framework: str) -> str | None:
        """What a framework returns for the first derivative at the point."""
        if self.d.order > 1 or self.unsaid:
            return None
        try:
            found = gradient(self.d.problem, self.d.wrt, point, framework)
        except (Unknown, *INADMISSIBLE):
            return None
        if np.any(np.isnan(found)):
            return NAN
        if np.any(np.isinf(found)):
            return "±inf"
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
        what, _ = nearby.behaviour(self.below, point, self.d.wrt)
        jax, torch = [self._returned(candidate, point, framework) for framework in FRAMEWORKS]
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
