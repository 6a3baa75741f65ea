"""Programs whose rows lie on many devices give what they give on one, and tell one another each sum once."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling.rows import Communication, communication, shard
from chainrule.compiling.rows.collectives import Collective, collectives_of
from chainrule.core.errors import BackendError, ShapeError, UnknownNameError
from tests.compiling.rows.workloads import OBJECTIVES, asked, far, values

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LOGISTIC = shard(asked("logistic", "gradient", "jax"))


def started(script, *arguments):
    known = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=known,
        cwd=ROOT,
    )


def said(process, seconds):
    try:
        out, errors = process.communicate(timeout=seconds)
    finally:
        process.kill()
    assert process.returncode == 0, errors[-3000:]
    return {line["name"]: line for line in map(json.loads, [text for text in out.splitlines() if text.startswith("{")])}


@pytest.fixture(scope="module")
def eight():
    return said(started("eight_devices.py"), 100)


GRADIENTS = [f"{name}, {what}" for name in list(OBJECTIVES)[:5] for what in ("gradient", "hvp")]


@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_on_eight_devices_is_one_all_reduce_of_a_gradient(eight, name):
    found = eight[name]
    assert found["error"] < 1e-12
    assert found["told"] == [["all-reduce", 1, 8 * found["entries"]]]


def test_a_hessian_on_eight_devices_is_one_all_reduce_of_its_blocks(eight):
    assert eight["logistic, hessian"]["error"] < 1e-12
    assert eight["logistic, hessian"]["told"] == [["all-reduce", 1, 8 * 20 * 20]]
    assert eight["softmax classifier, hessian"]["error"] < 1e-12
    assert eight["softmax classifier, hessian"]["told"] == [["all-reduce", 1, 8 * (20 * 3) ** 2]]


@pytest.mark.parametrize("name", list(OBJECTIVES)[5:])
def test_each_further_pass_over_the_rows_is_one_more_all_reduce(eight, name):
    found = eight[f"{name}, gradient"]
    assert found["error"] < 1e-12
    assert [kind for kind, *_ in found["told"]] == ["all-reduce"] and 1 < found["told"][0][1] <= found["passes"]


def test_several_results_are_added_up_in_one_all_reduce(eight):
    found = eight["several"]
    assert found["error"] < 1e-12 and found["told"] == [["all-reduce", 1, 8 * (20 + 400)]]
    assert found["source"].count("jax.lax.psum((") == 1


def test_rows_are_placed_once_and_programs_compose_with_jax(eight):
    assert eight["placed"]["error"] < 1e-12 and eight["placed"]["shape"] == [21, 20]
    assert eight["even"]["error"] < 1e-12 and eight["even"]["spread"] == 8
    assert eight["jacobian"]["error"] < 1e-12
    assert eight["float32"]["type"] == "float32" and eight["float32"]["error"] < 1e-5
    assert eight["part"]["error"] < 1e-12 and eight["part"]["devices"] == 3
    assert [kind for kind, *_ in eight["part"]["told"]] == ["all-reduce"]


def test_results_that_have_the_rows_are_not_sent_about(eight):
    assert eight["rows 16"]["error"] < 1e-15 and eight["rows 13"]["error"] < 1e-15
    assert eight["rows 16"]["told"] == [] and "data" in eight["rows 16"]["spread"]


def test_two_processes_with_rows_of_their_own_get_the_results_of_all_rows():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    other = started("two_processes.py", port, "1")
    try:
        found = said(started("two_processes.py", port, "0"), 60), said(other, 60)
    finally:
        other.kill()
    for lines in found:
        assert [line["devices"] for line in lines.values()] == [4] * 4
        assert all(line["error"] < 1e-12 for line in lines.values()), lines
        assert lines["logistic, gradient"]["told"] == [["all-reduce", 1, 8 * 5]]
        assert all([c[:2] for c in line["told"]] == [["all-reduce", 1]] for line in lines.values())


# ------------------------------------------------------------------ what needs one device


def test_one_device_needs_no_others():
    program = asked("logistic", "gradient")
    jax.config.update("jax_enable_x64", True)
    try:
        given = values(program, 7)
        assert far(LOGISTIC(**given), program(**given)) < 1e-12
    finally:
        jax.config.update("jax_enable_x64", False)


def test_the_source_is_what_each_device_runs():
    lines = LOGISTIC.source.splitlines()
    assert lines[:2] == ["import jax", "import jax.numpy as jnp"]
    assert "by each device, of its own n rows: y: n, X: n × d, w: d." in LOGISTIC.source
    assert sum("jax.lax.psum(" in line and line.endswith(", 'data')  # d, of all devices") for line in lines) == 1


def test_collectives_are_counted_in_the_text_of_the_compiled_program():
    text = """
  ROOT %all-reduce.3 = (f64[], f64[5]{0}, f32[5,5]{1,0}) all-reduce(%a, %b, %c), channel_id=1, to_apply=%region
  %gather = pred[8,2]{1,0} all-gather(%x), dimensions={0}
  %start = bf16[4]{0} all-reduce-start(%y), channel_id=2
  %done = bf16[4]{0} all-reduce-done(%start)
  %add = f64[5]{0} add(%all-reduce.3, %b)
