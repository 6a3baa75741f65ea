"""Patterns of arrangement: the right numbers in the wrong places, summed along the wrong axis, or only a part of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .evidence import Block, Pair, Reading, near
from .scope import Scope, ask, plain


def transposed(block: Block, scope: Scope) -> Iterator[Reading]:
    """The transpose, in the argument's own shape or of the Jacobian, alone or with a factor."""
    if len(block.shape) == 2 and min(block.shape) > 1:
        square = block.shape[0] == block.shape[1]
        turns = [("transpose", lambda t: t.T)] if square else []
        turns += [
            ("transpose, reshaped", lambda t: t.T.reshape(t.shape)),
            ("transpose, reshaped", lambda t: t.reshape(t.shape[::-1]).T),
        ]
        for what, turn in turns:
            r = times(block, lambda pair: turn(pair.t))
            if r == 1:
                slip = (
                    "for Y = XW: dW = Xᵀ dY and dX = dY Wᵀ"
                    if square
                    else "`reshape` reads row by row; a transpose was meant"
                )
                yield Reading("transposed", f"yours is its {what}, {{where}}", slip)
            elif r is not None:
                yield Reading("transposed", f"yours is {written(r, scope)} times its {what}, {{where}}")
    C = block.pairs()[0].C
    if len(C) > 1 and C.shape[0] == C.shape[1]:
        r = times(block, lambda pair: pair.T.T, full=True)
        if r is not None:
            yield Reading("transposed", "yours is its transpose, {where}" if r == 1 else f"yours is {written(r, scope)} times its transpose, {{where}}",
                          "rows belong to values and columns to variables")  # fmt: skip


def times(block: Block, of, full: bool = False) -> float | None:
    """r of C = r of(T), the same at all points, or None."""
    pair = block.pairs()[0]
    with np.errstate(all="ignore"):
        base = of(pair)
    claimed = pair.C if full else pair.c
    if (
        base is None
        or np.shape(base) != claimed.shape
        or not np.isfinite(claimed).all()
        or not np.abs(base).max(initial=0)
    ):
        return None
    r = float((base * claimed).sum() / (base * base).sum())
    r = float(round(r)) if abs(r - round(r)) < 1e-6 else r
    if abs(r) < 1e-9:
        return None
    explained = block.explained_in_full if full else block.explained
    return r if explained(lambda pair: r * of(pair)) else None


def written(r: float, scope: Scope) -> str:
    number = scope.constant(r)
    return f"{r:.6g}" if number is None else number.text + (f" ({number.what})" if number.what else "")


def parts(block: Block, scope: Scope) -> Iterator[Reading]:
    """Only the diagonal, one triangle, the symmetric part."""
    pairs = block.pairs()
    views = []
    if len(block.shape) == 2 and block.shape[0] == block.shape[1] > 1:
        views.append((lambda pair: pair.t, block.explained))
    if len(pairs[0].T) > 1 and pairs[0].T.shape[0] == pairs[0].T.shape[1]:
        views.append((lambda pair: pair.T, block.explained_in_full))
    if len(block.evidence.subject.outputs) == 1:
        yield from softmax_rows(block, pairs)
    for true, explained in views:
        if explained(lambda pair: np.diag(np.diag(true(pair)))):
            if all(is_softmax(true(pair)) for pair in pairs):
                yield Reading(
                    "softmax-diagonal",
                    "yours is the diagonal of softmax's Jacobian only, {where}",
                    "J = diag(p) − p pᵀ: the term −p pᵀ is missing",
                )
            else:
                yield Reading(
                    "diagonal", "yours is only the diagonal of it, {where}", "every value depends on every entry here"
                )
        for name, part in (("lower", np.tril), ("upper", np.triu)):
            for k in (0, 1 if name == "upper" else -1):
                if explained(lambda pair: part(true(pair), k)):
                    yield Reading(
                        "triangle", f"yours is the {name} triangle of it, {{where}}", "copy it to the other side"
                    )
        for text, of in SYMMETRIC:
            if explained(lambda pair: of(true(pair))):
                yield Reading(
                    "symmetric", f"yours is {text}, {{where}}", "right only where the matrix is taken to be symmetric"
                )
        if wrong_on_diagonal(block, true):
            yield Reading(
                "diagonal",
                "yours is wrong on the diagonal only, {where}",
                "terms that belong to i = j are missing or too many",
            )


