"""Losses that PyTorch has as one operator. A number says how entries are reduced: 0 not at all, 1 mean, 2 sum."""

from __future__ import annotations

from ...core.errors import NoRuleError
from ..sizes import ONE
from . import masks as M
from . import reductions as R
from . import tensors as T
from ..framework import refused
from .tensors import Tensor
from .torch_table import operator


def collected(entries: Tensor, reduction: int) -> Tensor:
    if reduction == 0:
        return entries
    return (R.averaged if reduction == 1 else R.summed)(entries, range(entries.rank))


@operator("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
def distance(r, a):
    gap = T.plus((1, r.tensor(a.x)), (-1, r.tensor(a.target)))
    if a.name == "mse_loss":
        entries = T.raised(gap, 2)
    elif a.name == "l1_loss" or a.name == "smooth_l1_loss" and a.beta == 0:
        entries = T.elementwise("abs", gap)
    else:
        size = T.number(a.beta if a.name == "smooth_l1_loss" else a.delta)
        entries = T.elementwise("huber", gap, size)
        if a.name == "smooth_l1_loss":
            entries = T.product((entries, 1), (size, -1))
    return collected(entries, a.reduction)


@operator("cross_entropy_loss")
def cross_entropy(r, a):
    """−Σ target · log softmax(x), of each example; the target holds the probabilities of the classes."""
    x, target = r.tensor(a.x), r.tensor(a.target)
    if target.rank != x.rank:
        raise labels(a.name)
    if a.label_smoothing:
        raise refused("label smoothing", "smooth the target: (1 - e) * Y + e / k")
    classes = 1 if x.rank > 1 else 0
    logs = R.log_softmax(x, [classes])
    if a.weight is not None:
        weight = r.tensor(a.weight)
        logs = T.product((logs, 1), (Tensor(weight.node, [*weight.dims, *[ONE] * (x.rank - 1 - classes)]), 1))
    entries = T.negated(R.summed(T.product((target, 1), (logs, 1)), [classes]))
    if a.weight is not None and a.reduction == 1:
        return T.product((R.summed(entries, range(entries.rank)), 1), (R.count(entries, range(entries.rank)), -1))
    return collected(entries, a.reduction)


def labels(name: str, given: str | None = None) -> NoRuleError:
    return NoRuleError(
        f"`{name}` takes labels that are whole numbers", given=given, expected="labels as 0 and 1",
        fix='Y="n k onehot" is read by F.cross_entropy(z, Y) as it is; for nll_loss write -(Y * log_p).sum(1).mean()',
    )


BY_LABEL = "nll_loss nll_loss_nd nll_loss_forward one_hot gather index index_select embedding take_along_dim".split()


@operator(*BY_LABEL)
def by_label(r, a):
    places = [n for n in a.node.all_input_nodes[1:] if n.meta["val"].dtype.itemsize == 1]
    if a.name == "index" and places:
        raise refused("selecting entries by their values", "torch.where(condition, x, 0) keeps the shape")
    raise labels(a.name)


@operator("binary_cross_entropy_with_logits")
def bce_logits(r, a):
    """softplus(x) − t x; with a weight p of the positive ones, (1 + (p − 1) t) softplus(−x) + (1 − t) x."""
    x, target = r.tensor(a.x), r.tensor(a.target)
    if a.pos_weight is None:
        entries = T.plus((1, T.elementwise("softplus", x)), (-1, T.product((target, 1), (x, 1))))
    else:
        weight = T.plus((1, T.number(1)), (1, T.product((T.plus((1, r.tensor(a.pos_weight)), (-1, T.number(1))), 1), (target, 1))))
        miss = T.product((weight, 1), (T.elementwise("softplus", T.negated(x)), 1))
        entries = T.plus((1, miss), (1, T.product((T.flipped(target), 1), (x, 1))))
    if a.weight is not None:
        entries = T.product((entries, 1), (r.tensor(a.weight), 1))
    return collected(entries, a.reduction)


@operator("binary_cross_entropy")
def bce(r, a):
    x, target = r.tensor(a.x), r.tensor(a.target)
    ones = T.product((target, 1), (T.logarithm(x), 1))
    zeros = T.product((T.flipped(target), 1), (T.logarithm(T.flipped(x)), 1))
    entries = T.plus((-1, ones), (-1, zeros))
    if a.weight is not None:
        entries = T.product((entries, 1), (r.tensor(a.weight), 1))
    return collected(entries, a.reduction)


@operator("kl_div")
def kl_div(r, a):
    """t (log t − x), or exp(t) (t − x) where the target is a logarithm."""
    x, target = r.tensor(a.x), r.tensor(a.target)
    logs = target if bool(a.log_target) else T.logarithm(target)
    weight = M.exponential(target) if bool(a.log_target) else target
    return collected(T.product((weight, 1), (T.plus((1, logs), (-1, x)), 1)), a.reduction)


@operator("soft_margin_loss")
def soft_margin(r, a):
    x = T.negated(T.product((r.tensor(a.target), 1), (r.tensor(a.x), 1)))
    return collected(T.elementwise("softplus", x), a.reduction)


@operator("poisson_nll_loss")
def poisson(r, a):
    x, target = r.tensor(a.input), r.tensor(a.target)
    if bool(a.full):
        raise refused("the full Poisson loss", "full=False")
    if bool(a.log_input):
        entries = T.plus((1, M.exponential(x)), (-1, T.product((target, 1), (x, 1))))
    else:
        entries = T.plus((1, x), (-1, T.product((target, 1), (T.logarithm(T.plus((1, x), (1, T.number(a.eps)))), 1))))
    return collected(entries, a.reduction)
