"""Elementwise products of matrix trees, and scalars in front of them.

Equal factors join their exponents, numbers their values, norms their powers; 1ᵀv/n is the mean of v, ‖v − mean(v)1‖²/n its
variance, exp(x)⁻¹ is exp(−x), √2/√π is √(2/π). A minus sign goes to a sum of mixed signs where there is one.
"""

from __future__ import annotations

from fractions import Fraction

from . import products, sums
from .tree import Tree, is_formal, make, num, one, size, zero

_HALF = Fraction(1, 2)

def had(factors: list[tuple[Tree, object]]) -> Tree:
    """The elementwise product of powers of trees of one shape."""
    shape = factors[0][0].shape
    coef, scalars = 1, []
    powers: dict[Tree, object] = {}

    def put(t, e):
        powers[t] = powers.get(t, 0) + e

    for t, e in factors:
        c, s, body = split(t)
        if (s or c != 1) and (e == 1 or isinstance(e, int)):
            coef, scalars, t = coef * _power(c, e), scalars + [(a, f * e) for a, f in s], body
        if t.kind == "zero":
            return zero(shape)
        if e < 0 and t.kind == "apply" and t.attr.name == "exp":
            t, e = _exp_of(t, e), 1
        elif e < 0 and t.kind == "T" and t.args[0].kind == "apply" and t.args[0].attr.name == "exp":
            t, e = products.transpose(_exp_of(t.args[0], e)), 1
        if t.kind == "had" and isinstance(e, int):
            for a, f in zip(t.args, t.attr):
                put(a, f * e)
        elif t.kind != "one":
            put(t, e)
    items = [(t, _whole(e)) for t, e in powers.items() if e != 0]
    if not items:
        return scale(coef, scalars, one(shape))
    units = [t for t, _ in items if t.kind == "unit"]
    if units and len(items) > 1:  # of whatever a unit vector multiplies, one entry is left
        return scale(coef, scalars + [(item(t, units[0].attr), e) for t, e in items if t is not units[0]], units[0])
    if len(items) == 1 and items[0][1] == 1:
        return scale(coef, scalars, items[0][0])
    if len(shape) == 2 and len(items) > 1:
        for t, e in items:
            if t.kind in ("diag", "eye") and e == 1:
                rest = [(products.diagof(a), f) for a, f in items if a is not t]
                vector = had([(t.args[0], 1), *rest]) if t.kind == "diag" else had(rest)
                return scale(coef, scalars, products.diag(vector))
    turned = len(shape) == 2 and _reads_better_turned([t for t, _ in items])
    if turned:
        items, shape = [(products.transpose(t), e) for t, e in items], shape[::-1]
    items.sort(key=lambda item: _factor_rank(*item))
    body = make("had", tuple([e for _, e in items]), tuple([t for t, _ in items]), shape)
    if turned:
        body.memo["T"] = made = make("T", None, (body,), shape[::-1])
        body = made
    return scale(coef, scalars, body)


def _reads_better_turned(factors: list[Tree]) -> bool:
    """Whether an elementwise product is better written as the transpose of one: (H ⊙ AB)ᵀ, and not Hᵀ ⊙ BᵀAᵀ."""
    if 2 * sum([t.kind == "T" for t in factors]) > len(factors):
        return True
    turned = [products.transpose(t) for t in factors]
    before, after = (sum([t.turns for t in each]) for each in (factors, turned))
    return after + 1 < before and not any([t.kind == "T" for t in turned])


def item(t: Tree, place) -> Tree:
    """The entry of the vector `t` at `place`."""
    coef, scalars, body = split(t)
    if scalars or coef != 1:
        return scale(coef, [*scalars, (item(body, place), 1)])
    if t.kind == "one":
        return num(1)
    if t.kind == "unit" and t.attr == place:
        return num(1)
    if t.kind == "sum":
        return sums.add([(c, item(a, place)) for c, a in zip(t.attr, t.args)])
    if t.kind == "had":
        return scale(1, [(item(a, place), e) for a, e in zip(t.args, t.attr)])
    if t.kind == "apply":
        return make("apply", t.attr, tuple([item(a, place) if a.order else a for a in t.args]), ())
    return make("item", place, (t,), ())


