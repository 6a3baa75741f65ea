"""Constant arrays that a program holds: those that have a formula, and those that must become parameters."""

from __future__ import annotations

import numpy as np

from ...core.dims import dim
from ...core.errors import TraceError
from ..tracing.constants import array_tree
from . import shaping as S
from . import tensors as T
from .positions import Positions


class Outside:
    """A constant array from outside the function that has no formula."""

    def __init__(self, shape):
        self.shape = shape


def outside(array: np.ndarray):
    """A constant array: equal entries, an identity, a triangle of ones, or a few numbers; others have no formula."""
    if array.dtype.kind in "iu" and array.size and np.all(array == array.flat[0]):
        return Positions({}, dim(int(array.flat[0])), [T.unit(dim(k)) for k in array.shape])
    if array.size == 1 or array.size and np.all(array == array.flat[0]):
        return T.filled(T.exact(array.flat[0]), [T.unit(dim(k)) for k in array.shape])
    try:
        return constant_array(array_tree(array, None))
    except TraceError:
        return Outside(array.shape)


def constant_array(tree) -> T.Tensor:
    """What `constants` makes of an array: an identity or a triangle, a row of numbers, a stack of rows."""
    if tree.kind == "known":
        return T.tensor(tree.value.node)
    if tree.kind == "product":
        return T.product(*[(constant_array(part), 1) for part in tree.args])
    if tree.kind == "call" and tree.value == "full":
        return T.filled(T.constant(tree.args[1]), [T.unit(dim(part.value)) for part in tree.args[0].args])
    if tree.kind == "call" and tree.value == "stack":
        return S.joined([S.widened(constant_array(part), 0) for part in tree.args[0].args], 0)
    return T.Tensor(T.constant(tree), ())
