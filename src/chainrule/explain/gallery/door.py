"""The door of the gallery: a list with one line each, or one function at length."""

from __future__ import annotations

from ...core.errors import UnknownNameError
from ..explanation import Explanation
from .entries import GROUPS, Entry, entries, entry_named
from .of_number import OfNumber
from .of_vector import OfVector


def gallery(name: str | None = None):
    """The gallery of activations, losses and elementary functions; of one name, all that its declaration says and implies.

    Parameters
        name: "sigmoid", "gelu", "huber", "softmax", "cross-entropy" …; without it, the list of all.

    Returns
        Gallery, which prints a line each and has `.names`; or for one name its formula, derivatives (derived and sealed), range,
        breaks, saturation zones, largest slope, safe form, and spellings in NumPy, JAX and PyTorch, with pictures.

    Raises
        UnknownNameError: there is none of that name.
    """
    if name is None:
        return Gallery()
    if not isinstance(name, str):
        raise UnknownNameError("a function of the gallery is asked for by its name", given=repr(name), expected='such as "gelu"')
    return shown(entry_named(name))


def shown(entry: Entry) -> Explanation:
    """An entry at length."""
    return OfVector(entry) if entry.is_vector else OfNumber(entry)


class Gallery(Explanation):
    """The list of all entries."""

    kind = "gallery"
    notes: list[str] = []

    @property
    def names(self) -> list[str]:
        return [e.name for e in entries()]

    def __iter__(self):
        return iter(self.names)

    def __len__(self) -> int:
        return len(entries())

    def rows(self) -> list[tuple[str, str, str]]:
        found = []
        for group in GROUPS:
            listed = [e for e in entries() if e.group == group]
            if listed:
                found.append((group, f"({len(listed)})", ""))
                width = max(len(e.name) for e in listed)
                found += [("", f"{e.name:<{width}}  {e.doc or e.formula}", "") for e in listed]
        return found

    def to_dict(self) -> dict:
        return {**self.described(), "entries": [{"name": e.name, "group": e.group, "formula": e.formula, "doc": e.doc} for e in entries()]}
