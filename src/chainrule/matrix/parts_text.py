"""Parts of arrays as they are written in NumPy: x[0], X[1:, :-1], W[0], and the vector 𝟏 of one entry, which is left out."""

from __future__ import annotations

from ..core.dims import Dim
from .context import unit_row
from .styles import ATOM, POST, Unicode
from .tree import Tree, is_slice, slice_bounds


class Parts:
    """The part of the text printer that writes entries, rows and slices."""

    s: Unicode

    def _unit(self, t):
        identity = self.s.eye if self.s.tight else self.s.sized("eye", t.shape)
        return f"{identity}[{place_text(t)}]", POST

    def _item(self, t):
        (v,) = t.args
        row = self._part_of(*v.args) if v.kind == "mv" and len(v.args) == 2 and v.args[-1].kind == "unit" else None
        if row is not None and v.args[0].kind == "T":
            return f"{row[:-1]}, {place_text(t)}]", POST
        return f"{self.at(t.args[0], ATOM)}[{place_text(t)}]", POST

    def _part(self, t):
        axis, _ = t.attr
        return f"{self.at(t.args[0], ATOM)}[{':, ' * axis}{place_text(t, t.attr[1])}]", ATOM

    def _is_single(self, v: Tree) -> bool:
        """Whether `v` is the vector 𝟏 of one entry, which readers take for granted: b𝟏 of a column b."""
        return self.s.subscripts and v.kind == "one" and v.order == 1 and v.shape[0].value == 1

    def _part_of(self, m: Tree, v: Tree) -> str | None:
        """A product m v that is a part of one of the two: x[1:], X[0], X[:, 0]."""
        if is_slice(m) and v.order == 1:
            return f"{self.at(v, ATOM)}[{slice_text(m)}]"
        if unit_row(m, v) is not None:
            return f"{self._const(unit_row(m, v))[0].partition('[')[0]}[{unit_row(m, v).attr[1]}]"
        if self.s.subscripts and v.kind == "unit" and m.order == 2 and not is_slice(m):
            turned = m.kind == "T"
            return f"{self.at(m.args[0] if turned else m, ATOM)}[{'' if turned else ':, '}{place_text(v)}]"
        return None

    def _cut(self, items: list[Tree]) -> tuple[int, str]:
        """(how many factors, their text) where a matrix and slices beside it begin `items`: X[1:], X[:, :2]; else (0, "")."""
        if not self.s.subscripts:
            return 0, ""
        rows = items[0] if is_slice(items[0]) else None
        rest = items[1:] if rows is not None else items
        if not rest or rest[0].order != 2 or is_slice(rest[0]) or (rest[0].kind == "T" and is_slice(rest[0].args[0])):
            return 0, ""
        columns = rest[1].args[0] if len(rest) > 1 and rest[1].kind == "T" and is_slice(rest[1].args[0]) else None
        if rows is None and columns is None:
            return 0, ""
        turned = rest[0].kind == "T"
        first, second = (columns, rows) if turned else (rows, columns)
        at = slice_text(first) if first is not None else ":"
        at += "" if second is None else ", " + slice_text(second)
        part = f"{self.at(rest[0].args[0] if turned else rest[0], ATOM)}[{at}]"
        return 1 + (rows is not None) + (columns is not None), self.s.transposed(part) if turned else part


def place_text(t: Tree, place=None) -> str:
    place = t.attr if place is None else place
    return place.python() if isinstance(place, Dim) else str(place)


def slice_text(t: Tree) -> str:
    first, last, step = slice_bounds(t)
    shown = f"{'' if first is None else first}:{'' if last is None else last}"
    return (shown if step is None else f"{shown}:{step}").replace("·", "*")
