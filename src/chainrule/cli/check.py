"""`chainrule check`: is a derivative right, and if not, where is the mistake? Of a formula, of code, of a derivation line by line."""

import json
import os
import re
import shutil
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

import click

from ..core.errors import ChainruleError, DeclarationError, DomainError, TraceError, UnknownNameError, did_you_mean
from .command import DIALECTS, LAYOUTS, LONGEST, Formulas, ascii_option, json_option, read_function, shape_option
from .errors import Usage, error_text
from .output import can_write, json_text, say, styled, write

EXAMPLE = "chainrule check '||X w - y||^2' --wrt w --mine \"2 X^T (X w - y)\""
HELP = f"""\
Say whether a derivative is right, and if not, where the mistake is.

Examples:
  {EXAMPLE}
  chainrule check 'x^T A x' --wrt x --order 2 --mine 'A + A^T'
  chainrule check 'softmax(z)' --mine 'diag(p) - p p^T with p = softmax(z)'
  chainrule check mymodule:loss --grad mymodule:loss_grad --at point.npz
  chainrule check mymodule:Layer --at point.npz --framework torch
  chainrule check '||A x - b||^2' --wrt x --working derivation.txt

FUNCTION is a formula, as for `chainrule derive`, or code as module:function, which is imported from the
current directory and called. `-` reads a formula from stdin. --at takes .npz, .npy or .json: one array, or
arrays named as the arguments."""
CODE = re.compile(r"(?P<module>[^\W\d][\w.]*|[\w./\\-]+\.py):(?P<name>[^\W\d][\w.]*)\Z")
KINDS, FRAMEWORKS = (
    click.Choice(["gradient", "jacobian", "hessian", "vjp", "jvp"]),
    click.Choice(["numpy", "torch", "jax"]),
)
EXITS = "Exit codes: 0 right; 1 wrong; 2 not understood; 3 undecided."


class Checks(Formulas):
    """A command with exit codes of its own."""

    def format_help(self, ctx, formatter):
        formatter.write(self.help + "\n\n")
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        formatter.write("\n" + EXITS + "\n")


@click.command("check", cls=Checks, help=HELP, options_metavar="[OPTIONS]")
@click.argument("function", nargs=-1)
@click.option("--mine", metavar="FORMULA", help="Your derivative, as a formula.")
@click.option("--working", metavar="FILE", help="Your derivation, one step per line; - is stdin.")
@click.option("--wrt", metavar="NAME", help="The variable of differentiation.")
@click.option("--order", type=click.IntRange(1, 8), default=1, help="1 gradient or Jacobian, 2 Hessian …  [1]")
@shape_option
@click.option("--layout", type=LAYOUTS, default="column", help="Gradients as columns or rows.")
@click.option("--dialect", type=DIALECTS, help="How to read a bare `*`, if the text leaves it open.")
@click.option("--grad", metavar="MODULE:NAME", help="Your derivative, as code.")
@click.option("--at", metavar="FILE", help="The point at which code is checked: .npz, .npy or .json.")
@click.option("--kind", type=KINDS, help="What the code returns; by default what its values say.")
@click.option("--sample", metavar="MODULE:NAME", help="A function that returns further points.")
@click.option("--framework", type=FRAMEWORKS, help="Where the function leaves it open.")
@click.option("--plot", metavar="FILE.svg", help="Draw the Taylor remainder, yours and the true one.")
@ascii_option
@json_option
def command(
    function,
    mine,
    working,
    wrt,
    order,
    shapes,
    layout,
    dialect,
    grad,
    at,
    kind,
    sample,
    framework,
    plot,
    ascii,
    as_json,
):
    asked = {
        "--mine": mine,
        "--working": working,
        "--grad": grad,
        "--at": at,
        "--kind": kind,
        "--sample": sample,
        "--framework": framework,
    }
    try:
        declare = ", ".join(shapes) or None
        code = CODE.match(function[0]) if len(function) == 1 else None
        if code:
            refuse(asked, ("--mine", "--working"), "a formula, and the function is code", "--grad module:function")
            report = of_code(function[0], grad, at, kind, order, sample, framework)
        else:
            refuse(
                asked,
                ("--grad", "--at", "--kind", "--sample", "--framework"),
                "of code, and the function is a formula",
                EXAMPLE,
            )
            report = of_formula(function, mine, working, wrt, order, declare, layout, dialect)
        drawn(report, plot)
    except ChainruleError as error:
        say(error_text(error))
        if as_json:
            write(json_text(error.to_dict()))
        return 3 if isinstance(error, DomainError) else 2
    if as_json:
        write(json_text(report.to_dict()))
    else:
        shown(report, ascii)
    return report.exit_code


