"""Inverse, determinant and log-determinant, each declared by its differential; and solve.

Reference: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), chapter 8.
"""

from __future__ import annotations

import numpy as np

from ..core.algebra import matmul, product
from ..core.errors import ShapeError
from ..core.node import Node
from . import arrays, matrices
from .declare import structured


def square(dims):
    if len(dims) < 2 or dims[-1] is not dims[-2]:
        raise ShapeError(
            "only a square matrix has an inverse or a determinant",
            given=" × ".join(map(str, dims)) or "scalar",
            expected="n × n",
        )
    return dims


def scalar_of_square(dims):
    return square(dims)[:-2]


def _trace_of_product(A: Node, B: Node) -> Node:
    """tr(A B) over the last two axes, one number for each batch entry."""
    batch = tuple(range(A.ndim - 2))
    return product(1, [(A, (*batch, "i", "j"), 1), (B, (*batch, "j", "i"), 1)], batch)


def _sandwich(Y: Node, dX: Node) -> Node:
    """Y dX Y over the last two axes."""
    batch = tuple(range(Y.ndim - 2))
    operands = [(Y, (*batch, "i", "j"), 1), (dX, (*batch, "j", "k"), 1), (Y, (*batch, "k", "l"), 1)]
    return product(1, operands, (*batch, "i", "l"))


# d(X⁻¹) = −X⁻¹ dX X⁻¹                              Magnus & Neudecker (2019), section 8.4
inverse = structured(
    "inverse", aliases=("inv",), shape=square,
    domain="invertible",
    differential=lambda dX, X, Y: -_sandwich(Y, dX),
    canonical=matrices.inverse,
    inverse=lambda y: inverse(y),
    evaluate=np.linalg.inv,
    numpy="np.linalg.inv({0})", jax="jnp.linalg.inv({0})", torch="torch.linalg.inv({0})",
    rule="differential of the inverse: −X⁻¹ dX X⁻¹", reference="Magnus & Neudecker (2019), section 8.4",
    doc="The inverse of a square matrix, over the last two axes.",
)  # fmt: skip

# d|X| = |X| tr(X⁻¹ dX)                             Magnus & Neudecker (2019), section 8.3
det = structured(
    "det", shape=scalar_of_square,
    differential=lambda dX, X, y: y * _trace_of_product(inverse(X), dX),
    canonical=matrices.det,
    evaluate=np.linalg.det,
    numpy="np.linalg.det({0})", jax="jnp.linalg.det({0})", torch="torch.linalg.det({0})", latex=r"\det",
    rule="differential of the determinant: |X| tr(X⁻¹ dX)", reference="Magnus & Neudecker (2019), section 8.3",
    doc="The determinant of a square matrix, over the last two axes.",
)  # fmt: skip

# d log|X| = tr(X⁻¹ dX)                             Magnus & Neudecker (2019), section 8.3
logdet = structured(
    "logdet", shape=scalar_of_square, domain="invertible",
    differential=lambda dX, X, y: _trace_of_product(inverse(X), dX),
    canonical=matrices.logdet,
    evaluate=arrays.logdet,
    numpy="np.linalg.slogdet({0})[1]", jax="jnp.linalg.slogdet({0})[1]", torch="torch.linalg.slogdet({0})[1]",
    latex=r"\log\det",
    rule="differential of log |det X|: tr(X⁻¹ dX)", reference="Magnus & Neudecker (2019), section 8.3",
    doc="log |det X| of a square matrix, over the last two axes.",
)  # fmt: skip


def solve(A: Node, b: Node) -> Node:
    """A⁻¹ b, for a vector or matrix b."""
    return matmul(inverse(A), b)


def matrix_power(A: Node, k: int) -> Node:
    """A times itself k times; the inverse for negative k, the identity for 0."""
    if k == 0:
        square(A.dims)
        return product(1, (), (0, 0), {0: A.dims[0]})
    base = A if k > 0 else inverse(A)
    found = base
    for _ in range(abs(k) - 1):
        found = matmul(found, base)
    return found
