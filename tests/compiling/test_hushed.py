"""Warnings that are meant are silent; all others stay as the caller wants them."""

import warnings

import numpy as np
import pytest

from chainrule.compiling import hushed as module
from chainrule.compiling.hushed import hushed


@pytest.fixture(params=["NumPy's own variable", "np.errstate"])
def quiet(request, monkeypatch):
    if request.param == "np.errstate":
        monkeypatch.setattr(module, "_extobj_contextvar", None)
    else:
        assert module._extobj_contextvar is not None, "NumPy has moved it: look for the new place"
    return hushed


def overflow(x):
    return np.exp(np.float64(x))


def test_an_overflow_is_silent_inside_and_heard_outside(quiet):
    function = quiet(overflow, {"over": "ignore"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            assert function(1000.0) == np.inf
    with pytest.warns(RuntimeWarning):
        overflow(1000.0)


def test_other_kinds_stay_as_the_caller_has_them(quiet):
    function = quiet(lambda x: np.float64(x) / np.float64(0.0), {"over": "ignore"})
    with pytest.warns(RuntimeWarning):
        function(1.0)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        function(1.0)
    with np.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function(1.0) == np.inf


def test_the_state_is_restored_after_an_error(quiet):
    function = quiet(lambda x: 1 / x, {"over": "ignore"})
    with pytest.raises(ZeroDivisionError):
        function(0)
    assert np.geterr()["over"] == "warn"
