"""The record of a formula: values and gradients against the symbolic derivative, names, what-ifs made on the formula, NaN explained."""

import numpy as np
import pytest

from chainrule.explain.diagnosis.formula import read_formula
from chainrule.explain.diagnosis.record import Change
from chainrule.explain.network import network, traced_values
from chainrule.syntax import read
from tests.explain.diagnosis.corpus import formula_nets

NETS = formula_nets.BROKEN + formula_nets.HEALTHY_ONES
CHAINS = [
    ("dense 5, tanh, dense 1, mse", dict(input=3)),
    ("dense 5, layer norm, gelu, dense 3, softmax cross-entropy", dict(input=4, batch=6)),
    ("residual(dense 4, relu, dense 4), dense 1, binary cross-entropy with logits", dict(input=4, batch=5)),
    ("attention, mean pool, dense 2, huber", dict(input=(5, 4))),
    ("rnn 4, dense 2, mse", dict(input=(6, 3))),
    ("dense 4, batch norm, softplus, rms norm, dense 2, poisson", dict(input=3, batch=4)),
    ("dense 4, elu, leaky_relu, dense 3, softmax, mse", dict(input=3)),
]


def of_text(text, declare, values, moving):
    return read_formula(read(text, declare), moving, {n: np.asarray(x, dtype=float) for n, x in values.items()})


