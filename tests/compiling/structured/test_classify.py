"""Which structure is read off which Hessian, and that no random network is misread."""

import random

import numpy as np
import pytest

from chainrule.compiling.structured import operator_program
from chainrule.core.algebra import add, transpose
from chainrule.core.dims import dim
from chainrule.core.errors import ChainruleError, DomainError
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from chainrule.core.walk import symbols
from chainrule.ops.declare import lookup
from tests.compiling.structured import cases
from tests.compiling.structured.cases import both
from tests.reference import evaluate

SIZES = {"m": 40, "n": 30, "k": 20, "l": 10}
TOLD = [
    (cases.RIDGE, "multiple of the identity + dense: 2λ I + 2AᵀA"),
    (cases.QUADRATIC, "dense: A + Aᵀ"),
    (cases.ELEMENTWISE, "diagonal: diag(2 cos(x) ⊙ exp(x))"),
    (cases.LOGSUMEXP, "diagonal + rank 1: diag(softmax(x)) + (−ppᵀ with p = softmax(x))"),
    (cases.FACTORS_U, "block-diagonal over m: 40 equal blocks of 20×20, each 2VᵀV"),
    (cases.FACTORS_V, "block-diagonal over n: 30 equal blocks of 20×20, each 2UᵀU"),
    (cases.TWO_SIDED, "Kronecker: 2A ⊗ B"),
    (cases.LOGDET, "Kronecker, turned: (−X⁻ᵀ ⊗ X⁻¹)K"),
    (cases.SQUARE, "Kronecker, turned: (2 I ⊗ I)K"),
    (cases.SUM_OF_SIDES, "Kronecker: 2 I ⊗ B + 2A ⊗ I"),
    (cases.MEAN, "inverse: 2cS⁻¹"),
    (cases.LINEAR, "multiple of the identity: 0 I"),
    (cases.ROWS, "block-diagonal over m: 40 blocks of 30×30, each diag(2 + softmax(Z)) + (−uuᵀ with u a row of softmax(Z))"),
    (
        ("norm(M.*(X-U*V'),'fro')^2 + lam*norm(U,'fro')^2", "U", "M: m n, X: m n, U: m k, V: n k, lam: positive"),
        "block-diagonal over m: 40 blocks of 20×20, each 2λ I + (Vᵀ diag(w) V with w a row of 2M.²)",
    ),
    ((cases.batched, "X", "X: m n, A: n k"), "block-diagonal over m: 40 blocks of 30×30, each diag(exp(X)) + 2AAᵀ"),
]


@pytest.mark.parametrize("case, text", TOLD, ids=[text for _, text in TOLD])
def test_a_structure_is_told(case, text):
    operator, _ = both(case, SIZES)
    assert operator.text == text


def test_neighbours_are_bands():
    operator, _ = both((cases.rosenbrock, "x", "x: n"), SIZES)
    assert [p.kind for p in operator.parts] == ["diagonal", "banded"]
    assert operator.nbytes <= 4 * 30 * 8


def test_differences_along_both_axes_are_a_sum_of_sides():
    """1 + D ⊗ 1 + 1 ⊗ E, whose eigenvalues are sums, so that an image is solved for at once."""
    operator, H = both((cases.roughness, "X", "X: m n"), SIZES)
    assert [p.kind for p in operator.parts] == ["multiple of the identity", "Kronecker", "Kronecker"]
    operator, _ = both((cases.roughness, "X", "X: m n"), {"m": 80, "n": 70})  # 5600: too large to be formed
    x = np.random.default_rng(0).normal(size=(80, 70))
    np.testing.assert_allclose(operator @ operator.solve(x), x, atol=1e-11)
    assert np.min(operator.eigenvalues()) == pytest.approx(2)


def test_classes_are_contracted_with_one_product_for_all_terms():
    operator, _ = both(cases.SOFTMAX, {"m": 200, "n": 40, "k": 10})
    source = operator._contracted.networks.product.source
    assert source.count("part0") == 4  # twice in words, once in Xv and once in Xᵀ(…)


# ------------------------------------------------- random networks, as no function may give them

LETTERS = "mnk"


def random_hessian(rng):
    rank = rng.choice([1, 1, 2, 2, 2, 3])
    dims = [rng.choice("mn") for _ in range(rank)]
    node = linear_sum([(1, network(rng, dims)) for _ in range(rng.randrange(1, 4))], [dim(d) for d in dims + dims])
    return add(node, transpose(node, [*range(rank, 2 * rank), *range(rank)])), rank


