"""An operator against the dense Hessian: every method, for many functions, at odd sizes and several points."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator, cg, eigsh, minres

import chainrule as cr
from chainrule.core.errors import DomainError, LimitError, ShapeError
from chainrule.compiling.structured import operator as module
from tests.compiling.structured.cases import (
    CODE, COVARIANCE, FACTORS_U, LOGISTIC, LOGSUMEXP, QUADRATIC, RIDGE, SIZES, SOFTMAX, SOFTMAX_RIDGE, TEXT, both,
    derivation, point, program,
)  # fmt: skip

SINGULAR = 1e-13  # of the largest eigenvalue
ROUNDING = 1e-5  # entries below which all is what rounding left: ‖x − y‖ has no curvature where x is one number
NAMES = [c[0] if isinstance(c[0], str) else c[0].__name__ for c in (*CODE, *TEXT)]


def close(found, wanted, tolerance=1e-9):
    scale = max(np.max(np.abs(wanted), initial=0.0), ROUNDING)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("sizes", range(len(SIZES)))
@pytest.mark.parametrize("case", [*CODE, *TEXT], ids=NAMES)
def test_every_method_gives_what_the_dense_hessian_gives(case, sizes):
    d = derivation(case)
    made = program(d)
    for seed in (0, 1):
        values = point(d, SIZES[sizes], seed)
        operator = made(**values)
        H = np.asarray(d.compile()(**values)).reshape(operator.shape)
        check(operator, H, seed)


def check(operator, H, seed):
    V = np.random.default_rng(seed).normal(size=(len(H), 3))
    v = V[:, 0]
    close(operator.dense(), H)
    close(operator @ v, H @ v)
    close(operator @ V, H @ V)
    close(operator @ v.reshape(operator.variable), (H @ v).reshape(operator.variable))
    close(v @ operator, v @ H)
    close(V.T @ operator, V.T @ H)
    close(operator.matvec(v[:, None]), (H @ v)[:, None])
    close(operator.rmatvec(v), H.T @ v)
    close(operator.T @ v, H.T @ v)
    close(operator.diagonal(), np.diag(H))
    values = np.linalg.eigvalsh(H)
    close(operator.trace(), np.sum(values), 1e-8 * len(H))
    close(operator.eigenvalues(), values)
    size = np.abs(values)
    if 0 < np.max(size) < ROUNDING:
        return
    if np.min(size) > SINGULAR * np.max(size):
        condition = np.max(size) / np.min(size)
        close(operator.solve(v), np.linalg.solve(H, v), 1e-12 * condition)
        close(operator.solve(V), np.linalg.solve(H, V), 1e-12 * condition)
        shaped = v.reshape(operator.variable)
        close(operator.solve(shaped), np.linalg.solve(H, v).reshape(operator.variable), 1e-12 * condition)
        sign, log = np.linalg.slogdet(H)
        found = operator.slogdet()
        assert found[0] == sign and found[1] == pytest.approx(log, abs=1e-12 * condition + 1e-9)
        assert operator.logdet() == found[1]
    else:
        with pytest.raises(DomainError):
            operator.solve(v)
        assert operator.slogdet() == (0.0, -np.inf)
    if not np.any((size > 1e-14 * np.max(size)) & (size < 1e-8 * np.max(size))):
        close(operator.solve(v, least_squares=True), np.linalg.pinv(H, rcond=1e-11, hermitian=True) @ v, 1e-6)


@pytest.mark.parametrize("case", [*CODE, *TEXT], ids=NAMES)
def test_every_method_works_without_scipy(case, monkeypatch):
    monkeypatch.setattr("chainrule.compiling.structured.dense.scipy_linalg", lambda: None)
    check(*both(case, SIZES[0]), 0)


@pytest.mark.parametrize("case", [*CODE, *TEXT], ids=NAMES)
def test_axes_of_one_entry_are_axes(case):
    check(*both(case, {"m": 1, "n": 2, "k": 1, "l": 1}), 0)
    check(*both(case, {"m": 2, "n": 1, "k": 3, "l": 1}), 0)


# ---------------------------------------------------------------- scipy


def test_scipy_takes_an_operator_as_it_is():
    operator, H = both(LOGISTIC, {"m": 30, "n": 6})
    b = np.arange(6.0)
    for solve in (cg, minres):
        x, failed = solve(operator, b, rtol=1e-12)
        assert not failed
        close(x, np.linalg.solve(H, b), 1e-8)
    largest = eigsh(operator, k=2, return_eigenvectors=False)
    close(np.sort(largest), np.linalg.eigvalsh(H)[-2:])
    twice = aslinearoperator(operator) + operator.aslinearoperator()
    assert isinstance(twice, LinearOperator)
    close(twice @ b, 2 * H @ b)


# -------------------------------------------------------------- large ones


def test_what_has_no_structure_and_is_large_is_solved_by_conjugate_gradients(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    monkeypatch.setattr("chainrule.compiling.structured.classify.ENOUGH", 1)
    operator, H = both(SOFTMAX_RIDGE, {"m": 12, "n": 7, "k": 3})
    assert [p.kind for p in operator.parts][-1] == "contracted, never formed"
    b = np.linspace(-1, 1, 21)
    close(operator.solve(b), np.linalg.solve(H, b), 1e-8)
    with pytest.raises(LimitError) as caught:
        operator.logdet()
    assert str(caught.value) == (
        "LimitError: a determinant needs a factorisation\n"
        f"  given:    {operator.text}: 21 rows\n"
        "  expected: a structure that gives it, or at most 10 rows\n"
        "  fix:      `scipy.sparse.linalg.eigsh(H, k)` gives the largest eigenvalues; H @ v needs no matrix"
    )
    with pytest.raises(LimitError, match="all eigenvalues need the matrix itself"):
        operator.eigenvalues()
    with pytest.raises(LimitError, match="least squares need its eigenvalues"):
        operator.solve(b, least_squares=True)


def test_conjugate_gradients_refuse_what_is_not_positive_definite(monkeypatch):
    monkeypatch.setattr("chainrule.compiling.structured.solvers.LARGEST", 3)
    operator, _ = both(QUADRATIC, {"n": 6})
    with pytest.raises(LimitError) as caught:
        operator.solve(np.ones(6))
    assert str(caught.value) == (
        "LimitError: the system was not solved\n"
        "  given:    a matrix that is not positive definite: a diagonal entry is zero or negative\n"
        "  expected: a residual of 1e-10 |b|\n"
        "  fix:      add a ridge, or use `scipy.sparse.linalg.minres(H, b)` with a preconditioner of your own"
    )


# ------------------------------------------------------------------- errors


def test_a_singular_hessian_is_refused_and_says_what_to_do():
    operator, _ = both(LOGSUMEXP, {"n": 4})
    with pytest.raises(DomainError) as caught:
        operator.solve(np.ones(4))
    assert str(caught.value) == (
        "DomainError: the Hessian in x is singular here\n"
        "  given:    diagonal and low rank cancel\n"
        "  expected: a matrix with an inverse\n"
        "  fix:      solve(b, least_squares=True) gives the solution of least norm; a ridge makes it unique"
    )


def test_an_array_of_another_shape_is_refused():
    operator, _ = both(FACTORS_U, {"m": 4, "n": 3, "k": 2})
    for use in (operator.__matmul__, operator.matvec, operator.matmat, operator.solve):
        with pytest.raises(ShapeError) as caught:
            use(np.ones((3, 5)))
        assert str(caught.value) == (
            "ShapeError: the operator cannot be applied to this array\n"
            "  given:    an array of shape 3 × 5\n"
            "  expected: 4 × 2 as U is, 8, or 8 × k"
        )


# -------------------------------------------------------------------- faces


def test_an_operator_says_what_it_is():
    operator, _ = both(FACTORS_U, {"m": 200, "n": 200, "k": 10})
    assert str(operator) == (
        "Hessian in U, 2000×2000\n"
        "block-diagonal over m: 200 equal blocks of 10×10, each 2VᵀV\n"
        "800 bytes besides the arguments, for a dense 32 MB"
    )
    assert repr(operator) == "<Operator 2000×2000: block-diagonal over m: 200 equal blocks of 10×10, each 2VᵀV>"
    assert operator._repr_html_() == (
        "<b>Hessian in U, 2000×2000</b><br>block-diagonal over m: 200 equal blocks of 10×10, each 2VᵀV<br>"
        "800 bytes besides the arguments, for a dense 32 MB<table><tr><td>dense</td><td>2VᵀV</td><td>800 bytes</td></tr></table>"
    )


def test_parts_name_their_kinds_and_memory():
    operator, _ = both(RIDGE, {"m": 2000, "n": 200})
    assert [(p.kind, p.text) for p in operator.parts] == [("multiple of the identity", "2λ I"), ("BᵀDB", "2AᵀA")]
    assert [p.nbytes for p in operator.parts] == [8, 8]
    assert repr(operator.parts) == "(<Part multiple of the identity: 2λ I>, <Part BᵀDB: 2AᵀA>)"
    operator, _ = both(COVARIANCE, {"n": 9})
    assert {p.kind for p in operator.parts} == {"Kronecker, turned"}
    assert operator.nbytes == 3 * 9 * 9 * 8
    operator, _ = both(SOFTMAX, {"m": 100, "n": 40, "k": 10})
    assert [p.kind for p in operator.parts] == ["contracted, never formed"]
    assert operator.nbytes == 8 * 100 * 10


@pytest.mark.parametrize("case", [("x^4", "x: scalar"), ("sum(exp(A x))", "")])
def test_an_operator_is_applied_to_numbers(case):
    function, shapes = case
    made = cr.hessian(function, "x", declare=shapes or None).compile(structured=True)
    operator = made(x=1.5) if shapes else made(A=np.eye(3), x=np.ones(3))
    for use in (lambda v: operator @ v, operator.matvec, operator.matmat, operator.solve):
        for wrong in ("abc", None, [[1.0], [1.0, 2.0]]):
            with pytest.raises(ShapeError, match="is not an array of numbers"):
                use(wrong)


def test_a_complex_right_hand_side_has_a_complex_solution():
    operator = cr.hessian("sum(exp(x))", "x").compile(structured=True)(x=np.array([0.0, 1.0]))
    b = np.array([1 + 2j, 3j])
    np.testing.assert_allclose(operator @ operator.solve(b), b)
