"""What a door is told beside its function: options, and of a Python function the shapes of its parameters."""

from __future__ import annotations

from ..core.errors import DeclarationError, did_you_mean
from ..core.lazy import lazy

bring = lazy(__package__, ".bring")

OPTIONS = ("order", "layout", "dialect", "seal")  # of everything that is derived


def brought(function, declare, options: dict, known: tuple[str, ...] = OPTIONS) -> tuple:
    """(function, declare, options) in which a Python function is traced, its shapes taken from among the options.

    Raises
        DeclarationError: an option that is not among those `known`, and no shape.
    """
    shapes = {name: said for name, said in options.items() if name not in known}
    options = {name: said for name, said in options.items() if name in known}
    if callable(function):
        return bring.traced(function, declare, shapes), None, options
    if shapes:
        name, said = next(iter(shapes.items()))
        near = did_you_mean(name, (*known, "declare"))
        raise DeclarationError(
            f"there is no option `{name}`",
            given=f"{name}={said!r}",
            expected="the shapes of a text's variables in declare=; those of a Python function by name",
            fix=f"did you mean `{near}`?" if near else f'declare="{name}: {said}"',
        )
    return function, declare, options
