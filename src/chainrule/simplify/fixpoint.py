"""The simplifier: bottom-up over the graph, once per node, until nothing gets shorter.

`cost` judges: the length of the matrix-notation text of a node (floor 3 passes it in). A rewrite is taken only if
it lowers the cost, so that the passes end.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.algebra import remake
from ..core.facts import symmetric
from ..core.node import Node
from ..core.sums import linear_sum
from ..core.walk import order
from .consolidate import consolidated
from .expand import collected, flattened, fully_multiplied, has_inner_fractions, has_private_sum, may_have_private_sum, without_inner_fractions
from .factor import Candidate, candidates
from .segments import Segments

Cost = Callable[[Node], float]

MOST_FACTORS = 6  # factors taken out of one sum
DEEPEST = 6  # sums within sums that are factored
PARTIAL = 0.9  # a factor of some terms only must pay more: a b + a c + c d is mostly read best as it is,
PARTIAL_MIXED = 0.8  # and with a matrix that other terms have too even more so: XᵀXᵀA + XᵀAXᵀ + AXᵀXᵀ
SLACK = 0.35  # a factor of every entry of every term is taken out even where it is as long: p ⊙ (a − aᵀp)
DETOUR = 1.25  # a factor of all terms that lengthens the text by less is followed one step further
WORTH = 0.95  # multiplying out must shorten by as much
FRACTION = 1.1  # one quotient of numbers may be so much longer than a fraction within a fraction: (x − 1)eˣ/x²
TRIALS = 80  # candidates weighed for one sum, those within its factors included
PASSES = 3


def simplify(root: Node, cost: Cost) -> Node:
    """`root` in the shortest form that factoring, collecting and multiplying out find."""
    return simplify_together([root], cost)[0]


def simplify_together(roots: list[Node], cost: Cost) -> list[Node]:
    """Several roots in their shortest forms, from passes over their common graph: what they share stays shared."""
    segments = Segments(lambda node: _searched(node, cost))
    for _ in range(PASSES):
        before = roots
        roots = _swept(consolidated(roots), segments)
        if all([a is b for a, b in zip(roots, before)]):
            break
    return roots


def _swept(roots: list[Node], segments: Segments) -> list[Node]:
    done: dict[Node, Node] = {}
    for node in order(*roots):
        args = tuple([done[a] for a in node.args])
        made = node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)
        done[node] = tidied(made, segments)
    return [done[root] for root in roots]


def tidied(node: Node, segments: Segments) -> Node:
    """One node in its shortest form, its arguments taken as they are."""
    if node.op not in ("sum", "product"):
        return node
    found = node.memo.get("tidy")
    if found is None:
        if node.op == "sum" and len(node.args) < 2 or node.op == "product" and not _may_shorten(node):
            found = node
        else:
            found = segments.simplified(node)
        node.memo["tidy"] = found
        found.memo.setdefault("tidy", found)
    return found


def _searched(node: Node, cost: Cost) -> Node:
    """The shortest form that is found for a sum or product."""
    if node.op == "product":
        return _tidy_product(node, cost)
    found = Search(cost).sum(node) if node.op == "sum" else node
    return _tidy_product(found, cost) if found.op == "product" and not node.ndim else found


def simplified(node: Node) -> Node:
    """What the simplifier made of `node` when it met it; the node itself if it did not."""
    return node.memo.get("tidy", node)


def _may_shorten(node: Node) -> bool:
    """Whether anything is to be tried on a product."""
    if not node.ndim and any([e < 0 and not b.ndim for b, _, e in node.operands]):
        return True
    return has_inner_fractions(node) or may_have_private_sum(node)


def _tidy_product(node: Node, cost: Cost) -> Node:
    """Push a private sum inside where it collapses: Σ_i (x_i − mean x) is 0. Clear denominators inside sums."""
    flat = flattened(node) if may_have_private_sum(node) else None
    if flat is not None and flat.op == "product" and has_private_sum(flat):  # slices of what was joined may leave one operand alone
        terms = fully_multiplied(flat)
        if terms is not None:
            spread = collected(terms, node.dims)
            if cost(spread) < cost(node):
                return spread
    cleared = without_inner_fractions(node)
    found = node
    if cleared:
        found = min([node, *cleared], key=lambda each: cost(each) * (FRACTION if each is node and not node.ndim else 1))
    return _divided(found, cost) if not node.ndim else found


def _divided(node: Node, cost: Cost) -> Node:
    """A quotient of numbers term by term where that is shorter: (t² − 1)/t² is 1 − 1/t²."""
    if node.op != "product" or not any([e < 0 and b.ndim == 0 for b, _, e in node.operands]):
        return node
    terms = fully_multiplied(node, 1)
    if terms is None or len(terms) < 2:
        return node
    spread = collected(terms, node.dims)
    return spread if cost(spread) < cost(node) else node


class Search:
    """The search for the shortest form of one sum, with a bound on what it tries."""

    def __init__(self, cost: Cost):
        self.cost = cost
        self.trials = TRIALS
        self.done: dict[Node, Node] = {}

    def sum(self, node: Node) -> Node:
        """Collected, multiplied out and factored, whichever is shortest."""
        if len(node.args) < 2:
            return node
        cost = self.cost
        best = collected(list(node.terms), node.dims)
        terms = fully_multiplied(node)
        if terms is not None and len(terms) > len(node.args):
            spread = collected(terms, node.dims)
            if any([_polynomial(spread, x) for x in _numbers(spread)]):
                return self.factored(spread)
            if len(spread.args if spread.op == "sum" else (spread,)) < len(terms):
                whole, spread = self.factored(best), Search(cost).factored(spread)
                return spread if cost(spread) < WORTH * cost(whole) else whole
        return self.factored(best)

    def factored(self, node: Node, depth: int = DEEPEST) -> Node:
        """The sum with common factors taken out, greedily, while that lowers the cost."""
        if node.op != "sum" or len(node.args) < 2 or depth == 0:
            return node
        if node not in self.done:
            self.done[node] = found = node
            for _ in range(MOST_FACTORS):
                shorter = self.less_one_factor(found, depth)
                if shorter is None:
                    break
                found = self.inside(shorter, depth)
                if found.op != "sum" or len(found.args) < 2:
                    break
            self.done[node] = found
        return self.done[node]

    def less_one_factor(self, node: Node, depth: int) -> Node | None:
        """The sum with the factor taken out that shortens it most, or None."""
        if self.trials <= 0:
            return None
        whole_cost, symmetrical = self.cost(node), symmetric(node)
        best, best_cost = None, whole_cost
        for candidate in candidates(node):
            if len(candidate.used) < len(node.args) and _polynomial(node, candidate.base):
                continue  # x² − 6x + 6 and not 6 − x(6 − x)
            others = [ct for i, ct in enumerate(node.terms) if i not in candidate.used]
            share = 1.0 if not others else PARTIAL
            if others and candidate.mixes:
                elsewhere = any([candidate.base is t or candidate.base in t.args for _, t in others])
                share = PARTIAL_MIXED if elsewhere else PARTIAL
            slack = SLACK if best is None and not others and not candidate.mixes else -1e-9
            for whole in _spelled(candidate):
                self.trials -= 1
                made = linear_sum([(1, whole), *others], node.dims) if others else whole
                made_cost = self.cost(made)
                if symmetrical and candidate.mixes:  # a factor on one side is followed by the one on the other, or left
                    made = flattened(self.inside(made, depth - 1))
                    made_cost = self.cost(made)
                    if not symmetric(made):
                        continue
                reach = DETOUR if not others else 1.0 if not candidate.mixes else 0.0
                if min(best_cost, share * whole_cost) <= made_cost < reach * whole_cost:
                    made = self.inside(made, min(depth - 1, 2))  # the second factor may pay for the first
                    made_cost = self.cost(made)
                if made_cost < min(best_cost + slack, share * whole_cost + max(slack, 0)):
                    best, best_cost = made, made_cost
        return best

    def inside(self, node: Node, depth: int) -> Node:
        """The sums among the operands of a freshly factored product, factored in turn."""
        if node.op == "sum":
            return linear_sum([(c, self.inside(t, depth)) for c, t in node.terms], node.dims)
        if node.op != "product":
            return node
        args = tuple([self.factored(a, depth - 1) if a.op == "sum" else a for a in node.args])
        return node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)


def _numbers(total: Node) -> set[Node]:
    """The scalar variables that a sum of numbers has as factors of its terms."""
    return {base for t in total.args if t.op == "product" for base, _, _ in t.operands if base.op == "symbol" and not base.ndim}


def _polynomial(total: Node, x: Node) -> bool:
    """Whether a sum is a polynomial in the number `x`, with numbers as coefficients."""
    if x.ndim or total.ndim:
        return False
    return all([
        term is x or term.op == "product" and all([base is x and type(e) is int and e > 0 for base, _, e in term.operands])
        for term in total.args
    ])  # fmt: skip


def _spelled(candidate: Candidate) -> list[Node]:
    """The product of a factor with the rest; over a common denominator only if terms of the rest then meet."""
    if not candidate.lowest:
        return [candidate.product()]
    found = []
    if _count(candidate.rest) < candidate.spread:
        found.append(candidate.product())
    terms = fully_multiplied(candidate.rest)
    if terms is not None:
        spread = collected(terms, candidate.rest.dims)
        if _count(spread) < len(terms):
            found.append(candidate.product(spread))
    return found


def _count(node: Node) -> int:
    return len(node.args) if node.op == "sum" else 1
