"""Arguments of a call: made into arrays, checked against the declared shapes, and the sizes read off them."""

from __future__ import annotations

from collections.abc import Callable, Container

import numpy as np

from ..core.dims import Dim
from ..core.errors import ChainruleError, ShapeError, UnknownNameError, did_you_mean

FLOAT, COMPLEX, FLOAT32 = np.dtype(float), np.dtype(complex), np.dtype(np.float32)
PYTHON_IS_WEAK = (np.float32(1) * 1.0).dtype == FLOAT32  # NEP 50, since NumPy 2; before that float32 does not last


def float_type(values: list) -> np.dtype:
    """float32 where the arrays among these values are (with NumPy 2), else float64. Scalars, integers, masks follow them."""
    if not PYTHON_IS_WEAK or not any([str(getattr(value, "dtype", "")).endswith("float32") for value in values]):
        return FLOAT
    try:
        typed = [isinstance(getattr(value, "dtype", None), np.dtype) and hasattr(value, "shape") for value in values]
        arrays = [value if known else np.asarray(value) for value, known in zip(values, typed)]
    except (TypeError, ValueError, RuntimeError):
        return FLOAT  # one is no array of numbers, as `array` says
    found = {a.dtype for a in arrays if a.dtype.kind == "c" or len(a.shape) and a.dtype.kind not in "biu"}
    return FLOAT32 if found == {FLOAT32} else FLOAT


def array(name: str, value, real: np.dtype = FLOAT) -> np.ndarray:
    """`value` as an array of complex128, or of float64 (or another type of `real` numbers).

    Raises
        ShapeError: it is no rectangular array of numbers.
    """
    try:
        found = np.asarray(value if value is not None else "None")
        if found.dtype == real or found.dtype == COMPLEX:
            return found if type(value) is np.ndarray else _unmasked(name, value, found)
        if found.dtype.kind in "MmSU":
            raise TypeError  # NumPy would make numbers of dates, and of texts
        return _unmasked(name, value, found.astype(COMPLEX if found.dtype.kind == "c" else real))
    except (TypeError, ValueError, RuntimeError, OverflowError):
        how = next((h for word, h in PLAIN.items() if hasattr(value, word)), None)
        raise ShapeError(
            f"`{name}` is not an array of numbers",
            given=f"{name}: {type(value).__name__}" + (f" of {value.dtype}" if isinstance(value, np.ndarray) else ""),
            expected="numbers in a rectangular array, or nested lists of equal lengths",
            fix=f"pass {name}{how}" if how else None,
        ) from None


PLAIN = {"detach": ".detach()", "toarray": ".toarray()"}  # what makes arrays of tensors with gradients, and of sparse matrices


