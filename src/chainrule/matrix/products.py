"""Products of matrix trees: transposes, A B, A v, uᵀA v, u vᵀ, diag, inverses, norms and traces.

(AB)ᵀ = BᵀAᵀ, symmetric operands ignore ᵀ, I and 1 are absorbed, scalars stand in front. Identities that hold always.
"""

from __future__ import annotations

from . import scaling, sums
from .tree import Tree, eye, is_formal, make, num, one, size, zero

_DEEP = 150  # transposing looks no deeper than this

def transpose(m: Tree) -> Tree:
    """mᵀ; a vector or scalar is left as it is."""
    if m.order != 2:
        return m
    found = m.memo.get("T")
    if found is None:
        found = m.memo["T"] = _transposed(m)
        if found.order == 2 and found.kind != "T":
            found.memo.setdefault("T", m)
    return found


def _transposed(m: Tree) -> Tree:
    kind = m.kind
    if kind == "T":
        return m.args[0]
    if kind in ("eye", "diag") or (kind == "sym" and m.attr[1]):
        return m
    if kind in ("one", "zero"):
        return make(kind, None, (), (m.shape[1], m.shape[0]))
    wrapped = make("T", None, (m,), (m.shape[1], m.shape[0]))
    if m.depth > _DEEP:
        return wrapped
    if kind == "mul":
        return mul(*[transpose(a) for a in reversed(m.args)])
    if kind == "outer":
        return outer(m.args[1], m.args[0])
    if kind == "scale":
        return scaling.scale(m.attr[0], scaling.scalars_of(m), transpose(m.args[-1]))
    if kind == "kron":
        return kron(transpose(m.args[0]), transpose(m.args[1]))
    if kind == "sum":
        other = sums.add([(c, transpose(t)) for c, t in zip(m.attr, m.args)])
    elif kind == "had":
        other = scaling.had([(transpose(t), e) for t, e in zip(m.args, m.attr)])
    elif kind == "apply":
        other = make(kind, m.attr, tuple([transpose(a) for a in m.args]), wrapped.shape)
        if other is not m and any([a.kind != "T" for a in other.args if a.order == 2]):
            return wrapped
    elif kind == "inv":
        return m if transpose(m.args[0]) is m.args[0] else wrapped
    else:
        return wrapped
    if other is m:
        return m
    return other if other.turns < wrapped.turns else wrapped


def is_symmetric(m: Tree) -> bool:
    return m.order == 2 and transpose(m) is m


def mul(*matrices: Tree) -> Tree:
    """The matrix product of order-2 trees."""
    coef, scalars, flat = 1, [], []
    for m in matrices:
        c, s, m = scaling.split(m)
        coef, scalars = coef * c, scalars + s
        flat.extend(m.args if m.kind == "mul" else [m])
    shape = (matrices[0].shape[0], matrices[-1].shape[1])
    if any(m.kind == "zero" for m in flat):
        return zero(shape)
    flat = _sandwiched(flat)
    kept: list[Tree] = []
    for position, m in enumerate(flat):
        if m.kind == "eye":
            continue
        if m.kind == "one":
            m = make("outer", None, (one(m.shape[:1]), one(m.shape[1:])), m.shape)
        if m.kind == "outer":
            left, right = m.args
            if kept:
                left = mv(mul(*kept), left)
            if position + 1 < len(flat):
                right = mv(transpose(mul(*flat[position + 1 :])), right)
            return scaling.scale(coef, scalars, outer(left, right))
        if m.kind == "diag" and kept and kept[-1].kind == "diag":
            kept[-1] = diag(scaling.had([(kept[-1].args[0], 1), (m.args[0], 1)]))
            continue
        kept.append(m)
    if not kept:
        return scaling.scale(coef, scalars, eye(shape[0]))
    body = kept[0] if len(kept) == 1 else make("mul", None, tuple(kept), shape)
    return scaling.scale(coef, scalars, body)


def _sandwiched(factors: list[Tree]) -> list[Tree]:
    """(Aᵀ − Aᵀrrᵀ)A as Aᵀ(I − rrᵀ)A, and the mirror image."""
    for k, m in enumerate(factors):
        if m.kind != "sum":
            continue
        if k + 1 < len(factors):
            outside = transpose(factors[k + 1])
            inside = [_without(t, outside) for t in m.args]
            if None not in inside:
                return [*factors[:k], outside, sums.add(list(zip(m.attr, inside))), *factors[k + 1 :]]
        if k:
            outside = factors[k - 1]
            inside = [_without(transpose(t), outside) for t in m.args]
            if None not in inside:
                middle = transpose(sums.add(list(zip(m.attr, inside))))
                return [*factors[:k], middle, transpose(outside), *factors[k + 1 :]]
    return factors


