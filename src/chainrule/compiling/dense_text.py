"""Text for results with patterns: zeros or a base, and pieces added on their diagonals and slices."""

from __future__ import annotations

from ..core.dims import Dim, dim
from .kinds import VIEWS
from .spelling import ATOM, MATMUL, letters
from .values import Value

UNOWNED = VIEWS | {"input", "number", "size", "map", "struct"}  # what may be, or may share memory with, another array


def is_view(v: Value) -> bool:
    """Whether the array is another one seen differently."""
    return v.op in VIEWS or v.op == "einsum" and len(v.args) == 1 and set(v.params[1]) == set(v.params[0][0])


def in_rows(v: Value) -> bool:
    """Whether the array that the program makes for `v` certainly has its entries row by row in memory."""
    rank = len(v.dims)
    if v.op in ("matmul", "inv"):
        return rank == 2
    if v.op in ("mul", "div", "lin"):
        places = v.params[1] if v.op == "lin" else v.params
        full = [(a, axes) for a, axes in zip(v.args, places) if len(axes) > 1]
        return rank == 2 and all([axes == (0, 1) and in_rows(a) for a, axes in full])
    return v.op == "assemble" and (v.params[0] is None or v.params[0] == (0, 1) and in_rows(v.args[0]))


class DenseText:
    """The part of a printer that fills arrays piece by piece and hands out results."""

    def _spread(self, v: Value) -> tuple[str, int]:
        x = v.args[0]
        shape = self._shape(v.dims)
        if not x.dims:
            if x.op == "number" and x.params[0] == 0:
                return self._filling("zeros", shape), ATOM
            if x.op == "number" and x.params[0] == 1:
                return self._filling("ones", shape), ATOM
            return self._full(shape, x), ATOM
        return self._copied(f"{self.np}.broadcast_to({self._laid(x, v.params[0], len(v.dims))}, {shape})"), ATOM

    def _filling(self, word: str, *sizes: str) -> str:
        """A new array by the function `word`: zeros, ones, eye, empty."""
        typed = ["dtype=np.float32"] if self.float32 else []
        return f"{self.np}.{word}({', '.join([*sizes, *typed])})"

    def _full(self, shape: str, x: Value) -> str:
        if self.float32:
            return f"np.full({shape}, {self._arg(x)}" + (", np.float32)" if x.python or x in self.floats else ")")
        return f"np.full({shape}, {self._arg(x)}" + (", float)" if x.python else ")")

    def _copied(self, text: str) -> str:
        """An array that shares no memory with another one."""
        return f"{text}.copy()"

    def _assemble(self, v: Value) -> None:
        axes, places = v.params
        pieces = list(zip(places, v.args if axes is None else v.args[1:]))
        if axes is None and len(pieces) == 1 and pieces[0][0] == ((0, 0), ()):
            x = pieces[0][1]
            n = self._dim(v.dims[0])
            text = f"{self.np}.diag({self._arg(x)})" if x.dims else self._filling("eye", n)
            if not x.dims and not (x.op == "number" and x.params[0] == 1):
                text = f"{self._arg(x, MATMUL)} * {text}"
            name = self._fresh(v)
            self._line(f"{name} = {text}", v)
        else:
            name = self._base(v, axes)
            self.blank = self.np == "np" and axes is None  # whether the first piece may be put instead of added
            for (out, embed), x in pieces:
                self._put(name, v, out, dict(embed), x)
                self.blank = False
        self._spend()
        self.owned.add(name)
        self._assigned(v, name)

    def _gram(self, v: Value) -> None:
        """Xᵀ diag(w) X for each weight or pair of weights, of which `root` has the roots as columns."""
        x, (X, root) = v.args[0], [self._arg(a, ATOM) for a in v.args]
        name = self._fresh(v)
        if not self.counters:
            self.counters = self.names.fresh("i"), self.names.fresh("j")
        i, j = self.counters
        self._line(f"{name} = np.empty({self._shape(v.dims)}{self._kind})", v)
        scaled = self.scaled_rows.get(x.dims)
        if scaled is None:  # what each pass fills anew
            scaled = self.scaled_rows[x.dims] = self._fresh()
            self._line(f"{scaled} = np.empty({self._shape(x.dims)}{self._kind})", x)
        self._line(f"for {i} in range({self._dim(v.dims[0])}):")
        if len(v.dims) == 3:
            self._line(f"    np.multiply({X}, {root}[:, {i}, None], out={scaled})")
            self._line(f"    np.matmul({scaled}.T, {scaled}, out={name}[{i}])")
        else:
            self._line(f"    for {j} in range({i} + 1):")
            self._line(f"        np.multiply({X}, ({root}[:, {i}] * {root}[:, {j}])[:, None], out={scaled})")
            self._line(f"        {name}[{i}, {j}] = {name}[{j}, {i}] = {scaled}.T @ {scaled}")
        self._spend()
        self.owned.add(name)
        self._assigned(v, name)

    def _diagonal(self, name: str, v: Value, out: tuple, embed: dict) -> str | None:
        """A diagonal of a matrix whose entries lie row by row in memory, as every so many of them."""
        if self.np != "np" or len(out) != 2 or out[0] != out[1] or any(embed[t][2] != 1 for t in embed):
            return None
        if v.params[0] is not None and (v.params[0] != (0, 1) or not in_rows(v.args[0])):
            return None
        (rows, columns), zero = v.dims, dim(0)
        count, down, _ = embed.get(0, (rows, zero, 1))
        _, across, _ = embed.get(1, (columns, zero, 1))
        down, across = [x if isinstance(x, Dim) else dim(x) for x in (down, across)]
        first = down * columns + across
        to_the_end = down + count is rows or down + count + 1 is rows and across + count is columns
        stop = "" if to_the_end else self._dim(first + count * (columns + 1))
        return f"{name}.ravel()[{'' if first.value == 0 else self._dim(first)}:{stop}:{self._dim(columns + 1)}]"

    def _base(self, v: Value, axes: tuple | None) -> str:
        """A fresh array that the pieces of `v` are added to; returns its name."""
        kind = self._kind
        if axes is None:
            name = self._fresh(v)
            self._line(f"{name} = {self._filling('zeros', self._shape(v.dims), *['complex'] * self.analytic)}", v)
            return name
        x = v.args[0]
        straight = x.dims == v.dims and axes == tuple(range(len(v.dims)))
        spare = self._spare(x, axes, v) if straight and not self.analytic else None
        if spare:
            self.refs.append(spare)
            return spare
        turned = len(x.dims) == len(v.dims) and not straight and not self.analytic and self._spare(x, axes, x, turned=True)
        name = self._fresh(v)
        if turned:
            self._line(f"{name} = {self._laid(x, axes, len(v.dims))}", v)
        elif straight and x in self.waiting and not is_view(x) and x.op not in UNOWNED:
            text = self._arg(x)
            self._line(f"{name} = {text}" if not self.analytic else f"{name} = np.array({text}, complex)", v)
        elif (
            len(x.dims) == len(v.dims)
            and x in self.waiting
            and not is_view(x)
            and x.op not in UNOWNED
            and not self.analytic
        ):
            self._line(f"{name} = {self._laid(x, axes, len(v.dims))}", v)
        elif len(x.dims) == len(v.dims):
            self._line(f"{name} = {self._new(self._laid(x, axes, len(v.dims)), kind)}", v)
        else:
            self._spread_into(name, v, self._laid(x, axes, len(v.dims)), kind)
        return name

    def _new(self, text: str, kind: str = "") -> str:
        """A new array with the entries of another one, which may be complex."""
        return f"np.array({text}{kind})"

    def _spread_into(self, name: str, v: Value, text: str, kind: str) -> None:
        self._line(f"{name} = np.empty({self._shape(v.dims)}{kind})", v)
        self._line(f"{name}[...] = {text}")

    def _put(self, name: str, v: Value, out: tuple, embed: dict, x: Value) -> None:
        """Add one piece to the diagonal or the slice of the array `name` that it fills."""
        rank = len(x.dims)
        own = {t: a for t, a in enumerate(out) if a >= 0}
        free = iter(range(1000, 2000))
        labels = tuple([own[t] if t in own else next(free) for t in range(len(out))])
        target = self._diagonal(name, v, out, embed)
        if target:
            self._line(f"{target} {'=' if self.blank else '+='} {self._arg(x)}")
            return
        target = name
        if embed:
            index = []
            for t, d in enumerate(v.dims):
                index.append(self._cut(("cut", *embed[t]) if t in embed else None, d))
            while index[-1] == ":":
                index.pop()
            target = f"{name}[{', '.join(index)}]"
        if len(set(labels)) < len(labels):
            view = tuple(dict.fromkeys(labels))
            small = {a: i for i, a in enumerate(view)}
            spec = f"{letters([small[a] for a in labels])}->{letters([small[a] for a in view])}"
            target = f'{self.np}.einsum("{spec}", {target})[...]'
        else:
            view = labels
            target = target if embed else f"{name}[...]"
        put = "=" if self.np == "np" and self.blank else "+="
        self._line(f"{target} {put} {self._laid(x, tuple([view.index(a) for a in range(rank)]), len(view))}")

    def _output(self, v: Value) -> str:
        text = self._arg(v)
        if not v.dims:
            if v.op == "input" and v not in self.floats:
                return f"{text}[()]"
            return self._scalar(text) if v.python or v in self.floats else text
        if v in self.handed_out:
            return self._copied(text)
        self.handed_out.add(v)
        base, shared = v, False
        while is_view(base):
            base = base.args[0]
            shared = True
        return self._copied(text) if base.op == "input" or shared and self.s.uses[base] > 1 else text
