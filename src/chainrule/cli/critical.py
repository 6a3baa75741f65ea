"""`chainrule critical`: where the gradient of a function vanishes, as a formula or as points, and of which kind they are."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule critical 'x^3 - 3x'"
HELP = f"""\
Solve ∇f = 0: as a formula where it can be, else by a search, and classify what is found.

Examples:
  {EXAMPLE}
  chainrule critical '||X w - y||^2 + lam ||w||^2' --wrt w
  chainrule critical '(x^2 + y - 11)^2 + (x + y^2 - 7)^2' --svg points.svg
  chainrule critical 'sum_i (x_i - mu)^2/(2 v) + n/2 log(v)' --wrt mu,v --shape 'mu: scalar, v: positive scalar, x: n'"""


@click.command("critical", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--window", type=float, default=10.0, help="Search from -WINDOW to WINDOW in every entry.  [10]")
@place_options
def command(function, window, **asked):
    def find(text, **place):
        from ..explain.critical import critical_points

        return critical_points(text, window=window, **place)

    return explained(function, find, asked, EXAMPLE)
