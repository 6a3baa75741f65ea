"""Minimising a function of data: value, gradient and second derivatives are derived, compiled, and handed to SciPy.

The data are given to the program once, so that what depends on them alone is computed once; data in a memmap are read
in blocks in each evaluation. SciPy is imported when a minimisation is asked for: `pip install "chainrule[optimize]"`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..compiling.binding import array, sizes_of
from ..compiling.rows import stream
from ..core.errors import BackendError, DeclarationError, ShapeError, UnknownNameError, did_you_mean
from ..derivation.derive import understood
from ..derivation.objects import several_asked
from ..derivation.options import brought
from .methods import FEW, Method, method_for
from .minimum import Minimum
from .objective import Objective
from .variables import Variables
from .watch import Watch

MOST_ITERATIONS = 1000
MOST_STEPS = 5  # of Newton's at the end, judged by the gradient alone
LANCZOS = 12  # vectors of Lanczos's method
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
        tolerance: how large entries of the gradient may stay, relative to the largest at the start (or to 1, if that is
            larger): 1e-8 for Newton's methods, else 1e-6.
        iterations: at most so many. sizes: those that no data show, {"r": 5}. seed: of the random start.
        progress: whether a line on stderr tells how far it is; by default on a terminal, after a second.
        more: dialect=; the shapes of a Python function by name.

    Returns
        Minimum: `.values`, `.value`, `.gradient`, `.slope`, `.converged`, `.reason`, `.history`, `.derivations`.

    Raises
        what `derive` raises for the function; BackendError: SciPy is not installed; DomainError: a variable is constrained in a
        way that no bounds express; DeclarationError, UnknownNameError, ShapeError: data, start or method do not fit.
    """
    function, declare, more = brought(function, declare, more, ("dialect",))
    optimize = _scipy()
    problem = understood(function, declare, more.get("dialect"))
    data = _checked_data(problem, data)
    wrt = wrt if wrt is not None else [name for name in problem.variables if name not in data]
    problem, names = several_asked(problem, wrt, None, "column", None)
    _refuse(problem, names, data)
    start = dict(start) if isinstance(start, Mapping) else {} if start is None else {names[0]: start}
    variables = Variables([problem.every[n] for n in names], _sizes(problem, data, start, sizes or {}))
    x = variables.start(start, seed)
    bounds = variables.bounds()
    chosen = method_for(method, variables.length, bounds is not None)
    objective = Objective(problem, names, variables, data, _given)
    with Watch(objective, bounds, progress) as watch:
        watch.note(x)
        goal = (tolerance or chosen.tolerance) * max(1.0, watch.history[0].slope)
        found = _run(optimize, objective, x, chosen, bounds, goal, iterations, watch)
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


def _checked_data(problem, data) -> dict:
    data = dict(data or {})
    for name in data:
        if name not in problem.variables:
            near = did_you_mean(name, list(problem.variables))
            raise UnknownNameError(
                f"`{name}` is no variable of the function",
                given=f"data={{{name!r}: …}} for {problem.echo}",
                expected=", ".join(f"`{v}`" for v in problem.variables),
                fix=f"did you mean `{near}`?" if near else None,
            )
    return {name: x if isinstance(x, np.memmap) else array(name, x) for name, x in data.items()}


def _refuse(problem, names: list[str], data: dict) -> None:
    both = [name for name in names if name in data]
    if both:
        raise DeclarationError(
            f"`{both[0]}` is among the data, and minimised over",
            given=f"wrt={', '.join(names)}; data: {', '.join(data)}",
            expected="a variable that is not among the data",
            fix=f"start={{{both[0]!r}: …}} says where the search starts",
        )
    missing = [name for name in problem.variables if name not in names and name not in data]
    if missing:
        raise UnknownNameError(
            f"there are no data for `{missing[0]}`",
            given=f"data: {', '.join(data) or 'none'}; minimised over {', '.join(names)}",
            expected="values for " + ", ".join(f"`{m}`" for m in missing),
            fix=f"data={{{missing[0]!r}: …}}",
        )
    if problem.dims:
        raise ShapeError(
            "only a number can be minimised",
            given=f"{problem.echo}, of shape {'×'.join(map(str, problem.dims))}",
            expected="a function whose value is one number",
        )


def _sizes(problem, data: dict, start: dict, given: dict) -> dict[str, int]:
    """The sizes that data and start show, and those that are given."""
    known = {**data, **{name: array(name, x) for name, x in start.items() if name in problem.variables}}
    return sizes_of({name: problem.every[name].dims for name in known}, known, dict(given))


def _given(program, data: dict):
    """The program as a function of the variables alone; data on disk stay there."""
    used = {name: x for name, x in data.items() if name in program.parameters}
    if any(isinstance(x, np.memmap) for x in used.values()):
        streamed = stream(program)
        return lambda **values: streamed(**used, **values)
    return program.given(**used)


def _run(optimize, objective: Objective, x, chosen: Method, bounds, goal: float, iterations: int, watch: Watch):
    second = {}
    if chosen.second == "hvp":
        second["hessp"] = objective.product
    elif chosen.second == "hessian":
        second["hess"] = objective.hessian
    return optimize.minimize(
        objective.value_and_gradient, x, jac=True, method=chosen.scipy, bounds=bounds, callback=watch.note,
        options={"maxiter": iterations, "gtol": goal, **chosen.options}, **second,
    )  # fmt: skip


def _polished(objective: Objective, x: np.ndarray, chosen: Method, goal: float, watch: Watch) -> np.ndarray:
    """Newton steps that are judged by the gradient alone, where the search ended because f no longer tells points apart.

    A trust region compares values of f; a slope s beside a curvature c changes f by s²/2c, which rounding hides early.
    """
    from scipy.sparse.linalg import minres

    for _ in range(MOST_STEPS if chosen.second else 0):
        _, gradient = objective.value_and_gradient(x)
        slope = watch.slope_of(x, gradient)
        if not goal < slope < np.inf:
            break
        if chosen.second == "hessian":
            step = np.linalg.lstsq(objective.hessian(x), -gradient, rcond=None)[0]
        else:
            step = minres(_operator(objective, x), -gradient, rtol=1e-6, maxiter=200)[0]
        _, after = objective.value_and_gradient(x + step)
        if not watch.slope_of(x + step, after) < slope:
            break
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


def _minimum(problem, objective: Objective, found, chosen: Method, watch: Watch, goal: float, iterations: int) -> Minimum:
    value, gradient = objective.value_and_gradient(found.x)
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
    elif found.nit >= iterations:
        reason = f"stopped after {iterations} iterations; an entry of ∇f is still {slope:.1e}"
    else:
        reason = f"the search got stuck: an entry of ∇f is still {slope:.1e} (SciPy: {str(found.message).rstrip('.')})"
    parts = objective.variables.apart
    return Minimum(
        problem, {n: x.copy() for n, x in parts(found.x).items()}, value, parts(gradient), slope, converged, reason,
        watch.history, objective, chosen.words,
    )  # fmt: skip
