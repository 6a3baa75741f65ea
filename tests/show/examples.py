"""A picture of each kind, and of each kind with data that are hard to draw: the laws of pictures hold for all of them.

Each is a function of (page, width). `bench/pictures.py` draws them too.
"""

import numpy as np

from chainrule.show import (
    Arrow, Band, Bar, Curve, Mark, Path, bar_plot, contour_plot, convergence_plot, curve_plot, curves_beside, heat_plot, remainder_plot,
    spectrum_plot, surface_plot,
)  # fmt: skip

X = np.linspace(-4, 4, 401)
SIGMOID = 1 / (1 + np.exp(-X))
NAN, INF = float("nan"), float("inf")
SMALL_NAMES = ["1", "2", "3"]


def drawn(plot, *given, **more):
    return lambda page=False, width=660: plot(*given, **{"title": "A title", **more}, page=page, width=width)


def over(f, a=-2.0, b=2.0, c=-2.0, d=2.0, n=81):
    """The grid, and f on it."""
    xs, ys = np.linspace(a, b, n), np.linspace(c, d, n)
    with np.errstate(all="ignore"):
        return xs, ys, np.broadcast_to(f(*np.meshgrid(xs, ys)), (n, n))


def descent(step, momentum, count=30):
    """Steps on ½x² + 4y² from (−3.5, 1.8)."""
    x, speed, found = np.array([-3.5, 1.8]), np.zeros(2), []
    for _ in range(count):
        found.append(x)
        speed = momentum * speed - step * x * [1, 8]
        x = x + speed
    return np.transpose(found)


def gradients(count=7):
    """Of x² − y², drawn shorter where it is long."""
    found = []
    for x in np.linspace(-1.6, 1.6, count):
        for y in np.linspace(-1.6, 1.6, count):
            length = np.hypot(2 * x, 2 * y)
            by = 0.35 / (1 + length)
            found.append(Arrow(x, y, 2 * x * by, -2 * y * by, role="yours"))
    return found


def remainders(error):
    steps = 10.0 ** -np.arange(0, 11.5, 0.5)
    return [abs(np.exp(0.5 + h) - np.exp(0.5) - h * np.exp(0.5) * (1 + error)) for h in steps]


STEPS = 10.0 ** -np.arange(0, 11.5, 0.5)
SOFTMAX = np.diag([0.1, 0.2, 0.7]) - np.outer([0.1, 0.2, 0.7], [0.1, 0.2, 0.7])
T = np.linspace(-1, 3, 201)
PANELS = [
    dict(curves=[Curve("σ", X, SIGMOID), Curve("σ′", X, SIGMOID * (1 - SIGMOID), "yours")], title="sigmoid", x_label="x"),
    dict(curves=[Curve("tanh", X, np.tanh(X)), Curve("tanh′", X, 1 - np.tanh(X) ** 2, "yours")], title="tanh", x_label="x"),
    dict(curves=[Curve("ReLU", X, np.maximum(X, 0))], title="a title of a panel that takes more than one line", x_label="x", marks=[Mark(0, 0, "kink")]),
]

