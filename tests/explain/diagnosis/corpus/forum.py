"""Networks of PyTorch as people post them in forums: each with the causes and the words of the layer that are right; see test_forum."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BROKEN, HEALTHY, NOTED = {}, {}, {}


def broken(causes, layers=""):
    def keep(make):
        BROKEN[make.__name__] = make, causes.split(), layers.split()
        return make

    return keep


def healthy(make):
    HEALTHY[make.__name__] = make
    return make


def noted(make):
    NOTED[make.__name__] = make
    return make


def noise(*shape, scale=1.0, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * scale


def classes(n, k, seed=2):
    return torch.randint(0, k, (n,), generator=torch.Generator().manual_seed(seed))


def draws(*shape, scale=1.0, seed=1):
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype("float32")


# ------------------------------------------------------------------ broken
class LstmForgets(nn.Module):
    """The forget gate is initialised closed: nothing of the first step is left after 60."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(4, 16)
        self.head = nn.Linear(16, 2)
        with torch.no_grad():
            self.cell.bias_hh[16:32] = -8.0

    def forward(self, x):
        h = c = torch.zeros(x.shape[0], 16)
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
        return self.head(h)


@broken("vanishing", "cell")
def lstm_forgets():
    return LstmForgets(), "cross_entropy", (noise(16, 60, 4), classes(16, 2))


class RnnSmall(nn.Module):
    """A recurrence whose matrix is small, 40 steps."""

    def __init__(self, gain):
        super().__init__()
        self.rnn = nn.RNN(3, 16, batch_first=True)
        self.head = nn.Linear(16, 1)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(gain * torch.linalg.qr(torch.randn(16, 16))[0])

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


@broken("vanishing", "rnn")
def rnn_forgets():
    return RnnSmall(0.3), "mse", (noise(16, 40, 3), noise(16, 1))


class Block(nn.Module):
    def __init__(self, d, norm, scale):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(d, d) for _ in range(4))
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norms = nn.ModuleList([nn.LayerNorm(d) if norm else nn.Identity() for _ in range(2)])
        for m in (self.o, self.down, self.v, self.up):
            nn.init.normal_(m.weight, std=scale * m.in_features**-0.5)

    def forward(self, x):
        y = self.norms[0](x)
        a = torch.softmax(self.q(y) @ self.k(y).transpose(1, 2) / y.shape[-1] ** 0.5, -1)
        x = x + self.o(a @ self.v(y))
        return x + self.down(F.gelu(self.up(self.norms[1](x))))


class Transformer(nn.Module):
    def __init__(self, depth, norm, scale, d=16):
        super().__init__()
        self.embed = nn.Embedding(20, d)
        self.blocks = nn.ModuleList([Block(d, norm, scale) for _ in range(depth)])
        self.head = nn.Linear(d, 20)

    def forward(self, x):
        x = self.embed(x)
        for b in self.blocks:
            x = b(x)
        return self.head(x).transpose(1, 2)


def tokens(n, t, k, seed=3):
    return torch.randint(0, k, (n, t), generator=torch.Generator().manual_seed(seed))


@broken("exploding softmax-saturated overflow", "blocks")
def transformer_24_without_layernorm():
    return Transformer(24, False, 1.5), "cross_entropy", (tokens(4, 8, 20), tokens(4, 8, 20, 5))


class Gan(nn.Module):
    """The generator's loss log(1 − D(G(z))) where the discriminator is sure: it saturates."""

    def __init__(self):
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
        self.critic = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
        with torch.no_grad():
            self.critic[2].bias.fill_(-14.0)
        self.critic.requires_grad_(False)

    def forward(self, z):
        return torch.log(1 - torch.sigmoid(self.critic(self.generator(z)))).mean()


@broken("saturated loss-scale vanishing", "sigmoid log")
def gan_saturating():
    return Gan(), None, noise(32, 4)


@broken("statistics", "1")
def batchnorm_eval_bad_stats():
    net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
    net[1].running_var.fill_(1e-12)
    return net.eval(), "cross_entropy", (noise(32, 8), classes(32, 3))


