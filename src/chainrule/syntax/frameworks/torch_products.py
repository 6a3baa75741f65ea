"""Operators of PyTorch that multiply, sum and reduce."""

from __future__ import annotations

from fractions import Fraction

from . import masks as M
from . import reductions as R
from . import shaping as S
from . import tensors as T
from ..framework import refused
from .torch_table import operator, positions


# ------------------------------------------------------------------ products


@operator("mm", "bmm", "matmul", "mv", "dot", "vdot", "inner")
def matmul(r, a):
    return R.matmul(r.tensor(a.x), r.tensor(next(v for k, v in vars(a).items() if k in ("mat2", "other", "vec", "tensor"))))


@operator("linear")
def linear(r, a):
    """x Wᵀ + b."""
    x, w = r.tensor(a.input), r.tensor(a.weight)
    labels = [("x", t) for t in range(x.rank - 1)]
    rows = ["o"] if w.rank == 2 else []
    found = R.contract([(x, [*labels, "i"]), (w, [*rows, "i"])], [*labels, *rows])
    return found if a.bias is None else T.plus((1, found), (1, r.tensor(a.bias)))


@operator("bilinear")
def bilinear(r, a):
    x, y, w = r.tensor(a.input1), r.tensor(a.input2), r.tensor(a.weight)
    lead = [("x", t) for t in range(x.rank - 1)]
    found = R.contract([(x, [*lead, "i"]), (w, ["o", "i", "j"]), (y, [*lead, "j"])], [*lead, "o"])
    return found if a.bias is None else T.plus((1, found), (1, r.tensor(a.bias)))


@operator("addmm", "baddbmm", "addmv")
def addmm(r, a):
    names = {"addmm": ("mat1", "mat2"), "baddbmm": ("batch1", "batch2"), "addmv": ("mat", "vec")}[a.name]
    product = R.matmul(*[r.tensor(getattr(a, n)) for n in names])
    return T.plus((Fraction(str(a.beta)), r.tensor(a.x)), (Fraction(str(a.alpha)), product))


@operator("einsum")
def einsum(r, a):
    return R.einsum(a.equation, [r.tensor(t) for t in a.tensors])


@operator("outer", "ger")
def outer(r, a):
    x, y = r.tensor(a.x), r.tensor(a.vec2)
    return R.contract([(x, "i"), (y, "j")], "ij")


@operator("linalg_inv", "inverse")
def inverse(r, a):
    return R.square_function("inverse", r.tensor(vars(a).get("A", vars(a).get("x"))))


@operator("linalg_inv_ex")
def inverse_and_info(r, a):
    return [R.square_function("inverse", r.tensor(a.A)), None]


@operator("linalg_det", "det")
def det(r, a):
    return R.square_function("det", r.tensor(vars(a).get("A", vars(a).get("x"))))


@operator("logdet")
def logdet(r, a):
    return R.square_function("logdet", r.tensor(a.x))


@operator("linalg_slogdet", "slogdet")
def slogdet(r, a):
    return [None, R.square_function("logdet", r.tensor(vars(a).get("A", vars(a).get("x"))))]


@operator("linalg_solve")
def solve(r, a):
    if not a.left:
        return R.matmul(r.tensor(a.B), R.square_function("inverse", r.tensor(a.A)))
    return R.matmul(R.square_function("inverse", r.tensor(a.A)), r.tensor(a.B))


@operator("trace")
def trace(r, a):
    return R.contract([(r.tensor(a.x), "ii")], "")


@operator("linalg_matrix_norm", "linalg_vector_norm", "linalg_norm", "norm", "frobenius_norm")
def norm(r, a):
    x, order = r.tensor(a.x), getattr(a, "ord", getattr(a, "p", 2))
    axes = positions(x, a.dim)
    keep = bool(getattr(a, "keepdim", False))
    if order in ("fro", None, 2, 2.0) and not (a.name == "linalg_matrix_norm" and order == 2):
        return T.raised(R.summed(T.raised(x, 2), axes, keep), T.HALF)
    if order == 1 and "matrix" not in a.name:
        return R.summed(T.elementwise("abs", x), axes, keep)
    if order == float("inf") and "matrix" not in a.name:
        return R.structured("amax", T.elementwise("abs", x), axes, keep)
    raise refused(f"the norm of order {order}", "the orders 1, 2 and inf of vectors, and the Frobenius norm of matrices")


