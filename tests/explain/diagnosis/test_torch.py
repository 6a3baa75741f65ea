"""Readings of PyTorch programs: the numbers are those of autograd, every call is seen, and the model is left as it was."""

import copy
import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import chainrule as cr
from chainrule.core.errors import DeclarationError, TraceError, UnknownNameError
from chainrule.explain.diagnosis.record import Change
from chainrule.explain.diagnosis.torch import read_module
from chainrule.explain.diagnosis.torch_values import norm_of


class Mixed(nn.Module):
    """Modules, functions, a residual sum, attention, a recurrence, dropout and batch norm."""

    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(5, 8)
        self.norm = nn.BatchNorm1d(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.rnn = nn.GRU(8, 8, 2, batch_first=True, bidirectional=True, dropout=0.3)
        self.out = nn.Linear(16, 3)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        h = F.gelu(self.inp(x))
        h = self.norm(h.transpose(1, 2)).transpose(1, 2)
        h = h + self.drop(self.attention(h, h, h)[0])
        h, _ = self.rnn(h)
        return self.out(h.mean(1))


def mixed():
    torch.manual_seed(3)
    return Mixed(), (torch.randn(6, 4, 5), torch.randint(3, (6,)))


def test_the_gradients_are_those_of_autograd():
    model, (x, y) = mixed()
    torch.manual_seed(7)
    reading = read_module(model, "cross_entropy", (x, y))
    torch.manual_seed(7)
    loss = F.cross_entropy(copy.deepcopy(model)(x), y)
    assert reading.loss == pytest.approx(loss.item(), rel=1e-6)
    loss = F.cross_entropy(model.eval()(x), y)
    loss.backward()
    reading = read_module(model, "cross_entropy", (x, y))  # in eval nothing is drawn
    for name, p in model.named_parameters():
        assert reading.parameters[name].gradient.norm == pytest.approx(float(p.grad.norm()), rel=1e-4)
        assert reading.parameters[name].value.norm == pytest.approx(float(p.detach().norm()), rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model, batch = mixed()
    model.train(training)
    model.norm.eval()  # one of them apart
    model.inp.weight.grad = torch.full_like(model.inp.weight, 2.0)
    with torch.no_grad():
        model.inp.bias += 50  # so that what-ifs run
    before = {name: value.clone() for name, value in model.state_dict().items()}
    held = {name: (id(p), p.data_ptr(), p._version) for name, p in model.named_parameters()}
    modes = [m.training for m in model.modules()]
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    cr.diagnose(model, "cross_entropy", batch)
    assert [m.training for m in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert {name: (id(p), p.data_ptr(), p._version) for name, p in model.named_parameters()} == held
    assert torch.equal(model.inp.weight.grad, torch.full_like(model.inp.weight, 2.0)) and model.out.weight.grad is None
    assert random.getstate() == states[0] and np.random.get_state()[1].tolist() == states[1] and torch.equal(torch.get_rng_state(), states[2])
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in model.modules())


def test_everything_is_put_back_when_the_model_fails():
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(3)

        def forward(self, x):
            torch.rand(1)
            return self.norm(x) @ torch.ones(4, 1)

    model, batch = Fails(), (torch.randn(5, 3), torch.randn(5, 1))
    state = torch.get_rng_state()
    with pytest.raises(TraceError) as error:
        cr.diagnose(model, "mse", batch)
    assert "RuntimeError" in str(error.value) and "test_torch.py, line" in str(error.value)
    assert torch.equal(torch.get_rng_state(), state) and not model.norm.running_mean.any() and int(model.norm.num_batches_tracked) == 0
    assert not model._forward_hooks and torch.nn.functional.has_torch_function is torch.overrides.has_torch_function


def test_functional_calls_are_seen_with_the_users_line():
    model, batch = mixed()
    reading = read_module(model, "cross_entropy", batch)
    kinds = {layer.name: layer.kind for layer in reading.layers}
    assert kinds["gelu"] == "elementwise" and kinds["norm"] == "normalisation" and kinds["attention.softmax"] == "softmax"
    assert kinds["add"] == "add" and kinds["inp"] == "linear" and kinds["cross_entropy"] == "loss"
    assert reading.layer("gelu").where.startswith("test_torch.py:")
    assert [n for n in kinds if n.startswith("rnn layer 2 reverse step")] == [f"rnn layer 2 reverse step {t}" for t in range(1, 5)]
    add = reading.layer("add")
    assert set(add.inputs) == {"norm", "drop"} and add.factors["norm"] == pytest.approx(1)


def test_factors_are_norms_sent_over_norms_received():
    torch.manual_seed(0)
    lin, x = nn.Linear(4, 3), torch.randn(7, 4)
    reading = read_module(nn.Sequential(nn.Linear(4, 4), nn.Sigmoid(), lin), "mse", (x, torch.randn(7, 3)))
    sigmoid, last = reading.layer("1"), reading.layer("2")
    came, sent = last.gradient.norm, sigmoid.gradient.norm
    assert last.factor == pytest.approx(sent / came, rel=1e-5)
    assert sigmoid.factor == pytest.approx(reading.layer("0").gradient.norm / sent, rel=1e-5)
    assert sigmoid.slopes.top == pytest.approx(0.25) and 0.15 < sigmoid.slopes.rms < 0.25


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}, {"batch_first": True}, {"bias": False}])
def test_a_recurrence_by_steps_gives_what_the_whole_gives(cell, options):
    torch.manual_seed(1)
    module, x = cell(3, 5, **options), torch.randn(6, 4, 3)
    reading = read_module(module, lambda out, _: out[0].square().sum() + sum(h.sum() for h in (out[1] if cell is nn.LSTM else [out[1]])), (x, torch.zeros(1)))
    out, last = module(x)
    loss = out.square().sum() + sum(h.sum() for h in (last if cell is nn.LSTM else [last]))
    assert reading.loss == pytest.approx(loss.item(), rel=1e-5)
    for name, g in zip(dict(module.named_parameters()), torch.autograd.grad(loss, list(module.parameters()))):
        assert reading.parameters[name].gradient.norm == pytest.approx(float(g.norm()), rel=1e-4)


