"""A spelling that is safe where the one that was written is not, checked before it is offered.

Three kinds, the first that passes its check:

    simpler     the function as the engine simplified it: ‖x‖² as xᵀx, log(1 + e^z) as softplus(z), log softmax, logsumexp
    guarded     the operation on an argument that never leaves its domain, and chosen only inside: the double `where`
    shifted     √(u + ε) and its kin, which are smooth but have another value: said so

Each is a text that is read like any input. It must have the value of the original at random points, up to what a
shift changes, and JAX's and PyTorch's arithmetic must give finite numbers at the bad point (`autodiff`), those of the
derivative where it exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...core.algebra import broadcast, number, substitute
from ...core.errors import ChainruleError
from ...core.walk import order as walk
from ...matrix import render
from ...numeric.kinks import INADMISSIBLE
from ...ops.frameworks import FRAMEWORKS
from ...ops.declare import lookup
from ...ops.reading import is_op, one_plus, split
from ...syntax import Meaning, read
from ...syntax.typed import Typed, add, const, mapped, order, rational, spread
from . import nearby
from .autodiff import Unknown, gradient

HALF = Fraction(1, 2)
SHIFT, SHIFT_TEXT = 1e-8, "1e-8"
AGREE = 1e-9  # relative: both are the same function, computed by other steps
NEARLY = 1e-6  # a shift changes the value by less, away from where it is needed
POINTS = 3
NEAR, NEAR_ENOUGH = 1e-6, 1e-2  # √u has changed by 1e-3 at a distance of 1e-6


class Rewrite(NamedTuple):
    """A safe spelling: `before` and `after` are texts, `text` is what a reader sees, `code` the same by library.

    `changes` says in which way its value differs, None where it does not.
    """

    kind: str
    before: str
    after: str
    text: str
    code: dict[str, str]
    changes: str | None = None

    def to_dict(self) -> dict:
        return self._asdict()


class Remedies:
    """The safe spellings of one derivation: what they have in common is made once."""

    def __init__(self, d):
        self.d = d

    @np.errstate(all="ignore")
    def at(self, twins: tuple[Typed, ...], node, point: dict | None) -> Rewrite | None:
        """What to write instead of the function, or of an operation in it, to be safe at `point`.

        `twins` are the places where the function has that operation, all on the argument `node`.
        """
        if point is None:
            return None
        for rewrite, problem in self.simpler:
            if finite_at(problem, self.d, point) and matches_slopes(problem, self.d, point):
                return rewrite
        if node is not None and twins and rooted(twins[0]):
            return guarded(self.d, twins, node, point) or shifted(self.d, twins, node, point)
        return None

    @cached_property
    @np.errstate(all="ignore")
    def simpler(self) -> list[tuple[Rewrite, object]]:
        """The simplified function, and that with its logarithms traded, each with what its text was read as."""
        found = [simplified_text(self.d, f) for f in dict.fromkeys([self.d.function, traded(self.d.function)])]
        return [pair for pair in found if pair is not None]


def rooted(typed: Typed) -> bool:
    """Whether the operation is one that is guarded: a square root or a logarithm."""
    if typed.kind == "pow":
        return rational(typed.args[1]) in (HALF, 0.5)
    return typed.kind == "map" and typed.info.name in ("log", "log2", "log10")


# ------------------------------------------------------------------ the function as the engine has it


def simplified_text(d, function) -> tuple[Rewrite, object] | None:
    """A form of the function as a rewrite, if its text reads as the same function."""
    parameters = d.parameters
    wrt = next(v for v in parameters if v.name == d.wrt)
    shown = render(function, function.ndim, wrt, d.names, parameters)
    after = unrooted(shown.ascii())
    problem = understood(after, d.problem)
    if problem is None or d.wrt not in problem.variables or not agrees(d.problem, problem):
        return None
    *definitions, result = after.split("\n")
    text = result + (f" with {', '.join(definitions)}" if definitions else "")
    return Rewrite("simpler", d.problem.echo, after, text, spelled(function, shown)), problem


def spelled(function, shown) -> dict[str, str]:
    """The function in code; where that takes functions that NumPy lacks, how each library calls these."""
    special = {}
    for node in walk(function):
        op = node.attr if node.op == "map" else node.attr[0] if node.op == "struct" else None
        if op is not None and op.safe != op.numpy:
            special[op.name] = op
    if not special:
        numpy = shown.numpy()
        return {"numpy": numpy, "jax": numpy.replace("np.", "jnp.")}
    found = {}
    for library, field in (("numpy", "safe"), ("jax", "jax"), ("torch", "torch")):
        names, letters = {"axes": "-1", "axis": "-1"}, "zab"
        lead = {name: f", {op.imports}" if field == "safe" and op.imports else "" for name, op in special.items()}
        calls = [
            f"{name}({', '.join(letters[: op.arity])}) is {getattr(op, field).format(*letters, **names)}{lead[name]}"
            for name, op in special.items()
        ]
        found[library] = "; ".join(calls)
    return found


def traded(function):
    """log σ(u) as −softplus(−u), log(1 − σ(u)) as −softplus(u), log cosh u as softplus(2u) − u − log 2."""
    replaced = {}
    for node in walk(function):
        if node.op == "map" and node.attr.name == "log":
            found = _without_log(node.args[0])
            if found is not None:
                replaced[node] = found
    return substitute(function, replaced) if replaced else function


def _without_log(node):
    """The logarithm of `node` without a logarithm."""
    softplus = lookup("softplus")
    if is_op(node, "sigmoid"):
        return -softplus(-node.args[0])
    if is_op(node, "cosh"):
        u = node.args[0]
        return softplus(2 * u) - u - broadcast(lookup("log")(number(2)), u.dims, ())
    rest = one_plus(node)
    if rest is not None:
        coef, inner = split(rest)
        if coef == -1 and is_op(inner, "sigmoid"):
            return -softplus(inner.args[0])
    return None


SQUARE_OF_NORM = re.compile(r"\|\|([^|]+)\|\|(?:_[F2])?\^2(?!\d)")


def unrooted(text: str) -> str:
    """||u||^2, as the square of a norm is printed, without the root: sum((u).^2)."""
    return SQUARE_OF_NORM.sub(lambda found: f"sum({enclosed(found[1])}.^2)", text)


def enclosed(text: str) -> str:
    return text if text.isalnum() else f"({text})"


# ------------------------------------------------------------------ an operation kept inside its domain


def guarded(d, twins: tuple[Typed, ...], node, point: dict) -> Rewrite | None:
    """The double where: where(u > 0, √(where(u > 0, u, 1)), 0). Outside of its domain the operation sees 1."""

    def kept(typed: Typed) -> Typed:
        u = typed.args[0]
        inside = mapped(lookup("greater"), [u, filled(0, u)])
        chosen = operation(typed, mapped(lookup("where"), [inside, u, filled(1, u)]))
        return mapped(lookup("where"), [inside, chosen, filled(0, u)])

    safe = Spliced(d.problem, twins, kept)
    if not agrees(d.problem, safe) or not finite_at(safe, d, point) or not continuous(safe, d, point):
        return None
    changes = None if twins[0].kind == "pow" else "0 where the logarithm has no value"
    return told(d, twins[0], node, "guarded", "where({0} > 0, {1}, 0)", "where({0} > 0, {0}, 1)", changes)


def shifted(d, twins: tuple[Typed, ...], node, point: dict) -> Rewrite | None:
    """√(u + ε), log(u + ε): finite everywhere, and another function near the end of the domain."""

    def moved(typed: Typed) -> Typed:
        u = typed.args[0]
        return operation(typed, add([(1, u), (1, filled(SHIFT, u))]))

    safe = Spliced(d.problem, twins, moved)
    if not agrees(d.problem, safe, NEARLY) or not finite_at(safe, d, point):
        return None
    return told(d, twins[0], node, "shifted", "{1}", "{0} + " + SHIFT_TEXT, f"its value is another where u is not far above {SHIFT_TEXT}")


def operation(typed: Typed, u: Typed) -> Typed:
    """The operation at a typed node, on another argument."""
    return Typed(typed.kind, [u, *typed.args[1:]], typed.info, typed.axes)


def filled(value, like: Typed) -> Typed:
    return spread(const(value), (), like.axes) if like.axes else const(value)


def told(d, typed: Typed, node, kind: str, whole: str, inner: str, changes: str | None = None) -> Rewrite | None:
    """The rewrite as texts, if they read as what was checked."""
    name = "sqrt" if typed.kind == "pow" else typed.info.name
    wrt = next(v for v in d.parameters if v.name == d.wrt)
    shown = render(node, node.ndim, wrt, d.names, d.parameters)
    *lines, last = unrooted(shown.ascii()).split("\n")
    bare = node.op == "symbol"
    u = node.name if bare else next(n for n in ("u", "u1", "u2", "u3") if n not in d.problem.every and n not in shown.where_ascii())
    safe = whole.format(u, f"{name}({inner.format(u)})")
    before = "\n".join([*lines, f"{name}({last})"])
    after = "\n".join([*lines, *([] if bare else [f"{u} = {last}"]), safe])
    first, second = understood(before, d.problem), understood(after, d.problem)
    if first is None or second is None or not agrees(first, second, NEARLY if changes else AGREE):
        return None
    *definitions, result = shown.numpy().split("\n")
    definitions += [] if bare else [f"{u} = {result}"]
    code = {}
    for library, module in (("numpy", "np"), ("jax", "jnp"), ("torch", "torch")):
        call = safe.replace("where(", f"{module}.where(").replace(f"{name}(", f"{module}.{name}(")
        lead = [line.replace("np.", f"{module}.") for line in definitions] if library != "torch" else []
        code[library] = "\n".join([*lead, call])
    parts = [] if bare else [f"{u} = {shown.text()}"]
    parts += [f"{n} = {t}" for n, t in shown.where_text().items()]
    text = f"{name}({u}) as {safe}" + (f" with {', '.join(parts)}" if parts else "")
    return Rewrite(kind, before, after, text, code, changes)


class Spliced(Meaning):
    """A problem with some typed nodes made anew: `change` takes such a node, its arguments already changed."""

    def __init__(self, problem, old: tuple[Typed, ...], change: Callable[[Typed], Typed]):
        chosen, made = {id(node) for node in old}, {}
        for node in order([*[typed for _, typed in problem.typed_lets], problem.typed]):
            args = [made[id(a)] for a in node.args]
            same = all(a is b for a, b in zip(args, node.args))
            found = node if same else Typed(node.kind, args, node.info, node.axes, node.written)
            made[id(node)] = change(found) if id(node) in chosen else found
        self.typed = made[id(problem.typed)]
        self.typed_lets = [(name, made[id(typed)]) for name, typed in problem.typed_lets]
        self.variables, self.unused = problem.variables, problem.unused


# ------------------------------------------------------------------ checks


def understood(text: str, problem):
    """The problem that `text` states, with the variables of `problem`; None where it cannot be read."""
    declare = {v.name: (" ".join([*(map(str, v.dims) if v.dims else ["scalar"]), *sorted(v.facts)])) for v in problem.every.values()}
    try:
        return read(text, declare, "math")
    except ChainruleError:
        return None


def agrees(first, second, tolerance: float = AGREE) -> bool:
    """Whether two problems have the same value at random points at which the first has one."""
    compared = 0
    with np.errstate(all="ignore"):
        for values in nearby.starts(first.evaluate, first.margin, list(first.every.values()), POINTS):
            a = np.asarray(first.evaluate(values))
            try:
                b = np.asarray(second.evaluate({n: values[n] for n in second.every if n in values}))
            except (*INADMISSIBLE, ChainruleError):
                return False
            if a.shape != b.shape or not np.allclose(a, b, rtol=tolerance, atol=tolerance):
                return False
            compared += 1
    return compared > 0


def finite_at(problem, d, point: dict) -> bool:
    """Whether value and gradient are finite at the point in the arithmetic of both frameworks."""
    try:
        found = [gradient(problem, d.wrt, point, framework) for framework in FRAMEWORKS]
        value = problem.evaluate({n: point[n] for n in problem.every})
    except (Unknown, ChainruleError, *INADMISSIBLE):
        return False
    return bool(np.all(np.isfinite(value))) and all(np.all(np.isfinite(g)) for g in found)


def continuous(problem, d, point: dict) -> bool:
    """Whether the value at the point is the limit of the function, from a side on which it has one."""
    with np.errstate(all="ignore"):
        value = np.asarray(problem.evaluate({n: point[n] for n in problem.every}))
        for direction in nearby.directions(np.shape(point[d.wrt])):
            for side in (1, -1):
                near = np.asarray(d.problem.evaluate({**point, d.wrt: point[d.wrt] + side * NEAR * direction}))
                if np.all(np.isfinite(near)):
                    return bool(np.allclose(near, value, rtol=NEAR_ENOUGH, atol=NEAR_ENOUGH))
    return False


def matches_slopes(problem, d, point: dict) -> bool:
    """Whether the gradient at the point is that of the function: as it is shown, else as difference quotients have it."""
    found = [gradient(problem, d.wrt, point, framework) for framework in FRAMEWORKS]  # of the sum of all entries
    what, slopes = nearby.behaviour(d.problem.machine.along(point, d.wrt), point[d.wrt])
    if what != nearby.SMOOTH:
        wanted = shown(d, point)
        return d.order == 1 and all(np.allclose(g, wanted, rtol=1e-6, atol=1e-9) for g in found)
    for g in found:
        for direction, slope in zip(nearby.directions(np.shape(point[d.wrt])), slopes):
            if not np.isclose(np.sum(g * direction), np.sum(slope), rtol=1e-4, atol=1e-4):
                return False
    return True


def shown(d, point: dict):
    """The gradient of the sum of all entries at the point, from the form that is shown."""
    with np.errstate(all="ignore"):
        return np.sum(np.asarray(d.rendering.evaluate(point)), axis=tuple(range(d.function.ndim)))
