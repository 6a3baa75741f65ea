"""Primitives of JAX that call other jaxprs: functions, loops, branches; and what to write for those that are not read."""

from __future__ import annotations

from . import masks as M
from . import shaping as S
from ..framework import refused
from .positions import Positions
from .jax_table import LONGEST_LOOP, called, inner_of, of_jax, primitive


@primitive("custom_jvp_call", "custom_vjp_call")
def custom(reader, eqn, *args):
    """A function with a derivative of its own, which is not used: what is derived is the function."""
    if not of_jax(inner_of(eqn)):
        note = f"{called(inner_of(eqn))} has a derivative of its own in JAX, which is not used: what is derived is the function"
        reader.notes[note] = None
    return call(reader, eqn, *args)


@primitive("jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint")
def call(reader, eqn, *args):
    inner = inner_of(eqn)
    return reader.run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), list(args))


@primitive("scan")
def scan(reader, eqn, *args):
    """A loop of known length, written out turn by turn."""
    p = eqn.params
    length = reader.size(p["length"])
    if length.value is None or length.value > LONGEST_LOOP:
        raise refused(
            f"a loop of {length} turns", f"operations on whole arrays, or a number of turns up to {LONGEST_LOOP}"
        )
    consts, carry = list(args[: p["num_consts"]]), list(args[p["num_consts"] : p["num_consts"] + p["num_carry"]])
    over = [reader.tensor(x) for x in args[p["num_consts"] + p["num_carry"] :]]
    turns: list = [None] * length.value
    for k in reversed(range(length.value)) if p["reverse"] else range(length.value):
        found = reader.run(p["jaxpr"].jaxpr, p["jaxpr"].consts, [*consts, *carry, *[S.picked(x, 0, k) for x in over]])
        carry, turns[k] = found[: p["num_carry"]], found[p["num_carry"] :]
    results = [[reader.tensor(x) for x in each] for each in zip(*turns)]
    return [*carry, *[S.joined([S.widened(x, 0) for x in each], 0) for each in results]]


@primitive("cond")
def cond(reader, eqn, which, *args):
    """Both branches, and the choice between them."""
    branches = eqn.params["branches"]
    number = which.number if isinstance(which, Positions) else which.number if which is not None else None
    if number is not None:
        chosen = branches[int(number)]
        return reader.run(chosen.jaxpr, chosen.consts, list(args))
    if len(branches) != 2:
        raise refused("a choice among more than two", "jnp.where(condition, a, b) chooses between two")
    no, yes = [[reader.tensor(x) for x in reader.run(b.jaxpr, b.consts, list(args))] for b in branches]
    return [M.chosen(reader.tensor(which), a, b) for a, b in zip(yes, no)]


INSTEAD = {  # what to write → the primitives in whose place
    "jax.lax.fori_loop with numbers for its ends, or operations on whole arrays": "while",
    "jax.nn.softmax(x) is its smooth version": "argmax argmin",
    "jnp.max and jnp.sum need no order": "sort top_k",
    "it has no derivative": "floor ceil round rem nextafter",
    "draw the noise outside, and make it a parameter: eps": """random_bits random_wrap random_unwrap random_seed
        threefry2x32 erf_inv""",
    "jnp.linalg.solve, inv, det and slogdet are known": "lu custom_linear_solve",
    "jnp.linalg.slogdet(S)[1] and jnp.linalg.solve(S, b) need no factor": "cholesky triangular_solve",
    "jnp.linalg.solve(X.T @ X, X.T @ y) solves least squares": "qr",
    "jnp.linalg.norm and slogdet need none": "svd",
    "jnp.trace and slogdet are the sums of eigenvalues and their logarithms": "eigh eig",
    "jnp.where(mask, a, b) replaces entries": "scatter scatter-add scatter_add dynamic_update_slice",
    "a matrix with the kernel in its rows: K @ x": "conv_general_dilated",
    "x @ J with the exchange matrix J as a parameter": "rev",
    "leave it out: what it does is no part of the value": "debug_callback io_callback",
    "a function of jax.numpy": "pure_callback",
    "jnp.exp(jnp.cumsum(jnp.log(x))) where the entries are positive": "cumprod",
    "jnp.max(x)": "cummax cummin",
    "jnp.log(jnp.cumsum(jnp.exp(x)))": "cumlogsumexp",
}
REFUSED = {name: instead for instead, names in INSTEAD.items() for name in names.split()}
