"""Mistakes of calculus: derivatives of a function with one rule broken, each with a sentence that names the rule.

Nothing is listed by formula. The function's typed tree is walked, and at every step of its reverse sweep that step alone is
done wrong in the ways that people do: a factor dropped, a sign, f′ left out or taken at the wrong place, one term of the
product rule missing, a transpose forgotten, a mean taken for a sum. What comes out is a wrong derivative with a known cause. A
rule may also be broken everywhere it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from ...derivation import rules
from ...numeric.points import draw
from ...syntax import Meaning
from ...syntax.lower import known
from ...syntax.typed import Typed
from .broken import Change, Words, changes, still
from .sweep import Sweep, Tree

MOST = 4000  # places of one function at which something may be wrong
ONE_PLACE = (
    "sum",
    "product",
    "beside",
    "factor",
    "read off",
)  # slips that nobody makes everywhere: other things are beside each
AGREE = 3  # points at which a part explains yours
EXACT = 1e-9  # relative: what fits so well at random points fits


CLAUSES = {  # what a broken rule does to the result, as a headline says it
    "factor": "a constant factor is wrong",
    "sign": "a sign is wrong",
    "chain-factor": "a factor of the chain rule is missing",
    "activation-point": "a derivative is taken at the wrong place",
    "power": "an exponent is wrong",
    "function": "the derivative of one function is another",
    "value": "the function stands in place of its derivative",
    "missing-term": "a term is missing",
    "extra-term": "there is a term too many",
    "doubled-term": "a term is counted twice",
    "transposed": "a transpose is wrong",
    "mean": "the factor of a mean is wrong",
    "softmax-diagonal": "only the diagonal of softmax's Jacobian is there",
    "diagonal": "only a diagonal is there",
}
WHAT = re.compile(r"(?:^|[:;,] )((?:the|a) [^:;]*? (?:is|are|was|were) (?!too )[^:;()]*?(?:\([^ ]*\)[^:;()]*?)*)(?: \(.*)?$")


class Slip:
    """A derivative with one rule broken.

    Attributes
        cause: the word of `causes.table`.
        sentence: what was done wrong, with the name of the rule.
        everywhere: whether the rule is broken wherever it is used, and not at one place alone.
        clause: what is wrong with the result, as a headline says it: by its cause, unless that does not say it well.
    """

    def __init__(
        self,
        cause: str,
        sentence: str,
        at: Callable[[Sweep], np.ndarray],
        sweeps: "Sweeps",
        everywhere: bool = False,
        clause: str | None = None,
    ):
        self.cause, self.sentence, self.everywhere, self._clause = cause, sentence, everywhere, clause
        self._at, self._sweeps = at, sweeps

    def value(self, values: dict) -> np.ndarray:
        """The wrong derivative at a point: axes of the function, then of the variable."""
        return self._at(self._sweeps.at(values))

    @property
    def clause(self) -> str:
        """What it does to the result, as a headline says it."""
        return self._clause or CLAUSES.get(self.cause, "one rule is broken")

    @property
    def what(self) -> str:
        """What was done wrong, without the name of the rule and what stands in brackets: the clause of `sentence` with the verb."""
        found = WHAT.search(self.sentence)
        return found[1] if found else self.clause

    def __repr__(self) -> str:
        return f"<Slip {self.cause}: {self.sentence}>"


class Sweeps:
    """The sweep at the point that was asked for last: many slips are asked for at one point."""

    def __init__(self, tree: Tree):
        self.tree, self.last, self.found = tree, None, None

    def at(self, values: dict) -> Sweep:
        if self.last is not values:
            self.last, self.found = values, Sweep(self.tree, values)
        return self.found


def slips(problem: Meaning, wrt: str) -> Iterator[Slip]:
    """The derivatives of `problem` in `wrt` with one rule of calculus broken, the likelier first.

    Parameters
        problem: a function as read from text or brought as code.

    Raises ChainruleError: there is no number to compute with.
    """
    tree = Tree(problem, wrt)
    sweeps, words = Sweeps(tree), Words(problem, tree)
    made, groups = 0, {}
    single: list[Slip] = []
    for node in tree.nodes:
        for k in tree.edges(node):
            for change in changes(tree, words, node, k):
                if change.rule not in ONE_PLACE:
                    groups.setdefault((change.cause, change.rule), []).append((node, k, change))
                single.append(Slip(change.cause, change.said, one_place(node, k, change), sweeps))
                made += 1
                if made >= MOST:
                    break
    yield from single
    for (cause, _), places in groups.items():
        if 1 < len({(id(n), k) for n, k, _ in places}) <= 40:
            altered = {(id(node), k): change.pull for node, k, change in places}
            yield Slip(cause, places[0][2].said, lambda sweep, altered=altered: sweep.with_all(altered), sweeps, True)
    for cause, said, at, *clause in of_the_whole(tree, words):
        yield Slip(cause, said, at, sweeps, clause=clause[0] if clause else None)


def one_place(node: Typed, k: int, change: Change):
    return lambda sweep: sweep.with_pull(node, k, change.pull(sweep))


def of_the_whole(tree: Tree, words: "Words"):
    """(cause, what to say, sweep → wrong derivative, a clause for the headline or none) for what is done with the whole."""
    shape = tuple([str(d) for d in tree.variables[tree.wrt]]) if tree.wrt in tree.variables else None
    if shape is None:
        return
    for node in tree.nodes:
        if not tree.depends(node) or node is tree.root or node.kind == "var":
            continue
        if tuple([str(known(d)) for d in node.axes]) == shape:
            part = words.of(node)
            text = f"chain rule: this is the derivative by {part}; the factor for {part} by {tree.wrt} is missing"
            yield "chain-factor", text, lambda s, node=node: s.laid(s.cot[id(node)])
    for node in tree.nodes if not tree.root.axes else ():
        own = tuple([str(known(d)) for d in node.axes])
        if node.kind == "map" and len(node.args) == 1 and tree.depends(node) and own in ((), shape) and not still(node):
            part = f"{node.info.text}′({words.of(node.args[0])})"
            text = f"chain rule: the factor {part} is too many"
            clause = "a factor of the chain rule is too many"
            yield "chain-factor", text, lambda s, node=node: s.true * s.partial(node, 0), clause
    for node in tree.nodes:
        if node.kind == "sum" and tree.depends(node) and not node.axes and node is tree.root:
            for k, arg in enumerate(node.args):
                if not tree.depends(arg):
                    part = words.of(arg)
                    text = f"{rules.CONSTANT}; here {part} stays"
                    yield (
                        "extra-term",
                        text,
                        lambda s, node=node, k=k: s.true + float(node.info[k]) * s.values[id(node.args[k])],
                    )
                    yield "extra-term", text, lambda s, node=node, k=k: s.true + float(node.info[k])
    if not shape and not tree.root.axes:
        yield from of_numbers(tree, words)
    if tree.root.axes and not shape or not tree.root.axes and not shape:
        yield "value", "here stands the function itself, and not its derivative", lambda s: s.values[id(tree.root)]


def of_numbers(tree: Tree, words: "Words"):
    """What is done with products and quotients of numbers: (uv)′ = u′v′."""
    for node in tree.nodes:
        if node.kind != "chain" or node.axes:
            continue
        moving = [k for k in tree.edges(node) if not node.args[k].axes]
        if len(moving) != 2 or len(tree.edges(node)) != 2:
            continue
        exponents = [node.info[1][k] for k in moving]

        def at(s, node=node, moving=moving, exponents=exponents, inverted=False):
            made = s.cot[id(node)].reshape(())
            for j, arg in enumerate(node.args):
                if j in moving:
                    slope = s.forward[id(arg)].reshape(())
                    made = made * slope ** float(node.info[1][j])
                else:
                    made = made * s.raised(arg, node.info[1][j])
            rest = s.true - sum((s.pull(node, k).reshape(()) * s.forward[id(node.args[k])].reshape(()) for k in moving))
            return rest + made

        divided = -1 in exponents
        text = f"{rules.QUOTIENT}, and not u′/v′" if divided else f"{rules.SCALAR_PRODUCT}, and not u′v′"
        if set(exponents) <= {1, -1}:
            parts = "quotient" if divided else "product"
            yield "function", text, at, f"the derivative of a {parts} is not the {parts} of the derivatives"
        if divided and sorted(exponents) == [-1, 1]:

            def swapped(s, node=node, moving=moving):
                return s.true - 2 * sum(
                    (s.pull(node, k).reshape(()) * s.forward[id(node.args[k])].reshape(()) for k in moving)
                )

            yield "sign", f"{rules.QUOTIENT}: the two terms of the numerator are exchanged", swapped


def stops_early(problem: Meaning, wrt: str, mine, variables) -> Iterator[str]:
    """Sentences for the parts of the function by which `mine`, of another shape than the variable, is the derivative.

    Parameters
        mine: the `Side` of the person's formula; `variables` are (name, dims, facts).
    """
    tree = Tree(problem, wrt)
    words, met = Words(problem, tree), set()
    parts = [n for n in tree.nodes if tree.depends(n) and n is not tree.root and n.kind != "var"]
    shape = tuple([str(d) for d in mine.dims])
    fitting = [
        n for n in parts if (*[str(known(d)) for d in tree.root.axes], *[str(known(d)) for d in n.axes]) == shape
    ]
    for node in reversed(fitting):
        if tree.keys[id(node)] in met:
            continue
        met.add(tree.keys[id(node)])
        same = 0
        for index in range(AGREE + 5):
            values = draw(variables, index, 47)[1]
            try:
                with np.errstate(all="ignore"):
                    sweep = Sweep(tree, values)
                    size = sweep.values[id(node)].shape
                    right = np.reshape(sweep.cot[id(node)], sweep.outputs + size)
                    gap = np.asarray(mine.evaluate(values)) - right
            except (np.linalg.LinAlgError, ValueError):
                continue
            same += bool(np.any(right) and np.max(np.abs(gap)) <= EXACT * np.max(np.abs(right)))
        if same >= AGREE:  # at others it may have no value
            part = words.of(node)
            yield f"chain rule: yours is the derivative by {part}; the factor for {part} by {wrt} is missing"
