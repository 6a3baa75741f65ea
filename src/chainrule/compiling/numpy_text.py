"""NumPy source for a schedule of values: one line for each value that is used more than once, with its shape.

Values used once are written where they are used. Arrays that nobody needs any more are overwritten (`t *= …`,
`np.exp(t, out=t)`); work on arrays beyond the cache is done in blocks of rows (`tiles`). With `analytic` the source is for complex arguments near the real axis: every operation is then
the `evaluate` of its declaration, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..core.dims import Dim
from ..ops.templates import ALONE, pieces
from .array_text import ArrayText
from .cholesky import CholeskyText
from .dense_text import UNOWNED, DenseText, is_view
from .names import Names, shape_text
from .overwrite import Overwriting
from .scalar_text import ScalarText
from .schedule import Schedule
from .single_text import SingleText, weak_constants
from .spelling import ADD, ATOM, MATMUL, MUL, POWER, UNARY, exponent_text, number_text, template_level, transposed
from .tile_text import TileText
from .tiles import Tile, in_tiles
from .values import Value

MOST_TERMS = 12  # of a sum, on one line
LONGEST = 64  # characters of a value that is written where it is used

STEPS = ("np.", "+", "-", "*", "/", ">", "<")  # what stands for an array operation in a template

# powers of an array without the general power, which takes ten times as long
SPELLED_POWERS = {
    2: "{0} * {0}",
    3: "{0} * {0} * {0}",
    4: "{np}.square({0} * {0})",
    5: "{np}.square({0} * {0}) * {0}",
    6: "{np}.square({0} * {0} * {0})",
    7: "{np}.square({0} * {0} * {0}) * {0}",
    8: "{np}.square({np}.square({0} * {0}))",
    Fraction(3, 2): "{0} * {np}.sqrt({0})",
    Fraction(5, 2): "{0} * {0} * {np}.sqrt({0})",
}

# spellings faster than the declared ones, equally safe: overflow to inf is meant, its warning is silenced
FASTER = {
    "sigmoid": "1/(1 + np.exp(-{0}))",
    "logsigmoid": "np.minimum({0}, 0) - np.log1p(np.exp(-np.abs({0})))",
    "softplus": "np.maximum({0}, 0) + np.log1p(np.exp(-np.abs({0})))",
    "silu": "{0}/(1 + np.exp(-{0}))",
    "mish": "{0}*np.tanh(np.maximum({0}, 0) + np.log1p(np.exp(-np.abs({0}))))",
    "step": "({0} > 0)",
}


class NumPyText(ArrayText, Overwriting, TileText, ScalarText, SingleText, DenseText, CholeskyText):
    """Prints a schedule. After it, `lines` are the text, `dims_used` the sizes it needs, `calls` what it calls, `imports`
    its imports.

    The printer for another framework is a subclass that spells otherwise what differs there (`torch_text`, `jax_text`).
    `called` wishes names for some values; each of these has a line of its own, and is not overwritten. With `floats`
    the parameters without axes are Python floats, with `float32` those with axes are arrays of float32, and so is all
    that is made of them.
    """

    np = "np"  # what the functions of the framework are called from
    overwrites = True  # arrays that nobody needs any more
    spells_floats = True  # scalars may be spelled as Python floats

    def __init__(
        self,
        schedule: Schedule,
        outputs: dict[str, Value],
        names: Names,
        inputs: dict[str, str],
        sizes: dict[str, str],
        analytic: bool = False,
        called: dict[Value, str] | None = None,
        floats: bool = False,
        float32: bool = False,
    ):
        self.s, self.outputs, self.names, self.analytic = schedule, outputs, names, analytic
        self.called = called or {}
        self.inputs, self.sizes = inputs, sizes
        self.dims_used: dict[str, None] = {}
        self.calls: dict[str, Callable] = {}
        self.imports: dict[str, None] = {}
        self.lines: list[str] = []
        self.name: dict[Value, str] = {}  # values that have a variable
        self.waiting: dict[Value, tuple[str, int, list[str]]] = {}  # values to be written where they are used
        self.left: dict[str, int] = {}  # uses of a variable still to come
        self.owned: set[str] = set()
        self.refs: list[str] = []
        self.temporaries = 0
        self.uses = dict(schedule.uses)  # within a loop: in the loop
        self.tile: Tile | None = None  # the loop that is being printed
        self.loop_names: tuple[str, str] | None = None
        self.counters: tuple[str, str] | None = None  # of loops over columns
        self.helpers: dict[str, str] = {}  # functions written above the program, by the operation that they serve
        self.scaled_rows: dict[tuple, str] = {}  # arrays that such loops fill again and again, by their dims
        self.spelling_floats, self.float32 = floats and not analytic, float32
        self.floats = self._python_floats()
        self.kept = set(outputs.values())
        self.named = self._must_be_named()
        self.inside: set[Value] = set()  # what is never there as a whole: made in blocks
        for v in self._order():
            if isinstance(v, Tile):
                self._loop(v)
                self.inside |= set(v.values).difference(v.sums, v.stored)
            else:
                self._emit(v)
        self.handed_out: set[Value] = set()  # outputs that are the array of one key already
        self.returned = {key: self._output(v) for key, v in outputs.items()}

    # ------------------------------------------------------------------ one value

    def _order(self) -> list[Value | Tile]:
        """The values as they are printed, arguments first."""
        return in_tiles(self.s, self.kept, self._steps) if self.overwrites and not self.analytic else self.s.order

    def _steps(self, v: Value) -> int:
        """About how many array operations the text of `v` has."""
        op, params = self.s.op(v), self.s.params(v)
        if op == "lin":
            return len(params[0]) - 1 + sum([abs(c) != 1 for c in params[0]])
        if op == "pow":
            return SPELLED_POWERS.get(params[0], "").count("*") + 1
        if op == "map":
            template = self._template(params[0]) or ""
            return max(1, sum([template.count(word) for word in STEPS]))
        return 1

    def _must_be_named(self) -> set[Value]:
        found = set(self.called)
        for v in self.s.order:
            op, args = self.s.op(v), self.s.args(v)
            if op == "pow" and args[0].dims and self.s.params(v)[0] in SPELLED_POWERS:
                found.add(args[0])
            elif op == "gram":  # in a loop
                found.update(args)
            elif op in ("map", "struct") and not self.analytic:
                template = self._template(self.s.params(v)[0])
                if template:
                    found.update(a for i, a in enumerate(args) if template.count("{%d}" % i) > 1)
                if not self.overwrites:
                    continue
                if self._steps_of(v):
                    found.add(args[0])
                if op == "map" and template and template.startswith("np.") and v.dims and self._is_reused(v):
                    found.update(args)  # so that it can be overwritten
            elif self.overwrites and op in ("exp", "log") and self._is_reused(v):
                found.update(args)
        return {v for v in found if not v.python}

    def _emit(self, v: Value) -> None:
        op = self.s.op(v)
        if op == "input":
            self.name[v] = self.inputs[v.params[0]]
            self.left[self.name[v]] = self.uses[v]
            return
        self.refs = []
        if op in ("assemble", "gram"):
            getattr(self, "_" + op)(v)
            return
        overwrites = self.overwrites and not self.analytic
        if v.dims and overwrites and self._is_reused(v) and op in ("mul", "div", "lin"):
            self._flush(v)
        steps = self._steps_of(v)
        if steps:
            self._stepwise(v, steps)
            return
        free = overwrites and v.dims and v not in self.s.instead and v not in self.called
        target = self._overwritten(v) if free else None
        if target is not None:
            self._assigned(v, target)
            return
        if op == "lin" and len(v.args) > MOST_TERMS:
            self._long_sum(v)
            return
        text, level = self._spelled(v)
        once = self.uses[v] == 1 and v not in self.named and not (v in self.kept and is_view(v))
        if once and len(text) <= LONGEST or op in ("number", "size"):
            self.waiting[v] = (text, level, self.refs)
            return
        name = self._fresh(v)
        if self.tile:
            self._note_origin(v, name)
        self._line(f"{name} = {text}", v)
        self._spend()
        view = is_view(v)
        if not view and op not in UNOWNED or self._template_is_fresh(v):
            self.owned.add(name)
        if view:  # whoever is seen through this name must not be overwritten
            self.owned.difference_update(self.refs)
        self._assigned(v, name)

    def _spelled(self, v: Value) -> tuple[str, int]:
        text, level = v in self.floats and self._float(v) or getattr(self, "_" + self.s.op(v))(v)
        if self.float32 and self._is_double(v):
            return self._narrowed(text, level), ATOM
        return text, level

    def _template_is_fresh(self, v: Value) -> bool:
        return (
            v.op == "map" and not v.mask and not self.analytic and (self._template(v.params[0]) or "").startswith("np.")
        )

    def _assigned(self, v: Value, name: str) -> None:
        self.name[v] = name
        self.left[name] = self.uses[v]

    def _fresh(self, v: Value | None = None) -> str:
        if v in self.called:
            return self.names.fresh(self.called[v])
        self.temporaries += 1
        return self.names.fresh(f"t{self.temporaries}")

    def _line(self, text: str, v: Value | None = None) -> None:
        if v is not None:
            cut = self.tile.axis.get(v) if self.tile else None
            shape = shape_text([d if t != cut else "rows" for t, d in enumerate(v.dims)])
            text = f"{text}  # {shape}"
        self.lines.append(text)

    def _spend(self) -> None:
        for name in self.refs:
            self.left[name] -= 1

    # -------------------------------------------------------------- arguments as text

    def _arg(self, v: Value, level: int = 0) -> str:
        """`v` as text, in parentheses if it binds less than `level`."""
        name = self.name.get(v)
        if name is not None:
            self.refs.append(name)
            return name
        text, own, refs = self.waiting[v]
        self.refs.extend(refs)
        return text if own >= level else f"({text})"

    def _laid(self, v: Value, axes: tuple, rank: int, level: int = 0) -> str:
        """`v` laid over an array with `rank` axes, its axis t on axis axes[t]."""
        if not axes or axes == tuple(range(rank - len(axes), rank)):
            return self._arg(v, level)
        text = self._arg(v, ATOM)
        order = sorted(range(len(axes)), key=axes.__getitem__)
        if order != list(range(len(axes))):
            text += self._turned(tuple(order))
        places = sorted(axes)
        if places == list(range(rank - len(axes), rank)):
            return text
        index = [":" if t in places else "None" for t in range(places[0], rank)]
        return f"{text}[{', '.join(index)}]"

    def _dim(self, d: Dim) -> str:
        for name in d.names:
            self.dims_used[name] = None
        return d.python() if not d.names else self._renamed(d)

    def _renamed(self, d: Dim) -> str:
        if all(self.sizes[name] == name for name in d.names):
            return d.python()
        parts = []
        for names, c in d.terms:
            factors = ([str(abs(c))] if abs(c) != 1 or not names else []) + [self.sizes[n] for n in names]
            parts.append(("-" if c < 0 else "+") + "*".join(factors))
        return "".join(parts).lstrip("+")

    def _shape(self, dims) -> str:
        inner = ", ".join([self._dim(d) for d in dims])
        return f"({inner},)" if len(dims) == 1 else f"({inner})"

    # ------------------------------------------------------------------------ scalars

    def _digits(self, value) -> tuple[str, int]:
        """A number as text, with how tightly it binds."""
        text, level = number_text(value)
        return text.replace("np.", f"{self.np}."), level

    def _scalar(self, text: str) -> str:
        """A Python number as a number of the framework."""
        return f"np.float32({text})" if self.float32 else f"np.float64({text})"

    def _turned(self, order: tuple) -> str:
        """The suffix that reorders axes."""
        return transposed(order)

    def _number(self, v: Value) -> tuple[str, int]:
        return self._digits(v.params[0])

    def _size(self, v: Value) -> tuple[str, int]:
        text = self._dim(v.params[0])
        if text.isidentifier() or text.isdigit():
            return text, ATOM
        return text, ADD if "+" in text or "-" in text else MUL

    # -------------------------------------------------------------------- elementwise

    def _mul(self, v: Value) -> tuple[str, int]:
        (ax, ay), (x, y) = v.params, v.args
        rank = len(v.dims)
        if (not y.dims, y.python, len(ay)) > (not x.dims, x.python, len(ax)) and (not y.dims or len(ay) > len(ax)):
            x, y, ax, ay = y, x, ay, ax
        left = self._laid(x, ax, rank, MUL)
        right = self._laid(y, ay, rank, MUL)
        return f"{left} * {right}", MUL

    def _div(self, v: Value) -> tuple[str, int]:
        (ax, ay), (x, y) = v.params, v.args
        rank = len(v.dims)
        level = MATMUL if x.op == "number" and x.params[0] == 1 else MUL
        return f"{self._laid(x, ax, rank, MUL)} / {self._laid(y, ay, rank, UNARY)}", level

    def _pow(self, v: Value) -> tuple[str, int]:
        e, x = v.params[0], v.args[0]
        if x.python:
            return f"{self._arg(x, ATOM)}**{exponent_text(e)}", POWER
        if e == Fraction(1, 2) and x.dims:
            return f"{self.np}.sqrt({self._arg(x)})", ATOM
        if e in SPELLED_POWERS and x.dims:
            name = self._arg(x, ATOM)
            return SPELLED_POWERS[e].format(name, np=self.np), template_level(SPELLED_POWERS[e])
        return f"{self._arg(x, ATOM)}**{exponent_text(e)}", POWER

    def _lin(self, v: Value) -> tuple[str, int]:
        text = ""
        for c, x, axes in zip(v.params[0], v.args, v.params[1]):
            if text:
                text += " - " if c < 0 else " + "
            elif c < 0:
                text = "-"
            text += self._term(abs(c), x, axes, len(v.dims), UNARY if text == "-" else MATMUL)
        return text, (ADD if len(v.args) > 1 else UNARY if text.startswith("-") else MUL)

    def _long_sum(self, v: Value) -> None:
        """A sum of many terms, a few on each line: nested too deep, Python could not read it."""
        rank = len(v.dims)
        name = self._fresh(v)
        text = ""
        for i, (c, x, axes) in enumerate(zip(v.params[0], v.args, v.params[1])):
            sign = ("-" if c < 0 else "") if i == 0 else " - " if c < 0 else " + "
            text += sign + self._term(abs(c), x, axes, rank, UNARY if sign == "-" else MATMUL)
            if i % MOST_TERMS == MOST_TERMS - 1 or i == len(v.args) - 1:
                self._line(f"{name} = {text}", v)
                text = name
        self._spend()
        self.owned.add(name)
        self._assigned(v, name)

    def _term(self, c, x: Value, axes: tuple, rank: int, level: int = MATMUL) -> str:
        if x.op == "number" and not isinstance(x.params[0], str) and x.params[0] == 1:
            return self._digits(c)[0]
        if c == 1:
            return self._laid(x, axes, rank, level)
        return f"{self._digits(c)[0]} * {self._laid(x, axes, rank, MUL)}"

    def _map(self, v: Value) -> tuple[str, int]:
        declaration, places = v.params
        rank = len(v.dims)
        template = self._template_of(v)
        if template is None:
            call = self._call(declaration)
            args = [self._laid(a, axes, rank) for a, axes in zip(v.args, places)]
            args = [self._scalar(t) if a.python or a in self.floats else t for a, t in zip(v.args, args)]
            text = f"{call}({', '.join(args)})"
            return self._narrowed(text, ATOM) if self.float32 and not v.mask else text, ATOM
        if self.float32 and "math." in template:
            self.imports["import math"] = None
        if declaration.imports and self.np == "np" and v not in self.floats:  # what its NumPy template needs
            self.imports[declaration.imports] = None
        if "-{0}" in template and template.count("{0}") == 1 and v.args[0].op == "lin" and v.args[0] in self.waiting:
            inner = v.args[0]
            if inner.params[0] == (-1,):  # −(−x)
                text, level, refs = self.waiting[inner]
                if text.startswith("-"):
                    self.refs.extend(refs)
                    template = template.replace("-{0}", "{0}")
                    return template.format(text[1:]), template_level(template)
        filled = []
        for i, (a, axes) in enumerate(zip(v.args, places)):
            alone = all([around == ALONE for _, field, around in pieces(template) if field == str(i)])
            text = self._laid(a, axes, rank, 0 if alone else ATOM)
            filled.append(self._filled(v, i, text))
        return template.format(*filled), template_level(template)

    def _filled(self, v: Value, i: int, text: str) -> str:
        """The text of the argument `i` as the template of `v` takes it."""
        plain = v.args[i].python or v.args[i] in self.floats
        return self._scalar(text) if plain and not v.dims and v not in self.floats else text

    def _template(self, declaration) -> str | None:
        if self.analytic:
            return None
        template = FASTER.get(declaration.name) or declaration.safe
        return weak_constants(template) if self.float32 and template else template

    def _template_of(self, v: Value) -> str | None:
        """The template of a map, as this value is spelled."""
        template = self._template(v.params[0])
        return self._float_template(template) if v in self.floats else template

    def _call(self, declaration) -> str:
        for name, function in self.calls.items():
            if function is declaration.evaluate:
                return name
        name = self.names.fresh(f"evaluate_{declaration.name}")
        self.calls[name] = declaration.evaluate
        if not self.analytic:
            self.imports["from chainrule.ops import lookup"] = None
            self.imports[f'{name} = lookup("{declaration.name}").evaluate'] = None
        return name

    def _not(self, v: Value) -> tuple[str, int]:
        if self.analytic:
            return f"1 - {self._arg(v.args[0], MUL)}", ADD
        return f"~{self._arg(v.args[0], ATOM)}", UNARY

    def _choose(self, v: Value) -> tuple[str, int]:
        (at, axes), (mask, x) = v.params, v.args
        rank = len(v.dims)
        return f"{self.np}.where({self._laid(mask, at, rank)}, {self._laid(x, axes, rank)}, 0.0)", ATOM

    def _exp(self, v: Value) -> tuple[str, int]:
        return f"{self.np}.exp({self._arg(v.args[0])})", ATOM

    def _log(self, v: Value) -> tuple[str, int]:
        return f"{self.np}.log({self._arg(v.args[0])})", ATOM

    def _cast(self, v: Value) -> tuple[str, int]:
        if self.float32 and v not in self.floats:
            return self._narrowed(self._arg(v.args[0], ATOM), ATOM), ATOM
        return f"{self._arg(v.args[0], MATMUL)} * 1.0", MUL

    def _struct(self, v: Value) -> tuple[str, int]:
        declaration, *params = v.params
        template = self._template(declaration)
        if template is None:
            args = [self._arg(v.args[0]), *map(repr, params)]
            return f"{self._call(declaration)}({', '.join(args)})", ATOM
        if declaration.imports and self.np == "np":  # what its NumPy template needs
            self.imports[declaration.imports] = None
        named = dict(zip(declaration.parameters, map(repr, params)))
        level = 0 if "({0})" in template or "({0}," in template else ATOM
        return template.format(self._arg(v.args[0], level), **named), template_level(template)
