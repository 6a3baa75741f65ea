"""The pictures of a backward pass: the graph of values and gradients, the size of each gradient, the local Jacobians; and its page."""

from __future__ import annotations

from html import escape

import numpy as np

from ...show import Bar, GraphEdge, GraphNode, Svg, bar_plot, folded, graph_plot, heat_plot, stepper, table_of_rows
from ...show.scales import figure
from .matrix import as_matrix
from .told import range_text, rows, shape_text, short, step_rows, value_text

MOST_BOXES = 26  # in a graph; of longer networks the ends
MOST_WALKED = 40  # edges that the page steps through
LABEL = 22  # letters of a text at an edge
HEATED = 60  # rows and columns of a Jacobian that is drawn
PAGE, NARROW = 660, 420  # pixels


def graph(found) -> tuple[list[GraphNode], list[GraphEdge]]:
    """Boxes for data, parameters and steps; edges in the order of the forward pass, those of data first."""
    trace, taken = found.trace, found.trace.taken
    kept, cut = _kept(found)
    nodes, edges = [], []
    for name in found.leaves:
        if any(name in s.others for s in kept):
            nodes.append(GraphNode(name, taken.shown(name), (_held(trace.values[name]),), "input"))
    for name in trace.gradients:
        if any(name in s.inputs for s in kept):
            nodes.append(GraphNode(name, taken.shown(name), _lines(found, name), "parameter"))
    nodes += [GraphNode(s.name, taken.shown(s.name), _lines(found, s.name), "loss" if s is trace[-1] else "value") for s in kept]
    edges += [GraphEdge(name, s.name) for s in kept for name in s.others]
    if cut:
        nodes.append(GraphNode("⋯", "⋯", (f"{len(cut)} more steps",), "value"))
        left = {s.name for s in cut}
        shown = {s.name for s in kept}
        before = {name for s in cut for name in s.inputs if name in shown}
        edges += [GraphEdge(name, "⋯") for name in sorted(before)]
        edges += [GraphEdge("⋯", s.name) for s in kept if left & set(s.inputs)]
    for s in kept:
        edges += [GraphEdge(name, s.name, "", _comes_back(found, s, name)) for name in s.inputs if cut == [] or name not in {c.name for c in cut}]
    return nodes, edges


def _kept(found) -> tuple[list, list]:
    """(the steps that are drawn, those in the middle that are not)."""
    trace = found.trace
    if len(trace) <= MOST_BOXES:
        return list(trace), []
    half = MOST_BOXES // 3
    return [*trace[:half], *trace[-half:]], list(trace[half:-half])


def _held(x) -> str:
    """An array in a box: itself where that is short, else its shape and range."""
    text = value_text(x)
    return text if len(text) <= LABEL and "…" not in text else f"{shape_text(np.shape(x))}, {range_text(x)}"


def _lines(found, name: str) -> tuple[str, ...]:
    x, g = found.trace.values[name], found.trace.arriving[name]
    lines = [_held(x)]
    if name != found.trace[-1].name:
        lines.append(f"‖∂‖ {figure(float(np.linalg.norm(g)), 3)}")
    return tuple(lines)


def _comes_back(found, step, name: str) -> str:
    """What meets the gradient on an edge: the Jacobian, or where that has more than two axes, what is sent."""
    local, taken = step.local(name), found.trace.taken
    text = local.text(found.layout) if local.node.ndim <= 2 else local.sent_text(found.layout)
    return text if len(text) <= LABEL else f"∂{taken.shown(step.name)}/∂{taken.shown(name)}"


def pictures(found) -> dict:
    """The pictures by name."""
    nodes, edges = graph(found)
    number = None if found.at is None else _place(found, edges)
    drawn = {
        "graph": lambda page, width: graph_plot(nodes, edges, title=f"Values and gradients: {_title(found)}", step=number, page=page, width=width),
        "gradients": lambda page, width: _gradients(found, page, width),
    }
    heated = [e for e in (found.edges if found.at is None else [found.edges[found.at - 1]]) if _can_be_drawn(found, e)]
    return drawn | {f"jacobian-{e.step.name}-{e.name}": _heat(found, e) for e in heated}


