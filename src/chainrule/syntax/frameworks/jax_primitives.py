"""Primitives of JAX that act on each entry by itself, contract and reduce."""

from __future__ import annotations

import numpy as np

from ...core.dims import dim
from ...core.errors import NoRuleError
from . import masks as M
from . import reductions as R
from . import shaping as S
from . import tensors as T
from ..framework import refused
from .positions import Positions, combined, compared
from .jax_table import LONGEST_LOOP, primitive


SAME_NAME = "exp2 log1p expm1 sin cos tan sinh cosh tanh abs sign erf erfc cbrt lgamma digamma".split()
ELEMENTWISE = {n: n for n in SAME_NAME} | {
    "logistic": "sigmoid", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "atan2": "arctan2",
}  # fmt: skip


@primitive(*ELEMENTWISE)
def elementwise(reader, eqn, *args):
    return T.elementwise(ELEMENTWISE[eqn.primitive.name], *map(reader.tensor, args))


@primitive("exp")
def exp(reader, eqn, x):
    return M.exponential(reader.tensor(x))


@primitive("log")
def log(reader, eqn, x):
    return T.logarithm(reader.tensor(x))


@primitive("add", "sub", "add_any")
def add(reader, eqn, a, b):
    sign = -1 if eqn.primitive.name == "sub" else 1
    if isinstance(a, Positions) and isinstance(b, Positions):
        return combined(a, b, sign)
    return T.plus((1, reader.tensor(a)), (sign, reader.tensor(b)))


@primitive("mul")
def mul(reader, eqn, a, b):
    if isinstance(a, Positions) and isinstance(b, Positions):
        for x, y in ((a, b), (b, a)):
            if x.number is not None:
                dims = y.dims if y.dims else x.dims
                return Positions({p: c * x.number for p, c in y.slopes.items()}, y.offset * x.number, dims)
    return T.product((reader.tensor(a), 1), (reader.tensor(b), 1))


@primitive("div")
def div(reader, eqn, a, b):
    return T.product((reader.tensor(a), 1), (reader.tensor(b), -1))


@primitive("neg")
def neg(reader, eqn, x):
    return combined(Positions({}, dim(0), ()), x, -1) if isinstance(x, Positions) else T.negated(x)


EXPONENTS = {"sqrt": T.HALF, "rsqrt": -T.HALF, "square": 2}


@primitive(*EXPONENTS)
def root(reader, eqn, x):
    return T.raised(reader.tensor(x), EXPONENTS[eqn.primitive.name])


@primitive("integer_pow")
def integer_pow(reader, eqn, x):
    return T.raised(reader.tensor(x), eqn.params["y"])


@primitive("pow")
def pow_(reader, eqn, x, y):
    return T.to_power(reader.tensor(x), reader.tensor(y))


