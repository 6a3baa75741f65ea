"""What is left of a term when batch axes stand apart, or one side of a Kronecker product; and which matrix it is."""

from __future__ import annotations

from typing import NamedTuple

from ...core.node import Node, Number, exact
from ...core.product import product
from .terms import joined


class Net(NamedTuple):
    """What is left of a term when batch axes stand apart, or one side of a Kronecker product."""

    coef: Number
    operands: tuple
    rows: tuple
    columns: tuple
    batch: tuple
    dims: dict

    def node(self, out: tuple, operands=None, coef: Number = 1) -> Node:
        operands = self.operands if operands is None else operands
        used = {x for _, labels, _ in operands for x in labels} | set(out)
        return product(coef, operands, out, {x: d for x, d in self.dims.items() if x in used})

    @property
    def batched(self) -> bool:
        """Whether some factor has a batch axis: else all blocks are equal."""
        return any(x in self.batch for _, labels, _ in self.operands for x in labels)

    def parts(self) -> list[tuple[set, list]]:
        """Groups of labels that hang together, batch axes apart, each with its operands. Scalars are in none."""
        inner = [set(labels) - set(self.batch) for _, labels, _ in self.operands]
        groups = joined([*[g for g in inner if g], *[{x} for x in (*self.rows, *self.columns)]])
        return [(g, [o for o, labels in zip(self.operands, inner) if labels & g]) for g in groups]

    def scalars(self) -> list:
        """The operands without labels, or with those of the batch alone."""
        return [o for o in self.operands if not set(o[1]) - set(self.batch)]


def distinct(labels: tuple) -> bool:
    return len(set(labels)) == len(labels)


def is_diagonal(net: Net) -> bool:
    return net.rows == net.columns


def is_outer(net: Net) -> bool:
    """Whether nothing leads from the rows to the columns."""
    return all(not (g & set(net.rows) and g & set(net.columns)) for g, _ in net.parts())


def sides(net: Net) -> tuple[list, list, list]:
    """(operands on the rows, on the columns, scalars) of an outer product."""
    rows, columns = [], []
    scalars = net.scalars()
    for group, operands in net.parts():
        if group & set(net.columns):
            columns += operands
        elif group & set(net.rows):
            rows += operands
        else:
            scalars = scalars + operands
    return rows, columns, scalars


def inverse_of(net: Net) -> tuple | None:
    """(the operand that is an inverse matrix, the scalars) where a net is nothing else."""
    scalars = [o for o in net.operands if not o[1]]
    rest = [o for o in net.operands if o[1]]
    if len(rest) == 1 and len(net.rows) == 1:
        base, labels, e = rest[0]
        if e != 1 or labels not in (net.rows + net.columns, net.columns + net.rows):
            return None
        if base.op == "struct" and base.attr[0].name == "inverse":
            return rest[0], scalars
    return None


def is_inverse(net: Net) -> bool:
    return inverse_of(net) is not None


def bare(net: Net) -> Net:
    """A net without its number and scalars."""
    return net._replace(coef=1, operands=tuple([o for o in net.operands if o[1]]))


def scaled(net: Net, by: Net) -> Net:
    """A net times the number and the scalars of another."""
    scalars = [o for o in by.operands if not o[1]]
    return net._replace(coef=exact(net.coef * by.coef), operands=(*net.operands, *scalars))


def split(net: Net) -> tuple[Net, Net, bool] | None:
    """The two factors of a Kronecker product, and whether it is turned: the first place where the axes come apart."""
    for at in range(1, len(net.rows)):
        found = _split(net, net.rows[:at] + net.columns[:at], net.rows[at:] + net.columns[at:])
        if found:
            left, right = found
            return (
                Net(net.coef, left, net.rows[:at], net.columns[:at], net.batch, net.dims),
                Net(1, right, net.rows[at:], net.columns[at:], net.batch, net.dims),
                False,
            )
    if len(net.rows) == 2 and net.dims[net.rows[0]] is net.dims[net.rows[1]]:
        (i, j), (k, l) = net.rows, net.columns
        found = _split(net, (i, l), (j, k))
        if found:
            left, right = found
            return (
                Net(net.coef, left, (i,), (l,), net.batch, net.dims),
                Net(1, right, (j,), (k,), net.batch, net.dims),
                True,
            )
    return None


def _split(net: Net, first: tuple, second: tuple) -> tuple[tuple, tuple] | None:
    left, right = net.scalars(), []
    for group, operands in net.parts():
        if group & set(second):
            if group & set(first):
                return None
            right += operands
        else:
            left = left + operands
    return tuple(left), tuple(right)


def congruence(net: Net) -> tuple[tuple, list, list] | None:
    """(labels that tie both sides, operands on the rows, weights) of BᵀDB: both sides are equal but for their axes."""
    if not distinct(net.rows + net.columns):
        return None
    rows, columns = set(net.rows), set(net.columns)
    weights, on_rows, on_columns = [], [], []
    for operand in net.operands:
        labels = set(operand[1])
        if labels & rows and labels & columns:
            return None
        if labels & rows:
            on_rows.append(operand)
        elif labels & columns:
            on_columns.append(operand)
        else:
            weights.append(operand)
    # what hangs on one side alone by labels that are summed there belongs to that side
    while True:
        mine = {x for _, l, _ in on_rows for x in l} - rows - set(net.batch)
        others = {x for _, l, _ in on_columns for x in l} - columns - set(net.batch)
        moved = False
        for operand in list(weights):
            labels = set(operand[1]) - set(net.batch)
            for near, far, side in ((mine - others, others, on_rows), (others - mine, mine, on_columns)):
                if labels & near and not moved:
                    weights.remove(operand)
                    side.append(operand)
                    moved = True
        if not moved:
            break
    mine = {x for _, l, _ in on_rows for x in l} - rows - set(net.batch)
    others = {x for _, l, _ in on_columns for x in l} - columns - set(net.batch)
    tied = tuple(sorted(mine & others, key=str))
    loose = {x for _, l, _ in weights for x in l} - set(tied) - set(net.batch)
    if not tied or loose:
        return None
    used = {x for _, l, _ in (*on_rows, *on_columns) for x in l}
    batch = tuple([x for x in net.batch if x in used])
    first = net.node((*batch, *tied, *net.rows), on_rows)
    second = net.node((*batch, *tied, *net.columns), on_columns)
    return (tied, on_rows, weights) if first is second else None


def banded(net: Net) -> tuple | None:
    """(label along the band, slices that place it in the rows and in the columns), where nothing else ties these."""
    if len(net.rows) != 1 or net.rows == net.columns:
        return None
    ((r,), (c,)) = net.rows, net.columns
    cuts = {l[1]: (base, l[0]) for base, l, e in net.operands if _is_slice(base) and l[1] in (r, c)}
    if len(cuts) < 2 or cuts[r][1] != cuts[c][1]:
        return None
    label = cuts[r][1]
    if label in net.batch:
        return None
    for base, labels, _ in net.operands:
        inner = set(labels) - set(net.batch)
        if not (_is_slice(base) and labels in ((label, r), (label, c))) and len(inner) > 1:
            return None
    return label, cuts[r][0], cuts[c][0]


def _is_slice(base: Node) -> bool:
    return base.op == "structured" and base.attr[0] == "shift" and base.attr[2] == 1
