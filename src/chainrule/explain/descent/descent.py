"""The paths of optimizers over the contours, and the step sizes at which gradient descent converges or diverges."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import DeclarationError, DomainError, LimitError
from ...derivation.faces import reading_rows
from ..along import value_at
from ..columns import columns, plain
from ..explanation import Explanation
from ..models.plane import verified_rows
from ..options import positive, short
from ..place import Place, asked, figure, place_of, refuse_infinite, shown
from ..step_sizes import factor_text, stable, step_sizes
from . import pictures
from .methods import BY_SCIPY, CONVERGED, METHODS, MOMENTUM, USUAL, Downhill, Walk, methods_of
from .plane import Plane, plane_of, through
from .rates import LONGEST, Rates

MOST = 100_000  # steps
SQUARE = {"newton": 5000, "bfgs": 500}  # methods with a matrix of all that moves, and how much may move; SciPy's BFGS multiplies whole matrices
LARGEST_SQUARE = 5000  # the same where a method is asked for by name
TOLERANCE = 1e-6  # of ‖∇f‖, relative to the start


@np.errstate(all="ignore")
def descent(
    function, wrt=None, at=None, data=None, *, steps=100, methods=USUAL, rate=None, tolerance=TOLERANCE, plane=None,
    declare=None, sizes=None, seed=0, **more,
):  # fmt: skip
    """The paths of methods of minimisation from one start, and which step sizes of gradient descent converge.

    Parameters
        function, wrt, data, declare: as for `curvature`.
        at: the start.
        steps: at most so many of each method.
        methods: "gradient, momentum, nesterov, newton, bfgs, cg, newton-cg"; the last three are SciPy's.
        rate: the step size η of the first three; by default 1/λmax at the minimum.
        tolerance: of ‖∇f‖, relative to that at the start: where a method is done.
        plane: two coordinates that are drawn, "w[0], w[3]"; by default the plane through start and end.

    Returns
        Descent: `.walks` by method, with points, values and how each ended; `.rates`, with the limit 2/λmax and runs below and above.

    Raises
        DomainError: the function has no value at the start. DeclarationError: there is no such method.
        BackendError: SciPy is missing, and one of its methods is asked for by name.
    """
    most, rate, tolerance = _whole(steps), positive(rate, "rate"), positive(tolerance, "tolerance") or TOLERANCE
    problem, names, given = asked(function, wrt, at, data, declare, more)
    place = refuse_infinite(place_of(problem, names, given, sizes, seed))
    return Descent(place, methods_of(methods), most, rate, tolerance, plane, optional=methods is USUAL)


class Descent(Explanation):
    """Paths downhill.

    Attributes
        walks: by method.
        rates: what step sizes do near the minimum.
        rate: the step size that was taken.
    """

    kind = "descent"

    def __init__(self, place: Place, methods: list[str], most: int, rate: float | None, tolerance: float, plane: str | None, optional: bool):
        self.place, self.start, self.f = place, place.x, value_at(place)
        self.notes = list(dict.fromkeys([*place.problem.notes, *place.notes]))
        down = Downhill(place.objective, self.start, tolerance, most)
        if not np.isfinite(down.first) or not np.isfinite(np.linalg.norm(down.at(self.start)[1])):
            raise DomainError(
                f"descent cannot start at {place.written()}", given=f"{place.problem.echo}: f = {figure(down.first)}",
                expected="a start at which the function and its gradient exist",
            )  # fmt: skip
        self.asked_rate, self.tolerance, self.most = rate, tolerance, most
        self.rate = rate or Rates(place.objective, self.start, []).usual
        self.walks: dict[str, Walk] = {}
        for name in methods:
            if optional and name in BY_SCIPY and not has_scipy():
                self.notes.append("SciPy is not installed: its methods are left out")
                continue
            if name in SQUARE and self.start.size > (SQUARE[name] if optional else LARGEST_SQUARE):
                if not optional:
                    raise LimitError(
                        f"{name} keeps a matrix", given=f"{self.start.size}×{self.start.size}", expected=f"at most {LARGEST_SQUARE} numbers that move",
                        fix='methods="gradient, momentum, nesterov, cg, newton-cg"',
                    )  # fmt: skip
                more = f"; methods={name!r} runs it" if self.start.size <= LARGEST_SQUARE else ""
                self.notes.append(f"{name} is left out: its matrix would have {self.start.size}×{self.start.size} entries{more}")
                continue
            self.walks[name] = METHODS[name](down, self.rate)
        self.rates = Rates(place.objective, self.start, list(self.walks.values()))
        self._plane_asked = plane
        if plane is not None:
            _ = self.plane  # a name that is none is refused now

    @cached_property
    def plane(self) -> Plane:
        gradient = self.place.objective.at(self.start)[1]
        if self._plane_asked is not None:
            return plane_of(self.place, self._plane_asked, self.start, gradient)
        end = self.rates.minimum if self.rates.minimum is not None else next(iter(self.walks.values())).end
        return through(self.place, self.start, end, gradient)

    # ------------------------------------------------------------------ what is said

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        found = [*reading_rows(self.place.problem), ("start", self.place.written(), f"f = {figure(float(self.rates.objective.at(self.start)[0]), 6)}")]
        lines = [[w.name, w.ended, str(w.steps), figure(float(w.values[-1]), 6), figure(float(w.slopes[-1]), 2)] for w in self.walks.values()]
        found.append(("paths", columns(["", "", "steps", "f", "‖∇f‖"], lines, left=(0, 1)), ""))
        found += [("" if k else "method", f"{w.name}: {w.words}", "") for k, w in enumerate(self.walks.values())]
        if any(w.ended == CONVERGED for w in self.walks.values()):
            found.append(("", f"converged: ‖∇f‖ is at most {figure(self.tolerance)} of what it was at the start", ""))
        found += self._minimum_rows() + self._rate_rows()
        found += [("note", note, "") for note in self.notes]
        return [*found, *verified_rows(self.place.objective)]

    def _minimum_rows(self) -> list[tuple[str, str, str]]:
        r = self.rates
        if r.minimum is None:
            return [("minimum", f"none was found: {r.reason or 'the steps ended before'}", ""), ("", f"the lowest f that was seen is {figure(r.lowest, 6)}", "")]
        place = ", ".join([f"{name} = {shown(x)}" for name, x in self.place.variables.apart(r.minimum).items()])
        value = float(r.objective.at(r.minimum)[0])
        return [("minimum", place, f"f = {figure(value if abs(value) > 1e-15 * (1 + abs(float(r.objective.at(self.start)[0]))) else 0.0, 6)}")]

    def _rate_rows(self) -> list[tuple[str, str, str]]:
        r = self.rates
        if r.limit is None:
            where = "at the start" if r.minimum is None else "at the minimum"
            return [("step size", f"no limit 2/λmax is known: no eigenvalue of the Hessian {where} is above 0", "")]
        where = ("of the Hessian, the same everywhere: f is quadratic" if r.exact else "of the Hessian at the minimum: what follows holds near it") if r.minimum is not None else "of the Hessian at the start"  # fmt: skip
        found = [("λmax", figure(r.largest, 6), where)]
        if r.minimum is None:
            return found
        if not r.confirmed:
            found.append(("step size", "no limit can be told: runs beside the minimum do not do what its Hessian predicts", ""))
            return found
        found.append(("converges", f"for step sizes η < 2/λmax = {figure(r.limit, 6)}", "everywhere" if r.exact else "once it is near"))
        if r.trials:
            lines = [[figure(t.rate), f"{figure(t.rate / r.limit)} · 2/λmax", figure(t.predicted), figure(t.observed), "converges" if t.observed < 1 else "diverges"] for t in r.trials]  # fmt: skip
            heads = ["η", "", "|1 − ηλmax|", "observed", ""]
            found.append(("runs", columns(heads, lines, left=(4,)), ""))
            found.append(("", "the factor per step along the eigenvector of λmax, started beside the minimum", ""))
        if r.best is not None and len(r.eigenvalues) > 1:
            factor = step_sizes(r.smallest, r.largest).factor
            found.append(("fastest", f"η = 2/(λmin + λmax) = {figure(r.best)}: a factor of {factor_text(factor, 2 / (r.largest / r.smallest + 1))} per step", f"κ = {figure(r.largest / r.smallest)}"))
        found.append(("momentum", f"with β = {figure(MOMENTUM)} the limit is 2(1 + β)/λmax = {figure(stable(r.largest, MOMENTUM))}", ""))
        if r.flat:
            found.append(("flat", f"{r.flat} of {len(r.eigenvalues)} eigenvalues are 0: the minimum is not a single point", ""))
        return found

    def pictures(self) -> dict:
        found = {"paths": lambda page, width: pictures.paths(self, page, width), "values": lambda page, width: pictures.values(self, page, width)}
        if self.rates.limit is not None and self.rates.minimum is not None and self.rates.confirmed:
            found["steps"] = lambda page, width: pictures.step_sizes(self, page, width)
        return found

    @np.errstate(all="ignore")
    def to_dict(self) -> dict:
        r = self.rates
        return plain({
            **self.described(), "function": self.place.problem.echo, "variables": self.place.coordinates(), "start": self.start,
            "rate": self.rate, "tolerance": self.tolerance,
            "methods": {
                name: {"steps": w.steps, "value": w.values[-1], "gradient_norm": w.slopes[-1], "ended": w.ended, "path": w.points,
                       "values": w.values} for name, w in self.walks.items()
            },
            "minimum": r.minimum, "lowest": r.lowest, "eigenvalues": r.eigenvalues, "limit": r.limit, "fastest": r.best, "quadratic": bool(r.exact),
            "runs": [t._asdict() for t in r.trials], "most_steps_scanned": LONGEST, "notes": self.notes, "verified": True,
        })  # fmt: skip


def has_scipy() -> bool:
    """Whether SciPy can be imported."""
    try:
        import scipy  # noqa: F401
    except ImportError:
        return False
    return True


def _whole(steps) -> int:
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 1 <= steps <= MOST:
        raise DeclarationError("the number of steps is a whole number", given=short(steps), expected=f"1 to {MOST}")
    return int(steps)
