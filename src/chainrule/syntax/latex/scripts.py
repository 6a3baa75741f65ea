r"""Sub- and superscripts of LaTeX: x_{ij}, x^{(i)}, W_{\text{out}}, h_{t-1}, x^2_i, [x]_+, x'.

A subscript is an index where a sum binds it, and a label elsewhere: h_{t-1} beside h_t makes t a label, W_f beside W_i
makes i one. What has several scripts gets them in the order in which the grammar reads them, indices first.
"""

from __future__ import annotations

from ...core.errors import ParseError
from ...core.greek import GREEK_WORDS
from ..vocabulary import PARAMETRIC, is_function

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_USUAL = frozenset("ijklmn")


class Bold(str):
    """A name set bold: a vector, or with an index one of several vectors."""

    __slots__ = ()


class Scripts:
    """The pass over the tokens of `scan`. `whole` are names whose subscript is a label; `notes` say what was a choice."""

    def __init__(self, text: str, tokens: list, declared: frozenset):
        self.text, self.tokens, self.declared = text, tokens, declared
        self.hints: dict[str, int] = {}
        self.whole: set[str] = set()
        self.labels: set[str] = set()
        self.notes: list[str] = []
        self.bound = summed(tokens)
        self.raised = _raised_capitals(tokens)
        self.transposes = any(t[1] == "⊤" or a[1] == "^" and t[1] == "T" for a, t in zip(tokens, tokens[1:])) or any(
            a[1] == "^" and b[1] == "{" and c[1] == "T" for a, b, c in zip(tokens, tokens[1:], tokens[2:])
        )

    def read(self) -> list:
        end = self.tokens[-1]
        found = self.scripted(self.tokens[:-1])
        within, turned = False, False  # between the bars of a norm or ⟨ ⟩; behind a transposed vector with an index
        for i, (kind, value, _, _) in enumerate(found):
            if kind == "op" and value in ("‖", "⟨", "⟩"):
                within = value == "⟨" or value == "‖" and not within
            if kind == "name":
                base, _, low = value.partition("_")
                if (within or turned) and len(low) == 1 and low in self.bound:
                    self.hint(base, 2)
                elif isinstance(value, Bold) and value not in self.hints:
                    self.hint(value, 1)
            turned = kind == "op" and value == "⊤" or kind == "name" and value == "T" and found[i - 1][1] == "^"
            if turned and i > 1 and found[i - 1][1] == "^" and found[i - 2][:2] == ("op", ")"):
                for _, inside, _, _ in _bracketed(found, i - 2):  # (x_i - x_j)^T M: vectors again
                    base, _, low = str(inside).partition("_")
                    if len(low) == 1 and low in self.bound:
                        self.hint(base, 2)
        self.find_labels(found)
        return [*[(k, str(v) if isinstance(v, Bold) else v, s, e) for k, v, s, e in found], end]

    def error(self, problem: str, at: int, expected: str | None = None, fix: str | None = None) -> ParseError:
        return ParseError(problem, self.text, at, expected, fix)

    # ---------------------------------------------------------------- one base after another

    def scripted(self, tokens: list) -> list:
        out: list = []
        i, count = 0, len(tokens)
        end = tokens[-1][3] if tokens else 0
        tokens = [*tokens, *[("end", "", end, end)] * 3]  # so that a script may look ahead
        while i < count:
            kind, value, start, _ = tokens[i]
            if (
                kind == "op"
                and value in ("_", "^")
                and out
                and _carries(out[-1])
                or kind == "op"
                and value == "'"
                and out
            ):
                i = self.behind(tokens, i, out)
            else:
                out.append(tokens[i])
                i += 1
        return out

    def behind(self, tokens: list, i: int, out: list) -> int:
        """Read all scripts from `i` on, and put them behind the base, which is the end of `out`."""
        lows, labels, raised, primes = [], [], [], 0
        first = i
        while tokens[i][0] == "op" and tokens[i][1] in ("_", "^", "'"):
            sign, start = tokens[i][1], tokens[i][2]
            if sign == "'":
                primes += 1
                i += 1
                continue
            inner, i = self.group(tokens, i)
            if sign == "_":
                if lows:
                    raise self.error(
                        "two subscripts follow one another",
                        start,
                        "one subscript for each letter",
                        "x_{ij} has two indices",
                    )
                lows.append((inner, start))
            elif len(inner) == 1 and inner[0][1] == "'":
                primes += 1
            elif out[-1][0] == "name" and out[-1][1] != "e" and (_is_label(inner) or self.kinds(out[-1][1], inner)):
                labels.append(([t for t in inner if t[1] not in ("(", ")")], start))
            else:
                if raised:
                    raise self.error(
                        "two superscripts follow one another",
                        start,
                        "one superscript for each letter",
                        "(x^2)^3, or x^{2^3}",
                    )
                raised.append((inner, start))
        base = out[-1]
        if primes:
            primes = self.primed(tokens, i, out, primes)
        lowered = [*labels, *lows]
        if lows and base[1] in PARAMETRIC and len(lows[0][0]) == 1 and lows[0][0][0][0] == "num":
            out[-1] = ("name", f"{base[1]}_{lows[0][0][0][1]}", base[2], tokens[i - 1][3])  # log_2
        elif lowered and base[0] == "name" and not _is_operator(base[1]):
            turned = any(t[1] in ("⊤", "T") for part, _ in raised for t in part)
            marked = any(self.kinds(base[1], part) for part, _ in labels)  # W^Q (…) multiplies
            end = base[3] if marked else tokens[i - 1][3]
            self.glue(out, [t for t, _ in labels], [t for t, _ in lows], end, turned)
        elif lows:
            inner, start = lows[0]
            if len(inner) == 1 and inner[0][1] in ("+", "-"):
                self.positive_part(out, inner[0])
            elif not (base[1] == "⟩" and len(inner) == 1 and inner[0][1] in ("F", 2, "R")):
                end = tokens[i - 1][3]
                inner = [t for t in self.scripted(inner)]
                out += [
                    ("op", "_", start, start + 1),
                    *([inner[0]] if len(inner) == 1 else [("op", "{", start, start), *inner, ("op", "}", end, end)]),
                ]
        for _ in range(primes):
            out.append(("op", "'", tokens[first][2], tokens[first][3]))
        for inner, start in raised:
            self.raise_(out, inner, start)
        return i

    def kinds(self, base: str, inner: list) -> bool:
        """Whether a superscript tells one matrix from others, as in W^Q, W^K and W^V: no powers of one matrix."""
        base = base.partition("_")[0]
        return len(inner) == 1 and inner[0][1] in self.raised.get(base, ()) and len(self.raised[base]) > 1

    def group(self, tokens: list, i: int) -> tuple[list, int]:
        """The tokens of the script that opens at `i`, without braces, and where it ends."""
        sign, start = tokens[i][1], tokens[i][2]
        kind, value, where, _ = tokens[i + 1]
        if kind in ("end", "nl", "amp", "row") or value in _CLOSE:
            raise self.error(
                f"`{sign}` has nothing behind it",
                start,
                "an exponent such as ^2" if sign == "^" else "an index such as _i",
            )
        if value == "{" and kind == "op":
            depth, j = 0, i + 1
            while True:
                if tokens[j][0] == "op":
                    depth += (tokens[j][1] in _OPEN) - (tokens[j][1] in _CLOSE)
                if not depth:
                    break
                j += 1
            if j == i + 2:
                raise self.error("the braces are empty", where, "an expression between them")
            return tokens[i + 2 : j], j + 1
        if value == "-" and tokens[i + 2][0] in ("num", "name") or value == "-" and tokens[i + 2][1] == "⊤":
            return tokens[i + 1 : i + 3], i + 3
        if value == "frac" or (kind == "name" and _is_operator(value) and tokens[i + 2][1] == "("):
            raise self.error(f"`{sign}` takes more than one sign", where, "braces around it", f"{sign}{{…}}")
        return [tokens[i + 1]], i + 2

    def raise_(self, out: list, inner: list, start: int) -> None:
        end = inner[-1][3]
        end += self.text[end : end + 1] == "}"
        if inner[0][1] in (".*",) and inner[0][0] == "op" and len(inner) > 1:  # x^{\odot 2}
            rest = self.scripted(inner[1:])
            out += [("op", ".^", start, start + 1), ("op", "{", start, start), *rest, ("op", "}", end, end)]
            return
        if len(inner) == 1 and inner[0][1] in ("*", "+", ".*"):
            raise self.error(
                f"`^{self.text[inner[0][2] : inner[0][3]]}` is not read", start,
                r"an exponent, or ^\top for a transpose",
                r"give a letter of its own to what is marked",
            )  # fmt: skip
        inner = self.scripted(inner)
        if len(inner) == 1 and inner[0][0] in ("num", "name") or len(inner) == 1 and inner[0][1] == "⊤":
            out += [("op", "^", start, start + 1), inner[0]]
        else:
            out += [("op", "^", start, start + 1), ("op", "{", start, start), *inner, ("op", "}", end, end)]

    def positive_part(self, out: list, sign: tuple) -> None:
        """[x]_+ is relu(x)."""
        if sign[1] == "-":
            raise self.error("`_-` is not read", sign[2], "[x]_+, which is max(x, 0)", r"\max(-x, 0)")
        at = len(out) - 1
        if out[at][1] in _CLOSE:
            depth = 0
            while True:
                if out[at][0] == "op":
                    depth += (out[at][1] in _CLOSE) - (out[at][1] in _OPEN)
                if not depth:
                    break
                at -= 1
            out[at] = ("op", "(", *out[at][2:])
            out[-1] = ("op", ")", *out[-1][2:])
            out.insert(at, ("name", "relu", out[at][2], out[at][2]))
        else:
            start, end = out[at][2:]
            out[at:] = [("name", "relu", start, start), ("op", "(", start, start), out[at], ("op", ")", end, end)]

    def primed(self, tokens: list, i: int, out: list, primes: int) -> int:
        """A prime makes another letter, x', unless it can only be a transpose. Returns the transposes that are left."""
        kind, value, start, end = out[-1]
        follows = tokens[i]
        factor = follows[0] in ("name", "num") or follows[1] in ("(", "frac", "[")
        meant = kind == "name" and value + "prime" * primes in self.declared
        if kind != "name" or (factor and not self.transposes and not meant):
            if kind == "name":
                self.notes.append(f"{self.text[start:end]}' read as a transpose")
            return primes
        out[-1] = (kind, type(value)(value + "prime" * primes), start, end)
        return 0

    # ---------------------------------------------------------------- names with subscripts

    def glue(self, out: list, labels: list, lows: list, end: int, turned: bool) -> None:
        """x and its subscripts as one name, x_ij, where that is how the text language writes it."""
        kind, base, start, stop = out[-1]
        inner = [t for part in (*labels, *lows) for t in part]
        items = [t for t in inner if not (t[0] == "op" and t[1] == ",")]
        if len(items) == 1 and items[0][1] in ("+", "-"):
            return self.positive_part(out, items[0])
        if labels and lows and any(t[0] == "num" for t in labels[0]) and any(t[1] in self.bound for t in lows[0]):
            raise self.error(
                "a label and an index on one letter are not read",
                labels[0][0][2],
                "one of the two",
                "give the layers letters of their own: W_1 → V",
            )
        letters = [t for t in items if t[0] == "name"]
        low, whole = None, False
        if all(t[0] == "name" and len(t[1]) == 1 for t in items):
            low = "".join([t[1] for t in items])
        elif len(items) == 1 and items[0][0] == "num" and isinstance(items[0][1], int):
            low = str(items[0][1])
        elif len(items) == 1 and items[0][0] == "name":
            low, whole = items[0][1], True
        elif any(t[1] in self.bound for t in letters):
            if any(t[1] in ("_", "^") for t in items):
                raise self.error(
                    "an index that has an index itself is not read",
                    items[0][2],
                    "an index alone",
                    "a one-hot matrix selects: y_{ik} in place of y_i",
                )
        elif len(items) == 3 and items[1][1] in ("+", "-") and items[0][0] == "name" and items[2][0] == "num":
            low, whole = f"{items[0][1]}{'m' if items[1][1] == '-' else 'p'}{items[2][1]}", True
            self.labels.add(items[0][1])
        elif letters and all(t[0] in ("name", "num") or t[1] in ("_", "-", "+") for t in items):
            low, whole = "".join([str(t[1]) for t in items if t[0] != "op"]), True
        if low is None:
            position = inner[0][2]
            out += [("op", "_", position, position), ("op", "{", position, position), *inner, ("op", "}", end, end)]
            return None
        if f"{base}_{low}" in self.declared and low.isalpha() and low not in self.bound:
            whole = True
            self.labels.add(low)
        if low.isdigit() and base + low in self.declared and f"{base}_{low}" not in self.declared:
            name = base + low
        else:
            name = f"{base}_{low}"
        if whole:
            self.whole.add(name)
        if len(low) == 1 and low in self.bound:
            if isinstance(base, Bold) or turned:
                self.hint(base, 2)
        elif isinstance(base, Bold):
            self.hint(name, 1)
        out[-1] = ("name", name, start, end)
        return None

    def hint(self, name: str, rank: int) -> None:
        if name[:1].islower():
            self.hints[str(name)] = max(rank, self.hints.get(name, 0))

    def find_labels(self, tokens: list) -> None:
        """Which one-letter subscripts are labels: t beside t-1, and i on a letter that also carries f and o."""
        lows: dict[str, set] = {}
        left = set()
        for a, b in zip(tokens, tokens[1:]):
            base, _, low = a[1].partition("_") if a[0] == "name" else ("", "", "")
            if low:
                lows.setdefault(base, set()).add(low)
                if b[1] == "=" and b[0] == "op":
                    left.update(low)
        for base, found in lows.items():
            words = {
                x
                for x in found
                if f"{base}_{x}" in self.whole or (len(x) == 1 and x.isalpha() and x not in self.bound | left | _USUAL)
            }
            for low in found:
                if (
                    len(low) == 1
                    and low.isalpha()
                    and low not in self.bound
                    and (low in self.labels or words - {low} and low not in left)
                ):
                    self.whole.add(f"{base}_{low}")


