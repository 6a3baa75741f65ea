"""Whether an expression is ≥ 0 as a sum of squares: the rules that prove vᵀ∇²f v ≥ 0, and that a matrix is positive semidefinite.

An expression is proved by its bounds (a sum of squares with weights ≥ 0 is no more), by the mirror decomposition of a
product, term by term, or by one of two ways to hold a negative square against a positive sum: Cauchy and Schwarz,
(Σ a u)² ≤ (Σ a²/d)(Σ d u²), and completing the square, Σ d u² + 2 Σ b u = Σ d (u + b/d)² − Σ b²/d. What is left is
simplified and proved in turn. A failure proves nothing.

Reference: Boyd & Vandenberghe, Convex Optimization (2004), appendix A.5.5, for Schur complements.
"""

from __future__ import annotations

from fractions import Fraction

from ...core.algebra import is_zero, substitute
from ...core.node import Node, exact, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import depends, order
from ...derivation.differentiate import tidied
from ...ops.hoist import broadcast_axes, drop_axes
from ...ops.reading import times
from ...calculus import jacobian
from .bounds import Bounds
from .claim import Claim
from .mirror import mirrors
from .multiplied import multiplied_out
from .powers import by_powers

DEEPEST = 7
PER_UNIT = 18  # nodes: simplifying takes more than proportionally longer for larger expressions


