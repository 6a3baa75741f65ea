"""A program as a file that checks itself: run as a script, it compares the derivative with differences of the function.

The file has the program, the function itself as `value`, and the check: at random points of several sizes, within what is
declared, the derivative along random directions against central differences of `value`. The points are those at which
the check holds in NumPy, away from kinks and poles; a mistake in the text fails at every one of them.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

import numpy as np

from ..compiling import Names, Program, compile_nodes, defined, standing_alone
from ..core.dims import dim
from ..numeric.points import MANNERS, sizes_of
from .drawn import SIGNED, drawing
from .objects.jointly import TOGETHER
from .objects.partials import Partials
from .objects.start import started

STEPS = {1: ("1e-5", "1e-6"), 2: ("3e-4", "1e-5"), 3: ("1e-3", "1e-4")}  # of differences of each order, and what they allow
SURE = 0.1  # of what is allowed: points are chosen where the check holds with this to spare
POINTS, SEEDS = 3, 6  # points in a file; seeds tried in each manner of drawing
WIDTH = 110
WEIGHT = 100  # by how much at most the step of a variable is longer than another where all move together
LOCALS = (
    "value rng signed failed found expected error errors apart good point moved key tensors h r s t a i j k sys np jnp jax torch "
    "where slope large weight"
).split()


class Claim(NamedTuple):
    """What a result is: the derivative along these variables, contracted with a direction for each that is not `given`.

    A result that is `paired` is that of ⟨u, f⟩, with u a direction that the program is passed.
    """

    key: str
    along: tuple[str, ...]
    given: str | None = None
    paired: str | None = None


def claims(found) -> list[Claim]:
    """What the results are as derivatives of the function; empty where they are something else."""
    if isinstance(found, Partials):
        return [Claim(key, tuple(key.split())) for key in found.pieces if set(key.split()) <= set(found.wrt)]
    kind = found.kind
    if kind == "derivative":
        return [Claim("", (found.wrt,) * found.order)]
    if kind in ("jvp", "hvp", "vjp") or kind == "directional" and not found.unit:
        (x,), (direction,) = found.wrt, found.directions
        if kind == "vjp":
            return [Claim("", (x,), None, direction.name)]
        return [Claim("", (x, x) if kind == "hvp" else (x,), direction.name)]
    return []


def file_of(found, backend: str) -> str:
    """The program of `found` for `backend` as a file, with the check where one can be written."""
    program = found.compile(backend)
    if program.language != "Python":
        return program.source
    listed_claims = claims(found)
    if not listed_claims or len(listed_claims[0].along) not in STEPS:
        return _joined(found, [program], [])
    variables = [p for p in found.parameters if p.name not in [d.name for d in getattr(found, "directions", ())]]
    node = started(found.problem, dict.fromkeys(x for c in listed_claims for x in c.along)).node
    value, plain = (compile_nodes(node, variables, name="value", backend=b) for b in (backend, "numpy"))
    check = Check(found, listed_claims, program, value, backend, [found.compile().source, plain.source])
    chosen = check.chosen()
    return _joined(found, [program, value], check.lines(*chosen) if chosen else [])


def _joined(found, programs: list[Program], check: list[str]) -> str:
    """The file: what it is, imports, functions, the check."""
    heads, bodies = zip(*[p.source.rstrip("\n").split("\n\n\n", 1) for p in programs])
    imports, definitions = standing_alone([line for head in heads for line in head.split("\n") if line])
    text = str(found).replace("\\", "\\\\").replace('"""', "'''").rstrip("\n")
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    above = [f'"""{text}\n"""', "", *imports, *(["", *definitions] if definitions else [])]
    blocks = ["\n".join(above), *bodies, *(["\n".join(check)] if check else [])]
    return "\n\n\n".join(blocks) + "\n"


