"""`chainrule hvp`: the Hessian applied to a direction, ∇²f v."""

import click

from .command import Formulas, along_option, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule hvp '||A x - b||^2' --wrt x"
HELP = f"""\
Apply the Hessian of FUNCTION, a scalar, to a direction v: the Hessian is not formed.

Examples:
  {EXAMPLE}
  chainrule hvp 'logsumexp(A x)' --wrt x --code"""


@click.command("hvp", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@along_option("v")
@shared_options
def command(function, wrt, v, **asked):
    return answer_by("hvp", function, wrt, asked, EXAMPLE, v)
