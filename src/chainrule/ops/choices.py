"""Comparisons and choices: masks of zeros and ones, where, the larger and the smaller, clip.

Derivatives are those that hold almost everywhere; `margin` says how far a point is from where they do not.
"""

from __future__ import annotations

import numpy as np

from ..core.algebra import zeros
from . import decided
from .arrays import real
from .declare import CLOSED01, elementwise

_MASK = dict(values="01", range=CLOSED01, sign="0+")

# ------------------------------------------------------------------ comparisons: 1 where they hold, else 0

def _comparison(name, symbol, compare, canonical=None, **fields):
    return elementwise(
        name, arity=2, **_MASK,
        derivative=(lambda a, b, y: zeros(y.dims), lambda a, b, y: zeros(y.dims)),
        canonical=canonical, margin=lambda a, b: np.abs(a - b),
        evaluate=lambda a, b: compare(real(a), real(b)) * 1.0,
        numpy="({0} %s {1})" % symbol, jax="({0} %s {1})" % symbol, torch="({0} %s {1})" % symbol,
        c="({0} %s {1})" % symbol,
        text=symbol, rule="derivative of a comparison: 0, where the sides differ", reference="DLMF 1.16(iv)", **fields,
    )  # fmt: skip


greater = _comparison(
    "greater", ">", np.greater, decided.greater, latex=">", doc="1 where a > b, else 0.",
)  # fmt: skip
greater_equal = _comparison(
    "greater_equal", ">=", np.greater_equal, decided.equal_sides(1), latex=r"\ge", doc="1 where a ≥ b, else 0.",
)  # fmt: skip
less = _comparison(
    "less", "<", np.less, decided.less, latex="<", doc="1 where a < b, else 0.",
)  # fmt: skip
less_equal = _comparison(
    "less_equal", "<=", np.less_equal, decided.less_equal, latex=r"\le", doc="1 where a ≤ b, else 0.",
)  # fmt: skip
equal = _comparison(
    "equal", "==", np.equal, decided.equal_sides(1), latex="=", doc="1 where a = b, else 0.",
)  # fmt: skip
not_equal = _comparison(
    "not_equal", "!=", np.not_equal, decided.equal_sides(0), latex=r"\ne", doc="1 where a ≠ b, else 0.",
)  # fmt: skip

between = elementwise(
    "between", arity=3, **_MASK,
    derivative=(lambda a, x, b, y: zeros(y.dims),) * 3,
    canonical=decided.between,
    margin=lambda a, x, b: np.minimum(np.abs(x - a), np.abs(x - b)),
    evaluate=lambda a, x, b: ((real(a) < real(x)) & (real(x) < real(b))) * 1.0,
    numpy="(({0} < {1}) & ({1} < {2}))", jax="(({0} < {1}) & ({1} < {2}))", torch="(({0} < {1}) & ({1} < {2}))",
    c="({0} < {1} && {1} < {2})",
    rule="derivative of an indicator: 0, off the ends", reference="DLMF 1.16(iv)", doc="1 where a < x < b, else 0.",
)  # fmt: skip

# ------------------------------------------------------------------ choices


def joined_sign(*signs: str | None) -> str | None:
    """The sign of a value that is one of several with `signs`."""
    for strict in "+-":
        if all(s and s in (strict, "0" + strict, "0") for s in signs):
            return strict if all(s == strict for s in signs) else "0" + strict
    return None


where = elementwise(
    "where", arity=3,
    derivative=(
        lambda c, a, b, y: zeros(y.dims),
        lambda c, a, b, y: where(c, 1, 0),
        lambda c, a, b, y: where(c, 0, 1),
    ),
    canonical=decided.where,
    sign=lambda c, a, b: joined_sign(a, b),
    evaluate=lambda c, a, b: np.where(real(c) != 0, a, b),
    numpy="np.where({0}, {1}, {2})", jax="jnp.where({0}, {1}, {2})", torch="torch.where({0}, {1}, {2})",
    c="({0} != 0 ? {1} : {2})",
    rule="derivative of a choice: that of the branch chosen", reference="DLMF 1.4", doc="a where c ≠ 0, else b.",
)  # fmt: skip

maximum = elementwise(
    "maximum", arity=2,
    derivative=(lambda a, b, y: greater(a, b), lambda a, b, y: greater(b, a)),
    canonical=decided.maximum,
    margin=lambda a, b: np.abs(a - b), curvature="convex", monotone="nondecreasing",
    evaluate=lambda a, b: np.where(real(a) >= real(b), a, b),
    numpy="np.maximum({0}, {1})", jax="jnp.maximum({0}, {1})", torch="torch.maximum({0}, {1})", text="max", latex=r"\max",
    c="({0} >= {1} || {0} != {0} ? {0} : {1})",
    rule="derivative of max: 1 for the larger one", reference="Griewank & Walther (2008), ch. 14",
    doc="The larger of a and b, entry by entry.",
)  # fmt: skip

minimum = elementwise(
    "minimum", arity=2,
    derivative=(lambda a, b, y: greater(b, a), lambda a, b, y: greater(a, b)),
    canonical=decided.minimum,
    margin=lambda a, b: np.abs(a - b), curvature="concave", monotone="nondecreasing",
    evaluate=lambda a, b: np.where(real(a) <= real(b), a, b),
    numpy="np.minimum({0}, {1})", jax="jnp.minimum({0}, {1})", torch="torch.minimum({0}, {1})", text="min", latex=r"\min",
    c="({0} <= {1} || {0} != {0} ? {0} : {1})",
    rule="derivative of min: 1 for the smaller one", reference="Griewank & Walther (2008), ch. 14",
    doc="The smaller of a and b, entry by entry.",
)  # fmt: skip

clip = elementwise(
    "clip", arity=3, aliases=("clamp",),
    derivative=(
        lambda x, a, b, y: between(a, x, b),
        lambda x, a, b, y: greater(a, x),
        lambda x, a, b, y: greater(x, b),
    ),
    canonical=decided.clip,
    margin=lambda x, a, b: np.where(a <= b, np.minimum(np.abs(x - a), np.abs(x - b)), 0.0), monotone="nondecreasing",
    evaluate=lambda x, a, b: np.where(real(x) < real(a), a, np.where(real(x) > real(b), b, x)),
    numpy="np.clip({0}, {1}, {2})", jax="jnp.clip({0}, {1}, {2})", torch="torch.clamp({0}, {1}, {2})",
    c="({0} < {1} ? {1} : {0} > {2} ? {2} : {0})",
    rule="derivative of clip: 1 between its ends, else 0", reference="DLMF 1.4",
    doc="x held between a and b; a ≤ b.",
)  # fmt: skip
