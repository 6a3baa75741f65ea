"""Expressions: a Pratt parser that builds flat sums and products, with about three Python frames per bracket.

Binding, loosest first: comparison · sum · product (juxtaposition * @ / .* ./ ⊗, left to right) · sign · power and
what stands behind an operand (' ^T _i [..] .T). `sum_i` and functions without brackets are prefixes: the first takes
a product, the others the operands that follow, up to the next operator or function name.
"""

from __future__ import annotations

from ..core.errors import LimitError, ParseError
from .bars import Bars
from .behind import Behind
from .calls import Calls
from .lexer import DEEPEST, column, too_deep
from .tree import Tree
from .vocabulary import RESERVED

MOST_FACTORS = 5000

_TIMES = frozenset(("*", "@", "/", ".*", "./", "kron"))
_RELATIONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
_RAISED = frozenset(("'", "⊤", "^", "**", ".^", ".**", "_", "[", ".", "!"))
_BARS = frozenset(("|", "‖"))
SUM, OPERANDS, TERMS = 0, 2, 3  # levels of `expression`; 1 is one product, TERMS a sum that is not compared


class Parser(Calls, Bars, Behind):
    """Reads one expression after another from a list of tokens. `script` holds the decisions taken at bars."""

    def __init__(self, text: str, tokens: list, bound: set, numpy: bool, script: list, latex: bool = False):
        self.text, self.tokens, self.bound, self.numpy, self.latex = text, tokens, bound, numpy, latex
        self.at = 0
        self.open: list = []  # bars that are open within the innermost bracket
        self.depth = 0
        self.script, self.taken = script, 0
        self.notes: list[str] = []
        self.bare: set | None = None
        self.juxtaposed = False
        self.certain = False  # an error that no other reading of bars would mend
        self.defined: dict[str, str] = {}  # names defined as r(x) = …, and their arguments

    # ---------------------------------------------------------------- sums and products

    def expression(self, level: int = SUM) -> Tree:
        """A comparison, sum or product; `level` says where to stop."""
        tokens = self.tokens
        self.depth += 1
        if self.depth > DEEPEST + 10:
            raise too_deep(tokens[self.at][2])
        start = tokens[self.at][2]
        terms, signs = [], []
        while True:
            sign = "+"
            while tokens[self.at][1] in ("-", "+") and tokens[self.at][0] == "op":
                if tokens[self.at][1] == "-":
                    sign = "-" if sign == "+" else "+"
                self.at += 1
            factors, times = [self.operand()], [""]
            while True:
                kind, value, where, _ = tokens[self.at]
                if kind == "op":
                    if value in _TIMES:
                        if level == OPERANDS:
                            break
                        self.at += 1
                        times.append(value)
                        factors.append(self.signed())
                        continue
                    if value in ("(", "√", "∑", "⟨", "[", "frac") or value == "{" and self.latex:
                        pass
                    elif value in _BARS and self.opens_bar():
                        pass
                    else:
                        break
                elif kind == "name":
                    if value in RESERVED and self.is_reserved(value):
                        break
                    if level == OPERANDS and self.starts_function():
                        break
                elif kind != "num" or self.number_cannot_follow():
                    break
                self.juxtaposed = True
                times.append(" ")
                factors.append(self.operand())
            if len(factors) > MOST_FACTORS:
                raise LimitError(
                    "a product has too many factors",
                    given=f"{len(factors):,} factors",
                    expected=f"at most {MOST_FACTORS:,}",
                    fix="name parts of it on lines of their own",
                )
            if self.latex:
                times, factors = entrywise_last(times, factors)
            term = (
                factors[0]
                if len(factors) == 1
                else Tree("product", tuple(times), factors, factors[0].start, factors[-1].end)
            )
            terms.append(term)
            signs.append(sign)
            kind, value, _, _ = tokens[self.at]
            if (level == SUM or level == TERMS) and kind == "op" and (value == "+" or value == "-"):
                continue
            break
        if len(terms) == 1 and signs[0] == "+":
            found = terms[0]
        else:
            found = Tree("sum", "".join(signs), terms, start, terms[-1].end)
        if level == SUM and kind == "op" and value in _RELATIONS:
            found = self.compared(found, start)
        self.depth -= 1
        return found

    def compared(self, left: Tree, start: int) -> Tree:
        """x > 0, or a chain such as 0 < x < 1, which holds where each of its parts does."""
        parts = []
        while self.tokens[self.at][0] == "op" and self.tokens[self.at][1] in _RELATIONS:
            relation = self.tokens[self.at][1]
            self.at += 1
            right = self.expression(TERMS)
            parts.append(Tree("compare", relation, [left, right], left.start, right.end))
            left = right
        if len(parts) == 1:
            return parts[0]
        return Tree("product", ("", *[".*"] * (len(parts) - 1)), parts, start, left.end)

    def signed(self) -> Tree:
        """An operand that may carry a sign, as in `a * -b`."""
        kind, value, start, _ = self.tokens[self.at]
        if kind == "op" and value in ("-", "+"):
            sign = "+"
            while self.tokens[self.at][1] in ("-", "+") and self.tokens[self.at][0] == "op":
                sign = {"+": "-", "-": "+"}[sign] if self.tokens[self.at][1] == "-" else sign
                self.at += 1
            operand = self.operand()
            return operand if sign == "+" else Tree("sum", "-", [operand], start, operand.end)
        return self.operand()

    def number_cannot_follow(self) -> bool:
        """Whether a number at this place is an error rather than a factor."""
        before, here = self.tokens[self.at - 1], self.tokens[self.at]
        if before[0] == "num" and not (self.at > 1 and self.tokens[self.at - 2][1] in ("_", "^")):
            raise ParseError(
                f"there is no operator between `{self.text[before[2] : before[3]]}` and `{self.text[here[2] : here[3]]}`",
                self.text, here[2], expected="an operator such as * or +",
            )  # fmt: skip
        return False

    # ---------------------------------------------------------------- operands

    def operand(self) -> Tree:
        """A number, name, call, bracket or norm, with all that stands behind it."""
        kind, value, start, end = self.tokens[self.at]
        if kind == "num":
            self.at += 1
            found = Tree("number", value, (), start, end)
        elif kind == "name":
            found = self.named(value, start, end)
        elif kind == "str":
            self.at += 1
            return Tree("string", value, (), start, end)
        elif kind != "op":
            raise self.nothing_here()
        elif value == "(" or value == "[" or value == "{":
            found = self.bracket(value, start)
        elif value in _BARS:
            found = self.barred(start)
        elif value == "√":
            self.at += 1
            inner = self.operand()
            found = Tree("call", "sqrt", [inner], start, inner.end)
        elif value == "∑":
            self.at += 1
            return self.big_sum("sum", "", start)
        elif value == "⟨":
            found = self.inner_product(start)
        elif value == "frac":
            found = self.fraction(start)
        elif value in ("-", "+"):
            return self.signed()
        elif value == "'" or value == "⊤":
            raise ParseError(f"`{value}` has nothing to transpose", self.text, start, expected="an operand on its left")
        else:
            raise self.nothing_here()
        token = self.tokens[self.at]
        if (token[0] == "op" and token[1] in _RAISED) or token[0] == "sup":
            return self.raised(found)
        return found

    def fraction(self, start: int) -> Tree:
        r"""LaTeX's \frac{a}{b}."""
        self.at += 1
        parts = []
        for _ in range(2):
            kind, value, where, _ = self.tokens[self.at]
            if value != "{":
                raise ParseError("a fraction has two parts in braces", self.text, where, expected=r"\frac{a}{b}")
            parts.append(self.bracket("{", where))
        return Tree("product", ("", "/"), parts, start, parts[1].end)

    def bracket(self, value: str, start: int) -> Tree:
        """(…), [a, b] or {…}; a tuple or several entries make a list."""
        closing = {"(": ")", "[": "]", "{": "}"}[value]
        self.at += 1
        if self.tokens[self.at][1] == closing and self.tokens[self.at][0] == "op":
            raise ParseError(
                "the brackets are empty", self.text, start, expected=f"an expression between `{value}` and `{closing}`"
            )
        kept, self.open = self.open, []
        entries = [self.expression()]
        if value == "[" and self.tokens[self.at][1] == "=" and not self.numpy:  # [x = max(x)], which is 1 where it holds
            self.at += 1
            right = self.expression(TERMS)
            entries = [Tree("compare", "==", [entries[0], right], entries[0].start, right.end)]
        listed = False
        while self.tokens[self.at][1] in (",", ";") and self.tokens[self.at][0] == "op":
            self.at += 1
            listed = True
            if self.tokens[self.at][1] == closing:
                break
            entries.append(self.expression())
        self.open = kept
        end = self.expect(closing, start)
        if listed or (value == "[" and self.numpy):
            return Tree("list", value, entries, start, end)
        inner = entries[0]
        return Tree(inner.kind, inner.value, inner.args, start, end, inner.extra)

    def expect(self, closing: str, opened: int) -> int:
        kind, value, start, end = self.tokens[self.at]
        if kind != "op" or value != closing:
            if kind == "nl":
                raise ParseError("the line ends too soon", self.text, start, expected=f"`{closing}`")
            shown = self.text[start:end] or "the end"
            raise ParseError(
                f"`{shown}` cannot stand here", self.text, start,
                expected=f"an operator, or `{closing}` for the `{self.text[opened]}` at column {column(self.text, opened)}",
            )  # fmt: skip
        self.at += 1
        return end

    def nothing_here(self) -> ParseError:
        """The error for a place where an operand should stand."""
        kind, value, start, end = self.tokens[self.at]
        before = self.tokens[self.at - 1] if self.at else None
        if before is not None and before[0] == "op" and before[1] not in (")", "]", "}"):
            shown = self.text[before[2] : before[3]]
            if before[1] in ("(", "[", "{"):
                return ParseError(
                    f"`{self.text[start:end]}` cannot open an expression", self.text, start, expected="a number, a name or `(`",
                )  # fmt: skip
            if before[1] in _BARS:
                return ParseError(
                    f"the bar at column {column(self.text, before[2])} has nothing behind it", self.text, before[2],
                    expected="||x|| or |x|", fix="every bar that opens needs one that closes",
                )  # fmt: skip
            return ParseError(
                f"`{shown}` has nothing on its right", self.text, before[2],
                expected="a number, a name or `(`", fix=f"remove the `{shown}`, or write what belongs there",
            )  # fmt: skip
        if kind == "end":
            return ParseError("the expression ends too soon", self.text, start, expected="a number, a name or `(`")
        return ParseError(
            f"`{self.text[start:end]}` has nothing on its left" if value in _TIMES or value in ("^", "**") else
            f"`{self.text[start:end].strip() or 'a new line'}` cannot stand here",
            self.text, start, expected="a number, a name or `(`",
        )  # fmt: skip


def entrywise_last(times: list, factors: list) -> tuple[list, list]:
    """A product as LaTeX means it: f \\odot U h is f ⊙ (U h), since what stands side by side is multiplied first."""
    cuts = [k for k, sign in enumerate(times) if sign in (".*", "./")]
    if not cuts or len(cuts) == len(factors) - 1:
        return times, factors
    signs, groups = [""], []
    bounds = [0, *cuts, len(factors)]
    for begin, stop in zip(bounds, bounds[1:]):
        part = factors[begin:stop]
        inner = ("", *times[begin + 1 : stop])
        groups.append(part[0] if len(part) == 1 else Tree("product", inner, part, part[0].start, part[-1].end))
        if stop < len(factors):
            signs.append(times[stop])
    return signs, groups
