import dataclasses

import numpy as np
import pytest

from chainrule.checking.subject import Failed, Misshapen
from chainrule.checking.subjects import subject_of
from chainrule.checking.subjects.numpy_in import LONG_DOUBLE
from chainrule.core.errors import DeclarationError, DomainError, ShapeError

ONE = np.ones(1)
RNG = np.random.default_rng(5)
X, W, B, Y = RNG.normal(size=(6, 3)), RNG.normal(size=3), 0.7, RNG.normal(size=6)


def loss(X, w, b):
    return np.sum((X @ w + b - Y) ** 2)


def gradient(X, w, b):
    r = 2 * (X @ w + b - Y)
    return np.outer(r, w), X.T @ r, np.sum(r)


def layer(X, w, b):
    return np.tanh(X @ w + b)


def backward(dout, X, w, b):
    d = dout * (1 - layer(X, w, b) ** 2)
    return np.outer(d, w), X.T @ d, d.sum()


def slope(subject, seed=0):
    """(uᵀJv by differences, as claimed)."""
    rng = np.random.default_rng(seed)
    v = rng.normal(size=subject.x.size)
    h, width = 1e-6, subject.widths[-1]
    if subject.kind == "hessian":
        u, h = rng.normal(size=v.size), 1e-4
        f = subject.value
        corners = [s * t * f(subject.x + h * (s * u + t * v), width) for s in (1, -1) for t in (1, -1)]
        return float(sum(corners)[0] / (4 * h * h)), float(subject.pull(subject.x, u) @ v)
    difference = (subject.value(subject.x + h * v, width) - subject.value(subject.x - h * v, width)) / (2 * h)
    u = np.ones(1) if subject.kind == "gradient" else rng.normal(size=difference.size)
    if subject.kind == "jvp":
        return float(u @ difference), float(u @ subject.push(subject.x, v))
    return float(u @ difference), float(subject.pull(subject.x, u) @ v)


def agrees(subject):
    true, claimed = slope(subject)
    return claimed == pytest.approx(true, rel=1e-5, abs=1e-7)


# ---------------------------------------------------------------- arguments and claims


@pytest.mark.parametrize("mine", [
    gradient,
    lambda X, w, b: dict(zip(("b", "X", "w"), (gradient(X, w, b)[i] for i in (2, 0, 1)))),
    lambda X, w, b: {f"d{n}": g for n, g in zip("Xwb", gradient(X, w, b))},
    lambda X, w, b: [g.tolist() for g in gradient(X, w, b)],
    lambda X, w, b: (loss(X, w, b), gradient(X, w, b)),
], ids=["tuple", "dict", "dict with d", "lists", "value and gradient"])  # fmt: skip
@pytest.mark.parametrize("at", [(X, W, B), {"w": W, "X": X, "b": B}], ids=["tuple", "dict"])
def test_claims_of_all_arguments_may_come_in_any_container(mine, at):
    by_position = not isinstance(mine(X, W, B), dict)
    if isinstance(at, dict) and by_position:
        at = {"X": X, "w": W, "b": B}
    subject = subject_of(loss, mine, at)
    assert {a.name: a.shape for a in subject.arguments} == {"X": (6, 3), "w": (3,), "b": ()}
    assert agrees(subject)


def test_a_tuple_for_a_dict_in_another_order_is_refused_rather_than_mixed_up():
    subject = subject_of(loss, gradient, {"w": W, "X": X, "b": B})
    with pytest.raises(Misshapen) as refused:
        subject.pull(subject.x, ONE)
    assert "a dict with the keys" in refused.value.expected


def test_a_claim_of_some_arguments_is_checked_for_those():
    some = subject_of(loss, lambda X, w, b: {"w": gradient(X, w, b)[1]}, (X, W, B))
    assert [a.name for a in some.arguments] == ["w"] and agrees(some)
    assert some.remarks == ["not checked, because nothing is claimed of it: X, b"]


