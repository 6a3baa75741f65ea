"""The corpus in PyTorch: twelve networks broken on purpose and six healthy ones, as people write them."""

from collections import OrderedDict
import math

import torch
from torch import nn
import torch.nn.functional as F

from .arrays import chain, constant, draws, he, orthogonal, scaled, uniform_small, xavier
from .item import (
    COLLAPSE, DEAD, DETACHED, EXPLODING, HEALTHY, NAN, NAN_BACKWARD, OVERFLOW, SATURATED, SOFTMAX, SYMMETRIC, VANISHING, Item, Net,
)  # fmt: skip


def tensor(x, dtype=torch.float32):
    return torch.as_tensor(x, dtype=dtype)


def linear(weights, bias=None):
    """An nn.Linear with these values; weights of shape (in, out), as the texts have them."""
    layer = nn.Linear(*weights.shape, bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(tensor(weights.T))
        if bias is not None:
            layer.bias.copy_(tensor(bias))
    return layer


def mlp(values, activation, last=None):
    """lin1, act1, lin2, … with the values of `chain`."""
    layers = OrderedDict()
    for k, (w, b) in enumerate(values, 1):
        layers[f"lin{k}"] = linear(w, b)
        if k < len(values):
            layers[f"act{k}"] = activation()
        elif last is not None:
            layers["last"] = last()
    return nn.Sequential(layers)


def regression(rng, count, inputs, outputs=1):
    return tensor(rng.normal(size=(count, inputs))), tensor(rng.normal(size=(count, outputs)))


def classes(rng, count, inputs, k):
    return tensor(rng.normal(size=(count, inputs))), torch.as_tensor(rng.integers(k, size=count))


# ---------------------------------------------------------------- broken


def saturated_sigmoids():
    rng = draws(1)
    return Net(mlp(chain(rng, (8, 16, 16, 1), scaled(5.0)), nn.Sigmoid), nn.MSELoss(), regression(rng, 32, 8))


def dead_relus():
    rng = draws(2)
    return Net(mlp(chain(rng, (6, 32, 32, 3), he, {1: -10.0}), nn.ReLU), nn.CrossEntropyLoss(), classes(rng, 48, 6, 3))


class Recurrent(nn.Module):
    """h ← φ(W h + U x) over the sequence; the prediction is read from the last state."""

    def __init__(self, inputs, hidden, outputs, activation, recurrent, rng):
        super().__init__()
        self.cell = nn.RNNCell(inputs, hidden, nonlinearity=activation)
        self.head = linear(xavier(rng, hidden, outputs), rng.normal(size=outputs) * 0)
        with torch.no_grad():
            self.cell.weight_hh.copy_(tensor(recurrent))
            self.cell.weight_ih.copy_(tensor(xavier(rng, inputs, hidden).T))
            self.cell.bias_ih.zero_()
            self.cell.bias_hh.zero_()

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.cell.hidden_size)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.head(h)


def exploding_recurrent():
    rng = draws(3)
    growing = 1.8 * torch.eye(12).numpy() + 0.05 * rng.normal(size=(12, 12))
    x, y = tensor(rng.normal(size=(16, 25, 4))), tensor(rng.normal(size=(16, 1)))
    return Net(Recurrent(4, 12, 1, "relu", growing, rng), nn.MSELoss(), (x, y))


def vanishing_recurrent():
    rng = draws(4)
    x, y = tensor(rng.normal(size=(16, 30, 4))), tensor(rng.normal(size=(16, 1)))
    return Net(Recurrent(4, 12, 1, "tanh", orthogonal(rng, 12, 0.3), rng), nn.MSELoss(), (x, y))


def deep_without_normalisation():
    rng = draws(5)
    return Net(mlp(chain(rng, (10, *[64] * 49, 1), uniform_small), nn.ReLU), nn.MSELoss(), regression(rng, 32, 10))


class LogOfRelu(nn.Module):
    """Probabilities from relu(z)/Σ relu(z): those that are 0 have no logarithm."""

    def forward(self, z):
        p = torch.relu(z) / (torch.relu(z).sum(dim=1, keepdim=True) + 1e-3)
        return torch.log(p)


def nan_from_log():
    rng = draws(6)
    (w1, b1), (w2, b2) = chain(rng, (5, 16, 4), he)
    net = nn.Sequential(OrderedDict(lin1=linear(w1, b1), act1=nn.Tanh(), lin2=linear(w2, b2), head=LogOfRelu()))
    x, y = classes(rng, 24, 5, 4)
    return Net(net, lambda out, target: -(F.one_hot(target, 4) * out).sum(dim=1).mean(), (x, y))


