"""What a fuzz of critical points brought to light, each in its smallest input."""

import pytest

import chainrule as cr


@pytest.mark.parametrize("text", ["-3x^2 + log(x^2 + 1)", "-4y^2 + log(x^2 + y^2 + z^2 + 1)"])
def test_a_square_that_would_be_negative_has_no_root(text):
    found = cr.critical_points(text)
    assert [p.kind for p in found.points] == ["maximum" if "z" not in text else "saddle"]


def test_of_the_squares_that_solve_a_quadratic_equation_the_negative_ones_have_no_root():
    found = cr.critical_points("(2x^3 + 3x/2) exp(-x^2)")  # x² = (3 ± √33)/8
    assert sorted(p.kind for p in found.points) == ["maximum", "minimum"]


def test_the_rim_of_the_domain_is_not_told_as_a_kink_with_two_sides():
    (kink,) = cr.critical_points("x^x", "x", declare="x: scalar").kinks
    assert "the rim of where f is defined" in kink.side and "both sides" not in kink.side


def test_the_mean_is_a_global_minimum_of_the_sum_of_squared_distances():
    assert "a global minimum: f is convex, the only one" in str(cr.critical_points("sum_i ||x_i - mu||^2", "mu"))


def test_each_point_is_listed_once():
    assert [tuple(p.x) for p in cr.critical_points("x^3 + y^3 - 3 x y").points] == [(1.0, 1.0), (0.0, 0.0)]


def test_where_curves_of_critical_points_cross_their_flat_directions_decide_nothing():
    found = cr.critical_points("(2x^2 + 4x y z) exp(-x^2 - y^2 - z^2)")  # 2x² + 4xt² is −2t⁴ at x = −t², y = z = t
    assert [p.kind for p in found.points if not p.x.any()] != ["minimum"]
