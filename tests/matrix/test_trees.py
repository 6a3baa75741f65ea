"""Matrix trees of nodes built by hand: each cosmetic rule with its text, ASCII and NumPy."""

from fractions import Fraction

import pytest

from chainrule.core.algebra import (
    add, broadcast, contract, diag, diagonal, dot, identity, mean_axes, ones, outer, power, sum_axes, total, trace, var_axes, zeros,
)
from chainrule.core.node import size, symbol
from chainrule.core.shaping import concatenate, cumsum, kron, reshape, slice_axis
from chainrule.matrix import render, sketch
from chainrule.ops.activations import sigmoid
from chainrule.ops.elementary import abs, exp, log, step, tanh
from chainrule.ops.linalg import det, inverse, logdet
from chainrule.ops.structured import amax, logsumexp, softmax
from tests.matrix.checks import checked

A, B, M, x, y, b = symbol("A", "mn"), symbol("B", "nn"), symbol("M", "mn"), symbol("x", "n"), symbol("y", "n"), symbol("b", "m")
S, t, mu, P = symbol("S", "nn", ["posdef"]), symbol("t"), symbol("mu", "n"), symbol("P", "mn", ["positive"])
HALF = Fraction(1, 2)
n, m = size("n"), size("m")
norm = power(dot(x, x), HALF)

CASES = [
    # node, unicode, ASCII, NumPy
    ((A @ B).T, "BᵀAᵀ", "B^T A^T", "(A@B).T"),
    (S.T @ x, "Sx", "S x", "S@x"),
    (inverse(B).T, "B⁻ᵀ", "B^-T", "np.linalg.inv(B).T"),
    (inverse(B) @ x, "B⁻¹x", "B^-1 x", "np.linalg.solve(B,x)"),
    (-(A.T @ (b - A @ x)), "Aᵀ(Ax − b)", "A^T (A x - b)", "A.T@(A@x-b)"),
    (x / norm, "x/‖x‖", "x / ||x||_2", "x/np.linalg.norm(x)"),
    (outer(x, x) / norm**3, "xxᵀ/‖x‖³", "x x^T / ||x||_2^3", "np.outer(x,x)/np.linalg.norm(x)**3"),
    (norm**2, "‖x‖²", "||x||_2^2", "x@x"),
    (power(total(A**2), HALF), "‖A‖_F", "||A||_F", "np.linalg.norm(A)"),
    (dot(x, B @ y), "xᵀBy", "x^T B y", "x@B@y"),
    (trace(B @ S), "tr(BS)", "tr(B S)", "np.trace(B@S)"),
    (trace(A.T @ A), "‖A‖_F²", "||A||_F^2", "np.sum(A**2)"),
    (total(x), "𝟏ᵀx", "ones^T x", "np.sum(x)"),
    (total(A), "sum(A)", "sum(A)", "np.sum(A)"),
    (sum_axes(A, (1,)), "A𝟏", "A ones", "np.sum(A,axis=1)"),
    (sum_axes(A, (0,)), "Aᵀ𝟏", "A^T ones", "np.sum(A,axis=0)"),
    (mean_axes(x, (0,)), "mean(x)", "mean(x)", "np.mean(x)"),
    (var_axes(x, (0,)), "var(x)", "var(x)", "np.var(x)"),
    (mean_axes(A, (1,)), "A𝟏/n", "A ones / n", "np.mean(A,axis=1)"),
    (diag(x) @ B, "diag(x) B", "diag(x) B", "x[:,None]*B"),
    (A @ diag(x), "A diag(x)", "A diag(x)", "A*x"),
    (A @ diag(x) @ B, "A diag(x) B", "A diag(x) B", "(A*x)@B"),
    (diagonal(B), "diag(B)", "diag(B)", "np.diag(B)"),
    (1 - tanh(x) ** 2, "1 − tanh(x)²", "1 - tanh(x)^2", "1-np.tanh(x)**2"),
    (1 - tanh(A) ** 2, "1 − tanh(A).²", "1 - tanh(A).^2", "1-np.tanh(A)**2"),
    (identity("n") - outer(x, x), "I − xxᵀ", "I - x x^T", "np.eye(x.shape[0])-np.outer(x,x)"),
    (A * M / P, "A ⊙ M ⊘ P", "A .* M ./ P", "A*M/P"),
    (x / (1 + y**2), "x ⊘ (1 + y²)", "x ./ (1 + y^2)", "x/(1+y**2)"),
    (step(A @ x), "[Ax > 0]", "(A x > 0)", "1.0*(A@x>0)"),
    (A.T @ step(b), "Aᵀ[b > 0]", "A^T (b > 0)", "A.T@(b>0)"),
    (sigmoid(x), "σ(x)", "sigmoid(x)", "1/(1+np.exp(-x))"),
    (1 - sigmoid(x), "1 − σ(x)", "1 - sigmoid(x)", "1/(1+np.exp(x))"),
    (exp(-x), "exp(−x)", "exp(-x)", "np.exp(-x)"),
    (abs(x), "|x|", "abs(x)", "np.abs(x)"),
    (det(S) * S, "det(S) S", "det(S) S", "np.linalg.det(S)*S"),
    (log(P), "log(P)", "log(P)", "np.log(P)"),
    (logdet(B), "logdet(B)", "logdet(B)", "np.linalg.slogdet(B)[1]"),
    (t * B @ x, "tBx", "t B x", "t*B@x"),
    (2 * mu / n, "2μ/n", "2 mu / n", "2*mu/A.shape[1]"),
    (A + broadcast(x, A.dims, (1,)), "A + 𝟏xᵀ", "A + ones x^T", "A+x"),
    (A - broadcast(mean_axes(A, (1,)), A.dims, (0,)), "A − A𝟏𝟏ᵀ/n", "A - A ones ones^T / n", "A-np.mean(A,axis=1,keepdims=True)"),
    (ones("mn"), "𝟏𝟏ᵀ", "ones(m, n)", "np.ones(A.shape)"),
    (identity("n"), "I", "eye(n)", "np.eye(A.shape[1])"),
    (cumsum(x, 0), "tril(𝟏𝟏ᵀ) x", "tril(ones(n, n)) x", "np.tril(np.ones(B.shape))@x"),
    (slice_axis(x, 0, 1, "n"), "x[1:]", "x[1:]", "x[1:]"),
    (softmax(A, axes=(1,)), "softmax(A)", "softmax(A)", "np.exp(A)/np.sum(np.exp(A),axis=1,keepdims=True)"),
    (softmax(A @ x, axes=(0,)), "softmax(Ax)", "softmax(A x)", "E=np.exp(A@x)\nE/np.sum(E)"),
    (logsumexp(A, axes=(1,)), "logsumexp(A)", "logsumexp(A)", "np.log(np.sum(np.exp(A),axis=1))"),
    (amax(A, axes=(1,)), "max(A, axis=1)", "max(A, axis=1)", "np.max(A,axis=1)"),
    (kron(A, B), "A ⊗ B", "kron(A, B)", "np.kron(A,B)"),
    (power(P, t), "P.^t", "P.^t", "P**t"),
    (inverse(B + B.T), "(B + Bᵀ)⁻¹", "(B + B^T)^-1", "np.linalg.inv(B+B.T)"),
    (contract("i", (A, "ij"), (M, "ij"), (x, "j")), "(A ⊙ M)x", "(A .* M) x", "(A*M)@x"),
]