class Distance(nn.Module):
    """Euclidean distance of two embeddings, by √Σ(u − v)²: its slope is ∞ where they are equal."""

    def forward(self, u, v):
        return torch.sqrt(((u - v) ** 2).sum(dim=1))


class Siamese(nn.Module):
    def __init__(self, values):
        super().__init__()
        self.embed = mlp(values, nn.Tanh)
        self.distance = Distance()

    def forward(self, pair):
        return self.distance(self.embed(pair[:, 0]), self.embed(pair[:, 1]))


def nan_in_backward():
    rng = draws(7)
    pair = rng.normal(size=(12, 2, 6))
    pair[4, 1] = pair[4, 0]
    return Net(Siamese(chain(rng, (6, 16, 5), xavier)), nn.MSELoss(), (tensor(pair), tensor(rng.uniform(size=12))))


class WithDetachedBranch(nn.Module):
    def __init__(self, values):
        super().__init__()
        (w1, b1), (w2, b2), (w3, b3) = values
        self.encoder = nn.Sequential(OrderedDict(lin1=linear(w1, b1), act1=nn.Tanh()))
        self.mixer = nn.Sequential(OrderedDict(lin2=linear(w2, b2), act2=nn.Tanh()))
        self.head = linear(w3, b3)

    def forward(self, x):
        features = self.encoder(x).detach()
        return self.head(self.mixer(features))


def detached_branch():
    rng = draws(8)
    return Net(WithDetachedBranch(chain(rng, (7, 16, 16, 1), xavier)), nn.MSELoss(), regression(rng, 32, 7))


def symmetric_units():
    rng = draws(9)
    values = chain(rng, (5, 12, 1), constant(0.5))
    return Net(mlp(values, nn.Tanh), nn.MSELoss(), regression(rng, 32, 5))


class NaiveSoftmax(nn.Module):
    """eᶻ/Σeᶻ as the formula stands, without taking the largest logit off."""

    def forward(self, z):
        e = torch.exp(z)
        return e / e.sum(dim=1, keepdim=True)


def overflow_of_exp():
    rng = draws(10)
    (w1, b1), (w2, b2) = chain(rng, (6, 20, 4), he)
    net = nn.Sequential(OrderedDict(lin1=linear(w1, b1), act1=nn.ReLU(), lin2=linear(60 * w2, b2), head=NaiveSoftmax()))
    x, y = classes(rng, 24, 6, 4)
    return Net(net, lambda p, target: -torch.log(p[torch.arange(len(target)), target]).mean(), (x, y))


def deep_sigmoids():
    rng = draws(11)
    return Net(mlp(chain(rng, (8, *[20] * 11, 1), xavier), nn.Sigmoid), nn.MSELoss(), regression(rng, 32, 8))


class Attention(nn.Module):
    """One head of attention; `scale` is what the logits are multiplied by, 1/√d in the literature."""

    def __init__(self, d, rng, scale, keys=1.0):
        super().__init__()
        self.query, self.key, self.value = (linear(xavier(rng, d, d) * s) for s in (1.0, keys, 1.0))
        self.weights = nn.Softmax(dim=-1)
        self.out = linear(xavier(rng, d, d))
        self.scale = scale

    def forward(self, x):
        logits = self.query(x) @ self.key(x).transpose(-1, -2) * self.scale
        return self.out(self.weights(logits) @ self.value(x))


class Pooled(nn.Module):
    """What a block makes of a sequence, averaged over it and read by one linear layer."""

    def __init__(self, block, d, k, rng):
        super().__init__()
        self.block, self.head = block, linear(xavier(rng, d, k), rng.normal(size=k) * 0)

    def forward(self, x):
        return self.head(self.block(x).mean(dim=1))


def unscaled_attention():
    rng = draws(12)
    x, y = tensor(rng.normal(size=(8, 10, 64))), torch.as_tensor(rng.integers(3, size=8))
    return Net(Pooled(Attention(64, rng, 1.0, keys=4.0), 64, 3, rng), nn.CrossEntropyLoss(), (x, y))


# ---------------------------------------------------------------- healthy


def healthy_mlp():
    rng = draws(21)
    return Net(mlp(chain(rng, (8, 32, 32, 1), xavier), nn.Tanh), nn.MSELoss(), regression(rng, 32, 8))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, padding=1, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(16, 5)
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, x):
        return self.head(self.features(x).mean(dim=(2, 3)))


