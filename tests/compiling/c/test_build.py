"""Libraries are compiled once and kept where nobody else can write."""

import ctypes
import os
import stat

import pytest

from chainrule.compiling.c import build
from chainrule.core.errors import BackendError

TEXT = "double twice(double x) { return 2*x; }\n"


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    build.folder.cache_clear()
    yield tmp_path / "cache" / "chainrule"
    build.folder.cache_clear()


def test_a_library_is_compiled_once_and_kept_for_its_owner(home, monkeypatch):
    path = build.library(TEXT)
    assert path.parent == home and stat.S_IMODE(home.stat().st_mode) == 0o700
    twice = ctypes.CDLL(str(path)).twice
    twice.restype, twice.argtypes = ctypes.c_double, [ctypes.c_double]
    assert twice(3.5) == 7.0
    monkeypatch.setattr(build.subprocess, "run", None)  # whoever compiles again fails
    assert build.library(TEXT) == path
    assert [p.name for p in home.iterdir()] == [path.name]


def test_another_text_option_or_processor_is_another_library(home, monkeypatch):
    first = build.library(TEXT)
    assert build.library(TEXT + "\n") != first
    assert build.library(TEXT, options=("-g",)) != first
    monkeypatch.setattr(build, "_processor", lambda: "another one")
    assert build.library(TEXT) != first


def test_a_folder_that_others_can_write_to_is_not_used(home):
    home.mkdir(parents=True)
    home.chmod(0o777)
    found = build.folder()
    assert found != home and stat.S_IMODE(found.stat().st_mode) == 0o700
    assert build.library(TEXT).parent == found


def test_where_no_folder_can_be_made_a_temporary_one_serves(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    build.folder.cache_clear()
    assert build.library(TEXT).exists() and tmp_path not in build.folder().parents
    build.folder.cache_clear()


def test_the_compiler_named_in_the_environment_comes_first(monkeypatch):
    monkeypatch.setenv("CC", "gcc")
    assert os.path.basename(build.compiler()) == "gcc"


def test_a_text_that_the_compiler_refuses_is_an_error_with_what_it_says(home):
    with pytest.raises(BackendError) as error:
        build.library("double twice(double x) { return 2*y; }\n")
    assert error.value.problem == "the C compiler refuses the program"
    assert "y" in error.value.given and "undeclared" in error.value.given
    assert error.value.expected.startswith("a compiler of C11, ")
    assert error.value.fix == 'set CC to another compiler, or compile("numpy")'
