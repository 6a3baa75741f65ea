"""Proofs as lines of text: which claims are told, and in which words. Formulas are printed as everywhere, by `matrix.render`."""

from __future__ import annotations

from functools import cached_property
from math import inf

from ...core.node import Node
from ...derivation.used import SAID
from ...matrix import render
from ...matrix.render import Form
from ..place import figure
from .bounds import OF_FACT
from .claim import Claim, in_order

MOST_LINES = 14
RANGES = ("unit", "open01", "gt1")  # facts that are said by their intervals
DIRECTIONS = ("v", "V")  # names that no abbreviation in a formula takes: they would be read as the direction


class Writer:
    """Writes the claims of a proof."""

    def __init__(self, proof):
        self.proof = proof
        self._forms: dict = {}

    @cached_property
    def symbols(self) -> list[Node]:
        return list(self.proof.start.whole.values())

    @cached_property
    def names(self) -> dict[Node, str]:
        return self.proof.start.names()

    def form(self, node: Node):
        """A node in its written forms."""
        if node not in self._forms:
            names = {n: name for n, name in self.names.items() if n is not node}
            self._forms[node] = render(node, node.ndim, wrt_name=self.proof.names[0], names=names, taken=[*self.symbols, *DIRECTIONS])
        return self._forms[node]

    def text(self, node: Node, relation: str = "") -> str:
        """A node in Unicode, `relation` behind it, then what its abbreviations stand for."""
        form = self.form(node)
        text = form.text() + (f" {relation}" if relation else "")
        return text + "".join([f", {name} = {definition}" for name, definition in form.where_text().items()])

    def name(self, name: str) -> str:
        """A variable's name in Unicode."""
        return Form.name_text(name)

    @property
    def alone(self) -> bool:
        """Whether the variable is one number."""
        found = self.proof.curved.directions
        return len(found) == 1 and not found[0].ndim

    def line(self) -> str:
        """What the second derivative along a direction is called: f″ v², vᵀ∇²f v, D²f[V, V]."""
        found = self.proof.curved.directions
        if self.alone:
            return f"f″ {found[0].name}²"
        if len(found) == 1 and found[0].ndim == 1:
            return f"{found[0].name}ᵀ∇²f {found[0].name}"
        letter = found[0].name if len(found) == 1 else "v"
        return f"D²f[{letter}, {letter}]"

    # ---------------------------------------------------------------- proofs

    def second_lines(self, claim: Claim) -> list[tuple[str, str]]:
        """(statement, rule) of a proof that a second derivative is ≥ 0: its form, then what makes it so."""
        found = [(self.text(claim.node, "≥ 0"), self._whole_rule(claim))]
        for each in in_order(*claim.because):
            statement = self._statement(each)
            if statement and (statement, each.rule) not in found:
                found.append((statement, each.rule))
        return found[:MOST_LINES]

    def _whole_rule(self, claim: Claim) -> str:
        return claim.rule or "a sum of squares"

    def composed_lines(self, claim: Claim) -> list[tuple[str, str]]:
        """(statement, rule) of a proof by composition, the parts before what they make."""
        found = []
        for each in in_order(*_told(claim)):
            statement = self._statement(each)
            if statement and each.node.args and statement not in [s for s, _ in found]:
                found.append((statement, each.rule))
        return found[:MOST_LINES]

    def _statement(self, claim: Claim) -> str:
        if claim.kind in ("≥ 0", "> 0", "⪰ 0"):
            return self.text(claim.node, claim.kind)
        if claim.kind == "power":
            return f"{self._short(claim.node)}: {claim.rule.partition(':')[0]}"
        return f"{self._short(claim.node)} is {claim.kind}"

    def _short(self, node: Node) -> str:
        return "f" if node is self.proof.node and len(self.text(node)) > 24 else self.text(node)

    # ---------------------------------------------------------------- domain and facts

    def domain(self, names: list[str]) -> str:
        """ "every w", "x > 0"."""
        said = []
        for name in names:
            for word in sorted(self.proof.problem.every[name].facts):
                said.append(self.within(self.proof.start.whole[name], OF_FACT[word]) if word in RANGES else f"{Form.name_text(name)} {SAID.get(word, word)}")
        for c in self.proof.conditions:
            if not c.hole:
                said.append(self.within(c.of, c.interval))
        if not said:
            return "every " + ", ".join(Form.name_text(n) for n in names)
        return ", ".join(dict.fromkeys(said))

    def within(self, node: Node, interval) -> str:
        low, high = interval.low, interval.high
        text = self.text(node)
        if low > -inf and high < inf:
            signs = ["<" if interval.closed[0] == "(" else "≤", "<" if interval.closed[1] == ")" else "≤"]
            return f"{figure(low)} {signs[0]} {text} {signs[1]} {figure(high)}"
        if low > -inf:
            return f"{text} {'>' if interval.closed[0] == '(' else '≥'} {figure(low)}"
        return f"{text} {'<' if interval.closed[1] == ')' else '≤'} {figure(high)}"


def _told(claim: Claim) -> tuple[Claim, ...]:
    """The claim without what is below an affine one: how an affine function is made goes without saying."""
    kept: dict[Claim, Claim] = {}

    def cut(each: Claim, depth: int = 0) -> Claim:
        if each not in kept:
            kept[each] = each._replace(because=() if each.kind == "affine" or depth > 60 else tuple([cut(b, depth + 1) for b in each.because]))
        return kept[each]

    return (cut(claim),)
