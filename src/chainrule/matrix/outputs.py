"""The second derivative of a function with entries as one matrix for each of them: ∇²f_i = −2h_i(1 − h_i²) W_i W_iᵀ.

The first axis of the result is held at i: a matrix with that axis becomes its row W_i, a vector its entry h_i, and a
diagonal that runs along it the unit vector e_i. What is left is a network on two axes, read off as a matrix.
"""

from __future__ import annotations

from ..core.node import Node
from . import build as b
from .beyond import monomials
from .names import remake
from .network import Network
from .reduce import Reducer, is_matrix
from .tree import Tree, eye, make, num, walk

LETTERS = ("i", "j", "r", "s", "i1")


def output_slices(node: Node, reducer: Reducer, taken: set) -> tuple[Tree, str] | None:
    """(matrix, index) for a result of three axes, the first one the function's; None where no matrix says it."""
    index = next(k for k in LETTERS if k not in taken)
    terms = []
    for c, (coef, operands, out, dims) in monomials(node, reducer) or ():
        tree = _sliced(coef, operands, tuple(out), dict(dims), index, reducer)
        if tree is None or not is_matrix(tree):
            return None
        terms.append((c, tree))
    return (b.add(terms), index) if terms else None


def _sliced(coef, operands, out: tuple, dims: dict, index: str, reducer: Reducer) -> Tree | None:
    """One product at the value `index` of its first axis."""
    fixed = out[0]
    kept = []
    units = []
    for label in out[1:]:
        if label == fixed:  # the diagonal along the fixed axis
            label = ("unit", len(units))
            dims[label] = dims[fixed]
            units.append(label)
        kept.append(label)
    network = Network(coef, tuple(kept), dims)
    for base, labels, exponent in operands:
        tree = reducer.tree(base)
        if labels.count(fixed) > 1 or (fixed in labels and len(labels) > 2):
            return None
        if fixed in labels and len(labels) == 1:
            tree, labels = make("entry", index, (tree,), ()), ()
        elif fixed in labels:
            tree = b.transpose(tree) if labels[1] == fixed else tree
            tree, labels = make("row", index, (tree,), tree.shape[1:]), tuple([k for k in labels if k != fixed])
        network.put(tree, labels, exponent)
    for label in units:
        network.put(make("row", index, (eye(dims[fixed]),), (dims[fixed],)), (label,))
    if len(set(kept)) < len(kept) and len(kept) != 2:
        return None
    return None if network.hyper else network.matrix()


def reached_inside(root: Tree) -> Tree:
    """`root` with entries and rows of expressions said by those of their parts: (1 − h²)_i is 1 − h_i²."""
    done: dict[Tree, Tree] = {}
    for t in walk(root):
        args = tuple([done[a] for a in t.args])
        if t.kind == "entry":
            done[t] = _entry(args[0], t.attr)
        elif t.kind == "row":
            done[t] = _row(args[0], t.attr)
        else:
            done[t] = t if args == t.args else remake(t, args)
    return done[root]


def _entry(v: Tree, index: str) -> Tree:
    """v_i; the vectors that a person writes are short, so that this may recurse."""
    if v.order == 0 or v.kind == "one":
        return v if v.order == 0 else num(1)
    if v.kind == "had":
        return b.scale(1, [(_entry(a, index), e) for a, e in zip(v.args, v.attr)])
    if v.kind == "sum":
        return b.add([(c, _entry(a, index)) for c, a in zip(v.attr, v.args)])
    if v.kind == "scale":
        coef, scalars, body = b.split(v)
        return b.scale(coef, [*scalars, (_entry(body, index), 1)])
    if v.kind == "apply":
        return make("apply", v.attr, tuple([_entry(a, index) for a in v.args]), ())
    if v.kind == "mv":
        rest = b.mv(b.mul(*v.args[1:-1]), v.args[-1]) if len(v.args) > 2 else v.args[-1]
        return b.dot(_row(v.args[0], index), rest)
    return make("entry", index, (v,), ())


def _row(m: Tree, index: str) -> Tree:
    """Row i of m, as a vector."""
    if m.kind == "sum":
        return b.add([(c, _row(a, index)) for c, a in zip(m.attr, m.args)])
    if m.kind == "scale" and m.attr[2]:
        coef, scalars, body = b.split(m)
        return b.scale(coef, scalars, _row(body, index))
    if m.kind == "outer":
        return b.scale(1, [(_entry(m.args[0], index), 1)], m.args[1])
    if m.kind == "mul":
        return b.mv(b.transpose(b.mul(*m.args[1:])), _row(m.args[0], index))
    if m.kind == "diag":
        return b.scale(1, [(_entry(m.args[0], index), 1)], make("row", index, (eye(m.shape[0]),), (m.shape[1],)))
    return make("row", index, (m,), m.shape[1:])
