"""What can be said: one declaration per operation, and the registry that holds them all."""

from . import activations, choices, elementary, identities, linalg, losses, special, structured  # noqa: F401  (their declarations fill the registry)
from .declare import elementwise, elementwise_ops, lookup, names, structured_ops
from .declare import structured as structured_op

__all__ = ["elementwise", "elementwise_ops", "lookup", "names", "structured_op", "structured_ops"]
