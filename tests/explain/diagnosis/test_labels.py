"""The labels of the corpus are proved with the numbers of PyTorch, JAX and NumPy alone; nothing of the diagnosis is used here."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from chainrule.syntax import read
from tests.explain.diagnosis.corpus import formula_nets, jax_nets, torch_nets
from tests.explain.diagnosis.corpus.item import (
    DEAD, DETACHED, EXPLODING, NAN, NAN_BACKWARD, OVERFLOW, SATURATED, SOFTMAX, SYMMETRIC, VANISHING,
)  # fmt: skip

EVERY = (DEAD, DETACHED, EXPLODING, NAN, NAN_BACKWARD, OVERFLOW, SATURATED, SOFTMAX, SYMMETRIC, VANISHING)


class Seen:
    """What autodiff says of a network: loss, gradients by name, and how the loss changes when parameters are moved."""

    def __init__(self, loss, gradients, moved):
        self.loss, self.gradients, self.moved = loss, gradients, moved

    def norm(self, name):
        return float(np.linalg.norm(self.gradients[name]))


def seen_in_torch(net):
    model, (x, y) = net.function, net.batch

    def loss():
        out = model(x)
        same = out.is_floating_point() and y.is_floating_point() and out.numel() == y.numel()
        return net.loss(out.reshape(y.shape) if same else out, y)

    value = loss()
    names, weights = zip(*model.named_parameters())
    found = torch.autograd.grad(value, weights, allow_unused=True)
    gradients = {n: np.zeros(w.shape) if g is None else g.numpy() for n, w, g in zip(names, weights, found)}

    def moved(name):
        w = dict(model.named_parameters())[name]
        with torch.no_grad():
            was = w.clone()
            w += 0.1 * torch.sign(torch.randn(w.shape, generator=torch.Generator().manual_seed(0)))
            after = float(loss())
            w.copy_(was)
        return after - float(value.detach())

    return Seen(float(value.detach()), gradients, moved)


def named(tree):
    return {jax.tree_util.keystr(path, simple=True, separator="."): np.asarray(x) for path, x in jax.tree_util.tree_flatten_with_path(tree)[0]}


def seen_in_jax(net):
    value, found = jax.value_and_grad(net.function)(net.params, *net.batch)

    def moved(name):
        rng = np.random.default_rng(0)
        shift = lambda path, x: x + 0.1 * rng.choice([-1, 1], size=x.shape) * (jax.tree_util.keystr(path, simple=True, separator=".") == name)  # noqa: E731
        return float(net.function(jax.tree_util.tree_map_with_path(shift, net.params), *net.batch)) - float(value)

    return Seen(float(value), named(found), moved)


def seen_in_numpy(net):
    """A formula's values by its interpreter, gradients by differences of these: the graph and its derivatives have no part in it."""
    problem = read(net.function, net.declare) if isinstance(net.function, str) else net.function
    at = {**net.batch, **net.params}
    value = float(problem.evaluate(at))

    def moved(name):
        shift = 0.1 * np.random.default_rng(0).choice([-1, 1], size=np.shape(net.params[name]))
        return float(problem.evaluate({**at, name: net.params[name] + shift})) - value

    class Differences(dict):
        def __missing__(self, name):
            x, h = net.params[name], 1e-5
            found = np.zeros(x.shape)
            for k in list(np.ndindex(*x.shape))[:40]:
                step = np.zeros(x.shape)
                step[k] = h
                found[k] = (problem.evaluate({**at, name: x + step}) - problem.evaluate({**at, name: x - step})) / (2 * h)
            return found

    return Seen(value, Differences(), moved)


SEEN = {"torch": seen_in_torch, "jax": seen_in_jax, "formula": seen_in_numpy}
BROKEN = [item for nets in (torch_nets, jax_nets, formula_nets) for item in nets.BROKEN]
HEALTHY = [item for nets in (torch_nets, jax_nets, formula_nets) for item in nets.HEALTHY_ONES]


