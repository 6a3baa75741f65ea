"""`chainrule descent`: the paths of optimizers, and the step sizes at which gradient descent converges."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule descent '(1-x)^2 + 100 (y-x^2)^2' --at 'x=-1.2, y=1' --steps 1000"
HELP = f"""\
The paths of methods of minimisation on FUNCTION from one start, and which step sizes of gradient descent converge.

Examples:
  {EXAMPLE}
  chainrule descent 'x^2 + x y + 3 y^2' --at 'x=3, y=2' --methods gradient,nesterov,cg --svg paths.svg
  chainrule descent 'x^2 + x y + 3 y^2' --at 'x=3, y=2' --rate 0.33

Methods: gradient, momentum, nesterov, newton; of SciPy bfgs, cg, newton-cg. Pictures: paths, values, steps."""


@click.command("descent", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--methods", metavar="NAMES", help="Which methods.  [gradient,momentum,newton,bfgs]")
@click.option("--steps", type=click.IntRange(1, 100_000), default=100, help="At most so many of each.  [100]")
@click.option("--rate", type=float, help="The step size η; by default 1/λmax at the minimum.")
@click.option("--tolerance", type=float, default=1e-6, help="Of ‖∇f‖, relative to the start.  [1e-6]")
@click.option("--plane", metavar="A, B", help="The two coordinates that are drawn: 'w[0], w[3]'.")
@place_options
def command(function, methods, steps, rate, tolerance, plane, **asked):
    def find(text, **place):
        from ..explain.descent import descent

        more = {} if methods is None else {"methods": methods}
        return descent(text, steps=steps, rate=rate, tolerance=tolerance, plane=plane, **more, **place)

    return explained(function, find, asked, EXAMPLE)
