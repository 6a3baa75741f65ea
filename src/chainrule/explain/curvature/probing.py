"""The spectrum of a matrix that is only multiplied by: its ends, its trace and its density, each with how good it is.

The ends come from the Lanczos method of SciPy. What it returns are Rayleigh quotients: the largest eigenvalue is at least as
large, the smallest at most as large, and an eigenvalue lies within the residual of each. The trace comes from Hutch++, which
takes the part of a low-rank sketch exactly and the rest from random signs, with its standard error. The density comes
from quadrature: each run of Lanczos from a random vector gives nodes and weights of it.

References: Lehoucq, Sorensen & Yang, ARPACK Users' Guide (1998); Meyer, Musco, Musco & Woodruff, Hutch++ (SOSA 2021);
Ubaru, Chen & Saad, Fast estimation of tr(f(A)) via stochastic Lanczos quadrature (SIAM J. Matrix Anal. 38, 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...core.errors import BackendError

TOLERANCE = 1e-7  # of an end of the spectrum, relative to the largest eigenvalue
MOST_STEPS = 2000  # products that the search for one end may take
ENDS = 3  # eigenvalues at each end
SKETCH, SIGNS = 12, 24  # products for the sketch and for the rest of the trace
RUNS, STEPS = 6, 48  # of the quadrature

Product = Callable[[np.ndarray], np.ndarray]


class End(NamedTuple):
    """Eigenvalues at one end of a spectrum, outermost first; an eigenvalue lies within `residual` of each."""

    values: np.ndarray
    residuals: np.ndarray
    vectors: np.ndarray
    converged: bool


class Trace(NamedTuple):
    """An estimate of the trace and its standard error."""

    value: float
    error: float


class Density(NamedTuple):
    """Where the eigenvalues lie: nodes, ascending, and the share of them that each stands for."""

    nodes: np.ndarray
    weights: np.ndarray


def ends(product: Product, N: int, seed: int = 0) -> tuple[End, End]:
    """(lower end, upper end) of the spectrum of a symmetric N × N matrix.

    Raises
        BackendError: SciPy is not installed.
    """
    linalg = _scipy()
    operator = linalg.LinearOperator((N, N), matvec=lambda v: product(np.asarray(v, dtype=float).ravel()), dtype=float)
    start = np.random.default_rng(seed).normal(size=N)
    return tuple([_end(linalg, operator, product, N, which, start) for which in ("SA", "LA")])


def _end(linalg, operator, product: Product, N: int, which: str, start: np.ndarray) -> End:
    k, basis = min(ENDS, N - 1), min(N, 40)
    try:
        values, vectors = linalg.eigsh(operator, k=k, which=which, v0=start, ncv=basis, tol=TOLERANCE, maxiter=MOST_STEPS // basis)
        converged = True
    except linalg.ArpackNoConvergence as found:
        values, vectors, converged = found.eigenvalues, found.eigenvectors, False
    if not converged and not len(values):  # what a run of Lanczos sees of it
        T, Q = lanczos(product, start, min(N, 200))
        values, ritz = np.linalg.eigh(T)
        vectors = Q @ ritz
        chosen = slice(0, k) if which == "SA" else slice(len(values) - k, None)
        values, vectors = values[chosen], vectors[:, chosen]
    order = np.argsort(values if which == "SA" else -values)
    vectors = vectors[:, order] / np.linalg.norm(vectors[:, order], axis=0)
    times = np.stack([product(v) for v in vectors.T], axis=1)
    quotients = np.sum(vectors * times, axis=0)
    return End(quotients, np.linalg.norm(times - vectors * quotients, axis=0), vectors, converged)


def lanczos(product: Product, start: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """(T, Q): a tridiagonal matrix T = Qᵀ H Q, Q with orthonormal columns that begin with `start`; all kept orthogonal."""
    q = start / np.linalg.norm(start)
    columns, diagonal, beside = [q], [], []
    scale = 0.0
    for _ in range(steps):
        z = product(columns[-1])
        diagonal.append(float(columns[-1] @ z))
        Q = np.stack(columns, axis=1)
        z = z - Q @ (Q.T @ z)
        z = z - Q @ (Q.T @ z)
        b = float(np.linalg.norm(z))
        scale = max(scale, abs(diagonal[-1]), b)
        if len(columns) == steps or b <= 1e-12 * scale:
            break
        beside.append(b)
        columns.append(z / b)
    beside = beside[: len(diagonal) - 1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1), np.stack(columns[: len(diagonal)], axis=1)


def trace(product: Product, N: int, seed: int = 0) -> Trace:
    """The trace by Hutch++: exactly on the range of a sketch, by random signs on what is left."""
    rng = np.random.default_rng(seed)
    signs = lambda count: rng.choice((-1.0, 1.0), size=(N, count))
    Q = np.linalg.qr(_columns(product, signs(min(SKETCH, N))))[0]
    known = float(np.sum(Q * _columns(product, Q)))
    if Q.shape[1] == N:
        return Trace(known, 0.0)
    G = signs(SIGNS)
    G = G - Q @ (Q.T @ G)
    drawn = np.sum(G * _columns(product, G), axis=0)
    return Trace(known + float(np.mean(drawn)), float(np.std(drawn, ddof=1) / np.sqrt(SIGNS)))


def density(product: Product, N: int, seed: int = 0) -> Density:
    """The density of the spectrum by quadrature, from a few random vectors."""
    rng = np.random.default_rng(seed)
    nodes, weights = [], []
    for _ in range(RUNS):
        T, _ = lanczos(product, rng.choice((-1.0, 1.0), size=N), min(N, STEPS))
        values, vectors = np.linalg.eigh(T)
        nodes.append(values)
        weights.append(vectors[0] ** 2 / RUNS)
    at, share = np.concatenate(nodes), np.concatenate(weights)
    order = np.argsort(at)
    return Density(at[order], share[order])


def _columns(product: Product, V: np.ndarray) -> np.ndarray:
    return np.stack([product(v) for v in V.T], axis=1)


def _scipy():
    try:
        from scipy.sparse import linalg
    except ImportError:
        raise BackendError(
            "the ends of a large spectrum are found by SciPy's Lanczos method, and SciPy is not installed",
            given="a Hessian that is too large to be formed",
            expected="SciPy",
            fix='pip install "chainrule[optimize]"',
        ) from None
    return linalg