def weights_of(net, front):
    """[(W, b)] of a dense network, W of shape (in, out), and its input."""
    if front == "torch":
        layers = [m for m in net.function.modules() if isinstance(m, torch.nn.Linear)]
        return [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in layers], net.batch[0].numpy()
    if front == "jax":
        return [(np.asarray(p["w"]), np.asarray(p["b"])) for p in jax_nets.in_order(net.params)], np.asarray(net.batch[0])
    count = sum(name.startswith("W") for name in net.params)
    return [(net.params[f"W{k}"], net.params[f"b{k}"]) for k in range(1, count + 1)], net.batch["X"]


def before_activations(net, front, activation):
    """The arguments of the activations of a dense network, by NumPy."""
    layers, x = weights_of(net, front)
    found = []
    for w, b in layers[:-1]:
        found.append(x @ w + b)
        x = activation(found[-1])
    return found


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


def first_and_last(seen):
    names = [n for n in seen.gradients if n.split(".")[-1] in ("w", "weight")]
    number = lambda n: int("".join(filter(str.isdigit, n)))  # noqa: E731
    return min(names, key=number), max(names, key=number)


def items(cause):
    return [pytest.param(item, id=str(item)) for item in BROKEN if item.cause == cause]


def test_every_cause_is_in_the_corpus_of_every_front_and_there_are_twelve():
    for nets in (torch_nets, jax_nets, formula_nets):
        assert {item.cause for item in nets.BROKEN} == set(EVERY)
        assert len(nets.BROKEN) >= 12 and len(nets.HEALTHY_ONES) >= 6


@pytest.mark.parametrize("item", items(SATURATED))
def test_most_slopes_of_the_sigmoids_are_nearly_zero(item):
    for z in before_activations(item.make(), item.front, sigmoid):
        assert (sigmoid(z) * (1 - sigmoid(z)) < 0.01).mean() > 0.6  # of at most 0.25


@pytest.mark.parametrize("item", items(DEAD))
def test_every_unit_of_the_second_layer_is_negative_in_every_sample_and_the_first_gets_no_gradient(item):
    net = item.make()
    first, second = before_activations(net, item.front, relu)
    assert (second < 0).all() and (first > 0).any()
    seen = SEEN[item.front](net)
    name = {"torch": "lin1.weight", "jax": "lin1.w", "formula": "W1"}[item.front]
    assert not seen.gradients[name].any()


@pytest.mark.parametrize("item", items(EXPLODING) + [p for p in items(VANISHING) if "recurrent" in p.id])
def test_the_gradient_in_the_first_input_of_a_sequence_is_far_from_that_in_the_last(item):
    net = item.make()
    if item.front == "torch":
        x = net.batch[0].clone().requires_grad_()
        g = torch.autograd.grad(net.loss(net.function(x), net.batch[1]), x)[0].norm(dim=(0, 2)).numpy()
    elif item.front == "jax":
        g = np.linalg.norm(jax.grad(net.function, argnums=1)(net.params, *net.batch), axis=(0, 2))
    else:
        radius = np.abs(np.linalg.eigvals(net.params["U"])).max()
        assert radius > 1.5 if item.cause == EXPLODING else radius < 0.31
        return
    ratio = g[0] / g[-1]
    assert ratio > 1e4 if item.cause == EXPLODING else ratio < 1e-10


@pytest.mark.parametrize("item", [p for p in items(VANISHING) if "recurrent" not in p.id])
def test_next_to_nothing_of_the_gradient_arrives_at_the_first_layer_and_nothing_is_saturated(item):
    net = item.make()
    if item.front != "formula":
        seen = SEEN[item.front](net)
        first, last = first_and_last(seen)
        bias = last.replace("weight", "bias").removesuffix("w") + ("b" if last.endswith(".w") else "")  # what comes to the last layer
        assert 0 < seen.norm(first) < 2e-7 * seen.norm(bias)
    if "sigmoid" in item.name:
        for z in before_activations(net, item.front, sigmoid):
            assert (sigmoid(z) * (1 - sigmoid(z))).mean() > 0.2  # of at most 0.25
    else:
        values = [np.std(z) for z in before_activations(net, item.front, relu)]
        assert values[-1] < 0.1 * values[0]  # each layer shrinks what comes in


