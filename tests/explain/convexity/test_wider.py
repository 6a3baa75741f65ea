"""What a fuzz of certificates and counter-examples brought to light, each in its smallest input."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.convexity.sampled import LARGEST_SIZE

POLYNOMIALS = [  # text, declare, verdict
    ("x^4 - 2x^3 + 3x^2", "x: scalar", "convex"), ("x^4 - 2x^3 + 3/2 x^2", "x: scalar", "convex"), ("x^4 - 2x^3 + 1.4x^2", "x: scalar", "neither"),
    ("x^3 - x^2", "x: gt1", "convex"), ("x^3 - x^2", "x: positive", "neither"), ("sum(x.^4 - 2x.^3 + 3x.^2)", "x: n", "convex"),
    ("3(a^T x)^4 - 4(a^T x)^3 + 4(a^T x)^2", "x: n, a: n", "convex"), ("exp(4x) - 2exp(3x) + 8exp(2x)", "x: scalar", "convex"),
    ("x^4 - 2x^3 + 3x^2 + y^4 - y^3 + 4y^2", "x: scalar, y: scalar", "convex"), ("log(1 + x^2) + x^2/4", "x: scalar", "convex"),
    ("log(1 + x^2) + x^2/9", "x: scalar", "neither"),
]  # fmt: skip


@pytest.mark.parametrize("text, declare, verdict", POLYNOMIALS)
def test_polynomials_of_one_quantity_are_decided_exactly(text, declare, verdict):
    assert cr.convexity(text, ["x", "y"] if "y" in text else "x", declare=declare).verdict == verdict


@pytest.mark.parametrize("text", ["x exp(x)", "x^2 exp(-x/50)", "-x^3 + 500x^2"])
def test_a_counter_example_is_looked_for_far_out(text):
    assert cr.convexity(text, "x", declare="x: scalar").verdict == "neither"


@pytest.mark.parametrize(
    "text, verdict, domain",
    [("x^3/x", "not decided", None), ("x^2 + x/x", "not decided", None), ("1/x - 1/x + x", "not decided", None), ("(sqrt(x))^2", "affine", "x ≥ 0"),
     ("log(x) - log(x) + x^2", "convex", "x > 0")],
)  # fmt: skip
def test_what_is_cancelled_still_limits_the_domain(text, verdict, domain):
    found = cr.convexity(text, "x", declare="x: scalar")
    assert found.verdict == verdict and (domain is None or found.domain == domain)
    assert domain is not None or "its domain has a hole" in str(found)


def test_a_weight_that_is_printed_is_one_that_is_nonnegative():
    assert any("3x − 1 > 0" in statement for statement, _ in cr.convexity("x^3 - x^2", "x", declare="x: gt1").second())


def test_a_chord_ends_at_matrices_that_are_positive_definite():
    found = cr.convexity("logdet(I + S C) + 3w^T S w + tr((S + C)^-1)", "S, w", declare="w: n nonneg, S: n n posdef, C: n n symmetric")
    assert set(found.witnesses) == {"convex", "concave"}
    for witness in found.witnesses.values():
        ends = [witness.values["S"], witness.end["S"]] if witness.end else [witness.values["S"] + s * witness.step * witness.direction["S"] for s in (1, -1)]
        assert min(np.linalg.eigvalsh(end)[0] for end in ends) > 1e-9


def test_what_underflows_contradicts_no_proof():
    assert cr.convexity("sign(erfc(cosh(x - y)))", "x, y", declare="x: scalar, y: scalar").verdict == "affine"


def test_a_modulus_of_a_size_that_no_variable_shows_is_checked():
    assert cr.convexity("sum_i sum_j (X_ij - mu_j)^2", "mu").strong == "2m"


def test_of_large_sizes_only_small_ones_are_tried_with_numbers():
    found = cr.convexity("||A x - b||^2 + ||x||", "x", sizes={"m": 5000, "n": 5000})
    assert found.verdict == "convex" and any(str(LARGEST_SIZE) in note and "smaller sizes" in note for note in found.notes)


def test_a_pole_that_a_maximum_hides_is_no_end_of_a_chord():
    found = cr.convexity("max(x/(x - 2y) exp(1), max(x^(-1/2), exp(-a^2)))", "x", declare="x: scalar, y: scalar positive, a: scalar gt1")
    assert all((np.asarray(w.values["x"]) > 0).all() and (w.end is None or (w.end["x"] > 0).all()) for w in found.witnesses.values())