def summed(tokens: list) -> frozenset:
    """The letters that sums, maxima and minima run over."""
    found: set[str] = set()
    for i, (kind, value, _, _) in enumerate(tokens):
        if not (value == "∑" and kind == "op" or kind == "name" and value in ("max", "min", "sum")):
            continue
        at = i + 1
        if tokens[at][1] == "^" and tokens[at][0] == "op":  # \sum^n_{i=1}
            at += 1
            if tokens[at][1] == "{":
                while tokens[at][1] != "}" and tokens[at][0] != "end":
                    at += 1
            at += tokens[at][0] != "end"
        if tokens[at][1] != "_":
            continue
        at += 1
        if tokens[at][0] == "name":
            found.update(tokens[at][1] if len(tokens[at][1]) == 1 else ())
        while (
            tokens[at][0] != "end"
            and tokens[at][1] != "}"
            and tokens[at - 1][0] != "name"
            or tokens[at][1] == ","
            or tokens[at - 1][1] == ","
        ):
            if tokens[at][0] == "name" and len(tokens[at][1]) == 1:
                found.add(tokens[at][1])
                if tokens[at + 1][0] == "name" and len(tokens[at + 1][1]) == 1:  # \sum_{ij}
                    found.add(tokens[at + 1][1])
            at += 1
    return frozenset(found)


