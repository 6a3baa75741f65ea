"""A jaxpr, read equation by equation into tensors."""

from __future__ import annotations

import ast

import numpy as np

from ...core.dims import Dim, dim
from ...core.errors import ChainruleError, NoRuleError, ShapeError
from . import jax_primitives, jax_shapes  # noqa: F401  (they fill the table)
from . import tensors as T
from .jax_calls import REFUSED
from .jax_library import LIBRARY, matched, templates
from .jax_table import PRIMITIVES, called, inner_of, of_jax
from ..framework import own, refused, shown
from .outside import Outside, outside
from .positions import Positions
from .shifts import Shifts
from .tensors import Tensor


class Reader:
    """Turns the equations of a jaxpr into tensors."""

    def __init__(self, jax, name: str, shifts: Shifts):
        self.jax, self.name, self.shifts = jax, name, shifts
        self.notes: dict[str, None] = {}
        self.single = False  # whether the function itself rounds to single precision somewhere
        self.makers: dict = {}  # of each jaxpr: which equation makes a variable
        self.made: dict = {}  # equal comparisons are one object, so that a choice below a choice is seen

    def run(self, jaxpr, consts, arguments: list) -> list:
        """The outputs of a jaxpr at `arguments`; equations whose results nothing needs are left out."""
        env: dict = dict(zip(jaxpr.constvars, [self.constant(c) for c in consts]))
        env.update(zip(jaxpr.invars, arguments))
        for eqn in self.needed(jaxpr):
            spelled = self.spelled_out(jaxpr, eqn)
            inputs = [self.read(env, atom) for atom in ([spelled[1]] if spelled else eqn.invars)]
            try:
                found = [T.elementwise(spelled[0], self.tensor(*inputs))] if spelled else self.equation(eqn, inputs)
            except ChainruleError as error:
                raise self.at(error, eqn) from None
            env.update(zip(eqn.outvars, found))
        return [self.read(env, atom) for atom in jaxpr.outvars]

    def needed(self, jaxpr) -> list:
        """The equations that the outputs need; nothing is needed of what stop_gradient holds."""
        wanted = {atom for atom in jaxpr.outvars if not hasattr(atom, "val")}
        found = []
        for eqn in reversed(jaxpr.eqns):
            if not wanted.intersection(eqn.outvars):
                continue
            found.append(eqn)
            if eqn.primitive.name != "stop_gradient":
                wanted.update(atom for atom in eqn.invars if not hasattr(atom, "val"))
        return found[::-1]

    def spelled_out(self, jaxpr, eqn):
        """(operation, argument) where an equation is the last of those that a function of JAX is spelled in, else None."""
        for name, template in templates(self.jax):
            if eqn.primitive is template.eqns[-1].primitive:
                makers = self.makers.setdefault(id(jaxpr), {v: e for e in jaxpr.eqns for v in e.outvars})
                argument = matched(makers, eqn, template)
                if argument is not None:
                    return name, argument
        return None

    def read(self, env: dict, atom):
        if hasattr(atom, "val"):
            return self.constant(atom.val)
        return env.get(atom)  # None: what only stop_gradient needs

    def constant(self, value):
        """A number, or an array whose entries are all equal; others have no formula."""
        dtype = getattr(value, "dtype", None)
        if dtype is not None and self.jax.dtypes.issubdtype(dtype, self.jax.dtypes.extended):
            return None  # the key of a random generator: refused by what uses it
        return outside(np.asarray(value))

    def equation(self, eqn, inputs: list) -> list:
        library = self.library(eqn)
        if library is not None:
            return library(self, eqn, *[self.tensor(x) for x in inputs])
        primitive = PRIMITIVES.get(eqn.primitive.name)
        if primitive is None:
            raise refused(f"`{eqn.primitive.name}`", REFUSED.get(eqn.primitive.name))
        if any(isinstance(x, Outside) for x in inputs):
            shape = next(x.shape for x in inputs if isinstance(x, Outside))
            raise NoRuleError(
                "an array from outside the function is used", given=f"an array of shape {shape}",
                expected="numbers and parameters", fix="make it a parameter of the function",
            )  # fmt: skip
        found = primitive(self, eqn, *inputs)
        return found if isinstance(found, list) else [found]

    def library(self, eqn):
        """The builder for a call of a function of JAX itself, or None."""
        inner = inner_of(eqn)
        if inner is None or not of_jax(inner):
            return None
        return LIBRARY.get(eqn.params.get("name") or called(inner))

    def at(self, error: ChainruleError, eqn) -> ChainruleError:
        """The error with the line of the person's code that the equation came from."""
        frames = eqn.source_info.traceback.frames if eqn.source_info.traceback else []
        frame = next((f for f in frames if own(f.file_name)), None)
        if frame is not None and not getattr(error, "located", False):
            where = shown(frame.file_name, frame.line_num, frame.function_name)
            error.given = f"{error.given}\n{where}" if error.given else where
            error.located = True
        return error

    # ---------------------------------------------------------------- values

    def tensor(self, value) -> Tensor:
        return value.tensor() if isinstance(value, Positions) else value

    def solid(self, value) -> Tensor:
        if isinstance(value, Outside) or value is None:
            raise NoRuleError(
                f"the value of `{self.name}` depends on no parameter", given="a constant array",
                expected="a function of its parameters",
            )
        return self.tensor(value)

    def size(self, value) -> Dim:
        """A size of JAX, a number or an expression such as d*n - 1, as a Dim."""
        if isinstance(value, (int, np.integer)):
            return dim(int(value))
        text = str(value)
        try:
            return polynomial(ast.parse(text.replace("^", "**"), mode="eval").body)
        except (SyntaxError, ValueError):
            raise ShapeError(
                "a size is no polynomial of the sizes given", given=text, expected="sums and products of sizes",
                fix="give that size as a number",
            ) from None  # fmt: skip

    def sizes(self, values) -> tuple:
        return tuple([T.unit(self.size(v)) for v in values])


def polynomial(tree) -> Dim:
    if isinstance(tree, ast.Name):
        return dim(tree.id)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int):
        return dim(tree.value)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return polynomial(tree.operand) * -1
    if isinstance(tree, ast.BinOp):
        left, right = polynomial(tree.left), polynomial(tree.right)
        if isinstance(tree.op, ast.Add):
            return left + right
        if isinstance(tree.op, ast.Sub):
            return left - right
        if isinstance(tree.op, ast.Mult):
            return left * right
        if isinstance(tree.op, ast.Pow) and right.value is not None:
            found = dim(1)
            for _ in range(right.value):
                found = found * left
            return found
    raise ValueError(ast.dump(tree))
