"""Differences of points, xᵢ − cⱼ, taken term by term without losing what they have in common.

Σⱼ Kᵢⱼ(xᵢ − cⱼ) is (Σⱼ Kᵢⱼ)xᵢ − Kc without an array of all differences. Where the points lie far from zero beside their
distances the two terms have many digits in common, which vanish in the difference. So the same point, the first of the
cⱼ, is subtracted from both before.

Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), section 1.9, on shifted data.
"""

from __future__ import annotations

from ..core.dims import dim
from .forms import Form
from .values import Builder


def centred(b: Builder, terms: list[tuple]) -> list[Form] | None:
    """The forms of both terms (coefficient, form) of such a difference, each less the same point; None for other sums."""
    if len(terms) != 2 or any([not _is_bare(form) for _, form in terms]):
        return None
    (c, first), (d, second) = terms
    if c * first.coef != -d * second.coef:
        return None
    common = [t for t in range(len(first.dims)) if first.out[t] >= 0 and second.out[t] >= 0]
    own = [second.out[t] for t in common]
    gone = tuple([t for t in range(len(second.value.dims)) if t not in own])
    if not gone:
        return None
    cut = "cut", dim(1), dim(0), 1  # and summed: of no points at all that is 0
    places = tuple([cut if t in gone else None for t in range(len(second.value.dims))])
    dims = tuple([dim(1) if t in gone else d for t, d in enumerate(second.value.dims)])
    point = b.reduce("sum", b.make("slice", places, (second.value,), dims, work=0), gone)
    found = []
    for form in (first, second):
        axes = tuple([form.out[t] for t in sorted(common, key=lambda t: second.out[t])])
        whole = tuple(range(len(form.value.dims)))
        value = b.lin([(1, form.value, whole), (-1, point, axes)], form.value.dims)
        found.append(Form(form.coef, value, form.out, form.dims))
    return found


def _is_bare(form: Form) -> bool:
    """Whether it is a number times an array that is repeated along some axes."""
    value = form.value
    if value is None or not value.dims or value.mask or form.scale is not None or form.is_sparse or form.embed:
        return False
    return -1 in form.out and sorted([x for x in form.out if x >= 0]) == list(range(len(value.dims)))
