"""Calls: by name or position, again and again, with arrays of all kinds; and plans for sizes that matter."""

from fractions import Fraction

import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract, total
from chainrule.core.dims import dim
from chainrule.core.errors import DomainError, ShapeError, UnknownNameError
from chainrule.core.node import size, symbol
from chainrule.ops.declare import lookup

A, x, b, c = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m"), symbol("c")
FUNCTION = c * total((A @ x - b) ** 2)


def program():
    return compile_nodes(FUNCTION, parameters=[A, x, b, c])


POINT = {"A": np.arange(6.0).reshape(2, 3), "x": np.array([1.0, 2.0, 3.0]), "b": np.array([0.5, 1.0]), "c": 2.0}
WANTED = 2.0 * np.sum((POINT["A"] @ POINT["x"] - POINT["b"]) ** 2)


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


KINDS = {
    "arrays": lambda a: a,
    "lists": lambda a: a.tolist(),
    "subclasses": lambda a: a.view(type("Mine", (np.ndarray,), {"__mul__": None})),
    "masked": np.ma.masked_array,
    "float32": lambda a: a.astype(np.float32),
    "integers and objects": lambda a: a.astype(object),
    "Fortran order": np.asfortranarray,
    "not contiguous": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "read only": read_only,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_counts_as_its_numbers_however_often_the_program_was_called(kind):
    f = program()
    for _ in range(3):
        assert f(**POINT) == WANTED
        changed = {n: KINDS[kind](v) if isinstance(v, np.ndarray) else v for n, v in POINT.items()}
        assert f(**changed) == pytest.approx(WANTED, rel=1e-6)


@pytest.mark.parametrize("scalar", [2, 2.0, np.float64(2), np.float32(2), np.array(2.0), True + 1, np.int64(2)])
def test_every_kind_of_number_counts_as_a_scalar(scalar):
    f = program()
    for _ in range(3):
        found = f(**{**POINT, "c": scalar})
        assert found == WANTED and isinstance(found, float)


def test_arguments_may_be_passed_in_order():
    f = program()
    for _ in range(3):
        assert f(*POINT.values()) == WANTED
        assert f(POINT["A"], POINT["x"], c=2.0, b=POINT["b"]) == WANTED
        with pytest.raises(UnknownNameError) as caught:
            f(*POINT.values(), 1.0, 2.0)
        assert str(caught.value) == (
            "UnknownNameError: 6 arguments for 4 parameters\n"
            "  given:    6 arguments\n"
            "  expected: A, x, b, c\n"
            "  fix:      pass them by name"
        )
        with pytest.raises(UnknownNameError, match="`b`, `c` are missing"):
            f(POINT["A"], POINT["x"])
        with pytest.raises(UnknownNameError, match="there is no argument `d`"):
            f(**POINT, d=1.0)
        with pytest.raises(ShapeError):
            f(**{**POINT, "b": np.ones(3)})


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_an_argument_is_passed_once(backend):
    x, y = symbol("x", "n"), symbol("y")
    f = compile_nodes(x * y, [x, y], backend=backend)
    for _ in range(3):
        assert f(np.ones(2), 2.0).tolist() == [2, 2]
        with pytest.raises(UnknownNameError, match="3 arguments for 2 parameters"):
            f(np.ones(2), 2.0, 3.0)
        for values in ({"x": np.ones(2)}, {"x": np.ones(2), "y": 1.0}):
            with pytest.raises(UnknownNameError) as caught:
                f(np.zeros(2), **values)
            assert str(caught.value) == (
                "UnknownNameError: `x` is passed twice\n"
                "  given:    x by its place and by its name\n"
                "  expected: x, y\n"
                "  fix:      pass them by name"
            )


def test_an_error_of_the_program_is_not_taken_for_another_kind_of_argument():
    S = symbol("S", "nn")
    f = compile_nodes(lookup("inverse")(S))
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError):
            f(S=np.zeros((2, 2)))


