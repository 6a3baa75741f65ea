"""`chainrule forecast`: what a derivative would take, before it is formed."""

import click

from .command import DIALECTS, read_function, shape_option
from .explained import Explains, form_options, told
from .minimize import named_arrays, pairs

EXAMPLE = "chainrule forecast 'sum(log(1 + exp(-y .* (X w))))' --wrt w --shape 'X: n d' --size d=1000000"
HELP = f"""\
The memory, multiplications and time that a derivative of FUNCTION would take, and the cheaper ways that apply to it.

Examples:
  {EXAMPLE}
  chainrule forecast 'softmax(A x)' --wrt x --order 1 --size n=1000000 --size m=1000000 --memory 16GB

Nothing is computed. The memory is what is free now, CHAINRULE_MEMORY, or --memory."""


@click.command("forecast", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--wrt", metavar="NAMES", help="The variables.")
@click.option("--order", type=click.IntRange(1), default=2, help="1: gradient or Jacobian; 2: the Hessian.  [2]")
@click.option("--size", "sizes", multiple=True, metavar="NAME=N", help="A size. May be repeated.")
@click.option("--data", multiple=True, metavar="FILE", help="Arrays whose sizes count: .npz or .json. May be repeated.")
@click.option("--memory", metavar="BYTES", help="What may be used: 16GB, 512MiB.")
@shape_option
@click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open.")
@form_options
def command(function, wrt, order, sizes, data, memory, shapes, dialect, **asked):
    def find():
        from ..explain.forecast import forecast

        text = read_function(function, EXAMPLE)
        values = {name: x for file in data for name, x in named_arrays(file, "--data").items()}
        known = pairs(sizes, "--size", whole)
        return forecast(text, wrt, order, known, values, declare=", ".join(shapes) or None, memory=memory, dialect=dialect)

    return told(find, asked)


def whole(text: str) -> int:
    """A whole number, as 1000000 or 1e6."""
    number = float(text)
    if not number.is_integer():
        raise ValueError
    return int(number)
