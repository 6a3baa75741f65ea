"""One equation solved for one variable: what is around the variable is undone, operation by operation.

An equation E(x) = 0 is divided by factors that have no zero; is affine in x, or in an expression u through which alone it
depends on x; or it is a polynomial of two or three powers of such a u. Then u(x) = v is solved in turn, by the inverse
function that the operation of u declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from ...core.algebra import as_number, is_zero, negate, power, substitute, subtract, zeros
from ...core.errors import ChainruleError
from ...core.facts import sign
from ...core.node import Node, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import depends, order, symbols
from ...derivation.differentiate import tidied
from ...ops.elementary import cbrt
from .expanding import cleared, monomials
from .exactly import evaluated
from .linear import affine, linear_root

MOST = 40  # equations that are tried on the way to one answer
SURELY = 1e-9  # so far below 0 a number is negative, whatever rounding did
LARGEST = 150  # nodes of an equation that is taken apart
STANDING = "·"  # the name of what an expression is replaced by


class Roots(NamedTuple):
    """The solutions of one equation: `all` says whether there are no others where the equation has a value."""

    values: list[Node]
    all: bool = True


class Trail:
    """The equations that were met on the way: none is tried twice, nor more than `MOST` of them."""

    def __init__(self, moving: Iterable[Node] = ()):
        """`moving` are the unknowns that are not solved for here: what depends on them may be zero for some of their values."""
        self.met: set[tuple[Node, Node]] = set()
        self.moving = set(moving)
        self.needed: list[Node] = []

    def divides(self, node: Node) -> bool:
        """Notes that `node` was divided by, or inverted; whether solutions may be lost by that."""
        if sign(node) in ("+", "-"):
            return False
        self.needed.append(node)
        return bool(self.moving & set(symbols(node)))

    def enter(self, equation: Node, x: Node) -> bool:
        """Whether this equation is to be tried."""
        if (equation, x) in self.met or len(self.met) >= MOST or len(order(equation)) > LARGEST:
            return False
        self.met.add((equation, x))
        return True


def roots(equation: Node, x: Node, trail: Trail | None = None) -> Roots | None:
    """The x at which `equation`, a tensor of the shape of `x`, vanishes; None where none is found.

    The values hold where they are defined: who asks has to put them into the equation.
    """
    trail = Trail() if trail is None else trail
    if x not in symbols(equation) or not trail.enter(equation, x):
        return None
    for attempt in (_by_factors, _by_linearity, _by_inside, _by_powers, _by_clearing):
        try:
            found = attempt(equation, x, trail)
        except (ChainruleError, ZeroDivisionError, OverflowError):
            continue  # this way needs a value that does not exist, such as 1/0
        if found is not None and found.values:
            return found
    return None


# ------------------------------------------------------------------------- factors


def _by_factors(equation: Node, x: Node, trail: Trail) -> Roots | None:
    """A product is zero where one of its factors is; factors that have no zero are dropped."""
    if equation.op != "product":
        stripped = _ends_stripped(equation)
        return roots(stripped, x, trail) if stripped is not None else None
    whole = set(equation.out)
    dependent = depends(order(equation), [x])
    kept, scalars, dropped, lost = [], [], False, False
    for base, labels, exponent in equation.operands:
        entrywise = set(labels) == whole and len(labels) == len(whole)
        if labels and not entrywise:
            kept.append((base, labels, exponent))
        elif base not in dependent or sign(base) in ("+", "-") or exponent < 0:
            dropped = True
            lost = lost or exponent > 0 and trail.divides(base)
        elif not labels:
            scalars.append((base, exponent))
        else:
            kept.append((base, labels, exponent))
    if not scalars and not dropped and all([e == 1 for _, _, e in kept]):
        stripped = _ends_stripped(equation)
        return roots(stripped, x, trail) if stripped is not None else None
    rest = product(1, kept, equation.out, equation.label_dims) if kept else None
    found = [roots(base, x, trail) for base, _ in scalars] if not equation.dims else []
    complete = all([f is not None and f.all for f in found]) and (not scalars or not equation.dims)
    if rest is not None and x in symbols(rest):
        if len(kept) == 1 and kept[0][2] != 1 and set(kept[0][1]) == whole:
            rest = product(1, [(kept[0][0], kept[0][1], 1)], equation.out, equation.label_dims)
        if rest is equation:
            return None
        found.append(roots(rest, x, trail))
        complete = complete and found[-1] is not None and found[-1].all
    values = [v for f in found if f is not None for v in f.values]
    return Roots(list(dict.fromkeys(values)), complete and not lost) if values else None


def _ends_stripped(equation: Node) -> Node | None:
    """A matrix equation all of whose terms begin, or end, with one inverse: without it, which has no zero."""
    terms = [(t.coef, t) if t.op == "product" else (1, t) for _, t in _terms(equation)]
    outside = [c for c, _ in _terms(equation)]
    for side in range(equation.ndim):
        for end in dict.fromkeys([b for _, t in terms[:1] for b, _, _ in _operands(t) if _is_inverse(b)]):
            made = [_without_end(t, side, end) for _, t in terms]
            if all([m is not None for m in made]):
                return tidied(linear_sum([(c, m) for c, m in zip(outside, made)], equation.dims, flatten=True))
    return None


def _terms(node: Node):
    return node.terms if node.op == "sum" else ((1, node),)


def _operands(node: Node) -> list:
    return list(node.operands) if node.op == "product" else [(node, tuple(range(node.ndim)), 1)]


def _is_inverse(node: Node) -> bool:
    return node.op == "struct" and node.attr[0].inverse is not None


def _without_end(term: Node, side: int, end: Node) -> Node | None:
    """The chain `term` without the square matrix `end` at its axis `side`, where that stands there."""
    operands = _operands(term)
    out = list(term.out) if term.op == "product" else list(range(term.ndim))
    label = out[side]
    at = [k for k, (base, labels, e) in enumerate(operands) if label in labels]
    if len(at) != 1 or out.count(label) != 1:
        return None
    base, labels, exponent = operands[at[0]]
    if base is not end or exponent != 1 or len(labels) != 2 or labels[0] == labels[1]:
        return None
    other = labels[1 - labels.index(label)]
    if other not in out and sum([other in l for _, l, _ in operands]) != 2:
        return None
    out[side] = other  # if it was an output label too, the term was the matrix itself, and becomes the identity
    rest = [o for k, o in enumerate(operands) if k != at[0]]
    left = {*out, *[x for _, found, _ in rest for x in found]}
    dims = {x: d for x, d in (term.label_dims if term.op == "product" else dict(enumerate(term.dims))).items() if x in left}
    return product(term.coef if term.op == "product" else 1, rest, out, dims)


# ------------------------------------------------------------------------- affine in x, or in what is around it


def _by_linearity(equation: Node, x: Node, trail: Trail) -> Roots | None:
    found = affine(equation, x)
    divisors: list[Node] = []
    root = None if found is None else linear_root(*found, x, divisors)
    return None if root is None else Roots([tidied(root)], not any([trail.divides(d) for d in divisors]))


def _by_inside(equation: Node, x: Node, trail: Trail) -> Roots | None:
    """Through an expression u alone: the equation is solved for u, and u(x) = v for x."""
    for u, opened, standing in insides(equation, x):
        for attempt in (_by_linearity, _by_powers, _by_clearing):
            found = attempt(opened, standing, trail)
            if found is None:
                continue
            values, complete = [], found.all
            for v in found.values:
                inner = undone(u, v, x, trail)
                complete = complete and inner is not None and inner.all
                values += inner.values if inner is not None else []
            if values:
                return Roots(list(dict.fromkeys(values)), complete)
    return None


def insides(equation: Node, x: Node) -> Iterator[tuple[Node, Node, Node]]:
    """(u, the equation with a symbol in place of u, that symbol) for every u through which alone it depends on `x`.

    The largest come first; `x` itself is not among them, nor is the equation.
    """
    nodes = order(equation)
    dependent = depends(nodes, [x])
    for u in reversed([n for n in nodes if n in dependent]):
        if u is x or u is equation or u.op not in ("map", "struct", "sum", "product"):
            continue
        facts = {"+": ("positive",), "0+": ("nonneg",), "-": ("negative",)}.get(sign(u), ())
        standing = symbol(STANDING * depth_of(equation), u.dims, facts)
        opened = substitute(equation, {u: standing})
        if x not in symbols(opened) and standing in symbols(opened) and _alike(equation, u):
            yield u, opened, standing


def depth_of(equation: Node) -> int:
    """One more than the longest name of a stand-in in `equation`."""
    return 1 + max([len(s.name) for s in symbols(equation) if not s.name.strip(STANDING)], default=0)


def _alike(equation: Node, u: Node) -> bool:
    return equation.dims == u.dims


def undone(u: Node, value: Node, x: Node, trail: Trail) -> Roots | None:
    """The x with u(x) = value, for an expression `u` that depends on `x`."""
    if u is x:
        return Roots([value])
    if u.op in ("map", "struct"):
        op = u.attr if u.op == "map" else u.attr[0]
        if op.inverse is not None and op.arity == 1:
            if u.op == "struct" and is_zero(value):
                return None  # no matrix has the inverse 0
            inside = u.args[0]
            return undone(inside, tidied(op.inverse(value)), x, trail)
        if u.op == "map" and op.arity == 1 and getattr(op, "define", None) is not None:
            return roots(subtract(op.define(*u.args), value), x, trail)
        return None
    return roots(subtract(u, value), x, trail)


# ------------------------------------------------------------------------- powers


def _by_powers(equation: Node, x: Node, trail: Trail) -> Roots | None:
    """Two or three powers of x, entry by entry: x^(b−a) = −c_a/c_b, or a quadratic equation."""
    found = powers(equation, x)
    if found is None:
        return None
    exponents = sorted(found)
    values = []
    if exponents[0] > 0 and sign(x) not in ("+", "-"):
        values.append(zeros(x.dims))
    if len(exponents) == 2:
        low, high = exponents
        lost = trail.divides(found[high])
        ratio = tidied(product(-1, [(found[low], _axes(x), 1), (found[high], _axes(x), -1)], _axes(x)))
        more = _root_of(ratio, Fraction(high - low), x)
    elif len(exponents) == 3 and exponents[2] - exponents[1] == exponents[1] - exponents[0]:
        lost = trail.divides(found[exponents[2]])
        more = _quadratic([found[e] for e in exponents], Fraction(exponents[1] - exponents[0]), x)
    elif len(exponents) == 1:
        return Roots(values, not trail.divides(found[exponents[0]])) if values else None
    else:
        return None
    return Roots(list(dict.fromkeys(values + more.values)), more.all and not lost)


def powers(equation: Node, x: Node) -> dict | None:
    """{exponent: coefficient} of an equation that is Σ c x^e entry by entry with c free of `x`; else None."""
    terms = monomials(equation, x)
    if terms is None:
        return None
    found: dict = {}
    dims = dict(enumerate(equation.dims))
    for coef, operands, out in terms:
        exponent, rest = 0, []
        for base, labels, e in operands:
            if base is x and (tuple(labels) == tuple(out) or not x.dims):
                exponent += e
            elif x in symbols(base):
                return None
            else:
                rest.append((base, labels, e))
        relabelled = {label: dims[k] for k, label in enumerate(out)}
        found.setdefault(exponent, []).append((1, product(coef, rest, out, relabelled)))
    summed = {e: tidied(linear_sum(parts, equation.dims, flatten=True)) for e, parts in found.items()}
    return {e: c for e, c in summed.items() if not is_zero(c)}


def _axes(x: Node) -> tuple[int, ...]:
    return tuple(range(x.ndim))


def _root_of(value: Node, exponent: Fraction, x: Node) -> Roots:
    """The real x with x^exponent = value."""
    if exponent == 1:
        return Roots([value])
    if exponent == -1:
        return Roots([power(value, -1)])
    odd = exponent.numerator % 2
    inverted = 1 / exponent
    if _negative(value) and (not odd or exponent.denominator % 2 == 0):
        return Roots([])  # x² = −1
    if odd and exponent.denominator == 1 and sign(value) not in ("+", "0+"):
        if sign(value) in ("-", "0-"):
            return Roots([negate(tidied(power(negate(value), inverted)))])
        if abs(exponent) == 3:
            return Roots([tidied(power(cbrt(value), 1 if exponent > 0 else -1))])
    root = tidied(power(value, inverted))
    if odd or sign(x) in ("+", "0+"):
        return Roots([root])
    if sign(x) == "-":
        return Roots([negate(root)])
    return Roots([root, negate(root)], all=not x.dims)  # with several entries each may have its own sign


def _negative(value: Node) -> bool:
    """Whether `value` is certainly < 0, by its sign, or as a number such as 1 − √2."""
    if sign(value) == "-":
        return True
    constant = not value.dims and all([n.op in ("number", "sum", "product") for n in order(value)])
    return constant and float(evaluated([value], [], [])[0]) < -SURELY


def _quadratic(coefficients: list[Node], step: Fraction, x: Node) -> Roots:
    """The x with c + b x^s + a x^2s = 0."""
    c, b, a = coefficients
    axes = _axes(x)
    times = lambda k, *operands: product(k, [(n, axes, e) for n, e in operands], axes, dict(enumerate(x.dims)))
    inside = tidied(linear_sum([(1, times(1, (b, 2))), (-4, times(1, (a, 1), (c, 1)))], x.dims, flatten=True))
    if sign(inside) == "-":
        return Roots([])
    if is_zero(inside):
        pair = [times(Fraction(-1, 2), (b, 1), (a, -1))]
    else:
        root = power(inside, Fraction(1, 2))
        pair = [
            tidied(product(Fraction(1, 2), [(linear_sum([(-1, b), (s, root)], x.dims), axes, 1), (a, axes, -1)], axes))
            for s in (1, -1)
        ]
    values, complete = [], not x.dims
    for value in pair:
        if as_number(value) is not None and as_number(value) < 0 and step.numerator % 2 == 0:
            continue
        more = _root_of(value, step, x)
        values += more.values
        complete = complete and more.all
    return Roots(list(dict.fromkeys(values)), complete)


# ------------------------------------------------------------------------- denominators


def _by_clearing(equation: Node, x: Node, trail: Trail) -> Roots | None:
    """The equation times its denominators, multiplied out."""
    made = cleared(equation, x)
    if made is None or made is equation:
        return None
    return roots(tidied(made), x, trail)

