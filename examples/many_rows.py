"""Logistic regression on more rows than one would like in memory: streamed from a file, and spread over eight devices.

    python examples/many_rows.py [rows]

First part: a file of rows is made (240 MB by default), and Newton's method reads it block by block, in a few megabytes
of memory. Second part: the same gradient with its rows on eight virtual devices of JAX, if that is installed; what they
tell one another is one gradient.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"  # before JAX is imported

import numpy as np

import chainrule as cr
from chainrule.compiling.rows import communication

LOSS = "1/n*sum(log(1 + exp(-y .* (X w)))) + 1/10000*||w||^2"
DECLARED = "X: n d, y: n, w: d"
FEATURES = 30


def rows_in_a_file(folder: str, n: int) -> tuple[np.memmap, np.memmap, np.ndarray]:
    """Features and labels ±1 in files, and the weights that the labels were drawn with."""
    X = np.memmap(os.path.join(folder, "X"), float, "w+", shape=(n, FEATURES))
    y = np.memmap(os.path.join(folder, "y"), float, "w+", shape=n)
    rng = np.random.default_rng(0)
    true = rng.normal(size=FEATURES) / 2
    for start in range(0, n, 50_000):
        block = rng.normal(size=(min(50_000, n - start), FEATURES))
        X[start : start + 50_000] = block
        y[start : start + 50_000] = np.where(rng.random(len(block)) < 1 / (1 + np.exp(-block @ true)), 1.0, -1.0)
    return X, y, true


def streamed(X: np.memmap, y: np.memmap, true: np.ndarray) -> np.ndarray:
    """The minimum, by Newton's method."""
    gradient = cr.derive(LOSS, "w", declare=DECLARED).stream()
    hessian = cr.derive(LOSS, "w", order=2, declare=DECLARED).stream()
    print("What is run on each block of rows:\n")
    print(gradient.source)
    w = np.zeros(FEATURES)
    for step in range(1, 8):
        began = time.perf_counter()
        g, H = gradient(X=X, y=y, w=w), hessian(X=X, y=y, w=w)
        took = time.perf_counter() - began
        print(f"Newton step {step}: gradient {np.linalg.norm(g):.1e}, {2 * len(X) / took:,.0f} rows/s")
        if np.linalg.norm(g) < 1e-12:
            break
        w = w - np.linalg.solve(H, g)
    print(f"The weights that the labels were drawn with differ from these by at most {np.max(np.abs(w - true)):.3f}.\n")
    return w


def sharded(X: np.memmap, y: np.memmap, w: np.ndarray) -> None:
    """The gradient on eight devices, compared with the streamed one."""
    try:
        import jax
    except ImportError:
        print("With JAX installed, the second part would run the same gradient on eight devices.")
        return
    jax.config.update("jax_enable_x64", True)
    derivation = cr.derive(LOSS, "w", declare=DECLARED)
    gradient = derivation.shard()
    print(f"What each of {gradient.devices} devices runs on its own rows:\n")
    print(gradient.source)
    data = gradient.place(X=X[:100_003], y=y[:100_003])  # no multiple of eight
    there = np.asarray(gradient(**data, w=w))
    here = derivation.stream()(X=X[:100_003], y=y[:100_003], w=w)
    apart = np.max(np.abs(there - here)) / np.max(np.abs(here))
    print(f"Difference from the gradient on one machine: {apart:.1e}, relative.")
    print(f"What the devices tell one another in a step: {communication(gradient, **data, w=w)}.")


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        print(f"Writing {n:,} rows of {FEATURES} features, {n * FEATURES * 8 / 1e6:,.0f} MB …")
        X, y, true = rows_in_a_file(folder, n)
        w = streamed(X, y, true)
        sharded(X, y, w + 0.1)


if __name__ == "__main__":
    main()
