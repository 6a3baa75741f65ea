"""What the command line says when there is no result, and the exit code that goes with it."""

import os
import sys

import click

from .. import __version__
from ..core.errors import BackendError, ChainruleError, DomainError, NoRuleError, UnverifiedError, bounded
from .output import json_text, say, styled, write

LONGEST_FIX = 200  # characters of a command line that is worth showing
REFUSED = (NoRuleError, DomainError, BackendError, UnverifiedError)  # understood, but no result: exit 1; else 2


class Usage(click.UsageError):
    """A command line that cannot be understood, and one that could."""

    def __init__(self, message: str, fix: str | None = None):
        super().__init__(message)
        self.fix = fix


def exit_code(error: ChainruleError) -> int:
    return 1 if isinstance(error, REFUSED) else 2


def refused(error: ChainruleError, as_json: bool) -> int:
    """Tells why there is no result, as JSON too if that was asked for; the exit code."""
    say(error_text(error))
    if as_json:
        write(json_text(error.to_dict()))
    return exit_code(error)


def error_text(error: ChainruleError) -> str:
    """The error as it reads everywhere, its first word in red on a terminal."""
    kind, rest = str(error).split(":", 1)
    return styled(f"{kind}:", "error", sys.stderr) + rest


def usage_text(error: click.ClickException) -> str:
    """A command line that was not understood, in the form of all errors."""
    message, fix = bounded(error.format_message().rstrip(".")), getattr(error, "fix", None)
    near = getattr(error, "possibilities", None)
    if isinstance(error, click.NoSuchOption):
        message, fix = f"there is no option {shown(error.option_name)}", near and f"did you mean {near[0]}?"
    asked = getattr(error, "ctx", None)
    lines = [styled("UsageError:", "error", sys.stderr) + f" {message}"]
    lines += [f"  fix:      {fix}"] if fix else []
    return "\n".join([*lines, f"  help:     {asked.command_path if asked else 'chainrule'} --help"])


def bug_text(error: Exception) -> str:
    """What to say when the mistake is ours."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    place = f"{os.path.basename(last.tb_frame.f_code.co_filename)}, line {last.tb_lineno}"
    return (
        styled("This is a bug in chainrule,", "error", sys.stderr)
        + f" not in your input: {type(error).__name__} in {place} ({shown(str(error))}).\n"
        "No result is shown, because none can be trusted. Please report the command you typed together with this\n"
        f"message (chainrule {__version__}, Python {sys.version.split()[0]}); CHAINRULE_DEBUG=1 shows the traceback."
    )


def shown(text: str) -> str:
    """At most one line of a text that may be anything."""
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= 80 else line[:77] + "…"
