"""Random programs of every kind, on the ways that large arrays take: the numbers of the plain evaluator, no memory shared.

The thresholds of the planner are moved, so that arrays of a few entries are cut into blocks of rows, laid out anew,
stacked, given roots, and contracted in every order.
"""

import random
from importlib import import_module

import numpy as np
import pytest

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import compile_nodes
from chainrule.compiling.program import assumed_sizes
from chainrule.core.dims import dim
from chainrule.core.errors import DomainError
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from chainrule.core.walk import order
from chainrule.ops.declare import lookup
from tests.compiling.graphs import SYMBOLS, random_graph, random_point
from tests.reference import evaluate

SIZES = [{"m": 13, "n": 7, "k": 5}, {"m": 3, "n": 4, "k": 2}, {"m": 1, "n": 11, "k": 3}, {"m": 9, "n": 2, "k": 1}, {"m": 1, "n": 1, "k": 1}]
THRESHOLDS = {
    "tiles": {
        "BEYOND": [2.0, 4.0, 20.0], "FAR": [2.0, 1e9], "BLOCK": [2.0, 4.0, 16.0], "LIVE": [8.0, 64.0, 500.0], "FEWEST": [1],
        "LOWEST": [1, 2, 3], "HIGHEST": [1e9], "CALL": [0.0], "KEPT": [(1.0, 1.0)], "READ": [(1.0, 1.0)], "USED": [0.0],
        "ADDED": [0.0], "DEEP": [1, 4],
    },
    "overwrite": {"BEYOND": [2.0, 4.0, 20.0]},
    "layout": {"SHORT": [3.0, 16.0, 1e9], "LONG": [0.1, 1.0, 64.0], "OVERHEAD": [0.0]},
    "outer": {"WORTH_STACKING": [1, 20_000]},
    "factors": {"WORTH_A_ROOT": [1, 20_000]},
    "forms": {"SMALLER": [1, 2, 16]},
    "pairs": {"LONG": [1, 1000]},
    "products": {"GAIN": [0.0, 0.8, 100.0], "MOST_PLANNED": [3, 8], "MOST_OPERANDS": [3, 10]},
    "program": {"LARGE": [1, 1000]},
    "array_text": {"SHORT": [1, 24]},
    "numpy_text": {"MOST_TERMS": [2, 12], "LONGEST": [8, 64, 200]},
}  # fmt: skip


def moved_thresholds(monkeypatch, rng):
    for file, constants in THRESHOLDS.items():
        module = import_module(f"chainrule.compiling.{file}")
        for name, values in constants.items():
            assert hasattr(module, name), f"{file}.{name} is gone: name what stands for it"
            monkeypatch.setattr(module, name, rng.choice(values))


def masked(rng):
    """(a mask times what may be infinite where it is 0, the same with 1 in its place there)."""
    pool = [s for s in SYMBOLS if s.ndim]
    x = rng.choice(pool)
    labels, dims = tuple(range(x.ndim)), dict(enumerate(x.dims))
    mask, above = lookup("step")(x), lookup("relu")(x)
    filled = linear_sum([(1, above), (1, product(1, (), labels, dims)), (-1, mask)], x.dims)
    e = rng.choice([-1, -0.5, None])
    out, c = rng.sample(labels, k=rng.randint(0, x.ndim)), rng.choice([1, -2])
    return [product(c, [(mask, labels, 1), (y, labels, e) if e else (lookup("log")(y), labels, 1)], out) for y in (above, filled)]


def grams(rng):
    """Σ w x xᵀ over the rows or columns of a matrix, with weights of either sign, beside its transpose and another one."""
    x = rng.choice([s for s in SYMBOLS if s.ndim == 2])
    left, right = rng.choice(["ri", "ir"]), rng.choice(["rj", "jr"])
    dims = dict(zip(left, x.dims))
    if x.dims[right.index("r")] is not dims["r"]:
        right = right[::-1]
    operands = [(x, left, 1), (x, right, 1)]
    weights = [s for s in SYMBOLS if s.dims == (dims["r"],)]
    if weights and rng.random() < 0.7:
        operands.append((rng.choice(weights), "r", rng.choice([1, 2])))
    found = product(rng.choice([1, -2]), operands, "ij")
    turned = product(1, [(found, "ij", 1)], "ji")
    others = [s for s in SYMBOLS if s.dims == found.dims]
    terms = [(1, found)] + [(rng.choice([1, 3]), t) for t in [turned, *others] if t.dims == found.dims and rng.random() < 0.5]
    return linear_sum(terms, found.dims)


