"""Wrong gradients in JAX: custom_vjp and custom_jvp rules, stop_gradient, claims by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.checking.causes.judge import Item, judged

rng = np.random.default_rng(9)
X = rng.normal(size=(6, 3))
y = rng.normal(size=6)


def ruled(primal, forward, backward):
    f = jax.custom_vjp(primal)
    f.defvjp(forward, backward)
    return f


def square_fwd(x):
    return x**2, x


def square_bwd(x, g):
    return (x * g,)


square = ruled(lambda x: x**2, square_fwd, square_bwd)


def tanh_fwd(z):
    a = jnp.tanh(z)
    return a, a


def tanh_bwd(a, g):
    return (g * (1 - jnp.tanh(a) ** 2),)


tanh = ruled(jnp.tanh, tanh_fwd, tanh_bwd)


def matmul_fwd(a, b):
    return a @ b, (a, b)


def matmul_bwd(res, g):
    a, b = res
    return g @ b, a.T @ g


matmul = ruled(lambda a, b: a @ b, matmul_fwd, matmul_bwd)


def softmax_fwd(z):
    p = jax.nn.softmax(z)
    return p, p


def softmax_bwd(p, g):
    return (p * g,)


softmax = ruled(lambda z: jax.nn.softmax(z), softmax_fwd, softmax_bwd)


def logsumexp_fwd(z):
    return jax.nn.logsumexp(z), z


def logsumexp_bwd(z, g):
    return (g * jnp.exp(z),)


logsumexp = ruled(lambda z: jax.nn.logsumexp(z), logsumexp_fwd, logsumexp_bwd)


def bias_fwd(x, b):
    return x + b, x


def bias_bwd(x, g):
    return g, g[0]


bias = ruled(lambda x, b: x + b, bias_fwd, bias_bwd)


def cosine_fwd(x):
    return jnp.cos(x), x


def cosine_bwd(x, g):
    return (g * jnp.sin(x),)


cosine = ruled(jnp.cos, cosine_fwd, cosine_bwd)


def gelu_fwd(x):
    s = jax.nn.sigmoid(1.702 * x)
    return x * s, (x, s)


def gelu_bwd(res, g):
    x, s = res
    return (g * (s + x * s * (1 - s)),)


gelu = ruled(lambda x: x * jax.nn.sigmoid(1.702 * x), gelu_fwd, gelu_bwd)


@jax.custom_jvp
def cube(x):
    return x**3


@cube.defjvp
def cube_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return x**3, 3 * x * t


def with_square(w):
    return jnp.sum(square(X @ w - y))


def network(params):
    h = tanh(X @ params["W"] + params["b"])
    return jnp.mean((h @ params["v"] - y) ** 2)


def of_cosines(x):
    return jnp.sum(cosine(x) * jnp.arange(1.0, 6.0))


def of_cubes(x):
    return jnp.sum(cube(x))


def target_stopped(w):
    p = X @ w
    return jnp.sum((p - jax.lax.stop_gradient(p) * 0.5 - y) ** 2)


def part_stopped(w):
    scale = jax.lax.stop_gradient(jnp.linalg.norm(w))
    return jnp.sum(w**3) / scale


def through_numpy_constant(w):
    return jnp.sum(jnp.sin(w) * jax.lax.stop_gradient(jnp.cos(w)))


def loss(w):
    return jnp.mean((X @ w - y) ** 2) + 0.1 * jnp.sum(jnp.abs(w))


def loss_no_penalty(w):
    return 2 / 6 * X.T @ (X @ w - y)


def loss_no_two(w):
    return X.T @ (X @ w - y) / 6 + 0.1 * jnp.sign(w)


def loss_norm(w):
    return jnp.linalg.norm(X @ w - y)


def loss_norm_no_division(w):
    return X.T @ (X @ w - y)


def entropy(z):
    p = jax.nn.softmax(z)
    return -jnp.sum(p * jnp.log(p))


def entropy_p_constant(z):
    p = jax.nn.softmax(z)
    return -p * (1 - p) * (jnp.log(p) + 1)


at3, at5 = jnp.array(rng.normal(size=3)), jnp.array(rng.normal(size=5))
params = {
    "W": jnp.array(rng.normal(size=(3, 4))),
    "b": jnp.array(rng.normal(size=4)),
    "v": jnp.array(rng.normal(size=4)),
}
square33 = (jnp.array(rng.normal(size=(4, 3))), jnp.array(rng.normal(size=(3, 3))))
ITEMS = [
    Item(with_square, None, at3, ("factor",), "½"),
    Item(network, None, params, ("activation-point",), ""),
    Item(matmul, None, square33, ("transposed",), ""),
    Item(softmax, None, at5, ("softmax-diagonal", "missing-term"), ""),
    Item(logsumexp, None, at5, ("chain-factor",), ""),
    Item(bias, None, (jnp.array(rng.normal(size=(4, 3))), at3), ("batch-sum",), ""),
    Item(of_cosines, None, at5, ("sign",), "opposite"),
    Item(gelu, None, at5, ("chain-factor", "factor"), ""),
    Item(of_cubes, None, at5, ("chain-factor", "power"), ""),
    Item(target_stopped, None, at3, ("detached",), "stop_gradient"),
    Item(part_stopped, None, at3, ("detached",), "stop_gradient"),
    Item(through_numpy_constant, None, at3, ("detached",), "stop_gradient"),
    Item(loss, loss_no_penalty, at3, ("missing-term",), ""),
    Item(loss, loss_no_two, at3, ("factor",), "2"),
    Item(loss_norm, loss_norm_no_division, at3, ("chain-factor",), ""),
    Item(entropy, entropy_p_constant, at5, ("softmax-diagonal",), ""),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: getattr(item.claim or item.function, "__name__", "rule"))
def test_the_cause_of_a_wrong_jax_gradient_is_named(item):
    judged(item)
