"""Operations along axes: softmax, logsumexp, the maximum.

`axes` are positions in the argument, the last by default. logsumexp and amax lose these axes, softmax and
argmax_mask keep them.

Reference: Boyd & Vandenberghe, Convex Optimization (2004), section 3.1.5 for the derivatives of logsumexp.
"""

from __future__ import annotations

from functools import reduce

from ..core.algebra import multiply, ones, power, sum_axes, zeros
from ..core.node import Node, size
from . import arrays
from .declare import CLOSED01, structured
from .elementary import log
from .hoist import broadcast_axes, drop_axes, permutation, permute, restore_axes
from .reading import apart_along, split, times


def same_shape(dims, axes):
    return dims


def without_axes(dims, axes):
    return tuple([d for t, d in enumerate(dims) if t not in axes])


def _hoisted(op, x: Node, axes: tuple, keeps_axes: bool) -> Node | None:
    """op(x) with broadcast axes other than `axes`, and permutations, taken out."""
    loose = broadcast_axes(x) - set(axes)
    if loose:
        inner_axes = tuple([t - sum(l < t for l in loose) for t in axes])
        inner = op(drop_axes(x, loose), axes=inner_axes)
        if keeps_axes:
            return restore_axes(inner, loose, x.dims)
        kept = [t for t in range(x.ndim) if t not in axes]
        return restore_axes(inner, {kept.index(t) for t in loose}, without_axes(x.dims, axes))
    turned = permutation(x)
    if turned is None:
        return None
    p, inner = turned
    inner_axes = tuple(sorted(p[t] for t in axes))
    found = op(inner, axes=inner_axes)
    if keeps_axes:
        return permute(found, p)
    kept = [t for t in range(x.ndim) if t not in inner_axes]
    return permute(found, tuple([kept.index(p[t]) for t in range(x.ndim) if t not in axes]))


def _constant_axes(x: Node, axes: tuple) -> tuple[Node, tuple, tuple] | None:
    """(x without them, the other axes there, them) for those of `axes` along which x is constant."""
    loose = tuple([t for t in axes if t in broadcast_axes(x)])
    if not loose:
        return None
    rest = tuple([t - sum(l < t for l in loose) for t in axes if t not in loose])
    return drop_axes(x, loose), rest, loose


def _count(x: Node, axes: tuple) -> Node:
    return reduce(multiply, [size(x.dims[t]) for t in axes])


# ------------------------------------------------------------------ softmax and logsumexp


def _without_shift(op, x: Node, axes: tuple) -> Node | None:
    """op(z + c) = op(z) for c constant along the axes, and op(0) = 1/n: so it is of softmax and of the place of the maximum."""
    _, rest = apart_along(x, axes)
    if rest.op == "sum" and not rest.args:
        return multiply(ones(x.dims), power(_count(x, axes), -1))
    return op(rest, axes=axes) if rest is not x else None


def _softmax_canonical(op, x: Node, axes: tuple) -> Node | None:
    """A shift along the axes does not matter."""
    found = _without_shift(op, x, axes)
    if found is not None:
        return found
    return _shared_along_constant_axes(op, x, axes) or _hoisted(op, x, axes, True)


def _shared_along_constant_axes(op, x: Node, axes: tuple) -> Node | None:
    found = _constant_axes(x, axes)
    if found is None:
        return None
    inner, rest, loose = found
    spread = restore_axes(op(inner, axes=rest), loose, x.dims)
    return multiply(spread, power(_count(x, loose), -1))


def _logsumexp_canonical(op, x: Node, axes: tuple) -> Node | None:
    """logsumexp(z + c) = logsumexp(z) + c for c constant along the axes; logsumexp(0) = log n."""
    constant, rest = apart_along(x, axes)
    if constant is None:
        found = _constant_axes(x, axes)
        if found is None:
            return _hoisted(op, x, axes, False)
        return op(found[0], axes=found[1]) + log(_count(x, found[2]))
    if rest.op == "sum" and not rest.args:
        return constant + log(_count(x, axes))
    return constant + op(rest, axes=axes)


