"""Modules that are loaded when something of them is first asked for.

An answer has many faces (steps, breaks, constrained gradients) and needs few of them; loading all of them would take longer
than most derivations. Such a module is named at the top of the one that uses it, like an import:

    steps = lazy(__package__, ".steps")     # later: steps.told(d)

`tests/test_floors.py` reads these names as it reads imports.
"""

from __future__ import annotations

from importlib import import_module


class Lazy:
    """A module that is not loaded yet. Its attributes are those of the module."""

    def __init__(self, package: str, name: str):
        self._package, self._name = package, name

    def __getattr__(self, attribute: str):
        return getattr(import_module(self._name, self._package), attribute)

    def __repr__(self) -> str:
        return f"<lazy module {self._package}{self._name}>"


lazy = Lazy
