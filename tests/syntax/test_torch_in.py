"""PyTorch functions and modules as people write them: their gradients agree with autograd."""

import math

import numpy as np
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

import chainrule as cr
from chainrule.numeric import draw

CASES = {}


def case(wrt, text=None, **shapes):
    """A function, or a module made by a function without parameters, to be derived in `wrt`."""

    def enter(function):
        CASES[function.__name__] = (function, wrt, text, shapes)
        return function

    return enter


@case("w", "Xᵀ(σ(Xw) − y)/n", w="d", X="n d", y="n labels01")
def logistic_regression(w, X, y):
    return F.binary_cross_entropy_with_logits(X @ w, y)


@case("w", "2Xᵀ(Xw − y)/n + 2λw", w="d", X="n d", y="n", lam="positive")
def ridge(w, X, y, lam):
    return F.mse_loss(X @ w, y) + lam * w.pow(2).sum()


@case("W", "Xᵀ(softmax(XW) − Y)/n", W="d k", X="n d", Y="n k onehot")
def softmax_regression(W, X, Y):
    return F.cross_entropy(X @ W, Y)


@case("S", "(S⁻¹ − S⁻¹(x − μ)(x − μ)ᵀS⁻¹)/2", mu="d", S="d d posdef", x="d")
def gaussian_nll(mu, S, x):
    r = x - mu
    return 0.5 * (r @ torch.linalg.solve(S, r) + torch.logdet(S) + x.shape[0] * math.log(2 * math.pi))


@case("Q", Q="n d", K="m d", V="m p")
def attention(Q, K, V):
    scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.size(-1))
    return (torch.softmax(scores, dim=-1) @ V).sum()


@case("K", Q="n d", K="n d", V="n p")
def causal_attention(Q, K, V):
    n = Q.shape[0]
    scores = Q @ K.T / Q.shape[-1] ** 0.5
    mask = torch.tril(torch.ones(n, n))
    return (F.softmax(scores.masked_fill(mask == 0, float("-inf")), dim=-1) @ V).pow(2).sum()


@case("Q", Q="n d", K="m d", V="m p")
def fused_attention(Q, K, V):
    return F.scaled_dot_product_attention(Q, K, V).pow(2).sum()


@case("x", x="n 4", y="n 4", g="4", b="4")
def layer_norm(x, y, g, b):
    return (F.layer_norm(x, (4,), g, b) * y).sum()


@case("x", x="n 4", y="n 4", g="4")
def rms_norm(x, y, g):
    return (F.rms_norm(x, (4,), g, eps=1e-6) * y).sum()


@case("x", x="n d", y="n d")
def batch_norm(x, y):
    return (F.batch_norm(x, None, None, training=True) * y).sum()


@case("mu", x="d", mu="h", lv="h", eps="h", W="d h")
def vae(x, mu, lv, eps, W):
    z = mu + torch.exp(0.5 * lv) * eps
    kl = -0.5 * torch.sum(1 + lv - mu.pow(2) - lv.exp())
    return F.mse_loss(W @ z, x, reduction="sum") / 2 + kl


@case("A", A="n d", B="n d", t="positive")
def info_nce(A, B, t):
    logits = F.normalize(A, dim=1) @ F.normalize(B, dim=1).T / t
    return -F.log_softmax(logits, dim=1).diag().mean()


@case("X", X="n d", Y="m d", s="positive")
def rbf_kernel(X, Y, s):
    square = X.pow(2).sum(1)[:, None] + Y.pow(2).sum(1)[None, :] - 2 * X @ Y.T
    return torch.exp(-square / (2 * s**2)).sum()


@case("mu", X="n d", mu="k d", logits="k", s="positive")
def gaussian_mixture(X, mu, logits, s):
    square = ((X.unsqueeze(1) - mu.unsqueeze(0)) ** 2).sum(-1)
    return -torch.logsumexp(F.log_softmax(logits, 0) - square / (2 * s**2), dim=1).mean()


@case("w", w="d", X="n d", y="n")
def huber(w, X, y):
    return F.huber_loss(X @ w, y) + F.smooth_l1_loss(X @ w, y, beta=0.5)


