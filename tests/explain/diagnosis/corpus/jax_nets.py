"""The corpus in JAX: functions of a pytree of parameters and a batch, whose value is the loss, as people write them."""

import jax
import jax.numpy as jnp
import numpy as np

from .arrays import chain, constant, draws, he, labels, orthogonal, scaled, uniform_small, xavier
from .item import (
    COLLAPSE, DEAD, DETACHED, EXPLODING, HEALTHY, NAN, NAN_BACKWARD, OVERFLOW, SATURATED, SOFTMAX, SYMMETRIC, VANISHING, Item, Net,
)  # fmt: skip


def array(x):
    return jnp.asarray(x, dtype=jnp.float32)


def dense(values):
    """{"lin1": {"w": …, "b": …}, …} of the values of `chain`."""
    return {f"lin{k}": {"w": array(w), "b": array(b)} for k, (w, b) in enumerate(values, 1)}


def in_order(params):
    """The layers as they are applied: a dictionary is sorted by JAX, and lin10 stands before lin2."""
    return [params[f"lin{k}"] for k in range(1, len(params) + 1)]


def mse(prediction, y):
    return jnp.mean((prediction - y) ** 2)


def cross_entropy(logits, y):
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits), axis=-1))


def mlp(activation, loss=mse):
    def function(params, x, y):
        layers = in_order(params)
        for layer in layers[:-1]:
            x = activation(x @ layer["w"] + layer["b"])
        return loss(x @ layers[-1]["w"] + layers[-1]["b"], y)

    return function


def regression(rng, count, inputs, outputs=1):
    return array(rng.normal(size=(count, inputs))), array(rng.normal(size=(count, outputs)))


def classes(rng, count, inputs, k):
    return array(rng.normal(size=(count, inputs))), array(labels(rng, count, k))


# ---------------------------------------------------------------- broken


def saturated_sigmoids():
    rng = draws(1)
    params = dense(chain(rng, (8, 16, 16, 1), scaled(5.0)))
    return Net(mlp(jax.nn.sigmoid), None, regression(rng, 32, 8), params)


def dead_relus():
    rng = draws(2)
    params = dense(chain(rng, (6, 32, 32, 3), he, {1: -10.0}))
    return Net(mlp(jax.nn.relu, cross_entropy), None, classes(rng, 48, 6, 3), params)


def recurrent(activation):
    """The state goes through `lax.scan`; the prediction is read from the last one."""

    def function(params, x, y):
        cell, head = params["cell"], params["head"]

        def step(h, x_t):
            return activation(h @ cell["w_hh"] + x_t @ cell["w_xh"]), None

        h, _ = jax.lax.scan(step, jnp.zeros((x.shape[0], cell["w_hh"].shape[0]), x.dtype), jnp.swapaxes(x, 0, 1))
        return mse(h @ head["w"], y)

    return function


def recurrent_net(seed, activation, weights, length):
    rng = draws(seed)
    params = {
        "cell": {"w_hh": array(weights(rng)), "w_xh": array(xavier(rng, 4, 12))},
        "head": {"w": array(xavier(rng, 12, 1))},
    }
    batch = array(rng.normal(size=(16, length, 4))), array(rng.normal(size=(16, 1)))
    return Net(recurrent(activation), None, batch, params)


def exploding_recurrent():
    return recurrent_net(3, jax.nn.relu, lambda rng: 1.8 * np.eye(12) + 0.05 * rng.normal(size=(12, 12)), 25)


def vanishing_recurrent():
    return recurrent_net(4, jnp.tanh, lambda rng: orthogonal(rng, 12, 0.3), 30)


def deep_without_normalisation():
    rng = draws(5)
    params = dense(chain(rng, (10, *[64] * 49, 1), uniform_small))
    return Net(mlp(jax.nn.relu), None, regression(rng, 32, 10), params)


