"""The test that a written backward pass carries with it: it runs by itself, and a mistake does not pass it.

Cotangents of mixed signs (ones alone hide mistakes: a normalisation sends them to zero), odd sizes that all differ, double
precision, and a point away from kinks, found by looking at the distance to them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...compiling import defined
from ...core.errors import DomainError
from ...derivation.drawn import SIGNED, drawing
from ...numeric.points import MANNERS
from .files import TEST, Framework, indented

SIZES = (5, 3, 7, 9, 11, 13, 15, 17)
MARGIN = 0.01  # from the nearest kink: a thousand steps of the differences
SEEDS = 30  # for each manner of drawing
MOST = 60  # entries of a variable that are all moved; of larger ones every k-th


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
        f"    {SIGNED}",
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
