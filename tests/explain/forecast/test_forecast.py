"""`forecast`: what a derivative would take."""

import json
import tracemalloc

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, ShapeError, UnknownNameError
from chainrule.explain.forecast.cheaper import residuals
from chainrule.explain.forecast.door import count, powers
from chainrule.explain.forecast.rates import machine, time_text
from chainrule.core.dims import dim
from chainrule.core.walk import order

LOGISTIC = "sum(log(1 + exp(-y .* (X w)))) + lam/2 ||w||^2"
SHAPES = "X: n d, w: d, y: n labelspm1, lam: positive"


def ways(found):
    return {way.call: way for way in found.ways}


def test_a_million_variables_are_told_and_nothing_is_allocated():
    tracemalloc.start()
    found = cr.forecast(LOGISTIC, "w", sizes={"d": 10**6, "n": 1000}, declare=SHAPES, memory="16GB")
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
    assert found.bytes == 8 * 10**12 and found.bytes32 == 4 * 10**12 and not found.fits
    assert found.formula() == "8·d²"
    text = str(found)
    assert "8 TB, 4 TB in float32" in text and "16 GB (as said): it does not fit" in text
    assert "structure: multiple of the identity + rank 1000" in text and "cr.hvp(f, 'w')" in text
    assert found.largest["d"] <= 44_721  # what is on the way takes its part


@pytest.mark.parametrize(("f", "sizes", "n"), [("sum(x.^4)", {"n": 10**6}, 44_721), ("||A x||^2", {"n": 10**6, "m": 3}, 44_721)])
def test_the_largest_size_fits_and_the_next_does_not(f, sizes, n):
    found = cr.forecast(f, "x", sizes=sizes, memory=16e9)
    assert found.largest == {"n": n}
    assert cr.forecast(f, "x", sizes={**sizes, "n": n}, memory=16e9).fits
    assert not cr.forecast(f, "x", sizes={**sizes, "n": n + 1}, memory=16e9).fits


@pytest.mark.parametrize(
    ("f", "wrt", "order", "sizes"),
    [
        ("||A x - b||^2", "x", 2, {"m": 7, "n": 5}),
        ("A x", "x", 1, {"m": 7, "n": 5}),
        ("softmax(A x)", "x", 1, {"m": 7, "n": 5}),
        ("sum(x.^4)", "x", 3, {"n": 6}),
        ("||M - U V^T||_F^2", "U", 2, {"m": 4, "n": 5, "k": 2}),
        ("x^3", "x", 2, {}),
    ],
)
def test_the_bytes_are_those_of_the_array_itself(f, wrt, order, sizes):
    found = cr.forecast(f, wrt, order, sizes)
    program = found.derivation.compile()
    rng = np.random.default_rng(0)
    values = {v.name: rng.random([d.at(found.sizes) for d in v.dims]) + 1 for v in found.problem.every.values()}
    assert found.bytes == np.asarray(program(**values)).nbytes and not found.assumed


def test_several_variables_are_one_matrix():
    found = cr.forecast("||M - U V^T||_F^2", "U, V", sizes={"m": 4, "n": 5, "k": 2})
    assert found.shape == (18, 18) and found.bytes == 8 * 18**2 and found.formula() == "8·k²·m² + 16·k²·m·n + 8·k²·n²"


def test_work_of_the_hessian_and_of_the_gradient_are_counted():
    found = cr.forecast("||X w - y||^2", "w", sizes={"m": 100, "n": 30})
    assert found.costs.contracted().at(found.sizes) == 100 * 30 * 30 and found.gradient.multiplications == pytest.approx(2 * 100 * 30, abs=50)
    assert found.seconds > 0 and "time estimated" in [aside for _, _, aside in found.rows()]


def test_structures_are_named_with_the_arrays_that_they_hold():
    told = lambda f, wrt, sizes: cr.forecast(f, wrt, sizes=sizes).ways[0]
    assert told("sum(x.^4)", "x", {"n": 10**6}).name == "structure: diagonal"
    assert told("sum(x.^4)", "x", {"n": 10**6}).bytes == 8e6
    assert told("||x||^2", "x", {"n": 10**6}).name == "structure: multiple of the identity"
    found = told("||M - U V^T||_F^2", "U", {"m": 10**4, "n": 500, "k": 50})
    assert found.name == "structure: block-diagonal over m, 10000 equal blocks of 50×50" and found.bytes == 8 * 50**2
    operator = cr.hessian("||M - U V^T||_F^2", "U").compile(structured=True)(M=np.ones((9, 6)), U=np.ones((9, 2)), V=np.ones((6, 2)))
    assert told("||M - U V^T||_F^2", "U", {"m": 9, "n": 6, "k": 2}).bytes == operator.nbytes


@pytest.mark.parametrize(
    ("f", "exact"),
    [("||X w - y||^2", True), ("||X w - y||^2 + lam ||w||^2", True), ("||tanh(X w) - y||^2", False), ("sum(exp(X w))", None), ("||X w - y||", None), ("sum(w.^4)", None)],
)  # fmt: skip
def test_gauss_newton_is_told_where_there_are_squares_of_residuals(f, exact):
    found = [w for w in cr.forecast(f, "w", sizes={"n": 10**6}).ways if w.name.startswith("Gauss")]
    assert bool(found) == (exact is not None)
    if found:
        assert ("this is exact" in found[0].aside) == exact and ("not exact" in found[0].aside) == (not exact)


