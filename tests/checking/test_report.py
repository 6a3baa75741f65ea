"""The report: one object, many faces."""

import json

import pytest

from chainrule.checking.report import VERDICTS, Compared, Report
from chainrule.numeric.remainders import Remainders

WRONG = Report(
    "wrong",
    "not the gradient: yours is exactly ½ of it, in every component",
    cause="factor",
    argument="w",
    index=(2,),
    claimed=4.1,
    true=8.2,
    bound=1e-12,
    rows=[("likely slip", "d‖v‖² = 2 vᵀdv, the 2 was dropped"), ("evidence", "largest difference 4.1 in w[2]")],
    remarks=["the seeds were fixed"],
    arguments=[Compared("w", (3,), (2,), 4.1, 8.2, float("inf"), 0.3, "wrong")],
    remainders=Remainders((0.1, 0.01), (0.41, 0.041), (0.01, 0.0001), 1.0, 2.0, 1e-16),
)


def test_it_prints_the_verdict_first_and_aligns_what_there_is_to_say_below_it():
    assert str(WRONG) == (
        "✗ not the gradient: yours is exactly ½ of it, in every component\n"
        "  likely slip   d‖v‖² = 2 vᵀdv, the 2 was dropped\n"
        "  evidence      largest difference 4.1 in w[2]\n"
        "  note          the seeds were fixed"
    )
    assert repr(WRONG) == str(WRONG)


def test_a_narrow_terminal_wraps_words_and_cuts_nothing():
    text = WRONG.text(40)
    assert max(map(len, text.split("\n"))) <= 42
    assert " ".join(text.split()) == " ".join(str(WRONG).split())


def test_it_is_json():
    said = json.loads(json.dumps(WRONG.to_dict(), allow_nan=False))
    assert said["format"] == "chainrule.check/1" and said["index"] == [2]
    assert said["arguments"][0]["bound"] == "inf" and said["remainders"]["slope"] == 1.0


@pytest.mark.parametrize(("verdict", "code"), VERDICTS.items())
def test_a_verdict_is_an_exit_code_and_true_where_the_claim_is_right(verdict, code):
    report = Report(verdict, "…")
    assert report.exit_code == code
    assert bool(report) == report.right == (code == 0)


def test_there_are_no_other_verdicts():
    with pytest.raises(ValueError, match="maybe"):
        Report("maybe", "…")
