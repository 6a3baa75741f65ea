"""Pictures from plain numbers, as SVG: they stand in a page, a notebook, a file or a paper, and need nothing else."""

from .convergence import convergence_plot
from .html import folded, table_of_rows
from .remainder import remainder_plot
from .svg import Svg

__all__ = ["Svg", "convergence_plot", "folded", "remainder_plot", "table_of_rows"]
