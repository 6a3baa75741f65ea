"""Matrix factorisation ‖UVᵀ − M‖²: both gradients, and Hessian and Hessian–vector product in U."""

from __future__ import annotations

import numpy as np

from .workload import Workload, row_blocks, sized

COMMON = dict(
    function="||U V' - M||^2",
    declare="U: m r, V: n r, M: m n",
    value=lambda m, U, V, M: m.sum((U @ V.T - M) ** 2),
)
LARGE = 1 << 20  # entries (8 MiB) from which on the residual is better made and used in blocks of rows


def data(rng, m, n, r):
    return {"U": rng.normal(size=(m, r)), "V": rng.normal(size=(n, r)), "M": rng.normal(size=(m, n))}


def direction(rng, m, n, r):
    return data(rng, m, n, r) | {"v": rng.normal(size=(m, r))}


def gradients(U, V, M):
    if M.size < LARGE:
        R = U @ V.T
        R -= M
        return {"U": 2 * (R @ V), "V": (2 * (U.T @ R)).T}
    dU, dV = np.empty_like(U), np.zeros((V.shape[1], V.shape[0]))
    for rows in row_blocks(*M.shape):
        R = U[rows] @ V.T
        R -= M[rows]
        np.matmul(R, V, out=dU[rows])
        dV += U[rows].T @ R
    dU *= 2
    dV *= 2
    return {"U": dU, "V": dV.T}


def hessian(U, V, M):
    m, r = U.shape
    H = np.zeros((m, r, m, r))
    np.einsum("ijik->ijk", H)[...] = 2 * (V.T @ V)
    return H


def product(U, V, M, v):
    return v @ (2 * (V.T @ V))


def gradients_plain(U, V, M):
    return {"U": 2 * (U @ V.T - M) @ V, "V": 2 * (U @ V.T - M).T @ U}


def hessian_plain(U, V, M):
    return np.kron(np.eye(len(U)), 2 * V.T @ V).reshape(*U.shape, *U.shape)


def product_plain(U, V, M, v):
    return 2 * v @ V.T @ V


WORKLOADS = [
    Workload("matrix factorisation gradients", "gradient", wrt=["U", "V"], data=data, hand=gradients, plain=gradients_plain,
             sizes=sized("m n r", (20, 20, 3), (200, 200, 10), (2000, 2000, 20)), **COMMON),
    Workload("matrix factorisation Hessian", "hessian", wrt="U", data=data, hand=hessian, plain=hessian_plain,
             sizes=sized("m n r", (20, 20, 3), (100, 100, 5), (200, 200, 10)), **COMMON),
    Workload("matrix factorisation HVP", "hvp", wrt="U", data=direction, hand=product, plain=product_plain,
             sizes=sized("m n r", (20, 20, 3), (200, 200, 10), (2000, 2000, 20)), **COMMON),
]  # fmt: skip
