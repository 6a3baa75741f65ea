"""A page with one picture of each kind, as a reader of the documentation sees them: `make pictures` writes it.

Each picture is drawn by the call that stands above it; look at what changed before you commit it.
"""

from __future__ import annotations

import re
from pathlib import Path

import chainrule as cr

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference" / "pictures"
PAGE = ROOT / "docs" / "reference" / "pictures.md"
WIDTH = 660
HEAD = """\
# Pictures

Drawn by `make pictures`, each by the call above it. On the command line it is `--svg FILE.svg`, for a picture of a certain name
`--svg FILE.svg:NAME`; in a notebook they stand below the answer. They follow the light or dark setting of the reader's program, say nothing by colour
alone, and have a title and a description for those who cannot see them.
"""
NET = "dense 3, sigmoid, dense 1, mse"
SATURATED = "at='W1=[[8, 0], [9, 0], [-9, 0]], b1=0, W2=[[1, 1, 1]], b2=0', data='x=(1, -2), y=1'"
EXAMPLES = (  # heading, what to see there, call, names of pictures (all where there are none)
    ("The derivative as a limit", "Secants close in on the tangent; the error of the linear model falls with slope 2.",
     'cr.tangent("x^2 sin(x)", at=1)', ()),
    ("Taylor polynomials", "Growing degree, and how far each stays within a tolerance.",
     'cr.approximations("exp(x) sin(x)", at=0)', ()),
    ("Gradient and level sets", "Gradients stand at right angles on the level sets; uphill and downhill, by the angle.",
     'cr.landscape("x^2 + x y + 2 y^2", at="x=1, y=-1")', ()),
    ("Ways downhill", "Gradient descent creeps along the valley, momentum swings past the minimum, Newton's method goes straight.",
     'cr.descent("x^2/2 + 10 y^2", at="x=4, y=1")', ()),
    ("Curvature", "Eigenvalues of a Hessian, and the quadratic model.",
     'cr.curvature("(1 - x)^2 + 100 (y - x^2)^2", at="x=1, y=1")', ()),
    ("Critical points", "Minima, maxima and saddles of Himmelblau's function.",
     'cr.critical_points("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")', ()),
    ("Not convex", "A chord that lies below the function.",
     'cr.convexity("x^4 - x^2", "x")', ()),
    ("Back-propagation", "Values flow along full lines, gradients come back along broken ones.",
     f'cr.backprop(cr.network("{NET}", input=2))', ()),
    ("A diagnosis", "A layer of saturated units takes the gradient of all that lies before it.",
     f'cr.diagnose(cr.network("{NET}", input=2), {SATURATED})', ()),
    ("An activation", "The curve with its derivatives; shaded where it is saturated.",
     'cr.gallery("gelu")', ()),
    ("A minimisation", "How far the value is above the lowest, by iteration.",
     'cr.minimize("(1 - x)^2 + 100 (y - x^2)^2", "x, y")', ()),
    ("A wrong gradient", "The remainder falls with slope 1 where the derivative is wrong, with slope 2 where it is right.",
     'cr.check("||X w - y||^2", "X^T (X w - y)", wrt="w")', ()),
)  # fmt: skip


def answer(call: str):
    """What the call of an example answers. The calls are ours."""
    return eval(call, {"cr": cr})  # noqa: S307


def pictures_of(found) -> dict[str, str]:
    """The pictures of an answer by name, as SVG."""
    if hasattr(found, "pictures"):
        return {name: str(draw(False, WIDTH)) for name, draw in found.pictures().items()}
    return {"": str(found.plot())}


def file_name(heading: str, name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", f"{heading} {name}".lower()).strip("-")
    return f"{words}.svg"


def title_of(picture: str) -> str:
    return re.search(r"<title[^>]*>([^<]*)<", picture).group(1)


def written() -> None:
    """The page, and its pictures beside it."""
    parts = [HEAD]
    FOLDER.mkdir(exist_ok=True)
    for heading, words, call, names in EXAMPLES:
        parts.append(f"## {heading}\n\n{words}\n\n```\n{call}\n```\n")
        for name, picture in pictures_of(answer(call)).items():
            if not names or name in names:
                file = file_name(heading, name)
                (FOLDER / file).write_text(picture, encoding="utf-8")
                parts.append(f"![{title_of(picture)}](pictures/{file})\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    written()
