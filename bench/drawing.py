"""The table as a picture: a row for each cell, a mark for each peer, time relative to the best by hand on a logarithmic axis."""

from __future__ import annotations

import math

from chainrule.show.svg import Svg

MARKS = {  # peer: (label, colour, shape), drawn from the last to the first
    "ours": ("chainrule", "#d55e00", "circle"),
    "plain": ("textbook NumPy", "#8a8f98", "ring"),
    "jax": ("JAX", "#0072b2", "square"),
    "torch": ("PyTorch", "#cc79a7", "triangle"),
    "torch.compile": ("torch.compile", "#8f4f76", "triangle"),
    "autograd": ("autograd", "#009e73", "diamond"),
    "casadi": ("CasADi", "#b58a00", "cross"),
    "pytensor": ("PyTensor", "#56b4e9", "bar"),
}
ROW, GAP, LEFT, PLOT, TOP = 15, 24, 330, 620, 92
LEAST, MOST = 0.15, 3000.0
HEADS = {"gradient": "Gradients", "jacobian": "Jacobians", "hessian": "Hessians", "hvp": "Hessian–vector products",
         "scalar": "A few numbers (by hand: Python)"}  # fmt: skip


def place(ratio: float) -> float:
    """Where a ratio stands on the axis."""
    inside = min(max(ratio, LEAST), MOST)
    return LEFT + PLOT * math.log(inside / LEAST) / math.log(MOST / LEAST)


def mark(svg: Svg, shape: str, colour: str, x: float, y: float, size: float = 4.5) -> None:
    """A peer's mark, about `size` in radius."""
    if shape == "circle":
        svg.add("circle", cx=x, cy=y, r=size + 0.5, fill=colour)
    elif shape == "ring":
        svg.add("circle", cx=x, cy=y, r=size - 1, fill="none", stroke=colour, stroke_width=1.6)
    elif shape == "square":
        svg.add("rect", x=x - size + 1, y=y - size + 1, width=2 * size - 2, height=2 * size - 2, fill=colour)
    elif shape == "bar":
        svg.add("rect", x=x - 1.6, y=y - size - 0.5, width=3.2, height=2 * size + 1, fill=colour)
    elif shape == "cross":
        d = size - 1
        path = f"M{x - d:.1f} {y - d:.1f}l{2 * d:.1f} {2 * d:.1f}m0 {-2 * d:.1f}l{-2 * d:.1f} {2 * d:.1f}"
        svg.add("path", d=path, fill="none", stroke=colour, stroke_width=2)
    else:
        corners = {"triangle": [(0, -1), (1, 0.8), (-1, 0.8)], "diamond": [(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)]}[shape]
        points = " ".join(f"{x + size * a:.1f},{y + size * b:.1f}" for a, b in corners)
        svg.add("polygon", points=points, fill=colour)


def drawn(records: list[dict], peers: list[str]) -> str:
    """The picture as the text of an SVG file."""
    peers = [peer for peer in MARKS if peer in peers]
    kinds = [kind for kind in HEADS if any(record["kind"] == kind for record in records)]
    height = TOP + ROW * len(records) + (GAP + 14) * len(kinds) + 46
    said = ", ".join(MARKS[peer][0] for peer in peers)
    svg = Svg(LEFT + PLOT + 40, height, "Time of derivatives relative to the best closed form by hand",
              f"For each derivative and size the time of {said}, divided by that of the best NumPy written by hand.")  # fmt: skip
    ink = svg.paint("ink")
    svg.text(24, 34, "Time relative to the best closed form written by hand in NumPy: further left is faster", font_size=17, font_weight=600, **ink)
    x = 24
    for peer in peers:
        label, colour, shape = MARKS[peer]
        mark(svg, shape, colour, x + 5, 58)
        svg.text(x + 16, 62.5, label, **ink)
        x += 34 + 7.2 * len(label)
    y, bottom = TOP, height - 34
    axis(svg, y - 6, bottom, ink)
    for kind in kinds:
        y += GAP
        svg.text(24, y, HEADS[kind], font_weight=600, font_size=14, **ink)
        y += 14
        last = None
        for record in [record for record in records if record["kind"] == kind]:
            row(svg, record, peers, y, record["workload"] != last, ink)
            last = record["workload"]
            y += ROW
    return str(svg)


def axis(svg: Svg, top: float, bottom: float, ink: dict) -> None:
    for value, label in ((0.5, "½"), (1, "by hand"), (2, "2×"), (10, "10×"), (100, "100×"), (1000, "1000×")):
        x, strong = place(value), value == 1
        svg.line(x, top, x, bottom, stroke_width=1.6 if strong else 0.7, opacity=0.9 if strong else 0.28, **svg.paint(stroke="ink"))
        for y in (top - 5, bottom + 16):
            svg.text(x, y, label, text_anchor="middle", font_size=12, **ink)


def row(svg: Svg, record: dict, peers: list[str], y: float, named: bool, ink: dict) -> None:
    """The marks of a cell; those beyond the edge stand there with an arrow."""
    if named:
        svg.text(24, y + 4, record["workload"], font_size=12.5, **ink)
    svg.text(LEFT - 12, y + 4, record["sizes"], text_anchor="end", font_size=10.5, opacity=0.75, **ink)
    svg.line(LEFT, y, LEFT + PLOT, y, stroke_width=0.5, opacity=0.18, **svg.paint(stroke="ink"))
    beyond = 0
    for peer in reversed(peers):
        ratio = record["peers"].get(peer, {}).get("ratio")
        if ratio is None:
            continue
        _, colour, shape = MARKS[peer]
        if ratio > MOST:
            mark(svg, shape, colour, LEFT + PLOT + 6 + 10 * beyond, y, 3.6)
            beyond += 1
        else:
            mark(svg, shape, colour, place(ratio), y)
    if beyond:
        svg.text(LEFT + PLOT + 2 + 10 * beyond, y + 4, "›", font_size=13, **ink)
