"""Values of a node in fractions, where it is rational: what a counter-example in small numbers is checked by.

Products, sums and operations that leave fractions fractions (|x|, max, relu) are computed with Python's fractions; anything else
(exp, roots) has no exact value here.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product as tuples

import numpy as np

from ...core.node import Node
from ...core.walk import order

MOST_TERMS = 20_000  # of one product


def exactly(root: Node, values: dict[str, np.ndarray], sizes: dict[str, int]) -> Fraction | None:
    """The value of the scalar `root`, or None where it is no fraction.

    Parameters
        values: arrays whose entries are fractions or whole numbers, by name of the symbol.
    """
    known: dict[Node, np.ndarray] = {}
    for node in order(root):
        found = _value(node, known, values, sizes)
        if found is None:
            return None
        known[node] = found
    value = known[root].item()
    return value if isinstance(value, Fraction) else None


def _value(node: Node, known: dict, values: dict, sizes: dict) -> np.ndarray | None:
    shape = tuple([d.at(sizes) for d in node.dims])
    if node.op == "symbol":
        return fractions(values[node.name]) if node.name in values else None
    if node.op == "number":
        return None if isinstance(node.attr, (str, float)) else fractions(node.attr)
    if node.op == "size":
        return fractions(node.attr.at(sizes))
    if node.op == "sum":
        found = fractions(np.zeros(shape, dtype=int))
        for c, t in node.terms:
            if type(c) is float:
                return None
            found = found + Fraction(c) * known[t]
        return np.asarray(found, dtype=object)
    if node.op == "product":
        return _product(node, known, shape, sizes)
    if node.op == "map":
        with np.errstate(all="ignore"):
            try:
                found = np.asarray(node.attr.evaluate(*[known[a] for a in node.args]), dtype=object)
            except (TypeError, AttributeError, ValueError, ZeroDivisionError):
                return None
        whole = [x for x in found.ravel()]
        if all(isinstance(x, (Fraction, int)) or (isinstance(x, float) and x in (0.0, 1.0, -1.0)) for x in whole):
            return fractions(found)
    return None


def fractions(x) -> np.ndarray:
    """An array of fractions."""
    x = np.asarray(x, dtype=object)
    found = np.empty(x.shape, dtype=object)
    for index in np.ndindex(*x.shape):
        found[index] = Fraction(x[index])
    return found


def _product(node: Node, known: dict, shape: tuple, sizes: dict) -> np.ndarray | None:
    if type(node.coef) is float:
        return None
    labels = list(node.label_dims)
    lengths = [node.label_dims[x].at(sizes) for x in labels]
    count = 1
    for n in lengths:
        count *= n
    if count > MOST_TERMS:
        return None
    found = fractions(np.zeros(shape, dtype=int))
    for index in tuples(*[range(n) for n in lengths]):
        at = dict(zip(labels, index))
        term = Fraction(node.coef)
        for base, l, e in node.operands:
            entry = known[base][tuple([at[x] for x in l])]
            raised = _power(entry, e)
            if raised is None:
                return None
            term *= raised
        found[tuple([at[x] for x in node.out])] += term
    return found


def _power(x: Fraction, e) -> Fraction | None:
    if type(e) is int:
        return None if e < 0 and x == 0 else x**e
    if type(e) is float or x < 0:
        return None
    root = _root(x.numerator, e.denominator), _root(x.denominator, e.denominator)
    if None in root or (e < 0 and x == 0):
        return None
    return Fraction(root[0], root[1]) ** e.numerator


def _root(n: int, k: int) -> int | None:
    found = round(n ** (1 / k))
    return found if found**k == n else None
