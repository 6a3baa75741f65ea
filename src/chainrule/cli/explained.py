"""What the commands share that explain: the function, where it is looked at, the forms of the answer, its pictures.

A command is a function of its own options and `**asked`, those that `place_options` adds; it hands `explained` a function that
finds the answer, an `Explanation`.
"""

import sys

import click

from ..core.errors import ChainruleError
from .command import DIALECTS, Formulas, ascii_option, json_option, read_function, shape_option
from .errors import Usage, refused
from .minimize import named_arrays, pairs, written
from .output import can_write, json_text, laid_out, write

EXITS = "Exit codes: 0 answered; 1 refused; 2 not understood."


class Explains(Formulas):
    """A command that answers with an explanation."""

    exits = EXITS


PLACE = (
    click.option("--wrt", metavar="NAMES", help="The variables that move; by default those without data."),
    click.option("--at", metavar="VALUES", help="The point: 'x=1, y=-2', 'w=(1, 2)', or a file, .npz or .json."),
    click.option("--data", multiple=True, metavar="FILE", help="Values of the other variables: .npz or .json. May be repeated."),
    click.option("--set", "numbers", multiple=True, metavar="VALUES", help="Further values: 'lam=0.1', 'X=[[1, 2], [3, 4]]'. May be repeated."),
    click.option("--size", "sizes", multiple=True, metavar="NAME=N", help="A size that no values show. May be repeated."),
    click.option("--seed", type=click.IntRange(0), default=0, help="Of what is drawn where no value is given.  [0]"),
    shape_option,
    click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open."),
)
FORMS = (
    click.option("--svg", metavar="FILE.svg", help="Draw the picture there; FILE.svg:NAME draws the one called NAME."),
    click.option("--width", type=click.IntRange(300, 2000), default=660, help="Of the picture, in pixels.  [660]"),
    ascii_option,
    json_option,
)


def place_options(command):
    """The options that say where a function is looked at, and how the answer is shown, after those of the command."""
    for option in reversed(PLACE + FORMS):
        command = option(command)
    return command


def form_options(command):
    """Only the options that say how the answer is shown."""
    for option in reversed(FORMS):
        command = option(command)
    return command


def explained(words, find, asked: dict, example: str) -> int:
    """Reads the function, finds the explanation by `find(text, **place)`, prints and draws it; the exit code.

    The keywords are `wrt`, `at`, `data`, `sizes`, `seed`, `declare` and `dialect`, as the doors of the library have them.
    """

    def found():
        text = read_function(words, example)
        values = {name: x for file in asked["data"] for name, x in named_arrays(file, "--data").items()}
        at = asked["at"]
        if at is not None and at.endswith((".npz", ".json")):
            at = named_arrays(at, "--at")
        values |= _read(asked["numbers"])
        return find(
            text, wrt=asked["wrt"], at=at, data=values, sizes=pairs(asked["sizes"], "--size", int), seed=asked["seed"],
            declare=", ".join(asked["shapes"]) or None, dialect=asked["dialect"],
        )  # fmt: skip

    return told(found, asked)


def told(find, asked: dict) -> int:
    """Finds an explanation by `find()`, prints it in the form that was asked for, draws its picture; the exit code."""
    file, _, name = (asked["svg"] or "").partition(".svg:")
    file = file + ".svg" if name else file
    if file and not file.lower().endswith(".svg"):
        raise Usage(f"--svg draws an .svg, not `{file}`", "--svg picture.svg")
    try:
        found = find()
        if file:
            picture = str(found.plot(name or None, width=asked["width"]))
            written(file, lambda: _save(file, picture))
    except ChainruleError as error:
        return refused(error, asked["as_json"])
    if asked["as_json"]:
        write(json_text(found.to_dict()))
    else:
        print_rows(found, asked["ascii"])
    return getattr(found, "exit_code", 0)


def print_rows(found, ascii: bool) -> None:
    """The explanation as people read it, on stdout; in ASCII where stdout carries no more."""
    from ..derivation.terminal import plainly, rows

    listed = rows(found)
    text = laid_out(listed, sys.stdout)
    write(laid_out(plainly(listed), sys.stdout) if ascii or not can_write(text, sys.stdout) else text)


def _read(texts) -> dict:
    from ..explain.written import values_in

    return {name: x for text in texts for name, x in values_in(text).items()}


def _save(file: str, picture: str) -> None:
    with open(file, "w", encoding="utf-8") as out:
        out.write(picture)
