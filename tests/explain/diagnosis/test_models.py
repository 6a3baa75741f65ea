"""Further networks, as people write them in PyTorch: broken ones are named, healthy ones at usual initialisations raise no alarm."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import chainrule as cr


def mlp(activation, sizes, norm=None, gain=None):
    """A chain of linear layers; weights of deviation gain/√fan-in where a gain is given, else PyTorch's own."""
    layers = []
    for k, (i, o) in enumerate(zip(sizes, sizes[1:])):
        linear = nn.Linear(i, o)
        if gain is not None:
            nn.init.normal_(linear.weight, std=gain / math.sqrt(i))
            nn.init.zeros_(linear.bias)
        layers.append(linear)
        if k < len(sizes) - 2:
            layers += [norm(o), activation()] if norm else [activation()]
    return nn.Sequential(*layers)


class Around(nn.Module):
    """Linear layers a (in → 32) and b (32 → out) with something of the test's between them."""

    def __init__(self, between, out=1):
        super().__init__()
        self.a, self.b, self.between = nn.Linear(10, 32), nn.Linear(32, out), between

    def forward(self, x):
        return self.b(self.between(self.a(x)))


class Ends(nn.Module):
    """A linear layer, and what the test does with its five outputs."""

    def __init__(self, after):
        super().__init__()
        self.a, self.after = nn.Linear(10, 5), after

    def forward(self, x):
        return self.after(self.a(x))


def numbers(count=64, outputs=1):
    return torch.randn(count, 10), torch.randn(count, outputs)


def classes(count=64, many=5):
    return torch.randn(count, 10), torch.randint(many, (count,))


def with_no_grad(z):
    with torch.no_grad():
        return torch.relu(z)


def changed(model, change):
    with torch.no_grad():
        change(model)
    return model


def attention_without_root():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v, self.o = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 1)

        def forward(self, x):
            weights = torch.softmax(8 * self.q(x) @ self.k(x).transpose(1, 2) * 8, -1)
            return self.o((weights @ self.v(x)).mean(1))

    return Net(), "mse", (torch.randn(16, 12, 64), torch.randn(16, 1))


def loop_of_products(scale):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(scale * torch.eye(16) + 0.01 * torch.randn(16, 16))
            self.i, self.o = nn.Linear(4, 16), nn.Linear(16, 1)

        def forward(self, x):
            h = torch.zeros(len(x), 16)
            for t in range(x.shape[1]):
                h = h @ self.w + self.i(x[:, t])
            return self.o(h)

    return Net(), "mse", (torch.randn(16, 30, 4), torch.randn(16, 1))


def unlisted():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.b = [nn.Linear(10, 10) for _ in range(2)], nn.Linear(10, 1)

        def forward(self, x):
            for layer in self.layers:
                x = torch.relu(layer(x))
            return self.b(x)

    return Net(), "mse", numbers()


def idle_head():
    model = Around(torch.relu)
    model.head = nn.Linear(3, 3)
    return model, "mse", numbers()


def all_zero():
    model = mlp(nn.ReLU, [10, 32, 32, 1])
    for p in model.parameters():
        nn.init.zeros_(p)
    return model, "mse", numbers()


def masked_row(z):
    mask = torch.zeros_like(z, dtype=torch.bool)
    mask[2] = True
    return torch.softmax(z.masked_fill(mask, float("-inf")), 1)


def unused_branch(z):
    h = z * (z > 0)
    return torch.where(h > 0, torch.log(h), torch.zeros_like(h))


def bad_data():
    x, y = numbers()
    x[3, 2] = float("nan")
    return mlp(nn.ReLU, [10, 64, 1]), "mse", (x, y)