"""
    found = collectives_of(text)
    assert found == Communication((Collective("all-gather", 1, 16), Collective("all-reduce", 2, 8 + 40 + 100 + 8)))
    assert str(found) == "1 all-gather of 16 bytes, 2 all-reduce of 156 bytes" and (found.count, found.bytes) == (
        3,
        172,
    )
    assert str(collectives_of("")) == "no communication"
    given = values(LOGISTIC.program, 5)
    assert str(communication(LOGISTIC, **given)) in ("no communication", "1 all-reduce of 20 bytes")


def test_what_cannot_be_spread_is_refused():
    with pytest.raises(BackendError, match="pairs each row with each"):
        shard(cr.derive("sum(exp(-(X w) (X w)^T))", "w", declare="X: n d, w: d").compile("jax"))
    with pytest.raises(BackendError) as error:
        shard(asked("logistic", "gradient"))
    assert str(error.value) == "\n".join([
        "BackendError: rows are spread over devices by programs of JAX",
        "  given:    Program",
        '  expected: a program of the backend "jax"',
        '  fix:      shard(d.compile("jax")); for NumPy there is stream(…)',
    ])  # fmt: skip
    with pytest.raises(BackendError) as error:
        shard(LOGISTIC.program, axis="model", mesh=LOGISTIC.mesh)
    assert (error.value.problem, error.value.fix) == ("the mesh has no axis `model`", "axis='data'")


def test_bad_arguments_are_refused_as_by_the_program():
    given = values(asked("logistic", "gradient"), 6)
    with pytest.raises(UnknownNameError, match="`w` is missing"):
        LOGISTIC(X=given["X"], y=given["y"])
    with pytest.raises(UnknownNameError, match="there is no argument `Xs`"):
        LOGISTIC(Xs=given["X"])
    with pytest.raises(ShapeError, match="`X` has not the shape"):
        LOGISTIC(**given | {"y": given["y"][1:]})
    with pytest.raises(BackendError, match="a program of JAX is one of real numbers"):
        LOGISTIC(**given | {"X": given["X"] * 1j})
    with pytest.raises(ShapeError) as error:
        LOGISTIC.place(w=given["w"])
    assert str(error.value) == "\n".join([
        "ShapeError: `w` has no rows to be placed",
        "  given:    w",
        "  expected: y or X",
        "  fix:      pass w to the call: it is the same on all devices",
    ])  # fmt: skip
    with pytest.raises(ShapeError, match="a process has no rows"):
        LOGISTIC(**given | {"X": np.zeros((0, 5)), "y": np.zeros(0)})
