"""What we say that JAX and PyTorch return for a whole function is what they return, the function spelled as it stands.

Each formula is written three times: as a person writes it for us, in jax.numpy and in torch. The points are those at
which something breaks.
"""

import warnings

import numpy as np
import pytest

from chainrule.derivation.breaks.autodiff import gradient
from chainrule.ops.frameworks import JAX, TORCH
from chainrule.syntax import read

I2, ZERO = np.eye(2), np.zeros(2)
ONE, TIED = np.ones(2), np.array([1.0, 1.0, 0.5])

# formula, variable, values, in jnp, in torch (None: as in jnp), by the names of the variables
COMPOSITES = [
    ("norm(x)", "x", {"x": ZERO}, "jnp.linalg.norm(x)", "torch.linalg.norm(x)"),
    ("norm(x)^2", "x", {"x": ZERO}, "jnp.linalg.norm(x)**2", "torch.linalg.norm(x)**2"),
    ("sqrt(sum(x.^2))", "x", {"x": ZERO}, "jnp.sqrt(jnp.sum(x**2))", None),
    ("sqrt(sum(x.^2))^2", "x", {"x": ZERO}, "jnp.sqrt(jnp.sum(x**2))**2", None),
    ("x^T x", "x", {"x": ZERO}, "x @ x", None),
    ("norm(A x - b)", "x", {"A": I2, "x": ONE, "b": ONE}, "jnp.linalg.norm(A @ x - b)", "torch.linalg.norm(A @ x - b)"),
    ("norm(A x - b, 3)", "x", {"A": I2, "x": ONE, "b": ONE}, "jnp.linalg.norm(A @ x - b, 3)", "torch.linalg.norm(A @ x - b, 3)"),
    ("norm(A x - b, 1)", "x", {"A": I2, "x": ONE, "b": np.array([1.0, 2.0])}, "jnp.sum(jnp.abs(A @ x - b))", None),
    ("sum(x ./ norm(x))", "x", {"x": ZERO}, "jnp.sum(x / jnp.linalg.norm(x))", "torch.sum(x / torch.linalg.norm(x))"),
    ("x^T y / (norm(x) norm(y))", "x", {"x": ZERO, "y": ONE}, "x @ y / (jnp.linalg.norm(x) * jnp.linalg.norm(y))", "x @ y / (torch.linalg.norm(x) * torch.linalg.norm(y))"),
    ("std(x)", "x", {"x": ONE}, "jnp.std(x)", "torch.std(x, correction=0)"),
    ("sum(norm(X, axis=1))", "X", {"X": np.array([[0.0, 0.0], [1.0, 2.0]])}, "jnp.sum(jnp.linalg.norm(X, axis=1))", "torch.sum(torch.linalg.norm(X, dim=1))"),
    ("sum(where(x > 0, sqrt(x), 0))", "x", {"x": np.array([1.0, -1.0, 0.0])}, "jnp.sum(jnp.where(x > 0, jnp.sqrt(x), 0))", None),
    ("sum(where(x > 0, log(x), 0))", "x", {"x": np.array([1.0, -1.0, 0.0])}, "jnp.sum(jnp.where(x > 0, jnp.log(x), 0))", None),
    ("sum(sqrt(relu(x)))", "x", {"x": np.array([-1.0, 0.0, 4.0])}, "jnp.sum(jnp.sqrt(jax.nn.relu(x)))", "torch.sum(torch.sqrt(torch.relu(x)))"),
    ("sum(sqrt(max(x, 0)))", "x", {"x": np.array([-1.0, 4.0])}, "jnp.sum(jnp.sqrt(jnp.maximum(x, 0.0)))", "torch.sum(torch.sqrt(torch.maximum(x, torch.zeros_like(x))))"),
    ("sum(sqrt(abs(x)))", "x", {"x": np.array([0.0, 4.0])}, "jnp.sum(jnp.sqrt(jnp.abs(x)))", None),
    ("sum(abs(x).^1.5)", "x", {"x": np.array([0.0, 4.0])}, "jnp.sum(jnp.abs(x)**1.5)", None),
    ("sum(x .* log(x))", "x", {"x": np.array([0.0, 2.0])}, "jnp.sum(x * jnp.log(x))", None),
    ("sum(max(0, 1 - y .* (X w)))", "w", {"X": I2, "w": ONE, "y": np.array([1.0, -1.0])}, "jnp.sum(jnp.maximum(0.0, 1 - y * (X @ w)))", "torch.sum(torch.maximum(torch.zeros(2, dtype=torch.float64), 1 - y * (X @ w)))"),
    ("max(x)", "x", {"x": TIED}, "jnp.max(x)", "torch.max(x)"),
    ("norm(x, inf)", "x", {"x": TIED}, "jnp.max(jnp.abs(x))", None),
    ("sum(arccos(x))", "x", {"x": np.array([1.0, 0.5])}, "jnp.sum(jnp.arccos(x))", None),
    ("sum(log(1 + exp(x)))", "x", {"x": np.array([1000.0, 1.0])}, "jnp.sum(jnp.log(1 + jnp.exp(x)))", None),
    ("log(sum(exp(x)))", "x", {"x": np.array([1000.0, 1.0])}, "jnp.log(jnp.sum(jnp.exp(x)))", None),
    ("log(sum(exp(x)))", "x", {"x": np.array([-1000.0, -1000.0])}, "jnp.log(jnp.sum(jnp.exp(x)))", None),
    ("sum(1 ./ (1 + exp(-x)))", "x", {"x": np.array([-1000.0, 1.0])}, "jnp.sum(1 / (1 + jnp.exp(-x)))", None),
    ("sum(log(softmax(x)))", "x", {"x": np.array([1000.0, 0.0])}, "jnp.sum(jnp.log(jax.nn.softmax(x)))", "torch.sum(torch.log(torch.softmax(x, 0)))"),
    ("sum(log(sigma(x)))", "x", {"x": np.array([-1000.0, 0.0])}, "jnp.sum(jnp.log(jax.nn.sigmoid(x)))", "torch.sum(torch.log(torch.sigmoid(x)))"),
    ("sum(x ./ y)", "y", {"x": np.array([1.0, 0.0]), "y": ZERO}, "jnp.sum(x / y)", None),
    ("(x^T A x) / (x^T x)", "x", {"A": I2, "x": ZERO}, "(x @ A @ x) / (x @ x)", None),
    ("sum(where(x == 0, 1, sin(x) ./ x))", "x", {"x": np.array([0.0, 1.0])}, "jnp.sum(jnp.where(x == 0, 1.0, jnp.sin(x) / x))", None),
    ("cumsum(sqrt(x))[1]", "x", {"x": np.array([0.0, 1.0])}, "jnp.cumsum(jnp.sqrt(x))[1]", "torch.cumsum(torch.sqrt(x), 0)[1]"),
    ("sum(sqrt(x[1:] - x[:-1]))", "x", {"x": np.array([0.0, 1.0, 1.0])}, "jnp.sum(jnp.sqrt(x[1:] - x[:-1]))", None),
]  # fmt: skip


