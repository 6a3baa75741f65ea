"""Blocks of rows, read from whatever has a shape and can be sliced: arrays, memory maps, HDF5 datasets.

Of a memory map the system is told that it is read from front to back, and pages that have been read are given back, so
that a file larger than memory passes through a few megabytes.
"""

from __future__ import annotations

import mmap

import numpy as np

from ...core.errors import ShapeError

KEPT = 32 * 2**20  # bytes of a file after which pages are given back


class Source:
    """An argument that has the rows: `array` has a shape and can be sliced, `axis` is where the rows are; they are read
    as `real` numbers.

    Raises
        ShapeError: it holds no real numbers, or cannot be sliced.
    """

    real = np.dtype(float)

    def __init__(self, name: str, array, axis: int):
        if not (hasattr(array, "shape") and hasattr(array, "__getitem__")):
            array = np.asarray(array)
        refuse_complex(name, array)
        self.array, self._before = array, (slice(None),) * axis
        self.chunk = (getattr(array, "chunks", None) or (1,) * (axis + 1))[axis]  # rows that are stored together
        self._pages = Pages(array) if axis == 0 and isinstance(array, np.memmap) else None
        if isinstance(array, np.ndarray):
            self.array = np.asarray(array)  # a slice of an np.memmap takes ten times as long

    def read(self, start: int, stop: int) -> np.ndarray:
        """These rows."""
        rows = self.array[(*self._before, slice(start, stop))]
        return np.asarray(rows, dtype=self.real)

    def begin(self) -> None:
        """A pass over the rows begins."""
        if self._pages:
            self._pages.begin()

    def done(self, stop: int) -> None:
        """The rows before `stop` are no longer needed."""
        if self._pages:
            self._pages.give_back(stop)

    def end(self) -> None:
        """The pass has ended, or was interrupted."""
        if self._pages:
            self._pages.end()


def refuse_complex(name: str, array) -> None:
    """Raise an error if the array is not one of real numbers: that is where blocks of rows are computed."""
    kind = np.dtype(getattr(array, "dtype", float)).kind
    if kind not in "fiub":
        raise ShapeError(
            f"`{name}` does not hold real numbers",
            given=f"{name}: {array.dtype}",
            expected="float64, float32, integers or truth values",
            fix="call the program itself: it takes complex numbers" if kind == "c" else None,
        )


class Pages:
    """The pages of a file that is mapped to memory, by rows."""

    def __init__(self, array: np.memmap):
        root = array
        while isinstance(root.base, np.ndarray):
            root = root.base
        self._map, self._stride = root.base, array.strides[0]
        self._known = isinstance(self._map, mmap.mmap) and self._stride > 0 and hasattr(self._map, "madvise")
        if self._known:
            # where the array begins in the map; changes to a private copy (mode "c") are in these pages alone
            self._begin = array.ctypes.data - root.ctypes.data + root.offset % mmap.ALLOCATIONGRANULARITY
            self._gives = array.mode != "c"

    def begin(self) -> None:
        if self._known:
            self._map.madvise(mmap.MADV_SEQUENTIAL)
            self._given = self._begin

    def give_back(self, stop: int, least: int = KEPT) -> None:
        """The pages of the rows before `stop`, if they are many."""
        if self._known and self._gives:
            last = min(self._begin + self._stride * stop, len(self._map))
            if last - self._given >= least:
                first = self._given - self._given % mmap.PAGESIZE
                self._map.madvise(mmap.MADV_DONTNEED, first, last - first)
                self._given = last

    def end(self) -> None:
        if self._known:
            self._map.madvise(mmap.MADV_NORMAL)