@pytest.mark.parametrize("mine, names", [
    (lambda X, w, b: gradient(X, w, b)[1], ["w"]),
    (lambda X, w, b: gradient(X, w, b)[1:], ["w", "b"]),
    (lambda X, w, b: (None, *gradient(X, w, b)[1:]), ["w", "b"]),
], ids=["one array", "two arrays", "none for one"])  # fmt: skip
def test_fewer_arrays_than_arguments_belong_to_those_that_they_fit(mine, names):
    subject = subject_of(loss, mine, (X, W, B))
    assert [a.name for a in subject.arguments] == names and agrees(subject)


def test_one_array_belongs_to_the_first_argument_even_if_a_sum_is_missing():
    subject = subject_of(lambda w, X: np.sum((X @ w) ** 2), lambda w, X: 2 * (X @ w)[:, None] * X, (W, X))
    with pytest.raises(Misshapen) as refused:
        subject.pull(subject.x, ONE)
    assert (refused.value.argument, refused.value.given, refused.value.expected) == ("w", (6, 3), (3,))
    assert refused.value.array.shape == (6, 3)


def test_wrt_names_what_is_checked():
    subject = subject_of(loss, lambda X, w, b: gradient(X, w, b)[0], (X, W, B), wrt="X")
    assert [a.name for a in subject.arguments] == ["X"] and agrees(subject)
    with pytest.raises(DeclarationError) as refused:
        subject_of(loss, gradient, (X, W, B), wrt="W")
    assert str(refused.value) == (
        "DeclarationError: `W` is no argument of the function\n"
        "  given:    wrt='W'\n"
        "  expected: 'X', 'w', 'b'\n"
        "  fix:      wrt='X'"
    )


def test_nested_arguments_are_named_by_path_and_returned_in_kind():
    @dataclasses.dataclass
    class Net:
        layers: list
        scale: float

    def f(net, n):
        return net.scale * sum(np.sum(p["W"] ** n) for p in net.layers)

    def g(net, n):
        return Net([{"W": net.scale * n * p["W"] ** (n - 1)} for p in net.layers], f(net, n) / net.scale)

    subject = subject_of(f, lambda net, n: (g(net, n), None), (Net([{"W": X}, {"W": W}], 1.5), 3))
    assert [a.name for a in subject.arguments] == ["net.layers[0]['W']", "net.layers[1]['W']", "net.scale"]
    assert subject.remarks == ["not differentiated, because of whole numbers: n"] and agrees(subject)


def test_a_claim_in_the_structure_of_the_first_argument_is_its_own():
    def f(params, X):
        return np.sum(np.tanh(X @ params["w"] + params["b"]))

    def g(params, X):
        d = 1 - np.tanh(X @ params["w"] + params["b"]) ** 2
        return {"b": d.sum(), "w": X.T @ d}

    subject = subject_of(f, g, ({"w": W, "b": B}, X))
    assert [a.name for a in subject.arguments] == ["params['w']", "params['b']"] and agrees(subject)


def test_whole_numbers_are_taken_as_floating_where_there_is_nothing_else():
    subject = subject_of(lambda x: x**3, lambda x: 3 * x**2, 2)
    assert subject.pull(subject.x, ONE) == [12.0]
    assert subject.remarks == ["integers were given: they are taken as floating-point numbers"]
    assert agrees(subject_of(lambda x: x[0] * x[1], lambda x: [x[1], x[0]], [1, 2]))


@pytest.mark.parametrize("mine, argument, given, expected", [
    (lambda w: np.ones((1, 3)), "w", (1, 3), (3,)),
    (lambda w: np.ones(2), "w", (2,), (3,)),
    (lambda w: 1.0, "w", (), (3,)),
    (lambda w: None, "w", "None", (3,)),
    (lambda w: "2w", "w", "text", "an array of real numbers"),
    (lambda w: w + 1j, "w", "complex numbers", "an array of real numbers"),
    (lambda w: {"v": w}, "w", "a dict with the keys 'v'", "an array of real numbers"),
    (lambda w: [[1.0], [2.0, 3.0]], "w", "a list of 2", "an array of real numbers"),
], ids=["row", "short", "number", "none", "text", "complex", "dict", "ragged"])  # fmt: skip
def test_a_claim_that_does_not_fit_says_what_it_is(mine, argument, given, expected):
    subject = subject_of(lambda w: np.sum(w**2), mine, W)
    with pytest.raises(Misshapen) as refused:
        subject.pull(subject.x, ONE)
    assert (refused.value.argument, refused.value.given, refused.value.expected) == (argument, given, expected)


