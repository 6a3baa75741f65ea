"""What the lines of a derivation speak of: its definitions, the variables behind them, and how a formula is read beside them.

The definitions are read by the text language, together, so that sizes are shared. In a formula a name stands for each derivative, of the
sizes that it has; what its value is says `working_values`.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.algebra import substitute
from ...core.dims import Dim, dim
from ...core.errors import ChainruleError, LimitError, ParseError, ShapeError, UnknownNameError, did_you_mean
from ...core.node import symbol
from ...core.walk import order
from ...matrix import render
from ...syntax import Problem, read
from ...syntax.declare import SQUARE, Declared, declarations
from ...syntax.lower import known as known_size
from ...syntax.names import split_subscript
from ...syntax.text import are_indices, parse
from ...syntax.tree import Tree
from .quantities import By, Quantity, quantity_text, shown
from .tokens import Token, spelled

LAYOUTS = ("column", "row", "denominator")
ZERO = "Zq0"  # stands for zeros of a size that is given


class Reading(NamedTuple):
    """How the derivatives of a line are meant, where the notation leaves it open.

    layout    "column": gradients have the shape of the variable, Jacobians the outputs as rows; "row": derivatives of numbers lie, or
              are transposed; "denominator": Jacobians are transposed
    explicit  ∂f/∂x holds the named parts of f, and moves only the x that f mentions itself
    moving    the variables that have a differential
    wrt       what is differentiated by where the line does not say
    """

    layout: str = "column"
    explicit: bool = False
    moving: frozenset[str] = frozenset()
    wrt: str | None = None


class Expr:
    """A formula as read: `letters` are its free indices, the leading axes of its value; `dims` are all axes."""

    def __init__(
        self,
        text: str,
        problem: Problem,
        letters: tuple[str, ...],
        places: dict[str, tuple[Quantity, Reading]],
        shown: str,
    ):
        self.text, self.problem, self.letters, self.places, self.shown = text, problem, letters, places, shown
        self.dims: tuple[Dim, ...] = tuple(problem.dims)

    @property
    def names(self) -> list[str]:
        return list(self.problem.variables)

    @property
    def row(self) -> bool:
        return self.problem.row and not self.letters


class World:
    """The definitions and variables of a derivation.

    Attributes
        variables: name → (dims, facts).
        definitions: name → its formula, in the order in which they can be computed.
    """

    def __init__(self, declare=None):
        self.declared = declarations(declare)
        self.variables: dict[str, tuple[tuple[Dim, ...], frozenset[str]]] = {}
        self.definitions: dict[str, Expr] = {}
        self.signatures: dict[str, tuple[str, ...]] = {}
        self.given: dict[str, frozenset[str]] = {}  # facts that the text itself states
        self.sources: dict[str, tuple] = {}  # of the definitions: tokens, quantities, letters
        self._exprs: dict = {}

    # ---------------------------------------------------------------- reading

    def infer(self, lines: list[tuple[str, str, str]], scalars: set[str], hints: dict[str, int]) -> None:
        """Find the variables and their shapes from the definitions (name, letters, text), each after those it uses."""
        text = "\n".join(f"{_left(name, low)} = {body}" for name, low, body in lines)
        text += f"\n{lines[-1][0]}"
        attempts = []
        for hinted in ({**hints, **dict.fromkeys(scalars, 0)}, dict.fromkeys(scalars, 0), hints, {}):
            if hinted not in attempts:
                attempts.append(hinted)
        failure: ChainruleError | None = None
        for hinted in attempts:
            taken = {name for name, _, _ in lines}
            declared = {name: d for name, d in self.declared.items() if name not in taken}
            for name, facts in self.given.items():  # A symmetric: a square matrix
                if name not in declared and name not in taken and facts & SQUARE:
                    declared[name] = Declared(name, None, 2, facts)
            for name, rank in hinted.items():
                if name not in declared and name not in taken:
                    declared[name] = Declared(name, () if rank == 0 else None, rank, frozenset())
            try:
                found = read(text, declared, "math")
            except ChainruleError as error:
                failure = failure or error
                continue
            for name, v in found.every.items():
                if name in found.variables or v.declared:
                    self.variables[name] = (v.dims, v.facts)
            self.dims_of = {name: tuple([known_size(d) for d in typed.axes]) for name, typed in found.typed_lets}
            return
        raise failure

    def define(self, name: str, tokens: list[Token], quantities: list[Quantity], low: str) -> None:
        """Define a name by a formula, of which the letters `low` are the indices of the name.

        Raises ChainruleError: it cannot be read.
        """
        self.definitions[name] = self.expression(tokens, quantities, Reading(), low)
        self.sources[name] = (tokens, quantities, low)

    def square(self) -> "World":
        """The same with all sizes equal, where sizes that do not fit do not hide whether a line is true otherwise."""
        found = World()
        one = dim("n")
        found.variables = {n: ((one,) * len(dims), facts) for n, (dims, facts) in self.variables.items()}
        found.signatures = self.signatures
        for name, source in self.sources.items():
            if name in self.definitions:
                found.define(name, *source)
        return found

    def known(self) -> dict[str, Declared]:
        """All names with their sizes, as the reader of the text language takes them."""
        found = {n: Declared(n, dims, None, facts) for n, (dims, facts) in self.variables.items()}
        return found | {n: Declared(n, e.dims, None, frozenset()) for n, e in self.definitions.items()}

    def expression(
        self,
        tokens: list[Token],
        quantities: list[Quantity],
        reading: Reading,
        left: str | None = None,
        like: tuple[Dim, ...] = (),
    ) -> Expr:
        """The formula that the tokens are. `like` are the sizes of what it is equal to, where it does not say its own, as I and 𝟏.

        Raises
            UnknownNameError: a name that is not defined.
            ParseError, ShapeError, …: it cannot be read.
        """
        key = (tuple(tokens), reading, left, like, len(self.definitions))
        found = self._exprs.get(key)
        if found is None:
            found = self._exprs[key] = self._expression(tokens, quantities, reading, left, like)
        return found

    def _expression(
        self, tokens: list[Token], quantities: list[Quantity], reading: Reading, left: str | None, like: tuple
    ) -> Expr:
        known = self.known()
        places: dict[str, tuple[Quantity, Reading]] = {}
        spelt: list[Token] = []
        for t in tokens:
            if t.kind != "quantity":
                spelt.append(t)
                continue
            quantity = quantities[t.value]
            name = f"Dq{len(places) + 1}"
            self.refuse_foreign(quantity, quantities, reading)
            letters, dims = self.axes(quantity, quantities, reading)
            places[name] = (quantity, reading)
            known[name] = Declared(name, dims, None, frozenset())
            token = Token("quantity", name + (f"_{''.join(letters)}" if letters else ""), t.near)
            if self._turns(quantity, quantities, reading, letters, dims):
                spelt += [
                    Token("op", "("),
                    token._replace(near=True),
                    Token("op", "^", True),
                    Token("name", "T", True),
                    Token("op", ")", True),
                ]
            else:
                spelt.append(token)
        text = spelled(spelt)
        if like:
            known[ZERO] = Declared(ZERO, like, None, frozenset())
            text = f"{text} + 0 {ZERO}"
        self._check_names(tokens, known)
        tree = parse(text, "math", known).result.tree
        letters = tuple(dict.fromkeys(_free(tree, known))) if left is None else tuple(left)
        source = f"{_left('Rq', ''.join(letters))} = {text}" if letters else text
        try:
            problem = read(source, known, "math")
        except (ParseError, ShapeError) as error:
            raise _own(error, places, quantities) from None
        strange = next((n for n in problem.variables if n not in known), None)
        if strange is not None:
            raise self.unknown(strange)
        return Expr(
            text, problem, letters, {n: (q, quantities, r) for n, (q, r) in places.items()}, shown(tokens, quantities)
        )

    def _check_names(self, tokens: list[Token], known: dict) -> None:
        if "d" in [t.value for t in tokens if t.kind == "mark"]:
            raise ParseError(
                "a `d` has nothing behind it that it could be the differential of",
                given=spelled(tokens),
                expected="dx, d(…)",
            )

    def unknown(self, name: str) -> UnknownNameError:
        base = split_subscript(name)[0]
        near = did_you_mean(base, [*self.variables, *self.definitions])
        return UnknownNameError(
            f"`{base}` is not defined", given=f"names so far: {', '.join([*self.definitions, *self.variables]) or 'none'}",
            expected=f"a line {base} = … before, or a variable of one",
            fix=f"did you mean `{near}`?" if near and near != base else None,
        )  # fmt: skip

    # ---------------------------------------------------------------- what a quantity is

    def of(self, quantity: Quantity, quantities: list[Quantity], reading: Reading) -> Expr:
        """What is differentiated."""
        tokens = list(quantity.of)
        if not tokens:
            wanted = 1 if quantity.sign == "J" else 0
            candidates = [n for n, e in self.definitions.items() if len(e.dims) == wanted]
            last = [n for n in candidates if not any(n in self.depends(m) for m in self.definitions)]
            if not candidates:
                raise ParseError(
                    f"`{quantity.sign}` does not say what it is the derivative of", given=quantity.sign, expected=f"{quantity.sign}_f, or ∂f/∂x",
                )  # fmt: skip
            candidates = last or candidates  # what nothing else is made of: the function itself, the first of several
            tokens = [Token("name", candidates[0])]
        return self.expression(tokens, quantities, reading)

    def by(self, quantity: Quantity, reading: Reading) -> tuple[By, ...]:
        """What it is differentiated by."""
        by = quantity.by or (By(reading.wrt),) * quantity.order if reading.wrt or quantity.by else ()
        if not by:
            raise ParseError(
                "the line does not say what is differentiated by", given=quantity.sign, expected="one variable", fix='∇_x f, or wrt="x"',
            )  # fmt: skip
        if len(by) > 2:
            raise LimitError(
                "derivatives of the third order are not checked", given=f"order {len(by)}", expected="order 1 or 2"
            )
        for b in by:
            if b.name not in self.variables and b.name not in self.definitions:
                raise self.unknown(b.name)
        return by

    def refuse_foreign(self, quantity: Quantity, quantities: list[Quantity], reading: Reading) -> None:
        """Refuse ∂f/∂r where nothing says how f is made of r.

        Raises ParseError.
        """
        if quantity.kind != "derivative":
            return
        below = self.depends_of(self.of(quantity, quantities, reading))
        for b in self.by(quantity, reading):
            if b.name in self.definitions and b.name not in below:
                shown_as = quantity_text(quantity, quantities)
                raise ParseError(
                    f"nothing says how `{shown(list(quantity.of), quantities)}` is made of `{b.name}`", given=shown_as,
                    expected=f"a line {shown(list(quantity.of), quantities)} = … in which {b.name} stands",
                )  # fmt: skip

    def dims(self, name: str) -> tuple[Dim, ...]:
        return self.variables[name][0] if name in self.variables else self.definitions[name].dims

    def axes(
        self, quantity: Quantity, quantities: list[Quantity], reading: Reading
    ) -> tuple[list[str], tuple[Dim, ...]]:
        """The letters of the leading axes of its value, and all sizes."""
        if quantity.kind in ("differential", "slope"):
            expr = self.expression(list(quantity.of), quantities, reading)
            return list(expr.letters), expr.dims
        expr = self.of(quantity, quantities, reading)
        letters, leading = list(expr.letters), list(expr.dims[: len(expr.letters)])
        rest, last = list(expr.dims[len(expr.letters) :]), []
        for b in self.by(quantity, reading):
            dims = self.dims(b.name)
            if len(b.low) > len(dims):
                raise ParseError(
                    f"`{b.name}_{b.low}` has more indices than axes",
                    given=f"{b.name}_{b.low}",
                    expected=f"at most {len(dims)}",
                )
            if b.low.isalpha():
                letters += b.low
                leading += dims[: len(b.low)]
            last += dims[len(b.low) :]
        return letters, tuple([*leading, *rest, *last])

    def _turns(self, quantity: Quantity, quantities, reading: Reading, letters: list, dims: tuple) -> bool:
        """Whether a derivative is written as the transpose of what it is in the column layout."""
        if letters or quantity.kind != "derivative" or len(self.by(quantity, reading)) > 1:
            return False
        scalar = not self.of(quantity, quantities, reading).dims
        if scalar:
            return bool(dims) and (reading.layout == "row") != quantity.turned and len(dims) <= 2
        return len(dims) == 2 and (reading.layout == "denominator") and not quantity.turned

    # ---------------------------------------------------------------- dependence

    def depends(self, name: str) -> set[str]:
        """The variables, and the definitions, that a definition rests on."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            expr = self.definitions.get(waiting.pop())
            if expr is None:
                continue
            for used in self.mentions(expr):
                if used not in found:
                    found.add(used)
                    waiting.append(used)
        return found

    def mentions(self, expr: Expr) -> set[str]:
        """The names in a formula, also those within its derivatives."""
        found = {n for n in expr.names if n not in expr.places and n != ZERO}
        for quantity, quantities, reading in expr.places.values():
            inner = (
                self.of(quantity, quantities, reading)
                if quantity.kind == "derivative"
                else self.expression(list(quantity.of), quantities, reading)
            )
            found |= self.mentions(inner)
            if quantity.kind == "derivative":
                found |= {b.name for b in self.by(quantity, reading)}
        return found

    def depends_of(self, expr: Expr) -> set[str]:
        """The definitions that a formula rests on."""
        found = self.mentions(expr)
        return {n for m in found for n in {m, *self.depends(m)} if n in self.definitions}

    def rewrite(self, name: str, expr: Expr) -> bool:
        """Define a name otherwise, by a formula of the same value that names more of what it is made of; False if it does not."""
        if expr.places or expr.dims != self.definitions[name].dims or expr.letters != self.definitions[name].letters:
            return False
        resting = self.depends_of(expr)
        if name in resting or resting <= self.depends(name):
            return False
        self.definitions[name] = expr
        self._exprs.clear()
        below = {n: len(self.depends(n) & self.definitions.keys()) for n in self.definitions}
        self.definitions = dict(sorted(self.definitions.items(), key=lambda item: below[item[0]]))  # what is used comes first
        return True

    def by_name(self, name: str, part: str) -> Expr | None:
        """The definition of `name` with the definition of `part` found in it and called by that name; None where it is not in it."""
        whole, inner = self.definitions[name], self.definitions[part]
        if whole.places or inner.places or whole.letters or inner.letters:
            return None
        try:
            nodes = [e.problem.lower().node for e in (whole, inner)]
            symbols = [symbol(n, dims, facts) for n, (dims, facts) in self.variables.items()]
            mark = symbol(part, inner.dims)
            found = substitute(nodes[0], {nodes[1]: mark})
            if mark not in order(found):
                return None
            text = render(found, found.ndim, wrt_name="", taken=[*symbols, mark]).ascii()
            *lines, last = text.split("\n")
            return None if lines else Expr(last, read(last, self.known(), "math"), (), {}, last)
        except (ChainruleError, RecursionError):
            return None

    def rests_on_derivatives(self, expr: Expr) -> bool:
        return bool(expr.places) or any(self.definitions[n].places for n in self.depends_of(expr))

    def second_order(self, expr: Expr) -> bool:
        """Whether the value of a formula comes by a stencil, which is exact to ten digits only."""
        for quantity, quantities, reading in expr.places.values():
            if quantity.kind == "derivative" and len(self.by(quantity, reading)) > 1 or quantity.order > 1:
                return True
            inner = (
                self.of(quantity, quantities, reading)
                if quantity.kind == "derivative"
                else self.expression(list(quantity.of), quantities, reading)
            )
            if self.rests_on_derivatives(inner):
                return True
        return any(self.second_order(self.definitions[n]) for n in expr.names if n in self.definitions)


