"""Right gradients that are awkward to check, in PyTorch and JAX."""

import jax
import jax.numpy as jnp
import torch
from jax import lax
from torch import nn
from torch.autograd import Function
from torch.nn import functional as F

from .item import AT_A_KINK, Corpus
from .torch_items import module, normal

ITEMS = Corpus("torch")
JAX = Corpus("jax")
CHANCE = ("right", "not checkable")


def array(rng, *shape, dtype=jnp.float32):
    return jnp.asarray(rng.normal(size=shape), dtype=dtype)


# ---------------------------------------------------------------- PyTorch


@ITEMS.right("network in float32", tolerance=1e-2)
def _(rng):
    net = module(nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 3)), rng, torch.float32)
    target = torch.tensor([0, 2, 1, 1])
    net.register_forward_hook(lambda module, inputs, output: F.cross_entropy(output, target))
    return dict(function=net, at=normal(rng, 4, 5, dtype=torch.float32))


@ITEMS.right("module in float32, with its parameters", tolerance=1e-3)
def _(rng):
    net = module(nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 1)), rng, torch.float32)
    return dict(function=net, at=normal(rng, 6, 5, dtype=torch.float32))


@ITEMS.right("module in bfloat16", tolerance=1e-1)
def _(rng):
    net = module(nn.Sequential(nn.Linear(4, 6), nn.Sigmoid(), nn.Linear(6, 2)), rng, torch.bfloat16)
    return dict(function=net, at=normal(rng, 3, 4, dtype=torch.bfloat16))


@ITEMS.right("half precision", tolerance=2e-2)
def _(rng):
    return dict(function=lambda x: (torch.sin(x) * x).sum(), at=normal(rng, 6, dtype=torch.float16))


