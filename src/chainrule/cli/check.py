"""`chainrule check`: is a derivative right, and if not, where is the mistake? Of a formula, of code, of a derivation line by line."""

import os
import re
import shutil
import sys

import click

from ..core.errors import ChainruleError, DeclarationError, DomainError
from .code import CODE, no_file, report_on_code
from .command import DIALECTS, JUDGED, LAYOUTS, LONGEST, Formulas, ascii_option, json_option, read_function, shape_option
from .errors import Usage, refused
from .output import can_write, json_text, say, styled, write

EXAMPLE = "chainrule check '||X w - y||^2' --wrt w --mine \"2 X^T (X w - y)\""
HELP = f"""\
Say whether a derivative is right, and if not, where the mistake is.

Examples:
  {EXAMPLE}
  chainrule check 'x^T A x' --wrt x --order 2 --mine 'A + A^T'
  chainrule check 'softmax(z)' --mine 'diag(p) - p p^T with p = softmax(z)'
  chainrule check mymodule:loss --grad mymodule:loss_grad --at point.npz
  chainrule check mymodule:Layer --at point.npz --framework torch
  chainrule check '||A x - b||^2' --wrt x --working derivation.txt

FUNCTION is a formula, as for `chainrule derive`, or code as module:function, which is imported from the
current directory and called. `-` reads a formula from stdin. --at takes .npz, .npy or .json: one array, or
arrays named as the arguments."""
KINDS, FRAMEWORKS = (
    click.Choice(["gradient", "jacobian", "hessian", "vjp", "jvp"]),
    click.Choice(["numpy", "torch", "jax"]),
)


class Checks(Formulas):
    """A command that judges."""

    exits = JUDGED


@click.command("check", cls=Checks, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--mine", metavar="FORMULA", help="Your derivative, as a formula.")
@click.option("--working", metavar="FILE", help="Your derivation, one step per line; - is stdin.")
@click.option("--wrt", metavar="NAME", help="The variable of differentiation.")
@click.option("--order", type=click.IntRange(1, 8), default=1, help="1 gradient or Jacobian, 2 Hessian …  [1]")
@shape_option
@click.option("--layout", type=LAYOUTS, default="column", help="Gradients as columns or rows.")
@click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open.")
@click.option("--grad", metavar="MODULE:NAME", help="Your derivative, as code.")
@click.option("--at", metavar="FILE", help="The point at which code is checked: .npz, .npy or .json.")
@click.option("--kind", type=KINDS, help="What the code returns; by default what its values say.")
@click.option("--sample", metavar="MODULE:NAME", help="A function that returns further points.")
@click.option("--framework", type=FRAMEWORKS, help="Where the function leaves it open.")
@click.option("--plot", metavar="FILE.svg", help="Draw the Taylor remainder, yours and the true one.")
@ascii_option
@json_option
def command(
    function,
    mine,
    working,
    wrt,
    order,
    shapes,
    layout,
    dialect,
    grad,
    at,
    kind,
    sample,
    framework,
    plot,
    ascii,
    as_json,
):
    asked = {
        "--mine": mine,
        "--working": working,
        "--grad": grad,
        "--at": at,
        "--kind": kind,
        "--sample": sample,
        "--framework": framework,
    }
    try:
        declare = ", ".join(shapes) or None
        code = CODE.match(function[0]) if len(function) == 1 else None
        if code:
            refuse(asked, ("--mine", "--working"), "a formula, and the function is code", "--grad module:function")
            report = report_on_code(function[0], grad, at, kind, order, sample, framework)
        else:
            refuse(
                asked,
                ("--grad", "--at", "--kind", "--sample", "--framework"),
                "of code, and the function is a formula",
                EXAMPLE,
            )
            report = of_formula(function, mine, working, wrt, order, declare, layout, dialect)
        drawn(report, plot)
    except ChainruleError as error:
        refused(error, as_json)
        return 3 if isinstance(error, DomainError) else 2
    if as_json:
        write(json_text(report.to_dict()))
    else:
        shown(report, ascii)
    return report.exit_code


def refuse(asked: dict, options: tuple, why: str, fix: str) -> None:
    """Refuses options that do not belong to what is checked."""
    for option in options:
        if asked[option] is not None:
            raise Usage(f"{option} is {why}", fix)


def shown(report, ascii: bool) -> None:
    """The report as people read it, on stdout."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else None
    text = report.text(width, lambda part, role: styled(part, role, sys.stdout)) if width else str(report)
    if ascii or not can_write(text, sys.stdout):
        from ..derivation.ascii import to_ascii

        text = to_ascii(text.replace("✓", "+").replace("✗", "x"))
    write(text)


def drawn(report, plot: str | None) -> None:
    """Writes the picture of the remainders, where one was asked for."""
    if plot is None:
        return
    from ..checking.display import plot as picture

    svg = picture(report) if hasattr(report, "remainders") else None
    if svg is None:
        raise DeclarationError(
            "there is no remainder to draw",
            given=f"--plot {plot}",
            expected="a derivative of first order, compared with numbers",
        )
    with open(plot, "w", encoding="utf-8") as file:
        file.write(str(svg))
    say(f"written to {plot}")


# ------------------------------------------------------------------------------- formulas


def of_formula(words, mine, working, wrt, order, declare, layout, dialect):
    """The report on a formula, or on a derivation line by line."""
    if mine is None and working is None:
        raise Usage("your derivative is missing: --mine FORMULA, or --working FILE", EXAMPLE)
    if mine is not None and working is not None:
        raise Usage("--mine and --working cannot be combined", "check them one after the other")
    if working is not None:
        from ..checking.working import check_working

        text = read_text(working)
        if words:
            text = f"{defining(read_function(words, EXAMPLE))}\n{text}"
        return check_working(text, wrt, declare)
    from ..checking.formulas import check_formula

    if mine == "-" and list(words) == ["-"]:
        raise Usage("only one of FUNCTION and --mine can come from stdin", EXAMPLE)
    text = read_function(words, EXAMPLE)
    yours = read_function(["-"], EXAMPLE) if mine == "-" else mine
    return check_formula(text, yours, wrt, declare, order, layout, dialect)


def defining(function: str) -> str:
    """The function as the first lines of a derivation: f = …."""
    *lets, last = [part for part in re.split(r"[\n;]", function) if part.strip()]
    return "\n".join([*lets, last if re.match(r"\s*\w+\s*=(?!=)", last) else f"f = {last.strip()}"])


def read_text(name: str) -> str:
    """The text of a file, or of stdin for `-`."""
    if name == "-":
        return read_function(["-"], EXAMPLE)
    try:
        with open(name, encoding="utf-8") as file:
            return file.read(LONGEST)
    except OSError as error:
        raise no_file(name, error) from None
    except UnicodeDecodeError:
        raise DeclarationError(
            f"`{name}` is not text in UTF-8", given=name, expected="a text with one step on each line"
        ) from None
