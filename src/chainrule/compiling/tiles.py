"""Which values are computed in blocks of rows, so that what lies between them stays in the cache.

Arrays beyond the cache that share an axis are cut along it, "the rows", and a loop computes all of them for one block
after another: entrywise work, reductions and products along the other axes, and sums over the rows, block by block.
What must be known as a whole (the maximum over all rows, a result) ends a loop or is stored by it.

Every axis has a label (`labels`). A value belongs to a loop if the axes of its arguments that lie on its rows are rows
there, too. A loop that saves too little memory traffic for its overhead is given up.

Reference: Lam, Rothberg & Wolf, The cache performance and optimizations of blocked algorithms (ASPLOS 1991).
"""

from __future__ import annotations

from .kinds import CONTRACTIONS, SUMS
from .labels import labels
from .machine import BEYOND, FAR
from .schedule import Schedule
from .values import Value

BLOCK = 2.0**16  # entries of the largest array of a block: 0.5 MiB
LIVE = 2.0**21  # entries of all arrays of a block that are needed at one time: 16 MiB
FEWEST = 1025  # rows that are worth being cut: more than are assumed where nothing is known (`program.assumed_sizes`)
LOWEST = 32  # rows of a block in which matrices are multiplied
HIGHEST = 2.0**20  # entries of a block that is still worth it
# nanoseconds: a further line of a block, an entry of an intermediate that is not written out and read again, one of an
# argument that is not read again, each by whether it is far or just beyond; an entry of a matrix that every block uses
CALL = 700.0
KEPT = (0.5, 0.1)
READ = (0.25, 0.03)
USED = 0.25
ADDED = 2.0  # an entry of a sum XᵀX over the rows, to which every block adds
DEEP = 32  # times as large is a block of which such a sum is made
ELIDED = 4  # array operations in one expression, for which NumPy keeps one intermediate
TRIES = 6


class Tile:
    """A loop over blocks of `height` along the dimension `rows`.

    `axis` says which axis has the rows: of its `members`, of what is `read`, with the number of uses. `sums` go over
    the rows. `stored` are those members that are needed outside.
    """

    def __init__(self, rows):
        self.rows, self.height = rows, 1
        self.values: list[Value] = []
        self.sums: set[Value] = set()
        self.stored: list[Value] = []
        self.axis: dict[Value, int] = {}
        self.read: dict[Value, int] = {}


def in_tiles(s: Schedule, outputs, steps) -> list[Value | Tile]:
    """The values in the order in which they are computed, those of one loop as a `Tile`.

    Parameters
        steps: callable from a value to the number of array operations that it is spelled with.
    """
    rows = _candidates(s)
    refused: set[Value] = set()
    for _ in range(TRIES if rows else 0):
        passes = _Passes(s, set(outputs), rows, refused, steps)
        given_up = passes.given_up()
        if not given_up:
            return passes.merged()
        refused |= given_up
    return s.order


def _candidates(s: Schedule) -> dict:
    """Dimensions of large arrays, by how many entries they lead."""
    weight: dict = {}
    for v in s.order:
        if v.entries >= BEYOND:
            for t, d in enumerate(v.dims):
                if v.sizes[t] < FEWEST:
                    continue
                weight[d] = weight.get(d, 0.0) + (v.entries if t == 0 else 0.01 * v.entries)
    return weight


