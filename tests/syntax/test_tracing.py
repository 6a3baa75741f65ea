"""Bringing a function: what becomes of its names, constants and parameters, and what the seal makes of a wrong reading."""

import functools
import json
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.syntax.tracing.constants import known_constant, number_tree
from chainrule.syntax.tracing.undispatched import replacements
from chainrule.syntax.typed import order

REGRESSION = dict(X="n d", w="d", y="n", lam="positive")
KERNEL = np.array([1.0, 2.0, 1.0])


def loss(X, w, y, lam):
    r = X @ w - y
    return np.sum(r**2) / X.shape[0] + lam * np.sum(w**2)


def lets(function, **shapes):
    return [name for name, _ in cr.trace(function, **shapes).typed_lets]


# ------------------------------------------------------------------ what is shown


def test_the_echo_is_the_formula_with_the_names_of_the_code():
    problem = cr.trace(loss, **REGRESSION)
    assert problem.echo == "loss(X, w, y, λ) = ‖r‖²/n + λ‖w‖²   where r = Xw − y"
    assert repr(problem) == f"<{problem.echo}  X: n×d  w: d  y: n  lam: scalar>"
    assert problem.reading == ["loss(X, w, y, λ) = ‖r‖²/n + λ‖w‖²", "r = Xw − y"]
    assert problem.echo_latex.startswith(r"\operatorname{loss}(X, w, y, \lambda) = ")


def test_a_gradient_uses_the_names_and_says_that_the_function_was_called():
    found = cr.grad(loss, "w", **REGRESSION)
    assert (found.text, found.where) == ("2(Xᵀr/n + λw)", {"r": "Xw − y"})
    assert str(found).endswith("loss itself, called at 3 random points, agrees with what was read")
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["input"].startswith("def loss(X, w, y, lam):") and plain["dialect"] == "numpy function"
    assert plain["seal"]["called"] == 3


def test_a_traced_problem_is_taken_wherever_a_text_is():
    problem = cr.trace(loss, **REGRESSION)
    assert cr.grad(problem, "lam").text == "‖w‖²"
    assert cr.hessian(problem, "w").text == cr.hessian(loss, "w", **REGRESSION).text == "2(λI + XᵀX/n)"
    assert cr.jacobian(lambda X, w: np.tanh(X @ w), "w", X="n d", w="d").text == "diag(1 − tanh(Xw)²) X"
    assert cr.hvp(problem, "w").text == "2(λI + XᵀX/n)v"


def test_only_a_scalar_function_has_a_gradient():
    with pytest.raises(cr.ShapeError, match=r"only a scalar has a gradient, and `f\(x\)` is none"):
        cr.grad(lambda x: x**2, "x", x="n")


def test_an_unknown_option_of_a_text_is_refused():
    with pytest.raises(cr.DeclarationError) as refused:
        cr.grad("x^2", "x", layot="row")
    assert refused.value.fix == "did you mean `layout`?"


# ------------------------------------------------------------------ names


def test_values_that_a_variable_holds_in_turn_are_numbered_as_lines_of_text_are():
    def f(x, W):
        h = np.tanh(W @ x)
        h = np.tanh(W @ h)
        h = np.tanh(W @ h)
        x = x + h
        return x @ h

    assert lets(f, x="n", W="n n") == ["h", "h_2", "h_3", "x_2"]


def test_sums_that_grow_views_and_long_names_are_left_out():
    def f(X, w):
        transposed, total, a_very_long_name_of_it = X.T, 0.0, np.exp(w)
        for i in range(3):
            total += np.sum(X[:, i] ** 2)
        _hidden = a_very_long_name_of_it * 2
        return total * np.sum(transposed) * np.sum(_hidden)

    assert lets(f, X="n 3", w="n") == ["total"]


def test_names_of_parameters_and_sizes_are_not_taken_again():
    def f(x, k):
        n = np.exp(x)
        return np.sum(n * n) * k

    assert lets(f, x="n", k="scalar") == []


def test_names_come_from_methods_partials_and_objects_too():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        def __call__(self, x):
            e = np.exp(x)
            return self.scale * np.sum(e * np.sin(e))

    assert lets(Model(2.0), x="n") == lets(Model(2.0).__call__, x="n") == lets(functools.partial(Model.__call__, Model(3.0)), x="n")
    assert lets(Model(2.0), x="n") == ["e"]
    assert cr.trace(Model(2.0), x="n").name == "Model"
    assert cr.trace(lambda x: x @ x, x="n").name == "f"


# ------------------------------------------------------------------ numbers and arrays


@pytest.mark.parametrize(
    "value, text",
    [
        (lambda x: x * np.sqrt(2 * np.pi), "√(2π)x"),
        (lambda x: x + 0.5 * np.log(2 * np.pi), "log(2π)/2 + x"),
        (lambda x: x / np.sqrt(2 * np.pi), "x/√(2π)"),
        (lambda x: x * np.pi, "πx"),
        (lambda x: x * (1 / 3), "x/3"),
        (lambda x: x * 0.1, "0.1x"),
        (lambda x: x - 1e9, "x − 1e9"),
    ],
)
def test_numbers_are_read_as_they_were_written(value, text):
    assert cr.trace(value, x="scalar").echo == f"f(x) = {text}"


