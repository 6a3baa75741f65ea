"""Dense results that are sums of outer products, diagonals and chains: right at every size, and written without waste."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract, diag, identity, outer, transpose
from chainrule.core.dims import dim
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from chainrule.core.walk import order
from chainrule.ops.declare import lookup
from tests.reference import evaluate

RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
LARGE = {"p": 40, "q": 40, "n": 2000}  # sizes planned for, at which every way of writing is worth it
A, B, C, D = [symbol(name, "pp") for name in "ABCD"]
S, X, Y = symbol("S", "pp", ("posdef",)), symbol("X", "np"), symbol("Y", "np")
u, v, w = symbol("u", "p"), symbol("v", "p"), symbol("w", "n")
tanh, inverse, exp = [lookup(name) for name in ("tanh", "inverse", "exp")]


def planned(node, **sizes):
    """A program planned for large sizes, those that the node has."""
    names = {x for inner in order(node) for d in inner.dims for x in d.names}
    return compile_nodes(node, sizes={x: size for x, size in {**LARGE, **sizes}.items() if x in names})


def source(node, **sizes):
    return planned(node, **sizes).source


def assert_right(node, p, n=3, seed=0):
    rng = np.random.default_rng([seed, p, n])
    values = {}
    for s in (A, B, C, D, S, X, Y, u, v, w):
        value = rng.normal(size=tuple(d.at({"p": p, "n": n}) for d in s.dims))
        values[s.name] = value @ value.T + p * np.eye(p) if s is S else value
    program = planned(node)
    given = {name: values[name] for name in program.parameters}
    sizes = {"p": p, "n": n}
    for memory in "CF":
        arrays = {k: np.asarray(x, order=memory) for k, x in given.items()}
        found = program(**arrays, **{x: sizes[x] for x in program.sizes_asked})
        assert found == pytest.approx(evaluate(node, given, sizes), rel=1e-10, abs=1e-10)


def random_term(rng):
    """A product over four axes: outer products of matrices and vectors, identities, in any order of axes."""
    axes = list("ijkl")
    rng.shuffle(axes)
    operands = []
    while axes:
        base = rng.choice([A, B, C, S, u, v, tanh(A), None, "same"])
        if base is None and len(axes) > 1:
            operands.append((identity(dim("p")), (axes.pop(), axes.pop()), 1))
        elif base == "same" and len(axes) > 1:  # a vector on the diagonal
            i, j = axes.pop(), axes.pop()
            operands += [(u, (i,), 1), (identity(dim("p")), (i, j), 1)]
        elif base not in (None, "same") and base.ndim <= len(axes):
            operands.append((base, tuple([axes.pop() for _ in range(base.ndim)]), 1))
    return product(rng.choice([1, -1, 2]), operands, tuple("ijkl"), {x: dim("p") for x in "ijkl"})


@RELAXED
@given(st.integers(0, 2**32), st.integers(2, 4), st.sampled_from([1, 2, 3]))
def test_a_sum_of_outer_products_and_diagonals_is_what_its_terms_say(seed, terms, p):
    rng = random.Random(seed)
    node = linear_sum([(rng.choice([1, -1, 3]), random_term(rng)) for _ in range(terms)], (dim("p"),) * 4)
    if node.op == "sum" and rng.random() < 0.5:  # somebody contracts the sum, and somebody wants it whole
        node = linear_sum([(1, contract("imkl", (node, "ijkl"), (D, "jm"))), (2, tanh(node))], node.dims)
    assert_right(node, p, seed=seed % 1000)


@RELAXED
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 5]))
def test_what_is_contracted_with_a_sum_of_patterns_is_what_its_terms_say(seed, p):
    rng = random.Random(seed)
    terms = [identity(dim("p")), diag(u), outer(u, v), A, transpose(A), S, A @ B]
    picked = rng.sample(terms, k=rng.randint(2, 4))
    node = linear_sum([(rng.choice([1, -1, 2]), t) for t in picked], (dim("p"),) * 2)
    for _ in range(rng.randint(1, 3)):
        node = rng.choice([node @ C, C @ node, node @ node, tanh(node) + node, node @ inverse(S)])
    assert_right(node, p, seed=seed % 1000)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_neighbours_make_diagonals_and_no_matrix_but_the_result(n):
    program = cr.hessian("sum(100*(x[1:]-x[:-1]**2)**2+(1-x[:-1])**2)", "x", declare="x: n").compile()
    assert program.source.count("np.zeros(") == 1 and "einsum" not in program.source
    x = np.linspace(-1, 2, n)
    wanted = np.zeros((n, n))
    for i in range(n - 1):
        wanted[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        wanted[i + 1, i + 1] += 200
        wanted[i, i + 1] = wanted[i + 1, i] = -400 * x[i]
    assert program(x=x) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(2, 3), (4, 2), (3, 3), (1, 1)])
def test_a_diagonal_is_added_where_it_lies_whatever_the_order_in_memory(shape, order):
    n, p = shape
    x = np.asarray(np.random.default_rng(0).normal(size=(n, p)), order=order)
    square = np.asarray(np.random.default_rng(1).normal(size=(p, p)), order=order)
    for node, wanted in (
        (transpose(X) @ X + identity(dim("p")), x.T @ x + np.eye(p)),
        (transpose(transpose(X) @ X @ A) + identity(dim("p")), (x.T @ x @ square).T + np.eye(p)),
        (transpose(A) + 2 * identity(dim("p")), square.T + 2 * np.eye(p)),
        (identity(dim("p")) - exp(transpose(A)), np.eye(p) - np.exp(square.T)),
    ):
        program = compile_nodes(node)
        values = {"X": x, "A": square}
        assert program(**{k: values[k] for k in program.parameters}) == pytest.approx(wanted)


def test_outer_products_with_the_same_sides_are_one_product_of_matrices():
    node = contract("ijkl", (A, "ik"), (B, "jl")) + 3 * contract("ijkl", (C, "ik"), (D, "jl"))
    assert source(node).count(" @ ") == 1 and "p × p × p × p" in source(node)
    assert " @ " not in source(node, p=3)  # too small to be worth it
    for p in (1, 2, 5):
        assert_right(node, p)


def test_a_factor_that_all_terms_share_is_multiplied_once():
    node = contract("ijk", (A, "ij"), (u, "k")) + contract("ijk", (B, "ij"), (u, "k"))
    assert "A + B" in source(node, p=3)
    assert_right(node, 3)


def test_a_sum_over_paths_is_one_sweep_backwards():
    node = linear_sum([(1, A @ (u * (B @ v))), (2, A @ (u * (C @ v))), (-1, A @ (u * v))], (dim("p"),))
    assert source(node).count("A @") == 1
    assert_right(node, 4)


def test_a_sum_with_its_transpose_is_contracted_term_by_term_where_that_is_less():
    node = (A + transpose(A)) @ u
    assert "A.T + A" not in source(node) and source(node).count("@") == 2
    assert source(node, p=3).count("@") == 1
    assert_right(node, 4)


def test_a_difference_is_made_before_it_is_contracted():
    node = (X - Y) @ u  # X u − Y u would lose the digits that X and Y have in common
    assert source(node).count("@") == 1


def test_a_symmetric_matrix_is_never_transposed():
    T = inverse(S)
    text = source(T @ transpose(T @ (transpose(X) @ X)) + transpose(T))
    assert "inv(S).T" not in text and "t2.T" not in text.replace("X.T", "")
    assert_right(T @ transpose(T @ (transpose(X) @ X)) + transpose(T), 4)


def test_the_thin_side_comes_first():
    Z = symbol("Z", "nk")
    text = compile_nodes(transpose(X) @ Z, sizes={"n": 5000, "p": 200, "k": 5}).source
    assert "(Z.T @ X).T" in text or "Z.T @ X" in text
    assert "X.T @ Z" in compile_nodes(transpose(X) @ Z, sizes={"n": 50, "p": 20, "k": 5}).source


def test_a_factor_goes_into_the_small_side_of_a_product():
    H = symbol("H", "np")
    text = compile_nodes(2 * (H @ A), sizes={"n": 5000, "p": 5}).source
    assert "H @ (2 * A)" in text


def test_a_network_meets_its_outer_factor_at_the_end():
    program = cr.hessian("v^T tanh(W2 tanh(W1 tanh(W0 x)))", "W0", declare="W0: n n, W1: n n, W2: n n").compile()
    lines = [line for line in program.source.splitlines() if line.endswith("# n × n × n")]
    assert not lines  # only the result has more than two axes


def test_the_covariance_of_a_gaussian_is_inverted_once():
    f = "n/2*np.linalg.slogdet(S)[1] + 0.5*np.trace((X-mu) @ np.linalg.inv(S) @ (X-mu).T)"
    hessian = cr.hessian(f, "S", declare="S: p p posdef, X: n p, mu: p").compile()
    assert hessian.source.count("linalg.inv(") == 1 and hessian.source.count("(p, p, p, p)") <= 1


def test_two_outputs_never_are_one_array():
    P, q = symbol("P", "mn"), symbol("q", "m")
    program = compile_nodes({"first": P.T @ q, "second": P.T @ q, "third": 0 * P, "fourth": 0 * P}, [P, q])
    arrays = list(program(P=np.ones((3, 2)), q=np.ones(3)).values())
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
