"""Repairs for shapes that do not fit: only those that would work with the sizes at hand."""

from __future__ import annotations

from ..core.dims import Dim
from .sizes import find, spelled
from .tree import Tree
from .values import Value


def same(a, b) -> bool:
    return find(a) is find(b)


def wrapped(infer, value: Value) -> str:
    """The text of a factor, in brackets where a transpose would otherwise bind to its last part only."""
    text = infer.source(value.tree)
    simple = (
        value.tree.kind in ("name", "number", "call", "norm", "bars", "subscript", "item")
        or text.isidentifier()
        or text.startswith("(")
        and text.endswith(")")
    )
    return text if simple else f"({text})"


def factor(infer, value: Value, right: bool = False) -> str:
    """The text of an operand as a factor; on the right a product keeps to itself."""
    loose = ("sum", "compare", "bigsum", "product") if right else ("sum", "compare", "bigsum")
    text = infer.source(value.tree)
    bracketed = text.startswith("(") and text.endswith(")")
    composed = value.tree.kind in loose or value.tree.kind == "known" and not text.replace(".", "").isidentifier()
    return f"({text})" if composed and not bracketed else text


def transposed(infer, value: Value) -> str:
    text = infer.source(value.tree)
    if value.tree.kind == "transpose" and text.endswith(("^T", ".T", "'")):
        return text[: -1 if text.endswith("'") else -2]  # a transpose taken back
    return wrapped(infer, value) + (".T" if infer.numpy else "^T")


def repairs_of_product(infer, left: Value, right: Value) -> str | None:
    """Transposes and entrywise products that would fit, nearest first, at most two."""
    a, b = factor(infer, left), factor(infer, right, True)
    at, bt = transposed(infer, left), transposed(infer, right)
    times = " @ " if infer.numpy else " "
    found = []
    L, R = left.dims, right.dims
    if len(L) == 1 and len(R) == 2:
        if same(L[0], R[0]) and not left.row and not infer.numpy:
            found.append(f"{at}{times}{b} has shape {spelled(R[1:])}")
        if same(L[0], R[1]):
            found.append(
                f"{factor(infer, right)}{times}{factor(infer, left, True) if not left.row else at} has shape {spelled(R[:1])}"
            )
    elif len(L) == 2 and len(R) == 1:
        if right.row and same(L[1], R[0]):
            found.append(f"{a}{times}{bt} has shape {spelled(L[:1])}")
        if same(L[0], R[0]):
            found.append(f"{at}{times}{b if not right.row else bt} has shape {spelled(L[1:])}")
    elif len(L) == 2 and len(R) == 2:
        for text, p, q, rest in (
            (f"{a}{times}{bt}", L[1], R[1], (L[0], R[0])),
            (f"{at}{times}{b}", L[0], R[0], (L[1], R[1])),
            (f"{factor(infer, right)}{times}{factor(infer, left, True)}", R[1], L[0], (R[0], L[1])),
        ):
            if same(p, q):
                found.append(f"{text} has shape {spelled(rest)}")
        if same(L[0], R[0]) and same(L[1], R[1]):
            found.append(f"{a} {'*' if infer.numpy else '.*'} {b} multiplies entry by entry")
    elif len(L) == len(R) == 1 and same(L[0], R[0]):
        found.append(f"{at}{times}{b} is a scalar")
    return "\n".join(found[:2]) or None


def repairs_of_star(infer, left: Value, right: Value) -> str | None:
    """The two readings of a matrix `*` a vector in NumPy's dialect."""
    matrix, vector = (left, right) if len(left.dims) == 2 else (right, left)
    a, x = wrapped(infer, matrix), wrapped(infer, vector)
    found = []
    if same(matrix.dims[1], vector.dims[0]) or not _known(matrix.dims[1], vector.dims[0]):
        found += [f"{a} @ {x} is the product", f"{a} * {x}[None, :] scales the columns"]
    if same(matrix.dims[0], vector.dims[0]):
        if matrix is right:
            found.insert(0, f"{x} @ {a} is the product")
        found.append(f"{a} * {x}[:, None] scales the rows")
    return "\n".join(found[:3]) or None


def _known(*sizes) -> bool:
    return all(type(find(s)) is Dim for s in sizes)


def repairs_of_sum(infer, left: Value, right: Value, verb: str, sign: str) -> str | None:
    """Transposes and outer products with `ones` that give equal shapes."""
    if verb not in ("add", "multiply"):
        return None
    if infer.numpy and sign == ".*":
        sign = "*"
    L, R = left.dims, right.dims
    found = []
    if len(L) == len(R) == 2 and same(L[0], R[1]) and same(L[1], R[0]):
        found.append(f"{wrapped(infer, left)} {sign} {transposed(infer, right)} has shape {spelled(L)}")
    elif len(L) == len(R) == 1 and same(L[0], R[0]):
        found.append(f"{wrapped(infer, left)} {sign} {transposed(infer, right)} has shape {spelled(L)}")
    elif {len(L), len(R)} == {1, 2}:
        matrix, vector = (left, right) if len(L) == 2 else (right, left)
        m, v, called = factor(infer, matrix), wrapped(infer, vector), infer.source(vector.tree)
        if same(matrix.dims[1], vector.dims[0]):
            found.append(
                f"{m} {sign} {v}[None, :] takes {called} to every row"
                if infer.numpy
                else f"{m} {sign} ones {factor(infer, vector, True) if vector.row else transposed(infer, vector)} takes {called} to every row"
            )
        if same(matrix.dims[0], vector.dims[0]):
            found.append(
                f"{m} {sign} {v}[:, None] takes {called} to every column"
                if infer.numpy
                else f"{m} {sign} {factor(infer, vector) if not vector.row else transposed(infer, vector)} ones^T takes {called} to every column"
            )
    return "\n".join(found[:2]) or None


def tightly(infer, tree: Tree) -> tuple[Tree, str] | None:
    """The product with `.*` and `./` taken last, and how to write it: (B x) .* (C x) for B x .* C x.

    None if that is how it is read anyway.
    """
    entrywise = (".*", "./", "*", "/") if infer.numpy else (".*", "./")
    groups, between = [[0]], [""]
    for at, sign in enumerate(tree.value[1:], 1):
        if sign in entrywise:
            groups.append([at])
            between.append(sign)
        else:
            groups[-1].append(at)
    if len(groups) < 2 or all(len(group) == 1 for group in groups[1:]):
        return None
    parts, words = [], []
    for group in groups:
        first, last = tree.args[group[0]], tree.args[group[-1]]
        text = infer.text[first.start : last.end]
        if len(group) == 1:
            parts.append(first)
            words.append(text)
        else:
            signs = ("", *[tree.value[at] for at in group[1:]])
            parts.append(Tree("product", signs, [tree.args[at] for at in group], first.start, last.end))
            words.append(f"({text})")
    fix = "".join([f" {sign} {word}" if sign else word for sign, word in zip(between, words)])
    return Tree("product", tuple(between), parts, tree.start, tree.end), fix
