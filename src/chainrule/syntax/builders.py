"""The table of what a call means: name → builder (inference, tree) → value. `functions` and `arrays` fill it."""

from __future__ import annotations

from collections.abc import Callable

BUILDERS: dict[str, Callable] = {}


def function(*names: str):
    """Enter a builder under `names`."""

    def entered(builder):
        for name in names:
            BUILDERS[name] = builder
        return builder

    return entered
