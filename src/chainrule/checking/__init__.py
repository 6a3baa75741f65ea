"""Is a derivative right, and if not, where is the mistake and why? For code, for formulas, and for a derivation line by line."""

from ..core.lazy import lazy
from .door import check
from .report import Report

assertion = lazy(__package__, ".assertion")
working = lazy(__package__, ".working")

__all__ = ["Report", "check"]
