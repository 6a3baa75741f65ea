"""How much memory there is, and numbers of bytes as people write them: the one place that knows.

The environment variable CHAINRULE_MEMORY sets the limit, as in `CHAINRULE_MEMORY=16GB`; without it the limit is what the
system says is available now, within what a container is allowed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from math import inf

from .errors import DeclarationError, LimitError

VARIABLE = "CHAINRULE_MEMORY"
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")  # each a thousand of the one before
BINARY = {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
WRITTEN = re.compile(r"\s*(\d+\.?\d*(?:[eE]\d+)?|\.\d+)\s*([A-Za-z]*)\s*")
SMALL = 64 << 20  # bytes that are there without a look
GROUPS = [  # what a container is allowed, what it uses, and for what; in version 2 and 1 of control groups
    [f"/sys/fs/cgroup/{name}" for name in names.split()]
    for names in ("memory.max memory.current memory.stat", "memory/memory.limit_in_bytes memory/memory.usage_in_bytes memory/memory.stat")
]


def available() -> float:
    """The bytes that may be used: those of CHAINRULE_MEMORY, or those that are free now; infinite where nothing tells.

    Raises
        DeclarationError: CHAINRULE_MEMORY is no number of bytes.
    """
    said = os.environ.get(VARIABLE)
    if said:
        return bytes_in(said, f"{VARIABLE}={said}")
    return min(_of_system(), _of_container())


def limit(free: Callable[[], float] | None = None) -> float:
    """As `available`; what is free where CHAINRULE_MEMORY is silent is told by `free()`: for another device than the host."""
    return available() if free is None or os.environ.get(VARIABLE) else free()


def fits(count: float, free: Callable[[], float] | None = None) -> bool:
    """Whether so many bytes may be used. What is small fits without a look at the system."""
    return count <= SMALL and no_limit_is_said() or count <= limit(free)


def no_limit_is_said() -> bool:
    """Whether CHAINRULE_MEMORY is silent, so that what is SMALL fits."""
    return VARIABLE not in os.environ


def refuse_beyond(count: float, what: str, fix: str | None = None) -> None:
    """Raises LimitError: `what`, an array of `count` bytes that is about to be made, has no place in memory."""
    if not fits(count):
        raise LimitError(
            f"{what} would take {in_bytes(count)}; there is no place for it",
            given=there_is(available()),
            expected="what fits into memory",
            fix=fix,
        )


def there_is(count: float) -> str:
    """The memory that there is, in words."""
    return f"{in_bytes(count)} of memory ({source()})"


def source() -> str:
    """Where the limit comes from, in words."""
    return VARIABLE if os.environ.get(VARIABLE) else "free now"


def in_bytes(count: float) -> str:
    """`800 bytes`, `1.6 MB`, `8 TB`: three digits, units of a thousand."""
    for unit in UNITS:
        text = f"{count:.3g}"
        if float(text) < 1000 or unit == UNITS[-1]:
            return f"{text} {unit}"
        count = count / 1000
    return ""


def bytes_in(text, given: str | None = None) -> float:
    """The bytes that a number or a text such as "16GB", "512 MiB", "4e9" means.

    Raises
        DeclarationError: it is none.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool) and 0 < text < 1e300:
        return float(text)
    found = WRITTEN.fullmatch(text) if isinstance(text, str) else None
    unit = found.group(2).lower() if found else ""
    powers = {u.lower(): 1000.0**k for k, u in enumerate(UNITS)} | {"": 1.0, "b": 1.0} | BINARY
    powers |= {u[0].lower(): 1000.0**k for k, u in enumerate(UNITS) if k}
    if found is None or unit not in powers or not float(found.group(1)):
        raise DeclarationError(
            "this is no number of bytes", given=given or f"memory={text!r}", expected="a number with a unit: 16GB, 512 MiB, 4e9"
        )
    return float(found.group(1)) * powers[unit]


def _of_system() -> float:
    """What the system can give now: with what it would take back from its caches, where it says so."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
        try:
            return float(os.sysconf(name)) * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):
            continue
    return inf


def _of_container() -> float:
    """What is left of the memory that a container is allowed, its caches of files not counted; infinite where there is none."""
    for allowed, used, inside in GROUPS:
        try:
            with open(allowed, encoding="ascii") as limit, open(used, encoding="ascii") as use, open(inside, encoding="ascii") as stat:
                caches = sum([float(line.split()[1]) for line in stat if line.startswith("inactive_file")])
                return max(float(limit.read()) - float(use.read()) + caches, 0.0)  # "max" is no number
        except (OSError, ValueError, IndexError):
            continue
    return inf
