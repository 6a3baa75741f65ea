r"""Sixty-seven losses and layers in LaTeX as papers write them, each with its meaning as a plain NumPy function.

The mathematics is common property; names of authors say where a formula is best known from. The LaTeX was written
before anything was tried and not changed since, and the meanings are independent of chainrule: a function takes the
arrays that `shapes` names, in that order. `shapes` says how they are drawn: sizes, then a word for the values (KINDS of
tests/syntax/test_latex_papers.py). `declare` is handed to the reader, and is empty wherever a reader of the paper could
do without. `wrt` is the variable by which each is derived as well.
"""

from dataclasses import dataclass
from math import lgamma, pi
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Paper:
    name: str
    latex: str
    shapes: str
    meaning: Callable
    wrt: str
    declare: str = ""


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def squared_distances(a, b):
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)


def lstm(x, h, c, Wf, Wi, Wo, Wc, Uf, Ui, Uo, Uc, bf, bi, bo, bc):
    f = sigmoid(Wf @ x + Uf @ h + bf)
    i = sigmoid(Wi @ x + Ui @ h + bi)
    o = sigmoid(Wo @ x + Uo @ h + bo)
    c = f * c + i * np.tanh(Wc @ x + Uc @ h + bc)
    return o * np.tanh(c)


def gru(x, h, Wz, Uz, bz, Wr, Ur, br, Wh, Uh, bh):
    z = sigmoid(Wz @ x + Uz @ h + bz)
    r = sigmoid(Wr @ x + Ur @ h + br)
    candidate = np.tanh(Wh @ x + Uh @ (r * h) + bh)
    return (1 - z) * h + z * candidate


def batch_norm(x, gamma, beta, epsilon):
    return gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta


def layer_norm(x, gamma, beta, epsilon):
    return gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta


def policy(theta, s, a, A):
    return -np.mean(A * (a * np.log(softmax(s @ theta.T))).sum(1))


def distillation(v, z, T):
    p, q = softmax(v / T), softmax(z / T)
    return T**2 * (p * np.log(p / q)).sum()


def supervised_contrast(z, v, tau):
    e = np.exp(z @ z.T / tau)
    np.fill_diagonal(e, 0)
    return -np.log(np.exp((z * v).sum(1) / tau) / e.sum(1)).sum()


def off_diagonal(a):
    return a[~np.eye(len(a), dtype=bool)]


def barlow(A, B, lam):
    C = A.T @ B / len(A)
    return ((1 - np.diag(C)) ** 2).sum() + lam * (off_diagonal(C) ** 2).sum()


def kl_gaussians(m1, m2, S1, S2, k):
    inverse = np.linalg.inv(S2)
    d = m2 - m1
    return 0.5 * (np.trace(inverse @ S1) + d @ inverse @ d - k + np.log(np.linalg.det(S2) / np.linalg.det(S1)))


def gaussian_nll(x, mu, Sigma):
    r = x - mu
    return len(x) / 2 * np.log(np.linalg.det(Sigma)) + 0.5 * np.einsum("ni,ij,nj->", r, np.linalg.inv(Sigma), r)


def gaussian_process(y, K, sigma):
    C = K + sigma**2 * np.eye(len(y))
    return -0.5 * y @ np.linalg.solve(C, y) - 0.5 * np.log(np.linalg.det(C)) - len(y) / 2 * np.log(2 * pi)


def factorisation_machine(w0, w, x, v):
    pairs = [v[i] @ v[j] * x[i] * x[j] for i in range(len(x)) for j in range(i + 1, len(x))]
    return w0 + w @ x + sum(pairs)


def cox(delta, beta, x):
    s = x @ beta
    return sum(delta[i] * (s[i] - np.log(np.exp(s[i:]).sum())) for i in range(len(s)))


def smoothed(y, z, epsilon):
    return -(((1 - epsilon) * y + epsilon / len(y)) * np.log(softmax(z))).sum()


def two_layers(x, y, W1, b1, W2, b2):
    h = np.maximum(W1 @ x + b1, 0)
    return -(y * np.log(softmax(W2 @ h + b2))).sum()


def arcface(s, m, ty, t):
    hit = np.exp(s * np.cos(ty + m))
    return -np.log(hit / (hit + np.exp(s * np.cos(t)).sum()))


