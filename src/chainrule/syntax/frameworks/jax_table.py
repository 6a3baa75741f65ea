"""The table of the primitives of JAX: name → builder (reader, equation, inputs) → tensor, or a list of them.

The files that fill it: jax_primitives (entry by entry, contractions), jax_shapes, jax_calls.
"""

from __future__ import annotations

from collections.abc import Callable

from ...core.errors import NoRuleError

LONGEST_LOOP = 64  # turns of a loop that are written out

PRIMITIVES: dict[str, Callable] = {}


def primitive(*names: str):
    def enter(function):
        for name in names:
            PRIMITIVES[name] = function
        return function

    return enter


def inner_of(eqn):
    """The jaxpr that an equation calls, or None."""
    return eqn.params.get("jaxpr") or eqn.params.get("call_jaxpr") or eqn.params.get("fun_jaxpr")


def origin(inner) -> str:
    """Which function a jaxpr was traced from: "inv at …/jax/_src/numpy/linalg.py:1092"."""
    info = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    return str(getattr(info, "func_src_info", "")).replace("\\", "/")


def of_jax(inner) -> bool:
    """Whether a jaxpr is that of a function of JAX itself."""
    return "/jax/_src/" in origin(inner)


def called(inner) -> str:
    """The name of the function that a jaxpr was traced from."""
    name = origin(inner).partition(" at ")[0]
    return name if name.isidentifier() else "a function"


def labels(name: str, given: str) -> NoRuleError:
    return NoRuleError(
        f"`{name}` takes entries at places that an array holds", given=given,
        expected="places that are numbers, or labels as 0 and 1",
        fix='with labels one-hot, Y="n k onehot", jnp.sum(Y * log_p, axis=1) takes the same entries',
    )  # fmt: skip


def double(jax):
    """A context in which JAX computes in float64; what is set outside stays."""
    return jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()
