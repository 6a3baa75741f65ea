"""Random expressions have the value that NumPy gives them, whatever the constructors made of them.

Each case builds an expression twice at once: as nodes and as arrays. Values outside a domain are drawn again, since
identities promise equality only where both sides are defined.
"""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from chainrule.core.errors import DomainError
from chainrule.core import algebra as al
from chainrule.core.dims import dim
from chainrule.core.node import symbol
from chainrule.ops.arrays import logsumexp as dense_logsumexp
from chainrule.ops.arrays import softmax as dense_softmax
from chainrule.ops.declare import elementwise_ops, lookup
from chainrule.ops.linalg import det, inverse, logdet
from chainrule.ops.structured import amax, logsumexp, softmax
from tests.reference import evaluate

N, M = 3, 2
SIZES = {"n": N, "m": M}
SHAPES = {(): (), ("n",): (N,), ("m",): (M,), ("m", "n"): (M, N), ("n", "n"): (N, N)}
ONE = [op for op in elementwise_ops() if op.arity == 1 and op.derivative]
TWO = [lookup(name) for name in ("maximum", "minimum", "greater", "where", "pow", "less", "huber", "prelu")]
NUMBERS = [0, 1, 2, -1, -3, Fraction(1, 2), Fraction(-2, 3), 0.7]
EXPONENTS = [2, 3, -1, -2, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2)]
PARTS = [(), ("n",), ("m", "n"), ("n", "n")]


class Outside(Exception):
    """A value outside the domain of a function."""


def leaves():
    rng = np.random.default_rng(0)
    made, values = {}, {}
    for shape, sizes in SHAPES.items():
        made[shape] = []
        for k, facts in enumerate([(), (), ("positive",), ("unit",)]):
            name = ("".join(shape) or "s") + str(k)
            x = rng.uniform(0.3, 0.9, sizes) * (1 if facts == ("positive",) else rng.choice((-1, 1), sizes))
            values[name] = np.asarray(x)
            made[shape].append((symbol(name, shape, facts), values[name]))
    P = rng.normal(size=(N, N))
    values["P"] = P @ P.T + np.eye(N)
    made["n", "n"].append((symbol("P", ("n", "n"), ("posdef",)), values["P"]))
    return made, values


LEAVES, VALUES = leaves()


def expression(r: random.Random, shape: tuple, depth: int):
    """(node, array) of `shape`."""
    node, value = _leaf(r, shape) if depth == 0 or r.random() < 0.08 else _built(r, shape, depth - 1)
    if not np.all(np.isfinite(value)) or np.max(np.abs(value)) > 1e4:
        raise Outside
    return node, np.asarray(value)


def _leaf(r, shape):
    if r.random() < 0.15:
        c = r.choice(NUMBERS)
        return al.multiply(al.ones(map(dim, shape)), c), np.full(SHAPES[shape], float(c))
    return r.choice(LEAVES[shape])


def _built(r, shape, depth):
    def part(of=shape):
        return expression(r, of, depth)

    kind = r.random()
    if kind < 0.42:
        (a, x), (b, y) = part(), part(r.choice([shape, ()]))
        return [(a + b, x + y), (a - b, x - y), (a * b, x * y), (a / b, x / y)][int(kind / 0.105)]
    if kind < 0.5:
        (a, x), e = part(), r.choice(EXPONENTS)
        return al.power(a, e), x ** float(e)
    if kind < 0.68:
        op, (a, x) = r.choice(ONE), part()
        return op(a), op.evaluate(x)
    if kind < 0.74:
        op = r.choice(TWO)
        args = [part(), *[part(r.choice([shape, ()])) for _ in range(op.arity - 1)]]
        return op(*[a for a, _ in args]), np.broadcast_to(op.evaluate(*[x for _, x in args]), SHAPES[shape])
    return r.choice(SHAPING[shape])(r, part)


def _from(shape, *builders):
    return [lambda r, part, build=build: build(*part(shape)) for build in builders]


