"""Activations, losses and elementary functions, each shown with all that its declaration says and implies."""

from .door import gallery
from .entries import Entry, entries

__all__ = ["Entry", "entries", "gallery"]
