"""How good are numeric derivatives, ours and those of the libraries, on functions that are hard for them?

    python bench/numeric_derivatives.py [--each] [--own] [--random 300]

Truth by mpmath with 60 digits at the exact floating-point input. `holds` counts the cases in which the true error is
at most the error that the method itself reports. `--each` prints every case, `--own` leaves the peers out, `--random` takes
functions made up by chance instead of the table.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np
import scipy.differentiate
import scipy.optimize
import scipy.special

from chainrule import numeric
from chainrule.numeric.ladder import along

mp.mp.dps = 60


class Case(NamedTuple):
    name: str
    kind: str
    f: Callable
    exact: Callable  # the same in mpmath
    x: float


def case(name, kind, f, *points, exact=None):
    return [Case(name, kind, f, exact or f, x) for x in points]


def kepler(e, tol):
    """The eccentric anomaly E of the mean anomaly M: E − e sin E = M, iterated until it moves by less than tol."""

    def f(M):
        E = M
        for _ in range(200):
            last, E = E, M + e * np.sin(E)
            if np.all(abs(E - last) < tol):
                break
        return E

    return f


def newton_root(x):
    """√x by twenty steps of Heron's rule."""
    y = x / 2 + 1
    for _ in range(20):
        y = (y + x / y) / 2
    return y


def chebyshev(n):
    def f(x):
        a, b = x * 0 + 1, x
        for _ in range(n - 1):
            a, b = b, 2 * x * b - a
        return b

    return f


def logistic_map(x):
    for _ in range(8):
        x = 3.9 * x * (1 - x)
    return x


def logistic_map_mp(x):
    r = mp.mpf(3.9)
    for _ in range(8):
        x = r * x * (1 - x)
    return x


T = np.array([0.5, 1.0, 1.5, 2.0])
SLOPES = np.array([0.3, -0.7, 1.1, -0.2, 0.9])
PLACES = np.array([1e-6, -3e-7, 2e-3, -0.4, 0.8])

