"""Inference: the syntax tree becomes typed tensors, sizes are unified, rows are told from columns.

`Inference` makes one attempt under one assignment of ranks to undeclared names. Where shapes do not fit it raises
`Conflict`, which knows the names involved; readings that are possible but unlikely are charged to `penalty`.
`search` tries assignments until the cheapest that fits is found.
"""

from __future__ import annotations


from ..core.dims import dim
from ..core.errors import NoRuleError, ParseError, ShapeError, UnknownNameError
from ..ops.declare import lookup
from . import powers, products
from .builders import BUILDERS
from .conflict import Conflict
from .indices import Indices
from .names import default_rank, split_subscript
from .naming import name_unknowns
from .repairs import repairs_of_sum
from .sizes import ONE, Unknown, spelled, unify
from .tree import Tree
from .typed import Typed, add, chain, const, decided, mapped, permuted, rational, zero_or_one
from .values import Index, Value, joined_index, laid_out, lift, made_solid

UNLIKELY, ODD = 1.5, 3.0  # what an unlikely, and a hardly meant reading costs
HIGHEST_POWER = 64
NUMBERS = {"pi": "3.14…", "e": "2.71…"}


class Inference(Indices):
    """One attempt to type a text. `numpy` is False, "likely" or "certain" (broadcasting is then inserted)."""

    def __init__(self, program, declared: dict, ranks: dict, letters: frozenset, free_names: frozenset, tight=None):
        self.program = program
        self.text, self.numpy, self.neutral = program.text, program.numpy, program.neutral
        self.latex, self.hints, self.whole = program.latex, program.hints, program.whole
        self.declared, self.ranks = declared, ranks
        self.letters = letters  # letters that are explicit indices somewhere in the text
        self.free_names = free_names  # dimension names that were declared
        self.tight = tight  # a product to be read with its entrywise signs last
        self.variables: dict[str, Value] = {}
        self.lets: dict[str, Value] = {}
        self.let_trees: dict[str, Tree] = {}
        self.uses_pi = False  # whether the number π occurs
        self.lettered: dict[str, str] = {}  # the indices of a let-line's left-hand side
        self.renamed: dict[str, str] = {}  # intermediates that were assigned again, and their present names
        self.scope: dict[str, list[Index]] = {}
        self.free: dict[str, Index] = {}
        self.notes: list[str] = []
        self.penalty, self.blamed = 0.0, []
        self.lying: list = []  # what stands in front of a matrix as a row, where something else may be meant
        self.pending: list = []
        self.broadcasts: list = []  # (smaller value, larger value, verb) where NumPy's broadcasting was spelled out
        self.indexed: dict[str, int] = {}  # names with explicit indices, and how many they carry
        self.constants: list = []  # (size, tree) of `ones`, `I` and indices: something must determine them

    # ---------------------------------------------------------------- ways in

    def value(self, tree: Tree) -> Value:
        """The value of a part of the text."""
        found = HANDLERS[tree.kind](self, tree)
        found.tree = tree
        tree.shape, tree.lifted = (len(found.dims), found.row), None
        return found

    def unify(self, a, b) -> bool:
        """Make two sizes equal; False if they cannot be. An axis of length one that only lines up equals none."""
        if a is ONE or b is ONE:
            return False
        return a is b or unify(a, b, self.pending)

    def solid(self, value: Value) -> Value:
        """`value`, in which axes of length one that only line up with others are real ones; in mathematics there are none."""
        if self.numpy == "certain":
            return made_solid(value)
        if ONE in value.dims:
            raise self.conflict(
                f"`{self.source(value.tree)}` has an axis of length one", [value], "real axes only", "leave [:, None] or keepdims out",
            )  # fmt: skip
        return value

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def charge(self, cost: float, *trees: Tree) -> None:
        """Say that this reading is unlikely by `cost`; other ranks for the names in `trees` may avoid it."""
        self.penalty += cost
        self.blamed.append((cost, trees))

    def source(self, tree: Tree) -> str:
        text = self.text[tree.start : tree.end]
        return text if len(text) <= 60 else text[:57] + "…"

    def named_shape(self, value: Value) -> str:
        return f"{self.source(value.tree)}: {shape_words(value)}"

    def refusal(self, blamed: list, problem: str, values, expected=None, fix=None) -> Conflict:
        """An operation that these shapes make one without a derivative here; other ranks for `blamed` may avoid it."""
        found = self.conflict(problem, values, expected, fix, NoRuleError)
        found.trees = [v.tree for v in blamed]
        return found

    def conflict(self, problem: str, values, expected=None, fix=None, kind=ShapeError) -> Conflict:
        """Shapes that do not fit: `problem`, `expected` and `fix` are texts, or callables that make them."""
        values = [v for v in values if v.tree is not None]
        values = [v for v in values if v.tree.kind != "number"] or values

        def error():
            self.name_sizes()
            called = [x() if callable(x) else x for x in (problem, expected, fix)]
            return kind(called[0], ", ".join(dict.fromkeys(map(self.named_shape, values))), called[1], called[2])

        return Conflict([*[v.tree for v in values], *self.lying], error)

    def name_sizes(self) -> None:
        """Name the sizes still unknown, for messages."""
        name_unknowns(self)

    # ---------------------------------------------------------------- leaves

    def number(self, tree: Tree) -> Value:
        return Value(const(tree.value), (), ())

    def string(self, tree: Tree):
        raise ParseError(
            "a text in quotes cannot stand here",
            self.text,
            tree.start,
            expected="an expression; nothing is run as Python",
        )

    def name(self, tree: Tree) -> Value:
        name = tree.value
        tree.reading = self.renamed.get(name)
        found = self.lets.get(name) or self.variables.get(name)
        if found is not None and name in ("pi", "e") and name not in self.declared and name not in self.lets:
            raise self.two_meanings(tree)
        if found is not None:
            return Value(found.node, found.index, found.dims, False, found.bare)
        if name in self.declared:
            return self.variable(name)
        if name in ("pi", "np.pi"):
            self.uses_pi = True
            return Value(const("pi"), (), ())
        if name == "np.e" or (name == "e" and self.numpy != "certain"):
            return Value(const("e"), (), ())
        if name == "np.inf" or name == "inf":
            raise ParseError(
                "infinity is no number to calculate with", self.text, tree.start, expected="a finite number"
            )
        if name == "I" and self.numpy != "certain":
            size = Unknown()
            self.constants.append((size, tree))
            return Value(chain([], (0, 0), {0: size}), (), (size, size))
        if name == "ones" and self.numpy != "certain":
            size = Unknown()
            self.constants.append((size, tree))
            return Value(chain([], (0,), {0: size}), (), (size,))
        if name in self.free_names:
            return Value(Typed("size", (), dim(name), ()), (), ())
        if name in self.scope or name in self.free:
            raise ParseError(
                f"the index `{name}` is used as a number",
                self.text,
                tree.start,
                expected=f"`{name}` as a subscript only",
                fix=f"declare a vector that holds the values and write it with _{name}",
            )
        base, low = split_subscript(name)
        if (self.latex or low in self.free_names) and base in ("I", "ones") and low.isalnum() and not any(c in self.letters for c in low):
            return self.sized_constant(base, dim(int(low) if low.isdigit() else low))
        if low and not self.numpy and name not in self.whole:
            found = self.indexed_name(tree, base, low)
            if found is not None:
                return found
        if name in ("None", "True", "False"):
            raise ParseError(f"`{name}` cannot stand here", self.text, tree.start, expected="an expression")
        return self.variable(name)

    def two_meanings(self, tree: Tree) -> ParseError:
        return ParseError(
            f"`{self.source(tree)}` is a number in one place and a vector with an index in another", self.text, tree.start,
            expected="a letter of its own for each", fix="call the vector otherwise",
        )  # fmt: skip

    def sized_constant(self, name: str, size) -> Value:
        """I_n and 𝟏_n: the identity and the vector of ones of a size that has a name."""
        if name == "I":
            return Value(chain([], (0, 0), {0: size}), (), (size, size))
        return Value(chain([], (0,), {0: size}), (), (size,))

    def variable(self, name: str) -> Value:
        """A free variable, at its first appearance."""
        sizes = self.declared.get(name)
        bare = None
        if sizes is None:
            rank = self.ranks.get(name)
            if rank is None:
                rank = default_rank(name, self.hints)
            sizes, bare = tuple([Unknown() for _ in range(rank)]), name
        elif any(type(size) is Unknown for size in sizes):
            new: dict = {}  # an attempt unifies sizes of its own
            sizes = tuple([new.setdefault(size, Unknown()) if type(size) is Unknown else size for size in sizes])
        found = Value(Typed("var", (), name, sizes), (), sizes, False, bare)
        self.variables[name] = found
        return Value(found.node, (), sizes, False, bare)

    # ---------------------------------------------------------------- sums and elementwise operations

    def sum(self, tree: Tree) -> Value:
        """Terms with their signs. Scalars are added to every entry."""
        signs = tree.value
        if len(tree.args) == 1:
            value = self.value(tree.args[0])
            number = rational(value.node)
            if number is not None:
                return Value(const(-number if signs == "-" else number), (), ())
            if signs == "+":
                return value
            labels = tuple(range(len(value.node.axes)))
            return value.with_node(chain([(const(-1), (), 1), (value.node, labels, 1)], labels))
        values = [self.value(term) for term in tree.args]
        index, dims, row = self.common(values, "add", tree)
        if dims:
            self.scalars_in_sum(values, tree)
        terms = [(1 if s == "+" else -1, laid_out(v, index, dims)) for s, v in zip(signs, values)]
        if (index or dims) and all(not t.axes for _, t in terms):
            terms[0] = (terms[0][0], self.spread(terms[0][1], index, dims))
        return Value(add(terms), index, dims, row)

    def spread(self, node: Typed, index: tuple, dims: tuple) -> Typed:
        sizes = dict(enumerate([i.size for i in index] + [d for d in dims if d is not ONE]))
        return chain([(node, (), 1)], tuple(sizes), sizes)

    def scalars_in_sum(self, values: list, tree: Tree) -> None:
        """A bare undeclared scalar beside a vector was rather meant as a vector, and the other way round."""
        scalars = [v for v in values if not v.dims and rational(v.node) is None and v.node.kind != "size"]
        if not scalars:
            return
        unlikely = [v for v in scalars if v.bare] or [v for v in values if v.dims and v.bare]
        for value in unlikely:
            self.charge(UNLIKELY, value.tree)
        if not unlikely:
            self.charge(0.8, *tree.args)

    def common(self, values: list, verb: str, tree: Tree):
        """(index, dims, row) of values that are combined entry by entry; scalars fit everything."""
        shaped = [v for v in values if v.dims]
        index = joined_index(values)
        if not shaped:
            return index, (), False
        first = shaped[0]
        dims, row = first.dims, first.row
        for value in shaped[1:]:
            if value.dims is dims and value.row == row:
                continue
            if len(value.dims) != len(dims):
                dims = self.broadcast(first, dims, value, verb, tree)
                continue
            if value.row != row and len(dims) == 1:
                raise self.unlike(first, value, verb, tree)
            merged = []
            for a, b in zip(dims, value.dims):
                if a is ONE or b is ONE:
                    merged.append(b if a is ONE else a)
                elif self.unify(a, b):
                    merged.append(a)
                else:
                    raise self.unlike(first, value, verb, tree)
            dims = tuple(merged)
        if len(dims) == 2:
            for value in shaped:
                lift(value, dims)
        return index, dims, row

    def broadcast(self, first: Value, dims: tuple, value: Value, verb: str, tree: Tree) -> tuple:
        """NumPy's alignment at the last axis, which is noted; elsewhere a conflict."""
        long, short = (dims, value.dims) if len(dims) > len(value.dims) else (value.dims, dims)
        if self.numpy != "certain" and ONE not in long and ONE not in short:
            raise self.unlike(first, value, verb, tree)
        merged = list(long)
        for t in range(1, len(short) + 1):
            a, b = long[-t], short[-t]
            if a is ONE or b is ONE:
                merged[-t] = b if a is ONE else a
            elif not self.unify(a, b):
                raise self.unlike(first, value, verb, tree)
        a, b = (first, value) if len(first.dims) < len(value.dims) else (value, first)
        self.broadcasts.append((a, b, verb))
        return tuple(merged)

    def unlike(self, a: Value, b: Value, verb: str, tree: Tree | None = None) -> Conflict:
        """Two shapes that cannot be combined entry by entry."""
        sign = next((s for s, t in zip(tree.value, tree.args) if t is b.tree), "+") if verb == "add" else ".*"
        words = {"add": "cannot add `{}` and `{}`", "multiply": "cannot multiply `{}` and `{}` entry by entry"}
        problem = words.get(verb, "`" + verb + "` cannot take `{}` and `{}` together").format(
            self.source(a.tree), self.source(b.tree)
        )
        return self.conflict(
            problem, [a, b], "equal shapes, or a scalar", lambda: repairs_of_sum(self, a, b, verb, sign)
        )

    def elementwise(self, declaration, values: list, tree: Tree) -> Value:
        """An elementwise operation of ops, on values brought to one shape."""
        index, dims, row = self.common(values, declaration.text, tree)
        return Value(mapped(declaration, [laid_out(v, index, dims) for v in values]), index, dims, row)

    def compare(self, tree: Tree) -> Value:
        names = {
            "<": "less",
            "<=": "less_equal",
            ">": "greater",
            ">=": "greater_equal",
            "==": "equal",
            "!=": "not_equal",
        }
        left, right = (self.value(a) for a in tree.args)
        number, truth = rational(right.node), zero_or_one(left.node)
        if number is not None and truth and not right.dims:
            return left.with_node(decided(lookup(names[tree.value]), left.node, number))
        return self.elementwise(lookup(names[tree.value]), [left, right], tree)

    def bars(self, tree: Tree) -> Value:
        """|x|: entry by entry. In LaTeX |X| is the determinant of a matrix, and log |X| the logarithm of its size."""
        value = self.value(tree.args[0])
        if self.latex and value.rank == 2 and not value.index:
            self.note(f"{self.source(tree)} read as the determinant")
            tree.reading = "det"
            value = self.value(Tree("call", "det", tree.args, tree.start, tree.end, {}))
            value.tree = tree
            if tree.value != "log":
                return value
        return self.elementwise(lookup("abs"), [value], tree)

    # ---------------------------------------------------------------- products and powers

    def product(self, tree: Tree) -> Value:
        return products.product(self, tree)

    def transpose(self, tree: Tree) -> Value:
        inner = tree.args[0]
        if inner.kind == "number" and inner.value == 1 and not self.numpy:
            self.note("1^T read as ones^T")
            tree.args[0] = inner = Tree("name", "ones", (), inner.start, inner.end)
        value = self.value(inner)
        if value.rank == 0:
            if value.node.kind == "const" and inner.kind == "name":
                raise ParseError(
                    f"`{self.source(inner)}` is the number {NUMBERS[value.node.info]}, which has no transpose", self.text, inner.start,
                    expected="a vector or a matrix", fix=f"a vector of that name is declared: {inner.value}: n",
                )  # fmt: skip
            if value.bare:
                self.charge(ODD if self.latex else UNLIKELY, tree.args[0])
            return value
        if value.rank == 1:
            lies = False if tree.value == ".T" and self.numpy else not value.row
            return Value(value.node, value.index, value.dims, lies)
        order = list(range(value.rank))[::-1]
        if value.rank > 2 and tree.value != ".T":
            order = [*range(value.rank - 2), value.rank - 1, value.rank - 2]
            self.note(f"{self.source(tree)}: the last two axes are exchanged")
        axes = tuple([value.axis(t) for t in order if value.dims[t] is not ONE])
        node = permuted(value.node, tuple(range(len(value.index))) + axes)
        return Value(node, value.index, tuple([value.dims[t] for t in order]))

    def power(self, tree: Tree) -> Value:
        return powers.power(self, tree)

    def norm(self, tree: Tree) -> Value:
        return BUILDERS["‖"](self, tree)

    # ---------------------------------------------------------------- calls and items

    def call(self, tree: Tree) -> Value:
        builder = BUILDERS.get(tree.value)
        if builder is not None:
            return builder(self, tree)
        declaration = lookup(tree.value)
        if declaration is None or declaration.kind != "elementwise":
            raise UnknownNameError(
                f"`{tree.value}` is not available here", self.source(tree), "a function that is known here"
            )
        values = self.arguments(tree, declaration.arity - len(declaration.defaults), declaration.arity)
        values += [self.value(given) for given in (tree.extra or {}).values()]
        missing = declaration.arity - len(values)
        if missing > 0:
            values += [Value(const(d), (), ()) for d in declaration.defaults[-missing:]]
        return self.elementwise(declaration, values[: declaration.arity], tree)

    def arguments(self, tree: Tree, least: int, most: int | None = None) -> list[Value]:
        """The values of a call's arguments, whose number is checked."""
        count = len(tree.args)
        most = least if most is None else most
        if not least <= count <= most:
            expected = f"{least} argument" + "s" * (least != 1) if least == most else f"{least} to {most} arguments"
            raise ParseError(
                f"`{tree.value}` takes {expected}", self.text, tree.start, expected=expected, fix=f"{count} given here"
            )
        return [self.value(a) for a in tree.args]

    def item(self, tree: Tree) -> Value:
        return BUILDERS["[]"](self, tree)

    def shape(self, tree: Tree) -> Value:
        return BUILDERS[".shape"](self, tree)

    def list(self, tree: Tree):
        if len(tree.args) == 1:
            return self.value(tree.args[0])
        raise ParseError(
            "a list cannot stand here",
            self.text,
            tree.start,
            expected="an expression",
            fix="concatenate([a, b]) joins vectors",
        )

    def misplaced(self, tree: Tree):
        raise ParseError("this cannot stand here", self.text, tree.start, expected="an expression")


def shape_words(value: Value) -> str:
    """The shape of a value for messages; a vector that lies is "1 × n"."""
    if not value.dims:
        return "scalar"
    words = spelled(value.dims)
    return f"1 × {words} (a row)" if value.row and value.rank == 1 else words


HANDLERS = {
    kind: getattr(Inference, kind)
    for kind in (
        "number",
        "string",
        "name",
        "sum",
        "product",
        "power",
        "transpose",
        "call",
        "subscript",
        "item",
        "shape",
        "norm",
        "bars",
        "bigsum",
        "compare",
        "list",
    )  # fmt: skip
}
HANDLERS.update(slice=Inference.misplaced, newaxis=Inference.misplaced, ellipsis=Inference.misplaced)
