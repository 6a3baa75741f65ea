"""Several results as one program: value, gradient, Hessian–vector product, each part that they share computed once.

Results are asked for by what they are of one function, `compiled(f, "w", "value, grad, hvp")`, or brought as answers
that were derived before, `compiled(value=f, grad=cr.grad(f, "w"))`. Each answer keeps its own seal.
"""

from __future__ import annotations

from ..compiling import compile_nodes
from ..core.dims import size_text
from ..core.errors import DeclarationError, UnknownNameError, did_you_mean
from ..core.node import Node, symbol
from ..syntax import Meaning
from . import objects
from .derive import derived, is_several, understood
from .options import brought
from .result import Result

DERIVATIVES = {
    "grad": lambda f, wrt, **options: derived(f, wrt, 1, **options),
    "jacobian": lambda f, wrt, **options: derived(f, wrt, 1, **options),
    "hessian": lambda f, wrt, **options: derived(f, wrt, 2, **options),
    "hvp": objects.hvp,
    "jvp": objects.jvp,
    "vjp": objects.vjp,
}
WANTED = ("value", *DERIVATIVES)


def compile(function=None, wrt=None, want="value, grad", *, backend="numpy", sizes=None, declare=None, seal=True, **more):
    """One program for several results: what they share, such as the residuals of a network, is computed once.

    `cr.compile("||X w - y||^2", "w", "value, grad, hvp")`, or results that were derived before:
    `cr.compile(value=f, grad=cr.grad(f, "w"), curvature=cr.hvp(f, "w"))`.

    Parameters
        function, declare: as for `derive`; shapes of a Python function by name.
        wrt: the variable, or several: "W, b".
        want: what is computed of the function: "value", "grad", "jacobian", "hessian", "hvp", "jvp", "vjp".
        backend: "numpy", "jax", "torch" or "c".
        sizes: the sizes that `source` is to be planned for, {"n": 100_000}.
        more: results by name, each a derivation, or a function whose value is meant.

    Returns
        A program: called with the variables by name, it returns a dict by what was wanted; of several variables
        "grad_W", "grad_b". `.source` is its text, `.given(X=X)` fixes data and computes what depends on them alone once,
        `.results` has the derivations with their seals.

    Raises
        what `derive` raises; UnknownNameError, DeclarationError: what is wanted is unknown, or does not belong together.
    """
    results = {n: f for n, f in more.items() if not callable(function) and (isinstance(f, Result | Meaning | str) or callable(f))}
    options = {n: x for n, x in more.items() if n not in results}
    function, declare, options = brought(function, declare, options, ("dialect",))
    return compiled(function, wrt, want, results, declare, options.get("dialect"), seal, backend, sizes)


def compiled(function, wrt, want, outputs: dict, declare, dialect, seal: bool, backend: str, sizes):
    """`compile`, with everything that it is told in its place; `outputs` are results by name."""
    found: dict = {}
    if function is not None:
        problem = understood(function, declare, dialect)
        for word in _words(want):
            found[word] = Value(problem) if word == "value" else _derived(word, problem, wrt, seal)
    known = {result.problem.text: result.problem for result in outputs.values() if isinstance(result, Result)}
    for name, output in outputs.items():
        if isinstance(output, Result):
            found[name] = output
        else:
            same = known.get(output) if isinstance(output, str) and declare is None else None
            output = brought(output, None, {})[0] if callable(output) and not isinstance(output, Meaning) else output
            found[name] = Value(same or understood(output, declare, dialect))
    if not found:
        raise DeclarationError(
            "nothing is asked for",
            given="compile()",
            expected="a function with what is wanted of it, or results by name",
            fix='compile(f, "w", "value, grad") or compile(value=f, grad=grad(f, "w"))',
        )
    nodes, parameters = _together(found)
    single = nodes[next(iter(nodes))] if len(nodes) == 1 else nodes
    program = compile_nodes(single, parameters, "compiled", backend, sizes)
    program.results = {name: result for name, result in found.items() if isinstance(result, Result)}
    return program


def _words(want) -> list[str]:
    words = want.replace(",", " ").split() if isinstance(want, str) else list(want)
    for word in words:
        if word not in WANTED:
            near = did_you_mean(str(word), WANTED)
            raise UnknownNameError(
                f"`{word}` is nothing that can be compiled",
                given=str(want),
                expected=", ".join(WANTED),
                fix=f"did you mean `{near}`?" if near else None,
            )
    return list(dict.fromkeys(words))


def _derived(word: str, problem, wrt, seal: bool) -> Result:
    if wrt is None:
        raise DeclarationError(
            f"`{word}` needs a variable",
            given=problem.echo,
            expected="one of " + ", ".join(f"`{v}`" for v in problem.variables),
            fix=f'compile(f, "{next(iter(problem.variables), "x")}", …)',
        )
    names = wrt if not is_several(wrt) else wrt.replace(",", " ").split() if isinstance(wrt, str) else list(wrt)
    return DERIVATIVES[word](problem, names[0] if is_several(wrt) and len(names) == 1 else names, seal=seal)


class Value:
    """A function as it is, beside its derivatives."""

    def __init__(self, problem):
        self.problem = problem
        self.parameters = [symbol(v.name, v.dims, v.facts) for v in problem.every.values()]

    def outputs(self) -> Node:
        return objects.started(self.problem, []).node


def _together(found: dict) -> tuple[dict[str, Node], list[str]]:
    """The nodes of all results by name, those of several variables as `grad_W`; and all parameters.

    Raises
        DeclarationError: two results know a variable by different shapes.
    """
    nodes: dict[str, Node] = {}
    parameters: dict[str, Node] = {}
    for name, result in found.items():
        own = result.outputs()
        nodes |= {name: own} if isinstance(own, Node) else {f"{name}_{key.replace(' ', '_')}": n for key, n in own.items()}
        for p in result.parameters:
            before = parameters.setdefault(p.name, p)
            if before.dims != p.dims:
                raise DeclarationError(
                    f"`{p.name}` has two shapes in what shall be compiled together",
                    given=f"{p.name}: {size_text(before.dims) or 'scalar'} and, for `{name}`, {size_text(p.dims) or 'scalar'}",
                    expected="results of one function, or the same declaration for all of them",
                    fix='compile(f, "w", "value, grad, hessian") reads the function once',
                )
    return nodes, list(parameters.values())
