"""`chainrule directional`: the derivative along a direction."""

import click

from .command import Formulas, along_option, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule directional '||A x - b||^2' --wrt x"
HELP = f"""\
Derive FUNCTION along a direction v as it is, or along v/||v||.

Examples:
  {EXAMPLE}
  chainrule directional 'x^T A x' --wrt x --unit"""


@click.command("directional", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@along_option("v")
@click.option("--unit", is_flag=True, help="Along v/||v||, the direction of length one.")
@shared_options
def command(function, wrt, v, unit, **asked):
    return answer_by("directional", function, wrt, asked, EXAMPLE, v, unit)
