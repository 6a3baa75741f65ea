"""Statistics of PyTorch tensors, on their device, as `record` has them: a few passes over each, no copy of it."""

from __future__ import annotations

import math

import torch

from .record import DEAD, EXAMPLES, SATURATED, Slopes, Values
from .slopes import Shape
from .thresholds import BURIED

LARGEST_SQUARE = 1e18  # beyond it, and below its inverse, squares leave float32
NEARLY_ALIKE = 1e-2
EIGEN = 512  # rows of a matrix whose eigenvalues are computed: 0.2 s


def values_of(x: torch.Tensor, batch: int | None) -> Values:
    """The statistics of a tensor; its first axis is that of the samples where its size is `batch`."""
    x = x.detach()
    if x.is_sparse:
        x = x.coalesce().values()
    if not x.is_floating_point():
        x = x.abs() if x.is_complex() else x.to(torch.float32)
    shape = tuple(x.shape)
    if not x.numel():
        return Values(shape, 0.0, 0.0, 0.0, 0.0)
    wide = torch.float64 if x.dtype == torch.float64 else torch.float32
    low, high = [float(v) for v in torch.aminmax(x)]
    if not (math.isfinite(low) and math.isfinite(high)):
        return _with_bad(x, shape, batch)
    n = x.numel()
    top = max(abs(low), abs(high))
    scale = top if top and not 1 / LARGEST_SQUARE < top < LARGEST_SQUARE else 1.0
    unit = x / scale if scale != 1.0 else x
    figures = [torch.linalg.vector_norm(unit, dtype=wide), unit.mean(dtype=wide), torch.count_nonzero(x).to(wide)]
    samples = shape[0] if batch and len(shape) > 1 and shape[0] == batch else 1
    if samples > 1:
        figures.append(torch.linalg.vector_norm(unit.mean(0, dtype=wide)))
    norm, mean, nonzero, *centre = torch.stack(figures).tolist()
    apart = None
    if samples > 1:
        apart = scale * math.sqrt(max(norm**2 - samples * centre[0] ** 2, 0.0) / n)
        if apart < NEARLY_ALIKE * norm * scale / math.sqrt(n):  # the difference has lost its digits
            apart = scale * float(torch.linalg.vector_norm(unit - unit.mean(0), dtype=wide)) / math.sqrt(n)
    return Values(
        shape, mean * scale, norm * scale / math.sqrt(n), top, norm * scale, 0, 0, None, 1 - nonzero / n, apart, samples, low, high,
    )  # fmt: skip


def _with_bad(x: torch.Tensor, shape: tuple, batch: int | None) -> Values:
    bad = ~torch.isfinite(x)
    flat = bad.reshape(-1)
    first, at = int(torch.argmax(flat.to(torch.uint8))), []
    for size in reversed(shape):
        first, index = divmod(first, size)
        at.append(index)
    nans, count = int(torch.isnan(x).sum()), int(bad.sum())
    fine = values_of(torch.where(bad, 0.0, x).float(), None)
    shrunk = max(x.numel() - count, 1)
    zeros = 1 - float(torch.count_nonzero(x)) / x.numel()
    return fine._replace(
        shape=shape, mean=fine.mean * x.numel() / shrunk, rms=fine.norm / math.sqrt(shrunk), nans=nans, infinities=count - nans,
        first_bad=tuple(reversed(at)), zeros=zeros, samples=shape[0] if batch and len(shape) > 1 and shape[0] == batch else 1,
    )  # fmt: skip


def norm_of(x: torch.Tensor) -> Values:
    """Only size and norm of a tensor, and what is not finite: of what goes back along an edge."""
    x = x.detach()
    if x.is_sparse:
        x = x.coalesce().values()
    norm = float(torch.linalg.vector_norm(x, dtype=torch.float64 if x.dtype == torch.float64 else torch.float32)) if x.numel() else 0.0
    if not math.isfinite(norm) or norm < 1 / LARGEST_SQUARE:  # 0 too: squares of small numbers underflow
        return values_of(x, None)
    rms = norm / math.sqrt(max(x.numel(), 1))
    return Values(tuple(x.shape), 0.0, rms, norm, norm)


def slopes_of(slope: torch.Tensor, x: torch.Tensor, shape: Shape) -> Slopes:
    """The slopes of an activation, from f′ at each entry and its input; units are the last axis, or the channels of images."""
    slope, x = slope.detach().abs(), x.detach()
    if not slope.dim():
        slope, x = slope.reshape(1), x.reshape(1)
    axis = 1 if slope.dim() >= 4 else slope.dim() - 1
    units = slope.shape[axis]
    by_unit = slope.amax(dim=[k for k in range(slope.dim()) if k != axis]) if slope.dim() > 1 else slope
    known = math.isfinite(shape.top)
    dead = by_unit <= DEAD * shape.top if known else by_unit == 0
    saturated = by_unit < SATURATED * shape.top if known else dead
    named = torch.nonzero(dead if bool(dead.any()) else saturated).reshape(-1)[:EXAMPLES].tolist()
    share = (slope < SATURATED * shape.top if known else slope == 0).float().mean()
    wide = torch.nan_to_num(slope.float(), 0.0, 0.0, 0.0)
    buried = 0
    if bool(dead.any()):
        near = x.abs().movedim(axis, 0).reshape(units, -1).float()
        size = float(near[~dead].square().mean().sqrt()) if not bool(dead.all()) else 0.0
        buried = int((dead & (near.amin(1) > BURIED * size)).sum())
    return Slopes(
        shape.top, float(slope.max()), float(torch.linalg.vector_norm(wide)) / math.sqrt(slope.numel()), float(share), shape.expected,
        units, int(saturated.sum()), int(dead.sum()), tuple(named), float(x.abs().min()), shape.bounded, buried,
    )  # fmt: skip


def kept_by(x, state, w_x, w_h, b_x=None, b_h=None) -> float:
    """The share of its state that an LSTM cell keeps in a step, on average: σ of the second quarter of its gates."""
    with torch.no_grad():
        gate = slice(w_h.shape[1], 2 * w_h.shape[1])
        z = x @ w_x[gate].T + state[0] @ w_h[gate].T
        for bias in (b_x, b_h):
            z = z if bias is None else z + bias[gate]
        return float(torch.sigmoid(z.float()).mean())


def alike_of(weight: torch.Tensor) -> float | None:
    """The largest difference between a unit of a weight and its first, relative to the largest entry; units are its rows."""
    weight = weight.detach()
    if weight.dim() < 2 or weight.shape[0] < 2 or not weight.numel():
        return None
    top = float(weight.abs().max())
    if not math.isfinite(top):
        return None
    if torch.equal(weight[0], weight[1]):  # nearly never: all others need no more than these two
        return float((weight - weight[:1]).abs().max()) / top if top else 0.0
    return float((weight[1] - weight[0]).abs().max()) / top


def radius_of(weight: torch.Tensor) -> float | None:
    """The largest |eigenvalue| of a square matrix; None for others, and for large ones."""
    if weight.dim() != 2 or weight.shape[0] != weight.shape[1] or not 1 < weight.shape[0] <= EIGEN:
        return None
    if not bool(torch.isfinite(weight).all()):
        return None
    return float(torch.linalg.eigvals(weight.detach().double().cpu()).abs().max())
