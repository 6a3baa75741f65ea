"""What a program takes, told before it runs; and that it is refused before anything is allocated."""

import json
import tracemalloc

import numpy as np
import pytest
from bench.cases import KEPT

import chainrule as cr
from chainrule.compiling.costs import largest_size
from chainrule.core.errors import LimitError
from chainrule.numeric.points import sample

LOGISTIC = "sum(log(1 + exp(-y .* (X w)))) + lam/2 ||w||^2"
SHAPES = "X: n d, w: d, y: n labelspm1, lam: positive"
CASES = json.loads(KEPT.read_text(encoding="utf-8"))[::4]


def values_at(d, size):
    """Arrays for all variables, of sizes around `size`."""
    names = sorted({x for v in d.problem.every.values() for y in v.dims for x in y.names})
    sizes = {x: size + k for k, x in enumerate(names)}
    if np.prod([float(x.at(sizes)) for x in d.node.dims]) > 4e6:
        sizes = {x: 8 + k for k, x in enumerate(names)}
    rng = np.random.default_rng(0)
    return sizes, {v.name: sample(rng, tuple(x.at(sizes) for x in v.dims), v.facts) for v in d.problem.every.values()}


def derived(case):
    declare = {n: " ".join([*map(str, dims), *(case["assume"] or {}).get(n, ())]) or "scalar" for n, dims in case["vars"].items()}
    declare = {n: said if case["vars"][n] or n in (case["assume"] or {}) else "scalar" for n, said in declare.items()}
    return cr.derive(case["expr"], case["wrt"], order=case["order"], declare=declare, seal=False, dialect="numpy")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_forecast_is_the_size_of_the_result_and_never_more_than_is_used(case):
    d = derived(case)
    sizes, values = values_at(d, 24)
    program = d.compile()
    more = {x: sizes[x] for x in program.sizes_asked}
    with np.errstate(all="ignore"):
        program(**values, **more)
        tracemalloc.start()
        found = program(**values, **more)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    costs = program.planned(sizes).costs
    assert costs.results.bytes(sizes) == (found.nbytes if np.ndim(found) else 0)
    assert costs.largest(sizes)[0] <= peak + 64  # so that what fits is not refused


def work(f, wrt, sizes, order=1, **more):
    return cr.derive(f, wrt, order=order, seal=False, **more).compile().planned(sizes).costs


@pytest.mark.parametrize(
    ("f", "wrt", "order", "text"),
    [
        ("||X w - y||^2", "w", 1, "2·m·n"),  # Xw, then Xᵀr
        ("||X w - y||^2", "w", 2, "m·n·n"),  # XᵀX
        ("sum(log(1 + exp(-y .* (X w))))", "w", 1, "2·m·n"),
        ("sum(log(1 + exp(-y .* (X w))))", "w", 2, "m·n·n+m·n"),  # Xw, then Xᵀ diag(s) X
        ("-sum(Y .* log(softmax(X W, axis=1)))", "W", 1, "2·k·m·n"),  # X W, then Xᵀ(P − Y)
        ("||A B - C||_F^2", "A", 1, "2·k·m·n"),
    ],
)
def test_multiplications_are_those_of_the_sums_by_hand(f, wrt, order, text):
    sizes = {"m": 50, "n": 7, "k": 3}
    costs = work(f, wrt, sizes, order)
    assert str(costs.contracted()) == text
    assert costs.work(sizes).multiplications >= costs.contracted().at(sizes)


def test_work_besides_products_is_counted_entry_by_entry():
    sizes = {"n": 1000}
    found = work("sum(exp(x))", "x", sizes).work(sizes)
    assert found.calls == 1000 and found.multiplications == 0 and found.traffic == 16_000  # x is read, exp(x) written
    assert work("sum(x.^3)", "x", sizes).work(sizes).multiplications == 2000  # x·x, times 3


