"""JAX source for a schedule of values: the NumPy printer with what is spelled otherwise in JAX.

Functions are those of the `jax` templates of the declarations. Arrays of JAX are never changed: what NumPy adds into a
slice or a diagonal is `x.at[…].add(…)` here. New arrays have the type of the first argument.
"""

from __future__ import annotations

from ..core.dims import Dim
from .costs import FACTORISED, HOLDING
from .numpy_text import NumPyText
from .spelling import ATOM, axis_text
from .values import Value


KEPT = HOLDING | FACTORISED.keys()  # what is computed by a routine of its own, and never fused


class JaxText(NumPyText):
    """Prints a schedule as a program of jax.numpy, which jax.jit takes as it is."""

    np = "jnp"
    overwrites = False
    spells_floats = False

    @property
    def inside(self) -> set[Value]:
        """What XLA may fuse with what it is used for, so that it is never whole."""
        return {v for v in self.s.order if self.s.op(v) not in KEPT}

    @inside.setter
    def inside(self, found) -> None:
        """The compiler of JAX decides alone."""

    @property
    def _dtype(self) -> str:
        first = next((self.inputs[v.params[0]] for v in self.s.order if v.op == "input" and not v.mask), None)
        return "float" if first is None else f"{first}.dtype"

    def _template(self, declaration) -> str | None:
        return declaration.jax

    def _scalar(self, text: str) -> str:
        return f"jnp.asarray({text}, {self._dtype})"

    def _filled(self, v: Value, i: int, text: str) -> str:
        if v.params[0].name == "where":
            return text if i or v.args[i].mask else f"({text} != 0)"
        return super()._filled(v, i, text)

    def _cast(self, v: Value) -> tuple[str, int]:
        return f"{self._arg(v.args[0], ATOM)}.astype({self._dtype})", ATOM

    def _tensordot(self, v: Value) -> tuple[str, int]:
        (a, c), (over_a, over_c) = v.args, v.params
        return f"jnp.tensordot({self._arg(a)}, {self._arg(c)}, axes=({list(over_a)}, {list(over_c)}))", ATOM

    def _sum(self, v: Value) -> tuple[str, int]:
        return f"{self._arg(v.args[0], ATOM)}.sum({axis_text(v)})", ATOM

    def _cumsum(self, v: Value) -> tuple[str, int]:
        axis, reverse = v.params
        x = self._arg(v.args[0])
        if not reverse:
            return f"jnp.cumsum({x}, axis={axis})", ATOM
        return f"jnp.flip(jnp.cumsum(jnp.flip({x}, {axis}), axis={axis}), {axis})", ATOM

    # ------------------------------------------------------------------ new arrays

    def _filling(self, word: str, *sizes: str) -> str:
        return f"jnp.{word}({', '.join(sizes)}, dtype={self._dtype})"

    def _full(self, shape: str, x: Value) -> str:
        return f"jnp.full({shape}, {self._arg(x)}, dtype={self._dtype})"

    def _copied(self, text: str) -> str:
        return text

    def _new(self, text: str, kind: str = "") -> str:
        return text

    def _spread_into(self, name: str, v: Value, text: str, kind: str) -> None:
        if v.args[0].python:  # an integer would make an array of integers, and what is added to it be rounded
            self._line(f"{name} = jnp.full({self._shape(v.dims)}, {text}, {self._dtype})", v)
        else:
            self._line(f"{name} = jnp.broadcast_to({text}, {self._shape(v.dims)})", v)

    def _constant(self, v: Value) -> tuple[str, int]:
        kind, params = v.params
        sizes = [self._dim(d) for d in v.dims]
        if kind == "tril":
            return f"jnp.tri({sizes[0]}, {sizes[1]}, {params[0]}, dtype={self._dtype})", ATOM
        if kind == "merge":
            return f"{self._filling('eye', sizes[2])}.reshape({', '.join(sizes)})", ATOM
        start, step = params
        at = self._dim(start) if isinstance(start, Dim) else str(start)
        places = f"(jnp.arange({sizes[1]}) == {at} + {step} * jnp.arange({sizes[0]})[:, None])"
        return f"{places}.astype({self._dtype})", ATOM

    def _put(self, name: str, v: Value, out: tuple, embed: dict, x: Value) -> None:
        labels = [a if a >= 0 else 1000 + t for t, a in enumerate(out)]
        shared = list(dict.fromkeys([a for a in labels if labels.count(a) > 1]))
        if len(shared) < 2:  # at most one diagonal: the other axes are slices
            index = [
                self._places(v, t, embed) if a in shared else self._cut(("cut", *embed[t]) if t in embed else None, v.dims[t])
                for t, a in enumerate(labels)
            ]
            view = list(dict.fromkeys(labels))
            at = [t for t, a in enumerate(labels) if a in shared]
            if at and at[-1] - at[0] >= len(at):  # slices between arrays of places: the axis of these comes first
                view = [*shared, *[a for a in view if a not in shared]]
            while index and index[-1] == ":":
                index.pop()
        else:  # each axis of the piece has its own axis in the arrays of places
            view = list(dict.fromkeys(labels))
            index = []
            for t, a in enumerate(labels):
                spread = ", ".join([":" if k == view.index(a) else "None" for k in range(len(view))])
                places = self._places(v, t, embed)
                index.append(f"{places if places.endswith(')') else f'({places})'}[{spread}]")
        laid = self._laid(x, tuple([view.index(a) for a in range(len(x.dims))]), len(view))
        self._line(f"{name} = {name}.at[{', '.join(index) or '...'}].add({laid})")

    def _places(self, v: Value, t: int, embed: dict) -> str:
        """The entries along axis `t` that a piece fills, as an array."""
        count, start, step = embed.get(t, (v.dims[t], None, 1))
        if start is None or start.value == 0:
            return f"jnp.arange({self._dim(count)})" if step == 1 else f"({step} * jnp.arange({self._dim(count)}))"
        first, last = self._dim(start), self._dim(start + (count - 1) * step + 1)
        return f"jnp.arange({first}, {last}{f', {step}' if step != 1 else ''})"

    def _output(self, v: Value) -> str:
        text = self._arg(v)
        return self._scalar(text) if v.python else text
