"""What must hold of every elementwise operation, read from its declaration and tried at random points.

A new declaration is tested by these without a new line.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.calculus.reverse import partial
from chainrule.core.algebra import transpose
from chainrule.core.errors import NoRuleError
from chainrule.core.node import symbol
from chainrule.core.walk import order
from chainrule.ops.declare import Interval, elementwise_ops, lookup, names
from tests.reference import evaluate

OPS = elementwise_ops()
COMPLEX_STEP = 1e-30


def domains(op) -> tuple[Interval, ...]:
    return (op.domain,) if op.arity == 1 else op.domain


def draws(op, seed: int = 1, count: int = 200) -> list[np.ndarray]:
    """Points inside the domain, clear of every break and edge."""
    rng = np.random.default_rng(seed)
    arrays = []
    for domain in domains(op):
        low = -4.0 if math.isinf(domain.low) else domain.low + 0.05 * (1 + abs(domain.low))
        high = low + 4.0 if math.isinf(domain.high) else domain.high - 0.05 * (1 + abs(domain.high))
        high = 4.0 if math.isinf(domain.low) and math.isinf(domain.high) else high
        arrays.append(rng.uniform(low, high, count))
    if op.name in ("clip", "between"):  # the ends are in order
        x, a, b = arrays if op.name == "clip" else (arrays[1], arrays[0], arrays[2])
        a, b = np.minimum(a, b), np.maximum(a, b)
        arrays = [x, a, b] if op.name == "clip" else [a, x, b]
    if op.name == "where":
        arrays[0] = (arrays[0] > 0) * 1.0
    if op.margin is not None:
        clear = op.margin(*arrays) > 1e-2
        arrays = [a[clear] for a in arrays]
    return arrays


def symbols(op) -> list:
    return [symbol(name, ("n",)) for name in "xyz"[: op.arity]]


def at(node, values) -> np.ndarray:
    return evaluate(node, dict(zip("xyz", values)), {"n": len(values[0])})


def numeric_partial(op, values, index: int) -> np.ndarray:
    """Richardson's extrapolation of central differences: error near 1e-10 for the step taken."""

    def central(h):
        up, down = list(values), list(values)
        up[index], down[index] = values[index] + h, values[index] - h
        return (op.evaluate(*up) - op.evaluate(*down)) / (2 * h)

    return (4 * central(5e-4) - central(1e-3)) / 3


@pytest.mark.parametrize("op", [op for op in OPS if op.inverse is not None], ids=str)
def test_the_inverse_undoes_the_operation(op):
    (x,) = draws(op)
    y = op.evaluate(x)
    back = evaluate(op.inverse(symbol("y", ("n",))), {"y": y}, {"n": len(y)})
    assert np.allclose(back, x, rtol=1e-6, atol=1e-9)
    assert op.monotone in ("increasing", "decreasing")


