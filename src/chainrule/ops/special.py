"""Special functions: erf, the logarithm of Γ and its first derivatives, logit.

Reference: NIST Digital Library of Mathematical Functions (DLMF), chapters 5 and 7.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..core.algebra import number
from . import arrays, canonical
from .declare import CLOSED_UNIT, OPEN01, POSITIVE, elementwise
from .elementary import exp, log

HALF = Fraction(1, 2)
PI = number("pi")

erf = elementwise(
    "erf",
    inflection=(0, "convex", "concave"),
    derivative=lambda x, y: 2 * PI**-HALF * exp(-(x**2)),
    canonical=canonical.odd, parity="odd", range=CLOSED_UNIT, sign="same", monotone="increasing",
    evaluate=arrays.erf, numpy="erf({0})", imports="from chainrule.ops.arrays import erf",
    jax="jax.scipy.special.erf({0})", torch="torch.erf({0})",
    c="erf({0})",
    rule="derivative of erf: 2/√π · exp(−x²)", reference="A&S 7.1.1", doc="The error function 2/√π ∫₀ˣ exp(−t²) dt.",
)  # fmt: skip

erfc = elementwise(
    "erfc",
    inflection=(0, "concave", "convex"),
    log_curvature="concave",
    derivative=lambda x, y: -2 * PI**-HALF * exp(-(x**2)),
    define=lambda x: 1 - erf(x),
    sign="+", monotone="decreasing",
    evaluate=arrays.erfc, numpy="erfc({0})", imports="from chainrule.ops.arrays import erfc",
    jax="jax.scipy.special.erfc({0})", torch="torch.erfc({0})",
    c="erfc({0})",
    rule="derivative of erfc: −2/√π · exp(−x²)", reference="A&S 7.1.2", doc="1 − erf(x).",
)  # fmt: skip

lgamma = elementwise(
    "lgamma", aliases=("gammaln", "loggamma"),
    derivative=lambda x, y: digamma(x),
    domain=POSITIVE, curvature="convex",
    evaluate=arrays.lgamma, numpy="lgamma({0})", imports="from chainrule.ops.arrays import lgamma",
    jax="jax.scipy.special.gammaln({0})", torch="torch.lgamma({0})", text="lnΓ", latex=r"\ln\Gamma",
    c="lgamma({0})",
    rule="derivative of ln Γ: ψ", reference="DLMF 5.2.2", doc="The logarithm of the gamma function, for x > 0.",
)  # fmt: skip

digamma = elementwise(
    "digamma", aliases=("psi",),
    derivative=lambda x, y: trigamma(x),
    domain=POSITIVE, monotone="increasing", curvature="concave",
    evaluate=arrays.digamma, numpy="digamma({0})", imports="from chainrule.ops.arrays import digamma",
    jax="jax.scipy.special.digamma({0})", torch="torch.digamma({0})", text="ψ", latex=r"\psi",
    c="digamma({0})",
    rule="derivative of ψ: ψ′, the trigamma function", reference="DLMF 5.15.1",
    doc="ψ, the derivative of ln Γ, for x > 0.",
)  # fmt: skip

trigamma = elementwise(
    "trigamma",
    derivative=lambda x, y: tetragamma(x),
    domain=POSITIVE, range=POSITIVE, sign=lambda x: "+" if x == "+" else None, monotone="decreasing", curvature="convex",
    evaluate=arrays.trigamma, numpy="trigamma({0})", imports="from chainrule.ops.arrays import trigamma",
    jax="jax.scipy.special.polygamma(1, {0})", torch="torch.special.polygamma(1, {0})", text="ψ′", latex=r"\psi'",
    c="trigamma({0})",
    rule="derivative of ψ′: ψ″", reference="DLMF 5.15.1", doc="ψ′, the second derivative of ln Γ, for x > 0.",
)  # fmt: skip

tetragamma = elementwise(
    "tetragamma",
    domain=POSITIVE, sign=lambda x: "-" if x == "+" else None, monotone="increasing", curvature="concave",
    evaluate=arrays.tetragamma, numpy="tetragamma({0})", imports="from chainrule.ops.arrays import tetragamma",
    jax="jax.scipy.special.polygamma(2, {0})", torch="torch.special.polygamma(2, {0})", text="ψ″", latex=r"\psi''",
    c="tetragamma({0})",
    reference="DLMF 5.15.1", doc="ψ″, the third derivative of ln Γ, for x > 0; its own derivative is not declared.",
)  # fmt: skip

logit = elementwise(
    "logit",
    inflection=(0.5, "concave", "convex"),
    derivative=lambda x, y: 1 / (x * (1 - x)),
    define=lambda x: log(x) - log(1 - x),
    domain=OPEN01, monotone="increasing",
    inverse=lambda y: 1 / (1 + exp(-y)),
    evaluate=lambda x: np.log(x / (1 - x)), numpy="np.log({0}/(1 - {0}))",
    jax="jax.scipy.special.logit({0})", torch="torch.logit({0})",
    c="log({0}/(1 - {0}))",
    rule="derivative of logit: 1/(x(1 − x))", reference="Berkson, J. Am. Stat. Assoc. 39 (1944)",
    doc="log(x/(1 − x)), the inverse of the sigmoid.",
)  # fmt: skip
