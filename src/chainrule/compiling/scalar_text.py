"""Text for scalars as Python floats: `math.exp(x)` takes a tenth of the time of `np.exp(x)`.

`math` raises where NumPy has inf or NaN, and so does Python at a division by zero; who calls such a program runs the
one with NumPy's scalars then (`Program`). What gives a complex number in Python, the square root of a negative number,
is written so that it raises, too.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from .spelling import ATOM, MUL, POWER, exponent_text
from .values import Value

SAME = "exp expm1 log log1p log2 log10 sin cos tan sinh cosh tanh sqrt hypot".split()
OTHER = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"}
OTHER |= {"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
IN_MATH = {name: f"math.{name}" for name in SAME} | {name: f"math.{word}" for name, word in OTHER.items()}
IN_MATH["abs"] = "abs"
ARITHMETIC = frozenset("mul div lin pow cast not choose map".split())


@lru_cache(maxsize=None)
def in_math(template: str) -> str | None:
    """A NumPy template for Python floats, or None where there is none that does the same."""
    template = re.sub(r"np\.(max|min)imum\((\{\d\}|-\{\d\}), 0\)", r"\1(\2, 0.0)", template)  # NaN stays NaN
    chosen = re.fullmatch(r"np\.where\(([^,()]*), ([^,]*), ([^,]*)\)", template)
    if chosen:
        test, yes, no = chosen.groups()
        template = f"({yes} if {test} else {no})"
    template = re.sub(r"\b(erfc?)\(", r"math.\1(", template)
    if any([word not in IN_MATH and word != "pi" for word in re.findall(r"np\.(\w+)", template)]) or "**" in template:
        return None
    spelled = re.sub(r"np\.(\w+)", lambda found: IN_MATH.get(found.group(1), "math.pi"), template)
    return None if set(re.findall(r"(?<![\w.])([a-z]\w*)\(", spelled)) - {"abs", "max", "min"} else spelled


class ScalarText:
    """The part of a printer that spells scalars. `floats` are the values that are Python floats in the program."""

    def _python_floats(self) -> set[Value]:
        found: set[Value] = set()
        for v in self.s.order if self.spelling_floats else ():
            if v.dims or v.python:
                continue
            op, args = self.s.op(v), self.s.args(v)
            same = all([a.python or a in found for a in args])
            if op == "map":
                same = (same or not v.mask) and in_math(self._template(v.params[0]) or "np.") is not None
            if op in ("input", "exp", "log") or op in ARITHMETIC and same:
                found.add(v)
        return found

    def _float(self, v: Value) -> tuple[str, int] | None:
        """A Python float as text, where it is spelled otherwise than a scalar of NumPy."""
        op, params, args = self.s.op(v), self.s.params(v), self.s.args(v)
        if op == "pow":
            return self._float_power(params[0], args[0])
        if op == "not":
            return f"(not {self._arg(args[0], ATOM)})", ATOM
        if op == "choose":
            return f"({self._arg(args[1])} if {self._arg(args[0])} else 0.0)", ATOM
        if op in ("exp", "log"):
            self.imports["import math"] = None
            return f"math.{op}({self._arg(args[0])})", ATOM
        return None

    def _float_power(self, e, x: Value) -> tuple[str, int]:
        if e in (2, 3) and x in self.name:
            name = self._arg(x)
            return " * ".join([name] * int(e)), MUL
        if type(e) is int:
            return f"{self._arg(x, ATOM)}**{exponent_text(e)}", POWER
        self.imports["import math"] = None
        if e == Fraction(1, 2):
            return f"math.sqrt({self._arg(x)})", ATOM
        return f"math.pow({self._arg(x)}, {exponent_text(e).strip('()')})", ATOM

    def _float_template(self, template: str) -> str:
        """The template of a map whose value is a Python float."""
        found = in_math(template)
        if "math." in found:
            self.imports["import math"] = None
        return found
