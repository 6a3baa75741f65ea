"""Functions of JAX that are taken as what they are, and not as the primitives that JAX spells them in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from . import masks as M
from . import reductions as R
from . import shaping as S
from . import tensors as T
from .jax_calls import call
from .jax_table import double


def entrywise(name: str) -> Callable:
    return lambda reader, eqn, *args: [T.elementwise(name, *args)]


def with_slope(name: str) -> Callable:
    """leaky_relu and elu: their slope is the number that JAX's spelling of them multiplies by."""

    def build(reader, eqn, x):
        products = [e for e in eqn.params["jaxpr"].jaxpr.eqns if e.primitive.name == "mul"]
        slope = next((atom.val for e in products for atom in e.invars if hasattr(atom, "val")), None)
        return call(reader, eqn, x) if slope is None else [T.elementwise(name, x, T.number(slope))]

    return build


def logaddexp(reader, eqn, a, b):
    if b.number == 0:
        return [T.elementwise("softplus", a)]
    return [T.logarithm(T.plus((1, M.exponential(a)), (1, M.exponential(b))))]


LIBRARY: dict[str, Callable] = {
    "inv": lambda reader, eqn, a: [R.square_function("inverse", a)],
    "det": lambda reader, eqn, a: [R.square_function("det", a)],
    "slogdet": lambda reader, eqn, a: [None, R.square_function("logdet", a)],
    "solve": lambda reader, eqn, a, b: [R.matmul(R.square_function("inverse", a), b)],
    "diagonal": lambda reader, eqn, a: [S.diagonal(a)],
    "xlogy": lambda reader, eqn, a, b: [T.product((a, 1), (T.logarithm(b), 1))],
    "logaddexp": logaddexp, "leaky_relu": with_slope("leaky_relu"), "elu": with_slope("elu"),
    "log_sigmoid": entrywise("logsigmoid"), "soft_sign": entrywise("softsign"), "hard_tanh": entrywise("hardtanh"),
    **{name: entrywise(name) for name in ("softplus", "relu", "silu", "relu6", "selu", "mish", "hypot")},
}  # fmt: skip


@lru_cache(maxsize=1)
def templates(jax) -> list:
    """Activations that JAX spells out where they are called, with the jaxpr that it spells them in."""
    found = []
    with double(jax):
        x = jax.ShapeDtypeStruct((3,), np.float64)
        for name, function in (
            ("gelu_tanh", jax.nn.gelu),
            ("gelu", lambda x: jax.nn.gelu(x, approximate=False)),
        ):
            jaxpr = jax.make_jaxpr(function)(x).jaxpr
            found.append((name, without_copies(jaxpr)))
    return found


def without_copies(jaxpr):
    """A jaxpr whose last equation is no copy."""
    while jaxpr.eqns[-1].primitive.name == "copy":
        jaxpr = jaxpr.replace(eqns=jaxpr.eqns[:-1], outvars=jaxpr.eqns[-1].invars)
    return jaxpr


def matched(makers: dict, eqn, template):
    """What the one argument of `template` is, if `eqn` and those that lead to it are the template's; else None."""
    (argument,), bound = template.invars, None
    theirs = {v: e for e in template.eqns for v in e.outvars}
    stack = [(eqn, template.eqns[-1])]
    while stack:
        mine, wanted = stack.pop()
        if mine is None or mine.primitive is not wanted.primitive or len(mine.invars) != len(wanted.invars):
            return None
        if any(mine.params.get(k) != v for k, v in wanted.params.items() if isinstance(v, (int, bool))):
            return None
        for atom, expected in zip(mine.invars, wanted.invars):
            if hasattr(expected, "val"):
                if not hasattr(atom, "val") or atom.val != expected.val:
                    return None
            elif expected is argument:
                if hasattr(atom, "val") or bound not in (None, atom):
                    return None
                bound = atom
            else:
                stack.append((None if hasattr(atom, "val") else makers.get(atom), theirs[expected]))
    return bound
