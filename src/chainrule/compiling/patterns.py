"""Sums of forms with patterns of zeros: kept as the list of their parts, those of one pattern added first.

A second derivative of neighbours, x[1:] − x[:-1]², is three diagonals and never a dense array; what is multiplied with
such a sum is multiplied with each diagonal.
"""

from __future__ import annotations

from collections.abc import Callable

from .forms import Form
from .values import Builder


def taken_apart(b: Builder, form: Form) -> list[Form]:
    """The parts of a sum of patterns, each with the coefficient and scale of the sum."""
    if not form.parts:
        return [form]
    found = []
    for part in form.parts:
        scale = part.scale if form.scale is None else form.scale
        if part.scale is not None and form.scale is not None:
            scale = b.mul(part.scale, form.scale, (), (), ())
        found.append(part.times(form.coef, scale))
    return found


def one_of_each(b: Builder, forms: list[Form], add: Callable) -> list[Form]:
    """The terms of a sum, those with one pattern of zeros added to one form."""
    groups: dict = {}
    for form in forms:
        numbers = _numbers(form)
        pattern = tuple([numbers.get(x, -1) for x in form.out]), tuple(sorted(form.embed.items()))
        groups.setdefault(pattern if form.is_sparse else form, []).append(form)
    return [_added(b, pattern, group, add) if len(group) > 1 else group[0] for pattern, group in groups.items()]


def _numbers(form: Form) -> dict[int, int]:
    """The axes that a form covers, numbered as they come first in the node."""
    return {x: p for p, x in enumerate(dict.fromkeys([x for x in form.out if x >= 0]))}


def _added(b: Builder, pattern: tuple, forms: list[Form], add: Callable) -> Form:
    """Forms of one pattern, added where they are not zero."""
    out, embed = pattern[0], dict(pattern[1])
    dims: dict = {}
    for t, p in enumerate(out):
        if p >= 0:
            dims[p] = embed[t][0] if t in embed else forms[0].dims[t]
    inner = tuple([dims[p] for p in range(len(dims))])
    terms = []
    for form in forms:
        rank = 0 if form.value is None else len(form.value.dims)
        axes = [x if x < rank else -1 for x in _numbers(form)]
        terms.append((1, Form(form.coef, form.value, tuple(axes), inner, form.scale)))
    total = add(terms, inner)
    if total.is_zero:
        return Form(0, None, (-1,) * len(out), forms[0].dims)
    value, scale = total.value, total.scale
    if value is not None and not value.dims:  # a number is a scale
        value, scale = None, value if scale is None else b.mul(value, scale, (), (), ())
    rank = 0 if value is None else len(value.dims)
    where = [x if x >= 0 else rank + p for p, x in enumerate(total.out)]
    return Form(total.coef, value, tuple([where[p] if p >= 0 else -1 for p in out]), forms[0].dims, scale, embed)
