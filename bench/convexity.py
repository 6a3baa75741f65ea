"""Convexity of forty functions, by chainrule and by CVXPY's disciplined convex programming, side by side.

Run: python bench/convexity.py [--json FILE]. For each function the verdict of both and the time of each: chainrule from text to verdict
with its numerical check, parsing apart; CVXPY from the expression to `is_convex()`. Times are the best of a few runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src")]

from bench.convex_functions import FUNCTIONS  # noqa: E402
from chainrule.explain.convexity import verdict_of  # noqa: E402
from chainrule.syntax import read  # noqa: E402

REPEATS = 3


def data() -> dict:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5, 3))
    return {"X": X, "y": rng.normal(size=5), "t": rng.choice((-1.0, 1.0), 5), "c": rng.integers(0, 4, 5).astype(float), "Y": np.eye(3)[rng.integers(3, size=5)]}


def timed(run):
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - start)
    return found, best * 1e3


def by_chainrule(function) -> tuple[str, float]:
    """The verdict, which all spellings must share, and the time in milliseconds: of the first."""
    names = [n.strip() for n in function.wrt.split(",")]
    found, ms = timed(lambda: verdict_of(read(function.text, function.declare), names))
    for text in function.others:
        assert verdict_of(read(text, function.declare), names).verdict == found.verdict, text
    return found, ms


def by_cvxpy(cp, function) -> tuple[str, float | None]:
    """ "convex", "concave" or "unknown"; "–" where its atoms cannot say the function."""
    if function.cvxpy is None:
        return "–", None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            word, ms = timed(lambda: function.cvxpy(cp, data()).curvature)
    except Exception as error:  # an expression that CVXPY refuses to build
        return f"refused: {type(error).__name__}", None
    return {"CONVEX": "convex", "CONCAVE": "concave", "AFFINE": "affine", "QUASICONVEX": "unknown"}.get(str(word), "unknown"), ms


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args(arguments)
    try:
        import cvxpy as cp
    except ImportError:
        cp = None
    rows = []
    for function in FUNCTIONS:
        found, ms = by_chainrule(function)
        other, other_ms = ("not installed", None) if cp is None else by_cvxpy(cp, function)
        rows.append({"name": function.name, "group": function.group, "truth": function.truth, "chainrule": found.verdict, "ms": ms,
                     "cvxpy": other, "cvxpy_ms": other_ms, "reason": found.reason})  # fmt: skip
        shown = "       –" if other_ms is None else f"{other_ms:8.2f}"
        print(f"{function.group:7} {function.name:38} {found.verdict:12} {ms:8.1f} ms   {other:22} {shown} ms   {function.truth}")
    counts = {
        "certified of 20": sum(r["chainrule"] == "convex" for r in rows if r["group"] == "convex"),
        "refuted of 12": sum(r["chainrule"] in ("neither", "not convex", "concave") for r in rows if r["group"] == "not"),
        "not decided of 8": sum(r["chainrule"] in ("not decided",) for r in rows if r["group"] == "beyond"),
        "wrong": sum(wrong(r) for r in rows),
        "certified by CVXPY of 20": sum(r["cvxpy"] == "convex" for r in rows if r["group"] == "convex"),
    }
    print(counts)
    if asked.json:
        Path(asked.json).write_text(json.dumps({"counts": counts, "functions": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def wrong(row: dict) -> bool:
    """Whether a verdict contradicts the truth."""
    convex = row["truth"].startswith("convex")
    return row["chainrule"] in ("neither", "not convex", "concave") if convex else row["chainrule"] in ("convex", "affine")


if __name__ == "__main__":
    raise SystemExit(main())
