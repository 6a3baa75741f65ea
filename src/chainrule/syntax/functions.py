"""The functions of the text language that are more than one elementwise operation.

Each builder takes the attempt at inference and the call, and returns its value. What is an operation of ops becomes
that operation; means, variances, norms and normalisations are spelled out in sums and powers, so that nothing
downstream needs to know of them.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.errors import NoRuleError, ParseError
from ..ops.declare import lookup
from .axes import axes_given, first, reduced, whole_number
from .builders import function
from .products import Chain, hadamard
from .sizes import ONE
from .tree import Tree
from .typed import Typed, add, centred, chain, const, mapped, mean, power, rational, spelled_as, spread, times, total, variance
from .values import Value, laid_out

HALF = Fraction(1, 2)
LAYER_EPS = 1e-5
# ------------------------------------------------------------------ sums, means, variances


@function("sum")
def sum_(infer, tree):
    value = first(infer, tree, 2)
    return reduced(infer, tree, value, axes_given(infer, tree, value), total)


@function("mean", "average")
def mean_(infer, tree):
    value = first(infer, tree, 2)
    return reduced(infer, tree, value, axes_given(infer, tree, value), mean)


def _less(infer, tree) -> int:
    given = tree.extra.get("ddof") if tree.extra else None
    return whole_number(infer, given, "ddof") if given is not None else 0


@function("var")
def var(infer, tree):
    value, less = first(infer, tree, 2), _less(infer, tree)
    return reduced(infer, tree, value, axes_given(infer, tree, value), lambda n, axes: variance(n, axes, less))


@function("std")
def std(infer, tree):
    value, less = first(infer, tree, 2), _less(infer, tree)
    return reduced(
        infer, tree, value, axes_given(infer, tree, value),
        lambda n, axes: spelled_as("std", power(variance(n, axes, less), HALF)),
    )


def matrix_of(infer, tree) -> Value:
    value = first(infer, tree, 1)
    if value.rank != 2:
        raise infer.conflict(f"`{tree.value}` takes a matrix", [value], "a matrix")
    return value


@function("rowsum", "colsum", "rowmean", "colmean")
def row_sum(infer, tree):
    value = matrix_of(infer, tree)
    how = total if tree.value.endswith("sum") else mean
    return reduced(infer, tree, value, (1,) if tree.value.startswith("row") else (0,), how)


@function("max", "min", "amax", "amin", "maximum", "minimum", "fmax", "fmin")
def extreme(infer, tree):
    """The largest entry, or with two arguments the larger one, entry by entry."""
    name = "maximum" if "max" in tree.value else "minimum"
    between = len(tree.args) > 1 and not (
        tree.value in ("amax", "amin") or (infer.numpy and tree.value in ("max", "min") and _is_axis(tree.args[1]))
    )
    if between or tree.value in ("maximum", "minimum", "fmax", "fmin"):
        values = infer.arguments(tree, 2, 50)
        found = values[0]
        for value in values[1:]:
            merged = infer.elementwise(lookup(name), [found, value], tree)
            merged.tree = tree
            found = merged
        return found
    value = first(infer, tree, 2)
    axes = axes_given(infer, tree, value)

    def how(node, axes):
        if not axes:
            return node
        kept = tuple([d for t, d in enumerate(node.axes) if t not in axes])
        if name == "maximum":
            return Typed("struct", [node], (lookup("amax"), axes), kept)
        return times(const(-1), Typed("struct", [times(const(-1), node)], (lookup("amax"), axes), kept))

    return reduced(infer, tree, value, axes, how)


def _is_axis(tree: Tree) -> bool:
    return tree.kind == "number" or (tree.kind == "sum" and len(tree.args) == 1 and tree.args[0].kind == "number")


# ------------------------------------------------------------------ softmax and normalisation


def last_axis(infer, tree, value: Value, whole: bool = False) -> tuple:
    """The dims that softmax and the like run over: those named, else the last (each row of a matrix)."""
    if value.rank == 0:
        if value.bare:
            infer.charge(2.0, value.tree)
        raise infer.conflict(f"`{tree.value}` takes a vector or a matrix", [value], "a vector, or a matrix of rows")
    axes = axes_given(infer, tree, value)
    if axes is not None:
        return axes
    if value.rank == 2 and ONE not in value.dims:
        infer.note(f"{tree.value} acts on each row")
    return (value.rank - 1,)


@function("softmax")
def softmax(infer, tree):
    value = infer.solid(first(infer, tree, 2))
    axes = tuple([value.axis(t) for t in last_axis(infer, tree, value)])
    return value.with_node(Typed("struct", [value.node], (lookup("softmax"), axes), value.node.axes))


def lse(node: Typed, axes: tuple) -> Typed:
    if not axes:
        return node
    kept = tuple([d for t, d in enumerate(node.axes) if t not in axes])
    return Typed("struct", [node], (lookup("logsumexp"), axes), kept)


@function("logsumexp", "lse")
def logsumexp(infer, tree):
    value = first(infer, tree, 2)
    if infer.numpy == "certain" and value.rank > 1 and axes_given(infer, tree, value) is None:
        infer.note("logsumexp without axis= runs over all entries, as in SciPy")
        return reduced(infer, tree, value, None, lse)
    return reduced(infer, tree, value, last_axis(infer, tree, value), lse)


@function("log_softmax", "logsoftmax")
def log_softmax(infer, tree):
    value = infer.solid(first(infer, tree, 2))
    axes = tuple([value.axis(t) for t in last_axis(infer, tree, value)])
    kept = tuple([t for t in range(len(value.node.axes)) if t not in axes])
    return value.with_node(add([(1, value.node), (-1, spread(lse(value.node, axes), kept, value.node.axes))]))


def normalised(node: Typed, axes: tuple, eps: float) -> Typed:
    """(x − mean) / sqrt(var + eps) along `axes`."""
    kept = tuple([t for t in range(len(node.axes)) if t not in axes])
    scale = power(add([(1, variance(node, axes)), (1, const(eps))]), -HALF)
    labels = tuple(range(len(node.axes)))
    return chain([(centred(node, axes), labels, 1), (scale, kept, 1)], labels)


@function("layernorm", "batchnorm")
def layer_norm(infer, tree):
    value = infer.solid(first(infer, tree, 2))
    if tree.value == "layernorm":
        axes = last_axis(infer, tree, value)
    else:
        if value.rank != 2:
            raise infer.conflict("`batchnorm` takes a matrix", [value], "a matrix with one row for each example")
        axes = (0,)
    given = tree.extra.get("eps") if tree.extra else None
    eps = rational(infer.value(given).node) if given is not None else LAYER_EPS
    return value.with_node(normalised(value.node, tuple([value.axis(t) for t in axes]), eps))


@function("rmsnorm")
def rms_norm(infer, tree):
    value = infer.solid(first(infer, tree, 1))
    axes = tuple([value.axis(t) for t in last_axis(infer, tree, value)])
    infer.note("rmsnorm(x) is x / sqrt(mean(x^2) + 1e-6)")
    kept = tuple([t for t in range(len(value.node.axes)) if t not in axes])
    scale_ = power(add([(1, mean(power(value.node, 2), axes)), (1, const(1e-6))]), -HALF)
    labels = tuple(range(len(value.node.axes)))
    return value.with_node(chain([(value.node, labels, 1), (scale_, kept, 1)], labels))


@function("argmax")
def argmax(infer, tree):
    """1 at the largest entry and 0 elsewhere, as derivatives of maxima have it; NumPy's is a position."""
    value = infer.solid(first(infer, tree, 2))
    if infer.numpy or value.rank == 0:
        raise NoRuleError(
            "the place of the maximum is not available", infer.source(tree), "a function that has a derivative here",
            "softmax(x) is its smooth version",
        )  # fmt: skip
    axes = axes_given(infer, tree, value)
    places = value.axes() if axes is None else tuple([value.axis(t) for t in axes])
    infer.note(f"{infer.source(tree)} is 1 at the largest entry, else 0")
    return value.with_node(Typed("struct", [value.node], (lookup("argmax_mask"), places), value.node.axes))


