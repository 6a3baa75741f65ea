"""Chains of layers as formulas: what each layer writes, its shapes, its starting values; and what is refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.backprop import HELP
from chainrule.core.errors import ChainruleError
from chainrule.explain.network import network, traced_values
from chainrule.explain.network.initial import SCHEMES
from chainrule.explain.network.layers import ALIASES, LAYERS, activations, key
from chainrule.explain.network.losses import LOSSES
from chainrule.ops.declare import elementwise_ops
from chainrule.ops.losses import RESIDUAL_LOSSES

PROBABILITIES = ("binary cross-entropy", "cross-entropy", "kl divergence")
SHAPED = {  # layers that want a number, a block or a certain input: an example of each, its input and batch
    "dense": ("dense 4", 3, None), "residual": ("residual(dense 3, tanh)", 3, None), "rnn": ("rnn 2 x 3", 3, None),
    "conv": ("conv 2", 5, None), "attention": ("attention 2", (4, 3), None), "mean pool": ("mean pool", (4, 3), None),
    "batch norm": ("batch norm", 3, 4),
}  # fmt: skip


def example(name):
    if name in LOSSES:
        return ("softmax, " if name in PROBABILITIES else "") + name, 3, None
    chain, *of = SHAPED.get(name, (name, 3, None))
    return f"{chain}, mse", *of


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch", [None, 4])
def test_every_layer_is_a_function_whose_gradients_agree_with_the_derived_ones(name, batch):
    chain, sample, own = example(name)
    if batch is not None and (isinstance(sample, tuple) or name == "conv"):
        batch = None
    net = network("dense 3, " + chain if name not in SHAPED or name == "dense" else chain, sample, own or batch)
    assert net.dims == () and net.layers[-1].steps == ("L",)
    values = net.values(seed=3)
    assert {n: np.shape(x) for n, x in values.items()} == {**net.weights, **net.data}
    steps = traced_values(net, values, wrt=list(net.weights) or net.inputs)
    for weight in steps.gradients:
        derived = cr.grad(net, weight, seal=False).compile()(**values)
        assert np.allclose(steps.gradients[weight], derived, rtol=1e-9, atol=1e-12), weight


@pytest.mark.parametrize("declaration", activations(), ids=str)
def test_every_activation_of_the_registry_is_a_layer(declaration):
    net = network(f"dense 3, {declaration.name}, dense 2, mse", 2)
    assert [layer.kind for layer in net.layers] == ["dense", declaration.name, "dense", "mse"]
    values = net.values(seed=1)
    domain = declaration.domain if declaration.arity == 1 else declaration.domain[0]
    low, high = max(domain.low, -1.5), min(domain.high, 3.0)
    values["W1"], values["b1"] = np.zeros((3, 2)), low + (high - low) * np.array([0.21, 0.52, 0.83])
    steps = traced_values(net, values)
    value = steps.step("a1").value
    numbers = [float(d) for d in declaration.defaults]
    assert np.allclose(value, declaration.evaluate(values["b1"], *numbers))
    h = 1e-6
    slope = (declaration.evaluate(values["b1"] + h, *numbers) - declaration.evaluate(values["b1"] - h, *numbers)) / (2 * h)
    local = steps.step("a1").local("z1")
    assert local.structure == ("diagonal" if np.any(slope) else "zero") and np.allclose(np.diag(local.matrix()), slope, rtol=1e-5, atol=1e-7)


def test_every_loss_that_ops_declares_ends_a_chain():
    for declaration in RESIDUAL_LOSSES:
        net = network(f"dense 2, {declaration.name}", 3)
        z, y = np.array([0.3, -2.5]), np.array([0.1, 0.4])
        found = traced_values(net, {"W1": np.zeros((2, 3)), "b1": z, "x": np.ones(3), "y": y}).loss
        assert found == pytest.approx(np.mean(declaration.evaluate(z - y, *map(float, declaration.defaults))))


def test_every_word_of_the_table_is_in_the_help_and_none_hides_a_function():
    told = [" ".join(network.__doc__.split()), " ".join(HELP.split())]
    assert all(name in text for name in LAYERS for text in told), [n for n in LAYERS if n not in told[0] or n not in told[1]]
    words = {key(n) for o in elementwise_ops() for n in (o.name, *o.aliases)}
    assert words & set(ALIASES) == {"huber", "ln"}  # a loss; layer norm, which is what networks call ln


def test_layers_are_lines_with_the_names_of_a_lecture():
    net = network("dense 3, sigmoid, dense 1, mse", input=2)
    assert net.text == "z1 = W1 x + b1\na1 = sigmoid(z1)\nz2 = W2 a1 + b2\nL = ||z2 - y||^2"
    assert net.declare == "x: 2, W1: 3 2, b1: 3, W2: 1 3, b2: 1, y: 1"
    assert net.weights == net.parameters == {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
    assert (net.inputs, net.target, net.size) == (["x"], "y", 13)
    assert repr(net) == "<Network dense 3, sigmoid, dense 1, mse: 13 parameters, network(W1, x, b1, W2, b2, y)>"


def test_a_batch_has_a_row_for_each_sample():
    net = network("dense 3, layer norm affine, relu, dropout 0.25, dense 2, softmax cross-entropy", input=4, batch=8)
    assert net.text == (
        "Z1 = X W1 + ones b1^T\nN1 = layernorm(Z1) diag(g1) + ones c1^T\nA1 = relu(N1)\nD1 = A1 .* M1 / 0.75\n"
        "Z2 = D1 W2 + ones b2^T\nL = -sum(Y .* log_softmax(Z2))/8"
    )
    assert net.declare.endswith("M1: 8 3 mask01, W2: 3 2, b2: 2, Y: 8 2 onehot")
    mask = network("dropout 0.25, mse", 1000).sample(seed=1)["m1"]
    assert set(mask) == {0.0, 1.0} and abs(mask.mean() - 0.75) < 0.05


def test_blocks_are_repeated_and_residuals_add_what_they_were_given():
    net = network("2 x (dense 2, tanh), residual(dense 2, relu) -> mse", 2)
    assert net.text.splitlines()[2:] == ["z2 = W2 a1 + b2", "a2 = tanh(z2)", "z3 = W3 a2 + b3", "a3 = relu(z3)", "r3 = a2 + a3", "L = ||r3 - y||^2/2"]
    assert [layer.text for layer in net.layers][-3:] == ["relu", "residual(dense 2, relu)", "mse"]
    assert net.layer_of["r3"].steps == ("r3",) and net.layer_of["z3"].weights == ("W3", "b3")


def test_recurrent_weights_are_the_same_at_every_step():
    net = network("rnn 4 relu x 3, dense 1, mse", 2)
    assert net.text.splitlines()[:4] == ["s1 = W1 x1 + b1", "h1 = relu(s1)", "s2 = W1 x2 + U1 h1 + b1", "h2 = relu(s2)"]
    assert net.inputs == ["x1", "x2", "x3"] and net.weights["U1"] == (4, 4)
    sequence = network("rnn 4, dense 1, mse", (3, 2))
    assert sequence.text.splitlines()[2] == "s2 = W1 X[1] + U1 h1 + b1"
    assert "U1" not in network("rnn 4 x 1, mse", 2).weights


def test_attention_has_heads():
    net = network("attention 2 heads 3, mean pool, mse", (5, 4))
    assert net.text.splitlines()[-3:] == ["O1 = P1a V1a Wo1a + P1b V1b Wo1b + P1c V1c Wo1c", "v1 = colmean(O1)", "L = ||v1 - y||^2/4"]
    assert net.weights["Wq1a"] == (4, 2) and net.weights["Wo1c"] == (2, 4)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_sets_the_size_of_weights_and_the_scale_multiplies_it(scheme):
    net = network("dense 200, tanh, dense 100, layer norm affine, mse", 300)
    values = net.initial(seed=2, scheme=scheme)
    again, larger = net.initial(seed=2, scheme=scheme), net.initial(seed=2, scheme=scheme, scale=5, bias=-10)
    assert {n: x.shape for n, x in values.items()} == net.weights
    assert all(np.array_equal(values[n], again[n]) for n in values)
    assert np.allclose(larger["W1"], 5 * values["W1"]) and np.all(larger["b1"] == -10) and np.all(larger["g2"] == 1)
    deviation = {"xavier": (2 / 500) ** 0.5, "xavier_uniform": (2 / 500) ** 0.5, "he": (2 / 300) ** 0.5, "he_uniform": (2 / 300) ** 0.5,
        "lecun": (1 / 300) ** 0.5, "orthogonal": (1 / 300) ** 0.5, "normal": 1.0, "torch": (1 / 900) ** 0.5, "zeros": 0.0}[scheme]  # fmt: skip
    assert np.std(values["W1"]) == pytest.approx(deviation, rel=0.03)
    if scheme == "orthogonal":
        assert np.allclose(values["W1"] @ values["W1"].T, np.eye(200))


REFUSED = [
    ("dense 3, sigmid, mse", 2, None, "there is no layer `sigmid`", "did you mean `sigmoid`?"),
    ("dens 3, mse", 2, None, "there is no layer `dens`", "did you mean `dense`?"),
    ("", 2, None, "the network is empty", "dense 3, sigmoid, dense 1, mse"),
    ("dense -3, mse", 2, None, "`-` cannot be read here", "dense 3, sigmoid, dense 1, mse"),
    ("dense 3", 2, None, "the network has no loss", "dense 3, mse"),
    ("dense 3 mse", 2, None, "`mse` means nothing here", None),
    ("mse, dense 3", 2, None, "the loss comes last", None),
    ("residual(mse), mse", 2, None, "the loss comes last", None),
    ("residual(dense 3), mse", 2, None, "the two branches of the residual differ in shape", "end them with dense 2"),
    ("dense, mse", 2, None, "`dense` takes a whole number, 1 to 1,000,000", "dense 3"),
    ("dense 2.5, mse", 2, None, "`dense` takes a whole number, 1 to 1,000,000", "dense 3"),
    ("dense 3 relu, mse", 2, None, "`relu` means nothing here", None),
    ("relu 3, mse", 2, None, "`relu` takes no number here", "relu"),
    ("prelu, mse", 2, None, "`prelu` takes 1 number here", "prelu 0.1"),
    ("batch norm, mse", 2, None, "batch norm needs a batch", "cr.network(…, batch=8), or layer norm"),
    ("attention, mse", 2, 4, "attention needs a sequence", "cr.network(…, input=(5, 4)): 5 places of 4 numbers"),
    ("dense 3, bce", 2, None, "bce needs probabilities", "binary cross-entropy with logits"),
    ("tanh, cross-entropy", 2, None, "cross-entropy needs probabilities", "softmax cross-entropy"),
    ("rnn 4, mse", 2, None, "how many steps has the recurrence?", "rnn 4 x 10"),
    ("rnn 4 sigmid x 2, mse", 2, None, "`sigmid` is no activation", "did you mean `sigmoid`?"),
    ("dropout 1, mse", 2, None, "dropout takes the share that is dropped, from 0 to below 1", None),
    ("conv 9, mse", 5, None, "the kernel does not fit", None),
    ("residual(dense 2, mse", 2, None, "the network ends too early", "dense 3, sigmoid, dense 1, mse"),
    ("dense 1000000, dense 1000000, mse", 2, None, "the network has too many weights", None),
    ("mse", 1_000_000, 100, "a layer is too large", None),
    ("attention 2, mean pool, mse", (50_000, 2), None, "a layer is too large", None),
    ("5000 x (relu), mse", 2, None, "the network has too many layers", None),
    ("(" * 40 + "relu" + ")" * 40 + ", mse", 2, None, "the blocks are nested too deeply", None),
    ("mse", 0, None, "the input is one size, or two for a sequence", "input=2"),
    ("mse", 2, 0, "batch is how many samples there are", "batch=8"),
    ("mse", (3, 2), 4, "a batch of sequences has three axes, and a layer here has two", "cr.network(…, input=(3, 2))"),
    (None, 2, None, "a network is given as a text", None),
]


@pytest.mark.parametrize("chain, sample, batch, problem, fix", REFUSED, ids=[str(r[0])[:30] for r in REFUSED])
def test_what_is_no_network_is_refused_with_what_to_do(chain, sample, batch, problem, fix):
    with pytest.raises(ChainruleError) as error:
        network(chain, sample, batch)
    assert (error.value.problem, error.value.fix) == (problem, fix)


@pytest.mark.parametrize("door", ["derive", "value_and_grad", "hvp", "steps", "compile", "minimize"])
def test_a_network_is_a_function_for_every_door(door):
    net = network("dense 2, tanh, dense 1, mse", 2, batch=6)
    values = net.values(seed=5)
    if door == "minimize":
        data = {n: values[n] for n in net.data}
        assert cr.minimize(net, list(net.weights), data, start=net.initial(seed=5)).value < traced_values(net, values).loss
    elif door == "compile":
        found = cr.compile(net, "W1", "value, grad")(**values)
        assert found["value"] == pytest.approx(traced_values(net, values).loss)
    elif door == "steps":
        assert cr.grad(net, "W1").steps.verified
    elif door == "value_and_grad":
        assert cr.value_and_grad(net, "W1, b1").verified
    else:
        assert getattr(cr, door)(net, "W1").verified
