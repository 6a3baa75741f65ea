import dataclasses
import functools

import numpy as np
import pytest

from chainrule.checking.subject import Failed, Misshapen
from chainrule.checking.subjects import subject_of

import jax
jnp = jax.numpy

X = jnp.array([0.5, -1.0, 2.0])


def slope(subject, seed=0):
    """(uᵀJv by differences in the widest type, as claimed)."""
    rng = np.random.default_rng(seed)
    v = rng.normal(size=subject.x.size)
    h, width = 1e-6, subject.widths[-1]
    difference = (subject.value(subject.x + h * v, width) - subject.value(subject.x - h * v, width)) / (2 * h)
    u = np.ones(1) if subject.kind == "gradient" else rng.normal(size=difference.size)
    if subject.kind == "jvp":
        return float(u @ difference), float(u @ subject.push(subject.x, v))
    return float(u @ difference), float(subject.pull(subject.x, u) @ v)


def agrees(subject, rel=1e-4):
    true, claimed = slope(subject)
    return claimed == pytest.approx(true, rel=rel, abs=1e-5)


def with_vjp(f, backward):
    rule = jax.custom_vjp(f)
    rule.defvjp(lambda *x: (f(*x), x), backward)
    return rule


def square(x):
    return x**2


def cube_rule(tangent):
    @jax.custom_jvp
    def cube(x):
        return x**3

    cube.defjvp(lambda primals, tangents: (cube(primals[0]), tangent(primals[0], tangents[0])))
    return cube


# ---------------------------------------------------------------- what can be checked


def waves(x):
    return jnp.sum(jnp.sin(x))


@pytest.mark.parametrize("f", [waves, jax.jit(waves)], ids=["plain", "jit"])
@pytest.mark.parametrize("at", [X, np.asarray(X)], ids=["jax", "numpy"])
def test_functions_of_jax_are_recognized_and_run_in_float64_too(f, at):
    subject = subject_of(f, at=at)
    assert (subject.framework, subject.kind, subject.widths) == ("jax", "gradient", ("float32", "float64"))
    assert subject.claims_are == "autograd" and agrees(subject)
    assert jnp.ones(1).dtype == jnp.float32 and not jax.config.jax_enable_x64


def test_a_custom_vjp_is_the_person_s_code():
    right = with_vjp(square, lambda kept, g: (2 * kept[0] * g,))
    subject = subject_of(right, at=X)
    assert (subject.kind, subject.claims_are, subject.custom) == ("vjp", "code", ("square",)) and agrees(subject)
    assert not agrees(subject_of(with_vjp(square, lambda kept, g: (kept[0] * g,)), at=X))


def test_a_custom_jvp_is_checked_backward_and_forward():
    cube = cube_rule(lambda x, t: 3 * x**2 * t)
    assert agrees(subject_of(cube, at=X)) and agrees(subject_of(cube, at=X, kind="jvp"))


def test_a_custom_jvp_that_cannot_be_transposed_is_checked_forward():
    subject = subject_of(cube_rule(lambda x, t: 3 * x**2 * t**2), at=X)
    assert subject.kind == "jvp" and not agrees(subject)


def test_pytrees_are_named_by_path():
    def loss(params, X):
        for layer in params:
            X = jnp.tanh(X @ layer["W"] + layer["b"])
        return jnp.mean(X)

    params = [{"W": jnp.ones((3, 2)) / 3, "b": jnp.zeros(2)}, {"W": jnp.ones((2, 1)), "b": jnp.zeros(1)}]
    subject = subject_of(loss, at=(params, jnp.ones((4, 3)) / 2))
    assert [a.name for a in subject.arguments] == [
        "params[0]['W']", "params[0]['b']", "params[1]['W']", "params[1]['b']", "X",
    ] and agrees(subject)  # fmt: skip
    written = subject_of(loss, jax.grad(loss), (params, jnp.ones((4, 3)) / 2))
    assert len(written.arguments) == 4 and written.claims_are == "code" and agrees(written)


def test_registered_classes_are_opened_as_jax_opens_them():
    @jax.tree_util.register_pytree_node_class
    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

        def tree_flatten(self):
            return (self.a, self.b), None

        @classmethod
        def tree_unflatten(cls, _, children):
            return cls(*children)

    @functools.partial(jax.tree_util.register_dataclass, data_fields=["w"], meta_fields=["n"])
    @dataclasses.dataclass
    class Powers:
        w: object
        n: int

    subject = subject_of(lambda p, q: jnp.sum(p.a * p.b + q.w**q.n), at=(Pair(X, X + 1), Powers(X, 3)))
    assert [a.name for a in subject.arguments] == ["p.a", "p.b", "q.w"] and agrees(subject)


def test_half_precision_and_numbers_are_taken_as_they_are():
    half = subject_of(lambda x: jnp.sum(x**3), at=X.astype(jnp.bfloat16))
    assert half.arguments[0].eps == 2.0**-7 and half.widths == ("bfloat16", "float64") and agrees(half, rel=0.03)
    assert agrees(subject_of(lambda x: jnp.sin(x), at=2.0))


