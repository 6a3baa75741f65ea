"""NumPy's indexing, x[1:], X[:, 0], x[:, None], and sizes, X.shape[0]."""

from __future__ import annotations

from ..core.dims import Dim, dim
from ..core.errors import NoRuleError, ParseError
from ..ops.declare import lookup
from .builders import BUILDERS, function
from .axes import whole_number
from .sizes import ONE, combine, find
from .tree import Tree
from .typed import Typed, const, rational
from .values import Value


def without(value: Value, position: int, node: Typed) -> Value:
    """`node` with the indices of `value` and its dims but one."""
    return Value(node, value.index, value.dims[:position] + value.dims[position + 1 :])


# ------------------------------------------------------------------ x[…]


@function("[]")
def item(infer, tree: Tree) -> Value:
    """x[1:], X[:, 0], x[:, None]; slogdet(X)[1] is log |det X|."""
    base, parts = tree.args[0], tree.args[1:]
    if base.kind == "call" and base.value == "slogdet":
        logdet = BUILDERS["logdet"](infer, Tree("call", "logdet", base.args, base.start, base.end))
        if rational(infer.value(parts[0]).node) == 1:
            return logdet
        det = BUILDERS["det"](infer, Tree("call", "det", base.args, base.start, base.end))
        return infer.elementwise(lookup("sign"), [det], tree)
    if base.kind == "shape" and base.value == "shape" and len(parts) == 1:
        axis = whole_number(infer, parts[0], "an axis")
        size = Tree("shape", axis, base.args, tree.start, tree.end)
        found = size_value(infer, size)
        tree.reading = size.reading
        return found
    value = infer.value(base)
    value.tree = base
    used = sum(1 for p in parts if p.kind not in ("newaxis", "ellipsis"))
    if used > value.rank:
        raise infer.conflict(f"`{infer.source(tree)}` has too many indices", [value], f"at most {value.rank}")
    expanded = []
    for part in parts:
        if part.kind == "ellipsis":
            expanded.extend([None] * (value.rank - used))
        else:
            expanded.append(part)
    position = 0
    for part in expanded:
        if part is None or (part.kind == "slice" and part.args[0] is part.args[1] is part.args[2] is None):
            position += 1
        elif part.kind == "newaxis" or (part.kind == "name" and part.value == "None"):
            value = Value(
                value.node, value.index, value.dims[:position] + (ONE,) + value.dims[position:], False, None, base
            )
            position += 1
        elif part.kind == "slice":
            value = sliced(infer, value, position, part)
            position += 1
        else:
            at = whole_number(infer, part, "a whole number, a slice, or None")
            value = picked(infer, value, position, at)
        value.tree = base
    return Value(value.node, value.index, value.dims)


def picked(infer, value: Value, position: int, at: int) -> Value:
    """One entry of a dim, which vanishes."""
    if value.dims[position] is ONE:
        return without(value, position, value.node)
    axis = value.axis(position)
    size = find(value.dims[position])
    if type(size) is Dim and size.value is not None and not -size.value <= at < size.value:
        raise infer.conflict(
            f"there is no entry {at} in `{infer.source(value.tree)}`", [value], f"an entry from 0 to {size.value - 1}"
        )
    axes = value.node.axes[:axis] + value.node.axes[axis + 1 :]
    return without(value, position, Typed("pick", [value.node], (axis, at), axes))


