from importlib import import_module

import numpy as np
import pytest

import chainrule as cr
from chainrule.derivation.objects import jointly
from chainrule.derivation.objects.curve import variables_of
from chainrule.derivation.objects.jointly import verified_jointly

LAYERS = 5
NAMES = ["X", *[f"W{k}" for k in range(LAYERS)], *[f"b{k}" for k in range(LAYERS)]]
SHAPES = {"X": "n d", "Y": "n d", **{name: "d d" if name[0] == "W" else "d" for name in NAMES[1:]}}
LINES = [f"H{k} = tanh({f'H{k - 1}' if k else 'X'} W{k} + ones(n) b{k}^T)" for k in range(LAYERS)]
TEXT = "\n".join([*LINES, f"||H{LAYERS - 1} - Y||^2"])


@pytest.fixture(scope="module")
def gradients():
    return cr.grad(TEXT, NAMES, declare=SHAPES, seal=False)


def check(found, renderings):
    return verified_jointly(found.problem, renderings, variables_of(found), False)


def test_right_gradients_agree_to_all_digits(gradients):
    evidence = check(gradients, gradients.renderings)
    assert evidence.ok and evidence.method == "complex step"
    assert evidence.relative_error < 1e-10


@pytest.mark.parametrize("name", ["X", "W0", "b0", "W2", "b4"])
@pytest.mark.parametrize("factor", [0.0, -1.0, 1 + 1e-5])
def test_one_wrong_gradient_among_many_is_refuted(gradients, monkeypatch, name, factor):
    value = jointly.AtOnce.__call__

    def broken(self, values):
        found = value(self, values)
        return found | {name: factor * np.asarray(found[name])}

    monkeypatch.setattr(jointly.AtOnce, "__call__", broken)
    evidence = check(gradients, gradients.renderings)
    assert not evidence.ok and evidence.refuted


def test_many_variables_are_verified_together_and_few_one_by_one(monkeypatch):
    asked = []
    partials = import_module("chainrule.derivation.objects.partials")  # the package has a function of that name
    monkeypatch.setattr(partials, "verified_jointly", lambda *args: asked.append(args) or verified_jointly(*args))
    assert cr.grad(TEXT, NAMES, declare=SHAPES).verified
    assert cr.grad(TEXT, NAMES[:3], declare=SHAPES).verified
    assert len(asked) == 1
