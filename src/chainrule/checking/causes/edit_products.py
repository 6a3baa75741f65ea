"""Edits of products, sums and transposes: a factor or a term too many, a sign, @ for *, a transpose."""

from __future__ import annotations

import ast


from .edit import Site, said, transpose


def of_product(site: Site, names: dict, np_name: str | None):
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        left, right = node.left, node.right
        times = isinstance(node.op, ast.Mult)
        yield (
            1,
            cause_of_factor(right, names),
            f"the factor {said(right)} is one too many" if times else f"the division by {said(right)} is one too many",
            left,
        )
        if times:
            yield 1, cause_of_factor(left, names), f"the factor {said(left)} is one too many", right
            yield (
                2,
                "elementwise-product",
                "`*` is elementwise; a matrix product belongs here",
                ast.BinOp(left, ast.MatMult(), right),
            )
            yield (
                2.4,
                "elementwise-product",
                "`*` is elementwise; a matrix product belongs here",
                ast.BinOp(right, ast.MatMult(), left),
            )
            yield from without_two(node, names)
        else:
            if any(word in ast.unparse(right) for word in ("norm(", "max(", "sum(")) and ast.unparse(left) in ast.unparse(right):
                yield 0.9, "normalized", f"the division by {said(right)} gives it another length", left
            yield (
                2,
                cause_of_factor(right, names),
                f"{said(right)} is a factor and not a divisor",
                ast.BinOp(left, ast.Mult(), right),
            )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield (
            2.2,
            cause_of_factor(node.right, names),
            f"it should be divided by {said(node.right)}",
            ast.BinOp(node.left, ast.Div(), node.right),
        )
        yield (
            2.6,
            cause_of_factor(node.left, names),
            f"it should be divided by {said(node.left)}",
            ast.BinOp(node.right, ast.Div(), node.left),
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield 1.5, "order", "the factors are in the wrong order", ast.BinOp(node.right, ast.MatMult(), node.left)
        yield (
            2,
            "elementwise-product",
            "an elementwise product belongs here",
            ast.BinOp(node.left, ast.Mult(), node.right),
        )
        yield 2.2, "transposed", "the product is to be transposed", ast.Attribute(node, "T", ast.Load())
        yield from reordered(node, site)
        yield 3, cause_of_factor(node.right, names), f"the factor {said(node.right)} is one too many", node.left
        yield 3, cause_of_factor(node.left, names), f"the factor {said(node.left)} is one too many", node.right
        yield (
            2.5,
            "transposed",
            "both factors are to be transposed",
            ast.BinOp(transpose(node.left), ast.MatMult(), transpose(node.right)),
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield 2, "power", "the power is one too many", node.left
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield 1, "transposed", "the transpose is one too many", node.value
    elif matrix_like(node, names) and site.role in ("operand", "argument", "term"):
        yield 1.4, "transposed", "a transpose is missing", transpose(node)
    if isinstance(node, ast.Attribute) and node.attr in ("data", "real"):
        yield 0.5, "detached", "`.data` cuts it off from differentiation", node.value


def softmax_cut(factors: list, names: dict):
    """g p (1 − p) has the diagonal of softmax's Jacobian only: p (g − Σ g p)."""
    for i, one in enumerate(factors):
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and ast.unparse(one.left) in ("1", "1.0"):
            p = ast.unparse(one.right)
            j = next((j for j, other in enumerate(factors) if j != i and ast.unparse(other) == p), None)
            rest = [f for k, f in enumerate(factors) if k not in (i, j)]
            if j is not None and rest:
                g = " * ".join(f"({ast.unparse(f)})" for f in rest)
                for axes in ("axis=-1, keepdims=True", ""):
                    text = f"{p} * ({g} - ({g} * {p}).sum({axes}))"
                    yield (
                        1.5,
                        "softmax-diagonal",
                        f"this is the diagonal of softmax's Jacobian only; J = diag(p) − p pᵀ with p = `{p}`",
                        ast.parse(text, mode="eval").body,
                    )


def flattened(factors: list) -> list:
    """The factors, with those of a product in brackets, and of the numerator of a fraction."""
    found = []
    for factor in factors:
        if isinstance(factor, ast.BinOp) and isinstance(factor.op, ast.Mult):
            found += flattened([factor.left, factor.right])
        elif isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub):
            found += [ast.UnaryOp(ast.USub(), ast.Constant(1)), *flattened([factor.operand])]
        else:
            found.append(factor)
    return found


def without_two(node: ast.BinOp, names: dict):
    """A product of three or more without two of its factors: σ(1 − σ) that is there once too often."""
    factors, inner = [], node
    while isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
        factors.insert(0, inner.right)
        inner = inner.left
    factors.insert(0, inner)
    yield from softmax_cut(flattened(factors), names)
    for i in range(len(factors)) if len(factors) <= 5 else ():
        for j in range(i + 1, len(factors)) if len(factors) > 2 else ():
            kept = [f for k, f in enumerate(factors) if k not in (i, j)]
            product = kept[0]
            for factor in kept[1:]:
                product = ast.BinOp(product, ast.Mult(), factor)
            yield 2.1, "chain-factor", f"the factors {said(factors[i])} and {said(factors[j])} are too many", product


def reordered(node: ast.BinOp, site: Site):
    """A chain of three or more matrices with two of them exchanged."""
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult):
        return
    chain, inner, number = [], node, None
    while isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.MatMult):
        chain.insert(0, inner.right)
        inner = inner.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):  # 2 * A @ B is (2 A) B
        number, inner = inner.left, inner.right
    chain.insert(0, inner)
    for i in range(len(chain)) if 3 <= len(chain) <= 5 else ():
        for j in range(i + 1, len(chain)):
            turned = [*chain]
            turned[i], turned[j] = turned[j], turned[i]
            product = turned[0] if number is None else ast.BinOp(number, ast.Mult(), turned[0])
            for factor in turned[1:]:
                product = ast.BinOp(product, ast.MatMult(), factor)
            yield 1.7, "order", f"{said(chain[i])} and {said(chain[j])} are in the wrong order", product


