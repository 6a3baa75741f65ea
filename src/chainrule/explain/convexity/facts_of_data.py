"""What given values show of their variables: signs, zeros and ones, rows of sum one, definiteness."""

from __future__ import annotations

import copy

import numpy as np

ROUNDING = 1e-12  # of the largest eigenvalue


def facts_in(problem, given: dict) -> tuple:
    """(the problem with the facts that values show added, those facts by name)."""
    learnt: dict[str, list[str]] = {}
    for name, x in given.items():
        if name in problem.variables:
            known = problem.variables[name].facts
            words = [w for w in shown_by(np.asarray(x, dtype=float)) if w not in known]
            if words:
                learnt[name] = words
    if not learnt:
        return problem, {}
    other = copy.copy(problem)
    other.variables = {n: v._replace(facts=v.facts | set(learnt.get(n, ()))) for n, v in problem.variables.items()}
    return other, learnt


def shown_by(x: np.ndarray) -> list[str]:
    """Words of facts that hold of an array, the strongest of each kind."""
    if not x.size or not np.isfinite(x).all():
        return []
    found = []
    if ((x == 0) | (x == 1)).all() and x.ndim:
        sums_to_one = x.ndim and (x.sum(axis=-1) == 1).all()
        found.append("onehot" if sums_to_one and x.shape[-1] > 1 else "labels01")
    elif (np.abs(x) == 1).all() and x.ndim and (x < 0).any():
        found.append("labelspm1")
    elif (x > 0).all():
        found.append("positive")
    elif (x >= 0).all():
        found.append("nonneg")
    elif (x < 0).all():
        found.append("negative")
    if x.ndim == 2 and x.shape[0] == x.shape[1] and x.shape[0] > 1 and (x == x.T).all():
        eigenvalues = np.linalg.eigvalsh(x)
        size = np.abs(eigenvalues).max()
        if eigenvalues[0] > 1e-9 * size:
            found.append("posdef")
        elif eigenvalues[0] >= -ROUNDING * size:
            found.append("psd")
        else:
            found.append("symmetric")
    return found