def test_residuals_are_read_off_the_graph():
    d = cr.grad("||A x - b||^2 + 3 ||C x||^2", "x")
    free = next(n for n in order(d.function) if n.op == "symbol" and n.name == "x")
    assert len(residuals(d.function, free)) == 2


def test_a_jacobian_is_multiplied_by_from_either_side():
    found = cr.forecast("softmax(A x)", "x", 1, {"m": 10**5, "n": 10**5}, memory="16 GB")
    assert list(ways(found))[:2] == ["cr.jvp(f, 'x')", "cr.vjp(f, 'x')"] and found.bytes == 8 * 10**10
    assert all(way.work.multiplications == pytest.approx(2e10, rel=0.1) or way.call == "d.stream()" for way in found.ways[:2])


def test_sizes_that_nobody_says_are_assumed_and_said():
    found = cr.forecast("||A x||^2", "x", sizes={"n": 10})
    assert found.assumed == ["m"] and found.notes[-1] == "m = 1000 assumed: no size was given"
    shown = cr.forecast("||A x||^2", "x", data={"A": np.ones((4, 7))})
    assert shown.sizes == {"m": 4, "n": 7} and not shown.assumed


def test_a_number_needs_no_other_way():
    found = cr.forecast("x^2", "x")
    assert found.ways == [] and found.fits and "one entry: 8 bytes" in str(found)


def test_it_is_plain_data():
    plain = json.loads(json.dumps(cr.forecast(LOGISTIC, "w", sizes={"d": 10**6, "n": 10**3}, declare=SHAPES).to_dict()))
    assert plain["format"] == "chainrule.forecast/1" and plain["bytes"] == 8 * 10**12 and plain["ways"][1]["call"] == "cr.hvp(f, 'w')"


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda: cr.forecast("||A x||^2", "x", sizes={"q": 3}), UnknownNameError, "no size of the function"),
        (lambda: cr.forecast("||A x||^2", "x", sizes={"n": -3}), DeclarationError, "no size"),
        (lambda: cr.forecast("||A x||^2", "x", sizes={"n": 2.5}), DeclarationError, "no size"),
        (lambda: cr.forecast("||A x||^2", "x", sizes={"n": 3}, data={"A": np.ones((2, 4))}), ShapeError, "shape"),
        (lambda: cr.forecast("||A x||^2", "x", memory="lots"), DeclarationError, "no number of bytes"),
        (lambda: cr.forecast("||A x||^2", "x", order=0), DeclarationError, "order of a derivative"),
        (lambda: cr.forecast("||A x||^2", "z"), UnknownNameError, "z"),
        (lambda: cr.forecast("||A x||^2"), ChainruleError, "which variables move"),
    ],
)
def test_what_cannot_be_told_is_refused(ask, error, match):
    with pytest.raises(error, match=match):
        ask()


def test_absurd_sizes_are_answered():
    found = cr.forecast("sum(exp(A x))", "x", sizes={"n": 10**30, "m": 10**25})
    assert found.bytes == 8 * 10**60 and not found.fits and str(found)


def test_numbers_are_written_for_people():
    assert [time_text(s) for s in (3e-9, 3.6e-4, 0.002, 90, 1200, 20_000, 1e6, 1e9)] == ["3 ns", "360 µs", "2 ms", "90 s", "20 min", "5.6 h", "12 days", "32 years"]
    assert [count(n) for n in (0, 12_000.0, 3.2e9)] == ["0", "12\u202f000", "3.2e9"]
    assert powers(dim("d") * dim("d") * 8 + dim("n") * dim("d") + 3) == "8·d² + d·n + 3"
    assert min(machine()) > 1e6


@pytest.mark.parametrize(("f", "wrt", "order", "sizes"), [("sum(exp(x))", "x: n", 2, {"n": 10**6}), ("tanh(W x)", "W: m n, x: n", 1, {"m": 60, "n": 50}), ("sum(σ(W x))", "W: m n, x: n", 2, {"m": 3000, "n": 40})])
def test_the_calls_that_are_printed_run(f, wrt, order, sizes):
    """All but those that name no call of a program: a sketch, columns for unit vectors."""
    found = cr.forecast(f, wrt[0], order=order, sizes=sizes, declare=wrt)
    calls = [way.call.removesuffix("(…).diagonal()").removesuffix(" for unit vectors") for way in found.ways if way.call.startswith("cr.")]
    assert len(calls) >= 2
    for call in calls:
        name, _, rest = call.partition("(")
        made = getattr(cr, name.removeprefix("cr."))(f, wrt[0], declare=wrt)
        assert rest.startswith(f"f, '{wrt[0]}')")
        assert made.verified and (".compile" not in rest or made.compile(structured=True))


def test_what_would_be_formed_has_its_usual_name():
    assert cr.forecast("sum(sin(x))", "x", order=3, declare="x: n").symbol == "∇³f"
    assert cr.forecast("tanh(W x)", "W", order=1).symbol == "the Jacobian"
