"""Every run draws the same examples, so that a failure is the change's and not the day's.

`HYPOTHESIS_PROFILE=wide python -m pytest` draws new ones, and more of them.
"""

import os
import sys

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("wide", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its workers, and the command line would wrap its lines there


@pytest.fixture(autouse=True)
def numbers_of_jax_stay_as_they_were():
    """A test that has JAX compute in double precision leaves the next one its single precision."""
    before = sys.modules["jax"].config.jax_enable_x64 if "jax" in sys.modules else False
    yield
    if "jax" in sys.modules and sys.modules["jax"].config.jax_enable_x64 != before:
        sys.modules["jax"].config.update("jax_enable_x64", before)
