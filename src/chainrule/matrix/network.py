"""A product's operands as a network: labels are vertices, matrices edges, vectors weights on vertices.

Summed labels are eliminated one by one, those with the fewest edges first; parallel edges join as elementwise
products. What is left stands on the free labels and is read off as a matrix expression. A summed label with three
edges or an operand with three axes cannot go: such a network is an einsum. Source: ALGORITHMS, section (d).
"""

from __future__ import annotations

from ..core.dims import Dim
from . import build as b
from .tree import Tree, decimal, is_slice, make, one, part, size, unit

MANY = 3  # edges that make a summed label stuck


class Network:
    """coef × scalars × Σ over labels not in `out` of edges, weights and what has three or more axes."""

    def __init__(self, coef, out: tuple, dims: dict):
        self.coef = decimal(coef)
        self.out = out
        self.free = set(out)
        self.dims: dict[object, Dim] = dims
        self.scalars: list[tuple[Tree, object]] = []
        self.weights: dict[object, list] = {}
        self.edges: dict[tuple, list] = {}
        self.hyper: list[tuple[Tree, tuple, object]] = []
        self.batch: dict[object, int] = {}

    # -------------------------------------------------------------- building

    def put(self, tree: Tree, labels: tuple, exponent=1) -> None:
        """One more operand."""
        if not labels:
            self.scalars.append((tree, exponent))
        elif len(labels) == 1:
            self.weights.setdefault(labels[0], []).append((tree, exponent))
            if tree.kind == "unit" and labels[0] not in self.free:
                waiting, self.hyper = self.hyper, []
                for operand in waiting:
                    self.put(*operand)
        elif len(labels) == 2:
            i, j = labels
            if is_slice(tree) and tree.shape[0].value == 1 and i not in self.free and i != j:
                self.put(unit(tree), (j,))  # the label i takes one value
            elif i == j:
                self.weights.setdefault(i, []).append((b.diagof(tree), exponent))
            elif tree.kind == "outer" and (exponent == 1 or isinstance(exponent, int)):
                self.put(tree.args[0], (i,), exponent)
                self.put(tree.args[1], (j,), exponent)
            else:
                if tree.kind != "sym":
                    self.batch[i] = self.batch.get(i, 0) + 1
                self._edge(i, j, tree, exponent)
        else:
            axis = next((k for k, label in enumerate(labels) if self._place_of(label) is not None), None)
            if axis is None or tree.kind not in ("sym", "part") or exponent != 1:
                self.hyper.append((tree, labels, exponent))
            else:  # Σ_l W_lij (e_0)_l is W[0]
                self.put(part(tree, axis, self._place_of(labels[axis])), labels[:axis] + labels[axis + 1 :])

    def _place_of(self, label):
        """The one value that a summed label takes, because a unit vector stands on it; None where there is none."""
        if label in self.free:
            return None
        return next((t.attr for t, e in self.weights.get(label, ()) if t.kind == "unit" and e == 1), None)

    def _edge(self, i, j, tree: Tree, exponent=1) -> None:
        if tree.kind == "scale" and tree.attr[2] and exponent == 1:
            self.scalars.append((b.scale(tree.attr[0], b.scalars_of(tree)), 1))
            tree = tree.args[-1]
        if j < i:
            i, j, tree = j, i, b.transpose(tree)
        self.edges.setdefault((i, j), []).append((tree, exponent))

    # -------------------------------------------------------------- eliminating

    def labels(self) -> set:
        found = set(self.free)
        found.update(self.weights)
        for i, j in self.edges:
            found.update((i, j))
        for _, labels, _ in self.hyper:
            found.update(labels)
        return found

    def eliminate(self) -> list:
        """Sum out every label that can go; the labels that are stuck."""
        summed = sorted(self.labels() - self.free, key=str)
        held = {label for _, labels, _ in self.hyper for label in labels}
        stuck = [k for k in summed if k in held]
        waiting = [k for k in summed if k not in held]
        while waiting:
            near = {k: self._neighbours(k) for k in waiting}
            best = min(waiting, key=lambda k: (min(len(near[k]), MANY), self.batch.get(k, 0), str(k)))
            if len(near[best]) >= MANY:
                return stuck + waiting
            waiting.remove(best)
            done = self._sum_out(best, near[best])
            if done is not None:
                waiting.remove(done)
        return stuck

    def _neighbours(self, label) -> list:
        return [j if i == label else i for i, j in self.edges if label in (i, j)]

    def _sum_out(self, label, near: list):
        """Eliminate `label`; returns the neighbour that went with it, if one did."""
        weights = self.weights.pop(label, [])
        if not near:
            self.scalars.append((_sum_of(weights, self.dims[label]), 1))
            return None
        if len(near) == 1:
            other = near[0]
            factors = self._taken(other, label)
            bare = other not in self.free and not self.weights.get(other) and len(self._neighbours(other)) == 0
            if bare and not weights and not any(other in labels for _, labels, _ in self.hyper):
                self.scalars.append((_full_sum(factors), 1))
                self.weights.pop(other, None)
                return other
            vector = b.had(weights) if weights else one((self.dims[label],))
            self.weights.setdefault(other, []).append((_vector(_joined(factors), vector), 1))
            return None
        m, n = sorted(near, key=lambda k: (k not in self.free, str(k)))
        left, right = _joined(self._taken(m, label)), b.transpose(_joined(self._taken(n, label)))
        middle = [b.diag(b.had(weights))] if weights else []
        self._edge(m, n, b.mul(left, *middle, right))
        return None

    def _taken(self, i, j) -> list:
        """The edges between i and j, removed, oriented from i to j."""
        if i < j:
            return self.edges.pop((i, j))
        return [(b.transpose(t), e) for t, e in self.edges.pop((j, i))]

    # -------------------------------------------------------------- reading off

    def matrix(self) -> Tree | None:
        """The network as a scalar, vector or matrix; None where it is none."""
        out = self.out
        if len(self.free) > 2 or len(out) > 2:
            return None
        if self.hyper or self.eliminate():
            return None
        if not out:
            return b.scale(self.coef, self.scalars)
        if len(self.free) == 1:
            (i,) = self.free
            vector = self.weight_of(i)
            return b.scale(self.coef, self.scalars, b.diag(vector) if len(out) == 2 else vector)
        i, j = out
        if not self.edges:
            return b.scale(self.coef, self.scalars, b.outer(self.weight_of(i), self.weight_of(j)))
        body = self.scaled_edge(i, j)
        return b.scale(self.coef, self.scalars, body)

    def scaled_edge(self, i, j) -> Tree:
        """diag(u) M diag(v)."""
        factors = self._taken(i, j)
        middle = _joined(factors)
        if middle.kind == "one":
            return b.outer(self.weight_of(i), self.weight_of(j))
        return b.mul(b.diag(self.weight_of(i)), middle, b.diag(self.weight_of(j)))

    def weight_of(self, i) -> Tree:
        weights = self.weights.get(i)
        return b.had(weights) if weights else one((self.dims[i],))

    def einsum(self) -> Tree:
        """What is left as an einsum over its operands, the sums that can be done being done."""
        self.eliminate()
        operands: list[tuple[Tree, tuple]] = []
        for i, weights in self.weights.items():
            operands.append((b.had(weights), (i,)))
        for (i, j), factors in self.edges.items():
            operands.append((_joined(factors), (i, j)))
        for tree, labels, e in self.hyper:
            operands.append((tree if e == 1 else b.had([(tree, e)]), labels))
        return b.scale(self.coef, self.scalars, einsum(operands, self.out, self.dims))


