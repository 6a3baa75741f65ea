"""Hessians as operators that keep their structure, against the dense matrix by hand.

    python bench/structured.py

Making the operator and applying it once is compared with making the dense Hessian by hand and applying that once.
"""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from bench.bar import Bar  # noqa: E402
from bench.measure import BASE, chosen, difference  # noqa: E402  (before NumPy)

import numpy as np  # noqa: E402

from bench.memory import peak  # noqa: E402
from bench.timing import interleaved  # noqa: E402

ASKED = ("matrix factorisation", "softmax classifier", "Gaussian")
FASTER = 10


def measured(seconds: float = 1.0) -> list[dict]:
    found = []
    for workload, size in chosen("hessians", "medium") + chosen("hessians", "large"):
        arguments = workload.arguments(size)
        shown = "×".join(str(n) for n in workload.sizes[size].values())
        record = {"workload": workload.name, "size": size, "sizes": shown}
        found.append(record)
        dense = workload.hand(**arguments)
        n = round(dense.size**0.5)
        v = np.random.default_rng(0).normal(size=n)
        try:
            program = workload.derivation().compile(structured=True)
            operator = program(**arguments)
            record["error"] = difference(np.asarray(operator @ v).ravel(), dense.reshape(n, n) @ v)
        except Exception as error:  # a finding of this run
            record["note"] = f"{type(error).__name__}: {str(error).splitlines()[0][:80]}"
            continue
        del dense
        calls = {
            "ours": lambda: program(**arguments) @ v,
            BASE: lambda: workload.hand(**arguments).reshape(n, n) @ v,
            "apply": lambda: operator @ v,
        }
        timed = interleaved(calls, seconds)
        record |= {f"{name} seconds": timed.seconds(name) for name in calls}
        record |= {"faster": 1 / timed.ratio("ours", BASE), "peak": peak(calls["ours"])[0], "dense": 8 * n * n}
    return found


def bars(found: list[dict]) -> list[Bar]:
    made = []
    for name in ASKED:
        for record in found:
            if record["workload"].startswith(name) and record["size"] == "large":
                what = f"{record['workload']} {record['sizes']} as an operator, against dense by hand"
                speed = record.get("faster")
                text = f"{speed:.3g} ×" if speed else record.get("note", "–")
                made.append(Bar(what, f"≥ {FASTER} ×", text, bool(speed and speed >= FASTER)))
    return made


def table(found: list[dict]) -> list[list[str]]:
    rows = [["Hessian", "sizes", "make and apply, ms", "apply, ms", "dense by hand, ms", "faster", "peak / dense"]]
    for record in found:
        if "faster" in record:
            times = [f"{1e3 * record[f'{key} seconds']:.4f}" for key in ("ours", "apply", BASE)]
            rest = [f"{record['faster']:.1f} ×", f"{record['peak'] / record['dense']:.2g}"]
            rows.append([record["workload"], record["sizes"], *times, *rest])
        else:
            rows.append([record["workload"], record["sizes"], record["note"], "", "", "", ""])
    return rows


if __name__ == "__main__":
    found = measured()
    for row in table(found):
        print(f"{row[0]:<34}{row[1]:>14}" + "".join(f"{cell:>20}" for cell in row[2:]))
    for bar in bars(found):
        print(f"{bar.what:<86}{bar.asked:>7}{bar.measured:>10}  {bar.verdict}")