@broken("detached collapse dead-units unused", "drop 2")
def dropout_all():
    return (
        nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(1.0), nn.Linear(16, 3)),
        "cross_entropy",
        (noise(32, 8), classes(32, 3)),
    )


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.skip, self.b = nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(12, 3)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


@broken("unused", "skip")
def forgotten_layer():
    return Unused(), "cross_entropy", (noise(32, 6), classes(32, 3))


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, 12), nn.Tanh())
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        return self.head(torch.tensor(self.encoder(x).detach().numpy()))


@broken("detached", "")
def through_numpy():
    return Detached(), "cross_entropy", (noise(32, 6), classes(32, 3))


@broken("input-scale", "")
def inputs_of_a_thousand():
    x = noise(64, 5, scale=300) + 1e3
    return nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1)), "mse", (x, noise(64, 1))


@broken("loss-scale", "")
def mse_with_huge_targets():
    return (
        nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1)),
        "mse",
        (noise(64, 5), noise(64, 1, scale=2e5) + 3e5),
    )


class Norm(nn.Module):
    """A distance of a point to itself: √0."""

    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        y = self.f(x)
        d = torch.sqrt(((y[:, None] - y[None]) ** 2).sum(-1))
        return d.mean()


@broken("nan-backward", "sqrt")
def pairwise_distances():
    return Norm(), None, noise(8, 4)


class BatchStd(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(4, 1)

    def forward(self, x):
        return self.f((x - x.mean(0)) / x.std(0))


@broken("nan-born", "div")
def constant_feature():
    x = noise(32, 4)
    x[:, 2] = 7.0
    return BatchStd(), "mse", (x, noise(32, 1))


@broken("overflow inf-born", "4")
def half_overflows():
    net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    for m in (net[2], net[4]):
        nn.init.normal_(m.weight, std=30.0)
    with torch.no_grad():
        net[0].weight.mul_(20)
    return net.to(torch.float16), "cross_entropy", (noise(32, 16).half(), classes(32, 2))


@broken("dead-units", "1 relu")
def half_of_relus_dead():
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
    with torch.no_grad():
        net[0].bias[:20] = -30.0
    return net, "cross_entropy", (noise(64, 8), classes(64, 3))


class Tagger(nn.Module):
    def __init__(self, zero):
        super().__init__()
        self.emb, self.f, self.out = nn.Embedding(30, 8), nn.Linear(8, 16), nn.Linear(16, 4)
        if zero:
            nn.init.zeros_(self.emb.weight)

    def forward(self, x):
        return self.out(torch.tanh(self.f(self.emb(x).mean(1))))


@broken("zero-init collapse symmetric", "emb")
def zero_embedding():
    return Tagger(True), "cross_entropy", (tokens(32, 6, 30), classes(32, 4))


class Res(nn.Module):
    def __init__(self, depth, factor):
        super().__init__()
        self.factor = factor
        self.layers = nn.ModuleList(
            [nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16)) for _ in range(depth)]
        )
        self.head = nn.Linear(16, 2)
        for l in self.layers:
            nn.init.kaiming_normal_(l[0].weight)
            nn.init.kaiming_normal_(l[2].weight)

    def forward(self, x):
        for l in self.layers:
            x = x + self.factor * l(x)
        return self.head(x)


@broken("exploding", "layers mul")
def residual_scale():
    return Res(20, 2.0), "cross_entropy", (noise(32, 16), classes(32, 2))


# ------------------------------------------------------------------ healthy
@healthy
def trained_to_the_end():
    torch.manual_seed(0)
    x = noise(64, 5)
    y = torch.sin(x[:, :1]) + 0.1 * noise(64, 1, seed=9)
    net = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))
    opt = torch.optim.LBFGS(net.parameters(), max_iter=60)

    def closure():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return loss

    opt.step(closure)
    return net, "mse", (x, y)


@healthy
def classifier_overfitted():
    torch.manual_seed(0)
    x, y = noise(64, 8), classes(64, 3)
    net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 3))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(120):
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        opt.step()
    return net, "cross_entropy", (x, y)


@healthy
def tagger():
    return Tagger(False), "cross_entropy", (tokens(8, 3, 30), classes(8, 4))


