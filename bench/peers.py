"""The peers: how each computes the derivative of a workload, as its manual says, in float64 and on one thread.

A peer is a function that takes a workload and its arguments and returns `(call, read)`: `call()` computes the derivative
and waits for it, `read(result)` makes NumPy arrays of it. What is done once (tracing, compiling, moving the arguments into
the arrays of a framework) happens before. The mathematics that a workload's `value` is written in is a namespace for each
peer, of what its users call.

JAX      jit of grad, hessian, jacfwd or jacrev (whichever has the fewer passes), jvp of grad
PyTorch  torch.func.grad, hessian, jacfwd or jacrev, jvp of grad; `torch.compile`: the same, compiled
autograd grad, hessian, jacobian, hessian_vector_product
CasADi   MX (SX for scalars): gradient, hessian, jacobian, jtimes of the gradient; called through buffers
PyTensor grad, hessian, jacobian, grad of the gradient times v; compiled once for all sizes
"""

from __future__ import annotations

import os

XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ.setdefault("XLA_FLAGS", XLA)
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from functools import lru_cache  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from types import SimpleNamespace  # noqa: E402

import numpy as np  # noqa: E402

from chainrule.compiling import BACKENDS  # noqa: E402

from .workloads import Workload  # noqa: E402


def split(workload: Workload, arguments: dict) -> tuple[list[str], dict]:
    """(the names of the variables, the arguments without the direction)."""
    names = [workload.wrt] if isinstance(workload.wrt, str) else list(workload.wrt)
    return names, {name: value for name, value in arguments.items() if name != "v"}


def each(result, convert):
    """A result, or each of several by name, converted."""
    return {key: convert(one) for key, one in result.items()} if isinstance(result, dict) else convert(result)


def what(workload: Workload) -> str:
    """The kind of derivative, of scalar functions too."""
    return workload.kind if workload.kind != "scalar" else "hessian" if workload.order == 2 else "gradient"


# ---------------------------------------------------------------- ours and by hand


def ours(backend: str):
    def prepare(workload, arguments):
        program = compiled(workload.name, backend)(workload)
        if backend == "jax":
            import jax

            jax.config.update("jax_enable_x64", True)
            arrays = {name: jax.device_put(value) for name, value in arguments.items()}
            return (lambda: jax.block_until_ready(program(**arrays))), numpy_of
        if backend == "torch":
            torch = one_thread_torch()
            arrays = {name: torch.as_tensor(value, dtype=torch.float64) for name, value in arguments.items()}
            return (lambda: program(**arrays)), numpy_of
        return (lambda: program(**arguments)), numpy_of

    return prepare


@lru_cache(maxsize=None)
def compiled(name: str, backend: str):
    """The program of a workload, made when its first size is measured."""
    made = []

    def program(workload):
        if not made:
            made.append(workload.program(backend))
        return made[0]

    return program


def by_hand(which: str):
    def prepare(workload, arguments):
        function = getattr(workload, which)
        return (lambda: function(**arguments)), numpy_of

    return prepare


def numpy_of(result):
    return each(result, np.asarray)


# ---------------------------------------------------------------- JAX


def jax_peer(workload, arguments):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    m = SimpleNamespace(
        sum=jnp.sum, exp=jnp.exp, sin=jnp.sin, tanh=jnp.tanh, softplus=jax.nn.softplus, inv=jnp.linalg.inv,
        softmax=lambda Z: jax.nn.softmax(Z, axis=1), log_softmax=lambda Z: jax.nn.log_softmax(Z, axis=1),
        softmax_vector=jax.nn.softmax, logsumexp=lambda Z: jax.nn.logsumexp(Z, axis=1), logsumexp_vector=jax.nn.logsumexp,
        logdet=lambda S: jnp.linalg.slogdet(S)[1], plus_row=lambda X, b: X + b, minus_row=lambda X, b: X - b,
        minus_half_squares=lambda X, M, a: a - ((X[:, None, :] - M) ** 2).sum(axis=2) / 2,
    )  # fmt: skip
    derivative = jax.jit(transformed(jax, workload, arguments, m))
    names, values = split(workload, arguments)
    given = [jax.device_put(one) for one in functional_arguments(names, values, arguments, workload)]
    given = jax.tree.map(jax.device_put, given)
    return (lambda: jax.block_until_ready(derivative(*given))), numpy_of


