"""Functions of PyTorch and JAX whose backward pass is the derived one: right once, twice and thrice."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax.test_util import check_grads

import chainrule as cr
from chainrule.core.errors import BackendError, DeclarationError, ShapeError
from chainrule.numeric import draw

CASES = [
    ("||X w - y||^2", "X, w", None),
    ("softmax(W x)", "W", None),
    ("-sum(Y * log(softmax(X W, axis=1)))", "W", "Y: m k onehot, X: m d, W: d k"),
    ("logdet(S) + x' inv(S) x", "S, x", "S: posdef, x: n"),
    ("sum(relu(W x))", "W, x", None),
    ("tanh(W2 tanh(W1 x))", "W1, W2", "W1: h d, W2: k h, x: d"),
    ("sin(x) exp(y)", "x, y", "x: scalar, y: scalar"),
    ("x'x + c", "x", "x: n, c: scalar"),
]


def point(d):
    return draw([(v.name, v.dims, v.facts) for v in d.problem.every.values()])[1]


def in_torch(function, values, names):
    """(a function of the variables alone, tensors for them)."""
    tensors = {x: torch.tensor(v, requires_grad=x in names) for x, v in values.items()}
    return lambda *given: function(**tensors | dict(zip(names, given))), [tensors[x] for x in names]


@pytest.mark.parametrize("function, wrt, declare", CASES, ids=[c[0] for c in CASES])
def test_a_function_of_pytorch_passes_its_own_checks_of_gradients(function, wrt, declare):
    d = cr.derive(function, wrt, declare=declare)
    call, inputs = in_torch(d.differentiable("torch"), point(d), wrt.split(", "))
    assert torch.autograd.gradcheck(call, inputs) and torch.autograd.gradgradcheck(call, inputs)


@pytest.mark.parametrize("function, wrt, declare", CASES, ids=[c[0] for c in CASES])
def test_higher_derivatives_are_those_that_pytorch_finds_without_us(function, wrt, declare):
    d = cr.derive(function, wrt, declare=declare)
    ours, names, values = d.differentiable("torch"), wrt.split(", "), point(d)
    chains = []
    for each in (ours, ours.value):
        call, inputs = in_torch(each, values, names)
        chains.append([])
        last = call(*inputs)
        for _ in range(3):
            asked = sum((torch.sin(x) ** 2).sum() for x in (last if isinstance(last, tuple) else [last]))
            last = torch.autograd.grad(asked, inputs, create_graph=True, allow_unused=True)
            last = tuple([torch.zeros_like(x) if g is None else g for x, g in zip(inputs, last)])
            chains[-1].append(last)
    for ours, theirs in zip(*chains):
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("function, wrt, declare", CASES, ids=[c[0] for c in CASES])
def test_a_function_of_jax_passes_its_own_checks_of_gradients(function, wrt, declare):
    d = cr.derive(function, wrt, declare=declare)
    names, values = wrt.split(", "), point(d)
    with jax.enable_x64(True):
        ours = d.differentiable("jax")
        inputs = [jnp.asarray(values[x]) for x in names]
        call = lambda *given: ours(**values | dict(zip(names, given)))
        check_grads(call, inputs, order=2, modes=["rev"], atol=1e-4, rtol=1e-4)
        plain = lambda *given: jnp.sum(ours.value(**values | dict(zip(names, given))) ** 2)
        wanted = jax.hessian(plain)(*inputs)
        np.testing.assert_allclose(jax.hessian(lambda *given: jnp.sum(call(*given) ** 2))(*inputs), wanted, rtol=1e-9, atol=1e-9)


def test_the_code_that_runs_is_the_derived_one_and_only_what_is_asked_for_is_computed():
    f = cr.derive("||X w - y||^2", "X, w").differentiable("torch")
    assert f.source == (
        "import torch\n"
        "\n\n"
        "def forward(X, w, y):\n"
        '    """The value (scalar), and what `backward` needs of it. X: m × n, w: n, y: m"""\n'
        "    z = X @ w - y  # m\n"
        "    value = z @ z  # scalar\n"
        "    return value, z\n"
        "\n\n"
        "def backward(ctx, X, w, z, value_bar):\n"
        '    """The cotangents of X, w, from that of the value."""\n'
        "    X_bar = w_bar = None\n"
        "    t1 = 2 * value_bar  # scalar\n"
        "    if ctx.needs_input_grad[0]:\n"
        "        X_bar = z[:, None] * t1 * w  # m × n\n"
        "    if ctx.needs_input_grad[1]:\n"
        "        w_bar = t1 * (z @ X)  # n\n"
        "    return X_bar, w_bar\n"
    )


def test_torch_func_and_a_batch_go_through_it():
    d = cr.derive("sum(tanh(W x + b))", "W, b")
    f = d.differentiable("torch")
    values = {x: torch.tensor(v) for x, v in point(d).items()}
    many = torch.stack([values["W"], 2 * values["W"]])
    slope = lambda g: torch.func.grad(lambda W: g(**values | {"W": W}))
    for transformed in (lambda g: torch.func.vmap(slope(g))(many), lambda g: torch.func.jacrev(slope(g))(values["W"])):
        torch.testing.assert_close(transformed(f), transformed(f.value))


def test_a_batch_goes_through_it_in_jax():
    f = cr.derive("sum(tanh(W x + b))", "W, b").differentiable("jax")
    W, b, x = np.linspace(-1, 1, 12).reshape(2, 2, 3), np.ones(2), np.ones(3)
    of_row = lambda g: jax.vmap(jax.grad(lambda W: g(W=W, b=b, x=x)))(W)
    np.testing.assert_allclose(of_row(f), of_row(f.value), rtol=1e-5)


def test_types_and_devices_are_those_of_the_arguments():
    f = cr.derive("||X w - y||^2", "w").differentiable("torch")
    w = torch.ones(3, device="meta", requires_grad=True)
    (found,) = torch.autograd.grad(f(torch.ones(4, 3, device="meta"), w, torch.ones(4, device="meta")), w, create_graph=True)
    assert (found.device.type, found.dtype) == ("meta", torch.float32)
    (again,) = torch.autograd.grad(found.sum(), w)
    assert (again.device.type, again.dtype) == ("meta", torch.float32)


def test_a_derivative_that_was_not_derived_is_refused_and_is_no_silent_zero():
    d = cr.derive("||X w - y||^2", "w")
    X, w, y = np.ones((4, 3)), np.ones(3), np.zeros(4)
    asked = [
        lambda: d.differentiable("torch")(torch.tensor(X, requires_grad=True), torch.tensor(w), torch.tensor(y)),
        lambda: jax.grad(d.differentiable("jax").function)(X, w, y),
    ]
    for ask in asked:
        with pytest.raises(DeclarationError) as error:
            ask()
        assert str(error.value) == (
            "DeclarationError: the derivative in X is asked for, and was not derived\n"
            "  given:    a function that is differentiable in w\n"
            "  expected: derivatives in these variables; the others are constants\n"
            '  fix:      derive it in "w, X", or pass X as a constant'
        )


def test_what_cannot_be_made_differentiable_says_why():
    with pytest.raises(BackendError) as error:
        cr.derive("x'x", "x").differentiable("numpy")
    assert str(error.value) == (
        "BackendError: `numpy` does not differentiate functions\n"
        "  given:    differentiable('numpy')\n"
        "  expected: torch, jax\n"
        '  fix:      compile() gives the derivative itself, backward(…, to="numpy") the two passes'
    )


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_what_is_no_array_is_told_by_its_name(backend):
    function = cr.grad("||X w - y||^2", "w").differentiable(backend)
    with pytest.raises(ShapeError, match="`X` is not an array of numbers"):
        function(X="a", w=np.ones(2), y=np.ones(3))
