"""Statements that share a loop: a tree of loops, and what of each stored value need not be an array.

Two statements share a loop over a dimension when the later one needs, of what the earlier one stores, only the entries
of the same turn. What is stored and needed within one turn needs no axis for that loop: it is a row, or a number.

Reference: Kennedy & McKinley, Maximizing loop parallelism and improving data locality via loop fusion (1993).
"""

from __future__ import annotations

from ...core.dims import Dim
from ..values import Value
from .statements import Statement


class Loop:
    """A loop over `dim`; `labels` gives the label of each statement inside that runs with it."""

    def __init__(self, dim: Dim, depth: int):
        self.dim, self.depth = dim, depth
        self.labels: dict[Statement, int] = {}
        self.body: list = []  # of loops and statements

    @property
    def statements(self) -> list[Statement]:
        return list(self.labels)


class Fusion:
    """The tree of loops. `body` holds loops and statements in order; `path` the loops around each statement."""

    def __init__(self, statements: list[Statement], whole: set[Value]):
        self.whole = whole  # values that are arrays whatever needs them
        self.path: dict[Statement, list[Loop]] = {s: [] for s in statements}
        self.makers: dict[Value, list[Statement]] = {}
        for s in statements:
            self.makers.setdefault(s.value, []).append(s) if s.key is None else None
        self.body = self._grouped(statements, 0)
        self.dropped = {v: self._dropped(v) for v in self.makers}

    # ------------------------------------------------------------------ the tree

    def _grouped(self, statements: list[Statement], depth: int) -> list:
        groups: list = []
        at: dict[Statement, int] = {}
        for s in statements:
            label = s.order[depth] if depth < len(s.order) else None
            earliest = 0
            for u in at:
                if self._depends(s, u):
                    shared = label is not None and isinstance(groups[at[u]], Loop) and self._in_step(s, label, u, depth)
                    earliest = max(earliest, at[u] + (not shared))
            place = next((k for k in range(earliest, len(groups)) if self._joins(s, label, groups[k])), None)
            if place is None:
                place = len(groups)
                groups.append(s if label is None else Loop(s.dims[label], depth))
            at[s] = place
            if label is not None:
                groups[place].labels[s] = label
                self.path[s].append(groups[place])
        for group in groups:
            if isinstance(group, Loop):
                group.body = self._grouped(group.statements, depth + 1)
        return groups

    def _depends(self, s: Statement, u: Statement) -> bool:
        if u.key is not None:
            return False
        return u.value in s.reads or (u.value is s.value and s.key is None)

    def _in_step(self, s: Statement, label: int, u: Statement, depth: int) -> bool:
        """Whether `s` needs of `u` only what this turn of the loop makes."""
        theirs = u.order[depth] if depth < len(u.order) else None
        if theirs is None or theirs not in u.target or u.dims[theirs] is not s.dims[label] or _alone(u) or _alone(s):
            return False
        if u.kind == "reversed" or s.kind == "reversed":
            return False
        axis = u.target.index(theirs)
        needed = list(s.reads.get(u.value, []))
        if u.value is s.value:
            needed.append(s.target)
        return all([index[axis] == label for index in needed])

    def _joins(self, s: Statement, label, group) -> bool:
        """Whether a statement may run in a loop: of its size, and with something to share."""
        if label is None or not isinstance(group, Loop) or group.dim is not s.dims[label]:
            return False
        if _alone(s) or any(_alone(u) for u in group.statements):
            return False
        mine = {*s.reads, s.value}
        return any(
            not v.python and (v.dims or v in self.makers) and (v in u.reads or v is u.value)
            for u in group.statements
            for v in mine
        )

    # ------------------------------------------------------------------ what is no array

    def _dropped(self, v: Value) -> frozenset[int]:
        """The axes that `v` needs no memory for."""
        if v in self.whole:
            return frozenset()
        makers = self.makers[v]
        first = makers[0]
        common = list(self.path[first])
        for s in self._users(v):
            mine = self.path[s]
            common = [loop for loop in common if loop in mine]
        found = set()
        for loop in common:
            label = loop.labels[first]
            if label in first.target:
                axis = first.target.index(label)
                if all([s.target[axis] == loop.labels[s] for s in makers]):
                    found.add(axis)
        return frozenset(found)

    def _users(self, v: Value) -> list[Statement]:
        return [s for s in self.path if v in s.reads or s.value is v]


def _alone(s: Statement) -> bool:
    """Whether the turns of a loop depend on each other."""
    return s.kind in ("running", "reversed")
