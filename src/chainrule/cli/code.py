"""Code that is named on the command line: `module:name`, imported as the person's own, and the file with the point.

What it prints goes to stderr, so that stdout holds the report alone.
"""

import inspect
import json
import os
import re
import sys
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

from ..core.errors import DeclarationError, TraceError, UnknownNameError, did_you_mean
from .errors import Usage

CODE = re.compile(r"(?P<module>[^\W\d][\w.]*|[\w./\\-]+\.py):(?P<name>[^\W\d][\w.]*)\Z")


def report_on_code(function, grad, at, kind, order, sample, framework):
    """The report on a function, a module or a rule, named as `module:name`."""
    if at is None:
        raise Usage("the point is missing: --at FILE, an .npz, .npy or .json", f"chainrule check {function} --at point.npz")
    found = made(imported(function), function)
    claim = imported(grad) if grad else None
    draw = imported(sample) if sample else None
    point = point_of(at)
    framework = framework or framework_named(found, claim)
    from ..checking import check

    with redirect_stdout(sys.stderr):
        return check(found, claim, point, kind=kind, order=order, sample=draw, framework=framework)


def made(found, text: str):
    """A module that is named by its class is made, where its constructor needs nothing.

    Raises DeclarationError: it needs something.
    """
    if not is_of_torch(found) or not hasattr(found, "named_parameters"):
        return found
    needed = [p.name for p in inspect.signature(found).parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if needed:
        raise DeclarationError(
            f"`{text}` is a class, and what is checked is a module made of it",
            given=f"{found.__name__}({', '.join(needed)})",
            expected="a module, or a class that needs no arguments",
            fix=f"in {text.partition(':')[0]}: net = {found.__name__}(…); then {text.partition(':')[0]}:net",
        )
    with redirect_stdout(sys.stderr):
        return found()


def is_of_torch(found) -> bool:
    """Whether this is a class of PyTorch's or of one derived from it."""
    return isinstance(found, type) and any(base.__module__.startswith("torch.") for base in found.__mro__)


def framework_named(function, claim) -> str | None:
    """The framework whose own derivative is checked, where the function leaves it open: what the file of a function imports.

    A claim of the person's own, of a function of arrays, needs none.
    """
    if claim is not None or not inspect.isfunction(function):
        return None
    code, around = function.__code__, function.__globals__
    used = {getattr(around.get(n), "__name__", getattr(around.get(n), "__module__", None)) for n in code.co_names}
    imports = {getattr(value, "__name__", "") for value in around.values() if inspect.ismodule(value)}
    for names in (used, imports):
        for name in ("torch", "jax"):
            if any(isinstance(n, str) and n.partition(".")[0] == name for n in names):
                return name
    return None


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
        with redirect_stdout(sys.stderr):
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
    except (Exception, SystemExit) as error:  # the person's own code: whatever it raises
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
        expected="a module that can be imported: what a script does stands below `if __name__ == '__main__':`"
        if isinstance(error, (SystemExit, EOFError))
        else "a module that can be imported",
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
        return dict(found) if hasattr(found, "files") else found
    except OSError as error:
        raise no_file(name, error) from None
    except ValueError as error:
        raise DeclarationError(
            f"`{name}` holds no arrays", given=str(error)[:200], expected="a .npz, .npy or .json file of numbers"
        ) from None


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
