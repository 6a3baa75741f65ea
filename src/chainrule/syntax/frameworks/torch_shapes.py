"""Operators of PyTorch that arrange entries anew, or make tensors."""

from __future__ import annotations

from collections.abc import Callable

from ...core.dims import dim
from ..sizes import ONE
from ..typed import Typed
from . import masks as M
from . import reductions as R
from . import shaping as S
from . import tensors as T
from ..framework import refused
from .outside import Outside
from .positions import Positions
from .tensors import Tensor
from .torch_table import operator, positions


# ------------------------------------------------------------------ shaping


@operator("t", "numpy_T", "adjoint", "mT", "matrix_H", "mH", "H")
def t(r, a):
    x = r.tensor(a.x)
    last = a.name in ("adjoint", "mT", "mH")
    order = [*range(x.rank - 2), x.rank - 1, x.rank - 2] if last and x.rank > 1 else list(range(x.rank))[::-1]
    return S.transposed(x, order)


@operator("transpose", "swapaxes", "swapdims")
def transpose(r, a):
    x = r.tensor(a.x)
    p, q = (list(v for k, v in vars(a).items() if k in ("dim0", "dim1", "axis0", "axis1")))
    order = list(range(x.rank))
    order[p], order[q] = order[q], order[p]
    return S.transposed(x, order)


@operator("permute", "movedim", "moveaxis")
def permute(r, a):
    if a.name != "permute":
        raise refused(f"`{a.name}`", "x.permute(…) with all dims")
    return S.transposed(r.tensor(a.x), a.dims)


@operator("view", "reshape", "_unsafe_view", "flatten", "unflatten", "ravel", "view_as", "reshape_as")
def view(r, a):
    """The shape is the one that the graph notes of the result."""
    return S.reshaped(r.tensor(a.x), r.shape(a.node))


@operator("unsqueeze")
def unsqueeze(r, a):
    if isinstance(a.x, Positions):
        p = a.dim % (len(a.x.dims) + 1)
        return a.x.moved(a.x.dims[:p] + (ONE,) + a.x.dims[p:], [t + (t >= p) for t in range(len(a.x.dims))])
    return S.widened(r.tensor(a.x), a.dim)


@operator("squeeze")
def squeeze(r, a):
    x = r.tensor(a.x)
    axes = positions(x, getattr(a, "dim", None))
    return S.squeezed(x, [p for p in axes if T.length(x.dims[p]).value == 1])


@operator("expand", "expand_as", "broadcast_to", "repeat", "tile")
def expand(r, a):
    x, dims = r.tensor(a.x), tuple([T.unit(d) for d in r.shape(a.node)])
    before = (ONE,) * (len(dims) - x.rank) + x.dims
    longer = any(T.length(d).value != 1 and T.length(d) is not T.length(e) for d, e in zip(before, dims))
    if longer:
        raise refused("repeating an axis that is longer than one", "x.unsqueeze(1).expand(…), which makes a new axis")
    return T.broadcast(x, dims)


@operator("broadcast_tensors")
def broadcast_tensors(r, a):
    tensors = [r.tensor(t) for t in a.tensors]
    dims = T.common(tensors, "broadcast_tensors")
    return [T.broadcast(t, dims) for t in tensors]


@operator("slice")
def slice_(r, a):
    x = r.tensor(a.x)
    p = a.dim % x.rank
    size = T.length(x.dims[p])
    start, stop = (end_of(r, v, size) for v in (0 if a.start is None else a.start, a.end))
    return S.sliced(x, p, start, stop, a.step)


def end_of(r, value, size):
    """An end of a slice as a Dim; negative ones count from the end, and what is beyond the end is the end."""
    if value is None or isinstance(value, int) and value > 1 << 60:
        return size
    place = r.size(value)
    if place.value is not None and place.value < 0:
        return size + place
    if place.value is not None and size.value is not None and place.value > size.value:
        return size
    return place


