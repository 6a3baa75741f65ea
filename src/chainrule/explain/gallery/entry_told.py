"""What entries of numbers and of vectors tell in the same words: derivatives, spellings in the frameworks, seals."""

from __future__ import annotations

from ..explanation import Explanation
from ..place import figure
from .entries import Entry
from .safe import spelled

FRAMEWORKS = (("NumPy", "numpy"), ("JAX", "jax"), ("PyTorch", "torch"))


class EntryTold(Explanation):
    """One entry at length.

    Attributes
        entry: name, formula, declaration.
        first, second: the derivations, sealed; None where there is no rule.
    """

    kind = "gallery"
    entry: Entry

    def spelled(self, template: str) -> str:
        """A template of the declaration with the entry's names in it."""
        defaults = [figure(float(d)).replace("−", "-") for d in getattr(self.entry.op, "defaults", ())]
        text = template.replace("{axes}", "-1").replace("{axis}", "-1")
        return spelled(text, self.entry.variable, (*self.entry.values, *defaults))

    def spellings(self) -> dict[str, str]:
        """How each framework has it, by the framework's name."""
        op = self.entry.op
        return {} if op is None else {word: self.spelled(getattr(op, field)) for word, field in FRAMEWORKS if getattr(op, field)}

    def derivations(self) -> list:
        """Those that there are."""
        return [d for d in (self.first, self.second) if d is not None]

    def closing_rows(self) -> list[tuple[str, str, str]]:
        """Spellings, source, facts, notes, seals: what stands last."""
        found = [("" if k else "spelled", f"{word + ':':<8} {code}", "") for k, (word, code) in enumerate(self.spellings().items())]
        if self.entry.source:
            found.append(("source", self.entry.source, ""))
        used = list(dict.fromkeys([str(fact) for d in self.derivations() for fact in d.used]))
        found += [("using", "; ".join(used), "")] if used else []
        found += [("note", note, "") for note in self.notes]
        return found + self.seal_rows()

    def seal_rows(self) -> list[tuple[str, str, str]]:
        """How well the derivations are verified; those with the same evidence together."""
        grouped: dict[str, list[str]] = {}
        for d in self.derivations():
            grouped.setdefault(str(d.seal), []).append(d.symbol)
        return [("verified", f"{' and '.join(symbols)}: {seal}", "") for seal, symbols in grouped.items()]

    @property
    def sealed(self) -> bool:
        return all(bool(d.verified) for d in self.derivations())
