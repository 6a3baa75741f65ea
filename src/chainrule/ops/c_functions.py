"""Functions that C templates call and `math.h` lacks, as C: whole powers, ψ and its derivatives.

ψ and its derivatives are carried up to where their asymptotic series are accurate, as those in `arrays.py` are, whose names they have.

Reference: DLMF 5.5.2, 5.11.2 and 5.15.8.
"""

from __future__ import annotations

from .arrays import BERNOULLI, SHIFT


def _series(name: str, symbol: str, lead: str, step: str, scale) -> str:
    """x ↦ `lead` at z = x + SHIFT, a series in 1/z², and `step` for each k in front of it."""
    coefficients = [scale(k, b) for k, b in enumerate(BERNOULLI)]
    nested = repr(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        nested = f"{c!r} + u*({nested})"
    return f"""/* {symbol}(x), for x > 0 */
static double {name}(double x) {{
    double z = x + {SHIFT}, r = 1/z, u = r*r, sum = 0;
    for (int k = 0; k < {SHIFT}; k++) sum += {step};
    double series = {nested};
    return {lead};
}}"""


FUNCTIONS = {
    "power": """/* x to a whole number n > 0, by squaring */
static inline double power(double x, int n) {
    double found = n & 1 ? x : 1;
    while (n >>= 1) {
        x *= x;
        if (n & 1) found *= x;
    }
    return found;
}""",
    "digamma": _series(
        "digamma", "psi", "log(z) - r/2 - u*series - sum", "1/(x + k)", lambda k, b: b / (2 * k + 2)
    ),
    "trigamma": _series(
        "trigamma", "psi'", "r + u/2 + u*r*series + sum", "1/((x + k)*(x + k))", lambda k, b: b
    ),
    "tetragamma": _series(
        "tetragamma", "psi''", "-u - u*r - u*u*series - 2*sum", "1/((x + k)*(x + k)*(x + k))",
        lambda k, b: b * (2 * k + 3),
    ),
}  # fmt: skip
"""What each function is called and its text."""
