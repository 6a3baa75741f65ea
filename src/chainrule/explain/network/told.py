"""The backward pass told as in a lecture, in rows: values forward, gradients backward, the chain of each parameter, what it costs.

δ₁ stands for ∂L/∂z1 where weights enter; beside each gradient stand its norm and the factor that the step before put to it.
"""

from __future__ import annotations

import numpy as np

from ..columns import count
from ..place import figure, shown
from .chains import Chain, chain_lines
from .sweep import Step
from .verified import TOLERANCE

MOST_STEPS = 24  # that are told in full; of longer networks the ends
ENDS = 8
MOST_CHAINS = 6  # steps for one of whose parameters the chain is written out; of more, for the first
BRIEF = 6  # entries that are written out
SHORT = 56  # columns of a formula of one row
WIDE = 72  # and of one that stands in the backward pass


def rows(found) -> list[tuple[str, str, str]]:
    """(label, text, aside) of a `Backprop`."""
    lines = [*_read(found), *_forward(found), *_backward(found), *(_jacobians(found) if found.numbers else []), *_chains(found), *_costs(found)]
    lines += [("note", note, "") for note in found.notes]
    return lines + _verified(found)


# ------------------------------------------------------------------ forward


def _read(found) -> list[tuple[str, str, str]]:
    problem, net = found.problem, found.network
    if net is not None:
        return [("network", net.chain, f"{net.size:,} parameters")]
    first, *more = problem.reading
    return [("read as", first, problem.shapes_text()), *[("", line, "") for line in more]]


def _forward(found) -> list[tuple[str, str, str]]:
    trace, taken = found.trace, found.trace.taken
    lines = []
    for name in found.leaves:
        x = trace.values[name]
        lines.append((f"{taken.shown(name)} = {value_text(x)}", shape_text(x.shape)))
    for step in trace:
        lines.append((f"{taken.shown(step.name)} = {step.formula}{_equals(step.value)}", shape_text(step.shape)))
    return _labelled("forward", lines)


def _equals(x: np.ndarray) -> str:
    return f" = {value_text(x)}"


# ------------------------------------------------------------------ backward


def _backward(found) -> list[tuple[str, str, str]]:
    trace = found.trace
    reached = [s for s in reversed(trace[:-1])]
    return _labelled("backward", [_gradient_line(found, step.name) for step in reached])


def _gradient_line(found, name: str) -> tuple[str, str]:
    """(δ₁ = ∂L/∂z1 = formula = value, norm and factor)."""
    trace, taken = found.trace, found.trace.taken
    senders = [s for s in trace if name in s.sent]
    short, full = taken.short_name(name), taken.gradient_name(name)
    left = f"{short} = {full}" if short else full
    g = trace.arriving[name]
    if not senders:
        return f"{left} = 0: the loss does not depend on it", ""
    formula = " + ".join([_summand(sent_text(found, s, name), len(senders)) for s in senders]).replace("+ −", "− ")
    text = f"{left} = {formula}"
    if g.size <= BRIEF:
        text += f" = {value_text(laid(g, found.layout))}"
    aside = f"‖·‖ {figure(float(np.linalg.norm(g)), 3)}"
    if len(senders) == 1 and senders[0] is not trace[-1]:
        aside += f"   × {figure(senders[0].factor(name), 3)}"
    return text, aside


def sent_text(found, step: Step, name: str) -> str:
    """What a step sends to an input as a formula; where that is long, the Jacobian times what came."""
    text = step.local(name).sent_text(found.layout)
    if len(text) <= WIDE or not step.shape:
        return text
    taken = found.trace.taken
    bar = taken.short_name(step.name) or f"({taken.gradient_name(step.name)})"
    jacobian = f"(∂{taken.shown(step.name)}/∂{taken.shown(name)})"
    return f"{bar}{jacobian}" if found.layout == "row" else f"{jacobian}ᵀ{bar}"


def _jacobians(found) -> list[tuple[str, str, str]]:
    """Every local Jacobian, as a formula and in numbers where these are few."""
    lines = []
    for e in found.edges:
        local, taken = e.step.local(e.name), found.trace.taken
        y, x = taken.shown(e.step.name), taken.shown(e.name)
        lines.append(("", f"∂{y}/∂{x} = {local.text(found.layout)}", f"{jacobian_shape(e.step, e.name)}   {STRUCTURES[local.structure]}"))
        lines += jacobian_rows(local)
    return [("local" if not k else "", text, aside) for k, (_, text, aside) in enumerate(lines)]


