"""What every rendering must satisfy: each of its forms has the values of the node it was made from."""

from __future__ import annotations

import ast

import numpy as np

from chainrule.core.walk import symbols
from chainrule.matrix import render
from tests.reference import evaluate

LENGTHS = (3, 5, 2, 4, 6, 7, 8)
COUNTED = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript)


def values_for(nodes, seed: int = 0) -> tuple[dict, dict]:
    """Random values for symbols and sizes for their dimensions, all sizes different."""
    rng = np.random.default_rng(seed)
    names = sorted({name for s in nodes for d in s.dims for name in d.names})
    sizes = {name: LENGTHS[k % len(LENGTHS)] + k // len(LENGTHS) for k, name in enumerate(names)}
    values = {}
    for s in sorted(nodes, key=lambda s: s.name):
        v = rng.normal(size=tuple([d.at(sizes) for d in s.dims]))
        if s.facts & {"symmetric", "posdef"}:
            v = v + v.T
        if "posdef" in s.facts:
            v = v @ v / len(v) + np.eye(len(v))
        if "positive" in s.facts:
            v = np.abs(v) + 0.3
        values[s.name] = v
    return values, sizes


def run(source: str, values: dict):
    """The value of the last line of `source`, after its definitions."""
    scope = {"np": np, **values}
    *definitions, expression = source.split("\n")
    for line in definitions:
        exec(line, scope)
    return eval(expression, scope)


def size(source: str) -> int:
    """The rule of the acceptance cases, from the parsed text."""
    return sum([isinstance(n, COUNTED) for line in source.split("\n") for n in ast.walk(ast.parse(line))])


def checked(node, wrt="x", out_ndim=None, variables=(), tolerance=1e-8, **options):
    """The rendering of `node`, every form of it compared with the dense evaluation of the node."""
    nodes = {s.name: s for s in [*symbols(node), *variables]}
    r = render(node, node.ndim if out_ndim is None else out_ndim, wrt, taken=tuple(nodes.values()), **options)
    values, sizes = values_for(nodes.values())
    expected = evaluate(node, values, sizes)
    scale = max(1.0, np.max(np.abs(expected)))
    for form in (r, *r.alternatives):
        found = r.evaluate(values, form)
        assert np.shape(found) == expected.shape, (form, np.shape(found))
        assert np.max(np.abs(found - expected)) < tolerance * scale, (form, form.where)
        assert form.text() and form.ascii() and form.latex()
        assert form.ascii().isascii()
        assert form.latex().count("{") == form.latex().count("}")
    source = r.numpy()
    found = run(source, values)
    assert np.shape(found) == expected.shape, (source, np.shape(found), expected.shape)
    assert getattr(found, "dtype", float) != bool, source
    assert np.max(np.abs(found - expected)) < tolerance * scale, source
    assert size(source) == r.size, source
    return r
