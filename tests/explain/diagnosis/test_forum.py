"""Networks as people post them in forums, written by someone who had not seen the rules or the corpus; labelled before the first run.

First run: 13 of 24 culprits and causes; of 19 healthy or doubtful ones one false alarm (a logistic regression at its optimum). Three of the
misses were labels, widened since: `mul` and `√` are what the culprits are called here, and a transformer without normalisation overflows on its
way back. Eight sigmoids were labelled broken and are a note: a matter of degree. The step in a formula ran only after the first mends, and was
missed. Thresholds were then set with these networks at hand, so that what passes below is a regression test and no measure.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import nn

import chainrule as cr
from tests.explain.diagnosis.corpus.forum import BROKEN, HEALTHY, NOTED, broken, classes, draws, healthy, noise, noted

# ------------------------------------------------------------------ after the first run


@healthy
def batch_norm_before_it_is_trained_in_eval():
    return (
        nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)).eval(),
        "cross_entropy",
        (noise(32, 8), classes(32, 3)),
    )


@healthy
def head_of_zeros_with_a_prior():
    net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
    nn.init.zeros_(net[2].weight)
    nn.init.constant_(net[2].bias, -4.6)
    return net, "bce_with_logits", (noise(32, 8), (noise(32, 1) > 1).float())


class Dropped(nn.Module):
    """Stochastic depth that leaves a branch out in this batch."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.out(h + 0.0 * torch.relu(self.b(h)))


@healthy
def stochastic_depth():
    return Dropped(), "cross_entropy", (noise(32, 8), classes(32, 3))


@broken("large-weights", "2")
def one_matrix_of_many_is_ten_thousand_times_too_large():
    """The scores of the last softmax are huge as well, but they only pass on what layer 2 did."""
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 5))
    with torch.no_grad():
        net[2].weight.mul_(1e4)
    return net, "cross_entropy", (noise(64, 8), classes(64, 5))


@broken("broadcast", "mse_loss")
def targets_without_their_axis():
    return nn.Linear(4, 1), "mse", (noise(16, 4), noise(16))


# ------------------------------------------------------------------ JAX


@broken("vanishing", "scan tanh W U dot matmul")
def scan_forgets():
    """A recurrence by lax.scan with a small matrix: the first steps are forgotten."""
    params = {
        "W": draws(16, 3, scale=0.5, seed=3),
        "U": 0.25 * np.linalg.qr(draws(16, 16, seed=4))[0],
        "o": draws(16, scale=0.25, seed=5),
    }

    def loss(p, x, y):
        def step(h, xt):
            return jnp.tanh(xt @ p["W"].T + h @ p["U"].T), None

        h, _ = jax.lax.scan(step, jnp.zeros((x.shape[0], 16)), jnp.swapaxes(x, 0, 1))
        return jnp.mean((h @ p["o"] - y) ** 2)

    return loss, None, (draws(8, 40, 3), draws(8)), params


@broken("nan-backward", "sqrt norm")
def norm_at_zero():
    """‖W(x − x)‖: an anchor compared with itself."""
    params = {"W": draws(8, 4, scale=0.5)}

    def loss(p, a, b):
        return jnp.mean(jnp.linalg.norm((a - b) @ p["W"].T, axis=-1))

    x = draws(16, 4)
    return loss, None, (x, np.concatenate([x[:3], draws(13, 4, seed=8)])), params


@broken("detached", "stop")
def target_network_stopped():
    """stop_gradient around the wrong side: nothing is learnt."""
    params = {"W": draws(8, 4, scale=0.5), "v": draws(8, scale=0.3)}

    def loss(p, x, y):
        h = jax.lax.stop_gradient(jnp.tanh(x @ p["W"].T))
        return jnp.mean((h @ p["v"] - y) ** 2)

    return loss, None, (draws(16, 4), draws(16)), params


@broken("softmax-saturated", "softmax reduce exp div")
def attention_without_scaling():
    d = 256
    params = {
        "q": draws(d, d, scale=d**-0.5 * 4, seed=3),
        "k": draws(d, d, scale=d**-0.5 * 4, seed=4),
        "v": draws(d, d, scale=d**-0.5, seed=5),
    }

    def loss(p, x, y):
        a = jax.nn.softmax((x @ p["q"]) @ (x @ p["k"]).T, axis=-1)
        return jnp.mean((a @ (x @ p["v"]) - y) ** 2)

    return loss, None, (draws(12, d), draws(12, d, seed=7)), params


@healthy
def mlp_with_integer_labels():
    params = [
        {"w": draws(8, 32, scale=0.5, seed=3), "b": np.zeros(32, "float32")},
        {"w": draws(32, 4, scale=0.25, seed=4), "b": np.zeros(4, "float32")},
    ]

    def loss(p, x, y):
        h = jax.nn.gelu(x @ p[0]["w"] + p[0]["b"])
        lp = jax.nn.log_softmax(h @ p[1]["w"] + p[1]["b"])
        return -jnp.mean(jnp.take_along_axis(lp, y[:, None], axis=1))

    return loss, None, (draws(32, 8), np.random.default_rng(0).integers(0, 4, 32)), params


