"""The gradients of one function in a constrained variable, side by side: books print different ones.

For a symmetric S, log det S has the gradient S⁻¹ where S moves freely, and also where it stays symmetric; handbooks
print 2S⁻¹ − S⁻¹ ⊙ I, the derivatives in the entries on and above the diagonal. Each is derived, and each is verified
against the numeric derivative of the function along its own constraint set: the function is evaluated after a chart,
a map into that set.

References: Srinivasan & Panda, What is the gradient of a scalar function of a symmetric matrix?; Petersen & Pedersen,
The Matrix Cookbook (2012), section 2.8; Magnus & Neudecker (2019), section 3.8 (duplication matrix); Absil, Mahony &
Sepulchre, Optimization Algorithms on Matrix Manifolds (2008), section 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from ..core.algebra import (
    add, broadcast, diag, diagonal, is_zero, matmul, mean_axes, multiply, scale, subtract, sum_axes, transpose,
)  # fmt: skip
from ..core.dims import size_text
from ..core.errors import DeclarationError, DomainError, ShapeError, UnverifiedError
from ..core.facts import SIMPLEX, SYMMETRIC, symmetric
from ..core.node import Node, symbol
from ..core.shaping import index_axis, slice_axis
from ..matrix import Rendering, render
from ..matrix.tree import walk
from ..numeric import Evidence, verify
from .answer import Answer, Piece
from .differentiate import tidied
from .faces import shape_text
from .seal import piecewise
from .symbols import UNICODE

DEFINITION = 12  # characters that a reference to the gradient above must save before it replaces what is written out
NEWTON = 4  # steps of the iteration to the nearest orthogonal matrix; the first is exact to first order
DISCRETE = ("onehot", "labels01", "labelspm1", "mask01", "counts")


class Rule(NamedTuple):
    """One of the gradients that belong to a constraint.

    gradient   from the gradient and the variable to this one
    chart      from any array, real or complex, into the constraint set; a point of the set stays where it is
    entrywise  from this gradient's value and the point to the derivative of f ∘ chart in every entry
    said       which it is, and who prints it; {S} is the variable, {G} the unconstrained gradient
    """

    label: str
    gradient: Callable[[Node, Node], Node]
    chart: Callable[[np.ndarray], np.ndarray]
    entrywise: Callable[[np.ndarray, np.ndarray], np.ndarray]
    said: str
    free: bool = False  # whether the chart takes any array, so that points need not respect the constraint


class Constrained(Answer):
    """The gradients of a scalar function in a variable with a constraint; the first piece is the unconstrained one.

    Attributes
        constraint: "symmetric", "diagonal", "orthogonal" or "simplex".
        said: which gradient each piece is, by key.
        seals: the evidence for each; `seal` is the one that agrees least.
        reference: the letter by which the pieces call the unconstrained gradient, or "".
    """

    def __init__(self, derivation, constraint: str, rules: list[Rule]):
        self.derivation, self.constraint, self.rules = derivation, constraint, {rule.label: rule for rule in rules}
        d, variable = derivation, next(v for v in derivation.parameters if v.name == derivation.wrt)
        width = max(map(len, ["unconstrained", *self.rules]))
        nodes = {"unconstrained": d.node} | {r.label: tidied(r.gradient(d.node, variable)) for r in rules}
        pieces = [Piece(label, label_of(label, width), node, 0, d.wrt) for label, node in nodes.items()]
        super().__init__("constrained", d.problem, d.layout, pieces, names=d.names, wrt=[d.wrt])
        taken = {v.name for v in d.parameters} | {x for v in d.parameters for s in v.dims for x in s.names} | set(d.where)
        letters = "GHKC" if d.node.ndim == 2 else "ghqc"
        self.letter = next(x for x in (*letters, *[f"{letters[0]}{k}" for k in range(1, 99)]) if x not in taken)
        self.seals: dict[str, Evidence] = {}
        if d.seal is not None:
            self.seals = {"unconstrained": d.seal} | {r.label: sealed(self, r) for r in rules}
            self.seal = max(self.seals.values(), key=lambda seal: seal.relative_error)

    @cached_property
    def renderings(self) -> dict[str, Rendering]:
        """Each written out, or in terms of the unconstrained gradient where that is much shorter."""
        d, taken = self.derivation, [self.letter, *self.derivation.where]
        variable = next(v for v in d.parameters if v.name == d.wrt)
        even = d.node.ndim == 2 and symmetric(d.node)
        letter = symbol(self.letter, d.node.dims, {"symmetric"} if even else ())
        found = {"unconstrained": d.rendering}
        for label, rule in self.rules.items():
            made = self.pieces[label].node
            out = rendered(d, made, taken)
            short = rendered(d, tidied(rule.gradient(letter, variable)), taken)
            by_name = len(short.text()) + DEFINITION < len(out.text()) + sum(len(a + b) for a, b in out.where_text().items())
            # a row layout shows the unconstrained gradient turned, and the formula would mean it as it was
            by_name = by_name and not is_zero(made) and made is not d.node and (even or d.layout == "column")
            found[label] = short if by_name else out
            taken += found[label].where_text()
        return found

    @property
    def reference(self) -> str:
        """The letter by which the pieces call the unconstrained gradient, or ""."""
        others = [r for label, r in self.renderings.items() if label != "unconstrained"]
        used = any(t.kind == "sym" and t.name == self.letter for r in others for tree in trees(r) for t in walk(tree))
        return self.letter if used else ""

    @property
    def said(self) -> dict[str, str]:
        """Which gradient each of them is, and who prints it."""
        name = self.derivation.rendering.name_text(self.derivation.wrt)
        free = f"every entry of {name} moves by itself, as in automatic differentiation"
        return {"unconstrained": free} | {
            label: rule.said.format(S=name, G=self.reference or "∇f") for label, rule in self.rules.items()
        }

    def written(self, key: str) -> str:
        own = f"{self.reference} = " if self.reference and key == "unconstrained" else ""
        return own + super().written(key)

    def latex_lines(self) -> list[tuple[str, str]]:
        (left, right), *others = super().latex_lines()
        return [(left, f"{self.reference} = {right}" if self.reference else right), *others]

    @property
    def spelled(self) -> tuple[list[str], list[str]]:
        definitions, (first, *others) = super().spelled
        return definitions, [f"{self.reference} = {first}" if self.reference else first, *others]

    def aside(self, key: str) -> str:
        return shape_text(self.pieces[key].node.dims, self.layout, turned=self.layout == "row")

    def rows(self) -> list[tuple[str, str, str]]:
        """As of every answer; the notes begin with what the gradients are."""
        found = super().rows()
        at = next(k for k, (label, _, _) in enumerate(found) if label in ("note", "verified", "not verified"))
        meaning = [(label, f"{key}: {said}", "") for label, (key, said) in zip(chain(["note"], repeat("")), self.said.items())]
        return found[:at] + meaning + found[at:]

    def to_dict(self) -> dict:
        """The gradients as plain data."""
        data = super().to_dict()
        for result in data["results"]:
            seal = self.seals.get(result["key"])
            result |= {"meaning": self.said[result["key"]], "seal": seal.to_dict() if seal else None}
        return data | {"constraint": self.constraint, "reference": self.reference}


def trees(rendering: Rendering) -> list:
    """What is printed of a result: itself and its definitions."""
    return [rendering.tree, *[definition for _, definition in rendering.where]]


def label_of(label: str, width: int) -> Callable:
    return lambda script: f"{label:<{width}}" if script is UNICODE else rf"\text{{{label}}}"


def constrained(d) -> Constrained:
    """The unconstrained, the constrained and the per-parameter gradient that the derivation `d` leads to.

    Raises
        DeclarationError: nothing that is declared of the variable constrains it.
        ShapeError: the function is not a scalar, or the order is not one.
        DomainError, UnverifiedError: as `derive`.
    """
    return Constrained(d, *rules_for(d))


def rendered(d, node: Node, taken: list[str]) -> Rendering:
    """`node` as a gradient in the layout of `d`; one with fewer axes than the variable has a parameter of its own."""
    wrt = next(v for v in d.parameters if v.name == d.wrt)
    if node.ndim < wrt.ndim:
        wrt = symbol(d.wrt, node.dims)
    others = [v for v in d.parameters if v.name != d.wrt]
    return render(node, 0, wrt_name=wrt, names=d.names, taken=[wrt, *others, *taken], layout=d.layout)


def sealed(answer: Constrained, rule: Rule) -> Evidence:
    """The evidence: the printed gradient against the numeric derivative of the function after the chart.

    Raises
        DomainError, UnverifiedError: as `derive`.
    """
    d = answer.derivation
    problem, wrt, printed = d.problem, d.wrt, answer.renderings[rule.label]
    inside = lambda values: {**values, wrt: rule.chart(values[wrt])}

    def claim(values):
        point = inside(values)
        known = {**point, answer.letter: d.rendering.evaluate(point)}
        return rule.entrywise(np.asarray(printed.evaluate(known)), point[wrt])

    variables = [(v.name, v.dims, frozenset() if v.name == wrt and rule.free else v.facts) for v in problem.every.values()]
    margin = (lambda values: problem.margin(inside(values), wrt)) if piecewise(d.function) else None
    evidence = verify(lambda values: problem.evaluate(inside(values)), margin, claim, variables, wrt)
    if evidence.ok:
        return evidence
    kind, fix = (UnverifiedError, "this is a bug of chainrule: please report the expression")
    if not evidence.refuted:
        kind, fix = DomainError, "switch the check off"
    raise kind(
        f"the gradient `{rule.label}` could not be verified, so it is not shown",
        given=f"{problem.echo}, by {wrt}\n{evidence}",
        expected="agreement with the numeric derivative along the constraint set",
        fix=fix,
    )


def rules_for(d) -> tuple[str, list[Rule]]:
    """The constraint of the variable of `d`, and its gradients."""
    variable = d.variable
    if d.order != 1 or d.function.dims:
        raise ShapeError(
            "only the gradient of a scalar function can be set beside its constrained ones",
            given=f"{d.problem.echo}, order {d.order}, of shape {size_text(d.shape)}",
            expected="a function whose value is one number, and order 1",
        )
    facts, square = variable.facts, len(variable.dims) == 2 and variable.dims[0] is variable.dims[1]
    found = []
    if "diagonal" in facts:
        found.append(("diagonal", DIAGONAL))
    elif facts & SYMMETRIC:
        found.append(("symmetric", SYMMETRIC_RULES))
    if "orthogonal" in facts:
        found.append(("orthogonal", ORTHOGONAL if square else STIEFEL))
    if facts & SIMPLEX and not facts.intersection(DISCRETE):
        found.append(("simplex", simplex_rules(len(variable.dims), "prob" in facts)))
    if len(found) == 1 and len(variable.dims) <= 2:
        return found[0]
    words = " ".join([*map(str, variable.dims), *sorted(facts)]) or "scalar"
    sizes = [*map(str, variable.dims)]
    raise DeclarationError(
        f"`{d.wrt}` has more than one constraint" if len(found) > 1
        else f"`{d.wrt}` has more than two axes" if found
        else f"`{d.wrt}` takes single values only and cannot move" if facts.intersection(DISCRETE)
        else f"nothing that is declared of `{d.wrt}` constrains it",
        given=f"{d.wrt}: {words}",
        expected="one of symmetric (posdef, psd), diagonal, orthogonal, prob and sum1",
        fix=f'declare "{d.wrt}: {sizes[0]} {sizes[-1]} symmetric"' if square and not found
        else f'declare "{d.wrt}: {" ".join(sizes)} prob"' if len(sizes) == 1 and not found
        else None,
    )  # fmt: skip


# ------------------------------------------------------------------ the constraints


def same(gradient: np.ndarray, point: np.ndarray) -> np.ndarray:
    return gradient


def turned(x: np.ndarray) -> np.ndarray:
    return np.swapaxes(x, -1, -2)


def symmetric_part(a: Node) -> Node:
    return scale(Fraction(1, 2), add(a, transpose(a)))


def upper(x: np.ndarray) -> np.ndarray:
    """The symmetric matrix with the entries of `x` on and above the diagonal."""
    return np.triu(x) + np.triu(x, 1).T


SYMMETRIC_RULES = [
    Rule(
        "constrained", lambda g, s: symmetric_part(g), lambda x: (x + x.T) / 2, same,
        "{S} stays symmetric: ({G} + {G}ᵀ)/2, the gradient in the space of symmetric matrices (Srinivasan & Panda)",
    ),
    Rule(
        "per parameter", lambda g, s: subtract(add(g, transpose(g)), diag(diagonal(g))), upper,
        # what is not symmetric would leave something below the diagonal, where the chart has derivative zero
        lambda c, x: np.triu(c) + np.tril(c - c.T, -1),
        "{S}_ij = {S}_ji is one parameter, i ≤ j: {G} + {G}ᵀ − {G} ⊙ I, as handbooks print it (Petersen & Pedersen 2012, "
        "section 2.8); for the usual inner product of matrices it is no gradient",
    ),
]  # fmt: skip
DIAGONAL = [
    Rule(
        "constrained", lambda g, s: diag(diagonal(g)), lambda x: x * np.eye(len(x)), same,
        "{S} stays diagonal: {G} ⊙ I (Petersen & Pedersen 2012, section 2.8)",
    ),
    Rule(
        "per parameter", lambda g, s: diagonal(g), lambda x: x * np.eye(len(x)), lambda c, x: np.diag(c),
        "the derivative in each entry d_i of {S} = diag(d)",
    ),
]  # fmt: skip


def stiefel_gradient(g: Node, q: Node) -> Node:
    """G − Q sym(QᵀG): less what would change QᵀQ."""
    return subtract(g, matmul(q, symmetric_part(matmul(transpose(q), g))))


def rotation_gradient(g: Node, q: Node) -> Node:
    """The same where also QQᵀ = I: (G − QGᵀQ)/2."""
    return scale(Fraction(1, 2), subtract(g, matmul(matmul(q, transpose(g)), q)))


def nearest_orthogonal(x: np.ndarray) -> np.ndarray:
    """The matrix with orthonormal columns nearest to `x`, which is near to one, by Newton's iteration of the polar factor."""
    if x.shape[0] < x.shape[1]:
        raise ValueError("more columns than rows cannot be orthonormal")
    for _ in range(NEWTON):
        x = x @ (3 * np.eye(x.shape[1]) - x.T @ x) / 2  # .T without conjugation: a complex step passes through
    return x


