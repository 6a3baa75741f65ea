"""A Hessian node as a sum of networks, each a canonical product whose structure shows.

A node is written to be read: Xᵀ(diag(p) − ppᵀ)X keeps the sum inside. Here a sum is multiplied out where it stands
between the row axes and the column axes, and only there: what hangs on one side, such as a residual Ax − b, stays
whole. Factors that are products of matrices are taken over, so that XᵀDX shows both its X.

The axes of a network are first those of the rows and then those of the columns; axes that are tied share a label.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.node import Node, Number, exact
from ...core.product import product, really_summed, strip

MOST_TERMS = 64  # beyond which sums are left as they are


class Term(NamedTuple):
    """coef × Σ Π base[labels]^exponent with axes `out`: the first half of them rows, the others columns."""

    coef: Number
    operands: tuple  # of (base, labels, exponent)
    out: tuple
    dims: dict  # of each label

    @property
    def rows(self) -> tuple:
        return self.out[: len(self.out) // 2]

    @property
    def columns(self) -> tuple:
        return self.out[len(self.out) // 2 :]

    def node(self, out: tuple, operands=None, coef: Number = 1) -> Node:
        """The product of some operands (all by default) with axes `out`."""
        operands = self.operands if operands is None else operands
        used = {x for _, labels, _ in operands for x in labels} | set(out)
        return product(coef, operands, out, {x: d for x, d in self.dims.items() if x in used})


def terms_of(node: Node) -> list[Term]:
    """The terms whose sum `node` is, its axes being those of the rows, then those of the columns."""
    waiting, done = [(1, node)], {}
    while waiting:
        coef, top = waiting.pop()
        if top.op == "sum":
            waiting += [(exact(coef * c), t) for c, t in reversed(top.terms)]
            continue
        term = _term(coef, top)
        room = len(waiting) + len(done) < MOST_TERMS
        at = next((i for i, o in enumerate(term.operands) if _opens(term, i, room)), None)
        if at is not None:
            waiting += reversed(_opened(term, at))
            continue
        number, bare = strip(term.node(term.out))
        done[bare] = exact(done.get(bare, 0) + number * term.coef)
    return [_term(c, t) for t, c in done.items() if c != 0]


def _term(coef: Number, node: Node) -> Term:
    if node.op != "product":
        axes = tuple(range(node.ndim))
        return Term(coef, ((node, axes, 1),), axes, dict(enumerate(node.dims)))
    own, out, _ = node.attr
    return Term(exact(coef * own), node.operands, out, node.label_dims)


def _opened(term: Term, at: int) -> list[tuple[Number, Node]]:
    """The terms with one operand multiplied out, or its factors taken over."""
    base, labels, _ = term.operands[at]
    rest = [o for i, o in enumerate(term.operands) if i != at]
    if base.op == "product":
        return [(term.coef, product(1, [*rest, (base, labels, 1)], term.out, term.dims, lambda b: b is base))]
    found = []
    for c, part in base.terms:
        whole = product(1, [*rest, (part, labels, 1)], term.out, term.dims, lambda b: b is part)
        found.append((exact(term.coef * c), whole))
    return found


def _opens(term: Term, at: int, room: bool) -> bool:
    base, labels, e = term.operands[at]
    if e != 1 or base.ndim < 2:
        return False
    if base.op == "product":
        return really_summed(base) or bool(base.args)
    return base.op == "sum" and room and bool(base.args) and _bridges(term, at) and _shows(term, base, labels)


def _shows(term: Term, base: Node, labels: tuple) -> bool:
    """Whether multiplying out this sum can show more: it is between the axes themselves, or of patterns."""
    if base.ndim > 2 or set(labels) <= set(term.out):
        return True
    return any(_is_pattern(t) for t in base.args)


def _is_pattern(node: Node) -> bool:
    """Whether a term of a sum is a diagonal, or a slice."""
    if node.op == "product":
        return len(set(node.out)) < len(node.out) or any(b.op == "structured" for b in node.args)
    return node.op == "structured"


def _bridges(term: Term, at: int) -> bool:
    """Whether this operand ties what hangs on the rows to what hangs on the columns."""
    tied = set(term.rows) & set(term.columns)
    labels = set(term.operands[at][1]) - tied
    rest = [set(l) - tied for i, (_, l, _) in enumerate(term.operands) if i != at]
    rows, columns = set(term.rows) - tied, set(term.columns) - tied
    parts = [{x} for x in labels]
    for group in joined(rest):
        met = [p for p in parts if p & group]
        parts = [p for p in parts if not p & group] + ([set().union(group, *met)] if met else [])
    # several labels that the rest ties together are one part: the operand then only weighs what is tied already
    return any(p & rows for p in parts) and any(p & columns for p in parts) and len(parts) > 1


def joined(groups: list[set]) -> list[set]:
    """Sets that share members, united."""
    found: list[set] = []
    for group in groups:
        group = set(group)
        rest = []
        for other in found:
            if other & group:
                group |= other
            else:
                rest.append(other)
        found = [*rest, group]
    return found