COMPARISONS = {
    "gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip


@primitive(*COMPARISONS)
def compare(reader, eqn, a, b):
    name = COMPARISONS[eqn.primitive.name]
    if isinstance(a, Positions) and isinstance(b, Positions):
        found = compared(name, a, b)
        if found is None:
            raise NoRuleError("these positions cannot be compared", given=str(eqn.primitive), expected="i == j, i >= j + 1 …")
        return found
    a, b = reader.tensor(a), reader.tensor(b)
    key = (name, *[t.number if t.number is not None else id(t.node) for t in (a, b)])
    found = reader.made.get(key)
    if found is None:
        found = T.elementwise(name, a, b)
        reader.made[key] = found, a, b  # the arguments are kept: their ids are the key
        return found
    return found[0]


@primitive("and", "or", "not", "xor")
def logical(reader, eqn, *args):
    args = [reader.tensor(a) for a in args]
    if eqn.primitive.name == "not":
        return T.flipped(args[0])
    if eqn.primitive.name == "xor":
        return T.elementwise("not_equal", *args)
    return T.product(*[(a, 1) for a in args]) if eqn.primitive.name == "and" else T.elementwise("maximum", *args)


@primitive("max", "min")
def extreme(reader, eqn, a, b):
    a, b = reader.tensor(a), reader.tensor(b)
    name = "maximum" if eqn.primitive.name == "max" else "minimum"
    lowest = float("-inf") if name == "maximum" else float("inf")
    for x, y in ((a, b), (b, a)):
        if T.everywhere(x.node) == lowest:
            return y
    return T.elementwise(name, a, b)


@primitive("clamp")
def clamp(reader, eqn, low, x, high):
    return T.elementwise("clip", reader.tensor(x), reader.tensor(low), reader.tensor(high))


@primitive("select_n")
def select_n(reader, eqn, which, *cases):
    if len(cases) != 2:
        raise refused("a choice among more than two", "jnp.where(condition, a, b) chooses between two")
    if all(isinstance(c, Positions) for c in cases) and not isinstance(which, Positions):
        number = T.everywhere(which.node)
        if number is not None:
            return cases[int(number)]
    no, yes = map(reader.tensor, cases)
    return M.chosen(reader.tensor(which), yes, no)


@primitive("convert_element_type")
def convert(reader, eqn, x):
    kind = np.dtype(eqn.params["new_dtype"]).kind
    if kind == "c":
        raise refused("complex numbers", "real arrays")
    if kind == "f" and np.dtype(eqn.params["new_dtype"]).itemsize == 4 and eqn.invars[0].aval.dtype == float:
        reader.single = True
    if isinstance(x, Positions) or kind == "f":
        if kind == "f" and np.dtype(eqn.params["new_dtype"]).itemsize < 4:
            raise refused("half precision", "leave the conversion to float16 out: what is derived here is exact")
        return x
    if eqn.invars[0].aval.dtype.kind == "f":
        raise refused("rounding to whole numbers", "leave it out: its derivative is zero or does not exist")
    return x


@primitive("copy", "copy_p", "reduce_precision", "optimization_barrier", "sharding_constraint", "pvary", "name")
def same(reader, eqn, *args):
    return list(args)


@primitive("stop_gradient")
def stop_gradient(reader, eqn, x):
    return reader.shifts.next(reader.sizes(eqn.outvars[0].aval.shape))


@primitive("is_finite")
def is_finite(reader, eqn, x):
    return T.filled(T.exact(1), reader.sizes(eqn.outvars[0].aval.shape))


# ------------------------------------------------------------------ contractions, reductions


@primitive("dot_general")
def dot_general(reader, eqn, a, b):
    (left, right), (batch_left, batch_right) = eqn.params["dimension_numbers"]
    reader.single |= eqn.params.get("preferred_element_type") == np.float32
    a, b = reader.tensor(a), reader.tensor(b)
    marks_a: list = [("a", t) for t in range(a.rank)]
    marks_b: list = [("b", t) for t in range(b.rank)]
    for p, q in (*zip(left, right), *zip(batch_left, batch_right)):
        marks_b[q] = marks_a[p]
    batch = [marks_a[p] for p in batch_left]
    summed = {marks_a[p] for p in left}
    rest = [x for x in (*marks_a, *marks_b) if x not in batch and x not in summed]
    return R.contract([(a, marks_a), (b, marks_b)], [*batch, *rest])


@primitive("reduce_sum")
def reduce_sum(reader, eqn, x):
    return R.summed(reader.tensor(x), eqn.params["axes"])


@primitive("reduce_max", "reduce_min")
def reduce_extreme(reader, eqn, x):
    how = R.least if eqn.primitive.name == "reduce_min" else lambda t, axes: R.structured("amax", t, axes)
    return how(reader.tensor(x), eqn.params["axes"])


@primitive("reduce_prod")
def reduce_prod(reader, eqn, x):
    x = reader.tensor(x)
    sizes = [T.length(x.dims[p]).value for p in eqn.params["axes"]]
    if len(sizes) != 1 or sizes[0] is None or sizes[0] > LONGEST_LOOP:
        raise refused("the product of all entries", "jnp.exp(jnp.sum(jnp.log(x))) where the entries are positive")
    return T.product(*[(S.picked(x, eqn.params["axes"][0], k), 1) for k in range(sizes[0])])


@primitive("cumsum")
def cumsum(reader, eqn, x):
    if eqn.params["reverse"]:
        raise refused("a reversed cumulative sum", "jnp.sum(x) - jnp.cumsum(x) + x is the same")
    return S.running(reader.tensor(x), eqn.params["axis"])
