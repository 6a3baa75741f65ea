"""Gradient checkers on the same gradients: `cr.check` beside torch gradcheck, jax check_grads and scipy check_grad.

    python bench/gradient_checkers.py               the whole corpus (tests/checking/corpus), a table at the end
    python bench/gradient_checkers.py softmax       the items whose name contains a word
    python bench/gradient_checkers.py --verbose     also a line for each item: what each checker says
    python bench/gradient_checkers.py --ours        without the others

Needs torch, jax and scipy (pip install scipy); a checker whose package is not there is left out. Each gets what its manual asks
for: torch.autograd.gradcheck (gradgradcheck for second order) float64 copies of NumPy arguments, the tensors of PyTorch as the
person has them, and its fast mode above 2000 entries; jax.test_util.check_grads (check_vjp for NumPy functions) its default
steps and tolerances; scipy.optimize.check_grad, which gives a norm and no verdict, is read as "wrong" where that norm is above
1e-4 of the norm of the gradient, with one random direction above 2000 entries. A checker that raises anything but its own
complaint has no verdict there (column `none`).

The columns: items that it applies to, misses (a wrong gradient passes), false alarms (a right one is called wrong), items without
a verdict, cause right, argument right, entry right (of those where they are known), calls of the function (median, most), seconds
(median). Argument and entry are what `cr.check` says; the others give an index of theirs at most.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
import chainrule as cr  # noqa: E402
from tests.checking.corpus import ITEMS  # noqa: E402
from tests.checking.corpus.confirm import opened  # noqa: E402
from tests.checking.corpus.item import ANY  # noqa: E402

MANY = 2000  # entries, from which on the others are asked for their fast modes
RELATIVE = 1e-4  # of the norm of the gradient, above which scipy's norm of the difference is read as "wrong"
RIGHT, WRONG, UNDECIDED, NONE = "right", "wrong", "undecided", "none"


class Outcome(NamedTuple):
    """What a checker said of an item. `verdict` is None where it does not apply."""

    verdict: str | None
    seconds: float = 0.0
    calls: int = 0
    report: object = None


class Counter:
    """A function that counts its calls."""

    def __init__(self, function: Callable):
        self.function, self.calls = function, 0

    def __call__(self, *args, **named):
        self.calls += 1
        return self.function(*args, **named)


# ---------------------------------------------------------------- ours


def ours(item) -> Outcome:
    started = time.perf_counter()
    report = cr.check(**item.make())
    seconds = time.perf_counter() - started
    verdict = {"right at a kink": RIGHT, "not checkable": NONE}.get(report.verdict, report.verdict)
    return Outcome(verdict, seconds, report.evaluations, report)


# ---------------------------------------------------------------- one view of an item for the others


class View:
    """A NumPy item as functions of its real arguments in a row, as float64: value(*leaves), pull(u, *leaves)."""

    def __init__(self, item):
        made = item.make()
        self.f, self.mine, self.kind = Counter(made["function"]), made["mine"], made.get("kind")
        at = made["at"]
        self.by_name = isinstance(at, dict)
        at = at if isinstance(at, (dict, tuple)) else (at,)
        leaves, self.shaped = opened(at)
        self.numbers = [not isinstance(leaf, np.ndarray) for leaf in leaves]
        self.leaves = [np.asarray(leaf, dtype=float) for leaf in leaves]

    def arguments(self, leaves):
        return self.shaped([float(leaf) if number else np.array(leaf) for leaf, number in zip(leaves, self.numbers)])

    def value(self, *leaves):
        at = self.arguments(leaves)
        return np.asarray(self.f(**at) if self.by_name else self.f(*at), dtype=float)

    def pull(self, u, *leaves):
        at = self.arguments(leaves)
        more = (u,) if self.kind == "vjp" else ()
        got = self.mine(*at.values(), *more) if self.by_name else self.mine(*at, *more)
        if self.kind == "jacobian":
            return [np.tensordot(u, np.asarray(got), u.ndim)]
        if self.by_name:
            got = {key: got[key] for key in at}
        elif len(at) == 1:
            got = {key: got[key] for key in at[0]} if isinstance(at[0], dict) else got
            got = (got,)
        scale = 1.0 if self.kind == "vjp" else np.asarray(u)
        return [scale * np.asarray(part, dtype=float) for part in opened(got)[0]]


# ---------------------------------------------------------------- torch.autograd.gradcheck


def gradcheck(item) -> Outcome:
    import torch

    calls, inputs, order = torch_program(item, torch)
    if calls is None:
        return Outcome(None)
    checker = torch.autograd.gradgradcheck if order == 2 else torch.autograd.gradcheck
    fast = {"fast_mode": True} if sum(x.numel() for x in inputs) > MANY else {}
    return asked(lambda: checker(calls, inputs, **fast), calls, torch.autograd.gradcheck.__globals__["GradcheckError"])


def torch_program(item, torch):
    """(a counted function of tensors, the tensors, the order); Nones where the item is not for PyTorch."""
    if item.framework == "jax":
        return None, None, None
    if item.framework == "numpy":
        view = View(item)
        if view.kind == "hessian":
            return None, None, None
        inputs = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in view.leaves]

        class Claimed(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *leaves):
                ctx.save_for_backward(*leaves)
                return torch.tensor(view.value(*(leaf.numpy() for leaf in leaves)))

            @staticmethod
            def backward(ctx, u):
                leaves = [leaf.detach().numpy() for leaf in ctx.saved_tensors]
                return tuple(torch.tensor(part) for part in view.pull(u.numpy(), *leaves))

        return Counter(Claimed.apply), inputs, 1
    made = item.make()
    function, at, mine = made["function"], made["at"], made.get("mine")
    at = at if isinstance(at, tuple) else (at,)
    inputs = [a.clone().requires_grad_() if a.is_floating_point() else a for a in at]
    if mine is not None:

        class Given(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return function(x)

            @staticmethod
            def backward(ctx, u):
                return u * mine(*ctx.saved_tensors)

        return Counter(Given.apply), inputs, 1
    if isinstance(function, torch.nn.Module):
        parameters = [p for p in function.parameters() if p.requires_grad]
        return Counter(lambda *leaves: function(*inputs)), [*parameters, *(x for x in inputs if x.requires_grad)], 1
    return Counter(function), inputs, made.get("order", 1)


# ---------------------------------------------------------------- jax.test_util.check_grads


def check_grads(item) -> Outcome:
    import jax
    from jax import test_util

    if item.framework == "torch":
        return Outcome(None)
    made = item.make()
    if item.framework == "jax":
        at = made["at"] if isinstance(made["at"], tuple) else (made["at"],)
        function, mine = Counter(made["function"]), made.get("mine")
        if mine is not None:
            return asked(lambda: test_util.check_vjp(function, lambda x: (function(x), lambda u: (u * mine(x),)), at), function, AssertionError)
        forward = isinstance(made["function"], jax.custom_jvp)
        modes = ("fwd", "rev") if forward else ("rev",)
        return asked(lambda: test_util.check_grads(function, at, made.get("order", 1), modes=modes), function, AssertionError)
    view = View(item)
    if view.kind == "hessian":
        return Outcome(None)

    def vjp(*leaves):
        return view.value(*leaves), lambda u: tuple(view.pull(np.asarray(u), *leaves))

    with jax.enable_x64(True):
        return asked(lambda: test_util.check_vjp(view.value, vjp, tuple(view.leaves)), view.f, AssertionError)


# ---------------------------------------------------------------- scipy.optimize.check_grad


def check_grad(item) -> Outcome:
    from scipy.optimize import check_grad as check

    flat = {"numpy": flat_numpy, "torch": flat_torch, "jax": flat_jax}[item.framework](item)
    if flat is None:
        return Outcome(None)
    f, grad, x, counted = flat

    def verdict():
        sampled = {"direction": "random", "rng": 0} if x.size > MANY else {}
        off, size = check(f, grad, x, **sampled), np.linalg.norm(grad(x))
        if sampled:
            size /= np.sqrt(x.size) / 5  # of the slope along one random direction
        return off <= RELATIVE * size or off == 0

    return asked(lambda: verdict() or refuse(), counted, Refused)


class Refused(Exception):
    """The norm is too large."""


def refuse():
    raise Refused


def flat_numpy(item):
    view = View(item)
    if view.kind is not None:
        return None
    sizes = np.cumsum([leaf.size for leaf in view.leaves])[:-1]

    def leaves(x):
        return [part.reshape(leaf.shape) for part, leaf in zip(np.split(np.array(x), sizes), view.leaves)]

    def grad(x):
        return np.concatenate([np.ravel(part) for part in view.pull(1.0, *leaves(x))])

    return (lambda x: float(view.value(*leaves(x)))), grad, np.concatenate([leaf.ravel() for leaf in view.leaves]), view.f


def flat_torch(item):
    import torch

    calls, inputs, order = torch_program(item, torch)
    moving = [x for x in inputs if x.requires_grad]
    value = calls(*inputs)
    if value.numel() > 1 or order == 2:
        return None

    def place(x):
        start = 0
        with torch.no_grad():
            for leaf in moving:
                leaf.copy_(torch.tensor(x[start : start + leaf.numel()]).reshape(leaf.shape))
                start += leaf.numel()

    def f(x):
        place(x)
        return float(calls(*inputs).detach().double())

    def grad(x):
        place(x)
        got = torch.autograd.grad(calls(*inputs).sum(), moving, allow_unused=True)
        return np.concatenate([(torch.zeros_like(p) if g is None else g).double().numpy().ravel() for g, p in zip(got, moving)])

    return f, grad, np.concatenate([p.detach().double().numpy().ravel() for p in moving]), calls


def flat_jax(item):
    import jax
    from jax.flatten_util import ravel_pytree

    made = item.make()
    at = made["at"] if isinstance(made["at"], tuple) else (made["at"],)
    start, shaped = ravel_pytree(at)
    function = Counter(made["function"])
    if np.size(function(*at)) > 1 or made.get("order", 1) == 2:
        return None
    if made.get("mine") is not None:

        def grad(x):
            return np.asarray(ravel_pytree(made["mine"](*shaped(x.astype(start.dtype))))[0], dtype=float)
    else:

        def grad(x):
            return np.asarray(jax.grad(lambda x: function(*shaped(x)).sum())(jax.numpy.asarray(x, start.dtype)), dtype=float)

    return (lambda x: float(np.sum(function(*shaped(x.astype(start.dtype)))))), grad, np.asarray(start, dtype=float), function


# ---------------------------------------------------------------- asking, counting, printing


def asked(check: Callable, counted: Counter, complaint: type[Exception]) -> Outcome:
    """The outcome of a checker that says nothing where it is content and raises `complaint` where not."""
    counted.calls, started = 0, time.perf_counter()
    try:
        check()
        verdict = RIGHT
    except complaint:
        verdict = WRONG
    except Exception:
        verdict = NONE
    return Outcome(verdict, time.perf_counter() - started, counted.calls)


CHECKERS = {
    "cr.check": ours,
    "torch gradcheck": gradcheck,
    "jax check_grads": check_grads,
    "scipy check_grad": check_grad,
}


def run(checkers: dict, items: list, verbose: bool) -> dict[str, list]:
    results = {name: [] for name in checkers}
    for item in items:
        for name, check in checkers.items():
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                outcome = check(item)
            if outcome.verdict is not None:
                results[name].append((item, outcome))
        if verbose:
            said = "  ".join(f"{name}: {rows[-1][1].verdict}" for name, rows in results.items() if rows and rows[-1][0] is item)
            print(f"{'wrong' if item.wrong else 'right'}  {item}\n       {said}", flush=True)
    return results


def percent(holds: list[bool]) -> str:
    return f"{100 * sum(holds) / len(holds):.0f} %" if holds else "–"


def line(name: str, rows: list) -> list[str]:
    wrong, right = [r for r in rows if r[0].wrong], [r for r in rows if not r[0].wrong]
    misses = sum(o.verdict == RIGHT for _, o in wrong)
    alarms = sum(o.verdict == WRONG for _, o in right)
    without = sum(o.verdict in (NONE, UNDECIDED) and o.verdict not in item.verdicts for item, o in rows)
    reports = [(item, o.report) for item, o in wrong if o.report is not None]
    causes = [report.cause in item.causes for item, report in reports if item.causes != (ANY,)]
    arguments = [report.argument in item.arguments for item, report in reports if item.arguments]
    entries = [report.index == item.index for item, report in reports if item.index is not None]
    calls = [o.calls for _, o in right] or [0]
    return [
        name, str(len(rows)), f"{misses} of {len(wrong)}", f"{alarms} of {len(right)}", str(without),
        percent(causes), percent(arguments), percent(entries),
        f"{statistics.median(calls):.0f} ({max(calls)})", f"{statistics.median(o.seconds for _, o in rows):.3f}",
    ]  # fmt: skip


HEAD = ["checker", "items", "misses", "false alarms", "none", "cause", "argument", "entry", "calls if right", "seconds"]


def table(results: dict[str, list]) -> str:
    lines = [HEAD, *(line(name, rows) for name, rows in results.items() if rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="parts of names, all of which must occur")
    parser.add_argument("--verbose", action="store_true", help="what each checker says of each item")
    parser.add_argument("--ours", action="store_true", help="cr.check alone")
    options = parser.parse_args()
    items = [item for item in ITEMS if all(word in str(item) for word in options.words)]
    checkers = {"cr.check": ours} if options.ours else CHECKERS
    results = run(checkers, items, options.verbose)
    print(table(results))
    found = results["cr.check"]
    bad = [i for i, o in found if (i.wrong and o.verdict == RIGHT) or (not i.wrong and o.verdict == WRONG)]
    for item in bad:
        print("wrong verdict:", item)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
