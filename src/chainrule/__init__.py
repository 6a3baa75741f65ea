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
    "TraceError",
)
__all__ = [
    "derive", "derivative", "trace", "from_jax", "from_torch", "grad", "value_and_grad", "jacobian", "jacfwd", "jacrev",
    "hessian", "jvp", "vjp", "hvp", "directional", "steepest", "differential", "linearize", "taylor", "constrained",
    "identity", "identities", "Derivation", *ERRORS,
]  # fmt: skip


def trace(function, /, declare=None, **shapes):
    """A NumPy function as a problem that all others take: `cr.trace(loss, X="n d", w="d", y="n labels01", lam="positive")`.

    The function runs once, on stand-ins for its arguments that have shapes and no values, and what it does is recorded:
    operators, NumPy's functions and methods, loops that end, helper functions. Its repr is the formula that was found.

    Parameters
        function: takes arrays, or lists and dicts of arrays, and returns one. Parameters with a default may be left
            out.
        declare, shapes: sizes and properties of each parameter, as one text or mapping, or by name; an array stands for
            its shape.

    Raises
        TraceError: it decides by values, changes its arguments, returns no array, or fails by itself.
        DeclarationError, ShapeError, NoRuleError: a shape is missing or does not fit, an operation is not available.
    """
    from .derivation.bring import traced

    return traced(function, declare, shapes)


def derive(function, wrt, order=1, declare=None, layout="column", dialect=None, seal=True, **shapes):
    """The derivative of `function` with respect to `wrt`, as a `Derivation`: result, shapes, code, evidence.

    Parameters
        function: text, in the notation of a paper ("||A x - b||^2") or of NumPy ("np.sum((A @ x - b)**2)");
            lines before the last may name intermediates ("r = A x - b"). Or a Python function of NumPy arrays, which is
            traced (see `trace`).
        wrt: the name of the variable; of several, a list of names or "w, b": one answer with a result for each.
        order: 1 for the gradient or Jacobian, 2 for the Hessian, up to 8.
        declare: shapes and properties, as text ("X: m n, S: n n posdef, lam: positive") or as a mapping from
            names to such words ({"X": "m n"}). Shapes that are not declared are inferred.
        layout: "column" (a gradient has the shape of its variable, a Jacobian is outputs × inputs) or "row"
            (the gradient of a scalar is a row, as the 1×n Jacobian that it is).
        dialect: "math" or "numpy", where a bare `*` could mean two things; by default what the text suggests.
        seal: whether to verify the result; without it the derivation is faster and says that it is not verified.
        shapes: of the parameters of a Python function, by name: X="n d", lam="positive".

    Returns
        A Derivation of shape function + variable (+ variable …): the axes of the function's value, then those of `wrt`
        once for each order. For several variables an answer whose `compile()` gives a dict of all of them, computing once
        what they share; of order 2, the blocks of the Hessian on and above the diagonal.

    Raises
        ParseError, UnknownNameError, ShapeError, DeclarationError, LimitError: the input is not understood.
        NoRuleError, DomainError: it is understood, but cannot be derived or checked.
        UnverifiedError: what was derived is wrong, a bug to report.
    """
    from .derivation import derived

    function, declare, _ = _brought(function, declare, shapes)
    return derived(function, wrt, order=order, declare=declare, layout=layout, dialect=dialect, seal=seal)


def grad(function, wrt, declare=None, **options):
    """The gradient of a scalar function, in the shape of its variable. `derive` says what the options are.

    Raises
        ShapeError: the function is not a scalar, so that it has a Jacobian.
    """
    found = derive(function, wrt, declare=declare, **options)
    if found.problem.dims:
        from .core.errors import ShapeError

        called = function if isinstance(function, str) else found.problem.signature
        raise ShapeError(
            f"only a scalar has a gradient, and `{called}` is none",
            given=f"its derivative has shape {'×'.join(map(str, found.shape))}",
            expected="a function whose value is one number",
            fix=f"jacobian({function!r}, {wrt!r})"
            if isinstance(function, str)
            else f"jacobian({found.problem.name}, {wrt!r}, …)",
        )
    return found


def jacobian(function, wrt, declare=None, **options):
    """The derivative of each output in each input: the function's axes, then those of `wrt`. Options: `derive`."""
    return derive(function, wrt, declare=declare, **options)


def hessian(function, wrt, declare=None, **options):
    """The second derivative: the function's axes (none for a scalar), then those of `wrt` twice. Options: `derive`."""
    return derive(function, wrt, order=2, declare=declare, **options)


