"""Under which conditions a solution has a value: what is inverted, divided by, or stands below a root or in a logarithm."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.content import content
from ...core.facts import has_fact, sign, symmetric
from ...core.node import Node
from ...core.product import strip
from ...core.walk import order, symbols
from ...matrix import render

SEMI, DEFINITE = "psd", "posdef"


def conditions(nodes: list[Node], needed: Iterable[Node] = ()) -> list[str]:
    """What must hold, as texts: "XᵀX + λI invertible (certain for λ > 0)".

    Parameters
        nodes: the solution.
        needed: what was divided by or inverted on the way, which the solution need not show.
    """
    found: list[str] = []
    text = lambda node: render(node, 0, taken=symbols(node)).text()
    for node in needed:
        if not symbols(node):
            continue
        if node.ndim == 2 and node.dims[0] is node.dims[1]:
            found.append(_invertible(_bare(node), text))
        elif sign(node) not in ("+", "-"):
            found.append(f"{text(_bare(node))} ≠ 0")
    for node in order(*nodes):
        if node.op == "struct" and node.attr[0].inverse is not None:
            said = _invertible(node.args[0], text)
            found += [said] if said else []
        elif node.op == "product":
            for base, _, exponent in node.operands:
                known = sign(base)
                if base.op == "size" or known in ("+", "-") or _closed(base):
                    continue
                if type(exponent) is not int:
                    found.append(f"{text(base)} {'>' if exponent < 0 else '≥'} 0" if not (exponent > 0 and known == "0+") else "")
                elif exponent < 0:
                    found.append(f"{text(base)} ≠ 0")
        elif node.op == "map" and node.attr.arity == 1 and node.attr.domain.low > -float("inf"):
            domain, known = node.attr.domain, sign(node.args[0])
            inside = domain.low == 0 and domain.high == float("inf") and known == "+"
            if not inside and not _closed(node.args[0]):
                found.append(f"{text(node.args[0])} in {domain}" if domain.high < float("inf") else f"{text(node.args[0])} > {domain.low:g}")
    return [said for said in dict.fromkeys(found) if said]


def _bare(node: Node) -> Node:
    """Without its number, which makes it no zero."""
    return content(node, signed=True)[1] if node.op == "sum" else strip(node)[1]


def _closed(node: Node) -> bool:
    """Whether it is a number: a solution that has it was tried and has a value."""
    return not symbols(node) and all([n.op != "size" for n in order(node)])


def _invertible(node: Node, text) -> str:
    if any([has_fact(node, word) for word in ("posdef", "invertible", "orthogonal")]):
        return ""
    gram = _gram(node)
    if gram is not None:
        base, side = gram
        inside = base if base.op == "symbol" else None
        what = "columns" if side else "rows"
        return f"linearly independent {what} of {text(inside)}" if inside is not None else f"{text(node)} invertible"
    status, needed = definite(node)
    if status == DEFINITE and not needed:
        return ""
    certain = f" (certain for {', '.join(f'{render(n, 0).text()} > 0' for n in needed)})" if status == DEFINITE else ""
    return f"{text(node)} invertible{certain}"


def _gram(node: Node) -> tuple[Node, bool] | None:
    """(M, True) for MᵀM or MᵀSM with a positive definite S, (M, False) for MMᵀ; None for any other matrix."""
    if node.op != "product" or node.ndim != 2 or node.out[0] == node.out[1]:
        return None
    i, j = node.out
    operands = [(b, l, e) for b, l, e in node.operands if l]
    ends = [(b, l) for b, l, e in operands if len(l) == 2 and e == 1 and (i in l or j in l)]
    if len(ends) != 2 or ends[0][0] is not ends[1][0] or ends[0][1].index(i if i in ends[0][1] else j) != ends[1][1].index(
        j if j in ends[1][1] else i
    ):
        return None
    sides = {l.index(x) for _, l in ends for x in (i, j) if x in l}
    if len(sides) != 1 or sum([x in l for _, l in ends for x in (i, j)]) != 2:
        return None
    side = sides.pop()
    inner = {l[1 - side] for _, l in ends}
    middle = [(b, l, e) for b, l, e in operands if not any([l is m for _, m in ends])]
    if len(inner) == 1 and all([set(l) == inner and sign(b) == "+" for b, l, e in middle]):
        return ends[0][0], side == 1
    if len(middle) == 1 and set(middle[0][1]) == inner and len(inner) == 2 and has_fact(middle[0][0], "posdef"):
        return ends[0][0], side == 1
    return None


def definite(node: Node) -> tuple[str | None, list[Node]]:
    """("posdef" or "psd" or None, scalars that would have to be positive for it) of a symmetric matrix."""
    terms = list(node.terms) if node.op == "sum" else [(1, node)]
    statuses, needed = [], []
    for c, term in terms:
        if c < 0:
            return None, []
        status, more = _of_term(term)
        if status is None:
            return None, []
        statuses.append(status)
        needed += more
    return (DEFINITE if DEFINITE in statuses else SEMI), list(dict.fromkeys(needed))


def _of_term(term: Node) -> tuple[str | None, list[Node]]:
    if term.op == "symbol":
        return (DEFINITE, []) if has_fact(term, "posdef") else (SEMI, []) if has_fact(term, "psd") else (None, [])
    if term.op == "struct" and term.attr[0].inverse is not None:
        return (DEFINITE, []) if has_fact(term.args[0], "posdef") else (None, [])
    if term.op != "product" or term.coef < 0:
        return None, []
    needed = []
    for base, labels, exponent in term.operands:
        if labels or sign(base) == "+":
            continue
        if exponent == 1 and base.op == "symbol" and sign(base) is None:
            needed.append(base)
        elif sign(base) != "0+":
            return None, []
    inner = [(b, l, e) for b, l, e in term.operands if l]
    if term.out[0] == term.out[1] and all([set(l) <= set(term.out) and sign(b) == "+" for b, l, e in inner]):
        return DEFINITE, needed
    if _gram(term) is not None:
        return SEMI, needed
    if len(inner) == 1 and inner[0][2] == 1:
        status, _ = _of_term(inner[0][0]) if inner[0][0] is not term else (None, [])
        return status, needed
    vectors = [(b, l) for b, l, e in inner if len(l) == 1 and e == 1]
    if len(inner) == len(vectors) == 2 and vectors[0][0] is vectors[1][0] and {l[0] for _, l in vectors} == set(term.out):
        return SEMI, needed  # a aᵀ
    if symmetric(term) and not inner:
        return (SEMI, needed) if term.out[0] != term.out[1] else (None, [])  # 𝟏𝟏ᵀ
    return None, []

