"""What-ifs on JAX functions: parameters that hold other arrays, operations that are exchanged, an input that is standardised.

A change of an operation takes (what runs there, its inputs, its name) and gives the same three for the changed program, and a key
by which it may share a compiled backward rule: None.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...ops.declare import Elementwise, lookup
from .changes import EPSILON, SEED, NotPossible, kept_within


def _redrawn(jax, w, deviation):
    return jax.numpy.asarray(deviation * np.random.default_rng(SEED).normal(size=w.shape), w.dtype)


def _moved(jax, w, share):
    """Every entry changed, each by another amount, so that symmetric changes do not cancel."""
    size = float(abs(w).max()) if w.size else 1.0
    drawn = np.random.default_rng(SEED + 1).uniform(0.5, 1.5, size=w.shape)
    return w + jax.numpy.asarray(share * (size or 1.0) * drawn, w.dtype)


WEIGHTS = {
    "scale": lambda jax, w, factor: (w * factor).astype(w.dtype),
    "redraw": _redrawn,
    "zero": lambda jax, w, _: jax.numpy.zeros_like(w),
    "move": _moved,
}


def _activation(jax, name, _):
    other = _jax_function(jax, name)

    def change(run, cells, old):
        at = next((k for k, c in enumerate(cells) if c.depends), 0)
        return (lambda *xs: other(xs[at])), cells, name, None

    return change


def _after(alter):
    """A change of the result of an operation."""

    def of(jax, value, _):
        def change(run, cells, name):
            many = getattr(run, "many", False)

            def run_and_alter(*xs):
                found = run(*xs)
                return [alter(jax, found[0], xs), *found[1:]] if many else alter(jax, found, xs)

            run_and_alter.many = many
            return run_and_alter, cells, name, None

        return change

    return of


def _normal(jax, y, xs):
    if y.ndim < 2:
        raise NotPossible("one number for each sample")
    axes = tuple(range(1, y.ndim)) if y.ndim != 3 else (2,)
    centred = y - y.mean(axes, keepdims=True)
    return centred / jax.numpy.sqrt((centred**2).mean(axes, keepdims=True) + EPSILON)


def _added(jax, y, xs):
    for x in xs:
        if x.shape == y.shape and x.dtype == y.dtype:
            return y + x
    raise NotPossible("shapes differ")


def _clamped(jax, least, operation):
    jnp = jax.numpy
    op = lookup(operation or "")

    def change(run, cells, name):
        k = 1 if name == "div" else next((k for k, c in enumerate(cells) if c.depends), 0)

        def clamped(*xs):
            xs, x = list(xs), xs[k]
            if name == "div":
                xs[k] = jnp.where(abs(x) < least, jnp.asarray(least, x.dtype), x)
            else:
                bound, end = kept_within(op, least, x.dtype == jnp.float16)
                xs[k] = getattr(jnp, bound)(x, jnp.asarray(end, x.dtype))
            return run(*xs)

        clamped.many = getattr(run, "many", False)
        return clamped, cells, name, None

    return change


def _attached(jax, _, operation):
    if operation != "stop_gradient":
        raise NotPossible("only what was cut by hand can be attached")
    return lambda run, cells, name: ((lambda x: x), cells, "attached", None)


EDITS = {"activation": _activation, "normalise": _after(_normal), "residual": _after(_added), "clamp": _clamped, "attach": _attached}


def _jax_function(jax, name) -> Callable:
    """The function of JAX that an operation of ops is, by the template in its declaration: jax.nn.relu({0})."""
    op = lookup(name)
    path, bracket, rest = (op.jax or "").partition("({0}") if isinstance(op, Elementwise) else ("", "", "")
    if not bracket or not all(part.isidentifier() for part in path.split(".")):
        raise NotPossible(name)
    found = {"jnp": jax.numpy, "jax": jax}[path.split(".")[0]]
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def standardised(jax, x):
    if not jax.numpy.issubdtype(x.dtype, jax.numpy.floating) or x.ndim < 2 or x.shape[0] < 2:
        raise NotPossible("the input has no samples")
    deviation = x.std(0, keepdims=True)
    return (x - x.mean(0, keepdims=True)) / jax.numpy.where(deviation > 0, deviation, 1)
