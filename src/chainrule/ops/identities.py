"""Identities that a product can use once it knows its operations: exp, softmax, inverse, one-hot rows …

Each rule edits a product under construction (`core.product.Monomial`) and returns whether it did; each makes the
product smaller. All hold wherever both sides are defined.
"""

from __future__ import annotations

from ..core.dims import Dim
from ..core.facts import SIMPLEX, has_fact, symmetric
from ..core.node import Node, exact
from ..core.product import Monomial, register_rule
from ..core.sums import linear_sum
from .activations import relu, sigmoid
from .elementary import abs, cos, cosh, exp, pow, sign, sin, sinh, step, tan, tanh
from .linalg import inverse
from .structured import softmax


def _find(m: Monomial, declaration):
    """(position, operand) of every operand that is a map by `declaration`."""
    return [(i, o) for i, o in enumerate(m.operands) if o[0].op == "map" and o[0].attr is declaration]


def _replace(m: Monomial, gone: list[int], *new) -> bool:
    m.operands = [o for i, o in enumerate(m.operands) if i not in gone]
    for base, labels, exponent in new:
        m.include(base, labels, exact(exponent))
    return True


# ------------------------------------------------------------- exp(a) · (Σ exp(a))⁻¹ = softmax(a)


def softmax_of_exponentials(m: Monomial) -> bool:
    for i, (base, labels, exponent) in _find(m, exp):
        if type(exponent) is not int or exponent < 1:
            continue
        for j, (total, total_labels, power) in enumerate(m.operands):
            if type(power) is not int or power > -1 or total.op != "product" or len(total.args) != 1:
                continue
            inner, (inner_labels, inner_exponent) = total.args[0], total.attr[2][0]
            if inner is not base or inner_exponent != 1 or len(set(inner_labels)) != len(inner_labels):
                continue
            out = dict(zip(total.attr[1], total_labels))
            if len(out) != len(total_labels):
                continue
            axes = tuple([t for t, x in enumerate(inner_labels) if x not in out])
            if not axes or any(out.get(x, labels[t]) != labels[t] for t, x in enumerate(inner_labels)):
                continue
            pairs = min(exponent, -power)
            return _replace(
                m, [i, j],
                (softmax(base.args[0], axes=axes), labels, pairs),
                (base, labels, exponent - pairs),
                (total, total_labels, power + pairs),
            )  # fmt: skip
    return False


# ------------------------------------------------------------- 1/(1 + exp(a)) = 1 − σ(a)


def _one_plus_exp(node: Node):
    """The argument w and power e of a sum 1 + exp(w)^e, or None."""
    if node.op != "sum" or len(node.args) != 2 or set(node.attr) != {1}:
        return None
    one, other = node.args
    if other.op == "product" and not other.args:
        one, other = other, one
    if one.op != "product" or one.args or one.coef != 1 or len(set(one.out)) < len(one.out):
        return None
    power = 1
    if other.op == "product" and len(other.args) == 1 and other.coef == 1:
        ((labels, power),) = other.attr[2]
        if labels != other.attr[1]:
            return None
        other = other.args[0]
    if other.op == "map" and other.attr is exp:
        return other.args[0], power
    return None


def sigmoid_of_exponential(m: Monomial) -> bool:
    for i, (base, labels, exponent) in enumerate(m.operands):
        if type(exponent) is int and exponent < 0:
            found = _one_plus_exp(base)
            if found is not None:
                w, power = found
                argument = linear_sum([(-power, w)], w.dims)
                return _replace(m, [i], (sigmoid(argument), labels, -exponent))
    return False


