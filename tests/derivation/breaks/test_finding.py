"""Where derivatives break: the conditions, what happens there, and what is no break at all."""

import pytest

from chainrule.derivation import derive
from chainrule.derivation.breaks import rows_of
from chainrule.derivation.breaks.finding import Inspector

# formula, declaration, what must hold, what it is, the order of the first derivative that is missing, JAX, PyTorch
BREAKS = [
    ("|x|", "x: scalar", "x ≠ 0", "kink", 1, "slope 1", "slope 0"),
    ("||x||", None, "x ≠ 0", "kink", 1, "NaN", "0"),
    ("||A x - b||", None, "Ax ≠ b", "kink", 1, "NaN", "0"),
    ("||A x - b||_1", None, "Ax ≠ b in every entry", "kink", 1, "slope 1", "slope 0"),
    ("||x||_inf", None, "the largest entry of |x| is unique", "tie", 1, "split evenly", "split evenly"),
    ("||x||_3", None, "x ≠ 0", "kink", 1, "NaN", "0"),
    ("sqrt(x^T x)", None, "x ≠ 0", "kink", 1, "NaN", "NaN"),
    ("sqrt((x - a)^2 + (y - b)^2)", "x: scalar, a: scalar, y: scalar, b: scalar", "(a − x)² + (b − y)² ≠ 0", "kink", 1, "NaN", "NaN"),
    ("||x - y||", None, "x ≠ y", "kink", 1, "NaN", "0"),
    ("x/||x||", None, "x ≠ 0", "jump", 0, "NaN", "NaN"),
    ("x^T y/(||x|| ||y||)", None, "x ≠ 0", "jump", 0, "NaN", "NaN"),
    ("std(x)", None, "the entries of x are not all equal", "kink", 1, "NaN", "0"),
    ("sqrt(x)", "x: scalar", "x > 0", "end of the domain", 1, "±inf", "±inf"),
    ("x^1.5", "x: scalar", "x ≥ 0", "end of the domain", 1, "0", "0"),
    ("log(x)", "x: scalar", "x > 0", "end of the domain", 0, "±inf", "±inf"),
    ("x log(x)", "x: scalar", "x > 0", "end of the domain", 0, "NaN", "NaN"),
    ("log(x^2)", "x: scalar", "x ≠ 0", "pole", 0, "NaN", "NaN"),
    ("1/x", "x: scalar", "x ≠ 0", "pole", 0, "±inf", "±inf"),
    ("1/(1 + x)", "x: scalar", "x ≠ −1", "pole", 0, "±inf", "±inf"),
    ("sin(x)/x", "x: scalar", "x ≠ 0", "not defined", 0, "NaN", "NaN"),
    ("cbrt(x)", "x: scalar", "x ≠ 0", "vertical tangent", 1, "±inf", "NaN"),
    ("sqrt(|x|)", "x: scalar", "x ≠ 0", "vertical tangent", 1, "±inf", "NaN"),
    ("tan(x)", "x: scalar", "cos(x) ≠ 0", "pole", 0, None, None),
    ("sign(x)", "x: scalar", "x ≠ 0", "jump", 0, "slope 0", "slope 0"),
    ("max(x, 0)", "x: scalar", "x ≠ 0", "kink", 1, "split evenly", "split evenly"),
    ("relu(x)", "x: scalar", "x ≠ 0", "kink", 1, "slope 0", "slope 0"),
    ("sum(max(0, 1 - x .* y))", "x: n, y: n labelspm1", "x ⊙ y ≠ 1 in every entry", "kink", 1, "split evenly", "split evenly"),
    ("max(x)", "x: n", "the largest entry of x is unique", "tie", 1, "split evenly", "split evenly"),
    ("sum(max(x, axis=1))", "x: m n", "the largest entry of each row of x is unique", "tie", 1, "split evenly", "split evenly"),
    ("argmax(x)", "x: n", "the largest entry of x is unique", "jump", 0, "0", "0"),
    ("sum(sqrt(sum(x.^2, axis=1)))", "x: m n", "no row of x is 0", "kink", 1, "NaN", "NaN"),
    ("tr(inv(x))", "x: n n", "x invertible", "singular", 0, "NaN or ±inf", "an error"),
    ("logdet(x^T x)", "x: m n", "xᵀx invertible", "singular", 0, "NaN or ±inf", "NaN or ±inf"),
    ("where(x > 0, x, 2 x)", "x: scalar", "x ≠ 0", "kink", 1, "finite", "finite"),
    ("where(x > 0, sqrt(x), 0)", "x: scalar", "x ≠ 0", "vertical tangent", 1, "NaN", "NaN"),
    ("x^p", "x: scalar, p: scalar", "x > 0", "end of the domain", 1, None, None),
    ("sum(|x|.^p)^(1/p)", "x: n, p: scalar gt1", "x ≠ 0", "undetermined", 1, None, None),
    ("log(log(x))", "x: scalar", "x > 0", "end of the domain", 0, "NaN", "NaN"),
    ("clip(x, a, b)", "x: scalar, a: scalar, b: scalar", "x ≠ a", "kink", 1, "finite", "finite"),
    ("max(max(x), 0)", "x: n", "the largest entry of x is unique", "tie", 1, "split evenly", "split evenly"),
    ("sqrt(sum((x - m).^2 ./ s.^2))", "x: n, m: n, s: n", "x ≠ m", "kink", 1, "NaN", "NaN"),
    ("x^2/x", "x: scalar", "x ≠ 0", "not defined", 0, "NaN", "NaN"),
    ("min(max(x, -1), 3)", "x: scalar", "x ≠ −1", "kink", 1, "split evenly", "split evenly"),
]  # fmt: skip


