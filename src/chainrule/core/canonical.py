"""Canonical order of a product's operands and numbering of its labels.

Labels are coloured by their places in the output and refined by the operands they stand on, until colours stop
splitting; a remaining tie is broken by marking one label and refining again. Ties that survive refinement were
automorphisms in every test; were one not, two equal products would stay two nodes, never the reverse.
"""

from __future__ import annotations

from collections.abc import Callable

from .node import Node


def canonical_order(operands: list, out: list, symmetric: Callable[[Node], bool]) -> tuple[list, dict]:
    """(operands in canonical order with canonical axis order where symmetric, label → number)."""
    keys = [(b.digest, float(e)) for b, _, e in operands]
    flip = [len(l) == 2 and l[0] != l[1] and symmetric(b) for b, l, _ in operands]
    if len(set(keys)) == len(keys) and not any(flip):
        chosen = sorted(range(len(operands)), key=keys.__getitem__)
        ordered = [operands[i] for i in chosen]
    else:
        colour = _colours(operands, out, keys, flip)
        ordered = []
        for key, (b, l, e), flips in zip(keys, operands, flip):
            if flips and colour[l[1]] < colour[l[0]]:
                l = (l[1], l[0])
            ordered.append((key, tuple([colour[x] for x in l]), (b, l, e)))
        ordered.sort(key=lambda t: t[:2])
        ordered = [o for _, _, o in ordered]
    numbers: dict = {}
    for x in out:
        numbers.setdefault(x, len(numbers))
    for _, labels, _ in ordered:
        for x in labels:
            numbers.setdefault(x, len(numbers))
    return ordered, numbers


def _colours(operands: list, out: list, keys: list, flip: list) -> dict:
    labels = list(dict.fromkeys([*out, *(x for _, l, _ in operands for x in l)]))
    # summed labels sort behind output labels, and no two output labels share a colour
    colour = _ranked({x: tuple([-(len(out) - p) for p, y in enumerate(out) if y == x]) or (0,) for x in labels})
    while True:
        colour = _refined(operands, keys, flip, labels, colour)
        tied = _first_tie(labels, colour)
        if tied is None:
            return colour
        colour = _ranked({x: (c, 0 if x == tied else 1) for x, c in colour.items()})


def _refined(operands, keys, flip, labels, colour) -> dict:
    count = len(set(colour.values()))
    while count < len(labels):
        seen: dict = {x: [] for x in labels}
        for key, (_, l, _), flips in zip(keys, operands, flip):
            around = tuple([colour[x] for x in l])
            if flips:
                around = tuple(sorted(around))
            for position, x in enumerate(l):
                seen[x].append((key, 0 if flips else position, around))
        colour = _ranked({x: (colour[x], tuple(sorted(s))) for x, s in seen.items()})
        now = len(set(colour.values()))
        if now == count:
            break
        count = now
    return colour


def _ranked(values: dict) -> dict:
    rank = {v: i for i, v in enumerate(sorted(set(values.values())))}
    return {x: rank[v] for x, v in values.items()}


def _first_tie(labels: list, colour: dict):
    counts: dict = {}
    for x in labels:
        counts.setdefault(colour[x], []).append(x)
    tied = [c for c in sorted(counts) if len(counts[c]) > 1]
    return counts[tied[0]][0] if tied else None
