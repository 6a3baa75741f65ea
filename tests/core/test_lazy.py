"""A module that is loaded when something of it is first asked for."""

import sys

import pytest

from chainrule.core.lazy import lazy


def test_a_module_is_loaded_when_something_of_it_is_asked_for():
    sys.modules.pop("wave", None)
    wave = lazy("", "wave")
    assert "wave" not in sys.modules
    assert wave.open is sys.modules["wave"].open


def test_what_a_module_lacks_is_no_attribute_of_it():
    with pytest.raises(AttributeError, match="module 'wave' has no attribute 'ocean'"):
        _ = lazy("", "wave").ocean


def test_its_repr_says_which_module_it_is():
    assert repr(lazy("chainrule.core", ".dims")) == "<lazy module chainrule.core.dims>"
