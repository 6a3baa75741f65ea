"""Edits of calls: what does not belong there, what another function does, along which axis."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from .edit import AXES, KEEP, Edit, Site, is_module, plus


CUT = ("detach", "detach_", "item", "tolist", "numpy", "cpu", "clone", "copy", "stop_gradient", "requires_grad_")


NARROWING = (
    "astype",
    "float",
    "half",
    "bfloat16",
    "to",
    "type",
    "float32",
    "float16",
    "int",
    "int32",
    "int64",
    "single",
)


ROUNDING = ("round", "around", "rint", "floor", "ceil", "trunc", "fix")


BOUNDING = ("clip", "clamp", "clip_", "clamp_")


OTHERS = {
    "sum": ("mean",), "mean": ("sum",), "sin": ("cos",), "cos": ("sin",), "maximum": ("minimum",), "minimum": ("maximum",), "max": ("min", "sum"), "min": ("max",),
    "exp": ("log", "expm1"), "log": ("exp", "log1p"), "log10": ("log",), "log2": ("log",), "sinh": ("cosh",), "cosh": ("sinh",), "zeros_like": ("ones_like",), "ones_like": ("zeros_like",),
    "outer": ("multiply",), "argmax": ("argmin",), "set": ("add",), "cumsum": ("sum",), "multiply": ("matmul",), "matmul": ("multiply",),
    "greater": ("less",), "less": ("greater",), "tanh": ("sinh",), "sqrt": ("square",), "square": ("sqrt",), "tril": ("triu",), "triu": ("tril",), "var": ("std",), "std": ("var",),
}  # fmt: skip


CAUSE_OF_OTHER = {
    "sum": "mean",
    "mean": "mean",
    "set": "accumulation",
    "multiply": "elementwise-product",
    "matmul": "elementwise-product",
    "outer": "elementwise-product",
}


def of_call(site: Site, names: dict, np_name: str | None):
    node = site.node
    if not isinstance(node, ast.Call):
        return
    word = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
    subject = node.func.value if method else node.args[0] if node.args else None
    if subject is not None and not isinstance(subject, ast.Starred):
        if word in CUT:
            yield 0.5, "detached", f"`{word}` cuts it off from differentiation", subject
        elif word in NARROWING or any("float32" in ast.unparse(a) for a in (*node.args, *node.keywords)):
            yield 0.6, "narrow", f"`{word}` cuts the digits", subject
        elif word in ROUNDING:
            yield 0.6, "rounded", f"`{word}` cuts the digits", subject
        elif word in BOUNDING:
            yield 0.8, "clipped", f"`{word}` does not belong in a derivative", subject
        elif word in ("array", "asarray", "tensor", "as_tensor"):
            yield 1, "detached", f"`{word}` makes new numbers that differentiation does not know", subject
        elif word in ("sum", "mean"):
            yield 1.6, "axis", f"the {word} does not belong here", subject
        elif word == "abs":
            yield 1.6, "sign", "the absolute value does not belong here", subject
        elif len(node.args) == (0 if method else 1):
            yield 2, "function", f"`{word}` does not belong here", subject, (word, ast.unparse(subject))
    if word == "set" and method and isinstance(subject, ast.Subscript) and ast.unparse(subject.value).endswith(".at"):
        yield 1.2, "some-entries", "the line overwrites entries that were right", subject.value.value
    constant = bool(node.args) and isinstance(node.args[0], ast.Constant)
    for other in OTHERS.get(word, ()) if not (word == "set" and constant) else ():
        func = (
            ast.Attribute(node.func.value, other, ast.Load())
            if isinstance(node.func, ast.Attribute)
            else ast.Name(other, ast.Load())
        )
        slip = f"`{other}` belongs where `{word}` stands"
        yield (
            (0.8 if word == "set" else 1.3),
            CAUSE_OF_OTHER.get(word, "function"),
            slip,
            ast.Call(func, node.args, node.keywords),
        )
    plain = [a for a in node.args if not isinstance(a, ast.Starred)]
    if (
        len(plain) == len(node.args) >= 2
        and not method
        and word not in ("where", "range", "zeros", "ones", "full", "einsum")
    ):
        cause = "order" if word in ("dot", "matmul", "mm", "outer", "kron", "cross") else "variable"
        yield (
            1.6,
            cause,
            "the arguments are in the wrong order",
            ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords),
        )
        if word in ("dot", "matmul", "mm"):
            yield (
                2,
                "elementwise-product",
                "an elementwise product belongs here",
                ast.BinOp(node.args[0], ast.Mult(), node.args[1]),
            )
        if word == "outer":
            yield (
                2.5,
                "elementwise-product",
                "an elementwise product belongs here",
                ast.BinOp(node.args[0], ast.Mult(), node.args[1]),
            )
    if word == "dot" and method and len(plain) == 1:
        yield (
            1.6,
            "order",
            "the factors are in the wrong order",
            ast.Call(ast.Attribute(node.args[0], "dot", ast.Load()), [node.func.value], []),
        )
        yield (
            2,
            "elementwise-product",
            "an elementwise product belongs here",
            ast.BinOp(node.func.value, ast.Mult(), node.args[0]),
        )
    if word == "where" and len(node.args) == 3:
        yield (
            1.2,
            "comparison",
            "the branches are exchanged",
            ast.Call(node.func, [node.args[0], node.args[2], node.args[1]], node.keywords),
        )
    if word == "range":
        for k, argument in enumerate(node.args[:2]):
            for step in (1, -1):
                new = [*node.args]
                new[k] = plus(argument, step)
                yield 1.7, "shifted", "the loop begins or ends one off", ast.Call(node.func, new, node.keywords)
    if word in (
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "cumsum",
        "softmax",
        "argmax",
        "amax",
        "norm",
        "logsumexp",
        "flip",
        "std",
        "var",
    ):
        yield from of_axes(node, method)


def of_axes(node: ast.Call, method: bool):
    keywords = {k.arg: k for k in node.keywords}
    axis = next((w for w in AXES if w in keywords), None)
    position = 0 if method else 1
    others = [k for k in node.keywords if k.arg not in AXES]
    if axis is not None:
        for value in (0, 1, -1, None):
            if ast.unparse(keywords[axis].value) != str(value):
                yield (
                    1.1,
                    "axis",
                    "it runs along the wrong axis",
                    ast.Call(node.func, node.args, [*others, ast.keyword(axis, ast.Constant(value))]),
                )
    elif len(node.args) > position:
        for value in (0, 1, -1):
            if ast.unparse(node.args[position]) != str(value):
                new = [*node.args]
                new[position] = ast.Constant(value)
                yield 1.1, "axis", "it runs along the wrong axis", ast.Call(node.func, new, node.keywords)
        yield (
            1.5,
            "axis",
            "it should run over all entries and not along one axis",
            ast.Call(node.func, [a for k, a in enumerate(node.args) if k != position], node.keywords),
        )
    else:
        for value in (0, 1, -1):
            yield (
                1.4,
                "axis",
                "it should run along one axis and not over all entries",
                ast.Call(node.func, node.args, [*node.keywords, ast.keyword("axis", ast.Constant(value))]),
            )
            yield (
                1.5,
                "axis",
                "it should run along one axis and not over all entries",
                ast.Call(
                    node.func,
                    node.args,
                    [
                        *node.keywords,
                        ast.keyword("axis", ast.Constant(value)),
                        ast.keyword("keepdims", ast.Constant(True)),
                    ],
                ),
            )
    keep = next((w for w in KEEP if w in keywords), None)
    if keep is not None:
        yield (
            1.5,
            "axis",
            "keepdims makes it broadcast along the wrong axis",
            ast.Call(node.func, node.args, [k for k in node.keywords if k.arg != keep]),
        )
        for value in (0, 1) if axis is not None else ():
            kept = [k for k in node.keywords if k.arg != axis]
            yield (
                1.3,
                "axis",
                "it runs along the wrong axis",
                ast.Call(node.func, node.args, [*kept, ast.keyword(axis, ast.Constant(value))]),
            )
    elif axis is not None or len(node.args) > position:
        yield (
            1.2,
            "axis",
            "without keepdims it broadcasts along the wrong axis",
            ast.Call(node.func, node.args, [*node.keywords, ast.keyword("keepdims", ast.Constant(True))]),
        )


def calls_left_out(root: ast.FunctionDef) -> Iterator[Edit]:
    """f(x) for x wherever it stands, where it stands several times: f′ in terms of a = f(z) has no f left."""
    calls = [n for n in ast.walk(root) if isinstance(n, ast.Call) and len(n.args) == 1 and not n.keywords]
    for text in dict.fromkeys(ast.unparse(n) for n in calls):
        same = [n for n in calls if ast.unparse(n) == text]
        if len(same) > 1:

            class Without(ast.NodeTransformer):
                def visit_Call(self, node, text=text):
                    return self.visit(node.args[0]) if ast.unparse(node) == text else self.generic_visit(node)

            body = [Without().visit(copy.deepcopy(s)) for s in root.body]
            statement = next(s for s in root.body if any(n is same[0] for n in ast.walk(s)))
            inner = ast.unparse(same[0].args[0])
            yield Edit(
                2.6,
                "function",
                f"`{inner}` belongs where `{text}` stands",
                root,
                "body",
                0,
                same[0],
                body,
                statement,
                (text, inner),
            )


def other_axes(root: ast.FunctionDef) -> Iterator[Edit]:
    """All sums and means of one line, along another axis."""
    for statement in [s for s in ast.walk(root) if isinstance(s, (ast.Assign, ast.AugAssign, ast.Return))]:
        calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call) and axis_of(n) is not None]
        for old in dict.fromkeys(ast.unparse(axis_of(n)) for n in calls):
            same = [n for n in calls if ast.unparse(axis_of(n)) == old]
            for new in ("0", "1", "-1") if len(same) > 1 else ():
                for keep in (False, True):
                    changed = copy.deepcopy(statement)
                    for node in ast.walk(changed):
                        if (
                            isinstance(node, ast.Call)
                            and axis_of(node) is not None
                            and ast.unparse(axis_of(node)) == old
                        ):
                            with_axis(node, ast.parse(new, mode="eval").body, keep)
                    slip = (
                        f"axis {new} belongs where axis {old} stands, {len(same)} times"
                        if new != old
                        else f"keepdims is missing {len(same)} times"
                    )
                    for owner, field, k in holders(root, statement):
                        yield Edit(1.7, "axis", slip, owner, field, k, statement, changed, statement)


def holders(root: ast.AST, statement: ast.stmt) -> Iterator[tuple[ast.AST, str, int]]:
    """Where a statement stands: what holds it, in which field and place."""
    for owner in ast.walk(root):
        for field, value in ast.iter_fields(owner):
            if isinstance(value, list) and any(child is statement for child in value):
                yield owner, field, next(k for k, child in enumerate(value) if child is statement)


def axis_of(node: ast.Call) -> ast.expr | None:
    """The axis of a reduction where it is given."""
    word = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if word not in ("sum", "mean", "max", "min", "var", "std", "amax"):
        return None
    named = next((k.value for k in node.keywords if k.arg in AXES), None)
    position = 1 if is_module(node.func.value) else 0
    return named if named is not None else node.args[position] if len(node.args) > position else None


def with_axis(node: ast.Call, axis: ast.expr, keep: bool) -> None:
    position = 1 if is_module(node.func.value) else 0
    node.args = node.args[:position]
    node.keywords = [k for k in node.keywords if k.arg not in AXES] + [ast.keyword("axis", axis)]
    if keep and not any(k.arg in KEEP for k in node.keywords):
        node.keywords.append(ast.keyword("keepdims", ast.Constant(True)))
