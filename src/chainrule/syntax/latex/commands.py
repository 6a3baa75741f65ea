r"""What the commands of LaTeX do: \frac, \sqrt, \hat, \mathbf, \text, \mathbb, \left and the rest."""

from __future__ import annotations

import re

from ...core.errors import did_you_mean
from ...core.greek import GREEK_WORDS
from ..vocabulary import RESERVED, is_function
from . import words

COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.S)
_BRACKET = re.compile(r"\s*(?:\\(?:left|[bB]igg?l?)\s*)?[(\[]")
_WORD = re.compile(r"\*?\s*\{\s*((?:[A-Za-z][A-Za-z0-9 -]*))\s*\}")
_TEXT = re.compile(r"\s*\{([^{}]*)\}")
_D = r"\s*\{\s*(?:\\(?:mathrm|operatorname|text)\s*\{\s*d\s*\}|d(?![A-Za-z_^]))"
_DERIVATIVE = re.compile(_D + r"[^{}]*\}" + _D.replace("d(?![A-Za-z_^])", "d(?=\\s*[A-Za-z\\\\])") + r"\s*\\?[A-Za-z]")


class Commands:
    """The part of the scanner that knows the commands."""

    def command(self) -> None:
        start = self.at
        m = COMMAND.match(self.text, start)
        if m is None:
            raise self.error("the text ends in a backslash", start, "a command")
        name = m.group(1)
        self.at = m.end()
        if len(name) > 1 and name.endswith("*") and name[:-1] not in ("operatorname", "hspace", "vspace", "tag"):
            name, self.at = name[:-1], self.at - 1
        if not name[0].isalpha():
            return self.symbol(name, start)
        if name in ("begin", "end"):
            return self.begin(start) if name == "begin" else self.end(start)
        handler = _HANDLERS.get(name.rstrip("*"))
        if handler is not None:
            return handler(self, name.rstrip("*"), start)
        if name in words.REFUSED:
            problem, expected, fix = words.REFUSED[name]
            raise self.error(problem, start, expected, fix)
        near = did_you_mean(name, words.known_commands())
        shown = f"\\{near}" if near else None
        raise self.error(
            f"`\\{name}` is not known here",
            start,
            r"a command such as \frac, \lVert, \odot, \top or a Greek letter",
            f"did you mean `{shown}`?" if shown else None,
        )

    def symbol(self, name: str, start: int) -> None:
        """A command that is no word: \\, \\| \\{ \\\\ and the like."""
        if name in ",;:!> \n\t-/()[]":
            return None
        if name == "|":
            return self.emit("op", self.sided("‖"), start, self.at)
        if name == "{":
            return self.open("\\{", start, self.at)
        if name == "}":
            return self.close("\\}", start, self.at)
        if name == "\\":
            m = re.compile(r"\s*\[-?[0-9.]+\s*[a-z]+\]").match(self.text, self.at)
            self.at = m.end() if m else self.at
            inner = self.stack[-1].kind if self.stack else "lines"
            if inner in ("lines", "cases"):
                self.missing()
                self.out.append(("nl" if inner == "lines" else "row", "\n", start, self.at))
            return None
        raise self.error(f"`\\{name}` is not known here", start, "names, numbers, brackets and operators")

    def delimiter_size(self, name: str, start: int) -> None:
        if name in words.OPENING or name in words.CLOSING:
            self.side = "left" if name in words.OPENING else "right"
            rest = re.compile(r"\s*\.").match(self.text, self.at)
            if rest and name in ("left", "right"):
                self.at, self.side = rest.end(), None

    def operator(self, name: str, start: int) -> None:
        value = words.OPERATORS[name]
        if value in ("(", "["):
            return self.open(value if value == "[" or name == "lparen" else "\\{", start, self.at)
        if value in (")", "]"):
            return self.close(value if value == "]" or name == "rparen" else "\\}", start, self.at)
        if name in ("lVert", "lvert"):
            self.side = "left"
        elif name in ("rVert", "rvert"):
            self.side = "right"
        if value == "'":
            return self.out.append(("op", "'", start, self.at))
        return self.emit("op", self.sided(value), start, self.at)

    def letter(self, name: str, start: int) -> None:
        before = self.out[-1] if self.out else None
        if name == "Gamma" and before and before[0] == "name" and before[1] in ("log", "ln") and _BRACKET.match(self.text, self.at):
            if "Gamma" not in self.declared:  # \log\Gamma(x): of a function, not of a matrix
                self.out[-1] = ("name", "lgamma", before[2], self.at)
                return None
        self.emit("name", words.LETTERS[name], start, self.at)

    def function(self, name: str, start: int) -> None:
        self.emit("name", words.FUNCTIONS[name], start, self.at)

    def fraction(self, name: str, start: int) -> None:
        if self.arguments and self.arguments[-1][0] == len(self.stack):
            raise self.unfinished(start)
        if _DERIVATIVE.match(self.text, self.at):
            problem, expected, fix = words.REFUSED["partial"]
            raise self.error(problem, start, expected, fix)
        self.out.append(("op", "frac", start, self.at))
        self.arguments.append([len(self.stack), 2, start])

    def root(self, name: str, start: int) -> None:
        degree = None
        m = re.compile(r"\s*\[([^\]]*)\]").match(self.text, self.at)
        if m:
            inner = type(self)(self.text[: m.end(1)], self.declared)
            inner.at = m.start(1)
            inner.scan()
            degree, self.at = inner.out[:-1], m.end()
            if not degree:
                raise self.error("the degree of the root is empty", m.start(1), r"\sqrt[3]{x}")
        mark = len(self.out)
        if degree is None:
            self.out.append(("name", "sqrt", start, self.at))
        if self.braced():
            self.hidden(degree, "sqrt", start)
            self.stack[-1].mark = mark
            self.out.append(
                ("op", "(", self.at - 1, self.at) if degree is not None else ("op", "(", self.out[-1][3], self.at)
            )
            return None
        m = re.compile(r"\s*([0-9A-Za-z]|\\[A-Za-z]+)").match(self.text, self.at)
        if m is None:
            raise self.error(r"`\sqrt` lacks what stands below it", self.at, r"\sqrt{x}")
        self.out.append(("op", "(", self.out[-1][3] if degree is None else self.at, self.at))
        if m.group(1)[0] == "\\":
            self.at = m.start(1)
            self.command()
        else:
            self.at = m.end()
            value = m.group(1)
            self.out.append(
                ("num", int(value), m.start(1), m.end()) if value.isdigit() else ("name", value, m.start(1), m.end())
            )
        self.out.append(("op", ")", self.at, self.at))
        if degree is not None:
            end = self.at
            self.out += [
                ("op", "^", end, end),
                ("op", "{", end, end),
                ("num", 1, end, end),
                ("op", "/", end, end),
                *degree,
                ("op", "}", end, end),
            ]
        if self.arguments and self.arguments[-1][0] == len(self.stack):
            self.out[mark:mark] = [("op", "{", start, start)]
            self.out.append(("op", "}", self.at, self.at))
            self.given()
        return None

    def accent(self, name: str, start: int) -> None:
        if self.braced():
            self.hidden(words.ACCENTS[name], "accent", start)
        else:
            self.accents.append(words.ACCENTS[name])
            if not re.match(r"\s*[A-Za-z\\]", self.text[self.at : self.at + 20]):
                raise self.error(f"`\\{name}` has no letter to stand over", self.at, rf"\{name}{{x}}")

    def typeface(self, name: str, start: int) -> None:
        if self.braced():
            self.hidden(name, "face", start)
        else:
            self.bold_next, self.curly_next = name in words.BOLD, name in words.CURLY

    def upright(self, name: str, start: int) -> None:
        """\\mathrm{tr}, \\operatorname{diag}: letters that make one word."""
        m = _WORD.match(self.text, self.at)
        if m is None:
            if self.text[self.at : self.at + 1] == "*":
                self.at += 1
            return self.typeface(name, start)
        self.at = m.end()
        word = re.sub(r"[ -]", "", m.group(1))
        if word == "d":
            follows = re.compile(r"\s*(?:\\,)?\s*(?:[A-Za-z]|\\[A-Za-z])").match(self.text, self.at)
            if follows:
                self.differential = start
                return None
        if not is_function(word) or len(word) == 1:
            word = word.lower() if is_function(word.lower()) and len(word) > 1 and word not in GREEK_WORDS else word
        if word in RESERVED and word not in ("where", "with", "and"):
            raise self.error(f"`{word}` cannot stand here", start, "an expression", RESERVED[word])
        return self.emit("name", word, start, self.at)

    def words_of_text(self, name: str, start: int) -> None:
        """\\text{softmax}, \\text{where}, and the conditions of cases."""
        m = _TEXT.match(self.text, self.at)
        if m is None:
            return self.typeface(name, start)
        content = m.group(1).strip()
        self.at = m.end()
        if not content:
            return None
        bare = content.strip(",.;: ").lower()
        within = self.stack and self.stack[-1].kind == "cases"
        if within:
            return self.out.append(("text", bare, start, self.at))
        if bare in ("where", "with", "and", "for", "with the", "where we write"):
            return self.out.append(("name", "and" if bare == "and" else "where", start, self.at))
        script = bool(self.out) and (
            self.out[-1][1] in ("_", "^")
            or len(self.out) > 1
            and self.out[-1][1] == "{"
            and self.out[-2][1] in ("_", "^")
        )
        joined = is_function(re.sub("[ -]", "_", content.lower()))
        if (
            re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", content)
            or (script or joined)
            and re.fullmatch(r"[A-Za-z][A-Za-z0-9 -]*", content)
        ):
            word = re.sub("[ -]", "", content)
            lower = word.lower()
            return self.emit(
                "name",
                lower if not is_function(word) and is_function(lower) and len(word) > 1 else word,
                start,
                self.at,
            )
        raise self.error(
            f"the words `{content}` are not read",
            start,
            r"\text{where} or \text{with} before definitions",
            "leave the words out",
        )

    def blackboard(self, name: str, start: int) -> None:
        m = re.compile(r"\s*\{?\s*([A-Za-z0-9])\s*\}?").match(self.text, self.at)
        if m is None:
            raise self.error(f"`\\{name}` lacks its letter", self.at, rf"\{name}{{1}}")
        self.at = m.end()
        letter = m.group(1)
        if letter in words.SETS:
            problem, expected, fix = words.SETS[letter]
            raise self.error(problem, start, expected, fix)
        if letter in "RNZQC":
            raise self.error(
                "sets are not read",
                start,
                "the function alone",
                "say what a variable is by a declaration: x: n positive",
            )
        if letter in "1I":
            return self.out.append(("name", "ones", start, self.at))
        return self.emit("name", letter, start, self.at)

    def skipped(self, name: str, start: int) -> None:
        if self.braced():
            while self.text[self.at] != "{":
                self.at += 1
            self.at = self.behind_braces(self.at)

    def space(self, name: str, start: int) -> None:
        return None

    def negated(self, name: str, start: int) -> None:
        m = re.compile(r"\s*(=|\\in\b)").match(self.text, self.at)
        if m is None or m.group(1) != "=":
            raise self.error(r"`\not` stands before something else than `=`", start, r"\neq")
        self.at = m.end()
        self.emit("op", "!=", start, self.at)


_HANDLERS = {
    **{w: Commands.space for w in words.SPACES},
    **{w: Commands.delimiter_size for w in (*words.OPENING, *words.CLOSING)},
    **{w: Commands.operator for w in words.OPERATORS},
    **{w: Commands.letter for w in words.LETTERS},
    **{w: Commands.function for w in words.FUNCTIONS},
    **{w: Commands.fraction for w in words.FRACTIONS},
    **{w: Commands.accent for w in words.ACCENTS},
    **{w: Commands.typeface for w in words.TRANSPARENT},
    **{w: Commands.upright for w in words.UPRIGHT},
    **{w: Commands.words_of_text for w in words.WORDS},
    **{w: Commands.blackboard for w in words.BLACKBOARD},
    **{w: Commands.skipped for w in words.SKIPPED},
    "sqrt": Commands.root, "not": Commands.negated,
}  # fmt: skip
