"""The laws of the course: for every exercise that is shipped, and for every further one without another line."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache

import pytest

from chainrule import ChainruleError
from chainrule.exercises.choices import Nature, Shape
from chainrule.exercises.course import course, files, sheet
from chainrule.exercises.exercise import exercise
from chainrule.exercises.formulas import Formula
from chainrule.exercises.questions import questions
from chainrule.exercises.taylor import Polynomial
from chainrule.exercises.validate import validated
from chainrule.exercises.directions import Direction
from chainrule.exercises.values import Numbers

NAMES = list(files())
PARTS = [(name, k) for name in NAMES for k, _ in enumerate(sheet(name).parts)]
VARYING = [entry.name for entry in course() if entry.variants]


@cache
def question(name, k):
    return questions(sheet(name))[k]


def typed(*definitions_and_result):
    return "\n".join(definitions_and_result)


def spellings(q):
    """The solution of a question about one formula as text, LaTeX and NumPy print it."""
    d = q.targets[0].derivation
    where = "; ".join(f"{name} = {text}" for name, text in d.where.items())
    yield d.text + (f"   where {where}" if where else "")
    yield (
        d.latex
        if not d.where
        else "\n".join([*(f"{left} = {right}" for left, right in d.rendering.where_latex()), d.latex])
    )
    yield d.numpy


FORMULAS = [(name, k) for name, k in PARTS if isinstance(question(name, k), Formula) and not question(name, k).shape]


def test_there_is_a_course():
    assert len(NAMES) >= 50
    assert len({entry.topic for entry in course()}) >= 8
    asked = {p.find.split(" in ")[0].split(" at ")[0] for name in NAMES for p in sheet(name).parts}
    assert {
        "derivative",
        "gradient",
        "Jacobian",
        "Hessian",
        "working for the gradient",
        "direction of steepest increase",
    } <= asked


def test_the_exercises_that_every_course_has_are_there():
    functions = {sheet(name).function for name in NAMES}
    assert {
        "x^3 exp(-x)", "log(1 + exp(x))", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "x^2 y + y z^2 + x z", "(y - sigmoid(w^T x + b))^2",
    } <= functions  # fmt: skip
    finds = [p.find for p in sheet("three-variables").parts]
    assert finds[1].endswith("x = 1, y = 2, z = 3") and finds[2].startswith("direction of steepest increase")


def test_topics_stand_together_and_numbers_run_on():
    entries = course()
    topics = [entry.topic for entry in entries]
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert len(set(topics)) == 1 + sum(a != b for a, b in zip(topics, topics[1:]))
    assert len({entry.title for entry in entries}) == len(entries)


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_is_fit_to_be_given(name):
    """The solution is accepted, what is accepted is, what is wrong is refused, every part has a hint, and no hint tells all."""
    assert [finding.says for finding in validated(sheet(name)) if not finding.good] == []


@pytest.mark.parametrize("name", VARYING)
def test_variants_are_fit_to_be_given_and_differ(name):
    variants = {sheet(name, v).function + str(sheet(name, v).parts): v for v in range(7, -1, -1)}
    assert len(variants) > 1
    for variant in list(variants.values())[1:3]:
        assert [finding.says for finding in validated(sheet(name, variant)) if not finding.good] == []


@pytest.mark.parametrize(("name", "k"), PARTS)
def test_two_typical_mistakes_are_told_apart_from_what_is_right(name, k):
    """Each part that can be answered in text has two answers that people often give, and something to say to one of them at least."""
    q = question(name, k)
    if q.answered_by == "text" and not q.several_lines:
        enough = 1 if isinstance(q, Numbers) else 2
        assert len(q.part.wrong) >= enough


@pytest.mark.parametrize(("name", "k"), FORMULAS)
def test_the_solution_is_accepted_however_it_is_printed(name, k):
    q = question(name, k)
    shown, *others = spellings(q)
    for text in others:
        assert q.judge(text).verdict == "right", text
    try:
        assert q.judge(shown).verdict == "right", shown
    except ChainruleError as error:  # t(x + 1) is shown to people, and could be a function
        assert "no function is called" in error.problem, shown


@pytest.mark.parametrize(("name", "k"), FORMULAS)
def test_twice_the_solution_its_negative_and_half_of_its_terms_are_refused(name, k):
    q = question(name, k)
    *lets, result = q.targets[0].derivation.ascii.split("\n")
    planted = {"factor": f"2 * ({result})", "sign": f"-({result})"}
    for text in planted.values():
        found = q.judge(typed(*lets, text))
        assert found.verdict == "wrong", text
    first = re.split(r" [+-] (?![^(\[]*[)\]])", result)
    if len(first) > 1 and first[0].count("(") == first[0].count(")"):
        assert q.judge(typed(*lets, first[0])).verdict == "wrong", first[0]


@pytest.mark.parametrize(("name", "k"), PARTS)
def test_numbers_and_polynomials_that_are_scaled_or_turned_are_refused(name, k):
    q = question(name, k)
    if isinstance(q, Polynomial):
        text = q.solution.spellings[0]
        wrong = [f"2 * ({text})", f"-({text})", f"({text}) + x^{q.asked.degree + 1}"]
    elif isinstance(q, Direction):
        wrong = ["(" + ", ".join(repr(float(-v)) for v in q.true) + ")"]
    elif isinstance(q, Numbers) and q.true.any() and q.asked.kind != "critical":
        values = q.true.reshape(-1)
        wrong = [f"[{', '.join(repr(float(c * v)) for v in values)}]" for c in (2, -1)] if q.true.ndim == 1 else []
        wrong = [repr(float(c * values[0])) for c in (2, -1)] if not q.true.ndim else wrong
    else:
        return
    for text in wrong:
        assert q.judge(text).verdict == "wrong", text


@pytest.mark.parametrize(("name", "k"), PARTS)
def test_a_wrong_answer_brings_a_verdict_and_a_hint_but_never_the_solution(name, k):
    """Nor does the text of the exercise tell it: it comes when it is asked for."""
    q, ex = question(name, k), exercise(name)
    squeeze = lambda text: re.sub(r"[\s*]", "", text.lower())
    solution = [
        squeeze(text)
        for text in (*q.solution.spellings, *[t for _, t in q.solution.lines[:1]])
        if isinstance(text, str)
    ]
    solution = [text for text in solution if len(text) > 4 and not isinstance(q, (Nature, Shape, Numbers))]
    assert not [text for text in solution if text in squeeze(ex.ask)]
    for number, wrong in enumerate(q.part.wrong):
        found = ex.answer(wrong.text, part=k + 1)
        assert found.verdict == "wrong"
        assert found.hint == (q.part.hints[number] if number < len(q.part.hints) else None)
        assert not wrong.says or ("likely slip", wrong.says) in found.rows
        assert len(str(found).split("\n")) <= 14
        said = squeeze("\n".join([found.headline, *[text for label, text in found.rows if label != "yours"]]))
        assert not [text for text in solution if text in said and text not in squeeze(wrong.text)], said


def test_the_course_is_listed_without_the_engine():
    heavy = "('chainrule.derivation', 'chainrule.checking', 'chainrule.compiling')"
    code = f"import sys, chainrule.exercises.course as c; c.course(); print([m for m in sys.modules if m in {heavy}])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
