"""Where the boxes of a graph stand: in layers, so that all edges point one way, with few crossings and straight chains.

The method of Sugiyama: layers by longest paths, long edges led through places of their own in between, orders by medians of
neighbours, then positions that pull neighbours together. Graphs here have some tens of boxes.

References: Sugiyama, Tagawa & Toda, IEEE Trans. SMC 11(2), 1981; Gansner et al., IEEE Trans. Software Eng. 19(3), 1993.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

SWEEPS = 12  # over the layers, forwards and backwards; orders have settled by then


class Layers:
    """The boxes in layers.

    Attributes
        rows: for each layer the keys of its boxes, and the bends of edges that pass through it, in order.
        layer: of each key.
        bends: for each edge the bends on its way, from start to end: (start, end, layer that it passes through).
    """

    def __init__(self, keys: Sequence[str], edges: Sequence[tuple[str, str]]):
        edges = [(a, b) for a, b in dict.fromkeys(edges) if a != b]
        self.layer = layers_of(keys, edges)
        self.bends = {(a, b): [(a, b, k) for k in range(self.layer[a] + 1, self.layer[b])] for a, b in edges}
        self.rows: list[list] = [[] for _ in range(max(self.layer.values(), default=-1) + 1)]
        self.near: dict = {}  # key or bend: (those before it, those after it)
        for key in keys:
            self.rows[self.layer[key]].append(key)
            self.near[key] = ([], [])
        for (a, b), bends in self.bends.items():
            for bend in bends:
                self.rows[bend[2]].append(bend)
                self.near[bend] = ([], [])
            way = [a, *bends, b]
            for one, next_ in zip(way, way[1:]):
                self.near[one][1].append(next_)
                self.near[next_][0].append(one)
        self._untangle()

    def _untangle(self) -> None:
        best, crossings = [list(row) for row in self.rows], self.crossings()
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in self.rows[1:] if down else self.rows[-2::-1]:
                place = {item: k for other in self.rows for k, item in enumerate(other)}
                wanted = {i: median([place[n] for n in self.near[i][not down]] or [place[i]]) for i in row}
                row.sort(key=lambda i: wanted[i])
            if self.crossings() < crossings:
                best, crossings = [list(row) for row in self.rows], self.crossings()
        self.rows = best

    def crossings(self) -> int:
        """How many pairs of edges between neighbouring layers cross."""
        place = {item: k for row in self.rows for k, item in enumerate(row)}
        count = 0
        for row in self.rows:
            ends = [place[n] for item in row for n in sorted(self.near[item][1], key=place.get)]
            count += sum(ends[j] < ends[i] for i in range(len(ends)) for j in range(i + 1, len(ends)))
        return count

    def places(self, extent: Mapping, gap: float) -> dict:
        """The middle of every box and bend across the layers, for boxes of these extents with a `gap` between them.

        A box is drawn to the median of its neighbours; boxes of one layer keep their order and their distance.
        """
        half = {item: extent.get(item, 0.0) / 2 for row in self.rows for item in row}
        at: dict = {}
        for row in self.rows:
            edge = 0.0
            for item in row:
                at[item] = edge + half[item]
                edge += 2 * half[item] + gap
            for item in row:
                at[item] -= (edge - gap) / 2
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in self.rows if down else reversed(self.rows):
                wanted = {}
                for item in row:
                    near = self.near[item][not down] or (self.near[item][0] + self.near[item][1])
                    near = [n for n in near if self.near[n][0]] or near  # a chain stays straight beside what joins it
                    wanted[item] = median([at[n] for n in near]) if near else at[item]
                _apart(row, wanted, half, gap, self._weights(row))
                at.update(wanted)
        least = min([at[i] - half[i] for i in at], default=0.0)
        return {item: x - least for item, x in at.items()}

    def _weights(self, row: list) -> dict:
        """How firmly an item stays where it wants to be: what lies on the way from layer to layer, before what begins there."""
        return {item: 8.0 if not isinstance(item, str) else 1.0 + 3.0 * bool(self.near[item][0]) for item in row}


def layers_of(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each key: after all that lead to it; what nothing leads to stands right before where it is used.

    Edges that close a circle are left out of the count.
    """
    after: dict[str, list[str]] = {key: [] for key in keys}
    for a, b in edges:
        after[a].append(b)
    order = _ordered(keys, after)
    rank = {key: k for k, key in enumerate(order)}
    layer = dict.fromkeys(keys, 0)
    for key in order:
        for b in after[key]:
            if rank[b] > rank[key]:
                layer[b] = max(layer[b], layer[key] + 1)
    entered = {b for _, b in edges}
    for key in reversed(order):
        later = [layer[b] for b in after[key] if rank[b] > rank[key]]
        if key not in entered and later:
            layer[key] = min(later) - 1
    least = min(layer.values(), default=0)
    return {key: k - least for key, k in layer.items()}


def _ordered(keys: Sequence[str], after: Mapping) -> list[str]:
    """The keys so that edges lead from earlier to later ones, wherever there is no circle."""
    found, state = [], {}
    for key in keys:
        stack = [(key, iter(after[key]))] if key not in state else []
        state.setdefault(key, 1)
        while stack:
            top, rest = stack[-1]
            for b in rest:
                if b not in state:
                    state[b] = 1
                    stack.append((b, iter(after[b])))
                    break
            else:
                stack.pop()
                found.append(top)
    return found[::-1]


def _apart(row: list, wanted: dict, half: Mapping, gap: float, weight: Mapping) -> None:
    """Moves the items of a row as little as possible so that they keep their order and distance (pool adjacent violators)."""
    blocks: list[list] = []  # [sum of weight × shifted wish, weight, items]
    offset, before = 0.0, None
    shift = {}
    for item in row:
        if before is not None:
            offset += half[before] + half[item] + gap
        shift[item] = offset
        blocks.append([(wanted[item] - offset) * weight[item], weight[item], [item]])
        before = item
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, mass, items = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += mass
            blocks[-1][2] += items
    for total, mass, items in blocks:
        for item in items:
            wanted[item] = total / mass + shift[item]
