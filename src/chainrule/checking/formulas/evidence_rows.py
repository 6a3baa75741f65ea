"""The numbers that show that a formula is not the derivative: the worst entry with a bound, and the Taylor remainders.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.1, for the slopes of the remainder.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiling import compile_nodes
from ...derivation.symbols import UNICODE
from ...numeric import along
from ...numeric.differences import EPS
from ...numeric.remainders import Remainders, remainders
from ...numeric.slope import STEPS


class Worst(NamedTuple):
    """Where a claim is worst, in numbers and in one line."""

    text: str = ""
    index: tuple[int, ...] | None = None
    claimed: float | None = None
    true: float | None = None
    bound: float | None = None
    remainders: Remainders | None = None
    evaluations: int = 0


def evidence(checked, points: list, yours) -> Worst:
    """The largest difference at the first point with its entry, both values, the bound of the true one, and both slopes.

    Parameters
        checked: the check (`formula.Checked`).
        points: (values, true, yours); `yours` as it is evaluated.
    """
    usable = [p for p in points if np.any(p[1] != p[2])]
    if not usable:
        return Worst()
    values, true, mine = min(usable, key=lambda p: p[1].size)
    gap = np.abs(true - mine)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    f, count = counted(checked, values)
    bound = bound_of(checked, f, values, true, index)
    a, b = float(true[index]), float(mine[index])
    said = (
        f"largest difference {figures(float(gap[index]))}{place(checked, index)} (yours {apart(b, a)}, true {apart(a, b)}"
        + (f" ± {bound:.0e})".replace("e-0", "e-") if bound else ")")
    )
    rest = slopes(checked, f, values, true, mine)
    if rest is not None and rest.slope is not None:
        said += f"; remainder slope {rest.slope:.2f}, should be 2"
    return Worst(said, index, b, a, bound, rest, count[0])


def counted(checked, values: dict):
    """(the function that is differentiated, as one of the variable alone; the number of its calls)."""
    found, count = checked.found, [0]
    lower = found.problem.evaluate
    if found.order > 1:
        below = compile_nodes(found.nodes[found.order - 1], parameters=found.parameters)

        def lower(given):
            return below(**given)

    def f(x):
        count[0] += 1
        return np.asarray(lower({**{n: values[n] for n in checked.problem.every}, found.wrt: x}))

    return f, count


def bound_of(checked, f, values: dict, true: np.ndarray, index: tuple) -> float | None:
    """How far the true value of one entry may be off: its distance from the numeric derivative, and the bound of that."""
    x = np.asarray(values[checked.found.wrt], float)
    if checked.direction:
        v, out = np.asarray(values[checked.direction], float), index
    else:
        rank = x.ndim
        turned = checked.true.dims != tuple(checked.found.shape)
        place_ = index[::-1] if turned else index
        v, out = np.zeros(x.shape), place_[: len(place_) - rank]
        v[place_[len(place_) - rank :]] = 1.0
    with np.errstate(all="ignore"):
        found = along(f, x, v[None])
    value = float(found.value[(0, *out)])
    bound = max(abs(value - float(true[index])), float(found.bound), EPS * abs(float(true[index])))
    return bound if np.isfinite(bound) else None


def slopes(checked, f, values: dict, true: np.ndarray, mine: np.ndarray) -> Remainders | None:
    """The remainders of the linear model along one direction, with yours and with the true derivative."""
    x = np.asarray(values[checked.found.wrt], float)
    if checked.direction or checked.true.dims != tuple(checked.found.shape):
        return None
    v = np.cos(1.0 + 2.0 * np.arange(x.size)).reshape(x.shape)
    v = v / max(1.0, float(np.max(np.abs(v), initial=0.0)))
    margin = checked.problem.margin(values, checked.found.wrt)
    yours, right = (np.tensordot(d, v, x.ndim) for d in (mine, true))
    found = remainders(f, x, v, yours, right, longest=min(STEPS[0], margin / 4))
    return found if np.all(np.isfinite([found.yours, found.true])) else None


def place(checked, index: tuple) -> str:
    """` in w[2]`; of a Jacobian ` in ∂f[0]/∂x[2]`; of a number nothing."""
    name = UNICODE.name_of(checked.found.wrt)
    out = checked.true.out if not checked.direction else len(index)
    if not index:
        return ""
    if out == 0 and checked.found.order == 1:
        return f" in {name}[{', '.join(map(str, index))}]"
    return f" in entry [{', '.join(map(str, index))}]"


def figures(x: float, digits: int = 2) -> str:
    """A number in a few figures."""
    text = f"{x:.{digits}g}"
    if "e" in text and 1e-4 <= abs(x) < 1e6:
        text = f"{x:.0f}" if abs(x) >= 1 else f"{x:.{digits + 3}f}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def apart(x: float, other: float) -> str:
    """A number in as many figures as it takes to tell it from another."""
    for digits in range(2, 16):
        if figures(x, digits) != figures(other, digits):
            break
    return figures(x, digits)
