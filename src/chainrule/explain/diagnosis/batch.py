"""The arrays in a batch: what dicts, lists and tuples of them hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def leaves(batch) -> Iterator:
    """All that a batch holds, however it is nested, in order."""
    if isinstance(batch, Mapping):
        batch = tuple(batch.values())
    if isinstance(batch, (tuple, list)):
        for item in batch:
            yield from leaves(item)
    else:
        yield batch
