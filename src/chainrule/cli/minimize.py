"""`chainrule minimize`: a local minimum of a function of data, by SciPy with derived derivatives."""

import sys

import click

from ..core.errors import ChainruleError, DeclarationError
from .code import point_of
from .command import DIALECTS, Spoken, ascii_option, json_option, read_function, shape_option
from .errors import Usage, refused
from .output import can_write, json_text, laid_out, say, write

EXAMPLE = "chainrule minimize '||X w - y||^2 + lam ||w||^2' --wrt w --data data.npz --set lam=0.1"
HELP = f"""\
Find a local minimum of FUNCTION, whose gradient and Hessian are derived.

Examples:
  {EXAMPLE}
  chainrule minimize '||M - U V^T||_F^2' --wrt U,V --data M.npz --size k=5 --plot course.svg --save factors.npz

--data takes .npz or .json: arrays named as the variables."""
METHODS = click.Choice(["newton", "newton-cg", "trust-ncg", "lbfgs", "bfgs", "cg"])


class Minimizes(Spoken):
    """The command that searches."""

    exits = "Exit codes: 0 a minimum; 1 refused, or the search ended elsewhere; 2 not understood."


@click.command("minimize", cls=Minimizes, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--wrt", metavar="NAMES", help="The variables; by default all that are not among the data.")
@click.option("--data", multiple=True, metavar="FILE", help="Values of the other variables: .npz or .json. May be repeated.")
@click.option("--set", "numbers", multiple=True, metavar="NAME=NUMBER", help="The value of a number. May be repeated.")
@click.option("--size", "sizes", multiple=True, metavar="NAME=N", help="A size that no data show. May be repeated.")
@click.option("--start", metavar="FILE", help="Where the search starts: .npz or .json.")
@click.option("--method", type=METHODS, help="By default Newton's; with bounds L-BFGS.")
@click.option("--tolerance", type=float, help="Of the largest entry of the gradient, relative to that at the start.")
@click.option("--iterations", type=click.IntRange(1), default=1000, help="At most so many.  [1000]")
@click.option("--plot", metavar="FILE.svg", help="Draw how value and gradient came down.")
@click.option("--save", metavar="FILE.npz", help="Write the variables there.")
@shape_option
@click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open.")
@ascii_option
@json_option
def command(function, wrt, data, numbers, sizes, start, method, tolerance, iterations, plot, save, shapes, dialect, ascii, as_json):
    try:
        text = read_function(function, EXAMPLE)
        values = {name: value for file in data for name, value in named_arrays(file, "--data").items()}
        values |= {name: float(value) for name, value in pairs(numbers, "--set", float).items()}
        if plot and not plot.lower().endswith(".svg"):
            raise Usage(f"--plot draws an .svg, not `{plot}`", EXAMPLE + " --plot course.svg")
        from ..training import minimize

        found = minimize(
            text, wrt, values, start=named_arrays(start, "--start") if start else None, method=method, tolerance=tolerance,
            iterations=iterations, declare=", ".join(shapes) or None, dialect=dialect, sizes=pairs(sizes, "--size", int),
        )  # fmt: skip
        if plot:
            written(plot, lambda: plot_to(plot, found))
        if save:
            written(save, lambda: save_to(save, found))
    except ChainruleError as error:
        return refused(error, as_json)
    if as_json:
        write(json_text(found.to_dict()))
    else:
        shown(found, ascii)
    return 0 if found.converged else 1


def shown(found, ascii: bool) -> None:
    """The minimum as people read it, on stdout."""
    from ..derivation.ascii import to_ascii
    from ..derivation.terminal import rows

    text = laid_out(rows(found), sys.stdout)
    write(to_ascii(text) if ascii or not can_write(text, sys.stdout) else text)


def named_arrays(file: str, option: str) -> dict:
    """The arrays in a file by name; a file with one array calls it by its own name.

    Raises
        DeclarationError: no file, or arrays without names.
    """
    found = point_of(file)
    if not isinstance(found, dict):
        raise DeclarationError(
            f"the array in `{file}` has no name",
            given=f"{option} {file}",
            expected="an .npz or .json whose arrays are called as the variables",
            fix="np.savez('data.npz', X=X, y=y)",
        )
    return found


def pairs(words, option: str, kind) -> dict:
    """`name=number` words as a dict."""
    found = {}
    for word in words:
        name, equals, number = word.partition("=")
        try:
            found[name.strip()] = kind(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise Usage(f"{option} takes NAME={'NUMBER' if kind is float else 'N'}, not `{word}`", f"{option} n=5" if kind is not float else EXAMPLE)
    return found


def written(file: str, write_it) -> None:
    """Write a file and say so.

    Raises
        DeclarationError: it cannot be written.
    """
    try:
        write_it()
    except OSError as error:
        raise DeclarationError(
            f"`{file}` cannot be written: {error.strerror or error}", given=file, expected="a place where you may write"
        ) from None
    say(f"written to {file}")


def plot_to(file: str, found) -> None:
    with open(file, "w", encoding="utf-8") as out:
        out.write(str(found.plot()))


def save_to(file: str, found) -> None:
    import numpy as np

    with open(file, "wb") as out:
        np.savez(out, **found.values)
