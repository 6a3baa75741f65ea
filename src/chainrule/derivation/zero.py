"""Why a derivative is zero everywhere: a zero is never shown without its reason."""

from __future__ import annotations

from ..core.node import Node
from ..core.walk import depends, order


def why_zero(problem, function: Node, variable: Node, derivatives: list[Node]) -> str | None:
    """A sentence for a derivative that is the zero tensor, or None if it is not.

    Parameters
        derivatives: the function and its derivatives, up to the one shown.
    """
    shown = derivatives[-1]
    if shown.op != "sum" or shown.args:
        return None
    name = variable.name
    nodes = order(function)
    if variable not in nodes:
        if name not in problem.variables:
            return f"zero because {name} does not occur in the function"
        return f"zero because {name} cancels: the function does not depend on it"
    first_zero = next(k for k, node in enumerate(derivatives) if k and node.op == "sum" and not node.args)
    if first_zero == 1:
        active = depends(nodes, [variable])
        steps = sorted({_declaration(n).text for n in nodes if n in active and _flat(n)})
        if steps:
            return (
                f"zero almost everywhere because {name} enters through {' and '.join(steps)} only, "
                "which is constant between its jumps"
            )
        return f"zero because the parts that depend on {name} cancel"
    degree = {2: "affine", 3: "quadratic", 4: "cubic"}.get(first_zero, f"a polynomial of degree {first_zero - 1}")
    pieces = " on each of its pieces" if any(n.op == "map" and n.attr.breaks for n in nodes) else ""
    return f"zero because the function is {degree} in {name}{pieces}"


def _declaration(node: Node):
    return node.attr if node.op == "map" else node.attr[0]


def _flat(node: Node) -> bool:
    """Whether this operation is constant between its breaks."""
    if node.op == "struct":
        return node.attr[0].name == "argmax_mask"
    if node.op != "map":
        return False
    slopes = [node.attr.partial(k, node) for k in range(len(node.args))]
    return all(s is not None and s.op == "sum" and not s.args for s in slopes)
