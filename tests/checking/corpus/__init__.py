"""Gradients as people get them wrong, and right ones that are awkward to check: what the laws of `check` run over."""

from . import jax_items, numpy_items, numpy_layers, numpy_programs, right_items, right_programs, torch_items

ITEMS = [
    *numpy_items.ITEMS,
    *numpy_layers.ITEMS,
    *numpy_programs.ITEMS,
    *torch_items.ITEMS,
    *jax_items.ITEMS,
    *right_items.ITEMS,
    *right_programs.ITEMS,
    *right_programs.JAX,
]
WRONG = [item for item in ITEMS if item.wrong]
RIGHT = [item for item in ITEMS if not item.wrong]
