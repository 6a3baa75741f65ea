"""The table of identities: every right-hand side derived and verified, pinned as a person reads it, and told once."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from chainrule.catalogue import groups, identities
from chainrule.catalogue.find import renamings
from chainrule.catalogue.table import ALL
from chainrule.core.errors import UnknownNameError
from chainrule.ops.declare import elementwise_ops
from tests.catalogue import page

SOURCES = re.compile(
    r"|Petersen & Pedersen, The Matrix Cookbook \(2012\), (\(\d+\)( and \(\d+\))*|section \d\.\d)"
    r"|Magnus & Neudecker \(2019\), (section|chapter) [\d.]+"
    r"|Abramowitz & Stegun (\d+\.\d+\.\d+|section \d\.\d)"
    r"|Boyd & Vandenberghe, Convex Optimization \(2004\), section [A\d][\d.]+"
)


def test_every_right_hand_side_is_as_pinned():
    """The file is what a person has read; `make identities` writes it anew, to be looked at before it is committed."""
    assert page.GOLDEN.read_text(encoding="utf-8").splitlines() == page.golden().splitlines()


def test_every_identity_is_verified():
    refuted = [identity.function for identity in ALL if not identity.derivation.verified]
    assert not refuted and len(ALL) >= 400


def test_the_page_is_up_to_date():
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "make identities writes it"


def test_no_identity_stands_there_twice():
    alike = defaultdict(list)
    for identity in ALL:
        alike[identity.signature.whole, identity.order].append(identity)
    same = [(a.function, b.function) for found in alike.values() for k, a in enumerate(found) for b in found[:k] if is_one(a, b)]
    assert not same


def is_one(a, b):
    return says(a, b) and says(b, a)


def says(a, b):
    """Whether `a` is `b` with other names."""
    return any(match.as_read for match in renamings(a.signature, b, a.wrt))


def test_the_same_identity_would_be_noticed():
    pairs = [("tr(A X)", "traces"), ("||x||^2", "norms")]
    for function, group in pairs:
        (one,) = [identity for identity in identities(group) if identity.function == function]
        assert is_one(one, one)


def test_sources_are_well_formed():
    registered = {(op.reference or "").removeprefix("A&S ") for op in elementwise_ops()}
    wrong = [i.source for i in ALL if not SOURCES.fullmatch(i.source) and i.source not in registered]
    assert not wrong


def test_every_elementwise_operation_with_a_derivative_has_an_identity():
    told = {name for identity in ALL for name in re.findall(r"\w+", identity.function)}
    missing = [op.name for op in elementwise_ops() if op.derivative and not op.values and op.name not in told]
    assert set(missing) <= {"pow", "where"}  # x^a, and choices between expressions


def test_groups_can_be_listed_and_searched():
    assert {i.group for i in identities("trac")} == {"traces"} and identities("Traces") == identities("traces")
    assert {"logdet(X)", "det(X)", "tr(C P) - logdet(P)"} <= {i.function for i in identities(about="det")}
    assert [i.function for i in identities("classification", about="hinge")] == [
        "sum(max(0, 1 - y .* (X w)))", "sum(max(0, 1 - y .* (X w)).^2)",
    ]  # fmt: skip
    assert len(identities()) == len(ALL) and groups()[0] == "elementary functions"
    assert all(identities(group) for group in groups())


def test_the_table_prints_formula_derivative_and_source():
    assert str(identities("traces")[1:3]) == (
        "traces\n"
        "  tr(AX) by X              ∇f = Aᵀ                     Petersen & Pedersen, The Matrix Cookbook (2012), (100)\n"
        "  tr(AXB) by X             ∇f = AᵀBᵀ                   Petersen & Pedersen, The Matrix Cookbook (2012), (101)"
    )
    assert repr(identities("traces")[1]) == "<Identity tr(AX) by X: ∇f = Aᵀ>"


def test_an_identity_has_steps_and_plain_data():
    identity = identities("traces")[1]
    assert [line.text() for line in identity.derivation.steps][-1] == "∇f = Aᵀ"
    data = identity.to_dict()
    assert (data["group"], data["formula"], data["derivation"]["verified"]) == ("traces", "tr(AX)", True)


REFUSED = {
    "a group": (
        {"group": "trases"},
        "UnknownNameError: there is no group `trases` of identities\n  given:    trases\n"
        "  expected: one of the {count} groups, such as traces, determinants, norms, Jacobians\n  fix:      'traces'",
    ),
    "a word": (
        {"about": "sofmax"},
        "UnknownNameError: no identity mentions `sofmax`\n  given:    sofmax\n"
        "  expected: a function, an operation or a name, such as det, trace, softmax, ridge\n  fix:      'softmax'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_there_is(name):
    options, text = REFUSED[name]
    with pytest.raises(UnknownNameError) as error:
        identities(**options)
    assert str(error.value) == text.format(count=len(groups()))
