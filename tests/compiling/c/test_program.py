"""Programs of C compute what those of NumPy compute, whatever they are called with."""

import os
import random
import subprocess
import threading

import numpy as np
import pytest

from chainrule import derive
from chainrule.compiling import compile_nodes
from chainrule.compiling.c import hybrid
from chainrule.core.algebra import total
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup
from tests.compiling.graphs import SIZES, random_graph, random_point
from tests.reference import evaluate

A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")
RESIDUAL = A @ x - b
FUNCTIONS = {  # text, variable, order
    "least squares": ("sum((A x - b)^2)", "x", 1),
    "logistic gradient": ("sum(log(1 + exp(-(X w) .* y)))", "w", 1),
    "logistic Hessian": ("sum(log(1 + exp(-(X w) .* y)))", "w", 2),
    "softmax": ("softmax(A x)", "x", 1),
    "logsumexp Hessian": ("logsumexp(A x)", "x", 2),
    "layer": ("tanh(A x + b)", "x", 1),
    "factorisation Hessian": ("||U W' - M||^2", "U", 2),
    "Gaussian": ("logdet(S) + y' inv(S) y", "S", 1),
    "attention": ("sum((softmax(Q K') V) .^ 2)", "Q", 1),
    "norm Hessian": ("||A x - b||", "x", 2),
    "relu": ("sum(relu(A x - b) .^ 2)", "x", 2),
    "trace": ("tr(X' A X)", "X", 1),
    "powers": ("sum(x .^ 5 + x .^ 3 ./ (1 + x .^ 2))", "x", 2),
}
GIVEN = {"Gaussian": "S is n by n symmetric, y is n"}


def values_of(program, sizes, seed=0):
    rng = np.random.default_rng(seed)
    known = {}
    made = {}
    for name, dims in program.parameters.items():
        shape = [known.setdefault(d.text, sizes[len(known) % len(sizes)]) for d in dims]
        made[name] = rng.normal(size=shape)
        if name == "S":
            made[name] = made[name] @ made[name].T + np.eye(*shape)
    return made


def compared(program, values):
    found, wanted = program(**values), plain(program)(**values)
    scale = np.max(np.abs(wanted), initial=1.0)
    assert np.shape(found) == np.shape(wanted) and found.dtype == float
    np.testing.assert_allclose(found / scale, wanted / scale, rtol=0, atol=1e-13, err_msg=program.source)


def plain(program):
    """The same by NumPy."""
    (node,) = program.roots.values()
    return compile_nodes(node, [symbol(name, dims) for name, dims in program.parameters.items()])


def gradient(text, wrt, order):
    return derive(text, wrt=wrt, order=order).compile("c")


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_a_program_computes_what_the_graph_means(start):
    for seed in range(start, start + 30):
        compare_graph(seed)


def compare_graph(seed):
    try:
        node = random_graph(random.Random(seed), 1 + seed % 12)
    except KeyError:  # the random labels gave one label two sizes
        return
    values = random_point(node, seed % 1000)
    with np.errstate(all="ignore"):
        wanted = evaluate(node, values, SIZES)
    if np.isfinite(wanted).all():
        program = compile_nodes(node, backend="c")
        found = program(**values, **{d: SIZES[d] for d in program.sizes_asked})
        scale = np.max(np.abs(wanted), initial=1e-300)
        assert (found.shape, found.dtype) == (np.shape(wanted), np.dtype(float))
        assert found / scale == pytest.approx(wanted / scale, abs=1e-9), program.source


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_so_it_does_with_every_product_by_numpy(start, monkeypatch):
    monkeypatch.setattr(hybrid, "SMALL_PRODUCT", -1)
    monkeypatch.setattr("chainrule.compiling.program.LARGE", 0)
    for seed in range(start, start + 30):
        compare_graph(seed)