@pytest.mark.parametrize("value", [np.pi / 6, 2 / np.sqrt(np.pi), np.log(2) * 3, np.sqrt(3) / 2])
def test_a_multiple_of_a_known_constant_is_found(value):
    assert known_constant(float(value)) is not None


@pytest.mark.parametrize("value", [0.3712837128, 2.718, 1.41421, 3.14159])
def test_other_numbers_stay_numbers(value):
    assert number_tree(value).kind == "number"


def test_constant_arrays_are_said_where_they_can_be():
    def f(x, S):
        return KERNEL @ x + np.sum(np.eye(3) @ S) + np.sum(np.tril(np.ones((3, 3))) * S) + np.sum(np.full((3, 3), 0.5) * S)

    problem = cr.trace(f, x="3", S="3 3")
    values = {"x": np.array([0.3, -1.0, 2.0]), "S": np.arange(9.0).reshape(3, 3)}
    assert problem.evaluate(values) == pytest.approx(f(**values))
    assert not any(n.kind == "concat" and len(n.args) > 3 for n in order([problem.typed]))


def test_a_comparison_of_places_is_a_triangle():
    def f(scores):
        n = scores.shape[0]
        i = np.arange(n)
        return np.sum(np.where(i[:, None] >= i[None, :], np.exp(scores), 0))

    found = cr.grad(f, "scores", scores="n n")
    assert found.text == "tril(𝟏𝟏ᵀ) ⊙ exp(scores)"


# ------------------------------------------------------------------ parameters


def test_parameters_may_be_lists_and_dicts_of_arrays():
    def network(params, x):
        for layer in params:
            x = np.tanh(layer["W"] @ x + layer["b"])
        return np.sum(x)

    shapes = dict(params=[{"W": "k d", "b": "k"}, {"W": "m k", "b": "m"}], x="d")
    problem = cr.trace(network, **shapes)
    assert len(problem.variables) == 5
    wrt = next(name for name in problem.variables if "W" in name)
    assert cr.grad(problem, wrt).verified


def test_parameters_with_a_default_keep_it_and_arrays_stand_for_their_shapes():
    def f(x, scale=3.0, activation=np.tanh):
        return scale * np.sum(activation(x))

    assert cr.trace(f, x=np.zeros(5)).echo == "f(x) = 3 sum(tanh(x))"
    assert [str(d) for d in cr.trace(f, x=np.zeros(5)).variables["x"].dims] == ["5"]
    assert cr.trace(f, declare="x: n, scale: positive").echo == "f(x, scale) = scale sum(tanh(x))"


def test_a_parameter_that_does_not_matter_is_no_variable_of_the_formula_but_is_passed():
    def f(x, unused):
        return np.sum(x**2)

    found = cr.grad(f, "x", x="n", unused="n n")
    assert found.verified and list(found.problem.variables) == ["x"]
    assert cr.grad(f, "unused", x="n", unused="n n").notes == ["zero because unused does not occur in the function"]


# ------------------------------------------------------------------ the seal


def test_randomness_is_found_by_the_seal():
    with pytest.raises(cr.UnverifiedError, match="`noisy` gives another value each time it is called"):

        def noisy(x):
            return np.sum(x) * np.random.rand()

        cr.grad(noisy, "x", x="n")


def test_what_the_trace_did_not_see_is_found_by_the_seal():
    def secret(x):
        return np.sum(x**2) if isinstance(x, np.ndarray) else np.sum(x**3)

    with pytest.raises(cr.UnverifiedError) as refused:
        cr.grad(secret, "x", x="n")
    assert refused.value.problem == "`secret` gives other values than what was read of it"
    assert "secret(x) = sum(x³)" in refused.value.given


def test_another_shape_is_found_by_the_seal():
    def reshaped(x):
        return np.sum(x, keepdims=isinstance(x, np.ndarray))

    with pytest.raises(cr.UnverifiedError, match="returns another shape"):
        cr.grad(reshaped, "x", x="n")


def test_a_function_that_cannot_be_called_with_arrays_is_refused():
    def picky(x):
        if isinstance(x, np.ndarray):
            raise ValueError("no arrays, please")
        return np.sum(x)

    with pytest.raises(cr.DomainError) as refused:
        cr.grad(picky, "x", x="n")
    assert refused.value.given == "ValueError: no arrays, please"


# ------------------------------------------------------------------ leaving things as they were


def test_numpy_is_as_before_after_a_trace_and_after_an_error():
    before = {name: getattr(np, name) for name in dir(np)}
    own = dict(globals())
    cr.trace(loss, **REGRESSION)
    with pytest.raises(cr.TraceError):
        cr.trace(lambda x: 1 / 0, x="n")
    assert all(getattr(np, name) is held for name, held in before.items())
    assert {k: v for k, v in globals().items() if k not in own} == {} and all(globals()[k] is v for k, v in own.items())


def test_what_stands_in_for_a_function_gives_others_what_they_always_got():
    for original in (np.ones, np.zeros, np.eye, np.arange):
        assert np.array_equal(replacements()[id(original)](3), original(3))
    assert np.array_equal(replacements()[id(np.array)]([1, 2]), np.array([1, 2]))


def test_threads_may_trace_at_once():
    found = []
    threads = [threading.Thread(target=lambda: found.append(cr.grad(loss, "w", **REGRESSION).text)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["2(Xᵀr/n + λw)"] * 4
