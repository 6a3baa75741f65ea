"""Marks, dashes and arrows: what tells lines and points apart for those who do not see the colours."""

from __future__ import annotations

from math import cos, hypot, pi, sin

from .svg import Svg, number

DASHES = {"true": "", "yours": "7 4", "third": "2 3.5", "fourth": "10 3.5 2 3.5", "fifth": "14 5", "ink": ""}
KINDS = ("dot", "square", "triangle", "ring", "cross", "star")
SIZE = 4.0  # px: half of a mark
HEAD, SLIM = 8.5, 0.36  # px: the longest head of an arrow; half its width, in lengths


def dashed(dash: str | None) -> dict[str, str]:
    """The attribute of a line with this pattern; "" and None are solid."""
    return {"stroke_dasharray": dash} if dash else {}


def marker(svg: Svg, kind: str, x: float, y: float, role: str, size: float = SIZE, faint: bool = False) -> None:
    """A mark at a pixel. Where the paper is known, a thin edge of it keeps marks apart that lie on one another."""
    more: dict = {"opacity": 0.45} if faint else {}
    solid = svg.paint(role) if svg.page else {"stroke_width": 1.2, **svg.paint(role, "paper")}
    lines = {"stroke_width": 1.8, **svg.paint(stroke=role)}
    if kind == "none":  # of a path that is only a line
        return
    if kind == "dot":
        svg.add("circle", cx=x, cy=y, r=size, **solid, **more)
    elif kind == "ring":
        svg.add("circle", cx=x, cy=y, r=size + 0.6, **lines, **more)
    elif kind == "square":
        svg.add("rect", x=x - size * 0.9, y=y - size * 0.9, width=size * 1.8, height=size * 1.8, **solid, **more)
    elif kind == "frame":
        svg.add("rect", x=x - size, y=y - size, width=size * 2, height=size * 2, **lines, **more)
    elif kind == "cross":
        s = size * 0.95
        cross = f"M{number(x - s)},{number(y - s)}L{number(x + s)},{number(y + s)}M{number(x - s)},{number(y + s)}L{number(x + s)},{number(y - s)}"
        svg.path(cross, stroke_linecap="round", **{**lines, "stroke_width": 2.2}, **more)
    elif kind == "triangle":
        svg.path(_polygon(x, y + size * 0.2, 3, size * 1.35, size * 1.35), **solid, **more)
    elif kind == "star":
        svg.path(_polygon(x, y, 10, size * 1.75, size * 0.72), **solid, **more)
    else:
        raise ValueError(f"no mark is called {kind!r}: {', '.join(KINDS)}")


def _polygon(x: float, y: float, corners: int, outer: float, inner: float) -> str:
    """A regular polygon, or a star where the radii differ."""
    found = []
    for k in range(corners):
        radius = outer if k % 2 == 0 else inner
        angle = -pi / 2 + 2 * pi * k / corners
        found.append(f"{number(x + radius * cos(angle))},{number(y + radius * sin(angle))}")
    return "M" + "L".join(found) + "Z"


def arrow(svg: Svg, x: float, y: float, dx: float, dy: float, role: str, stroke: float = 1.6, halo: bool = False, **more) -> None:
    """An arrow from (x, y) by (dx, dy), in pixels; a short one has a small head, one of no length is a dot."""
    length = hypot(dx, dy)
    if length < 0.7:
        svg.add("circle", cx=x, cy=y, r=1.2, **svg.paint(role), **more)
        return
    head = min(HEAD * (0.7 + 0.2 * stroke), 0.55 * length + 1)
    ux, uy = dx / length, dy / length
    tip, base = (x + dx, y + dy), (x + dx - head * ux, y + dy - head * uy)
    wide = head * SLIM
    corners = [tip, (base[0] - wide * uy, base[1] + wide * ux), (base[0] + 0.22 * head * ux, base[1] + 0.22 * head * uy),
               (base[0] + wide * uy, base[1] - wide * ux)]  # fmt: skip
    shape = "M" + "L".join([f"{number(a)},{number(b)}" for a, b in corners]) + "Z"
    stem = base[0] + 0.3 * head * ux, base[1] + 0.3 * head * uy
    if halo and not svg.page:
        edge = svg.paint(stroke="paper")
        svg.line(x, y, *stem, stroke_width=stroke + 2.2, stroke_opacity=0.75, **edge)
        svg.path(shape, stroke_width=2, stroke_opacity=0.75, stroke_linejoin="round", **edge)
    svg.line(x, y, *stem, stroke_width=stroke, **svg.paint(stroke=role), **more)
    svg.path(shape, **svg.paint(role), **more)
