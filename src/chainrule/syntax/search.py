"""Which undeclared names are scalars, vectors, matrices: the cheapest assignment under which the text makes sense.

Every name has a default (`names.default_rank`); each departure has a cost. An attempt that does not fit names the
operands in conflict, and only the names in them are tried otherwise; an attempt that fits by an unlikely reading is
kept while better ones are looked for. Progress counts: of two attempts that cost the same the one that has settled
more names goes first, so that long texts with many undeclared names need about one attempt for each.
"""

from __future__ import annotations

import heapq
from itertools import count

from ..core.dims import Dim, dim
from ..core.errors import ChainruleError, DeclarationError, ParseError, ShapeError
from .conflict import Conflict
from .infer import Inference
from .repairs import tightly
from .names import default_rank, departure_cost, split_subscript
from .naming import name_unknowns
from .sizes import ONE, find, spelled, unify
from .text import Program, are_indices, split_left
from .tree import walk
from .typed import Typed, chain
from .values import Value

ATTEMPTS = 400
MOST_NODES = 120_000  # syntax nodes visited over all attempts
AFTERWARDS = 40  # attempts to better a reading that fits
MANY = 8  # from so many doubtful names on, all are also changed together
INDICES = "ijklmnpqrst"  # letters that are known for indices
PROGRESS = 0.85  # what settling one name is worth: about what a departure costs


class Solution:
    """What the search found: the inference that fits, the value of the result, the names of the let-lines."""

    def __init__(self, inference: Inference, value: Value, lets: list):
        self.inference, self.value, self.lets = inference, value, lets


