"""`curvature`: what the second derivative says."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.core.errors import ChainruleError, DomainError, LimitError, ShapeError
from chainrule.explain.curvature import measured
from chainrule.explain.curvature.conditioning import damping
from chainrule.explain.curvature.rows import direction, iterations

LOGISTIC = "mean(log(1 + exp(-t .* (X w))))"
SHAPES = "X: n d, w: d, t: n labelspm1"


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return {"X": rng.normal(size=(40, 3)) * [1, 1.1, 20], "t": np.sign(rng.normal(size=40))}


@pytest.fixture(scope="module")
def logistic(data):
    return cr.curvature(LOGISTIC, "w", at={"w": np.zeros(3)}, data=data, declare=SHAPES)


def test_a_logistic_loss_is_told_as_in_the_sketch(logistic, data):
    X = data["X"]
    values = np.linalg.eigvalsh(X.T @ X / 4 / len(X))
    np.testing.assert_allclose(logistic.eigenvalues, values, rtol=1e-10)
    assert logistic.definiteness == "positive definite" and logistic.condition == pytest.approx(values[-1] / values[0])
    assert logistic.rates.stable == pytest.approx(2 / values[-1]) and logistic.convexity.verdict == "convex"
    text = str(logistic)
    assert "forecast  3×3, 72 bytes; with d = 10⁶ it would take 8 TB" in text
    assert "∇²f = Xᵀ diag(s ⊙ (1 − s)) X/n" in text and "column 3 of X has scale 17, the median is 1.1" in text
    assert "globally  convex for every w" in text


def test_what_would_help_is_computed_and_not_asserted(logistic, data):
    X = data["X"]
    scaled = X / X.std(axis=0)
    told = {w.what: w.condition for w in logistic.tried}
    assert told["columns of X divided by their spread"] == pytest.approx(np.linalg.cond(scaled.T @ scaled))
    centred = (X - X.mean(axis=0)) / X.std(axis=0)
    assert told["columns of X standardised"] == pytest.approx(np.linalg.cond(centred.T @ centred))
    H = X.T @ X
    d = 1 / np.sqrt(np.diag(H))
    (diagonal,) = [w.condition for w in logistic.tried if "diagonal" in w.what]
    assert diagonal == pytest.approx(np.linalg.cond(d[:, None] * H * d))
    mu = damping(logistic.spectrum, 100)
    assert (logistic.spectrum.high + mu) / (logistic.spectrum.low + mu) == pytest.approx(100)


def test_scaled_columns_are_looked_at_where_the_predictions_are_the_same(data):
    w = np.array([0.3, -0.2, 0.05])
    found = cr.curvature(LOGISTIC, "w", at={"w": w}, data=data, declare=SHAPES)
    s = data["X"].std(axis=0)
    p = 1 / (1 + np.exp(-data["X"] @ w))
    Z = data["X"] / s
    told = {x.what: x.condition for x in found.tried}
    assert told["columns of X divided by their spread"] == pytest.approx(np.linalg.cond(Z.T @ ((p * (1 - p))[:, None] * Z)))


@pytest.mark.parametrize(
    ("f", "at", "kind"),
    [
        ("(1-x)^2 + 100 (y-x^2)^2", "x=1, y=1", "a strict local minimum"),
        ("x^2 - y^2", "x=0, y=0", "a saddle point"),
        ("-x^4 + 2 x^2 - y^2", "x=1, y=0", "a strict local maximum"),
        ("x^3 + y^2", "x=0, y=0", "degenerate: the second derivative does not decide what kind of point it is"),
        ("x^4 - y^4", "x=0, y=0", "degenerate: the second derivative does not decide what kind of point it is"),
        ("x^4 + y^4", "x=0, y=0", "a global minimum, since the function is convex"),
        ("-x^4 - y^2", "x=0, y=0", "a global maximum, since the function is concave"),
        ("x^2 + y^2", "x=1, y=0", None),
    ],
)
def test_a_critical_point_has_a_kind_or_is_undecided(f, at, kind):
    assert cr.curvature(f, at=at).kind_of_point == kind


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_agree_with_numpy_on_random_quadratics(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    A = rng.normal(size=(n, n))
    A = A + A.T + rng.choice([-6, 0, 6]) * np.eye(n)
    found = cr.curvature("x' A x / 2 + b' x", "x", at={"x": rng.normal(size=n)}, data={"A": A, "b": rng.normal(size=n)})
    values = np.linalg.eigvalsh(A)
    np.testing.assert_allclose(found.eigenvalues, values, atol=found.bound)
    assert found.definiteness == ("positive definite" if values[0] > 0 else "negative definite" if values[-1] < 0 else "indefinite")
    assert (found.rates is None) == (found.definiteness not in ("positive definite",))
    at_rest = cr.curvature("x' A x / 2 + b' x", "x", at={"x": np.linalg.solve(A, -(b := rng.normal(size=n)))}, data={"A": A, "b": b})
    assert at_rest.kind_of_point is not None  # the gradient there is rounding


@pytest.mark.parametrize("step", [0.5, 0.99, 1.01])
def test_gradient_descent_goes_as_it_is_told(step):
    """On x'Ax/2 the step 2/λmax parts convergence from divergence, and the best step has the factor that is told."""
    rng = np.random.default_rng(1)
    A = rng.normal(size=(6, 4))
    H = A.T @ A
    found = cr.curvature("x' H x / 2", "x", data={"H": H}, declare="H: n n symmetric")
    x = y = np.ones(4)
    for _ in range(4000):
        x = x - step * found.rates.stable * (H @ x)
    assert (np.linalg.norm(x) < 1) == (step < 1)
    for _ in range(int(np.ceil(found.rates.digit)) * 8):
        y = y - found.rates.best * (H @ y)
    assert np.linalg.norm(y) < 1e-7 * np.linalg.norm(np.ones(4)) * np.sqrt(4)


