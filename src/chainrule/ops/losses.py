"""Losses: what one residual, margin or logit costs, entry by entry; sum or average them outside."""

from __future__ import annotations

import numpy as np

from ..core.algebra import multiply, power, subtract, total
from ..core.node import Node
from .activations import relu, softplus
from .arrays import magnitude, real
from .declare import POSITIVE, REAL, elementwise
from .choices import clip
from .elementary import abs, cosh, log
from .structured import log_softmax

huber = elementwise(
    "huber", arity=2, defaults=(1,),
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
    rule="derivative of the Huber loss: r held between −d and d", reference="Huber, Ann. Math. Stat. 35 (1964)",
    doc="r²/2 where |r| ≤ d, else d(|r| − d/2); d > 0.",
)  # fmt: skip


def log_cosh(r: Node) -> Node:
    """log cosh r: quadratic near 0, |r| − log 2 far off."""
    return log(cosh(r))


def squared(r: Node) -> Node:
    """r²."""
    return power(r, 2)


def hinge(margin: Node) -> Node:
    """max(0, 1 − margin), the margin being label × score.  Cortes & Vapnik, Mach. Learn. 20 (1995)."""
    return relu(1 - margin)


def squared_hinge(margin: Node) -> Node:
    """max(0, 1 − margin)²."""
    return power(relu(1 - margin), 2)


def pinball(r: Node, tau) -> Node:
    """τ r where r > 0, else (τ − 1) r: its minimiser is the τ-quantile.  Koenker & Bassett, Econometrica 46 (1978)."""
    return multiply(tau, r) + relu(-r)


def bce(p: Node, y: Node) -> Node:
    """−y log p − (1 − y) log(1 − p): binary cross-entropy of a probability and a label."""
    return -(y * log(p)) - (1 - y) * log(1 - p)


def bce_with_logits(z: Node, y: Node) -> Node:
    """Binary cross-entropy of a logit and a label: log(1 + eᶻ) − y z."""
    return subtract(softplus(z), y * z)


def cross_entropy(z: Node, y: Node) -> Node:
    """−Σ y log softmax(z), z one vector of logits or rows of them."""
    return -total(y * log_softmax(z))


def kl_divergence(p: Node, q: Node) -> Node:
    """Σ p log(p/q)."""
    return total(p * log(p / q))


__all__ = ["bce", "bce_with_logits", "cross_entropy", "hinge", "huber", "kl_divergence", "log_cosh", "pinball", "squared", "squared_hinge"]
