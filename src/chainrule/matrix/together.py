"""Several results written together: what they share is named once, by one name in all of them.

∂L/∂W and ∂L/∂b of a layer both use the residual of the softmax; each result is a rendering of its own, with those
definitions that it uses, and the definitions of all agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..core.node import Node
from ..core.walk import order, symbols
from . import build as b
from .context import indexed
from .directions import direction_last
from .names import in_order, name_repeats
from .numpy_text import NumpyPrinter
from .reduce import Reducer, is_matrix
from .render import Form, Rendering, render, user_definitions
from .sums import number_out, turned_out
from .tree import Tree, names_in, walk


class Wanted(NamedTuple):
    """One of the results: its node, how many of its axes are the function's, the variable of the others."""

    node: Node
    out_ndim: int
    wrt: Node | None = None
    layout: str = "column"


def render_together(
    wanted: list[Wanted],
    names: dict[Node, str] | None = None,
    taken: Iterable[Node] = (),
    last: Iterable[str] = (),
) -> list[Rendering]:
    """The renderings of several nodes, as `render` makes them one by one. `names` and `taken` are as there.

    `last` are symbols that are written last in products, where that is possible: directions and increments.
    """
    names = {n: name for n, name in (names or {}).items() if n.args and n.op != "number"}
    taken = [*taken]
    shapes = {}
    for s in [*taken, *symbols(*[w.node for w in wanted])]:
        shapes.setdefault(s.name, s.dims)
    used = set(shapes) | set(names.values())
    used.update([x for dims in (*shapes.values(), *[w.node.dims for w in wanted]) for d in dims for x in d.names])
    results = {w.node for w in wanted}
    reducer = Reducer({n: name for n, name in names.items() if n not in results})
    reducer.start(*[w.node for w in wanted], *names)
    trees = {w.node: reducer.tree(w.node) for w in wanted if w.node.ndim <= 2}
    plain = [n for n, t in trees.items() if is_matrix(t)]
    own = dict(user_definitions([trees[n] for n in plain], reducer))
    printer = NumpyPrinter(shapes, inline=True)
    made, named = name_repeats([*[trees[n] for n in plain], *own.values()], printer, used) if plain else ([], [])
    definitions = dict([*zip(own, named[len(plain) :]), *made])
    written = {n: direction_last(turned_out(number_out(t)), last) for n, t in zip(plain, named) if not _by_entries(t)}
    definitions = {name: direction_last(t, last) for name, t in definitions.items()}
    known = names | _named_nodes([w.node for w in wanted], trees, definitions)
    found = []
    for w in wanted:
        if w.node not in written:
            found.append(_alone(w, known, taken, set(definitions)))
            continue
        tree = written[w.node]
        where = in_order([(name, definitions[name]) for name in _needed(tree, definitions)], tree)
        full = Form("matrix", tree, where)
        primary = full
        if w.layout == "row" and w.wrt is not None and w.out_ndim == 0 and w.node.ndim == w.wrt.ndim:
            turned = b.transpose(tree) if tree.order == 2 else tree
            primary = Form("matrix", turned, where, row=tree.order == 1)
        name = w.wrt.name if w.wrt is not None else ""
        found.append(Rendering(primary, full, [], shapes, w.node.dims, used, w.out_ndim, name))
    return found


def negative(r: Rendering) -> Rendering:
    """−r, written with the same definitions."""
    forms = [Form(f.form, b.scale(-1, [], f.tree), f.where, f.row) for f in (r, r.full)]
    return Rendering(*forms, [], r.shapes, r.dims, r.taken, r.out_ndim, r.wrt)


def _alone(w: Wanted, names: dict[Node, str], taken: list[Node], more: set[str]) -> Rendering:
    wrt = w.wrt if w.wrt is not None else ""
    return render(w.node, w.out_ndim, wrt_name=wrt, names=names, taken=[*taken, *sorted(more)], layout=w.layout)


def _named_nodes(roots: list[Node], trees: dict[Node, Tree], definitions: dict[str, Tree]) -> dict[Node, str]:
    """The nodes that definitions are of, by name: for results that are written by themselves."""
    if len(trees) == len(roots):
        return {}
    names = {t: name for name, t in definitions.items()}
    found = {n: names.get(n.memo.get("tree")) for n in order(*roots) if n not in trees}
    return {n: name for n, name in found.items() if name is not None and n.args}


def _by_entries(t: Tree) -> bool:
    """Whether a part of a matrix expression has subscripts, for which `render` finds a name."""
    return any(a.order and indexed(a) for x in walk(t) for a in x.args)


def _needed(tree: Tree, definitions: dict[str, Tree]) -> list[str]:
    """The names that `tree` uses, and those that these use."""
    found: dict[str, None] = {}
    waiting = [tree]
    while waiting:
        for name in names_in(waiting.pop()):
            if name in definitions and name not in found:
                found[name] = None
                waiting.append(definitions[name])
    return list(found)
