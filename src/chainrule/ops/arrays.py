"""What NumPy lacks, on arrays: erf, ln Γ, and forms of sigmoid, softplus and softmax that never overflow.

All of them let a complex step pass: given complex input near the real axis they return the analytic continuation,
to first order in the imaginary part at least.
"""

from __future__ import annotations

from math import erf as _erf
from math import erfc as _erfc
from math import pi, sqrt

import numpy as np

_elementwise_erf = np.frompyfunc(_erf, 1, 1)
_elementwise_erfc = np.frompyfunc(_erfc, 1, 1)


def real(x):
    """The real part: what comparisons look at when a complex step passes through."""
    return x.real if np.iscomplexobj(x) else x


def erf(x):
    """2/√π ∫₀ˣ exp(−t²) dt, entry by entry, to 1e-15."""
    return _entry_by_entry(_elementwise_erf, x, 2 / sqrt(pi))


def erfc(x):
    """1 − erf(x), accurate where that is small."""
    return _entry_by_entry(_elementwise_erfc, x, -2 / sqrt(pi))


def _entry_by_entry(function, x, slope: float):
    x = np.asarray(x)
    value = np.asarray(function(np.real(x)), dtype=float)[()]
    return value + 1j * (slope * np.exp(-(x.real**2)) * x.imag) if np.iscomplexobj(x) else value


def arctan2(a, b):
    """The angle of the point (b, a)."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        turn = (np.real(b) * np.imag(a) - np.real(a) * np.imag(b)) / (np.real(a) ** 2 + np.real(b) ** 2)
        return np.arctan2(np.real(a), np.real(b)) + 1j * turn
    return np.arctan2(a, b)


SHIFT = 12  # ln Γ and its derivatives are carried this far up, where their asymptotic series are accurate to 1e-16
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B₂, B₄, …  (DLMF 24.2)


def lgamma(x):
    """ln Γ(x) for x > 0, to 1e-14 of its size or of 1 (DLMF 5.5.1 and 5.11.1)."""
    x = np.asarray(x)
    shifted = np.ones_like(x, dtype=np.result_type(x, float))
    for k in range(SHIFT):
        shifted = shifted * (x + k)
    z = x + SHIFT
    series = sum(b / ((2 * k + 2) * (2 * k + 1)) * z ** -(2.0 * k + 1) for k, b in enumerate(BERNOULLI))
    return (z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * pi) + series - np.log(shifted)


def digamma(x):
    """ψ(x) for x > 0 (DLMF 5.5.2 and 5.11.2)."""
    x = np.asarray(x)
    z = x + SHIFT
    series = sum(b / (2 * k + 2) * z ** -(2.0 * k + 2) for k, b in enumerate(BERNOULLI))
    return np.log(z) - 0.5 / z - series - sum(1 / (x + k) for k in range(SHIFT))


def trigamma(x):
    """ψ′(x) for x > 0 (DLMF 5.15.5 and 5.15.8)."""
    x = np.asarray(x)
    z = x + SHIFT
    series = sum(b * z ** -(2.0 * k + 3) for k, b in enumerate(BERNOULLI))
    return 1 / z + 0.5 / z**2 + series + sum((x + k) ** -2.0 for k in range(SHIFT))


def tetragamma(x):
    """ψ″(x) for x > 0: the series of ψ′, differentiated."""
    x = np.asarray(x)
    z = x + SHIFT
    series = sum(b * (2 * k + 3) * z ** -(2.0 * k + 4) for k, b in enumerate(BERNOULLI))
    return -1 / z**2 - 1 / z**3 - series - 2 * sum((x + k) ** -3.0 for k in range(SHIFT))


def magnitude(x):
    """|x| for real x; ±x, by the sign of its real part, near the real axis."""
    return np.where(x.real < 0, -x, x) if np.iscomplexobj(x) else np.abs(x)


def sigmoid(x):
    """1/(1 + exp(−x))."""
    e = np.exp(-magnitude(x))
    return np.where(real(x) < 0, e, 1.0) / (1 + e)


def softplus(x):
    """log(1 + exp(x))."""
    if np.iscomplexobj(x):
        return np.where(x.real > 0, x, 0) + np.log1p(np.exp(-magnitude(x)))
    return np.logaddexp(0.0, x)


def softmax(x, axes):
    """exp(x) over its sum along `axes`."""
    e = np.exp(x - np.max(real(x), axis=axes, keepdims=True))
    return e / np.sum(e, axis=axes, keepdims=True)


def logsumexp(x, axes):
    """log of the sum of exp(x) along `axes`."""
    top = np.max(real(x), axis=axes, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=axes)) + np.squeeze(top, axis=axes)


def argmax_mask(x, axes):
    """1 at the largest entry along `axes`, else 0; several largest share equally."""
    x = real(x)
    hit = (x == np.max(x, axis=axes, keepdims=True)) * 1.0
    return hit / np.sum(hit, axis=axes, keepdims=True)


def amax(x, axes):
    """The largest entry along `axes`."""
    return np.sum(argmax_mask(x, axes) * x, axis=axes) if np.iscomplexobj(x) else np.max(x, axis=axes)


def top_gap(x, axes):
    """How far the largest entry along `axes` is above the second."""
    x = np.moveaxis(np.asarray(real(x)), axes, tuple(range(-len(axes), 0)))
    x = x.reshape(*x.shape[: x.ndim - len(axes)], -1)
    if x.shape[-1] < 2:
        return np.full(x.shape[:-1], np.inf)
    top = np.partition(x, -2, axis=-1)
    return top[..., -1] - top[..., -2]


def logdet(x):
    """log |det x| over the last two axes."""
    if np.iscomplexobj(x):
        d = np.linalg.det(x)
        return np.log(magnitude(d))
    return np.linalg.slogdet(x)[1]
