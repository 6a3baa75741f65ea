"""`chainrule gallery`: activations, losses and elementary functions, each with all that its declaration says and implies."""

import click

from .errors import Usage
from .explained import Explains, form_options, told

EXAMPLE = "chainrule gallery gelu"
HELP = f"""\
List activations, losses and elementary functions, or tell all that is known of one called NAME: derivatives,
saturation zones, breaks, safe form.

Examples:
  chainrule gallery
  {EXAMPLE} --svg gelu.svg
  chainrule gallery cross-entropy"""


@click.command("gallery", cls=Explains, help=HELP, options_metavar="[OPTIONS]")
@click.argument("name", nargs=-1)
@form_options
def command(name, **asked):
    if len(name) > 1:
        raise Usage(f"there are {len(name)} names", EXAMPLE)

    def find():
        from ..explain.gallery import gallery

        return gallery(*name)

    return told(find, asked)