# ------------------------------------------------------------------ elementwise functions with parameters


@function("sqrt", "square", "reciprocal", "negative", "float", "array", "asarray")
def plain(infer, tree):
    value = infer.arguments(tree, 1)[0]
    exponent = {"sqrt": HALF, "square": 2, "reciprocal": -1}.get(tree.value)
    if exponent is not None:
        return value.with_node(power(value.node, exponent))
    return value.with_node(times(const(-1), value.node)) if tree.value == "negative" else value


@function("power", "pow", "float_power")
def power_call(infer, tree):
    if len(tree.args) != 2:
        raise ParseError(f"`{tree.value}` takes two arguments", infer.text, tree.start, expected=f"{tree.value}(x, 3)")
    return infer.value(Tree("power", "**", tree.args, tree.start, tree.end))


@function("add", "subtract", "divide", "true_divide")
def named_arithmetic(infer, tree):
    infer.arguments(tree, 2)
    if tree.value in ("add", "subtract"):
        return infer.value(Tree("sum", "++" if tree.value == "add" else "+-", tree.args, tree.start, tree.end))
    return infer.value(Tree("product", ("", "./"), tree.args, tree.start, tree.end))


@function("log_base")
def log_base(infer, tree):
    value, base = infer.arguments(tree, 2)
    number = rational(base.node)
    if number in (2, 10):
        return value.with_node(mapped(lookup("log2" if number == 2 else "log10"), [value.node]))
    logged = value.with_node(mapped(lookup("log"), [value.node]))
    logged.tree = value.tree
    current = Chain(logged)
    below = base.with_node(mapped(lookup("log"), [base.node]))
    below.tree = base.tree
    hadamard(infer, current, below, True, -1)
    current.joined(base)
    return Value(current.node(), current.index, current.dims, current.row)