BROKEN = {
    "tanh after weights ×20": ("saturated", "3", lambda: (changed(mlp(nn.Tanh, [10, 32, 32, 32, 1], gain=1.0), lambda m: m[2].weight.mul_(20)), "mse", numbers())),
    "sigmoid after a bias of 12": ("saturated", "3", lambda: (changed(mlp(nn.Sigmoid, [10, 32, 32, 32, 1], gain=1.0), lambda m: m[2].bias.add_(12)), "mse", numbers())),
    "pixels into tanh": ("input-scale", "x", lambda: (mlp(nn.Tanh, [10, 32, 1], gain=1.0), "mse", (100 * torch.randn(64, 10) + 127, torch.randn(64, 1)))),
    "gelu after a bias of −15": ("dead-units", "gelu", lambda: (changed(Around(F.gelu), lambda m: m.a.bias.sub_(15)), "mse", numbers())),
    "products in a loop": ("exploding", "matmul", lambda: loop_of_products(1.6)),
    "fifteen sigmoids": ("vanishing", "", lambda: (mlp(nn.Sigmoid, [10] + [32] * 15 + [1]), "mse", numbers())),
    "fifty relus, PyTorch's default": ("vanishing", "", lambda: (mlp(nn.ReLU, [10] + [64] * 50 + [5]), "cross_entropy", classes())),
    "fifty relus, gain 2": ("exploding", "", lambda: (mlp(nn.ReLU, [10] + [64] * 50 + [5], gain=2.0), "cross_entropy", classes())),
    "one tiny layer": ("vanishing", "4", lambda: (changed(mlp(nn.ReLU, [10] + [64] * 4 + [5], gain=1.4), lambda m: m[4].weight.mul_(1e-7)), "cross_entropy", classes())),
    "log of a negative number": ("nan-born", "log", lambda: (Ends(torch.log), "mse", numbers(outputs=5))),
    "log where it is not taken": ("nan-backward", "log", lambda: (Ends(unused_branch), "mse", numbers(outputs=5))),
    "exp of hundreds": ("overflow", "exp", lambda: (Ends(lambda z: torch.exp(300 * z) / torch.exp(300 * z).sum(1, keepdim=True)), "mse", numbers(outputs=5))),
    "float16 with large weights": ("overflow", "2", lambda: (mlp(nn.ReLU, [10, 64, 64, 1], gain=300.0).half(), "mse", tuple(t.half() for t in numbers()))),
    "division by 0": ("inf-born", "div", lambda: (Ends(lambda z: z / F.relu(z)), lambda out, _: out.sum(), numbers())),
    "a row without keys": ("nan-born", "softmax", lambda: (Ends(masked_row), "mse", numbers(outputs=5))),
    "detach": ("detached", "detach", lambda: (Around(lambda z: torch.relu(z).detach()), "mse", numbers())),
    "no_grad": ("detached", "relu", lambda: (Around(with_no_grad), "mse", numbers())),
    "through NumPy": ("detached", "a", lambda: (Around(lambda z: torch.from_numpy(2 * z.detach().numpy())), "mse", numbers())),
    "round": ("detached", "round", lambda: (Around(torch.round), "mse", numbers())),
    ".data": ("detached", "data", lambda: (Around(lambda z: torch.tanh(z).data), "mse", numbers())),
    "layers in a list": ("unregistered", "layers[0].weight", unlisted),
    "a head that nothing uses": ("unused", "head.weight", idle_head),
    "weights all 0.1": ("symmetric", "0", lambda: (changed(mlp(nn.Tanh, [10, 32, 1]), lambda m: [p.fill_(0.1) for p in m.parameters()]), "mse", numbers())),
    "everything 0": ("zero-init", "4", all_zero),
    "attention without a root": ("softmax-saturated", "softmax", attention_without_root),
    "logits of hundreds": ("softmax-saturated", "cross_entropy", lambda: (changed(mlp(nn.ReLU, [10, 64, 5], gain=1.4), lambda m: m[2].weight.mul_(200)), "cross_entropy", classes())),
    "targets of ten thousand": ("loss-scale", "mse_loss", lambda: (mlp(nn.ReLU, [10, 64, 1], gain=1.4), "mse", (torch.randn(64, 10), 3e3 * torch.randn(64, 1) + 1e4))),
    "NaN in the data": ("bad-input", "x", bad_data),
    "NaN in a weight": ("bad-parameter", "2.weight", lambda: (changed(mlp(nn.ReLU, [10, 64, 1]), lambda m: m[2].weight[0, 3].fill_(math.nan)), "mse", numbers())),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_culprit_and_its_cause_are_named(name):
    cause, layer, make = BROKEN[name]
    torch.manual_seed(0)
    found = cr.diagnose(*make(), try_changes=False)
    assert found.cause == cause and layer in found.layer, found.sentence


# ------------------------------------------------------------------ healthy


class Residual(nn.Module):
    """A block of a residual network, with batch norm."""

    def __init__(self, i, o, stride, zero):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.c2, self.b2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.short = nn.Identity() if i == o and stride == 1 else nn.Conv2d(i, o, 1, stride, bias=False)
        self.relu = nn.ReLU(inplace=True)
        if zero:
            nn.init.zeros_(self.b2.weight)

    def forward(self, x):
        return self.relu(self.b2(self.c2(self.relu(self.b1(self.c1(x))))) + self.short(x))


def residual_network(zero=False):
    blocks = [Residual(i, o, s, zero) for i, o, s in ((8, 8, 1), (8, 16, 2), (16, 16, 1), (16, 32, 2))]
    model = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    return model, "cross_entropy", (torch.randn(8, 3, 16, 16), torch.randint(10, (8,)))


class Block(nn.Module):
    """A block of a transformer, with a causal mask of −∞."""

    def __init__(self, d, heads):
        super().__init__()
        self.l1, self.l2, self.qkv, self.o = nn.LayerNorm(d), nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down, self.heads = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), heads

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = [p.view(b, t, self.heads, -1).transpose(1, 2) for p in self.qkv(self.l1(x)).chunk(3, -1)]
        scores = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)
        weights = scores.masked_fill(torch.triu(torch.ones(t, t, dtype=torch.bool), 1), float("-inf")).softmax(-1)
        x = x + self.o((weights @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.l2(x))))


