"""Minima of functions of data: those of scikit-learn's estimators, and those that can be written down."""

import numpy as np
import pytest
from sklearn import datasets, linear_model

import chainrule as cr
from chainrule.core.errors import BackendError, DeclarationError, DomainError, ShapeError, UnknownNameError
from chainrule.training.methods import METHODS

RNG = np.random.default_rng(0)
X, W_TRUE = RNG.normal(size=(40, 3)), np.array([1.0, -2.0, 0.5])
Y = X @ W_TRUE + 0.1 * RNG.normal(size=40)
RIDGE, SHAPES = "||X w - y||^2 + lam ||w||^2", "X: n d, w: d, y: n, lam: positive"
DATA = {"X": X, "y": Y, "lam": 2.0}
SOLVED = np.linalg.solve(X.T @ X + 2.0 * np.eye(3), X.T @ Y)


def standardised(load):
    data, target = load(return_X_y=True)
    return (data - data.mean(axis=0)) / np.maximum(data.std(axis=0), 1e-12), target


@pytest.mark.parametrize("method", [None, *METHODS, "L-BFGS-B", "trust-krylov"])
def test_every_method_finds_the_ridge_solution(method):
    found = cr.minimize(RIDGE, "w", DATA, declare=SHAPES, method=method)
    assert found.converged, found.reason
    assert np.allclose(found["w"], SOLVED, atol=1e-5)
    assert found.value == pytest.approx(np.sum((X @ SOLVED - Y) ** 2) + 2 * SOLVED @ SOLVED, rel=1e-12)
    assert found.history[0].value == pytest.approx(Y @ Y) and found.history[-1].value == found.value
    assert all(d.verified for d in found.derivations.values())


def test_logistic_regression_is_that_of_scikit_learn():
    data, target = standardised(datasets.load_breast_cancer)
    found = cr.minimize(
        "sum(log(1 + exp(-s .* (X w + b)))) + 1/2 ||w||^2", "w, b", {"X": data, "s": 2 * target - 1.0},
        declare="X: n d, w: d, s: n labelspm1, b: scalar",
    )  # fmt: skip
    theirs = linear_model.LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000).fit(data, target)
    assert found.converged and np.allclose(found["w"], theirs.coef_[0], atol=1e-5)
    assert found["b"] == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_softmax_regression_is_that_of_scikit_learn():
    data, target = standardised(datasets.load_iris)
    found = cr.minimize(
        "-sum(Y .* log(softmax(X W, axis=1))) + 1/2 ||W||_F^2", "W", {"X": data, "Y": np.eye(3)[target]},
        declare="X: n d, W: d k, Y: n k onehot",
    )  # fmt: skip
    theirs = linear_model.LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000, fit_intercept=False).fit(data, target)
    assert found.converged and np.allclose(found["W"].T, theirs.coef_, atol=1e-4)


def test_poisson_regression_from_a_numpy_function_is_that_of_scikit_learn():
    data, target = standardised(datasets.load_diabetes)
    counts = np.round(target / 10)

    def loss(X, w, b, y, alpha):
        z = X @ w + b
        return np.mean(np.exp(z) - y * z) + alpha / 2 * np.sum(w**2)

    found = cr.minimize(
        loss, "w, b", {"X": data, "y": counts, "alpha": 0.1}, X="n d", w="d", b="scalar", y="n", alpha="positive"
    )
    theirs = linear_model.PoissonRegressor(alpha=0.1, tol=1e-12, max_iter=10_000).fit(data, counts)
    assert found.converged and np.allclose(found["w"], theirs.coef_, atol=1e-5)
    assert found["b"] == pytest.approx(theirs.intercept_, abs=1e-5)


def test_the_best_factors_of_a_matrix_are_its_singular_vectors():
    M = RNG.normal(size=(8, 6))
    found = cr.minimize("||M - U V^T||_F^2", "U, V", {"M": M}, declare="M: m n, U: m r, V: n r", sizes={"r": 2}, method="lbfgs")
    singular = np.linalg.svd(M, compute_uv=False)
    assert found.converged and found.value == pytest.approx(np.sum(singular[2:] ** 2), rel=1e-6)


