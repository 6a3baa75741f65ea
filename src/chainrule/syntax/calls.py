"""What begins with a name: variables, function calls with and without brackets, np.… paths."""

from __future__ import annotations

from ..core.errors import ParseError, UnknownNameError, did_you_mean
from ..core.greek import GREEK_WORDS
from .names import ACCENTED, split_subscript
from .tree import Tree
from .vocabulary import INFIX, INVERSES, NUMPY_ROOTS, PARAMETRIC, RESERVED, is_function, is_prefix, suggestions

OPERANDS = 2  # the level of `expression` at which an argument without brackets ends
_BARS = frozenset(("|", "‖"))


class Calls:
    """The part of the parser that reads names and calls."""

    def is_reserved(self, value: str) -> bool:
        if value in ("where", "with"):
            following = self.tokens[self.at + 1]
            return value == "with" or not (following[1] == "(" and following[2] == self.tokens[self.at][3])
        return True

    def starts_function(self) -> bool:
        value = self.tokens[self.at][1]
        return (
            (is_prefix(value) and value not in self.bound) or value in NUMPY_ROOTS or value.startswith(("sum_", "log_"))
        )

    def named(self, value: str, start: int, end: int) -> Tree:
        """What begins with a name: a function call, an explicit sum, a variable."""
        self.at += 1
        kind, following, where, after = self.tokens[self.at]
        if value == "d" and following == "/" and "d" not in self.bound:
            below = self.tokens[self.at + 1]
            if below[0] == "name" and below[1][0] == "d" and len(below[1]) == 2 and below[1] not in self.bound:
                raise ParseError(
                    f"`d/{below[1]}` is no part of a function",
                    self.text,
                    start,
                    expected="the function alone; the variable is named apart",
                )
        if value in self.defined and following == "(" and where == end:
            return self.defined_call(value, start)
        if value in NUMPY_ROOTS and following == "." and value not in self.bound:
            return self.dotted(start)
        if value in self.bound:
            return Tree("name", value, (), start, end)
        base, low = split_subscript(value)
        if base in ("sum", "mean", "max", "min", "prod") and not self.numpy:
            if low or (following == "_" and where == end):
                return self.big_sum(base, low, start)
        if not self.latex and value == "Sigma" and following == "_" or not self.latex and base == "Sigma" and low and low.isalpha() and len(low) < 4:
            if self.sums_with_sigma(low):
                return self.big_sum("sum", low, start)
        touching = following == "(" and where == end and kind == "op"
        function = value if is_function(value) else None
        if function is not None and 1 < len(value) < 4 and not self.takes_argument() and self.splits_only(value):
            function = None  # t r beside a comparison, not the trace
        if function is None and low and base in PARAMETRIC and is_function(base):
            function = base
        elif function is not None:
            low = ""
        if function is None and following == "_" and value in PARAMETRIC and where == end:
            function, low = value, None
        if function is not None and low != "":
            pass
        elif function == "ones" and self.text[start] in "𝟏𝟙":
            function, touching = None, False
        elif not touching and function is not None and (function in GREEK_WORDS or not is_prefix(function)):
            function = None  # sigma is a variable unless it is applied to brackets; so is `ones`
        if function is None:
            if touching and self.unknown_function(value):
                raise self.unknown(value, start)
            if value in RESERVED:
                raise ParseError(
                    f"`{value}` cannot stand here", self.text, start, expected="an expression", fix=RESERVED[value]
                )
            if len(value) > 2 and is_function(value) and value != "ones" and value not in GREEK_WORDS:
                raise self.without_brackets(value, start, end)
            if not self.numpy and len(value) > 1 and self.splits(value):
                self.at -= 1
                self.juxtaposed = True
                first = self.tokens[self.at]
                return self.named(first[1], start, first[3])
            if (
                len(value) > 3
                and "_" not in value
                and not self.numpy
                and kind in ("name", "num")
                and self.misspelt(value)
            ):
                raise self.unknown(value, start)
            return Tree("name", value, (), start, end)
        return self.applied(function, low, start, end)

    def without_brackets(self, value: str, start: int, end: int) -> ParseError:
        """The error for `X kron A`: a word that is a function stands where a variable would."""
        before, after = self.tokens[self.at - 2] if self.at > 1 else None, self.tokens[self.at]
        fix = f"write {value}(…); a variable of that name needs a declaration: {value}: scalar"
        if before is not None and before[0] == after[0] == "name" and value in INFIX:
            fix = f"{value}({self.text[before[2] : before[3]]}, {self.text[after[2] : after[3]]})"
        return ParseError(f"`{value}` is a function here, and has no argument", self.text, start, expected=f"{value}(…)", fix=fix)

    def takes_argument(self) -> bool:
        """Whether what follows a function could be its argument, a power or a subscript."""
        kind, value, _, _ = self.tokens[self.at]
        return kind in ("name", "num", "sup") or kind == "op" and (value in _BARS or value in ("(", "[", "√", "∑", "⟨", "-", "^", "**", "_", "frac"))

    def defined_call(self, value: str, start: int) -> Tree:
        """r(x), where a line before says r(x) = …"""
        close = self.at
        while self.tokens[close][1] != ")":
            close += 1
        inner = "".join(
            [t[1] if isinstance(t[1], str) else "?" for t in self.tokens[self.at + 1 : close] if t[0] != "op"]
        )
        if inner != self.defined[value]:
            raise ParseError(
                f"`{value}` is a named part here, not a function of its own",
                self.text,
                start,
                expected=f"{value}, or {value}({', '.join(self.defined[value])}) as it was defined",
            )
        self.at = close + 1
        return Tree("name", value, (), start, self.tokens[close][3])

    def applied(self, function: str, low: str | None, start: int, end: int) -> Tree:
        """A function and its argument: in brackets, or the operands that follow."""
        parameter = None
        if low is None:
            parameter = self.small_subscript()
        elif low:
            parameter = (
                Tree("number", int(low), (), end - len(low), end)
                if low.isdigit()
                else Tree("name", low, (), end - len(low), end)
            )
        exponent = None
        kind, value, where, after = self.tokens[self.at]
        if (kind == "op" and value in ("^", "**")) or kind == "sup":
            power = self.raised(Tree("name", function, (), start, end))
            if power.kind != "power":
                raise ParseError(f"`{function}` cannot be transposed", self.text, where, expected=f"{function}(…)^T")
            exponent = power.args[1]
            kind, value, where, after = self.tokens[self.at]
        if kind == "op" and value == "(":
            args, named, finish = self.arguments()
        elif kind in ("name", "num") or (
            kind == "op" and (value in ("√", "∑", "⟨", "-", "[", "frac") or value in _BARS)
        ):
            if kind == "name" and value in RESERVED:
                raise self.no_argument(function, start)
            if value == "-":
                self.at += 1
                inner = self.expression(OPERANDS)
                inner = Tree("sum", "-", [inner], where, inner.end)
            else:
                inner = self.expression(OPERANDS)
            args, named, finish = [inner], {}, inner.end
        else:
            raise self.no_argument(function, start)
        if self.latex and function in ("log", "ln") and args and args[0].kind == "bars" and self.text[args[0].start] not in "([{":
            args[0].value = "log"
        if parameter is not None:
            args.append(parameter)
            if function == "log":
                function = "log_base"
        if exponent is not None and exponent.kind == "sum" and exponent.value == "-" and exponent.args[0].value == 1:
            if function not in INVERSES:
                raise ParseError(
                    f"`{function}^-1` could mean the inverse function or a reciprocal", self.text, start,
                    expected="one of the two", fix=f"write 1/{function}(…)",
                )  # fmt: skip
            self.notes.append(f"{function}^-1 read as the inverse function {INVERSES[function]}")
            return Tree("call", INVERSES[function], args, start, finish, named)
        call = Tree("call", function, args, start, finish, named)
        if exponent is not None:
            call = Tree("power", ".^", [call, exponent], start, finish)
        return call

    def no_argument(self, function: str, start: int) -> ParseError:
        return ParseError(
            f"`{function}` has no argument", self.text, start, expected=f"{function}(…)",
            fix=f"write {function}(x); a variable needs another name, or a declaration",
        )  # fmt: skip

    def arguments(self) -> tuple[list, dict, int]:
        """The arguments between brackets, those with names, and where the bracket ends."""
        opened = self.tokens[self.at][2]
        self.at += 1
        kept, self.open = self.open, []
        args, named = [], {}
        while True:
            kind, value, start, end = self.tokens[self.at]
            if kind == "op" and value == ")":
                break
            if kind == "name" and self.tokens[self.at + 1][1] == "=" and self.tokens[self.at + 1][0] == "op":
                self.at += 2
                named[value] = self.expression()
            else:
                args.append(self.expression())
            if self.tokens[self.at][1] in (",", ";") and self.tokens[self.at][0] == "op":
                self.at += 1
            else:
                break
        self.open = kept
        return args, named, self.expect(")", opened)

    def dotted(self, start: int) -> Tree:
        """np.linalg.norm(…), np.pi: the path after `np`."""
        path = []
        while self.tokens[self.at][1] == "." and self.tokens[self.at][0] == "op":
            kind, value, where, end = self.tokens[self.at + 1]
            if kind != "name":
                raise ParseError("`np.` names nothing", self.text, where, expected="a NumPy function")
            path.append(value)
            self.at += 2
        name = ".".join(p for p in path if p not in ("linalg", "scipy", "special", "nn", "numpy"))
        kind, value, where, _ = self.tokens[self.at]
        if name in ("pi", "e", "inf"):
            return Tree("name", "np." + name, (), start, end)
        if name in ("newaxis", "float64", "float32"):
            return Tree("newaxis", None, (), start, end)
        if not is_function(name):
            raise self.unknown(name, start, "np." + ".".join(path))
        if value != "(" or kind != "op":
            raise self.no_argument(f"np.{'.'.join(path)}", start)
        args, named, finish = self.arguments()
        return Tree("call", name, args, start, finish, named)

    def unknown_function(self, value: str) -> bool:
        """Whether a name that touches an opening bracket is a function that nobody knows, not a factor."""
        if self.around_function(value):
            return False
        if split_subscript(value)[0] in self.bound or self.latex and self.is_factor(value):
            return False
        if self.numpy or len(value) > 1 and value not in GREEK_WORDS and "_" not in value:
            return not self.splits_only(value)
        if self.bare is None:
            tokens = self.tokens
            self.bare = {
                t[1] for t, n in zip(tokens, tokens[1:]) if t[0] == "name" and not (n[1] == "(" and n[2] == t[3])
            }  # fmt: skip
        return value not in self.bare

    def is_factor(self, value: str) -> bool:
        """Whether a name before a bracket in LaTeX is a factor: y_i (…) and \\lambda (a + b) are, p_\\theta (x) is not."""
        low = split_subscript(value)[1]
        return len(low) == 1 and low in "ijklmn" or self.sum_in_brackets()

    def sum_in_brackets(self) -> bool:
        """Whether the bracket here holds a sum or a product: \\lambda (a + b) multiplies, f(x) does not."""
        depth, at = 0, self.at
        while True:
            kind, value, _, _ = self.tokens[at]
            if kind == "op":
                depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(value, 0)
                if not depth or depth == 1 and value in (",", ";"):
                    return False
                if depth == 1 and (value in ("+", "-") or value == "∑"):
                    return True
            elif kind == "end":
                return False
            at += 1

    def unknown(self, value: str, start: int, shown: str | None = None) -> UnknownNameError:
        shown = shown or value
        near = did_you_mean(value, suggestions()) if len(value) > 1 else None
        if near is None and len(value) > 1:
            near = did_you_mean(value.lower(), suggestions())
        fix = f"did you mean `{near}`?" if near else None
        if len(value) == 1 and not shown.startswith("np."):
            fix = f"for a product write {value}*(…), for a variable declare it: {value}: scalar"
        if self.latex and fix is None:
            product = f"for a product write {shown} \\cdot (…); " if len(split_subscript(value)[0]) == 1 else ""
            fix = f"{product}for a function write out what it is"
        error = ParseError("", self.text, start)
        return UnknownNameError(f"no function is called `{shown}`", error.given, "a function that is known here", fix)

    def misspelt(self, value: str) -> bool:
        if value in GREEK_WORDS or len(ACCENTED.sub("", value)) == 1:  # Atilde
            return False
        return not is_function(value) and did_you_mean(value, suggestions()) is not None

    def splits_only(self, value: str) -> bool:
        return not self.numpy and all(c in self.bound or c == "I" for c in value) and value != "I"

    def around_function(self, value: str) -> list[str]:
        """The parts of `xsinx`, `xcos` before an argument, `ln2`: known letters around one function. Empty if it is cut otherwise, too."""
        if self.numpy or self.latex or not self.bound or not value.isascii() or not value.isalnum() or len(value) > 12:
            return []
        known = lambda letters: all(c in self.bound for c in letters)
        found = []
        for start in range(len(value) - 1):
            for end in range(start + 2, len(value) + 1):
                head, function, tail = value[:start], value[start:end], value[end:]
                if (
                    (head or tail) and function.isalpha() and is_function(function) and is_prefix(function) and known(head)
                    and (tail.isdigit() or known(tail)) and (tail or self.takes_argument())
                ):  # fmt: skip
                    found.append([*head, function, *([tail] if tail.isdigit() else tail)])
        if value[-1] == "e" and len(value) > 1 and known(value[:-1]) and self.tokens[self.at][1] in ("^", "**"):
            found.append(list(value))  # xe^x
        return found[0] if len(found) == 1 else []

    def splits(self, value: str) -> bool:
        """Read `Ax` as A x, `xsinx` as x sin x: replaces the token by one for each part. True if it did."""
        if parts := self.around_function(value):
            self.notes.append(f"{value} read as {' '.join(parts)}")
            at = self.tokens[self.at - 1][2]
            cut = []
            for part in parts:
                cut.append(("num", int(part), at, at + len(part)) if part.isdigit() else ("name", part, at, at + len(part)))
                at += len(part)
            self.tokens[self.at - 1 : self.at] = cut
            return True
        low = ""
        if "_" in value:  # A x_2, where x_2 is a variable
            value, _, low = value.partition("_")
            if not low or f"{value[-1]}_{low}" not in self.bound or len(value) > 1 and not self.splits_only(value[:-1]):
                return False
            low = "_" + low
        if not value.isascii() or not value.isalpha() or value in GREEK_WORDS or not 1 < len(value) <= 12 or self.latex:
            return False
        if not (low or self.splits_only(value) or (value[0].isupper() and len(value) < 4 and not self.bound)):
            return False
        self.notes.append(f"{value}{low} read as the product {' '.join(value)}{low}")
        _, _, start, end = self.tokens[self.at - 1]
        parts = [("name", c, start + i, start + i + 1) for i, c in enumerate(value)]
        parts[-1] = ("name", value[-1] + low, start + len(value) - 1, end)
        self.tokens[self.at - 1 : self.at] = parts
        return True
