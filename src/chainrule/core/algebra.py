"""Expressions over nodes: contraction, arithmetic, the linear algebra that products can say.

Nothing broadcasts but scalars; other shapes that differ raise ShapeError. Python numbers are lifted where a node
is expected. Importing this module gives nodes their operators.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from .dims import Dim, as_dim
from .errors import ShapeError
from .node import Node, Number, exact, intern, size
from .product import product
from .sums import linear_sum
from .walk import rebuild


def number(value: Number | str) -> Node:
    """A scalar constant: a Python number, or one of the names "pi" and "e"."""
    if isinstance(value, str):
        return intern("number", value, (), ())
    return product(value, (), ())


def as_node(value) -> Node:
    """`value` as a node: nodes stay, Python numbers become scalars."""
    return value if isinstance(value, Node) else number(value)


def as_number(node: Node) -> Number | None:
    """The rational number that a scalar node is, or None."""
    if node.dims:
        return None
    if node.op == "product" and not node.args:
        return node.attr[0]
    if node.op == "sum" and not node.args:
        return 0
    return None


def zeros(dims: Iterable) -> Node:
    return intern("sum", (), (), [as_dim(d) for d in dims])


def ones(dims: Iterable) -> Node:
    axes = {i: as_dim(d) for i, d in enumerate(dims)}
    return product(1, (), tuple(axes), axes)


def identity(d: Dim | str | int) -> Node:
    return product(1, (), (0, 0), {0: as_dim(d)})


def is_zero(node: Node) -> bool:
    return node.op == "sum" and not node.args


# ------------------------------------------------------------------------ contraction


def contract(out: str, *operands: tuple[Node, str], dims: dict | None = None, coef: Number = 1) -> Node:
    """Σ over the letters not in `out` of the product of the operands: einsum with letters.

    A letter twice in `out` makes a diagonal; a letter only in `out` broadcasts, its Dim given in `dims`.

    Raises
        ShapeError: an operand has not as many axes as letters, or a letter stands for two dimensions.
    """
    found: dict[str, Dim] = {k: as_dim(d) for k, d in (dims or {}).items()}
    for node, letters in operands:
        if len(letters) != node.ndim:
            raise ShapeError(
                f"`{letters}` does not index a tensor with {node.ndim} axes",
                given=f"shape {shape_text(node)}",
                expected=f"{node.ndim} letters",
            )
        for letter, d in zip(letters, node.dims):
            if found.setdefault(letter, d) is not d:
                raise ShapeError(
                    f"the axes called `{letter}` differ in size",
                    given=f"{found[letter]} and {d}",
                    expected="one size for each letter",
                )
    return product(coef, [(node, tuple(letters), 1) for node, letters in operands], out, found)


def shape_text(node: Node) -> str:
    return " × ".join(map(str, node.dims)) or "scalar"


# ------------------------------------------------------------------------- arithmetic


def add(*nodes) -> Node:
    """The sum of tensors of one shape; scalars are added to every entry."""
    return _sum([(1, as_node(n)) for n in nodes])


def subtract(a, b) -> Node:
    return _sum([(1, as_node(a)), (-1, as_node(b))])


def negate(a) -> Node:
    return scale(-1, a)


def scale(factor: Number, a) -> Node:
    """`a` times a Python number."""
    a = as_node(a)
    axes = tuple(range(a.ndim))
    return product(factor, [(a, axes, 1)], axes, dict(enumerate(a.dims)))


def _sum(terms: list[tuple[Number, Node]]) -> Node:
    dims = _common_dims("add", [t for _, t in terms])
    return linear_sum([(c, broadcast(t, dims, ()) if t.dims != dims else t) for c, t in terms], dims)


def _common_dims(verb: str, nodes: list[Node]) -> tuple[Dim, ...]:
    dims: tuple[Dim, ...] = ()
    for node in nodes:
        if node.dims and dims and node.dims != dims:
            raise ShapeError(
                f"cannot {verb} tensors of different shapes",
                given=f"{' × '.join(map(str, dims))} and {shape_text(node)}",
                expected="equal shapes, or a scalar",
            )
        dims = node.dims or dims
    return dims


def multiply(*nodes) -> Node:
    """The elementwise product of tensors of one shape; scalars scale."""
    nodes = [as_node(n) for n in nodes]
    dims = _common_dims("multiply", nodes)
    axes = tuple(range(len(dims)))
    return product(1, [(n, axes if n.dims else (), 1) for n in nodes], axes, dict(enumerate(dims)))


def divide(a, b) -> Node:
    """a / b elementwise; either may be a scalar."""
    return multiply(a, power(b, -1))


def power(a, exponent) -> Node:
    """a^exponent elementwise. The exponent is a number, or a node (scalar, or of the shape of `a`)."""
    a = as_node(a)
    if isinstance(exponent, Node):
        value = as_number(exponent)
        if value is None:
            return _symbolic_power(a, exponent)
        exponent = value
    exponent = exact(exponent)
    if exponent == 0:
        return ones(a.dims)
    axes = tuple(range(a.ndim))
    return product(1, [(a, axes, exponent)], axes, dict(enumerate(a.dims)))


_POWER: list = []


def use_for_symbolic_powers(declaration) -> None:
    """Let `declaration(base, exponent)` build powers whose exponent is an expression."""
    _POWER[:] = [declaration]


def _symbolic_power(a: Node, exponent: Node) -> Node:
    return _POWER[0](a, exponent)


# --------------------------------------------------------------------- linear algebra


def transpose(a: Node, axes: Iterable[int] | None = None) -> Node:
    """`a` with its axes permuted, by default reversed."""
    order = tuple(range(a.ndim))
    return product(1, [(a, order, 1)], tuple(reversed(order)) if axes is None else tuple(axes), dict(enumerate(a.dims)))


def matmul(a: Node, b: Node) -> Node:
    """The matrix product as NumPy's `@`: vectors are rows on the left and columns on the right."""
    if not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2) or a.dims[-1] is not b.dims[0]:
        raise ShapeError(
            "cannot multiply as matrices",
            given=f"{shape_text(a)} and {shape_text(b)}",
            expected="as many rows on the right as columns on the left",
        )
    left, right = ("ij" if a.ndim == 2 else "j"), ("jk" if b.ndim == 2 else "j")
    return contract(left[:-1] + right[1:], (a, left), (b, right))


