"""A function of many variables as a landscape: the field of its gradient, and the paths of those who walk downhill."""

from .descent import descent
from .landscape import landscape

__all__ = ["descent", "landscape"]
