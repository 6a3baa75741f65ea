"""A check as one line of a test: `assert_gradient(f, grad, at)` passes or fails with the whole report as its message.

    def test_the_gradient_of_the_loss():
        assert_gradient(loss, grad, at=np.array([0.3, -1.2]))

A pytest failure then shows the line of the test and the report, and nothing of ours in between. It needs no pytest: any
program may call it.
"""

from __future__ import annotations

from collections.abc import Callable

from .code import check_code
from .report import Report


def assert_gradient(
    function: Callable, gradient: Callable | None = None, at=None, *, allow_undecided: bool = False, **options
) -> Report:
    """Fails unless `gradient` is the derivative of `function`, with the report as the message.

    Parameters
        function, gradient, at, options: as in `check`: NumPy functions, PyTorch functions and modules, JAX functions;
            `kind=`, `order=`, `sample=` and the rest.
        allow_undecided: whether to pass where the function has too few digits to tell. What cannot be checked at all
            fails in any case: a test that checks nothing must not be green.

    Returns
        The report, of verdict "right", "right at a kink" or, where that is allowed, "undecided".

    Raises
        AssertionError: the verdict is another one; its message is `str(report)`.
        ChainruleError: function, gradient and point do not fit together.

    >>> import numpy as np
    >>> assert_gradient(lambda x: np.sum(x**2), lambda x: 2 * x, at=np.array([1.0, -2.0])).verdict
    'right'
    """
    __tracebackhide__ = True  # pytest: show the line of the test, not this one
    report = check_code(function, gradient, at, **options)
    if report.right or (allow_undecided and report.verdict == "undecided"):
        return report
    raise AssertionError(str(report))
