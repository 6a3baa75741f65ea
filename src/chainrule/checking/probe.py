"""One direction at a time: what the claim gives along it, against what the function does, each with its own error.

A claimed derivative is linear, so that all of it is tested by its value uᵀJv along a few random directions v and cotangents
u, with as many calls of the function for a million entries as for one. The function's side comes with the bound of the ladder
(`numeric.along`); the claim's side is allowed the rounding of its own type, and where the two disagree its rounding is measured.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..numeric.ladder import Along, along
from .subject import Subject

AGREES, KINK, DIFFERS, HIDDEN = "agrees", "kink", "differs", "hidden"

EPS = float(np.finfo(np.float64).eps)
ROUNDINGS = 8  # of the claim's own type, in each entry, that are no mistake
SURE = 3.0  # a difference counts as one where it is this many times what is unknown
CLEAR = 10.0  # a difference of so many times what is unknown is clear
EACH = 300  # entries that are examined one by one
ZERO = 1e-14  # of the function's own height, along a direction as long as x: what a derivative of zero is computed as
NARROW = 1e-10  # an eps above it belongs to a type that is widened from the start
SPREAD = 1e3  # entries of an argument whose sizes differ by more are each moved by their own size
LIKE = 1e-5  # entries are moved by so much less than their size, at least, that each has a like part in the derivative
SMALL = 1e-8  # entries whose part is this much smaller than the largest are tested by themselves
NEAR = 1e-6  # relative: how far from x the claim's rounding is measured, so that a kink at x is not taken for it
HALVES = (1e-7, 1e-9)  # the distances over which it is measured there
ROUGHLY = 0.05  # of its size: the noise of a claim that is nothing but rounding
FELT = (16, 4)  # roundings of the arguments' own type that those distances are at least


class Probe(NamedTuple):
    """uᵀJv, claimed and true.

    claimed, allowance   the claim's value, and how much of it may be rounding
    true, bound          the function's, and its error bound
    low, high            between them any value is right: the one-sided derivatives where there is a kink, else `true`
    size                 what digits are counted from: the length of the claim's parts along v
    step                 the step of the ladder
    height, largest      the size of the function's values at x, and at most along the ladder
    is_rounding          whether the claim was seen to be no smoother than its own size: it is what is left of a zero
    verdict              "agrees", "kink" (right as a subgradient), "differs", "hidden" (too little is known)
    """

    x: np.ndarray
    v: np.ndarray
    u: np.ndarray
    claimed: float
    allowance: float
    true: float
    bound: float
    low: float
    high: float
    size: float
    step: float
    height: float
    largest: float
    verdict: str
    is_rounding: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether the claim along v is zero, to its own rounding: no digits of it can agree.

        That it is small beside the values of the function is not enough: 1e17 + sin x has a derivative, which its values hide.
        """
        rounded = self.size <= self.allowance or self.is_rounding
        least = max(self.allowance, EPS * self.height)
        return rounded and self.gap <= least and self.size <= max(self.allowance, ZERO * self.height)

    @property
    def unknown(self) -> float:
        return self.bound + self.allowance

    @property
    def gap(self) -> float:
        """How far the claim lies outside what is right."""
        return max(self.low - self.claimed, self.claimed - self.high, 0.0)

    @property
    def digits(self) -> float:
        """How many decimal digits of the claim the comparison speaks of."""
        if self.is_nothing:
            return digits(max(self.unknown, self.gap), self.height) if self.height else digits(0.0, 1.0)
        return digits(max(self.unknown, self.gap), max(self.size, abs(self.true)))

    @property
    def told(self) -> float:
        """The digits that are known of the parts of the claim, most of which may cancel or add up in it."""
        return min(self.digits, digits(self.unknown, self.size)) if not self.is_nothing else self.digits

    @property
    def is_kink(self) -> bool:
        return self.high - self.low > 2 * self.bound


def digits(error: float, size: float) -> float:
    if error == 0:
        return 17.0
    return float(min(17.0, max(0.0, np.log10(size / error)))) if size > 0 and np.isfinite(error) else 0.0


