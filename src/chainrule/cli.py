"""The command line: what a person types, and what comes back, on which stream and with which exit code.

Results go to stdout, all that is said about them to stderr where stdout is meant for a program (`--latex`,
`--code`, `--json`). Exit codes: 0 derived and verified · 1 refused, or not verified · 2 not understood.
The engine is imported by the command that needs it, so that help and usage errors come at once.
"""

import json
import os
import re
import shlex
import shutil
import sys

import click

from . import __version__
from .core.errors import (
    BackendError,
    ChainruleError,
    DomainError,
    LimitError,
    NoRuleError,
    ParseError,
    UnknownNameError,
    UnverifiedError,
    did_you_mean,
)

REFUSED = (NoRuleError, DomainError, BackendError, UnverifiedError)  # understood, but no result: exit 1; else 2
LONGEST = 4 << 20  # bytes read from stdin; the reader has its own, lower limit
BACKENDS = ("numpy", "jax", "torch")  # words after `--code` that are no formula; which exist, `chainrule.compile` knows
COLOURS = {
    "label": {"dim": True},
    "aside": {"dim": True},
    "result": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "note": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
}

WELCOME = """\
chainrule derives functions of vectors and matrices, in the form a textbook gives,
and verifies each derivative before it shows it.

Examples:
  chainrule derive '||A x - b||^2' --wrt x
  chainrule derive 'logdet(S)' --wrt S --order 2 --shape 'S: n n posdef'
  chainrule derive 'np.sum((A @ x - b)**2)' --wrt x --code

Commands:
  derive     gradient, Jacobian, Hessian or higher derivative of a function

chainrule derive --help says more; chainrule --version tells the version."""

DERIVE = """\
Derive FUNCTION and verify the result.

Examples:
  chainrule derive '||A x - b||^2' --wrt x
  chainrule derive 'a^T X^-1 b' --wrt X --latex
  chainrule derive 'logdet(S)' --wrt S --order 2 --shape 'S: n n posdef'
  chainrule derive 'softmax(W x + b)' --wrt x --json
  chainrule derive 'np.sum((A @ x - b)**2)' --wrt x --code > gradient.py
  printf 'r = A x - b\\nr^T r' | chainrule derive - --wrt x

FUNCTION is written as on paper (A x, x^T, X^-1, .*, ||x||, tr, logdet) or in
NumPy (A @ x, x.T, **, np.sum); lines before the last name intermediates.
Quote it, so that the shell leaves it alone. `-` reads it from stdin."""

EXITS = """\
Exit codes: 0 derived and verified; 1 refused or not verified; 2 not understood."""


class Spoken(click.Command):
    """A command whose help opens with what it is for and examples of it."""

    def format_help(self, ctx, formatter):
        formatter.write(self.help + "\n\n")
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        formatter.write("\n" + EXITS + "\n")


class Derive(Spoken):
    """Knows formulas from options: `-y^T log(p)` is a formula, and `--code` need not name a backend."""

    VALUED = ("--wrt", "--order", "--shape", "--declare", "--layout", "--dialect")

    def parse_args(self, ctx, args):
        options, formulas, before = [], [], ""
        for number, word in enumerate(args):
            if word == "--":
                formulas += args[number + 1 :]
                break
            if word == "--code" and args[number + 1 : number + 2] not in [[name] for name in BACKENDS]:
                options.append("--code=numpy")
            elif before in self.VALUED or not is_formula(word):
                options.append(word)
            else:
                formulas.append(word)
            before = word
        if options and options[-1] in self.VALUED:  # its value is missing: Click says so
            formulas = []
        return super().parse_args(ctx, [*options, "--", *formulas] if formulas else options)


def is_formula(word: str) -> bool:
    """Whether a word that starts with a minus sign is a formula and not an option."""
    return word.startswith("-") and word not in ("-", "-h") and not re.match(r"--[a-zA-Z][a-zA-Z-]*(=|$)", word)


class Commands(click.Group):
    """The group of commands; a word that is none of them may be a misspelt one, or a formula."""

    def resolve_command(self, ctx, args):
        if args[0] not in self.commands:
            near = did_you_mean(args[0], self.commands)
            asked = " ".join(shlex.quote(word) for word in ([near, *args[1:]] if near else ["derive", *args]))
            raise Usage(f"there is no command `{shown(args[0])}`", f"chainrule {asked}" if len(asked) < 200 else None)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx, formatter):
        formatter.write(WELCOME + "\n")


class Usage(click.UsageError):
    """A command line that cannot be understood, and one that could."""

    def __init__(self, message: str, fix: str | None = None):
        super().__init__(message)
        self.fix = fix


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chainrule", message="%(prog)s %(version)s")
@click.pass_context
def app(ctx):
    if ctx.invoked_subcommand is None:
        click.echo(WELCOME)


