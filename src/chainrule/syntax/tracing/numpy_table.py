"""The NumPy functions that are known: their parameters and what becomes of each, and what is said of others.

`PARAMETERS` says for each function what its parameters are, in NumPy's order, and what becomes of each:

    a          an operand
    =axis      a named argument of the text language's function
    ~dtype     of no concern here
    -where     available with its default only; `-order:C` names that default, None, False, 0 and NumPy's own are known
"""

from __future__ import annotations

import numpy as np

_REDUCED = "=axis ~dtype -out =keepdims -initial -where"
PARAMETERS = {
    "sum": f"a {_REDUCED}",
    "mean": "a =axis ~dtype -out =keepdims -where",
    "var": "a =axis ~dtype -out =ddof =keepdims -where -mean -correction",
    "std": "a =axis ~dtype -out =ddof =keepdims -where -mean -correction",
    "amax": "a =axis -out =keepdims -initial -where",
    "amin": "a =axis -out =keepdims -initial -where",
    "max": "a =axis -out =keepdims -initial -where",
    "min": "a =axis -out =keepdims -initial -where",
    "average": "a =axis -weights -returned =keepdims",
    "norm": "x =ord =axis =keepdims",
    "cumsum": "a =axis ~dtype -out",
    "diff": "a -n:1 =axis -prepend -append",
    "where": "condition x y",
    "reshape": "a =shape -order:C =newshape ~copy",
    "ravel": "a -order:C",
    "transpose": "a axes",
    "swapaxes": "a axis1 axis2",
    "moveaxis": "a source destination",
    "squeeze": "a =axis",
    "expand_dims": "a =axis",
    "broadcast_to": "array =shape ~subok",
    "concatenate": "arrays =axis -out ~dtype ~casting",
    "stack": "arrays =axis -out ~dtype ~casting",
    "vstack": "tup ~dtype ~casting",
    "hstack": "tup ~dtype ~casting",
    "column_stack": "tup",
    "tensordot": "a b =axes",
    "dot": "a b -out",
    "vdot": "a b",
    "inner": "a b",
    "outer": "a b -out",
    "kron": "a b",
    "trace": "a -offset ~axis1 ~axis2 ~dtype -out",
    "diag": "v -k",
    "diagonal": "a -offset ~axis1 ~axis2",
    "tril": "m k",
    "triu": "m k",
    "roll": "a shift -axis",
    "inv": "a",
    "solve": "a b",
    "det": "a",
    "matrix_power": "a n",
    "multi_dot": "arrays -out",
    "zeros_like": "a ~dtype ~order ~subok -shape ~device",
    "ones_like": "a ~dtype ~order ~subok -shape ~device",
    "zeros": "shape ~dtype ~order ~device ~like",
    "ones": "shape ~dtype ~order ~device ~like",
    "full": "shape fill_value ~dtype ~order ~device ~like",
    "eye": "N -M -k ~dtype ~order ~device ~like",
    "identity": "N ~dtype ~like",
    "logsumexp": "a =axis -b =keepdims -return_sign",
    "softmax": "x =axis",
    "log_softmax": "x =axis",
}  # fmt: skip
OTHER_NAMES = {"concat": "concatenate", "permute_dims": "transpose", "pow": "power", "row_stack": "vstack"}
ELEMENTWISE = frozenset(
    """exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
    arccosh arctanh arctan2 hypot sign absolute fabs maximum minimum fmax fmin heaviside logaddexp expit logit erf erfc
    gammaln psi""".split()
)
# functions of a list of arrays
LISTS = frozenset(("concatenate", "stack", "vstack", "hstack", "column_stack", "multi_dot"))
VIEWS = frozenset(("reshape", "ravel", "transpose", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to", "diagonal"))
MATRICES = frozenset(("trace", "diagonal"))  # NumPy's act on the first two axes, the text language's on the last two
COMPARED = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
ADDED = {"add": "++", "subtract": "+-"}
MULTIPLIED = {"multiply": "*", "divide": "/", "true_divide": "/", "matmul": "@"}
LOGICAL = {
    "logical_and": "logical_and", "bitwise_and": "logical_and", "logical_or": "logical_or", "bitwise_or": "logical_or",
    "logical_not": "logical_not", "invert": "logical_not", "bitwise_not": "logical_not",
}  # fmt: skip
FIXES = {  # of what is not available; UNAVAILABLE has those of the text language
    "argmax": "np.max(x) is the largest entry",
    "argmin": "np.min(x) is the smallest entry",
    "isnan": "leave the check out",
    "isfinite": "leave the check out",
    "nan_to_num": "leave it out, or write np.where(x > 0, …, 0)",
    "floor_divide": "x / y divides",
    "remainder": "it has no derivative where it jumps; np.where says what holds where",
    "svd": "np.sum(X**2) is the sum of the squared singular values, np.linalg.slogdet(X.T @ X)[1] that of their logarithms",
    "svdvals": "np.sum(X**2) is the sum of the squared singular values",
    "eig": "np.trace(X) and np.linalg.slogdet(X)[1] are the sums of eigenvalues and their logarithms",
    "eigh": "np.trace(X) and np.linalg.slogdet(X)[1] are the sums of eigenvalues and their logarithms",
    "eigvals": "np.trace(X) and np.linalg.slogdet(X)[1] are the sums of eigenvalues and their logarithms",
    "eigvalsh": "np.trace(X) and np.linalg.slogdet(X)[1] are the sums of eigenvalues and their logarithms",
    "cholesky": "np.linalg.slogdet(S)[1] and np.linalg.inv(S) need none",
    "qr": "np.linalg.solve(X.T @ X, X.T @ y) solves least squares",
    "lstsq": "np.linalg.solve(X.T @ X, X.T @ y) solves least squares",
    "pinv": "np.linalg.inv(X.T @ X) @ X.T is the pseudoinverse of a matrix with independent columns",
    "median": "np.mean(x) is the mean",
    "prod": "np.exp(np.sum(np.log(x))) where the entries are positive",
    "cumprod": "np.exp(np.cumsum(np.log(x))) where the entries are positive",
    "sort": "np.max(x) and np.min(x) are the ends of the order",
    "take": "x[0] is one entry, x[1:] a slice",
    "choose": "np.where(condition, a, b)",
    "select": "np.where(condition, a, b), one inside the other",
    "piecewise": "np.where(condition, a, b), one inside the other",
    "ptp": "np.max(x) - np.min(x)",
    "append": "np.concatenate([a, b])",
    "dstack": "np.stack([a, b], axis=2)",
    "nansum": "np.sum(x)",
    "nanmean": "np.mean(x)",
    "argsort": "it has no derivative",
    "bincount": "pass the counts as an argument",
    "interp": "np.where says which piece holds",
    "put_along_axis": "np.where(mask, a, b) writes where the mask holds",
    "take_along_axis": "pass the labels one-hot, as Y: np.sum(Y * x, axis=1) picks one entry of each row",
    "apply_along_axis": "np.stack([f(row) for row in X]), where X has a number of rows that is declared",
    "vectorize": "call the function with the whole array",
    "convolve": "sums of slices: k[0] * x[2:] + k[1] * x[1:-1] + k[2] * x[:-2]",
    "tile": "broadcasting repeats: x[None, :] * np.ones((3, 1))",
    "repeat": "broadcasting repeats: x[:, None] * np.ones(3)",
}
NAMED_DEFAULTS = (None, False, 0, np._NoValue)
