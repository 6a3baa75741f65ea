"""What chainrule adds to NumPy: the time to import it, and the size of an installation.

    python bench/starts.py
"""

from __future__ import annotations

import marshal
import os
import statistics
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from bench.bar import Bar, at_most  # noqa: E402

STARTS = {
    "NumPy": "import numpy",
    "NumPy and chainrule": "import numpy, chainrule",
    "and its engine": "import numpy, chainrule; chainrule.Derivation",
    "and a first gradient": "import numpy, chainrule; chainrule.grad('||A x - b||^2', 'x').compile()",
}
TIMES = 9
SECONDS = "import resource; u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime)"


def imports() -> dict[str, float]:
    """CPU seconds of a fresh Python for each of STARTS, medians of processes in turns."""
    environment = {**os.environ, "PYTHONPATH": str(HOME / "src"), "OPENBLAS_NUM_THREADS": "1"}
    taken: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(TIMES):
        for name, text in STARTS.items():
            command = [sys.executable, "-c", f"{text}\n{SECONDS}"]
            ran = subprocess.run(command, check=True, capture_output=True, env=environment)
            taken[name].append(float(ran.stdout))
    return {name: statistics.median(several) for name, several in taken.items()}


def folder(path: Path) -> int:
    """Bytes of the files in a folder, with the bytecode that this Python writes beside them."""
    files = [file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    sources = [file.read_text(encoding="utf-8") for file in files if file.suffix == ".py"]
    bytecode = sum(len(marshal.dumps(compile(source, "installed", "exec"))) for source in sources)
    return sum(file.stat().st_size for file in files) + bytecode


def sizes() -> dict[str, int]:
    """Bytes that an installation adds to NumPy's: the package, and what it depends on besides."""
    click = Path(str(distribution("click").locate_file("click")))
    return {"chainrule": folder(HOME / "src" / "chainrule"), "click": folder(click)}


def bars(taken: dict[str, float], size: dict[str, int]) -> list[Bar]:
    beyond = taken["NumPy and chainrule"] - taken["NumPy"]
    engine = taken["and its engine"] - taken["NumPy"]
    return [
        at_most("import chainrule, beyond NumPy", 0.15, max(beyond, 0.0), "s"),
        at_most("the same with the engine loaded", 0.15, engine, "s"),
        at_most("installation beyond NumPy", 10, sum(size.values()) / 2**20, "MiB"),
    ]


if __name__ == "__main__":
    taken, size = imports(), sizes()
    for name, value in taken.items():
        print(f"{name:<24}{1e3 * value:>10.0f} ms")
    for bar in bars(taken, size):
        print(f"{bar.what:<40}{bar.asked:>12}{bar.measured:>14}  {bar.verdict}")
