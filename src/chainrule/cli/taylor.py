"""`chainrule taylor`: the Taylor polynomial with its remainder."""

import click

from .command import Formulas, answer_by, shared_options, wrt_option

EXAMPLE = "chainrule taylor 'exp(x) sin(x)' --order 5"
HELP = f"""\
Expand FUNCTION in a Taylor polynomial, with its remainder.

Examples:
  {EXAMPLE}
  chainrule taylor 'log(x)' --at 1 --order 4
  chainrule taylor 'exp(x)' --at a
  chainrule taylor 'logdet(X)' --wrt X
  chainrule taylor 'exp(x) sin(y)' --wrt x,y --at 0,0 --order 3

Of a function of one number the point is 0, if nothing is said. A function of a
vector or matrix is expanded around the variable itself: f(x + h) = …"""


@click.command("taylor", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@click.option("--at", metavar="POINT", help="A number (0, 1/2, pi) or the name of a point; of several variables 0,1.")
@click.option("--order", type=int, default=2, help="The degree of the polynomial.  [2]")
@shared_options
def command(function, wrt, at, order, **asked):
    return answer_by("taylor", function, wrt, asked, EXAMPLE, order, at)
