"""A small SVG writer: well-formed and escaped, with a title and a description for those who cannot see the picture.

A picture for a page or a notebook (`page=True`) has no background and the colour of the text around it. One for a file
has both of its own, for light and for dark readers. Colours are those of Okabe and Ito, which people with any colour
vision tell apart; nothing is said by colour alone. There are no scripts, and no fonts but those of the reader.

References: W3C, SVG 2; Okabe & Ito, Color Universal Design (2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from html import escape

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
COLOURS = {  # name: (on light, on dark, on either)
    "ink": ("#1f2328", "#e6edf3", "currentColor"),
    "paper": ("#ffffff", "#11151a", "none"),
    "yours": ("#c44e00", "#f28e4b", "#d55e00"),
    "true": ("#0067a5", "#5db7ee", "#2f86d1"),
    "third": ("#007a5a", "#3fcf9f", "#00976e"),
    "fourth": ("#a83f80", "#e795c3", "#c5649f"),
    "fifth": ("#7d5c00", "#e3b63c", "#a37a10"),
    "scale": ("#3d5f92", "#86aadf", "#6487bd"),  # of areas: the more of it, the larger the number
}
FULLEST = 0.55  # opacity of the largest number's area: ink on it has a contrast of 4.5 to 1
SPACES = "\t\n\u00a0\u2009\u202f"  # that XML allows, though Python does not call them printable
KEY = "@@key@@"  # stands for the picture's own name until it is known


class Svg:
    """A picture that is being drawn; `str()` is its text.

    Parameters
        width, height: in units of about a pixel; the picture scales. Charts are 300 to 2000 wide, and take what is nearest.
        title, description: what it shows, in words.
        page: whether it stands in a page, whose colours it takes.
    """

    def __init__(self, width: float, height: float, title: str, description: str, page: bool = False):
        self.width, self.height, self.page = width, height, page
        self.title, self.description = title, description
        self.parts: list[str] = []
        self.depth = 1
        self.defined = 0  # clips and patterns

    def add(self, tag: str, text: str | None = None, **attributes) -> None:
        """An element; `stroke_width=2` is the attribute stroke-width, `class_` is class."""
        inside = f">{escaped(text)}</{tag}>" if text is not None else "/>"
        self._line(f"<{tag}{attributes_text(attributes)}{inside}")

    def text(self, x: float, y: float, text: str, **attributes) -> None:
        if text:
            self.add("text", text, x=x, y=y, **attributes)

    def line(self, x1: float, y1: float, x2: float, y2: float, **attributes) -> None:
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)

    def path(self, data: str, **attributes) -> None:
        self.add("path", d=data, **attributes)

    def words(self, x: float, y: float, text: str, role: str = "ink", halo: bool = False, **attributes) -> None:
        """Text in the colour of a role; with a halo of the paper's colour where it crosses lines, if the paper is known."""
        if halo and not self.page:
            edge = {"stroke_width": 4, "stroke_linejoin": "round", "aria_hidden": "true"}
            self.text(x, y, text, **attributes, **edge, **self.paint("paper", "paper"))
        self.text(x, y, text, **attributes, **self.paint(role))

    def clip(self, x: float, y: float, width: float, height: float) -> dict[str, str]:
        """The attribute of a group that cuts off what lies outside of a box."""
        self.defined += 1
        self._line(f'<clipPath id="{KEY}-c{self.defined}"><rect{attributes_text(dict(x=x, y=y, width=width, height=height))}/></clipPath>')
        return {"clip_path": f"url(#{KEY}-c{self.defined})"}

    def hatch(self, role: str, gap: float = 6, back: bool = False) -> dict[str, str]:
        """The attributes of an area filled with stripes of a colour, for those who tell it from others by nothing else."""
        self.defined += 1
        line = f"M0,{number(gap)}L{number(gap)},0" if back else f"M0,0L{number(gap)},{number(gap)}"
        ends = f"M-1,1L1,-1M{number(gap - 1)},{number(gap + 1)}L{number(gap + 1)},{number(gap - 1)}" if back else (
            f"M-1,{number(gap - 1)}L1,{number(gap + 1)}M{number(gap - 1)},-1L{number(gap + 1)},1"
        )  # fmt: skip
        self._line(f'<pattern id="{KEY}-h{self.defined}" patternUnits="userSpaceOnUse" width="{number(gap)}" height="{number(gap)}">')
        self.depth += 1
        self.path(line + ends, stroke_width=1.3, **self.paint(stroke=role))
        self.depth -= 1
        self._line("</pattern>")
        return {"fill": f"url(#{KEY}-h{self.defined})"}

    @contextmanager
    def group(self, **attributes) -> Iterator[None]:
        """Elements drawn inside have these attributes."""
        self._line(f"<g{attributes_text(attributes)}>")
        self.depth += 1
        yield
        self.depth -= 1
        self._line("</g>")

    def _line(self, text: str) -> None:
        self.parts.append("  " * self.depth + text)

    def paint(self, fill: str = "none", stroke: str | None = None) -> dict[str, str]:
        """Attributes for these colours, by their names in `COLOURS`."""
        column = 2 if self.page else 0
        found = {"fill": COLOURS[fill][column] if fill != "none" else fill}
        classes = [f"f-{fill}"] if fill != "none" else []
        if stroke is not None:
            found["stroke"] = COLOURS[stroke][column]
            classes.append(f"s-{stroke}")
        return found | ({"class_": " ".join(classes)} if classes and not self.page else {})

    @property
    def key(self) -> str:
        """A name that no other picture in a page has."""
        return "cr" + sha256("\n".join([self.title, self.description, *self.parts]).encode()).hexdigest()[:8]

    def dark(self) -> str:
        """The rules that a dark reader's program applies, to this picture only."""
        key = self.key
        rules = [
            f"#{key} .{letter}-{name} {{ {what}: {dark}; }}"
            for name, (_, dark, _) in COLOURS.items()
            for letter, what in (("f", "fill"), ("s", "stroke"))
        ]
        return f"@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}"

    def __str__(self) -> str:
        key = self.key
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" viewBox="0 0 {number(self.width)} {number(self.height)}" '
            f'width="{number(self.width)}" height="{number(self.height)}" role="img" '
            f'aria-labelledby="{key}-title {key}-desc" font-family="{escaped(FONT)}" font-size="13" '
            f'style="max-width: 100%; height: auto">'
        )
        lines = [
            head,
            f'  <title id="{key}-title">{escaped(self.title)}</title>',
            f'  <desc id="{key}-desc">{escaped(self.description)}</desc>',
        ]
        if not self.page:
            background = attributes_text({"width": self.width, "height": self.height, **self.paint("paper")})
            lines += [f"  <style>{self.dark()}</style>", f"  <rect{background}/>"]
        drawn = "\n".join(self.parts).replace(f'"{KEY}-', f'"{key}-').replace(f"#{KEY}-", f"#{key}-")
        return "\n".join([*lines, *([drawn] if drawn else []), "</svg>"]) + "\n"

    def _repr_svg_(self) -> str:
        return str(self)


def spread(level: float) -> float:
    """The opacity of an area of role "scale" whose number is the part `level` of the largest: 0 is paper."""
    return round(FULLEST * min(max(level, 0.0), 1.0), 3)


def attributes_text(attributes: dict) -> str:
    found = []
    for name, value in attributes.items():
        shown = number(value) if isinstance(value, (int, float)) else escaped(str(value))
        found.append(f' {name.rstrip("_").replace("_", "-")}="{shown}"')
    return "".join(found)


def number(x: float) -> str:
    """A length, to a hundredth of a pixel."""
    return f"{x:.2f}".rstrip("0").rstrip(".") if x != int(x) else str(int(x))


def escaped(text: str) -> str:
    """Text as XML has it, without characters that XML forbids."""
    return escape("".join([ch for ch in text if ch.isprintable() or ch in SPACES]), quote=True)