class Squares:
    """Proofs that expressions are ≥ 0, for all values of `directions`, and wherever `bounds` hold."""

    def __init__(self, bounds: Bounds, directions: list[Node]):
        self.bounds, self.directions = bounds, list(directions)
        self._known: dict[Node, Claim | None] = {}
        self._moving: dict[Node, bool] = {}
        self._fresh = 0
        self.effort = 40  # what simplifying and multiplying out may still cost; without any, nothing new is tried

    def spend(self, node: Node) -> bool:
        """Whether there is effort left to rewrite `node`; takes it."""
        if self.effort <= 0:
            return False
        self.effort -= 1 + (len(order(node)) // PER_UNIT) ** 2
        return True

    def nonnegative(self, node: Node, depth: int = 0) -> Claim | None:
        """A proof that every entry of `node` is ≥ 0, or None."""
        if node not in self._known:
            self._known[node] = None  # while it is sought, it proves nothing
            self._known[node] = self._proved(node, depth) if depth < DEEPEST else None
        return self._known[node]

    def moves(self, node: Node) -> bool:
        """Whether `node` holds a direction."""
        if node not in self._moving:
            nodes = order(node, known=self._moving)
            moving = depends(nodes, [d for d in self.directions if d in nodes] + [n for n in nodes for a in n.args if self._moving.get(a)])
            self._moving |= {n: n in moving for n in nodes}
        return self._moving[node]

    def _proved(self, node: Node, depth: int) -> Claim | None:
        if is_zero(node):
            return Claim("≥ 0", node, "it is 0")
        if self.bounds.nonnegative(node):
            return self._bounded(node, depth)
        if node.op == "product":
            return self._product(node, depth)
        if node.op == "sum":
            return self._sum(node, depth)
        if node.op == "symbol" and node.facts & {"psd", "posdef"} and node.ndim == 2:
            return None
        return None

    # ---------------------------------------------------------------- products

    def _product(self, node: Node, depth: int) -> Claim | None:
        operands = node.operands
        claim = self._by_mirror(node, depth)
        if claim is not None:
            return claim
        # factors that are each ≥ 0, proved one by one
        sign, because = (1 if node.coef > 0 else -1), []
        for base, _, e in operands:
            if type(e) is int and e % 2 == 0 or self.bounds.nonnegative(base):
                continue
            if self.bounds.nonpositive(base) and type(e) is int:
                sign = -sign
                continue
            claim = self.nonnegative(base, depth + 1) if e == 1 or base.op == "sum" else None
            if claim is None:
                other = self.nonnegative(times(-1, base), depth + 1) if e == 1 else None
                if other is None:
                    break
                sign, claim = -sign, other
            because.append(claim)
        else:
            if sign > 0:
                return Claim("≥ 0", node, "each factor is ≥ 0", tuple(because) or self._weights(node))
        expanded = multiplied_out(node) if self.spend(node) else None
        if expanded is not None and expanded is not node and expanded.op == "sum":
            claim = self._sum(expanded, depth + 1)
            if claim is not None:
                return claim
        return None

    def _mirrored(self, node: Node, form: Node, found, depth: int) -> Claim | None:
        sign, because = (1 if form.coef > 0 else -1), []
        operands = form.operands
        for k in found.weights:
            base, labels, e = operands[k]
            if type(e) is int and e % 2 == 0:
                continue
            s = self.bounds.sign(base)
            if not s:
                claim = self.nonnegative(base, depth + 1) if e == 1 else None
                if claim is None:
                    return None
                because.append(claim)
                continue
            sign *= s if type(e) is int else 1
        if sign < 0:
            return None
        rule = "a square"
        weight = [operands[k] for k in found.weights if not (operands[k][0].op == "size")]
        if weight:
            because += self._weighted(weight)
            rule = "squares with weights ≥ 0"
        for k, pairs in found.kernels:
            claim = self.semidefinite(operands[k][0], pairs, depth + 1)
            if claim is None:
                return None
            because.append(claim)
            rule = "a square in the metric of a positive semidefinite matrix"
        return Claim("≥ 0", node, rule, tuple(because))

    def semidefinite(self, node: Node, pairs: tuple = ((0, 1),), depth: int = 0) -> Claim | None:
        """A proof that Σ z K z ≥ 0 for all z over the `pairs` of axes, for every value of the other axes; or None."""
        if pairs == ((0, 1),) and node.ndim == 2 and _declared(node):
            return Claim("⪰ 0", node, "declared" if node.op == "symbol" else "the inverse of what is positive definite")
        if node.op == "struct" and pairs == ((0, 1),) and node.ndim == 2 and self.definite(node):
            return Claim("⪰ 0", node, "the inverse of what is positive definite")
        self._fresh += 1
        if node.ndim != 2 * len(pairs) or self._fresh > 60:
            return None
        z = symbol("z" + "′" * (depth > 0) * self._fresh, [node.dims[a] for a, _ in pairs])
        self.directions.append(z)
        form = product(1, [(z, tuple([("l", a) for a, _ in pairs]), 1), (node, tuple([("l", t) if any(t == a for a, _ in pairs) else ("r", _left(t, pairs)) for t in range(node.ndim)]), 1),
                           (z, tuple([("r", a) for a, _ in pairs]), 1)], ())  # fmt: skip
        claim = self.nonnegative(form, depth + 1)
        return Claim("⪰ 0", node, "zᵀKz is a sum of squares", (claim,)) if claim is not None else None

    def definite(self, node: Node) -> bool:
        """Whether the matrix `node` certainly is symmetric positive definite."""
        found = node.memo.get("definite") if not self.bounds.assumed else None
        if found is None:
            found = self._definite(node)
            if not self.bounds.assumed:
                node.memo["definite"] = found
        return found

    def _definite(self, node: Node) -> bool:
        if node.ndim != 2 or node.dims[0] is not node.dims[1]:
            return False
        if node.op == "symbol":
            return "posdef" in node.facts or {"diagonal", "positive"} <= node.facts
        if node.op == "struct":
            return node.attr[0].name == "inverse" and self.definite(node.args[0])
        if node.op == "product":
            if len(node.out) == 2 and node.out[0] == node.out[1]:
                entries = product(node.coef, node.operands, node.out[:1], node.label_dims)
                return self.bounds.positive(entries)
            tensors = [o for o in node.operands if o[1]]
            scalars = [o for o in node.operands if not o[1]]
            if len(tensors) == 1 and tensors[0][2] == 1 and len(tensors[0][1]) == 2:
                return node.coef > 0 and all(self.bounds.positive(b) for b, _, _ in scalars) and self.definite(tensors[0][0])
            return False
        if node.op == "sum":
            firm = [self.definite(times(c, t)) for c, t in node.terms]
            return any(firm) and all(f or self.semidefinite(times(c, t), depth=2) for f, (c, t) in zip(firm, node.terms))
        return False

    # ---------------------------------------------------------------- sums

    def _sum(self, node: Node, depth: int) -> Claim | None:
        """Term by term where that is plain; else as a whole, written in one form after the other; else term by term with all means."""
        found = self._plainly(node, depth)
        if found is not None:
            return found
        seen = {node}
        whole = not node.dims and any(self.moves(t) for t in node.args)
        for form in (lambda n: n, multiplied_out, tidied):
            other = form(node) if form(node) is node or self.spend(node) else None
            if other is None or (other in seen and other is not node):
                continue
            seen.add(other)
            if other.op != "sum":
                claim = self.nonnegative(other, depth + 1)
            else:
                claim = self._plainly(other, depth) or by_powers(other, self, depth)
                if claim is None and whole:
                    good, bad = self._parted(other, depth, self._plain)
                    claim = self._cauchy_schwarz(other, good, bad, depth) or (self._completed(other, depth) if other is not node or form is tidied else None)
            if claim is not None:
                return claim
        if whole and multiplied_out(node) in (node, None):
            claim = self._completed(node, depth)
            if claim is not None:
                return claim
        good, bad = self._parted(node, depth, self.nonnegative)
        return None if bad else _added(node, good)

    def _plain(self, node: Node, depth: int) -> Claim | None:
        """A proof without rewriting: by bounds, as a mirrored product, or a sum of such."""
        if node in self._known and self._known[node] is not None:
            return self._known[node]
        if self.bounds.nonnegative(node):
            return self._bounded(node, depth)
        if node.op == "product":
            return self._by_mirror(node, depth)
        return self._plainly(node, depth) if node.op == "sum" else None

    def _bounded(self, node: Node, depth: int) -> Claim:
        """The claim for what is ≥ 0 by its bounds; a quadratic form, which these know of too, is told as what it is."""
        if self._crossed(node):
            found = self._by_mirror(node, depth)
            if found is not None:
                return found
        return Claim("≥ 0", node, self._why(node), self._weights(node))

    def _crossed(self, node: Node) -> bool:
        """Whether a product has directions in it that are not in even powers, as vᵀAv."""
        return node.op == "product" and any(
            self.moves(b) and not (type(e) is int and e % 2 == 0) and not self.bounds.nonnegative(b) for b, _, e in node.operands
        )

    def _plainly(self, node: Node, depth: int) -> Claim | None:
        good, bad = self._parted(node, depth, self._plain)
        return None if bad else _added(node, good)

    def _parted(self, node: Node, depth: int, prove) -> tuple[list[Claim], list[Node]]:
        """(claims of the terms that are ≥ 0 by `prove`, the other terms)."""
        good, bad = [], []
        for c, t in node.terms:
            term = times(c, t)
            claim = prove(term, depth + 1)
            if claim is None:
                bad.append(term)
            else:
                good.append(claim)
        return good, bad

    def _by_mirror(self, node: Node, depth: int) -> Claim | None:
        for form in _flattened(node):
            for found in mirrors(form.operands, form.out, self.moves):
                claim = self._mirrored(node, form, found, depth)
                if claim is not None:
                    return claim
        return None

    def _cauchy_schwarz(self, node: Node, good: list[Claim], bad: list[Node], depth: int) -> Claim | None:
        """−c (Σ a u)² against Σ d u²: c Σ a²/d ≤ 1 is left to be shown."""
        if len(bad) != 1:
            return None
        found = _negative_square(bad[0], self.moves)
        if found is None:
            return None
        outer, inner = found
        factors = list(inner.operands)
        lines = [o for o in factors if self.moves(o[0])]
        if len(lines) != 1 or lines[0][2] != 1 or inner.out:
            return None
        u, labels, _ = lines[0]
        rest = [o for o in factors if o is not lines[0]]
        for claim in good:
            d = _weights_of_square(claim.node, u)
            if d is None:
                continue
            weights, d_labels, d_coef = d
            if len(set(labels)) < len(labels) or len(set(d_labels)) < len(d_labels):
                continue
            renamed = dict(zip(d_labels, labels))
            spread = [(b, tuple([renamed.get(x, ("d", x)) for x in l]), -e) for b, l, e in weights]
            if any(("d", x) in l for b, l, e in spread for x in d_labels) or any(isinstance(x, tuple) for _, l, _ in spread for x in l):
                continue
            if not all(self.bounds.positive(b) or (type(e) is int and e % 2 == 0 and self.bounds.positive(b)) for b, _, e in weights):
                continue
            doubled = [(b, l, 2 * e) for b, l, e in rest]
            if any(x not in labels for _, l, _ in rest for x in l):
                continue
            ratio = product(exact(inner.coef**2 * Fraction(1) / d_coef if type(d_coef) is not float else inner.coef**2 / d_coef), [*doubled, *spread], (), inner.label_dims)
            ratio = tidied(product(1, [(outer, (), 1), (ratio, (), 1)], ()))
            gap = linear_sum([(1, product(1, (), ())), (-1, ratio)], ())
            enough = self.nonnegative(gap, depth + 1)
            if enough is not None:
                others = tuple([c for c in good if c is not claim])
                square = Claim("≥ 0", linear_sum([(1, claim.node), (1, bad[0])], ()), "Cauchy and Schwarz", (claim, *((enough,) if not is_zero(gap) and gap.args else ())))
                return _added(node, [*others, square]) if others else square._replace(node=node)
        return None

    def _completed(self, node: Node, depth: int) -> Claim | None:
        """Completes the square in one linear form of the directions; what is left is proved in turn."""
        for u in self._forms(node):
            if not self.spend(node):
                return None
            self._fresh += 1
            U = symbol(f"u{self._fresh}", u.dims)
            terms = [times(c, t) for c, t in node.terms]
            swapped = substitute(linear_sum([(1, t) for t in terms], (), flatten=True), {u: U})
            split = self._quadratic(swapped, U)
            if split is None:
                continue
            d, b, rest = split
            self.directions.append(U)
            if not U.dims:
                claim = self._discriminant(node, d, b, substitute(rest, {U: u}), depth)
                if claim is not None:
                    return claim
            if not self.bounds.positive(d):
                continue
            axes = tuple(range(U.ndim))
            gone = product(Fraction(-1, 4), [(b, axes, 2), (d, axes, -1)], (), dict(enumerate(U.dims)))
            left = tidied(linear_sum([(1, rest), (1, gone)], (), flatten=True))
            left = substitute(left, {U: u})
            claim = self.nonnegative(left, depth + 1)
            if claim is None:
                other = multiplied_out(left)
                claim = self.nonnegative(other, depth + 1) if other is not None and other is not left else None
            if claim is not None:
                square = Claim("≥ 0", node, "completing the square" + (", and nothing is left" if is_zero(left) else ""), self._positive(d) + (() if is_zero(left) else (claim,)))
                return square
        return None

    def _discriminant(self, node: Node, d: Node, b: Node, rest: Node, depth: int) -> Claim | None:
        """d u² + b u + r ≥ 0 for a number u, where d ≥ 0, r ≥ 0 and 4 d r ≥ b²: nothing is divided."""
        first = self.nonnegative(d, depth + 1)
        second = first and self.nonnegative(rest, depth + 1)
        if not second:
            return None
        if is_zero(b):
            return _added(node, [*self._positive(d), second])
        left = linear_sum([(4, product(1, [(d, (), 1), (rest, (), 1)], ())), (-1, product(1, [(b, (), 2)], ()))], ())
        left = multiplied_out(left) if self.spend(left) else None
        third = None if left is None else self.nonnegative(left, depth + 1)
        if third is None:
            return None
        if is_zero(left):
            return Claim("≥ 0", node, "completing the square, and nothing is left", self._positive(d))
        return Claim("≥ 0", node, "a quadratic whose discriminant is ≤ 0", (*self._positive(d), second, third))

    def _forms(self, node: Node) -> list[Node]:
        """The linear forms of directions in a sum that are squared somewhere: nodes, the most frequent first."""
        counts: dict[Node, int] = {}
        for term in node.args:
            for base, _, e in term.operands if term.op == "product" else ():
                if self.moves(base):
                    counts[base] = counts.get(base, 0) + 1
                    for inner in order(base):
                        if inner is not base and self.moves(inner):
                            counts[inner] = counts.get(inner, 0) + 1
        return sorted(counts, key=lambda n: (-counts[n], n.digest))[:6]

    def _quadratic(self, node: Node, U: Node):
        """(d, b, rest) with node = Σ d U² + Σ b U + rest; None if it is not of this form."""
        (first,) = jacobian(node, [U])
        (second,) = jacobian(first, [U])
        if U in order(second):
            return None
        if U.ndim:
            if second.op != "product":
                second = tidied(second)
            n = U.ndim
            if second.op != "product" or second.out[:n] != second.out[n:] or len(set(second.out)) != n:
                return None
            d2 = product(second.coef, second.operands, second.out[:n], second.label_dims)
        else:
            d2 = second
        if is_zero(d2):
            return None
        zero = {U: linear_sum((), U.dims)}
        b = substitute(first, dict(zero))
        rest = substitute(node, dict(zero))
        if self.moves_by(d2):
            return None
        return times(Fraction(1, 2), d2), b, rest

    def moves_by(self, node: Node) -> bool:
        return any(d in order(node) for d in self.directions)

    # ---------------------------------------------------------------- words

    def _why(self, node: Node) -> str:
        if not self.moves(node):
            return ""
        return "squares with weights ≥ 0" if self._weights(node) else "a sum of squares"

    def _weights(self, node: Node) -> tuple[Claim, ...]:
        """What the weights of a sum of squares are, as claims."""
        if node.op == "sum":
            return tuple(dict.fromkeys([w for c, t in node.terms for w in self._weights(t)]))
        if node.op != "product" or not self.moves(node):
            return ()
        if self._crossed(node):
            found = self._by_mirror(node, 0)
            return found.because if found is not None else ()
        return tuple(self._weighted([o for o in node.operands if not self.moves(o[0])])) + tuple(
            [w for b, _, e in node.operands if self.moves(b) and e == 1 and b.op in ("product", "sum") for w in self._weights(b)]
        )

    def _weighted(self, operands: list) -> list[Claim]:
        """One claim for all weights that are no numbers, written as their product: of what is ≤ 0, the negative."""
        operands = [(times(-1, b) if type(e) is int and e % 2 and self.bounds.negative(b) else b, l, e) for b, l, e in operands]
        kept = [o for o in operands if o[0].op not in ("size", "number") and not (o[0].op == "structured")]
        if not kept or all(type(e) is int and e % 2 == 0 for _, _, e in kept):
            return []
        out = tuple(dict.fromkeys([x for _, l, _ in kept for x in l]))
        return list(self._positive(product(1, kept, out)))

    def _positive(self, node: Node) -> tuple[Claim, ...]:
        loose = broadcast_axes(node)
        node = drop_axes(node, loose) if loose else node
        if not node.args and node.op == "product":
            return ()
        return (Claim("> 0" if self.bounds.positive(node) else "≥ 0", node, ""),)


def _declared(node: Node) -> bool:
    return node.op == "symbol" and bool(node.facts & {"psd", "posdef"})


def _left(t: int, pairs: tuple) -> int:
    return next(a for a, b in pairs if b == t)


def _added(node: Node, claims: list[Claim]) -> Claim:
    return Claim("≥ 0", node, "each term is ≥ 0", tuple(claims))


def _flattened(node: Node) -> list[Node]:
    """The product as it stands, and with all products in it written out."""
    whole = product(node.coef, node.operands, node.out, node.label_dims, inline=lambda n: True)
    return [node] if whole is node or whole.op != "product" else [node, whole]


def _negative_square(term: Node, moves) -> tuple[Node, Node] | None:
    """(c, L) of a term −c L² with c > 0 a number times scalars without directions, L a sum over products."""
    if term.op != "product" or term.dims or term.coef >= 0:
        return None
    squares = [(b, e) for b, l, e in term.operands if moves(b)]
    if len(squares) != 1 or squares[0][1] != 2 or squares[0][0].op != "product" or squares[0][0].dims:
        return None
    outer = product(-term.coef, [o for o in term.operands if not moves(o[0])], (), term.label_dims)
    return outer, squares[0][0]


def _weights_of_square(term: Node, u: Node):
    """(operands, labels of u, number) of a term Σ d u²."""
    while term.op == "product" and len(term.args) == 1 and not term.attr[2][0][0] and term.attr[2][0][1] == 1 and term.args[0].op == "product":
        term = product(term.coef, term.operands, (), None, inline=lambda n: True)
        if term.op != "product" or len(term.args) == 1 and not term.attr[2][0][0]:
            break
    if term.op != "product" or term.dims or term.coef <= 0:
        return None
    scalars = [o for o in term.operands if not o[1]]
    inner = [o for o in term.operands if o[1]]
    coef = term.coef
    if not inner:  # numbers times one closed network
        nets = [o for o in scalars if o[0].op == "product" and o[2] == 1 and any(b is u for b in o[0].args)]
        if len(nets) != 1:
            return None
        scalars = [o for o in scalars if o is not nets[0]]
        inner = list(nets[0][0].operands)
        coef = exact(coef * nets[0][0].coef)
    found = [o for o in inner if o[0] is u]
    if len(found) != 1 or found[0][2] != 2:
        return None
    labels = found[0][1]
    weights = [o for o in inner if o is not found[0]]
    if any(x not in labels for _, l, _ in weights for x in l):
        return None
    return [*weights, *scalars], labels, coef