@case("P", P="n k open01", Q="n k open01", x="n", y="n")
def divergences(P, Q, x, y):
    return F.kl_div(P.log(), Q, reduction="batchmean") + F.binary_cross_entropy(P, Q) + F.cosine_similarity(x, y, dim=0)


@case("X", X="n d", W="d k")
def activations(X, W):
    z = X @ W
    return (F.gelu(z) + F.silu(z) + F.elu(z) + F.softplus(z) + F.leaky_relu(z) + F.mish(z) + F.logsigmoid(z)).sum()


@case("x", x="n", A="n n")
def parts(x, A):
    d = x[1:] - x[:-1]
    return d.pow(2).sum() + torch.cat([x, x]).sum() * x[0] + torch.stack([x, A @ x])[1, -1] + torch.einsum("i,ij,j->", x, A, x)


@case("x", x="n", y="n")
def in_place(x, y):
    z = x * y
    z += 1
    z.mul_(x)
    return z.sum()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.drop = nn.Linear(4, 3), nn.Linear(3, 2), nn.Dropout(0.5)

    def forward(self, x, y):
        return F.cross_entropy(self.fc2(self.drop(torch.relu(self.fc1(x)))), y)


@case("W1", x="n d", y="n k onehot", W1="h d", b1="h", W2="k h", b2="k")
def classifier():
    return Classifier().eval()


