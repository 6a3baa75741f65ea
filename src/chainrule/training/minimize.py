"""Minimising a function of data: value, gradient and second derivatives are derived, compiled, and handed to SciPy.

The data are given to the program once, so that what depends on them alone is computed once; data in a memmap are read
in blocks in each evaluation. SciPy is imported when a minimisation is asked for: `pip install "chainrule[optimize]"`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..compiling.rows import stream
from ..core.errors import BackendError, DomainError
from ..derivation.derive import understood
from ..derivation.objects import several_asked
from ..derivation.options import brought
from .arguments import checked_data, checked_options, left_over, refuse, refuse_start, sizes_known
from .methods import FEW, Method, method_for
from .minimum import Minimum
from .objective import Objective
from .variables import Variables
from .watch import Watch

MOST_ITERATIONS = 1000
MOST_STEPS = 5  # of Newton's at the end, judged by the gradient alone
LANCZOS = 12  # vectors of Lanczos's method
LEVEL = 1e-9  # of |f|: differences that are taken for rounding
EPS, SEEN = float(np.finfo(float).eps), 4.0
DOWNWARD = 1e-6  # of the largest curvature, from where on a negative one is not rounding


def minimize(
    function, wrt=None, data=None, *, start=None, method=None, tolerance=None, iterations=MOST_ITERATIONS, declare=None,
    sizes=None, progress=None, seed=0, **more,
) -> Minimum:  # fmt: skip
    """A local minimum of a function of data: value, gradient and Hessian are derived, compiled and handed to SciPy.

    `m = cr.minimize("||X w - y||^2 + lam ||w||^2", "w", {"X": X, "y": y, "lam": 1.0})`; `m["w"]` is the point, `print(m)` tells
    all, `m.plot()` draws the course of the search.

    Parameters
        function, declare: as for `derive`; its value is one number.
        wrt: the variables, a name, "W, b" or a list; by default all that are no data. Facts such as `positive` bound them.
        data: values of all other variables by name. An `np.memmap` is read in blocks, never as a whole.
        start: where the search begins, by name; by default zeros, small random matrices (`seed=`), 1 for what is positive.
        method: "newton" (with the Hessian), "newton-cg" (with products ∇²f v), "lbfgs", "bfgs", "cg"; by default Newton's,
            with bounds L-BFGS.
        tolerance: how large entries of the gradient may stay, relative to the largest at the start, or beside a start that is
            flat: 1e-8 for Newton's methods, else 1e-6.
        iterations: at most so many. sizes: those that no data show, {"k": 5}. seed: of the random start.
        progress: whether a line on stderr tells how far it is; by default on a terminal, after a second.
        more: dialect=; the shapes of a Python function by name.

    Returns
        Minimum: `.values`, `.value`, `.gradient`, `.slope`, `.converged`, `.reason`, `.history`, `.derivations`.

    Raises
        what `derive` raises for the function; BackendError: SciPy is not installed; DomainError: a variable is constrained in a
        way that no bounds express, or f has no value or gradient at the start; DeclarationError, UnknownNameError, ShapeError: data, start or method do not fit.
    """
    checked_options(tolerance, iterations, seed)
    function, declare, more = brought(function, declare, more, ("dialect",))
    optimize = _scipy()
    problem = understood(function, declare, more.get("dialect"))
    data = checked_data(problem, data)
    wrt = wrt if wrt is not None else left_over(problem, data)
    problem, names = several_asked(problem, wrt, None, "column", None)
    refuse(problem, names, data)
    start = dict(start) if isinstance(start, Mapping) else {} if start is None else {names[0]: start}
    variables = Variables([problem.every[n] for n in names], sizes_known(problem, data, start, sizes))
    x = variables.start(start, seed)
    bounds = variables.bounds()
    chosen = method_for(method, variables.length, bounds is not None)
    objective = Objective(problem, names, variables, data, _given)
    with Watch(objective, bounds, progress) as watch, np.errstate(all="ignore"):  # a step may leave the domain; it is taken back
        watch.note(x)
        refuse_start(objective, data)
        goal = _goal(objective, watch, x, bounds is not None, chosen, tolerance or chosen.tolerance)
        found = _run(optimize, objective, x, chosen, bounds, goal, iterations, watch)
        if len(watch.history) <= iterations:
            found.x = _polished(objective, found.x, chosen, goal, watch)
        return _minimum(problem, objective, found, chosen, watch, goal, iterations)


def _scipy():
    try:
        from scipy import optimize
    except ImportError:
        raise BackendError(
            "SciPy is not installed",
            given="minimize(…)",
            expected="SciPy, whose optimizers do the search",
            fix='pip install "chainrule[optimize]"',
        ) from None
    return optimize


def _given(program, data: dict):
    """The program as a function of the variables alone; data on disk stay there."""
    used = {name: x for name, x in data.items() if name in program.parameters}
    if any(isinstance(x, np.memmap) for x in used.values()):
        try:
            streamed = stream(program)
        except BackendError as why:
            raise BackendError(
                "data on disk cannot be read in blocks for this: " + why.problem,
                given=why.given,
                expected=why.expected,
                fix="np.array(…) of the memmap, if memory holds it",
            ) from None
        return lambda **values: streamed(**used, **values)
    return program.given(**used)


def _goal(objective: Objective, watch: Watch, x: np.ndarray, bounded: bool, chosen: Method, relative: float) -> float:
    """How large the entries of the gradient may stay: `relative` to the largest at the start.

    A start may be flat, a saddle or a minimum. There the largest at a random point beside it counts, or 1 if that is less.
    Beside a bound a slope may be of any size; it is that of the point beside it, too, if that is smaller, or 1. Searches that compare values of f are asked for no more than its rounding lets them see (`Method`).
    """
    _, value, gradient = objective.seen
    slope = watch.history[0].slope
    if slope >= 1 and not bounded:
        return relative * slope
    beside = watch.beside(x)
    _, other = objective.value_and_gradient(beside)
    steep, far = np.max(np.abs(other)), np.max(np.abs(beside - x))
    if not np.isfinite(steep):
        steep = 1.0
    if slope >= 1:
        return relative * min(slope, max(1.0, steep))
    goal = relative * max(slope, min(1.0, steep))
    if not chosen.second and np.all(np.isfinite(other)) and far > 0:
        curvature = np.max(np.abs(other - gradient)) / far
        goal = max(goal, SEEN * np.sqrt(EPS * abs(value) * curvature))
    return max(min(goal, relative), np.finfo(float).tiny)


def _run(optimize, objective: Objective, x, chosen: Method, bounds, goal: float, iterations: int, watch: Watch):
    second = {}
    if chosen.second == "hvp":
        second["hessp"] = objective.product
    elif chosen.second == "hessian":
        second["hess"] = objective.hessian
    try:
        return optimize.minimize(
            objective.value_and_gradient, x, jac=True, method=chosen.scipy, bounds=bounds, callback=watch.note,
            options={"maxiter": iterations, "gtol": goal, **chosen.options}, **second,
        )  # fmt: skip
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        last = watch.history[-1]
        raise DomainError(
            "the numbers of the search are beyond what can be computed with",
            given=f"f = {last.value:.4g}, largest entry of ∇f {last.slope:.2g}, after {len(watch.history) - 1} iterations ({error})",
            expected="values, gradients and curvatures that are finite along the way",
            fix="scale the data to numbers around 1, or start elsewhere",
        ) from error


def _polished(objective: Objective, x: np.ndarray, chosen: Method, goal: float, watch: Watch) -> np.ndarray:
    """Newton steps that are judged by the gradient alone, where the search ended because f no longer tells points apart.

    A trust region compares values of f; a slope s beside a curvature c changes f by s²/2c, which rounding hides early.
    """
    from scipy.sparse.linalg import minres

    for _ in range(MOST_STEPS if chosen.second else 0):
        value, gradient = objective.at(x)
        slope = watch.slope_of(x, gradient)
        if not goal < slope < np.inf:
            break
        if chosen.second == "hessian":
            step = np.linalg.lstsq(objective.hessian(x), -gradient, rcond=None)[0]
        else:
            step = minres(_operator(objective, x), -gradient, rtol=1e-6, maxiter=200)[0]
        reached, after = objective.value_and_gradient(x + step)
        if not watch.slope_of(x + step, after) < slope or reached > value + LEVEL * abs(value):
            break  # uphill, it would be to another point without slope: a saddle, or a maximum
        x = x + step
        watch.note(x)
    return x


def _operator(objective: Objective, x: np.ndarray):
    """The Hessian at x as SciPy's operators are."""
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator((x.size, x.size), matvec=lambda v: objective.product(x, v), dtype=float)


