"""Identities that an operation applies to its own arguments, wherever both sides are defined.

A rule takes the operation and its arguments and returns the node that stands for the result, or None to keep it.
Each looks at its arguments only, never deeper than their operands. What holds under assumptions alone is used
only where declared facts make it certain (`core.facts.sign`).
"""

from __future__ import annotations

from fractions import Fraction

from ..core import facts
from ..core.algebra import is_zero, number, ones, zeros
from ..core.node import Node
from ..core.product import product, strip
from ..core.sums import linear_sum
from .hoist import permute, restore_axes
from .reading import constant, is_op, one_plus, powers_of, single_power, split, times, to_power
from .table import op_named

# ------------------------------------------------------------------ parity


def odd(op, x: Node) -> Node | None:
    """f(−x) = −f(x) and f(0) = 0."""
    return zeros(x.dims) if is_zero(x) else odd_with_pole(op, x)


def odd_with_pole(op, x: Node) -> Node | None:
    """f(−x) = −f(x), with no value at 0."""
    c, rest = split(x)
    return times(-1, op(times(-c, rest))) if c < 0 else None


def even(op, x: Node) -> Node | None:
    """f(−x) = f(x) and f(0) = 1."""
    c, rest = split(x)
    if c < 0:
        return op(times(-c, rest))
    return ones(x.dims) if is_zero(x) else None


def sine(op, x: Node) -> Node | None:
    """As `odd`; and the values at multiples of π/6 and π/4, DLMF 4.17."""
    turns = _multiple_of_pi(x)
    return odd(op, x) if turns is None else _sine_of(turns)


def cosine(op, x: Node) -> Node | None:
    """As `even`; and cos(qπ) = sin((½ + q)π)."""
    turns = _multiple_of_pi(x)
    found = None if turns is None else _sine_of(turns + Fraction(1, 2))
    return even(op, x) if found is None else found


def _multiple_of_pi(x: Node):
    """q of a number q π with a rational q other than 0; None for anything else."""
    c, rest = split(x)
    return Fraction(c) if rest is number("pi") and type(c) is not float else None


def _sine_of(turns: Fraction) -> Node | None:
    """sin(turns · π) where it is a number with square roots at most."""
    turns %= 2
    if turns > 1:
        found = _sine_of(turns - 1)
        return None if found is None else times(-1, found)
    square = {0: 0, 6: 1, 4: 2, 3: 3, 2: 4}.get(Fraction(1) / turns if turns else 0) if turns <= Fraction(1, 2) else None
    if turns > Fraction(1, 2):
        return _sine_of(1 - turns)
    return None if square is None else zeros(()) if not square else to_power(number(Fraction(square, 4)), Fraction(1, 2))


def vanishing(op, x: Node) -> Node | None:
    """f(0) = 0."""
    return zeros(x.dims) if is_zero(x) else None


# ------------------------------------------------------------------ exponentials and logarithms


def exp(op, x: Node) -> Node | None:
    """exp(−k z) = exp(z)^−k for whole k; exp(c log a) = a^c for a > 0; exp(z − logsumexp z) = softmax z."""
    value = constant(x)
    if value is not None:
        if value == 0:
            return ones(x.dims)
        return None if type(value) is float else to_power(number("e"), value)
    if x.op == "sum":
        found = _softmax_from_logs(x)
        if found is not None:
            return found
    c, rest = split(x)
    if is_op(rest, "log") and facts.sign(rest.args[0]) == "+":
        return to_power(rest.args[0], c)
    if type(c) is float:
        return to_power(op(times(-c, rest)), -1) if c < 0 else None
    if type(c) is Fraction:
        return None if c.numerator == 1 else to_power(op(times(Fraction(1, c.denominator), rest)), c.numerator)
    return None if c == 1 else to_power(op(rest), c)


def _softmax_from_logs(x: Node) -> Node | None:
    for c, term in x.terms:
        base = term.args[0] if term.op == "product" and len(term.args) == 1 else term
        if c == -1 and is_op(base, "logsumexp"):
            (z,), (_, axes) = base.args, base.attr
            if restore_axes(base, axes, z.dims) is term:
                rest = linear_sum([(d, t) for d, t in x.terms if t is not term], x.dims)
                if rest is z:
                    return op_named("softmax")(z, axes=axes)
    return None