derivative = derive
jacfwd = jacrev = jacobian  # as in JAX; derived symbolically, there is no difference between them


def value_and_grad(function, wrt, declare=None, **options):
    """A scalar function and its gradient, in one or several variables, as one answer; options: `derive`.

    `compile()` gives a callable that returns {"value": …, "w": …}, computing once what both share.

    Raises
        ShapeError: the function is not a scalar.
    """
    from .derivation.objects import value_and_gradient

    function, declare, options = _brought(function, declare, options)
    return value_and_gradient(function, wrt, declare=declare, **options)


def jvp(function, wrt, v=None, declare=None, **options):
    """J v: the derivative of `function` in `wrt` applied to a direction called `v`, of the shape of `wrt`.

    The Jacobian is not formed. The options of this and the functions below are `layout`, `dialect` and `seal`, as for
    `derive`, which says also what they raise for a function or variable that is not understood.

    Raises
        DeclarationError: `v` is the name of something else; by default a free one is chosen.
        ShapeError: `v` is declared with another shape than `wrt`.
    """
    from .derivation.objects import jvp

    v = _name_or_shape(function, "v", v, options)
    function, declare, options = _brought(function, declare, options)
    return jvp(function, wrt, v, declare=declare, **options)


def vjp(function, wrt, u=None, declare=None, **options):
    """uᵀJ: a cotangent `u` of the shape of the function pulled back, in the shape of `wrt` (Jᵀu; in row layout uᵀJ)."""
    from .derivation.objects import vjp

    u = _name_or_shape(function, "u", u, options)
    function, declare, options = _brought(function, declare, options)
    return vjp(function, wrt, u, declare=declare, **options)


def hvp(function, wrt, v=None, declare=None, **options):
    """∇²f v, for a scalar function: the derivative of the gradient along `v`. The Hessian is not formed."""
    from .derivation.objects import hvp

    v = _name_or_shape(function, "v", v, options)
    function, declare, options = _brought(function, declare, options)
    return hvp(function, wrt, v, declare=declare, **options)


def directional(function, wrt, v=None, unit=False, declare=None, **options):
    """The derivative of `function` along `v`, not normalised; with `unit=True` along v/‖v‖."""
    from .derivation.objects import directional

    v = _name_or_shape(function, "v", v, options)
    function, declare, options = _brought(function, declare, options)
    return directional(function, wrt, v, unit, declare=declare, **options)


def steepest(function, wrt, declare=None, **options):
    """The unit directions ±∇f/‖∇f‖ of steepest ascent and descent of a scalar function, and the rate ‖∇f‖."""
    from .derivation.objects import steepest

    function, declare, options = _brought(function, declare, options)
    return steepest(function, wrt, declare=declare, **options)


def differential(function, wrt, declare=None, **options):
    """df, linear in dx (dX for a matrix): 2(Ax − b)ᵀA dx, tr(X⁻¹ dX), −X⁻¹ dX X⁻¹; for functions of every shape.

    In several variables (a list of names, or "x, y") it is the total differential, with a term for each: 2xy dx + x² dy.
    """
    from .derivation.objects import differential

    function, declare, options = _brought(function, declare, options)
    return differential(function, wrt, declare=declare, **options)


def linearize(function, wrt, at=None, declare=None, **options):
    """L(x) = f(x₀) + ∇f(x₀)ᵀ(x − x₀): the function to first order around the point called `at`, x₀ by default."""
    from .derivation.objects import linearize

    at = _name_or_shape(function, "at", at, options)
    function, declare, options = _brought(function, declare, options)
    return linearize(function, wrt, at, declare=declare, **options)


def taylor(function, wrt, order=2, at=None, declare=None, **options):
    """The Taylor polynomial of degree `order`, with its remainder.

    Of one variable, at a number or a named point (`at`, 0 by default): x − x³/6 + O(x⁵). Of a vector or matrix, around the
    variable itself, or a named point or number: f(x) + ∇f(x)ᵀh + ….

    Raises
        DomainError: the function or a derivative that is needed does not exist at the point.
        DeclarationError: an order that is none, a name that is taken.
    """
    from .derivation.objects import taylor

    at = _name_or_shape(function, "at", at, options)
    function, declare, options = _brought(function, declare, options)
    return taylor(function, wrt, order, at, declare=declare, **options)


