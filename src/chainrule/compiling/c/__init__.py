"""The backend that writes C: programs of C, or of functions in C between NumPy's matrix products.

A schedule becomes statements, one for each stored value (`statements`, `entries`), statements share loops (`fusion`),
and loops are printed (`text`, below `headers`). `hybrid` says what is left to NumPy, `build` compiles and keeps
libraries, `caller` calls them, and `program` is what the other machines use.
"""

from __future__ import annotations

from .program import CProgram
from .text import CText

__all__ = ["CProgram", "CText"]
