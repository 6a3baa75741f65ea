"""Functions taken apart for several variables at once, and where a name keeps its inside whole."""

from chainrule.core.node import symbol
from chainrule.derivation.program import take_apart
from chainrule.syntax import read


def parts(text, *moving, uncut=()):
    problem = read(text)
    free = [symbol(n, problem.every[n].dims) for n in moving]
    program = take_apart(problem, free[0], free[0], problem.named or "f", also=tuple(free[1:]), uncut=uncut)
    return [(p.name, [s.name for s in p.uses]) for p in program.parts]


LAYERS = "h = relu(W x + b)\nL = ||V h - y||^2"


def test_parts_use_every_variable_that_moves():
    assert parts(LAYERS, "W", "b", "V") == [("z", ["W", "b"]), ("h", ["z"]), ("r", ["V", "h"]), ("L", ["r"])]
    assert parts(LAYERS, "W") == [("z", ["W"]), ("h", ["z"]), ("r", ["h"]), ("L", ["r"])]
    assert parts(LAYERS, "V") == [("r", ["V"]), ("L", ["r"])]


def test_what_is_not_cut_stays_whole_between_names():
    assert parts(LAYERS, "W", "b", "V", uncut=["h", "L"]) == [("h", ["W", "b"]), ("L", ["V", "h"])]
    assert parts(LAYERS, "W", "b", "V", uncut=["h"]) == [("h", ["W", "b"]), ("r", ["V", "h"]), ("L", ["r"])]


def test_a_text_knows_what_its_last_line_calls_the_function():
    assert read(LAYERS).named == "L" and read("h = x^T x\n2 h").named is None
