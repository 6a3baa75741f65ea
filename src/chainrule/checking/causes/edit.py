"""One change of a function's source: what an edit is, and the places of a syntax tree where one can be made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

AXES = ("axis", "dim")
KEEP = ("keepdims", "keepdim")


class Edit(NamedTuple):
    """Put `new` where `old` is: the field `field` (and place `k` in it) of `parent`, within `statement`."""

    cost: float
    cause: str
    slip: str
    parent: ast.AST
    field: str
    k: int | None
    old: ast.AST
    new: ast.AST
    statement: ast.stmt
    swap: tuple[str, str] | None = None  # the names of variables that were exchanged

    @contextmanager
    def made(self) -> Iterator[None]:
        """The tree with the edit in it, and as it was afterwards. Of statements `new` may be a list: the whole block anew."""
        before = getattr(self.parent, self.field)
        kept = [*before] if isinstance(before, list) else before
        if isinstance(self.new, list):
            before[:] = self.new
        elif self.k is None:
            setattr(self.parent, self.field, self.new)
        else:
            before[self.k] = self.new
        try:
            yield
        finally:
            if isinstance(before, list):
                before[:] = kept
            else:
                setattr(self.parent, self.field, kept)


class Site(NamedTuple):
    """A place in the tree: an expression or a statement, what holds it, and what it is part of."""

    parent: ast.AST
    field: str
    k: int | None
    node: ast.AST
    statement: ast.stmt
    role: str  # "term" of a sum or a whole right-hand side, "operand" of a product, "index", "exponent", "axis", "compare", ""


def sites(root: ast.FunctionDef) -> Iterator[Site]:
    """Every expression that is read and every statement of a function, the last statements first."""

    def inside(node: ast.AST, statement: ast.stmt) -> Iterator[Site]:
        for name, value in ast.iter_fields(node):
            for k, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.stmt):
                    yield Site(node, name, k, child, child, "")
                    yield from inside(child, child)
                elif isinstance(
                    child, (ast.expr, ast.comprehension, ast.keyword, ast.withitem, ast.ExceptHandler)
                ) and not untouched(node, name):
                    if isinstance(child, ast.expr) and not isinstance(
                        getattr(child, "ctx", None), (ast.Store, ast.Del)
                    ):
                        yield Site(node, name, k, child, statement, role_of(node, name))
                    yield from inside(child, statement)

    for k in reversed(range(len(root.body))):
        statement = root.body[k]
        yield Site(root, "body", k, statement, statement, "")
        yield from inside(statement, statement)


def untouched(node: ast.AST, name: str) -> bool:
    """What is left alone: loops that may not end, and what only says what things are called."""
    return (
        isinstance(node, ast.While)
        and name == "test"
        or name in ("annotation", "returns", "decorator_list", "func")
        and not isinstance(node, ast.Call)
        or isinstance(node, ast.Raise)
    )


def role_of(node: ast.AST, name: str) -> str:
    if isinstance(node, (ast.Assign, ast.Return, ast.AugAssign, ast.AnnAssign)) and name == "value":
        return "term"
    if isinstance(node, (ast.Tuple, ast.List, ast.Dict)) and name in ("elts", "values"):
        return "term"
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return "term"
        if isinstance(node.op, ast.Pow) and name == "right":
            return "exponent"
        return "operand"
    if isinstance(node, ast.Subscript) and name == "slice" or isinstance(node, ast.Slice):
        return "index"
    if isinstance(node, ast.keyword) and node.arg in AXES:
        return "axis"
    if isinstance(node, ast.Compare):
        return "compare"
    if isinstance(node, ast.Call) and name == "args":
        return "argument"
    return ""


def said(node: ast.AST) -> str:
    text = ast.unparse(node)
    return f"`{text}`" if len(text) <= 40 else "there"


def plus(node: ast.expr, step: int) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(node.value + step)
    return ast.BinOp(node, ast.Add() if step > 0 else ast.Sub(), ast.Constant(1))


def number(value: float) -> ast.expr:
    value = int(value) if float(value).is_integer() else value
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def is_module(node: ast.AST) -> bool:
    """Whether `np`, `torch.nn.functional`: names of modules are taken to be short and never to hold data."""
    return ast.unparse(node) in (
        "np",
        "numpy",
        "jnp",
        "torch",
        "F",
        "jax.numpy",
        "jax.nn",
        "lax",
        "jax.lax",
        "jax",
        "math",
        "scipy.special",
        "special",
        "torch.nn.functional",
        "np.linalg",
        "sp",
    )


def transpose(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())
