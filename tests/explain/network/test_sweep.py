"""Both passes through formulas and networks: the steps, their kinds, what is sent back, and what is refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, ShapeError, UnknownNameError
from chainrule.explain.network import network, traced_values
from chainrule.explain.network.local import Local
from chainrule.explain.network.verified import checked
from chainrule.ops.declare import lookup
from chainrule.syntax import read

rng = np.random.default_rng(0)


def test_a_formula_without_names_is_taken_apart():
    problem = read("||sigmoid(X W1 + ones b1^T) W2 - Y||_F^2/n", "X: n d, W1: d h, W2: h 2, b1: h, Y: n 2")
    values = {"X": rng.normal(size=(5, 4)), "W1": rng.normal(size=(4, 3)), "b1": rng.normal(size=3), "W2": rng.normal(size=(3, 2)), "Y": rng.normal(size=(5, 2))}
    steps = traced_values(problem, values, wrt=["W1", "b1", "W2"])
    assert [(s.name, s.formula, s.inputs, s.others) for s in steps] == [
        ("Z", "XW1 + 𝟏b1ᵀ", ["W1", "b1"], ["X"]), ("S", "σ(Z)", ["Z"], []),
        ("R", "SW2 − Y", ["S", "W2"], ["Y"]), ("L", "‖R‖_F²/n", ["R"], []),
    ]  # fmt: skip
    assert [s.kind for s in steps] == ["linear", lookup("sigmoid"), "linear", "function"]
    assert steps.step("S").value.shape == (5, 3) and checked(steps).ok
    assert steps.step("Z").factor("W1") == pytest.approx(np.linalg.norm(steps.gradients["W1"]) / steps.step("Z").norm)


def test_names_that_the_person_gave_are_steps_and_what_is_inside_is_cut_too():
    steps = traced_values(read("h = relu(W x + b)\nL = ||V h - y||^2"), {n: rng.normal(size=s) for n, s in dict(W=(3, 2), x=2, b=3, V=(2, 3), y=2).items()})
    assert [(s.name, s.formula) for s in steps] == [("z", "Wx + b"), ("h", "relu(z)"), ("r", "Vh − y"), ("L", "‖r‖²")]


def test_one_function_of_one_thing_stays_whole():
    steps = traced_values(read("n = layernorm(z)\nL = ||n - y||^2", "z: 4, y: 4"), {"z": rng.normal(size=4), "y": np.zeros(4)})
    assert [(s.name, s.formula) for s in steps] == [("n", "layernorm(z)"), ("r", "n − y"), ("L", "‖r‖²")]
    assert steps.step("n").kind == "function"


def test_a_step_that_is_used_twice_gets_the_sum_of_what_comes_back():
    steps = traced_values(read("a = tanh(x)\nL = a^T a + sum(exp(a))", "x: 3"), {"x": np.array([0.1, -0.4, 2.0])})
    a = np.tanh(steps.values["x"])
    assert np.allclose(steps.arriving["a"], 2 * a + np.exp(a))
    assert np.allclose(steps.gradients["x"], (2 * a + np.exp(a)) * (1 - a**2))


def test_what_does_not_move_is_held_and_what_the_loss_does_not_need_gets_nothing():
    problem = read("D = diag(s)\nz = D A x\nL = ||z - y||^2", "A: 2 2, x: 2, s: 2, y: 2")
    values = {"A": rng.normal(size=(2, 2)), "x": np.ones(2), "s": np.array([1.0, 3.0]), "y": np.zeros(2)}
    steps = traced_values(problem, values, wrt="x")
    assert [s.name for s in steps] == ["z", "r", "L"] and np.allclose(steps.values["D"], np.diag([1, 3]))
    assert np.allclose(steps.gradients["x"], 2 * values["A"].T @ np.diag([1, 9]) @ values["A"] @ np.ones(2))
    constant = traced_values(read("sum(y)", "x: 3, y: 3"), {"x": np.ones(3), "y": np.ones(3)}, wrt="x")
    assert np.array_equal(constant.gradients["x"], np.zeros(3))


def test_nan_goes_where_it_goes_and_nothing_raises():
    net = network("dense 2, log, dense 1, mse", 2)
    steps = traced_values(net, net.values() | {"W1": np.zeros((2, 2)), "b1": np.array([-1.0, 2.0])})
    assert [bool(np.all(np.isfinite(s.value))) for s in steps] == [True, False, False, False]
    assert np.isnan(steps.gradients["W1"]).any()


@pytest.mark.parametrize("chain", ["dense 3, sigmoid, dense 2, mse", "2 x (dense 4, batch norm, relu), dense 2, softmax cross-entropy", "rnn 3 x 4, dense 1, huber"])
def test_the_check_sees_a_gradient_that_is_off(chain):
    net = network(chain, 3, 5)
    steps = traced_values(net, net.values(seed=1))
    assert checked(steps).worst < 1e-12
    name = list(net.weights)[0]
    steps.arriving[name] = steps.arriving[name] * (1 + 1e-4)
    assert checked(steps).total > 1e-6 and not checked(steps).ok
    steps = traced_values(net, net.values(seed=1))
    steps[1].sent[steps[1].inputs[0]] = steps[1].sent[steps[1].inputs[0]] + 1e-3
    assert checked(steps).local > 1e-6


def test_a_python_function_has_steps_too():
    problem = cr.trace(lambda X, w, y: np.mean((np.tanh(X @ w) - y) ** 2), X="n d", w="d", y="n")
    values = {"X": rng.normal(size=(6, 3)), "w": rng.normal(size=3), "y": rng.normal(size=6)}
    steps = traced_values(problem, values, wrt="w")
    t = np.tanh(values["X"] @ values["w"])
    assert np.allclose(steps.gradients["w"], values["X"].T @ (2 * (t - values["y"]) * (1 - t**2)) / 6)


def test_a_deep_network_is_no_deeper_than_its_list():
    net = network("400 x (dense 2, tanh), dense 1, mse", 2)
    steps = traced_values(net, net.values())
    assert len(steps) == 802 and checked(steps).ok


REFUSED = [
    ("A x - b", {"A": np.eye(2), "x": np.ones(2), "b": np.ones(2)}, None, ShapeError, "gradients come back from one number, the loss"),
    ("||A x||^2", {"A": np.eye(2)}, None, UnknownNameError, "`x` has no value"),
    ("||A x||^2", {"A": np.eye(2), "x": np.ones(2)}, "y", UnknownNameError, "`y` is not a variable of the function"),
    ("||A x||^2", {"A": np.eye(2), "x": np.ones(3)}, None, ShapeError, "`x` has not the shape that was declared"),
]


@pytest.mark.parametrize("formula, values, wrt, kind, problem", REFUSED, ids=[r[4] for r in REFUSED])
def test_what_cannot_be_traced_is_refused(formula, values, wrt, kind, problem):
    with pytest.raises(ChainruleError) as error:
        traced_values(read(formula), values, wrt)
    assert isinstance(error.value, kind)


def test_a_step_or_input_that_there_is_not_is_refused():
    steps = traced_values(read("a = tanh(x)\nL = ||a||^2", "x: 2"), {"x": np.ones(2)})
    with pytest.raises(UnknownNameError, match="there is no step `b`"):
        steps.step("b")
    with pytest.raises(UnknownNameError, match="`y` does not move in this step"):
        steps.step("a").local("y")


def test_the_check_sees_a_printed_jacobian_that_is_off(monkeypatch):
    net = network("dense 3, tanh, dense 2, mse", 3)
    value = Local.value
    monkeypatch.setattr(Local, "value", lambda local, layout="column": value(local, layout) * (1 + 1e-4))
    assert checked(traced_values(net, net.values())).local > 1e-6


@pytest.mark.parametrize("chain", ["dense 4, sigmoid, dense 3, tanh, dense 1, sse", "dense 3, softplus, dense 2, softmax cross-entropy",
    "dense 3, relu, dense 3, gelu, dense 2, bce with logits", "dense 1, layer norm, dense 1, mse"])  # fmt: skip
@pytest.mark.parametrize("scale", [0.01, 100])
def test_saturated_units_are_no_false_alarm(chain, scale):
    """1 − σ(40) is nothing but rounding, and so is what the backward pass makes of it."""
    net = network(chain, 3, 4)
    found = checked(traced_values(net, net.values(seed=1, scale=scale)))
    assert found.ok and found.left_out == 0


def test_what_is_constant_by_its_sign_is_held_though_it_is_made_of_what_moves():
    net = network("dense 2, softplus, residual(sign), mse", 3)
    values = net.values()
    steps = traced_values(net, values)
    assert np.array_equal(steps.values["a2"], np.ones(2)) and checked(steps).ok
