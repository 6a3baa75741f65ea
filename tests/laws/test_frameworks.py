"""What we say that JAX and PyTorch return is what they return: at every break, every end of a domain, and beside them.

The operation runs as its declaration spells it (`jax=`, `torch=`); the cotangents 1, 0 and ∞ tell a rule that selects
from one that multiplies.
"""

import warnings

import numpy as np
import pytest

from chainrule.ops.declare import REAL, elementwise_ops
from chainrule.ops.frameworks import JAX, TORCH, backward

COTANGENTS = (1.0, 0.0, np.inf)
SEVERAL = {2: ((1.0, 1.0), (0.0, 0.0), (0.0, 2.0), (2.0, 1.0), (-1.0, 2.0)), 3: ((1.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 2.0, 3.0), (2.0, 0.0, 2.0))}  # fmt: skip
OUTSIDE = {"celu": {(0.0, 0.0)}, "softshrink": {(0.0, 0.0)}, "hardshrink": {(0.0, 0.0)}}  # a > 0 there


def points(op):
    """Arguments at which the operation breaks or its domain ends, and some beside them."""
    if op.arity > 1:
        return [p for p in SEVERAL[op.arity] if p not in OUTSIDE.get(op.name, ())]
    ends = [e for e in (op.domain.low, op.domain.high) if np.isfinite(e) and float(e).is_integer()]
    found = dict.fromkeys([(float(p),) for p in (*op.breaks, *ends)])
    return [*found, *[(x,) for x in (0.5, 1.5, -0.5) if op.domain.contains(x)]]


def broken():
    for op in elementwise_ops():
        ended = op.domain != REAL if op.arity == 1 else any(d != REAL for d in op.domain)
        if (op.breaks or op.margin is not None or ended or op.name == "where") and op.derivative is not None:
            for point in points(op):
                yield pytest.param(op, point, id=f"{op.name}{point}")


def spelled(template: str, arity: int, **modules):
    names = [f"a{k}" for k in range(arity)]
    return eval(f"lambda {', '.join(names)}: ({template.format(*names)}) * 1.0", modules)


def as_jax(op, point, cotangent):
    import jax  # here, because it takes seconds to load

    jax.config.update("jax_enable_x64", True)
    function = spelled(op.jax, op.arity, jax=jax, jnp=jax.numpy)
    y, pull = jax.vjp(function, *[jax.numpy.asarray(a) for a in point])
    return [float(g) for g in pull(jax.numpy.asarray(cotangent))]


def as_torch(op, point, cotangent):
    import torch

    template = op.torch if op.name != "where" else op.torch.replace("{0}", "{0} != 0")
    function = spelled(template, op.arity, torch=torch)
    args = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in point]
    y = function(*args)
    if not y.requires_grad:
        return [0.0] * op.arity
    found = torch.autograd.grad(y, args, torch.tensor(cotangent, dtype=torch.float64), allow_unused=True)
    return [0.0 if g is None else float(g) for g in found]


@pytest.mark.parametrize("framework, run", [(JAX, as_jax), (TORCH, as_torch)], ids=(JAX, TORCH))
@pytest.mark.parametrize("op, point", list(broken()))
def test_a_backward_rule_gives_what_the_framework_gives(op, point, framework, run):
    arrays = [np.asarray(a) for a in point]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = op.evaluate(*arrays)
        for cotangent in COTANGENTS:
            ours = [float(g) for g in backward(op, framework, np.asarray(cotangent), y, *arrays)]
            theirs = run(op, point, cotangent)
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-14, err_msg=f"cotangent {cotangent}")