def _curvature(objective: Objective, x: np.ndarray) -> tuple[float, float]:
    """(smallest, largest) eigenvalue of the Hessian at x; of many variables what a few steps of Lanczos's method see."""
    if x.size <= FEW:
        found = np.linalg.eigvalsh(objective.hessian(x))
        return float(found[0]), float(found[-1])
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    seen = []
    for which in ("SA", "LA"):
        try:
            seen += list(eigsh(_operator(objective, x), k=1, which=which, ncv=LANCZOS, maxiter=2, tol=0.1, return_eigenvectors=False,
                               v0=np.random.default_rng(0).normal(size=x.size)))  # fmt: skip
        except ArpackNoConvergence as error:
            seen += list(error.eigenvalues)
    return float(min(seen, default=0.0)), float(max(seen, default=0.0))


def _why(found) -> str:
    """Why a search ended before it was done."""
    said = str(found.message).rstrip(".")
    return "f no longer tells points apart" if "StopIteration" in said else f"SciPy: {said}"


def _minimum(problem, objective: Objective, found, chosen: Method, watch: Watch, goal: float, iterations: int) -> Minimum:
    value, gradient = objective.at(found.x)
    watch.add(found.x, value, gradient)
    slope = watch.slope_of(found.x, gradient)
    converged = bool(np.isfinite(value) and slope <= goal)
    lowest, highest = _curvature(objective, found.x) if converged and watch.is_free(found.x) else (0.0, 0.0)
    if lowest < -DOWNWARD * max(abs(highest), abs(lowest)):
        converged = False
        reason = f"∇f is zero, but this is no minimum: f curves down in some direction (curvature {lowest:.2g}); start elsewhere"
    elif converged:
        reason = f"no entry of ∇f is larger than {slope:.1e}; {goal:.1e} was asked for"
    elif not np.isfinite(value):
        reason = "the function has no value where the search ended"
    elif len(watch.history) > iterations:
        reason = f"stopped after {iterations} iteration{'s' * (iterations != 1)}; an entry of ∇f is still {slope:.1e}"
    else:
        reason = f"the search got stuck: an entry of ∇f is still {slope:.1e} ({_why(found)})"
    parts = objective.variables.apart
    return Minimum(
        problem, {n: x.copy() for n, x in parts(found.x).items()}, value, parts(gradient), slope, converged, reason,
        watch.history, objective, chosen.words,
    )  # fmt: skip
