"""The elementary functions: exponentials, logarithms, trigonometric, hyperbolic and their inverses, powers, kinks.

Derivatives stand as in the tables: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), cited as A&S;
NIST Digital Library of Mathematical Functions, cited as DLMF. At a break the derivative is the one that holds on
either side of it ("almost everywhere").
"""

from __future__ import annotations

from fractions import Fraction
from math import pi

import numpy as np

from ..core.algebra import as_node, number, power, use_for_symbolic_powers, zeros
from ..core.node import Node
from . import arrays, canonical
from .arrays import real
from .bounded import power_along, rising_from
from .declare import (
    CLOSED01,
    CLOSED_UNIT,
    INFINITY,
    NONNEGATIVE,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    elementwise,
)


HALF = Fraction(1, 2)
PI = number("pi")
OPEN_TO_ONE = Interval(0, 1, "(]")


# ------------------------------------------------------------------ exponentials and logarithms

exp = elementwise(
    "exp",
    log_curvature="affine",
    derivative=lambda x, y: y,
    canonical=canonical.exp,
    range=POSITIVE, sign="+", monotone="increasing", curvature="convex",
    inverse=lambda y: log(y),
    evaluate=np.exp, numpy="np.exp({0})", jax="jnp.exp({0})", torch="torch.exp({0})", latex=r"\exp",
    c="exp({0})",
    rule="derivative of exp: exp itself", reference="DLMF 4.7.7", doc="The exponential eˣ.",
)  # fmt: skip

log = elementwise(
    "log", aliases=("ln",),
    derivative=lambda x, y: 1 / x,
    canonical=canonical.log,
    domain=POSITIVE, monotone="increasing", curvature="concave",
    inverse=lambda y: exp(y),
    evaluate=np.log, numpy="np.log({0})", jax="jnp.log({0})", torch="torch.log({0})", text="log", latex=r"\ln",
    c="log({0})",
    rule="derivative of log: 1/x", reference="A&S 4.1.46", doc="The natural logarithm.",
)  # fmt: skip

log2 = elementwise(
    "log2", aliases=("lb",),
    derivative=lambda x, y: 1 / (x * log(2)),
    define=lambda x: log(x) / log(2),
    domain=POSITIVE, monotone="increasing", curvature="concave",
    inverse=lambda y: power(2, y),
    evaluate=lambda x: np.log(x) / np.log(2.0) if np.iscomplexobj(x) else np.log2(x),
    numpy="np.log2({0})", jax="jnp.log2({0})", torch="torch.log2({0})", latex=r"\log_2",
    c="log2({0})",
    rule="derivative of log₂: 1/(x ln 2)", reference="A&S 4.1.46", doc="The logarithm to base 2.",
)  # fmt: skip

log10 = elementwise(
    "log10", aliases=("lg",),
    derivative=lambda x, y: 1 / (x * log(10)),
    define=lambda x: log(x) / log(10),
    domain=POSITIVE, monotone="increasing", curvature="concave",
    inverse=lambda y: power(10, y),
    evaluate=lambda x: np.log(x) / np.log(10.0) if np.iscomplexobj(x) else np.log10(x),
    numpy="np.log10({0})", jax="jnp.log10({0})", torch="torch.log10({0})", latex=r"\log_{10}",
    c="log10({0})",
    rule="derivative of log₁₀: 1/(x ln 10)", reference="A&S 4.1.46", doc="The logarithm to base 10.",
)  # fmt: skip

log1p = elementwise(
    "log1p",
    derivative=lambda x, y: 1 / (1 + x),
    define=lambda x: log(1 + x),
    domain=Interval(-1, INFINITY), sign="same", monotone="increasing", curvature="concave",
    inverse=lambda y: expm1(y),
    evaluate=np.log1p, numpy="np.log1p({0})", jax="jnp.log1p({0})", torch="torch.log1p({0})",
    c="log1p({0})",
    rule="derivative of log(1 + x): 1/(1 + x)", reference="A&S 4.1.46",
    doc="log(1 + x), accurate for small x.",
)  # fmt: skip

expm1 = elementwise(
    "expm1",
    derivative=lambda x, y: exp(x),
    define=lambda x: exp(x) - 1,
    range=Interval(-1, INFINITY), sign="same", monotone="increasing", curvature="convex",
    inverse=lambda y: log1p(y),
    evaluate=np.expm1, numpy="np.expm1({0})", jax="jnp.expm1({0})", torch="torch.expm1({0})",
    c="expm1({0})",
    rule="derivative of exp(x) − 1: exp(x)", reference="DLMF 4.7.7", doc="exp(x) − 1, accurate for small x.",
)  # fmt: skip

