"""Linear algebra by name: traces, determinants, inverses, diagonals, products."""

from __future__ import annotations


from ..core.errors import ParseError
from ..ops.declare import lookup
from .axes import first, whole_number
from .builders import function
from .products import Chain, contract, hadamard, kron, matrix_product, scale
from .sizes import ONE, combine
from .tree import Tree
from .typed import Typed, chain, mapped, permuted, power, total
from .values import Value


def square_of(infer, tree) -> Value:
    """The only argument, a square matrix; a scalar is let through."""
    value = first(infer, tree, 1)
    if ONE in value.dims:
        value = infer.solid(value)
    if value.rank == 0:
        if value.bare or not infer.declared:
            infer.charge(2.0, value.tree)
        return value
    if value.rank < 2 or not infer.unify(*value.dims[-2:]):
        shown = infer.source(value.tree)
        raise infer.conflict(
            f"`{tree.value}` takes a square matrix", [value], "as many rows as columns",
            None if value.rank != 2 else f"{tree.value}({shown}^T {shown}) is defined" if value.tree.kind == "name" and not infer.numpy else None,
        )  # fmt: skip
    return value


@function("tr", "trace")
def trace(infer, tree):
    value = square_of(infer, tree)
    if not value.dims:
        return value
    labels = value.index + tuple(range(value.rank - 2)) + ("t", "t")
    return Value(chain([(value.node, labels, 1)], labels[:-2]), value.index, value.dims[:-2])


@function("det")
def det(infer, tree):
    value = square_of(infer, tree)
    if not value.dims:
        return value
    return Value(Typed("struct", [value.node], (lookup("det"),), value.node.axes[:-2]), value.index, value.dims[:-2])


@function("logdet")
def logdet(infer, tree):
    value = square_of(infer, tree)
    if not value.dims:
        return value.with_node(mapped(lookup("log"), [mapped(lookup("abs"), [value.node])]))
    return Value(Typed("struct", [value.node], (lookup("logdet"),), value.node.axes[:-2]), value.index, value.dims[:-2])


@function("log", "ln")
def log(infer, tree):
    """The natural logarithm; of |det X| it is logdet X."""
    if len(tree.args) == 1:
        inner = tree.args[0]
        if (
            (
                inner.kind == "bars"
                or (inner.kind == "call" and inner.value in ("abs", "absolute") and len(inner.args) == 1)
            )
            and inner.args[0].kind == "call"
            and inner.args[0].value == "det"
        ):
            return logdet(infer, inner.args[0])
    return infer.elementwise(lookup("log"), infer.arguments(tree, 1), tree)


@function("inv", "inverse")
def inverse(infer, tree):
    value = square_of(infer, tree)
    if not value.dims:
        return value.with_node(power(value.node, -1))
    return value.with_node(Typed("struct", [value.node], (lookup("inverse"),), value.node.axes))


@function("solve")
def solve(infer, tree):
    """A⁻¹ b."""
    left, right = infer.arguments(tree, 2)
    if left.rank != 2 or not infer.unify(*left.dims):
        raise infer.conflict("`solve` takes a square matrix", [left], "as many rows as columns")
    inverted = left.with_node(Typed("struct", [left.node], (lookup("inverse"),), left.node.axes))
    inverted.tree = left.tree
    current = Chain(inverted)
    if right.rank not in (1, 2):
        raise infer.conflict("`solve` takes a vector or a matrix on its right", [left, right], "a vector or a matrix")
    contract(infer, current, right, 0)
    current.joined(right)
    return Value(current.node(), current.index, current.dims)


@function("diag", "diagonal")
def diag(infer, tree):
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    value = infer.solid(first(infer, tree, 1))
    if value.rank == 1:
        labels = value.index + ("t",)
        return Value(chain([(value.node, labels, 1)], labels + ("t",)), value.index, value.dims * 2)
    if value.rank != 2 or not infer.unify(*value.dims):
        raise infer.conflict(
            f"`{tree.value}` takes a vector or a square matrix", [value], "a vector or a square matrix"
        )
    return Value(chain([(value.node, value.index + ("t", "t"), 1)], value.index + ("t",)), value.index, value.dims[:1])