def test_a_claim_for_an_argument_that_does_not_exist_is_named():
    subject = subject_of(loss, lambda X, w, b: {"w": w, "bias": 1.0}, (X, W, B))
    with pytest.raises(Misshapen) as refused:
        subject.pull(subject.x, ONE)
    assert refused.value.argument == "bias" and "'X', 'w', 'b'" in refused.value.expected


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize("mine", [
    backward,
    lambda X, w, b, u: backward(u, X, w, b),
    lambda *args: backward(args[-1], *args[:-1]),
    lambda X, w, b: lambda u: backward(u, X, w, b),
], ids=["first", "last", "by position", "pullback"])  # fmt: skip
def test_a_backward_pass_may_take_its_cotangent_anywhere(mine):
    subject = subject_of(layer, mine, (X, W, B), kind="vjp")
    assert [o.shape for o in subject.outputs] == [(6,)] and agrees(subject)


class Layer:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


def test_a_layer_that_remembers_its_last_call_is_called_first():
    one = Layer()
    subject = subject_of(one.forward, one.backward, W)
    subject.value(subject.x + 1)
    assert subject.kind == "vjp" and agrees(subject)


def test_a_backward_pass_of_one_argument_may_return_a_pullback():
    subject = subject_of(np.tanh, lambda x: lambda u: u * (1 - np.tanh(x) ** 2), W, kind="vjp")
    assert agrees(subject)


def test_several_values_have_cotangents_in_their_structure():
    def f(x):
        return {"sum": np.sum(x), "square": x**2}

    def back(x, u):
        return u["sum"] + 2 * x * u["square"]

    subject = subject_of(f, back, W)
    assert [o.name for o in subject.outputs] == ["value['sum']", "value['square']"] and agrees(subject)


@pytest.mark.parametrize("jacobian", [
    lambda A, x: (np.kron(np.eye(2), x).reshape(2, 2, 3), A),
    lambda A, x: (np.kron(np.eye(2), x), A),
], ids=["axes", "matrix"])  # fmt: skip
def test_a_jacobian_has_the_axes_of_value_and_argument_or_is_one_matrix(jacobian):
    subject = subject_of(lambda A, x: A @ x, jacobian, (X[:2], W))
    assert subject.kind == "jacobian" and agrees(subject)


def test_a_jacobian_of_the_first_argument_alone_is_told_by_its_shape():
    subject = subject_of(lambda x, A: A @ x, lambda x, A: A, (W, X))
    assert [a.name for a in subject.arguments] == ["x"] and agrees(subject)


def test_a_hessian_is_one_matrix_or_blocks():
    def f(x, y):
        return np.sum(x**3) * np.sum(y**2)

    def blocks(x, y):
        both = np.outer(3 * x**2, 2 * y)
        return (np.diag(6 * x) * np.sum(y**2), both), (both.T, 2 * np.eye(len(y)) * np.sum(x**3))

    x, y = W, Y[:2]
    assert agrees(subject_of(f, blocks, (x, y), kind="hessian"))
    assert agrees(subject_of(f, lambda x, y: np.block([list(row) for row in blocks(x, y)]), (x, y), kind="hessian"))
    first = subject_of(f, lambda x, y: blocks(x, y)[0][0], (x, y), order=2)
    assert first.kind == "hessian" and [a.name for a in first.arguments] == ["x"] and agrees(first)


def test_a_forward_rule_takes_tangents():
    def forward(X, w, b, dX, dw, db):
        return (1 - layer(X, w, b) ** 2) * (dX @ w + X @ dw + db)

    assert agrees(subject_of(layer, forward, (X, W, B), kind="jvp"))