def _two(first, second, build):
    return lambda r, part: build(*part(first), *part(second))


V, W, A, S = ("n",), ("m",), ("m", "n"), ("n", "n")
DIMS = {shape: tuple(map(dim, shape)) for shape in SHAPES}
SHAPING = {
    (): [
        *[b for s in (V, A, S) for b in _from(
            s,
            lambda a, x: (al.total(a), x.sum()),
            lambda a, x: (al.mean_axes(a, range(a.ndim)), x.mean()),
            lambda a, x: (logsumexp(a, axes=tuple(range(a.ndim))), dense_logsumexp(x, tuple(range(x.ndim)))),
            lambda a, x: (amax(a, axes=tuple(range(a.ndim))), x.max()),
        )],
        *_from(S, lambda a, x: (al.trace(a), np.trace(x)), lambda a, x: (det(a), np.linalg.det(x))),
        *_from(S, lambda a, x: (logdet(a), np.linalg.slogdet(x)[1])),
        _two(A, A, lambda a, x, b, y: (al.dot(a, b), (x * y).sum())),
    ],
    V: [
        _two(S, V, lambda a, x, b, y: (a @ b, x @ y)),
        *_from(A, lambda a, x: (al.sum_axes(a, (0,)), x.sum(0)), lambda a, x: (amax(a, axes=(0,)), x.max(0))),
        *_from(A, lambda a, x: (logsumexp(a, axes=(0,)), dense_logsumexp(x, (0,)))),
        *_from(V, lambda a, x: (softmax(a), dense_softmax(x, (0,)))),
        *_from(S, lambda a, x: (al.diagonal(a), np.diag(x))),
        *_from((), lambda a, x: (al.broadcast(a, DIMS[V], ()), np.full(N, x))),
    ],
    W: [_two(A, V, lambda a, x, b, y: (a @ b, x @ y)), *_from(A, lambda a, x: (al.sum_axes(a, (1,)), x.sum(1)))],
    A: [
        _two(A, S, lambda a, x, b, y: (a @ b, x @ y)),
        _two(W, V, lambda a, x, b, y: (al.outer(a, b), np.outer(x, y))),
        *_from(A, lambda a, x: (softmax(a, axes=(0,)), dense_softmax(x, (0,)))),
        *_from(V, lambda a, x: (al.broadcast(a, DIMS[A], (1,)), np.broadcast_to(x, (M, N)))),
        *_from(W, lambda a, x: (al.broadcast(a, DIMS[A], (0,)), np.broadcast_to(x[:, None], (M, N)))),
    ],
    S: [
        _two(S, S, lambda a, x, b, y: (a @ b, x @ y)),
        *_from(S, lambda a, x: (a.T, x.T), lambda a, x: (inverse(a), np.linalg.inv(x))),
        *_from(V, lambda a, x: (al.diag(a), np.diag(x))),
        *_from(A, lambda a, x: (a.T @ a, x.T @ x)),
        lambda r, part: (al.identity("n"), np.eye(N)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("block", range(12))
def test_random_expressions_keep_their_value(block):
    compared = 0
    with np.errstate(all="ignore"):
        for seed in range(block * 60, block * 60 + 60):
            r = random.Random(seed)
            shape = r.choice(list(SHAPES))
            try:
                node, value = expression(r, shape, 3)
                nudged = evaluate(node, {k: x * (1 + 1e-12) for k, x in VALUES.items()}, SIZES)
                found = evaluate(node, VALUES, SIZES)
            except (Outside, np.linalg.LinAlgError, DomainError):  # without a value: a division by zero, say
                continue
            scale = max(1.0, np.max(np.abs(value)))
            if np.max(np.abs(nudged - found)) > 1e-8 * scale:
                continue  # singular or on a jump: rounding decides the value
            assert found.shape == value.shape and np.max(np.abs(found - value)) <= 1e-7 * scale, f"seed {seed}"
            compared += 1
    assert compared > 25
