"""What is checked, seen in one way whatever it was written in: a function, and what claims to be its derivative.

All arguments together are one flat vector x, all values one flat vector f(x). A claim is a linear map; it is asked for in
the direction in which the person's code computes it: a gradient or a backward pass gives uᵀJ (`pull`), a forward rule
gives J v (`push`).
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

KINDS = ("gradient", "jacobian", "hessian", "vjp", "jvp")


class Argument(NamedTuple):
    """One array among the arguments or the values of a function.

    name    as a person would write it: `w`, `params['W1']`, `fc1.bias`
    eps     the rounding of its own type, 2.2e-16 for float64
    dtype   the name of that type
    """

    name: str
    shape: tuple[int, ...]
    eps: float = float(np.finfo(np.float64).eps)
    dtype: str = "float64"

    @property
    def size(self) -> int:
        return prod(self.shape)


class Misshapen(Exception):
    """A claim whose arrays do not have the shapes of what they are derivatives of.

    argument    the name of the argument
    given       its shape as claimed, or words where it is no array
    expected    the shape of the argument
    array       what was claimed, where it is an array
    """

    def __init__(self, argument: str, given, expected, array=None):
        super().__init__(f"{argument}: {given}, expected {expected}")
        self.argument, self.given, self.expected, self.array = argument, given, expected, array


class Failed(Exception):
    """The person's own code raised an error, or returned what is no number. `part` is "function" or "claim"."""

    def __init__(self, part: str, what: str, error: Exception | None = None):
        super().__init__(what)
        self.part, self.what, self.error = part, what, error


class Subject:
    """A function, a point and a claim. Subclasses know one framework each.

    Attributes
        name: of the function, as the person calls it.
        kind: "gradient", "jacobian", "hessian", "vjp" (a backward pass) or "jvp" (a forward rule).
        framework: "numpy", "torch", "jax".
        order: 1, or 2 where the function is itself a gradient and the claim its derivative.
        arguments, outputs: the arrays of which x and f(x) consist, in that order.
        x: the point, float64, exactly what was given.
        claims_are: "code" where the person wrote the derivative, "autograd" where a framework made it of their program.
        widths: the types in which the function can be run, its own first: ("float32", "float64"). To know takes some calls.
        calls: how often the function was called.
        draws: whether it was seen to draw random numbers.
        custom: names of custom autograd Functions, custom_vjp or custom_jvp rules met on the way.
        unreached: names of the arguments for which the framework returned no gradient at all.
        mutated: names of the arguments (or other words) that a call of the function or the claim changed.
        remarks: what a reader should know of how the input was taken.
        call_f, call_claim: the person's own function and claim, for those who read their source.
    """

    name = "f"
    kind = "gradient"
    framework = "numpy"
    order = 1
    arguments: tuple[Argument, ...] = ()
    outputs: tuple[Argument, ...] = ()
    x: np.ndarray
    claims_are = "code"
    widths: tuple[str, ...] = ("float64",)
    custom: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    calls = 0
    draws = False
    call_f = None
    call_claim = None

    def __init__(self):
        self.mutated: list[str] = []
        self.remarks: list[str] = []

    @property
    def own(self) -> str:
        """The type in which the function runs."""
        return self.widths[0]

    def value(self, x: np.ndarray, width: str | None = None) -> np.ndarray:
        """f(x), flat, computed in `width` (the function's own type by default); float64, or longdouble for that width."""
        raise NotImplementedError

    def pull(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """The claimed uᵀJ at x, flat, of the size of x. For kind "hessian", J is the claimed Hessian and u of the size of x.

        Of kind "gradient" u is one number, 1.

        Raises
            Misshapen: the claim has other shapes than the arguments.
            Failed: the claim raises an error.
        """
        raise NotImplementedError

    def push(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The claimed J v at x, flat, of the size of f(x); for kind "jvp"."""
        raise NotImplementedError

    def seen(self, x: np.ndarray, width: str) -> list[np.ndarray]:
        """The values f(x) in a type that were computed on the way, each by a call; x is the array itself that was used."""
        return []

    def another(self, rng: np.random.Generator) -> np.ndarray:
        """A further point: of the person's sampler, or x moved with both signs."""
        raise NotImplementedError

    def reseed(self) -> None:
        """Sets all random generators that the function may draw from to the same state."""

    # ---------------------------------------------------------------- names of entries

    def place(self, k: int) -> tuple[Argument, tuple[int, ...]]:
        """The argument in which the flat entry `k` lies, and its index there."""
        return _place(self.arguments, k)

    def output_place(self, k: int) -> tuple[Argument, tuple[int, ...]]:
        """The same for the flat entry `k` of the value."""
        return _place(self.outputs, k)

    def spans(self) -> list[tuple[Argument, slice]]:
        """Each argument with its stretch of the flat vector."""
        return _spans(self.arguments)


class RightAfter:
    """A subject whose claim is asked for directly after a call of its function at the same point.

    Layers with a forward and a backward method are made to be called so: what the one stores, the other uses.
    """

    def __init__(self, subject: Subject):
        self._subject = subject

    def __getattr__(self, name: str):
        return getattr(self._subject, name)

    def pull(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        self._subject.value(x)
        return self._subject.pull(x, u)


def _spans(arrays: tuple[Argument, ...]) -> list[tuple[Argument, slice]]:
    found, start = [], 0
    for array in arrays:
        found.append((array, slice(start, start + array.size)))
        start += array.size
    return found


def _place(arrays: tuple[Argument, ...], k: int) -> tuple[Argument, tuple[int, ...]]:
    for array, span in _spans(arrays):
        if k < span.stop:
            return array, tuple(int(i) for i in np.unravel_index(k - span.start, array.shape)) if array.shape else ()
    raise IndexError(k)


def entry_name(name: str, index: tuple[int, ...]) -> str:
    """`W1[2, 0]`; the name alone for a number."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name
