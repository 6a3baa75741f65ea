"""What a call of the person's code runs through: its functions, and the numbers that its variables held at the end.

A profile function sees each of the person's functions return. Files of the standard library, of installed packages and of
chainrule itself are passed over. The numbers let a cause be said in the person's own names (`lam`, `a1`, the number of rows of
`X`); the functions are those that a repair may change.
"""

from __future__ import annotations

import gc
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import numpy as np

MOST = 20_000  # numbers in a variable that is kept
DEEPEST = 2  # net.layers[0].W, cache['a1']
KEPT = 400  # variables
HOME = str(Path(__file__).parents[2])
NOT_THEIRS = tuple({HOME, *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))})


@dataclass
class Watched:
    """What one call ran through: the code objects in the order in which they first returned, and variables by name."""

    codes: list[CodeType] = field(default_factory=list)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    of_code: dict[CodeType, dict[str, np.ndarray]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    globals: list[dict] = field(default_factory=list)

    @cached_property
    def functions(self) -> list[FunctionType]:
        """The functions that are alive and have these codes. Those that run for one call only are not among them."""
        inner = {const for code in self.codes for const in code.co_consts if isinstance(const, CodeType)}
        wanted = {id(code): k for k, code in enumerate(self.codes) if code not in inner}
        found: dict[int, FunctionType] = {}
        for scope in {id(scope): scope for scope in self.globals}.values():
            for function in within(list(scope.values())):
                if id(function.__code__) in wanted:
                    found[id(function.__code__)] = function
        missing = [code for code in self.codes if id(code) in wanted and id(code) not in found]
        for holder in gc.get_referrers(*missing) if missing else []:
            if isinstance(holder, FunctionType) and id(holder.__code__) in wanted:
                found[id(holder.__code__)] = holder
        return [found[key] for key in sorted(found, key=wanted.get)]


def within(values: list) -> Iterator[FunctionType]:
    """The functions among the values of a module, and in its classes and rules."""
    for value in values:
        if isinstance(value, FunctionType):
            yield value
        elif isinstance(value, type) and is_of_theirs(value, value):
            yield from (
                f
                for f in (getattr(v, "__func__", getattr(v, "fget", v)) for v in vars(value).values())
                if isinstance(f, FunctionType)
            )
        else:
            for name in ("fun", "fwd", "bwd", "jvp", "__wrapped__"):
                inner = getattr(value, name, None) if type(value).__module__.startswith("jax") else None
                if isinstance(inner, FunctionType):
                    yield inner


def watch(call: Callable) -> Watched:
    """Calls `call()` and watches. An error of the call ends it, and what was seen until then is returned."""
    watched = Watched()

    def seen(frame, event, arg):
        if event == "return" and is_theirs(frame.f_code):
            _keep(watched, frame)

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        call()
    except Exception:  # whatever the person's code raises: the check itself has reported it, or will
        pass
    finally:
        sys.setprofile(before if callable(before) else None)
    return watched


def is_theirs(code: CodeType) -> bool:
    name = code.co_filename
    return not name.startswith(NOT_THEIRS) and not name.startswith(("<frozen", "<__array_function__", "<string>"))


def _keep(watched: Watched, frame) -> None:
    code = frame.f_code
    if code not in watched.of_code:
        watched.codes.append(code)
        watched.globals.append(frame.f_globals)
    own = watched.of_code.setdefault(code, {})
    held = dict(frame.f_locals)
    for name in code.co_names:
        if name in frame.f_globals and name not in held:
            held[name] = frame.f_globals[name]
    for name, value in held.items():
        _add(watched, own, name, value, DEEPEST)


def _add(watched: Watched, own: dict, name: str, value, deep: int) -> None:
    """Keeps the numbers in `value`, under a name that the person would write."""
    if len(watched.values) > KEPT or name.startswith("__") or isinstance(value, (ModuleType, FunctionType, type, str)):
        return
    array = as_numbers(value)
    if array is not None:
        own[name] = watched.values[name] = array
        watched.types[name] = str(getattr(value, "dtype", type(value).__name__))
    elif deep and isinstance(value, dict):
        for key, inner in list(value.items())[:30]:
            _add(watched, own, f"{name}[{key!r}]", inner, deep - 1)
    elif deep and isinstance(value, (list, tuple)):
        for k, inner in enumerate(value[:10]):
            _add(watched, own, f"{name}[{k}]", inner, deep - 1)
    elif deep and hasattr(value, "__dict__") and is_of_theirs(value):
        for key, inner in list(vars(value).items())[:30]:
            _add(watched, own, f"{name}.{key}", inner, deep - 1)


def is_of_theirs(value, kind: type | None = None) -> bool:
    """Whether an object's class is the person's own, or it is a context in which a backward pass keeps tensors."""
    module = sys.modules.get((kind or type(value)).__module__)
    file = getattr(module, "__file__", None)
    return file is None or not file.startswith(NOT_THEIRS)


def as_numbers(value) -> np.ndarray | None:
    """A float64 copy of a number or array, of NumPy, PyTorch or JAX; None of everything else."""
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        return np.float64(value) if abs(float(value)) < 1e300 else None
    if not hasattr(value, "dtype") or not hasattr(value, "shape"):
        return None
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu().double().numpy() if "complex" not in str(value.dtype) else value
        array = np.asarray(value)
        if array.dtype.kind not in "fiub" or array.size > MOST:
            return None
        return array.astype(np.float64)
    except Exception:  # tracers, tensors without storage: they hold no numbers
        return None