def _exp_of(t: Tree, e) -> Tree:
    """exp(x)ᵉ as exp(e·x)."""
    return make("apply", t.attr, (scale(e, [], t.args[0]),), t.shape)


def _factor_rank(t: Tree, e) -> tuple:
    return (e < 0, is_formal(t), t.kind != "sym", t.kind == "apply" and t.attr.values != "01", round(t.weight, 3), t.key)


def _power(c, e):
    if c == 1 or e == 1:
        return c
    if isinstance(c, int) and isinstance(e, int) and e < 0:
        return Fraction(1, c**-e)
    return c**e


def split(t: Tree) -> tuple[object, list, Tree | None]:
    """`t` as coefficient, scalar powers, and what is left."""
    if t.kind == "scale" and t.attr[2]:
        return t.attr[0], scalars_of(t), t.args[-1]
    return 1, [], t


def gather(trees: list[Tree]) -> tuple[object, list, list[Tree]]:
    coef, scalars, rest = 1, [], []
    for t in trees:
        c, s, body = split(t)
        coef, scalars = coef * c, scalars + s
        rest.append(body)
    return coef, scalars, rest


def scalars_of(t: Tree) -> list[tuple[Tree, object]]:
    """The scalar factors of a `scale` with their exponents."""
    return list(zip(t.args, t.attr[1]))


def scale(coef, scalars: list[tuple[Tree, object]], body: Tree | None = None) -> Tree:
    """coef × product of scalar powers × body; the scalar itself without a body."""
    if coef == 0:
        return num(0) if body is None else zero(body.shape)
    if not scalars and coef == 1 and body is not None:
        return body
    powers: dict[Tree, object] = {}
    todo = [*reversed(scalars)]
    if body is not None:
        if body.kind == "zero":
            return body
        if body.order == 0:
            todo.append((body, 1))
            body = None
        elif body.kind == "scale":
            coef *= body.attr[0]
            todo.extend(reversed(scalars_of(body)))
            body = body.args[-1]
    while todo:
        s, e = todo.pop()
        if s.kind == "num" and not isinstance(s.attr, str) and (isinstance(e, int) or s.attr in (0, 1)):
            if s.attr == 0:
                return num(0) if body is None else zero(body.shape)
            coef *= _power(s.attr, e)
        elif s.kind == "scale" and (isinstance(e, int) or _certainly_positive(s)):
            if s.attr[0] != 1:
                todo.append((num(s.attr[0]), e))
            todo.extend([(a, f * e) for a, f in reversed(scalars_of(s))])
        elif e < 0 and s.kind == "apply" and s.attr.name == "exp":
            todo.append((_exp_of(s, e), 1))
        else:
            powers[s] = powers.get(s, 0) + e
    if isinstance(coef, Fraction) and coef.denominator == 1:
        coef = coef.numerator
    items = [(s, _whole(e)) for s, e in powers.items() if e != 0]
    items = _means(items)
    if any([s.kind == "num" for s, _ in items]):
        coef, items = _roots_joined(*_roots_reduced(coef, items))
    if coef < 0:
        coef, items, body = sums.flip(coef, items, body)
    items.sort(key=lambda item: _scalar_rank(*item))
    if not items:
        if body is None:
            return num(coef)
        if coef == 1:
            return body
    if body is None and coef == 1 and len(items) == 1 and items[0][1] == 1:
        return items[0][0]
    exponents = tuple([e for _, e in items])
    args = tuple([s for s, _ in items]) + (() if body is None else (body,))
    return make("scale", (coef, exponents, body is not None), args, () if body is None else body.shape)