# ------------------------------------------------------------------ trigonometric functions (radians)

sin = elementwise(
    "sin",
    derivative=lambda x, y: cos(x),
    canonical=canonical.sine, parity="odd", range=CLOSED_UNIT,
    evaluate=np.sin, numpy="np.sin({0})", jax="jnp.sin({0})", torch="torch.sin({0})", latex=r"\sin",
    c="sin({0})",
    rule="derivative of sin: cos", reference="A&S 4.3.105", doc="The sine of an angle in radians.",
)  # fmt: skip

cos = elementwise(
    "cos",
    derivative=lambda x, y: -sin(x),
    canonical=canonical.cosine, parity="even", range=CLOSED_UNIT,
    evaluate=np.cos, numpy="np.cos({0})", jax="jnp.cos({0})", torch="torch.cos({0})", latex=r"\cos",
    c="cos({0})",
    rule="derivative of cos: −sin", reference="A&S 4.3.106", doc="The cosine of an angle in radians.",
)  # fmt: skip

tan = elementwise(
    "tan",
    inflection=(0, "concave", "convex"),
    derivative=lambda x, y: cos(x) ** -2,
    canonical=canonical.odd, parity="odd", domain=Interval(-pi / 2, pi / 2), monotone="increasing",
    evaluate=np.tan, numpy="np.tan({0})", jax="jnp.tan({0})", torch="torch.tan({0})", latex=r"\tan",
    c="tan({0})",
    rule="derivative of tan: 1/cos²", reference="A&S 4.3.107", doc="The tangent of an angle in radians.",
)  # fmt: skip

cot = elementwise(
    "cot",
    derivative=lambda x, y: -(sin(x) ** -2),
    define=lambda x: cos(x) / sin(x),
    canonical=canonical.odd_with_pole, parity="odd", domain=Interval(0, pi), monotone="decreasing",
    evaluate=lambda x: np.cos(x) / np.sin(x),
    numpy="(1/np.tan({0}))", jax="(1/jnp.tan({0}))", torch="(1/torch.tan({0}))", latex=r"\cot",
    c="(1/tan({0}))",
    rule="derivative of cot: −1/sin²", reference="A&S 4.3.110", doc="The cotangent cos/sin.",
)  # fmt: skip

sec = elementwise(
    "sec",
    derivative=lambda x, y: y * tan(x),
    define=lambda x: 1 / cos(x),
    canonical=canonical.even, parity="even", domain=Interval(-pi / 2, pi / 2),
    curvature="convex",
    evaluate=lambda x: 1 / np.cos(x),
    numpy="(1/np.cos({0}))", jax="(1/jnp.cos({0}))", torch="(1/torch.cos({0}))", latex=r"\sec",
    c="(1/cos({0}))",
    rule="derivative of sec: sec · tan", reference="A&S 4.3.109", doc="The secant 1/cos.",
)  # fmt: skip

csc = elementwise(
    "csc", aliases=("cosec",),
    derivative=lambda x, y: -y * cot(x),
    define=lambda x: 1 / sin(x),
    canonical=canonical.odd_with_pole, parity="odd", domain=Interval(0, pi),
    curvature="convex",
    evaluate=lambda x: 1 / np.sin(x),
    numpy="(1/np.sin({0}))", jax="(1/jnp.sin({0}))", torch="(1/torch.sin({0}))", latex=r"\csc",
    c="(1/sin({0}))",
    rule="derivative of csc: −csc · cot", reference="A&S 4.3.108", doc="The cosecant 1/sin.",
)  # fmt: skip

arcsin = elementwise(
    "arcsin", aliases=("asin",),
    inflection=(0, "concave", "convex"),
    derivative=lambda x, y: (1 - x**2) ** -HALF,
    canonical=canonical.odd, parity="odd", domain=UNIT, range=Interval(-pi / 2, pi / 2, "[]"),
    sign="same", monotone="increasing",
    inverse=lambda y: sin(y),
    evaluate=np.arcsin, numpy="np.arcsin({0})", jax="jnp.arcsin({0})", torch="torch.arcsin({0})", latex=r"\arcsin",
    c="asin({0})",
    rule="derivative of arcsin: 1/√(1 − x²)", reference="A&S 4.4.52", doc="The inverse sine, in [−π/2, π/2].",
)  # fmt: skip

