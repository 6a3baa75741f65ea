"""`chainrule derive`: gradient, Jacobian, Hessian and higher derivatives."""

import click

from .command import Formulas, answer_in, shared_options, steps_option
from .errors import Usage

HELP = """\
Derive FUNCTION and verify the result.

Examples:
  chainrule derive '||A x - b||^2' --wrt x
  chainrule derive '||A x - b||^2' --wrt x --steps
  chainrule derive 'a^T X^-1 b' --wrt X --latex
  chainrule derive 'logdet(S)' --wrt S --order 2 --shape 'S: n n posdef'
  chainrule derive 'softmax(W x + b)' --wrt x --json
  chainrule derive '||X w + b - y||^2' --wrt w,b
  chainrule derive 'np.sum((A @ x - b)**2)' --wrt x --code > gradient.py
  printf 'r = A x - b\\nr^T r' | chainrule derive - --wrt x

FUNCTION is written as on paper (A x, x^T, X^-1, .*, ||x||, tr, logdet) or in
NumPy (A @ x, x.T, **, np.sum), or in LaTeX; lines before the last name intermediates.
Quote it, so that the shell leaves it alone. `-` reads it from stdin."""


@click.command("derive", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--wrt", metavar="NAME", help="The variable of differentiation; several as w,b.")
@click.option("--order", type=click.IntRange(min=1), default=1, help="1 gradient or Jacobian, 2 Hessian, 3 …  [1]")
@click.option("--constrained", is_flag=True, help="Beside the gradient those for a variable that stays symmetric …")
@steps_option
@click.option("--paths", is_flag=True, help="Spell the chain rule out: Jacobians multiplied along paths, and added up.")
@click.option("--breaks", is_flag=True, help="Say where it breaks, what JAX and PyTorch return there, what is safe.")
@shared_options
def command(function, wrt, order, constrained, steps, paths, breaks, **asked):
    if wrt and "," in wrt and (constrained or breaks):
        raise Usage("--constrained and --breaks are of one variable", f"--wrt {wrt.split(',')[0].strip()}")
    tellings = {"--steps": steps, "--paths": paths, "--breaks": breaks, "--constrained": constrained}
    wanted = [name for name, on in tellings.items() if on]
    if len(wanted) > 1:
        raise Usage(f"{' and '.join(wanted)} cannot be combined", "ask for one of them")

    def find(text, name, **options):
        from ..derivation import derived  # here, because it loads the engine

        found = derived(text, name, order, **options)
        if steps:
            return found.told(steps)
        if paths:
            return found.spelled_out()
        if breaks:
            return found.broken()
        return found.constrained if constrained else found

    example = "chainrule derive '||A x - b||^2' --wrt x"
    return answer_in(function, wrt, find, asked, example, more="  --order 2" if order == 1 else "")
