"""The way into a program for arguments that were met before: their shapes are looked up, and nothing else is done.

For each program a function is written that takes its parameters by name or in their order. Arrays, all of float64 or
all of float32, whose shapes were checked before go straight to the program, and so do numbers; all else goes the long
way, through `Program._checked`. There goes, too, what raises an error: Python's numbers do at a pole (`scalar_text`).
"""

from __future__ import annotations

import numpy as np

from .binding import FLOAT, FLOAT32
from .names import Names
from .running import defined

MISSING = type("Missing", (), {"__repr__": lambda self: "…"})()
WORDS = "more others run missing array float64 float32 ready checked number".split()


def entry(program):
    """The function that calls of `program` go to."""
    names = Names()
    spelled = {p: names.fresh(p) for p in program.parameters}
    if any(p != word for p, word in spelled.items()):
        return program._checked
    needed = set(program._needed)
    arrays = [p for p, dims in program.parameters.items() if dims]
    scalars = [p for p, dims in program.parameters.items() if dims == () and p in needed]
    w = type("Words", (), {x: names.fresh(x) for x in WORDS})
    floats = program._plan.floats
    given = {
        w.missing: MISSING, w.array: np.ndarray, w.float64: FLOAT, w.float32: FLOAT32, w.ready: program._ready,
        w.checked: program._checked, w.number: frozenset({float, np.float64, np.float32, int}), "double": np.float64,
    }  # fmt: skip
    tests = [f"not {w.others} and not {w.more}"]
    for p in arrays:
        tests.append(f"type({p}) is {w.array}" if p in needed else f"({p} is {w.missing} or type({p}) is {w.array})")

    def called(kind: str) -> list[str]:
        """Run the program; scalars are made a `kind` of number."""
        passed = [f"{kind}({p})" if p in scalars and kind else p if p in needed else "None" for p in spelled]
        run = f"return {w.run}({', '.join(passed)})"
        return ["    try:", f"        {run}", "    except (ArithmeticError, ValueError):", "        pass"] if floats else [f"    {run}"]

    numbers = [f"type({p}) in {w.number}" for p in scalars]
    lines = []
    if arrays:
        shapes = "".join([f"{p}.shape, " if p in needed else f"None if {p} is {w.missing} else {p}.shape, " for p in arrays])
        wide, narrow = [" and ".join([f"{p}.dtype is {x}" for p in arrays if p in needed]) or "True" for x in (w.float64, w.float32)]
        lines += [f"if {' and '.join([*tests, *numbers])}:"]
        lines += [f"    {w.run} = {w.ready}.get(({shapes}) if {wide} else ({w.float32}, {shapes}) if {narrow} else None)"]
        lines += [f"    if {w.run} is not None:", *["    " + line for line in called("float" if floats else "double")]]
    else:  # what to run is known
        given[w.run] = program._ready[()]
        if floats:
            lines += [f"if {' and '.join([*tests, *[f'type({p}) is float' for p in scalars]])}:", *called("")]
        lines += [f"if {' and '.join([*tests, *numbers])}:", *called("float" if floats else "double")]
    everything = ", ".join([f"{p}={p}" for p in spelled])
    lines += [
        f"if {w.more}:",
        f"    return {w.checked}({', '.join([*spelled, f'*{w.more}'])}, **{w.others})",
        f"return {w.checked}({', '.join([everything, f'**{w.others}']) if everything else f'**{w.others}'})",
    ]
    signature = ", ".join([*[f"{p}={w.missing}" for p in spelled], f"*{w.more}", f"**{w.others}"])
    return defined("\n".join([f"def call({signature}):", *["    " + line for line in lines]]), "call", given)["call"]