@pytest.mark.parametrize("backend", ["numpy", "c", "torch", "jax"])
def test_a_hessian_of_a_million_variables_is_refused_before_it_is_allocated(backend):
    program = cr.hessian(LOGISTIC, "w", declare=SHAPES, seal=False).compile(backend)
    small = dict(X=np.ones((2, 3)), y=np.ones(2), w=np.ones(3), lam=1.0)
    program(**small)
    large = dict(X=np.ones((2, 10**6)), y=np.ones(2), w=np.ones(10**6), lam=1.0)
    tracemalloc.start()
    with pytest.raises(LimitError) as caught:
        program(**large)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
    assert caught.value.problem.startswith("∇²f of sum(log(1 + exp(−y ⊙ (Xw)))) + λ/2 ‖w‖²: the result would take ")
    assert "d at most " in caught.value.expected and caught.value.fix.startswith("hvp(…, 'w') multiplies by it")
    assert np.shape(program(**small)) == (3, 3)


def test_the_message_has_the_figures_and_what_to_do(monkeypatch):
    monkeypatch.setenv("CHAINRULE_MEMORY", "16GB")
    x = np.ones(10**6)
    with pytest.raises(LimitError) as caught:
        cr.hessian("sum(x.^4)", "x").compile()(x=x)
    assert str(caught.value) == (
        "LimitError: ∇²f of sum(x.⁴): the result would take 8 TB, and there is 16 GB of memory (CHAINRULE_MEMORY)\n"
        "  given:    n = 1000000: an array of 1\u202f000\u202f000 × 1\u202f000\u202f000\n"
        "  expected: n at most 44\u202f721\n"
        "  fix:      hvp(…, 'x') multiplies by it and does not form it; compile(structured=True) keeps its structure; "
        "forecast(…, 'x') has the figures"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: cr.compile("sum(x.^4)", "x", "value, hessian")(x=x),
        lambda x: cr.compile("sum(a x.^4)", "x", "value, hessian", declare="x: n, a: scalar").given(a=2.0)(x=x),
        lambda x: cr.hessian("sum(x.^4)", "x").compile(structured=True)(x=x).dense(),
        lambda x: cr.jacobian("x x^T", "x").compile()(x=x),
        lambda x: cr.grad("sum(exp(x x^T))", "x").compile()(x=x),  # n × n on the way
        lambda x: cr.derive("sum(x.^4)", "x", order=3).compile()(x=x),
        lambda x: cr.hessian("sum(x.^4)", "x").compile()(x=x + 0j),
        lambda x: cr.hessian("sum(x.^4)", "x").compile()(x=x.astype(np.float32)),
        lambda x: cr.jacobian("sin(A x)", "x", declare="A: n d, x: d").stream("n")(A=np.ones((1000, 500)), x=x[:500]),
        lambda x: cr.numeric.hessian(lambda x: np.sum(x**4), x),
        lambda x: cr.numeric.jacobian(np.sin, x),
        lambda x: cr.minimize("sum(x.^4)", "x", start={"x": x}, method="newton"),
    ],
)
def test_every_door_that_forms_it_refuses(ask, monkeypatch):
    monkeypatch.setenv("CHAINRULE_MEMORY", "3 MB")
    with pytest.raises(LimitError, match="would take"):
        ask(np.ones(1000))


def test_what_fits_to_the_byte_is_computed(monkeypatch):
    program = cr.hessian("sum(x.^4)", "x").compile()
    monkeypatch.setenv("CHAINRULE_MEMORY", str(8 * 100**2))
    assert program(x=np.ones(100)).nbytes == 80_000
    with pytest.raises(LimitError):
        program(x=np.ones(101))
    assert program(x=np.ones(100, np.float32)).nbytes == 40_000
    assert program(x=np.ones(141, np.float32)).nbytes <= 80_000


def test_what_is_made_in_blocks_of_rows_is_not_counted():
    program = cr.grad("sum(log(1 + exp(-y .* (X w))))", "w", declare=SHAPES.replace(", lam: positive", "")).compile()
    sizes = {"n": 10**7, "d": 500}
    assert program.planned(sizes).costs.largest(sizes)[0] < 8 * 10**6


def test_the_largest_size_is_found_by_halving():
    assert largest_size(lambda n: 8 * n * n, 16e9) == 44_721
    assert largest_size(lambda n: 8, 16) == float("inf")
    assert largest_size(lambda n: 8 * n + 100, 16) == 0
