"""The tangent plane of a function of several numbers, and the quadratic model, with their errors as the step shrinks.

f(x + ε u) = f(x) + ε ∇fᵀu + ε² uᵀ∇²f u/2 + O(ε³) along any unit direction u: the errors fall with ε² and ε³.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import ChainruleError, DomainError
from ...derivation.breaks import behaviour
from ...derivation.faces import reading_rows
from ...show.contours import Arrow, contour_plot
from ...show.curves import Mark
from ...show.surface import surface_plot
from ..along import GRID, over, slope_of, value_at
from ..columns import columns, plain
from ..explanation import Explanation
from ..place import Place, figure, shown
from . import pictures

EPS = float(np.finfo(float).eps)
EPSILONS = 10.0 ** -np.arange(0, 5)
FINE = np.geomspace(1.0, 1e-7, 43)
NEAR = 1e-9
MOST_CURVED = 300  # numbers up to which the Hessian is formed; beyond, it is applied to the direction
SURFACE = 33  # points to a side of the surface


class TangentPlane(Explanation):
    """f near a point in several numbers.

    Attributes
        value, gradient: f and ∇f, as one vector, at the point.
        direction: the unit direction along which the errors are told: that of the gradient, where there is one.
        curvature: uᵀ∇²f u along it, or None where there is no rule for it.
        steps, errors, orders: of plane and quadratic model.
    """

    kind = "tangent"

    def __init__(self, place: Place):
        self.place, self.problem = place, place.problem
        self.f = value_at(place)
        self.notes = list(dict.fromkeys([*place.problem.notes, *place.notes]))
        self.x = place.x
        self._refuse()
        with np.errstate(all="ignore"):
            self.value, self.gradient = place.objective.at(self.x)
        length = float(np.linalg.norm(self.gradient))
        self.direction = self.gradient / length if length else np.full(self.x.size, self.x.size**-0.5)
        self.curvature = self._curvature()
        self.unit = 10.0 ** np.floor(np.log10(max(float(np.linalg.norm(self.x)), 1.0)))
        while not np.isfinite(self.f(self.x + self.unit * self.direction)) and self.unit > 1e-12:
            self.unit /= 10
        self.steps = self.unit * FINE
        self.errors, self.orders = self._errors(self.steps)

    def _refuse(self) -> None:
        where = self.place.written()
        if not np.isfinite(self.f(self.x)):
            raise DomainError(
                f"there is no tangent plane at {where}: the function has no value there",
                given=f"{self.problem.echo} at {where}", expected="a point at which the function has a value",
            )  # fmt: skip
        with np.errstate(all="ignore"):
            gradient = self.place.objective.at(self.x)[1]
        if self.problem.margin(self.place.values) > NEAR * max(1.0, float(np.abs(self.x).max())) and np.isfinite(gradient).all():
            return
        what = behaviour(lambda x: np.asarray(self.f(x)), self.x)
        if what != "smooth":
            raise DomainError(
                f"there is no tangent plane at {where}: {what}",
                given=f"{self.problem.echo} at {where}, where the slopes to opposite sides do not belong to one plane",
                expected="a point at which the function is differentiable", fix="`tangent` in one of the variables tells both slopes",
            )  # fmt: skip

    def _curvature(self) -> float | None:
        try:
            found = float(self.direction @ self.place.objective.product(self.x, self.direction))
        except ChainruleError:
            return None
        return found if np.isfinite(found) else None

    @np.errstate(all="ignore")
    def _errors(self, steps: np.ndarray):
        """((plane, quadratic), their orders) at the steps along the direction."""
        value = np.array([self.f(self.x + t * self.direction) for t in steps])
        plane = self.value + steps * float(self.gradient @ self.direction)
        floor = EPS * (np.abs(value) + np.abs(plane))
        errors = [np.abs(value - plane), None if self.curvature is None else np.abs(value - plane - steps**2 * self.curvature / 2)]
        short = steps <= self.unit / 5
        orders = [None if e is None else slope_of(steps[short], e[short], floor[short]) for e in errors]
        return errors, orders

    @cached_property
    def names(self) -> list[str]:
        return self.place.coordinates()

    def equation(self) -> str:
        """z = 5 + 2(x − 1) + 4(y − 2)."""
        found = f"z = {figure(self.value)}"
        for name, g, x in zip(self.names, self.gradient, self.x):
            if g:
                step = name if x == 0 else f"({name} {'−' if x > 0 else '+'} {figure(abs(x))})"
                found += f" {'−' if g < 0 else '+'} {'' if abs(g) == 1 else figure(abs(g)) + (' ' if x == 0 else '')}{step}"
        return found

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        few = self.x.size <= 6
        found = [*reading_rows(self.problem), ("at", self.place.written(), ""), ("f", figure(self.value, 6), "")]
        found.append(("∇f", shown(self.gradient), f"‖∇f‖ = {figure(float(np.linalg.norm(self.gradient)))}"))
        found.append(("plane", self.equation() if few else "f + ∇fᵀ(x − x₀)", "horizontal: a critical point" if not self.gradient.any() else ""))
        if self.x.size == 2 and self.place.variables.length <= MOST_CURVED and self.curvature is not None:
            found.append(("∇²f", shown(self.place.objective.hessian(self.x)), ""))
        (plane, quadratic), _ = self._errors(self.unit * EPSILONS)
        heads, lines = ["ε", "error of the plane"], [[figure(t), figure(e, 2)] for t, e in zip(self.unit * EPSILONS, plane)]
        if quadratic is not None:
            heads.append("with the Hessian")
            lines = [[*line, figure(e, 2)] for line, e in zip(lines, quadratic)]
        along = "along ∇f/‖∇f‖" if self.gradient.any() else "along the diagonal"
        found.append(("model", columns(heads, lines), ""))
        found.append(("", f"at the point moved by ε {along}", ""))
        said = [f"{name} {'no error but rounding' if o is None else f'ε^{o:.2f}'}"
                for name, o, e in zip(("plane", "with the Hessian"), self.orders, self.errors) if e is not None]  # fmt: skip
        found.append(("order", "the error falls as: " + ", ".join(said), ""))
        found += [("note", note, "") for note in self.notes]
        return [*found, *verified_rows(self.place.objective)]

    # ------------------------------------------------------------------ pictures

    def _window(self) -> tuple[np.ndarray, np.ndarray]:
        across, up = [np.linspace(c - self.unit, c + self.unit, GRID) for c in self.x]
        return across, up

    @cached_property
    def _grid(self):
        across, up = self._window()
        u, v = np.eye(2)
        return across, up, over(self.f, np.zeros(2), u, v, across, up)

    def _plane_on(self, across: np.ndarray, up: np.ndarray) -> np.ndarray:
        return self.value + self.gradient[0] * (across[None, :] - self.x[0]) + self.gradient[1] * (up[:, None] - self.x[1])

    def pictures(self) -> dict:
        orders = {"orders": lambda page, width: pictures.model_orders(self, page, width)}
        if self.x.size != 2:
            return orders
        return {"error": self._error_picture, **orders, "surface": self._surface}

    @np.errstate(all="ignore")
    def _error_picture(self, page: bool, width: float):
        across, up, values = self._grid
        arrow = self.direction * self.unit / 3
        return contour_plot(
            across, up, np.abs(values - self._plane_on(across, up)), title="Error of the tangent plane", x_label=self.names[0],
            y_label=self.names[1], marks=[Mark(*map(float, self.x), "point")],
            arrows=[Arrow(*map(float, self.x), *map(float, arrow), "∇f")] if self.gradient.any() else [], page=page, width=width,
        )  # fmt: skip

    @np.errstate(all="ignore")
    def _surface(self, page: bool, width: float):
        across, up = [np.linspace(c - self.unit, c + self.unit, SURFACE) for c in self.x]
        u, v = np.eye(2)
        values = over(self.f, np.zeros(2), u, v, across, up)
        return surface_plot(
            across, up, values, title="The function and its tangent plane", x_label=self.names[0], y_label=self.names[1], z_label="f",
            marks=[(*map(float, self.x), float(self.value), "point")], plane=self._plane_on(across, up), page=page, width=width,
        )  # fmt: skip

    @np.errstate(all="ignore")
    def to_dict(self) -> dict:
        return plain({
            **self.described(), "function": self.problem.echo, "variables": self.names, "at": self.x, "value": self.value,
            "gradient": self.gradient, "tangent": self.equation(), "direction": self.direction, "curvature_along": self.curvature,
            "epsilon": self.steps, "errors": {"plane": self.errors[0], "quadratic": self.errors[1]},
            "orders": {"plane": self.orders[0], "quadratic": self.orders[1]}, "notes": self.notes, "verified": True,
        })  # fmt: skip


def verified_rows(objective) -> list[tuple[str, str, str]]:
    """How well the derivatives that were used are verified."""
    names = {"grad": "gradient", "hessian": "Hessian", "hvp": "∇²f v"}
    seals = {names.get(kind, kind): d.seal for kind, d in objective.derivations.items() if kind in names and d.seal is not None}
    if not seals:
        return []
    grouped: dict[str, list[str]] = {}
    for name, seal in seals.items():
        grouped.setdefault(str(seal), []).append(name)
    return [("verified", f"{' and '.join(names)}: {text}", "") for text, names in grouped.items()]
