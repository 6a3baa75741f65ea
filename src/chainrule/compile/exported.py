"""Programs for PyTorch and JAX: their source can be had without the framework, their call imports it.

A call takes arrays of the framework, or of NumPy, which become its arrays in double precision where it has that, and
returns its arrays. Types and devices are those of the arguments.
"""

from __future__ import annotations

import numpy as np

from ..core.errors import BackendError
from .binding import missing_argument, sizes_of, unknown_argument
from .jax_text import JaxText
from .program import Program
from .running import defined
from .torch_text import TorchText


class Exported(Program):
    """A program that is written for another framework than NumPy."""

    framework, package = "", ""

    def _function(self, source: str, name: str, space: dict):
        """A function that is made when it is first called, since only then the framework is needed."""
        made = []

        def function(*arguments):
            if not made:
                self._library()
                made.append(self._prepared(defined(source, name, space)[name]))
            return made[0](*arguments)

        return function

    def _prepared(self, function):
        return function

    def __call__(self, **values):
        arrays, given = {}, {}
        for name, value in values.items():
            if name in self.parameters:
                arrays[name] = self._array(value)
            elif name in self._dim_symbols():
                given[name] = int(value)
            else:
                raise unknown_argument(name, list(self.parameters))
        missing = [n for n in self._needed if n not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        sizes = sizes_of({n: dims for n, dims in self.parameters.items() if n in arrays}, arrays, given)
        unknown = [x for x in self.sizes_asked if x not in sizes]
        if unknown:
            raise missing_argument(unknown, list(arrays))
        return self._real(*[arrays.get(n) for n in self.parameters], *[sizes[x] for x in self.sizes_asked])

    def _missing(self) -> BackendError:
        return BackendError(
            f"{self.framework} is not installed",
            given=f'compile("{self.package}")',
            expected=f'{self.framework}, or only its source: code("{self.package}")',
            fix=f'pip install "chainrule[{self.package}]"',
        )


class TorchProgram(Exported):
    """A program of PyTorch."""

    printer = TorchText
    imports = ("import torch",)
    framework, package = "PyTorch", "torch"

    def _library(self):
        try:
            import torch
        except ImportError:
            raise self._missing() from None
        return torch

    def _array(self, value):
        torch = self._library()
        return value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value, float))


class JaxProgram(Exported):
    """A program of JAX, compiled by jax.jit for each set of shapes."""

    printer = JaxText
    imports = ("import jax", "import jax.numpy as jnp")
    framework, package = "JAX", "jax"

    def _library(self):
        try:
            import jax
        except ImportError:
            raise self._missing() from None
        return jax

    def _prepared(self, function):
        count = len(self.parameters)
        return self._library().jit(function, static_argnums=tuple(range(count, count + len(self.sizes_asked))))

    def _array(self, value):
        jax = self._library()
        return value if isinstance(value, jax.Array) else jax.numpy.asarray(np.asarray(value, float))
