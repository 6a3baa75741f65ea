"""NumPy's ways with arrays: constants, reshaping, joining, einsum."""

from __future__ import annotations

from ..core.dims import Dim, dim
from ..core.errors import LimitError, ParseError
from .builders import function
from .axes import axes_given, first, whole_number
from .sizes import ONE, combine, find, spelled
from .tree import Tree
from .typed import Typed, add, chain, const, permuted
from .values import Value, laid_out
from .items import shape_given, sliced, unit


# ------------------------------------------------------------------ constants


@function("ones", "zeros", "full")
def filled(infer, tree):
    fill = const(0 if tree.value == "zeros" else 1)
    if tree.value == "full":
        if len(tree.args) != 2:
            raise ParseError("`full` takes a shape and a value", infer.text, tree.start, expected="full(n, 3)")
        fill = infer.value(tree.args[1]).node
        tree = Tree("call", "full", tree.args[:1], tree.start, tree.end)
    sizes = [unit(s) for s in shape_given(infer, tree, 0)]
    return constant_of(fill, tuple(sizes))


def constant_of(fill: Typed, dims: tuple) -> Value:
    sizes = dict(enumerate([d for d in dims if d is not ONE]))
    return Value(chain([(fill, (), 1)], tuple(sizes), sizes), (), dims)


@function("ones_like", "zeros_like")
def like(infer, tree):
    value = first(infer, tree, 1)
    fill = const(1 if tree.value == "ones_like" else 0)
    if not value.dims:
        return Value(fill, (), ())
    return constant_of(fill, value.dims)


@function("eye", "identity")
def eye(infer, tree):
    if not tree.args:
        raise ParseError(f"`{tree.value}` needs a size", infer.text, tree.start, expected=f"{tree.value}(n)")
    sizes = [
        dim(s) if isinstance(s, int) else s
        for s in shape_given(infer, Tree("call", "eye", tree.args[:1], tree.start, tree.end), 0)
    ]
    return Value(chain([], (0, 0), {0: sizes[0]}), (), (sizes[0], sizes[0]))


@function("tril", "triu")
def triangle(infer, tree):
    value = infer.solid(first(infer, tree, 2))
    k = whole_number(infer, tree.args[1], "an offset") if len(tree.args) > 1 else 0
    if value.rank != 2:
        raise infer.conflict(f"`{tree.value}` takes a matrix", [value], "a matrix")
    labels = value.index + ("i", "j")
    if tree.value == "tril":
        mask = (Typed("tril", (), k, value.dims), ("i", "j"), 1)
    else:
        mask = (Typed("tril", (), -k, value.dims[::-1]), ("j", "i"), 1)
    return value.with_node(chain([(value.node, labels, 1), mask], labels))


# ------------------------------------------------------------------ shaping


@function("cumsum")
def cumsum(infer, tree):
    value = infer.solid(first(infer, tree, 2))
    axes = axes_given(infer, tree, value)
    if axes is None and value.rank > 1:
        raise infer.conflict("`cumsum` of a matrix needs an axis", [value], "cumsum(X, axis=0) or cumsum(X, axis=1)")
    if value.rank == 0:
        raise infer.conflict("`cumsum` takes a vector", [value], "a vector")
    position = axes[0] if axes else 0
    return value.with_node(Typed("cumsum", [value.node], value.axis(position), value.node.axes))


@function("diff")
def diff(infer, tree):
    """x[1:] − x[:-1] along the last axis."""
    value = infer.solid(first(infer, tree, 1))
    axes = axes_given(infer, tree, value, None)
    position = axes[0] if axes else value.rank - 1
    if value.rank == 0:
        raise infer.conflict("`diff` takes a vector", [value], "a vector")
    one, none = Tree("number", 1, (), tree.start, tree.end), None
    minus = Tree("sum", "-", [one], tree.start, tree.end)
    later = sliced(infer, value, position, Tree("slice", None, [one, none, none], tree.start, tree.end))
    sooner = sliced(infer, value, position, Tree("slice", None, [none, minus, none], tree.start, tree.end))
    return later.with_node(add([(1, later.node), (-1, sooner.node)]))