@operator("select")
def select(r, a):
    x = r.tensor(a.x)
    place = r.size(a.index)
    if place.value is None:
        place = place - T.length(x.dims[a.dim % x.rank])
    if place.value is None:
        raise refused("an entry at a symbolic place", "places that are numbers, such as x[0] and x[-1]")
    return S.picked(x, a.dim % x.rank, place.value)


@operator("narrow")
def narrow(r, a):
    return S.sliced(r.tensor(a.x), a.dim % r.tensor(a.x).rank, r.size(a.start), r.size(a.start) + r.size(a.length))


@operator("split", "chunk", "split_with_sizes", "unbind", "tensor_split", "unsafe_chunk", "unsafe_split")
def split(r, a):
    x = r.tensor(a.x)
    p = a.dim % x.rank
    if a.name == "unbind":
        size = T.length(x.dims[p]).value
        if size is None:
            raise refused("taking a tensor apart along a symbolic size", "operations on the whole tensor")
        return [S.picked(x, p, k) for k in range(size)]
    found, start = [], dim(0)
    for part in a.node.meta["val"]:
        size = part.shape[p]
        stop = start + (dim(size) if isinstance(size, int) else r.polynomial(size.node.expr))
        found.append(S.sliced(x, p, start, stop))
        start = stop
    return found


@operator("cat", "concat", "concatenate", "stack", "hstack", "vstack")
def cat(r, a):
    parts = [r.tensor(t) for t in a.tensors]
    if a.name == "stack":
        position = a.dim % (parts[0].rank + 1)
        return S.joined([S.widened(t, position) for t in parts], position)
    if a.name == "vstack":
        return S.joined([S.widened(t, 0) if t.rank == 1 else t for t in parts], 0)
    return S.joined(parts, (0 if parts[0].rank == 1 else 1) if a.name == "hstack" else a.dim)


@operator("tril", "triu")
def tril(r, a):
    x = r.tensor(a.x)
    rows, columns = (T.length(d) for d in x.dims[-2:])
    lead, k = x.rank - 2, a.diagonal
    if a.name == "tril":
        mask, labels = S.triangle(rows, columns, k), (lead, lead + 1)
    else:
        mask, labels = S.triangle(columns, rows, -k), (lead + 1, lead)
    return R.contract([(x, range(x.rank)), (T.tensor(mask), labels)], range(x.rank))


@operator("diagonal", "linalg_diagonal")
def diagonal(r, a):
    x = r.tensor(vars(a).get("x", vars(a).get("A")))
    if x.rank != 2 or getattr(a, "offset", 0) or x.dims[0] is not x.dims[1]:
        raise refused("this diagonal", "the main diagonal of a square matrix")
    return S.diagonal(x)


@operator("diag", "diag_embed", "diagflat")
def diag(r, a):
    x = r.tensor(a.x)
    if getattr(a, "diagonal", 0) or getattr(a, "offset", 0) or x.rank > 2 or a.name != "diag" and x.rank != 1:
        raise refused("this diagonal", "torch.diag of a vector or of a square matrix")
    return S.on_diagonal(x) if x.rank == 1 else S.diagonal(x)


@operator("constant_pad_nd")
def pad(r, a):
    x = r.tensor(a.x)
    for k in range(0, len(a.pad), 2):
        p = x.rank - 1 - k // 2
        for size, first in ((a.pad[k], True), (a.pad[k + 1], False)):
            if isinstance(size, int) and size < 0:
                raise refused("padding that cuts off", "a slice: x[1:]")
            if size:
                more = T.filled(T.exact(a.value or 0), [dim(size) if q == p else d for q, d in enumerate(x.dims)])
                x = S.joined([more, x] if first else [x, more], p)
    return x


@operator("kron")
def kron(r, a):
    x, y = r.tensor(a.x), r.tensor(a.other)
    if x.rank != y.rank or x.rank not in (1, 2):
        raise refused("this Kronecker product", "two vectors or two matrices")
    dims = tuple([p * q for p, q in zip(x.node.axes, y.node.axes)])
    return Tensor(Typed("kron", [x.node, y.node], None, dims), dims)


