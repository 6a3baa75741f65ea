"""What PyTorch calls its operations, and what kind of layer each is. Activations are known by the declarations in ops."""

from __future__ import annotations

from ...ops.declare import Elementwise, Structured, lookup

LINEAR = "linear bilinear matmul mm bmm mv addmm baddbmm addbmm addmv dot einsum tensordot embedding embedding_bag __matmul__ __rmatmul__ " \
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d inner outer ger chain_matmul multi_dot vdot baddbmm"  # fmt: skip
SHAPE = "getitem cat concat concatenate stack hstack vstack dstack chunk split tensor_split unbind pad roll flip repeat repeat_interleave expand " \
    "expand_as gather index_select take masked_select masked_fill masked_fill_ dropout dropout1d dropout2d dropout3d alpha_dropout " \
    "feature_alpha_dropout upsample interpolate pixel_shuffle narrow select unfold fold tril triu diagonal diag scatter index_put where " \
    "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d " \
    "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d pack_padded_sequence __getitem__ split_with_sizes index_add copy_ __setitem__ " \
    "neg __neg__ masked_scatter clamp_min clamp_max clamp clip movedim_copy broadcast_to tile take_along_dim scatter_add index"  # fmt: skip
SAME = "view reshape view_as reshape_as permute transpose t flatten unflatten squeeze unsqueeze contiguous clone to type float half double " \
    "bfloat16 movedim moveaxis swapaxes swapdims type_as cpu cuda requires_grad_ ravel identity __get__ rename refine_names alias positive " \
    "as_strided native_channel_shuffle retain_grad"  # fmt: skip
ADD = "add sub subtract rsub __add__ __radd__ __sub__ __rsub__ __iadd__ __isub__ add_ sub_ cumsum"
PRODUCT = "mul multiply div divide true_divide __mul__ __rmul__ __truediv__ __rtruediv__ __div__ __rdiv__ __imul__ __itruediv__ mul_ div_ prod " \
    "scaled_dot_product_attention cumprod lerp addcmul addcdiv bilinear glu cosine_similarity cross kron hypot"  # fmt: skip
REDUCE = "sum mean max min amax amin norm logsumexp std var var_mean std_mean median trace vector_norm aminmax nansum nanmean matrix_norm " \
    "cdist pairwise_distance normalize"  # fmt: skip
CUT = "detach detach_ argmax argmin round floor ceil trunc sign sgn eq ne lt le gt ge heaviside bool int long multinomial bernoulli one_hot"
RECURRENT = "rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell lstm gru rnn_tanh rnn_relu"
KIND_OF = {
    name: kind
    for kind, names in (
        ("linear", LINEAR), ("shape", SHAPE), ("add", ADD), ("product", PRODUCT), ("reduce", REDUCE), ("cut", CUT), ("recurrent", RECURRENT),
    )  # fmt: skip
    for name in names.split()
}
SAME_ENTRIES = frozenset(SAME.split())  # the entries of the input in another order, or of another type: no layer of its own
QUOTIENTS = frozenset("div divide true_divide __truediv__ __itruediv__ div_".split())
POWERS = frozenset("pow __pow__ float_power".split())
CALLED = {"special_expit": "sigmoid"}  # where its name is none of the declaration's


def plain(name: str) -> str:
    """The name of an operation that does not write into its argument: relu_ → relu."""
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


def declared(name: str) -> str | None:
    """The name of the declaration that a function of PyTorch is, if it is one."""
    op = lookup(CALLED.get(plain(name), plain(name)))
    return op.name if isinstance(op, (Elementwise, Structured)) else None


def kind_of(name: str) -> str:
    """The kind of layer that an operation is (a key of `record.KINDS`)."""
    if name in KIND_OF or plain(name) in KIND_OF:
        return KIND_OF.get(name) or KIND_OF[plain(name)]
    if plain(name) in ("softmax", "log_softmax", "softmin", "gumbel_softmax"):
        return "softmax"
    if plain(name).endswith("norm") and plain(name) != "norm":
        return "normalisation"
    if name.endswith("_loss") or "cross_entropy" in name or name in ("kl_div", "ctc_loss"):
        return "loss"
    op = lookup(CALLED.get(plain(name), plain(name)))
    return "elementwise" if isinstance(op, Elementwise) or plain(name) in ("sqrt", "rsqrt", "reciprocal", "square", "pow", "rrelu") or name in POWERS else "other"
