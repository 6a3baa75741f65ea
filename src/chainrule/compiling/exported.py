"""Programs for PyTorch and JAX: their source can be had without the framework, their call imports it.

A call takes arrays of the framework, of NumPy, or numbers, and returns arrays of the framework. All arguments are brought
to one floating type: the widest that one of them has, so that float32 stays float32; integers, masks and Python numbers
follow it. Devices are those of the arguments, and nothing is read back from a device: checks are of shapes alone.
"""

from __future__ import annotations

from functools import cached_property, partial
from math import inf

import numpy as np

from ..core.errors import BackendError
from ..core.memory import available
from .binding import array, missing_argument, sizes_of, sorted_out
from .jax_text import JaxText
from .program import MOST_SHAPES, Plan, Program
from .running import defined, without_entries
from .torch_text import TorchText

LISTS = frozenset({list, tuple})


class Exported(Program):
    """A program that is written for another framework than NumPy.

    A subclass says how a value becomes an array of the framework (`_array`), and which floating type several arrays
    have together (`_floating`).
    """

    framework, package = "", ""
    prints_float32 = False  # its text is for every floating type

    def _function(self, source: str, name: str, space: dict):
        """A function that is made when it is first called, since only then the framework is needed."""
        made = []

        def function(*arguments):
            if not made:
                self._library()
                made.append(defined(source, name, space)[name])
            return made[0](*arguments)

        return function

    def __call__(self, *arguments, **values):
        return self._checked(*arguments, **values)

    def as_array(self, name: str, value):
        """Data that are given stay in their type, and on their device."""
        return self._array(name, value)

    def _checked(self, *arguments, **values):
        """Check the arguments, by their shapes, and run."""
        plan, passed = self._bound(*arguments, **values)
        return plan.function(*passed)

    def _bound(self, *arguments, **values) -> tuple[Plan, list]:
        """(the program for arguments of these shapes, what is passed to its function)."""
        values = self._by_name(arguments, values)
        arrays, given = sorted_out(values, self.parameters, self._dim_symbols(), self._array)
        missing = [n for n in self._needed if n not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        sizes = sizes_of({n: dims for n, dims in self.parameters.items() if n in arrays}, arrays, given)
        real = self._width(arrays)
        plan = self.planned_within(sizes, real, partial(self._free, arrays))
        unknown = [x for x in plan.asked if x not in sizes]
        if unknown:
            raise missing_argument(unknown, list(arrays))
        arrays = self._alike(arrays, values)
        if 0 in sizes.values():
            plan = plan._replace(function=without_entries(plan.function, sizes))
        return plan, [*[arrays.get(n) for n in self.parameters], *[sizes[x] for x in plan.asked]]

    def _width(self, arrays: dict) -> int:
        """The bytes of a number in the type that all arguments are brought to; the least, where that is not known."""
        return min([a.dtype.itemsize for a in arrays.values() if getattr(a, "ndim", 0)], default=8)

    def _free(self, arrays: dict) -> float:
        """The bytes that are free where the program runs."""
        return available()

    def _real_numbers(self, name: str, kind: str) -> BackendError:
        return BackendError(
            f"a program of {self.framework} is one of real numbers",
            given=f"{name}: {kind}",
            expected="real arguments; compile() without a backend takes complex ones near the real axis",
        )

    def _missing(self) -> BackendError:
        return BackendError(
            f"{self.framework} is not installed",
            given=f'compile("{self.package}")',
            expected=f'{self.framework}, or only its source: code("{self.package}")',
            fix=f'pip install "chainrule[{self.package}]"',
        )


class TorchProgram(Exported):
    """A program of PyTorch. Its operations are PyTorch's own: autograd, `torch.func` and `torch.compile` take it as it is."""

    printer = TorchText
    imports = ("import torch",)
    framework, package = "PyTorch", "torch"

    def __call__(self, *arguments, **values):
        """The outputs at these tensors, by name or in the order of `parameters`.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            UnknownNameError: an argument is missing, or is none of the parameters.
            BackendError: a tensor is complex, or tensors lie on several devices; PyTorch is not installed.
        """
        values = self._by_name(arguments, values)
        try:
            key = (*values, *[(v.shape, v.dtype) for v in values.values()])
        except AttributeError:
            return self._checked(**values)
        function, sizes = self._ready.get(key) or (None, None)
        if function is not None:
            return function(*[values.get(n) for n in self.parameters], *sizes)
        plan, passed = self._bound(**values)
        count = len(self.parameters)
        if all(a is values.get(n) for n, a in zip(self.parameters, passed)):
            if len(self._ready) >= MOST_SHAPES:
                self._ready.clear()
            self._ready[key] = plan.function, passed[count:]
        return plan.function(*passed)

    @property
    def function(self):
        """The program as a function of its tensors in the order of `parameters`, for `torch.func` and `torch.compile`."""
        return self.__call__

    def _library(self):
        try:
            import torch
        except ImportError:
            raise self._missing() from None
        return torch

    def _array(self, name: str, value):
        torch = self._library()
        if not isinstance(value, torch.Tensor):
            value = array(name, value) if not hasattr(value, "dtype") else np.asarray(value)
            value = torch.as_tensor(value if min(value.strides, default=0) >= 0 else value.copy())
        if value.is_complex():
            raise self._real_numbers(name, str(value.dtype))
        return value

    def _free(self, arrays: dict) -> float:
        devices = {a.device for a in arrays.values() if a.device.type == "cuda"}
        if not devices:
            return available()
        cuda = self._library().cuda  # what its allocator holds and does not use is free, too
        return min([cuda.mem_get_info(d)[0] + cuda.memory_reserved(d) - cuda.memory_allocated(d) for d in devices])

    def _alike(self, arrays: dict, values: dict) -> dict:
        """The tensors with one type, on the device of those that were tensors before."""
        torch = self._library()
        devices = {a.device: n for n, a in arrays.items() if a is values[n]}
        if len(devices) > 1:
            raise BackendError(
                "the arguments lie on several devices",
                given=", ".join([f"{n}: {device}" for device, n in devices.items()]),
                expected="tensors on one device, where the program then runs",
                fix=" or ".join([f".to({str(device)!r})" for device in devices]),
            )
        device = next(iter(devices), None)
        floating = [a.dtype for n, a in arrays.items() if a.is_floating_point() and hasattr(values[n], "dtype")]
        dtype = floating[0] if floating else torch.float64
        for other in floating:
            dtype = torch.promote_types(dtype, other)
        return {n: a if a.dtype == dtype and a is values[n] else a.to(device, dtype) for n, a in arrays.items()}


class JaxProgram(Exported):
    """A program of JAX, compiled by `jax.jit` for each set of shapes. Shapes are checked when it is traced: a call costs
    what one of `jax.jit` costs. `jax.grad`, `jax.vmap` and their like take `function`, and a call under them as it is.
    """

    printer = JaxText
    imports = ("import jax", "import jax.numpy as jnp")
    framework, package = "JAX", "jax"

    def __call__(self, *arguments, **values):
        """The outputs at these arrays, by name or in the order of `parameters`.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            UnknownNameError: an argument is missing, or is none of the parameters.
            BackendError: an argument is complex; JAX is not installed.
        """
        if not LISTS.isdisjoint(map(type, (*arguments, *values.values()))):
            arguments, values = (), self._without_lists(self._by_name(arguments, values))
        try:
            return self.function(*arguments, **values)
        except (TypeError, ValueError):
            for name, value in self._by_name(arguments, values).items():
                if name in self.parameters and not hasattr(value, "dtype"):
                    array(name, value)  # says what is wrong with it
            raise

    @cached_property
    def function(self):
        """The program as a pure function under `jax.jit`: of its arguments in the order of `parameters`, or by name."""
        sizes = [x for x in sorted(self._dim_symbols()) if x not in self.parameters]
        return self._library().jit(self._checked, static_argnames=tuple(sizes))

    def _without_lists(self, values: dict) -> dict:
        """The arguments with lists of Python's numbers as arrays, in the type of the others."""
        typed = {n: v for n, v in values.items() if hasattr(v, "dtype")}
        dtype = self._together(typed)
        return {n: self._library().numpy.asarray(array(n, v), dtype) if type(v) in LISTS else v for n, v in values.items()}

    def _library(self):
        try:
            import jax
        except ImportError:
            raise self._missing() from None
        return jax

    def _array(self, name: str, value):
        jnp = self._library().numpy
        try:
            value = jnp.asarray(value)
        except (TypeError, ValueError):
            array(name, value)  # says what is wrong with it
            raise
        if jnp.iscomplexobj(value):
            raise self._real_numbers(name, str(value.dtype))
        return value

    def _free(self, arrays: dict) -> float:
        device = self._library().devices()[0]
        if device.platform == "cpu":
            return available()
        told = device.memory_stats() or {}
        return told.get("bytes_limit", inf) - told.get("bytes_in_use", 0)

    def _alike(self, arrays: dict, values: dict) -> dict:
        dtype = self._together(arrays)
        return {n: a.astype(dtype) for n, a in arrays.items()}

    def _together(self, arrays: dict):
        """The floating type that arrays have together."""
        jnp = self._library().numpy
        floating = [a for a in arrays.values() if jnp.issubdtype(a.dtype, jnp.floating)]
        return jnp.result_type(*floating) if floating else jnp.result_type(float)
