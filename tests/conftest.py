"""Every run draws the same examples, so that a failure is the change's and not the day's.

`HYPOTHESIS_PROFILE=wide python -m pytest` draws new ones, and more of them.
"""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("wide", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its workers, and the command line would wrap its lines there
