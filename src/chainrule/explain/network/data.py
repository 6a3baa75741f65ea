"""A backward pass as plain data, for programs."""

from __future__ import annotations

import numpy as np

from .chains import chain_lines
from .told import STRUCTURES

MOST = 10_000  # entries of an array that is written out; of larger ones shape, norm and range
MOST_OF_JACOBIAN = 2_500  # entries of a local Jacobian that is written out


def to_dict(found) -> dict:
    """Steps, edges, gradients, chains, costs and checks."""
    trace, net = found.trace, found.network
    taken = trace.taken
    return {
        "network": None if net is None else {"chain": net.chain, "text": net.text, "declare": net.declare, "parameters": net.size,
            "layers": [{"text": x.text, "kind": x.kind, "steps": list(x.steps), "weights": list(x.weights), "shape": list(x.shape)} for x in net.layers]},
        "layout": found.layout,
        "loss": number(trace.loss),
        "data": {name: array(trace.values[name]) for name in found.leaves},
        "steps": [
            {
                "name": s.name, "formula": s.formula, "kind": s.kind if isinstance(s.kind, str) else s.kind.name, "shape": list(s.shape),
                "layer": s.layer.text if s.layer is not None else None, "inputs": list(s.inputs), "data": list(s.others),
                "value": array(s.value), "gradient": array(s.incoming), "norm": number(s.norm),
            }
            for s in trace
        ],
        "edges": [edge(found, e, found.steps[k]) for k, e in enumerate(found.edges)],
        "gradients": {
            name: {"gradient": array(g), "norm": number(float(np.linalg.norm(g))), "chain": chain_lines(found.chains[name], taken)[0],
                "shapes": chain_lines(found.chains[name], taken)[1].split(), "ways": found.chains[name].ways,
                "formula": [s.local(name).sent_text(found.layout) for s in trace if name in s.sent]}
            for name, g in trace.gradients.items()
        },
        "costs": found.costs.to_dict(),
        "notes": list(found.notes),
        "verified": found.checked.to_dict(),
    }  # fmt: skip


def edge(found, e, said: str) -> dict:
    """One edge of the backward pass."""
    local = e.step.local(e.name)
    return {
        "from": e.step.name, "to": e.name, "said": said,
        "jacobian": {"text": local.text(found.layout), "latex": local.latex(found.layout), "shape": list(local.shape),
            "structure": local.structure, "means": STRUCTURES[local.structure],
            "singular_values": None if local.singular is None else [number(v) for v in local.singular],
            "values": array(local.matrix()) if local.entries <= MOST_OF_JACOBIAN else None},
        "sends": {"text": local.sent_text(found.layout), "latex": local.sent_latex(found.layout),
            "value": array(e.step.sent[e.name]) if e.name in e.step.sent else None},
        "factor": number(e.step.factor(e.name)),
    }  # fmt: skip


def array(x) -> dict | list | float | None:
    """An array as lists; a large one as its shape, norm and range."""
    if x is None:
        return None
    x = np.asarray(x, dtype=float)
    if x.size > MOST:
        return {"shape": list(x.shape), "norm": number(float(np.linalg.norm(x))), "least": number(float(x.min())), "most": number(float(x.max()))}
    return x.tolist() if np.all(np.isfinite(x)) else _listed(x.tolist())


def _listed(x):
    return [_listed(v) for v in x] if isinstance(x, list) else number(x)


def number(x: float) -> float | None:
    """A number that JSON has; None for NaN and infinities."""
    return float(x) if np.isfinite(x) else None
