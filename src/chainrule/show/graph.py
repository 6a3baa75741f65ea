"""A graph of values and gradients: boxes with what they hold, values flowing one way, gradients coming back the other.

Left to right where that fits the width, else top to bottom. Values flow along full lines; gradients come back along broken
ones, which have another colour as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from html import escape
from itertools import count
from typing import NamedTuple

from .layered import Layers
from .letters import BOLD, TITLE, balanced, text_width, wrapped
from .svg import Svg

LABEL, LINE, NOTE = 14, 12, 11.5  # letter sizes: the name of a box, what it holds, texts at edges
PAD, LEADING = 9, 16.5
MARGIN, TOP, LEADING_TITLE = 20, 46, 21
APART = 46  # between layers at least, beside the texts of edges
NEAR, NEXT = 20, 44  # between the boxes of a layer: above one another, and beside one another, with texts in between
NARROW_NEXT, NARROW_RIM, BROKEN, TORN = 14, 10, 104, 72  # in narrow pictures: between boxes, at the sides, and of a box's lines
MOST_TEXT = 110  # of room at the sides, for texts
SAMPLES = 24  # of a piece of a line, which texts keep clear of
LANE = 4.0  # from the middle of an edge to each of its two lines
WARNING = "⚠ "
SHOWN = count()  # of steppers: buttons of two must not be one group
FRAME = {"input": "ink", "parameter": "true", "value": "ink", "loss": "yours", "culprit": "yours"}


class GraphNode(NamedTuple):
    """A box: its name, what it holds line by line, and what it is: "input", "parameter", "value", "loss" or "culprit"."""

    key: str
    label: str
    lines: tuple[str, ...] = ()
    role: str = "value"


class GraphEdge(NamedTuple):
    """From the box `start` to the box `end`; `forward` says what is computed along it, `backward` what comes back."""

    start: str
    end: str
    forward: str = ""
    backward: str = ""


def graph_plot(
    nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], *, title: str, step: int | None = None,
    description: str | None = None, page: bool = False, width: float = 660,
) -> Svg:  # fmt: skip
    """The graph.

    Parameters
        edges: in the order of the forward pass; the backward pass takes them from the last to the first.
        step: None shows all gradients; k those that have come back before the k-th edge of the backward pass (0 is its
            first), and that edge with emphasis.
        width: at most so wide, unless boxes beside one another need more.
    """
    nodes = list({n.key: n for n in nodes}.values())
    edges = [e for e in edges if {e.start, e.end} <= {n.key for n in nodes} and e.start != e.end]
    told = description or _described(nodes, edges, step)
    plan = min((_Plan(nodes, edges, flat) for flat in (True, False)), key=lambda p: (max(p.size[0], width), not p.flat))
    if plan.size[0] > width:
        plan = _Plan(nodes, edges, False, within=width)
    for room in (BROKEN, TORN):
        if plan.size[0] > width:
            nodes = [n._replace(lines=tuple([part for line in n.lines for part in _broken(line, room)])) for n in nodes]
            plan = _Plan(nodes, edges, False, within=width, narrow=True)
    wide, high = plan.size
    whole = max(wide, min(width, text_width(title, TITLE, bold=True) + 2 * plan.rim))
    lines = balanced(title, whole - 2 * plan.rim, TITLE, bold=True)
    plan.top += LEADING_TITLE * (len(lines) - 1)
    svg = Svg(whole, high + LEADING_TITLE * (len(lines) - 1), title, told, page)
    for k, line in enumerate(lines):
        svg.text(plan.rim, 27 + LEADING_TITLE * k, line, font_size=TITLE, font_weight=600, **svg.paint("ink"))
    done = len(edges) if step is None else step
    drawn = []
    for k, edge in enumerate(edges):
        back = len(edges) - 1 - k
        drawn.append(_drawn(plan, edge, back < done, step is not None and back == step))
    for d in drawn:
        _line(svg, plan, d.lines[0], "ink", 1.3, "")
        for line in d.lines[1:]:
            _line(svg, plan, line, "yours", 3.0 if d.bold else 1.5, "5 4")
    for node in nodes:
        _box(svg, plan, node)
    _texts(svg, plan, drawn)
    return svg


def stepper(pictures: Sequence[str], captions: Sequence[str]) -> str:
    """HTML that shows one picture after the other, each with its caption: radio buttons, no scripts.

    It survives where scripts are stripped; without styles all pictures stand below one another.
    """
    key = "st" + sha256("".join([str(next(SHOWN)), *pictures, *captions]).encode()).hexdigest()[:8]  # the same again in a page has its own
    rules = [f"#{key} > input {{ position: absolute; opacity: 0 }}", f"#{key} > section {{ display: none }}"]
    rules += [f"#{key}-{k}:checked ~ #{key}-s{k} {{ display: block }}" for k in range(len(pictures))]
    rules.append(f"#{key} > input:focus-visible ~ section label {{ outline: 2px solid currentColor; outline-offset: 2px }}")
    buttons = [
        f'<input type="radio" name="{key}" id="{key}-{k}" aria-label="step {k + 1} of {len(pictures)}"{" checked" * (k == 0)}>'
        for k in range(len(pictures))
    ]
    sections = []
    for k, (picture, caption) in enumerate(zip(pictures, captions)):
        style = "cursor: pointer; border: 1px solid rgba(128, 128, 128, 0.5); border-radius: 6px; padding: 2px 12px; margin-right: 8px"
        off = style.replace("pointer", "default") + "; opacity: 0.35"
        turns = [("◀ back", k - 1), ("next ▶", k + 1)]
        walk = "".join([
            f'<label for="{key}-{to}" style="{style}">{word}</label>' if 0 <= to < len(pictures) else f'<span style="{off}">{word}</span>'
            for word, to in turns
        ])  # fmt: skip
        sections.append(
            f'<section id="{key}-s{k}"><div style="margin: 4px 0">{walk}<span style="opacity: 0.75">{k + 1} of {len(pictures)}</span>'
            f"</div><div>{escape(caption)}</div>{picture}</section>"
        )
    return f'<div id="{key}" style="position: relative"><style>{" ".join(rules)}</style>{"".join(buttons)}{"".join(sections)}</div>'


# ------------------------------------------------------------------ where everything stands


class _Plan:
    """Positions in one direction: `flat` from left to right, else from top to bottom; no wider than `within`, where boxes can be; `narrow` with less room between and beside them."""

    def __init__(self, nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], flat: bool, within: float | None = None, narrow: bool = False):
        self.flat, self.top = flat, TOP
        self.rim = NARROW_RIM if narrow else MARGIN
        self.box = {n.key: _extent(n) for n in nodes}
        self.layers = Layers([n.key for n in nodes], [(e.start, e.end) for e in edges])
        along, across = (0, 1) if flat else (1, 0)
        self.across = self.layers.places({k: b[across] for k, b in self.box.items()}, NEAR if flat else NARROW_NEXT if narrow else NEXT)
        texts = max([text_width(t, NOTE) for e in edges for t in (e.forward, e.backward)], default=0.0)
        self.side = self.rim if flat or narrow else max(MARGIN, min(texts, MOST_TEXT) * 0.6)  # texts stand beside edges
        if within is not None:
            self._pressed(within - 2 * self.side, NARROW_NEXT if narrow else NEXT / 2)
        start, self.along = (MARGIN if flat else TOP), {}
        for k, row in enumerate(self.layers.rows):
            deep = max([self.box[i][along] for i in row if i in self.box], default=0.0)
            self.along |= {i: start + deep / 2 for i in row}
            start += deep + (self._gap(edges, k) if k + 1 < len(self.layers.rows) else 0)
        far = max([x + self.box.get(i, (0, 0))[across] / 2 for i, x in self.across.items()], default=0.0)
        self.size = (start + MARGIN, TOP + far + MARGIN) if flat else (far + 2 * self.side, start + MARGIN)

    def _pressed(self, room: float, gap: float) -> None:
        """Moves the boxes of each layer together, in their order, until all lie within the room; a layer that needs more has it."""
        half = {i: self.box.get(i, (0.0, 0.0))[0] / 2 for i in self.across}
        middle = (min([x - half[i] for i, x in self.across.items()]) + max([x + half[i] for i, x in self.across.items()])) / 2
        low, high = middle - room / 2, middle + room / 2
        for row in self.layers.rows:
            order = sorted(row, key=lambda i: self.across[i])
            end = high
            for i in reversed(order):
                self.across[i] = min(self.across[i], end - half[i])
                end = self.across[i] - half[i] - gap
            start = low
            for i in order:
                self.across[i] = max(self.across[i], start + half[i])
                start = self.across[i] + half[i] + gap
        first = min([x - half[i] for i, x in self.across.items()])
        self.across = {i: x - first for i, x in self.across.items()}

    def _gap(self, edges: Sequence[GraphEdge], k: int) -> float:
        """Between layers k and k + 1: room for the texts of the edges that end there."""
        if not self.flat:
            return APART + 8
        texts = [t for e in edges if self.layers.layer[e.end] == k + 1 for t in (e.forward, e.backward)]
        return max([APART, *[text_width(t, NOTE) + 26 for t in texts]])

    def middle(self, item) -> tuple[float, float]:
        """The middle of a box or bend."""
        a, c = self.along[item], self.across[item]
        return (a, self.top + c) if self.flat else (self.side + c, a + self.top - TOP)

    def ends(self, edge: GraphEdge) -> list[tuple[float, float]]:
        """The points that an edge goes through, from the rim of one box to that of the other."""
        points = [self.middle(i) for i in (edge.start, *self.layers.bends[edge.start, edge.end], edge.end)]
        points[0] = self._rim(edge.start, edge, +1)
        points[-1] = self._rim(edge.end, edge, -1)
        return points

    def _rim(self, key: str, edge: GraphEdge, side: int) -> tuple[float, float]:
        """Where an edge leaves or enters a box: edges beside one another have places of their own."""
        x, y = self.middle(key)
        wide, high = self.box[key]
        here = self.layers.near[key][side > 0]
        way = [edge.start, *self.layers.bends[edge.start, edge.end], edge.end]
        other = way[1] if side > 0 else way[-2]
        order = sorted(here, key=lambda i: self.across[i])
        room = (high if self.flat else wide) - 2 * PAD
        apart = min(4 * LANE + 2, room / max(len(order), 1))
        off = (order.index(other) - (len(order) - 1) / 2) * apart
        return (x + side * wide / 2, y + off) if self.flat else (x + off, y + side * high / 2)


def _broken(line: str, room: float) -> list[str]:
    """The line of a box in short lines; a range is only torn where there is very little room."""
    held = line.replace(" … ", "\u00a0…\u00a0") if room > TORN else line.replace("\u00a0…\u00a0", " … ")
    return wrapped(held, max(room, *[text_width(word, LINE) for word in held.split(" ")]), LINE, most=3)


def _extent(node: GraphNode) -> tuple[float, float]:
    marked = WARNING * (node.role == "culprit") + node.label
    widths = [text_width(marked, LABEL, bold=True), *[text_width(line, LINE) for line in node.lines]]
    return max(40.0, max(widths) + 2 * PAD), 22 + LEADING * len(node.lines) + (6 if node.lines else 2)


# ------------------------------------------------------------------ drawing


def _box(svg: Svg, plan: _Plan, node: GraphNode) -> None:
    x, y = plan.middle(node.key)
    wide, high = plan.box[node.key]
    thick = {"culprit": 3.0, "loss": 1.8}.get(node.role, 1.2)
    dash = {"stroke_dasharray": "2 3"} if node.role == "input" else {}
    paint = svg.paint("paper", FRAME.get(node.role, "ink"))
    svg.add("rect", x=x - wide / 2, y=y - high / 2, width=wide, height=high, rx=7 if node.role != "parameter" else 2, stroke_width=thick, **dash, **paint)
    top = y - high / 2 + 17
    label = WARNING * (node.role == "culprit") + node.label
    svg.text(x, top, label, text_anchor="middle", font_size=LABEL, font_weight=600, **svg.paint("ink"))
    for k, line in enumerate(node.lines):
        svg.text(x, top + LEADING * (k + 1), line, text_anchor="middle", font_size=LINE, **svg.paint("ink"))


class _Drawn(NamedTuple):
    """An edge as it is drawn: its lines as cubic pieces, the one of values first, and its texts with their colours."""

    lines: list[list[tuple]]
    texts: list[tuple[str, str, bool]]  # text, role, bold
    bold: bool


def _drawn(plan: _Plan, edge: GraphEdge, shown: bool, bold: bool) -> _Drawn:
    both = bool(edge.backward) and (shown or bold)
    points = plan.ends(edge)
    lines = [_pieces(plan, points, -LANE if both else 0.0)]
    texts = [(edge.forward, "ink", False)] if edge.forward else []
    if both:
        lines.append(_pieces(plan, points, LANE)[::-1])
        lines[1] = [piece[::-1] for piece in lines[1]]
        texts.append((edge.backward, "yours", bold))
    return _Drawn(lines, texts, bold)


def _pieces(plan: _Plan, points: list, lane: float) -> list[tuple]:
    """A smooth way beside the middle of an edge: cubic pieces (start, two controls, end) that leave along the layers' direction."""
    way = [(x, y + lane) if plan.flat else (x - lane, y) for x, y in points]
    found = []
    for a, b in zip(way, way[1:]):
        # where the way runs across the layers, its two lines are apart along them
        turn = 1 if (b[1] < a[1] if plan.flat else b[0] > a[0]) else -1
        aside = 1.3 * lane * turn * (abs(b[1] - a[1] if plan.flat else b[0] - a[0]) > APART)
        half, aside = (((b[0] - a[0]) / 2, 0.0), (aside, 0.0)) if plan.flat else ((0.0, (b[1] - a[1]) / 2), (0.0, aside))
        one, two = (a[0] + half[0] + aside[0], a[1] + half[1] + aside[1]), (b[0] - half[0] + aside[0], b[1] - half[1] + aside[1])
        found.append((a, one, two, b))
    return found