def test_an_operation_in_place_is_read_before_it_writes():
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 1))
    with torch.no_grad():
        model[0].bias.fill_(-30.0)
    found = cr.diagnose(model, "mse", (torch.randn(16, 4), torch.randn(16, 1)))
    assert (found.cause, found.layer) == ("dead-units", "1")
    assert found.reading.layer("1").given.biggest < -20


def test_a_shared_module_stands_once_for_each_call():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return self.fc(torch.tanh(self.fc(x)))

    reading = read_module(Shared(), "mse", (torch.randn(8, 4), torch.randn(8, 4)))
    assert [layer.name for layer in reading.users("fc.weight")] == ["fc", "fc@2"]


def test_a_function_of_the_users_own_is_a_layer():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return Double.apply(self.fc(x))

    found = cr.diagnose(Net(), "mse", (torch.randn(8, 4), torch.randn(8, 4)))
    assert (found.cause, found.layer) == ("nan-backward", "double")


def test_tied_weights_are_one_parameter():
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    reading = read_module(model, "mse", (torch.randn(8, 4), torch.randn(8, 4)))
    assert len(reading.users("0.weight")) == 2 and "2.weight" not in reading.parameters


def test_a_model_that_returns_its_loss_and_a_batch_of_words():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 2)

        def forward(self, x, labels=None):
            logits = self.fc(x)
            return {"logits": logits, "loss": F.cross_entropy(logits, labels)}

    x, y = torch.randn(8, 4), torch.randint(2, (8,))
    assert cr.diagnose(Net(), None, {"x": x, "labels": y}).healthy
    assert cr.diagnose(nn.Linear(4, 2), "cross_entropy", (x.numpy(), y.numpy())).healthy


def test_a_function_of_tensors_finds_what_it_learns():
    w, b = torch.randn(4, 1, requires_grad=True), torch.zeros(1, requires_grad=True)

    def loss(x, y):
        return ((x @ w + b - y) ** 2).mean()

    found = cr.diagnose(loss, None, (torch.randn(16, 4), torch.randn(16, 1)))
    assert set(found.reading.parameters) == {"w", "b"} and found.healthy


# ------------------------------------------------------------------ what-ifs


def saturated():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 32), nn.Sigmoid(), nn.Linear(32, 32), nn.Sigmoid(), nn.Linear(32, 1))
    with torch.no_grad():
        model[2].weight.mul_(40)
    return model, (torch.randn(64, 10), torch.randn(64, 1))


