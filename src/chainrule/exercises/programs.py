"""Questions whose answer is a program: a Python file with a gradient, and the loss itself if that is asked for.

The file runs in this process, as the learner's own code. Its loss is compared with the function of the exercise at random
points, its gradient is checked as `chainrule.check` checks any code.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from itertools import count
from pathlib import Path

import numpy as np

from ..checking.report import Report
from ..core.dims import size_text
from ..core.errors import ParseError, did_you_mean
from ..core.lazy import lazy
from ..derivation import derived
from ..numeric.points import draw
from ..syntax.declare import declarations
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Question, Solution

code = lazy(__package__, "..checking.code")
subjects = lazy(__package__, "..checking.subjects")

LOSSES, GRADIENTS = ("loss", "f", "forward", "cost"), ("grad", "gradient", "backward", "dloss")
POINTS = 4  # at which the losses are compared
CLOSE = 1e-9  # relative: of a loss in float64; float32 is allowed its own rounding
NARROW = 1e-5
RATIOS = {2.0: "2 times", 0.5: "half", -1.0: "minus"}
NUMBERS = count()


class Program(Question):
    """`grad(W, b, x, y)`, and `loss(W, b, x, y)` where both are asked for, in NumPy."""

    answered_by = "program"

    @property
    def expects(self) -> str:
        head = f"def grad({', '.join(self.parameters)}): return {', '.join('d' + name for name in self.wrt)}"
        return f"the path of a Python file with {head}" + (
            f", and def loss({', '.join(self.parameters)})" if self.asked.both else ""
        )

    @property
    def words(self) -> str:
        what = "f and its gradient" if self.asked.both else "the gradient of f"
        return f"Write {what} in {self.in_wrt} with NumPy."

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the functions, in the order in which the exercise declares them."""
        stated = [name for name in declarations(self.sheet.declare) if name in self.problem.every]
        return tuple(dict.fromkeys([*stated, *self.problem.every]))

    @cached_property
    def solution(self) -> Solution:
        found = derived(self.problem, list(self.wrt) if len(self.wrt) > 1 else self.wrt[0])
        program = tuple(
            [("" if k else "program", line, "") for k, line in enumerate(found.compile().source.rstrip().split("\n"))]
        )
        several = [(f"{found.named(key)} =", found.written(key)) for key in found.pieces] if len(self.wrt) > 1 else []
        where = [("" if k else "where", f"{name} = {text}") for k, (name, text) in enumerate(found.where.items())]
        return Solution(tuple([*(several or [(f"{found.symbol} =", found.text)]), *where]), program, (), found.latex)

    @cached_property
    def reference(self) -> dict[str, Callable]:
        """A right answer, made of what the engine derives."""
        found = derived(self.problem, list(self.wrt) if len(self.wrt) > 1 else self.wrt[0]).compile()

        def loss(**values):
            return self.problem.evaluate(values)

        def grad(**values):
            value = found(**values)
            return tuple(value[name] for name in self.wrt) if isinstance(value, dict) else value

        signature = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in self.parameters]
        )
        loss.__signature__ = grad.__signature__ = signature
        return {"loss": loss, "grad": grad}

    def point(self, seed: int) -> dict[str, np.ndarray]:
        """Values of all parameters, of the same sizes for every seed."""
        values = draw([v[:3] for v in self.problem.every.values()], 0, seed)[1]
        return {name: values[name] for name in self.parameters}

    # ------------------------------------------------------------------ judging

    def judge(self, answer) -> Judgement:
        names = functions_of(answer)
        grad = self.by_name(pick(names, GRADIENTS, "grad", self.expects))
        has_loss = self.asked.both or any(name in names for name in LOSSES)
        loss = self.by_name(pick(names, LOSSES, "loss", self.expects)) if has_loss else None
        found = [self.judge_loss(loss)] if loss else []
        if found and found[0].verdict != RIGHT:
            rows = (*found[0].rows, ("note", "the gradient is looked at once the loss is right"))
            return found[0]._replace(rows=rows)
        report = self.check(loss or self.reference["loss"], grad)
        entries = [each for each in report.arguments if each.argument in self.wrt]
        right = sum(each.verdict.startswith("right") for each in entries) if entries else 0
        share = (right + len(found)) / (max(len(entries), len(self.wrt)) + len(found))
        if report.right:
            return Judgement(RIGHT, report.headline, tuple(report.rows), 1.0, None, report)
        verdict = {"wrong": WRONG}.get(report.verdict, UNDECIDED)
        return Judgement(
            verdict,
            report.headline,
            (*learnt(report.rows), *[("note", r) for r in report.remarks]),
            share,
            report.cause,
            report,
        )

    def check(self, loss: Callable, grad: Callable) -> Report:
        """The report on a gradient, in the arrays that are asked for; the others are held fixed."""
        seeds = count(1)
        sample = lambda: self.point(next(seeds))
        return code.Examination(
            subjects.subject_of(loss, grad, self.point(0), kind="gradient", wrt=list(self.wrt), sample=sample)
        ).report()

    def by_name(self, function: Callable) -> Callable:
        """A function of the parameters by their names in the exercise; one with other names takes them in their order."""
        own = parameters_of(function)
        if set(self.parameters) <= set(own):
            return function

        @wraps(function)
        def called(**values):
            return function(*(values[name] for name in self.parameters))

        called.__signature__ = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in self.parameters]
        )
        return called

    def judge_loss(self, loss: Callable) -> Judgement:
        """Whether a loss is the function of the exercise."""
        ratios = []
        for seed in range(POINTS):
            values = self.point(seed)
            true = float(self.problem.evaluate(values))
            try:
                mine = loss(**{name: value.copy() for name, value in values.items()})
                value = float(np.asarray(mine).reshape(()))
            except Exception as error:
                return Judgement(
                    WRONG,
                    f"loss fails: {type(error).__name__}: {str(error)[:200]}",
                    (("sizes", self.sizes(values)),),
                    0.0,
                    None,
                )
            narrow = np.asarray(mine).dtype == np.float32
            if abs(value - true) > (NARROW if narrow else CLOSE) * max(abs(true), 1e-300):
                ratios.append(value / true)
        if not ratios:
            return Judgement(RIGHT, "right", (), 1.0)
        if len(ratios) == POINTS and np.ptp(ratios) <= 1e-7 * abs(ratios[0]):
            near = next((said for r, said in RATIOS.items() if np.isclose(ratios[0], r)), f"{ratios[0]:.6g} times")
            return Judgement(WRONG, f"loss is not f: it is {near} f, at every point", (), 0.0, "factor")
        return Judgement(
            WRONG,
            f"loss is not f: at {len(ratios)} of {POINTS} random points it is another number",
            (("f =", self.problem.echo),),
            0.0,
        )

    def sizes(self, values: dict) -> str:
        return "   ".join(
            f"{name}: {size_text(self.problem.every[name].dims)} = {'×'.join(map(str, v.shape)) or 'a number'}"
            for name, v in values.items()
        )