def test_scalar_functions_have_infinity_and_no_number_as_numpy_has_them():
    s, t = symbol("s"), symbol("t")
    exp, log = lookup("exp"), lookup("log")
    cases = [
        (1 / s, 0.0, np.inf), (exp(s), 1e4, np.inf), (log(s), 0.0, -np.inf), (log(s), -1.0, np.nan), (s**-3, 0.0, np.inf),
        (s ** Fraction(1, 2), -1.0, np.nan), (exp(exp(s)) * t, 10.0, np.inf), (s**7, 1e200, np.inf),
    ]  # fmt: skip
    for node, at, wanted in cases:
        f = compile_nodes(node)
        rest = {n: 0.5 for n in f.parameters if n != "s"}
        for value in (at, np.float64(at)):
            for _ in range(3):
                with np.errstate(all="ignore"):
                    found = f(s=value, **rest)
                assert isinstance(found, float) and (found == wanted or np.isnan(found) and np.isnan(wanted)), node


def test_the_order_of_products_is_that_of_the_true_sizes():
    P, Q, v = symbol("P", "ab"), symbol("Q", "bc"), symbol("v", "dc")
    f = compile_nodes(contract("ad", (P, "ab"), (Q, "bc"), (v, "dc")))

    def planned(a, b, c, d):
        return f.planned({"a": a, "b": b, "c": c, "d": d}).source

    left, right = planned(2, 1000, 1000, 1000), planned(1000, 1000, 1000, 2)
    assert "P @ Q" in left and "P @ Q" not in right
    small = {"P": np.ones((2, 3)), "Q": np.ones((3, 4)), "v": np.ones((5, 4))}
    assert f(**small).tolist() == [[12.0] * 5] * 2
    large = {"P": np.ones((300, 300)), "Q": np.ones((300, 300)), "v": np.ones((2, 300))}
    assert np.array_equal(f(**large), np.full((300, 2), 90000.0))


def test_sizes_may_be_said_beforehand():
    P, Q, v = symbol("P", "ab"), symbol("Q", "bc"), symbol("v", "dc")
    node = contract("ad", (P, "ab"), (Q, "bc"), (v, "dc"))
    assert "P @ Q" in compile_nodes(node, sizes={"a": 2, "d": 1000, "b": 1000, "c": 1000}).source


def test_a_program_forgets_shapes_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr("chainrule.compiling.program.MOST_SHAPES", 3)
    f = compile_nodes(total(x))
    for n in [1, 2, 3, 4, 5, 1, 1, 5, 5]:
        assert f(x=np.ones(n)) == n
    assert len(f._ready) <= 3


def test_threads_may_call_one_program_with_sizes_that_it_has_not_met():
    from concurrent.futures import ThreadPoolExecutor

    f = compile_nodes(FUNCTION, parameters=[A, x, b, c])

    def called(k):
        m, n = 40 * (k % 7 + 1), 30 * (k % 5 + 1)
        return f(np.ones((m, n)), np.ones(n), np.zeros(m), 1.0) == m * n * n

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(called, range(200)))

def test_a_size_that_is_passed_is_a_whole_number():
    n = dim("n")
    f = compile_nodes(symbol("x") * size(n), [symbol("x")])
    assert f(x=2.0, n=3) == f(x=2.0, n=3.0) == 6
    for wrong in (2.5, -1, "three", None, np.ones(2)):
        with pytest.raises(ShapeError, match="the size `n` is no whole number"):
            f(x=2.0, n=wrong)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_the_maximum_of_no_entries_is_an_error_that_says_so(backend):
    program = cr.compile("max(X w)", "w", "value, grad", backend=backend)
    for _ in range(3):
        with pytest.raises(DomainError) as caught:
            program(X=np.zeros((0, 3)), w=np.ones(3))
        assert caught.value.given == "m = 0" and caught.value.expected
    assert program(X=np.eye(3), w=np.arange(3.0))["value"] == 2
