"""Norms: ‖x‖, ‖X‖_F and the entrywise ones; the spectral and the nuclear norm are refused."""

from __future__ import annotations

from fractions import Fraction

from ..core.errors import NoRuleError, ParseError
from ..ops.declare import lookup
from .axes import axes_given, first, keeps, reduced, whole_number
from .builders import function
from .sizes import ONE
from .tree import Tree
from .typed import Typed, chain, const, mapped, power, rational, spelled_as, times, total
from .values import Value

HALF = Fraction(1, 2)


@function("‖")
def barred(infer, tree):
    """What stands between double bars."""
    value = infer.value(tree.args[0])
    return norm(infer, value, tree.value, tree)


def norm(infer, value: Value, order: Tree | None, tree: Tree) -> Value:
    """‖x‖ of a vector, ‖X‖_F of a matrix, and the entrywise norms 1, p and ∞."""
    which = order_of(infer, order)
    shown = infer.source(value.tree)
    if value.rank == 0 and value.tree is not None and (value.bare or not infer.declared):
        infer.charge(1.8, value.tree)
    if isinstance(which, tuple):
        if which != (2, 1) or value.rank != 2:
            raise infer.conflict(
                f"the norm of order {which} is not available", [value], "1, 2, p, inf, F, or 2,1 of a matrix"
            )
        infer.note(f"||{shown}||_2,1 is the sum of the 2-norms of the rows")
        return reduced(infer, tree, reduced(infer, tree, value, (1,), two_norm), None, total)
    if isinstance(which, Value):
        return general_norm(infer, value, which, tree)
    if which == "nuc" or (which == 2 and value.rank == 2 and order is not None):
        name = "nuclear" if which == "nuc" else "spectral"
        final = value.bare is not None  # a capital is not made a vector only to escape this
        raise infer.refusal(
            [] if final else [value], f"the {name} norm of a matrix is not available", [value],
            "the Frobenius norm, or an entrywise one", f"norm({shown}) is the Frobenius norm" if infer.numpy else f"||{shown}||_F is the Frobenius norm",
        )  # fmt: skip
    if value.rank > 2 and which != "F":
        infer.note(f"the norm of {shown} runs over all its entries")
    if which in (None, "F", 2):
        if value.rank == 2 and which is None:
            infer.note(f"||{shown}|| of a matrix is the Frobenius norm")
        if which == "F" and value.rank < 2 and value.bare:
            infer.charge(1.0, value.tree)
        return reduced(infer, tree, value, None, two_norm)
    absolute = value.with_node(mapped(lookup("abs"), [value.node]))
    if which == 1:
        if value.rank == 2:
            infer.note(f"||{shown}||_1 is the entrywise sum")
        return reduced(infer, tree, absolute, None, total)
    if which == "inf":
        if value.rank == 2:
            infer.note(f"||{shown}||_inf is the largest entry in absolute value")
        return reduced(
            infer,
            tree,
            absolute,
            None,
            lambda n, axes: Typed("struct", [n], (lookup("amax"), axes), _without(n, axes)) if axes else n,
        )
    if which == 0:
        raise NoRuleError("||x||_0 counts entries: it has no derivative", infer.source(tree), "1, 2, p, inf or F")
    raised = power(absolute.node, const(which))
    inverted = Fraction(1) / which if isinstance(which, (int, Fraction)) else 1 / which
    return Value(spelled_as("norm", power(total(raised, value.axes()), inverted)), value.index, ())


def _without(node: Typed, axes) -> tuple:
    return tuple([d for t, d in enumerate(node.axes) if t not in axes])


def two_norm(node: Typed, axes: tuple) -> Typed:
    return spelled_as("norm", power(total(power(node, 2), axes), HALF))


def order_of(infer, order: Tree | None):
    """None, a number, "F", "inf", "nuc", a tuple, or the value of a variable."""
    if order is None:
        return None
    if order.kind == "name" and order.value not in infer.declared and order.value not in infer.lets:
        special = {"F": "F", "fro": "F", "Fro": "F", "inf": "inf", "np.inf": "inf", "infty": "inf", "nuc": "nuc"}
        if order.value in special:
            return special[order.value]
    if order.kind == "string":
        known = {"fro": "F", "f": "F", "F": "F", "nuc": "nuc", "inf": "inf"}.get(order.value)
        if known is None:
            raise ParseError(f"there is no norm '{order.value}'", infer.text, order.start, expected="'fro'")
        return known
    if order.kind == "list":
        return tuple([whole_number(infer, part, "the order of a norm") for part in order.args])
    value = infer.value(order)
    number = rational(value.node)
    return number if number is not None else value


def general_norm(infer, value: Value, which: Value, tree: Tree) -> Value:
    """‖x‖_p with an expression p, or ‖x‖_A = sqrt(xᵀAx) with a matrix A."""
    if which.rank == 2 and value.rank == 1:
        if not (infer.unify(which.dims[0], which.dims[1]) and infer.unify(which.dims[0], value.dims[0])):
            raise infer.conflict(
                "the matrix of this norm does not fit", [value, which], "a square matrix of the size of the vector"
            )
        infer.note(f"{infer.source(tree)} is sqrt(x^T A x)")
        labels = value.index + (("d", 0),)
        other = value.index + (("d", 1),)
        node = chain(
            [(value.node, labels, 1), (which.node, (*which.index, ("d", 0), ("d", 1)), 1), (value.node, other, 1)],
            value.index,
        )
        return Value(power(node, HALF), value.index, ())
    if which.dims:
        if which.bare:
            infer.charge(0.5, which.tree)
        raise infer.conflict("the order of a norm is a scalar", [which], "a scalar")
    raised = power(mapped(lookup("abs"), [value.node]), which.node)
    return Value(power(total(raised, value.axes()), times((which.node, -1))), value.index, ())


@function("norm", "fro", "frobenius")
def norm_call(infer, tree):
    value = first(infer, tree, 3)
    extra = tree.extra or {}
    order = extra.get("ord") or (tree.args[1] if len(tree.args) > 1 else None)
    if order is not None and order.kind == "name" and order.value == "None":
        order = None
    axes = axes_given(infer, tree, value, 2)
    if axes is None:
        if infer.numpy and value.rank == 2 and order is not None and order_of(infer, order) in (1, "inf"):
            return operator_norm(infer, value, order_of(infer, order))
        found = norm(infer, value, order, tree)
        if keeps(tree):
            found = Value(found.node, found.index, (ONE,) * value.rank)
        return found
    which = order_of(infer, order)
    if which in (None, 2):
        return reduced(infer, tree, value, axes, two_norm)
    absolute = value.with_node(mapped(lookup("abs"), [value.node]))
    if which == 1:
        return reduced(infer, tree, absolute, axes, total)
    raise NoRuleError("this norm along an axis is not available", infer.source(tree), "ord 1 or 2")


def operator_norm(infer, value: Value, which) -> Value:
    """NumPy's matrix norms 1 and inf: the largest column or row sum."""
    infer.note(f"norm(X, {which}) of a matrix is the largest {'column' if which == 1 else 'row'} sum, as in NumPy")
    sums = total(mapped(lookup("abs"), [value.node]), (value.axis(0 if which == 1 else 1),))
    return Value(Typed("struct", [sums], (lookup("amax"), (0,)), ()), (), ())
