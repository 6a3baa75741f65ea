"""What reading a program of JAX and one of PyTorch have in common: names, the text shown, what is said in errors."""

from __future__ import annotations

import inspect
import linecache
import textwrap
import tokenize
from collections.abc import Callable

from ..core.errors import BackendError, ChainruleError, NoRuleError, ShapeError, TraceError
from .places import HERE, Place, place_in

LONGEST_TEXT = 2000
_ABOUT_SHAPES = ("shape", "size", " dim",  "broadcast", "rank", "ndim", "axis", "axes")


def name_of(function: Callable) -> str:
    """What the function is called; one without a name is f."""
    name = getattr(function, "__name__", None) or getattr(getattr(function, "func", None), "__name__", None)
    if name is None and not inspect.isfunction(function):
        name = type(function).__name__
    return name if name and name.isidentifier() and name != "partial" else "f"


def source_of(function: Callable, name: str) -> str:
    """The source code of the function where there is one, else its repr: for errors and JSON."""
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError, SyntaxError, tokenize.TokenError):  # also where the file is not what was compiled
        text = repr(function)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def not_installed(called: str, package: str) -> BackendError:
    return BackendError(
        f"{called} is not installed", given=f"from_{package}", expected=f"the package `{package}`",
        fix=f'pip install "chainrule[{package}]"',
    )  # fmt: skip


def refused(what: str, instead: str | None) -> NoRuleError:
    return NoRuleError(f"{what} is not available", expected="a function that has a formula and a derivative here", fix=instead)


def returned_many(name: str, count: int, kind: str) -> TraceError:
    """What is said of a function that returns several arrays, or none."""
    first = f"lambda …: {name}(…)[0] is its first value" if kind in ("tuple", "list") else None
    return TraceError(
        f"`{name}` does not return one array", given=f"a {kind} of {count} array" + "s" * (count != 1),
        expected="a function whose value is one array", fix=first,
    )  # fmt: skip


def unexpected(error: Exception, name: str, given: str) -> ChainruleError:
    """What is said of an exception that the person's own function raised while it was traced."""
    text = str(error).lower()
    if isinstance(error, (TypeError, ValueError, RuntimeError, IndexError)) and any(word in text for word in _ABOUT_SHAPES):
        return ShapeError(
            f"the shapes do not fit what `{name}` does", given=given, expected="shapes for which the function runs"
        )
    return TraceError(
        f"`{name}` cannot be run with the shapes that are declared", given=f"{type(error).__name__}: {given}",
        expected="a function of arrays that runs by itself",
    )  # fmt: skip


def located(error: Exception) -> str:
    """The error's first line, and the place in the person's own code that was running."""
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    place = place_in(error.__traceback__)
    return first + (f"\n{place.shown()}" if place is not None and place.line.strip() else "")


def own(path: str) -> bool:
    """Whether a file is the person's: none of this package, of Python, or of a library."""
    path = path.replace("\\", "/")
    return not path.startswith(HERE) and not any(part in path for part in ("/site-packages/", "/lib/python3", "importlib", "<"))


def shown(path: str, number: int, function: str) -> str:
    """line 12 of forward: z = x @ W"""
    line = linecache.getline(path, number).rstrip("\n")
    return Place(function, number, line, len(line) - len(line.lstrip()), len(line)).shown()