def nan_from_log():
    rng = draws(6)
    params = dense(chain(rng, (5, 16, 4), he))

    def loss(params, x, y):
        h = jnp.tanh(x @ params["lin1"]["w"] + params["lin1"]["b"])
        z = jax.nn.relu(h @ params["lin2"]["w"] + params["lin2"]["b"])
        p = z / (jnp.sum(z, axis=1, keepdims=True) + 1e-3)
        return -jnp.mean(jnp.sum(y * jnp.log(p), axis=1))

    return Net(loss, None, classes(rng, 24, 5, 4), params)


def nan_in_backward():
    rng = draws(7)
    params = dense(chain(rng, (6, 16, 5), xavier))
    pair = rng.normal(size=(12, 2, 6))
    pair[4, 1] = pair[4, 0]

    def embed(params, x):
        return jnp.tanh(x @ params["lin1"]["w"] + params["lin1"]["b"]) @ params["lin2"]["w"] + params["lin2"]["b"]

    def loss(params, pair, y):
        gap = embed(params, pair[:, 0]) - embed(params, pair[:, 1])
        distance = jnp.sqrt(jnp.sum(gap**2, axis=1))
        return jnp.mean((distance - y) ** 2)

    return Net(loss, None, (array(pair), array(rng.uniform(size=12))), params)


def where_trick():
    """where(x > 0, √x, 0): the branch that is not taken still sends 0 · ∞ back."""
    rng = draws(27)
    params = dense(chain(rng, (6, 16, 8, 1), he))

    def loss(params, x, y):
        h = jax.nn.relu(x @ params["lin1"]["w"] + params["lin1"]["b"])
        z = h @ params["lin2"]["w"] + params["lin2"]["b"]
        h = jnp.where(z > 0, jnp.sqrt(z), 0.0)
        return mse(h @ params["lin3"]["w"] + params["lin3"]["b"], y)

    return Net(loss, None, regression(rng, 24, 6), params)


def detached_branch():
    rng = draws(8)
    params = dense(chain(rng, (7, 16, 16, 1), xavier))
    params = {"encoder": params["lin1"], "mixer": params["lin2"], "head": params["lin3"]}

    def loss(params, x, y):
        features = jax.lax.stop_gradient(jnp.tanh(x @ params["encoder"]["w"] + params["encoder"]["b"]))
        h = jnp.tanh(features @ params["mixer"]["w"] + params["mixer"]["b"])
        return mse(h @ params["head"]["w"] + params["head"]["b"], y)

    return Net(loss, None, regression(rng, 32, 7), params)


def symmetric_units():
    rng = draws(9)
    params = dense(chain(rng, (5, 12, 1), constant(0.5)))
    return Net(mlp(jnp.tanh), None, regression(rng, 32, 5), params)


def overflow_of_exp():
    rng = draws(10)
    (w1, b1), (w2, b2) = chain(rng, (6, 20, 4), he)
    params = dense([(w1, b1), (60 * w2, b2)])

    def loss(params, x, y):
        h = jax.nn.relu(x @ params["lin1"]["w"] + params["lin1"]["b"])
        e = jnp.exp(h @ params["lin2"]["w"] + params["lin2"]["b"])
        p = e / jnp.sum(e, axis=1, keepdims=True)
        return -jnp.mean(jnp.log(jnp.sum(y * p, axis=1)))

    return Net(loss, None, classes(rng, 24, 6, 4), params)


def deep_sigmoids():
    rng = draws(11)
    params = dense(chain(rng, (8, *[20] * 11, 1), xavier))
    return Net(mlp(jax.nn.sigmoid), None, regression(rng, 32, 8), params)


def attention(params, x, scale):
    q, k, v = x @ params["query"], x @ params["key"], x @ params["value"]
    weights = jax.nn.softmax(q @ jnp.swapaxes(k, -1, -2) * scale, axis=-1)
    return weights @ v @ params["out"]


