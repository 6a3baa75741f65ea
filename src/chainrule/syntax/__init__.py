"""The text language: reading, shapes by inference, meaning as graph and as numbers, echo."""

from . import arrays, functions, linear, norms  # noqa: F401  (they fill the table of builders)
from .brought import Brought
from .meaning import Meaning, Variable
from .latex import called
from .names import normal
from .problem import Problem, read

__all__ = ["Brought", "Meaning", "Problem", "Variable", "called", "normal", "read"]
