"""What every explanation has: rows of text, pictures, plain data, a notebook's display.

A subclass says what it has to tell (`rows`) and to show (`pictures`); nothing else is needed for the command line, the notebook
and the page to show it.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import UnknownNameError, did_you_mean
from ..derivation.terminal import block, row
from ..show import Svg, folded, table_of_rows

WIDTH = 660  # of a picture, in pixels, where nothing else is asked for


class Explanation:
    """An answer to a question about a function, with the pictures that belong to it.

    Attributes
        kind: what it is about: "curvature", "convexity", "descent" …
        notes: what a reader should know: readings taken, values that were drawn at random.
    """

    kind = ""
    notes: list[str]

    def rows(self) -> list[tuple[str, str, str]]:
        """(label, text, aside) of all there is to say; label "" continues the row above."""
        raise NotImplementedError

    def pictures(self) -> dict[str, Callable[[bool, int], Svg]]:
        """The pictures by name, the most telling first: functions of (page, width) that draw them."""
        return {}

    def plot(self, name: str | None = None, *, page: bool = False, width: int = WIDTH) -> Svg:
        """One of its pictures as SVG, which shows itself in a notebook; `str()` of it is the file.

        Parameters
            name: which; the first of `pictures()` by default.
            page: whether it stands in a page and takes the colours of that.
            width: in pixels; letters keep their size, so that a narrow picture can be read on a telephone.

        Raises
            UnknownNameError: there is no such picture.
        """
        drawn = self.pictures()
        if name is None and drawn:
            name = next(iter(drawn))
        if name not in drawn:
            near = did_you_mean(str(name), list(drawn))
            raise UnknownNameError(
                f"there is no picture `{name}`" if name else "there is nothing to draw",
                given=f"{self.kind}: plot({name!r})" if name else self.kind,
                expected=", ".join(drawn) or "an explanation that has a picture",
                fix=f"did you mean `{near}`?" if near else None,
            )
        return drawn[name](page, width)

    def to_dict(self) -> dict:
        """The explanation as plain data: what `--json` answers. It begins with `self.described()`."""
        raise NotImplementedError

    def described(self) -> dict:
        """The first entries of `to_dict`: format and kind."""
        return {"format": f"chainrule.{self.kind}/1", "kind": self.kind}

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def html(self) -> str:
        """The rows and, folded open and closed, the pictures, as HTML that needs nothing from elsewhere."""
        shown = [folded(name, str(draw(True, WIDTH)), k == 0) for k, (name, draw) in enumerate(self.pictures().items())]
        return f'<div style="line-height: 1.5">{table_of_rows(self.rows())}{"".join(shown)}</div>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/html": self.html()}
