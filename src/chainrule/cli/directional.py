"""`chainrule directional`: the derivative along a direction."""

import click

from .command import Formulas, answer_in, shared_options, wrt_option

EXAMPLE = "chainrule directional '||A x - b||^2' --wrt x"
HELP = f"""\
Derive FUNCTION along a direction v as it is, or along v/||v||.

Examples:
  {EXAMPLE}
  chainrule directional 'x^T A x' --wrt x --unit"""


@click.command("directional", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@click.option("--along", "v", metavar="NAME", help="What the direction is called; by default a free letter.")
@click.option("--unit", is_flag=True, help="Along v/||v||, the direction of length one.")
@shared_options
def command(function, wrt, v, unit, **asked):
    def find(text, name, **options):
        from ..derivation.objects import directional  # here, because it loads the engine

        return directional(text, name, v, unit, **options)

    return answer_in(function, wrt, find, asked, EXAMPLE)