def einsum(operands: list[tuple[Tree, tuple]], out: tuple, dims: dict) -> Tree:
    """The contraction of trees, labels renumbered; elementwise products and single tensors as themselves."""
    shape = tuple([dims[k] for k in out])
    coef, scalars, kept = 1, [], []
    for t, labels in operands:
        if t.kind == "scale" and t.attr[2]:
            coef, scalars, t = coef * t.attr[0], scalars + b.scalars_of(t), t.args[-1]
        if t.kind == "outer":
            kept += [(t.args[0], labels[:1]), (t.args[1], labels[1:])]
        elif t.kind == "T":
            kept.append((t.args[0], labels[::-1]))
        elif t.kind == "one":
            continue
        else:
            kept.append((t, labels))
    if kept and all(labels == out for _, labels in kept) and len(set(out)) == len(out):
        return b.scale(coef, scalars, b.had([(t, 1) for t, _ in kept]))
    if not kept and len(set(out)) == len(out):
        return b.scale(coef, scalars, one(shape))
    rank = {k: n for n, k in enumerate(dict.fromkeys(out))}
    for _, labels in kept:
        for k in labels:
            rank.setdefault(k, len(rank))
    kept.sort(key=lambda item: ([rank[k] for k in item[1]], item[0].key))
    attr = (*[tuple([rank[k] for k in labels]) for _, labels in kept], tuple([rank[k] for k in out]))
    return b.scale(coef, scalars, make("einsum", attr, tuple([t for t, _ in kept]), shape))


