"""From C text to a loaded library: the system's compiler, and a folder where what was compiled is kept.

A library is kept under the hash of its text, of the compiler and its options, and of the processor it was made for, in
`$XDG_CACHE_HOME/chainrule` (by default `~/.cache/chainrule`), which only its owner may enter. Where there is no such
folder, a temporary one serves for the process.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from ...core.errors import BackendError

COMPILERS = ("cc", "gcc", "clang")
# -fopenmp-simd: the loops marked for vector units. No option gives up infinities, NaN, or the order of what is written.
OPTIONS = (
    "-O3",
    "-march=native",
    "-fopenmp-simd",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fPIC",
    "-shared",
    "-std=gnu11",
    "-w",
)


def compiler() -> str:
    """The path of the C compiler.

    Raises
        BackendError: there is none.
    """
    for name in filter(None, (os.environ.get("CC"), *COMPILERS)):
        found = shutil.which(name)
        if found:
            return found
    raise BackendError(
        "there is no C compiler",
        given='compile("c")',
        expected=f'{", ".join(COMPILERS)} on the PATH, or only the source: code("c")',
        fix="install a C compiler: apt install gcc, xcode-select --install",
    )


def library(text: str, suffix: str = ".so", options: tuple[str, ...] = ()) -> Path:
    """The library of a C text, compiled unless it was before.

    Raises
        BackendError: there is no compiler, or it refuses the text.
    """
    command = [compiler(), *OPTIONS, *options]
    key = hashlib.sha256("\0".join([*command, _version(command[0]), _processor(), text]).encode()).hexdigest()[:40]
    kept = folder() / f"{key}{suffix}"
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(dir=kept.parent) as place:
        source, made = Path(place, "program.c"), Path(place, "program" + suffix)
        source.write_text(text, encoding="utf-8")
        done = subprocess.run([*command, "-o", str(made), str(source), "-lm"], capture_output=True, text=True)
        if done.returncode:
            raise BackendError(
                "the C compiler refuses the program",
                given=done.stderr.strip() or f"exit status {done.returncode}",
                expected=f"a compiler of C11, {' '.join(command)}",
                fix='set CC to another compiler, or compile("numpy")',
            )
        os.replace(made, kept)
    return kept


@cache
def folder() -> Path:
    """Where libraries are kept: a folder that is ours alone."""
    base = os.environ.get("XDG_CACHE_HOME")
    home = Path(base) if base and os.path.isabs(base) else Path(os.path.expanduser("~"), ".cache")
    found = home / "chainrule"
    try:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ours(found):
            return found
    except OSError:
        pass
    return _temporary()


def _temporary() -> Path:
    """A folder that goes when the process ends; of two that threads make at once, both stay until then."""
    found = tempfile.mkdtemp(prefix="chainrule-")
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return Path(found)


def _is_ours(path: Path) -> bool:
    """Whether nobody else can write there: a library that another user put there would run as us."""
    if not hasattr(os, "getuid"):
        return os.access(path, os.W_OK)
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022 and os.access(path, os.W_OK)


@cache
def _version(path: str) -> str:
    return subprocess.run([path, "--version"], capture_output=True, text=True).stdout


@cache
def _processor() -> str:
    """What the compiler's -march=native looks at: a home folder may serve several machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].split("\n")
        told = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    except OSError:
        told = [platform.processor()]
    return "\n".join([platform.machine(), *told])
