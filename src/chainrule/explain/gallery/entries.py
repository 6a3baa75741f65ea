"""What is in the gallery: read off the declarations in ops/, and the formulas of losses.

An operation belongs to the group of the module that declares it. Parameters that have no default are drawn at ¼, ½.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError, UnknownNameError, did_you_mean
from ...core.facts import BOUNDING
from ...ops import activations, choices, elementary, lookup, losses, special, structured
from ...ops.declare import REAL, Elementwise, Interval, Structured
from ...syntax import read
from .losses import LOSSES, VECTORS

GROUPS = {"activations": activations, "losses": losses, "elementary functions": elementary, "special functions": special, "functions of a vector": structured}
DECLARING = (choices, elementary, special, activations, losses, structured)  # a module before those that import from it
DRAWN = (0.25, 0.5, 1.0)  # of parameters without a default
VECTOR = (1.0, 2.0, 0.5, -1.0, 0.0, 1.5)  # where functions of a vector are looked at


class Entry(NamedTuple):
    """One function of the gallery.

    name, group    how it is asked for, and where it stands
    formula, variable, declare   as `derive` takes them
    values         of everything but the variable
    doc, source    what the declaration says
    domain         of the variable
    op             the declaration, or None for a loss
    perfect        of a loss: the prediction without loss
    """

    name: str
    group: str
    formula: str
    variable: str
    declare: str
    values: dict
    doc: str
    source: str
    domain: Interval = REAL
    op: Elementwise | Structured | None = None
    perfect: float | None = None

    @property
    def is_vector(self) -> bool:
        return isinstance(self.op, Structured) or self.op is None and self.perfect is None


@lru_cache(1)
def entries() -> tuple[Entry, ...]:
    """All entries, group by group, in order of declaration."""
    found, seen = [], set()
    for module in DECLARING:
        for op in vars(module).values():
            if isinstance(op, (Elementwise, Structured)) and op.name not in seen and _belongs(op, module):
                seen.add(op.name)
                group = next((name for name, m in GROUPS.items() if m is module), None)  # choices have none
                found += _of_operation(op, group) if group else []
    found = [e for e in found if all(e.name != loss.name for loss in LOSSES)]  # a loss stands there with its target
    found += [_of_loss(loss) for loss in LOSSES]
    for v in VECTORS:
        found.append(Entry(v.name, "losses", v.formula, v.variable, v.declare, {n: np.array(x) for n, x in v.target.items()}, "", v.source))
    order = list(GROUPS)
    return tuple(sorted(found, key=lambda e: order.index(e.group)))


def _belongs(op, module) -> bool:
    """Whether a declaration is one of the module, and not imported from one that stands before it."""
    return not any(op in vars(earlier).values() for earlier in DECLARING[: DECLARING.index(module)])


def _of_operation(op, group: str) -> list[Entry]:
    if isinstance(op, Structured):
        formula = f"{op.name}(z)"
        return [Entry(op.name, group, formula, "z", "z: n", {}, op.doc, op.reference or "", op=op)] if "axes" in op.parameters and _is_read(formula) else []
    parameters = _parameters(op)
    if op.arity > 1 and not op.defaults and not np.isfinite(np.asarray(op.evaluate(np.ones(1), *DRAWN[: op.arity - 1]))).all():
        return []
    if op.arity > 1 and not op.defaults and group != "activations":
        return []  # of several equal arguments: powers, angles, hypotenuses
    needed = parameters[1 : op.arity - len(op.defaults)]
    formula = f"{op.name}({', '.join(['x', *needed])})"
    declare = ", ".join(f"{name}: scalar" for name in ("x", *needed))
    domain = op.domain[0] if isinstance(op.domain, tuple) and isinstance(op.domain[0], Interval) else op.domain
    values = {name: np.asarray(v) for name, v in zip(needed, DRAWN)}
    return [Entry(op.name, group, formula, "x", declare, values, op.doc, op.reference or "", domain, op)]


def _is_read(formula: str) -> bool:
    """Whether people can write it: some operations only occur in derivatives."""
    try:
        read(formula, "z: n")
    except ChainruleError:
        return False
    return True


def _parameters(op) -> list[str]:
    """The names of the arguments, as the declaration's own definition or evaluation calls them."""
    return list(inspect.signature(op.define or op.evaluate).parameters)


def _of_loss(loss) -> Entry:
    said = next((text for text in loss.declare.split(", ") if text.startswith(f"{loss.prediction}:")), "")
    domain = next((Interval(*BOUNDING[word]) for word in said.split() if word in BOUNDING), REAL)
    values = {name: np.asarray(v) for name, v in loss.target.items()}
    op = lookup(loss.name)
    return Entry(
        loss.name, "losses", loss.formula, loss.prediction, loss.declare, values, op.doc if op else "", loss.source, domain, None, loss.perfect
    )


def entry_named(name: str) -> Entry:
    """The entry of that name, or of an alias of its operation.

    Raises
        UnknownNameError: there is none.
    """
    words = str(name).strip()
    plain = words.lower().replace("_", "-").replace(" ", "-")
    for e in entries():
        if words == e.name or plain == e.name.replace("_", "-"):
            return e
    op = lookup(words) or lookup(words.lower())
    found = next((e for e in entries() if op is not None and e.op is op), None)
    if found is not None:
        return found
    near = did_you_mean(plain.replace("-", "_"), [e.name for e in entries()]) or did_you_mean(plain, [e.name for e in entries()])
    raise UnknownNameError(
        f"`{words}` is not in the gallery" if words else "no name is given",
        given=str(name),
        expected="such as sigmoid, gelu, huber, cross-entropy; `gallery` without a name lists all",
        fix=f"did you mean `{near}`?" if near else None,
    )
