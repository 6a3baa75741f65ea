"""Operators of PyTorch that act on each entry by itself."""

from __future__ import annotations

from fractions import Fraction

from ...core.dims import dim
from ...core.errors import NoRuleError
from . import masks as M
from . import tensors as T
from ..framework import refused
from .positions import Positions, combined, compared
from .tensors import Tensor
from .torch_table import operator


SAME_NAME = """exp2 log2 log10 log1p expm1 sin cos tan sinh cosh tanh abs sign erf erfc lgamma digamma relu sigmoid
    silu mish softsign relu6 selu hardtanh hardswish hardsigmoid""".split()
ELEMENTWISE = {n: n for n in SAME_NAME} | {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan", "log_sigmoid": "logsigmoid", "sgn": "sign",
    "special_expit": "sigmoid", "special_erf": "erf", "absolute": "abs", "special_log1p": "log1p",
}  # fmt: skip


@operator(*ELEMENTWISE)
def elementwise(r, a):
    if a.name == "hardtanh" and (a.min_val, a.max_val) != (-1, 1):
        return T.elementwise("clip", r.tensor(a.x), T.number(a.min_val), T.number(a.max_val))
    return T.elementwise(ELEMENTWISE[a.name] , r.tensor(a.x))


@operator("exp")
def exp(r, a):
    return M.exponential(r.tensor(a.x))


@operator("log")
def log(r, a):
    return T.logarithm(r.tensor(a.x))


@operator("gelu")
def gelu(r, a):
    return T.elementwise("gelu_tanh" if a.approximate == "tanh" else "gelu", r.tensor(a.x))


@operator("softplus")
def softplus(r, a):
    """log(1 + exp(β x)) / β; the threshold above which PyTorch takes x itself changes rounding only."""
    if a.beta == 1:
        return T.elementwise("softplus", r.tensor(a.x))
    beta = T.number(a.beta)
    return T.product((T.elementwise("softplus", T.product((beta, 1), (r.tensor(a.x), 1))), 1), (beta, -1))


@operator("leaky_relu", "celu", "softshrink", "hardshrink", "prelu", "threshold")
def with_parameters(r, a):
    given = {"leaky_relu": ("negative_slope",), "celu": ("alpha",), "softshrink": ("lambd",), "hardshrink": ("lambd",),
             "prelu": ("weight",), "threshold": ("threshold", "value")}[a.name]   # fmt: skip
    return T.elementwise(a.name.rstrip("_"), r.tensor(a.x), *[r.tensor(getattr(a, g)) for g in given])


@operator("elu")
def elu(r, a):
    if a.scale != 1 or a.input_scale != 1:
        raise refused("elu with scales", "alpha alone")
    return T.elementwise("elu", r.tensor(a.x), T.number(a.alpha))


@operator("add", "sub", "rsub")
def add(r, a):
    alpha = a.alpha
    if isinstance(a.x, Positions) and (isinstance(a.other, Positions) or isinstance(a.other, int)) and alpha == 1:
        other = a.other if isinstance(a.other, Positions) else Positions({}, dim(a.other), ())
        return combined(other, a.x, -1) if a.name == "rsub" else combined(a.x, other, -1 if a.name.startswith("sub") else 1)
    x, other = r.tensor(a.x), r.tensor(a.other)
    weight = Fraction(str(alpha)) if not isinstance(alpha, Tensor) else None
    if weight is None:
        raise refused("a computed alpha", "x + a * y")
    if a.name.startswith("rsub"):
        return T.plus((1, other), (-weight, x))
    return T.plus((1, x), (-weight if a.name.startswith("sub") else weight, other))


@operator("mul", "multiply")
def mul(r, a):
    if isinstance(a.x, Positions) and isinstance(a.other, int):
        return Positions({p: c * a.other for p, c in a.x.slopes.items()}, a.x.offset * a.other, a.x.dims)
    return T.product((r.tensor(a.x), 1), (r.tensor(a.other), 1))


