"""Gradients in constrained variables: what is printed, that it is verified along the constraint set, what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule import cli
from chainrule.core.errors import ChainruleError, DeclarationError, UnverifiedError
from chainrule.derivation.constrained import sealed
from chainrule.syntax import read

PRINTED = [
    # function, variable, declarations, (gradients in order)
    ("logdet(S)", "S", "S: n n symmetric", ("S⁻¹", "S⁻¹", "2S⁻¹ − S⁻¹ ⊙ I")),
    ("logdet(S)", "S", "S: n n posdef", ("S⁻¹", "S⁻¹", "2S⁻¹ − S⁻¹ ⊙ I")),
    ("det(S)", "S", "S: n n symmetric", ("det(S) S⁻¹", "det(S) S⁻¹", "det(S)(2S⁻¹ − S⁻¹ ⊙ I)")),
    ("tr(A S)", "S", "S: n n symmetric, A: n n", ("Aᵀ", "(A + Aᵀ)/2", "A + Aᵀ − A ⊙ I")),
    ("x' S y", "S", "S: n n symmetric", ("xyᵀ", "(xyᵀ + yxᵀ)/2", "xyᵀ + yxᵀ − diag(x ⊙ y)")),
    (
        "1/2 logdet(S) + 1/2 x' S^-1 x", "S", "S: n n posdef, x: n",
        ("G = (S⁻¹ − S⁻¹xxᵀS⁻¹)/2", "(S⁻¹ − S⁻¹xxᵀS⁻¹)/2", "2G − G ⊙ I"),
    ),
    ("tr(A D)", "D", "D: n n diagonal, A: n n", ("Aᵀ", "A ⊙ I", "diag(A)")),
    ("logdet(D)", "D", "D: n n diagonal", ("D⁻¹", "D⁻¹ ⊙ I", "diag(D⁻¹)")),
    ("tr(A Q)", "Q", "Q: n n orthogonal, A: n n", ("Aᵀ", "(Aᵀ − QAQ)/2", "QᵀAᵀ − AQ")),
    ("tr(Q' A Q)", "Q", "Q: n k orthogonal, A: n n symmetric", ("2AQ", "2(A − QQᵀA)Q")),
    ("c' p", "p", "p: n prob, c: n", ("c", "c − mean(c)", "c[:-1] − c[-1]", "p ⊙ (c − cᵀp)")),
    (
        "p' log(p)", "p", "p: n prob",
        ("g = 1 + log(p)", "log(p) − mean(log(p))", "g[:-1] − g[-1]", "p ⊙ (g − gᵀp)"),
    ),
    ("-y' log(p)", "p", "p: n prob, y: n onehot", ("−y ⊘ p", "yᵀ(1 ⊘ p)/n − y ⊘ p", "y[-1]/p[-1] − (y ⊘ p)[:-1]", "p − y")),
    ("p' A p", "p", "p: n sum1, A: n n symmetric", ("2Ap", "2(Ap − mean(Ap))", "2((Ap)[:-1] − (Ap)[-1])")),
    ("max(p)", "p", "p: n prob", ("g = [p = max(p)]", "g − mean(g)", "g[:-1] − g[-1]", "p ⊙ (g − gᵀp)")),
]  # fmt: skip


@pytest.mark.parametrize("function, wrt, declare, printed", PRINTED, ids=[f"{p[0]} {p[2]}" for p in PRINTED])
def test_what_is_printed(function, wrt, declare, printed):
    found = cr.constrained(function, wrt, declare=declare)
    assert tuple(found.written(key) for key in found.pieces) == printed
    assert found.verified and all(seal.ok for seal in found.seals.values()) and found.seals.keys() == found.pieces.keys()


@pytest.mark.parametrize("layout", ["column", "row"])
@pytest.mark.parametrize("function, wrt, declare, printed", PRINTED, ids=[f"{p[0]} {p[2]}" for p in PRINTED])
def test_the_program_computes_what_is_printed_in_either_layout(function, wrt, declare, printed, layout):
    found = cr.constrained(function, wrt, declare=declare, layout=layout)
    rng = np.random.default_rng(1)
    spectrum = np.diag([1.0, 2.0, 3.0])
    point = {"S": spectrum + 0.3, "D": spectrum, "Q": np.linalg.qr(rng.normal(size=(3, 3)))[0], "p": np.array([0.2, 0.3, 0.5])}
    point["y"] = np.array([0.0, 1.0, 0.0])
    values = {v.name: point.get(v.name, rng.normal(size=(3,) * v.ndim)) for v in found.parameters}
    if "A: n n symmetric" in declare:
        values["A"] = values["A"] + values["A"].T
    computed = found.compile()(**values)
    known = {**values, found.letter: computed["unconstrained"]}
    for key, rendering in found.renderings.items():
        np.testing.assert_allclose(computed[key], rendering.evaluate(known), rtol=1e-10, err_msg=key)


@pytest.mark.parametrize("function, wrt, declare, printed", PRINTED, ids=[f"{p[0]} {p[2]}" for p in PRINTED])
def test_a_wrong_gradient_is_refused(function, wrt, declare, printed):
    found = cr.constrained(function, wrt, declare=declare)
    for label, rule in found.rules.items():
        right = found.renderings[label]
        for wrong in (lambda g, v: 1.001 * g + 1e-3, lambda g, v: g + 1e-3 * np.arange(g.size).reshape(g.shape)):
            planted = SimpleNamespace(evaluate=lambda v, right=right, wrong=wrong: wrong(np.asarray(right.evaluate(v)), v))
            answer = SimpleNamespace(derivation=found.derivation, renderings={label: planted}, letter=found.letter)
            with pytest.raises(UnverifiedError, match=label):
                sealed(answer, rule)


def test_the_unconstrained_gradient_is_refused_where_the_variable_is_constrained():
    found = cr.constrained("tr(A S)", "S", declare="S: n n symmetric, A: n n")
    free = found.renderings["unconstrained"]
    for label, rule in found.rules.items():
        with pytest.raises(UnverifiedError):
            sealed(SimpleNamespace(derivation=found.derivation, renderings={label: free}, letter="G"), rule)


def test_the_block():
    found = str(cr.constrained("||A D - B||_F^2", "D", declare="D: n n diagonal, A: m n, B: m n")).split("\nverified")[0]
    assert found == (
        "read as   ‖AD − B‖_F²               A: m×n   D: n×n diagonal   B: m×n\n"
        "unconstrained = G = 2Aᵀ(AD − B)     shape n×n, column layout\n"
        "constrained   = G ⊙ I               shape n×n, column layout\n"
        "per parameter = 2(A ⊙ (AD − B))ᵀ𝟏   shape n, column layout\n"
        "note      unconstrained: every entry of D moves by itself, as in automatic differentiation\n"
        "          constrained: D stays diagonal: G ⊙ I (Petersen & Pedersen 2012, section 2.8)\n"
        "          per parameter: the derivative in each entry d_i of D = diag(d)"
    )


def test_the_other_faces():
    found = cr.constrained("1/2 logdet(S) + 1/2 x' S^-1 x", "S", declare="S: n n posdef, x: n")
    assert found.spelled[1] == ["G = (S^-1 - S^-1 x x^T S^-1) / 2", "(S^-1 - S^-1 x x^T S^-1) / 2", "2 G - G .* I"]
    assert found.latex_lines()[2] == (r"\text{per parameter}", r"2 G - G \odot I")
    data = found.to_dict()
    assert (data["kind"], data["constraint"], data["reference"], data["verified"]) == ("constrained", "symmetric", "G", True)
    assert [result["key"] for result in data["results"]] == ["unconstrained", "constrained", "per parameter"]
    assert all(result["seal"]["ok"] and result["meaning"] for result in data["results"])
    unchecked = cr.constrained("logdet(S)", "S", declare="S: n n posdef", seal=False)
    assert not unchecked.verified and not unchecked.seals and "the check was switched off" in str(unchecked)


def test_the_row_layout_lays_gradients_down():
    found = cr.constrained("c' p", "p", declare="p: n prob, c: n", layout="row")
    assert [found.written(key) for key in found.pieces] == ["cᵀ", "(c − mean(c))ᵀ", "(c[:-1] − c[-1])ᵀ", "(p ⊙ (c − cᵀp))ᵀ"]
    assert found.aside("per parameter") == "shape 1×n-1, row layout"


def test_a_diagonal_part_reads_back():
    found = read("2*S^-1 - S^-1 .* I", "S: n n").evaluate({"S": np.array([[2.0, 1.0], [1.0, 3.0]])})
    np.testing.assert_allclose(found, [[0.6, -0.4], [-0.4, 0.4]])


REFUSED = {
    "nothing declared": (
        ("logdet(S)", "S", "S: n n"),
        "DeclarationError: nothing that is declared of `S` constrains it\n  given:    S: n n\n"
        "  expected: one of symmetric (posdef, psd), diagonal, orthogonal, prob and sum1\n"
        '  fix:      declare "S: n n symmetric"',
    ),
    "a vector": (
        ("sum(log(x))", "x", "x: n positive"),
        "DeclarationError: nothing that is declared of `x` constrains it\n  given:    x: n positive\n"
        "  expected: one of symmetric (posdef, psd), diagonal, orthogonal, prob and sum1\n"
        '  fix:      declare "x: n prob"',
    ),
    "single values": (
        ("y' y", "y", "y: n onehot"),
        "DeclarationError: `y` takes single values only and cannot move\n  given:    y: n onehot\n"
        "  expected: one of symmetric (posdef, psd), diagonal, orthogonal, prob and sum1\n"
        '  fix:      declare "y: n prob"',
    ),
    "two constraints": (
        ("tr(Q)", "Q", "Q: n n orthogonal symmetric"),
        "DeclarationError: `Q` has more than one constraint\n  given:    Q: n n orthogonal symmetric\n"
        "  expected: one of symmetric (posdef, psd), diagonal, orthogonal, prob and sum1",
    ),
    "no scalar": (
        ("S x", "S", "S: n n symmetric"),
        "ShapeError: only the gradient of a scalar function can be set beside its constrained ones\n"
        "  given:    Sx, order 1, of shape n×n×n\n"
        "  expected: a function whose value is one number, and order 1",
    ),
    "an order": (
        ("logdet(S)", "S", "S: n n symmetric"),
        "ShapeError: only the gradient of a scalar function can be set beside its constrained ones\n"
        "  given:    log |det S|, order 2, of shape n×n×n×n\n"
        "  expected: a function whose value is one number, and order 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_to_declare(name):
    (function, wrt, declare), text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        cr.constrained(function, wrt, declare=declare, order=2 if name == "an order" else 1)
    assert str(error.value) == text


def test_at_the_command_line(capsys):
    asked = ["derive", "tr(A S)", "--wrt", "S", "--shape", "S: n n symmetric, A: n n", "--constrained"]
    assert cli.run(asked) == 0
    out = capsys.readouterr().out
    assert "\nconstrained   = (A + Aᵀ)/2       shape n×n, column layout\nper parameter = A + Aᵀ − A ⊙ I   shape n×n, column layout\n" in out
    assert cli.run([*asked, "--ascii"]) == 0
    assert "per parameter = A + A^T - A .* I" in capsys.readouterr().out
    assert cli.run([*asked, "--latex"]) == 0
    assert r"\text{per parameter} &= A + A^{\top} - A \odot I" in capsys.readouterr().out


def test_one_variable_at_a_time():
    with pytest.raises(DeclarationError) as error:
        cr.constrained("x' S y", ["S", "x"], declare="S: n n symmetric")
    assert str(error.value) == (
        "DeclarationError: constrained gradients are of one variable\n  given:    S, x\n  expected: the name of one variable\n"
        '  fix:      wrt="S"'
    )