@pytest.mark.parametrize("sizes", [(5, 3, 4), (1, 1, 1), (1, 4, 2), (9, 1, 7), (70, 130, 65)], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_derivative_is_that_of_numpy_at_every_size(name, sizes):
    program = gradient(*FUNCTIONS[name])
    if name == "factorisation Hessian" and sizes[0] > 9:
        sizes = (11, 3, 13)
    values = values_of(program, sizes)
    for _ in range(3):  # the first call looks at everything, later ones go the short way
        compared(program, values)


def test_arguments_of_every_kind_are_taken_and_none_is_written_to():
    program = compile_nodes(RESIDUAL * lookup("exp")(b), [A, x, b], backend="c")
    A_, x_, b_ = np.arange(6.0).reshape(2, 3), np.array([1.0, -2.0, 3.0]), np.array([0.5, -0.5])
    wanted = (A_ @ x_ - b_) * np.exp(b_)
    wide = np.zeros((4, 6))
    wide[::2, ::2] = A_
    kinds = [
        A_,
        np.asfortranarray(A_),
        wide[::2, ::2],
        A_[::-1][::-1],
        A_.astype(np.float32),
        A_.astype(int),
        A_.tolist(),
    ]
    for kind in kinds:
        before = np.array(kind)
        for _ in range(2):
            assert program(A=kind, x=x_, b=b_) == pytest.approx(wanted, rel=1e-14)
            assert program(kind, x_, b_[::-1][::-1]) == pytest.approx(wanted, rel=1e-14)
        assert np.array_equal(before, kind)
    bytes_apart = np.frombuffer(b"\0" + x_.tobytes(), np.uint8)[1:].view(float)  # not aligned
    assert program(A=A_, x=bytes_apart, b=b_) == pytest.approx(wanted, rel=1e-14)
    assert program(A=A_, x=x_ + 0j, b=b_).dtype == complex
    derivative = program(A=A_, x=x_ + 1e-30j * np.array([1, 0, 0]), b=b_).imag / 1e-30
    assert derivative == pytest.approx(A_[:, 0] * np.exp(b_))


def test_scalars_are_taken_as_numbers_of_every_kind():
    program = compile_nodes(symbol("s") * 2 + symbol("t") ** 2, backend="c")
    for t in (3, 3.0, np.float64(3), np.float32(3), np.array(3.0), np.array(3), True + 2):
        for _ in range(2):
            found = program(s=1.5, t=t)
            assert found == 12.0 and type(found) is np.float64


def test_arrays_without_entries_work():
    program = compile_nodes(RESIDUAL, backend="c")
    assert program(A=np.ones((0, 3)), x=np.ones(3), b=np.ones(0)).shape == (0,)
    assert program(A=np.ones((2, 0)), x=np.ones(0), b=np.ones(2)).tolist() == [-1, -1]
    assert compile_nodes(total(RESIDUAL**2), backend="c")(A=np.ones((0, 0)), x=np.ones(0), b=np.ones(0)) == 0


def test_arguments_are_checked_at_every_call():
    program = compile_nodes(RESIDUAL, backend="c")
    good = dict(A=np.eye(2), x=np.ones(2), b=np.ones(2))
    for _ in range(3):
        program(**good)
        with pytest.raises(ShapeError, match="`x` has not the shape"):
            program(A=np.eye(2), x=np.ones(3), b=np.ones(2))
        with pytest.raises(UnknownNameError, match="`b` is missing"):
            program(A=np.eye(2), x=np.ones(2))
        with pytest.raises(UnknownNameError, match="there is no argument `c`"):
            program(**good, c=1)
        with pytest.raises(ShapeError, match="`x` is not an array of numbers"):
            program(A=np.eye(2), x="ab", b=np.ones(2))


def test_several_results_come_by_name_and_are_arrays_of_their_own():
    program = compile_nodes({"the value": total(RESIDUAL**2), "r": RESIDUAL, "same": RESIDUAL, "given": A}, backend="c")
    values = dict(A=np.eye(2), x=np.array([1.0, 2.0]), b=np.zeros(2))
    for _ in range(2):
        found = program(**values)
        assert list(found) == ["the value", "r", "same", "given"]
        assert found["the value"] == 5.0 and found["r"].tolist() == found["same"].tolist() == [1, 2]
        found["given"][:] = 7
        found["r"][:] = 7
        assert values["A"].tolist() == [[1, 0], [0, 1]] and found["same"].tolist() == [1, 2]


def test_infinities_and_nan_go_through_as_in_numpy():
    text = "softmax(x)"
    program = gradient(text, "x", 1)
    for entries in ([1, np.nan, 2], [np.nan, 1, 2], [np.inf, 1, 2], [-np.inf, 1, 2], [1e308, -1e308, 0], [-np.inf] * 3):
        values = {"x": np.array(entries, float)}
        with np.errstate(all="ignore"):
            wanted = plain(program)(**values)
        for _ in range(2):
            np.testing.assert_allclose(program(**values), wanted, rtol=1e-13)


def test_threads_may_call_and_compile_at_once():
    program = gradient("sum(log(1 + exp(-(X w) .* y)))", "w", 1)
    values = [values_of(program, (m, 7), m) for m in (3, 50, 4000, 5000)]
    wanted = [plain(program)(**v) for v in values]
    failed = []

    def work(k):
        for _ in range(20):
            if not np.allclose(program(**values[k]), wanted[k], rtol=1e-12):
                failed.append(k)

    threads = [threading.Thread(target=work, args=(k % 4,)) for k in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failed


def test_what_c_cannot_say_is_left_to_numpy():
    program = compile_nodes(lookup("inverse")(symbol("S", "nn")) @ lookup("tanh")(x), backend="c")
    assert "np.linalg" in program.source and "tanh(x[i])" in program.source
    S = np.eye(3) + 0.1
    assert program(S=S, x=np.ones(3)) == pytest.approx(np.linalg.solve(S, np.tanh(np.ones(3))))
    with pytest.raises(np.linalg.LinAlgError):
        program(S=np.zeros((3, 3)), x=np.ones(3))


def test_an_operation_without_a_spelling_in_c_is_left_to_numpy(monkeypatch):
    monkeypatch.setattr(lookup("tanh"), "c", None)
    program = compile_nodes(lookup("exp")(lookup("tanh")(RESIDUAL) * b), [A, x, b], backend="c")
    assert "np.tanh" in program.source and "exp(" in program.source
    rng = np.random.default_rng(0)
    compared(program, {"A": rng.normal(size=(4, 3)), "x": rng.normal(size=3), "b": rng.normal(size=4)})


def test_large_products_are_left_to_blas_and_small_ones_are_not():
    program = gradient("sum(tanh(A X) .^ 2)", "X", 1)
    small, large = values_of(program, (5, 4, 3)), values_of(program, (80, 90, 70))
    assert "np." not in program.source
    assert "np.tanh" not in program.planned({"m": 80, "n": 90, "p": 70, "k": 70}).source
    compared(program, small)
    compared(program, large)
    compared(program, small)


def test_the_source_is_a_file_that_compiles_without_a_warning(tmp_path):
    for name, (text, wrt, order) in FUNCTIONS.items():
        source = derive(text, wrt=wrt, order=order).code("c")
        file = tmp_path / "program.c"
        file.write_text(source)
        command = [
            "cc",
            "-c",
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unknown-pragmas",
            "-Wno-unused-parameter",
        ]
        done = subprocess.run([*command, str(file), "-o", str(tmp_path / "program.o")], capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stderr}"


def test_the_source_reads_well():
    assert (
        derive("sum(log(1 + exp(-(X w) .* y)))", wrt="w").code("c").partition("*/\n")[2]
        == """\
void derivative(
    const double *restrict X,
    const double *restrict w,
    const double *restrict y,
    double *restrict out,
    double *restrict work,
    long n,
    long m
) {
    double *restrict t3 = work;  // n
    for (long i = 0; i < n; i++)
        t3[i] = 0;  // n
    for (long start = 0; start < m; start += 64) {
        const long stop = start + 64 < m ? start + 64 : m;
        double t1[64], t2[64];
        for (long i = start; i < stop; i++) {
            double total = 0;  // m
            #pragma omp simd reduction(+:total)
            for (long j = 0; j < n; j++)
                total += X[i*n + j] * w[j];
            t1[i - start] = total;
        }
        #pragma omp simd
        for (long i = start; i < stop; i++)
            t2[i - start] = y[i] * (1/(1 + exp(y[i] * t1[i - start])));  // m
        for (long i = start; i < stop; i++) {
            #pragma omp simd
            for (long j = 0; j < n; j++)
                t3[j] += t2[i - start] * X[i*n + j];
        }
    }
    #pragma omp simd
    for (long i = 0; i < n; i++)
        out[i] = -t3[i];  // n
}
"""
    )


def test_names_are_safe_for_c():
    double, main, exp = symbol("double", "n"), symbol("main", "n"), symbol("exp")
    program = compile_nodes(double * main * lookup("exp")(exp) + 1, backend="c")
    assert program(double=np.array([1.0, 2.0]), main=np.array([3.0, 4.0]), exp=0.0).tolist() == [4, 9]


def test_without_a_compiler_there_is_the_source_and_an_error_that_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    monkeypatch.delitem(os.environ, "CC", raising=False)
    program = compile_nodes(RESIDUAL, backend="c", name="residual")
    assert "void residual(" in program.source
    with pytest.raises(BackendError) as error:
        program(A=np.eye(2), x=np.ones(2), b=np.ones(2))
    assert str(error.value) == (
        "BackendError: there is no C compiler\n"
        '  given:    compile("c")\n'
        '  expected: cc, gcc, clang on the PATH, or only the source: code("c")\n'
        "  fix:      install a C compiler: apt install gcc, xcode-select --install"
    )


def test_a_stack_of_matrices_may_meet_one_matrix():
    """matmul of d × d × 2 and 2 × d²: arrays of three and of two axes."""
    import chainrule as cr

    f = "n/2*np.linalg.slogdet(S)[1] + 0.5*np.trace((X-mu) @ np.linalg.inv(S) @ (X-mu).T)"
    d = cr.hessian(f, "S", declare="S: p p posdef, X: n p, mu: p", seal=False)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 30))
    point = {"S": X.T @ X / 40 + np.eye(30), "X": X, "mu": rng.normal(size=30)}
    assert np.allclose(d.compile("c")(**point), d.compile()(**point), rtol=1e-12)