class Prober:
    """Asks a subject for directional derivatives, and counts the calls of its function."""

    def __init__(self, subject: Subject, rng: np.random.Generator):
        self.subject, self.rng = subject, rng
        self.first_step: float | None = None  # of ladders, in units of the direction, once one was seen to suit
        self.noise = 0.0  # of a claim that is nothing but rounding
        self.goal = np.inf  # digits that the ladders before have found
        self.plain: np.ndarray | None = None  # the cotangent for which the claim was asked first
        self._valued: list[tuple[np.ndarray, str, np.ndarray]] = []  # the values computed last
        self._pulled: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # the claims asked for last
        self.cut_short = False  # whether the claim was seen to be computed in a narrower type
        self.eps = np.concatenate([np.full(a.size, a.eps) for a in subject.arguments] or [np.empty(0)])
        self.largest_eps = float(np.max(self.eps, initial=0.0))
        self.own = self.width = subject.own
        if max((a.eps for a in (*subject.arguments, *subject.outputs)), default=0.0) > NARROW and len(subject.widths) > 1:
            self.width = subject.widths[1]

    @cached_property
    def wider(self) -> str | None:
        """The extended type, where the function can be run in it and is not already."""
        return next((w for w in self.subject.widths if w == "longdouble" != self.own), None)

    @property
    def fine(self) -> float:
        """The digits by which an entry among all of them that is off by a millionth of itself is seen."""
        return max(ROUGH, SEEN_AMONG + 0.5 * float(np.log10(max(self.subject.x.size, 1))))

    @property
    def evaluations(self) -> int:
        """How often the function was called."""
        return self.subject.calls

    def f(self, x: np.ndarray, width: str | None = None) -> np.ndarray:
        """The function at x, flat, in the type in which it is differentiated."""
        return self.subject.value(x, width or self.width)

    def pull(self, x: np.ndarray, u: np.ndarray, afresh: bool = False) -> np.ndarray:
        """The claimed uᵀJ at x; what was asked for just before is not computed again."""
        for known_x, known_u, claim in self._pulled:
            if not afresh and known_x is x and (known_u is u or np.array_equal(known_u, u)):
                return claim
        claim = self.subject.pull(x, u)
        self._pulled = [*self._pulled[-REMEMBERED:], (x, u, claim)]
        return claim

    def value(self, x: np.ndarray, width: str | None = None) -> np.ndarray:
        """f(x), which is not computed again where it is known."""
        width = width or self.width
        for known_x, known_width, value in self._valued:
            if known_x is x and known_width == width:
                return value
        value = next(iter(self.subject.seen(x, width)), None)
        value = self.f(x, width) if value is None else value
        self._valued = [*self._valued[-REMEMBERED:], (x, width, value)]
        return value

    def forget(self) -> None:
        """What was computed so far does not hold any more: seeds were set."""
        self._valued, self._pulled = [], []

    def along(self, x, v, width: str | None = None, first_step: float | None = None, enough=None) -> Along:
        """The derivative of all of f(x) along v, with bounds; `enough` says when it is known well enough."""
        width = width or self.width
        work = np.longdouble if width == "longdouble" else np.float64
        how = {"eps": self.eps_of(width), "first_step": first_step, "at": self.value(x, width), "enough": enough}
        return along(lambda y: self.f(y, width), x.astype(work), v.astype(work), **how)

    def eps_of(self, width: str) -> float:
        """The rounding of the values that the function returns in a type."""
        if width == self.own:
            return max(o.eps for o in self.subject.outputs)
        return float(np.finfo(width).eps)

    @property
    def values(self) -> int:
        """How many rows the derivative has: a gradient one, a Hessian as many as x has entries."""
        return self.subject.x.size if self.subject.kind == "hessian" else sum(o.size for o in self.subject.outputs)

    def columns(self, x, columns, rows, tick) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(true, bound, low, high) of the entries of J in `rows` and `columns`, a ladder for each column."""
        scale = self.scale(x)
        true, bound, low, high = (np.empty((len(rows), len(columns))) for _ in range(4))
        for number, k in enumerate(columns):
            tick(number, len(columns))
            v = np.zeros(x.size)
            v[k] = scale[k]
            few = x.size <= EACH or self.width == "longdouble"  # of many, one entry is little beside the values: it takes long steps, and is worth them
            slope = self.along(x, v, None, self.first_step or START, is_sharp) if few else self.along(x, v)
            sides = np.where(slope.kink, slope.left, slope.value)[rows], np.where(slope.kink, slope.right, slope.value)[rows]
            true[:, number], bound[:, number] = slope.value[rows], bound_of(slope)[rows]
            low[:, number], high[:, number] = np.minimum(*sides), np.maximum(*sides)
        return tuple(found / scale[columns] for found in (true, bound, low, high))

    # ---------------------------------------------------------------- directions and cotangents

    def scale(self, x: np.ndarray) -> np.ndarray:
        """How far each entry is moved: as far as its argument is large, or as it is itself where sizes differ much."""
        scale = np.ones(x.size)
        for argument, span in self.subject.spans():
            part = np.abs(x[span])
            moving = part[part > 0]
            if not moving.size:
                continue
            typical = float(np.median(moving))
            if moving.max() > SPREAD * typical or moving.min() * SPREAD < typical and argument.size <= 1:
                scale[span] = np.where(part > 0, part, typical)
            elif moving.min() * SPREAD * SPREAD < typical:
                scale[span] = np.maximum(part, typical / SPREAD)
            else:
                scale[span] = np.sqrt(np.mean(moving**2))
        return scale

    def directions(self, x: np.ndarray, claimed: np.ndarray | None, how_many: int) -> list[np.ndarray]:
        """Random directions that let every entry be seen: the first as the entries are large, then so that each has a like part."""
        scale = self.scale(x)
        found = [scale * self._random(x.size)]
        part = np.abs(claimed) * scale if claimed is not None else np.zeros(0)
        moving = part[np.isfinite(part) & (part > 0)]
        if not moving.size:
            return found + [scale * self._random(x.size) for _ in range(how_many - 1)]
        while len(found) < how_many:
            typical = float(np.median(moving))
            with np.errstate(divide="ignore"):
                found.append(scale * self._random(x.size) * np.minimum(1.0, np.maximum(LIKE, typical / part)))
        return found

    def slight(self, x: np.ndarray, claimed: np.ndarray | None) -> np.ndarray | None:
        """A direction along the entries whose part would drown in the rounding of the others; None where there are none."""
        if claimed is None:
            return None
        scale = self.scale(x)
        part = np.abs(claimed) * scale
        small = part < SMALL * np.max(part[np.isfinite(part)], initial=0.0)
        return np.where(small, scale, 0.0) * self._random(x.size) if np.any(small & (part > 0)) else None

    def cotangents(self, m: int, slopes: np.ndarray | None = None) -> list[np.ndarray]:
        """Random cotangents of both signs: one plain, one in which each output has a like part."""
        if m == 1:
            return [np.ones(1)]
        plain = self._random(m) if self.plain is None else self.plain
        if slopes is None:
            return [plain]
        part = np.abs(slopes).astype(float)
        typical = float(np.median(part[part > 0])) if np.any(part > 0) else 1.0
        return [plain, self._random(m) * np.minimum(1.0, np.maximum(LIKE, typical / np.maximum(part, 1e-300)))]

    def _random(self, n: int) -> np.ndarray:
        """Of both signs, none near zero: an entry is not overlooked because its part happened to be small."""
        return self.rng.uniform(0.4, 1.0, n) * self.rng.choice((-1.0, 1.0), n)

    # ---------------------------------------------------------------- comparing

    def compare(self, x: np.ndarray, v: np.ndarray, us: list[np.ndarray] | None = None) -> list[Probe]:
        """The claim against the function along v, for each cotangent; drawn here where none are given.

        The ladder starts from short steps: a smooth function is known to many digits there, and one of many kinks is smooth only there.
        It goes on until the claim agrees to enough digits, or all is known that can be.
        """
        return [self.settled(probe) for probe in self._seen(x, v, us, self.first_step or START)]

    def glance(self, x: np.ndarray, v: np.ndarray, us: list[np.ndarray] | None = None) -> list[Probe]:
        """The same along entries whose part may be nothing but rounding; a claim that far below the values is not looked at closely."""
        found = self._seen(x, v, us, self.first_step or START, slight=True)
        return [p if p.verdict == AGREES and self.is_slight(p) else self.settled(p) for p in found]

    def is_slight(self, probe: Probe) -> bool:
        """Whether a claim is so small beside the values that it may be nothing but rounding, in its own type."""
        return probe.size <= max(ZERO, MISLED * self.largest_eps) * probe.height

    def smooth_near(self, x: np.ndarray, v: np.ndarray, u: np.ndarray) -> bool:
        """Whether the claim is right at a point right beside a kink: by steps that do not reach it."""
        kept = self.first_step, self.goal
        self.goal = LEAST
        found = self._seen(x, v, [u], TINY)[0]
        self.first_step, self.goal = kept
        return self.settled(found).verdict in (AGREES, KINK)

    def _seen(self, x, v, us, first_step: float | None, width: str | None = None, slight: bool = False) -> list[Probe]:
        """The probes after one ladder, for which the claim is known from its beginning."""

        def probes(slope: Along) -> list[Probe]:
            nonlocal us
            us = self.cotangents(slope.value.size, slope.value) if us is None else us
            return [self.probe(x, v, u, slope) for u in us]

        def enough(slope: Along) -> bool:
            deep = float(np.max(slope.shortest)) <= DEEP
            return all(self.serves(probe, slope.evaluations, deep, slight) for probe in probes(slope))

        slope = self.along(x, v, width, first_step, enough)
        found = [self.judged(p._replace(is_rounding=self.is_left_of_zero(p))) for p in probes(slope)]
        known = min(p.told for p in found)
        if all(p.verdict == AGREES for p in found) and known >= LEAST:
            self.first_step = LEARNT * float(np.median(slope.step))
            self.goal = min(self.goal, known - 0.5)  # another ladder need not find more
        return found

    def is_short(self, probe: Probe) -> bool:
        """Whether the rounding of the values is what bounds the slope, so that longer steps would tell more."""
        return probe.bound <= NOISY * self.eps_of(self.width) * probe.height / probe.step

    def is_left_of_zero(self, probe: Probe) -> bool:
        """Whether a claim that is small beside the values of the function is nothing but the rounding of a zero."""
        small = 0 < probe.size <= ZERO * probe.height and probe.gap <= max(probe.unknown, EPS * probe.height)
        return small and self.claim_noise(probe) >= ROUGHLY * probe.size

    def serves(self, probe: Probe, evaluations: int, deep: bool, slight: bool = False) -> bool:
        """Whether a claim agrees to as many digits as that many evaluations should give, or something else is to be looked at first.

        That is the claim's own rounding, or a kink, which may be beside x for as long as steps are not short.
        """
        if probe.is_kink:
            return deep and probe.bound <= SHARP * (probe.high - probe.low)
        if probe.verdict != AGREES:
            return probe.verdict == DIFFERS and probe.gap <= MISLED * self.largest_eps * probe.height
        if 2 * probe.bound <= probe.allowance or slight and (self.is_slight(probe) or evaluations >= PLENTY):
            return True
        return probe.told >= min(self.goal, GOAL if evaluations < PLENTY else ROUGH if evaluations < MOST else LEAST)

    def probe(self, x: np.ndarray, v: np.ndarray, u: np.ndarray, slope: Along, claim: np.ndarray | None = None) -> Probe:
        """The claim against a derivative that is known."""
        claimed, size, rounding = self.claim(x, v, u, claim)
        true, bound = float(u @ slope.value), float(np.abs(u) @ bound_of(slope))
        sides = u * np.where(slope.kink, slope.left, slope.value), u * np.where(slope.kink, slope.right, slope.value)
        low, high = float(np.minimum(*sides).sum()), float(np.maximum(*sides).sum())
        height = float(np.abs(u) @ np.abs(slope.at))
        largest = float(np.abs(u) @ slope.largest.ravel())
        found = Probe(x, v, u, claimed, rounding, true, bound, low, high, size, float(np.max(slope.step)), height, largest, "")
        return self.judged(found)

    def claim(self, x, v, u, claim: np.ndarray | None = None) -> tuple[float, float, float]:
        """(the claim along v, the size of its parts, their rounding)."""
        if self.subject.kind == "jvp":
            pushed = self.subject.push(x, v)
            eps = max(o.eps for o in self.subject.outputs)
            size = float(np.linalg.norm(u * pushed))
            return float(u @ pushed), size, ROUNDINGS * eps * size
        parts = (self.pull(x, u) if claim is None else claim).astype(np.longdouble) * v
        size = float(np.linalg.norm(parts.astype(float)))
        rounding = ROUNDINGS * float(np.linalg.norm((self.eps * np.abs(parts)).astype(float)))
        return float(parts.sum()), size, rounding

    def judged(self, probe: Probe) -> Probe:
        """The probe with its verdict."""
        if not np.isfinite(probe.claimed):
            verdict = DIFFERS if np.isfinite(probe.bound) and np.isfinite(probe.true) else HIDDEN
        elif not np.isfinite(probe.unknown) or not np.isfinite(probe.true):
            verdict = HIDDEN
        elif probe.gap <= probe.unknown or probe.is_nothing:
            verdict = KINK if probe.is_kink else AGREES
        else:
            verdict = DIFFERS if probe.gap > SURE * probe.unknown else HIDDEN
        return probe._replace(verdict=verdict)

    def settled(self, probe: Probe) -> Probe:
        """A dispute looked at again: the claim's own rounding measured, and the ladder from another scale and in a wider type."""
        if probe.verdict in (AGREES, KINK) or not np.isfinite(probe.claimed) or probe.is_kink and probe.verdict == DIFFERS:
            return probe
        noise = self.noise if 2 * probe.gap <= self.noise else self.claim_noise(probe)
        self.cut_short = self.cut_short or probe.verdict == DIFFERS and self.looks_cut_short(probe, noise)
        if not self.cut_short:
            probe = self.judged(probe._replace(allowance=max(probe.allowance, noise)))
            if probe.is_nothing:
                self.noise = noise
        if probe.verdict in (AGREES, KINK) or probe.x.size > EACH and probe.gap > CLEAR * probe.unknown:
            return probe  # of many entries the wrong ones are found, and looked at again each by itself
        return self.closely(probe)

    def looks_cut_short(self, probe: Probe, noise: float) -> bool:
        """Whether the claim's rounding is that of a narrower type than its own: float32 where float64 was given."""
        return probe.allowance < CUT[0] * probe.size < noise < CUT[1] * probe.size and probe.bound < noise

    def closely(self, probe: Probe) -> Probe:
        """The probe by another ladder: of long steps, in a wider type where there is one."""
        other = self._seen(probe.x, probe.v, [probe.u], None, self.wider if probe.x.size <= SLOW else None)[0]
        other = self.judged(other._replace(allowance=max(probe.allowance, other.allowance)))
        if probe.verdict == AGREES and probe.size <= probe.bound:  # in its own type the function's noise hides all of it
            other = self.judged(other._replace(height=max(other.height, other.largest)))
        if other.verdict not in (AGREES, KINK) and np.isfinite(other.claimed) and not self.cut_short:
            noise = self.claim_noise(probe)
            self.cut_short = other.verdict == DIFFERS and self.looks_cut_short(other, noise)
            noise = 0.0 if self.cut_short else noise
            other, probe = (self.judged(p._replace(allowance=max(p.allowance, noise))) for p in (other, probe))
        if other.verdict in (AGREES, KINK):
            if probe.x.size <= SLOW and self.wider and other.verdict == AGREES and other.digits > probe.digits + 1:
                self.width = self.wider  # from now on
            return other
        apart = max(other.low - probe.high, probe.low - other.high, 0.0)
        if not apart <= probe.bound + other.bound:  # the two ladders contradict one another: less is known than each says
            better = other if self.wider else min(probe, other, key=lambda p: p.bound)
            return self.judged(better._replace(bound=apart + min(probe.bound, other.bound)))
        return min(probe, other, key=lambda p: p.bound if np.isfinite(p.bound) else np.inf)

    def is_on_stairs(self, probe: Probe) -> bool:
        """Whether the function jumps by more than the gap speaks of, as one does that iterates to a tolerance.

        Between two jumps it is smooth, and its slope there is known well, but is not that of the function it stands for. Of
        nine values in a row the differences of high order show jumps; a kink shows too, but less at shorter distances.
        """
        if probe.x.size > SLOW or not 0 < probe.gap < STAIRS * max(probe.size, abs(probe.true)):
            return False
        longest = TREAD * float(np.max(self.scale(probe.x))) / max(float(np.max(np.abs(probe.v))), 1e-300)
        seen = [self._jumps(probe, longest * shorter) for shorter in (1.0, 0.25, 1 / 16)]
        for (jump, slope, h), (next_jump, _, _) in zip(seen, seen[1:]):
            noise = self.eps_of(self.width) * ROUNDINGS * probe.height
            doubt = jump / h
            if jump > 1e2 * noise and jump < 2 * next_jump and abs(slope - probe.claimed) < doubt and probe.gap < doubt:
                return True
        return False

    def _jumps(self, probe: Probe, h: float) -> tuple[float, float, float]:
        """(how rough nine values at the distance h are, the slope that they give, h)."""
        values = np.array([float(probe.u @ self.f(probe.x + k * h * probe.v)) for k in range(-4, 5)])
        rough = float(np.abs(np.diff(values, 8)[0])) / np.sqrt(12870)  # of independent errors of size 1 the difference is √C(16, 8)
        slope = float(values @ EIGHTH) / h
        return rough, slope, h

    def nearby(self) -> tuple[float, list[float]]:
        """(how far from x the claim's rounding is measured, the distances there), relative: such as its own type can tell."""
        eps = float(np.max(self.eps, initial=0.0))
        return max(NEAR, 2 * FELT[0] * eps), [max(half, felt * eps) for half, felt in zip(HALVES, FELT)]

    def claim_noise(self, probe: Probe) -> float:
        """The rounding of the claim along v: how far it is from smooth between points that are close together, near x."""
        near, halves = self.nearby()
        away = near * self.scale(probe.x) * self._random(probe.x.size)
        try:
            seen = []
            middle = self.claim(probe.x + away, probe.v, probe.u)[0]
            for half in halves:
                step = half * self.scale(probe.x) * self._random(probe.x.size)
                before, after = (self.claim(probe.x + away + k * step, probe.v, probe.u)[0] for k in (-1, 1))
                three = [before, middle, after]
                seen.append(abs(three[0] - 2 * three[1] + three[2]))
        except Exception:  # the person's own code, at a point where it may not be defined
            return 0.0
        noise = 2 * max(seen)
        return noise if np.isfinite(noise) else 0.0


