"""What a stand-in cannot do, said in the person's own line of code, with what to write instead."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...core.errors import NoRuleError, TraceError
from .operands import name_of
from ..places import here
from .recorder import StandIn

KNOWN_ONLY = "while a function is traced its arrays have shapes, and no values"


def _shown(x: StandIn) -> str:
    return name_of(x.book, x) or x.book.source(x.tree)


def condition(x: StandIn) -> TraceError:
    """`if x > 0`, `while`, `assert`, `and`, and the built-in max, which compares."""
    place = here()
    code, ran = (place.line.strip(), place.expression) if place else ("", "")
    shown = _shown(x)
    fix = f"np.where({shown if x.mask else shown + ' > 0'}, a, b) takes a where it holds, and b elsewhere"
    for word, instead in (("max", "np.maximum"), ("min", "np.minimum")):
        found = re.match(rf"{word}\((.*)\)$", ran)
        if found:
            inside = found.group(1)
            fix = f"{instead}({inside})" if "," in inside else f"np.{word}({inside})"
    if code.startswith("while"):
        fix = "for _ in range(10): a number of rounds that is known"
    elif code.startswith("assert"):
        fix = "leave the assertion out, or assert shapes only"
    elif ran.startswith("sorted("):
        fix = "the order of values cannot be known"
    elif re.search(r"\b(and|or|not)\b", code) and not code.startswith(("if x is", "if not isinstance")):
        fix = f"np.where with & for `and`, | for `or`, ~ for `not`: np.where(({shown}) & …, a, b)" if x.mask else fix
    return TraceError(
        f"`{shown}` is no value that a choice can be made by", expected=f"code that does the same for all values: {KNOWN_ONLY}", fix=fix,
    )  # fmt: skip


def number(x: StandIn, how: str) -> TraceError:
    """float(x), int(x), math.exp(x), range(x), x.tolist()."""
    place = here()
    ran = place.expression if place else ""
    shown = _shown(x)
    fix = {"float": f"leave float( ) out: {shown}", "round": "rounding has no derivative; leave it out"}.get(how)
    found = re.match(r"math\.(\w+)\(", ran)
    if found:
        fix = f"np.{found.group(1)}({ran[found.end() : -1]})" if hasattr(np, found.group(1)) else None
    elif how == "int":
        fix = "leave int( ) out; an array is not indexed or counted by values"
    return TraceError(f"`{shown}` has no value yet that Python could take", expected=KNOWN_ONLY, fix=fix)


def array(x: StandIn) -> TraceError:
    """A function that makes a real array of its argument before it looks at it."""
    return TraceError(
        f"`{_shown(x)}` cannot be made an array of numbers",
        expected=f"functions of NumPy, or code made of them: {KNOWN_ONLY}",
        fix="write the function with NumPy's operations",
    )


def size(n: StandIn) -> TraceError:
    """range(n), if n > 3, float(n), where n is the name of a size."""
    place = here()
    ran = place.expression if place else ""
    name = str(n.dim)
    fix = f"declare it as a number, such as 4 in place of {name}"
    if "random" in ran:
        fix = "draw the random numbers outside, and pass them as an argument"
    elif re.match(r"(float|int)\(", ran):
        fix = f"leave {ran.partition('(')[0]}( ) out: {name} divides and multiplies as it is"
    elif re.match(r"range\(", ran):
        fix = f"X @ w, np.sum(x, axis=0) and the like in place of the loop; or declare a number, such as 4 in place of {name}"
    elif re.match(r"np\.\w+\(|numpy\.\w+\(", ran):
        fix = f"declare it as a number, such as 4 in place of {name}, or pass the array as an argument"
    return TraceError(
        f"the size `{name}` is known by its name only", expected="a number where Python counts or decides", fix=fix
    )


def count(x: StandIn, first: Any) -> TraceError:
    """len(x) and for row in x, where the first axis has a name for its size."""
    shown = _shown(x)
    if first is None:
        return TraceError(f"`{shown}` is a scalar, which has no length", expected="an array")
    return TraceError(
        f"`{shown}` has {first} rows, which cannot be counted: {first} is a name",
        expected="a number of rows, or no loop over them",
        fix=f"{shown}.shape[0] is the length; whole arrays do what a loop over rows does, or declare a number for {first}",
    )


def index(x: StandIn, given: Any) -> TraceError:
    """x[mask], x[[0, 2]], logits[np.arange(n), y]."""
    shown = _shown(x)
    if isinstance(given, StandIn) and given.mask:
        return TraceError(
            f"`{shown}` cannot be indexed by a condition, since the number of entries would depend on values",
            expected="a number, a slice or None",
            fix=f"np.where({_shown(given)}, {shown}, 0) keeps the shape; {shown} * mask too",
        )
    inner = _shown(given) if isinstance(given, StandIn) and not hasattr(given, "dim") else str(given)[:40]
    return TraceError(
        f"`{shown}` cannot be indexed by `{inner}`",
        expected="numbers, slices and None",
        fix="pass the labels one-hot, as Y: np.sum(Y * x, axis=1) picks one entry of each row",
    )


def assignment(x: StandIn | None = None) -> TraceError:
    """x[0] = 1, or y[0] = x[0] where y is an array of numbers."""
    return TraceError(
        f"entries of `{_shown(x)}` cannot be written" if x is not None else "entries of an array of numbers cannot be written",
        expected="arrays that are made whole",
        fix="np.where(mask, a, b) changes entries; rows in a list and np.stack(rows), or np.concatenate([a, b]), put parts together",
    )


def in_place(x: StandIn, name: str) -> TraceError:
    """X -= X.mean(axis=0) on an argument, and on a part of an array."""
    shown = _shown(x)
    sign = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@"}.get(name, "+")
    if x.shared == "argument":
        problem = f"the function changes its argument `{shown}` in place"
    else:
        return TraceError(
            f"the function changes `{shown}` in place, which is a part of another array",
            expected="arrays that are changed as a whole",
            fix="np.where(mask, a, b) changes entries; np.concatenate([a, b]) puts parts together",
        )
    return TraceError(problem, expected="arguments that stay as they are", fix=f"{shown} = {shown} {sign} … makes a new array")


def unavailable(name: str) -> NoRuleError:
    return NoRuleError(f"{name} is not available", None, "a function that has a derivative here")


def whole(x: StandIn, dtype: Any) -> TraceError:
    """x.astype(int)"""
    return TraceError(
        f"`{_shown(x)}` cannot be rounded to {np.dtype(dtype).name}",
        expected="real numbers, which have derivatives",
        fix="leave .astype out, or pass whole numbers as an argument that is declared so: y='n labels01'",
    )


WHOLE = frozenset(("labels01", "labelspm1", "onehot", "counts", "mask01"))


def is_whole(x: StandIn) -> bool:
    """Whether a stand-in is an argument that is declared to hold whole numbers."""
    node = x.value.node
    return node.kind == "var" and bool(x.book.facts.get(node.info, frozenset()) & WHOLE)
