"""Objectives that are sums or means over rows, with their data, for programs that see the rows in parts."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.compiling import compile_nodes

GAUSSIAN = "n/2*logdet(S) + 1/2*tr((X - ones(n) mu^T) S^-1 (X - ones(n) mu^T)^T)"
NORMALISED = "Z = X @ W\nC = Z - np.mean(Z, axis=0)\nnp.sum(np.tanh(C / np.sqrt(np.mean(C**2, axis=0) + 0.1)) * Y)"

# name: (function, declaration, variable, passes over the rows that its gradient takes)
OBJECTIVES = {
    "logistic": ("1/n*sum(log(1 + exp(-y .* (X w))))", "X: n d, y: n, w: d", "w", 1),
    "ridge": ("||X w - y||^2 + lam*||w||^2", "X: n d, y: n, w: d", "w", 1),
    "softmax classifier": ("1/n*sum(logsumexp(X W, axis=1)) - 1/n*tr(Y^T X W)", "X: n d, W: d k, Y: n k", "W", 1),
    "three layers": ("1/n*||tanh(tanh(X W) U) V - Y||_F^2", "X: n d, W: d k, U: k k, V: k k, Y: n k", "W", 1),
    "Gaussian": (GAUSSIAN, "X: n d, S: d d posdef, mu: d", "S", 1),
    "normalised over the rows": (NORMALISED, "X: n d, W: d k, Y: n k", "W", 4),
    "softmax over the rows": ("sum(softmax(X w) .* y)", "X: n d, y: n, w: d", "w", 4),
    "largest row": ("max(X w)", "X: n d, w: d", "w", 3),
}


def asked(name: str, what: str, backend: str = "numpy"):
    """The program for the gradient, Hessian or Hessian-vector product of an objective; its direction is called `direction`."""
    text, declare, wrt, _ = OBJECTIVES[name]
    if what == "hvp":
        return cr.hvp(text, wrt, declare=declare, seal=False).compile(backend)
    return cr.derive(text, wrt, order=2 if what == "hessian" else 1, declare=declare, seal=False).compile(backend)


def together(name: str, backend: str = "numpy"):
    """Gradient and Hessian of an objective as one program."""
    text, declare, wrt, _ = OBJECTIVES[name]
    gradient, hessian = (cr.derive(text, wrt, order=k, declare=declare, seal=False).node for k in (1, 2))
    return compile_nodes({"gradient": gradient, "hessian": hessian}, backend=backend)


def values(program, n: int, d: int = 5, k: int = 3) -> dict:
    """Values for the parameters of a program."""
    rng = np.random.default_rng(n)
    sizes = {"n": n, "d": d, "k": k}
    found = {}
    for name, dims in program.parameters.items():
        if dims is not None:
            found[name] = rng.normal(size=[x.at(sizes) for x in dims])
    if "S" in found:
        found["S"] = found["S"] @ found["S"].T + d * np.eye(d)
    return found


def far(found, truth) -> float:
    """The largest difference, relative to the largest entry."""
    found, truth = np.asarray(found), np.asarray(truth)
    assert found.shape == truth.shape
    return float(np.max(np.abs(found - truth), initial=0) / np.max(np.abs(truth), initial=1e-300))
