"""Are two expressions the same function? Decided by values at random points, with a counter-example in small numbers where not.

Both sides are evaluated by the interpreter of the text language at points of several sizes, shared by name. Two values agree
if they differ by no more than rounding, which is measured by moving the point in its last digits; where both sides are
rational, exact fractions decide (`exact.py`). Beside plain equality these are recognised: the other layout, another shape of
the same entries, and equality under a condition (S symmetric, x positive).

References: Schwartz, J. ACM 27 (1980), for why a few random points decide identities of rational functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...compiling import evaluate as node_value
from ...compiling.binding import sizes_of
from ...core.dims import Dim
from ...core.errors import DeclarationError, UnknownNameError, caret, did_you_mean
from ...core.node import Node
from ...numeric.kinks import ATTEMPTS, INADMISSIBLE, threshold
from ...numeric.points import Variable, draw
from ...syntax import Meaning, Problem, read
from ...syntax.declare import Declared
from ...syntax.lower import known as known_size
from ...syntax.text import parse
from ...syntax.tree import walk
from .exact import Irrational, exact, exact_points
from .small import number_text, small_points
from .stretches import made_whole

POINTS = 6  # at which plain expressions are compared; their sizes and the signs of scalars take turns
PIECES = 30  # and those with kinks: a few points do not visit every piece
TIGHT = 1e-12  # of the largest entry: what rounding may do without being looked at
SLACK = 64  # times the rounding that is measured
FAINT = 1e-5  # rounding above this part of the value: the point cannot tell
NUDGES = (2e-15, 3e-14)  # relative changes of the point by which rounding is measured
ZERO = 1e-11  # a value that rounding makes is taken for zero below this
VISIBLE = 1e-6  # relative to the values: what a counter-example shows
CONDITIONS = ("symmetric", "positive", "sum1", "orthogonal")  # under which equality is looked for, one at a time
SEED = 41


class Side:
    """An expression to be compared.

    Attributes
        dims: its sizes; `out` of them are those of a function, the rest those of what it was differentiated by.
        row: whether a vector lies as a row.
        evaluate: values by name → array.
        margin: values by name → distance to the nearest kink; None for what has none.
        meaning: the text as read, where there is one; `held` the function whose named intermediates it may use.
        defined: values by name → whether the function whose derivative this is has a value there; None where that is not asked.
    """

    def __init__(
        self,
        dims: Sequence[Dim],
        evaluate: Callable[[dict], np.ndarray],
        row: bool = False,
        margin: Callable[[dict], float] | None = None,
        out: int | None = None,
        meaning: Meaning | None = None,
        held: Meaning | None = None,
        defined: Callable[[dict], bool] | None = None,
    ):
        self.dims, self.evaluate, self.row, self.margin = tuple(dims), evaluate, row, margin
        self.out = len(self.dims) if out is None else out
        self.meaning, self.held, self.defined = meaning, held, defined


class Counter(NamedTuple):
    """A counter-example: small values of the variables, and an entry that differs there."""

    values: dict[str, np.ndarray]
    index: tuple[int, ...]
    true: float
    mine: float

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {number_text(value)}" for name, value in self.values.items())
        entry = f" (entry {', '.join(map(str, self.index))})" if self.index else ""
        return f"at {at}: yours {number_text(self.mine)}, true {number_text(self.true)}{entry}"


class Comparison(NamedTuple):
    """Whether two expressions are the same function.

    verdict   "same", "different" or "undecided"
    how       of what is the same: "" plainly; "row", "transposed": in the other layout; "shape": the same entries in another
              shape; "vec", "rows": stacked by columns or by rows; "kronecker", "kronecker transposed": a matrix of vec f by
              vec X; "number": a number in place of an array all of whose entries are that number
    given     (variable, fact) under which they are the same, where they are not always: ("S", "symmetric")
    shapes    of what is different: whether no way was found to lay one beside the other
    error     the largest difference, relative to the largest entry, at the points compared
    points    how many there were
    exact     whether exact fractions decided
    counter   a counter-example, where one was found in small numbers
    reason    why it is undecided
    """

    verdict: str
    how: str = ""
    given: tuple[str, str] | None = None
    shapes: bool = False
    error: float = 0.0
    points: int = 0
    exact: bool = False
    counter: Counter | None = None
    reason: str | None = None

    @property
    def same(self) -> bool:
        """Whether they are the same, plainly and always."""
        return self.verdict == "same" and not self.how and not self.given


# ------------------------------------------------------------------------------- reading


def read_beside(text: str, function: Meaning, dialect: str | None = None, more: dict | None = None) -> Problem:
    """`text` as read with the names of `function`: its variables, sizes and named intermediates mean there what they mean here.

    Parameters
        more: further names with their dims, such as a direction dx.

    Raises
        UnknownNameError: it uses a name that neither has.
        DeclarationError: it defines what is a variable of the function.
        ParseError, ShapeError …: it cannot be read.
    """
    known = {name: Declared(name, v.dims, None, v.facts) for name, v in function.every.items()}
    known |= {name: Declared(name, tuple(dims), None, frozenset()) for name, dims in (more or {}).items()}
    program = parse(text, dialect, known)
    defined = [s for s in program.statements if s.name]
    if program.result.name in function.every:
        raise DeclarationError(
            f"`{program.result.name} = …` says what a variable of the function is, and no derivative",
            given=caret(text, program.result.start, 72),
            expected="a derivative, such as ∇f = …",
        )
    for statement in defined:
        if statement.name in function.every:
            raise DeclarationError(
                f"`{statement.name}` is a variable of the function, and is defined anew",
                given=caret(text, statement.start, 72),
                expected=f"another name: a formula beside {function.echo} uses its names",
            )
    own = {s.name for s in defined}
    known |= {
        name: Declared(name, dims, None, frozenset())
        for name, dims in held_dims(function).items()
        if name not in {*known, *own}
    }
    found = read(text, known, dialect)
    made_whole(text, [found.tree, *[tree for _, tree in found.lets]])
    found.notes = [note for note in found.notes if "does not occur in the function" not in note]
    strange = next((name for name in found.variables if name not in known), None)
    if strange:
        raise unknown_name(strange, found, function, list(known))
    return found


def held_dims(function: Meaning) -> dict[str, tuple[Dim, ...]]:
    """The named intermediates of a function, and their sizes."""
    slots = function.machine.named
    return {name: tuple([known_size(d) for d in typed.axes]) for name, typed in function.typed_lets if name in slots}


def unknown_name(name: str, found: Problem, function: Meaning, known: list[str]) -> UnknownNameError:
    """The error for a letter of a person's formula that the function does not have."""
    place = next(
        (n.start for n in walk(found.tree) if n.kind == "name" and n.value.partition("_")[0] == name.partition("_")[0]),
        None,
    )
    sizes = sorted({n for v in function.every.values() for d in v.dims for n in d.names})
    near = did_you_mean(name, [*known, *sizes])
    meant = f"did you mean `{near}`?" if near else f"say what it is, behind the formula: … where {name} = …"
    if not near and sizes and name in ("n", "m", "k", "d", "N", "M", "K", "D"):
        meant = f"the sizes are {function.shapes_text()}: write {' or '.join(sizes)}; or {meant}"
    return UnknownNameError(
        f"`{name}` is not a name of the function",
        given=caret(found.text, place, 72) if place is not None else found.text,
        expected=f"{', '.join(known) or 'numbers'}" + (f", or a size: {', '.join(sizes)}" if sizes else ""),
        fix=meant,
    )


