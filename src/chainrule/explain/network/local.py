"""The local Jacobian of a step in one of its inputs: as a formula, by its structure, in numbers, and its singular values.

An elementwise step has a diagonal Jacobian, a batch the same block for each row. Which axes the result and the input share so
is read off the graph, where a repeated output label says it; only the blocks are computed. Its singular values are those of the
blocks, and tell the range of the factors by which the step can change the length of a gradient.
"""

from __future__ import annotations

from functools import cached_property
from math import prod

import numpy as np

from ...calculus import jacobian, pull_back
from ...compiling import compile_nodes
from ...core.algebra import is_zero
from ...core.node import Node
from ...core.product import product
from ...core.walk import symbols
from ...derivation.differentiate import tidied
from ...derivation.lines import Side

MOST_ENTRIES = 4_000_000  # of the blocks that are formed: 32 MB
MOST_WORK = 400_000_000  # multiplications of a singular value decomposition: about a second
SHOWN = 400  # entries of a Jacobian that is printed


class Local:
    """∂y/∂x for a step y and one of its inputs x, at the values of the step."""

    def __init__(self, step, name: str):
        self.step, self.name = step, name
        self.symbol = next(s for s in step.part.uses if s.name == name)
        self._sides: dict[tuple[str, str], Side] = {}  # by what is written and the layout

    @cached_property
    def node(self) -> Node:
        """The derivative: the axes of y, then those of x."""
        (found,) = jacobian(self.step.part.node, [self.symbol])
        return found

    @property
    def constant(self) -> bool:
        """Whether it does not change with x: the step is linear in it."""
        return self.symbol not in symbols(self.node)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of y, then those of x."""
        return self.step.shape + np.shape(self.step.known[self.name])

    @property
    def entries(self) -> int:
        return prod(self.shape)

    # ---------------------------------------------------------------- formulas

    def text(self, layout: str = "column") -> str:
        """The Jacobian as a formula: diag(a1 ⊙ (1 − a1)), W2, I."""
        return self._side(layout).text()

    def latex(self, layout: str = "column") -> str:
        return self._side(layout).latex()

    def written(self, node: Node, layout: str = "column") -> str:
        """A part of it as a formula, by the names of the step."""
        return self._written(node, False, layout).text()

    def _side(self, layout: str) -> Side:
        if ("jacobian", layout) not in self._sides:
            self._sides["jacobian", layout] = self._written(self.node, not self.step.shape, layout)
        return self._sides["jacobian", layout]

    def sent_text(self, layout: str = "column") -> str:
        """What the step sends to x, by the name of the incoming gradient: W2ᵀ(∂L/∂z2)."""
        return self._sent(layout).text()

    def sent_latex(self, layout: str = "column") -> str:
        return self._sent(layout).latex()

    def _sent(self, layout: str) -> Side:
        if ("sent", layout) not in self._sides:
            self._sides["sent", layout] = self._what_is_sent(layout)
        return self._sides["sent", layout]

    def _what_is_sent(self, layout: str) -> Side:
        taken, part = self.step.taken, self.step.part
        teller, top = taken.tellers[layout], taken.program.function
        if part is top:
            return self._written(self.node, True, layout)
        bar = taken.gradient_symbol(part.name, layout)
        (node,) = pull_back(part.node, [self.symbol], bar)
        return teller.in_order(self._written(node, True, layout), None, spreads=False)

    def _written(self, node: Node, turned: bool, layout: str) -> Side:
        """A side as steps have it. What it mentions gives its sizes; only where it needs names of its own, all others matter."""
        teller, part = self.step.taken.tellers[layout], self.step.part
        node = tidied(teller.as_shown(node))
        mentioned = tuple(dict.fromkeys([*symbols(node), *part.uses, *symbols(part.node), part.symbol]))
        side = Side(node, turned and layout == "row", mentioned)
        return side if not side.rendering.where else teller.verbatim(node, turned)

    def value(self, layout: str = "column") -> np.ndarray:
        """The value of the Jacobian's formula, as it is printed: the axes of y, then those of x."""
        return self._side(layout).evaluate(self.step.known)

    def sent_value(self, layout: str = "column") -> np.ndarray:
        """The value of that formula, as it is printed."""
        taken, step = self.step.taken, self.step
        bar = taken.gradient_symbol(step.name, layout)
        return self._sent(layout).evaluate({**step.known, bar.name: step.incoming})

    # ---------------------------------------------------------------- structure

    @cached_property
    def shared(self) -> list[tuple[int, int]]:
        """The pairs (axis of y, axis of x) off whose diagonal every entry is zero."""
        lead = len(self.step.shape)
        terms = [t for _, t in self.node.terms] if self.node.op == "sum" else [self.node]
        pairs = [{(a, b) for a in range(lead) for b in range(lead, t.ndim) if t.op == "product" and t.out[a] == t.out[b]} for t in terms]
        found, used = [], set()
        for a, b in sorted(set.intersection(*pairs)) if pairs else []:
            if not {a, b} & used:
                found.append((a, b))
                used |= {a, b}
        return found

    @cached_property
    def block_shape(self) -> tuple[int, int, int]:
        """(number of blocks, rows, columns): what there is off the zeros."""
        lead, gone = len(self.step.shape), {x for pair in self.shared for x in pair}
        count = prod([self.shape[a] for a, _ in self.shared])
        rows = prod([n for t, n in enumerate(self.shape[:lead]) if t not in gone])
        return count, rows, prod([n for t, n in enumerate(self.shape[lead:], lead) if t not in gone])

    @cached_property
    def core(self) -> Node:
        """The blocks: shared axes, then those that only y has, then those that only x has."""
        labels = list(range(self.node.ndim))
        for a, b in self.shared:
            labels[b] = a
        first = [a for a, _ in self.shared]
        rest = [t for t in range(self.node.ndim) if t not in {x for pair in self.shared for x in pair}]
        return product(1, [(self.node, tuple(labels), 1)], (*first, *rest), dict(zip(labels, self.node.dims)))

    @property
    def is_identity(self) -> bool:
        core = self.core
        return core.op == "product" and not core.operands and core.coef == 1 and self.block_shape[1:] == (1, 1) and bool(self.shared)

    @property
    def structure(self) -> str:
        """"zero", "identity", "diagonal", "blocks" (one for each row or entry), "row" (of a number) or "full"."""
        if is_zero(self.node):
            return "zero"
        _, rows, columns = self.block_shape
        if self.is_identity:
            return "identity"
        if not self.step.shape:
            return "row"
        return "full" if not self.shared else "diagonal" if rows == columns == 1 else "blocks"

    @property
    def multiplications(self) -> int:
        """To send a gradient through it by its blocks; an identity costs none."""
        return 0 if self.structure in ("zero", "identity") else prod(self.block_shape)

    # ---------------------------------------------------------------- numbers

    @cached_property
    def blocks(self) -> np.ndarray | None:
        """The blocks in numbers, count × rows × columns; None where there are more than MOST_ENTRIES entries."""
        if prod(self.block_shape) > MOST_ENTRIES:
            return None
        program = compile_nodes(self.core, name="blocks")
        pool = {**self.step.sizes, **self.step.known}
        wanted = {*[p for p, d in program.parameters.items() if d is not None], *program.sizes_asked}
        with np.errstate(all="ignore"):
            return np.asarray(program(**{n: pool[n] for n in wanted}), dtype=float).reshape(self.block_shape)

    @cached_property
    def singular(self) -> tuple[float, float] | None:
        """(smallest, largest) singular value; None where that is too much work, or where it holds NaN."""
        count, rows, columns = self.block_shape
        if self.blocks is None or not self.blocks.size or count * rows * columns * min(rows, columns) > MOST_WORK or not np.all(np.isfinite(self.blocks)):
            return None
        if min(rows, columns) == 1:
            found = np.linalg.norm(self.blocks, axis=(1, 2))
        else:
            found = np.linalg.svd(self.blocks if not self._one_block() else self.blocks[:1], compute_uv=False)
        return float(found.min()), float(found.max())

    def _one_block(self) -> bool:
        """Whether all blocks are the same: the weights of a layer, for every row of a batch."""
        return bool(self.blocks.strides[0] == 0 or np.all(self.blocks[:1] == self.blocks))

    def array(self) -> np.ndarray | None:
        """The whole Jacobian in numbers, the axes of y and then of x; None where it has too many entries."""
        if self.blocks is None or self.entries > MOST_ENTRIES:
            return None
        if not self.shape:
            return self.blocks.reshape(())
        found = np.zeros(self.shape)
        labels = list(range(len(self.shape)))
        for a, b in self.shared:
            labels[b] = a
        rest = [t for t in labels if labels.count(t) == 1]
        out = [a for a, _ in self.shared] + rest
        view = np.einsum(found, labels, out)
        view[...] = self.blocks.reshape(view.shape)
        return found

    def matrix(self) -> np.ndarray | None:
        """The same as a matrix: a row for each entry of y, a column for each of x, both in row order."""
        found = self.array()
        return None if found is None else found.reshape(prod(self.step.shape), -1)
