"""Weighted symmetric products of one matrix, one for each weight or for each pair of weights.

The second derivative of a model with several outputs is Σₙ xₙ xₙᵀ ⊗ pₙ pₙᵀ. As one product of the n × dk matrix of all
xₙ ⊗ pₙ with itself it ignores that it is symmetric in the pair of xs and in the pair of ps separately. By pairs of
columns of P it is Xᵀ diag(pᵢ pⱼ) X for j ≤ i, each the product of diag(√(pᵢ pⱼ)) X with itself: half of half the work,
and nothing larger than X besides the result. Where X is narrow BLAS does better with the one product.
"""

from __future__ import annotations

from fractions import Fraction

from .pairs import multiply
from .values import Builder, Value

WIDE = 80.0  # columns of X from which products by columns of P are faster
DEEP = 100.0  # rows of X that are worth a pass of a loop in Python


def gram(b: Builder, arrays: list, out: tuple) -> tuple[Value, tuple] | None:
    """Σₙ X[n,a] X[n,b] P[n,i], or … P[n,i] P[n,j], with P ≥ 0, as (value, labels): the labels of P come first.

    The value has the arguments X and √P, rows first. Weights of the rows, if any, are put on X.
    """
    if not b.specialised or len(arrays) < 3:
        return None
    for X, first, below in arrays:
        seconds = [labels for v, labels, _ in arrays if v is X and labels != first]
        if below or len(first) != 2 or len(seconds) != 1 or sum([v is X for v, _, _ in arrays]) != 2:
            continue
        shared = [t for t in (0, 1) if first[t] == seconds[0][t]]
        if len(shared) != 1 or X.sizes[1 - shared[0]] < WIDE or X.sizes[shared[0]] < DEEP:
            continue
        rows, wide = first[shared[0]], [labels[1 - shared[0]] for labels in (first, seconds[0])]
        weights = _weights(b, [a for a in arrays if a[0] is not X], rows)
        columns = [] if weights is None else [x for x in weights if x is not None]
        if not 1 <= len(columns) <= 2 or rows in out or not set(wide + columns) <= set(out):
            continue
        roots = {x: _root(b, weights[x], (rows,) if x is None else (rows, x)) for x in weights}
        if len({roots[x] for x in columns}) > 1:
            continue
        X, labels = b.numeric(X), first
        if None in roots:
            X, labels = multiply(b, (X, first), (roots[None], (rows,)))
        X, root = _turned(b, X, labels, (rows, wide[0])), roots[columns[0]]
        dims = tuple([root.dims[1] for _ in columns]) + (X.dims[1], X.dims[1])
        work = 0.03 * X.sizes[0] * b.entries(dims) / len(columns)
        return b.make("gram", (), (X, root), dims, work=work), (*columns, *wide)
    return None


def _weights(b: Builder, arrays: list, rows) -> dict | None:
    """The product of the arrays along each label beside the rows (None: along the rows alone), if all are ≥ 0."""
    found: dict = {}
    for value, labels, below in arrays:
        if value not in b.nonnegative or rows not in labels or len(labels) > 2:
            return None
        if below:
            value, below = b.reciprocal(value), False
        at = next((x for x in labels if x != rows), None)
        found[at] = multiply(b, found[at], (value, labels)) if at in found else (value, labels)
    return found


def _root(b: Builder, weight: tuple, labels: tuple) -> Value:
    value = _turned(b, *weight, labels)
    return b.numeric(value) if value.mask else b.power(value, Fraction(1, 2))


def _turned(b: Builder, v: Value, labels: tuple, wanted: tuple) -> Value:
    return v if labels == wanted else b.transpose(v, (1, 0))
