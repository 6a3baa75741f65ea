"""What each value of a program does with the rows of the data: it has them, sums over them, takes their maximum, or is
free of them.

A value has the rows if their dimension is one of its axes. On some of the rows such a value is the same program run on
these rows, but for operations that look along the rows (cumulative sums, slices, flattening); these are refused, and so
is what pairs each row with each (n × n). A value without rows whose arguments have them is a sum over the rows, or a
maximum: it comes from those of blocks of rows, one after another or on several machines.
"""

from __future__ import annotations

import re

from ...core.dims import Dim, dim
from ...core.errors import BackendError
from ..kinds import SUMS
from ..labels import labels
from ..names import Names
from ..numpy_text import NumPyText
from ..schedule import Schedule
from ..values import Value, dim_names

FREE, ROWS, PARTIAL, SUM, MAX = (
    "free",
    "rows",
    "partial",
    "sum",
    "max",
)  # the roles; PARTIAL: of a sum that is gathered later
LONGEST = 100  # characters of a value that an error shows


class Roles:
    """The roles of the values in `order` (arguments first) towards the rows, whose dimension is called `rows`.

    Raises
        BackendError: a value cannot be had of blocks of rows; it is named.
    """

    def __init__(self, order: list[Value], rows: str):
        self.rows, self.dim = rows, dim(rows)
        self.role: dict[Value, str] = {v: self._role(v) for v in order}

    def axis(self, v: Value) -> int | None:
        """Which axis of `v` has the rows."""
        return axis_of(self.dim, v.dims)

    def _role(self, v: Value) -> str:
        if any([d is not self.dim and self.rows in d.names for d in v.dims]):
            raise refusal(v, self.rows, "has the rows shifted, sliced or flattened")
        axes = [t for t, d in enumerate(v.dims) if d is self.dim]
        if len(axes) > 1:
            raise refusal(v, self.rows, "has the rows twice" if v.op == "input" else "pairs each row with each")
        having = [a for a in v.args if self.axis(a) is not None]
        if v.op == "input" or not axes and not having:
            return ROWS if axes else FREE
        spelled = labels(v.op, v.params, v.args, len(v.dims))
        if spelled is not None:
            along = {own[self.axis(a)] for a, own in zip(v.args, spelled[0]) if a in having}
            if len(along) == 1 and (axes or v.op in SUMS or v.op == "max"):
                return ROWS if axes else MAX if v.op == "max" else SUM
        elif axes and v.op in KEEPING and KEEPING[v.op](self, v, axes[0]):
            return ROWS
        raise refusal(v, self.rows, "looks along the rows")


def axis_of(rows: Dim, dims) -> int | None:
    """The position of the rows among some dims."""
    return next((t for t, d in enumerate(dims) if d is rows), None)


def refusal(v: Value, rows: str, why: str) -> BackendError:
    """The error that names what cannot be had of blocks of rows."""
    shape = " × ".join([d.text for d in v.dims]) or "a scalar"
    return BackendError(
        f"this cannot be computed in blocks of its rows: `{spelled(v)}` {why}",
        given=f"{spelled(v)}: {shape}, with the rows {rows}",
        expected="values that each row has for itself, and their sums and maxima over the rows",
        fix="call the program itself, with all rows in memory, or name another dimension: rows=…",
    )


def spelled(v: Value) -> str:
    """A value as NumPy text, as far as one line goes."""
    if v.op == "input":
        return v.params[0]
    schedule = Schedule([v])
    names = Names()
    inputs = {x.params[0]: names.fresh(x.params[0]) for x in schedule.order if x.op == "input"}
    sizes = {x: x for u in schedule.order for x in dim_names(u)}
    text = NumPyText(schedule, {"value": v}, names, inputs, sizes)
    found = text.returned["value"].removesuffix(".copy()")
    if found.isidentifier():  # it has lines of its own
        lines = [line.partition("  # ")[0] for line in text.lines if re.search(rf"\b{found}\b", line)]
        found = "; ".join(lines).removeprefix(f"{found} = ") if len(lines) == 1 else "; ".join(lines)
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


# ------------------------------------------------------------------ operations that may keep the rows apart


def _slice(roles: Roles, v: Value, axis: int) -> bool:
    return v.params[roles.axis(v.args[0])] is None


def _reshape(roles: Roles, v: Value, axis: int) -> bool:
    (x,) = v.args
    before = roles.axis(x)
    return before is not None and _times(x.dims[:before]) is _times(v.dims[:axis])


def _times(dims) -> Dim:
    total = dim(1)
    for d in dims:
        total = total * d
    return total


def _cumsum(roles: Roles, v: Value, axis: int) -> bool:
    return v.params[0] != axis


def _stacked(trailing: int):
    def keeps(roles: Roles, v: Value, axis: int) -> bool:
        (x,) = v.args
        return roles.axis(x) < len(x.dims) - trailing

    return keeps


def _struct(roles: Roles, v: Value, axis: int) -> bool:
    """Whether the operation works along other axes."""
    declaration, *params = v.params
    axes = dict(zip(declaration.parameters, params)).get("axes")
    return axes is not None and roles.axis(v.args[0]) not in axes


def _assemble(roles: Roles, v: Value, axis: int) -> bool:
    """Whether each piece fills all rows."""
    return all([axis not in dict(embed) for _, embed in v.params[1]])


KEEPING = {
    "spread": lambda roles, v, axis: True, "slice": _slice, "reshape": _reshape, "cumsum": _cumsum,
    "struct": _struct, "assemble": _assemble, "inv": _stacked(2), "det": _stacked(2), "logdet": _stacked(2),
}  # fmt: skip
