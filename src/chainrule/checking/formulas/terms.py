"""A formula compared term by term: which of the person's terms is wrong, missing or too many, underlined in their own text.

The terms are the outermost summands as they were typed. Numbers at random points decide (which coefficients make the sum
right, which term of the true derivative the difference is); the engine writes down what should stand there.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...core.node import Node
from ...core.sums import linear_sum
from ...core.walk import order
from ...derivation.differentiate import tidied
from ...matrix import render
from ...syntax import Meaning, Problem
from ...syntax.tree import Tree
from .equal import equal, largest, read_beside, side, value_of
from .ratio import number

EXACT = 1e-9  # relative: what fits so well at random points fits
DENOMINATOR = 60  # of coefficients that people write
SHORT = 44  # characters of a formula that is shown beside a term
LINE = 84  # characters of the person's text that can be underlined
TERMS = 12  # more are not compared one by one


class Term(NamedTuple):
    """One outermost summand of a text, where it stands there, and its values at the points (with its sign)."""

    text: str
    start: int
    end: int
    problem: Problem
    sign: int
    values: list[np.ndarray]


class Verdict(NamedTuple):
    """What comparing terms found.

    kind     "coefficient", "sign", "extra", "missing", "replaced", "lacking" (a term that is not one of the printed ones)
             or "difference"
    cause    the word of `causes.table`
    sentence what is the matter, in one sentence
    shown    the person's text with the wrong term underlined, or None
    """

    kind: str
    cause: str
    sentence: str
    shown: str | None


def compare_terms(found, mine: Problem, function: Meaning, points: list, turned: bool = False) -> Verdict | None:
    """What is wrong with one term of `mine`, where one term alone explains the whole difference.

    Parameters
        found: the derivation of the true derivative.
        mine: the person's formula as read; `function` gives it its names.
        points: (values, the true derivative there, the person's there), in equal shapes.
        turned: whether yours was transposed to be compared.
    """
    if turned or not points:
        return None
    terms = terms_of(mine, function, points)
    if not terms:
        return None
    true = [a for _, a, _ in points]
    engine = Engine(found, function)
    by_coefficient = coefficients(terms, true)
    if by_coefficient is not None:
        wrong = [(term, c) for term, c in zip(terms, by_coefficient) if c != 1]
        if len(wrong) == 1 and len(terms) > 1:
            return of_coefficient(mine, terms, *wrong[0], engine)
    gap = [a - sum(t.values[at] for t in terms) for at, a in enumerate(true)]
    parts = engine.terms(points)
    for node, values in parts:
        if alike(values, gap):
            text = engine.text(node)
            if text:
                return Verdict("missing", "missing-term", f"the term {text} is missing; all else is right", None)
    best = None
    for term in terms if len(terms) > 1 else ():
        rest = [term.sign * (a - sum(t.values[at] for t in terms if t is not term)) for at, a in enumerate(true)]
        node = engine.remainder(terms, term)
        text = engine.text(node) if node is not None and engine.agrees(node, points, rest) else None
        single = text and (any(alike([term.sign * v for v in values], rest) for _, values in parts) or node.op != "sum")
        if single and (best is None or len(text) < len(best[1])):
            best = (term, text)
    node = engine.difference(mine)
    text = engine.text(node) if node is not None and engine.agrees(node, points, gap) else None
    if text and not any(n.op == "sum" for n in order(node)) and (best is None or len(text) < len(best[1])) and len(text) < len(found.text):
        return Verdict("lacking", None, f"the term {text} is missing; all else is right", None)
    if best:
        term, replaced = best
        return Verdict(
            "replaced",
            None,
            f"the other terms are right; in place of {term.text.strip()} there should be {replaced}",
            underlined(mine.text, term, f"should be {replaced}"),
        )
    if not text or len(text) >= len(found.text) + len(mine.text.strip()):  # nothing cancels: it tells no more than both
        return None
    return Verdict("difference", None, f"the true one less yours is exactly {text}", None)


def of_coefficient(mine: Problem, terms: list[Term], term: Term, c: Fraction, engine: "Engine") -> Verdict:
    """The verdict where one term, times a number, is right."""
    others = (
        f"the {'first' if terms[1] is term else 'second'} term is right"
        if len(terms) == 2
        else "the other terms are right"
    )
    written = term.text.strip()
    if c == 0:
        return Verdict(
            "extra", "extra-term", f"{others}, and {written} is too much", underlined(mine.text, term, "too much")
        )
    if c == -1:
        return Verdict(
            "sign",
            "sign",
            f"{others}; the sign of {written} is wrong",
            underlined(mine.text, term, "the sign is wrong"),
        )
    node, gap = engine.remainder(terms, term), engine.difference(mine)
    text = (engine.text(node) if node is not None else None) or f"{number(c)} times this"
    less = engine.text(gap) if gap is not None else None
    sentence = (
        f"{others}; the difference is exactly {less}"
        if less
        else f"{others}; {written} should be {number(c)} times as large"
    )
    cause = "doubled-term" if c == Fraction(1, 2) else "factor"
    return Verdict("coefficient", cause, sentence, underlined(mine.text, term, f"should be {text}"))


# ------------------------------------------------------------------------------- the person's terms


def terms_of(mine: Problem, function: Meaning, points: list) -> list[Term]:
    """The outermost summands, read one by one; none where that is not possible."""
    tree = mine.tree
    parts = [(1, tree)] if tree.kind != "sum" else [(-1 if s == "-" else 1, t) for s, t in zip(tree.value, tree.args)]
    if len(parts) > TERMS:
        return []
    found = []
    for sign, part in parts:
        try:
            read = read_beside(alone(mine, part), function, mine.dialect)
            each = side(read, function)
            values = [sign * np.broadcast_to(np.asarray(each.evaluate(v), float), np.shape(b)) for v, _, b in points]
        except (ChainruleError, ValueError, np.linalg.LinAlgError):
            return []
        found.append(Term(mine.text[part.start : part.end], part.start, part.end, read, sign, values))
    for at, (_, _, b) in enumerate(points):
        if not largest(sum(t.values[at] for t in found) - b) <= EXACT * max(
            largest(b), *[largest(t.values[at]) for t in found]
        ):
            return []  # a term read alone means something else than in the sum
    return found


def alone(mine: Problem, part: Tree) -> str:
    """The text with one term in place of the whole sum."""
    return mine.text[: mine.tree.start] + mine.text[part.start : part.end] + mine.text[mine.tree.end :]


def underlined(text: str, term: Term, said: str) -> str | None:
    """The person's line with a term underlined, and beside the line what should stand there."""
    start = text.rfind("\n", 0, term.start) + 1
    end = text.find("\n", term.start)
    line = text[start : end if end >= 0 else len(text)]
    if len(line) > LINE or term.end > start + len(line) or "\t" in line:
        return None
    kept = len(line) - len(line.lstrip())
    stretch = text[term.start : term.end]
    left = stretch.rstrip()
    return f"{line.strip()}\n{' ' * (term.start - start - kept)}{'~' * len(left)}  {said}"


# ------------------------------------------------------------------------------- numbers


def coefficients(terms: list[Term], true: list[np.ndarray]) -> list[Fraction] | None:
    """The numbers c with Σ c · term = true at all points, where there are such and they are simple."""
    columns = np.stack([np.concatenate([np.ravel(v) for v in t.values]) for t in terms], axis=1)
    right = np.concatenate([np.ravel(a) for a in true])
    if columns.shape[0] < columns.shape[1] + 1:
        return None
    scale = np.max(np.abs(columns), axis=0)
    if not np.all(scale > 0):
        return None
    found, _, rank, _ = np.linalg.lstsq(columns / scale, right, rcond=1e-9)
    if rank < len(terms):
        return None
    found = found / scale
    if not largest(columns @ found - right) <= EXACT * max(largest(right), 1e-300):
        return None
    simple = [simple_number(c) for c in found]
    return None if None in simple else simple


def simple_number(c: float) -> Fraction | None:
    """The fraction with a small denominator that a number is."""
    if not np.isfinite(c):
        return None
    found = Fraction(float(c)).limit_denominator(DENOMINATOR)
    near = abs(float(found) - c) <= 1e-7 * max(1.0, abs(c))
    return found if near else None


def alike(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    """Whether two lists of arrays are equal to rounding, and not zero."""
    return all(equal(x, y, EXACT) for x, y in zip(a, b)) and any(largest(x) > 0 for x in a)


# ------------------------------------------------------------------------------- what should stand there


class Engine:
    """The same on the graph: differences of the true derivative and the person's terms, as short formulas."""

    def __init__(self, found, function: Meaning):
        self.found, self.function = found, function
        self.true: Node = found.node

    def terms(self, points: list) -> list[tuple[Node, list[np.ndarray]]]:
        """The terms of the true derivative as it is printed, with their values."""
        if self.true.op != "sum" or not self.true.args:
            parts = [self.true]
        else:
            parts = [linear_sum([(c, t)], self.true.dims) for c, t in self.true.terms]
        return [(node, [np.asarray(value_of(node, self.function, v), float) for v, _, _ in points]) for node in parts]

    def remainder(self, terms: list[Term], wrong: Term) -> Node | None:
        """What should stand in place of one term, behind its sign: the true derivative less all other terms."""
        return self.less([(t.sign, t.problem) for t in terms if t is not wrong], wrong.sign)

    def difference(self, mine: Problem) -> Node | None:
        return self.less([(1, mine)])

    def less(self, parts: list[tuple[int, Problem]], sign: int = 1) -> Node | None:
        try:
            lowered = [(-sign * each, self.lowered(problem)) for each, problem in parts]
            if any(node.dims != self.true.dims for _, node in lowered):
                return None
            return tidied(linear_sum([(sign, self.true), *lowered], self.true.dims, flatten=True))
        except (ChainruleError, NotImplementedError):
            return None

    def lowered(self, problem: Problem) -> Node:
        held = {name: v.facts for name, v in problem.variables.items() if name not in self.function.every}
        if held:
            raise ChainruleError("a named intermediate of the function")
        return problem.lower().node

    def agrees(self, node: Node, points: list, values: list[np.ndarray]) -> bool:
        """Whether a node is what it should be, by numbers: what is shown is checked."""
        try:
            found = [np.asarray(value_of(node, self.function, v), float) for v, _, _ in points]
        except (ChainruleError, ValueError, KeyError):
            return False
        return alike(found, values)

    def text(self, node: Node) -> str | None:
        """A node in textbook notation, where that is short."""
        d = self.found
        try:
            shown = render(
                node, d.function.ndim, next(v for v in d.parameters if v.name == d.wrt), d.names, d.parameters, d.layout
            )
            text = shown.text()
        except (ChainruleError, NotImplementedError):
            return None
        short = len(text) <= SHORT and "\n" not in text and not shown.where_text() and shown.form == "matrix"
        return text if short else None