def attention_params(rng, d, keys=1.0):
    return {name: array(xavier(rng, d, d) * (keys if name == "key" else 1.0)) for name in ("query", "key", "value", "out")}


def unscaled_attention():
    rng = draws(12)
    params = {"attention": attention_params(rng, 64, 4.0), "head": array(xavier(rng, 64, 3))}

    def loss(params, x, y):
        return cross_entropy(jnp.mean(attention(params["attention"], x, 1.0), axis=1) @ params["head"], y)

    return Net(loss, None, (array(rng.normal(size=(8, 10, 64))), array(labels(rng, 8, 3))), params)


# ---------------------------------------------------------------- healthy


def healthy_mlp():
    rng = draws(21)
    return Net(mlp(jnp.tanh), None, regression(rng, 32, 8), dense(chain(rng, (8, 32, 32, 1), xavier)))


def conv(x, w, stride=1):
    return jax.lax.conv_general_dilated(x, w, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def batch_norm(x, p):
    mean, variance = jnp.mean(x, axis=(0, 1, 2)), jnp.var(x, axis=(0, 1, 2))
    return p["scale"] * (x - mean) / jnp.sqrt(variance + 1e-5) + p["shift"]


def healthy_cnn():
    rng = draws(22)
    params = {}
    for k, (i, o) in enumerate(((3, 8), (8, 16), (16, 16)), 1):
        kernel = rng.normal(size=(3, 3, i, o)) * np.sqrt(2 / (9 * i))
        params[f"conv{k}"] = {"w": array(kernel), "scale": jnp.ones(o), "shift": jnp.zeros(o)}
    params["head"] = {"w": array(xavier(rng, 16, 5)), "b": jnp.zeros(5)}

    def loss(params, x, y):
        for k, stride in ((1, 1), (2, 2), (3, 1)):
            layer = params[f"conv{k}"]
            x = jax.nn.relu(batch_norm(conv(x, layer["w"], stride), layer))
        return cross_entropy(jnp.mean(x, axis=(1, 2)) @ params["head"]["w"] + params["head"]["b"], y)

    return Net(loss, None, (array(rng.normal(size=(16, 12, 12, 3))), array(labels(rng, 16, 5))), params)


def layer_norm(x, p):
    mean, variance = jnp.mean(x, axis=-1, keepdims=True), jnp.var(x, axis=-1, keepdims=True)
    return p["scale"] * (x - mean) / jnp.sqrt(variance + 1e-5) + p["shift"]


def norm_params(d):
    return {"scale": jnp.ones(d), "shift": jnp.zeros(d)}


def healthy_transformer():
    rng = draws(23)
    d = 32
    params = {
        "norm1": norm_params(d), "norm2": norm_params(d), "attention": attention_params(rng, d),
        "up": {"w": array(xavier(rng, d, 4 * d)), "b": jnp.zeros(4 * d)},
        "down": {"w": array(xavier(rng, 4 * d, d)), "b": jnp.zeros(d)}, "head": array(xavier(rng, d, 4)),
    }  # fmt: skip

    def loss(params, x, y):
        x = x + attention(params["attention"], layer_norm(x, params["norm1"]), 1 / np.sqrt(d))
        h = jax.nn.gelu(layer_norm(x, params["norm2"]) @ params["up"]["w"] + params["up"]["b"])
        x = x + h @ params["down"]["w"] + params["down"]["b"]
        return cross_entropy(jnp.mean(x, axis=1) @ params["head"], y)

    return Net(loss, None, (array(rng.normal(size=(8, 12, d))), array(labels(rng, 8, 4))), params)


def healthy_lstm():
    rng = draws(24)
    n, i, bound = 24, 6, 1 / np.sqrt(24)
    uniform = lambda *shape: array(rng.uniform(-bound, bound, size=shape))  # noqa: E731
    params = {"w": uniform(i, 4 * n), "u": uniform(n, 4 * n), "b": uniform(4 * n), "head": uniform(n, 2)}

    @jax.jit
    def loss(params, x, y):
        def step(state, x_t):
            h, c = state
            gates = x_t @ params["w"] + h @ params["u"] + params["b"]
            i, f, g, o = jnp.split(gates, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        start = jnp.zeros((x.shape[0], n), x.dtype)
        (h, _), _ = jax.lax.scan(step, (start, start), jnp.swapaxes(x, 0, 1))
        return cross_entropy(h @ params["head"], y)

    return Net(loss, None, (array(rng.normal(size=(16, 12, i))), array(labels(rng, 16, 2))), params)


def healthy_residual():
    rng = draws(25)
    d, depth = 24, 50
    blocks = [{"norm": norm_params(d), "w1": array(he(rng, d, d)), "b1": jnp.zeros(d), "w2": array(he(rng, d, d))} for _ in range(depth)]
    params = {"stem": array(xavier(rng, 10, d)), "blocks": blocks, "norm": norm_params(d), "head": array(xavier(rng, d, 1))}

    def loss(params, x, y):
        x = x @ params["stem"]
        for block in params["blocks"]:
            h = jax.nn.relu(layer_norm(x, block["norm"]) @ block["w1"] + block["b1"])
            x = x + h @ block["w2"] / np.sqrt(depth)
        return mse(layer_norm(x, params["norm"]) @ params["head"], y)

    return Net(loss, None, regression(rng, 32, 10), params)


def healthy_logistic():
    rng = draws(26)
    x = rng.normal(size=(64, 10))
    y = x @ rng.normal(size=10) + rng.normal(size=64) > 0
    params = {"w": array(0.1 * rng.normal(size=10)), "b": jnp.zeros(())}

    def loss(params, x, y):
        z = x @ params["w"] + params["b"]
        return jnp.mean(jax.nn.softplus(z) - y * z)

    return Net(loss, None, (array(x), array(y)), params)


ALL = tuple(f"lin{k}" for k in range(1, 51))

BROKEN = (
    Item("sigmoids at initial scale 5", "jax", saturated_sigmoids, SATURATED, ("lin1", "lin2")),
    Item("a bias of −10 before relu", "jax", dead_relus, DEAD, ("lin2",)),
    Item("recurrent weights of radius 1.8", "jax", exploding_recurrent, EXPLODING, ("cell", "scan")),
    Item("recurrent weights of radius 0.3", "jax", vanishing_recurrent, VANISHING, ("cell", "scan")),
    Item("depth 50 without normalisation", "jax", deep_without_normalisation, VANISHING, ALL, (COLLAPSE,)),
    Item("log of relu", "jax", nan_from_log, NAN, ("log",)),
    Item("root of a sum of squares at 0", "jax", nan_in_backward, NAN_BACKWARD, ("sqrt",)),
    Item("where over a root", "jax", where_trick, NAN_BACKWARD, ("sqrt",), (NAN,)),
    Item("an encoder behind stop_gradient", "jax", detached_branch, DETACHED, ("encoder",)),
    Item("all weights 0.5", "jax", symmetric_units, SYMMETRIC, ("lin1", "lin2")),
    Item("softmax spelled by exp", "jax", overflow_of_exp, OVERFLOW, ("exp",)),
    Item("eleven sigmoids, Xavier", "jax", deep_sigmoids, VANISHING, ALL),
    Item("attention without 1/√d", "jax", unscaled_attention, SOFTMAX, ("softmax", "attention")),
)  # fmt: skip
HEALTHY_ONES = tuple(
    Item(name, "jax", make, HEALTHY)
    for name, make in (
        ("MLP, tanh, Xavier", healthy_mlp), ("CNN, relu, He, batch norm", healthy_cnn), ("transformer block", healthy_transformer),
        ("LSTM", healthy_lstm), ("residual network of depth 50", healthy_residual), ("logistic regression", healthy_logistic),
    )  # fmt: skip
)
