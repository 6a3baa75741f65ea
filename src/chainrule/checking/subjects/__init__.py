"""Everything that is given to a check as code, seen in one way: `subject_of` is the one door.

Frameworks are told apart by what is given, never by importing them: a module, a Function or a tensor is PyTorch; an
array or a custom rule of JAX, or a function that names JAX, is JAX; the rest is NumPy.
"""

from __future__ import annotations

import sys

from ...core.errors import DeclarationError, check_choice
from ..subject import KINDS, Subject
from .calling import called
from .chance import held, preserved
from .jax_in import JaxSubject
from .nested import described, spread
from .numpy_in import NumpySubject
from .torch_in import TorchSubject

__all__ = ["subject_of", "preserved", "FRAMEWORKS"]

FRAMEWORKS = ("numpy", "torch", "jax")


def subject_of(function, mine=None, at=None, *, kind=None, order=1, wrt=None, sample=None, framework=None) -> Subject:
    """A function, a claimed derivative and a point, as a `Subject`.

    Parameters
        function: of NumPy arrays, of tensors, of JAX arrays; a module; an `autograd.Function`.
        mine: the derivative that the person wrote. Without it, the framework's own is checked: custom rules, detached
            branches and in-place changes make it wrong.
        at: one array, a tuple of all arguments, or a dict of them by name (or one argument that is a dict).
        kind: "gradient", "jacobian", "hessian", "vjp" or "jvp"; by default what the function's value and the claim's
            parameters suggest.
        order: 2 for the derivative of the gradient.
        wrt: names of the arguments to be checked; the others are held fixed.
        sample: a function of nothing, or of a NumPy generator, that returns further points like `at`.
        framework: "numpy", "torch" or "jax", where it is not seen from the arguments.

    Raises
        DeclarationError, ShapeError, DomainError: these do not fit one another.
        Failed: the function itself raises an error at the point.
    """
    if kind is not None:
        check_choice("kind", kind, KINDS)
    if order not in (1, 2):
        raise DeclarationError(f"there is no check of order {order}", given=f"order={order!r}", expected="1 or 2")
    if is_module_class(function):
        raise DeclarationError(
            f"`{function.__name__}` is a class, and what is checked is a module made of it",
            given=f"the class {function.__name__}",
            expected="an nn.Module with its parameters",
            fix=f"cr.check({function.__name__}(…), at=x)",
        )
    if not callable(function):
        raise DeclarationError(
            "what is to be checked is no function",
            given=described(function),
            expected="a function or module, or a formula as text with a formula as the claim",
            fix="cr.check(f, grad, at), without calling f",
        )
    if mine is not None and not callable(mine):
        raise DeclarationError(
            "the claimed derivative is no function",
            given=described(mine),
            expected="a function of the same arguments, so that it can be asked at more points than one",
            fix="cr.check(f, grad, at), without calling grad",
        )
    framework = framework or framework_of(function, at)
    check_choice("framework", framework, FRAMEWORKS)
    if at is None and framework != "torch":
        raise DeclarationError(
            f"there is no point to check `{called(function)}` at",
            given="no `at`",
            expected="one array, a tuple of all arguments, or a dict of them by name",
            fix="cr.check(f, grad, at=np.array([0.3, -1.2]))",
        )
    made = {"numpy": NumpySubject, "torch": TorchSubject, "jax": JaxSubject}[framework]
    with preserved(function, mine):
        return made(function, mine, at, kind=kind, order=order, wrt=wrt, sample=sample)


def is_module_class(function) -> bool:
    """Whether this is a class of modules of PyTorch, not a module."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(function, type) and issubclass(function, torch.nn.Module)


def framework_of(function, at) -> str:
    """Which library the arguments, or else the function, belong to."""
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    leaves = spread(at).leaves if at is not None else ()
    if torch is not None:
        owner = getattr(function, "__self__", function)
        rule = isinstance(owner, type) and issubclass(owner, torch.autograd.Function)
        theirs = (torch.Tensor, torch.nn.Module)
        if rule or isinstance(function, torch.nn.Module) or any(isinstance(v, theirs) for v in leaves):
            return "torch"
    if jax is not None:
        theirs = type(function).__module__.partition(".")[0] in ("jax", "jaxlib")
        if theirs or any(isinstance(v, jax.Array) for v in leaves):
            return "jax"
        named = {getattr(v, "__module__", "") or "" for n, v in held(function)}
        if any(name.partition(".")[0] == "jax" for name in named) or _names_module(function, jax):
            return "jax"
    return "numpy"


def _names_module(function, jax) -> bool:
    """Whether the code of a function refers to `jax` or `jax.numpy` by any name."""
    code, around = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    names = code.co_names if code is not None else ()
    return any(getattr(around.get(n), "__name__", "").partition(".")[0] == "jax" for n in names)