def sliced(infer, value: Value, position: int, part: Tree) -> Value:
    """Entries start, start + step, … before stop of one dim."""
    whole = value.dims[position]
    if whole is ONE:
        return value
    start, stop, step = part.args
    step = 1 if step is None else whole_number(infer, step, "the step of a slice")
    if step != 1:
        if step == -1 and start is None and stop is None:
            raise NoRuleError("reversed slices are not available", infer.source(part), "a step of 1 or more")
        size = find(whole)
        if step < 1 or not (type(size) is Dim and size.value is not None):
            raise infer.conflict("a slice with a step needs a known length", [value], "an axis declared with a number")
    begin = dim(0) if start is None else bound(infer, start, whole)
    end = find(whole) if stop is None else bound(infer, stop, whole)
    length = combine("-", end, begin)
    if step != 1:
        last = min(end.value, size.value)
        length = dim(-(-(last - begin.value) // step))
        end = dim(last)
    known = find(length)
    if type(known) is Dim and known.value is not None and known.value < 1:
        raise infer.conflict(f"the slice `{infer.source(part)}` is empty", [value], "at least one entry")
    axis = value.axis(position)
    axes = value.node.axes[:axis] + (length,) + value.node.axes[axis + 1 :]
    node = Typed("slice", [value.node], (axis, begin, end, step), axes)
    return Value(node, value.index, value.dims[:position] + (length,) + value.dims[position + 1 :])


def bound(infer, tree: Tree, whole):
    """An end of a slice, as a size counted from the front."""
    at = size_of(infer, tree)
    if isinstance(at, int):
        return combine("+", whole, at) if at < 0 else dim(at)
    return at


# ------------------------------------------------------------------ sizes


def size_of(infer, tree: Tree):
    """The size (or int) that a part of the text is: 3, X.shape[0], n, m*n, n-1."""
    if tree.kind == "shape":
        return shape_size(infer, tree)
    if tree.kind == "call" and tree.value in ("int", "float", "len") and len(tree.args) == 1:
        return size_of(infer, tree.args[0])
    if tree.kind == "name" and tree.value in infer.free_names:
        return dim(tree.value)
    if tree.kind == "product" and all(s in ("", "*", " ") for s in tree.value):
        found = 1
        for part in tree.args:
            size = size_of(infer, part)
            found = found * size if isinstance(found, int) and isinstance(size, int) else combine("*", found, size)
        return found
    if tree.kind == "sum" and (len(tree.args) > 1 or tree.args[0].kind != "number"):
        found = 0
        for sign, part in zip(tree.value, tree.args):
            size = size_of(infer, part)
            if isinstance(found, int) and isinstance(size, int):
                found += size if sign == "+" else -size
            else:
                found = combine(sign, found, size)
        return found
    value = infer.value(tree)
    number = rational(value.node)
    if isinstance(number, int):
        return number
    if value.node.kind == "size":
        return value.node.info
    raise ParseError(
        f"`{infer.source(tree)}` is no size",
        infer.text,
        tree.start,
        expected="a whole number, X.shape[0] or the name of a dimension",
    )


def shape_size(infer, tree: Tree):
    value = infer.value(tree.args[0])
    value.tree = tree.args[0]
    if tree.value == "shape":
        raise ParseError(
            "a whole shape cannot stand here", infer.text, tree.start, expected="one size, such as X.shape[0]"
        )
    if tree.value == "size":
        found = 1
        for d in value.dims:
            if d is not ONE:
                found = combine("*", found, d)
        return found
    if not -value.rank <= tree.value < value.rank:
        raise infer.conflict(
            f"there is no axis {tree.value} in `{infer.source(tree)}`", [value], f"an axis below {value.rank}"
        )
    size = value.dims[tree.value]
    return dim(1) if size is ONE else size


@function(".shape")
def size_value(infer, tree: Tree) -> Value:
    """X.shape[0] used as a number."""
    size = tree.reading = shape_size(infer, tree)
    return Value(const(size) if isinstance(size, int) else Typed("size", (), size, ()), (), ())


@function("len", "size")
def length(infer, tree):
    if len(tree.args) != 1:
        raise ParseError(f"`{tree.value}` takes one argument", infer.text, tree.start, expected=f"{tree.value}(x)")
    if tree.value == "size":
        return size_value(infer, Tree("shape", "size", tree.args, tree.start, tree.end))
    return size_value(infer, Tree("shape", 0, tree.args, tree.start, tree.end))


def shape_given(infer, tree: Tree, start: int) -> list:
    """The sizes that a call names: (m, n) or m, n; -1 stays."""
    given = (tree.extra or {}).get("shape") or (tree.extra or {}).get("newshape")
    parts = [given] if given is not None else tree.args[start:]
    if len(parts) == 1 and parts[0].kind == "list":
        parts = parts[0].args
    if len(parts) == 1 and parts[0].kind == "shape" and parts[0].value == "shape":
        return list(infer.value(parts[0].args[0]).dims)
    return [size_of(infer, p) for p in parts]


def unit(size):
    """A size given by a call: a literal 1 is an axis that only lines up with others."""
    return ONE if size == 1 else dim(size) if isinstance(size, int) else size