def learnt(rows):
    """The rows of a report without the repaired line, which is the solution, and without the measures of the check itself."""
    for label, text in rows:
        if label == "repair":
            yield "look at", text.partition(": `")[0]
        elif label == "evidence":
            yield label, re.sub(r" ± [\d.e+\-−]+", "", text.partition("; remainder slope")[0])
        elif label != "checked":
            yield label, text


# ------------------------------------------------------------------ the learner's functions


def functions_of(answer) -> dict[str, Callable]:
    """The functions that an answer gives, by name: of a file, a dict, a module, a single function.

    Raises
        ParseError: the file cannot be read, or fails.
    """
    if isinstance(answer, (str, os.PathLike)):
        answer = vars(loaded(Path(answer)))
    elif inspect.ismodule(answer):
        answer = vars(answer)
    elif callable(answer):
        answer = {"grad": answer}
    if not isinstance(answer, Mapping):
        raise ParseError(
            "an answer is a program",
            given=repr(answer)[:80],
            expected="the path of a Python file, a function, or a dict of functions",
        )
    return {name: f for name, f in answer.items() if isinstance(name, str) and callable(f) and not inspect.isclass(f)}


def loaded(path: Path):
    """The module that a file is, run in this process.

    Raises
        ParseError: there is no such file, or it fails.
    """
    if "\0" in str(path) or path.suffix != ".py" or not path.is_file():
        raise ParseError(
            f"{str(path)[:80]} is no Python file",
            given=str(path)[:80],
            expected="the path of a file that ends in .py",
            fix="--code my.py",
        )
    spec = importlib.util.spec_from_file_location(f"answer_{next(NUMBERS)}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        place = error.__traceback__
        while place.tb_next:
            place = place.tb_next
        line = getattr(error, "lineno", None) or place.tb_lineno
        raise ParseError(
            f"{path.name} fails in line {line}",
            given=f"{type(error).__name__}: {str(error)[:200]}",
            expected="a file that Python can import",
        ) from None
    return module


def pick(names: dict[str, Callable], known: tuple[str, ...], called: str, expects: str) -> Callable:
    for name in known:
        if name in names:
            return names[name]
    near = did_you_mean(called, names)
    raise ParseError(
        f"there is no function `{called}`", given=f"functions {', '.join(list(names)[:8])}" if names else "no function",
        expected=expects, fix=near and f"call `{near}` {called}",
    )  # fmt: skip


def parameters_of(function: Callable) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
