"""Bringing a NumPy function: it runs once on stand-ins, and what it does is recorded as the text language says it."""

from .run import trace

__all__ = ["trace"]
