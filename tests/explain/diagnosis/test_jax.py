"""The record of a JAX function: values and gradients as `jax.grad` has them, names of the pytree, kinds, what-ifs, nothing touched."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, LimitError, TraceError
from chainrule.explain.diagnosis.jax import read_function
from chainrule.explain.diagnosis.record import Change
from tests.explain.diagnosis.corpus import jax_nets

NETS = jax_nets.BROKEN + jax_nets.HEALTHY_ONES
LARGE = ("CNN", "residual", "depth 50", "block")  # compared in float32, whose operations other tests need compiled as well
WIDE = [i for i in NETS if not any(word in i.name for word in LARGE)][::2]
WIDE += [i for i in NETS if i.cause == jax_nets.EXPLODING and i not in WIDE]  # float32 has no digits left for these


def read(net):
    return read_function(net.function, net.loss, net.batch, net.params)


def leaves(tree, root="params"):
    return {root + jax.tree_util.keystr(path): np.asarray(x, dtype=float) for path, x in jax.tree_util.tree_flatten_with_path(tree)[0]}


def same(values, x, rel):
    """Whether statistics are those of an array: norm, mean, extremes, shape, how many entries are no numbers."""
    assert values.shape == x.shape and values.nans == np.isnan(x).sum() and values.infinities == np.isinf(x).sum()
    fine = x[np.isfinite(x)]
    scale = float(np.sqrt((fine**2).sum()))
    assert values.norm == pytest.approx(scale, rel=rel, abs=1e-30)
    if fine.size:
        assert values.mean == pytest.approx(float(fine.mean()), rel=10 * rel, abs=10 * rel * scale)
        assert values.biggest == pytest.approx(float(fine.max()), rel=10 * rel, abs=10 * rel * scale)
        assert values.smallest == pytest.approx(float(fine.min()), rel=10 * rel, abs=10 * rel * scale)


@pytest.mark.parametrize("item", WIDE, ids=str)
def test_loss_and_gradients_are_those_of_jax(item):
    """In float64, of every second small network and all that explode: to rounding of sums of a few thousand terms. XLA compiles everything anew for another precision."""
    with jax.enable_x64(True):
        net = item.make()
        wide = lambda tree: jax.tree_util.tree_map(lambda x: jnp.asarray(x, jnp.float64), tree)  # noqa: E731
        net = net._replace(params=wide(net.params), batch=wide(net.batch))
        loss, found = jax.value_and_grad(net.function)(net.params, *net.batch)
        reading = read(net)
    assert reading.precision == "float64"
    assert reading.loss == pytest.approx(float(loss), rel=1e-9, nan_ok=True)
    for name, g in leaves(found).items():
        mine = reading.parameters[name].gradient
        if mine is None:
            assert not g.any()  # JAX fills zeros in
        else:
            same(mine, g, 1e-9)


@pytest.mark.parametrize("item", [i for i in NETS if i.cause != jax_nets.EXPLODING and i not in WIDE], ids=str)
def test_in_float32_they_agree_to_its_rounding(item):
    net = item.make()
    loss, found = jax.value_and_grad(net.function)(net.params, *net.batch)
    reading = read(net)
    assert reading.precision == "float32" and reading.loss == pytest.approx(float(loss), rel=1e-5, nan_ok=True)
    for name, g in leaves(found).items():
        mine = reading.parameters[name].gradient
        if mine is not None and np.isfinite(g).all():
            assert mine.norm == pytest.approx(float(np.linalg.norm(g)), rel=2e-5)


def test_the_gradient_at_a_layer_is_that_of_an_offset_added_there():
    net = jax_nets.healthy_mlp()
    shapes = [(32, 32), (32, 32)]

    def with_offsets(offsets, params, x, y):
        layers = jax_nets.in_order(params)
        for layer, (before, after) in zip(layers, offsets):
            x = jnp.tanh(x @ layer["w"] + layer["b"] + before) + after
        return jax_nets.mse(x @ layers[-1]["w"] + layers[-1]["b"], y)

    zeros = [(jnp.zeros(s), jnp.zeros(s)) for s in shapes]
    found = jax.grad(with_offsets)(zeros, net.params, *net.batch)
    reading = read(net)
    for k, (before, after) in enumerate(found, 1):
        assert reading.layer(f"lin{k}").gradient.norm == pytest.approx(float(jnp.linalg.norm(before)), rel=1e-5)
        act = reading.layer(f"lin{k} tanh")
        assert act.gradient.norm == pytest.approx(float(jnp.linalg.norm(after)), rel=1e-5)
        assert act.passed[f"lin{k}"].norm == pytest.approx(float(jnp.linalg.norm(before)), rel=1e-5)


def test_layers_have_the_names_of_the_pytree_kinds_and_the_lines_of_the_user():
    reading = read(jax_nets.healthy_mlp())
    lin1, tanh = reading.layer("lin1"), reading.layer("lin1 tanh")
    assert (lin1.kind, lin1.parameters, lin1.inputs) == ("linear", ("params['lin1']['w']", "params['lin1']['b']"), ("x",))
    assert (tanh.kind, tanh.operation, tanh.inputs) == ("elementwise", "tanh", ("lin1",))
    assert tanh.where.startswith("jax_nets.py:") and reading.framework == "jax"
    weights = reading.parameters["params['lin2']['w']"]
    assert (weights.fan_in, weights.fan_out) == (32, 32)


def test_softmax_attention_normalisation_and_gelu_are_seen_as_what_they_are():
    reading = read(jax_nets.healthy_transformer())
    kinds = {layer.name: layer.kind for layer in reading.layers}
    assert kinds["attention.key softmax"] == "softmax" and kinds["up gelu"] == "elementwise" and kinds["head log_softmax"] == "softmax"
    assert kinds["attention.key matmul"] == "product" and kinds["attention.query"] == "linear"
    assert "normalisation" in kinds.values()
    weights = reading.layer("attention.key softmax")
    assert 1 / 12 < weights.probability < 0.9


def test_a_scan_is_one_layer_for_each_step_of_time():
    reading = read(jax_nets.vanishing_recurrent())
    steps = [layer for layer in reading.layers if layer.kind == "recurrent"]
    assert [s.call for s in steps] == list(range(1, 31)) and {s.module for s in steps} == {"cell"}
    assert all(0.2 < s.factors[f"cell step {s.call - 1}"] < 0.31 for s in steps[1:])  # of an orthogonal matrix times 0.3, and tanh′
    assert reading.parameters["params['cell']['w_hh']"].radius == pytest.approx(0.3, rel=1e-5)


def test_a_scan_over_stacked_parameters_is_depth_and_its_layers_stand_for_themselves():
    rng = np.random.default_rng(0)
    params = {"blocks": {"w": jnp.asarray(rng.normal(size=(4, 6, 6)) / 2.4)}, "head": jnp.ones((6, 1))}

    def loss(params, x):
        h, _ = jax.lax.scan(lambda h, p: (jnp.tanh(h @ p["w"]), None), x, params["blocks"])
        return jnp.mean(h @ params["head"])

    reading = read_function(loss, None, jnp.ones((3, 6)), params)
    assert sum(layer.operation == "tanh" for layer in reading.layers) == 4
    assert not [layer for layer in reading.layers if layer.kind == "recurrent"]
    same(reading.parameters["params['blocks']['w']"].gradient, np.asarray(jax.grad(loss)(params, jnp.ones((3, 6)))["blocks"]["w"]), 1e-5)


def test_jit_checkpoint_cond_vmap_and_rules_of_the_users_own_are_run_through():
    @jax.custom_vjp
    def doubled_back(x):
        return x * 1.0

    doubled_back.defvjp(lambda x: (x, None), lambda _, g: (2 * g,))

    @jax.jit
    def layer(p, x):
        return jax.checkpoint(lambda x: jnp.sin(x @ p))(x)

    def loss(params, x, flag):
        h = jax.vmap(lambda row: layer(params["a"], row))(x)
        h = jax.lax.cond(flag > 0, lambda h: doubled_back(h), lambda h: 3 * h, h)
        h = jax.lax.fori_loop(0, 3, lambda _, h: jnp.cos(h), h)
        return jnp.sum(jnp.where(h > 0.5, h, h**2) @ params["b"]), {"aux": h}

    rng = np.random.default_rng(1)
    params = {"a": jnp.asarray(rng.normal(size=(4, 4)), jnp.float32), "b": jnp.asarray(rng.normal(size=4), jnp.float32)}
    batch = jnp.asarray(rng.normal(size=(5, 4)), jnp.float32), jnp.asarray(1)
    reading = read_function(loss, None, batch, params)
    (value, _), g = jax.value_and_grad(loss, has_aux=True)(params, *batch)
    assert reading.loss == pytest.approx(float(value), rel=1e-5)
    for name, x in leaves(g).items():
        same(reading.parameters[name].gradient, x, 1e-4)


class Weights(NamedTuple):
    w: jax.Array
    b: jax.Array


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Model:
    first: Weights
    rest: list


def test_lists_named_tuples_and_dataclasses_are_pytrees_and_give_names():
    model = Model(Weights(jnp.ones((2, 3)) * 0.3, jnp.zeros(3)), [jnp.ones((3, 1)) * 0.2])
    loss = lambda model, batch: jnp.mean((jnp.tanh(batch[0] @ model.first.w + model.first.b) @ model.rest[0] - batch[1]) ** 2)  # noqa: E731
    reading = read_function(loss, None, (jnp.ones((4, 2)), jnp.ones((4, 1))), model)
    assert list(reading.parameters) == ["model.first.w", "model.first.b", "model.rest[0]"]
    assert [layer.name for layer in reading.layers if layer.kind == "linear"] == ["first", "rest.0"]


def test_half_precision_is_kept_and_said():
    params = {"w": jnp.full((3, 2), 100.0, jnp.float16)}
    loss = lambda params, x: jnp.sum(jnp.exp(x @ params["w"]).astype(jnp.float32))  # noqa: E731
    reading = read_function(loss, None, jnp.ones((4, 3), jnp.float16), params)
    assert reading.precision == "float16" and reading.layer("w exp").value.infinities == 8


def test_a_function_and_a_loss_apart_are_the_function_of_both():
    rng = np.random.default_rng(2)
    params, x, y = {"w": jnp.asarray(rng.normal(size=(3, 1)))}, jnp.asarray(rng.normal(size=(5, 3))), jnp.asarray(rng.normal(size=(5, 1)))
    apart = read_function(lambda params, x: x @ params["w"], jax_nets.mse, (x, y), params)
    together = read_function(lambda params, x, y: jax_nets.mse(x @ params["w"], y), None, (x, y), params)
    assert apart.loss == together.loss
    assert apart.parameters["params['w']"].gradient == together.parameters["params['w']"].gradient


# ---------------------------------------------------------------- what-ifs


def test_a_what_if_is_the_changed_network_run_again():
    net = jax_nets.saturated_sigmoids()
    reading = read(net)
    scaled = reading.rerun(Change("scale", "params['lin1']['w']", 0.1))
    params = {**net.params, "lin1": {**net.params["lin1"], "w": net.params["lin1"]["w"] * 0.1}}
    assert scaled.loss == pytest.approx(float(net.function(params, *net.batch)), rel=1e-5)
    tanh = reading.rerun(*[Change("activation", f"lin{k} sigmoid", "tanh") for k in (1, 2)])
    assert tanh.loss == pytest.approx(float(jax_nets.mlp(jnp.tanh)(net.params, *net.batch)), rel=1e-5)
    x, y = net.batch
    flat = reading.rerun(Change("scale-input", "x"))
    assert flat.loss == pytest.approx(float(net.function(net.params, (x - x.mean(0)) / x.std(0), y)), rel=1e-4)
    assert reading.rerun(Change("divide-loss", "", 0.5)).loss == pytest.approx(reading.loss / 2)
    assert reading.rerun(Change("activation", "nowhere", "tanh")) is None
    assert reading.rerun(Change("attach", "lin1", None)) is None


def test_normalisation_and_residual_are_put_where_they_are_asked_for():
    net = jax_nets.healthy_mlp()
    reading = read(net)

    def by_hand(params, x, y, normal):
        a, b, c = jax_nets.in_order(params)
        h = jnp.tanh(x @ a["w"] + a["b"])
        z = h @ b["w"] + b["b"]
        z = (z - z.mean(1, keepdims=True)) / jnp.sqrt(z.var(1, keepdims=True) + 1e-5) if normal else z + h
        return jax_nets.mse(jnp.tanh(z) @ c["w"] + c["b"], y)

    for kind, normal in (("normalise", True), ("residual", False)):
        found = reading.rerun(Change(kind, "lin2"))
        loss, g = jax.value_and_grad(by_hand)(net.params, *net.batch, normal)
        assert found.loss == pytest.approx(float(loss), rel=1e-5)
        assert found.parameters["params['lin1']['w']"].gradient.norm == pytest.approx(float(jnp.linalg.norm(g["lin1"]["w"])), rel=1e-4)


def test_a_cut_is_attached_and_a_root_is_kept_off_zero():
    reading = read(jax_nets.detached_branch())
    assert reading.parameters["params['encoder']['w']"].gradient is None
    attached = reading.rerun(Change("attach", "encoder stop_gradient"))
    assert attached.parameters["params['encoder']['w']"].gradient.norm > 0.01 and attached.loss == pytest.approx(reading.loss)
    reading = read(jax_nets.nan_in_backward())
    clamped = reading.rerun(Change("clamp", "lin2 sqrt", 1e-12))
    assert reading.parameters["params['lin1']['w']"].gradient.nans and not clamped.parameters["params['lin1']['w']"].gradient.bad


def test_what_is_given_is_left_as_it_was_and_the_same_answer_comes_twice():
    net = jax_nets.healthy_transformer()
    before = jax.tree_util.tree_map(lambda x: np.array(x), net.params)
    state = np.random.get_state()[1].copy()
    one, other = read(net), read(net)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree_util.tree_leaves(before), jax.tree_util.tree_leaves(net.params)))
    assert (np.random.get_state()[1] == state).all()
    assert one.loss == other.loss and [x.gradient for x in one.layers] == [x.gradient for x in other.layers]


# ---------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    "function, loss, batch, params, kind",
    [
        (lambda p, x: x @ p, None, jnp.ones((3, 2)), jnp.ones((2, 2)), TraceError),  # no number
        (lambda p, x: x @ p, None, jnp.ones((3, 5)), jnp.ones((2, 2)), TraceError),  # shapes
        (lambda p, x: jnp.sum(x) if p[0] > 0 else 0.0, None, jnp.ones(3), jnp.ones(2), TraceError),  # branches on values
        (lambda p, x: None, None, jnp.ones(3), jnp.ones(2), TraceError),
        (lambda p, x: jnp.sum(p) * 1.0, None, jnp.ones(3), jnp.ones(2, int), DeclarationError),
        (lambda p, x: jnp.sum(p), None, jnp.ones(3), {}, DeclarationError),
        (lambda p, x: jnp.sum(p), None, jnp.ones(3), {"w": "words"}, DeclarationError),
        (lambda p, x: jnp.sum(p), None, "words", jnp.ones(2), DeclarationError),
        (lambda p, x: jnp.sum(p), "mse", jnp.ones(3), jnp.ones(2), DeclarationError),
        (lambda p, x: jax.lax.scan(lambda c, _: (c * p, None), 1.0, None, length=10**6)[0], None, jnp.ones(3), jnp.ones(()), LimitError),
    ],
)
def test_wrong_input_is_told_in_four_parts(function, loss, batch, params, kind):
    with pytest.raises(kind) as caught:
        cr.diagnose(function, loss, batch, params)
    assert caught.value.expected


def test_losses_by_name_are_those_of_pytorch():
    from chainrule.explain.diagnosis.jax_losses import LOSSES, loss_called
    from chainrule.explain.diagnosis.torch import loss_called as of_torch

    rng = np.random.default_rng(0)
    p = rng.normal(size=(9, 4)).astype("float32")
    for name in LOSSES:
        y = rng.integers(0, 4, 9) if name == "cross_entropy" else rng.uniform(size=(9, 4)).astype("float32")
        assert float(loss_called(jax, name)(jnp.asarray(p), jnp.asarray(y))) == pytest.approx(float(of_torch(name)(torch.tensor(p), torch.tensor(y))), rel=1e-5)
    with pytest.raises(ChainruleError, match="did you mean `cross_entropy`"):
        loss_called(jax, "crossentropy")


def test_the_same_operations_in_two_precisions_are_compiled_apart():
    """The −∞ of a softmax in float32 is no number for float64."""
    net = jax_nets.healthy_transformer()
    narrow = read(net)
    with jax.enable_x64(True):
        wide = lambda tree: jax.tree_util.tree_map(lambda x: jnp.asarray(x, jnp.float64), tree)  # noqa: E731
        assert read(net._replace(params=wide(net.params), batch=wide(net.batch))).loss == pytest.approx(narrow.loss, rel=1e-5)
