"""The product constructor: one node for equal products, and never another value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.core.algebra import contract, diag, identity, matmul, ones, power, total, trace, zeros
from chainrule.core.dims import dim
from chainrule.core.errors import DomainError
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.shaping import concatenate, cumsum, kron, reshape, slice_axis
from tests.reference import evaluate

SIZES = {"m": 2, "n": 3, "p": 4}
DIMS = {0: "m", 1: "n", 2: "p", 3: "m", 4: "n"}
A, B, S = symbol("A", "mn"), symbol("B", "np"), symbol("S", "nn", ["symmetric"])
x, y, v, X = symbol("x", "n"), symbol("y", "n"), symbol("v", "m", ["positive"]), symbol("X", "nn")
LEAVES = [A, B, S, x, v, X, power(v, 2), S @ x, symbol("c", ()), A @ x]


def values(seed=0):
    rng = np.random.default_rng(seed)
    found = {n.name: rng.uniform(0.3, 1.2, [d.at(SIZES) for d in n.dims]) for n in (A, B, S, x, y, v, X)}
    found["S"] = found["S"] + found["S"].T
    found["c"] = np.asarray(0.7)
    return found


@st.composite
def networks(draw):
    """Operands with labels whose dims agree, and an output pattern: permuted, repeated or broadcast."""
    operands = []
    for _ in range(draw(st.integers(1, 4))):
        base = draw(st.sampled_from(LEAVES))
        labels = tuple(draw(st.sampled_from([k for k, d in DIMS.items() if d == str(e)])) for e in base.dims)
        operands.append((base, labels, draw(st.sampled_from([1, 1, 1, 2, -1]))))
    out = tuple(draw(st.lists(st.sampled_from(sorted(DIMS)), max_size=3)))
    return draw(st.sampled_from([1, 2, -3])), operands, out


def plain(coef, operands, out):
    """The value of a product, spelled as one sum over all labels."""
    full = [SIZES[DIMS[k]] for k in sorted(DIMS)]
    whole = np.full(full, float(coef))
    used = set(out)
    for base, labels, exponent in operands:
        array = evaluate(base, values(), SIZES)
        used |= set(labels)
        grid = np.indices(full)
        whole = whole * array[tuple(grid[k] for k in labels)] ** float(exponent)
    unused = tuple(k for k in DIMS if k not in used)
    whole = whole.mean(axis=unused, keepdims=True) if unused else whole
    summed = tuple(k for k in sorted(DIMS) if k not in out)
    whole = whole.sum(axis=summed, keepdims=True)
    result = np.zeros([SIZES[DIMS[k]] for k in out])
    for index in np.ndindex(*whole.shape):
        result[tuple(index[k] for k in out)] = whole[index]
    return result


@settings(max_examples=300, deadline=None)
@given(networks())
def test_a_product_has_the_value_of_its_factors(network):
    coef, operands, out = network
    node = product(coef, operands, out, {k: dim(d) for k, d in DIMS.items() if k in out})
    assert node.dims == tuple(dim(DIMS[k]) for k in out)
    np.testing.assert_allclose(evaluate(node, values(), SIZES), plain(coef, operands, out), rtol=1e-10, atol=1e-12)


@settings(max_examples=200, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_order_and_names_of_labels_do_not_matter(network, random):
    coef, operands, out = network
    dims = {k: dim(d) for k, d in DIMS.items() if k in out}
    node = product(coef, operands, out, dims)
    shuffled = random.sample(operands, len(operands))
    renamed = {k: f"label {name}" for k, name in zip(DIMS, random.sample("vwxyz", len(DIMS)))}
    again = product(
        coef,
        [(b, tuple(renamed[k] for k in labels), e) for b, labels, e in shuffled],
        [renamed[k] for k in out],
        {renamed[k]: d for k, d in dims.items()},
    )
    assert again is node


def test_identity_transpose_and_ones_cost_nothing():
    assert matmul(identity("n"), x) is x
    assert A.T.T is A
    assert S.T is S
    assert matmul(S, X).T.T is matmul(S, X)
    assert str(total(ones("n")).attr) == "n"  # Σ 1 is the size of the axis
    assert trace(identity(3)) is product(3, (), ())


@pytest.mark.parametrize(
    ("node", "same"),
    [
        (total(diag(x)), total(x)),
        (trace(kron(X, X)), power(trace(X), 2)),
        (total(power(kron(A, X), 2)), total(power(A, 2)) * total(power(X, 2))),
        (reshape(reshape(A, [dim("m") * dim("n")]), ["m", "n"]), A),
        (x / x, ones("n")),
        ((x * y) * x**-1, y),
        (power(v * v, 0.5), v),
    ],
)
def test_equal_expressions_are_one_node(node, same):
    assert node is same


def test_a_root_of_a_square_is_not_taken_where_the_sign_is_unknown():
    assert power(x**2, 0.5) is not x


def test_a_division_by_zero_is_refused():
    with pytest.raises(DomainError) as refused:
        x / (x - x)
    assert str(refused.value) == (
        "DomainError: a division by zero\n"
        "  given:    a denominator that is zero everywhere\n"
        "  expected: a function that has values"
    )


def test_a_zero_factor_leaves_the_shape():
    assert contract("ij", (zeros("m"), "i"), (x, "j")) is zeros("mn")


def test_slices_and_concatenation():
    both = concatenate([x, v], 0)
    assert both.dims == (dim("n") + dim("m"),)
    joined = np.concatenate([values()["x"], values()["v"]])
    np.testing.assert_array_equal(evaluate(both, values(), SIZES), joined)
    part = slice_axis(both, 0, 1, -1)
    np.testing.assert_array_equal(evaluate(part, values(), SIZES), joined[1:-1])
    np.testing.assert_allclose(evaluate(cumsum(A, 1), values(), SIZES), np.cumsum(values()["A"], 1))
    np.testing.assert_allclose(evaluate(kron(A, B), values(), SIZES), np.kron(values()["A"], values()["B"]))
