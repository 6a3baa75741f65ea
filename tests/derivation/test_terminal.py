"""The block of text that shows a derivation."""

from chainrule.derivation.ascii import to_ascii
from chainrule.derivation.terminal import Row, block, break_of, columns, row, wrapped

LEAST_SQUARES = [
    row("read as", "‖Ax − b‖²", "A: m×n   x: n   b: m"),
    row("∇f =", "2Aᵀ(Ax − b)", "shape n"),
    row("verified", "3 random points", ""),
]


def test_bodies_and_asides_stand_in_columns():
    assert block(LEAST_SQUARES).split("\n") == [
        "read as   ‖Ax − b‖²        A: m×n   x: n   b: m",
        "∇f = 2Aᵀ(Ax − b)           shape n",
        "verified  3 random points",
    ]


def test_an_aside_without_room_goes_to_lines_of_its_own():
    assert block(LEAST_SQUARES, width=36).split("\n") == [
        "read as   ‖Ax − b‖²",
        "          A: m×n   x: n   b: m",
        "∇f = 2Aᵀ(Ax − b)           shape n",
        "verified  3 random points",
    ]


def test_a_formula_breaks_before_an_outer_sign_and_continues_below_itself():
    long = Row("∇f = ", "2Aᵀ(Ax − b) + 2λ(x − y) − Cᵀ(tanh(Cx) ⊙ u)", "", "result")
    assert block([long], width=32).split("\n") == [
        "∇f = 2Aᵀ(Ax − b) + 2λ(x − y)",
        "       − Cᵀ(tanh(Cx) ⊙ u)",
    ]


def test_a_word_longer_than_the_line_is_not_cut():
    assert wrapped("x" * 50 + " y", 20) == ["x" * 50, "  y"]
    assert wrapped("x" * 50, 20) == ["x" * 50]


def test_a_break_inside_brackets_is_the_last_resort():
    assert break_of("f(a + b + c + d + e)", 10) == 7
    assert "f(a + b" == "f(a + b + c + d + e)"[:7]


def test_colours_take_no_room():
    styled = block(LEAST_SQUARES, style=lambda text, role: f"<{role}>{text}</>")
    assert styled.split("\n")[1] == "<result>∇f =</> <result>2Aᵀ(Ax − b)</>           <aside>shape n</>"
    assert columns("x\u0302") == 1


def test_ascii_spells_signs_and_letters():
    assert to_ascii("‖Xw − y‖² + λ‖w‖²") == "||Xw - y||^2 + lam||w||^2"
    assert to_ascii("m×n") == "mxn"
    assert to_ascii("v_i h_iδ_ik(hᵀv)σ(x)") == "v_i h_i delta_ik(h^T v) sigma(x)"
    assert to_ascii("λ_max + xᵀx") == "lam_max + x^T x"
