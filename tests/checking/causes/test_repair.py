"""The search for the one change that mends a claim: what it may not do, and what it has to make right."""

import numpy as np

from chainrule.checking.code import check_code

rng = np.random.default_rng(0)


def test_the_search_leaves_the_arrays_of_the_person_as_they_were():
    scales = np.linspace(1, 2, 400)
    before = scales.copy()

    def f(x):
        return 0.5 * np.sum(scales * x**2)

    def half_empty(x):
        g = scales * x  # without the factor x this would be `scales` itself, which the next line writes to
        g[200:] = 0
        return g

    report = check_code(f, half_empty, rng.normal(size=400))
    assert np.array_equal(scales, before) and scales.flags.writeable
    assert report.cause == "some-entries" and "leave out `g[200:] = 0`" in str(report)


def test_a_change_mends_all_entries_and_not_only_those_that_are_looked_at():
    X, y, v = rng.normal(size=(20, 60)), rng.normal(size=20), rng.normal(size=60)

    def loss(W):
        return np.sum((np.tanh(X @ W) @ v - y) ** 2)

    def grad(W):
        h = np.tanh(X @ W)
        g = X.T @ (2 * (h @ v - y)[:, None] * v * (1 - h**2))
        g[:, 0] *= 0.5  # as g[:, 1] *= 0.5 it would be right in the entries of column 0
        return g

    report = check_code(loss, grad, 0.2 * rng.normal(size=(60, 60)))
    assert report.verdict == "wrong" and "g[:, 1]" not in str(report)


def test_a_wrong_first_derivative_is_said_where_the_second_is_asked_for():
    import torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    report = check_code(lambda x: Square.apply(x).sum(), None, torch.tensor([0.3, -1.2], dtype=torch.float64), order=2)
    assert report.verdict == "wrong" and report.cause == "factor"
    assert "the gradient is wrong already" in " ".join(str(report).split())
