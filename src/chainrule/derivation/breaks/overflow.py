"""Where no derivative ends but the numbers do: e^z overflows, σ(z) rounds to 1, and ∞/∞ or 0 · ∞ is NaN.

Every operation that grows or levels off without end is driven far out (±1000), one entry and all of them. Where the
arithmetic of a framework gives NaN, and the derivative, in the form that is shown, is a number, that is worth a word:
log(1 + e^z), log(Σ e^z), e^z/(1 + e^z), log σ(z), log softmax(z) as they are first written.
"""

from __future__ import annotations

import numpy as np

from ...core.algebra import number
from ...core.errors import ChainruleError
from ...core.node import Node
from ...numeric.kinks import INADMISSIBLE
from ...ops.frameworks import FRAMEWORKS
from ...syntax.typed import Typed, order, rational
from . import nearby
from .autodiff import Unknown, gradient
from .conditions import EVERY, NONZERO, WHOLE, Condition, minus
from .residuals import Residual

FAR = 1000.0
GROWING = ("exp", "expm1", "sinh", "cosh")
LEVELLING = ("sigmoid", "tanh", "softmax")
ENDS = {  # where the value leaves the numbers, or rounds to the end of its range: float64
    "exp": (709, -745), "expm1": (709, -37), "sinh": (710, -710), "cosh": (710, -710),
    "sigmoid": (37, -745), "tanh": (19, -19),
}  # fmt: skip


def drivers(problem, wrt: str) -> list[Typed]:
    """The operations that leave the numbers far out and move with `wrt`; those that level off only beside a pole."""
    nodes = order([*[typed for _, typed in problem.typed_lets], problem.typed])
    shielded = {id(n) for top in nodes if top.written == "logaddexp" for n in order([top])}
    pole = any(has_pole(n) for n in nodes)
    found = [n for n in nodes if named(n) in (GROWING + LEVELLING if pole else GROWING) and id(n) not in shielded]
    machine = problem.machine if found else None
    return [n for n in found if machine.moves([machine.slot(n.args[0])], wrt)]


def named(node: Typed) -> str | None:
    if node.kind == "map" and node.info.arity == 1:
        return node.info.name
    return node.info[0].name if node.kind == "struct" else None


def has_pole(node: Typed) -> bool:
    """Whether the operation has a pole or an end of its domain, where what levels off could end."""
    if node.kind == "pow":
        exponent = rational(node.args[1])
        return exponent is None or exponent < 0 or exponent != int(exponent)
    if node.kind == "chain":
        return any(e < 0 for e in node.info[1])
    return node.kind == "map" and node.info.name.startswith("log")


def overflows(visited: list[Typed], inspector, speaker, graph, evaluate) -> list[tuple[Typed, Node, str, dict, list]]:
    """(operation, its argument, where, point, what JAX and PyTorch return) for each way to leave the numbers."""
    problem, wrt, found = inspector.d.problem, inspector.d.wrt, []
    others = drivers(problem, wrt)
    for typed in visited:
        node = graph.node(typed.args[0])
        for side in (1, -1):
            for scope in (EVERY, WHOLE) if node.dims else (EVERY,):
                point = far_out(inspector, Condition(NONZERO, node, scope), side)
                traced = point and inspector.traced(point)
                returned = traced and alone(problem, typed, others, side, traced) and nan_in(problem, wrt, point, traced)
                if returned and known(evaluate, point):
                    where = told(named(typed), node, side, scope, speaker)
                    if not any(where == old[2] for old in found):
                        found.append((typed, node, where, point, returned))
                    break
    return found


def far_out(inspector, condition: Condition, side: int) -> dict | None:
    """A point at which the argument is far out, reached by the variable alone from where it is small."""
    names = [inspector.d.wrt]
    for start in inspector.starts[:1]:
        near = nearby.newton(Residual(condition, shift=-side).rows, start, names)
        if near is not None:
            return nearby.newton(Residual(condition, 1 / FAR, -side).rows, near, names, longest=10 * FAR)
    return None


def alone(problem, typed: Typed, others: list[Typed], side: int, traced: tuple) -> bool:
    """Whether it is this that is far out, and nothing that overflows has come with it."""
    machine, (slots, _) = problem.machine, traced
    argument = np.asarray(slots[machine.slot(typed.args[0])])
    growing = named(typed) in GROWING
    if side < 0 and growing and np.max(argument) > FAR / 3:
        return False  # it is the entry that overflows that counts
    return growing or not any(np.max(slots[machine.slot(n.args[0])]) > FAR / 3 for n in others if named(n) in GROWING)


def nan_in(problem, wrt: str, point: dict, traced: tuple) -> list | None:
    """What the frameworks return there, if NaN is among it."""
    try:
        found = [gradient(problem, wrt, point, framework, traced) for framework in FRAMEWORKS]
    except (Unknown, ChainruleError, *INADMISSIBLE):
        return None
    said = ["NaN" if np.any(np.isnan(g)) else "±inf" if np.any(np.isinf(g)) else "finite" for g in found]
    return said if "NaN" in said else None


def known(evaluate, point: dict) -> bool:
    """Whether the derivative, in the form that is shown, is a number there."""
    try:
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(evaluate(point))))
    except (ChainruleError, *INADMISSIBLE):
        return False


def told(name: str, node: Node, side: int, scope: str, speaker) -> str:
    """`Ax > 709 in an entry`, `z < −745`."""
    if name == "softmax":
        return f"the entries of {speaker.text(node)} more than 745 apart"
    end = ENDS[name][0 if side > 0 else 1]
    compared = " ".join(speaker.sides(minus(node, number(end)), ">" if side > 0 else "<"))
    if not node.dims:
        return compared
    return f"{compared} in {'an' if scope == EVERY else 'every'} entry"
