"""What a call costs beside the operations in it: our program, the bare function that its source defines, and the form by hand.

    python bench/calls.py

The difference of the first two is what checking arguments and choosing a plan adds. For functions of a few numbers the form
by hand is plain Python with `math`, and the C backend is shown where a compiler is there.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from bench.peers import available, compiled  # noqa: E402  (before NumPy)

from bench.bar import Bar, at_most  # noqa: E402
from bench.timing import interleaved  # noqa: E402
from bench.workloads import WORKLOADS  # noqa: E402

LIMIT = 1.0  # microseconds


def bare(program):
    """The function that the source of a program defines, called without us."""
    space: dict = {}
    exec(program.source, space)
    return space[program.name]


def measured(seconds: float = 0.3) -> list[dict]:
    """Microseconds of each small workload: `call`, `bare`, `hand`, and `c` where there is a C backend."""
    found = []
    for workload in WORKLOADS:
        arguments = workload.arguments("small")
        program = compiled(workload.name, "numpy")(workload)
        function = bare(program)
        listed = [arguments.get(name) for name in program.parameters]
        calls = {
            "call": lambda: program(**arguments),
            "bare": lambda: function(*listed),
            "hand": lambda: workload.hand(**arguments),
        }
        if workload.kind == "scalar" and available("ours-c"):
            native = compiled(workload.name, "c")(workload)
            calls["c"] = lambda: native(**arguments)
        for call in calls.values():
            call()
        timed = interleaved(calls, seconds)
        record = {"workload": workload.name, "kind": workload.kind}
        found.append(record | {name: 1e6 * timed.seconds(name) for name in calls})
        pairs = zip(timed.rounds["call"], timed.rounds["bare"])
        found[-1]["adds"] = 1e6 * statistics.median([call - bare for call, bare in pairs])
    return found


def bars(found: list[dict]) -> list[Bar]:
    worst = max(found, key=lambda record: record["adds"])
    scalars = max([record for record in found if record["kind"] == "scalar"], key=lambda record: record["adds"])
    return [
        at_most("a call adds to its operations, small functions, worst", LIMIT, worst["adds"], "µs", worst["workload"]),
        at_most("the same for functions of a few numbers", LIMIT, scalars["adds"], "µs", scalars["workload"]),
    ]


def table(found: list[dict]) -> list[list[str]]:
    names = [name for name in ("call", "bare", "adds", "hand", "c") if any(name in record for record in found)]
    rows = [["workload, µs", *[{"c": "C backend", "bare": "bare function", "call": "our call"}.get(n, n) for n in names]]]
    return rows + [[record["workload"], *[f"{record[name]:.2f}" if name in record else "" for name in names]] for record in found]


if __name__ == "__main__":
    found = measured()
    for row in table(found):
        print(f"{row[0]:<36}" + "".join(f"{cell:>15}" for cell in row[1:]))
    for bar in bars(found):
        print(f"{bar.what:<72}{bar.asked:>10}  {bar.measured}  {bar.verdict}")
