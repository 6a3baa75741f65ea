"""Fast code from the graph, of NumPy, PyTorch, JAX or C: `compile_nodes` makes a callable with readable source, `evaluate` uses it once.

The graph is lowered to values (`lower`, `products`, `constants`, `structs`, `pairs`, with contraction orders from
`plan`), scheduled (`schedule`) and printed by a backend. A backend is one file, with a printer and
a subclass of `Program` that uses it, and one line in `BACKENDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

from ..core.errors import BackendError, DeclarationError, UnknownNameError, did_you_mean
from ..core.lazy import lazy
from ..core.node import Node
from .names import Names, identifier
from .numpy_text import NumPyText
from .own import OWN, standing_alone
from .program import Program
from .running import defined

c = lazy(__package__, ".c")
exported = lazy(__package__, ".exported")
BACKENDS = {
    "numpy": Program,
    "torch": lambda *of: exported.TorchProgram(*of),
    "jax": lambda *of: exported.JaxProgram(*of),
    "c": lambda *of: c.CProgram(*of),
}


def compile_nodes(nodes, parameters=None, name: str = "derivative", backend: str = "numpy", sizes: dict | None = None):
    """A callable that computes `nodes` from the values of their symbols.

    Parameters
        nodes: one node, or a dict of them by name; then the call returns a dict.
        parameters: symbols or names, in the order of the signature; by default the symbols needed, by name.
        sizes: {dimension: size} to plan for; guessed where they are not given.

    Raises
        BackendError: there is no such backend.
        DeclarationError: `sizes` are no sizes.
    """
    made = BACKENDS.get(backend) if isinstance(backend, str) else None
    if made is None:
        near = did_you_mean(backend, BACKENDS)
        raise BackendError(
            f"there is no backend `{backend}`",
            given=f"backend={backend!r}",
            expected=", ".join(BACKENDS),
            fix=f"did you mean `{near}`?" if near else None,
        )
    single = isinstance(nodes, Node)
    return made({"result": nodes} if single else dict(nodes), single, parameters, name, checked_sizes(sizes))


def compile_for(sizes, nodes, parameters, name: str, backend: str):
    """`compile_nodes` for sizes that a person asks for; raises UnknownNameError where no array has one of them, too."""
    program = compile_nodes(nodes, parameters, name, backend, sizes)
    known = sorted(program._dim_symbols())
    wrong = [x for x in sizes or () if x not in known]
    if wrong:
        near = did_you_mean(wrong[0], known)
        raise UnknownNameError(
            f"no array has the size `{wrong[0]}`",
            given=f"sizes={sizes!r}",
            expected=", ".join(known) or "no sizes: all are numbers",
            fix=f"did you mean `{near}`?" if near else None,
        )
    return program


def checked_sizes(sizes) -> dict:
    """The sizes to plan for. Raises DeclarationError: they are no dict of positive numbers."""
    found = dict(sizes) if isinstance(sizes, Mapping) else {} if sizes is None else {"": sizes}
    if not all(isinstance(n, Real) and n > 0 for n in found.values()) or "" in found:
        raise DeclarationError("these are no sizes", given=f"sizes={sizes!r}", expected="a dict of positive numbers by name", fix='sizes={"n": 100_000}')
    return found


def evaluate(node: Node, values: dict):
    """The value of a node where its symbols have `values`. The program is kept with the node."""
    program = node.memo.get("program")
    if program is None:
        program = node.memo["program"] = compile_nodes(node, name="value")
    wanted = {*program.parameters, *program.sizes_asked}
    return program(**{name: value for name, value in values.items() if name in wanted})


__all__ = [
    "BACKENDS", "checked_sizes", "compile_for", "compile_nodes", "evaluate", "Program", "Names", "defined", "identifier", "OWN", "standing_alone", "NumPyText",
]  # fmt: skip
