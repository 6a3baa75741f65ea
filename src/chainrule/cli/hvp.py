"""`chainrule hvp`: the Hessian applied to a direction, ∇²f v."""

import click

from .command import Formulas, answer_in, shared_options, wrt_option

EXAMPLE = "chainrule hvp '||A x - b||^2' --wrt x"
HELP = f"""\
Apply the Hessian of FUNCTION, a scalar, to a direction v: the Hessian is not formed.

Examples:
  {EXAMPLE}
  chainrule hvp 'logsumexp(A x)' --wrt x --code"""


@click.command("hvp", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@click.option("--along", "v", metavar="NAME", help="What the direction is called; by default a free letter.")
@shared_options
def command(function, wrt, v, **asked):
    def find(text, name, **options):
        from ..derivation.objects import hvp  # here, because it loads the engine

        return hvp(text, name, v, **options)

    return answer_in(function, wrt, find, asked, EXAMPLE)
