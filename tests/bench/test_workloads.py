"""What the benchmark compares is the same value: ours, the best by hand and the textbook's, for every workload."""

import pytest

from bench.measure import chosen, difference, measured
from bench.timing import interleaved
from bench.workloads import KINDS, SIZES, WORKLOADS


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_ours_and_both_forms_by_hand_agree_at_the_smallest_size(workload):
    arguments = workload.arguments("small")
    expected = workload.hand(**arguments)
    assert difference(workload.plain(**arguments), expected) < 1e-10
    assert difference(workload.program()(**arguments), expected) < 1e-10


LARGER = {  # sizes at which a form by hand that works in blocks has more than one, and an incomplete last one
    "ridge gradient": {"n": 90001, "d": 50},
    "logistic gradient": {"n": 90001, "d": 50},
    "logistic Hessian": {"n": 90001, "d": 50},
    "logistic HVP": {"n": 90001, "d": 50},
    "matrix factorisation gradients": {"m": 1301, "n": 1007, "r": 3},
    "xᵀAx HVP": {"n": 1501},
    "Gaussian gradient in covariance": {"n": 200, "d": 41},
    "Gaussian Hessian in mean": {"n": 200, "d": 41},
    "Gaussian HVP in mean": {"n": 200, "d": 41},
    "Gaussian HVP in covariance": {"n": 200, "d": 41},
}


@pytest.mark.parametrize("name", LARGER)
def test_forms_by_hand_that_change_with_the_size_stay_right(name):
    (workload,) = [w for w in WORKLOADS if w.name == name]
    arguments = workload._replace(sizes={"odd": LARGER[name]}).arguments("odd")
    assert difference(workload.plain(**arguments), workload.hand(**arguments)) < 1e-10


def test_forms_by_hand_leave_their_arguments_as_they_are():
    for workload in WORKLOADS:
        arguments, kept = workload.arguments("small"), workload.arguments("small")
        workload.hand(**arguments)
        assert difference(arguments, kept) == 0


def test_every_workload_is_named_once_and_has_a_kind_and_sizes():
    assert len({w.name for w in WORKLOADS}) == len(WORKLOADS)
    assert {w.kind for w in WORKLOADS} == set(KINDS)
    assert all(set(w.sizes) in ({"small"}, set(SIZES)) for w in WORKLOADS)


def test_a_kind_or_a_word_chooses_workloads():
    assert {w.kind for w, _ in chosen("hessians", "all")} == {"hessian"}
    assert [size for _, size in chosen("softmax classifier HVP", "all")] == ["small", "medium", "large"]


def test_a_record_has_times_errors_and_ratios_and_says_what_fails():
    workload = WORKLOADS[0]._replace(plain=lambda **arguments: 1 / 0)
    record = measured(workload, "small", ["ours", "plain"], seconds=0)
    ours, plain = record["peers"]["ours"], record["peers"]["plain"]
    assert ours["error"] < 1e-10 and ours["seconds"] > 0 and ours["ratio"] > 0
    assert plain["note"] == "fails: ZeroDivisionError: division by zero" and "ratio" not in plain


def test_ratios_are_medians_over_rounds():
    timed = interleaved({"a": lambda: sum(range(20000)), "b": lambda: sum(range(40000))}, seconds=0)
    assert len(timed.rounds["a"]) == len(timed.rounds["b"]) == 5
    assert timed._replace(rounds={"a": [1.0, 2.0, 9.0], "b": [2.0, 2.0, 3.0]}).ratio("a", "b") == 1.0