def _whole(e):
    return e.numerator if isinstance(e, Fraction) and e.denominator == 1 else e


def _certainly_positive(s: Tree) -> bool:
    def positive(a: Tree) -> bool:
        return a.kind in ("norm", "size", "var") or (a.kind == "num" and (isinstance(a.attr, str) or a.attr > 0))

    return s.attr[0] > 0 and all([positive(a) for a in s.args])


def _scalar_rank(s: Tree, e) -> tuple:
    plain = s.kind in ("num", "size") or (s.kind == "scale" and _constant(s))
    return (e < 0, not plain, s.formal, s.kind != "sym", s.kind == "apply", round(s.weight, 3), s.key)


def _constant(s: Tree) -> bool:
    return all([a.kind == "num" for a in s.args])


def _roots_reduced(coef, items: list) -> tuple:
    """2/√2 as √2, √2/2 as 1/√2: the root joins what it divides."""
    kept = []
    for s, e in items:
        whole = s.kind == "num" and isinstance(s.attr, int) and abs(e) == _HALF and not isinstance(coef, float)
        if whole and e < 0 and Fraction(coef).numerator % s.attr == 0:
            coef, e = _whole(Fraction(coef) / s.attr), _HALF
        elif whole and e > 0 and Fraction(coef).denominator % s.attr == 0:
            coef, e = _whole(coef * s.attr), -_HALF
        kept.append((s, e))
    return coef, kept


def _roots_joined(coef, items: list) -> tuple:
    """√2/√π as √(2/π), and √2√π as √(2π)."""
    top = [(s, e) for s, e in items if s.kind == "num" and e == _HALF]
    under = [(s, e) for s, e in items if s.kind == "num" and e == -_HALF]
    if len(top) + len(under) < 2:
        return coef, items
    top.sort(key=lambda item: (isinstance(item[0].attr, str), item[0].key))
    under.sort(key=lambda item: (isinstance(item[0].attr, str), item[0].key))
    sign = 1 if top else -1
    powers = tuple([sign] * len(top) + [-sign] * len(under))
    inside = make("scale", (1, powers, False), tuple([s for s, _ in top + under]), ())
    return coef, [item for item in items if item not in top and item not in under] + [(inside, sign * _HALF)]


def _means(items: list) -> list:
    """1ᵀv/n → mean(v), and ‖v − mean(v)1‖²/n → var(v)."""
    sizes = [s for s, e in items if s.kind == "size" and e <= -1]
    if not sizes:
        return items
    powers = dict(items)
    for s, e in items:
        if s.kind == "total" and e == 1:
            x = s.args[0]
            needed = [size(d) for d in x.shape]
            if len(set(needed)) == len(needed) and all(powers.get(d, 0) <= -1 for d in needed):
                made = make("mean", None, (x,), ())
            else:
                continue
        elif s.kind == "norm" and e >= 2 and s.args[0].order == 1:
            x, needed = _centred(s.args[0]), [size(s.args[0].shape[0])]
            if x is None or powers.get(needed[0], 0) > -1:
                continue
            made = make("var", None, (x,), ())
            powers[s] = powers[s] - 2
        else:
            continue
        if s.kind == "total":
            powers.pop(s)
        for d in needed:
            powers[d] += 1
        powers[made] = powers.get(made, 0) + 1
    return [(s, e) for s, e in powers.items() if e != 0]


def _centred(c: Tree) -> Tree | None:
    """x where c is x − mean(x)1."""
    if c.kind == "sum" and len(c.args) == 2:
        for k in (0, 1):
            x, m = c.args[k], c.args[1 - k]
            if c.attr[k] in (1, -1) and c.attr[1 - k] == -c.attr[k] and m.kind == "scale" and m.args[-1].kind == "one":
                if len(m.args) == 2 and m.args[0].kind == "mean" and m.args[0].args[0] is x:
                    return x
    return None
