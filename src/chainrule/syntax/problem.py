"""A text as understood: its variables with their shapes, its meaning as graph and as numbers, its echo."""

from __future__ import annotations

from ..core.dims import Dim
from ..core.errors import DeclarationError, LimitError, ShapeError, did_you_mean
from ..ops.declare import Elementwise, lookup
from .declare import SQUARE, declarations
from .echo import latex_echo, unicode_echo
from .lower import known
from .meaning import Meaning, Variable
from .names import default_rank, split_subscript
from .search import solve
from .sizes import Unknown, spelled
from .text import Program, parse
from .tree import Tree, walk
from .typed import Typed, order


class Problem(Meaning):
    """What `read` returns. `notes` say which readings were taken where several were possible."""

    def __init__(self, program: Program, solution, declared: dict):
        inference = solution.inference
        self.text = program.text
        self.tree: Tree = program.result.tree
        self.named: str | None = program.result.name  # what the last line calls the function
        self.lets: list[tuple[str, Tree]] = [(name, tree) for name, tree, _ in solution.lets]
        self.lettered: dict[str, str] = inference.lettered
        self.dialect = "numpy" if program.numpy else "math"
        self.variables: dict[str, Variable] = {}
        for name, value in inference.variables.items():
            given = declared.get(name)
            dims = tuple([known(d) for d in value.dims])
            self.variables[name] = Variable(
                name, dims, given.facts if given else frozenset(), bool(given and given.dims is not None)
            )
        self.variables = in_order(self.variables, program)
        self.unused: dict[str, Variable] = {
            n: Variable(n, d.dims or (), d.facts, d.dims is not None) for n, d in declared.items() if n not in self.variables
        }  # fmt: skip
        self.typed: Typed = solution.value.node
        self.row: bool = solution.value.row
        self.typed_lets: list[tuple[str, Typed]] = [(name, value.node) for name, _, value in solution.lets]
        self.dims: tuple[Dim, ...] = tuple([known(d) for d in self.typed.axes])
        self.notes: list[str] = [
            *program.notes,
            *inference.notes,
            *broadcast_notes(inference),
            *taken_notes(inference, self.variables),
            *number_notes(program, inference),
            *own_notes(inference),
            *unused_notes(self),
        ]

    # ---------------------------------------------------------------- echo

    @property
    def echo(self) -> str:
        """The text as it was understood, in Unicode."""
        return unicode_echo(self.tree, self.lets, self.lettered)

    @property
    def echo_latex(self) -> str:
        """The text as it was understood, in LaTeX."""
        return latex_echo(self.tree, self.lets, self.lettered)


def read(text: str, declare=None, dialect: str | None = None) -> Problem:
    """The problem that `text` states.

    Parameters
        text: a function; let-lines (r = A x - b) may stand before it, `where` clauses behind.
        declare: shapes and facts, "X: m n, S: n n posdef, lam: positive", or a mapping.
        dialect: "numpy" or "math"; by default the signs used tell.

    Raises
        ParseError, UnknownNameError, LimitError: the text cannot be read.
        DeclarationError: `declare` cannot, or contradicts the text.
        ShapeError: no reading of undeclared names makes the shapes fit.
    """
    if not isinstance(text, str):
        raise DeclarationError(
            "a function is given as a text", given=type(text).__name__, expected="a text such as ||A x - b||^2"
        )
    declared = declarations(declare)
    try:
        return _read(text, declared, dialect)
    except RecursionError:
        raise LimitError(
            "the text is nested too deeply",
            expected="at most 100 levels",
            fix="name an inner part on a line of its own",
        ) from None


def _read(text: str, declared: dict, dialect: str | None) -> Problem:
    program = parse(text, dialect, declared)
    names = frozenset([n for d in declared.values() for size in d.dims or () for n in size.names])
    shapes = {name: shape_of(d) for name, d in declared.items() if d.dims is not None or d.rank is not None}
    solution = solve(program, shapes, names - set(declared))
    scalars = said_scalar(program, solution, declared)
    if scalars:
        try:
            solution = solve(program, shapes | {name: () for name in scalars}, names - set(declared))
        except ShapeError:
            pass  # x^T x: it is a vector after all
    return Problem(program, solution, declared)


def said_scalar(program: Program, solution, declared: dict) -> list[str]:
    """The variables of a declaration that names them all, for which it gives facts and no sizes: as in `lam: positive`.

    Where no sizes are given at all, what stands below a function of a whole tensor, as x in sum(log(x)), may be a
    vector still.
    """
    variables = solution.inference.variables
    loose = [n for n in variables if n in declared and declared[n].dims is None and declared[n].rank is None]
    loose = [n for n in loose if not declared[n].facts & SQUARE]
    if not loose or any([n not in declared for n in variables]):
        return []
    if any([declared[n].dims for n in variables]):
        return loose
    below: set[str] = set()
    for statement in (*program.statements, program.result):
        for node in walk(statement.tree):
            if node.kind in ("norm", "transpose", "bigsum") or (node.kind == "call" and not each_entry(node.value)):
                below.update([n.value for n in walk(node) if n.kind == "name"])
    return [n for n in loose if n not in below]


