"""Whole texts: let-lines, the result, `where` and `with` clauses, and which dialect they are written in."""

from __future__ import annotations

from ..core.errors import ParseError
from .grammar import Parser
from .lexer import tokens as tokens_of
from .names import normal
from .latex import is_latex, latex_tokens
from .tree import Statement, Tree, walk
from .vocabulary import NUMPY_ROOTS, RESERVED

ATTEMPTS = 200  # readings of bars that are tried before giving up
_MATHEMATICAL = frozenset((".*", "./", ".^", "'", "kron", "⊤", "^", "|", "‖", "√", "∑", "_"))
_NUMPY_METHODS = frozenset(("T", "sum", "mean", "dot", "shape", "max", "min", "var", "std", "reshape", "transpose"))


class Program:
    """A text as read: `statements` before the result (their names in order), and the `result` itself."""

    __slots__ = ("text", "statements", "result", "numpy", "notes", "neutral", "latex", "hints", "whole")

    def __init__(self, text, statements, result, numpy, notes, neutral=False, latex=None):
        self.text, self.statements, self.result, self.numpy, self.notes = text, statements, result, numpy, notes
        self.neutral = neutral  # no sign tells which dialect it is
        self.latex = latex is not None
        self.hints = latex.hints if latex else {}  # how many axes LaTeX's bold letters and transposes give to names
        self.whole = latex.whole if latex else frozenset()  # names whose subscript is a label, and no index


