"""What the README and the documents show is what happens: commands are run, Python sessions are doctests, files exist.

`python tests/test_readme.py` puts today's answers into the README and the documents, to be looked at before they are committed.
"""

import contextlib
import doctest
import io
import linecache
import re
import shlex
from pathlib import Path

import pytest

from chainrule import cli

ROOT = Path(__file__).parents[1]
FILE = ROOT / "README.md"
README = FILE.read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs" / "explanation").rglob("*.md"))  # those of docs/reference are generated
DOCUMENTS = [file.read_text(encoding="utf-8") for file in PAGES]
CONSOLE, PYTHON = (re.compile(rf"```{word}\n(.*?)```", re.S) for word in ("console", "python"))
SESSIONS = [
    (command, answer)
    for document in (README, *DOCUMENTS)
    for block in CONSOLE.findall(document)
    for command, answer in re.findall(r"^\$ (chainrule .*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


def without_evidence(text):
    """The text without the numbers of the seal, which differ in the last digits from machine to machine."""
    evidence = re.compile(r"^(verified|  evidence ).*|(±)[\d.e−]+|(agree to ).*")
    return [evidence.sub(lambda m: m.group(m.lastindex), line.rstrip()) for line in text.strip().splitlines()]


class Terminal(io.StringIO):
    """A stream that can carry the signs of mathematics, as most can."""

    encoding = "utf-8"


def answered(command):
    """What the command prints, remarks first, and its exit code."""
    out, err = Terminal(), Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(shlex.split(command)[1:])
    return err.getvalue() + out.getvalue(), code


@pytest.mark.parametrize(("command", "answer"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_commands(command, answer):
    text, code = answered(command)
    assert without_evidence(text) == without_evidence(answer) and code in (0, 1, 2)


def test_the_files_that_documents_name_exist():
    named = {name for document in DOCUMENTS for name in re.findall(r"`([\w/]+/\w+\.\w+|[\w/]+/)`", document)}
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / "src" / "chainrule" / name).exists()]
    assert len(named) > 20 and not missing


def test_python_sessions():
    for block in [block for document in (README, *DOCUMENTS) for block in PYTHON.findall(document)]:
        test = doctest.DocTestParser().get_doctest(block, {}, "README.md", "README.md", 0)
        complaints = []
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, complaints.append)
        assert not complaints, "".join(complaints)


def with_answers(document):
    """A document with today's answers."""

    def console(block):
        commands = re.findall(r"^\$ chainrule .*", block[1], re.M)
        return "```console\n" + "\n".join(f"{line}\n{answered(line[2:])[0]}" for line in commands) + "```"

    def python(block):
        names, lines = {}, []
        for example in re.findall(r"^>>> .*\n(?:\.\.\. .*\n)*", block[1], re.M):
            source = "\n".join(line[4:] for line in example.splitlines()) + "\n"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                place = f"<document {len(linecache.cache)}>"  # functions of a session have a source, as in doctest
                linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
                exec(compile(source, place, "single"), names)
            lines.append(example + out.getvalue())
        return "```python\n" + "".join(lines) + "```"

    return PYTHON.sub(python, CONSOLE.sub(console, document))


if __name__ == "__main__":
    for file in (FILE, *PAGES):
        file.write_text(with_answers(file.read_text(encoding="utf-8")), encoding="utf-8")