def _line(svg: Svg, plan: _Plan, pieces: list[tuple], role: str, thick: float, dash: str) -> None:
    """The way with an arrow at its end."""
    x, y = pieces[-1][3]
    forwards = 1 if (pieces[-1][3] > pieces[-1][0] if plan.flat else pieces[-1][3][1] > pieces[-1][0][1]) else -1
    tip, wing = 7.0 + thick, 3.2 + thick / 2
    stop = (x - forwards * tip, y) if plan.flat else (x, y - forwards * tip)
    ends = [piece[3] for piece in pieces[:-1]] + [stop]
    parts = [f"M{_at(pieces[0][0])}"] + [f"C{_at(p[1])} {_at(p[2])} {_at(end)}" for p, end in zip(pieces, ends)]
    svg.add("path", d=" ".join(parts), stroke_width=thick, **({"stroke_dasharray": dash} if dash else {}), **svg.paint(stroke=role))
    across = (0.0, wing) if plan.flat else (wing, 0.0)
    corners = [(x, y), (stop[0] - across[0], stop[1] - across[1]), (stop[0] + across[0], stop[1] + across[1])]
    svg.add("polygon", points=" ".join(map(_at, corners)), **svg.paint(role))


# ------------------------------------------------------------------ texts beside edges


def _texts(svg: Svg, plan: _Plan, drawn: Sequence[_Drawn]) -> None:
    """The texts of edges, each where it covers least: of lines, boxes and texts that stand already."""
    dots = [_on(piece, k / SAMPLES) for d in drawn for line in d.lines for piece in line for k in range(SAMPLES + 1)]
    taken = [_around(plan.middle(key), size) for key, size in plan.box.items()]
    for d in drawn:
        for text, role, bold in d.texts:
            size = (text_width(text, NOTE) * (BOLD if bold else 1), NOTE)
            spot = _free(_spots(plan, d.lines[0], size, role == "ink"), size, dots, taken, svg.width)
            taken.append(_around(spot, size))
            svg.text(spot[0], spot[1] + 4, text, text_anchor="middle", font_size=NOTE, **({"font_weight": 700} if bold else {}), **svg.paint(role))