@ITEMS.right("ReLU network with units at zero", kink=True, verdicts=AT_A_KINK)
def _(rng):
    w = torch.tensor([[1.0, -1.0], [2.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
    return dict(function=lambda x: torch.relu(w @ x).sum(), at=torch.tensor([1.0, 1.0], dtype=torch.float64))


@ITEMS.right("max-pooling over equal values", kink=True, verdicts=AT_A_KINK)
def _(rng):
    x = torch.tensor([[1.0, 1.0, 0.5, 2.0], [0.0, 1.0, 2.0, 2.0]], dtype=torch.float64)
    return dict(function=lambda x: F.max_pool1d(x[None], 2)[0], at=x)


@ITEMS.right("median and sort with ties", kink=True, verdicts=AT_A_KINK)
def _(rng):
    weights = torch.arange(5.0, dtype=torch.float64)
    x = torch.tensor([2.0, 1.0, 2.0, -1.0, 1.0], dtype=torch.float64)
    return dict(function=lambda x: (torch.sort(x).values * weights).sum(), at=x)


@ITEMS.right("a hundred thousand parameters in a module", tolerance=1e-3)
def _(rng):
    net = module(nn.Sequential(nn.Linear(100, 900), nn.Tanh(), nn.Linear(900, 10)), rng, torch.float32)
    return dict(function=net, at=0.1 * normal(rng, 2, 100, dtype=torch.float32))


@ITEMS.right("dropout in training mode", verdicts=CHANCE, stable=False)
def _(rng):
    net = module(nn.Sequential(nn.Linear(4, 10), nn.Dropout(0.5), nn.Linear(10, 1)), rng)
    return dict(function=net, at=normal(rng, 3, 4))


@ITEMS.right("dropout that sets its own seed")
def _(rng):
    def f(x):
        torch.manual_seed(3)
        return (F.dropout(x, 0.4) ** 2).sum()

    return dict(function=f, at=normal(rng, 12))


@ITEMS.right("batch norm in training mode, whose running mean moves", tolerance=1e-6)
def _(rng):
    net = module(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Softplus(), nn.Linear(4, 1)), rng)
    return dict(function=net, at=normal(rng, 9, 3))


@ITEMS.right("embedding with integer tokens")
def _(rng):
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.out = nn.Embedding(7, 3), nn.Linear(3, 2)

        def forward(self, tokens):
            return self.out(torch.tanh(self.embed(tokens)).mean(0))

    return dict(function=module(Words(), rng), at=torch.tensor([1, 5, 1, 2]))


@ITEMS.right("LSTM", tolerance=1e-7)
def _(rng):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(2, 3)

        def forward(self, x):
            return self.lstm(x)[0][-1].sum()

    return dict(function=module(Net(), rng), at=normal(rng, 4, 1, 2))


@ITEMS.right("a parameter that the loss does not reach")
def _(rng):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Linear(3, 1), nn.Linear(3, 1)

        def forward(self, x):
            return self.used(x).square().sum()

    return dict(function=module(Net(), rng), at=normal(rng, 4, 3))


@ITEMS.right("frozen layer that asks for no gradient")
def _(rng):
    net = module(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), rng)
    net[0].requires_grad_(False)
    return dict(function=net, at=normal(rng, 5, 3))


class LinearUnsummed(Function):
    """A bias gradient with a row for each of the batch: autograd itself adds them up."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output @ weight, grad_output.t() @ x, grad_output


@ITEMS.right("bias gradient that is left for autograd to sum")
def _(rng):
    return dict(function=LinearUnsummed.apply, at=(normal(rng, 5, 3), normal(rng, 2, 3), normal(rng, 2)), plain=F.linear)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * g * x**2


@ITEMS.right("custom Function, twice differentiated")
def _(rng):
    return dict(function=Cube.apply, at=normal(rng, 5), order=2, plain=lambda x: x**3)


@ITEMS.right("softmax shifted by a detached maximum")
def _(rng):
    def f(x):
        e = (x - x.max(-1, keepdim=True).values.detach()).exp()
        return (e / e.sum(-1, keepdim=True)).square().sum()

    return dict(function=f, at=normal(rng, 3, 4), plain=lambda x: torch.softmax(x, -1).square().sum())


@ITEMS.right("values of scale 1e-10 in float64")
def _(rng):
    return dict(function=lambda x: 1e-10 * (x.sinh() ** 2).sum(), at=normal(rng, 5))


@ITEMS.right("log-determinant by hand, batch of matrices")
def _(rng):
    A = normal(rng, 3, 4, 4) + 4 * torch.eye(4, dtype=torch.float64)
    return dict(function=lambda A: torch.logdet(A).sum(), mine=lambda A: torch.linalg.inv(A).mT, at=A)


@ITEMS.right("in-place operations inside the graph")
def _(rng):
    def f(x):
        y = x * 2
        y.sin_()
        y[1:] *= 3
        return y.sum()

    return dict(function=f, at=normal(rng, 4))


# ---------------------------------------------------------------- JAX


@JAX.right("attention in float32", tolerance=1e-3)
def _(rng):
    def attend(q, k, v):
        return jnp.sum(jnp.tanh(jax.nn.softmax(q @ k.T / 2) @ v))

    return dict(function=attend, at=tuple(array(rng, 5, 4) for _ in range(3)))


@JAX.right("bfloat16", tolerance=1e-1)
def _(rng):
    return dict(function=lambda x: jnp.sum(jnp.tanh(x) * x), at=array(rng, 6, dtype=jnp.bfloat16))


@JAX.right("ReLU at zero", kink=True, verdicts=AT_A_KINK)
def _(rng):
    return dict(function=lambda x: jnp.sum(jax.nn.relu(x) * jnp.arange(1.0, 5.0)), at=jnp.array([0.0, 1.0, -1.0, 0.0]))


@JAX.right("maximum with ties", kink=True, verdicts=AT_A_KINK)
def _(rng):
    return dict(function=lambda x: jnp.max(x) ** 2, at=jnp.array([2.0, 1.0, 2.0]))


@JAX.right("absolute value at zero", kink=True, verdicts=AT_A_KINK)
def _(rng):
    return dict(function=lambda x: jnp.sum(jnp.abs(x)), at=jnp.array([0.0, -1.0, 3.0]))


@JAX.right("custom_vjp of logsumexp", tolerance=1e-3)
def _(rng):
    def plain(x):
        return jax.nn.logsumexp(x)

    @jax.custom_vjp
    def lse(x):
        m = jnp.max(x)
        return m + jnp.log(jnp.sum(jnp.exp(x - m)))

    lse.defvjp(lambda x: (lse(x), x), lambda x, g: (g * jax.nn.softmax(x),))
    return dict(function=lse, at=1000 + array(rng, 5), plain=plain)


@JAX.right("custom_jvp of a safe square root", tolerance=1e-3)
def _(rng):
    @jax.custom_jvp
    def root(x):
        return jnp.sqrt(x)

    @root.defjvp
    def rule(primals, tangents):
        y = root(primals[0])
        return y, tangents[0] / (2 * jnp.maximum(y, 1e-20))

    return dict(function=root, at=jnp.array([1e-6, 0.3, 4e5]), plain=jnp.sqrt)


@JAX.right("shift by a stopped maximum", tolerance=1e-3)
def _(rng):
    def f(x):
        z = x - lax.stop_gradient(jnp.max(x))
        return jnp.sum(jnp.exp(z) / jnp.sum(jnp.exp(z)) * jnp.arange(4.0))

    return dict(function=f, at=array(rng, 4), plain=lambda x: jnp.sum(jax.nn.softmax(x) * jnp.arange(4.0)))


@JAX.right("a pytree of parameters through a scan", tolerance=1e-3)
def _(rng):
    xs = array(rng, 6, 2)

    def loss(params):
        def step(h, x):
            h = jnp.tanh(params["cell"]["U"] @ h + params["cell"]["W"] @ x + params["b"])
            return h, h

        return jnp.sum(lax.scan(step, jnp.zeros(3), xs)[1] ** 2)

    params = {"cell": {"U": array(rng, 3, 3), "W": array(rng, 3, 2)}, "b": array(rng, 3)}
    return dict(function=loss, at=(params,))


@JAX.right("dropout by a key", tolerance=1e-3)
def _(rng):
    key = jax.random.PRNGKey(5)

    def f(x):
        return jnp.sum(jnp.where(jax.random.bernoulli(key, 0.5, x.shape), x**2, 0.0))

    return dict(function=f, at=array(rng, 9))


@JAX.right("twice differentiated", tolerance=1e-2)
def _(rng):
    return dict(function=lambda x: jnp.sum(jnp.sin(x) * x), at=array(rng, 4), order=2)


@JAX.right("gradient that is exactly zero", tolerance=1e-1)
def _(rng):
    return dict(function=lambda x: jnp.sum(jax.nn.softmax(x)), at=array(rng, 5))
