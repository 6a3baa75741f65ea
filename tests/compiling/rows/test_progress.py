"""The line that says how far a pass over the rows is."""

import io
import re

from chainrule.compiling.rows import stream
from chainrule.compiling.rows.progress import duration, progress
from chainrule.core import progress as module
from tests.compiling.rows.workloads import asked, values


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(shown, stream):
    with progress(200, 2, shown, stream) as tick:
        for number in range(2):
            tick(number, 100)
            tick(number, 200)
    return stream.getvalue()


def test_a_line_says_rows_pass_speed_and_time_left(monkeypatch):
    monkeypatch.setattr(module, "EVERY", 0.0)
    lines = drawn(True, Terminal()).split("\r")[1:]
    assert re.fullmatch(r"━{12}·{12}  100 of 200 rows, pass 1 of 2  [\d,]+ rows/s  0 s left\x1b\[K", lines[0])
    assert re.fullmatch(r"━{24}  200 of 200 rows, pass 2 of 2  [\d,]+ rows/s\x1b\[K\n", lines[-1])


def test_nothing_is_drawn_unless_it_takes_long_on_a_terminal(monkeypatch):
    monkeypatch.setattr(module, "EVERY", 0.0)
    assert drawn(None, io.StringIO()) == "" and drawn(False, Terminal()) == "" and drawn(None, Terminal()) == ""
    monkeypatch.setattr(module, "SILENT", 0.0)
    assert "rows/s" in drawn(None, Terminal())


def test_a_line_that_is_interrupted_is_ended():
    stream = Terminal()
    try:
        with progress(10, 1, True, stream) as tick:
            tick(0, 10)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert stream.getvalue().endswith("\n")


def test_a_call_draws_where_it_is_asked_to(capsys):
    program = asked("logistic", "gradient")
    stream(program, block=4, progress=True)(**values(program, 9))
    assert re.search(r"━{24}  9 of 9 rows  [\d,]+ rows/s\n$", capsys.readouterr().err)


def test_durations_are_told_as_people_do():
    assert [duration(s) for s in (0.4, 59.4, 185, 7800)] == ["0 s", "59 s", "3:05 min", "2:10 h"]
