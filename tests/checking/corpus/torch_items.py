"""Wrong gradients in PyTorch: custom Functions, modules that cut the graph, hand-written gradients, second order."""

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.nn import functional as F

from .item import Corpus

ITEMS = Corpus("torch")


def normal(rng, *shape, dtype=torch.float64):
    return torch.tensor(rng.normal(size=shape), dtype=dtype)


def module(net, rng, dtype=torch.float64):
    """A module with parameters drawn from `rng`, so that each run is the same."""
    net = net.to(dtype)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(0.6 * torch.tensor(rng.normal(size=tuple(p.shape))))
    return net


# ---------------------------------------------------------------- custom Functions


class LinearTransposed(Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output @ weight, x.t() @ grad_output, grad_output.sum(0)


class LinearMean(LinearTransposed):
    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output @ weight, grad_output.t() @ x, grad_output.mean(0)


class LinearWrongWeight(LinearTransposed):
    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output @ weight.t(), grad_output.t() @ x, grad_output.sum(0)


def linear(rng, function, n=5, d=4, k=4):
    at = (normal(rng, n, d), normal(rng, k, d), normal(rng, k))
    return dict(function=function.apply, at=at, plain=F.linear)


@ITEMS.wrong("custom linear layer, gradient of the square weight transposed", "transposed", argument="weight")
def _(rng):
    return linear(rng, LinearTransposed)


@ITEMS.wrong("custom linear layer, mean for the bias", "mean", "factor", argument="bias")
def _(rng):
    return linear(rng, LinearMean, n=7, d=3, k=2)


@ITEMS.wrong("custom linear layer, weight transposed in the input's gradient", "transposed", argument="x")
def _(rng):
    return linear(rng, LinearWrongWeight, n=3)


class GuidedReLU(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output.clamp(min=0) * (x > 0)


@ITEMS.wrong("ReLU that lets no negative gradient pass", "nonlinear", argument="x")
def _(rng):
    return dict(function=GuidedReLU.apply, at=normal(rng, 4, 3), plain=torch.relu)


class Tanh(Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * (1 - torch.tanh(y) ** 2)


@ITEMS.wrong("tanh, derivative taken at the saved output", "activation-point", argument="x")
def _(rng):
    return dict(function=Tanh.apply, at=normal(rng, 6), plain=torch.tanh)


class Swish(Function):
    @staticmethod
    def forward(ctx, x, beta):
        ctx.save_for_backward(x, beta)
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def backward(ctx, g):
        x, beta = ctx.saved_tensors
        s = torch.sigmoid(beta * x)
        return g * (s + x * s * (1 - s)), (g * x * x * s * (1 - s)).sum()


@ITEMS.wrong("swish, beta forgotten in the inner derivative", "chain-factor", argument="x")
def _(rng):
    def swish(x, beta):
        return x * torch.sigmoid(beta * x)

    return dict(function=Swish.apply, at=(normal(rng, 5), torch.tensor(1.6, dtype=torch.float64)), plain=swish)


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return y


@ITEMS.wrong("exp that ignores the gradient from above", "cotangent", "nonlinear", argument="x")
def _(rng):
    return dict(function=Exp.apply, at=normal(rng, 5), plain=torch.exp)


class Softmax(Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.softmax(x, -1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y * (1 - y)


@ITEMS.wrong("softmax, diagonal only", "softmax-diagonal", argument="x")
def _(rng):
    return dict(function=Softmax.apply, at=normal(rng, 3, 5), plain=lambda x: torch.softmax(x, -1))


class SoftmaxWrongAxis(Softmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (g * y).sum(0, keepdim=True))


@ITEMS.wrong("softmax, sum over the batch and not over the classes", "axis", argument="x")
def _(rng):
    return dict(function=SoftmaxWrongAxis.apply, at=normal(rng, 4, 4), plain=lambda x: torch.softmax(x, -1))


class Embedding(Function):
    @staticmethod
    def forward(ctx, weight, index):
        ctx.save_for_backward(index)
        ctx.rows = weight.shape
        return weight[index]

    @staticmethod
    def backward(ctx, g):
        (index,) = ctx.saved_tensors
        out = g.new_zeros(ctx.rows)
        out[index] = g
        return out, None


@ITEMS.wrong("embedding, equal tokens overwrite one another", "accumulation", "some-entries", argument="weight")
def _(rng):
    index = torch.tensor([4, 0, 4, 2, 0])
    return dict(function=lambda weight: Embedding.apply(weight, index), at=normal(rng, 6, 3), plain=lambda weight: weight[index])


class MatMul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g @ b.mT, a.mT * g


@ITEMS.wrong("matrix product, one side by an elementwise product", "elementwise-product", argument="b")
def _(rng):
    return dict(function=MatMul.apply, at=(normal(rng, 4, 4), normal(rng, 4, 4)), plain=torch.matmul)


class Subtract(Function):
    @staticmethod
    def forward(ctx, a, b):
        return a - 3 * b

    @staticmethod
    def backward(ctx, g):
        return -3 * g, g


@ITEMS.wrong("gradients returned in the wrong order", "swapped", "factor", argument=("a", "b"))
def _(rng):
    return dict(function=Subtract.apply, at=(normal(rng, 4), normal(rng, 4)), plain=lambda a, b: a - 3 * b)


class LayerNorm(Function):
    @staticmethod
    def forward(ctx, x):
        mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
        rstd = (var + 1e-6).rsqrt()
        y = (x - mean) * rstd
        ctx.save_for_backward(y, rstd)
        return y

    @staticmethod
    def backward(ctx, g):
        y, rstd = ctx.saved_tensors
        return rstd * (g - g.mean(-1, keepdim=True))


@ITEMS.wrong("layer norm, the term of the variance missing", "missing-term", argument="x")
def _(rng):
    def plain(x):
        return F.layer_norm(x, x.shape[-1:], eps=1e-6)

    return dict(function=LayerNorm.apply, at=normal(rng, 3, 6), plain=plain)


class LeakyReLU(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x > 0, x, 0.2 * x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, g, 0.02 * g)


@ITEMS.wrong("leaky ReLU, another slope below zero", "half-space", "factor", argument="x")
def _(rng):
    return dict(function=LeakyReLU.apply, at=normal(rng, 4, 4), plain=lambda x: F.leaky_relu(x, 0.2))


class Clamp(Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp(-0.5, 0.5)

    @staticmethod
    def backward(ctx, g):
        return g


@ITEMS.wrong("clamp whose gradient passes everywhere", "half-space", "chain-factor", "some-entries", argument="x")
def _(rng):
    return dict(function=Clamp.apply, at=normal(rng, 10), plain=lambda x: x.clamp(-0.5, 0.5))


class Reverse(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x) * 1.0

    @staticmethod
    def backward(ctx, g):
        return -g


@ITEMS.wrong("gradient reversal layer", "sign", argument=("features.weight", "features.bias"))
def _(rng):
    class Adversary(nn.Module):
        def __init__(self):
            super().__init__()
            self.features, self.head = nn.Linear(3, 4), nn.Linear(4, 1)

        def forward(self, x):
            return self.head(Reverse.apply(torch.tanh(self.features(x))))

    net = module(Adversary(), rng)
    return dict(function=net, at=normal(rng, 5, 3), plain=lambda net, x: net.head(torch.tanh(net.features(x))))


class Narrow(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.float())
        return torch.sin(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.cos(x)


@ITEMS.wrong("input saved in float32", "narrow", argument="x")
def _(rng):
    return dict(function=Narrow.apply, at=normal(rng, 7), plain=torch.sin)


class Stored(Function):
    saved = None

    @staticmethod
    def forward(ctx, x):
        if Stored.saved is None:
            Stored.saved = x.detach().clone()
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 3 * g * Stored.saved**2


@ITEMS.wrong("input of the first call stored on the class", "stale", "constant", argument="x")
def _(rng):
    Stored.saved = None
    Stored.apply(normal(rng, 4))
    return dict(function=Stored.apply, at=normal(rng, 4), plain=lambda x: x**3)


class Overwrites(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.log1p(x * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        denominator = 1 + x * x
        x.data.mul_(2 * grad_output)
        return x / denominator


@ITEMS.wrong("backward pass that writes into what was saved", "in-place", "stale", argument="x")
def _(rng):
    return dict(function=Overwrites.apply, at=normal(rng, 5), plain=lambda x: torch.log1p(x * x))


class MeanSquared(Function):
    @staticmethod
    def forward(ctx, prediction, target):
        ctx.save_for_backward(prediction, target)
        return ((prediction - target) ** 2).mean()

    @staticmethod
    def backward(ctx, g):
        prediction, target = ctx.saved_tensors
        return g * 2 * (prediction - target), -g * 2 * (prediction - target) / target.numel()


@ITEMS.wrong("mean squared error, n forgotten for the prediction", "mean", "factor", argument="prediction")
def _(rng):
    return dict(function=MeanSquared.apply, at=(normal(rng, 4, 3), normal(rng, 4, 3)), plain=F.mse_loss)


class Conv1d(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return F.conv1d(x[None, None], w[None, None])[0, 0]

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        n = len(w)
        padded = F.pad(g, (n - 1, n - 1))
        dx = F.conv1d(padded[None, None], w[None, None])[0, 0]
        dw = F.conv1d(x[None, None], g[None, None])[0, 0]
        return dx, dw


@ITEMS.wrong("convolution, kernel not flipped for the input", "reversed", "transposed", "shifted", argument="x")
def _(rng):
    def plain(x, w):
        return F.conv1d(x[None, None], w[None, None])[0, 0]

    return dict(function=Conv1d.apply, at=(normal(rng, 9), normal(rng, 3)), plain=plain)


class LastRow(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x**2).sum(1).sqrt()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        out = torch.zeros_like(x)
        for i in range(x.shape[0] - 1):
            out[i] = g[i] * x[i] / x[i].norm()
        return out


@ITEMS.wrong("norms of rows, the last row left out", "some-entries", argument="x")
def _(rng):
    return dict(function=LastRow.apply, at=normal(rng, 4, 3), plain=lambda x: x.norm(dim=1))


# ---------------------------------------------------------------- graphs that are cut


@ITEMS.wrong("layer norm by hand, statistics under no_grad", "detached", argument="x")
def _(rng):
    t = normal(rng, 4, 5)

    def norm(x):
        with torch.no_grad():
            mean, std = x.mean(1, keepdim=True), x.std(1, keepdim=True)
        return ((x - mean) / (std + 1e-6) * t).sum()

    def plain(x):
        return ((x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-6) * t).sum()

    return dict(function=norm, at=normal(rng, 4, 5), plain=plain)


@ITEMS.wrong("normalisation by .item()", "detached", argument="x")
def _(rng):
    def f(x):
        return (x / x.abs().max().item()).pow(3).sum()

    return dict(function=f, at=normal(rng, 6), plain=lambda x: (x / x.abs().max()).pow(3).sum())


@ITEMS.wrong("tensor built anew from a tensor", "detached", argument="scale")
def _(rng):
    def f(x, scale):
        return (x * torch.tensor(float(scale))).tanh().sum()

    at = (normal(rng, 5), torch.tensor(0.8, dtype=torch.float64))
    return dict(function=f, at=at, plain=lambda x, scale: (x * scale).tanh().sum())


@ITEMS.wrong("through NumPy and back", "detached", argument=("encoder.weight", "encoder.bias"))
def _(rng):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            h = torch.from_numpy(np.tanh(self.encoder(x).detach().numpy()))
            return self.decoder(h).square().mean()

    return dict(
        function=module(Net(), rng),
        at=normal(rng, 6, 3),
        plain=lambda net, x: net.decoder(torch.tanh(net.encoder(x))).square().mean(),
    )


@ITEMS.wrong("tied weights, detached where they are used again", "detached", "missing-term", argument="embed.weight")
def _(rng):
    tokens = torch.tensor([1, 4, 2])

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.mix = nn.Embedding(6, 3), nn.Linear(3, 3)

        def forward(self):
            h = torch.tanh(self.mix(self.embed(tokens)))
            return F.cross_entropy(h @ self.embed.weight.detach().t(), tokens.roll(1))

    def plain(net):
        h = torch.tanh(net.mix(net.embed(tokens)))
        return F.cross_entropy(h @ net.embed.weight.t(), tokens.roll(1))

    return dict(function=module(Tied(), rng), at=(), plain=plain)


@ITEMS.wrong("weight norm whose norm is .data", "detached", argument="v")
def _(rng):
    class WeightNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.v, self.g = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3, 1))

        def forward(self, x):
            w = self.g * self.v / self.v.data.norm(dim=1, keepdim=True)
            return torch.sigmoid(x @ w.t()).sum()

    def plain(net, x):
        return torch.sigmoid(x @ (net.g * net.v / net.v.norm(dim=1, keepdim=True)).t()).sum()

    return dict(function=module(WeightNorm(), rng), at=normal(rng, 5, 4), plain=plain)


@ITEMS.wrong("attention whose weights are detached", "detached", "missing-term", argument=("q", "k"))
def _(rng):
    def attend(q, k, v):
        weights = torch.softmax(q @ k.T / 2, -1).detach()
        return (weights @ v).tanh().sum()

    at = tuple(normal(rng, 3, 4) for _ in range(3))
    return dict(function=attend, at=at, plain=lambda q, k, v: (torch.softmax(q @ k.T / 2, -1) @ v).tanh().sum())


@ITEMS.wrong("gradient halved in a hook", "factor", argument="fc.weight")
def _(rng):
    class Hooked(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 2)
            self.fc.weight.register_hook(lambda g: 0.5 * g)

        def forward(self, x):
            return F.softplus(self.fc(x)).mean()

    return dict(function=module(Hooked(), rng), at=normal(rng, 3, 4))


# ---------------------------------------------------------------- written by hand beside the function


@ITEMS.wrong("logistic loss by hand, 1/n forgotten", "mean", "factor", argument="w")
def _(rng):
    X, y = normal(rng, 16, 3), (normal(rng, 16) > 0).double()

    def loss(w):
        return F.binary_cross_entropy_with_logits(X @ w, y)

    def grad(w):
        return X.T @ (torch.sigmoid(X @ w) - y)

    return dict(function=loss, mine=grad, at=normal(rng, 3))


@ITEMS.wrong("cross-entropy by hand, sign", "sign", argument="logits")
def _(rng):
    labels = torch.tensor([0, 2, 1, 1])

    def loss(logits):
        return F.cross_entropy(logits, labels)

    def grad(logits):
        return (F.one_hot(labels, 3) - torch.softmax(logits, 1)) / len(labels)

    return dict(function=loss, mine=grad, at=normal(rng, 4, 3))


# ---------------------------------------------------------------- second order


class CubeOnce(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x.detach()
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * 3 * ctx.x**2


@ITEMS.wrong("cube that saves a detached input, twice differentiated", "second-order", "detached", argument="x")
def _(rng):
    return dict(function=CubeOnce.apply, at=normal(rng, 5), order=2, plain=lambda x: x**3)


class Softplus(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(torch.sigmoid(x))
        return F.softplus(x)

    @staticmethod
    def backward(ctx, g):
        (s,) = ctx.saved_tensors
        return g * s


@ITEMS.wrong("softplus that saves its sigmoid, twice differentiated", "second-order", "detached", argument="x")
def _(rng):
    return dict(function=Softplus.apply, at=normal(rng, 6), order=2, plain=F.softplus)


class Sigmoid(Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.sigmoid(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        with torch.no_grad():
            slope = y * (1 - y)
        return g * slope


@ITEMS.wrong("sigmoid with no_grad in its backward pass, twice differentiated", "second-order", "detached", argument="x")
def _(rng):
    return dict(function=Sigmoid.apply, at=normal(rng, 4), order=2, plain=torch.sigmoid)


class Product(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return ProductBackward.apply(g, x, y)


class ProductBackward(Function):
    @staticmethod
    def forward(ctx, g, x, y):
        ctx.save_for_backward(g, x, y)
        return 2 * g * x * y, g * x * x

    @staticmethod
    def backward(ctx, gx, gy):
        g, x, y = ctx.saved_tensors
        return gx * 2 * x * y + gy * x * x, 2 * g * y * gx, 2 * g * x * gx


@ITEMS.wrong("double backward pass by hand, one term missing", "second-order", "missing-term", argument=("x", "y"))
def _(rng):
    return dict(function=Product.apply, at=(normal(rng, 4), normal(rng, 4)), order=2, plain=lambda x, y: x * x * y)
