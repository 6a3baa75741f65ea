"""The single edit of a person's formula that makes it right: another number, sign, exponent, transpose, function or variable.

Every edit replaces one stretch of their text; the edited text is read again and compared with the true derivative at random
points. What makes it right there, and at fresh ones, is the mistake, and it is underlined where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...ops.declare import Elementwise, lookup
from ...syntax import Meaning, Problem
from ...syntax.text import parse
from ...syntax.tree import Tree, walk
from ...syntax.typed import order
from .equal import Side, largest, read_beside, side

MOST = 260  # edits that are tried
MATRICES = 4  # of a function that are tried as missing factors
PAIRED = 12  # places of a formula that does not fit at which two are tried together
EXACT = 1e-9
LINE = 84
SIGNS = ("+", "-", "−")
PARTNERS = (  # functions that are taken for one another
    ("sin", "cos", "tan"), ("sinh", "cosh", "tanh", "sigmoid"), ("exp", "log", "sqrt"), ("relu", "step", "sign", "abs"), ("arcsin", "arccos", "arctan"),
    ("sum", "mean"), ("det", "logdet"), ("inverse", "transpose"), ("max", "min"), ("tanh", "tan"),
)  # fmt: skip


class Edit(NamedTuple):
    """One stretch of text, what should stand there, and the cause that this would be."""

    start: int
    end: int
    text: str
    cause: str | None


class Repair(NamedTuple):
    """The edit that makes a formula right: the cause, a sentence, and the text with the stretch underlined.

    `tried` says that it was found by trying, and not by laying the text beside the true one.
    """

    cause: str | None
    sentence: str
    shown: str | None
    text: str
    tried: bool = True


def repair(mine: Problem, function: Meaning, points: list, lay=lambda array: array) -> Repair | None:
    """The single edit after which `mine` has the true values at all points.

    Parameters
        points: (values, true derivative, the person's) at random points.
        lay: what lays an array of the shape of `mine` out as the true one is.
    """
    if not points:
        return None
    tried: set[str] = set()
    for edit in edits(mine, function):
        text = mine.text[: edit.start] + edit.text + mine.text[edit.end :]
        if text in tried:
            continue
        if len(tried) >= MOST:
            return None
        tried.add(text)
        if right(text, mine, function, points, lay):
            return described(mine, edit, text)
    return None


def turnings(mine: Problem, function: Meaning, points: list, lay) -> int:
    """At how many places a transpose more, or less, makes a formula right: at one, it is that which went wrong."""
    found = 0
    for tree in (mine.tree, *[tree for _, tree in mine.lets]):
        for node, parent in with_parents(tree):
            for edit in transposes(node, parent, mine, function):
                text = mine.text[: edit.start] + edit.text + mine.text[edit.end :]
                found += right(text, mine, function, points, lay)
    return found


def right(text: str, mine: Problem, function: Meaning, points: list, lay) -> bool:
    """Whether an edited text has the true values."""
    try:
        read = read_beside(text, function, mine.dialect)
        if read.dims != mine.dims:
            return False
        edited: Side = side(read, function)
        for values, true, _ in points:
            with np.errstate(all="ignore"):
                found = lay(np.asarray(edited.evaluate(values)))
            if not largest(found - true) <= EXACT * largest(true):
                return False
    except (ChainruleError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return False
    return True


def instead(mine: Problem, place) -> Repair:
    """The repair that puts what should stand at a place (see `unlike`) there."""
    edit = Edit(place.start, place.end, place.should or " ", place.cause)
    found = described(mine, edit, mine.text[: edit.start] + edit.text + mine.text[edit.end :])
    return found._replace(tried=False, sentence=place.lacks or found.sentence)


def described(mine: Problem, edit: Edit, text: str) -> Repair:
    before, after = mine.text[edit.start : edit.end].strip(), edit.text.strip()
    if not after:
        sentence = f"without {before} it is right"
        said = "too much"
    elif edit.cause == "sign" and before in SIGNS:
        sentence, said = f"a sign is wrong: {after} should stand in place of {before}", f"should be {after}"
    elif edit.cause == "sign":
        sentence, said = f"the sign of {before.lstrip('+-')} is wrong", "the sign is wrong"
    else:
        sentence, said = f"with {after} in place of {before} it is right", f"should be {after}"
    start = mine.text.rfind("\n", 0, edit.start) + 1
    end = mine.text.find("\n", edit.start)
    line = mine.text[start : end if end >= 0 else len(mine.text)]
    shown = None
    whole = mine.tree.start >= edit.start and mine.tree.end <= edit.end
    if not whole and len(line) <= LINE and "\t" not in line:
        kept = len(line) - len(line.lstrip())
        lead = len(mine.text[edit.start : edit.end]) - len(mine.text[edit.start : edit.end].lstrip())
        shown = f"{line.strip()}\n{' ' * (edit.start + lead - start - kept)}{'~' * max(1, len(before))}  {said}"
    return Repair(edit.cause, sentence, shown, text)


# ------------------------------------------------------------------------------- shapes that do not fit


def fitting(text: str, function: Meaning, dialect: str | None) -> Iterator[tuple[list[Edit], Problem]]:
    """Readings of a text whose shapes do not fit, with one or two of its matrices transposed, or two factors exchanged.

    Yields (the edits, the text as read with them).
    """
    program = parse(text, dialect, function.every)
    trees = [*[s.tree for s in program.statements if s.tree is not program.result.tree], program.result.tree]
    sign = ".T" if program.numpy else "^T"
    single: list[Edit] = []
    for tree in trees:
        for node, parent in with_parents(tree):
            written = text[node.start : node.end]
            if node.kind == "transpose":
                single.append(Edit(node.start, node.end, text[node.args[0].start : node.args[0].end], "transposed"))
            elif node.kind == "name" and (parent is None or parent.kind not in ("transpose", "power", "subscript")):
                if node.value not in function.every or len(function.every[node.value].dims) != 0:
                    single.append(Edit(node.start, node.end, f"{written}{sign}", "transposed"))
            elif (
                is_bracketed(written)
                and node.kind in ("sum", "product")
                and (parent is None or parent.kind not in ("transpose", "power"))
            ):
                single.append(Edit(node.start, node.end, f"{written}{sign}", "transposed"))
            if node.kind == "product":
                for left, right_ in zip(node.args, node.args[1:]):
                    between = text[left.end : right_.start]
                    turned = text[right_.start : right_.end] + (between or " ") + text[left.start : left.end]
                    single.append(Edit(left.start, right_.end, turned, "order"))
                single += bracketed_tails(text, node)
            if node.kind == "sum" and len(node.args) > 1:
                single += without_terms(text, node)
    few = single[:PAIRED]
    single += [e for tree in trees for e in with_factors(text, tree, function, sign, program.numpy)]
    for several in [
        *[[e] for e in single],
        *[[a, b] for k, a in enumerate(few) for b in few[k + 1 :] if a.end <= b.start or b.end <= a.start],
    ]:
        edited = text
        for edit in sorted(several, key=lambda e: -e.start):
            edited = edited[: edit.start] + edit.text + edited[edit.end :]
        try:
            yield several, read_beside(edited, function, dialect)
        except ChainruleError:
            continue


def bracketed_tails(text: str, node: Tree) -> Iterator[Edit]:
    """A (B ⊙ c) for A B ⊙ c: a product of two kinds in which the last factors belong together."""
    if len(set(node.value[1:])) > 1:
        for k in range(1, len(node.args) - 1):
            start = node.args[k].start
            yield Edit(start, node.args[-1].end, f"({text[start : node.args[-1].end]})", "order")


def without_terms(text: str, node: Tree) -> Iterator[Edit]:
    """Each term of a sum that may be too much."""
    for at, term in enumerate(node.args):
        if at:
            yield Edit(node.args[at - 1].end, term.end, " ", "extra-term")
        else:
            yield Edit(term.start, node.args[1].start if node.value[1] == "+" else term.end, " ", "extra-term")


def with_factors(text: str, tree: Tree, function: Meaning, sign: str, numpy: bool) -> Iterator[Edit]:
    """A matrix of the function, or its transpose, left of a term of a sum: where the inner derivative reached one term only."""
    matrices = [name for name, v in function.every.items() if len(v.dims) == 2][:MATRICES]
    for node in walk(tree):
        for term in node.args if node.kind == "sum" else ():
            number = term.kind == "product" and term.args[0].kind == "number" and term.value[1] not in ("/", "./")
            start = term.args[1].start if number else term.start
            for name in matrices:
                for factor in (f"{name}{sign}", name):
                    written = f"{factor}{' @ ' if numpy else ' '}{text[start : term.end]}"
                    yield Edit(term.start, term.end, text[term.start : start] + written, "chain-factor")


# ------------------------------------------------------------------------------- edits


def edits(mine: Problem, function: Meaning) -> Iterator[Edit]:
    """All single edits, the likeliest kinds first."""
    trees = [mine.tree, *[tree for _, tree in mine.lets]]
    nodes = [(node, parent) for tree in trees for node, parent in with_parents(tree)]
    for kind in (signs, numbers, exponents, transposes, functions, activations, products, variables, factors, squares):
        for node, parent in nodes:
            yield from kind(node, parent, mine, function)


def with_parents(tree: Tree) -> Iterator[tuple[Tree, Tree | None]]:
    above: dict[int, Tree] = {}
    for node in walk(tree):
        for child in node.args:
            if child is not None:
                above[id(child)] = node
        yield node, above.get(id(node))


def stretch(mine: Problem, node: Tree) -> str:
    return mine.text[node.start : node.end]


def is_latex(mine: Problem) -> bool:
    return "\\" in mine.text


def signs(node, parent, mine, function):
    """The sign of a term: the operator before it stands left of where it begins."""
    if node.kind != "sum":
        return
    for at, (sign, term) in enumerate(zip(node.value, node.args)):
        from_ = node.args[at - 1].end if at else node.start
        between = mine.text[from_ : term.start]
        place = max(between.rfind("-"), between.rfind("+"), between.rfind("−"))
        if place >= 0:
            yield Edit(from_ + place, from_ + place + 1, "+" if sign == "-" else "-", "sign")
        elif at == 0:
            yield Edit(term.start, term.end, f"-{stretch(mine, term)}", "sign")
        if len(node.args) > 1:
            if at:
                start = from_ + place if place >= 0 else from_
                yield Edit(start, term.end, " " * (term.end - start), "extra-term")
            elif node.value[1] == "+":
                yield Edit(term.start, node.args[1].start, " " * (node.args[1].start - term.start), "extra-term")


def numbers(node, parent, mine, function):
    if (
        node.kind != "number"
        or parent is not None
        and parent.kind == "power"
        and parent.args[1] is node
        or node.start == node.end
    ):
        return
    try:
        value = Fraction(node.value)
    except (TypeError, ValueError):
        return
    for other in dict.fromkeys(
        (2 * value, value / 2, value + 1, value - 1, 1 / value if value else value, 4 * value, 3 * value)
    ):
        if other != value and other > 0:
            yield Edit(node.start, node.end, str(other) if other.denominator == 1 else f"({other})", "factor")


def exponents(node, parent, mine, function):
    if node.kind != "power":
        return
    base, exponent = node.args
    inner = exponent.args[0] if exponent.kind == "sum" and len(exponent.args) == 1 else exponent
    yield Edit(node.start, node.end, stretch(mine, base), "power")
    if inner.kind == "number" and isinstance(inner.value, (int, Fraction)):
        for other in (inner.value + 1, inner.value - 1, 2 * inner.value):
            if other != inner.value and other >= 0:
                yield Edit(
                    inner.start, inner.end, str(other) if Fraction(other).denominator == 1 else f"({other})", "power"
                )


def transposes(node, parent, mine, function):
    if node.kind == "transpose":
        yield Edit(node.start, node.end, stretch(mine, node.args[0]), "transposed")
    elif node.kind in ("name", "power", "call") or is_bracketed(stretch(mine, node)):
        if (parent is None or parent.kind not in ("transpose", "power")) and rank_of(node) == 2:
            sign = ".T" if mine.dialect == "numpy" else "^T"
            text = stretch(mine, node)
            yield Edit(
                node.start,
                node.end,
                f"{text}{sign}" if node.kind in ("name", "call") else f"({text}){sign}",
                "transposed",
            )


def is_bracketed(text: str) -> bool:
    """Whether one pair of brackets stands around a whole text."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if not depth:
            return bool(text) and text[0] in "([" and at == len(text) - 1
    return False


def rank_of(node: Tree) -> int | None:
    """How many axes inference gave to a part."""
    if not node.shape:
        return None
    axes = node.shape[0]
    return axes if isinstance(axes, int) else len(axes)


def functions(node, parent, mine, function):
    if node.kind != "call" or not node.args:
        return
    name = node.value
    written = stretch(mine, node)
    for family in PARTNERS:
        if name in family:
            for other in family:
                if other != name:
                    at = written.find(name)
                    if at >= 0:
                        cause = "mean" if {name, other} == {"sum", "mean"} else "function"
                        yield Edit(node.start + at, node.start + at + len(name), other, cause)


def activations(node, parent, mine, function):
    """f(u) where u belongs, and u where f(u) belongs, for the functions that the function itself uses."""
    if node.kind == "call" and len(node.args) == 1 and isinstance(lookup(node.value), Elementwise):
        yield Edit(node.start, node.end, f"({stretch(mine, node.args[0])})", "activation-point")
    if (
        node.kind in ("name", "product", "sum")
        and node.start < node.end
        and (parent is None or parent.kind != "product" or node.kind != "product")
    ):
        for name in used_functions(function):
            if parent is None or parent.kind != "call" or parent.value != name:
                text = stretch(mine, node)
                written = f"{name}{text}" if text.startswith("(") and text.endswith(")") else f"{name}({text})"
                yield Edit(
                    node.start,
                    node.end,
                    f"\\operatorname{{{name}}}({text})" if is_latex(mine) else written,
                    "activation-point",
                )


def used_functions(function: Meaning) -> list[str]:
    """The functions of one argument, entry by entry, that the function uses."""
    from_below = [t.info.name for _, typed in function.typed_lets for t in order([typed]) if t.kind == "map"]
    from_below += [t.info.name for t in order([function.typed]) if t.kind == "map"]
    return [name for name in dict.fromkeys(from_below) if lookup(name).arity == 1][:4]


def products(node, parent, mine, function):
    """Entry by entry in place of the matrix product and the reverse; factors in another order; one factor too many."""
    if node.kind != "product" or len(node.args) < 2:
        return
    entrywise = "\\odot " if is_latex(mine) else "*" if mine.dialect == "numpy" else ".*"
    matrix = " " if is_latex(mine) else "@" if mine.dialect == "numpy" else "*"
    for at in range(1, len(node.args)):
        left, right_ = node.args[at - 1], node.args[at]
        sign = node.value[at]
        if sign != "/" and sign != "./":
            for other in (entrywise, matrix):
                yield Edit(left.end, right_.start, f" {other} ", "elementwise-product")
            yield Edit(
                left.start,
                right_.end,
                f"{stretch(mine, right_)}{mine.text[left.end : right_.start]}{stretch(mine, left)}",
                "order",
            )
        yield Edit(left.end, right_.start, " / " if sign not in ("/", "./") else f" {entrywise} ", "power")
    for at, factor in enumerate(node.args):
        cause = "factor" if factor.kind == "number" else "chain-factor"
        if at:
            yield Edit(node.args[at - 1].end, factor.end, " " * (factor.end - node.args[at - 1].end), cause)
        elif node.value[1] not in ("/", "./"):
            yield Edit(factor.start, node.args[1].start, " " * (node.args[1].start - factor.start), cause)


def variables(node, parent, mine, function):
    """Another variable, or size, of the same shape."""
    if node.kind != "name" or node.start == node.end:
        return
    here = function.every.get(node.value)
    if here is not None:
        for name, other in function.every.items():
            if name != node.value and other.dims == here.dims:
                yield Edit(node.start, node.end, name, "variable")
        return
    sizes = sorted({n for v in function.every.values() for d in v.dims for n in d.names})
    if node.value in sizes:
        for name in sizes:
            if name != node.value:
                yield Edit(node.start, node.end, name, "mean")


def factors(node, parent, mine, function):
    """A number, a size or a scalar variable by which a part is to be multiplied or divided."""
    if (
        node.kind not in ("product", "name", "call", "power", "norm")
        or parent is not None
        and parent.kind in ("product", "power", "transpose")
    ):
        return
    text = stretch(mine, node)
    if not text.strip():
        return
    times = " " if is_latex(mine) else "*"
    for c in ("2", "(1/2)", "3", "4"):
        yield Edit(node.start, node.end, f"{c}{times}{text}", "factor")
    for name, v in function.every.items():
        if not v.dims:
            shown = "\\lambda" if is_latex(mine) and name == "lam" else name
            yield Edit(node.start, node.end, f"{shown}{times}{text}", "factor")
    for size in sorted({n for v in function.every.values() for d in v.dims for n in d.names})[:3]:
        yield Edit(node.start, node.end, f"(1/{size}){times}{text}", "mean")


def squares(node, parent, mine, function):
    """A square that was forgotten."""
    if node.kind in ("name", "call", "norm", "bars") or stretch(mine, node).startswith("(") and node.kind == "sum":
        if parent is not None and parent.kind == "power" and parent.args[0] is node or not stretch(mine, node):
            return
        sign = "**2" if mine.dialect == "numpy" else "^2" if is_latex(mine) or not rank_of(node) else ".^2"
        yield Edit(node.start, node.end, f"{stretch(mine, node)}{sign}", "power")
