"""From a person's Python function to a problem: it runs once, on stand-ins, and what it does is recorded.

Nothing is ever run but the function that was handed over, by the one who handed it over. It must do the same for all
values: what it decides by values is refused where it decides. Whatever this run does not show, the seal does, which
calls the function with arrays.
"""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ...core.dims import dim
from ...core.errors import ChainruleError, ParseError, TraceError, did_you_mean
from . import refusals
from ..brought import Brought
from ..declare import declarations
from ..framework import name_of, source_of
from ..parameters import Parameters, parameters_of
from ..places import Place, place_in
from .recorder import Recorder, StandIn
from ..search import outward
from ..sizes import find
from .traced import Traced
from ..typed import Typed, order
from .undispatched import asked_first
from ..values import lined_up

DIALECT = "numpy function"
LONGEST_NAME = 10  # letters of a local variable that is shown as the name of an intermediate
MOST_VERSIONS = 99


def trace(function: Callable, declare: str | Mapping | None = None, shapes: Mapping | None = None) -> Brought:
    """The problem that a NumPy function states.

    Parameters
        function: takes arrays and returns one; parameters may be lists and dicts of arrays.
        declare, shapes: what each parameter is, "n d", "n labels01", "positive", as one text or by name.

    Raises
        DeclarationError: a parameter has no shape, or what is declared is no parameter.
        TraceError: the function decides by values, returns no array, or fails by itself.
        ShapeError, NoRuleError: an operation of it does not fit, or is not available.
    """
    name = name_of(function)
    parameters = parameters_of(function, name, {**declarations(declare), **(shapes or {})})
    code, own = code_of(function)
    book = Recorder({n: v.dims for n, v in parameters.variables.items()}, code, Traced)
    book.facts = {n: v.facts for n, v in parameters.variables.items()}
    given = {n: Traced(book, lined_up(book.variable(n)), shared="argument") for n in parameters.variables}
    found = run(function, name, parameters, given, code, own)
    value = outward(book, result_of(book, name, found).value, "", None)
    return Brought(
        value.node,
        named(book, value.node, parameters),
        parameters.variables,
        text=source_of(function, name),
        name=name,
        dialect=DIALECT,
        call=functools.partial(called, function, parameters),
    )


def called(function: Callable, parameters: Parameters, values: Mapping) -> Any:
    """The function itself at arrays by name; a scalar is a Python number."""
    args, named = parameters.arguments({n: x if np.ndim(x) else float(x) for n, x in values.items()})
    return function(*args, **named)


def code_of(function: Callable) -> tuple[CodeType | None, dict | None]:
    """The code of a function and the names around it; of a method, a partial, or an object that can be called, that of its function."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        function = getattr(function, "__func__", None) or getattr(type(function), "__call__", None)
    return (function.__code__, function.__globals__) if isinstance(function, FunctionType) else (None, None)


def run(function: Callable, name: str, parameters: Parameters, given: Mapping, code, own) -> Any:
    """What the function returns for stand-ins."""
    args, named = parameters.arguments(given)
    try:
        with asked_first(code, own):
            return function(*args, **named)
    except ChainruleError as error:
        raise told(error, place_in(error.__traceback__)) from None
    except RecursionError as error:
        raise told(
            TraceError(f"`{name}` calls itself without end", expected="a recursion that ends, whatever the values"),
            place_in(error.__traceback__),
        ) from None
    except Exception as error:  # the person's own code may raise anything
        raise told(failed(name, error), place_in(error.__traceback__)) from error


def failed(name: str, error: Exception) -> TraceError:
    """What is said of an exception that the person's own code raised."""
    if isinstance(error, ValueError) and "setting an array element" in str(error):
        return refusals.assignment()
    near = None
    if isinstance(error, AttributeError) and error.name is not None and error.obj is not None:
        near = did_you_mean(error.name, dir(error.obj))
    said = str(error).replace(f"'{Traced.__name__}'", "'numpy.ndarray'")
    return TraceError(
        f"`{name}` fails while it is traced",
        given=f"{type(error).__name__}: {said}",
        expected="a function of arrays that runs",
        fix=f"did you mean `{near}`?" if near else None,
    )


