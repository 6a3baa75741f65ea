"""Outer products: forms that know their factors, and sums of them.

Σ aᵢ ⊗ bᵢ is written once, or better: where all terms share a factor it is (Σ aᵢ) ⊗ b, and where they only fall into the
same two groups of axes it is one matrix product of the stacked sides.
"""

from __future__ import annotations

from ..core.dims import dim
from ..core.node import Number
from .forms import Form, in_order, plain, scaled
from .pairs import multiply
from .values import Builder, Value

WORTH_STACKING = 20_000  # entries from which one matrix product is faster than products of single arrays, added


def combined(b: Builder, arrays: list) -> tuple[Value | None, tuple]:
    """The outer product of arrays (value, labels) with different labels, the small ones multiplied first."""
    if not arrays:
        return None, ()
    arrays = sorted(arrays, key=lambda x: (b.entries(x[0].dims), x[0].serial))
    found = arrays[0]
    for other in arrays[1:]:
        found = multiply(b, found, other)
    return found


def outer(b: Builder, factors: list, dims: tuple, coef: Number = 1, scale: Value | None = None) -> Form:
    """coef · scale · the product of forms, each on its axes of a node with these dims; those may overlap where no form has
    a pattern.
    """
    if len(factors) == 1 and factors[0][0] == tuple(range(len(dims))):
        return factors[0][1].times(coef, scale)
    arrays = []
    names = [_labels(g, axes, form) for g, (axes, form) in enumerate(factors)]
    for (_, form), own in zip(factors, names):
        if form.value is not None and not form.value.dims:  # a number
            scale = form.value if scale is None else b.mul(form.value, scale, (), (), ())
        elif form.value is not None:
            arrays.append((form.value, tuple([own[x] for x in range(len(form.value.dims))])))
    value, labels = combined(b, arrays)
    where = {label: t for t, label in enumerate(labels)}
    out, embed = [-1] * len(dims), {}
    for (axes, form), own in zip(factors, names):
        for t, axis in enumerate(axes):
            if form.out[t] >= 0:
                out[axis] = where.setdefault(own[form.out[t]], len(where))
            if t in form.embed:
                embed[axis] = form.embed[t]
    form = Form(coef, value, tuple(out), dims, scale, embed)
    form.factors = tuple(sorted(factors, key=lambda f: f[0]))
    return form


def _labels(g: int, axes: tuple, form: Form) -> dict[int, tuple]:
    """A label for each axis of the form's value: the axis of the node that it lies on, where that is one as it stands."""
    at: dict[int, list] = {}
    for t, x in enumerate(form.out):
        at.setdefault(x, []).append(t)
    whole = {x: len(found) == 1 and found[0] not in form.embed for x, found in at.items()}
    return {x: (axes[found[0]],) if whole[x] else (g, x) for x, found in at.items() if x >= 0}


def _has_pattern(form: Form, axes: list[int]) -> bool:
    """Whether one of these axes is embedded, or tied to another axis."""
    return any([t in form.embed or form.out[t] >= 0 and form.out.count(form.out[t]) > 1 for t in axes])


def factor_out(b: Builder, forms: list[Form], dims: tuple, add) -> list[Form]:
    """The terms of a sum, those that share a factor put together: a ⊗ c + b ⊗ c = (a + b) ⊗ c."""
    while True:
        holders: dict = {}
        for n, form in enumerate(forms):
            for axes, factor in form.factors:
                holders.setdefault((axes, factor.value, factor.out, tuple(sorted(factor.embed.items()))), []).append(n)
        shared = {key: at for key, at in holders.items() if len(at) > 1}
        if not shared:
            return forms
        order = list(shared)
        key = max(order, key=lambda k: (len(shared[k]), b.entries([dims[t] for t in k[0]]), -order.index(k)))
        at = shared[key]
        both = {t for n in at for axes, _ in forms[n].factors if axes != key[0] for t in axes if t in key[0]}
        rest = tuple([t for t in range(len(dims)) if t not in key[0] or t in both])
        inner = tuple([dims[t] for t in rest])
        terms = []
        for n in at:
            others = [(tuple([rest.index(t) for t in axes]), f) for axes, f in forms[n].factors if axes != key[0]]
            terms.append((1, outer(b, others, inner, forms[n].coef, forms[n].scale)))
        common = next(f for f in forms[at[0]].factors if f[0] == key[0])
        total = add(terms, inner)
        forms = [f for n, f in enumerate(forms) if n not in at]
        if not total.is_zero:
            bare = total.times(1)
            bare.coef = 1
            parts = total.factors or [(tuple(range(len(rest))), bare)]
            if any([_has_pattern(f, [t for t, axis in enumerate(axes) if rest[axis] in both]) for axes, f in parts]):
                parts = [(tuple(range(len(rest))), plain(in_order(b, bare)))]
            left = [(tuple([rest[t] for t in axes]), factor) for axes, factor in parts]
            forms.append(outer(b, [common, *left], dims, total.coef, total.scale))


