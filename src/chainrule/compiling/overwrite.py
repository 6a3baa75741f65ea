"""Writing a value over an array that nobody needs any more: `t *= …`, `np.exp(t, out=t)`.

An array may be overwritten when the program made it, this is its last use, no view of it is alive and the new value
has its shape.
"""

from __future__ import annotations

from fractions import Fraction

from .machine import BEYOND
from .values import Value


# maps of several operations, one after another in the array {t} that the first one fills
STEPWISE = {
    "sigmoid": ("np.negative({0}, out={t})", "np.exp({t}, out={t})", "{t} += 1", "np.divide(1, {t}, out={t})"),
    "silu": ("np.negative({0}, out={t})", "np.exp({t}, out={t})", "{t} += 1", "np.divide({0}, {t}, out={t})"),
    "softplus": (
        "np.abs({0}, out={t})", "np.negative({t}, out={t})", "np.exp({t}, out={t})", "np.log1p({t}, out={t})",
        "{t} += np.maximum({0}, 0)",
    ),
    "logsigmoid": (
        "np.abs({0}, out={t})", "np.negative({t}, out={t})", "np.exp({t}, out={t})", "np.log1p({t}, out={t})",
        "np.subtract(np.minimum({0}, 0), {t}, out={t})",
    ),
}  # fmt: skip


