"""One contraction of two labelled arrays, by the array operation that does it fastest.

A labelled array is (value, labels): one label for each axis. The result's labels come in the order in which the
operation leaves them; nobody transposes it back. So a product and its transpose are one value.
"""

from __future__ import annotations

from .values import Builder, Value

Labelled = tuple[Value, tuple]
LONG = 1000  # rows from which a product XᵀP with a thin P is worth turning


def multiply(b: Builder, x: Labelled, y: Labelled, x_below: bool = False, y_below: bool = False) -> Labelled:
    """x · y entry by entry over the union of the labels; an array that is `below` divides. Nothing is summed.

    If both are below, the result is their product (and is below).
    """
    (a, la), (c, lc) = x, y
    labels = _union_order(b, x, y)
    where = {label: t for t, label in enumerate(labels)}
    found = dict(zip(la, a.dims))
    found.update(zip(lc, c.dims))
    dims = tuple([found[label] for label in labels])
    axes_a, axes_c = tuple([where[i] for i in la]), tuple([where[i] for i in lc])
    if x_below == y_below:
        return b.mul(a, c, axes_a, axes_c, dims), labels
    if x_below:
        a, c, axes_a, axes_c = c, a, axes_c, axes_a
    if len(axes_c) < len(dims) and len(axes_a) >= len(axes_c) and dims:
        # dividing costs more than multiplying: divide where the array is small
        if not (a.python and a.op == "number" and a.params[0] in (1, -1)):
            return b.mul(a, b.reciprocal(c), axes_a, axes_c, dims), labels
    return b.div(a, c, axes_a, axes_c, dims), labels


def choose(b: Builder, mask: Labelled, x: Labelled) -> Labelled:
    """x where the mask holds, else 0: for an x that may be infinite where it does not."""
    labels = _union_order(b, mask, x)
    where = {label: t for t, label in enumerate(labels)}
    found = dict(zip(mask[1], mask[0].dims))
    found.update(zip(x[1], x[0].dims))
    params = tuple([where[i] for i in mask[1]]), tuple([where[i] for i in x[1]])
    dims = tuple([found[i] for i in labels])
    return b.make("choose", params, (mask[0], x[0]), dims, work=8 * b.entries(dims)), labels


def _union_order(b: Builder, x: Labelled, y: Labelled) -> tuple:
    """The labels of both, in the order of the array with more of them."""
    first, second = (x, y) if (len(x[1]), -x[0].serial) >= (len(y[1]), -y[0].serial) else (y, x)
    extra = [label for label in second[1] if label not in first[1]]
    if not extra:
        return first[1]
    if len(first[1]) == len(second[1]) == 1:  # an outer product: the longer side first
        if b.entries(second[0].dims) > b.entries(first[0].dims):
            return second[1] + first[1]
        return first[1] + tuple(extra)
    shared = [label for label in second[1] if label in first[1]]
    if shared and second[1].index(shared[0]) > second[1].index(extra[0]):
        return tuple(extra) + first[1]
    return first[1] + tuple(extra)


def sum_out(b: Builder, x: Labelled, keep) -> Labelled:
    """`x` summed over the labels that are not in `keep`."""
    value, labels = x
    gone = tuple([t for t, label in enumerate(labels) if label not in keep])
    if not gone:
        return x
    kept = tuple([label for label in labels if label in keep])
    if value.op == "pow" and value.params[0] == 2:
        root = value.args[0]
        return contract(b, (root, labels), (root, labels), keep)
    return b.reduce("sum", value, gone), kept


def contract(b: Builder, x: Labelled, y: Labelled, keep, out: tuple = ()) -> Labelled:
    """Σ x·y over the labels that are not in `keep`. Where all else is equal the labels come as in `out`."""
    (a, la), (c, lc) = x, y
    both = [i for i in la if i in lc]
    summed = [i for i in both if i not in keep]
    if any(i not in keep and i not in lc for i in la):
        x = a, la = sum_out(b, x, set(keep) | set(lc))
    if any(i not in keep and i not in la for i in lc):
        y = c, lc = sum_out(b, y, set(keep) | set(la))
    if not summed:
        return multiply(b, x, y)
    x, y = (a, la), (c, lc) = (b.numeric(a), la), (b.numeric(c), lc)
    batch = [i for i in both if i in keep]
    free_a = [i for i in la if i not in both]
    free_c = [i for i in lc if i not in both]
    if not batch:
        if not free_a and not free_c:
            return _full(b, x, y)
        if len(summed) == 1 and len(free_a) <= 1 and len(free_c) <= 1:
            return _matmul(b, x, y, summed[0], out)
        if len(summed) == 1 and (len(free_c) <= 1 or len(free_a) <= 1):
            found = _stacked(b, x, y, summed[0])
            if found is not None:
                return found
        return _tensordot(b, x, y, summed, out)
    if not free_a and not free_c:
        return einsum(b, [x, y], tuple(batch))
    if len(summed) == 1 and len(free_a) <= 1 and len(free_c) <= 1:
        return _batched(b, x, y, batch, free_a, free_c, summed[0])
    return _merged(b, x, y, batch, free_a, free_c, summed)


