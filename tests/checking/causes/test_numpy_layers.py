"""Wrong backward passes and Jacobians in NumPy: networks, layers, softmax, losses."""

import numpy as np
import pytest

from tests.checking.causes.judge import Item, judged

rng = np.random.default_rng(5)
X, T = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
onehot = np.eye(3)[[0, 2, 1, 1, 0, 2]]
W1, b1 = rng.normal(size=(4, 5)) * 0.7, rng.normal(size=5)
W2, b2 = rng.normal(size=(5, 2)) * 0.7, rng.normal(size=2)
net_at = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def net(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    out = a @ W2 + b2
    return np.sum((out - T) ** 2) / (2 * len(X))


def net_activation_point(W1, b1, W2, b2):
    z = X @ W1 + b1
    a = np.tanh(z)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = (d2 @ W2.T) * (1 - np.tanh(a) ** 2)
    return X.T @ d1, d1.sum(0), a.T @ d2, d2.sum(0)


def net_pre_activation(W1, b1, W2, b2):
    z = X @ W1 + b1
    a = np.tanh(z)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = (d2 @ W2.T) * (1 - z**2)
    return X.T @ d1, d1.sum(0), a.T @ d2, d2.sum(0)


def net_no_activation_derivative(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = d2 @ W2.T
    return X.T @ d1, d1.sum(0), a.T @ d2, d2.sum(0)


def net_bias_not_summed(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = (d2 @ W2.T) * (1 - a**2)
    return X.T @ d1, d1, a.T @ d2, d2.sum(axis=0)


def net_bias_mean(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = (d2 @ W2.T) * (1 - a**2)
    return X.T @ d1, d1.mean(axis=0), a.T @ d2, d2.sum(axis=0)


def net_no_mean(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = a @ W2 + b2 - T
    d1 = (d2 @ W2.T) * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


def net_input_in_place_of_hidden(W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    d2 = (a1 @ W2 + b2 - T) / len(X)
    dW2 = z1.T @ d2
    d1 = (d2 @ W2.T) * (1 - a1**2)
    return X.T @ d1, d1.sum(axis=0), dW2, d2.sum(axis=0)


def net_in_place(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    h = a
    h *= h
    d1 = (d2 @ W2.T) * (1 - h)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


def net_updated_too_early(W1, b1, W2, b2):
    W2 = W2.copy()
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    dW2 = a.T @ d2
    W2 -= 0.5 * dW2
    d1 = (d2 @ W2.T) * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), dW2, d2.sum(axis=0)


def net_swapped(W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    d2 = (a @ W2 + b2 - T) / len(X)
    d1 = (d2 @ W2.T) * (1 - a**2)
    return {"W1": X.T @ d1, "b1": d1.sum(axis=1)[:5], "W2": a.T @ d2, "b2": d2.sum(axis=0)}


def relu_net(V):
    return np.sum(np.maximum(X @ V, 0) ** 2)


def relu_net_no_mask(V):
    return X.T @ (2 * (X @ V))


def relu_net_wrong_side(V):
    z = X @ V
    return X.T @ (2 * z * (z < 0))


def logistic(w):
    p = sigmoid(X @ w)
    t = (T[:, 0] > 0).astype(float)
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def logistic_twice(w):
    p = sigmoid(X @ w)
    t = (T[:, 0] > 0).astype(float)
    return X.T @ ((p - t) * p * (1 - p)) / len(X)


def logistic_sum(w):
    p = sigmoid(X @ w)
    t = (T[:, 0] > 0).astype(float)
    return np.dot(X.T, p - t)


def squared_sigmoid(w):
    return np.sum((T[:, 0] - sigmoid(X @ w)) ** 2)


def squared_sigmoid_no_derivative(w):
    p = sigmoid(X @ w)
    return -2 * X.T @ (T[:, 0] - p)


def squared_sigmoid_of_activation(w):
    p = sigmoid(X @ w)
    return -2 * X.T @ ((T[:, 0] - p) * sigmoid(p) * (1 - sigmoid(p)))


# ---------------------------------------------------------------- softmax


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def softmax_diagonal(z):
    p = softmax(z)
    return np.diag(p * (1 - p))


def softmax_plus(z):
    p = softmax(z)
    return np.diag(p) + np.outer(p, p)


def softmax_backward_diagonal(z, g):
    p = softmax(z)
    return g * p * (1 - p)


def cross_entropy(M):
    Z = X @ M
    Z = Z - Z.max(axis=1, keepdims=True)
    logp = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.sum(onehot * logp) / len(X)


def cross_entropy_wrong_axis(M):
    Z = X @ M
    e = np.exp(Z)
    p = e / e.sum(axis=0, keepdims=True)
    return X.T @ (p - onehot) / len(X)


def cross_entropy_no_mean(M):
    e = np.exp(X @ M)
    p = e / e.sum(axis=1, keepdims=True)
    return X.T @ (p - onehot)


def cross_entropy_plus(M):
    e = np.exp(X @ M)
    p = e / e.sum(axis=1, keepdims=True)
    return X.T @ (onehot - p) / len(X)


# ---------------------------------------------------------------- layers with a cotangent


def linear(x, W, b):
    return x @ W + b


def linear_not_transposed(x, W, b, g):
    return g @ W, x.T @ g, g.sum(0)


def linear_last_row(x, W, b, g):
    return g @ W.T, x.T @ g, g[-1]


def linear_bias_axis(x, W, b, g):
    return g @ W.T, x.T @ g, g.sum(axis=1)


def linear_no_cotangent(x, W, b, g):
    one = np.ones_like(g)
    return one @ W.T, x.T @ one, one.sum(0)


def standardised(x):
    return (x - x.mean(0)) / x.std(0)


def standardised_no_mean_term(x, g):
    s = x.std(0)
    h = (x - x.mean(0)) / s
    return (g - h * (g * h).mean(0)) / s


def standardised_scale_only(x, g):
    return g / x.std(0)


def swish(x):
    return x * sigmoid(x)


def swish_missing_term(x, g):
    return g * sigmoid(x)


def swish_sigma(x, g):
    s = sigmoid(x)
    return g * (s + x * s)


x63, W33, b3 = rng.normal(size=(6, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
z4, w4, V43 = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(4, 3))
vjp, jac = {"kind": "vjp"}, {"kind": "jacobian"}

ITEMS = [
    Item(net, net_activation_point, net_at, ("activation-point",)),
    Item(net, net_pre_activation, net_at, ("activation-point",), "z"),
    Item(net, net_no_activation_derivative, net_at, ("chain-factor",), ""),
    Item(net, net_bias_not_summed, net_at, ("batch-sum",), "b1"),
    Item(net, net_bias_mean, net_at, ("factor", "mean"), "b1"),
    Item(net, net_no_mean, net_at, ("factor", "mean"), "rows of `X`"),
    Item(net, net_input_in_place_of_hidden, net_at, ("activation-point",), "W2"),
    Item(net, net_in_place, net_at, ("in-place",), "h"),
    Item(net, net_updated_too_early, net_at, ("in-place", "stale", "extra-term"), "W2"),
    Item(relu_net, relu_net_no_mask, V43, ("half-space", "chain-factor"), ""),
    Item(relu_net, relu_net_wrong_side, V43, ("comparison",), ""),
    Item(logistic, logistic_twice, w4, ("chain-factor",), ""),
    Item(logistic, logistic_sum, w4, ("factor", "mean"), "6"),
    Item(squared_sigmoid, squared_sigmoid_no_derivative, w4, ("chain-factor",), ""),
    Item(squared_sigmoid, squared_sigmoid_of_activation, w4, ("activation-point",), ""),
    Item(softmax, softmax_diagonal, z4, ("softmax-diagonal",), "", jac),
    Item(softmax, softmax_plus, z4, ("sign",), "", jac),
    Item(softmax, softmax_backward_diagonal, z4, ("softmax-diagonal",), "", vjp),
    Item(cross_entropy, cross_entropy_wrong_axis, V43, ("axis",), ""),
    Item(cross_entropy, cross_entropy_no_mean, V43, ("factor", "mean"), "6"),
    Item(cross_entropy, cross_entropy_plus, V43, ("sign",), "opposite"),
    Item(linear, linear_not_transposed, (x63, W33, b3), ("transposed",), "x", vjp),
    Item(linear, linear_last_row, (x63, W33, b3), ("batch-sum",), "b", vjp),
    Item(linear, linear_bias_axis, (x63, W33, b3), ("axis",), "", vjp),
    Item(linear, linear_no_cotangent, (x63, W33, b3), ("cotangent",), "", vjp),
    Item(standardised, standardised_no_mean_term, x63, ("missing-term", "chain-factor"), "", vjp),
    Item(standardised, standardised_scale_only, x63, ("missing-term", "chain-factor"), "", vjp),
    Item(swish, swish_missing_term, z4, ("missing-term",), "", vjp),
    Item(swish, swish_sigma, z4, ("chain-factor",), "", vjp),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.claim.__name__)
def test_the_cause_of_a_wrong_backward_pass_is_named(item):
    judged(item)
