"""`chainrule steepest`: the directions of steepest ascent and descent."""

import click

from .command import Formulas, answer_in, shared_options, wrt_option

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
    def find(text, name, **options):
        from ..derivation.objects import steepest  # here, because it loads the engine

        return steepest(text, name, **options)

    return answer_in(function, wrt, find, asked, EXAMPLE)
