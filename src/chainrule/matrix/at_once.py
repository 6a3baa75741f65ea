"""The values of several results that are written together, each definition that they share computed once.

257 gradients of one network have the cotangents of its layers in common. Evaluated one by one, each would compute all
that is above it again.
"""

from __future__ import annotations

import numpy as np

from .beyond import form_value
from .evaluate import evaluate, sizes_from
from .render import Form, Rendering
from .tree import Tree, names_in

_PLAIN = ("matrix", "index")


class AtOnce:
    """Evaluates renderings at a point: `at_once(values)` is a dict of arrays of the results' whole shapes."""

    def __init__(self, renderings: dict[str, Rendering]):
        self.renderings = renderings
        self.shapes = {name: dims for r in renderings.values() for name, dims in r.shapes.items()}
        self.definitions: list[tuple[Tree, dict[str, int]]] = []  # with the places of those that each uses, by name
        self.defined: dict[str, dict[str, int]] = {}  # the definitions of each result
        places: dict[tuple, int] = {}
        for key, rendering in renderings.items():
            known: dict[str, int] = {}
            for name, tree in rendering.full.where:
                used = tuple([(s, known[s]) for s in names_in(tree) if s in known])
                at = places.setdefault((tree, used), len(places))
                if at == len(self.definitions):
                    self.definitions.append((tree, dict(used)))
                known[name] = at
            self.defined[key] = known

    def __call__(self, values: dict) -> dict[str, np.ndarray]:
        values = {name: np.asarray(v) for name, v in values.items()}
        sizes = sizes_from(self.shapes, values)
        found: list = []
        for tree, used in self.definitions:
            found.append(evaluate(tree, _needed(tree, values, used, found), sizes))
        return {key: self._value(key, rendering, values, sizes, found) for key, rendering in self.renderings.items()}

    def _value(self, key: str, rendering: Rendering, values: dict, sizes: dict, found: list):
        form = rendering.full
        if rendering.form in ("differential", "kronecker", "slices", "outputs") or form.form not in _PLAIN:
            return rendering.evaluate(values)
        known = _needed(form.tree, values, self.defined[key], found)
        whole = Form(form.form, form.tree, [], form.row, form.left)
        wrt_ndim = len(rendering.shapes.get(rendering.wrt, ()))
        return form_value(whole, known, sizes, rendering.dims, rendering.out_ndim, rendering.wrt, wrt_ndim)


def _needed(tree: Tree, values: dict, places: dict[str, int], found: list) -> dict:
    """The values of the symbols of `tree`: of definitions those found, of others those given."""
    return {name: found[places[name]] if name in places else values[name] for name in names_in(tree)}
