"""Which values a program computes, in which order, and how often each is used.

An inverse that only meets a few thin arrays is not formed: its products become solves.
"""

from __future__ import annotations

from .values import Value

MOST_SOLVES = 2  # so many factorisations still cost less than one inverse


class Schedule:
    """`order`: the values that the outputs need, arguments first; `uses`: how often each is an argument or an output."""

    def __init__(self, outputs: list[Value]):
        self.instead: dict[Value, tuple[str, tuple, tuple]] = {}
        self._walk(outputs)
        if self._solve(outputs):
            self._walk(outputs)

    def op(self, v: Value) -> str:
        found = self.instead.get(v)
        return v.op if found is None else found[0]

    def params(self, v: Value) -> tuple:
        found = self.instead.get(v)
        return v.params if found is None else found[1]

    def args(self, v: Value) -> tuple:
        found = self.instead.get(v)
        return v.args if found is None else found[2]

    def _walk(self, outputs: list[Value]) -> None:
        self.uses: dict[Value, int] = {}
        self.users: dict[Value, list[Value]] = {}
        stack = list(outputs)
        for v in outputs:
            self.uses[v] = self.uses.get(v, 0) + 1
        seen: set[Value] = set()
        while stack:
            v = stack.pop()
            if v in seen:
                continue
            seen.add(v)
            for a in self.args(v):
                self.uses[a] = self.uses.get(a, 0) + 1
                self.users.setdefault(a, []).append(v)
                stack.append(a)
        self.order = sorted(seen, key=lambda v: v.serial)

    def _solve(self, outputs: list[Value]) -> bool:
        changed = False
        for v in self.order:
            if v.op != "inv" or len(v.dims) != 2 or v in outputs:
                continue
            users = self.users[v]
            if len(users) > MOST_SOLVES or any(not self._thin(u, v) for u in users):
                continue
            for u in users:
                (order_a, order_c), (a, c) = u.params, u.args
                if a is v:  # v @ c or v.T @ c
                    self.instead[u] = ("solve", (order_a == (1, 0), order_c, False), (v.args[0], c, *v.args[1:]))
                else:  # a @ v is (v.T @ a.T).T
                    turned = order_a if len(order_a) == 1 else (order_a[1], order_a[0])
                    self.instead[u] = ("solve", (order_c == (0, 1), turned, len(order_a) == 2), (v.args[0], a, *v.args[1:]))
                changed = True
        return changed

    def _thin(self, user: Value, inverse: Value) -> bool:
        """Whether `user` is the inverse times a vector, or the only product with a matrix."""
        if user.op != "matmul" or user.args[0] is user.args[1] or user in self.instead:
            return False
        other = user.args[1] if user.args[0] is inverse else user.args[0]
        return len(other.dims) == 1 or (len(other.dims) == 2 and len(self.users[inverse]) == 1)