@function("transpose")
def transpose(infer, tree):
    """Xᵀ, or with axes NumPy's permutation."""
    if len(tree.args) != 1:
        return _permuted(infer, tree)
    return infer.value(Tree("transpose", ".T" if infer.numpy else "^T", tree.args, tree.start, tree.end))


def _permuted(infer, tree):
    value = first(infer, tree, 6)
    given = tree.args[1].args if tree.args[1].kind == "list" else tree.args[1:]
    order = [whole_number(infer, part, "an axis") % max(value.rank, 1) for part in given]
    if sorted(order) != list(range(value.rank)):
        raise infer.conflict(f"`{infer.source(tree)}` does not name each axis once", [value], "each axis once")
    at = tuple(range(len(value.index))) + tuple([value.axis(t) for t in order if value.dims[t] is not ONE])
    return Value(permuted(value.node, at), value.index, tuple([value.dims[t] for t in order]))


@function("matrix_power")
def matrix_power(infer, tree):
    infer.arguments(tree, 2)
    return infer.value(Tree("power", "^", tree.args, tree.start, tree.end))


@function("multi_dot")
def multi_dot(infer, tree):
    """The product of a list of matrices."""
    parts = tree.args[0].args if len(tree.args) == 1 and tree.args[0].kind == "list" else tree.args
    if len(parts) < 2:
        raise ParseError("`multi_dot` takes a list", infer.text, tree.start, expected="multi_dot([A, B, C])")
    return infer.value(Tree("product", ("", *("@" for _ in parts[1:])), list(parts), tree.start, tree.end))


@function("vec")
def vec(infer, tree):
    """The columns of a matrix, one below the other."""
    value = infer.solid(first(infer, tree, 1))
    if value.rank != 2 or value.index:
        raise infer.conflict("`vec` takes a matrix", [value], "a matrix")
    infer.note("vec stacks the columns")
    size = combine("*", value.dims[0], value.dims[1])
    return Value(Typed("reshape", [permuted(value.node, (1, 0))], None, (size,)), (), (size,))


@function("kron")
def kron_call(infer, tree):
    left, right = infer.arguments(tree, 2)
    return kron(infer, left, right)


@function("outer")
def outer(infer, tree):
    left, right = infer.arguments(tree, 2)
    if left.rank != 1 or right.rank != 1:
        raise infer.conflict("`outer` takes two vectors", [left, right], "two vectors")
    left = Value(left.node, left.index, left.dims, False, None, left.tree)
    right = Value(right.node, right.index, right.dims, True, None, right.tree)
    current = Chain(left)
    matrix_product(infer, current, right, " ", tree)
    current.joined(right)
    return Value(current.node(), current.index, current.dims)


@function("dot", "matmul", "vdot", "inner", "hadamard", "multiply")
def dot(infer, tree):
    """The dot product of vectors, and NumPy's products by name."""
    left, right = infer.arguments(tree, 2)
    current = Chain(left)
    if tree.value in ("multiply", "hadamard"):
        hadamard(infer, current, right, True)
    elif not left.dims or not right.dims:
        for side in (left, right):
            if side.bare and not side.dims:
                infer.charge(1.5, side.tree)
        scale(current, right)
    elif tree.value in ("inner", "vdot") and left.rank == right.rank and left.rank > 1:
        hadamard(infer, current, right, True)
        current.joined(right)
        found = current.value(infer)
        return Value(total(found.node, found.axes()), found.index, ())
    else:
        if left.rank == right.rank == 1:
            current.row = True
            right = Value(right.node, right.index, right.dims, False, None, right.tree)
        matrix_product(infer, current, right, "@", tree)
    current.joined(right)
    return Value(
        current.node(), current.index, current.dims, current.row and len(current.dims) == 1 and not infer.numpy
    )
