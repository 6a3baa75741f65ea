"""Which words are functions, methods and keywords. What each function means stands in `functions` and `arrays`."""

from __future__ import annotations

from functools import lru_cache

from ..ops.declare import lookup, names

NUMPY_ROOTS = frozenset(("np", "numpy", "jnp", "jax", "scipy"))

# Words with a meaning of their own in `functions` (mathematics) and `arrays` (NumPy); all else is looked up in ops.
FUNCTIONS = frozenset(
    """sum mean average var std median norm tr trace det logdet inv inverse pinv diag kron vec rowsum colsum rowmean colmean
    softmax logsumexp lse log_softmax logsoftmax layernorm batchnorm rmsnorm cumsum dot inner outer transpose solve expm logm sqrtm
    clip where max min maximum minimum reshape concatenate concat hstack vstack stack
    eye identity ones zeros ones_like zeros_like full einsum square reciprocal power multiply add subtract
    divide true_divide matmul vdot negative logaddexp diff prod slogdet amax amin log_base tril triu roll
    ravel flatten squeeze expand_dims diagonal float cross swapaxes moveaxis len size
    matrix_power multi_dot hypot exp2 sqrt array asarray heaviside root fro hadamard argmax pow frobenius spectral
    round floor ceil flip fmax fmin float_power logical_and logical_or logical_not
    tensordot broadcast_to column_stack take tile repeat sort argsort cumprod convolve svd eig eigh eigvals eigvalsh cholesky qr lstsq quantile percentile
    """.split()
)
# Those that may stand before their argument without brackets, beside the elementwise operations of ops.
PREFIXES = frozenset(
    """sum mean var std tr trace det logdet inv diag vec rowsum colsum rowmean colmean softmax logsumexp lse log_softmax
    logsoftmax layernorm batchnorm rmsnorm cumsum norm sqrt max min expm logm""".split()
)
PARAMETRIC = frozenset(("log", "huber", "elu", "leaky_relu", "softmax", "norm", "celu"))  # f_p(x)
INFIX = frozenset(("kron", "dot", "outer", "inner", "cross", "hadamard", "matmul", "solve"))  # f(x, y), written x f y by some
METHODS = frozenset(
    """sum mean var std max min dot transpose trace reshape ravel flatten cumsum clip diagonal squeeze prod copy astype
    item conj real""".split()
)
IDENTITY_METHODS = frozenset(("copy", "astype", "item", "conj", "real"))
INVERSES = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh",
    "arcsin": "sin", "arctan": "tan", "exp": "log", "log": "exp", "ln": "exp",
}  # fmt: skip
RESERVED = {
    "with": None,
    "where": None,
    "return": "put the result last, on a line of its own",
    "if": "write where(condition, a, b)",
    "else": "write where(condition, a, b)",
    "for": "sums over an index are written sum_i …",
    "while": None,
    "import": "nothing is run as Python; np. is known",
    "def": "write the body only",
    "class": None,
    "and": None,
    "or": None,
    "not": None,
    "in": None,
    "is": None,
    "print": None,
    "argmin": "give the function alone",
    "argmax": "give the function alone",
    "minimize": "give the function alone",
    "maximize": "give the function alone",
    "exec": "nothing is run as Python",
    "eval": "nothing is run as Python",
}


@lru_cache(maxsize=4096)
def is_function(name: str) -> bool:
    """Whether `name`, applied to an argument, means something."""
    return name in FUNCTIONS or lookup(name) is not None


@lru_cache(maxsize=4096)
def is_prefix(name: str) -> bool:
    """Whether a function may stand before its argument without brackets, as in `sin x`."""
    return name in PREFIXES or (name not in FUNCTIONS and is_function(name))


@lru_cache(maxsize=4096)
def suggestions() -> tuple[str, ...]:
    """The words to offer for a misspelt function."""
    return tuple(sorted({n for n in (*FUNCTIONS, *names()) if len(n) > 1 and n.isascii()}))