def parse(text: str, dialect: str | None = None, declared=()) -> Program:
    """The program that `text` is. `declared` are the names known to be variables.

    Raises
        ParseError: with the place, and what was expected there.
        LimitError: too long, or too deeply nested.
    """
    if not text.strip():
        raise ParseError("the input is empty", text, None, expected="a function such as ||A x - b||^2")
    if dialect is not None and not isinstance(dialect, str):
        raise ParseError("a dialect is named by a text", given=repr(dialect)[:80], expected="numpy or math")
    latex = latex_tokens(text, declared) if dialect != "numpy" and is_latex(text) else None
    tokens, stated = (latex.tokens, None) if latex else tokens_of(text)
    if tokens[0][0] == "end":
        raise ParseError(
            "the input holds no expression" if latex else "the input holds nothing but a comment", text, None, expected="a function such as ||A x - b||^2"
        )
    numpy = dialect_of(tokens, dialect or stated or ("math" if latex else None))
    bound = set(declared) | assigned(tokens)
    applied = definitions_of(tokens)
    script: list = []
    failure, furthest = None, -1
    attempts = max(1, min(ATTEMPTS, 60_000 // len(tokens)))
    for _ in range(attempts):
        parser = Parser(text, list(tokens), bound, numpy, script, latex is not None)
        parser.notes.extend(latex.notes if latex else ())
        parser.defined.update(applied)
        try:
            statements, result = Reader(parser).program()
        except ParseError as error:
            if parser.certain and failure is None:
                raise
            if parser.at > furthest:
                failure, furthest = error, parser.at
            del script[parser.taken :]
            while script and script[-1][1]:
                script.pop()
            if not script:
                raise failure from None
            script[-1] = (not script[-1][0], True)
            continue
        neutral = not (numpy or dialect or stated or latex or parser.juxtaposed) and not any(
            t[0] == "sup" or t[0] == "op" and t[1] in _MATHEMATICAL for t in tokens
        )
        return Program(text, statements, result, numpy, parser.notes, neutral, latex)
    raise failure


def dialect_of(tokens: list, stated: str | None) -> bool | str:
    """False for mathematics; "certain" or "likely" for NumPy."""
    if stated is not None:
        if stated not in ("numpy", "math"):
            raise ParseError(f"there is no dialect `{stated}`", expected="numpy or math")
        return "certain" if stated == "numpy" else False
    signs = {t[1] for t in tokens if t[0] == "op"}
    names = {t[1] for t in tokens if t[0] == "name"}
    if names & NUMPY_ROOTS and "." in signs:
        return "certain"
    if any(t[0] == "sup" for t in tokens):
        return False  # a raised sign is mathematics
    likely = "@" in signs or "**" in signs or bool(names & {"None", "axis", "keepdims"})
    if not likely and "." in signs:
        likely = any(a[1] == "." and b[1] in _NUMPY_METHODS for a, b in zip(tokens, tokens[1:]))
    if likely and not signs & {".*", "./", ".^", "'", "kron", "⊤"}:
        return "likely"
    return False


def assigned(tokens: list) -> set[str]:
    """The names that stand left of an `=` outside of brackets."""
    found, depth = set(), 0
    for i, (kind, value, _, _) in enumerate(tokens):
        if kind != "op":
            continue
        if value in ("(", "[", "{"):
            depth += 1
        elif value in (")", "]", "}"):
            depth -= 1
        elif value == "=" and depth == 0 and i:
            before = tokens[i - 1]
            if before[0] == "name":
                found.add(before[1])
                pair = i > 2 and tokens[i - 2][1] == "," and tokens[i - 3][0] == "name"
                if pair and (i == 3 or tokens[i - 4][0] == "nl" or tokens[i - 4][1] == ";"):  # a, b = slogdet(X)
                    found.add(tokens[i - 3][1])
    return found


def definitions_of(tokens: list) -> dict[str, str]:
    """Name → letters of its arguments, for every r(x) = … in the text."""
    found, depth = {}, 0
    for i, (kind, value, _, _) in enumerate(tokens):
        if kind == "op":
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(value, 0)
        if kind == "op" and value == "=" and not depth and tokens[i - 1][1] == ")":
            at = i - 1
            while at > 1 and tokens[at - 1][0] == "name" or tokens[at - 1][1] == ",":
                at -= 1
            if at > 1 and tokens[at - 1][1] == "(" and tokens[at - 2][0] == "name":
                found[tokens[at - 2][1]] = "".join([t[1] for t in tokens[at : i - 1] if t[0] == "name"])
    return found


class Reader:
    """Statements, one after another."""

    def __init__(self, parser: Parser):
        self.parser, self.text = parser, parser.text

    @property
    def token(self):
        return self.parser.tokens[self.parser.at]

    def program(self):
        """(statements before the result, the result)."""
        found: list[Statement] = []
        later: list[Statement] = []
        parser = self.parser
        while True:
            self.skip_breaks()
            if self.token[0] == "end":
                break
            if self.skip_line():
                continue
            kind, value, start, end = self.token
            if not (found and kind == "name" and value in ("where", "with") and self.parser.is_reserved(value)):
                found.extend(self.statement())
                kind, value, start, end = self.token
            if kind == "name" and value in ("where", "with"):
                later = self.definitions()
                kind, value, start, end = self.token
            if kind == "end":
                break
            if kind == "nl" or (kind == "op" and value == ";"):
                continue
            raise self.unexpected()
        if not found:
            raise ParseError(
                "the input holds no expression", self.text, None, expected="a function such as ||A x - b||^2"
            )
        for statement in found[:-1]:
            if statement.name is None:
                raise ParseError(
                    "only the last line is the result", self.text, statement.start,
                    expected="name = expression, on every line before the last", fix="give it a name, or remove it",
                )  # fmt: skip
        del parser
        return found[:-1] + ordered(later, self.text), found[-1]

    def skip_breaks(self) -> None:
        while self.token[0] == "nl" or (self.token[0] == "op" and self.token[1] == ";"):
            self.parser.at += 1

    def skip_line(self) -> bool:
        """Skip `import numpy as np` and `def f(x):`; step over `return`."""
        kind, value, start, _ = self.token
        tokens = self.parser.tokens
        if kind != "name":
            return False
        if value == "return":
            self.parser.at += 1
            return False
        following = tokens[self.parser.at + 1]
        if value == "import" and following[1] in NUMPY_ROOTS or value == "def" and following[0] == "name":
            while self.token[0] not in ("nl", "end"):
                self.parser.at += 1
            return True
        return False

    def statement(self) -> list[Statement]:
        """`name = …`, `s_i = …`, `f(x) = …`, `a, b = slogdet(X)`, or an expression."""
        tokens, at = self.parser.tokens, self.parser.at
        kind, value, start, _ = tokens[at]
        if kind == "name":
            following = tokens[at + 1]
            if following[1] == "=" and following[0] == "op":
                self.parser.at = at + 2
                return [Statement(value, (), self.parser.expression(), start)]
            if following[1] in ("+", "-", "*") and tokens[at + 2][1] == "=" and tokens[at + 2][2] == following[3]:
                self.parser.at = at + 3
                right = self.parser.expression()
                left = Tree("name", value, (), start, tokens[at][3])
                if following[1] == "*":
                    tree = Tree("product", ("", "*"), [left, right], start, right.end)
                else:
                    tree = Tree("sum", "+" + following[1], [left, right], start, right.end)
                return [Statement(value, (), tree, start)]
            if following[1] == "," and tokens[at + 2][0] == "name" and tokens[at + 3][1] == "=":
                self.parser.at = at + 4
                pair = self.parser.expression()
                items = [
                    Tree("item", None, [pair, Tree("number", i, (), start, start)], pair.start, pair.end)
                    for i in (0, 1)
                ]
                names = (value, tokens[at + 2][1])
                return [Statement(n, (), t, start) for n, t in zip(names, items) if n != "_"]
            left = self.left_side(at)
            if left is not None:
                return [left]
        return [Statement(None, (), self.parser.expression(), start)]

    def left_side(self, at: int) -> Statement | None:
        """`s_{ij} = …` and `f(x) = …`; None if this is no definition."""
        tokens = self.parser.tokens
        name, start = tokens[at][1], tokens[at][2]
        opening = at + 1
        if tokens[opening][1] == "_" and tokens[opening][0] == "op":
            opening += 1
        if tokens[opening][1] not in ("(", "{") or tokens[opening][0] != "op":
            return None
        close = opening + 1
        while tokens[close][0] == "name" or (tokens[close][0] == "op" and tokens[close][1] in (",", ";")):
            close += 1
        if tokens[close][1] not in (")", "}") or tokens[close + 1][1] != "=" or tokens[close + 1][0] != "op":
            return None
        self.parser.at = close + 2
        inner = "".join(t[1] for t in tokens[opening + 1 : close] if t[0] == "name")
        tree = self.parser.expression()
        if tokens[opening][1] == "(":
            return Statement(name, (), tree, start)
        return Statement(f"{name}_{inner}", (), tree, start)

    def definitions(self) -> list[Statement]:
        """`with p = …, q = …`: the definitions behind the result."""
        word = self.token[1]
        self.parser.at += 1
        found: list[Statement] = []
        while True:
            self.skip_breaks()
            kind, value, start, _ = self.token
            if kind == "end" and found:
                break
            if kind == "name" and value == "and":
                self.parser.at += 1
                continue
            defined = self.statement()
            if defined[0].name is None:
                raise ParseError(
                    f"`{word}` is followed by definitions", self.text, start, expected=f"{word} p = …, q = …"
                )
            found.extend(defined)
            kind, value, _, _ = self.token
            if (
                kind == "op"
                and value in (",", ";")
                or kind == "nl"
                or (kind == "name" and value in ("and", "where", "with"))
            ):
                if kind != "name" or value != "and":
                    self.parser.at += 1
                continue
            if kind == "end":
                break
            raise self.unexpected()
        return found

    def unexpected(self) -> ParseError:
        """The error for what follows a complete expression."""
        kind, value, start, end = self.token
        shown = self.text[start:end]
        if kind == "op" and value == "=":
            return ParseError(
                "`=` cannot stand here",
                self.text,
                start,
                expected="a name on the left of `=`",
                fix="a comparison is written ==",
            )
        if kind == "op" and value in ("|", "‖"):
            return ParseError("this bar closes nothing", self.text, start, expected="a bar before it: |x| or ||x||")
        if kind == "str":
            return ParseError(
                "a text in quotes cannot stand here",
                self.text,
                start,
                expected="an operator",
                fix="a transpose is written X' without a space",
            )
        fixes = {"!": "not equal is !="}
        return ParseError(
            f"`{shown}` cannot stand here", self.text, start, expected="an operator, or the end of the line",
            fix=RESERVED.get(value) or fixes.get(value) or (f"`{self.text[:start].strip()}` was read up to here" if start < 60 else None),
        )  # fmt: skip


def ordered(statements: list[Statement], text: str) -> list[Statement]:
    """Definitions behind `where`, each before those that use it."""
    if len(statements) < 2:
        return statements
    named = {s.name: s for s in statements}
    uses = {s.name: [n.value for n in walk(s.tree) if n.kind == "name" and n.value in named] for s in statements}
    found: list[Statement] = []
    state: dict[str, int] = {}
    for statement in statements:
        stack = [(statement.name, iter(uses[statement.name]))]
        if state.get(statement.name):
            continue
        state[statement.name] = 1
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                state[name] = 2
                found.append(named[name])
            elif state.get(step) == 1:
                raise ParseError(
                    f"`{step}` is defined by itself",
                    text,
                    named[step].start,
                    expected="definitions that do not go round in circles",
                )
            elif not state.get(step):
                state[step] = 1
                stack.append((step, iter(uses[step])))
    return found


def are_indices(low: str) -> bool:
    """Whether a subscript may be made of explicit indices: ij, and D_ijklp, but not x_train."""
    if not (low.isalpha() and low.islower()):
        return False
    return len(low) <= 4 or (set(low) <= set("hijklmnopqrstuv") and list(low) == sorted(set(low)))


def split_left(name: str | None) -> tuple[str | None, str]:
    """("s", "i") for the left-hand side s_i; ("W_1", "") for a name of its own."""
    if name is None:
        return None, ""
    base, _, low = normal(name).partition("_")
    if are_indices(low):
        return base, low
    return name, ""
