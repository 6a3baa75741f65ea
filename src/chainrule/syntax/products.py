"""Products and quotients, read left to right and kept flat: one chain of labelled operands.

In the math dialect `*` and juxtaposition are the scalar or matrix product and `.*` acts entry by entry; in NumPy's
`*` acts entry by entry. `@` is the matrix product in both, where a vector is a row on the left and a column on the
right. Every factor is given labels; a label that two factors share and that the result lacks is summed.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.dims import dim
from .conflict import Conflict
from .names import split_subscript
from .repairs import factor, repairs_of_product, repairs_of_star, tightly, transposed
from .sizes import ONE, Unknown, combine, find, spelled
from .tree import Tree
from .typed import Typed, chain, const, rational
from .values import Value, lift


LYING = 0.8  # what a vector costs that lies in front of a matrix: more than a number t or n there, less than a number x


class Chain:
    """A product under construction: operands with labels, and the labels of its dims."""

    __slots__ = (
        "coef",
        "operands",
        "index",
        "dims",
        "labels",
        "row",
        "fresh",
        "start",
        "end",
        "count",
        "bare",
        "contracted",
    )

    def __init__(self, value: Value):
        self.coef, self.operands, self.fresh = 1, [], 0
        self.index, self.dims, self.row = value.index, value.dims, value.row
        self.labels = self.labelled(value)
        self.include(value, self.labels, 1)
        self.start = self.end = value.tree
        self.count, self.bare, self.contracted = 1, value.bare, False

    def labelled(self, value: Value) -> list:
        """New labels for the dims of `value`; None stands for an axis of length one."""
        found = []
        for d in value.dims:
            found.append(None if d is ONE else self.fresh)
            self.fresh += 1
        return found

    def include(self, value: Value, labels: list, exponent: int) -> None:
        number = rational(value.node)
        if number is not None and (exponent > 0 or number != 0):
            self.coef *= number if exponent > 0 else (1 / number if isinstance(number, float) else Fraction(1) / number)
            return
        self.operands.append((value.node, value.index + tuple([x for x in labels if x is not None]), exponent))

    def joined(self, value: Value) -> None:
        if value.index:
            self.index += tuple([i for i in value.index if i not in self.index])
        self.end = value.tree
        self.count += 1

    def node(self) -> Typed:
        """The finished chain."""
        operands = self.operands
        coef = self.coef
        if not operands:
            return const(coef)
        if coef != 1:
            operands = [(const(coef), (), 1), *operands]
        sizes = {i: i.size for i in self.index}
        sizes.update({x: d for x, d in zip(self.labels, self.dims) if x is not None})
        return chain(operands, self.index + tuple([x for x in self.labels if x is not None]), sizes)

    def value(self, infer) -> Value:
        """What has been multiplied so far, as a value with its stretch of text."""
        start, end = self.start.start, self.end.end
        tree = self.start if self.count == 1 else Tree("product", None, [], start, end)
        return Value(self.node(), self.index, self.dims, self.row, self.bare if self.count == 1 else None, tree)


def product(infer, tree: Tree) -> Value:
    """The value of a product, read left to right; what `*` was read as is left in `tree.reading`."""
    if infer.tight is tree:
        return left_to_right(infer, tightly(infer, tree)[0])
    try:
        return left_to_right(infer, tree)
    except Conflict as conflict:
        if conflict.product is None and tightly(infer, tree) is not None:
            conflict.product = tree
        raise


def left_to_right(infer, tree: Tree) -> Value:
    signs, readings = tree.value, [""]
    current = Chain(infer.value(tree.args[0]))
    tree.reading = readings
    for sign, part in zip(signs[1:], tree.args[1:]):
        if sign == " " and current.dims and part.kind == "number" and part.value == 1 and not infer.numpy:
            infer.note("1 behind a matrix or a row read as ones")
            part = Tree("name", "ones", (), part.start, part.end)
        value = infer.value(part)
        if sign == "*" and infer.numpy:
            sign = ".*"
            star = True
        else:
            star = sign == "*"
        if sign == "kron":
            current = Chain(kron(infer, current.value(infer), value))
            current.start, current.end, current.count = tree.args[0], part, 2
            readings.append("⊗")
        elif sign in ("/", "./"):
            divide(infer, current, value, sign, tree)
            readings.append(sign)
        elif sign == ".*":
            readings.append("⊙" if current.dims and value.dims else "")
            hadamard(infer, current, value, star)
        elif not current.dims or not value.dims:
            if sign == "@" and infer.numpy:
                scalar_at(infer, current, value)
            readings.append("")
            if value.bare and current.dims and not infer.numpy:
                infer.charge(1.2, value.tree)  # scalars stand in front: A b is rather a matrix times a vector
            elif value.dims and current.contracted and sign == " ":
                infer.charge(2.2, *tree.args)  # as in x^T T_k y, where T_k is rather a matrix
            scale(current, value)
        elif star and infer.neutral and only_entrywise(infer, current, value):
            readings.append("⊙")
            hadamard(infer, current, value, True)
        elif star and infer.latex and len(current.dims) == len(value.dims) == 1 and not (current.row or value.row):
            current.row = True  # u \\cdot v is the inner product
            matrix_product(infer, current, value, sign, tree)
            readings.append("dot")
        else:
            squares = star and current.dims and len(current.dims) == len(value.dims) == 2
            readings.append(matrix_product(infer, current, value, sign, tree))
            if squares and infer.unify(current.dims[0], current.dims[1]):
                pass
            if squares and _square(current) and _square_dims(value.dims):
                infer.note(f"* in {infer.source(tree)} read as the matrix product; .* is the product entry by entry")
        current.joined(value)
    return Value(current.node(), current.index, current.dims, current.row)


def only_entrywise(infer, current: Chain, value: Value) -> bool:
    """Whether `*` between equal shapes, in a text that does not tell its dialect, makes sense entry by entry only."""
    if len(current.dims) != len(value.dims) or current.row or value.row:
        return False
    known = [(find(a), find(b)) for a, b in zip(current.dims, value.dims)]
    if any(a is not b for a, b in known) or (len(known) == 2 and known[0][0] is known[1][0]):
        return False
    if any(type(a) is Unknown for a, _ in known) or value.bare or (current.bare and current.count == 1):
        return False
    text = infer.source(Tree("product", None, [], current.start.start, value.tree.end))
    infer.note(f"* in {text} read as the product entry by entry; .* says so")
    return True


def _square_dims(dims) -> bool:
    return len(dims) == 2 and find(dims[0]) is find(dims[1])


def _square(current: Chain) -> bool:
    return _square_dims(current.dims)


def scale(current: Chain, value: Value) -> None:
    """One of the two is a scalar."""
    if value.dims:
        current.dims, current.row = value.dims, value.row
        current.labels = current.labelled(value)
        current.include(value, current.labels, 1)
    else:
        current.include(value, [], 1)


def scalar_at(infer, current: Chain, value: Value) -> None:
    left = current.value(infer)
    bare = left if not left.dims else value
    if bare.bare:
        infer.charge(1.5, bare.tree)
        return
    raise infer.conflict(
        f"`@` multiplies vectors and matrices; `{infer.source(bare.tree)}` is a scalar", [left, value], "no scalar",
        f"{infer.source(left.tree)} * {infer.source(value.tree)} scales",
    )  # fmt: skip


def matrix_product(infer, current: Chain, value: Value, sign: str, tree: Tree) -> str:
    """The product of vectors and matrices; returns how it was read: "·" for a dot product, "outer" or ""."""
    left, right = len(current.dims), len(value.dims)
    lenient = sign == "@"
    if left == 1 and right == 1:
        if current.row and not value.row or (lenient and current.row == value.row):
            contract(infer, current, value, 0)
            return "dot" if lenient and not current.row else ""
        if not value.row and row_of_matrix(infer, current.end):
            infer.note(f"{infer.source(current.end)} is taken as a row here")
            contract(infer, current, value, 0)
            return "dot"
        if value.row and not current.row:
            turned = value.tree.args[0] if value.tree.kind == "transpose" else None
            if row_of_matrix(infer, current.end) and turned is not None and row_of_matrix(infer, turned):
                raise rows_or_columns(infer, current, value, turned)
            labels = current.labelled(value)
            current.include(value, labels, 1)
            current.labels, current.dims, current.row = current.labels + labels, current.dims + value.dims, False
            return "outer"
        raise vectors(infer, current, value)
    if left == 1 and right == 2:
        if not current.row and not lenient and row_of_matrix(infer, current.end):
            infer.note(f"{infer.source(current.end)} is taken as a row here")
        elif not (current.row or lenient):
            if not infer.latex:
                raise misfit(infer, current, value, tree)
            # x W of papers whose vectors lie: neither x nor W is a number
            infer.lying += tree.args[: tree.args.index(value.tree)]
            infer.charge(LYING, *infer.lying)
            infer.note(f"{infer.source(current.value(infer).tree)} is taken as a row in front of {infer.source(value.tree)}")
            contract(infer, current, value, 0)
            current.row = False
            return ""
        row = current.row or not infer.numpy
        lay = current.row
        contract(infer, current, value, 0)
        current.row = row
        return "" if lay and not lenient else "row"
    if left == 2 and right == 1 and value.row and not lenient:
        raise misfit(infer, current, value, tree)
    if right > 2:
        if not infer.numpy or infer.numpy != "certain" and left != right:
            raise misfit(infer, current, value, tree)
        return batched(infer, current, value, tree)
    if left > 2:
        infer.note(f"{infer.source(tree)}: the last axis is contracted")
    contract(infer, current, value, 0)
    current.row = False
    return ""


def row_of_matrix(infer, tree: Tree) -> bool:
    """Whether `tree` is X_i with a matrix X, which people write for a row as well as for a column."""
    if tree.kind != "name" or tree.value in infer.variables or not tree.value[:1].isupper():
        return False
    base, low = split_subscript(tree.value)
    matrix = infer.lets.get(base) or infer.variables.get(base)
    return len(low) == 1 and matrix is not None and len(matrix.dims) == 2


def rows_or_columns(infer, current: Chain, value: Value, turned: Tree):
    """The conflict of X_i X_j^T: a scalar if rows lie, a matrix if they stand."""
    left = current.value(infer)
    a, b = infer.source(current.end), infer.source(turned)
    return infer.conflict(
        f"`{a} {b}^T` could be a scalar or a matrix, as rows lie or stand",
        [left, value],
        "one of the two",
        f"{a}^T {b} is the scalar, outer({a}, {b}) the matrix",
    )


def contract(infer, current: Chain, value: Value, position: int) -> None:
    """Sum over the last dim of `current` and the first of `value`."""
    if single(current.dims[-1]) and single(value.dims[0]) and ONE in (current.dims[-1], value.dims[0]):
        labels = current.labelled(value)
        current.include(value, labels, 1)
        current.labels, current.dims = current.labels[:-1] + labels[1:], current.dims[:-1] + value.dims[1:]
        return
    if current.dims[-1] is ONE or value.dims[0] is ONE or not infer.unify(current.dims[-1], value.dims[0]):
        raise misfit(infer, current, value, None)
    labels = current.labelled(value)
    labels[0] = current.labels[-1]
    current.include(value, labels, 1)
    current.labels = current.labels[:-1] + labels[1:]
    current.dims = current.dims[:-1] + value.dims[1:]
    current.contracted = not current.dims


def single(size) -> bool:
    """Whether an axis has length one."""
    return size is ONE or find(size) is dim(1)


def batched(infer, current: Chain, value: Value, tree: Tree) -> str:
    """NumPy's stacked matrix product: the axes before the last two run along together, or are broadcast."""
    if not (single(current.dims[-1]) and single(value.dims[-2])) and not infer.unify(current.dims[-1], value.dims[-2]):
        raise misfit(infer, current, value, tree)
    labels = current.labelled(value)
    labels[-2] = current.labels[-1]
    kept, kept_dims = current.labels[-2:-1], current.dims[-2:-1]
    longer = max(len(current.dims), len(value.dims)) - 2
    missing = longer - max(len(current.dims) - 2, 0)
    mine = [(None, ONE)] * missing + list(zip(current.labels[:-2], current.dims[:-2]))
    yours = [(None, ONE)] * (longer - len(value.dims) + 2) + list(zip(labels[:-2], value.dims[:-2]))
    front = []
    for t, ((a, size), (b, other)) in enumerate(zip(mine, yours)):
        if size is not ONE is not other:
            if not infer.unify(size, other):
                raise misfit(infer, current, value, tree)
            labels[t - longer - 2] = a
        front.append((b, other) if size is ONE else (a, size))
    current.include(value, labels, 1)
    current.labels = [label for label, _ in front] + kept + labels[-1:]
    current.dims = tuple([size for _, size in front]) + kept_dims + value.dims[-1:]
    current.row = False
    return ""


