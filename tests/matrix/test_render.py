"""Renderings as a whole: names, layouts, forms beyond matrices, depth, and the same text for every hash seed."""

import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule.core.algebra import add, contract, dot, outer, total
from chainrule.core.node import symbol
from chainrule.core.shaping import kron
from chainrule.derivation.derive import derive
from chainrule.matrix import cost, render
from chainrule.ops.activations import gelu
from chainrule.ops.elementary import exp, tanh
from chainrule.ops.linalg import inverse
from chainrule.ops.structured import softmax
from tests.matrix.checks import checked, run, values_for
from tests.reference import evaluate

A, B, x, b, W = symbol("A", "mn"), symbol("B", "nn"), symbol("x", "n"), symbol("b", "m"), symbol("W", "nn")
X, Y = symbol("X", "mn"), symbol("Y", "nn")


# ------------------------------------------------------------------ names


def test_the_users_names_win():
    r = A @ x - b
    shown = checked(A.T @ r * exp(dot(r, r)), names={r: "r"})
    assert shown.text() == "exp(‖r‖²)Aᵀr" or shown.text() == "exp(‖r‖²) Aᵀr"
    assert shown.where_text() == {"r": "Ax − b"}
    assert shown.ascii().splitlines()[0] == "r = A x - b"


def test_names_within_names_are_defined_in_order():
    h = tanh(A @ x)
    g = tanh(W @ (A.T @ h) + x)
    shown = checked(g * (1 - g**2) + A.T @ h, names={g: "g", h: "h"})
    assert list(shown.where_text()) == ["h", "g"]


def test_a_name_that_does_not_occur_is_not_defined():
    shown = checked(2 * x, names={tanh(A @ x): "h"}, variables=(A,))
    assert shown.where == []


def test_names_never_collide_with_variables():
    s, p = symbol("s", "n"), symbol("p", "n")
    q = softmax(s + p, axes=(0,))
    shown = checked(q * (p - dot(p, q)), variables=(s, p))
    assert shown.text() == "q ⊙ (p − pᵀq)"


def test_short_repetitions_stay():
    r = A @ x - b
    assert checked(A.T @ r * dot(r, r) ** -1).where == []


# ------------------------------------------------------------------ layouts


def test_row_layout_lays_gradients_down():
    node = 2 * (A.T @ (A @ x - b))
    assert render(node, 0, x, layout="row").text() == "2(Ax − b)ᵀA"
    gradient = inverse(Y).T
    assert render(gradient, 0, Y, layout="row").text() == "Y⁻¹"


def test_row_layout_keeps_jacobians_and_hessians():
    assert render(A, 1, x, layout="row").text() == "A"
    assert render(A.T @ A, 0, x, layout="row").text() == "AᵀA"


def test_row_layout_keeps_the_values():
    node = A.T @ tanh(A @ x - b) * 3
    r = render(node, 0, x, taken=(A, x, b), layout="row")
    values, _ = values_for([A, x, b])
    assert np.allclose(r.evaluate(values), run(r.numpy(), values))


# ------------------------------------------------------------------ beyond two axes

BEYOND = {
    "inverse": (contract("ijkl", (Y, "ik"), (Y, "lj"), coef=-1), Y, "−Y dY Y", "−(Yᵀ ⊗ Y)", "−Y_ik Y_lj"),
    "transpose": (contract("ijji", dims={"i": A.dims[1], "j": A.dims[0]}), X, "dXᵀ", "K", "δ_jk δ_il"),
    "elementwise": (contract("ijij", (A, "ij")), X, "A ⊙ dX", "diag(vec(A))", "δ_ik δ_jl A_ij"),
    "rank one": (contract("ijkl", (A, "ij"), (X, "kl")), X, "sum(X ⊙ dX) A", "vec(A) vec(X)ᵀ", "A_ij X_kl"),
}


def test_forms_beyond_two_axes():
    for node, wrt, differential, kronecker, index in BEYOND.values():
        r = checked(node, wrt=wrt, out_ndim=2, variables=(wrt,))
        assert [f.form for f in (r, *r.alternatives)] == ["differential", "kronecker", "index"]
        assert [f.text() for f in (r, *r.alternatives)][1:] == [kronecker, index]
        assert r.form == "differential" and (r.text() == differential or "⊙" in differential)


def test_the_index_form_says_which_subscript_is_which_axis():
    r = checked(contract("ijk", (symbol("T", "mnn"), "ijk"), (x, "k")), wrt=x, out_ndim=1)
    index = [f for f in (r, *r.alternatives) if f.form == "index"][0]
    assert index.ascii().startswith("D_ijk = ")


