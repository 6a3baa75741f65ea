"""Losses of JAX predictions by name, the ones that PyTorch's names say: means over all samples; cross-entropy is of logits.

Reference: docs.pytorch.org, torch.nn.functional: mse_loss, l1_loss, huber_loss, cross_entropy, binary_cross_entropy_with_logits.
"""

from __future__ import annotations

from collections.abc import Callable

from ...core.errors import UnknownNameError, did_you_mean


def loss_called(jax, name: str) -> Callable:
    """The loss of (prediction, target) called so: "mse", "cross_entropy".

    Raises
        UnknownNameError: there is none.
    """
    found = LOSSES.get(SHORT.get(name, name).removesuffix("_loss"))
    if found is None:
        near = did_you_mean(name, [*LOSSES, *SHORT])
        raise UnknownNameError(
            f"there is no loss `{name}`", given=f"loss={name!r}", expected=f"{', '.join(LOSSES)}, or a function of (prediction, target)",
            fix=f"did you mean `{near}`?" if near else None,
        )  # fmt: skip
    return lambda prediction, target: found(jax, prediction, target)


def _mse(jax, p, y):
    return jax.numpy.mean((p - y) ** 2)


def _mae(jax, p, y):
    return jax.numpy.mean(jax.numpy.abs(p - y))


def _huber(jax, p, y):
    far = jax.numpy.abs(p - y)
    return jax.numpy.mean(jax.numpy.where(far < 1, 0.5 * (p - y) ** 2, far - 0.5))


def _cross_entropy(jax, p, y):
    """Classes are integers, or probabilities of the shape of the logits."""
    logs = jax.nn.log_softmax(p, axis=-1)
    if jax.numpy.issubdtype(y.dtype, jax.numpy.integer):
        return -jax.numpy.mean(jax.numpy.take_along_axis(logs, y[..., None], axis=-1))
    return -jax.numpy.mean(jax.numpy.sum(y * logs, axis=-1))


def _binary(jax, p, y):
    return jax.numpy.mean(jax.nn.softplus(p) - y * p)


LOSSES = {"mse": _mse, "mae": _mae, "huber": _huber, "cross_entropy": _cross_entropy, "binary_cross_entropy_with_logits": _binary}
SHORT = {"l1": "mae", "l1_loss": "mae", "ce": "cross_entropy", "bce_with_logits": "binary_cross_entropy_with_logits"}
