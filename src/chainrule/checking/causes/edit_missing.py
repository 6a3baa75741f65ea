"""Edits that put in what may be missing: a factor of the chain rule, a term, a sum over the rows, a mean's division."""

from __future__ import annotations

import ast

from .edit import Site, said


def of_term(site: Site, names: dict, np_name: str | None):
    """A factor, a term, a sum that is not there."""
    node = site.node
    if site.role not in ("term", "operand", "argument") or isinstance(
        node, (ast.Compare, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Lambda)
    ):
        return
    if isinstance(site.statement, (ast.For, ast.Expr)) and site.role == "argument":
        return
    shape = shape_of(site, names)
    whole = site.role == "term"
    if whole:
        if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)):
            yield 1.9, "sign", "a minus is missing", ast.UnaryOp(ast.USub(), node)
        yield 2, "factor", "a factor 2 is missing", ast.BinOp(ast.Constant(2), ast.Mult(), node)
        yield 2, "factor", "a factor ½ is missing", ast.BinOp(node, ast.Div(), ast.Constant(2))
        for axis in (0, 1):
            for keep in (False, True):
                kept = [ast.keyword("keepdims", ast.Constant(True))] if keep else []
                yield (
                    1.9 + keep / 4,
                    "batch-sum",
                    "the sum over the rows is missing",
                    ast.Call(
                        ast.Attribute(node, "sum", ast.Load()), [], [ast.keyword("axis", ast.Constant(axis)), *kept]
                    ),
                )
        yield 2.4, "batch-sum", "the sum is missing", ast.Call(ast.Attribute(node, "sum", ast.Load()), [], [])
        for size in sizes_in_source(names):
            yield (
                2.3,
                "mean",
                f"the division by `{size}` that a mean brings is missing",
                ast.BinOp(node, ast.Div(), ast.parse(size, mode="eval").body),
            )
    if isinstance(node, ast.Name) and node.id in names and names[node.id].ndim:
        for text, slip in factors_of(node.id, np_name):
            # dh * h where dh * (1 - h**2) belongs: the function in place of its derivative. What only lacks a factor stands below
            if text != node.id and f"{node.id} *" not in text.replace("**", "^") and f"* {node.id})" not in text:
                made = ast.parse(text, mode="eval").body
                yield 3.15, "function", f"`{node.id}` stands in place of {slip}, a derivative", made
    if isinstance(node, (ast.BinOp, ast.Call)) and len(ast.unparse(node)) < 60:
        for text, slip in factors_of("@", np_name):
            if text != "@":  # a factor made of the expression itself: relu(z)² needs [z > 0] beside 2z
                own = ast.unparse(node)
                made = ast.BinOp(node, ast.Mult(), ast.parse(text.replace("@", f"({own})"), mode="eval").body)
                yield 3.7, "chain-factor", f"the factor {slip.replace('`@`', said(node))} is missing", made
    for name, value in names.items():
        other = ast.Name(name, ast.Load())
        if ast.unparse(node) == name:
            continue
        if value.ndim == 0:
            if abs(value) in (0, 1) or not whole:
                continue
            yield 3, "factor", f"the factor `{name}` is missing", ast.BinOp(node, ast.Mult(), other), ("1", name)
            yield 3.1, "factor", f"the division by `{name}` is missing", ast.BinOp(node, ast.Div(), other), ("1", name)
        elif shape is None or broadcasts(value.shape, shape):
            for text, slip in factors_of(name, np_name):
                cost = 3 + 0.1 * (site.role == "argument") + (0.3 if text != name else 0) + 0.4 * (shape is None)
                made = ast.BinOp(node, ast.Mult(), ast.parse(text, mode="eval").body)
                yield cost, "chain-factor", f"the factor {slip} is missing", made
            if whole and (shape is None or value.shape == shape):
                yield 3.2, "missing-term", f"the term `{name}` is missing", ast.BinOp(node, ast.Add(), other)
                yield 3.3, "missing-term", f"the term −`{name}` is missing", ast.BinOp(node, ast.Sub(), other)
                for scalar, number_ in names.items():
                    if number_.ndim == 0 and abs(number_) not in (0, 1):
                        for text in (f"{scalar} * {name}", f"2 * {scalar} * {name}"):
                            term = ast.parse(text, mode="eval").body
                            yield 3.4, "missing-term", f"the term `{text}` is missing", ast.BinOp(node, ast.Add(), term)


def shape_of(site: Site, names: dict) -> tuple[int, ...] | None:
    """The shape of the place where it is known: of the variable that it is assigned to, or of the name that stands there."""
    if isinstance(site.node, ast.Name) and site.node.id in names:
        return names[site.node.id].shape
    statement = site.statement
    if site.role == "term" and isinstance(statement, (ast.Assign, ast.AugAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name) and target.id in names:
            return names[target.id].shape
    return None


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return len(a) <= len(b) and all(m in (1, n) for m, n in zip(a[::-1], b[::-1])) and len(a) > 0


def factors_of(name: str, np_name: str | None):
    """Derivatives of activations in terms of a variable, and the variable itself."""
    yield name, f"`{name}`"
    yield f"(1 - {name} ** 2)", f"1 − `{name}`²"
    yield f"({name} * (1 - {name}))", f"`{name}`(1 − `{name}`)"
    yield f"({name} > 0)", f"[`{name}` > 0]"
    yield f"(1 - {name})", f"1 − `{name}`"
    yield f"(2 * {name})", f"2`{name}`"
    if np_name:
        yield f"{np_name}.cos({name})", f"cos `{name}`"
        yield f"{np_name}.exp({name})", f"exp `{name}`"
        yield f"(-{np_name}.sin({name}))", f"−sin `{name}`"
        yield f"{np_name}.sign({name})", f"sign `{name}`"
        yield f"(1 / {name})", f"1/`{name}`"


def sizes_in_source(names: dict) -> list[str]:
    """Sizes of the arrays in sight, each once: `X.shape[0]`."""
    found: dict[int, str] = {}
    for name, value in sorted(names.items(), key=lambda item: -item[1].ndim):
        for axis, size in enumerate(value.shape):
            if size > 1:
                found.setdefault(size, f"{name}.shape[{axis}]")
    return list(found.values())[:4]
