"""The 0/1 constants of slices, reshapes and cumulative sums, turned into views of the arrays they meet.

A network is a list of operands [value, labels, exponent] beside constants (kind, params, labels); this module takes
the constants out one by one. What meets no pattern becomes a dense array, an operand like any other.
"""

from __future__ import annotations

from ..core.dims import Dim, dim
from .network import Network
from .pairs import einsum
from .values import Builder, Value


def remove_constants(b: Builder, net: Network) -> None:
    """Turn every merge and shift into views where that can be, else into operands. Cumulative sums (tril) stay."""
    waiting = sorted(net.constants, key=lambda c: c[0])  # merges, then shifts, then tril
    net.constants = []
    while waiting:
        inner = {x for kind, _, labels in waiting if kind == "merge" for x in labels[:2]}
        # an outer merge first: its flattened axis is no part of another one
        at = next((i for i, (kind, _, labels) in enumerate(waiting) if kind == "merge" and labels[2] not in inner), 0)
        constant = waiting.pop(at)
        others = {x for _, _, labels in waiting for x in labels} | {x for _, _, labels in net.constants for x in labels}
        kind = constant[0]
        done = (
            _merge(b, net, constant, others) if kind == "merge"
            else _shift(b, net, constant, others) if kind == "shift"
            else _keep(net, constant)
        )  # fmt: skip
        if not done:
            net.operands.append([_dense(b, net, constant), constant[2], 1])


def _keep(net: Network, constant) -> bool:
    net.constants.append(constant)
    return True


def _dense(b: Builder, net: Network, constant) -> Value:
    kind, params, labels = constant
    dims = tuple([net.dims[x] for x in labels])
    return b.make("constant", (kind, params), (), dims)


def _merge(b: Builder, net: Network, constant, others: set) -> bool:
    """k = i·q + j: axes k are split into (i, j); an output k is flattened at the end."""
    i, j, k = constant[2]
    if i == j or k in (i, j):
        return False
    if k in others:
        return _flatten(b, net, constant[2], others)
    if k in net.out and (i in net.out or j in net.out or net.out.count(k) > 1):
        return False
    for operand in net.operands:
        value, labels, _ = operand
        while k in labels:
            t = labels.index(k)
            value = b.reshape(value, (*value.dims[:t], net.dims[i], net.dims[j], *value.dims[t + 1 :]))
            labels = (*labels[:t], i, j, *labels[t + 1 :])
        operand[0], operand[1] = value, labels
    if k in net.out:
        t = net.out.index(k)
        net.out[t : t + 1] = [i, j]
        net.merged.append((t, net.dims[k]))
    del net.dims[k]
    return True


def _flatten(b: Builder, net: Network, labels: tuple, others: set) -> bool:
    """The one operand with both axes i and j, flattened: for another constant that acts on k."""
    i, j, k = labels
    having = [o for o in net.operands if i in o[1] or j in o[1]]
    if len(having) != 1 or {i, j} & (others | set(net.out)):
        return False
    value, where, _ = having[0]
    if where.count(i) != 1 or where.count(j) != 1:
        return False
    rest = [t for t, x in enumerate(where) if x not in (i, j)]
    value = b.transpose(value, (*rest, where.index(i), where.index(j)))
    having[0][0] = b.reshape(value, (*value.dims[:-2], net.dims[k]))
    having[0][1] = (*[where[t] for t in rest], k)
    del net.dims[i], net.dims[j]
    return True


def _shift(b: Builder, net: Network, constant, others: set) -> bool:
    """in = start + step·out: axes `in` are sliced; an output `in` is embedded in zeros."""
    _, (start, step), (o, n) = constant
    start = start if isinstance(start, Dim) else dim(start)
    if n in others or o == n:
        return False
    if n in net.out and (net.merged or any(net.out[t] == n for t in net.embed)):
        return False  # what is embedded already, or flattened later, cannot be embedded here
    count = net.dims[o]
    single = count.value == 1 and o not in net.out and n not in net.out and o not in others
    single = single and not any(o in labels for _, labels, _ in net.operands)
    for operand in net.operands:
        value, labels, _ = operand
        if n not in labels:
            continue
        cut = ("at", start) if single else ("cut", count, start, step)
        if labels.count(n) > 1:
            value, labels = einsum(b, [(value, labels)], tuple(dict.fromkeys(labels)))
        t = labels.index(n)
        spec = (None,) * t + (cut,) + (None,) * (len(labels) - t - 1)
        dims = (*value.dims[:t], *(() if single else (count,)), *value.dims[t + 1 :])
        operand[0] = b.make("slice", spec, (value,), dims, mask=value.mask, work=0)
        operand[1] = (*labels[:t], *(() if single else (o,)), *labels[t + 1 :])
    for position, label in enumerate(net.out):
        if label == n:
            net.out[position] = o
            net.embed[position] = (count, start, step)
    del net.dims[n]
    if single:
        del net.dims[o]
    return True


def cumulated(b: Builder, net: Network, arrays: list, tril: list) -> list:
    """Each tril(i, j) summed over j with all that holds j is a cumulative sum; otherwise it is a dense operand."""
    for n, (_, (k,), (i, j)) in enumerate(tril):
        done = None
        later = {x for _, _, labels in tril[n + 1 :] for x in labels}
        if k == 0 and i != j and net.dims[i] is net.dims[j]:
            for axis, other, reverse in ((j, i, False), (i, j, True)):
                done = _cumsum(b, net, arrays, axis, other, reverse) if axis not in later else None
                if done is not None:
                    break
        if done is None:
            value = b.make("constant", ("tril", (k,)), (), (net.dims[i], net.dims[j]))
            done = arrays + [(*(einsum(b, [(value, (i, j))], (i,)) if i == j else (value, (i, j))), False)]
        arrays = done
    return arrays


def _cumsum(b: Builder, net: Network, arrays: list, axis, other, reverse: bool) -> list | None:
    if axis in net.out or any(axis in labels and other in labels for _, labels, _ in arrays):
        return None
    having = [a for a in arrays if axis in a[1]]
    if len(having) != 1:
        return None
    value, labels, below = having[0]
    if below:
        value = b.reciprocal(value)
    t = labels.index(axis)
    summed = b.make("cumsum", (t, reverse), (b.numeric(value),), value.dims)
    rest = [a for a in arrays if a is not having[0]]
    return rest + [(summed, (*labels[:t], other, *labels[t + 1 :]), False)]
