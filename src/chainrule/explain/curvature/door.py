"""What the second derivative says of a function at a point: eigenvalues, verdict, steps that are stable, what would help.

`curvature("mean(log(1 + exp(-t .* (X w))))", "w", at={"w": 0}, data=…)` derives the Hessian, forms it where it is small and
multiplies by it where it is not, and tells what follows: definiteness with a bound for rounding, the condition number, the
kind of a critical point, the largest stable step of gradient descent, the directions that curve most and least, and
what scaling or damping would change, each computed.
"""

from __future__ import annotations

from functools import cached_property

from ...core.lazy import lazy
from ..step_sizes import StepSizes
from .conditioning import WhatIf, rates_of, tried
from ..explanation import Explanation
from .measured import FORMED, Probed, Slope, Whole, constant, kinked, probed, slope, structured, whole
from ..place import Place, asked, place_of
from ..spectrum import Spectrum, block

pictures = lazy(__package__, ".pictures")
written = lazy(__package__, ".rows")
verdicts = lazy(__package__, "..convexity")
MOST_TRIED = 200  # entries of the variables up to which what-ifs are computed
MOST_DATA = 100_000  # entries of data that a verdict on convexity looks at

CRITICAL = {  # verdict on the Hessian → kind of the point, where the gradient vanishes
    "positive definite": "a strict local minimum",
    "negative definite": "a strict local maximum",
    "indefinite": "a saddle point",
}
GLOBAL = {  # verdict on convexity → kind of a point where the gradient vanishes
    "convex": "a global minimum, since the function is convex",
    "concave": "a global maximum, since the function is concave",
    "affine": "the function is constant",
}
UNDECIDED = "degenerate: the second derivative does not decide what kind of point it is"


def curvature(function, wrt=None, at=None, data=None, *, declare=None, sizes=None, seed=0, **more) -> Curvature:
    """What the second derivative says of a function: at a point, and of its convexity everywhere.

    Parameters
        function, declare: as for `derive`; `more` has dialect= and shapes of a Python function by name.
        wrt: the variables that move: a name, "w, b" or a list.
        at: the point, as values by name, an array, or text: "x=1, y=2". Where none is given, and the Hessian is not the same
            everywhere, one is drawn.
        data: values of the other variables.
        sizes: sizes that no values show, {"n": 100}.
        seed: of what is drawn.

    Returns
        A `Curvature`: `.eigenvalues`, `.definiteness`, `.condition`, `.rates`, `.kind_of_point` …; its text says all of it.
        Up to 1000 entries the Hessian is formed; beyond, the ends of its spectrum, its trace and its density are estimated by
        products with it.

    Raises
        what `derive` raises; ShapeError: the function is not a number. DomainError: it has no second derivative there.
        BackendError: SciPy, which large problems need, is not installed.
    """
    problem, names, given = asked(function, wrt, at, data, declare, more)
    return Curvature(place_of(problem, names, given, sizes, seed), seed)


