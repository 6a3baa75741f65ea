"""What can be declared of a variable, and what is certain of a node's values: sign, symmetry, 0/1 and ±1 values.

`FACTS` is the one list of the words; how each is sampled stands in `numeric.points`. Signs are "+" (> 0), "0+" (≥ 0),
"-", "0-", "0", or None where nothing is known. Every answer is memoised on its node; the walks are iterative where
the graph may be deep.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from .canonical import canonical_order
from .node import Node


class Fact(NamedTuple):
    """A word that a variable can be declared with."""

    meaning: str
    aliases: tuple[str, ...] = ()
    sign: str | None = None  # of every value
    within: tuple[float, float, str] | None = None  # (low, high, ends) of every value; ends as in an `Interval`: "(]"
    values: str | None = None  # "01" or "±1" where these are the only values
    square: bool = False  # only a square matrix can have it
    symmetric: bool = False  # such a matrix equals its transpose
    simplex: bool = False  # each row (over the last axis) sums to one
    scattered: bool = False  # such values make no convex set: between two of them lie others
    open: bool = False  # it still holds when the variable moves a little, so that differentiation by it may use it


FACTS = {
    "positive": Fact("> 0", ("pos",), sign="+", within=(0, inf, "()"), open=True),
    "nonneg": Fact("≥ 0", ("nonnegative",), sign="0+", within=(0, inf, "[)"), open=True),
    "negative": Fact("< 0", ("neg",), sign="-", within=(-inf, 0, "()"), open=True),
    "unit": Fact("in (−1, 1)", within=(-1, 1, "()"), open=True),
    "open01": Fact("in (0, 1)", sign="+", within=(0, 1, "()"), open=True),
    "gt1": Fact("> 1", sign="+", within=(1, inf, "()"), open=True),
    "counts": Fact("0, 1, 2, …", ("integer",), sign="0+", within=(0, inf, "[)"), scattered=True),
    "labels01": Fact("0 or 1", ("labels", "01", "binary"), sign="0+", values="01", within=(0, 1, "[]"), scattered=True),
    "mask01": Fact("0 or 1: what is kept", ("mask",), sign="0+", values="01", within=(0, 1, "[]"), scattered=True),
    "labelspm1": Fact("−1 or 1", values="±1", within=(-1, 1, "[]"), scattered=True),
    "onehot": Fact("each row one 1 among 0s", ("one-hot",), sign="0+", values="01", within=(0, 1, "[]"), simplex=True, scattered=True),
    "prob": Fact("each row positive, of sum one", ("simplex", "probabilities"), sign="+", within=(0, 1, "(]"), simplex=True),
    "sum1": Fact("each row of sum one", simplex=True),
    "symmetric": Fact("a matrix that equals its transpose", ("sym", "symm"), square=True, symmetric=True),
    "posdef": Fact("symmetric, xᵀSx > 0", ("pd", "spd"), square=True, symmetric=True),
    "psd": Fact("symmetric, xᵀSx ≥ 0", ("possemidef",), square=True, symmetric=True),
    "diagonal": Fact("zero off the diagonal", ("diag",), square=True, symmetric=True),
    "invertible": Fact("a square matrix with an inverse", ("inv", "nonsingular"), square=True, open=True, scattered=True),
    "orthogonal": Fact("orthonormal columns, or rows if it is wide", ("orth",), scattered=True),
    "constant": Fact("any values: a note to the reader", ("const",)),
}

_SIGNED = {word: fact.sign for word, fact in FACTS.items() if fact.sign}
_VALUES = {word: fact.values for word, fact in FACTS.items() if fact.values}
SYMMETRIC = frozenset([word for word, fact in FACTS.items() if fact.symmetric])
_SEMIDEFINITE = frozenset({"posdef", "psd"})
SIMPLEX = frozenset([word for word, fact in FACTS.items() if fact.simplex])
OPEN = frozenset([word for word, fact in FACTS.items() if fact.open])
BOUNDING = {word: fact.within for word, fact in FACTS.items() if fact.within}  # of each value by itself


def implied(word: str) -> list[str]:
    """The simpler words that the fact `word` implies, the stronger first: posdef implies psd and symmetric."""
    fact = FACTS[word]
    # a derivative that holds for x > 0 need not exist at 0: positive is not weakened to nonneg
    parts = [{"+": "positive", "0+": "nonneg", "-": "negative"}.get(fact.sign)]
    parts += [{"01": "labels01", "±1": "labelspm1"}.get(fact.values), "psd" if word in _SEMIDEFINITE else None]
    parts += ["symmetric" if fact.symmetric else None, "sum1" if fact.simplex else None]
    return [part for part in parts if part and part != word]


def has_fact(node: Node, word: str) -> bool:
    """Whether the symbol `node` was declared `word`."""
    return node.op == "symbol" and word in node.attr[1]


def nonnegative(node: Node) -> bool:
    """Whether all values of `node` are certainly ≥ 0."""
    return sign(node) in ("+", "0+", "0")


def value_set(node: Node) -> str | None:
    """"01" if all values are 0 or 1, "±1" if they are −1 or 1, else None."""
    if node.op == "symbol":
        return next((_VALUES[word] for word in _VALUES if word in node.attr[1]), None) if node.attr[1] else None
    if node.op == "map":
        return getattr(node.attr, "values", None)
    if node.op == "product":
        coef, out, operands = node.attr
        plain = coef == 1 and all([set(labels) <= set(out) and e > 0 for labels, e in operands])
        return "01" if plain and all([a.op != "product" and value_set(a) == "01" for a in node.args]) else None
    return "01" if node.op == "structured" else None


# ------------------------------------------------------------------------------- sign


def sign(node: Node) -> str | None:
    """The certain sign of all values of `node`."""
    stack = [node]
    while stack:
        top = stack[-1]
        if "sign" in top.memo:
            stack.pop()
            continue
        waiting = [a for a in top.args if "sign" not in a.memo]
        if waiting:
            stack.extend(waiting)
        else:
            top.memo["sign"] = _sign(top)
            stack.pop()
    return node.memo["sign"]


def _sign(node: Node) -> str | None:
    op = node.op
    if op == "symbol":
        found = {_SIGNED[word] for word in node.attr[1] if word in _SIGNED}
        return next((answer for answer in ("+", "0+", "-") if answer in found), None)
    if op == "number":
        return "+" if isinstance(node.attr, str) or node.attr > 0 else "-"
    if op == "size":
        return "+"
    if op == "structured":
        return "0+"
    if op == "product":
        return _product_sign(node)
    if op == "sum":
        signs = {_times("+" if c > 0 else "-", a.memo["sign"]) for c, a in node.terms}
        return _joined(signs)
    declared = getattr(node.attr if op == "map" else node.attr[0], "sign", None)
    if callable(declared):
        return declared(*[a.memo["sign"] for a in node.args])
    return node.args[0].memo["sign"] if declared == "same" else declared


def _product_sign(node: Node) -> str | None:
    coef, out, _ = node.attr
    answer: str | None = "+" if coef > 0 else "-"
    for base, labels, exponent in node.operands:
        s = base.memo["sign"]
        if type(exponent) is int and exponent % 2 == 0:
            s = "+" if s in ("+", "-") else "0+"
        elif type(exponent) is not int:
            s = "+" if s == "+" else "0+"  # a root is never negative where it is real
        answer = _times(answer, s)
        if answer is None:
            return _quadratic_sign(node)
    if len(set(out)) < len(out):
        answer = {"+": "0+", "-": "0-"}.get(answer, answer)
    return answer


def _quadratic_sign(node: Node) -> str | None:
    """vᵀ S v ≥ 0 for a positive semidefinite S."""
    if node.ndim or len(node.args) not in (2, 3):
        return None
    kernels = [(b, l, e) for b, l, e in node.operands if len(l) == 2]
    if len(kernels) != 1 or kernels[0][2] != 1 or not _semidefinite(kernels[0][0]):
        return None
    (_, (i, j), _) = kernels[0]
    vectors = {l: (b, e) for b, l, e in node.operands if len(l) == 1}
    if i != j and len(vectors) == 2 and vectors.get((i,)) == vectors.get((j,)):
        return "0+" if node.coef > 0 else "0-"
    return None


def _semidefinite(node: Node) -> bool:
    """Whether the matrix `node` certainly is positive semidefinite: declared so, or the inverse of one that is."""
    if node.op == "struct" and node.attr[0].name == "inverse":
        node = node.args[0]
    return node.op == "symbol" and not _SEMIDEFINITE.isdisjoint(node.attr[1])


def _times(a: str | None, b: str | None) -> str | None:
    if a is None or b is None:
        return "0" if "0" in (a, b) else None
    if "0" in (a, b):
        return "0"
    negative = ("-" in a) != ("-" in b)
    weak = a[0] == "0" or b[0] == "0"
    return ("0" if weak else "") + ("-" if negative else "+")


def _joined(signs: set) -> str | None:
    signs = signs - {"0"}
    if not signs:
        return "0"
    for strict, weak in (("+", "0+"), ("-", "0-")):
        if signs <= {strict, weak}:
            return strict if strict in signs else weak
    return None


# --------------------------------------------------------------------------- symmetry


def symmetric(node: Node) -> bool:
    """Whether the matrix `node` certainly equals its transpose."""
    chain = []
    while "symmetric" not in node.memo:  # down a chain of maps, which may be long
        chain.append(node)
        if node.op != "map" or len(node.args) != 1:
            break
        node = node.args[0]
    for each in reversed(chain):
        each.memo["symmetric"] = _symmetric(each)
    return chain[0].memo["symmetric"] if chain else node.memo["symmetric"]


def _symmetric(node: Node) -> bool:
    if len(node.dims) != 2 or node.dims[0] is not node.dims[1]:
        return False
    op = node.op
    if op == "symbol":
        return bool(node.attr[1] & SYMMETRIC)
    if op == "product":
        return _spelled(node, False) == _spelled(node, True)
    if op == "sum":
        terms = {(c, _spelled(t, False)) for c, t in node.terms}
        return all(symmetric(t) or (c, _spelled(t, True)) in terms for c, t in node.terms)
    if op == "map":
        return all(not a.dims or symmetric(a) for a in node.args)
    return op == "struct" and node.attr[0].name == "inverse" and symmetric(node.args[0])


def _spelled(node: Node, transposed: bool) -> tuple:
    """A matrix as (bases, canonical product attribute), as it stands or transposed."""
    if node.op == "product":
        coef, out, _ = node.attr
        operands = list(node.operands)
    else:
        coef, out, operands = 1, (0, 1), [(node, (0, 1), 1)]
    out = list(out[::-1]) if transposed else list(out)
    ordered, numbers = canonical_order(operands, out, symmetric)
    spec = tuple([(tuple([numbers[x] for x in l]), e) for _, l, e in ordered])
    return tuple([b for b, _, _ in ordered]), (coef, tuple([numbers[x] for x in out]), spec)
