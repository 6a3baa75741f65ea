"""Critical points found, told apart by kind, and shown exactly."""

import json

import numpy as np
import pytest

from chainrule import critical_points

NUMBERS = "x: scalar, y: scalar"
KNOWN = [  # function, declaration, {kind: how many}, exact texts of some
    ("x^3 - 3x", None, {"minimum": 1, "maximum": 1}, [["1"], ["−1"]]),
    ("x^4", None, {"minimum": 1}, [["0"]]),
    ("-x^6", None, {"maximum": 1}, [["0"]]),
    ("x^5", None, {"saddle": 1}, [["0"]]),
    ("x^4/4 - x^3/3 - x^2/2", None, {"minimum": 2, "maximum": 1}, [["0"]]),
    ("x^2 y + y^3 - 12 y", NUMBERS, {"minimum": 1, "maximum": 1, "saddle": 2}, [["0", "2"], ["2√3", "0"]]),
    ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", NUMBERS, {"minimum": 4, "maximum": 1, "saddle": 4}, [["3", "2"]]),
    ("(1 - x)^2 + 100 (y - x^2)^2", NUMBERS, {"minimum": 1}, [["1", "1"]]),
    ("x^3 - 3 x y^2", NUMBERS, {"saddle": 1}, [["0", "0"]]),
    ("x^2 y^2 + x^2 + y^2", NUMBERS, {"minimum": 1}, [["0", "0"]]),
    ("x y", NUMBERS, {"saddle": 1}, [["0", "0"]]),
    ("x exp(-x^2)", None, {"minimum": 1, "maximum": 1}, [["1/√2"], ["−1/√2"]]),
    ("x exp(-x)", None, {"maximum": 1}, [["1"]]),
    ("x log(x)", "x: positive scalar", {"minimum": 1}, []),
    ("sin(x)", "x: scalar", {"minimum": 3, "maximum": 3}, [["π/2"], ["−π/2"]]),
    ("x + 1/x", None, {"minimum": 1, "maximum": 1}, [["1"], ["−1"]]),
    ("sin(x) cos(y)", "x: scalar, y: scalar", None, [["π/2", "0"], ["0", "π/2"]]),
]  # fmt: skip


@pytest.mark.parametrize("function, declare, kinds, exact", KNOWN, ids=lambda v: v if isinstance(v, str) else "")
def test_all_points_are_found_with_their_kinds_and_exact_values(function, declare, kinds, exact):
    found = critical_points(function, "x, y" if declare == NUMBERS else None, declare=declare)
    if kinds is not None:
        counted = {kind: sum(p.kind == kind for p in found.points) for kind in {p.kind for p in found.points}}
        assert counted == kinds
    texts = [p.exact for p in found.points]
    assert all(one in texts for one in exact), texts
    for p in found.points:
        assert np.abs(found.place.objective.value_and_gradient(p.x)[1]).max() < 1e-9


def test_a_degenerate_point_stays_undecided_where_nothing_decides():
    """With a coefficient that is rounded nothing is exact, and second order says nothing."""
    (point,) = critical_points("x^2 + 0.123456789 y^3", "x, y", declare=NUMBERS).points
    assert point.kind == "degenerate: undecided by second order" and np.abs(point.x).max() < 1e-3


def test_curves_of_critical_points_are_told_as_one():
    found = critical_points("(x^2 - y)^2", "x, y", declare=NUMBERS)
    (point,) = found.points
    assert not point.isolated and point.kind == "minimum" and "y = x²" in str(found) and "for every x" in str(found)
    found = critical_points("x^T A x/(x^T x)", "x", data={"A": [[2.0, 1], [1, 3]]})
    assert [(p.kind, p.isolated) for p in found.points] == [("minimum", False), ("maximum", False)]
    assert np.allclose([p.f for p in found.points], np.linalg.eigvalsh([[2, 1], [1, 3]]))


def test_what_second_order_leaves_open_is_settled_by_convexity_and_by_signs():
    (point,) = critical_points("x^2 + 0.123456789 y^4", "x, y", declare=NUMBERS).points
    assert point.kind == "minimum" and point.reason == "f is convex"
    found = critical_points("x^10/10 - x^9/9", declare="x: scalar")
    assert [(float(p.x[0]), p.kind) for p in found.points] == [(1.0, "minimum"), (0.0, "saddle")]


def test_a_factor_that_another_variable_makes_zero_loses_solutions_and_this_is_said():
    found = critical_points("x^2 y^2", "x, y", declare=NUMBERS)
    assert not found.all and "there may be others" in str(found) and not found.points[0].isolated


def test_the_search_proves_that_nothing_was_missed():
    found = critical_points("20 + x^2 - 10 cos(2 pi x)", window=5)
    assert found.proven and len(found.points) == 21 and "interval arithmetic excludes others" in str(found)
    found = critical_points("exp(x) + exp(-2 x) + sin(3 x)", declare="x: scalar")
    assert found.proven