def constrained(function, wrt, declare=None, **options):
    """The gradients in a variable that is symmetric, diagonal, orthogonal or a probability vector, all that books print.

    That of a variable whose entries all move by themselves, the one within the constraint, and the derivatives in the
    free parameters, side by side, each verified along its own directions. Options: `derive`.

    Raises
        DeclarationError: nothing that is declared of `wrt` constrains it.
        ShapeError: the function is not a scalar.
    """
    found = derive(function, wrt, declare=declare, **options)
    if not hasattr(found, "constrained"):
        from .core.errors import DeclarationError

        raise DeclarationError(
            "constrained gradients are of one variable",
            given=", ".join(found.wrt),
            expected="the name of one variable",
            fix=f'wrt="{found.wrt[0]}"',
        )
    return found.constrained


def identity(function, wrt=None, declare=None, order=1, dialect=None):
    """The identity of the table that a function is, up to the names of its variables, with its derivative and its source.

    `tr(A X)`, `tr(Y B)` and `np.trace(Y @ B)` find the same. Where the table has none, the nearest are named, and the
    function is derived afresh.

    Parameters
        function, declare, dialect: as for `derive`.
        wrt: the variable; where it is not given, every one that the table derives this function by.
        order: 1 for gradients and Jacobians, 2 for Hessians.

    Returns
        Found: its `matches`, `nearest` and `derivations`.
    """
    from .catalogue import identity

    return identity(function, wrt, declare, order, dialect)


def identities(group=None, about=None):
    """The table of derivative identities: a list that prints group by group. Each is derived and verified when it is shown.

    Parameters
        group: "traces", "determinants", "norms" …
        about: a word: "det", "softmax", "least squares".

    Raises
        UnknownNameError: there is no such group, or nothing mentions the word.
    """
    from .catalogue import identities

    return identities(group, about)


OPTIONS = ("order", "layout", "dialect", "seal")


def _name_or_shape(function, name, said, options):
    """What an option such as v= says; where it is a parameter of a Python function, its shape, put among the options."""
    if said is not None and callable(function):
        import inspect

        try:
            own = inspect.signature(function).parameters
        except (TypeError, ValueError):
            own = ()
        if name in own:
            options[name] = said
            return None
    return said


def _brought(function, declare, options):
    """(function, declare, options) in which a Python function is traced, its shapes taken from among the options."""
    shapes = {name: said for name, said in options.items() if name not in OPTIONS}
    options = {name: said for name, said in options.items() if name in OPTIONS}
    if callable(function):
        return trace(function, declare, **shapes), None, options
    if shapes:
        from .core.errors import DeclarationError, did_you_mean

        name, said = next(iter(shapes.items()))
        near = did_you_mean(name, (*OPTIONS, "declare"))
        raise DeclarationError(
            f"there is no option `{name}`",
            given=f"{name}={said!r}",
            expected="the shapes of a text's variables in declare=; those of a Python function by name",
            fix=f"did you mean `{near}`?" if near else f'declare="{name}: {said}"',
        )
    return function, declare, options


def from_jax(function, /, **shapes):
    """A JAX function, read from its jaxpr, to be derived: `derive(from_jax(loss, X="n d", w="d"), "w")`.

    Parameters
        function: a function of arrays, made of jax.numpy, jax.nn and jax.lax, that returns one array.
        shapes: sizes and facts of its parameters, as for `derive`: X="n d", Y="n k onehot"; of a dict of weights
            params={"W": "d k", "b": "k"}. Parameters with defaults may be left out.

    Raises
        BackendError: JAX is not installed.
        DeclarationError, ShapeError, TraceError, NoRuleError: the function cannot be read; the message says where and why.
    """
    from .syntax.jax_in import from_jax

    return from_jax(function, **shapes)


def from_torch(function, /, **shapes):
    """A PyTorch function or module, read from its exported graph, to be derived: `derive(from_torch(net, x="n 4"), "W1")`.

    Parameters
        function: a function of tensors that returns one tensor, or an nn.Module. The weights of a module are variables
            too, W1 and b1 for fc1.weight and fc1.bias; the notes say which is which.
        shapes: sizes and facts of its parameters, and of weights whose sizes shall be names: X="n d", W="k d".

    Raises
        BackendError: PyTorch is not installed.
        DeclarationError, ShapeError, TraceError, NoRuleError: the function cannot be read; the message says where and why.
    """
    from .syntax.torch_in import from_torch

    return from_torch(function, **shapes)


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
