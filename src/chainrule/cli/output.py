"""Where the answer goes and how it looks there: width, colours, characters that the stream knows.

Results go to stdout, all that is said about them to stderr where stdout is meant for a program.
"""

import json
import os
import shutil
import sys

import click

COLOURS = {
    "label": {"dim": True},
    "aside": {"dim": True},
    "result": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "note": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
}


def show(found, ascii: bool) -> None:
    """The answer as people read it, on stdout; in ASCII where stdout cannot carry more."""
    from ..derivation import terminal

    text = laid_out(terminal.rows(found, ascii), sys.stdout)
    if not ascii and not can_write(text, sys.stdout):
        text = laid_out(terminal.rows(found, ascii=True), sys.stdout)
    write(text)


def laid_out(rows, stream) -> str:
    """The rows as text, as wide and as coloured as the stream can be."""
    from ..derivation import terminal

    width = shutil.get_terminal_size().columns if stream.isatty() or "COLUMNS" in os.environ else None
    return terminal.block(rows, width, lambda text, role: styled(text, role, stream))


def styled(text: str, role: str, stream) -> str:
    """The text in the colours of its role, if the stream is a terminal and nobody asked for no colours."""
    coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, **COLOURS[role]) if coloured and role in COLOURS else text


def json_text(data: dict) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return text if can_write(text, sys.stdout) else json.dumps(data, indent=2)


def can_write(text: str, stream) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write(text: str, stream=None) -> None:
    """The text and a newline; characters that the stream does not know as their code points."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "ascii"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say(text: str) -> None:
    """A message to the person, beside the data."""
    if not can_write(text, sys.stderr):
        from ..derivation.ascii import to_ascii

        text = to_ascii(text)
    write(text, sys.stderr)
