"""From a record to findings: which layer is to blame, for what, in one sentence, with the numbers; the gravest first.

Rules stand in `rules_values` (NaN), `rules_paths` (no way back), `rules_units` (flat activations), `rules_depth` (shrinking and growing) and
`rules_scale`. Each names the layer where the fault is, not those that suffer from it: what lies below a saturated layer has a
small gradient as well, and is told as a consequence.
"""

from __future__ import annotations

from . import rules_depth, rules_paths, rules_scale, rules_units, rules_values
from .finding import Finding, Graph
from .record import Reading

GRAVITY = (  # the first that applies is the headline
    "bad-input", "bad-parameter", "overflow", "nan-born", "inf-born", "nan-backward", "detached", "unregistered", "zero-init", "broadcast", "input-scale", "statistics", "dead-units",
    "exploding", "saturated", "large-weights", "softmax-saturated", "symmetric", "vanishing", "collapse", "loss-scale", "unused", "uneven",
)  # fmt: skip


def findings_of(reading: Reading) -> list[Finding]:
    """What is the matter, the gravest first; empty for a healthy network."""
    graph = Graph(reading)
    found = rules_values.rules(graph)
    if not found:
        found = rules_paths.rules(graph) + rules_units.rules(graph)
        found += rules_depth.rules(graph, found)
        found += rules_scale.rules(graph, found)
    return sorted(found, key=lambda f: (f.severity != "alarm", GRAVITY.index(f.cause)))