def _vector(matrix: Tree, v: Tree) -> Tree:
    return b.mv(matrix, v)


def _joined(factors: list) -> Tree:
    return factors[0][0] if len(factors) == 1 and factors[0][1] == 1 else b.had(factors)


def _sum_of(weights: list, d: Dim) -> Tree:
    """Σ over a label of the product of its weights."""
    if not weights:
        return size(d)
    whole = b.had(weights)
    if whole.kind == "scale" and whole.attr[2]:
        body = whole.args[-1]
        return b.scale(whole.attr[0], [*b.scalars_of(whole), (_sum_of([(body, 1)], d), 1)])
    if whole.kind != "had":
        return b.total(whole)
    items = list(zip(whole.args, whole.attr))
    if len(items) == 1:
        t, e = items[0]
        return b.scale(1, [(b.norm(t), 2)]) if e == 2 else b.total(whole)
    singles = [item for item in items if item[1] == 1]
    if not singles:
        if all(isinstance(e, int) and e % 2 == 0 for _, e in items):
            return b.scale(1, [(b.norm(b.had([(t, e // 2) for t, e in items])), 2)])
        return b.total(whole)
    first = min(singles, key=lambda item: (item[0].kind == "mv", item[0].kind != "sym", item[0].weight, item[0].key))
    return b.dot(first[0], b.had([item for item in items if item is not first]))


def _full_sum(factors: list) -> Tree:
    """The sum of all entries of an elementwise product of matrices of one shape."""
    whole = _joined(factors)
    if whole.kind == "scale" and whole.attr[2]:
        body = whole.args[-1]
        return b.scale(whole.attr[0], [*b.scalars_of(whole), (_full_sum([(body, 1)]), 1)])
    if whole.kind in ("diag", "outer") or whole.kind != "had":
        return b.total(whole)
    items = list(zip(whole.args, whole.attr))
    if len(items) == 1 and items[0][1] == 2:
        return b.scale(1, [(b.norm(items[0][0]), 2)])
    if len(items) == 2 and all(e == 1 for _, e in items):
        (s, _), (t, _) = items
        if not any(_elementwise(x) for x in (s, t)):
            return b.trace(b.mul(b.transpose(s), t))
    return b.total(whole)


def _elementwise(t: Tree) -> bool:
    """Whether a matrix reads as a table of numbers rather than a linear map."""
    return t.kind in ("had", "apply", "struct") or (t.kind in ("T", "scale", "sum") and any(_elementwise(a) for a in t.args))