def differences(rng):
    """Σ K (xᵢ − cⱼ), once or twice, over any of the labels."""
    sizes = {label: rng.choice("mnk") for label in "ijd"}
    dims = {label: dim(size) for label, size in sizes.items()}
    found = [[s for s in SYMBOLS if s.dims == tuple([dims[x] for x in labels])] for labels in ("id", "jd", "ij")]
    if not all(found):
        return None
    x, c, weight = [rng.choice(symbols) for symbols in found]
    first, second = product(1, [(x, "id", 1)], "ijd", dims), product(1, [(c, "jd", 1)], "ijd", dims)
    apart = linear_sum([(1, first), (-1, second)], [dims[label] for label in "ijd"])
    if apart.op != "sum":
        return None
    operands = [(apart, "ijd", 1), (weight, "ij", 1), *rng.choice([[], [(apart, "ije", 1), (c, "je", 1)], [(apart, "iid", 1)][: sizes["i"] == sizes["j"]]])]
    labels = sorted({x for _, labels, _ in operands for x in labels})
    return product(rng.choice([1, -2]), operands, rng.sample(labels, k=rng.randint(0, 2)))


def random_outputs(rng):
    """Up to three nodes by name: values, and gradients of their squares; and nodes that mean the same to the plain evaluator."""
    found, meant = {}, {}
    for i in range(rng.choice([1, 1, 2, 3])):
        kind = rng.random()
        if kind < 0.15:
            found[f"masked{i}"], meant[f"masked{i}"] = masked(rng)
            continue
        try:
            node = differences(rng) if kind < 0.3 else grams(rng) if kind < 0.45 else random_graph(rng, rng.randint(1, 8))
        except (KeyError, DomainError):  # two sizes for one label, a division by zero
            continue
        variables = [s for s in order(node) if s.op == "symbol"] if node is not None else []
        if not variables:
            continue
        found[f"value{i}"] = node
        if rng.random() < 0.3:
            square = product(1, [(node, tuple(range(node.ndim)), 2)], ())
            found[f"grad{i}"] = jacobian(square, [rng.choice(variables)])[0]
    return found, found | meant


def is_small(nodes, sizes):
    """Whether the plain evaluator, which multiplies everything at once, is done soon."""
    loops = [d for node in order(*nodes) for d in [[*node.dims, *(node.label_dims.values() if node.op == "product" else ())]]]
    return len(order(*nodes)) < 200 and max([np.prod([float(d.at(sizes)) for d in dims]) for dims in loops]) < 50_000


@pytest.mark.parametrize("seed", range(400))
def test_a_program_on_the_ways_of_large_arrays_has_the_numbers_of_the_plain_evaluator(seed, monkeypatch):
    rng = random.Random(seed)
    nodes, meant = random_outputs(rng)
    sizes = rng.choice(SIZES)
    if not nodes or not is_small(nodes.values(), sizes):
        return
    values = {p: v for node in nodes.values() for p, v in random_point(node, seed, sizes).items()}
    nudged = {p: v * (1 + 1e-13) for p, v in values.items()}
    with np.errstate(all="ignore"):
        wanted, near = [{key: evaluate(node, at, sizes) for key, node in meant.items()} for at in (values, nudged)]
    moved_thresholds(monkeypatch, rng)
    known = assumed_sizes(order(*nodes.values()))
    program = compile_nodes(nodes, sizes={x: n for x, n in sizes.items() if x in known})
    asked = {x: sizes[x] for x in program.sizes_asked}
    copies = {p: np.array(v) for p, v in values.items()}
    held = rng.sample(sorted(values), k=rng.randint(0, len(values)))
    given = program.given(**{p: values[p] for p in held}, **asked)
    for found in (program(**values, **asked), given(**{p: v for p, v in values.items() if p not in held})):
        for key in nodes:
            if np.isfinite(wanted[key]).all():
                slack = 1e-11 * np.max(np.abs(wanted[key]), initial=1e-3) + 100 * np.max(np.abs(near[key] - wanted[key]), initial=0)
                assert np.shape(found[key]) == np.shape(wanted[key])
                assert np.all(np.abs(found[key] - wanted[key]) <= slack), key
        arrays = [a for a in [*found.values(), *values.values()] if np.ndim(a)]
        for i, a in enumerate(arrays[: len(found)]):
            assert not any(np.shares_memory(a, other) for other in arrays[i + 1 :])
    assert all(np.array_equal(values[p], copies[p]) for p in values), "an argument was overwritten"