@function("concatenate", "concat", "hstack", "vstack", "stack", "column_stack")
def concatenate(infer, tree):
    """Tensors side by side; vectors one behind the other."""
    listed = len(tree.args) and tree.args[0].kind == "list"
    parts = tree.args[0].args if listed else tree.args
    if len(parts) > 64:
        raise LimitError("too many parts are joined", given=f"{len(parts)}", expected="at most 64")
    values = [infer.value(p) for p in parts]
    if not values:
        raise ParseError(
            f"`{tree.value}` needs something to join", infer.text, tree.start, expected=f"{tree.value}([a, b])"
        )
    values = [infer.solid(v) if ONE in v.dims else v for v in values]
    value, name = values[0], tree.value
    stacked = name == "stack" or (name == "vstack" and value.rank == 1)
    if stacked or name == "column_stack":
        values = [with_new_axis(infer, tree, v, listed) if stacked else standing(infer, v) for v in values]
        value = values[0]
    axes = axes_given(infer, tree, value, 1 if listed else None) if name == "stack" or name.startswith("concat") else None
    position = axes[0] if axes else 1 if name == "column_stack" or (name == "hstack" and value.rank == 2) else 0
    whole = None
    for v, part in zip(values, parts):
        v.tree = part
        if v.index or v.rank != value.rank or v.rank == 0 or ONE in v.dims:
            raise infer.conflict(f"`{tree.value}` cannot join these", values, "tensors with the same number of axes")
        for t, (a, b) in enumerate(zip(value.dims, v.dims)):
            if t != position and not infer.unify(a, b):
                raise infer.conflict(
                    f"`{tree.value}` cannot join these", values, "sizes that agree but along the axis joined"
                )
        whole = v.dims[position] if whole is None else combine("+", whole, v.dims[position])
    dims = value.dims[:position] + (whole,) + value.dims[position + 1 :]
    return Value(Typed("concat", [v.node for v in values], position, dims), (), dims)


def with_new_axis(infer, tree, value: Value, listed: bool) -> Value:
    """`value` with an axis of length one where `stack` joins: the first, or where `axis=` says."""
    given = (tree.extra or {}).get("axis") or (tree.args[1] if listed and len(tree.args) > 1 else None)
    at = whole_number(infer, given, "an axis") % (value.rank + 1) if given is not None else 0
    return newly_shaped(infer, value, (*value.dims[:at], dim(1), *value.dims[at:]))


def standing(infer, value: Value) -> Value:
    """A vector as a matrix of one column."""
    return newly_shaped(infer, value, (*value.dims, dim(1))) if value.rank == 1 else value


@function("broadcast_to")
def broadcast_to(infer, tree):
    value = first(infer, tree, 6)
    dims = tuple([unit(s) for s in shape_given(infer, tree, 1)])
    whole = Value(constant_of(const(1), dims).node, (), dims, False, None, value.tree)
    index, joined, _ = infer.common([whole, value], "broadcast_to", tree)
    if len(joined) != len(dims):
        raise infer.conflict(f"`{infer.source(tree)}` has fewer axes than before", [value], "as many axes, or more")
    return Value(spread_over(laid_out(value, index, joined), value, joined), index, joined)


def spread_over(node: Typed, value: Value, dims: tuple) -> Typed:
    """`node`, laid out among `dims`, as a tensor that has all of them."""
    sizes = dict(enumerate([d for d in dims if d is not ONE]))
    return node if len(node.axes) == len(sizes) else chain([(node, (), 1)], tuple(sizes), sizes)


