"""Slices, reshapes, concatenation, cumulative sums, Kronecker products: contractions with constants of 0 and 1.

merge  (p, q, p·q)     1 where k = i·q + j            flattening two axes, row by row
shift  (n_out, n_in)   1 where in = start + step·out   a slice; read backwards, embedding in zeros
tril   (n, n)          1 where j ≤ i + k               cumulative sums

Being operands of ordinary products they are differentiated like any other: the adjoint of a slice is an
embedding, that of a cumulative sum the reversed one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from operator import is_

from .algebra import add, broadcast, sum_axes
from .dims import Dim, as_dim, dim
from .errors import ShapeError
from .node import Node, structured
from .product import Monomial, product, register_rule
from .sums import linear_sum


def kron(a: Node, b: Node) -> Node:
    """The Kronecker product of two vectors or two matrices."""
    if a.ndim != b.ndim or a.ndim not in (1, 2):
        raise ShapeError("kron takes two vectors or two matrices", given=f"{a.ndim} and {b.ndim} axes")
    operands = [(a, tuple(("a", t) for t in range(a.ndim)), 1), (b, tuple(("b", t) for t in range(a.ndim)), 1)]
    for t, (p, q) in enumerate(zip(a.dims, b.dims)):
        operands.append((structured("merge", (), (p, q, p * q)), (("a", t), ("b", t), ("k", t)), 1))
    return product(1, operands, [("k", t) for t in range(a.ndim)])


def merge_axes(a: Node, axis: int) -> Node:
    """`a` with axes `axis` and `axis + 1` flattened into one."""
    p, q = a.dims[axis], a.dims[axis + 1]
    labels = list(range(a.ndim))
    out = labels[:axis] + ["k"] + labels[axis + 2 :]
    merge = structured("merge", (), (p, q, p * q))
    return product(1, [(a, tuple(labels), 1), (merge, (axis, axis + 1, "k"), 1)], out)


def split_axis(a: Node, axis: int, p: Dim, q: Dim) -> Node:
    """`a` with axis `axis`, of size p·q, as two axes of sizes p and q."""
    labels = list(range(a.ndim))
    out = labels[:axis] + ["p", "q"] + labels[axis + 1 :]
    merge = structured("merge", (), (p, q, p * q))
    return product(1, [(a, tuple(labels), 1), (merge, ("p", "q", axis), 1)], out)


def reshape(a: Node, dims: Iterable) -> Node:
    """`a`, read row by row, with other dims of the same product. One of them may be -1.

    Raises
        ShapeError: the numbers of entries differ, or cannot be seen to agree.
    """
    dims = [as_dim(d) if not isinstance(d, int) or d >= 0 else None for d in dims]
    whole = dim(1)
    for d in a.dims:
        whole = whole * d
    if None in dims:
        rest = dim(1)
        for d in dims:
            rest = rest * (d if d is not None else 1)
        dims[dims.index(None)] = _quotient(whole, rest)
    target = dim(1)
    for d in dims:
        target = target * d
    if target is not whole:
        raise ShapeError(
            "a reshape keeps the number of entries",
            given=f"{' × '.join(map(str, a.dims))} to {' × '.join(map(str, dims))}",
            expected=f"{whole} entries",
        )
    # axes of one entry hold nothing to flatten; of the others, those that agree at the front and at the back stay,
    # and the middle is flattened and split anew
    node, wanted = _without_unit_axes(a), [d for d in dims if d.value != 1]
    front = 0
    while front < min(node.ndim, len(wanted)) and node.dims[front] is wanted[front]:
        front += 1
    back = 0
    while back < min(node.ndim, len(wanted)) - front and node.dims[-1 - back] is wanted[-1 - back]:
        back += 1
    while node.ndim - back - front > 1:
        node = merge_axes(node, front)
    middle = wanted[front : len(wanted) - back]
    while len(middle) > 1:
        first, rest = middle[0], dim(1)
        for d in middle[1:]:
            rest = rest * d
        node = split_axis(node, front, first, rest)
        front, middle = front + 1, middle[1:]
    return broadcast(node, dims, [t for t, d in enumerate(dims) if d.value != 1])


def _without_unit_axes(a: Node) -> Node:
    return sum_axes(a, [t for t, d in enumerate(a.dims) if d.value == 1])


def _quotient(whole: Dim, part: Dim) -> Dim:
    if len(whole.terms) == len(part.terms) == 1:
        (names, n), (less, m) = whole.terms[0], part.terms[0]
        names = list(names)
        if n % m == 0 and all(x in names for x in less):
            for x in less:
                names.remove(x)
            found = dim(n // m)
            for x in names:
                found = found * dim(x)
            return found
    raise ShapeError("cannot work out the axis given as -1", given=f"{whole} entries in rows of {part}")


def slice_axis(a: Node, axis: int, start, stop, step: int = 1) -> Node:
    """Entries start, start + step, … before stop of one axis. `start` and `stop` are ints or Dims; negative counts from the end."""
    n = a.dims[axis]
    start, stop = _from_end(start, n), _from_end(stop, n)
    count = stop - start
    if step != 1:
        if count.value is None or step < 1:
            raise ShapeError("a slice with a step needs a step ≥ 1 and a known length", given=f"{count} entries, step {step}")
        count = dim(-(-count.value // step))
    if count is n and start is dim(0):
        return a
    if count.value is not None and count.value < 1:
        raise ShapeError("the slice is empty", given=f"[{start}:{stop}] of an axis of size {n}")
    cut = structured("shift", (start, step), (count, n))
    labels = list(range(a.ndim))
    out = [*labels[:axis], "o", *labels[axis + 1 :]]
    return product(1, [(a, tuple(labels), 1), (cut, ("o", axis), 1)], out)


def index_axis(a: Node, axis: int, i) -> Node:
    """Entry `i` of one axis, which vanishes."""
    start = _from_end(i, a.dims[axis])
    cut = structured("shift", (start, 1), (dim(1), a.dims[axis]))
    labels = list(range(a.ndim))
    return product(1, [(a, tuple(labels), 1), (cut, ("o", axis), 1)], labels[:axis] + labels[axis + 1 :])


def _from_end(position, n: Dim) -> Dim:
    if isinstance(position, int) and position < 0:
        return n + position
    return as_dim(position)


def concatenate(nodes: Iterable[Node], axis: int) -> Node:
    """Tensors side by side along `axis`."""
    nodes = list(nodes)
    whole = nodes[0].dims[axis]
    for node in nodes[1:]:
        whole = whole + node.dims[axis]
    start, parts = dim(0), []
    for node in nodes:
        place = structured("shift", (start, 1), (node.dims[axis], whole))
        labels = list(range(node.ndim))
        out = [*labels[:axis], "k", *labels[axis + 1 :]]
        parts.append(product(1, [(node, tuple(labels), 1), (place, (axis, "k"), 1)], out))
        start = start + node.dims[axis]
    return add(*parts)


def cumsum(a: Node, axis: int, k: int = 0) -> Node:
    """Sums of the entries up to each place (with k = −1: before it) along `axis`."""
    lower = structured("tril", (k,), (a.dims[axis], a.dims[axis]))
    labels = list(range(a.ndim))
    out = [*labels[:axis], "i", *labels[axis + 1 :]]
    return product(1, [(a, tuple(labels), 1), (lower, ("i", axis), 1)], out)


# ---------------------------------------------------------------- rules for the constants


def _merges_meet(m: Monomial) -> bool:
    """Two merges with one flattened axis, or with one pair of axes, tie their other labels."""
    seen: dict = {}
    for i, (base, labels, _) in enumerate(m.operands):
        if base.op != "structured" or base.attr[0] != "merge":
            continue
        p, q, k = labels
        for key, tied in ((("k", k), (p, q)), (("pq", p, q), (k,))):
            if (base, key) in seen:
                for a, b in zip(seen[base, key], tied):
                    m.unify(a, b)
                del m.operands[i]
                return True
            seen[base, key] = tied
    return False


def _merge_summed(m: Monomial) -> bool:
    """Σ_k merge(i, j; k) = 1, and Σ_ij merge(i, j; k) = 1."""
    for i, (base, labels, _) in enumerate(m.operands):
        if base.op == "structured" and base.attr[0] == "merge":
            alone = [m.occurrences(x) == 1 and x not in m.out for x in labels]
            if alone[2] or (alone[0] and alone[1] and labels[0] != labels[1]):
                del m.operands[i]
                if alone[2]:
                    m.dims.pop(labels[2])
                else:
                    m.dims.pop(labels[0]), m.dims.pop(labels[1])
                return True
    return False


def _behind(first: Node, second: Node) -> bool:
    """Whether one slice certainly begins where the other ends, or later."""
    gap = second.attr[1] - (first.attr[1] + first.dims[0])
    return all(coefficient > 0 for _, coefficient in gap.terms)


def _shifts_meet(m: Monomial) -> bool:
    """Two equal slices of one axis tie their entries; slices that do not overlap multiply to zero."""
    shifts = [(i, b, l) for i, (b, l, _) in enumerate(m.operands) if b.op == "structured" and b.attr[0] == "shift"]
    for at, (_, a, (o, n)) in enumerate(shifts):
        for j, b, (o2, n2) in shifts[at + 1 :]:
            if a is b and (n == n2 or o == o2):
                m.unify(o, o2)
                m.unify(n, n2)
                del m.operands[j]
                return True
            if n == n2 and a.attr[2] == b.attr[2] == 1:
                if _behind(a, b) or _behind(b, a):
                    m.coef = 0
                    return False
    for i, _, (o, n) in shifts:
        if n not in m.out and m.occurrences(n) == 1 and o != n:
            del m.operands[i]
            m.dims.pop(n)
            return True
    return False


def _part_of_joined(m: Monomial) -> bool:
    """A slice of parts that were joined is the part that it covers; the others vanish."""
    for i, (cut, labels, e) in enumerate(m.operands):
        if cut.op != "structured" or cut.attr[0] != "shift" or cut.attr[2] != 1 or e != 1:
            continue
        o, n = labels
        if o == n or n in m.out or m.occurrences(n) != 2:
            continue
        for j, (whole, mine, exponent) in enumerate(m.operands):
            if j == i or mine.count(n) != 1 or exponent != 1 or whole.op not in ("sum", "product"):
                continue
            axis = mine.index(n)
            if whole.op == "product" and _meets(cut, whole, axis):
                del m.operands[j]
                m.inline(whole, mine)
                return True
            if whole.op == "product" or not whole.args:
                continue
            if all([_meets(cut, term, axis) for term in whole.args]):
                dims = tuple([cut.dims[0] if t == axis else d for t, d in enumerate(whole.dims)])
                places = tuple(range(whole.ndim))
                out = ["o" if t == axis else t for t in places]
                met = [product(1, [(t, places, 1), (cut, ("o", axis), 1)], out, inline=partial(is_, t)) for t in whole.args]
                parts = list(zip(whole.attr, met))
                m.operands[j] = (linear_sum(parts, dims), tuple([o if x == n else x for x in mine]), 1)
                del m.operands[i]
                m.dims.pop(n)
                return True
    return False


def _meets(cut: Node, term: Node, axis: int) -> bool:
    """Whether `term` is placed along `axis` by a slice that is `cut`, or that certainly lies apart from it."""
    if term.op != "product":
        return False
    _, out, operands = term.attr
    for arg, (labels, e) in zip(term.args, operands):
        if arg.op == "structured" and arg.attr[0] == "shift" and labels[1] == out[axis] and arg.attr[2] == e == 1:
            return arg is cut or _behind(arg, cut) or _behind(cut, arg)
    return False


for _rule in (_merges_meet, _merge_summed, _shifts_meet, _part_of_joined):
    register_rule(_rule, "structured")
