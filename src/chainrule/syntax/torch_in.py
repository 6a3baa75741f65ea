"""A PyTorch function or module, read from its graph of ATen operators, which `torch.export` records with symbolic sizes.

The graph is taken as it is exported, before decompositions: layer_norm, cross_entropy and the like are single
operators there, and are written as what they are (`frameworks/torch_table.py`). A graph that writes into tensors is first brought
into the form that does not (run_decompositions). The weights and buffers of a module become variables (`frameworks/weights.py`).

What `detach` holds constant is read as JAX's stop_gradient is: only where the value does not depend on it (`frameworks/shifts.py`).

Reference: docs.pytorch.org, torch.export; native_functions.yaml for the arguments of each operator.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable

import numpy as np

from .brought import Brought
from .frameworks import tensors as T
from .framework import name_of, not_installed, source_of
from .parameters import Parameters, parameters_of, variables_of
from .frameworks.shifts import Shifts
from .frameworks.tensors import Tensor
from .frameworks.torch_export import exported_graph
from .frameworks.torch_reader import Reader
from .frameworks.weights import weight_names
from .meaning import Variable


def from_torch(function: Callable, /, **shapes) -> Brought:
    """The function that a PyTorch function or module is, read from its exported graph, for `derive`.

    Parameters
        function: a function of tensors, or an nn.Module, whose weights and buffers become variables (fc1.weight is W1);
            it returns one tensor. A module is read in its mode: call eval() first where dropout is to be left out.
        shapes: the sizes and facts of its parameters, X="n d", Y="n k onehot"; of weights too, where their sizes shall
            be names: W="k d".

    Returns
        A Brought: `derive(from_torch(loss, X="n d", w="d"), "w")`.

    Raises
        BackendError: PyTorch is not installed.
        DeclarationError: a parameter has no shape.
        ShapeError: the shapes do not fit what the function does.
        TraceError: it asks for the values of tensors, or does not run.
        NoRuleError: it does something that has no formula here; the message says what and where.
    """
    torch = imported()
    name = name_of(function)
    if isinstance(function, torch.nn.Module):
        program = of_module(torch, function, name, shapes)
    else:
        program = Program(torch, name, parameters_of(function, name, shapes), function)
    exported = exported_graph(program)

    def read(shifts: Shifts) -> Tensor:
        reader = Reader(program, exported, shifts)
        return T.tensor(T.finite(T.returned(reader.run()), name))

    result = Shifts.settled(read, program.parameters.variables, name, "detach")
    return Brought(
        result.node, [], program.parameters.variables, text=source_of(program.source, name), name=name, dialect="torch",
        notes=program.notes, call=program.call,
    )  # fmt: skip


def imported():
    try:
        import torch
        import torch.export
    except ImportError:
        raise not_installed("PyTorch", "torch") from None
    return torch


class Program:
    """A function with its parameters, as a callable on the tensors of its variables, by name."""

    def __init__(self, torch, name: str, parameters: Parameters, function: Callable, notes=(), source=None):
        self.torch, self.name, self.parameters, self.function = torch, name, parameters, function
        self.notes, self.source = list(notes), source or function

    def run(self, tensors: dict):
        args, keywords = self.parameters.arguments(tensors)
        return self.function(*args, **keywords)

    def call(self, values: dict) -> np.ndarray:
        """The person's own function in float64."""
        with self.torch.no_grad():
            made = {n: self.torch.tensor(np.asarray(v, float)) for n, v in values.items()}
            return self.run(made).numpy()


def of_module(torch, module, name: str, shapes: dict) -> Program:
    """A module as a function of its inputs, its weights and its buffers."""
    state = {path: p for path, p in (*module.named_parameters(), *module.named_buffers()) if p.is_floating_point()}
    taken = set(inspect.signature(module.forward).parameters)
    names = weight_names({path: tuple(p.shape) for path, p in state.items()}, taken)
    declared = {n: shapes[n] for n in names.values() if n in shapes}
    inputs = parameters_of(module.forward, name, {n: s for n, s in shapes.items() if n not in declared})
    given = {n: declared.get(n, tuple(p.shape)) for n, p in zip(names.values(), state.values())}
    variables = inputs.variables | weights_of(given, names)
    double = copy.deepcopy(module).double()
    for part in double.modules():
        if hasattr(part, "num_batches_tracked"):
            part.num_batches_tracked = None  # a normalisation counts its calls, which is no part of its value

    def function(tensors):
        args, keywords = inputs.arguments(tensors)
        return torch.func.functional_call(double, {path: tensors[n] for path, n in names.items()}, tuple(args), keywords)

    program = Program(torch, name, Parameters({}, variables, frozenset()), function, source=type(module))
    program.run = function
    if names:
        program.notes.append("; ".join(f"{n} is {path}" for path, n in names.items()))
    return program


def weights_of(given: dict, paths: dict[str, str]) -> dict[str, Variable]:
    """The variables that the weights are; a running variance is positive."""
    found = variables_of(given)
    for path, n in paths.items():
        if path.rsplit(".", 1)[-1] == "running_var":
            found[n] = found[n]._replace(facts=found[n].facts | {"positive"})
    return found
