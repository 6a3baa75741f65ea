"""Names for the sizes that nobody declared."""

from __future__ import annotations

from ..core.dims import Dim, dim
from .names import fresh_names
from .sizes import find, unify, unknowns


def name_unknowns(inference) -> None:
    """Give names to the unknown sizes of the variables: m, n, k, p, …, in order of first appearance.

    Where no matrix is oblong, n comes first: x: n, S: n × n.
    """
    taken = set(inference.variables) | set(inference.lets) | set(inference.free_names) | set(inference.declared)
    for value in inference.variables.values():
        for size in value.dims:
            size = find(size)
            if type(size) is Dim:
                taken.update(size.names)
    values = [v for v in inference.variables.values() if any(type(find(d)) is not Dim for d in v.dims)]
    oblong = any(find(v.dims[0]) is not find(v.dims[1]) for v in values if len(v.dims) > 1)
    names = fresh_names(taken, () if oblong else ("n",))
    for value in values:
        for size in value.dims:
            for unknown in unknowns(size):
                if find(unknown) is unknown:
                    unify(unknown, dim(next(names)))
