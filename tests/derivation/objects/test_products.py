"""J v, uᵀJ, ∇²f v, directional derivatives, differentials, steepest ascent: their laws and their refusals."""

import json

import numpy as np
import pytest
from bench.cases import KEPT, declaration

import chainrule as cr
from chainrule.core.errors import ChainruleError
from chainrule.derivation.objects import products
from chainrule.numeric import draw

CASES = json.loads(KEPT.read_text(encoding="utf-8"))
SAMPLE = [case for k, case in enumerate(CASES) if k % 6 == 0 and case["order"] == 1]
FUNCTIONS = {  # text → (variable, declaration)
    "||A x - b||^2": ("x", None),
    "tanh(W x + b)": ("x", None),
    "softmax(W x + b)": ("x", None),
    "A X B": ("X", None),
    "X^-1": ("X", None),
    "logdet(S) + tr(S^-1 C)": ("S", "S: n n posdef"),
    "logsumexp(A x)": ("x", None),
    "sum(log(1 + exp(-y .* (X w))))": ("w", "y: labels ±1"),
    "x^3 exp(-x)": ("x", None),
    "a^T X X^T a": ("X", None),
}
SCALARS = [f for f in FUNCTIONS if f not in ("tanh(W x + b)", "softmax(W x + b)", "A X B", "X^-1")]
LAYOUTS = ("column", "row")


def declared(f):
    return (FUNCTIONS[f][1] or "").replace("labels ±1", "m labelspm1") or None


def values_of(*answers):
    """One point for the parameters of all answers."""
    parameters = {p.name: (p.name, p.dims, p.facts) for a in answers for p in a.parameters}
    return draw(list(parameters.values()), 1, seed=5)[1]


