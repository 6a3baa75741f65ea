"""What-ifs: the network changed in one place and run again, forward and backward, with what became of the gradient.

Nothing is shown that was not run. A change that cannot be made here (other shapes, a program that nothing can be exchanged in) is left out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .changes import EXPONENTIALS, far
from .finding import Finding, label, several, short
from .record import Change, Reading

TRIED = 5  # changes for one finding
SAYS = {
    "scale": "{at} ×{value}", "redraw": "{at} drawn anew with deviation {value}", "zero": "{at} = 0", "activation": "{value} in place of {old}",
    "normalise": "{at} normalised", "residual": "a residual connection around {at}", "clamp": "the input of {at} kept ≥ {value}",
    "attach": "{at} removed", "scale-input": "{at} standardised",
}  # fmt: skip
ALL = {  # of several at once
    "normalise": "each of the {many} products with weights normalised", "residual": "residual connections around {many} layers",
    "redraw": "{names} drawn anew",
}  # fmt: skip


class WhatIf(NamedTuple):
    """A change that was run.

    changes   what was changed; `says` in words
    outcome   what became of it, in words
    before, after  norm of the gradient of `parameter`
    cured     whether the finding is gone, and the gradient is finite
    """

    changes: tuple[Change, ...]
    says: str
    outcome: str
    parameter: str | None
    before: float
    after: float
    loss: float
    cured: bool

    def to_dict(self) -> dict:
        return {
            "what": self.says, "outcome": self.outcome, "parameter": self.parameter, "before": self.before, "after": self.after,
            "loss": self.loss, "cured": self.cured, "changes": [list(change) for change in self.changes],
        }  # fmt: skip


def what_ifs(reading: Reading, finding: Finding, findings_of) -> list[WhatIf]:
    """What the changes that a finding proposes do, each run; `findings_of` tells what is the matter afterwards."""
    if reading.rerun is None:
        return []
    found = []
    for change in finding.changes[:TRIED]:
        each = (change,) if isinstance(change, Change) else change
        again = reading.rerun(*each) if each else None
        if again is not None:
            found.append(_told(reading, again, finding, each, findings_of(again)))
    return found


def _told(reading: Reading, again: Reading, finding: Finding, changes: tuple[Change, ...], after) -> WhatIf:
    old, new = _norm(reading, finding.suffers), _norm(again, finding.suffers)
    left = [f for f in after if f.severity == "alarm"]
    same = [f for f in left if f.cause == finding.cause]
    here = [f for f in same if finding.layer in (f.layer, *f.layers)]
    if new is None or not math.isfinite(again.loss):
        outcome = f"the loss is {short(again.loss)}"
    elif old is None or not math.isfinite(old):
        outcome = f"‖∂{finding.suffers}‖ = {short(new)}" if finding.suffers else f"the loss is {short(again.loss)}"
    else:
        outcome = f"‖∂{finding.suffers}‖ {short(old)} → {short(new)}{_times(old, new)}"
    units = _dead_after(reading, again)
    if units:
        outcome += f", but {units}"
    elif here:
        outcome += ", not enough"
    elif left:
        outcome += f", but {'still' if same else 'then'} {label(left[0].layer)}: {left[0].cause.replace('-', ' ')}"
    cured = not here and math.isfinite(again.loss) and (new is None or math.isfinite(new))
    return WhatIf(changes, _says(reading, changes), outcome, finding.suffers, math.nan if old is None else old, math.nan if new is None else new, again.loss, cured)


def _says(reading: Reading, changes: tuple[Change, ...]) -> str:
    first, many = changes[0], len(changes)
    layer = reading.layer(first.at)
    if first.kind == "clamp" and layer is not None and layer.operation in EXPONENTIALS:
        return f"the input of {label(first.at)} kept ≤ {far(reading.precision == 'float16'):g}"
    if first.kind == "clamp" and layer is not None and "div" in (layer.operation or ""):
        return f"the divisor of {label(first.at)} kept {_value(first.value)} away from 0"
    if many == 1:
        return SAYS[first.kind].format(at=label(first.at), value=_value(first.value), old=_operation(reading, first.at))
    return ALL[first.kind].format(many=many, names=several([change.at for change in changes]))


def _norm(reading: Reading, name: str | None) -> float | None:
    p = reading.parameters.get(name) if name else None
    if p is None:
        p = max((q for q in reading.parameters.values() if q.gradient is not None), key=lambda q: q.gradient.norm, default=None) if name is None else None
    if p is None:
        return None
    if p.gradient is None:
        return 0.0
    return p.gradient.norm if p.gradient.finite else math.nan


def _times(old: float, new: float) -> str:
    if not old or not new or not math.isfinite(new):
        return ""
    factor = new / old
    return f" (×{short(factor)})" if factor >= 1.05 else f" (÷{short(1 / factor)})" if factor <= 0.95 else ""


def _dead_after(reading: Reading, again: Reading) -> str:
    """Units that the change has killed: of layers where none was dead before."""
    for layer in again.layers:
        old = reading.layer(layer.name)
        if layer.slopes and layer.slopes.dead_units and not layer.slopes.bounded and old is not None and old.operation != layer.operation:
            dead, units = layer.slopes.dead_units, layer.slopes.units
            if units > 1 and dead <= len(layer.slopes.examples) and units <= 16:
                names = ", ".join(str(k + 1) for k in layer.slopes.examples[:dead])
                return f"unit{'s' * (dead > 1)} {names} {'are' if dead > 1 else 'is'} dead"
            if dead > units / 2:
                return f"{dead} of {units} units are dead"
    return ""


def _operation(reading: Reading, name: str) -> str:
    layer = reading.layer(name)
    return f"{layer.operation} at {label(name)}" if layer is not None and layer.operation and layer.operation not in name else label(name)


def _value(value) -> str:
    return short(value) if isinstance(value, (int, float)) else str(value)