def _can_be_drawn(found, e) -> bool:
    """Whether a local Jacobian is a matrix that a picture can show."""
    size = max(int(np.prod(e.step.shape)), int(np.size(e.step.known[e.name])))
    return e.step is not found.trace[-1] and 1 < e.step.local(e.name).entries and size <= HEATED and e.step.local(e.name).blocks is not None


def _place(found, edges) -> int | None:
    """The number of the edge that is told alone, in the backward pass of the picture."""
    e = found.edges[found.at - 1]
    back = edges[::-1]
    return next((k for k, x in enumerate(back) if (x.start, x.end) == (e.name, e.step.name)), None)


def _gradients(found, page: bool, width: int) -> Svg:
    trace, taken = found.trace, found.trace.taken
    bars = []
    for step in reversed(trace[:-1]):
        bars.append(Bar(taken.shown(step.name), step.norm, figure(step.norm, 3), "true"))
        bars += [
            Bar(taken.shown(n), _norm(trace.arriving[n]), figure(_norm(trace.arriving[n]), 3), "third")
            for n in step.inputs if n in trace.gradients
        ]  # fmt: skip
    bars = list({b.name: b for b in bars}.values())
    known = {b.name for b in bars}
    bars += [Bar(taken.shown(n), _norm(g), figure(_norm(g), 3), "third") for n, g in trace.gradients.items() if taken.shown(n) not in known]
    return bar_plot(bars, title=f"Size of each gradient: {_title(found)}", axis="‖∂L/∂·‖", log=True, page=page, width=width)


def _norm(x) -> float:
    return float(np.linalg.norm(x))


def _heat(found, e):
    taken = found.trace.taken
    y, x = taken.shown(e.step.name), taken.shown(e.name)

    def draw(page: bool, width: int) -> Svg:
        m = e.step.local(e.name).matrix()
        return heat_plot(m, title=f"∂{y}/∂{x} = {short(as_matrix(e.step.local(e.name), found.layout))}", rows=y, columns=x, page=page, width=width)

    return draw


def _title(found) -> str:
    if found.network is None:
        return "the backward pass"
    return short(", ".join([layer.strip().replace(" ", "\u00a0") for layer in found.network.chain.split(",")]), 80)  # broken between layers only


# ------------------------------------------------------------------ the page


def html(found) -> str:
    """The rows, the backward pass to step through, and each edge folded: value, incoming gradient, local Jacobian, product."""
    nodes, edges = graph(found)
    parts = [table_of_rows(rows(found) if found.at is None else step_rows(found, found.at))]
    back = [(e.name, e.step.name) for e in found.edges]
    walked = [k for k, e in enumerate(edges[::-1]) if (e.start, e.end) in back][:MOST_WALKED]
    pictures_of, captions = [], []
    for k in walked if found.at is None else []:
        e = edges[::-1][k]
        title = f"Step {len(captions) + 1} of {len(walked)}: {_title(found)}"
        pictures_of.append(str(graph_plot(nodes, edges, title=title, step=k, page=True, width=PAGE)))
        captions.append(found.steps[back.index((e.start, e.end))])
    if pictures_of:
        parts.append(folded("the backward pass, edge by edge", stepper(pictures_of, captions), True))
    parts.append(folded("size of each gradient", str(_gradients(found, True, PAGE))))
    if found.at is None:
        for k, e in enumerate(found.edges[:MOST_WALKED]):
            taken = found.trace.taken
            title = f"∂{taken.shown(e.step.name)}/∂{taken.shown(e.name)}"
            heat = str(_heat(found, e)(True, NARROW)) if _can_be_drawn(found, e) else ""
            parts.append(folded(f"{title}: {short(as_matrix(e.step.local(e.name), found.layout))}", table_of_rows(step_rows(found, k + 1)[1:]) + heat))
    left = len(found.edges) - MOST_WALKED
    if left > 0 and found.at is None:
        parts.append(f"<p>{escape(f'{left} more steps are not shown')}</p>")
    return f'<div style="line-height: 1.5">{"".join(parts)}</div>'
