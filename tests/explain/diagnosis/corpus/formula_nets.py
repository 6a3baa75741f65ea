"""The corpus as formulas: texts, and networks written as layers, with values.

Nothing can be detached in a formula; what comes nearest is an activation that is flat everywhere. The convolutional network and the
LSTM are left to the frameworks, a deep network and a simple recurrence stand for them.
"""

import numpy as np

import chainrule as cr
from chainrule.explain.network import network
from chainrule.syntax import read

from .arrays import constant, draws, he, labels, orthogonal, scaled, uniform_small, xavier
from .item import (
    COLLAPSE, DEAD, DETACHED, EXPLODING, HEALTHY, NAN, NAN_BACKWARD, OVERFLOW, SATURATED, SOFTMAX, SYMMETRIC, VANISHING, Item, Net,
)  # fmt: skip


def layered(chain, rng, input, batch, init, **given):
    """A network with weights drawn by `init`, biases 0, gains 1, and normal data; `given` values stand before all others."""
    net = network(chain, input=input, batch=batch)
    rows = batch is not None or isinstance(input, tuple)  # Z = X W, with weights of shape (in, out)
    params = {}
    for name, shape in net.weights.items():
        if len(shape) == 2:
            i, o = shape if rows and not (name.startswith(("W", "U")) and isinstance(input, tuple) and "rnn" in chain) else shape[::-1]
            drawn = init(rng, i, o)
            params[name] = drawn if shape == (i, o) else drawn.T
        else:
            params[name] = np.full(shape, {"weight": 0.0, "bias": 0.0, "gain": 1.0}[net.details[name].role])
    params.update({n: x for n, x in given.items() if n in params})
    data = {name: rng.normal(size=shape) for name, shape in net.data.items()}
    if "cross-entropy" in chain:
        data[net.target] = labels(rng, *net.data[net.target])
    return Net(net, None, data, params)


def reading(net):
    """The record of a network of this file."""
    from chainrule.explain.diagnosis.formula import read_formula

    problem = read(net.function, net.declare) if isinstance(net.function, str) else net.function
    return read_formula(problem, list(net.params), {**net.batch, **net.params})


def diagnosed(net):
    """The same by the door."""
    if isinstance(net.function, str):
        return cr.diagnose(net.function, at=net.params, data=net.batch, declare=net.declare)
    return cr.diagnose(net.function, at=net.params, data=net.batch)


# ---------------------------------------------------------------- broken


def saturated_sigmoids():
    return layered("dense 16, sigmoid, dense 16, sigmoid, dense 1, mse", draws(1), 8, 32, scaled(5.0))


def dead_relus():
    chain = "dense 32, relu, dense 32, relu, dense 3, softmax cross-entropy"
    return layered(chain, draws(2), 6, 48, he, b2=np.full(32, -10.0))


def recurrence(activation, weights, rng, length):
    """A recurrence over a batch, a line for each step of time."""
    lines = [f"H1 = {activation}(X1 W)"]
    lines += [f"H{t} = {activation}(H{t - 1} U + X{t} W)" for t in range(2, length + 1)]
    text = "\n".join([*lines, f"L = sum((H{length} v - y).^2)/16"])
    declare = ", ".join([*[f"X{t}: 16 4" for t in range(1, length + 1)], "W: 4 12", "U: 12 12", "v: 12", "y: 16"])
    data = {f"X{t}": rng.normal(size=(16, 4)) for t in range(1, length + 1)} | {"y": rng.normal(size=16)}
    return Net(text, None, data, {"W": xavier(rng, 4, 12), "U": weights, "v": xavier(rng, 12, 1)[:, 0]}, declare)


def exploding_recurrent():
    rng = draws(3)
    return recurrence("relu", 1.8 * np.eye(12) + 0.05 * rng.normal(size=(12, 12)), rng, 25)


def vanishing_recurrent():
    rng = draws(4)
    return recurrence("tanh", orthogonal(rng, 12, 0.3), rng, 30)


def deep_without_normalisation():
    return layered("49 x (dense 64, relu), dense 1, mse", draws(5), 10, 32, uniform_small)


def nan_from_log():
    rng = draws(6)
    text = "Z = tanh(X W1) W2\nP = relu(Z)\nL = -sum(Y .* log(P))/24"
    data = {"X": rng.normal(size=(24, 5)), "Y": labels(rng, 24, 4)}
    return Net(text, None, data, {"W1": he(rng, 5, 16), "W2": he(rng, 16, 4)}, "X: 24 5, Y: 24 4, W1: 5 16, W2: 16 4")


def nan_in_backward():
    rng = draws(7)
    u = rng.normal(size=(12, 6))
    v = rng.normal(size=(12, 6))
    v[4] = u[4]
    text = "G = tanh(A W1) W2 - tanh(B W1) W2\nd = sqrt((G .* G) c)\nL = sum((d - y).^2)/12"
    data = {"A": u, "B": v, "c": np.ones(5), "y": rng.uniform(size=12)}
    return Net(text, None, data, {"W1": xavier(rng, 6, 16), "W2": xavier(rng, 16, 5)}, "A: 12 6, B: 12 6, W1: 6 16, W2: 16 5, c: 5, y: 12")