CASES: list[Case] = [
    # plain
    *case("exp x", "plain", np.exp, 1.0, exact=mp.exp),
    *case("sin x", "plain", np.sin, 1.0, 10.0, exact=mp.sin),
    *case("tanh x", "plain", np.tanh, 0.3, 2.5, exact=mp.tanh),
    *case("erf x", "plain", scipy.special.erf, 0.7, exact=mp.erf),
    *case("gamma x", "plain", scipy.special.gamma, 5.5, exact=mp.gamma),
    *case("x^x", "plain", lambda x: x**x, 3.0),
    *case("mean((x t - 1)^2)", "plain", lambda x: np.mean((x * T - 1) ** 2), 1.7, exact=lambda x: sum((x * t - 1) ** 2 for t in T) / 4),
    *case("log(1 + x^2)", "plain", lambda x: np.log(1 + x * x), 0.8, exact=lambda x: mp.log(1 + x * x)),
    *case("arctan x", "plain", np.arctan, -1.3, exact=mp.atan),
    *case("J0(x)", "plain", scipy.special.j0, 4.2, exact=lambda x: mp.besselj(0, x)),
    *case("x^2 at 0", "plain", lambda x: x * x, 0.0),
    *case("cos x at 0", "plain", np.cos, 0.0, exact=mp.cos),
    *case("x", "plain", lambda x: x, 0.3),
    # scale
    *case("x^3", "scale", lambda x: x**3, 1e-8, 1e8),
    *case("1/x", "scale", lambda x: 1 / x, 1e-8, 1e8),
    *case("log x", "scale", np.log, 1e-8, 1e8, exact=mp.log),
    *case("sqrt x", "scale", np.sqrt, 1e-8, 1e8, exact=mp.sqrt),
    *case("exp x at tiny x", "scale", np.exp, 1e-8, 1e-15, exact=mp.exp),
    *case("x^(1/3)", "scale", np.cbrt, 1e-12, exact=mp.cbrt),
    *case("1e-12 sin x", "scale", lambda x: 1e-12 * np.sin(x), 1.0, exact=lambda x: mp.mpf(1e-12) * mp.sin(x)),
    *case("1e12 sin x", "scale", lambda x: 1e12 * np.sin(x), 1.0, exact=lambda x: mp.mpf(1e12) * mp.sin(x)),
    *case("arctan(1e6 x)", "scale", lambda x: np.arctan(1e6 * x), 3e-7, 0.0, exact=lambda x: mp.atan(1e6 * x)),
    *case("tanh(1e3 (x - 1))", "scale", lambda x: np.tanh(1e3 * (x - 1)), 1.0005, exact=lambda x: mp.tanh(1000 * (x - 1))),
    # offset
    *case("1e8 + sin x", "offset", lambda x: 1e8 + np.sin(x), 1.0, exact=lambda x: mp.sin(x)),
    *case("1e12 + x^2", "offset", lambda x: 1e12 + x * x, 3.0),
    *case("1e6 + exp(x)", "offset", lambda x: 1e6 + np.exp(x), 0.1, exact=lambda x: mp.exp(x)),
    # tiny gradient
    *case("sigmoid x", "tiny gradient", lambda x: 1 / (1 + np.exp(-x)), -28.0, 12.0, exact=lambda x: 1 / (1 + mp.exp(-x))),
    *case("log(1 + e^-x)", "tiny gradient", lambda x: np.log(1 + np.exp(-x)), 28.0, exact=lambda x: mp.log(1 + mp.exp(-x))),
    *case("exp(-x^2)", "tiny gradient", lambda x: np.exp(-x * x), 6.0, exact=lambda x: mp.exp(-x * x)),
    *case("tanh x", "tiny gradient", np.tanh, 9.0, exact=mp.tanh),
    *case("erfc x", "tiny gradient", scipy.special.erfc, 8.0, exact=mp.erfc),
    *case("exp(-1/x)", "tiny gradient", lambda x: np.exp(-1 / x), 0.02, exact=lambda x: mp.exp(-1 / x)),
    # oscillating
    *case("sin(1e4 x)", "oscillating", lambda x: np.sin(1e4 * x), 0.7, exact=lambda x: mp.sin(10**4 * x)),
    *case("sin(1e6 x)", "oscillating", lambda x: np.sin(1e6 * x), 0.7, exact=lambda x: mp.sin(10**6 * x)),
    *case("x sin(1/x)", "oscillating", lambda x: x * np.sin(1 / x), 0.01, exact=lambda x: x * mp.sin(1 / x)),
    *case("cos(1e3 x^2)", "oscillating", lambda x: np.cos(1e3 * x * x), 2.0, exact=lambda x: mp.cos(1000 * x * x)),
    *case("exp(sin 100x)", "oscillating", lambda x: np.exp(np.sin(100 * x)), 1.0, exact=lambda x: mp.exp(mp.sin(100 * x))),
    *case("x + 1e-3 sin(1e5 x)", "oscillating", lambda x: x + 1e-3 * np.sin(1e5 * x), 0.4, exact=lambda x: x + mp.mpf(1e-3) * mp.sin(10**5 * x)),
    *case("T50(x)", "oscillating", chebyshev(50), 0.31, exact=lambda x: mp.cos(50 * mp.acos(x))),
    *case("logistic map, 8 times", "oscillating", logistic_map, 0.3, exact=logistic_map_mp),
    # near a kink, a pole, a spike
    *case("relu(x) + x^2", "near kink", lambda x: np.maximum(x, 0) + x * x, 1e-5, 1e-8, exact=lambda x: x + x * x),
    *case("|x - 1|", "near kink", lambda x: abs(x - 1), 1 + 1e-5, 1 - 1e-8, exact=lambda x: abs(x - 1)),
    *case("softplus(1e4 x)/1e4", "near kink", lambda x: np.logaddexp(0, 1e4 * x) / 1e4, 1e-5, exact=lambda x: mp.log(1 + mp.exp(10**4 * x)) / 10**4),
    *case("softplus(1e4 (x-1))/1e4", "near kink", lambda x: np.logaddexp(0, 1e4 * (x - 1)) / 1e4, 1 + 1e-5, exact=lambda x: mp.log(1 + mp.exp(10**4 * (x - 1))) / 10**4),
    *case("five relus", "near kink", lambda x: np.sum(SLOPES * np.maximum(x - 1 - PLACES, 0)) + np.sin(x), 1.0,
          exact=lambda x: sum(mp.mpf(s) * max(x - 1 - mp.mpf(p), 0) for s, p in zip(SLOPES, PLACES)) + mp.sin(x)),
    *case("1/(1 + (1e8 x)^2)", "plateau", lambda x: 1 / (1 + (1e8 * x) ** 2), 2e-8, exact=lambda x: 1 / (1 + (10**8 * x) ** 2)),
    *case("1/(1 + (1e8 (x-1))^2)", "plateau", lambda x: 1 / (1 + (1e8 * (x - 1)) ** 2), 1 + 2e-8, exact=lambda x: 1 / (1 + (10**8 * (x - 1)) ** 2)),
    *case("exp(-(1e5 (x-2))^2)", "plateau", lambda x: np.exp(-((1e5 * (x - 2)) ** 2)), 2 + 1e-5, exact=lambda x: mp.exp(-((10**5 * (x - 2)) ** 2))),
    *case("tan x near its pole", "pole", np.tan, 1.57, exact=mp.tan),
    *case("1/(x - 1)", "pole", lambda x: 1 / (x - 1), 1 + 1e-6),
    *case("sqrt(x - 1)", "pole", lambda x: np.sqrt(x - 1), 1 + 1e-7, exact=lambda x: mp.sqrt(x - 1)),
    *case("log(1 - x)", "pole", lambda x: np.log(1 - x), 0.9999, exact=lambda x: mp.log(1 - x)),
    *case("arcsin x", "pole", np.arcsin, 0.999999, exact=mp.asin),
    # cancellation, noise
    *case("(1 - cos x)/x^2", "cancellation", lambda x: (1 - np.cos(x)) / x**2, 1e-3, exact=lambda x: (1 - mp.cos(x)) / x**2),
    *case("(e^x - 1)/x", "cancellation", lambda x: (np.exp(x) - 1) / x, 1e-5, exact=lambda x: (mp.exp(x) - 1) / x),
    *case("sqrt(x^2 + 1) - x", "cancellation", lambda x: np.sqrt(x * x + 1) - x, 1e4, exact=lambda x: mp.sqrt(x * x + 1) - x),
    *case("(x-1)^7 expanded", "cancellation", lambda x: ((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1, 1.05),
    *case("logsumexp, 1000s", "cancellation", lambda x: 1000 + np.log(np.exp(2 * x - 1000 - 1000) + np.exp(x - 500 - 0.3)), 500.5,
          exact=lambda x: 1000 + mp.log(mp.exp(2 * x - 2000) + mp.exp(x - 500 - mp.mpf(0.3)))),
    *case("sin x / x - cos x", "cancellation", lambda x: np.sin(x) / x - np.cos(x), 1e-3, exact=lambda x: mp.sin(x) / x - mp.cos(x)),
    *case("Kepler, tol 1e-9", "noisy", kepler(0.6, 1e-9), 1.0, exact=lambda M: mp.findroot(lambda E: E - mp.mpf(0.6) * mp.sin(E) - M, 1.5)),
    *case("Heron's root", "noisy", newton_root, 7.3, exact=mp.sqrt),
    *case("rounded to 6 digits", "noisy", lambda x: np.rint(np.sin(x) * 1e6) / 1e6, 0.5, exact=mp.sin),
    # complex trap
    *case("|x|^3", "complex trap", lambda x: np.abs(x) ** 3, -0.5, exact=lambda x: abs(x) ** 3),
    *case("norm([x, 1])", "complex trap", lambda x: np.sqrt(x * x + 1), 0.5, exact=lambda x: mp.sqrt(x * x + 1)),
    *case("x conj(x)", "complex trap", lambda x: x * np.conj(x), 0.5, exact=lambda x: x * x),
]  # fmt: skip


def truth(g, x):
    """By central differences of 90 digits at a step of 1e-25 relative: the error is near 1e-50."""
    with mp.workdps(90):
        h = mp.mpf(10) ** -25 * (abs(x) or 1)
        return (g(x + h) - g(x - h)) / (2 * h)


# ---------------------------------------------------------------- functions made up by chance, which nothing was tuned to

UNARY = [
    (np.sin, mp.sin), (np.exp, mp.exp), (np.tanh, mp.tanh), (np.arctan, mp.atan), (np.abs, abs),
    (lambda x: np.log(1 + x * x), lambda x: mp.log(1 + x * x)), (lambda x: np.sqrt(1 + x * x), lambda x: mp.sqrt(1 + x * x)),
    (lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x)), (lambda x: x * x, lambda x: x * x),
    (lambda x: np.maximum(x, 0), lambda x: max(x, mp.mpf(0))),
    (lambda x: np.logaddexp(0, x), lambda x: mp.log(1 + mp.exp(x))),
]  # fmt: skip


def made_up(rng, depth: int):
    """(a function, the same in mpmath): compositions, sums and products, with factors and offsets of all sizes."""
    if depth == 0:
        a = float(rng.choice([1, -1]) * 10 ** rng.uniform(-2, 4 if rng.random() < 0.2 else 1))
        return (lambda x: a * x), (lambda x: mp.mpf(a) * x)
    kind = rng.random()
    (f, F) = made_up(rng, depth - 1)
    if kind < 0.5:
        g, G = UNARY[rng.integers(len(UNARY))]
        return (lambda x: g(f(x))), (lambda x: G(F(x)))
    (g, G) = made_up(rng, depth - 1)
    if kind < 0.7:
        return (lambda x: f(x) * g(x)), (lambda x: F(x) * G(x))
    if kind < 0.9:
        return (lambda x: f(x) + g(x)), (lambda x: F(x) + G(x))
    c = float(10 ** rng.uniform(-3, 9))
    return (lambda x: c + f(x)), (lambda x: mp.mpf(c) + F(x))


def random_cases(count: int, seed: int) -> list[Case]:
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        f, exact = made_up(rng, int(rng.integers(1, 5)))
        x = float(rng.choice([1, -1]) * 10 ** (rng.uniform(-8, 8) if rng.random() < 0.2 else rng.uniform(-1, 1)))
        with np.errstate(all="ignore"):
            value = f(x)
        if np.isfinite(value) and abs(value) < 1e100 and 1e-100 < abs(truth(exact, mp.mpf(x))) < 1e100:
            found.append(Case(f"made up {len(found)}", "made up", f, exact, x))
    return found


# ---------------------------------------------------------------- methods: (value, own error or None, evaluations)


def counted(f, dtype=None):
    def g(x):
        g.calls += 1
        return f(x)

    g.calls = 0
    return g


def ladder(f, x):
    found = along(f, np.array(x), np.array(1.0))
    return found.value, found.bound


def ladder_wide(f, x):
    found = along(f, np.array(x, dtype=np.longdouble), np.array(1.0))
    return found.value, found.bound


def door(f, x):
    found = numeric.derivative(f, x)
    return found.value, found.bound


def central(h):
    def method(f, x):
        return (f(x + h) - f(x - h)) / (2 * h), None

    return method


def forward(f, x):
    def g(a):
        return float(np.asarray(f(a[0])))

    return scipy.optimize.approx_fprime(np.array([x]), g)[0], None


def adaptive(f, x):
    def g(a):
        return np.array([f(t) for t in np.ravel(a)]).reshape(np.shape(a))

    found = scipy.differentiate.derivative(g, x)
    return found.df, found.error


def complex_step(f, x):
    return np.imag(f(x + 1e-20j)) / 1e-20, None


METHODS = {
    "chainrule.numeric.derivative": door,
    "chainrule ladder, longdouble": ladder_wide,
    "chainrule ladder, float64": ladder,
    "scipy.differentiate.derivative": adaptive,
    "scipy approx_fprime": forward,
    "central 1e-6 (as torch gradcheck)": central(1e-6),
    "central 1e-4 (as jax check_grads)": central(1e-4),
    "complex step 1e-20": complex_step,
}


class Outcome(NamedTuple):
    error: float  # relative
    holds: bool | None
    ratio: float  # of the reported error to the true one
    calls: int


def run(method, c: Case, exact) -> Outcome:
    f = counted(c.f)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value, own = method(f, c.x)
        value = np.asarray(value)
        wrong = abs(mp.mpf(str(value.astype(np.longdouble))) - exact) if np.all(np.isfinite(value)) else mp.inf
    except TypeError:
        return Outcome(np.inf, None, np.nan, f.calls)
    scale = abs(exact) or mp.mpf(1)
    own = None if own is None else mp.mpf(str(np.asarray(own).astype(np.longdouble)))
    holds = None if own is None else bool(wrong <= own)
    ratio = np.nan if own is None or wrong in (0, mp.inf) else float(own / wrong)
    return Outcome(float(wrong / scale), holds, ratio, f.calls)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--each", action="store_true")
    options.add_argument("--own", action="store_true")
    options.add_argument("--random", type=int, default=0, metavar="COUNT", help="functions made up by chance, in place of the table")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    names = list(METHODS)[: 3 if given.own else None]
    cases = random_cases(given.random, given.seed) if given.random else CASES
    exact = [truth(c.exact, mp.mpf(c.x)) for c in cases]
    table = {name: [run(METHODS[name], c, e) for c, e in zip(cases, exact, strict=True)] for name in names}
    if given.each:
        print(f"{'':26}{'x':>12}  " + "".join(f"{n[:26]:>30}" for n in names))
        for i, c in enumerate(cases):
            cells = (table[n][i] for n in names)
            text = "".join(
                f"{o.error:12.1e} {'' if o.holds is None else 'ok' if o.holds else 'NO':>2} {o.ratio:7.0e} {o.calls:4d}" for o in cells
            )
            print(f"{c.name:26}{c.x:12.6g}  {text}")
        print()
    print(f"{len({c.name for c in cases})} functions, {len(cases)} points. Relative errors; bound/error is the median of what is reported over what is true.")
    print(f"{'method':36}{'median':>9}{'90th pct':>10}{'worst':>9}{'> 1e-6':>8}{'evaluations':>14}{'holds':>9}{'bound/error':>13}")
    for name in names:
        found = [o for o in table[name] if not (np.isinf(o.error) and o.calls <= 1)]
        errors = np.array([o.error for o in found])
        held = [o.holds for o in found if o.holds is not None]
        ratios = [o.ratio for o in found if np.isfinite(o.ratio)]
        calls = [o.calls for o in found]
        print(
            f"{name:36}{np.median(errors):9.0e}{np.sort(errors)[int(0.9 * len(errors))]:10.0e}{np.max(errors):9.0e}"
            f"{np.sum(errors > 1e-6):8d}{f'{np.median(calls):.0f} ({max(calls)})':>14}"
            f"{f'{sum(held)}/{len(held)}' if held else '-':>9}{f'{np.median(ratios):.0f}' if ratios else '-':>13}"
        )


if __name__ == "__main__":
    main()
