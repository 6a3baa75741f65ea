"""Breaks at length: what ends where, what JAX and PyTorch return there, and the spelling that is safe."""

from __future__ import annotations

from ...ops.frameworks import JAX, PRINTED, TORCH
from .finding import AUTODIFF, FORMULA, OVERFLOW, UNVISITED, Break

ORDINALS = {0: "the function itself ends", 1: "the first derivative is missing", 2: "the second derivative is missing"}
KINDS = {
    AUTODIFF: "the derivative exists, automatic differentiation gives none",
    OVERFLOW: "the derivative exists, the numbers overflow on the way to it",
    UNVISITED: "not examined; what is said above may hold there too",
    FORMULA: "the derivative exists, the formula that is shown does not give it",
}


class Broken:
    """A derivation together with all its breaks: what a door shows that was asked for both. All else is the derivation's."""

    def __init__(self, derivation):
        self.derivation = derivation

    def __getattr__(self, name):
        return getattr(self.derivation, name)

    def rows(self) -> list[tuple[str, str, str]]:
        return [*self.derivation.rows(), *self.told()]

    def told(self) -> list[tuple[str, str, str]]:
        """The rows that are about breaks."""
        found = [*self.derivation.breaks, *self.derivation.overflows]
        return [row for b in found for row in rows_about(b)] or [("breaks", "nowhere that we found", "")]

    def __str__(self) -> str:
        return "\n".join([str(self.derivation), *[f"{label:<8}  {text}   {aside}".rstrip() for label, text, aside in self.told()]])


def rows_about(b: Break) -> list[tuple[str, str, str]]:
    """(label, text, aside) for one break."""
    missing = KINDS.get(b.what) or f"{b.what}; {ORDINALS.get(b.order, f'the derivative of order {b.order} is missing')}"
    found = [("breaks", f"where {b.at}: {missing}", "")]
    found += [(PRINTED[f], r, "") for f, r in ((JAX, b.jax), (TORCH, b.torch)) if r is not None]
    if b.rewrite is not None:
        found.append(("safe", b.rewrite.text, b.rewrite.changes or ""))
        for library, code in b.rewrite.code.items():
            first, *rest = code.split("\n")
            found += [("", f"{library + ':':<7} {first}", ""), *[("", f"{'':<7} {line}", "") for line in rest]]
    return found
