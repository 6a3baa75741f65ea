"""Operations on whole arrays that have a better spelling than their template, as steps of smaller values.

Softmax and logsumexp share the shifted exponentials. An inverse, a determinant and a maximum follow the layout of
their argument, so that nothing is transposed.
"""

from __future__ import annotations

from .forms import Form
from .values import Builder, Value


def _shifted(b: Builder, x: Value, axes: tuple) -> tuple[Value, Value, tuple]:
    """(exp(x − max), the maximum, axes that the maximum keeps): the largest exponential is 1."""
    rank = len(x.dims)
    kept = tuple([t for t in range(rank) if t not in axes])
    top = b.reduce("max", x, axes)
    apart = b.lin([(1, x, tuple(range(rank))), (-1, top, kept)], x.dims)
    return b.make("exp", (), (apart,), x.dims, work=5 * b.entries(x.dims)), top, kept


def _axes_of_value(form: Form, axes: tuple) -> tuple:
    return tuple(sorted([form.out[t] for t in axes]))


def softmax(b: Builder, declaration, form: Form, axes: tuple) -> Form:
    """exp(x − max)/Σ, over the axes."""
    inner = _axes_of_value(form, axes)
    powers, _, kept = _shifted(b, form.value, inner)
    total = b.reduce("sum", powers, inner)
    value = b.div(powers, total, tuple(range(len(powers.dims))), kept, powers.dims)
    return Form(1, value, form.out, form.dims)


def logsumexp(b: Builder, declaration, form: Form, axes: tuple) -> Form:
    """max + log Σ exp(x − max), over the axes."""
    inner = _axes_of_value(form, axes)
    powers, top, _ = _shifted(b, form.value, inner)
    total = b.reduce("sum", powers, inner)
    logs = b.make("log", (), (total,), total.dims)
    identity = tuple(range(len(top.dims)))
    value = b.lin([(1, logs, identity), (1, top, identity)], top.dims)
    return _without(form, axes, inner, value)


def amax(b: Builder, declaration, form: Form, axes: tuple) -> Form:
    """The largest entry over the axes."""
    inner = _axes_of_value(form, axes)
    return _without(form, axes, inner, b.reduce("max", form.value, inner))


def _without(form: Form, axes: tuple, inner: tuple, value: Value) -> Form:
    left = [x for x in range(len(form.out)) if x not in inner]
    out = tuple([left.index(x) for t, x in enumerate(form.out) if t not in axes])
    return Form(1, value, out, tuple([d for t, d in enumerate(form.dims) if t not in axes]))


def _square(b: Builder, form: Form) -> tuple[Value, bool]:
    """(matrix in the last two axes, whether it is the transpose of the node's)."""
    rank = len(form.out)
    lead = tuple(range(rank - 2))
    if form.out == lead + (rank - 2, rank - 1):
        return form.value, False
    if form.out == lead + (rank - 1, rank - 2):
        return form.value, True
    return b.transpose(form.value, form.out), False


def inverse(b: Builder, declaration, form: Form) -> Form:
    """X⁻¹; of a transpose, the transpose of the inverse."""
    value, turned = _square(b, form)
    rank = len(form.out)
    n = b.size(value.dims[-1])
    found = b.make("inv", (), (b.numeric(value),), value.dims, work=0.3 * n * b.entries(value.dims))
    out = tuple(range(rank))
    return Form(1, found, out[:-2] + (rank - 1, rank - 2) if turned else out, form.dims)


def _scalar_of_square(name: str):
    def lower(b: Builder, declaration, form: Form) -> Form:
        value, _ = _square(b, form)
        n = b.size(value.dims[-1])
        found = b.make(name, (), (b.numeric(value),), value.dims[:-2], work=0.1 * n * b.entries(value.dims))
        return Form(1, found, tuple(range(len(found.dims))), found.dims)

    return lower


STRUCTS = {
    "softmax": softmax,
    "logsumexp": logsumexp,
    "amax": amax,
    "inverse": inverse,
    "det": _scalar_of_square("det"),
    "logdet": _scalar_of_square("logdet"),
}
