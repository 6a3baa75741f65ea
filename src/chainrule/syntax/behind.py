"""What stands behind an operand: powers, transposes, subscripts, items, attributes."""

from __future__ import annotations

import re

from ..core.errors import LimitError, ParseError
from .lexer import DEEPEST, too_deep
from .tree import Tree
from .vocabulary import IDENTITY_METHODS, METHODS, NUMPY_ROOTS

_BARS = frozenset(("|", "‖"))
_RELATIONS = frozenset(("<", "<=", ">", ">=", "==", "!=", "="))


class Behind:
    """The part of the parser that reads what stands behind an operand."""

    def raised(self, found: Tree) -> Tree:
        """Powers, transposes, subscripts, items and attributes behind `found`, left to right."""
        count = 0
        while True:
            kind, value, start, end = self.tokens[self.at]
            count += 1
            if count > DEEPEST:
                raise LimitError(
                    "too many powers and transposes follow one another",
                    given=f"more than {DEEPEST}",
                    expected=f"at most {DEEPEST}",
                )
            if kind == "sup":
                self.at += 1
                found = self.power_of(found, value, start, end)
            elif kind != "op":
                return found
            elif value == "'" or value == "⊤":
                self.at += 1
                found = Tree("transpose", value, [found], found.start, end)
            elif value == "^":
                found = self.caret(found)
            elif value == "!":
                self.at += 1
                found = factorial(found, end)
            elif value == "**" or value == ".^" or value == ".**":
                self.at += 1
                exponent = self.nested(self.signed) if value != ".^" else self.exponent()
                found = Tree("power", ".^" if value != "**" else "**", [found, exponent], found.start, exponent.end)
            elif value == "_":
                found = self.subscript(found)
            elif value == "[" and start == self.tokens[self.at - 1][3] and not self.is_indicator():
                found = self.item(found)
            elif value == ".":
                found = self.entrywise(found) if self.tokens[self.at + 1][0] == "sup" else self.attribute(found)
            else:
                return found

    def nested(self, part) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST + 10:
            raise too_deep(self.tokens[self.at][2])
        found = part()
        self.depth -= 1
        return found

    def power_of(self, found: Tree, value: str, start: int, end: int) -> Tree:
        if value in ("T", "-T"):
            if value == "-T":
                found = Tree("power", "^", [found, _minus_one(start, end)], found.start, end)
            return Tree("transpose", "^T", [found], found.start, end)
        if value[0] == "T":
            return self.power_of(self.power_of(found, "T", start, end), value[1:], start, end)
        if value[-1] == "T":
            return self.power_of(self.power_of(found, value[:-1], start, end), "T", start, end)
        return Tree("power", "^", [found, self.raised_sum(value, start, end)], found.start, end)

    def raised_sum(self, value: str, start: int, end: int) -> Tree:
        """The exponent that raised signs are: 2, -1, n-1, 2k."""
        terms, signs = [], ""
        for sign, digits, letters in re.findall("([+-]?)([0-9]*)([a-z]*)", value)[:-1]:
            factors = [Tree("number", int(digits), (), start, end)] if digits else []
            factors += [Tree("name", c, (), start, end) for c in letters]
            if not factors:
                raise ParseError(
                    f"`{self.text[start:end]}` is no exponent", self.text, start, expected="a number or a letter, such as x² or xⁿ",
                )  # fmt: skip
            terms.append(factors[0] if len(factors) == 1 else Tree("product", ("", *[" "] * (len(factors) - 1)), factors, start, end))
            signs += sign or "+"
        return terms[0] if signs == "+" else Tree("sum", signs, terms, start, end)

    def is_indicator(self) -> bool:
        """Whether the bracket here is [x > 0], a factor that is 1 where the comparison holds, and no index."""
        if self.numpy:
            return False
        depth, at = 0, self.at
        while True:
            kind, value, _, _ = self.tokens[at]
            if kind == "op":
                depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(value, 0)
                if not depth or value in (":", ","):
                    return False
                if depth == 1 and value in _RELATIONS:
                    return True
            at += 1

    def entrywise(self, found: Tree) -> Tree:
        """x.²: the power entry by entry, as the echo writes it."""
        _, value, start, end = self.tokens[self.at + 1]
        self.at += 2
        raised = self.power_of(found, value, start, end)
        if raised.kind == "transpose":
            raise ParseError("`.ᵀ` is no sign", self.text, start - 1, expected="ᵀ for the transpose")
        return Tree("power", ".^", raised.args, found.start, end)

    def caret(self, found: Tree) -> Tree:
        """^T, ^-T, ^{-1}, ^k: a transpose, or a power that binds to the right."""
        self.at += 1
        at, tokens = self.at, self.tokens
        braced = tokens[at][1] in ("{", "(") and tokens[at][0] == "op"
        at += braced
        minus = tokens[at][1] == "-" and tokens[at][0] == "op"
        at += minus
        kind, value, start, end = tokens[at]
        if kind == "name" and value not in self.bound and value[:1] == "T" and value[1:].isalpha() and not braced:
            tokens[at : at + 1] = [("name", "T", start, start + 1), ("name", value[1:], start + 1, end)]
            kind, value, start, end = tokens[at]
        closes = not braced or tokens[at + 1][1] in ("}", ")")
        if closes and ((kind == "name" and value == "T") or (kind == "op" and value in ("⊤", "'"))):
            self.at = at + 1 + braced
            return self.power_of(found, "-T" if minus else "T", start, tokens[self.at - 1][3])
        if closes and minus and kind == "num":
            self.at = at + 1 + braced
            exponent = Tree("sum", "-", [Tree("number", value, (), start, end)], start - 1, end)
        else:
            exponent = self.exponent()
        return Tree("power", "^", [found, exponent], found.start, self.tokens[self.at - 1][3])

    def exponent(self) -> Tree:
        """What is raised: a number, a name, a call, a bracket, with a sign; towers bind to the right."""
        kind, value, start, end = self.tokens[self.at]
        if kind == "op" and value in ("-", "+"):
            self.at += 1
            inner = self.nested(self.exponent)
            return Tree("sum", value, [inner], start, inner.end)
        if kind == "num":
            self.at += 1
            found = Tree("number", value, (), start, end)
        elif kind == "name":
            touching = self.tokens[self.at + 1][1] == "(" and self.tokens[self.at + 1][2] == end
            if touching or value in NUMPY_ROOTS:
                found = self.named(value, start, end)
            else:
                self.at += 1
                found = Tree("name", value, (), start, end)
        elif kind == "op" and value in ("(", "{", "["):
            found = self.bracket(value, start)
        elif kind == "op" and value in _BARS:
            found = self.barred(start)
        elif kind == "op" and value == "√":
            self.at += 1
            inner = self.nested(self.exponent)
            found = Tree("call", "sqrt", [inner], start, inner.end)
        else:
            raise self.nothing_here()
        if self.tokens[self.at][1] == "^" and self.tokens[self.at][0] == "op":
            found = self.nested(lambda: self.caret(found))
        return found

    def subscript(self, found: Tree) -> Tree:
        """x_i, (A B)_ij, x_{i+1}: explicit indices behind an operand."""
        self.at += 1
        kind, value, start, end = self.tokens[self.at]
        parts = []
        if kind == "num" or kind == "name":
            self.at += 1
            if found.kind == "name" and kind == "name":
                return Tree("name", f"{found.value}_{value}", (), found.start, end)
            parts = [(value, 0)] if kind == "num" else [(c, 0) for c in value]
        elif kind == "op" and value == "{":
            self.at += 1
            plain = self.tokens[self.at]
            if found.kind == "name" and plain[0] in ("name", "num") and self.tokens[self.at + 1][1] == "}":
                self.at += 2
                return Tree("name", f"{found.value}_{plain[1]}", (), found.start, self.tokens[self.at - 1][3])
            while True:
                kind, value, start, end = self.tokens[self.at]
                self.at += 1
                if kind == "name":
                    parts.extend((c, 0) for c in value)
                elif kind == "num":
                    parts.append((value, 0))
                elif value in ("+", "-") and parts and self.tokens[self.at][0] == "num":
                    step = self.tokens[self.at][1] * (1 if value == "+" else -1)
                    parts[-1] = (parts[-1][0], parts[-1][1] + step)
                    self.at += 1
                elif value == "}":
                    break
                elif value != ",":
                    raise ParseError(
                        f"`{self.text[start:end]}` cannot stand in a subscript",
                        self.text,
                        start,
                        expected="letters, such as x_{ij}",
                    )
        else:
            raise ParseError("`_` has nothing behind it", self.text, start, expected="an index such as _i")
        return Tree("subscript", tuple(parts), [found], found.start, self.tokens[self.at - 1][3])

    def item(self, found: Tree) -> Tree:
        """x[1:], X[:, 0], x[:, None]."""
        opened = self.tokens[self.at][2]
        self.at += 1
        kept, self.open = self.open, []
        parts = [found]
        while not (self.tokens[self.at][1] == "]" and self.tokens[self.at][0] == "op"):
            kind, value, start, end = self.tokens[self.at]
            if kind == "op" and value == "...":
                self.at += 1
                parts.append(Tree("ellipsis", None, (), start, end))
            else:
                bounds, colons = [None], 0
                while True:
                    kind, value, _, end = self.tokens[self.at]
                    if kind == "op" and value == ":":
                        self.at += 1
                        colons += 1
                        bounds.append(None)
                    elif kind == "op" and value in ("]", ","):
                        break
                    elif kind == "name" and value == "None":
                        self.at += 1
                        bounds[-1] = Tree("newaxis", None, (), start, end)
                    elif bounds[-1] is not None:
                        raise ParseError(
                            f"`{self.text[self.tokens[self.at][2] : end]}` cannot stand here",
                            self.text,
                            self.tokens[self.at][2],
                            expected="`]`",
                        )
                    else:
                        bounds[-1] = self.expression()
                if colons > 2 or (not colons and bounds[0] is None):
                    raise ParseError(
                        "this index cannot be read", self.text, start, expected="such as x[1:], X[:, 0] or x[:, None]"
                    )
                parts.append(
                    Tree("slice", None, (bounds + [None, None])[:3], start, self.tokens[self.at - 1][3])
                    if colons
                    else bounds[0]
                )
            if self.tokens[self.at][1] == ",":
                self.at += 1
        self.open = kept
        if len(parts) == 1:
            raise ParseError("the brackets are empty", self.text, opened, expected="an index, such as x[1:] or X[:, 0]")
        return Tree("item", None, parts, found.start, self.expect("]", opened))

    def attribute(self, found: Tree) -> Tree:
        """.T, .shape[0], and methods such as .sum(axis=0)."""
        kind, value, start, end = self.tokens[self.at + 1]
        if kind == "name" and value in ("T", "mT"):
            self.at += 2
            return Tree("transpose", ".T", [found], found.start, end)
        if kind == "name" and value == "shape" and self.tokens[self.at + 2][1] == "[":
            axis = self.tokens[self.at + 3]
            minus = axis[1] == "-" and axis[0] == "op"
            axis = self.tokens[self.at + 3 + minus]
            if axis[0] == "num" and isinstance(axis[1], int) and self.tokens[self.at + 4 + minus][1] == "]":
                self.at += 5 + minus
                return Tree("shape", -axis[1] if minus else axis[1], [found], found.start, self.tokens[self.at - 1][3])
        if kind == "name" and value in ("size", "shape") and self.tokens[self.at + 2][1] != "(":
            self.at += 2
            return Tree("shape", value, [found], found.start, end)
        if kind == "name" and value in METHODS and self.tokens[self.at + 2][1] == "(":
            self.at += 2
            args, named, finish = self.arguments()
            if value in IDENTITY_METHODS:
                return found
            return Tree("call", value, [found, *args], found.start, finish, named)
        shown = self.text[start:end]
        raise ParseError(
            f"`.{shown}` is no part of the language of formulas", self.text, self.tokens[self.at][2],
            expected="an operator; of attributes .T, .shape[0] and methods such as .sum(axis=0)",
            fix="an elementwise product is `.*`" if kind != "name" else "nothing is run as Python",
        )  # fmt: skip


def factorial(found: Tree, end: int) -> Tree:
    """x! is Γ(x + 1), and Γ the exponential of its logarithm."""
    start = found.start
    one = Tree("number", 1, (), end - 1, end)
    inner = Tree("sum", "++", [found, one], start, end)
    return Tree("call", "exp", [Tree("call", "lgamma", [inner], start, end, {})], start, end, {})


def _minus_one(start: int, end: int) -> Tree:
    return Tree("sum", "-", [Tree("number", 1, (), start, end)], start, end)
