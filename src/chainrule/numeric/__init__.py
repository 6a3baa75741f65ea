"""Numbers as an independent witness: random points, numeric derivatives with bounds, remainder slopes, and the seal."""

from .differences import Numeric, along, jacobian, ladder
from .evidence import Evidence
from .points import draw, sample
from .seal_evidence import verify
from .slope import remainder_slope

__all__ = ["Evidence", "Numeric", "along", "draw", "jacobian", "ladder", "remainder_slope", "sample", "verify"]