def log(op, x: Node) -> Node | None:
    """log exp a = a, log Σ exp = logsumexp, log(1 + exp u) = softplus(u), log σ(u) = −softplus(−u), log u^k = k log u."""
    value = constant(x)
    if value == 1:
        return zeros(x.dims)
    if value is not None:
        return times(-1, op(number(value.denominator))) if type(value) is Fraction and value.numerator == 1 else None
    found = _plain_log(x)
    if found is not None:
        return found
    power = single_power(x)
    if power is not None and power[0] == 1 and power[3] != 1:
        _, base, labels, k = power
        if type(k) is not int or k % 2 or facts.sign(base) == "+":
            return times(k, permute(op(base), labels) if base.dims else op(base))
    return _log_of_product(op, x) if x.op == "product" else None


def _plain_log(x: Node) -> Node | None:
    """log x where it is known without a logarithm, else None."""
    if x.op == "map":
        name = x.attr.name
        if name == "exp":
            return x.args[0]
        if name == "sigmoid":
            return times(-1, op_named("softplus")(times(-1, x.args[0])))
        if name == "abs":
            return _plain_log(x.args[0]) if is_op(x.args[0], "det") else None
        if name == "pow" and facts.sign(x.args[0]) == "+":
            return multiplied(x.args[1], op_named("log")(x.args[0]), x.dims)
        return None
    if x.op == "struct":
        declaration, *params = x.attr
        (z,) = x.args
        if declaration.name == "softmax":
            lse = op_named("logsumexp")(z, axes=params[0])
            return linear_sum([(1, z), (-1, restore_axes(lse, params[0], z.dims))], z.dims)
        return op_named("logdet")(z) if declaration.name == "det" else None
    if x.op == "number":
        return number(1) if x.attr == "e" else None
    if x.op == "sum" and len(x.args) == 2:
        u = one_plus(x)
        if u is not None:
            e = powers_of(u, "exp")
            if e is not None and type(e[1]) is not float:
                return op_named("softplus")(times(e[1], e[0]))
            c, s = split(u)
            if c == -1 and is_op(s, "sigmoid"):  # 1 − σ(u) is σ(−u)
                return times(-1, op_named("softplus")(s.args[0]))
        return None
    return _log_of_sum_of_exp(x) if x.op == "product" else None


def multiplied(a: Node, b: Node, dims: tuple) -> Node:
    labels = tuple(range(len(dims)))
    operands = [(n, labels if n.dims else (), 1) for n in (a, b)]
    return product(1, operands, labels, dict(enumerate(dims)))


def _log_of_sum_of_exp(x: Node) -> Node | None:
    """log Σ exp(u) over the summed axes, whatever the order of the others."""
    if len(x.args) != 1 or x.coef != 1 or not is_op(x.args[0], "exp"):
        return None
    ((base, labels, exponent),) = x.operands
    axes = tuple([t for t, label in enumerate(labels) if label not in x.out])
    kept = [label for label in labels if label in x.out]
    distinct = len(set(labels)) == len(labels) and len(set(x.out)) == len(x.out)
    if not axes or not distinct or sorted(kept) != sorted(x.out):
        return None
    found = op_named("logsumexp")(times(exponent, base.args[0]), axes=axes)
    return found if tuple(kept) == x.out else permute(found, tuple([kept.index(label) for label in x.out]))


def _log_of_product(op, x: Node) -> Node | None:
    """log Π a^e = Σ e log a, where some factor's logarithm is plain and the other factors are certainly positive."""
    coef, out, _ = x.attr
    if coef not in (1, -1):
        bare = _plain_log(strip(x)[1])
        if coef > 0 and bare is not None:
            return linear_sum([(1, bare), (1, multiplied(op(number(coef)), ones(x.dims), x.dims))], x.dims)
    if len(set(out)) < len(out) or any(label not in out for _, labels, _ in x.operands for label in labels):
        return None
    plain = [_plain_log(base) for base, _, _ in x.operands]
    if all(p is None for p in plain):
        return None
    signed = any(is_op(base, "det") for base in x.args)
    for base, found in zip(x.args, plain):
        if found is None and facts.sign(base) != "+":
            return None
    if coef < 0 and not signed:
        return None
    terms = [op(number(_magnitude(coef)))] if coef not in (1, -1) else []
    pieces = [(t, (), 1) for t in terms]
    for (base, labels, exponent), found in zip(x.operands, plain):
        pieces.append((op(base) if found is None else found, labels, exponent))
    label_dims = x.label_dims
    return linear_sum([(1, product(c, [(node, labels, 1)], out, label_dims)) for node, labels, c in pieces], x.dims)