arccos = elementwise(
    "arccos", aliases=("acos",),
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: -((1 - x**2) ** -HALF),
    domain=UNIT, range=Interval(0, pi, "[]"), sign="+", monotone="decreasing",
    inverse=lambda y: cos(y),
    evaluate=np.arccos, numpy="np.arccos({0})", jax="jnp.arccos({0})", torch="torch.arccos({0})", latex=r"\arccos",
    c="acos({0})",
    rule="derivative of arccos: −1/√(1 − x²)", reference="A&S 4.4.53", doc="The inverse cosine, in [0, π].",
)  # fmt: skip

arctan = elementwise(
    "arctan", aliases=("atan",),
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: 1 / (1 + x**2),
    canonical=canonical.odd, parity="odd", range=Interval(-pi / 2, pi / 2, "[]"), sign="same", monotone="increasing",
    inverse=lambda y: tan(y),
    evaluate=np.arctan, numpy="np.arctan({0})", jax="jnp.arctan({0})", torch="torch.arctan({0})", latex=r"\arctan",
    c="atan({0})",
    rule="derivative of arctan: 1/(1 + x²)", reference="A&S 4.4.54", doc="The inverse tangent, in (−π/2, π/2).",
)  # fmt: skip

# ------------------------------------------------------------------ hyperbolic functions

sinh = elementwise(
    "sinh",
    inflection=(0, "concave", "convex"),
    derivative=lambda x, y: cosh(x),
    canonical=canonical.odd, parity="odd", sign="same", monotone="increasing",
    inverse=lambda y: arcsinh(y),
    evaluate=np.sinh, numpy="np.sinh({0})", jax="jnp.sinh({0})", torch="torch.sinh({0})", latex=r"\sinh",
    c="sinh({0})",
    rule="derivative of sinh: cosh", reference="A&S 4.5.71", doc="The hyperbolic sine.",
)  # fmt: skip

cosh = elementwise(
    "cosh",
    log_curvature="convex",
    derivative=lambda x, y: sinh(x),
    canonical=canonical.even, parity="even", range=Interval(1, INFINITY, "[)"), sign="+", curvature="convex",
    evaluate=np.cosh, numpy="np.cosh({0})", jax="jnp.cosh({0})", torch="torch.cosh({0})", latex=r"\cosh",
    c="cosh({0})",
    rule="derivative of cosh: sinh", reference="A&S 4.5.72", doc="The hyperbolic cosine.",
)  # fmt: skip

tanh = elementwise(
    "tanh",
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: 1 - y**2,
    canonical=canonical.odd, parity="odd", range=CLOSED_UNIT, sign="same", monotone="increasing",
    inverse=lambda y: arctanh(y),
    evaluate=np.tanh, numpy="np.tanh({0})", jax="jnp.tanh({0})", torch="torch.tanh({0})", latex=r"\tanh",
    c="tanh({0})",
    rule="derivative of tanh: 1 − tanh²", reference="A&S 4.5.73", doc="The hyperbolic tangent.",
)  # fmt: skip

arcsinh = elementwise(
    "arcsinh", aliases=("asinh", "arsinh"),
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: (1 + x**2) ** -HALF,
    canonical=canonical.odd, parity="odd", sign="same", monotone="increasing",
    inverse=lambda y: sinh(y),
    evaluate=np.arcsinh, numpy="np.arcsinh({0})", jax="jnp.arcsinh({0})", torch="torch.arcsinh({0})",
    c="asinh({0})",
    rule="derivative of arsinh: 1/√(1 + x²)", reference="A&S 4.6.37", doc="The inverse hyperbolic sine.",
)  # fmt: skip

arccosh = elementwise(
    "arccosh", aliases=("acosh", "arcosh"),
    derivative=lambda x, y: (x**2 - 1) ** -HALF,
    domain=Interval(1, INFINITY), range=NONNEGATIVE, sign="0+", monotone="increasing", curvature="concave",
    inverse=lambda y: cosh(y),
    evaluate=np.arccosh, numpy="np.arccosh({0})", jax="jnp.arccosh({0})", torch="torch.arccosh({0})",
    c="acosh({0})",
    rule="derivative of arcosh: 1/√(x² − 1)", reference="A&S 4.6.38", doc="The inverse hyperbolic cosine.",
)  # fmt: skip