class Check:
    """The lines that compare a program with differences of the function."""

    def __init__(self, found, claims: list[Claim], program: Program, value: Program, backend: str, in_numpy: list[str]):
        self.claims, self.program, self.value, self.backend = claims, program, value, backend
        self.in_numpy, self.order = in_numpy, len(claims[0].along)  # sources, with which points are chosen
        self.facts = {p.name: p.facts for p in found.parameters}
        self.dims = {p.name: p.dims for p in found.parameters}
        names = Names()
        names.taken |= {*LOCALS, self._name(program)}
        self.name = {x: names.fresh(x) for x in self.dims}
        symbols = dict.fromkeys(x for dims in self.dims.values() for d in dims for x in d.names)
        symbols |= dict.fromkeys([*program.sizes_asked, *value.sizes_asked])
        self.size = {x: names.fresh(x) for x in symbols}
        self.directions = [names.fresh("v" if k == self.order - 1 else "uw"[k]) for k in range(self.order)]

    # ------------------------------------------------------------------ the lines

    def lines(self, manner: str, seed: int) -> list[str]:
        """The check as the end of a file."""
        shown = " ".join([f"{x}={{{name}}}" for x, name in self.size.items()])
        where = f"sizes {shown}" if self.size else "point {k}"
        setting = ["import sys", *([] if self.backend == "numpy" else ["", "import numpy as np"]), ""]
        programs = {self._name(self.program): self.program, "value": self.value}
        if self.backend == "jax":
            setting.append('jax.config.update("jax_enable_x64", True)  # double precision')
            jitted = [f"jax.jit({name}{self._static(p)})" for name, p in programs.items()]
            setting.append(f"{', '.join(programs)} = {', '.join(jitted)}")
        if self.backend == "torch":
            setting.append("tensors = lambda *arrays: map(torch.tensor, arrays)")
        report = [
            f"good = error < {STEPS[self.order][1]}",
            f'print("ok  " if good else "FAIL", f"{where}  relative error {{error:.0e}}")',
            "failed |= not good",
        ]
        inside = [*setting, *self._trial(manner, seed, self.backend), *["    " + line for line in report], "sys.exit(failed)"]
        said = f"compares `{self._name(self.program)}` with central differences of `value`"
        return [f'if __name__ == "__main__":  # {said}', *[f"    {line}" if line else "" for line in inside]]

    def _trial(self, manner: str, seed: int, backend: str) -> list[str]:
        """The lines up to `error`."""
        several = not self.program.single
        above = [f"rng, failed = np.random.default_rng({seed}), False", SIGNED]
        if several:
            above.append("apart = lambda a, b: np.max(np.abs(a - b)) / (np.max(np.abs([a, b])) or 1)")
        drawn = [(self.name[x], drawing(self._shape(dims), self.facts[x], manner)) for x, dims in self.dims.items()]
        together = several and self.order == 1 and len(self.claims) > TOGETHER
        body = self._together(backend) if together else self._several(backend) if several else self._single(backend, drawn)
        return [*above, self._loop(), *[f"    {line}" for line in [*_assigned(drawn), *body]]]

    def _single(self, backend: str, drawn: list) -> list[str]:
        """The lines for one result, and the directions among what is drawn."""
        (claim,) = self.claims
        steps = list(self.directions)
        if claim.given:
            steps[0] = self.name[claim.given]
        drawn += [(v, f"signed({', '.join(self._shape(self.dims[x]))})") for v, x in zip(steps, claim.along) if v in self.directions]
        found = self._called(self._name(self.program), self.program, list(self.name), list(self.name.values()), backend)
        for v in reversed(steps):
            if v in self.directions:
                found = f"np.tensordot({found}, {v}, {v}.ndim)"
        arguments = {x: self.name[x] for x in self.value.parameters}
        signs = {1: ["s"], 2: ["s", "t"], 3: ["r", "s", "t"]}[self.order]
        for x in dict.fromkeys(claim.along):
            moved = [f"{s} * {v}" for s, v, y in zip(signs, steps, claim.along) if y == x]
            arguments[x] += f" + h * {moved[0]}" if len(moved) == 1 else f" + h * ({' + '.join(moved)})"
        value = self._called("value", self.value, list(arguments), list(arguments.values()), backend)
        expected = difference(signs)
        if claim.paired:
            expected = f"np.sum({self.name[claim.paired]} * {expected})"
        return [
            f"h = {STEPS[self.order][0]}",
            f"moved = lambda {', '.join(signs)}: {value}",
            f"found = {found}",
            f"expected = {expected}",
            "error = np.max(np.abs(found - expected)) / (np.max(np.abs([found, expected])) or 1)",
        ]

    def _several(self, backend: str) -> list[str]:
        """The lines for results by name."""
        point = "[" + ", ".join(self.name.values()) + "]"
        places = {c.key: tuple([list(self.name).index(x) for x in c.along]) for c in self.claims}
        found = self._called(self._name(self.program), self.program, None, None, backend)
        value = lambda moved: self._called("value", self.value, None, moved, backend)
        if self.order == 1:
            where = "{" + ", ".join([f'"{key}": {k}' for key, (k,) in places.items()]) + "}"
            inside = [
                f"for key, k in {where}.items():",
                "    v = signed(*np.shape(point[k]))",
                f"    moved = lambda s: {value('[a + (s * h * v if i == k else 0) for i, a in enumerate(point)]')}",
                f"    errors.append(apart(np.tensordot(found[key], v, v.ndim), {difference(['s'])}))",
            ]
        else:
            where = "{" + ", ".join([f'"{key}": {at}' for key, at in places.items()]) + "}"
            moved = "[a + (s * h * u if i == j else 0) + (t * h * v if i == k else 0) for i, a in enumerate(point)]"
            inside = [
                f"for key, (j, k) in {where}.items():",
                "    u, v = signed(*np.shape(point[j])), signed(*np.shape(point[k]))",
                f"    moved = lambda s, t: {value(moved)}",
                f"    expected = {difference(['s', 't'])}",
                "    errors.append(apart(np.tensordot(np.tensordot(found[key], v, v.ndim), u, u.ndim), expected))",
            ]
        return [f"h, errors, point = {STEPS[self.order][0]}, [], {point}", f"found = {found}", *inside, "error = np.max(errors)"]

    def _together(self, backend: str) -> list[str]:
        """The lines for many results by name: all variables move at once, far where the derivative is small."""
        where = ", ".join([f'"{c.key}": {list(self.name).index(*c.along)}' for c in self.claims])
        moved = "[a + s * h * weight[k] * v[k] if k in v else a for k, a in enumerate(point)]"
        return [
            *wrapped(f"h, point = {STEPS[1][0]}, [{', '.join(self.name.values())}]"),
            *wrapped(f"where = {{{where}}}"),
            f"found = {self._called(self._name(self.program), self.program, None, None, backend)}",
            "v = {k: signed(*np.shape(point[k])) for k in where.values()}",
            "slope = {k: np.tensordot(found[key], v[k], v[k].ndim) for key, k in where.items()}",
            "large = max(np.max(np.abs(a)) for a in slope.values()) or 1",
            f"weight = {{k: 1 / max(np.max(np.abs(a)) / large * {WEIGHT}, 1) for k, a in slope.items()}}  # so that each result counts",
            f"moved = lambda s: {self._called('value', self.value, None, moved, backend)}",
            f"error = apart(sum(weight[k] * a for k, a in slope.items()), {difference(['s'])})",
        ]

    def _loop(self) -> str:
        if not self.size:
            return f"for k in range(1, {POINTS + 1}):"
        points = [tuple([sizes[x] for x in self.size]) for sizes in self._points()]
        if len(self.size) == 1:
            return f"for {next(iter(self.size.values()))} in {tuple([n for (n,) in points])}:"
        return f"for {', '.join(self.size.values())} in {points}:"

    def _points(self) -> list[dict[str, int]]:
        dims = [*[d for dims in self.dims.values() for d in dims], *[dim(x) for x in self.size]]
        return [sizes_of(dims, index) for index in range(POINTS)]

    # ------------------------------------------------------------------ its pieces

    def _shape(self, dims) -> list[str]:
        return [re.sub(r"[^\W\d]\w*", lambda m: self.size[m[0]], d.python()) for d in dims]

    def _called(self, name: str, program: Program, variables: list | None, arguments, backend: str) -> str:
        """A call of one of the two functions on arrays of NumPy, with its result as one; of all of `point`, without arguments."""
        sizes = "".join([f", {self.size[x]}" for x in program.sizes_asked])
        if isinstance(arguments, list):
            inner = ", ".join(arguments)
            inner = f"*tensors({inner})" if backend == "torch" else inner
        else:
            whole = arguments or "point"
            inner = f"*tensors(*{whole})" if backend == "torch" else f"*{whole}"
        call = f"{name}({inner}{sizes})"
        if backend != "torch":
            return call
        if variables is None and arguments is None:
            return f"{{key: x.numpy() for key, x in {call}.items()}}"
        return f"{call}.numpy()"

    def _static(self, program: Program) -> str:
        """What jax.jit is told of sizes."""
        count = len(program.parameters)
        places = tuple(range(count, count + len(program.sizes_asked)))
        return f", static_argnums={places}" if places else ""

    def _name(self, program: Program) -> str:
        return re.search(r"^def (\w+)\(", program.source, re.MULTILINE)[1]

    # ------------------------------------------------------------------ where it holds

    def chosen(self) -> tuple[str, int] | None:
        """(manner, seed) of drawing the points, at which the check holds in NumPy; None if there is none."""
        space = {"np": np}
        for source in self.in_numpy:
            space |= defined(source, "checked")
        allowed = SURE * float(STEPS[self.order][1])
        for manner, seed in product(MANNERS, range(SEEDS)):
            text = ["def trial():", *[f"    {line}" for line in self._trial(manner, seed, "numpy")], "        yield error"]
            with np.errstate(all="ignore"):
                try:  # up to the first point at which it does not hold
                    holds = all(error < allowed for error in defined("\n".join(text), "trial", space)["trial"]())
                except (ArithmeticError, ValueError, np.linalg.LinAlgError):
                    continue
            if holds:
                return manner, seed
        return None


