"""JAX functions as people write them: their gradients agree with jax.grad, and their formulas look as a textbook's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.numeric import draw

CASES = {}


def case(wrt, text=None, **shapes):
    """A function to be derived in `wrt`; `text` is what the gradient shall read as."""

    def enter(function):
        CASES[function.__name__] = (function, wrt, text, shapes)
        return function

    return enter


@case("w", "Xᵀ(σ(Xw) − y)/n", w="d", X="n d", y="n labels01")
def logistic_regression(w, X, y):
    z = X @ w
    return jnp.mean(jax.nn.softplus(z) - y * z)


@case("w", "2Xᵀ(Xw − y)/n + 2λw", w="d", X="n d", y="n", lam="positive")
def ridge(w, X, y, lam):
    return jnp.mean((X @ w - y) ** 2) + lam * jnp.sum(w**2)


@case("W", "Xᵀ(softmax(XW) − Y)/n", W="d k", X="n d", Y="n k onehot")
def softmax_regression(W, X, Y):
    return -jnp.mean(jnp.sum(Y * jax.nn.log_softmax(X @ W), axis=-1))


@case("W1", params={"W1": "d h", "b1": "h", "W2": "h k", "b2": "k"}, X="n d", Y="n k onehot")
def mlp_cross_entropy(params, X, Y):
    h = jnp.tanh(X @ params["W1"] + params["b1"])
    z = h @ params["W2"] + params["b2"]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - jnp.sum(Y * z, axis=1))


@case("Q", Q="n d", K="m d", V="m p")
def attention(Q, K, V):
    scores = Q @ K.T / jnp.sqrt(Q.shape[-1])
    return jnp.sum(jax.nn.softmax(scores, axis=-1) @ V)


@case("Q", Q="n d", K="n d", V="n p")
def causal_attention(Q, K, V):
    scores = Q @ K.T * Q.shape[-1] ** -0.5
    mask = jnp.tril(jnp.ones((Q.shape[0], Q.shape[0]), dtype=bool))
    return jnp.sum((jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1) @ V) ** 2)


@case("x", x="n d", g="d", b="d", y="n d")
def layer_norm(x, g, b, y, eps=1e-5):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return jnp.sum((g * (x - mean) / jnp.sqrt(var + eps) + b) * y)


@case("x", x="n d", g="d", y="n d")
def rms_norm(x, g, y):
    return jnp.sum(y * g * x * jax.lax.rsqrt(jnp.mean(x**2, -1, keepdims=True) + 1e-6))


@case("S", "(S⁻¹ − S⁻¹(x − μ)(x − μ)ᵀS⁻¹)/2", mu="d", S="d d posdef", x="d")
def gaussian_nll(mu, S, x):
    r = x - mu
    return 0.5 * (r @ jnp.linalg.solve(S, r) + jnp.linalg.slogdet(S)[1] + x.shape[0] * jnp.log(2 * jnp.pi))


@case("mu", X="n d", mu="k d", logits="k", s="positive")
def gaussian_mixture(X, mu, logits, s):
    square = jnp.sum((X[:, None, :] - mu[None, :, :]) ** 2, axis=-1)
    log_p = jax.nn.log_softmax(logits) - square / (2 * s**2)
    return -jnp.mean(jax.nn.logsumexp(log_p, axis=1))


@case("mu", "Wᵀ(W(eps ⊙ exp(lv/2) + μ) − x) + μ", x="d", mu="h", lv="h", eps="h", W="d h")
def vae(x, mu, lv, eps, W):
    z = mu + jnp.exp(0.5 * lv) * eps
    kl = -0.5 * jnp.sum(1 + lv - mu**2 - jnp.exp(lv))
    return 0.5 * jnp.sum((x - W @ z) ** 2) + kl


@case("A", A="n d", B="n d", t="positive")
def info_nce(A, B, t):
    a = A / jnp.linalg.norm(A, axis=1, keepdims=True)
    b = B / jnp.linalg.norm(B, axis=1, keepdims=True)
    logits = a @ b.T / t
    return -jnp.mean(jnp.diag(jax.nn.log_softmax(logits, axis=1)))


@case("A", W="k d", A="r d", B="k r", x="n d", y="n k")
def lora(W, A, B, x, y, alpha=16.0):
    return jnp.mean((x @ (W + alpha * B @ A).T - y) ** 2)


@case("X", X="n d", Y="m d", s="positive")
def rbf_kernel(X, Y, s):
    square = jnp.sum(X**2, 1)[:, None] + jnp.sum(Y**2, 1)[None, :] - 2 * X @ Y.T
    return jnp.sum(jnp.exp(-square / (2 * s**2)))


@case("h", x="d", h="h", Wr="h d", Ur="h h", Wz="h d", Uz="h h", Wn="h d", Un="h h", v="h")
def gru_cell(x, h, Wr, Ur, Wz, Uz, Wn, Un, v):
    r = jax.nn.sigmoid(Wr @ x + Ur @ h)
    z = jax.nn.sigmoid(Wz @ x + Uz @ h)
    n = jnp.tanh(Wn @ x + r * (Un @ h))
    return v @ ((1 - z) * n + z * h)


@case("W", X="n d", W="d k")
def gelu_layer(X, W):
    return jnp.sum(jax.nn.gelu(X @ W) + jax.nn.gelu(X @ W, approximate=False) + jax.nn.silu(X @ W))


@case("W", X="n d", w="k", W="d k", y="n labelspm1")
def hinge_of_features(X, w, W, y):
    return jnp.mean(jax.nn.relu(1 - y * (jax.nn.relu(X @ W) @ w))) + jnp.sum(jnp.abs(W))


@case("w", w="d", X="n d", y="n")
def huber(w, X, y):
    r = X @ w - y
    return jnp.sum(jnp.where(jnp.abs(r) <= 1.0, 0.5 * r**2, jnp.abs(r) - 0.5))


@case("x", x="n")
def smoothness(x):
    return jnp.sum((x[1:] - x[:-1]) ** 2) + jnp.sum(jnp.cumsum(x)) + x[0] * x[-1]


@case("x", A="n n", x="n")
def power_iteration(A, x):
    def turn(k, x):
        return A @ x / jnp.linalg.norm(A @ x)

    x = jax.lax.fori_loop(0, 2, turn, x)
    return x @ A @ x


@case("W", W="d k", X="n d")
def vmapped(W, X):
    return jnp.mean(jax.vmap(lambda x: jnp.sum(jnp.sin(x @ W)) ** 2)(X))


@case("x", x="n")
def safe_logarithm(x):
    return jnp.sum(jnp.where(x > 0, x * jnp.log(jnp.where(x > 0, x, 1.0)), 0.0))


@pytest.fixture(scope="module")
def derived():
    """Each case, derived once."""
    found = {}

    def get(name):
        if name not in found:
            function, wrt, _, shapes = CASES[name]
            found[name] = cr.derive(cr.from_jax(function, **shapes), wrt)
        return found[name]

    return get


def arguments(shapes, values):
    """The arguments of a case: `values` by parameter, those of a dict in a dict."""
    return {p: {k: values[k] for k in said} if isinstance(said, dict) else values[p] for p, said in shapes.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_agrees_with_jax(name, derived):
    d = derived(name)
    assert d.verified and d.seal.called == 3
    function, wrt, _, shapes = CASES[name]
    _, values = draw([v[:3] for v in d.problem.every.values()], 1, seed=5)
    with jax.enable_x64(True):
        at = {n: jnp.asarray(v) for n, v in values.items()}
        expected = jax.jit(jax.grad(lambda x: function(**arguments(shapes, at | {wrt: x}))))(at[wrt])
    np.testing.assert_allclose(d.compile()(**values), np.asarray(expected), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, (_, _, text, _) in CASES.items() if text])
def test_the_formula_reads_as_a_textbook_has_it(name, derived):
    assert derived(name).text == CASES[name][2]


# ------------------------------------------------------------------ what is refused, and how


def branch(x):
    if x > 0:
        return x
    return -x


def boolean_index(x):
    return jnp.sum(x[x > 0])


def through_numpy(x):
    return jnp.sum(np.exp(x))


def half(x):
    return jnp.sum(x.astype(jnp.float16))


def rounded(x):
    return jnp.sum(x.astype(int))


def contradicting(X, w):
    return jnp.sum(X @ w)


def pair(x):
    return jnp.sum(x), x


def noisy(x):
    return jnp.sum(x * jax.random.normal(jax.random.key(0), x.shape))


def picking(z, y):
    return -jnp.mean(z[jnp.arange(z.shape[0]), y])


def written(x):
    return jnp.sum(x.at[0].set(1.0))


def until(x):
    return jax.lax.while_loop(lambda x: x < 3, lambda x: x * 2, x)


def long_loop(x):
    return jax.lax.scan(lambda c, a: (c * 0.5 + a, c), 0.0, x)[0]


def counted(x):
    return sum(x[i] ** 2 for i in range(x.shape[0]))


def asks_for_size(x):
    return jnp.sum(x) if x.shape[0] > 10 else jnp.max(x)


def ordered(x):
    return jnp.sort(x)[0]


def failing(x):
    return 1 / 0


C = np.random.default_rng(0).normal(size=(100, 3))


def closed_over(w):
    return jnp.sum(jnp.asarray(C) @ w)


A_FUNCTION = "a function that has a formula and a derivative here"
NOISE = "draw the noise outside, and make it a parameter: eps"
ONEHOT = 'with labels one-hot, Y="n k onehot", jnp.sum(Y * log_p, axis=1) takes the same entries'
REFUSED = [  # function, shapes, problem, given (the first line; then the person's own line), expected, fix
    (branch, {"x": "scalar"}, "TraceError: `branch` branches on the values of an array, which no formula can say",
     "Attempted boolean conversion of traced array with shape bool[].", "if x > 0:", "operations on whole arrays",
     "jnp.where(condition, a, b) chooses entry by entry"),
    (boolean_index, {"x": "n"}, "TraceError: `boolean_index` selects entries by their values, which no formula can say",
     "Array boolean indices must be concrete; got bool[n]", "x[x > 0]", "operations on whole arrays", "jnp.where(condition, a, 0) keeps the shape"),
    (through_numpy, {"x": "n"}, "TraceError: `through_numpy` hands an array to NumPy, which no formula can say",
     "The numpy.ndarray conversion method __array__() was called on traced array with shape float64[n]", "np.exp(x)",
     "operations on whole arrays", "write jnp for np: a function of jax.numpy can be traced"),
    (half, {"x": "n"}, "NoRuleError: half precision is not available", None, "x.astype(jnp.float16)", A_FUNCTION,
     "leave the conversion to float16 out: what is derived here is exact"),
    (rounded, {"x": "n"}, "NoRuleError: rounding to whole numbers is not available", None, "x.astype(int)", A_FUNCTION,
     "leave it out: its derivative is zero or does not exist"),
    (contradicting, {"X": "n d", "w": "k"}, "ShapeError: the shapes do not fit what `contradicting` does",
     "dot_general requires contracting dimensions to have the same shape, got (d,) and (k,).", "X @ w", "shapes for which the function runs", None),
    (pair, {"x": "n"}, "TraceError: `pair` does not return one array", "a tuple of 2 arrays", None,
     "a function whose value is one array", "lambda …: pair(…)[0] is its first value"),
    (noisy, {"x": "n"}, "NoRuleError: `random_seed` is not available", None, "jax.random.key(0)", A_FUNCTION, NOISE),
    (picking, {"z": "n k", "y": "n"}, "NoRuleError: `picking` takes entries at places that an array holds",
     "Indexer must have integer or boolean type, got indexer with type float64", "z[jnp.arange(z.shape[0]), y]",
     "places that are numbers, or labels as 0 and 1", ONEHOT),
    (written, {"x": "n"}, "NoRuleError: `scatter` is not available", None, "x.at[0].set(1.0)", A_FUNCTION, "jnp.where(mask, a, b) replaces entries"),
    (until, {"x": "scalar"}, "NoRuleError: `while` is not available", None, "while_loop", A_FUNCTION,
     "jax.lax.fori_loop with numbers for its ends, or operations on whole arrays"),
    (long_loop, {"x": "n"}, "NoRuleError: a loop of n turns is not available", None, "scan", A_FUNCTION,
     "operations on whole arrays, or a number of turns up to 64"),
    (counted, {"x": "n"}, "TraceError: `counted` counts by a size, or computes with it",
     "'_DimExpr' object cannot be interpreted as an integer", "range(x.shape[0])", "sizes that stay names",
     'whole arrays do what a loop does; or give that size as a number: X="n 8"'),
    (asks_for_size, {"x": "n"}, "TraceError: `asks_for_size` asks a question of a size that depends on the size, which no formula can say",
     "Symbolic dimension comparison 'n' > '10' is inconclusive.", "x.shape[0] > 10", "operations on whole arrays",
     'give that size as a number: X="n 8"'),
    (ordered, {"x": "n"}, "NoRuleError: `sort` is not available", None, "jnp.sort(x)", A_FUNCTION, "jnp.max and jnp.sum need no order"),
    (failing, {"x": "n"}, "TraceError: `failing` cannot be run with the shapes that are declared",
     "ZeroDivisionError: division by zero", "1 / 0", "a function of arrays that runs by itself", None),
    (closed_over, {"w": "3"}, "NoRuleError: an array from outside the function is used", "an array of shape (100, 3)", None,
     "numbers and parameters", "make it a parameter of the function"),
]  # fmt: skip


@pytest.mark.parametrize("function, shapes, problem, given, own, expected, fix", REFUSED, ids=lambda x: getattr(x, "__name__", None))
def test_what_is_refused_says_where_and_what_to_write(function, shapes, problem, given, own, expected, fix):
    with pytest.raises(cr.ChainruleError) as caught:
        cr.from_jax(function, **shapes)
    error = caught.value
    assert (f"{type(error).__name__}: {error.problem}", error.expected, error.fix) == (problem, expected, fix)
    assert given is None or error.given.split("\n")[0] == given
    assert own is None or own in error.given.split("line ", 1)[1]


def test_a_whole_message():
    with pytest.raises(cr.TraceError) as caught:
        cr.from_jax(branch, x="scalar")
    line = branch.__code__.co_firstlineno + 1
    assert str(caught.value) == (
        "TraceError: `branch` branches on the values of an array, which no formula can say\n"
        "  given:    Attempted boolean conversion of traced array with shape bool[].\n"
        f"            line {line} of branch: if x > 0:\n"
        f"            {' ' * len(f'line {line} of branch: if ')}^^^^^\n"
        "  expected: operations on whole arrays\n"
        "  fix:      jnp.where(condition, a, b) chooses entry by entry"
    )


def test_a_function_of_the_persons_own_is_not_taken_for_one_of_jax():
    @jax.jit
    def inv(x):
        return 1 / x

    assert cr.grad(cr.from_jax(lambda X: jnp.sum(inv(X)), X="n n"), "X").text == "−1 ⊘ X.²"


def test_a_derivative_of_the_persons_own_is_not_used_and_said():
    @jax.custom_vjp
    def sine(x):
        return jnp.sin(x)

    sine.defvjp(lambda x: (sine(x), x), lambda x, g: (0 * g,))
    d = cr.grad(cr.from_jax(lambda x: jnp.sum(sine(x)), x="n"), "x")
    assert d.text == "cos(x)"
    assert d.notes == ["sine has a derivative of its own in JAX, which is not used: what is derived is the function"]


def test_nothing_outside_is_changed():
    import math

    before = jax.config.jax_enable_x64, math.sqrt, np.sqrt
    function = cr.from_jax(lambda x: jnp.sum(x) / math.sqrt(x.shape[0]) + np.sqrt(x.shape[0]) * x.shape[0] ** -0.5, x="n")
    assert cr.grad(function, "x").text == "𝟏/√n"
    assert (jax.config.jax_enable_x64, math.sqrt, np.sqrt) == before


def test_branches_and_loops_that_jax_records_are_read():
    def smooth(x):
        return jax.lax.cond(x > 0, lambda x: x**2, lambda x: -x, x)

    assert cr.from_jax(smooth, x="scalar").evaluate({"x": -3.0}) == 3.0
    assert cr.from_jax(long_loop, x="4").evaluate({"x": [1.0, 2.0, 3.0, 4.0]}) == 4 + 1.5 + 0.5 + 0.125


def test_without_jax_the_package_to_install_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(cr.BackendError) as caught:
        cr.from_jax(branch, x="scalar")
    assert str(caught.value) == (
        "BackendError: JAX is not installed\n"
        "  given:    from_jax\n"
        "  expected: the package `jax`\n"
        '  fix:      pip install "chainrule[jax]"'
    )


if __name__ == "__main__":
    for name, (function, wrt, text, shapes) in CASES.items():
        try:
            print(cr.derive(cr.from_jax(function, **shapes), wrt), "\n")
        except cr.ChainruleError as error:
            print(name, error, "\n")