def side(meaning: Meaning, function: Meaning | None = None, out: int | None = None) -> Side:
    """A text as read, to be compared; `function` is the one whose named intermediates it uses."""
    own = set(meaning.variables)
    held = function if function is not None and own & set(held_dims(function)) - set(function.every) else None

    def evaluate(values):
        return meaning.evaluate(with_held(values, held))

    def margin(values):
        return meaning.margin(with_held(values, held))

    return Side(meaning.dims, evaluate, meaning.row, margin if meaning.machine.kinks else None, out, meaning, held)


def value_of(node: Node, function: Meaning, values: dict) -> np.ndarray:
    """The value of a node of the engine where the variables of `function` have `values`; they tell the sizes, also of a constant."""
    dims = {name: v.dims for name, v in function.every.items() if name in values}
    sizes = sizes_of(dims, {name: np.asarray(values[name]) for name in dims}, {})
    return np.asarray(node_value(node, sizes | values))


def with_held(values: dict, held: Meaning | None) -> dict:
    """The values, and those of the named intermediates of `held`."""
    if held is None:
        return values
    slots, sizes = held.machine.trace(values)
    dims = held_dims(held)
    return values | {
        name: np.broadcast_to(slots[held.machine.named[name]], [d.at(sizes) for d in dims[name]])
        for name in dims
        if name not in values
    }


# ------------------------------------------------------------------------------- comparing


def compared(true: Side, mine: Side, variables: Sequence[Variable], *, conditions: bool = True) -> Comparison:
    """Whether `mine` is the same function as `true`.

    Parameters
        variables: (name, dims, facts) of all that either depends on.
        conditions: whether to look for a fact of one variable under which they are the same, if they are not.
    """
    variables = list(variables)
    first = None
    for how, turned in ways(true, mine):
        found = decided(true, turned, variables)
        if found.verdict == "same":
            return found._replace(how=how)
        first = first or (found if how != "number" else None)
    if first is None:
        return Comparison("different", shapes=True)
    _, turned = next(iter(ways(true, mine)))
    if first.verdict == "different":
        given = condition(true, turned, variables) if conditions else None
        first = first._replace(given=given, counter=counter_example(true, turned, variables))
    return first