def test_a_what_if_is_what_the_changed_model_does():
    model, (x, y) = saturated()
    found = cr.diagnose(model, "mse", (x, y))
    shrunk = next(w for w in found.what_ifs if w.changes == (Change("scale", "2.weight", 0.1),))
    by_hand = copy.deepcopy(model)
    with torch.no_grad():
        by_hand[2].weight.mul_(0.1)
    loss = F.mse_loss(by_hand(x), y)
    loss.backward()
    assert shrunk.loss == pytest.approx(loss.item(), rel=1e-6)
    assert shrunk.after == pytest.approx(float(by_hand[0].weight.grad.norm()), rel=1e-5) and shrunk.parameter == "0.weight"
    other = next(w for w in found.what_ifs if w.changes[0].kind == "activation")
    by_hand = copy.deepcopy(model)
    by_hand[3] = nn.ReLU()
    F.mse_loss(by_hand(x), y).backward()
    assert other.after == pytest.approx(float(by_hand[0].weight.grad.norm()), rel=1e-5)
    assert all(w.before == pytest.approx(found.reading.parameters["0.weight"].gradient.norm) for w in found.what_ifs)


def test_a_change_that_cannot_be_made_is_not_shown():
    model, batch = saturated()
    reading = read_module(model, "mse", batch)
    assert reading.rerun(Change("residual", "4")) is None  # 32 numbers in, 1 out
    assert reading.rerun(Change("scale", "nothing", 2.0)) is None
    assert math.isfinite(reading.rerun(Change("residual", "2")).loss)


def test_nothing_is_tried_where_nobody_asks():
    model, batch = saturated()
    assert cr.diagnose(model, "mse", batch, try_changes=False).what_ifs == []


# ------------------------------------------------------------------ errors


X, Y = torch.randn(8, 4), torch.randn(8, 2)


@pytest.mark.parametrize(
    "model, loss, batch, error, words",
    [
        (nn.Linear(4, 2), "msee", (X, Y), UnknownNameError, "did you mean `mse`?"),
        (nn.Linear(4, 2), 3, (X, Y), DeclarationError, "loss=int"),
        (nn.Linear(4, 2), "mse", None, DeclarationError, "batch=None"),
        (nn.Linear(4, 2), None, X, TraceError, "8×2"),
        (nn.Linear(4, 2), None, (X, Y), TraceError, "loss='mse'"),
        (nn.Linear(5, 2), "mse", (X, Y), TraceError, "RuntimeError"),
        (lambda x: 3.0, None, X, TraceError, "float"),
        (nn.Linear(4, 2), "cross_entropy", (X, torch.full((8,), 9)), TraceError, "IndexError"),
    ],
)
def test_what_is_wrong_in_the_question_is_said(model, loss, batch, error, words):
    with pytest.raises(error) as told:
        cr.diagnose(model, loss, batch)
    assert words in str(told.value)


def test_an_unknown_option_is_refused():
    with pytest.raises(DeclarationError, match="takes no `wtr`"):
        cr.diagnose(nn.Linear(4, 2), "mse", (X, Y), wtr="x")


class Kept(nn.Module):
    """A state that is kept between calls, a counter, and a buffer that is written into."""

    def __init__(self):
        super().__init__()
        self.cell, self.out, self.h, self.steps = nn.GRUCell(4, 8), nn.Linear(8, 2), torch.zeros(8, 8), 0
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x):
        self.steps, self.seen = self.steps + 1, True
        self.mean.mul_(0.9).add_(0.1 * x.mean(0))
        self.h = self.cell(x - self.mean, self.h)
        return self.out(self.h)


def test_what_a_module_keeps_between_calls_is_put_back():
    model = Kept()
    for _ in range(2):  # a kept state with its graph would fail the second time
        assert cr.diagnose(model, "mse", (X, Y)).healthy
        assert model.steps == 0 and not model.h.any() and not hasattr(model, "seen") and not model.mean.any()
        assert not hasattr(model.mean, "_chainrule_layer")


@pytest.mark.parametrize("outside", [torch.no_grad, torch.inference_mode])
def test_gradients_are_taken_where_the_caller_has_turned_them_off(outside):
    model = nn.Linear(4, 2)
    with outside():
        found = cr.diagnose(model, "mse", (X, Y))
    assert found.reading.parameters["weight"].gradient.norm > 0


def test_an_empty_batch_and_a_missing_target_are_refused():
    with pytest.raises(DeclarationError, match="empty"):
        cr.diagnose(nn.Linear(4, 2), "mse", (X[:0], Y[:0]))
    with pytest.raises(DeclarationError, match="target"):
        cr.diagnose(nn.Linear(4, 2), "mse", X)


def test_gradients_below_what_float32_squares_are_no_zeros():
    x = torch.full((4,), 1e-24)
    assert norm_of(x).norm == pytest.approx(2e-24, rel=1e-5)
