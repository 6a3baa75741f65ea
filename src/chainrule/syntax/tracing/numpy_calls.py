"""NumPy's functions on stand-ins: how each call is spelled in the text language, which gives it its meaning.

What is not in the tables (`numpy_table`) is refused by name.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.errors import NoRuleError, TraceError, did_you_mean
from ..functions import UNAVAILABLE
from .numpy_table import (
    ADDED,
    COMPARED,
    ELEMENTWISE,
    FIXES,
    LISTS,
    LOGICAL,
    MATRICES,
    MULTIPLIED,
    NAMED_DEFAULTS,
    OTHER_NAMES,
    PARAMETERS,
    VIEWS,
)
from .operands import call, operand, operation, tree_of
from .recorder import Recorder, StandIn
from .refusals import condition
from ..sizes import ONE
from ..tree import Tree
from ..typed import Typed, add, chain, const, spread
from ..values import Value

# ------------------------------------------------------------------ functions


def function(book: Recorder, name: str, args: tuple, kwargs: dict) -> Any:
    """What NumPy's function `name` gives for arguments among which are stand-ins.

    Raises NoRuleError, ShapeError and their kin: nothing.
    """
    name = OTHER_NAMES.get(name, name)
    special = SPECIAL.get(name)
    if special is not None:
        return special(book, *args, **kwargs)
    listed = PARAMETERS.get(name)
    if listed is None:
        raise unavailable(name)
    operands, extra = bound(book, name, listed.split(), args, kwargs)
    if name in MATRICES:
        first_two(book, name, operands, kwargs)
    found = operation(book, Tree("call", name, operands, 0, 0, extra))
    if name in VIEWS:
        found.shared = "view"
    return found


def bound(book: Recorder, name: str, listed: list[str], args: tuple, kwargs: dict) -> tuple[list[Tree], dict]:
    """The operands and named arguments of a call, by the entry of the function in `PARAMETERS`."""
    if len(args) > len(listed):
        raise TraceError(f"np.{name} takes at most {len(listed)} arguments", given=f"{len(args)}", expected=", ".join(listed))
    given = dict(zip([entry.lstrip("=~-").partition(":")[0] for entry in listed], args))
    kinds = {entry.lstrip("=~-").partition(":")[0]: entry for entry in listed}
    for key, value in kwargs.items():
        if key not in kinds or key in given:
            raise refused_argument(name, key, value)
        given[key] = value
    operands, extra = [], {}
    for key, value in given.items():
        entry = kinds[key]
        if entry[0] == "~":
            continue
        if entry[0] == "-":
            default = entry.partition(":")[2]
            if not any(value is d for d in NAMED_DEFAULTS) and str(value) != default:
                raise refused_argument(name, key, value)
        elif entry[0] == "=":
            if value is not None and value is not np._NoValue:
                infinite = key == "ord" and value == np.inf
                extra[key] = Tree("name", "np.inf", (), 0, 0) if infinite else tree_of(book, value)
        elif isinstance(value, (list, tuple)) and name in LISTS:
            operands.append(Tree("list", "[", [operand(book, part) for part in value], 0, 0))
        else:
            operands.append(tree_of(book, value) if key in ("axes", "shape", "k", "n") else operand(book, value))
    return operands, extra


def refused_argument(name: str, key: str, value: Any) -> TraceError:
    fix = {
        "where": "multiply by a mask, or use np.where",
        "out": "assign the result: x = np.exp(x)",
        "weights": "np.sum(w * x) / np.sum(w)",
        "initial": "np.maximum(np.max(x), initial)",
    }.get(key)
    return TraceError(f"`{key}=` of np.{name} is not available", given=f"{key}={value!r}"[:60], expected="its default", fix=fix)


def first_two(book: Recorder, name: str, operands: list[Tree], kwargs: dict) -> None:
    """Refuse the trace of stacked matrices over other axes than the last two."""
    value = book.made(operands[0])
    axes = sorted(kwargs.get(k, d) % max(value.rank, 1) for k, d in (("axis1", 0), ("axis2", 1)))
    if value.rank > 2 and axes != [value.rank - 2, value.rank - 1]:
        raise TraceError(
            f"np.{name} of stacked matrices runs over their first two axes",
            given=f"{value.rank} axes",
            expected="the last two",
            fix=f"np.{name}(X, axis1=-2, axis2=-1)",
        )


def unavailable(name: str) -> NoRuleError:
    """The error for a function that is not in the table."""
    what, fix = UNAVAILABLE.get(name, (f"np.{name}", None))
    fix = FIXES.get(name, fix)
    if name not in UNAVAILABLE and fix is None:
        near = did_you_mean(name, [*PARAMETERS, *ELEMENTWISE])
        fix = f"np.{near}" if near else None
    return NoRuleError(f"{what} is not available", None, "a function that has a derivative here", fix)


# ------------------------------------------------------------------ functions that need more than a line of the table


def _einsum(book: Recorder, *operands: Any, out=None, optimize=False, **kwargs: Any) -> StandIn:
    if not operands or not isinstance(operands[0], str):
        raise TraceError("np.einsum begins with its letters", given=repr(operands[:1]), expected="np.einsum('ij,jk->ik', A, B)")
    if out is not None:
        raise refused_argument("einsum", "out", out)
    return call(book, "einsum", [tree_of(book, operands[0]), *[operand(book, a) for a in operands[1:]]])


def _clip(book: Recorder, a, a_min=None, a_max=None, out=None, *, min=None, max=None, **kwargs: Any) -> StandIn:
    low, high = (x if x is not None and x is not np._NoValue else y for x, y in ((a_min, min), (a_max, max)))
    if out is not None:
        raise refused_argument("clip", "out", out)
    low, high = (None if _is_number(x, none) else x for x, none in ((low, -np.inf), (high, np.inf)))
    limits = [tree_of(book, None) if x is None or x is np._NoValue else operand(book, x) for x in (low, high)]
    return call(book, "clip", [a, *limits])


def _is_number(given: Any, number: float) -> bool:
    return isinstance(given, (float, np.floating)) and given == number


def _slogdet(book: Recorder, a) -> Any:
    sign = call(book, "sign", [call(book, "det", [a])])
    return type(np.linalg.slogdet(np.eye(1)))(sign, call(book, "logdet", [a]))


def _full_like(book: Recorder, a, fill_value, dtype=None, order="K", subok=True, shape=None, **kwargs: Any) -> StandIn:
    ones = call(book, "ones_like", [a])
    return binary(book, "multiply", ones, fill_value)


def _identity(book: Recorder, a, *args: Any, **kwargs: Any) -> Any:
    if isinstance(a, StandIn):
        return book.stand_in(book, a.value, a.mask)
    return operation(book, operand(book, a))


def _atleast(rank: int) -> Callable:
    def of(book: Recorder, a) -> Any:
        missing = rank - a.value.rank
        return a if missing <= 0 else a[(None,) * missing + (...,)]

    return of


def _tri(book: Recorder, N, M=None, k=0, dtype=None, *, like=None) -> StandIn:
    ones = call(book, "ones", [tree_of(book, (N, N if M is None else M))])
    return call(book, "tril", [ones, tree_of(book, operator.index(k))])


def _arange(book: Recorder, *args: Any, dtype=None, **kwargs: Any) -> StandIn:
    """0, 1, …, n − 1, or from a number on."""
    start, stop = (0, args[0]) if len(args) == 1 else args[:2]
    if len(args) > 2 and args[2] != 1 or kwargs:
        raise TraceError("np.arange with a step needs numbers", given=f"np.arange{args}", expected="np.arange(n)")
    steps = call(book, "cumsum", [call(book, "ones", [tree_of(book, (stop - start,))])])
    found = binary(book, "add", steps, start - 1)
    book.ranges[id(found.value.node)] = found.value.node
    book.spellings[id(found.value.node)] = Tree("call", "arange", [tree_of(book, a) for a in args], 0, 0)
    return found


def compared_places(book: Recorder, name: str, left: Any, right: Any) -> StandIn | None:
    """A triangle or an identity, where arange(n)[:, None] is compared with arange(n)[None, :]; None elsewhere."""
    if not (isinstance(left, StandIn) and isinstance(right, StandIn) and name in COMPARED):
        return None
    node, dims = left.value.node, (left.dims, right.dims)
    if node is not right.value.node or id(node) not in book.ranges:
        return None
    shapes = [tuple([d is ONE for d in mine]) for mine in dims]
    if shapes[0] == (True, False) or len(shapes[0]) == 1 and shapes[1] == (False, True):
        mirrored = {"greater": "less", "greater_equal": "less_equal", "less": "greater", "less_equal": "greater_equal"}
        left, right, name, shapes = right, left, mirrored.get(name, name), shapes[::-1]
    if shapes[0] != (False, True) or shapes[1] not in ((True, False), (False,)):
        return None
    size = node.axes[0]
    below, turned = {"greater": (-1, False), "greater_equal": (0, False), "less": (-1, True), "less_equal": (0, True)}.get(name, (0, None))
    if turned is None:
        mask = chain([], (0, 0), {0: size})
        mask = mask if name == "equal" else add([(1, spread(const(1), (), (size, size))), (-1, mask)])
    else:
        tril = Typed("tril", (), below, (size, size))
        mask = chain([(tril, (1, 0) if turned else (0, 1), 1)], (0, 1))
    return operation(book, Tree("known", Value(mask, (), (size, size)), (), 0, 0), mask=True)


def _outer(book: Recorder, a, b, out=None) -> StandIn:
    a, b = (function(book, "ravel", (x,), {}) if isinstance(x, StandIn) and x.value.rank > 1 else x for x in (a, b))
    return call(book, "outer", [a, b])


def _matrix_transpose(book: Recorder, x) -> StandIn:
    return call(book, "swapaxes", [x, -1, -2])


def _softmax(name: str) -> Callable:
    """SciPy's run over all entries unless an axis is named."""

    def of(book: Recorder, x, axis=None) -> StandIn:
        rank = x.value.rank if isinstance(x, StandIn) else np.ndim(x)
        return call(book, name, [x], {"axis": tuple(range(rank)) if axis is None else axis})

    return of


