"""Jacobians: of softmax, of tanh and softmax of a linear map, and of a network's output in its input."""

from __future__ import annotations

import numpy as np

from .workload import Workload, sized

SQUARE = sized("m n", (10, 8), (200, 150), (1000, 1000))


def linear_data(rng, m, n):
    return {"A": rng.normal(size=(m, n)), "x": rng.normal(size=n) / np.sqrt(n), "b": rng.normal(size=m)}


def probabilities(z):
    """The softmax of a vector, in place; z is overwritten."""
    z -= z.max()
    np.exp(z, out=z)
    z /= z.sum()
    return z


def softmax_jacobian(z):
    p = probabilities(z.copy())
    J = p[:, None] * -p
    J.ravel()[:: len(z) + 1] += p
    return J


def softmax_plain(z):
    p = probabilities(z.copy())
    return np.diag(p) - np.outer(p, p)


def tanh_jacobian(A, x, b):
    t = A @ x
    t += b
    np.tanh(t, out=t)
    t *= t
    np.subtract(1, t, out=t)
    return A * t[:, None]


def tanh_plain(A, x, b):
    return np.diag(1 - np.tanh(A @ x + b) ** 2) @ A


def softmax_linear_jacobian(A, x, b):
    p = A @ x
    p += b
    probabilities(p)
    J = A - p @ A
    J *= p[:, None]
    return J


def softmax_linear_plain(A, x, b):
    p = probabilities(A @ x + b)
    return (np.diag(p) - np.outer(p, p)) @ A


# ---------------------------------------------------------------- a network's output in its input


def network_data(rng, d, h, k):
    shapes = {"A": (h, d), "B": (h, h), "C": (k, h)}
    found = {name: rng.normal(size=shape) / np.sqrt(shape[1]) for name, shape in shapes.items()}
    return found | {"x": rng.normal(size=d), "a": rng.normal(size=h), "b": rng.normal(size=h), "c": rng.normal(size=k)}


def network_slopes(A, B, x, a, b):
    s = A @ x
    s += a
    np.tanh(s, out=s)
    t = B @ s
    t += b
    np.tanh(t, out=t)
    return 1 - s * s, 1 - t * t


def network_jacobian(A, B, C, x, a, b, c):
    """C diag(t) B diag(s) A from the left, since outputs are fewer than inputs."""
    s, t = network_slopes(A, B, x, a, b)
    D = (C * t) @ B
    D *= s
    return D @ A


def network_plain(A, B, C, x, a, b, c):
    s, t = network_slopes(A, B, x, a, b)
    return C @ np.diag(t) @ B @ np.diag(s) @ A


WORKLOADS = [
    Workload("softmax Jacobian", "jacobian", "softmax(z)", "z", "z: n", sized("n", (10,), (200,), (1000,)),
             lambda rng, n: {"z": rng.normal(size=n)}, softmax_jacobian, softmax_plain, lambda m, z: m.softmax_vector(z)),
    Workload("tanh(Ax + b) Jacobian", "jacobian", "tanh(A x + b)", "x", "A: m n, x: n, b: m", SQUARE, linear_data,
             tanh_jacobian, tanh_plain, lambda m, A, x, b: m.tanh(A @ x + b)),
    Workload("softmax(Ax + b) Jacobian", "jacobian", "softmax(A x + b)", "x", "A: m n, x: n, b: m", SQUARE, linear_data,
             softmax_linear_jacobian, softmax_linear_plain, lambda m, A, x, b: m.softmax_vector(A @ x + b)),
    Workload("network Jacobian in its input", "jacobian", "C tanh(B tanh(A x + a) + b) + c", "x",
             "A: h d, B: h h, C: k h, x: d, a: h, b: h, c: k", sized("d h k", (8, 16, 4), (100, 200, 10), (1000, 1000, 100)),
             network_data, network_jacobian, network_plain,
             lambda m, A, B, C, x, a, b, c: C @ m.tanh(B @ m.tanh(A @ x + a) + b) + c),
]  # fmt: skip