def _left(name: str, low: str) -> str:
    return f"{name}_{{{low}}}" if low else name


def _free(tree: Tree, known: dict) -> list[str]:
    """The letters of explicit indices that no sum binds, in the order of appearance."""
    found: list[str] = []

    def visit(node: Tree, bound: frozenset) -> None:
        if node.kind == "bigsum":
            letters = set(node.value.letters) | ({node.value.bound[0]} if node.value.bound else set())
            for child in node.args:
                visit(child, bound | letters)
            if node.value.bound and node.value.bound[2] not in bound | letters:
                found.append(node.value.bound[2])
            return
        if node.kind == "name" and node.value not in known:
            base, low = split_subscript(node.value)
            if low and are_indices(low) and (base in known or base == "delta"):
                found.extend([c for c in low if c not in bound])
        if node.kind == "subscript":
            found.extend([c for c, _ in node.value if isinstance(c, str) and c not in bound])
        for child in node.args:
            if child is not None:
                visit(child, bound)

    visit(tree, frozenset())
    return found


def _own(error: ChainruleError, places: dict, quantities: list[Quantity]) -> ChainruleError:
    """The error with the derivatives spelled as they were written."""

    def spelt(text: str | None) -> str | None:
        for name, (quantity, _) in places.items():
            text = text and text.replace(name, quantity_text(quantity, quantities))
        return text

    given = (spelt(error.given) or "").split("\n")[0].removeprefix("Rq")
    return type(error)(spelt(error.problem), given=given, expected=spelt(error.expected), fix=spelt(error.fix))
