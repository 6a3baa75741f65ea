"""`chainrule landscape`: the gradient over the contours of a function, and what a step in each direction changes."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule landscape 'x^2 + x y + 3 y^2' --at 'x=1, y=2' --svg field.svg"
HELP = f"""\
Show the gradient of FUNCTION on its contours, at right angles to the level sets, and what a step changes, by its
angle to the gradient.

Examples:
  {EXAMPLE}
  chainrule landscape '||X w - y||^2' --wrt w --plane 'w[0], w[1]'

Pictures: gradient, angle."""


@click.command("landscape", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--plane", metavar="A, B", help="The two coordinates that are drawn: 'w[0], w[3]'.")
@click.option("--reach", type=float, help="How far the picture goes to each side.")
@click.option("--steps", metavar="LENGTHS", help="One or two lengths of the steps that are compared: '0.1, 0.5'.")
@place_options
def command(function, plane, reach, steps, **asked):
    def find(text, **place):
        from ..explain.descent import landscape

        return landscape(text, plane=plane, reach=reach, steps=steps, **place)

    return explained(function, find, asked, EXAMPLE)