def refuse(asked: dict, options: tuple, why: str, fix: str) -> None:
    """Refuses options that do not belong to what is checked."""
    for option in options:
        if asked[option] is not None:
            raise Usage(f"{option} is {why}", fix)


def shown(report, ascii: bool) -> None:
    """The report as people read it, on stdout."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else None
    text = report.text(width, lambda part, role: styled(part, role, sys.stdout)) if width else str(report)
    if ascii or not can_write(text, sys.stdout):
        from ..derivation.ascii import to_ascii

        text = to_ascii(text.replace("✓", "+").replace("✗", "x"))
    write(text)


def drawn(report, plot: str | None) -> None:
    """Writes the picture of the remainders, where one was asked for."""
    if plot is None:
        return
    from ..checking.display import plot as picture

    svg = picture(report) if hasattr(report, "remainders") else None
    if svg is None:
        raise DeclarationError(
            "there is no remainder to draw",
            given=f"--plot {plot}",
            expected="a derivative of first order, compared with numbers",
        )
    with open(plot, "w", encoding="utf-8") as file:
        file.write(str(svg))
    say(f"written to {plot}")


# ------------------------------------------------------------------------------- formulas


def of_formula(words, mine, working, wrt, order, declare, layout, dialect):
    """The report on a formula, or on a derivation line by line."""
    if mine is None and working is None:
        raise Usage("your derivative is missing: --mine FORMULA, or --working FILE", EXAMPLE)
    if mine is not None and working is not None:
        raise Usage("--mine and --working cannot be combined", "check them one after the other")
    if working is not None:
        from ..checking.working import check_working

        text = read_text(working)
        if words:
            text = f"{defining(read_function(words, EXAMPLE))}\n{text}"
        return check_working(text, wrt, declare)
    from ..checking.formulas import check_formula

    if mine == "-" and list(words) == ["-"]:
        raise Usage("only one of FUNCTION and --mine can come from stdin", EXAMPLE)
    text = read_function(words, EXAMPLE)
    yours = read_function(["-"], EXAMPLE) if mine == "-" else mine
    return check_formula(text, yours, wrt, declare, order, layout, dialect)


def defining(function: str) -> str:
    """The function as the first lines of a derivation: f = …."""
    *lets, last = [part for part in re.split(r"[\n;]", function) if part.strip()]
    return "\n".join([*lets, last if re.match(r"\s*\w+\s*=(?!=)", last) else f"f = {last.strip()}"])


def read_text(name: str) -> str:
    """The text of a file, or of stdin for `-`."""
    if name == "-":
        return read_function(["-"], EXAMPLE)
    try:
        with open(name, encoding="utf-8") as file:
            return file.read(LONGEST)
    except OSError as error:
        raise no_file(name, error) from None
    except UnicodeDecodeError:
        raise DeclarationError(
            f"`{name}` is not text in UTF-8", given=name, expected="a text with one step on each line"
        ) from None


def no_file(name: str, error: OSError) -> DeclarationError:
    folder = os.path.dirname(name) or "."
    beside = os.listdir(folder) if os.path.isdir(folder) else []
    near = did_you_mean(os.path.basename(name), beside)
    return DeclarationError(
        f"`{name}` cannot be read: {error.strerror or error}",
        given=name,
        expected="a file that exists",
        fix=f"did you mean `{os.path.join(os.path.dirname(name), near)}`?" if near else None,
    )


# ------------------------------------------------------------------------------- code


def of_code(function, grad, at, kind, order, sample, framework):
    """The report on code."""
    found = imported(function)
    claim = imported(grad) if grad else None
    draw = imported(sample) if sample else None
    point = point_of(at) if at else None
    framework = framework or framework_named(found)
    if framework == "torch":
        point = as_tensors(point)
    from ..checking.code import check_code

    return check_code(found, claim, point, kind=kind, order=order, sample=draw, framework=framework)


def imported(text: str):
    """What `module:name` means, imported as the person's own code from the current directory.

    Raises
        DeclarationError: it is not of this form, or there is no such module.
        UnknownNameError: the module has no such name.
        TraceError: the module fails by itself.
    """
    found = CODE.match(text)
    if not found:
        raise DeclarationError(
            "code is named by its module and its name", given=text, expected="module:function, as in losses:loss_grad"
        )
    module, name = found["module"], found["name"]
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        loaded = from_file(module) if module.endswith(".py") else import_module(module)
    except ModuleNotFoundError as error:
        if error.name not in (module, module.partition(".")[0]):
            raise fails(module, error) from None
        beside = [os.path.splitext(f)[0] for f in os.listdir(here) if f.endswith(".py")]
        near = did_you_mean(module, beside)
        raise DeclarationError(
            f"there is no module `{module}`", given=text, expected=f"a module that can be imported from {here}",
            fix=f"did you mean `{near}:{name}`?" if near else None,
        ) from None  # fmt: skip
    except OSError as error:
        raise no_file(module, error) from None
    except Exception as error:  # the person's own code: whatever it raises
        raise fails(module, error) from None
    for part in name.split("."):
        if not hasattr(loaded, part):
            names = [n for n in dir(loaded) if not n.startswith("_")]
            near = did_you_mean(part, names)
            raise UnknownNameError(
                f"`{module}` has no `{part}`", given=text,
                expected=", ".join([n for n in names if callable(getattr(loaded, n, None))][:8]) or "a function",
                fix=f"did you mean `{module}:{near}`?" if near else None,
            )  # fmt: skip
        loaded = getattr(loaded, part)
    return loaded


def from_file(path: str):
    spec = spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    loaded = module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def fails(module: str, error: Exception) -> TraceError:
    return TraceError(
        f"`{module}` fails when it is imported",
        given=f"{type(error).__name__}: {error}",
        expected="a module that can be imported",
        fix=f"python -c 'import {module}' shows where"
        if not module.endswith(".py")
        else f"python {module} shows where",
    )


def point_of(name: str):
    """The point in a file: a dict of arrays by name, one array, or what a .json holds.

    Raises DeclarationError: there is no such file, or it holds no arrays.
    """
    import numpy as np

    try:
        if name.endswith(".json"):
            with open(name, encoding="utf-8") as file:
                return arrays(json.load(file))
        found = np.load(name, allow_pickle=False)
    except OSError as error:
        raise no_file(name, error) from None
    except ValueError as error:
        raise DeclarationError(
            f"`{name}` holds no arrays", given=str(error)[:200], expected="a .npz, .npy or .json file of numbers"
        ) from None
    return dict(found) if hasattr(found, "files") else found


def arrays(value):
    """Numbers and nested lists of JSON as arrays; dicts stay dicts."""
    import numpy as np

    if isinstance(value, dict):
        return {name: arrays(v) for name, v in value.items()}
    try:
        return np.asarray(value, float)
    except (TypeError, ValueError):
        raise DeclarationError(
            "the file holds what is no number",
            given=repr(value)[:80],
            expected="numbers, lists of them, and dicts of these",
        ) from None


def framework_named(function) -> str | None:
    """ "torch" where the function is a module or uses PyTorch by a name of its own; the check sees the rest."""
    if any(base.__module__.startswith("torch.") for base in type(function).__mro__):
        return "torch"
    if isinstance(function, type) and any(base.__module__.startswith("torch.") for base in function.__mro__):
        return "torch"
    code, around = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    for name in code.co_names if code is not None else ():
        if getattr(around.get(name), "__name__", "").partition(".")[0] == "torch":
            return "torch"
    return None


def as_tensors(point):
    """The arrays of a point as tensors of PyTorch."""
    import torch

    if isinstance(point, dict):
        return {name: as_tensors(v) for name, v in point.items()}
    return point if point is None else torch.from_numpy(point)
