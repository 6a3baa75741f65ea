"""The places of a function at which a derivative may not exist: what its operations declare of breaks and domains.

A candidate is an operation whose argument moves with the variable and can get where the declaration says that a
derivative ends: a kink or jump (`breaks`, `margin`), the end of the domain (`domain`), a pole (a negative power), a
matrix without inverse. What is certain of the argument is used here; whether the point is reached is decided later,
by going there.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.algebra import number
from ...core.node import Node, symbol
from ...core.walk import symbols
from ...ops.declare import Elementwise
from ...ops.declare import lookup as _lookup
from ...syntax.lower import Lowering
from ...syntax.typed import Typed, order, rational
from .conditions import (
    UNIQUE,
    WHOLE,
    Condition,
    bounds,
    invertible,
    minus,
    nonnegative,
    nonzero,
    positive,
)

KINK, POLE, END, SINGULAR, TIE = "kink", "pole", "end of the domain", "singular", "tie"
COMPARED = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
JUMPING = (*COMPARED, "between", "threshold", "hardshrink", "arctan2")
SMOOTH_AT_SINGULAR = ("det",)  # a polynomial: only the formula with the inverse ends there
MATRICES = ("inverse", "logdet", *SMOOTH_AT_SINGULAR)


class Candidate(NamedTuple):
    """An operation, what must hold for its derivative to exist, and of what kind it is where that fails.

    `order` is the order of the first derivative that the operation itself lacks there.
    """

    typed: Typed
    condition: Condition
    kind: str
    order: int
    argument: Node | None = None  # what the operation acts on, where it is one thing
    twins: tuple[Typed, ...] = ()  # the places where the function has this operation on this argument, `typed` included


def suspects(problem, wrt: str) -> list[Typed]:
    """The operations that may break and whose arguments move with `wrt`, those that are evaluated first in front."""
    nodes = [node for node in order([*[typed for _, typed in problem.typed_lets], problem.typed]) if suspicious(node)]
    machine = problem.machine if nodes else None
    return [node for node in nodes if any(machine.moves([machine.slot(a)], wrt) for a in node.args)]


def candidates(nodes: list[Typed], problem, wrt: str, graph: Graph) -> list[Candidate]:
    """The candidates among `nodes`, the suspects of a problem; each condition once."""
    machine, variable = problem.machine, graph.lowering.symbols[wrt]
    found: list[Candidate] = []
    for node in nodes:
        for each in conditions_of(node, graph, lambda typed: machine.moves([machine.slot(typed)], wrt)):
            # ‖x‖‖y‖ ≠ 0 says of y what the function demands already
            known = any(each.condition == old.condition and each.typed.kind == old.typed.kind for old in found)
            if not known and variable in symbols(each.condition.node):
                found.append(each._replace(twins=tuple([t for t in nodes if t.kind == node.kind and graph.node(t) is graph.node(node)])))
    return found


def suspicious(node: Typed) -> bool:
    """Whether the operation of `node` has a break, an end of its domain or a pole anywhere."""
    if node.kind == "pow":
        exponent = rational(node.args[1])
        return not (isinstance(exponent, int) and exponent >= 0)
    if node.kind == "chain":
        return any(e < 0 or e != int(e) for e in node.info[1])
    if node.kind == "map":
        return declared_break(node.info)
    return node.kind == "struct" and (node.info[0].margin is not None or node.info[0].name in MATRICES)


def declared_break(op: Elementwise) -> bool:
    domains = (op.domain,) if op.arity == 1 else op.domain
    return op.margin is not None or any(d.low > -INFINITY or d.high < INFINITY for d in domains)


INFINITY = float("inf")


class Graph:
    """The typed nodes of a problem as nodes of the tensor graph, with all declared facts."""

    def __init__(self, problem):
        symbols = {v.name: symbol(v.name, v.dims, v.facts) for v in problem.variables.values()}
        self.lowering = Lowering(symbols)
        for name, typed in problem.typed_lets:
            self.lowering.lets[name] = self.lowering.node(typed)

    def node(self, typed: Typed) -> Node:
        return self.lowering.node(typed)

    @property
    def names(self) -> dict[Node, str]:
        """The person's names, for the nodes that they are here."""
        return {node: name for name, node in self.lowering.lets.items() if node.args}


def conditions_of(typed: Typed, graph: Graph, moves) -> list[Candidate]:
    """The candidates that one operation gives rise to."""
    if typed.kind == "pow":
        return _of_power(typed, typed.args[0], typed.args[1], graph, moves)
    if typed.kind == "chain":
        found = []
        for arg, exponent in zip(typed.args, typed.info[1]):
            if (exponent < 0 or exponent != int(exponent)) and moves(arg):
                found += [c._replace(argument=graph.node(arg)) for c in _powered(typed, graph.node(arg), exponent)]
        return found
    if typed.kind == "map":
        return _of_map(typed, graph, moves)
    return _of_struct(typed, graph)


