"""The table of the operators of PyTorch: name of the ATen operator → builder (reader, arguments) → tensor.

Arguments carry the names of native_functions.yaml; `x` is what is called self there. The files that fill the table:
torch_entries (entry by entry), torch_products, torch_shapes, torch_layers, torch_losses.
"""

from __future__ import annotations

from collections.abc import Callable

from .tensors import Tensor

OPERATORS: dict[str, Callable] = {}


def operator(*names: str):
    def enter(function):
        for name in names:
            OPERATORS[name] = function
        return function

    return enter


def positions(t: Tensor, given) -> list[int]:
    """The dims that `dim=` says: all of them where it says nothing."""
    if given is None or given == []:
        return list(range(t.rank))
    return [p % max(t.rank, 1) for p in (given if isinstance(given, list) else [given])]