def _unmasked(name: str, value, found: np.ndarray) -> np.ndarray:
    """`found`. Raises ShapeError: `value` has entries that are masked, which would count as numbers."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ShapeError(
            f"`{name}` has entries that are masked",
            given=f"{name}: a masked array",
            expected="an array whose entries all count",
            fix=f"pass {name}.filled(…), or leave the rows out",
        )
    return found


def by_name(parameters: dict, arguments: tuple, values: dict) -> dict:
    """All arguments of a call by name: those passed in the order of the parameters, and `values`.

    Raises
        UnknownNameError: there are more than parameters, or one is passed twice.
    """
    if not arguments:
        return values
    if len(arguments) > len(parameters):
        raise too_many(len(arguments), list(parameters))
    placed = dict(zip(parameters, arguments))
    twice = [name for name in placed if name in values]
    if twice:
        raise passed_twice(twice[0], list(parameters))
    return placed | values


def sorted_out(
    values: dict, parameters: Container[str], sizes: Container[str], take: Callable = array
) -> tuple[dict, dict[str, int]]:
    """(arguments, each as `take(name, value)` makes it; sizes that are passed beside them), by name.

    Raises
        UnknownNameError: a name is none of the parameters, nor of the sizes. ShapeError: a size is no whole number.
    """
    arrays, given = {}, {}
    for name, value in values.items():
        if name in parameters:
            arrays[name] = take(name, value)
        elif name in sizes:
            given[name] = _whole(name, value)
        else:
            raise unknown_argument(name, list(parameters))
    return arrays, given


def _whole(name: str, value) -> int:
    try:
        if int(value) == value >= 0:
            return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ShapeError(f"the size `{name}` is no whole number", given=f"{name}={value!r}", expected="0, 1, 2, …")


def sizes_of(
    parameters: dict[str, tuple[Dim, ...] | None], arrays: dict[str, np.ndarray], given: dict[str, int]
) -> dict[str, int]:
    """The size of every dimension symbol, from the shapes of the arguments.

    Raises
        ShapeError: an argument has the wrong number of axes, or two arguments disagree on a size.
    """
    sizes = dict(given)
    source = {name: f"{name} = {size}" for name, size in given.items()}
    later = []
    for name, dims in parameters.items():
        if dims is None:
            continue
        shape = arrays[name].shape
        if len(shape) != len(dims):
            raise _wrong(name, shape, dims, sizes, source)
        for d, n in zip(dims, shape):
            symbol = d.text if len(d.names) == 1 and d.text == d.names[0] else None
            if symbol is None:
                later.append((name, dims, d, n))
            elif sizes.setdefault(symbol, n) != n:
                raise _wrong(name, shape, dims, sizes, source)
            else:
                source.setdefault(symbol, f"{name}: {times(shape)}")
    while later:
        unsolved = []
        for name, dims, d, n in later:
            unknown = [x for x in d.names if x not in sizes]
            if unknown and not _solved(d, n, unknown, sizes, source, f"{name}: {times(arrays[name].shape)}"):
                unsolved.append((name, dims, d, n))
            elif d.at(sizes) != n:
                raise _wrong(name, arrays[name].shape, dims, sizes, source)
        if len(unsolved) == len(later):
            break
        later = unsolved
    return sizes


def _solved(d: Dim, n: int, unknown: list[str], sizes: dict, source: dict, where: str) -> bool:
    """Solve for the one symbol that is unknown, where it enters linearly. Says whether the dimension is settled."""
    if len(unknown) > 1:
        return False
    (x,) = unknown
    factor = constant = 0
    for names, c in d.terms:
        if names.count(x) > 1:
            return False
        term = c
        for name in names:
            term *= sizes[name] if name != x else 1
        if x in names:
            factor += term
        else:
            constant += term
    if factor == 0 and constant == n:  # 0 · n is 0 whatever n is
        return False
    size, rest = divmod(n - constant, factor) if factor else (0, 1)
    sizes[x] = size if rest == 0 and size >= 0 else 1  # where nothing fits the check that follows fails
    source[x] = where
    return True


def _wrong(name: str, shape: tuple, dims: tuple, sizes: dict[str, int], source: dict[str, str]) -> ShapeError:
    expected = f"{name}: " + (times([d.text for d in dims]) or "a scalar")
    known = []
    for x in dict.fromkeys([x for d in dims for x in d.names]):
        if x in source:
            known.append(f"{x} = {sizes[x]}" + (f" from {source[x]}" if source[x] != f"{x} = {sizes[x]}" else ""))
    if known:
        expected += " with " + ", ".join(known)
    fix = None
    full = [d.at(sizes) if all(x in sizes for x in d.names) else None for d in dims]
    if None not in full and full != list(shape):
        if list(shape)[::-1] == full and len(full) == 2:
            fix = f"pass {name}.T"
        elif _product(shape) == _product(full) and [n for n in shape if n != 1] == [n for n in full if n != 1]:
            fix = f"pass {name}.reshape({', '.join(map(str, full))})" if full else f"pass {name}.item()"
    return ShapeError(
        f"`{name}` has not the shape that was declared",
        given=f"{name}: {times(shape) or 'a scalar'}",
        expected=expected,
        fix=fix,
    )


def times(sizes) -> str:
    return " × ".join(map(str, sizes))


def _product(sizes) -> int:
    total = 1
    for n in sizes:
        total *= n
    return total


def unknown_argument(word: str, candidates: list[str]) -> ChainruleError:
    near = did_you_mean(word, candidates)
    return UnknownNameError(
        f"there is no argument `{word}`",
        given=word,
        expected=", ".join(candidates) or "no arguments",
        fix=f"did you mean `{near}`?" if near else None,
    )


def missing_argument(names: list[str], given: list[str]) -> ChainruleError:
    listed = ", ".join([f"`{n}`" for n in names])
    return UnknownNameError(
        f"{listed} is missing" if len(names) == 1 else f"{listed} are missing",
        given=", ".join(given) or "no arguments",
        expected=", ".join([*given, *names]),
        fix="pass " + ", ".join([f"{n}=…" for n in names]),
    )


def too_many(count: int, parameters: list[str]) -> ChainruleError:
    return UnknownNameError(
        f"{count} arguments for {len(parameters)} parameters",
        given=f"{count} arguments",
        expected=", ".join(parameters) or "no arguments",
        fix="pass them by name",
    )


def passed_twice(name: str, parameters: list[str]) -> ChainruleError:
    return UnknownNameError(
        f"`{name}` is passed twice",
        given=f"{name} by its place and by its name",
        expected=", ".join(parameters),
        fix="pass them by name",
    )
