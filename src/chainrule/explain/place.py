"""Where a function is looked at: values for all its variables, given or drawn, and its derivatives there as functions of one vector.

Values that nobody gives are drawn, within what is declared of the variables, and the answer says which. The variables that
move lie one after the other in one vector (`training.variables`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ..core.dims import size_text
from ..core.errors import ChainruleError, DeclarationError, DomainError, ShapeError, UnknownNameError, did_you_mean
from ..derivation.derive import understood
from ..derivation.objects import several_asked
from ..derivation.options import brought
from ..derivation.result import Result
from ..numeric.points import sample
from ..training import Objective, Variables, checked_data, sizes_known
from ..training.arguments import checked_options, real
from .declared import refuse_contradiction
from .written import values_in

UNNAMED = ""
MOVING, STILL = (3, 2, 4, 5), (6, 8, 5, 7, 9)  # sizes that nobody gives: of what moves, and of data, of which there is more


class Place:
    """A function with values for its variables.

    Attributes
        problem: the function as it was read.
        names: the variables that move, in order.
        values: an array of each variable, by name; `given` says of which somebody gave it.
        sizes: the size of each dimension, by name.
        notes: what was drawn, for the answer to say.
    """

    def __init__(self, problem, names: list[str], values: dict, given: set[str], sizes: dict[str, int], notes: list[str]):
        self.problem, self.names, self.values, self.given = problem, names, values, given
        self.sizes, self.notes = sizes, notes

    @property
    def located(self) -> bool:
        """Whether somebody said where: values of all that move were given."""
        return set(self.names) <= self.given

    @cached_property
    def variables(self) -> Variables:
        return Variables([self.problem.every[n] for n in self.names], self.sizes)

    @cached_property
    def x(self) -> np.ndarray:
        """The point as one vector."""
        return self.variables.together(self.values)

    @cached_property
    def objective(self) -> Objective:
        """f, ∇f, ∇²f and ∇²f v as functions of that vector, derived, sealed and compiled. For functions with a number as value."""
        if self.problem.dims:
            raise ShapeError(
                "only of a number can this be told",
                given=f"{self.problem.echo}, of shape {size_text(self.problem.dims)}",
                expected="a function whose value is one number",
            )
        data = {name: x for name, x in self.values.items() if name not in self.names}
        run = lambda program, data: program.given(**{n: x for n, x in data.items() if n in program.parameters})
        return Objective(self.problem, self.names, self.variables, data, run)

    def coordinates(self) -> list[str]:
        """What the entries of the vector are called: x, w[0], W[1,2]."""
        found = []
        for p in self.variables.places:
            found += [p.name + (f"[{','.join(map(str, index))}]" if index else "") for index in np.ndindex(*p.shape)]
        return found

    def written(self) -> str:
        """The point in a line: x = 1, w = (1, −2)."""
        return ", ".join([f"{name} = {shown(self.values[name])}" for name in self.names])


def asked(function, wrt=None, at=None, data=None, declare=None, options: dict | None = None):
    """(problem, names of what moves, values given by name) for what a door was told.

    What would be a vector, entry by entry, is read as a function of numbers: sin(x) cos(y), although x could be a vector.

    Parameters
        function, declare: as for `derive`; or what was derived of it, whose variables then move.
        wrt: a name, "w, b" or a list; by default what `at` gives values to, or what is no data.
        at: the point: values by name, one array of the one variable, or text: "x=1, y=-2", "w=(1, 2)", "-1,2".
        data: values of the other variables, by name or as text.
        options: dialect=, and shapes of a Python function by name.

    Raises
        what `derive` raises for a function; UnknownNameError, DeclarationError, ParseError: names and values do not fit.
    """
    if isinstance(function, Result):
        function, wrt = function.problem, function.wrt if wrt is None and at is None else wrt
    function, declare, more = brought(function, declare, dict(options or {}), ("dialect",))
    dialect = more.get("dialect")
    problem = understood(function, declare, dialect)
    if isinstance(function, str) and problem.dims:
        problem = _of_numbers(function, problem, declare, dialect, _arrays(at) | _arrays(data))
    return _asked(problem, wrt, at, data)


def _of_numbers(function: str, problem, declare, dialect, arrays: set[str]):
    """The function read with numbers for letters that could be vectors, if it is a number then; those in `arrays` are none."""
    numbers = [v.name for v in problem.variables.values() if not v.declared and len(v.dims) < 2 and v.name not in arrays]
    if not any(problem.variables[name].dims for name in numbers) or UNNAMED in arrays and len(problem.variables) == 1:
        return problem
    scalars = dict.fromkeys(numbers, "scalar")
    whole = declare | scalars if isinstance(declare, Mapping) else ", ".join(filter(None, [declare, *[f"{n}: scalar" for n in numbers]]))
    try:
        found = understood(function, whole, dialect)
    except ChainruleError:
        return problem  # with numbers it makes no sense either
    if found.dims or any(len(v.dims) != len(problem.variables[n].dims) for n, v in found.variables.items() if n not in numbers):
        return problem
    found.notes.append(f"{', '.join(numbers)} taken as numbers: a function of one value at a time")
    return found


def _arrays(values) -> set[str]:
    """The names of those that are given as arrays."""
    if isinstance(values, str):
        values = values_in(values, UNNAMED)
    values = values if isinstance(values, Mapping) else {} if values is None else {UNNAMED: values}
    return {name for name, x in values.items() if np.ndim(x)}


def _asked(problem, wrt, at, data) -> tuple:
    data = checked_data(problem, values_in(data) if isinstance(data, str) else data)
    alone = _alone(problem, wrt, data)
    point = checked_data(problem, _point(problem, wrt, at, data, alone))
    refuse_twice(point, data)
    if wrt is None:
        wrt = list(point) or ([alone] if alone else None)
    if wrt is None:
        free = [n for n in problem.variables if n not in data]
        if not problem.variables:
            raise UnknownNameError("the function has no variable", given=problem.echo, expected="a function of at least one")
        if all(not problem.variables[n].dims for n in free) and 0 < len(free) <= 3:
            wrt = free  # x² + xy: of a few numbers, all
        else:
            raise UnknownNameError(
                "which variables move?", given=f"a function of {', '.join(problem.variables)}",
                expected="wrt=, or values for those that do not move", fix=f"wrt={(free or list(problem.variables))[0]!r}",
            )  # fmt: skip
    problem, names = several_asked(problem, wrt, None, "column", None)
    _refuse_fixed(names, data)
    return problem, names, {**data, **point}


def _point(problem, wrt, at, data: Mapping, alone: str | None):
    """The values of the point by name: of one variable they need none, and of several numbers they come in order, -1,2.

    Raises
        DeclarationError: there is no telling which value belongs to which variable.
    """
    given = values_in(at, alone or UNNAMED) if isinstance(at, str) else {alone or UNNAMED: at} if at is not None and not isinstance(at, Mapping) else at
    if not given or UNNAMED not in given:
        return given
    values = real("at", given[UNNAMED])
    names = wrt.replace(",", " ").split() if isinstance(wrt, str) else list(wrt or [n for n in problem.variables if n not in data])
    if values.ndim == 1 and len(values) == len(names) > 1 and all(n in problem.variables for n in names):
        return dict(zip(names, values))
    raise DeclarationError(
        "which variable has this value?", given=f"at={shown(values)}", expected=f"values by name: {', '.join(problem.variables)}",
        fix=f"at={{{next(iter(problem.variables), 'x')!r}: …}}",
    )  # fmt: skip


def place_of(problem, names: list[str], given: Mapping, sizes: Mapping | None = None, seed: int = 0) -> Place:
    """The place with these values; what is missing is drawn, with `seed`.

    Raises
        ShapeError: values and sizes contradict one another. DeclarationError: the seed is none.
    """
    given = dict(given)
    known = refuse_wrong(problem, given, sizes, seed)
    notes: list[str] = []
    sizes = _all_sizes(problem, names, known)
    rng = np.random.default_rng(seed)
    values, drawn = {}, []
    for name, v in problem.every.items():
        shape = tuple([d.at(sizes) for d in v.dims])
        if name in given:
            values[name] = np.broadcast_to(given[name], shape) if not np.ndim(given[name]) else np.asarray(given[name])
        else:
            values[name] = sample(rng, shape, v.facts)
            drawn.append(name + (f" ({'×'.join(map(str, shape))})" if shape else ""))
    if drawn:
        notes.append(f"{', '.join(drawn)} drawn at random (seed {seed}): no value was given")
    return Place(problem, names, values, set(given), sizes, notes)


def shown(x) -> str:
    """An array on one line: (1, −2), [1 2; 3 4]; a long one by its ends."""
    x = np.asarray(x, dtype=float)
    if not x.ndim:
        return figure(float(x))
    if x.ndim == 1:
        parts = [figure(v) for v in (x if x.size <= 8 else [*x[:3], *x[-2:]])]
        return "(" + ", ".join(parts if x.size <= 8 else [*parts[:3], "…", *parts[3:]]) + ")"
    if x.ndim == 2 and x.size <= 24:
        return "[" + "; ".join([" ".join([figure(v) for v in line]) for line in x]) + "]"
    return f"{'×'.join(map(str, x.shape))} array"


def refuse_infinite(place: Place) -> Place:
    """The place, if all that was given are numbers.

    Raises
        DomainError: something is NaN or infinite.
    """
    bad = next((name for name, x in place.values.items() if not np.isfinite(x).all()), None)
    if bad is not None:
        raise DomainError(f"`{bad}` is no point to look at", given=f"{bad} = {shown(place.values[bad])}", expected="finite numbers")
    return place


def figure(x: float, digits: int = 4) -> str:
    """A number as people write it: 0.25, −3, 1.2e−5 with a true minus."""
    if x != x or x in (float("inf"), -float("inf")):
        return {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(float(x))]
    text = f"{x + 0.0:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def _alone(problem, wrt, data) -> str | None:
    """The one variable that can be meant, or None."""
    if isinstance(wrt, str) and "," not in wrt:
        return wrt.strip()
    if isinstance(wrt, (list, tuple)) and len(wrt) == 1:
        return wrt[0]
    free = [name for name in problem.variables if name not in data]
    return free[0] if wrt is None and len(free) == 1 else None


def _refuse_fixed(names: list[str], data: Mapping) -> None:
    fixed = [name for name in names if name in data]
    if fixed:
        raise DeclarationError(
            f"`{fixed[0]}` is among the data, and moves", given=f"wrt={', '.join(names)}; data: {', '.join(data)}",
            expected="a variable that is not among the data", fix=f"at={{{fixed[0]!r}: …}} says where the function is looked at",
        )  # fmt: skip


def refuse_twice(point: Mapping, data: Mapping) -> None:
    """Raises DeclarationError: a variable has a value in both."""
    both = [name for name in point if name in data]
    if both:
        raise DeclarationError(
            f"`{both[0]}` has a value twice", given=f"at= and data= for `{both[0]}`", expected="at= for what moves, data= for the rest"
        )


def refuse_wrong(problem, given: Mapping, sizes, seed) -> dict[str, int]:
    """The sizes that the given arrays show; a number stands for an array of any shape.

    Raises
        UnknownNameError, ShapeError, DeclarationError: values, sizes or seed are none, or do not fit.
        DomainError: values contradict what was declared.
    """
    checked_options(None, 1, seed)
    whole = {name: x for name, x in given.items() if np.ndim(x) or not problem.every[name].dims}
    for name in given:
        if name not in problem.every:
            near = did_you_mean(name, list(problem.every))
            raise UnknownNameError(f"`{name}` is no variable of the function", given=problem.echo,
                                   expected=", ".join(problem.every), fix=f"did you mean `{near}`?" if near else None)  # fmt: skip
    known = sizes_known(problem, whole, {}, sizes)
    refuse_contradiction(problem, given)
    return known


def _all_sizes(problem, names: list[str], known: dict[str, int]) -> dict[str, int]:
    """A size for every dimension: those that are known, few entries for what moves, more for data."""
    sizes = dict(known)
    of_moving = {x for n in names for d in problem.every[n].dims for x in d.names}
    counts = {True: 0, False: 0}
    for v in problem.every.values():
        for d in v.dims:
            for x in d.names:
                if x not in sizes:
                    row = MOVING if x in of_moving else STILL
                    sizes[x] = row[counts[x in of_moving] % len(row)]
                    counts[x in of_moving] += 1
    return sizes
