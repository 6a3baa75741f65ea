"""Several variables at once: the same results as one by one, shared names, one program, the Hessian in blocks."""

import json
import sys
from itertools import combinations_with_replacement

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError
from chainrule.derivation.objects import partials
from chainrule.numeric import draw

NETWORK = "z1 = W1 x + b1\nh = relu(z1)\nz = W2 h + b2\n-y^T log_softmax(z)"
FUNCTIONS = {  # text → (variables, declaration)
    NETWORK: (["W1", "b1", "W2", "b2"], "y: k onehot"),
    "||X w + b - y||^2": (["w", "b"], "X: m n, b: scalar"),
    "||U V^T - M||^2": (["U", "V"], None),
    "x^2 y + sin(x y)": (["x", "y"], "x: scalar, y: scalar"),
    "logdet(S) + tr(S^-1 C)": (["S", "C"], "S: n n posdef"),
    "softmax(W x + b)": (["x", "b", "W"], None),
    "-log(det(S))/2 - (x - mu)^T S^-1 (x - mu)/2": (["mu", "S"], "S: n n posdef"),
}
SCALARS = [f for f in FUNCTIONS if not f.startswith("softmax")]


def values_of(answer, index=0):
    return draw([(p.name, p.dims, p.facts) for p in answer.parameters], index, seed=5)[1]


@pytest.mark.parametrize("layout", ["column", "row"])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_each_result_is_that_of_its_variable_alone(f, layout):
    names, declare = FUNCTIONS[f]
    found = cr.derive(f, names, declare=declare, layout=layout)
    values = values_of(found)
    together = found.compile()(**values)
    assert found.verified and list(together) == names
    for name in names:
        alone = cr.derive(f, name, declare=declare).compile()(**values)
        np.testing.assert_allclose(together[name], alone, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.renderings[name].evaluate(values), alone, rtol=1e-10, atol=1e-12)
        assert found[name].node.dims == found.problem.every[name].dims or found.problem.dims


@pytest.mark.parametrize("f", SCALARS)
def test_the_blocks_of_the_hessian_are_the_mixed_second_derivatives(f):
    names, declare = FUNCTIONS[f]
    names = names[:2]
    found = partials(f, names, order=2, declare=declare)
    values = values_of(found)
    blocks = found.compile()(**values)
    assert found.verified and list(blocks) == [f"{x} {y}" for x, y in combinations_with_replacement(names, 2)]
    for x, y in combinations_with_replacement(names, 2):
        gradient = cr.grad(f, x, declare=declare and declare.replace(" posdef", "")).compile()  # of a free S
        moved = []
        for index in np.ndindex(np.shape(values[y])):
            step = np.zeros_like(values[y])
            step[index] = 1e-5
            ends = [gradient(**values | {y: values[y] + s * step}) for s in (1, -1)]
            moved.append((ends[0] - ends[1]) / 2e-5)
        expected = np.stack(moved, axis=-1).reshape(blocks[f"{x} {y}"].shape)
        np.testing.assert_allclose(blocks[f"{x} {y}"], expected, rtol=1e-6, atol=1e-7)
        assert found[x, y].node.dims == (*found.problem.every[x].dims, *found.problem.every[y].dims)


def test_what_is_shared_has_one_name_and_is_computed_once():
    found = cr.grad(NETWORK, ["W1", "b1", "W2", "b2"], declare="y: k onehot")
    assert [" ".join(line.split()) for line in str(found).splitlines()[1:9]] == [
        "∂f/∂W1 = ([z1 > 0] ⊙ (W2ᵀr))xᵀ shape m×n, column layout",
        "∂f/∂b1 = [z1 > 0] ⊙ (W2ᵀr) shape m, column layout",
        "∂f/∂W2 = rhᵀ shape k×m, column layout",
        "∂f/∂b2 = r shape k, column layout",
        "where z1 = W1 x + b1",
        "h = relu(z1)",
        "z = W2 h + b2",
        "r = softmax(z) − y",
    ]
    assert found.compile().source.count("np.exp(") == 1


def test_results_that_are_written_by_themselves_use_the_shared_names():
    found = cr.jacobian("softmax(W x + b)", ["b", "W"])
    assert found.text == "∂f/∂b = diag(p) − ppᵀ\n∂f/∂W[dW] = (diag(p) − ppᵀ) dW x"
    assert found.where == {"p": "softmax(Wx + b)"}


def test_a_value_and_its_gradient_come_from_one_program():
    found = cr.value_and_grad("||X w - y||^2", "w")
    values = values_of(found)
    both = found.compile()(**values)
    r = values["X"] @ values["w"] - values["y"]
    assert found.verified and list(both) == ["value", "w"]
    np.testing.assert_allclose(both["value"], r @ r)
    np.testing.assert_allclose(both["w"], 2 * values["X"].T @ r)
    assert found.text == "f = ‖Xw − y‖²\n∇f = 2Xᵀ(Xw − y)"


def test_variables_may_be_named_in_a_list_or_in_a_text():
    assert cr.grad("x^T A y", ["x", "y"]).text == cr.grad("x^T A y", "x, y").text == "∂f/∂x = Ay\n∂f/∂y = Aᵀx"


