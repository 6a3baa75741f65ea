"""Which dimension the rows are: the one named, or the one that leads every array it is in and no result has."""

from __future__ import annotations

from ...core.dims import Dim, dim
from ...core.errors import BackendError, did_you_mean

Shapes = dict[str, "tuple[Dim, ...] | None"]


def rows_of(parameters: Shapes, outputs: Shapes, rows: str | None) -> str:
    """The name of the dimension of the rows.

    Raises
        BackendError: no parameter has the dimension that is named, or none is named and none or several could be meant.
    """
    listed = [dims for dims in parameters.values() if dims]
    plain = list(dict.fromkeys(d.text for dims in listed for d in dims if d.names == (d.text,)))
    if rows is not None:
        if str(rows) in plain:
            return str(rows)
        near = did_you_mean(str(rows), plain)
        raise BackendError(
            f"no parameter has the dimension `{rows}`",
            given=_spelled(parameters),
            expected=" or ".join(plain) or "a parameter with axes whose size is a name",
            fix=f'did you mean rows="{near}"?' if near else None,
        )
    behind = {x for dims in listed for d in dims[1:] for x in d.names}
    behind |= {x for dims in outputs.values() for d in dims for x in d.names}
    found = [x for x in plain if x not in behind and any(dims[0] is dim(x) for dims in listed)]
    if len(found) == 1:
        return found[0]
    options = found or plain
    raise BackendError(
        "which dimension are the rows? "
        + (f"Several could be: {', '.join(found)}" if found else "None leads the data alone"),
        given=_spelled(parameters),
        expected="one dimension that leads every array it is in, and that no result has",
        fix="name it: " + " or ".join([f'rows="{x}"' for x in options]) if options else None,
    )


def _spelled(parameters: Shapes) -> str:
    shown = [
        f"{name}: {' × '.join([d.text for d in dims]) or 'scalar'}"
        for name, dims in parameters.items()
        if dims is not None
    ]
    return ", ".join(shown) or "no parameters"
