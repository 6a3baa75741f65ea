"""How NumPy source spells sizes: X.shape[0] from the shapes of the variables, names for those that are used often."""

from __future__ import annotations

import re

from ..core.dims import Dim
from .numpy_source import ATOM, NEG, Shown, binary, call
from .tree import slice_bounds


class Sizes:
    """The part of the NumPy printer that knows the variables' shapes."""

    shapes: dict[str, tuple[Dim, ...]]
    taken: set[str]
    spelled: dict[Dim, Shown]
    imports: dict[str, None]

    def shape_text(self, dims: tuple[Dim, ...]) -> tuple[str, int]:
        """A shape as the argument of np.ones, with its size."""
        for name, shape in self.shapes.items():
            if shape == dims:
                return f"{name}.shape", 2
        if len(dims) == 1:
            d = self.dim(dims[0])
            return d.text, d.size
        parts = [self.dim(d) for d in dims]
        return "(" + ",".join([p.text for p in parts]) + ")", sum([p.size for p in parts])

    def slice_text(self, t) -> tuple[str, int]:
        """The slice that the rows of an identity take, with its size."""
        first, last, step = slice_bounds(t)
        parts, size = [], 0
        for d in (first, last):
            if d is None:
                parts.append("")
            elif d.value is not None:
                parts.append(str(d.value))
                size += 1 if d.value >= 0 else 2
            else:
                shown = self.dim(d)
                parts.append(shown.text)
                size += shown.size
        text = ":".join(parts)
        return (text, size) if step is None else (f"{text}:{step}", size + (1 if step > 0 else 2))

    def dim(self, d: Dim) -> Shown:
        """A dimension as a number."""
        found = self.spelled.get(d)
        if found is None:
            found = self.spelled[d] = self._dim(d)
        return found

    def _dim(self, d: Dim) -> Shown:
        if d.value is not None:
            return Shown(str(d.value), ATOM, 1)
        for name, shape in self.shapes.items():
            for axis, length in enumerate(shape):
                if length is d:
                    return Shown(f"{name}.shape[{axis}]", ATOM, 4)
        total = None
        for names, coefficient in d.terms:
            parts = [self._named(name) for name in names]
            if abs(coefficient) != 1 or not parts:
                parts.insert(0, Shown(str(abs(coefficient)), ATOM, 1))
            part = parts[0]
            for other in parts[1:]:
                part = binary(part, "*", other)
            if total is None:
                total = part if coefficient > 0 else Shown("-" + part.at(NEG), NEG, part.size + 1)
            else:
                total = binary(total, "+" if coefficient > 0 else "-", part)
        return total

    def _named(self, name: str) -> Shown:
        """The size called `name`, from an axis that has it, alone or plus a number."""
        best = None
        for variable, shape in self.shapes.items():
            for axis, length in enumerate(shape):
                axis_text = Shown(f"{variable}.shape[{axis}]", ATOM, 4)
                if length.names == (name,) and dict(length.terms).get((name,)) == 1 and len(length.terms) <= 2:
                    rest = dict(length.terms).get((), 0)
                    if rest == 0:
                        return axis_text
                    best = binary(axis_text, "-" if rest > 0 else "+", Shown(str(abs(rest)), ATOM, 1))
        return best or Shown(name, ATOM, 1)

    def finished(self, lines: list[tuple[str, Shown]], last: Shown) -> tuple[str, int]:
        """Definitions and expression as one text with its size; sizes and identities used often get names."""
        size = sum([1 + shown.size for _, shown in lines]) + last.size
        whole = "\n".join([*[f"{name}={shown.text}" for name, shown in lines], last.text])
        used = set(self.shapes) | {name for name, _ in lines}
        for least, shared in ((2, self._identities(used)), (3, self._lengths(used))):
            front = []
            for name, shown in shared:
                pattern = re.compile(r"(?<![\w.])" + re.escape(shown.text))
                count = len(pattern.findall(whole))
                saving = (count - 1) * shown.size - count - 1
                if count >= least and saving > 0 and name not in used:
                    used.add(name)
                    whole = pattern.sub(name, whole)
                    front.append(f"{name}={shown.text}")
                    size -= saving
            whole = "\n".join([*front, whole])
        return "\n".join([*self.imports, whole]), size

    def _identities(self, used: set[str]) -> list[tuple[str, Shown]]:
        """np.eye of every length, with the name that it would get."""
        name = next((n for n in ("I", "J", "Id") if n not in used), "Id0")
        return [(name, call("eye", shown)) for shown in self.spelled.values()]

    def _lengths(self, used: set[str]) -> list[tuple[str, Shown]]:
        """Sizes that are long to write and have a name of their own."""
        plain = [d for d in self.spelled if d.value is None and len(d.names) == 1 and d.text.isidentifier()]
        return [(d.text, self.spelled[d]) for d in plain if self.spelled[d].size >= 4]
