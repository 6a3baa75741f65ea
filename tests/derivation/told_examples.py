"""The derivations whose steps are kept in tests/data/steps.txt: read by eye against textbooks, so that a change shows.

(function, variable, declared, order, style, layout)
"""

EXAMPLES = [
    # scalar calculus: the product, quotient, power and chain rules by name
    ("x^3 exp(-x)", "x", "x: scalar", 1, "auto", "column"),
    ("log(1 + exp(x))", "x", "x: scalar", 1, "auto", "column"),
    ("(x^2 + 1)/(x - 1)", "x", "x: scalar", 1, "auto", "column"),
    ("sqrt(x^2 + 1)", "x", "x: scalar", 1, "differential", "column"),
    ("sin(x^2) cos(x)", "x", "x: scalar", 1, "auto", "column"),
    ("(1 + a x)^n", "x", "x: positive, a: positive, n: scalar", 1, "auto", "column"),
    ("1/(1 + exp(-x))", "x", "x: scalar", 2, "auto", "column"),
    ("x exp(x) sin(x)", "x", "x: scalar", 1, "auto", "column"),
    ("tan(x)", "x", "x: scalar", 2, "auto", "column"),
    ("sqrt(x) ln(x)", "x", "x: positive", 1, "differential", "column"),
    ("1/(s sqrt(2 pi)) exp(-(x - mu)^2/(2 s^2))", "x", "x: scalar, mu: scalar, s: positive", 1, "auto", "column"),
    # least squares and its kin
    ("||A x - b||^2", "x", None, 1, "auto", "column"),
    ("||A x - b||^2", "x", None, 1, "auto", "row"),
    ("||X w - y||^2 + lam ||w||^2", "w", "lam: positive", 2, "differential", "column"),
    ("x^T A x", "x", None, 1, "auto", "column"),
    ("(x^T A x)/(x^T x)", "x", "A: n n symmetric", 1, "auto", "column"),
    ("||x - y||", "x", None, 1, "auto", "row"),
    # classification
    ("sum(log(1 + exp(-y .* (X w))))", "w", "y: m labelspm1", 2, "auto", "column"),
    ("logsumexp(A x)", "x", None, 1, "auto", "row"),
    ("softmax(W x + b)", "x", None, 1, "auto", "column"),
    ("Z = X W\nP = softmax(Z)\n-sum(Y .* log(P))", "W", "Y: n k onehot", 1, "auto", "column"),
    ("p = sigmoid(w^T x)\n-y log(p) - (1 - y) log(1 - p)", "w", "x: n, y: scalar", 1, "auto", "column"),
    # networks
    ("1/2 ||relu(X W1) W2 - Y||_F^2", "W1", None, 1, "auto", "column"),
    ("-sum(Y .* log(softmax(tanh(X W1 + ones b1^T) W2 + ones b2^T)))", "W1", "b1: k, b2: c, Y: n c onehot", 1, "auto", "column"),
    ("-sum(Y .* log(softmax(tanh(X W1 + ones b1^T) W2 + ones b2^T)))", "b1", "b1: k, b2: c, Y: n c onehot", 1, "auto", "row"),
    ("x + V tanh(W x)", "x", None, 1, "auto", "column"),
    ("||W2 tanh(W1 x + b1) + b2 - y||^2", "x", "b1: k, b2: m, y: m, x: n", 1, "auto", "row"),
    ("||softmax(Q K^T / sqrt(d)) V - Y||_F^2", "Q", "d: positive", 1, "auto", "row"),
    ("(x - mean(x))/std(x)", "x", "x: n", 1, "auto", "column"),
    # names that mean something else elsewhere, and input in LaTeX
    ("f^T g + f^T f", "f", "f: n, g: n", 1, "auto", "column"),
    (r"\frac{1}{2}\|Ax-b\|_2^2 + \lambda\|x\|_1", "x", None, 1, "auto", "column"),
    # matrices: traces, inverses, determinants
    ("tr(A X^-1 B)", "X", None, 1, "auto", "column"),
    ("1/2 logdet(S) + 1/2 (x - mu)^T S^-1 (x - mu)", "S", "S: n n posdef, x: n, mu: n", 1, "auto", "column"),
    ("logdet(X^T X + lam I)", "X", None, 1, "auto", "row"),
    ("||U V^T - M||_F^2 + lam ||U||_F^2", "U", None, 1, "auto", "column"),
    ("A X B", "X", None, 1, "auto", "column"),
    ("logdet(S)", "S", "S: n n posdef", 2, "auto", "column"),
]
