"""What a compiled program accepts, refuses and looks like."""

import numpy as np
import pytest

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import BACKENDS, Program, compile_nodes, evaluate
from chainrule.compiling.numpy_text import NumPyText
from chainrule.compiling.spelling import ATOM
from chainrule.core.algebra import contract, identity, ones, total
from chainrule.core.dims import dim
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from chainrule.core.node import size, symbol
from chainrule.core.shaping import concatenate, kron
from chainrule.ops.declare import lookup

A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")
RESIDUAL = A @ x - b
tanh, sin, exp, where, log = [lookup(name) for name in ("tanh", "sin", "exp", "where", "log")]


def gradient(f, wrt):
    return jacobian(f, [wrt])[0]


def test_the_source_is_a_function_that_runs_on_its_own():
    program = compile_nodes(gradient(total(RESIDUAL**2), x), parameters=[A, x, b])
    assert program.source == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def derivative(A, x, b):\n"
        '    """Returns n.\n'
        "\n"
        "    A: m × n\n"
        "    x: n\n"
        "    b: m\n"
        '    """\n'
        "    return 2 * ((A @ x - b) @ A)  # n\n"
    )
    space = {}
    exec(program.source, space)
    found = space["derivative"](np.eye(2), np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    assert found.tolist() == [-4.0, -6.0]


def test_lists_scalars_and_integers_are_accepted():
    program = compile_nodes(total(RESIDUAL**2) * symbol("c"))
    assert program(A=[[1, 2], [3, 4]], x=[1, 1], b=(0, 0), c=2) == 116.0
    assert type(program(A=[[1, 2], [3, 4]], x=[1, 1], b=(0, 0), c=2)) is np.float64


def test_parameters_that_are_not_needed_are_accepted_and_those_needed_are_found():
    program = compile_nodes(x, parameters=["A", "x"])
    assert program(A=[[1.0]], x=[2.0]).tolist() == [2.0]
    assert list(compile_nodes(RESIDUAL).parameters) == ["A", "b", "x"]


def test_a_result_is_never_an_argument():
    value = np.array([1.0, 2.0])
    assert compile_nodes(x)(x=value) is not value
    matrix = np.ones((2, 3))
    assert not np.shares_memory(compile_nodes(A.T)(A=matrix), matrix)


def test_several_outputs_come_as_a_dict():
    f = total(RESIDUAL**2)
    found = compile_nodes({"value": f, "gradient": gradient(f, x)})(A=np.eye(2), x=[1, 2], b=[0, 0])
    assert list(found) == ["value", "gradient"]
    assert found["value"] == 5.0
    assert found["gradient"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"A": np.ones((3, 2)), "x": np.ones(3), "b": np.ones(3)},
            "ShapeError: `x` has not the shape that was declared\n"
            "  given:    x: 3\n"
            "  expected: x: n with n = 2 from A: 3 × 2",
        ),
        (
            {"A": np.ones((2, 3)).T, "x": np.ones(2), "b": np.ones((3, 1))},
            "ShapeError: `b` has not the shape that was declared\n"
            "  given:    b: 3 × 1\n"
            "  expected: b: m with m = 3 from A: 3 × 2\n"
            "  fix:      pass b.reshape(3)",
        ),
        (
            {"A": np.ones(3), "x": np.ones(3), "b": np.ones(3)},
            "ShapeError: `A` has not the shape that was declared\n  given:    A: 3\n  expected: A: m × n",
        ),
        (
            {"A": [[1], [2, 3]], "x": [1], "b": [1]},
            "ShapeError: `A` is not an array of numbers\n"
            "  given:    A: list\n"
            "  expected: numbers in a rectangular array, or nested lists of equal lengths",
        ),
    ],
    ids=["sizes", "column", "axes", "ragged"],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ShapeError) as caught:
        compile_nodes(RESIDUAL, parameters=[A, x, b])(**arguments)
    assert str(caught.value) == message


def test_a_transposed_argument_is_recognised():
    with pytest.raises(ShapeError) as caught:
        compile_nodes(RESIDUAL, parameters=[x, b, A])(A=np.ones((2, 3)), x=np.ones(2), b=np.ones(3))
    assert caught.value.fix == "pass A.T"


