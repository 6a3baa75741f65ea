"""Programs of PyTorch and JAX compute what those of NumPy compute."""

import random

import jax
import numpy as np
import pytest
import torch

from chainrule.compile import compile_nodes
from chainrule.compile.exported import TorchProgram
from chainrule.core.algebra import total
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup
from tests.compile.graphs import SIZES, random_graph, random_point
from tests.reference import evaluate

A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")
RESIDUAL = A @ x - b


def graph(seed):
    try:
        return random_graph(random.Random(seed), 1 + seed % 12)
    except KeyError:  # the random labels gave one label two sizes
        return random_graph(random.Random(1), 3)


def compared(seed, backend):
    node = graph(seed)
    values = random_point(node, seed % 1000)
    with np.errstate(all="ignore"):
        wanted = evaluate(node, values, SIZES)
    if not np.isfinite(wanted).all():
        return
    program = compile_nodes(node, backend=backend)
    found = np.asarray(program(**values, **{x: SIZES[x] for x in program.sizes_asked}))
    scale = np.max(np.abs(wanted), initial=1e-300)
    assert (found.shape, found.dtype) == (np.shape(wanted), np.dtype(float))
    assert found / scale == pytest.approx(wanted / scale, abs=1e-9), program.source


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_a_program_of_pytorch_computes_what_the_graph_means(start):
    for seed in range(start, start + 50):
        compared(seed, "torch")


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_a_program_of_jax_computes_what_the_graph_means(start):
    with jax.enable_x64(True), jax.disable_jit():
        for seed in range(start, start + 20):
            compared(seed, "jax")


def test_the_source_is_a_function_of_the_framework():
    node = total(lookup("tanh")(RESIDUAL) ** 2)
    assert "torch.tanh(" in compile_nodes(node, backend="torch").source
    source = compile_nodes(node, backend="jax").source
    assert source.startswith("import jax\nimport jax.numpy as jnp\n") and "jnp.tanh(" in source


def test_types_are_those_of_the_arguments():
    program = compile_nodes(lookup("step")(RESIDUAL), backend="torch")
    single = {"A": torch.ones(2, 3), "x": torch.ones(3), "b": torch.zeros(2)}
    assert program(**single).dtype == torch.float32
    assert program(A=np.ones((2, 3)), x=[1, 1, 1], b=[0, 0]).dtype == torch.float64


def test_arguments_of_jax_are_traced_and_compiled():
    program = compile_nodes(total(RESIDUAL**2), backend="jax")
    found = program(A=np.eye(2), x=np.array([1.0, 2.0]), b=np.array([3.0, 5.0]))
    assert isinstance(found, jax.Array) and float(found) == 13.0


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_arguments_are_checked(backend):
    program = compile_nodes(RESIDUAL, backend=backend)
    with pytest.raises(ShapeError, match="`x` has not the shape"):
        program(A=np.eye(2), x=np.ones(3), b=np.ones(2))
    with pytest.raises(UnknownNameError, match="`b` is missing"):
        program(A=np.eye(2), x=np.ones(2))
    with pytest.raises(UnknownNameError, match="there is no argument `c`"):
        program(A=np.eye(2), x=np.ones(2), b=np.ones(2), c=1)


def test_without_the_framework_there_is_the_source_and_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    program = TorchProgram({"result": RESIDUAL}, True, None, "residual")
    assert "def residual(" in program.source
    with pytest.raises(BackendError) as error:
        program(A=np.eye(2), x=np.ones(2), b=np.ones(2))
    assert str(error.value) == (
        "BackendError: PyTorch is not installed\n"
        '  given:    compile("torch")\n'
        '  expected: PyTorch, or only its source: code("torch")\n'
        '  fix:      pip install "chainrule[torch]"'
    )