softmax = structured(
    "softmax", parameters={"axes": None}, shape=same_shape,
    differential=lambda dX, X, Y, axes: Y * dX - Y * restore_axes(sum_axes(Y * dX, axes), axes, Y.dims),
    canonical=_softmax_canonical, range=CLOSED01, sign="+",
    evaluate=arrays.softmax,
    numpy="(np.exp({0})/np.sum(np.exp({0}), axis={axes}, keepdims=True))",
    safe="softmax({0}, {axes})", imports="from chainrule.ops.arrays import softmax",
    jax="jax.nn.softmax({0}, axis={axes})", torch="torch.softmax({0}, dim={axis})",
    rule="differential of softmax: p ⊙ dz − p (pᵀdz)", reference="Bridle (1990); Boyd & Vandenberghe 3.1.5",
    doc="exp(z) over its sum along the axes.",
)  # fmt: skip

logsumexp = structured(
    "logsumexp", aliases=("lse",), parameters={"axes": None}, shape=without_axes,
    differential=lambda dX, X, Y, axes: sum_axes(softmax(X, axes=axes) * dX, axes),
    canonical=_logsumexp_canonical, curvature="convex", monotone="increasing",
    evaluate=arrays.logsumexp,
    numpy="np.log(np.sum(np.exp({0}), axis={axes}))", safe="logsumexp({0}, {axes})",
    imports="from chainrule.ops.arrays import logsumexp",
    jax="jax.scipy.special.logsumexp({0}, axis={axes})", torch="torch.logsumexp({0}, dim={axes})",
    rule="differential of logsumexp: softmax(z)ᵀdz", reference="Boyd & Vandenberghe 3.1.5",
    doc="log of the sum of exp(z) along the axes.",
)  # fmt: skip

# ------------------------------------------------------------------ the maximum


def _amax_canonical(op, x: Node, axes: tuple) -> Node | None:
    """max(z + c) = max(z) + c for c constant along the axes; max(a z) = a max(z) for a number a > 0."""
    constant, rest = apart_along(x, axes)
    if constant is not None:
        return constant if rest.op == "sum" and not rest.args else constant + op(rest, axes=axes)
    c, rest = split(x)
    if c not in (1, -1):
        return times(abs(c), op(times(1 if c > 0 else -1, rest), axes=axes))
    found = _constant_axes(x, axes)
    return _hoisted(op, x, axes, False) if found is None else op(found[0], axes=found[1])


def _mask_canonical(op, x: Node, axes: tuple) -> Node | None:
    """Neither a positive factor nor a shift along the axes moves the maximum."""
    found = _without_shift(op, x, axes)
    if found is not None:
        return found
    c, rest = split(x)
    if c not in (1, -1):
        return op(times(1 if c > 0 else -1, rest), axes=axes)
    return _shared_along_constant_axes(op, x, axes) or _hoisted(op, x, axes, True)


amax = structured(
    "amax", parameters={"axes": None}, shape=without_axes,
    differential=lambda dX, X, Y, axes: sum_axes(argmax_mask(X, axes=axes) * dX, axes),
    canonical=_amax_canonical, curvature="convex", monotone="nondecreasing", sign="same",
    evaluate=arrays.amax, margin=arrays.top_gap,
    numpy="np.max({0}, axis={axes})", jax="jnp.max({0}, axis={axes})", torch="torch.amax({0}, dim={axes})",
    text="max", latex=r"\max",
    rule="differential of max: that of the largest entry", reference="Rockafellar, Convex Analysis (1970), section 23",
    doc="The largest entry along the axes.",
)  # fmt: skip

argmax_mask = structured(
    "argmax_mask", parameters={"axes": None}, shape=same_shape,
    differential=lambda dX, X, Y, axes: zeros(Y.dims),
    canonical=_mask_canonical, range=CLOSED01, sign="0+",
    evaluate=arrays.argmax_mask, margin=arrays.top_gap,
    numpy="({0} == np.max({0}, axis={axes}, keepdims=True))",
    safe="argmax_mask({0}, {axes})", imports="from chainrule.ops.arrays import argmax_mask",
    jax="(lambda x: (lambda hit: hit/hit.sum(axis={axes}, keepdims=True))((x == x.max(axis={axes}, keepdims=True)).astype(x.dtype)))({0})",
    torch="(lambda x: (lambda hit: hit/hit.sum(dim={axes}, keepdim=True))((x == x.amax(dim={axes}, keepdim=True)).to(x.dtype)))({0})",
    text="argmax", rule="differential of the argmax mask: 0, off ties",
    reference="Rockafellar, Convex Analysis (1970), section 23",
    doc="1 at the largest entry along the axes, else 0; several largest share equally.",
)  # fmt: skip

# ------------------------------------------------------------------ defined by the above


def amin(x: Node, axes=None) -> Node:
    """The smallest entry along `axes`."""
    return -amax(-x, axes=axes)
