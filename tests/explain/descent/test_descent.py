"""Paths downhill, and the step sizes that converge: predicted, run, compared."""

import json
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, DomainError
from chainrule.explain.descent.methods import METHODS

SVG = "{http://www.w3.org/2000/svg}"
BOWL = ("x^2 + x y + 3 y^2", "x, y", "x=3, y=2")
ROSENBROCK = ("(1-x)^2 + 100 (y - x^2)^2", "x, y", "x=-1.2, y=1")


def bowl(seed, n=4):
    """A convex quadratic xᵀAx/2 − bᵀx as data, with its largest eigenvalue."""
    rng = np.random.default_rng(seed)
    B = rng.normal(size=(n + 2, n))
    A = B.T @ B + 0.1 * np.eye(n)
    return {"A": A, "b": rng.normal(size=n)}, np.linalg.eigvalsh(A)


@pytest.mark.parametrize("seed", range(6))
def test_gradient_descent_on_a_quadratic_converges_just_below_the_limit_and_diverges_just_above(seed):
    data, values = bowl(seed)
    run = lambda rate: cr.descent("1/2 x^T A x - b^T x", "x", {"x": np.ones(4)}, data, methods="gradient", rate=rate, steps=3000, declare="A: 4 4 symmetric")
    limit = run(None).rates.limit
    assert limit == pytest.approx(2 / values[-1], rel=1e-9)
    assert run(0.97 * limit).walks["gradient"].ended == "converged"
    assert run(1.03 * limit).walks["gradient"].ended == "diverges"
    assert run(None).rates.exact


@pytest.mark.parametrize("seed", range(6))
def test_the_factor_that_is_seen_is_the_one_predicted(seed):
    data, values = bowl(seed)
    found = cr.descent("1/2 x^T A x - b^T x", "x", {"x": np.ones(4)}, data, declare="A: 4 4 symmetric").rates
    for trial in found.trials[1:]:
        assert trial.observed == pytest.approx(trial.predicted, rel=1e-6)
    assert found.trials[1].observed < 1 < found.trials[2].observed
    assert found.best == pytest.approx(2 / (values[0] + values[-1]))


def test_the_fastest_step_size_has_the_factor_of_the_condition_number():
    data, values = bowl(1)
    best = 2 / (values[0] + values[-1])
    walk = cr.descent("1/2 x^T A x - b^T x", "x", {"x": np.ones(4)}, data, methods="gradient", rate=best, steps=200, tolerance=1e-12, declare="A: 4 4 symmetric").walks["gradient"]  # fmt: skip
    kappa = values[-1] / values[0]
    away = np.linalg.norm(walk.points - np.linalg.solve(data["A"], data["b"]), axis=1)
    assert (away[40] / away[20]) ** (1 / 20) == pytest.approx((kappa - 1) / (kappa + 1), rel=0.01)


@pytest.mark.parametrize("share", [0.95, 1.05])
def test_the_limit_of_momentum_is_where_momentum_turns_over(share):
    data, values = bowl(2)
    walk = cr.descent("1/2 x^T A x - b^T x", "x", {"x": np.ones(4)}, data, methods="momentum", rate=share * 2 * 1.9 / values[-1], steps=4000, declare="A: 4 4 symmetric").walks["momentum"]  # fmt: skip
    assert walk.ended == ("converged" if share < 1 else "diverges")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_bottom_of_a_bowl(method):
    walk = cr.descent(*BOWL, methods=method, steps=2000).walks[method]
    assert walk.ended == "converged" and np.allclose(walk.end, 0, atol=1e-4) and len(walk.points) == len(walk.values) == walk.steps + 1


def test_newton_needs_one_step_for_a_quadratic_and_few_for_a_valley():
    assert cr.descent(*BOWL, methods="newton").walks["newton"].steps == 1
    found = cr.descent(*ROSENBROCK, methods="newton, gradient", steps=100)
    assert found.walks["newton"].ended == "converged" and found.walks["newton"].steps < 40
    assert found.walks["gradient"].ended == "not yet" and np.allclose(found.rates.minimum, 1)


def test_divergence_is_told_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cr.descent("x^4", "x", "x=3", methods="gradient, momentum, nesterov", rate=1.0)
        assert [w.ended for w in found.walks.values()] == ["diverges"] * 3
        assert "diverges" in str(found) and [str(found.plot(name)) for name in found.pictures()]
        assert cr.descent("exp(x^2)", "x", "x=3", methods="gradient", rate=1.0).walks["gradient"].ended == "diverges"


