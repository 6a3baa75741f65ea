"""Numbers of bytes, read and written; what may be used."""

from math import inf

import pytest

from chainrule.core import memory
from chainrule.core.errors import DeclarationError, LimitError


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (8, "8 bytes"), (999, "999 bytes"), (999.7, "1 kB"), (1000, "1 kB"), (1.6e6, "1.6 MB"), (8e12, "8 TB"), (999_999, "1 MB"), (8e30, "8e+06 YB")],
)
def test_bytes_are_written_as_people_read_them(count, text):
    assert memory.in_bytes(count) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [("16GB", 16e9), ("512 MiB", 512 << 20), ("4e9", 4e9), (1000, 1000), ("1.5 tb", 1.5e12), ("100", 100), ("2g", 2e9), (".5 kB", 500), ("8 bytes", 8)],
)
def test_bytes_are_read_in_any_unit(text, count):
    assert memory.bytes_in(text) == count


@pytest.mark.parametrize("text", ["", "lots", "-4GB", "4 XB", "0", "GB", None, 0, -1, True, inf, "1e999x", [1]])
def test_what_is_no_number_of_bytes_is_refused(text):
    with pytest.raises(DeclarationError, match="no number of bytes"):
        memory.bytes_in(text)


def test_the_variable_sets_the_limit(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "1 kB")
    assert memory.available() == 1000 and memory.fits(1000) and not memory.fits(1001)
    assert memory.limit(lambda: 5.0) == 1000  # on every device
    with pytest.raises(LimitError) as caught:
        memory.refuse_beyond(8e12, "the Hessian")
    assert str(caught.value) == (
        "LimitError: the Hessian would take 8 TB; there is no place for it\n"
        "  given:    1 kB of memory (CHAINRULE_MEMORY)\n"
        "  expected: what fits into memory"
    )
    monkeypatch.setenv(memory.VARIABLE, "plenty")
    with pytest.raises(DeclarationError, match="no number of bytes"):
        memory.available()


def test_without_the_variable_the_limit_is_that_of_the_system(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    assert 1e6 < memory.available() and memory.fits(1) and not memory.fits(1e30)
    assert memory.limit(lambda: 5.0) == 5.0


def test_a_container_may_be_allowed_less_than_the_system_has(monkeypatch, tmp_path):
    files = [tmp_path / name for name in ("max", "current", "stat")]
    for file, text in zip(files, ("1000000\n", "400000\n", "anon 1\ninactive_file 100000\n")):
        file.write_text(text)
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "GROUPS", [list(map(str, files))])
    assert memory.available() == 700_000
    files[0].write_text("max\n")
    assert memory.available() > 700_000
