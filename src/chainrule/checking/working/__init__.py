"""A derivation refereed line by line: each true, false with a counter-example, or too large a step."""

from .lines import rows_of
from .working import Line, Working, check_working

__all__ = ["Line", "Working", "check_working", "rows_of"]