@pytest.mark.parametrize("node, unicode, ascii, source", CASES, ids=[c[1] for c in CASES])
def test_spelling(node, unicode, ascii, source):
    r = checked(node, variables=(A, B, M))
    assert (r.form, r.text(), r.ascii(), r.numpy()) == ("matrix", unicode, ascii, source)


SAME_VALUES = {
    "softmax over columns": softmax(A, axes=(0,)),
    "softmax over columns, used": softmax(A, axes=(0,)) @ x,
    "sum of row and column broadcasts": add(broadcast(b, A.dims, (0,)), broadcast(x, A.dims, (1,))),
    "a row broadcast alone": broadcast(x, A.dims, (1,)),
    "a broadcast contracted": broadcast(x, A.dims, (1,)) @ B,
    "quotients by rows": A / broadcast(power(sum_axes(P, (1,)), HALF), A.dims, (0,)),
    "quotients by columns": A / broadcast(1 + x**2, A.dims, (1,)),
    "masks multiplied": step(x) * step(y),
    "masks subtracted": step(x) - step(y),
    "a mask negated": -step(x),
    "a mask on the diagonal": diag(step(x)),
    "reshape to a vector": reshape(A, ["m", "n"]) @ x,
    "flat": reshape(outer(b, x), [A.dims[0] * A.dims[1]]),
    "concatenated": concatenate([x, b], 0),
    "slices of both axes": slice_axis(slice_axis(A, 0, 1, "m"), 1, 0, -1),
    "kron with itself": trace(kron(B, B)),
    "logsumexp over columns": logsumexp(A, axes=(0,)),
    "a sum of three chains": B @ B.T @ S + B.T @ B + S @ B,
    "a bilinear form with a diagonal": dot(x, diag(y) @ (B @ x)),
    "roots of constants": tanh(x) * power(2 / symbol("q", (), ["positive"]), HALF),
    "nested norms": x / power(dot(x, x) + dot(y, y), Fraction(3, 2)),
    "cyclic sum": total((A @ B) * M),
    "three factors in a trace": trace(B @ inverse(S) @ B.T),
}


@pytest.mark.parametrize("name", SAME_VALUES)
def test_values(name):
    checked(SAME_VALUES[name], variables=(A, B, M, b))


def test_sketch_is_short():
    assert sketch(A.T @ (A @ x - b)) == "Aᵀ(Ax − b)"
    assert len(sketch(total(tanh(A @ B @ B @ B @ B @ B @ x + b) ** 4 * exp(A @ x) * exp(3 * (A @ y)) * tanh(A @ mu)))) <= 120


def test_zero_results_have_their_shape():
    r = checked(zeros("mn"), variables=(A,))
    assert (r.text(), r.ascii(), r.numpy()) == ("0", "zeros(m, n)", "np.zeros(A.shape)")
    assert checked(zeros("mnmn"), wrt=A, out_ndim=2, variables=(A,)).text() == "0"


def test_without_symbols_sizes_come_from_the_variable_of_the_result():
    assert render(identity("n"), 0, "X").numpy() == "np.eye(X.shape[0])"


def test_names_of_sizes_do_not_run_into_other_names():
    u, BA = symbol("A", "n"), symbol("BA", "mn")
    checked(outer(u, u) / n + identity("n") / n**2 - (BA.T @ BA) / (m * n * m) + identity("n") * m, variables=(u, BA))
