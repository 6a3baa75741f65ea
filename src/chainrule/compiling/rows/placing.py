"""Rows on the devices of a mesh: those of one process, or of many that each bring their own.

Each device holds as many rows as every other. What is lacking is filled with repetitions of a row; the counts say how
many of a device's rows are not repetitions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.errors import BackendError, ShapeError


class Placed(NamedTuple):
    """Rows that do not divide evenly, on their devices: `rows` without repetitions, along `axis`, `counts` of each."""

    array: object
    axis: int
    rows: int
    counts: object

    @property
    def shape(self) -> tuple:
        """The shape without the repetitions."""
        shape = self.array.shape
        return (*shape[: self.axis], self.rows, *shape[self.axis + 1 :])


class Devices:
    """The devices along one axis of a mesh, and how many rows each has of `mine`, those of this process.

    `total` are the rows of all processes, `each` those of every device, repetitions counted. All processes make one
    together.

    Raises
        ShapeError: a process has no rows.
        BackendError: two processes have the same part of the axis.
    """

    def __init__(self, jax, mesh, axis: str, mine: int):
        self.jax, self.mesh, self.axis = jax, mesh, axis
        self.count = mesh.shape[axis]
        self.own = self._own()
        if jax.process_count() == 1:
            known = np.array([[mine, self.own]])
        else:
            from jax.experimental import multihost_utils

            known = np.asarray(multihost_utils.process_allgather(np.array([mine, self.own])))
        if known[:, 1].sum() != self.count:
            raise BackendError(
                "two processes would hold the same rows",
                given=f"a mesh whose axis `{axis}` has {self.count} places, held {known[:, 1].sum()} times",
                expected="a mesh in which each place along that axis is of one process",
                fix="mesh=None, or place the rows yourself as a jax.Array over all processes",
            )
        if not known[:, 0].all():
            raise ShapeError(
                "a process has no rows",
                given="rows of each process: " + ", ".join(map(str, known[:, 0])),
                expected="at least one row each",
                fix="divide the rows so that every process has some",
            )
        self.mine, self.total = mine, int(known[:, 0].sum())
        self.each = int(max(-(-rows // places) for rows, places in known))
        self.even = all(rows == self.each * places for rows, places in known)
        self.contiguous = len(known) == 1

    def _own(self) -> int:
        """How many places along the axis this process has."""
        along = self.mesh.axis_names.index(self.axis)
        devices = np.moveaxis(self.mesh.devices, along, 0).reshape(self.count, -1)
        me = self.jax.process_index()
        return sum(any(d.process_index == me for d in place) for place in devices)

    def put(self, array, axis: int):
        """The rows of all processes as one array, rows repeated where some are lacking."""
        lacking = self.each * self.own - self.mine
        if lacking:
            kit = self.jax.numpy if isinstance(array, self.jax.Array) else np
            last = array[(slice(None),) * axis + (slice(-1, None),)]
            array = kit.concatenate([array, kit.repeat(last, lacking, axis)], axis)
        return self._lying(array, axis, self.each)

    def counts(self):
        """How many rows of each device are not repetitions."""
        begins = self.each * np.arange(self.own)
        return self._lying(np.clip(self.mine - begins, 0, self.each).astype(np.int32), 0, 1)

    def _lying(self, array, axis: int, each: int):
        lying = self.jax.sharding.PartitionSpec(*(None,) * axis, self.axis)
        sharding = self.jax.sharding.NamedSharding(self.mesh, lying)
        if self.jax.process_count() == 1:
            return self.jax.device_put(array, sharding)
        shape = (*array.shape[:axis], each * self.count, *array.shape[axis + 1 :])
        return self.jax.make_array_from_process_local_data(sharding, np.asarray(array), shape)
