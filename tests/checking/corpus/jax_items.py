"""Wrong gradients in JAX: custom_vjp, custom_jvp, stop_gradient, gradients by hand."""

import jax
import jax.numpy as jnp
from jax import lax

from .item import Corpus

ITEMS = Corpus("jax")


def normal(rng, *shape, dtype=jnp.float32):
    return jnp.asarray(rng.normal(size=shape), dtype=dtype)


def with_vjp(function, backward):
    """`function` with a backward pass by hand: backward(arguments, cotangent)."""
    ruled = jax.custom_vjp(function)
    ruled.defvjp(lambda *args: (function(*args), args), backward)
    return ruled


def with_jvp(function, rule):
    ruled = jax.custom_jvp(function)
    ruled.defjvp(rule)
    return ruled


# ---------------------------------------------------------------- custom_vjp


@jax.custom_vjp
def log1pexp(x):
    return jnp.logaddexp(x, 0.0)


def log1pexp_forward(x):
    return log1pexp(x), x


def log1pexp_backward(x, g):
    return (g * (1 - jax.nn.sigmoid(x)),)


log1pexp.defvjp(log1pexp_forward, log1pexp_backward)


@ITEMS.wrong("log(1 + exp x), the sigmoid of the wrong side", "function", "sign", "chain-factor", argument="x")
def _(rng):
    return dict(function=log1pexp, at=normal(rng, 5), plain=lambda x: jnp.logaddexp(x, 0.0))


@ITEMS.wrong("squared norm, the 2 dropped", "factor", argument="x")
def _(rng):
    def f(x):
        return jnp.sum(x**2)

    return dict(function=with_vjp(f, lambda args, g: (g * args[0],)), at=normal(rng, 7), plain=f)


@ITEMS.wrong("logsumexp that ignores its cotangent", "cotangent", "nonlinear", argument="x")
def _(rng):
    def f(x):
        return jax.nn.logsumexp(x, axis=-1)

    def backward(args, g):
        return (jax.nn.softmax(args[0], axis=-1),)

    return dict(function=with_vjp(f, backward), at=normal(rng, 3, 4), plain=f)


@ITEMS.wrong("matrix product, B not transposed", "transposed", argument="a")
def _(rng):
    def matmul(a, b):
        return a @ b

    def backward(args, g):
        a, b = args
        return g @ b, a.T @ g

    return dict(function=with_vjp(matmul, backward), at=(normal(rng, 4, 4), normal(rng, 4, 4)), plain=matmul)


@ITEMS.wrong("matrix product, elementwise in the backward pass", "elementwise-product", argument="b")
def _(rng):
    def matmul(a, b):
        return a @ b

    def backward(args, g):
        a, b = args
        return g @ b.T, a.T * g

    return dict(function=with_vjp(matmul, backward), at=(normal(rng, 3, 3), normal(rng, 3, 3)), plain=matmul)


@ITEMS.wrong("softmax, the diagonal only", "softmax-diagonal", argument="z")
def _(rng):
    def softmax(z):
        return jax.nn.softmax(z)

    def backward(args, g):
        p = softmax(args[0])
        return (p * (1 - p) * g,)

    return dict(function=with_vjp(softmax, backward), at=normal(rng, 6), plain=softmax)


@ITEMS.wrong("RMS norm, the radial term missing", "missing-term", "detached", argument="x")
def _(rng):
    def rms_norm(x):
        return x * lax.rsqrt(jnp.mean(x**2, -1, keepdims=True))

    def backward(args, g):
        (x,) = args
        return (g * lax.rsqrt(jnp.mean(x**2, -1, keepdims=True)),)

    return dict(function=with_vjp(rms_norm, backward), at=normal(rng, 3, 5), plain=rms_norm)


@ITEMS.wrong("layer norm, mean along the wrong axis", "axis", argument="x")
def _(rng):
    def norm(x):
        c = x - x.mean(1, keepdims=True)
        return c * lax.rsqrt((c**2).mean(1, keepdims=True) + 1e-5)

    def backward(args, g):
        (x,) = args
        c = x - x.mean(1, keepdims=True)
        r = lax.rsqrt((c**2).mean(1, keepdims=True) + 1e-5)
        y = c * r
        return (r * (g - g.mean(0, keepdims=True) - y * (g * y).mean(1, keepdims=True)),)

    return dict(function=with_vjp(norm, backward), at=normal(rng, 4, 4), plain=norm)


@ITEMS.wrong("table look-up by set and not add", "accumulation", "some-entries", argument="table")
def _(rng):
    index = jnp.array([2, 0, 2, 3])

    def lookup(table):
        return table[index]

    def backward(args, g):
        return (jnp.zeros_like(args[0]).at[index].set(g),)

    return dict(function=with_vjp(lookup, backward), at=normal(rng, 5, 2), plain=lookup)


