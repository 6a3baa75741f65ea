"""The command line: what a person types, and what comes back, on which stream and with which exit code.

Results go to stdout, all that is said about them to stderr where stdout is meant for a program (`--latex`,
`--code`, `--json`). Exit codes: 0 derived and verified · 1 refused, or not verified · 2 not understood.
A command is the `command` of the module that has its name here, loaded when it is asked for; the engine is imported by
the command that needs it. So help and usage errors come at once.
"""

import os
import shlex
import sys
from importlib import import_module

import click

from .. import __version__
from ..core.errors import did_you_mean
from .errors import LONGEST_FIX, Usage, bug_text, shown, usage_text
from .output import say, styled

__all__ = ["main", "run", "styled"]

GROUPS = {  # what one wants: {name: one line on what it gives}
    "Derive": {
        "derive": "gradient, Jacobian, Hessian or higher derivative of a function",
        "hessian": "the Hessian: derive with --order 2",
        "jvp": "the derivative applied to a direction, J v",
        "vjp": "a cotangent pulled back, Jᵀu",
        "hvp": "the Hessian applied to a direction, not formed",
        "directional": "the derivative along a direction",
        "steepest": "the directions of steepest ascent and descent",
        "differential": "the differential df",
        "linearize": "the function to first order around a point",
        "taylor": "the Taylor polynomial with its remainder",
        "identity": "a known identity, whatever its variables are called; the table of them",
    },
    "Check and use": {
        "check": "is a derivative right, and if not, where is the mistake: of a formula, of code, line by line",
        "backward": "the backward pass as NumPy, PyTorch or JAX code, with a test",
        "minimize": "a local minimum of a function of data, with derived derivatives",
        "forecast": "what a derivative would take of memory and time, and what is cheaper",
    },
    "Understand": {
        "tangent": "the tangent as the limit of secants; the tangent plane; why there is none",
        "approximations": "Taylor polynomials of growing degree, and where each is good enough",
        "landscape": "the gradient over the contours, and what a step in each direction changes",
        "descent": "the paths of optimizers, and the step sizes that converge",
        "curvature": "the Hessian and what it says: eigenvalues, verdict, stable steps, advice",
        "convexity": "convex or not, with the reason: a certificate or a counter-example",
        "critical": "where the gradient vanishes, as a formula or as points, and of which kind they are",
        "backprop": "the backward pass of a network, told step by step with values and costs",
        "diagnose": "what is wrong with a network: the layer and the cause, and what helps",
        "gallery": "activations and losses: derivatives, saturation, breaks, safe forms",
        "exercise": "a course of exercises: asked, answered in any form, diagnosed, graded",
    },
}
COMMANDS = {name: gives for commands in GROUPS.values() for name, gives in commands.items()}
WELCOME = """\
chainrule derives functions of vectors and matrices, in the form a textbook gives,
and verifies each derivative before it shows it.

Examples:
  chainrule derive '||A x - b||^2' --wrt x
  chainrule derive '||A x - b||^2' --wrt x --steps
  chainrule derive 'logdet(S)' --wrt S --order 2 --shape 'S: n n posdef'
  chainrule derive 'np.sum((A @ x - b)**2)' --wrt x --code

{commands}

chainrule derive --help says more; chainrule --version tells the version."""


class Commands(click.Group):
    """The group of commands; a word that is none of them may be a misspelt one, or a formula."""

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        return import_module(f"{__name__}.{name}").command if name in COMMANDS else None

    def resolve_command(self, ctx, args):
        if args[0] not in COMMANDS:
            near = did_you_mean(args[0], COMMANDS)
            asked = " ".join(shlex.quote(word) for word in ([near, *args[1:]] if near else ["derive", *args]))
            raise Usage(f"there is no command `{shown(args[0])}`", f"chainrule {asked}" if len(asked) < LONGEST_FIX else None)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx, formatter):
        formatter.write(welcome() + "\n")


def welcome() -> str:
    """What there is, in groups."""
    listed = lambda commands: "\n".join([f"  {name:<14} {gives}" for name, gives in commands.items()])
    return WELCOME.format(commands="\n\n".join([f"{group}:\n{listed(commands)}" for group, commands in GROUPS.items()]))


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chainrule", message="%(prog)s %(version)s")
@click.pass_context
def app(ctx):
    if ctx.invoked_subcommand is None:
        click.echo(welcome())


def main(args=None):
    """Runs the command line and ends the process with its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # arrays are tiny here, and starting threads takes 60 ms
    sys.exit(run(args))


def run(args=None) -> int:
    """The exit code of the command line `args`, after it has been obeyed."""
    try:
        code = app.main(args=args, prog_name="chainrule", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except click.Abort:
        return 130
    except click.ClickException as error:
        say(usage_text(error))
        return 2
    except BrokenPipeError:  # the reader (`| head`) has gone; Python would complain once more while it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, RecursionError) as error:
        if os.environ.get("CHAINRULE_DEBUG"):
            raise
        say(bug_text(error))
        return 1
