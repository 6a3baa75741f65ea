"""A plane through the space of all variables, on which a function is drawn: two coordinates, or two directions through a point."""

from __future__ import annotations

import re

import numpy as np

from ...core.errors import ChainruleError, DeclarationError, did_you_mean
from ..along import GRID, over, value_at
from ..place import Place

MOST_CURVED = 200  # numbers up to which the direction of largest curvature is looked for


class Plane:
    """x₀ + a u + b v, with orthonormal u and v.

    Attributes
        names: what a and b are called.
        by_coordinates: whether a and b are the values of two coordinates, and not distances from x₀.
    """

    def __init__(self, place: Place, origin: np.ndarray, u: np.ndarray, v: np.ndarray, names: tuple[str, str], by_coordinates: bool):
        self.place, self.u, self.v, self.names, self.by_coordinates = place, u, v, names, by_coordinates
        self.origin = origin - (u @ origin) * u - (v @ origin) * v if by_coordinates else origin
        self.f = value_at(place)

    def coordinates(self, x: np.ndarray) -> tuple[float, float]:
        """Where a point lies on the plane, or the foot of its perpendicular."""
        return float(self.u @ (x - self.origin)), float(self.v @ (x - self.origin))

    def point(self, a: float, b: float) -> np.ndarray:
        return self.origin + a * self.u + b * self.v

    def holds(self, x: np.ndarray) -> bool:
        """Whether a point lies on the plane."""
        away = x - self.point(*self.coordinates(x))
        return bool(np.linalg.norm(away) <= 1e-9 * (1 + np.linalg.norm(x - self.origin)))

    def grid(self, low: tuple[float, float], high: tuple[float, float], count: int = GRID) -> Grid:
        across, up = np.linspace(low[0], high[0], count), np.linspace(low[1], high[1], count)
        return Grid(across, up, over(self.f, self.origin, self.u, self.v, across, up))


class Grid:
    """Values of f over a plane, and its slopes there."""

    def __init__(self, across: np.ndarray, up: np.ndarray, values: np.ndarray):
        self.across, self.up, self.values = across, up, values


def plane_of(place: Place, asked: str | None, origin: np.ndarray, gradient: np.ndarray) -> Plane:
    """The plane that is asked for, "w[0], w[3]"; by default both coordinates, or that of gradient and second direction.

    Raises
        DeclarationError: there is only one coordinate, or the names are none of them.
    """
    names = place.coordinates()
    if len(names) < 2:
        raise DeclarationError(
            "a landscape is of at least two numbers", given=f"{place.problem.echo}, where {', '.join(names)} moves",
            expected="two numbers that move", fix="`tangent` and `approximations` are of one number",
        )  # fmt: skip
    if asked is not None:
        first, second = [_position(word, names) for word in _words(asked)]
        if first == second:
            raise DeclarationError("a plane has two different coordinates", given=asked, expected=", ".join(names[:8]))
        u, v = np.zeros((2, len(names)))
        u[first] = v[second] = 1.0
        return Plane(place, origin, u, v, (names[first], names[second]), True)
    if len(names) == 2:
        return Plane(place, origin, *np.eye(2), tuple(names), True)
    u, v, called = _directions(place, origin, gradient)
    return Plane(place, origin, u, v, called, False)


def _directions(place: Place, x: np.ndarray, gradient: np.ndarray):
    """(u, v, names): along the gradient, and across it along the largest curvature, or at random."""
    n = x.size
    rng = np.random.default_rng(0)
    length = np.linalg.norm(gradient)
    u = gradient / length if np.isfinite(length) and length else np.eye(1, n)[0]
    second, name = rng.normal(size=n), "a random direction"
    if n <= MOST_CURVED:
        try:
            found = np.linalg.eigh(place.objective.hessian(x))[1]
            across = found[:, ::-1] - np.outer(u, u @ found[:, ::-1])
            lengths = np.linalg.norm(across, axis=0)
            second, name = across[:, int(np.argmax(lengths > 0.3))], "the largest curvature across it"
        except (ChainruleError, np.linalg.LinAlgError):
            pass
    second = second - (u @ second) * u
    return u, second / np.linalg.norm(second), ("along the gradient" if length else names_of(place, 0), name)


def through(place: Place, start: np.ndarray, end: np.ndarray, gradient: np.ndarray) -> Plane:
    """The plane through two points, and along the gradient at the first; of two numbers their own plane."""
    if start.size == 2:
        return plane_of(place, None, start, gradient)
    u = end - start
    u = u / np.linalg.norm(u) if np.linalg.norm(u) else np.eye(1, start.size)[0]
    for candidate in (-gradient, np.random.default_rng(0).normal(size=start.size)):
        v = candidate - (u @ candidate) * u
        if np.linalg.norm(v) > 1e-8 * (1e-300 + np.linalg.norm(candidate)):
            break
    return Plane(place, start, u, v / np.linalg.norm(v), ("from start to end", "across it, downhill at the start"), False)


def names_of(place: Place, k: int) -> str:
    return place.coordinates()[k]


def _words(asked: str) -> list[str]:
    """The two coordinates in a text; commas inside brackets belong to an index."""
    words = [w.strip() for w in re.split(r",(?![^\[]*\])", str(asked))]
    if len(words) != 2 or not all(words):
        raise DeclarationError("a plane has two coordinates", given=str(asked), expected="two names", fix='plane="w[0], w[1]"')
    return words


def _position(word: str, names: list[str]) -> int:
    plain = word.replace(" ", "")
    if plain not in names:
        near = did_you_mean(plain, names)
        raise DeclarationError(
            f"`{word}` is no coordinate", given=word, expected=", ".join(names[:8]) + (" …" if len(names) > 8 else ""),
            fix=f"did you mean `{near}`?" if near else None,
        )  # fmt: skip
    return names.index(plain)
