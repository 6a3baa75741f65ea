"""Programs that read their rows in blocks give what they give with all rows in memory, or are refused with the reason."""

import random
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling import compile_nodes
from chainrule.compiling.rows import blocks, stream
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from tests.compiling.graphs import random_graph, random_point
from tests.compiling.rows.workloads import OBJECTIVES, asked, far, together, values

LOGISTIC = asked("logistic", "gradient")


class Dataset:
    """What an HDF5 dataset has: a shape, a type and slices, but no arithmetic."""

    def __init__(self, array):
        self._array, self.shape, self.dtype, self.read = array, array.shape, array.dtype, []

    def __getitem__(self, index):
        self.read.append(index)
        return self._array[index]


def prediction(rows="n", **options):
    return stream(cr.derive("tanh(X w)", "w", declare="X: n d, w: d").compile(), rows, **options)


@pytest.mark.parametrize("what", ["gradient", "hessian", "hvp"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_blocks_of_rows_give_what_all_rows_give(name, what):
    program = asked(name, what)
    try:
        streamed = stream(program, "n", block=7)
    except BackendError as error:
        assert (name, what) == ("normalised over the rows", "hessian"), error
        assert "n × n × k" in error.given
        return
    for n in (1, 7, 20):
        given = values(program, n)
        assert far(streamed(**given), program(**given)) < 1e-12
        assert far(stream(program, "n")(**given), program(**given)) < 1e-12


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_rows_are_found_and_read_as_often_as_sums_over_them_meet_them_again(name):
    streamed = stream(asked(name, "gradient"))
    assert (streamed.rows, streamed.passes) == ("n", OBJECTIVES[name][3])


def test_several_results_share_their_pass():
    program = together("logistic")
    streamed, given = stream(program, block=4), values(program, 11)
    truth = program(**given)
    assert streamed.passes == 1 and {key: far(x, truth[key]) < 1e-12 for key, x in streamed(**given).items()} == {
        "gradient": True, "hessian": True,
    }  # fmt: skip


def test_any_graph_is_computed_in_blocks_or_refused():
    done = 0
    for seed in range(150):
        rng = random.Random(seed)
        program = compile_nodes(random_graph(rng, rng.randint(2, 8)))
        sizes = {"m": rng.choice([1, 3, 5]), "n": rng.choice([1, 4, 7]), "k": 2}
        given = random_point(next(iter(program.roots.values())), seed, sizes) | {
            x: sizes[x] for x in program.sizes_asked
        }
        truth = program(**given)
        for rows in "mn":
            try:
                streamed = stream(program, rows, block=2)
            except BackendError:
                continue
            assert far(streamed(**given), truth) < 1e-9, (seed, rows)
            done += 1
    assert done > 60


@pytest.mark.parametrize("name", OBJECTIVES)
def test_blocks_are_float32_where_all_arrays_are(name):
    program = asked(name, "gradient")
    at = {x: np.float32(value) for x, value in values(program, 37).items()}
    streamed = stream(program, rows="n", block=8)
    truth = program(**{x: value.astype(float) for x, value in at.items()})
    found = streamed(**at)
    assert found.dtype == np.float32 and far(found, truth) < 1e-4
    one = next(x for x, value in at.items() if value.ndim)
    found = streamed(**{**at, one: at[one].astype(float)})
    assert found.dtype == float and far(found, truth) < 1e-10


def test_the_source_is_what_is_run():
    space, given = {}, values(LOGISTIC, 10)
    streamed = stream(LOGISTIC)
    exec(streamed.source, space)
    X, y, w = given["X"], given["y"], given["w"]
    first, second = space["block_of_n"](y[:4], X[:4], w)[0], space["block_of_n"](y[4:], X[4:], w)[0]
    assert far(space["after"](first + second, 10)[0], LOGISTIC(**given)) < 1e-14
    assert '"""Computed of each block of n rows, from y: n, X: n × d, w: d."""' in streamed.source


# ------------------------------------------------------------------ where rows come from


@pytest.mark.parametrize("dtype", ["f8", "f4", ">f8", "i2", "?"])
def test_rows_are_read_from_files_of_any_real_type_in_double_precision(tmp_path, dtype):
    given = values(LOGISTIC, 50)
    stored = np.memmap(tmp_path / "X", dtype, "w+", shape=(50, 5))
    stored[...] = 3 * given["X"]
    given["X"] = np.array(stored, float)
    assert far(stream(LOGISTIC, block=8)(**given | {"X": stored}), LOGISTIC(**given)) < 1e-14


def test_rows_may_lie_along_another_axis():
    program = cr.derive("||A^T w - y||^2", "w", declare="A: d n, w: d, y: n").compile()
    given = values(program, 23)
    given["A"] = np.asfortranarray(given["A"])
    assert far(stream(program, "n", block=5)(**given), program(**given)) < 1e-13


def test_anything_with_a_shape_and_slices_is_read_once_in_a_pass():
    given = values(LOGISTIC, 20)
    X = Dataset(given["X"])
    found = stream(LOGISTIC, block=8)(**given | {"X": X, "y": list(given["y"])})
    assert far(found, LOGISTIC(**given)) < 1e-14
    assert X.read == [(slice(0, 8),), (slice(8, 16),), (slice(16, 20),)]


def test_rows_that_are_stored_together_are_read_together():
    program = cr.derive("||X w||^2", "w", declare="X: n d, w: d").compile()
    X = Dataset(np.ones((200_000, 2)))
    X.chunks = (30_000, 1)
    assert far(stream(program)(X=X, w=np.ones(2)), np.full(2, 800_000.0)) < 1e-15
    assert X.read == [(slice(0, 90_000),), (slice(90_000, 180_000),), (slice(180_000, 200_000),)]


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_changes_of_a_map_that_are_not_in_the_file_stay(tmp_path, monkeypatch, mode):
    monkeypatch.setattr(blocks.Pages.give_back, "__defaults__", (0,))
    given = values(LOGISTIC, 3000)
    np.memmap(tmp_path / "X", float, "w+", shape=(3007, 5)).flush()
    whole = np.memmap(tmp_path / "X", float, mode, shape=(3007, 5))
    whole[7:] = given["X"]
    streamed = stream(LOGISTIC, block=100)
    assert far(streamed(**given | {"X": whole[7:]}), LOGISTIC(**given)) < 1e-14
    assert np.array_equal(whole[7:], given["X"]) and not whole[:7].any()


def test_a_file_passes_through_little_memory(tmp_path):
    def mapped():
        try:
            with open("/proc/self/status") as status:
                return int(re.search(r"RssFile:\s+(\d+)", status.read())[1]) * 1024
        except (OSError, TypeError):
            pytest.skip("the system does not say how much of a file is in memory")

    X = np.memmap(tmp_path / "X", float, "w+", shape=(1_000_000, 12))  # 96 MB
    X[::100] = 1.0
    X.flush()
    del X
    X = np.memmap(tmp_path / "X", float, "r", shape=(1_000_000, 12))
    streamed, before = stream(cr.derive("||X w||^2", "w", declare="X: n d, w: d").compile()), mapped()
    assert far(streamed(X=X, w=np.ones(12)), np.full(12, 240_000.0)) < 1e-12
    assert mapped() - before < 60e6


def test_sums_are_as_if_added_in_twice_the_precision():
    program = cr.derive("sum(x) a", "a", declare="x: n, a: scalar").compile()
    x = np.array([1e16, 1.0, -1e16, 3.0] * 50)
    assert stream(program, "n", block=1)(x=x, a=1.0) == 200.0
    assert stream(program, "n", block=1)(x=[np.inf, 1.0, 2.0], a=1.0) == np.inf


# ------------------------------------------------------------------ results that have the rows


def test_results_with_rows_fill_arrays_that_are_given_or_made(tmp_path):
    program = prediction().program
    given = values(program, 31)
    truth = program(**given)
    assert far(prediction(block=4)(**given), truth) == 0
    filled = np.memmap(tmp_path / "out", np.float32, "w+", shape=truth.shape)
    assert prediction(block=4, out=filled)(**given) is filled
    assert far(filled, truth) < 1e-6


def test_results_with_rows_need_a_pass_of_their_own_where_they_wait_for_a_sum():
    program = compile_nodes(cr.derive("sum(softmax(X w) .* y)", "y", declare="X: n d, y: n, w: d").node)
    given = values(program, 9)
    streamed = stream(program, "n", block=2)
    assert streamed.passes == 3 and far(streamed(**given), program(**given)) < 1e-15


# ------------------------------------------------------------------ what is refused


def refused(error, *parts):
    assert str(error.value) == "\n".join(parts)


def test_what_pairs_each_row_with_each_is_named():
    with pytest.raises(BackendError) as error:
        stream(cr.derive("sum(exp(-(X w) (X w)^T))", "w", declare="X: n d, w: d").compile())
    refused(
        error,
        "BackendError: this cannot be computed in blocks of its rows: `t1[:, None] * t1` pairs each row with each",
        "  given:    t1[:, None] * t1: n × n, with the rows n",
        "  expected: values that each row has for itself, and their sums and maxima over the rows",
        "  fix:      call the program itself, with all rows in memory, or name another dimension: rows=…",
    )


@pytest.mark.parametrize(
    "text, problem",
    [
        ("sum(cumsum(X w).^2)", "looks along the rows"),
        ("sum((X w)[1:]^2)", "has the rows shifted, sliced or flattened"),
        ("(X w)[1]^2", "looks along the rows"),
        ("tr(K) + sum(X w)^2 + sum(K X w)", "`K` has the rows twice"),
    ],
)
def test_what_looks_along_the_rows_is_named(text, problem):
    declare = "X: n d, w: d" + (", K: n n" if "K" in text else "")
    with pytest.raises(BackendError) as error:
        stream(cr.derive(text, "w", declare=declare).compile(), "n")
    assert problem in error.value.problem


def test_the_rows_are_asked_for_where_they_cannot_be_told():
    with pytest.raises(BackendError) as error:
        prediction(None)
    refused(
        error,
        "BackendError: which dimension are the rows? None leads the data alone",
        "  given:    X: n × d, w: d",
        "  expected: one dimension that leads every array it is in, and that no result has",
        '  fix:      name it: rows="n" or rows="d"',
    )
    with pytest.raises(BackendError) as error:
        stream(cr.derive("sum(tanh(a)) sum(b) c", "c", declare="a: p, b: q, c: scalar").compile())
    assert error.value.problem == "which dimension are the rows? Several could be: p, q"
    with pytest.raises(BackendError) as error:
        stream(LOGISTIC, "N")
    refused(
        error,
        "BackendError: no parameter has the dimension `N`",
        "  given:    y: n, X: n × d, w: d",
        "  expected: n or d",
        '  fix:      did you mean rows="n"?',
    )


def test_bad_arguments_are_refused_as_by_the_program():
    streamed, given = stream(LOGISTIC), values(LOGISTIC, 6)
    with pytest.raises(UnknownNameError, match="`w` is missing"):
        streamed(X=given["X"], y=given["y"])
    with pytest.raises(UnknownNameError, match="there is no argument `Xs`"):
        streamed(Xs=given["X"])
    with pytest.raises(ShapeError) as error:
        streamed(**given | {"y": given["y"][1:]})
    assert error.value.given == "X: 6 × 5" and "n = 5 from y: 5" in error.value.expected
    with pytest.raises(ShapeError) as error:
        streamed(**given | {"X": given["X"] * 1j})
    refused(
        error,
        "ShapeError: `X` does not hold real numbers",
        "  given:    X: complex128",
        "  expected: float64, float32, integers or truth values",
        "  fix:      call the program itself: it takes complex numbers",
    )
    with pytest.raises(ShapeError, match="a block has at least one row"):
        stream(LOGISTIC, block=0)


def test_programs_of_other_backends_and_targets_without_rows_are_refused():
    with pytest.raises(BackendError) as error:
        stream(asked("logistic", "gradient", "torch"))
    assert (
        error.value.given == "TorchProgram"
        and error.value.fix == 'stream(d.compile("numpy")); for JAX there is shard(…)'
    )
    with pytest.raises(BackendError) as error:
        stream(LOGISTIC, out=np.empty(5))
    assert error.value.expected == "nothing: no result has the dimension n"
    with pytest.raises(BackendError) as error:
        prediction(out={"prediction": np.empty(5)})
    assert (error.value.given, error.value.fix) == ("'prediction'", "out={'result': …}")
    with pytest.raises(ShapeError) as error:
        prediction(out=np.empty((3, 3)))(**values(prediction().program, 4))
    assert error.value.fix == 'np.memmap(path, float, "w+", shape=(4, 5))'


def test_an_interrupted_call_leaves_a_program_that_can_be_called_again():
    class Interrupted(Dataset):
        def __getitem__(self, index):
            if len(self.read) == 2:
                raise KeyboardInterrupt
            return super().__getitem__(index)

    streamed, given = stream(LOGISTIC, block=3), values(LOGISTIC, 12)
    with pytest.raises(KeyboardInterrupt):
        streamed(**given | {"X": Interrupted(given["X"])})
    assert far(streamed(**given), LOGISTIC(**given)) < 1e-14


def test_arguments_may_be_passed_in_order():
    streamed, given = stream(LOGISTIC, block=3), values(LOGISTIC, 12)
    assert far(streamed(*[given[name] for name in streamed.parameters]), LOGISTIC(**given)) < 1e-14
    with pytest.raises(UnknownNameError, match="is passed twice"):
        streamed(given[next(iter(given))], **given)


@pytest.mark.parametrize("block", [0, -3, 2.5, "x"])
def test_a_block_is_a_whole_number_of_rows(block):
    with pytest.raises(ShapeError) as caught:
        stream(LOGISTIC, block=block)
    assert caught.value.given == f"block={block!r}"
