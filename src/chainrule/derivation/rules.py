"""The rules of calculus by name: what a step says it used, and where to read about it.

The rules of single operations (the derivative of tanh, the differential of the inverse) stand in the operations' declarations;
here are those that hold whatever the functions are. Sources: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019);
Deisenroth, Faisal & Ong, Mathematics for Machine Learning (2020); Goodfellow, Bengio & Courville, Deep Learning (2016).
"""

from __future__ import annotations

from typing import NamedTuple

MML = "Deisenroth, Faisal & Ong (2020), section 5.1.2"
JACOBIANS = "Deisenroth, Faisal & Ong (2020), section 5.2.2"
MATRIX = "Magnus & Neudecker (2019), section 8.2"


class Rule(NamedTuple):
    """A rule: its name, what it says, and where it stands."""

    name: str
    says: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.says}" if self.says else self.name


SUM = Rule("sum rule", "d(u + v) = du + dv", MATRIX)
SCALAR_SUM = Rule("sum rule", "(u + v)′ = u′ + v′", MML)
SUMS = (SUM, SCALAR_SUM)
LINEAR = Rule("linear", "d(Ax) = A dx", MATRIX)
TRANSPOSE = Rule("transpose", "d(Xᵀ) = (dX)ᵀ", MATRIX)
CONSTANT_FACTOR = Rule("constant factor", "(cu)′ = c u′", MML)
CONSTANT_TERM = Rule("constant term", "d(u + c) = du", MATRIX)
SCALAR_CONSTANT_TERM = Rule("constant term", "(u + c)′ = u′", MML)
PRODUCT = Rule("product rule", "d(uv) = du v + u dv", MATRIX)
SCALAR_PRODUCT = Rule("product rule", "(uv)′ = u′v + uv′", MML)
QUOTIENT = Rule("quotient rule", "(u/v)′ = (u′v − uv′)/v²", MML)
RECIPROCAL = Rule("reciprocal rule", "(1/v)′ = −v′/v²", MML)
POWER = Rule("power rule", "(uⁿ)′ = n uⁿ⁻¹ u′", MML)
EXPONENTIAL = Rule("exponential", "(uᵛ)′ = uᵛ (v′ ln u + v u′/u)", "DLMF 4.7.9 and 4.7.10")
SQUARE_NORM = Rule("square of a norm", "d‖v‖² = 2vᵀdv", MATRIX)
NORM = Rule("norm", "d‖v‖ = vᵀdv/‖v‖, for v ≠ 0", MATRIX)
CHAIN = Rule("chain rule", "df/dx = df/du · du/dx", MML)
JACOBIAN_CHAIN = Rule("chain rule", "the product of the Jacobians", JACOBIANS)
PATHS = Rule("chain rule", "summed over the paths", "Goodfellow, Bengio & Courville (2016), section 6.5")
INPUT = Rule("the function")
NAMED = Rule("")
GIVEN = Rule("as given")
CONSTANT = Rule("constant", "what does not depend on the variable has derivative zero")
ZERO = Rule("nothing depends on the variable any more")
SUBSTITUTED = Rule("substituted")
IDENTIFICATION = "Magnus & Neudecker (2019), chapter 5"
READ_OFF = (  # by the number of axes of the variable
    Rule("read off", "df = f′ dx", IDENTIFICATION),
    Rule("read off", "df = gᵀdx", IDENTIFICATION),
    Rule("read off", "df = tr(Gᵀ dX)", IDENTIFICATION),
    Rule("read off", "df = ⟨G, dX⟩", IDENTIFICATION),
)
READ_OFF_JACOBIAN = Rule("read off", "df = J dx", IDENTIFICATION)
RESULT = Rule("the names put back")

OF_KIND = {
    "sum": (SUM, SCALAR_SUM),
    "product": (PRODUCT, SCALAR_PRODUCT),
    "quotient": (QUOTIENT, QUOTIENT),
    "reciprocal": (RECIPROCAL, RECIPROCAL),
    "power": (POWER, POWER),
    "exponential": (EXPONENTIAL, EXPONENTIAL),
    "square norm": (SQUARE_NORM, SQUARE_NORM),
    "norm": (NORM, NORM),
    "linear": (LINEAR, CONSTANT_FACTOR),
}


def of(kind: str, declaration, moving: int, numbers: bool) -> list[Rule]:
    """The rules for one operation: of a kind (see `program`), with its declaration, acting on `moving` arguments that move."""
    if declaration is not None:
        return [Rule(*_parted(declaration.rule or declaration.text), declaration.reference or "")]
    if kind == "sum" and moving < 2:
        return []
    found = OF_KIND.get(kind)
    return [found[1 if numbers else 0]] if found else []


def linear(out: int, into: int, form: str = "") -> Rule:
    """What linearity says of a function with `out` axes of something with `into` axes, written as a "tr", a "dot" or a sum."""
    number = {"tr": "d tr(AX) = tr(A dX)", "dot": "d(aᵀXb) = aᵀdX b"}.get(form, "d⟨A, X⟩ = ⟨A, dX⟩")
    said = {(0, 1): "d(aᵀx) = aᵀdx", (0, 2): number, (1, 2): "d(Xa) = dX a", (2, 2): "d(AXB) = A dX B"}
    if (out, into) == (0, 0):
        return CONSTANT_FACTOR
    return LINEAR._replace(says=said.get((out, into), LINEAR.says))


def _parted(rule: str) -> tuple[str, str]:
    """A declared rule "derivative of tanh: 1 − tanh²" as its name and what it says."""
    name, _, says = rule.partition(": ")
    return name, says