def test_a_variable_with_a_sign_stays_within_its_bounds():
    found = cr.minimize("||X w - y||^2", "w", {"X": X, "y": Y}, declare="X: n d, w: d nonneg, y: n")
    from scipy.optimize import nnls

    assert found.converged and np.allclose(found["w"], nnls(X, Y)[0], atol=1e-6)
    assert found["w"].min() == 0.0


def test_data_on_disk_are_read_in_blocks(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    data = np.memmap(tmp_path / "X", dtype=float, mode="w+", shape=(5000, 4))
    data[:] = rng.normal(size=data.shape)
    target = data @ [1.0, 2.0, 3.0, 4.0]
    whole = {"X": np.array(data), "y": np.array(target), "lam": 1.0}
    found = cr.minimize(RIDGE, "w", whole | {"X": data}, declare=SHAPES)
    assert found.converged and np.allclose(found["w"], cr.minimize(RIDGE, "w", whole, declare=SHAPES)["w"], rtol=1e-10)


def test_the_search_starts_where_it_is_told():
    found = cr.minimize("(x^2 - 1)^2", "x", start={"x": -3.0}, declare="x: scalar")
    assert found["x"] == pytest.approx(-1.0) and found.history[0].value == 64.0
    assert cr.minimize("(x^2 - 1)^2", "x", start=3.0, declare="x: scalar")["x"] == pytest.approx(1.0)


def test_variables_need_not_be_named_where_the_data_are():
    assert list(cr.minimize(RIDGE, data=DATA, declare=SHAPES).values) == ["w"]


def test_an_end_that_is_no_minimum_is_not_called_one():
    found = cr.minimize(RIDGE, "w", DATA, declare=SHAPES, method="lbfgs", iterations=1)
    assert not found.converged and "stopped after 1 iteration;" in found.reason and "not verified" in str(found)
    below = cr.minimize("sum(x)", "x", declare="x: n", sizes={"n": 3}, iterations=5)
    assert not below.converged


@pytest.mark.parametrize("method", [None, "lbfgs", "newton-cg"])
def test_a_maximum_or_saddle_is_not_called_a_minimum(method):
    found = cr.minimize("sum((x^2 - 1)^2)", "x", declare="x: n", start={"x": [0.0, 1.0]}, method=method)
    if found["x"][0] == 0.0:
        assert not found.converged and "f curves down" in found.reason and "curvature -4" in found.reason
    many = cr.minimize("sum((x^2 - 1)^2)", "x", declare="x: n", start={"x": np.zeros(400)}, method="lbfgs")
    assert not many.converged and "f curves down" in many.reason


def test_kinks_are_told():
    found = cr.minimize("sum(abs(x - a))", "x", {"a": [1.0, 2.0]}, declare="x: n, a: n", method="lbfgs", iterations=30)
    assert "f has kinks" in str(found)


REFUSED = [
    (dict(function="x^T S x", wrt="S", data={"x": [1.0, 2.0]}, declare="S: n n posdef, x: n"), DomainError,
     "DomainError: `S` is posdef, and a step of the optimizer does not keep it so\n  given:    S: n×n posdef\n"
     "  expected: variables that are free, or bounded entry by entry: positive, nonneg, negative, unit, open01, gt1\n"
     "  fix:      write it as L L^T, in a square L"),
    (dict(function=RIDGE, wrt="w", data={"X": X, "Y": Y, "lam": 1.0}, declare=SHAPES), UnknownNameError,
     "UnknownNameError: `Y` is no variable of the function\n  given:    data={'Y': …} for ‖Xw − y‖² + λ‖w‖²\n"
     "  expected: `X`, `w`, `y`, `lam`\n  fix:      did you mean `y`?"),
    (dict(function=RIDGE, wrt="w", data={"X": X, "y": Y}, declare=SHAPES), UnknownNameError,
     "UnknownNameError: there are no data for `lam`\n  given:    data: X, y; minimised over w\n  expected: values for `lam`\n"
     "  fix:      data={'lam': …}"),
    (dict(function=RIDGE, wrt="X", data={"X": X, "y": Y}, declare=SHAPES), DeclarationError,
     "DeclarationError: `X` is among the data, and minimised over\n  given:    wrt=X; data: X, y\n"
     "  expected: a variable that is not among the data\n  fix:      start={'X': …} says where the search starts"),
    (dict(function="X w", wrt="w", data={"X": X}, declare="X: n d, w: d"), ShapeError,
     "ShapeError: only a number can be minimised\n  given:    Xw, of shape n\n  expected: a function whose value is one number"),
    (dict(function="||M - U V^T||_F^2", data={"M": X}, declare="M: m n, U: m r, V: n r"), DeclarationError,
     "DeclarationError: how long is `U`? No data show the size r\n  given:    U: m×r\n  expected: a start of its shape, or the size\n"
     "  fix:      start={'U': …} or sizes={'r': …}"),
    (dict(function=RIDGE, wrt="w", data=DATA, declare=SHAPES, method="newtn"), DeclarationError,
     "DeclarationError: there is no method `newtn`\n  given:    newtn\n  expected: lbfgs, bfgs, cg, newton, newton-cg, trust-ncg\n"
     "  fix:      did you mean `newton`?"),
    (dict(function=RIDGE, wrt="w", data=DATA, declare=SHAPES, start={"w": [1.0]}), ShapeError, None),
    (dict(function=RIDGE, wrt="w", data=DATA, declare=SHAPES, start={"v": [1.0]}), UnknownNameError, None),
    (dict(function=RIDGE, wrt="w", data=DATA | {"y": Y[:5]}, declare=SHAPES), ShapeError, None),
    (dict(function="||X w - y||^2", wrt="w", data={"X": X, "y": Y}, declare="w: d nonneg", method="newton"), DeclarationError, None),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "message"), REFUSED)