@healthy
def embedding_sparse():
    params = {"e": draws(500, 8, scale=1.0), "w": draws(8, 500, scale=0.3, seed=4)}

    def loss(p, ids, y):
        lp = jax.nn.log_softmax(p["e"][ids].mean(1) @ p["w"])
        return -jnp.mean(jnp.take_along_axis(lp, y[:, None], axis=1))

    r = np.random.default_rng(0)
    return loss, None, (r.integers(0, 500, (8, 3)), r.integers(0, 500, 8)), params


@healthy
def gated_recurrence():
    """A minimal gated unit by lax.scan over 25 steps."""
    params = {
        "Wf": draws(12, 15, scale=0.25, seed=3),
        "bf": np.full(12, -2.0, "float32"),
        "Wh": draws(12, 15, scale=0.25, seed=4),
        "o": draws(12, scale=0.3, seed=5),
    }

    def loss(p, x, y):
        def step(h, xt):
            z = jnp.concatenate([h, xt], -1)
            f = jax.nn.sigmoid(z @ p["Wf"].T + p["bf"])
            c = jnp.tanh(jnp.concatenate([f * h, xt], -1) @ p["Wh"].T)
            return (1 - f) * h + f * c, None

        h, _ = jax.lax.scan(step, jnp.zeros((x.shape[0], 12)), jnp.swapaxes(x, 0, 1))
        return jnp.mean((h @ p["o"] - y) ** 2)

    return loss, None, (draws(8, 25, 3), draws(8)), params


# ------------------------------------------------------------------ formulas


@noted
def deep_sigmoids():
    return cr.network("8 x (dense 16, sigmoid), dense 1, mse", input=4, batch=16), None, None, None, {}


@broken("detached saturated dead-units", "step a1 sign")
def perceptron_with_a_step():
    W1, W2 = draws(6, 4, scale=0.5), draws(1, 6, scale=0.5, seed=2)
    return (
        "mean((W2 step(W1 X) - y).^2)",
        None,
        None,
        None,
        {
            "declare": "W1: 6 4, W2: 1 6, X: 4 20, y: 1 20",
            "wrt": "W1, W2",
            "at": {"W1": W1, "W2": W2},
            "data": {"X": draws(4, 20, seed=3), "y": draws(1, 20, seed=4)},
        },
    )


@broken("input-scale", "X x")
def columns_in_dollars():
    X = draws(40, 4) + 1.0
    X[:, 1] *= 50_000.0
    return cr.network("dense 8, tanh, dense 1, mse", input=4, batch=40), None, None, None, {"data": {"X": X}}


@broken("nan-backward", "norm sqrt √")
def group_lasso_at_zero():
    return (
        "norm(X w - y)^2 / 20 + 0.1 norm(w)",
        None,
        None,
        None,
        {"wrt": "w", "at": {"w": np.zeros(3)}, "data": {"X": draws(20, 3), "y": draws(20, seed=3)}},
    )


@healthy
def ridge_regression():
    X, y = draws(30, 5), draws(30, seed=2)
    return (
        "norm(X w - y)^2 / 30 + 0.1 norm(w)^2",
        None,
        None,
        None,
        {"wrt": "w", "at": {"w": draws(5, seed=5, scale=0.3)}, "data": {"X": X, "y": y}},
    )


@healthy
def transformer_of_layers():
    return (
        cr.network(
            "2 x (residual(layer norm, attention 4 heads 2), residual(layer norm, dense 8, gelu, dense 4)), mean pool, dense 3, softmax cross-entropy",
            input=(5, 4),
        ),
        None,
        None,
        None,
        {},
    )


@healthy
def logistic_at_its_optimum():
    """The gradient is 1e−9 because it is solved."""
    X = draws(60, 3)
    y = (np.random.default_rng(9).random(60) < 1 / (1 + np.exp(-X @ [1, -1, 0.5]))) * 1.0
    w = np.zeros(3)
    for _ in range(30):
        p = 1 / (1 + np.exp(-X @ w))
        w -= np.linalg.solve((X.T * (p * (1 - p))) @ X / 60, X.T @ (p - y) / 60)
    return (
        "sum(log(1 + exp(X w)) - y .* (X w)) / 60",
        None,
        None,
        None,
        {"wrt": "w", "at": {"w": w}, "data": {"X": X, "y": y}},
    )


def diagnosed(make):
    torch.manual_seed(0)
    made = make()
    more = made[4] if len(made) == 5 else {}
    return cr.diagnose(*made[:4], try_changes=False, **more)


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("name", BROKEN)
def test_culprit_and_cause_are_named(name):
    make, causes, layers = BROKEN[name]
    found = diagnosed(make)
    assert found.cause in causes and (not layers or any(word in found.layer for word in layers)), (
        f"{found.layer}: {found.cause}: {found.sentence}"
    )


@pytest.mark.parametrize("name", HEALTHY)
def test_there_is_no_alarm(name):
    found = diagnosed(HEALTHY[name])
    assert found.healthy, f"{found.layer}: {found.cause}: {found.sentence}"


@pytest.mark.parametrize("name", NOTED)
def test_what_is_a_matter_of_degree_is_a_note(name):
    found = diagnosed(NOTED[name])
    assert found.healthy and "vanishing" in [f.cause for f in found.findings]