EXAMPLES = {
    "sigmoid": drawn(
        curve_plot,
        [Curve("σ(x)", X, SIGMOID), Curve("σ′(x)", X, SIGMOID * (1 - SIGMOID), "yours"), Curve("σ″(x)", X, SIGMOID * (1 - SIGMOID) * (1 - 2 * SIGMOID), "third")],
        title="The sigmoid and its derivatives", x_label="x", bands=[Band(-4, -2.5, "saturated"), Band(2.5, 4, "saturated")], marks=[Mark(0, 0.5, "σ(0) = ½")],
    ),
    "taylor": drawn(
        curve_plot,
        [Curve("exp", T, np.exp(T)), Curve("degree 1", T, 1 + T, "yours"), Curve("degree 2", T, 1 + T + T**2 / 2, "third"), Curve("degree 3", T, 1 + T + T**2 / 2 + T**3 / 6, "fourth")],
        title="Taylor polynomials of exp at 0", x_label="x", y_label="f(x)", marks=[Mark(0, 1, "expanded here", "ink", "ring")],
    ),
    "rates": drawn(
        curve_plot,
        [Curve("gradient descent", range(40), 0.7 ** np.arange(40), marker=True), Curve("momentum", range(40), 0.5 ** np.arange(40), "yours", marker=True), Curve("Newton", range(6), 10.0 ** -(2.0 ** np.arange(6)), "third", marker=True)],
        title="Three methods on the same quadratic function, from the same start and with their best steps", x_label="iteration", y_label="f − f*", log_y=True,
    ),
    "pole": drawn(curve_plot, [Curve("tan", X, np.tan(X))], title="tan x", x_label="x", y_label="tan x", verticals=[(-np.pi / 2, "pole"), (np.pi / 2, "pole")], horizontals=[(1, "1")]),
    "secants": drawn(
        curve_plot,
        [Curve("exp", T, np.exp(T)), *[Curve("secants", T, np.exp(0.5) + (np.exp(0.5 + h) - np.exp(0.5)) / h * (T - 0.5), "third", faint=True) for h in (2, 1, 0.5)], Curve("tangent", T, np.exp(0.5) * (0.5 + T), "yours")],
        title="Secants close in on the tangent", x_label="x", marks=[Mark(0.5, np.exp(0.5), "x = 0.5")],
    ),
    "differences": drawn(curve_plot, [Curve("forward difference", STEPS, STEPS + 1e-16 / STEPS), Curve("central difference", STEPS, STEPS**2 + 1e-16 / STEPS, "yours")], title="Error of difference quotients", x_label="step h", y_label="error", log_x=True, log_y=True),
    "circle": drawn(curve_plot, [Curve("circle", np.cos(X), np.sin(X))], title="A circle", equal=True),
    "beside": drawn(curves_beside, PANELS, title="Activations", columns=3),
    "convergence": drawn(convergence_plot, [10 * 0.5**i + 1 for i in range(30)], [5 * 0.6**i for i in range(30)]),
    "remainder": drawn(remainder_plot, STEPS, remainders(0.5), remainders(0)),
    "paths": drawn(
        contour_plot, *over(lambda x, y: x * x / 2 + 4 * y * y, -4, 4, -2.5, 2.5), title="Descent on ½x² + 4y²",
        paths=[Path("gradient descent, step 0.22", *descent(0.22, 0)), Path("momentum 0.8", *descent(0.05, 0.8), role="yours", kind="square"), Path("Newton", [-3.5, 0], [1.8, 0], "third", "triangle")],
        marks=[Mark(0, 0, "minimum", "ink", "star"), Mark(-3.5, 1.8, "start", "ink", "ring")],
    ),
    "field": drawn(contour_plot, *over(lambda x, y: x * x - y * y), title="The gradient of x² − y² is perpendicular to its level sets", arrows=gradients(), marks=[Mark(0, 0, "saddle", "ink", "cross")], equal=True),
    "valley": drawn(contour_plot, *over(lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2, c=-1, d=3), title="The valley of Rosenbrock's function", marks=[Mark(1, 1, "minimum (1, 1)", "yours", "star")], arrows=[Arrow(-1.2, 1, 0.3, 0.25, "∇f"), Arrow(-1.2, 1, -0.3, -0.25, "−∇f", "yours")]),
    "hole": drawn(contour_plot, *over(lambda x, y: np.log(x * x + y * y - 1) + x), title="ln(x² + y² − 1) + x has no value in the disc"),
    "norms": drawn(
        bar_plot,
        [Bar("layer 1: dense", 3.1e-4, "3.1·10⁻⁴", "yours"), Bar("layer 1: sigmoid", 1.4e-4, "1.4·10⁻⁴, all saturated", "yours"), Bar("layer 2: dense", 0.99), Bar("detached", 0.0), Bar("log", NAN, "NaN was born here", "yours")],
        title="Norm of the gradient by layer", axis="‖∂L/∂θ‖", log=True, marks=[(1e-3, "vanishing below 10⁻³"), (2e-3, "another")],
    ),
    "signed bars": drawn(bar_plot, [Bar("a", 3.5), Bar("b", -1.2), Bar("a long name of a thing that is measured", 2.2, role="third"), Bar("zero", 0)], axis="value"),
    "many bars": drawn(bar_plot, [Bar(f"layer {i}", 10.0 ** (-i / 6), role="yours" if i == 60 else "true") for i in range(120)], axis="norm", log=True),
    "saddle's spectrum": drawn(spectrum_plot, [100, 30, 8, 2.5, 0.3, 0.04, 1e-15, -0.5, -3], title="Eigenvalues of the Hessian: a saddle"),
    "bowl's spectrum": drawn(spectrum_plot, [5, 4, 2, 1]),
    "large spectrum": drawn(spectrum_plot, 10.0 ** -np.linspace(0, 12, 3000) * np.where(np.arange(3000) % 9, 1, -1)),
    "softmax": drawn(heat_plot, SOFTMAX, title="Jacobian of softmax: diag(p) − ppᵀ", rows="output", columns="input", row_names=["p₁", "p₂", "p₃"], column_names=["z₁", "z₂", "z₃"]),
    "weights": drawn(heat_plot, np.sin(np.arange(1200) ** 2).reshape(40, 30), rows="unit", columns="input"),
    "large matrix": drawn(heat_plot, np.add.outer(np.sin(np.arange(500) / 60), np.cos(np.arange(300) / 30)), rows="output", columns="input"),
    "long names": drawn(heat_plot, np.eye(4), row_names=["a long name of a row"] * 4, column_names=["a long name of a column"] * 4),
}  # fmt: skip

