"""Whatever is typed, the answer is a verified derivative or an error of ours that explains itself."""

import random

import chainrule as cr

NAMES = "x y A X W b a lam".split()
FUNCTIONS = (
    "exp log tanh sum tr softmax diag logdet inv relu mean norm sqrt abs logsumexp layernorm det sigmoid cumsum max rowsum var"
).split()
BETWEEN = [" ", " + ", " - ", " .* ", " * ", " / ", " @ ", "./"]
AFTER = ["^T", "^-1", "^2", ".^2", ".^3", "'"]
SCRAPS = (
    "x y A X W b a lam n 2 0.5 3 ( ) + - * / ^ ^T ^-1 .* ./ .^ ' @ ** , ; || | [ ] : = _i sum_i sum tr det inv exp log max "
    "norm kron ones I e pi with where x_i X_ij np.sum( .T axis=1 \n ‖ ᵀ ² · ⊙ λ √ ∑ relu vec np.einsum('ij,j->i',"
).split(" ")


def sentence(chance, depth):
    """A random expression that can be read, whether or not its shapes fit."""
    kind = chance.random()
    if depth == 0 or kind < 0.15:
        return chance.choice([*NAMES, "2", "I", "0.5", "ones"])
    if kind < 0.55:
        return sentence(chance, depth - 1) + chance.choice(BETWEEN) + sentence(chance, depth - 1)
    if kind < 0.75:
        return f"{chance.choice(FUNCTIONS)}({sentence(chance, depth - 1)})"
    if kind < 0.87:
        return f"({sentence(chance, depth - 1)}){chance.choice(AFTER)}"
    return f"||{sentence(chance, depth - 1)}||{chance.choice(['', '^2', '_1', '_F^2'])}"


def babble(chance):
    """Random signs and words."""
    return " ".join(chance.choice(SCRAPS) for _ in range(chance.randint(1, 9)))


def answer(text, order):
    """Everything that a derivation has to say of `text`, or the error."""
    wrt = next((name for name in NAMES if name in text), "x")
    try:
        found = cr.derive(text, wrt, order=order)
        return str(found), found.ascii, found.latex, found.numpy, found.code(), found.to_dict()
    except cr.ChainruleError as error:
        return error
    except Exception as error:
        raise AssertionError(f"{text!r} by {wrt}, order {order}, crashes") from error


def test_expressions_are_derived_or_refused():
    chance = random.Random(2)
    for _ in range(800):
        text, order = sentence(chance, chance.randint(1, 3)), chance.choice([1, 1, 2])
        found = answer(text, order)
        assert not isinstance(found, cr.UnverifiedError), f"{text!r}, order {order}: {found}"


def test_babble_is_refused_or_read():
    chance = random.Random(1)
    for _ in range(800):
        assert str(answer(babble(chance), 1))