def _summand(text: str, several: int) -> str:
    if several == 1:
        return text
    return f"({text})" if " + " in text or " − " in text else text


def _chains(found) -> list[tuple[str, str, str]]:
    lines, names = [], list(found.trace.gradients)
    first = {found.chains[n].factors[-1].of: n for n in reversed(names) if found.chains[n].factors}  # of each step
    full = set(first.values() if len(first) <= MOST_CHAINS else names[:1])
    for name in names if len(names) <= MOST_STEPS else [*names[:ENDS], None, *names[-ENDS:]]:
        if name is None:
            lines.append((f"⋮ {len(names) - 2 * ENDS} more", ""))
            continue
        text, aside = _gradient_line(found, name)
        chain = found.chains[name]
        if name in full and len(chain.factors) > 1:
            left, _, right = text.partition(" = ")
            top, below = chain_lines(chain, found.trace.taken)
            indent = " " * len(left)
            lines.append((f"{left} = {top}{_ways(chain)}\n{indent}   {below}\n{indent} = {right}", aside))
        else:
            lines.append((text, aside))
    return [("gradient" if not k else "", text, aside) for k, (text, aside) in enumerate(lines)]


def _ways(chain: Chain) -> str:
    return "" if chain.ways == 1 else f" + {count(chain.ways - 1)} more way{'s' * (chain.ways > 2)}"


# ------------------------------------------------------------------ costs and checks


def _costs(found) -> list[tuple[str, str, str]]:
    c = found.costs
    lines = [
        (f"{count(c.backward)} multiplications from the loss back: a row times a Jacobian, each time", ""),
        (f"{count(c.forward)} from the parameters on: a Jacobian times a Jacobian, {count(c.parameters)} column{'s' * (c.parameters != 1)}" + _times(c.forward, c.backward), ""),
        (f"{count(c.structured)} back by blocks: diag as ⊙, the gradient of a weight as an outer product", ""),
    ]
    if found.layout == "column":
        lines.append(("In columns the same product is transposed, ∇ = Jᵀ⋯Jᵀ∇L, and cheap from right to left.", ""))
    return [("" if k else "cost", text, aside) for k, (text, aside) in enumerate(lines)]


def _times(more: int, less: int) -> str:
    return f", {count(round(more / less))} times as many" if less and more >= 2 * less else ""


def _verified(found) -> list[tuple[str, str, str]]:
    c = found.checked
    label = "verified" if c.ok else "not verified"
    said = []
    if c.edges:
        few = "as printed" if c.printed == c.edges else f"({c.printed} as printed)"
        said.append(f"{c.edges} local Jacobian{'s' * (c.edges != 1)} {few}")
    if c.gradients:
        said.append(f"{c.gradients} gradient" + "s" * (c.gradients != 1))
    if not said:
        return [(label, "nothing could be compared: a value is not finite, or stands at a kink", "")]
    left = f"; {c.left_out} left out, where a value is not finite or at a kink" if c.left_out else ""
    mark = "✓" if c.worst <= TOLERANCE else "✗"
    return [(label, f"{' and '.join(said)} against numeric derivatives (complex step): {figure(c.worst, 2)} {mark}{left}", "")]


# ------------------------------------------------------------------ one step


def step_rows(found, number: int) -> list[tuple[str, str, str]]:
    """One edge of the backward pass: value, incoming gradient, local Jacobian, what goes on."""
    edge = found.edges[number - 1]
    step, name, taken = edge.step, edge.name, found.trace.taken
    local = step.local(name)
    y, x = taken.shown(step.name), taken.shown(name)
    lines = [
        ("step", f"{number} of {len(found.edges)}: from {y} back to {x}", ""),
        ("formula", f"{y} = {step.formula}", shape_text(step.shape)),
        ("value", value_text(step.value), ""),
        ("incoming", f"{taken.gradient_name(step.name)} = {value_text(laid(step.incoming, found.layout))}", f"‖·‖ {figure(step.norm, 3)}"),
        ("local", f"∂{y}/∂{x} = {local.text(found.layout)}", f"{jacobian_shape(step, name)}   {STRUCTURES[local.structure]}"),
        *jacobian_rows(local),
    ]
    if local.singular is not None:
        lines.append(("", f"changes the length of a gradient by {span(*local.singular)}", ""))
    sent = step.sent.get(name)
    if sent is not None:
        lines.append(("sends", f"{local.sent_text(found.layout)} = {value_text(laid(sent, found.layout))}", f"× {figure(step.factor(name), 3)}"))
    total = found.trace.arriving[name]
    senders = [s for s in found.trace if name in s.sent]
    if len(senders) > 1:
        also = ", ".join([taken.shown(s.name) for s in senders if s is not step][:6])
        lines.append(("", f"{taken.gradient_name(name)} = {value_text(laid(total, found.layout))} with what {also} send" + "s" * (len(senders) == 2), ""))
    return lines