@function("hypot")
def hypot(infer, tree):
    values = infer.arguments(tree, 2)
    index, dims, row = infer.common(values, "hypot", tree)
    squares = [(1, power(laid_out(v, index, dims), 2)) for v in values]
    return Value(spelled_as("hypot", power(add(squares), HALF)), index, dims, row)


@function("exp2")
def exp2(infer, tree):
    value = infer.arguments(tree, 1)[0]
    return value.with_node(power(const(2), value.node))


@function("logaddexp")
def logaddexp(infer, tree):
    values = infer.arguments(tree, 2)
    exponentials = [infer.elementwise(lookup("exp"), [v], tree) for v in values]
    index, dims, row = infer.common(values, "logaddexp", tree)
    node = add([(1, laid_out(v, index, dims)) for v in exponentials])
    return Value(spelled_as("logaddexp", mapped(lookup("log"), [node])), index, dims, row)


@function("clip", "clamp")
def clip(infer, tree):
    extra = tree.extra or {}
    parts = [*tree.args[1:], *[extra[k] for k in ("a_min", "min", "a_max", "max") if k in extra]]
    value = first(infer, tree, 3)
    if len(parts) != 2:
        raise ParseError("`clip` takes three arguments", infer.text, tree.start, expected="clip(x, low, high)")
    nothing = [p.kind == "name" and p.value == "None" or p.kind == "newaxis" for p in parts]
    if nothing[0] or nothing[1]:
        other = parts[0] if nothing[1] else parts[1]
        return infer.elementwise(lookup("maximum" if nothing[1] else "minimum"), [value, infer.value(other)], tree)
    return infer.elementwise(lookup("clip"), [value, *map(infer.value, parts)], tree)


