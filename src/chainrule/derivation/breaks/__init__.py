"""Where a derivative breaks: found from what the operations declare, named, and what to write instead."""

from ...core.lazy import lazy
from .candidates import END, POLE, SINGULAR, Graph, candidates, suspects
from .conditions import INVERTIBLE, NONNEGATIVE, NONZERO, POSITIVE
from .whether import narrow, smooth

autodiff = lazy(__package__, ".autodiff")
finding = lazy(__package__, ".finding")
nearby = lazy(__package__, ".nearby")
report = lazy(__package__, ".report")
shown = lazy(__package__, ".shown")


def breaks_of(d) -> list:
    """The breaks of a derivation, in the order in which the function is evaluated; [] where there are none."""
    return finding.breaks_of(d)


def candidates_of(problem, wrt: str) -> list:
    """The places at which a derivative in `wrt` may not exist, as the function is written: `Candidate`s, none of them gone to."""
    nodes = suspects(problem, wrt)
    return candidates(nodes, problem, wrt, Graph(problem)) if nodes else []


def overflows_of(d) -> list:
    """Where the derivative is a number but the arithmetic of a framework overflows to NaN."""
    return finding.overflows_of(d)


def rows_of(d) -> list[tuple[str, str, str]]:
    """(label, text, aside) for the breaks of a derivation.

    A point at which only a framework's arithmetic breaks concerns those who brought code; beside a formula it is not
    shown, but `breaks` has it.
    """
    return [] if d.problem.dialect == "math" and smooth(d) and not narrow(d) else shown.rows_of(d)


def behaviour(function, x) -> str:
    """What a function of one array does around x: "smooth", "kink", "vertical tangent", "jump", "pole", "end of the domain"."""
    return nearby.behaviour(function, x)[0]


def backward_pass(machine, slots: list, sizes: dict, framework: str):
    """The backward rules of typed nodes at these values, as JAX or PyTorch have them: (node, cotangent) → those of its arguments, or None."""
    rules = autodiff.Pass(machine, slots, sizes, framework)

    def pulled(node, bar) -> list | None:
        try:
            return rules.pulled(node, bar)
        except autodiff.Unknown:
            return None

    return pulled


def broken(d):
    """The derivation together with all its breaks."""
    return report.Broken(d)


__all__ = ["END", "POLE", "SINGULAR", "INVERTIBLE", "NONNEGATIVE", "NONZERO", "POSITIVE", "backward_pass", "behaviour", "breaks_of", "broken", "candidates_of", "overflows_of", "rows_of"]
