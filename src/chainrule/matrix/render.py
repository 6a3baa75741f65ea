"""One result in all its written forms: text, ASCII, LaTeX, NumPy, and the values of what is printed.

A result of at most two axes is a matrix expression. With more, the forms of `beyond` are tried: differential,
Kronecker, slices, and the index form, which always exists.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..core.node import Node
from ..core.walk import symbols
from .beyond import differential_name, form_value, forms_beyond, guessed, written_out
from .evaluate import sizes_from
from .index import axes_letters, spoken_for
from .latex import latex, spelled
from .context import indexed
from .names import in_order, name_repeats, rebuild
from .numpy_source import Shown
from .numpy_text import NumpyPrinter
from .outputs import output_slices, reached_inside
from .oriented import oriented
from .reduce import Reducer, is_matrix, tree_of
from .rows import laid
from .sums import number_out, turned_out
from .styles import ASCII, UNICODE
from .text import text
from .tree import Tree, sym, walk


class Form:
    """One way to write a result: a tree, the definitions it uses, and what kind of form it is."""

    def __init__(self, form: str, tree: Tree, where: list[tuple[str, Tree]], row: bool = False, left: str = ""):
        self.form, self.tree, self.where, self.row = form, tree, where, row
        self.left = left

    def text(self) -> str:
        return text(self.tree, UNICODE, self.row, names=self._names())

    def _names(self) -> list[str]:
        return [name for name, _ in self.where]

    def ascii(self) -> str:
        """Definitions as let-lines, then the expression: what parses back."""
        lines = [f"{name} = {shown}" for name, shown in self.where_ascii().items()]
        tree, inner = self._reshaped()
        for name, t in inner:
            letters = axes_letters(t, spoken_for(self.tree))
            lines.append(f"{name}_{letters} = {text(t, ASCII, letters=letters)}")
        shown = text(tree, ASCII, self.row)
        if self.form == "index" and tree.order > 0 and indexed(tree):
            # which subscript is which axis
            names = {t.name for t in walk(tree) if t.kind == "sym"}
            result = next(name for name in ("D", "G", "J", "Q", "result") if name not in names)
            shown = f"{result}_{axes_letters(tree)} = {shown}"
        return "\n".join([*lines, shown])

    def _reshaped(self) -> tuple[Tree, list[tuple[str, Tree]]]:
        """The tree with names for what is reshaped and has subscripts: ASCII reads these as let-lines only."""
        found = [t.args[0] for t in walk(self.tree) if t.kind == "reshape" and indexed(t.args[0])]
        if not found:
            return self.tree, []
        taken = {s.name for s in walk(self.tree) if s.kind == "sym"} | {name for name, _ in self.where}
        free = (name for name in ("M", "N", "Q", *[f"M{k}" for k in range(1, 1 + len(found))]) if name not in taken)
        inner = [(name, t) for name, t in zip(free, dict.fromkeys(found))]
        return rebuild([self.tree], {t: sym(name, t.shape) for name, t in inner})[0], inner

    def latex(self) -> str:
        return latex(self.tree, self.row)

    def where_text(self) -> dict[str, str]:
        """The named intermediates as printed, each with its definition."""
        return where_text([self])

    def where_ascii(self) -> dict[str, str]:
        return {name + _subscripts(t): text(t, ASCII, letters=_subscripts(t)[1:] or None) for name, t in self.where}

    def where_latex(self) -> list[tuple[str, str]]:
        at = [f"_{{{axes_letters(t)}}}" if t.order and indexed(t) else "" for _, t in self.where]
        return [(spelled(name) + low, latex(t)) for (name, t), low in zip(self.where, at)]

    def definition(self, left: str) -> str:
        """`left = …` for what this form is: with the letters of its axes, where it is written entry by entry."""
        at = _subscripts(self.tree)
        return f"{left}{at} = {text(self.tree, letters=at[1:] or None, names=[left, *self._names()])}"

    def definition_latex(self, left: str) -> str:
        low = f"_{{{axes_letters(self.tree)}}}" if self.tree.order and indexed(self.tree) else ""
        return f"{left}{low} = {latex(self.tree)}"

    @staticmethod
    def name_text(name: str) -> str:
        """A variable's name in Unicode."""
        return UNICODE.name(name)

    @staticmethod
    def name_latex(name: str) -> str:
        """A variable's name in LaTeX."""
        return spelled(name)

    def __repr__(self) -> str:
        return f"<{self.form}: {self.text()}>"


