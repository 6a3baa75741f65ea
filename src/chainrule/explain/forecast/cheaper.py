"""The ways to a derivative that is too large to be formed, as far as they apply to a function, each with its figures.

A way is only told where it was found to apply: the structure was classified, the residuals were read off the graph, the
program was made and its costs were counted.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ...calculus.reverse import jacobian
from ...compiling.costs import REAL, Work
from ...compiling.structured import foretold
from ...core.errors import ChainruleError
from ...core.node import Node
from ...core.walk import order as walked
from ...derivation.derive import is_several
from ...derivation.objects import hvp, jvp, vjp

SKETCH = 50  # rank of a sketch


class Way(NamedTuple):
    """One way: what it is, the bytes that it takes, what it does, the call to use, and what else is to be said."""

    name: str
    bytes: float
    work: Work | None
    call: str
    aside: str = ""


def ways(d, sizes: dict, entries: int, allowed: float) -> list[Way]:
    """What applies to the Hessian or Jacobian `d`, of variables with so many entries; nothing of a single number."""
    found: list[Way | None] = []
    if entries * prod([x.at(sizes) for x in d.problem.dims]) <= 1:
        return []
    second = d.order == 2 and not d.problem.dims
    wrt = d.wrt if isinstance(d.wrt, str) else ", ".join(d.wrt)
    if second and isinstance(d.wrt, str):
        found.append(_structured(d, sizes))
    if second:
        product = _by_products(hvp, "∇²f v", d, sizes, f"cr.hvp(f, {wrt!r})")
        found.append(product)
        if isinstance(d.wrt, str):
            found += [_diagonal(found[0], entries), _gauss_newton(d, sizes)]
        if product is not None:
            found += [_columns(product, entries, allowed), _sketch(product, entries)]
    elif d.problem.dims and d.order == 1:
        found.append(_by_products(jvp, "J v", d, sizes, f"cr.jvp(f, {wrt!r})"))
        found.append(_by_products(vjp, "Jᵀu", d, sizes, f"cr.vjp(f, {wrt!r})"))
    found.append(_streamed(d))
    return [way for way in found if way is not None]


def _by_products(make, name: str, d, sizes: dict, call: str) -> Way | None:
    """The derivative applied to a direction, never formed."""
    if is_several(d.wrt) and make is not hvp:
        return None
    try:
        program = make(d.problem, d.wrt, seal=False).compile()
    except ChainruleError:
        return None
    costs = program.planned(sizes).costs
    return Way(name, costs.largest(sizes)[0], costs.work(sizes), call, "never formed; exact")


def _structured(d, sizes: dict) -> Way | None:
    """The Hessian as an operator that keeps its structure, where it has one."""
    try:
        found = foretold(d.compile(structured=True), sizes)
    except ChainruleError:
        return None
    if found is None:
        return None
    return Way(f"structure: {found.structure}", found.bytes, found.work, f"{_made(d)}.compile(structured=True)", "exact; with @, solve, diagonal, eigenvalues")


def _diagonal(structured: Way | None, entries: int) -> Way | None:
    if structured is None:
        return None
    return Way("the diagonal alone", REAL * entries + structured.bytes, None, f"{structured.call}(…).diagonal()", "exact")


def _gauss_newton(d, sizes: dict) -> Way | None:
    """JᵀJ of the residuals, where the function is a sum of squares of something that is not linear."""
    w = next(p for p in d.parameters if p.name == d.wrt)
    function = d.function
    free = next((n for n in walked(function) if n.op == "symbol" and n.name == w.name), None)
    bases = residuals(function, free) if free is not None else []
    if not bases:
        return None
    rows, texts, exact = 0, [], True
    for base in bases:
        rows += prod([x.at(sizes) for x in base.dims])
        texts.append(d._part_text(base))
        exact = exact and not any(n is free for n in walked(jacobian(base, [free])[0]))
    columns = prod([x.at(sizes) for x in w.dims])
    name = f"Gauss–Newton, 2JᵀJ with J of {' and '.join(texts)}" if len(bases) == 1 else "Gauss–Newton of the sums of squares"
    how = "the residuals are linear, so that this is exact" if exact else "positive semidefinite, not exact"
    bytes_of_J = REAL * rows * columns
    return Way(name, bytes_of_J, None, f"cr.jvp(r, {d.wrt!r}), cr.vjp(r, {d.wrt!r})", f"J is {rows}×{columns}; by products it is not formed; {how}")


def residuals(function: Node, w: Node) -> list[Node]:
    """The bases of all squares that a function sums, if it consists of such sums in `w` and of terms without; else none."""
    moves = lambda node: any(n is w for n in walked(node))
    waiting, found = [function], []
    while waiting:
        term = waiting.pop()
        if term.op == "sum" and not term.ndim:
            waiting += [t for _, t in reversed(term.terms) if moves(t)]
            continue
        moving = [operand for operand in term.operands if moves(operand[0])] if term.op == "product" and not term.ndim else []
        if len(moving) != 1:
            return []
        base, labels, exponent = moving[0]
        if exponent == 1 and not labels:  # a number times a sum of squares
            waiting.append(base)
        elif exponent == 2 and len(set(labels)) == len(labels):
            found.append(base)
        else:
            return []
    return [base for base in found if base is not w]


def _columns(product: Way, entries: int, allowed: float) -> Way | None:
    k = int(max(1, min(entries, (allowed / 2) // (REAL * max(entries, 1)))))
    if k == entries:
        return None
    count = -(-entries // k)
    times = lambda n: Work(*[n * x for x in product.work])
    return Way(
        f"{k} column{'s' if k > 1 else ''} at a time, {count} block{'s' if count > 1 else ''}", REAL * entries * k, times(entries),
        f"{product.call} for unit vectors", "all entries, never at once",
    )  # fmt: skip


def _sketch(product: Way, entries: int) -> Way | None:
    if entries <= 4 * SKETCH:
        return None
    return Way(
        f"a sketch of rank {SKETCH}", 2.0 * REAL * entries * SKETCH, Work(*[SKETCH * x for x in product.work]),
        "scipy.sparse.linalg.eigsh, cr.curvature", "the largest eigenvalues; what is beyond the rank is lost",
    )  # fmt: skip


def _streamed(d) -> Way | None:
    """Blocks of rows of the data, where the program can be cut along them."""
    try:
        streamed = d.stream()
    except ChainruleError:
        return None
    return Way(f"blocks of {streamed.rows} (rows of the data)", 0.0, None, f"{_made(d)}.stream()", "the arrays on the way are cut; the result is as large")


def _made(d) -> str:
    """The call that derives it."""
    wrt = d.wrt if isinstance(d.wrt, str) else ", ".join(d.wrt)
    return f"cr.hessian(f, {wrt!r})" if d.order == 2 and not d.problem.dims else f"cr.derive(f, {wrt!r}{f', order={d.order}' if d.order > 1 else ''})"
