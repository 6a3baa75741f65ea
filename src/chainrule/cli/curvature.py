"""`chainrule curvature`: what the second derivative says of a function."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule curvature 'mean(log(1 + exp(-t .* (X w))))' --wrt w --data data.npz --at w=0"
HELP = f"""\
The Hessian of FUNCTION and what it says: definiteness, condition number, kind of a critical point, stable steps.

Examples:
  {EXAMPLE}
  chainrule curvature '(1-x)^2 + 100 (y-x^2)^2' --at 'x=1, y=1' --svg axes.svg:axes
  chainrule curvature '||A x - b||^2' --wrt x --size n=4000

Pictures: spectrum, axes (of two numbers), descent; density where the Hessian is too large to be formed."""


@click.command("curvature", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@place_options
def command(function, **asked):
    def find(text, **place):
        from ..explain.curvature import curvature

        return curvature(text, **place)

    return explained(function, find, asked, EXAMPLE)