def _of_power(typed: Typed, base: Typed, exponent: Typed, graph: Graph, moves) -> list[Candidate]:
    value = rational(exponent)
    if value is None:
        if not moves(base) and not moves(exponent):
            return []
        node = graph.node(base)
        if not moves(exponent) and node.op == "map" and node.attr.name == "abs":
            return [Candidate(typed, c, KINK, 1) for c in positive(node)]
        return [Candidate(typed, c, END, 0) for c in positive(node)]
    node = graph.node(base)
    return [c._replace(argument=node) for c in _powered(typed, node, value)] if moves(base) else []


def _powered(typed: Typed, base: Node, exponent) -> list[Candidate]:
    """x^e: for a negative whole e a pole at 0; for a broken e the domain ends there, and the ⌈e⌉-th derivative too."""
    if exponent == int(exponent):
        return [Candidate(typed, c, POLE, 0) for c in nonzero(base)]
    if exponent < 0:
        return [Candidate(typed, c, POLE, 0) for c in positive(base)]
    missing = int(exponent) + 1
    strict = [Candidate(typed, c, END, missing) for c in positive(base)]
    if missing == 1 or not nonnegative(base):
        return strict
    return [Candidate(typed, c, END, missing) for c in nonnegative(base)]


def _of_map(typed: Typed, graph: Graph, moves) -> list[Candidate]:
    op: Elementwise = typed.info
    nodes = [graph.node(a) for a in typed.args]
    found: list[Candidate] = []
    domains = (op.domain,) if op.arity == 1 else op.domain
    for arg, node, domain in zip(typed.args, nodes, domains):
        if moves(arg) and not (op.name == "pow" and arg is typed.args[1]):
            found += [Candidate(typed, c, END, 0, node if op.arity == 1 else None) for c in _inside(node, domain, op)]
    if op.arity == 1:
        for point, missing in op.breaks.items():
            kept = nonzero(minus(nodes[0], number(point)) if point else nodes[0])
            found += [Candidate(typed, c, KINK, missing) for c in kept]
    elif op.margin is not None:
        found += [Candidate(typed, c, KINK, m) for c, m in _of_margin(op, nodes, [moves(a) for a in typed.args])]
    return found


def _inside(node: Node, domain, op: Elementwise) -> list[Condition]:
    """What keeps `node` within an interval."""
    low, high = bounds(node)
    found: list[Condition] = []
    if domain.low > -INFINITY and op.name not in PERIODIC:
        found += positive(minus(node, number(domain.low)) if domain.low else node) if low[0] <= domain.low else []
    if domain.high < INFINITY and op.name not in PERIODIC:
        reaches = high[0] > domain.high or high == (domain.high, True)
        found += positive(minus(number(domain.high), node)) if reaches else []
    if op.name in PERIODIC:
        found += nonzero(PERIODIC[op.name](node))
    return found


def _sine(node: Node) -> Node:
    return _lookup("sin")(node)


def _cosine(node: Node) -> Node:
    return _lookup("cos")(node)


PERIODIC = {"tan": _cosine, "sec": _cosine, "cot": _sine, "csc": _sine, "csch": lambda x: x, "coth": lambda x: x}


def _of_margin(op: Elementwise, nodes: list[Node], moving: list[bool]) -> list[tuple[Condition, int]]:
    """(condition, order missing) of an operation of several arguments, by where its declared margin is zero."""
    name = op.name
    if name in ("maximum", "minimum"):
        return [(c, 1) for c in nonzero(minus(*nodes))]
    if name in COMPARED:
        return [(c, 0) for c in nonzero(minus(*nodes))]
    if name == "clip":
        ends = [nonzero(minus(nodes[0], end)) for end in nodes[1:]]
        return [(c, 1) for found in ends for c in found]
    if name == "between":
        ends = [nonzero(minus(nodes[1], end)) for end in (nodes[0], nodes[2])]
        return [(c, 0) for found in ends for c in found]
    if name in ("prelu", "leaky_relu", "elu", "celu"):
        return [(c, 1) for c in nonzero(nodes[0])]
    if name in ("huber", "softshrink", "hardshrink"):
        size = minus(_lookup("abs")(nodes[0]), nodes[1])
        return [(c, {"huber": 2, "softshrink": 1, "hardshrink": 0}[name]) for c in nonzero(size)]
    if name == "threshold":
        return [(c, 0) for c in nonzero(minus(nodes[0], nodes[1]))]
    if name == "arctan2":
        return [(c, 1) for c in nonzero(_lookup("hypot")(nodes[0], nodes[1]))]
    return []


def _of_struct(typed: Typed, graph: Graph) -> list[Candidate]:
    declaration, *parameters = typed.info
    node = graph.node(typed.args[0])
    if declaration.name in MATRICES:
        order_ = 0 if declaration.name not in SMOOTH_AT_SINGULAR else 99
        return [Candidate(typed, c, SINGULAR, order_) for c in invertible(node)]
    axes = tuple(parameters[0])
    missing = 0 if declaration.name == "argmax_mask" else 1
    return [Candidate(typed, Condition(UNIQUE, node, WHOLE, axes), TIE, missing)]