@operator("item", "_local_scalar_dense")
def item(r, a):
    raise refused("a tensor as a Python number", "leave .item() and float(…) out: a tensor with one entry is a number here")


HELD = frozenset("lift_fresh_copy detach detach_ clone to alias".split())  # what a constant tensor may go through
SAME = """clone contiguous alias lift_fresh_copy lift_fresh positive real conj resolve_conj resolve_neg
    detach_copy view_as_real_copy _to_copy to type_as float double requires_grad_ conj_physical""".split()


@operator(*SAME)
def same(r, a):
    """Copies, and conversions that change no value."""
    found = vars(a).get("x", vars(a).get("input"))
    value, given = a.node.meta.get("val"), a.node.args[0].meta.get("val")
    if value is not None and given is not None and value.dtype != given.dtype and not isinstance(found, Positions):
        if not value.dtype.is_floating_point and given.dtype.is_floating_point:
            if str(value.dtype) == "torch.bool":
                return M.decided("not_equal", r.tensor(found), T.number(0))
            raise refused("rounding to whole numbers", 'leave it out; F.cross_entropy(z, Y) reads labels as Y="n k onehot"')
        if value.dtype.is_complex:
            raise refused("complex numbers", "real tensors")
        if value.dtype.itemsize < 4 and value.dtype.is_floating_point:
            raise refused("half precision", "leave the conversion out: what is derived here is exact")
    return found


@operator("detach")
def detach(r, a):
    if isinstance(a.x, (Outside, Positions)) or M.constant_mask(a.x):
        return a.x
    return r.shifts.next(tuple([T.unit(d) for d in r.shape(a.node)]))


@operator("dropout", "native_dropout", "feature_dropout", "alpha_dropout")
def dropout(r, a):
    if not a.train or a.p == 0:
        return a.input
    raise refused("dropout, which is random,", "model.eval() leaves it out; as a function: F.dropout(x, p, training=False)")


# ------------------------------------------------------------------ what is made


FILLED = "zeros ones full zeros_like ones_like full_like new_zeros new_ones new_full scalar_tensor".split()


@operator(*FILLED)
def filled(r, a):
    value = 1 if "ones" in a.name else vars(a).get("fill_value", vars(a).get("s", 0))
    if isinstance(value, Positions):
        return value
    dims = [T.unit(d) for d in r.shape(a.node)]
    if isinstance(value, Tensor):
        return T.broadcast(value, dims)
    whole = isinstance(value, (bool, int)) and not a.node.meta["val"].dtype.is_floating_point
    return Positions({}, dim(int(value)), dims) if whole and "zeros" not in a.name else T.filled(T.exact(value), dims)


@operator("arange")
def arange(r, a):
    start = r.size(vars(a).get("start", 0))
    if getattr(a, "step", 1) != 1:
        raise refused("arange with a step", "torch.arange(n) * step")
    return Positions({0: 1}, start, r.shape(a.node))


@operator("eye")
def eye(r, a):
    rows, columns = r.shape(a.node)
    if rows is not columns:
        raise refused("an identity that is not square", "torch.eye(n)")
    return Tensor(S.identity(rows), (rows, rows))


@operator("sym_size")
def sym_size(r, a):
    return Positions({}, r.polynomial(a.node.meta["val"].node.expr), ())


@operator("sym_numel", "numel")
def numel(r, a):
    return R.count(r.tensor(a.x), range(r.tensor(a.x).rank))


SCALARS: dict[str, Callable] = {
    "sym_float": lambda x: x, "sym_int": lambda x: x, "float": lambda x: x,
    "add": lambda x, y: T.plus((1, x), (1, y)), "sub": lambda x, y: T.plus((1, x), (-1, y)),
    "mul": lambda x, y: T.product((x, 1), (y, 1)), "truediv": lambda x, y: T.product((x, 1), (y, -1)),
    "pow": T.to_power, "neg": T.negated, "_sym_sqrt": lambda x: T.raised(x, T.HALF), "sym_sqrt": lambda x: T.raised(x, T.HALF),
}  # fmt: skip

