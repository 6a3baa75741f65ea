"""Random products and sums of random structure: whatever a graph can say, every printed form has its values."""

import random

import pytest

from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.algebra import add, power, total
from chainrule.core.dims import dim
from chainrule.ops.elementary import exp, tanh
from chainrule.ops.structured import softmax
from tests.matrix.checks import checked

DIMS = [dim("m"), dim("n"), dim("k")]
VARIABLES = (symbol("X", ["m", "n"]), symbol("z", ["k"]))  # so that every size can be spelled


def leaf(rng: random.Random, dims):
    """A symbol, or a small expression, of these dims."""
    name = rng.choice("ABCD" if len(dims) == 2 else "uvw" if len(dims) == 1 else "st" if not dims else "TU")
    facts = ["positive"]
    base = symbol(f"{name}_{''.join(d.text for d in dims)}" if dims else name, dims, facts)
    pick = rng.random()
    if pick < 0.1:
        return tanh(base)
    if pick < 0.2 and dims:
        return softmax(base, axes=(len(dims) - 1,))
    if pick < 0.3:
        return add(base, symbol(f"{name}2_{''.join(d.text for d in dims)}", dims, facts))
    return base


def network(rng: random.Random, order: int):
    """A random product with `order` axes; labels of few sizes, so that axes can be tied and repeated."""
    labels = {k: rng.choice(DIMS) for k in range(rng.randint(1, 5))}
    operands = []
    for _ in range(rng.randint(0, 4)):
        axes = tuple([rng.choice(list(labels)) for _ in range(rng.choice([0, 1, 1, 2, 2, 2]))])
        exponent = rng.choice([1, 1, 1, 1, 2, -1])
        operands.append((leaf(rng, [labels[k] for k in axes]), axes, exponent))
    out = tuple([rng.choice(list(labels)) for _ in range(order)])
    return product(rng.choice([1, 1, -1, 2, -3]), operands, out, labels)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(30))
def test_random_products(order, seed):
    checked(network(random.Random(1000 * order + seed), order), out_ndim=order // 2, wrt="X", variables=VARIABLES)


@pytest.mark.parametrize("seed", range(40))
def test_random_sums_of_products(seed):
    rng = random.Random(seed)
    first = network(rng, 2)
    terms = [first]
    while len(terms) < 3:
        other = network(rng, 2)
        if other.dims == first.dims:
            terms.append(other)
        else:
            rng.random()
            terms.append(tanh(first))
    whole = add(*terms)
    checked(whole, out_ndim=2, variables=VARIABLES)
    checked(exp(power(total(tanh(whole)), 2) * -1) * whole, out_ndim=2, variables=VARIABLES)
