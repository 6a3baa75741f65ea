"""Functions beside the forty of `bench`: text, variables, declaration, verdict. The verdicts were found by hand."""

V = "X: m d, w: d, y: m"
XY = "x: scalar, y: scalar"
POS = "x: scalar positive, y: scalar positive"
CONVEX = [
    ("sum(abs(X w - y))", "w", V), ("max(abs(X w - y))", "w", V), ("max(X w - y)", "w", V), ("||X w - y||_1 + lam ||w||^2", "w", V + ", lam: nonneg"),
    ("sum(max(0, abs(X w - y) - 1/2))", "w", V), ("sum(max(0.9 (X w - y), -0.1 (X w - y)))", "w", V), ("||w||^3", "w", "w: d"),
    ("sum(log(cosh(X w - y)))", "w", V), ("sum((X w - y).^4)", "w", V), ("mean((X w - y).^2) + lam sum(sqrt(w.^2 + 1))", "w", V + ", lam: positive"),
    ("exp(||x||^2)", "x", "x: n"), ("(1 + ||x||)^2", "x", "x: n"), ("||x||_1^2", "x", "x: n"), ("log(sum(exp(A x)) + 1)", "x", "A: m n, x: n"),
    ("1/x + 1/y", "x, y", POS), ("1/(x y)", "x, y", POS), ("x^2/y^0.5", "x, y", POS), ("x^3/y^2", "x, y", POS), ("-(x y)^(1/2)", "x, y", POS),
    ("-x^0.3 y^0.7", "x, y", POS), ("x log(x/y) + y log(y/x)", "x, y", POS), ("x log(x/y) - x + y", "x, y", POS), ("y exp(x/y)", "x, y", "x: scalar, y: scalar positive"),
    ("(x + y)^2/(x + 2 y)", "x, y", POS), ("sqrt(x^2 + y^2 + 1)", "x, y", XY), ("log(exp(x) + exp(y) + exp(-x - y))", "x, y", XY), ("x^2 + x y + y^2", "x, y", XY),
    ("5 x^2 - 4 x y + y^2", "x, y", XY), ("x^4 + y^4 + x^2 - x y + y^2", "x, y", XY), ("x^2 + sin(x)", "x", "x: scalar"), ("x^2 + y^2 + cos(x) + cos(y)", "x, y", XY),
    ("-log(x) - log(1 - x)", "x", "x: scalar open01"), ("x log(x) + (1 - x) log(1 - x)", "x", "x: scalar open01"), ("x arctan(x)", "x", "x: scalar"), ("x^4 + x^2 y^2 + y^4", "x, y", XY),
    ("abs(x) + abs(x - 1) + (x - 2)^2", "x", "x: scalar"), ("max(x^2, x + 1, exp(-x))", "x", "x: scalar"), ("relu(x^2 - x y + y^2 - 1)", "x, y", XY),
    ("max(x^2 + x y + y^2, abs(x))", "x, y", XY), ("sum(abs(x)) + x^T P x", "x", "P: n n psd, x: n"), ("exp(x^T P x)", "x", "P: n n psd, x: n"),
    ("sqrt(x^T P x)", "x", "P: n n posdef, x: n"), ("x^T (A^T A + lam I) x", "x", "A: m n, x: n, lam: positive"), ("x^T inv(P) x", "x", "P: n n posdef, x: n"),
    ("tr(X^T A X)", "X", "A: n n psd, X: n k"), ("||A X B - C||_F^2", "X", "A: m n, X: n k, B: k l, C: m l"), ("tr(A inv(S))", "S", "A: n n psd, S: n n posdef"),
    ("-log(det(S)) + a^T S a", "S", "S: n n posdef, a: n"), ("a^T inv(S) a", "S", "S: n n posdef, a: n"), ("sum(X .* X) - log(det(S))", "S, X", "S: n n posdef, X: m k"),
    ("var(X w)", "w", V), ("logsumexp(X w) - mean(X w)", "w", V), ("-sum(Y .* log(softmax(X W + ones(m) b^T)))", "W, b", "X: m d, W: d k, b: k, Y: m k onehot"),
    ("sum(softplus(X w) - y .* (X w))", "w", V), ("-sum(y .* log(sigmoid(X w)) + (1 - y) .* log(1 - sigmoid(X w)))", "w", V + " labels01"),
    ("sum(exp(-t .* (X w)))", "w", "X: m d, w: d, t: m labelspm1"), ("sum((x - y).^2 ./ y)", "x, y", "x: n, y: n positive"),
    ("lgamma(x)", "x", "x: scalar positive"), ("sum(elu(X w))", "w", V), ("sum(leaky_relu(X w, 0.2))", "w", V),
]  # fmt: skip
CONCAVE = [
    ("log(x) + sqrt(y)", "x, y", POS), ("log(det(S))", "S", "S: n n posdef"), ("min(x, y, 1 - x)", "x, y", XY), ("-||x - y||", "x, y", "x: n, y: n"),
    ("sum(log(x))", "x", "x: n positive"), ("-sum(p .* log(p))", "p", "p: n prob"), ("(x^0.5 + y^0.5)^2", "x, y", POS), ("(1/x + 1/y)^(-1)", "x, y", POS),
    ("log(sigmoid(x)) + log(y)", "x, y", "x: scalar, y: scalar positive"), ("arctan(x)", "x", "x: scalar positive"), ("x - exp(x)", "x", "x: scalar"),
    ("logsumexp(x) - ||x||^2", "x", "x: n"),
]  # fmt: skip
AFFINE = [
    ("sum(X w - y)", "w", V), ("tr(A X)", "X", "A: m n, X: n m"), ("3 x + 1", "x", "x: scalar"), ("log(exp(x))", "x", "x: scalar"), ("(x + 1)^2 - x^2", "x", "x: scalar"),
]  # fmt: skip
REFUTED = [
    ("x y", "x, y", XY), ("x^3", "x", "x: scalar"), ("sin(x)", "x", "x: scalar"), ("exp(-x^2)", "x", "x: scalar"), ("sigmoid(x)", "x", "x: scalar"), ("x^4 - x^2", "x", "x: scalar"),
    ("abs(x) - abs(x - 1)", "x", "x: scalar"), ("relu(1 - x^2)", "x", "x: scalar"), ("abs(abs(x) - 1)", "x", "x: scalar"), ("min(x^2, 1)", "x", "x: scalar"),
    ("x^2 - y^2", "x, y", XY), ("x/y", "x, y", POS), ("x^2 y", "x, y", POS), ("log(1 + x^2)", "x", "x: scalar"), ("||x||^2 - 2 ||x||", "x", "x: n"),
    ("x^T A x", "x", "A: n n symmetric, x: n"), ("tr(X A X)", "X", "A: n n, X: n n"), ("det(X)", "X", "X: n n"), ("norm(X w - y)^2 - norm(w)^2", "w", V),
    ("sum(tanh(X w))", "w", V), ("||relu(X W) v - y||^2", "W, v", "X: m d, W: d h, v: h, y: m"), ("sum(silu(X w))", "w", V), ("sum(log(1 + (X w - y).^2))", "w", V),
    ("1/x", "x", "x: scalar"), ("x log(x) - y log(y)", "x, y", POS), ("sum(max(X w, 0)) - sum(abs(w))", "w", V), ("sqrt(abs(x))", "x", "x: scalar"),
]  # fmt: skip
