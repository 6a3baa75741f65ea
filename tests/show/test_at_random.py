"""Charts of data drawn at random, of all sizes and with words anywhere: the laws of pictures hold for them too."""

import numpy as np
import pytest

from chainrule.show import Arrow, Band, Bar, Curve, Mark, Path, bar_plot, contour_plot, curve_plot, curves_beside, heat_plot, spectrum_plot
from tests.show.test_pictures import SLACK, apart, words_of

WORDS = "gradient descent λmax f′(x) a layer with long name σ(W1 x + b1) 10⁻³ minimum saddle ‖∂L/∂θ‖ x y η".split()
SIZES = [1e-320, 1e-300, 1e-100, 1e-12, 1e-6, 1e-3, 1, 1, 1, 10, 1e3, 1e8, 1e100, 1e300]
ROLES = ["true", "yours", "third", "fourth", "fifth", "ink"]
KINDS = ["dot", "ring", "cross", "square", "triangle", "star"]
FUNCTIONS = [
    lambda x, y: x * x + 5 * y * y, lambda x, y: x * x - y * y, lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2, lambda x, y: np.log(x * y),
    lambda x, y: np.sin(5 * x) * y, lambda x, y: np.abs(x) + np.floor(y), lambda x, y: np.random.default_rng(0).standard_normal(np.shape(x)),
]  # fmt: skip


class Drawn:
    """Arguments drawn at random."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def count(self, most):
        return range(int(self.rng.integers(0, most + 1)))

    def words(self, most):
        return " ".join([str(self.rng.choice(WORDS)) for _ in self.count(most)])

    def one(self, found):
        return found[int(self.rng.integers(len(found)))]

    def numbers(self, n):
        x = self.rng.standard_normal(n)
        with np.errstate(all="ignore"):
            found = self.one([x, np.cumsum(x), np.exp(5 * x), np.arange(n) * 1.0, 0 * x, np.round(x, 1), 1 / x]) * self.one(SIZES) + self.one([0, 0, 0, 1e6])
        return np.where(self.rng.random(n) < self.one([0, 0, 0.2]), self.one([np.nan, np.inf, -np.inf]), found)

    def number(self):
        return float(self.numbers(1)[0])

    def curve(self):
        n = self.one([0, 1, 2, 5, 50, 300, 3000])
        return Curve(self.words(3), np.sort(self.numbers(n)), self.numbers(n), self.one(ROLES), self.one([None, "", "7 4"]), self.one([True, False]))

    def of_curves(self):
        return dict(
            curves=[self.curve() for _ in self.count(6)], title=self.words(12) or "t", x_label=self.words(3), y_label=self.words(3),
            log_x=self.one([True, False, False]), log_y=self.one([True, False, False]), equal=self.one([True, False, False]),
            marks=[Mark(self.number(), self.number(), self.words(3), self.one(ROLES), self.one(KINDS)) for _ in self.count(3)],
            bands=[Band(self.number(), self.number(), self.words(2)) for _ in self.count(2)],
            verticals=[(self.number(), self.words(2)) for _ in self.count(2)], horizontals=[(self.number(), self.words(2)) for _ in self.count(2)],
        )  # fmt: skip

    def curves(self, width):
        return curve_plot(**self.of_curves(), width=width)

    def beside(self, width):
        return curves_beside([self.of_curves() for _ in self.count(4)], title=self.words(9) or "t", columns=self.one([1, 2, 3]), width=width)

    def contours(self, width):
        a, b = np.sort(self.rng.standard_normal(2) * self.one(SIZES))
        c, d = np.sort(self.rng.standard_normal(2) * self.one(SIZES))
        n, m = self.one([1, 2, 3, 5, 20, 45, 120]), self.one([1, 2, 3, 5, 20, 45, 120])
        with np.errstate(all="ignore"):
            values = self.one(FUNCTIONS)(*np.meshgrid(np.linspace(-2, 2, n), np.linspace(-2, 2, m))) * self.one(SIZES)
        inside = lambda: (float(self.rng.uniform(a, b)), float(self.rng.uniform(c, d)))
        return contour_plot(
            np.linspace(a, b, n), np.linspace(c, d, m), values, title=self.words(8) or "t", x_label=self.words(2), y_label=self.words(2),
            marks=[Mark(*inside(), self.words(3)) for _ in self.count(8)], equal=self.one([True, False]), width=width,
            arrows=[Arrow(*inside(), self.number(), self.number(), self.words(2)) for _ in self.count(5)],
            paths=[Path(self.words(3), self.rng.uniform(a, b, 20), self.rng.uniform(c, d, 20), self.one(ROLES), self.one([*KINDS, "none"])) for _ in self.count(4)],
        )  # fmt: skip

    def bars(self, width):
        bars = [Bar(self.words(5), self.number(), self.words(4), self.one(ROLES)) for _ in self.count(60)]
        marks = [(self.number(), self.words(3)) for _ in self.count(3)]
        return bar_plot(bars, title=self.words(9) or "t", axis=self.words(3), log=self.one([True, False]), marks=marks, width=width)

    def spectrum(self, width):
        return spectrum_plot(self.numbers(self.one([0, 1, 3, 30, 500])), title=self.words(6) or "t", label=self.words(2), width=width)

    def heat(self, width):
        m, n = self.one([0, 1, 2, 8, 9, 40, 300]), self.one([0, 1, 2, 3, 8, 9, 40, 300])
        names = [self.one([None, [self.words(3) for _ in range(size)]]) for size in (m, n)]
        return heat_plot(self.numbers(m * n).reshape(m, n), title=self.words(6) or "t", rows=self.words(2), columns=self.words(2),
                         row_names=names[0], column_names=names[1], width=width)  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", ["curves", "beside", "contours", "bars", "spectrum", "heat"])
def test_words_lie_within_and_apart_and_all_places_are_numbers(kind, seed):
    drawn = Drawn(seed)
    svg = getattr(drawn, kind)(drawn.one([300, 360, 480, 660, 1000, 2000]))
    assert '="nan' not in str(svg) and "nan," not in str(svg) and '="inf' not in str(svg)
    found = words_of(svg)
    for k, (text, box) in enumerate(found):
        assert all(-SLACK <= x <= svg.width + SLACK and -SLACK <= y <= svg.height + SLACK for x, y in box), (text, box)
        assert all(apart(box, other) for _, other in found[:k]), (text, found[:k])