class _Passes:
    """Each value with its `time`: the number of loops that are finished before it, or before the loop that it is in."""

    def __init__(self, s: Schedule, outputs: set[Value], rows: dict, refused: set[Value], steps):
        self.s, self.outputs, self.weight, self.refused, self.steps = s, outputs, rows, refused, steps
        self.time: dict[Value, int] = {}
        self.rows: dict[Value, object] = {}  # of those in a loop
        self.axis: dict[Value, int] = {}  # of members: the axis of the rows
        self.places: dict[Value, list] = {}  # of those in a loop: the axis of the rows of each argument, or None
        for v in s.order:
            self._enter(v)
        for v in reversed(s.order):
            self._delay(v)
        self.tiles = self._gathered()

    def _known(self, v: Value) -> int:
        """When `v` is known as a whole."""
        return self.time[v] + (v in self.rows)

    def _enter(self, v: Value) -> None:
        args = self.s.args(v)
        spelled = None
        if v not in self.refused and args:
            spelled = labels(self.s.op(v), self.s.params(v), args, len(v.dims))
        best = None
        if spelled is not None:
            for x, d in _axes(spelled[0], args):
                if d in self.weight:
                    option = self._option(v, args, spelled, x, d)
                    if option is not None and (best is None or option[0] > best[0]):
                        best = option
        if best is None:
            self.time[v] = max([self._known(a) for a in args], default=0)
            return
        _, self.time[v], self.rows[v], axis, self.places[v] = best
        if axis is not None:
            self.axis[v] = axis

    def _option(self, v: Value, args: tuple, spelled, x, d):
        """(how good it is, time, rows, axis, places) of `v` in a loop over the axis labelled `x`."""
        ins, out = spelled
        op = self.s.op(v)
        if any([own.count(x) > 1 for own in (*ins, out)]) or x not in out and op not in SUMS:
            return None
        if op == "transpose" and args[0] not in self.rows:
            return None
        places = [own.index(x) if x in own else None for own in ins]
        time = 0
        for a, place in zip(args, places):
            joins = place is not None and self._joins(a, d, place)
            time = max(time, self.time[a] if joins else self._known(a))
        near = [a for a, p in zip(args, places) if p is not None and self._joins(a, d, p) and self.time[a] == time]
        joined = sum([a.entries for a in near])
        axis = out.index(x) if x in out else None
        return (joined, axis == 0, axis is not None, self.weight[d]), time, d, axis, places

    def _taken(self, v: Value) -> list[tuple]:
        """(argument, axis of its rows or None) of a value that is in a loop."""
        return list(zip(self.s.args(v), self.places[v]))

    def _joins(self, a: Value, d, place: int) -> bool:
        return self.rows.get(a) is d and self.axis.get(a) == place

    def _inside(self, user: Value, a: Value, place) -> bool:
        """Whether `user` takes its argument `a` block by block from the loop that both are in."""
        return place is not None and self.time[a] == self.time[user] and self._joins(a, self.rows[user], place)

    def _delay(self, v: Value) -> None:
        """What only a later loop needs is computed there."""
        if v not in self.axis or v in self.outputs:
            return
        users = self.s.users[v]
        if any([u not in self.rows for u in users]):
            return
        if any([not self._joins(v, self.rows[u], p) for u in users for a, p in self._taken(u) if a is v]):
            return
        later = min([self.time[u] for u in users])
        made = [a for a in self.s.args(v) if a in self.rows]
        alone = all([self._known(a) <= later and len(self.s.users[a]) == 1 for a in made])
        if later > self.time[v] and alone:
            self.time[v] = later

    # ------------------------------------------------------------------------ loops

    def _gathered(self) -> dict[tuple, Tile]:
        tiles: dict[tuple, Tile] = {}
        for v in self.s.order:
            if v not in self.rows:
                continue
            key = self.time[v], self.rows[v]
            tile = tiles.setdefault(key, Tile(self.rows[v]))
            tile.values.append(v)
            if v in self.axis:
                tile.axis[v] = self.axis[v]
                if self._stays(v):
                    tile.stored.append(v)
            else:
                tile.sums.add(v)
            for a, place in self._taken(v):
                if place is not None and not self._inside(v, a, place):
                    tile.read[a] = tile.read.get(a, 0) + 1
                    tile.axis.setdefault(a, place)
        for tile in tiles.values():
            tile.height = self._height(tile)
        return tiles

    def _stays(self, v: Value) -> bool:
        """Whether a member is needed outside of its loop."""
        if v in self.outputs:
            return True
        for u in self.s.users.get(v, ()):
            if u not in self.rows or not all([self._inside(u, a, p) for a, p in self._taken(u) if a is v]):
                return True
        return False

    def _height(self, tile: Tile) -> int:
        """Rows of a block: a power of two, or nearly so where they are a last axis: lines that lie a power of two apart
        take the same places in the cache.
        """
        widest = max([v.entries for v in tile.axis])
        rows = self._count(tile)
        summed = max([v.entries for v in tile.sums if self._is_symmetric(v)], default=0.0)
        height = min(min(max(BLOCK, DEEP * summed), HIGHEST) * rows / widest, LIVE * rows / self._most_alive(tile))
        height = max(1.0, height)
        if any([self.s.op(v) in CONTRACTIONS for v in tile.values]):
            height = max(height, LOWEST)
        found = 1
        while 2 * found <= height:
            found *= 2
        last = any([tile.axis[v] > 0 for v in tile.values if v in tile.axis])
        return found * 1000 // 1024 if last and found > 64 else found

    def _most_alive(self, tile: Tile) -> float:
        """The entries of the members of a loop that are needed at one time, at most."""
        last = {a: v for v in tile.values for a in self.s.args(v)}
        alive = most = 0.0
        ends: dict[Value, float] = {}
        for v in tile.values:
            if v in tile.sums:
                most = max(most, alive)
            else:
                alive += v.entries
                most = max(most, alive)
                ends[last.get(v, v)] = ends.get(last.get(v, v), 0.0) + v.entries
            alive -= ends.pop(v, 0.0)
        return max(most, 1.0)

    def _is_symmetric(self, v: Value) -> bool:
        """Whether it is a matrix times its transpose: BLAS makes half of it, which is copied to the other half."""
        args = self.s.args(v)
        return len(v.dims) == 2 and len(args) == 2 and args[0] is args[1]

    def _count(self, tile: Tile) -> float:
        """How many rows there are."""
        v, axis = next(iter(tile.axis.items()))
        return v.sizes[axis]

    # ----------------------------------------------------------------------- is it worth it

    def given_up(self) -> set[Value]:
        """The values of loops, or of parts of loops that share nothing with the rest, that gain nothing."""
        found: set[Value] = set()
        for tile in self.tiles.values():
            both_ways = self._both_ways(tile)
            if both_ways:
                found |= both_ways
                continue
            for part in self._parts(tile):
                if self._gain(tile, part) <= 0:
                    found |= part
        return found

    def _both_ways(self, tile: Tile) -> set[Value]:
        """The values that take as a whole, or cut along another axis, what the loop reads in blocks."""
        found = set()
        for v in tile.values:
            for a, place in self._taken(v):
                if a in tile.read and place != tile.axis[a]:
                    found.add(v)
        return found

    def _parts(self, tile: Tile) -> list[set[Value]]:
        """Values that take from one another, or read the same large array."""
        part_of: dict[Value, set] = {}
        for v in tile.values:
            own = {v}
            for a, place in self._taken(v):
                near = place is not None and (self._inside(v, a, place) or a.entries >= BEYOND)
                if near and a in part_of:
                    own |= part_of[a]
                elif near:
                    own.add(a)
            for x in own:
                part_of[x] = own
        parts = {id(p): p for p in part_of.values()}
        inside = set(tile.values)
        return [p & inside for p in parts.values()]

    def _gain(self, tile: Tile, part: set[Value]) -> float:
        """Nanoseconds that the loop saves."""
        gain, lines = 0.0, 2.0
        rows = self._count(tile)
        blocks = rows / tile.height
        reads: dict[Value, int] = {}
        for v in part:
            lines += 1 + (v in tile.stored)
            if v not in tile.sums and v.entries >= BEYOND:
                users = dict.fromkeys([u for u in self.s.users.get(v, ()) if u in part])
                uses = sum([self._inside(u, a, p) for u in users for a, p in self._taken(u) if a is v])
                inner = self.steps(v) - (1 if v.entries >= FAR else ELIDED)
                gain += KEPT[v.entries < FAR] * v.entries * (uses + (v not in tile.stored) + max(0, inner))
            if v in tile.sums:
                gain -= blocks * v.entries * (ADDED if self._is_symmetric(v) else USED)
            for a, place in self._taken(v):
                if place is None and self.s.op(v) in CONTRACTIONS:
                    gain -= blocks * a.entries * USED
                elif place is not None and a in tile.read:
                    reads[a] = reads.get(a, 0) + 1
        for a, n in reads.items():
            lines += 0.3
            if a.entries >= BEYOND:
                gain += READ[a.entries < FAR] * a.entries * (n - 1)
        widest = max([v.entries for v in tile.axis]) / rows * tile.height
        if widest > HIGHEST or blocks < 2:
            return 0.0
        return gain - blocks * lines * CALL

    def merged(self) -> list[Value | Tile]:
        """Everything in the order of the text."""
        found: list[tuple] = [(self.time[v], 0, v.serial, v) for v in self.s.order if v not in self.rows]
        found += [(time, 1, tile.values[0].serial, tile) for (time, _), tile in self.tiles.items()]
        return [x for *_, x in sorted(found, key=lambda f: f[:3])]


def _axes(ins: list, args: tuple) -> list[tuple]:
    """(label, dimension) for every axis of the arguments."""
    found = {}
    for own, a in zip(ins, args):
        for x, d in zip(own, a.dims):
            found.setdefault(x, d)
    return list(found.items())
