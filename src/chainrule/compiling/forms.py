"""How a node of the graph stands in the program: a number times a value, seen through a pattern of axes.

A form says  node[axes] = coef · scale · value[some of the axes],  zero off the diagonals that repeated axes mark and
outside the slices that an axis is embedded in. Transposes, diagonals, broadcasts, embeddings and factors so cost
nothing until somebody needs the dense array.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.node import Number, exact
from .values import Axes, Builder, Value


SMALLER = 16  # by which a factor of a product is smaller than the product that should be scaled


class Form:
    """`out[t]` is the axis of `value` on axis t of the node, or −1 where the node is constant along it.

    A number beyond the axes of the value stands for an axis along which it is constant but which is tied to another
    axis or embedded: the identity is 1 with out = (0, 0).

    `embed[t]`, where there is one, is (count, start, step): the axis, of that size, of the value fills start, start + step, … of the
    node's axis and the rest is zero. Without a `value` the entries are coef · scale.

    What the value is made of may be known besides, so that whoever can do with less never asks for it: `factors`
    are (axes of the node, form on them) where it is an outer product, `parts` are forms with patterns of zeros
    where it is their sum. Both are without coef and scale.
    """

    __slots__ = ("coef", "scale", "value", "out", "dims", "embed", "cost", "factors", "parts")

    def __init__(
        self, coef: Number, value: Value | None, out: Axes, dims, scale: Value | None = None, embed: dict | None = None
    ):
        self.coef, self.scale, self.value, self.out, self.dims = coef, scale, value, out, tuple(dims)
        self.embed = embed or {}
        self.cost = 0.0
        self.factors: tuple[tuple[Axes, Form], ...] = ()
        self.parts: tuple[Form, ...] = ()

    def times(self, coef: Number, scale: Value | None = None) -> Form:
        """The same form, times a number, with this scale in place of its own."""
        found = Form(exact(self.coef * coef), self.value, self.out, self.dims, scale, self.embed)
        found.cost, found.factors, found.parts = self.cost, self.factors, self.parts
        return found

    @property
    def is_zero(self) -> bool:
        return self.coef == 0

    @property
    def is_dense(self) -> bool:
        """Whether it is a number times the value with its axes permuted."""
        return not self.embed and len(set(self.out)) == len(self.out) and -1 not in self.out

    @property
    def is_sparse(self) -> bool:
        """Whether it has zeros by its pattern."""
        inner = [x for x in self.out if x >= 0]
        return bool(self.embed) or len(set(inner)) < len(inner)


def plain(value: Value) -> Form:
    """The form of a value as it stands."""
    return Form(1, value, tuple(range(len(value.dims))), value.dims)


def zero(dims) -> Form:
    return Form(0, None, (-1,) * len(dims), dims)


def scalar(b: Builder, form: Form) -> Value:
    """The value of a form without axes."""
    return scaled(b, form.coef, form.scale, form.value)


def scaled(b: Builder, coef: Number, scale: Value | None, value: Value | None) -> Value:
    """coef · scale · value, the factors applied where the arrays are smallest."""
    factor = scale
    if coef != 1 or factor is None and value is None:
        number = b.number(coef)
        factor = number if factor is None else times(b, coef, factor)
    if value is None:
        return factor
    return value if factor is None else _by_scalar(b, factor, value)


def times(b: Builder, coef: Number, value: Value) -> Value:
    """A number times a scalar; a quotient takes it into its numerator."""
    if coef == 1:
        return value
    if value.op == "number" and isinstance(value.params[0], (int, Fraction)) and isinstance(coef, (int, Fraction)):
        return b.number(Fraction(value.params[0]) * coef)
    if coef == -1:
        return b.lin([(-1, value, ())], ())
    if value.op == "div" and not value.dims:
        top = times(b, coef, value.args[0])
        return b.div(top, value.args[1], (), (), ())
    return b.mul(b.number(coef), value, (), (), ())


def _by_scalar(b: Builder, factor: Value, value: Value) -> Value:
    """factor · value; of an outer product or a broadcast the smaller side is scaled."""
    axes = tuple(range(len(value.dims)))
    if value.op == "mul" and value.dims:
        x, y = value.args
        ax, ay = value.params
        if len(ax) > len(ay):
            x, y, ax, ay = y, x, ay, ax
        if (
            x.dims
            and len(ax) < len(value.dims)
            and (len(ay) == len(value.dims) or b.entries(x.dims) <= b.entries(y.dims))
        ):
            return b.mul(_by_scalar(b, factor, x), y, ax, ay, value.dims)
        if len(ay) < len(value.dims) and y.dims:
            return b.mul(x, _by_scalar(b, factor, y), ax, ay, value.dims)
    if value.op == "matmul" and len(value.dims) == 2 and value.args[0] is not value.args[1]:
        small = min(value.args, key=lambda a: b.entries(a.dims))
        if len(small.dims) == 2 and SMALLER * b.entries(small.dims) <= b.entries(value.dims):
            args = tuple([_by_scalar(b, factor, a) if a is small else a for a in value.args])
            return b.make("matmul", value.params, args, value.dims, work=value.cost)
    if (
        factor.op == "div"
        and factor.args[0].op == "number"
        and factor.args[0].params[0] in (1, -1)
        and not factor.python
    ):
        sign = factor.args[0].params[0]
        found = b.div(value, factor.args[1], axes, (), value.dims)
        return found if sign == 1 else b.lin([(-1, found, axes)], value.dims)
    if factor.op == "number" and factor.params[0] == -1:
        return b.lin([(-1, value, axes)], value.dims)
    return b.mul(factor, value, (), axes, value.dims)


def dense(b: Builder, form: Form) -> Form:
    """The same node, as a value with its axes at most permuted."""
    if form.is_dense and form.coef == 1 and form.scale is None and form.value is not None:
        return form
    if form.is_dense and form.value is not None:
        value = scaled(b, form.coef, form.scale, form.value)
        return Form(1, value, form.out, form.dims)
    if form.is_zero or not form.is_sparse:
        value = scaled(b, form.coef, form.scale, form.value)
        inner = tuple([t for t in range(len(form.dims)) if form.out[t] >= 0])
        order = tuple([form.out[t] for t in inner])
        value = b.transpose(value, order) if value.dims else value
        if len(inner) == len(form.dims):
            return plain(value)
        spread = b.make("spread", (inner,), (b.numeric(value),), form.dims)
        return plain(spread)
    return plain(assemble(b, None, [form], form.dims))


def assemble(b: Builder, base: Form | None, pieces: list[Form], dims) -> Value:
    """base (or zeros) plus forms with patterns, in the node's own order of axes."""
    args, places = [], []
    axes = None
    if base is not None:
        value = scaled(b, base.coef, base.scale, base.value)
        inner = sorted((base.out[t], t) for t in range(len(dims)) if base.out[t] >= 0)
        axes = tuple([t for _, t in inner])
        args.append(b.numeric(value))
    for form in pieces:
        args.append(b.numeric(scaled(b, form.coef, form.scale, form.value)))
        places.append((form.out, tuple(sorted(form.embed.items()))))
    return b.make("assemble", (axes, tuple(places)), tuple(args), tuple(dims), work=b.entries(dims))


