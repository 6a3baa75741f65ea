"""The line that tells how far something is."""

import io

import pytest

from chainrule.core import progress as module
from chainrule.core.progress import Line, bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stays, end", [(False, "\r\033[K"), (True, "\n")])
def test_on_a_terminal_a_text_is_written_over_the_last_one(stays, end):
    stream = Terminal()
    with Line(True, stays, stream) as line:
        line.draw("one")
        line.draw("two")
    assert stream.getvalue() == "\rone\033[K\rtwo\033[K" + end


def test_elsewhere_each_text_is_a_line():
    stream = io.StringIO()
    with Line(True, stream=stream) as line:
        line.draw("one")
        line.draw("two")
    assert stream.getvalue() == "one\ntwo\n"


def test_a_text_is_due_every_tenth_of_a_second_and_the_last_one_always(monkeypatch):
    clock = iter([0, 0.05, 0.1, 0.15, 0.15])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    line = Line(True, stream=Terminal())
    assert [line.is_due(), line.is_due(), line.is_due(), line.is_due(last=True)] == [False, True, False, True]
    assert line.seconds == 0.15


def test_nothing_is_due_before_a_second_unless_it_is_asked_for(monkeypatch):
    clock = iter([0, 0.9, 0.9, 1.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    line = Line(stream=Terminal())
    assert [line.is_due(), line.is_due(last=True), line.is_due()] == [False, False, True]


def test_a_bar_has_one_width():
    assert [bar(0, 3), bar(1, 2), bar(5, 3), bar(0, 0)] == ["·" * 24, "━" * 12 + "·" * 12, "━" * 24, "·" * 24]
