"""`chainrule backprop`: the backward pass of a network or formula, step by step, with values, local Jacobians and costs."""

import os
import re

import click

from ..core.errors import DeclarationError
from .command import LAYOUTS, LONGEST
from .errors import Usage
from .explained import Explains, explained, place_options
from .minimize import written

EXAMPLE = "chainrule backprop 'dense 3, sigmoid, dense 1, mse' --input 2"
HELP = f"""\
Tell the backward pass of FUNCTION, layers or a formula whose value is one number: what each step computes,
the gradient that comes back to it, its local Jacobian, and what all that costs.

Examples:
  {EXAMPLE}
  {EXAMPLE} --set 'x=(1, -2), y=(1)' --step 3
  printf 'h = relu(W x + b)\\nL = ||V h - y||^2' | chainrule backprop - --set 'x=(1, 2), y=(0, 1)' --size m=3
  chainrule backprop net.txt --at values.json --svg graph.svg --html pass.html

Layers: dense 3, any elementwise function (sigmoid, relu, leaky_relu 0.2 …), softmax, layer norm, rms norm,
  batch norm, dropout 0.5, residual(…), attention 4 heads 2, mean pool, rnn 4 x 10, conv 3, 3 x (…).
Losses: mse, sse, half sse, mae, huber, poisson, hinge, squared hinge, binary cross-entropy,
  binary cross-entropy with logits, cross-entropy, softmax cross-entropy, kl divergence."""


class Backprops(Explains):
    """The command whose answer is also a check."""

    exits = "Exit codes: 0 told and verified; 1 refused or not verified; 2 not understood."


@click.command("backprop", cls=Backprops, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--input", "sample", metavar="N", help="FUNCTION is a chain of layers, and a sample N numbers; 5x4 for a sequence of 5 places.")
@click.option("--batch", type=click.IntRange(1), help="Of so many samples, in the rows of X.")
@click.option("--layout", type=LAYOUTS, default="column", help="Gradients as columns or rows.")
@click.option("--step", type=click.IntRange(1), metavar="K", help="Only the K-th edge of the backward pass, in full.")
@click.option("--jacobians", is_flag=True, help="Print the local Jacobians in numbers.")
@click.option("--html", metavar="FILE.html", help="Write a page there that steps through it.")
@place_options
def command(function, sample, batch, layout, step, jacobians, html, **asked):
    from ..explain.network import backprop

    if html and not html.lower().endswith((".html", ".htm")):
        raise Usage(f"--html writes an .html, not `{html}`", EXAMPLE + " --html pass.html")

    def find(text, **place):
        found = backprop(text, layout=layout, input=sizes_in(sample), batch=batch, step=step, jacobians=jacobians, **place)
        if html:
            written(html, lambda: _save(html, found.html()))
        return found

    return explained(named(function), find, asked, EXAMPLE)


def named(words):
    """The words, or what stands in the file net.txt that the one word names.

    Raises
        DeclarationError: it cannot be read.
    """
    if len(words) != 1 or not words[0].lower().endswith(".txt") or not os.path.isfile(words[0]):
        return words
    try:
        with open(words[0], encoding="utf-8") as given:
            return (given.read(LONGEST).strip("\n"),)
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"`{words[0]}` cannot be read", given=str(error), expected="a text in UTF-8") from None


def sizes_in(text: str | None):
    """2 or (5, 4) from `2`, `5x4` or `5, 4`."""
    if text is None:
        return None
    parts = re.split(r"\s*[x×,]\s*", text.strip(" ()"))
    if not all(re.fullmatch(r"\d{1,9}", p) for p in parts) or len(parts) > 2:
        raise Usage(f"--input takes N, or 5x4 for a sequence, not `{text}`", EXAMPLE)
    found = tuple(map(int, parts))
    return found[0] if len(found) == 1 else found


def _save(file: str, page: str) -> None:
    with open(file, "w", encoding="utf-8") as out:
        out.write(f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>backward pass</title>{page}')
