"""Derivatives of tensor expressions, of any order."""

from .orders import bound, derivative, free_facts, gradients
from .reverse import jacobian, pull_back

__all__ = ["bound", "derivative", "free_facts", "gradients", "jacobian", "pull_back"]
