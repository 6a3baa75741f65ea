"""Explicit sums (sum_i, sum_{j <= i}) and norms: what opens with a sum sign or a bar.

A bar closes what is open if it can, unless spaces say otherwise (` ||x` opens). Each such choice is written into
`script`; where a reading fails, `text.parse` turns the last choice round and reads again.
"""

from __future__ import annotations

from ..core.errors import ParseError
from .lexer import column
from .names import split_subscript
from .tree import Binder, Tree
from .vocabulary import RESERVED

PRODUCT = 1  # the level of `expression` that reads one product
_BARS = frozenset(("|", "‖"))
_RELATIONS = frozenset(("<", "<=", ">", ">=", "==", "!="))


class Bars:
    """The part of the parser that reads sum signs and norms."""

    def sums_with_sigma(self, low: str) -> bool:
        """Whether Σ_i at this place sums over what follows; Σ_k^-1 is a matrix."""
        at = self.at
        if not low:
            while self.tokens[at][1] != "}" and self.tokens[at][0] != "end":
                if self.tokens[at][1] == "=" or self.tokens[at][1] in _RELATIONS:
                    return True
                at += 1
            at += self.tokens[at][0] != "end"
        kind, value, _, _ = self.tokens[at]
        if kind in ("num", "name"):
            return value not in RESERVED
        if kind == "op" and value == "^":
            return self.tokens[at + 1][1] not in ("T", "-", "{", "⊤", "(") or self.tokens[at + 1][0] == "num"
        return kind == "op" and value in ("(", "|", "‖", "√", "∑")

    def big_sum(self, what: str, low: str, start: int) -> Tree:
        """sum_i …, sum_{j <= i} …, sum_{i=1}^n …: the body is the product that follows."""
        binder = Binder(tuple(low)) if low else self.binder(start)
        if low and not low.isalpha():
            raise ParseError(f"`{what}_{low}` does not name an index", self.text, start, expected=f"{what}_i …")
        if self.tokens[self.at][1] == "^" and self.tokens[self.at][0] == "op":
            self.at += 1
            binder.upper = self.exponent()
        elif self.tokens[self.at][0] == "sup":
            kind, value, where, end = self.tokens[self.at]
            self.at += 1
            binder.upper = (
                Tree("number", int(value), (), where, end) if value.isdigit() else Tree("name", value, (), where, end)
            )
        if what == "prod":
            raise ParseError(
                "explicit products are not available",
                self.text,
                start,
                expected="sum_i …",
                fix="exp(sum_i log(…)) where the factors are positive",
            )
        if what in ("min", "max") and not self.carries(binder.letters):
            raise ParseError(
                f"`{self.text[start : self.tokens[self.at - 1][3]]}` is no part of a function",
                self.text,
                start,
                expected=f"an index, as in {what}_i x_i",
                fix="give the function alone",
            )
        if self.tokens[self.at][0] == "end":
            raise ParseError(
                f"`{self.text[start : self.tokens[self.at - 1][3]]}` has nothing to sum",
                self.text,
                start,
                expected="an expression behind it",
            )
        body = self.expression(PRODUCT)
        return Tree("bigsum", binder, [body], start, body.end, what)

    def carries(self, letters: tuple) -> bool:
        """Whether one of `letters` occurs in a subscript further on."""
        rest = self.tokens[self.at :]
        names = [split_subscript(t[1])[1] for t in rest if t[0] == "name"]
        braced = [b[1] for a, b in zip(rest, rest[1:]) if a[1] in ("_", "{", ",") and b[0] == "name"]
        return any(letter in low for low in names + braced for letter in letters)

    def binder(self, start: int) -> Binder:
        """What stands behind `sum_`: a letter, or {j <= i}, {i=1}, {i,j}."""
        if self.tokens[self.at][1] != "_" or self.tokens[self.at][0] != "op":
            raise ParseError(
                "a sum sign needs an index", self.text, start,
                expected=r"\sum_i … or \sum_{i=1}^n …" if self.latex else "sum_i …, or sum(…) for all entries",
            )
        self.at += 1
        kind, value, where, end = self.tokens[self.at]
        if kind == "name":
            self.at += 1
            return Binder(tuple(value))
        if value != "{":
            raise ParseError("a sum sign needs an index", self.text, where, expected="sum_i …")
        self.at += 1
        letters, bound, lower = [], None, None
        while True:
            kind, value, where, end = self.tokens[self.at]
            self.at += 1
            if kind == "name":
                letters.extend(value)
            elif kind == "op" and value == "}":
                break
            elif kind == "op" and value == "=" and letters:
                lower = self.expression()
                other = self.following(lower)
                if other is not None:  # sum_{j=i+1}^n
                    bound, lower = (letters[-1], *other), None
                elif not (lower.kind == "number" and isinstance(lower.value, int)):
                    raise ParseError(
                        "the start of the sum is no number", self.text, lower.start, expected="such as {i=1} or {j=i+1}"
                    )
            elif kind == "op" and value in _RELATIONS and letters:
                other = self.tokens[self.at]
                if other[0] != "name" or len(other[1]) != 1:
                    raise ParseError(
                        "the bound of a sum is another index", self.text, other[2], expected="such as {j <= i}"
                    )
                self.at += 1
                bound = (letters[-1], value, other[1])
                if letters[:-1] == [letters[-1]]:  # {k=1, k != i}
                    letters.pop()
            elif not (kind == "op" and value == ","):
                raise ParseError(
                    f"`{self.text[where:end]}` cannot stand in the index of a sum",
                    self.text,
                    where,
                    expected="such as {i=1} or {j <= i}",
                )
        if not letters:
            raise ParseError("the sum names no index", self.text, start, expected="sum_i …")
        return Binder(tuple(letters), bound, None, lower)

    def following(self, lower: Tree) -> tuple | None:
        """(relation, index) where a sum starts at another index, or at the one behind it."""
        if lower.kind == "name" and len(lower.value) == 1:
            return ">=", lower.value
        if lower.kind == "sum" and lower.value == "++" and [a.kind for a in lower.args] == ["name", "number"]:
            if lower.args[1].value == 1 and len(lower.args[0].value) == 1:
                return ">", lower.args[0].value
        return None

    def run(self) -> tuple[int, int]:
        """How many bars stand here without a gap, and where the last of them ends."""
        at, end, count = self.at, self.tokens[self.at][2], 0
        while self.tokens[at][1] == "|" and self.tokens[at][0] == "op" and self.tokens[at][2] == end:
            end, at, count = self.tokens[at][3], at + 1, count + 1
        return count, end

    def decide(self, default: bool) -> bool:
        if self.taken == len(self.script):
            self.script.append((default, False))
        self.taken += 1
        return self.script[self.taken - 1][0]

    def opens_bar(self) -> bool:
        """Whether the bar here, behind an operand, opens a norm (else it closes one)."""
        if not self.open:
            return True
        value, start = self.tokens[self.at][1:3]
        side = getattr(value, "side", None)  # LaTeX's \\left and \\right
        if side is not None:
            return side == "left"
        count, end = (2, self.tokens[self.at][3]) if value == "‖" else self.run()
        innermost = self.open[-1]
        if (innermost == "‖") != (value == "‖") or (innermost == "||" and count < 2):
            return True
        after = self.tokens[self.at + (1 if value == "‖" else count)]
        spaced_before, spaced_after = start > self.tokens[self.at - 1][3], after[2] > end or after[0] in ("end", "nl")
        return self.decide(spaced_before and not spaced_after)

    def barred(self, start: int) -> Tree:
        """||x||, ‖x‖ or |x|, and the order of a norm."""
        if self.tokens[self.at][1] == "‖":
            which, width = "‖", 1
        else:
            count, _ = self.run()
            double = count >= 2 and self.decide(count != 3)
            which, width = ("||", 2) if double else ("|", 1)
        self.at += width
        self.open.append(which)
        inner = self.expression()
        kind, value, where, end = self.tokens[self.at]
        closing = "‖" if which == "‖" else "|"
        if kind != "op" or value != closing or (which == "||" and self.run()[0] < 2):
            raise ParseError(
                f"`{which}` at column {column(self.text, start)} is never closed", self.text, start,
                expected=f"`{which}` behind the expression",
            )  # fmt: skip
        self.open.pop()
        self.at += width
        end = self.tokens[self.at - 1][3]
        after = self.tokens[self.at]
        if after[2] == end and (after[0] == "num" or after[1] in ("F", "inf") and after[1] not in self.bound):
            self.certain = True
            raise ParseError(
                f"`{self.text[after[2] : after[3]]}` touches the bar before it",
                self.text,
                after[2],
                expected="an operator, or `_` for the order of a norm",
                fix=f"{self.text[start:end]}_{after[1]}" if end - start < 50 else None,
            )
        if which == "|":
            return Tree("bars", None, [inner], start, end)
        order = None
        if self.tokens[self.at][1] == "_" and self.tokens[self.at][0] == "op":
            order = self.small_subscript()
            end = self.tokens[self.at - 1][3]
        return Tree("norm", order, [inner], start, end)

    def inner_product(self, start: int) -> Tree:
        self.at += 1
        kept, self.open = self.open, []
        left = self.expression()
        self.expect(",", start)
        right = self.expression()
        self.open = kept
        return Tree("call", "inner", [left, right], start, self.expect("⟩", start))

    def small_subscript(self) -> Tree:
        """What stands behind `_` after a norm or a function: 2, p, F, inf, {2,1}."""
        self.at += 1
        kind, value, start, end = self.tokens[self.at]
        if kind == "num" or kind == "name":
            self.at += 1
            return Tree("number" if kind == "num" else "name", value, (), start, end)
        if kind == "op" and value == "{":
            return self.bracket("{", start)
        if kind == "op" and value == "*":
            self.at += 1
            return Tree("name", "nuc", (), start, end)
        raise ParseError(
            "`_` has nothing behind it", self.text, start, expected="the order of the norm, such as _2, _1, _F"
        )
