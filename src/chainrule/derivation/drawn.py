"""Random points as text: how an array with declared facts is drawn, in a file that stands by itself.

The text uses `rng`, a generator of NumPy, and `signed(*shape)`: entries of both signs, of moderate size. What no fact
decides is drawn in one of the manners of `numeric.points`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..numeric.points import INTERVALS

SIGNED = "signed = lambda *shape: rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)"
DRAWN = {  # how variables with these facts are drawn
    "onehot": "np.eye({last})[rng.integers({last}, size={lead})]",
    "labelspm1": "rng.choice([-1.0, 1.0], {shape})",
    "labels01": "rng.integers(0, 2, {shape}) * 1.0",
    "mask01": "rng.integers(0, 2, {shape}) * 1.0",
    "counts": "rng.integers(0, 6, {shape}) * 1.0",
    "prob": "rng.dirichlet(np.full({last}, 5.0), size={lead})",
    "sum1": "rng.dirichlet(np.full({last}, 5.0), size={lead}) * 3 - 2 / {last}",
    "diagonal": "np.eye({last}) * rng.uniform(0.5, 2.0, {shape})",
    "posdef": "(lambda a: a @ a.swapaxes(-1, -2) / {last} + np.eye({last}))({signed})",
    "psd": "(lambda a: a @ a.swapaxes(-1, -2) / {last} + np.eye({last}))({signed})",
    "invertible": "{signed} / (2 * {last}) + np.eye({last})",
    "symmetric": "(lambda a: (a + a.swapaxes(-1, -2)) / 2)({signed})",
    "orthogonal": "(lambda u, _, v: u @ v)(*np.linalg.svd({signed}, full_matrices=False))",
    "unit": "0.6 * {signed}",
}
SCALED = {"small": "0.3 * ", "tiny": "0.01 * "}


def drawing(shape: Sequence, facts: Iterable[str], manner: str) -> str:
    """The text of an array with these sizes, numbers or names, and these facts; drawn in this manner where they leave it open."""
    shape, facts = [str(n) for n in shape], frozenset(facts)
    signed = f"signed({', '.join(shape)})"
    last = shape[-1] if shape else "1"
    last = last if last.isidentifier() or last.isdigit() else f"({last})"
    parts = {"shape": listed(shape), "last": last, "lead": listed(shape[:-1]), "signed": signed}
    for word, template in DRAWN.items():
        if word in facts and (shape or word in ("labelspm1", "labels01", "mask01", "counts", "unit")):
            return template.format(**parts)
    for word, (low, high) in INTERVALS.items():
        if word in facts or word == manner and not facts:
            return f"rng.uniform({low}, {high}, {parts['shape']})"
    if manner == "posdef" and len(shape) == 2 and shape[0] == shape[1] and not facts:
        return DRAWN["posdef"].format(**parts)
    return SCALED.get(manner, "") + signed


def listed(shape: Sequence[str]) -> str:
    """A tuple, as it is written."""
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(shape)})"
