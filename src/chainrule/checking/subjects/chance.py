"""What code depends on beside its arguments: random generators, and arrays in globals, closures or `self`.

Generators are set back to one state before a call, so that a dropout mask is the same for the function and its claim.
What the person's own process had drawn before is put back at the end (`preserved`).
"""

from __future__ import annotations

import functools
import pickle
import random
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

SEED = 20210414
LARGE = 10**7  # entries: an array that is larger is not watched for changes
MOST = 300  # objects looked at behind a function


class Chance:
    """All generators within reach of some functions, and the way back to one state."""

    def __init__(self, *functions):
        self.own = []  # (generator, how to set it, its state)
        for _, value in (pair for function in functions for pair in held(function)):
            if not any(value is known for known, _, _ in self.own):
                found = _settable(value)
                if found is not None:
                    self.own.append((value, *found))

    def state(self) -> bytes:
        """Where all generators stand: it changes where something is drawn."""
        torch = sys.modules.get("torch")
        tensors = torch.get_rng_state().numpy() if torch is not None else None
        own = [_settable(value)[1] for value, _, _ in self.own]
        return pickle.dumps((random.getstate(), np.random.get_state(), tensors, own))

    def reseed(self) -> None:
        """Sets the global generators of Python, NumPy and torch, and those that the functions hold, to one state."""
        random.seed(SEED)
        np.random.seed(SEED % 2**32)
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(SEED)
        for _, put, state in self.own:
            put(state)


def _settable(value):
    if isinstance(value, np.random.Generator):
        bits = value.bit_generator
        return (lambda state: setattr(bits, "state", state)), bits.state
    if isinstance(value, np.random.RandomState):
        return value.set_state, value.get_state()
    if isinstance(value, random.Random):
        return value.setstate, value.getstate()
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Generator):
        return value.set_state, value.get_state()
    return None


@contextmanager
def preserved(*functions):
    """Runs its block, then puts all generators back into the state that they had before."""
    python, numpy = random.getstate(), np.random.get_state()
    torch = sys.modules.get("torch")
    tensors = torch.get_rng_state() if torch is not None else None
    own = Chance(*functions).own
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        if torch is not None:
            torch.set_rng_state(tensors)
        for _, put, state in own:
            put(state)


def held(function) -> Iterator[tuple[str, object]]:
    """(name, object) of all that a function refers to: its closure, globals it names, its `self`, its helpers'."""
    waiting, seen = [("", function)], set()
    while waiting and len(seen) < MOST:
        name, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if name:
            yield name, value
        waiting += _behind(name, value, own=value is function)


def _behind(name: str, value, own: bool):
    if isinstance(value, functools.partial):
        return [("", value.func), *_within(name, value.keywords), *((name or "x", a) for a in value.args)]
    if isinstance(value, types.MethodType):
        return [("self", value.__self__), ("", value.__func__)]
    if isinstance(value, types.FunctionType):
        code = value.__code__
        cells = [(n, c) for n, c in zip(code.co_freevars, value.__closure__ or ())]
        inside = [(n, c.cell_contents) for n, c in cells if _filled(c)]
        names = {n for part in _codes(code) for n in part.co_names}
        outside = [(n, value.__globals__[n]) for n in names if n in value.__globals__]
        return [(n, v) for n, v in (*inside, *outside) if not isinstance(v, types.ModuleType)]
    if isinstance(value, type) or isinstance(value, types.ModuleType):
        return []
    if isinstance(value, dict) and len(value) <= MOST:
        return _within(name, value)
    if isinstance(value, (list, tuple)) and len(value) <= MOST:
        return [(f"{name}[{i}]", v) for i, v in enumerate(value)]
    library = type(value).__module__.partition(".")[0] in ("numpy", "torch", "jax", "jaxlib")
    if hasattr(value, "__dict__") and (own or name) and not library:
        return [(f"{name or 'self'}.{n}", v) for n, v in vars(value).items()]
    return []


def _within(name: str, mapping):
    return [(f"{name}[{k!r}]", v) for k, v in mapping.items()]


def _codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _filled(cell) -> bool:
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True


class Watched:
    """The NumPy arrays that some functions hold, as they were; `changed()` names those that are different now."""

    def __init__(self, *functions):
        self.arrays, known = [], set()
        for name, value in (pair for function in functions for pair in held(function)):
            watched = isinstance(value, np.ndarray) and value.dtype != object and value.size <= LARGE
            if watched and id(value) not in known:
                known.add(id(value))
                self.arrays.append((name, value, value.copy()))

    def changed(self) -> list[str]:
        return [
            name
            for name, now, before in self.arrays
            if now.shape != before.shape or not np.array_equal(now, before, equal_nan=before.dtype.kind in "fc")
        ]
