"""One entry of the table of identities: the left-hand side only. What stands on the right is derived."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A function, the variable to differentiate it by, what is declared, and where the identity is printed.

    group     its place in the table: "traces", "determinants" …
    function  text, as for `derive`
    wrt       the variable of differentiation
    declare   shapes and facts of all variables
    order     1 for gradient and Jacobian, 2 for the Hessian
    source    a book and the number or section where it is sure, or "" where the identity is folklore
    name      words by which people ask for it, besides those in the formula
    """

    group: str
    function: str
    wrt: str
    declare: str
    order: int = 1
    source: str = ""
    name: str = ""


def cookbook(*places: int | str) -> str:
    """Numbered equations of the Matrix Cookbook, or one of its sections ("section 2.8")."""
    said = " and ".join(f"({place})" if isinstance(place, int) else place for place in places)
    return f"Petersen & Pedersen, The Matrix Cookbook (2012), {said}"


def magnus(section: str) -> str:
    return f"Magnus & Neudecker (2019), {section}"


def abramowitz(number: str) -> str:
    return f"Abramowitz & Stegun {number}"


def boyd(section: str) -> str:
    return f"Boyd & Vandenberghe, Convex Optimization (2004), {section}"
