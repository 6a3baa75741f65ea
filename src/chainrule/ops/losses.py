"""Losses that are operations of their own: what one residual costs; sum or average them outside."""

from __future__ import annotations

import numpy as np

from .activations import relu
from .arrays import magnitude, real
from .choices import clip
from .bounded import rising_from
from .declare import POSITIVE, REAL, elementwise
from .elementary import abs

huber = elementwise(
    "huber", arity=2, defaults=(1,),
    along=lambda r, d: (("convex", rising_from(0, r)), ("concave", "nondecreasing")),
    derivative=(
        lambda r, d, y: clip(r, -d, d),
        lambda r, d, y: relu(abs(r) - d),
    ),
    define=lambda r, d: (r**2 - relu(abs(r) - d) ** 2) / 2,
    domain=(REAL, POSITIVE), sign=lambda r, d: "0+" if d == "+" else None,
    margin=lambda r, d: np.where(d > 0, np.abs(np.abs(r) - d), 0.0),
    evaluate=lambda r, d: np.where(real(magnitude(r)) <= real(d), r**2 / 2, d * (magnitude(r) - d / 2)),
    numpy="np.where(np.abs({0}) <= {1}, {0}**2/2, {1}*(np.abs({0}) - {1}/2))",
    jax="jnp.where(jnp.abs({0}) <= {1}, {0}**2/2, {1}*(jnp.abs({0}) - {1}/2))",
    torch="torch.where(torch.abs({0}) <= {1}, {0}**2/2, {1}*(torch.abs({0}) - {1}/2))",
    c="(fabs({0}) <= {1} ? {0}*{0}/2 : {1}*(fabs({0}) - {1}/2))",
    rule="derivative of the Huber loss: r held between −d and d", reference="Huber, Ann. Math. Stat. 35 (1964)",
    doc="r²/2 where |r| ≤ d, else d(|r| − d/2); d > 0.",
)  # fmt: skip

RESIDUAL_LOSSES = (huber,)  # of a residual, and of numbers behind it
