"""What is measured: derivatives of functions that people differentiate, each at up to three sizes."""

from . import factorisation, jacobians, likelihoods, linear, networks, scalars, softmax
from .workload import KINDS, SIZES, Workload

WORKLOADS: list[Workload] = sorted(
    [w for part in (linear, softmax, networks, likelihoods, factorisation, jacobians, scalars) for w in part.WORKLOADS],
    key=lambda w: KINDS.index(w.kind),
)

__all__ = ["KINDS", "SIZES", "WORKLOADS", "Workload"]
