"""From a node of the tensor graph to textbook matrix notation, with printers and an evaluator of what is printed."""

from .cost import cost, sketch
from .render import Rendering, render

__all__ = ["Rendering", "cost", "render", "sketch"]
