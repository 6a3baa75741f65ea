"""`chainrule jvp`: the derivative applied to a direction, J v."""

import click

from .command import Formulas, along_option, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule jvp 'tanh(W x + b)' --wrt x"
HELP = f"""\
Apply the derivative of FUNCTION to a direction v: J v, the Jacobian not formed.

Examples:
  {EXAMPLE}
  chainrule jvp 'logdet(X)' --wrt X --along V
  chainrule jvp 'softmax(z)' --code"""


@click.command("jvp", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@along_option("v")
@shared_options
def command(function, wrt, v, **asked):
    return answer_by("jvp", function, wrt, asked, EXAMPLE, v)
