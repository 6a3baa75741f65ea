r"""One side of an equation → tokens of the plain language, whether it was written in LaTeX, in Unicode or in ASCII.

What differs between the notations ends here: ∂, \partial and \nabla become names of their own (PARTIAL, NABLA), a fraction becomes a
quotient unless it is a derivative, δ_{ik} and [i = k] are one name, and `Xw` is X w where X and w are names of the derivation. Names
that begin with d are differentials where the rest is a name: dw, dX.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from ...core.greek import GREEK_WORDS
from ...ops.declare import Elementwise, lookup
from ...syntax.latex import latex_tokens
from ...syntax.lexer import tokens as plain_tokens
from ...syntax.names import split_subscript
from ...syntax.vocabulary import RESERVED, is_function

LONGEST = 6  # capitals that are written together as a product of matrices
PARTIAL, NABLA, DIFF, FRACTION = "∂", "∇", "d", "frac"
_TEX = ((r"\partial", r"\operatorname{PARTIAL}"), (r"\nabla", r"\operatorname{NABLA}"), ("∂", r"\operatorname{PARTIAL}"), ("∇", r"\operatorname{NABLA}"))  # fmt: skip
_UPRIGHT_D = re.compile(r"\\(?:mathrm|operatorname|text|rm)\s*\{\s*d\s*\}")
_LEIBNIZ = re.compile(r"(frac\s*\{)\s*d(\s*(?:\^\s*\{?\d\}?)?[^{}]*\}\s*\{)\s*d(?=\s*\\?\w)")
_MARKS = {"PARTIAL": PARTIAL, "partial": PARTIAL, "NABLA": NABLA, "nabla": NABLA, "grad": NABLA}
_MATRIX_USE = ("^", "⊤", "'", ")", "|", "‖", "+", "-", "]", "}", ",", "=")


class Token(NamedTuple):
    """kind: "name" "num" "op" "sup" "mark" (∂, ∇, d) "quantity" (a derivative, by its placeholder); `near`: no space before it."""

    kind: str
    value: object
    near: bool = False


def tokens_of(side: str, latex: bool, declared=()) -> tuple[list[Token], dict[str, int]]:
    """The tokens of a side, and what typefaces say of the axes of names.

    Raises
        ParseError, LimitError: it cannot be read.
    """
    hints: dict[str, int] = {}
    if latex:
        side = _LEIBNIZ.sub(r"\1\\operatorname{DMARK}\2\\operatorname{DMARK} ", side)
        side = _UPRIGHT_D.sub(r"\\operatorname{DMARK}", side)
        for sign, name in _TEX:
            side = side.replace(sign, name + " ")
        read = latex_tokens(side, declared)
        raw, hints = read.tokens, dict(read.hints)
    else:
        raw, _ = plain_tokens(side.replace("∂", " PARTIAL ").replace("∇", " NABLA "))
    found: list[Token] = []
    end = None
    for kind, value, start, stop in raw:
        if kind == "end":
            break
        if kind == "nl":
            continue
        found.append(Token(kind, value, end is not None and start <= end))
        end = stop
    return _tidied(found, latex), hints


def _tidied(given: list[Token], latex: bool) -> list[Token]:
    """Primes, subscripts in braces, marks and Kronecker deltas as they are meant."""
    found: list[Token] = []
    at = 0
    while at < len(given):
        t = given[at]
        if t.kind == "name":
            base = t.value
            primes = 0
            while latex and len(base) > 5 and base.endswith("prime"):
                base, primes = base[:-5], primes + 1
            if base == "DMARK":
                found.append(Token("mark", DIFF, t.near))
            elif base in _MARKS:
                found.append(Token("mark", _MARKS[base], t.near))
            elif base.partition("_")[0] in _MARKS and "_" in base:  # ∇_w, ∂_x
                found += [
                    Token("mark", NABLA, t.near),
                    Token("op", "_", True),
                    Token("name", base.partition("_")[2], True),
                ]
            else:
                low = _low(given, at + 1)
                if low and _are_letters(low[0]) and "_" not in base:
                    base, at = f"{base}_{low[0]}", low[1] - 1
                found.append(Token("name", base, t.near))
            found += [Token("op", "'", True)] * primes
        elif t.kind == "op" and t.value == "[" and _is_delta(given, at):
            i, k = given[at + 1].value, given[at + 3].value
            if found and (found[-1].kind == "num" and found[-1].value == 1 or found[-1][:2] == ("name", "ones")):
                found.pop()
            found.append(Token("name", f"delta_{i}{k}"))
            at += 4
        else:
            found.append(t)
        at += 1
    return found


def _low(given: list[Token], at: int) -> tuple[str, int] | None:
    """What stands in `_{i k}`, as one word, and where it ends."""
    if [t.value for t in given[at : at + 2]] != ["_", "{"]:
        return None
    word = ""
    for k in range(at + 2, len(given)):
        if given[k].value == "}":
            return (word, k + 1) if word else None
        if given[k].kind not in ("name", "num") and given[k].value != ",":
            return None
        word += "" if given[k].value == "," else str(given[k].value)
    return None


def _are_letters(low: str) -> bool:
    return low.isalnum()


def _is_delta(given: list[Token], at: int) -> bool:
    inner = given[at + 1 : at + 5]
    return len(inner) == 4 and [t.kind for t in inner[:3:2]] == ["name"] * 2 and inner[1].value in ("=", "==") and inner[3].value == "]" and all(len(t.value) == 1 for t in inner[:3:2])  # fmt: skip


# ------------------------------------------------------------------ names that are written together


class Names:
    """The names of a derivation: what stands alone somewhere, what is defined, what is declared."""

    def __init__(self, sides: list[list[Token]], defined: set[str], declared: set[str]):
        self.defined, self.declared = defined, declared
        self.alone = {split_subscript(n)[0] for n in (*defined, *declared)} | defined | declared
        every = [t.value for tokens in sides for t in tokens if t.kind == "name"]
        for name in every:
            base = split_subscript(name)[0]
            if len(base) == 1 or base in GREEK_WORDS:
                self.alone |= {base, name}
        for name in [n for n in every for _ in range(2) if not self.is_name(n)]:  # X of Xb, where b stands alone
            base, low = split_subscript(name)
            pieces = self._split(base, low)
            self.alone |= {split_subscript(p)[0] for p in pieces or () if p != DIFF}
        self.sums = self._sums(sides)

    def _sums(self, sides: list[list[Token]]) -> bool:
        """Whether Σ is the sign of a sum: nowhere is it used as a matrix is."""
        if "Sigma" in self.declared or "Sigma" in self.defined:
            return False
        for tokens in sides:
            for k, t in enumerate(tokens):
                if t.kind == "name" and t.value == "Sigma":
                    after = tokens[k + 1] if k + 1 < len(tokens) else None
                    before = tokens[k - 1] if k else None
                    if after is None or after.kind == "sup" or after.kind == "op" and after.value in _MATRIX_USE or before is not None and before.value in ("|", "det", "logdet", "mark"):  # fmt: skip
                        return False
        return True

    def apart(self, tokens: list[Token]) -> list[Token]:
        """The tokens with names apart that are written together, differentials marked, and Σ as the sign of a sum."""
        found: list[Token] = []
        for k, t in enumerate(tokens):
            before, after = (found[-1] if found else None), (tokens[k + 1] if k + 1 < len(tokens) else None)
            if t.kind != "name" or before is not None and before.value in ("_",):
                found.append(t)
                continue
            base, low = split_subscript(t.value)
            if base == "Sigma" and self.sums and (low.isalpha() or not low):
                found.append(Token("op", "∑", t.near))
                if low:
                    found += [Token("op", "_", True), Token("name", low, True)]
                continue
            if self.is_name(t.value) and not (t.value == "d" and self._is_mark(after)):
                found.append(t)
                continue
            if t.value == "d" and self._is_mark(after):
                found.append(Token("mark", DIFF, t.near))
                continue
            pieces = self._split(base, low)
            if pieces is None:
                found.append(t)
                continue
            for number, piece in enumerate(pieces):
                near = t.near if not number else False
                found.append(
                    Token("mark", DIFF, near)
                    if piece == DIFF
                    else Token("name", piece, number > 0 and pieces[number - 1] == DIFF or near)
                )
        return found

    def is_name(self, name: str) -> bool:
        base, low = split_subscript(name)
        return (
            name in self.declared
            or name in self.defined
            or len(base) == 1
            and base != "d"
            or base in GREEK_WORDS
            or is_function(name)
            or is_function(base)
            and bool(low)
            or name in RESERVED
        )

    def _is_mark(self, after: Token | None) -> bool:
        """Whether `d` is the sign of a differential, by what stands behind it."""
        if "d" in self.declared or "d" in self.defined or after is None:
            return False
        if after.kind == "sup":
            return after.value in ("2", "3")
        if after.kind == "name":
            return split_subscript(after.value)[0] in self.alone or is_function(after.value)
        return after.kind == "op" and after.value in ("(", "[", "{", "^", "/", "}", "frac")

    def _split(self, word: str, low: str) -> list[str] | None:
        """A word as the names that it consists of; its subscript belongs to the last."""
        tail = f"_{low}" if low else ""
        if not word.isascii() or not word.isalpha() or is_function(word):
            return None
        if word[0] == "d" and len(word) > 1:
            rest = word[1:] + tail
            if rest in self.alone or word[1:] in self.alone:
                return [DIFF, rest]
        best = None
        for cut in range(1, len(word)):
            head, rest = word[:cut], word[cut:]
            if head not in self.alone:
                continue
            if rest in self.alone:
                return [head, rest + tail]
            more = self._split(rest, low)
            if more is not None:
                best = best or [head, *more]
        if (
            best is None
            and len(word) == 2
            and (word[0] in self.alone or word[1] in self.alone or word[0].isupper() and word[1].islower())
        ):
            return [word[0], word[1] + tail]
        if best is None and word.isupper() and len(word) <= LONGEST and any(c in self.alone for c in word):
            return [*word[:-1], word[-1] + tail]
        return best


# ------------------------------------------------------------------ text again


def spelled(tokens: list[Token], shown: bool = False) -> str:
    """The tokens as text of the plain language; `shown` is for reading only, without brackets that go without saying."""
    found: list[str] = []
    before = None
    for t in _fractions(tokens, True) if shown else _entrywise(_fractions(tokens)):
        text = _spelling(t)
        gap = (
            not t.near
            and before is not None
            and t.value not in (")", "]", "}", ",")
            and before.value not in ("(", "[", "{", "_")
        )
        if (
            before is not None
            and before.kind in ("name", "num", "quantity")
            and t.kind in ("name", "num", "quantity")
            and before.value != "_"
        ):
            gap = True
        if found and found[-1][-1:].isalnum() and before.kind == "sup" and t.kind in ("name", "num", "quantity"):
            gap = True
        if (
            before is not None
            and (t.value in ("_", "'", "^") or before.value in ("^", "_"))
            and "str" not in (t.kind, before.kind)
        ):
            gap = False
        found.append((" " if gap else "") + text)
        before = t
    return "".join(found).strip()


def _spelling(t: Token) -> str:
    if t.kind == "num":
        if isinstance(t.value, Fraction):
            return f"({t.value.numerator}/{t.value.denominator})"
        return repr(t.value)
    if t.kind == "sup":
        return f"^{{{t.value}}}" if t.value != "T" else "^T"
    if t.kind == "op" and t.value == "kron":
        return "⊗"
    if t.kind == "mark":
        return {PARTIAL: "∂", NABLA: "∇", DIFF: "d"}[t.value]
    return str(t.value)


def _fractions(tokens: list[Token], shown: bool = False) -> list[Token]:
    """frac {a}{b} as ((a)/(b)); other braces that hold a part of a formula as brackets."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        t = tokens[at]
        if t.kind == "op" and t.value == FRACTION:
            above, at = group(tokens, at + 1)
            below, at = group(tokens, at)
            if shown:
                found += [
                    Token("op", " ", False),
                    *_bracketed(_fractions(above, True)),
                    Token("op", "/", True),
                    *_bracketed(_fractions(below, True)),
                ]
                continue
            found += [Token("op", "(", False), Token("op", "(", True), *_fractions(above), Token("op", ")", True), Token("op", "/"), Token("op", "(", True), *_fractions(below), Token("op", ")", True), Token("op", ")", True)]  # fmt: skip
            continue
        if t.kind == "op" and t.value == "{" and (not found or found[-1].value not in ("^", "_", "∑")):
            inner, at = group(tokens, at)
            found += [Token("op", "(", t.near), *_fractions(inner, shown), Token("op", ")", True)]
            continue
        found.append(t)
        at += 1
    return found


