"""Calling a function while NumPy's warnings of some kinds are ignored, at a fifth of what `np.errstate` costs.

Entering `np.errstate` makes the error state anew each time, about a microsecond. Here it is made once and only set, by
NumPy's own context variable; where NumPy has none, `np.errstate` it is.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

OVERFLOW = {"over": "ignore", "under": "ignore"}  # to inf it is meant: 1/(1 + exp(−x)) is 0 there
MASKED = {"divide": "ignore", "invalid": "ignore"}  # in entries that a mask removes

_umath = getattr(getattr(np, "_core", None), "umath", None)
_extobj_contextvar = getattr(_umath, "_extobj_contextvar", None)
_make_extobj = getattr(_umath, "_make_extobj", None)


def meant(operations: Iterable[str]) -> dict[str, str]:
    """The kinds of warnings that are no news of a program of these operations, to be ignored."""
    return OVERFLOW | MASKED if "choose" in operations else OVERFLOW


def hushed(function, kinds: dict[str, str]):
    """`function`, called under the error state `kinds`, such as OVERFLOW; all other kinds are the caller's."""
    if _extobj_contextvar is None:

        def quiet(*arguments):
            with np.errstate(**kinds):
                return function(*arguments)

        return quiet

    now, enter, leave = _extobj_contextvar.get, _extobj_contextvar.set, _extobj_contextvar.reset
    made = (None, None)  # the caller's error state, and the same with these kinds ignored

    def quiet(*arguments):
        nonlocal made
        callers, state = made
        if callers is not now():
            made = callers, state = now(), _make_extobj(**kinds)
        token = enter(state)
        try:
            return function(*arguments)
        finally:
            leave(token)

    return quiet
