"""What chainrule does, on a few functions: `make demo`. Each is a command that you can type yourself."""

import shlex
import sys

from chainrule.cli import run

TOUR = [
    ("least squares", ["||A x - b||^2", "--wrt", "x"]),
    ("the gradient of the logistic loss", ["sum(log(1 + exp(-y .* (X w))))", "--wrt", "w", "--shape", "y: m labelspm1"]),
    (
        "and its Hessian, where y² = 1 is used",
        ["sum(log(1 + exp(-y .* (X w))))", "--wrt", "w", "--order", "2", "--shape", "y: m labelspm1"],
    ),
    ("the Jacobian of softmax", ["softmax(z)", "--wrt", "z"]),
    (
        "a Gaussian likelihood in its covariance",
        ["1/2 logdet(S) + 1/2 (x - mu)^T S^-1 (x - mu)", "--wrt", "S", "--shape", "S: n n posdef, x: n, mu: n"],
    ),
    (
        "a two-layer net, written in NumPy, in its first weights",
        ["H = np.tanh(X @ W)\nnp.sum((H @ V - Y)**2)", "--wrt", "W", "--shape", "X: n d, W: d h, V: h k, Y: n k"],
    ),
    ("a matrix by a matrix: a result of order 4", ["A X B", "--wrt", "X"]),
    ("the second derivative of log |X|, also of order 4", ["logdet(X)", "--wrt", "X", "--order", "2"]),
    ("a gradient as a program", ["||A X B - C||_F^2", "--wrt", "X", "--code"]),
]


def main() -> int:
    codes = []
    for title, arguments in TOUR:
        print(f"# {title}\n$ {shlex.join(['chainrule', 'derive', *arguments])}", flush=True)
        codes.append(run(["derive", *arguments]))
        print(flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