def hadamard(infer, current: Chain, value: Value, star: bool, exponent: int = 1) -> None:
    """The product entry by entry; a scalar scales."""
    if not value.dims:
        if current.dims and value.bare and not star:
            infer.charge(1.2, value.tree)
        current.include(value, [], exponent)
        return
    if not current.dims:
        if current.bare and current.count == 1 and not star:
            infer.charge(1.2, current.start)
        current.dims, current.row = value.dims, value.row
        current.labels = current.labelled(value)
        current.include(value, current.labels, exponent)
        return
    if len(current.dims) == len(value.dims) == 1 and current.row != value.row:
        raise infer.unlike(current.value(infer), value, "multiply")
    if (
        len(current.dims) != len(value.dims)
        and infer.numpy != "certain"
        and ONE not in current.dims
        and ONE not in value.dims
    ):
        left = current.value(infer)
        if star and {len(current.dims), len(value.dims)} == {1, 2}:
            raise infer.conflict(
                f"`*` would scale a matrix by a vector: `{infer.source(left.tree)} * {infer.source(value.tree)}`",
                [left, value], "one reading: a product, or the scaling of rows or columns",
                lambda: repairs_of_star(infer, left, value),
            )  # fmt: skip
        raise infer.unlike(left, value, "multiply")
    longer = max(len(current.dims), len(value.dims))
    if len(current.dims) != len(value.dims):
        left = current.value(infer)
        short, tall = (left, value) if len(current.dims) < len(value.dims) else (value, left)
        infer.broadcasts.append((short, tall, "multiply" if exponent > 0 else "divide"))
    mine = [None] * (longer - len(current.dims)) + current.labels
    mine_dims = [ONE] * (longer - len(current.dims)) + list(current.dims)
    yours = [ONE] * (longer - len(value.dims)) + list(value.dims)
    labels, dims, out = [], [], []
    for label, a, b in zip(mine, mine_dims, yours):
        if b is ONE:
            labels.append(None)
            dims.append(a)
            out.append(label)
        elif a is ONE:
            current.fresh += 1
            labels.append(current.fresh - 1)
            dims.append(b)
            out.append(current.fresh - 1)
        elif infer.unify(a, b):
            labels.append(label)
            dims.append(a)
            out.append(label)
        else:
            raise infer.unlike(current.value(infer), value, "multiply")
    if longer == 2 and ONE not in dims:
        lift(value, dims)
        if current.count == 1:
            lift(Value(None, current.index, current.dims, False, None, current.start), dims)
    current.include(value, labels[longer - len(value.dims) :], exponent)
    current.dims, current.labels = tuple(dims), out
    current.row = current.row and value.row