def dot(a: Node, b: Node) -> Node:
    """Σ a ⊙ b over all axes."""
    return total(multiply(a, b))


def outer(a: Node, b: Node) -> Node:
    """The tensor of all products of an entry of `a` with one of `b`."""
    left, right = tuple(range(a.ndim)), tuple(range(a.ndim, a.ndim + b.ndim))
    return product(1, [(a, left, 1), (b, right, 1)], left + right)


def trace(a: Node) -> Node:
    return contract("", (_square(a, "trace"), "ii"))


def diagonal(a: Node) -> Node:
    """The diagonal of a square matrix, as a vector."""
    return contract("i", (_square(a, "diagonal"), "ii"))


def diag(v: Node) -> Node:
    """The square matrix with the vector `v` on its diagonal."""
    return contract("ii", (v, "i"))


def _square(a: Node, what: str) -> Node:
    if a.ndim != 2 or a.dims[0] is not a.dims[1]:
        raise ShapeError(f"only a square matrix has a {what}", given=shape_text(a), expected="n × n")
    return a


def total(a: Node) -> Node:
    """The sum of all entries."""
    return sum_axes(a, range(a.ndim))


def sum_axes(a: Node, axes: Iterable[int]) -> Node:
    """The sum over `axes`, which vanish."""
    labels, gone = tuple(range(a.ndim)), {x % a.ndim for x in axes} if a.ndim else set()
    return product(1, [(a, labels, 1)], [x for x in labels if x not in gone], dict(enumerate(a.dims)))


def mean_axes(a: Node, axes: Iterable[int]) -> Node:
    """The mean over `axes`, which vanish."""
    axes = [x % a.ndim for x in axes]
    return multiply(sum_axes(a, axes), *[power(size(a.dims[x]), -1) for x in axes])


def var_axes(a: Node, axes: Iterable[int], ddof: int = 0) -> Node:
    """The variance over `axes`: the mean square distance from the mean (divisor n − ddof)."""
    axes = [x % a.ndim for x in axes]
    kept = [x for x in range(a.ndim) if x not in axes]
    centred = subtract(a, broadcast(mean_axes(a, axes), a.dims, kept))
    if not ddof:
        return mean_axes(power(centred, 2), axes)
    count = subtract(multiply(*[size(a.dims[x]) for x in axes]), ddof)
    return divide(sum_axes(power(centred, 2), axes), count)


def broadcast(a: Node, dims: Iterable[Dim], axes: Iterable[int]) -> Node:
    """A tensor of `dims` whose axis axes[t] is axis t of `a`; along the others it is constant."""
    dims, axes = [as_dim(d) for d in dims], tuple(axes)
    return product(1, [(a, axes, 1)], range(len(dims)), dict(enumerate(dims)))


# ------------------------------------------------------------------------- rebuilding


def remake(node: Node, args: tuple[Node, ...], inline=None) -> Node:
    """`node` over other arguments, through the canonical constructors."""
    op = node.op
    if op == "product":
        coef, out, spec = node.attr
        operands = [(a, labels, e) for a, (labels, e) in zip(args, spec)]
        return product(coef, operands, out, node.label_dims, inline)
    if op == "sum":
        return linear_sum(zip(node.attr, args), node.dims)
    if op == "map":
        return node.attr(*args)
    if op == "struct":
        return node.attr[0].remake(args, node.attr[1:])
    return node


def substitute(root: Node, replacement: dict[Node, Node]) -> Node:
    """`root` with nodes replaced; what contains them is rebuilt by the canonical constructors.

    `replacement` is extended by all that was rebuilt, so that it serves further roots of the same graph.
    """

    def made(node, args):
        return node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)

    return rebuild(root, made, replacement)


def _lifted(build):
    def operator(a, b):
        return build(a, b) if isinstance(b, (Node, int, float, Fraction)) else NotImplemented

    return operator


Node.__add__ = Node.__radd__ = _lifted(add)
Node.__sub__ = _lifted(subtract)
Node.__rsub__ = _lifted(lambda a, b: subtract(b, a))
Node.__mul__ = Node.__rmul__ = _lifted(multiply)
Node.__truediv__ = _lifted(divide)
Node.__rtruediv__ = _lifted(lambda a, b: divide(b, a))
Node.__pow__ = _lifted(power)
Node.__rpow__ = _lifted(lambda a, b: power(as_node(b), a))
Node.__matmul__ = _lifted(matmul)
Node.__neg__ = negate
Node.T = property(transpose)
