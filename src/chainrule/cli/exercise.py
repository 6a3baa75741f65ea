"""`chainrule exercise`: the course, a conversation, answers on the command line, grading, a teacher's check of a file."""

import os
import shutil
import sys
from pathlib import Path

import click

from ..core.errors import ChainruleError
from .command import JUDGED, Formulas, json_option
from .errors import Usage, refused
from .output import can_write, json_text, laid_out, say, styled, write

EXAMPLE = "chainrule exercise 3"
SIGNS = str.maketrans(
    {"✓": "[ok]", "✗": "[x]", "·": ".", "↳": "->", "′": "'", "″": "''"}
)  # where stdout knows ASCII only
WIDTH = 100  # of a conversation that is no terminal
HELP = f"""\
Solve exercises on derivatives; answer with formulas or numbers in any form.

Examples:
  chainrule exercise                                   the course
  {EXAMPLE}                                 ask on the terminal
  chainrule exercise softplus --answer 'exp(x)/(1+exp(x))' --answer 1/2
  chainrule exercise gradient-check-network --code my.py
  chainrule exercise my-exercise.txt --variant 7
  chainrule exercise grade softplus answers/ --json
  chainrule exercise --validate my-exercise.txt

WHICH is a number or a name of the course, or a file. While it asks, type an answer,
or hint, show, skip, quit. `grade` takes a folder with one text file for each student."""


class Exercises(Formulas):
    """A command that judges; `--code` has a value here."""

    exits = JUDGED

    def parse_args(self, ctx, args):
        joined: list[str] = []
        for word in args:
            if joined and joined[-1] == "--code":
                joined[-1] = f"--code={word}"
            else:
                joined.append(word)
        return super().parse_args(ctx, joined)


@click.command("exercise", cls=Exercises, help=HELP, options_metavar="[OPTIONS]")
@click.argument("which", nargs=-1)
@click.option(
    "--answer", "answers", multiple=True, metavar="TEXT", help="An answer; the second --answer is for the second part."
)
@click.option(
    "--part", type=click.IntRange(1), metavar="N", help="The part that --answer, --code, --hint and --show are about."
)
@click.option("--code", "program", metavar="FILE", help="A Python file as the answer. It runs in this process.")
@click.option("--hint", "hint", is_flag=True, help="The first hint.")
@click.option("--show", "show", is_flag=True, help="The solution, with its steps.")
@click.option("--variant", type=click.IntRange(0), default=0, metavar="N", help="The same exercise with other numbers.")
@click.option("--topic", metavar="WORD", help="List the exercises of a topic.")
@click.option("--validate", "checked", is_flag=True, help="Check that an exercise is fit to be given, for teachers.")
@click.option(
    "--run", "run_code", is_flag=True, help="With `grade`: run the students' Python files, too. They run as you."
)
@json_option
def command(which, answers, part, program, hint, show, variant, topic, checked, run_code, as_json):
    try:
        if which[:1] == ("grade",):
            return grade(which[1:], variant, run_code, as_json)
        if len(which) > 1:
            raise Usage(f"there are {len(which)} exercises", EXAMPLE)
        if not which:
            if answers or program or hint or show or checked:
                raise Usage("WHICH is missing: the number or name of an exercise", EXAMPLE)
            return listed(topic, as_json)
        from ..exercises.exercise import exercise

        if checked:
            return validate(which[0], variant, as_json)
        found = exercise(which[0], variant)
        if hint or show:
            return helped(found, part, show)
        if program is not None:
            answers = (*answers, Path(program))
        if answers:
            return answered(found, answers, part, as_json)
        return printed(found) if as_json else talk(found)
    except ChainruleError as error:
        return refused(error, as_json)


def listed(topic, as_json) -> int:
    """Prints the course: number, title, level, points; the exit code."""
    from ..exercises.course import course

    found = course(topic)
    if as_json:
        write(json_text({"format": "chainrule.course/1", "exercises": [entry._asdict() for entry in found]}))
        return 0
    printable(found.text(lambda topic: styled(topic, "result", sys.stdout)))
    if sys.stdout.isatty():
        say(styled(f"next      {EXAMPLE}", "aside", sys.stderr))
    return 0


def printable(text: str) -> None:
    """Prints a text, in ASCII where stdout cannot carry more."""
    if not can_write(text, sys.stdout):
        from ..derivation.ascii import to_ascii

        text = to_ascii(text.translate(SIGNS))
    write(text)


