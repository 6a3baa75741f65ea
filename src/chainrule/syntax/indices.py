"""Explicit indices: x_i, (A B)_ij, x_{i+1}, sum_i …, sum_{j <= i} …

An index is the leading axis of a value (`Value.index`), so that what stands behind it acts on all its values at
once: X_i is the matrix X, seen as one vector for each i.
"""

from __future__ import annotations

from ..core.dims import dim
from ..core.errors import ParseError
from ..ops.declare import lookup
from .names import split_subscript
from .sizes import ONE, Unknown, combine, find, spelled
from .tree import Binder, Tree, walk
from .typed import Typed, add, chain, const, permuted, times
from .values import Index, Value


class Indices:
    """The part of inference that knows of explicit indices."""

    # ---------------------------------------------------------------- subscripts

    def indexed_name(self, tree: Tree, base: str, low: str) -> Value | None:
        """x_i, X_ij where the letters are indices; None if the whole is a name of its own, as W_1."""
        if low.isdigit():
            if base in self.declared and self.declared[base]:
                self.note(f"{base}_{low} read as an entry of {base}, counted from 1")
                whole = self.name(Tree("name", base, (), tree.start, tree.start + len(base)))
                return self.entry(whole, int(low) - 1)
            return None
        if not low.isalpha() or not low.islower():
            return None
        known = base in self.declared or base in self.lets
        delta = base == "delta" and len(set(low)) == len(low) == 2 and not known and base not in self.variables
        if not (delta or known and base not in self.free_names) and not any(c in self.letters for c in low):
            if not (set(low) <= set("ijkl") and (len(low) > 1 or low in "ij")):
                return None
        if delta:
            found = self.kronecker(tree, low)
            if found is not None:
                return found
        if base in ("pi", "e") and not known:  # the entries of a vector
            if base == "pi" and self.uses_pi:
                raise self.two_meanings(tree)
            found = self.variables.get(base) or self.variable(base)
            whole = Value(found.node, (), found.dims, False, found.bare)
        else:
            whole = self.name(Tree("name", base, (), tree.start, tree.start + len(base)))
        whole.tree = tree
        self.indexed[base] = max(len(low), self.indexed.get(base, 0))
        return self.with_indices(whole, [(c, 0) for c in low], tree)

    def kronecker(self, tree: Tree, low: str) -> Value | None:
        """δ_ij, which is 1 where i = j; None if the indices do not run over the same range."""
        i, j = self.index(low[0]), self.index(low[1])
        if i.lower != j.lower or not self.unify(i.size, j.size):
            return None
        self.note(f"{self.source(tree)} is 1 where {low[0]} = {low[1]}, else 0")
        self.constants.append((i.size, tree))
        return Value(chain([], (0, 0), {0: i.size}), (i, j), ())

    def index(self, letter: str) -> Index:
        """The index that `letter` stands for here: bound by a sum around, or free."""
        stack = self.scope.get(letter)
        if stack:
            return stack[-1]
        found = self.free.get(letter)
        if found is None:
            found = self.free[letter] = Index(letter)
        return found

    def with_indices(self, value: Value, parts, tree: Tree) -> Value:
        """`value` with its first dims turned into explicit indices."""
        if len(parts) > value.rank:
            raise self.conflict(
                f"`{self.source(tree)}` has more indices than axes", [Value(value.node, (), value.dims, False, None, tree)],
                f"at most {value.rank} here", f"declare {split_subscript(self.source(tree))[0]} with {len(parts)} sizes",
            )  # fmt: skip
        self.solid(value)
        labels = list(value.index) + [("d", t) for t, d in enumerate(value.dims) if d is not ONE]
        extra = []
        first = len(value.index)
        for t, (letter, offset) in enumerate(parts):
            if isinstance(letter, int):
                extra.append(
                    (Typed("shift", (), letter - 1, (dim(1), value.dims[t])), (("p", t), labels[first + t]), 1)
                )
                continue
            index = self.index(letter)
            start = index.lower - 1 + offset
            if start < 0:
                raise ParseError(
                    f"`{self.source(tree)}` would begin before the first entry", self.text, tree.start,
                    expected=f"a sum over `{letter}` from {1 - offset} on", fix=f"sum_{{{letter}={1 - offset}}}",
                )  # fmt: skip
            if index.whole is not None and offset > index.left:
                raise ParseError(
                    f"`{self.source(tree)}` would run beyond the last entry", self.text, tree.start,
                    expected=f"a sum over `{letter}` that ends {offset - index.left} earlier", fix=f"sum_{{{letter}=1}}^{{n-{offset}}} for n entries",
                )  # fmt: skip
            if index.whole is not None:
                if not self.unify(index.whole, value.dims[t]):
                    raise self.index_conflict(index.whole, letter, value, t)
                if start == 0 and find(index.size) is find(value.dims[t]):
                    labels[first + t] = index
                else:
                    extra.append(
                        (Typed("shift", (), start, (index.size, value.dims[t])), (index, labels[first + t]), 1)
                    )
            elif start:
                raise ParseError(
                    f"the range of `{letter}` is needed for `{self.source(tree)}`", self.text, tree.start,
                    expected=f"such as sum_{{{letter}=1}}^{{n-1}}",
                )  # fmt: skip
            elif not self.unify(index.size, value.dims[t]):
                raise self.index_conflict(index.size, letter, value, t)
            else:
                labels[first + t] = index
        inner = tuple(labels)
        index = tuple(
            dict.fromkeys([x for x in (*value.index, *[self.index(p[0]) for p in parts if isinstance(p[0], str)])])
        )
        rest = tuple(labels[first + len(parts) :])
        dims = value.dims[len(parts) :]
        if inner == index + rest and not extra:
            return Value(value.node, index, dims, False, value.bare)
        sizes = {i: i.size for i in index}
        return Value(chain([(value.node, inner, 1), *extra], index + rest, sizes), index, dims, False, value.bare)

    def index_conflict(self, size, letter: str, value: Value, t: int):
        return self.conflict(
            lambda: f"the index `{letter}` stands for two sizes", [value],
            lambda: f"one size for `{letter}`: {spelled([size])} or {spelled([value.dims[t]])}",
        )  # fmt: skip

    def entry(self, value: Value, position: int) -> Value:
        axis = value.axis(0)
        node = value.node
        axes = node.axes[:axis] + node.axes[axis + 1 :]
        return Value(Typed("pick", [node], (axis, position), axes), value.index, value.dims[1:])

    def subscript(self, tree: Tree) -> Value:
        value = self.value(tree.args[0])
        if tree.args[0].kind == "name":
            name = tree.args[0].value
            self.indexed[name] = max(len(tree.value), self.indexed.get(name, 0))
        return self.with_indices(value, tree.value, tree)

    # ---------------------------------------------------------------- explicit sums

    def bigsum(self, tree: Tree) -> Value:
        """Σ over explicit indices, bounded by another index or not."""
        binder, body = tree.value, tree.args[0]
        letters = binder.letters
        bound = binder.bound
        if bound and bound[2] not in letters and not self.scope.get(bound[2]) and bound[2] not in self.free:
            if any(bound[2] in split_subscript(n.value)[1] for n in walk(body) if n.kind == "name"):
                letters = (*letters, bound[2])  # sum_{i < j} runs over both
        if binder.upper is not None and not bound and len(letters) == 1:
            bound = self.up_to(letters[0], binder)
            if bound:
                binder = Binder(letters, bound)
        indices = [Index(c) for c in letters]
        if bound and bound[2] not in letters:
            self.index(bound[2])
        for index in indices:
            if binder.upper is not None:
                index.lower = binder.lower.value if binder.lower is not None and binder.lower.kind == "number" else 1
                whole, last, left = self.range_end(binder.upper)
                if index.lower == 0:  # sum_{i=0}^{n-1}: the same sum, its entries counted from 0
                    self.entry_or_variable(index.letter, body)
                    self.note(f"the entries with the index {index.letter} are counted from 0")
                    if left:
                        left -= 1
                    else:
                        whole = combine("+", whole, 1)
                    index.lower, last = 1, combine("+", last, 1)
                index.left = left
                index.whole, index.size = whole, combine("-", last, index.lower - 1)
            self.scope.setdefault(index.letter, []).append(index)
        try:
            value = self.value(body)
        finally:
            for index in indices:
                self.scope[index.letter].pop()
                if not self.scope[index.letter]:
                    del self.scope[index.letter]
        kept = tuple([i for i in value.index if i not in indices])
        dims = tuple([("d", t) for t, d in enumerate(value.dims) if d is not ONE])
        operands = [(value.node, value.index + dims, 1)]
        for index in indices:
            if index not in value.index and not (bound and index.letter in bound):
                if type(find(index.size)) is Unknown:
                    raise ParseError(
                        f"the index `{index.letter}` of the sum does not occur in it", self.text, tree.start,
                        expected=f"`{self.source(body)}` to depend on `{index.letter}`", fix=f"give the range: sum_{{{index.letter}=1}}^n",
                    )  # fmt: skip
                operands.append((Typed("size", (), index.size, ()), (), 1))
        if bound:
            i, relation, j = bound
            mine = next(x for x in indices if x.letter == i)
            other = next((x for x in indices if x.letter == j), None) or self.index(j)
            if not self.unify(mine.size, other.size):
                raise self.index_conflict(other.size, i, value, 0)
            operands.append(self.within(mine, relation, other))
            if other not in indices and other not in kept:
                kept += (other,)
        if tree.extra in ("max", "min"):
            return self.extreme_over(tree, value, indices, kept)
        if tree.extra == "mean":
            operands.extend([(Typed("size", (), i.size, ()), (), -1) for i in indices])
        sizes = {i: i.size for i in kept}
        return Value(chain(operands, kept + dims, sizes), kept, value.dims, value.row)

    def entry_or_variable(self, letter: str, body: Tree) -> None:
        """Refuse s_0 beside a sum of s_k from k = 0, where it is rather an entry of s than a variable of its own."""
        parts = [split_subscript(n.value) for n in walk(body) if n.kind == "name"]
        first = {f"{base}_0" for base, low in parts if low == letter} - self.declared.keys()
        for statement in (*self.program.statements, self.program.result):
            for node in walk(statement.tree):
                if node.kind == "name" and node.value in first:
                    base = node.value[:-2]
                    raise ParseError(
                        f"`{node.value}` could be an entry of `{base}`, or another variable", self.text, node.start,
                        expected="one of the two",
                        fix=("" if self.latex else f"{base}[0] is the entry; ")
                        + f"another variable is declared: {node.value}: scalar",
                    )  # fmt: skip

    def up_to(self, letter: str, binder: Binder):
        """The bound of sum_{j=1}^i and sum_{j=1}^{i-1}, where i is an index; None if a size stands above the sum."""
        top, relation = binder.upper, "<="
        if top.kind == "sum" and top.value == "+-" and top.args[1].kind == "number" and top.args[1].value == 1:
            top, relation = top.args[0], "<"
        if top.kind != "name" or len(top.value) != 1 or not (self.scope.get(top.value) or top.value in self.free):
            return None
        if binder.lower is not None and not (binder.lower.kind == "number" and binder.lower.value == 1):
            return None
        return letter, relation, top.value

    def within(self, mine: Index, relation: str, other: Index):
        """The constant that is 1 where `mine` `relation` `other` holds."""
        if relation in ("<=", "<"):
            return Typed("tril", (), 0 if relation == "<=" else -1, (other.size, mine.size)), (other, mine), 1
        if relation in (">=", ">"):
            return Typed("tril", (), 0 if relation == ">=" else -1, (mine.size, other.size)), (mine, other), 1
        same = chain([], (0, 0), {0: mine.size})
        if relation == "==":
            return same, (mine, other), 1
        every = chain([], (0, 1), {0: mine.size, 1: mine.size})
        return add([(1, every), (-1, same)]), (mine, other), 1

    def extreme_over(self, tree: Tree, value: Value, indices: list, kept: tuple) -> Value:
        order = tuple([value.index.index(i) for i in kept]) + value.axes()
        gone = tuple([value.index.index(i) for i in indices])
        node = permuted(value.node, order + gone)
        axes = tuple(range(len(order), len(order) + len(gone)))
        sign = -1 if tree.extra == "min" else 1
        found = Typed("struct", [times(const(sign), node)], (lookup("amax"), axes), node.axes[: len(order)])
        return Value(times(const(sign), found), kept, value.dims, value.row)

    def range_end(self, tree: Tree):
        """(the size walked along, the last value, their difference) of the n or n-1 above a sum sign."""
        if tree.kind == "number":
            return dim(tree.value), dim(tree.value), 0
        if tree.kind == "name":
            return self.dimension(tree), self.dimension(tree), 0
        if tree.kind == "sum" and tree.args[0].kind == "name" and all(a.kind == "number" for a in tree.args[1:]):
            last = whole = self.dimension(tree.args[0])
            for sign, term in zip(tree.value[1:], tree.args[1:]):
                last = combine(sign, last, term.value)
            less = sum([-term.value if sign == "+" else term.value for sign, term in zip(tree.value[1:], tree.args[1:])])
            return (whole, last, less) if less >= 0 else (last, last, 0)
        raise ParseError("the end of the sum is no size", self.text, tree.start, expected="such as n or n-1")

    def dimension(self, tree: Tree):
        if tree.value in self.declared or tree.value in self.lets or tree.value in self.variables:
            raise ParseError(
                f"`{tree.value}` is a variable, not a size", self.text, tree.start, expected="the name of a dimension"
            )
        return dim(tree.value)
