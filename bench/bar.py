"""A bar: what was asked for, what was measured, and whether it is met."""

from __future__ import annotations

from typing import NamedTuple


class Bar(NamedTuple):
    """`met` is None where there was nothing to measure."""

    what: str
    asked: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "NOT MET", None: "not measured"}[self.met]


def at_most(what: str, limit: float, value: float | None, unit: str = "", where: str = "") -> Bar:
    """A bar that a value keeps below a limit: at_most("import", 0.15, 0.021, "s")."""
    unit = f" {unit}" if unit else ""
    if value is None or value != value:
        return Bar(what, f"≤ {limit:g}{unit}", "–", None)
    return Bar(what, f"≤ {limit:g}{unit}", f"{value:.3g}{unit}{f' ({where})' if where else ''}", value <= limit)
