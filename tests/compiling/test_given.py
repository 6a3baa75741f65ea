"""A program whose data are given once: the same numbers, and what depends on the data alone is computed once."""

from importlib import import_module

import numpy as np
import pytest

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import BACKENDS, compile_nodes
from chainrule.core.algebra import contract, dot, total
from chainrule.core.dims import dim
from chainrule.core.errors import ShapeError, UnknownNameError
from chainrule.core.node import size, symbol
from chainrule.core.product import product
from chainrule.ops.declare import lookup

X, w, y, v, lam = symbol("X", "nd"), symbol("w", "d"), symbol("y", "n"), symbol("v", "d"), symbol("lam")
S, T = symbol("S", "dd", {"posdef"}), symbol("T", "dd", {"posdef"})
logdet, inverse, softplus, tanh, relu = [lookup(n) for n in ("logdet", "inverse", "softplus", "tanh", "relu")]
RIDGE = total((X @ w - y) ** 2) + lam * total(w * w)
GRADIENT = jacobian(RIDGE, [w])[0]
PRODUCT = contract("i", (X, "ni"), (X, "nj"), (v, "j")) + lam * v
FUNCTIONS = {
    "ridge": {"value": RIDGE, "gradient": GRADIENT},
    "ridge Hessian times v": {"product": PRODUCT},
    "logistic": {"value": total(softplus(X @ w)) - dot(y, X @ w)},
    "Gaussian": {"value": logdet(S) + total(inverse(S) * (X.T @ X)), "inverse": inverse(S)},
    "relu of the data": {"value": total(relu(X) @ w) + total(relu(X - 1)) * lam},
    "the data themselves": {"data": X, "scaled": 2 * X.T, "number": total(X)},
    "a constant solve": {"value": inverse(S) @ w, "both": inverse(T) @ inverse(S) @ w},
}


def values_of(program, n=7, d=3):
    rng = np.random.default_rng(0)
    made = {"X": rng.normal(size=(n, d)), "y": rng.normal(size=n), "lam": 0.3, "w": rng.normal(size=d), "v": rng.normal(size=d)}
    for name in "ST":
        A = rng.normal(size=(d, d))
        made[name] = A @ A.T + np.eye(d)
    return {name: made[name] for name in program.parameters}


@pytest.mark.parametrize("backend", list(BACKENDS))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_whatever_is_given_the_numbers_are_the_same(name, backend):
    program = compile_nodes(FUNCTIONS[name], backend=backend)
    values = values_of(program)
    wanted = compile_nodes(FUNCTIONS[name])(**values)
    for first in [[p] for p in values] + [list(values), list(values)[:2], []]:
        found = program.given(**{p: values[p] for p in first})
        assert list(found.parameters) == [p for p in values if p not in first]
        rest = {p: x for p, x in values.items() if p not in first}
        for key, array in found(**rest).items():
            tolerance = 1e-12 if np.asarray(array).dtype == float else 1e-5
            assert np.allclose(np.asarray(array), wanted[key], rtol=tolerance, atol=tolerance), (first, key)


def test_a_product_with_the_data_twice_becomes_one_with_their_square():
    program = compile_nodes(PRODUCT)
    held = program.given(X=np.ones((50, 3)))
    assert "held @ v" in held.source and held.held["held"].shape == (3, 3)
    wide = compile_nodes(PRODUCT, sizes={"n": 5, "d": 4000}).given(X=np.ones((5, 4000)))
    assert wide.held["X"].shape == (5, 4000), "XᵀX would be larger than X, and dearer"


def test_sums_are_not_multiplied_out():
    """XᵀXw − Xᵀy loses the digits that Xw and y have in common."""
    found = compile_nodes(GRADIENT).given(X=np.ones((50, 3)), y=np.ones(50))
    assert set(found.held) == {"X", "y"}


def test_what_is_held_is_not_handed_out():
    found = compile_nodes({"square": X.T @ X}).given(X=np.ones((4, 2)))
    found()["square"][:] = 0
    assert found()["square"].tolist() == [[4, 4], [4, 4]]


def test_a_size_that_only_the_data_show_is_kept():
    found = compile_nodes(contract("", (X, "ij"), (w, "k")), parameters=["X", "w"]).given(X=np.ones((4, 2)))
    assert found(w=[1.0, 2.0]) == 24.0
    assert found([1.0, 2.0]) == 24.0


