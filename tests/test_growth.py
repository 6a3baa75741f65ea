"""Deep networks: the work grows as the depth does, and what comes out is right."""

import gc
import sys

import numpy as np
import pytest

import chainrule as cr


def network(layers: int, norm: bool = False):
    """(function, shapes, variables) of tanh layers, each normalised if wanted, and a square loss."""
    names = [f"{letter}{k}" for k in range(layers) for letter in "Wb"]
    lines = [f"def f(X, Y, {', '.join(names)}):", "    A = X"]
    for k in range(layers):
        lines.append(f"    A = np.tanh(A @ W{k} + b{k})")
        if norm:
            lines.append("    A = (A - A.mean(axis=1, keepdims=True)) / np.sqrt(A.var(axis=1, keepdims=True) + 1e-5)")
    space = {"np": np}
    exec("\n".join([*lines, "    return np.sum((A - Y)**2)"]), space)
    shapes = {"X": "n d", "Y": "n d", **{name: "d d" if name[0] == "W" else "d" for name in names}}
    return space["f"], shapes, ["X", *names]


def in_text(layers: int):
    """(text, declaration, variables) of the same network as let-lines."""
    lines = [f"H{k} = tanh({f'H{k - 1}' if k else 'X'} W{k} + ones(n) b{k}^T)" for k in range(layers)]
    _, shapes, names = network(layers)
    return "\n".join([*lines, f"||H{layers - 1} - Y||^2"]), shapes, names


def calls(work) -> int:
    """How many functions are called by `work`."""
    count = 0

    def counted(frame, event, arg):
        nonlocal count
        count += event == "call"

    gc.collect()
    gc.disable()  # when nodes are collected, and their entries removed, is left to chance
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def traced_gradients(layers: int, norm: bool, seal: bool = False):
    f, shapes, names = network(layers, norm)
    return cr.grad(cr.trace(f, **shapes), names, seal=seal)


def text_gradients(layers: int):
    text, shapes, names = in_text(layers)
    return cr.grad(text, names, declare=shapes, seal=False)


GROWING = {
    "gradients": lambda n: traced_gradients(n, False),
    "gradients through normalisation": lambda n: traced_gradients(n, True),
    "gradients of let-lines": text_gradients,
    "programs": lambda n: traced_gradients(n, False).compile(),
    "programs of normalised layers": lambda n: traced_gradients(n, True).compile(),
    "the check": lambda n: traced_gradients(n, False, seal=True),
    "the text": lambda n: traced_gradients(n, False).text,
    "the text of normalised layers": lambda n: traced_gradients(n, True).text,
    "a file that checks itself": lambda n: traced_gradients(n, False).code(),
    "the gradient of the first layer": lambda n: cr.grad(cr.trace(network(n)[0], **network(n)[1]), "W0", seal=False).compile(),
    "Hessian-vector products": lambda n: cr.hvp(cr.trace(network(n)[0], **network(n)[1]), "W0", seal=False),
}


@pytest.mark.parametrize("what", GROWING)
def test_twice_the_layers_are_twice_the_work(what):
    work = GROWING[what]
    work(2)  # what is done once
    few, many = calls(lambda: work(12)), calls(lambda: work(24))
    assert many <= 2.4 * few


def point(layers: int, rng) -> dict:
    _, _, names = network(layers)
    values = {"X": rng.normal(size=(3, 4)), "Y": rng.normal(size=(3, 4))}
    for name in names[1:]:
        values[name] = rng.normal(size=(4, 4)) * 0.7 if name[0] == "W" else rng.normal(size=4) * 0.3
    return values


@pytest.mark.parametrize("norm", [False, True])
def test_257_gradients_of_128_layers_are_those_of_the_complex_step(norm):
    f, _, names = network(128, norm)
    found = traced_gradients(128, norm)
    assert len(found.pieces) == 257
    values = point(128, np.random.default_rng(0))
    gradients = found.compile()(**values)
    for name in ("X", "W0", "b0", "W1", "W63", "b64", "b126", "W127", "b127"):
        at = (1,) * values[name].ndim
        moved = values | {name: values[name].astype(complex)}
        moved[name][at] += 1e-30j
        expected = plain(moved, norm).imag / 1e-30
        assert gradients[name][at] == pytest.approx(expected, rel=1e-9, abs=1e-300), name


def plain(values: dict, norm: bool):
    """The network by NumPy at complex numbers, where `np.var` would take an absolute value."""
    a, k = values["X"], 0
    while f"W{k}" in values:
        a = np.tanh(a @ values[f"W{k}"] + values[f"b{k}"])
        if norm:
            centred = a - a.mean(axis=1, keepdims=True)
            a = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        k += 1
    return np.sum((a - values["Y"]) ** 2)


def test_the_program_of_a_deep_gradient_forms_nothing_larger_than_layers_and_weights():
    """Masks and weights of many layers in one product are contracted along the chain, not with one another."""
    f, shapes, _ = network(6)
    source = cr.grad(cr.trace(f, **shapes), "W0", seal=False).compile().source
    assert "d × d × d" not in source and "× d × d " not in source.replace("# d × d", "#")


def test_layers_share_what_they_have_in_common():
    source = traced_gradients(8, False).compile().source
    assert source.count("np.tanh(") == 8
    assert source.count(" @ ") == 3 * 8  # forward, and backward to the layer before and to the weights