def wrong_on_diagonal(block: Block, true) -> bool:
    """Whether all of a square matrix is right but its diagonal."""
    for pair in block.pairs():
        t = true(pair)
        c, tol = (pair.c, pair.tl) if t is pair.t else (pair.C, pair.tol)
        off = ~np.eye(len(t), dtype=bool)
        if not near(c, t, tol)[off].all() or near(c, t, tol)[~off].any() or not (np.abs(t) > 30 * tol)[off].any():
            return False
    return True


SYMMETRIC = (
    ("its symmetric part ½(G + Gᵀ)", lambda t: (t + t.T) / 2),
    ("G + Gᵀ − diag(G)", lambda t: t + t.T - np.diag(np.diag(t))),
    ("G + Gᵀ", lambda t: t + t.T),
)


def is_softmax(J: np.ndarray) -> bool:
    """Whether J = s (diag(p) − p pᵀ), p ≥ 0 with sum 1, and s > 0 that is one over a temperature.

    The entries beside the diagonal give s pᵢ², and with Σ pᵢ = 1 then s.
    """
    off = -(J - np.diag(np.diag(J)))
    roots = np.array([pi_squared(off, i) for i in range(len(J))])
    if len(J) == 2:
        p = np.diag(J) + roots
        return bool(np.allclose(J, np.diag(p) - np.outer(p, p), atol=1e-6) and np.isclose(p.sum(), 1, atol=1e-6))
    if not (roots > 0).all():
        return False
    s = np.sqrt(roots).sum() ** 2
    p = np.sqrt(roots / s)
    return bool(np.allclose(J, s * (np.diag(p) - np.outer(p, p)), atol=1e-6 * s))


def pi_squared(off: np.ndarray, i: int) -> float:
    """pᵢ² from the entries pᵢpⱼ, pᵢpₖ, pⱼpₖ; of two classes from the rows of J, which sum to 0."""
    n = len(off)
    if n == 2:
        return float("nan") if not off[0, 1] > 0 else _of_two(off[0, 1], i)
    j, k = [m for m in range(n) if m != i][:2]
    return float(off[i, j] * off[i, k] / off[j, k]) if off[j, k] else float("nan")


def _of_two(product: float, i: int) -> float:
    root = np.sqrt(max(0.0, 0.25 - product))
    return float((0.5 + root) ** 2 if i == 0 else (0.5 - root) ** 2)


def softmax_rows(block: Block, pairs: list[Pair]) -> Iterator[Reading]:
    """Several softmaxes in one: C is the diagonal of T, which has a block for each row."""
    n, columns = pairs[0].T.shape
    if n != columns:
        return
    width = block.argument.shape[-1] if block.whole and block.argument.shape else 1
    if 1 < width < n and n % width == 0:
        blocks = [slice(k, k + width) for k in range(0, n, width)]
        if all(is_softmax(pair.T[b, b]) for pair in pairs for b in blocks) and block.explained_in_full(
            lambda p: np.diag(np.diag(p.T))
        ):
            yield Reading(
                "softmax-diagonal",
                "yours is the diagonal of softmax's Jacobian only, {where}",
                "J = diag(p) − p pᵀ: the term −p pᵀ is missing",
            )


def moved(block: Block, scope: Scope) -> Iterator[Reading]:
    """Shifted by one place, reversed, or with the axes in another order."""
    for axis, n in enumerate(block.shape if block.whole else ()):
        along = f" along axis {axis}" if len(block.shape) > 1 else ""
        if n > 2:
            for k in (1, -1):
                if block.explained(lambda pair: np.roll(pair.t, k, axis)):
                    yield Reading("shifted", f"yours is moved by one place{along}, {{where}}", "an index is off by one")
                elif block.explained(lambda pair: shifted(pair.t, k, axis)):
                    yield Reading(
                        "shifted",
                        f"yours is moved by one place{along} and 0 at the end, {{where}}",
                        "an index is off by one",
                    )
                elif all(agree_moved(pair, k, axis) for pair in block.pairs()):
                    yield Reading("shifted", f"yours is moved by one place{along}, {{where}}", "an index is off by one")
        if n > 1 and block.explained(lambda pair: np.flip(pair.t, axis)):
            yield Reading("reversed", f"yours has the entries in the reverse order{along}, {{where}}")