def same(true: Side, mine: Side, variables: Sequence[Variable]) -> Comparison:
    """As `compared`, with nothing but plain equality of equal shapes."""
    if true.dims != mine.dims:
        return Comparison("different", shapes=True)
    return decided(true, mine, list(variables))


def ways(true: Side, mine: Side) -> Iterator[tuple[str, Side]]:
    """(how, `mine` laid out as `true` is), for each way in which the sizes fit."""
    rank, own, out = true.dims, mine.dims, true.out

    def turned(change):
        def evaluate(values):
            return change(np.asarray(mine.evaluate(values)), shape_of(values))

        return Side(true.dims, evaluate, true.row, mine.margin, true.out)

    def shape_of(values):
        return np.shape(true.evaluate(values))

    if rank == own:
        lies = len(rank) == 1 and true.row != mine.row
        yield "row" if lies else "", mine
    if len(rank) == 2 and own == rank[::-1]:
        yield "transposed", turned(lambda x, shape: x.T)
    elif len(rank) > 2 and 0 < out < len(rank) and own == rank[out:] + rank[:out]:
        yield "transposed", turned(lambda x, shape: np.moveaxis(x, range(len(rank) - out), range(out, len(rank))))
    if rank != own:
        if [d for d in rank if d.value != 1] == [d for d in own if d.value != 1]:
            yield "shape", turned(lambda x, shape: x.reshape(shape))
        if len(own) == 1 and len(rank) == 2 and own[0] is rank[0] * rank[1]:
            yield "vec", turned(lambda x, shape: x.reshape(shape, order="F"))
            yield "rows", turned(lambda x, shape: x.reshape(shape))
        if len(own) == 2 and len(rank) > 2:
            rows, columns = product_of(rank[:out]), product_of(rank[out:])
            if own == (rows, columns):
                yield "kronecker", turned(lambda x, shape: x.reshape(shape, order="F"))
            if own == (columns, rows):
                yield "kronecker transposed", turned(lambda x, shape: x.T.reshape(shape, order="F"))
        if not own:
            yield "number", turned(lambda x, shape: np.broadcast_to(x, shape))


def product_of(dims) -> Dim | int:
    found = 1
    for d in dims:
        found = d * found
    return found


def decided(true: Side, mine: Side, variables: list[Variable]) -> Comparison:
    """Whether two expressions of the same sizes are the same function at every point that can tell."""
    kinks = true.margin is not None or mine.margin is not None
    worst, seen, reason = 0.0, 0, "neither can be evaluated at the points drawn"
    for index in range(PIECES if kinks else POINTS):
        met = None
        for attempt in range(ATTEMPTS):
            try:
                values = draw(variables, index, SEED, attempt)[1]
                met = at_point(true, mine, values, threshold(attempt))
            except INADMISSIBLE as error:
                met = f"they cannot be evaluated at the points drawn ({error})"
            if not isinstance(met, str):
                break
            reason = met
            if index and attempt > 8 and seen:
                break
        if met is None or isinstance(met, str):
            continue
        agree, error = met
        if not agree:
            return Comparison("different", error=error, points=seen + 1)
        worst, seen = max(worst, error), seen + 1
    if seen < 2:
        by_fractions = decided_exactly(true, mine, variables)
        return by_fractions or Comparison("undecided", points=seen, reason=reason)
    by_fractions = decided_exactly(true, mine, variables)
    if by_fractions is not None:
        return by_fractions._replace(error=worst, points=seen)
    return Comparison("same", error=worst, points=seen)


def at_point(true: Side, mine: Side, values: dict, clear: float) -> tuple[bool, float] | str:
    """(whether both agree here, the relative difference), or why this point cannot tell."""
    for each in (true, mine):
        if each.margin is not None and not each.margin(values) >= clear:
            return "every point is near a kink"
    if true.defined is not None and not true.defined(values):
        return "the function has no value at the points drawn"
    with np.errstate(all="ignore"):
        a, b = np.asarray(true.evaluate(values)), np.asarray(mine.evaluate(values))
    if np.iscomplexobj(a) or not np.all(np.isfinite(a)):
        return "the true one has no value at the points drawn"
    if np.iscomplexobj(b) or not np.all(np.isfinite(b)):
        return "yours has no value at the points drawn"
    scale = max(largest(a), largest(b))
    gap = largest(a - b)
    if gap <= TIGHT * scale:
        return True, gap / scale if scale else 0.0
    noise = SLACK * rounding(true, mine, values, a, b)
    if gap <= noise and noise <= FAINT * scale:
        return True, gap / scale
    if not noise <= FAINT * scale and gap <= 100 * noise:
        return (True, 0.0) if scale <= ZERO else "rounding hides the answer at the points drawn"
    return False, gap / scale


