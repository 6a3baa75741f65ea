"""Safe spellings: the same function where that is claimed, and finite where the original is not, in the real frameworks too."""

import numpy as np
import pytest

from chainrule.derivation import derive
from chainrule.derivation.breaks.remedies import unrooted
from chainrule.syntax import read

ONE_AND_ZERO = {"A": np.eye(2), "x": np.ones(2), "b": np.ones(2)}

# formula, declaration, kind, the text that is offered, a point at which the original gives no number
REWRITES = [
    ("||x||^2", "x: n", "simpler", "sum(x.^2)", {"x": np.zeros(2)}),
    ("||A x - b||^2", None, "simpler", "sum((A x - b).^2)", ONE_AND_ZERO),
    ("||x||", "x: n", "guarded", "sqrt(u) as where(u > 0, sqrt(where(u > 0, u, 1)), 0) with u = ‖x‖²", {"x": np.zeros(2)}),
    ("||A x - b||", None, "guarded", "sqrt(u) as where(u > 0, sqrt(where(u > 0, u, 1)), 0) with u = ‖Ax − b‖²", ONE_AND_ZERO),
    ("x log(x)", "x: scalar", "guarded", "log(x) as where(x > 0, log(where(x > 0, x, 1)), 0)", {"x": np.array(0.0)}),
    ("x/||x||", "x: n", "shifted", "sqrt(u) as sqrt(u + 1e-8) with u = ‖x‖²", {"x": np.zeros(2)}),
    ("log(x)", "x: scalar", "shifted", "log(x) as log(x + 1e-8)", {"x": np.array(0.0)}),
    ("std(x)", "x: n", "guarded", "sqrt(u) as where(u > 0, sqrt(where(u > 0, u, 1)), 0) with u = var(x)", {"x": np.ones(2)}),
]  # fmt: skip


@pytest.mark.parametrize("formula, declare, kind, text, point", REWRITES, ids=[r[0] for r in REWRITES])
def test_a_break_comes_with_a_spelling_that_is_safe(formula, declare, kind, text, point):
    found = derive(formula, "x", declare=declare).breaks[0].rewrite
    assert (found.kind, found.text) == (kind, text)
    assert (found.changes is None) == (kind == "simpler" or "sqrt" in text and kind == "guarded")


@pytest.mark.parametrize("formula, declare, kind, text, point", REWRITES, ids=[r[0] for r in REWRITES])
def test_the_code_that_is_offered_is_finite_in_jax_and_torch(formula, declare, kind, text, point):
    import jax
    import torch

    jax.config.update("jax_enable_x64", True)
    code = derive(formula, "x", declare=declare).breaks[0].rewrite.code
    arrays = {name: jax.numpy.asarray(v) for name, v in point.items()}

    def run(x, source, **names):
        exec("\n".join([*source.split("\n")[:-1], f"result = {source.split(chr(10))[-1]}"]), names | {"x": x}, scope := {})
        return scope["result"]

    found = jax.grad(lambda x: run(x, code["jax"], jnp=jax.numpy, jax=jax, **{k: v for k, v in arrays.items() if k != "x"}))(arrays["x"])
    assert np.all(np.isfinite(found))
    if kind != "simpler" and formula != "std(x)":
        tensors = {name: torch.tensor(v, requires_grad=name == "x") for name, v in point.items()}
        u = {"||A x - b||": lambda t: torch.sum((t["A"] @ t["x"] - t["b"]) ** 2)}.get(formula, lambda t: torch.sum(t["x"] ** 2))
        eval(code["torch"], {"torch": torch, "u": u(tensors), **tensors}).sum().backward()
        assert torch.all(torch.isfinite(tensors["x"].grad))


@pytest.mark.parametrize("formula, declare, kind, text, point", REWRITES, ids=[r[0] for r in REWRITES])
def test_the_text_that_is_offered_has_the_value_of_the_original(formula, declare, kind, text, point):
    found = derive(formula, "x", declare=declare).breaks[0].rewrite
    rng = np.random.default_rng(3)
    values = {name: rng.uniform(0.5, 1.5, v.shape) for name, v in point.items()}
    shapes = declare or "A: m n, x: n, b: m"
    first, second = read(found.before, shapes), read(found.after, shapes)
    expected = first.evaluate({n: values[n] for n in first.variables})
    np.testing.assert_allclose(second.evaluate({n: values[n] for n in second.variables}), expected, rtol=1e-7)


def test_one_guard_is_put_at_all_places():
    (found,) = derive("r = A x - b; ||r|| + log(1 + ||r||)", "x").breaks
    assert found.rewrite.kind == "guarded"


def test_where_nothing_safe_is_known_nothing_is_offered():
    assert derive("1/x", "x", declare="x: scalar").breaks[0].rewrite is None
    assert derive("max(x)", "x", declare="x: n").breaks[0].rewrite is None


def test_squares_of_norms_are_spelled_without_a_root():
    assert unrooted("||A x - b||_2^2 + 2 ||X||_F^2 - ||y||_2 + ||z||_2^21") == "sum((A x - b).^2) + 2 sum(X.^2) - ||y||_2 + ||z||_2^21"
