"""`chainrule steepest`: the directions of steepest ascent and descent."""

import click

from .command import Formulas, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule steepest '||A x - b||^2' --wrt x"
HELP = f"""\
Find the directions of steepest ascent and descent of FUNCTION, and the rate.

Examples:
  {EXAMPLE}
  chainrule steepest 'tr(X^T A X)' --wrt X"""


@click.command("steepest", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@shared_options
def command(function, wrt, **asked):
    return answer_by("steepest", function, wrt, asked, EXAMPLE)