def stacked(b: Builder, forms: list[Form], dims: tuple, coef: Number, scale: Value | None) -> Form | None:
    """coef · scale · Σ a ⊗ c as one product of two matrices, where all terms fall into the same two groups of axes."""
    if len(forms) < 2 or b.entries(dims) < WORTH_STACKING or any(not f.factors or f.is_sparse for f in forms):
        return None
    rank = len(dims)
    group = list(range(rank))
    for form in forms:
        if sorted(t for axes, _ in form.factors for t in axes) != list(range(rank)):
            return None
        for axes, factor in form.factors:
            if -1 in factor.out:
                return None
            merged = min(group[t] for t in axes)
            tied = {group[t] for t in axes}
            group = [merged if g in tied else g for g in group]
    sides = [tuple([t for t in range(rank) if group[t] == g]) for g in sorted(set(group))]
    if len(sides) < 2:
        return None
    left, right = sides[0], tuple([t for side in sides[1:] for t in side])
    lengths = [b.entries([dims[t] for t in side]) for side in (left, right)]
    if 8 * sum(lengths) > b.entries(dims):
        return None
    if lengths[0] > lengths[1]:  # the smaller side is scaled
        left, right = right, left
    columns, rows = [], []
    for form in forms:
        parts = [[f for f in form.factors if set(f[0]) <= set(side)] for side in (left, right)]
        first, second = [_laid_out(b, part, side, dims) for part, side in zip(parts, (left, right))]
        columns.append(scaled(b, form.coef, form.scale, first))
        rows.append(second)
    first, second = [_stack(b, side) for side in (columns, rows)]
    first = scaled(b, coef, scale, first)
    work = b.entries(dims)
    if len(left) > 1:  # a block of rows for each entry of the first axis, so that what is written stays in the cache
        rows, rest = dims[left[0]], None
        for t in left[1:]:
            rest = dims[t] if rest is None else rest * dims[t]
        first = b.reshape(first, (first.dims[0], rows, rest))
        value = b.make("matmul", ((1, 2, 0), (0, 1)), (first, second), (rows, rest, second.dims[1]), work=work)
    else:
        value = b.make("matmul", ((1, 0), (0, 1)), (first, second), (first.dims[1], second.dims[1]), work=work)
    value = b.reshape(value, tuple([dims[t] for t in (*left, *right)]))
    order = (*left, *right)
    return Form(1, value, tuple([order.index(t) for t in range(rank)]), dims)


def _laid_out(b: Builder, factors: list, axes: tuple, dims: tuple) -> Value:
    """The outer product of factors, its axes in the order of the node's."""
    local = [(tuple([axes.index(t) for t in own]), f) for own, f in factors]
    form = outer(b, local, tuple([dims[t] for t in axes]))
    return b.transpose(form.value, form.out)


def _stack(b: Builder, values: list[Value]) -> Value:
    """Arrays of one shape as the rows of a matrix."""
    size = None
    for d in values[0].dims:
        size = d if size is None else size * d
    flat = [b.numeric(b.reshape(v, (size,))) for v in values]


    return b.make("stack", (), tuple(flat), (dim(len(flat)), size), work=b.entries(values[0].dims) * len(flat))
