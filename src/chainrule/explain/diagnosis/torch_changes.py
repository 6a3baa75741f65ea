"""What-ifs on PyTorch programs: for the time of one pass a parameter holds another tensor, an operation is exchanged, an input standardised.

The user's tensors are not written into: a parameter is lent other storage, and gets its own back.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...ops.declare import lookup
from .changes import EPSILON, SEED, NotPossible, kept_within
from .record import Change
from .torch_names import QUOTIENTS, declared, plain


def changed_run(subject, changes: tuple[Change, ...], run: Callable):
    """`run(hooks)` while the changes hold; the hooks are those for `Tape`.

    Raises
        NotPossible: a change cannot be made.
    """
    hooks: dict[str, Callable] = {}
    lent: list[tuple[torch.Tensor, torch.Tensor]] = []
    given, ranked = (subject.args, subject.kwargs), torch.random.get_rng_state()
    try:
        for change in changes:
            if change.kind in LENDING:
                parameter = subject.parameter(change.at)
                lent.append((parameter, parameter.data))
                parameter.data = LENDING[change.kind](parameter.data, change.value)
            elif change.kind in HOOKS:
                hooks[change.at] = HOOKS[change.kind](change.value)
            elif change.kind == "scale-input":
                subject.args, subject.kwargs = standardised(subject.args, subject.kwargs, change.at)
            else:
                raise NotPossible(change.kind)
        torch.random.set_rng_state(ranked)  # as many numbers as were drawn for new weights must not be missing below
        return run(hooks)
    finally:
        subject.args, subject.kwargs = given
        for parameter, was in reversed(lent):
            parameter.data = was


# ------------------------------------------------------------------ parameters


def _redrawn(w: torch.Tensor, deviation: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(SEED)
    drawn = torch.randn(w.shape, generator=generator, dtype=torch.float32)
    return (deviation * drawn).to(dtype=w.dtype, device=w.device)


def _moved(w: torch.Tensor, share: float) -> torch.Tensor:
    """Every entry changed, each by another amount, so that symmetric changes do not cancel."""
    generator = torch.Generator().manual_seed(SEED + 1)
    size = float(w.abs().max()) or 1.0
    drawn = torch.rand(w.shape, generator=generator, dtype=torch.float32).to(device=w.device) + 0.5
    return w + (share * size * drawn).to(w.dtype)


LENDING = {
    "scale": lambda w, factor: w * factor,
    "redraw": _redrawn,
    "zero": lambda w, _: torch.zeros_like(w),
    "move": _moved,
}

# ------------------------------------------------------------------ operations


def _activation(name):
    other = getattr(torch, name, None) or getattr(torch.nn.functional, name, None)
    if other is None:
        raise NotPossible(name)

    def run(function, args, kwargs):
        return other(args[0] if args else kwargs["input"])

    run.name, run.other = name, other
    return run


def _normalised(_):
    def run(function, args, kwargs):
        y = function(*args, **kwargs)
        if not isinstance(y, torch.Tensor) or y.dim() < 2:
            raise NotPossible("one number for each sample")
        axes = tuple(range(1, y.dim())) if y.dim() != 3 else (2,)
        centred = y - y.mean(axes, keepdim=True)
        return centred / (centred.pow(2).mean(axes, keepdim=True) + EPSILON).sqrt()

    return run


def _residual(_):
    def run(function, args, kwargs):
        x = args[0]
        y = function(*args, **kwargs)
        if not isinstance(y, torch.Tensor) or y.shape != x.shape:
            raise NotPossible("shapes differ")
        return y + x

    return run


def _clamped(least):
    def run(function, args, kwargs):
        name = plain(getattr(function, "__name__", ""))
        args = list(args)
        at = 1 if name in QUOTIENTS and len(args) > 1 and isinstance(args[1], torch.Tensor) else 0
        x = args[at]
        if at == 1:
            args[at] = torch.where(x.abs() < least, torch.full_like(x, least), x)
        else:
            bound, end = kept_within(lookup(declared(name) or ""), least, x.dtype == torch.float16)
            args[at] = x.clamp(**{"min" if bound == "maximum" else "max": end})
        return function(*args, **kwargs)

    return run


def _attached(_):
    def run(function, args, kwargs):
        name = getattr(function, "__name__", "")
        return args[0] if name in ("detach", "detach_", "__get__") else function(*args, **kwargs)

    run.graded = True
    return run


HOOKS = {"activation": _activation, "normalise": _normalised, "residual": _residual, "clamp": _clamped, "attach": _attached}


def standardised(args: tuple, kwargs: dict, at: str) -> tuple[tuple, dict]:
    """The arguments with the first one centred and scaled over the batch, column by column."""

    def over_batch(x):
        if not isinstance(x, torch.Tensor) or not x.is_floating_point() or x.dim() < 2 or x.shape[0] < 2:
            raise NotPossible("the input has no samples")
        deviation = x.std(0, keepdim=True)
        return (x - x.mean(0, keepdim=True)) / torch.where(deviation > 0, deviation, torch.ones_like(deviation))

    if at != "x":
        raise NotPossible(at)
    if args:
        return (over_batch(args[0]), *args[1:]), kwargs
    first = next(iter(kwargs))
    return args, {**kwargs, first: over_batch(kwargs[first])}
