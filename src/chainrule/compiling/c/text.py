"""Statements in their loops as the text of one C function.

    void derivative(const double *restrict X, double lam, double *restrict out, double *restrict work, long n, long d)

takes arrays with rows one after the other, writes to the arrays of its results, and uses `work` where it needs memory
of its own. Innermost loops are marked for the compiler's vector units (OpenMP's `simd`); sums so marked add up several
partial sums, as NumPy's do.
"""

from __future__ import annotations

from ..names import Names, shape_text
from ..values import Value
from .entries import Entries, flat
from .fusion import Fusion, Loop
from .headers import RESERVED, functions_called
from .statements import Statement, Statements

LETTERS = "ijklpqrsuvw"
BLOCK = 64  # rows whose function values are computed together


class CText:
    """One function in C. `source` is its text, `inputs`, `results` and `memory` say what it is called with.

    Parameters
        inputs: {value: wished name} of arrays and scalars that it takes.
        outputs: {wished name: value}.
        order: the values to be computed, arguments first.
        about: lines of comment above it.
    """

    def __init__(
        self, schedule, name: str, inputs: dict[Value, str], outputs: dict[str, Value], order: list[Value], about=()
    ):
        names = Names()
        names.taken = set(RESERVED)
        self.name = names.fresh(name)
        self.inputs = {v: names.fresh(wished) for v, wished in inputs.items()}
        self.results = {key: names.fresh(key if key != "result" else "out") for key in outputs}
        self.s, self.outputs, self.names = schedule, outputs, names
        self.sizes: dict[str, str] = _SizeNames(names)
        self.statements = Statements(schedule, outputs, set(inputs), order)
        keys = {v: key for v, key in self.statements.home.items()}
        self.fusion = Fusion(self.statements.listed, set(keys))
        self.name_of: dict[Value, str] = dict(self.inputs)
        self.memory: list[tuple[str, tuple]] = []  # arrays within `work`, with their dims
        self.lines: list[str] = []
        self.indent = 1
        self.local: dict[Value, str] = {}  # values that are a number where we are
        self.in_block: dict[Value, str] = {}  # values of which a block of rows is kept
        self.accumulators: dict[Statement, str] = {}  # sums that are numbers, while their loops are open
        self.variables: list[str] = []  # of loops, by depth
        self.entries = Entries(schedule, self.statements.stored, self._read, self.sizes)
        self._name_values()
        self._body(self.fusion.body, {})
        self.about = about
        self.text = self._function()

    # ------------------------------------------------------------------ names

    def _name_values(self) -> None:
        for v in self.fusion.makers:
            key = self.statements.home.get(v)
            if key is not None:
                self.name_of[v] = self.results[key]
                continue
            self.name_of[v] = self.names.fresh(f"t{len(self.name_of) - len(self.inputs) + 1}")
            kept = self._kept(v)
            if kept:
                self.memory.append((self.name_of[v], tuple([v.dims[t] for t in kept])))

    def _kept(self, v: Value) -> tuple:
        dropped = self.fusion.dropped.get(v, frozenset())
        return tuple([t for t in range(len(v.dims)) if t not in dropped])

    def _read(self, v: Value, index, place=None) -> str:
        if v in self.local:
            return self.local[v]
        name = self.name_of[v]
        if not v.dims:
            return f"*{name}" if v in self.statements.home else name
        if place is not None:
            return f"{name}[{place}]"
        kept = self._kept(v)
        if not kept:
            return self.in_block.get(v, name)
        return f"{name}[{flat(tuple([index[t] for t in kept]), tuple([v.dims[t] for t in kept]), self.entries)}]"

    # ------------------------------------------------------------------ loops

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def _body(self, body: list, at: dict) -> None:
        """Loops and statements in order. `at`: {statement: {label: loop variable}}."""
        for part in body:
            if isinstance(part, Loop):
                self._loop(part, at)
            else:
                self._statement(part, at.get(part, {}))

    def _loop(self, loop: Loop, at: dict) -> None:
        variable = self._variable(loop.depth)
        inside = {s: {**at.get(s, {}), label: variable} for s, label in loop.labels.items()}
        opened = [s for s in loop.statements if s.kind in ("sum", "max") and self._opens(s, loop)]
        for s in opened:
            if self._is_number(s, loop):
                self._open_number(s)
            else:
                self._clear(s, at.get(s, {}), loop.depth)
        count = self.entries.dim(loop.dim)
        segments = self._segments(loop)
        if len(segments) == 1:
            self._turns(loop, loop.body, inside, variable, "0", count)
        else:
            self._in_blocks(loop, segments, inside, variable, count)
        for s in opened:
            if s in self.accumulators:
                self._close_number(s, at.get(s, {}))

    def _turns(self, loop: Loop, body: list, inside: dict, variable: str, start: str, stop: str) -> None:
        """The loop over a part of what is in it."""
        statements = [s for s in body if isinstance(s, Statement)]
        dependent = any(s.kind in ("running", "reversed") and loop.labels[s] == s.axis for s in statements)
        if len(statements) == len(body) and not dependent:
            numbers = [s for s in statements if s in self.accumulators and loop.labels[s] in s.reduced]
            sums = [self.accumulators[s] for s in numbers if s.kind == "sum"]
            tops = [self.accumulators[s] for s in numbers if s.kind == "max"]
            clauses = [f"reduction(+:{', '.join(sums)})"] if sums else []
            clauses += (
                [f"reduction(max:{', '.join(tops)}) reduction(|:{', '.join([f'{t}_nan' for t in tops])})"]
                if tops
                else []
            )
            self._line(" ".join(["#pragma omp simd", *clauses]))
        if any(s.kind == "reversed" and loop.labels[s] == s.axis for s in loop.statements):
            head = f"for (long {variable} = {stop} - 1; {variable} >= {start}; {variable}--)"
        else:
            head = f"for (long {variable} = {start}; {variable} < {stop}; {variable}++)"
        before, hidden = self.lines, dict(self.local)
        self.lines = []
        self.indent += 1
        self._body(body, inside)
        self.indent -= 1
        inner, self.lines, self.local = self.lines, before, hidden
        single = len(inner) == 1 and not inner[0].lstrip().startswith(("const", "double"))
        self._line(head if single else head + " {")
        self.lines += inner
        if not single:
            self._line("}")

    # ------------------------------------------------------------------ blocks of rows

    def _segments(self, loop: Loop) -> list[list]:
        """The body, cut so that one function value a row is computed for many rows at once, by the vector units.

        It is left whole where the rows have function values of their own, or would have to be kept for a block.
        """
        body, (leaves, loops) = loop.body, _parted(loop.body)
        if (
            not loops
            or not any(self._calls(s) for s in leaves)
            or any(self._calls(s) for part in loops for s in part.statements)
        ):
            return [body]
        segments: list[list] = []
        for part in body:
            if segments and isinstance(segments[-1][-1], Loop) == isinstance(part, Loop):
                segments[-1].append(part)
            else:
                segments.append([part])
        crossing = self._crossing(segments)
        if any(self._kept(v) for v in crossing):
            return [body]
        return segments

    def _calls(self, s: Statement) -> bool:
        """Whether a statement calls a function that the vector units have."""

        def read(v, index, place=None):
            return "x"

        term = s.term(Entries(self.s, self.statements.stored, read, self.sizes), {x: "i" for x in s.dims})
        return bool(functions_called(term))

    def _crossing(self, segments: list[list]) -> list[Value]:
        """Values without memory that are made in one segment and needed in another."""
        home: dict[Value, int] = {}
        crossing = []
        for k, segment in enumerate(segments):
            for s in [s for part in segment for s in (part.statements if isinstance(part, Loop) else [part])]:
                for v in s.reads:
                    if home.get(v, k) != k and self.fusion.dropped.get(v) and v not in crossing:
                        crossing.append(v)
                if s.key is None:
                    home.setdefault(s.value, k)
        return crossing

    def _in_blocks(self, loop: Loop, segments: list[list], inside: dict, variable: str, count: str) -> None:
        start, stop = self.names.fresh("start"), self.names.fresh("stop")
        crossing = self._crossing(segments)
        self._line(f"for (long {start} = 0; {start} < {count}; {start} += {BLOCK}) {{")
        self.indent += 1
        self._line(f"const long {stop} = {start} + {BLOCK} < {count} ? {start} + {BLOCK} : {count};")
        self._line(f"double {', '.join([f'{self.name_of[v]}[{BLOCK}]' for v in crossing])};")
        self.in_block |= {v: f"{self.name_of[v]}[{variable} - {start}]" for v in crossing}
        for segment in segments:
            self._turns(loop, segment, inside, variable, start, stop)
        self.indent -= 1
        self._line("}")

    def _variable(self, depth: int) -> str:
        while len(self.variables) <= depth:
            self.variables.append(self.names.fresh(LETTERS[len(self.variables) % len(LETTERS)]))
        return self.variables[depth]

    def _opens(self, s: Statement, loop: Loop) -> bool:
        """Whether this is the outermost of the loops that the statement is summed over."""
        return next(x for x in s.order if x in s.reduced) == loop.labels[s]

    def _is_number(self, s: Statement, loop: Loop) -> bool:
        """Whether one entry is summed at a time."""
        first = s.order.index(loop.labels[s])
        return all(x in s.reduced for x in s.order[first:])

    def _open_number(self, s: Statement) -> None:
        v = s.value
        name = self.name_of[v] if self._is_local(v) else self.names.fresh("total" if s.kind == "sum" else "top")
        self.accumulators[s] = name
        self._line(f"double {name} = {'0' if s.kind == 'sum' else '-INFINITY'};  // {shape_text(v.dims)}")
        if s.kind == "max":
            self._line(f"int {name}_nan = 0;")

    def _close_number(self, s: Statement, at: dict) -> None:
        name = self.accumulators.pop(s)
        if s.kind == "max":
            self._line(f"if ({name}_nan) {name} = NAN;")
        v = s.value
        if name != self.name_of[v]:
            self._line(f"{self._place(s, at)} = {name};")
        self.local[v] = name

    def _clear(self, s: Statement, at: dict, depth: int) -> None:
        """Zeros, or −∞, where the sums begin."""
        left = [x for x in s.own if x not in at]
        at = at | {label: self._variable(depth + k) for k, label in enumerate(left)}
        for label in left:
            count = self.entries.dim(s.dims[label])
            self._line(f"for (long {at[label]} = 0; {at[label]} < {count}; {at[label]}++)")
            self.indent += 1
        self._line(f"{self._place(s, at)} = {'0' if s.kind == 'sum' else '-INFINITY'};  // {shape_text(s.value.dims)}")
        self.indent -= len(left)

    # ------------------------------------------------------------------ statements

    def _place(self, s: Statement, at: dict) -> str:
        """Where a statement stores."""
        index = s.goal(self.entries, at)
        if s.key is not None:
            v, name = s.value, self.results[s.key]
            return f"{name}[{flat(index, v.dims, self.entries)}]" if v.dims else f"*{name}"
        hidden, self.local = self.local, {}
        text = self._read(s.value, index)
        self.local = hidden
        return text

    def _statement(self, s: Statement, at: dict) -> None:
        v, shape = s.value, shape_text(s.value.dims)
        term = s.term(self.entries, at)
        if s.kind in ("sum", "max"):
            goal = self.accumulators.get(s) or self._place(s, at)
            self._accumulate(s.kind, goal, term, s in self.accumulators)
        elif s.kind == "add":
            self._line(f"{self._place(s, at)} += {term};")
        elif s.kind in ("running", "reversed"):
            self._running(s, at, term, shape)
        elif s.key is None and self._is_local(v):
            self._line(f"{'' if self._grows(v) else 'const '}double {self.name_of[v]} = {term};  // {shape}")
        elif s.key is None and v in self.statements.home and self._read_here(s):
            name = self.names.fresh("t")
            self._line(f"const double {name} = {term};  // {shape}")
            self._line(f"{self._place(s, at)} = {name};")
            self.local[v] = name
        else:
            self._line(f"{self._place(s, at)} = {term};  // {shape}")

    def _is_local(self, v: Value) -> bool:
        """Whether it is a number of its own, where it is made and needed."""
        return not self._kept(v) and v not in self.statements.home and v not in self.in_block

    def _grows(self, v: Value) -> bool:
        return len(self.fusion.makers[v]) > 1

    def _read_here(self, s: Statement) -> bool:
        """Whether an output is read again where it is made."""
        if self._grows(s.value):
            return False
        mine = self.fusion.path[s]
        users = [u for u in self.fusion.path if s.value in u.reads]
        return bool(users) and all([self.fusion.path[u][: len(mine)] == mine for u in users])

    def _accumulate(self, kind: str, goal: str, term: str, number: bool) -> None:
        if kind == "sum":
            self._line(f"{goal} += {term};")
            return
        name = self.names.fresh("x")
        self._line(f"const double {name} = {term};")
        if number:
            self._line(f"{goal} = {name} > {goal} ? {name} : {goal};")
            self._line(f"{goal}_nan |= {name} != {name};")
        else:
            self._line(f"{goal} = {name} > {goal} || {name} != {name} ? {name} : {goal};")

    def _running(self, s: Statement, at: dict, term: str, shape: str) -> None:
        i = at[s.axis]
        before = {**at, s.axis: f"{i} + 1" if s.kind == "reversed" else f"{i} - 1"}
        first = f"{i} < {self.entries.dim(s.dims[s.axis])} - 1" if s.kind == "reversed" else f"{i} > 0"
        self._line(f"{self._place(s, at)} = ({first} ? {self._place(s, before)} : 0) + {term};  // {shape}")

    # ------------------------------------------------------------------ the function

    def _function(self) -> str:
        head = []
        for v, name in self.inputs.items():
            head.append(f"const double *restrict {name}" if v.dims else f"double {name}")
        head += [f"double *restrict {name}" for name in self.results.values()]
        lines = []
        if self.memory:
            head.append("double *restrict work")
            total = ""
            for name, dims in self.memory:
                lines.append(f"    double *restrict {name} = work{total};  // {shape_text(dims)}")
                total += " + " + "*".join([self.entries.factor(d) for d in dims])
        head += [f"long {name}" for name in self.sizes.values()]
        comment = ["\n".join(["/*", *[f" * {line}".rstrip() for line in [*self.about, *self._memory_note()]], " */"])]
        signature = f"void {self.name}({', '.join(head)}) {{"
        if len(signature) > 116:
            signature = f"void {self.name}(\n    " + ",\n    ".join(head) + "\n) {"
        return "\n".join([*comment, signature, *lines, *self.lines, "}"]) + "\n"

    def _memory_note(self) -> list[str]:
        notes = [
            f"{self.results[key]} holds zeros when it is called"
            for key in self.outputs
            if key in self.statements.zeroed
        ]
        if self.memory:
            counts = ["*".join([self.entries.factor(d) for d in dims]) for _, dims in self.memory]
            notes.append(f"work: memory for {' + '.join(counts)} numbers")
        return notes


def _parted(body: list) -> tuple[list[Statement], list[Loop]]:
    return [x for x in body if isinstance(x, Statement)], [x for x in body if isinstance(x, Loop)]


class _SizeNames(dict):
    """The C name of each size, made when it is first asked for."""

    def __init__(self, names: Names):
        super().__init__()
        self.fresh = names

    def __missing__(self, size: str) -> str:
        found = self[size] = self.fresh.fresh(size)
        return found
