"""The test that a written backward pass carries with it: it runs by itself, and a mistake does not pass it.

Cotangents of mixed signs (ones alone hide mistakes: a normalisation sends them to zero), odd sizes that all differ, double
precision, and a point away from kinks, found by looking at the distance to them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...compile import defined
from ...core.errors import DomainError
from ...numeric.points import INTERVALS
from .files import TEST, Framework, indented

SIZES = (5, 3, 7, 9, 11, 13, 15, 17)
MARGIN = 0.01  # from the nearest kink: a thousand steps of the differences
SEEDS = 30  # for each manner of drawing
MOST = 60  # entries of a variable that are all moved; of larger ones every k-th
MANNERS = ("ordinary", "positive", "open01", "small", "low", "gt1", "posdef", "tiny")
DRAWN = {  # how variables with these facts are drawn; `a` of the shape of the variable, with entries of both signs
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
    "orthogonal": "np.linalg.qr({signed})[0]",
    "unit": "0.6 * {signed}",
}
SCALED = {"small": "0.3 * ", "tiny": "0.01 * "}


def trials(framework: Framework, problem) -> Iterator[str]:
    """Texts of the test, each at another point, those at ordinary points first."""
    dims = {name: framework.passes.parameters[name] for name in framework.parameters}
    sizes = dict(zip(dict.fromkeys(x for ds in dims.values() for d in ds for x in d.names), SIZES * 8))
    shapes = {name: tuple([d.at(sizes) for d in ds]) for name, ds in dims.items()}
    for manner in MANNERS:
        drawn = [
            f"{argument} = {drawing(shapes[name], problem.every[name].facts, manner)}"
            for name, argument in zip(framework.parameters, framework.arguments)
        ]
        for seed in range(SEEDS):
            yield text(framework, drawn, seed, shapes)


def text(framework: Framework, drawn: list[str], seed: int, shapes: dict) -> str:
    places = [framework.parameters.index(x) for x in framework.passes.wrt]
    some = any(np.prod(shapes[x]) > MOST for x in framework.passes.wrt)
    each = f"list(np.ndindex(point[k].shape))[::max(1, point[k].size // {MOST})]" if some else "np.ndindex(point[k].shape)"
    lines = [
        "def inputs():",
        '    """A point away from kinks, in double precision: entries of both signs where they may have them, odd sizes."""',
        f"    rng = np.random.default_rng({seed})",
        "    signed = lambda *shape: rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)",
        *indented(drawn),
        f"    return [np.array(x) for x in [{', '.join(framework.arguments)}]]",
        "",
        "",
        f"def {TEST}():",
        *indented(list(framework.setting)),
        f"    point, names = inputs(), {framework.arguments}",
        *indented(framework.test_lines()),
        f"    for k, x_bar in zip({places}, found):",
        "        assert x_bar.shape == point[k].shape, names[k]",
        f"        for i in {each}:",
        "            ends = []",
        "            for step in (1e-5, -1e-5):",
        "                moved = [np.array(x) for x in point]",
        "                moved[k][i] += step",
        f"                ends.append(np.sum(value_bar * {framework.value_of}))",
        "            expected = (ends[0] - ends[1]) / 2e-5",
        "            assert abs(x_bar[i] - expected) < 1e-6 * max(1, abs(expected)), (names[k], i, x_bar[i], expected)",
        "",
        "",
        'if __name__ == "__main__":',
        f"    {TEST}()",
        '    print("the backward pass agrees with central differences")',
    ]
    return "\n".join(lines) + "\n"


def drawing(shape: tuple[int, ...], facts: frozenset, manner: str) -> str:
    """The text of an array of this shape with these facts, and drawn in this manner where they leave it open."""
    signed = f"signed({', '.join(map(str, shape))})"
    parts = {"shape": shape, "last": shape[-1] if shape else 1, "lead": shape[:-1], "signed": signed}
    for word, template in DRAWN.items():
        if word in facts and (shape or word in ("labelspm1", "labels01", "mask01", "counts", "unit")):
            return template.format(**parts)
    for word, (low, high) in INTERVALS.items():
        if word in facts or word == manner and not facts:
            return f"rng.uniform({low}, {high}, {shape})"
    if manner == "posdef" and len(shape) == 2 and shape[0] == shape[1] and not facts:
        return DRAWN["posdef"].format(**parts)
    return SCALED.get(manner, "") + signed


def chosen(framework: Framework, problem, piecewise: bool) -> tuple[str, dict]:
    """(the test, its point): the first at which the function is finite and far from kinks.

    Raises
        DomainError: there is none among the points that are tried.
    """
    for found in trials(framework, problem):
        space = defined("import numpy as np\n" + found.partition("\n\n\ndef test")[0], "inputs")
        values = dict(zip(framework.parameters, space["inputs"]()))
        with np.errstate(all="ignore"):
            try:
                value = np.asarray(problem.evaluate(values))
                near = [float(np.min(problem.margin(values, x), initial=np.inf)) for x in framework.passes.wrt if piecewise]
            except (ArithmeticError, np.linalg.LinAlgError):
                continue
        if np.all(np.isfinite(value)) and value.dtype.kind == "f" and np.max(np.abs(value), initial=0) < 1e4:
            if not near or min(near) > MARGIN:
                return found, values
    raise DomainError(
        "no point was found at which the backward pass can be tested",
        given=problem.echo,
        expected="a function that is finite at some of the points tried, away from its kinks",
        fix='declare where it is defined, such as "x: positive"',
    )
