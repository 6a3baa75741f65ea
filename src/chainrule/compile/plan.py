"""In which order the operands of a product are contracted, from their labels and the assumed sizes.

The cost of a pair is a rough time in nanoseconds: matrix products are far cheaper for each operation than passes over
memory. Up to five operands every order is tried, beyond that the cheapest pair is taken again and again.

Reference: Smith & Gray, opt_einsum (JOSS 2018), for greedy and dynamic orders.
"""

from __future__ import annotations

from functools import lru_cache

EXHAUSTIVE = 5  # operands for which all orders are tried: 3⁵ splits


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
            return 500 + work, result
        return 500 + 1.2 * written, result
    free_a, free_b, batch = a - b, b - a, (a & b) & keep
    if free_a and free_b:
        rate = 0.12 if batch else 0.05
    elif free_a or free_b:
        rate = 0.6 if batch else 0.4
    else:
        rate = 0.8
    return 500 + rate * work + written, result


def order(operands: list[frozenset], out: frozenset, size: dict) -> tuple[float, object]:
    """(time, tree): a tree is the position of an operand or a pair of trees."""
    if len(operands) == 1:
        return 0.0, 0
    names = sorted({i for o in operands for i in o}, key=lambda i: (size[i], repr(i)))
    number = {i: n for n, i in enumerate(names)}
    key = tuple([frozenset([number[i] for i in o]) for o in operands])
    return _order(key, frozenset([number[i] for i in out if i in number]), tuple([size[i] for i in names]))


@lru_cache(maxsize=4096)
def _order(operands: tuple, out: frozenset, sizes: tuple) -> tuple[float, object]:
    size = dict(enumerate(sizes))
    return _exhaustive(operands, out, size) if len(operands) <= EXHAUSTIVE else _greedy(operands, out, size)


def _exhaustive(operands, out, size):
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
        low = mask & -mask
        part = (mask - 1) & mask
        while part:
            if part & low:
                ca, la, ta = best[part]
                cb, lb, tb = best[mask ^ part]
                if found is None or ca + cb < found[0]:
                    cost, labels = pair_cost(la, lb, outside[mask], size)
                    if found is None or ca + cb + cost < found[0]:
                        found = (ca + cb + cost, labels, (ta, tb))
            part = (part - 1) & mask
        best[mask] = found
    cost, _, tree = best[full]
    return cost, tree


def _greedy(operands, out, size):
    groups = [(labels, t) for t, labels in enumerate(operands)]
    count: dict = {}
    for labels in operands:
        for i in labels:
            count[i] = count.get(i, 0) + 1
    total = 0.0
    while len(groups) > 1:
        best = None
        for i, (a, _) in enumerate(groups):
            for j in range(i + 1, len(groups)):
                b = groups[j][0]
                keep = frozenset([x for x in a | b if x in out or count[x] > (x in a) + (x in b)])
                cost, labels = pair_cost(a, b, keep, size)
                if best is None or cost < best[0]:
                    best = (cost, labels, i, j)
        cost, labels, i, j = best
        total += cost
        for x in (*groups[i][0], *groups[j][0]):
            count[x] -= 1
        for x in labels:
            count[x] += 1
        merged = (labels, (groups[i][1], groups[j][1]))
        groups = [g for k, g in enumerate(groups) if k not in (i, j)] + [merged]
    return total, groups[0][1]
