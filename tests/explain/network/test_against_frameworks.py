"""Values, gradients and local Jacobians of networks beside those of PyTorch and JAX, which know nothing of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from chainrule.explain.network import backprop, network, traced_values
from chainrule.syntax import read

F = torch.nn.functional


@pytest.fixture(autouse=True)
def double_precision():
    jax.config.update("jax_enable_x64", True)


def affine(v, k, x):
    return x @ (v[f"W{k}"].T if x.ndim == 1 else v[f"W{k}"]) + v[f"b{k}"]


def rows(x):
    return x if x.ndim == 2 else x[None]


def attention(v, k, x, width):
    q, key, value = (x @ v[f"W{letter}{k}"] for letter in "qkv")
    return torch.softmax(q @ key.T / width**0.5, dim=-1) @ value


def recurrent(v, times):
    h = torch.tanh(v["W1"] @ v["x1"] + v["b1"])
    for t in range(2, times + 1):
        h = torch.tanh(v["W1"] @ v[f"x{t}"] + v["U1"] @ h + v["b1"])
    return F.mse_loss(affine(v, 2, h), v["y"])


def residual_norm(v):
    z = affine(v, 1, v["X"])
    a = torch.relu(F.layer_norm(z, z.shape[-1:]) * v["g1"] + v["c1"])
    return F.cross_entropy(affine(v, 3, a + torch.tanh(affine(v, 2, a))), v["Y"])


def convolved(v):
    z = F.conv1d(v["x"][None, None], v["k1"][None, None], v["c1"][None])[0, 0]
    return F.poisson_nll_loss(affine(v, 2, F.gelu(z)), v["y"], log_input=True)


NETWORKS = {  # chain, input, batch: the same by PyTorch's own functions
    "dense 3, sigmoid, dense 1, mse": (2, None, lambda v: F.mse_loss(affine(v, 2, torch.sigmoid(affine(v, 1, v["x"]))), v["y"])),
    "dense 5, tanh, dense 2, half sse": (3, 7, lambda v: ((affine(v, 2, torch.tanh(affine(v, 1, v["X"]))) - v["Y"]) ** 2).sum() / 2),
    "dense 4, relu, dense 3, softmax cross-entropy": (5, 6, lambda v: F.cross_entropy(affine(v, 2, torch.relu(affine(v, 1, v["X"]))), v["Y"])),
    "dense 4, softmax, cross-entropy": (3, None, lambda v: -(v["y"] * torch.log(torch.softmax(affine(v, 1, v["x"]), 0))).sum()),
    "dense 4, elu, dense 2, sigmoid, bce": (3, 5, lambda v: F.binary_cross_entropy(torch.sigmoid(affine(v, 2, F.elu(affine(v, 1, v["X"])))), v["Y"])),
    "dense 4, silu, dense 2, bce with logits": (3, None, lambda v: F.binary_cross_entropy_with_logits(affine(v, 2, F.silu(affine(v, 1, v["x"]))), v["y"])),
    "dense 3, layer norm affine, relu, residual(dense 3, tanh), dense 2, softmax cross-entropy": (4, 5, residual_norm),
    "2 x (dense 4, batch norm, leaky_relu 0.2), dense 2, huber 0.7": (3, 6, lambda v: F.huber_loss(
        affine(v, 3, F.leaky_relu(F.batch_norm(affine(v, 2, F.leaky_relu(F.batch_norm(affine(v, 1, v["X"]), None, None, training=True), 0.2)), None, None, training=True), 0.2)),
        v["Y"], delta=0.7)),
    "rnn 4 x 5, dense 1, mse": (3, None, lambda v: recurrent(v, 5)),
    "attention 3, residual(attention), mean pool, dense 2, softmax, kl": ((5, 4), None, lambda v: F.kl_div(
        torch.log_softmax(affine(v, 3, (lambda o: o + attention(v, 2, o, 3))(attention(v, 1, v["X"], 3)).mean(0)), 0), v["y"], reduction="sum")),
    "conv 3, gelu, dense 2, poisson": (8, None, convolved),
    "dense 6, rms norm, softplus, dropout 0.25, dense 2, mae": (4, 5, lambda v: F.l1_loss(
        affine(v, 2, F.softplus(F.rms_norm(affine(v, 1, v["X"]), (6,), eps=1e-6)) * v["M1"] / 0.75), v["Y"])),
    "10 x (dense 8, selu), dense 1, mse": (8, 16, lambda v: F.mse_loss(affine(v, 11, deep(v, 10)), v["Y"])),
    "dense 3, tanh, dense 2, hinge": (2, 4, lambda v: torch.clamp(1 - v["Y"] * affine(v, 2, torch.tanh(affine(v, 1, v["X"]))), min=0).mean()),
}  # fmt: skip


def deep(v, layers):
    x = v["X"]
    for k in range(1, layers + 1):
        x = F.selu(affine(v, k, x))
    return x


@pytest.mark.parametrize("chain", NETWORKS)
def test_loss_and_gradients_are_those_of_torch(chain):
    sample, batch, loss = NETWORKS[chain]
    net = network(chain, sample, batch)
    for seed in range(3):
        values = net.values(seed=seed)
        steps = traced_values(net, values)
        tensors = {n: torch.tensor(x, requires_grad=n in net.weights) for n, x in values.items()}
        found = loss(tensors)
        found.backward()
        assert steps.loss == pytest.approx(found.item(), rel=1e-12)
        largest = max(np.abs(g).max() for g in steps.gradients.values())
        for name, gradient in steps.gradients.items():
            assert np.abs(gradient - tensors[name].grad.numpy()).max() <= 1e-12 * largest, name


@pytest.mark.parametrize("chain", [c for c in NETWORKS if NETWORKS[c][1] in (None, 4, 5)])
def test_the_gradient_of_a_step_is_the_product_of_its_numeric_jacobians(chain):
    """The local Jacobians in numbers, one put behind the other, give what the backward pass found."""
    sample, batch, _ = NETWORKS[chain]
    steps = traced_values(network(chain, sample, batch), network(chain, sample, batch).values(seed=4))
    arriving = {steps[-1].name: np.ones((1, 1))}
    for step in reversed(steps):
        if step.name not in arriving:
            continue
        for name in step.inputs:
            matrix = step.local(name).matrix()
            assert matrix.shape == (max(step.value.size, 1), np.size(steps.values[name]))
            arriving[name] = arriving.get(name, 0) + arriving[step.name] @ matrix
    for name, gradient in steps.arriving.items():
        assert np.allclose(arriving[name].reshape(gradient.shape), gradient, rtol=1e-9, atol=1e-14), name


@pytest.mark.parametrize("layout", ["column", "row"])
@pytest.mark.parametrize("chain", NETWORKS)
def test_formulas_as_printed_have_the_values_of_the_backward_pass(chain, layout):
    sample, batch, _ = NETWORKS[chain]
    found = backprop(chain, input=sample, batch=batch, layout=layout, seed=2)
    assert found.checked.worst < 1e-12 and found.checked.left_out == 0
    assert found.checked.edges == len(found.edges) == len(found.steps)


STEPS = {  # a step: what moves and what does not, and the same in JAX
    "sigmoid(z)": ("z", jax.nn.sigmoid),
    "softmax(z)": ("z", jax.nn.softmax),
    "log_softmax(z)": ("z", jax.nn.log_softmax),
    "z .* z": ("z", lambda z: z * z),
    "W z": ("W z", lambda W, z: W @ z),
    "W z + z[0] ones(3)": ("z W", lambda z, W: W @ z + z[0]),
    "tanh(Z)": ("Z", jnp.tanh),
    "softmax(Z)": ("Z", jax.nn.softmax),
    "log_softmax(Z)": ("Z", jax.nn.log_softmax),
    "logsumexp(Z)": ("Z", lambda Z: jax.nn.logsumexp(Z, axis=1)),
    "layernorm(Z)": ("Z", lambda Z: (Z - Z.mean(1, keepdims=True)) / jnp.sqrt(Z.var(1, keepdims=True) + 1e-5)),
    "batchnorm(Z)": ("Z", lambda Z: (Z - Z.mean(0)) / jnp.sqrt(Z.var(0) + 1e-5)),
    "Z V": ("Z V", lambda Z, V: Z @ V),
    "3 Z V + ones(3) V[0]^T": ("V Z", lambda V, Z: 3 * Z @ V + V[0]),
    "Z Z^T": ("Z", lambda Z: Z @ Z.T),
    "colmean(Z)": ("Z", lambda Z: Z.mean(0)),
}
SHAPES = {"z": (4,), "Z": (3, 4), "W": (3, 4), "V": (4, 2)}


@pytest.mark.parametrize("formula", STEPS)
def test_a_local_jacobian_is_that_of_jax(formula):
    names, function = STEPS[formula][0].split(), STEPS[formula][1]
    rng = np.random.default_rng(7)
    values = {n: rng.normal(size=SHAPES[n]) for n in names}
    declared = {n: " ".join(map(str, SHAPES[n])) for n in names}
    problem = read(f"q = {formula}\nL = ||q||_F^2" if np.ndim(function(*values.values())) == 2 else f"q = {formula}\nL = ||q||^2", declared)
    local = traced_values(problem, values, wrt=names[0]).step("q").local(names[0])
    true = np.asarray(jax.jacobian(function)(*values.values()))
    assert np.allclose(local.array(), true, rtol=1e-10, atol=1e-12)
    singular = np.linalg.svd(local.matrix(), compute_uv=False)
    low, high = local.singular
    assert high == pytest.approx(singular.max(), rel=1e-9) and low == pytest.approx(singular.min(), rel=1e-6, abs=1e-9)
    blocks, row, column = local.block_shape
    assert blocks * row * column >= np.count_nonzero(np.abs(true) > 1e-14), "nothing off the blocks is left out"
