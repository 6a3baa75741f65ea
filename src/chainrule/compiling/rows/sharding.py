"""Programs of JAX whose rows lie on the devices of a mesh: `shard(program)(X=X, w=w)`.

Every device runs the same program on its own rows; after each pass over them the sums (and the maxima) of all devices
are added up, those of one pass together: one all-reduce. What is free of the rows is computed on every device. Where
the rows do not divide evenly, devices repeat a row of theirs, and a mask keeps it out of sums; a maximum does not mind.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dims import dim
from ...core.errors import BackendError, ShapeError
from ..binding import array, by_name, missing_argument, sizes_of, sorted_out
from ..exported import JaxProgram
from ..running import defined
from .choice import rows_of
from .device_text import DeviceFunction, device_function
from .placing import Devices, Placed
from .roles import axis_of
from .split import THROUGH, Split, lowered


def shard(program: JaxProgram, rows: str | None = None, mesh=None, axis: str = "data") -> "Sharded":
    """`program`, with its rows spread over the devices along one axis of a mesh.

    Parameters
        program: of JAX.
        rows: the name of the dimension to be spread; by default the one that leads every array it is in and no result
            has.
        mesh: a `jax.sharding.Mesh` with an axis of the name `axis`; by default all devices of all processes, in a row.

    Returns
        A callable with the parameters of `program`. What has no rows is the same on every device, as its results are.
        In one process it takes arrays of all rows. Of several processes each passes its own rows.

    Raises
        BackendError: the program is of another backend, its rows cannot be told, or it cannot be had of some of them
            (K = f(X Xᵀ), cumulative sums along the rows …); what stands in the way is named. The mesh has no such axis.
    """
    return Sharded(program, rows, mesh, axis)


class Sharded:
    """A program whose rows lie on several devices.

    Attributes
        rows: the name of their dimension.
        mesh: the devices; `axis` of it has the rows, on `devices` places.
        passes: how often the devices tell one another what they have.
        source: what each of them runs.
    """

    def __init__(self, program: JaxProgram, rows: str | None, mesh, axis: str):
        if not isinstance(program, JaxProgram):
            raise BackendError(
                "rows are spread over devices by programs of JAX",
                given=type(program).__name__,
                expected='a program of the backend "jax"',
                fix='shard(d.compile("jax")); for NumPy there is stream(…)',
            )
        self.program, self.axis = program, axis
        self._jax = program._library()
        self.mesh = mesh or self._jax.sharding.Mesh(np.array(self._jax.devices()), (axis,))
        if not isinstance(self.mesh, self._jax.sharding.Mesh):
            raise BackendError(
                "rows are spread over a mesh of devices",
                given=f"mesh={mesh!r}",
                expected="a jax.sharding.Mesh, or None for all devices",
                fix=f'jax.make_mesh((8,), ("{axis}",))',
            )
        if axis not in self.mesh.axis_names:
            raise BackendError(
                f"the mesh has no axis `{axis}`",
                given=f"axis={axis!r}",
                expected=" or ".join(map(repr, self.mesh.axis_names)),
                fix=f"axis={self.mesh.axis_names[0]!r}",
            )
        self.devices = self.mesh.shape[axis]
        self.parameters, self.outputs = program.parameters, program.outputs
        self.rows = rows_of(self.parameters, self.outputs, rows)
        split, function = self._printed({}, False)
        self.passes, self.source = len(split.passes), function.source
        self._needed = [v.params[0] for v in split.order if v.op == "input"]
        self._jitted: dict[tuple, Callable] = {}

    # ------------------------------------------------------------------ the program of one device

    def _printed(self, sizes: dict[str, int], masked: bool) -> tuple[Split, DeviceFunction]:
        known = self.program.assumed | sizes
        split = Split(lowered(self.program, self.rows, sizes), self.rows, known, THROUGH | {"assemble"})
        split.cut(max(1, int(known.get(self.rows, 1) // self.devices)))
        return split, device_function(split, self.parameters, self.program.name, self.axis, masked)

    def _mapped(self, sizes: dict[str, int], masked: bool) -> Callable:
        """The jitted function of all arrays: of the parameters that are needed, then, if `masked`, of the counts."""
        key = (masked, *sorted(sizes.items()))
        found = self._jitted.get(key)
        if found is not None:
            return found
        jax = self._jax
        split, made = self._printed(sizes, masked)
        function = defined(made.source, made.name, made.calls)[made.name]
        sizes = sizes | {split.total.text: sizes[self.rows]}
        passed = [sizes[x] for x in made.asked]
        used = [p for p in self.parameters if p in self._needed]
        specs = [self._spec(self.parameters[p]) for p in used] + [self._spec((dim(self.rows),))] * masked
        results = tuple([self._spec(v.dims) for v in split.outputs.values()])

        def of_device(*arrays):
            named = dict(zip(used, arrays))
            return function(*[named.get(p) for p in self.parameters], *arrays[len(used) :], *passed)

        mapped = jax.shard_map(of_device, mesh=self.mesh, in_specs=tuple(specs), out_specs=results)

        def whole(*arrays):
            alike = self.program._alike(dict(zip(used, arrays)), {})
            return mapped(*alike.values(), *arrays[len(used) :])

        place = lambda spec: jax.sharding.NamedSharding(self.mesh, spec)
        found = jax.jit(whole, in_shardings=tuple(map(place, specs)), out_shardings=tuple(map(place, results)))
        self._jitted[key] = found
        return found

    def _axis(self, parameter: str) -> int | None:
        """Where a parameter has the rows."""
        return axis_of(dim(self.rows), self.parameters[parameter] or ())

    def _spec(self, dims):
        """Where an array with these dims lies: its rows along the axis of the mesh."""
        axis = axis_of(dim(self.rows), dims)
        lying = self._jax.sharding.PartitionSpec
        return lying() if axis is None else lying(*(None,) * axis, self.axis)

    # ------------------------------------------------------------------ a call

    def __call__(self, *arguments, **values):
        """The outputs at these values of the parameters; the rows are those of all processes.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            UnknownNameError: an argument is missing, is passed twice, or is none of the parameters.
        """
        mapped, arrays, n = self._bound(by_name(self.parameters, arguments, values))
        found = dict(zip(self.outputs, mapped(*arrays)))
        for key, dims in self.outputs.items():
            axis = axis_of(dim(self.rows), dims)
            if axis is not None and found[key].shape[axis] != n:
                found[key] = found[key][(slice(None),) * axis + (slice(n),)]
        return next(iter(found.values())) if self.program.single else found

    def lower(self, **values):
        """The program lowered for these arguments, as by `jax.jit(…).lower`: `.compile().as_text()` is what is run."""
        mapped, arrays, _ = self._bound(values)
        return mapped.lower(*arrays)

    def place(self, **values) -> dict:
        """Rows put on the devices, to be passed to calls: of all processes, each of which gives its own."""
        arrays = {name: self._array(name, value) for name, value in values.items()}
        unknown = [name for name in arrays if self._axis(name) is None]
        if unknown:
            raise ShapeError(
                f"`{unknown[0]}` has no rows to be placed",
                given=unknown[0],
                expected=" or ".join([p for p in self.parameters if self._axis(p) is not None]),
                fix=f"pass {unknown[0]} to the call: it is the same on all devices",
            )
        return self._on_devices(arrays)

    def _on_devices(self, rows: dict) -> dict:
        """Arrays of rows, those of this process or of all, on their devices."""
        at = {name: self._axis(name) for name in rows}
        here = {name: a for name, a in rows.items() if not self._lies(a, at[name])}
        if not here:
            return rows
        mine = sizes_of({name: self.parameters[name] for name in here}, here, {})[self.rows]
        devices = Devices(self._jax, self.mesh, self.axis, mine)
        if (
            not devices.even
            and not devices.contiguous
            and any(axis_of(dim(self.rows), dims) is not None for dims in self.outputs.values())
        ):
            raise ShapeError(
                "a result that has the rows needs as many rows on every device",
                given=f"{devices.total} rows on {devices.count} devices, not as many on each",
                expected=f"a multiple of the {devices.own} devices, the same in every process",
                fix="leave the last rows of some processes out, and compute them in a call of their own",
            )
        found = {name: devices.put(a, at[name]) for name, a in here.items()}
        if not devices.even:
            counts = devices.counts()
            found = {name: Placed(a, at[name], devices.total, counts) for name, a in found.items()}
        return rows | found

    def _lies(self, array, axis: int) -> bool:
        """Whether the rows lie on the devices already, or will when the call is traced."""
        if isinstance(array, Placed):
            return True
        if not isinstance(array, self._jax.Array) or array.shape[axis] % self.devices:
            return False
        return (
            isinstance(array, self._jax.core.Tracer) or not array.is_fully_addressable or self._jax.process_count() == 1
        )

    def _bound(self, values: dict) -> tuple[Callable, list, int]:
        """(the function for these arguments, what it is passed, the number of all rows)."""
        arrays, given = sorted_out(values, self.parameters, self.program._dim_symbols(), self._array)
        missing = [p for p in self.parameters if p in self._needed and p not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        rows = {p: a for p, a in arrays.items() if self._axis(p) is not None}
        arrays |= self._on_devices(rows)
        sizes = sizes_of({p: self.parameters[p] for p in self.parameters if p in arrays}, arrays, given)
        if self.rows not in sizes:
            raise missing_argument([self.rows], list(arrays))
        counts = [a.counts for a in arrays.values() if isinstance(a, Placed)][:1]
        passed = [
            a.array if isinstance(a, Placed) else self._moved(a, p)
            for p, a in ((p, arrays[p]) for p in self.parameters if p in self._needed)
        ]
        return self._mapped(sizes, bool(counts)), [*passed, *counts], sizes[self.rows]

    def _array(self, name: str, value):
        """An array of JAX as it is, and what is placed; anything else as an array of NumPy, of real numbers."""
        if isinstance(value, Placed | self._jax.Array):
            return value
        value = array(name, value) if not hasattr(value, "dtype") else np.asarray(value)
        if np.iscomplexobj(value):
            raise self.program._real_numbers(name, str(value.dtype))
        return value

    def _moved(self, a, name: str):
        """An array of JAX where the program wants it."""
        if not isinstance(a, self._jax.Array) or isinstance(a, self._jax.core.Tracer):
            return a
        wanted = self._jax.sharding.NamedSharding(self.mesh, self._spec(self.parameters[name]))
        if a.sharding.is_equivalent_to(wanted, a.ndim):
            return a
        return (
            np.asarray(a)
            if self._jax.process_count() > 1 and a.is_fully_addressable
            else self._jax.device_put(a, wanted)
        )