@operator("cdist", "pairwise_distance")
def cdist(r, a):
    x, y = r.tensor(a.x1), r.tensor(a.x2)
    if a.p != 2:
        raise refused(f"distances of order {a.p}", "p=2")
    if a.name == "pairwise_distance":
        gap = T.plus((1, x), (-1, y), (1, T.number(a.eps)))
    else:
        gap = T.plus((1, S.widened(x, x.rank - 1)), (-1, S.widened(y, y.rank - 2)))
    return T.raised(R.summed(T.raised(gap, 2), [gap.rank - 1], bool(getattr(a, "keepdim", False))), T.HALF)


@operator("cosine_similarity")
def cosine_similarity(r, a):
    """x·y / (max(‖x‖, ε) max(‖y‖, ε)); the ε that PyTorch guards against zero vectors with is left out."""
    x, y = r.tensor(a.x1), r.tensor(a.x2)
    axes = [a.dim % max(x.rank, y.rank)]
    squares = [T.raised(R.summed(T.raised(t, 2), [a.dim % t.rank]), -T.HALF) for t in (x, y)]
    return T.product((R.summed(T.product((x, 1), (y, 1)), axes), 1), *[(s, 1) for s in squares])


# ------------------------------------------------------------------ sums, means, extremes


@operator("sum", "nansum")
def sum_(r, a):
    x = r.tensor(a.x)
    return R.summed(x, positions(x, getattr(a, "dim", None)), bool(getattr(a, "keepdim", False)))


@operator("mean")
def mean(r, a):
    x = r.tensor(a.x)
    return R.averaged(x, positions(x, getattr(a, "dim", None)), bool(getattr(a, "keepdim", False)))


@operator("var", "std", "var_mean", "std_mean")
def var(r, a):
    x = r.tensor(a.x)
    axes, keep = positions(x, getattr(a, "dim", None)), bool(getattr(a, "keepdim", False))
    less = a.correction if hasattr(a, "correction") else int(getattr(a, "unbiased", True))
    found = R.spread_of(x, axes, 1 if less is None else less, keep)
    found = T.raised(found, T.HALF) if a.name.startswith("std") else found
    return [found, R.averaged(x, axes, keep)] if a.name.endswith("mean") else found


@operator("amax", "amin", "max", "min")
def largest(r, a):
    x = r.tensor(a.x)
    if hasattr(a, "other"):
        return T.elementwise("maximum" if a.name == "max" else "minimum", x, r.tensor(a.other))
    axes, keep = positions(x, getattr(a, "dim", None)), bool(getattr(a, "keepdim", False))
    found = R.structured("amax", x, axes, keep) if "max" in a.name else R.least(x, axes, keep)
    return [found, None] if hasattr(a, "dim") and not a.name.startswith("a") else found


@operator("prod")
def prod(r, a):
    x = r.tensor(a.x)
    axes = positions(x, getattr(a, "dim", None))
    size = T.length(x.dims[axes[0]]).value if len(axes) == 1 else None
    if size is None or size > 64:
        raise refused("the product of all entries", "torch.exp(torch.log(x).sum()) where the entries are positive")
    found = T.product(*[(S.picked(x, axes[0], k), 1) for k in range(size)])
    return S.widened(found, axes[0]) if bool(getattr(a, "keepdim", False)) else found


@operator("logsumexp", "special_logsumexp")
def logsumexp(r, a):
    x = r.tensor(a.x)
    hidden = M.masked(x)
    if hidden is not None:
        return T.logarithm(R.summed(M.exponential(x), positions(x, a.dim), bool(a.keepdim)))
    return R.structured("logsumexp", x, positions(x, a.dim), bool(a.keepdim))


@operator("softmax", "_softmax", "_safe_softmax")
def softmax(r, a):
    return M.softmax(r.tensor(a.x), positions(r.tensor(a.x), a.dim))


@operator("log_softmax", "_log_softmax")
def log_softmax(r, a):
    return R.log_softmax(r.tensor(a.x), positions(r.tensor(a.x), a.dim))


@operator("cumsum")
def cumsum(r, a):
    return S.running(r.tensor(a.x), a.dim)