def _full(b: Builder, x: Labelled, y: Labelled) -> Labelled:
    """All labels are shared and summed: a scalar."""
    (a, la), (c, lc) = x, y
    if a.serial > c.serial:
        (a, la), (c, lc) = (c, lc), (a, la)
    if len(la) == 1:
        return b.make("matmul", ((0,), (0,)), (a, c), (), work=b.entries(a.dims)), ()
    if la == lc:
        return b.make("dot", (), (a, c), (), work=b.entries(a.dims)), ()
    return einsum(b, [(a, la), (c, lc)], ())


def _matmul(b: Builder, x: Labelled, y: Labelled, k, out: tuple) -> Labelled:
    """Vectors and matrices that share one summed label: `@`, so that as little as can be is transposed."""
    forth, back = _straight(b, x, y, k), _straight(b, y, x, k)
    if forth == back:
        if _known(b, x, y, k) or _known(b, y, x, k):  # a transposed twin was asked for before
            forth += _known(b, x, y, k)
            back += _known(b, y, x, k)
        elif _much_thinner(b, x, y, k) or _much_thinner(b, y, x, k):
            forth += _much_thinner(b, x, y, k)
            back += _much_thinner(b, y, x, k)
        else:
            free = [i for i in (*x[1], *y[1]) if i != k and i in out]
            back += len(free) == 2 and out.index(free[0]) > out.index(free[1])
    left, right = (x, y) if forth >= back else (y, x)
    params, dims, labels, work = _at(b, left, right, k)
    value = b.make("matmul", params, (left[0], right[0]), dims, work=work)
    if left[0] is right[0] and len(dims) == 2 and set(params) == {(0, 1), (1, 0)}:
        b.symmetric.add(value)
    return value, labels


def _straight(b: Builder, left: Labelled, right: Labelled, k) -> int:
    """How many of the two matrices stand in left @ right as they are."""
    (a, la), (c, lc) = left, right
    return (len(la) == 2 and (la[-1] == k or a in b.symmetric)) + (len(lc) == 2 and (lc[0] == k or c in b.symmetric))


def _much_thinner(b: Builder, left: Labelled, right: Labelled, k) -> bool:
    """Whether left.T is so much thinner than right that BLAS is faster with it first: (P.T @ X).T for X.T @ P."""
    (a, la), (c, lc) = left, right
    if len(la) != 2 or len(lc) != 2 or b.size(a.dims[la.index(k)]) < LONG:
        return False
    return la[0] == k == lc[0] and 4 * b.size(a.dims[1]) <= b.size(c.dims[1])


def _known(b: Builder, left: Labelled, right: Labelled, k) -> bool:
    params, dims, _, _ = _at(b, left, right, k)
    return b.known("matmul", params, (left[0], right[0]), dims)


def _at(b: Builder, left: Labelled, right: Labelled, k) -> tuple:
    """(params, dims, labels, work) of left @ right over k."""
    (a, la), (c, lc) = left, right
    order_a = (0,) if len(la) == 1 else ((0, 1) if la[1] == k else (1, 0))
    order_c = (0,) if len(lc) == 1 else ((0, 1) if lc[0] == k else (1, 0))
    if a is not c:
        order_a = (0, 1) if a in b.symmetric else order_a
        order_c = (0, 1) if c in b.symmetric else order_c
    labels = tuple([i for i in la if i != k] + [i for i in lc if i != k])
    dims = tuple([d for d, i in zip(a.dims, la) if i != k] + [d for d, i in zip(c.dims, lc) if i != k])
    inner = b.size(a.dims[la.index(k)])
    work = inner * b.entries(dims)
    work *= 0.05 if len(dims) == 2 else 0.4
    return (order_a, order_c), dims, labels, work


def _stacked(b: Builder, x: Labelled, y: Labelled, k) -> Labelled | None:
    """A tensor whose last axis is summed with a vector or matrix: `@` over the stack."""
    (a, la), (c, lc) = x, y
    if len(la) < len(lc) or (len(la) == len(lc) and la[-1] != k):
        (a, la), (c, lc) = (c, lc), (a, la)
    if len(lc) > 2 or len(la) < 3:
        return None
    if la[-1] != k:
        return None
    if len(lc) == 2:
        return None  # tensordot makes one product of it
    work = 0.4 * b.entries(a.dims)
    return b.make("matmul", (tuple(range(len(la))), (0,)), (a, c), a.dims[:-1], work=work), la[:-1]


