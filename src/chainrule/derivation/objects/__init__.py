"""The objects of calculus beside the derivative: J v, uᵀJ, ∇²f v, differentials, Taylor polynomials. Each is verified."""

from ..answer import Answer
from ..used import repeatable
from .asked import several_asked
from .curve import paired, refuse_unless_verified, worst_of
from .partials import Partials, partials, value_and_gradient
from .products import directional, jvp, steepest, vjp
from .several_products import hvp
from .start import Start, started
from .taylor import Expansion, linearize, taylor
from .total import differential

# an answer says which facts it used: it is made again without them
partials, value_and_gradient = map(repeatable, (partials, value_and_gradient))
directional, hvp, jvp, steepest, vjp = map(repeatable, (directional, hvp, jvp, steepest, vjp))
differential, linearize, taylor = map(repeatable, (differential, linearize, taylor))

__all__ = [
    "Answer", "Expansion", "Partials", "differential", "directional", "hvp", "jvp", "linearize", "partials",
    "steepest",
    "taylor", "value_and_gradient", "vjp",
    "Start", "paired", "refuse_unless_verified", "several_asked", "started", "worst_of",
]  # fmt: skip