def test_unknown_and_missing_names_are_refused():
    program = compile_nodes(tanh(symbol("lam")), parameters=["lam"])
    with pytest.raises(UnknownNameError) as caught:
        program(lamb=1.0)
    assert str(caught.value) == (
        "UnknownNameError: there is no argument `lamb`\n  given:    lamb\n  expected: lam\n  fix:      did you mean `lam`?"
    )
    with pytest.raises(UnknownNameError) as caught:
        program()
    assert str(caught.value) == (
        "UnknownNameError: `lam` is missing\n  given:    no arguments\n  expected: lam\n  fix:      pass lam=…"
    )


def test_an_unknown_backend_is_refused():
    with pytest.raises(BackendError) as caught:
        compile_nodes(x, backend="numpie")
    assert caught.value.fix == "did you mean `numpy`?"


def test_sizes_that_no_argument_shows_are_asked_for():
    program = compile_nodes(ones("n"))
    assert program.sizes_asked == ["n"]
    assert program(n=3).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(UnknownNameError):
        program()


def test_sizes_are_solved_from_products_and_sums_of_dimensions():
    v, u = symbol("v", (dim("m") * dim("n"),)), symbol("u", "m")
    assert compile_nodes(size(dim("n")) * total(v) * total(u))(v=np.ones(6), u=np.ones(2)) == 36.0
    assert compile_nodes(size(dim("k")))(k=4) == 4.0


@pytest.mark.parametrize("name", ["lambda", "λ", "np", "x₁", "t1", "import", "σ²", "__import__", "a.b; c", "axis"])
def test_any_name_gets_a_safe_spelling(name):
    s, other = symbol(name, "n"), symbol("y", "n")
    program = compile_nodes(total(tanh(s) * other) * total(sin(s)))
    value = np.array([0.3, 0.4])
    found = program(**{name: value, "y": [1.0, 2.0]})
    assert found == pytest.approx((np.tanh(value) @ [1.0, 2.0]) * np.sin(value).sum())
    compile(program.source, "source", "exec")
    assert set(program.parameters) == {name, "y"}


def test_a_dimension_may_be_called_like_a_parameter():
    n = symbol("n", "n")
    assert compile_nodes(total(n) * size(dim("n")))(n=[1.0, 2.0]) == 6.0


def test_nothing_dense_is_made_of_the_identity():
    assert "eye" not in compile_nodes(contract("ij", (A, "ik"), (identity(dim("n")), "kj"))).source
    source = compile_nodes(contract("ij", (symbol("u", "n"), "i"), (symbol("M", "nn"), "ij"))).source
    assert "diag" not in source and "np.eye" not in source


def test_a_vector_times_a_matrix_is_never_a_transposed_product():
    assert "b @ A" in compile_nodes(A.T @ b).source


def test_an_inverse_that_meets_one_vector_is_solved():
    S = symbol("S", "nn")
    inverse = lookup("inverse")
    assert "np.linalg.solve(S, x)" in compile_nodes(inverse(S) @ x).source
    both = compile_nodes({"y": inverse(S) @ x, "X": inverse(S)}).source
    assert "solve" not in both and both.count("inv(") == 1


def test_concatenations_and_kronecker_products_are_assembled():
    u, v = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    assert compile_nodes(concatenate([symbol("u", "m"), symbol("v", "n")], 0))(u=u, v=v).tolist() == [1, 2, 3, 4, 5]
    P, Q = np.arange(4.0).reshape(2, 2), np.arange(6.0).reshape(2, 3)
    found = compile_nodes(kron(symbol("P", "pp"), symbol("Q", "qr")))(P=P, Q=Q)
    assert np.array_equal(found, np.kron(P, Q))


def test_large_arguments_do_not_overflow():
    z = symbol("z", "n")
    value = np.array([-1000.0, 0.0, 1000.0])
    for name, wanted in [
        ("sigmoid", [0, 0.5, 1]),
        ("softplus", [0, np.log(2), 1000]),
        ("softmax", [0, 0, 1]),
        ("tanh", [-1, 0, 1]),
    ]:
        with np.errstate(all="raise", under="ignore", over="ignore"):
            assert compile_nodes(lookup(name)(z))(z=value) == pytest.approx(np.array(wanted, float))
    assert compile_nodes(lookup("logsumexp")(z))(z=value) == 1000.0


def test_a_mask_hides_what_is_infinite_behind_it():
    z, positive = symbol("z", "n"), lookup("step")(symbol("z", "n"))
    value = np.array([-1.0, 0.0, 2.0, 1000.0])
    with np.errstate(all="raise", under="ignore", over="ignore"):
        found = compile_nodes(positive / z + positive * log(z))(z=value)
        assert found == pytest.approx(np.array([0, 0, 0.5 + np.log(2), 0.001 + np.log(1000)]))
        found = compile_nodes((1 - positive) * exp(z))(z=value)
        assert found == pytest.approx(np.array([np.exp(-1), 1, 0, 0]))
    assert "np.where" not in compile_nodes(positive * sin(z) / (1 + z**2)).source