def test_the_numpy_spelling_computes_every_result_and_leaves_the_variables_alone():
    found = cr.derive("x^2 y + sin(x y)", ["x", "y"], declare="x: scalar, y: scalar")
    values = values_of(found)
    space = dict(values, np=np)
    exec(found.numpy, space)
    for name, value in found.compile()(**values).items():
        np.testing.assert_allclose(space[f"grad_{name}"], value)


def test_a_block_that_is_zero_has_its_reason():
    found = partials("x^T A y", ["x", "y"], order=2)
    assert found.text == "∂²f/∂x² = 0\n∂²f/∂x∂y = A\n∂²f/∂y² = 0"
    assert found.notes == [
        "∂²f/∂x² is zero because the function is affine in x",
        "∂²f/∂y² is zero because the function is affine in y",
    ]


def test_the_answer_as_plain_data():
    data = json.loads(json.dumps(cr.derive("x^T A y", ["x", "y"], order=2).to_dict()))
    assert (data["kind"], data["order"], data["wrt"]) == ("hessian", 2, ["x", "y"])
    assert [r["symbol"] for r in data["results"]] == ["∂²f/∂x²", "∂²f/∂x∂y", "∂²f/∂y²"]


REFUSED = {
    "a variable twice": (
        lambda: cr.derive("x^T A y", ["x", "x"]),
        "DeclarationError: the variable `x` is asked for twice\n  given:    x, x in xᵀAy\n  expected: each variable once",
    ),
    "no variable": (
        lambda: cr.derive("x^T A y", []),
        "DeclarationError: variables are given by their names\n  given:    []\n  expected: at least one of `x`, `A`, `y`",
    ),
    "an unknown variable": (
        lambda: cr.derive("x^T A y", ["x", "z"]),
        "UnknownNameError: `z` is not a variable of the function\n  given:    xᵀAy\n  expected: `x` or `A` or `y`",
    ),
    "a third derivative": (
        lambda: cr.derive("x^T A y", ["x", "y"], order=3),
        "DeclarationError: derivatives in several variables are of order 1 or 2\n  given:    3\n"
        "  expected: 1: gradients or Jacobians, 2: the blocks of the Hessian\n  fix:      ask for one variable at a time",
    ),
    "the Hessian of a vector": (
        lambda: cr.derive("A x + y", ["x", "y"], order=2),
        "ShapeError: the Hessian in blocks is of a function whose value is one number\n"
        "  given:    Ax + y, of shape m\n  expected: a scalar function\n  fix:      ask for one variable at a time",
    ),
    "the gradient of a vector": (
        lambda: cr.grad("A x + y", ["x", "y"]),
        "ShapeError: only a scalar has a gradient, and `A x + y` is none\n  given:    its derivative has shape m×n\n"
        "  expected: a function whose value is one number\n  fix:      jacobian('A x + y', ['x', 'y'])",
    ),
    "value and gradient of a vector": (
        lambda: cr.value_and_grad("A x", "x"),
        "ShapeError: value_and_grad is of a function whose value is one number\n  given:    Ax, of shape m\n"
        "  expected: a scalar function\n  fix:      jacobian('A x', 'x')",
    ),
    "a result that was not asked for": (
        lambda: cr.derive("x^T A y", ["x", "y"])["A"],
        "UnknownNameError: there is no result for `A`\n  given:    x, y\n  expected: one of the variables asked for",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(name):
    ask, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        ask()
    assert str(error.value) == text


@pytest.mark.parametrize("wrong", [0, 1])
@pytest.mark.parametrize("order", [1, 2])
def test_one_wrong_result_refuses_all(monkeypatch, wrong, order):
    module = sys.modules["chainrule.derivation.objects.partials"]
    right = module.jacobian

    def planted(y, wrt):
        found = right(y, wrt)
        return [(1 + 1e-6) * g if k == wrong and len(wrt) == 2 else g for k, g in enumerate(found)]

    monkeypatch.setattr(module, "jacobian", planted)
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.derive("||A x - b||^2", ["x", "b"], order=order)


def test_the_names_of_jax_are_known():
    assert cr.jacfwd is cr.jacrev is cr.jacobian and cr.derivative is cr.derive
    assert {"grad", "value_and_grad", "hessian", "jvp", "vjp", "hvp", "linearize", "taylor"} <= set(dir(cr))


@pytest.mark.parametrize("function, wrt, order, shown", [
    ("softmax(W x + b)", "W, b", 1, ["∂f/∂W[dW] = (diag(p) − ppᵀ) dW x", "∂f/∂b = diag(p) − ppᵀ"]),
    ("||W x + b||^2", "W, b", 2, ["∂²f/∂W²[dW] = 2 dW xxᵀ", "∂²f/∂W∂b[db] = 2 db xᵀ", "∂²f/∂b² = 2I"]),
])  # fmt: skip
def test_what_is_no_matrix_is_said_to_be_a_linear_map(function, wrt, order, shown):
    rows = str(cr.derive(function, wrt, order=order)).splitlines()
    assert [next((r for r in rows if r.startswith(line)), None) is not None for line in shown] == [True] * len(shown), rows