def _condition(book: Recorder, a, *args: Any, **kwargs: Any):
    """np.any, np.all, np.allclose: what they find cannot be known."""
    raise condition(a if isinstance(a, StandIn) else args[0])


SPECIAL: dict[str, Callable] = {
    "any": _condition,
    "all": _condition,
    "allclose": _condition,
    "array_equal": _condition,
    "einsum": _einsum,
    "clip": _clip,
    "slogdet": _slogdet,
    "full_like": _full_like,
    "copy": _identity,
    "array": _identity,
    "asarray": _identity,
    "ascontiguousarray": _identity,
    "asanyarray": _identity,
    "real": _identity,
    "atleast_1d": _atleast(1),
    "atleast_2d": _atleast(2),
    "tri": _tri,
    "arange": _arange,
    "outer": _outer,
    "matrix_transpose": _matrix_transpose,
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "shape": lambda book, a: a.shape,
    "ndim": lambda book, a: a.ndim,
    "size": lambda book, a, axis=None: a.size if axis is None else a.shape[axis],
}


# ------------------------------------------------------------------ universal functions


def universal(book: Recorder, name: str, method: str, args: tuple, kwargs: dict) -> Any:
    """What a universal function, or a method of it such as np.add.reduce, gives for arguments with stand-ins."""
    if method == "reduce":
        reduced = {"add": "sum", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp", "multiply": "prod"}.get(name)
        kwargs.setdefault("axis", 0)
        if reduced is not None:
            return function(book, reduced, args[:1], kwargs)
    elif method == "accumulate" and name == "add":
        return function(book, "cumsum", args, {"axis": 0, **kwargs})
    elif method == "outer":
        left, right = args
        return universal(book, name, "__call__", (left[(..., *[None] * np.ndim(right))], right), kwargs)
    if method != "__call__":
        raise NoRuleError(f"np.{name}.{method} is not available", f"np.{name}.{method}(…)", "a function of NumPy", None)
    for key, value in kwargs.items():
        if key in ("dtype", "casting", "order", "subok", "signature") or any(value is d for d in (None, True)):
            continue
        raise refused_argument(name, key, value)
    masks = [a.mask if isinstance(a, StandIn) else isinstance(a, (bool, np.bool_)) for a in args]
    if name in LOGICAL or all(masks) and name in ("add", "multiply"):
        truths = [a if m else binary(book, "not_equal", a, 0) for a, m in zip(args, masks)]
        return call(book, LOGICAL.get(name, "logical_or" if name == "add" else "logical_and"), truths, mask=True)
    if name == "bitwise_xor" and all(masks):
        return binary(book, "not_equal", *args)
    if len(args) == 2 and name in BINARY:
        return binary(book, name, *args)
    if name in NEUTRAL:  # best = -np.inf, then best = np.maximum(best, x)
        others = [a for a in args if not _is_number(a, NEUTRAL[name])]
        if len(others) == 1:
            return _identity(book, others[0])
    if name in ELEMENTWISE:
        return call(book, "abs" if name in ("absolute", "fabs") else name, list(args))
    special = UNIVERSAL.get(name)
    if special is None:
        raise unavailable(name)
    return special(book, *args)


def binary(book: Recorder, name: str, a: Any, b: Any) -> StandIn:
    """a + b and its kin."""
    parts = [operand(book, a), operand(book, b)]
    if name in ADDED:
        return operation(book, Tree("sum", ADDED[name], parts, 0, 0))
    if name in MULTIPLIED:
        return operation(book, Tree("product", ("", MULTIPLIED[name]), parts, 0, 0))
    if name in COMPARED:
        places = compared_places(book, name, a, b)
        if places is not None:
            return places
        return operation(book, Tree("compare", COMPARED[name], parts, 0, 0), mask=True)
    return operation(book, Tree("power", "**", parts, 0, 0))


NEUTRAL = {"maximum": -np.inf, "fmax": -np.inf, "minimum": np.inf, "fmin": np.inf, "logaddexp": -np.inf}
BINARY = frozenset((*ADDED, *MULTIPLIED, *COMPARED, "power", "float_power"))


def negative(book: Recorder, x: Any) -> StandIn:
    return operation(book, Tree("sum", "-", [operand(book, x)], 0, 0))


def _log_times(name: str) -> Callable:
    """x log y, x log1p y"""
    return lambda book, x, y: binary(book, "multiply", x, call(book, name, [y]))


def _relative_entropy(book: Recorder, x: Any, y: Any) -> StandIn:
    return binary(book, "multiply", x, call(book, "log", [binary(book, "divide", x, y)]))


def _kl_div(book: Recorder, x: Any, y: Any) -> StandIn:
    return binary(book, "add", binary(book, "subtract", _relative_entropy(book, x, y), x), y)


def _normal_distribution(book: Recorder, x: Any) -> StandIn:
    """Φ(x) = (1 + erf(x/√2))/2"""
    inner = call(book, "erf", [binary(book, "divide", x, np.sqrt(2))])
    return binary(book, "multiply", 0.5, binary(book, "add", 1, inner))


UNIVERSAL: dict[str, Callable] = {
    "negative": negative,
    "positive": _identity,
    "conjugate": _identity,
    "radians": lambda book, x: binary(book, "multiply", x, np.pi / 180),
    "deg2rad": lambda book, x: binary(book, "multiply", x, np.pi / 180),
    "degrees": lambda book, x: binary(book, "multiply", x, 180 / np.pi),
    "rad2deg": lambda book, x: binary(book, "multiply", x, 180 / np.pi),
    "xlogy": _log_times("log"),
    "xlog1py": _log_times("log1p"),
    "entr": lambda book, x: negative(book, binary(book, "multiply", x, call(book, "log", [x]))),
    "rel_entr": _relative_entropy,
    "kl_div": _kl_div,
    "ndtr": _normal_distribution,
    "log_expit": lambda book, x: call(book, "log_sigmoid", [x]),
    "vecdot": lambda book, a, b: function(book, "sum", (binary(book, "multiply", a, b),), {"axis": -1}),
}
