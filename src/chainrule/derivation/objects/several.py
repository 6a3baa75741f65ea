"""Taylor polynomials in several variables at once: f(x, y) = 1 + x + y + x²/2 + xy + y²/2 + O(‖(x, y)‖³).

For each multi-index α the term is the derivative along the increments of the variables, α₁ times along the first and
so on, by α!. So the polynomial is multiplied out, and its terms stand by degree. A variable may be a number, vector or matrix.

Reference: Apostol, Mathematical Analysis (2nd ed.), theorem 12.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import factorial, prod

import numpy as np

from ...calculus import along, at_point
from ...core.algebra import is_zero, scale, substitute
from ...core.errors import ChainruleError, DeclarationError, DomainError, NoRuleError
from ...core.node import Node, symbol
from ...matrix.tree import Tree
from ...numeric import Evidence, draw
from ..answer import Piece
from ..derive import understood
from ..differentiate import tidied
from ..seal import piecewise
from ..symbols import LATEX, UNICODE
from .asked import several_asked
from .centre import Centre, breaks_beyond, centre_of, is_number
from .curve import along_curve, margin_of, refuse_unless_verified, worst_of
from .expansion import Polynomial
from .products import program_of
from .remainder import WHOLE
from .start import started
from .taylor_seal import Place, is_near_kink, judged, valued

LETTERS = {False: "hklpqr", True: "HKLPQR"}
MOST = 60  # terms; more are no formula


class SeveralTerms(Polynomial):
    """A Taylor polynomial in several variables; its pieces are the terms for the multi-indices."""

    centres: list[Centre]

    @property
    def increments(self) -> list[tuple[Node, Tree | None]]:
        return [(c.h, c.written if c.moving else None) for c in self.centres]


def taylor_in_several(function, wrt, order, at, declare, layout, dialect, seal) -> SeveralTerms:
    """The Taylor polynomial in the variables `wrt`; `at` has a point for each, or is one for all.

    Raises
        DomainError, DeclarationError: as `taylor`.
    """
    problem, names = several_asked(function, wrt, declare, layout, dialect)
    points = _points(at, names)
    problem = _of_numbers(problem, names, points, function, declare, dialect)
    centres = _centres(problem, names, points)
    start = started(problem, names)
    for c in centres:
        breaks_beyond("taylor", problem, c, start.node, order)
    indices = [a for k in range(order + 1) for a in _multi_indices(len(names), k)]
    if len(indices) > MOST:
        raise DeclarationError(
            "the polynomial has too many terms to be written",
            given=f"{len(indices)} terms of degree up to {order} in {', '.join(names)}",
            expected=f"at most {MOST}",
        )
    derivatives = _derivatives(start, centres, indices)
    points_in = {start.free[c.x.name]: c.point for c in centres}
    steps_in = {c.h: c.step for c in centres if c.moving}
    try:
        shown = {
            a: tidied(scale(Fraction(1, prod(map(factorial, a))), at_point(d, points_in)))
            for a, d in derivatives.items()
        }
        nodes = {a: substitute(n, dict(steps_in)) for a, n in shown.items()}
    except DomainError as error:
        raise DomainError(
            "taylor() refuses to expand there",
            given=f"{problem.echo}: {error.problem} at "
            + ", ".join(f"{c.x.name} = {c.point_text(UNICODE)}" for c in centres),
            expected="a point at which the function and the derivatives that are needed exist",
        ) from None
    kept = [a for a in indices if not is_zero(nodes[a])] or indices[:1]
    pieces = [Piece("term_" + "_".join(map(str, a)), "", nodes[a], nodes[a].ndim) for a in kept]
    extra = [s for c in centres for s in ([] if c.moving else [c.h]) + ([c.point] if c.named else [])]
    found = SeveralTerms("taylor", problem, layout, pieces, extra, start.names(dict(points_in)), names)
    found.order, found.centres, found.shown = order, centres, [shown[a] for a in kept]
    found.head = lambda script: "f(" + ", ".join(_argument(script, c) for c in centres) + ")"
    if _is_polynomial(start, centres, order):
        found.notes.append("no remainder as long as no kink lies between" if piecewise(start.node) else WHOLE)
    else:
        found.rest = tuple([_big_o(script, centres, order + 1) for script in (UNICODE, LATEX)])
    if seal:
        found.seal = _sealed(found, problem, start, derivatives)
        refuse_unless_verified(found, f"taylor in {', '.join(names)}, order {order}")
    return found


def _of_numbers(problem, names: list[str], points: dict, function, declare, dialect):
    """The function read again with undeclared x, y as numbers, if it may be: at numbers, or of exp(x y)."""
    undeclared = [n for n in names if len(problem.every[n].dims) < 2 and not problem.every[n].declared]
    vectors = [n for n in undeclared if problem.every[n].dims]
    entrywise = all(is_number(p) for p in points.values()) or problem.dims in [problem.every[n].dims for n in vectors]
    if not vectors or not entrywise or not isinstance(function, str):
        return problem
    scalars = {n: "scalar" for n in undeclared}
    if not isinstance(declare, Mapping):
        more = ", ".join(filter(None, [declare, *[f"{n}: scalar" for n in undeclared]]))
    else:
        more = declare | scalars
    try:
        found = understood(function, more, dialect)
    except ChainruleError:
        return problem
    found.notes[:] = dict.fromkeys([*found.notes, *[f"{n} taken as a scalar" for n in undeclared]])
    return found


def _points(at, names: list[str]) -> dict:
    """The point for each variable."""
    if isinstance(at, str) and "," in at:
        at = [part.strip() for part in at.split(",")]
    if isinstance(at, Mapping):
        return {n: at.get(n) for n in names}
    if isinstance(at, (list, tuple)):
        if len(at) != len(names):
            raise DeclarationError(
                "a point has a number for each variable",
                given=f"{len(at)} for {', '.join(names)}",
                expected=f"{len(names)}",
            )
        return dict(zip(names, at))
    return dict.fromkeys(names, at)


def _centres(problem, names: list[str], points: dict) -> list[Centre]:
    """A centre for each variable, with increments h, k … of their own."""
    taken = {*problem.every, *[n for n, _ in problem.typed_lets]}
    taken |= {x for v in problem.every.values() for d in v.dims for x in d.names}
    found = []
    for name in names:
        c = centre_of(problem, problem.every[name], points[name], "taylor")
        letters = LETTERS[len(c.x.dims) > 1]
        letter = next(n for n in (*letters, *[f"{letters[0]}{k}" for k in range(1, 100)]) if n not in taken)
        taken |= {letter, c.point.name if c.named else letter}
        h = symbol(letter, c.x.dims)
        found.append(c._replace(h=h, step=c.step if c.moving else h))
    return found


def _multi_indices(count: int, degree: int) -> list[tuple[int, ...]]:
    """All α with |α| = degree, the first variable's powers falling."""
    if count == 1:
        return [(degree,)]
    return [(k, *rest) for k in range(degree, -1, -1) for rest in _multi_indices(count - 1, degree - k)]