def test_a_step_out_of_the_domain_is_told():
    assert cr.descent("log(x) + 1/x", "x", "x=3", methods="gradient", rate=20).walks["gradient"].ended == "leaves the domain"


@pytest.mark.parametrize("function", ["x^2 - y^2", "exp(x) + y", "-x^4 - y^2"])
def test_where_there_is_no_minimum_none_is_claimed(function):
    found = cr.descent(function, "x, y", "x=1, y=0.1")
    assert found.rates.minimum is None and "none was found" in str(found) and "steps" not in found.pictures()
    assert found.rates.trials == [] and "converges" not in [label for label, *_ in found.rows()]


def test_a_minimum_at_infinity_is_not_taken_for_one():
    data = {"X": np.array([[1.0, 0.3], [-1.0, 0.2]]), "t": np.array([1.0, -1.0])}
    found = cr.descent("mean(log(1+exp(-t*(X@w))))", "w", {"w": np.zeros(2)}, data)
    assert found.rates.minimum is None and "at infinity" in str(found)


def test_a_flat_minimum_has_no_limit_that_is_claimed():
    found = cr.descent("x^4", "x", "x=1")
    assert "no limit can be told" in str(found) or found.rates.minimum is None
    assert "steps" not in found.pictures()


def test_more_than_two_numbers_are_drawn_through_start_and_end():
    data, _ = bowl(3)
    found = cr.descent("1/2 x^T A x - b^T x", "x", {"x": np.ones(4)}, data, declare="A: 4 4 symmetric")
    assert found.plane.holds(found.start) and found.plane.holds(found.rates.minimum)


def test_two_variables_and_one_are_drawn_too():
    for function, wrt, at in (BOWL, ("x^4 - x^2 + 0.1 x", "x", "x=2"), ROSENBROCK):
        found = cr.descent(function, wrt, at, steps=20)
        for name in found.pictures():
            for width in (360, 660, 1000):
                root = ElementTree.fromstring(str(found.plot(name, width=width)))
                assert root.find(SVG + "title").text and root.find(SVG + "desc").text
        json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("more", "message"), [
    ({"methods": "sgd"}, "no method"), ({"methods": ""}, "no method"), ({"methods": []}, "no method"), ({"methods": "newtn"}, "no method"), ({"steps": 0}, "steps"),
    ({"steps": True}, "steps"), ({"steps": 10**9}, "steps"), ({"rate": -1}, "rate"), ({"rate": "fast"}, "rate"), ({"tolerance": 0}, "tolerance"), ({"plane": "x, q"}, "no coordinate"),
])  # fmt: skip
def test_options_that_are_none_are_refused(more, message):
    with pytest.raises(DeclarationError, match=message):
        cr.descent(*BOWL, **more)


def test_a_start_without_value_and_a_vector_are_refused():
    with pytest.raises(DomainError, match="cannot start"):
        cr.descent("log(x) + y^2", "x, y", "x=-1, y=1")
    with pytest.raises(ChainruleError):
        cr.descent("A x", "x", declare="A: 3 2")


def test_without_scipy_its_methods_are_left_out_or_refused(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "scipy", None)
    found = cr.descent(*BOWL)
    assert "bfgs" not in found.walks and any("SciPy" in note for note in found.notes)
    with pytest.raises(ChainruleError, match="SciPy"):
        cr.descent(*BOWL, methods="bfgs")


def test_what_converged_means_is_said_and_a_maximum_is_no_saddle():
    assert "converged: ‖∇f‖ is at most 1e−6 of what it was at the start" in str(cr.descent("x^2 + 10y^2", at="x=1, y=1"))
    assert "what is reached is a maximum" in str(cr.descent("-x^2 - y^2", at="x=0, y=0"))
    assert "what is reached is a saddle" in str(cr.descent("x^2 - y^2", at="x=0, y=0"))


def test_a_factor_near_one_is_told_by_what_is_left_to_it():
    assert "a factor of (1 − 2e−8) per step" in str(cr.descent("1e8 x^2 + y^2", at="x=1, y=1"))


def test_a_method_with_a_matrix_of_many_numbers_is_left_out_unless_it_is_asked_for():
    start = np.linspace(0.5, 1.5, 600)
    found = cr.descent("sum(x.^4)", "x", at=start, steps=3)
    assert "newton" in found.walks and "bfgs" not in found.walks
    assert any("600×600" in note and "methods='bfgs' runs it" in note for note in found.notes)
    assert "bfgs" in cr.descent("sum(x.^4)", "x", at=start, steps=1, methods="bfgs").walks
