"""Random graphs with every pattern of labels, and points for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from chainrule.core.algebra import number, zeros
from chainrule.core.dims import dim
from chainrule.core.node import size, structured, symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from chainrule.core.walk import order
from chainrule.ops.declare import lookup

SIZES = {"m": 3, "n": 4, "k": 2}
SYMBOLS = [
    symbol("a"), symbol("p", (), ("positive",)), symbol("x", "n"), symbol("y", "m"), symbol("v", "n", ("positive",)),
    symbol("A", "mn"), symbol("B", "nm"), symbol("S", "nn", ("posdef",)), symbol("P", "mn", ("positive",)),
    symbol("T", "mnk"), symbol("C", "nk"), symbol("q", (dim("m") * dim("n"),)), symbol("M", "nn"),
]  # fmt: skip
MAPS = ["exp", "tanh", "sigmoid", "sin", "abs", "relu", "step", "softplus"]
EXPONENTS = [1, 1, 1, 1, 2, 2, 3]
POSITIVE_EXPONENTS = [1, -1, -2, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), 0.3]
COEFFICIENTS = [1, 1, -1, 2, -3, Fraction(1, 2), Fraction(-2, 3), 0.7]


def random_product(rng, pool):
    """A product of up to four operands of `pool`, with repeated, lone, broadcast and permuted labels."""
    labels = [(name, i) for name in SIZES for i in range(2)]
    operands = []
    for base in rng.choices(pool, k=rng.randint(0, 4)):
        spread = tuple([rng.choice([x for x in labels if x[0] == d.text] or [(d.text, 0)]) for d in base.dims])
        positive = base.op == "symbol" and base.facts & {"positive"}
        operands.append((base, spread, rng.choice(POSITIVE_EXPONENTS if positive else EXPONENTS)))
    if rng.random() < 0.15:
        operands.append((size(dim("n")), (), rng.choice([1, -1, Fraction(1, 2)])))
    if rng.random() < 0.1:
        operands.append((number(rng.choice(["pi", "e"])), (), rng.choice([1, -1, Fraction(-1, 2)])))
    if rng.random() < 0.2:
        operands.append(random_constant(rng, labels))
    present = [x for _, spread, _ in operands for x in spread]
    out = rng.sample(sorted(set(present)), k=min(rng.randint(0, 3), len(set(present))))
    if rng.random() < 0.3:
        out.append(rng.choice(labels))
    if out and rng.random() < 0.2:
        out.append(rng.choice(out))
    rng.shuffle(out)
    dims = {x: dim(x[0]) for x in out[:4] if x[0] in SIZES}
    return product(rng.choice(COEFFICIENTS), operands, out[:4], dims)


def random_constant(rng, labels):
    kind = rng.choice(["merge", "shift", "tril"])
    if kind == "merge":
        m, n = dim("m"), dim("n")
        return structured("merge", (), (m, n, m * n)), (("m", 0), ("n", rng.randint(0, 1)), ("m·n", 0)), 1
    if kind == "shift":
        start = rng.choice([dim(0), dim(1)])
        return (
            structured("shift", (start, 1), (dim("n") - 1, dim("n"))),
            (("n-1", rng.randint(0, 1)), ("n", rng.randint(0, 1))),
            1,
        )
    return structured("tril", (rng.choice([0, 0, -1]),), (dim("n"), dim("n"))), (("n", 0), ("n", 1)), 1


def random_graph(rng, steps):
    """A node made by `steps` products, sums, maps and structured operations."""
    pool = list(SYMBOLS)
    for _ in range(steps):
        kind = rng.random()
        if kind < 0.55:
            node = random_product(rng, pool)
        elif kind < 0.75:
            first = rng.choice(pool)
            same = [t for t in pool if t.dims == first.dims]
            terms = [(rng.choice(COEFFICIENTS), t) for t in [first, *rng.choices(same, k=rng.randint(1, 3))]]
            if rng.random() < 0.3:
                axes = tuple(range(first.ndim))
                terms.append((rng.choice(COEFFICIENTS), product(1, (), axes, dict(enumerate(first.dims)))))
            node = linear_sum(terms, first.dims)
        elif kind < 0.9:
            node = lookup(rng.choice(MAPS))(lookup("tanh")(rng.choice(pool)))
        else:
            node = random_struct(rng, pool)
        if node.ndim <= 4 and len(order(node)) < 60:
            pool.append(node)
    return pool[-1] if len(pool) > len(SYMBOLS) else zeros("n")


def random_struct(rng, pool):
    tensors = [t for t in pool if t.ndim]
    x = rng.choice(tensors)
    name = rng.choice(["softmax", "logsumexp", "amax", "argmax_mask", "inverse", "logdet", "det"])
    if name in ("inverse", "logdet", "det"):
        return lookup(name)(SYMBOLS[7])
    axes = tuple(sorted(rng.sample(range(x.ndim), k=rng.randint(1, x.ndim))))
    return lookup(name)(lookup("tanh")(x), axes=axes)


def random_point(node, seed, sizes=SIZES):
    """Values for the symbols below `node` that respect their facts."""
    rng = np.random.default_rng(seed)
    values = {}
    for s in order(node):
        if s.op == "symbol":
            shape = tuple(d.at(sizes) for d in s.dims)
            value = rng.normal(size=shape)
            if "positive" in s.facts:
                value = np.abs(value) + 0.5
            if "posdef" in s.facts:
                value = value @ value.T + shape[0] * np.eye(shape[0])
            values[s.name] = value
    return values
