"""Products with flattened axes (core.shaping "merge"): Kronecker products and reshapes of matrices.

A merge with its flat axis in the result pairs two labels into one; the network over the pairs splits into
components, each a factor of a Kronecker product. A merge with its flat axis summed reads a vector as a matrix.
"""

from __future__ import annotations

from . import build as b
from .network import Network
from .tree import Tree, make


def merged(reducer, monomial: tuple) -> Tree | None:
    """The tree of a product with merges and at most two axes; None if there are none, or it is no matrix."""
    coef, operands, out, dims = monomial
    merges = [(labels, base) for base, labels, e in operands if _is_merge(base)]
    if not merges:
        return None
    found = _flat_in_matrix(reducer, monomial, merges) if len(out) <= 2 else None
    return found or _flat_tensor(reducer, monomial)


def _flat_in_matrix(reducer, monomial: tuple, merges: list) -> Tree | None:
    """A matrix or vector whose flat axes make Kronecker products, vec, or reshapes of single operands."""
    coef, operands, out, dims = monomial
    if len(set(out)) < len(out):
        return None
    rest = [item for item in operands if not _is_merge(item[0])]
    network_out = list(out)
    pairs = {}
    for (p, q, flat), _ in merges:
        if flat in out and flat not in pairs:
            pairs[flat] = (p, q)
        else:
            if flat in out or not _unflattened(reducer, rest, (p, q, flat), dims):
                return None
    network_out = [k for label in out for k in pairs.get(label, (label,))]
    network = _network(reducer, coef, rest, tuple(dict.fromkeys(network_out)), dims)
    if not pairs:
        return (network.einsum() if network.hyper else network.matrix()) if tuple(network_out) == tuple(out) else None
    if network.hyper or network.eliminate():
        return None
    if len(out) == 1:
        return _flat_vector(network, pairs[out[0]], dims)
    return _flat_matrix(network, [pairs.get(label, (label,)) for label in out], dims)


def _unflattened(reducer, rest: list, merge: tuple, dims) -> bool:
    """The operands that hold the flat axis of a merge get two axes in its place, in `rest`; False if there are none."""
    p, q, flat = merge
    holders = [k for k, item in enumerate(rest) if flat in item[1]]
    if not holders or any([rest[k][1].count(flat) != 1 or _is_merge(rest[k][0]) for k in holders]):
        return False
    for k in holders:
        base, labels, e = rest[k]
        tree = base if isinstance(base, Tree) else reducer.tree(base)
        at = labels.index(flat)
        labels = (*labels[:at], p, q, *labels[at + 1 :])
        tree = tree.args[0] if tree.kind == "reshape" else tree
        rest[k] = (make("reshape", None, (tree,), tuple([dims[k] for k in labels])), labels, e)
    return True


def _is_merge(base) -> bool:
    return not isinstance(base, Tree) and base.op == "structured" and base.attr[0] == "merge"


def _flat_tensor(reducer, monomial: tuple) -> Tree | None:
    """A tensor some of whose axes are pairs of axes read row by row: an einsum, reshaped."""
    coef, operands, out, dims = monomial
    pairs, rest = {}, []
    for base, labels, e in operands:
        if _is_merge(base) and e == 1 and labels[2] not in pairs and out.count(labels[2]) == 1:
            pairs[labels[2]] = labels[:2]
        else:
            rest.append((base, labels, e))
    spread_out = False
    for item in list(rest):
        base, labels, e = item
        if not any(item is other for other in rest):
            continue  # it gave way to its reshaped form
        if _is_merge(base) and labels[2] not in out and e == 1:
            rest = [other for other in rest if other is not item]
            if _unflattened(reducer, rest, labels, dims):
                spread_out = True
            else:
                rest.append(item)
    if not pairs:
        return _network(reducer, coef, rest, out, dims).einsum() if spread_out else None
    for flat, (p, q) in pairs.items():
        if any(flat in labels for _, labels, _ in rest) and not _unflattened(reducer, rest, (p, q, flat), dims):
            return None
    spread = tuple([k for label in out for k in pairs.get(label, (label,))])
    network = _network(reducer, coef, rest, spread, dims)
    c, scalars, body = b.split(network.einsum())
    return b.scale(c, scalars, make("reshape", None, (body,), tuple([dims[k] for k in out])))


def _network(reducer, coef, rest, out, dims):
    network = Network(coef, out, dims)
    for base, labels, e in rest:
        network.put(base if isinstance(base, Tree) else reducer.tree(base), tuple(labels), e)
    return network


def _flat_vector(network, pair, dims) -> Tree | None:
    p, q = pair
    if p == q:
        return None
    if not network.edges:
        return b.scale(network.coef, network.scalars, b.kron(network.weight_of(p), network.weight_of(q)))
    whole = b.scale(network.coef, network.scalars, network.scaled_edge(p, q))
    return make("vec", None, (b.transpose(whole),), (dims[p] * dims[q],))  # rows read on: the columns of the transpose


def _flat_matrix(network, sides: list[tuple], dims) -> Tree | None:
    """Rows and columns are each one label or a pair; a factor of the Kronecker product for each place of a pair."""
    rows, columns = sides
    if len(rows) == 2 and len(columns) == 2:
        slots = [(rows[0], columns[0]), (rows[1], columns[1])]
    elif len(rows) == 2:
        first = _joins(network, rows[0], columns[0])
        slots = [(rows[0], columns[0]), (rows[1], None)] if first else [(rows[0], None), (rows[1], columns[0])]
    else:
        first = _joins(network, rows[0], columns[0])
        slots = [(rows[0], columns[0]), (None, columns[1])] if first else [(None, columns[0]), (rows[0], columns[1])]
    allowed = {tuple(sorted(slot, key=str)) for slot in slots if None not in slot}
    if any(tuple(sorted(edge, key=str)) not in allowed for edge in network.edges):
        return None
    if len({*rows, *columns}) < len(rows) + len(columns) and not all(_tied_or_apart(slot, slots) for slot in slots):
        return None
    factors = [_slot(network, i, j, dims) for i, j in slots]
    if any(j is None for _, j in slots) or all(i is not None for i, _ in slots):
        return b.scale(network.coef, network.scalars, b.kron(*factors) if None not in slots[0] + slots[1] else _tall(*factors))
    return b.transpose(b.scale(network.coef, network.scalars, _tall(*[b.transpose(f) for f in factors])))


def _tied_or_apart(slot, slots) -> bool:
    others = {k for other in slots if other is not slot for k in other}
    return not (set(slot) - {None}) & others


def _joins(network, i, j) -> bool:
    return i == j or (min(i, j), max(i, j)) in network.edges


def _tall(a: Tree, c: Tree) -> Tree:
    """The Kronecker product of a matrix and a column vector, in either order."""
    rows = a.shape[0] * c.shape[0]
    columns = a.shape[1] if a.order == 2 else c.shape[1]
    coef, scalars, (a, c) = b.gather([a, c])
    return b.scale(coef, scalars, make("kron", None, (a, c), (rows, columns)))


def _slot(network, i, j, dims) -> Tree:
    if i is None or j is None:
        return network.weight_of(j if i is None else i)
    if i == j:
        return b.diag(network.weight_of(i))
    if _joins(network, i, j):
        return network.scaled_edge(i, j)
    return b.outer(network.weight_of(i), network.weight_of(j))

