"""Edits of whole lines: = for +=, in place or not, under no_grad, in another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edit import Edit, Site, said
from .edit_products import cause_of_factor


def of_statement(site: Site, names: dict, np_name: str | None):
    node = site.node
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and not isinstance(node.value, ast.Constant):
            yield (
                0.9,
                "accumulation",
                "`=` keeps the last contribution; `+=` adds them up",
                ast.AugAssign(target, ast.Add(), node.value),
            )
            if np_name:
                yield (
                    1.2,
                    "accumulation",
                    "np.add.at adds up the contributions of equal indices",
                    add_at(np_name, target, node.value),
                )
        elif isinstance(target, ast.Name):
            yield (
                1.4,
                "accumulation",
                "`=` overwrites what was there; `+=` adds to it",
                ast.AugAssign(target, ast.Add(), node.value),
            )
    if isinstance(node, ast.AugAssign):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield 1.2, "sign", "the sign of what is added is wrong", ast.AugAssign(node.target, other, node.value)
        if isinstance(node.op, (ast.Mult, ast.Div)):
            yield 1.6, cause_of_factor(node.value, names), f"the factor {said(node.value)} is one too many", ast.Pass()
        if isinstance(node.target, ast.Subscript) and np_name and isinstance(node.op, ast.Add):
            yield (
                0.9,
                "accumulation",
                "with equal indices `+=` adds only one; np.add.at adds all",
                add_at(np_name, node.target, node.value),
            )
        yield from other_end(node)
        adds = isinstance(node.op, (ast.Add, ast.Sub))
        if not adds and isinstance(node.target, ast.Name):
            yield (
                1.5,
                "in-place",
                f"`{node.target.id}` is changed in place, and used below as it was before",
                ast.Pass(),
            )
        yield (
            (1.5 if adds else 2.3),
            "accumulation",
            "`=` belongs there: the line adds to what was there before",
            ast.Assign([node.target], node.value),
        )
        if isinstance(node.target, ast.Name):
            apart = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            yield (
                0.8,
                "in-place",
                "it changes the array in place, which others still use",
                ast.Assign([node.target], apart),
            )
        yield 2, "extra-term", "the line is one too many", ast.Pass()
    if isinstance(node, ast.With) and any(
        w in ast.unparse(node.items[0]) for w in ("no_grad", "inference_mode", "set_grad_enabled")
    ):
        yield (
            0.5,
            "detached",
            "what is computed under no_grad is not differentiated",
            ast.If(ast.Constant(True), node.body, []),
        )
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        yield 2, "some-entries", "the line is one too many", ast.Pass()
    if isinstance(node, ast.If):
        yield 2.2, "half-space", "the branch is one too many", ast.If(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield 2, "in-place", "the line changes what is used below", ast.Pass()


def other_end(node: ast.AugAssign):
    """x[1:] += e has a companion x[:-1] -= e: a difference depends on both of its ends."""
    target = node.target
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
        low, high = target.slice.lower, target.slice.upper
        if (low is None) != (high is None):
            moved = (
                ast.Slice(None, ast.UnaryOp(ast.USub(), low))
                if high is None
                else ast.Slice(high.operand, None)
                if isinstance(high, ast.UnaryOp)
                else None
            )
            if moved is not None:
                for op in (ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.op):
                    other = ast.AugAssign(ast.Subscript(target.value, moved, ast.Store()), op, node.value)
                    yield (
                        2.2,
                        "missing-term",
                        "the other end of each difference contributes as well",
                        ast.If(ast.Constant(True), [node, other], []),
                    )


def add_at(np_name: str, target: ast.Subscript, value: ast.expr) -> ast.Expr:
    at = ast.Attribute(ast.Attribute(ast.Name(np_name, ast.Load()), "add", ast.Load()), "at", ast.Load())
    return ast.Expr(ast.Call(at, [loaded(target.value), target.slice, value], []))


def loaded(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def exchanged_lines(root: ast.FunctionDef) -> Iterator[Edit]:
    """A line moved down, past others that use what it changes."""
    for owner in ast.walk(root):
        body = getattr(owner, "body", None)
        if not isinstance(body, list):
            continue
        for k, first in enumerate(body):
            changed = names_of(first, ast.Store) if isinstance(first, (ast.Assign, ast.AugAssign)) else set()
            below = [
                m
                for m in range(k + 1, len(body))
                if isinstance(body[m], (ast.Assign, ast.AugAssign)) and changed & names_of(body[m], ast.Load)
            ]
            for m in below[:1] + below[-1:] if len(below) > 1 else below:
                moved = [*body[:k], *body[k + 1 : m + 1], first, *body[m + 1 :]]
                yield Edit(
                    1.6,
                    "in-place",
                    f"it is changed before line {body[m].lineno} uses it: move the line below that",
                    owner,
                    "body",
                    k,
                    first,
                    moved,
                    first,
                )


def names_of(node: ast.AST, context: type) -> set[str]:
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
    if context is ast.Store:  # w[0] = 1 and w += 1 write w as well
        found |= {
            n.value.id
            for n in ast.walk(node)
            if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name)
        }
    return found
