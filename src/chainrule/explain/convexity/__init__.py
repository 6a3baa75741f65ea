"""Convexity with a reason: a certificate, a counter-example, or "not decided"."""

from .asking import verdict_of
from .door import convexity
from .prove import Proof
from .verdict import Convexity

__all__ = ["Convexity", "Proof", "convexity", "verdict_of"]
