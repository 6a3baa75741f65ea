"""What JAX and PyTorch return for a slope where there is none, in words."""

from __future__ import annotations

RETURNED = {"finite": "a finite slope", "±inf": "±∞", "slope ±inf": "±∞", "split evenly": "the mean of both slopes"}


def returned(jax: str | None, torch: str | None) -> str:
    """What the two return at a break, as far as it is known."""
    said = [(name, RETURNED.get(value, value.replace("-", "−"))) for name, value in (("JAX", jax), ("PyTorch", torch)) if value is not None]
    return ", ".join([f"{name} returns {value}" for name, value in said])