class Curvature(Explanation):
    """What `curvature` returns.

    Attributes
        place: where it was looked at.
        hessian: the Hessian as it was derived, with its seal.
        size: the number of entries of the variables.
        slope: value and gradient there.
        measured: what was found of the Hessian there: `Whole` or `Probed`.
        convexity: the verdict on convexity, everywhere, with its reason.
    """

    kind = "curvature"

    def __init__(self, place: Place, seed: int = 0):
        self.place, self.problem, self.names = place, place.problem, place.names
        self.size = place.variables.length
        self.hessian = place.objective.second
        self.constant = constant(place)
        self.slope: Slope = slope(place, seed)
        self.measured: Whole | Probed = whole(place, seed) if self.size <= FORMED else probed(place, seed)
        self.operator = self.measured.operator if isinstance(self.measured, Probed) else structured(place)
        self.convexity, self.for_data = _convexity(place)
        self.tried: list[WhatIf] = []
        if isinstance(self.measured, Whole) and 1 < self.size <= MOST_TRIED and self.rates is not None:
            self.tried = tried(place, self.measured.H, self.measured.spectrum)
        self.notes = [*self.problem.notes, *[n for n in place.notes if not (self.constant and self._only_moving(n))]]
        self.kink = kinked(place)
        if self.kink:
            self.notes.append("a kink passes through this point: there the second derivative is that of one side, or of none")
        if self.convexity.verdict == "convex" and self.definiteness in ("indefinite", "negative definite"):
            self.notes.append(f"the function is convex for {self.convexity.domain}; this point lies outside")

    def _only_moving(self, note: str) -> bool:
        """Whether a note says that the point was drawn, on which nothing depends."""
        return set(self.place.values) - self.place.given <= set(self.names) and "drawn at random" in note

    # ------------------------------------------------------------------ what was found

    @property
    def spectrum(self) -> Spectrum | None:
        """Eigenvalues with their bound and eigenvectors; None where the Hessian was not formed."""
        return self.measured.spectrum if isinstance(self.measured, Whole) else None

    @property
    def eigenvalues(self):
        """All eigenvalues, ascending, where they are known; else None."""
        return self.spectrum.values if self.spectrum is not None else self.measured.values

    @property
    def bound(self) -> float:
        """How far an eigenvalue may be from exact."""
        return self.spectrum.bound if self.spectrum is not None else self.measured.bound

    @property
    def definiteness(self) -> str:
        """The verdict on the Hessian at the point, decided with the bound."""
        return self.measured.definiteness

    @property
    def condition(self) -> float:
        """κ = max |λ| / min |λ|; the least that it can be, where rounding leaves it open."""
        if self.spectrum is not None:
            low, high = self.spectrum.condition
            sizes = abs(self.spectrum.values)
            return float(max(sizes) / min(sizes)) if high < 2 * low else low
        low, high = self.measured.least, self.measured.largest
        return max(abs(low), abs(high)) / max(min(abs(low), abs(high)), self.bound) if max(abs(low), abs(high)) else 1.0

    @property
    def rates(self) -> StepSizes | None:
        """How gradient descent goes here; None where the function curves down."""
        return rates_of(self.spectrum) if self.spectrum is not None else written.rates_probed(self.measured)

    @property
    def kind_of_point(self) -> str | None:
        """What kind of critical point it is, where the gradient vanishes; else None."""
        if not self.slope.vanishes:
            return None
        if self.convexity.verdict in GLOBAL:
            return GLOBAL[self.convexity.verdict]
        certain = self.spectrum is not None or self.measured.values is not None or self.definiteness == "indefinite"
        return CRITICAL.get(self.definiteness, UNDECIDED) if certain else UNDECIDED

    def blocks(self) -> dict[str, Spectrum]:
        """The spectrum of each variable's own block of the Hessian, by name; of the formed Hessian of several variables."""
        if self.spectrum is None or len(self.names) < 2:
            return {}
        return {p.name: block(self.spectrum, self.measured.H, p.entries) for p in self.place.variables.places}

    @cached_property
    def heights(self) -> tuple:
        """What the contours of a function of two numbers are drawn of."""
        return pictures.heights(self)

    # ------------------------------------------------------------------ faces

    def rows(self) -> list[tuple[str, str, str]]:
        return written.rows(self)

    def pictures(self) -> dict:
        return pictures.pictures(self)

    def to_dict(self) -> dict:
        return self.described() | written.as_dict(self)


def _convexity(place: Place) -> tuple:
    """(verdict on the function as a whole, whether it holds for the data that were given only)."""
    found = verdicts.verdict_of(place.problem, place.names)
    data = {n: place.values[n] for n in sorted(place.given) if n not in place.names}
    if found.verdict in GLOBAL or not data or sum([x.size for x in data.values()]) > MOST_DATA:
        return found, False
    other = verdicts.verdict_of(place.problem, place.names, data)
    return (other, True) if other.verdict in GLOBAL else (found, False)
