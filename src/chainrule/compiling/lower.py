"""From the graph to values: one pass over the nodes, children first.

Each node gets a form; what no output needs is never printed, so a product may look through its operands at will.
Maps and structured operations ask their declaration how they are done; where it only has a definition, the nodes of
the definition are lowered in their turn.
"""

from __future__ import annotations

from ..core.dims import Dim
from ..core.errors import NoRuleError
from ..core.facts import symmetric
from ..core.node import Node, Number, exact
from ..core.walk import order, uses
from .cholesky import by_factor
from .factors import certainly_nonnegative
from .forms import Form, aligned, assemble, dense, in_order, plain, scaled, zero
from .gather import gathered
from .outer import factor_out, stacked
from .patterns import one_of_each, taken_apart
from .products import Products
from .structs import STRUCTS
from .values import Builder, Value


COMPLEMENTED = frozenset({"sigmoid"})  # 1 − f(x) is f(−x)


class Lowering:
    """The forms of all nodes below `roots`. What is made of `bound` inputs alone counts as free, being computed once;
    `specialised` says whether the text is NumPy's, for arguments of these very sizes.
    """

    def __init__(
        self, roots: list[Node], sizes: dict[str, float], bound: frozenset[str] = frozenset(), specialised: bool = False
    ):
        self.b = Builder(sizes, bound)
        self.b.specialised = specialised
        self.form_of: dict[Node, Form] = {}
        self.uses = uses(*roots)
        self.products = Products(self.b, self.form_of, self.uses, self.add)
        for node in order(*roots):
            self._lower(node)

    def output(self, node: Node) -> Value:
        """The dense value of a node, axes in its own order."""
        return self.b.numeric(in_order(self.b, self.form_of[node]))

    def _lower(self, node: Node) -> None:
        self.form_of[node] = self._form(node)
        if self.uses.get(node, 1) > 1 and self.form_of[node].value is not None:
            self.b.shared.add(self.form_of[node].value)
        if node.op in ("symbol", "struct") and node.ndim == 2 and symmetric(node):
            value = self.form_of[node].value
            if value is not None and value.dims == node.dims:
                self.b.symmetric.add(value)
        self.products.nonnegative[node] = certainly_nonnegative(node, self.products.nonnegative)

    def _form(self, node: Node) -> Form:
        op, b = node.op, self.b
        if op == "product":
            return self.products.lower(node)
        if op == "sum":
            mask = self._opposite_mask(node)
            if mask is not None:
                return mask
            complement = _complement(node)
            if complement is not None:
                form = self.form_of[complement.args[0]]
                return self._applied(complement.attr, [form.times(-1, form.scale)], node.dims)
            return self.add([(c, self.form_of[t]) for c, t in node.terms], node.dims)
        if op == "symbol":
            return plain(b.make("input", (node.name,), (), node.dims, work=0))
        if op == "map":
            return self._map(node)
        if op == "struct":
            return self._struct(node)
        if op == "size":
            return self._number(node.attr)
        if op == "number":
            return Form(1, b.number(node.attr), (), ())
        kind, *params = node.attr
        return plain(b.make("constant", (kind, tuple(params)), (), node.dims))

    def _number(self, d: Dim) -> Form:
        if d.value is not None:
            return Form(d.value, None, (), ())
        return Form(1, None, (), (), self.b.dimension(d))

    # ------------------------------------------------------------------------ sums

    def add(self, terms: list[tuple[Number, Form]], dims) -> Form:
        """Σ c · form, with factors that all terms share left outside."""
        b = self.b
        found: list[Form] = []
        for c, f in terms:
            if not f.is_zero and c != 0:
                found += taken_apart(b, f.times(c, f.scale)) if len(terms) > 1 else [f.times(c, f.scale)]
        if len(found) > 1:
            found = one_of_each(b, factor_out(b, found, dims, self.add), self.add)
            found = [f for f in found if not f.is_zero]
        if not found:
            return zero(dims)
        if len(found) == 1:
            return found[0]
        coef, scale = _shared_factor(found)
        sparse = [f for f in found if f.is_sparse]
        full = [f for f in found if not f.is_sparse]
        if not sparse:
            rows = stacked(b, full, dims, coef, scale)
            if rows is not None:
                return rows
            value, out = self._combined(full, dims)
            return zero(dims) if value is b.number(0) else Form(coef, value, out, dims, scale)
        base = None
        if full:
            value, out = self._combined(full, dims)
            base = Form(1, value, out, dims) if value is not b.number(0) else None
        form = plain(assemble(b, base, sparse, dims))
        form.coef, form.scale = coef, scale
        form.parts = () if full else tuple(sparse)
        return form

    def _combined(self, forms: list[Form], dims) -> tuple[Value | None, tuple]:
        """The value of a sum of forms without zeros, and the axes of the node it covers."""
        b = self.b
        terms, out, common = aligned(b, forms, dims)
        constant: Number = 0
        listed: list = []
        for c, value, axes in terms:
            if value is None:
                constant = exact(constant + c)
            elif value.op == "number" and not isinstance(value.params[0], str) and not axes:
                constant = exact(constant + c * value.params[0])
            else:
                listed.append((c, value, axes))
        merged: dict = {}
        for c, value, axes in listed:
            axes = axes[::-1] if axes == (1, 0) and value in b.symmetric else axes
            merged[value, axes] = exact(merged.get((value, axes), 0) + c)
        listed = [(c, value, axes) for (value, axes), c in merged.items() if c != 0]
        if constant != 0:
            listed.append((constant, b.number(1), ()))
        if not listed:
            return b.number(0), (-1,) * len(dims)
        if len(listed) == 1 and listed[0][2] == tuple(range(len(common))):
            c, value, _ = listed[0]
            return scaled(b, c, None, value), out
        listed = gathered(b, listed, common) if common else listed
        if len(listed) == 1 and listed[0][2] == tuple(range(len(common))):
            c, value, _ = listed[0]
            return scaled(b, c, None, value), out
        covered = {x for _, _, axes in listed for x in axes}
        if len(covered) < len(common):  # terms cancelled: some axes are constant after all
            return b.make(
                "spread", (tuple(range(len(dims))),), (in_order(b, self._combined_full(listed, common)),), dims
            ), out
        return b.lin(listed, common), out

    def _combined_full(self, listed: list, common: tuple) -> Form:
        b = self.b
        parts = []
        for c, value, axes in listed:
            out = tuple([axes.index(t) if t in axes else -1 for t in range(len(common))])
            parts.append(dense(b, Form(c, value, out, common)))
        return plain(b.lin([(1, p.value, p.out) for p in parts], common))

    def _opposite_mask(self, node: Node) -> Form | None:
        """1 − mask, as a mask."""
        if len(node.args) != 2:
            return None
        for (c, one), (d, other) in (node.terms, node.terms[::-1]):
            form = self.form_of[other]
            if c == 1 and d == -1 and _is_one(one) and form.value is not None and form.value.mask and form.coef == 1:
                if form.scale is None and not form.is_sparse:
                    return Form(1, self.b.negated(form.value), form.out, node.dims)
        return None

    # ------------------------------------------------------------------------ maps

    def _map(self, node: Node) -> Form:
        declaration = node.attr
        if declaration.safe is None and declaration.evaluate is None:
            return self._defined(node, node.args)
        return self._applied(declaration, [self.form_of[a] for a in node.args], node.dims)

    def _applied(self, declaration, forms: list[Form], dims) -> Form:
        b = self.b
        terms, out, common = aligned(b, forms, dims)
        args, places = [], []
        for c, value, axes in terms:
            value = scaled(b, c, None, value)
            args.append(value if declaration.name == "where" and not args else b.numeric(value))
            places.append(axes)
        mask = declaration.values == "01"
        value = b.make("map", (declaration, tuple(places)), tuple(args), common, mask=mask, work=12 * b.entries(common))
        return Form(1, value, out, dims)

    def _defined(self, node: Node, args: tuple) -> Form:
        if node.attr.define is None:
            raise NoRuleError(
                f"`{node.attr.name}` cannot be computed",
                expected="`evaluate=`, `numpy=` or `define=` in its declaration",
            )
        spelled = node.attr.define(*args)
        for inner in order(spelled):
            if inner not in self.form_of:
                self._lower(inner)
        form = self.form_of[spelled]
        if spelled.dims != node.dims:
            form = Form(form.coef, form.value, (-1,) * node.ndim, node.dims, form.scale)
        return form

    # -------------------------------------------------------------------- structs

    def _struct(self, node: Node) -> Form:
        declaration, *params = node.attr
        lowered = STRUCTS.get(declaration.name)
        arg = self.form_of[node.args[0]]
        if symmetric(node.args[0]):
            form = by_factor(self.b, declaration.name, dense(self.b, arg), node.dims)
            if form is not None:
                return form
        if lowered is not None:
            form = lowered(self.b, declaration, dense(self.b, arg), *params)
            form.dims = node.dims
            return form
        value = in_order(self.b, arg)
        return plain(self.b.make("struct", (declaration, *params), (self.b.numeric(value),), node.dims))


def _complement(node: Node) -> Node | None:
    """f(x), where the sum is 1 − f(x) and that is f(−x), which keeps the small values that 1 − f loses."""
    if len(node.args) != 2:
        return None
    for (c, one), (d, f) in (node.terms, node.terms[::-1]):
        if c == 1 and d == -1 and f.op == "map" and f.attr.name in COMPLEMENTED and _is_one(one):
            return f
    return None


def _is_one(node: Node) -> bool:
    """Whether every entry is the number 1."""
    return node.op == "product" and node.coef == 1 and not node.args and len(set(node.out)) == len(node.out)


def _shared_factor(forms: list[Form]) -> tuple[Number, Value | None]:
    """The coefficient and scale that all forms have, taken out of them."""
    coef: Number = 1
    scale = forms[0].scale
    if scale is not None and all(f.scale is scale for f in forms):
        for f in forms:
            f.scale = None
    else:
        scale = None
    size = abs(forms[0].coef)
    if size != 1 and all(abs(f.coef) == size for f in forms):
        coef = size
        for f in forms:
            f.coef = 1 if f.coef > 0 else -1
    return coef, scale
