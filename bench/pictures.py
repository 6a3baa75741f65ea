"""How long pictures take and how large they are: every registered example of a chart, and every picture of explanations.

    PYTHONPATH=src python bench/pictures.py                 a table: picture, milliseconds, bytes
    PYTHONPATH=src python bench/pictures.py --sheet s.html  the same pictures on one page, at three widths, to look at
    PYTHONPATH=src python bench/pictures.py --only descent  those whose name begins so

The time is CPU time of drawing, the best of three, with the numbers that it takes: the explanation itself is found before.
The bar: each in under 300 ms.
"""

from __future__ import annotations

import argparse
import sys
from html import escape
from pathlib import Path
from time import process_time

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
import chainrule as cr  # noqa: E402
from chainrule.core.errors import ChainruleError  # noqa: E402
from tests.show.examples import EXAMPLES, SURFACES  # noqa: E402

BAR = 300  # ms
WIDTHS = (360, 660, 1000)
ROSENBROCK = "(1 - x)^2 + 100 (y - x^2)^2"
ASKED = {  # explanations whose pictures are drawn: door, arguments
    "tangent": ("tangent", ["exp(x)"], dict(at=0.5)),
    "tangent, kink": ("tangent", ["abs(x)"], dict(at=0)),
    "tangent, plane": ("tangent", ["x^2 + x y + y^2"], dict(at="x=1, y=0.5")),
    "approximations": ("approximations", ["sin(x)"], dict(at=0)),
    "approximations, log": ("approximations", ["log(x)"], dict(at=1)),
    "landscape": ("landscape", ["x^2 - y^2"], dict(at="x=1, y=0.5")),
    "landscape, valley": ("landscape", [ROSENBROCK], dict(at="x=-1, y=1")),
    "descent": ("descent", ["x^2/2 + 4 y^2"], dict(at="x=-3, y=1.8")),
    "descent, valley": ("descent", [ROSENBROCK], dict(at="x=-1.2, y=1")),
    "descent, one number": ("descent", ["x^4 - x^2"], dict(at="x=1.5")),
    "curvature": ("curvature", [ROSENBROCK], dict(at="x=1, y=1")),
    "curvature, saddle": ("curvature", ["x^2 - y^2"], dict(at="x=0, y=0")),
    "curvature, logistic": ("curvature", ["mean(log(1 + exp(-t .* (X w))))", "w"], dict(sizes={"m": 200, "n": 8})),
    "curvature, large": ("curvature", ["||A x - b||^2", "x"], dict(sizes={"n": 1500, "m": 600})),
    "critical": ("critical_points", ["x^3 - 3 x + y^2"], {}),
    "critical, four minima": ("critical_points", ["(x^2 + y - 11)^2 + (x + y^2 - 7)^2"], {}),
    "critical, one number": ("critical_points", ["x^3 - 3 x"], {}),
    "convexity": ("convexity", ["||M - U V^T||_F^2", "U,V"], {}),
    "convexity, one number": ("convexity", ["x^4 - x^2"], {}),
    "forecast": ("forecast", ["||A x - b||^2", "x"], dict(sizes={"n": 100_000, "m": 1000})),
    "backprop": ("backprop", ["dense 3, sigmoid, dense 1, mse"], dict(input=2)),
    "backprop, softmax": ("backprop", ["dense 4, relu, dense 3, softmax cross-entropy"], dict(input=5, batch=2)),
    "diagnose": ("diagnose", ["dense 6, sigmoid, dense 6, sigmoid, dense 1, mse"], dict(input=4)),
    "diagnose, saturated": ("diagnose", ["mean((W2 σ(W1 x + b1) - y)^2)"], dict(wrt="W1,W2,b1", at={"W1": [[8, 9], [-9, 8], [7, -7]], "W2": [[1, 2, 3]], "b1": [0, 0, 9]}, data={"x": [1, -2], "y": [1]})),
    "gallery, sigmoid": ("gallery", ["sigmoid"], {}),
    "gallery, relu": ("gallery", ["relu"], {}),
    "gallery, softmax": ("gallery", ["softmax"], {}),
    "gallery, gelu": ("gallery", ["gelu"], {}),
}  # fmt: skip


def found() -> tuple[dict, list[str]]:
    """{name: picture as a function of (page, width)}, and what could not be explained."""
    pictures = {f"chart, {name}": draw for name, draw in EXAMPLES.items()}
    pictures |= {f"surface, {name}": draw for name, draw in SURFACES.items()}
    failed = []
    for name, (door, given, more) in ASKED.items():
        try:
            explanation = getattr(cr, door)(*given, **more)
            pictures |= {f"{name}: {key}": draw for key, draw in explanation.pictures().items()}
        except (ChainruleError, AttributeError, TypeError) as why:
            failed.append(f"{name}: {why}")
    return pictures, failed


def measured(draw) -> tuple[float, int]:
    """Milliseconds, the best of three, and bytes."""
    best, size = float("inf"), 0
    for _ in range(3):
        start = process_time()
        size = len(str(draw(False, 660)).encode())
        best = min(best, (process_time() - start) * 1e3)
    return best, size


def sheet(pictures: dict, dark: bool = False) -> str:
    """All pictures at all widths, on one page."""
    rows = []
    for name, draw in pictures.items():
        drawn = "".join([f"<td>{draw(False, width)}</td>" for width in WIDTHS])
        rows.append(f"<tr><th colspan=3>{escape(name)}</th></tr><tr>{drawn}</tr>")
    style = "body{background:#888;font:14px sans-serif;margin:4px}td{vertical-align:top}th{text-align:left}"
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><table>{"".join(rows)}</table>\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="where the page with all pictures goes")
    parser.add_argument("--only", default="", help="the beginning of the names")
    options = parser.parse_args()
    pictures, failed = found()
    pictures = {name: draw for name, draw in pictures.items() if name.startswith(options.only)}
    slow = 0
    lines = []
    for name, draw in pictures.items():
        time, size = measured(draw)
        slow += time > BAR
        lines.append(f"{name:<44} {time:7.1f} ms {size:9,d} bytes" + (f"   over {BAR} ms" if time > BAR else ""))
    lines += [f"not explained: {why}" for why in failed]
    lines.append(f"{len(pictures)} pictures, {len(pictures) - slow} of them in under {BAR} ms")
    sys.stdout.write("\n".join(lines) + "\n")
    if options.sheet:
        options.sheet.write_text(sheet(pictures), encoding="utf-8")


if __name__ == "__main__":
    main()
