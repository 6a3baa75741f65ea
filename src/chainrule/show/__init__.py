"""Pictures from plain numbers, as SVG: they stand in a page, a notebook, a file or a paper, and need nothing else.

Each kind of picture is loaded when it is first asked for.
"""

from importlib import import_module

from .html import folded, table_of_rows
from .svg import Svg

LATER = {  # what is loaded when it is asked for, and where it is
    "convergence_plot": ".convergence",
    "remainder_plot": ".remainder",
    "Curve": ".curves",
    "Mark": ".curves",
    "Band": ".curves",
    "curve_plot": ".curves",
    "curves_beside": ".beside",
    "Path": ".contours",
    "Arrow": ".contours",
    "contour_plot": ".contours",
    "Bar": ".bars",
    "bar_plot": ".bars",
    "spectrum_plot": ".spectrum",
    "heat_plot": ".heat",
    "surface_plot": ".surface",
    "GraphNode": ".graph",
    "GraphEdge": ".graph",
    "graph_plot": ".graph",
    "stepper": ".graph",
}
__all__ = ["Svg", "folded", "table_of_rows", *LATER]


def __getattr__(name: str):
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LATER[name], __name__), name)
