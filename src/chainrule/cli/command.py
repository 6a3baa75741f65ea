"""What all commands share: help that opens with examples, the function and how to read it, the forms of an answer.

A command is a function of its own options and `**asked`, those that `shared_options` adds. It says how the answer is
found and hands that to `answer`, which reads the function, prints what was asked for and returns the exit code.
"""

import re
import shlex
import sys
from importlib import import_module

import click

from ..core.errors import ChainruleError, LimitError, ParseError, UnknownNameError
from .errors import LONGEST_FIX, Usage, refused
from .output import json_text, laid_out, say, show, styled, write

LONGEST = 4 << 20  # bytes read from stdin; the reader has its own, lower limit
OPTIONAL = {  # options whose value may be left out, and the words that are one and no formula; the first is meant then
    "--code": ("numpy", "jax", "torch", "c"),  # which exist, `chainrule.compiling` knows
    "--steps": ("auto", "chain", "differential"),
}
EXITS = """\
Exit codes: 0 derived and verified; 1 refused or not verified; 2 not understood."""
JUDGED = "Exit codes: 0 right; 1 wrong; 2 not understood; 3 undecided."  # of commands that judge what somebody derived


class Spoken(click.Command):
    """A command whose help opens with what it is for and examples of it, and ends with its exit codes."""

    exits = EXITS

    def format_help(self, ctx, formatter):
        formatter.write(self.help + "\n\n")
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        formatter.write("\n" + self.exits + "\n")


class Formulas(Spoken):
    """Knows formulas from options: `-y^T log(p)` is a formula, and the values of some options may be left out."""

    def parse_args(self, ctx, args):
        valued = {name for option in self.params if not getattr(option, "is_flag", True) for name in option.opts}
        optional = {
            name: words for name, words in OPTIONAL.items()
            if any(name in option.opts and getattr(option, "flag_value", None) == words[0] for option in self.params)
        }  # fmt: skip
        valued -= set(optional)
        short = {name for option in self.params for name in option.opts if not name.startswith("--")}
        options, formulas, before = [], [], ""
        for number, word in enumerate(args):
            if word == "--":
                formulas += args[number + 1 :]
                break
            if word in optional and args[number + 1 : number + 2] not in [[name] for name in optional[word]]:
                options.append(f"{word}={optional[word][0]}")
            elif before in valued or word in short or not is_formula(word):
                options.append(word)
            else:
                formulas.append(word)
            before = word
        if options and options[-1] in valued:  # its value is missing: Click says so
            formulas = []
        return super().parse_args(ctx, [*options, "--", *formulas] if formulas else options)


def is_formula(word: str) -> bool:
    """Whether a word that starts with a minus sign is a formula and not an option."""
    return word.startswith("-") and word not in ("-", "-h") and not re.match(r"--[a-zA-Z][a-zA-Z-]*(=|$)", word)


shape_option = click.option(
    "--shape",
    "--declare",
    "shapes",
    multiple=True,
    metavar="TEXT",
    help="Shapes and properties: 'X: m n, S: n n posdef, lam: positive'. May be repeated; what is not said is inferred.",
)
ascii_option = click.option("--ascii", is_flag=True, help="Print ASCII characters only; the formula can be read back.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print everything that is known, for programs.")
steps_option = click.option(
    "--steps",
    metavar=f"[{'|'.join(OPTIONAL['--steps'])}]",
    is_flag=False,
    flag_value=OPTIONAL["--steps"][0],
    help="Tell how the result comes about.",
)
LAYOUTS, DIALECTS = click.Choice(["column", "row"]), click.Choice(["math", "numpy"])
SHARED = (
    shape_option,
    click.option("--layout", type=LAYOUTS, default="column", help="Gradients as columns or rows."),
    click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open."),
    click.option("--latex", is_flag=True, help="Print LaTeX."),
    ascii_option,
    click.option("--code", metavar="[numpy|torch|jax|c]", is_flag=False, flag_value="numpy", help="Print a program."),
    json_option,
    click.option("--no-check", is_flag=True, help="Do not verify the result."),
)
wrt_option = click.option("--wrt", metavar="NAME", help="The variable of differentiation.")


def along_option(name: str):
    """`--along NAME`, for the direction that the command calls `name`."""
    return click.option("--along", name, metavar="NAME", help="What the direction is called; by default a free letter.")


def shared_options(command):
    """The options that every command with a formula has, after its own."""
    for option in reversed(SHARED):
        command = option(command)
    return command


def answer_in(words, wrt: str | None, find, asked: dict, example: str, more: str = "") -> int:
    """As `answer`, for `find(text, name of the variable, **options)`; the only variable need not be named."""

    def found(text, **options):
        name = only_variable(text, options["declare"], options["dialect"]) if wrt is None else wrt
        return find(text, name, **options)

    return answer(words, found, asked, example, more)


def answer_by(name: str, words, wrt: str | None, asked: dict, example: str, *further) -> int:
    """As `answer_in`, by the function called `name` of `derivation.objects`; `further` are arguments of its own."""

    def find(text, variable, **options):
        objects = import_module("..derivation.objects", __package__)  # here, because it loads the engine
        return getattr(objects, name)(text, variable, *further, **options)

    return answer_in(words, wrt, find, asked, example)


def answer(words, find, asked: dict, example: str, more: str = "") -> int:
    """Reads the function, finds the answer, prints it in the form that was asked for; the exit code.

    Parameters
        words: the FUNCTION argument of the command.
        find: (text, **options) → the object to show; the options are `declare`, `layout`, `dialect` and `seal`.
        asked: the values of `shared_options`.
        example: a command line that works, for a command line without a function.
        more: options that a person might want next.
    """
    latex, ascii, code, as_json = (asked[name] for name in ("latex", "ascii", "code", "as_json"))
    forms = [name for name, on in (("--latex", latex), ("--ascii", ascii), ("--code", code), ("--json", as_json)) if on]
    if len(forms) > 1:
        raise Usage(f"{' and '.join(forms)} cannot be combined", "ask for one of them")
    try:
        text, declare = read_function(words, example), ", ".join(asked["shapes"]) or None
        seal = not asked["no_check"]
        found = find(text, declare=declare, layout=asked["layout"], dialect=asked["dialect"], seal=seal)
        printed = "" if not code else found.code(code)
    except ChainruleError as error:
        return refused(error, as_json)
    if as_json:
        write(json_text(found.to_dict()))
    elif latex or code:
        from ..derivation.faces import latex_with_names
        from ..derivation.terminal import remarks

        write(latex_with_names(found) if latex else printed)

        say(laid_out(remarks(found), sys.stderr))
    else:
        show(found, ascii)
        if sys.stdout.isatty():
            say(styled(f"next      --latex  --code  --json{more}", "aside", sys.stderr))
    return 0 if not seal or found.verified else 1


def read_function(words, example: str) -> str:
    """The text of the function: the one argument, or what comes on stdin for `-`."""
    if not words:
        raise Usage("FUNCTION is missing", example)
    if len(words) > 1:
        whole = f"{' '.join(example.split()[:2])} {shlex.quote(' '.join(words))} …"
        problem = f"there are {len(words)} functions; the shell split one at its blanks?"
        raise Usage(problem, whole if len(whole) < LONGEST_FIX else None)
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
    from ..syntax import read

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