MANY = np.cumsum(np.sin(np.arange(100_000.0) ** 2))
HARD = {
    "no curve": drawn(curve_plot, []),
    "empty curve": drawn(curve_plot, [Curve("f", [], [])]),
    "one point": drawn(curve_plot, [Curve("f", [1.0], [2.0])]),
    "constant": drawn(curve_plot, [Curve("f", X, 0 * X + 3)]),
    "zero": drawn(curve_plot, [Curve("f", X, 0 * X)]),
    "all NaN": drawn(curve_plot, [Curve("f", X, 0 * X + NAN), Curve("g", X, X, "yours")]),
    "only NaN": drawn(curve_plot, [Curve("f", X, 0 * X + NAN)]),
    "infinite": drawn(curve_plot, [Curve("f", [0, 1, 2, INF], [1, INF, -INF, 2])]),
    "huge": drawn(curve_plot, [Curve("f", X * 1e307, X * 4e307)], x_label="x", y_label="y"),
    "denormal": drawn(curve_plot, [Curve("f", X * 1e-320, X * 1e-321)], x_label="x", y_label="y"),
    "huge, log": drawn(curve_plot, [Curve("f", [1e-300, 1e300], [5e-324, 1.7e308])], log_x=True, log_y=True),
    "negative, log": drawn(curve_plot, [Curve("f", X, X)], log_y=True),
    "small on large": drawn(curve_plot, [Curve("f", X * 1e-9, X**2 * 1e-12 + 123456.789)], x_label="x", y_label="f"),
    "many points": drawn(curve_plot, [Curve("f", range(100_000), MANY)], x_label="n"),
    "many points back and forth": drawn(curve_plot, [Curve("f", MANY, MANY[::-1])]),
    "many markers": drawn(curve_plot, [Curve("f", range(5000), MANY[:5000], marker=True)]),
    "many names": drawn(curve_plot, [Curve(f"the curve number {k}", X, k * X, r) for k, r in zip(range(12), ["true", "yours", "third", "fourth", "fifth", "ink"] * 2)]),
    "long words": drawn(curve_plot, [Curve("a name " * 30, X, X), Curve("g", X, -X)], title="word " * 60, x_label="x" * 200, y_label="y " * 100, marks=[Mark(0, 0, "m" * 200)], bands=[Band(-1, 1, "b" * 200)], verticals=[(1, "v" * 200)]),
    "many marks": drawn(curve_plot, [Curve("f", X, X)], marks=[Mark(0.01 * k, 0, f"mark {k}") for k in range(60)]),
    "marks beyond": drawn(curve_plot, [Curve("f", X, X)], x_range=(0, 1), y_range=(0, 1), marks=[Mark(5, 5, "far"), Mark(NAN, 1, "nowhere"), Mark(0.5, 0.5, "", "fifth", "triangle")], bands=[Band(-9, 0.2, "low"), Band(3, 4, "beyond")], verticals=[(7, "beyond")]),
    "lengths differ": drawn(curve_plot, [Curve("f", [1, 2, 3], [1, 2])]),
    "no panels": drawn(curves_beside, []),
    "no iterations": drawn(convergence_plot, [], []),
    "no remainder": drawn(remainder_plot, STEPS, [0] * 23, [0] * 23),
    "extreme remainders": drawn(remainder_plot, STEPS, [1e200] * 23, [1e-200] * 23),
    "flat": drawn(contour_plot, *over(lambda x, y: 3.0)),
    "no value": drawn(contour_plot, *over(lambda x, y: NAN)),
    "one value": drawn(contour_plot, *over(lambda x, y: np.where((x == 0) & (y == 0), 1, NAN))),
    "one row": drawn(contour_plot, [0, 1, 2], [0], [[1, 2, 3]]),
    "no grid": drawn(contour_plot, [], [], np.zeros((0, 0))),
    "huge heights": drawn(contour_plot, *over(lambda x, y: 1e300 * x * y)),
    "tiny heights": drawn(contour_plot, *over(lambda x, y: 1e-300 * (x * x + y * y))),
    "overflowing heights": drawn(contour_plot, *over(lambda x, y: 1.7e308 * np.sign(x) + y)),
    "steep": drawn(contour_plot, *over(lambda x, y: np.exp(50 * x * y))),
    "stairs": drawn(contour_plot, *over(lambda x, y: np.floor(x) + np.floor(y))),
    "narrow": drawn(contour_plot, *over(lambda x, y: x * x + y * y, -1e-3, 1e-3, -100, 100), equal=True),
    "waves": drawn(contour_plot, *over(lambda x, y: np.sin(9 * x) * np.sin(9 * y), n=300)),
    "paths beyond": drawn(contour_plot, *over(lambda x, y: x * x + y * y), paths=[Path("diverges", (-3.0) ** np.arange(600), 2.0 ** np.arange(600)), Path("no steps", [], []), Path("NaN", [0, NAN], [0, NAN], "third")], arrows=[Arrow(0, 0, 1e300, NAN), Arrow(0, 0, 0, 0, "no length")], marks=[Mark(99, 99, "beyond")]),
    "levels given": drawn(contour_plot, *over(lambda x, y: x + y), levels=[-1, 0, 1, 99, NAN]),
    "no bars": drawn(bar_plot, []),
    "bars without numbers": drawn(bar_plot, [Bar("a", NAN), Bar("b", INF), Bar("c", -INF)], log=True),
    "bars of zero": drawn(bar_plot, [Bar("a", 0.0), Bar("b", 0.0)]),
    "bars of all sizes": drawn(bar_plot, [Bar("a", 1e-300), Bar("b", 1e300), Bar("c", -5.0)], log=True, axis="size"),
    "bars with long words": drawn(bar_plot, [Bar("name " * 30, 1.0, "note " * 40, "yours")], axis="axis " * 40, marks=[(0.5, "mark " * 30), (0.52, "mark " * 30)]),
    "huge bars": drawn(bar_plot, [Bar("a", 1.7e308), Bar("b", -1.7e308)], axis="size"),
    "no eigenvalues": drawn(spectrum_plot, []),
    "zero matrix": drawn(spectrum_plot, [0.0, 0.0]),
    "one eigenvalue": drawn(spectrum_plot, [-2.0]),
    "eigenvalues without numbers": drawn(spectrum_plot, [NAN, INF, 1.0]),
    "huge eigenvalues": drawn(spectrum_plot, [1.7e308, 1e-300, -1.7e308]),
    "no matrix": drawn(heat_plot, np.zeros((0, 3))),
    "matrix of NaN": drawn(heat_plot, [[NAN, INF]]),
    "matrix of zeros": drawn(heat_plot, np.zeros((3, 3))),
    "vector": drawn(heat_plot, [1, 2, -3, NAN], rows="r"),
    "column": drawn(heat_plot, np.arange(200.0).reshape(-1, 1)),
    "row of many": drawn(heat_plot, np.arange(5000.0).reshape(1, -1)),
    "huge entries": drawn(heat_plot, [[1.7e308, -1e-300], [3, 4]]),
    "large names": drawn(heat_plot, np.eye(9), row_names=[f"row of the matrix {k}" for k in range(9)], column_names=[f"x{k}" for k in range(9)]),
}  # fmt: skip

SURFACES = {
    "saddle": drawn(surface_plot, *over(lambda x, y: x * x - y * y), title="A saddle and its tangent plane", z_label="f", plane=over(lambda x, y: 0.75 + 2 * (x - 1) - (y - 0.5))[2], marks=[(1, 0.5, 0.75, "here")]),
    "with a hole": drawn(surface_plot, *over(lambda x, y: np.where(x * x + y * y < 1, NAN, 1e6 * x))),
    "no value": drawn(surface_plot, *over(lambda x, y: NAN)),
    "flat": drawn(surface_plot, *over(lambda x, y: 2.0)),
}  # fmt: skip
