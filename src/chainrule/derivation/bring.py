"""Bringing a person's Python function: traced, with its formula. Loaded when a function is brought, and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..syntax import Brought
from ..syntax.tracing import trace
from .formula import written


def traced(function: Callable, declare: str | Mapping | None = None, shapes: Mapping | None = None) -> Brought:
    """The problem that a person's NumPy function states, with its formula. Parameters and errors: `syntax.trace`."""
    problem = trace(function, declare, shapes)
    problem.written = written
    return problem