def flat_activation():
    rng = draws(8)
    text = "Z1 = X W1\nA1 = sign(Z1)\nL = sum((A1 w2 - y).^2)/32"
    data = {"X": rng.normal(size=(32, 7)), "y": rng.normal(size=32)}
    return Net(text, None, data, {"W1": xavier(rng, 7, 16), "w2": xavier(rng, 16, 1)[:, 0]}, "X: 32 7, W1: 7 16, w2: 16, y: 32")


def symmetric_units():
    return layered("dense 12, tanh, dense 1, mse", draws(9), 5, 32, constant(0.5))


def overflow_of_exp():
    rng = draws(10)
    text = "H = relu(X W1)\nE = exp(H W2)\nL = -sum(log((Y .* E) c ./ (E c)))/24"
    data = {"X": rng.normal(size=(24, 6)), "Y": labels(rng, 24, 4), "c": np.ones(4)}
    return Net(text, None, data, {"W1": he(rng, 6, 20), "W2": 600 * he(rng, 20, 4)}, "X: 24 6, W1: 6 20, W2: 20 4, Y: 24 4, c: 4")


def deep_sigmoids():
    return layered("11 x (dense 20, sigmoid), dense 1, mse", draws(11), 8, 32, xavier)


def unscaled_attention():
    rng = draws(12)
    text = "Q = X Wq\nK = X Wk\nP = softmax(Q K^T)\nL = -sum(Y .* log_softmax(P (X Wv) W2))/10"
    data = {"X": rng.normal(size=(10, 64)), "Y": labels(rng, 10, 3)}
    params = {"Wq": xavier(rng, 64, 64), "Wk": 4 * xavier(rng, 64, 64), "Wv": xavier(rng, 64, 64), "W2": xavier(rng, 64, 3)}
    return Net(text, None, data, params, "X: 10 64, Wq: 64 64, Wk: 64 64, Wv: 64 64, W2: 64 3, Y: 10 3")


# ---------------------------------------------------------------- healthy


def healthy_mlp():
    return layered("dense 32, tanh, dense 32, tanh, dense 1, mse", draws(21), 8, 32, xavier)


def healthy_relus():
    chain = "4 x (dense 32, batch norm, relu), dense 5, softmax cross-entropy"
    return layered(chain, draws(22), 12, 48, he)


def healthy_transformer():
    chain = "residual(layer norm, attention), residual(layer norm, dense 64, gelu, dense 16), dense 3, softmax cross-entropy"
    return layered(chain, draws(23), (10, 16), None, xavier)


def healthy_recurrence():
    rng = draws(24)
    return recurrence("tanh", orthogonal(rng, 12, 1.0), rng, 12)


def healthy_residual():
    rng = draws(25)
    chain = "dense 12, " + ", ".join(["residual(layer norm, dense 12, relu, dense 12)"] * 25) + ", layer norm, dense 1, mse"
    return layered(chain, rng, 10, 32, lambda rng, i, o: he(rng, i, o) * (0.3 if i == o == 12 else 1.0))


def healthy_logistic():
    rng = draws(26)
    X = rng.normal(size=(64, 10))
    y = (X @ rng.normal(size=10) + rng.normal(size=64) > 0).astype(float)
    return Net("sum(softplus(X w) - y .* (X w))/64", None, {"X": X, "y": y}, {"w": 0.1 * rng.normal(size=10)}, "X: 64 10, w: 10, y: 64")


ALL = tuple(f"{letter}{k}" for letter in "ZA" for k in range(1, 51))

BROKEN = (
    Item("sigmoids at initial scale 5", "formula", saturated_sigmoids, SATURATED, ("Z1", "A1", "Z2", "A2")),
    Item("a bias of −10 before relu", "formula", dead_relus, DEAD, ("Z2", "A2")),
    Item("recurrent weights of radius 1.8", "formula", exploding_recurrent, EXPLODING, ("U", "H")),
    Item("recurrent weights of radius 0.3", "formula", vanishing_recurrent, VANISHING, ("U", "H")),
    Item("depth 50 without normalisation", "formula", deep_without_normalisation, VANISHING, ALL, (COLLAPSE,)),
    Item("log of relu", "formula", nan_from_log, NAN, ("log",)),
    Item("root of a sum of squares at 0", "formula", nan_in_backward, NAN_BACKWARD, ("d", "√")),
    Item("sign as an activation", "formula", flat_activation, DETACHED, ("A1", "Z1", "sign")),
    Item("all weights 0.5", "formula", symmetric_units, SYMMETRIC, ("Z1", "A1", "Z2")),
    Item("softmax spelled by exp", "formula", overflow_of_exp, OVERFLOW, ("E", "exp")),
    Item("eleven sigmoids, Xavier", "formula", deep_sigmoids, VANISHING, ALL),
    Item("attention without 1/√d", "formula", unscaled_attention, SOFTMAX, ("P", "softmax")),
)  # fmt: skip
HEALTHY_ONES = tuple(
    Item(name, "formula", make, HEALTHY)
    for name, make in (
        ("MLP, tanh, Xavier", healthy_mlp), ("relu, He, batch norm", healthy_relus), ("transformer block", healthy_transformer),
        ("recurrence, orthogonal", healthy_recurrence), ("residual network of depth 50", healthy_residual), ("logistic regression", healthy_logistic),
    )  # fmt: skip
)