def test_a_function_that_returns_value_and_gradient_is_its_own_claim():
    subject = subject_of(lambda w: (np.sum(w**2), 2 * w), at=W)
    assert agrees(subject)
    said = "your function returns a pair: the first is taken as its value, the second as its gradient"
    assert subject.remarks == [said]


def test_a_cotangent_changed_in_place_is_remarked():
    def back(x, dout):
        dout[x <= 0] = 0
        return dout

    subject = subject_of(lambda x: np.maximum(x, 0), back, W)
    assert subject.remarks == ["the backward pass changes the cotangent that it is given, in place"] and agrees(subject)


# ---------------------------------------------------------------- types


@pytest.mark.skipif(not LONG_DOUBLE, reason="there is no wider type here")
def test_a_function_that_computes_in_a_wider_type_is_run_in_it():
    subject = subject_of(lambda x: np.sum(np.sin(x) ** 2), lambda x: np.sin(2 * x), W)
    assert subject.widths == ("float64", "longdouble")
    assert subject.value(subject.x, "longdouble").dtype == np.longdouble


@pytest.mark.parametrize("f", [
    lambda x: float(np.sum(x**2)),
    lambda x: np.sum(x.astype(np.float64) ** 2) + x[0] * 0,
    lambda x: np.sum(np.linalg.inv(np.outer(x, x) + np.eye(3))),
], ids=["float", "cut", "lapack"])  # fmt: skip
def test_a_function_that_does_not_compute_in_the_wider_type_stays_in_its_own(f):
    assert subject_of(f, lambda x: x, W).widths == ("float64",)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_are_run_in_float64(dtype):
    x = np.array([0.3, -1.2, 2.0], dtype=dtype)
    subject = subject_of(lambda x: np.sum(np.sin(x)), np.cos, x)
    assert subject.widths == (x.dtype.name, "float64") and subject.arguments[0].eps == np.finfo(dtype).eps
    assert np.array_equal(subject.x, x.astype(float))
    assert subject.value(subject.x, "float64")[0] == pytest.approx(np.sin(x.astype(float)).sum(), rel=1e-15)


def test_a_number_made_of_narrow_floats_is_no_better_than_they_are():
    subject = subject_of(lambda x: float(np.sum(x**2)), lambda x: 2 * x, W.astype(np.float32))
    assert subject.outputs[0].eps == np.finfo(np.float32).eps


def test_each_argument_keeps_its_type_and_layout():
    seen = []

    def f(A, b, c):
        seen.append((A.dtype, A.flags.f_contiguous, type(b), type(c)))
        return np.sum(A) + b + c

    A = np.asfortranarray(X.astype(np.float32))
    subject_of(f, lambda A, b, c: (np.ones_like(A), 1.0, 1.0), (A, 1.5, np.float32(2)))
    assert seen[0] == (np.float32, True, float, np.float32)


# ---------------------------------------------------------------- what user code does to its surroundings


def test_changed_arguments_are_named_and_the_person_s_own_are_not_touched():
    def f(w, v):
        w -= w.mean()
        return np.sum(w**2) + np.sum(v)

    w = W.copy()
    subject = subject_of(f, lambda w, v: (2 * w, np.ones(3)), (w, W))
    assert subject.mutated == []
    subject.value(subject.x)
    assert subject.mutated == ["w"] and np.array_equal(w, W)


def test_a_claim_that_changes_its_argument_is_seen():
    def g(w):
        w *= 2
        return w

    subject = subject_of(lambda w: np.sum(w**2), g, W)
    subject.pull(subject.x, ONE)
    assert subject.mutated == ["w"]


def test_a_held_array_that_a_call_changes_is_told():
    cache = np.zeros(3)

    def f(w):
        cache[:] = w
        return np.sum(w**2)

    assert subject_of(f, lambda w: 2 * w, W).rewritten == [("function", "cache")]


def test_random_functions_repeat_once_seeds_are_set():
    def f(x):
        return np.sum(x * (np.random.rand(3) > 0.5))

    subject = subject_of(f, lambda x: (np.random.rand(3) > 0.5) * 1.0, W)
    state = np.random.get_state()[1].copy()
    subject.reseed()
    assert subject.value(subject.x) == subject.value(subject.x)
    assert subject.pull(subject.x, ONE) @ subject.x == pytest.approx(subject.value(subject.x)[0])
    np.random.set_state(("MT19937", state, 624, 0, 0.0))


