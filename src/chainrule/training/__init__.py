"""Training for real: an objective with its derived derivatives, in the hands of SciPy's optimizers."""

from .arguments import checked_data, sizes_known
from .minimize import minimize
from .minimum import Minimum
from .objective import Objective
from .variables import Variables

__all__ = ["Minimum", "Objective", "Variables", "checked_data", "minimize", "sizes_known"]