@pytest.mark.parametrize("formula, declare, where, what, order, jax, torch", BREAKS, ids=[b[0] for b in BREAKS])
def test_a_break_is_named(formula, declare, where, what, order, jax, torch):
    found = derive(formula, "x", declare=declare).breaks[0]
    assert (found.where, found.what, found.order, found.jax, found.torch) == (where, what, order, jax, torch)
    assert not found.exists


SMOOTH = [
    ("x^T x", None),
    ("exp(-x^2)", "x: scalar"),
    ("1/(1 + x^2)", "x: scalar"),
    ("sqrt(x^2 + 0.1)", "x: scalar"),
    ("log(1 + exp(x))", "x: scalar"),
    ("log(x)", "x: scalar positive"),
    ("log(1 - x)", "x: scalar open01"),
    ("log(sigma(x)) + log(1 - sigma(x))", "x: n"),
    ("log(softmax(x))", "x: n"),
    ("1/(2 - tanh(x))", "x: scalar"),
    ("x |x|", "x: scalar"),
    ("relu(x)^2", "x: scalar"),
    ("|x|^1.5", "x: scalar"),
    ("huber(x)", "x: scalar"),
    ("where(x > 0, x^2, 0)", "x: scalar"),
    ("where(|x| > 1, |x|, (x^2 + 1)/2)", "x: scalar"),
    ("b^T inv(x) b", "x: n n posdef"),
    ("logdet(x^T x + lam I)", "x: m n, lam: scalar positive"),
    ("det(A x B)", "x: n n invertible, A: n n invertible, B: n n invertible"),
    ("sum(x)/n", "x: n"),
    ("x/||y||", "x: n, y: n"),
    ("sqrt(x^T S x + 1)", "x: n, S: n n posdef"),
    ("exp(x)/(1 + exp(x))", "x: scalar"),
]


@pytest.mark.parametrize("formula, declare", SMOOTH, ids=[s[0] for s in SMOOTH])
def test_what_breaks_nowhere_is_not_said_to(formula, declare):
    assert derive(formula, "x", declare=declare).breaks == []


AUTODIFF = [
    ("||x||^2", None, "x = 0", "0", "NaN", "0"),
    ("sqrt(sum(x^2))^2", "x: n", "x = 0", "0", "NaN", "NaN"),
    ("||A x - b||^2 + c^T x", None, "Ax = b", None, "NaN", "finite"),
    ("where(x == 0, 1, sin(x)/x)", "x: scalar", "x = 0", "0", "NaN", "NaN"),
]


@pytest.mark.parametrize("formula, declare, where, value, jax, torch", AUTODIFF, ids=[a[0] for a in AUTODIFF])
def test_a_derivative_that_exists_where_automatic_differentiation_gives_nan(formula, declare, where, value, jax, torch):
    (found,) = derive(formula, "x", declare=declare).breaks
    assert (found.where, found.what, found.value, found.jax, found.torch) == (where, "autodiff only", value, jax, torch)
    assert found.exists and found.order is None


def test_a_branch_that_is_not_taken_leaks():
    kink, leak = derive("where(x > 0, sqrt(x), 0)", "x", declare="x: scalar").breaks
    assert (leak.where, leak.what, leak.wide, leak.jax, leak.torch) == ("x < 0", "autodiff only", True, "NaN", "NaN")
    assert not kink.wide


def test_a_determinant_has_a_derivative_where_its_formula_has_none():
    (found,) = derive("det(X)", "X").breaks
    assert (found.where, found.what, found.exists, found.jax) == ("X invertible", "formula only", True, None)