def shifted(t: np.ndarray, k: int, axis: int) -> np.ndarray:
    rolled = np.roll(t, k, axis)
    index = [slice(None)] * t.ndim
    index[axis] = 0 if k > 0 else -1
    rolled[tuple(index)] = 0
    return rolled


def agree_moved(pair: Pair, k: int, axis: int) -> bool:
    """Whether all entries but those at the ends agree with their neighbours, of which there are at least four."""
    if pair.t.shape[axis] < 6:
        return False
    inner = np.arange(1, pair.t.shape[axis] - 1)
    c, t, tl = (np.take(M, inner, axis) for M in (pair.c, np.roll(pair.t, k, axis), pair.tl))
    return bool(near(c, t, tl).all()) and not bool(near(pair.c, pair.t, pair.tl).any())


def summed(block: Block, scope: Scope) -> Iterator[Reading]:
    """Equal along an axis: the sum or mean of the true one, spread out again."""
    if not block.whole or block.argument.size < 2:
        return
    axes = [(axis,) for axis, n in enumerate(block.shape) if n > 1]
    axes += [None] if len(block.shape) > 1 else []
    for axis in axes:
        for word, take in (("sum", np.sum), ("mean", np.mean)):
            if block.explained(lambda pair: np.broadcast_to(take(pair.t, axis=axis, keepdims=True), pair.t.shape)):
                along = "over all entries" if axis is None or len(block.shape) == 1 else f"along axis {axis[0]}"
                yield Reading(
                    "axis",
                    f"yours is the {word} of it {along}, spread out again, {{where}}",
                    f"a {word} {along} that does not belong there",
                )
                return


def cotangent(block: Block, scope: Scope) -> Iterator[Reading]:
    """The claim does not use what arrives from above: each uᵀJ is 1ᵀJ."""
    if (
        len(block.pairs()[0].T) > 1
        and block.evidence.rows is None
        and block.explained_in_full(lambda pair: np.broadcast_to(pair.T.sum(axis=0), pair.T.shape))
    ):
        yield Reading(
            "cotangent",
            "yours does not depend on the gradient that comes from above, {where}: it takes it to be 1",
            "multiply by it",
        )


# ---------------------------------------------------------------- two arguments, and wrong shapes


def swapped(blocks: list[Block]) -> tuple[Block, Block, Reading] | None:
    """Two arguments of one shape whose derivatives are exchanged."""
    for i, a in enumerate(blocks):
        for b in blocks[i + 1 :]:
            if a.shape == b.shape:
                theirs = iter([pair.t for pair in b.pairs()])
                ours = iter([pair.t for pair in a.pairs()])
                if a.explained(lambda _: next(theirs)) and b.explained(lambda _: next(ours)):
                    return a, b, Reading("swapped", f"yours has the derivatives in `{a.name}` and `{b.name}` exchanged",
                                         f"return them in the order of the arguments: `{a.name}`, then `{b.name}`")  # fmt: skip
    return None


def ignored(evidence, wrong: list[Block]) -> Reading | None:
    """Of several values, one whose gradient from above is not used: its rows of the claim are 0, and all others are right."""
    outputs = evidence.subject.outputs
    if len(outputs) < 2 or evidence.rows is not None or evidence.subject.kind == "hessian":
        return None
    start = 0
    for output in outputs:
        rows = np.zeros(len(evidence.points[0].true), dtype=bool)
        rows[start : start + output.size] = True
        start += output.size
        pairs = [pair for block in wrong for pair in block.pairs()]
        if all(not pair.C[rows].any() and near(pair.C[~rows], pair.T[~rows], pair.tol[~rows]).all() for pair in pairs):
            clause = f"yours ignores the gradient that arrives from above for {output.name}"
            return Reading("cotangent", clause, "a backward pass gets one gradient for each value, and adds up what comes of them")
    return None