@ITEMS.wrong("clip whose gradient passes everywhere", "half-space", "chain-factor", "some-entries", argument="x")
def _(rng):
    def clip(x):
        return jnp.clip(x, -0.4, 0.4)

    return dict(function=with_vjp(clip, lambda args, g: (g,)), at=normal(rng, 9), plain=clip)


@ITEMS.wrong("batch of losses, mean in the forward pass and sum in the backward pass", "mean", "factor", argument="x")
def _(rng):
    def loss(x):
        return jnp.mean(jnp.sqrt(1 + x**2))

    def backward(args, g):
        (x,) = args
        return (g * x / jnp.sqrt(1 + x**2),)

    return dict(function=with_vjp(loss, backward), at=normal(rng, 13), plain=loss)


@ITEMS.wrong("bias of a dense layer, mean over the batch", "mean", "factor", argument="b")
def _(rng):
    def dense(x, w, b):
        return x @ w + b

    def backward(args, g):
        x, w, b = args
        return g @ w.T, x.T @ g, g.mean(0)

    return dict(function=with_vjp(dense, backward), at=(normal(rng, 6, 3), normal(rng, 3, 2), normal(rng, 2)), plain=dense)


@ITEMS.wrong("backward pass in bfloat16", "narrow", argument="x")
def _(rng):
    def f(x):
        return jnp.sum(jnp.sin(x) ** 2)

    def backward(args, g):
        x = args[0].astype(jnp.bfloat16)
        return ((g * 2 * jnp.sin(x) * jnp.cos(x)).astype(jnp.float32),)

    return dict(function=with_vjp(f, backward), at=normal(rng, 8), plain=f)


@ITEMS.wrong("first entry left out", "some-entries", argument="x", index=(0,))
def _(rng):
    def f(x):
        return jnp.sum(jnp.cosh(x))

    def backward(args, g):
        return (g * jnp.sinh(args[0]).at[0].set(0.0),)

    return dict(function=with_vjp(f, backward), at=normal(rng, 6), plain=f)


@ITEMS.wrong("ReLU, mask of the cotangent", "nonlinear", argument="x")
def _(rng):
    def relu(x):
        return jnp.maximum(x, 0)

    def backward(args, g):
        return (jnp.where((args[0] > 0) & (g > 0), g, 0.0),)

    return dict(function=with_vjp(relu, backward), at=normal(rng, 3, 3), plain=relu)


@ITEMS.wrong("solution of a linear system, not transposed in the backward pass", "transposed", argument=("A", "b"))
def _(rng):
    def solve(A, b):
        return jnp.linalg.solve(A, b)

    def backward(args, g):
        A, b = args
        x, lam = jnp.linalg.solve(A, b), jnp.linalg.solve(A, g)
        return -jnp.outer(lam, x), lam

    at = (3 * jnp.eye(4) + normal(rng, 4, 4), normal(rng, 4))
    return dict(function=with_vjp(solve, backward), at=at, plain=solve)


@ITEMS.wrong("fixed point whose backward pass is one step", "chain-factor", "missing-term", argument="theta")
def _(rng):
    def fixed_point(theta):
        def step(z, _):
            return jnp.cos(theta * z), None

        return lax.scan(step, jnp.full_like(theta, 0.5), None, length=200)[0]

    def backward(args, g):
        (theta,) = args
        z = fixed_point(theta)
        return (-g * jnp.sin(theta * z) * z,)

    at = jnp.asarray(rng.uniform(0.3, 0.9, 4), dtype=jnp.float32)
    return dict(function=with_vjp(fixed_point, backward), at=at, plain=fixed_point)


@ITEMS.wrong("layers of one shape, gradients exchanged", "swapped", argument=("params['first']", "params['second']"))
def _(rng):
    x, t = normal(rng, 5, 3), normal(rng, 5, 3)

    def loss(params):
        h = jnp.tanh(x @ params["first"])
        return jnp.mean((h @ params["second"] - t) ** 2)

    def backward(args, g):
        grads = jax.grad(loss)(args[0])
        return ({"first": g * grads["second"], "second": g * grads["first"]},)

    at = ({"first": normal(rng, 3, 3), "second": normal(rng, 3, 3)},)
    return dict(function=with_vjp(loss, backward), at=at, plain=loss)


# ---------------------------------------------------------------- custom_jvp


@ITEMS.wrong("custom_jvp that forgets the second tangent", "missing-term", argument="y")
def _(rng):
    def f(x, y):
        return jnp.sin(x) * jnp.exp(y)

    def rule(primals, tangents):
        x, y = primals
        dx, dy = tangents
        return f(x, y), jnp.cos(x) * jnp.exp(y) * dx

    return dict(function=with_jvp(f, rule), at=(normal(rng, 4), normal(rng, 4)), plain=f)


@ITEMS.wrong("custom_jvp of tanh with f' at the activation", "activation-point", argument="x")
def _(rng):
    def rule(primals, tangents):
        y = jnp.tanh(primals[0])
        return y, (1 - jnp.tanh(y) ** 2) * tangents[0]

    return dict(function=with_jvp(lambda x: jnp.tanh(x), rule), at=normal(rng, 5), plain=jnp.tanh)


