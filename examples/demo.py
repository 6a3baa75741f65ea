"""What chainrule does, on a few functions: `make demo`. Each is a command that you can type yourself."""

import shlex
import sys

from chainrule.cli import run

TOUR = [
    ("least squares", ["derive", "||A x - b||^2", "--wrt", "x"]),
    ("and how it comes about", ["derive", "||A x - b||^2", "--wrt", "x", "--steps"]),
    ("the gradient of the logistic loss", ["derive", "sum(log(1 + exp(-y .* (X w))))", "--wrt", "w", "--shape", "y: m labelspm1"]),
    (
        "and its Hessian, where y² = 1 is used",
        ["derive", "sum(log(1 + exp(-y .* (X w))))", "--wrt", "w", "--order", "2", "--shape", "y: m labelspm1"],
    ),
    ("the Jacobian of softmax", ["derive", "softmax(z)", "--wrt", "z"]),
    (
        "a Gaussian likelihood in its covariance",
        ["derive", "1/2 logdet(S) + 1/2 (x - mu)^T S^-1 (x - mu)", "--wrt", "S", "--shape", "S: n n posdef, x: n, mu: n"],
    ),
    (
        "a two-layer net, written in NumPy, in its first weights",
        ["derive", "H = np.tanh(X @ W)\nnp.sum((H @ V - Y)**2)", "--wrt", "W", "--shape", "X: n d, W: d h, V: h k, Y: n k"],
    ),
    ("a matrix by a matrix: a result of order 4", ["derive", "A X B", "--wrt", "X"]),
    ("the second derivative of log |X|, also of order 4", ["derive", "logdet(X)", "--wrt", "X", "--order", "2"]),
    ("a gradient as a program", ["derive", "||A X B - C||_F^2", "--wrt", "X", "--code"]),
    (
        "a formula from a paper",
        ["derive", r"\log\det(\mathbf{\Sigma}) + (\mathbf{x} - \mathbf{\mu})^\top \mathbf{\Sigma}^{-1} (\mathbf{x} - \mathbf{\mu})", "--wrt", "mu"],
    ),
    ("the Hessian times a vector, without the Hessian", ["hvp", "sum(log(1 + exp(-y .* (X w))))", "--wrt", "w"]),
    ("a Taylor polynomial with its remainder", ["taylor", "log(1 + x)", "--order", "4"]),
    ("three gradients that books print of one function", ["derive", "logdet(S)", "--wrt", "S", "--shape", "S: n n posdef", "--constrained"]),
    ("your own gradient, checked", ["check", "||X w - y||^2 + lam ||w||^2", "--wrt", "w", "--mine", "X^T (X w - y) + lam w"]),
    ("a backward pass, written and tested", ["backward", "tanh(W x + b)", "--wrt", "W,b"]),
    ("convex, and why", ["convexity", "logsumexp(A x)", "--wrt", "x"]),
    ("where the gradient vanishes", ["critical", "||X w - y||^2 + lam ||w||^2", "--wrt", "w"]),
    ("how a function is curved, and which steps descend", ["curvature", "(1 - x)^2 + 100 (y - x^2)^2", "--at", "x=1, y=1"]),
    ("the backward pass of a network, with its values", ["backprop", "dense 3, sigmoid, dense 1, mse", "--input", "2"]),
    (
        "why a network does not learn",
        ["diagnose", "dense 3, sigmoid, dense 1, mse", "--input", "2", "--at", "W1=[[80, 90, -90], [0, 0, 0]], b1=0, W2=[[1], [1], [1]], b2=0"],
    ),
    ("an identity, under other names", ["identity", "tr(B Y)", "--wrt", "Y"]),
]


def main() -> int:
    unexpected = 0
    for title, arguments in TOUR:
        print(f"# {title}\n$ {shlex.join(['chainrule', *arguments])}", flush=True)
        # the gradient that is checked is wrong, and the network is ill: exit code 1
        unexpected += run(arguments) != (arguments[0] in ("check", "diagnose"))
        print(flush=True)
    return min(unexpected, 1)


if __name__ == "__main__":
    sys.exit(main())
