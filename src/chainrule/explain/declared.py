"""Whether values are what was declared of them: a proof that rests on `psd` says nothing of a matrix that is not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.errors import DomainError
from ..core.facts import FACTS
from ..ops.declare import Interval

ROUNDING = 1e-8  # relative: what a file with single precision has lost
VALUES = {"01": (0.0, 1.0), "±1": (-1.0, 1.0)}
DEFINITE = {"posdef": "above 0", "psd": "at least 0"}


def refuse_contradiction(problem, given: Mapping) -> None:
    """Refuse values that contradict what was declared of their variable; NaN and ∞ contradict nothing.

    Raises
        DomainError: it names the variable and the fact.
    """
    for name, x in given.items():
        variable = problem.every.get(name)
        x = np.asarray(x, dtype=float)
        if variable is None or not x.size or not np.isfinite(x).all():
            continue
        for word in sorted(variable.facts):
            if not holds(word, x):
                raise DomainError(
                    f"the values of `{name}` are not what was declared of it", given=f"{name}: {word}, but {what_is(word, x)}",
                    expected=f"{name} {FACTS[word].meaning}", fix=f"other values, or `{name}` without `{word}`",
                )  # fmt: skip


def holds(word: str, x: np.ndarray) -> bool:
    """Whether an array of numbers can have a fact; of one number that stands for all entries only its size is asked."""
    fact = FACTS[word]
    if fact.within and not Interval(*fact.within).contains(x).all():
        return False
    if fact.values and not np.isin(x, VALUES[fact.values]).all():
        return False
    if not x.ndim:
        return True
    if fact.simplex and not np.allclose(x.sum(axis=-1), 1.0, atol=1e-5):
        return False
    if fact.symmetric and (x.ndim != 2 or x.shape[0] != x.shape[1] or not np.allclose(x, x.T, rtol=0, atol=ROUNDING * np.abs(x).max())):
        return False
    return word not in DEFINITE or _definite(word, x)


def _definite(word: str, x: np.ndarray) -> bool:
    values = np.linalg.eigvalsh(x)
    return bool(values[0] > 0 if word == "posdef" else values[0] >= -ROUNDING * max(abs(values[0]), abs(values[-1])))


def what_is(word: str, x: np.ndarray) -> str:
    """What is wrong, in a figure."""
    if word in DEFINITE and x.ndim == 2 and x.shape[0] == x.shape[1] and np.allclose(x, x.T):
        return f"its smallest eigenvalue is {np.linalg.eigvalsh(x)[0]:.4g}"
    if FACTS[word].symmetric and x.ndim == 2 and x.shape[0] == x.shape[1]:
        return f"an entry and its mirror image differ by {np.abs(x - x.T).max():.4g}"
    if FACTS[word].simplex and x.ndim and holds_entries(word, x):
        return f"a row sums to {x.sum(axis=-1).flat[int(np.abs(np.asarray(x.sum(axis=-1)) - 1).argmax())]:.4g}"
    wrong = x[~Interval(*FACTS[word].within).contains(x)] if FACTS[word].within else x
    return f"it holds {(wrong if wrong.size else x[~np.isin(x, VALUES.get(FACTS[word].values, ()))]).flat[0]:.4g}" if wrong.size or x.size else ""


def holds_entries(word: str, x: np.ndarray) -> bool:
    """Whether each entry by itself is as the fact says."""
    fact = FACTS[word]
    inside = not fact.within or Interval(*fact.within).contains(x).all()
    return bool(inside and (not fact.values or np.isin(x, VALUES[fact.values]).all()))
