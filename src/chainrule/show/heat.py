"""The entries of a matrix as coloured cells: a Jacobian, a Hessian, weights.

The larger an entry, the denser its cell; the colour and, for those who do not see it, stripes tell negative entries from
positive ones. Zero is the paper. Small matrices say their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .axes import Frame, scale_for, width_within
from .letters import SMALL, TEXT, shortened, text_width
from .scales import figure
from .svg import Svg, number, spread

MOST_CELLS = 64  # in one direction; of more, blocks are drawn with their largest entry
MOST_NUMBERS = 8  # rows or columns, up to which cells say their numbers
LARGEST_CELL = 58  # px
ASKEW, LEVEL = 18, 14  # px: the least size of a cell whose name stands askew, or level
LONGEST = 90  # px: of a column's name, where names stand askew
STEPS = 16  # of density that are told apart


def heat_plot(
    matrix,
    *,
    title: str,
    description: str | None = None,
    rows: str = "",
    columns: str = "",
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    page: bool = False,
    width: float = 660,
) -> Svg:
    """A matrix.

    Parameters
        matrix: rows of numbers; a vector is one row. NaN and infinite entries are crossed out.
        rows, columns: what its rows and columns are. row_names, column_names: of each of them.
        title, description, page, width: see `Svg`.
    """
    width = width_within(width)
    full = np.asarray(matrix, dtype=float)
    full = full.reshape(1, -1) if full.ndim < 2 else full.reshape(full.shape[0], int(np.prod(full.shape[1:])))
    plot = _Cells(full, title, rows, columns, row_names, column_names, width)
    svg = Svg(width, plot.height, title, description or _described(full, rows, columns), page)
    plot.draw(svg)
    return svg


class _Cells:
    def __init__(self, full: np.ndarray, title, rows, columns, row_names, column_names, width):
        self.full, self.rows, self.columns, self.width = full, rows, columns, width
        self.shown, self.block = _blocks(full)
        m, n = self.shown.shape
        self.head = Frame(scale_for(0, 1, False), scale_for(0, 1, False), title=title, width=width, height=0)
        self.pad = self.head.pad
        whole = self.block == (1, 1)
        self.row_names = _names(row_names, m) if whole else []
        wide = max([text_width(name, SMALL) for name in self.row_names], default=0.0)
        self.names = min(wide, 0.3 * width) + (8 if wide else 0)
        self.left = self.pad + max(self.names, text_width(self._index(m), SMALL) + 8 if m and not self.row_names else 0)
        self.column_names = _names(column_names, n) if whole else []
        longest = max([text_width(name, SMALL) for name in self.column_names], default=0)
        across = width - self.left - self.pad
        self.turned = longest > min(across / max(n, 1), LARGEST_CELL, 560 / max(m, 1)) - 4
        across -= min(longest * 0.7, LONGEST / 2) if self.turned else 0  # names that stand askew lean out
        self.cell = min(across / max(n, 1), LARGEST_CELL, 560 / max(m, 1))
        self.tall = self.cell if m > 1 else min(max(self.cell, 30), LARGEST_CELL)
        self.left = max(self.left, (width - self.cell * n + self.left - 2 * self.pad) / 2)  # in the middle
        if self.turned and self.cell < ASKEW:
            self.column_names, longest = [], 0.0  # numbers instead
        if self.tall < LEVEL:
            self.row_names = []
        above = (min(longest, LONGEST) * (0.72 if self.turned else 0) + 16 if longest else 0) + (20 if columns or rows else 0)
        if not longest:
            above += 18 if n else 0
        self.top = self.head.legend_top + 6 + above
        self.right, self.bottom = self.left + self.cell * n, self.top + self.tall * max(m, 1)
        self.largest = float(np.abs(full[np.isfinite(full)]).max()) if np.isfinite(full).any() else 0.0
        self.note = "" if whole else f"each cell is the largest of {self.block[0]} × {self.block[1]} entries"
        self.height = self.bottom + 50 + (18 if self.note else 0)

    def _index(self, m: int) -> str:
        return str(m * self.block[0])

    def draw(self, svg: Svg) -> None:
        self.head.draw_head(svg)
        m, n = self.shown.shape
        if not self.full.size:
            svg.words(self.width / 2, self.top + 12, "the matrix has no entries", text_anchor="middle", font_style="italic")
            return
        self._names_of_axes(svg, m, n)
        self._cells(svg)
        svg.add("rect", x=self.left, y=self.top, width=self.right - self.left, height=self.bottom - self.top,
                stroke_width=1.2, stroke_opacity=0.65, **svg.paint(stroke="ink"))  # fmt: skip
        self._key(svg)
        if self.note:
            svg.words(self.pad, self.height - 10, shortened(self.note, self.width - 2 * self.pad, SMALL), font_size=SMALL, font_style="italic")

    def _names_of_axes(self, svg: Svg, m: int, n: int) -> None:
        what = ", ".join([f"{side}: {what}" for side, what in (("rows", self.rows), ("columns", self.columns)) if what])
        if what:
            x = max(self.pad, min(self.left, self.width - self.pad - text_width(what)))
            svg.words(x, self.head.legend_top + 17, shortened(what, self.width - self.pad - x))
        with svg.group(font_size=SMALL, **svg.paint("ink")):
            for k, name in enumerate(self.row_names):
                svg.text(self.left - 6, self.top + (k + 0.5) * self.tall + 4, shortened(name, self.names - 7, SMALL), text_anchor="end")
            if not self.row_names:
                for k, label in _every(m, self.block[0], self.tall, 17):
                    svg.text(self.left - 6, self.top + (k + 0.5) * self.tall + 4, label, text_anchor="end")
            for k, name in enumerate(self.column_names):
                x, y = self.left + (k + 0.5) * self.cell, self.top - 6
                if self.turned:
                    room = min(LONGEST, (self.width - self.pad - x) * 1.41 - 8)
                    svg.text(x, y, shortened(name, room, SMALL), transform=f"rotate(-45 {x:.1f} {y:.1f})")
                else:
                    svg.text(x, y, name, text_anchor="middle")
            if not self.column_names:
                for k, label in _every(n, self.block[1], self.cell, text_width(str(n * self.block[1]), SMALL) + 12):
                    rightmost = self.width - self.pad - text_width(label, SMALL) / 2
                    svg.text(min(self.left + (k + 0.5) * self.cell, rightmost), self.top - 6, label, text_anchor="middle")

    def _levels(self, v: np.ndarray) -> np.ndarray:
        return np.abs(v) / self.largest if self.largest else np.zeros_like(v)

    def _area(self, i: int, first: int, end: int) -> str:
        """The cells of row i from column `first` to before `end`."""
        x, y, right, below = self.left + first * self.cell, self.top + i * self.tall, self.left + end * self.cell, self.top + (i + 1) * self.tall
        return f"M{number(x)},{number(y)}H{number(right)}V{number(below)}H{number(x)}z"

    def _cells(self, svg: Svg) -> None:
        """Cells of one density are one path: a large matrix is a small file."""
        found: dict[tuple[str, int], list[str]] = {}
        with np.errstate(invalid="ignore"):
            steps = np.where(np.isfinite(self.shown), np.ceil(self._levels(self.shown) * STEPS - 1e-9) * np.sign(self.shown), 0).astype(int)
        for i, first, end, step in _runs(steps):
            if step:
                found.setdefault(("yours" if step < 0 else "true", abs(step)), []).append(self._area(i, first, end))
        striped = [self._area(i, first, end) for i, first, end, negative in _runs((steps < 0).astype(int)) if negative]
        crossed = []
        for i, j in np.argwhere(~np.isfinite(self.shown)):
            x, y = self.left + j * self.cell, self.top + i * self.tall
            crossed.append(f"M{x + 2:.1f},{y + 2:.1f}L{x + self.cell - 2:.1f},{y + self.tall - 2:.1f}"
                           f"M{x + 2:.1f},{y + self.tall - 2:.1f}L{x + self.cell - 2:.1f},{y + 2:.1f}")  # fmt: skip
        for (role, step), areas in sorted(found.items()):
            svg.path("".join(areas), fill_opacity=spread(step / STEPS), shape_rendering="crispEdges", **svg.paint(role))
        if striped:
            pattern = svg.hatch("yours", 5 if self.cell > 7 else 3)
            svg.path("".join(striped), opacity=0.38 if self.cell > 16 else 0.25, **pattern)
        if crossed:
            svg.path("".join(crossed), stroke_width=1.2, stroke_opacity=0.7, **svg.paint(stroke="ink"))
        m, n = self.shown.shape
        lines = min(self.cell, self.tall) >= 12
        if lines:
            with svg.group(stroke_width=1, stroke_opacity=0.16, **svg.paint(stroke="ink")):
                for i in range(1, m):
                    svg.line(self.left, self.top + i * self.tall, self.right, self.top + i * self.tall)
                for j in range(1, n):
                    svg.line(self.left + j * self.cell, self.top, self.left + j * self.cell, self.bottom)
        if max(m, n) <= MOST_NUMBERS and self.block == (1, 1):
            self._numbers(svg)

    def _numbers(self, svg: Svg) -> None:
        """With as many digits as fit everywhere."""
        for digits in (4, 3, 2, 1):
            texts = {index: figure(float(v), digits) for index, v in np.ndenumerate(self.full)}
            for size in (TEXT, 11):
                if all(text_width(t, size) <= self.cell - 6 for t in texts.values()):
                    for (i, j), text in texts.items():
                        if np.isfinite(self.full[i, j]):
                            x, y = self.left + (j + 0.5) * self.cell, self.top + (i + 0.5) * self.tall
                            svg.words(x, y + 0.36 * size, text, font_size=size, text_anchor="middle", halo=bool(self.full[i, j] < 0))
                    return

    def _key(self, svg: Svg) -> None:
        """The scale of densities below the cells: −largest … 0 … largest."""
        if not self.largest:
            svg.words(self.left, self.bottom + 22, "all entries are 0" if np.isfinite(self.full).any() else "no entry is a finite number",
                      font_size=SMALL, font_style="italic")  # fmt: skip
            return
        good = self.full[np.isfinite(self.full)]
        negative, positive = bool((good < 0).any()), bool((good > 0).any())
        parts, wide, tall = 6, 15.0, 10.0
        x, y = self.left, self.bottom + 14
        x = min(x, self.width - self.pad - 2 * parts * wide - 8)
        steps = [-k for k in range(parts, 0, -1)] * negative + [k for k in range(1, parts + 1)] * positive
        pattern = svg.hatch("yours", 5) if negative else {}
        for k, step in enumerate(steps):
            area = dict(x=x + k * wide, y=y, width=wide, height=tall)
            svg.add("rect", **area, fill_opacity=spread(abs(step) / parts), **svg.paint("yours" if step < 0 else "true"))
            if step < 0:
                svg.add("rect", **area, opacity=0.38, **pattern)
        with svg.group(font_size=11, text_anchor="middle", **svg.paint("ink")):
            ends = [(0, f"−{figure(self.largest, 2)}")] * negative + [(parts * wide * negative, "0")]
            ends += [(parts * wide * (1 + negative), figure(self.largest, 2))] * positive
            for at, text in ends:
                half = text_width(text, 11) / 2
                svg.text(min(max(x + at, self.pad + half), self.width - self.pad - half), y + tall + 13, text)


def _blocks(full: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """At most `MOST_CELLS` cells in each direction, each the entry of its block that is largest in size; and the size of a block."""
    m, n = full.shape
    if not full.size:
        return full, (1, 1)
    block = (max(1, -(-m // MOST_CELLS)), max(1, -(-n // MOST_CELLS)))
    if block == (1, 1):
        return full, block
    shape = (-(-m // block[0]), -(-n // block[1]))
    padded = np.zeros((shape[0] * block[0], shape[1] * block[1]))
    padded[:m, :n] = full
    cells = padded.reshape(shape[0], block[0], shape[1], block[1]).swapaxes(1, 2).reshape(*shape, -1)
    sizes = np.where(np.isfinite(cells), np.abs(cells), np.inf)
    return np.take_along_axis(cells, sizes.argmax(-1)[..., None], -1)[..., 0], block


def _runs(steps: np.ndarray):
    """(row, first column, column after the last, value) of equal neighbours in a row."""
    for i, row in enumerate(steps):
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
        for first, end in zip(edges, edges[1:]):
            yield i, first, end, int(row[first])


def _names(names, count: int) -> list[str]:
    found = [str(name) for name in names] if names is not None else []
    return found if len(found) == count else []


def _every(count: int, block: int, cell: float, room: float) -> list[tuple[int, str]]:
    """(cell, number) of the rows or columns that are numbered, as many as there is room for: 1, 10, 20 …"""
    needed = room / max(cell, 1e-9) * block
    step = next((s * 10**p for p in range(12) for s in (1, 2, 5) if s * 10**p >= needed), 1)
    found = range(step, count * block + 1, step)
    first = [1] if step > 1 and (step - 1) // block * cell >= 0.9 * room else []
    return [((k - 1) // block, str(k)) for k in [*first, *found] if (k - 1) // block < count]


def _described(full: np.ndarray, rows: str, columns: str) -> str:
    m, n = full.shape
    of = f", {rows} by {columns}" if rows and columns else ""
    parts = [f"A {m} × {n} matrix{of} as coloured cells."]
    good = full[np.isfinite(full)]
    if good.size:
        parts.append(f"Its entries lie between {figure(float(good.min()))} and {figure(float(good.max()))}.")
        if full.size <= MOST_NUMBERS**2:
            parts.append("Its rows: " + "; ".join([", ".join([figure(float(v)) for v in row]) for row in full]) + ".")
    if good.size < full.size:
        parts.append(f"{full.size - good.size} entries are no finite numbers.")
    return " ".join(parts)
