"""What a minimisation found: the point, how good it is, and how the search went."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..derivation.terminal import block, row
from ..show import convergence_plot, folded, table_of_rows

FORMAT = "chainrule.minimum/1"


class Iteration(NamedTuple):
    """Where the search stood: the value, the largest entry of the gradient, evaluations so far, seconds since the start."""

    value: float
    slope: float
    evaluations: int
    seconds: float


class Minimum:
    """The end of a minimisation.

    Attributes
        values: the variables there, by name; `minimum["w"]` is one of them.
        value, gradient: f and its gradients there, by name.
        slope: the largest entry of the gradient, in absolute value; with bounds, of what it can still do.
        converged, reason: whether the search ended because the slope is as small as was asked, and why it ended.
        history: an `Iteration` for the start and each iteration.
        evaluations, products: how often value and gradient, and second derivatives, were computed.
        method: in words. derivations: the derivatives that were used, with their seals.
    """

    def __init__(self, problem, values, value, gradient, slope, converged, reason, history, objective, method):
        self.problem, self.values, self.value, self.gradient = problem, values, value, gradient
        self.slope, self.converged, self.reason, self.history = slope, converged, reason, history
        self.evaluations, self.products = objective.evaluations, objective.products
        self.derivations, self.method = objective.derivations, method

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    @property
    def seconds(self) -> float:
        return self.history[-1].seconds

    def plot(self, *, page: bool = False, width: float = 660):
        """How value and gradient came down: an SVG, which shows itself in a notebook; `str()` of it is the file.

        Parameters
            page: whether it stands in a page and takes the colours of that. width: in pixels.
        """
        values, slopes = [step.value for step in self.history], [step.slope for step in self.history]
        title = f"{self.problem.echo}, by {self.method.partition(',')[0]}"
        return convergence_plot(values, slopes, title, page=page, width=width)

    def rows(self) -> list[tuple[str, str, str]]:
        """(label, text, aside) of all there is to say."""
        shapes = [f"{name}: {'×'.join(map(str, x.shape)) or 'a number'}" for name, x in self.values.items()]
        second = f", {self.products} × ∇²f{' v' if 'products' in self.method else ''}" if self.products else ""
        count = len(self.history) - 1
        work = f"{count} iteration{'s' * (count != 1)}, {self.evaluations} × f and ∇f{second}, {self.seconds:.2g} s"
        found = [
            ("read as", self.problem.echo, "   ".join(shapes)),
            ("minimum", f"{self.value:.10g}", f"largest entry of ∇f {self.slope:.1e}"),
            *[(name, written(x), "") for name, x in self.values.items()],
            ("by", self.method, work),
        ]
        if kinked(self.derivations["grad"]):
            found.append(("note", "f has kinks: at its minimum the gradient need not be small, nor exist", ""))
        return found + [("verified" if self.converged else "not verified", self.reason, "")]

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        shown = f'<div style="line-height: 1.5">{table_of_rows(self.rows())}{folded("course", str(self.plot(page=True)), True)}</div>'
        return {"text/plain": str(self), "text/html": shown}

    def to_dict(self) -> dict:
        """The minimum as plain data: what `--json` answers."""
        return {
            "format": FORMAT,
            "function": self.problem.echo,
            "values": {name: x.tolist() for name, x in self.values.items()},
            "value": self.value,
            "slope": self.slope,
            "converged": self.converged,
            "reason": self.reason,
            "method": self.method,
            "evaluations": self.evaluations,
            "products": self.products,
            "history": [step._asdict() for step in self.history],
        }


def kinked(gradient) -> bool:
    """Whether the gradient has jumps: |x|, but not relu(x)²."""
    derivations = gradient.derivations() if hasattr(gradient, "pieces") else [gradient]
    return any(b.what in ("kink", "tie", "jump") and not b.exists for d in derivations for b in d.breaks)


def written(x: np.ndarray) -> str:
    """An array on one line, in four digits; a long one by its ends."""
    return np.array2string(x, precision=4, threshold=12, edgeitems=3, max_line_width=10_000, separator=" ").replace("\n", "")
