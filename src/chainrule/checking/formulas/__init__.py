"""Is a formula the derivative of a function, and if not, which mistake of calculus explains it?"""

from .equal import compared, read_beside, side
from .formula import check_formula, only_variable
from .slips import slips

__all__ = ["check_formula", "compared", "only_variable", "read_beside", "side", "slips"]
