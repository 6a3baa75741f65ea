"""How a function is curved at a point: eigenvalues with bounds, what they decide, and what would help."""

from .door import Curvature, curvature

__all__ = ["Curvature", "curvature"]
