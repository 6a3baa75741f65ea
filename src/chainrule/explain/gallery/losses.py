"""The losses of the gallery: a formula in a prediction and a target, and the source; all else is derived from it.

`target` is the value that the target has in pictures and tables; `perfect` the prediction that has no loss left then, ±∞ where
only a limit has.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple


class Loss(NamedTuple):
    """One loss."""

    name: str
    formula: str
    prediction: str
    declare: str
    target: dict[str, float]
    perfect: float
    source: str


LOSSES = (
    Loss("squared-error", "(p - y)^2", "p", "p: scalar, y: scalar", {"y": 1.0}, 1.0, "Legendre (1805)"),
    Loss("absolute-error", "|p - y|", "p", "p: scalar, y: scalar", {"y": 1.0}, 1.0, "Boscovich (1757)"),
    Loss("huber", "huber(p - y)", "p", "p: scalar, y: scalar", {"y": 1.0}, 1.0, "Huber, Ann. Math. Stat. 35 (1964)"),
    Loss("log-cosh", "log(cosh(p - y))", "p", "p: scalar, y: scalar", {"y": 1.0}, 1.0, "Green, J. R. Stat. Soc. B 46 (1984)"),
    Loss(
        "pinball", "max(q (y - p), (q - 1)(y - p))", "p", "p: scalar, y: scalar, q: scalar open01", {"y": 1.0, "q": 0.9}, 1.0,
        "Koenker & Bassett, Econometrica 46 (1978)",
    ),
    Loss("hinge", "max(0, 1 - y z)", "z", "z: scalar, y: scalar labelspm1", {"y": 1.0}, inf, "Cortes & Vapnik, Machine Learning 20 (1995)"),
    Loss("squared-hinge", "max(0, 1 - y z)^2", "z", "z: scalar, y: scalar labelspm1", {"y": 1.0}, inf, "Cortes & Vapnik, Machine Learning 20 (1995)"),
    Loss("exponential-loss", "exp(-y z)", "z", "z: scalar, y: scalar labelspm1", {"y": 1.0}, inf, "Freund & Schapire, J. Comput. Syst. Sci. 55 (1997)"),
    Loss("logistic-loss", "softplus(-y z)", "z", "z: scalar, y: scalar labelspm1", {"y": 1.0}, inf, "Cox, J. R. Stat. Soc. B 20 (1958)"),
    Loss(
        "binary-cross-entropy", "-y log(p) - (1 - y) log(1 - p)", "p", "p: scalar open01, y: scalar labels01", {"y": 1.0}, 1.0,
        "Cox, J. R. Stat. Soc. B 20 (1958)",
    ),
    Loss(
        "binary-cross-entropy-with-logits", "softplus(z) - y z", "z", "z: scalar, y: scalar labels01", {"y": 1.0}, inf,
        "Cox, J. R. Stat. Soc. B 20 (1958)",
    ),
    Loss("poisson-loss", "exp(z) - y z", "z", "z: scalar, y: scalar nonneg", {"y": 1.0}, 0.0, "Nelder & Wedderburn, J. R. Stat. Soc. A 135 (1972)"),
    Loss(
        "generalised-kl", "y log(y/p) - y + p", "p", "p: scalar positive, y: scalar positive", {"y": 1.0}, 1.0,
        "Csiszár, Ann. Statist. 19 (1991)",
    ),
)  # fmt: skip


class VectorEntry(NamedTuple):
    """A function of a vector whose formula is more than one declared operation."""

    name: str
    formula: str
    variable: str
    declare: str
    target: dict[str, tuple[float, ...]]
    source: str


VECTORS = (
    VectorEntry(
        "cross-entropy", "-y^T log(softmax(z))", "z", "z: n, y: n onehot", {"y": (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)}, "Bridle (1990)"
    ),
)
