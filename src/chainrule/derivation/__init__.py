"""A function, its derivative, the forms it is shown in, and the evidence that it is right: one object."""

from .derivation import Derivation
from .derive import derive, derived
from .seal import Seal

__all__ = ["Derivation", "Seal", "derive", "derived"]