def test_several_variables_are_taken_together_and_side_by_side(data):
    found = cr.curvature("||X w + b 1 - t||^2", "w, b", data=data)
    X1 = np.c_[data["X"], np.ones(40)]
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(2 * X1.T @ X1), rtol=1e-9)
    assert list(found.blocks()) == ["w", "b"] and found.blocks()["b"].values.tolist() == [80]
    assert "blocks    w: λ" in str(found) and "b: λ 80" in str(found)
    standardised = next(w for w in found.tried if "standardised" in w.what)
    assert "intercept" not in standardised.aside  # there is one


def test_a_place_that_nobody_gave_is_drawn_and_said():
    found = cr.curvature("sum(exp(x))", "x")
    assert ("at", found.place.written(), "drawn") in found.rows() and any("drawn at random" in n for n in found.notes)
    constant = cr.curvature("||A x||^2", "x", data={"A": np.eye(3)})
    assert constant.constant and constant.notes == constant.problem.notes and "every point: the Hessian is constant" in str(constant)


def test_a_hessian_that_convexity_says_more_of():
    text = str(cr.curvature("||A x - b||^2", "x", data={"A": np.ones((2, 4)), "b": np.ones(2)}))
    assert "positive semidefinite: 3 of 4 eigenvalues within" in text and "none below, since the function is convex" in text
    assert "κ         at least" in text


SMALL = 40  # entries: from here on a Hessian is probed, for these tests


@pytest.fixture
def probed(monkeypatch):
    monkeypatch.setattr(measured, "FORMED", SMALL)
    monkeypatch.setattr("chainrule.explain.curvature.door.FORMED", SMALL)


def test_a_large_hessian_is_told_by_products(probed):
    rng = np.random.default_rng(3)
    M, U, V = rng.normal(size=(20, 9)), rng.normal(size=(20, 4)), rng.normal(size=(9, 4))
    found = cr.curvature("||M - U V^T||_F^2", "U, V", at={"U": U, "V": V}, data={"M": M})
    H = found.place.objective.hessian(found.place.x)
    values = np.linalg.eigvalsh(H)
    assert found.spectrum is None and found.definiteness == "indefinite"
    assert found.measured.largest == pytest.approx(values[-1], rel=1e-6) and found.measured.least == pytest.approx(values[0], rel=1e-5)
    assert abs(found.measured.trace.value - np.trace(H)) <= 5 * found.measured.trace.error
    text = str(found)
    assert "Lanczos; an eigenvalue within" in text and "Hutch++, standard error" in text
    assert list(found.pictures()) == ["density"]


def test_a_structure_gives_all_eigenvalues_of_a_large_hessian(probed):
    found = cr.curvature("sum(x.^4)", "x", at={"x": np.arange(1.0, 101)})
    np.testing.assert_allclose(found.eigenvalues, 12 * np.arange(1.0, 101) ** 2)
    assert found.definiteness == "positive definite" and "by the structure" in str(found)
    assert found.condition == pytest.approx(1e4) and list(found.pictures()) == ["spectrum", "descent"]


def test_a_large_definite_hessian_is_an_estimate_and_said_to_be(probed):
    A = np.random.default_rng(0).normal(size=(300, 50))
    found = cr.curvature("sum(log(1 + exp(A x)))", "x", at={"x": np.zeros(50)}, data={"A": A})
    values = np.linalg.eigvalsh(A.T @ A / 4)
    assert found.condition == pytest.approx(values[-1] / values[0], rel=1e-3)
    assert "positive definite, as far as Lanczos sees: estimated" in str(found)


@pytest.mark.parametrize("of_function", ["numpy", "torch", "jax"])
def test_code_of_ones_own_is_as_good_as_a_formula(of_function):
    x = np.array([0.5, -1.0])
    if of_function == "numpy":
        found = cr.curvature(lambda x: np.sum(np.exp(x)) + x[0] * x[1], at={"x": x}, x="n")
    elif of_function == "torch":
        found = cr.curvature(cr.from_torch(lambda x: torch.sum(torch.exp(x)) + x[0] * x[1], x="2"), at={"x": x})
    else:
        found = cr.curvature(cr.from_jax(lambda x: jnp.sum(jnp.exp(x)) + x[0] * x[1], x=x), at={"x": x})
    H = np.diag(np.exp(x)) + np.array([[0, 1], [1, 0]])
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(H), atol=1e-12)