def computed(answer, values):
    return answer.compile()(**{p.name: values[p.name] for p in answer.parameters})


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_jvp_is_the_jacobian_applied(f):
    x, declare = FUNCTIONS[f][0], declared(f)
    full, applied = cr.derive(f, x, declare=declare), cr.jvp(f, x, declare=declare)
    values, (v,) = values_of(full, applied), applied.directions
    expected = np.tensordot(computed(full, values), values[v.name], len(v.dims))
    assert applied.verified and applied.shape == full.shape[: len(full.shape) - len(v.dims)]
    np.testing.assert_allclose(computed(applied, values), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(applied.rendering.evaluate(values), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_vjp_is_the_transposed_jacobian_applied(f):
    x, declare = FUNCTIONS[f][0], declared(f)
    full, pulled = cr.derive(f, x, declare=declare), cr.vjp(f, x, declare=declare)
    values, (u,) = values_of(full, pulled), pulled.directions
    expected = np.tensordot(values[u.name], computed(full, values), len(u.dims))
    assert pulled.verified and pulled.shape == full.variable.dims
    np.testing.assert_allclose(computed(pulled, values), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(pulled.rendering.evaluate(values), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case["id"])
def test_pushing_forward_and_pulling_back_are_adjoint(case):
    """⟨u, J v⟩ = ⟨Jᵀu, v⟩, and both are verified, for a sample of the acceptance cases."""
    declare = declaration(case)
    applied = cr.jvp(case["plain"], case["wrt"], "v_9", declare=declare)
    pulled = cr.vjp(case["plain"], case["wrt"], "u_9", declare=declare)
    assert applied.verified and pulled.verified
    values = values_of(applied, pulled)
    left = np.sum(values["u_9"] * computed(applied, values))
    right = np.sum(computed(pulled, values) * values["v_9"])
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("f", SCALARS)
def test_an_hvp_is_the_hessian_applied(f):
    x, declare = FUNCTIONS[f][0], declared(f)
    full, applied = cr.hessian(f, x, declare=declare), cr.hvp(f, x, declare=declare)
    values, (v,) = values_of(full, applied), applied.directions
    expected = np.tensordot(computed(full, values), values[v.name], len(v.dims))
    assert applied.verified and applied.shape == v.dims
    np.testing.assert_allclose(computed(applied, values), expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(applied.rendering.evaluate(values), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_derivative_along_the_unit_vector_is_that_along_the_vector_by_its_length(f):
    x, declare = FUNCTIONS[f][0], declared(f)
    plain, unit = (cr.directional(f, x, "v_9", unit=on, declare=declare) for on in (False, True))
    values = values_of(plain)
    assert plain.verified and unit.verified
    expected = computed(plain, values) / np.linalg.norm(values["v_9"])
    np.testing.assert_allclose(computed(unit, values), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", SCALARS)
def test_the_steepest_direction_is_the_gradient_by_its_length(f):
    x, declare = FUNCTIONS[f][0], declared(f)
    gradient, steep = cr.grad(f, x, declare=declare), cr.steepest(f, x, declare=declare)
    values = values_of(gradient)
    g, found = computed(gradient, values), computed(steep, values)
    assert steep.verified and list(found) == ["ascent", "descent", "rate"]
    np.testing.assert_allclose(found["rate"], np.linalg.norm(g), rtol=1e-10)
    np.testing.assert_allclose(found["ascent"], g / np.linalg.norm(g), rtol=1e-10)
    np.testing.assert_allclose(found["descent"], -found["ascent"], rtol=1e-12)
    for key, rendering in steep.renderings.items():
        np.testing.assert_allclose(rendering.evaluate(values), found[key], rtol=1e-10)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_layout_changes_what_is_written_and_not_the_array(f, layout):
    x, declare = FUNCTIONS[f][0], declared(f)
    column, other = (cr.vjp(f, x, declare=declare, layout=each) for each in ("column", layout))
    values = values_of(column)
    np.testing.assert_allclose(computed(column, values), computed(other, values))
    assert ("row layout" in str(other)) == (layout == "row" and bool(other.shape))


# ---------------------------------------------------------------- as a textbook writes them

PRINTED = {
    ("jvp", "||A x - b||^2", "x"): "∇fᵀv = 2(Ax − b)ᵀAv",
    ("jvp", "tanh(W x)", "x"): "Jv = (1 − tanh(Wx)²) ⊙ (Wv)",
    ("jvp", "A X B", "X"): "Df[V] = AVB",
    ("vjp", "softmax(z)", "z"): "Jᵀu = p ⊙ (u − pᵀu)",
    ("vjp", "A X B", "X"): "∂⟨U, f⟩/∂X = AᵀUBᵀ",
    ("vjp", "||A x||^2", "x"): "u∇f = 2uAᵀAx",
    ("hvp", "||A x - b||^2", "x"): "∇²f v = 2AᵀAv",
    ("hvp", "logsumexp(x)", "x"): "∇²f v = p ⊙ (v − pᵀv)",
    ("hvp", "x^3", "x"): "f″v = 6xv",
    ("directional", "x^T A x", "x"): "D_v f = xᵀ(A + Aᵀ)v",
    ("differential", "||A x - b||^2", "x"): "df = 2(Ax − b)ᵀA dx",
    ("differential", "logdet(X)", "X"): "df = tr(X⁻¹ dX)",
    ("differential", "X^-1", "X"): "df = −X⁻¹ dX X⁻¹",
    ("differential", "sum(exp(x))", "x"): "df = exp(x)ᵀ dx",
}


@pytest.mark.parametrize("asked", PRINTED, ids=" ".join)
def test_it_is_written_as_in_a_textbook(asked):
    kind, f, x = asked
    found = getattr(cr, kind)(f, x)
    assert f"{found.symbol} = {found.text}" == PRINTED[asked]
    assert PRINTED[asked] in str(found)


def test_rows_of_a_row_layout_lie_down():
    assert cr.vjp("softmax(W x + b)", "x", layout="row").text == "(p ⊙ (u − pᵀu))ᵀW"
    assert cr.hvp("||A x - b||^2", "x", layout="row").text == "2vᵀAᵀA"


def test_steepest_ascent_as_a_block():
    assert str(cr.steepest("||A x - b||^2", "x")).splitlines()[:6] == [
        "read as   ‖Ax − b‖²        A: m×n   x: n   b: m",
        "∇f/‖∇f‖ = u/‖u‖            shape n, column layout, ascent",
        "−∇f/‖∇f‖ = −u/‖u‖          shape n, column layout, descent",
        "‖∇f‖ = 2‖u‖                scalar, rate of ascent",
        "where     u = Aᵀ(Ax − b)",
        "note      where ∇f ≠ 0; lengths are Euclidean",
    ]


def test_the_answer_as_plain_data_holds_every_result():
    data = json.loads(json.dumps(cr.steepest("tr(X^T A X)", "X").to_dict()))
    assert [r["key"] for r in data["results"]] == ["ascent", "descent", "rate"] and data["verified"]
    data = json.loads(json.dumps(cr.jvp("A x", "x").to_dict()))
    assert data["kind"] == "jvp" and data["variables"]["v"]["shape"] == ["n"] and data["text"] == "Av"


def test_the_numpy_spelling_of_several_results_computes_them():
    found = cr.steepest("||A x - b||^2", "x")
    values = values_of(found)
    space = dict(values, np=np)
    exec(found.numpy, space)
    for key, value in computed(found, values).items():
        np.testing.assert_allclose(space[key], value, rtol=1e-12)


def test_the_conditions_of_the_derivative_stand_with_it():
    assert "for       x ≠ 0" in str(cr.jvp("||x||", "x"))


# ---------------------------------------------------------------- names of directions


def test_a_direction_gets_a_free_customary_name():
    assert [d.name for d in cr.jvp("v^T x", "x").directions] == ["u"]
    assert [d.name for d in cr.jvp("A X", "X").directions] == ["V"]
    assert [d.name for d in cr.jvp("A x", "x", r"\xi").directions] == ["xi"]


def test_a_declared_direction_keeps_what_is_known_of_it():
    found = cr.jvp("A x", "x", "v", declare="A: m n, v: n positive")
    assert found.directions[0].facts == {"positive"} and not [n for n in found.notes if "declared" in n]


REFUSED = {
    "a name that is taken": (
        lambda: cr.jvp("||A x - b||^2", "x", "b"),
        "DeclarationError: the name `b` is taken\n  given:    ‖Ax − b‖², where `b` is in the function\n"
        "  expected: a name for the direction that is free, such as `v`",
    ),
    "the name of a size": (
        lambda: cr.jvp("||A x||^2", "x", "n"),
        "DeclarationError: the name `n` is taken\n  given:    ‖Ax‖², where `n` is a size\n"
        "  expected: a name for the direction that is free, such as `v`",
    ),
    "no name": (
        lambda: cr.jvp("||A x||^2", "x", "x + 1"),
        "DeclarationError: a direction is given by a name\n  given:    'x + 1' for jvp in x of ‖Ax‖²\n"
        "  expected: a letter such as `v`; its values are passed to the compiled result",
    ),
    "a direction of another shape": (
        lambda: cr.jvp("A x", "x", "v", declare="A: m n, v: m"),
        "ShapeError: `v` has not the shape of the variable\n  given:    v: m, for jvp in x of Ax\n  expected: v: n",
    ),
    "a cotangent of another shape": (
        lambda: cr.vjp("A x", "x", "u", declare="A: m n, u: n"),
        "ShapeError: `u` has not the shape of the function\n  given:    u: n, for vjp in x of Ax\n  expected: u: m",
    ),
    "an unknown variable": (
        lambda: cr.hvp("||A x||^2", "X"),
        "UnknownNameError: `X` is not a variable of the function\n  given:    ‖Ax‖²\n  expected: `A` or `x`\n"
        "  fix:      differentiate by `x`",
    ),
    "no name of a variable": (
        lambda: cr.hvp("||A x||^2", 3),
        "UnknownNameError: a variable is given by its name\n  given:    3\n  expected: `A` or `x`",
    ),
    "an hvp of a vector": (
        lambda: cr.hvp("A x", "x"),
        "ShapeError: hvp is of a function whose value is one number\n  given:    Ax, of shape m\n  expected: a scalar function\n"
        "  fix:      hessian('A x', 'x') gives all second derivatives",
    ),
    "steepest ascent of a vector": (
        lambda: cr.steepest("A x", "x"),
        "ShapeError: steepest is of a function whose value is one number\n  given:    Ax, of shape m\n"
        "  expected: a scalar function\n"
        "  fix:      a direction of steepest ascent belongs to a function whose value is one number",
    ),
    "steepest ascent of a constant": (
        lambda: cr.steepest("||b||^2", "x", declare="x: n"),
        "ShapeError: a constant function rises in no direction\n"
        "  given:    ‖b‖², whose gradient in x is zero\n  expected: a function that depends on x",
    ),
    "a layout": (
        lambda: cr.jvp("A x", "x", layout="colum"),
        'DeclarationError: unknown layout `colum`\n  given:    \'colum\'\n  expected: "column" or "row"\n'
        '  fix:      layout="column"',
    ),
    "nowhere defined": (
        lambda: cr.jvp("log(-exp(x))", "x"),
        "DomainError: too few points were found at which the answer can be checked\n"
        "  given:    log(−exp(x)), jvp in x along v\n"
        "  expected: a function that can be evaluated, away from kinks (the function is not finite and real at the points "
        'drawn)\n  fix:      declare where it is defined, such as "x: positive", or switch the check off',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(name):
    ask, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        ask()
    assert str(error.value) == text


# ---------------------------------------------------------------- the seal


@pytest.mark.parametrize("kind", ["jvp", "directional", "differential"])
@pytest.mark.parametrize("f", ["tanh(A x)", "A x / ||x||"])
def test_a_wrong_tangent_is_refused(monkeypatch, kind, f):
    right = products.push_forward
    monkeypatch.setattr(products, "push_forward", lambda *given: (1 + 1e-6) * right(*given))
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        getattr(cr, kind)(f, "x")


@pytest.mark.parametrize("kind", ["jvp", "vjp", "hvp", "directional", "differential", "steepest"])
@pytest.mark.parametrize("f", ["||A x - b||^2", "logsumexp(A x)"])
def test_a_wrong_simplification_is_refused(monkeypatch, kind, f):
    right = products.tidied
    monkeypatch.setattr(products, "tidied", lambda node: (1 + 1e-6) * right(node))
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        getattr(cr, kind)(f, "x")


@pytest.mark.parametrize("kind", ["vjp", "steepest"])
def test_a_wrong_cotangent_is_refused(monkeypatch, kind):
    right = products.pull_back
    monkeypatch.setattr(products, "pull_back", lambda y, wrt, bar: [x + 1e-6 for x in right(y, wrt, bar)])
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        getattr(cr, kind)("||A x - b||^2", "x")


def test_without_the_check_it_says_so():
    assert "not verified  the check was switched off" in str(cr.jvp("A x", "x", seal=False))


def test_in_row_layout_a_direction_is_the_transpose_of_the_gradient():
    assert "∇fᵀ/‖∇f‖ = u/‖u‖" in str(cr.steepest("||A x - b||^2", "x", layout="row"))
    assert "∇f/‖∇f‖ = u/‖u‖" in str(cr.steepest("||A x - b||^2", "x"))