def divide(infer, current: Chain, value: Value, sign: str, tree: Tree) -> None:
    """A quotient: by a scalar, or entry by entry with ./ and in NumPy's dialect."""
    if value.dims and sign == "/" and not infer.numpy:
        left = current.value(infer)
        if value.bare or left.bare or not infer.declared:
            infer.charge(3.0, left.tree, value.tree)
        if len(value.dims) > 1 or len(current.dims) > 1:
            raise infer.conflict(
                f"cannot divide by `{infer.source(value.tree)}`, which is no scalar", [left, value], "a scalar below the line",
                lambda: repairs_of_quotient(infer, left, value),
            )  # fmt: skip
        infer.note(f"/ by the vector {infer.source(value.tree)} is taken entry by entry, as ./ says")
    hadamard(infer, current, value, sign == "/", -1)


def repairs_of_quotient(infer, left: Value, value: Value) -> str | None:
    a, b = infer.source(left.tree), infer.source(value.tree)
    same = not left.dims or (len(left.dims) == len(value.dims) and spelled(left.dims) == spelled(value.dims))
    found = [f"{a} ./ {b} divides entry by entry"] if same else []
    if len(value.dims) == 2 and spelled(value.dims[:1]) == spelled(value.dims[1:]):
        if len(left.dims) == 2 and spelled(left.dims[1:]) == spelled(value.dims[:1]):
            found.append(f"{a} {b}^-1 multiplies by the inverse")
        elif not left.dims:
            found.append(f"{a} {b}^-1 is a multiple of the inverse")
    return "; ".join(found) or None