def misshapen(evidence, scope: Scope) -> Reading | None:
    """Why the claim has another shape than its argument: how to get the true derivative of the array that was given."""
    error, subject = evidence.misshapen, evidence.subject
    block = next((b for b in evidence.blocks if b.name == error.argument), None)
    if block is None or not block.whole or error.array is None:
        return None
    arrays = []
    for point in evidence.points:
        try:
            ask(subject, point.x, evidence.cotangent())
            return None
        except type(error) as again:
            if again.array is None or again.argument != error.argument:
                return None
            arrays.append(np.asarray(again.array, float))
    pairs = block.pairs()
    matrices = [pair.T for pair in pairs] if len(pairs[0].T) > 1 else []
    given, expected = arrays[0].shape, block.shape
    for cause, clause, slip, turn in turns(arrays[0], expected):
        for truths, tols in (([p.t for p in pairs], [p.tl for p in pairs]), (matrices, [p.tol for p in pairs])):
            if truths and (r := steady_multiple([turn(a) for a in arrays], truths, tols)) is not None:
                if r != 1:
                    clause, slip = f"{clause}, times {written(r, scope)}", f"{slip}; and then it is {written(r, scope)} times it"
                return Reading(
                    cause,
                    clause.format(given=size(given), expected=size(expected), name=f"`{block.name}`"),
                    slip.format(name=f"`{block.name}`"),
                )
    return None


def turns(a: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple]:
    """Ways from an array of the wrong shape to one of the right shape: cause, clause, slip, the way."""
    if a.size == np.prod(shape, dtype=int) or a.ndim == 2:
        if a.ndim > 1 and len([n for n in a.shape if n > 1]) > 1:
            cause = "transposed" if a.T.shape == shape else "layout"
            yield cause, "yours is its transpose: {given} where {name} is {expected}", "transpose it", np.transpose
        yield (
            "shape",
            "yours has the right numbers in the wrong shape: {given} where {name} is {expected}",
            "reshape it",
            lambda a: a.reshape(shape) if a.size == np.prod(shape, dtype=int) else a,
        )
    for axis in range(a.ndim):
        for keep in (False, True):
            if a.sum(axis=axis, keepdims=keep).shape == shape:
                slip = f"add `.sum({axis}{', keepdims=True' if keep else ''})`: every row contributes to {{name}}"
                yield (
                    "batch-sum",
                    f"yours has a further axis, {{given}} where {{name}} is {{expected}}: its sum along axis {axis} is missing",
                    slip,
                    lambda a, axis=axis, keep=keep: a.sum(axis=axis, keepdims=keep),
                )
    if a.ndim >= len(shape):
        yield (
            "batch-sum",
            "yours has further entries, {given} where {name} is {expected}: the sum over what was broadcast is missing",
            "sum over the axes along which the argument is broadcast",
            lambda a: sum_to(a, shape),
        )
    if a.ndim <= len(shape):
        for axis in range(len(shape)):
            if np.delete(shape, axis).tolist() == list(a.shape):
                yield (
                    "axis",
                    f"yours is summed along axis {axis}: {{given}} where {{name}} is {{expected}}",
                    "leave out that sum",
                    SumOf(axis),
                )
        if a.ndim == 0 or a.size == 1:
            yield (
                "axis",
                "yours is summed over all entries: {given} where {name} is {expected}",
                "leave out that sum",
                SumOf(None),
            )


class SumOf:
    """Marks that the claim is a sum of the truth, to be compared with it."""

    def __init__(self, axis):
        self.axis = axis

    def __call__(self, a):
        return (self.axis, a)


def sum_to(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sum over the axes that broadcasting `shape` to the shape of `a` made."""
    a = a.sum(axis=tuple(range(a.ndim - len(shape)))) if a.ndim > len(shape) else a
    for axis, n in enumerate(shape):
        if n == 1 and a.shape[axis] != 1:
            a = a.sum(axis=axis, keepdims=True)
    return a


def steady_multiple(made: list, truths: list, tols: list) -> float | None:
    """r with made = r · truth at each point, the same r, or None."""
    rs = []
    for a, t, tol in zip(made, truths, tols):
        if isinstance(a, tuple):
            axis, a = a
            t, tol = t.sum(axis=axis), tol.sum(axis=axis)
            a = a.reshape(np.shape(t)) if a.size == np.size(t) else a
        if np.shape(a) != np.shape(t) or not np.isfinite(a).all() or not np.abs(t).max(initial=0) > 0:
            return None
        rs.append(float((a * t).sum() / (t * t).sum()))
        if rs[-1] == 0 or not near(a, rs[-1] * t, tol * max(1, abs(rs[-1]))).all():
            return None
    r = rs[0]
    if any(abs(s - r) > 1e-6 * abs(r) for s in rs):
        return None
    return float(round(r)) if plain(r) and abs(r - round(r)) < 1e-6 else r


def size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"of length {shape[0]}" if shape else "one number"