def seeded(seed, make):
    """What `make` builds, with the generator of PyTorch set to `seed` for that time only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def healthy_cnn():
    rng = draws(22)
    x, y = tensor(rng.normal(size=(16, 3, 12, 12))), torch.as_tensor(rng.integers(5, size=16))
    return Net(seeded(22, ConvNet), nn.CrossEntropyLoss(), (x, y))


class Block(nn.Module):
    """A transformer block, normalised first.  Xiong et al., ICML 2020."""

    def __init__(self, d, rng):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention = Attention(d, rng, 1 / math.sqrt(d))
        self.mlp = nn.Sequential(OrderedDict(up=linear(xavier(rng, d, 4 * d), rng.normal(size=4 * d) * 0), act=nn.GELU(),
                                             down=linear(xavier(rng, 4 * d, d), rng.normal(size=d) * 0)))  # fmt: skip

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def healthy_transformer():
    rng = draws(23)
    x, y = tensor(rng.normal(size=(8, 12, 32))), torch.as_tensor(rng.integers(4, size=8))
    return Net(Pooled(Block(32, rng), 32, 4, rng), nn.CrossEntropyLoss(), (x, y))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(6, 24, batch_first=True), nn.Linear(24, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def healthy_lstm():
    rng = draws(24)
    x, y = tensor(rng.normal(size=(16, 12, 6))), torch.as_tensor(rng.integers(2, size=16))
    return Net(seeded(24, Lstm), nn.CrossEntropyLoss(), (x, y))


class Residual(nn.Module):
    """x + α W₂ relu(W₁ norm(x)), α = 1/√depth."""

    def __init__(self, d, depth, rng):
        super().__init__()
        self.norm, self.lin1, self.act, self.lin2 = nn.LayerNorm(d), linear(he(rng, d, d), rng.normal(size=d) * 0), nn.ReLU(), linear(he(rng, d, d))
        self.scale = 1 / math.sqrt(depth)

    def forward(self, x):
        return x + self.scale * self.lin2(self.act(self.lin1(self.norm(x))))


def healthy_residual():
    rng = draws(25)
    blocks = OrderedDict((f"block{k}", Residual(24, 50, rng)) for k in range(1, 51))
    net = nn.Sequential(OrderedDict(stem=linear(xavier(rng, 10, 24)), **blocks, norm=nn.LayerNorm(24), head=linear(xavier(rng, 24, 1))))
    return Net(net, nn.MSELoss(), regression(rng, 32, 10))


def healthy_logistic():
    rng = draws(26)
    x = rng.normal(size=(64, 10))
    y = (x @ rng.normal(size=10) + rng.normal(size=64) > 0)[:, None]
    net = nn.Sequential(OrderedDict(lin1=linear(0.1 * rng.normal(size=(10, 1)), rng.normal(size=1) * 0)))
    return Net(net, nn.BCEWithLogitsLoss(), (tensor(x), tensor(y)))


ALL = tuple(f"{kind}{k}" for kind in ("lin", "act") for k in range(1, 50))

BROKEN = (
    Item("sigmoids at initial scale 5", "torch", saturated_sigmoids, SATURATED, ("act1", "act2", "lin1", "lin2")),
    Item("a bias of −10 before relu", "torch", dead_relus, DEAD, ("act2", "lin2")),
    Item("recurrent weights of radius 1.8", "torch", exploding_recurrent, EXPLODING, ("cell",)),
    Item("recurrent weights of radius 0.3", "torch", vanishing_recurrent, VANISHING, ("cell",)),
    Item("depth 50 without normalisation", "torch", deep_without_normalisation, VANISHING, ALL, (COLLAPSE,)),
    Item("log of relu", "torch", nan_from_log, NAN, ("head", "log")),
    Item("root of a sum of squares at 0", "torch", nan_in_backward, NAN_BACKWARD, ("distance", "sqrt")),
    Item("an encoder behind detach", "torch", detached_branch, DETACHED, ("encoder", "lin1", "act1")),
    Item("all weights 0.5", "torch", symmetric_units, SYMMETRIC, ("lin1", "lin2", "act1")),
    Item("softmax spelled by exp", "torch", overflow_of_exp, OVERFLOW, ("head", "exp")),
    Item("eleven sigmoids, Xavier", "torch", deep_sigmoids, VANISHING, ALL),
    Item("attention without 1/√d", "torch", unscaled_attention, SOFTMAX, ("weights", "softmax", "attention", "block")),
)  # fmt: skip
HEALTHY_ONES = tuple(
    Item(name, "torch", make, HEALTHY)
    for name, make in (
        ("MLP, tanh, Xavier", healthy_mlp), ("CNN, relu, He, batch norm", healthy_cnn), ("transformer block", healthy_transformer),
        ("LSTM", healthy_lstm), ("residual network of depth 50", healthy_residual), ("logistic regression", healthy_logistic),
    )  # fmt: skip
)
