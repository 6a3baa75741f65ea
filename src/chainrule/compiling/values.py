"""The values of a program before it is text: arrays with axes in a fixed order, each made once.

The graph says what is to be computed; a value says how: by which array operation, with which layout. Values are
hash-consed within one program, so an equal partial result is computed once. Making one costs nothing at run time
unless an output needs it. Backends print them (see `numpy_text`).

op         params                              meaning
input      (name,)                             a parameter
number     (python number or name,)            a Python scalar
size       (Dim,)                              a Python scalar
mul, div   (axes of a, axes of b)              a ∘ b elementwise; axes[t] is the axis of the result that axis t lies on
pow        (exponent,)                         elementwise, exponent > 0
lin        (coefficients, axes of each)        Σ c·a elementwise
map        (declaration, axes of each)         an elementwise operation
exp, log   ()                                  elementwise, in steps of `structs`
not        ()                                  1 − a mask
choose     (axes of the mask, of a)            a where the mask holds, else 0, whatever a is there
sum, max   (axes,)                             reductions; the axes vanish
einsum     (labels of each, labels out)        contraction of one or two arrays; of one without a sum it is a view
matmul     (axes order of a, of b)             a @ b after transposing each (over leading batch axes)
matvec     (axes order of a, of b)             the same of matrices and vectors, over batch axes
tensordot  (axes of a, axes of b)              contraction over several axes
gram       ()                                  Σₙ a[n,·] a[n,·] b[n,i]² (b[n,j]²), i and j first
dot        ()                                  Σ a·b over all entries of two arrays of one layout
transpose  (axes order,)                       a view
turn       (axes order,)                       a transpose, copied
slice      (per axis: None, (start, count, step) or (start,))   a view; (start,) picks one entry, the axis vanishes
reshape    (dims,)                             rows read in order
stack      ()                                  vectors as the rows of a matrix
cumsum     (axis, reverse)                     cumulative sum
constant   (kind, params)                      a dense 0/1 array
struct     (declaration, *params)              an operation on whole arrays
inv, det, logdet   () or ("factor",)           of square matrices; of one, by the Cholesky factor that is given, too
cholesky   ()                                  that factor; solve takes the place of inv in a `Schedule`
cast       ()                                  a mask as numbers
spread     (axes,)                             repeated along new axes
assemble   (axes of the base or None, places)  zeros or base, plus pieces put on diagonals and slices
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import inf, prod

from ..core.dims import Dim
from ..core.node import Number
from .machine import OVERHEAD

Axes = tuple[int, ...]

CARRYING = frozenset("mul div pow lin map cast log transpose slice reshape spread".split())  # an infinite entry on
OVERFLOWING = frozenset({"exp", "exp2", "expm1", "sinh", "cosh", "pow"})


class Value:
    """One array of the program. `dims` are its sizes, `python` marks a Python number, `mask` an array of bools,
    `risky` what may be infinite or NaN where a mask beside it is 0. `sizes` are those assumed for the dims, `entries`
    is their product.
    """

    __slots__ = ("op", "params", "args", "dims", "sizes", "entries", "serial", "python", "mask", "cost", "risky")

    def __init__(self, op, params, args, dims, sizes, serial, python, mask, cost):
        self.op, self.params, self.args, self.dims, self.sizes = op, params, args, dims, sizes
        self.entries = prod(sizes, start=1.0)
        self.serial, self.python, self.mask, self.cost = serial, python, mask, cost
        self.risky = op in CARRYING and (any([a.risky for a in args]) or _may_be_infinite(op, params, args))

    def __repr__(self) -> str:
        inner = ", ".join(f"#{a.serial}" for a in self.args)
        return f"#{self.serial}={self.op}{self.params}({inner})"


def _may_be_infinite(op: str, params: tuple, args: tuple) -> bool:
    if op == "div":
        return not args[1].python
    if op == "pow":
        return type(params[0]) is not int and not args[0].python
    if op == "map":
        declaration = params[0]
        domains = declaration.domain if declaration.arity > 1 else (declaration.domain,)
        return declaration.name in OVERFLOWING or any([d.low > -inf or d.high < inf for d in domains])
    return op == "log"


class Builder:
    """Makes values, each once, and knows the sizes that dims are assumed to have."""

    def __init__(self, sizes: dict[str, float], bound: frozenset[str] = frozenset()):
        self.sizes, self.bound = sizes, bound
        self.values: dict[tuple, Value] = {}
        self.free: set[Value] = set()  # values of bound inputs alone: computed once, however often the program is called
        self.nonnegative: set[Value] = set()  # values that are ≥ 0 as floating-point numbers too
        self.shared: set[Value] = set()  # values of nodes that several others, or an output, ask for
        self.symmetric: set[Value] = set()  # matrices that equal their transposes
        self.safe_below: set[Value] = set()  # values that never vanish: 1/value is finite
        self.specialised = False  # whether the text is NumPy's, for arguments of these very sizes
        self._dims: dict[Dim, float] = {}

    def size(self, d: Dim) -> float:
        """The number of entries assumed for a dimension."""
        found = self._dims.get(d)
        if found is None:
            found = d.value
            if found is None:
                found = max(1.0, d.at(self.sizes))
            self._dims[d] = found
        return found

    def entries(self, dims) -> float:
        total = 1.0
        for d in dims:
            total *= self.size(d)
        return total

    def make(self, op, params, args, dims, python=False, mask=False, work=None) -> Value:
        key = (op, params, args, dims)
        found = self.values.get(key)
        if found is None:
            sizes = tuple([self.size(d) for d in dims])
            cost = OVERHEAD + (prod(sizes, start=1.0) if work is None else work)
            found = Value(op, params, args, dims, sizes, len(self.values), python, mask, cost)
            self.values[key] = found
            if self.bound and (params[0] in self.bound if op == "input" else all([a in self.free for a in args])):
                self.free.add(found)
        return found

    def known(self, op, params, args, dims) -> bool:
        """Whether this value was made before."""
        return (op, params, args, dims) in self.values

    # ------------------------------------------------------------------ scalars

    def number(self, value: Number | str) -> Value:
        """A Python number; "pi" and "e" are names."""
        if isinstance(value, Fraction) and value.denominator == 1:
            value = value.numerator
        return self.make("number", (value, type(value).__name__), (), (), python=True, work=0)

    def dimension(self, d: Dim) -> Value:
        if d.value is not None:
            return self.number(d.value)
        return self.make("size", (d,), (), (), python=True, work=0)

    # ---------------------------------------------------------------- elementwise

    def mul(self, a: Value, b: Value, axes_a: Axes, axes_b: Axes, dims) -> Value:
        for over, under, axes, under_axes in ((a, b, axes_a, axes_b), (b, a, axes_b, axes_a)):
            if (
                under.op == "div"
                and under.args[0].op == "number"
                and under.args[0].params[0] == 1
                and len(under.dims) == len(dims)
            ):
                axes_below = tuple([under_axes[t] for t in under.params[1]])
                return self.div(over, under.args[1], axes, axes_below, dims)
        if b.serial < a.serial:
            a, b, axes_a, axes_b = b, a, axes_b, axes_a
        if a is b and axes_a == axes_b:
            return self.power(a, 2)
        if a.python != b.python:  # a Python integer times a mask would be an array of integers
            a, b = self.numeric(a), self.numeric(b)
        if not dims and a.python and b.python:
            return self.make("mul", (axes_a, axes_b), (a, b), dims, python=True, work=0)
        return self.make("mul", (axes_a, axes_b), (a, b), dims, mask=a.mask and b.mask)

    def div(self, a: Value, b: Value, axes_a: Axes, axes_b: Axes, dims) -> Value:
        if b.op == "map" and b.params[0].name == "exp" and not b.python:  # a·exp(−u) is no slower, nor divides by 0
            inverse = self.make("map", b.params, (self.negative(b.args[0]),), b.dims, work=12 * self.entries(b.dims))
            if a.op == "number" and a.params[0] == 1 and axes_b == tuple(range(len(dims))):
                return inverse
            return self.mul(a, inverse, axes_a, axes_b, dims)
        return self.make("div", (axes_a, axes_b), (a, b), dims, python=a.python and b.python)

    def negative(self, a: Value) -> Value:
        """−a."""
        if a.op == "lin" and all([type(c) is not str for c in a.params[0]]):
            if a.params[0] == (-1,):
                return a.args[0]
            return self.lin([(-c, v, axes) for c, v, axes in zip(a.params[0], a.args, a.params[1])], a.dims)
        if a.op == "mul":
            for number, other, axes in zip(a.args, a.args[::-1], a.params[::-1]):
                if number.op == "number" and type(number.params[0]) is not str:
                    return self.mul(self.number(-number.params[0]), other, (), axes, a.dims)
        return self.lin([(-1, a, tuple(range(len(a.dims))))], a.dims)

    def reciprocal(self, a: Value) -> Value:
        return self.div(self.number(1), a, (), tuple(range(len(a.dims))), a.dims)

    def power(self, a: Value, exponent: Number) -> Value:
        """a^exponent, entry by entry; exponent > 0."""
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            exponent = exponent.numerator
        if exponent == 1 or (a.mask and type(exponent) is int):
            return a
        a = self.numeric(a)
        heavy = 1 if exponent in (2, 3, 4, 5, 6, 7, 8, Fraction(1, 2)) else 20
        return self.make(
            "pow", (exponent, type(exponent).__name__), (a,), a.dims, python=a.python, work=heavy * self.entries(a.dims)
        )

    def numeric(self, a: Value) -> Value:
        """`a`, as numbers where it is a mask."""
        return self.make("cast", (), (a,), a.dims) if a.mask else a

    def lin(self, terms: list[tuple[Number, Value, Axes]], dims) -> Value:
        """Σ c·a. Terms of the full shape come first, positive ones before negative ones."""
        terms = [(c, self.numeric(v), axes) for c, v, axes in terms]
        rank = len(dims)
        terms.sort(key=lambda t: (len(t[2]) < rank and -len(t[2]), t[0] < 0, t[1].serial))
        if terms[0][0] < 0:  # begin with a positive term if one is as large as the rest
            for i, (c, _, axes) in enumerate(terms):
                if c > 0 and (len(axes) == rank or not axes):
                    terms.insert(0, terms.pop(i))
                    break
        coefs = tuple([c for c, _, _ in terms])
        axes = tuple([a for _, _, a in terms])
        args = tuple([v for _, v, _ in terms])
        python = all([v.python for v in args]) and not dims
        return self.make("lin", (coefs, axes, tuple([type(c).__name__ for c in coefs])), args, dims, python=python)

    def negated(self, mask: Value) -> Value:
        """1 − mask, as a mask."""
        return mask.args[0] if mask.op == "not" else self.make("not", (), (mask,), mask.dims, mask=True)

    def transpose(self, a: Value, order: Axes) -> Value:
        if order == tuple(range(len(order))) or a in self.symmetric and order == (1, 0):
            return a
        if a.op == "transpose":
            return self.transpose(a.args[0], tuple([a.params[0][t] for t in order]))
        return self.make("transpose", (order,), (a,), tuple([a.dims[t] for t in order]), mask=a.mask, work=0)

    def reshape(self, a: Value, dims) -> Value:
        dims = tuple(dims)
        return a if dims == a.dims else self.make("reshape", (dims,), (a,), dims, mask=a.mask, work=0)

    def reduce(self, op: str, a: Value, axes: Axes) -> Value:
        """ "sum" or "max" over `axes`."""
        if not axes:
            return a
        a = self.numeric(a)
        dims = tuple([d for t, d in enumerate(a.dims) if t not in axes])
        return self.make(op, (tuple(sorted(axes)),), (a,), dims, work=0.5 * self.entries(a.dims))


def dim_names(v: Value):
    """The size symbols that the text of `v` may mention."""
    for d in v.dims:
        yield from d.names
    if v.op == "size":
        yield from v.params[0].names
    elif v.op == "slice":
        for cut in v.params:
            for d in cut or ():
                if isinstance(d, Dim):
                    yield from d.names
    elif v.op == "assemble":
        for _, embed in v.params[1]:
            for _, (count, start, _) in embed:
                yield from count.names
                yield from start.names


def reached(outputs: Iterable[Value], ends=()) -> list[Value]:
    """The outputs and all that they are made of, but for `ends` and what is behind these; arguments first."""
    seen: set[Value] = set()
    stack = [v for v in outputs if v not in ends]
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            stack.extend([a for a in v.args if a not in ends])
    return sorted(seen, key=lambda v: v.serial)