@pytest.mark.parametrize("item", items(NAN))
def test_the_loss_is_no_number_and_a_relu_gives_zeros_to_the_logarithm(item):
    net = item.make()
    with np.errstate(all="ignore"):
        assert not np.isfinite(SEEN[item.front](net).loss)


@pytest.mark.parametrize("item", items(NAN_BACKWARD))
def test_the_loss_is_a_number_and_the_gradient_is_none(item):
    if item.front == "formula":  # by JAX, of the same formula
        net = item.make()
        d = net.batch

        def loss(p):
            gap = jnp.tanh(d["A"] @ p["W1"]) @ p["W2"] - jnp.tanh(d["B"] @ p["W1"]) @ p["W2"]
            return jnp.sum((jnp.sqrt((gap * gap) @ d["c"]) - d["y"]) ** 2) / 12

        assert np.isfinite(loss(net.params)) and np.isnan(jax.grad(loss)(net.params)["W1"]).all()
        return
    seen = SEEN[item.front](item.make())
    assert np.isfinite(seen.loss) and all(np.isnan(g).any() for name, g in seen.gradients.items() if "1" in name)


@pytest.mark.parametrize("item", items(DETACHED))
def test_the_loss_changes_with_a_parameter_whose_gradient_is_zero(item):
    net = item.make()
    seen = SEEN[item.front](net)
    name = {"torch": "encoder.lin1.weight", "jax": "encoder.w", "formula": "W1"}[item.front]
    assert abs(seen.moved(name)) > 1e-4 and not seen.gradients[name].any()


@pytest.mark.parametrize("item", items(SYMMETRIC))
def test_all_units_get_the_same_gradient(item):
    net = item.make()
    seen = SEEN[item.front](net)
    name, axis = {"torch": ("lin1.weight", 0), "jax": ("lin1.w", 1), "formula": ("W1", 1)}[item.front]
    g = np.moveaxis(seen.gradients[name], axis, 0)[:3]
    assert np.allclose(g, g[:1], rtol=1e-4, atol=1e-6) and np.abs(g).max() > 1e-3


@pytest.mark.parametrize("item", items(OVERFLOW))
def test_the_logits_are_finite_and_their_exponentials_are_not(item):
    net = item.make()
    if item.front == "formula":
        z, largest = relu(net.batch["X"] @ net.params["W1"]) @ net.params["W2"], 709.8
    elif item.front == "jax":
        z = before_activations(net, "jax", relu)[0]
        z, largest = relu(z) @ np.asarray(net.params["lin2"]["w"]), 88.7
    else:
        z, largest = net.function[:3](net.batch[0]).detach().numpy(), 88.7
    assert np.isfinite(z).all() and z.max() > largest
    with np.errstate(all="ignore"):
        assert not np.isfinite(SEEN[item.front](net).loss)


@pytest.mark.parametrize("item", items(SOFTMAX))
def test_the_softmax_gives_nearly_all_weight_to_one_place(item):
    net = item.make()
    if item.front == "torch":
        block = net.function.block
        x, q, k = (t.detach().numpy() for t in (net.batch[0], block.query.weight.T, block.key.weight.T))
    elif item.front == "jax":
        x, q, k = (np.asarray(t) for t in (net.batch[0], net.params["attention"]["query"], net.params["attention"]["key"]))
    else:
        x, q, k = net.batch["X"], net.params["Wq"], net.params["Wk"]
    z = (x @ q) @ np.swapaxes(x @ k, -1, -2)
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    assert np.median(p.max(axis=-1)) > 0.99
    scaled = np.exp((z - z.max(axis=-1, keepdims=True)) / (4 * 8))  # with 1/√d and keys of unit size
    assert np.median((scaled / scaled.sum(axis=-1, keepdims=True)).max(axis=-1)) < 0.6


@pytest.mark.parametrize("item", [pytest.param(i, id=str(i)) for i in HEALTHY if i.front != "formula"])
def test_a_healthy_network_has_a_gradient_of_usual_size_in_every_parameter(item):
    seen = SEEN[item.front](item.make())
    assert np.isfinite(seen.loss)
    norms = [np.linalg.norm(g) for g in seen.gradients.values()]
    assert min(norms) > 1e-5 and max(norms) < 1e2
