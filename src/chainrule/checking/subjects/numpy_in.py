"""Functions of NumPy arrays and plain numbers, with a claim that the person wrote."""

from __future__ import annotations

import numpy as np

from ...core.errors import DeclarationError
from .written import Written

LONG_DOUBLE = np.finfo(np.longdouble).eps < 1e-18  # there is an 80-bit type, or a wider one


class NumpySubject(Written):
    """A NumPy function; float32 is run again in float64, float64 in the 80-bit type where there is one."""

    framework = "numpy"
    EPS = {
        "float16": float(np.finfo(np.float16).eps),
        "float32": float(np.finfo(np.float32).eps),
        "float64": float(np.finfo(np.float64).eps),
        "longdouble": float(np.finfo(np.longdouble).eps),
    }
    WIDER = {"float16": "float64", "float32": "float64"} | ({"float64": "longdouble"} if LONG_DOUBLE else {})

    def __init__(self, function, mine, at, *, kind=None, order=1, wrt=None, sample=None):
        super().__init__(function, at, order=order, wrt=wrt, sample=sample, also=(mine,))
        self._take_claim(mine, kind)

    def _take(self, wrt):
        super()._take(wrt)
        for name, leaf in zip(self._names, self._leaves):
            if isinstance(leaf, np.matrix):
                raise DeclarationError(
                    f"`{name}` is an np.matrix, which stays two-dimensional and has products of its own",
                    given=f"{name}: np.matrix of shape {leaf.shape}",
                    expected="a plain array",
                    fix=f"np.asarray({name})",
                )
            if np.ma.isMaskedArray(leaf):
                self.remarks.append(f"the mask of {name} is not looked at: all its entries are checked")

    def _type(self, leaf):
        if isinstance(leaf, float) and not isinstance(leaf, np.generic):
            return "float64"
        if isinstance(leaf, (np.ndarray, np.floating)) and leaf.dtype.kind == "f":
            return "longdouble" if leaf.dtype == np.longdouble and leaf.dtype != np.float64 else leaf.dtype.name
        return None

    def _read(self, leaf):
        return np.asarray(leaf.detach() if hasattr(leaf, "detach") else leaf) if is_foreign(leaf) else leaf

    def _whole(self, leaf):
        if isinstance(leaf, (bool, np.bool_)):
            return None
        if isinstance(leaf, int):
            return float(leaf)
        return leaf.astype(float) if isinstance(leaf, (np.ndarray, np.integer)) and leaf.dtype.kind in "iu" else None

    def _numbers(self, leaf):
        return np.array(leaf, dtype=np.longdouble if self._type(leaf) == "longdouble" else float).ravel()

    def _made(self, numbers, like, width):
        dtype = np.dtype(width or self._type(like))
        if not isinstance(like, np.ndarray):
            return float(numbers[0]) if type(like) is float and dtype == np.float64 else dtype.type(numbers[0])
        made = np.array(numbers, dtype=dtype).reshape(like.shape)
        if like.flags.f_contiguous and not like.flags.c_contiguous:
            made = np.asfortranarray(made)
        return made if type(like) is np.ndarray else made.view(type(like))

    def _copied(self, leaf):
        return leaf.copy() if isinstance(leaf, np.ndarray) else leaf

    def _note_changes(self, leaves, x):
        flat = {i: x[span] for (_, span), i in zip(self.spans(), self._moving)}
        for i, now in enumerate(leaves):
            if isinstance(now, np.ndarray) and now.dtype.kind in "fiub":
                before = np.asarray(flat[i] if i in flat else self._leaves[i]).astype(now.dtype).ravel()
                if now.size != before.size or not np.array_equal(now.ravel(), before, equal_nan=now.dtype.kind == "f"):
                    if self._names[i] not in self.mutated:
                        self.mutated.append(self._names[i])


def is_foreign(leaf) -> bool:
    """Whether this is an array of another library, which NumPy can read."""
    return hasattr(leaf, "__array__") and hasattr(leaf, "shape") and not isinstance(leaf, (np.ndarray, np.generic))
