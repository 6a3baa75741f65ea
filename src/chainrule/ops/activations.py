"""Activation functions: what neural networks put between their linear layers.

Names and constants as in PyTorch's `torch.nn.functional`; each cites where it was proposed. Parameters (a slope,
a threshold) are arguments like any other, so that they can be differentiated too.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..core.algebra import number, power, zeros
from ..core.node import Node
from . import arrays, canonical
from .arrays import real
from .declare import (
    CLOSED01,
    INFINITY,
    NONNEGATIVE,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    elementwise,
)
from .bounded import slope_below, within
from .choices import between, clip, greater, where
from .elementary import abs, exp, expm1, log, log1p, sign, step, tanh
from .special import erf

HALF = Fraction(1, 2)
PI = number("pi")
SELU_ALPHA = 1.6732632423543772  # Klambauer et al. (2017), equation 14
SELU_SCALE = 1.0507009873554805


# ------------------------------------------------------------------ smooth

sigmoid = elementwise(
    "sigmoid", aliases=("sigma", "σ", "logistic", "expit"),
    inflection=(0, "convex", "concave"),
    log_curvature="concave",
    derivative=lambda x, y: y * (1 - y),
    define=lambda x: (1 + tanh(x / 2)) / 2,
    canonical=canonical.sigmoid, range=CLOSED01, sign="+", monotone="increasing",
    inverse=lambda y: log(y / (1 - y)),
    evaluate=arrays.sigmoid, numpy="(1/(1 + np.exp(-{0})))", safe="np.exp(-np.logaddexp(0.0, -{0}))",
    jax="jax.nn.sigmoid({0})", torch="torch.sigmoid({0})", text="σ", latex=r"\sigma",
    c="(1/(1 + exp(-{0})))",
    rule="derivative of the sigmoid: σ(1 − σ)", reference="Verhulst (1845)",
    doc="The logistic sigmoid 1/(1 + e⁻ˣ).",
)  # fmt: skip

softplus = elementwise(
    "softplus",
    log_curvature="concave",
    derivative=lambda x, y: sigmoid(x),
    define=lambda x: log1p(exp(x)),
    range=NONNEGATIVE, sign="+", monotone="increasing", curvature="convex",
    inverse=lambda y: log(expm1(y)),
    evaluate=arrays.softplus, numpy="np.log1p(np.exp({0}))", safe="np.logaddexp(0.0, {0})",
    jax="jax.nn.softplus({0})", torch="torch.nn.functional.softplus({0})",
    c="(({0} <= 0 ? 0 : {0}) + log1p(exp(-fabs({0}))))",
    rule="derivative of softplus: σ(x)", reference="Dugas et al., NIPS 2000", doc="log(1 + eˣ), a smooth relu.",
)  # fmt: skip

silu = elementwise(
    "silu", aliases=("swish",),
    derivative=lambda x, y: sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
    define=lambda x: x * sigmoid(x),
    sign="same", range=Interval(-0.2785, INFINITY),
    evaluate=lambda x: x * arrays.sigmoid(x), numpy="({0}/(1 + np.exp(-{0})))",
    safe="({0}*np.exp(-np.logaddexp(0.0, -{0})))",
    jax="jax.nn.silu({0})", torch="torch.nn.functional.silu({0})",
    c="({0}/(1 + exp(-{0})))",
    rule="derivative of silu: σ + x σ(1 − σ)", reference="Hendrycks & Gimpel, arXiv:1606.08415",
    doc="x σ(x).",
)  # fmt: skip

gelu = elementwise(
    "gelu",
    derivative=lambda x, y: HALF * (1 + erf(x / _root2())) + x * _normal_density(x),
    define=lambda x: HALF * x * (1 + erf(x / _root2())),
    sign="same", range=Interval(-0.1701, INFINITY),
    evaluate=lambda x: 0.5 * x * (1 + arrays.erf(x / np.sqrt(2.0))),
    numpy="(0.5*{0}*(1 + erf({0}/np.sqrt(2))))", imports="from chainrule.ops.arrays import erf",
    jax="jax.nn.gelu({0}, approximate=False)", torch="torch.nn.functional.gelu({0})",
    c="(0.5*{0}*(1 + erf({0}*0.7071067811865476)))",
    rule="derivative of gelu: Φ(x) + x φ(x)", reference="Hendrycks & Gimpel, arXiv:1606.08415",
    doc="x Φ(x), Φ the normal distribution function.",
)  # fmt: skip


def _root2() -> Node:
    return power(number(2), HALF)


def _normal_density(x: Node) -> Node:
    """The standard normal density."""
    return exp(-(x**2) / 2) / power(2 * PI, HALF)


def _gelu_inner(x: Node) -> Node:
    return power(2 / PI, HALF) * (x + 0.044715 * x**3)


gelu_tanh = elementwise(
    "gelu_tanh",
    derivative=lambda x, y: (
        HALF * (1 + tanh(_gelu_inner(x)))
        + HALF * x * (1 - tanh(_gelu_inner(x)) ** 2) * power(2 / PI, HALF) * (1 + 3 * 0.044715 * x**2)
    ),
    define=lambda x: HALF * x * (1 + tanh(_gelu_inner(x))),
    sign="same", range=Interval(-0.1701, INFINITY),
    evaluate=lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    numpy="(0.5*{0}*(1 + np.tanh(np.sqrt(2/np.pi)*({0} + 0.044715*{0}**3))))",
    jax="jax.nn.gelu({0}, approximate=True)", torch="torch.nn.functional.gelu({0}, approximate='tanh')",
    c="(0.5*{0}*(1 + tanh(0.7978845608028654*({0} + 0.044715*{0}*{0}*{0}))))",
    rule="derivative of gelu (tanh form)", reference="Hendrycks & Gimpel, arXiv:1606.08415",
    doc="gelu with its distribution function approximated by a tanh.",
)  # fmt: skip

mish = elementwise(
    "mish",
    derivative=lambda x, y: tanh(softplus(x)) + x * (1 - tanh(softplus(x)) ** 2) * sigmoid(x),
    define=lambda x: x * tanh(softplus(x)),
    sign="same", range=Interval(-0.3089, INFINITY),
    evaluate=lambda x: x * np.tanh(arrays.softplus(x)), numpy="({0}*np.tanh(np.logaddexp(0.0, {0})))",
    jax="jax.nn.mish({0})", torch="torch.nn.functional.mish({0})",
    c="({0}*tanh(({0} <= 0 ? 0 : {0}) + log1p(exp(-fabs({0})))))",
    rule="derivative of mish: tanh s + x (1 − tanh² s) σ, s = softplus x", reference="Misra, arXiv:1908.08681",
    doc="x tanh(softplus x).",
)  # fmt: skip

logsigmoid = elementwise(
    "logsigmoid", aliases=("log_sigmoid",),
    derivative=lambda x, y: 1 - sigmoid(x),
    canonical=lambda op, x: -softplus(-x),
    range=Interval(-INFINITY, 0, "(]"), sign="-", monotone="increasing", curvature="concave",
    evaluate=lambda x: -arrays.softplus(-x), numpy="(-np.log1p(np.exp(-{0})))", safe="(-np.logaddexp(0.0, -{0}))",
    jax="jax.nn.log_sigmoid({0})", torch="torch.nn.functional.logsigmoid({0})",
    c="(({0} >= 0 ? 0 : {0}) - log1p(exp(-fabs({0}))))",
    rule="derivative of log σ: 1 − σ", reference="Dugas et al., NIPS 2000", doc="log σ(x) = −softplus(−x).",
)  # fmt: skip

softsign = elementwise(
    "softsign",
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: (1 + abs(x)) ** -2,
    define=lambda x: x / (1 + abs(x)),
    canonical=canonical.odd, parity="odd", range=UNIT, sign="same", monotone="increasing", breaks={0: 2},
    inverse=lambda y: y / (1 - abs(y)),
    evaluate=lambda x: x / (1 + abs.evaluate(x)), numpy="({0}/(1 + np.abs({0})))",
    jax="jax.nn.soft_sign({0})", torch="torch.nn.functional.softsign({0})",
    c="({0}/(1 + fabs({0})))",
    rule="derivative of softsign: (1 + |x|)⁻²", reference="Glorot & Bengio, AISTATS 2010",
    doc="x/(1 + |x|).",
)  # fmt: skip

tanhshrink = elementwise(
    "tanhshrink",
    inflection=(0, "concave", "convex"),
    derivative=lambda x, y: tanh(x) ** 2,
    define=lambda x: x - tanh(x),
    canonical=canonical.odd, parity="odd", sign="same", monotone="nondecreasing",
    evaluate=lambda x: x - np.tanh(x), numpy="({0} - np.tanh({0}))",
    jax="({0} - jnp.tanh({0}))", torch="torch.nn.functional.tanhshrink({0})",
    c="({0} - tanh({0}))",
    rule="derivative of tanhshrink: tanh²", reference="torch.nn.Tanhshrink", doc="x − tanh x.",
)  # fmt: skip

# ------------------------------------------------------------------ piecewise

relu = elementwise(
    "relu", aliases=("ReLU", "rectifier"),
    derivative=lambda x, y: step(x),
    canonical=canonical.relu,
    range=NONNEGATIVE, sign="0+", monotone="nondecreasing", curvature="convex", breaks={0: 1},
    evaluate=lambda x: np.where(real(x) > 0, x, 0.0), numpy="np.maximum({0}, 0)",
    jax="jax.nn.relu({0})", torch="torch.relu({0})",
    c="({0} <= 0 ? 0 : {0})",
    rule="derivative of relu: 1 where x > 0, else 0", reference="Nair & Hinton, ICML 2010", doc="max(x, 0).",
)  # fmt: skip

relu6 = elementwise(
    "relu6",
    derivative=lambda x, y: between(0, x, 6),
    define=lambda x: clip(x, 0, 6),
    range=Interval(0, 6, "[]"), sign="0+", monotone="nondecreasing", breaks={0: 1, 6: 1},
    evaluate=lambda x: clip.evaluate(x, 0.0, 6.0), numpy="np.clip({0}, 0, 6)",
    jax="jax.nn.relu6({0})", torch="torch.nn.functional.relu6({0})",
    c="({0} < 0 ? 0 : {0} > 6 ? 6 : {0})",
    rule="derivative of relu6: 1 for 0 < x < 6, else 0", reference="Howard et al., arXiv:1704.04861",
    doc="x held between 0 and 6.",
)  # fmt: skip

prelu = elementwise(
    "prelu", arity=2,
    along=lambda x, a: (slope_below(a), ("affine", None)),
    derivative=(lambda x, a, y: where(step(x), 1, a), lambda x, a, y: -relu(-x)),
    define=lambda x, a: relu(x) - a * relu(-x),
    margin=lambda x, a: np.abs(x),
    evaluate=lambda x, a: np.where(real(x) > 0, x, a * x), numpy="np.where({0} > 0, {0}, {1}*{0})",
    jax="jnp.where({0} > 0, {0}, {1}*{0})", torch="torch.where({0} > 0, {0}, {1}*{0})",
    c="({0} > 0 ? {0} : {1}*{0})",
    rule="derivative of prelu: 1 where x > 0, else a", reference="He et al., ICCV 2015",
    doc="x where x > 0, else a x.",
)  # fmt: skip

leaky_relu = elementwise(
    "leaky_relu", arity=2, defaults=(Fraction(1, 100),),
    canonical=lambda op, x, slope: prelu(x, slope),
    derivative=(lambda x, a, y: where(step(x), 1, a), lambda x, a, y: -relu(-x)),
    margin=lambda x, a: np.abs(x),
    evaluate=prelu.evaluate, numpy="np.where({0} > 0, {0}, {1}*{0})",
    jax="jax.nn.leaky_relu({0}, {1})", torch="torch.where({0} > 0, {0}, {1}*{0})",
    c="({0} > 0 ? {0} : {1}*{0})",
    rule="derivative of leaky relu: 1 where x > 0, else the slope", reference="Maas et al., ICML 2013",
    doc="x where x > 0, else slope · x (0.01 by default).",
)  # fmt: skip

elu = elementwise(
    "elu", arity=2, defaults=(1,),
    along=lambda x, a: (("convex", "nondecreasing") if within(a, 0, 1) else (None, None), ("affine", None)),
    derivative=(
        lambda x, a, y: where(step(x), 1, a * exp(x)),
        lambda x, a, y: where(step(x), 0, exp(x) - 1),
    ),
    define=lambda x, a: where(step(x), x, a * (exp(x) - 1)),
    margin=lambda x, a: np.abs(x),
    evaluate=lambda x, a: np.where(real(x) > 0, x, a * np.expm1(np.where(real(x) > 0, 0.0, x))),
    numpy="np.where({0} > 0, {0}, {1}*(np.exp({0}) - 1))", safe="np.where({0} > 0, {0}, {1}*np.expm1(np.minimum({0}, 0)))",
    jax="jax.nn.elu({0}, {1})",
    torch="torch.where({0} > 0, {0}, {1}*torch.expm1(torch.clamp({0}, max=0)))",
    c="({0} > 0 ? {0} : {1}*expm1({0} > 0 ? 0 : {0}))",
    rule="derivative of elu: 1 where x > 0, else a eˣ", reference="Clevert et al., ICLR 2016",
    doc="x where x > 0, else a(eˣ − 1).",
)  # fmt: skip

selu = elementwise(
    "selu",
    derivative=lambda x, y: where(step(x), SELU_SCALE, SELU_SCALE * SELU_ALPHA * exp(x)),
    define=lambda x: where(step(x), SELU_SCALE * x, SELU_SCALE * SELU_ALPHA * (exp(x) - 1)),
    range=Interval(-SELU_SCALE * SELU_ALPHA, INFINITY), sign="same", monotone="increasing", breaks={0: 1},
    evaluate=lambda x: SELU_SCALE * elu.evaluate(x, SELU_ALPHA),
    numpy=f"np.where({{0}} > 0, {SELU_SCALE}*{{0}}, {SELU_SCALE * SELU_ALPHA}*np.expm1({{0}}))",
    safe=f"np.where({{0}} > 0, {SELU_SCALE}*{{0}}, {SELU_SCALE * SELU_ALPHA}*np.expm1(np.minimum({{0}}, 0)))",
    jax="jax.nn.selu({0})", torch="torch.nn.functional.selu({0})",
    c=f"({{0}} > 0 ? {SELU_SCALE}*{{0}} : {SELU_SCALE * SELU_ALPHA}*expm1({{0}} > 0 ? 0 : {{0}}))",
    rule="derivative of selu: λ where x > 0, else λ a eˣ", reference="Klambauer et al., NIPS 2017",
    doc="elu with the slope and scale that keep mean 0 and variance 1.",
)  # fmt: skip

celu = elementwise(
    "celu", arity=2, defaults=(1,),
    along=lambda x, a: (("convex", "increasing"), (None, None)),
    derivative=(
        lambda x, a, y: where(step(x), 1, exp(x / a)),
        lambda x, a, y: where(step(x), 0, exp(x / a) - 1 - x / a * exp(x / a)),
    ),
    define=lambda x, a: where(step(x), x, a * (exp(x / a) - 1)),
    margin=lambda x, a: np.abs(x),
    domain=(REAL, POSITIVE),
    evaluate=lambda x, a: np.where(real(x) > 0, x, a * np.expm1(np.where(real(x) > 0, 0.0, x) / a)),
    numpy="np.where({0} > 0, {0}, {1}*(np.exp({0}/{1}) - 1))",
    safe="np.where({0} > 0, {0}, {1}*np.expm1(np.minimum({0}, 0)/{1}))",
    jax="jax.nn.celu({0}, {1})",
    torch="torch.where({0} > 0, {0}, {1}*torch.expm1(torch.clamp({0}, max=0)/{1}))",
    c="({0} > 0 ? {0} : {1}*expm1(({0} > 0 ? 0 : {0})/{1}))",
    rule="derivative of celu: 1 where x > 0, else exp(x/a)", reference="Barron, arXiv:1704.07483",
    doc="x where x > 0, else a(exp(x/a) − 1); a > 0.",
)  # fmt: skip

hardtanh = elementwise(
    "hardtanh",
    canonical=lambda op, x: clip(x, -1, 1),
    derivative=lambda x, y: between(-1, x, 1),
    parity="odd", range=Interval(-1, 1, "[]"), sign="same", monotone="nondecreasing", breaks={-1: 1, 1: 1},
    evaluate=lambda x: clip.evaluate(x, -1.0, 1.0), numpy="np.clip({0}, -1, 1)",
    jax="jax.nn.hard_tanh({0})", torch="torch.nn.functional.hardtanh({0})",
    c="({0} < -1 ? -1 : {0} > 1 ? 1 : {0})",
    rule="derivative of hardtanh: 1 for |x| < 1, else 0", reference="Collobert (2004)",
    doc="x held between −1 and 1.",
)  # fmt: skip

hardsigmoid = elementwise(
    "hardsigmoid",
    derivative=lambda x, y: between(-3, x, 3) / 6,
    define=lambda x: clip(x / 6 + HALF, 0, 1),
    range=CLOSED01, sign="0+", monotone="nondecreasing", breaks={-3: 1, 3: 1},
    evaluate=lambda x: clip.evaluate(x / 6 + 0.5, 0.0, 1.0), numpy="np.clip({0}/6 + 0.5, 0, 1)",
    jax="jax.nn.hard_sigmoid({0})", torch="torch.nn.functional.hardsigmoid({0})",
    c="({0} < -3 ? 0 : {0} > 3 ? 1 : {0}/6 + 0.5)",
    rule="derivative of hardsigmoid: 1/6 for |x| < 3, else 0", reference="Courbariaux et al., NIPS 2015",
    doc="x/6 + ½ held between 0 and 1.",
)  # fmt: skip

hardswish = elementwise(
    "hardswish",
    derivative=lambda x, y: hardsigmoid(x) + x * between(-3, x, 3) / 6,
    define=lambda x: x * clip(x / 6 + HALF, 0, 1),
    sign=lambda s: "0-" if s == "-" else s, range=Interval(-0.376, INFINITY), breaks={-3: 1, 3: 1},
    evaluate=lambda x: x * clip.evaluate(x / 6 + 0.5, 0.0, 1.0), numpy="({0}*np.clip({0}/6 + 0.5, 0, 1))",
    jax="jax.nn.hard_swish({0})", torch="torch.nn.functional.hardswish({0})",
    c="({0}*({0} < -3 ? 0 : {0} > 3 ? 1 : {0}/6 + 0.5))",
    rule="derivative of hardswish: x/3 + ½ for |x| < 3", reference="Howard et al., ICCV 2019",
    doc="x hardsigmoid(x).",
)  # fmt: skip

softshrink = elementwise(
    "softshrink", arity=2, defaults=(HALF,), aliases=("soft_threshold",),
    derivative=(
        lambda x, a, y: greater(abs(x), a),
        lambda x, a, y: -sign(y),
    ),
    define=lambda x, a: relu(x - a) - relu(-x - a),
    margin=lambda x, a: np.where(a > 0, np.abs(np.abs(x) - a), 0.0),
    domain=(REAL, POSITIVE),
    evaluate=lambda x, a: np.where(real(x) > real(a), x - a, np.where(real(x) < -real(a), x + a, 0.0)),
    numpy="(np.maximum({0} - {1}, 0) - np.maximum(-{0} - {1}, 0))",
    jax="(jnp.maximum({0} - {1}, 0) - jnp.maximum(-{0} - {1}, 0))",
    torch="(torch.relu({0} - {1}) - torch.relu(-{0} - {1}))",
    c="({0} > {1} ? {0} - {1} : {0} < -{1} ? {0} + {1} : {0} != {0} ? {0} : 0)",
    rule="derivative of softshrink: 1 where |x| > a, else 0", reference="Donoho, IEEE Trans. Inf. Theory 41 (1995)",
    doc="x moved towards 0 by a > 0: the proximal map of a|x|.",
)  # fmt: skip

hardshrink = elementwise(
    "hardshrink", arity=2, defaults=(HALF,),
    derivative=(
        lambda x, a, y: greater(abs(x), a),
        lambda x, a, y: zeros(y.dims),
    ),
    define=lambda x, a: where(between(-a, x, a), 0, x),
    margin=lambda x, a: np.where(a > 0, np.abs(np.abs(x) - a), 0.0),
    domain=(REAL, POSITIVE),
    evaluate=lambda x, a: np.where(np.abs(real(x)) > real(a), x, 0.0),
    numpy="np.where(np.abs({0}) > {1}, {0}, 0)", jax="jnp.where(jnp.abs({0}) > {1}, {0}, 0)",
    torch="torch.where(torch.abs({0}) > {1}, {0}, 0)",
    c="(fabs({0}) > {1} ? {0} : 0)",
    rule="derivative of hardshrink: 1 where |x| > a, else 0", reference="Donoho, IEEE Trans. Inf. Theory 41 (1995)",
    doc="x where |x| > a, else 0; a > 0.",
)  # fmt: skip

threshold = elementwise(
    "threshold", arity=3,
    derivative=(
        lambda x, t, v, y: greater(x, t),
        lambda x, t, v, y: zeros(y.dims),
        lambda x, t, v, y: 1 - greater(x, t),
    ),
    define=lambda x, t, v: where(greater(x, t), x, v),
    margin=lambda x, t, v: np.abs(x - t),
    evaluate=lambda x, t, v: np.where(real(x) > real(t), x, v),
    numpy="np.where({0} > {1}, {0}, {2})", jax="jnp.where({0} > {1}, {0}, {2})",
    torch="torch.where({0} > {1}, {0}, {2})",
    c="({0} > {1} ? {0} : {2})",
    rule="derivative of threshold: 1 where x > t, else 0", reference="torch.nn.Threshold",
    doc="x where x > t, else v.",
)  # fmt: skip
