"""`chainrule tangent`: the tangent as the limit of secants, or the tangent plane; why there is none, where there is none."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule tangent 'x^2 sin(x)' --at 1"
HELP = f"""\
The tangent of FUNCTION at a point: difference quotients that come to the derivative, and the error of the linear model.
Of several variables the tangent plane.

Examples:
  {EXAMPLE}
  chainrule tangent '|x|' --at 0
  chainrule tangent 'x^2 + x y' --at 'x=1, y=2' --svg error.svg:error

Pictures: secants, quotients, error; sides, where there is no tangent; of two variables error, orders, surface."""


@click.command("tangent", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@place_options
def command(function, **asked):
    def find(text, **place):
        from ..explain.models import tangent

        return tangent(text, **place)

    return explained(function, find, asked, EXAMPLE)
