"""Numbers, intervals and breaks of the gallery as a book has them: π/2, [−1, 1], "f grows without bound"."""

from __future__ import annotations

from math import isfinite, pi

from ..place import figure

CLOSE = 1e-6  # how near a point, computed, is to the multiple of π/2 that it is
TURNS = 8  # multiples of π/2 up to which they are written so
NAMES = {0: "f itself", 1: "f′", 2: "f″"}


def number(x: float) -> str:
    """A number, with multiples of π/2 as such."""
    if isfinite(x) and x:
        k = round(2 * x / pi)
        if k and abs(k) <= TURNS and abs(x - k * pi / 2) < CLOSE:
            whole = k % 2 == 0
            count = abs(k) // 2 if whole else abs(k)
            return f"{'−' if k < 0 else ''}{'' if count == 1 else count}π{'' if whole else '/2'}"
    return figure(x)


def interval(of) -> str:
    """(−∞, 1]; declared ends are rounded to four places."""
    ends = [number(k * pi / 2) if isfinite(x) and x and (k := round(2 * x / pi)) and abs(x - k * pi / 2) < 5e-5 else f"{x:g}".replace("inf", "∞").replace("-", "−") for x in (of.low, of.high)]  # fmt: skip
    return f"{of.closed[0]}{ends[0]}, {ends[1]}{of.closed[1]}"


def broken(order: int, what: str | None) -> str:
    """What there is of f or of a derivative where it breaks: "f′ is missing (kink)"."""
    name = NAMES.get(order, f"the derivative of order {order}")
    if order == 0 and what == "pole":
        return "f grows without bound (pole)"
    if what is not None and "end" in what:
        return f"{name} ends ({what})"
    said = f" ({what})" if what else ""
    if order == 0:
        return f"{name} jumps{said if what != 'jump' else ''}"
    return f"{name} is missing{said}"
