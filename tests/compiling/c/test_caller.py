"""Both ways of calling a function take and refuse the same arguments."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.c import caller
from chainrule.core.algebra import contract
from chainrule.core.dims import dim
from chainrule.core.node import symbol

A, x, s = symbol("A", "mn"), symbol("x", "n"), symbol("s")
pieces = symbol("p", (dim("n") * 2,))


def quick(program, values):
    program(**values)
    return program._quick.by_name


@pytest.fixture(params=["C", "ctypes"])
def way(request, monkeypatch):
    if request.param == "ctypes":
        monkeypatch.setattr(caller, "extension", lambda: None)
    else:
        assert caller.extension() is not None
    return request.param


def test_what_fits_is_computed_and_what_does_not_is_left(way):
    values = {"A": np.arange(6.0).reshape(2, 3), "x": np.ones(3), "s": 2.0}
    program = compile_nodes(A @ x * s, [A, x, s], backend="c")
    call = quick(program, values)
    assert call(values).tolist() == [6, 24]
    assert call(values | {"s": 3}).tolist() == [9, 36]
    assert call(values | {"s": np.array(3.0)}).tolist() == [9, 36]
    for other in (
        {"x": np.ones(4)}, {"x": np.ones((3, 1))}, {"x": np.ones(3, np.float32)}, {"x": [1.0, 1, 1]}, {"x": None},
        {"A": np.ones((3, 2)).T}, {"A": np.ones((2, 6))[:, ::2]}, {"s": "a"}, {"s": np.ones(1)}, {"s": 10**400}, {"more": 1.0},
    ):  # fmt: skip
        assert call(values | other) is NotImplemented, other
    assert call({"A": values["A"], "x": values["x"]}) is NotImplemented
    assert call({}) is NotImplemented


def test_sizes_that_are_made_of_others_are_checked(way):
    program = compile_nodes(pieces * 2, [pieces, x], backend="c")
    values = {"p": np.arange(6.0), "x": np.ones(3)}
    assert program(**values).tolist() == [0, 2, 4, 6, 8, 10]
    with pytest.raises(Exception, match="has not the shape"):
        program(p=np.ones(5), x=np.ones(3))


def test_a_class_of_arrays_is_converted(way):
    class Mine(np.ndarray):
        pass

    program = compile_nodes(x * 2, backend="c")
    for _ in range(2):
        found = program(x=np.arange(3.0).view(Mine))
        assert type(found) is np.ndarray and found.tolist() == [0, 2, 4]


def test_an_array_that_is_not_read_rightly_is_noticed():
    class Wrong:
        def reads(self, array):
            return (array.ctypes.data + 8, 2, *array.shape, array.dtype, 257)

    assert caller._reads_arrays(caller.extension()) and not caller._reads_arrays(Wrong())


def test_without_the_header_of_python_ctypes_serves(monkeypatch):
    caller.extension.cache_clear()
    monkeypatch.setattr(caller.sysconfig, "get_paths", lambda: {"include": "/nowhere"})
    assert caller.extension() is None
    program = compile_nodes({"twice": x * 2, "sum": x @ x}, backend="c")
    found = program(x=np.arange(3.0))
    assert found["twice"].tolist() == [0, 2, 4] and found["sum"] == 5.0
    caller.extension.cache_clear()


def test_memory_that_cannot_be_had_is_an_error(monkeypatch):
    monkeypatch.setenv("CHAINRULE_MEMORY", "1e30")  # what is known beforehand is refused by `compiling.costs`
    program = compile_nodes(symbol("u", "n") + 1, backend="c")
    outer = compile_nodes(compile_outer(), backend="c")
    program(u=np.ones(2))
    huge = np.broadcast_to(1.0, 10**7)
    with pytest.raises((MemoryError, ValueError)):
        outer(u=np.ascontiguousarray(huge))


def compile_outer():
    u = symbol("u", "n")
    return contract("ijk", (u, "i"), (u, "j"), (u, "k"))
