"""The source of a running function, as a syntax tree that can be changed, compiled and put in place of what runs.

The tree is found by the line at which the function's code begins, and is believed only if it compiles to code with the same
variables and constants as that which runs.
A changed version takes the place of the function's code object for as long as a `with` lasts; defaults, closures and every
reference to the function stay what they are, so that methods, backward passes of PyTorch and rules of JAX are reached alike.
"""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType

LONGEST = 400  # lines of a function that is searched
WIDEST = 100  # characters of a line that is shown
READ = 24  # of a line that is read at a glance: of a longer one the part that changes is shown


class Source:
    """One function of the person's and the part of its file that defines it."""

    def __init__(self, function: FunctionType, node: ast.AST, lines: list[str], file: str):
        self.function, self.lines, self.file = function, lines, file
        self.place = f"{os.path.basename(file)}, {function.__name__}"
        self.node, self.is_lambda = as_definition(node), isinstance(node, ast.Lambda)
        self.own = {id(part) for part in ast.walk(node)}  # what stands in the file, and not what an edit made

    @classmethod
    def of(cls, function: FunctionType) -> Source | None:
        """The source, or None where it is not to be had or is not what runs."""
        code = function.__code__
        lines = linecache.getlines(code.co_filename, function.__globals__)
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError):
            return None
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.Lambda)) and begins(node) == code.co_firstlineno:
                if (node.end_lineno or 0) - node.lineno > LONGEST:
                    continue
                source = cls(function, node, lines, code.co_filename)
                made = source.compiled(as_is=True)
                if made is not None and alike(made, code):
                    return source
        return None

    def compiled(self, as_is: bool = False) -> CodeType | None:
        """The code object of the tree as it stands, or None where it cannot take the function's place."""
        code = self.function.__code__
        free = [ast.parse(f"{name} = None").body[0] for name in code.co_freevars]
        held = [ast.parse(name).body[0] for name in code.co_freevars]
        definition = ast.FunctionDef(
            name=self.node.name,
            args=self.node.args,
            body=[*self.node.body],
            decorator_list=[],
            returns=None,
            type_comment=None,
        )
        if held and not as_is:  # every variable of the closure stays one, even where a change no longer reads it
            definition.body = [*definition.body, ast.If(test=ast.Constant(0), body=held, orelse=[])]
        outer = ast.FunctionDef(
            name="around",
            args=NO_ARGUMENTS,
            body=[*free, definition],
            decorator_list=[],
            returns=None,
            type_comment=None,
        )
        for extra in (definition, outer):
            ast.copy_location(extra, self.node)
        module = ast.Module(body=[outer], type_ignores=[])
        for statement in (*free, *held, definition.body[-1], outer, definition):
            ast.fix_missing_locations(statement)
        try:
            whole = compile(ast.fix_missing_locations(module), self.file, "exec")
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return None
        around = next(c for c in whole.co_consts if isinstance(c, CodeType))
        inner = next((c for c in around.co_consts if isinstance(c, CodeType) and c.co_name == self.node.name), None)
        return inner if inner is not None and inner.co_freevars == code.co_freevars else None

    @contextmanager
    def in_place(self, code: CodeType) -> Iterator[None]:
        """Runs the function with another code object."""
        before = self.function.__code__
        self.function.__code__ = code
        try:
            yield
        finally:
            self.function.__code__ = before

    # ---------------------------------------------------------------- what is shown

    def line(self, number: int) -> str:
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""

    def change(self, old: ast.AST, new: ast.AST, statement: ast.stmt) -> str:
        """`line` → `line`, spelled as the person spelled it around the place that changes."""
        after = None
        header = statement.lineno != statement.end_lineno or old is statement
        start, stop = (0, None) if header else (statement.col_offset, statement.end_col_offset)
        raw = self.lines[old.lineno - 1].encode() if 0 < old.lineno <= len(self.lines) else b""
        before = raw[start:stop].decode().strip()
        wanted = ast.unparse(ast.fix_missing_locations(replaced(statement, old, new)))
        if old.lineno == old.end_lineno and old is not statement:
            for spelled in self.spellings(new):
                made = (
                    (raw[start : old.col_offset] + spelled.encode() + raw[old.end_col_offset : stop]).decode().strip()
                )
                if header or reads_as(made, wanted):
                    after = made
                    break
        if after is None:
            before = before if old.lineno == old.end_lineno else ast.unparse(old)
            after = wanted if statement.lineno == statement.end_lineno else ast.unparse(new)
        if self.is_lambda:  # its value is returned without the word
            after = after.removeprefix("return ")
        if isinstance(new, ast.Pass):
            return f"leave out `{short(before)}`"
        if isinstance(new, ast.If) and isinstance(new.test, ast.Constant) and new.test.value is True:  # its lines as they are
            if isinstance(old, ast.With):
                return f"leave out `{before.partition(':')[0]}`"
            return f"`{short(before)}` → `{short('; '.join(ast.unparse(line) for line in new.body))}`"
        before, after = around(before, after)
        return f"`{short(before)}` → `{short(after)}`"

    def spellings(self, new: ast.AST) -> Iterator[str]:
        """Ways to write a changed expression, those first in which its parts stand as the person wrote them."""
        parts: list[tuple[str, bool]] = []

        def marked(node: ast.AST) -> ast.AST:
            if id(node) in self.own and isinstance(node, ast.expr) and node.lineno == node.end_lineno:
                raw = self.lines[node.lineno - 1].encode()
                atom = isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant))
                atom = atom or isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
                parts.append((raw[node.col_offset : node.end_col_offset].decode(), atom))
                return ast.Name(f"part_{len(parts) - 1}_", ast.Load())
            fields = {name: [marked(v) if isinstance(v, ast.AST) else v for v in value] if isinstance(value, list)
                      else marked(value) if isinstance(value, ast.expr) else value for name, value in ast.iter_fields(node)}  # fmt: skip
            return type(node)(**fields)

        shape = ast.unparse(ast.fix_missing_locations(ast.copy_location(marked(new), new)))
        for bracketed in (False, True):
            text = shape
            for k, (part, atom) in enumerate(parts):
                text = text.replace(f"part_{k}_", part if atom or not bracketed else f"({part})")
            yield text
            yield f"({text})"
        yield ast.unparse(new)
        yield f"({ast.unparse(new)})"


