"""`chainrule linearize`: the function to first order around a point."""

import click

from .command import Formulas, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule linearize '||A x - b||^2' --wrt x"
HELP = f"""\
Write FUNCTION to first order around a point: L(x) = f(x0) + f'(x0)(x - x0).

Examples:
  {EXAMPLE}
  chainrule linearize 'tanh(W x + b)' --wrt x --at c
  chainrule linearize 'sqrt(x)' --at 4"""


@click.command("linearize", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@click.option("--at", metavar="POINT", help="A number (0, 1/2, pi) or the name of a point; by default x0.")
@shared_options
def command(function, wrt, at, **asked):
    return answer_by("linearize", function, wrt, asked, EXAMPLE, at)