def _tensordot(b: Builder, x: Labelled, y: Labelled, summed, out: tuple) -> Labelled:
    (a, la), (c, lc) = x, y
    if a is c:
        free = [i for i in la if i not in summed], [i for i in lc if i not in summed]
        turned = (
            bool(out) and all([i in out for f in free for i in f]) and out.index(free[0][0]) > out.index(free[1][0])
        )
    else:
        turned = (len(lc), c.serial) > (len(la), a.serial)
    if turned:
        (a, la), (c, lc) = (c, lc), (a, la)
    summed = [i for i in la if i in summed]
    axes = tuple([la.index(i) for i in summed]), tuple([lc.index(i) for i in summed])
    labels = tuple([i for i in la if i not in summed] + [i for i in lc if i not in summed])
    dims = tuple(
        [d for d, i in zip(a.dims, la) if i not in summed] + [d for d, i in zip(c.dims, lc) if i not in summed]
    )
    work = 0.06 * b.entries(dims) * b.entries([a.dims[t] for t in axes[0]]) + b.entries(a.dims) + b.entries(c.dims)
    return b.make("tensordot", axes, (a, c), dims, work=work + 4000), labels


def _batched(b: Builder, x: Labelled, y: Labelled, batch, free_a, free_c, k) -> Labelled:
    """matmul over leading batch axes."""
    (a, la), (c, lc) = x, y
    if (not free_a and free_c) or (bool(free_a) == bool(free_c) and _straight(b, y, x, k) > _straight(b, x, y, k)):
        (a, la, free_a), (c, lc, free_c) = (c, lc, free_c), (a, la, free_a)
    batch = [i for i in la if i in batch]
    order_a = tuple([la.index(i) for i in [*batch, *free_a, k]])
    sizes = dict(zip(la, a.dims)) | dict(zip(lc, c.dims))
    dims_of = lambda labels: tuple([sizes[i] for i in labels])  # noqa: E731
    if free_c:
        order_c = tuple([lc.index(i) for i in [*batch, k, *free_c]])
        labels = (*batch, *free_a, *free_c)
        work = 0.1 * b.size(sizes[k]) * b.entries(dims_of(labels)) + 20 * b.entries(dims_of(batch))
        return b.make("matmul", (order_a, order_c), (a, c), dims_of(labels), work=work), labels
    order_c = tuple([lc.index(i) for i in [*batch, k]])
    labels = (*batch, *free_a)
    work = 0.5 * b.size(sizes[k]) * b.entries(dims_of(labels)) + 20 * b.entries(dims_of(batch))
    return b.make("matvec", (order_a, order_c), (a, c), dims_of(labels), work=work), labels


def _merged(b: Builder, x: Labelled, y: Labelled, batch, free_a, free_c, summed) -> Labelled:
    """Any contraction, as one stack of matrix products of reshaped arrays."""
    (a, la), (c, lc) = x, y
    sizes = dict(zip(la, a.dims)) | dict(zip(lc, c.dims))
    if not free_a or not free_c:
        return einsum(b, [x, y], (*batch, *free_a, *free_c))

    def arranged(value, labels, groups):
        value = b.transpose(value, tuple([labels.index(i) for g in groups for i in g]))
        dims = []
        for group in groups:
            d = None
            for i in group:
                d = sizes[i] if d is None else d * sizes[i]
            dims.append(d)
        return b.reshape(value, dims)

    left = arranged(a, la, (batch, free_a, summed))
    right = arranged(c, lc, (batch, summed, free_c))
    labels = (*batch, *free_a, *free_c)
    dims = tuple([sizes[i] for i in labels])
    stack = (left.dims[0], left.dims[1], right.dims[2])
    work = 0.1 * b.size(left.dims[2]) * b.entries(stack) + b.entries(a.dims) + b.entries(c.dims)
    value = b.make("matmul", ((0, 1, 2), (0, 1, 2)), (left, right), stack, work=work)
    return b.reshape(value, dims), labels


def einsum(b: Builder, arrays: list[Labelled], out: tuple) -> Labelled:
    """np.einsum: of one array with repeated labels a view, of two a loop over their entries."""
    if len(arrays) == 2 and arrays[0][0].serial > arrays[1][0].serial:
        arrays = arrays[::-1]
    numbers: dict = {}
    for _, labels in arrays:
        for i in labels:
            numbers.setdefault(i, len(numbers))
    sizes = {i: d for v, labels in arrays for i, d in zip(labels, v.dims)}
    params = (tuple([tuple([numbers[i] for i in labels]) for _, labels in arrays]), tuple([numbers[i] for i in out]))
    view = len(arrays) == 1 and set(out) == set(arrays[0][1])
    work = 0 if view else b.entries(sizes.values())
    values = tuple([v if view else b.numeric(v) for v, _ in arrays])
    mask = view and values[0].mask
    return b.make("einsum", params, values, tuple([sizes[i] for i in out]), mask=mask, work=work), tuple(out)
