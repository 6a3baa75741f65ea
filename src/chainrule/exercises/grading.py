"""Grading a folder of answers: a text file for each student, a table and plain data for the teacher.

In a file, `1: …` opens the answer to the first part, and the lines below go on with it. Of an exercise with one part the
whole file is the answer; a file with exactly one line for each part needs no numbers. Programs are Python files of the same name.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ..core.errors import DeclarationError, ParseError, UnknownNameError
from .exercise import Exercise, exercise
from .feedback import Feedback
from .score import SCHEME, points_text

NUMBERED = re.compile(r"\s*(\d+)\s*[:.)]\s*(.*)", re.DOTALL)
LARGEST = 1 << 20  # bytes of an answer that is read
SIGNS = {"right": "✓", "wrong": "✗", "undecided": "?", "not understood": "?"}
MOST = 8  # slips that are listed


class Student:
    """One student's answers: the name, the exercise as it stands after them, the feedback by part."""

    def __init__(self, name: str, exercise: Exercise, feedback: dict[int, Feedback]):
        self.name, self.exercise, self.feedback = name, exercise, feedback

    @property
    def points(self) -> float:
        return self.exercise.points

    def to_dict(self) -> dict:
        parts = [
            self.feedback[k].to_dict() if k in self.feedback else None for k in range(1, len(self.exercise.stages) + 1)
        ]
        return {"name": self.name, "points": self.points, "of": self.exercise.worth, "parts": parts}


class Grades:
    """The grades of a folder: `students`, `str()` is a table, `to_dict()` plain data."""

    format = "chainrule.grades/1"

    def __init__(self, exercise: Exercise, students: list[Student], notes: list[str]):
        self.exercise, self.students, self.notes = exercise, students, notes

    @property
    def slips(self) -> list[tuple[int, str, int]]:
        """(part, headline or cause, how often), the most frequent first."""
        counted = Counter(
            (part, feedback.cause or feedback.headline)
            for student in self.students
            for part, feedback in student.feedback.items()
            if feedback.verdict == "wrong"
        )
        return [(part, said, number) for (part, said), number in counted.most_common(MOST)]

    def __str__(self) -> str:
        parts = range(1, len(self.exercise.stages) + 1)
        width = max([7, *[len(student.name) for student in self.students]])
        lines = [f"{'student':<{width}}  " + " ".join(f"{k:>2}" for k in parts) + f"   points of {self.exercise.worth}"]
        for student in self.students:
            marks = [SIGNS[student.feedback[k].verdict] if k in student.feedback else "·" for k in parts]
            lines.append(
                f"{student.name:<{width}}  "
                + " ".join(f"{mark:>2}" for mark in marks)
                + f"   {points_text(student.points):>6}"
            )
        if self.slips:
            lines += ["", "wrong answers, the most frequent first:"]
            lines += [f"  part {part}, {number} ×  {said}" for part, said, number in self.slips]
        return "\n".join([*lines, *([""] if self.notes else []), *[f"note  {note}" for note in self.notes]])

    def to_dict(self) -> dict:
        return {
            "format": self.format,
            "exercise": self.exercise.name,
            "variant": self.exercise.sheet.variant,
            "of": self.exercise.worth,
            "scheme": SCHEME,
            "students": [student.to_dict() for student in self.students],
            "slips": [{"part": part, "says": said, "number": number} for part, said, number in self.slips],
            "notes": self.notes,
        }


def graded(which: str | int, folder: str, variant: int = 0, run: bool = False) -> Grades:
    """The grades of all answers in a folder.

    Parameters
        which: the exercise: a number or name of the course, or a file.
        run: whether to run the students' Python files, for questions that ask for programs.

    Raises
        UnknownNameError: there is no such exercise or folder.
        ParseError: the exercise cannot be read.
    """
    first = exercise(which, variant)
    place = Path(folder)
    if "\0" in str(folder) or not place.is_dir():
        raise UnknownNameError(
            f"there is no folder {str(folder)[:80]}",
            given=str(folder)[:80],
            expected="a folder with one text file for each student",
        )
    files = sorted(path for path in place.iterdir() if path.suffix in (".txt", ".tex", ".py") and path.is_file())
    names = dict.fromkeys(path.stem for path in files)
    if not names:
        raise DeclarationError(
            "there are no answers to grade",
            given=str(folder)[:80],
            expected="files such as anna.txt, one for each student",
        )
    students, notes = [], []
    for name in names:
        mine = exercise(which, variant)
        answers, said = answers_of([path for path in files if path.stem == name], mine, run)
        students.append(Student(name, mine, {part: mine.answer(answer, part) for part, answer in answers.items()}))
        notes += said
    return Grades(first, students, list(dict.fromkeys(notes)))


def answers_of(files: list[Path], exercise: Exercise, run: bool) -> tuple[dict, list[str]]:
    """(the answer to each part, what to say to the teacher) of one student's files."""
    answers: dict = {}
    notes = []
    programs = [k for k, stage in enumerate(exercise.stages, 1) if stage.question.answered_by == "program"]
    for path in files:
        if path.suffix == ".py":
            if run:
                answers |= {part: path for part in programs}
            elif programs:
                notes.append("Python files were not run: --run runs them, as you")
            continue
        try:
            typed = split(text_of(path), len(exercise.stages))
            answers |= {part: answer for part, answer in typed.items() if part not in programs}
        except ParseError as error:
            notes.append(f"{path.name}: {error.problem}")
    return {part: answers[part] for part in sorted(answers)}, notes


def text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise ParseError(f"more than {LARGEST >> 20} MiB, which is not read")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ParseError("not UTF-8, so that it is not read") from None
    except OSError as error:
        raise ParseError(f"cannot be read ({error.strerror})") from None


def split(text: str, parts: int) -> dict[int, str]:
    """The answer to each part.

    Raises
        ParseError: it does not say which answer is which.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return {}
    marked = [NUMBERED.fullmatch(line) for line in lines]
    if parts > 1 and marked[0] and 1 <= int(marked[0][1]) <= parts:
        found: dict[int, str] = {}
        current = 0
        for line, mark in zip(lines, marked):
            if mark and current < int(mark[1]) <= parts:
                current = int(mark[1])
                found[current] = mark[2]
            else:
                found[current] = f"{found[current]}\n{line}".lstrip("\n")
        return {part: answer for part, answer in found.items() if answer.strip()}
    if parts == 1:
        return {1: "\n".join(lines)}
    if len(lines) == parts:
        return dict(enumerate(lines, 1))
    counted = f"{len(lines)} line{'s' if len(lines) != 1 else ''}"
    raise ParseError(f"{counted} for {parts} parts, and none begins with `1:`")
