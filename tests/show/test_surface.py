"""Surfaces: matplotlib is asked for when one is drawn, and left as it was."""

import subprocess
import sys

import numpy as np
import pytest

from chainrule.core.errors import BackendError
from chainrule.show import surface_plot

V = np.linspace(-1, 1, 9)
X, Y = np.meshgrid(V, V)


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(BackendError) as told:
        surface_plot(V, V, X, title="t")
    assert str(told.value) == (
        "BackendError: matplotlib is not installed\n"
        "  given:    surface_plot(…)\n"
        "  expected: matplotlib, which draws surfaces in space\n"
        '  fix:      pip install "chainrule[plot]"'
    )


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"values of shape \(9, 9\) for 9 ys and 2 xs"):
        surface_plot(V[:2], V, X, title="t")


def test_settings_and_figures_of_pyplot_stay_as_they_were():
    run = (
        "import matplotlib, sys, numpy as np\n"
        "before = dict(matplotlib.rcParams)\n"
        "from chainrule.show import surface_plot\n"
        "surface_plot([0, 1], [0, 1], np.eye(2), title='t')\n"
        "assert dict(matplotlib.rcParams) == before\n"
        "from matplotlib import pyplot\n"
        "assert not pyplot.get_fignums()\n"
    )
    subprocess.run([sys.executable, "-c", run], check=True)


def test_charts_and_their_libraries_are_loaded_when_they_are_asked_for():
    run = (
        "import sys, chainrule, chainrule.show\n"
        "loaded = [m for m in ('contourpy', 'matplotlib', 'chainrule.show.curves', 'chainrule.show.contours') if m in sys.modules]\n"
        "assert not loaded, loaded\n"
        "from chainrule.show import curve_plot, Curve\n"
        "curve_plot([Curve('f', [0, 1], [0, 1])], title='t')\n"
        "assert 'contourpy' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", run], check=True)


def test_the_picture_has_title_marks_and_words():
    text = surface_plot(V, V, X * Y, title="A saddle", z_label="height", marks=[(0, 0, 0, "middle")], plane=0 * X)
    for word in ("A saddle", ">height<", "middle", "A surface over the plane of x and y.", "A second surface touches it."):
        assert word in text
    assert "matplotlib" not in text
