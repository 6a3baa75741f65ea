"""The parameters of a function of a framework, and what is declared of them: a tree of variables for each.

A parameter may be an array, or a dict, list or tuple of arrays as JAX's programs pass their weights: {"W": …, "b": …}.
The variables of a dict are called by its keys where no two are alike, else by parameter and key (params_W).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence

from ..core.dims import Dim
from ..core.errors import DeclarationError, did_you_mean
from .declare import FACT_KEYS, SHAPE_KEYS, Declared, declarations
from .meaning import Variable
from .names import normal


class Leaf(str):
    """A place in a tree of parameters that holds the variable of this name."""


class Parameters:
    """`trees`: parameter name → Leaf, or dict, list or tuple of such trees; `variables`: what the leaves are."""

    def __init__(self, trees: dict, variables: dict[str, Variable], positional: frozenset[str]):
        self.trees, self.variables, self.positional = trees, variables, positional

    @property
    def dims(self) -> list[Dim]:
        return [d for v in self.variables.values() for d in v.dims]

    def arguments(self, values: Mapping) -> tuple[list, dict]:
        """(arguments, keywords) of a call, every leaf replaced by its value."""
        made = {name: planted(tree, values) for name, tree in self.trees.items()}
        args = [made[name] for name in made if name in self.positional]
        return args, {name: made[name] for name in made if name not in self.positional}


def planted(tree, values: Mapping):
    """`tree` with the value of each leaf in its place."""
    if isinstance(tree, Leaf):
        return values[tree]
    if isinstance(tree, dict):
        return {key: planted(part, values) for key, part in tree.items()}
    return type(tree)(planted(part, values) for part in tree)


def parameters_of(function: Callable, name: str, shapes: Mapping) -> Parameters:
    """The parameters of `function` for which `shapes` says what they are.

    Raises
        DeclarationError: a parameter has no shape and no default, a shape has no parameter, sizes are missing.
    """
    if not callable(function):
        raise DeclarationError(
            "this is no function", given=repr(function)[:60], expected="a function of arrays that returns one array",
            fix="derive reads text" if isinstance(function, str) else None,
        )  # fmt: skip
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise DeclarationError(
            f"the parameters of `{name}` are not known", given=repr(function)[:60], expected="a function with a signature",
            fix=f"lambda x: {name}(x)",
        ) from None  # fmt: skip
    known, keywords, trees = [], None, {}
    for p in signature.parameters.values():
        if p.kind is p.VAR_KEYWORD:
            keywords = p.name
        elif p.kind is not p.VAR_POSITIONAL:
            known.append(p)
        elif shapes:
            names = ", ".join(shapes)
            raise DeclarationError(
                f"the parameters of `{name}` have no names", given=f"{name}(*{p.name})", expected="a name for each array",
                fix=f"lambda {names}: {name}({names})",
            )  # fmt: skip
    given = {p.name: shapes[p.name] for p in known if p.name in shapes}
    others = [n for n in shapes if n not in given]
    if others and keywords is None:
        near = did_you_mean(others[0], [p.name for p in known])
        raise DeclarationError(
            f"`{name}` has no parameter `{others[0]}`", given=f"{others[0]}={shapes[others[0]]!r}",
            expected=" or ".join(f"`{p.name}`" for p in known) or "no shapes at all",
            fix=f"did you mean `{near}`?" if near else None,
        )  # fmt: skip
    missing = [p.name for p in known if p.name not in given and p.default is p.empty]
    if missing:
        raise DeclarationError(
            f"the shape of `{missing[0]}` is not given",
            given=f"{name}({', '.join(p.name for p in known)})" + (f" with {', '.join(given)}" if given else " alone"),
            expected="the sizes of every parameter that has no default",
            fix=f'{missing[0]}="n d" is a matrix, {missing[0]}="n" a vector, {missing[0]}="scalar" a number',
        )
    given |= {n: shapes[n] for n in others}
    if not given:
        raise DeclarationError(
            f"`{name}` has no variable", given=f"{name}({', '.join(p.name for p in known)})",
            expected="a shape for at least one parameter", fix=f'{known[0].name}="n"' if known else None,
        )  # fmt: skip
    leaves: dict[tuple, object] = {}
    for parameter, said in given.items():
        trees[parameter] = collected(said, (parameter,), leaves)
    names = leaf_names(list(leaves))
    named = {parameter: renamed(tree, names) for parameter, tree in trees.items()}
    variables = variables_of({names[path]: said for path, said in leaves.items()})
    positional = frozenset(p.name for p in known if p.kind is p.POSITIONAL_ONLY)
    return Parameters(named, variables, positional)


def collected(said, path: tuple, leaves: dict):
    """The tree of a declaration; its leaves are noted by path."""
    if isinstance(said, Mapping) and not set(said) <= {*SHAPE_KEYS, *FACT_KEYS}:
        return {key: collected(part, (*path, key), leaves) for key, part in said.items()}
    if isinstance(said, (list, tuple)) and any(isinstance(part, (Mapping, list, tuple)) or " " in str(part) for part in said):
        return type(said)([collected(part, (*path, k), leaves) for k, part in enumerate(said)])
    leaves[Path(path)] = said
    return Path(path)


class Path(tuple):
    """A leaf before it has its name."""


def renamed(tree, names: dict):
    if isinstance(tree, Path):
        return Leaf(names[tree])
    if isinstance(tree, dict):
        return {key: renamed(part, names) for key, part in tree.items()}
    return type(tree)([renamed(part, names) for part in tree])


def leaf_names(paths: Sequence[tuple]) -> dict[tuple, str]:
    """A name for each leaf: the last key that is a word, if that tells all leaves apart, with the numbers of lists, or all keys."""
    words = {path: next((str(k) for k in reversed(path) if isinstance(k, str)), "x") for path in paths}
    numbered = {path: "_".join([words[path], *[str(k) for k in path if not isinstance(k, str)]]) for path in paths}
    whole = {path: "_".join(map(str, path)) for path in paths}
    found = next(names for names in (words, numbered, whole) if len(set(names.values())) == len(paths) or names is whole)
    return {path: normal(name) for path, name in found.items()}


def variables_of(shapes: Mapping) -> dict[str, Variable]:
    """A variable for each declaration. What gives facts only is a scalar.

    Raises DeclarationError: sizes are missing.
    """
    found = {}
    for name, said in declarations(shapes).items():
        if said.dims is None and said.rank is not None:
            sizes = " ".join(("n", "d", "k", "m")[: said.rank]) if said.rank < 4 else ""
            raise DeclarationError(
                f"the sizes of `{name}` are not given", given=f'{name}="{words(shapes, name)}"',
                expected=f"{said.rank} size" + "s" * (said.rank != 1), fix=f'{name}="{sizes}"',
            )  # fmt: skip
        found[name] = Variable(name, said.dims or (), said.facts, True)
    return found


def words(shapes: Mapping, name: str) -> str:
    said = next((said for given, said in shapes.items() if normal(given) == name), "")
    return said if isinstance(said, str) else " ".join(sorted(said.facts)) if isinstance(said, Declared) else str(said)
