"""From a derivative as the rules give it to the form a textbook prints."""

from .consolidate import consolidate
from .fixpoint import simplified, simplify, simplify_together

__all__ = ["consolidate", "simplified", "simplify", "simplify_together"]
