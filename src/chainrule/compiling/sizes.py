"""The lines that read sizes off the shapes of arrays: `n, d = X.shape`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..core.dims import Dim


class SizesRead(NamedTuple):
    """The lines, the sizes that no array shows, the arrays that were asked for theirs."""

    lines: list[str]
    asked: list[str]
    sources: set[str]


def sizes_read(used: Iterable[str], arrays: list[tuple[str, tuple[Dim, ...]]], names: dict[str, str]) -> SizesRead:
    """How a program comes to know the sizes `used`.

    Parameters
        arrays: (what it is called in the program, its dims), those to be asked first in front.
        names: what each size is called in the program.
    """
    wanted = dict.fromkeys(used)
    lines, sources = [], set()
    for array, dims in arrays:
        mine = [d.text if d.text in wanted and d.names == (d.text,) else None for d in dims]
        mine = [x if x and mine.index(x) == t else None for t, x in enumerate(mine)]
        if any(mine):
            sources.add(array)
            for x in mine:
                wanted.pop(x, None)
            last = max(t for t, x in enumerate(mine) if x)
            if sum(x is not None for x in mine) == 1:
                lines.append(f"{names[mine[last]]} = {array}.shape[{last}]")
            else:
                lines.append(f"{', '.join([names[x] if x else '_' for x in mine])} = {array}.shape")
    return SizesRead(lines, list(wanted), sources)
