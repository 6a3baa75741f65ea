"""One entry of a value as a C expression, given where it is: arrays are read, all else is written out.

An index is a tuple of C expressions, one for each axis. Views (transposes, slices, diagonals, broadcasts) only change
the index; they cost nothing. Masks are C's truth values, which multiply numbers as NumPy's bools do.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import e, pi

from ...core.dims import Dim
from ...ops.templates import ALONE, pieces
from ..kinds import ENTRYWISE, VIEWS
from ..spelling import ADD, ATOM, MUL, UNARY, template_level
from ..values import Value

MOST_FACTORS = 64  # of a power that is multiplied out
CHOICE = 0  # how tightly a ? b : c binds
COMPARED = ADD - 1
NAMED = {"pi": pi, "e": e}
FREE = VIEWS | {"spread"}  # read where they are used, at another index
WRITTEN = ENTRYWISE | FREE | {"number", "size", "constant", "turn"}


def is_entrywise(schedule, v: Value) -> bool:
    """Whether an entry of `v` can be written as an expression of entries of its arguments."""
    op = schedule.op(v)
    if op == "einsum":
        return is_diagonal(schedule, v)
    return op in WRITTEN


def is_diagonal(schedule, v: Value) -> bool:
    """Whether `v` is an einsum of one array that sums nothing: a view of its diagonals."""
    if schedule.op(v) != "einsum":
        return False
    ins, out = schedule.params(v)
    return len(ins) == 1 and set(ins[0]) == set(out)


def is_view(schedule, v: Value) -> bool:
    return schedule.op(v) in FREE or is_diagonal(schedule, v)


class Entries:
    """Writes entries. `read(v, index)` is the text of an entry of a stored value; `sizes` are the C names of sizes."""

    def __init__(self, schedule, stored: set[Value], read: Callable, sizes: dict[str, str]):
        self.s, self.stored, self.read, self.sizes = schedule, stored, read, sizes

    def entry(self, v: Value, index: tuple, level: int = 0) -> str:
        """The entry of `v` at `index`, in parentheses if it binds less than `level`."""
        if v in self.stored:
            return self.read(v, index)
        text, own = self._einsum(v, index) if self.s.op(v) == "einsum" else getattr(self, "_" + self.s.op(v))(v, index)
        return text if own >= level else f"({text})"

    def laid(self, v: Value, axes: tuple, index: tuple, level: int = 0) -> str:
        """The entry of `v` that lies at `index` where its axis t is axis axes[t]."""
        return self.entry(v, tuple([index[x] for x in axes]), level)

    def dim(self, d: Dim) -> str:
        """A dimension as an integer expression."""
        parts = []
        for names, c in d.terms:
            factors = ([str(abs(c))] if abs(c) != 1 or not names else []) + [self.sizes[n] for n in names]
            parts.append(("-" if c < 0 else "+") + "*".join(factors))
        return "".join(parts).lstrip("+") or "0"

    def factor(self, d: Dim) -> str:
        """A dimension as it stands in a product."""
        text = self.dim(d)
        return f"({text})" if len(d.terms) > 1 or text.startswith("-") else text

    # ------------------------------------------------------------------ scalars

    def _number(self, v: Value, index: tuple) -> tuple[str, int]:
        return number_text(v.params[0])

    def _size(self, v: Value, index: tuple) -> tuple[str, int]:
        text = self.dim(v.params[0])
        return f"(double){text}" if text.isidentifier() else f"(double)({text})", UNARY

    # ------------------------------------------------------------------ arithmetic

    def _mul(self, v: Value, index: tuple) -> tuple[str, int]:
        (ax, ay), (x, y) = v.params, v.args
        return f"{self.laid(x, ax, index, MUL)} * {self.laid(y, ay, index, UNARY)}", MUL

    def _div(self, v: Value, index: tuple) -> tuple[str, int]:
        (ax, ay), (x, y) = v.params, v.args
        return f"{self.laid(x, ax, index, MUL)} / {self.laid(y, ay, index, UNARY)}", MUL

    def _pow(self, v: Value, index: tuple) -> tuple[str, int]:
        power, x = self.s.params(v)[0], v.args[0]
        if power in (2, 3, 4):
            return " * ".join([self.entry(x, index, ATOM)] * int(power)), MUL
        whole, half = divmod(Fraction(power), 1) if isinstance(power, (int, Fraction)) else (MOST_FACTORS, 0)
        if half == Fraction(1, 2) and whole < MOST_FACTORS:
            root = f"sqrt({self.entry(x, index)})"
            return (root, ATOM) if not whole else (f"{self._whole_power(x, index, whole)} * {root}", MUL)
        if not half and whole < MOST_FACTORS:
            return self._whole_power(x, index, whole), ATOM
        return f"pow({self.entry(x, index)}, {number_text(power)[0]})", ATOM

    def _whole_power(self, x: Value, index: tuple, n: int) -> str:
        return self.entry(x, index, ATOM) if n == 1 else f"power({self.entry(x, index)}, {n})"

    def _lin(self, v: Value, index: tuple) -> tuple[str, int]:
        text = ""
        for c, x, axes in zip(v.params[0], v.args, v.params[1]):
            sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
            text += sign + self._term(abs(c), x, axes, index, MUL)
        return text, (ADD if len(v.args) > 1 else UNARY if text.startswith("-") else MUL)

    def _term(self, c, x: Value, axes: tuple, index: tuple, level: int) -> str:
        if x.op == "number" and x.params[0] == 1:
            return number_text(c)[0]
        if c == 1:
            return self.laid(x, axes, index, level)
        return f"{number_text(c)[0]} * {self.laid(x, axes, index, UNARY)}"

    def _map(self, v: Value, index: tuple) -> tuple[str, int]:
        declaration, places = v.params
        template = declaration.c
        args, where = list(v.args), [tuple([index[x] for x in axes]) for axes in places]
        inner = args[0]
        if (
            template.count("-{0}") == template.count("{0}")
            and inner.op == "lin"
            and inner.params[0] == (-1,)
            and inner not in self.stored
        ):
            template = template.replace("-{0}", "{0}")  # −(−x) is x
            args[0], where[0] = inner.args[0], tuple([where[0][x] for x in inner.params[1][0]])
        filled = []
        for i, (a, at) in enumerate(zip(args, where)):
            alone = all([around == ALONE for _, field, around in pieces(template) if field == str(i)])
            filled.append(self.entry(a, at, CHOICE if alone else ATOM))
        text = template.format(*filled)
        if _is_bracketed(template):
            text, template = text[1:-1], template[1:-1]
        return text, CHOICE if "?" in template else template_level(template)

    def _exp(self, v: Value, index: tuple) -> tuple[str, int]:
        return f"exp({self.entry(v.args[0], index)})", ATOM

    def _log(self, v: Value, index: tuple) -> tuple[str, int]:
        return f"log({self.entry(v.args[0], index)})", ATOM

    # ------------------------------------------------------------------ masks

    def _not(self, v: Value, index: tuple) -> tuple[str, int]:
        return f"!{self.entry(v.args[0], index, ATOM)}", UNARY

    def _cast(self, v: Value, index: tuple) -> tuple[str, int]:
        return f"(double){self.entry(v.args[0], index, ATOM)}", UNARY

    def _choose(self, v: Value, index: tuple) -> tuple[str, int]:
        (at, axes), (mask, x) = v.params, v.args
        return f"{self.laid(mask, at, index, COMPARED)} ? {self.laid(x, axes, index, COMPARED)} : 0", CHOICE

    def _constant(self, v: Value, index: tuple) -> tuple[str, int]:
        kind, params = v.params
        if kind == "tril":
            shift = f" + {params[0]}" if params[0] > 0 else f" - {-params[0]}" if params[0] < 0 else ""
            return f"(double)({index[1]} <= {index[0]}{shift})", UNARY
        if kind == "merge":
            return f"(double)({_times(index[0], self.factor(v.dims[1]))} + {index[1]} == {index[2]})", UNARY
        start, step = params
        at = self.dim(start) if isinstance(start, Dim) else str(start)
        return f"(double)({index[1]} == {_shifted(index[0], at, step)})", UNARY

    # ------------------------------------------------------------------ views

    def _transpose(self, v: Value, index: tuple) -> tuple[str, int]:
        (order,) = v.params
        inner = [""] * len(order)
        for t, axis in enumerate(order):
            inner[axis] = index[t]
        return self.entry(v.args[0], tuple(inner), ATOM), ATOM

    _turn = _transpose

    def _spread(self, v: Value, index: tuple) -> tuple[str, int]:
        return self.laid(v.args[0], v.params[0], index, ATOM), ATOM

    def _slice(self, v: Value, index: tuple) -> tuple[str, int]:
        x, left, inner = v.args[0], iter(index), []
        for t in range(len(x.dims)):
            cut = v.params[t] if t < len(v.params) else None
            if cut is None:
                inner.append(next(left))
            elif cut[0] == "at":
                inner.append(self.dim(cut[1]))
            else:
                inner.append(_shifted(next(left), self.dim(cut[2]), cut[3]))
        return self.entry(x, tuple(inner), ATOM), ATOM

    def _einsum(self, v: Value, index: tuple) -> tuple[str, int]:
        (labels,), out = self.s.params(v)
        return self.entry(v.args[0], tuple([index[out.index(x)] for x in labels]), ATOM), ATOM

    def _reshape(self, v: Value, index: tuple) -> tuple[str, int]:
        """The rows of a stored array read in order: the same place in memory."""
        return self.read(v.args[0], None, flat(index, v.dims, self)), ATOM


def _is_bracketed(template: str) -> bool:
    """Whether one pair of parentheses is around the whole."""
    depth = 0
    for position, ch in enumerate(template):
        depth += (ch == "(") - (ch == ")")
        if depth == 0 and position < len(template) - 1:
            return False
    return True


def flat(index: tuple, dims: tuple, entries: Entries) -> str:
    """The place in memory of an entry of an array with rows one after the other."""
    text = ""
    for t, (i, d) in enumerate(zip(index, dims)):
        text = i if t == 0 else f"{_times(text, entries.factor(d))} + {i}"
        if t == 0 and i == "0" and len(dims) > 1:
            text = "0"
        if text.startswith("0*"):
            text = text.partition(" + ")[2]
    return text or "0"


def _times(i: str, factor: str) -> str:
    if factor == "1":
        return i
    return f"{i}*{factor}" if i.replace("*", "").isidentifier() or i.isdigit() else f"({i})*{factor}"


def _shifted(i: str, start: str, step: int) -> str:
    moved = i if step == 1 else f"{i}*{step}" if i.isidentifier() else f"({i})*{step}"
    return moved if start == "0" else f"{start} + {moved}"


def number_text(value) -> tuple[str, int]:
    """A number as a double."""
    if isinstance(value, str):
        value = NAMED[value]
    found = float(value)
    if found in (float("inf"), -float("inf")):
        return ("INFINITY", ATOM) if found > 0 else ("-INFINITY", UNARY)
    if found != found:
        return "NAN", ATOM
    text = repr(found)
    text = text[:-2] if text.endswith(".0") and len(text) < 18 else text
    if text.lstrip("-").isdigit():
        text += ".0"
    return text, UNARY if text.startswith("-") else ATOM