def exponential_times_sigmoid(m: Monomial) -> bool:
    """exp(a) (1 − σ(a)) = σ(a), and exp(−a) σ(a) = 1 − σ(a)."""
    for i, (base, labels, exponent) in _find(m, exp):
        if type(exponent) is not int:
            continue
        s = sigmoid(base.args[0])
        if s.op != "map":
            continue
        complement = 1 - s
        wanted, instead = (complement, s) if exponent > 0 else (s, complement)
        for j, (other, other_labels, power) in enumerate(m.operands):
            if other is wanted and other_labels == labels and type(power) is int and power > 0:
                pairs = min(power, exponent if exponent > 0 else -exponent)
                rest = exponent - pairs if exponent > 0 else exponent + pairs
                return _replace(
                    m, [i, j], (instead, labels, pairs), (other, labels, power - pairs), (base, labels, rest)
                )  # fmt: skip
    return False


def product_of_exponentials(m: Monomial) -> bool:
    """exp(a)^p exp(b)^q = exp(p a + q b), over one set of axes."""
    seen: dict = {}
    for i, (base, labels, exponent) in _find(m, exp):
        if labels in seen:
            j, other, power = seen[labels]
            argument = linear_sum([(exponent, base.args[0]), (power, other.args[0])], base.args[0].dims)
            return _replace(m, [i, j], (exp(argument), labels, 1))
        seen[labels] = i, base, exponent
    return False


# ------------------------------------------------------------- quotients of elementary functions


def _quotient(top, bottom, result):
    def rule(m: Monomial) -> bool:
        for i, (base, labels, exponent) in _find(m, top):
            for j, (other, other_labels, power) in _find(m, bottom):
                if other.args == base.args and other_labels == labels and type(exponent) is type(power) is int:
                    pairs = min(exponent, -power) if exponent > 0 else -min(-exponent, power)
                    if exponent * power < 0:
                        return _replace(
                            m, [i, j],
                            (result(*base.args), labels, pairs),
                            (base, labels, exponent - pairs),
                            (other, labels, power + pairs),
                        )  # fmt: skip
        return False

    return rule


def _product_with_argument(function, power_of_argument, result):
    """function(a) · a^p = result(a)."""

    def rule(m: Monomial) -> bool:
        for i, (base, labels, exponent) in _find(m, function):
            if exponent != 1:
                continue
            for j, (other, other_labels, power) in enumerate(m.operands):
                if other is base.args[0] and other_labels == labels and power == power_of_argument:
                    return _replace(m, [i, j], (result(base.args[0]), labels, 1))
        return False

    return rule


def sign_times_abs(m: Monomial) -> bool:
    """sign(a) |a| = a."""
    for i, (base, labels, exponent) in _find(m, sign):
        for j, (other, other_labels, power) in _find(m, abs):
            if other.args == base.args and other_labels == labels and exponent == 1 and power == 1:
                return _replace(m, [i, j], (base.args[0], labels, 1))
    return False


def sign_over_abs(m: Monomial) -> bool:
    """sign(a) / |a| = 1/a."""
    for i, (base, labels, exponent) in _find(m, sign):
        for j, (other, other_labels, power) in _find(m, abs):
            if other.args == base.args and other_labels == labels and exponent == 1 and type(power) is int and power < 0:
                return _replace(m, [i, j], (base.args[0], labels, -1), (other, labels, power + 1))
    return False


def step_times_relu(m: Monomial) -> bool:
    """step(a) relu(a) = relu(a)."""
    for i, (base, labels, exponent) in _find(m, step):
        for _, (other, other_labels, power) in _find(m, relu):
            if other.args == base.args and other_labels == labels and power > 0:
                return _replace(m, [i])
    return False


def powers_of_one_base(m: Monomial) -> bool:
    """b^e b^k = b^(e+k) for an exponent e that is an expression."""
    for i, (base, labels, exponent) in _find(m, pow):
        if type(exponent) is int and exponent != 1:
            return _replace(m, [i], (pow(base.args[0], base.args[1] * exponent), labels, 1))
        if exponent != 1 or base.args[0].dims != base.dims:
            continue
        for j, (other, other_labels, power) in enumerate(m.operands):
            if j == i or other_labels != labels:
                continue
            if other is base.args[0]:
                return _replace(m, [i, j], (pow(other, base.args[1] + power), labels, 1))
            if other.op == "map" and other.attr is pow and other.args[0] is base.args[0] and power == 1:
                return _replace(m, [i, j], (pow(base.args[0], base.args[1] + other.args[1]), labels, 1))
    return False


