"""The gallery: laws over all entries, the pages in the docs, what single entries say."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import UnknownNameError
from chainrule.explain.gallery import entries, gallery
from chainrule.ops import activations, choices, elementary, elementwise_ops, special
from tests.explain.gallery.page import FOLDER, PAGES, PICTURES, page, pictures, shown

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = [e.name for e in entries() if not e.is_vector]
VECTORS = [e.name for e in entries() if e.is_vector]


def points(entry, count=200, seed=0):
    """Points of the domain of an entry, near and far."""
    rng = np.random.default_rng(seed)
    xs = np.concatenate([rng.normal(size=count) * 3, rng.normal(size=count // 4) * 50, rng.uniform(0, 1, count // 4)])
    return xs[(xs > entry.domain.low + 1e-9) & (xs < entry.domain.high - 1e-9)]


def slope_by_differences(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)


# ---------------------------------------------------------------- laws


def test_every_activation_that_is_declared_is_in_the_gallery():
    elsewhere = [*vars(elementary).values(), *vars(special).values(), *vars(choices).values()]
    declared = {op.name for op in elementwise_ops() if op in vars(activations).values() and op not in elsewhere}
    assert {e.name for e in entries() if e.group == "activations"} == declared and len(declared) > 20


@pytest.mark.parametrize("name", [e.name for e in entries()])
def test_an_entry_is_verified_and_is_plain_data(name):
    found = shown(name)
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["name"] == name and data["verified"]
    derivations = [d for d in (found.first, found.second) if d is not None]
    assert all(d.verified for d in derivations) and (derivations or "no rule" in str(found))


@pytest.mark.parametrize("name", [e.name for e in entries()])
def test_a_picture_is_xml_with_a_title_and_a_description(name):
    for width in (360, 660):
        root = ElementTree.fromstring(str(shown(name).plot(width=width)))
        assert root.tag == SVG + "svg" and name in root.find(SVG + "title").text
        assert len(root.find(SVG + "desc").text) > 20


@pytest.mark.parametrize("name", NUMBERS)
def test_slopes_in_saturation_zones_are_below_a_hundredth_and_outside_they_are_not(name):
    found = shown(name)
    zones, top = found.course.saturated, found.course.steepest
    if not zones:
        return
    f = found.number.f
    for zone in zones:
        low, high = max(zone.low, -200.0), min(zone.high, 200.0)
        for x in np.linspace(low, high, 23)[1:-1]:
            assert abs(slope_by_differences(f, x)) < 0.01 * top.value * 1.001 + 1e-8
        for edge, out in ((zone.low, -1), (zone.high, 1)):
            inside = found.entry.domain.low < edge + out * 1e-3 < found.entry.domain.high
            if np.isfinite(edge) and inside:
                assert abs(slope_by_differences(f, edge + out * 1e-3)) > 0.0099 * top.value


@pytest.mark.parametrize("name", NUMBERS)
def test_values_lie_within_the_range_and_within_what_is_declared(name):
    found = shown(name)
    ys = np.array([found.number.f(x) for x in points(found.entry)])
    ys = ys[np.isfinite(ys)]
    low, high = found.course.lowest.value, found.course.highest.value
    assert np.all(ys >= low - 1e-9 * (1 + abs(low))) if np.isfinite(low) else low == -np.inf
    assert np.all(ys <= high + 1e-9 * (1 + abs(high))) if np.isfinite(high) else high == np.inf
    if found.entry.op is not None:
        declared = found.entry.op.range
        assert low >= declared.low - 2e-3 and high <= declared.high + 2e-3


@pytest.mark.parametrize("name", NUMBERS)
def test_the_lipschitz_constant_bounds_every_difference_and_is_the_smallest(name):
    found = shown(name)
    L, f = found.lipschitz, found.number.f
    if L is None or not np.isfinite(L):
        return
    xs = points(found.entry, seed=1)
    ys = np.array([f(x) for x in xs])
    ok = np.isfinite(ys)
    order = np.argsort(xs[ok])
    dx, dy = np.diff(xs[ok][order]), np.diff(ys[ok][order])
    assert np.all(np.abs(dy) <= L * dx * (1 + 1e-9) + 1e-9)
    where = found.course.steepest.where
    near = xs if where is None else [where + t for t in (-1e-4, 1e-4)] if np.isfinite(where) else [np.sign(where) * 500.0]
    assert max(abs(slope_by_differences(f, x)) for x in near) > 0.99 * L


@pytest.mark.parametrize("name", NUMBERS)
def test_zeros_and_fixed_points_are_what_they_are_called(name):
    found = shown(name)
    f = found.number.f
    for shift in (False, True):
        for zone in found.course.zeros(shift):
            inside = [zone.low] if zone.low == zone.high else np.linspace(max(zone.low, -50), min(zone.high, 50), 9)[1:-1]
            for x in inside:
                assert abs(f(x) - (x if shift else 0.0)) < 1e-7 * (1 + abs(x))


@pytest.mark.parametrize("name", NUMBERS)
def test_slopes_on_both_sides_of_a_break_differ(name):
    found = shown(name)
    f, domain = found.number.f, found.entry.domain
    for x, order, _ in found.places:
        if order == 1 and domain.low < x < domain.high:
            left, right = (slope_by_differences(f, x + s * 1e-4, 1e-5) for s in (-1, 1))
            assert abs(left - right) > 1e-3 or max(abs(left), abs(right)) > 50


@pytest.mark.parametrize("name", [e.name for e in entries() if e.op is not None])
def test_where_the_plain_form_fails_the_safe_one_holds(name):
    failing = shown(name).failing
    if failing is None:
        return
    if name in NUMBERS:
        assert failing.overflows or not np.isfinite(failing.plain) or abs(failing.plain - failing.exact) > 1e-3 * abs(failing.exact)
        assert abs(failing.safe - failing.exact) <= 1e-3 * abs(failing.exact)
    else:
        _, plain, safe = failing
        assert not np.isfinite(plain).all() and np.isfinite(safe).all()


@pytest.mark.parametrize("name", VECTORS)
def test_the_matrix_that_is_drawn_is_that_of_differences(name):
    found = shown(name)
    v = found.entry.variable
    at = lambda z: np.asarray(found.problem.evaluate(found.values | {v: z}))
    columns = [(at(found.point + h) - at(found.point - h)) / 2e-6 for h in 1e-6 * np.eye(found.point.size)]
    assert np.allclose(found.slopes, np.array(columns).T, atol=1e-8)


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_up_to_date(name):
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == page(name), "make gallery"


@pytest.mark.parametrize("name", PAGES)
def test_the_pictures_of_the_pages_are_up_to_date(name):
    for file, svg in pictures(name).items():
        assert (PICTURES / file).read_text(encoding="utf-8") == svg, "make gallery"


# ---------------------------------------------------------------- examples


def row(found, label):
    return next(text for name, text, _ in found.rows() if name == label)


def test_the_saturation_zone_of_the_sigmoid_is_where_its_slope_is_below_a_four_hundredth():
    (low, high) = shown("sigmoid").course.saturated
    exact = np.log((1 + np.sqrt(0.99)) / (1 - np.sqrt(0.99)))  # σ(1 − σ) = 0.0025
    assert abs(high.low - exact) < 1e-9 and abs(low.high + exact) < 1e-9
    assert row(shown("sigmoid"), "saturated") == "x < −5.986; x > 5.986"


def test_gelu_is_steepest_at_the_root_of_two():
    top = shown("gelu").course.steepest
    assert abs(top.where - np.sqrt(2)) < 1e-6 and abs(top.value - 1.1289) < 1e-4


def test_softplus_has_no_zero_and_softsign_tends_to_one():
    assert shown("softplus").course.zeros() == [] and shown("softplus").course.zeros(shift=True) == []
    assert shown("softsign").course.highest == (pytest.approx(1.0), np.inf)


def test_the_cube_root_has_no_lipschitz_constant_and_tan_has_two_poles():
    assert shown("cbrt").lipschitz == np.inf
    assert [round(x, 4) for x, *_ in shown("tan").places] == [-1.5708, 1.5708]


def test_a_break_tells_what_the_frameworks_return():
    assert ("breaks", "x = 0: f′ is missing (kink)", "JAX returns slope 0, PyTorch returns slope 0") in shown("relu").rows()


def test_softmax_has_the_jacobian_of_the_books_and_cross_entropy_the_gradient():
    assert row(shown("softmax"), "J =") == "diag(p) − ppᵀ"
    assert row(shown("cross-entropy"), "∇f =") == "softmax(z) − y"
    assert row(shown("binary-cross-entropy-with-logits"), "∂f/∂z =") == "σ(z) − y"


def test_losses_tell_their_value_at_a_perfect_prediction_and_a_step_size():
    assert row(shown("squared-error"), "perfect") == "the loss is 0 at p = 1"
    assert row(shown("hinge"), "perfect") == "the loss is 0 for z ≥ 1"
    assert row(shown("exponential-loss"), "perfect") == "the loss tends to 0 as z → ∞"
    assert row(shown("binary-cross-entropy"), "perfect") == "the loss tends to 0 as p → 1"
    assert row(shown("squared-error"), "bend") == "f″ = 2"
    assert ("bend", "0 ≤ f″ ≤ 0.25", "gradient descent in z converges for η < 8") in shown("logistic-loss").rows()


def test_ends_belong_to_what_is_true_of_them():
    assert row(shown("relu"), "zero") == "x ≤ 0" and row(shown("relu6"), "fixed") == "0 ≤ x ≤ 6"
    assert row(shown("hardshrink"), "fixed") == "x = 0; x < −0.5; x > 0.5"
    assert row(shown("arccos"), "domain") == "[−1, 1]" and row(shown("arccos"), "zero") == "x = 1"
    assert row(shown("arccosh"), "zero") == "x = 1" and row(shown("logit"), "domain") == "(0, 1)"


@pytest.mark.parametrize(("name", "text"), [
    ("sech", "from 0 (as x → ±∞) to 1 (at x = 0)"), ("coth", "from 1 (as x → ∞) to ∞ (as x → 0)"), ("elu", "from −1 (as x → −∞) to ∞ (as x → ∞)"),
    ("threshold", "from 0.25 (as x → 0.25) to ∞ (as x → ∞)"), ("relu", "from 0 to ∞ (as x → ∞)"), ("arcsin", "from −π/2 (at x = −1) to π/2 (at x = 1)"),
])  # fmt: skip
def test_a_range_tells_a_limit_from_a_value(name, text):
    assert row(shown(name), "range") == text


def test_the_branch_of_a_function_with_poles_is_said_to_be_one():
    assert ("domain", "(−π/2, π/2)", "one branch; f has others") in shown("tan").rows()
    assert ("breaks", "x = −π/2: f grows without bound (pole)", "") in shown("tan").rows()


def test_the_list_has_a_line_for_each_and_aliases_are_known():
    listed = gallery()
    assert len(listed) == len(entries()) == len(list(listed)) and "gelu" in listed.names
    assert all(e.name in str(listed) for e in entries())
    assert gallery("swish").entry.name == "silu" and gallery("Cross Entropy").entry.name == "cross-entropy"
    assert json.dumps(listed.to_dict())


@pytest.mark.parametrize(("name", "fix"), [("gelo", "did you mean `gelu`?"), ("", None), ("x" * 5000, None)])
def test_a_name_that_is_none_is_refused(name, fix):
    with pytest.raises(UnknownNameError) as error:
        cr.gallery(name)
    assert error.value.fix == fix


def test_what_is_no_text_is_refused():
    with pytest.raises(UnknownNameError):
        cr.gallery(7)
