"""Identities of machine learning and statistics: losses, likelihoods, divergences, kernels, layers."""

from __future__ import annotations

from .entry import Entry

REGRESSION, CLASSES, STATISTICS, PARTS = "regression", "classification", "statistics", "layers and embeddings"
DATA = "X: m n, w: n, y: m"

LEARNING = [
    # ------------------------------------------------------------------ regression
    Entry(REGRESSION, "1/(2*m) ||X w - y||^2", "w", DATA, 1, "", "mean squared error MSE"),
    Entry(REGRESSION, "||X w - y||^2 + lam ||w||^2", "w", DATA + ", lam: scalar", 1, "", "ridge Tikhonov weight decay"),
    Entry(REGRESSION, "1/2 ||X w - y||^2 + lam ||w||_1", "w", DATA + ", lam: scalar", 1, "", "lasso"),
    Entry(REGRESSION, "||X w - y||_1", "w", DATA, 1, "", "absolute deviation MAE"),
    Entry(REGRESSION, "sum(huber(X w - y))", "w", DATA, 1, "", "Huber robust"),
    Entry(REGRESSION, "sum(log(cosh(X w - y)))", "w", DATA, 1, "", "log-cosh"),
    Entry(REGRESSION, "sum(log(1 + (X w - y).^2))", "w", DATA, 1, "", "Cauchy robust"),
    Entry(REGRESSION, "(X w - y)^T diag(c) (X w - y)", "w", DATA + ", c: m", 1, "", "weighted least squares"),
    Entry(REGRESSION, "sum(exp(X w) - y .* (X w))", "w", DATA, 1, "", "Poisson regression"),
    Entry(REGRESSION, "sum(exp(X w) - y .* (X w))", "w", DATA, 2, "", "Poisson regression"),
    Entry(REGRESSION, "||y - X w||^2/(2*s^2) + m*log(s)", "s", DATA + ", s: scalar positive", 1, "", "noise level"),
    # ------------------------------------------------------------------ classification
    Entry(CLASSES, "sum(log(1 + exp(X w)) - y .* (X w))", "w", DATA + "", 1, "", "logistic regression cross-entropy"),
    Entry(CLASSES, "sum(log(1 + exp(X w)) - y .* (X w))", "w", DATA + "", 2, "", "logistic regression"),
    Entry(CLASSES, "sum(log(1 + exp(-y .* (X w))))", "w", "X: m n, w: n, y: m labelspm1", 1, "", "logistic regression ±1"),
    Entry(CLASSES, "sum(log(1 + exp(-y .* (X w))))", "w", "X: m n, w: n, y: m labelspm1", 2, "", "logistic regression ±1"),
    Entry(CLASSES, "sum(max(0, 1 - y .* (X w)))", "w", DATA, 1, "", "hinge SVM support vector"),
    Entry(CLASSES, "sum(max(0, 1 - y .* (X w)).^2)", "w", DATA, 1, "", "squared hinge SVM"),
    Entry(CLASSES, "sum(exp(-y .* (X w)))", "w", DATA, 1, "", "exponential loss AdaBoost"),
    Entry(CLASSES, "-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))", "z", "y: scalar, z: scalar", 1, "", "binary cross-entropy logit"),
    Entry(CLASSES, "-y*log(p) - (1 - y)*log(1 - p)", "p", "y: scalar, p: scalar", 1, "", "binary cross-entropy"),
    Entry(CLASSES, "-y^T log(p)", "p", "y: k, p: k", 1, "", "cross-entropy"),
    Entry(CLASSES, "-y^T log(softmax(z))", "z", "y: k onehot, z: k", 1, "", "softmax cross-entropy logits"),
    Entry(CLASSES, "-sum(Y .* log(softmax(Z)))", "Z", "Y: m k onehot, Z: m k", 1, "", "softmax cross-entropy logits"),
    Entry(CLASSES, "-sum(Y .* log(softmax(X W)))", "W", "Y: m k onehot, X: m n, W: n k", 1, "", "softmax regression multinomial logistic"),
    Entry(CLASSES, "logsumexp(z) - z[0]", "z", "z: k", 1, "", "negative log-likelihood InfoNCE contrastive"),
    Entry(CLASSES, "(1 - sigmoid(z))^2*log(sigmoid(z))", "z", "z: scalar", 1, "", "focal loss"),
    # ------------------------------------------------------------------ statistics
    Entry(STATISTICS, "p^T log(p ./ q)", "p", "p: n, q: n", 1, "", "Kullback-Leibler divergence KL relative entropy"),
    Entry(STATISTICS, "p^T log(p ./ q)", "q", "p: n, q: n", 1, "", "Kullback-Leibler divergence KL relative entropy"),
    Entry(STATISTICS, "-p^T log(p)", "p", "p: n", 1, "", "entropy"),
    Entry(STATISTICS, "p^T log(p) - c^T p", "p", "p: n, c: n", 1, "", "free energy"),
    Entry(STATISTICS, "1/2 (x - mu)^T S^-1 (x - mu)", "mu", "x: n, mu: n, S: n n posdef", 1, "", "Gaussian mean"),
    Entry(STATISTICS, "1/2 logdet(S) + 1/2 (x - mu)^T S^-1 (x - mu)", "S", "x: n, mu: n, S: n n posdef", 1, "", "Gaussian covariance"),
    Entry(STATISTICS, "logdet(S) + tr(S^-1 C)", "S", "S: n n posdef, C: n n symmetric", 1, "", "Gaussian covariance maximum likelihood"),
    Entry(STATISTICS, "tr(C P) - logdet(P)", "P", "P: n n posdef, C: n n symmetric", 1, "", "graphical lasso precision"),
    Entry(STATISTICS, "(x - mu)^2/(2*s^2) + log(s)", "s", "x:, mu:, s: positive", 1, "", "Gaussian scale"),
    Entry(STATISTICS, "(x - mu)^2/(2*s^2) + log(s)", "mu", "x:, mu:, s: positive", 1, "", "Gaussian mean"),
    Entry(STATISTICS, "1/2 sum(exp(l) + mu.^2 - 1 - l)", "l", "l: n, mu: n", 1, "", "VAE KL divergence log-variance"),
    Entry(STATISTICS, "lam - k*log(lam) + lgamma(k + 1)", "lam", "lam: positive, k: scalar", 1, "", "Poisson likelihood"),
    Entry(STATISTICS, "-y*log(p) - (n - y)*log(1 - p)", "p", "y: scalar, n: scalar, p: scalar", 1, "", "binomial likelihood"),
    Entry(STATISTICS, "sum(lgamma(a)) - lgamma(sum(a))", "a", "a: n positive", 1, "", "Dirichlet beta function"),
    Entry(STATISTICS, "mu^T w - g/2*(w^T S w)", "w", "mu: n, w: n, S: n n posdef, g: scalar", 1, "", "portfolio mean variance Markowitz"),
    # ------------------------------------------------------------------ layers
    Entry(PARTS, "a^T sigmoid(W x + b)", "W", "a: m, W: m n, x: n, b: m", 1, "", "layer back-propagation"),
    Entry(PARTS, "a^T relu(W x + b)", "b", "a: m, W: m n, x: n, b: m", 1, "", "layer bias back-propagation"),
    Entry(PARTS, "a^T relu(W x + b)", "x", "a: m, W: m n, x: n, b: m", 1, "", "layer input back-propagation"),
    Entry(PARTS, "H = tanh(X U)\n1/2 ||H W - Y||_F^2", "U", "X: m n, U: n h, W: h k, Y: m k", 1, "", "two-layer network back-propagation"),
    Entry(PARTS, "H = tanh(X U)\n1/2 ||H W - Y||_F^2", "W", "X: m n, U: n h, W: h k, Y: m k", 1, "", "two-layer network back-propagation"),
    Entry(PARTS, "||x - W^T W x||^2", "W", "x: n, W: k n", 1, "", "autoencoder PCA tied weights"),
    Entry(PARTS, "||X - X W W^T||_F^2", "W", "X: m n, W: n k", 1, "", "autoencoder PCA"),
    Entry(PARTS, "-tr(W^T C W)", "W", "W: n k, C: n n symmetric", 1, "", "PCA principal components"),
    Entry(PARTS, "||x - y||^2 - ||x - z||^2", "x", "x: n, y: n, z: n", 1, "", "triplet anchor"),
    Entry(PARTS, "sum(A .* softmax(Q K^T))", "Q", "A: m p, Q: m d, K: p d", 1, "", "attention scores"),
    Entry(PARTS, "||W||_F^2 + lam ||W x||^2", "W", "W: m n, x: n, lam: scalar", 1, "", "weight decay"),
]