def test_what_does_not_fit_is_refused(asked, kind, message):
    with pytest.raises(kind) as caught:
        cr.minimize(**asked)
    assert message is None or str(caught.value) == message


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy", None)
    with pytest.raises(BackendError) as caught:
        cr.minimize(RIDGE, "w", DATA, declare=SHAPES)
    assert caught.value.fix == 'pip install "chainrule[optimize]"'


def test_a_line_tells_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr("chainrule.core.progress.EVERY", 0.0)
    cr.minimize(RIDGE, "w", DATA, declare=SHAPES, method="lbfgs", progress=True)
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("iteration 0   f = ") and "largest entry of ∇f" in first and len(rest) >= 3
    cr.minimize(RIDGE, "w", DATA, declare=SHAPES, progress=False)
    assert capsys.readouterr().err == ""


def test_the_plot_is_a_picture_with_words_for_those_who_do_not_see_it():
    found = cr.minimize(RIDGE, "w", DATA, declare=SHAPES, method="lbfgs")
    picture = str(found.plot())
    assert picture.startswith("<svg") and "falls from" in picture
    html = found._repr_mimebundle_()["text/html"]
    assert str(found.plot(page=True)) in html and "read as" in html


def test_as_plain_data_it_holds_all():
    import json

    found = cr.minimize(RIDGE, "w", DATA, declare=SHAPES)
    again = json.loads(json.dumps(found.to_dict()))
    assert again["values"]["w"] == found["w"].tolist() and again["converged"] is True


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1e4])
def test_data_of_any_scale_have_the_same_minimum(method, scale):
    found = cr.minimize("||X w - y||^2", "w", {"X": scale * X, "y": scale * Y}, declare="X: n d, w: d, y: n", method=method)
    assert found.converged and np.allclose(found["w"], np.linalg.lstsq(X, Y)[0], rtol=1e-4)