def _free(spots: list, size: tuple, dots: list, taken: list, width: float) -> tuple[float, float]:
    """The first of the spots at which a text covers nothing, else the one at which it covers least."""
    low, high = min([y for _, y in spots]) - NOTE, max([y for _, y in spots]) + NOTE
    dots = [p for p in dots if low < p[1] < high]
    taken = [box for box in taken if box[1] < high and box[3] > low]
    best, least = spots[0], float("inf")
    for spot in spots:
        cover = _covered(_around(spot, size), dots, taken, width)
        if cover < least:
            best, least = spot, cover
        if not cover:
            break
    return best


def _spots(plan: _Plan, line: list[tuple], size: tuple[float, float], first: bool) -> list[tuple[float, float]]:
    """Middles of places for a text along a way, the best first: on the side of the values (`first`) or of the gradients."""
    piece = line[0]
    found = []
    for t in (0.5, 0.38, 0.62, 0.25, 0.75, 0.12, 0.88):
        x, y = _on(piece, t)
        near, far = (-size[1] / 2 - 5, size[1] / 2 + 5 + 2 * LANE) if plan.flat else (size[0] / 2 + 8, -size[0] / 2 - 8 - 2 * LANE)
        for off in (near, far) if first else (far, near):
            found.append((x, y + off) if plan.flat else (x + off, y))
    further = [(x + (x - _on(piece, 0.5)[0]) * 0.3, y + 7) for x, y in found]
    return found + further + [(x, y - 14) for x, y in further]


