"""Where a derivative breaks: found from what the operations declare, named, and what to write instead."""

from .finding import Break, breaks_of, overflows_of
from .report import Broken
from .shown import rows_of

__all__ = ["Break", "Broken", "breaks_of", "overflows_of", "rows_of"]