def test_a_start_leads_to_one_point():
    found = critical_points("sin(x)", at="x=1", declare="x: scalar")
    assert [p.exact for p in found.points] == [["π/2"]] and "from x = 1" in str(found)


def test_no_point_is_invented_where_a_function_levels_off():
    X, t = np.array([[1.0, 2], [2, 1], [-1, -1.5], [-2, -1]]), np.array([1.0, 1, -1, -1])
    found = critical_points("sum(log(1 + exp(-t .* (X w))))", "w", data={"X": X, "t": t})
    assert found.points == [] and "f falls all along the ray" in str(found)
    for function in ("exp(x)", "x^3 + x", "log(1 + exp(x))", "arctan(x)"):
        found = critical_points(function, declare="x: scalar")
        assert found.points == [] and found.nowhere and "it is zero nowhere" in str(found), function


def test_a_region_where_the_gradient_is_zero_is_told_apart():
    found = critical_points("relu(x)", declare="x: scalar")
    assert found.points == [] and "zero on a whole region" in str(found)
    assert found.kinks[0].side == "no derivative; f is larger or the same on both sides"


def test_a_kink_is_no_critical_point_and_is_shown():
    found = critical_points("|x - 2| + x^2/8", declare="x: scalar")
    assert found.points == [] and [(float(k.x[0]), k.side) for k in found.kinks] == [(2.0, "no derivative; f is larger on both sides")]
    found = critical_points("||x||", declare="x: n", sizes={"n": 2})
    assert found.points == [] and "x = (0, 0), f = 0: no derivative; f is larger" in str(found)


def test_all_roots_of_a_polynomial_are_known():
    found = critical_points("x^4/4 - 5 x^3/3 + 3 x^2")
    assert found.proven and "these are all" in str(found)
    assert [(float(p.x[0]), p.kind) for p in found.points] == [(0.0, "minimum"), (3.0, "minimum"), (2.0, "maximum")]
    far = critical_points("x^3/3 - 1000000 x")
    assert sorted(float(p.x[0]) for p in far.points) == [-1000.0, 1000.0]


@pytest.mark.parametrize("seed", range(12))
def test_random_quadratics_have_the_point_that_linear_algebra_gives(seed):
    rng = np.random.default_rng(seed)
    A = rng.integers(-4, 5, (3, 3))
    A, b = A + A.T, rng.integers(-5, 6, 3)
    found = critical_points("1/2 x^T A x + b^T x", "x", declare="A: n n symmetric, b: n", data={"A": A, "b": b})
    expected = np.linalg.solve(A, -b)
    (point,) = found.points
    eigenvalues = np.linalg.eigvalsh(A)
    kind = "minimum" if eigenvalues[0] > 0 else "maximum" if eigenvalues[-1] < 0 else "saddle"
    assert np.allclose(point.x, expected) and point.kind == kind and np.allclose(point.eigenvalues, eigenvalues)


@pytest.mark.parametrize("seed", range(12))
def test_polynomials_have_the_critical_points_of_which_they_were_made(seed):
    rng = np.random.default_rng(seed)
    roots = sorted(rng.integers(-6, 7, rng.integers(1, 5)).tolist())
    slope = np.polynomial.polynomial.polyfromroots(roots)
    text = " + ".join(f"({round(60 * c / (k + 1))}) x^{k + 1}" for k, c in enumerate(slope) if c)
    found = critical_points(text, declare="x: scalar")
    kinds = {}
    for r in set(roots):
        beyond = np.prod([r - other for other in roots if other != r])
        kinds[r] = "saddle" if roots.count(r) % 2 == 0 else "minimum" if beyond > 0 else "maximum"
    assert found.proven and {int(p.x[0]): p.kind for p in found.points} == kinds and len(found.points) == len(kinds)


def test_values_that_nobody_gave_are_named():
    found = critical_points("x^T A x + x^T x", "x", sizes={"n": 2}, declare="A: n n posdef")
    assert "A drawn" not in str(found)  # the formula needs no numbers
    found = critical_points("x^T A x/(x^T x)", "x", declare="A: n n symmetric", sizes={"n": 2})
    assert "A drawn at random (seed 0)" in str(found)


def test_the_answer_is_plain_data_and_has_a_picture():
    one, two = critical_points("x^3 - 3x"), critical_points("x^2 - y^2", "x, y", declare=NUMBERS)
    for found in (one, two):
        data = json.loads(json.dumps(found.to_dict()))
        assert data["format"] == "chainrule.critical/1" and data["points"][0]["exact"]
        for width in (360, 1000):
            assert "<svg" in str(found.plot("critical", width=width))
    assert critical_points("||X w - y||^2", "w").pictures() == {}
