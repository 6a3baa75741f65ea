"""`chainrule convexity`: is a function convex, and why: a certificate, a counter-example, or "not decided"."""

import click

from .explained import Explains, explained, place_options

EXAMPLE = "chainrule convexity 'mean(log(1 + exp(-t*(X@w))))' --wrt w"
HELP = f"""\
Say whether FUNCTION is convex in its variables, jointly, and why: a certificate from rules of composition and from the
second derivative, or a counter-example in small numbers.

Examples:
  {EXAMPLE}
  chainrule convexity '||X w - y||^2 + lam ||w||^2' --wrt w --declare 'lam: positive'
  chainrule convexity '||M - U V^T||_F^2' --wrt U,V --svg chord.svg

What is said of a variable with --declare, or shown by its values with --data and --set, is used."""


@click.command("convexity", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@place_options
def command(function, **asked):
    from ..explain.convexity import convexity

    return explained(function, convexity, asked, EXAMPLE)
