"""Programs of PyTorch and JAX compute what those of NumPy compute."""

import random
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from chainrule.calculus import derivative
from chainrule.compiling import compile_nodes
from chainrule.compiling.exported import TorchProgram
from chainrule.core.algebra import total
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from chainrule.ops.declare import lookup
from tests.compiling.graphs import SIZES, random_graph, random_point
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


def single(values, make):
    return {name: make(np.asarray(value, np.float32)) for name, value in values.items()}


def sizes_for(program):
    return {x: SIZES[x] for x in program.sizes_asked}


@pytest.mark.parametrize("start", range(0, 100, 50))
def test_pytorch_computes_where_and_in_the_type_that_its_arguments_are(start):
    """On the device `meta` there are no numbers: whoever reads one back, or makes a tensor elsewhere, fails."""
    for seed in range(start, start + 50):
        node = graph(seed)
        values = random_point(node, seed)
        if values:
            program = compile_nodes(node, backend="torch")
            found = program(**single(values, lambda x: torch.tensor(x, device="meta")), **sizes_for(program))
            shape = tuple(d.at(SIZES) for d in node.dims)
            assert (found.device.type, found.dtype, found.shape) == ("meta", torch.float32, shape), program.source


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_jax_computes_in_float32_what_is_float32_and_asks_nothing_of_the_host(start):
    with jax.enable_x64(True):  # where a number of NumPy would make it float64
        for seed in range(start, start + 30):
            node = graph(seed)
            values = random_point(node, seed)
            program = compile_nodes(node, backend="jax")
            traced = jax.make_jaxpr(lambda v: program(**v, **sizes_for(program)))(single(values, jnp.asarray))
            if values:
                for equation in equations(traced.jaxpr):
                    assert "callback" not in equation.primitive.name, program.source
                    assert all(v.aval.dtype != np.float64 for v in equation.outvars), (equation, program.source)


def equations(jaxpr):
    for equation in jaxpr.eqns:
        yield equation
        for value in equation.params.values():
            for inner in value if isinstance(value, (tuple, list)) else [value]:
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from equations(inner)


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_vmap_of_pytorch_maps_over_any_of_the_arguments(start):
    for seed in range(start, start + 30):
        node = graph(seed)
        values = random_point(node, seed)
        program = compile_nodes(node, backend="torch")
        for mapped in [set(values), *[{name} for name in values]]:
            places = tuple(0 if name in mapped else None for name in values)
            many = [torch.tensor(np.stack([v, 1.5 * v]) if n in mapped else v) for n, v in values.items()]
            call = lambda *given: program(**dict(zip(values, given)), **sizes_for(program))
            if mapped:
                found = torch.func.vmap(call, in_dims=places)(*many)
                for k in range(2):
                    one = [x[k] if n in mapped else x for n, x in zip(values, many)]
                    torch.testing.assert_close(found[k], call(*one), rtol=1e-7, atol=1e-9, equal_nan=True)


def test_no_program_of_another_framework_calls_numpy():
    for seed in range(100):
        for backend in ("torch", "jax"):
            assert not re.search(r"\bnp\.", compile_nodes(graph(seed), backend=backend).source)


def test_the_source_is_a_function_of_the_framework():
    node = total(lookup("tanh")(RESIDUAL) ** 2)
    assert "torch.tanh(" in compile_nodes(node, backend="torch").source
    source = compile_nodes(node, backend="jax").source
    assert source.startswith("import jax\nimport jax.numpy as jnp\n") and "jnp.tanh(" in source


def test_types_are_those_of_the_arguments():
    program = compile_nodes(lookup("step")(RESIDUAL), backend="torch")
    tensors = {"A": torch.ones(2, 3), "x": torch.ones(3), "b": torch.zeros(2)}
    assert program(**tensors).dtype == torch.float32
    assert program(**tensors | {"b": torch.zeros(2, dtype=torch.int64)}).dtype == torch.float32
    assert program(**tensors | {"x": [1, 2, 3]}).dtype == torch.float32
    assert program(**tensors | {"x": torch.ones(3, dtype=torch.float64)}).dtype == torch.float64
    assert program(**{n: x.to(torch.bfloat16) for n, x in tensors.items()}).dtype == torch.bfloat16
    assert program(A=np.ones((2, 3)), x=[1, 1, 1], b=[0, 0]).dtype == torch.float64


def test_arguments_of_jax_are_traced_and_compiled():
    program = compile_nodes(total(RESIDUAL**2), backend="jax")
    found = program(A=np.eye(2), x=np.array([1.0, 2.0]), b=np.array([3.0, 5.0]))
    assert isinstance(found, jax.Array) and float(found) == 13.0


def test_types_of_jax_are_those_of_the_arguments_and_numbers_follow():
    with jax.enable_x64(True):
        program = compile_nodes(symbol("c") * RESIDUAL, parameters=["c", A, x, b], backend="jax")
        arrays = {"A": np.ones((2, 3), np.float32), "x": np.ones(3, np.float32), "b": np.zeros(2, np.int32)}
        found = program(c=2.0, **arrays)
        assert found.dtype == np.float32 and not found.weak_type
        assert program(c=2, **arrays | {"x": [1, 1, 1]}).dtype == program(2, arrays["A"], [1, 1, 1], [0, 0]).dtype == np.float32
        assert program(c=2, **arrays | {"x": np.ones(3)}).dtype == np.float64
        assert program(c=1, A=np.ones((2, 3), int), x=[1, 1, 1], b=[0, 0]).dtype == np.float64
        assert program(2.0, *[jnp.asarray(a, jnp.bfloat16) for a in arrays.values()]).dtype == jnp.bfloat16


