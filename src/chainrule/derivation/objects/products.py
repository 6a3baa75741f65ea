"""Derivatives applied to a direction, never formed: J v, uᵀJ, ∇²f v, the directional derivative, steepest ascent.

Each is linear in its direction, which is a symbol. Where the Jacobian of a network would have millions of entries,
these have as many as the function or the variable.

References: Griewank & Walther, Evaluating Derivatives (2nd ed.), chapter 3; Pearlmutter, Neural Computation 6(1), 1994,
for ∇²f v.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ...calculus import pull_back, push_forward
from ...compiling import compile_nodes
from ...core.algebra import is_zero, multiply, ones, power, scale, total
from ...core.dims import size_text
from ...core.errors import ShapeError
from ...core.node import Node
from ...core.walk import order
from ...matrix import cost
from ...numeric import verify
from ...ops.declare import lookup
from ..answer import Answer, Piece
from ..derive import derive
from ..differentiate import tidied
from ..symbols import LATEX
from .asked import asked, direction
from .curve import along_curve, margin_of, paired, refuse_unless_verified, variables_of, worst_of
from .start import Start, started

REPEATED = (
    0.3  # of its length, by which a form that names the direction once more may be longer to be as good: tr(G dX)
)


def jvp(function, wrt, v=None, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """J v: the derivative of `function` in `wrt`, applied to a direction of the shape of `wrt`."""
    problem, variable = asked(function, wrt, declare, layout, dialect)
    tangent = direction(problem, v, variable.dims, "tangent", f"jvp in {variable.name}")
    start = started(problem, [variable.name])
    return _pushed("jvp", problem, variable, tangent, start, layout, seal, _jvp_name(start, variable, tangent, layout))


def directional(function, wrt, v=None, unit=False, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """The derivative of `function` along `v`, as it is; with `unit`, along v/‖v‖."""
    problem, variable = asked(function, wrt, declare, layout, dialect)
    tangent = direction(problem, v, variable.dims, "tangent", f"the derivative along a direction in {variable.name}")
    start = started(problem, [variable.name])
    name = lambda script: script.indexed("D", script.name_of(tangent.name)) + " f"
    note = f"along {tangent.name}/‖{tangent.name}‖" if unit else f"along {tangent.name} as it is: not normalised"
    return _pushed("directional", problem, variable, tangent, start, layout, seal, name, unit, note)


def _pushed(kind, problem, variable, tangent, start: Start, layout, seal, name, unit=False, note=None) -> Answer:
    """An answer that is linear in a tangent."""
    name_of = variable.name
    node = linear_in(start, name_of, unit_of(tangent) if unit else tangent)
    piece = Piece(kind, name, node, node.ndim)
    found = Answer(kind, problem, layout, [piece], [tangent], start.names(), [name_of])
    found.unit = unit
    found.notes += [note] if note else []
    found.notes += why_nothing(node, name_of)
    found.derivations = lambda: [derive(problem, name_of, seal=False)]
    if seal:
        found.seal = along_curve(
            problem.evaluate,
            found.rendering.evaluate,
            margin_of(found, start.node),
            variables_of(found),
            name_of,
            (lambda values: _unit(values[tangent.name])) if unit else (lambda values: values[tangent.name]),
        )
        refuse_unless_verified(found, f"{kind} in {name_of} along {tangent.name}")
    return found


def linear_in(start: Start, name: str, tangent: Node) -> Node:
    """The derivative along a tangent, by forward mode; of a scalar as ∇fᵀv, if that is shorter."""
    free = start.free[name]
    node = tidied(start.bound(push_forward(start.node, free, tangent)))
    if start.node.dims:
        return node
    (gradient,) = pull_back(start.node, [free], ones(()))
    found = (node, total(multiply(tidied(start.bound(gradient)), tangent)))
    return min(found, key=lambda n: cost(n) * (1 + REPEATED * (_uses(n, tangent) - 1)))


def _uses(node: Node, tangent: Node) -> int:
    """In how many places the tangent stands in what is printed; at least 1."""
    return max(1, sum(a is tangent for n in order(node) for a in n.args))


def vjp(function, wrt, u=None, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """uᵀJ: a cotangent of the shape of the function pulled back to the variable, in the shape of the variable."""
    problem, variable = asked(function, wrt, declare, layout, dialect)
    start = started(problem, [variable.name])
    cotangent = direction(problem, u, start.node.dims, "cotangent", f"vjp in {variable.name}")
    (pulled,) = pull_back(start.node, [start.free[variable.name]], cotangent)
    node = tidied(start.bound(pulled))
    piece = Piece("vjp", _vjp_name(start, variable, cotangent, layout), node, 0, variable.name)
    found = Answer("vjp", problem, layout, [piece], [cotangent], start.names(), [variable.name])
    found.notes += why_nothing(node, variable.name)
    found.derivations = lambda: [derive(problem, variable.name, seal=False)]
    if seal:
        found.seal = verify(
            paired(problem.evaluate, cotangent.name),
            margin_of(found, start.node),
            found.rendering.evaluate,
            variables_of(found),
            variable.name,
        )
        refuse_unless_verified(found, f"vjp in {variable.name} with {cotangent.name}")
    return found


def hvp(function, wrt, v=None, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """∇²f v: the derivative of the gradient along `v`. The Hessian is never formed."""
    problem, variable = asked(function, wrt, declare, layout, dialect)
    scalar_only(problem, "hvp", f"hessian({problem.text.strip()!r}, {variable.name!r}) gives all second derivatives")
    tangent = direction(problem, v, variable.dims, "tangent", f"hvp in {variable.name}")
    start = started(problem, [variable.name])
    free = start.free[variable.name]
    (pulled,) = pull_back(start.node, [free], ones(()))
    gradient = tidied(pulled)
    node = tidied(start.bound(push_forward(gradient, free, tangent)))
    piece = Piece("hvp", _hvp_name(variable, tangent, layout), node, 0, variable.name)
    found = Answer("hvp", problem, layout, [piece], [tangent], start.names(), [variable.name])
    found.notes += why_nothing(node, variable.name, f"the function is affine in {variable.name}")
    found.derivations = lambda: [derive(problem, variable.name, order=2, seal=False)]
    if seal:
        margin, variables = margin_of(found, start.node), variables_of(found)
        slope = program_of(gradient, found.parameters)
        first = verify(problem.evaluate, margin, slope, variables, variable.name)
        second = along_curve(
            problem.evaluate, found.rendering.evaluate, margin, variables, variable.name,
            lambda values: values[tangent.name], 2, slope,
        )  # fmt: skip
        found.seal = worst_of([first, second])
        refuse_unless_verified(found, f"hvp in {variable.name} along {tangent.name}")
    return found


def steepest(function, wrt, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """The directions of steepest ascent and descent, of length one, and the rate of ascent ‖∇f‖.

    Length is Euclidean: for a matrix, the Frobenius norm.
    """
    problem, variable = asked(function, wrt, declare, layout, dialect)
    scalar_only(problem, "steepest", "a direction of steepest ascent belongs to a function whose value is one number")
    start = started(problem, [variable.name])
    (pulled,) = pull_back(start.node, [start.free[variable.name]], ones(()))
    gradient = tidied(start.bound(pulled))
    if is_zero(gradient):
        raise ShapeError(
            "a constant function rises in no direction",
            given=f"{problem.echo}, whose gradient in {variable.name} is zero",
            expected=f"a function that depends on {variable.name}",
        )
    rate = norm_of(gradient)
    taken = {*problem.every, *start.lets}
    letter = next(n for n in (*("gdh" if len(variable.dims) < 2 else "GDH"), "g1") if n not in taken)
    nabla = _gradient_name(variable)
    length = lambda script: script.norm(nabla(script)) if variable.dims else f"|{nabla(script)}|"
    lies = layout == "row" and variable.dims  # the gradient is a row then, a direction has the shape of the variable
    ratio = lambda script: script.quotient(nabla(script) + (_raised(script, "ᵀ") if lies else ""), length(script))
    descent = lambda script: ("-" if script is LATEX else "−") + ratio(script)
    pieces = [
        Piece("ascent", ratio, multiply(gradient, power(rate, -1)), 0, None, "ascent"),
        Piece("descent", descent, scale(-1, multiply(gradient, power(rate, -1))), 0, None, "descent", "ascent"),
        Piece("rate", length, rate, 0, None, "rate of ascent"),
    ]
    names = start.names() | ({gradient: letter} if gradient.args else {})
    found = Answer("steepest", problem, layout, pieces, (), names, [variable.name])
    found.derivations = lambda: [derive(problem, variable.name, seal=False)]
    lengths = {0: "", 1: "; lengths are Euclidean"}.get(len(variable.dims), "; lengths are Frobenius norms")
    found.notes.append(f"where {'∇f' if variable.dims else 'f′'} ≠ 0{lengths}")
    if seal:
        shown = found.renderings

        def claim(values):
            up, down, steep = (shown[key].evaluate(values) for key in ("ascent", "descent", "rate"))
            length = np.sqrt(np.sum(np.square(up)))  # one: what is not, shows in the product
            return (up - down) / 2 * steep * length

        found.seal = verify(problem.evaluate, margin_of(found, start.node), claim, variables_of(found), variable.name)
        refuse_unless_verified(found, f"steepest ascent in {variable.name}")
    return found


def scalar_only(problem, what: str, fix: str) -> None:
    """Refuses a function whose value is not one number, in words about `what`."""
    if problem.dims:
        raise ShapeError(
            f"{what} is of a function whose value is one number",
            given=f"{problem.echo}, of shape {size_text(problem.dims)}",
            expected="a scalar function",
            fix=fix,
        )


def norm_of(x: Node) -> Node:
    """‖x‖, Euclidean or Frobenius; |x| of a number."""
    return power(total(power(x, 2)), Fraction(1, 2)) if x.dims else lookup("abs")(x)


def unit_of(x: Node) -> Node:
    """x/‖x‖."""
    return multiply(x, power(norm_of(x), -1))


def program_of(node: Node, parameters: list[Node]):
    """A node as a callable on a dict of values."""
    compiled = compile_nodes(node, parameters=parameters, name="derivative")
    return lambda values: compiled(**{p.name: values[p.name] for p in parameters})


def _unit(v):
    return v / np.sqrt(np.sum(v * v))


def why_nothing(node: Node, name: str, why: str | None = None) -> list[str]:
    """A note for an answer that is zero everywhere."""
    return [f"zero because {why or f'the function does not depend on {name}'}"] if is_zero(node) else []


# ------------------------------------------------------------------ names


def _jvp_name(start: Start, variable, tangent: Node, layout: str):
    """J v; for a scalar function ∇fᵀv, or ∇f v where the gradient is a row; Df[V] where neither is a matrix product."""

    def name(script):
        v = script.name_of(tangent.name)
        out, into = start.node.ndim, len(variable.dims)
        if (out, into) == (0, 1):
            return f"{_nabla(script)}{_raised(script, 'ᵀ') if layout == 'column' else ' '}{v}"
        if (out, into) == (1, 1):
            return f"J{v}"
        return f"Df[{v}]" if into or out else f"f′{v}" if script is not LATEX else f"f'{v}"

    return name


def _vjp_name(start: Start, variable, cotangent: Node, layout: str):
    """Jᵀu, or the row uᵀJ; ∂⟨U, f⟩/∂X where J is no matrix."""

    def name(script):
        u, x = script.name_of(cotangent.name), script.name_of(variable.name)
        if (start.node.ndim, len(variable.dims)) == (1, 1):
            turned = _raised(script, "ᵀ")
            return f"J{turned}{u}" if layout == "column" else f"{u}{turned}J"
        if not start.node.ndim:
            return u + _gradient_name(variable)(script)
        paired = rf"\langle {u}, f\rangle" if script is LATEX else f"⟨{u}, f⟩"
        return script.quotient(script.partial + paired, script.partial + x)

    return name


def _hvp_name(variable, tangent: Node, layout: str):
    def name(script):
        v, hessian = (
            script.name_of(tangent.name),
            f"{script.nabla}{script.power(2)}f".replace("nabla^{2}f", "nabla^{2} f"),
        )
        if not variable.dims:
            return f"f″{v}" if script is not LATEX else f"f''{v}"
        if len(variable.dims) > 1:
            return f"{hessian}[{v}]"
        return f"{hessian} {v}" if layout == "column" else f"{v}{_raised(script, 'ᵀ')}{hessian}"

    return name


def _gradient_name(variable):
    return lambda script: _nabla(script) if variable.dims else "f'" if script is LATEX else "f′"


def _nabla(script) -> str:
    return script.nabla + (" f" if script is LATEX else "f")


def _raised(script, sign: str) -> str:
    return r"^{\top}" if script is LATEX else sign
