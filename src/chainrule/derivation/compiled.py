"""Several results as one program: value, gradient, Hessian–vector product, each part that they share computed once.

Results are asked for by what they are of one function, `compile(f, "w", "value, grad, hvp")`, or brought as answers
that were derived before, `compile(value=f, grad=cr.grad(f, "w"))`. Each answer keeps its own seal.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from ..compiling import compile_for
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
OPTIONS = ("want", "backend", "sizes", "declare", "dialect", "seal")


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
        more: results by name, each a derivation, or a function whose value is meant; shapes of Python functions by name.

    Returns
        A program: called with the variables by name, it returns a dict by what was wanted; of several variables
        "grad_W", "grad_b". `.source` is its text, `.given(X=X)` fixes data and computes what depends on them alone once,
        `.results` has the derivations with their seals.

    Raises
        what `derive` raises; UnknownNameError, DeclarationError: what is wanted is unknown, or does not belong together.
    """
    shapes = {n for f in more.values() if callable(f) and not isinstance(f, Result | Meaning) for n in _parameters(f)}
    named = {n: f for n, f in more.items() if n != "dialect" and n not in shapes and not callable(function)}
    results = {n: f for n, f in named.items() if isinstance(f, Result | Meaning | str) or callable(f)}
    options = {n: x for n, x in more.items() if n not in results and (n not in shapes or callable(function))}
    _refuse_misspelt(results)
    function, declare, options = brought(function, declare, options, ("dialect",))
    results = {n: _brought(f, {x: more[x] for x in shapes & more.keys()}) for n, f in results.items()}
    return compiled(function, wrt, want, results, declare, options.get("dialect"), seal, backend, sizes)


def _brought(output, shapes: dict):
    """A result as it was derived or written; a Python function traced, its shapes those of its own parameters."""
    if not callable(output) or isinstance(output, Result | Meaning):
        return output
    return brought(output, None, {n: said for n, said in shapes.items() if n in _parameters(output)})[0]


def _parameters(function) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _refuse_misspelt(results: dict) -> None:
    """Raises DeclarationError: the name of a text is nearly that of an option, and its text no formula but a choice."""
    for name, output in results.items():
        near = did_you_mean(name, OPTIONS) if isinstance(output, str) else None
        if near:
            raise DeclarationError(
                f"there is no option `{name}`",
                given=f"{name}={output!r}",
                expected=", ".join(OPTIONS) + "; or results by name",
                fix=f"did you mean `{near}`? A result is better called otherwise",
            )


def compiled(
    function, wrt, want, outputs=None, declare=None, dialect=None, seal: bool = True, backend: str = "numpy", sizes=None
):
    """`compile`, with everything that it is told in its place; `outputs` are results by name."""
    outputs = outputs or {}
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
    program = compile_for(sizes, single, parameters, "compiled", backend)
    program.results = {name: result for name, result in found.items() if isinstance(result, Result)}
    if program.results:
        program.title, program.instead = max(program.results.values(), key=lambda r: getattr(r, "order", 0)).refusal()
    return program


def _words(want) -> list[str]:
    if not isinstance(want, Iterable):
        raise DeclarationError(
            "what is wanted is told in words", given=f"want={want!r}", expected=", ".join(WANTED), fix='want="value, grad"'
        )
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
