"""Layers that PyTorch has as one operator: normalisations, attention, recurrent cells."""

from __future__ import annotations

from ...core.dims import dim
from ...core.errors import ShapeError
from ..sizes import ONE
from . import masks as M
from . import reductions as R
from . import shaping as S
from . import tensors as T
from ..framework import refused
from .tensors import Tensor
from .torch_table import operator


@operator("layer_norm", "native_layer_norm")
def layer_norm(r, a):
    x = r.tensor(a.input)
    axes = range(x.rank - len(a.normalized_shape), x.rank)
    found = scaled_and_moved(r, normalised(x, axes, a.eps), a)
    return [found, None, None] if a.name.startswith("native") else found


def normalised(x: Tensor, axes, eps: float) -> Tensor:
    """(x − mean) / √(var + ε)"""
    centre = T.plus((1, x), (-1, R.averaged(x, axes, True)))
    spread = T.plus((1, R.spread_of(x, axes, 0, True)), (1, T.number(eps)))
    return T.product((centre, 1), (T.raised(spread, -T.HALF), 1))


def scaled_and_moved(r, x: Tensor, a) -> Tensor:
    if a.weight is not None:
        x = T.product((x, 1), (r.tensor(a.weight), 1))
    return x if getattr(a, "bias", None) is None else T.plus((1, x), (1, r.tensor(a.bias)))


@operator("rms_norm")
def rms_norm(r, a):
    x = r.tensor(a.input)
    axes = range(x.rank - len(a.normalized_shape), x.rank)
    eps = 2.0**-52 if a.eps is None else a.eps  # PyTorch's default is the rounding of the type, float64 here
    square = T.plus((1, R.averaged(T.raised(x, 2), axes, True)), (1, T.number(eps)))
    return scaled_and_moved(r, T.product((x, 1), (T.raised(square, -T.HALF), 1)), a)


@operator("batch_norm")
def batch_norm(r, a):
    """Over the batch while training, with the running statistics else. The features are axis 1."""
    x = r.tensor(a.input)
    features = [1] + [0] * (x.rank - 2)

    def across(t):
        t = r.tensor(t)
        return Tensor(t.node, [t.dims[0], *[ONE] * (len(features) - 1)])

    if bool(a.training):
        x = normalised(x, [p for p in range(x.rank) if p != 1], a.eps)
    else:
        spread = T.plus((1, across(a.running_var)), (1, T.number(a.eps)))
        x = T.product((T.plus((1, x), (-1, across(a.running_mean))), 1), (T.raised(spread, -T.HALF), 1))
    x = x if a.weight is None else T.product((x, 1), (across(a.weight), 1))
    return x if a.bias is None else T.plus((1, x), (1, across(a.bias)))


@operator("scaled_dot_product_attention")
def attention(r, a):
    """softmax(Q Kᵀ / √d + mask) V."""
    if a.dropout_p:
        raise refused("dropout, which is random,", "dropout_p=0")
    q, k, v = r.tensor(a.query), r.tensor(a.key), r.tensor(a.value)
    width = T.length(q.dims[-1])
    scale = (T.number(a.scale), 1) if a.scale is not None else (T.of_size(width), -T.HALF)
    scores = T.product((R.matmul(q, S.transposed(k, [*range(k.rank - 2), k.rank - 1, k.rank - 2])), 1), scale)
    if bool(a.is_causal):
        mask = T.tensor(S.triangle(T.length(scores.dims[-2]), T.length(scores.dims[-1]), 0))
        scores = M.chosen(mask, scores, T.number(float("-inf")))
    elif a.attn_mask is not None:
        mask = r.tensor(a.attn_mask)
        kind = a.node.kwargs.get("attn_mask", a.node.args[3] if len(a.node.args) > 3 else None)
        if str(kind.meta["val"].dtype) == "torch.bool":
            scores = M.chosen(mask, scores, T.number(float("-inf")))
        else:
            scores = T.plus((1, scores), (1, mask))
    return R.matmul(M.softmax(scores, [scores.rank - 1]), v)


def affine(r, x: Tensor, weight, bias) -> Tensor:
    """x Wᵀ + b"""
    found = R.matmul(x, S.transposed(r.tensor(weight), [1, 0]))
    return found if bias is None else T.plus((1, found), (1, r.tensor(bias)))


def gates(t: Tensor, count: int) -> list[Tensor]:
    """A last axis cut into equal parts."""
    last = t.rank - 1
    size = t.dims[last]
    if size.value is None or size.value % count:
        raise ShapeError("the gates of a cell have sizes that are numbers", given=str(size), expected=f"{count} times a number")
    part = size.value // count
    return [S.sliced(t, last, dim(k * part), dim((k + 1) * part)) for k in range(count)]


@operator("gru_cell")
def gru_cell(r, a):
    """h' = (1 − z) n + z h with the gates of Cho et al. (2014), as PyTorch has them."""
    h = r.tensor(a.hx)
    r1, z1, n1 = gates(affine(r, r.tensor(a.input), a.w_ih, a.b_ih), 3)
    r2, z2, n2 = gates(affine(r, h, a.w_hh, a.b_hh), 3)
    reset, update = (T.elementwise("sigmoid", T.plus((1, x), (1, y))) for x, y in ((r1, r2), (z1, z2)))
    new = T.elementwise("tanh", T.plus((1, n1), (1, T.product((reset, 1), (n2, 1)))))
    return T.plus((1, T.product((T.flipped(update), 1), (new, 1))), (1, T.product((update, 1), (h, 1))))


@operator("lstm_cell")
def lstm_cell(r, a):
    h, c = (r.tensor(t) for t in a.hx)
    whole = T.plus((1, affine(r, r.tensor(a.input), a.w_ih, a.b_ih)), (1, affine(r, h, a.w_hh, a.b_hh)))
    i, f, g, o = gates(whole, 4)
    i, f, o = (T.elementwise("sigmoid", t) for t in (i, f, o))
    c = T.plus((1, T.product((f, 1), (c, 1))), (1, T.product((i, 1), (T.elementwise("tanh", g), 1))))
    return [T.product((o, 1), (T.elementwise("tanh", c), 1)), c]


@operator("rnn_tanh_cell", "rnn_relu_cell")
def rnn_cell(r, a):
    whole = T.plus((1, affine(r, r.tensor(a.input), a.w_ih, a.b_ih)), (1, affine(r, r.tensor(a.hx), a.w_hh, a.b_hh)))
    return T.elementwise("tanh" if "tanh" in a.name else "relu", whole)
