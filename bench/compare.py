"""Compiled derivatives side by side with closed forms written by hand and with other libraries.

    python bench/compare.py                                      ours and the best by hand, all workloads and sizes
    python bench/compare.py --peers ours,hand,jax --size small   others too: ours-c, ours-jax, ours-torch, plain, torch …
    python bench/compare.py --only hessians                      a kind, or a word in a name
    python bench/compare.py --only "logistic Hessian" --source   also the code that is compared

Values are compared first, then all are timed in turns on one thread. A number is the time of a peer over that of the best
by hand: the median over rounds in which each is called once; ours is called as users call it. `~` marks a peer that was
called once since it is slow, `!` a value that differs by more than 1e-10.
"""

from __future__ import annotations

import argparse
import inspect
import math
import statistics
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from bench.measure import BASE, EXACT, SIZES, chosen, records  # noqa: E402
from bench.peers import PEERS  # noqa: E402


def shown(cell: dict) -> str:
    """A cell in ten columns: a ratio, with its marks, or the word that says why there is none."""
    if "ratio" not in cell:
        return f"{cell.get('note', '')[:9]:>10}"
    marks = ("~" if cell.get("once") else "") + ("" if cell["error"] < EXACT else "!")
    ratio = cell["ratio"]
    return f"{marks + (f'{ratio:.2f}' if ratio < 100 else f'{ratio:.0f}'):>10}"


def geometric(ratios: list[float]) -> float:
    return math.exp(statistics.fmean([math.log(r) for r in ratios])) if ratios else math.nan


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", default="ours,hand", metavar="LIST", help=", ".join(PEERS))
    parser.add_argument("--only", default="", metavar="KIND|WORD")
    parser.add_argument("--size", default="all", choices=[*SIZES, "all"])
    parser.add_argument("--seconds", type=float, default=0.6, help="for the rounds of each cell")
    parser.add_argument("--source", action="store_true", help="print the code that is compared")
    options = parser.parse_args()
    peers = [peer for peer in options.peers.split(",") if peer != BASE]
    if unknown := [peer for peer in peers if peer not in PEERS]:
        parser.error(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    cells = chosen(options.only, options.size)
    if options.source:
        for workload, size in cells:
            planned = workload.program().planned(workload.sizes[size])
            print(f"# {workload.name}, {size}\n{planned.source}\n{inspect.getsource(workload.hand)}")
    print(f"{'':34}{'sizes':>18}{'hand ms':>11}" + "".join(f"{peer:>10}" for peer in peers))
    found = []
    for record in records(cells, peers, options.seconds):
        found.append(record)
        hand = record["peers"][BASE]["seconds"] * 1e3
        row = "".join(shown(record["peers"][peer]) for peer in peers)
        print(f"{record['workload']:34}{record['sizes']:>18}{hand:>11.4f}{row}", flush=True)
        for peer in peers:
            if record["peers"][peer].get("note", "").startswith("fails"):
                print(f"    {peer} {record['peers'][peer]['note']}")
    for kind in dict.fromkeys(record["kind"] for record in found):
        of_kind = [record["peers"] for record in found if record["kind"] == kind]
        several = [[cells[peer]["ratio"] for cells in of_kind if "ratio" in cells[peer]] for peer in peers]
        label = f"{kind}: geometric mean of {len(of_kind)}"
        print(f"{label:<63}" + "".join(f"{geometric(ratios):>10.2f}" for ratios in several))
        print(f"{'worst':>63}" + "".join(f"{max(ratios, default=math.nan):>10.2f}" for ratios in several))
    return 0


if __name__ == "__main__":
    sys.exit(main())