def vectors(infer, current: Chain, value: Value):
    """The conflict of two columns, or two rows, side by side."""
    left = current.value(infer)
    a, b = infer.source(left.tree), infer.source(value.tree)
    kind = "rows" if value.row else "columns"

    def fix():
        if spelled(left.dims) == spelled(value.dims):
            p, q = factor(infer, left), factor(infer, value, True)
            pt, qt = transposed(infer, left), transposed(infer, value)
            return (
                f"{pt} {q} is a scalar, {p} .* {q} a vector, {p} {qt} a matrix"
                if not value.row
                else f"{p} {qt} is a scalar"
            )
        return (
            f"{factor(infer, left)} {transposed(infer, value)} has shape {spelled(left.dims + value.dims)}"
            if not value.row
            else None
        )

    return infer.conflict(
        f"cannot multiply `{a}` by `{b}`: both are {kind}", [left, value], "a row and a column, or a scalar", fix
    )


def misfit(infer, current: Chain, value: Value, tree: Tree | None):
    """The conflict of factors that do not fit as matrices."""
    left = current.value(infer)
    a, b = infer.source(left.tree), infer.source(value.tree)

    def expected():
        if len(left.dims) == 1 and not left.row and len(value.dims) == 2 and not infer.numpy:
            return f"a row on the left of a matrix; `{a}` is a column"
        if value.row and len(value.dims) == 1:
            return "a column on the right"
        return f"as many rows on the right as columns on the left ({spelled(left.dims[-1:])})"

    found = infer.conflict(
        f"cannot multiply `{a}` by `{b}`", [left, value], expected, lambda: repairs_of_product(infer, left, value)
    )
    if len(left.dims) == 1 and not left.row and len(value.dims) == 2:
        found.trees = [left.tree]  # x W does not make W a number
    return found


