"""Edits of names, numbers, indices and comparisons: another variable, another exponent, one further on."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import numpy as np

from .edit import Edit, Site, number, plus, said


EXACT = ((np.pi, "π"), (2 * np.pi, "2π"), (np.e, "e"), (np.log(2), "ln 2"), (np.sqrt(2), "√2"), (np.sqrt(2 * np.pi), "√(2π)"), (np.sqrt(2 / np.pi), "√(2/π)"),
         (np.sqrt(np.pi), "√π"), (1 / np.sqrt(2 * np.pi), "1/√(2π)"), (np.log(10), "ln 10"), (1 / 3, "⅓"), (2 / 3, "⅔"), (1 / 6, "1/6"))  # fmt: skip


def of_place(site: Site, names: dict, np_name: str | None):
    node = site.node
    if isinstance(node, ast.Name) and node.id in names:
        here = names[node.id]
        called = isinstance(site.parent, ast.Call) and site.field == "func"
        for other, value in names.items():
            if other != node.id and value.shape == here.shape and not called and value.size and site.role != "index":
                cost = 2.2 if not value.ndim else 0.9 if is_activation(names, node.id, other) else 1.5
                cause = "activation-point" if value.ndim and inside_derivative(site) else "variable"
                yield (
                    cost,
                    cause,
                    f"`{other}` belongs where `{node.id}` stands",
                    ast.Name(other, ast.Load()),
                    (node.id, other),
                )
        if here.ndim == 2 and here.shape[0] == here.shape[1] > 1 and site.role in ("operand", "argument", "term"):
            half = ast.parse(f"({node.id} + {node.id}.T) / 2", mode="eval").body
            yield 1.9, "symmetric", f"right for symmetric `{node.id}` only", half
            yield 2.1, "missing-term", f"the term with the transpose of `{node.id}` is missing", half.left
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield from of_number(site, node.value)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        turned = {
            ast.Gt: ast.Lt,
            ast.Lt: ast.Gt,
            ast.GtE: ast.LtE,
            ast.LtE: ast.GtE,
            ast.Eq: ast.NotEq,
            ast.NotEq: ast.Eq,
        }.get(type(node.ops[0]))
        if turned:
            yield (
                1.3,
                "comparison",
                "the comparison is the wrong way round",
                ast.Compare(node.left, [turned()], node.comparators),
            )
    if isinstance(node, ast.IfExp):
        yield 1.5, "comparison", "the branches are exchanged", ast.IfExp(node.test, node.orelse, node.body)
    if site.role == "index" and isinstance(node, (ast.Name, ast.BinOp)) and isinstance(site.parent, ast.Subscript):
        for step in (1, -1):
            yield 1.8, "shifted", "an index is off by one", plus(node, step)
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            yield 2, "some-entries", "the slice leaves entries out", node.value
            if node.slice.step is not None:
                yield 1, "reversed", "the reversal is one too many", node.value
        elif site.role == "term" and is_one_row(node, names):
            total = ast.Call(ast.Attribute(node.value, "sum", ast.Load()), [], [ast.keyword("axis", ast.Constant(0))])
            yield 1.9, "batch-sum", f"only one row of {said(node.value)} is there and not the sum of all", total
    if (
        isinstance(node, ast.Name)
        and node.id in names
        and names[node.id].ndim == 1
        and names[node.id].size > 1
        and site.role == "argument"
        or (isinstance(node, ast.Call) and site.role == "term")
    ):
        turned = ast.Subscript(node, ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1))), ast.Load())
        yield 2, "reversed", f"{said(node)} is to be reversed", turned
    if isinstance(node, ast.Name) and node.id in names and names[node.id].ndim and site.role != "index":
        for axis in range(-1, -1 - names[node.id].ndim, -1):  # as tensors are turned, which have no negative steps
            turned = ast.Call(ast.Attribute(node, "flip", ast.Load()), [ast.Constant(axis)], [])
            yield 2.1, "reversed", f"{said(node)} is to be reversed" + f" along axis {axis}" * (axis < -1), turned
    if isinstance(node, (ast.Tuple,)) and site.role == "term" and 2 <= len(node.elts) <= 5:
        for i in range(len(node.elts) - 1):
            new = [*node.elts]
            new[i], new[i + 1] = new[i + 1], new[i]
            yield 1.5, "swapped", "the results are in another order than the arguments", ast.Tuple(new, ast.Load())


def is_one_row(node: ast.Subscript, names: dict) -> bool:
    """Whether an index takes one row of a matrix, as far as that is seen."""
    if isinstance(node.value, ast.Name):
        return node.value.id in names and names[node.value.id].ndim > 1
    return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and isinstance(node.value, (ast.BinOp, ast.Call))


def inside_derivative(site: Site) -> bool:
    """Whether a variable stands where an activation's derivative is taken: z > 0, 1 − a², a(1 − a)."""
    parent = site.parent
    if isinstance(parent, ast.Compare):
        return all(isinstance(c, ast.Constant) for c in parent.comparators) or site.node is not parent.left
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Sub) and ast.unparse(parent.left) in ("1", "1.0")


