"""What every result has, a derivation and an answer alike: a program, its source, a block of text, a notebook's display.

A subclass says what it consists of: `outputs` and `parameters` for the program, `rows` for the text, `latex_lines`
for LaTeX.
"""

from __future__ import annotations

from ..compiling import checked_sizes, compile_for
from ..core.errors import BackendError, DeclarationError
from ..core.lazy import lazy
from ..core.node import Node
from .faces import latex_with_names
from .terminal import block, row

LONGEST_ECHO = 80  # characters of a function within an error
CHEAPER = {  # (order, whether the function has axes) → what forms no such array
    (2, False): "hvp(…, {wrt!r}) multiplies by it and does not form it; compile(structured=True) keeps its structure; ",
    (1, True): "jvp(…, {wrt!r}) and vjp(…, {wrt!r}) multiply by it and do not form it; ",
}

checked = lazy(__package__, ".checked")
over_rows = lazy(__package__, "..compiling.rows")
with_backward = lazy(__package__, ".differentiable")


class Result:
    """Something that was found of a function, and the evidence that it is right.

    Attributes
        kind: what it is: "derivative", "jvp", "taylor" …
        problem: the function as read: its text, echo, variables with shapes and facts, notes.
        layout: "column" or "row".
        names: the user's names of intermediates, by node.
        notes: what a reader should know: readings taken, why a result is zero.
        seal: the evidence that the result is right, or None if it was not checked.
    """

    def __init__(self, kind: str, problem, layout: str, names: dict[Node, str] | None = None):
        self.kind, self.problem, self.layout = kind, problem, layout
        self.names: dict[Node, str] = names or {}
        self.notes: list[str] = list(problem.notes)
        self.seal = None
        self._programs: dict = {}

    @property
    def verified(self) -> bool:
        return self.seal is not None and self.seal.ok

    def compile(self, backend: str = "numpy", sizes: dict[str, int] | None = None, structured: bool = False):
        """A fast callable f(A=…, x=…, v=…), by the names of the variables or in their order.

        Parameters
            backend: "numpy", "jax", "torch" or "c".
            sizes: the sizes that `source` is to be planned for, {"n": 100_000}; a call with large arguments plans for those.
            structured: of Hessians in one variable: an operator that keeps its structure, in place of an array.

        Returns
            An array of the shape of the result, for a derivative function + variable (+ variable …); where there are
            several results, a dict of arrays by name.

        Raises
            BackendError: no such backend, or a structured program of another than NumPy.
            DeclarationError: `sizes` are none, or what has no structure shall keep it.
        """
        if structured:
            first = self.wrt if isinstance(self.wrt, str) else self.wrt[0]
            raise (DeclarationError if backend == "numpy" else BackendError)(
                "only the Hessian of a number, in one variable, can be had with its structure, in NumPy",
                given=f"{self.kind} of {self.problem.echo}, compile({backend!r}, structured=True)",
                expected="a derivative of order 2 of a scalar function in one variable",
                fix=f"hessian(…, {first!r}).compile(structured=True)",
            )
        key = backend, tuple(sorted(checked_sizes(sizes).items()))
        if key not in self._programs:
            name = self.kind if self.kind.isidentifier() else "result"
            program = self._programs[key] = compile_for(sizes, self.outputs(), self.parameters, name, backend)
            program.title, program.instead = self.refusal()
        return self._programs[key]

    def refusal(self) -> tuple[str, str]:
        """(what it is, what to do instead) where the arrays of its program have no place in memory."""
        wrt, echo = self.wrt if isinstance(self.wrt, str) else ", ".join(self.wrt), self.problem.echo
        title = f"{self.symbol} of {echo if len(echo) <= LONGEST_ECHO else 'the function'}"
        order = getattr(self, "order", 1) if self.kind != "taylor" else 1
        cheaper = CHEAPER.get((order, bool(self.problem.dims)), "")
        return title, f"{cheaper.format(wrt=wrt)}forecast(…, {wrt!r}{f', order={order}' if order != 2 else ''}) has the figures"

    def stream(self, rows: str | None = None, block: int | None = None, progress: bool | None = None, out=None):
        """The result for data that fit into no memory: called as a program, it reads the rows of memmaps block by block.

        `chainrule.stream` says what the parameters are.
        """
        return over_rows.stream(self.compile(), rows, block, progress, out)

    def shard(self, rows: str | None = None, mesh=None, axis: str = "data"):
        """The result on many devices or machines, each with some of the rows, by JAX; `chainrule.shard` has the parameters."""
        return over_rows.shard(self.compile("jax"), rows, mesh, axis)

    def code(self, backend: str = "numpy") -> str:
        """The source of `compile(backend)` as a file that stands by itself.

        Run as a script, it checks itself where the result is a derivative of order 1 to 3, or one applied to a
        direction: at random points, against central differences of the function, which stands beside it as `value`.
        """
        return checked.file_of(self, backend)

    def differentiable(self, backend: str):
        """The function itself, of PyTorch or JAX, whose backward pass is the derived one.

        Its gradient in the variables of the derivation is computed by the code that was derived, from what the forward
        pass saved, and so is the gradient of that; autograd, `torch.func`, `jax.grad`, `jax.vmap` take it as it is.

        Returns
            A callable of the variables, by name or in order of appearance; `source` has its two passes.

        Raises
            BackendError: the backend is neither "torch" nor "jax".
            DeclarationError: a size is that of no argument; when called, a derivative is asked for in another variable.
        """
        key = "differentiable", backend
        if key not in self._programs:
            wrt = [self.wrt] if isinstance(self.wrt, str) else list(self.wrt)
            self._programs[key] = with_backward.differentiable(self.problem, wrt, backend)
        return self._programs[key]

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {latex_with_names(self)} $$"}
