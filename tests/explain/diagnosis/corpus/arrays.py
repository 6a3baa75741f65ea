"""Weights and batches, drawn with NumPy, so that each framework gets the same ones."""

import numpy as np


def draws(seed):
    return np.random.default_rng(seed)


def xavier(rng, inputs, outputs):
    """Variance 2/(in + out).  Glorot & Bengio, AISTATS 2010."""
    return rng.normal(size=(inputs, outputs)) * np.sqrt(2 / (inputs + outputs))


def he(rng, inputs, outputs):
    """Variance 2/in.  He et al., ICCV 2015."""
    return rng.normal(size=(inputs, outputs)) * np.sqrt(2 / inputs)


def scaled(scale):
    """Variance scale², whatever the sizes."""
    return lambda rng, inputs, outputs: rng.normal(size=(inputs, outputs)) * scale


def uniform_small(rng, inputs, outputs):
    """Uniform in ±1/√in, which is what nn.Linear starts with: variance 1/(3 in)."""
    return rng.uniform(-1, 1, size=(inputs, outputs)) / np.sqrt(inputs)


def constant(value):
    return lambda rng, inputs, outputs: np.full((inputs, outputs), float(value))


def orthogonal(rng, n, scale=1.0):
    return scale * np.linalg.qr(rng.normal(size=(n, n)))[0]


def chain(rng, sizes, init, biases=None):
    """[(W, b)] with W of shape (in, out); `biases` {layer: value}, 0 elsewhere."""
    made = []
    for k, (i, o) in enumerate(zip(sizes, sizes[1:])):
        made.append((init(rng, i, o), np.full(o, float((biases or {}).get(k, 0.0)))))
    return made


def labels(rng, count, classes):
    return np.eye(classes)[rng.integers(classes, size=count)]
