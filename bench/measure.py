"""One cell of the table: a workload at a size, by all peers, in this process or in one that may be ended.

A record says for each peer how long a call takes, its ratio to the best by hand, the relative error, and how long it took
to the first result; or, as `note`, why there is no time. A peer that is very slow is called once; one that takes longer
than `LIMIT` seconds to its first results, or more memory than `MEMORY`, is ended together with its process, and not tried
at larger sizes.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from bench.peers import PEERS, available  # noqa: E402  (before NumPy: it sets the number of threads)

import numpy as np  # noqa: E402

from bench.timing import clock, interleaved, once  # noqa: E402
from bench.workloads import KINDS, SIZES, WORKLOADS  # noqa: E402

EXACT = 1e-10  # relative error above which a value is reported to differ
SLOW = 20  # times the best by hand, and
LONG = 0.25  # seconds, above both of which a peer is called once and not in rounds
LIMIT = 10.0  # seconds of CPU time to the first two results, and for those that compile for long:
PATIENCE = {"pytensor": 90.0, "torch.compile": 90.0}
FIRST = 2.0  # seconds of CPU time; a first call that takes longer is not repeated by
EAGER = {"plain", "torch", "autograd", "casadi"}  # whose first call compiles nothing
MEMORY = 10 << 30  # bytes that a process may hold
GENTLE = {"ours", "ours-c", "hand", "plain"}  # that need no process of their own
BASE = "hand"


def chosen(only: str, size: str) -> list[tuple]:
    """(workload, size) for what is asked for: kinds ("hessians"), or words in a name."""
    wanted = only.lower().rstrip("s")
    by_kind = wanted in KINDS
    found = [w for w in WORKLOADS if (w.kind == wanted if by_kind else only.lower() in w.name.lower())]
    return [(w, each) for w in found for each in SIZES if size in (each, "all") and each in w.sizes]


def difference(found, wanted) -> float:
    """The relative error in the maximum norm, the largest of several outputs; infinite where shapes differ."""
    if isinstance(wanted, dict):
        return max(difference(found[key], wanted[key]) for key in wanted)
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape or not np.all(np.isfinite(found)):
        return math.inf
    scale = np.max(np.abs(wanted), initial=0.0)
    return float(np.max(np.abs(found - wanted), initial=0.0) / (scale or 1.0))


def entries(arguments: dict, result) -> int:
    """Of the largest array that goes in or out."""
    outputs = list(result.values()) if isinstance(result, dict) else [result]
    return max(int(np.size(value)) for value in [*arguments.values(), *outputs])


def measured(workload, size: str, peers: list[str], seconds: float = 0.6, before: dict | None = None,
             known: dict | None = None, tell: Callable = lambda *said: None) -> dict:  # fmt: skip
    """The record of a workload at a size.

    Parameters
        before: the ratios at a smaller size, by which what is hopeless is not tried.
        known: cells that were measured before the process was ended, of peers that are called once.
        tell: is told the name of each peer that is tried, and its cell where that is final.
    """
    arguments = workload.arguments(size)
    expected = workload.hand(**arguments)
    base = min(once(lambda: workload.hand(**arguments)) for _ in range(3))
    shown = "×".join(str(n) for n in workload.sizes[size].values())
    record = {"workload": workload.name, "kind": workload.kind, "size": size, "sizes": shown, "peers": {}}
    record["entries"] = entries(arguments, expected)
    calls = {}
    for peer in [BASE, *[name for name in peers if name != BASE]]:
        tell(peer)
        cell = record["peers"][peer] = dict((known or {}).get(peer, {}))
        if not cell:
            call = tried(workload, arguments, peer, cell, expected, base, (before or {}).get(peer, 0.0))
            if call:
                calls[peer] = call
            else:
                tell(peer, cell)
    tell("rounds")
    timed = interleaved(calls, seconds)
    for peer, cell in record["peers"].items():
        if peer in calls:
            cell |= {"seconds": timed.seconds(peer), "ratio": timed.ratio(peer, BASE)}
        elif "seconds" in cell:
            cell["ratio"] = cell["seconds"] / timed.seconds(BASE)
    return record


def tried(workload, arguments, peer: str, cell: dict, expected, base: float, before: float) -> Callable | None:
    """Fill in the cell of a peer; what is to be timed in rounds, or None if the cell is final."""
    if before * base > LIMIT:
        cell["note"] = f"> {LIMIT:.0f} s expected"
        return None
    try:
        started = clock()
        call, read = PEERS[peer](workload, arguments)
        result = call()
        cell["first"] = clock() - started
        cell["error"] = difference(read(result), expected)
        del result
        taken = cell["first"] if peer in EAGER and cell["first"] > FIRST else once(call)
    except Exception as error:  # a finding of this run
        cell["note"] = f"fails: {type(error).__name__}: {str(error).splitlines()[0][:80] if str(error) else ''}"
        return None
    if peer != BASE and taken > max(SLOW * base, LONG):
        cell |= {"seconds": taken, "once": True}
        return None
    return call


def records(cells: list[tuple], peers: list[str], seconds: float = 0.6) -> Iterator[dict]:
    """The record of each cell, as it is measured."""
    missing = [peer for peer in peers if not available(peer)]
    peers = [peer for peer in peers if peer not in missing]
    process = None if set(peers) <= GENTLE else Worker()
    given_up: dict[tuple[str, str], str] = {}
    met: dict[str, dict] = {}
    for workload, size in cells:
        record, known = None, {}
        while record is None:
            notes = {peer: given_up[workload.name, peer] for peer in peers if (workload.name, peer) in given_up}
            left = [peer for peer in peers if peer not in notes]
            if process is None:
                record = measured(workload, size, left, seconds, met.get(workload.name))
                continue
            record, at, why = process.measure(known, workload.name, size, left, seconds, met.get(workload.name))
            if record is None and at in (BASE, "rounds"):
                raise RuntimeError(f"{workload.name} {size}: the measuring process {why}")
            if record is None:
                given_up[workload.name, at] = why
        met[workload.name] = {peer: cell["ratio"] for peer, cell in record["peers"].items() if "ratio" in cell}
        record["peers"] |= {peer: {"note": why} for peer, why in notes.items()}
        record["peers"] |= {peer: {"note": "not installed"} for peer in missing}
        yield record
    if process:
        process.end()


class Worker:
    """A process that measures cells, watched: `measure` ends it where a peer takes too long or too much memory."""

    # Lines of JSON go both ways: a cell to the process; from it each peer that it tries, what is final, then the record.

    def __init__(self):
        self.process = None

    def start(self):
        command = [sys.executable, str(Path(__file__).resolve())]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ready = selectors.DefaultSelector()
        self.ready.register(self.process.stdout, selectors.EVENT_READ)
        self.heard = b""

    def measure(self, known: dict, *cell) -> tuple[dict | None, str, str]:
        """(record, "", ""), or (None, the peer that was being tried, what was wrong); what is final goes into `known`."""
        if self.process is None:
            self.start()
        self.process.stdin.write(json.dumps([*cell, known]).encode() + b"\n")
        self.process.stdin.flush()
        at, since = BASE, used(self.process.pid)
        while True:
            if self.ready.select(timeout=0.1):
                read = os.read(self.process.stdout.fileno(), 1 << 16)
                if not read:
                    return self.ended(at, "crashes")
                *lines, self.heard = (self.heard + read).split(b"\n")
                for said in map(json.loads, lines):
                    if isinstance(said, dict):
                        return said, "", ""
                    at, since = said[0], used(self.process.pid)
                    known |= [said] if len(said) > 1 else []
            limit = PATIENCE.get(at, LIMIT)
            if at != "rounds" and used(self.process.pid) - since > limit:
                return self.ended(at, f"> {limit:.0f} s")
            if resident(self.process.pid) > MEMORY:
                return self.ended(at, f"> {MEMORY >> 30} GiB")

    def ended(self, at: str, why: str) -> tuple[None, str, str]:
        self.end()
        return None, at, why

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


def resident(process: int) -> int:
    """The memory of a process in bytes, where the system says; else 0."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def used(process: int) -> float:
    """The CPU seconds of a process, where the system says; else seconds of wall time."""
    try:
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return time.monotonic()


def work() -> None:
    """Measure what comes as lines of JSON on stdin, on one processor; records and the peers tried go to stdout."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes elsewhere
    by_name = {workload.name: workload for workload in WORKLOADS}
    for line in sys.stdin:
        name, *cell = json.loads(line)
        found = measured(by_name[name], *cell, tell=lambda *said: print(json.dumps(said), file=out))
        print(json.dumps(found), file=out)


if __name__ == "__main__":
    work()