def test_one_minus_a_sigmoid_keeps_its_small_values():
    z = symbol("z", "n")
    found = compile_nodes(1 - lookup("sigmoid")(z))(z=np.array([50.0, 100.0]))
    assert found == pytest.approx(np.exp([-50.0, -100.0]), rel=1e-12)


def test_a_weighted_square_is_a_product_with_itself():
    X, w = symbol("X", "nd"), symbol("w", "n")
    s = lookup("sigmoid")(w)
    source = compile_nodes(contract("ij", (X, "ni"), (s, "n"), (1 - s, "n"), (X, "nj"))).source
    assert "return t1.T @ t1" in source
    assert "np.sqrt" not in compile_nodes(contract("ij", (X, "ni"), (w, "n"), (X, "nj"))).source


def test_structured_sums_are_contracted_term_by_term():
    p, v = symbol("p", "n"), symbol("v", "n")
    kernel = contract("ii", (p, "i")) - contract("ij", (p, "i"), (p, "j"))
    source = compile_nodes(contract("i", (kernel, "ij"), (v, "j"))).source
    assert "n × n" not in source


def test_later_calls_with_other_shapes_and_kinds_are_checked_again():
    program = compile_nodes(RESIDUAL)
    for m, n in [(2, 3), (2, 3), (4, 1)]:
        point = {"A": np.ones((m, n)), "x": np.ones(n), "b": np.zeros(m)}
        assert program(**point).tolist() == [n] * m
        assert program(**{k: v.tolist() for k, v in point.items()}).tolist() == [n] * m
        assert program(**{k: v * 1j for k, v in point.items()}).tolist() == [-n] * m
        with pytest.raises(ShapeError):
            program(**{**point, "x": np.ones(n + 1)})


def test_deep_graphs_compile():
    s = symbol("s")
    y = s
    for _ in range(5000):
        y = sin(y) + s
    f = compile_nodes({"f": y, "g": gradient(y, s)})
    found = f(s=0.1)
    h = 1e-20
    assert found["g"] == pytest.approx(compile_nodes(y)(s=0.1 + h * 1j).imag / h)


def test_deep_nets_compile_with_their_gradients():
    X, W = symbol("X", "nd"), symbol("W", "dd")
    h = X
    for _ in range(700):
        h = tanh(h @ W + X)
    f = total(h)
    program = compile_nodes({"f": f, "g": gradient(f, W)})
    rng = np.random.default_rng(0)
    point = {"X": rng.normal(size=(4, 3)) / 4, "W": rng.normal(size=(3, 3)) / 4}
    direction = rng.normal(size=(3, 3))
    moved = program(X=point["X"], W=point["W"] + 1e-20j * direction)["f"]
    assert np.sum(program(**point)["g"] * direction) == pytest.approx(moved.imag / 1e-20)


def test_products_of_many_factors_compile():
    vectors = [symbol(f"v{i}", "n") for i in range(400)]
    product = vectors[0]
    for v in vectors[1:]:
        product = product * v
    values = {v.name: np.full(2, 1.01) for v in vectors}
    assert compile_nodes(total(product))(**values) == pytest.approx(2 * 1.01**400)


def test_a_program_is_kept_with_its_node():
    node = tanh(total(exp(x)))
    assert evaluate(node, {"x": [0.1, 0.2], "unused": 3.0}) == pytest.approx(np.tanh(np.exp([0.1, 0.2]).sum()))
    assert node.memo["program"] is not None


def test_a_backend_is_a_printer_a_program_that_uses_it_and_a_line_in_the_table(monkeypatch):
    class Printer(NumPyText):
        def _pow(self, v):
            return f"power({self._arg(v.args[0])}, {v.params[0]})", ATOM

    class Toy(Program):
        printer = Printer
        imports = ("import numpy as np", "from numpy import power")

    monkeypatch.setitem(BACKENDS, "toy", Toy)
    program = compile_nodes(x**5, backend="toy")
    assert program.source.startswith("import numpy as np\nfrom numpy import power\n") and "power(x, 5)" in program.source
    assert program(x=np.array([1.0, 2.0])).tolist() == [1.0, 32.0]