def kron(infer, left: Value, right: Value) -> Value:
    """The Kronecker product of two vectors or two matrices."""
    if left.rank == 0 or right.rank == 0:
        current = Chain(left)
        scale(current, right)
        current.joined(right)
        return current.value(infer)
    infer.solid(left), infer.solid(right)
    if left.rank > 2 or right.rank > 2 or left.index or right.index:
        raise infer.conflict("kron takes vectors and matrices", [left, right], "vectors or matrices")
    if left.rank != right.rank or left.row != right.row:
        left, right = as_matrix(infer, left), as_matrix(infer, right)
    dims = tuple([combine("*", a, b) for a, b in zip(left.dims, right.dims)])
    return Value(Typed("kron", [left.node, right.node], None, dims), (), dims, left.row and right.row)


def as_matrix(infer, value: Value) -> Value:
    """A vector as the column, or the row, that it is; NumPy takes all vectors as rows."""
    if value.rank == 2:
        return value
    lies = value.row or infer.numpy == "certain"
    size = value.dims[0]
    dims = (dim(1), size) if lies else (size, dim(1))
    infer.note(f"{infer.source(value.tree)} is taken as a {'row' if lies else 'column'} in the Kronecker product")
    return Value(Typed("reshape", [value.node], None, dims), (), dims, False, None, value.tree)
