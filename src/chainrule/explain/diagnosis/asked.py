"""A formula, a chain of layers or a network with values for all its variables, to be diagnosed."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import DeclarationError, ParseError
from ...derivation.derive import understood
from ...derivation.options import brought
from ..network import Network, network
from ..options import short
from ..place import asked, place_of
from ..written import values_in

SAMPLES = 32  # of a chain of layers, where nobody says: statistics over units need some


def formula_asked(function, wrt, at, data, *, declare=None, sizes=None, seed: int = 0, input=None, batch: int | None = None, dialect=None):
    """(problem, names of what is learnt, values by name, notes) of a formula, of layers with `input`, of a `Network`.

    Raises
        what `understood` and `network` raise; DeclarationError: names and values do not fit.
    """
    notes: list[str] = []
    if isinstance(function, str) and (input is not None or _is_chain(function)):
        if input is None:
            raise DeclarationError(
                "how many numbers go into the network?", given=function, expected="the size of its input", fix="input=2, or --input 2"
            )
        function = network(function, input, SAMPLES if batch is None and not isinstance(input, tuple) else batch)
    elif batch is not None:
        raise DeclarationError(
            "a batch of so many samples is of a chain of layers", given=f"batch={short(batch)}", expected="values by name, data=",
            fix="data={'X': …, 'y': …}",
        )  # fmt: skip
    function, declare, _ = brought(function, declare, {}, ())
    problem = function if isinstance(function, Network) and declare is None else understood(function, declare, dialect)
    at, data = _by_name(at, wrt), _by_name(data, None)
    if wrt is None:
        wrt = list(at) or None
    if isinstance(problem, Network):
        if wrt is None or list(at) == wrt:  # whatever was given of them, the weights are what is learnt
            wrt = list(problem.weights)
        at |= {n: data.pop(n) for n in list(data) if n in wrt}
        missing = [n for n in problem.variables if n not in at and n not in data]
        data |= {n: x for n, x in problem.values(seed).items() if n in missing and n not in wrt}
        at |= {n: x for n, x in problem.values(seed).items() if n in missing and n in wrt}
        if missing:
            notes.append(f"{', '.join(missing[:6])}{' …' if len(missing) > 6 else ''} drawn as training starts (seed {seed}): no value was given")
    elif wrt is None:
        wrt = [n for n in problem.variables if n not in data] or None
    names = [n.strip() for n in wrt.split(",")] if isinstance(wrt, str) else wrt
    moves = {n: x for n, x in at.items() if names is None or n in names}
    problem, names, known = asked(problem, names, moves, {**data, **{n: x for n, x in at.items() if n not in moves}})
    place = place_of(problem, names, known, sizes, seed)
    return problem, names, place.values, [*notes, *place.notes]


def empty_batch() -> DeclarationError:
    return DeclarationError("the batch is empty", given="an array with no entries", expected="at least one sample", fix="batch=(x[:32], y[:32])")


def without_target(loss: str) -> DeclarationError:
    return DeclarationError(
        f"the loss `{loss}` compares with a target, and the batch has none", given="a batch of inputs alone", expected="inputs and targets",
        fix="batch=(x, y)",
    )  # fmt: skip


def _by_name(values, alone) -> dict:
    if isinstance(values, str):
        return values_in(values, alone if isinstance(alone, str) and "," not in alone else None)
    if values is None or isinstance(values, Mapping):
        return dict(values or {})
    raise DeclarationError("values of a formula are given by name", given=type(values).__name__, expected="a dict, or text: 'x=1, y=-2'")


def _is_chain(text: str) -> bool:
    """Whether a text is layers between commas: it can be read as such, and not as a formula."""
    if "," not in text or "=" in text:
        return False
    try:
        understood(text, None, None)
    except ParseError:
        return True
    except Exception:
        return False
    return False
