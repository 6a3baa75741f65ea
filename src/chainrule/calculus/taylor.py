"""The terms of a Taylor polynomial as nodes, at a point that is a number, a symbol, or the variable itself.

The k-th term is Dᵏf(a)[h, …, h]/k!, the k-fold push-forward along h (see `forward`). At a number the graph's
constructors fold what becomes constant, so that coefficients are exact; what they leave (softplus(0), sin(π/4)) is
spelled by the operation's definition or by the exact values of the circle.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), chapter 13; Magnus & Neudecker (2019), section 6.8.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial, floor

from ..core.algebra import as_node, as_number, is_zero, multiply, number, power, remake, scale, substitute
from ..core.node import Node
from ..core.product import product
from ..core.walk import order, rebuild

# sin²(kπ/12) for the angles whose sine is a root of a rational number
SQUARES = {0: 0, 2: Fraction(1, 4), 3: Fraction(1, 2), 4: Fraction(3, 4), 6: 1}


def terms(derivatives: list[Node], replaced: dict[Node, Node]) -> list[Node]:
    """f(a), Df(a)[h], D²f(a)[h, h]/2, …: the derivatives along h with the point and the increment put in."""
    return [scale(Fraction(1, factorial(k)), at_point(d, replaced)) for k, d in enumerate(derivatives)]


def at_point(node: Node, replaced: dict[Node, Node]) -> Node:
    """`node` with nodes replaced, and what becomes constant by that spelled exactly.

    Raises
        DomainError: it divides by zero there.
    """
    return exact_values(substitute(node, dict(replaced)))


def exact_values(root: Node) -> Node:
    """`root` with functions of constants spelled exactly where that is possible: softplus(0) is log 2, sin(π/4) √½."""

    def made(node, args):
        found = node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)
        if found.op == "product":
            return _radicals(found)
        if found.op == "map" and not found.dims and all([is_constant(a) for a in found.args]):
            return _spelled(found)
        return found

    return rebuild(root, made)


def _radicals(node: Node) -> Node:
    """A product with its roots of whole numbers in the numerator, √2/2 for 1/√2, so that like ones meet in sums."""
    coef, operands = node.coef, []
    for base, labels, e in node.operands:
        if base.op == "number" and isinstance(base.attr, int) and isinstance(e, Fraction) and not 0 < e < 1:
            whole = floor(e)
            coef, e = coef * Fraction(base.attr) ** whole, e - whole
        operands.append((base, labels, e))
    return product(coef, operands, node.out, node.label_dims)


def _spelled(node: Node) -> Node:
    """A function of constants by the circle's exact values, or by its definition if that leaves less of it."""
    found = _on_circle(node)
    if found is not None:
        return found
    if node.attr.define is not None and len(node.args) == 1:
        found = exact_values(as_node(node.attr.define(*node.args)))
        if sum(n.op == "map" for n in order(found)) <= sum(n.op == "map" for n in order(node)):
            return found
    return node


def _on_circle(node: Node) -> Node | None:
    """sin, cos and tan at multiples of π/6 and π/4."""
    (x,) = node.args if len(node.args) == 1 else (None,)
    if node.attr.name not in ("sin", "cos", "tan") or x is None:
        return None
    pi = number("pi")
    if x is not pi and (x.op != "product" or x.operands != ((pi, (), 1),)):
        return None
    twelfths = 12 * (1 if x is pi else x.coef)
    if isinstance(twelfths, float) or twelfths != int(twelfths):
        return None
    sine, cosine = _sine(int(twelfths)), _sine(int(twelfths) + 6)
    if sine is None or cosine is None or (node.attr.name == "tan" and is_zero(cosine)):
        return None
    return {"sin": sine, "cos": cosine}.get(node.attr.name) or multiply(sine, power(cosine, -1))


def _sine(twelfths: int) -> Node | None:
    """sin(kπ/12) where it is the root of a rational number."""
    turn = twelfths % 24
    sign, turn = (1, turn) if turn <= 12 else (-1, turn - 12)
    square = SQUARES.get(min(turn, 12 - turn))
    return None if square is None else scale(sign, power(number(square), Fraction(1, 2)))


def is_constant(node: Node) -> bool:
    """Whether a node is a number, made without symbols or sizes."""
    return all(n.op not in ("symbol", "size", "structured") for n in order(node))


def breaks_at(root: Node, replaced: dict[Node, Node]) -> list[tuple[Node, int]]:
    """The operations that break at the point, each with the order of its first derivative that does not exist there."""
    from_point: dict[Node, Node] = dict(replaced)
    found = []
    for node in order(root):
        if node.op == "map" and node.attr.breaks and len(node.args) == 1:
            value = constant_value(exact_values(substitute(node.args[0], from_point)))
            if value is not None and value in node.attr.breaks:
                found.append((node, node.attr.breaks[value]))
    return found


def constant_value(node: Node):
    """The rational number of a constant node, of every entry of it; None for others."""
    if is_zero(node):
        return 0
    if node.op == "product" and not node.args and len(set(node.out)) == len(node.out):
        return node.coef
    return as_number(node)
