"""The numeric value of a matrix tree: an evaluator of what is printed, independent of graph and NumPy text.

Works on real and complex arrays; norms continue analytically (√Σx²), so that complex-step checks pass through.
"""

from __future__ import annotations

from math import e, pi

import numpy as np

from ..core.dims import Dim
from .tree import Tree, walk


def evaluate(root: Tree, values: dict, sizes: dict[str, int]):
    """The value of `root`; `values` has its symbols, `sizes` the names in its dims."""
    results: dict[Tree, object] = {}
    for tree in walk(root, stop=_Sums()):
        args = () if tree.kind == "bigsum" else [results[a] for a in tree.args]
        results[tree] = _VALUE[tree.kind](tree, args, values, sizes)
    return results[root]


class _Sums:
    """All sums over an index, as a container: what is below them is evaluated once for each value of the index."""

    def __contains__(self, tree: Tree) -> bool:
        return tree.kind == "bigsum"


def _bigsum(tree, args, values, sizes):
    index, length = tree.attr
    return sum([evaluate(tree.args[0], {**values, ("index", index): k}, sizes) for k in range(length.at(sizes))])


def sizes_from(symbols: dict[str, tuple[Dim, ...]], values: dict) -> dict[str, int]:
    """The sizes of named dimensions, read off the shapes of the values."""
    sizes: dict[str, int] = {}
    waiting: dict[Dim, int] = {}
    for name, dims in symbols.items():
        if name in values:
            for d, length in zip(dims, np.shape(values[name])):
                waiting.setdefault(d, length)
    for _ in range(2):  # polynomial dims (n-1) after plain ones
        for d, length in waiting.items():
            unknown = [name for name in d.names if name not in sizes]
            if len(unknown) == 1:
                at0, at1 = d.at({**sizes, unknown[0]: 0}), d.at({**sizes, unknown[0]: 1})
                if at1 != at0 and all(len(set(names)) == len(names) for names, _ in d.terms):
                    sizes[unknown[0]] = (length - at0) // (at1 - at0)
    return sizes


def _shape(tree: Tree, sizes) -> tuple[int, ...]:
    return tuple([d.at(sizes) for d in tree.shape])


def _full(x, tree: Tree, sizes):
    return np.broadcast_to(x, _shape(tree, sizes))


def structured_array(attr: tuple, shape: tuple[int, ...], sizes) -> np.ndarray:
    """The 0/1 tensor of a structured constant."""
    kind, *params = attr
    params = [p.at(sizes) if isinstance(p, Dim) else p for p in params]
    if kind == "merge":
        return np.eye(shape[2]).reshape(shape)
    if kind == "shift":
        start, step = params
        return (np.arange(shape[1])[None, :] == start + step * np.arange(shape[0])[:, None]).astype(float)
    return np.tri(*shape, params[0])


def _num(tree, args, values, sizes):
    return {"pi": pi, "e": e}.get(tree.attr, tree.attr) if isinstance(tree.attr, str) else float(tree.attr)


def _chain(tree, args, values, sizes):
    # from the vector end, so that products stay small
    result = args[-1]
    for a in reversed(args[:-1]):
        result = a @ result
    return result


def _had(tree, args, values, sizes):
    result = 1.0
    for a, exponent in zip(args, tree.attr):
        result = result * (a if exponent == 1 else _power(a, exponent))
    return result


def _power(x, exponent):
    if isinstance(exponent, int):
        return x**exponent if exponent > 0 else 1.0 / x**-exponent
    return x ** float(exponent)


def _scale(tree, args, values, sizes):
    coef, exponents, has_body = tree.attr
    result = float(coef)
    for a, exponent in zip(args, exponents):
        result = result * _power(a, exponent)
    return result * args[-1] if has_body else result


def _sum(tree, args, values, sizes):
    result = 0.0
    for c, a in zip(tree.attr, args):
        result = result + float(c) * a
    return result


def _apply(tree, args, values, sizes):
    return tree.attr.evaluate(*args)


