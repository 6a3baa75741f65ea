import numpy as np
import pytest

from chainrule.checking.subject import Failed, Misshapen
from chainrule.checking.subjects import subject_of
from chainrule.core.errors import DeclarationError

import torch
nn = torch.nn


@pytest.fixture(autouse=True)
def steady():
    torch.manual_seed(0)
    torch.set_num_threads(1)


def slope(subject, seed=0):
    """(uᵀJv by differences in the widest type, as claimed)."""
    rng = np.random.default_rng(seed)
    v = rng.normal(size=subject.x.size)
    h, width = 1e-6, subject.widths[-1]
    difference = (subject.value(subject.x + h * v, width) - subject.value(subject.x - h * v, width)) / (2 * h)
    u = np.ones(1) if subject.kind == "gradient" else rng.normal(size=difference.size)
    if subject.kind == "jvp":
        return float(u @ difference), float(u @ subject.push(subject.x, v))
    return float(u @ difference), float(subject.pull(subject.x, u) @ v)


def agrees(subject, rel=1e-4):
    true, claimed = slope(subject)
    return claimed == pytest.approx(true, rel=rel, abs=1e-5)


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g


class NewStyle(torch.autograd.Function):
    @staticmethod
    def forward(x, power):
        return x**power

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.power = inputs[1]

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return ctx.power * x ** (ctx.power - 1) * g, None