# ---------------------------------------------------------------- further points


def test_further_points_cross_zero_where_the_function_is_finite_there_and_keep_the_range_where_not():
    rng = np.random.default_rng(0)
    free = subject_of(lambda x: np.sum(x**2), lambda x: 2 * x, np.full(9, 2.0))
    assert np.any(free.another(rng) < 0) and np.all(free.another(rng) > 0)
    bounded = subject_of(lambda x: np.sum(np.log(x)), lambda x: 1 / x, np.full(9, 0.5))
    for _ in range(6):
        x = bounded.another(rng)
        assert np.all(x > 0) and not np.array_equal(x, bounded.x)


def test_further_points_of_narrow_arguments_are_numbers_of_their_type():
    x = subject_of(lambda x: np.sum(x), np.ones_like, W.astype(np.float32)).another(np.random.default_rng(0))
    assert np.array_equal(x, x.astype(np.float32))


@pytest.mark.parametrize("sample", [lambda: (X + 1, W + 2, 5.0), lambda rng: {"b": 5.0, "w": W + 2, "X": X + 1}])
def test_a_sampler_gives_the_further_points(sample):
    subject = subject_of(loss, gradient, (X, W, B), sample=sample)
    assert np.array_equal(subject.another(np.random.default_rng(0)), np.concatenate([(X + 1).ravel(), W + 2, [5.0]]))


def test_a_sampler_of_another_structure_is_refused():
    subject = subject_of(loss, gradient, (X, W, B), sample=lambda: (X, W[:2], B))
    with pytest.raises(ShapeError) as refused:
        subject.another(np.random.default_rng(0))
    assert str(refused.value) == (
        "ShapeError: `sample` returns something else than `at`\n"
        "  given:    X: an array of shape (6, 3), w: an array of shape (2,), b: a number\n"
        "  expected: X: shape (6, 3), w: shape (3,), b: shape ()\n"
        "  fix:      let `sample` return what `at` could be, in the same structure"
    )


# ---------------------------------------------------------------- errors


def boom(w):
    raise ValueError("weights are too wild")


def test_an_error_of_the_function_is_shown_with_its_line():
    with pytest.raises(Failed) as failed:
        subject_of(boom, lambda w: w, W)
    assert failed.value.part == "function"
    assert failed.value.what.startswith("the function `boom` raised ValueError: weights are too wild at line ")
    assert failed.value.what.endswith('`raise ValueError("weights are too wild")`')


def test_an_error_of_the_claim_is_met_when_it_is_asked():
    subject = subject_of(lambda w: np.sum(w), boom, W)
    with pytest.raises(Failed) as failed:
        subject.pull(subject.x, ONE)
    assert failed.value.part == "claim" and "`boom` raised ValueError: weights are too wild" in failed.value.what


@pytest.mark.parametrize("f, words", [
    (lambda w: None, "your function returned None, not a number or an array of numbers"),
    (lambda w: "high", "your function returned text, not a number or an array of numbers"),
    (lambda w: w > 0, "your function returned an array of shape (3,), not a number or an array of numbers"),
])  # fmt: skip
def test_a_value_that_is_no_number_is_said(f, words):
    with pytest.raises(Failed) as failed:
        subject_of(f, lambda w: w, W)
    assert failed.value.what == words


def error_of(*args, **options):
    with pytest.raises((DeclarationError, DomainError, ShapeError)) as refused:
        subject_of(*args, **options)
    return str(refused.value)


def test_a_gradient_of_many_numbers_is_refused_with_the_kinds_that_would_do():
    assert error_of(np.tanh, np.cos, W, kind="gradient") == (
        "DeclarationError: only a function with one number as its value has a gradient\n"
        "  given:    tanh returns value of shape (3,)\n"
        "  expected: one number\n"
        '  fix:      kind="jacobian" for all its derivatives, kind="vjp" for a backward pass with a cotangent'
    )


