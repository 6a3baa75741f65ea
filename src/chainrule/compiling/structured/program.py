"""From a Hessian node to a callable that returns an `Operator`: classified once for each choice of sizes.

The parts of the structure are one program with shared subexpressions. On the first call with certain sizes the
operator is compared with the node itself, contracted with a random vector by the compiler: a structure that was
misread is an error and never a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ...core.algebra import number
from ...core.dims import Dim
from ...core.errors import DeclarationError, UnverifiedError
from ...core.facts import symmetric
from ...core.node import Node, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import order
from ..binding import COMPLEX, array, by_name, missing_argument, sizes_of, sorted_out
from ..program import Program
from .classify import classified
from .contracted import Contracted, Networks
from .dense import is_symmetric
from .operator import Operator
from .specs import DiagonalSpec, Wanted
from .terms import terms_of

MOST_SIZES = 16  # for which plans are kept
AGREEMENT = 1e-7  # of H v with the node's own, in units of the largest entry on the way


def operator_program(node: Node, ndim: int, parameters: Iterable, name: str, text: Callable | None = None):
    """A callable(**values) that returns the Hessian `node` as an `Operator`.

    Parameters
        node: the Hessian, with the axes of the variable twice.
        ndim: the number of axes of the variable.
        parameters: symbols or names, in the order of the signature.
        name: what the variable is called.
        text: a node → how it is shown to people; by default symbols are shown by name and all else as its shape.
    """
    return OperatorProgram(node, ndim, parameters, name, text or _plain)


class OperatorProgram:
    """Call it with the parameters, by name or in their order.

    `parameters` maps each to its dims, None where it is not used; `sizes` are the names of all sizes that play a part.
    """

    def __init__(self, node: Node, ndim: int, parameters: Iterable, name: str, text: Callable):
        if node.ndim != 2 * ndim:
            raise DeclarationError(
                "only the Hessian of a scalar function is an operator",
                given=f"a derivative with axes {' × '.join(map(str, node.dims)) or 'none'}",
                expected="the axes of the variable, twice",
            )
        self.node, self.ndim, self.name, self.text = node, ndim, name, text
        used = {n.name: n for n in order(node) if n.op == "symbol"}
        self.parameters: dict[str, tuple[Dim, ...] | None] = {}
        for p in parameters:
            own = p if isinstance(p, str) else p.name
            self.parameters[own] = used[own].dims if own in used else None if isinstance(p, str) else p.dims
        for own, p in used.items():
            self.parameters.setdefault(own, p.dims)
        self._needed = sorted(used)
        self._terms = terms_of(node)
        self.sizes = _size_names(node, self._terms)
        self._plans: dict[tuple, Plan] = {}

    def __call__(self, *arguments, **values) -> Operator:
        """The Hessian at these values of the parameters, in float64.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            UnknownNameError: an argument is missing, is passed twice, or is none of the parameters.
            DeclarationError: an argument is complex.
            UnverifiedError: the structure contradicts the Hessian itself.
        """
        arrays, sizes = self._checked(by_name(self.parameters, arguments, values))
        key = tuple(sorted(sizes.items()))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_SIZES:
                self._plans.pop(next(iter(self._plans)))
            plan = self._plans[key] = Plan(self, sizes)
        return plan(arrays)

    def _checked(self, values: dict) -> tuple[dict, dict]:
        arrays, given = sorted_out(values, self.parameters, self.sizes, _real)
        missing = [n for n in self._needed if n not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        sizes = sizes_of({n: dims for n, dims in self.parameters.items() if n in arrays}, arrays, given)
        unknown = sorted(self.sizes - set(sizes))
        if unknown:
            raise missing_argument(unknown, list(arrays))
        return arrays, sizes


class Plan:
    """The structure for one choice of sizes, and the program of its parts."""

    def __init__(self, program: OperatorProgram, sizes: dict[str, int]):
        self.owner, self.sizes, self.sealed = program, sizes, False
        node, ndim = program.node, program.ndim
        self.variable = tuple([d.at(sizes) for d in node.dims[:ndim]])
        wanted = Wanted(sizes, program.text)
        terms = program._terms
        if terms:
            found = classified(terms, wanted)
            self.batch, self.spec, left = found.batch, found.spec, found.left
        else:
            self.batch, left = (), []
            self.spec = DiagonalSpec(wanted, number(0), 1, wanted.count(node.dims[:ndim]))
        wanted.settle()
        self.over = tuple([str(node.dims[t]) for t in self.batch])
        self.networks = Networks(left, sizes) if left else None
        self.left_shown = lambda: wanted.text(_whole(left))
        nodes = dict(wanted.nodes)
        if self.networks:
            nodes |= {f"network_{name}": part for name, part in self.networks.parts.items()}
        self.given = {name: node.name for name, node in nodes.items() if node.op == "symbol"}
        made = {name: node for name, node in nodes.items() if name not in self.given}
        listed = [symbol(n, dims) for n, dims in program.parameters.items() if dims is not None]
        self.parts = Program(made, False, listed, "parts", sizes) if made else None

    def __call__(self, arrays: dict[str, np.ndarray]) -> Operator:
        values = {part: arrays[name] for part, name in self.given.items()}
        if self.parts is not None:
            values |= self.parts(**arrays, **{x: self.sizes[x] for x in self.parts.sizes_asked})
        contracted = None
        if self.networks:
            mine = {n.removeprefix("network_"): np.asarray(a) for n, a in values.items() if n.startswith("network_")}
            contracted = Contracted(self.networks, mine, self.left_shown)
        piece = self.spec.piece(values) if self.spec is not None else None
        given = tuple(arrays.values())
        found = Operator(self.owner.name, self.variable, self.batch, self.over, piece, contracted, given)
        if not self.sealed and self.owner._terms:
            self._seal(found, arrays)
        return found

    def _seal(self, found: Operator, arrays: dict[str, np.ndarray]) -> None:
        """Compare H v with what the node itself gives."""
        node, ndim = self.owner.node, self.owner.ndim
        name = next(x for x in ("vector", "vector_", "vector__") if x not in self.owner.parameters)
        v = symbol(name, node.dims[:ndim])
        axes = tuple(range(node.ndim))
        times = product(1, [(node, axes, 1), (v, axes[ndim:], 1)], axes[:ndim])
        listed = [*[symbol(n, dims) for n, dims in self.owner.parameters.items() if dims is not None], v]
        program = Program({"times": times}, True, listed, "times", self.sizes)
        rng = np.random.default_rng(0)
        at, other = rng.normal(size=self.variable), rng.normal(size=self.variable)
        truth = program(**arrays, **{name: at}, **{x: self.sizes[x] for x in program.sizes_asked})
        if not np.all(np.isfinite(truth)):
            return
        mine = found @ at
        size = np.max(np.abs(truth), initial=0.0) + found.size_of_product(at)  # of terms that may cancel
        away = np.max(np.abs(mine - truth), initial=0.0)
        if not away <= AGREEMENT * size:
            self._refuse_broken_facts(arrays)
            raise UnverifiedError(
                "the structure that was read off this Hessian contradicts the Hessian itself: a defect of chainrule",
                given=found.text,
                expected=f"H v to {AGREEMENT:.0e}, off by {away:.1e} of {size:.1e}",
                fix="`compile()` without `structured` gives the dense Hessian; please report this function",
            )
        turned = abs(np.vdot(other, mine) - np.vdot(at, found @ other))
        if not turned <= AGREEMENT * size * np.sum(np.abs(other)):
            raise UnverifiedError(
                "this is not symmetric, so that it is no Hessian of a smooth function",
                given=found.text,
                expected=f"uᵀHv = vᵀHu, off by {turned:.1e}",
                fix="`compile()` without `structured` gives the array as it is",
            )
        self.sealed = True

    def _refuse_broken_facts(self, arrays: dict[str, np.ndarray]) -> None:
        """An argument that is not symmetric, though it was declared so, makes any two ways of computing differ."""
        for n in order(self.owner.node):
            if n.op == "symbol" and symmetric(n) and not is_symmetric(arrays[n.name]):
                raise DeclarationError(
                    f"`{n.name}` is not symmetric",
                    given=f"{n.name} − {n.name}ᵀ has entries up to {np.max(np.abs(arrays[n.name] - arrays[n.name].T)):.1e}",
                    expected=f"a matrix as it was declared: {', '.join(sorted(n.facts))}",
                )


def _real(name: str, value) -> np.ndarray:
    found = array(name, value)
    if found.dtype == COMPLEX:
        raise DeclarationError(
            "a Hessian operator is real",
            given=f"`{name}` is complex",
            expected="real numbers",
            fix="`compile()` without `structured` takes complex numbers",
        )
    return found


def _size_names(node: Node, terms: list) -> set[str]:
    """The names of all sizes that play a part."""
    found = {x for n in order(node) for d in n.dims for x in d.names}
    found |= {x for n in order(node) if n.op == "size" for x in n.attr.names}
    return found | {x for t in terms for d in t.dims.values() for x in d.names}


def _whole(terms) -> Node:
    return linear_sum([(t.coef, t.node(t.out)) for t in terms], [terms[0].dims[x] for x in terms[0].out])


def _plain(node: Node) -> str:
    """A node in few letters: its name, its number, or what shape it has."""
    if node.op == "symbol":
        return node.name
    if node.op == "product" and not node.args and not node.ndim:
        return str(node.coef)
    return "×".join(map(str, node.dims)) or "scalar"
