"""The table of declared operations, by name."""

from __future__ import annotations

DECLARED: dict[str, object] = {}  # by their own names, in order of declaration
NAMES: dict[str, object] = {}  # by every name and alias


def enter(declaration):
    """Enter a declaration under its name and aliases."""
    for name in (declaration.name, *declaration.aliases):
        if name in NAMES:
            raise ValueError(f"`{name}` is declared twice: by {NAMES[name]} and by {declaration}")
    for name in (declaration.name, *declaration.aliases):
        NAMES[name] = declaration
    DECLARED[declaration.name] = declaration
    return declaration


def op_named(name: str):
    """The operation declared under `name`, which must exist."""
    return NAMES[name]