@function("tensordot")
def tensordot(infer, tree):
    """The sum over the last axes of one and the first of the other, or over those that `axes` names."""
    left, right = (infer.solid(infer.value(part)) for part in tree.args[:2])
    given = (tree.extra or {}).get("axes") or (tree.args[2] if len(tree.args) > 2 else None)
    if given is not None and given.kind == "list" and len(given.args) == 2:
        mine, yours = (
            [whole_number(infer, p, "an axis") % max(v.rank, 1) for p in (part.args if part.kind == "list" else [part])]
            for part, v in zip(given.args, (left, right))
        )
    else:
        count = 2 if given is None else whole_number(infer, given, "a number of axes")
        mine, yours = list(range(left.rank - count, left.rank)), list(range(count))
    if len(mine) != len(yours) or any(t < 0 for t in mine) or any(t >= right.rank for t in yours) or left.index or right.index:
        raise infer.conflict(f"`{infer.source(tree)}` sums over axes that are not there", [left, right], "as many axes of each")
    labels = [("b", t) for t in range(right.rank)]
    for s, t in zip(mine, yours):
        if not infer.unify(left.dims[s], right.dims[t]):
            raise infer.conflict(f"`{infer.source(tree)}` sums over axes of different sizes", [left, right], "equal sizes")
        labels[t] = ("a", s)
    out = [("a", s) for s in range(left.rank) if s not in mine] + [x for x in labels if x[0] == "b"]
    node = chain([(left.node, tuple([("a", s) for s in range(left.rank)]), 1), (right.node, tuple(labels), 1)], tuple(out))
    sizes = {("a", s): d for s, d in enumerate(left.dims)} | {("b", t): d for t, d in enumerate(right.dims)}
    return Value(node, (), tuple([sizes[x] for x in out]))


@function("reshape")
def reshape(infer, tree):
    value = first(infer, tree, 6)
    return reshaped(infer, tree, value, shape_given(infer, tree, 1))


@function("ravel", "flatten")
def ravel(infer, tree):
    value = first(infer, tree, 1)
    return reshaped(infer, tree, value, [-1])


def newly_shaped(infer, value: Value, dims: tuple) -> Value:
    return Value(Typed("reshape", [value.node], None, dims), (), dims, False, None, value.tree)


def reshaped(infer, tree: Tree, value: Value, sizes: list) -> Value:
    """The entries row by row in another shape; one size may be -1."""
    if value.index:
        raise infer.conflict("indexed parts cannot be reshaped", [value], "a tensor without explicit indices")
    whole = 1
    for d in value.dims:
        if d is not ONE:
            whole = d if whole == 1 else combine("*", whole, d)
    sizes = [unit(s) if s != -1 else s for s in sizes]
    if -1 in sizes:
        rest = [s for s in sizes if s != -1 and s is not ONE]
        sizes[sizes.index(-1)] = quotient(infer, tree, value, whole, rest)
    product = 1
    for s in sizes:
        if s is not ONE:
            product = s if product == 1 else combine("*", product, s)
    if not infer.unify(dim(1) if product == 1 else product, dim(1) if whole == 1 else whole):
        raise infer.conflict(
            f"`{infer.source(tree)}` changes the number of entries", [value],
            f"{spelled([whole])} entries in all, not {spelled([product])}",
        )  # fmt: skip
    dims = tuple(sizes)
    axes = tuple([d for d in dims if d is not ONE])
    if [find(d) for d in value.node.axes] == [find(d) for d in axes]:
        return Value(value.node, (), dims)
    return Value(Typed("reshape", [value.node], None, axes), (), dims)


