"""The one product node: coef × Σ over labels of Π base[labels]^exponent, canonical by construction.

Labels are local integers. A label in `out` is an axis of the result; any other is summed. `out` may repeat a
label (the result is zero off that diagonal), hold a label that no operand has (broadcasting) and permute, so
the identity, ones, transposes, diag(·) and broadcasts are patterns, not nodes: deltas vanish while a product is
built, because two labels tied by a repeated output label are unified.

Only identities that hold wherever both sides are defined are used here. What needs to know an operation (exp,
softmax, inverse …) is a rule that `ops` registers with `register_rule`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from .canonical import canonical_order
from .content import content, scaled_sum
from .dims import Dim, dim
from .errors import DomainError
from .facts import nonnegative, symmetric, value_set
from .node import Node, Number, exact, intern, size
from .numbers import exact_root, power_of

Operand = tuple[Node, tuple[int, ...], Number]
Rule = Callable[["Monomial"], bool]

_RULES: dict[str, list[Rule]] = {}


def register_rule(rule: Rule, *kinds: str) -> None:
    """Run `rule` on every product with an operand of one of `kinds` (see `kind`), until no rule changes it.

    A rule edits the monomial in place and returns whether it did; each use must make the monomial smaller.
    """
    for each in kinds:
        _RULES.setdefault(each, []).append(rule)


def kind(node: Node) -> str:
    """What rules are registered under: the operation's name for maps and structs, else the node's `op`."""
    if node.op == "map":
        return node.attr.name
    if node.op == "struct":
        return node.attr[0].name
    return node.op


def product(
    coef: Number,
    operands: Iterable[tuple[Node, tuple, Number]],
    out: Iterable,
    dims: dict | None = None,
    inline: Callable[[Node], bool] | None = None,
) -> Node:
    """The canonical node for coef × Σ Π base[labels]^exponent, with axes `out`.

    Labels may be any hashable values. `dims` gives the Dim of labels that no operand has. `inline` says of which
    further product operands the factors are taken over (those that are mere views always are).
    """
    m = Monomial(exact(coef), out, dims)
    for base, labels, exponent in operands:
        m.include(base, labels, exact(exponent), inline)
    return m.finish()


class Monomial:
    """A product under construction: what rules see and edit."""

    __slots__ = ("coef", "operands", "out", "dims", "_parent", "_fresh")

    def __init__(self, coef: Number, out: Iterable, dims: dict | None):
        self.coef = coef
        self.operands: list[Operand] = []
        self.out = list(out)
        self.dims: dict = dict(dims) if dims else {}
        self._parent: dict = {}
        self._fresh = 0

    # ------------------------------------------------------------------ labels

    def find(self, label):
        """The label that stands for `label` after all unifications so far."""
        parent = self._parent
        while label in parent:
            label = parent[label]
        return label

    def unify(self, a, b) -> None:
        """Tie two labels: both index the same axis from now on."""
        a, b = self.find(a), self.find(b)
        if a != b:
            self._parent[b] = a
            if b in self.dims:
                self.dims.setdefault(a, self.dims[b])

    def resolve(self) -> None:
        """Write every label as the one that stands for it."""
        if self._parent:
            find = self.find
            self.operands = [(b, tuple([find(x) for x in l]), e) for b, l, e in self.operands]
            self.out = [find(x) for x in self.out]

    def occurrences(self, label) -> int:
        """On how many operands `label` stands, plus one if it is an output label."""
        return sum(label in labels for _, labels, _ in self.operands) + (label in self.out)

    # ---------------------------------------------------------------- building

    def include(self, base: Node, labels: tuple, exponent: Number, inline=None) -> None:
        """Multiply by base[labels]^exponent."""
        dims = self.dims
        for label, d in zip(labels, base.dims):
            dims.setdefault(label, d)
        if exponent == 0:
            return
        op = base.op
        if op == "product":
            if exponent == 1:
                if is_view(base) or (inline is not None and inline(base)):
                    self.inline(base, labels, 1, inline)
                    return
                if base.attr[0] != 1:
                    self.coef = exact(self.coef * base.attr[0])
                    base = strip(base)[1]
            elif self._power(base, labels, exponent, inline):
                return
        elif op == "sum":
            if not base.args:
                if exponent < 0:
                    raise DomainError(
                        "a division by zero",
                        given="a denominator that is zero everywhere",
                        expected="a function that has values",
                    )
                self.coef = 0
                return
            else:
                c, base = content(base, signed=type(exponent) is int)
                if c != 1:
                    self._number(c, exponent)
                if base.op != "sum":
                    self.include(base, labels, exponent, inline)
                    return
        elif op == "number" and type(base.attr) is not str:
            self._number(base.attr, exponent)
            return
        elif op == "size" and base.attr.value is not None:
            self._number(base.attr.value, exponent)
            return
        self.operands.append((base, tuple(labels), exponent))

    def inline(self, base: Node, labels: tuple, exponent: Number = 1, inline=None) -> None:
        """Take over the factors of the product `base`, each to the power `exponent`."""
        self._fresh += 1
        names: dict[int, object] = {}
        for inner, outer in zip(base.attr[1], labels):
            if inner in names:
                self.unify(names[inner], outer)
            else:
                names[inner] = outer
        mark = self._fresh
        if base.attr[0] != 1:
            self._number(base.attr[0], exponent)
        for inner_base, (inner_labels, inner_exponent) in zip(base.args, base.attr[2]):
            if inner_base.op == "structured":
                raised = 1  # zeros and ones are their own powers
            else:
                raised = exponent
            renamed = tuple([names.get(x) if x in names else ("·", mark, id(self), x) for x in inner_labels])
            self.include(inner_base, renamed, exact(inner_exponent * raised), inline)

    def _power(self, base: Node, labels: tuple, exponent: Number, inline) -> bool:
        """Distribute a power over the factors of `base` where that always holds. Says whether it did."""
        coef, out, operands = base.attr
        summed = really_summed(base)
        tied = len(set(out)) < len(out)
        if tied and exponent < 0:
            return False
        if type(exponent) is int:
            whole = not summed
        else:
            whole = not summed and coef > 0 and not tied and all([nonnegative(b) for b in base.args])
        if whole:
            self.inline(base, labels, exponent, inline)
            return True
        if coef != 1 and (type(exponent) is int or coef > 0):
            self._number(coef, exponent)
            self.include(strip(base)[1], labels, exponent, inline)
            return True
        return False

    def _number(self, value: Number, exponent: Number) -> None:
        """Multiply by value^exponent, kept exact: 8^(1/3) is 2, 2^(1/2) stays an operand."""
        if type(exponent) is int:
            self.coef = exact(self.coef * power_of(value, exponent))
            return
        if value == 1:
            return
        if type(value) is float or type(exponent) is float or value < 0:
            if value > 0:
                self.coef = exact(self.coef * float(value) ** float(exponent))
                return
        else:
            root = exact_root(value, exponent.denominator)
            if root is not None:
                self.coef = exact(self.coef * power_of(root, exponent.numerator))
                return
            if type(value) is Fraction:
                self._number(value.numerator, exponent)
                self._number(value.denominator, -exponent)
                return
        self.operands.append((intern("number", value, (), ()), (), exponent))

    # --------------------------------------------------------------- finishing

    def finish(self) -> Node:
        self.resolve()
        while self.coef != 0 and (self._merge() or self._apply_rules() or self._drop_labels()):
            self.resolve()
        dims = tuple([self.dims[x] for x in self.out])
        if self.coef == 0:
            return intern("sum", (), (), dims)
        self._split_scalars()
        if self.coef == 0:
            return intern("sum", (), (), dims)
        return self._interned(dims)

    def _merge(self) -> bool:
        """Add the exponents of equal operands; use what is known of 0/1 and ±1 values."""
        changed = len({base for base, _, _ in self.operands}) < len(self.operands) and self._merge_equal()
        for i, (base, labels, exponent) in enumerate(self.operands):
            if exponent == 1 or type(exponent) is not int or exponent <= 0:
                continue
            values = value_set(base)
            if values is None:
                continue
            lower = 1 if values == "01" else 2 - exponent % 2
            if lower == 2:  # (±1)² is 1
                self.operands[i] = (base, labels, 0)
                changed = True
            elif exponent != lower:
                self.operands[i] = (base, labels, lower)
                changed = True
        if changed:
            self.operands = [o for o in self.operands if o[2] != 0]
        return changed

    def _merge_equal(self) -> bool:
        """Add the exponents of equal operands."""
        seen: dict[tuple, int] = {}
        merged: list[Operand] = []
        changed = False
        for base, labels, exponent in self.operands:
            key = (base, labels)
            at = seen.get(key)
            if at is None and len(labels) == 2 and labels[0] != labels[1] and symmetric(base):
                at = seen.get((base, labels[::-1]))
            if at is None:
                seen[key] = len(merged)
                merged.append((base, labels, exponent))
            else:
                merged[at] = (base, merged[at][1], exact(merged[at][2] + exponent))
                changed = True
        if changed:
            numbers = [o for o in merged if o[0].op == "number" and type(o[0].attr) is not str and o[2] != 0]
            merged = [o for o in merged if o[2] != 0 and o not in numbers]
            self.operands = merged
            for base, _, exponent in numbers:  # 2^(3/2) is 2 · 2^(1/2)
                whole = exponent.numerator // exponent.denominator if type(exponent) is Fraction else 0
                if whole:
                    self.coef = exact(self.coef * power_of(base.attr, whole))
                self._number(base.attr, exact(exponent - whole))
        return changed

    def _apply_rules(self) -> bool:
        tried: set[Rule] = set()
        for base, _, _ in self.operands:
            for rule in _RULES.get(kind(base), ()):
                if rule not in tried:
                    if rule(self):
                        return True
                    tried.add(rule)
        return False

    def _drop_labels(self) -> bool:
        """Sum over labels that no operand has: a factor of their dimension each."""
        used = {x for _, labels, _ in self.operands for x in labels}
        used.update(self.out)
        if len(used) == len(self.dims) and not self._parent:
            return False
        changed = False
        for label in list(self.dims):
            if label in self._parent:
                del self.dims[label]
            elif label not in used:
                d = self.dims.pop(label)
                if d.value is not None:
                    self.coef = exact(self.coef * d.value)
                else:
                    for factor, exponent in size_factors(d):
                        if type(factor) is int:
                            self.coef = exact(self.coef * factor)
                        else:
                            self.operands.append((factor, (), exponent))
                    changed = True
        return changed

    def _split_scalars(self) -> None:
        """Closed components of the network become scalar operands of their own."""
        out = set(self.out)
        if not any([labels and out.isdisjoint(labels) for _, labels, _ in self.operands]):
            return
        groups = components(self.operands)
        closed = [g for g in groups if g[0][1] and not any(x in self.out for _, labels, _ in g for x in labels)]
        if not closed or (len(groups) == 1 and not self.out):
            return
        kept = [o for g in groups if g not in closed for o in g]
        self.operands = kept
        for group in closed:
            inner = Monomial(1, (), {x: self.dims[x] for _, l, _ in group for x in l})
            inner.operands = list(group)
            node = inner._interned(())
            self.include(node, (), 1)
        self.resolve()
        while self._merge() or self._apply_rules():
            self.resolve()

    def _interned(self, dims: tuple[Dim, ...]) -> Node:
        operands, out = self.operands, self.out
        if len(operands) == 1:
            base, labels, exponent = operands[0]
            if exponent == 1 and len(set(labels)) == len(labels) and (
                out == list(labels) or (len(labels) == 2 and out == [labels[1], labels[0]] and symmetric(base))
            ):
                if self.coef == 1:
                    return base
                if base.op == "sum":
                    return scaled_sum(self.coef, base)
                if base.op == "product":
                    return with_coef(base, exact(self.coef * base.attr[0]))
        operands, labels = canonical_order(operands, out, symmetric)
        spec = tuple([(tuple([labels[x] for x in l]), e) for _, l, e in operands])
        attr = (self.coef, tuple([labels[x] for x in out]), spec)
        return intern("product", attr, [b for b, _, _ in operands], dims)


# ------------------------------------------------------------------ what is asked of a product


def is_view(node: Node) -> bool:
    """Whether the factors of this product are always taken over by a product around it.

    So it is for patterns without operands, powers of one operand with nothing summed, few scalars, and whatever
    carries a diagonal or broadcast pattern, so that no dense diagonal survives.
    """
    found = node.memo.get("view")
    if found is None:
        _, out, operands = node.attr
        inner = {x for labels, _ in operands for x in labels}
        factors = sum(base.op != "structured" for base in node.args)
        found = (
            (factors <= 3 and not really_summed(node))
            or len(set(out)) < len(out)
            or any(x not in inner for x in out)
        )
        node.memo["view"] = found
    return found


def really_summed(node: Node) -> bool:
    """Whether an entry of this product is a sum of several terms.

    A summed label that a merge or a slice pins to an output label takes one value only.
    """
    _, out, operands = node.attr
    left = {x for labels, _ in operands for x in labels if x not in out}
    if left and any(base.op == "structured" for base in node.args):
        for base, (labels, _) in zip(node.args, operands):
            if base.op == "structured" and base.attr[0] == "merge" and labels[2] in out:
                left -= set(labels)
            elif base.op == "structured" and base.attr[0] == "shift" and labels[0] in out:
                left.discard(labels[1])
    return bool(left)


def strip(node: Node) -> tuple[Number, Node]:
    """`node` as a number and a node without numeric coefficient."""
    if node.op != "product" or node.attr[0] == 1:
        return 1, node
    bare = node.memo.get("bare")
    if bare is None:
        bare = node.memo["bare"] = with_coef(node, 1)
    return node.attr[0], bare


def with_coef(node: Node, coef: Number) -> Node:
    """The product `node` with another coefficient."""
    _, out, operands = node.attr
    if coef == 1 and len(operands) == 1 and operands[0] == (out, 1) and len(set(out)) == len(out):
        return node.args[0]
    return intern("product", (coef, out, operands), node.args, node.dims)


def components(operands: list[Operand]) -> list[list[Operand]]:
    """The operands grouped by shared labels."""
    groups: list[tuple[set, list[Operand]]] = []
    for operand in operands:
        labels, members = set(operand[1]), [operand]
        rest = []
        for other_labels, other in groups:
            if labels & other_labels:
                labels |= other_labels
                members = other + members
            else:
                rest.append((other_labels, other))
        groups = rest + [(labels, members)]
    return [members for _, members in groups]


def size_factors(d: Dim) -> list[tuple[Node | int, Number]]:
    """A dimension as number × sizes: m·n is size(m) size(n); a sum of dimensions is one size."""
    if d.value is not None:
        return [(d.value, 1)]
    if len(d.terms) > 1:
        return [(size(d), 1)]
    names, coefficient = d.terms[0]
    factors: list[tuple[Node | int, Number]] = [(size(dim(name)), 1) for name in names]
    return ([(coefficient, 1)] if coefficient != 1 else []) + factors