def is_sharp(slope: Along) -> bool:
    """Whether a column is known well enough, at a smooth point, to be told from any other: further steps add digits that nobody reads."""
    if np.any(slope.kink) or slope.evaluations < SEEN:
        return False
    wanted = FINE if slope.evaluations < PLENTY else COARSE
    return bool(np.max(slope.bound) <= wanted * np.max(np.abs(slope.value)))


def bound_of(slope: Along) -> np.ndarray:
    """The error bounds: at a kink those of the one-sided derivatives."""
    return np.where(slope.kink, np.maximum(slope.left_bound, slope.right_bound), slope.bound)


SEEN, FINE, COARSE = 9, 1e-11, 1e-9  # calls before a column is looked at, and bounds, relative to it, that are enough: at first, and later
CUT = (3e-10, 3e-6)  # relative: between them lies the rounding of float32, in a claim of float64
STAIRS = 1e-3  # relative: a gap that jumps of the function may explain
TREAD = 0.05  # relative: the distance between values in which jumps are looked for, at first
EIGHTH = np.array([3, -32, 168, -672, 0, 672, -168, 32, -3]) / 840  # the first derivative from nine values, to eighth order
REMEMBERED = 3  # claims besides the last one
TINY = 2.0**-23  # the first step right beside a kink
DEEP = 2.0**-34  # a step that is shorter says whether a kink is at x
SHARP = 1e-3  # of the jump of a slope: the bound from which on it is known
START = 2.0**-10  # the longest of the first steps, in units of the direction, which is as long as x
LEARNT = 4.0  # the first of three steps, in units of the last
GOAL = 11.0  # digits to which a claim agrees with most functions by three steps
ROUGH = 7.0  # digits that are enough where more are not to be had by
SEEN_AMONG = 6.5  # digits, for one entry; of n entries all others stand √n to one beside it
LEAST = 3.5  # digits that are
MISLED = 64.0  # roundings of the values, in the claim's type: a difference that is no more may be the claim's rounding
NOISY = 20  # roundings of the values
SLOW = 10**5  # entries from which on an input is large: the extended type, which has no fast programs, comes last
PLENTY, MOST = 12, 24  # evaluations
