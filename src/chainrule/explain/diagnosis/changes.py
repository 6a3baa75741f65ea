"""What a what-if means to every reader alike: the seed of new weights, what counts as no deviation, where an argument is kept."""

from __future__ import annotations

from ...ops.declare import INFINITY, Elementwise

SEED = 0  # of weights that are drawn anew
EPSILON = 1e-5  # below which deviations count as none, as in layer norm
FAR, FAR_HALF = 80.0, 10.0  # how large what stands in an exponential is kept: e⁸⁰ is a float32, e¹⁰ a float16
EXPONENTIALS = ("exp", "expm1", "exp2", "sinh", "cosh")  # whose overflow is told by the argument


class NotPossible(Exception):
    """A change that this function does not allow: there is no such parameter, shapes differ."""


def far(half: bool) -> float:
    """The largest number that an exponential is given; `half`: in float16."""
    return FAR_HALF if half else FAR


def kept_within(op, least: float, half: bool = False) -> tuple[str, float]:
    """("maximum" or "minimum", the number) by which the argument of an operation is kept where that is defined and finite.

    Above the lower end of its declared domain by `least`; of one that is defined everywhere, below what an exponential
    can take. What is declared nowhere is a power, a norm or the like, whose argument is kept above 0.
    """
    low = op.domain.low if isinstance(op, Elementwise) and op.arity == 1 else 0.0
    return ("maximum", low + float(least)) if low > -INFINITY else ("minimum", far(half))


def place_of(error: Exception, framework: str) -> str:
    """" (net.py, line 7)": the innermost line of the user's own code that an error went through; "" where there is none."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if f"/{framework}/" not in file and "/chainrule/explain/" not in file and not file.startswith("<"):
            place = f" ({file.rpartition('/')[2]}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place
