"""Filling source templates: an argument is bracketed exactly where its surroundings in the template ask for it.

In "np.where({0} > 0, {0}, {1}*{0})" the second {0} stands alone between commas, the first beside a comparison, the
last beside an operator; a sum needs brackets only at the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

ALONE, COMPARED, TIGHT = "alone", "compared", "tight"  # what stands around an argument


@lru_cache(maxsize=None)
def pieces(template: str) -> tuple[tuple[str, str, str], ...]:
    """(text before, field, surroundings) for every field of `template`; the last has an empty field."""
    found = []
    end = 0
    for match in re.finditer(r"\{(\w+)\}", template):
        before, after = template[: match.start()].rstrip(), template[match.end() :].lstrip()
        opens = not before or before[-1] in "(,"
        closes = not after or after[0] in "),"
        if before.endswith(("==", "!=", "<=", ">=", " <", " >", "=")):  # "=" is a keyword argument
            opens = "=" if before.endswith("=") and before[-2] not in "=!<>" else "?"
        if after.startswith(("==", "!=", "<", ">")):
            closes = "?"
        if opens == "=":
            opens = True
        around = ALONE if opens is True and closes is True else COMPARED if opens and closes else TIGHT
        found.append((template[end : match.start()], match.group(1), around))
        end = match.end()
    return (*found, (template[end:], "", ALONE))


def fill(template: str, argument: Callable[[int, str], str], **named: str) -> str:
    """`template` with its arguments and named parameters in place.

    Parameters
        argument: callable (index, surroundings) → source. ALONE takes any expression, COMPARED a sum, product or
            atom (no comparison), TIGHT only what binds as an atom does.
        named: source of the static parameters, such as axes.
    """
    parts = []
    for text, field, around in pieces(template):
        parts.append(text)
        if field:
            parts.append(argument(int(field), around) if field.isdigit() else named[field])
    return "".join(parts)