def _raised_capitals(tokens: list) -> dict[str, set]:
    """Capital letter → the capital letters that stand above it alone, but for the T of a transpose."""
    found: dict[str, set] = {}
    base = ""
    for i, (kind, value, _, _) in enumerate(tokens[:-1]):
        if kind == "name" and tokens[i - 1][1] not in ("_", "^", "{"):
            base = value
        elif kind == "op" and value == "^" and base[:1].isupper():
            above = [t for t in tokens[i + 1 : i + 4] if t[:2] != ("op", "{")]
            alone = tokens[i + 1][1] != "{" or above[1][1] == "}"
            if alone and above[0][0] == "name" and len(above[0][1]) == 1 and "A" <= above[0][1] <= "Z":
                found.setdefault(str(base), set()).add(above[0][1])
    return {name: letters - {"T", "H"} for name, letters in found.items()}


def _bracketed(tokens: list, close: int) -> list:
    """The names between the bracket that closes at `close` and the one that it closes."""
    depth, at = 0, close
    while at >= 0:
        if tokens[at][0] == "op":
            depth += (tokens[at][1] in _CLOSE) - (tokens[at][1] in _OPEN)
        if not depth:
            break
        at -= 1
    return [t for t in tokens[at + 1 : close] if t[0] == "name"]