def quotient(infer, tree: Tree, value: Value, whole, rest: list):
    """The size that -1 stands for."""
    if not rest:
        return whole
    left = [find(d) for d in value.dims if d is not ONE]
    for size in rest:
        size = find(size)
        match = next((d for d in left if d is size), None)
        if match is not None:
            left.remove(match)
            continue
        number = size.value if type(size) is Dim else None
        numbers = [d for d in left if type(d) is Dim and d.value is not None and number and d.value % number == 0]
        if not numbers:
            raise infer.conflict(
                f"cannot work out the -1 in `{infer.source(tree)}`", [value], "sizes that divide those of the argument"
            )
        left[left.index(numbers[0])] = dim(numbers[0].value // number)
    found = dim(1)
    for d in left:
        found = d if found is dim(1) else combine("*", found, d)
    return found


@function("squeeze")
def squeeze(infer, tree):
    value = first(infer, tree, 2)
    return Value(value.node, value.index, tuple([d for d in value.dims if d is not ONE]))


@function("expand_dims")
def expand_dims(infer, tree):
    value = first(infer, tree, 2)
    given = (tree.extra or {}).get("axis") or (tree.args[1] if len(tree.args) > 1 else None)
    if given is None:
        raise ParseError("`expand_dims` needs an axis", infer.text, tree.start, expected="expand_dims(x, axis=1)")
    position = whole_number(infer, given, "an axis") % (value.rank + 1)
    return Value(value.node, value.index, value.dims[:position] + (ONE,) + value.dims[position:])


@function("swapaxes", "moveaxis")
def swapaxes(infer, tree):
    if len(tree.args) != 3:
        raise ParseError(f"`{tree.value}` takes two axes", infer.text, tree.start, expected=f"{tree.value}(X, 0, 1)")
    value = first(infer, tree, 3)
    a, b = (whole_number(infer, part, "an axis") % max(value.rank, 1) for part in tree.args[1:3])
    order = list(range(value.rank))
    if tree.value == "swapaxes":
        order[a], order[b] = order[b], order[a]
    else:
        order.insert(b, order.pop(a))
    at = tuple(range(len(value.index))) + tuple([value.axis(t) for t in order if value.dims[t] is not ONE])
    return Value(permuted(value.node, at), value.index, tuple([value.dims[t] for t in order]))


@function("roll")
def roll(infer, tree):
    """The last k entries of a vector before the others."""
    value = infer.solid(first(infer, tree, 2))
    k = whole_number(infer, tree.args[1], "a whole number") if len(tree.args) == 2 else 0
    if value.rank != 1 or value.index or not k:
        raise infer.conflict("`roll` takes a vector and a step", [value], "roll(x, k) with k not 0")
    cut = (
        Tree("sum", "-", [Tree("number", k, (), tree.start, tree.end)], tree.start, tree.end)
        if k > 0
        else Tree("number", -k, (), tree.start, tree.end)
    )
    back = sliced(infer, value, 0, Tree("slice", None, [cut, None, None], tree.start, tree.end))
    front = sliced(infer, value, 0, Tree("slice", None, [None, cut, None], tree.start, tree.end))
    return Value(Typed("concat", [back.node, front.node], 0, value.dims), (), value.dims)


@function("einsum")
def einsum(infer, tree):
    """np.einsum('ij,jk->ik', A, B)."""
    if not tree.args or tree.args[0].kind != "string":
        raise ParseError(
            "`einsum` begins with its letters", infer.text, tree.start, expected="einsum('ij,jk->ik', A, B)"
        )
    spec = tree.args[0].value.replace(" ", "")
    inputs, arrow, out = spec.partition("->")
    groups = inputs.split(",")
    values = [infer.value(a) for a in tree.args[1:]]
    if infer.numpy == "certain":
        values = [infer.solid(v) for v in values]
    start = tree.args[0].start
    if not all(g.isalpha() or g == "" for g in [*groups, out]):
        raise ParseError("the letters of `einsum` cannot be read", infer.text, start, expected="letters, commas and ->")
    if len(groups) != len(values):
        raise ParseError(
            f"`einsum` names {len(groups)} operands",
            infer.text,
            start,
            expected=f"{len(groups)} operands; {len(values)} given here",
        )
    if not arrow:
        letters = inputs.replace(",", "")
        out = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    sizes: dict = {}
    for group, value in zip(groups, values):
        if len(group) != value.rank or ONE in value.dims or value.index:
            raise infer.conflict(
                f"`{group}` does not index `{infer.source(value.tree)}`",
                [value],
                f"{value.rank} letter{'s' * (value.rank != 1)}",
            )
        for letter, size in zip(group, value.dims):
            if letter in sizes and not infer.unify(sizes[letter], size):
                raise infer.conflict(f"the letter `{letter}` stands for two sizes", values, f"one size for `{letter}`")
            sizes.setdefault(letter, size)
    if any(c not in sizes or out.count(c) > 1 for c in out):
        raise ParseError(
            "the result of `einsum` has a letter that no operand has, or has it twice",
            infer.text,
            start,
            expected="each letter once, from the operands",
        )
    node = chain([(v.node, tuple(g), 1) for g, v in zip(groups, values)], tuple(out))
    return Value(node, (), tuple([sizes[c] for c in out]))
