"""Critical points of a function: ∇f = 0 solved as a formula where that is possible, searched for where it has few numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...core.algebra import is_zero
from ...core.errors import ChainruleError, DeclarationError, DomainError
from ..convexity import verdict_of
from ..place import asked, place_of, refuse_wrong, shown
from .answer import CriticalPoints, Solution
from .entries import entries
from .kinks import kinks
from .point import MAXIMUM, MINIMUM, SADDLE, UNDECIDED, Point, along_curve, examined, led_on
from .polynomial import all_roots
from .proving import excluded
from .searching import MOST_ENTRIES, Field, Found, box, hessian, is_singular, polished, searched, value_and_gradient
from .solving import Solved, gradient, solved
from .trying import Runner, tried

LARGEST_SIZE = 12  # of a dimension, up to which convexity is asked for that size
LARGEST_FORMED = 400  # entries of the variables up to which a Hessian is formed to classify a solution
MOST_SINGULAR, MOST_TRIED = 24, 8  # points with a singular Hessian that are looked at; of one curve, for one with simple numbers
LEVEL = 1e-9  # values of f that are one, in parts of 1 + |f|
ROUNDS = 3  # of proofs, each with the points that the one before found missing
SETTLES = {"convex": MINIMUM, "concave": MAXIMUM}  # verdict on f → kind of each of its critical points
SAME = 1e-6  # of the distance, in parts of 1 + |x|, of points that are one


def critical_points(function, wrt=None, at=None, data=None, *, window=10, declare=None, sizes=None, seed=0, **more) -> CriticalPoints:
    """Where the gradient of a function vanishes, and what is there: minimum, maximum, saddle, or undecided.

    ∇f = 0 is solved as a formula where its variables can be isolated: ridge regression gives (XᵀX + λI)⁻¹Xᵀy. Functions
    of up to 6 numbers are also searched from many starts, and what is found is classified by the Hessian.

    Parameters
        function, declare: as for `derive`; `more` has dialect= and shapes of a Python function by name.
        wrt: the variables that move; by default those that have no data, if they are few numbers.
        at: where the search starts; by default everywhere in the window.
        data: values of the other variables.
        window: the search covers −window … window in every entry, within what is declared.
        sizes, seed: of what no data show, and of random starts.

    Raises
        ShapeError: the value of the function is no number. DeclarationError: the window is no positive number.
        What `derive` raises.
    """
    if isinstance(window, bool) or not isinstance(window, (int, float)) or not 0 < window < 1e9:
        raise DeclarationError(
            "the window is no positive number", given=f"window={window!r}", expected="how far to look, such as 10"
        )
    problem, names, given = asked(function, wrt, at, data, declare, more)
    refuse_wrong(problem, given, sizes, seed)
    _refuse_no_numbers(given)
    of = gradient(problem, names)
    found = CriticalPoints(problem, names, of)
    formula = solved(of)
    found.reason = formula.reason
    found.solutions = _solutions(problem, of, formula)
    found.refused = [branch for branch in formula.branches if all([s.branch is not branch for s in found.solutions])]
    if formula.branches and not found.solutions:
        texts = " or ".join([Solution(problem, of, branch, None).text for branch in formula.branches])
        found.reason = f"only {texts} would solve it, and there f is not differentiable, or what the formula needs never holds"
    found.nowhere = formula.all and not formula.branches
    found.all = formula.all and len(found.solutions) == len(formula.branches)
    found.convexity = _convexity(problem, names, given, sizes)
    unknown = [n for n in problem.variables if n not in given and n not in names]
    constant = all([is_zero(e) for e in of.equations])
    if not (unknown and found.solutions) and not constant and not found.nowhere:
        _with_numbers(found, place_of(problem, names, given, sizes, seed), float(window), at is not None, seed)
    return found


def _refuse_no_numbers(given: Mapping) -> None:
    for name, value in given.items():
        if not np.isfinite(np.asarray(value, dtype=float)).all():
            raise DomainError(f"`{name}` holds what is no number", given=f"{name} = {shown(value)}", expected="finite numbers")


def _solutions(problem, of, formula: Solved) -> list[Solution]:
    found = []
    for branch in formula.branches:
        try:
            outcome = tried(problem, of, branch)
        except (ChainruleError, np.linalg.LinAlgError):
            continue
        if outcome.ok:
            found.append(Solution(problem, of, branch, outcome, formula.needed))
    return found


def _convexity(problem, names: list[str], given: Mapping, sizes):
    """The verdict on f as a whole, for the data if they are given; None where it cannot be asked."""
    data = {n: x for n, x in given.items() if n not in names}
    small = sum([np.size(x) for x in data.values()]) <= LARGEST_FORMED and all([k <= LARGEST_SIZE for k in (sizes or {}).values()])
    try:
        return verdict_of(problem, names, data if small else None, sizes if small else None)
    except ChainruleError:
        return None


def _with_numbers(found: CriticalPoints, place, window: float, started: bool, seed: int) -> None:
    """The points themselves: of the formula at the data, and those that a search finds."""
    found.place = place
    try:
        length = place.variables.length
    except ChainruleError:  # a constrained variable is no plain vector
        found.search = None
        _values_only(found, place)
        return
    drawn = [n for n in problem_data(found.problem, found.names) if n not in place.given]
    if drawn:
        found.notes.append(f"{', '.join(drawn)} drawn at random (seed {seed}): no value was given")
    low, high = box(place, window)
    formula_points = [x for x in (_candidate(of_branch, found.of, place) for of_branch in found.refused) if x is not None]
    points = [x for x in (_at_data(s, place) for s in found.solutions) if x is not None] if not started else []
    exact = entries(place) if length <= MOST_ENTRIES else None
    field = Field(place, exact)
    found.low, found.high, found.field = low, high, field
    if started:
        low, high = place.x - window, place.x + window
    if length <= MOST_ENTRIES and (low < high).all():
        more = all_roots(exact) if length == 1 and exact is not None and not started else None
        found.whole_window, found.started = not started, started
        if more is not None:
            found.theorem = more.said
            found.search = Found(more.points, 0, None, None)
            found.proven = more.all
        else:
            found.search = searched(field, low, high, seed, place.x if started else None)
        extra = [x for x in found.search.points if not any([_same(x, y) for y in points])]
        if extra and not started and found.solutions and found.all and not any(s.branch.free for s in found.solutions):
            found.all = False
        points += extra
    if length <= LARGEST_FORMED:
        hints = [h for h in (s.exact_entries() for s in found.solutions) if h is not None]
        known = [x for x in points if np.isfinite(hessian(place, x)).all()]
        if len(known) < len(points):
            found.notes.append("at some solutions the formula of ∇²f has no value: they are not listed among the points")
        found.points = _families(field, known, exact, hints)
        _settled(found)
    if length <= MOST_ENTRIES and not found.proven and exact is not None and found.whole_window:
        _with_proof(found, exact, hints)
    if length <= MOST_ENTRIES:
        found.kinks = kinks(place, formula_points, low, high)


def _with_proof(found: CriticalPoints, exact, hints: list) -> None:
    """Excludes further points of the window; those that were missed are added."""
    field = found.field
    for _ in range(ROUNDS):
        if not all([p.isolated for p in found.points]):
            return
        shown = excluded(exact, [p.x for p in found.points], found.low, found.high)
        if not shown.missed:
            found.nearness, found.proven = shown.nearness, shown.nearness == 0
            return
        new = [polished(field, x) for x in shown.missed]
        new = [x for x in new if np.isfinite(hessian(field.place, x)).all() and not any([_same(x, p.x) for p in found.points])]
        if not new:
            return
        found.points = _sorted([*found.points, *_families(field, new, exact, hints)])


def _settled(found: CriticalPoints) -> None:
    """The kind of points that second order leaves open: by convexity; in one variable by the signs of f′ between all its zeros."""
    verdict = found.convexity.verdict if found.convexity is not None else None
    for k, point in enumerate(found.points):
        if point.kind == UNDECIDED and verdict in SETTLES:
            point.kind, point.reason = SETTLES[verdict], f"f is {verdict}"
        elif point.kind == UNDECIDED and found.theorem and len(point.x) == 1:
            others = sorted([float(p.x[0]) for p in found.points])
            at = others.index(float(point.x[0]))
            beside = [(others[at - 1] + others[at]) / 2 if at else others[at] - 1, (others[at] + others[at + 1]) / 2 if at + 1 < len(others) else others[at] + 1]
            left, right = [np.sign(value_and_gradient(found.place, np.array([x]))[1][0]) for x in beside]
            if left and right and np.isfinite([left, right]).all():
                point.kind = SADDLE if left == right else MINIMUM if right > 0 else MAXIMUM
                point.reason = "by the sign of f′ on either side, where it has no other zero"


def _clear(point: Point, place) -> Point | None:
    """The point, if the function is smooth there."""
    if not np.isfinite(point.f):
        return None
    values = {**place.values, **point.values}
    try:
        margin = min([place.problem.margin(values, name) for name in place.names])
    except ChainruleError:
        return point
    return None if margin <= 1e-12 else point


def _sorted(points: list) -> list:
    return sorted([p for p in points if p is not None], key=lambda p: (round(p.f, 9), tuple(np.round(p.x, 6))))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((np.abs(a - b) <= SAME * (1 + np.abs(a))).all())


def _families(field: Field, points: list[np.ndarray], exact, hints: list) -> list[Point]:
    """The points examined; of those that lie on curves of critical points, one of each value of f, with the simplest numbers."""
    place, kept, curves = field.place, [], []
    with np.errstate(all="ignore"):
        flat = [is_singular(hessian(place, x)) for x in points]
    singular = sorted([x for x, is_flat in zip(points, flat) if is_flat], key=lambda x: float(np.abs(x).sum()))
    for x in singular[:MOST_SINGULAR]:
        on, of_all = led_on(field, x) if len(x) > 1 else (0, 1)
        if on:
            curves.append((x, on == of_all))
        else:
            kept.append(x)
    found = [_clear(examined(place, x, exact, hints), place) for x in [x for x, is_flat in zip(points, flat) if not is_flat] + kept]
    found = [p for k, p in enumerate(found) if p is not None and not any([q is not None and _same(p.x, q.x) for q in found[:k]])]
    lines: list[Point] = []
    for x, whole in curves:
        value = value_and_gradient(place, x)[0]
        near = [k for k, c in enumerate(lines) if abs(c.f - value) <= LEVEL * (1 + abs(value))]
        if near and (lines[near[0]].exact_nodes is not None or lines[near[0]].more > MOST_TRIED):
            lines[near[0]].more += 1
            continue
        point = _clear(examined(place, x, exact, hints), place)
        if point is None:
            continue
        point.isolated = False
        on, of_all = led_on(field, point.x) if whole else (0, 1)  # once more: the exact point is not the one that was found
        if on == of_all:
            along_curve(point)
        if not near:
            lines.append(point)
        else:
            point.more = lines[near[0]].more + 1
            lines[near[0]] = point if point.exact_nodes is not None else lines[near[0]]
            lines[near[0]].more = point.more
    return _sorted([*found, *lines])


def problem_data(problem, names: list[str]) -> list[str]:
    """The variables that do not move."""
    return [n for n in problem.variables if n not in names]


def _at_data(solution: Solution, place) -> np.ndarray | None:
    """The solution at the values of the place, as one vector; None where it has none there."""
    if solution.branch.free:
        return None
    values = Runner(solution.of, solution.branch).solution(place.values, place.sizes)
    return None if values is None else place.variables.together(values)


def _candidate(branch, of, place) -> np.ndarray | None:
    """What a solution that failed says at the data: perhaps a kink."""
    if branch.free:
        return None
    values = Runner(of, branch).solution(place.values, place.sizes)
    return None if values is None else place.variables.together(values)


def _values_only(found: CriticalPoints, place) -> None:
    for solution in found.solutions:
        if not solution.branch.free:
            values = Runner(solution.of, solution.branch).solution(place.values, place.sizes)
            solution.at_data = None if values is None else {x.name: values[x.name] for x in found.of.unknown}