@pytest.mark.parametrize("op", OPS, ids=str)
def test_the_node_has_the_value_of_the_operation(op):
    values = draws(op)
    assert at(op(*symbols(op)), values) == pytest.approx(op.evaluate(*values), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("op", [op for op in OPS if op.derivative or op.define], ids=str)
def test_the_derivative_is_the_limit_of_differences(op):
    values = draws(op)
    for index in range(op.arity):
        if op.name == "where" and index == 0:
            continue
        node = op(*symbols(op))
        if node.op == "map":
            exact = at(partial(node, list(node.args).index(symbols(op)[index])), values)
        else:  # the operation is stored as another: its declared derivative still is that of its value
            rule = op.derivative if callable(op.derivative) else op.derivative[index]
            exact = np.broadcast_to(at(rule(*symbols(op), node), values), values[0].shape)
        assert exact == pytest.approx(numeric_partial(op, values, index), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("op", [op for op in OPS if not op.derivative and not op.define], ids=str)
def test_an_operation_without_a_derivative_says_so(op):
    with pytest.raises(NoRuleError) as error:
        partial(op(*symbols(op)), 0)
    assert str(error.value) == (
        f"NoRuleError: no derivative is known for `{op}`\n  expected: `derivative=` or `define=` in its declaration"
    )


@pytest.mark.parametrize("op", OPS, ids=str)
def test_a_complex_step_passes_through(op):
    values = draws(op)
    for index in range(op.arity):
        if op.name == "where" and index == 0:
            continue
        moved = list(values)
        moved[index] = values[index] + COMPLEX_STEP * 1j
        result = op.evaluate(*moved)
        assert np.real(result) == pytest.approx(op.evaluate(*values), rel=1e-12, abs=1e-14)
        slope = np.imag(result) / COMPLEX_STEP
        assert slope == pytest.approx(numeric_partial(op, values, index), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("op", [op for op in OPS if op.define], ids=str)
def test_the_definition_has_the_same_value(op):
    values = draws(op)
    lowered = op.define(*symbols(op))
    assert op not in [n.attr for n in order(lowered)], "a definition must use other operations"
    assert at(lowered, values) == pytest.approx(op.evaluate(*values), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("op", OPS, ids=str)
def test_the_numpy_spellings_have_the_same_value(op):
    values = draws(op)
    scope = {"np": np}
    if op.imports:
        exec(op.imports, scope)
    for template in {op.numpy, op.safe}:
        source = template.format(*"xyz")
        with np.errstate(over="ignore"):
            found = eval(source, scope, dict(zip("xyz", values)))
        assert np.asarray(found, float) == pytest.approx(op.evaluate(*values), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("op", OPS, ids=str)
def test_values_lie_in_the_declared_range(op):
    values = op.evaluate(*draws(op))
    assert np.all(np.isfinite(values))
    assert np.all(op.range.contains(values)), f"outside {op.range}"
    if op.values == "01":
        assert set(np.unique(values)) <= {0.0, 1.0}


@pytest.mark.parametrize("op", [op for op in OPS if op.sign], ids=str)
def test_values_have_the_declared_sign(op):
    def word(x):
        return "+" if x > 0 else "-" if x < 0 else "0"

    rng = np.random.default_rng(9)
    anywhere = [rng.uniform(-6, 6, 500) for _ in range(op.arity)]  # the graph uses signs outside the domain too
    values = [np.concatenate(pair) for pair in zip(draws(op), anywhere)]
    with np.errstate(all="ignore"):
        results = op.evaluate(*values)
    for *entry, result in zip(*values, results):
        if not np.isfinite(result):
            continue
        declared = op.sign(*map(word, entry)) if callable(op.sign) else op.sign
        if declared is not None:
            assert word(result) in {"+": "+", "-": "-", "0": "0", "0+": "0+", "0-": "0-"}[declared]


@pytest.mark.parametrize("op", [op for op in OPS if op.parity], ids=str)
def test_the_declared_parity_holds(op):
    x = np.random.default_rng(2).uniform(-0.9, 0.9, 50)
    factor = -1 if op.parity == "odd" else 1
    assert op.evaluate(-x) == pytest.approx(factor * op.evaluate(x), rel=1e-12)


@pytest.mark.parametrize("op", [op for op in OPS if op.monotone and op.arity == 1], ids=str)
def test_the_declared_monotony_holds(op):
    (x,) = draws(op)
    steps = np.diff(op.evaluate(np.sort(x)))
    room = 1e-12
    holds = {
        "increasing": steps > 0,
        "nondecreasing": steps >= -room,
        "decreasing": steps < 0,
        "nonincreasing": steps <= room,
    }
    assert np.all(holds[op.monotone])


@pytest.mark.parametrize("op", [op for op in OPS if op.curvature and op.arity == 1], ids=str)
def test_the_declared_curvature_holds(op):
    (x,) = draws(op)
    y = np.random.default_rng(3).permutation(x)
    gap = (op.evaluate(x) + op.evaluate(y)) / 2 - op.evaluate((x + y) / 2)
    assert np.all(gap >= -1e-12) if op.curvature == "convex" else np.all(gap <= 1e-12)


@pytest.mark.parametrize("op", [op for op in OPS if op.breaks and op.arity == 1], ids=str)
def test_the_first_missing_derivative_jumps_at_each_break(op):
    for point, order_missing in op.breaks.items():
        if op.name == "cbrt":  # its derivative is infinite there
            continue
        h = 1e-3
        after = one_sided(op, point, +h, order_missing)
        before = one_sided(op, point, -h, order_missing)
        assert abs(after - before) > 0.05
        for lower in range(order_missing):
            assert one_sided(op, point, h, lower) == pytest.approx(one_sided(op, point, -h, lower), abs=0.02)


def one_sided(op, point: float, h: float, derivative: int) -> float:
    """The `derivative`-th forward difference quotient, from just beside `point` on the side of `h`."""
    weights = {0: [1], 1: [-1, 1], 2: [1, -2, 1]}[derivative]
    start = point + h * 1e-3
    x = start + h * np.arange(len(weights))
    return float(np.dot(weights, op.evaluate(x)) / h**derivative)


@pytest.mark.parametrize("op", [op for op in OPS if not op.breaks and op.arity == 1 and op.margin is None], ids=str)
def test_without_breaks_the_derivative_is_continuous(op):
    (x,) = draws(op, seed=4)
    slope = np.imag(op.evaluate(x + 1e-30j)) / 1e-30
    near = np.imag(op.evaluate(x + 1e-7 + 1e-30j)) / 1e-30
    assert near == pytest.approx(slope, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("op", [op for op in OPS if op.arity == 1], ids=str)
def test_broadcast_axes_and_transposes_stand_outside(op):
    v, A = symbol("v", ("n",)), symbol("A", ("m", "n"))
    assert op(transpose(A)) is transpose(op(A))
    from chainrule.core.algebra import broadcast

    rows = broadcast(v, ("m", "n"), (1,))
    assert op(rows) is broadcast(op(v), ("m", "n"), (1,))


@pytest.mark.parametrize("name", names())
def test_every_operation_says_what_it_is(name):
    op = lookup(name)
    assert op.doc and op.rule and op.reference and op.evaluate and op.numpy
    assert op.doc.endswith(".")
    assert lookup(op.name) is op


@pytest.mark.parametrize("op", [o for o in elementwise_ops() if o.arity == 1 + len(o.defaults) and o.evaluate is not None], ids=str)
def test_a_complex_step_is_the_derivative_at_round_numbers_too(op):
    """Values computed branch by branch meet at 0, which no random point is."""
    defaults = [float(d) for d in op.defaults]
    domain = op.domain if op.arity == 1 else op.domain[0]
    for x in (-3.0, -1.0, 0.0, 0.5, 1.0, 3.0):
        around = np.array([x - 1e-6, x, x + 1e-6])
        far = op.margin is None or np.all(op.margin(around, *defaults) > 1e-7)
        if np.all(domain.contains(around)) and far and np.all(np.isfinite(op.evaluate(around, *defaults))):
            step = np.imag(op.evaluate(np.array([x + 1e-30j]), *defaults))[0] / 1e-30
            low, _, high = op.evaluate(around, *defaults)
            assert step == pytest.approx((high - low) / 2e-6, rel=1e-5, abs=1e-7)