def functional_arguments(names, values, arguments, workload) -> list:
    """(variables, the rest, the direction if there is one), as `transformed` functions take them."""
    variable = {name: values[name] for name in names} if len(names) > 1 else values[names[0]]
    rest = {name: value for name, value in values.items() if name not in names}
    return [variable, rest] + ([arguments["v"]] if workload.kind == "hvp" else [])


def transformed(library, workload, arguments, m):
    """The derivative by the transformations that JAX and torch.func share: grad, hessian, jacfwd, jacrev, jvp."""
    names, values = split(workload, arguments)

    def value(variable, rest):
        return workload.value(m, **(variable if len(names) > 1 else {names[0]: variable}), **rest)

    kind = what(workload)
    if kind == "gradient":
        return library.grad(value)
    if kind == "hessian":
        return library.hessian(value)
    if kind == "jacobian":
        outputs = np.size(workload.hand(**arguments)) // np.size(values[names[0]])
        return library.jacrev(value) if outputs < np.size(values[names[0]]) else library.jacfwd(value)
    gradient = library.grad(value)
    return lambda variable, rest, v: library.jvp(lambda at: gradient(at, rest), (variable,), (v,))[1]


# ---------------------------------------------------------------- PyTorch


def one_thread_torch():
    import torch

    torch.set_num_threads(1)
    return torch


def torch_peer(workload, arguments, compile=False):
    torch = one_thread_torch()
    m = SimpleNamespace(
        sum=torch.sum, exp=torch.exp, sin=torch.sin, tanh=torch.tanh, softplus=torch.nn.functional.softplus,
        inv=torch.linalg.inv, softmax=lambda Z: torch.softmax(Z, 1), log_softmax=lambda Z: torch.log_softmax(Z, 1),
        softmax_vector=lambda z: torch.softmax(z, 0), logsumexp=lambda Z: torch.logsumexp(Z, 1),
        logsumexp_vector=lambda z: torch.logsumexp(z, 0), logdet=lambda S: torch.linalg.slogdet(S)[1],
        plus_row=lambda X, b: X + b, minus_row=lambda X, b: X - b,
        minus_half_squares=lambda X, M, a: a - ((X[:, None, :] - M) ** 2).sum(2) / 2,
    )  # fmt: skip
    derivative = transformed(torch.func, workload, arguments, m)
    if compile:
        derivative = torch.compile(derivative)
    names, values = split(workload, arguments)
    given = functional_arguments(names, values, arguments, workload)
    given = [each(one, lambda value: torch.as_tensor(value, dtype=torch.float64)) for one in given]
    return (lambda: derivative(*given)), lambda result: each(result, lambda one: one.detach().numpy())


# ---------------------------------------------------------------- HIPS autograd


