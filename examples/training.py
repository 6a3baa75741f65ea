"""Models of scikit-learn, trained from their formula: the derivatives are derived, SciPy searches, the optima agree.

    pip install "chainrule[optimize]" scikit-learn
    python examples/training.py          # writes training.svg, the course of the last search
"""

from pathlib import Path

import numpy as np
from sklearn import datasets, decomposition, linear_model, svm

import chainrule as cr


def standardised(load):
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-12), y


def ridge():
    X, y = standardised(datasets.load_diabetes)
    found = cr.minimize(
        "||X w + b - y||^2 + alpha ||w||^2", "w, b", {"X": X, "y": y, "alpha": 2.0}, declare="X: n d, w: d, b: scalar, y: n"
    )
    theirs = linear_model.Ridge(alpha=2.0, tol=1e-12).fit(X, y)
    return found, found["w"] - theirs.coef_


def logistic():
    X, y = standardised(datasets.load_breast_cancer)
    found = cr.minimize(
        "sum(log(1 + exp(-y .* (X w + b)))) + 1/2 ||w||^2", "w, b", {"X": X, "y": 2 * y - 1.0},
        declare="X: n d, w: d, b: scalar, y: n labelspm1",
    )  # fmt: skip
    theirs = linear_model.LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000).fit(X, y)
    return found, found["w"] - theirs.coef_[0]


def softmax():
    X, y = standardised(datasets.load_digits)
    found = cr.minimize(
        "-sum(Y .* log(softmax(X W, axis=1))) + 1/2 ||W||_F^2", "W", {"X": X, "Y": np.eye(10)[y]},
        declare="X: n d, W: d k, Y: n k onehot",
    )  # fmt: skip
    theirs = linear_model.LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000, fit_intercept=False).fit(X, y)
    return found, found["W"].T - theirs.coef_


def poisson():
    X, y = standardised(datasets.load_diabetes)

    def loss(X, w, b, y, alpha):  # as it would be written in NumPy
        z = X @ w + b
        return np.mean(np.exp(z) - y * z) + alpha / 2 * np.sum(w**2)

    found = cr.minimize(loss, "w, b", {"X": X, "y": y, "alpha": 0.1}, X="n d", w="d", b="scalar", y="n", alpha="positive")
    theirs = linear_model.PoissonRegressor(alpha=0.1, tol=1e-12, max_iter=10_000).fit(X, y)
    return found, found["w"] - theirs.coef_


def machine():
    X, y = standardised(datasets.load_breast_cancer)
    found = cr.minimize(
        "1/2 ||w||^2 + c sum(relu(1 - y .* (X w))^2)", "w", {"X": X, "y": 2 * y - 1.0, "c": 0.1},
        declare="X: n d, w: d, y: n labelspm1, c: scalar",
    )  # fmt: skip
    theirs = svm.LinearSVC(C=0.1, loss="squared_hinge", tol=1e-12, max_iter=100_000, fit_intercept=False).fit(X, y)
    return found, found["w"] - theirs.coef_[0]


def components():
    X, _ = standardised(datasets.load_wine)
    found = cr.minimize("||X - U V^T||_F^2", "U, V", {"X": X}, declare="X: n d, U: n r, V: d r", sizes={"r": 3})
    theirs = decomposition.PCA(3).fit(X)
    return found, found["U"] @ found["V"].T - theirs.inverse_transform(theirs.transform(X))


for name, train in {
    "ridge regression": ridge,
    "logistic regression": logistic,
    "softmax regression": softmax,
    "Poisson regression": poisson,
    "support vector machine, squared hinge": machine,
    "principal components, as a factorisation": components,
}.items():
    found, difference = train()
    print(f"{name}: largest difference from scikit-learn {np.max(np.abs(difference)):.0e}")
    print("\n".join("  " + line for line in str(found).splitlines()), end="\n\n")
Path("training.svg").write_text(str(found.plot()), encoding="utf-8")