def test_small_data_are_no_reason_to_stop_at_the_start():
    found = cr.minimize("||X w - y||^2", "w", {"X": 1e-8 * X, "y": 1e-8 * Y}, declare="X: n d, w: d, y: n")
    assert found.converged and np.allclose(found["w"], np.linalg.lstsq(X, Y)[0])


def test_variables_may_lie_far_from_the_start():
    found = cr.minimize("||X w - y||^2", "w", {"X": 1e-8 * X, "y": Y}, declare="X: n d, w: d, y: n")
    assert found.converged and np.allclose(1e-8 * found["w"], np.linalg.lstsq(X, Y)[0])
    assert len(found.history) < 60


def test_a_function_without_a_lowest_value_has_no_minimum():
    straight = cr.minimize("c^T x", "x", {"c": np.ones(3)})
    assert not straight.converged and straight.slope == 1
    downward = cr.minimize("-x^T x", "x", sizes={"n": 2}, start=np.ones(2))
    assert not downward.converged and downward.value < -1e6


def test_a_search_stops_after_as_many_iterations_as_are_allowed():
    found = cr.minimize("sum(x.^4) + sum(x)", "x", sizes={"n": 2}, start=np.full(2, 30.0), iterations=2)
    assert len(found.history) == 3 and not found.converged and "stopped after 2 iterations" in found.reason


def test_steps_that_are_turned_down_again_and_again_end_the_search():
    start = SOLVED * (1 + 1e-9)
    found = cr.minimize("(||X w - y||^2 + 2 ||w||^2)/1000", "w", {"X": X, "y": Y}, start=start, method="newton-cg")
    assert found.converged and found.evaluations < 300


@pytest.mark.parametrize(
    ("function", "options", "told"),
    [
        ("||x - c||", {"data": {"c": np.zeros(2)}}, ["no gradient where the search starts", "f = 0"]),
        ("||x - c||^2", {"data": {"c": np.array([1.0, np.nan])}}, ["no value", "look for NaN and inf in `c`"]),
        ("sum(x - log(x))", {"start": -np.ones(2)}, ["no value where the search starts", "start={'x': …}"]),
        ("sum(x - log(x))", {"start": np.zeros(2), "declare": "x: n positive"}, ["not positive, as it was declared", "is 0"]),
        ("||x||^2", {"start": np.array([np.nan, 0])}, ["holds NaN"]),
        ("||A x - c||^2", {"data": {"A": 1e150 * X, "c": 1e150 * Y}}, ["beyond what can be computed with", "scale the data"]),
    ],
)
def test_where_f_cannot_be_computed_it_says_so(function, options, told):
    with pytest.raises(DomainError) as error:
        cr.minimize(function, "x", **options)
    assert all(word in str(error.value) for word in told)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"tolerance": -1}, DeclarationError, "a small positive number"),
        ({"tolerance": "small"}, DeclarationError, "tolerance='small'"),
        ({"iterations": 0}, DeclarationError, "iterations=0"),
        ({"seed": "a"}, DeclarationError, "`seed` is a whole number"),
        ({"sizes": {"r": 2}}, UnknownNameError, "`r` is no size of the function"),
        ({"sizes": {"d": 2.5}}, DeclarationError, "sizes={'d': 2.5}"),
        ({"data": [X, Y]}, DeclarationError, "data are given by name"),
        ({"data": DATA | {"X": 1j * X}}, ShapeError, "complex numbers have no order"),
        ({"start": 1j * SOLVED}, ShapeError, "complex numbers have no order"),
        ({"data": DATA | {"w": SOLVED}, "wrt": None}, DeclarationError, "none is left to minimise over"),
        ({"data": DATA | {"X": X[:, :0]}}, ShapeError, "there is nothing to minimise over"),
    ],
)
def test_what_cannot_be_asked_is_told(options, error, told):
    with pytest.raises(error) as raised:
        cr.minimize(RIDGE, **({"wrt": "w", "data": DATA, "declare": SHAPES} | options))
    assert told in str(raised.value) and raised.value.given and raised.value.expected
