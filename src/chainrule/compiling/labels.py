"""Which axes of the arguments and of the result of a value run together.

Every axis gets a label, as in np.einsum: entrywise operations, reductions and contractions are of this kind. What mixes
the entries along an axis (a cumulative sum, an inverse, a reshape) has no labels.
"""

from __future__ import annotations

from .values import Value

Labels = tuple[list[tuple], tuple]


def labels(op: str, params: tuple, args: tuple[Value, ...], rank: int) -> Labels | None:
    """(labels of each argument, labels of the result); over a label that the result lacks there is a sum or maximum."""
    found = SPELLED.get(op)
    return None if found is None else found(params, args, rank)


def _same(params, args, rank) -> Labels:
    own = tuple(range(rank))
    return [own], own


def _laid(params, args, rank) -> Labels:
    return list(params), tuple(range(rank))


def _lin(params, args, rank) -> Labels:
    return list(params[1]), tuple(range(rank))


def _map(params, args, rank) -> Labels:
    return list(params[1]), tuple(range(rank))


def _reduced(params, args, rank) -> Labels:
    own = tuple(range(len(args[0].dims)))
    return [own], tuple([t for t in own if t not in params[0]])


def _transposed(params, args, rank) -> Labels:
    return [tuple(range(rank))], params[0]


def _placed(order: tuple, names: tuple) -> tuple:
    """The labels of an array whose axes in this order have these names."""
    found = [None] * len(order)
    for axis, name in zip(order, names):
        found[axis] = name
    return tuple(found)


def _matmul(params, args, rank) -> Labels:
    order_a, order_c = params
    batch = tuple(range(max(len(order_a), len(order_c)) - 2)) if len(order_c) > 2 else ()
    rows = tuple([("row", t) for t in range(len(order_a) - 1 - len(batch))])
    columns = ("column",) if len(order_c) > 1 else ()
    left = _placed(order_a, (*batch, *rows, "k"))
    return [left, _placed(order_c, (*batch, "k", *columns))], (*batch, *rows, *columns)


def _matvec(params, args, rank) -> Labels:
    order_a, order_c = params
    batch = tuple(range(len(order_c) - 1))
    return [_placed(order_a, (*batch, "row", "k")), _placed(order_c, (*batch, "k"))], (*batch, "row")


def _tensordot(params, args, rank) -> Labels:
    (over_a, over_c), (a, c) = params, args
    left = [("left", t) for t in range(len(a.dims))]
    right = [("right", t) for t in range(len(c.dims))]
    for t, u in zip(over_a, over_c):
        left[t] = right[u] = ("over", t)
    out = [x for x in left if x[0] != "over"] + [x for x in right if x[0] != "over"]
    return [tuple(left), tuple(right)], tuple(out)


def _dot(params, args, rank) -> Labels:
    own = tuple(range(len(args[0].dims)))
    return [own, own], ()


def _einsum(params, args, rank) -> Labels:
    return list(params[0]), params[1]


SPELLED = {
    "mul": _laid, "div": _laid, "choose": _laid, "lin": _lin, "map": _map,
    "pow": _same, "exp": _same, "log": _same, "cast": _same, "not": _same,
    "sum": _reduced, "max": _reduced, "transpose": _transposed, "turn": _transposed, "matmul": _matmul, "matvec": _matvec,
    "tensordot": _tensordot, "dot": _dot, "einsum": _einsum,
}  # fmt: skip
