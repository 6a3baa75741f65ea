"""`chainrule approximations`: Taylor polynomials of growing degree, and where each is good enough."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule approximations 'sin(x)' --at 0 --orders 1,3,5"
HELP = f"""\
Taylor polynomials of FUNCTION at a point, each with its remainder and the radius in which it is good enough.

Examples:
  {EXAMPLE}
  chainrule approximations 'log(x)' --at 1 --tolerance 0.001 --svg log.svg

Pictures: polynomials, error."""


@click.command("approximations", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--orders", default="1,2,3,5", metavar="K,…", help="The orders of the polynomials.  [1,2,3,5]")
@click.option("--tolerance", type=float, default=0.01, help="What the error is to stay below.  [0.01]")
@place_options
def command(function, orders, tolerance, **asked):
    def find(text, **place):
        from ..explain.models import approximations

        return approximations(text, orders=orders, tolerance=tolerance, **place)

    return explained(function, find, asked, EXAMPLE)