# ------------------------------------------------------------------ powers


def pow(op, x: Node, e: Node) -> Node | None:
    """Numeric exponents are powers; 1^e = 1; (exp u)^e = exp(u e); (a^b)^e = a^(b e) for a > 0."""
    value = constant(e)
    dims = x.dims or e.dims
    if value is not None:
        found = to_power(x, value)
        return found if found.dims == dims else restore_axes(found, range(len(dims)), dims)
    if constant(x) == 1:
        return ones(dims)
    if x.op == "number" and x.attr == "e":
        return op_named("exp")(e)
    if is_op(x, "exp"):
        return op_named("exp")(multiplied(x.args[0], e, dims))
    if is_op(x, "pow") and facts.sign(x.args[0]) == "+":
        return op(x.args[0], multiplied(x.args[1], e, dims))
    return None


# ------------------------------------------------------------------ kinks and steps


def abs(op, x: Node) -> Node | None:
    """|x| = ±x where the sign is certain; numbers and factors of certain sign stand outside."""
    s = facts.sign(x)
    if s is not None:
        return times(-1, x) if s in ("-", "0-") else x
    c, rest = split(x)
    if c != 1:
        return times(_magnitude(c), op(rest))
    return _positive_factors_out(op, x)


def _positive_factors_out(op, x: Node) -> Node | None:
    """f(p u) = p f(u) where the factor p is certainly not negative and nothing is summed."""
    if x.op != "product" or len(x.args) < 2 or len(set(x.out)) < len(x.out):
        return None
    operands, out = x.operands, x.out
    if any(label not in out for _, labels, _ in operands for label in labels):
        return None
    outside = [o for o in operands if _power_sign(o) in ("+", "0+")]
    if not outside or len(outside) == len(operands):
        return None
    inside = [o for o in operands if o not in outside]
    kept = sorted({label for _, labels, _ in inside for label in labels}, key=out.index)
    inner = op(product(1, inside, kept))
    return product(x.coef, [*outside, (inner, tuple(kept), 1)], out, x.label_dims)


def _power_sign(operand) -> str | None:
    base, _, exponent = operand
    s = facts.sign(base)
    if s in ("+", "0+"):
        return s
    return "0+" if type(exponent) is int and exponent % 2 == 0 else None


def _magnitude(c):
    return -c if c < 0 else c


def sign(op, x: Node) -> Node | None:
    """sign(c u) = sign(c) sign(u); 1 and −1 where the sign is certain."""
    s = facts.sign(x)
    if s in ("+", "-"):
        return times(1 if s == "+" else -1, ones(x.dims))
    if s == "0":
        return zeros(x.dims)
    c, rest = split(x)
    return None if c == 1 else times(1 if c > 0 else -1, op(rest))


def step(op, x: Node) -> Node | None:
    """1 where x is certainly positive, 0 where it certainly is not; positive factors do not matter."""
    s = facts.sign(x)
    if s == "+":
        return ones(x.dims)
    if s in ("0-", "-", "0"):
        return zeros(x.dims)
    c, rest = split(x)
    return None if _magnitude(c) == 1 else op(times(1 if c > 0 else -1, rest))


def relu(op, x: Node) -> Node | None:
    """relu(c u) = c relu(u) for c > 0; u or 0 where the sign is certain."""
    s = facts.sign(x)
    if s in ("+", "0+"):
        return x
    if s in ("-", "0-", "0"):
        return zeros(x.dims)
    c, rest = split(x)
    return None if _magnitude(c) == 1 else times(_magnitude(c), op(times(1 if c > 0 else -1, rest)))


def sigmoid(op, x: Node) -> Node | None:
    """σ(−u) = 1 − σ(u), σ(0) = ½."""
    c, rest = split(x)
    if c < 0:
        return linear_sum([(1, ones(x.dims)), (-1, op(times(-c, rest)))], x.dims)
    return times(Fraction(1, 2), ones(x.dims)) if is_zero(x) else None
