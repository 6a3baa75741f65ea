"""Which structure a Hessian has, read off the labels of its terms.

An axis of the rows that in every term is tied to the same axis of the columns makes the matrix block-diagonal over it:
it is a batch of smaller matrices. Of what is left of a term

    rows and columns share all labels                              a diagonal
    nothing leads from the rows to the columns                     an outer product: low rank
    the first axes and the others hang together by nothing         a Kronecker product, turned where they are crossed
    equal factors on both sides, tied by labels that are summed    Bᵀ D B
    an inverse alone                                               what is solved with, and not formed
    two slices of one axis                                         a band
    anything else                                                  formed, if that takes no more memory than its factors

and the terms that must not be formed stay networks. Reference: Van Loan & Pitsianis, Approximation with Kronecker
Products (1993), for the turned product; Magnus & Neudecker (2019), section 3.7, the commutation matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ...core.algebra import number
from ...core.dims import as_dim
from ...core.node import Node
from ...core.sums import linear_sum
from .. import plan
from .kronecker import bracketed
from .nets import (
    Net, banded, bare, congruence, distinct, inverse_of, is_diagonal, is_inverse, is_outer, scaled, sides, split,
)  # fmt: skip
from .specs import (
    BandedSpec, DenseSpec, DiagonalSpec, FactorSpec, InverseSpec, KroneckerSpec, OuterSpec, Spec, Wanted, summed,
)  # fmt: skip
from .terms import Term

ENOUGH = 4096  # entries of an array that may be larger than what it is made of
EAGER = 3  # products: what forming a matrix may cost, so that it is formed at once


class Classified(NamedTuple):
    """axes of the batch, the spec of one block (None where there is none), and the terms that stay networks."""

    batch: tuple[int, ...]
    spec: Spec | None
    equal: bool  # whether all blocks are equal
    left: list[Term]


def classified(terms: list[Term], wanted: Wanted) -> Classified:
    """The structure of a sum of terms."""
    rank = len(terms[0].rows)
    batch = tuple([t for t in range(rank) if all(_own(term, t) for term in terms)])
    if len(batch) == rank:  # a diagonal: one block
        batch = ()
    at = tuple([t for t in range(rank) if t not in batch])
    columns = wanted.count([terms[0].dims[terms[0].rows[t]] for t in batch])
    maker = _Maker(wanted, columns)
    nets, left = [], []
    for term in terms:
        net = Net(
            term.coef, term.operands, tuple([term.rows[t] for t in at]), tuple([term.columns[t] for t in at]),
            tuple([term.rows[t] for t in batch]), term.dims,
        )  # fmt: skip
        (nets if maker.takes(net, 1) else left).append((term, net))
    if not nets:
        return Classified((), None, True, [term for term, _ in left])
    spec = maker.spec([net for _, net in nets], 1)
    return Classified(batch, spec, not any(net.batched for _, net in nets), [term for term, _ in left])


def _own(term: Term, t: int) -> bool:
    """Whether axis t of the rows is tied to axis t of the columns, and to no other."""
    return term.rows[t] == term.columns[t] and term.out.count(term.rows[t]) == 2


class _Maker:
    """Makes specs of nets. `columns` is the number of blocks."""

    def __init__(self, wanted: Wanted, columns: int):
        self.wanted, self.columns = wanted, columns

    def size(self, net: Net, labels) -> int:
        return self.wanted.count([net.dims[x] for x in labels])

    # ------------------------------------------------------------------ what can be taken

    def takes(self, net: Net, many: int) -> bool:
        """Whether some structure holds this net without forming what is larger than its factors.

        `many` is the number of vectors that it is applied to in one product, for each block.
        """
        if is_diagonal(net) or is_outer(net) or is_inverse(net) or banded(net):
            return True
        halves = split(net)
        if halves is not None:
            left, right, _ = halves
            p, q = self.size(left, left.rows), self.size(right, right.rows)
            return self.takes(left, many * q) and self.takes(right, many * p)
        return self.congruent(net) is not None or self.forms(net, many)

    def forms(self, net: Net, many: int) -> bool:
        """Whether the matrices are formed: they fit, and that costs no more than a few products."""
        return self.fits(net, net.batched, net.rows + net.columns) and self.cheap(net, many)

    def cheap(self, net: Net, many: int) -> bool:
        operands = [frozenset(labels) for _, labels, _ in net.operands if labels]
        size = {x: d.at(self.wanted.sizes) for x, d in net.dims.items()} | {"many": many}
        if not operands:
            return False
        forming, _ = plan.order(operands, frozenset(net.rows + net.columns + net.batch), size)
        vector = frozenset((*net.columns, *net.batch, "many"))
        product, _ = plan.order([*operands, vector], frozenset((*net.rows, *net.batch, "many")), size)
        return forming <= EAGER * product

    def fits(self, net: Net, batched: bool, labels: tuple) -> bool:
        """Whether an array over these labels takes no more memory than the factors of the net and a vector."""
        entries = (self.columns if batched else 1) * self.size(net, labels)
        held = sum([self.wanted.count(base.dims) for base in {base for base, _, _ in net.operands}])
        held += self.columns * self.size(net, net.rows)
        return entries <= max(ENOUGH, held)

    def congruent(self, net: Net) -> tuple | None:
        """BᵀDB as `congruence` finds it, where B takes no more memory than what it is made of."""
        found = congruence(net)
        if found is None:
            return None
        tied, rows, _ = found
        own = any(set(labels) & set(net.batch) for _, labels, _ in rows)
        return found if self.fits(net, own, tied + net.rows) else None

    # -------------------------------------------------------------------------- specs

    def spec(self, nets: list[Net], many: int) -> Spec:
        """The structure of a sum of nets over the same axes; `many` as in `takes`."""
        size = self.size(nets[0], nets[0].rows)
        diagonals = [n for n in nets if is_diagonal(n)]
        rest = [n for n in nets if not is_diagonal(n)]
        outers, rest = [n for n in rest if is_outer(n)], [n for n in rest if not is_outer(n)]
        bands, rest = [n for n in rest if banded(n)], [n for n in rest if not banded(n)]
        halved = [(n, split(n)) for n in rest]
        kroneckers, rest = [h for _, h in halved if h], [n for n, h in halved if not h]
        apart = [n for n in diagonals if not self.constant([n])]
        if kroneckers and apart and all(split(n) for n in apart):  # D ⊗ 1 belongs to A ⊗ 1, with which it has one basis
            kroneckers += [split(n) for n in apart]
            diagonals = [n for n in diagonals if self.constant([n])]
        specs: list[Spec] = []
        if diagonals:
            specs.append(self.diagonal(diagonals, size))
        if bands:
            specs.append(self.banded(bands, size))
        specs += self.kroneckers(kroneckers, many)
        formed = []
        for net in rest:
            halves = self.congruent(net)
            if halves is None and is_inverse(net):
                specs.append(self.inverse(net, size))
            elif halves is None or self.early(net, halves, many, size):
                formed.append(net)
            else:
                specs.append(self.factors(net, halves, size))
        if outers:
            specs.append(self.outers(outers, size))
        if formed:
            specs.append(self.dense(formed, size))
        return summed(specs)

    def early(self, net: Net, halves: tuple, many: int, size: int) -> bool:
        """Whether BᵀDB is formed at once: else that happens when it has been applied often enough."""
        return self.size(net, halves[0]) >= size and self.forms(net, many)

    def blocks(self, nets: list[Net]) -> tuple[bool, int]:
        batched = any(n.batched for n in nets)
        return batched, self.columns if batched else 1

    def together(self, nets: list[Net], rows: bool, columns: bool) -> tuple[Node, int]:
        """The sum of nets as one node, of batch × rows × columns as asked; and the number of blocks."""
        batched, count = self.blocks(nets)
        nodes = []
        for n in nets:
            out = (*(n.batch if batched else ()), *(n.rows if rows else ()), *(n.columns if columns else ()))
            nodes.append((1, n.node(out, coef=n.coef)))
        return linear_sum(nodes, nodes[0][1].dims), count

    def constant(self, nets: list[Net]) -> bool:
        """Whether diagonals are multiples of the identity."""
        return all(not n.batched and len(n.scalars()) == len(n.operands) and distinct(n.rows) for n in nets)

    def diagonal(self, nets: list[Net], size: int) -> Spec:
        if self.constant(nets):
            node = linear_sum([(1, n.node((), coef=n.coef)) for n in nets], ())
            return DiagonalSpec(self.wanted, node, 1, size)
        node, count = self.together(nets, True, False)
        return DiagonalSpec(self.wanted, node, count, size)

    def banded(self, nets: list[Net], size: int) -> Spec:
        """Each net as one band: its entries, and where they begin."""
        bands = []
        for net in nets:
            label, first, second = banded(net)
            node = net.node((*(net.batch if net.batched else ()), label), coef=net.coef)
            starts = [as_dim(cut.attr[1]).at(self.wanted.sizes) for cut in (first, second)]
            bands.append((node, *starts, self.columns if net.batched else 1))
        return BandedSpec(self.wanted, bands, size, self.shown(nets))

    def inverse(self, net: Net, size: int) -> Spec:
        (base, labels, _), scalars = inverse_of(net)
        node = net.node((*net.rows, *net.columns), coef=net.coef)
        scale = net.node((), scalars, net.coef) if scalars else number(net.coef)
        return InverseSpec(self.wanted, base, node, scale, labels == net.columns + net.rows, size)

    def dense(self, nets: list[Net], size: int) -> Spec:
        node, count = self.together(nets, True, True)
        return DenseSpec(self.wanted, node, count, size)

    def factors(self, net: Net, halves: tuple, size: int) -> Spec:
        """Fᵀ diag(w) F, the batch axes of F and of w apart."""
        tied, rows, weights = halves
        own = [o for o in rows if set(o[1]) & set(net.batch)]
        F = net.node((*(net.batch if own else ()), *tied, *net.rows), rows)
        over = any(set(o[1]) & set(net.batch) for o in weights)
        bare = all(not o[1] for o in weights)  # scalars alone
        w = None
        if weights or net.coef != 1:
            w = net.node(() if bare else (*(net.batch if over else ()), *tied), weights, net.coef)
        shape = (self.columns if own else 1, self.size(net, tied), size, self.columns if over else 1)
        shown = partial(self.each_block, F, w) if over and not own and len(net.batch) == 1 else self.shown([net])
        return FactorSpec(self.wanted, F, w, shape, shown)

    def each_block(self, F: Node, w: Node) -> str:
        """Fᵀ diag(w) F where the blocks differ by their weights, the rows of a matrix."""
        text = bracketed(self.wanted.text(F))
        return f"{text}ᵀ diag(w) {text} with w a row of {bracketed(self.wanted.text(w))}"

    def shown(self, nets: list[Net]) -> Callable[[], str]:
        return lambda: self.wanted.text(self.together(nets, True, True)[0])

    def outers(self, nets: list[Net], size: int) -> Spec:
        vectors: list[Node] = []
        entries = []
        for net in nets:
            rows, columns, scalars = sides(net)
            places = []
            for labels, operands in ((net.rows, rows), (net.columns, columns)):
                own = any(set(o[1]) & set(net.batch) for o in operands)
                u = net.node((*(net.batch if own else ()), *labels), operands)
                if u not in vectors:
                    vectors.append(u)
                places.append(vectors.index(u))
            own = any(o[1] for o in scalars)
            weight = net.node(net.batch if own else (), scalars, net.coef) if scalars else number(net.coef)
            entries.append((*places, weight))
        wide_rows = any(u.ndim > len(nets[0].rows) for u in vectors)
        wide_weights = any(c.ndim for _, _, c in entries)
        shape = (self.columns if wide_rows else 1, self.columns if wide_weights else 1, size)
        shown = self.shown(nets)
        if wide_rows and len(vectors) == len(entries) == len(nets[0].batch) == 1:
            shown = partial(self.each_vector, *vectors, entries[0][2])
        return OuterSpec(self.wanted, vectors, entries, shape, shown)

    def each_vector(self, u: Node, weight: Node) -> str:
        """c uuᵀ where each block has a vector of its own, the row of a matrix."""
        c = self.wanted.text(weight)
        number = {"1": "", "-1": "−", "−1": "−"}.get(c, f"{bracketed(c)} " if not weight.ndim else f"c of {bracketed(c)}, ")
        return f"{number}uuᵀ with u a row of {bracketed(self.wanted.text(u))}"

    def kroneckers(self, halves: list, many: int) -> list[Spec]:
        """Products with one right factor, then those with one left factor, are put together."""
        by_right: dict[tuple, tuple] = {}
        for left, right, turned in halves:
            key = (right.node((*right.batch, *right.rows, *right.columns)), turned, len(left.rows))
            by_right.setdefault(key, (right, []))[1].append(left)
        by_left: dict[tuple, list] = {}
        for (_, turned, at), (right, lefts) in by_right.items():
            key = self.together([bare(n) for n in lefts] if len(lefts) == 1 else lefts, True, True)[0]
            by_left.setdefault((key, turned, at), []).append((lefts, right))
        found = []
        for (_, turned, _), pairs in by_left.items():
            lefts, rights = pairs[0][0], [right for _, right in pairs]
            if len(pairs) > 1 and len(lefts) == 1:  # numbers and scalars go to the right, where they differ
                rights = [scaled(right, left) for (left,), right in pairs]
                lefts = [bare(lefts[0])]
            p, q = self.size(lefts[0], lefts[0].rows), self.size(rights[0], rights[0].rows)
            A, B = self.spec(lefts, many * q), self.spec(rights, many * p)
            found.append(KroneckerSpec(A, B, turned))
        return found