def printed(found) -> int:
    write(json_text(found.to_dict()))
    return 0


def columns() -> int:
    """How wide the text may be."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH


def helped(found, part, show) -> int:
    """Prints the first hint, or the solution of one part or of all; the exit code."""
    from ..exercises.session import solution_rows

    if not show:
        printable(found.hint(part))
        return 0
    parts = [part] if part else range(1, len(found.stages) + 1)
    blocks = []
    for number in parts:
        found.number(number)
        question, shown = found.question_rows(number)[:1], solution_rows(found, number, columns())
        blocks.append(f"{laid_out(question, sys.stdout)}\n{laid_out(shown, sys.stdout)}")
    printable("\n\n".join(blocks))
    return 0


def answered(found, answers, part, as_json) -> int:
    """Judges answers, in the order of the parts; the exit code is that of the worst."""
    if part is not None and len(answers) > 1:
        raise Usage("--part is about one answer, and there are more", f"{EXAMPLE} --part 2 --answer …")
    if len(answers) > len(found.stages):
        raise Usage(
            f"there are {len(answers)} answers to {len(found.stages)} part{'s' if len(found.stages) > 1 else ''}",
            f"{EXAMPLE} --answer …",
        )
    feedback = [found.answer(answer, part or number) for number, answer in enumerate(answers, 1)]
    if as_json:
        told = {
            "format": "chainrule.answers/1",
            "exercise": found.name,
            "variant": found.sheet.variant,
            "points": found.points,
            "of": found.worth,
        }
        write(json_text(told | {"feedback": [each.to_dict() for each in feedback]}))
    else:
        blocks = []
        for each in feedback:
            head = f"{each.part}. " if len(found.stages) > 1 else ""
            text = laid_out(each.entries(), sys.stdout)
            blocks.append(f"{head}{text}".replace("\n", "\n" + " " * len(head)))
        printable("\n".join(blocks))
        if len(found.stages) > 1:
            printable(found.earned)
    for code in (2, 1, 3):
        if any(each.exit_code == code for each in feedback):
            return code
    return 0


def talk(found) -> int:
    """Asks on the terminal, or answers what comes on stdin; 0 if all was solved, else 1."""
    from ..exercises.course import files
    from ..exercises.session import PROMPT, Session

    session = Session(found, columns(), lambda text, role: styled(text, role, sys.stdout))
    printable(session.open())
    while not session.done:
        if sys.stdin.isatty():
            sys.stdout.write("\n" + PROMPT)
            sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            said = session.hear("") if session.lines else ""
            printable("\n".join(filter(None, [said, session.say_quit()])))
            break
        said = session.hear(line.rstrip("\n"))
        if said:
            printable(("" if sys.stdin.isatty() else "\n" + PROMPT + line) + said)
    further = list(files())[list(files()).index(found.name) + 1 :] if found.name in files() else []
    if sys.stdout.isatty() and found.done and further:
        say(styled(f"next      chainrule exercise {further[0]}", "aside", sys.stderr))
    return 0 if all(stage.solved for stage in found.stages) else 1


def grade(words, variant, run_code, as_json) -> int:
    """Grades a folder of answers; prints a table or JSON; the exit code."""
    if len(words) != 2:
        raise Usage("`grade` takes an exercise and a folder of answers", "chainrule exercise grade softplus answers/")
    from ..exercises.grading import graded

    found = graded(words[0], words[1], variant, run_code)
    if as_json:
        write(json_text(found.to_dict()))
    else:
        printable(str(found))
    return 0


def validate(which, variant, as_json) -> int:
    """Says whether an exercise is fit to be given; the exit code."""
    from ..exercises.course import sheet
    from ..exercises.validate import validated

    found = validated(sheet(which, variant))
    bad = [each for each in found if not each.good]
    if as_json:
        write(
            json_text(
                {"format": "chainrule.validation/1", "good": not bad, "findings": [each._asdict() for each in found]}
            )
        )
    else:
        sign = {True: styled("✓", "good", sys.stdout), False: styled("✗", "bad", sys.stdout)}
        lines = [f"{sign[each.good]} part {each.part}, line {each.line}: {each.says}" for each in found]
        lines.append(
            f"{len(bad)} of {len(found)} things to mend"
            if bad
            else f"fit to be given: {len(found)} things were looked at"
        )
        printable("\n".join(lines))
    return 1 if bad else 0