def in_order(b: Builder, form: Form) -> Value:
    """The dense value with the node's own order of axes."""
    form = dense(b, form)
    return b.transpose(form.value, form.out) if form.out else form.value


def aligned(b: Builder, forms: list[Form], dims) -> tuple[list[tuple[Number, Value | None, Axes]], Axes, tuple]:
    """(terms, out, dims of the value): forms of one shape, or scalars, made to lie over one another.

    Each term is (coefficient, value, axes): its axis t lies on axis axes[t] of the common value, whose axes stand
    for the node's by `out`. Forms with patterns of zeros are made dense. Axes that no form has are −1 in `out`.
    """
    forms = [dense(b, f) if f.is_sparse else f for f in forms]
    lead = None
    for f in forms:
        if (
            f.dims
            and f.value is not None
            and -1 not in f.out
            and (lead is None or (f.value.serial, f.out) < (lead.value.serial, lead.out))
        ):
            lead = f
    rank = len(dims)
    covered = [t for t in range(rank) if any(f.dims and f.out[t] >= 0 for f in forms)]
    if lead is not None:
        covered = sorted(covered, key=lambda t: lead.out[t])
    place = {t: p for p, t in enumerate(covered)}
    terms = []
    for f in forms:
        value = f.value if f.scale is None else scaled(b, 1, f.scale, f.value)
        axes = [0] * (len(value.dims) if value is not None else 0)
        if f.dims:
            for t, x in enumerate(f.out):
                if x >= 0:
                    axes[x] = place[t]
        terms.append((f.coef, value, tuple(axes)))
    out = tuple([place.get(t, -1) for t in range(rank)])
    return terms, out, tuple([dims[t] for t in covered])