def test_it_is_plain_data_and_has_pictures(logistic):
    plain = json.loads(json.dumps(logistic.to_dict()))
    assert plain["format"] == "chainrule.curvature/1" and plain["definiteness"] == "positive definite"
    assert plain["eigenvalues"] == logistic.eigenvalues.tolist() and plain["descent"]["stable_below"] == logistic.rates.stable
    assert list(logistic.pictures()) == ["spectrum", "descent"]
    of_two = cr.curvature("(1-x)^2 + 100 (y-x^2)^2", at="x=1, y=1")
    assert list(of_two.pictures()) == ["spectrum", "axes", "descent"]
    for found in (logistic, of_two):
        for name in found.pictures():
            assert str(found.plot(name)).startswith("<svg") and "NaN" not in str(found.plot(name, width=360))


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda: cr.curvature("A x", "x"), ShapeError, "only of a number"),
        (lambda: cr.curvature("sum(log(x))", "x", at={"x": [-1.0, 1.0]}), DomainError, "no value there"),
        (lambda: cr.curvature("||x||", "x", at={"x": [0.0, 0.0]}), DomainError, "no (gradient|second derivative) there"),
        (lambda: cr.curvature("||x||^2", "x", at={"x": [1.0, np.nan]}), DomainError, "there"),
        (lambda: cr.curvature("||A x||^2", "z"), ChainruleError, "z"),
        (lambda: cr.curvature("||A x||^2", "x", at={"x": [1.0, 2.0]}, data={"A": np.ones((2, 3))}), ShapeError, "shape"),
        (lambda: cr.curvature("logdet(S)", "S", declare="S: n n posdef"), DomainError, "posdef"),
        (lambda: cr.curvature(""), ChainruleError, "empty"),
        (lambda: cr.curvature("x^2", seed=-1), ChainruleError, "`seed` is a whole number"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(ask, error, match):
    with pytest.raises(error, match=match):
        ask()


def test_no_memory_for_it_is_an_error_with_figures(monkeypatch):
    monkeypatch.setenv("CHAINRULE_MEMORY", "100 kB")
    with pytest.raises(LimitError, match="300×300, would take 720 kB"):
        cr.curvature("sum(exp(A x))", "x", sizes={"n": 300, "m": 3})


def test_directions_and_counts_are_written_for_people():
    assert direction(["x", "y"], np.array([0.6, -0.8])) == "0.8 y − 0.6 x"
    assert direction(["a", "b", "c", "d", "e"], np.array([0.1, -0.9, 0.2, 0.3, 0.2])).endswith("+ …")
    assert (iterations(1.0), iterations(2.2), iterations(float("inf"))) == ("1 iteration", "3 iterations", "no end of iterations")


def test_a_gradient_beyond_the_roots_of_the_largest_number_does_not_vanish():
    found = cr.curvature("exp(x) + exp(-y)", at="x=700, y=0")
    assert not found.slope.vanishes and found.kind_of_point is None and np.isfinite(found.slope.norm)


@pytest.mark.parametrize(("f", "at", "kink"), [("|x| + y^2", "x=0, y=1", True), ("relu(x)^2 + y^2", "x=0, y=1", True), ("|x|^3 + y^2", "x=0, y=1", False), ("|x| + y^2", "x=1, y=1", False)])
def test_a_kink_through_the_point_is_told(f, at, kink):
    assert any("kink" in note for note in cr.curvature(f, at=at).notes) == kink


def test_a_hessian_of_zeros_has_no_condition_number():
    rows = {label: text for label, text, _ in cr.curvature("x + y", at="x=1, y=1").rows()}
    assert rows["κ"] == "none: the Hessian is zero" and rows["verdict"].startswith("zero")


def test_whether_the_function_is_convex_may_depend_on_the_data_that_are_given():
    ridge, X = "||X w - y||^2 + lam ||w||^2", np.eye(4, 2)
    known = cr.curvature(ridge, "w", at="w=0", data={"X": X, "y": np.ones(4), "lam": 0.1})
    assert known.convexity.verdict == "convex" and known.for_data and "for the data that are given" in str(known)
    assert not cr.curvature(ridge, "w", at="w=0", declare="lam: positive", data={"X": X}).for_data
    assert cr.curvature(ridge, "w", at="w=0", data={"X": X, "y": np.ones(4), "lam": -3.0}).convexity.verdict != "convex"


def test_at_a_kink_there_is_no_gradient_and_no_constant_hessian():
    at_kink, beside = cr.curvature("|x|", at=0), cr.curvature("|x|", at=1)
    assert at_kink.kink == "slope" and "gradient  none: a kink" in str(at_kink) and "at        x = 0" in str(at_kink)
    assert not beside.kink and cr.curvature("relu(x)^2", at=0).kink == "curvature"
