"""Several small plots in one picture, for comparing them."""

from __future__ import annotations

from collections.abc import Sequence

from .axes import Frame, scale_for, width_within
from .curves import Plot
from .svg import Svg

GAP = 14.0  # px between plots
LEAST = 230  # px: how wide a plot is at least
INNER = 6.0  # px: the margin of a small plot itself


def curves_beside(
    panels: Sequence[dict],
    *,
    title: str,
    columns: int = 2,
    description: str | None = None,
    page: bool = False,
    width: float = 660,
) -> Svg:
    """Several small plots in one picture, in rows of `columns`; fewer where it is narrow.

    Parameters
        panels: of each plot the arguments of `curve_plot` (`curves`, `title`, …), but not description, page and width.
    """
    width = width_within(width)
    columns = max(1, min(columns, len(panels), int(width // LEAST) or 1))
    head = Frame(scale_for(0, 1, False), scale_for(0, 1, False), title=title, width=width, height=0)
    gap, side = GAP, head.pad - INNER
    wide = (width - 2 * side - gap * (columns - 1)) / columns
    y, plots = head.legend_top + 8, []
    for k in range(0, len(panels), columns):
        row = panels[k : k + columns]
        made = [Plot(origin=(side + j * (wide + gap), y), small=True, width=wide, **panel) for j, panel in enumerate(row)]
        # plots of a row are equally high, whatever their titles and legends take
        lowest = max(p.frame.bottom for p in made)
        tall = [p.frame.height + lowest - p.frame.bottom for p in made]
        made = [
            p if abs(t - p.frame.height) < 1 else Plot(origin=(side + j * (wide + gap), y), small=True, width=wide, **{**panel, "height": t})
            for j, (p, t, panel) in enumerate(zip(made, tall, row))
        ]
        plots += made
        y += max(p.frame.height for p in made) + 8
    told = " ".join([f"{p.frame.title}: {p.described()}" for p in plots])
    svg = Svg(width, y + 6, title, description or (f"{len(plots)} plots. {told}" if plots else "There is nothing to draw."), page)
    head.draw_head(svg)
    for plot in plots:
        plot.draw(svg)
    return svg
