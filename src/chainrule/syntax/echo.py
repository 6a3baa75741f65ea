"""The text as it was understood, typeset: what products, powers and functions were read as, in textbook style.

One walk over the syntax tree serves both styles; a style says how a name, a power, a norm and the rest look. The walk
uses what inference left on the tree (`reading`, `shape`), so that NumPy's `x @ A @ x` shows as xᵀAx.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.dims import Dim
from .sizes import find
from .styles import VULGAR, Latex, Unicode
from .tree import Tree
from .vocabulary import RESERVED, is_function

SUM, ENTRYWISE, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5
SHOWN_LETS = 12
_DIGITS = tuple("0123456789")
_CALLED = {
    "trace": "tr", "absolute": "abs", "maximum": "max", "minimum": "min", "amax": "max", "amin": "min", "sigma": "σ", "sigmoid": "σ",
    "logistic": "σ", "expit": "σ", "lse": "logsumexp", "log_softmax": "log softmax", "logsoftmax": "log softmax", "diagonal": "diag",
    "average": "mean", "matmul": "dot",
}  # fmt: skip


class Echo:
    """The walk: `show` gives the text of a tree and how tightly it binds."""

    def __init__(self, style: Unicode):
        self.style = style
        self.standing: dict[str, str] = {}  # text of a product xᵀA that NumPy takes as a vector, (xᵀA)ᵀ → xᵀA

    def lying(self, text: str, level: int) -> tuple[str, int]:
        """A vector as a row."""
        if text in self.standing:
            return self.standing[text], PRODUCT
        return self.style.raised(self.at_least(text, level, ATOM), "T"), ATOM

    def stand(self, tree: Tree, text: str) -> tuple[str, int]:
        """A product that lies, as the vector that NumPy takes it for."""
        if tree.shape is None or tree.shape != (1, False):
            return text, PRODUCT
        turned = self.style.raised(self.style.bracket(text), "T")
        self.standing[turned] = text
        return turned, POWER

    def text(self, tree: Tree, least: int = SUM) -> str:
        found, level = self.show(tree)
        return found if level >= least else self.style.bracket(found)

    def show(self, tree: Tree) -> tuple[str, int]:
        shown = getattr(self, tree.kind)(tree)
        return self.lifted(tree, *shown) if tree.lifted else shown

    def lifted(self, tree: Tree, text: str, level: int) -> tuple[str, int]:
        """A vector that is taken to every row or column of a matrix: 𝟏bᵀ, b𝟏ᵀ."""
        style = self.style
        if tree.lifted == "column":
            return self.beside(self.at_least(text, level, POWER), style.raised(style.ones, "T"), text), PRODUCT
        return self.beside(style.ones, style.raised(self.at_least(text, level, ATOM), "T"), style.ones), PRODUCT

    # ---------------------------------------------------------------- leaves

    def number(self, tree):
        if isinstance(tree.value, Fraction) and tree.end - tree.start == 1:  # written as ½
            text = self.style.fraction(str(tree.value.numerator), str(tree.value.denominator))
            if text is not None:
                return text, ATOM
        return self.style.number(tree.value), ATOM

    def name(self, tree):
        if tree.value == "ones":
            return self.style.ones, ATOM
        return self.style.name((tree.reading or tree.value).removeprefix("np.")), ATOM

    def string(self, tree):
        return self.style.quoted(tree.value), ATOM

    def shape(self, tree):
        size = find(tree.reading) if tree.reading is not None else None
        if type(size) is Dim:
            return str(size), ATOM if len(size.terms) == 1 and len(size.names) < 2 else SUM
        return f"{self.text(tree.args[0], ATOM)}.shape[{tree.value}]", ATOM

    def newaxis(self, tree):
        return "None", ATOM

    def ellipsis(self, tree):
        return "…", ATOM

    # ---------------------------------------------------------------- sums, products, powers

    def sum(self, tree):
        parts = []
        for i, (sign, term) in enumerate(zip(tree.value, tree.args)):
            text = self.text(term, ENTRYWISE)
            if i == 0:
                parts.append(self.style.minus + text if sign == "-" else text)
            else:
                parts.append(f" {self.style.minus if sign == '-' else '+'} {text}")
        return "".join(parts), SUM

    def product(self, tree):
        """Factors side by side. `lead` holds scalars in front, so that 0.5 x @ A reads ½xᵀA, not (½x)ᵀA."""
        style = self.style
        readings = tree.reading or [""] * len(tree.args)
        first = tree.args[0]
        current, level = self.show(first)
        if (
            first.kind == "product"
            and first.shape
            and not first.shape[0]
            and any(a.shape and a.shape[0] for a in first.args)
            and not (type(style) is Latex and tree.value[1] == "/")
        ):
            current, level = self.at_least(current, level, POWER), POWER
        lead, head, last, row, sign_before = "", None, current, False, None
        scalar = not (first.shape and first.shape[0])
        for sign, reading, factor in zip(tree.value[1:], readings[1:], tree.args[1:]):
            shaped = bool(factor.shape and factor.shape[0])
            if row and level == PRODUCT and (sign in ("/", "./") or reading in ("⊙", "⊗")):
                current, level = self.stand(tree, current)
                row = level == PRODUCT
            if sign in ("/", "./"):
                if shaped:
                    current = self.at_least(current, level, ENTRYWISE) + style.oslash + self.text(factor, POWER)
                    level = ENTRYWISE
                else:
                    short = level >= PRODUCT
                    current = self.quotient(current, level, factor)
                    level = PRODUCT if short and " " not in current else ENTRYWISE
                    level = POWER if type(style) is Latex else level  # a fraction needs no brackets
                sign_before, last = None, current
            elif reading in ("⊙", "⊗"):
                least = ENTRYWISE if sign_before in (None, reading) else PRODUCT
                current = (
                    self.at_least(current, level, least)
                    + (style.odot if reading == "⊙" else style.otimes)
                    + self.text(factor, POWER)
                )
                level, row, sign_before = ENTRYWISE, False, reading
            else:
                if reading in ("row", "dot") and not row:
                    current, level = self.lying(current, level)
                row = reading == "row" or (row and reading != "dot")
                right = self.text(factor, PRODUCT if factor.kind == "bigsum" and factor is tree.args[-1] else POWER)
                if scalar and shaped and not lead:
                    lead = self.at_least(current, level, PRODUCT)
                    current, level = self.show(factor)
                    head = right
                else:
                    current, level = self.beside(self.at_least(current, level, PRODUCT), right, last), PRODUCT
                last, sign_before = right, None
            scalar = scalar and not shaped
        if lead:
            current = self.beside(lead, self.at_least(current, level, ENTRYWISE), lead, head)
            level = min(level, PRODUCT)
        return self.stand(tree, current) if row and level == PRODUCT else (current, level)

    def at_least(self, text: str, level: int, least: int) -> str:
        return text if level >= least else self.style.bracket(text)

    def quotient(self, current: str, level: int, factor: Tree) -> str:
        below = self.text(factor)
        if level >= ATOM and current.isdigit() and below.isdigit():
            found = self.style.fraction(current, below)
            if found is not None:
                return found
        if type(self.style) is Latex:
            return self.style.fraction(current, below)
        tight = self.text(factor, POWER)
        spaced = len(current) > 3 or len(tight) > 3
        return self.at_least(current, level, ENTRYWISE) + (" / " if spaced else "/") + tight

    def beside(self, left: str, right: str, last: str, head: str | None = None) -> str:
        """Two factors side by side, thin where no letters run together.

        `last` is the last factor of `left`, `head` the first one of `right`.
        """
        head = head or right
        if right[:1] in _DIGITS or (type(self.style) is Unicode and right[:1] in VULGAR):
            return left + self.style.dot + right
        if type(self.style) is Latex:
            return f"{left} {right}"
        if last == self.style.ones and right[0] == "(":
            return f"{left} {right}"  # ones(…) is a call
        first = 0
        while first < len(head) and head[first].isalpha() and head[first].isascii():
            first += 1
        tail = 0
        while tail < len(last) and last[-1 - tail].isalpha() and last[-1 - tail].isascii():
            tail += 1
        words = first > 1 or tail > 1 or first == tail == 1 and (head[0] in "eI" or last[-1] in "eI" or is_word(last[-1] + head[0])) or last.endswith("_F") or (head[first : first + 1] == "(" and first)
        called = head.startswith("σ(") or (head[:1] == "Σ" and head[1:2] not in ("", "⁻", "²", "³", "ᵀ", "^"))
        words = words or (last[-1:] in _DIGITS and last[-2:-1].isalpha() and first > 0)  # W1 x
        slash = "^" in last[-3:] or last.startswith("√") or "/" in last and "(" not in last and " " not in last
        return left + (" " if words or called or slash else "") + right

    def power(self, tree):
        base, exponent = tree.args
        raised = self.text(exponent).replace("−", "-")
        if base.kind == "call" and tree.value == "^":
            return self.style.raised(self.text(base, ATOM), raised), POWER
        shown = self.text(base, ATOM)
        entrywise = tree.value in (".^", "**") and base.shape is not None and base.shape[0] > 0
        return (self.style.entrywise if entrywise else self.style.raised)(shown, raised), POWER

    def transpose(self, tree):
        inner = tree.args[0]
        if inner.shape and inner.shape[0] < 2 and tree.value == ".T":
            return self.show(inner)
        if inner.kind == "call" and inner.value in ("inv", "inverse") and len(inner.args) == 1:
            return self.style.raised(self.text(inner.args[0], ATOM), "-T"), POWER
        if inner.kind == "power" and self.text(inner.args[1]).replace("−", "-") == "-1":
            return self.style.raised(self.text(inner.args[0], ATOM), "-T"), POWER
        return self.style.raised(self.text(inner, ATOM), "T"), POWER

    # ---------------------------------------------------------------- functions

    def call(self, tree):
        name, args = tree.value, tree.args
        if name == "sqrt" and len(args) == 1:
            text, level = self.show(args[0])
            return self.style.root(text, level == ATOM), ATOM
        if name in ("abs", "absolute") and len(args) == 1:
            return self.style.bars(self.text(args[0])), ATOM
        if name in ("inv", "inverse") and len(args) == 1:
            return self.style.raised(self.text(args[0], ATOM), "-1"), POWER
        if name == "solve" and len(args) == 2:
            return self.pair(self.style.raised(self.text(args[0], ATOM), "-1"), args[1]), PRODUCT
        if name == "outer" and len(args) == 2:
            left = self.text(args[0], POWER)
            return self.beside(left, self.style.raised(self.text(args[1], ATOM), "T"), left), PRODUCT
        if name == "inner" and len(args) == 2:
            return self.style.angle(self.text(args[0]), self.text(args[1])), ATOM
        if name == "where" and len(args) == 3 and type(self.style) is Latex:
            return self.cases(tree), ATOM
        if name == "kron" and len(args) == 2:
            return self.text(args[0], POWER) + self.style.otimes + self.text(args[1], POWER), ENTRYWISE
        if name == "norm" and len(args) == 1 and not tree.extra:
            return self.style.norm(self.text(args[0]), "F" if args[0].shape and args[0].shape[0] == 2 else None), ATOM
        if name in ("dot", "matmul") and len(args) == 2 and args[0].shape and args[1].shape:
            left = self.text(args[0], POWER)
            if args[0].shape[0] == 1:
                left = self.lying(*self.show(args[0]))[0]
            found = self.pair(left, args[1])
            return self.stand(tree, found) if args[0].shape[0] == 1 else (found, PRODUCT)
        if name == "log_base":
            return self.style.word("log") + self.style.low(self.text(args[1])) + self.style.bracket(
                self.text(args[0])
            ), ATOM
        if name in ("eye", "identity"):
            return "I", ATOM
        if name == "power" and len(args) == 2:
            return self.power(Tree("power", "**", args, tree.start, tree.end))
        if name == "square":
            return self.power(Tree("power", "**", [args[0], Tree("number", 2, (), 0, 0)], tree.start, tree.end))
        if name == "logdet" and len(args) == 1:
            inner = self.text(args[0], ATOM)
            gap = "" if inner.startswith(("(", "\\left")) else self.style.space
            return self.style.word("log") + self.style.space + self.style.bars(
                self.style.word("det") + gap + inner
            ), POWER
        if name in ("log2", "log10"):
            return self.style.word("log") + self.style.low(name[3:]) + self.style.bracket(self.text(args[0])), ATOM
        shown = [self.text(a, SUM - 1) for a in args]
        for key, value in (tree.extra or {}).items():
            if key != "keepdims":
                shown.append(f"{key}={self.text(value)}")
        return self.style.word(_CALLED.get(name, name)) + self.style.bracket(", ".join(shown)), ATOM

    def cases(self, tree: Tree) -> str:
        """where(c, a, where(…)) as the rows of cases."""
        rows = []
        while tree.kind == "call" and tree.value == "where" and len(tree.args) == 3:
            condition, value, tree = tree.args
            rows.append(rf"{self.text(value, SUM - 1)} & {self.text(condition, SUM - 1)}")
        rows.append(rf"{self.text(tree, SUM - 1)} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def pair(self, left: str, right: Tree) -> str:
        return self.beside(left, self.text(right, POWER), left)

    def norm(self, tree):
        order = tree.value
        inner = tree.args[0]
        which = None
        if order is not None:
            which = (
                str(order.value) if order.kind in ("number", "name") else self.text(order).strip("[]").replace(" ", "")
            )
        if which == "2" and inner.shape and inner.shape[0] < 2:
            which = None
        if which is None and inner.shape and inner.shape[0] == 2:
            which = "F"
        return self.style.norm(self.text(inner), which), ATOM

    def bars(self, tree):
        return self.style.bars(self.text(tree.args[0])), ATOM

    def bigsum(self, tree):
        binder = tree.value
        bound = None
        if binder.bound:
            i, relation, j = binder.bound
            bound = (
                i + self.style.relation(relation).strip() + j
                if type(self.style) is Unicode
                else i + self.style.relation(relation) + j
            )
        top = self.text(binder.upper) if binder.upper is not None else None
        bottom = self.text(binder.lower) if binder.lower is not None else "1"
        sign = self.style.big_sum(tree.extra, "".join(binder.letters), bound, bottom, top)
        body = self.text(tree.args[0], ENTRYWISE)
        return sign + ("" if sign.endswith(" ") else " ") + body, PRODUCT

    def subscript(self, tree):
        parts = "".join(str(c) + (f"{o:+d}" if o else "") for c, o in tree.value)
        return self.text(tree.args[0], ATOM) + self.style.low(parts), ATOM

    def compare(self, tree):
        return self.text(tree.args[0], SUM) + self.style.relation(tree.value) + self.text(tree.args[1], SUM), SUM - 1

    # ---------------------------------------------------------------- arrays

    def list(self, tree):
        return "[" + ", ".join(self.text(a) for a in tree.args) + "]", ATOM

    def slice(self, tree):
        start, stop, step = (self.text(a).replace("−", "-") if a is not None else "" for a in tree.args)
        return f"{start}:{stop}" + (f":{step}" if step else ""), ATOM

    def item(self, tree):
        base = tree.args[0]
        if base.kind == "shape":
            return self.shape(tree)
        if (
            base.kind == "call"
            and base.value == "slogdet"
            and tree.args[1].kind == "number"
            and tree.args[1].value == 1
        ):
            return self.call(Tree("call", "logdet", base.args, tree.start, tree.end))
        parts = [p for p in tree.args[1:] if p.kind != "newaxis"]
        whole = all(p.kind == "slice" and p.args[0] is None and p.args[1] is None for p in parts)
        if whole and len(parts) < len(tree.args) - 1 and tree.shape and tree.shape[0] < 3:
            return self.show(base)  # only axes of length one were added
        inner = ", ".join(self.text(p).replace("−", "-") for p in tree.args[1:])
        return f"{self.text(base, ATOM)}[{inner}]", ATOM


def is_word(letters: str) -> bool:
    """Whether letters that run together are read as a function or a keyword."""
    return letters in RESERVED or is_function(letters)


def _whole(style: Unicode, tree: Tree, lets: list, lettered: dict) -> str:
    echo = Echo(style)
    found = echo.text(tree, SUM - 1)
    if lets:
        shown = []
        for name, inner in lets[-SHOWN_LETS:]:
            low = lettered.get(name, "")
            shown.append(f"{style.name(name)}{style.low(low) if low else ''} = {echo.text(inner)}")
        word = r" \quad\text{where}\quad " if type(style) is Latex else "   where "
        found += word + (r",\; " if type(style) is Latex else ", ").join(shown)
    return found


def unicode_echo(tree: Tree, lets: list, lettered: dict) -> str:
    """The result as it was understood, and behind it the definitions of its intermediates."""
    return _whole(Unicode(), tree, lets, lettered)


def latex_echo(tree: Tree, lets: list, lettered: dict) -> str:
    """The same in LaTeX."""
    return _whole(Latex(), tree, lets, lettered)
