"""`assert_gradient`: what passes, what fails, and what a person sees when a test of theirs fails."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from chainrule.checking.assertion import assert_gradient
from chainrule.core.errors import ChainruleError

X = np.array([0.3, -1.2, 2.0])


def squares(x):
    return np.sum(x**2)


def test_a_right_gradient_passes_and_the_report_comes_back():
    report = assert_gradient(squares, lambda x: 2 * x, X)
    assert report.verdict == "right" and 0 < report.evaluations <= 60


def test_the_message_is_the_report():
    with pytest.raises(AssertionError) as caught:
        assert_gradient(squares, lambda x: x, at=X)
    first, *rest = str(caught.value).splitlines()
    assert first.startswith("✗ not the gradient") and "½" in first and rest
    assert len(rest) < 24 and max(map(len, rest)) <= 120


def test_a_value_between_the_slopes_of_a_kink_passes_and_one_beside_them_fails():
    at = np.array([0.0, 1.0])
    for value in (-1.0, 0.3, 1.0):
        assert assert_gradient(lambda x: np.sum(np.abs(x)), lambda x: np.where(x == 0, value, np.sign(x)), at).right
    with pytest.raises(AssertionError):
        assert_gradient(lambda x: np.sum(np.abs(x)), lambda x: np.where(x == 0, 1.5, np.sign(x)), at)


def drowned(x):
    """Beside a number so large that no difference shows."""
    return 1e17 + np.sum(np.sin(x))


def test_what_is_undecided_fails_unless_that_is_allowed():
    with pytest.raises(AssertionError) as caught:
        assert_gradient(drowned, np.cos, X)
    assert str(caught.value).startswith("?")
    assert assert_gradient(drowned, np.cos, X, allow_undecided=True).verdict == "undecided"


@pytest.mark.parametrize("allowed", [False, True])
def test_what_cannot_be_checked_fails_in_any_case(allowed):
    def chance(x):
        return squares(x) + int.from_bytes(os.urandom(4), "big")

    with pytest.raises(AssertionError, match=r"^\?"):
        assert_gradient(chance, lambda x: 2 * x, X, allow_undecided=allowed)


def test_other_kinds_are_handed_on():
    assert assert_gradient(np.sin, lambda x: np.diag(np.cos(x)), X, kind="jacobian").right
    with pytest.raises(AssertionError):
        assert_gradient(np.sin, lambda x: np.diag(np.sin(x)), X, kind="jacobian")


def test_modules_of_torch_need_no_gradient():
    net = torch.nn.Linear(3, 2)
    assert assert_gradient(net, at=torch.randn(4, 3, generator=torch.Generator().manual_seed(0))).right

    class Cut(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x) * self.bias.detach()

    with pytest.raises(AssertionError, match="bias"):
        assert_gradient(Cut(3, 2).double(), at=torch.ones(4, 3, dtype=torch.float64))


def test_functions_of_jax_need_no_gradient():
    at = jnp.array([0.3, -1.2])
    assert assert_gradient(lambda x: jnp.sum(jnp.sin(x)), at=at).right
    with pytest.raises(AssertionError, match="x"):
        assert_gradient(lambda x: jnp.sum(jnp.sin(x) * jax.lax.stop_gradient(x)), at=at)


def test_what_does_not_fit_together_is_an_error_and_no_failure():
    with pytest.raises(ChainruleError) as caught:
        assert_gradient(squares, lambda x: 2 * x, X, kind="grad")
    assert caught.value.given == "'grad'" and "gradient" in caught.value.expected


FAILING = """
import numpy as np
from chainrule.checking.assertion import assert_gradient

X, y = np.arange(12.0).reshape(4, 3) / 7, np.ones(4)

def loss(w):
    return np.sum((X @ w - y) ** 2)

def test_the_gradient_of_least_squares():
    assert_gradient(loss, lambda w: X.T @ (X @ w - y), at=np.array([0.3, -1.2, 2.0]))
"""


def test_pytest_shows_the_line_of_the_test_and_the_report_and_nothing_of_ours(tmp_path):
    (tmp_path / "test_theirs.py").write_text(FAILING, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_theirs.py"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
    )  # fmt: skip
    shown = run.stdout
    assert run.returncode == 1, shown + run.stderr
    assert ">       assert_gradient(loss, lambda w" in shown
    assert "E       AssertionError: ✗ not the gradient" in shown
    assert "chainrule/checking" not in shown.replace("\\", "/") and "raise AssertionError" not in shown