def _without(t: Tree, left: Tree) -> Tree | None:
    """The matrix m where t is left · m; None where it does not start so."""
    coef, scalars, body = scaling.split(t)
    if body is left:
        rest = eye(left.shape[1])
    elif body.kind == "mul" and body.args[0] is left:
        rest = mul(*body.args[1:])
    elif body.kind == "outer" and body.args[0].kind == "mv" and body.args[0].args[0] is left:
        inner = body.args[0].args[1:]
        rest = outer(mv(mul(*inner[:-1]), inner[-1]) if len(inner) > 1 else inner[0], body.args[1])
    else:
        return None
    return scaling.scale(coef, scalars, rest)


def mv(m: Tree, v: Tree) -> Tree:
    """Matrix times vector."""
    coef, scalars, (m, v) = scaling.gather([m, v])
    mats = list(m.args) if m.kind == "mul" else [m]
    if v.kind == "zero" or m.kind == "zero":
        return zero(m.shape[:1])
    if v.kind == "mv":
        mats, v = mats + list(v.args[:-1]), v.args[-1]
    while mats:
        last = mats[-1]
        if last.kind == "eye":
            mats.pop()
        elif last.kind == "diag":
            v = scaling.had([(last.args[0], 1), (v, 1)])
            c, s, v = scaling.split(v)
            coef, scalars = coef * c, scalars + s
            mats.pop()
        elif last.kind in ("outer", "one"):
            left, right = last.args if last.kind == "outer" else (one(last.shape[:1]), one(last.shape[1:]))
            scalars.append((dot(right, v), 1))
            mats.pop()
            v = left
            if v.kind == "mv":
                mats, v = mats + list(v.args[:-1]), v.args[-1]
        else:
            break
    body = make("mv", None, (*mats, v), (mats[0].shape[0],)) if mats else v
    return scaling.scale(coef, scalars, body)


def dot(u: Tree, v: Tree) -> Tree:
    """uᵀv."""
    coef, scalars, (u, v) = scaling.gather([u, v])
    if u.kind == "zero" or v.kind == "zero":
        return num(0)
    if u is v:
        if u.kind == "one":
            return scaling.scale(coef, [*scalars, (size(u.shape[0]), 1)])
        return scaling.scale(coef, [*scalars, (norm(u), 2)])
    if "unit" in (u.kind, v.kind):
        place, other = (u.attr, v) if u.kind == "unit" else (v.attr, u)
        return scaling.scale(coef, [*scalars, (scaling.item(other, place), 1)])
    if u.kind == "one":
        return scaling.scale(coef, [*scalars, (total(v), 1)])
    if v.kind == "one":
        return scaling.scale(coef, [*scalars, (total(u), 1)])
    left, u0 = (u.args[:-1], u.args[-1]) if u.kind == "mv" else ((), u)
    right, v0 = (v.args[:-1], v.args[-1]) if v.kind == "mv" else ((), v)
    mats = [transpose(m) for m in reversed(left)] + list(right)
    if not mats:
        items = sorted((u0, v0), key=lambda t: (t.formal, t.kind == "apply", t.weight, t.key))
        return scaling.scale(coef, [*scalars, (make("dot", None, tuple(items), ()), 1)])
    if u0.kind == "one" or v0.kind == "one":
        if u0.kind == v0.kind:
            return scaling.scale(coef, [*scalars, (total(mul(*mats)), 1)])
        vector = mv(mul(*mats), v0) if u0.kind == "one" else mv(transpose(mul(*mats)), u0)
        return scaling.scale(coef, [*scalars, (make("total", None, (vector,), ()), 1)])
    forth = (u0, *mats, v0)
    back = (v0, *[transpose(m) for m in reversed(mats)], u0)
    body = min(
        forth,
        back,
        key=lambda items: (items[0].formal, sum([t.turns for t in items]), [t.weight for t in items], [t.key for t in items]),
    )
    return scaling.scale(coef, [*scalars, (make("dot", None, body, ()), 1)])


def outer(u: Tree, v: Tree) -> Tree:
    """u vᵀ."""
    coef, scalars, (u, v) = scaling.gather([u, v])
    shape = (u.shape[0], v.shape[0])
    if u.kind == "zero" or v.kind == "zero":
        return zero(shape)
    if u.kind == "one" and v.kind == "one":
        return scaling.scale(coef, scalars, one(shape))
    return scaling.scale(coef, scalars, make("outer", None, (u, v), shape))


def diag(v: Tree) -> Tree:
    """The matrix with `v` on its diagonal."""
    coef, scalars, v = scaling.split(v)
    shape = (v.shape[0], v.shape[0])
    if v.kind == "one":
        return scaling.scale(coef, scalars, eye(v.shape[0]))
    if v.kind == "zero":
        return zero(shape)
    body = v.args[0] if v.kind == "diagof" and v.args[0].kind == "diag" else make("diag", None, (v,), shape)
    return scaling.scale(coef, scalars, body)


