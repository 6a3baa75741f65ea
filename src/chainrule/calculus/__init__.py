"""Derivatives of tensor expressions, of any order."""

from .forward import along, push_all_forward, push_forward
from .orders import bound, derivative, free_facts, gradients
from .reverse import jacobian, pull_back
from .taylor import at_point, breaks_at, terms

__all__ = [
    "along", "at_point", "bound", "breaks_at", "derivative", "free_facts", "gradients", "jacobian", "pull_back",
    "push_all_forward", "push_forward", "terms",
]  # fmt: skip