PROJECTED = "projected in the Euclidean metric (Absil, Mahony & Sepulchre 2008)"
STIEFEL = [
    Rule(
        "constrained", stiefel_gradient, nearest_orthogonal, same,
        "{S} keeps orthonormal columns (no fewer rows than columns): {G} − {S} sym({S}ᵀ{G}), " + PROJECTED,
    ),
]  # fmt: skip
ORTHOGONAL = [
    Rule(
        "constrained", rotation_gradient, nearest_orthogonal, same,
        "{S} stays orthogonal: {G} − {S} sym({S}ᵀ{G}) = ({G} − {S}{G}ᵀ{S})/2, " + PROJECTED,
    ),
    Rule(
        "per parameter", lambda g, q: subtract(matmul(transpose(q), g), matmul(transpose(g), q)),
        # what is not antisymmetric would show: it is no tangent direction
        nearest_orthogonal, lambda c, q: q @ c / 2 + (c + c.T),
        "{S} exp(Ω) with Ω_ij = −Ω_ji as parameters, i < j, at Ω = 0: {S}ᵀ{G} − {G}ᵀ{S}",
    ),
]  # fmt: skip


def of_rows(node: Node, reduced: Node) -> Node:
    """One number for each row, as a tensor of the shape of `node`."""
    return broadcast(reduced, node.dims, range(node.ndim - 1))


