"""Taylor polynomials of growing degree beside the function: where each is good enough, and how far a series could go at all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from math import pi

import numpy as np

from ...core.errors import ChainruleError, DeclarationError
from ...derivation.faces import reading_rows
from ...derivation.objects import taylor
from ..columns import plain
from ..explanation import Explanation
from ..options import listed, positive, short
from ..place import figure
from . import pictures
from .number import OneNumber, number_asked, refuse_several, refuse_undefined
from .radius import Convergence, convergence, reach

FEWEST = 6  # coefficients that the estimate of convergence is compared with
EXACT = 1e-13  # relative: a polynomial that is the function itself


@np.errstate(all="ignore")
def approximations(
    function, wrt=None, at=None, orders=(1, 2, 3, 5), tolerance=0.01, data=None, *, declare=None, sizes=None, seed=0, **more
):
    """Taylor polynomials of growing order at a point, each with its remainder and the radius in which it is good enough.

    Parameters
        function, wrt, at, data, declare: as for `tangent`; a point that is not given is 0.
        orders: of the polynomials, 1 to 8: a list or "1, 2, 3".
        tolerance: what the error |f − P| is to stay below.

    Returns
        Approximations: `.polynomials` with `.text`, `.remainder`, `.left`, `.right`; `.convergence`, an estimate.

    Raises
        DomainError: the function, or a derivative that is needed, does not exist at the point: relu at 0, x|x| beyond order 1.
        DeclarationError: orders or tolerance are none.
    """
    orders, tolerance = orders_of(orders), tolerance_of(tolerance)
    place = number_asked(function, wrt, 0.0 if at is None and isinstance(wrt, str) else at, data, declare, sizes, seed, more)
    refuse_several(place, "a row of Taylor polynomials", "`tangent` tells the linear and the quadratic model of several numbers")
    if at is None and place.names[0] not in place.given:
        place.values[place.names[0]] = np.zeros(())
        place.notes[:] = [n for n in place.notes if not n.startswith(place.names[0] + " drawn")]
    f = OneNumber(place)
    refuse_undefined(f, "Taylor polynomial")
    return Approximations(f, orders, tolerance)


class Polynomial:
    """A Taylor polynomial.

    Attributes
        order, text, remainder, big_o: as printed.
        coefficients: of (x − a)^k.
        left, right: how far the error stays below the tolerance to either side; `why_left`, `why_right` what ends there.
        exact: whether it is the function itself.
    """

    def __init__(self, f: OneNumber, order: int, tolerance: float):
        self.order, self._x = order, f.x
        self.expansion = taylor(f.problem, f.name, order=order, at=spelled(f.x))
        self.text, self.big_o = self.expansion.text, self.expansion.big_o
        self.remainder = None if self.expansion.remainder is None else self.expansion.remainder[0]
        values = {n: x for n, x in f.place.values.items()}
        self.coefficients = np.zeros(order + 1)
        for key, rendering in self.expansion.renderings.items():
            k = int(key.removeprefix("term_"))
            self.coefficients[k] = float(rendering.evaluate(values | {f.name: np.asarray(f.x + 1.0)}))  # (x − a)^k is 1 there
        sides = [reach(lambda t: f.f(f.x + s * t) - float(self(f.x + s * t)), tolerance, max(1.0, abs(f.x))) for s in (-1, 1)]
        (self.left, self.why_left), (self.right, self.why_right) = sides
        self.exact = not self.big_o

    def __call__(self, x):
        return np.polynomial.polynomial.polyval(np.asarray(x, dtype=float) - self._x, self.coefficients)

    @property
    def radius(self) -> float:
        """The radius of the largest interval around the point in which the error stays below the tolerance."""
        return min(self.left, self.right)


class Approximations(Explanation):
    """Taylor polynomials of a function of one number.

    Attributes
        polynomials: by growing order.
        convergence: the estimate of the radius of convergence, or None where it cannot be told.
    """

    kind = "approximations"

    def __init__(self, f: OneNumber, orders: Sequence[int], tolerance: float):
        self.f, self.x, self.tolerance = f, f.x, tolerance
        self.polynomials = [Polynomial(f, order, tolerance) for order in orders]
        self.notes = list(dict.fromkeys([*f.problem.notes, *f.place.notes]))

    @cached_property
    def convergence(self) -> Convergence | None:
        highest = max(self.polynomials, key=lambda p: p.order)
        if highest.exact:
            return None
        coefficients = highest.coefficients
        if len(coefficients) < FEWEST:
            try:
                coefficients = Polynomial(self.f, FEWEST - 1, self.tolerance).coefficients
            except ChainruleError:
                return None
        return convergence(self.f, coefficients)

    @cached_property
    def window(self) -> tuple[float, float]:
        """The stretch that is drawn: beyond the radii, so that the polynomials are seen to leave the function."""
        radii = [r for p in self.polynomials for r in (p.left, p.right) if np.isfinite(r)]
        reach = 1.8 * max(radii) if radii else 3.0 * max(1.0, abs(self.x))
        reach = max(reach, 1e-6 * max(1.0, abs(self.x)))
        return self.x - reach, self.x + reach

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        name = self.f.name
        found = [*reading_rows(self.f.problem), ("at", f"{name} = {figure(self.x, 6)}", self._others())]
        for before, p in zip([None, *self.polynomials], self.polynomials):
            if before is not None and before.text == p.text:
                found.append((f"order {p.order}", f"the same as order {before.order}", ""))
                continue
            found.append((f"order {p.order}", p.text + (f" + {p.big_o}" if p.big_o else ""), ""))
            if p.remainder is not None and p.big_o:
                found.append(("", f"remainder {p.remainder}", ""))
            found.append(("", self._radius(p), ""))
        found += self._convergence()
        seal = self.polynomials[-1].expansion.seal
        found += [("note", note, "") for note in self.notes]
        return [*found, ("verified", f"order {self.polynomials[-1].order}: {seal}", "")]

    def _others(self) -> str:
        return "   ".join([f"{n} = {figure(float(v))}" for n, v in self.f.place.values.items() if n != self.f.name and not np.ndim(v)])

    def _radius(self, p: Polynomial) -> str:
        if p.exact:
            return "the function itself"
        name, within = self.f.name, f"error ≤ {figure(self.tolerance)}"
        if np.isinf(p.left) and np.isinf(p.right):
            return f"{within} at every {name} that was tried: no bound was found"
        ends = {"ends": ", where f ends", "unbounded": ": no bound was found there", "tolerance": ""}
        if np.isinf(p.radius) or p.why_left != p.why_right:
            left = f"down to {name} = {figure(self.x - p.left)}{ends[p.why_left]}"
            right = f"up to {name} = {figure(self.x + p.right)}{ends[p.why_right]}"
            return f"{within} {left}; {right}"
        return f"{within} for {figure(self.x - p.left)} ≤ {name} ≤ {figure(self.x + p.right)}: radius {figure(p.radius)}"

    def _convergence(self) -> list[tuple[str, str, str]]:
        if self.polynomials[-1].exact:
            return []
        c = self.convergence
        if c is None:
            return [("series", "its radius of convergence cannot be told here", "")]
        if not c.found:
            return [("series", f"converges at least for |{self._step()}| < {figure(c.radius, 3)}; nothing that would end it was found", "an estimate")]
        text = f"its radius of convergence is about {figure(c.radius, 2)}: beyond it, higher orders are worse"
        ends = [end for end in (self._end(-c.radius), self._end(c.radius)) if end is not None]
        where = " and ".join([f"{self.f.name} ≈ {figure(end, 2)}" for end in ends])
        seen = f"f itself ends or grows without bound at {where}" if ends else "no end of f on the real line is seen there"
        return [("series", text, "an estimate"), ("", seen, "")]

    def _end(self, distance: float) -> float | None:
        """Where f ends, or is unbounded, about so far from the point; None where it does neither."""
        f = self.f.f
        shares = np.linspace(0.95, 1.05, 401)
        near = np.array([f(self.x + t * distance) for t in shares])
        before = np.array([f(self.x + t * distance) for t in np.linspace(0.0, 0.9, 50)])
        if np.isnan(near).any():
            inside, outside = 0.9, float(shares[np.argmax(np.isnan(near))])
            for _ in range(50):
                middle = (inside + outside) / 2
                inside, outside = (inside, middle) if np.isnan(f(self.x + middle * distance)) else (middle, outside)
            end = self.x + outside * distance
            return 0.0 if abs(end) < 1e-9 * abs(distance) else end
        grows = np.abs(near).max() > 8 * (1e-300 + np.abs(before).max())
        return float(self.x + shares[np.argmax(np.abs(near))] * distance) if grows else None

    def _step(self) -> str:
        return self.f.name if self.x == 0 else f"{self.f.name} {'−' if self.x > 0 else '+'} {figure(abs(self.x))}"

    def pictures(self) -> dict:
        return {
            "polynomials": lambda page, width: pictures.polynomials(self, page, width),
            "error": lambda page, width: pictures.polynomial_errors(self, page, width),
        }

    @np.errstate(all="ignore")
    def to_dict(self) -> dict:
        c = None if self.polynomials[-1].exact else self.convergence
        return plain({
            **self.described(), "function": self.f.problem.echo, "variable": self.f.name, "at": self.x, "tolerance": self.tolerance,
            "polynomials": [
                {"order": p.order, "text": p.text, "big_o": p.big_o, "remainder": p.remainder, "coefficients": p.coefficients,
                 "left": p.left, "right": p.right, "unbounded": bool(np.isinf(p.radius)), "exact": p.exact} for p in self.polynomials
            ],
            "convergence": None if c is None else {"radius": c.radius, "found": c.found, "estimate": True},
            "notes": self.notes, "verified": all(bool(p.expansion.verified) for p in self.polynomials),
        })  # fmt: skip


def spelled(x: float) -> str | Fraction | float:
    """The point as a person would write it: 0, 1/3, pi/2; else the number itself."""
    plain = Fraction(x).limit_denominator(1000)
    if float(plain) == x:
        return plain
    turns = Fraction(x / pi).limit_denominator(60)
    if turns and float(turns) * pi == x:
        return f"{turns.numerator}*pi/{turns.denominator}"
    return x


def orders_of(orders) -> list[int]:
    """The orders, growing, each once.

    Raises
        DeclarationError: they are none.
    """
    words, found = listed(orders), []
    for word in words:
        try:
            order = int(word) if isinstance(word, (str, int, float, np.number)) else 0
        except (TypeError, ValueError, OverflowError):
            order = 0
        if not 1 <= order <= 8 or isinstance(word, bool) or order != float(word):
            raise DeclarationError("the orders of the polynomials are small whole numbers", given=short(orders), expected="1 to 8", fix="orders=(1, 2, 3)")
        found.append(order)
    if not found:
        raise DeclarationError("no order is asked for", given=short(orders), expected="at least one, from 1 to 8", fix="orders=(1, 2, 3)")
    return sorted(set(found))


def tolerance_of(tolerance) -> float:
    found = positive(tolerance, "tolerance", "such as 0.01")
    return 0.01 if found is None else found
