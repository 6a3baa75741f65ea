"""The Hessian in several variables applied to a direction in each of them: Σ_y ∂²f/∂x∂y[v_y] for every variable x.

The directions belong together, as one direction in the space of all variables, and the result has a part for each
variable: the derivative of all gradients along them, from one forward sweep.

Reference: Pearlmutter, Neural Computation 6(1), 1994.
"""

from __future__ import annotations

from ...calculus import jacobian, push_all_forward
from ...core.algebra import is_zero
from ...core.errors import DeclarationError
from ...core.node import Node
from ...numeric import verify
from ..answer import Answer, Piece
from ..derive import derive, is_several
from ..differentiate import tidied
from ..seal import piecewise
from ..symbols import LATEX
from .asked import direction, several_asked
from .curve import along_curve, refuse_unless_verified, variables_of, worst_of
from .products import hvp as hvp_in_one
from .products import program_of, scalar_only
from .start import Start, started


def hvp(function, wrt, v=None, **options) -> Answer:
    """∇²f v, in one variable or in several."""
    several = is_several(wrt) and hasattr(wrt, "__iter__")  # what is no name at all, `asked` refuses
    return (hvp_in_several if several else hvp_in_one)(function, wrt, v, **options)


def hvp_in_several(function, wrt, v=None, declare=None, layout="column", dialect=None, seal=True) -> Answer:
    """∇²f v in several variables; `v` names the directions in their order, which are v_W, v_b … by default.

    `compile()` gives a dict of the parts by variable.
    """
    problem, names = several_asked(function, wrt, declare, layout, dialect)
    scalar_only(problem, "hvp", f"hessian({problem.text.strip()!r}, …) gives all second derivatives")
    called = v.replace(",", " ").split() if isinstance(v, str) else list(v or [f"v_{name}" for name in names])
    if len(called) != len(names):
        raise DeclarationError(
            "there is a direction for each variable",
            given=f"v: {', '.join(called)} for the variables {', '.join(names)}",
            expected=f"{len(names)} names",
            fix=f'v="{", ".join([f"v_{name}" for name in names])}", or leave it out',
        )
    tangents = {
        name: direction(problem, word, problem.every[name].dims, "tangent", f"hvp in {name}")
        for name, word in zip(names, called, strict=True)
    }
    start = started(problem, names)
    gradients = [tidied(g) for g in jacobian(start.node, [start.free[n] for n in names])]
    pushed = push_all_forward(gradients, {start.free[n]: tangents[n] for n in names})
    pieces = [Piece(n, _part_name(n), tidied(start.bound(p)), 0, n) for n, p in zip(names, pushed)]
    found = Answer("hvp", problem, layout, pieces, list(tangents.values()), start.names(), names)
    found.notes += [f"zero in {p.key}: no term with it is more than affine" for p in pieces if is_zero(p.node)]
    found.derivations = lambda: [derive(problem, name, order=2, seal=False) for name in names]
    if seal:
        found.seal = _sealed(found, problem, start, gradients, tangents)
        refuse_unless_verified(found, f"hvp in {', '.join(names)}")
    return found


def _part_name(name: str):
    """(∇²f v)_W"""

    def part(script):
        space = " " if script is LATEX else ""
        return script.indexed(f"({script.nabla}{script.power(2)}{space}f v)", script.name_of(name))

    return part


def _sealed(found: Answer, problem, start: Start, gradients: list[Node], tangents: dict[str, Node]):
    """Each gradient against the numeric one of the function, each part against the derivative of its gradient along v."""
    variables, kinks = variables_of(found), piecewise(start.node)
    checks = []
    for name, gradient in zip(found.wrt, gradients):
        margin = (lambda values, name=name: problem.margin(values, name)) if kinks else None
        slope = program_of(gradient, found.parameters)
        checks.append(verify(problem.evaluate, margin, slope, variables, name))
        step = lambda values: {n: values[t.name] for n, t in tangents.items()}
        checks.append(along_curve(slope, found.renderings[name].evaluate, margin, variables, found.wrt, step))
        if not checks[-1].ok:
            break
    return worst_of(checks)