def test_arguments_that_come_from_the_host_follow_the_tensors():
    program = compile_nodes(RESIDUAL, backend="torch")
    found = program(A=torch.ones(2, 3, device="meta"), x=np.ones(3), b=[0.0, 0.0])
    assert (found.device.type, found.shape) == ("meta", (2,))
    with pytest.raises(BackendError) as error:
        program(A=torch.ones(2, 3, device="meta"), x=torch.ones(3), b=[0.0, 0.0])
    assert str(error.value) == (
        "BackendError: the arguments lie on several devices\n"
        "  given:    A: meta, x: cpu\n"
        "  expected: tensors on one device, where the program then runs\n"
        "  fix:      .to('meta') or .to('cpu')"
    )


LOSS = total(lookup("tanh")(RESIDUAL) ** 2)
POINT = {"A": np.linspace(-1, 1, 6).reshape(2, 3), "x": np.array([0.5, -1.0, 2.0]), "b": np.array([0.3, -0.2])}


def test_jax_differentiates_maps_and_compiles_programs():
    with jax.enable_x64(True):
        program = compile_nodes(LOSS, parameters=[A, x, b], backend="jax")
        gradient = compile_nodes(derivative(LOSS, x)[-1], parameters=[A, x, b], backend="jax")
        hessian = compile_nodes(derivative(LOSS, x, 2)[-1], parameters=[A, x, b], backend="jax")
        point = list(POINT.values())
        first = jax.grad(program.function, argnums=1)(*point)
        np.testing.assert_allclose(first, gradient(**POINT), rtol=1e-12)
        for transformed in (jax.jacfwd, jax.jacrev):
            np.testing.assert_allclose(transformed(gradient.function, argnums=1)(*point), hessian(*point), rtol=1e-12)
        many = np.stack([point[1], 2 * point[1]])
        mapped = jax.jit(jax.vmap(lambda x: gradient(A=point[0], x=x, b=point[2])))(many)
        np.testing.assert_allclose(mapped[1], gradient(point[0], many[1], point[2]), rtol=1e-12)
        by_name = compile_nodes({"value": LOSS, "x": derivative(LOSS, x)[-1]}, parameters=[A, x, b], backend="jax")
        assert {key: r.shape for key, r in jax.jit(by_name.function)(*point).items()} == {"value": (), "x": (3,)}


def test_jax_traces_once_for_each_set_of_shapes(monkeypatch):
    program = compile_nodes(LOSS, parameters=[A, x, b], backend="jax")
    traced = []
    bound = program._bound
    monkeypatch.setattr(program, "_bound", lambda *arguments, **values: traced.append(1) or bound(*arguments, **values))
    for _ in range(3):
        program(**POINT)
    assert len(traced) == 1
    program(A=np.ones((4, 3)), x=np.ones(3), b=np.ones(4))
    assert len(traced) == 2


def test_pytorch_differentiates_maps_and_compiles_programs():
    program = compile_nodes(LOSS, parameters=[A, x, b], backend="torch")
    gradient = compile_nodes(derivative(LOSS, x)[-1], parameters=[A, x, b], backend="torch")
    hessian = compile_nodes(derivative(LOSS, x, 2)[-1], parameters=[A, x, b], backend="torch")
    point = [torch.tensor(v) for v in POINT.values()]
    torch.testing.assert_close(torch.func.grad(program.function, argnums=1)(*point), gradient(*point))
    for transformed in (torch.func.jacfwd, torch.func.jacrev):
        torch.testing.assert_close(transformed(gradient.function, argnums=1)(*point), hessian(*point))
    assert torch.autograd.gradcheck(gradient.function, [p.requires_grad_() for p in point])
    assert torch.autograd.gradgradcheck(program.function, point)
    whole = torch.compile(hessian.function, backend="eager", fullgraph=True)  # one graph, from the call on
    torch.testing.assert_close(whole(*point), hessian(*point))


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_what_is_no_array_of_real_numbers_is_refused(backend):
    program = compile_nodes(RESIDUAL, backend=backend)
    for bad in ("a", None, [[1], [2, 3]], object()):
        with pytest.raises(ShapeError, match="`x` is not an array of numbers"):
            program(A=np.eye(2), x=bad, b=np.ones(2))
    with pytest.raises(BackendError) as error:
        program(A=np.eye(2), x=np.ones(2) * 1j, b=np.ones(2))
    kind, name = {"torch": ("torch.complex128", "PyTorch"), "jax": ("complex64", "JAX")}[backend]
    assert str(error.value) == (
        f"BackendError: a program of {name} is one of real numbers\n"
        f"  given:    x: {kind}\n"
        "  expected: real arguments; compile() without a backend takes complex ones near the real axis"
    )


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_whole_number_everywhere_with_fractions_on_the_diagonal_stays_fractions(backend):
    everywhere, diagonal = product(1, (), (0, 1), {0: x.dims[0], 1: x.dims[0]}), product(1, [(x, (0,), 1)], (0, 0), {0: x.dims[0]})
    program = compile_nodes(linear_sum([(2, everywhere), (1, diagonal)], everywhere.dims), backend=backend)
    assert np.array_equal(np.asarray(program(x=np.array([0.5, 0.25]))), [[2.5, 2], [2, 2.25]])


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
