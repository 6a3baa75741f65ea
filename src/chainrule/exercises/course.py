"""The exercises that are shipped, in the order of the course, and how one is found: by number, name, or file."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..core.errors import DeclarationError, ParseError, UnknownNameError, did_you_mean
from .sheet import Sheet, read_sheet

FOLDER = Path(__file__).parent / "course"
LEGEND = "· easy   ·· middling   ··· hard   v: there are variants"
LARGEST = 1 << 20  # bytes of a file that is read


@cache
def files() -> dict[str, Path]:
    """The shipped files by name, in order."""
    return {path.stem.partition("-")[2]: path for path in sorted(FOLDER.glob("*.txt"))}


class Entry(NamedTuple):
    """A line of the course: how an exercise is called and what it is worth."""

    number: int
    name: str
    title: str
    topic: str
    level: int
    points: int
    variants: bool


class Course(list):
    """A list of entries that prints topic by topic."""

    def text(self, heading=str) -> str:
        """The list as lines; `heading` styles the name of a topic."""
        lines: list[str] = []
        before = None
        for entry in self:
            if entry.topic != before:
                lines += [*([""] if before else []), heading(entry.topic)]
                before = entry.topic
            lines.append(
                f"{entry.number:>3}  {entry.title:<39} {'·' * entry.level:<3} {entry.name:<24}{entry.points:>3}"
                + ("  v" if entry.variants else "")
            )
        if lines:
            lines += ["", LEGEND]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self)}


def course(topic: str | None = None) -> Course:
    """The shipped exercises, in order; those of a topic, where a word of it is given.

    Raises
        UnknownNameError: no topic has the word.
    """
    sheets = [from_file(path) for path in files().values()]
    found = [Entry(k, s.name, s.title, s.topic, s.level, s.points, s.varies) for k, s in enumerate(sheets, 1)]
    if topic is None:
        return Course(found)
    topics = list(dict.fromkeys(entry.topic for entry in found))
    kept = [
        entry
        for entry in found
        if isinstance(topic, str) and topic.strip() and topic.strip().lower() in entry.topic.lower()
    ]
    if not kept:
        raise UnknownNameError(
            "no topic has this word",
            given=repr(topic)[:60],
            expected=", ".join(topics),
            fix=did_you_mean(str(topic), topics),
        )
    return Course(kept)


def sheet(which: str | int, variant: int = 0) -> Sheet:
    """The exercise with a number (from 1) or a name in the course, or in the file of that path.

    Raises
        UnknownNameError: there is none.
        ParseError: the file is no exercise.
        DeclarationError: the variant is no whole number, or the exercise has none.
    """
    if not isinstance(variant, int) or isinstance(variant, bool) or variant < 0:
        raise DeclarationError(
            "a variant is a whole number", given=repr(variant), expected="0 for the exercise as it is written, 1, 2, …"
        )
    if isinstance(which, os.PathLike):
        which = os.fspath(which)
    if isinstance(which, bool) or not isinstance(which, (int, str)):
        raise UnknownNameError(
            "an exercise has a number or a name",
            given=repr(which),
            expected=f"1 to {len(files())}, a name, or the path of a file",
        )
    found = from_file(path_of(str(which)), variant)
    if variant and not found.varies:
        raise DeclarationError(
            f"`{found.name}` has no variants",
            given=f"variant {variant}",
            expected="an exercise with a line `vary: …`",
            fix=str(which),
        )
    return found


def path_of(which: str) -> Path:
    names = list(files())
    text = which.strip()
    if text.isascii() and text.isdigit():
        if 1 <= int(text) <= len(names):
            return files()[names[int(text) - 1]]
        raise UnknownNameError(
            f"there is no exercise {text[:20]}",
            given=text[:20],
            expected=f"1 to {len(names)}",
            fix="chainrule exercise lists them",
        )
    if text in names:
        return files()[text]
    if os.sep in text or text.endswith(".txt") or (text and "\0" not in text and Path(text).is_file()):
        return Path(text)
    near = did_you_mean(text, names) or next((name for name in names if text and text.lower() in name), None)
    raise UnknownNameError(
        f"there is no exercise `{text[:60]}`", given=repr(text[:60]),
        expected="a number or a name of the course, or the path of a file",
        fix=near or "chainrule exercise lists them",
    )  # fmt: skip


def from_file(path: Path, variant: int = 0) -> Sheet:
    try:
        if path.stat().st_size > LARGEST:
            raise ParseError(
                f"{path} is too long for an exercise",
                given=f"{path.stat().st_size} bytes",
                expected=f"at most {LARGEST}",
            )
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(
            f"byte {error.start + 1} of {path} is not UTF-8", given=str(path), expected="a text file in UTF-8"
        ) from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UnknownNameError(
            f"{path} cannot be read",
            given=said,
            expected="the path of a text file",
            fix="chainrule exercise lists the exercises",
        ) from None
    return read_sheet(text, path.name, variant)
