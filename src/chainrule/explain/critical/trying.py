"""A symbolic solution tried with numbers: put into the sealed gradient at random data, and the Hessian there looked at.

Where the conditions of the solution do not hold (a matrix to be inverted is singular, a logarithm of a negative number),
other data are drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...calculus import jacobian
from ...compiling import compile_nodes
from ...core.facts import FACTS
from ...core.node import Node
from ...core.walk import order, symbols
from ...derivation.seal import piecewise
from ...numeric.points import draw
from ...training.variables import BOUNDS
from .solving import Branch, Gradient

POINTS, ATTEMPTS = 3, 40
TOLERANCE = 1e-8  # of ∇f, beside its size a unit step away
BREAK = 1e-12  # distance to a break, from which on the derivative there exists
SINGULAR = 1e9  # condition numbers of what is inverted, from which data are drawn anew
FLAT = 1e-7  # of the largest eigenvalue: what counts as zero


class Tried(NamedTuple):
    """How a solution did: the worst relative error of ∇f, the sizes tried, and the kinds that its points had."""

    error: float
    sizes: list[dict[str, int]]
    kinds: list[str]

    @property
    def ok(self) -> bool:
        return self.error <= TOLERANCE and len(self.sizes) >= POINTS

    def __str__(self) -> str:
        names = list(self.sizes[0]) if self.sizes else []
        several = len(names) > 1
        sizes = ", ".join(dict.fromkeys([("({})" if several else "{}").format(", ".join([str(s[n]) for n in names])) for s in self.sizes]))
        where = f", sizes {('({})' if several else '{}').format(', '.join(names))} = {sizes}" if names else ""
        return f"∇f = 0 at {len(self.sizes)} random points{where}, relative error {self.error:.1g}".replace("-", "−")


def tried(problem, of: Gradient, branch: Branch, given: dict | None = None) -> Tried:
    """The solution at random data; with `given`, where these are the data."""
    variables = [v[:3] for v in problem.every.values()]
    run = Runner(of, branch)
    worst, sizes, kinds = 0.0, [], []
    for attempt in range(ATTEMPTS):
        found_sizes, values = draw(variables, attempt % 3, 0, attempt // 3)
        if not _differentiable(problem, of, run, {**values, **(given or {})}, found_sizes):
            continue
        found = run.at({**values, **(given or {})}, found_sizes, np.random.default_rng(attempt))
        if found is None:
            continue
        error, kind = found
        worst = max(worst, error)
        kinds.append(kind)
        sizes.append(found_sizes)
        if len(sizes) == POINTS or worst > TOLERANCE:
            break
    return Tried(worst if sizes else float("inf"), sizes, kinds)


def _differentiable(problem, of: Gradient, run: Runner, values: dict, sizes: dict) -> bool:
    """Whether f has a derivative at the solution: away from all places where that of an operation breaks."""
    if not piecewise(of.function):
        return True
    values = run.solution(values, sizes)
    return values is not None and min([problem.margin(values, x.name) for x in of.unknown]) > BREAK


class Runner:
    """The solution, ∇f and ∇²f as programs."""

    def __init__(self, of: Gradient, branch: Branch):
        self.of, self.branch = of, branch
        self.values = [(x, _program({"value": v, **_inverted(v)})) for x, v in branch.values]
        self.gradient = _program({f"g{k}": e for k, e in enumerate(of.equations)})
        blocks = {f"h{j}_{k}": node for j, e in enumerate(of.equations) for k, node in enumerate(jacobian(e, of.unknown))}
        self.hessian = _program(blocks)

    def solution(self, values: dict, sizes: dict) -> dict | None:
        """The values with the solution in them; None where its conditions do not hold."""
        values = dict(values)
        with np.errstate(all="ignore"):
            for x, program in self.values:
                try:
                    found = program(values, sizes)
                except np.linalg.LinAlgError:
                    return None
                value = np.asarray(found.pop("value"), dtype=float)
                if not np.isfinite(value).all() or any([not _regular(a) for a in found.values()]) or not allowed(x, value):
                    return None
                values[x.name] = value
        return values

    def at(self, values: dict, sizes: dict, rng) -> tuple[float, str] | None:
        """(relative error of ∇f, kind) at the solution; None where it does not exist."""
        values = self.solution(values, sizes)
        if values is None:
            return None
        shapes = {x.name: np.shape(values[x.name]) for x in self.of.unknown}
        there = self._together(values, sizes)
        beside = 0.0
        for _ in range(3):
            moved = {n: values[n] + 0.3 * (1 + np.abs(values[n])) * _step(rng, shapes[n], self._is_symmetric(n)) for n in shapes}
            size = self._together({**values, **moved}, sizes)
            beside = max(beside, float(np.max(np.abs(size)))) if np.isfinite(size).all() else beside
        if not np.isfinite(there).all() or not beside:
            return None
        return float(np.max(np.abs(there))) / beside, kind_of(self.curvature(values, sizes))

    def _is_symmetric(self, name: str) -> bool:
        x = next(x for x in self.of.unknown if x.name == name)
        return any([FACTS[fact].symmetric for fact in x.facts])

    def _together(self, values: dict, sizes: dict) -> np.ndarray:
        with np.errstate(all="ignore"):
            try:
                found = self.gradient(values, sizes)
            except np.linalg.LinAlgError:
                return np.array([np.nan])
        return np.concatenate([np.ravel(np.asarray(found[f"g{k}"], dtype=float)) for k in range(len(self.of.equations))])

    def curvature(self, values: dict, sizes: dict) -> np.ndarray:
        """The eigenvalues of ∇²f, over symmetric changes of what is symmetric."""
        with np.errstate(all="ignore"):
            found = self.hessian(values, sizes)
        lengths = [int(np.size(values[x.name])) for x in self.of.unknown]
        rows = []
        for j in range(len(lengths)):
            rows.append([np.asarray(found[f"h{j}_{k}"], dtype=float).reshape(lengths[j], lengths[k]) for k in range(len(lengths))])
        whole = np.block(rows)
        if not np.isfinite(whole).all():
            return np.array([np.nan])
        bases = [_basis(np.shape(values[x.name]), self._is_symmetric(x.name)) for x in self.of.unknown]
        basis = np.zeros((sum(lengths), sum(b.shape[1] for b in bases)))
        row = column = 0
        for b in bases:
            basis[row : row + b.shape[0], column : column + b.shape[1]] = b
            row, column = row + b.shape[0], column + b.shape[1]
        whole = basis.T @ whole @ basis
        return np.linalg.eigvalsh((whole + whole.T) / 2)


def kind_of(eigenvalues: np.ndarray) -> str:
    """What the eigenvalues of the Hessian say of a critical point."""
    if not np.isfinite(eigenvalues).all():
        return "degenerate"
    largest = float(np.max(np.abs(eigenvalues), initial=0.0))
    positive, negative = eigenvalues > FLAT * largest, eigenvalues < -FLAT * largest
    if positive.any() and negative.any():
        return "saddle"
    if largest == 0 or not (positive | negative).all():
        return "degenerate"
    return "minimum" if positive.all() else "maximum"


def allowed(x: Node, value: np.ndarray) -> bool:
    """Whether `value` keeps to what is declared of `x`."""
    for fact in x.facts:
        if fact in BOUNDS:
            low, high = BOUNDS[fact]
            if not ((value >= low) & (value <= high)).all() or (fact != "nonneg" and ((value == low) | (value == high)).any()):
                return False
        elif fact in ("posdef", "psd"):
            eigenvalues = np.linalg.eigvalsh((value + value.T) / 2)
            if eigenvalues[0] < -FLAT * max(abs(eigenvalues[-1]), 1e-300) or (fact == "posdef" and not _regular(value)):
                return False
        elif fact == "invertible" and not _regular(value):
            return False
        if FACTS[fact].symmetric and not np.allclose(value, value.T, rtol=1e-8, atol=1e-12 * max(1.0, np.abs(value).max())):
            return False
    return True


def _regular(a) -> bool:
    a = np.asarray(a, dtype=float)
    return bool(np.isfinite(a).all()) and bool(np.all(np.linalg.cond(a) < SINGULAR))


def _inverted(node: Node) -> dict[str, Node]:
    """What is inverted as a matrix inside `node`."""
    found = [n.args[0] for n in order(node) if n.op == "struct" and n.attr[0].inverse is not None]
    return {f"inverted{k}": n for k, n in enumerate(dict.fromkeys(found))}


def _program(nodes: dict[str, Node]):
    needed = symbols(*nodes.values())
    compiled = compile_nodes(nodes, parameters=needed)
    used = {name for n in order(*nodes.values()) for d in n.dims for name in d.names}
    used |= {name for n in order(*nodes.values()) if n.op == "size" for name in n.attr.names}
    shown = {name for s in needed for d in s.dims for name in d.names}

    def run(values: dict, sizes: dict) -> dict:
        return compiled(**{s.name: values[s.name] for s in needed}, **{name: sizes[name] for name in used - shown})

    return run


def _step(rng, shape: tuple, is_symmetric: bool) -> np.ndarray:
    step = rng.uniform(-1, 1, shape)
    return (step + step.T) / 2 if is_symmetric else step


def _basis(shape: tuple, is_symmetric: bool) -> np.ndarray:
    length = int(np.prod(shape, dtype=int))
    if not is_symmetric:
        return np.eye(length)
    n = shape[0]
    columns = []
    for i in range(n):
        for j in range(i, n):
            e = np.zeros((n, n))
            e[i, j] = e[j, i] = 1 if i == j else np.sqrt(0.5)
            columns.append(e.ravel())
    return np.array(columns).T
