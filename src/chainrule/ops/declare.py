"""What an operation is: one declaration, read by every other part, and the registry that holds them all.

A declaration is called on nodes and builds the canonical node: `exp(x)`, `softmax(z, axes=(1,))`. Everything that
is known of the operation stands in its fields; all of them are optional but name, doc and a way to evaluate it.

Fields of an elementwise operation
    defaults     values of the last arguments where a call leaves them out
    derivative   callable (x, y) → node from input and result; for several arguments a tuple of callables,
                 one per argument, each (x₁, …, y) → node
    define       callable (x, …) → node: the same in simpler operations
    domain       an Interval (a tuple of them for several arguments); inside it the function is real and finite
    range        an Interval that holds every value taken inside the domain
    sign         "+" "0+" "-" "0-" for every value of that sign, or a callable from the arguments' signs to the
                 value's ("same" declares that they are equal); None where nothing is known. It must hold wherever
                 the function has a value, inside `domain` or not, since the graph uses it everywhere
    parity       "odd", "even" or None
    monotone     "increasing", "decreasing" (strictly), "nondecreasing", "nonincreasing" or None, inside the domain
    curvature    "convex", "concave", "affine" or None
    log_curvature  the curvature of log f, for f > 0 everywhere: "convex", "concave", "affine" or None
    inflection   (point, curvature left of it, curvature right of it) inside the domain, for one argument
    along        callable (bounds of the arguments as Intervals) → (curvature, monotone) in each argument while the others
                 stay fixed, of operations with parameters
    inverse      callable y → node x, the one x of the domain with f(x) = y; where y is not in the range it has no value
    breaks       {point: order of the first derivative that does not exist there (0: the function jumps)}
    margin       callable on arrays → distance of each entry to the nearest break, 0 where a parameter is outside
                 its domain; derived from `breaks` for one argument
    values       "01" when every value is 0 or 1
    evaluate     callable on arrays, real, or complex near the real axis (so that a complex step passes through)
    numpy, safe  source templates such as "np.tanh({0})"; `safe` never overflows where the value is finite
    jax, torch   the same there (`jnp.`, `jax.`, `torch.`); None: spell it by `define`
    c            the same in C, of `math.h` and of `ops/c_functions.py`; None: it is left to NumPy
    imports      an import line that the NumPy template needs besides `np`
    text, latex  the printed name, the LaTeX command
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..core.algebra import as_node
from ..core.dims import size_text
from ..core.errors import ShapeError
from ..core.node import Node, intern
from ..core.product import product
from .hoist import hoist_map
from .table import DECLARED, NAMES, enter


class Interval(NamedTuple):
    """The numbers between `low` and `high`; `closed` says which ends belong to it ("[]", "()", "[)", "(]")."""

    low: float
    high: float
    closed: str = "()"

    def contains(self, x) -> np.ndarray:
        """Whether each entry of `x` lies inside."""
        above = x >= self.low if self.closed[0] == "[" else x > self.low
        below = x <= self.high if self.closed[1] == "]" else x < self.high
        return np.asarray(above & below)

    def __str__(self) -> str:
        return f"{self.closed[0]}{self.low:g}, {self.high:g}{self.closed[1]}".replace("inf", "∞")


INFINITY = float("inf")
REAL = Interval(-INFINITY, INFINITY)
POSITIVE = Interval(0, INFINITY)
NONNEGATIVE = Interval(0, INFINITY, "[)")
OPEN01 = Interval(0, 1)
CLOSED01 = Interval(0, 1, "[]")
UNIT = Interval(-1, 1)
CLOSED_UNIT = Interval(-1, 1, "[]")


class Declaration:
    """What elementwise and structured operations have in common: a name, fields, and defaults for some of them."""

    __slots__ = ()

    def __init__(self, name: str, fields: dict):
        self.name = name
        for field in self.__slots__:
            if field != "name":
                setattr(self, field, fields.pop(field, None))
        if fields:
            raise TypeError(f"{self.kind} {name}: no such fields: {', '.join(fields)}")
        self.arity = self.arity or 1
        self.aliases = tuple(self.aliases or ())
        self.text = self.text or name
        self.latex = self.latex or rf"\operatorname{{{name.replace('_', ' ')}}}"
        self.safe = self.safe or self.numpy
        if self.sign == "same":
            self.sign = _same

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__

    def __reduce__(self):
        return lookup, (self.name,)


class Elementwise(Declaration):
    """An operation that acts on each entry by itself. Calling it on nodes builds the canonical node."""

    __slots__ = (
        "name", "arity", "defaults", "aliases", "derivative", "define", "canonical", "domain", "range", "sign", "parity",
        "monotone", "curvature", "log_curvature", "inflection", "along", "inverse", "breaks", "margin", "values", "evaluate", "numpy", "safe", "jax", "torch", "c",
        "imports", "text", "latex", "rule", "reference", "doc",
    )  # fmt: skip

    kind = "elementwise"

    def __init__(self, name: str, **fields):
        super().__init__(name, fields)
        self.defaults = tuple(self.defaults or ())
        self.breaks = dict(self.breaks or {})
        self.domain = self.domain or (REAL if self.arity == 1 else (REAL,) * self.arity)
        self.range = self.range or REAL
        self.rule = self.rule or f"derivative of {self.text}"
        if self.margin is None and self.breaks:
            self.margin = _distance_to(tuple(self.breaks))

    def __call__(self, *args) -> Node:
        missing = self.arity - len(args)
        if 0 < missing <= len(self.defaults):
            args += self.defaults[-missing:]
        nodes = tuple([as_node(a) for a in args])
        if len(nodes) != self.arity:
            expected = f"{self.arity} argument" + "s" * (self.arity != 1)
            raise ShapeError(f"`{self.name}` takes {expected}", given=f"{len(nodes)}", expected=expected)
        dims = common_dims(self.name, nodes)
        if self.canonical is not None:
            found = self.canonical(self, *nodes)
            if found is not None:
                return found if found.dims == dims else spread(found, dims)
        hoisted = hoist_map(self, nodes, dims)
        return intern("map", self, nodes, dims) if hoisted is None else hoisted

    def partial(self, index: int, node: Node) -> Node | None:
        """∂(node)/∂(argument `index`), entry by entry, with the dims of `node`; None if none is declared.

        Where it is None, `define` says the same in operations that have derivatives.
        """
        if self.derivative is None:
            return None
        rule = self.derivative if callable(self.derivative) else self.derivative[index]
        found = as_node(rule(*node.args, node))
        return found if found.dims == node.dims else spread(found, node.dims)


class Structured(Declaration):
    """An operation on whole tensors: softmax, inverse, … Calling it on nodes builds the canonical node.

    Its static parameters (axes) follow the declaration in the node's `attr`. Fields
        shape         callable (dims of the argument, params…) → dims of the result; raises ShapeError
        differential  callable (dX, X, Y, params…) → node linear in dX, Y the result
        domain        "invertible": it has a value for invertible matrices only; None: for all arguments
        parameters    names of the static parameters with their defaults, in the order they have in `attr`
        inverse       callable Y → node X, where every Y comes from one X only and the operation has no parameters
        evaluate      callable (array, params…) → array, complex-step-safe
        numpy …       templates in {0} and the names of the parameters: "np.max({0}, axis={axes})"
        margin        callable (array, params…) → distance to the nearest break, as for elementwise operations
    """

    __slots__ = (
        "name", "arity", "aliases", "parameters", "shape", "differential", "canonical", "domain", "range", "sign",
        "monotone", "curvature", "inverse", "margin", "values", "evaluate", "numpy", "safe", "jax", "torch", "c", "imports",
        "text", "latex", "rule", "reference", "doc",
    )  # fmt: skip

    kind = "structured"

    def __init__(self, name: str, **fields):
        super().__init__(name, fields)
        self.parameters = dict(self.parameters or {})
        self.rule = self.rule or f"differential of {self.text}"

    def __call__(self, x, **given) -> Node:
        x = as_node(x)
        params = tuple([given.pop(name, default) for name, default in self.parameters.items()])
        if given:
            raise TypeError(f"{self.name} has no parameter {', '.join(given)}")
        if "axes" in self.parameters:
            params = (axes_of(self.name, x, params[0]), *params[1:])
        return self.remake((x,), params)

    def remake(self, args: tuple[Node, ...], params: tuple) -> Node:
        """The node for this operation on `args` with its static parameters in order (axes normalised)."""
        (x,) = args
        dims = self.shape(x.dims, *params)
        if self.canonical is not None:
            found = self.canonical(self, x, *params)
            if found is not None:
                return found if found.dims == dims else spread(found, dims)
        return intern("struct", (self, *params), args, dims)


# ------------------------------------------------------------------ the registry

def elementwise(name: str, **fields) -> Elementwise:
    """Declare an elementwise operation and enter it in the registry."""
    return enter(Elementwise(name, **fields))


def structured(name: str, **fields) -> Structured:
    """Declare an operation on whole tensors and enter it in the registry."""
    return enter(Structured(name, **fields))


def lookup(name: str) -> Elementwise | Structured | None:
    """The declaration called `name`, by its own name or an alias."""
    return NAMES.get(name)


def elementwise_ops() -> list[Elementwise]:
    """All elementwise operations, in order of declaration."""
    return [op for op in DECLARED.values() if isinstance(op, Elementwise)]


def structured_ops() -> list[Structured]:
    """All operations on whole tensors, in order of declaration."""
    return [op for op in DECLARED.values() if isinstance(op, Structured)]


def names() -> list[str]:
    """Every name and alias under which an operation can be looked up."""
    return list(NAMES)


# ------------------------------------------------------------------ arguments


def common_dims(name: str, nodes: tuple[Node, ...]) -> tuple:
    """The dims that all `nodes` have, scalars apart.

    Raises
        ShapeError: two of them have different dims; the core broadcasts nothing but scalars.
    """
    dims: tuple = ()
    for node in nodes:
        if node.dims and node.dims != dims:
            if dims:
                shapes = ", ".join(size_text(n.dims) for n in nodes)
                raise ShapeError(
                    f"the arguments of `{name}` differ in shape",
                    given=shapes,
                    expected="equal shapes, or scalars",
                )
            dims = node.dims
    return dims


def spread(node: Node, dims: tuple) -> Node:
    """A scalar as a tensor of `dims` with that one value."""
    labels = tuple(range(len(dims)))
    return product(1, [(node, (), 1)], labels, dict(zip(labels, dims)))


def axes_of(name: str, x: Node, axes) -> tuple[int, ...]:
    """`axes` as a sorted tuple of positions; None is the last axis, an int one axis, negative ones count from the end."""
    if axes is None:
        axes = (-1,)
    elif isinstance(axes, int):
        axes = (axes,)
    for axis in axes:
        if not -x.ndim <= axis < x.ndim:
            raise ShapeError(
                f"`{name}` has no axis {axis}",
                given=f"an argument with {x.ndim} axes" if x.ndim != 1 else "an argument with one axis",
                expected="an axis that the argument has",
            )
    return tuple(sorted({axis % x.ndim for axis in axes}))


def _same(sign: str | None) -> str | None:
    return sign


def _distance_to(points: tuple) -> Callable:
    def margin(x, *_):
        return np.min([np.abs(x - p) for p in points], axis=0)

    return margin