def autograd_peer(workload, arguments):
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    def log_softmax(Z):
        return Z - logsumexp(Z, axis=1, keepdims=True)

    m = SimpleNamespace(
        sum=anp.sum, exp=anp.exp, sin=anp.sin, tanh=anp.tanh, softplus=lambda z: anp.logaddexp(0, z), inv=anp.linalg.inv,
        softmax=lambda Z: anp.exp(log_softmax(Z)), log_softmax=log_softmax,
        softmax_vector=lambda z: anp.exp(z - logsumexp(z)), logsumexp=lambda Z: logsumexp(Z, axis=1),
        logsumexp_vector=logsumexp, logdet=lambda S: anp.linalg.slogdet(S)[1],
        plus_row=lambda X, b: X + b, minus_row=lambda X, b: X - b,
        minus_half_squares=lambda X, M, a: a - anp.sum((X[:, None, :] - M) ** 2, axis=2) / 2,
    )  # fmt: skip
    names, values = split(workload, arguments)
    given = functional_arguments(names, values, arguments, workload)

    def value(variable, rest):
        return workload.value(m, **(variable if len(names) > 1 else {names[0]: variable}), **rest)

    kind = what(workload)
    if kind == "hvp":
        variable, rest, v = given
        product = autograd.hessian_vector_product(lambda at: value(at, rest))
        return (lambda: product(variable, v)), numpy_of
    derivative = {"gradient": autograd.grad, "hessian": autograd.hessian, "jacobian": autograd.jacobian}[kind](value)
    return (lambda: derivative(*given)), numpy_of


# ---------------------------------------------------------------- CasADi


def casadi_peer(workload, arguments):
    import casadi as ca

    def rows(b, like):
        return ca.repmat(ca.transpose(b), like.shape[0], 1)

    def log_sums(Z):
        return ca.log(ca.sum2(ca.exp(Z)))

    def softmax_vector(z):
        e = ca.exp(z - ca.mmax(z))
        return e / ca.sum1(e)

    def columns(v, like):
        return ca.repmat(v, 1, like.shape[1])

    m = SimpleNamespace(
        sum=lambda x: ca.sum1(ca.sum2(x)), exp=ca.exp, sin=ca.sin, tanh=ca.tanh, softplus=lambda z: ca.log1p(ca.exp(z)),
        inv=ca.inv, softmax=lambda Z: ca.exp(Z) / columns(ca.sum2(ca.exp(Z)), Z),
        log_softmax=lambda Z: Z - columns(log_sums(Z), Z), softmax_vector=softmax_vector, logsumexp=log_sums,
        logsumexp_vector=lambda z: ca.log(ca.sum1(ca.exp(z))), logdet=lambda S: ca.log(ca.det(S)),
        plus_row=lambda X, b: X + rows(b, X), minus_row=lambda X, b: X - rows(b, X),
        minus_half_squares=lambda X, M, a: (
            X @ M.T + rows(a - ca.sum2(M**2) / 2, X) - columns(ca.sum2(X**2) / 2, ca.MX(1, M.shape[0]))
        ),
    )  # fmt: skip
    symbol = ca.SX.sym if workload.kind == "scalar" else ca.MX.sym
    flat, shaped = {}, {}
    for name, value in arguments.items():  # flat and in the order of NumPy, so that results are too
        shape = np.shape(value)
        flat[name] = symbol(name, int(np.prod(shape)))
        shaped[name] = ca.reshape(flat[name], *shape[::-1]).T if len(shape) == 2 else flat[name]
    names, values = split(workload, arguments)
    f = workload.value(m, **{name: shaped[name] for name in values})
    variables = [flat[name] for name in names]
    kind = what(workload)
    if kind == "gradient":
        found = ca.gradient(f, ca.vertcat(*variables)) if len(names) == 1 else [ca.gradient(f, x) for x in variables]
    elif kind == "hessian":
        found = ca.hessian(f, variables[0])[0]
    elif kind == "jacobian":
        found = ca.jacobian(f, variables[0])
    else:
        found = ca.jtimes(ca.gradient(f, variables[0]), variables[0], flat["v"])
    found = [ca.densify(one) for one in (found if isinstance(found, list) else [found])]
    function = ca.Function("derivative", list(flat.values()), found)
    buffer, evaluate = function.buffer()
    kept = [np.array(value, dtype=float).ravel() for value in arguments.values()]
    for k, array in enumerate(kept):
        buffer.set_arg(k, memoryview(array))
    results = [np.zeros(one.shape, order="F") for one in found]
    for k, array in enumerate(results):
        buffer.set_res(k, memoryview(array.ravel(order="K")))
    shapes = each(workload.hand(**arguments), np.shape)

    def call(alive=(buffer, kept, results)):  # CasADi keeps pointers only
        evaluate()

    def read(_):
        if isinstance(shapes, dict):
            return {name: array.reshape(shapes[name]) for name, array in zip(names, results)}
        return np.ascontiguousarray(results[0]).reshape(shapes)

    return call, read


