"""In which order the operands of a product are contracted, from their labels and the assumed sizes.

The cost of a pair is a rough time in nanoseconds: matrix products are far cheaper for each operation than passes over
memory. Up to five operands every order is tried, beyond that the cheapest pair is taken again and again.

Reference: Smith & Gray, opt_einsum (JOSS 2018), for greedy and dynamic orders.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

from .machine import OVERHEAD

EXHAUSTIVE = 5  # operands for which all orders are tried: 3⁵ splits
ONCE = 1e-3  # what a call's share is of the time for a result that is computed once for many calls
MOST_HELD = 1e6  # entries of such a result, where its operands are smaller


def shared_cost(a: frozenset, b: frozenset, keep: frozenset, size: dict, free: bool) -> tuple[float, frozenset]:
    """`pair_cost`; of what is `free`, being made once for many calls, only a share, unless it is too large to be held."""
    cost, result = pair_cost(a, b, keep, size)
    if not free or len(result) == len(a | b):  # nothing is summed: what would be held is larger than what it saves
        return cost, result
    held = prod([size[i] for i in result])
    largest = max(prod([size[i] for i in labels]) for labels in (a, b))
    return (ONCE * cost if held <= max(MOST_HELD, largest) else cost), result


def pair_cost(a: frozenset, b: frozenset, keep: frozenset, size: dict) -> tuple[float, frozenset]:
    """(time, labels of the result) for contracting two operands with these labels."""
    union = a | b
    result = union & keep
    work = 1.0
    for i in union:
        work *= size[i]
    written = 1.0
    for i in result:
        written *= size[i]
    summed = (a & b) - keep
    if not summed:
        if len(result) < len(union):  # labels of one operand alone, which are summed first
            return OVERHEAD + work, result
        return OVERHEAD + 1.2 * written, result
    free_a, free_b, batch = a - b, b - a, (a & b) & keep
    if free_a and free_b:
        rate = 0.12 if batch else 0.05
    elif free_a or free_b:
        rate = 0.6 if batch else 0.4
    else:
        rate = 0.8
    return OVERHEAD + rate * work + written, result


def order(operands: list[frozenset], out: frozenset, size: dict, free: tuple[bool, ...] = ()) -> tuple[float, object]:
    """(time, tree): a tree is the position of an operand or a pair of trees. `free` says which operands, and so what is
    made of them alone, are the same in many calls.
    """
    if len(operands) == 1:
        return 0.0, 0
    names = sorted({i for o in operands for i in o}, key=lambda i: (size[i], repr(i)))
    number = {i: n for n, i in enumerate(names)}
    key = tuple([frozenset([number[i] for i in o]) for o in operands])
    free = free if any(free) else (False,) * len(operands)
    return _order(key, frozenset([number[i] for i in out if i in number]), tuple([size[i] for i in names]), free)


@lru_cache(maxsize=4096)
def _order(operands: tuple, out: frozenset, sizes: tuple, free: tuple) -> tuple[float, object]:
    size = dict(enumerate(sizes))
    return (_exhaustive if len(operands) <= EXHAUSTIVE else _greedy)(operands, out, size, free)


def _exhaustive(operands, out, size, free):
    n = len(operands)
    full = (1 << n) - 1
    outside = {}
    for mask in range(1, full + 1):
        keep = set(out)
        for t in range(n):
            if not mask >> t & 1:
                keep |= operands[t]
        outside[mask] = frozenset(keep)
    best = {1 << t: (0.0, operands[t], t) for t in range(n)}
    for mask in range(1, full + 1):
        if mask in best:
            continue
        found = None
        is_free = all([free[t] for t in range(n) if mask >> t & 1])
        low = mask & -mask
        part = (mask - 1) & mask
        while part:
            if part & low:
                ca, la, ta = best[part]
                cb, lb, tb = best[mask ^ part]
                if found is None or ca + cb < found[0]:
                    cost, labels = shared_cost(la, lb, outside[mask], size, is_free)
                    if found is None or ca + cb + cost < found[0]:
                        found = (ca + cb + cost, labels, (ta, tb))
            part = (part - 1) & mask
        best[mask] = found
    cost, _, tree = best[full]
    return cost, tree


def _greedy(operands, out, size, free):
    """The better of two: the cheapest pair first, and the pair first after which least is left.

    The cheapest pair of a chain with weights may be two small matrices side by side, whose labels then stay for good.
    """
    return min([_greedily(operands, out, size, free, by_growth) for by_growth in (False, True)], key=lambda found: found[0])


def _greedily(operands, out, size, free, by_growth: bool):
    groups = [(labels, t, free[t]) for t, labels in enumerate(operands)]
    count: dict = {}
    for labels in operands:
        for i in labels:
            count[i] = count.get(i, 0) + 1
    total = 0.0
    while len(groups) > 1:
        best = None
        entries = [prod([size[x] for x in labels]) for labels, _, _ in groups]
        for i, (a, _, free_a) in enumerate(groups):
            for j in range(i + 1, len(groups)):
                b, _, free_b = groups[j]
                keep = frozenset([x for x in a | b if x in out or count[x] > (x in a) + (x in b)])
                cost, labels = shared_cost(a, b, keep, size, free_a and free_b)
                grown = prod([size[x] for x in labels]) - entries[i] - entries[j] if by_growth else 0.0
                if best is None or (grown, cost) < best[0]:
                    best = ((grown, cost), labels, i, j)
        (_, cost), labels, i, j = best
        total += cost
        for x in (*groups[i][0], *groups[j][0]):
            count[x] -= 1
        for x in labels:
            count[x] += 1
        merged = (labels, (groups[i][1], groups[j][1]), groups[i][2] and groups[j][2])
        groups = [g for k, g in enumerate(groups) if k not in (i, j)] + [merged]
    return total, groups[0][1]
