"""Points at which a case is compared: sizes that differ from axis to axis, values that respect what is assumed."""

import ast

import numpy as np

SIZES = (3, 5, 7, 2, 4)  # of the dims in the order of their names, rotated from point to point
TRIES = 60
CONDITION = 1e4  # the largest growth of a relative error from the variables to the derivative that is accepted


def points(case, count=3):
    """`count` points (name → array) at which function and derivative have values that rounding does not spoil.

    A point is left out when its sizes make a matrix singular (XᵀX with more columns than rows), which shows in
    values that change by much when the variables change by a relative 1e-9.
    """
    rng = np.random.default_rng(int.from_bytes(case["id"].encode()[-7:]))
    found, tries = [], 0
    while len(found) < count and tries < TRIES:
        point = draw(case, tries, rng)
        tries += 1
        near = nudged(case, point, rng)
        try:
            with np.errstate(all="ignore"):
                function = steady(np.asarray(run(case["expr"], point)), np.asarray(run(case["expr"], near)))
                if function and steady(textbook(case, point), textbook(case, near)):
                    found.append(point)
        except np.linalg.LinAlgError:
            continue
    assert len(found) == count, f"{case['id']}: no {count} well-conditioned points in {TRIES} tries"
    return found


def steady(value, near):
    """Whether `value` is finite, and `near` not further from it than rounding explains."""
    return np.all(np.isfinite(value)) and np.max(np.abs(near - value)) <= CONDITION * 1e-9 * np.max(np.abs(value))


def draw(case, number, rng):
    """Random values for the variables of a case; the sizes of its dims are the `number`-th choice."""
    dims = sorted({dim for shape in case["vars"].values() for dim in shape if isinstance(dim, str)})
    sizes = {dim: SIZES[(k + number) % len(SIZES)] for k, dim in enumerate(dims)}
    return {
        name: value(tuple(sizes.get(dim, dim) for dim in shape), case["assume"].get(name, []), rng)
        for name, shape in case["vars"].items()
    }


def value(shape, assumed, rng):
    """A random array of `shape` of which all that is `assumed` holds; any real values if nothing is."""
    x, assumed = rng.normal(size=shape), set(assumed)
    if "posdef" in assumed:
        x = x @ x.T / shape[0] + 0.5 * np.eye(shape[0])
    elif "symmetric" in assumed:
        x = (x + x.T) / 2
    if "invertible" in assumed:
        x = x + 2 * np.eye(shape[0])
    if "onehot" in assumed:
        x = np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if "prob" in assumed:
        x = np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)
    ranges = {
        "positive": lambda: 0.3 + 2 * rng.random(shape),
        "gt1": lambda: 1.3 + 2 * rng.random(shape),
        "unit": lambda: rng.uniform(-0.8, 0.8, shape),
        "open01": lambda: rng.uniform(0.1, 0.9, shape),
        "labels01": lambda: 1.0 * rng.integers(0, 2, shape),
        "labelspm1": lambda: 2.0 * rng.integers(0, 2, shape) - 1,
        "mask01": lambda: 1.0 * rng.integers(0, 2, shape),
        "counts": lambda: 1.0 * rng.integers(0, 5, shape),
    }
    for word, make in ranges.items():
        if word in assumed:
            x = make()
    unknown = assumed - {"posdef", "symmetric", "invertible", "onehot", "prob", *ranges}
    assert not unknown, f"no way to draw values that are {unknown}"
    return np.asarray(x, dtype=float)


def nudged(case, point, rng):
    """The point with its continuous variables changed by a relative 1e-9."""
    fixed = {"labels01", "labelspm1", "onehot", "mask01", "counts"}
    return {
        name: x if fixed & set(case["assume"].get(name, [])) else x * (1 + 1e-9 * rng.uniform(-1, 1, x.shape))
        for name, x in point.items()
    }


def textbook(case, point):
    """The value of the textbook's closed form."""
    return np.asarray(run(f"{case['where'] or ''}\n{case['expected']}", point), dtype=float)


def run(source, point):
    """The value of the last line of `source`, an expression, after the statements before it: our own text, not a user's."""
    *statements, last = ast.parse(source).body
    names = {"np": np, **point}
    exec(compile(ast.Module(statements, []), "<definitions>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<result>", "eval"), names)