def test_numpy_arrays_are_taken_in_as_jax_takes_them():
    subject = subject_of(lambda x: jnp.sum(x**2), at=np.array([0.1, 0.2]))
    assert np.array_equal(subject.x, np.array([0.1, 0.2], dtype=np.float32).astype(float))


def test_where_64_bits_are_allowed_the_function_runs_in_its_own_type():
    with jax.enable_x64(True):
        subject = subject_of(lambda x: jnp.sum(jnp.sin(x)), at=np.array([0.1, 0.2]))
        assert subject.widths == ("float64",) and agrees(subject, rel=1e-7)


def test_a_wider_run_that_draws_other_random_numbers_is_not_used():
    key = jax.random.PRNGKey(0)  # in 64 bits it draws another mask, with as many ones
    subject = subject_of(lambda x: jnp.sum(x * jax.random.bernoulli(key, 0.5, (4,))), at=jnp.ones(4))
    assert subject.widths == ("float32",)


def test_what_has_no_reverse_mode_is_checked_forward():
    def powers(x):
        return jax.lax.while_loop(lambda c: c[1] < 3, lambda c: (c[0] * jnp.sin(x[0]), c[1] + 1), (1.0, 0))[0]

    subject = subject_of(powers, at=X)
    assert subject.kind == "jvp" and agrees(subject)
    assert subject.remarks == ["JAX cannot run this backward: it is checked in forward mode"]


def test_a_slow_function_is_compiled_after_a_few_calls(monkeypatch):
    runs = []

    def f(x):
        runs.append(1)
        return jnp.sum(jnp.sin(x))

    monkeypatch.setattr("chainrule.checking.subjects.jax_in.SLOW", 0.0)
    subject = subject_of(f, at=X)
    assert subject.widths == ("float32", "float64")
    values = [subject.value(subject.x, "float64")[0] for _ in range(9)]
    assert len(runs) < 14 and values == pytest.approx([np.sin(subject.x).sum()] * 9, rel=1e-14)


# ---------------------------------------------------------------- facts about the program


def test_only_the_person_s_own_rules_are_named():
    rule = with_vjp(square, lambda kept, g: (2 * kept[0] * g,))
    subject = subject_of(lambda x: jnp.sum(rule(x)) + jnp.sum(jax.nn.relu(x)) + jax.nn.logsumexp(x), at=X)
    assert subject.custom == ("square",) and not subject.stopped and subject.unreached == ()


def test_stop_gradient_is_seen():
    subject = subject_of(lambda x, w: jnp.sum(x * jax.lax.stop_gradient(w)), at=(X, X))
    assert subject.stopped and subject.unreached == ("w",) and not agrees(subject)


# ---------------------------------------------------------------- order 2


def test_the_second_derivative_of_a_number_is_its_hessian():
    subject = subject_of(lambda x: jnp.sum(x**3), at=X, order=2)
    assert subject.pull(subject.x, np.array([1.0, 0.0, -1.0])).tolist() == [3.0, 0.0, -12.0] and agrees(subject)


def test_a_rule_may_be_right_once_and_wrong_twice():
    frozen = with_vjp(square, lambda kept, g: (2 * jax.lax.stop_gradient(kept[0]) * g,))
    assert agrees(subject_of(frozen, at=X)) and not agrees(subject_of(frozen, at=X, order=2))
    assert agrees(subject_of(with_vjp(square, lambda kept, g: (2 * kept[0] * g,)), at=X, order=2))


# ---------------------------------------------------------------- errors


def failure(subject):
    with pytest.raises((Failed, Misshapen)) as failed:
        subject.pull(subject.x, np.ones(sum(o.size for o in subject.outputs)))
    return failed.value


def test_a_function_that_leaves_jax_is_said():
    subject = subject_of(lambda x: jnp.sum(jnp.asarray(np.sin(np.asarray(x)))), at=X)
    assert failure(subject).what == (
        "JAX cannot differentiate your function: it decides by the values of its arguments, "
        "or hands them to NumPy or `float`"
    )


def test_a_rule_that_forgets_the_sum_over_the_batch_is_misshapen():
    add = with_vjp(lambda x, b: x + b, lambda kept, g: (g, g))
    wrong = failure(subject_of(add, at=(jnp.ones((4, 3)), jnp.ones(3))))
    assert (wrong.argument, wrong.given, wrong.expected) == ("b", (4, 3), (3,))


def test_a_rule_of_a_dict_that_is_misshapen_names_the_entry():
    add = with_vjp(lambda p: p["a"] + p["b"], lambda kept, g: ({"a": g, "b": g},))
    wrong = failure(subject_of(add, at={"a": jnp.ones((4, 3)), "b": jnp.ones(3)}))
    assert (wrong.argument, wrong.given, wrong.expected) == ("p['b']", (4, 3), (3,))


def test_an_error_of_the_rule_is_the_claim_s():
    def bad(kept, g):
        raise ValueError("not today")

    failed = failure(subject_of(with_vjp(square, bad), at=X))
    assert failed.part == "claim"
    assert failed.what.startswith("the derivative of `square` raised ValueError: not today at line ")