def _bracketed(tokens: list[Token]) -> list[Token]:
    """Tokens in brackets, unless they are one operand."""
    simple = len(tokens) == 1 or tokens[0].kind == "mark" or len(tokens) <= 4 and all(t.kind in ("name", "num", "sup") or t.value in ("^", "_") for t in tokens) and sum(t.kind == "name" for t in tokens) < 2  # fmt: skip
    if simple:
        return [tokens[0]._replace(near=True), *tokens[1:]]
    return [Token("op", "(", True), tokens[0]._replace(near=True), *tokens[1:], Token("op", ")", True)]


def group(tokens: list[Token], at: int) -> tuple[list[Token], int]:
    """What stands in the brackets that open at `at`, and where they end; a single token without brackets."""
    if at >= len(tokens):
        return [], at
    if tokens[at].value not in ("(", "[", "{") or tokens[at].kind != "op":
        return [tokens[at]], at + 1
    depth = 0
    for k in range(at, len(tokens)):
        if tokens[k].kind == "op":
            depth += (tokens[k].value in ("(", "[", "{")) - (tokens[k].value in (")", "]", "}"))
            if not depth:
                return tokens[at + 1 : k], k + 1
    return tokens[at + 1 :], len(tokens)


def _entrywise(tokens: list[Token]) -> list[Token]:
    """f ⊙ U h as f ⊙ (U h): what stands side by side is multiplied first."""
    if not any(t.kind == "op" and t.value in (".*", "./") for t in tokens):
        return tokens
    depth = 0
    levels: dict[int, list[int]] = {}
    spans: list[tuple[int, int]] = []

    def close(level: int, stop: int) -> None:
        cuts = levels.pop(level, [])
        first = starts.pop(level, 0)
        if any(tokens[c].value in (".*", "./") for c in cuts):
            bounds = [first - 1, *cuts, stop]
            spans.extend([(a + 1, b) for a, b in zip(bounds, bounds[1:]) if b - a > 2])

    starts = {0: 0}
    for k, t in enumerate(tokens):
        if t.kind != "op":
            continue
        if t.value in ("(", "[", "{"):
            depth += 1
            starts[depth] = k + 1
        elif t.value in (")", "]", "}"):
            close(depth, k)
            depth -= 1
        elif t.value in (".*", "./"):
            levels.setdefault(depth, []).append(k)
        elif t.value in ("+", "-", ",", "=", "<", ">") and not (k and tokens[k - 1].value in ("^", "_")):
            close(depth, k)
            starts[depth] = k + 1
    close(0, len(tokens))
    opens = {a: 0 for a, _ in spans}
    closes: dict[int, int] = {}
    for a, b in spans:
        if _several(tokens[a:b]):
            opens[a] += 1
            closes[b] = closes.get(b, 0) + 1
    found = []
    for k, t in enumerate(tokens):
        found += [Token("op", ")", True)] * closes.get(k, 0)
        many = opens.get(k, 0)
        found += [Token("op", "(", t.near)] * many + [t._replace(near=t.near or many > 0)]
    return found + [Token("op", ")", True)] * closes.get(len(tokens), 0)


def _several(tokens: list[Token]) -> bool:
    """Whether more than one operand stands side by side, and none is a sum over an index, which reaches to the end."""
    depth = operands = 0
    before = None
    for t in tokens:
        if t.kind == "op" and t.value in ("(", "[", "{"):
            operands += depth == 0 and not (
                before is not None and before.kind == "name" and is_function(str(before.value))
            )
            depth += 1
        elif t.kind == "op" and t.value in (")", "]", "}"):
            depth -= 1
        elif (
            depth == 0
            and t.kind in ("name", "num", "quantity")
            and not (before is not None and before.value in ("^", "_"))
        ):
            if t.kind != "name" or not is_function(str(t.value)):
                operands += 1
        elif depth == 0 and t.value == "∑":
            return False
        before = t
    return operands > 1


def elementwise_of(name: str) -> Elementwise | None:
    """The declaration of a function of numbers, by its name."""
    found = lookup(name)
    return found if isinstance(found, Elementwise) else None
