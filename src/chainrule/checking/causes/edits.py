"""Small changes of a function's source, each of which would undo one mistake that people make in derivatives.

An edit replaces one node of the syntax tree. Its cause is the mistake that it would undo, its cost says how far-fetched it is;
cheap ones are tried first. Nothing here knows a function by its name beyond what NumPy, PyTorch and JAX share.
"""

from __future__ import annotations

import ast

import numpy as np

from .edit import Edit, sites
from .edit_calls import calls_left_out, of_call, other_axes
from .edit_lines import exchanged_lines, of_statement
from .edit_missing import of_term
from .edit_places import of_place, renamed
from .edit_products import of_product, of_sum


def edits(root: ast.FunctionDef, values: dict[str, np.ndarray], globals_: dict) -> list[Edit]:
    """All edits of a function, the cheapest first. `values`: its variables and what they held."""
    names = {name: v for name, v in values.items() if name.isidentifier()}
    np_name = next((n for n, m in globals_.items() if m is np), None)
    places = list(sites(root))
    found = []
    for site in places:
        makers = (
            (of_statement,) if isinstance(site.node, ast.stmt) else (of_product, of_sum, of_call, of_place, of_term)
        )
        for make in makers:
            for cost, cause, slip, new, *swap in make(site, names, np_name):
                found.append(
                    Edit(
                        cost,
                        cause,
                        slip,
                        site.parent,
                        site.field,
                        site.k,
                        site.node,
                        new,
                        site.statement,
                        swap[0] if swap else None,
                    )
                )
    found += (
        list(exchanged_lines(root)) + list(renamed(root, names)) + list(calls_left_out(root)) + list(other_axes(root))
    )
    text = ast.unparse(root)
    return sorted(
        [edit._replace(cause="doubled-term") if twice(edit, text) else edit for edit in found],
        key=lambda edit: edit.cost,
    )


def twice(edit: Edit, text: str) -> bool:
    """Whether the term that an edit leaves out stands in the function once more."""
    if edit.cause != "extra-term" or not isinstance(edit.old, (ast.BinOp, ast.AugAssign)):
        return False
    left, right = (
        (edit.old.target, edit.old.value) if isinstance(edit.old, ast.AugAssign) else (edit.old.left, edit.old.right)
    )
    dropped = ast.unparse(left if edit.new is right else right)
    return len(dropped) > 2 and text.count(dropped) > 1
