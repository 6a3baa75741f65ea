"""Mistakes of calculus: the function is read as a formula, and its derivative with one rule broken is the claim.

The person's function is brought as `derive` brings it, where that is possible; the arguments that it shares with the subject
have their values, everything else is read from the code.
"""

from __future__ import annotations

import inspect

from time import process_time

import numpy as np

from ...core.errors import ChainruleError
from ...derivation.bring import traced
from ...syntax.jax_in import from_jax
from ...syntax.torch_in import from_torch
from ..formulas.slips import Slip, slips
from .evidence import Block, Evidence, differs, near

MOST = 600  # slips that are tried
SECONDS = 2.0  # of this process, for one argument
LARGEST = 4000  # entries of a derivative


class Calculus:
    """The slips of one function, for each of its arguments."""

    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.problem = read(evidence)

    def slip(self, block: Block) -> Slip | None:
        """The first slip that is the claim at every point, or None."""
        if self.problem is None or not block.whole or self.evidence.rows is not None:
            return None
        began = process_time()
        with np.errstate(all="ignore"):
            try:
                for k, slip in enumerate(slips(self.problem, block.name)):
                    if k >= MOST or process_time() - began > SECONDS:
                        break
                    if self.explains(slip, block):
                        return slip
            except ChainruleError:
                return None
        return None

    def explains(self, slip: Slip, block: Block) -> bool:
        told = False
        for point, pair in zip(self.evidence.points, block.pairs()):
            try:
                value = np.asarray(slip.value(self.values(point)), float)
            except (ChainruleError, ValueError, np.linalg.LinAlgError, ArithmeticError):
                return False
            if value.size != pair.C.size or not near(pair.C, value.reshape(pair.C.shape), pair.tol).all():
                return False
            told = told or differs(pair.C, pair.T, pair.tol)
        return told

    def values(self, point) -> dict[str, np.ndarray]:
        """The arguments at a point; the same object for the same point, by which slips remember their sweep."""
        held = self.__dict__.setdefault("_values", {})
        if id(point) not in held:
            held[id(point)] = {a.name: point.x[span].reshape(a.shape) for a, span in self.evidence.subject.spans()}
        return held[id(point)]


def read(evidence: Evidence):
    """The function as a problem, or None where it cannot be read or is too large."""
    subject = evidence.subject
    shapes = {a.name: np.ones(a.shape) for a in subject.arguments}
    size = sum(a.size for a in subject.arguments) * sum(o.size for o in subject.outputs)
    if (
        subject.kind == "hessian"
        or subject.order == 2
        or size > LARGEST
        or not all(name.isidentifier() for name in shapes)
        or subject.call_f is None
    ):
        return None
    try:
        if subject.framework == "numpy":
            return traced(subject.call_f, None, shapes)
        shapes = {name: value.shape for name, value in shapes.items()}
        if subject.framework == "jax":
            return brought_by_jax(subject.call_f, shapes)
        return from_torch(without_context(subject.call_f, list(shapes)), **shapes)
    except ChainruleError:
        return None
    except Exception:  # the person's function, run on stand-ins that it was not made for
        return None


def without_context(function, names: list[str]):
    """The forward of a custom Function as a function of its arrays: what its context keeps is of no concern here."""
    given = list(inspect.signature(function).parameters)
    if len(given) != len(names) + 1 or given[1:] != names:
        return function

    def made(*arrays, **named):
        return function(Context(), *arrays, **named)

    made.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])
    made.__name__ = function.__name__
    return made


class Context:
    """Stands for the context of an `autograd.Function`: anything may be kept in it."""

    def __getattr__(self, name: str):
        return lambda *given, **named: None


def brought_by_jax(function, shapes: dict):
    """A JAX function as a problem. What JAX compiled meanwhile, in float64, is forgotten: in programs of float32 it would
    be taken up again for NumPy arrays in sight (jax 0.10), and fail.
    """
    import jax

    try:
        return from_jax(function, **shapes)
    finally:
        if not jax.config.jax_enable_x64:
            jax.clear_caches()