def where_text(forms: Iterable[Form]) -> dict[str, str]:
    """The named intermediates of all `forms` as printed, each with its definition."""
    pairs = list(dict.fromkeys([pair for form in forms for pair in form.where]))
    names = [name for name, _ in pairs]
    return {UNICODE.name(name) + _subscripts(t): text(t, letters=_subscripts(t)[1:] or None, names=names) for name, t in pairs}


def _subscripts(t: Tree) -> str:
    """ "_ij" for what is defined entry by entry, with the letters that its text uses; "" for a matrix expression."""
    return "_" + axes_letters(t, spoken_for(t)) if t.order and indexed(t) else ""


class Rendering(Form):
    """A result as it is shown. See `chainrule.matrix.render`."""

    def __init__(self, primary: Form, full: Form, alternatives: list[Form], shapes: dict, dims, taken, out_ndim, wrt):
        super().__init__(primary.form, primary.tree, primary.where, primary.row, primary.left)
        self.full = full  # the whole result, in NumPy's order of axes
        self.alternatives = alternatives
        self.shapes, self.dims, self.taken = shapes, dims, frozenset(taken)
        self.out_ndim, self.wrt = out_ndim, wrt
        self._numpy: tuple[str, int] | None = None

    def numpy(self) -> str:
        """Definitions, one per line, and the expression last, with an array of the result's whole shape."""
        return self._spelled()[0]

    @property
    def size(self) -> int:
        """The size of `numpy()` by the rule of the cases."""
        return self._spelled()[1]

    def _spelled(self) -> tuple[str, int]:
        if self._numpy is None:
            taken = set(self.taken) | {name for name, _ in self.full.where}
            inline = NumpyPrinter(self.shapes, inline=True)
            # inverses that repeat are computed once, whether or not the text names them
            more, trees = name_repeats([self.full.tree, *[t for _, t in self.full.where]], inline, taken, inverses=True)
            where = [(name, t) for (name, _), t in zip(self.full.where, trees[1:])]
            printer = NumpyPrinter(self.shapes, taken)
            lines: list[tuple[str, Shown]] = []
            for name, t in in_order([*where, *more]) if more else where:
                shown = printer.show(t)
                lines += [*printer.pending, (name, shown)]
                printer.pending.clear()
            last = printer.result(trees[0])
            lines += printer.pending
            self._numpy = printer.finished(lines, last)
        return self._numpy

    def evaluate(self, values: dict, form: Form | None = None, sizes: dict | None = None):
        """The value of what is printed (or of one of the `alternatives`): an array of the result's whole shape.

        `sizes` are those that no value shows, as n of n vᵀv, where the variable of that size fell out.
        """
        form = form or self
        sizes = {**(sizes or {}), **sizes_from(self.shapes, values)}
        if form.form not in ("differential", "kronecker", "slices", "outputs"):
            form = self.full if form is self else form
        wrt_ndim = len(self.shapes.get(self.wrt, ()))
        return form_value(form, values, sizes, self.dims, self.out_ndim, self.wrt, wrt_ndim)


