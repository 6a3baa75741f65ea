"""Recording a run of a person's function: each NumPy operation becomes a syntax tree whose leaves are known values.

The meaning of an operation is that of the text language: `Recorder` is an `Inference` of NumPy's dialect in which all
shapes are declared, and `made` builds the value of one operation at once. So shapes are known, errors are raised where
they happen, and what the function computes once stays one node.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from ...core.errors import LimitError
from ..conflict import Conflict
from ..infer import HANDLERS, Inference
from ..text import Program
from ..tree import Tree
from ..typed import Typed
from ..values import Value, lined_up

MOST_OPERATIONS = 20_000
SHOWN = 60  # characters of an expression in a message


class StandIn:
    """What a person's function is given, or has made, in place of an array. `Traced` says what it answers to."""

    __slots__ = ("book", "value", "mask", "shared")

    def __init__(self, book: Recorder, value: Value, mask: bool = False, shared: str | None = None):
        self.book, self.value = book, value
        self.mask = mask  # whether it is true or false, as comparisons are
        self.shared = shared  # "argument" or "view": what else would change if it were changed in place

    @property
    def dims(self) -> tuple:
        return self.value.dims

    @property
    def tree(self) -> Tree:
        """This value as an operand."""
        return Tree("known", self.value, (), 0, 0)


class Recorder(Inference):
    """One run of a function. `code` is its own, whose local variables name intermediates; `stand_in` makes arrays."""

    def __init__(self, shapes: dict, code: CodeType | None, stand_in: type[StandIn]):
        super().__init__(Program("", [], None, "certain", []), shapes, {}, frozenset(), frozenset())
        self.code, self.frame, self.stand_in = code, None, stand_in
        self.count = 0
        self.ranges: dict[int, Typed] = {}  # what np.arange made, by id
        self.facts: dict[str, frozenset[str]] = {}  # of the arguments
        self.spellings: dict[int, Tree] = {}  # by typed node: the operation that it is, for messages
        self.kept: list[Typed] = []  # so that the ids above stay those of these nodes
        self.called: dict[int, str] = {}  # by typed node: the name of the local variable that held it last
        self.versions: dict[str, list[Typed]] = {}  # by local variable: the values it held, in order

    def made(self, tree: Tree) -> Value:
        """The value of one operation.

        Raises ShapeError, NoRuleError and their kin: it has none.
        """
        self.count += 1
        if self.count > MOST_OPERATIONS:
            raise LimitError(
                "the function runs too many operations",
                given=f"more than {MOST_OPERATIONS:,}",
                expected="loops that end, of some hundred rounds",
                fix="write a long loop with arrays",
            )
        self.look_at_names()
        try:
            value = lined_up(self.value(tree))
        except Conflict as conflict:
            raise conflict.error() from None
        if id(value.node) not in self.spellings and value.node.kind not in ("var", "const", "size"):
            self.spellings[id(value.node)] = tree
            self.kept.append(value.node)
        return value

    # ---------------------------------------------------------------- names

    def look_at_names(self) -> None:
        """Note which local variables of the function hold which values."""
        frame = self.frame or self.found_frame()
        if frame is None:
            return
        for name, held in frame.f_locals.items():
            if isinstance(held, StandIn) and name.isidentifier():  # a debugger or test runner may add others
                node = held.value.node
                if self.called.get(id(node)) == name:
                    continue
                self.called[id(node)] = name
                self.kept.append(node)
                self.versions.setdefault(name, []).append(node)

    def found_frame(self) -> FrameType | None:
        """The running frame of the function."""
        frame = sys._getframe(2) if self.code is not None else None
        while frame is not None and frame.f_code is not self.code:
            frame = frame.f_back
        self.frame = frame
        return frame

    # ---------------------------------------------------------------- spelling

    def source(self, tree: Tree) -> str:
        """A part of the function as NumPy code, for messages."""
        self.look_at_names()
        text = self.spelled(tree)
        return text if len(text) <= SHOWN else text[: SHOWN - 3] + "…"

    def spelled(self, tree: Tree | None, depth: int = 0) -> str:
        if tree is None:
            return ""
        if tree.kind == "known":
            return self.spelled_value(tree.value, depth)
        if depth > 6:
            return "…"
        writer = SPELLED.get(tree.kind)
        return writer(self, tree, depth + 1) if writer else str(tree.value)

    def spelled_value(self, value: Value, depth: int) -> str:
        node = value.node
        if node.kind == "var":
            return node.info
        if node.kind in ("const", "size"):
            return str(node.info)
        name = self.called.get(id(node))
        if name is not None:
            return name
        made = self.spellings.get(id(node))
        return self.spelled(made, depth) if made is not None else "…"

    def bracketed(self, tree: Tree, depth: int) -> str:
        text = self.spelled(tree, depth)
        plain = text.replace("_", "").replace(".", "").isalnum() or text.endswith((")", "]")) and text.startswith("np.")
        return text if plain else f"({text})"


def _sum(book: Recorder, tree: Tree, depth: int) -> str:
    parts = [f" {s} {book.spelled(t, depth)}" for s, t in zip(tree.value, tree.args)]
    text = "".join(parts)
    return text[3:] if tree.value[0] == "+" else "-" + text[3:]


def _product(book: Recorder, tree: Tree, depth: int) -> str:
    if tree.value is None or not tree.args:
        return "…"
    text = book.bracketed(tree.args[0], depth)
    for sign, part in zip(tree.value[1:], tree.args[1:]):
        text += f" {sign} {book.bracketed(part, depth)}"
    return text


def _call(book: Recorder, tree: Tree, depth: int) -> str:
    inner = [book.spelled(a, depth) for a in tree.args]
    inner += [f"{name}={book.spelled(a, depth)}" for name, a in (tree.extra or {}).items()]
    return f"np.{tree.value}({', '.join(inner)})"


def _item(book: Recorder, tree: Tree, depth: int) -> str:
    return f"{book.bracketed(tree.args[0], depth)}[{', '.join([book.spelled(a, depth) for a in tree.args[1:]])}]"


SPELLED = {
    "sum": _sum,
    "product": _product,
    "call": _call,
    "item": _item,
    "number": lambda book, tree, depth: str(float(tree.value)) if not isinstance(tree.value, int) else str(tree.value),
    "string": lambda book, tree, depth: repr(tree.value),
    "power": lambda book, tree, depth: "**".join([book.bracketed(a, depth) for a in tree.args]),
    "transpose": lambda book, tree, depth: book.bracketed(tree.args[0], depth) + ".T",
    "compare": lambda book, tree, depth: f" {tree.value} ".join([book.spelled(a, depth) for a in tree.args]),
    "list": lambda book, tree, depth: f"[{', '.join([book.spelled(a, depth) for a in tree.args])}]",
    "slice": lambda book, tree, depth: ":".join([book.spelled(a, depth) for a in tree.args]).removesuffix(":"),
    "newaxis": lambda book, tree, depth: "None",
    "ellipsis": lambda book, tree, depth: "...",
    "shape": lambda book, tree, depth: f"{book.bracketed(tree.args[0], depth)}.shape",
}


def _known(infer: Inference, tree: Tree) -> Value:
    """A value that is known already, as the operand of another operation."""
    value = tree.value
    return Value(value.node, value.index, value.dims, value.row)


HANDLERS["known"] = _known