arctanh = elementwise(
    "arctanh", aliases=("atanh", "artanh"),
    inflection=(0, "concave", "convex"),
    derivative=lambda x, y: 1 / (1 - x**2),
    canonical=canonical.odd, parity="odd", domain=UNIT, sign="same", monotone="increasing",
    inverse=lambda y: tanh(y),
    evaluate=np.arctanh, numpy="np.arctanh({0})", jax="jnp.arctanh({0})", torch="torch.arctanh({0})",
    c="atanh({0})",
    rule="derivative of artanh: 1/(1 − x²)", reference="A&S 4.6.39", doc="The inverse hyperbolic tangent.",
)  # fmt: skip

sech = elementwise(
    "sech",
    derivative=lambda x, y: -y * tanh(x),
    canonical=lambda op, x: 1 / cosh(x),
    parity="even", range=OPEN_TO_ONE, sign="+",
    evaluate=lambda x: 1 / np.cosh(x), numpy="(1/np.cosh({0}))", jax="(1/jnp.cosh({0}))", torch="(1/torch.cosh({0}))",
    c="(1/cosh({0}))",
    rule="derivative of sech: −sech · tanh", reference="A&S 4.5.75", doc="The hyperbolic secant 1/cosh.",
)  # fmt: skip

csch = elementwise(
    "csch",
    derivative=lambda x, y: -y * cosh(x) / sinh(x),
    canonical=lambda op, x: 1 / sinh(x),
    parity="odd", domain=POSITIVE, range=POSITIVE, sign="same", monotone="decreasing", curvature="convex",
    evaluate=lambda x: 1 / np.sinh(x), numpy="(1/np.sinh({0}))", jax="(1/jnp.sinh({0}))", torch="(1/torch.sinh({0}))",
    c="(1/sinh({0}))",
    rule="derivative of csch: −csch · coth", reference="A&S 4.5.74", doc="The hyperbolic cosecant 1/sinh.",
)  # fmt: skip

coth = elementwise(
    "coth",
    derivative=lambda x, y: 1 - y**2,
    canonical=lambda op, x: 1 / tanh(x),
    parity="odd", domain=POSITIVE, range=Interval(1, INFINITY, "[)"), sign="same", monotone="decreasing",
    curvature="convex",
    evaluate=lambda x: 1 / np.tanh(x), numpy="(1/np.tanh({0}))", jax="(1/jnp.tanh({0}))", torch="(1/torch.tanh({0}))",
    c="(1/tanh({0}))",
    rule="derivative of coth: 1 − coth²", reference="A&S 4.5.76", doc="The hyperbolic cotangent cosh/sinh.",
)  # fmt: skip

# ------------------------------------------------------------------ powers

cbrt = elementwise(
    "cbrt",
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: Fraction(1, 3) * y**-2,
    canonical=canonical.odd, parity="odd", sign="same", monotone="increasing", breaks={0: 1},
    inverse=lambda y: y**3,
    evaluate=lambda x: np.sign(x.real) * (np.sign(x.real) * x) ** (1 / 3) if np.iscomplexobj(x) else np.cbrt(x),
    numpy="np.cbrt({0})", jax="jnp.cbrt({0})",
    torch="(torch.sign({0})*torch.abs({0})**(1/3))", latex=r"\sqrt[3]",
    c="cbrt({0})",
    rule="derivative of the cube root: 1/(3 y²)", reference="DLMF 4.7.10", doc="The real cube root.",
)  # fmt: skip

pow = elementwise(
    "pow",
    along=lambda x, e: (power_along(x, e), ("convex", rising_from(1, x))),
    arity=2,
    derivative=(lambda x, e, y: e * power(x, e - 1), lambda x, e, y: y * log(x)),
    canonical=canonical.pow,
    domain=(POSITIVE, REAL), range=POSITIVE, sign=lambda x, e: x if x in ("+", "0+") else None,
    evaluate=lambda x, e: x**e,
    numpy="{0}**{1}", jax="{0}**{1}", torch="{0}**{1}",
    c="pow({0}, {1})",
    rule="derivative of a power: e xᵉ⁻¹ in x, xᵉ log x in e", reference="DLMF 4.7.9 and 4.7.10",
    doc="x to an exponent that is itself an expression; x > 0.",
)  # fmt: skip