@operator("div", "divide", "true_divide")
def div(r, a):
    if getattr(a, "rounding_mode", None):
        raise refused("division that rounds", "x / y")
    return T.product((r.tensor(a.x), 1), (r.tensor(a.other), -1))


@operator("neg", "negative")
def neg(r, a):
    return T.negated(r.tensor(a.x))


@operator("sqrt", "rsqrt", "square", "reciprocal")
def root(r, a):
    return T.raised(r.tensor(a.x), {"sqrt": T.HALF, "rsqrt": -T.HALF, "square": 2, "reciprocal": -1}[a.name])


@operator("pow")
def pow_(r, a):
    return T.to_power(r.tensor(a.x), r.tensor(a.exponent))


@operator("xlogy")
def xlogy(r, a):
    return T.product((r.tensor(a.x), 1), (T.logarithm(r.tensor(a.other)), 1))


@operator("logaddexp")
def logaddexp(r, a):
    return T.logarithm(T.plus((1, M.exponential(r.tensor(a.x))), (1, M.exponential(r.tensor(a.other)))))


@operator("addcmul", "addcdiv")
def addcmul(r, a):
    part = T.product((r.tensor(a.tensor1), 1), (r.tensor(a.tensor2), 1 if a.name == "addcmul" else -1))
    return T.plus((1, r.tensor(a.x)), (Fraction(str(a.value)), part))


@operator("lerp")
def lerp(r, a):
    x, end, weight = r.tensor(a.x), r.tensor(a.end), r.tensor(a.weight)
    return T.plus((1, x), (1, T.product((weight, 1), (T.plus((1, end), (-1, x)), 1))))


@operator("hypot", "atan2", "arctan2")
def two(r, a):
    return T.elementwise({"hypot": "hypot"}.get(a.name, "arctan2"), r.tensor(a.x), r.tensor(a.other))


@operator("maximum", "minimum", "fmax", "fmin")
def extreme(r, a):
    return T.elementwise("maximum" if "max" in a.name else "minimum", r.tensor(a.x), r.tensor(a.other))


@operator("clamp", "clamp_min", "clamp_max", "clip")
def clamp(r, a):
    x, low, high = r.tensor(a.x), getattr(a, "min", None), getattr(a, "max", None)
    if low is not None and high is not None:
        return T.elementwise("clip", x, r.tensor(low), r.tensor(high))
    return T.elementwise("maximum", x, r.tensor(low)) if low is not None else T.elementwise("minimum", x, r.tensor(high))


COMPARISONS = {"gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal", "eq": "equal", "ne": "not_equal"}


@operator(*COMPARISONS)
def compare(r, a):
    name = COMPARISONS[a.name]
    x, other = a.x, a.other
    if isinstance(x, Positions) and isinstance(other, int):
        other = Positions({}, dim(other), ())
    if isinstance(x, Positions) and isinstance(other, Positions):
        found = compared(name, x, other)
        if found is None:
            raise NoRuleError("these positions cannot be compared", given=a.name, expected="i == j, i >= j + 1 …")
        return found
    return M.decided(name, r.tensor(x), r.tensor(other))


@operator("logical_not", "bitwise_not")
def logical_not(r, a):
    return T.flipped(r.tensor(a.x))


@operator("logical_and", "bitwise_and", "__and__")
def logical_and(r, a):
    return T.product((r.tensor(a.x), 1), (r.tensor(a.other), 1))


@operator("logical_or", "bitwise_or", "__or__")
def logical_or(r, a):
    return T.elementwise("maximum", r.tensor(a.x), r.tensor(a.other))


@operator("where")
def where(r, a):
    return M.chosen(r.tensor(a.condition), r.tensor(a.x), r.tensor(a.other))


@operator("masked_fill")
def masked_fill(r, a):
    return M.chosen(r.tensor(a.mask), r.tensor(a.value), r.tensor(a.x))
