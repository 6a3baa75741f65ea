"""The check of a backward pass at its own values: what is sent back, against the numeric derivative of what was computed forward.

Each local Jacobian, in the form that is printed, and each gradient is compared along a random direction with a complex step through
the typed tree, which is exact to rounding; no rule of calculus is used there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...numeric.kinks import INADMISSIBLE
from .sweep import Trace

STEP = 1e-30  # of the complex step: far below rounding, no subtraction
TOLERANCE = 1e-6  # relative: a condition of 1e9 leaves seven digits
NOTHING = 1e-6  # of what values and flows let expect: a smaller derivative is compared with this; 1 − σ(40) is nothing but rounding
ONE_BY_ONE = 100_000  # gradients × entries up to which each is compared by itself, and beyond all along one direction
PRINTED = 400  # edges whose printed form is compared, too
LARGEST = 4_000_000  # entries of an array for which what is sent is evaluated as printed
ENORMOUS = 1e100  # gradients beyond which products overflow
FORMED = 10_000  # entries of a Jacobian that is evaluated as printed


class Checked(NamedTuple):
    """The largest relative errors of the local Jacobians and of the gradients; how many were compared, how many could not be.

    `printed` of the `edges` were compared in the form that is printed: those of Jacobians that are not large.
    """

    local: float
    total: float
    edges: int
    printed: int
    gradients: int
    left_out: int

    @property
    def worst(self) -> float:
        return max(self.local, self.total)

    @property
    def ok(self) -> bool:
        return self.worst <= TOLERANCE and self.gradients > 0

    def to_dict(self) -> dict:
        return {"ok": self.ok, **self._asdict()}


def checked(trace: Trace, layout: str = "column", seed: int = 0) -> Checked:
    """What the comparison finds, of formulas as the layout has them; what is not finite, or stands exactly at a kink, is left out and counted."""
    rng = np.random.default_rng([seed, 5])
    local = 0.0
    edges = printed = left_out = 0
    taken, known = trace.taken, trace.values
    along = {name: rng.normal(size=np.shape(x)) for name, x in trace.arriving.items()}
    flows = dict.fromkeys(trace.gradients, 0.0)  # what goes into each gradient, before anything cancels
    for step in trace:
        if not _finite(step.value, step.incoming) or not step.inputs:
            left_out += len(step.inputs)
            continue
        if step.part.functions and taken.at_a_break(step.name, known):
            left_out += len(step.inputs)
            continue
        for name in step.inputs:
            x = known[name]
            moved = taken.value(step.name, {**known, name: x + 1j * STEP * along[name]})
            pushed = np.imag(moved) / STEP * np.ones(step.shape)
            least = NOTHING * _expected(step.value, x)
            for sent in _sent(step, name, layout, edges):
                local = max(local, _difference(step.incoming, pushed, sent, along[name], least))
            error = _of_jacobian(step.local(name), layout, pushed, along[name], least) if printed < PRINTED else None
            if error is not None:
                local, printed = max(local, error), printed + 1
            if name in flows:
                flows[name] += float(np.sum(np.abs(step.incoming * pushed)))
            edges += 1
    if not _finite(*[s.value for s in trace]) or any([s.part.functions and taken.at_a_break(s.name, known) for s in trace]):
        return Checked(local, 0.0, edges, printed, 0, left_out + len(flows))
    finite = [name for name in flows if _finite(trace.gradients[name])]
    unit = max([float(np.sum(np.abs(s.incoming))) * _largest(s.value, *[known[n] for n in s.inputs]) for s in trace])
    if not unit < ENORMOUS:
        return Checked(local, 0.0, edges, printed, 0, left_out + len(flows))
    largest = max([flows[name] for name in finite], default=0.0)
    scale = {name: max(flows[name], NOTHING * largest, NOTHING * unit / max(1.0, _largest(known[name]))) for name in finite}
    entries = sum([np.size(x) for x in known.values()])
    groups = [[name] for name in finite] if len(finite) * entries <= ONE_BY_ONE else [finite]
    given = {n: known[n] for n in taken.problem.every if n in known}
    total = 0.0
    for group in groups:
        group = [name for name in group if scale[name]]
        moves = {name: along[name] / scale[name] for name in group}  # each counts as much
        moved = taken.problem.evaluate({**given, **{name: known[name] + 1j * STEP * v for name, v in moves.items()}})
        total = max(total, abs(float(np.imag(moved)) / STEP - sum([float(np.sum(trace.gradients[name] * v)) for name, v in moves.items()])))
    return Checked(local, total, edges, printed, len(finite), left_out + len(flows) - len(finite))


def _sent(step, name: str, layout: str, count: int) -> list[np.ndarray]:
    """What is sent, as the compiled program and as the printed formula have it."""
    found = [step.sent.get(name, np.zeros(np.shape(step.known[name])))]
    if count < PRINTED and name in step.sent and max(step.value.size, np.size(step.known[name])) <= LARGEST:
        try:
            found.append(np.asarray(step.local(name).sent_value(layout)))
        except INADMISSIBLE:
            pass
    return found


def _expected(y: np.ndarray, x: np.ndarray) -> float:
    """The size of a derivative that values of this size let expect: that by which rounding in them is multiplied."""
    return max(1.0, _largest(y) / max(1.0, _largest(x)))


def _largest(*arrays) -> float:
    return max([float(np.max(np.abs(a), initial=0.0)) for a in arrays], default=0.0)


def _of_jacobian(local, layout: str, pushed: np.ndarray, along: np.ndarray, least: float) -> float | None:
    """How far the printed Jacobian times a direction is from what the step does along it; None for one that is not evaluated."""
    if local.entries > FORMED:
        return None
    try:
        jacobian = np.asarray(local.value(layout))
    except INADMISSIBLE:
        return None
    if jacobian.shape != local.shape:
        return float("inf")
    scale = float(np.max(np.tensordot(np.abs(jacobian), np.abs(along), along.ndim), initial=0.0))
    error = float(np.max(np.abs(np.tensordot(jacobian, along, along.ndim) - pushed), initial=0.0))
    scale = max(scale, least * _largest(along))
    return error / scale if scale else error


def _difference(incoming, pushed, sent, along, least: float) -> float:
    """|⟨g, Jv⟩ − ⟨Jᵀg, v⟩|, relative to what rounding can do to either."""
    scale = float(np.sum(np.abs(incoming * pushed)) + np.sum(np.abs(sent * along)))
    scale = max(scale, least * float(np.sum(np.abs(incoming))) * _largest(along))
    with np.errstate(all="ignore"):
        return abs(float(np.sum(incoming * pushed)) - float(np.sum(sent * along))) / scale if scale else 0.0


def _finite(*arrays) -> bool:
    return all(bool(np.all(np.isfinite(a))) for a in arrays)
