"""Several results in one program."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, UnknownNameError

FUNCTION, SHAPES = "sum(log(1 + exp(-y .* (X w)))) + lam ||w||^2", "X: n d, w: d, y: n labelspm1, lam: positive"
RNG = np.random.default_rng(0)
POINT = {"X": RNG.normal(size=(7, 3)), "w": RNG.normal(size=3), "y": np.sign(RNG.normal(size=7)), "lam": 0.3}


def alone(answer, **more):
    program = answer.compile()
    values = POINT | more
    return program(**{name: values[name] for name in program.parameters})


def test_what_is_computed_together_is_what_each_computes_alone():
    program = cr.compile(FUNCTION, "w", "value, grad, hessian, hvp", declare=SHAPES)
    v = RNG.normal(size=3)
    found = program(**POINT, v=v)
    assert list(found) == ["value", "grad", "hessian", "hvp"]
    assert np.allclose(found["grad"], alone(cr.grad(FUNCTION, "w", declare=SHAPES)), rtol=1e-13)
    assert np.allclose(found["hessian"], alone(cr.hessian(FUNCTION, "w", declare=SHAPES)), rtol=1e-13)
    assert np.allclose(found["hvp"], found["hessian"] @ v, rtol=1e-12)
    assert found["value"] == pytest.approx(np.sum(np.logaddexp(0, -POINT["y"] * (POINT["X"] @ POINT["w"]))) + 0.3 * POINT["w"] @ POINT["w"])
    assert program.source.count("X @ w") == 1
    assert set(program.results) == {"grad", "hessian", "hvp"} and all(r.verified for r in program.results.values())


def test_results_that_were_derived_before_are_put_together_by_name():
    f = "||A x - b||^2"
    program = cr.compile(value=f, slope=cr.grad(f, "x"), curvature=cr.hvp(f, "x"))
    A, x, b, v = np.eye(3, 2), np.array([1.0, 2.0]), np.zeros(3), np.array([1.0, 0.0])
    found = program(A=A, x=x, b=b, v=v)
    assert found["value"] == 5.0 and found["slope"].tolist() == [2.0, 4.0] and found["curvature"].tolist() == [2.0, 0.0]


def test_several_variables_have_results_of_their_own():
    f, shapes = "||X W + ones b^T - Y||_F^2", "X: n d, W: d k, b: k, Y: n k"
    program = cr.compile(f, "W, b", "value, grad, hvp", declare=shapes)
    values = {"X": RNG.normal(size=(5, 3)), "W": RNG.normal(size=(3, 2)), "b": RNG.normal(size=2), "Y": RNG.normal(size=(5, 2))}
    step = {"v_W": RNG.normal(size=(3, 2)), "v_b": RNG.normal(size=2)}
    found = program(**values, **step)
    assert list(found) == ["value", "grad_W", "grad_b", "hvp_W", "hvp_b"]
    h = 1e-20
    moved = program(**values | {"W": values["W"] + 1j * h * step["v_W"], "b": values["b"] + 1j * h * step["v_b"]}, **step)
    assert np.allclose(moved["grad_W"].imag / h, found["hvp_W"]) and np.allclose(moved["grad_b"].imag / h, found["hvp_b"])


def test_a_numpy_function_is_read_with_its_shapes():
    def loss(X, w, y):
        return np.sum((X @ w - y) ** 2)

    program = cr.compile(loss, "w", "value, grad", X="n d", w="d", y="n")
    found = program(np.eye(2), np.array([1.0, 2.0]), np.zeros(2))
    assert found["value"] == 5.0 and found["grad"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_compute_the_same(backend):
    found = cr.compile(FUNCTION, "w", "value, grad", declare=SHAPES, backend=backend)(**POINT)
    wanted = cr.compile(FUNCTION, "w", "value, grad", declare=SHAPES)(**POINT)
    for name in wanted:
        assert np.allclose(np.asarray(found[name]), wanted[name], rtol=1e-5)


REFUSED = [
    ((FUNCTION, "w", "valu"), UnknownNameError, "UnknownNameError: `valu` is nothing that can be compiled\n  given:    valu\n"
     "  expected: value, grad, jacobian, hessian, hvp, jvp, vjp\n  fix:      did you mean `value`?"),
    ((FUNCTION, None, "grad"), DeclarationError, "DeclarationError: `grad` needs a variable\n  given:    sum(log(1 + exp(−y ⊙ (Xw)))) + λ‖w‖²\n"
     "  expected: one of `y`, `X`, `w`, `lam`\n  fix:      compile(f, \"y\", …)"),
    ((), DeclarationError, "DeclarationError: nothing is asked for\n  given:    compile()\n"
     "  expected: a function with what is wanted of it, or results by name\n"
     "  fix:      compile(f, \"w\", \"value, grad\") or compile(value=f, grad=grad(f, \"w\"))"),
    ((FUNCTION, "w", None), DeclarationError, "DeclarationError: what is wanted is told in words\n  given:    want=None\n"
     "  expected: value, grad, jacobian, hessian, hvp, jvp, vjp\n  fix:      want=\"value, grad\""),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "message"), REFUSED)
def test_what_cannot_be_compiled_is_refused(asked, kind, message):
    with pytest.raises(kind) as caught:
        cr.compile(*asked)
    assert str(caught.value) == message


def test_results_of_different_functions_must_agree_on_shapes():
    with pytest.raises(DeclarationError) as caught:
        cr.compile(one=cr.grad("||A x - b||^2", "x"), other=cr.grad("x^2", "x", declare="x: scalar"))
    assert "`x` has two shapes in what shall be compiled together" in str(caught.value)


def test_hvp_in_several_variables_prints_and_is_verified():
    d = cr.hvp("||M - U V^T||_F^2", "U, V")
    assert d.verified and "(∇²f v)_U = " in str(d) and "v_U: m×k" in str(d)
    with pytest.raises(ChainruleError):
        cr.hvp("M - U V^T", "U, V")


def test_the_door_is_there_whatever_was_imported_before():
    import chainrule.compiling.rows  # noqa: F401

    assert callable(cr.compile) and callable(cr.stream) and callable(cr.minimize)


def test_an_option_that_is_misspelt_is_no_result():
    with pytest.raises(DeclarationError) as caught:
        cr.compile(FUNCTION, "w", bakend="jax")
    assert str(caught.value) == (
        "DeclarationError: there is no option `bakend`\n  given:    bakend='jax'\n"
        "  expected: want, backend, sizes, declare, dialect, seal; or results by name\n"
        "  fix:      did you mean `backend`? A result is better called otherwise"
    )


def test_the_dialect_is_an_option_and_no_result():
    found = cr.compile("sum((X * X) @ w)", "w", "grad", dialect="numpy")(X=np.full((2, 3), 2.0), w=np.ones(3))
    assert found.tolist() == [8, 8, 8]


def test_python_functions_by_name_are_told_the_shapes_of_their_parameters():
    program = cr.compile(cubes=lambda x: np.sum(x**3), inner=lambda x, y: x @ y, slope=cr.grad("sum(x.^3)", "x"), x="n", y="n")
    found = program(x=np.arange(3.0), y=np.ones(3))
    assert found["cubes"] == 9 and found["inner"] == 3 and found["slope"].tolist() == [0, 3, 12]


@pytest.mark.parametrize(
    ("sizes", "kind", "told"),
    [
        (5, DeclarationError, "these are no sizes"),
        ({"n": "many"}, DeclarationError, "these are no sizes"),
        ({"n": -5}, DeclarationError, "these are no sizes"),
        ({"q": 5}, UnknownNameError, "no array has the size `q`"),
    ],
)
def test_sizes_to_plan_for_are_those_of_the_arrays(sizes, kind, told):
    for made in (lambda: cr.compile("x^T A x", "x", sizes=sizes), lambda: cr.grad("x^T A x", "x").compile(sizes=sizes)):
        with pytest.raises(kind) as caught:
            made()
        assert told in str(caught.value) and caught.value.given == f"sizes={sizes!r}" and caught.value.expected


def test_each_variable_of_an_hvp_has_a_direction():
    with pytest.raises(DeclarationError) as caught:
        cr.hvp("x^T A y", "x, y", v="q")
    assert caught.value.given == "v: q for the variables x, y" and caught.value.expected == "2 names"


@pytest.mark.parametrize("door", [cr.hvp, cr.jvp, lambda f, x: cr.hessian(f, "x, A"), cr.grad])
def test_only_hessians_in_one_variable_keep_their_structure(door):
    with pytest.raises(DeclarationError) as caught:
        door("x^T A x", "x").compile(structured=True)
    assert "only the Hessian of a number, in one variable" in str(caught.value) and "hessian(…, 'x')" in caught.value.fix


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "c"])
def test_programs_can_be_pickled_and_copied(backend):
    program = cr.compile(FUNCTION, "w", declare=SHAPES, backend=backend)
    wanted = program(**POINT)
    for other in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert other.source == program.source
        assert all(np.array_equal(other(**POINT)[name], wanted[name]) for name in wanted)
    assert repr(program).endswith("Program (y, X, w, lam) → value: scalar, grad: d>")


def test_a_program_with_its_data_can_be_pickled():
    given = cr.compile(FUNCTION, "w", declare=SHAPES).given(X=POINT["X"], y=POINT["y"])
    other = pickle.loads(pickle.dumps(given))
    left = {name: POINT[name] for name in given.parameters}
    assert np.array_equal(other(**left)["grad"], given(**left)["grad"])
