"""The values with which a network starts: weights by a scheme, biases 0, gains 1; and samples to try it on.

References: Glorot & Bengio, AISTATS 2010; He et al., ICCV 2015; LeCun et al., Efficient BackProp (1998); Saxe et al., ICLR 2014.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt

import numpy as np

from ...core.errors import DeclarationError, check_choice
from ...numeric.points import sample
from .layers import Weight


def _orthogonal(rng, w: Weight) -> np.ndarray:
    """Orthonormal columns, or rows of a wide matrix; of what is no matrix, a unit vector."""
    shape = w.shape if len(w.shape) == 2 else (prod(w.shape), 1)
    tall = max(shape), min(shape)
    q, r = np.linalg.qr(rng.normal(size=tall))
    q = q * np.sign(np.where(np.diag(r) == 0, 1, np.diag(r)))
    return (q if shape[0] >= shape[1] else q.T).reshape(w.shape)


def _normal(deviation: Callable[[Weight], float]) -> Callable:
    return lambda rng, w: rng.normal(size=w.shape) * deviation(w)


def _uniform(bound: Callable[[Weight], float]) -> Callable:
    return lambda rng, w: rng.uniform(-1, 1, size=w.shape) * bound(w)


SCHEMES: dict[str, Callable] = {  # by the numbers that come in and go out
    "xavier": _normal(lambda w: sqrt(2 / (w.ins + w.outs))),
    "xavier_uniform": _uniform(lambda w: sqrt(6 / (w.ins + w.outs))),
    "he": _normal(lambda w: sqrt(2 / w.ins)),
    "he_uniform": _uniform(lambda w: sqrt(6 / w.ins)),
    "lecun": _normal(lambda w: sqrt(1 / w.ins)),
    "orthogonal": _orthogonal,
    "normal": _normal(lambda w: 1.0),
    "torch": _uniform(lambda w: sqrt(1 / w.ins)),  # what torch.nn.Linear starts with
    "zeros": lambda rng, w: np.zeros(w.shape),
}
START = {"bias": 0.0, "gain": 1.0}


def started(weights: dict[str, Weight], seed: int, scheme: str, scale: float, bias: float) -> dict[str, np.ndarray]:
    """The parameters: weights by the scheme, times `scale`; biases `bias`, gains 1.

    Raises
        DeclarationError: there is no such scheme; scale or bias is no number.
    """
    check_choice("scheme", scheme, tuple(SCHEMES))
    for name, x in (("scale", scale), ("bias", bias)):
        if isinstance(x, bool) or not isinstance(x, (int, float, np.number)):
            raise DeclarationError(f"{name} is a number", given=f"{name}={x!r}", expected=f"{name}=1.0")
    rng = np.random.default_rng(seed)
    found = {}
    for w in weights.values():
        if w.role == "weight":
            found[w.name] = np.asarray(SCHEMES[scheme](rng, w)) * float(scale)
        else:
            found[w.name] = np.full(w.shape, float(bias) if w.role == "bias" else START[w.role])
    return found


def samples(data: dict[str, tuple], facts: dict, masks: dict[str, float], seed: int) -> dict[str, np.ndarray]:
    """Inputs and targets to try a network on: normal numbers, or what is declared of them; masks keep as many as their layers say."""
    rng = np.random.default_rng([seed, 1])
    found = {}
    for name, shape in data.items():
        if name in masks:
            found[name] = (rng.random(shape) < masks[name]).astype(float)
        else:
            found[name] = sample(rng, shape, facts[name]) if facts[name] else rng.normal(size=shape)
    return found
