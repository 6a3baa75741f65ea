"""`chainrule vjp`: a cotangent pulled back, Jᵀu."""

import click

from .command import Formulas, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule vjp 'softmax(W x + b)' --wrt x"
HELP = f"""\
Pull a cotangent u, of the shape of FUNCTION, back to the variable: Jᵀu.

Examples:
  {EXAMPLE}
  chainrule vjp 'A X B' --wrt X --cotangent G
  chainrule vjp 'softmax(z)' --layout row"""


@click.command("vjp", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@click.option("--cotangent", "u", metavar="NAME", help="What the cotangent is called; by default a free letter.")
@shared_options
def command(function, wrt, u, **asked):
    return answer_by("vjp", function, wrt, asked, EXAMPLE, u)
