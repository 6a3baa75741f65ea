"""Writing a value over an array that nobody needs any more: `t *= …`, `np.exp(t, out=t)`.

An array may be overwritten when the program made it, this is its last use, no view of it is alive and the new value
has its shape.
"""

from __future__ import annotations

from fractions import Fraction

from .values import Value


class Overwriting:
    """The part of a printer that reuses arrays."""

    def _flush(self, v: Value) -> None:
        """Give waiting reductions of an array a line of their own, so that the array can be overwritten next."""
        names = [self.name[a] for a in v.args if a in self.name and a.dims == v.dims]
        for a in v.args:
            waiting = self.waiting.get(a)
            if (
                waiting
                and len(a.dims) < len(v.dims)
                and any(n in waiting[2] and n in self.owned and self.left[n] == 2 for n in names)
            ):
                text, _, self.refs = self.waiting.pop(a)
                name = self._fresh()
                self._line(f"{name} = {text}", a)
                self._spend()
                self._assigned(a, name)
                self.refs = []

    def _overwritten(self, v: Value) -> str | None:
        """Print `v` into an array that nobody needs any more, if there is one; returns its name."""
        if v.mask or v.op not in ("mul", "div", "lin", "map", "exp", "log", "pow"):
            return None
        if v.op == "mul":
            (ax, ay), (x, y) = v.params, v.args
            if x is y:
                return None
            for u, axes, other, other_axes in ((x, ax, y, ay), (y, ay, x, ax)):
                name = self._spare(u, axes, v)
                if name and self._apart(other, name):
                    return self._augmented(v, f"{name} *= {self._laid(other, other_axes, len(v.dims))}", name)
        elif v.op == "div":
            (ax, ay), (x, y) = v.params, v.args
            name = self._spare(x, ax, v)
            if name and self._apart(y, name):
                return self._augmented(v, f"{name} /= {self._laid(y, ay, len(v.dims))}", name)
            name = self._spare(y, ay, v)
            if name and len(v.dims) > 1 and self._apart(x, name):
                return self._augmented(v, f"np.divide({self._laid(x, ax, len(v.dims))}, {name}, out={name})", name)
        elif v.op == "lin" and len(v.args) == 1 and v.params[0][0] == -1 and len(v.dims) > 1:
            name = self._spare(v.args[0], v.params[1][0], v)
            if name:
                return self._augmented(v, f"np.negative({name}, out={name})", name)
        elif v.op == "lin" and len(v.args) == 2:
            (c, d), axes = v.params[0], v.params[1]
            x, y = v.args
            name = self._spare(x, axes[0], v)
            if name and c == 1 and self._apart(y, name):
                sign = "-=" if d < 0 else "+="
                return self._augmented(v, f"{name} {sign} {self._term(abs(d), y, axes[1], len(v.dims))}", name)
            name = self._spare(y, axes[1], v)
            if name and d == 1 and self._apart(x, name):
                sign = "-=" if c < 0 else "+="
                return self._augmented(v, f"{name} {sign} {self._term(abs(c), x, axes[0], len(v.dims))}", name)
        elif v.op in ("exp", "log") or v.op == "map" and len(v.args) == 1 and len(v.dims) > 1:
            template = f"np.{v.op}({{0}})" if v.op != "map" else self._template(v.params[0])
            x = v.args[0]
            name = self._spare(x, tuple(range(len(x.dims))), v)
            simple = template and template.startswith("np.") and template.endswith("({0})") and template.count("(") == 1
            if name and simple and (v.op != "map" or v.params[1][0] == tuple(range(len(v.dims)))):
                return self._augmented(v, template.replace("({0})", f"({name}, out={name})"), name)
        elif v.op == "pow" and v.params[0] == Fraction(1, 2) and len(v.dims) > 1:
            name = self._spare(v.args[0], tuple(range(len(v.dims))), v)
            if name:
                return self._augmented(v, f"np.sqrt({name}, out={name})", name)
        return None

    def _spare(self, u: Value, axes: tuple, v: Value) -> str | None:
        """The name of `u`, if `v` may be written over it."""
        name = self.name.get(u)
        if name is None or name not in self.owned or self.left[name] != 1 or u in self.kept or u.mask or u in self.called:
            return None
        return name if u.dims == v.dims and axes == tuple(range(len(v.dims))) else None

    def _apart(self, other: Value, name: str) -> bool:
        """Whether the text of `other` does not mention `name`."""
        waiting = self.waiting.get(other)
        return self.name.get(other) != name and (waiting is None or name not in waiting[2])

    def _augmented(self, v: Value, line: str, name: str) -> str:
        self._line(line, v)
        self.refs.append(name)
        self._spend()
        return name