def in_jax(code, values, wrt):
    import jax  # here, because it takes seconds to load

    jax.config.update("jax_enable_x64", True)
    arrays = {name: jax.numpy.asarray(v) for name, v in values.items()}
    modules = {"jax": jax, "jnp": jax.numpy}
    return np.asarray(jax.grad(lambda x: eval(code, {**modules, **arrays, wrt: x}))(arrays[wrt]))


def in_torch(code, values, wrt):
    import torch

    tensors = {name: torch.tensor(v) for name, v in values.items()}
    tensors[wrt].requires_grad_()
    eval(code, {"torch": torch, **tensors}).backward()
    return tensors[wrt].grad.numpy()


@pytest.mark.parametrize("framework", [JAX, TORCH])
@pytest.mark.parametrize("formula, wrt, values, jnp, torch", COMPOSITES, ids=[f"{c[0]} {k}" for k, c in enumerate(COMPOSITES)])
def test_a_whole_function_gives_what_the_framework_gives(formula, wrt, values, jnp, torch, framework):
    declare = ", ".join(f"{name}: {' '.join('nm'[: v.ndim] if v.ndim < 2 else 'nn')}" for name, v in values.items())
    if formula.startswith("sum(norm"):
        declare = "X: m n"
    problem = read(formula, declare)
    ours = gradient(problem, wrt, values, framework)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if framework == JAX:
            theirs = in_jax(jnp, values, wrt)
        else:
            theirs = in_torch(torch or jnp.replace("jnp.", "torch."), values, wrt)
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs), err_msg=f"{ours} {theirs}")
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