def samples(
    true: Side, mine: Side, variables: list[Variable], count: int = 4, seed: int = SEED + 1
) -> list[tuple[dict, np.ndarray, np.ndarray]]:
    """(values, the true one there, yours there) at fresh points of various sizes where both are finite and clear of kinks."""
    found = []
    for index in range(count):
        for attempt in range(ATTEMPTS):
            try:
                values = draw(variables, index, seed, attempt)[1]
                met = at_point(true, mine, values, threshold(attempt))
                if isinstance(met, str):
                    continue
                with np.errstate(all="ignore"):
                    found.append(
                        (values, np.array(true.evaluate(values), float), np.array(mine.evaluate(values), float))
                    )
                break
            except INADMISSIBLE:
                continue
    return found


def rounding(true: Side, mine: Side, values: dict, a: np.ndarray, b: np.ndarray) -> float:
    """How much both sides change when the point moves in its last digits."""
    found = 0.0
    for width in NUDGES:
        rng = np.random.default_rng(7)
        near = {name: np.asarray(x) * (1 + width * rng.choice((-1.0, 1.0), np.shape(x))) for name, x in values.items()}
        with np.errstate(all="ignore"):
            gap = np.asarray(true.evaluate(near)) - a - (np.asarray(mine.evaluate(near)) - b)
        found = max(found, largest(gap))
    return found


def largest(x) -> float:
    x = np.asarray(x)
    found = float(np.max(np.abs(x))) if x.size else 0.0
    return found if np.isfinite(found) else float("inf")


def equal(a: np.ndarray, b: np.ndarray, part: float = 1e-9) -> bool:
    """Whether two arrays are finite and differ by no more than a part of their largest entry."""
    scale = max(largest(a), largest(b))
    return np.shape(a) == np.shape(b) and np.isfinite(scale) and largest(a - b) <= part * scale


def decided_exactly(true: Side, mine: Side, variables: list[Variable]) -> Comparison | None:
    """The same decided by fractions, where both are rational; None where they are not."""
    if true.meaning is None or mine.meaning is None:
        return None
    try:
        for sizes, values in exact_points(variables):
            a = exact(true.meaning, values, sizes, true.held)
            b = exact(mine.meaning, values, sizes, mine.held)
            if np.any(a != b):
                return Comparison("different", exact=True)
    except Irrational:
        return None
    return Comparison("same", exact=True)


# ------------------------------------------------------------------------------- when they differ


def condition(true: Side, mine: Side, variables: list[Variable]) -> tuple[str, str] | None:
    """(variable, fact) under which both are the same."""
    for fact in CONDITIONS:
        for at, (name, dims, facts) in enumerate(variables):
            square = len(dims) == 2 and dims[0] is dims[1]
            if facts or fact in ("symmetric", "orthogonal") and not square or fact == "sum1" and not dims:
                continue
            narrowed = [*variables[:at], (name, dims, frozenset([fact])), *variables[at + 1 :]]
            if decided(true, mine, narrowed).verdict == "same":
                return name, fact
    return None


def counter_example(true: Side, mine: Side, variables: list[Variable]) -> Counter | None:
    """Small values at which the two differ, the simplest first."""
    best, weight = None, float("inf")
    for values in small_points(variables):
        try:
            with np.errstate(all="ignore"):
                a, b = np.asarray(true.evaluate(values)), np.asarray(mine.evaluate(values))
            if true.defined is not None and not true.defined(values):
                continue
        except INADMISSIBLE:
            continue
        if (
            a.shape != b.shape
            or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b)))
            or np.iscomplexobj(a)
            or np.iscomplexobj(b)
        ):
            continue
        gap = np.abs(a - b)
        if not a.size or not np.max(gap) > VISIBLE * max(1.0, largest(a), largest(b)):
            continue
        places = np.argwhere(gap > VISIBLE * max(1.0, largest(a), largest(b)))
        index = tuple(int(i) for i in min(places, key=lambda p: tuple(p)))
        mass = sum(np.size(x) for x in values.values()) + 0.1 * sum(np.sum(np.abs(x)) for x in values.values())
        mass += 6 * (a[index] != round(float(a[index]), 2)) + 6 * (b[index] != round(float(b[index]), 2))
        if mass < weight:
            shown = {name: values[name] for name, _, _ in variables}
            best, weight = Counter(shown, index, float(a[index]), float(b[index])), mass
    return best
