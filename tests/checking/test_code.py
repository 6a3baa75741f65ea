"""The verdict on derivatives given as code: right, wrong, undecided, not checkable, and at which entry."""

import numpy as np
import pytest

from chainrule.checking.code import check_code

RNG = np.random.default_rng(5)
X, Y, W = RNG.normal(size=(20, 3)), RNG.normal(size=20), RNG.normal(size=3)


def loss(w):
    return np.sum((X @ w - Y) ** 2) + 0.1 * np.sum(w**2)


def gradient(w):
    return 2 * X.T @ (X @ w - Y) + 0.2 * w


def test_a_right_gradient_passes_by_at_most_sixty_calls():
    calls = []
    report = check_code(lambda w: calls.append(0) or loss(w), gradient, W)
    assert report.verdict == "right" and report.right and report.exit_code == 0
    assert report.digits > 10
    assert len(calls) <= 60 and report.evaluations <= 60


@pytest.mark.parametrize("relative", [1.0, 1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("entry", range(3))
def test_one_wrong_entry_is_named_with_both_values(entry, relative):
    def claimed(w):
        found = gradient(w)
        found[entry] *= 1 + relative
        return found

    report = check_code(loss, claimed, W)
    assert report.verdict == "wrong" and report.exit_code == 1
    assert (report.argument, report.index) == ("w", (entry,))
    assert report.claimed == claimed(W)[entry]
    assert abs(report.true - gradient(W)[entry]) <= report.bound
    assert f"w[{entry}]" in str(report)


@pytest.mark.parametrize("relative", [1.0, 1e-6])
def test_one_wrong_entry_of_a_million_is_named_by_at_most_two_hundred_calls(relative):
    x = np.random.default_rng(1).normal(size=10**6)

    def claimed(x):
        found = np.cos(x)
        found[777_777] *= 1 + relative
        return found

    report = check_code(lambda x: np.sum(np.sin(x)), claimed, x)
    assert (report.verdict, report.cause, report.index) == ("wrong", "some-entries", (777_777,))
    assert report.evaluations <= 200


def test_several_wrong_entries_of_many_are_all_named():
    wrong = [3, 500, 77_000, 99_999]

    def claimed(x):
        found = 3 * x**2
        found[wrong] = 0
        return found

    report = check_code(lambda x: np.sum(x**3), claimed, np.random.default_rng(2).uniform(0.5, 1.0, 100_000))
    assert dict(report.rows)["wrong in"] == "x[3], x[500], x[77000], x[99999] only, of 100,000 entries"


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_any_value_between_the_one_sided_derivatives_is_right_at_a_kink(at_zero):
    report = check_code(lambda x: np.sum(np.maximum(x, 0)), lambda x: np.where(x > 0, 1.0, np.where(x == 0, at_zero, 0.0)), np.zeros(4))
    assert report.verdict == "right at a kink" and report.exit_code == 0


@pytest.mark.parametrize("at_zero", [-0.2, 1.2, 5.0])
def test_a_value_outside_of_them_is_wrong(at_zero):
    report = check_code(lambda x: np.sum(np.maximum(x, 0)), lambda x: np.where(x > 0, 1.0, np.where(x == 0, at_zero, 0.0)), np.zeros(1))
    assert (report.verdict, report.cause, report.index) == ("wrong", "kink", (0,))
    assert "anything from 0 to 1 is right" in report.headline


def test_at_a_tie_both_gradients_and_their_means_are_right_and_their_sum_is_wrong():
    def tie(split):
        return check_code(np.max, lambda x: np.where(x[0] == x[1], split, (x == x.max()) * 1.0), np.array([1.5, 1.5])).verdict

    assert tie([1.0, 0.0]) == tie([0.0, 1.0]) == tie([0.5, 0.5]) == "right at a kink"
    assert tie([1.0, 1.0]) == tie([0.0, 0.0]) == "wrong"


def test_a_branch_that_the_point_does_not_take_is_seen_at_another():
    report = check_code(lambda x: np.sum(np.where(x > 0, x**2, x**3)), lambda x: 2 * x, np.array([0.7, 1.2, 0.4]))
    assert report.verdict == "wrong"
    assert "another point than the given one, at which it is right" in dict(report.rows)["at"]


def test_a_gradient_of_zero_is_right_where_the_function_is_constant():
    assert check_code(lambda x: 3.0, np.zeros_like, np.ones(3)).verdict == "right"
    assert check_code(lambda x: 3.0, lambda x: np.full_like(x, 1e-6), np.ones(3)).verdict == "wrong"


def test_float32_is_no_mistake_and_a_slip_in_it_is():
    data, w = X.astype(np.float32), W.astype(np.float32)

    def f(w):
        return np.sum(np.tanh(data.astype(w.dtype) @ w) ** 2)

    def right(w):
        t = np.tanh(data.astype(w.dtype) @ w)
        return data.T.astype(w.dtype) @ (2 * t * (1 - t**2))

    assert check_code(f, right, w).verdict == "right"
    assert check_code(f, lambda w: 1.001 * right(w), w).verdict == "wrong"


def test_noise_that_hides_the_answer_is_undecided():
    noise = np.random.default_rng(3)
    report = check_code(lambda x: float(np.round(np.sum(x**2), 2)), lambda x: 2 * x, np.array([0.3, 1.7]), seed=int(noise.integers(9)))
    assert report.verdict == "undecided" and report.exit_code == 3


@pytest.mark.parametrize(
    ("f", "claim", "verdict", "cause"),
    [
        (lambda x: np.random.default_rng().normal() + np.sum(x), np.ones_like, "not checkable", "random"),
        (lambda x: np.sum(np.log(x - 1)), lambda x: 1 / (x - 1), "not checkable", "not-finite"),
        (lambda x: np.sum(x**2), lambda x: 2 * x * np.random.default_rng().normal(), "not checkable", "random"),
        (lambda x: np.sum(x**2), lambda x: np.where(x < 0.4, np.nan, 2 * x), "wrong", "not-finite"),
    ],
)
def test_chance_and_values_that_are_no_numbers_are_said(f, claim, verdict, cause):
    with np.errstate(all="ignore"):
        report = check_code(f, claim, np.array([0.3, 0.7]))
    assert (report.verdict, report.cause) == (verdict, cause)


def test_seeds_are_fixed_where_that_makes_a_function_repeat():
    def dropout(x):
        return np.sum(x**2 * (np.random.uniform(size=x.shape) < 0.8))

    def claim(x):
        return 2 * x * (np.random.uniform(size=x.shape) < 0.8)

    report = check_code(dropout, claim, np.array([0.3, 0.7, 1.1, -0.4]))
    assert report.verdict == "right"
    assert any("seeds were set" in remark for remark in report.remarks)


def test_what_the_function_left_behind_may_be_used_right_after_it():
    class Layer:
        def forward(self, x):
            self.x = x.copy()
            return np.sum(x**3)

        def backward(self, x):
            return 3 * self.x**2

    layer = Layer()
    report = check_code(layer.forward, layer.backward, np.array([0.4, -0.9]))
    assert report.verdict == "right"
    assert any("left behind" in remark for remark in report.remarks)


def test_a_backward_pass_is_linear_in_its_cotangent():
    report = check_code(lambda x: np.sin(x), lambda x, u: np.cos(x) * np.abs(u), np.array([0.3, 0.9]), kind="vjp")
    assert (report.verdict, report.cause) == ("wrong", "nonlinear")


def test_the_entry_of_a_jacobian_has_two_names():
    A = np.arange(6.0).reshape(2, 3) + 1

    def claimed(x):
        found = A * np.cos(x)
        found[1, 2] = 0
        return found

    report = check_code(lambda x: A @ np.sin(x), claimed, np.array([0.1, 0.2, 0.3]), kind="jacobian")
    assert "value[1] by x[2]" in str(report) and report.index == (2,)


@pytest.mark.parametrize("slip", [lambda H: H, lambda H: H / 2, lambda H: np.triu(H), lambda H: np.diag(np.diag(H))])
def test_a_hessian_is_compared_with_second_differences(slip):
    S = np.array([[2.0, 0.5, -1.0], [0.5, 1.0, 0.3], [-1.0, 0.3, 3.0]])

    def hessian(x):
        return slip(S + np.diag(np.exp(x)))

    report = check_code(lambda x: x @ S @ x / 2 + np.sum(np.exp(x)), hessian, np.array([0.2, -0.4, 0.9]), kind="hessian")
    right = np.array_equal(hessian(W), S + np.diag(np.exp(W)))
    assert report.verdict == ("right" if right else "wrong")
    assert not right or report.evaluations <= 60


@pytest.mark.parametrize("seed", range(12))
def test_the_verdict_does_not_depend_on_the_seed(seed):
    assert check_code(loss, gradient, W, seed=seed).verdict == "right"
    assert check_code(loss, lambda w: gradient(w) - 1e-5 * w, W, seed=seed).verdict == "wrong"


def test_entries_of_all_sizes_are_seen():
    a = 10.0 ** np.arange(-12, 13, 3)
    x = 1 / a

    def claimed(x):
        found = a * np.cos(a * x)
        found[0] *= 2  # the smallest of them, 1e-24 of the largest
        return found

    assert check_code(lambda x: np.sum(np.sin(a * x)), lambda x: a * np.cos(a * x), x).verdict == "right"
    report = check_code(lambda x: np.sum(np.sin(a * x)), claimed, x)
    assert (report.verdict, report.index) == ("wrong", (0,))


def test_a_report_is_data_and_text():
    report = check_code(loss, lambda w: gradient(w) / 2, W)
    said = report.to_dict()
    assert said["verdict"] == "wrong" and said["cause"] == "factor" and said["index"] == list(report.index)
    assert str(report).startswith("✗ not the gradient: yours is exactly ½ of it")
    assert len(str(report).split("\n")) <= 24
    assert not report


def counted(f):
    def g(*x):
        g.calls += 1
        return f(*x)

    g.calls = 0
    return g


@pytest.mark.parametrize(
    ("f", "claim", "x"),
    [
        (lambda x: np.sum(np.sin(1e6 * x)), lambda x: 1e6 * np.cos(1e6 * x), np.array([0.7, 0.3])),
        (lambda x: np.sum(np.abs(x - 1)), lambda x: np.sign(x - 1), np.array([1 + 1e-7])),
        (lambda x: 1e12 + np.sum(x**2), lambda x: 2 * x, np.array([3.0, -2.0])),
        (lambda x: np.sum((1 - np.cos(x)) / x**2), lambda x: np.sin(x) / x**2 - 2 * (1 - np.cos(x)) / x**3, np.array([0.02, 0.03])),
        (lambda x: np.sum(np.float32(x) ** 2), lambda x: 2 * x, np.array([0.3, 1.7])),
    ],
    ids=["oscillation", "a hair beside a kink", "a shelf", "cancellation", "values of float32"],
)
def test_a_right_gradient_of_a_hard_function_is_right_by_at_most_sixty_calls(f, claim, x):
    f = counted(f)
    assert check_code(f, claim, x).verdict == "right"
    assert f.calls <= 60


@pytest.mark.parametrize("narrow", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(3))
def test_many_kinks_nearby_are_neither_noise_nor_a_kink(narrow, seed):
    rng = np.random.default_rng(seed)
    W, V, x = rng.normal(size=(256, 200)) / 14, rng.normal(size=(32, 256)) / 16, rng.normal(size=(200, 32)).astype(narrow)

    def f(x):
        return np.sum(V.T.astype(x.dtype) * np.maximum(W.astype(x.dtype) @ x, 0))

    def claim(x):
        return W.T.astype(x.dtype) @ (V.T.astype(x.dtype) * (W.astype(x.dtype) @ x > 0))

    f = counted(f)
    assert check_code(f, claim, x, seed=seed).verdict == "right"
    assert f.calls <= 60
    assert check_code(f, lambda x: claim(x) * (1 + 1e-3 * (np.arange(32) == 5)), x, seed=seed).verdict == "wrong"


def test_a_jump_of_the_function_to_a_tolerance_is_no_mistake():
    def root(a):
        y = a * 0 + 1
        for _ in range(500):
            last, y = y, y - 0.3 * (y * y - a) / a
            if np.max(np.abs(y - last)) < 1e-9:
                break
        return np.sum(y)

    assert check_code(root, lambda a: 0.5 / np.sqrt(a), np.array([2.0, 3.0])).verdict != "wrong"
