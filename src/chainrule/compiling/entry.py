"""The way into a program for arguments that were met before: their shapes are looked up, and nothing else is done.

For each program a function is written that takes its parameters by name or in their order. Arrays of float64 whose
shapes were checked before go straight to the program; all else goes the long way, through `Program._checked`.
"""

from __future__ import annotations

import numpy as np

from .binding import FLOAT
from .names import Names
from .running import defined

MISSING = type("Missing", (), {"__repr__": lambda self: "…"})()


def entry(program):
    """The function that calls of `program` go to."""
    names = Names()
    spelled = {p: names.fresh(p) for p in program.parameters}
    if any(p != word for p, word in spelled.items()):
        return program._checked
    arrays = [p for p, dims in program.parameters.items() if dims]
    needed = set(program._needed)
    words = {x: names.fresh(x) for x in ("more", "others", "run", "missing", "array", "float64", "ready", "checked", "number", "shapes")}
    w = type("Words", (), words)
    signature = [f"{p}={w.missing}" for p in spelled]
    tests, lines = [], []
    for p, dims in program.parameters.items():
        if dims:
            fits = f"type({p}) is {w.array} and {p}.dtype is {w.float64}"
            tests.append(fits if p in needed else f"({p} is {w.missing} or type({p}) is {w.array})")
        elif dims == () and p in needed:
            tests.append(f"type({p}) in {w.number}")
    key = "".join([f"{p}.shape, " if p in needed else f"None if {p} is {w.missing} else {p}.shape, " for p in arrays])
    kind = "float" if program._plan.floats else "double"
    scalars = [p for p, dims in program.parameters.items() if dims == () and p in needed]
    passed = [f"{kind}({p})" if p in scalars else p if p in needed else "None" for p in spelled]
    everything = ", ".join([f"{p}={p}" for p in spelled])
    tests = [f"not {w.others}", *tests]
    lines = [
        f"def call({', '.join([*signature, f'*{w.more}', f'**{w.others}'])}):",
        f"    if {' and '.join(tests)} and not {w.more}:",
        f"        {w.run} = {w.ready}.get(({key}))",
        f"        if {w.run} is not None:",
        f"            return {w.run}({', '.join(passed)})",
        f"    if {w.more}:",
        f"        return {w.checked}({', '.join([*spelled, f'*{w.more}'])}, **{w.others})",
        f"    return {w.checked}({', '.join([everything, f'**{w.others}']) if everything else f'**{w.others}'})",
    ]
    given = {
        w.missing: MISSING, w.array: np.ndarray, w.float64: FLOAT, w.ready: program._ready, w.checked: program._checked,
        w.number: frozenset({float, np.float64}), "double": np.float64,
    }  # fmt: skip
    return defined("\n".join(lines), "call", given)["call"]