PAPERS = (
    Paper(
        "least squares",
        r"\mathcal{L}(\mathbf{w}) = \frac{1}{2n} \lVert \mathbf{X}\mathbf{w} - \mathbf{y} \rVert_2^2",
        "X: n d, w: d, y: n", lambda X, w, y: ((X @ w - y) ** 2).sum() / (2 * len(y)), "w",
    ),
    Paper(
        "least squares by samples",
        r"\frac{1}{n}\sum_{i=1}^{n} \left( y_i - \mathbf{w}^\top \mathbf{x}_i \right)^2",
        "x: n d, w: d, y: n", lambda x, w, y: ((y - x @ w) ** 2).mean(), "w",
    ),
    Paper(
        "ridge",
        r"J(\boldsymbol{\beta}) = (\mathbf{y} - \mathbf{X}\boldsymbol{\beta})^{\mathsf T}"
        r"(\mathbf{y} - \mathbf{X}\boldsymbol{\beta}) + \lambda \boldsymbol{\beta}^{\mathsf T}\boldsymbol{\beta}",
        "X: n d, beta: d, y: n, lambda: scalar",
        lambda X, b, y, lam: ((y - X @ b) ** 2).sum() + lam * b @ b, "beta",
    ),
    Paper(
        "lasso",
        r"\tfrac{1}{2} \|y - X\beta\|_2^2 + \lambda \|\beta\|_1",
        "X: n d, beta: d, y: n, lambda: scalar",
        lambda X, b, y, lam: 0.5 * ((y - X @ b) ** 2).sum() + lam * abs(b).sum(), "beta",
    ),
    Paper(
        "elastic net",
        r"\frac{1}{2n}\|y - X\beta\|_2^2 + \lambda\left(\frac{1-\alpha}{2}\|\beta\|_2^2 + \alpha\|\beta\|_1\right)",
        "X: n d, beta: d, y: n, lambda: scalar, alpha: scalar",
        lambda X, b, y, lam, a: ((y - X @ b) ** 2).mean() / 2 + lam * ((1 - a) / 2 * b @ b + a * abs(b).sum()), "beta",
    ),
    Paper(
        "logistic regression with labels of plus and minus one",
        r"\frac{1}{N} \sum_{i=1}^{N} \log\bigl( 1 + \exp(-y_i\, \mathbf{w}^{\top} \mathbf{x}_i) \bigr)",
        "x: N d, w: d, y: N pm1", lambda x, w, y: np.log1p(np.exp(-y * (x @ w))).mean(), "w",
    ),
    Paper(
        "logistic regression with labels of zero and one",
        r"\mathcal{L} = -\sum_{i=1}^n \Big[ y_i \log \hat{y}_i + (1-y_i)\log(1-\hat{y}_i) \Big], "
        r"\quad \text{where } \hat{y}_i = \sigma(\mathbf{w}^\top\mathbf{x}_i + b)",
        "x: n d, w: d, y: n binary, b: scalar",
        lambda x, w, y, b: -np.log(np.where(y == 1, sigmoid(x @ w + b), sigmoid(-x @ w - b))).sum(), "w",
    ),
    Paper(
        "least mean squares with samples in superscripts",
        r"J(\theta) = \frac{1}{2m}\sum_{i=1}^m \left(\theta^T x^{(i)} - y^{(i)}\right)^2",
        "x: m n, theta: n, y: m", lambda x, t, y: ((x @ t - y) ** 2).mean() / 2, "theta",
    ),
    Paper(
        "softmax cross-entropy by entries",
        r"-\sum_{i=1}^{N}\sum_{k=1}^{K} y_{ik} \log \frac{\exp(z_{ik})}{\sum_{j=1}^{K}\exp(z_{ij})}",
        "y: N K onehot, z: N K", lambda y, z: -(y * np.log(softmax(z))).sum(), "z",
    ),
    Paper(
        "softmax cross-entropy of logits",
        r"\ell(\mathbf{z}, \mathbf{t}) = -\sum_{k} t_k z_k + \log \sum_{k} e^{z_k}",
        "t: K, z: K", lambda t, z: -t @ z + np.log(np.exp(z).sum()), "z",
    ),
    Paper(
        "focal loss",
        r"\mathrm{FL}(p) = -\alpha (1 - p)^{\gamma} \log(p)",
        "p: scalar open01, alpha: scalar, gamma: scalar", lambda p, a, g: -a * (1 - p) ** g * np.log(p), "p",
    ),
    Paper(
        "soft-margin support vector machine",
        r"\frac{\lambda}{2}\|\mathbf{w}\|^2 + \frac{1}{n}\sum_{i=1}^n \max\left(0, 1 - y_i(\mathbf{w}^\top\mathbf{x}_i + b)\right)",
        "x: n d, w: d, y: n pm1, b: scalar, lambda: scalar",
        lambda x, w, y, b, lam: lam / 2 * w @ w + np.maximum(0, 1 - y * (x @ w + b)).mean(), "w",
    ),
    Paper(
        "Huber loss",
        r"L_\delta(a) = \begin{cases} \frac12 a^2 & \text{if } |a| \le \delta, \\ "
        r"\delta \left( |a| - \frac12 \delta \right) & \text{otherwise.} \end{cases}",
        "a: scalar, delta: scalar positive",
        lambda a, d: a**2 / 2 if abs(a) <= d else d * (abs(a) - d / 2), "a",
    ),
    Paper(
        "triplet loss",
        r"\left[ \|\mathbf{a}-\mathbf{p}\|_2^2 - \|\mathbf{a}-\mathbf{n}\|_2^2 + \alpha \right]_+",
        "a: d, p: d, n: d, alpha: scalar",
        lambda a, p, n, al: max(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + al, 0), "a",
    ),
    Paper(
        "InfoNCE",
        r"\mathcal{L} = -\frac{1}{N}\sum_{i=1}^{N} \log "
        r"\frac{\exp(\mathbf{q}_i^\top \mathbf{k}_i/\tau)}{\sum_{j=1}^{N}\exp(\mathbf{q}_i^\top\mathbf{k}_j/\tau)}",
        "q: N d, k: N d, tau: scalar positive",
        lambda q, k, tau: -np.mean(np.diag(np.log(softmax(q @ k.T / tau)))), "q",
    ),
    Paper(
        "NT-Xent",
        r"\mathcal{L} = -\sum_{i=1}^{N}\log\frac{\exp(\mathbf{z}_i^\top\mathbf{v}_i/\tau)}"
        r"{\sum_{k\neq i}\exp(\mathbf{z}_i^\top\mathbf{z}_k/\tau)}",
        "z: N d, v: N d, tau: scalar positive", supervised_contrast, "z",
    ),
    Paper(
        "scaled dot-product attention",
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V",
        "Q: n k, K: m k, V: m v, d_k: scalar positive",
        lambda Q, K, V, d: softmax(Q @ K.T / np.sqrt(d)) @ V, "V",
    ),
    Paper(
        "layer normalisation",
        r"""\begin{aligned}
            \mu &= \frac{1}{d} \sum_{i=1}^d x_i, \\
            \sigma^2 &= \frac{1}{d} \sum_{i=1}^d (x_i - \mu)^2, \\
            y &= \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta
        \end{aligned}""",
        "x: d, gamma: d, beta: d, epsilon: scalar positive", layer_norm, "x",
    ),
    Paper(
        "batch normalisation",
        r"""\begin{align*}
            \mu_{\mathcal{B}} &\leftarrow \frac{1}{m} \sum_{i=1}^m x_i \\
            \sigma_{\mathcal{B}}^2 &\leftarrow \frac{1}{m} \sum_{i=1}^m (x_i - \mu_{\mathcal{B}})^2 \\
            \hat{x}_i &\leftarrow \frac{x_i - \mu_{\mathcal{B}}}{\sqrt{\sigma_{\mathcal{B}}^2 + \epsilon}} \\
            y_i &\leftarrow \gamma \hat{x}_i + \beta
        \end{align*}""",
        "x: m, gamma: scalar, beta: scalar, epsilon: scalar positive", batch_norm, "x",
    ),
    Paper(
        "log-likelihood of a mixture of spherical Gaussians",
        r"\sum_{n=1}^{N}\log\sum_{k=1}^{K}\pi_k \exp\left(-\frac{1}{2}\|\mathbf{x}_n-\boldsymbol{\mu}_k\|^2\right)",
        "x: N d, mu: K d, pi: K simplex",
        lambda x, mu, p: np.log(np.exp(-squared_distances(x, mu) / 2) @ p).sum(), "mu",
    ),
    Paper(
        "negative log-likelihood of a Gaussian",
        r"\frac{n}{2}\log|\boldsymbol\Sigma| + \frac{1}{2}\sum_{i=1}^n "
        r"(\mathbf{x}_i-\boldsymbol\mu)^\top\boldsymbol\Sigma^{-1}(\mathbf{x}_i-\boldsymbol\mu)",
        "x: n d, mu: d, Sigma: d d posdef", gaussian_nll, "mu", "Sigma: d d posdef",
    ),
    Paper(
        "heteroscedastic regression",
        r"\frac{1}{N}\sum_{i=1}^N \left[ \frac{(y_i - \mu_i)^2}{2\sigma_i^2} + \frac{1}{2}\log \sigma_i^2 \right]",
        "y: N, mu: N, sigma: N positive",
        lambda y, mu, s: ((y - mu) ** 2 / (2 * s**2) + np.log(s**2) / 2).mean(), "sigma",
    ),
    Paper(
        "KL divergence of two Gaussians",
        r"\frac12\left[\operatorname{tr}(\Sigma_2^{-1}\Sigma_1) + (\mu_2-\mu_1)^\top\Sigma_2^{-1}(\mu_2-\mu_1) "
        r"- k + \log\frac{\det\Sigma_2}{\det\Sigma_1}\right]",
        "mu_1: k, mu_2: k, Sigma_1: k k posdef, Sigma_2: k k posdef, k: size",
        lambda m1, m2, S1, S2, k: kl_gaussians(m1, m2, S1, S2, k), "mu_1",
        "mu_1: k, Sigma_1: k k posdef, Sigma_2: k k posdef",
    ),
    Paper(
        "KL divergence of a diagonal Gaussian from the standard one",
        r"-\frac{1}{2} \sum_{j=1}^{J} \left( 1 + \log\left(\sigma_j^2\right) - \mu_j^2 - \sigma_j^2 \right)",
        "sigma: J positive, mu: J", lambda s, m: -0.5 * (1 + np.log(s**2) - m**2 - s**2).sum(), "sigma",
    ),
    Paper(
        "evidence lower bound with the reparametrised sample",
        r"\begin{aligned} \mathbf{z} &= \boldsymbol\mu + \boldsymbol\sigma \odot \boldsymbol\epsilon \\ "
        r"\mathcal{L} &= \frac12 \|\mathbf{x} - \mathbf{W}\mathbf{z}\|^2 "
        r"+ \frac12 \sum_{j} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 \right) \end{aligned}",
        "x: n, W: n d, mu: d, sigma: d positive, epsilon: d",
        lambda x, W, m, s, e: 0.5 * ((x - W @ (m + s * e)) ** 2).sum()
        + 0.5 * (m**2 + s**2 - np.log(s**2) - 1).sum(), "mu",
    ),
    Paper(
        "matrix factorisation",
        r"\sum_{i=1}^{m}\sum_{j=1}^{n} w_{ij}\left(r_{ij}-\mathbf{p}_i^\top\mathbf{q}_j\right)^2 "
        r"+ \lambda\left(\sum_i\|\mathbf{p}_i\|^2+\sum_j\|\mathbf{q}_j\|^2\right)",
        "w: m n, r: m n, p: m k, q: n k, lambda: scalar",
        lambda w, r, p, q, lam: (w * (r - p @ q.T) ** 2).sum() + lam * ((p**2).sum() + (q**2).sum()), "p",
    ),
    Paper(
        "principal components",
        r"\left\| \mathbf{X} - \mathbf{X}\mathbf{W}\mathbf{W}^\top \right\|_F^2",
        "X: n d, W: d k", lambda X, W: ((X - X @ W @ W.T) ** 2).sum(), "W",
    ),
    Paper(
        "non-negative matrix factorisation by divergence",
        r"D(V\|WH) = \sum_{ij} \left( V_{ij} \log \frac{V_{ij}}{(WH)_{ij}} - V_{ij} + (WH)_{ij} \right)",
        "V: m n positive, W: m r positive, H: r n positive",
        lambda V, W, H: (V * np.log(V / (W @ H)) - V + W @ H).sum(), "H", "V: positive, W: positive, H: positive",
    ),
    Paper(
        "canonical correlation",
        r"\rho = \frac{a^\top \Sigma_{xy} b}{\sqrt{a^\top \Sigma_{xx} a}\,\sqrt{b^\top \Sigma_{yy} b}}",
        "a: p, b: q, Sigma_xy: p q, Sigma_xx: p p posdef, Sigma_yy: q q posdef",
        lambda a, b, C, A, B: a @ C @ b / np.sqrt(a @ A @ a) / np.sqrt(b @ B @ b), "a",
        "Sigma_xx: p p posdef, Sigma_yy: q q posdef",
    ),
    Paper(
        "Fisher's criterion",
        r"J(\mathbf{w}) = \frac{\mathbf{w}^{\mathrm{T}} \mathbf{S}_B \mathbf{w}}{\mathbf{w}^{\mathrm{T}} \mathbf{S}_W \mathbf{w}}",
        "w: d, S_B: d d posdef, S_W: d d posdef", lambda w, B, W: w @ B @ w / (w @ W @ w), "w",
        "S_W: posdef",
    ),
    Paper(
        "Rayleigh quotient",
        r"R(A, x) = \frac{\langle x, A x \rangle}{\langle x, x \rangle}",
        "A: n n, x: n", lambda A, x: x @ A @ x / (x @ x), "x",
    ),
    Paper(
        "kernel ridge regression",
        r"\min_{\boldsymbol\alpha} \; \|\mathbf{y}-\mathbf{K}\boldsymbol\alpha\|^2+\lambda\,\boldsymbol\alpha^\top\mathbf{K}\boldsymbol\alpha",
        "y: n, K: n n, alpha: n, lambda: scalar",
        lambda y, K, a, lam: ((y - K @ a) ** 2).sum() + lam * a @ K @ a, "alpha",
    ),
    Paper(
        "marginal likelihood of a Gaussian process",
        r"\log p(\mathbf{y} \mid X) = -\tfrac12 \mathbf{y}^\top (K + \sigma_n^2 I)^{-1} \mathbf{y} "
        r"- \tfrac12 \log |K + \sigma_n^2 I| - \tfrac{n}{2} \log 2\pi",
        "y: n, K: n n posdef, sigma_n: scalar", gaussian_process, "y", "y: n, K: n n posdef",
    ),
    Paper(
        "Poisson regression",
        r"\ell(\beta) = \sum_{i=1}^n \left( y_i x_i^\top \beta - e^{x_i^\top \beta} - \log(y_i!) \right)",
        "y: n positive, x: n d, beta: d",
        lambda y, x, b: (y * (x @ b) - np.exp(x @ b)).sum() - sum(lgamma(v + 1) for v in y), "beta",
    ),
    Paper(
        "partial likelihood of Cox, samples in the order of their times",
        r"\sum_{i=1}^{n} \delta_i \left( \beta^\top x_i - \log \sum_{j=i}^{n} \exp(\beta^\top x_j) \right)",
        "delta: n binary, beta: d, x: n d", cox, "beta",
    ),
    Paper(
        "skip-gram with negative samples",
        r"-\log \sigma(\mathbf{u}_o^\top \mathbf{v}_c) - \sum_{k=1}^{K} \log \sigma(-\mathbf{u}_k^\top \mathbf{v}_c)",
        "u_o: d, v_c: d, u: K d",
        lambda uo, vc, u: -np.log(sigmoid(uo @ vc)) - np.log(sigmoid(-u @ vc)).sum(), "v_c",
    ),
    Paper(
        "GloVe",
        r"J = \sum_{i,j=1}^{V} f_{ij} \left( w_i^T \tilde{w}_j + b_i + \tilde{b}_j - \log X_{ij} \right)^2",
        "f: V V, w: V d, wtilde: V d, b: V, btilde: V, X: V V positive",
        lambda f, w, wt, b, bt, X: (f * (w @ wt.T + b[:, None] + bt - np.log(X)) ** 2).sum(), "w",
    ),
    Paper(
        "factorisation machine",
        r"\hat{y}(\mathbf{x}) = w_0 + \sum_{i=1}^n w_i x_i "
        r"+ \sum_{i=1}^n \sum_{j=i+1}^n \langle \mathbf{v}_i, \mathbf{v}_j \rangle x_i x_j",
        "w_0: scalar, w: n, x: n, v: n k", factorisation_machine, "v",
    ),
    Paper(
        "Bradley-Terry",
        r"\ell(\theta) = \sum_{i=1}^n \sum_{j=1}^n w_{ij} \left[ \theta_i - \log\left( e^{\theta_i} + e^{\theta_j} \right) \right]",
        "w: n n, theta: n",
        lambda w, t: (w * (t[:, None] - np.log(np.exp(t)[:, None] + np.exp(t)))).sum(), "theta",
    ),
    Paper(
        "direct preference optimisation",
        r"\mathcal{L}_{\text{DPO}}(\pi_\theta; \pi_{\text{ref}}) = -\log \sigma \left( "
        r"\beta \log \frac{\pi_w}{\rho_w} - \beta \log \frac{\pi_l}{\rho_l} \right)",
        "beta: scalar, pi_w: scalar positive, pi_l: scalar positive, rho_w: scalar positive, rho_l: scalar positive",
        lambda b, pw, pl, rw, rl: -np.log(sigmoid(b * np.log(pw / rw) - b * np.log(pl / rl))), "pi_w",
    ),
    Paper(
        "clipped surrogate of proximal policy optimisation",
        r"L^{\mathrm{CLIP}}(\theta) = \frac{1}{T} \sum_{t=1}^T \min\left( r_t \hat{A}_t, "
        r"\operatorname{clip}(r_t, 1 - \epsilon, 1 + \epsilon) \hat{A}_t \right)",
        "r: T positive, Ahat: T, epsilon: scalar open01",
        lambda r, A, e: np.minimum(r * A, np.clip(r, 1 - e, 1 + e) * A).mean(), "r", "Ahat: T",
    ),
    Paper(
        "policy gradient surrogate",
        r"-\frac{1}{T} \sum_{t=1}^{T} A_t \sum_k a_{tk} \log p_{tk}, \qquad "
        r"p_{tk} = \frac{\exp(\theta_k^\top s_t)}{\sum_l \exp(\theta_l^\top s_t)}",
        "theta: K d, s: T d, a: T K onehot, A: T", policy, "theta", "A: T",
    ),
    Paper(
        "knowledge distillation",
        r"T^2 \sum_{k=1}^K p_k \log \frac{p_k}{q_k}, \qquad p_k = \frac{\exp(v_k/T)}{\sum_j \exp(v_j/T)}, "
        r"\quad q_k = \frac{\exp(z_k/T)}{\sum_j \exp(z_j/T)}",
        "v: K, z: K, T: scalar positive", distillation, "z",
    ),
    Paper(
        "label smoothing",
        r"-\sum_{k=1}^K \left( (1 - \epsilon) y_k + \frac{\epsilon}{K} \right) \log p_k, "
        r"\quad \text{with } p = \operatorname{softmax}(z)",
        "y: K onehot, z: K, epsilon: scalar", smoothed, "z",
    ),
    Paper(
        "Tikhonov regularisation",
        r"\|A x - b\|_2^2 + \|\Gamma x\|_2^2.",
        "A: m n, x: n, b: m, Gamma: p n", lambda A, x, b, G: ((A @ x - b) ** 2).sum() + ((G @ x) ** 2).sum(), "x",
    ),
    Paper(
        "total variation denoising",
        r"\frac{1}{2} \|y - x\|_2^2 + \lambda \sum_{i=1}^{n-1} |x_{i+1} - x_i|",
        "y: n, x: n, lambda: scalar", lambda y, x, lam: ((y - x) ** 2).sum() / 2 + lam * abs(np.diff(x)).sum(), "x",
    ),
    Paper(
        "smoothness over a graph",
        r"\frac{1}{2} \sum_{i=1}^n \sum_{j=1}^n w_{ij} \|\mathbf{f}_i - \mathbf{f}_j\|^2",
        "w: n n, f: n d", lambda w, f: 0.5 * (w * squared_distances(f, f)).sum(), "f",
    ),
    Paper(
        "graphical lasso",
        r"-\log\det \Theta + \operatorname{tr}(S \Theta) + \rho \sum_{i \neq j} |\Theta_{ij}|",
        "Theta: n n posdef, S: n n, rho: scalar",
        lambda T, S, r: -np.log(np.linalg.det(T)) + np.trace(S @ T) + r * abs(off_diagonal(T)).sum(), "Theta",
        "Theta: posdef",
    ),
    Paper(
        "long short-term memory",
        r"""\begin{aligned}
            f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\
            i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) \\
            o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) \\
            \tilde{c}_t &= \tanh(W_c x_t + U_c h_{t-1} + b_c) \\
            c_t &= f_t \odot c_{t-1} + i_t \odot \tilde{c}_t \\
            h_t &= o_t \odot \tanh(c_t)
        \end{aligned}""",
        "x_t: d, h_tm1: h, c_tm1: h, W_f: h d, W_i: h d, W_o: h d, W_c: h d, "
        "U_f: h h, U_i: h h, U_o: h h, U_c: h h, b_f: h, b_i: h, b_o: h, b_c: h", lstm, "x_t",
    ),
    Paper(
        "gated recurrent unit",
        r"""\begin{align}
            z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \label{eq:update} \\
            r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) \nonumber \\
            \hat{h}_t &= \tanh(W_h x_t + U_h (r_t \odot h_{t-1}) + b_h) \\
            h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot \hat{h}_t % the new state
        \end{align}""",
        "x_t: d, h_tm1: h, W_z: h d, U_z: h h, b_z: h, W_r: h d, U_r: h h, b_r: h, W_h: h d, U_h: h h, b_h: h",
        gru, "x_t",
    ),
    Paper(
        "SwiGLU",
        r"\mathrm{FFN}_{\mathrm{SwiGLU}}(X, W, V, W_2) = (\mathrm{Swish}(XW) \odot XV) W_2",
        "X: n d, W: d h, V: d h, W_2: h d",
        lambda X, W, V, W2: ((X @ W) * sigmoid(X @ W) * (X @ V)) @ W2, "W_2",
    ),
    Paper(
        "Gaussian error linear unit",
        r"\mathrm{GELU}(x) = 0.5x\left(1+\tanh\left[\sqrt{2/\pi}\left(x+0.044715x^3\right)\right]\right)",
        "x: scalar", lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / pi) * (x + 0.044715 * x**3))), "x", "x: scalar",
    ),
    Paper(
        "root mean square normalisation",
        r"\bar{a}_i = \frac{a_i}{\mathrm{RMS}(\mathbf{a})} g_i, \quad \text{where} \quad "
        r"\mathrm{RMS}(\mathbf{a}) = \sqrt{\frac{1}{n} \sum_{i=1}^{n} a_i^2}.",
        "a: n, g: n", lambda a, g: a / np.sqrt((a**2).mean()) * g, "a",
    ),
    Paper(
        "low-rank adaptation",
        r"\left\| Y - \left( W_0 + \frac{\alpha}{r} B A \right) X \right\|_F^2",
        "Y: m n, W_0: m d, alpha: scalar, r: scalar positive, B: m k, A: k d, X: d n",
        lambda Y, W, a, r, B, A, X: ((Y - (W + a / r * B @ A) @ X) ** 2).sum(), "A", "r: scalar",
    ),
    Paper(
        "additive angular margin",
        r"-\log \frac{e^{s \cos(\theta_y + m)}}{e^{s \cos(\theta_y + m)} + \sum_{j=1}^{n} e^{s \cos \theta_j}}",
        "s: scalar, m: scalar, theta_y: scalar, theta: n", arcface, "theta",
    ),
    Paper(
        "redundancy reduction",
        r"\mathcal{L}_{BT} \triangleq \sum_i (1 - \mathcal{C}_{ii})^2 + \lambda \sum_i \sum_{j \neq i} \mathcal{C}_{ij}^2, "
        r"\quad \text{where } \mathcal{C} = \frac{1}{n} \mathbf{A}^\top \mathbf{B}",
        "A: n d, B: n d, lambda: scalar", barlow, "A",
    ),
    Paper(
        "variance hinge",
        r"\frac{1}{d} \sum_{j=1}^{d} \max\Bigl( 0, \gamma - \sqrt{\tfrac{1}{n} \sum_{i=1}^{n} z_{ij}^2 + \epsilon} \Bigr)",
        "z: n d, gamma: scalar, epsilon: scalar positive",
        lambda z, g, e: np.maximum(0, g - np.sqrt((z**2).mean(0) + e)).mean(), "z", "gamma: positive, epsilon: positive",
    ),
    Paper(
        "distortion of k-means",
        r"J = \sum_{n=1}^{N} \sum_{k=1}^{K} r_{nk} \, \| \mathbf{x}_n - \boldsymbol{\mu}_k \|^2",
        "r: N K, x: N d, mu: K d", lambda r, x, mu: (r * squared_distances(x, mu)).sum(), "mu",
    ),
    Paper(
        "likelihood of Student's t",
        r"\frac{\nu + 1}{2} \sum_{i=1}^n \log \left( 1 + \frac{(x_i - \mu)^2}{\nu \sigma^2} \right) + n \log \sigma",
        "nu: scalar positive, x: n, mu: scalar, sigma: scalar positive",
        lambda nu, x, mu, s: (nu + 1) / 2 * np.log1p((x - mu) ** 2 / (nu * s**2)).sum() + len(x) * np.log(s), "mu",
        "nu: positive, mu: scalar",
    ),
    Paper(
        "entropic optimal transport",
        r"\langle \mathbf{C}, \mathbf{P} \rangle_F + \varepsilon \sum_{i,j} P_{ij} (\log P_{ij} - 1)",
        "C: m n, P: m n positive, epsilon: scalar", lambda C, P, e: (C * P).sum() + e * (P * (np.log(P) - 1)).sum(), "P",
    ),
    Paper(
        "augmented Lagrangian of the alternating direction method",
        r"L_\rho(x, z, y) = \frac12 \|Ax-b\|_2^2 + \lambda\|z\|_1 + y^T(x-z) + \frac{\rho}{2}\|x-z\|_2^2",
        "A: m n, x: n, z: n, y: n, b: m, lambda: scalar, rho: scalar",
        lambda A, x, z, y, b, lam, rho: 0.5 * ((A @ x - b) ** 2).sum()
        + lam * abs(z).sum() + y @ (x - z) + rho / 2 * ((x - z) ** 2).sum(), "x",
    ),
    Paper(
        "logarithmic barrier",
        r"t\, c^T x - \sum_{i=1}^m \log \left( b_i - a_i^T x \right)",
        "t: scalar, c: n, x: n small, b: m large, a: m n", lambda t, c, x, b, a: t * c @ x - np.log(b - a @ x).sum(), "x",
        "t: scalar",
    ),
    Paper(
        "dual of the support vector machine",
        r"\sum_{i=1}^n \alpha_i - \frac{1}{2} \sum_{i=1}^n \sum_{j=1}^n \alpha_i \alpha_j y_i y_j "
        r"\langle \mathbf{x}_i, \mathbf{x}_j \rangle",
        "alpha: n, y: n, x: n d",
        lambda a, y, x: a.sum() - 0.5 * np.einsum("i,j,i,j,ik,jk->", a, a, y, y, x, x), "alpha",
    ),
    Paper(
        "independent components",
        r"-\log|\det \mathbf{W}| + \frac{1}{N} \sum_{n=1}^N \sum_{k} \log\cosh\left( (\mathbf{W}\mathbf{x}_n)_k \right)",
        "W: d d, x: N d", lambda W, x: -np.log(abs(np.linalg.det(W))) + np.log(np.cosh(x @ W.T)).sum() / len(x), "W",
    ),
    Paper(
        "mixture density network",
        r"-\log \sum_{k=1}^K \frac{\alpha_k}{\sqrt{2\pi}\,\sigma_k} \exp\left\{ -\frac{(y-\mu_k)^2}{2\sigma_k^2} \right\}",
        "alpha: K positive, sigma: K positive, y: scalar, mu: K",
        lambda a, s, y, m: -np.log((a / np.sqrt(2 * pi) / s * np.exp(-((y - m) ** 2) / (2 * s**2))).sum()), "mu",
    ),
    Paper(
        "network of two layers",
        r"""$$\begin{aligned}
            \mathbf{h} &= \operatorname{ReLU}\bigl(\mathbf{W}^{(1)} \mathbf{x} + \mathbf{b}^{(1)}\bigr), \\
            \hat{\mathbf{y}} &= \text{softmax}\bigl(\mathbf{W}^{(2)} \mathbf{h} + \mathbf{b}^{(2)}\bigr), \\
            \mathcal{L} &= -\mathbf{y}^\top \log \hat{\mathbf{y}}.
        \end{aligned}$$""",
        "x: d, y: c, W_1: h d, b_1: h, W_2: c h, b_2: c", two_layers, "W_2",
    ),
    Paper(
        "soft Dice loss",
        r"1 - \frac{2\sum_i p_i g_i + \epsilon}{\sum_i p_i + \sum_i g_i + \epsilon}",
        "p: n positive, g: n binary, epsilon: scalar positive",
        lambda p, g, e: 1 - (2 * p @ g + e) / (p.sum() + g.sum() + e), "p",
    ),
)