def _on(piece: tuple, t: float) -> tuple[float, float]:
    """A point of a cubic piece (Bernstein's form)."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return sum([w * p[0] for w, p in zip(weights, piece)]), sum([w * p[1] for w, p in zip(weights, piece)])


def _around(middle: tuple[float, float], size: tuple[float, float]) -> tuple[float, float, float, float]:
    (x, y), (wide, high) = middle, size
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _covered(box: tuple, dots: list, taken: list, width: float) -> float:
    """How much a text in this box would lie on: points of lines, and, which is worse, boxes, other texts and the rim."""
    left, top, right, bottom = box
    if left < 2 or right > width - 2:
        return 1000.0
    on = sum([left - 2 < x < right + 2 and top - 1 < y < bottom + 1 for x, y in dots])
    return on + 30 * sum([left < r and l < right and top < b and t < bottom for l, t, r, b in taken])


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _described(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], step: int | None) -> str:
    said = [f"A graph of {len(nodes)} boxes and {len(edges)} edges."]
    said += [f"{n.label}: {'; '.join(n.lines)}." for n in nodes if n.lines]
    back = edges[::-1] if step is None else edges[::-1][: step + 1]
    said += [f"From {e.end} back to {e.start}: {e.backward}." for e in back if e.backward]
    return " ".join(said)
