"""Results with more than two axes: differential and Kronecker forms, sums of slices (ALGORITHMS, D.2).

Differential: the result contracted with a formal dX is a matrix expression, `−X⁻¹ dX X⁻¹`. Kronecker: the matrix of
the map from vec(X) to vec(Y), columns stacked, `−X⁻ᵀ ⊗ X⁻¹`. Index: every entry, `−Y_ik Y_lj`; it always exists.
"""

from __future__ import annotations

import numpy as np

from ..core.node import Node, symbol
from ..core.product import product
from ..core.sums import linear_sum
from . import build as b
from .evaluate import evaluate
from .network import Network
from .reduce import Reducer, is_matrix
from .tree import Tree, make, walk


def forms_beyond(node: Node, out_ndim: int, wrt: str, shapes: dict, reducer: Reducer, taken: set) -> list[tuple]:
    """The forms other than the index form that succeed: (form, tree, left side)."""
    found = []
    w = len(shapes.get(wrt, ())) or guessed(node, out_ndim)
    again = w and (node.ndim - out_ndim) // w > 1
    if w and node.ndim - w <= 2:
        tree = differential(node, w, wrt, shapes, reducer)
        if tree is not None:
            left = ("d∇f" if out_ndim == 0 else "dJ") if again else ("df" if out_ndim == 0 else "dF")
            found.append(("differential", tree, left))
    if node.ndim == 4 and w == 2:
        tree = kronecker(node, reducer, taken)
        left = "∇²f" if again else "∂vec F/∂(vec X)ᵀ".replace("X", wrt)
        if tree is None:
            tree = slices(node, reducer, taken)
            if tree is not None:
                found.append(("slices", tree, left))
        else:
            found.append(("kronecker", tree, left))
    return found


def guessed(node: Node, out_ndim: int) -> int:
    """How many axes the variable has, when only its name is known."""
    rest = node.dims[out_ndim:]
    half = len(rest) // 2
    return half if len(rest) > 2 and rest[:half] == rest[half:] else len(rest)


def written_out(node: Node, reducer: Reducer) -> Tree | None:
    """The index form with every sum of three and more axes multiplied out; None where nothing is to be done."""
    terms = monomials(node, reducer)
    if not terms or len(terms) > 12 or len(terms) == (len(node.args) if node.op == "sum" else 1):
        return None
    return b.add([(c, reducer.network(*m).einsum()) for c, m in terms])


# ------------------------------------------------------------------------------ differential


def differential_name(wrt: str) -> str:
    return "d" + wrt


def differential(node: Node, w: int, wrt: str, shapes: dict, reducer: Reducer) -> Tree | None:
    """`node` contracted over its last `w` axes with a formal d(variable), if that is a matrix expression."""
    step = symbol(differential_name(wrt), node.dims[node.ndim - w :])
    applied = contracted(node, step)
    if applied is None:
        return None
    tree = reducer.start(applied).tree(applied)
    return tree if is_matrix(tree) and not any(t.kind == "zero" for t in walk(tree)) else None


def contracted(node: Node, step: Node) -> Node | None:
    """Σ over the last axes of node · step, term by term."""
    kept = node.ndim - step.ndim
    terms, todo = [], [(1, node)]
    while todo:
        c, t = todo.pop()
        if t.op == "sum":
            todo.extend([(c * d, a) for d, a in t.terms])
            if len(todo) > 60:
                return None
            continue
        if t.op == "product":
            operands, out, dims, coef = list(t.operands), t.out, t.label_dims, t.coef
        else:
            out = tuple(range(t.ndim))
            operands, dims, coef = [(t, out, 1)], dict(zip(out, t.dims)), 1
        terms.append((c, product(coef, [*operands, (step, tuple(out[kept:]), 1)], tuple(out[:kept]), dims)))
    return linear_sum(terms, node.dims[:kept])


# ------------------------------------------------------------------------------ Kronecker


def kronecker(node: Node, reducer: Reducer, taken: set) -> Tree | None:
    """The mn × pq matrix of a result with axes (i, j, k, l): rows vec(ij), columns vec(kl), columns stacked."""
    letter = next(k for k in ("K", "C", "K1", "K2", "K3") if k not in taken)
    terms = []
    for c, monomial in monomials(node, reducer) or ():
        network = reducer.network(*monomial)
        tree = None if network.hyper or network.eliminate() else as_kronecker(network, letter)
        if tree is None:
            return None
        terms.append((c, tree))
    return b.add(terms) if terms else None


def monomials(node: Node, reducer: Reducer) -> list[tuple] | None:
    """The products that `node` is a sum of, as (coefficient, (coef, operands, out, dims)); None where it is none."""
    found, todo = [], [(1, node)]
    while todo:
        c, t = todo.pop(0)
        if t.op == "sum":
            todo = [(c * d, a) for d, a in t.terms] + todo
        expanded = reducer.expanded(t) if t.op == "product" else None if t.op != "sum" else []
        if expanded is None or len(todo) + len(found) > 40:
            return None
        found += [(c, m) for m in expanded]
    for _, (_, operands, _, _) in found:
        for base, _, _ in operands:
            reducer.start(base)
    return found


