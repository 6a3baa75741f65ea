"""A function near a point: the tangent as the limit of secants, the tangent plane, Taylor polynomials of growing degree."""

from .approximations import approximations
from .tangent import tangent

__all__ = ["approximations", "tangent"]
