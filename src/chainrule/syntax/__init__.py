"""The text language: reading, shapes by inference, meaning as graph and as numbers, echo."""

from . import arrays, functions, linear, norms  # noqa: F401  (they fill the table of builders)
from .names import normal
from .problem import Problem, Variable, read

__all__ = ["Problem", "Variable", "normal", "read"]