def render(
    node: Node,
    out_ndim: int,
    wrt_name: str | Node = "X",
    names: dict[Node, str] | None = None,
    taken: Iterable = frozenset(),
    layout: str = "column",
    written: Iterable[Node] = (),
) -> Rendering:
    """The written forms of `node`, whose axes are the function's, then the variable's (once or more).

    `wrt_name` is the variable or its name, `names` the user's intermediates, `taken` the variables of the function
    (symbols, so that sizes can be spelled from their shapes) or their names. `layout` "row" (numerator layout)
    lays vectors down and transposes matrices. `written` are differences that the user wrote: even powers of them are
    printed the same way round.
    """
    given = [v for v in [wrt_name, *taken] if isinstance(v, Node)]
    shapes = {}
    for s in [*given, *symbols(node)]:
        shapes.setdefault(s.name, s.dims)
    wrt = wrt_name.name if isinstance(wrt_name, Node) else wrt_name
    if wrt not in shapes and node.ndim > out_ndim:
        shapes[wrt] = node.dims[node.ndim - guessed(node, out_ndim) :]
    order_of_names = sorted(shapes, key=lambda name: (name != wrt, name))
    shapes = {name: shapes[name] for name in order_of_names}
    taken = {v.name if isinstance(v, Node) else v for v in taken} | set(shapes) | {wrt}
    names = {n: name for n, name in (names or {}).items() if (n.args or n.op == "structured") and n.op != "number"}
    taken |= set(names.values())
    for dims in (*shapes.values(), node.dims):
        for d in dims:
            taken.update(d.names)
    reducer = Reducer({n: name for n, name in names.items() if n is not node}).start(node, *names)
    whole = reducer.tree(node)
    form = "matrix" if node.ndim <= 2 and is_matrix(whole) else "index"
    full = finished(form, oriented(whole, frozenset([tree_of(n) for n in written])), reducer, shapes, taken)
    if form == "index" and node.ndim <= 2 and not any([t.kind == "einsum" for t in walk(full.tree)]):
        full.form = "matrix"  # what is no matrix expression stands in definitions, entry by entry
    if node.ndim > 2:
        multiplied = written_out(node, reducer)
        if multiplied is not None:
            candidates = (full, finished(form, multiplied, reducer, shapes, taken))
            full = min(candidates, key=lambda f: Rendering(f, f, [], shapes, node.dims, taken, out_ndim, wrt).size)
        others = []
        for form, tree, left in forms_beyond(node, out_ndim, wrt, shapes, reducer, taken):
            d = differential_name(wrt)
            others.append(finished(form, tree, reducer, shapes, taken | {d}, left, frozenset([d])))
        if node.ndim == 3 and out_ndim == 1:
            each = output_slices(node, reducer, taken)
            if each is not None:
                made = finished("outputs", each[0], reducer, shapes, taken | {each[1]}, each[1])
                others.append(Form(made.form, reached_inside(made.tree), made.where, left=made.left))
        primary, *rest = [*others, full]
        return Rendering(primary, full, rest, shapes, node.dims, taken, out_ndim, wrt)
    primary = full
    if layout == "row" and out_ndim == 0 and node.ndim == len(shapes.get(wrt, ())):  # a gradient; ALGORITHMS, (e)
        primary = Form(full.form, laid(full.tree), full.where, row=full.tree.order == 1)
    return Rendering(primary, full, [], shapes, node.dims, taken, out_ndim, wrt)


def finished(form: str, tree: Tree, reducer: Reducer, shapes: dict, taken: set, left="", never=frozenset()) -> Form:
    """A form with its definitions: the user's names that occur, and names for what is repeated."""
    own = user_definitions([tree], reducer)
    printer = NumpyPrinter(shapes, inline=True)
    taken = set(taken)
    made, trees = name_repeats([tree, *[t for _, t in own]], printer, taken, never)
    if tree.order <= 2 and not indexed(trees[0]):
        taken.update([name for name, _ in [*own, *made]])
        made, trees = _named_by_entries(made, trees, taken)
    where = in_order([*[(name, t) for (name, _), t in zip(own, trees[1:])], *made], trees[0])
    return Form(form, turned_out(number_out(trees[0])), where, left=left)


def _named_by_entries(made: list, trees: list[Tree], taken: set) -> tuple[list, list[Tree]]:
    """What has subscripts inside a matrix expression gets a name: (Σ_k T_ijk x_k)x is Mx where M_ij = Σ_k T_ijk x_k."""
    found = [a for t in walk(trees[0]) if not indexed(t) for a in t.args if a.order and indexed(a)]
    mapping = {}
    for t in dict.fromkeys(found):
        letters = "MNQ" if t.order == 2 else "uvw"
        name = next(n for n in (*letters, *[f"{letters[0]}{k}" for k in range(1, 10_000)]) if n not in taken)
        taken.add(name)
        made = [*made, (name, rebuild([t], mapping)[0])]  # in it, what was named before
        mapping[t] = sym(name, t.shape)
    return made, [*rebuild(trees[:1], mapping), *trees[1:]]


def user_definitions(trees: list[Tree], reducer: Reducer) -> list[tuple[str, Tree]]:
    """The definitions of the user's names in each of `trees`, and of those in these."""
    if not reducer.names:
        return []
    nodes = {name: n for n, name in reducer.names.items()}
    found: dict[str, Tree] = {}
    seen: set[Tree] = set()
    for tree in trees:
        waiting = [tree]
        while waiting:
            for s in walk(waiting.pop(), seen=seen):
                if s.kind == "sym" and s.name in nodes and s.name not in found:
                    found[s.name] = reducer.definition(nodes[s.name])
                    waiting.append(found[s.name])
    return list(found.items())