def _before(a: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The multi-index below α, and the place of the variable along which its derivative is taken last."""
    place = max(k for k, n in enumerate(a) if n)
    return tuple([n - (k == place) for k, n in enumerate(a)]), place


def _derivatives(start, centres: list[Centre], indices: list) -> dict[tuple, Node]:
    """The derivative along the increments for each multi-index, those of lower degree first."""
    found = {indices[0]: start.node}
    for a in indices[1:]:
        below, place = _before(a)
        c = centres[place]
        found[a] = along(found[below], start.free[c.x.name], c.h, 1, tidied)[1]
    return found


def _is_polynomial(start, centres: list[Centre], order: int) -> bool:
    """Whether all derivatives of the next degree vanish everywhere, which of a function with kinks holds on each piece."""
    indices = [a for k in range(order + 2) for a in _multi_indices(len(centres), k)]
    if len(indices) > MOST:
        return False
    try:
        found = _derivatives(start, centres, indices)
    except NoRuleError:
        return False
    return all(is_zero(d) for a, d in found.items() if sum(a) == order + 1)


def _argument(script, c: Centre) -> str:
    where = script.name_of(c.x.name)
    return where if c.moving else f"{script.name_of(c.point.name)} + {script.name_of(c.h.name)}"


def _big_o(script, centres: list[Centre], degree: int) -> str:
    steps = [c.step_text(script) for c in centres]
    inner = script.norm("(" + ", ".join([s.removeprefix("(").removesuffix(")") for s in steps]) + ")") + script.power(
        degree
    )
    return f"O({inner})" if script is UNICODE else rf"O\left({inner}\right)"


def _sealed(found: SeveralTerms, problem, start, derivatives: dict) -> Evidence:
    """Each derivative against the numeric one of that below it; then printed terms and remainder at the point."""
    everything = [*[symbol(v.name, v.dims, v.facts) for v in problem.every.values()], *[c.h for c in found.centres]]
    listed = [(p.name, p.dims, p.facts) for p in everything]
    programs = {a: program_of(d, everything) for a, d in derivatives.items()}
    first, *others = derivatives
    programs[first] = problem.evaluate
    checks = []
    for a in others:
        below, place = _before(a)
        c = found.centres[place]
        step = lambda values, h=c.h.name: values[h]
        margin = margin_of(found, start.node, c.x.name)
        order = 1 if below == first else 2
        checks.append(
            along_curve(problem.evaluate, programs[a], margin, listed, c.x.name, step, order, programs[below])
        )
        if not checks[-1].ok:
            return checks[-1]
    margins = [m for c in found.centres if (m := margin_of(found, start.node, c.x.name)) is not None]
    return _at_the_point(found, problem, programs, margins, worst_of(checks))


def _at_the_point(found: SeveralTerms, problem, programs: dict, margins: list, evidence: Evidence) -> Evidence:
    """Adds to the evidence what is seen at the point of expansion."""
    given = [(p.name, p.dims, p.facts) for p in found.parameters]
    facts = {n for n, _, facts in given if facts}
    drawn = all(c.point.op == "symbol" for c in found.centres)

    def place(index: int, attempt: int) -> Place | None:
        _, values = draw(given, index, attempt=attempt)
        shapes = {c.x.name: np.shape(values[c.x.name]) for c in found.centres}
        rng = np.random.default_rng([31, index, attempt])
        steps = {n: rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape) for n, shape in shapes.items()}

        def base_of(values: dict) -> dict:
            at = lambda c: values[c.point.name] if c.point.op == "symbol" else c.place(shapes[c.x.name])
            return {c.x.name: at(c) for c in found.centres}

        base = base_of(values)
        moved = lambda s: {**values, **{n: base[n] + s * steps[n] for n in base}}
        distance = (lambda s: min([float(np.min(m(moved(s)))) for m in margins])) if margins else None
        if drawn and is_near_kink(distance, attempt):
            return None

        def terms(nudged):
            near = {n: x if n in facts else nudged(x) for n, x in values.items()}
            at, along_steps = base_of(near), {n: nudged(v) for n, v in steps.items()}
            at_base = {**near, **at, **{c.h.name: along_steps[c.x.name] for c in found.centres}}
            for a, program in programs.items():
                rendering = found.renderings.get("term_" + "_".join(map(str, a)))
                shown = 0.0 if rendering is None else rendering.evaluate(_put(found, at, along_steps, near, 1.0))
                yield f"orders {a}", shown, valued(program, at_base, prod(map(factorial, a)))

        claim = lambda s: found.evaluate(_put(found, base, steps, values, s))
        return Place(lambda s: problem.evaluate(moved(s)), claim, distance, terms)

    return judged(evidence, place, found.order + 1)


def _put(found: SeveralTerms, base: dict, steps: dict, values: dict, s: float) -> dict:
    """The values at which the polynomial is evaluated, a part `s` of the way along the steps."""
    moved = {c.x.name: base[c.x.name] + s * steps[c.x.name] if c.moving else base[c.x.name] for c in found.centres}
    return {**values, **moved, **{c.h.name: s * steps[c.x.name] for c in found.centres}}
