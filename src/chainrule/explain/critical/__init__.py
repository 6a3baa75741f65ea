"""Critical points: ∇f = 0 solved as a formula, searched for where f has few numbers, and classified."""

from .answer import CriticalPoints, Solution
from .door import critical_points
from .point import Point
from .solving import gradient, solved

__all__ = ["CriticalPoints", "Point", "Solution", "critical_points", "gradient", "solved"]