def language_model():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.head = nn.Embedding(50, 32), nn.Linear(32, 50, bias=False)
            self.blocks, self.norm = nn.Sequential(*[Block(32, 4) for _ in range(6)]), nn.LayerNorm(32)

        def forward(self, words):
            return self.head(self.norm(self.blocks(self.words(words)))).transpose(1, 2)

    return Net(), "cross_entropy", (torch.randint(50, (4, 12)), torch.randint(50, (4, 12)))


def encoder():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.e, self.o = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 4), nn.Linear(32, 3)

        def forward(self, x):
            return self.o(self.e(x).mean(1))

    return Net(), "cross_entropy", (torch.randn(8, 12, 32), torch.randint(3, (8,)))


def sequence(cell, every):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.r, self.o = cell(8, 32, 2, batch_first=True, bidirectional=cell is nn.GRU), nn.Linear(64 if cell is nn.GRU else 32, 3)

        def forward(self, x):
            h = self.r(x)[0]
            return self.o(h).transpose(1, 2) if every else self.o(h[:, -1])

    return Net(), "cross_entropy", (torch.randn(8, 30, 8), torch.randint(3, (8, 30) if every else (8,)))


def variational():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.e, self.mean, self.spread, self.d = nn.Linear(20, 16), nn.Linear(16, 4), nn.Linear(16, 4), nn.Linear(4, 20)

        def forward(self, x):
            h = torch.relu(self.e(x))
            mean, spread = self.mean(h), self.spread(h)
            z = mean + torch.randn_like(mean) * torch.exp(spread / 2)
            return F.mse_loss(self.d(z), x) - 0.5 * (1 + spread - mean**2 - spread.exp()).mean()

    return Net(), None, torch.randn(64, 20)


def trained(loss, out, last):
    """A network that has learnt, and is rightly confident."""
    x = torch.randn(64, 10)
    y = (x[:, 0] > 0).long() if out == 2 else (x[:, :1] > 0).float()
    model = nn.Sequential(*mlp(nn.Tanh, [10, 32, out]), *last)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(300):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return model, loss, (x, y)


def stopped_side():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(10, 32), nn.Linear(32, 1), nn.Linear(32, 1)

        def forward(self, x):
            h = torch.relu(self.a(x))
            return self.b(h) + self.c(h.detach())

    return Net(), "mse", numbers()


def frozen():
    model = mlp(nn.ReLU, [10, 64, 64, 1])
    model[0].requires_grad_(False)
    return model, "mse", numbers()


def halved(kind):
    model, loss, (x, y) = mlp(nn.ReLU, [10] + [64] * 10 + [5], gain=2**0.5), "cross_entropy", classes()
    return model.to(kind), loss, (x.to(kind), y)


ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softplus, nn.Hardtanh, nn.ReLU6, nn.SELU, nn.Mish, nn.Hardswish)
HEALTHY = {
    **{f"four layers, {a.__name__}": (lambda a=a: (mlp(a, [10, 64, 64, 64, 1]), "mse", numbers())) for a in ACTIVATIONS},
    "twenty relus, He": lambda: (mlp(nn.ReLU, [10] + [64] * 20 + [5], gain=2**0.5), "cross_entropy", classes()),
    "twenty tanh, Xavier": lambda: (mlp(nn.Tanh, [10] + [64] * 20 + [5], gain=1.0), "cross_entropy", classes()),
    "eight relus, PyTorch's default": lambda: (mlp(nn.ReLU, [10] + [64] * 8 + [5]), "cross_entropy", classes()),
    "twenty with batch norm": lambda: (mlp(nn.ReLU, [10] + [64] * 20 + [5], nn.BatchNorm1d), "cross_entropy", classes()),
    "twenty with layer norm": lambda: (mlp(nn.GELU, [10] + [64] * 20 + [5], nn.LayerNorm), "cross_entropy", classes()),
    "one sample": lambda: (mlp(nn.ReLU, [10] + [64] * 4 + [1]), "mse", numbers(1)),
    "two samples, three units": lambda: (mlp(nn.ReLU, [10, 3, 1]), "mse", numbers(2)),
    "residual network": residual_network,
    "residual network, last gains 0": lambda: residual_network(zero=True),
    "language model": language_model,
    "nn.TransformerEncoder": encoder,
    "LSTM": lambda: sequence(nn.LSTM, False),
    "LSTM, a loss at each step": lambda: sequence(nn.LSTM, True),
    "GRU in both directions": lambda: sequence(nn.GRU, False),
    "RNN": lambda: sequence(nn.RNN, False),
    "variational autoencoder": variational,
    "trained to certainty, softmax": lambda: trained(F.cross_entropy, 2, ()),
    "trained to certainty, sigmoid": lambda: trained(F.binary_cross_entropy, 1, (nn.Sigmoid(),)),
    "a side branch behind detach": stopped_side,
    "frozen first layer": frozen,
    "bfloat16": lambda: halved(torch.bfloat16),
    "float64": lambda: halved(torch.float64),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_there_is_no_alarm(name):
    torch.manual_seed(0)
    found = cr.diagnose(*HEALTHY[name]())
    assert found.healthy, found.sentence