def projected(g: Node, p: Node) -> Node:
    return subtract(g, of_rows(g, mean_axes(g, [g.ndim - 1])))


def less_last(g: Node, p: Node) -> Node:
    last = g.ndim - 1
    head = slice_axis(g, last, 0, -1)
    return subtract(head, of_rows(head, index_axis(g, last, -1)))


def in_logits(g: Node, p: Node) -> Node:
    return multiply(p, subtract(g, of_rows(g, sum_axes(multiply(p, g), [g.ndim - 1]))))


def on_plane(x: np.ndarray) -> np.ndarray:
    return x - (x.sum(-1, keepdims=True) - 1) / x.shape[-1]


def last_from_others(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x[..., :-1], 1 - x[..., :-1].sum(-1, keepdims=True)], -1)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.real.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def simplex_rules(ndim: int, positive: bool) -> list[Rule]:
    """For one vector of sum one, or the rows of a matrix; logits only where the entries are positive."""
    row, p = ("each row of {S}", "each row") if ndim == 2 else ("{S}", "{S}")
    rules = [
        Rule(
            "constrained", projected, on_plane, same,
            f"{row} keeps the sum 1: {{G}} less its mean{' over each row' if ndim == 2 else ''}, the projection on directions of sum 0",
        ),
        Rule(
            "per parameter", less_last, last_from_others,
            lambda c, x: np.concatenate([c, np.zeros_like(c[..., :1])], -1),
            f"the last entry of {p} is 1 less the others, which are the parameters: {{G}}_i − {{G}}_k, k the last",
        ),
    ]  # fmt: skip
    if positive:
        rules.append(
            Rule(
                "in logits", in_logits, softmax, same,
                f"{row} is softmax(z): the derivative in z, {{S}} ⊙ ({{G}} − {{S}}ᵀ{{G}}){' by rows' if ndim == 2 else ''}",
                free=True,
            )
        )  # fmt: skip
    return rules
