"""What stands on the left of an equation, which letters are indices, and the signs in which tokens are printed."""

from __future__ import annotations

import re

from ...derivation.symbols import UNICODE
from ...syntax.names import split_subscript
from ...syntax.text import are_indices
from ...syntax.vocabulary import is_function
from .quantities import Quantity
from .tokens import DIFF, Token, elementwise_of, group, spelled


def left_side(tokens: list[Token], right: list[list[Token]]) -> tuple[str, str, tuple[str, ...]] | None:
    """(name, letters of its index, arguments) of f, f(x) and p_i on the left of an equation; None for anything else."""
    if not tokens or tokens[0].kind != "name":
        return None
    name = tokens[0].value
    if is_function(name) and len(name) > 1:
        return None
    if len(tokens) == 1:
        base, low = split_subscript(name)
        indexed = low and are_indices(low) and len(low) <= 3 and set(low) <= set("ijklmnpqrst")
        letters = {
            c for side in right for c in letters_in(side)
        }  # h_t = tanh(W h + U x) is a name, p_i = exp(z_i) an entry
        return (base, low, ()) if indexed and letters & set(low) else (name, "", ())
    if tokens[1].value == "(" and tokens[-1].value == ")":
        inner, stop = group(tokens, 1)
        if stop == len(tokens) and inner and all(t.kind == "name" or t.value in (",", ";") for t in inner):
            return name, "", tuple([t.value for t in inner if t.kind == "name"])
    return None


def ordinary(chains: list) -> set[str]:
    """The names x of d/dx: numbers, since the derivative is an ordinary one."""
    found = set()
    for _, _, sides in chains:
        for side in sides:
            for k, t in enumerate(side):
                below = (
                    t.kind == "mark"
                    and t.value == DIFF
                    and k
                    and (side[k - 1].value == "/" or side[k - 1].value == "{" and k > 1 and side[k - 2].value == "}")
                )
                if below and k + 1 < len(side) and side[k + 1].kind == "name":
                    found.add(side[k + 1].value)
    return found


def is_primed_head(tokens: list[Token]) -> bool:
    """Whether a left side is f′, f″ or f′(x)."""
    k = 1
    while k < len(tokens) and tokens[k].value == "'":
        k += 1
    return (
        len(tokens) > 1
        and tokens[0].kind == "name"
        and k > 1
        and (k == len(tokens) or tokens[k].value == "(" and group(tokens, k)[1] == len(tokens))
    )


def in_order(found: list, quantities: list[Quantity]) -> list:
    """Definitions, each after those that it uses."""
    by_name = {d.name: (d, tokens) for d, tokens in found}

    def used(tokens) -> list[str]:
        names = []
        for t in tokens:
            if t.kind == "name":
                names += [t.value, split_subscript(t.value)[0]]
            elif t.kind == "quantity":
                names += used(quantities[t.value].of) + [b.name for b in quantities[t.value].by]
        return names

    done: dict[str, tuple] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in done or name not in by_name or name in above:
            return
        for other in used(by_name[name][1]):
            visit(other, (*above, name))
        done[name] = by_name[name]

    for d, _ in found:
        visit(d.name, ())
    return list(done.values())


def readable(tokens: list[Token]) -> str:
    """Tokens in the signs of print: ∂L/∂z_k, Xᵀ, ⊙."""
    named = [
        t._replace(value=UNICODE.name_of(t.value))
        if t.kind == "name" and (t.value == "sigma" or not is_function(t.value))
        else t
        for t in tokens
    ]
    text = spelled(named, shown=True)
    for written, sign in _PRINTED:
        text = text.replace(written, sign)
    return re.sub(r"\s{2,}", " ", re.sub(r"\bd (?=[^\W\d_])", "d", text)).replace("( ", "(").strip()


_PRINTED = (
    (".*", "⊙"), ("^{-1}", "⁻¹"), ("^{-⊤}", "⁻ᵀ"), ("^{-T}", "⁻ᵀ"), ("^T", "ᵀ"), ("^⊤", "ᵀ"), ("⊤", "ᵀ"), ("^2", "²"), ("^3", "³"), ("-", "−"),
    ("∂ ", "∂"), ("∇ ", "∇"), ("∑", "Σ"), (" '", "′"), ("'", "′"), ("′′", "″"), ("′ (", "′("), ("″ (", "″("),
)  # fmt: skip


# ------------------------------------------------------------------ sums without an index


def index_letters(name: str) -> str:
    low = split_subscript(name)[1]
    return low if low.isalpha() and low.islower() and len(low) <= 3 else ""


def letters_in(tokens: list[Token]) -> set[str]:
    """The letters of the indices on a left side."""
    return {c for t in tokens if t.kind == "name" for c in index_letters(str(t.value))}


def summed(tokens: list[Token], free: set[str]) -> list[Token]:
    """Σ y_i log p_i as Σ_i …, over the letters that are not free; Σ y as sum(y)."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        t = tokens[at]
        found.append(t)
        at += 1
        if t.kind != "op" or t.value != "∑" or at < len(tokens) and tokens[at].value in ("_", "^"):
            continue
        depth, stop, letters = 0, at, []
        while stop < len(tokens):
            u = tokens[stop]
            if u.kind == "op":
                if u.value in ("+", "-", "=", ",") and depth == 0 and stop > at:
                    break
                depth += (u.value in ("(", "[", "{")) - (u.value in (")", "]", "}"))
                if depth < 0:
                    break
            if u.kind == "name" and not elementwise_of(str(u.value)):
                letters += [
                    c for c in index_letters(str(u.value)) if c not in free and not str(u.value).startswith("delta_")
                ]
            stop += 1
        letters = list(dict.fromkeys(letters))
        if letters:
            low = [Token("name", letters[0], True)] if len(letters) == 1 else [Token("op", "{", True), Token("name", letters[0], True), *[x for c in letters[1:] for x in (Token("op", ",", True), Token("name", c, True))], Token("op", "}", True)]  # fmt: skip
            found += [Token("op", "_", True), *low]
        else:
            inner, stop = group(tokens, at)
            found[-1:] = [Token("name", "sum", t.near), Token("op", "(", True), *inner, Token("op", ")", True)]
            at = stop
    return found


def entries(tokens: list[Token]) -> list[list[Token]]:
    """What stands between the commas of a list."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for t in tokens:
        if t.kind == "op":
            depth += (t.value in ("(", "[", "{")) - (t.value in (")", "]", "}"))
        if t.kind == "op" and t.value in (",", ";") and not depth:
            parts.append([])
        else:
            parts[-1].append(t)
    return parts
