"""What JAX and PyTorch return where a derivative does not exist: the backward rule of each operation, as they run it.

The one place that knows it. A rule takes the cotangent and the arguments, as arrays, and returns the cotangents of the
arguments in IEEE arithmetic, so that 0 · ∞ is NaN here as it is there. Two habits matter: a rule that *multiplies* by
a slope of 0 turns an infinite cotangent into NaN, one that *selects* turns it into 0.

An operation stands here if it has a break, an end of its domain, or a value that under- or overflows; every other one
multiplies by its derivative. `tests/laws/test_frameworks.py` runs the real frameworks on every entry.

Read off from: jax 0.10, jax/_src/lax/lax.py and nn/functions.py; torch 2.13, tools/autograd/derivatives.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from .arrays import digamma, sigmoid, softmax, tetragamma, trigamma
from .declare import Elementwise

JAX, TORCH = "jax", "torch"
FRAMEWORKS = (JAX, TORCH)
PRINTED = {JAX: "JAX", TORCH: "PyTorch"}
TIE = 1e-9  # entries nearer than this count as equal: a point on a break is known to rounding only
TOLERANCE = ContextVar("TOLERANCE", default=TIE)
TINY = 1e-30  # an imaginary step so small that it leaves no trace in the real part


def backward(op: Elementwise, framework: str, g, y, *args) -> tuple:
    """The cotangents of the arguments of `op` at `args`, where its value is `y` and has the cotangent `g`."""
    rule = RULES.get(op.name)
    if isinstance(rule, dict):
        rule = rule[framework]
    with np.errstate(all="ignore"):
        if rule is not None:
            return rule(g, y, *args)
        return tuple([g * _slope(op, args, k) for k in range(len(args))])


def _slope(op: Elementwise, args: tuple, k: int):
    """The partial derivative of a smooth operation in its argument `k`, by a complex step."""
    moved = [a + TINY * 1j if at == k else a for at, a in enumerate(args)]
    return np.imag(op.evaluate(*moved)) / TINY


# ------------------------------------------------------------------ shapes that rules take


def _zero(g, y, *args):
    """Comparisons and steps: nothing flows back, not even NaN."""
    return tuple([np.zeros(np.shape(g)) for _ in args])


def selecting(slope: Callable) -> Callable:
    """A rule of one argument that keeps the cotangent where the slope is 1 and drops it where it is 0."""
    return lambda g, y, x: (np.where(slope(x), g, 0.0),)


def multiplying(slope: Callable) -> Callable:
    """A rule of one argument that multiplies by `slope(x)`."""
    return lambda g, y, x: (g * slope(x),)


def tied(a, b):
    """Where a and b are equal, to rounding."""
    return np.abs(a - b) <= TOLERANCE.get() * np.maximum(1.0, np.abs(a))


@contextmanager
def exactly():
    """Only equal numbers count as equal, as in the frameworks themselves: for values that were computed, and not placed on a break."""
    before = TOLERANCE.set(0.0)
    try:
        yield
    finally:
        TOLERANCE.reset(before)


def _above(a, b):
    """1 where a > b, ½ at ties, else 0."""
    return np.where(tied(a, b), 0.5, (a > b) * 1.0)


def _keep(share, g):
    """share · g, but 0 where the share is 0, whatever g is."""
    return np.where(share == 0, 0.0, np.where(share == 0, 1.0, share) * g)


def _branches(g, chosen, a_slope, b_slope):
    """What flows through where(chosen, a, b): into the branch that is not taken goes 0, which its slope multiplies."""
    return np.where(chosen, g, 0.0) * a_slope + np.where(chosen, 0.0, g) * b_slope


# ------------------------------------------------------------------ rules of several arguments


def _maximum(sign: int, multiply: bool):
    def rule(g, y, a, b):
        first, second = _above(sign * a, sign * b), _above(sign * b, sign * a)
        return (g * first, g * second) if multiply else (_keep(first, g), _keep(second, g))

    return rule


def _clip_jax(g, y, x, low, high):
    """minimum(maximum(x, low), high)."""
    inner = np.maximum(x, low)
    g_inner, g_high = g * _above(high, inner), g * _above(inner, high)
    return g_inner * _above(x, low), g_inner * _above(low, x), g_high


def _clip_torch(g, y, x, low, high):
    inside = ((x >= low) | tied(x, low)) & ((x <= high) | tied(x, high))
    below = ~inside & (x < low) & (low < high)
    return np.where(inside, g, 0.0), np.where(below, g, 0.0), np.where(~inside & ~below, g, 0.0)


def _prelu(chosen: Callable):
    def rule(g, y, x, a):
        taken = chosen(x)
        return _branches(g, taken, 1.0, a), np.where(taken, 0.0, g) * x

    return rule


def _positive(x):
    return (x > 0) & ~tied(x, 0.0)


def _not_negative(x):
    return (x > 0) | tied(x, 0.0)


def _elu_jax(g, y, x, a):
    """where(x > 0, x, a · expm1(where(x > 0, 0, x)))."""
    taken = _positive(x)
    safe, other = np.where(taken, 0.0, x), np.where(taken, 0.0, g)
    through = np.where(taken, 0.0, other * a * np.exp(safe))
    return np.where(taken, g, 0.0) + through, other * np.expm1(safe)


def _elu_torch(g, y, x, a):
    """where(x > 0, x, a · expm1(clamp(x, max=0)))."""
    taken = _positive(x)
    low, other = np.where(taken, 0.0, x), np.where(taken, 0.0, g)
    return np.where(taken, g, 0.0) + np.where(taken, 0.0, other * a * np.exp(low)), other * np.expm1(low)


def _celu_jax(g, y, x, a):
    """maximum(x, 0) + a · expm1(minimum(x, 0)/a)."""
    low = np.minimum(x, 0.0)
    through = g * a * np.exp(low / a)
    by_x = g * _above(x, 0.0) + through / a * _above(0.0, x)
    return by_x, g * np.expm1(low / a) - through * low / a**2


def _celu_torch(g, y, x, a):
    """where(x > 0, x, a · expm1(clamp(x, max=0)/a))."""
    taken = _positive(x)
    low, other = np.where(taken, 0.0, x), np.where(taken, 0.0, g)
    through = other * a * np.exp(low / a)
    return np.where(taken, g, 0.0) + np.where(taken, 0.0, through / a), other * np.expm1(low / a) - through * low / a**2


def _softshrink_jax(g, y, x, a):
    """maximum(x − a, 0) − maximum(−x − a, 0)."""
    up, down = g * _above(x - a, 0.0), -g * _above(-x - a, 0.0)
    return up - down, -up - down


def _softshrink_torch(g, y, x, a):
    """relu(x − a) − relu(−x − a)."""
    up, down = np.where(_positive(x - a), g, 0.0), np.where(_positive(-x - a), -g, 0.0)
    return up - down, -up - down


def _hardshrink(g, y, x, a):
    return np.where(_positive(np.abs(x) - a), g, 0.0), np.zeros(np.shape(g))


def _threshold(g, y, x, t, v):
    taken = _positive(x - t)
    return np.where(taken, g, 0.0), np.zeros(np.shape(g)), np.where(taken, 0.0, g)


def _huber(framework: str):
    def rule(g, y, r, d):
        """where(|r| ≤ d, r²/2, d (|r| − d/2))."""
        inner = (np.abs(r) <= d) | tied(np.abs(r), d)
        square, other = np.where(inner, g, 0.0), np.where(inner, 0.0, g)
        slope = backward_abs(framework, other * d, r)
        return square * r + slope, other * (np.abs(r) - d / 2) - other * d / 2

    return rule


def backward_abs(framework: str, g, x):
    """JAX takes +1 for the slope of |x| at 0 and selects; PyTorch takes 0 and multiplies."""
    if framework == JAX:
        return np.where(_not_negative(x), g, -g)
    return g * np.where(tied(x, 0.0), 0.0, np.sign(x))


def _where(g, y, c, a, b):
    taken = np.real(c) != 0
    return np.zeros(np.shape(g)), np.where(taken, g, 0.0), np.where(taken, 0.0, g)


def _pow_jax(g, y, x, e):
    return g * (e * np.power(x, e - 1)), g * (np.where(x == 0, 0.0, np.log(np.where(x == 0, 1.0, x))) * y)


def _pow_torch(g, y, x, e):
    by_base = np.where(e == 0, 0.0, g * (e * np.power(x, e - 1)))
    return by_base, g * np.where(x == 0, 0.0, y * np.log(np.where(x == 0, 1.0, x)))


def _arctan2_jax(g, y, a, b):
    square = a**2 + b**2
    return g * (b / square), g * (-a / square)


def _arctan2_torch(g, y, a, b):
    square = a**2 + b**2
    return g * np.where(square == 0, 0.0, b / square), g * np.where(square == 0, 0.0, -a / square)


# ------------------------------------------------------------------ the table

_comparisons = ("sign", "step", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "between")

RULES: dict[str, Callable | dict[str, Callable]] = {
    **{name: _zero for name in _comparisons},
    # kinks
    "abs": {f: (lambda g, y, x, f=f: (backward_abs(f, g, x),)) for f in FRAMEWORKS},
    "relu": selecting(_positive),
    "relu6": selecting(lambda x: _positive(x) & _positive(6 - x)),
    "hardsigmoid": lambda g, y, x: (np.where(_positive(x + 3) & _positive(3 - x), g / 6, 0.0),),
    "hardswish": {
        JAX: lambda g, y, x: (
            g * np.clip((x + 3) / 6, 0, 1) + np.where(_positive(x + 3) & _positive(3 - x), g * x / 6, 0.0),
        ),
        TORCH: lambda g, y, x: (
            np.where(_positive(x + 3), np.where(_positive(3 - x), g * (x / 3 + 0.5), g), 0.0),
        ),
    },
    "hardtanh": {
        JAX: selecting(lambda x: _not_negative(x + 1) & _not_negative(1 - x)),
        TORCH: selecting(lambda x: _positive(x + 1) & _positive(1 - x)),
    },
    "selu": lambda g, y, x: (1.0507009873554805 * _elu_jax(g, y, x, 1.6732632423543772)[0],),
    "maximum": {JAX: _maximum(1, True), TORCH: _maximum(1, False)},
    "minimum": {JAX: _maximum(-1, True), TORCH: _maximum(-1, False)},
    "clip": {JAX: _clip_jax, TORCH: _clip_torch},
    "where": _where,
    "prelu": _prelu(_positive),
    "leaky_relu": {JAX: _prelu(_not_negative), TORCH: _prelu(_positive)},
    "elu": {JAX: _elu_jax, TORCH: _elu_torch},
    "celu": {JAX: _celu_jax, TORCH: _celu_torch},
    "softshrink": {JAX: _softshrink_jax, TORCH: _softshrink_torch},
    "hardshrink": _hardshrink,
    "threshold": _threshold,
    "huber": {f: _huber(f) for f in FRAMEWORKS},
    "softsign": {f: (lambda g, y, x, f=f: _softsign(f, g, x)) for f in FRAMEWORKS},
    # ends of the domain and poles
    "log": lambda g, y, x: (g / x,),
    "log2": lambda g, y, x: (g / (x * np.log(2.0)),),
    "log10": lambda g, y, x: (g / (x * np.log(10.0)),),
    "log1p": lambda g, y, x: (g / (1 + x),),
    "logit": lambda g, y, x: (g / (x * (1 - x)),),
    "arcsin": lambda g, y, x: (g / np.sqrt(1 - x**2),),
    "arccos": lambda g, y, x: (-g / np.sqrt(1 - x**2),),
    "arccosh": lambda g, y, x: (g / np.sqrt(x**2 - 1),),
    "arctanh": lambda g, y, x: (g / (1 - x**2),),
    "cot": lambda g, y, x: (-g / np.sin(x) ** 2,),
    "csc": lambda g, y, x: (-g / np.sin(x) ** 2 * np.cos(x),),
    "csch": lambda g, y, x: (-g / np.sinh(x) ** 2 * np.cosh(x),),
    "coth": {
        JAX: lambda g, y, x: _tanh_jax(-g / np.tanh(x) ** 2, np.tanh(x)),
        TORCH: lambda g, y, x: (-g / np.tanh(x) ** 2 * (1 - np.tanh(x) ** 2),),
    },
    "cbrt": {
        JAX: lambda g, y, x: (g / (3 * np.cbrt(x) ** 2),),
        TORCH: lambda g, y, x: (g * np.sign(x) ** 2 / (3 * np.cbrt(x) ** 2),),  # sign(x) |x|^(1/3)
    },
    "lgamma": {JAX: lambda g, y, x: (g * np.where(x == 0, np.nan, digamma(x)),), TORCH: multiplying(digamma)},
    "digamma": multiplying(trigamma),
    "trigamma": {JAX: lambda g, y, x: (g * np.where(x == 0, np.nan, tetragamma(x)),), TORCH: multiplying(tetragamma)},
    "pow": {JAX: _pow_jax, TORCH: _pow_torch},
    "arctan2": {JAX: _arctan2_jax, TORCH: _arctan2_torch},
    # values that under- and overflow
    "exp": lambda g, y, x: (g * y,),
    "expm1": lambda g, y, x: (g * np.exp(x),),
    "sigmoid": lambda g, y, x: (g * (sigmoid(x) * (1 - sigmoid(x))),),
    "softplus": multiplying(sigmoid),
    "tanh": {JAX: lambda g, y, x: _tanh_jax(g, y), TORCH: lambda g, y, x: (g * (1 - y**2),)},
    "sinh": lambda g, y, x: (g * np.cosh(x),),
    "cosh": lambda g, y, x: (g * np.sinh(x),),
}


def _tanh_jax(g, y):
    return ((g + g * y) * (1 - y),)


def _softsign(framework: str, g, x):
    """x / (1 + |x|)."""
    below = 1 + np.abs(x)
    return (g / below + backward_abs(framework, -g * x / below**2, x),)


# ------------------------------------------------------------------ powers with a number, and operations on tensors


def backward_power(g, y, x, exponent: float):
    """The cotangent of x in x^exponent, the exponent a number: the same in both frameworks."""
    with np.errstate(all="ignore"):
        return g * (exponent * np.power(x, float(exponent - 1)))


def backward_root(framework: str, written: str | None, g, y):
    """The cotangent of u in √u, which is half of ‖·‖, std and hypot where the text says so by name.

    `torch.linalg.norm` and `torch.std` return the subgradient 0 at 0; what JAX runs is the square root in all of them.
    """
    with np.errstate(all="ignore"):
        slope = 0.5 / y
        if framework == TORCH and written == "norm":
            slope = np.where(y == 0, 0.0, slope)
        found = g * slope
    return np.where(y == 0, 0.0, found) if framework == TORCH and written == "std" else found


def backward_structured(name: str, g, y, x, axes=None):
    """The cotangent of the argument of an operation on whole tensors; None where it is not known to us."""
    with np.errstate(all="ignore"):
        if name == "softmax":
            return y * (g - np.sum(g * y, axis=axes, keepdims=True))
        if name in ("logsumexp", "amax"):
            g = np.expand_dims(g, axes)
        if name == "logsumexp":
            return g * softmax(x, axes)
        if name == "amax":  # several largest entries share equally: jnp.max, torch.amax, torch.max without dim
            largest = tied(np.max(x, axis=axes, keepdims=True), x) * 1.0
            return g * largest / np.sum(largest, axis=axes, keepdims=True)
        if name == "argmax_mask":
            return np.zeros(np.shape(x))
    return None


SINGULAR = {  # what the operation gives at a singular matrix, where it has no derivative or only another formula
    "inverse": {JAX: "NaN or ±inf", TORCH: "an error"},
    "logdet": {JAX: "NaN or ±inf", TORCH: "NaN or ±inf"},
}
