"""Numbers as an independent witness: random points, numeric derivatives with bounds, remainder slopes, and the seal.

`derivative`, `gradient`, `jacobian` and `hessian` are for everybody, as `chainrule.numeric`:

>>> import chainrule as cr, numpy as np
>>> cr.numeric.gradient(lambda x: np.sum(x**2), [1.0, 2.0]).value
array([2., 4.])
"""

from .differences import along
from .doors import derivative, gradient, hessian, jacobian
from .evidence import Evidence
from .points import draw, sample
from .result import Numeric
from .seal_evidence import verify
from .slope import remainder_slope

__all__ = [
    "Evidence", "Numeric", "along", "derivative", "draw", "gradient", "hessian", "jacobian", "remainder_slope", "sample",
    "verify",
]  # fmt: skip