class Experts(nn.Module):
    """Mixture of experts, top 1 of 4 with its gate."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 4)
        self.experts = nn.ModuleList([nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8)) for _ in range(4)])
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        g = torch.softmax(self.gate(x), -1)
        top, which = g.max(-1)
        out = torch.zeros_like(x)
        for k, e in enumerate(self.experts):
            mine = which == k
            if mine.any():
                out = out.index_put((mine,), top[mine, None] * e(x[mine]))
        return self.head(x + out)


@healthy
def experts():
    return Experts(), "cross_entropy", (noise(64, 8), classes(64, 3))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()

        def two(a, b):
            return nn.Sequential(
                nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU()
            )

        self.d1, self.d2, self.mid = two(1, 8), two(8, 16), two(16, 16)
        self.up2, self.u2 = nn.ConvTranspose2d(16, 16, 2, 2), two(32, 8)
        self.up1, self.u1 = nn.ConvTranspose2d(8, 8, 2, 2), two(16, 8)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(F.max_pool2d(a, 2))
        m = self.mid(F.max_pool2d(b, 2))
        u = self.u2(torch.cat([self.up2(m), b], 1))
        u = self.u1(torch.cat([self.up1(u), a], 1))
        return self.out(u)


@healthy
def unet():
    y = (noise(4, 1, 16, 16, seed=5) > 0).float()
    return UNet(), F.binary_cross_entropy_with_logits, (noise(4, 1, 16, 16), y)


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(4, 24, batch_first=True), nn.Linear(24, 3)

    def forward(self, x):
        return self.head(self.gru(x)[0][:, -1])


@healthy
def gru():
    return Gru(), "cross_entropy", (noise(16, 20, 4), classes(16, 3))


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 24))
        self.pos = nn.Parameter(torch.zeros(1, 17, 24))
        nn.init.trunc_normal_(self.pos, std=0.02)
        layer = nn.TransformerEncoderLayer(24, 4, 48, 0.1, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(24), nn.Linear(24, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.pos
        return self.head(self.norm(self.encoder(x)[:, 0]))


@healthy
def vit():
    return Vit(), "cross_entropy", (noise(8, 3, 16, 16), classes(8, 5))


@healthy
def logistic_regression_separable():
    x = noise(64, 3)
    y = (x[:, :1] > 0).float()
    net = nn.Linear(3, 1)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[25.0, 0.1, -0.1]]))
    return net, F.binary_cross_entropy_with_logits, (x, y)


class Tied(nn.Module):
    """Embedding and output share their weights; a part of the network is frozen on purpose."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        self.f = nn.Linear(16, 16)
        self.out = nn.Linear(16, 20, bias=False)
        self.out.weight = self.embed.weight
        nn.init.normal_(self.embed.weight, std=0.2)
        self.frozen = nn.Linear(16, 16)
        self.frozen.requires_grad_(False)

    def forward(self, x):
        return self.out(torch.relu(self.f(self.frozen(self.embed(x)))))


@healthy
def tied_and_frozen():
    return Tied(), "cross_entropy", (tokens(32, 1, 20)[:, 0], classes(32, 20))


@healthy
def transformer_pre_norm():
    return Transformer(6, True, 1.0), "cross_entropy", (tokens(4, 8, 20), tokens(4, 8, 20, 5))


# doubtful: no false blame may come
@healthy
def log_softmax_twice():
    """log softmax is idempotent: nothing breaks, and nothing is to be blamed."""
    return (
        nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3), nn.LogSoftmax(-1)),
        "cross_entropy",
        (noise(32, 6), classes(32, 3)),
    )


@healthy
def softmax_over_the_wrong_axis():
    return (
        nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3), nn.Softmax(0)),
        "mse",
        (noise(32, 6), F.one_hot(classes(32, 3), 3).float()),
    )


@healthy
def sigmoid_before_bce_with_logits():
    """Wrong, but gradients flow: a note at most."""
    return (
        nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1), nn.Sigmoid()),
        F.binary_cross_entropy_with_logits,
        (noise(32, 6), (noise(32, 1) > 0).float()),
    )
