"""A JAX function, read from its jaxpr: the program that JAX records when it traces the function with symbolic sizes.

Every primitive becomes typed nodes (`frameworks/jax_table.py`). What JAX spells out in many primitives, a linear solve by
LU, is taken as the function that it is (`jax_library.py`): a call of a jaxpr says which function of JAX it came from.

`stop_gradient` is a constant to JAX's derivative. Softmax and logsumexp use it for a shift that cancels: the value
does not depend on it at all, so that 0 stands for it as well. This is what is required of every one, and checked
(`frameworks/shifts.py`); where the value does depend on it, JAX's gradient is not the derivative of the function.

Reference: docs.jax.dev, "JAX internals: the jaxpr language"; jax.lax for what each primitive is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import contextmanager
from threading import Lock

import numpy as np

from ..core.errors import ChainruleError, TraceError
from .brought import Brought
from .frameworks import tensors as T
from .frameworks.jax_reader import Reader
from .frameworks.jax_table import double, labels
from .framework import located, name_of, not_installed, returned_many, source_of, unexpected
from .parameters import Parameters, parameters_of
from .frameworks.shifts import Shifts
from .frameworks.tensors import Tensor
from .typed import Typed

SMALLEST = 4  # sizes are at least this while a slice is read, so that x[2:] has entries
_TRACING = Lock()


def from_jax(function: Callable, /, **shapes) -> Brought:
    """The function that a JAX function is, read from its jaxpr, for `derive`.

    Parameters
        function: a function of arrays, made of jax.numpy, jax.nn, jax.lax; it returns one array.
        shapes: the sizes and facts of its parameters, X="n d", Y="n k onehot", lam="positive"; of a dict of weights
            params={"W": "d k", "b": "k"}. Parameters with defaults may be left out.

    Returns
        A Brought: `derive(from_jax(loss, X="n d", w="d"), "w")`.

    Raises
        BackendError: JAX is not installed.
        DeclarationError: a parameter has no shape.
        ShapeError: the shapes do not fit what the function does.
        TraceError: it asks for the values of arrays, or does not run.
        NoRuleError: it does something that has no formula here; the message says what and where.
    """
    jax = imported()
    name = name_of(function)
    parameters = parameters_of(function, name, shapes)
    closed = traced(jax, function, name, parameters)

    notes: list[str] = []
    single: list[bool] = []

    def read(shifts: Shifts) -> Tensor:
        reader = Reader(jax, name, shifts)
        flat = jax.tree_util.tree_leaves(parameters.arguments({n: n for n in parameters.variables}))
        arguments = [T.tensor(Typed("var", (), n, parameters.variables[n].dims)) for n in flat]
        (found,) = reader.run(closed.jaxpr, closed.consts, arguments)
        notes[:], single[:] = reader.notes, [reader.single]
        return T.tensor(T.finite(T.returned(reader.solid(found)), name))

    result = Shifts.settled(read, parameters.variables, name, "jax.lax.stop_gradient")

    compiled = jax.jit(function)  # of each shape once; op by op, every operation would be compiled by itself

    def call(values: dict) -> np.ndarray:
        with double(jax):
            arrays = {n: jax.numpy.asarray(v, float) for n, v in values.items()}
            args, keywords = parameters.arguments(arrays)
            return np.asarray(compiled(*args, **keywords), np.float32 if single[0] else None)

    return Brought(
        result.node, [], parameters.variables, text=source_of(function, name), name=name, dialect="jax",
        notes=notes, call=call,
    )  # fmt: skip


def imported():
    try:
        import jax
        import jax.export
    except ImportError:
        raise not_installed("JAX", "jax") from None
    return jax


# ------------------------------------------------------------------ tracing


def traced(jax, function: Callable, name: str, parameters: Parameters):
    """The jaxpr of the function, with sizes as symbols.

    Raises NoRuleError or ShapeError where the function cannot be traced.
    """
    names = list(dict.fromkeys(n for d in parameters.dims for n in d.names))
    scope = jax.export.SymbolicScope([f"{n} >= {SMALLEST}" for n in names])
    sizes = {n: jax.export.symbolic_shape(n, scope=scope)[0] for n in names}
    shapes = {n: tuple([d.at(sizes) for d in v.dims]) for n, v in parameters.variables.items()}
    with double(jax):
        avals = {n: jax.ShapeDtypeStruct(shape, np.float64) for n, shape in shapes.items()}
        args, keywords = parameters.arguments(avals)
        try:
            with sizes_as_numbers(jax, sizes.values()):
                closed, shape = jax.make_jaxpr(function, return_shape=True)(*args, **keywords)
        except ChainruleError:
            raise
        except Exception as error:  # the person's own code runs here: whatever it raises is explained
            raise untraceable(jax, error, name) from error
    leaves = jax.tree_util.tree_leaves(shape)
    if len(leaves) != 1 or leaves[0] is not shape:
        raise returned_many(name, jax.tree_util.tree_structure(shape).num_leaves, type(shape).__name__)
    return closed


@contextmanager
def sizes_as_numbers(jax, sizes):
    """While a function is traced, roots and logarithms of a symbolic size are symbolic, by np, by math and by **."""
    kinds = {type(size) for size in sizes}
    before, root = {kind: kind.__pow__ for kind in kinds}, math.sqrt

    def power(size, exponent, modulo=None):
        whole = not isinstance(exponent, float) or exponent == int(exponent) > 0
        return before[type(size)](size, int(exponent)) if whole else jax.numpy.power(jax.numpy.asarray(size, float), exponent)

    with _TRACING:
        math.sqrt = lambda x, /: jax.numpy.sqrt(x) if type(x) in kinds else root(x)
        for kind in kinds:  # np.sqrt(n) asks n for its sqrt
            kind.__pow__, kind.sqrt, kind.log = power, jax.numpy.sqrt, jax.numpy.log
        try:
            yield
        finally:
            math.sqrt = root
            for kind in kinds:
                kind.__pow__ = before[kind]
                del kind.sqrt, kind.log


ADVICE = {  # what JAX raises → (what it means, what to write instead)
    "TracerBoolConversionError": ("branches on the values of an array", "jnp.where(condition, a, b) chooses entry by entry"),
    "NonConcreteBooleanIndexError": ("selects entries by their values", "jnp.where(condition, a, 0) keeps the shape"),
    "TracerArrayConversionError": ("hands an array to NumPy", "write jnp for np: a function of jax.numpy can be traced"),
    "TracerIntegerConversionError": ("uses the value of an array as a whole number", "give the number as a default: k=3"),
    "ConcretizationTypeError": ("needs the value of an array", "jnp.where(condition, a, b) chooses entry by entry"),
    "InconclusiveDimensionOperation": ("asks a question of a size that depends on the size", 'give that size as a number: X="n 8"'),
}  # fmt: skip


def untraceable(jax, error: Exception, name: str) -> ChainruleError:
    """What is said of an exception that the function raised while it was traced."""
    for kind in type(error).__mro__:
        if kind.__name__ in ADVICE:
            what, fix = ADVICE[kind.__name__]
            return TraceError(
                f"`{name}` {what}, which no formula can say", given=located(error), expected="operations on whole arrays", fix=fix
            )
    text = str(error).split("\n")[0]
    if "_DimExpr" in text:
        return TraceError(
            f"`{name}` counts by a size, or computes with it", given=located(error), expected="sizes that stay names",
            fix='whole arrays do what a loop does; or give that size as a number: X="n 8"',
        )  # fmt: skip
    if "integer" in text and ("index" in text.lower() or "indices" in text):
        return labels(name, located(error))
    return unexpected(error, name, located(error))
