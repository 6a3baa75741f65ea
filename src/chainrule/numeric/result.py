"""What a numeric derivative is: values, a bound of the error of each, and how they were found."""

from __future__ import annotations

import numpy as np

SHOWN = 1000  # entries, above which NumPy leaves some out


class Numeric:
    """A numeric derivative.

    value, bound   arrays of the same shape (a number where it is one): the true derivative is within `bound` of `value`;
                   infinite where it does not exist
    kink           where the derivatives from the two sides differ: `left` and `right`. `value` is their mean there
    method         "ladder", or "complex step" where a ladder confirmed it
    dtype          the type that the function was run in: "longdouble", where its code allows that
    evaluations    of the function
    """

    __slots__ = ("value", "bound", "left", "right", "kink", "method", "dtype", "evaluations", "what")

    def __init__(self, what, value, bound, left, right, kink, method, dtype, evaluations):
        self.what = what
        self.value, self.bound, self.left, self.right, self.kink = value, bound, left, right, kink
        self.method, self.dtype, self.evaluations = method, dtype, evaluations

    def __str__(self) -> str:
        how = f"({self.method} in {self.dtype}, {self.evaluations} evaluations)"
        if np.ndim(self.value) == 0:
            text = f"{self.value} ± {_short(self.bound)}  {how}"
        else:
            largest = np.max(self.bound, initial=0.0)
            text = f"{np.array2string(np.asarray(self.value), threshold=SHOWN)}\n± {_short(largest)} at most  {how}"
        kinks = np.argwhere(self.kink)
        if not len(kinks):
            return text
        first = tuple(int(i) for i in kinks[0])
        place = f"[{', '.join(map(str, first))}]" if first else ""
        left, right = np.asarray(self.left)[first], np.asarray(self.right)[first]
        more = f", and {len(kinks) - 1} more" if len(kinks) > 1 else ""
        where = f" at {place}" if place else ""
        return f"{text}\nkink{where}: {left:.12g} from the left, {right:.12g} from the right{more}"

    def __repr__(self) -> str:
        return f"<{self.what}: {self}>"


def _short(bound) -> str:
    return f"{float(bound):.1e}".replace("e-0", "e-").replace("e+0", "e+") if bound else "0"
