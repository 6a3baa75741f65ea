"""The backward pass of a function, written: NumPy, a `torch.autograd.Function` or a `jax.custom_vjp`, with a test.

    >>> print(backward("||X w - y||^2", "w", to="torch"))

What is written is run before it is shown: its value against the function as read, its cotangents against the numeric
derivative of the function, at points of several sizes and with cotangents of both signs; then its own test is run.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np

from ...compiling import defined, identifier
from ...core.errors import BackendError, DeclarationError, UnverifiedError, check_choice
from ...derivation.derive import understood
from ...derivation.differentiable import split
from ...derivation.objects import paired, refuse_unless_verified, several_asked, worst_of
from ...derivation.seal import piecewise
from ...numeric import draw, verify
from .files import FRAMEWORKS, shape_text
from .trial import chosen

CONSTANT = frozenset({"counts", "labels01", "mask01", "labelspm1", "onehot", "constant"})  # no cotangent, unless asked for


CLOSE = 1e-8  # of the largest entry; sums in another order differ by rounding only
POINTS, ATTEMPTS = 3, 20  # at which two frameworks are compared, and draws for each


class Backward:
    """A backward pass as a file.

    Attributes
        to: "numpy", "torch" or "jax".
        problem: the function as read.
        wrt: the variables whose cotangents are computed.
        source: the file without its test; `test` is the test, which needs nothing but the file.
        saved: what the forward pass keeps for the backward pass, as (name, shape).
        seal: the evidence that the code that is shown is right; None if it was not checked.
        ran: the frameworks in which it was run; "not run here" is said where the one it is written for is not installed.
    """

    def __init__(self, problem, to: str, wrt: list[str], framework, source: str, test: str):
        self.problem, self.to, self.wrt = problem, to, wrt
        self.source, self.test = source, test
        self.saved = [(name, shape_text(dims)) for name, dims in framework.passes.saved]
        self.saved += [(name, "size") for name in framework.passes.saved_sizes]
        self.seal, self.ran = None, []
        self._framework, self._space = framework, None

    @property
    def verified(self) -> bool:
        return self.seal is not None and self.seal.ok

    @property
    def remark(self) -> str:
        """What was checked, in one line."""
        name = self._framework.name
        if self.seal is None:
            return "not verified"
        if name in self.ran:
            return f"verified: run in {name}, against the numeric derivative and by its own test"
        return f"verified: run in NumPy, against the numeric derivative; not run here in {name}, which is not installed"

    def __str__(self) -> str:
        return f"{self._framework.source(tested=True)}\n\n{self.test}"

    def namespace(self) -> SimpleNamespace:
        """The names that the file defines: `forward` and `backward`, or the function that carries its own backward pass.

        Raises
            BackendError: its framework is not installed.
        """
        if self._space is None:
            if not self._framework.is_installed:
                raise BackendError(
                    f"{self._framework.name} is not installed",
                    given=f'backward(…, to="{self.to}").namespace()',
                    expected=f"{self._framework.name}, or only the text: str(backward(…))",
                    fix=f'pip install "chainrule[{self.to}]"',
                )
            self._space = ran(self)
        return SimpleNamespace(**{k: v for k, v in self._space.items() if not k.startswith("__")})

    def compile(self):
        """(forward, backward) for NumPy; for PyTorch and JAX the function, which their differentiation takes as it is."""
        self.namespace()
        return self._framework.callables(self._space)

    def to_dict(self) -> dict:
        return {
            "kind": "backward",
            "to": self.to,
            "function": self.problem.text,
            "read_as": list(self.problem.reading),
            "wrt": list(self.wrt),
            "saved": [{"name": name, "shape": shape} for name, shape in self.saved],
            "source": self.source,
            "test": self.test,
            "verified": self.verified,
            "remark": self.remark,
            "notes": list(self.problem.notes),
        }


def ran(found: Backward) -> dict:
    """The names of the file, test and all."""
    return defined(str(found), f"backward in {found.to}")


def backward(
    function,
    wrt=None,
    to: str = "numpy",
    declare: str | Mapping | None = None,
    dialect: str | None = None,
    name: str | None = None,
    seal: bool = True,
) -> Backward:
    """The forward and the backward pass of `function` as source code, run and compared before it is shown.

    Parameters
        function: text, or a function that was brought as code.
        wrt: the variables whose cotangents are wanted, as a list or "W, b"; by default all but those that hold labels.
        to: "numpy", "torch" or "jax".
        name: what the function is called in the code of PyTorch and JAX.

    Raises
        what `derive` raises for the function and its variables; UnverifiedError, DomainError: the code that was written
        disagrees with the numeric derivative, or no point was found at which it can be compared.
    """
    check_choice("framework", to, FRAMEWORKS)
    if wrt is None:
        problem = understood(function, declare, dialect)
        wrt = [x for x, v in problem.variables.items() if not v.facts & CONSTANT]
        if not wrt:
            raise DeclarationError(
                "there is no variable to pull a cotangent back to",
                given=f"{problem.echo}, " + ("whose variables hold labels" if problem.variables else "which has no variables"),
                expected="a function of numbers that may change",
                fix=f'wrt="{next(iter(problem.variables))}"' if problem.variables else None,
            )
    problem, names = several_asked(function, wrt, declare, "column", dialect)
    passes = split(problem, names)
    made = FRAMEWORKS[to](passes, called(problem, name), list(problem.reading))
    if passes.unknown_sizes:
        raise DeclarationError(
            f"the size {', '.join(passes.unknown_sizes)} is that of no argument",
            given=problem.echo,
            expected="a function whose sizes are those of its arguments",
            fix="sizes that are numbers: `ones(5)`",
        )
    source = made.source()
    kinks = piecewise(passes.function)
    test, _ = chosen(made, problem, kinks)
    found = Backward(problem, to, names, made, source, test)
    if seal:
        sealed(found, kinks)
    return found


def called(problem, name: str | None) -> str:
    """What the function is called in the code."""
    if name is None:
        name = getattr(problem, "name", None) or "function"
        return identifier(name)
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name in ("forward", "backward"):
        raise DeclarationError(
            "a function is called by a name",
            given=repr(name),
            expected="a word of letters, digits and _, other than `forward` and `backward`",
        )
    return name


def sealed(found: Backward, kinks: bool) -> None:
    """Runs the code and compares it: in NumPy with the numeric derivative, in its own framework with NumPy.

    Raises
        UnverifiedError, DomainError: it disagrees, or could not be compared.
    """
    framework, problem = found._framework, found.problem
    plain = framework if found.to == "numpy" else FRAMEWORKS["numpy"](framework.passes, "function", framework.says)
    space = defined(plain.source(), "backward in numpy")
    bar = framework.passes.cotangent
    variables = [v[:3] for v in problem.every.values()] + [(bar, problem.dims, frozenset())]

    def claim(x):
        def at(values):
            value, bars = plain.run(space, values, values[bar])
            agrees = close(value, np.asarray(problem.evaluate(values)))
            return np.asarray(bars[x]) if agrees else np.full(np.shape(bars[x]), np.nan)

        return at

    checks = []
    for x in found.wrt:
        margin = (lambda values, x=x: problem.margin(values, x)) if kinks else None
        checks.append(verify(paired(problem.evaluate, bar), margin, claim(x), variables, x))
    found.seal = worst_of(checks)
    refuse_unless_verified(found, f"backward in {', '.join(found.wrt)}")
    found.ran = ["NumPy"]
    if framework.is_installed:
        found._space = ran(found)
        failure = _failure(found, plain, space, variables) if framework is not plain else None
        try:
            framework.tried(found._space)
        except AssertionError as error:
            failure = f"in its own test: {error}"
        if failure is not None:
            raise UnverifiedError(
                "the backward pass that was written fails its own check, so it is not shown",
                given=f"{problem.echo}\n{failure}",
                expected="agreement with central differences, and of all frameworks",
                fix="this is a bug of chainrule: please report the expression",
            )
        found.ran.append(framework.name)


def _failure(found: Backward, plain, space: dict, variables: list) -> str | None:
    """Where the code in its own framework and in NumPy disagree."""
    framework, bar = found._framework, found._framework.passes.cotangent
    for index in range(POINTS):
        for attempt in range(ATTEMPTS):
            _, values = draw(variables, index, attempt=attempt)
            with np.errstate(all="ignore"):
                try:
                    value, bars = plain.run(space, values, values[bar])
                except (ArithmeticError, np.linalg.LinAlgError):
                    continue
            if np.all(np.isfinite(value)) and all(np.all(np.isfinite(x)) for x in bars.values()):
                there, theirs = framework.run(found._space, values, values[bar])
                if not close(there, value):
                    return f"value {there} in {framework.name}, {value} in NumPy"
                for x in found.wrt:
                    if not close(theirs[x], bars[x]):
                        return f"{x}_bar {theirs[x]} in {framework.name}, {bars[x]} in NumPy"
                break
    return None


def close(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether two arrays agree but for rounding."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    return found.shape == wanted.shape and bool(np.all(np.abs(found - wanted) <= CLOSE * max(1e-6, largest(wanted))))


def largest(x: np.ndarray) -> float:
    return float(np.max(np.abs(x), initial=0.0))
