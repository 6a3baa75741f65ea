"""`chainrule diagnose`: what is wrong with a network: layers, a formula, or the user's own PyTorch or JAX code on a real batch."""

import inspect
import sys
from contextlib import redirect_stdout

import click

from .backprop import sizes_in
from .code import CODE, imported, made, point_of
from .errors import Usage
from .explained import Explains, explained, place_options, told
from .minimize import named_arrays

EXAMPLE = "chainrule diagnose 'dense 3, sigmoid, dense 1, mse' --input 2"
HELP = f"""\
What is wrong with NETWORK, and where: the layer and the cause, what helps, and all layers with their gradients.

Examples:
  {EXAMPLE}
  chainrule diagnose 'mean((W2 σ(W1 x + b1) - y)^2)' --data values.npz --wrt W1,W2,b1
  chainrule diagnose model.py:Net --batch batch.npz --loss cross_entropy

NETWORK is layers, a formula, or module:name: a PyTorch module, a function that makes one, or a JAX function of
(params, *batch). An .npz of --batch has the arrays of the batch in order, inputs first, the target last."""


class Diagnoses(Explains):
    """The command that looks for what is wrong."""

    exits = "Exit codes: 0 healthy; 1 an alarm, or refused; 2 not understood."


@click.command("diagnose", cls=Diagnoses, help=HELP, options_metavar="[OPTIONS]")
@click.argument("network", nargs=-1)
@click.option("--batch", metavar="FILE|N", help="Of code the batch, .npz or .json; of layers how many samples are drawn.  [32]")
@click.option("--input", "sample", metavar="N", help="Of layers: a sample is N numbers; 5x4 for a sequence of 5 places.")
@click.option("--loss", metavar="NAME", help="Of code: mse, cross_entropy … or module:name; left out where the code gives the loss.")
@click.option("--params", metavar="FILE", help="Of a JAX function: .npz or .json with its parameters by name.")
@click.option("--only-look", is_flag=True, help="Try nothing against what is found.")
@place_options
def command(network, batch, sample, loss, params, only_look, **asked):
    from ..explain.diagnosis import diagnose

    if len(network) == 1 and CODE.match(network[0]):
        given = [f"--{n}" for n in ("data", "numbers", "at", "wrt", "sizes") if asked[n]] + ["--input"] * bool(sample)
        if given:
            raise Usage(f"{given[0]} is for formulas; code takes --batch".replace("--numbers", "--set"), f"chainrule diagnose {network[0]} --batch batch.npz")
        return told(lambda: _of_code(diagnose, network[0], batch, loss, params, not only_look), asked)
    if loss or params or (batch and not batch.isdigit()):
        raise Usage("--loss, --params and a file as --batch are for code, which is named module:name", EXAMPLE)
    count = int(batch) if batch else None
    return explained(network, lambda text, **place: diagnose(text, None, count, try_changes=not only_look, input=sizes_in(sample), **place), asked, EXAMPLE)


def _of_code(diagnose, text, batch, loss, params, tries):
    """The diagnosis of code that is named on the command line; what it prints goes to stderr."""
    if batch is None:
        raise Usage("the batch is missing: --batch FILE, an .npz or .json", f"chainrule diagnose {text} --batch batch.npz")
    given = point_of(batch)
    given = list(given.values()) if isinstance(given, dict) else [given]
    with redirect_stdout(sys.stderr):
        function = made(imported(text), text)
        if params is None:
            function = _module(function)
        measure = imported(loss) if loss and CODE.match(loss) else loss
        at = named_arrays(params, "--params") if params else None
        return diagnose(function, measure, given[0] if len(given) == 1 else tuple(given), at, try_changes=tries)


def _module(found):
    """The module that a function without arguments makes, module:make_model; anything else is left as it is."""
    if not inspect.isfunction(found) or inspect.signature(found).parameters:
        return found
    return found()