STRUCTURES = {
    "identity": "identity", "diagonal": "entry by entry", "blocks": "block by block",
    "row": "of a number", "zero": "zero", "full": "full",
}  # fmt: skip


def jacobian_rows(local) -> list[tuple[str, str, str]]:
    """The numbers of a local Jacobian, where they are few."""
    m = local.matrix() if local.entries <= 144 else None
    if m is None or m.size > 144 or m.shape[1] > 12:
        return []
    return [("", "\n".join(columns_of(m)), "")]


def columns_of(m: np.ndarray) -> list[str]:
    """A matrix in lines, its columns below one another."""
    cells = [[figure(float(v), 3) for v in row] for row in m]
    width = max([len(c) for row in cells for c in row], default=0)
    return ["[ " + "  ".join([c.rjust(width) for c in row]) + " ]" for row in cells]


def caption(found, number: int) -> str:
    """One line for the edge: what comes, what it meets, what goes on."""
    edge = found.edges[number - 1]
    step, name, taken = edge.step, edge.name, found.trace.taken
    sent = step.sent.get(name)
    goes = "nothing" if sent is None else f"{step.local(name).sent_text(found.layout)} goes on, ‖·‖ {figure(float(np.linalg.norm(sent)), 3)}"
    comes = "the loss itself: 1" if step is found.trace[-1] else f"{taken.gradient_name(step.name)} comes, ‖·‖ {figure(step.norm, 3)}"
    jac = f"∂{taken.shown(step.name)}/∂{taken.shown(name)} = {short(step.local(name).text(found.layout))}"
    return f"{taken.shown(step.name)} → {taken.shown(name)}: {comes}; {jac}; {goes}"


# ------------------------------------------------------------------ values


def value_text(x) -> str:
    """An array in a few numbers: itself where it is short, else its shape and range."""
    x = np.asarray(x, dtype=float)
    if x.size <= BRIEF or x.ndim == 2 and x.size <= 9:
        return shown(x)
    return range_text(x)


def range_text(x) -> str:
    """The range of an array, −1.2 … 3.4."""
    finite = x[np.isfinite(x)]
    wrong = f", {x.size - finite.size} not finite" if finite.size < x.size else ""
    return f"{figure(float(finite.min()), 3)} … {figure(float(finite.max()), 3)}{wrong}" if finite.size else "no finite number"


def laid(g: np.ndarray, layout: str) -> np.ndarray:
    """A gradient as the layout has it: in rows that of a matrix is transposed."""
    return g.T if layout == "row" and g.ndim == 2 else g


def span(low: float, high: float) -> str:
    """A range of factors, ×0.01 … ×0.25."""
    least, most = figure(low, 3), figure(high, 3)
    return f"× {most}" if least == most else f"× {'0' if low < 1e-12 * high else least} … {most}"


def short(text: str, most: int = SHORT) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def shape_text(shape) -> str:
    return "×".join(map(str, shape))


def jacobian_shape(step: Step, name: str) -> str:
    of, by = [s if len(s) < 2 else (f"({shape_text(s)})",) for s in (step.shape, np.shape(step.known[name]))]
    return f"{shape_text(of) or '1'}×{shape_text(by) or '1'}"


def _labelled(label: str, lines: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """The lines below one label; of many the ends."""
    if len(lines) > MOST_STEPS:
        lines = [*lines[:ENDS], (f"⋮ {len(lines) - 2 * ENDS} more", ""), *lines[-ENDS:]]
    return [(label if not k else "", text, aside) for k, (text, aside) in enumerate(lines)]
