"""Names for the weights of a module."""

import pytest

from chainrule.syntax.frameworks.weights import weight_names

LAYER = {"weight": (3, 4), "bias": (3,)}
NORM = {"weight": (3,), "bias": (3,)}


def paths(**layers):
    """Path → shape, of layers by their names."""
    return {f"{owner}.{part}" if owner else part: shape for owner, layer in layers.items() for part, shape in layer.items()}


@pytest.mark.parametrize(
    "shapes, names",
    [
        ({"weight": (3, 4), "bias": (3,)}, ["W", "b"]),
        ({"weight": (3,), "bias": (3,)}, ["gamma", "beta"]),
        ({"weight": (3,)}, ["gamma"]),
        (paths(fc1=LAYER, fc2=LAYER), ["W1", "b1", "W2", "b2"]),
        ({f"{k}.{p}": s for k, layer in ((0, LAYER), (2, NORM), (4, LAYER)) for p, s in layer.items()}, ["W1", "b1", "gamma2", "beta2", "W3", "b3"]),
        (paths(encoder=LAYER, decoder=LAYER), ["W_encoder", "b_encoder", "W_decoder", "b_decoder"]),
        ({"weight_ih": (6, 3), "weight_hh": (6, 2), "bias_ih": (6,), "bias_hh": (6,)}, ["W_ih", "W_hh", "b_ih", "b_hh"]),
        ({"in_proj_weight": (12, 4), "in_proj_bias": (12,)}, ["W_in", "b_in"]),
        ({"A": (2, 4), "linear.weight": (3, 4), "log_sigma": ()}, ["A", "W_linear", "log_sigma"]),
        ({"a.fc.weight": (3, 4), "b.fc.weight": (3, 4)}, ["W_a_fc", "W_b_fc"]),
        ({"0.running_mean": (3,), "0.running_var": (3,)}, ["mu", "v"]),
    ],
)
def test_names_are_as_short_as_tells_the_weights_apart(shapes, names):
    assert list(weight_names(shapes, set()).values()) == names


def test_a_name_of_a_parameter_is_not_given_twice():
    assert weight_names({"weight": (3, 4), "bias": (3,)}, {"W", "bias"}) == {"weight": "weight", "bias": "b"}
    assert weight_names({"weight": (3, 4)}, {"W", "weight"}) == {"weight": "weight_"}
