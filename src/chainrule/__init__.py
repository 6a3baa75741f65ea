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
LATER = {  # what is loaded when it is asked for, and where it is
    "network": ".explain.network",
    "backprop": ".explain.network",
    "numeric": ".numeric",
    "compile": ".derivation.compiled",
    "minimize": ".training",
    "curvature": ".explain.curvature",
    "convexity": ".explain.convexity",
    "forecast": ".explain.forecast",
    "critical_points": ".explain.critical",
    "diagnose": ".explain.diagnosis",
    "stream": ".compiling.rows",
    "shard": ".compiling.rows",
    "communication": ".compiling.rows",
    "tangent": ".explain.models",
    "approximations": ".explain.models",
    "landscape": ".explain.descent",
    "descent": ".explain.descent",
    "gallery": ".explain.gallery",
}
__all__ = [
    "derive", "derivative", "trace", "from_jax", "from_torch", "grad", "value_and_grad", "jacobian", "jacfwd", "jacrev",
    "hessian", "jvp", "vjp", "hvp", "directional", "steepest", "differential", "linearize", "taylor", "constrained",
    "identity", "identities", "check", "check_working", "assert_gradient", "backward", "exercise", *LATER, "Derivation", *ERRORS,
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
    """∇²f v, for a scalar function: the derivative of the gradient along `v`. The Hessian is not formed.

    In several variables at once (`["W", "b"]` or "W, b") there is a direction for each, v_W and v_b, and a result for each.
    """
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


def check(function, mine=None, at=None, *, wrt=None, kind=None, order=1, sample=None, declare=None, layout=None, dialect=None, **more):
    """Whether `mine` is the derivative of `function`; if not, where it is wrong, by how much, and why. A `Report`, which prints.

    Formulas: `check("||X w - y||^2", "2 X^T (X w - y)", wrt="w")`. Code: `check(loss, gradient, at=w)`. Of PyTorch and JAX the
    derivative may be left out: `check(module, at=x)` checks what they make of custom rules, detached branches and changes in
    place. A formula is only ever read; code runs in this process, as it is.

    Parameters
        function: a formula, or a function of NumPy arrays, tensors or JAX arrays, also in dicts, lists and dataclasses; a
            PyTorch module, whose parameters are checked with its inputs; an `autograd.Function`.
        mine: the derivative: a formula, or a function of the same arguments.
        at: the point, for code: one array, a tuple of all arguments, or a dict of them by name.
        wrt: the variable of formulas; of code, the names of the arguments to be checked, by default all.
        kind: what code returns: "gradient", "jacobian" (outputs × inputs), "hessian", "vjp" (a backward pass, called with the
            arguments and a cotangent) or "jvp"; by default what its values say.
        order: 2 for second derivatives: a Hessian as a formula, the derivative of the gradient for PyTorch and JAX.
        sample: a function that returns further points like `at`; by default they are drawn around it, with both signs.
        declare, layout, dialect: of formulas, as for `derive`.
        more: framework="numpy", "torch" or "jax" where it is not seen; seed=, of the random directions.

    Returns
        Report: `.verdict` ("right", "right at a kink", "undecided", "wrong", "not checkable"), `.cause` (a word of
        docs/reference/causes.md, or None), `.argument`, `.index`, `.claimed`, `.true`, `.bound`, `.digits`, `.evaluations`.

    Raises
        ChainruleError: function, derivative and point do not fit together, or a formula is not understood.
    """
    from .checking import check

    return check(
        function, mine, at, wrt, order, kind=kind, sample=sample, declare=declare, layout=layout, dialect=dialect, **more
    )


def check_working(text, wrt=None, declare=None, **options):
    """A derivation, line by line: each ✓, or ✗ with a counter-example and the likely slip, or a step too large, with the line between.

    Parameters
        text: one step a line, or LaTeX `aligned`: definitions (f = …), differentials (df = …), derivatives (∇f = …).
        wrt: the variable, where the text leaves it open.
        declare: shapes and facts, as for `derive`.

    Returns
        Working: `.verdict`, `.lines` with a verdict each; it prints.
    """
    from .checking.working import check_working

    return check_working(text, wrt, declare, **options)


def assert_gradient(function, gradient=None, at=None, *, allow_undecided=False, **options):
    """Fails, with the report of `check` as its message, unless `gradient` is the derivative of `function`: for tests.

    Options are those of `check`; with `allow_undecided` it passes where the function has too few digits to tell.
    """
    __tracebackhide__ = True
    from .checking.assertion import assert_gradient

    return assert_gradient(function, gradient, at, allow_undecided=allow_undecided, **options)


def backward(function, wrt=None, to="numpy", declare=None, name=None, **options):
    """The forward and the backward pass of a function as source code with a test: NumPy, PyTorch or JAX.

    The code is run before it is shown, against the function and its numeric derivative; `print` it, or write `str()` of it
    to a file. What the forward pass saves for the backward pass stands in `.saved`.

    Parameters
        function, declare: as for `derive`.
        wrt: the variables whose cotangents are computed, a list or "W, b"; by default all but those that hold labels.
        to: "numpy" gives `forward` and `backward`; "torch" a `torch.autograd.Function` with a function that applies it;
            "jax" a function with `jax.custom_vjp`.
        name: what the function is called in PyTorch and JAX.

    Returns
        Backward: its `source`, `test` and `saved`; `compile()` gives the callables, `namespace()` all names of the file.

    Raises
        what `derive` raises; UnverifiedError, DomainError: what was written fails its checks, or cannot be checked.
    """
    from .checking.backward import backward

    function, declare, options = _brought(function, declare, options)
    return backward(function, wrt, to, declare, name=name, **options)


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


def exercise(which=None, variant=0):
    """An exercise of the course: `print(ex)` asks, `ex.answer("…")` judges an answer in any equivalent form, `ex.hint()` and `ex.show()` help.

    Parameters
        which: its number or name, or the path of a file of your own; without it, the list of all.
        variant: a number from which other numbers are drawn, for exercises that vary.

    Raises
        UnknownNameError: there is no such exercise.
        ParseError: a file of your own is no exercise; the message names the line.
    """
    from .exercises.course import course
    from .exercises.exercise import exercise

    return course() if which is None else exercise(which, variant)


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
    from .derivation.options import brought

    return brought(function, declare, options)


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
    if name in LATER:
        from importlib import import_module

        found = import_module(LATER[name], __name__)
        return found if name == "numeric" else getattr(found, name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
