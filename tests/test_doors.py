"""Every door with what does not belong there: an error that says what to do, and never a crash."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import cli

CALCULUS = {
    "derive": cr.derive, "grad": cr.grad, "jacobian": cr.jacobian, "hessian": cr.hessian, "jvp": cr.jvp, "vjp": cr.vjp,
    "hvp": cr.hvp, "directional": cr.directional, "steepest": cr.steepest, "differential": cr.differential,
    "linearize": cr.linearize, "taylor": cr.taylor, "constrained": cr.constrained, "value_and_grad": cr.value_and_grad,
}  # fmt: skip


class Thing:
    """Something that no door knows."""

    def __repr__(self):
        return "a thing"


EXPLAINING = {
    "tangent": cr.tangent, "approximations": cr.approximations, "landscape": cr.landscape, "descent": cr.descent, "curvature": cr.curvature,
    "critical_points": cr.critical_points, "convexity": cr.convexity, "backprop": cr.backprop, "diagnose": cr.diagnose, "forecast": cr.forecast,
}  # fmt: skip
OWN = {  # the options that only one of them has
    "approximations": ["orders", "tolerance"], "landscape": ["plane", "reach", "steps"], "descent": ["methods", "steps", "rate", "tolerance", "plane"],
    "critical_points": ["window"], "backprop": ["layout", "input", "batch", "step"], "diagnose": ["loss", "batch", "params", "input"],
    "forecast": ["order", "memory"],
}  # fmt: skip
PLACE = ["at", "data", "declare", "sizes", "seed", "dialect", "optoin"]


WRONG = [None, 0, 2.5, True, b"x", [], {}, Thing(), np.ones(3), np.array("x"), "", " ", "\x00", "日本 🙂", "\ud800", ",", "q"]


@pytest.mark.parametrize("wrong", WRONG, ids=ascii)
@pytest.mark.parametrize("door", CALCULUS)
def test_what_is_no_function_is_refused(door, wrong):
    with pytest.raises(cr.ChainruleError):
        CALCULUS[door](wrong, "x")


@pytest.mark.parametrize("wrong", WRONG, ids=ascii)
@pytest.mark.parametrize("door", CALCULUS)
def test_what_is_no_variable_is_refused(door, wrong):
    with pytest.raises(cr.ChainruleError):
        CALCULUS[door]("x^T x", wrong)


@pytest.mark.parametrize("option", ["declare", "layout", "dialect", "ordr"])
@pytest.mark.parametrize("door", CALCULUS)
def test_what_is_no_option_is_refused(door, option):
    for wrong in (3, b"row", ["colum"], Thing()):
        with pytest.raises(cr.ChainruleError):
            CALCULUS[door]("x^T x", "x", **{option: wrong})


@pytest.mark.parametrize("wrong", WRONG, ids=ascii)
@pytest.mark.parametrize("door", EXPLAINING)
def test_an_explanation_is_of_a_function_and_its_variables(door, wrong):
    for call in (lambda: EXPLAINING[door](wrong), lambda: EXPLAINING[door]("x^2 + x y", wrong)):
        if wrong is not None and not (isinstance(wrong, str) and wrong == "q"):  # a letter is a function
            with pytest.raises(cr.ChainruleError):
                call()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("door", "option"), [(d, o) for d in EXPLAINING for o in [*PLACE, *OWN.get(d, [])] if (d, o) != ("forecast", "at")])
def test_an_explanation_refuses_what_an_option_cannot_be(door, option):
    """Wrong types, and numbers that are none: of what may be meant, an exception of another kind is a defect."""
    named = {} if door in ("forecast", "diagnose") or option == "at" else {"at": "x=1"}
    for wrong in (b"x", Thing(), np.array("x"), np.array(["x"], dtype=object), 1j, "\x00", "q q(", len, {"x": Thing()}):
        with pytest.raises(cr.ChainruleError):
            EXPLAINING[door]("x^2", **{option: wrong}, **named)
    for strange in (float("nan"), {"q": 1}, 10**400, np.ones(3), [], (), {}, "", True, -1, 0, 2.5, {"x": [[1], [1, 2]]}, {"x": np.ones((2, 2, 2))}):
        try:
            EXPLAINING[door]("x^2", **{option: strange}, **named)
        except cr.ChainruleError as error:
            assert len(str(error)) < 2000  # the number has 401 digits


@pytest.mark.parametrize("wrong", [*[w for w in WRONG if w is not None], "gelo", "x" * 5000], ids=lambda w: ascii(w)[:20])
def test_the_gallery_and_networks_are_asked_for_by_texts(wrong):
    with pytest.raises(cr.ChainruleError):
        cr.gallery(wrong)
    with pytest.raises(cr.ChainruleError):
        cr.network(wrong, input=2)
    with pytest.raises(cr.ChainruleError):
        cr.network("dense 2, mse", input=wrong if not isinstance(wrong, str | int | bool) else 0)


@pytest.mark.parametrize("at", [b"0", 1j, Thing(), np.ones(2), float("nan"), float("inf"), 10**400, "1/0", "inf", "a b", "x+1", ""])
@pytest.mark.parametrize("door", [cr.taylor, cr.linearize], ids=["taylor", "linearize"])
def test_what_is_no_point_is_refused(door, at):
    with pytest.raises(cr.ChainruleError):
        door("exp(x)", "x", at=at)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", None, True, 99, float("nan")], ids=repr)
@pytest.mark.parametrize("door", [cr.derive, cr.taylor, cr.identity], ids=["derive", "taylor", "identity"])
def test_what_is_no_order_is_refused(door, wrong):
    with pytest.raises(cr.DeclarationError):
        door("x^2", "x", order=wrong)


@pytest.mark.parametrize("wrong", [3, b"det", [], {}, Thing()], ids=repr)
def test_identities_are_asked_for_by_a_word(wrong):
    for asked in ({"group": wrong}, {"about": wrong}):
        with pytest.raises(cr.UnknownNameError) as caught:
            cr.identities(**asked)
        assert caught.value.problem == "identities are asked for by a word"


@pytest.mark.parametrize("wrong", [3, "len", np.sum, lambda *xs: 0, lambda: 0, Thing(), None])
@pytest.mark.parametrize("door", [cr.trace, cr.from_jax, cr.from_torch], ids=["trace", "from_jax", "from_torch"])
def test_what_cannot_be_brought_is_refused(door, wrong):
    with pytest.raises(cr.ChainruleError):
        door(wrong, q="n")


def test_a_variable_is_given_by_its_name():
    with pytest.raises(cr.UnknownNameError) as caught:
        cr.identity("x^T x", [])
    assert str(caught.value) == "UnknownNameError: a variable is given by its name\n  given:    []\n  expected: `x`"


def test_an_array_stands_for_its_shape():
    assert cr.grad("x^T A x", "x", declare={"A": np.ones((3, 3)), "x": np.ones(3)}).shape == (3,)


@pytest.mark.parametrize(
    ("function", "order", "size", "given"),
    [
        ("sum(x.^2)", 1, "3000000000", "3000000000"),
        ("x^2", 1, "99999999999999999999", "99999999999999999999"),
        ("tanh(x)", 1, "100000", "100000×100000"),
        ("sum(x.^2)", 2, "20000", "20000×20000"),
    ],
)
def test_sizes_that_no_memory_holds_are_refused_before_it_is_asked_for(function, order, size, given):
    with pytest.raises(cr.LimitError) as caught:
        cr.derive(function, "x", order=order, declare=f"x: {size}")
    what = "`x`" if "×" not in given else "the derivative"
    assert str(caught.value) == (
        f"LimitError: {what} is too large to be checked with numbers\n"
        f"  given:    {given}\n"
        "  expected: at most 50,000,000 entries in each array that is computed\n"
        "  fix:      sizes that are names, as in `x: n`: the check chooses small ones; or switch the check off"
    )


def test_an_error_about_a_very_long_name_is_not_as_long():
    with pytest.raises(cr.ShapeError) as caught:
        cr.grad("x" * 5000, "x" * 5000, declare={"x" * 5000: "n"})
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize("command", ["jvp", "vjp", "directional", "taylor", "linearize", "differential"])
def test_a_variable_called_np_is_refused_by_every_command(command, capsys):
    assert cli.run([command, "np", "--wrt", "np"]) == 2
    assert capsys.readouterr().err.startswith("DeclarationError: a variable cannot be called `np`\n")


def test_a_star_that_is_escaped_is_no_command_of_latex():
    with pytest.raises(cr.ParseError, match=r"`\\\*` is not known here"):
        cr.derive(r"\|Ax-b\*\|^2", "x")


@pytest.mark.parametrize("door", [cr.landscape, cr.descent], ids=["landscape", "descent"])
def test_very_many_numbers_form_no_matrix(door):
    told = str(door("sum(w.^2)", "w", at={"w": np.full(10**5, 1.0)}))
    assert "verified" in told and ("newton is left out" in told) == (door is cr.descent)
    with pytest.raises(cr.LimitError, match="bfgs keeps a matrix"):
        cr.descent("sum(w.^2)", "w", at={"w": np.zeros(6000)}, methods="bfgs")