def test_what_does_not_fit_is_refused():
    program = compile_nodes(GRADIENT)
    with pytest.raises(UnknownNameError) as caught:
        program.given(x=np.ones((4, 2)))
    assert str(caught.value) == (
        "UnknownNameError: there is no argument `x`\n  given:    x\n  expected: X, lam, w, y\n  fix:      did you mean `X`?"
    )
    with pytest.raises(ShapeError):
        program.given(X=np.ones(4))
    found = program.given(X=np.ones((4, 2)))
    with pytest.raises(ShapeError):
        found(w=np.ones(3), y=np.ones(4), lam=1.0)
    with pytest.raises(UnknownNameError) as caught:
        found(X=np.ones((4, 2)), w=np.ones(2), y=np.ones(4), lam=1.0)
    assert str(caught.value) == (
        "UnknownNameError: `X` is given already\n"
        "  given:    X, w, y, lam\n"
        "  expected: lam, w, y\n"
        "  fix:      leave it out, or ask the program for another `given`"
    )


def test_more_may_be_given_later():
    found = compile_nodes(GRADIENT).given(X=np.ones((4, 2))).given(y=np.zeros(4), lam=0.0)
    assert list(found.parameters) == ["w"]
    assert found(w=[1.0, 1.0]).tolist() == [16.0, 16.0]


def test_what_needs_a_size_that_a_later_argument_shows_waits_for_it():
    """tanh(n w) waits for X, whose rows are n."""
    program = compile_nodes(X @ tanh(product(1, [(size(dim("n")), (), 1), (w, ("d",), 1)], ("d",))))
    found = program.given(w=[0.1, 0.2])
    for n in (3, 5):
        assert found(X=np.ones((n, 2))) == pytest.approx(np.full(n, np.tanh(0.1 * n) + np.tanh(0.2 * n)))
    assert program.given(X=np.ones((3, 2)))(w=[0.1, 0.2]) == pytest.approx(found(X=np.ones((3, 2))))


def test_a_size_that_no_argument_shows_may_be_given():
    node = product(1, [(lam, (), 2)], ("i",), {"i": dim("n")})
    program = compile_nodes(node)
    assert program.sizes_asked == ["n"]
    assert program.given(n=3)(lam=2.0).tolist() == program.given(lam=2.0)(n=3).tolist() == [4.0, 4.0, 4.0]
    assert program.given(lam=2.0, n=3)().tolist() == [4.0, 4.0, 4.0]


def test_a_size_that_the_data_show_is_known_to_what_is_computed_once():
    """tanh(n w) is computed once where y shows n, although it is not made of y."""
    wide = product(1, [(size(dim("n")), (), 1), (w, ("d",), 1)], ("d",))
    program = compile_nodes({"value": dot(tanh(wide), v), "y": y})
    found = program.given(w=[0.1, 0.2], y=np.zeros(3))
    assert [x for x in found.held if x.startswith("held")]
    assert found(v=[1.0, 2.0])["value"] == pytest.approx(np.tanh(0.3) + 2 * np.tanh(0.6))


def test_what_is_held_is_not_among_the_names_that_an_error_tells():
    found = compile_nodes(GRADIENT).given(X=np.ones((4, 2)), y=np.zeros(4))
    left = ", ".join(found.parameters)
    for call, told in [
        (lambda: found(lam=1.0), ("`w` is missing", "lam", "lam, w")),
        (lambda: found(w=[1.0, 1.0], lam=1.0, v=0.0), ("there is no argument `v`", "v", left)),
        (lambda: found([1.0, 1.0], 1.0, 1.0), ("3 arguments for 2 parameters", "3 arguments", left)),
        (lambda: found(1.0, lam=1.0, w=1.0), (f"`{next(iter(found.parameters))}` is passed twice", None, left)),
    ]:
        with pytest.raises(UnknownNameError) as caught:
            call()
        problem, given, expected = told
        assert caught.value.problem == problem and caught.value.expected == expected
        assert given is None or caught.value.given == given


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_data_of_a_framework_stay_there_in_their_type(backend):
    framework = import_module(backend)
    made = framework.tensor if backend == "torch" else framework.numpy.asarray
    x, c, z = [made(np.ones(n, np.float32)) for n in ((4, 2), 4, 2)]
    program = compile_nodes(GRADIENT, backend=backend)
    found = program.given(X=x, y=c)
    assert all(type(kept) is type(x) and kept.dtype == x.dtype for kept in found.held.values())
    assert found(w=z, lam=1.0).dtype == x.dtype
    with pytest.raises(ShapeError, match="`X` is not an array of numbers"):
        program.given(X="a")


def test_sizes_that_data_show_are_planned_for():
    """A symmetric matrix of 60 rows is factorised by Cholesky, as in a call whose sizes are known."""
    d = 60
    rng = np.random.default_rng(0)
    data = rng.normal(size=(90, d))
    values = {"X": data, "S": data.T @ data / 90 + np.eye(d)}
    program = compile_nodes(FUNCTIONS["Gaussian"])
    found = program.given(X=data)
    assert "cholesky" in found.source.lower()
    for key, array in program(**values).items():
        assert np.allclose(found(S=values["S"])[key], array, rtol=1e-12)
