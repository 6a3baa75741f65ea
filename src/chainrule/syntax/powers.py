"""Powers: of square matrices with ^, entry by entry with ** and .^, and e^x."""

from __future__ import annotations

from ..core.errors import LimitError
from ..ops.declare import lookup
from .names import default_rank
from .tree import Tree
from .typed import Typed, chain, rational
from .typed import power as raised
from .values import Value, laid_out

ODD = 3.0  # what a hardly meant reading costs
LIKELY, NEAR = 1.2, 0.4  # x^2 of a bare vector, (x − y)^2: rather entry by entry than of a scalar inside sums
HIGHEST_POWER, LARGEST = 64, 1000


def power(infer, tree: Tree) -> Value:
    """x^k: the matrix power of a square matrix, else entry by entry; ** and .^ always entry by entry."""
    base_tree, exponent_tree = tree.args
    sign, tree.reading = tree.value, None
    if (
        base_tree.kind == "name"
        and base_tree.value in ("e", "np.e")
        and base_tree.value not in infer.declared
        and base_tree.value not in infer.lets
        and infer.numpy != "certain"
    ):
        tree.reading = "exp"
        exponent = infer.value(exponent_tree)
        if exponent.dims:
            infer.charge(0.3, exponent_tree)
        return infer.elementwise(lookup("exp"), [exponent], tree)
    base, exponent = infer.value(base_tree), infer.value(exponent_tree)
    number = rational(exponent.node)
    if number is not None and abs(number) > LARGEST:
        raise LimitError("the exponent is too large", given=infer.source(tree), expected=f"at most {LARGEST}")
    if sign == "^" and exponent.dims and (base.dims or exponent.bare):
        raise infer.conflict(
            f"the exponent of `{infer.source(tree)}` is no scalar", [exponent], "a scalar exponent",
            f"{infer.source(base_tree)} .^ {infer.source(exponent_tree)} takes powers entry by entry",
        )  # fmt: skip
    if sign == "^" and base.rank == 2:
        return matrix_power(infer, tree, base, exponent)
    if sign == "^" and base.rank > 2:
        raise infer.conflict(
            f"`{infer.source(base_tree)}` has no powers",
            [base],
            "a scalar or a square matrix",
            f"{infer.source(base_tree)} .^ {infer.source(exponent_tree)}",
        )
    if sign == "^" and base.rank == 1:
        infer.charge(ODD if rational(exponent.node) == -1 else LIKELY if base.bare else NEAR, base_tree)
        if rational(exponent.node) == -1:
            raise infer.conflict(
                f"a vector has no inverse: `{infer.source(tree)}`", [base], "a square matrix or a scalar",
                f"1 ./ {infer.source(base_tree)} is taken entry by entry",
            )  # fmt: skip
        infer.note(f"{infer.source(tree)}: {infer.source(base_tree)} is a vector, so the power is taken entry by entry")
    if sign == ".^" and base.bare and not base.dims:
        infer.charge(1.2, base_tree)
    if sign == "**" and infer.numpy != "certain" and base.rank == 2 and rational(exponent.node) is not None:
        infer.note(f"{infer.source(tree)}: ** is taken entry by entry; ^ is the power of a square matrix")
    index, dims, row = infer.common([base, exponent], "power", tree)
    node = raised(laid_out(base, index, dims), laid_out(exponent, index, dims))
    return Value(node, index, dims, row)


def matrix_power(infer, tree: Tree, base: Value, exponent: Value) -> Value:
    k = rational(exponent.node)
    name = infer.source(tree.args[0])
    if not isinstance(k, int):
        if exponent.bare or base.bare:
            infer.charge(ODD, *tree.args)
        refused = infer.conflict(
            f"`{infer.source(tree)}`: only whole powers of a matrix are available", [base], "a whole number",
            (f"{name}^{{\\odot …}}" if infer.latex else f"{name} .^ {infer.source(tree.args[1])}") + " is taken entry by entry"
            + (f"; for a number declare it: {base.bare}: scalar" if base.bare else ""),
        )  # fmt: skip
        if k is not None and base.bare and default_rank(base.bare, infer.hints) == 2:
            raise refused.error()  # A^(1/2) is a root of the matrix A: it does not make A a number
        raise refused
    if not infer.unify(*base.dims):
        raise infer.conflict(
            f"`{infer.source(tree)}` needs a square matrix", [base], "as many rows as columns",
            (f"{name} .^ {k} is taken entry by entry" if k > 0 else "an inverse exists for square matrices only")
            + (f"; {name}^T {name} is square" if k == 2 else ""),
        )  # fmt: skip
    if abs(k) > HIGHEST_POWER:
        raise LimitError("the matrix power is too high", given=f"{k}", expected=f"at most {HIGHEST_POWER}")
    tree.reading = "matrix power"
    if k == 0:
        return Value(chain([], (0, 0), {0: base.dims[0]}), base.index, base.dims)
    node = base.node
    if k < 0:
        node = Typed("struct", [node], (lookup("inverse"),), node.axes)
    count = abs(k)
    if count > 1:
        operands = [(node, (*base.index, t, t + 1), 1) for t in range(count)]
        node = chain(operands, (*base.index, 0, count))
    return Value(node, base.index, base.dims)
