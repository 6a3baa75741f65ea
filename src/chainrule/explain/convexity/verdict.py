"""What `convexity` answers: the verdict, the proof or the counter-example, what was assumed, and how it looks."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...derivation.derive import derive
from ...derivation.used import SAID
from ..explanation import Explanation
from ..place import figure, shown
from .pictures import chord, refuting
from .written_out import Writer


class Verified(NamedTuple):
    """Numbers beside a proof: at how many points, on how many chords; the smallest eigenvalue in parts of the largest;
    at how many points the second derivative, as printed, agrees with differences."""

    hessians: int
    chords: int
    lowest: float | None
    formulas: int = 0

    def __str__(self) -> str:
        parts = []
        if self.hessians:
            parts.append(f"eigenvalues of ∇²f at {self.hessians} random point{'s' * (self.hessians > 1)}")
        if self.chords:
            parts.append(f"{self.chords} random chord{'s' * (self.chords > 1)}")
        if self.formulas:
            parts.append(f"the second derivative as printed at {self.formulas}")
        return ", ".join(parts) or "no admissible point was found"


class Provided(NamedTuple):
    """Facts under which a function is convex or concave that is not without them."""

    kind: str
    facts: dict[str, str]

    def __str__(self) -> str:
        said = [f"{n} {SAID.get(w, w)}" for n, w in self.facts.items()]
        return f"{self.kind} if " + " and ".join(said)

    def declare(self) -> str:
        return ", ".join(f"{n}: {w}" for n, w in self.facts.items())


class Convexity(Explanation):
    """Whether a function is convex, with the reason.

    Attributes
        verdict: "convex", "concave", "affine", "neither", "not convex" (and perhaps concave) or "not decided".
        strict, strong: whether strictly so was proven; the modulus m with vᵀ∇²f v ≥ m‖v‖² (≤ −m‖v‖²) as a text, or None.
        domain: where it holds, as a text; using: the declared facts that were used; provided: what would make it convex.
        proof: lines (rule, statement). witnesses: counter-examples by what they contradict.
        verified: the numbers beside the proof.
    """

    kind = "convexity"

    def __init__(self, problem, names: list[str], proof, learnt: dict):
        self.problem, self.names, self._proof, self.learnt = problem, names, proof, learnt
        self.verdict, self.strict, self._modulus = "not decided", False, None
        self.witnesses: dict = {}
        self.provided: Provided | None = None
        self.verified: Verified | None = None
        self.searched = 0
        self.given: set[str] = set()
        self.sampled, self.unseen = None, False
        self.each: dict[str, str] = {}
        self.notes = list(problem.notes)
        self.writer = Writer(proof)

    @property
    def strong(self) -> str | None:
        return None if self._modulus is None else self.writer.text(self._modulus)

    @strong.setter
    def strong(self, node) -> None:
        self._modulus = node

    @property
    def decided(self) -> bool:
        return self.verdict != "not decided"

    @property
    def domain(self) -> str:
        """Where it holds: the conditions under which the function is defined, or all values of the variables."""
        return self.writer.domain(self.names)

    @property
    def reason(self) -> str:
        """The verdict and its reason in one line."""
        if self.verdict in ("convex", "concave", "affine"):
            told = self.second()[:1] or self.composed()[-1:] or [("", "")]
            statement, rule = told[0]
            return f"{self.verdict} for {self.domain}" + (f": {statement}" if statement else "") + (f" ({rule})" if rule else "")
        if "convex" in self.witnesses:
            return f"{self.verdict}: {self.witness_text(self.witnesses['convex'])}"
        return f"not decided: {self.why_not()}"

    # ---------------------------------------------------------------- the proof

    def second(self) -> list[tuple[str, str]]:
        """(statement, rule) of the proof by second derivatives; empty where there is none."""
        claim = self._proof.certificate(self.verdict)
        if claim is None:
            return []
        lines = self.writer.second_lines(claim)
        if self.verdict == "concave":
            left = f"−{self.writer.line()} = "
        else:
            left = f"{self.writer.line()} = "
        return [(left + lines[0][0], lines[0][1]), *lines[1:]]

    @cached_property
    def hessian(self) -> str | None:
        """∇²f as a matrix, where it is one, is proved semidefinite, and passes its own check; else None."""
        if len(self.names) > 1 or self.problem.every[self.names[0]].dims == () or len(self.problem.every[self.names[0]].dims) > 1:
            return None
        if self._proof.certificate(self.verdict) is None:
            return None
        try:
            d = derive(self.problem, self.names[0], order=2)
        except ChainruleError:
            return None
        text = f"{d.text} {'⪰' if self.verdict == 'convex' else '⪯'} 0"
        return text + "".join([f", {name} = {definition}" for name, definition in d.where.items()])

    def composed(self) -> list[tuple[str, str]]:
        """(statement, rule) of the proof by composition; empty where there is none."""
        claim = self._proof.claims.get(self.verdict)
        if claim is None or claim.rule == "second derivative":
            return []
        return self.writer.composed_lines(claim)

    @property
    def proof(self) -> list[dict]:
        """All lines of the proof: {"rule", "statement", "route"}."""
        return [{"route": route, "statement": s, "rule": r} for route, lines in (("second derivative", self.second()), ("composition", self.composed())) for s, r in lines]

    def why_not(self) -> str:
        """Why no proof was found."""
        if self.unseen:
            return "no point was found at which the function has a value"
        if self._proof.obstacle is not None:
            return self._proof.obstacle
        smooth = self._proof.curved.obstacle(self._proof.node)
        return f"no rule applies; {smooth}" if smooth else "no rule applies, and the second derivative was not seen to be of one sign"

    @property
    def using(self) -> list[str]:
        """The declared facts that the proof needs, and those that were read from values."""
        if self.verdict not in ("convex", "concave", "affine"):
            return []
        return self._proof.facts_used(self.verdict)

    # ---------------------------------------------------------------- faces

    def witness_text(self, w) -> str:
        """A counter-example as a sentence."""
        name = self.writer.name
        others = [n for n in self.problem.variables if n not in self.names and n not in self.given]
        of = lambda names: ", ".join([f"{name(n)} = {shown(w.values[n])}" for n in names])
        at = of(self.names) + (f"; {of(others)}" if others else "")
        if w.end is None:
            letters = [d.name for d in self._proof.curved.directions]
            along = ", ".join(f"{letter} = {shown(w.direction[n])}" for letter, n in zip(letters, self.names))
            if self.writer.alone:
                return f"at {at}: f″ = {w.amount()}" if abs(w.direction[self.names[0]]) == 1 else f"at {at}: f″ v² = {w.amount()}, {along}"
            return f"at {at} along {along}: {self.writer.line()} = {w.amount()}"
        end = ", ".join(f"{name(n)} = {shown(w.end[n])}" for n in self.names)
        way = "above" if w.against == "convex" else "below"
        return f"between {at} and {end}: halfway f is {figure(abs(w.gap))} {way} the chord"

    def rows(self) -> list[tuple[str, str, str]]:
        """The function as read, the verdict, then the lines of the proof or the counter-examples."""
        found = [("read as", line, "") if not k else ("", line, "") for k, line in enumerate(self.problem.reading)]
        names = ", ".join(self.writer.name(n) for n in self.names)
        jointly = f"jointly in {names}" if len(self.names) > 1 else f"in {names}"
        if self.verdict in ("convex", "concave", "affine"):
            word = ("strictly " if self.strict and self.verdict != "affine" else "") + self.verdict
            found.append((self.verdict, f"✓ {word} {jointly}, for {self.domain}", ""))
            if self._modulus is not None:
                found.append(("strongly", f"with modulus {self.strong}", ""))
            lines = self.second()
            if self.hessian is not None:
                found.append(("∇²f", self.hessian, ""))
            for k, (statement, rule) in enumerate(lines):
                found.append(("since" if not k else "", statement, rule))
            for k, (statement, rule) in enumerate(self.composed()):
                found.append((("also" if lines else "since") if not k else "", statement, rule))
            if self.using:
                found.append(("using", ", ".join(self.using), ""))
            if self.verified is not None:
                found.append(("verified", str(self.verified), ""))
        else:
            word = {"neither": "✗ neither convex nor concave", "not convex": "✗ not convex", "not decided": "? not decided"}[self.verdict]
            found.append(("convex", f"{word} {jointly}" if self.verdict != "not decided" else f"{word}: {self.why_not()}", ""))
            for k, (kind, w) in enumerate(self.witnesses.items()):
                found.append(("since" if not k else "", f"not {kind}: {self.witness_text(w)}", ""))
            if self.verdict == "not decided" and self.searched:
                left = [kind for kind in ("convex", "concave") if kind not in self.witnesses]
                found.append(("searched", f"{self.searched} random points and some chords, with nothing against {' or '.join(left)}", ""))
        for name, word in self.each.items():
            found.append(("each" if name == next(iter(self.each)) else "", f"in {self.writer.name(name)} alone: {word}", ""))
        if self.provided is not None:
            found.append(("but", f"{self.provided}", f"declare \"{self.provided.declare()}\""))
        found += [("note", note, "") for note in self.notes]
        return found

    def pictures(self) -> dict:
        """The function along the line through a counter-example with its chord; of a convex function, a random chord."""
        if self.sampled is None:
            return {}
        found = {}
        for kind, w in self.witnesses.items():
            found["chord" if not found else f"chord-{kind}"] = lambda page, width, w=w: refuting(self, w, page, width)
        if not found and self.verified is not None and self.verified.chords:
            found["chord"] = lambda page, width: chord(self, page, width)
        return found

    def to_dict(self) -> dict:
        return {
            **self.described(),
            "function": self.problem.echo,
            "wrt": self.names,
            "verdict": self.verdict,
            "hessian": self.hessian if self.verdict in ("convex", "concave") else None,
            "strict": self.strict,
            "strong": self.strong,
            "domain": self.domain if self.verdict in ("convex", "concave", "affine") else None,
            "using": self.using,
            "proof": self.proof if self.verdict in ("convex", "concave", "affine") else [],
            "reason": self.reason,
            "witnesses": [self._plain(w) for w in self.witnesses.values()],
            "each": self.each,
            "provided": None if self.provided is None else {"kind": self.provided.kind, "facts": self.provided.facts},
            "verified": None if self.verified is None else self.verified._asdict(),
            "notes": self.notes,
        }

    def _plain(self, w) -> dict:
        return {
            "against": w.against, "at": {n: np.asarray(x).tolist() for n, x in w.values.items()},
            "along": {n: np.asarray(x).tolist() for n, x in w.direction.items()},
            "curvature": w.curvature, "exact": None if w.exact is None else str(w.exact), "gap": w.gap,
            "end": None if w.end is None else {n: np.asarray(x).tolist() for n, x in w.end.items()},
            "text": self.witness_text(w),
        }  # fmt: skip
