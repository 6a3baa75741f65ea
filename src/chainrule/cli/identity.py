"""`chainrule identity`: the table of derivative identities, browsed, searched, matched up to the names of variables."""

import re
import sys

import click

from ..core.errors import ChainruleError
from .command import Formulas, ascii_option, json_option, read_function, shape_option, steps_option
from .errors import Usage, refused
from .output import can_write, json_text, laid_out, say, styled, write

WORDS = re.compile(r"[^\W\d]\w{2,}(?: [^\W\d]\w{2,})*")  # softmax, least squares: no function, but what to look for
EXAMPLE = "chainrule identity 'tr(A X)'"
HELP = f"""\
Find the identity that FUNCTION is, whatever its variables are called.

Examples:
  {EXAMPLE}
  chainrule identity 'w^T S w' --wrt w --shape 'S: n n symmetric' --steps
  chainrule identity --list
  chainrule identity --list traces
  chainrule identity --search det

FUNCTION is written as for `chainrule derive`; words, such as softmax or least squares,
list the identities that mention them. What the table does not have is derived."""


@click.command("identity", cls=Formulas, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--wrt", metavar="NAME", help="The variable; by default each that the table derives by.")
@click.option("--order", type=click.IntRange(1, 2), default=1, help="1 gradients and Jacobians, 2 Hessians.  [1]")
@shape_option
@click.option(
    "--list", "group", metavar="[GROUP]", is_flag=False, flag_value="", help="The groups, or the identities of one."
)
@click.option("--search", "about", metavar="WORD", help="The identities that mention a word.")
@steps_option
@ascii_option
@json_option
def command(function, wrt, order, shapes, group, about, steps, ascii, as_json):
    if group is not None and function and not group:
        group, function = function[0], function[1:]  # `--list traces`: Click gives the word to whoever comes first
    if group is None and about is None and len(function) == 1 and WORDS.fullmatch(function[0]):
        about, function = function[0], ()
    try:
        if group is not None or about is not None:
            if function:
                raise Usage("a function is found, a group listed: not both at once", EXAMPLE)
            return listed(group, about, ascii, as_json)
        from ..catalogue import identity

        text = read_function(function, EXAMPLE)
        found = identity(text, wrt, ", ".join(shapes) or None, order)
        return shown(found, steps, ascii, as_json)
    except ChainruleError as error:
        return refused(error, as_json)


def listed(group, about, ascii, as_json) -> int:
    """Prints the groups, the identities of one, or those about a word; the exit code."""
    from ..catalogue import groups, identities
    from ..derivation.ascii import to_ascii

    found = identities(group or None, about)
    if as_json:
        write(json_text({"format": "chainrule.identities/1", "identities": [each.to_dict() for each in found]}))
        return 0
    if group == "" and about is None:
        counts = {name: sum(each.group == name for each in found) for name in groups()}
        text = "\n".join(f"{count:4}  {name}" for name, count in (counts | {"identities in all": len(found)}).items())
        hint = "chainrule identity --list traces"
    else:
        text = str(found)
        hint = "chainrule identity FUNCTION shows one with its seal and, with --steps, how it comes about"
    write(to_ascii(text) if ascii or not can_write(text, sys.stdout) else text)
    if sys.stdout.isatty():
        say(styled(f"next      {hint}", "aside", sys.stderr))
    return 0


def shown(found, steps, ascii, as_json) -> int:
    """Prints what was found for a function; the exit code."""
    from ..derivation.ascii import to_ascii
    from ..derivation.terminal import row

    if as_json:
        told = {"steps": [d.tell(steps).to_dict() for d in found.derivations]} if steps else {}
        write(json_text(found.to_dict() | told))
        return 0 if found.verified else 1
    blocks = []
    told = [d.tell(steps).rows() for d in found.derivations] if steps else []
    for number, entries in enumerate(found.blocks()):
        at = number - (len(found.blocks()) - len(told))
        entries = entries + (told[at] if steps and at >= 0 else [])
        blocks.append(laid_out([row(*entry) for entry in entries], sys.stdout))
    text = "\n\n".join(blocks)
    write(to_ascii(text) if ascii or not can_write(text, sys.stdout) else text)
    return 0 if found.verified else 1