def diagof(m: Tree) -> Tree:
    """The diagonal of a matrix."""
    coef, scalars, m = scaling.split(m)
    if m.kind == "T":
        m = m.args[0]
    if m.kind == "diag":
        body = m.args[0]
    elif m.kind in ("eye", "one"):
        body = one(m.shape[:1])
    elif m.kind == "outer":
        body = scaling.had([(m.args[0], 1), (m.args[1], 1)])
    else:
        body = make("diagof", None, (m,), m.shape[:1])
    return scaling.scale(coef, scalars, body)


def inverse(m: Tree) -> Tree:
    coef, scalars, m = scaling.split(m)
    if coef in (1, -1) and not scalars:
        if m.kind == "T":
            body = transpose(inverse(m.args[0]))
        elif m.kind == "inv":
            body = m.args[0]
        elif m.kind == "eye":
            body = m
        else:
            body = make("inv", None, (m,), m.shape)
        return scaling.scale(coef, [], body)
    return make("inv", None, (scaling.scale(coef, scalars, m),), m.shape)


def kron(a: Tree, b: Tree) -> Tree:
    """The Kronecker product of two matrices or two vectors."""
    coef, scalars, (a, b) = scaling.gather([a, b])
    shape = tuple([p * q for p, q in zip(a.shape, b.shape)])
    if a.kind == "eye" and b.kind == "eye":
        return scaling.scale(coef, scalars, eye(shape[0]))
    return scaling.scale(coef, scalars, make("kron", None, (a, b), shape))


def norm(x: Tree) -> Tree:
    """‖x‖, Euclidean or Frobenius, as a scalar."""
    coef, scalars, body = scaling.split(x)
    if not scalars and coef != 1:
        return scaling.scale(abs(coef), [(norm(body), 1)])
    if x.kind == "sum" and x.attr[0] < 0:
        x = sums.negated(x) or x
    if x.kind == "T":
        x = x.args[0]
    return make("norm", None, (x,), ())


_LINEAR_PAIRS = ({"sym", "mul"}, {"mul"})  # a sum of entrywise products of these is a trace


def total(x: Tree) -> Tree:
    """The sum of all entries."""
    coef, scalars, x = scaling.split(x)
    if x.kind == "one":
        return scaling.scale(coef, [*scalars, *[(size(d), 1) for d in x.shape]])
    if x.kind == "unit":
        return scaling.scale(coef, scalars)
    if x.kind == "eye":
        return scaling.scale(coef, [*scalars, (size(x.shape[0]), 1)])
    if x.kind == "outer":
        return scaling.scale(coef, [*scalars, (total(x.args[0]), 1), (total(x.args[1]), 1)])
    if x.kind == "diagof":
        return scaling.scale(coef, [*scalars, (trace(x.args[0]), 1)])
    if x.kind in ("diag", "T"):
        x = x.args[0]
    if x.kind == "had" and x.order == 2 and x.formal:
        formal = next((a for a, e in zip(x.args, x.attr) if e == 1 and is_formal(a)), None)
        if formal is not None:  # tr(Gᵀ dX), from which the gradient is read off
            rest = scaling.had([(a, e) for a, e in zip(x.args, x.attr) if a is not formal])
            return scaling.scale(coef, [*scalars, (trace(mul(transpose(rest), formal)), 1)])
    if x.kind == "had" and x.order == 2 and x.attr == (1, 1) and {a.kind for a in x.args} in _LINEAR_PAIRS:
        return scaling.scale(coef, [*scalars, (trace(mul(transpose(x.args[0]), x.args[1])), 1)])  # tr(WᵀCW)
    if x.kind == "had" and x.attr == (2,):
        return scaling.scale(coef, [*scalars, (norm(x.args[0]), 2)])
    return scaling.scale(coef, [*scalars, (make("total", None, (x,), ()), 1)])


def trace(m: Tree) -> Tree:
    coef, scalars, m = scaling.split(m)
    if m.kind == "outer":
        return scaling.scale(coef, [*scalars, (dot(*m.args), 1)])
    if m.kind == "eye":
        return scaling.scale(coef, [*scalars, (size(m.shape[0]), 1)])
    if m.kind == "diag":
        return scaling.scale(coef, [*scalars, (total(m.args[0]), 1)])
    if m.kind == "T":
        m = m.args[0]
    if m.kind == "mul":
        if len(m.args) == 2 and transpose(m.args[0]) is m.args[1]:
            return scaling.scale(coef, [*scalars, (norm(m.args[0]), 2)])
        formal = m.formal
        m = min(turns_of_the_wheel(m), key=lambda t: (formal and not is_formal(t.args[-1]), t.turns, t.key))
    return scaling.scale(coef, [*scalars, (make("tr", None, (m,), ()), 1)])


def turns_of_the_wheel(m: Tree) -> list[Tree]:
    """The cyclic permutations of a product under a trace, and their transposes."""
    found = []
    for items in (list(m.args), [transpose(a) for a in reversed(m.args)]):
        if any(a.kind == "mul" for a in items):
            continue
        for k in range(len(items)):
            turned = items[k:] + items[:k]
            found.append(make("mul", None, tuple(turned), (turned[0].shape[0], turned[-1].shape[1])))
    return found
