"""`chainrule hessian`: the second derivative."""

import click

from .command import Formulas, answer_in, shared_options, steps_option, wrt_option

EXAMPLE = "chainrule hessian 'sum(log(1 + exp(X w)))' --wrt w"
HELP = f"""\
The Hessian of FUNCTION, verified: `chainrule derive … --order 2`.

Examples:
  {EXAMPLE}
  chainrule hessian 'logsumexp(A x)' --wrt x --steps"""


@click.command("hessian", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@wrt_option
@steps_option
@shared_options
def command(function, wrt, steps, **asked):
    def find(text, name, **options):
        from ..derivation import derived  # here, because it loads the engine

        found = derived(text, name, 2, **options)
        return found.told(steps) if steps else found

    return answer_in(function, wrt, find, asked, EXAMPLE)
