"""Answers that are sums, written term by term in their order: differentials, Taylor polynomials with a remainder."""

from __future__ import annotations

from functools import cached_property

from ...core.node import Node
from ...core.sums import linear_sum
from ...matrix import render
from ...matrix.directions import as_fractions, put
from ...matrix.render import Form, Rendering
from ...matrix.together import Wanted, render_together
from ...matrix.tree import Tree
from ..answer import Answer
from ..faces import evidence_rows
from ..symbols import LATEX, UNICODE


class Terms(Answer):
    """An answer whose pieces are the terms of one sum. `head` gives its name; `rest` is what is written behind it."""

    head: object = None
    rest: tuple[str, str] = ("", "")

    def named(self, key: str, script=UNICODE) -> str:
        return self.head(script) if key == next(iter(self.pieces)) else ""

    @property
    def node(self) -> Node:
        """The sum."""
        nodes = [p.node for p in self.pieces.values()]
        return linear_sum([(1, n) for n in nodes], nodes[0].dims)

    @cached_property
    def rendering(self) -> Rendering:
        """The sum as one expression: its NumPy form is made of it."""
        return render(self.node, self.node.ndim, wrt_name="", names=self.names, taken=self.parameters)

    @property
    def text(self) -> str:
        return joined([self.term(r, r.text()) for r in self.renderings.values()], "−")

    @property
    def latex(self) -> str:
        return joined([self.term(r, r.latex()) for r in self.renderings.values()], "-")

    def term(self, r: Rendering, text: str) -> str:
        """A term as it stands in the sum."""
        return text

    @property
    def spelled(self) -> tuple[list[str], list[str]]:
        definitions, results = super().spelled
        results = [self.term(r, text) for r, text in zip(self.renderings.values(), results)]
        return definitions, [joined(results, "-")]

    @property
    def numpy(self) -> str:
        return self.rendering.numpy()

    def latex_lines(self) -> list[tuple[str, str]]:
        first = (self.head(LATEX), self.latex + (f" + {self.rest[1]}" if self.rest[1] else ""))
        more = list(dict.fromkeys([line for r in self.renderings.values() for line in r.where_latex()]))
        return [first, *more]

    def outputs(self) -> Node:
        return self.node

    def evaluate(self, values: dict):
        """The value of the sum as it is printed."""
        return sum(r.evaluate(values) for r in self.renderings.values())

    def rows(self) -> list[tuple[str, str, str]]:
        found = super().rows()
        start = next(k for k, entry in enumerate(found) if entry[0].endswith("="))
        whole = self.text + (f" + {self.rest[0]}" if self.rest[0] else "")
        found[start : start + len(self.pieces)] = [
            (f"{self.head(UNICODE)} =", whole, self.aside(next(iter(self.pieces))))
        ]
        return found

    def to_dict(self) -> dict:
        return super().to_dict() | {"symbol": self.head(UNICODE)}


class Polynomial(Terms):
    """A polynomial and its remainder. `pieces` are its terms; `text` is the polynomial, `rest` the O(x⁴) that is left.

    Attributes
        order: the degree asked for.
        shown: the terms as nodes in the increments.
        increments: (symbol, what is printed in its place, such as x − a); None for one that is printed itself.
    """

    order: int = 1
    shown: list[Node]
    increments: list[tuple[Node, Tree | None]]

    @property
    def big_o(self) -> str:
        """O(x⁴), or "" where the polynomial is the function itself."""
        return self.rest[0]

    @cached_property
    def renderings(self) -> dict[str, Rendering]:
        """The terms written in the increments, and then these as what they are."""
        wanted = [Wanted(node, node.ndim) for node in self.shown]
        steps = [h for h, _ in self.increments]
        found = render_together(wanted, self.names, [*self.parameters, *steps], [h.name for h in steps])
        return {key: self.in_place(r) for key, r in zip(self.pieces, found)}

    def in_place(self, r: Rendering) -> Rendering:
        """What is printed, with x − a where the increment stands, and with fractions for coefficients."""

        def placed(t: Tree) -> Tree:
            for h, written in self.increments:
                t = t if written is None else put(t, h.name, written)
            return as_fractions(t)

        form = Form(r.form, placed(r.tree), [(name, placed(t)) for name, t in r.where])
        return Rendering(form, form, [], r.shapes, r.dims, r.taken, r.out_ndim, r.wrt)

    def term(self, r: Rendering, text: str) -> str:
        """x − a is a term of its own in brackets."""
        return f"({text})" if r.tree.kind == "sum" and any(r.tree is t for _, t in self.increments) else text

    def to_dict(self) -> dict:
        return super().to_dict() | {"order": self.order, "big_o": self.big_o}


class Expansion(Polynomial):
    """A Taylor polynomial in one variable, a number, vector or matrix.

    Attributes
        remainder: (text, LaTeX) of Lagrange's form, or None.
        lagrange: the name of ξ, the remainder that is written with it, its degree; None where it is not written out.
    """

    remainder: tuple[str, str] | None = None
    lagrange: tuple[str, Rendering, int] | None = None

    def rows(self) -> list[tuple[str, str, str]]:
        found = super().rows()
        if self.remainder is not None:
            found.insert(len(found) - len(evidence_rows(self)) - len(self.notes), ("remainder", self.remainder[0], ""))
        return found

    def to_dict(self) -> dict:
        remainder = None if self.remainder is None else {"text": self.remainder[0], "latex": self.remainder[1]}
        return super().to_dict() | {"remainder": remainder}


def joined(parts: list[str], minus: str) -> str:
    """Terms as a sum: a term that begins with a minus sign is subtracted."""
    parts = [p for p in parts if p != "0"] or ["0"]
    return parts[0] + "".join(
        f" {minus} {p[len(minus) :].lstrip()}" if p.startswith(minus) else f" + {p}" for p in parts[1:]
    )