use_for_symbolic_powers(pow)

exp2 = elementwise(
    "exp2",
    log_curvature="affine",
    derivative=lambda x, y: y * log(2),
    canonical=lambda op, x: power(2, x),
    range=POSITIVE, sign="+", monotone="increasing", curvature="convex",
    evaluate=lambda x: 2.0**x, numpy="np.exp2({0})", jax="jnp.exp2({0})", torch="torch.exp2({0})",
    c="exp2({0})",
    rule="derivative of 2ˣ: 2ˣ ln 2", reference="DLMF 4.7.9", doc="2 to the power x.",
)  # fmt: skip

hypot = elementwise(
    "hypot", arity=2,
    derivative=(lambda a, b, y: a / y, lambda a, b, y: b / y),
    canonical=lambda op, a, b: power(a**2 + b**2, HALF),
    sign="0+", range=NONNEGATIVE, curvature="convex",
    evaluate=lambda a, b: np.sqrt(a**2 + b**2),
    numpy="np.hypot({0}, {1})", jax="jnp.hypot({0}, {1})", torch="torch.hypot({0}, {1})",
    c="hypot({0}, {1})",
    rule="derivative of the hypotenuse: side over hypotenuse", reference="DLMF 1.9", doc="√(a² + b²), entry by entry.",
)  # fmt: skip

arctan2 = elementwise(
    "arctan2", aliases=("atan2",), arity=2,
    derivative=(lambda a, b, y: b / (a**2 + b**2), lambda a, b, y: -a / (a**2 + b**2)),
    range=Interval(-pi, pi, "[]"),
    margin=lambda a, b: np.where(b > 0, np.hypot(a, b), np.abs(a)),  # the angle jumps across the negative half axis
    evaluate=arrays.arctan2,
    numpy="np.arctan2({0}, {1})", jax="jnp.arctan2({0}, {1})", torch="torch.arctan2({0}, {1})",
    c="atan2({0}, {1})",
    rule="derivative of the angle: (b, −a)/(a² + b²)", reference="DLMF 4.23", doc="The angle of the point (b, a), in (−π, π].",
)  # fmt: skip


def sqrt(x) -> Node:
    """√x, as the power ½."""
    return power(as_node(x), HALF)


def square(x) -> Node:
    """x², each entry by itself."""
    return power(as_node(x), 2)


def reciprocal(x) -> Node:
    """1/x, each entry by itself."""
    return power(as_node(x), -1)


# ------------------------------------------------------------------ kinks and steps


abs = elementwise(
    "abs", aliases=("absolute", "fabs"),
    derivative=lambda x, y: sign(x),
    canonical=canonical.abs, parity="even", range=NONNEGATIVE, sign="0+", curvature="convex", breaks={0: 1},
    evaluate=arrays.magnitude,
    numpy="np.abs({0})", jax="jnp.abs({0})", torch="torch.abs({0})",
    c="fabs({0})",
    rule="derivative of |x|: sign(x), for x ≠ 0", reference="DLMF 1.4", doc="The absolute value.",
)  # fmt: skip

sign = elementwise(
    "sign", aliases=("sgn",),
    derivative=lambda x, y: zeros(x.dims),
    canonical=canonical.sign, parity="odd", range=CLOSED_UNIT, sign="same", monotone="nondecreasing", breaks={0: 0},
    evaluate=lambda x: np.sign(real(x)),
    numpy="np.sign({0})", jax="jnp.sign({0})", torch="torch.sign({0})", latex=r"\operatorname{sign}",
    c="({0} != {0} ? {0} : ({0} > 0) - ({0} < 0))",
    rule="derivative of sign: 0, for x ≠ 0", reference="DLMF 1.4", doc="−1, 0 or 1: the sign.",
)  # fmt: skip

step = elementwise(
    "step", aliases=("heaviside",),
    derivative=lambda x, y: zeros(x.dims),
    canonical=canonical.step, monotone="nondecreasing", breaks={0: 0}, values="01", range=CLOSED01, sign="0+",
    evaluate=lambda x: (real(x) > 0) * 1.0,
    numpy="({0} > 0)", jax="({0} > 0)", torch="({0} > 0)", latex=r"\operatorname{step}",
    c="({0} > 0)",
    rule="derivative of step: 0, for x ≠ 0", reference="DLMF 1.16(iv)", doc="1 where x > 0, else 0.",
)  # fmt: skip