def difference(signs: list[str]) -> str:
    """The central difference of `moved` in as many directions as there are signs."""
    if len(signs) == 1:
        return "(moved(1) - moved(-1)) / (2 * h)"
    if len(signs) == 2:
        return "(moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (2 * h)**2"
    loops = " ".join([f"for {s} in (1, -1)" for s in signs])
    return f"sum({' * '.join(signs)} * moved({', '.join(signs)}) {loops}) / (2 * h)**{len(signs)}"


def wrapped(line: str) -> list[str]:
    """A long line of code as several, broken after the commas within its brackets."""
    lines = []
    while len(line) > WIDTH and (cut := line.rfind(", ", 0, WIDTH)) > 0:
        lines.append(line[: cut + 1])
        line = "    " + line[cut + 2 :]
    return [*lines, line]


def _assigned(drawn: list[tuple[str, str]]) -> list[str]:
    """`X, w = …, …`: assignments, several on a line as long as it is not too long."""
    lines: list[str] = []
    left, right = [], []
    for name, text in drawn:
        if left and len(", ".join([*left, name, *right, text])) > WIDTH:
            lines.append(f"{', '.join(left)} = {', '.join(right)}")
            left, right = [], []
        left, right = [*left, name], [*right, text]
    return [*lines, f"{', '.join(left)} = {', '.join(right)}"] if left else lines
