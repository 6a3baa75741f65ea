"""Backward passes as code: what they compute, save, refuse and say."""

import subprocess
import sys

import jax
import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.checking.backward import backward, close
from chainrule.core.errors import BackendError, ChainruleError, DeclarationError, UnverifiedError

LAYERS = {
    "a linear layer": ("X W + ones(n) b^T", "X: n d, W: d k, b: k"),
    "an MLP layer": ("tanh(X W + ones(n) b^T)", "X: n d, W: d k, b: k"),
    "a ReLU layer": ("h = relu(W1 x + b1)\nW2 h + b2", None),
    "softmax": ("softmax(W x + b)", None),
    "softmax cross-entropy": (
        "Z = X W + ones(n) b^T\n-sum(Y .* log(softmax(Z, 1)))/n", "X: n d, W: d k, b: k, Y: n k onehot",
    ),
    "ridge": ("r = X w - y\n||r||^2/n + lam ||w||^2", "X: n d"),
    "a Gaussian": ("logdet(S) + (x - mu)^T S^-1 (x - mu)", "S: n n posdef"),
    "attention": ("P = softmax(Q K^T/sqrt(d), 1)\nP V", "Q: n d, K: m d, V: m k"),
    "a Kronecker product": ("kron(A, B)", None),
    "a cumulative sum of a part": ("cumsum(x[1:6])^2", "x: 8"),
    "a number": ("x^3 y", "x: scalar, y: scalar"),
    "the identity": ("x", None),
    "a sum": ("sum(x)/n", "x: n"),
    "a share of the largest": ("max(x) + erf(x)^T x", None),
}  # fmt: skip
TO = ("numpy", "torch", "jax")


