"""`chainrule jvp`: the derivative applied to a direction, J v."""

import click

from .command import Formulas, answer_in, shared_options, wrt_option

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
@click.option("--along", "v", metavar="NAME", help="What the direction is called; by default a free letter.")
@shared_options
def command(function, wrt, v, **asked):
    def find(text, name, **options):
        from ..derivation.objects import jvp  # here, because it loads the engine

        return jvp(text, name, v, **options)

    return answer_in(function, wrt, find, asked, EXAMPLE)