class Frozen(torch.autograd.Function):
    """Right the first time; its backward pass cuts the second derivative off."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x.detach() ** 2


class Once(Product):
    backward = staticmethod(torch.autograd.function.once_differentiable(Product.backward))


# ---------------------------------------------------------------- what can be checked


@pytest.mark.parametrize("function", [Product, Product.apply], ids=["class", "apply"])
def test_an_autograd_function_is_given_by_itself(function):
    subject = subject_of(function, at=(torch.randn(4, 3), torch.randn(3, 2)))
    assert (subject.name, subject.kind, subject.claims_are, subject.custom) == ("Product", "vjp", "code", ("Product",))
    assert [a.name for a in subject.arguments] == ["x", "w"] and subject.widths == ("float32", "float64")
    assert subject.call_f is Product.forward and subject.call_claim is Product.backward and agrees(subject)


def test_an_autograd_function_without_ctx_in_its_forward_keeps_its_names():
    subject = subject_of(NewStyle, at=(torch.randn(3), 3))
    assert [a.name for a in subject.arguments] == ["x"] and agrees(subject)


def test_a_module_is_checked_in_its_parameters_by_name_and_its_input():
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    subject = subject_of(net, at=torch.randn(7, 3))
    assert [a.name for a in subject.arguments] == ["0.weight", "0.bias", "2.weight", "2.bias", "input"]
    assert subject.name == "Sequential" and subject.claims_are == "autograd" and agrees(subject)


@pytest.mark.parametrize("module, at", [
    (lambda: nn.LSTM(3, 4), lambda: torch.randn(5, 2, 3)),
    (lambda: nn.MultiheadAttention(4, 2), lambda: (torch.randn(3, 1, 4),) * 3),
    (lambda: nn.Embedding(5, 3), lambda: torch.tensor([1, 4, 1])),
    (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), lambda: torch.randn(4, 3)),
    (lambda: nn.Conv2d(2, 3, 3), lambda: torch.randn(1, 2, 5, 5)),
], ids=["LSTM", "attention", "embedding", "weight norm", "convolution"])  # fmt: skip
def test_modules_of_many_kinds_are_run_with_other_parameters(module, at):
    subject = subject_of(module(), at=at())
    assert subject.widths == ("float32", "float64") and agrees(subject)


def test_tied_weights_are_one_argument():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
            self.b.weight = self.a.weight

        def forward(self, x):
            return self.b(torch.tanh(self.a(x)))

    subject = subject_of(Tied(), at=torch.randn(2, 3))
    assert [a.name for a in subject.arguments] == ["a.weight", "x"] and agrees(subject)


def test_a_module_stays_as_it_is():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    before = {n: t.clone() for n, t in net.state_dict().items()}
    parameters, x = list(net.parameters()), torch.randn(6, 3)
    subject = subject_of(net, at=x)
    subject.reseed()
    assert subject.widths == ("float32", "float64") and agrees(subject)
    assert all(torch.equal(t, before[n]) for n, t in net.state_dict().items())
    assert all(a is b and a.grad is None and a.dtype == torch.float32 for a, b in zip(net.parameters(), parameters))
    assert net.training and not x.requires_grad and torch.get_default_dtype() == torch.float32


def test_what_a_function_holds_is_widened_and_put_back():
    X, net = torch.randn(6, 3), nn.Linear(3, 2)
    subject = subject_of(lambda w: (net(X * w) ** 2).mean(), at=torch.randn(3))
    assert subject.widths == ("float32", "float64") and agrees(subject)
    assert X.dtype == net.weight.dtype == torch.float32


def test_parameters_that_are_frozen_and_tensors_without_the_flag_are_held_fixed():
    net = nn.Linear(3, 2)
    net.bias.requires_grad_(False)
    assert [a.name for a in subject_of(net, at=torch.randn(3)).arguments] == ["weight", "input"]
    flagged = subject_of(lambda x, y: (x * y).sum(), at=(torch.randn(3, requires_grad=True), torch.randn(3)))
    assert [a.name for a in flagged.arguments] == ["x"] and agrees(flagged)


def test_nested_inputs_are_named_and_whole_numbers_held_fixed():
    at = ({"a": torch.randn(2, 2), "l": [torch.randn(2)]}, torch.tensor([1, 2]))
    subject = subject_of(lambda p, y: p["a"] @ p["l"][0] + y, at=at)
    assert [a.name for a in subject.arguments] == ["p['a']", "p['l'][0]"] and agrees(subject)
    assert subject.remarks == ["not differentiated, because of whole numbers: y"]


def test_several_values_are_all_checked():
    subject = subject_of(lambda x: (x.sum(), {"square": x**2, "best": x.argmax()}), at=torch.randn(3))
    assert [o.name for o in subject.outputs] == ["value[0]", "value[1]['square']"] and agrees(subject)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tensors_of_all_floating_types_are_taken_as_they_are(dtype):
    subject = subject_of(lambda x: (x**3).sum(), lambda x: 3 * x**2, torch.tensor([0.5, -1.25, 2.0], dtype=dtype))
    assert subject.arguments[0].eps == torch.finfo(dtype).eps and subject.x.tolist() == [0.5, -1.25, 2.0]
    assert subject.claims_are == "code" and agrees(subject, rel=0.02)


def test_a_claim_that_was_written_may_return_tensors_for_some_arguments():
    def f(w, X):
        return (X @ w).pow(2).sum()

    subject = subject_of(f, lambda w, X: 2 * X.T @ (X @ w), (torch.randn(3), torch.randn(5, 3)))
    assert [a.name for a in subject.arguments] == ["w"] and agrees(subject)


def test_forward_mode_is_checked_as_jvp():
    subject = subject_of(lambda x: torch.sin(x) * x, at=torch.randn(3), kind="jvp")
    assert subject.kind == "jvp" and agrees(subject)


# ---------------------------------------------------------------- facts about the graph


def test_a_detached_argument_is_unreached():
    subject = subject_of(lambda x, w: (x * w.detach()).sum(), at=(torch.randn(3), torch.randn(3)))
    assert subject.unreached == ("w",) and not np.any(subject.pull(subject.x, np.ones(1))[3:])


def test_a_value_without_any_graph_is_a_fact_and_no_error():
    subject = subject_of(lambda x: (x**2).sum().item(), at=torch.randn(3))
    assert subject.unreached == ("x",) and subject.pull(subject.x, np.ones(1)).tolist() == [0, 0, 0]
    assert subject.remarks == ["the value is a Python number: `.item()` or `float()` cut it off from its arguments"]


def test_custom_functions_inside_are_named():
    subject = subject_of(lambda x, w: torch.tanh(Product.apply(x, w)).sum(), at=(torch.randn(2, 3), torch.randn(3, 2)))
    assert subject.custom == ("Product",) and subject.claims_are == "autograd"
    assert subject.call_claim is Product.backward


def test_an_argument_changed_in_place_is_seen():
    def f(x):
        x *= 2
        return (x**2).sum()

    x = torch.ones(3)
    subject = subject_of(f, at=x)
    subject.value(subject.x)
    assert subject.mutated == ["x"] and torch.equal(x, torch.ones(3))


def test_a_hook_is_part_of_the_backward_pass():
    net = nn.Linear(3, 2)
    net.weight.register_hook(lambda g: g / 2)
    subject = subject_of(net, at=torch.randn(4, 3), wrt="weight")
    true, claimed = slope(subject)
    assert claimed == pytest.approx(true / 2, rel=1e-4)


def test_a_backward_pass_that_writes_into_what_it_is_given_is_seen():
    class Saved(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return x.data.mul_(2) * g

    class Incoming(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return g.mul_(2)

    for function, changed in ((Saved, "x"), (Incoming, "the cotangent")):
        subject = subject_of(function, at=torch.randn(3))
        subject.pull(subject.x, np.array([1.0, -2.0, 0.5]))
        assert subject.mutated == [changed]


# ---------------------------------------------------------------- order 2


def test_the_second_derivative_of_a_number_is_its_hessian():
    for options in ({"order": 2}, {"kind": "hessian"}):
        subject = subject_of(lambda x: (x**3).sum(), at=torch.tensor([1.0, 2.0], dtype=torch.float64), **options)
        assert subject.pull(subject.x, np.array([1.0, -1.0])).tolist() == [6.0, -12.0]
        assert [o.name for o in subject.outputs] == ["the gradient in x"] and agrees(subject)


def test_a_backward_pass_that_cuts_the_second_derivative_off_disagrees():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert agrees(subject_of(Frozen, at=x)) and not agrees(subject_of(Frozen, at=x, order=2))
    assert agrees(subject_of(Product, at=(torch.randn(2, 3), torch.randn(3, 2)), order=2))


def test_a_linear_function_has_second_derivative_zero():
    subject = subject_of(lambda x: (2 * x).sum(), at=torch.randn(3), order=2)
    assert subject.pull(subject.x, np.ones(3)).tolist() == [0, 0, 0] and agrees(subject)


# ---------------------------------------------------------------- errors


def failure(subject):
    with pytest.raises((Failed, Misshapen)) as failed:
        subject.pull(subject.x, np.ones(sum(o.size for o in subject.outputs)))
    return failed.value


def test_a_needed_value_that_was_changed_in_place_is_said_with_its_maker():
    def f(x):
        y = torch.sigmoid(x)
        y += 1
        return y.sum()

    assert failure(subject_of(f, at=torch.randn(3))).what == (
        "a value (made by Sigmoid) that the backward pass of f needs was changed in place after it was used"
    )


def test_a_gradient_of_wrong_shape_is_misshapen():
    class Bad(Product):
        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w.T, g.T @ x

    wrong = failure(subject_of(Bad, at=(torch.randn(4, 3), torch.randn(3, 2))))
    assert (wrong.argument, wrong.given, wrong.expected) == ("w", (2, 3), (3, 2))


def test_a_pass_that_is_marked_once_differentiable_is_said():
    at = (torch.randn(2, 3), torch.randn(3, 2))
    assert agrees(subject_of(Once, at=at))
    assert failure(subject_of(Once, at=at, order=2)).what == (
        "the backward pass of Once is marked once_differentiable: it has no second derivative"
    )


def test_an_error_of_the_backward_pass_shows_its_line():
    class Bad(Product):
        @staticmethod
        def backward(ctx, g):
            raise ValueError("not today")

    what = failure(subject_of(Bad, at=(torch.randn(4, 3), torch.randn(3, 2)))).what
    assert what.startswith("the backward pass of `Bad` raised ValueError: not today at line ")


def test_an_error_of_a_module_is_the_function_s():
    with pytest.raises(Failed) as failed:
        subject_of(nn.Linear(3, 2), at=torch.randn(4))
    assert failed.value.part == "function"
    assert failed.value.what.startswith("the function `Linear` raised RuntimeError: ")


def test_a_module_needs_an_input():
    with pytest.raises(DeclarationError) as refused:
        subject_of(nn.Linear(3, 2))
    assert str(refused.value) == (
        "DeclarationError: there is no point to check `Linear` at\n"
        "  given:    no `at`\n"
        "  expected: a tensor for each of input\n"
        "  fix:      at=torch.randn(…)"
    )


def test_a_module_and_a_gradient_together_are_refused():
    with pytest.raises(DeclarationError) as refused:
        subject_of(nn.Linear(3, 2), lambda x: x, torch.randn(3))
    assert str(refused.value) == (
        "DeclarationError: a module is checked by its own backward pass, and `your function` was given as well\n"
        "  given:    Linear, and a function as its gradient\n"
        "  expected: a module alone, or a function of tensors with its gradient\n"
        "  fix:      cr.check(module, at=x), or a function of the weights: cr.check(f, grad, at=(W, b))"
    )


def test_an_unknown_framework_is_refused():
    with pytest.raises(DeclarationError) as refused:
        subject_of(nn.Linear(3, 2), at=torch.randn(3), framework="pytorch")
    assert 'fix:      framework="torch"' in str(refused.value)