def _carries(token: tuple) -> bool:
    """Whether scripts may stand behind a token."""
    kind, value, _, _ = token
    return (
        kind in ("name", "num", "sup") or kind == "op" and value in (")", "]", "}", "|", "‖", "⟩", "∑", "⊤", "'", "!")
    )


def _is_operator(name: str) -> bool:
    """Whether a name is a function that keeps its scripts to itself, as log in log_2."""
    return (
        len(name) > 1
        and name not in GREEK_WORDS
        and name != "ones"
        and (is_function(name) or name in ("argmin", "argmax"))
    )


def _is_label(inner: list) -> bool:
    """Whether a superscript is a label: (i), (1), or a word."""
    if len(inner) == 1:
        return (
            inner[0][0] == "name"
            and len(inner[0][1]) > 1
            and inner[0][1] not in GREEK_WORDS
            and inner[0][1] not in ("inf", "lam", "ones")
        )
    if inner[0][1] != "(" or inner[-1][1] != ")":
        return False
    middle = inner[1:-1]
    if len(middle) == 1:
        return middle[0][0] == "name" or middle[0][0] == "num" and isinstance(middle[0][1], int)
    return len(middle) == 3 and middle[0][0] == "name" and middle[1][1] in ("+", "-") and middle[2][0] == "num"
