"""Programs on arrays of float32: what counts as a call in float32, and what the text says."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.single_text import weak_constants
from chainrule.core.algebra import number, product, total, zeros
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup

A, x, c = symbol("A", "mn"), symbol("x", "n"), symbol("c")
RNG = np.random.default_rng(0)
POINT = {"A": RNG.normal(size=(3, 4)), "x": RNG.normal(size=4), "c": 1.5}
SMALL = {name: np.float32(value) if np.ndim(value) else value for name, value in POINT.items()}


def program():
    return compile_nodes({"product": lookup("tanh")(A @ x) * c, "sum": c * total(x * x)}, parameters=[A, x, c])


def types(found):
    return {value.dtype.name for value in found.values()}


def test_float32_in_float32_out():
    f = program()
    for _ in range(3):
        wide, small = f(**POINT), f(**SMALL)
        assert types(wide) == {"float64"} and types(small) == {"float32"}
        assert type(small["sum"]) is np.float32
        for key in wide:
            assert small[key] == pytest.approx(wide[key], rel=1e-5)


@pytest.mark.parametrize("scalar", [2, 2.0, np.float64(2), np.float32(2), np.array(2.0), np.array(2.0, np.float32)])
def test_scalars_say_nothing_about_the_type(scalar):
    f = program()
    for _ in range(3):
        assert types(f(**{**SMALL, "c": scalar})) == {"float32"}
        assert types(f(**{**POINT, "c": scalar})) == {"float64"}


def test_integers_and_masks_follow_the_other_arrays():
    f = program()
    for other in (np.array([1, 2, 3, 4]), np.array([True, False, True, True]), [1, 2, 3, 4]):
        for _ in range(3):
            assert types(f(**{**SMALL, "x": other})) == {"float32"}
            assert types(f(**{**POINT, "x": other})) == {"float64"}
    assert types(f(A=np.ones((3, 4), int), x=np.ones(4, int), c=1)) == {"float64"}


@pytest.mark.parametrize("other", [POINT["x"], POINT["x"].tolist(), POINT["x"].astype(np.float16), POINT["x"].astype(object)])
def test_with_another_array_among_them_all_is_float64(other):
    f = program()
    for _ in range(3):
        assert types(f(**SMALL)) == {"float32"}
        found = f(**{**SMALL, "x": other})
        assert types(found) == {"float64"}
        expected = f(**{**POINT, "A": SMALL["A"].astype(float), "x": np.asarray(other, float)})
        assert all(np.array_equal(found[key], expected[key]) for key in found)


def test_complex_arguments_are_complex128():
    f = program()
    for _ in range(3):
        assert types(f(**{**SMALL, "c": 1 + 1e-30j})) == {"complex128"}


def test_a_pole_has_infinity_in_float32_too():
    f = compile_nodes({"one": x / c, "two": lookup("log")(c) * x}, parameters=[x, c])
    for _ in range(3):
        with np.errstate(all="ignore"):
            found = f(np.ones(2, np.float32), 0.0)
        assert types(found) == {"float32"}
        assert found["one"].tolist() == [np.inf, np.inf] and found["two"].tolist() == [-np.inf, -np.inf]


def test_a_large_program_in_float32_is_planned_for_its_sizes():
    v = symbol("v", "n")
    f = compile_nodes(A.T @ (A @ v))
    a, b = RNG.normal(size=(300, 200)), RNG.normal(size=200)
    for _ in range(3):
        found = f(A=np.float32(a), v=np.float32(b))
        assert found.dtype == np.float32
        assert found == pytest.approx(f(A=a, v=b), abs=1e-5 * float(np.max(np.abs(found))))


def test_a_sum_of_a_million_numbers_keeps_its_digits():
    ones = product(1, [(A, "mn", 1)], "n")
    a = np.full((1_000_000, 2), 0.1, np.float32)
    for node, value in ((ones, a), (product(1, [(A, "mn", 1)], "m"), a.T.copy())):
        assert compile_nodes(node)(A=value) == pytest.approx(1e6 * float(np.float32(0.1)), rel=1e-6)


def test_new_arrays_and_masks_have_the_type():
    f = compile_nodes({"mask": lookup("step")(x) * c, "zeros": zeros("n"), "ones": number(1) * (x * 0 + 1)}, parameters=[x, c])
    source = f.planned({"n": 4}, float32=True).source
    assert "float64" not in source
    assert types(f(SMALL["x"], 2.0)) == {"float32"}


def test_functions_of_numbers_are_pythons():
    assert weak_constants("(0.5*{0}*(1 + np.tanh(np.sqrt(2/np.pi)*{0})))") == "(0.5*{0}*(1 + np.tanh(math.sqrt(2/np.pi)*{0})))"
    assert weak_constants("np.log1p({0})") == "np.log1p({0})"


def test_data_given_in_float32_are_held_in_it():
    v = symbol("v", "n")
    f = compile_nodes(c * (A.T @ (A @ v)), parameters=[A, c, v])
    a, b = RNG.normal(size=(50, 6)), RNG.normal(size=6)
    small = f.given(A=np.float32(a), c=0.3)
    assert {np.asarray(h).dtype.name for h in small.held.values() if np.ndim(h)} == {"float32"}
    for _ in range(3):
        assert small(v=np.float32(b)).dtype == np.float32
        assert small(v=np.float32(b)) == pytest.approx(f(a, 0.3, b), rel=1e-4)
        assert np.array_equal(small(v=b), f.given(A=np.float32(a).astype(float), c=0.3)(v=b))
        assert small(np.float32(b)).dtype == np.float32 and small(b).dtype == np.float64
