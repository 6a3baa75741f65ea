"""Wrong gradients in PyTorch: custom Functions, detached branches, modules."""

import numpy as np
import pytest
import torch

from tests.checking.causes.judge import Item, judged

torch.manual_seed(0)
rng = np.random.default_rng(8)
X = torch.tensor(rng.normal(size=(6, 3)))
y = torch.tensor(rng.normal(size=6))


def tensor(*shape):
    return torch.tensor(rng.normal(size=shape))


class SquareNoTwo(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * x


class TanhOfActivation(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        a = torch.tanh(z)
        ctx.save_for_backward(a)
        return a

    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * (1 - torch.tanh(a) ** 2)


class SigmoidForgotFactor(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        s = torch.sigmoid(z)
        ctx.save_for_backward(s)
        return s

    @staticmethod
    def backward(ctx, grad):
        (s,) = ctx.saved_tensors
        return grad * s


class ReluAll(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g.clone()


class LeakyWrongSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return torch.where(z > 0, z, 0.2 * z)

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        return torch.where(z > 0, g, 0.1 * g)


class LinearBiasRow(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W, b):
        ctx.save_for_backward(x, W)
        return x @ W + b

    @staticmethod
    def backward(ctx, g):
        x, W = ctx.saved_tensors
        return g @ W.t(), x.t() @ g, g.mean(0)


class LinearNotTransposed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W):
        ctx.save_for_backward(x, W)
        return x.mm(W)

    @staticmethod
    def backward(ctx, g):
        x, W = ctx.saved_tensors
        return g.mm(W), x.t().mm(g)


class MulSwapped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * a, g * b


class SoftmaxDiagonal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        p = torch.softmax(z, -1)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return g * p * (1 - p)


class ExpInFloat32(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.float())
        return torch.exp(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.exp(x).double()


class ExpNegative(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.exp(-x)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        return g * out


class GatherOverwrites(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, index):
        ctx.save_for_backward(index)
        ctx.shape = x.shape
        return x[index]

    @staticmethod
    def backward(ctx, g):
        (index,) = ctx.saved_tensors
        out = torch.zeros(ctx.shape, dtype=g.dtype)
        out[index] = g
        return out, None


class ClippedGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (g * 3 * x**2).clamp(-1, 1)


index = torch.tensor([0, 2, 2, 1, 0])


def use(function):
    def f(*args):
        return function.apply(*args)

    f.__name__ = function.__name__
    return f


def gathered(x):
    return GatherOverwrites.apply(x, index)


def squares(x):
    return SquareNoTwo.apply(x).sum()


# ---------------------------------------------------------------- detached


def residual_detached(w):
    r = X @ w - y
    return (r * r.detach()).sum()


def weight_by_data(w):
    scale = w.data.norm()
    return ((X @ w - y) ** 2).sum() / scale


def no_grad_part(w):
    with torch.no_grad():
        penalty = (w**2).sum()
    return ((X @ w - y) ** 2).mean() + penalty


def item_in_between(w):
    peak = torch.exp(w[0]).item()
    return peak * (w**2).sum()


def through_numpy(w):
    r = torch.tensor(np.tanh(w.detach().numpy()))
    return (r * w).sum()


def helper(w):
    return w.detach() ** 2


def in_a_helper(w):
    return (helper(w) * torch.sin(w)).sum()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(3, 4)
        self.fc2 = torch.nn.Linear(4, 1)

    def forward(self, x):
        h = torch.tanh(self.fc1(x)).detach()
        return self.fc2(h).sum()


# ---------------------------------------------------------------- claims by hand


def loss(w):
    return torch.mean((X @ w - y) ** 2) + 0.1 * torch.sum(w**2)


def loss_no_penalty(w):
    return 2 / len(X) * X.T @ (X @ w - y)


def loss_sum(w):
    return 2 * X.T @ (X @ w - y) + 0.2 * w


def loss_penalty_sign(w):
    return 2 / len(X) * X.t() @ (X @ w - y) - 0.2 * w


at3, at5 = tensor(3), tensor(5)
ITEMS = [
    Item(squares, None, at5, ("factor",), "½"),
    Item(use(TanhOfActivation), None, at5, ("activation-point",)),
    Item(use(SigmoidForgotFactor), None, at5, ("chain-factor",), ""),
    Item(use(ReluAll), None, 2 * tensor(9), ("half-space", "chain-factor"), ""),
    Item(use(LeakyWrongSlope), None, 2 * tensor(9), ("half-space", "factor"), ""),
    Item(use(LinearBiasRow), None, (tensor(6, 3), tensor(3, 2), tensor(2)), ("factor", "mean"), "6"),
    Item(use(LinearNotTransposed), None, (tensor(6, 3), tensor(3, 3)), ("transposed",), ""),
    Item(use(MulSwapped), None, (tensor(4), tensor(4)), ("swapped",), ""),
    Item(use(SoftmaxDiagonal), None, tensor(4), ("softmax-diagonal",), ""),
    Item(use(ExpInFloat32), None, at5, ("narrow",), "float"),
    Item(use(ExpNegative), None, at5, ("sign",), "opposite"),
    Item(gathered, None, tensor(3, 2), ("accumulation",), ""),
    Item(use(ClippedGradient), None, 2 * tensor(7), ("clipped", "nonlinear"), ""),
    Item(residual_detached, None, at3, ("detached", "factor"), "detach"),
    Item(weight_by_data, None, at3, ("detached",), "data"),
    Item(no_grad_part, None, at3, ("detached",), "no_grad"),
    Item(item_in_between, None, at3, ("detached",), "item"),
    Item(through_numpy, None, at3, ("detached",), ""),
    Item(in_a_helper, None, at3, ("detached",), "helper"),
    Item(Net().double(), None, tensor(5, 3), ("detached",), "detach"),
    Item(loss, loss_no_penalty, at3, ("missing-term",), "w"),
    Item(loss, loss_sum, at3, ("mean", "factor"), "mean"),
    Item(loss, loss_penalty_sign, at3, ("sign",), "w"),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: getattr(item.claim or item.function, "__name__", "Net"))
def test_the_cause_of_a_wrong_torch_gradient_is_named(item):
    judged(item)
