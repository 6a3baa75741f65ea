"""What a `find` line asks for, read from its words.

derivative in x · gradient in w · Jacobian in z · Hessian in x, y · third derivative in x
gradient in x, y at x = 1, y = 2                  numbers, as for all that have `at`
derivative from the left in x at x = 0            at a kink
derivative along (3/5, 4/5) in x, y at x = 1, y = 2
direction of steepest increase in x, y at …       any positive multiple; `unit direction` for length 1
rate of steepest increase in x, y at …            its slope, ‖∇f‖
value at x = 2                                    of the function itself
formula                                           one that stands in the `answer:` line
descent step with rate eta in w                   w − η∇f; with `at` in numbers
critical point in x, y                            where the gradient is zero
kind of critical point in x, y at …               minimum, maximum or saddle point
Taylor polynomial of degree 3 in x around 0
shape of the gradient in W
working for the gradient in w                     line by line
program for the gradient in w, b                  a Python file; `for the loss and the gradient` wants both
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..core.errors import did_you_mean
from .sheet import Part, Sheet

ORDERS = {"": 1, "second": 2, "third": 3, "fourth": 4}
DERIVATIVES = {
    "derivative": 0,
    "gradient": 1,
    "jacobian": 1,
    "hessian": 2,
    "slope": 1,
}  # the order that a word says by itself
WHAT = "|".join(DERIVATIVES)
KINDS = [  # the words of a `find` line before ` in …`, and which kind of question they ask
    (rf"(?:(?P<nth>second|third|fourth) )?(?P<what>{WHAT})", "derivative"),
    (r"(?:derivative|slope) from the (?P<side>left|right)", "one-sided"),
    (r"(?:derivative|slope) along (?P<along>.+)", "along"),
    (r"(?P<unit>unit )?direction of steepest (?P<way>increase|decrease|ascent|descent)", "direction"),
    (r"rate of steepest (?P<way>increase|decrease|ascent|descent)", "rate"),
    (r"value", "value"),
    (r"descent step with rate (?P<rate>.+)", "step"),
    (r"critical point", "critical"),
    (r"kind of critical point", "nature"),
    (r"taylor polynomial of degree (?P<degree>\d+)", "taylor"),
    (rf"shape of the (?:(?P<nth>second|third|fourth) )?(?P<what>{WHAT})", "shape"),
    (rf"working for the (?:(?P<nth>second|third|fourth) )?(?P<what>{WHAT})", "working"),
    (r"formula", "formula"),
    (r"program for the (?P<both>loss and (?:the )?)?gradient", "program"),
]
NEEDS_POINT = {"one-sided", "along", "direction", "rate", "value", "nature", "taylor"}
FORBIDS_POINT = {"critical", "shape", "working", "program"}
SAMPLES = (
    "derivative in x", "gradient in x, y", "Jacobian in z", "Hessian in x", "value at x = 1", "critical point in x",
    "direction of steepest increase in x, y at x = 1, y = 2", "Taylor polynomial of degree 2 in x around 0",
    "derivative from the left in x at x = 0", "working for the gradient in w", "program for the gradient in w",
    "shape of the gradient in W", "descent step with rate eta in w", "kind of critical point in x, y at x = 0, y = 0",
)  # fmt: skip


class Asked(NamedTuple):
    """What is to be found.

    kind    "derivative", "one-sided", "along", "direction", "rate", "value", "step", "critical", "nature", "taylor",
            "shape", "working", "program", "formula"
    what    the word used: "gradient", "Jacobian" …
    wrt     the names of the variables
    order   of the derivative
    at      the text of the point, or None
    """

    kind: str
    what: str = "derivative"
    wrt: tuple[str, ...] = ()
    order: int = 1
    at: str | None = None
    side: str = ""
    along: str = ""
    way: str = "increase"
    unit: bool = False
    rate: str = ""
    degree: int = 0
    both: bool = False


def asked(sheet: Sheet, part: Part) -> Asked:
    """What the `find` line of a part asks for.

    Raises
        ParseError: its words are none of those above; the message names file and line.
    """
    text = " ".join(part.find.split())
    body, at = cut(text, r" (?:at|around) ")
    body, names = cut(body, r" in ")
    for pattern, kind in KINDS:
        match = re.fullmatch(pattern, body, re.IGNORECASE)
        if match:
            break
    else:
        near = did_you_mean(body.lower(), [sample.split(" in ")[0].lower() for sample in SAMPLES])
        raise sheet.fault(
            part.line, f"`{body[:60]}` is nothing that can be asked", f"find: {text[:80]}",
            ", ".join(SAMPLES[:6]) + " …",
            next((f"find: {s}" for s in SAMPLES if near and s.lower().startswith(near)), None),
        )  # fmt: skip
    found = {k: v for k, v in match.groupdict().items() if v is not None}
    wrt = tuple([name.strip() for name in names.split(",")]) if names else ()
    if not wrt and kind not in ("value", "formula"):
        raise sheet.fault(
            part.line,
            "it is not said in which variable",
            f"find: {text[:80]}",
            "` in ` and a name",
            f"find: {body} in x",
        )
    if kind in NEEDS_POINT and at is None:
        raise sheet.fault(
            part.line, f"`{body[:40]}` is asked at a point", f"find: {text[:80]}",
            "` at ` and a value for each variable", f"find: {text[:60]} at {wrt[0] if wrt else 'x'} = 1",
        )  # fmt: skip
    if kind in FORBIDS_POINT and at is not None:
        raise sheet.fault(
            part.line,
            f"`{body[:40]}` is asked without a point",
            f"find: {text[:80]}",
            f"find: {body} in {', '.join(wrt)}",
        )
    what = found.get("what", "derivative").lower()
    if kind == "taylor" and not 1 <= int(found["degree"]) <= 8:
        raise sheet.fault(
            part.line,
            "the degree of a Taylor polynomial is a small whole number",
            f"degree {found['degree']}",
            "1 to 8",
        )
    way = found.get("way", "increase").lower()
    return Asked(
        kind,
        {"jacobian": "Jacobian", "hessian": "Hessian"}.get(what, what),
        wrt,
        max(ORDERS[found.get("nth", "").lower()], DERIVATIVES[what]),
        at,
        found.get("side", "").lower(),
        found.get("along", ""),
        {"ascent": "increase", "descent": "decrease"}.get(way, way),
        "unit" in found,
        found.get("rate", ""),
        int(found.get("degree", 0)),
        "both" in found,
    )


def cut(text: str, pattern: str) -> tuple[str, str | None]:
    """(what stands before the last place where `pattern` matches, what stands behind it)."""
    places = list(re.finditer(pattern, text))
    return (text[: places[-1].start()], text[places[-1].end() :].strip()) if places else (text, None)
