"""Small functions of a few numbers, where the overhead of a call decides; by hand in plain Python with `math`."""

from __future__ import annotations

from math import cos, exp, sin

import numpy as np

from .workload import Workload


def waves(x, y):
    s, e = sin(x), exp(y)
    return {"x": y + cos(x) * e, "y": x + s * e}


def waves_plain(x, y):
    return {"x": y + np.cos(x) * np.exp(y), "y": x + np.sin(x) * np.exp(y)}


def odds(a, b, x, t):
    r = 1 / (1 + exp(-a * x - b)) - t
    return {"a": r * x, "b": r}


def odds_plain(a, b, x, t):
    s = 1 / (1 + np.exp(-(a * x + b)))
    return {"a": (s - t) * x, "b": s - t}


def valley(x):
    """Rosenbrock's function."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def valley_hessian(x):
    n = len(x)
    H = np.zeros((n, n))
    flat = H.reshape(-1)
    off = x[:-1] * -400
    flat[1 :: n + 1] = off
    flat[n :: n + 1] = off
    main = flat[:: n + 1]
    main[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    main[1:] += 200
    return H


def valley_plain(x):
    n = len(x)
    main = np.zeros(n)
    main[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    main[1:] += 200
    return np.diag(main) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)


WORKLOADS = [
    Workload("two scalars gradient", "scalar", "x*y + sin(x)*exp(y)", ["x", "y"], "x: scalar, y: scalar", {"small": {}},
             lambda rng: {"x": 0.7, "y": -0.4}, waves, waves_plain, lambda m, x, y: x * y + m.sin(x) * m.exp(y)),
    Workload("one observation gradient", "scalar", "log(1 + exp(a*x + b)) - t*(a*x + b)", ["a", "b"],
             "a: scalar, b: scalar, x: scalar, t: scalar", {"small": {}},
             lambda rng: {"a": 0.3, "b": -0.2, "x": 1.7, "t": 1.0}, odds, odds_plain,
             lambda m, a, b, x, t: m.softplus(a * x + b) - t * (a * x + b)),
    Workload("Rosenbrock Hessian of 10", "scalar", valley, "x", "x: n", {"small": {"n": 10}},
             lambda rng, n: {"x": rng.normal(size=n)}, valley_hessian, valley_plain,
             lambda m, x: m.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), order=2),
]  # fmt: skip
