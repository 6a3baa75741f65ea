"""The text of an exercise, as a person writes it: lines of `word: what it says`, read into a Sheet.

    title: A power meets an exponential
    topic: derivatives in one variable
    level: 1
    function: x^3 exp(-x)

    find: derivative in x
    hint: f is a product of two factors. Which rule takes a product apart?
    wrong: 3 x^2 exp(-x)
    says: The second factor moves, too.

Indented lines go on with the line above. Lines that start with `#` are remarks. What stands before the first `find` is
about the exercise, what stands behind it about that part; each further `find` opens a further part. The solution is
derived: it is written down only where nothing derives it.

`vary: n = 3, 2, 4` makes variants: `<n>` and `<n - 1>` in any other line are replaced by numbers, by the first of each
list in the exercise itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..core.errors import ChainruleError, ParseError, did_you_mean
from ..core.lazy import lazy

syntax = lazy(__package__, "..syntax")

HEAD = {  # word → what it says, of the exercise as a whole
    "title": "a few words by which it is listed",
    "topic": "the chapter to which it belongs",
    "level": "1 easy, 2 middling, 3 hard",
    "function": "the function, as for `chainrule derive`; let-lines may stand before it",
    "declare": "shapes and properties of its variables, where the text leaves them open",
    "text": "what a learner should know before the questions",
    "vary": "a name and the numbers it stands for, one for each variant",
}
PART = {  # the same, of one part
    "find": "what is to be found: derivative in x, gradient in x, y at x = 1, y = 2 …",
    "ask": "the question in words, where those that `find` makes are not good enough",
    "points": "what it is worth, 1 where nothing is said",
    "answer": "the solution, where nothing derives it, or a better way to write it",
    "accept": "a further answer that is right",
    "hint": "what helps; the first hint is given first",
    "wrong": "an answer that people often give",
    "says": "what to say to the answer in the `wrong` line above",
    "note": "what is good to know once it is solved",
}
REPEATED = {"accept", "hint", "wrong", "vary"}
LEVELS = ("1", "2", "3")
LARGEST = 100_000  # characters of an exercise
MOST_POINTS = 100
LINE = re.compile(r"([A-Za-z]+)\s*:(?:\s+|$)(.*)", re.DOTALL)
VARIED = re.compile(r"([A-Za-z]\w*)\s*=\s*(.+)", re.DOTALL)
RAISED = re.compile(r"(?<=[\w)])\^(\d+)(?!\w|\.\d)")  # x^3 in words
DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
PLACE = re.compile(r"(?:(\w)\^)?<([A-Za-z0-9][\w\s.+*-]*)>")


class Said(NamedTuple):
    """A line of the file: its number (from 1), its word, what it says."""

    line: int
    word: str
    text: str


class Wrong(NamedTuple):
    """An answer that people often give, and what to say to it, if anything."""

    text: str
    says: str
    line: int


class Part(NamedTuple):
    """One question of an exercise, as written."""

    find: str
    line: int
    ask: str = ""
    points: int = 1
    answer: str | None = None
    accept: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    note: str = ""


class Sheet(NamedTuple):
    """An exercise as written: nothing in it is worked out yet.

    Attributes
        file: the name by which errors call it.
        name: by which people ask for it.
        variant: 0 as it was written, otherwise the number of the combination of its numbers.
        varies: whether there are variants at all.
    """

    file: str
    name: str
    title: str
    topic: str
    level: int
    function: str
    declare: str | None
    text: str
    parts: tuple[Part, ...]
    variant: int = 0
    varies: bool = False
    lines: dict[str, int] = {}

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    def fault(
        self, line: int, problem: str, given: str, expected: str | None = None, fix: str | None = None
    ) -> ParseError:
        """The error that says what is wrong in a line of this exercise."""
        return fault(self.file, line, problem, given, expected, fix)


def fault(
    file: str, line: int, problem: str, given: str, expected: str | None = None, fix: str | None = None
) -> ParseError:
    return ParseError(f"{problem} ({file}, line {line})", given=given, expected=expected, fix=fix)


def read_sheet(text: str, file: str, variant: int = 0) -> Sheet:
    """The exercise that `text` states; `file` is how errors call it, `variant` the number of the variant.

    Raises
        ParseError: it is no exercise; the message names file and line.
    """
    if len(text) > LARGEST:
        raise fault(file, 1, "the exercise is too long", f"{len(text)} characters", f"at most {LARGEST}")
    said = with_numbers(lines_of(text, file), file, variant)
    head = [each for each in said if each.word in HEAD]
    first = next((each.line for each in said if each.word == "find"), None)
    for each in said:
        if each.word in PART and each.word != "find" and (first is None or each.line < first):
            raise fault(
                file, each.line, f"`{each.word}` stands before the first `find`", shown(each),
                "a part to which it belongs",
                "find: derivative in x",
            )  # fmt: skip
    late = next((each for each in head if first is not None and each.line > first), None)
    if late:
        raise fault(
            file,
            late.line,
            f"`{late.word}` is about the whole exercise",
            shown(late),
            "its place before the first `find`",
        )
    facts = single(head, file)
    for word in ("title", "function"):
        if word not in facts:
            last = said[-1].line if said else 1
            raise fault(file, last, f"the exercise has no `{word}`", f"{len(said)} lines", f"`{word}: …`, {HEAD[word]}")
    if first is None:
        raise fault(
            file, said[-1].line, "nothing is asked", f"{len(said)} lines and no `find`", f"`find: …`, {PART['find']}"
        )
    level = facts.get("level", Said(0, "level", "1"))
    if level.text not in LEVELS:
        raise fault(file, level.line, "a level is one of three", shown(level), HEAD["level"], "level: 2")
    textual = {word: each.text for word, each in facts.items()}
    return Sheet(
        file,
        re.sub(r"^\d+-", "", Path(file).stem),
        flowing(textual["title"]),
        flowing(textual.get("topic", "further exercises")),
        int(level.text),
        textual["function"],
        textual.get("declare"),
        flowing(textual.get("text", "")),
        tuple(parts(said, file)),
        variant,
        any(each.word == "vary" for each in head),
        {word: each.line for word, each in facts.items()},
    )


def lines_of(text: str, file: str) -> list[Said]:
    """The lines of a file, each with those that go on with it."""
    found: list[Said] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            if not found:
                raise fault(
                    file,
                    number,
                    "an indented line goes on with the line above, and there is none",
                    repr(line),
                    "title: …",
                )
            last = found[-1]
            found[-1] = last._replace(text=f"{last.text}\n{line.strip()}".lstrip("\n"))
            continue
        match = LINE.fullmatch(line.rstrip())
        words = {**HEAD, **PART}
        if not match:
            raise fault(
                file, number, "a line has no word before a colon", repr(line[:60]),
                "`word: what it says`, or blanks in front where it goes on",
                f"hint: {line.strip()[:40]}" if found else None,
            )  # fmt: skip
        word = match[1].lower()
        if word not in words:
            near = did_you_mean(word, words)
            raise fault(
                file,
                number,
                f"there is no `{match[1]}` in an exercise",
                repr(line[:60]),
                ", ".join(words),
                near and f"{near}: {match[2][:40]}",
            )
        found.append(Said(number, word, match[2].strip()))
    for each in found:
        if not each.text:
            raise fault(file, each.line, f"`{each.word}` says nothing", f"{each.word}:", {**HEAD, **PART}[each.word])
    return found


def single(said: list[Said], file: str) -> dict[str, Said]:
    """What was said once, by word; those that may be repeated are left out."""
    found: dict[str, Said] = {}
    for each in said:
        if each.word in REPEATED:
            continue
        if each.word in found:
            raise fault(
                file,
                each.line,
                f"`{each.word}` is said twice",
                shown(each),
                f"one, and it stands in line {found[each.word].line}",
            )
        found[each.word] = each
    return found


def parts(said: list[Said], file: str) -> list[Part]:
    """The parts, each from its `find` to the next."""
    groups: list[list[Said]] = []
    for each in said:
        if each.word == "find":
            groups.append([])
        if groups:
            groups[-1].append(each)
    return [part(group, file) for group in groups]


def part(said: list[Said], file: str) -> Part:
    wrong: list[Wrong] = []
    for before, each in zip([None, *said], said):
        if each.word == "wrong":
            wrong.append(Wrong(each.text, "", each.line))
        if each.word == "says":
            if before is None or before.word != "wrong":
                raise fault(
                    file,
                    each.line,
                    "`says` has no `wrong` line above it",
                    shown(each),
                    "wrong: an answer, then says: …",
                )
            wrong[-1] = wrong[-1]._replace(says=flowing(each.text))
    facts = single([each for each in said if each.word != "says"], file)
    points = facts.get("points", Said(0, "points", "1"))
    if not points.text.isascii() or not points.text.isdigit() or not 1 <= int(points.text) <= MOST_POINTS:
        raise fault(file, points.line, "points are a whole number", shown(points), f"1 to {MOST_POINTS}", "points: 2")
    every = lambda word: tuple([each.text for each in said if each.word == word])
    return Part(
        facts["find"].text,
        facts["find"].line,
        flowing(facts["ask"].text) if "ask" in facts else "",
        int(points.text),
        facts["answer"].text if "answer" in facts else None,
        every("accept"),
        tuple([flowing(hint) for hint in every("hint")]),
        tuple(wrong),
        flowing(facts["note"].text) if "note" in facts else "",
    )


def flowing(text: str) -> str:
    """A text whose lines are one paragraph, with x^3 raised, x³, but for what stands between backquotes to be typed."""
    parts = " ".join(text.split()).split("`")
    return "`".join(
        [RAISED.sub(lambda m: m[1].translate(DIGITS), part) if k % 2 == 0 else part for k, part in enumerate(parts)]
    )


def shown(said: Said) -> str:
    return f"{said.word}: {said.text[:60]}"


# ------------------------------------------------------------------ variants


def with_numbers(said: list[Said], file: str, variant: int) -> list[Said]:
    """The lines with numbers put in for `<n>`; variant 0 has the first of each list, and each further one others, in turn."""
    lists = varied(said, file)
    if not lists:
        return said
    chosen = {}
    for name, values in lists.items():  # counts through all combinations
        variant, k = divmod(variant, len(values))
        chosen[name] = values[k]

    def put(each: Said) -> Callable[[re.Match], str]:
        def number(match: re.Match) -> str:
            if not set(re.findall(r"[A-Za-z]\w*", match[2])) <= set(chosen):
                return match[0]
            inside = re.sub(r"[A-Za-z]\w*", lambda name: f"({chosen[name[0]]})", match[2])
            try:
                value = float(syntax.read(inside).evaluate({}))
            except ChainruleError as error:
                raise fault(file, each.line, f"`{match[0]}` is no number", shown(each), error.problem, "<n>") from None
            text = str(int(value)) if value == int(value) else repr(round(value, 12))
            return text if not match[1] else {"0": "1", "1": match[1]}.get(text, f"{match[1]}^{text}")

        return number

    return [each if each.word == "vary" else each._replace(text=PLACE.sub(put(each), each.text)) for each in said]


def varied(said: list[Said], file: str) -> dict[str, list[str]]:
    """The numbers that each name of a `vary` line stands for."""
    found = {}
    for each in [each for each in said if each.word == "vary"]:
        match = VARIED.fullmatch(each.text)
        values = [value.strip() for value in match[2].split(",")] if match else []
        if not match or not all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in values):
            raise fault(
                file,
                each.line,
                "`vary` gives a name its numbers",
                shown(each),
                "a name, `=`, numbers with commas",
                "vary: n = 3, 2, 4",
            )
        found[match[1]] = values
    return found