def solve(program: Program, declared: dict, names: frozenset) -> Solution:
    """The cheapest reading of `program`; `declared` gives sizes by name, `names` the declared dimensions.

    Raises ShapeError if no assignment fits.
    """
    letters = index_letters(program, declared)
    names = names | range_names(program, declared)
    no_labels(program, declared)
    tick = count()
    heap: list = [(0.0, 0, 0.0, {})]  # (priority, age, cost, ranks)
    seen = {frozenset()}
    best, best_cost, failure = None, float("inf"), None
    size = sum(1 for s in (*program.statements, program.result) for _ in walk(s.tree))
    attempts = max(8, min(ATTEMPTS, MOST_NODES // size))
    while heap and attempts > 0:
        _, _, cost, ranks = heapq.heappop(heap)
        if cost >= best_cost:
            continue
        attempts -= 1
        inference = Inference(program, declared, ranks, letters, names)
        try:
            found = run(inference, program)
        except Conflict as conflict:
            if failure is None:
                failure = conflict.error()
                if conflict.product is not None:
                    other = Inference(program, declared, ranks, letters, names, conflict.product)
                    if fits(other, program):
                        _, failure.fix = tightly(other, conflict.product)
                        raise failure
            blamed, waiting = [(0.0, conflict.trees)], 0.0
        else:
            total = cost + inference.penalty
            if total < best_cost:
                best, best_cost = found, total
                attempts = min(attempts, AFTERWARDS)
            blamed, waiting = inference.blamed, inference.penalty
            if not waiting:
                continue
        charges: dict[str, float] = {}
        for charge, trees in blamed:
            for name in involved(trees, inference):
                charges[name] = charges.get(name, 0.0) + charge
        together = {n: 1 if default_rank(n, program.hints) == 0 else 0 for n in charges if n not in ranks and default_rank(n, program.hints) < 2}
        if waiting and len(together) >= MANY:  # all of them at once
            more = {**ranks, **together}
            price = cost + sum([departure_cost(n, r, n in inference.indexed, program.hints) for n, r in together.items()])
            key = frozenset(more.items())
            if key not in seen and price < best_cost:
                seen.add(key)
                heapq.heappush(heap, (price - PROGRESS * len(more), next(tick), price, more))
        for name, charge in list(charges.items())[-MANY * 3 :]:
            if name in ranks:
                continue
            for rank in alternatives(name, inference):
                price = cost + departure_cost(name, rank, name in inference.indexed, program.hints)
                if rank == 0 and name in "uvwxyz" and any(r == 0 and n in "uvwxyz" for n, r in ranks.items()):
                    price = cost + 0.25  # where x is a scalar, y rather is one too
                more = {**ranks, name: rank}
                key = frozenset(more.items())
                if key not in seen and price < best_cost:
                    seen.add(key)
                    priority = price - PROGRESS * len(more) + PROGRESS * max(waiting - charge, 0.0)
                    heapq.heappush(heap, (priority, next(tick), price, more))
    if best is None:
        raise failure
    if best.inference is not inference:  # leave on the trees what the best reading found
        best = run(Inference(program, declared, best.inference.ranks, letters, names), program)
    return best


def fits(inference: Inference, program: Program) -> bool:
    """Whether this attempt succeeds."""
    try:
        run(inference, program)
    except (Conflict, ChainruleError):
        return False
    return True


def index_letters(program: Program, declared: dict) -> frozenset:
    """The letters that are explicit indices: those bound by a sum or a left-hand side, and all that share a subscript."""
    letters: set[str] = set()
    subscripts: list[str] = []
    if program.numpy:
        return frozenset()
    for statement in (*program.statements, program.result):
        for node in walk(statement.tree):
            if node.kind == "bigsum":
                letters.update(node.value.letters)
                if node.value.bound:
                    letters.add(node.value.bound[2])
            elif node.kind == "subscript":
                letters.update(c for c, _ in node.value if isinstance(c, str))
            elif node.kind == "name":
                at = node.value.find("_")
                if at > 0 and node.value not in declared and node.value not in program.whole:
                    low = node.value[at + 1 :]
                    if are_indices(low):
                        subscripts.append(low)
    used = letters | {c for low in subscripts for c in low}
    result, low = split_left(program.result.name)
    if low and set(low) <= used and program.result.name not in program.whole:
        letters.update(low)
    for statement in program.statements:
        base, low = split_left(statement.name)
        if low and statement.name not in declared and statement.name not in program.whole and (set(low) <= letters or set(low) <= lettered_by(statement.tree)):
            letters.update(low)
    changed = True
    while changed:
        changed = False
        for low in subscripts:
            if letters.intersection(low) and not letters.issuperset(low):
                letters.update(low)
                changed = True
    return frozenset(letters)


def no_labels(program: Program, declared: dict) -> None:
    """Refuse sum_{j != y} max(0, s_j - s_y + 1), where y is the label of one entry: no index alone can say it.

    A letter that is known for an index is a free one there, as i in sum_{j != i} (x_i - x_j)^2.
    """
    every = (*program.statements, program.result)
    sums = [node for s in every for node in walk(s.tree) if node.kind == "bigsum"]
    indices = {c for node in sums for c in node.value.letters} | {c for s in every for c in split_left(s.name)[1]} | set(INDICES)
    for node in sums:
        letter = node.value.bound[2] if node.value.bound else ""
        if node.value.bound and node.value.bound[1] == "!=" and letter not in indices:
            entries = [n for s in every for n in walk(s.tree) if n.kind == "name" and split_subscript(n.value)[1] == letter]
            base = split_subscript(entries[0].value)[0] if entries else "s"
            raise ParseError(
                f"`{letter}` is the label of one entry here, which no index can say", program.text, (entries or [node])[0].start,
                expected=f"{letter} as a one-hot vector, or as an index of the result",
                fix=f"the entry is {letter}^T {base}; all entries but that are a sum over all, less the term of {letter}; "
                f"f_{letter} = … in front makes {letter} an index",
            )  # fmt: skip


def lettered_by(tree) -> set[str]:
    """The letters in the subscripts of the names in `tree`."""
    return {c for node in walk(tree) if node.kind == "name" for c in node.value.partition("_")[2]}


def range_names(program: Program, declared: dict) -> frozenset:
    """The names above sum signs, as the n of sum_{i=1}^n: sizes, wherever else they stand."""
    found = set()
    for statement in (*program.statements, program.result):
        for node in walk(statement.tree):
            if node.kind == "bigsum" and node.value.upper is not None:
                found.update(n.value for n in walk(node.value.upper) if n.kind == "name" and n.value not in declared)
    return frozenset(found)


def run(inference: Inference, program: Program) -> Solution:
    """One attempt: the let-lines in order, then the result with its indices as axes."""
    lets = []
    taken = {s.name for s in program.statements}
    for statement in program.statements:
        inference.free = {}
        name, low = lettered(inference, statement.name)
        if name in inference.declared and name not in inference.lets and name not in inference.variables:
            raise DeclarationError(
                f"`{name}` is declared, and also defined in the text", given=f"{name} = {inference.source(statement.tree)}",
                expected="one of the two", fix=f"leave the declaration of `{name}` out",
            )  # fmt: skip
        for c in low:
            inference.index(c)
        value = inference.value(statement.tree)
        row = value.row
        value = outward(inference, value, low, statement.tree, final=False)
        unique = name
        if name in inference.lets or name in inference.variables:
            version = 2
            while f"{name}_{version}" in taken:
                version += 1
            unique = f"{name}_{version}"
            taken.add(unique)
            inference.renamed[name] = unique
        inference.lettered[unique] = low
        node = Typed("let", (), unique, value.node.axes)
        if value.node.kind in ("const", "size"):
            node = value.node  # n = X.shape[0] stays a size
        inference.lets[name] = Value(node, (), value.dims, row and not value.index)
        inference.let_trees[name] = statement.tree
        lets.append((unique, statement.tree, value))
    inference.free = {}
    name, low = lettered(inference, program.result.name)
    for c in low:
        inference.index(c)
    if low and len(low) == len(inference.declared.get(name) or ()):  # a declared result says how far its indices run
        for c, size in zip(low, inference.declared[name]):
            inference.unify(inference.index(c).size, size)
    value = inference.value(program.result.tree)
    bound_and_free(inference, value, low, program.result.tree)
    value = outward(inference, value, low, program.result.tree)
    settle(inference)
    return Solution(inference, value, lets)


def bound_and_free(inference: Inference, value: Value, low: str, tree) -> None:
    """Refuse sum_i x_i + y_i, where an index is summed in one place and left over in another."""
    for index in value.index:
        if index.letter in low:
            continue
        for node in walk(tree):
            if node.kind == "bigsum" and index.letter in node.value.letters:
                raise ParseError(
                    f"the index `{index.letter}` is summed in one place and free in another",
                    inference.text,
                    node.start,
                    expected=f"brackets around all that `{index.letter}` is summed over, or other letters",
                )


def lettered(inference: Inference, name: str | None):
    base, low = split_left(name)
    if low and name not in inference.whole and all(c in inference.letters for c in low):
        return base, low
    return name, ""


def outward(inference: Inference, value: Value, low: str, tree, final: bool = True) -> Value:
    """Explicit indices that are left over become axes: in the order of the left-hand side, else of appearance.

    An axis of length one is a real one in the final result; in an intermediate it still lines up with others.
    """
    value.tree = tree
    dims = value.dims
    if ONE in dims and (final or value.index or low):
        # an axis of length one of the result is a real axis
        at, axes = [], []
        for d in dims:
            if d is not ONE:
                at.append(len(axes))
            axes.append(dim(1) if d is ONE else d)
        shift = len(value.index)
        sizes = dict(enumerate([i.size for i in value.index] + axes))
        node = chain([(value.node, tuple(range(shift)) + tuple([shift + t for t in at]), 1)], tuple(sizes), sizes)
        value = Value(node, value.index, tuple(axes), value.row, None, tree)
        dims = value.dims
    if not value.index and not low:
        return Value(value.node, (), dims, value.row, value.bare, tree)
    order = [inference.index(c) for c in low] + [i for i in value.index if i.letter not in low]
    order = list(dict.fromkeys(order))
    inner = tuple(range(len(value.index), len(value.node.axes)))
    labels = value.index + inner
    sizes = {i: i.size for i in order}
    node = chain([(value.node, labels, 1)], tuple(order) + inner, sizes)
    return Value(node, (), tuple([i.size for i in order]) + dims, False, None, tree)


def involved(trees: list, inference: Inference) -> list[str]:
    """The undeclared variables in `trees`, also by way of let-lines, in order; of very many the last."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(reversed(trees))
    while waiting and len(seen) < 200:
        for node in walk(waiting.pop()):
            if node.kind != "name":
                continue
            for name in (node.value, split_subscript(node.value)[0]):
                value = inference.variables.get(name)
                if value is not None and value.bare:
                    found[name] = None
                elif name in inference.lets and name not in seen:
                    seen.add(name)
                    waiting.append(inference.let_trees[name])
    return list(found)[-24:]


def alternatives(name: str, inference: Inference) -> list[int]:
    """Other numbers of axes to try for an undeclared name."""
    default = default_rank(name, inference.hints)
    most = max(3, inference.indexed.get(name, 0) + 3 if name in inference.indexed else 0)
    return [rank for rank in range(most) if rank != default]


def settle(inference: Inference) -> None:
    """Name the sizes that are still unknown, and see that what was put off agrees.

    Raises Conflict if two sizes that should be equal cannot be.
    """
    waiting, before = inference.pending, -1
    while waiting and len(waiting) != before:  # what could not be decided then may be decided now
        before, left = len(waiting), []
        for a, b in waiting:
            if not unify(a, b, left):
                raise unequal(a, b)
        waiting = left
    name_unknowns(inference)
    for size, tree in inference.constants:
        if type(find(size)) is not Dim:
            raise Conflict([], lambda tree=tree: ShapeError(
                f"nothing determines the size of `{inference.source(tree)}`", inference.text.strip()[:72],
                "something that it fits to", "ones(n) and eye(n) name the size",
            ))  # fmt: skip
    for a, b in inference.pending:
        a, b = find(a), find(b)
        if a is not b:
            raise unequal(a, b)


def unequal(a, b) -> Conflict:
    return Conflict(
        [],
        lambda: ShapeError("two sizes must be equal and are not", f"{spelled([a])} and {spelled([b])}", "one size"),
    )
