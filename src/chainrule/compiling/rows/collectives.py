"""What the devices of a sharded program tell one another: the collectives in the text of the compiled program."""

from __future__ import annotations

import re
from math import prod
from typing import NamedTuple

KINDS = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute", "collective-broadcast")
CALL = re.compile(rf"= (?P<shape>.*?) (?P<kind>{'|'.join(KINDS)})(?:-start)?\(")
ARRAY = re.compile(r"\b(?P<type>pred|[a-z]+\d+[a-z0-9]*)\[(?P<sizes>[\d,]*)\]")


class Collective(NamedTuple):
    """One kind of collective: how many of them are in the program, the bytes of their results."""

    kind: str
    count: int
    bytes: int


class Communication(NamedTuple):
    """The collectives of one call. `str()` says them in a line."""

    collectives: tuple[Collective, ...]

    @property
    def count(self) -> int:
        return sum(c.count for c in self.collectives)

    @property
    def bytes(self) -> int:
        return sum(c.bytes for c in self.collectives)

    def __str__(self) -> str:
        return ", ".join([f"{c.count} {c.kind} of {c.bytes:,} bytes" for c in self.collectives]) or "no communication"


def communication(sharded, **values) -> Communication:
    """What a call of `sharded` with these arguments sends between devices, read in the program that XLA compiled.

    Parameters
        sharded: what `shard` returned, or anything with `lower(**values)`, such as a function under `jax.jit`.
    """
    return collectives_of(sharded.lower(**values).compile().as_text())


def collectives_of(text: str) -> Communication:
    """The collectives in the text of a compiled XLA program."""
    found: dict[str, list[int]] = {}
    for line in text.splitlines():
        call = CALL.search(line)
        if call:
            found.setdefault(call["kind"], []).append(_bytes(call["shape"]))
    return Communication(tuple([Collective(kind, len(sizes), sum(sizes)) for kind, sizes in sorted(found.items())]))


def _bytes(shape: str) -> int:
    """The bytes of an array or a tuple of arrays, as XLA writes them: (f64[5]{0}, f64[])."""
    total = 0
    for array in ARRAY.finditer(shape):
        digits = re.search(r"\d+", array["type"])
        size = max(1, int(digits[0]) // 8) if digits else 1
        total += size * prod([int(n) for n in array["sizes"].split(",") if n])
    return total