def network(rng, dims):
    """A product with ties between rows and columns, and factors that often stand on both sides."""
    rows = [f"r{t}" for t in range(len(dims))]
    sizes, columns = dict(zip(rows, dims)), []
    for t, d in enumerate(dims):
        tied = rng.random()
        if tied < 0.45:
            columns.append(rows[t] if tied < 0.35 else rng.choice([r for r in rows if sizes[r] == d]))
        else:
            columns.append(f"c{t}")
    sizes |= {c: d for c, d in zip(columns, dims)}
    if len(dims) > 1 and dims[0] == dims[1] and rng.random() < 0.08:
        rows[1] = rows[0]
    sizes |= {f"s{t}": rng.choice(LETTERS) for t in range(rng.randrange(3))}
    operands = []
    for _ in range(rng.randrange(5)):
        labels = tuple(rng.sample(list(sizes), min(len(sizes), rng.choice([0, 1, 1, 2, 2, 2, 3]))))
        operands.append((factor(rng, [sizes[x] for x in labels]), labels, rng.choice([1, 1, 1, 1, 2, -1])))
    if rng.random() < 0.6:
        mirror = dict(zip(rows, columns))
        operands += [
            (base, tuple([mirror.get(x, x) for x in labels]), e)
            for base, labels, e in operands
            if any(mirror.get(x, x) != x for x in labels)
        ]
    return product(rng.choice([1, 2, -1]), operands, rows + columns, {x: dim(d) for x, d in sizes.items()})


def factor(rng, dims):
    if len(dims) == 2 and dims[0] == dims[1] and rng.random() < 0.5:
        S = symbol("S" + dims[0], dims, ["posdef"])
        return lookup("inverse")(S) if rng.random() < 0.4 else S
    if dims and rng.random() < 0.25:
        return linear_sum([(rng.choice([1, -1, 2]), pattern(rng, dims)) for _ in range(2)], [dim(d) for d in dims])
    return symbol("".join(["t", *dims]) + rng.choice(["", "a"]), dims)


def pattern(rng, dims):
    """A diagonal, an outer product or a broadcast."""
    out = list(range(len(dims)))
    if len(dims) > 1 and dims[0] == dims[-1] and rng.random() < 0.6:
        out[-1] = 0
    free = list(dict.fromkeys(out))
    labels = [tuple(rng.sample(free, min(len(free), rng.choice([1, 1, 2])))) for _ in range(rng.randrange(1, 3))]
    operands = [(symbol("u" + "".join(dims[x] for x in l), [dims[x] for x in l]), l, 1) for l in labels]
    return product(1, operands, out, {x: dim(dims[x]) for x in free})


@pytest.mark.parametrize("seed", range(250))
def test_no_random_network_is_misread(seed):
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    try:
        node, rank = random_hessian(rng)
    except DomainError:  # it divides by zero
        return
    sizes = dict(zip(LETTERS, rng.choice([(3, 4, 5), (2, 3, 4), (4, 2, 3), (1, 3, 2)])))
    values = {}
    for s in symbols(node):
        a = numbers.uniform(0.3, 1.5, size=[d.at(sizes) for d in s.dims])
        values[s.name] = a @ a.T + np.eye(len(a)) if s.facts else a
    made = operator_program(node, rank, symbols(node), "X")
    seen = {x for s in symbols(node) for d in s.dims for x in d.names}
    with np.errstate(all="ignore"):
        H = evaluate(node, values, sizes)
        operator = made(**values, **{x: sizes[x] for x in made.sizes - seen})
    H = H.reshape(operator.shape)
    if not np.all(np.isfinite(H)):
        return
    scale = np.max(np.abs(H), initial=0.0)
    V = numbers.normal(size=(len(H), 3))
    np.testing.assert_allclose(operator.dense(), H, atol=1e-9 * scale)
    np.testing.assert_allclose(operator @ V, H @ V, atol=1e-9 * scale)
    np.testing.assert_allclose(operator @ V[:, 0], H @ V[:, 0], atol=1e-9 * scale)
    np.testing.assert_allclose(operator.diagonal(), np.diag(H), atol=1e-9 * scale)
    size = np.abs(np.linalg.eigvalsh(H))
    if np.min(size) > 1e-6 * np.max(size):
        np.testing.assert_allclose(H @ operator.solve(V), V, atol=1e-6)
    elif np.min(size) < 1e-15 * np.max(size):
        with pytest.raises(ChainruleError):
            operator.solve(V)