@app.command("derive", cls=Derive, help=DERIVE, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--wrt", metavar="NAME", help="The variable of differentiation.")
@click.option("--order", type=click.IntRange(min=1), default=1, help="1 gradient or Jacobian, 2 Hessian, 3 …  [1]")
@click.option(
    "--shape",
    "--declare",
    "shapes",
    multiple=True,
    metavar="TEXT",
    help="Shapes and properties: 'X: m n, S: n n posdef, lam: positive'. May be repeated; what is not said is inferred.",
)
@click.option("--layout", type=click.Choice(["column", "row"]), default="column", help="Gradients as columns or rows.")
@click.option("--dialect", type=click.Choice(["math", "numpy"]), help="How to read a bare `*`, if the text leaves it open.")
@click.option("--latex", is_flag=True, help="Print LaTeX.")
@click.option("--ascii", is_flag=True, help="Print ASCII characters only; the formula can be read back.")
@click.option("--code", metavar="[numpy]", is_flag=False, flag_value="numpy", help="Print a program.")
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known, for programs.")
@click.option("--no-check", is_flag=True, help="Do not verify the result.")
def derive_command(function, wrt, order, shapes, layout, dialect, latex, ascii, code, as_json, no_check):
    forms = [name for name, asked in (("--latex", latex), ("--ascii", ascii), ("--code", code), ("--json", as_json)) if asked]
    if len(forms) > 1:
        raise Usage(f"{' and '.join(forms)} cannot be combined", "ask for one of them")
    try:
        text, declare = read_function(function), ", ".join(shapes) or None
        from .derivation import derive  # here, because it loads the engine

        if wrt is None:
            wrt = only_variable(text, declare, dialect)
        found = derive(text, wrt, order=order, declare=declare, layout=layout, dialect=dialect, seal=not no_check)
        printed = "" if not code else found.code(code)
    except ChainruleError as error:
        say(error_text(error))
        if as_json:
            write(json_text(error.to_dict()))
        return 1 if isinstance(error, REFUSED) else 2
    if as_json:
        write(json_text(found.to_dict()))
    elif latex or code:
        from .derivation.faces import latex_with_names
        from .derivation.terminal import remarks

        write(latex_with_names(found) if latex else printed)

        say(laid_out(remarks(found), sys.stderr))
    else:
        show(found, ascii)
        if sys.stdout.isatty():
            say(styled("next      --latex  --code  --json" + ("  --order 2" if order == 1 else ""), "aside", sys.stderr))
    return 0 if no_check or found.verified else 1


def read_function(words) -> str:
    """The text of the function: the one argument, or what comes on stdin for `-`."""
    if not words:
        raise Usage("FUNCTION is missing", "chainrule derive '||A x - b||^2' --wrt x")
    if len(words) > 1:
        whole = shlex.quote(" ".join(words))
        raise Usage(f"there are {len(words)} functions; the shell split one at its blanks?", f"chainrule derive {whole} …")
    if words[0] != "-":
        return words[0]
    if sys.stdin.isatty():
        say("reading the function from the terminal; end it with Ctrl-D")
    given = sys.stdin.buffer.read(LONGEST + 1)
    if len(given) > LONGEST:
        raise LimitError("the function is too long", given=f"more than {LONGEST >> 20} MiB on stdin")
    try:
        return given.decode("utf-8").rstrip("\n")
    except UnicodeDecodeError as error:
        raise ParseError(f"byte {error.start + 1} of stdin is not UTF-8", expected="text in UTF-8") from None


def only_variable(text, declare, dialect) -> str:
    """The variable of a function of one variable, where `--wrt` does not say which is meant."""
    from .syntax import read

    names = list(read(text, declare, dialect).variables)
    if len(names) != 1:
        raise UnknownNameError(
            "`--wrt` is missing",
            given=f"a function of {', '.join(names)}" if names else "a function of no variable",
            expected="the variable of differentiation" if names else "a function with at least one variable",
            fix=" or ".join(f"--wrt {name}" for name in names[:4]) or None,
        )
    say(f"note      differentiating in {names[0]}, the only variable")
    return names[0]


def show(found, ascii: bool) -> None:
    """The derivation as people read it, on stdout; in ASCII where stdout cannot carry more."""
    from .derivation import terminal

    text = laid_out(terminal.rows(found, ascii), sys.stdout)
    if not ascii and not can_write(text, sys.stdout):
        text = laid_out(terminal.rows(found, ascii=True), sys.stdout)
    write(text)


def laid_out(rows, stream) -> str:
    """The rows as text, as wide and as coloured as the stream can be."""
    from .derivation import terminal

    width = shutil.get_terminal_size().columns if stream.isatty() or "COLUMNS" in os.environ else None
    return terminal.block(rows, width, lambda text, role: styled(text, role, stream))


def styled(text: str, role: str, stream) -> str:
    """The text in the colours of its role, if the stream is a terminal and nobody asked for no colours."""
    coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, **COLOURS[role]) if coloured and role in COLOURS else text


def error_text(error: ChainruleError) -> str:
    """The error as it reads everywhere, its first word in red on a terminal."""
    kind, rest = str(error).split(":", 1)
    return styled(f"{kind}:", "error", sys.stderr) + rest


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
        from .derivation.ascii import to_ascii

        text = to_ascii(text)
    write(text, sys.stderr)


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


def usage_text(error: click.ClickException) -> str:
    """A command line that was not understood, in the form of all errors."""
    message, fix = error.format_message().rstrip("."), getattr(error, "fix", None)
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
