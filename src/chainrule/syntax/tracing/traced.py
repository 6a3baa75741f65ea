"""The stand-in for an array while a person's function is traced. It answers to NumPy's protocols and records.

A `Traced` has a shape and no values. Operators, universal functions (`__array_ufunc__`), functions
(`__array_function__`) and methods go to `numpy_calls`; what would need values is refused with what to write instead.
A `Size` is a length that is declared by a name: `X.shape[0]` for an X of n rows.

Reference: NumPy Enhancement Proposals 13 (universal functions) and 18 (functions).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.dims import Dim, dim
from ...core.errors import ShapeError, TraceError
from . import refusals
from .numpy_calls import binary, function, negative, universal
from .operands import operation, size_tree, tree_of
from .recorder import Recorder, StandIn
from ..sizes import ONE
from ..tree import Tree
from ..values import Value


class Traced(StandIn):
    """An array of which only the shape is known."""

    __slots__ = ()
    __hash__ = None
    __array_priority__ = 1000

    # ---------------------------------------------------------------- what it is

    @property
    def shape(self) -> tuple:
        return tuple([1 if d is ONE else length(self.book, d) for d in self.dims])

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def size(self) -> Any:
        found = 1
        for d in self.shape:
            found = found * d
        return found

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(bool if self.mask else float)

    @property
    def T(self) -> Traced:
        return operation(self.book, Tree("transpose", ".T", [self.tree], 0, 0), self.mask, "view")

    @property
    def mT(self) -> Traced:
        return function(self.book, "swapaxes", (self, -1, -2), {})

    @property
    def real(self) -> Traced:
        return self

    def __repr__(self) -> str:
        shape = " × ".join([str(d) for d in self.shape]) or "scalar"
        return f"<{self.book.source(self.tree)}: {shape}>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    # ---------------------------------------------------------------- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return universal(self.book, ufunc.__name__, method, inputs, kwargs)

    def __array_function__(self, func: Callable, types: Any, args: tuple, kwargs: dict) -> Any:
        return function(self.book, func.__name__, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any):
        raise refusals.array(self)

    # ---------------------------------------------------------------- parts

    def __getitem__(self, key: Any) -> Traced:
        parts = [self.part(each, key) for each in (key if isinstance(key, tuple) else (key,))]
        parts = self.from_behind(parts)
        if not parts:
            return self
        return operation(self.book, Tree("item", None, [self.tree, *parts], 0, 0), self.mask, "view")

    def part(self, given: Any, key: Any) -> Any:
        """One entry of an index, as a tree; a number stays one."""
        if given is None:
            return Tree("newaxis", None, (), 0, 0)
        if given is Ellipsis:
            return Tree("ellipsis", None, (), 0, 0)
        if isinstance(given, slice):
            return given
        if isinstance(given, Size):
            return given
        if isinstance(given, (bool, np.bool_, list, np.ndarray, Traced, str)):
            raise refusals.index(self, given)
        try:
            return operator.index(given)
        except TypeError:
            raise refusals.index(self, given) from None

    def from_behind(self, parts: list) -> list[Tree]:
        """The entries of an index as trees; places counted by a size are counted from the end: x[n - 1] is x[-1]."""
        used = sum([1 for p in parts if not (isinstance(p, Tree))])
        found, at = [], 0
        for p in parts:
            if isinstance(p, Tree):
                if p.kind == "ellipsis":
                    at += max(len(self.dims) - used, 0)
                found.append(p)
                continue
            whole = self.dims[at] if at < len(self.dims) else None
            if isinstance(p, slice):
                ends = [self.end(x, whole) for x in (p.start, p.stop, p.step)]
                found.append(Tree("slice", None, ends, 0, 0))
            elif isinstance(p, Size):
                less = p.dim - whole if isinstance(whole, Dim) else None
                if less is None or less.value is None:
                    raise refusals.index(self, p)
                found.append(Tree("number", less.value, (), 0, 0))
            else:
                found.append(Tree("number", p, (), 0, 0))
            at += 1
        return found

    def end(self, given: Any, whole: Any) -> Tree | None:
        """One end of a slice."""
        if given is None:
            return None
        if isinstance(given, Size):
            if isinstance(whole, Dim) and all(c < 0 for _, c in given.dim.terms):  # x[-k:]
                return size_tree(whole + given.dim)
            return size_tree(given.dim)
        if isinstance(given, Traced):
            raise refusals.index(self, given)
        return Tree("number", operator.index(given), (), 0, 0)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise refusals.assignment(self)

    def __delitem__(self, key: Any) -> None:
        raise refusals.assignment(self)

    def __len__(self) -> int:
        first = self.shape[0] if self.dims else None
        if isinstance(first, int):
            return first
        raise refusals.count(self, first)

    def __iter__(self) -> Iterator[Traced]:
        first = self.shape[0] if self.dims else None
        if not isinstance(first, int):
            raise refusals.count(self, first)
        return iter([self[i] for i in range(first)])

    def __contains__(self, other: Any) -> bool:
        raise refusals.condition(self)

    # ---------------------------------------------------------------- values, which there are none of

    def __bool__(self) -> bool:
        raise refusals.condition(self)

    def __float__(self) -> float:
        raise refusals.number(self, "float")

    def __int__(self) -> int:
        raise refusals.number(self, "int")

    def __complex__(self) -> complex:
        raise refusals.number(self, "complex")

    def __index__(self) -> int:
        raise refusals.number(self, "int")

    def __round__(self, digits: int | None = None):
        raise refusals.number(self, "round")

    def tolist(self):
        raise refusals.number(self, "tolist")

    # ---------------------------------------------------------------- operators

    def __neg__(self) -> Traced:
        return negative(self.book, self)

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return universal(self.book, "absolute", "__call__", (self,), {})

    def __invert__(self) -> Traced:
        return universal(self.book, "invert", "__call__", (self,), {})

    def __matmul__(self, other: Any) -> Traced:
        return binary(self.book, "matmul", self, other)

    def __rmatmul__(self, other: Any) -> Traced:
        return binary(self.book, "matmul", other, self)

    def __divmod__(self, other: Any):
        raise refusals.unavailable("divmod")

    # ---------------------------------------------------------------- methods

    def astype(self, dtype: Any, **kwargs: Any) -> Traced:
        if np.dtype(dtype).kind not in "fb" and not (self.mask or refusals.is_whole(self)):
            raise refusals.whole(self, dtype)
        return self.book.stand_in(self.book, self.value, np.dtype(dtype).kind == "b")

    def copy(self, order: str = "C") -> Traced:
        return self.book.stand_in(self.book, self.value, self.mask)

    def item(self, *at: int) -> Traced:
        return self[at] if at else self.reshape(()) if self.dims else self

    def flatten(self, order: str = "C") -> Traced:
        return function(self.book, "ravel", (self,), {"order": order}).copy()

    def reshape(self, *shape: Any, order: str = "C") -> Traced:
        shape = shape[0] if len(shape) == 1 else shape
        return function(self.book, "reshape", (self, shape), {"order": order})

    def transpose(self, *axes: Any) -> Traced:
        if not axes or axes == (None,):
            return self.T
        return function(self.book, "transpose", (self, axes[0] if len(axes) == 1 else axes), {})

    def fill(self, value: Any) -> None:
        raise refusals.assignment(self)


def _operator(name: str) -> Callable:
    def forward(self: Traced, other: Any) -> Any:
        return NotImplemented if _is_foreign(other) else universal(self.book, name, "__call__", (self, other), {})

    return forward


def _reflected(name: str) -> Callable:
    def backward(self: Traced, other: Any) -> Any:
        return NotImplemented if _is_foreign(other) else universal(self.book, name, "__call__", (other, self), {})

    return backward


def _in_place(name: str) -> Callable:
    """x += y. A number that is no array is bound anew, as in NumPy; an array is changed, for all who hold it."""

    def changed(self: Traced, other: Any) -> Any:
        if _is_foreign(other):
            return NotImplemented
        found = universal(self.book, name, "__call__", (self, other), {})
        if not self.dims:
            return found
        if self.shared is not None:
            raise refusals.in_place(self, name)
        if found.shape != self.shape:
            raise ShapeError(
                "an array cannot grow in place",
                given=f"{self!r} becomes {found!r}",
                expected="a result of the same shape",
                fix="x = x + y makes a new array",
            )
        self.value = found.value
        return self

    return changed


def _is_foreign(other: Any) -> bool:
    """Whether an operand is nothing to calculate with, as a text is."""
    return other is None or isinstance(other, (str, bytes, dict, set)) or callable(other)


def _method(name: str) -> Callable:
    def method(self: Traced, *args: Any, **kwargs: Any) -> Any:
        return function(self.book, name, (self, *args), kwargs)

    method.__name__ = name
    return method


for _sign, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power", "floordiv": "floor_divide",
    "mod": "remainder", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
}.items():  # fmt: skip
    setattr(Traced, f"__{_sign}__", _operator(_name))
    setattr(Traced, f"__r{_sign}__", _reflected(_name))
    setattr(Traced, f"__i{_sign}__", _in_place(_name))
setattr(Traced, "__imatmul__", _in_place("matmul"))
for _sign, _name in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}.items():  # fmt: skip
    setattr(Traced, f"__{_sign}__", _operator(_name))
for _name in """sum mean var std max min prod dot trace ravel cumsum clip diagonal squeeze swapaxes argmax argmin argsort sort
    any all repeat take round ptp cumprod nonzero conj searchsorted partition""".split():
    setattr(Traced, _name, _method(_name))


class Size(Traced):
    """A length that is known by its name: n, n·d, n − 1. It counts and is calculated with, but it is no number yet."""

    __slots__ = ("dim",)
    __hash__ = StandIn.__hash__

    def __init__(self, book: Recorder, d: Dim):
        super().__init__(book, Value(size_tree(d).value.node, (), ()))
        self.dim = d

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(int)

    def __repr__(self) -> str:
        return str(self.dim)

    def __int__(self) -> int:
        raise refusals.size(self)

    __float__ = __index__ = __bool__ = __int__


def length(book: Recorder, d: Dim) -> int | Size:
    """A length as Python has it: a number where it is declared as one."""
    return d.value if d.value is not None else Size(book, d)


def _size_operator(name: str, exact: Callable, backward: bool) -> Callable:
    plain = getattr(Traced, f"__{'r' if backward else ''}{name}__")

    def found(self: Size, other: Any) -> Any:
        if isinstance(other, Size) or isinstance(other, (int, np.integer)) and not isinstance(other, bool):
            size = exact(*((_dim(other), self.dim) if backward else (self.dim, _dim(other))))
            if size is not None:
                return length(self.book, size)
        return plain(self, other)

    return found


def _dim(given: Any) -> Dim:
    return given.dim if isinstance(given, Size) else dim(int(given))


def _power(a: Dim, b: Dim) -> Dim | None:
    if b.value is None or not 0 <= b.value <= 8:
        return None
    found = dim(1)
    for _ in range(b.value):
        found = found * a
    return found


def _whole_quotient(a: Dim, b: Dim) -> Dim | None:
    """a / b, where b is a number or a product of sizes that divides every term of a."""
    if b.value == 0 or len(b.terms) != 1:
        return None
    names, coefficient = b.terms[0]
    total = dim(0)
    for factors, c in a.terms:
        left = list(factors)
        for name in names:
            if name not in left:
                return None
            left.remove(name)
        if c % coefficient:
            return None
        term = dim(c // coefficient)
        for name in left:
            term = term * dim(name)
        total = total + term
    return total


for _name, _exact in {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "pow": _power, "floordiv": _whole_quotient,
}.items():  # fmt: skip
    setattr(Size, f"__{_name}__", _size_operator(_name, _exact, False))
    setattr(Size, f"__r{_name}__", _size_operator(_name, _exact, True))


def _same_size(self: Size, other: Any) -> Any:
    if isinstance(other, Size):
        return self.dim is other.dim
    if isinstance(other, (int, np.integer)):
        raise refusals.size(self)
    return Traced.__eq__(self, other)


def _other_size(self: Size, other: Any) -> Any:
    found = _same_size(self, other)
    return not found if isinstance(found, bool) else Traced.__ne__(self, other)


def _ordered(self: Size, other: Any) -> Any:
    if isinstance(other, (Size, int, np.integer)):
        raise refusals.size(self)
    return NotImplemented


Size.__eq__, Size.__ne__ = _same_size, _other_size
Size.__lt__ = Size.__le__ = Size.__gt__ = Size.__ge__ = _ordered
Size.__neg__ = lambda self: length(self.book, self.dim * -1)

__all__ = ["Size", "Traced", "TraceError", "length", "tree_of"]
