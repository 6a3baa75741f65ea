"""Wrong formulas by mechanism: every derived truth changed in one place of its text, with the causes that explain such a change."""

from chainrule.checking.formulas.equal import largest, read_beside, samples, side
from chainrule.core.errors import ChainruleError
from chainrule.derivation import derived
from chainrule.syntax.tree import walk

FUNCTIONS = (  # text, variable, declaration, order
    ("||X w - y||^2 + lam ||w||^2", "w", None, 1),
    ("x^3 exp(-x)", "x", "x: scalar", 1),
    ("sin(x)/x", "x", "x: scalar", 1),
    ("sum(log(1+exp(-t .* (X w))))", "w", "t: n, X: n d, w: d", 1),
    ("(y - sigmoid(w^T x + b))^2", "w", "b: scalar, y: scalar", 1),
    ("tr(A X^-1 B)", "X", None, 1),
    ("1/2 (x-mu)^T P (x-mu)", "x", None, 1),
    ("tr(X^T A X)", "X", None, 1),
    ("sum(tanh(W x + b).^2)", "W", None, 1),
    ("mean((X w - y).^2)", "w", "X: n d", 1),
    ("||A - B C^T||^2", "B", None, 1),
    ("logsumexp(z) - y^T z", "z", None, 1),
    ("exp(-x^2/(2 s^2))", "x", "x: scalar, s: scalar", 1),
    ("||A x - b||", "x", None, 1),
    ("x^T A x / (x^T x)", "x", None, 1),
    ("u^T tanh(W sigmoid(V x))", "x", None, 1),
    ("softmax(z)", "z", None, 1),
    ("tanh(W x)", "x", None, 1),
    ("x^T A x", "x", None, 2),
    ("sum(exp(A x))", "x", None, 2),
    ("lam/2 ||w||^2 - sum(y .* log(sigmoid(X w)))", "w", "lam: scalar, X: n d, w: d, y: n", 1),
)
OTHERS = {
    "sin": "cos",
    "cos": "sin",
    "tanh": "sigmoid",
    "sigmoid": "tanh",
    "exp": "log",
    "log": "exp",
    "softmax": "exp",
}


def planted():
    """(function, variable, declaration, order, wrong formula, the change, causes that explain it), for changes that change the value."""
    for function, wrt, declare, order in FUNCTIONS:
        found = derived(function, wrt, order=order, declare=declare)
        true = read_beside(found.ascii, found.problem, "math")
        variables, seen = [v[:3] for v in found.problem.every.values()], set()
        for change, causes, text in changes(true):
            if text not in seen and is_wrong(text, true, found.problem, variables):
                seen.add(text)
                yield function, wrt, declare, order, text, change, causes


def is_wrong(text, true, problem, variables):
    """Whether a changed text can be read, has the shape, and is neither the derivative nor its transpose."""
    try:
        mine = read_beside(text, problem, "math")
    except ChainruleError:
        return False
    if mine.dims != true.dims:
        return False
    points = samples(side(true, problem), side(mine, problem), variables, 3)
    apart = [largest(a - b) > 1e-9 * largest(a) for _, a, b in points]
    turned = [a.ndim == 2 and a.shape == a.T.shape and largest(a.T - b) <= 1e-9 * largest(a) for _, a, b in points]
    return any(apart) and not all(turned)


def changes(problem):
    """(what was changed, the causes that explain it, the changed text) for each place of a formula."""
    text, top = problem.text, problem.tree

    def of(node):
        return text[node.start : node.end]

    def put(node, new):
        return text[: node.start] + new + text[node.end :]

    yield "half of it", {"factor"}, put(top, f"1/2 ({of(top)})")
    yield "twice", {"factor"}, put(top, f"2 ({of(top)})")
    yield "the sign of it", {"sign"}, put(top, f"-({of(top)})")
    for node in walk(top):
        if node.kind == "sum":
            yield from in_sum(node, top, of, put)
        elif node.kind == "number" and isinstance(node.value, int) and node.start < node.end:
            powers = [m for m in walk(top) if m.kind == "power" and any(x is node for x in walk(m.args[1]))]
            if not powers:
                yield (
                    "a number",
                    {"factor", "missing-term", "extra-term", "sign", "power", "function"},
                    put(node, str(node.value + 1)),
                )
            elif "T" not in of(powers[0]):
                yield "an exponent", {"power", "factor"}, put(node, str(node.value + 1))
        elif node.kind == "transpose":
            yield "a transpose dropped", {"transposed", "symmetric"}, put(node, of(node.args[0]))
        elif node.kind == "product":
            for k in range(len(node.args)):
                rest = [(sign, of(f)) for at, (sign, f) in enumerate(zip(node.value, node.args)) if at != k]
                if rest[0][0] not in ("/", "./"):
                    new = rest[0][1] + "".join(f" {sign.strip()} {f}" for sign, f in rest[1:])
                    yield (
                        "a factor dropped",
                        {"chain-factor", "factor", "missing-term", "mean", "sign", "function", "power"},
                        put(node, new),
                    )
        elif node.kind == "call" and node.value in OTHERS:
            yield "another function", {"function"}, put(node, of(node).replace(node.value, OTHERS[node.value], 1))
            yield (
                "the function twice",
                {"activation-point"},
                put(node, of(node).replace("(", f"({node.value}(", 1) + ")"),
            )
            yield "the argument alone", {"activation-point", "chain-factor"}, put(node, f"({of(node.args[0])})")
        elif node.kind == "name" and node.value in problem.variables:
            here = problem.variables[node.value].dims
            other = next((n for n, v in problem.variables.items() if n != node.value and v.dims == here), None)
            if other:
                yield "another variable", {"variable", "constant"}, put(node, other)
            if len(here) == 2:
                yield "transposed", {"transposed", "symmetric"}, put(node, f"({of(node)})^T")


def in_sum(node, top, of, put):
    terms = [("-" if sign == "-" else "+", of(t)) for sign, t in zip(node.value, node.args)]

    def joined(terms):
        inner = " ".join(f"{sign} {t}" for sign, t in terms).lstrip("+ ")
        return f"({inner})" if of(node).startswith("(") else inner

    for k, (sign, term) in enumerate(terms):
        yield (
            "the sign of a term",
            {"sign"},
            put(node, joined([*terms[:k], ("-" if sign == "+" else "+", term), *terms[k + 1 :]])),
        )
        if len(terms) > 1:
            causes = {"missing-term"} if node is top else {"missing-term", "chain-factor", "factor", "sign", "function"}
            yield "a term dropped", causes, put(node, joined([*terms[:k], *terms[k + 1 :]]))
            if node is top:
                yield (
                    "a term twice",
                    {"doubled-term", "factor"},
                    put(node, joined([*terms[:k], (sign, f"2 {term}"), *terms[k + 1 :]])),
                )