def told(error: ChainruleError, place: Place | None) -> ChainruleError:
    """`error` with the line of the function at which it was raised."""
    if place is not None:
        before = "" if error.given is None or isinstance(error, ParseError) else error.given + "\n"
        error.given = before + place.shown()
    return error


# ------------------------------------------------------------------ the result


def result_of(book: Recorder, name: str, found: Any) -> StandIn:
    """The one array that a function returned.

    Raises TraceError: it returned something else.
    """
    if isinstance(found, StandIn):
        return found
    expected, fix = "one array", None
    if found is None:
        problem, fix = f"`{name}` returns nothing", "end it with return and the result"
    elif isinstance(found, (list, tuple)):
        problem = f"`{name}` returns {len(found)} values" if len(found) != 1 else f"`{name}` returns a {type(found).__name__}"
        fix = f"lambda …: {name}(…)[0] is the first; np.stack joins arrays of one shape" if found else None
    elif isinstance(found, dict):
        keys = list(found)
        problem = f"`{name}` returns a dict of {len(found)} values"
        fix = f"lambda …: {name}(…)[{keys[0]!r}] is one of them" if keys else None
    elif inspect.isgenerator(found) or inspect.iscoroutine(found):
        problem = f"`{name}` returns a {type(found).__name__}, and no array"
        fix = "sum(…) or np.stack(list(…)) of what is generated"
    elif isinstance(found, (int, float, np.number, np.ndarray)):
        problem, expected = f"`{name}` returns the same for all arguments", "a function that uses its arguments"
    else:
        problem = f"`{name}` returns an object of type {type(found).__name__}"
        fields = getattr(found, "__dataclass_fields__", None)
        fix = f"lambda …: {name}(…).{next(iter(fields))} is one of its fields" if fields else None
    shown = repr(found)
    raise TraceError(problem, given=shown if len(shown) <= 60 else shown[:57] + "…", expected=expected, fix=fix)


# ------------------------------------------------------------------ names


def named(book: Recorder, result: Typed, parameters: Parameters) -> list[tuple[str, Typed]]:
    """The intermediates by the names of the local variables that held them, each after those it uses.

    A variable that held several values in turn is numbered from the second on, as lines of text are: h, h_2, h_3. Names
    that are long, that are taken, those of mere views of an argument, and of sums that only grow are left out.
    """
    nodes = order([result])
    place = {id(node): at for at, node in enumerate(nodes)}
    uses = Counter([id(arg) for node in nodes for arg in node.args])
    taken = set(parameters.variables)
    taken.update([n for d in parameters.dims for n in d.names])
    found: dict[int, tuple[str, Typed]] = {}
    for name, held in book.versions.items():
        held = [node for node in held if node.kind not in ("var", "const", "size")]
        held = [node for node, later in zip(held, [*held[1:], None]) if not (grows(node, later) and uses[id(node)] == 1)]
        if not is_shown(name) or len(held) > MOST_VERSIONS:
            continue
        for number, node in enumerate(held, 2 if name in parameters.variables else 1):
            said = f"{name}_{number}" if number > 1 else name
            if id(node) in place and node is not result and id(node) not in found and said not in taken and not is_view(node):
                found[id(node)] = (said, node)
                taken.add(said)
    return [found[key] for key in sorted(found, key=place.__getitem__)]


def grows(node: Typed, later: Typed | None) -> bool:
    """Whether `later` is `node` with something added: loss += …"""
    return later is not None and later.kind == "sum" and any([arg is node for arg in later.args])


def is_shown(name: str) -> bool:
    """Whether a name is one that a formula may have."""
    return len(name) <= LONGEST_NAME and not name.startswith("_") and not name.endswith("_") and "__" not in name


def is_view(node: Typed) -> bool:
    """Whether a node is an argument, or a part of one, in another arrangement."""
    while node.kind in ("pick", "slice", "reshape") or (
        node.kind == "chain"
        and node.info[1] == (1,)
        and all([x in node.info[2] or find(node.info[3][x]) is dim(1) for x in node.info[0][0]])
    ):
        node = node.args[0]
    return node.kind in ("var", "const", "size")