def matrix_like(node: ast.AST, names: dict) -> bool:
    if isinstance(node, ast.Name):
        return node.id not in names or names[node.id].ndim >= 2
    return (
        isinstance(node, (ast.Attribute, ast.Subscript))
        or isinstance(node, ast.Call)
        or isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.MatMult)
    )


def cause_of_factor(node: ast.AST, names: dict) -> str:
    """A number, a size or a scalar variable is a constant factor; anything else is one of the chain rule."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Constant) or isinstance(node, ast.Name) and node.id in names and names[node.id].ndim == 0:
        return "factor"
    text = ast.unparse(node)
    if ".shape" in text or text.startswith("len(") or ".size" in text:
        return "factor"
    return "chain-factor"


def of_sum(site: Site, names: dict, np_name: str | None):
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        index = (
            site.role in ("index", "argument")
            and isinstance(node.right, ast.Constant)
            or isinstance(site.statement, ast.For)
            and site.field == "args"
        )
        minus = isinstance(node.op, ast.Sub)
        other = ast.Add() if minus else ast.Sub()
        yield (
            1.2,
            "shifted" if index else "sign",
            "an index is off by one" if index else f"the sign of {said(node.right)} is wrong",
            ast.BinOp(node.left, other, node.right),
        )
        slip = "an index or a loop is off by one" if index else f"the term {said(node.right)} is one too many"
        yield 1.3 if index else 1.8, "shifted" if index else extra(node.right, node.left), slip, node.left
        yield (
            1.8,
            extra(node.left, node.right),
            f"the term {said(node.left)} is one too many",
            ast.UnaryOp(ast.USub(), node.right) if minus else node.right,
        )
        if minus:
            yield 2.4, "sign", "the sign of the difference is wrong", ast.BinOp(node.right, ast.Sub(), node.left)
        else:
            yield 2.4, "sign", f"the sign of {said(node.left)} is wrong", ast.BinOp(node.right, ast.Sub(), node.left)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and site.role not in ("axis", "index"):
        yield 0.9, "sign", "the minus is one too many", node.operand


def extra(term: ast.AST, rest: ast.AST) -> str:
    return "doubled-term" if ast.unparse(term) in ast.unparse(rest) else "extra-term"