def test_a_misspelt_kind_is_answered_with_the_nearest():
    assert error_of(np.sum, np.ones_like, W, kind="jacobain") == (
        "DeclarationError: unknown kind `jacobain`\n"
        "  given:    'jacobain'\n"
        '  expected: "gradient" or "jacobian" or "hessian" or "vjp" or "jvp"\n'
        '  fix:      kind="jacobian"'
    )


def test_a_point_is_needed():
    assert error_of(np.sum, np.ones_like) == (
        "DeclarationError: there is no point to check `sum` at\n"
        "  given:    no `at`\n"
        "  expected: one array, a tuple of all arguments, or a dict of them by name\n"
        "  fix:      cr.check(f, grad, at=np.array([0.3, -1.2]))"
    )


def test_a_point_must_be_finite():
    assert error_of(np.sum, np.ones_like, np.array([1.0, np.nan])) == (
        "DomainError: the point `at` is not finite in a\n"
        "  given:    a has nan at entry 1\n"
        "  expected: finite numbers\n"
        "  fix:      another point; a derivative at infinity or NaN means nothing"
    )


def test_a_point_must_have_entries():
    assert error_of(lambda w: 1.0, lambda w: w, np.empty((0, 3))) == (
        "ShapeError: the point `at` has no entries\n"
        "  given:    w of shape (0, 3)\n"
        "  expected: at least one number\n"
        "  fix:      at=np.array([1.0, 2.0]), for example"
    )


def test_a_point_must_have_something_to_differentiate_in():
    assert error_of(lambda w: 1.0, lambda w: w, "three") == (
        "DeclarationError: `your function` has no argument to differentiate in\n"
        "  given:    at = text\n"
        "  expected: an array of floating-point numbers, or a tuple or dict with one\n"
        "  fix:      at=np.array([1.0, 2.0]), for example"
    )


def test_complex_arguments_are_refused():
    assert error_of(lambda z: abs(z), lambda z: z, 1 + 2j) == (
        "DeclarationError: `z` has complex entries, and only derivatives in real numbers are checked\n"
        "  given:    z: a complex number\n"
        "  expected: real numbers\n"
        "  fix:      a function of the real and the imaginary part: lambda re, im: f(re + 1j * im)"
    )


def test_a_claim_with_other_parameters_is_refused():
    assert error_of(loss, lambda w: w, (X, W, B), kind="gradient") == (
        "DeclarationError: `your function` cannot be called like the function\n"
        "  given:    your function(w)\n"
        "  expected: your function(X, w, b)\n"
        "  fix:      write it as a function of the same arguments"
    )


def test_a_claim_with_its_parameters_in_another_order_is_refused():
    def mine(w, X, b):
        return w

    assert error_of(loss, mine, (X, W, B)) == (
        "DeclarationError: `mine` takes the arguments in another order than `loss`\n"
        "  given:    mine(w, X, b)\n"
        "  expected: loss(X, w, b)\n"
        "  fix:      the same order in both, or `at` as a dict, which is handed over by name"
    )


def test_the_results_of_calls_are_no_functions():
    assert error_of(np.sum(W), None, W) == (
        "DeclarationError: what is to be checked is no function\n"
        "  given:    a number\n"
        "  expected: a function or module, or a formula as text with a formula as the claim\n"
        "  fix:      cr.check(f, grad, at), without calling f"
    )
    assert error_of(np.sum, 2 * W, W) == (
        "DeclarationError: the claimed derivative is no function\n"
        "  given:    an array of shape (3,)\n"
        "  expected: a function of the same arguments, so that it can be asked at more points than one\n"
        "  fix:      cr.check(f, grad, at), without calling grad"
    )


def test_a_function_without_any_claim_is_sent_to_where_numbers_are_made():
    assert error_of(np.sum, None, W) == (
        "DeclarationError: there is no derivative of `sum` to check\n"
        "  given:    a NumPy function that returns a number\n"
        "  expected: your gradient as the second argument, or a function that returns (value, gradient)\n"
        "  fix:      cr.check(f, grad, at), or cr.numeric.gradient(f, at) to be given the numbers"
    )