def layer_norm(X, g, b):
    C = X - np.mean(X, axis=1, keepdims=True)
    r = 1 / np.sqrt(np.mean(C * C, axis=1, keepdims=True) + 1e-5)
    return C * r * g + b


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize("name", LAYERS)
def test_what_is_written_has_been_run_and_is_right(name, to):
    text, declare = LAYERS[name]
    found = backward(text, to=to, declare=declare)
    assert found.verified and found.ran[-1] == {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX"}[to]
    assert found.remark.startswith("verified: run in")


@pytest.mark.parametrize("to", TO)
def test_the_file_is_its_own_test_and_needs_nothing_of_chainrule(to, tmp_path):
    file = tmp_path / "layer.py"
    file.write_text(str(cr.backward(layer_norm, to=to, X="n d", g="d", b="d")), encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    assert "chainrule" not in text and max(map(len, text.splitlines())) <= 160
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "the backward pass agrees with central differences\n"), done.stderr


@pytest.mark.parametrize("to", TO)
def test_the_test_of_a_file_fails_where_its_backward_pass_is_wrong(to):
    found = backward("tanh(X W + ones(n) b^T)", to=to, declare="X: n d, W: d k, b: k")
    for right, wrong in (("value * value", "value"), ("X.T @ t1", "2 * X.T @ t1"), ("t1.sum(", "t1.mean("), ("(1 - ", "-(1 - ")):
        text = str(found)
        assert right in text
        space = {"__name__": "mutant"}
        exec(text.replace(right, wrong), space)
        before = jax.config.jax_enable_x64
        try:
            with pytest.raises((AssertionError, ValueError, TypeError)):
                space["test_the_backward_pass_agrees_with_central_differences"]()
        finally:
            jax.config.update("jax_enable_x64", before)


def test_what_is_written_is_what_a_person_would_write():
    found = backward("softmax(W x + b)", "W, b")
    assert found.source.endswith(
        "def forward(W, x, b):\n"
        '    """The value (m), and what `backward` needs.\n'
        "\n"
        "    W: m × n\n"
        "    x: n\n"
        "    b: m\n"
        '    """\n'
        "    t1 = W @ x + b  # m\n"
        "    t2 = np.exp(t1 - t1.max())  # m\n"
        "    value = t2 / t2.sum()  # m\n"
        "    return value, (x, value)\n"
        "\n"
        "\n"
        "def backward(saved, value_bar):\n"
        '    """The cotangents W_bar (m × n), b_bar (m).\n'
        "\n"
        "    value_bar: m\n"
        '    """\n'
        "    x, value = saved\n"
        "    b_bar = value * (value_bar - value @ value_bar)  # m\n"
        "    W_bar = x * b_bar[:, None]  # m × n\n"
        "    return W_bar, b_bar\n"
    )
    assert found.saved == [("x", "n"), ("value", "m")]


def test_names_of_the_person_stand_in_the_code():
    found = backward("r = X w - y\n||r||^2 + λ ||w||^2")
    assert "r = X @ w - y  # m" in found.source and "lam" in found.source and "w_bar" in found.source
    awkward = backward("forward saved + rng x_bar + signed", declare="forward: scalar, saved: scalar, rng: scalar, x_bar: scalar, signed: scalar")
    assert awkward.verified


def test_labels_are_constants_unless_they_are_asked_for():
    text, declare = LAYERS["softmax cross-entropy"]
    assert backward(text, declare=declare).wrt == ["X", "W", "b"]
    assert backward(text, "Y", declare=declare).wrt == ["Y"]
    with pytest.raises(DeclarationError) as error:
        backward("sum(Y)", declare="Y: n k onehot")
    assert str(error.value) == (
        "DeclarationError: there is no variable to pull a cotangent back to\n"
        "  given:    sum(Y), whose variables hold labels\n"
        "  expected: a function of numbers that may change\n"
        '  fix:      wrt="Y"'
    )


def test_a_symmetric_matrix_is_one_whose_entries_move_by_themselves():
    forward, back = backward("logdet(S) + tr(S A)", "S", declare="S: n n posdef, A: n n").compile()
    rng = np.random.default_rng(0)
    S, A = np.eye(3) * 3 + rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    value, saved = forward(S, A)
    assert value == pytest.approx(np.linalg.slogdet(S)[1] + np.trace(S @ A))
    np.testing.assert_allclose(back(saved, 1.0), np.linalg.inv(S).T + A.T)


def test_pytorch_computes_what_is_needed_and_refuses_what_was_not_asked_for():
    layer = backward("tanh(X W + ones(n) b^T)", "W, b", "torch", "X: n d, W: d k, b: k", name="layer").compile()
    X, W, b = torch.rand(5, 3), torch.rand(3, 2, requires_grad=True), torch.rand(2)
    value = layer(X, W, b)
    value.sum().backward()
    assert value.dtype == W.grad.dtype == torch.float32 and b.grad is None
    torch.testing.assert_close(W.grad, X.T @ (1 - value.detach() ** 2))
    with pytest.raises(NotImplementedError, match="X: taken as constant, no cotangent was written"):
        layer(X.requires_grad_(), W, b).sum().backward()


def test_pytorch_differentiates_again_where_arguments_and_value_are_all_that_is_saved():
    softmax = backward("softmax(W x)", to="torch", name="softmax").compile()
    W, x = torch.rand(3, 2, dtype=torch.float64, requires_grad=True), torch.rand(2, dtype=torch.float64, requires_grad=True)
    second = []
    for f in (softmax, lambda W, x: torch.softmax(W @ x, dim=0)):
        (slope,) = torch.autograd.grad(f(W, x)[0], x, create_graph=True)
        second.append(torch.autograd.grad(slope.pow(2).sum(), [W, x]))
    for ours, theirs in zip(*second):
        torch.testing.assert_close(ours, theirs)


def test_pytorch_refuses_a_second_derivative_that_the_code_does_not_have():
    square = backward("r = A x - y\n||r||^2", "x", to="torch", name="square").compile()
    A, x, y = torch.rand(3, 2), torch.rand(2, requires_grad=True), torch.rand(3)
    square(A, x, y).backward()
    with pytest.raises(NotImplementedError, match="differentiable once: create_graph asks for a derivative of this one"):
        torch.autograd.grad(square(A, x, y), x, create_graph=True)


def test_jax_takes_the_function_as_its_own():
    loss = cr.backward("r = X w - y\n||r||^2/n", to="jax", declare="X: n d", name="loss").compile()
    X, w, y = np.ones((4, 2), np.float32), np.array([1.0, -2.0], np.float32), np.zeros(4, np.float32)
    found = jax.jit(jax.grad(loss, argnums=1))(X, w, y)
    assert found.dtype == np.float32 and np.allclose(found, 2 * X.T @ (X @ w - y) / 4)
    assert jax.vmap(jax.grad(loss, argnums=1), (None, 0, None))(X, np.stack([w, 2 * w]), y).shape == (2, 2)


def test_the_process_keeps_the_precision_that_jax_had():
    before = jax.config.jax_enable_x64
    backward("x^3", to="jax")
    assert jax.config.jax_enable_x64 == before


def test_a_function_of_numpy_jax_or_pytorch_is_taken_too():
    assert cr.backward(layer_norm, X="n d", g="d", b="d").wrt == ["X", "g", "b"]
    net = torch.nn.Linear(3, 2)
    found = backward(cr.from_torch(net, input="n 3"), to="torch")
    assert found.verified and "torch.autograd.Function" in found.source


def test_where_the_framework_is_missing_the_code_is_checked_in_numpy_and_says_so(monkeypatch):
    monkeypatch.setattr("chainrule.checking.backward.files.find_spec", lambda name: None if name == "torch" else True)
    found = backward("tanh(W x)", to="torch")
    assert found.verified and found.ran == ["NumPy"]
    assert found.remark == (
        "verified: run in NumPy, against the numeric derivative; not run here in PyTorch, which is not installed"
    )
    with pytest.raises(BackendError) as error:
        found.compile()
    assert str(error.value) == (
        "BackendError: PyTorch is not installed\n"
        '  given:    backward(…, to="torch").namespace()\n'
        "  expected: PyTorch, or only the text: str(backward(…))\n"
        '  fix:      pip install "chainrule[torch]"'
    )


def test_code_that_disagrees_is_not_shown(monkeypatch):
    monkeypatch.setattr("chainrule.derivation.differentiable.pull_back", lambda y, wrt, bar: [2 * w for w in wrt])
    with pytest.raises(UnverifiedError):
        backward("||x||^2 + sum(x)")


def test_code_that_disagrees_in_its_own_framework_is_not_shown(monkeypatch):
    monkeypatch.setattr("chainrule.compiling.torch_text.TorchText._exp", lambda self, v: (f"torch.exp2({self._arg(v.args[0])})", 10))
    with pytest.raises(UnverifiedError) as error:
        backward("softmax(x)", to="torch")
    assert "in PyTorch" in str(error.value) or "in its own test" in str(error.value)


def test_bad_questions_get_errors_with_four_parts():
    for ask in (
        lambda: backward("x^2", to="tensorflow"),
        lambda: backward("x^2", "y"),
        lambda: backward("x^2", name="two words"),
        lambda: backward("x^2", name="forward"),
        lambda: backward(3),
    ):
        with pytest.raises(ChainruleError) as error:
            ask()
        assert error.value.problem and error.value.given and error.value.expected


def test_without_a_check_it_says_so():
    found = backward("x^2", seal=False)
    assert found.seal is None and not found.verified and found.remark == "not verified"


def test_arrays_agree_but_for_rounding():
    assert close(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    assert not close(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-6])) and not close(np.ones(2), np.ones(1))
    assert not close(np.array([np.nan]), np.array([1.0]))


def test_the_dictionary_has_everything():
    found = backward("tanh(W x)").to_dict()
    assert found["kind"] == "backward" and found["saved"][0] == {"name": "W", "shape": "m × n"}
    assert found["verified"] and "def forward" in found["source"] and "def test_" in found["test"]