class Scored(nn.Module):
    """The sum of what a module gives, weighted: a scalar, so that autograd has a gradient."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x, c):
        found = self.inner(x)
        return (c * (found[0] if isinstance(found, tuple) else found)).sum()


@case("x", x="3 4", c="3 2")
def sequential():
    return Scored(nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.GELU(), nn.Linear(3, 2)))


@case("gamma", x="n 3", c="n 3")
def batch_norm_module():
    return Scored(nn.BatchNorm1d(3)).eval()


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x, h, c):
        return (c * self.cell(x, h)).sum()


@case("h", x="3", h="2", c="2")
def gru_cell():
    return Recurrent(nn.GRUCell(3, 2))


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x, c):
        return (c * self.attention(x, x, x, need_weights=False)[0]).sum()


@case("x", x="2 3 4", c="2 3 4")
def multihead_attention():
    return SelfAttention()


class LoRA(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.A, self.B = nn.Parameter(torch.ones(2, 4)), nn.Parameter(torch.ones(3, 2))

    def forward(self, x, y):
        return F.mse_loss(self.linear(x) + 16 * x @ self.A.T @ self.B.T, y)


@case("A", x="n 4", y="n 3")
def lora():
    return LoRA()


def made(name):
    function = CASES[name][0]
    return function() if not function.__code__.co_argcount else function


@pytest.fixture(scope="module")
def derived():
    """Each case with what was read of it, derived once."""
    found = {}

    def get(name):
        if name not in found:
            function = made(name)
            found[name] = function, cr.derive(cr.from_torch(function, **CASES[name][3]), CASES[name][1])
        return found[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_agrees_with_autograd(name, derived):
    function, d = derived(name)
    assert d.verified and d.seal.called == 3
    _, values = draw([v[:3] for v in d.problem.every.values()], 1, seed=5)
    at = {n: torch.tensor(v) for n, v in values.items()}
    at[d.wrt].requires_grad_()
    if isinstance(function, nn.Module):
        paths = {note.split(" is ")[0]: note.split(" is ")[1] for note in d.notes[0].split("; ")}
        inputs = {n: t for n, t in at.items() if n not in paths}
        found = torch.func.functional_call(function.double(), {paths[n]: at[n] for n in paths}, (), inputs)
    else:
        found = function(**at)
    (expected,) = torch.autograd.grad(found, at[d.wrt])
    np.testing.assert_allclose(d.compile()(**values), expected.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, (_, _, text, _) in CASES.items() if text])
def test_the_formula_reads_as_a_textbook_has_it(name, derived):
    assert derived(name)[1].text == CASES[name][2]


# ------------------------------------------------------------------ what is refused, and how


def branch(x):
    if x.sum() > 0:
        return x.sum()
    return -x.sum()


def as_number(x):
    return x.sum() * float(x.sum())


def boolean_index(x):
    return x[x > 0].sum()


def through_numpy(x):
    return np.exp(x).sum()


def half(x):
    return x.half().sum()


def rounded(x):
    return x.int().sum()


def contradicting(X, w):
    return (X @ w).sum()


def pair(x):
    return x.sum(), x


def number(x):
    return 3.0


def noisy(x):
    return (x * torch.randn_like(x)).sum()


def dropping(x):
    return F.dropout(x).sum()


def labelled(z, y):
    return F.cross_entropy(z, y)


def written(x):
    z = torch.zeros(x.shape[0])
    z[0] = x[0]
    return z.sum()


def counted(x):
    return sum(x[i] ** 2 for i in range(x.shape[0]))


def ordered(x):
    return torch.sort(x)[0][0]


def mapped(X, w):
    return torch.vmap(lambda x: torch.tanh(x @ w))(X).mean()


C = torch.ones(40, 3).cumsum(0)


def closed_over(w):
    return (C @ w).sum()


A_FUNCTION = "a function that has a formula and a derivative here"
WHERE = "torch.where(condition, a, b) chooses entry by entry; leave float(…) and .item() out"
ONEHOT = 'Y="n k onehot" is read by F.cross_entropy(z, Y) as it is; for nll_loss write -(Y * log_p).sum(1).mean()'
REFUSED = [  # function, shapes, problem, the person's own line or what is given, expected, fix
    (branch, {"x": "n"}, "TraceError: `branch` needs the values of a tensor, which no formula can say", "if x.sum() > 0:",
     "operations on whole tensors", WHERE),
    (as_number, {"x": "n"}, "TraceError: `as_number` needs the values of a tensor, which no formula can say", "float(x.sum())",
     "operations on whole tensors", WHERE),
    (boolean_index, {"x": "n"}, "NoRuleError: selecting entries by their values is not available", "x[x > 0]", A_FUNCTION,
     "torch.where(condition, x, 0) keeps the shape"),
    (through_numpy, {"x": "n"}, "TraceError: `through_numpy` leaves PyTorch", "np.exp(x)", "operations of torch on tensors",
     "torch.exp in place of np.exp"),
    (half, {"x": "n"}, "NoRuleError: half precision is not available", "x.half()", A_FUNCTION,
     "leave the conversion out: what is derived here is exact"),
    (rounded, {"x": "n"}, "NoRuleError: rounding to whole numbers is not available", "x.int()", A_FUNCTION,
     'leave it out; F.cross_entropy(z, Y) reads labels as Y="n k onehot"'),
    (contradicting, {"X": "n d", "w": "k"}, "ShapeError: the shapes do not fit what `contradicting` does", "got input (n × d), vec (k)",
     "shapes for which the function runs", None),
    (pair, {"x": "n"}, "TraceError: `pair` does not return one array", "a tuple of 2 arrays", "a function whose value is one array",
     "lambda …: pair(…)[0] is its first value"),
    (number, {"x": "n"}, "TraceError: `number` does not return one array", "a float of 0 arrays", "a function whose value is one array", None),
    (noisy, {"x": "n"}, "NoRuleError: `randn_like` is not available", "torch.randn_like(x)", A_FUNCTION,
     "draw the noise outside, and make it a parameter: eps"),
    (dropping, {"x": "n"}, "NoRuleError: dropout, which is random, is not available", "F.dropout(x)", A_FUNCTION,
     "model.eval() leaves it out; as a function: F.dropout(x, p, training=False)"),
    (labelled, {"z": "n k", "y": "n"}, "NoRuleError: `labelled` takes labels that are whole numbers", "F.cross_entropy(z, y)",
     "labels as 0 and 1", ONEHOT),
    (written, {"x": "n"}, "NoRuleError: `copy` is not available", "z[0]", A_FUNCTION, "torch.where(mask, a, b) replaces entries"),
    (counted, {"x": "n"}, "ShapeError: `counted` is written for some numbers of a size only", "it was tried with n = 5, and asks for that number",
     "code that does the same for all sizes; roots are math.sqrt(n) and n ** 0.5",
     'give that size as a number: X="n 8"; where it is that of a weight, by a name: W="k d"'),
    (ordered, {"x": "n"}, "NoRuleError: `sort` is not available", "torch.sort(x)", A_FUNCTION, "max and sum need no order"),
    (mapped, {"X": "n d", "w": "d"}, "NoRuleError: `_add_batch_dim` is not available", "torch.vmap", A_FUNCTION,
     "X @ w on the whole matrix in place of vmap"),
    (closed_over, {"w": "3"}, "NoRuleError: a tensor from outside the function is used", "a tensor of shape (40, 3)",
     "numbers and parameters", "make it a parameter of the function"),
]  # fmt: skip


@pytest.mark.parametrize("function, shapes, problem, given, expected, fix", REFUSED, ids=lambda x: getattr(x, "__name__", None))
def test_what_is_refused_says_where_and_what_to_write(function, shapes, problem, given, expected, fix, capfd):
    with pytest.raises(cr.ChainruleError) as caught:
        cr.from_torch(function, **shapes)
    error = caught.value
    assert (f"{type(error).__name__}: {error.problem}", error.expected, error.fix) == (problem, expected, fix)
    assert given in error.given
    assert capfd.readouterr() == ("", "")


def test_a_whole_message():
    with pytest.raises(cr.NoRuleError) as caught:
        cr.from_torch(half, x="n")
    line = half.__code__.co_firstlineno + 1
    assert str(caught.value) == (
        "NoRuleError: half precision is not available\n"
        f"  given:    line {line} of half: return x.half().sum()\n"
        f"            {' ' * len(f'line {line} of half: return ')}^^^^^^^^\n"
        f"  expected: {A_FUNCTION}\n"
        "  fix:      leave the conversion out: what is derived here is exact"
    )


def test_the_weights_of_a_module_are_named_and_the_notes_say_which_they_are():
    d = cr.derive(cr.from_torch(Classifier().eval(), x="n 4", y="n 2 onehot"), "b2")
    assert d.notes == ["W1 is fc1.weight; b1 is fc1.bias; W2 is fc2.weight; b2 is fc2.bias"]
    assert {n: "×".join(map(str, v.dims)) for n, v in d.problem.every.items()} == {
        "x": "n×4", "y": "n×2", "W1": "3×4", "b1": "3", "W2": "2×3", "b2": "2"
    }  # fmt: skip


def test_a_module_in_training_is_read_in_training_and_left_as_it_is():
    module = nn.BatchNorm1d(3)
    before = module.running_mean.clone()
    read = cr.from_torch(module, input="n 3")
    x = np.arange(12.0).reshape(4, 3) ** 1.5
    values = {"input": x, "gamma": np.ones(3), "beta": np.zeros(3), "mu": np.zeros(3), "v": np.ones(3)}
    np.testing.assert_allclose(read.evaluate(values), (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5))
    assert torch.equal(module.running_mean, before) and module.weight.dtype is torch.float32
    with pytest.raises(cr.NoRuleError, match="dropout, which is random, is not available"):
        cr.from_torch(Classifier(), x="n 4", y="n 2 onehot")


def test_nothing_outside_is_changed():
    before = math.sqrt, torch.get_default_dtype()
    cr.from_torch(lambda x: x.sum() / math.sqrt(x.shape[0]), x="n")
    assert (math.sqrt, torch.get_default_dtype()) == before


def test_without_torch_the_package_to_install_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(cr.BackendError) as caught:
        cr.from_torch(branch, x="n")
    assert str(caught.value) == (
        "BackendError: PyTorch is not installed\n"
        "  given:    from_torch\n"
        "  expected: the package `torch`\n"
        '  fix:      pip install "chainrule[torch]"'
    )


if __name__ == "__main__":
    for name, (_, wrt, _, shapes) in CASES.items():
        try:
            print(cr.derive(cr.from_torch(made(name), **shapes), wrt), "\n")
        except cr.ChainruleError as error:
            print(name, error, "\n")


@pytest.mark.parametrize("x", [torch.tensor([1.0, 2.0]), torch.tensor(1.5), np.array([1.0, 2.0])])
def test_an_array_of_any_library_stands_for_its_shape(x):
    brought = cr.from_torch(lambda x: (x**2).sum(), x=x)
    assert cr.derive(brought, "x").text == "2x"
