"""A function of two variables as a surface in space, drawn by matplotlib: the one picture that the library does not draw itself.

The picture looks like the others: their colours for light and for dark readers, their letters, a title and a description.
Figures are made without pyplot, so that the settings of a person who uses it stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO

import numpy as np

from ..core.errors import BackendError
from .axes import NARROW, width_within
from .letters import TITLE, balanced
from .scales import figure
from .svg import COLOURS, Svg, number

FINEST = 32  # points of the surface in one direction: each of its cells is a path of the file
POINT = 96 / 72  # px
LETTERS = 12 / POINT  # points: 12 px
SKIN = "#1f77b0"  # of the surface, on light and on dark: its shades are computed from it
HEIGHT = 28  # degrees: of the eye
SIDES = (-58, -35, -80, -105, -125, -150, 30, 60, 120, 150)  # degrees: directions that the eye looks from, the usual one first
SLANTED = 0.35  # the cosine between the eye's direction and a plane's normal, from which on the plane is seen as one


def surface_plot(
    xs: Sequence[float],
    ys: Sequence[float],
    values,
    *,
    title: str,
    description: str | None = None,
    x_label: str = "x",
    y_label: str = "y",
    z_label: str = "",
    marks: Sequence = (),
    plane=None,
    page: bool = False,
    width: float = 660,
) -> str:
    """The surface, as the text of an SVG.

    Parameters
        xs, ys, values: as for `contour_plot`.
        marks: (x, y, z, label) of points.
        plane: values of a second surface at the same points, such as a tangent plane; it is drawn in the other colour.
        title, description, page, width: see `Svg`.

    Raises
        BackendError: matplotlib is not installed.
        ValueError: the shapes do not fit.
    """
    figures, art = _matplotlib()
    width = width_within(width)
    xs, ys, z = np.asarray(xs, dtype=float).ravel(), np.asarray(ys, dtype=float).ravel(), np.asarray(values, dtype=float)
    if z.shape != (len(ys), len(xs)):
        raise ValueError(f"values of shape {z.shape} for {len(ys)} ys and {len(xs)} xs")
    z = np.where(np.isfinite(z), z, np.nan)
    said = description or _described(z, marks, plane, (x_label, y_label))
    lines = balanced(title, width - 32, TITLE, bold=True)
    head = 14 + 21 * len(lines)
    tall = min((0.92 if width < NARROW else 0.78) * width, 620)
    with art.rc_context({"svg.fonttype": "none", "svg.hashsalt": "chainrule", "font.size": LETTERS, "axes.unicode_minus": True}):
        drawn = figures.Figure(figsize=(width / 96, tall / 96), dpi=96)
        drawn.patch.set_alpha(0)
        _draw(drawn, xs, ys, z, plane, marks, (x_label, y_label, z_label), narrow=width < NARROW)
        out = StringIO()
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = Svg(width, head + tall, title, said, page)
    for k, line in enumerate(lines):
        svg.words(16, 26 + 21 * k, line, font_size=TITLE, font_weight=600)
    svg.parts.append(f'<g transform="translate(0 {head})">{_themed(svg, out.getvalue(), width, tall)}</g>')
    return str(svg)


def _matplotlib():
    try:
        import matplotlib
        from matplotlib import figure
    except ImportError:
        raise BackendError(
            "matplotlib is not installed",
            given="surface_plot(…)",
            expected="matplotlib, which draws surfaces in space",
            fix='pip install "chainrule[plot]"',
        ) from None
    return figure, matplotlib


def _draw(drawn, xs, ys, z, plane, marks, names, narrow: bool) -> None:
    ink, other = (COLOURS[name][0] for name in ("ink", "yours"))
    axes = drawn.add_axes((0.07, 0.06, 0.86, 0.94) if narrow else (0.0, 0.02, 0.96, 0.98), projection="3d", computed_zorder=True)
    axes.patch.set_alpha(0)
    axes.set_box_aspect((1, 1, 0.72), zoom=1.0 if narrow else 1.06)
    axes.view_init(HEIGHT, _side(z, plane))
    every = [max(1, -(-len(v) // FINEST)) for v in (ys, xs)]
    grid = [m[:: every[0], :: every[1]] for m in np.meshgrid(xs, ys)]
    coarse = z[:: every[0], :: every[1]]
    if np.isfinite(coarse).any():
        scaled, common = _scaled(coarse)
        axes.plot_surface(*grid, scaled, color=SKIN, alpha=0.82, edgecolor=ink, linewidth=0.25, shade=True, rcount=FINEST, ccount=FINEST)
        if plane is not None:
            flat = np.asarray(plane, dtype=float)[:: every[0], :: every[1]] / common
            step = max(1, len(flat) // 8)
            axes.plot_surface(*grid, flat, color=other, alpha=0.4, edgecolor=other, linewidth=0.4, shade=False, rstride=step, cstride=step)
        for x, y, height, label in marks:
            if np.isfinite([x, y, height]).all():
                axes.plot([x], [y], [height / common], "o", color=ink, markersize=5, zorder=20)
                axes.text(x, y, height / common, f"\u00a0\u00a0{label}", color=ink, zorder=21, fontsize=LETTERS, fontweight="bold", va="bottom")
        z_name = " ".join([w for w in (names[2], f"×{figure(common)}" if common != 1 else "") if w])
    else:
        axes.text2D(0.5, 0.5, "the function has no finite value here", transform=axes.transAxes, ha="center", style="italic", color=ink)
        z_name = names[2]
    axes.set_xlabel(names[0], color=ink, labelpad=-2 if narrow else 4)
    axes.set_ylabel(names[1], color=ink, labelpad=-2 if narrow else 4)
    axes.set_zlabel(z_name, color=ink, labelpad=-2 if narrow else 4)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((0, 0, 0, 0))
        axis.line.set_color(ink)
        axis._axinfo["grid"].update(color=ink, linewidth=0.3)
        axis.set_major_locator(_locator(4 if narrow else 6))
    axes.tick_params(colors=ink, labelsize=LETTERS, pad=-1 if narrow else 2)


def _side(z, plane) -> float:
    """A direction from which the second surface, or the whole of the first, is not seen from its edge."""
    flat = np.asarray(plane, dtype=float) if plane is not None else z
    if min(flat.shape) < 2 or not np.isfinite(z).any():
        return SIDES[0]
    high = float(np.nanmax(z) - np.nanmin(z)) or 1.0
    slopes = [np.diff(flat, axis=axis).ravel() * (flat.shape[axis] - 1) / high for axis in (1, 0)]
    gradient = [float(s[np.isfinite(s)].mean()) if np.isfinite(s).any() else 0.0 for s in slopes]
    normal = np.array([-gradient[0], -gradient[1], 1.0])
    seen = {}
    for side in SIDES:
        eye = np.array([np.cos(np.radians(side)), np.sin(np.radians(side)), np.tan(np.radians(HEIGHT))]) * np.cos(np.radians(HEIGHT))
        seen[side] = abs(float(normal @ eye)) / float(np.linalg.norm(normal))
        if seen[side] >= SLANTED:
            return side
    return max(seen, key=seen.get)


def _scaled(z: np.ndarray) -> tuple[np.ndarray, float]:
    """The values, divided by a power of ten that makes their labels short; and that power."""
    largest = float(np.nanmax(np.abs(z)))
    if largest == 0 or 1e-2 <= largest < 1e4:
        return z, 1.0
    common = 10.0 ** max(np.floor(np.log10(largest)), -300)
    return z / common, common


def _locator(count: int):
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, steps=[1, 2, 5, 10])


def _themed(svg: Svg, text: str, width: float, tall: float) -> str:
    """matplotlib's drawing without its head, in the classes of the other pictures for dark readers, with short numbers."""
    body = text[text.index("<defs>") : text.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"-?\d+\.\d{2,}", lambda found: number(float(found[0])), body)
    body = re.sub(r"""font: [^;"]*;?""", f"font-size: {LETTERS:.4g}px;", body)
    key = svg.key
    body = body.replace('id="', f'id="{key}-').replace("url(#", f"url(#{key}-").replace('xlink:href="#', f'href="#{key}-')
    rules = []
    for name in ("ink", "yours"):
        light, dark, either = COLOURS[name]
        if svg.page:
            body = body.replace(light, either)
        else:
            rules += [f'[style*="{what}: {light}"] {{ {what}: {dark} !important; }}' for what in ("fill", "stroke")]
    style = f"<style>@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}</style>" if rules else ""
    inside = f'<svg width="{number(width)}" height="{number(tall)}" viewBox="0 0 {number(width / POINT)} {number(tall / POINT)}">'
    return f"{style}{inside}{body.strip()}</svg>"


def _described(z, marks, plane, names) -> str:
    good = z[np.isfinite(z)]
    parts = [f"A surface over the plane of {names[0]} and {names[1]}."]
    if good.size:
        parts.append(f"Its height lies between {figure(float(good.min()))} and {figure(float(good.max()))}.")
    if good.size < z.size:
        parts.append("Where the function has no value there is none.")
    if plane is not None:
        parts.append("A second surface touches it.")
    parts += [f"{label} at ({figure(x)}, {figure(y)}, {figure(height)})." for x, y, height, label in marks if label]
    return " ".join(parts)