# ---------------------------------------------------------------- PyTensor

PYTENSOR: dict[str, tuple] = {}


def pytensor_function(workload, arguments):
    import pytensor
    import pytensor.tensor as pt

    def logsumexp(Z):
        return pt.logsumexp(Z, axis=1)

    m = SimpleNamespace(
        sum=pt.sum, exp=pt.exp, sin=pt.sin, tanh=pt.tanh, softplus=pt.softplus, inv=pt.linalg.inv,
        softmax=lambda Z: pt.special.softmax(Z, axis=1), log_softmax=lambda Z: pt.special.log_softmax(Z, axis=1),
        softmax_vector=lambda z: pt.special.softmax(z, axis=0), logsumexp=logsumexp, logsumexp_vector=pt.logsumexp,
        logdet=lambda S: pt.linalg.slogdet(S)[1], plus_row=lambda X, b: X + b, minus_row=lambda X, b: X - b,
        minus_half_squares=lambda X, M, a: a - pt.sum((X[:, None, :] - M[None, :, :]) ** 2, axis=2) / 2,
    )  # fmt: skip
    symbols = {name: pt.tensor(name, dtype="float64", shape=(None,) * np.ndim(value)) for name, value in arguments.items()}
    names, values = split(workload, arguments)
    f = workload.value(m, **{name: symbols[name] for name in values})
    variables = [symbols[name] for name in names]
    kind = what(workload)
    if kind == "gradient":
        found = pytensor.grad(f, variables)
    elif kind == "hessian":
        found = [pytensor.gradient.jacobian(pytensor.grad(f, variables[0]).ravel(), variables[0])]
    elif kind == "jacobian":
        found = [pytensor.gradient.jacobian(f, variables[0])]
    else:
        found = [pytensor.grad(pt.sum(pytensor.grad(f, variables[0]) * symbols["v"]), variables[0])]
    function = pytensor.function(list(symbols.values()), found, on_unused_input="ignore")
    function.trust_input = True
    return function, names


def pytensor_peer(workload, arguments):
    if workload.name not in PYTENSOR:
        PYTENSOR[workload.name] = pytensor_function(workload, arguments)
    function, names = PYTENSOR[workload.name]
    given = [np.asarray(value, dtype=float) for value in arguments.values()]
    shapes = each(workload.hand(**arguments), np.shape)

    def read(result):
        if isinstance(shapes, dict):
            return {name: np.asarray(one) for name, one in zip(names, result)}
        return np.asarray(result[0]).reshape(shapes)

    return (lambda: function(*given)), read


PEERS = {
    "ours": ours("numpy"),
    "ours-c": ours("c"),
    "ours-jax": ours("jax"),
    "ours-torch": ours("torch"),
    "hand": by_hand("hand"),
    "plain": by_hand("plain"),
    "jax": jax_peer,
    "torch": torch_peer,
    "torch.compile": lambda workload, arguments: torch_peer(workload, arguments, compile=True),
    "autograd": autograd_peer,
    "casadi": casadi_peer,
    "pytensor": pytensor_peer,
}
PACKAGES = {"ours-jax": "jax", "ours-torch": "torch", "torch.compile": "torch", "ours": "numpy", "hand": "scipy", "plain": "numpy"}


def available(name: str) -> bool:
    """Whether the package of a peer is installed, or the backend of ours is there."""
    if name == "ours-c":
        return "c" in BACKENDS
    return find_spec(PACKAGES.get(name, name)) is not None
