"""The whole comparison: every cell by every peer, growth, memory, calls, operators, imports; all bars, met or not.

    make bench                                         everything; writes bench/results/table.md, .json and .svg
    make bench ARGS="--size small"                     one size
    make bench ARGS="--only hessians --peers ours,hand,jax"

Ratios are to the best closed form written by hand in NumPy, in the same run: each cell is timed in rounds in which all peers
are called in changing order, on one thread, as CPU time; a ratio is the median over the rounds. Values are compared first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from bench.peers import PEERS, available  # noqa: E402  (before NumPy)

from bench import calls, growth, memory, starts, structured  # noqa: E402
from bench.bar import Bar, at_most  # noqa: E402
from bench.compare import geometric  # noqa: E402
from bench.drawing import drawn  # noqa: E402
from bench.measure import BASE, EXACT, SIZES, chosen, records  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
DEFAULT = ["ours", "ours-c", "ours-jax", "ours-torch", "plain", "jax", "torch", "autograd", "casadi", "pytensor"]
OURS = ("ours", "ours-c", "ours-jax", "ours-torch")
KINDS = {"gradient": "gradients", "jacobian": "Jacobians", "hessian": "Hessians", "hvp": "Hessian–vector products"}
LARGE = 10**4  # entries, above which no peer may be faster by more than FASTEST
MEAN, WORST, BEST, FASTEST = 1.2, 2.0, 1.1, 1.1
PACKAGES = ("numpy", "scipy", "jax", "torch", "autograd", "casadi", "pytensor")


def name_of(record: dict) -> str:
    return f"{record['workload']} {record['sizes']}".strip()


def ratios(found: list[dict], peer: str) -> dict[str, float]:
    """The ratio of a peer by the name of the cell, where it has one."""
    return {name_of(r): r["peers"][peer]["ratio"] for r in found if "ratio" in r["peers"].get(peer, {})}


def best_of_ours(record: dict) -> float | None:
    several = [record["peers"][peer]["ratio"] for peer in OURS if "ratio" in record["peers"].get(peer, {})]
    return min(several, default=None)


def table_bars(found: list[dict], peers: list[str]) -> list[Bar]:
    """The bars on the ratios of the table."""
    made = []
    for kind, label in KINDS.items():
        of_kind = [record for record in found if record["kind"] == kind]
        default = ratios(of_kind, "ours")
        if not default:
            continue
        worst = max(default, key=default.get)
        made.append(at_most(f"{label}: default backend against the best by hand, geometric mean", MEAN, geometric([*default.values()])))
        made.append(at_most(f"{label}: worst cell", WORST, default[worst], "", worst))
        best = [ratio for ratio in map(best_of_ours, of_kind) if ratio is not None]
        made.append(at_most(f"{label}: the best of our backends, geometric mean", BEST, geometric(best)))
    others = [peer for peer in peers if peer not in (*OURS, BASE, "plain")]
    against = {}
    for record in found:
        theirs = {peer: record["peers"][peer]["ratio"] for peer in others if "ratio" in record["peers"][peer]}
        if record["entries"] > LARGE and theirs and "ratio" in record["peers"].get("ours", {}):
            peer = min(theirs, key=theirs.get)
            against[f"{name_of(record)}, {peer}"] = record["peers"]["ours"]["ratio"] / theirs[peer]
    if against:
        worst = max(against, key=against.get)
        slower = sum(value > FASTEST for value in against.values())
        what = f"default backend against the fastest peer, more than 10⁴ entries, worst of {len(against)} ({slower} above)"
        made.append(at_most(what, FASTEST, against[worst], "", worst))
    errors = [cell["error"] for record in found for peer, cell in record["peers"].items() if peer in OURS and "error" in cell]
    made.append(at_most("relative error of our values, worst", EXACT, max(errors, default=None)))
    return made


# ---------------------------------------------------------------- text


def markdown(rows: list[list[str]], left: int = 1) -> str:
    """A table; the first row is its head, the first `left` columns are flush left."""
    head, *body = rows
    rule = ["---" if k < left else "---:" for k in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *body])


def cell_text(cell: dict) -> str:
    if "ratio" not in cell:
        return cell.get("note", "–").replace("|", "/")
    ratio = cell["ratio"]
    text = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}"
    return ("~" if cell.get("once") else "") + text + ("" if cell["error"] < EXACT else f" (error {cell['error']:.0e})")


def means(found: list[dict], peers: list[str]) -> list[list[str]]:
    rows = [["geometric mean (cells)", *peers]]
    for kind in dict.fromkeys(record["kind"] for record in found):
        of_kind = [record for record in found if record["kind"] == kind]
        cells = []
        for peer in peers:
            values = [*ratios(of_kind, peer).values()]
            missing = len(of_kind) - len(values)
            cells.append((f"{geometric(values):.2f}" if values else "–") + (f" (−{missing})" if missing and values else ""))
        rows.append([f"{KINDS.get(kind, 'functions of a few numbers')} ({len(of_kind)})", *cells])
    firsts = [[r["peers"][peer]["first"] for r in smallest(found) if "first" in r["peers"].get(peer, {})] for peer in peers]
    rows.append(["median to the first result, ms", *[f"{1e3 * statistics.median(f):.3g}" if f else "–" for f in firsts]])
    return rows


def smallest(found: list[dict]) -> list[dict]:
    """The record of each workload's first size, before which nothing is derived or compiled."""
    return list({record["workload"]: record for record in reversed(found)}.values())


