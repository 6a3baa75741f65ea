"""What is claimed of a node, by which rule, because of which other claims: the one object that all proofs here are made of."""

from __future__ import annotations

from typing import NamedTuple

from ...core.node import Node


class Claim(NamedTuple):
    """A statement about a node of the graph.

    Attributes
        kind: "affine", "convex", "concave", "power" (a power of it is convex or concave, which `rule` says), "≥ 0" or "> 0".
        rule: why, in words: the name of a rule of composition, or of an inequality.
        because: the claims that the rule needs, of other nodes.
    """

    kind: str
    node: Node
    rule: str
    because: tuple["Claim", ...] = ()


def in_order(*roots: Claim) -> list[Claim]:
    """The claims below `roots`, each once, those that are needed before those that need them."""
    found: list[Claim] = []
    seen: set[tuple] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        claim, ready = stack.pop()
        key = (claim.kind, claim.node)
        if ready:
            found.append(claim)
        elif key not in seen:
            seen.add(key)
            stack.append((claim, True))
            stack.extend([(each, False) for each in reversed(claim.because)])
    return found
