"""Identities of functions of one number: the elementwise operations as they are declared, powers, products, quotients."""

from __future__ import annotations

from ..ops import activations, choices, elementary, losses, special
from ..ops.declare import Elementwise
from .entry import Entry, abramowitz

X = "x: scalar"
XA = "x: scalar, a: scalar"
ARGUMENTS = {"hypot": "a, b", "arctan2": "a, b", "maximum": "a, b", "minimum": "a, b", "huber": "r"}  # others: x, a, b
BY_HAND = ("pow", "where")  # what the tables say in the way a book does
MODULES = {
    "elementary functions": elementary,
    "special functions": special,
    "maximum, minimum and clipping": choices,
    "activations": activations,
    "regression": losses,
}


def declared(*wanted: str) -> list[Entry]:
    """One identity for each elementwise operation with a derivative; its source is the reference of the declaration.

    `wanted` are the groups to make; all of them where none is named.
    """
    found: list[Entry] = []
    seen: set[str] = set()
    for group, module in MODULES.items():
        for op in vars(module).values():
            if not isinstance(op, Elementwise) or op.name in seen or op.name in BY_HAND or op.derivative is None:
                continue
            if op.values == "01" and op.arity > 1:  # comparisons: their derivative is 0 wherever it exists
                continue
            seen.add(op.name)
            needed = op.arity - len(op.defaults)
            names = ARGUMENTS.get(op.name, ", ".join("xab"[:needed])).split(", ")[:needed]
            declare = ", ".join(f"{name}: scalar" for name in names)
            if wanted and group not in wanted:
                continue
            found.append(Entry(group, f"{op.name}({', '.join(names)})", names[0], declare, 1, spelled(op.reference)))
    return found


def spelled(reference: str | None) -> str:
    """The reference of a declaration as the table prints it."""
    reference = reference or ""
    return abramowitz(reference.removeprefix("A&S ")) if reference.startswith("A&S ") else reference


def rows(group: str, declare: str, *entries: tuple) -> list[Entry]:
    """Entries (function, source, name) by x, with one declaration."""
    return [Entry(group, function, "x", declare, 1, *rest) for function, *rest in entries]


SCALARS = [
    *rows(
        "powers, products and quotients", X,
        ("x^2", abramowitz("section 3.3"), "square power"),
        ("x^3", abramowitz("section 3.3"), "cube power"),
        ("1/x", abramowitz("section 3.3"), "reciprocal"),
        ("1/x^2", abramowitz("section 3.3"), "reciprocal"),
        ("sqrt(x)", abramowitz("section 3.3"), "root"),
        ("1/sqrt(x)", abramowitz("section 3.3"), "root"),
        ("x^x", "", "power"),
        ("x*exp(x)", "", "product rule"),
        ("x^3*exp(-x)", "", "product rule"),
        ("x*log(x)", "", "product rule entropy"),
        ("x*log(x) - x", "", "antiderivative of log"),
        ("x*sin(x)", "", "product rule"),
        ("sin(x)*cos(x)", "", "product rule"),
        ("sin(x)/x", "", "quotient rule sinc"),
        ("log(x)/x", "", "quotient rule"),
        ("exp(x)/x", "", "quotient rule"),
        ("x/(1 + x)", "", "quotient rule"),
        ("x/(1 + x^2)", "", "quotient rule"),
        ("1/(1 + x^2)", "", "quotient rule Cauchy"),
        ("(1 - x)/(1 + x)", "", "quotient rule Möbius"),
        ("sqrt(1 + x^2)", "", "chain rule"),
        ("sqrt(1 - x^2)", "", "chain rule circle"),
        ("log(1 + x^2)", "", "chain rule Cauchy loss"),
        ("exp(-x^2)", "", "chain rule Gauss"),
        ("exp(-x^2/2)/sqrt(2*pi)", "", "chain rule normal density Gauss"),
        ("exp(1/x)", "", "chain rule"),
        ("log(log(x))", "", "chain rule"),
        ("sin(x)^2", "", "chain rule"),
        ("exp(sin(x))", "", "chain rule"),
        ("sin(x^2)", "", "chain rule"),
    ),
    *rows(
        "powers, products and quotients", XA,
        ("x^a", abramowitz("section 3.3"), "power"),
        ("a^x", abramowitz("section 4.2"), "exponential power"),
        ("exp(a*x)", abramowitz("section 4.2"), "chain rule exponential"),
        ("sin(a*x)", "", "chain rule"),
        ("log(a*x)", abramowitz("4.1.46"), "chain rule"),
        ("sqrt(a^2 - x^2)", "", "chain rule circle"),
        ("1/(a + x)", "", "quotient rule"),
        ("x/(a + x)", "", "quotient rule Michaelis Menten"),
        ("exp(-(x - a)^2/2)", "", "chain rule Gauss"),
        ("1/(1 + exp(-a*x))", "", "chain rule logistic sigmoid"),
    ),
    Entry("powers, products and quotients", "log(a*x + b)", "x", "x: scalar, a: scalar, b: scalar", 1, "", "chain rule"),
    Entry("powers, products and quotients", "(a*x + b)/(c*x + d)", "x", "x:, a:, b:, c:, d:", 1, "", "quotient rule Möbius"),
    Entry("powers, products and quotients", "(a*x + b)^2", "x", "x:, a:, b:", 1, "", "chain rule"),
    *[
        Entry("second derivatives of functions of one number", function, "x", X, 2, "", name)
        for function, name in [
            ("exp(x)", ""), ("log(x)", ""), ("sin(x)", ""), ("cos(x)", ""), ("tan(x)", ""), ("sqrt(x)", "root"),
            ("1/x", "reciprocal"), ("tanh(x)", ""), ("sigmoid(x)", "logistic"), ("softplus(x)", ""), ("x*log(x)", "entropy"),
            ("exp(-x^2/2)", "Gauss"), ("x^3", "power"), ("arctan(x)", ""), ("lgamma(x)", "gamma"),
        ]
    ],
    Entry("second derivatives of functions of one number", "x^a", "x", XA, 2, "", "power"),
]  # fmt: skip
