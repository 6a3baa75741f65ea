"""`chainrule differential`: the differential df."""

import click

from .command import Formulas, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule differential '||A x - b||^2' --wrt x"
HELP = f"""\
Write the differential df of FUNCTION, linear in dx.

Examples:
  {EXAMPLE}
  chainrule differential 'X^-1' --wrt X
  chainrule differential 'x^2 y + sin(x y)' --wrt x,y --shape 'x: scalar, y: scalar'
  chainrule differential 'logdet(X)' --wrt X --latex"""


@click.command("differential", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@shared_options
def command(function, wrt, **asked):
    return answer_by("differential", function, wrt, asked, EXAMPLE)
