"""The mirror decomposition: a product that is Σ weight · B K Bᵀ, with weights ≥ 0 and K positive semidefinite, is ≥ 0.

A product of the graph is a network of operands joined by labels. Sought is an involution τ of the labels that are summed
which maps the operands to one another. Operands whose labels are all fixed are weights; one that is mapped to itself with
labels swapped is a kernel, and must be positive semidefinite; the rest come in couples B, B′. If no couple joins a label
to its own mirror, the product is a sum of squares in the metric of the kernels. That covers ‖Bv‖², vᵀBᵀdiag(w)Bv, traces of
congruences, Kronecker and Hadamard products of kernels, for tensors of every order.

Reference: Rump et al., Convexity Certificates for Symbolic Tensor Expressions (IJCAI 2024), for what such rules can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...core.facts import symmetric
from ...core.node import Node

MOST_LABELS = 14
MOST_TRIALS = 2000


class Mirror(NamedTuple):
    """Positions of operands of the product: weights, kernels (each with its pairs of axes), couples."""

    weights: list[int]
    kernels: list[tuple[int, tuple[tuple[int, int], ...]]]
    couples: list[tuple[int, int]]


def mirrors(operands: tuple, out: tuple, movable: Callable[[Node], bool]) -> Iterator[Mirror]:
    """The decompositions of a product, at least one couple or kernel each.

    Parameters
        movable: which operands must not be a kernel or a weight of odd power, because they hold what is squared.
    """
    labels = {x for _, l, _ in operands for x in l}
    inner = labels - set(out)
    if len(inner) > MOST_LABELS or not inner and not any(movable(b) for b, _, _ in operands):
        return
    trials = [0]
    for images, tau in _involutions(operands, frozenset(out), trials):
        found = _decomposed(operands, images, tau, movable)
        if found is not None:
            yield found


def _involutions(operands: tuple, fixed: frozenset, trials: list) -> Iterator[tuple[dict, dict]]:
    """(image of each operand, image of each label), by backtracking."""

    def extended(tau: dict, mine: tuple, theirs: tuple) -> dict | None:
        tau = dict(tau)
        for a, b in zip(mine, theirs):
            if (a in fixed or b in fixed) and a != b:
                return None
            if tau.setdefault(a, b) != b or tau.setdefault(b, a) != a:
                return None
        return tau

    def search(images: dict, tau: dict) -> Iterator[tuple[dict, dict]]:
        trials[0] += 1
        if trials[0] > MOST_TRIALS:
            return
        k = next((i for i in range(len(operands)) if i not in images), None)
        if k is None:
            yield images, tau
            return
        base, labels, exponent = operands[k]
        for j in range(k, len(operands)):
            other, theirs, power = operands[j]
            if j in images or other is not base or power != exponent:
                continue
            for turned in _spellings(base, theirs):
                further = extended(tau, labels, turned)
                if further is not None:
                    yield from search({**images, k: j, j: k}, further)

    yield from search({}, {x: x for x in fixed})


def _spellings(base: Node, labels: tuple) -> list[tuple]:
    """The ways to write an operand: a symmetric matrix has two."""
    if len(labels) == 2 and labels[0] != labels[1] and symmetric(base):
        return [labels, labels[::-1]]
    return [labels]


def _decomposed(operands: tuple, images: dict, tau: dict, movable) -> Mirror | None:
    weights, kernels, couples = [], [], []
    parent: dict = {}

    def find(x):
        while parent.get(x, x) != x:
            x = parent[x]
        return x

    for k, j in images.items():
        base, labels, exponent = operands[k]
        swapped = [x for x in labels if tau[x] != x]
        if j == k:
            if not swapped:
                if movable(base) and not (type(exponent) is int and exponent % 2 == 0):
                    return None
                weights.append(k)
                continue
            pairs = _pairs(labels, tau)
            if movable(base) or pairs is None or type(exponent) is not int or exponent < 1:
                return None
            kernels.append((k, pairs))
        elif k < j:
            couples.append((k, j))
        if j != k:
            for x in swapped[1:]:
                parent[find(x)] = find(swapped[0])
    if not couples:
        return None
    if any(tau[x] != x and find(x) == find(tau[x]) for x in tau):
        return None
    return Mirror(weights, kernels, couples)


def _pairs(labels: tuple, tau: dict) -> tuple | None:
    """The pairs of axes of an operand that the involution swaps; None if a label has no partner on it."""
    found = []
    for t, x in enumerate(labels):
        if tau[x] == x:
            continue
        if tau[x] not in labels or labels.count(x) > 1:
            return None
        s = labels.index(tau[x])
        if t < s:
            found.append((t, s))
    return tuple(found)