def _struct(tree, args, values, sizes):
    declaration, *params = tree.attr
    return declaration.evaluate(*args, *params)


def _var(tree, args, values, sizes):
    (x,) = args
    return np.mean((x - np.mean(x)) ** 2)


def _kron(tree, args, values, sizes):
    a, c = [x if tree.order == 1 or x.ndim == 2 else x[:, None] for x in args]
    return np.kron(a, c)


def _einsum(tree, args, values, sizes):
    *labels, out = tree.attr
    everything = sorted({k for group in (*labels, out) for k in group})
    letter = {k: chr(97 + n) if n < 26 else chr(39 + n) for n, k in enumerate(everything)}
    distinct = list(dict.fromkeys(out))
    missing = [k for k in distinct if not any(k in group for group in labels)]
    operands = list(args)
    specs = ["".join([letter[k] for k in group]) for group in labels]
    length = dict(zip(out, _shape(tree, sizes)))
    for k in missing:
        operands.append(np.ones(length[k]))
        specs.append(letter[k])
    if not operands:
        operands, specs = [np.ones(())], [""]
    result = np.einsum(",".join(specs) + "->" + "".join([letter[k] for k in distinct]), *operands, optimize=len(operands) > 2)
    if len(distinct) == len(out):
        return result
    full = np.zeros(_shape(tree, sizes), dtype=result.dtype)
    index = np.ix_(*[np.arange(length[k]) for k in distinct])
    full[tuple([index[distinct.index(k)] for k in out])] = result
    return full


def _commutation(tree, args, values, sizes):
    _, p, q = tree.attr
    p, q = p.at(sizes), q.at(sizes)
    return np.einsum("ka,lb->klba", np.eye(p), np.eye(q)).reshape(p * q, p * q)


def _place(place, sizes) -> int:
    return place.at(sizes) if isinstance(place, Dim) else place


_VALUE = {
    "sym": lambda t, a, v, s: np.asarray(v[t.name]),
    "num": _num,
    "size": lambda t, a, v, s: float(t.attr.at(s)),
    "one": lambda t, a, v, s: np.ones(_shape(t, s)),
    "zero": lambda t, a, v, s: np.zeros(_shape(t, s)),
    "eye": lambda t, a, v, s: np.eye(t.shape[0].at(s)),
    "const": lambda t, a, v, s: structured_array(t.attr, _shape(t, s), s),
    "unit": lambda t, a, v, s: np.eye(_shape(t, s)[0])[_place(t.attr, s)],
    "item": lambda t, a, v, s: a[0][_place(t.attr, s)],
    "part": lambda t, a, v, s: np.take(a[0], _place(t.attr[1], s), axis=t.attr[0]),
    "T": lambda t, a, v, s: a[0].T,
    "mul": _chain,
    "mv": _chain,
    "dot": _chain,
    "outer": lambda t, a, v, s: a[0][:, None] * a[1],
    "diag": lambda t, a, v, s: np.diag(a[0]),
    "diagof": lambda t, a, v, s: np.diagonal(a[0]),
    "had": _had,
    "scale": _scale,
    "sum": _sum,
    "apply": lambda t, a, v, s: _full(_apply(t, a, v, s), t, s),
    "struct": _struct,
    "inv": lambda t, a, v, s: np.linalg.inv(a[0]),
    "norm": lambda t, a, v, s: np.sqrt(np.sum(a[0] * a[0])),
    "tr": lambda t, a, v, s: np.trace(a[0]),
    "total": lambda t, a, v, s: np.sum(a[0]),
    "mean": lambda t, a, v, s: np.mean(a[0]),
    "var": _var,
    "kron": _kron,
    "vec": lambda t, a, v, s: a[0].T.reshape(-1),
    "reshape": lambda t, a, v, s: a[0].reshape(_shape(t, s)),
    "commutation": _commutation,
    "bigsum": _bigsum,
    "row": lambda t, a, v, s: a[0][v["index", t.attr]],
    "entry": lambda t, a, v, s: a[0][v["index", t.attr]],
    "einsum": _einsum,
}