def each_entry(function: str) -> bool:
    """Whether a function acts on each entry by itself, so that it means as much for a scalar."""
    return isinstance(lookup(function), Elementwise) or function in ("sqrt", "square", "reciprocal", "log_base")


def shape_of(declared) -> tuple:
    """The sizes of a declared variable; those of `x: vector` or `S: posdef` are unknown."""
    if declared.dims is not None:
        return declared.dims
    if declared.facts & SQUARE:
        size = Unknown()
        return (size, size)
    return tuple([Unknown() for _ in range(declared.rank)])


def in_order(variables: dict, program: Program) -> dict:
    """The variables in the order in which the text names them."""
    places: dict[str, int] = {}
    for statement in (*program.statements, program.result):
        for node in walk(statement.tree):
            if node.kind == "name":
                for name in (node.value, node.value.partition("_")[0]):
                    if name in variables and node.start < places.get(name, 1 << 60):
                        places[name] = node.start
    return dict(sorted(variables.items(), key=lambda item: places.get(item[0], 1 << 59)))


def number_notes(program: Program, inference) -> list[str]:
    """That π is the number where something in the text speaks for a policy or a distribution: π_θ, π(a), log π."""
    if not inference.uses_pi:
        return []
    doubtful = any(split_subscript(n)[0] == "pi" and n != "pi" for n in (*inference.declared, *inference.variables, *inference.lets))
    for statement in (*program.statements, program.result):
        for node in walk(statement.tree):
            if node.kind == "name" and node.value == "pi":
                doubtful = doubtful or program.text[node.end : node.end + 1] == "("
            elif node.kind == "call" and node.value == "log":
                doubtful = doubtful or node.args[0].kind == "name" and node.args[0].value == "pi"
    return ["π is read as the number 3.14…"] if doubtful else []


def own_notes(inference) -> list[str]:
    """What could be meant otherwise: s_y beside a sum of s_j as an entry of s, xw beside x and w as their product."""
    found = []
    known = {*inference.variables, *inference.lets, *inference.declared}
    for name in inference.variables:
        if name not in inference.declared and len(name) > 1 and not inference.numpy and known.issuperset(name):
            found.append(f"{name} is read as one name; {' '.join(name)} is the product")
        base, low = split_subscript(name)
        if name not in inference.declared and len(low) == 1 and low.isalpha() and base in inference.indexed:
            found.append(f"{name} is read as a variable of its own, not as an entry of {base}")
    return found


def unused_notes(problem: Problem) -> list[str]:
    """One note for each declared name that the function does not have; those that only give sizes are meant so."""
    given = {n for v in problem.variables.values() for d in v.dims for n in d.names}
    every = order([problem.typed, *[let for _, let in problem.typed_lets]])
    needed = {n for t in every for d in t.axes for n in known(d).names} - given
    found = []
    for name, variable in problem.unused.items():
        if needed.intersection(n for d in variable.dims for n in d.names):
            continue
        others = [n for n in problem.variables if not problem.variables[n].declared]
        near = did_you_mean(name, others) or next((n for n in others if n.lower() == name.lower()), None)
        found.append(f"`{name}` is declared, but does not occur in the function" + (f"; did you mean `{near}`?" if near else ""))
    return found


def broadcast_notes(inference) -> list[str]:
    """One note for each place where NumPy's broadcasting was spelled out."""
    found = []
    verbs = {"add": "added to", "multiply": "multiplied into", "divide": "divides"}
    for short, tall, verb in inference.broadcasts:
        if len(short.dims) == 1 and len(tall.dims) == 2:
            found.append(
                f"{inference.source(short.tree)}: {spelled(short.dims)} {verbs.get(verb, 'combined with')} every row of {inference.source(tall.tree)}"
            )
        else:
            found.append(
                f"{inference.source(short.tree)}: {spelled(short.dims)} {verbs.get(verb, 'combined with')} {inference.source(tall.tree)}: {spelled(tall.dims)} along the last axes"
            )
    return list(dict.fromkeys(found))


def taken_notes(inference, variables: dict) -> list[str]:
    """Which undeclared names were not taken by their default. That b is a vector beside others goes without saying."""
    words = {0: "a scalar", 1: "a vector", 2: "a matrix"}
    found = []
    for name in variables:
        rank = inference.ranks.get(name)
        if rank is not None and rank != default_rank(name) and (default_rank(name), rank) != (0, 1):
            found.append(f"{name} taken as {words.get(rank, f'a tensor with {rank} axes')}")
    return found