@pytest.mark.parametrize("chain, more", CHAINS, ids=[c for c, _ in CHAINS])
def test_values_and_gradients_are_those_of_the_derived_network(chain, more):
    """The derived backward pass goes over the graph, this one over the text: they share no rule."""
    net = network(chain, **more)
    values = net.values(seed=1)
    reading = read_formula(net, list(net.weights), values)
    trace = traced_values(net, values)
    assert reading.loss == pytest.approx(trace.loss, rel=1e-12)
    for name, g in trace.gradients.items():
        mine = reading.parameters[name].gradient
        assert mine.norm == pytest.approx(float(np.linalg.norm(g)), rel=1e-9, abs=1e-12)
        assert mine.mean == pytest.approx(float(g.mean()), rel=1e-9, abs=1e-12)
    named = [step for step in trace if reading.layer(step.name) is not None]
    assert len(named) > len(trace) / 2
    for step in named:
        layer = reading.layer(step.name)
        assert layer.value.norm == pytest.approx(float(np.linalg.norm(step.value)), rel=1e-9)
        assert layer.gradient.norm == pytest.approx(step.norm, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("item", [i for i in NETS if i.cause not in (formula_nets.NAN, formula_nets.OVERFLOW)], ids=str)
def test_gradients_of_the_corpus_are_differences_of_the_loss(item):
    net = item.make()
    reading = formula_nets.reading(net)
    problem = read(net.function, net.declare) if isinstance(net.function, str) else net.function
    rng = np.random.default_rng(0)
    for name in list(net.params)[-2:]:
        found = reading.parameters[name].gradient
        if found is None or found.bad or item.cause in (formula_nets.EXPLODING, formula_nets.DETACHED):
            continue
        only = {**net.batch, **net.params}
        x, direction = net.params[name], rng.normal(size=np.shape(net.params[name]))
        slope = [(float(problem.evaluate({**only, name: x + h * direction})) - float(problem.evaluate({**only, name: x - h * direction}))) / (2 * h) for h in (1e-5, 1e-6)]
        assert min(abs(s) for s in slope) <= found.norm * np.linalg.norm(direction) * (1 + 1e-4) + 1e-8  # Cauchy–Schwarz


def test_layers_go_by_the_names_of_the_text_or_by_how_they_are_written():
    reading = of_text("z = W x + b\na = sigmoid(z)\nL = sum((a - y).^2)", "W: 3 2, x: 2, b: 3, y: 3",
                      {"W": np.ones((3, 2)), "x": [1, 2], "b": [0, 0, 1], "y": [0, 0, 0]}, ["W", "b"])  # fmt: skip
    z, a = reading.layer("z"), reading.layer("a")
    assert (z.kind, z.parameters, z.inputs, z.text) == ("linear", ("W", "b"), ("x",), "W x + b")
    assert (a.kind, a.operation, a.text, a.argument) == ("elementwise", "sigmoid", "σ(z)", "z")
    assert [layer.name for layer in reading.layers][:4] == ["x", "y", "z", "a"] and reading.layers[-1].name == "L"
    assert a.passed["z"].norm == pytest.approx(z.gradient.norm)


def test_samples_and_units_lie_where_the_text_has_them():
    values = {"X": np.random.default_rng(0).normal(size=(7, 3)), "W": np.diag([1.0, 1, 1])[:, :2] - [[0, 9]] * 3, "y": np.zeros(7)}
    reading = of_text("A = relu(X W)\nL = sum((A c - y).^2)", "X: n d, W: d h, c: h, y: n", {**values, "c": [1, 1]}, ["W", "c"])
    slopes = reading.layer("A").slopes
    assert reading.layer("A").value.samples == 7 and slopes.units == 2


def test_the_what_ifs_of_a_formula_are_the_changed_formula_computed():
    net = formula_nets.saturated_sigmoids()
    reading = formula_nets.reading(net)

    def loss(text, **changed):
        return float(read(text, net.function.declare).evaluate({**net.batch, **net.params, **changed}))

    text = net.function.text
    assert reading.rerun(Change("scale", "W1", 0.1)).loss == pytest.approx(loss(text, W1=0.1 * net.params["W1"]), rel=1e-12)
    assert reading.rerun(Change("activation", "A1", "tanh")).loss == pytest.approx(loss(text.replace("A1 = sigmoid", "A1 = tanh")), rel=1e-12)
    assert reading.rerun(Change("normalise", "Z2")).loss == pytest.approx(loss(text.replace("sigmoid(Z2)", "sigmoid(layernorm(Z2))")), rel=1e-6)
    assert reading.rerun(Change("residual", "A2")).loss == pytest.approx(loss(text.replace("A2 = sigmoid(Z2)", "A2 = sigmoid(Z2) + Z2")), rel=1e-12)
    both = reading.rerun(Change("scale", "W1", 0.1), Change("activation", "A2", "relu"))
    assert both.loss == pytest.approx(loss(text.replace("A2 = sigmoid", "A2 = relu"), W1=0.1 * net.params["W1"]), rel=1e-12)
    assert reading.rerun(Change("residual", "Z1")) is None  # of other shape
    assert reading.rerun(Change("attach", "A1")) is None and reading.rerun(Change("scale", "X", 2)) is None


def test_a_changed_formula_has_the_gradient_of_the_changed_formula():
    net = network("dense 4, tanh, dense 4, tanh, dense 1, mse", input=3, batch=5)
    values = net.values(seed=2)
    changed = read_formula(net, list(net.weights), values).rerun(Change("residual", "A2"), Change("normalise", "Z1"))
    text = net.text.replace("A2 = tanh(Z2)", "A2 = tanh(Z2) + Z2").replace("tanh(Z1)", "tanh(layernorm(Z1))")
    trace = traced_values(read(text, net.declare), values, wrt=list(net.weights))
    for name, g in trace.gradients.items():
        assert changed.parameters[name].gradient.norm == pytest.approx(float(np.linalg.norm(g)), rel=1e-6)


def test_of_nan_in_the_backward_pass_it_is_said_what_frameworks_return_and_whether_there_is_a_gradient():
    """‖x‖² spelled √(Σx²)² has a gradient at 0; the rules of autodiff do not find it."""
    reading = of_text("L = sqrt(sum(x.^2))^2", "x: 3", {"x": np.zeros(3)}, ["x"])
    assert reading.loss == 0 and reading.parameters["x"].gradient.nans == 3
    assert reading.notes[0] == "by their rules at each operation JAX returns 3 entries that are no numbers, PyTorch returns 3 entries that are no numbers"
    assert "the gradient itself exists at this point" in reading.notes[1] and reading.notes[1].endswith("its norm is 0")
    reading = of_text("L = sum(sqrt(x))", "x: 2", {"x": [0.0, 1.0]}, ["x"])
    assert "exists" not in " ".join(reading.notes).replace("does not exist", "")


def test_the_operation_and_the_entry_where_nan_is_born_are_recorded():
    reading = formula_nets.reading(formula_nets.nan_from_log())
    log = reading.layer("log(P)")
    assert log.operation == "log" and log.value.infinities > 0 and log.given.finite and log.given.smallest == 0
    assert not reading.layer("P").value.bad


def test_what_is_given_is_left_as_it_was():
    net = formula_nets.healthy_mlp()
    before = {n: x.copy() for n, x in {**net.batch, **net.params}.items()}
    reading = formula_nets.reading(net)
    reading.rerun(Change("scale", "W1", 3.0))
    assert all(np.array_equal(before[n], x) for n, x in {**net.batch, **net.params}.items())
    assert formula_nets.reading(net).loss == reading.loss