def as_kronecker(network, letter: str) -> Tree | None:
    """A network without summed labels on axes (i, j, k, l), if it splits into two factors."""
    i, j, k, l = network.out
    dims = network.dims
    edges = {frozenset(e) for e in network.edges}
    scaled = lambda body: b.scale(network.coef, network.scalars, body)  # noqa: E731
    straight, crossed, apart = ({i, k}, {j, l}), ({i, l}, {j, k}), ({i, j}, {k, l})
    if i == k and j == l and i != j:
        if frozenset((i, j)) in edges:
            return scaled(b.diag(_vec(network.scaled_edge(i, j))))
        return scaled(b.kron(b.diag(network.weight_of(j)), b.diag(network.weight_of(i))))
    for pair, kind in ((straight, "straight"), (crossed, "crossed"), (apart, "apart")):
        if pair[0] & pair[1] or not all(any(e <= side for side in pair) for e in edges):
            continue
        if kind == "straight":
            return scaled(b.kron(_slot(network, j, l), _slot(network, i, k)))
        if kind == "crossed":
            product_ = b.kron(_slot(network, j, k), _slot(network, i, l))
            p, q = dims[k], dims[l]
            swap = make("commutation", (letter, p, q), (), (p * q, p * q))
            return scaled(b.mul(product_, swap))
        return scaled(b.outer(_vec(_slot(network, i, j)), _vec(_slot(network, k, l))))
    return None


def _vec(m: Tree) -> Tree:
    coef, scalars, m = b.split(m)
    return b.scale(coef, scalars, make("vec", None, (m,), (m.shape[0] * m.shape[1],)))


def _slot(network, i, j) -> Tree:
    if i == j:
        return b.diag(network.weight_of(i))
    if (min(i, j), max(i, j)) in network.edges:
        return network.scaled_edge(i, j)
    return b.outer(network.weight_of(i), network.weight_of(j))


# ------------------------------------------------------------------------------ slices


def slices(node: Node, reducer: Reducer, taken: set) -> Tree | None:
    """Σₙ (diag(Pₙ) − PₙPₙᵀ) ⊗ XₙXₙᵀ: Kronecker products of rows, where a summed axis n meets three operands."""
    index = next(k for k in ("n", "i", "r", "s", "n1") if k not in taken)
    letter = next(k for k in ("K", "C", "K1", "K2", "K3") if k not in taken)
    terms, length = [], None
    for c, (coef, operands, out, dims) in monomials(node, reducer) or ():
        counts: dict = {}
        for _, labels, _ in operands:
            for k in set(labels) - set(out):
                counts[k] = counts.get(k, 0) + 1
        if not counts:
            return None
        fixed = max(counts, key=lambda k: (dims[k] is length, counts[k], str(k)))
        if length not in (None, dims[fixed]):
            return None
        length = dims[fixed]
        network = Network(coef, tuple(out), dims)
        for base, labels, e in operands:
            tree = reducer.tree(base)
            if labels.count(fixed) > 1 or len(labels) > 2:
                return None
            network.put(*_sliced(tree, labels, fixed, index), e)
        tree = None if network.eliminate() else as_kronecker(network, letter)
        if tree is None:
            return None
        terms.append((c, tree))
    if not terms:
        return None
    body = with_common_factors(terms)
    return make("bigsum", (index, length), (body,), body.shape)


def _sliced(tree: Tree, labels: tuple, fixed, index: str) -> tuple[Tree, tuple]:
    """An operand at one value of the label `fixed`, with the labels that are left."""
    if fixed not in labels:
        return tree, labels
    if len(labels) == 1:
        return make("entry", index, (tree,), ()), ()
    if labels[1] == fixed:
        tree = b.transpose(tree)
    return make("row", index, (tree,), tree.shape[1:]), tuple([k for k in labels if k != fixed])


def with_common_factors(terms: list[tuple]) -> Tree:
    """A sum of Kronecker products, A ⊗ C + B ⊗ C as (A + B) ⊗ C."""
    for side in (1, 0):
        groups: dict[Tree, list] = {}
        for c, t in terms:
            d, scalars, body = b.split(t)
            if body.kind != "kron":
                break
            groups.setdefault(body.args[side], []).append((c * d, b.scale(1, scalars, body.args[1 - side])))
        else:
            if len(groups) < len(terms):
                parts = [(b.add(rest), shared) for shared, rest in groups.items()]
                return b.add([(1, b.kron(r, s) if side else b.kron(s, r)) for r, s in parts])
    return b.add(terms)


# ------------------------------------------------------------------------------ values


def form_value(form, values: dict, sizes: dict, dims, out_ndim: int, wrt: str, wrt_ndim: int):
    """The tensor that a form says, for checking it against another form of the same result."""
    known = {name: np.asarray(v) for name, v in values.items()}
    if form.form == "differential":
        known[differential_name(wrt)] = np.zeros(tuple([d.at(sizes) for d in dims[len(dims) - wrt_ndim :]]))
    for name, t in form.where:
        known[name] = evaluate(t, known, sizes)
    shape = tuple([d.at(sizes) for d in dims])
    if form.form == "outputs":
        each = [evaluate(form.tree, known | {("index", form.left): i}, sizes) for i in range(shape[0])]
        return np.stack([np.broadcast_to(m, shape[1:]) for m in each])
    if form.form in ("kronecker", "slices"):
        m, n, p, q = shape
        matrix = evaluate(form.tree, known, sizes)
        return np.asarray(matrix).reshape(n, m, q, p).transpose(1, 0, 3, 2)
    if form.form == "differential":
        kept = len(shape) - wrt_ndim
        width = int(np.prod(shape[kept:]))
        columns = []
        for at in range(width):
            basis = np.zeros(width)
            basis[at] = 1.0
            known[differential_name(wrt)] = basis.reshape(shape[kept:])
            columns.append(np.broadcast_to(evaluate(form.tree, known, sizes), shape[:kept]))
        return np.stack(columns, axis=-1).reshape(shape)
    return np.broadcast_to(evaluate(form.tree, known, sizes), shape)

