"""Fast code from the graph, of NumPy, PyTorch, JAX or C: `compile_nodes` makes a callable with readable source, `evaluate` uses it once.

The graph is lowered to values (`lower`, `products`, `constants`, `structs`, `pairs`, with contraction orders from
`plan`), scheduled (`schedule`) and printed by a backend. A backend is one file, with a printer and
a subclass of `Program` that uses it, and one line in `BACKENDS`.
"""

from __future__ import annotations

from ..core.errors import BackendError, did_you_mean
from ..core.node import Node
from .c import CProgram, CText
from .differentiable import DIFFERENTIABLE, Differentiable
from .exported import JaxProgram, TorchProgram
from .jax_text import JaxText
from .names import Names, identifier
from .numpy_text import NumPyText
from .own import OWN, standing_alone
from .passes import Passes
from .program import Program
from .running import defined
from .torch_text import TorchBackwardText, TorchText

BACKENDS = {"numpy": Program, "torch": TorchProgram, "jax": JaxProgram, "c": CProgram}


def compile_nodes(nodes, parameters=None, name: str = "derivative", backend: str = "numpy", sizes: dict | None = None):
    """A callable that computes `nodes` from the values of their symbols.

    Parameters
        nodes: one node, or a dict of them by name; then the call returns a dict.
        parameters: symbols or names, in the order of the signature; by default the symbols needed, by name.
        sizes: {dimension: size} to plan for; guessed where they are not given.

    Raises
        BackendError: there is no such backend.
    """
    made = BACKENDS.get(backend)
    if made is None:
        near = did_you_mean(backend, BACKENDS)
        raise BackendError(
            f"there is no backend `{backend}`",
            expected=", ".join(BACKENDS),
            fix=f"did you mean `{near}`?" if near else None,
        )
    single = isinstance(nodes, Node)
    return made({"result": nodes} if single else dict(nodes), single, parameters, name, sizes)


def evaluate(node: Node, values: dict):
    """The value of a node where its symbols have `values`. The program is kept with the node."""
    program = node.memo.get("program")
    if program is None:
        program = node.memo["program"] = compile_nodes(node, name="value")
    wanted = {*program.parameters, *program.sizes_asked}
    return program(**{name: value for name, value in values.items() if name in wanted})


__all__ = [
    "BACKENDS", "compile_nodes", "evaluate", "Program", "Passes", "Names", "defined", "identifier", "OWN", "standing_alone", "Differentiable", "DIFFERENTIABLE",
    "NumPyText", "TorchText", "TorchBackwardText", "JaxText", "CText",
]  # fmt: skip