def test_the_order_that_is_missing_is_the_first():
    assert [b.order for b in derive("huber(x)", "x", 2, "x: scalar").breaks] == [2]
    assert [b.order for b in derive("relu(x)^3", "x", 3, "x: scalar").breaks] == [3]
    assert [b.order for b in derive("relu(x)", "x", 2, "x: scalar").breaks] == [1]
    assert derive("relu(x)^3", "x", 2, "x: scalar").breaks == []


def test_what_does_not_move_with_the_variable_is_no_break():
    assert derive("||x|| + log(a) a", "a", declare="x: n, a: positive scalar").breaks == []
    assert [b.where for b in derive("x^T y/(||x|| ||y||)", "y").breaks] == ["y ≠ 0"]


def test_breaks_are_plain_data_in_the_answer():
    (found,) = derive("||x||", "x").to_dict()["breaks"]
    assert {key: found[key] for key in ("where", "at", "what", "order", "exists", "value", "jax", "torch")} == {
        "where": "x ≠ 0",
        "at": "x = 0",
        "what": "kink",
        "order": 1,
        "exists": False,
        "value": None,
        "jax": "NaN",
        "torch": "0",
    }


def deep(layers: int, last: str = "sum") -> str:
    """A net with a kink in every layer."""
    lines = [f"h_{k} = relu(W h_{k - 1} + b)" for k in range(2, layers + 1)]
    return "\n".join(["h_1 = relu(W x + b)", *lines, f"{last}(h_{layers})"])


def test_of_many_places_some_are_gone_to_and_the_rest_is_said_to_be_left():
    *kinks, left = derive(deep(9), "W", declare="W: n n").breaks
    assert [b.what for b in kinks] == ["kink"] * len(kinks) and kinks[-1].where == "Wh₅ + b ≠ 0 in every entry"
    assert (left.what, left.where, left.at) == ("not examined", "the like at 3 further places of relu", "relu acts at 3 further places")
    assert left.exists is None and left.rewrite is None
    assert "not examined" not in [b.what for b in derive(deep(6), "W", declare="W: n n").breaks]


def test_every_operation_is_gone_to_before_one_is_again():
    *_, tie, left = derive(deep(9, "max"), "W", declare="W: n n").breaks
    assert (tie.where, left.where) == ("the largest entry of h₉ is unique", "the like at 4 further places of relu")


def test_where_both_frameworks_have_a_number_there_is_nothing_to_rewrite():
    for function in ("relu(x)", "max(x, 0)", "sign(x)"):
        (found,) = derive(function, "x", declare="x: scalar").breaks
        assert found.rewrite is None


@pytest.mark.parametrize("formula, rows", [
    ("sqrt(t^4)", [("for", "t ≠ 0", "the formula; the derivative exists beyond")]),
    ("exp(-1/t^2)", [("for", "t ≠ 0", "")]),
    ("1/(1 + 1/t)", [("for", "t ≠ 0 and 1/t ≠ −1", "")]),
])  # fmt: skip
def test_what_has_no_value_but_by_way_of_a_quotient_by_zero_is_excepted(formula, rows):
    assert rows_of(derive(formula, "t", declare="t: scalar")) == rows


def test_a_condition_that_follows_from_another_is_not_said():
    assert rows_of(derive("sum(log(1 ./ x))", "x")) == [("for", "x > 0", "")]
    assert rows_of(derive("lgamma(sum(x)) - sum(lgamma(x))", "x")) == [("for", "x > 0", "")]


def test_the_norm_of_what_is_cut_off_has_a_kink():
    ((_, condition, aside),) = rows_of(derive("||relu(A x)||", "x"))
    assert (condition, aside) == ("relu(Ax) ≠ 0", "kink: JAX and PyTorch give 0 there")


def net(layers: int) -> str:
    """A net whose layers share their weights: where one is dead, those behind it are constant."""
    return "\n".join(["h_1 = relu(W x + b)", *[f"h_{k} = relu(W h_{k - 1} + b)" for k in range(2, layers + 1)], f"sum(h_{layers})"])


@pytest.mark.parametrize("layers", [2, 3, 4, 6])
def test_the_kinks_behind_a_relu_that_is_dead_at_the_start_are_found(layers):
    found = [b for b in derive(net(layers), "x", declare="W: n n").breaks if b.what == "kink"]
    assert len(found) == layers


def test_a_place_at_which_nothing_moves_is_said_not_to_be_examined(monkeypatch):
    monkeypatch.setattr(Inspector, "_tells", lambda *given: False)
    (left,) = derive("relu(x)^2", "x", declare="x: scalar").breaks
    assert (left.what, left.where) == ("not examined", "the like at 1 further place of relu")
