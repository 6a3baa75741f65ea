"""Derivatives of vector and matrix functions, in the form a textbook gives, verified before they are shown.

>>> import chainrule as cr
>>> print(cr.derive("||A x - b||^2", "x").text)
2Aᵀ(Ax − b)

The engine is loaded when it is first asked for, so that `import chainrule` costs nothing.
"""

__version__ = "0.1.0"

ERRORS = (
    "ChainruleError",
    "ParseError",
    "ShapeError",
    "UnknownNameError",
    "DeclarationError",
    "NoRuleError",
    "DomainError",
    "BackendError",
    "UnverifiedError",
    "LimitError",
)
__all__ = ["derive", "grad", "jacobian", "hessian", "Derivation", *ERRORS]


def derive(function, wrt, order=1, declare=None, layout="column", dialect=None, seal=True):
    """The derivative of `function` with respect to `wrt`, as a `Derivation`: result, shapes, code, evidence.

    Parameters
        function: text, in the notation of a paper ("||A x - b||^2") or of NumPy ("np.sum((A @ x - b)**2)");
            lines before the last may name intermediates ("r = A x - b").
        wrt: the name of the variable.
        order: 1 for the gradient or Jacobian, 2 for the Hessian, up to 8.
        declare: shapes and properties, as text ("X: m n, S: n n posdef, lam: positive") or as a mapping from
            names to such words ({"X": "m n"}). Shapes that are not declared are inferred.
        layout: "column" (a gradient has the shape of its variable, a Jacobian is outputs × inputs) or "row"
            (the gradient of a scalar is a row, as the 1×n Jacobian that it is).
        dialect: "math" or "numpy", where a bare `*` could mean two things; by default what the text suggests.
        seal: whether to verify the result; without it the derivation is faster and says that it is not verified.

    Returns
        A Derivation of shape function + variable (+ variable …): the axes of the function's value, then those of `wrt`
        once for each order.

    Raises
        ParseError, UnknownNameError, ShapeError, DeclarationError, LimitError: the input is not understood.
        NoRuleError, DomainError: it is understood, but cannot be derived or checked.
        UnverifiedError: what was derived is wrong, a bug to report.
    """
    from .derivation import derive

    return derive(function, wrt, order=order, declare=declare, layout=layout, dialect=dialect, seal=seal)


def grad(function, wrt, declare=None, **options):
    """The gradient of a scalar function, in the shape of its variable. `derive` says what the options are.

    Raises
        ShapeError: the function is not a scalar, so that it has a Jacobian.
    """
    found = derive(function, wrt, declare=declare, **options)
    if found.function.dims:
        from .core.errors import ShapeError

        raise ShapeError(
            f"only a scalar has a gradient, and `{function}` is none",
            given=f"its derivative has shape {'×'.join(map(str, found.shape))}",
            expected="a function whose value is one number",
            fix=f"jacobian({function!r}, {wrt!r})",
        )
    return found


def jacobian(function, wrt, declare=None, **options):
    """The derivative of each output in each input: the function's axes, then those of `wrt`. Options and errors: `derive`."""
    return derive(function, wrt, declare=declare, **options)


def hessian(function, wrt, declare=None, **options):
    """The second derivative: the function's axes (none for a scalar), then those of `wrt` twice. Options: `derive`."""
    return derive(function, wrt, order=2, declare=declare, **options)


def __getattr__(name):
    if name in ERRORS:
        from .core import errors

        return getattr(errors, name)
    if name == "Derivation":
        from .derivation import Derivation

        return Derivation
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