def renamed(root: ast.FunctionDef, names: dict) -> Iterator[Edit]:
    """One variable in place of another wherever it is read."""
    read = [n for n in ast.walk(root) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names]
    for name in dict.fromkeys(n.id for n in read):
        uses = [n for n in read if n.id == name]
        for other, value in names.items():
            if len(uses) > 1 and other != name and value.shape == names[name].shape and value.ndim:
                statement = next(s for s in root.body if any(n is uses[0] for n in ast.walk(s)))

                class Rename(ast.NodeTransformer):
                    def visit_Name(self, node, name=name, other=other):
                        return (
                            ast.copy_location(ast.Name(other, node.ctx), node)
                            if node.id == name and isinstance(node.ctx, ast.Load)
                            else node
                        )

                body = [Rename().visit(copy.deepcopy(s)) for s in root.body]
                slip = f"`{other}` belongs where `{name}` stands, {len(uses)} times"
                yield Edit(2.5, "variable", slip, root, "body", 0, uses[0], body, statement, (name, other))


def is_activation(values: dict[str, np.ndarray], a: str, b: str) -> bool:
    """Whether one of two variables is an increasing function of the other, entry by entry: a = f(z)."""
    if a not in values or b not in values or values[a].shape != values[b].shape or values[a].size < 2:
        return False
    va, vb = values[a].ravel(), values[b].ravel()
    order = np.argsort(va, kind="stable")
    steps_a, steps_b = np.diff(va[order]), np.diff(vb[order])
    with np.errstate(all="ignore"):
        known = any(np.allclose(f(p), q, rtol=1e-4, atol=1e-6) for p, q in ((va, vb), (vb, va)) for f in ACTIVATIONS)
    return known or len(va) > 3 and bool((steps_b >= 0).all() and ((steps_a > 0) == (steps_b > 0)).mean() > 0.5)


ACTIVATIONS = (
    np.tanh, lambda z: 1 / (1 + np.exp(-z)), lambda z: np.maximum(z, 0), lambda z: np.exp(np.minimum(z, 50)), lambda z: np.logaddexp(0, z),
    lambda z: z / (1 + np.exp(-z)), lambda z: np.where(z > 0, z, 0.01 * z), np.sin, np.cos, lambda z: z * z,
)  # fmt: skip


def of_number(site: Site, value: float):
    if site.role == "index" or isinstance(site.statement, ast.For) and site.parent is not site.statement:
        for step in (1, -1):
            if value + step or not isinstance(site.parent, ast.BinOp):
                yield 1.5, "shifted", "an index is off by one", number(value + step)
        return
    if site.role == "axis":
        return
    if site.role == "exponent":
        for other in (value - 1, value + 1, value / 2, -value, 2, 3, 0.5):
            if other != value:
                yield 1.6, "power", f"the power should be {other:g} and not {value:g}", number(other)
        return
    cause = "factor" if site.role in ("operand", "argument") else "constant"
    if isinstance(site.parent, ast.Compare):
        cause = "half-space"
    for exact, text in EXACT:
        if value != exact and abs(value - exact) <= 2e-3 * abs(exact):
            yield 1, "factor", f"{value:g} stands for {text} with few digits only", ast.Constant(exact)
    others = [2 * value, value / 2, value + 1, value - 1, -value, 1.0 if value else 1.0]
    for other in dict.fromkeys(others):
        if other != value:
            yield (
                1.4,
                "sign" if other == -value else "factor" if cause == "constant" else cause,
                f"{other:g} belongs where {value:g} stands",
                number(other),
            )