@ITEMS.wrong("custom_jvp of a quotient, sign of its second term", "sign", argument="b")
def _(rng):
    def ratio(a, b):
        return a / b

    def rule(primals, tangents):
        (a, b), (da, db) = primals, tangents
        return a / b, da / b + a * db / b**2

    at = (normal(rng, 5), 2 + jnp.abs(normal(rng, 5)))
    return dict(function=with_jvp(ratio, rule), at=at, plain=ratio)


@ITEMS.wrong("custom_jvp of a power, exponent not lowered", "power", "chain-factor", argument="x")
def _(rng):
    def rule(primals, tangents):
        return primals[0] ** 3, 3 * primals[0] ** 3 * tangents[0]

    return dict(function=with_jvp(lambda x: x**3, rule), at=normal(rng, 5), plain=lambda x: x**3)


# ---------------------------------------------------------------- stop_gradient


@ITEMS.wrong("normalised by stopped statistics", "detached", argument="x")
def _(rng):
    t = normal(rng, 6, 3)

    def body(x, stop):
        mean, std = stop(x.mean(0)), stop(x.std(0))
        return jnp.sum(((x - mean) / std) ** 3 * t)

    def f(x):
        return body(x, lax.stop_gradient)

    return dict(function=f, at=normal(rng, 6, 3), plain=lambda x: body(x, lambda s: s))


@ITEMS.wrong("attention with stopped scores", "detached", "missing-term", argument=("q", "k"))
def _(rng):
    def attend(q, k, v):
        p = lax.stop_gradient(jax.nn.softmax(q @ k.T / jnp.sqrt(4.0)))
        return jnp.sum(jnp.tanh(p @ v))

    def plain(q, k, v):
        return jnp.sum(jnp.tanh(jax.nn.softmax(q @ k.T / jnp.sqrt(4.0)) @ v))

    return dict(function=attend, at=tuple(normal(rng, 3, 4) for _ in range(3)), plain=plain)


@ITEMS.wrong("temporal difference with a stopped target", "detached", "missing-term", argument=("params['w']", "params['b']"))
def _(rng):
    s, s2, r = normal(rng, 8, 3), normal(rng, 8, 3), normal(rng, 8)

    def body(params, stop):
        value = jnp.tanh(s @ params["w"]) + params["b"]
        target = r + 0.9 * stop(jnp.tanh(s2 @ params["w"]) + params["b"])
        return jnp.mean((value - target) ** 2)

    def td(params):
        return body(params, lax.stop_gradient)

    return dict(function=td, at=({"w": normal(rng, 3), "b": normal(rng)},), plain=lambda params: body(params, lambda t: t))


@ITEMS.wrong("one of two branches stopped", "detached", "missing-term", "half-space", argument="x")
def _(rng):
    def f(x):
        return jnp.sum(jnp.where(x > 0, x**2, lax.stop_gradient(jnp.exp(x))))

    return dict(function=f, at=normal(rng, 9), plain=lambda x: jnp.sum(jnp.where(x > 0, x**2, jnp.exp(x))))


# ---------------------------------------------------------------- by hand, and second order


@ITEMS.wrong("gradient by hand, the penalty's 2 dropped", "factor", "missing-term", argument="w")
def _(rng):
    X, y = normal(rng, 12, 4), normal(rng, 12)

    def loss(w):
        return jnp.mean(jnp.log1p(jnp.exp(-y * (X @ w)))) + 0.1 * jnp.sum(w**2)

    def grad(w):
        s = jax.nn.sigmoid(-y * (X @ w))
        return -(X.T @ (y * s)) / len(y) + 0.1 * w

    return dict(function=loss, mine=grad, at=normal(rng, 4))


@ITEMS.wrong("log-determinant by hand, not transposed", "transposed", argument="A")
def _(rng):
    def f(A):
        return jnp.linalg.slogdet(A)[1]

    def grad(A):
        return jnp.linalg.inv(A)

    return dict(function=f, mine=grad, at=3 * jnp.eye(4) + normal(rng, 4, 4))


@ITEMS.wrong("squash with a stopped slope, twice differentiated", "second-order", "detached", argument="x")
def _(rng):
    def squash(x):
        return x / (1 + x**2)

    def backward(args, g):
        (x,) = args
        slope = lax.stop_gradient((1 - x**2) / (1 + x**2) ** 2)
        return (g * slope,)

    return dict(function=with_vjp(squash, backward), at=normal(rng, 5), order=2, plain=squash)


@ITEMS.wrong("custom_jvp with a stopped sigmoid, twice differentiated", "second-order", "detached", argument="x")
def _(rng):
    def rule(primals, tangents):
        (x,), (dx,) = primals, tangents
        return jax.nn.softplus(x), lax.stop_gradient(jax.nn.sigmoid(x)) * dx

    return dict(function=with_jvp(jax.nn.softplus, rule), at=normal(rng, 5), order=2, plain=jax.nn.softplus)
