"""The bar on a terminal, and nothing elsewhere."""

import io

from chainrule.checking.progress import progress
from chainrule.core import progress as module


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(stream, monkeypatch, seconds):
    clock = iter(seconds)
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with progress("checking loss", stream) as tick:
        for k in range(len(seconds) - 1):
            tick(k, 10)
    return stream.getvalue()


def test_a_short_check_draws_nothing(monkeypatch):
    assert drawn(Terminal(), monkeypatch, [0, 0.2, 0.9]) == ""


def test_a_long_check_draws_a_bar_and_takes_it_away(monkeypatch):
    text = drawn(Terminal(), monkeypatch, [0, 0.5, 1.2, 1.25, 2.0])
    assert text.count("checking loss") == 2 and "1 of 10" in text and "3 of 10" in text
    assert text.endswith("\r\033[K")


def test_what_is_no_terminal_gets_nothing(monkeypatch):
    assert drawn(io.StringIO(), monkeypatch, [0, 2, 4]) == ""


def test_the_bar_goes_when_the_check_fails(monkeypatch):
    stream, clock = Terminal(), iter([0, 2])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    try:
        with progress("checking loss", stream) as tick:
            tick(1, 2)
            raise ValueError
    except ValueError:
        assert stream.getvalue().endswith("\r\033[K")
