"""Text for a loop over blocks of rows (see `tiles`): what it reads is cut, what is needed outside is stored.

    out = np.empty((n, d))
    for i in range(0, n, 512):
        rows = slice(i, i + 512)
        …
        out[rows] = …
"""

from __future__ import annotations

from .dense_text import is_view
from .spelling import ATOM
from .tiles import Tile
from .values import Value


class TileText:
    """The part of a printer that spells loops. Within one, `tile` is it, and `uses` counts the uses in the loop."""

    def _loop(self, tile: Tile) -> None:
        for v in tile.values:
            for a in self.s.args(v):
                if a in self.waiting and not a.python and not is_view(a):
                    self._settled(a)
        inside = self._uses_inside(tile)
        results = {v: self._prepared(v, v in tile.sums) for v in tile.values if v in tile.sums or v in tile.stored}
        if self.loop_names is None:
            self.loop_names = self.names.fresh("i"), self.names.fresh("rows")
        i, self.rows_name = self.loop_names
        self._line(f"for {i} in range(0, {self._dim(tile.rows)}, {tile.height}):")
        outer, self.lines, self.tile, self.made = self.lines, [], tile, {}
        kept, self.kept = self.kept, self.kept - set(tile.stored)
        self._line(f"{self.rows_name} = slice({i}, {i} + {tile.height})")
        cut = self._cut_up(tile)
        for v in tile.values:
            self.uses[v] = inside[v]
            self._in_block(v, results.get(v))
        self.lines, self.tile, self.kept = outer + ["    " + line for line in self.lines], None, kept
        for a, (name, waiting) in cut.items():
            self.waiting.pop(a, None)
            self.name.pop(a, None)
            if name is not None:
                self.name[a] = name
                self.left[name] -= tile.read[a]
            else:
                self.waiting[a] = waiting
                for ref in waiting[2]:
                    self.left[ref] -= 1
        for v, name in results.items():
            self.waiting.pop(v, None)
            self.uses[v] = self.s.uses[v] - inside[v]
            self._assigned(v, name)
            if v.dims:
                self.owned.add(name)

    def _settled(self, a: Value) -> None:
        """Give a waiting value a line of its own."""
        text, _, self.refs = self.waiting.pop(a)
        name = self._fresh(a)
        self._line(f"{name} = {text}", a)
        self._spend()
        self._assigned(a, name)
        self.refs = []

    def _uses_inside(self, tile: Tile) -> dict[Value, int]:
        """How often each of its values is used in the loop."""
        found = dict.fromkeys(tile.values, 0)
        for v in tile.values:
            for a in self.s.args(v):
                if a in found and a not in tile.sums and a not in tile.read:
                    found[a] += 1
        return found

    def _prepared(self, v: Value, is_sum: bool) -> str:
        """A new array for what the loop leaves behind; returns its name."""
        name = self._fresh(v)
        shape = self._shape(v.dims)
        if v.mask:
            text = f"np.empty({shape}, bool)"
        else:
            text = self._filling("zeros" if is_sum else "empty", shape) if v.dims else "0.0"
        self._line(f"{name} = {text}", v)
        return name

    def _cut_up(self, tile: Tile) -> dict[Value, tuple]:
        """Let the names of what is read mean its block; returns what they meant before."""
        found = {}
        for a, count in tile.read.items():
            name, waiting = self.name.get(a), self.waiting.get(a)
            found[a] = name, waiting
            block = f"{name or waiting[0]}[{':, ' * tile.axis[a]}{self.rows_name}]"
            if count == 1 and a not in self.named:
                self.name.pop(a, None)
                self.waiting[a] = block, ATOM, []
                continue
            short = self.names.fresh(f"{name}_{self.rows_name}" if name else self.rows_name)
            self._line(f"{short} = {block}", a)
            if name in self.owned and self.left[name] == count and a not in self.kept:
                self.owned.add(short)
            self.waiting.pop(a, None)
            self.name[a], self.left[short] = short, count
        return found

    def _in_block(self, v: Value, result: str | None) -> None:
        if result is None:
            self._emit(v)
            return
        self.refs = []
        block = f"{result}[{':, ' * self.tile.axis[v]}{self.rows_name}]" if v in self.tile.axis else result
        if v in self.tile.sums:
            text, _ = getattr(self, "_" + self.s.op(v))(v)
            self._line(f"{result} += {text}", v)
        elif self.uses[v] or self._steps_of(v):
            once = v not in self.named
            self.named.add(v)
            self._emit(v)
            if once:
                self.named.discard(v)
            self._stored(v, block)
            return
        else:
            self._flush(v)
            target = self._overwritten(v) if v not in self.s.instead else None
            if target is not None:
                self._assigned(v, target)
                self._stored(v, block)
                return
            into = self._into(v, block)
            self._line(into or f"{block} = {getattr(self, '_' + self.s.op(v))(v)[0]}", v)
        self._spend()

    def _note_origin(self, v: Value, name: str) -> None:
        """Remember how else the array `name`, about to be made, can be made: in a place that is there already."""
        refs, self.refs = self.refs, []
        into = self._into(v, name)
        self.refs = refs
        if into:
            self.made[name] = len(self.lines), into, v.dims

    def _stored(self, v: Value, block: str) -> None:
        """Store a value that has a name: where its array was made in this loop, it is made in the result at once."""
        name = self.name[v]
        made = self.made.get(name)
        if made is None or made[2] != v.dims:
            self._line(f"{block} = {name}")
            return
        at, into, _ = made
        comment = self.lines[at].rpartition("  # ")[2]
        self.lines[at : at + 1] = [f"{name} = {block}", f"{into}  # {comment}"]
        self.made = {n: (k + (k > at), text, dims) for n, (k, text, dims) in self.made.items() if n != name}
        self.owned.discard(name)
