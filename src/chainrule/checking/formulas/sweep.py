"""A reverse sweep over the typed tree in numbers, with access to every local step: so that one of them can be done wrong.

At one point, every node has its value, the derivative of the function by it (`cot`), and its derivative by the variable
(`forward`, by a complex step). What a mistake at one step does to the result is then one product: (wrong − right) · forward.
Axes of the function's value are flattened to one, in front; those of the variable to one, behind.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from ...syntax import Meaning
from ...syntax.interpret import Machine
from ...syntax.lower import known
from ...syntax.typed import Typed, order, rational

STEP = 1e-30  # of the complex step: no subtraction, so far below rounding
Edge = tuple[int, int]  # (id of a node, which of its arguments)
Pull = Callable[["Sweep"], np.ndarray]


class Tree:
    """The typed tree of a function with its let-lines put in, prepared for sweeps in the variable `wrt`."""

    def __init__(self, meaning: Meaning, wrt: str):
        self.wrt, self.variables = wrt, {n: v.dims for n, v in meaning.variables.items()}
        self.root = plainly(meaning)
        others = {n: v.dims for n, v in meaning.unused.items()}
        self.machine = Machine(self.root, [], self.variables, others)
        self.nodes = order([self.root])
        self.active = {id(n) for n in self.nodes if wrt in self.machine.depends[self.machine.slots_of[id(n)]]}
        self.keys = structure(self.nodes)

    def edges(self, node: Typed) -> list[int]:
        """The arguments of a node that depend on the variable."""
        return [k for k, arg in enumerate(node.args) if id(arg) in self.active]

    def depends(self, node: Typed) -> bool:
        return id(node) in self.active


def plainly(meaning: Meaning) -> Typed:
    """The typed tree with let-lines put in, and the square of a norm as the sum of squares that it is."""
    done: dict[int, Typed] = {}
    lets: dict[str, Typed] = {}
    for name, typed in [*meaning.typed_lets, (None, meaning.typed)]:
        for node in order([typed], done):
            if node.kind == "let":
                done[id(node)] = lets[node.info]
                continue
            args = [done[id(a)] for a in node.args]
            if node.kind in ("kron", "concat"):  # each argument a node of its own, so that one can move alone
                args = [Typed("sum", [a], (1,), a.axes) if a in args[:at] else a for at, a in enumerate(args)]
            made = Typed(node.kind, args, node.info, node.axes, node.written)
            done[id(node)] = squared_norm(made) or made
        if name is not None:
            lets[name] = done[id(typed)]
    return done[id(meaning.typed)]


def squared_norm(node: Typed) -> Typed | None:
    """‖v‖² as Σ v², where a node is that: (Σ v²)^½, squared."""
    if node.kind != "pow" or rational(node.args[1]) != 2:
        return None
    root = node.args[0]
    if root.kind != "pow" or root.written != "norm" or rational(root.args[1]) != Fraction(1, 2):
        return None
    total = root.args[0]
    if (
        total.kind != "chain"
        or len(total.args) != 1
        or total.args[0].kind != "pow"
        or rational(total.args[0].args[1]) != 2
    ):
        return None
    labels, _, out, sizes = total.info
    return Typed("chain", [total.args[0].args[0]], (labels, (2,), out, sizes), total.axes, "square norm")


def structure(nodes: list[Typed]) -> dict[int, int]:
    """A number for each node, equal for equal expressions."""
    numbers: dict[tuple, int] = {}
    found: dict[int, int] = {}
    for node in nodes:
        info = node.info[:3] if node.kind == "chain" else node.info
        key = (node.kind, repr(info), tuple([found[id(a)] for a in node.args]))
        found[id(node)] = numbers.setdefault(key, len(numbers))
    return found


class Sweep:
    """Everything at one point. Arrays: `values` by node; `cot` (outputs, *node); `forward` (*node, entries of the variable)."""

    def __init__(self, tree: Tree, point: Mapping):
        self.tree, self.point = tree, dict(point)
        machine = tree.machine
        with np.errstate(all="ignore"):
            slots, self.sizes = machine.trace(self.point)
        self.values = {id(n): self._shaped(slots, n) for n in tree.nodes}
        x = np.asarray(self.point[tree.wrt], float)
        self.shape = x.shape
        columns = []
        for k in range(x.size):
            moved = x.astype(complex)
            moved.flat[k] += 1j * STEP
            with np.errstate(all="ignore"):
                columns.append(machine.trace({**self.point, tree.wrt: moved})[0])
        self.forward = {
            id(n): np.stack([np.imag(self._shaped(c, n)) for c in columns], axis=-1) / STEP
            for n in tree.nodes
            if tree.depends(n)
        }
        self.outputs = self.values[id(tree.root)].shape
        self._locals: dict[Edge, np.ndarray] = {}
        self._partials: dict[Edge, np.ndarray] = {}
        self.cot = self._swept({})

    def _shaped(self, slots, node: Typed) -> np.ndarray:
        found = np.asarray(slots[self.tree.machine.slots_of[id(node)]])
        return np.broadcast_to(found, [known(d).at(self.sizes) for d in node.axes])

    # ---------------------------------------------------------------- results

    @property
    def true(self) -> np.ndarray:
        """The derivative: axes of the function, then of the variable."""
        return (
            self.laid(self.forward[id(self.tree.root)])
            if self.tree.depends(self.tree.root)
            else np.zeros(self.outputs + self.shape)
        )

    def laid(self, flat: np.ndarray) -> np.ndarray:
        return np.reshape(flat, self.outputs + self.shape)

    def with_pull(self, node: Typed, k: int, pulled: np.ndarray) -> np.ndarray:
        """The derivative where one step, from `node` to its argument k, gives `pulled` in place of what it should."""
        arg = node.args[k]
        gap = pulled - self.pull(node, k)
        forward = self.forward[id(arg)]
        size = int(np.prod(self.values[id(arg)].shape, dtype=int))
        return self.true + self.laid(gap.reshape(-1, size) @ forward.reshape(size, -1))

    def with_all(self, altered: Mapping[Edge, Pull]) -> np.ndarray:
        """The derivative where several steps are altered."""
        cot, found = self._swept(altered), 0.0
        for node in self.tree.nodes:
            if node.kind == "var" and node.info == self.tree.wrt:
                found = found + cot[id(node)]
        return self.laid(found)

    def _swept(self, altered: Mapping[Edge, Pull]) -> dict[int, np.ndarray]:
        tree = self.tree
        size = int(np.prod(self.outputs, dtype=int))
        self.cot = {id(n): np.zeros((size, *self.values[id(n)].shape)) for n in tree.nodes if tree.depends(n)}
        if not tree.depends(tree.root):
            return self.cot
        self.cot[id(tree.root)] = np.eye(size).reshape(size, *self.outputs)
        kept = self.cot
        for node in reversed(tree.nodes):
            if tree.depends(node):
                for k in tree.edges(node):
                    change = altered.get((id(node), k))
                    kept[id(node.args[k])] = kept[id(node.args[k])] + (change(self) if change else self.pull(node, k))
        return kept

    # ---------------------------------------------------------------- one step back

    def pull(self, node: Typed, k: int) -> np.ndarray:
        """The derivative of the function by argument k of `node`, through this node alone: (outputs, *argument)."""
        cot = self.cot[id(node)]
        if node.kind == "chain":
            return self.through_chain(node, k, cot)
        if node.kind == "sum":
            return self.onto(float(node.info[k]) * cot, node.args[k])
        if node.kind in ("map", "pow"):
            return self.onto(cot * self.partial(node, k), node.args[k])
        return self.through(self.local(node, k), cot, node, k)

    def through(self, local: np.ndarray, cot: np.ndarray, node: Typed, k: int) -> np.ndarray:
        size = int(np.prod(self.values[id(node)].shape, dtype=int))
        arg = self.values[id(node.args[k])].shape
        return (cot.reshape(-1, size) @ local.reshape(size, -1)).reshape(-1, *arg)

    def onto(self, pulled: np.ndarray, arg: Typed) -> np.ndarray:
        """What acts on each entry, for an argument that may be one number for all of them."""
        if arg.axes or pulled.ndim == 1:
            return pulled
        return pulled.reshape(len(pulled), -1).sum(1)

    def partial(self, node: Typed, k: int) -> np.ndarray:
        """The derivative of each entry of an entry-by-entry operation by its argument k, in the shape of the node."""
        found = self._partials.get((id(node), k))
        if found is None:
            shape = self.values[id(node)].shape
            args = [np.broadcast_to(self.values[id(a)], shape) for a in node.args]
            found = self._partials[id(node), k] = self.entrywise(node, args, k)
        return found

    def entrywise(self, node: Typed, args: list, k: int) -> np.ndarray:
        moved = [a + 1j * STEP if at == k else a for at, a in enumerate(args)]
        with np.errstate(all="ignore"):
            if node.kind == "map":
                return np.imag(node.info.evaluate(*moved)) / STEP
            base, exponent = args
            if k == 0:
                return exponent * np.power(base, exponent - 1)
            return np.power(base, exponent) * np.log(base)

    def local(self, node: Typed, k: int) -> np.ndarray:
        """The Jacobian of a node by its argument k: (*node, *argument)."""
        found = self._locals.get((id(node), k))
        if found is None:
            machine = self.tree.machine
            slots = [None] * machine.count
            for arg in node.args:
                slots[machine.slots_of[id(arg)]] = self.values[id(arg)]
            step = next(s for slot, s in machine.steps if slot == machine.slots_of[id(node)])
            place, x = machine.slots_of[id(node.args[k])], self.values[id(node.args[k])]
            columns = []
            for entry in range(x.size):
                moved = np.array(x, complex)
                moved.flat[entry] += 1j * STEP
                slots[place] = moved
                with np.errstate(all="ignore"):
                    columns.append(np.imag(step(slots, self.sizes)) / STEP)
            shape = self.values[id(node)].shape
            found = np.stack([np.broadcast_to(c, shape) for c in columns], axis=-1).reshape(shape + x.shape)
            self._locals[id(node), k] = found
        return found

    def through_chain(
        self,
        node: Typed,
        k: int,
        cot: np.ndarray,
        without: int | None = None,
        turned: int | None = None,
        power: bool = True,
    ) -> np.ndarray:
        """One step back through Σ Π argument^exponent.

        Parameters
            without: a factor that is left out.
            turned: a factor, a square matrix, that is taken transposed.
            power: whether the derivative of argument^exponent is taken, or argument itself moves.
        """
        labels, exponents, out, of = node.info
        numbers = {x: at + 1 for at, x in enumerate(dict.fromkeys([x for marks in (*labels, out) for x in marks]))}
        target = labels[k]
        operands: list = [cot, [0, *[numbers[x] for x in out]]]
        met = set(out)
        for j, arg in enumerate(node.args):
            if j == k or j == without:
                continue
            marks = labels[j][::-1] if j == turned else labels[j]
            operands += [self.raised(arg, exponents[j]), [numbers[x] for x in marks]]
            met.update(marks)
        if exponents[k] != 1 and power:
            with np.errstate(all="ignore"):
                slope = float(exponents[k]) * self.raised(node.args[k], exponents[k] - 1)
            operands += [slope, [numbers[x] for x in target]]
            met.update(target)
        for x in dict.fromkeys(target):
            if x not in met:
                operands += [np.ones(known(of[x]).at(self.sizes)), [numbers[x]]]
        distinct = list(dict.fromkeys(target))
        found = np.einsum(*operands, [0, *[numbers[x] for x in distinct]])
        if len(distinct) == len(target):
            return found
        shape = self.values[id(node.args[k])].shape
        full = np.zeros((len(cot), *shape))
        grid = dict(zip(distinct, np.ogrid[tuple([slice(n) for n in found.shape[1:]])]))
        full[(slice(None), *[grid[x] for x in target])] = found
        return full

    def raised(self, arg: Typed, exponent) -> np.ndarray:
        value = self.values[id(arg)]
        return (
            value
            if exponent == 1
            else np.asarray(value, float) ** (int(exponent) if exponent == int(exponent) else float(exponent))
        )