def every_cell(found: list[dict], peers: list[str]) -> list[list[str]]:
    rows = [["", "sizes", "by hand, ms", *peers]]
    for record in found:
        cells = [cell_text(record["peers"].get(peer, {})) for peer in peers]
        rows.append([record["workload"], record["sizes"], f"{1e3 * record['peers'][BASE]['seconds']:.4g}", *cells])
    return rows


def worst_cells(found: list[dict], count: int = 12) -> list[list[str]]:
    by_name = ratios(found, "ours")
    ranked = sorted(by_name, key=by_name.get, reverse=True)[:count]
    return [["worst cells of the default backend", "ratio"], *[[name, f"{by_name[name]:.2f}"] for name in ranked]]


def bar_rows(bars: list[Bar]) -> list[list[str]]:
    return [["bar", "asked", "measured", ""], *[[bar.what, bar.asked, bar.measured, bar.verdict] for bar in bars]]


def machine() -> dict:
    """Where and with what it was measured."""
    found = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "python": platform.python_version()}
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            found["processor"] = line.partition(":")[2].strip()
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | {"load": f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"}


PARTS = {  # name: (title, what measures, its bars, its table)
    "growth": ("Growth with depth", growth.measured, growth.bars, growth.table),
    "calls": ("What a call costs", calls.measured, calls.bars, calls.table),
    "memory": ("Peak memory, large sizes", memory.measured, None, memory.table),
    "structured": ("Hessians as operators", structured.measured, structured.bars, structured.table),
}


def write(file: Path, kept: dict) -> None:
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", default=",".join(DEFAULT), metavar="LIST", help=", ".join(PEERS))
    parser.add_argument("--only", default="", metavar="KIND|WORD")
    parser.add_argument("--size", default="all", choices=[*SIZES, "all"])
    parser.add_argument("--seconds", type=float, default=0.6, help="for the rounds of each cell")
    parser.add_argument("--cells", action="store_true", help="the cells only, without growth, memory, calls, imports")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args()
    peers = [peer for peer in options.peers.split(",") if peer != BASE and available(peer)]
    if unknown := [peer for peer in options.peers.split(",") if peer not in PEERS]:
        parser.error(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    started = time.time()
    options.out.mkdir(parents=True, exist_ok=True)
    found, cells = [], chosen(options.only, options.size)
    for record in records(cells, peers, options.seconds):
        found.append(record)
        write(options.out / "table.json", {"records": found})  # what is there, should the run be ended
        print(f"{len(found):>4} of {len(cells)}  {name_of(record):<52}{cell_text(record['peers'].get('ours', {}))}", flush=True)
    bars = table_bars(found, peers)
    kept = {"machine": machine(), "records": found}
    parts = []
    if not options.cells:
        for name, (title, measure, bars_of, table_of) in PARTS.items():
            print(f"      {title.lower()}", flush=True)
            kept[name] = measure()
            parts += [f"## {title}", markdown(table_of(kept[name]))]
            if bars_of:
                bars += bars_of(kept[name])
        kept["million"] = memory.million()
        kept["imports"], kept["sizes"] = starts.imports(), starts.sizes()
        bars += memory.bars(kept["memory"], kept["million"]) + starts.bars(kept["imports"], kept["sizes"])
    kept["bars"] = [bar._asdict() for bar in bars]
    where = ", ".join(f"{name} {value}" for name, value in kept["machine"].items())
    summary = [markdown(means(found, peers)), markdown(worst_cells(found)), markdown(bar_rows(bars))]
    text = [
        "# Speed beside the best by hand and beside other libraries",
        "Time relative to the best closed form written by hand in NumPy (1.00), in one run, one thread, float64. `~`: called "
        "once, since it is slow; (−n): cells without a time, which the table of cells explains.",
        where,
        "![the table as a picture](table.svg)",
        *summary,
        "## Every cell",
        markdown(every_cell(found, peers), left=2),
        *parts,
    ]
    (options.out / "table.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")
    write(options.out / "table.json", kept)
    (options.out / "table.svg").write_text(drawn(found, peers), encoding="utf-8")
    print("\n" + "\n\n".join(summary))
    print(f"\n{time.time() - started:.0f} s; written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
