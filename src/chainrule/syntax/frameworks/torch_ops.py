"""All operators of PyTorch that are read, those that write into a tensor, and what to write for those that are not read."""

from __future__ import annotations

from . import torch_entries, torch_layers, torch_losses, torch_products  # noqa: F401  (they fill the table)
from .torch_shapes import HELD, SCALARS
from .torch_table import OPERATORS

__all__ = ["HELD", "IN_PLACE", "OPERATORS", "REFUSED", "SCALARS"]

WRITERS = {"copy", "fill", "zero", "index_put", "scatter", "fill_diagonal"}
IN_PLACE = frozenset(OPERATORS) - {"detach", "requires_grad", "to", "clone"} | WRITERS

INSTEAD = {  # what to write → the operators in whose place
    "draw the noise outside, and make it a parameter: eps": """randn randn_like rand rand_like normal bernoulli randint
        multinomial randperm rrelu normal_functional""",
    "torch.softmax(x, -1) is its smooth version": "argmax argmin",
    "max and sum need no order": "sort argsort topk kthvalue median mode",
    "it has no derivative": "round floor ceil trunc frac fmod remainder",
    "torch.where(mask, a, b) replaces entries": "index_put scatter scatter_add index_add copy slice_scatter select_scatter",
    "torch.logdet(S) and torch.linalg.solve(S, b) need no factor": """linalg_cholesky linalg_cholesky_ex cholesky
        linalg_solve_triangular cholesky_solve""",
    "torch.trace and torch.logdet are the sums of eigenvalues and their logarithms": """linalg_eigh linalg_eigvalsh linalg_svd
        linalg_eig _linalg_svd _linalg_eigh""",
    "a matrix with the kernel in its rows: K @ x": "conv1d conv2d conv3d convolution",
    "nn.GRUCell, nn.LSTMCell: one step": "gru lstm rnn_tanh rnn_relu",
    "torch.exp(torch.cumsum(torch.log(x), 0)) where the entries are positive": "cumprod",
    "torch.where(mask, x, 0) keeps the shape": "nonzero masked_select",
    "X @ w on the whole matrix in place of vmap": "_add_batch_dim",
    "torch.linalg.solve(X.T @ X, X.T @ y)": "linalg_lstsq linalg_pinv",
    "the exponential of each entry is torch.exp": "matrix_exp linalg_matrix_exp",
    "x @ J with the exchange matrix J as a parameter": "flip",
}
REFUSED = {name: instead for instead, names in INSTEAD.items() for name in names.split()}
