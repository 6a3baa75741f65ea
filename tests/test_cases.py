"""The acceptance sample, read as people type it: nothing wrong, and the textbook's form nearly always.

tests/data/derivatives.json is the sample of `../shared/cases`, copied. It is a sample: the thresholds are for the
mechanisms behind it, and no code may recognise a case. Measured are 257 right, and 251 in the textbook's
form, at most 1.25 times as large.
"""

import json

import pytest
from bench.cases import KEPT, counted, judged

CASES = json.loads(KEPT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def records():
    return [judged(case, "plain") for case in CASES]


def reasons(records, column, wanted=True):
    return "\n".join(f"{r['id']}: {r['reason']}" for r in records if bool(r[column]) is not wanted)


def test_nothing_is_wrong(records):
    assert counted(records, "wrong") == 0, reasons(records, "wrong", wanted=False)


def test_every_case_is_read_or_refused_with_a_reason(records):
    assert not [r["reason"] for r in records if r["reason"] and r["reason"].startswith("crash")]


def test_at_least_255_of_257_cases_are_right(records):
    assert counted(records, "right") >= 255, reasons(records, "right")


def test_at_least_250_cases_have_the_form_of_a_textbook(records):
    assert counted(records, "textbook") >= 250, reasons(records, "textbook")


def test_numpy_spellings_give_nothing_wrong():
    records = [judged(case, "expr") for case in CASES]
    assert counted(records, "wrong") == 0, reasons(records, "wrong", wanted=False)
    assert counted(records, "right") >= 255, reasons(records, "right")