def test_vectors_by_matrices():
    r = checked(contract("iik", (x, "k"), dims={"i": A.dims[0]}), wrt=A, out_ndim=1, variables=(A,))
    assert (r.form, r.text()) == ("differential", "dA x")
    assert r.numpy() == "np.einsum('ij,k->ijk',np.eye(A.shape[0]),x)"


def test_sums_of_three_axes_inside_a_product():
    p = symbol("P", "mn")
    # δ_ik (δ_jl P_ij − P_ij P_il), the derivative of a softmax of rows
    three = add(contract("ijj", (p, "ij")), contract("ijk", (p, "ij"), (p, "ik"), coef=-1))
    node = contract("ijil", (three, "ijl"))
    r = checked(node, wrt=X, out_ndim=2, variables=(X,))
    assert r.text() == "P ⊙ dX − diag((P ⊙ dX)𝟏) P"


def test_kron_of_matrices_by_one_of_them():
    D = symbol("D", "pq")
    node = contract("abcd", (contract("abcd", (A, "ab"), (D, "cd")), "abcd"))
    assert checked(node, wrt=D, out_ndim=2, variables=(D,)).form in ("differential", "index")
    assert checked(kron(A, D), wrt=D).text() == "A ⊗ D"


# ------------------------------------------------------------------ depth, size, determinism


def deep(length: int, step):
    node = x
    for k in range(length):
        node = step(node, k)
    return node


@pytest.mark.parametrize(
    "length, step",
    [
        (5000, lambda h, k: tanh(W @ h + x * (1 + k % 7))),
        (5000, lambda h, k: W @ h + x * (1 + k % 7)),
        (1500, lambda h, k: h + tanh(W @ h) * (1 + k % 3)),
    ],
    ids=["network", "linear", "residual"],
)
def test_deep_graphs_do_not_overflow_the_stack(length, step):
    node = deep(length, step)
    assert cost(node) > 0
    r = render(node, 1, x, taken=(W, x))
    assert len(r.text()) < 5000 and len(r.latex()) < 10_000
    values = {"W": np.eye(3) * 0.3, "x": np.ones(3) / 9}
    expected = evaluate(node, values)
    assert np.allclose(r.evaluate(values), expected)
    assert np.allclose(run(r.numpy(), values), expected)


def test_cost_prefers_the_factored_form():
    r = A @ x - b
    assert cost(A.T @ r) < cost(A.T @ A @ x - A.T @ b)
    assert cost(outer(x, x) + outer(x, b @ A)) > cost(outer(x, x + A.T @ b))
    assert cost(total(exp(x))) < cost(total(exp(x)) + total(tanh(x)))


PROGRAM = """
from chainrule.derivation.derive import derive
for f, w, o in [("logsumexp(A x)", "x", 2), ("softmax(X)", "X", 1), ("tr((X^T C X)^-1 (X^T B X))", "X", 1), ("||X - X W W^T||_F^2", "W", 1)]:
    r = derive(f, w, o, seal=False).rendering
    print(r.text(), r.where_text(), r.numpy(), r.latex(), [a.text() for a in r.alternatives])
"""


def test_the_same_text_for_every_hash_seed():
    shown = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf8"}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
        shown.add(done.stdout)
    assert len(shown) == 1


# ------------------------------------------------------------------ slices, complex steps


def test_batches_are_sums_of_slices():
    d = derive("sum(logsumexp(X W)) - sum(Y .* (X W))", "W", order=2)
    shown = [f for f in d.rendering.alternatives if f.form == "slices"][0]
    assert shown.text() == "Σᵢ (diag(Pᵢ) − Pᵢ Pᵢᵀ) ⊗ (Xᵢ Xᵢᵀ)"
    assert shown.ascii() == "P = softmax(X W)\nsum_i kron(diag(P_i) - P_i P_i^T, X_i X_i^T)"
    checked(d.node, wrt="W", out_ndim=0, variables=d.parameters)


def test_evaluate_continues_to_complex_values():
    r = A @ x - b
    node = A.T @ tanh(r) / dot(r, r) ** 2 + inverse(W) @ x * dot(r, r) ** 0.5
    shown = render(node, 1, x, taken=(A, x, b, W))
    values, sizes = values_for([A, x, b, W])
    step = {**values, "x": values["x"] + 1e-20j * np.arange(1, 1 + len(values["x"]))}
    back, forth = (
        evaluate(node, {**values, "x": values["x"] + sign * 1e-6 * np.arange(1, 1 + len(values["x"]))}, sizes)
        for sign in (-1, 1)
    )
    assert np.allclose(np.imag(shown.evaluate(step)) / 1e-20, (forth - back) / 2e-6, rtol=1e-5)


def test_functions_that_numpy_lacks_are_imported():
    shown = checked(gelu(x), variables=(x,))
    assert shown.numpy().splitlines()[0].endswith("import erf")
