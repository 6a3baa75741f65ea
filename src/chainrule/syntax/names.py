"""Names: how they are spelled in the graph, and which letters are scalars, vectors, matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ..core.greek import GREEK, GREEK_WORDS

ACCENTED = re.compile("(?<=.)(?:hat|tilde|bar|prime|cal)+$")  # yhat, from \\hat{y}

SPELLED_OUT = re.compile("|".join(GREEK))


def normal(name: str) -> str:
    """A name as the graph knows it: λ, lambda → lam; μ_k → mu_k."""
    if not name.isascii():
        name = SPELLED_OUT.sub(lambda m: GREEK[m.group()], name)
    if name.startswith("lambda") and (name == "lambda" or name[6] in "_0123456789"):
        name = "lam" + name[6:]
    return name


def split_subscript(name: str) -> tuple[str, str]:
    """("mu", "k") for "mu_k"; ("x", "") for "x"."""
    base, _, low = name.partition("_")
    return base, low


def default_rank(name: str, hints: Mapping = MappingProxyType({})) -> int:
    """How many axes an undeclared name has unless the expression says otherwise: as on matrixcalculus.org.

    a to g are scalars, h to z vectors, capitals matrices; Greek names are scalars, capital Greek ones matrices. `hints`
    say otherwise for some names: what LaTeX sets bold is no scalar.
    """
    base = split_subscript(name)[0].rstrip("0123456789")
    if name in hints:
        return hints[name]
    if base[:1].isupper():
        return 2
    base = ACCENTED.sub("", base)
    if base in GREEK_WORDS or base in ("eps", "lr", "alpha", "temp", "tau"):
        return 0
    return 0 if base[:1] <= "g" else 1


def departure_cost(name: str, rank: int, indexed: bool = False, hints: Mapping = MappingProxyType({})) -> float:
    """How unlikely it is that an undeclared `name` has `rank` axes; 0 for the default.

    A name with an explicit index may well have an axis more: μ_k can be the k-th of many vectors.
    """
    default = default_rank(name, hints)
    if rank == default:
        return 0.0
    if rank == 0 and name in hints:  # set bold
        return 3.0
    base = split_subscript(name)[0]
    if indexed and rank > default:
        many = 2.0 if default < 2 < rank else 0.0  # x_j is hardly a matrix
        return many + (0.3 if default == 0 and rank == 1 else 0.7) * (rank - default if default else max(rank - 0.5, 1))
    if default == 1 and rank == 0:
        return 0.7 if base in ("t", "n", "m", "k", "p", "l", "s", "r", "q", "i", "j", "h") else 0.9
    if default == 0 and rank == 1:
        return 0.9 if base in ("b", "c", "a", "d", "g") or base in GREEK_WORDS else 1.0
    if default == 2:
        return {0: 2.6, 1: 2.0}.get(rank, rank - 1.0)
    return 2.2 + (rank - 2) + (0.3 if default == 0 else 0.0)


_FRESH = ("m", "n", "k", "p", "q", "d", "r", "s", "l", "h", "u", "v", "w", "z")


def fresh_names(taken: set[str], first: tuple[str, ...] = ()):
    """Names for dimensions that nobody named: `first`, then m, n, k, p, …, then n1, n2, …"""
    for name in dict.fromkeys((*first, *_FRESH)):
        if name not in taken:
            yield name
    count = 1
    while True:
        if f"n{count}" not in taken:
            yield f"n{count}"
        count += 1
