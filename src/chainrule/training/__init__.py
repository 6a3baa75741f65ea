"""Training for real: an objective with its derived derivatives, in the hands of SciPy's optimizers."""

from .minimize import minimize
from .minimum import Minimum

__all__ = ["Minimum", "minimize"]