# ------------------------------------------------------------- A⁻¹A = I, and rows that sum to one


def inverse_times_argument(m: Monomial) -> bool:
    for i, (base, labels, exponent) in enumerate(m.operands):
        if base.op != "struct" or base.attr[0] is not inverse or exponent != 1 or base.ndim != 2:
            continue
        matrix = base.args[0]
        for j, (other, other_labels, power) in enumerate(m.operands):
            if other is not matrix or power != 1:
                continue
            tied = symmetric(matrix)
            for mine, theirs in ((1, 0), (0, 1), *(((1, 1), (0, 0)) if tied else ())):
                shared = labels[mine]
                if (
                    shared == other_labels[theirs]
                    and shared not in m.out
                    and labels[1 - mine] != shared != other_labels[1 - theirs]
                    and m.occurrences(shared) == 2
                ):
                    m.operands = [o for k, o in enumerate(m.operands) if k not in (i, j)]
                    m.dims.pop(shared)
                    m.unify(labels[1 - mine], other_labels[1 - theirs])
                    return True
    return False


def orthogonal_times_its_transpose(m: Monomial) -> bool:
    """QᵀQ = I, and QQᵀ = I where Q is square or wide."""
    for i, (base, labels, exponent) in enumerate(m.operands):
        if exponent != 1 or base.ndim != 2 or not has_fact(base, "orthogonal"):
            continue
        for j, (other, other_labels, power) in enumerate(m.operands[:i]):
            if other is not base or power != 1:
                continue
            for at in orthonormal_axes(*base.dims):
                shared, left, right = labels[at], labels[1 - at], other_labels[1 - at]
                if shared == other_labels[at] and shared not in m.out and m.occurrences(shared) == 2 and shared != left != right != shared:
                    m.operands = [o for k, o in enumerate(m.operands) if k not in (i, j)]
                    m.dims.pop(shared)
                    m.unify(left, right)
                    return True
    return False


def orthonormal_axes(rows: Dim, columns: Dim) -> tuple[int, ...]:
    """The axes over which an orthogonal matrix times itself sums to the identity: 0 for its columns, 1 for its rows.

    None where the sizes have names, and it is open which is the larger.
    """
    if rows is columns:
        return (0, 1)
    if rows.value is None or columns.value is None:
        return ()
    return (0,) if rows.value > columns.value else (1,)


def rows_sum_to_one(m: Monomial) -> bool:
    for i, (base, labels, exponent) in enumerate(m.operands):
        if exponent != 1 or not labels:
            continue
        if base.op == "symbol" and base.attr[1] & SIMPLEX:
            axes = (base.ndim - 1,)
        elif base.op == "struct" and base.attr[0] is softmax:
            axes = base.attr[1]
        else:
            continue
        summed = [labels[t] for t in axes]
        if len(set(labels)) == len(labels) and all(x not in m.out and m.occurrences(x) == 1 for x in summed):
            del m.operands[i]
            for x in summed:
                m.dims.pop(x)
            return True
    return False


register_rule(softmax_of_exponentials, "exp")
register_rule(sigmoid_of_exponential, "sum")
register_rule(exponential_times_sigmoid, "exp")
register_rule(product_of_exponentials, "exp")
register_rule(_quotient(sinh, cosh, tanh), "sinh")
register_rule(_quotient(sin, cos, tan), "sin")
register_rule(_product_with_argument(sign, 1, abs), "sign")
register_rule(_product_with_argument(abs, -1, sign), "abs")
register_rule(_product_with_argument(step, 1, relu), "step")
register_rule(sign_times_abs, "sign")
register_rule(sign_over_abs, "sign")
register_rule(step_times_relu, "step")
register_rule(powers_of_one_base, "pow")
register_rule(inverse_times_argument, "inverse")
register_rule(orthogonal_times_its_transpose, "symbol")
register_rule(rows_sum_to_one, "symbol", "softmax")
