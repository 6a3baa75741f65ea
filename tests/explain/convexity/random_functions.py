"""Random functions as text, for the law that a proof of convexity never contradicts numbers."""

import numpy as np

UNARY = [
    "exp({})", "log({})", "sqrt({})", "({})^2", "({})^3", "({})^4", "1/({})", "({})^(-2)", "({})^1.5", "({})^(1/3)", "abs({})", "relu({})",
    "softplus({})", "sigmoid({})", "tanh({})", "cosh({})", "sinh({})", "log(1 + exp({}))", "log(1 + ({})^2)", "sqrt(1 + ({})^2)",
    "huber({}, 1)", "leaky_relu({}, 0.1)", "elu({})", "erf({})", "arctan({})", "arcsinh({})", "exp(-({}))", "-({})", "2*({})", "log({} + 2)",
    "logsigmoid({})", "erfc({})", "({})*log({})", "softsign({})", "cos({})", "tanhshrink({})", "sign({})", "cbrt({})", "log1p({})", "expm1({})",
    "arccos({})", "arctanh({})", "silu({})", "celu({}, 2)", "hardtanh({})",
]  # fmt: skip
BINARY = [
    "({}) + ({})", "({}) - ({})", "({})*({})", "({})/({})", "max({}, {})", "min({}, {})", "({})^2/({})", "sqrt(({})^2 + ({})^2)",
    "sqrt(({})*({}))", "log(exp({}) + exp({}))", "({})*log(({})/({}))", "({})^2 + ({})^2", "({})*exp(({})/({}))", "1/(({})*({}))",
]  # fmt: skip
LEAVES = ["x", "y", "x", "y", "x + y", "x - y", "2*x - 1", "1 - x", "3", "0.5", "x - 2*y + 1", "a"]
REDUCERS = [
    "sum({})", "mean({})", "logsumexp({})", "max({})", "||{}||", "||{}||^2", "min({})", "sum(({}).*({}))", "||{}||_1", "log(sum(exp({})))",
    "var({})",
]  # fmt: skip
VECTORS = ["w", "X w", "X w - b", "b - X w", "X w .* b", "w .* w", "c", "1 - w", "A w"]
FACTS = ["", "", "positive", "nonneg", "unit", "open01", "gt1", "negative"]


def random_function(seed):
    """(text, wrt, declare) of a random function of one or two numbers, or of a vector."""
    rng = np.random.default_rng([seed, 99])
    pick = lambda options: options[rng.integers(len(options))]
    if rng.integers(3):
        depth = int(rng.integers(1, 4))
        text = _scalar(pick, rng, depth)
        declare = {n: f"scalar {pick(FACTS)}".strip() for n in "xya"}
        wrt = [n for n in "xy" if n in _names(text)] or ["x"]
        return text, wrt, ", ".join(f"{n}: {s}" for n, s in declare.items())
    text = pick(REDUCERS).format(*[_vector(pick, rng, int(rng.integers(0, 3)))] * 2)
    if rng.integers(2):
        text = f"{text} {pick(['+', '-', '+', '*'])} {pick(REDUCERS).format(*[_vector(pick, rng, int(rng.integers(0, 2)))] * 2)}"
    if not rng.integers(3):
        text = pick(UNARY).format(*[text] * 2)
    facts = {"w": pick(FACTS), "X": pick(["", "", "positive"]), "b": pick(["", "labelspm1", "positive"]), "c": pick(["", "prob", "negative"])}
    shapes = {"w": "n", "X": "n n", "b": "n", "c": "n", "A": "n n"}
    return text, ["w"], ", ".join(f"{n}: {s} {facts.get(n, '')}".strip() for n, s in shapes.items())


def _names(text):
    return {word for word in text.replace("exp", "").replace("max", "") if word in "xya"}


def _scalar(pick, rng, depth):
    if depth == 0:
        return pick(LEAVES)
    if rng.integers(2):
        form = pick(UNARY)
        inner = _scalar(pick, rng, depth - 1)
        return form.format(*[inner] * form.count("{}"))
    form = pick(BINARY)
    parts = [_scalar(pick, rng, depth - 1) for _ in range(2)]
    return form.format(*(parts if form.count("{}") == 2 else [parts[0], parts[0], parts[1]] if "log((" in form else [parts[1], parts[0], parts[1]]))


def _vector(pick, rng, depth):
    inner = pick(VECTORS)
    for _ in range(depth):
        form = pick([f for f in UNARY if "/" not in f and "^" not in f and "*" not in f])
        inner = form.format(*[inner] * form.count("{}"))
    return inner
