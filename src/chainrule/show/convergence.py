"""The course of a minimisation: how far the value is above the lowest one, and how large the gradient is, by iteration.

The axis is logarithmic: L-BFGS comes down in a straight line, with jumps, Newton's method in a curve that ends in a fall.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), section 2.2 and appendix A.2, on rates of convergence.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from .curves import Curve, curve_plot
from .scales import figure
from .svg import Svg


def convergence_plot(
    values: Sequence[float], slopes: Sequence[float], title: str = "Convergence", page: bool = False, width: float = 660
) -> Svg:
    """The plot of a minimisation.

    Parameters
        values: f at the start and after each iteration.
        slopes: the largest entry of the gradient there.
        title: above the picture. page, width: see `Svg`.
    """
    lowest = min([v for v in values if isfinite(v)], default=0.0)
    return curve_plot(
        [
            Curve("f − lowest f", range(len(values)), [v - lowest for v in values], "true", marker=True),
            Curve("largest entry of ∇f", range(len(slopes)), slopes, "yours", "6 4", marker=True),
        ],
        title=title,
        description=_described(values, slopes, lowest),
        x_label="iteration",
        log_y=True,
        page=page,
        width=width,
    )


def _described(values: Sequence[float], slopes: Sequence[float], lowest: float) -> str:
    count = max(len(values) - 1, 0)
    text = f"A plot with a logarithmic axis of a minimisation in {count} iterations."
    if values and slopes:
        text += f" The value falls from {figure(values[0], 6)} to {figure(lowest, 6)}, the largest entry of the gradient from {figure(slopes[0], 2)} to {figure(slopes[-1], 2)}."
    return text
