"""Wrong gradients in PyTorch as other people than the author of the rules wrote them, before the rules were looked at."""

import numpy as np
import pytest
import torch

from tests.checking.causes.judge import Item, judged

MAKERS = []


def wrong(*causes):
    """Says which causes are right."""

    def put(make):
        MAKERS.append((make.__name__, make, causes))
        return make

    return put


def normal(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape)


def tensor(*shape, seed=0):
    return torch.tensor(normal(*shape, seed=seed))


@wrong("factor")
def torch_square_fn():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x**2

    return dict(function=lambda x: Cube.apply(x).sum(), at=tensor(4))


@wrong("activation-point")
def torch_silu():
    class SiLU(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * torch.sigmoid(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            s = torch.sigmoid(x)
            return g * s * (1 + x * (1 - s))

    def f(x):
        return (SiLU.apply(x) ** 2).sum()

    return dict(function=f, at=tensor(4))


@wrong("transposed")
def torch_linear_t():
    class Lin(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, W):
            ctx.save_for_backward(x, W)
            return x @ W

        @staticmethod
        def backward(ctx, g):
            x, W = ctx.saved_tensors
            return g @ W, x.t() @ g

    def f(x, W):
        return torch.sin(Lin.apply(x, W)).sum()

    return dict(function=f, at=(tensor(5, 3), tensor(3, 3, seed=1)))


@wrong("detached")
def torch_detach():
    def f(w):
        p = torch.softmax(w, 0)
        target = p.detach()
        return (p * torch.log(p / 0.3)).sum() + ((target - 1) ** 2).sum()

    return dict(function=f, at=tensor(4))


@wrong("cotangent")
def torch_ignores_g():
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            return ctx.saved_tensors[0]

    return dict(function=lambda x: (Exp.apply(x) * 3).sum(), at=tensor(4))


@wrong("missing-term")
def torch_rmsnorm():
    class RMS(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, g):
            r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
            ctx.save_for_backward(x, g, r)
            return x * r * g

        @staticmethod
        def backward(ctx, d):
            x, g, r = ctx.saved_tensors
            return d * g * r, (d * x * r).sum(0)

    def f(x, g):
        return torch.sin(RMS.apply(x, g)).sum()

    return dict(function=f, at=(tensor(3, 4), tensor(4, seed=3)))


@wrong("half-space", "factor", "comparison", "chain-factor", "function")
def torch_leaky():
    class Leaky(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.where(x > 0, x, 0.1 * x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return torch.where(x > 0, g, 0.01 * g)

    return dict(function=lambda x: (Leaky.apply(x) ** 2).sum(), at=tensor(6))


@wrong("batch-sum", "mean", "factor")
def torch_bias_mean():
    class AddB(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, b):
            return x + b

        @staticmethod
        def backward(ctx, g):
            return g, g.mean(0)

    return dict(function=lambda x, b: (AddB.apply(x, b) ** 3).sum(), at=(tensor(5, 3), tensor(3, seed=2)))


@wrong("sign")
def torch_reverse_left_in():
    class GRL(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return -g

    return dict(function=lambda x: torch.tanh(GRL.apply(x)).sum(), at=tensor(4))


@wrong("second-order", "detached")
def torch_second():
    class Sig(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.sigmoid(x)
            ctx.y = y.detach()
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.y * (1 - ctx.y)

    return dict(function=lambda x: Sig.apply(x).sum(), at=tensor(4), order=2)


@pytest.mark.parametrize(("make", "causes"), [case[1:] for case in MAKERS], ids=[case[0] for case in MAKERS])
def test_the_cause_is_named(make, causes):
    made = make()
    options = {name: made[name] for name in made if name not in ("function", "mine", "at")}
    judged(Item(made["function"], made.get("mine"), made["at"], causes, options=options))
