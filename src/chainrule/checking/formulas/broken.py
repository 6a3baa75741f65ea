"""The ways in which one step of a derivative is done wrong: by kind of operation, each with the rule that is broken.

A step goes from a node of the typed tree back to one of its arguments (`sweep.py`). A change says what it gives instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from ...compiling import evaluate as node_value
from ...core.errors import ChainruleError
from ...core.node import symbol
from ...derivation import rules
from ...matrix import render
from ...syntax import Meaning
from ...syntax.lower import Lowering, known
from ...syntax.typed import Typed, rational
from .ratio import number
from .sweep import Sweep, Tree

LONG = "this part"  # of what is too long to be repeated
SHOWN = 28  # characters of a part of the function that a sentence repeats


class Change:
    """One step done wrong: the cause, what to say, and what the step gives: (sweep) → (outputs, *argument).

    `rule` is equal for changes that break one rule in the same way, at whatever place.
    """

    __slots__ = ("cause", "rule", "said", "pull")

    def __init__(self, cause: str, rule: str, said: str, pull: Callable[[Sweep], np.ndarray]):
        self.cause, self.rule, self.said, self.pull = cause, rule, said, pull


def changes(tree: Tree, words: "Words", node: Typed, k: int) -> Iterator[Change]:
    """The ways in which the step from `node` to its argument k is done wrong."""
    if node.kind == "sum":
        yield from in_sum(tree, words, node, k)
    elif node.kind == "chain":
        yield from in_product(tree, words, node, k)
    elif node.kind == "pow":
        yield from in_power(tree, words, node, k)
    elif node.kind == "map":
        yield from in_function(tree, words, node, k)
    elif node.kind == "struct":
        yield from in_structured(tree, words, node, k)
    if node.kind in ("chain", "struct") and is_square(node.args[k]):
        yield Change(
            "transposed",
            "read off",
            "read off: df = tr(Gᵀ dX) has the gradient G; here its transpose stands",
            lambda s: turned(s.pull(node, k)),
        )


def in_sum(tree, words, node, k):
    numbers = not node.axes
    rule = rules.SCALAR_SUM if numbers else rules.SUM
    part = words.of(node.args[k])
    if len(tree.edges(node)) > 1:
        yield Change(
            "missing-term", "sum", f"{rule}: the derivative of {part} is missing", lambda s: 0 * s.pull(node, k)
        )
        yield Change(
            "doubled-term", "sum", f"{rule}: the derivative of {part} is counted twice", lambda s: 2 * s.pull(node, k)
        )
    sign = node.info[k] == -1 and "(u − v)′ = u′ − v′" if numbers else node.info[k] == -1 and "d(u − v) = du − dv"
    text = (
        f"sum rule: {sign}, the minus before {part} was dropped"
        if sign
        else f"{rule}: the sign of the derivative of {part}"
    )
    yield Change("sign", f"sum {bool(sign)}", text, lambda s: -s.pull(node, k))
    if abs(node.info[k]) != 1:
        yield Change(
            "factor",
            "coefficient",
            f"{rules.CONSTANT_FACTOR}, the factor {number(node.info[k])} was dropped",
            lambda s: s.pull(node, k) / float(node.info[k]),
        )


def in_product(tree, words, node, k):
    labels, exponents, out, _ = node.info
    arg, exponent = node.args[k], exponents[k]
    part, moving = words.of(arg), tree.edges(node)
    twin = next(
        (
            j
            for j in moving
            if j != k and tree.keys[id(node.args[j])] == tree.keys[id(arg)] and exponents[j] == exponent
        ),
        None,
    )
    divided = any(exponents[j] == -1 for j in moving)
    rule = rules.QUOTIENT if divided else rules.SCALAR_PRODUCT if not node.axes and not arg.axes else rules.PRODUCT
    if twin is not None and labels[twin] == labels[k]:
        yield Change(
            "factor",
            "twin",
            "d(vᵀv) = 2vᵀdv: both factors move, the 2 was dropped (or ½vᵀv was meant)",
            lambda s: 0 * s.pull(node, k),
        )
    elif twin is not None:
        text = f"{rule}: {part} stands twice in {words.of(node)}, and both move; one of the two terms is missing"
        yield Change("missing-term", "twins", text, lambda s: 0 * s.pull(node, k))
    elif len(moving) > 1:
        yield Change(
            "missing-term",
            "product",
            f"{rule}: the term with the derivative of {part} is missing",
            lambda s: 0 * s.pull(node, k),
        )
        yield Change(
            "sign", "product", f"{rule}: the sign of the term with the derivative of {part}", lambda s: -s.pull(node, k)
        )
    if exponent == -1:
        if len(moving) == 1:
            yield Change("sign", "reciprocal", f"{rules.RECIPROCAL}, the minus was dropped", lambda s: -s.pull(node, k))
        yield Change(
            "power",
            "reciprocal",
            f"{rule if len(moving) > 1 else rules.RECIPROCAL}, the denominator is not squared",
            lambda s: s.pull(node, k) * s.values[id(arg)],
        )
        text = f"{rules.RECIPROCAL}: the derivative of v stands in place of that of 1/v"
        yield Change("function", "inverted", text, lambda s: -s.pull(node, k) * s.values[id(arg)] ** 2)
    elif exponent != 1:
        yield from raised(words, node, k, exponent)
    for j, other in enumerate(node.args):
        if j == k:
            continue
        if can_leave_out(labels, k, j):
            yield from left_out(tree, words, node, k, j, rule, len(moving) > 1)
        if is_square(other) and exponents[j] == 1 and labels[j] != labels[j][::-1]:
            named = words.of(other)
            text = f"linear: d(Ax) = A dx is read off as Aᵀ; here {named} and its transpose are exchanged"
            yield Change(
                "transposed", "factor", text, lambda s, j=j: s.through_chain(node, k, s.cot[id(node)], turned=j)
            )
    summed = [x for x in dict.fromkeys(labels[k]) if x not in out]
    if len(summed) == 1 and not any(
        x in marks for j, marks in enumerate(labels) for x in summed if j != k and j not in moving
    ):
        size = known(node.info[3][summed[0]])
        yield Change(
            "mean",
            "sum as mean",
            f"sum: d Σu = Σ du; a factor 1/{size} is too many, as for a mean",
            lambda s: s.pull(node, k) / size.at(s.sizes),
        )


def left_out(tree, words, node, k, j, rule, several):
    """A factor beside the argument that is left out of its derivative."""
    other, exponent = node.args[j], node.info[1][j]
    value = rational(other)
    pull = lambda s: s.through_chain(node, k, s.cot[id(node)], without=j)  # noqa: E731
    if other.kind == "size":
        named = f"1/{known(other.info)}" if exponent == -1 else f"{known(other.info)}"
        yield Change("mean", "mean", f"mean: d(1/n Σu) = 1/n Σ du, the factor {named} was dropped", pull)
        sizes = sorted(
            {n for dims in tree.variables.values() for d in dims for n in d.names if d.text == n}
            - {str(known(other.info))}
        )
        for name in sizes:
            wrong = f"1/{name}" if exponent == -1 else name
            yield Change(
                "mean", f"size {name}", f"mean: the factor is {named}, and not {wrong}",
                lambda s, name=name: s.pull(node, k) * (known(other.info).at(s.sizes) / s.sizes[name]) ** -exponent,
            )  # fmt: skip
    elif value is not None:
        cause = "sign" if value == -1 else "factor"
        named = (
            "the minus sign"
            if value == -1
            else f"the factor {number(value if exponent == 1 else Fraction(1) / Fraction(value))}"
        )
        yield Change(cause, f"constant {value}", f"{rules.CONSTANT_FACTOR}, {named} was dropped", pull)
        if value < 0 and value != -1:
            yield Change(
                "sign",
                f"sign {value}",
                f"{rules.CONSTANT_FACTOR}, the minus of {number(value)} was dropped",
                lambda s: -s.pull(node, k),
            )
    else:
        named = words.of(other) if exponent == 1 else f"1/{words.of(other)}" if exponent == -1 else words.of(other)
        if tree.depends(other):
            text = f"{rule}: the factor {named} is missing beside the derivative of {words.of(node.args[k])}"
        else:
            text = f"{rules.CONSTANT_FACTOR}, the factor {named} was dropped"
        yield Change("chain-factor" if tree.depends(other) or other.axes else "factor", "beside", text, pull)


def in_power(tree, words, node, k):
    base, exponent = node.args
    number_ = rational(exponent)
    if k == 0 and number_ is not None:
        yield from raised(words, node, k, number_)
    elif k == 0:
        named = words.of(exponent)
        yield Change(
            "factor",
            "exponent",
            f"{rules.POWER}, the factor {named} was dropped",
            lambda s: s.onto(s.cot[id(node)] * s.partial(node, 0) / s.values[id(exponent)], base),
        )
        yield Change(
            "power",
            "exponent",
            f"{rules.POWER}, the exponent was not lowered",
            lambda s: s.onto(s.cot[id(node)] * s.partial(node, 0) * s.values[id(base)], base),
        )
    else:
        named = words.of(base)
        yield Change(
            "chain-factor", "exponential", f"{rules.EXPONENTIAL}: the factor ln {named} was dropped",
            lambda s: s.onto(s.cot[id(node)] * s.values[id(node)], exponent),
        )  # fmt: skip
        yield Change(
            "function", "exponential", f"{rules.EXPONENTIAL}: the power rule n uⁿ⁻¹ stands in its place, but the exponent moves",
            lambda s: s.onto(s.cot[id(node)] * s.partial(node, 0), exponent),
        )  # fmt: skip


def raised(words, node, k, exponent):
    """What goes wrong with uⁿ, in a power and in a product alike."""
    e, arg = Fraction(exponent), node.args[k]
    pull = lambda s: s.pull(node, k)  # noqa: E731

    def times(power, factor=1.0):
        def at(s):
            with np.errstate(all="ignore"):
                return s.pull(node, k) * np.asarray(s.values[id(arg)], float) ** power * factor

        return at

    rule = rules.RECIPROCAL if e == -1 else rules.POWER
    if node.written == "square norm":
        text, name = f"{rules.SQUARE_NORM.says}, the 2 was dropped (or ½‖·‖² was meant)", "norm"
    elif e == 2:
        text, name = f"{rule}: the 2 of {words.bracketed(arg)}² was dropped (or ½(·)² was meant)", "square"
    else:
        text, name = f"{rule}, the factor n = {number(e)} was dropped", f"power {e}"
    if e == -1:
        yield Change("sign", "reciprocal", f"{rule}, the minus was dropped", lambda s: -pull(s))
    else:
        yield Change("factor", name, text, lambda s: pull(s) / float(e))
        if e not in (1, 2):
            yield Change(
                "factor",
                f"n − 1 {e}",
                f"{rule}: the factor is n = {number(e)}, and not n − 1",
                lambda s: pull(s) * float((e - 1) / e),
            )
        yield Change("power", f"lowered twice {e}", f"{rule}: the exponent {number(e)} was lowered by two", times(-1))
        if e < 0:
            yield Change("sign", name, f"{rule}: the minus of the exponent {number(e)} was dropped", lambda s: -pull(s))
    unlowered = "the denominator is not squared" if e == -1 else f"the exponent {number(e)} was not lowered"
    if e == Fraction(1, 2):
        norm = node.written == "norm"
        root = words.of(node) if norm else f"√{words.bracketed(arg)}"
        rule = rules.NORM if norm else "root: (√u)′ = u′/(2√u)"
        unlowered = f"here {root} multiplies, and does not divide"
    yield Change("power", f"not lowered {e}", f"{rule}: {unlowered}", times(1))
    if e != -1:
        yield Change(
            "function", f"integrated {e}", f"{rule}; here the power is integrated", times(2, 1 / float(e * (e + 1)))
        )
    if node.written == "square norm":

        def rooted(s):
            return s.through_chain(node, k, s.cot[id(node)] / (2 * np.sqrt(s.values[id(node)])))

        yield Change(
            "power",
            "norm for its square",
            f"{rules.SQUARE_NORM.says}; here stands the derivative of ‖v‖, without the square",
            rooted,
        )


def in_function(tree, words, node, k):
    declaration, arg = node.info, node.args[k]
    rule, inner = declaration.rule or f"derivative of {declaration.text}", words.of(arg)
    name = declaration.text

    def entrywise(change):
        def at(s):
            with np.errstate(all="ignore"):
                return s.onto(s.cot[id(node)] * np.nan_to_num(change(s, s.partial(node, k)), nan=np.nan), arg)

        return at

    if not still(node):
        yield Change(
            "chain-factor",
            f"dropped {name}",
            f"chain rule: the factor {name}′({inner}) is missing ({rule})",
            entrywise(lambda s, d: 1.0),
        )
        yield Change("sign", f"function {name}", f"{rule}: the sign", entrywise(lambda s, d: -d))
        yield Change(
            "function",
            f"itself {name}",
            f"{rule}; here {name} itself stands in place of its derivative",
            entrywise(lambda s, d: s.values[id(node)]),
        )
        yield Change(
            "function", f"inverted {name}", f"{rule}; here its reciprocal stands", entrywise(lambda s, d: 1 / d)
        )
        if len(node.args) == 1:
            here = "z" if inner == "z" else f"z = {inner}"
            text = f"{rule}, to be taken at {here}; here it is taken at the activation {name}(z)"
            yield Change(
                "activation-point",
                f"output {name}",
                text,
                entrywise(lambda s, d: s.entrywise(node, [s.values[id(node)]], 0)),
            )
            if not tree.variables.get(tree.wrt, (0,)) and arg.kind != "var":
                yield from at_inner_derivative(tree, node, k, name, inner, entrywise)
            by_output = derivative_by_output(declaration)
            if by_output is not None:
                text = f"{rule}, written in a = {name}(z); here {here} stands in place of a"
                yield Change(
                    "activation-point", f"input {name}", text, entrywise(lambda s, d: by_output(s.values[id(arg)]))
                )
    elif len(node.args) > 1 and len(tree.edges(node)) > 1:
        yield Change(
            "missing-term",
            f"argument {name}",
            f"{rule}: the part that comes through {inner} is missing",
            lambda s: 0 * s.pull(node, k),
        )


def at_inner_derivative(tree, node, k, name, inner, entrywise):
    """sin(x²)′ = cos(2x), or 2x cos(2x): the inner derivative stands inside."""
    arg = node.args[k]
    text = f"chain rule: {name}′ is to be taken at {inner}; here it is taken at the derivative of {inner} by {tree.wrt}"

    def slope(s):
        return s.forward[id(arg)].reshape(s.values[id(arg)].shape)

    yield Change("activation-point", f"inner {name}", text, entrywise(lambda s, d: s.entrywise(node, [slope(s)], 0)))
    text += ", which does not stand beside it"
    yield Change(
        "activation-point", f"inner only {name}", text, entrywise(lambda s, d: s.entrywise(node, [slope(s)], 0) / slope(s))
    )


def still(node) -> bool:
    """Whether a function is constant wherever it has a derivative."""
    return node.info.values == "01"


def derivative_by_output(declaration):
    """The derivative as it is declared in terms of the output, as a function of what is put in its place; None if it is not."""
    if not callable(declaration.derivative):
        return None
    x, y = symbol("x", ()), symbol("y", ())
    try:
        found = declaration.derivative(x, y)
    except ChainruleError:
        return None
    if not hasattr(found, "op") or not (used := symbols_of(found)) or used != {"y"}:
        return None

    def at(values):
        with np.errstate(all="ignore"):
            return np.reshape(
                [float(node_value(found, {"y": np.float64(v)})) for v in np.ravel(values)], np.shape(values)
            )

    return at


def symbols_of(node) -> set[str]:
    from_below, stack = set(), [node]
    while stack:
        top = stack.pop()
        if top.op == "symbol":
            from_below.add(top.name)
        stack.extend(top.args)
    return from_below


def in_structured(tree, words, node, k):
    declaration, arg = node.info[0], node.args[k]
    rule, name, inner = declaration.rule, declaration.text, words.of(arg)
    same = [str(d) for d in map(known, node.axes)] == [str(d) for d in map(known, arg.axes)]
    yield Change("sign", f"struct {name}", f"{rule}: the sign", lambda s: -s.pull(node, k))
    if same and node.axes:
        yield Change(
            "chain-factor",
            f"struct dropped {name}",
            f"chain rule: the derivative of {name}({inner}) is missing ({rule})",
            lambda s: s.cot[id(node)],
        )
        softmax = "softmax" in declaration.name
        cause = "softmax-diagonal" if softmax else "diagonal"
        text = f"{rule}; only the diagonal of its Jacobian is here" + (
            ": ∂pᵢ/∂zᵢ = pᵢ(1 − pᵢ), but pᵢ depends on every z" if softmax else ""
        )
        yield Change(
            cause,
            f"diagonal {name}",
            text,
            lambda s: s.cot[id(node)] * diagonal(s.local(node, k), s.values[id(node)].shape),
        )
        yield Change(
            "function",
            f"struct value {name}",
            f"{rule}; here it is taken for a function of each entry whose derivative is {name} itself",
            lambda s: s.cot[id(node)] * s.values[id(node)],
        )
    if is_square(arg):
        if is_square(node):
            text = (
                f"{rule}: the transposes are missing; read off, X⁻¹ becomes X⁻ᵀ"
                if declaration.name == "inverse"
                else f"{rule}: the transposes are missing"
            )
            yield Change(
                "transposed",
                f"both {name}",
                text,
                lambda s: turned(s.through(s.local(node, k), turned(s.cot[id(node)]), node, k)),
            )
    if not node.axes:
        yield Change(
            "chain-factor",
            f"times itself {name}",
            f"{rule}: the factor {name} was dropped",
            lambda s: s.pull(node, k) / s.values[id(node)],
        )
        yield Change(
            "chain-factor",
            f"too many {name}",
            f"{rule}: a factor {name} is too many",
            lambda s: s.pull(node, k) * s.values[id(node)],
        )


def is_square(node: Typed) -> bool:
    return len(node.axes) == 2 and known(node.axes[0]) is known(node.axes[1])


def turned(x: np.ndarray) -> np.ndarray:
    return np.swapaxes(x, -1, -2)


def diagonal(local: np.ndarray, shape: tuple) -> np.ndarray:
    size = int(np.prod(shape, dtype=int))
    return np.diagonal(local.reshape(size, size)).reshape(shape)


def can_leave_out(labels, k: int, j: int) -> bool:
    """Whether a product makes sense for argument k without factor j: it acts entry by entry, or is a number."""
    return set(labels[j]) <= set(labels[k])


class Words:
    """Parts of the function as a sentence repeats them."""

    def __init__(self, problem: Meaning, tree: Tree):
        self.lowering = Lowering({n: symbol(n, v.dims, v.facts) for n, v in problem.variables.items()})
        self.numbers, self.known = tree.keys, {}

    def of(self, typed: Typed) -> str:
        key = self.numbers[id(typed)]
        if key not in self.known:
            self.known[key] = self.written(typed)
        return self.known[key]

    def bracketed(self, typed: Typed) -> str:
        """The same where an exponent follows."""
        text = self.of(typed)
        if text == LONG:
            return "(…)"
        return text if text.isalnum() or text.endswith(")") and text.partition("(")[0].isalnum() else f"({text})"

    def written(self, typed: Typed) -> str:
        try:
            node = self.lowering.node(typed)
            found = render(node, node.ndim, taken=list(self.lowering.symbols.values())).text()
        except (ChainruleError, NotImplementedError, KeyError, ValueError):
            return LONG
        return found if len(found) <= SHOWN and "\n" not in found else LONG