NO_ARGUMENTS = ast.arguments(
    posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
)


def alike(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects read the same variables and hold the same constants: the file is still what runs."""
    consts = [[c for c in code.co_consts if not isinstance(c, CodeType)] for code in (a, b)]
    return (a.co_names, a.co_varnames, a.co_freevars) == (b.co_names, b.co_varnames, b.co_freevars) and set(
        map(repr, consts[0])
    ) == set(map(repr, consts[1]))


def begins(node: ast.AST) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def as_definition(node: ast.AST) -> ast.FunctionDef:
    """A lambda as a function that returns; a function as it is."""
    if isinstance(node, ast.FunctionDef):
        return node
    body = ast.copy_location(ast.Return(node.body), node.body)
    return ast.copy_location(
        ast.FunctionDef(
            name="lambda_", args=node.args, body=[body], decorator_list=[], returns=None, type_comment=None
        ),
        node,
    )


def replaced(statement: ast.stmt, old: ast.AST, new: ast.AST) -> ast.AST:
    """A copy of the statement with `new` where `old` is."""

    class Change(ast.NodeTransformer):
        def visit(self, node):
            return new if node is old else rebuilt(self, node)

    return Change().visit(statement)


def rebuilt(change: ast.NodeTransformer, node: ast.AST) -> ast.AST:
    fields = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            fields[name] = [change.visit(v) if isinstance(v, ast.AST) else v for v in value]
        else:
            fields[name] = change.visit(value) if isinstance(value, ast.AST) else value
    return ast.copy_location(type(node)(**fields), node)


def around(before: str, after: str) -> tuple[str, str]:
    """Of two versions of a long line, the part between commas or brackets around what is different."""
    if len(before) <= READ:
        return before, after
    same = len(os.path.commonprefix([before, after]))
    rest = len(os.path.commonprefix([before[same:][::-1], after[same:][::-1]]))
    middle = before[same : len(before) - rest]
    start = same - reach(before[:same][::-1], ")]}", "([{,=", unmatched(middle[::-1], ")]}", "([{"))
    stop = rest - reach(before[len(before) - rest :], "([{", ")]},", unmatched(middle, "([{", ")]}"))
    parts = [text[start : len(text) - stop].strip().removeprefix("return ") for text in (before, after)]
    return (parts[0], parts[1]) if all(map(is_expression, parts)) else (before, after)


def unmatched(text: str, opening: str, closing: str) -> int:
    """How many brackets are opened and not closed."""
    depth = 0
    for letter in text:
        depth = depth + 1 if letter in opening else max(0, depth - (letter in closing))
    return depth


def reach(text: str, opening: str, ending: str, depth: int) -> int:
    """How many characters there are before an end that no bracket encloses, from within `depth` of them."""
    for k, letter in enumerate(text):
        if depth == 0 and letter in ending:
            return k
        depth += (letter in opening) - (letter in ending and letter not in ",=")
    return len(text)


def is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def reads_as(text: str, wanted: str) -> bool:
    try:
        return ast.unparse(ast.parse(text)) == wanted
    except SyntaxError:
        return False


def short(text: str) -> str:
    text = "; ".join(line.strip() for line in text.splitlines()).replace(":; ", ": ")
    return text if len(text) <= WIDEST else text[: WIDEST - 2] + " …"
