"""What comes before functions in C: declarations for the vector units, what `math.h` lacks; and names that are taken."""

from __future__ import annotations

import re

from ...ops.c_functions import FUNCTIONS

KEYWORDS = frozenset(
    """auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while main
    work""".split()
)
MATHS = frozenset(
    """acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 fabs floor fmax fmin fmod hypot
    lgamma log log10 log1p log2 pow round sin sinh sqrt tan tanh tgamma gamma signgam trunc j0 j1 jn y0 y1 yn nan
    INFINITY NAN M_PI M_E HUGE_VAL I power digamma trigamma tetragamma""".split()
)
RESERVED = KEYWORDS | MATHS

# functions that glibc has for vectors too: GCC is told so, since math.h says it only where infinities are given up
VECTORS = """#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#if __GLIBC__ > 2 || __GLIBC_MINOR__ >= 35
{}
#endif
#endif
"""
OF_ONE = """acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp2 expm1 log log10 log1p log2 sin sinh tan
    tanh""".split()
VECTOR_FUNCTIONS = dict.fromkeys(OF_ONE, 1) | dict.fromkeys(("pow", "hypot", "atan2"), 2)
CALL = re.compile(r"\b([a-z]\w*)\(")


def prelude(texts: list[str]) -> str:
    """What comes before functions with these texts."""
    called = {name for text in texts for name in CALL.findall(text)}
    vectors = sorted(called & VECTOR_FUNCTIONS.keys())
    lines = ["#include <math.h>", ""]
    if vectors:
        declared = [
            f'double {x}({", ".join(["double"] * VECTOR_FUNCTIONS[x])}) __attribute__((simd("notinbranch")));'
            for x in vectors
        ]
        lines.append(VECTORS.format("\n".join(declared)))
    for name, text in FUNCTIONS.items():
        if name in called:
            lines += [text, ""]
    return "\n".join(lines) + "\n"


def functions_called(text: str) -> set[str]:
    """The functions with a version for vectors that a text calls."""
    return VECTOR_FUNCTIONS.keys() & set(CALL.findall(text))