class Overwriting:
    """The part of a printer that reuses arrays."""

    def _is_reused(self, v: Value) -> bool:
        """Whether a line of its own is worth it, so that `v` can be written over its arguments: vectors stay short text
        while they are in the cache.
        """
        return len(v.dims) > 1 or v.entries >= BEYOND

    def _steps_of(self, v: Value) -> tuple[str, ...] | None:
        """The operations of a map whose array is beyond the cache, to be done in one place."""
        if not self.overwrites or self.analytic or self.s.op(v) != "map" or v.entries < BEYOND or v in self.called:
            return None
        declaration, (axes, *_) = v.params
        return STEPWISE.get(declaration.name) if axes == tuple(range(len(v.dims))) else None

    def _stepwise(self, v: Value, steps: tuple[str, ...]) -> None:
        x = v.args[0]
        spare = self._spare(x, v.params[1][0], v) if sum(["{0}" in step for step in steps]) == 1 else None
        text = self._arg(x)
        name = spare or self._fresh(v)
        first, *rest = [step.format(text, t=name) for step in steps]
        if spare:
            self._line(first, v)
        else:
            if self.tile:
                self.made[name] = len(self.lines), first, v.dims
            self._line(f"{name} = {first.replace(f', out={name}', '')}", v)
        for step in rest:
            self._line(step, v)
        self._spend()
        self.owned.add(name)
        self._assigned(v, name)

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
        over = None if v.mask else getattr(self, "_over_" + v.op, None)
        return over and over(v)

    def _over_mul(self, v: Value) -> str | None:
        (ax, ay), (x, y) = v.params, v.args
        if x is y:
            return None
        for u, axes, other, other_axes in ((x, ax, y, ay), (y, ay, x, ax)):
            name = self._spare(u, axes, v)
            if name and self._apart(other, name):
                return self._augmented(v, f"{name} *= {self._laid(other, other_axes, len(v.dims))}", name)
        return None

    def _over_div(self, v: Value) -> str | None:
        (ax, ay), (x, y) = v.params, v.args
        name = self._spare(x, ax, v)
        if name and self._apart(y, name):
            return self._augmented(v, f"{name} /= {self._laid(y, ay, len(v.dims))}", name)
        name = self._spare(y, ay, v)
        if name and self._is_reused(v) and self._apart(x, name):
            return self._augmented(v, f"np.divide({self._laid(x, ax, len(v.dims))}, {name}, out={name})", name)
        return None

    def _over_lin(self, v: Value) -> str | None:
        coefs, axes = v.params[0], v.params[1]
        if len(v.args) == 1:
            name = self._spare(v.args[0], axes[0], v) if coefs[0] == -1 and self._is_reused(v) else None
            return self._augmented(v, f"np.negative({name}, out={name})", name) if name else None
        if len(v.args) > 2:
            return None
        for own, further in ((0, 1), (1, 0)):
            name, other, c = self._spare(v.args[own], axes[own], v), v.args[further], coefs[further]
            if name and coefs[own] == 1 and self._apart(other, name):
                sign = "-=" if c < 0 else "+="
                return self._augmented(v, f"{name} {sign} {self._term(abs(c), other, axes[further], len(v.dims))}", name)
        for below, above in ((0, 1), (1, 0)) if self._is_reused(v) else ():
            name, other, c = self._spare(v.args[below], axes[below], v), v.args[above], coefs[above]
            if name and coefs[below] == -1 and c > 0 and self._apart(other, name):
                left = self._term(c, other, axes[above], len(v.dims), 0)
                return self._augmented(v, f"np.subtract({left}, {name}, out={name})", name)
        return None

    def _over_map(self, v: Value) -> str | None:
        if len(v.args) > 1 or not self._is_reused(v) or v.params[1][0] != tuple(range(len(v.dims))):
            return None
        return self._over_by(v, self._template(v.params[0]) or "")

    def _over_exp(self, v: Value) -> str | None:
        return self._over_by(v, f"np.{v.op}({{0}})")

    _over_log = _over_exp

    def _over_pow(self, v: Value) -> str | None:
        return self._over_by(v, "np.sqrt({0})") if v.params[0] == Fraction(1, 2) and self._is_reused(v) else None

    def _over_by(self, v: Value, template: str) -> str | None:
        """`v` over its argument by one function of NumPy, if the template is that."""
        simple = template.startswith("np.") and template.endswith("({0})") and template.count("(") == 1
        name = self._spare(v.args[0], tuple(range(len(v.dims))), v) if simple else None
        return self._augmented(v, template.replace("({0})", f"({name}, out={name})"), name) if name else None

    def _spare(self, u: Value, axes: tuple, v: Value, turned: bool = False) -> str | None:
        """The name of `u`, if `v` may be written over it; if `turned`, with its axes in another order."""
        name = self.name.get(u)
        if name is None or name not in self.owned or self.left[name] != 1 or u in self.kept or u.mask or u in self.called:
            return None
        return name if turned or u.dims == v.dims and axes == tuple(range(len(v.dims))) else None

    def _apart(self, other: Value, name: str) -> bool:
        """Whether the text of `other` does not mention `name`."""
        waiting = self.waiting.get(other)
        return self.name.get(other) != name and (waiting is None or name not in waiting[2])

    def _augmented(self, v: Value, line: str, name: str) -> str:
        self._line(line, v)
        self.refs.append(name)
        self._spend()
        return name

    def _into(self, v: Value, target: str) -> str | None:
        """The line that writes `v` into an array that is there already, or None if its operation cannot."""
        op, params, args, rank = self.s.op(v), self.s.params(v), self.s.args(v), len(v.dims)
        if v in self.s.instead or v.mask:
            return None
        if op in ("mul", "div") and any([not a.python for a in args]):
            left, right = [self._laid(a, axes, rank) for a, axes in zip(args, params)]
            return f"np.{'multiply' if op == 'mul' else 'divide'}({left}, {right}, out={target})"
        if op == "lin" and params[0] == (-1,):
            return f"np.negative({self._laid(args[0], params[1][0], rank)}, out={target})"
        if op == "lin" and len(args) == 2:
            (c, d), axes = params[0], params[1]
            if c < 0 and (c != -1 or d < 0):
                return None
            if c < 0:
                c, d, args, axes = d, c, args[::-1], axes[::-1]
            left, right = self._term(c, args[0], axes[0], rank, 0), self._term(abs(d), args[1], axes[1], rank, 0)
            return f"np.{'subtract' if d < 0 else 'add'}({left}, {right}, out={target})"
        if op == "pow" and params[0] == 2 and args[0] in self.name:
            return f"np.multiply({self._arg(args[0])}, {self._arg(args[0])}, out={target})"
        if op in ("exp", "log"):
            return f"np.{op}({self._arg(args[0])}, out={target})"
        if op == "map" and len(args) == 1 and not args[0].python:
            template = self._template(params[0]) or ""
            if template.startswith("np.") and template.endswith("({0})") and template.count("(") == 1:
                return template.replace("({0})", f"({self._laid(args[0], params[1][0], rank)}, out={target})")
        return None
