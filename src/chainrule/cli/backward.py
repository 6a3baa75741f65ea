"""`chainrule backward`: the forward and the backward pass of a function, written as code with a test."""

from pathlib import Path

import click

from ..core.errors import ChainruleError
from .command import Formulas, json_option, read_function, shape_option
from .errors import Usage, refused
from .output import json_text, say, write

EXAMPLE = "chainrule backward 'softmax(W x + b)' --to torch"
HELP = f"""\
Write the forward and the backward pass of FUNCTION as code, with a test that runs without chainrule.

The code is run before it is shown: its value against the function, its cotangents against the numeric derivative.

Examples:
  {EXAMPLE}
  chainrule backward '||X w - y||^2 + lam ||w||^2' --wrt w
  chainrule backward 'relu(X W + ones(n) b^T)' --shape 'X: n d, W: d k, b: k' --wrt W,b --to jax --name layer"""


@click.command("backward", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--to", default="numpy", metavar="[numpy|torch|jax]", help="What to write: NumPy by default.")
@click.option("--wrt", metavar="NAMES", help="Whose cotangents, as W,b; by default all but those that hold labels.")
@shape_option
@click.option("--name", metavar="NAME", help="What the function is called in PyTorch and JAX.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), metavar="FILE", help="Write to a file.")
@json_option
@click.option("--no-check", is_flag=True, help="Do not run what was written.")
def command(function, to, wrt, shapes, name, output, as_json, no_check):
    try:
        text = read_function(function, EXAMPLE)
        from ..checking.backward import backward  # here, because it loads the engine

        found = backward(text, wrt, to, ", ".join(shapes) or None, name=name, seal=not no_check)
    except ChainruleError as error:
        return refused(error, as_json)
    if output:
        try:
            Path(output).write_text(str(found), encoding="utf-8")
        except OSError as error:
            raise Usage(f"{output} cannot be written: {error.strerror}") from None
    if as_json:
        write(json_text(found.to_dict()))
    elif not output:
        write(str(found).rstrip("\n"))
    for note in [*found.problem.notes, *([f"written to {output}"] if output else [])]:
        say(f"note      {note}")
    say(found.remark.replace("verified: ", "verified  "))
    return 0 if no_check or found.verified else 1