@function("logical_and", "logical_or", "logical_not")
def logical(infer, tree):
    """Conditions, which are 1 or 0: both hold, one of them holds, it does not."""
    if tree.value == "logical_not":
        value = infer.arguments(tree, 1)[0]
        return value.with_node(add([(1, spread(const(1), (), value.node.axes)), (-1, value.node)]))
    values = infer.arguments(tree, 2)
    index, dims, row = infer.common(values, tree.value, tree)
    left, right = (laid_out(v, index, dims) for v in values)
    both = times(left, right)  # no minimum: it would have a kink wherever the two are equal
    if tree.value == "logical_or":
        both = add([(1, left), (1, right), (-1, both)])
    return Value(both, index, dims, row)


@function("where")
def where(infer, tree):
    return infer.elementwise(lookup("where"), infer.arguments(tree, 3), tree)


@function("heaviside")
def heaviside(infer, tree):
    value = infer.arguments(tree, 1, 2)[0]
    return infer.elementwise(lookup("step"), [value], tree)


ROUNDING = "rounding, whose derivative is 0 between its jumps and missing at them,"
UNAVAILABLE = {  # name → (what it is, a fix)
    "expm": ("the matrix exponential", "exp(X) is taken entry by entry"),
    "logm": ("the matrix logarithm", "log(X) is taken entry by entry"),
    "sqrtm": ("the matrix square root", "sqrt(X) is taken entry by entry"),
    "pinv": ("the pseudoinverse", "(X^T X)^-1 X^T is the pseudoinverse of a matrix with independent columns"),
    "median": ("the median", "mean(x) is the mean"),
    "prod": ("the product of all entries", "exp(sum(log(x))) where the entries are positive"),
    "slogdet": ("the pair that slogdet returns", "slogdet(X)[1] is log |det X|"),
    "spectral": ("the spectral norm", "||X||_F is the Frobenius norm"),
    "cross": ("the cross product", None),
    "root": ("this root", "x^(1/n)"),
    "take": ("take", "x[0] is one entry, x[1:] a slice"),
    "tile": ("tile", "a product with ones repeats: ones x^T"),
    "repeat": ("repeat", "kron(x, ones(3)) repeats each entry"),
    "sort": ("the sorted vector", None),
    "argsort": ("the order of the entries", None),
    "cumprod": ("the product of the entries so far", "exp(cumsum(log(x))) where the entries are positive"),
    "convolve": ("the convolution", "a matrix with the kernel in its rows is one: K x"),
    "svd": ("the singular value decomposition", "||X||_F and logdet(X^T X) need none"),
    "eig": ("the eigenvalue decomposition", "tr(X) and logdet(X) are the sums of eigenvalues and their logarithms"),
    "eigh": ("the eigenvalue decomposition", "tr(X) and logdet(X) are the sums of eigenvalues and their logarithms"),
    "eigvals": ("the eigenvalues", "tr(X) and logdet(X) are the sums of eigenvalues and their logarithms"),
    "eigvalsh": ("the eigenvalues", "tr(X) and logdet(X) are the sums of eigenvalues and their logarithms"),
    "cholesky": ("the Cholesky factor", "logdet(S) and S^-1 need none"),
    "qr": ("the QR decomposition", "(X^T X)^-1 X^T y solves least squares"),
    "lstsq": ("lstsq", "(X^T X)^-1 X^T y solves least squares"),
    "quantile": ("the quantile", None),
    "percentile": ("the percentile", None),
    "flip": ("the reversed vector", None),
    "round": (ROUNDING, "leave it out: straight-through estimators take its slope for 1"),
    "floor": (ROUNDING, "leave it out: straight-through estimators take its slope for 1"),
    "ceil": (ROUNDING, "leave it out: straight-through estimators take its slope for 1"),
}  # fmt: skip


@function(*UNAVAILABLE)
def refused(infer, tree):
    """Functions that are understood but not available."""
    what, fix = UNAVAILABLE[tree.value]
    raise NoRuleError(f"{what} is not available", infer.source(tree), "a function that has a derivative here", fix)
