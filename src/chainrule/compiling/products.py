"""Products: which factors are taken over, in which order they are contracted, and what stays a pattern.

A product keeps its coefficient and scalar factors, its diagonals, broadcasts and embeddings in its form; only the
contraction of its operands is computed. A sum of diagonal, broadcast and outer terms is contracted term by term where
that is cheaper than with the dense array.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.facts import sign
from ..core.node import Node, Number, exact, symbol
from ..core.product import components
from .centres import centred
from .constants import cumulated, remove_constants
from .factors import guarded, square_of_root
from .forms import Form, dense, scalar, scaled, zero
from .grams import gram
from .machine import OVERHEAD
from .network import Network, as_form, factors_of, parted, power_of, scalar_factor, sizes_of_free_labels
from .outer import combined
from .pairs import contract, einsum, multiply, sum_out
from .plan import order
from .values import Builder, Value

MOST_OPERANDS = 10  # a product used once is taken over into the one around it up to this many operands
MOST_PLANNED = 8  # arrays whose order of contraction is planned one by one
GAIN = 0.8  # of the time, at most, is what contracting a sum term by term may take
MOST_DISTRIBUTED = 3  # so many sums in one product are contracted term by term


class Products:
    """Lowers products. `form_of` gives the form of a node made before, `uses` how often each node is used."""

    def __init__(self, builder: Builder, form_of: dict[Node, Form], uses: dict[Node, int], add: Callable):
        self.b, self.form_of, self.uses, self.add = builder, form_of, uses, add
        self.nonnegative: dict[Node, bool] = {}  # which nodes are ≥ 0 as floating-point numbers too
        self.marks = 0  # how many products were taken over: tells their inner labels apart
        self.dissolved: set[Node] = set()  # terms of a sum that is being contracted term by term
        self.terms: dict[Node, list] = {}  # of such a sum

    def lower(self, node: Node) -> Form:
        coef, out, spec = node.attr
        operands = [(base, labels, e) for base, (labels, e) in zip(node.args, spec)]
        return self._product(coef, operands, out, node.label_dims, MOST_DISTRIBUTED)

    def _product(self, coef: Number, operands: list, out: tuple, dims: dict, budget: int) -> Form:
        operands, dims, tied = self._taken_over(operands, dims)
        extra, operands = _coefficients(operands)
        coef = exact(coef * extra)
        if tied:
            operands = [(b, tuple([tied.get(x, x) for x in l]), e) for b, l, e in operands]
            out = tuple([tied.get(x, x) for x in out])
            dims = {x: d for x, d in dims.items() if x not in tied}
        form = self._contracted(coef, operands, out, dims)
        if budget:
            at = self._distributable(operands, out, dims)
            if at is not None:
                spread = self._distributed(coef, operands, out, dims, at, budget - 1)
                base = operands[at][0]
                gain = 1 if any([self.form_of[t].is_sparse for t in base.args]) else GAIN
                if spread is not None and spread.cost < gain * (form.cost + self._cost_of_sum(base)):
                    return spread
        return form

    # ------------------------------------------------------------- operands taken over

    def _taken_over(self, operands: list, dims: dict) -> tuple[list, dict, dict]:
        """The operands with inner products that are used once dissolved; label dims; labels that became one."""
        found: list = []
        dims = dict(dims)
        tied: dict = {}
        room = MOST_OPERANDS - len(operands)
        stack = list(reversed(operands))
        while stack:
            base, labels, e = stack.pop()
            if base.op != "product" or e != 1 or not self._dissolves(base, room):
                found.append((base, labels, e))
                continue
            inner_coef, inner_out, spec = base.attr
            room -= len(spec)
            self.marks += 1
            names: dict = {}
            for inner, outer in zip(inner_out, labels):
                outer = _root(tied, outer)
                if inner in names and names[inner] != outer:
                    tied[outer] = names[inner]
                else:
                    names[inner] = outer
            for inner, d in base.label_dims.items():
                if inner not in names:
                    names[inner] = ("in", self.marks, inner)
                dims.setdefault(names[inner], d)
            if inner_coef != 1:
                found.append((None, (), inner_coef))
            for child, (inner_labels, inner_e) in reversed(list(zip(base.args, spec))):
                stack.append((child, tuple([names[x] for x in inner_labels]), inner_e))
        return found, dims, {x: _root(tied, x) for x in tied}

    def _dissolves(self, base: Node, room: int) -> bool:
        if len(base.args) > room:
            return False
        if self.uses.get(base, 1) <= 1 or base in self.dissolved:
            return True
        out = base.attr[1]
        inner = {x for labels, _ in base.attr[2] for x in labels}
        # an outer product is larger than its factors: whoever contracts it wants the factors
        return len(base.args) > 1 and inner <= set(out) and all([len(l) < len(out) for l, _ in base.attr[2]])

    # ----------------------------------------------------------------- sums, term by term

    def _distributable(self, operands: list, out: tuple, dims: dict) -> int | None:
        """The position of a sum that may be cheaper contracted term by term."""
        if len(operands) < 2:
            return None
        for at, (base, labels, e) in enumerate(operands):
            if base.op != "sum" or e != 1 or base.ndim < 2 or not 1 < len(base.args) <= 6:
                continue
            if all(x in out for x in labels) and not self.form_of[base].parts:
                continue
            differs = min(base.attr) < 0 < max(base.attr)  # near an optimum: the terms cancel, and must do so first
            thin = 2 * self.b.entries([dims[x] for x in out]) <= self.b.entries(base.dims)
            if thin and not differs or all(self._light(t) or self._alone(t) for t in base.args):
                return at
        return None

    def _light(self, term: Node) -> bool:
        """Whether a term's parts are much smaller than the dense array."""
        form = self.form_of[term]
        if form.is_sparse or -1 in form.out or term.op == "structured":
            return True
        if term.op != "product" or len(term.args) < 2:
            return False
        whole = self.b.entries(term.dims)
        return all([self.b.entries(a.dims) * 4 < whole for a in term.args])

    def _alone(self, term: Node) -> bool:
        """Whether a term is a product that nothing else needs."""
        return term.op == "product" and len(term.args) > 1 and self.uses.get(term, 1) <= 1

    def _distributed(self, coef, operands, out, dims, at, budget) -> Form | None:
        base, labels, _ = operands[at]
        others = operands[:at] + operands[at + 1 :]
        forms = []
        cost = 0.0
        for c, term in self._terms(base):
            self.dissolved.add(term)
            form = self._product(exact(coef * c), others + [(term, labels, 1)], out, dims, budget)
            self.dissolved.discard(term)
            cost += form.cost
            forms.append(form)
        node_dims = tuple([dims[x] for x in out])
        total = self.add([(1, f) for f in forms], node_dims)
        total.cost = cost + sum([_entries(self.b, f) for f in forms])
        return total

    def _terms(self, base: Node) -> list[tuple[Number, Node]]:
        """The terms of a sum; of a difference of points, stand-ins for the points less one of them."""
        found = self.terms.get(base)
        if found is None:
            found = list(base.terms)
            forms = centred(self.b, [(c, self.form_of[t]) for c, t in found])
            if forms:
                found = [(c, symbol(f"{len(self.terms)}.{i}", base.dims)) for i, (c, _) in enumerate(found)]
                self.form_of |= {stand_in: form for (_, stand_in), form in zip(found, forms)}
            self.terms[base] = found
        return found

    def _cost_of_sum(self, base: Node) -> float:
        """What making the dense array costs, of which each use bears its part."""
        terms = sum([self.form_of[t].cost for t in base.args if self._alone(t)])
        shared = 1 if self.form_of[base].parts else self.uses.get(base, 1)
        passes = len(base.args)
        return ((passes - 1) * OVERHEAD + passes * self.b.entries(base.dims) + terms) / shared

    # ------------------------------------------------------------------------ contraction

    def _contracted(self, coef: Number, operands: list, out: tuple, dims: dict) -> Form:
        b = self.b
        node_dims = tuple([dims[x] for x in out])
        network = Network([], [], list(out), dict(dims))
        scalars: list[tuple[Value, Number]] = []
        tied: dict = {}
        for base, labels, e in operands:
            coef = self._enter(network, scalars, tied, coef, base, labels, e)
            if coef == 0:
                return zero(node_dims)
        if tied:
            root = {x: _root(tied, x) for x in tied}
            for o in network.operands:
                o[1] = tuple([root.get(x, x) for x in o[1]])
            network.constants = [(k, p, tuple([root.get(x, x) for x in l])) for k, p, l in network.constants]
            network.out = [root.get(x, x) for x in network.out]
            network.dims = {x: d for x, d in network.dims.items() if x not in root}
        if network.constants:
            remove_constants(b, network)
        coef = sizes_of_free_labels(b, network, scalars, coef)
        arrays = []
        for value, labels, e in network.operands:
            if len(set(labels)) < len(labels):
                value, labels = einsum(b, [(value, labels)], tuple(dict.fromkeys(labels)))
            if not labels:
                scalars.append((value, e))
                continue
            below = e < 0
            arrays.append((b.power(value, -e if below else e), labels, below))
        tril = [c for c in network.constants if c[0] == "tril"]
        if tril:
            arrays = cumulated(b, network, arrays, tril)
        cost, apart = 0.0, []
        for group in parted(b, components(arrays), network):
            spent, (value, labels) = self._run(network, group)
            cost += spent
            if labels:
                apart.append((value, labels))
            else:
                scalars.append((value, 1))
        value, labels = combined(b, apart)
        coef, scale = scalar_factor(b, coef, scalars)
        form = as_form(b, network, coef, scale, value, labels)
        form.cost, form.dims = cost, node_dims
        if not network.merged:
            form.factors = factors_of(network, apart, node_dims)
        return form

    def _enter(
        self, net: Network, scalars: list, tied: dict, coef: Number, base: Node, labels: tuple, e: Number
    ) -> Number:
        """Add base[labels]^e to the network; returns the coefficient times what the base contributes to it."""
        if base.op == "structured":
            net.constants.append((base.attr[0], base.attr[1:], labels))
            return coef
        return self._enter_form(net, scalars, tied, coef, base, self.form_of[base], labels, e)

    def _enter_form(
        self, net: Network, scalars: list, tied: dict, coef: Number, base: Node | None, form: Form, labels: tuple,
        e: Number,
    ) -> Number:  # fmt: skip
        """The same of a form: that of `base`, or a factor of it, of whose sign nothing is known."""
        b = self.b
        if form.factors and e == 1:
            if form.scale is not None:
                scalars.append((form.scale, 1))
            for axes, factor in form.factors:
                own = tuple([labels[t] for t in axes])
                self._enter_form(net, scalars, tied, 1, None, factor, own, 1)
            return exact(coef * form.coef)
        if form.is_zero:
            if e > 0:
                return 0
            form = dense(b, form)
        if form.is_sparse and e < 0:
            form = dense(b, form)
        c, scale = form.coef, form.scale
        if form.value is None and not form.dims:
            value = scalar(b, form) if type(e) is not int else scale
            if type(e) is int:
                coef = exact(coef * power_of(c, e))
            if value is not None:
                scalars.append((value, e))
            return coef
        if type(e) is int:
            coef = exact(coef * power_of(c, e))
            if scale is not None:
                scalars.append((scale, e))
            value = form.value
        else:
            value = scaled(b, c, scale, form.value) if c != 1 or scale is not None else form.value
        inner: dict = {}
        for t, (x, label) in enumerate(zip(form.out, labels)):
            if x < 0:
                continue
            if t in form.embed:
                count, start, step = form.embed[t]
                fresh = inner.get(x)
                if fresh is None:
                    fresh = inner[x] = net.new_label(count)
                net.constants.append(("shift", (start, step), (fresh, label)))
            elif x in inner:
                a, c2 = _root(tied, inner[x]), _root(tied, label)
                if a != c2:
                    tied[c2] = a
            else:
                inner[x] = label
        if value is not None:
            rank = len(value.dims)
            found = tuple([inner[x] for x in range(rank)])
            if rank:
                net.operands.append([value, found, e])
                if e < 0 and c > 0 and scale is None and sign(base) == "+" and not (base.op == "map" and value.risky):
                    b.safe_below.add(b.power(value, abs(e)))
                if (type(e) is int and e % 2 == 0) or (c > 0 and scale is None and self.nonnegative.get(base, False)):
                    b.nonnegative.add(b.power(value, abs(e)))
            else:
                scalars.append((value, e))
        return coef

    def _run(self, net: Network, arrays: list) -> tuple[float, tuple | None]:
        """(cost, the contracted array with its labels) of what is left of the operands."""
        b = self.b
        if not arrays:
            return 0.0, None
        out = frozenset(net.out)
        arrays = self._without_lone_labels(guarded(b, arrays), out)
        if len(arrays) == 1:
            value, labels, below = arrays[0]
            if any(x not in out for x in labels):
                value, labels = sum_out(b, (b.reciprocal(value) if below else value, labels), out)
                below = False
            return value.cost, (b.reciprocal(value) if below else value, labels)
        if len(arrays) > MOST_PLANNED:
            arrays = self._paired(arrays)
        squared = square_of_root(b, arrays, tuple(net.out))
        if squared is not None:
            return squared[0].cost, squared
        weighted = gram(b, arrays, tuple(net.out))
        if weighted is not None:
            return weighted[0].cost, weighted
        size = {x: b.size(d) for value, labels, _ in arrays for x, d in zip(labels, value.dims)}
        free = tuple([value in b.free for value, _, _ in arrays])
        cost, tree = order([frozenset(labels) for _, labels, _ in arrays], out, size, free)
        value, labels, below = self._fold(arrays, tree, out, net.out)
        return cost, (b.reciprocal(value) if below else value, labels)

    def _paired(self, arrays: list) -> list:
        """Of many arrays, those with the same labels multiplied until two of each kind are left."""
        groups: dict = {}
        for value, labels, below in arrays:
            groups.setdefault((frozenset(labels), below), []).append((value, labels))
        found = []
        for (_, below), members in groups.items():
            first = members[0]
            for other in members[1:-1]:
                first = multiply(self.b, first, other)
            found += [(*x, below) for x in ([first, members[-1]] if len(members) > 1 else [first])]
        return found

    def _without_lone_labels(self, arrays: list, out: frozenset) -> list:
        """Labels of one operand alone are summed first."""
        count: dict = {}
        for _, labels, _ in arrays:
            for x in labels:
                count[x] = count.get(x, 0) + 1
        if len(arrays) == 1 or all([n > 1 or x in out for x, n in count.items()]):
            return arrays
        found = []
        for value, labels, below in arrays:
            lone = [x for x in labels if count[x] == 1 and x not in out]
            if lone:
                if below:
                    value, below = self.b.reciprocal(value), False
                value, labels = sum_out(self.b, (value, labels), {x for x in labels if x not in lone})
            found.append((value, labels, below))
        return found

    def _fold(self, arrays: list, tree, out: frozenset, net_out: list):
        """Contract along the tree, innermost pairs first."""
        b = self.b
        count: dict = {}
        for _, labels, _ in arrays:
            for x in labels:
                count[x] = count.get(x, 0) + 1

        def run(t):  # the depth is the number of operands, which is bounded
            if isinstance(t, int):
                value, labels, below = arrays[t]
                return value, labels, below, {x: 1 for x in labels}
            va, la, below_a, ca = run(t[0])
            vc, lc, below_c, cc = run(t[1])
            held = {x: ca.get(x, 0) + cc.get(x, 0) for x in {**ca, **cc}}
            keep = {x for x in (*la, *lc) if x in out or held[x] < count[x]}
            if all(x in keep for x in (*la, *lc)):
                value, labels = multiply(b, (va, la), (vc, lc), below_a, below_c)
                return value, labels, below_a and below_c, held
            if below_a and below_c:
                value, labels = multiply(b, (va, la), (vc, lc))
                value, labels = sum_out(b, (b.reciprocal(value), labels), keep)
                return value, labels, False, held
            if below_a:
                va = b.reciprocal(va)
            if below_c:
                vc = b.reciprocal(vc)
            value, labels = contract(b, (va, la), (vc, lc), keep, tuple(net_out))
            return value, labels, False, held

        return run(tree)[:3]


def _root(tied: dict, label):
    while label in tied:
        label = tied[label]
    return label


def _entries(b: Builder, form: Form) -> float:
    """How many entries adding a form to an array touches."""
    sizes = {}
    for t, x in enumerate(form.out):
        if x >= 0:
            sizes[x] = form.embed[t][0] if t in form.embed else form.dims[t]
    return b.entries(sizes.values())


def _coefficients(operands: list) -> tuple[Number, list]:
    """The numeric factors that taking over left behind (base None), and the other operands."""
    coef: Number = 1
    for base, _, e in operands:
        if base is None:
            coef = coef * e
    return coef, [o for o in operands if o[0] is not None]
