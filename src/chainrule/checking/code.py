"""Is a derivative that was written as code right? From the function and the claim to a report, on one page.

First what needs no derivative (`structure`), then random directions at the point and at others (`probe`), which decide. Only
where they object is the mistake looked for: the entries (`locate`), and why (`causes`).

References: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.1, for the tests by directions; Clarke,
Optimization and Nonsmooth Analysis, section 2.5, for what is right at a kink.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from ..core.lazy import lazy
from .locate import SAMPLE, Entries, by_halving, one_by_one, wrong_rows
from .probe import AGREES, CLEAR, DIFFERS, EACH, HIDDEN, KINK, ROUGH, SLOW, Probe, Prober
from .progress import progress
from .report import Report
from .structure import Looked, looked_at, misshapen_text
from .subject import Failed, Misshapen, RightAfter, Subject
from .subjects import preserved, subject_of

hessian = lazy(__package__, ".hessian")
causes = lazy(__package__, ".causes")
words = lazy(__package__, ".words")

DIRECTIONS = 2  # at the given point
SPENT = 40  # calls after which one further point has to do
POINTS = 2  # beside it: with other signs, so that branches not taken there are seen
TRIES = 3  # draws for each: the function may not be defined everywhere
DIGITS = 3.0  # that must agree before a claim is called right; fewer where its own type has few
NEARBY = (6, 18, 48)  # points beside a kink, whose derivatives say what is right at it: more where fewer leave a doubt
CLOSE = 1e-6  # relative: how near they are
CLOSER = 16.0  # times nearer: what does not shrink with the distance is a kink
SUSPECTS = 3  # entries of a claim at a kink that are examined by themselves
STAIRS = "the values of the function jump, as those of an iteration to a tolerance do: the numeric derivative has few digits"
COARSE = "the gradient is computed with less precision than its type has"
AFTER = "the gradient uses what the last call of the function left behind: it is right directly after a call at the same point"
SECONDS, LADDERS, FEWEST = 3.0, 30, 4  # for the entries at further points: the time, calls for each entry, entries at least
FRESH = 16  # points at most at which a cause is confirmed


def check_code(
    function: Callable,
    claim: Callable | None = None,
    at=None,
    *,
    kind: str | None = None,
    order: int = 1,
    wrt=None,
    sample: Callable | None = None,
    framework: str | None = None,
    seed: int = 0,
) -> Report:
    """Whether `claim` is the derivative of `function`, and if not where it is wrong and why.

    Parameters
        function: of arrays, numbers, or lists, dicts and dataclasses of them; of NumPy, PyTorch or JAX; a PyTorch module
            is checked in its parameters too. It runs in this process, as it is.
        claim: takes the same arguments and returns the derivative. May be left out for PyTorch and JAX, whose own
            differentiation is the claim then: of custom autograd Functions, custom_vjp and custom_jvp rules.
        at: the point: one array, a tuple of the arguments, or a dict of them by name.
        kind: "gradient" of a scalar, "jacobian" (outputs × inputs), "hessian" of a scalar, "vjp": a backward pass that takes
            the arguments and a cotangent. By default what the values say.
        order: 2 to check second derivatives, where the framework makes them.
        wrt: the names of the arguments to be checked; the others are held fixed.
        sample: returns another point like `at`; further points are drawn from it.
        framework: "numpy", "torch" or "jax", where the arguments leave it open.
        seed: of the random directions.

    Returns
        A Report. At most 60 calls of the function where the claim is right, whatever its size.

    Raises
        ChainruleError: there is no point, or function and claim cannot be called with it.
    """
    with preserved(function, claim):
        try:
            subject = subject_of(
                function, claim, at, kind=kind, order=order, wrt=wrt, sample=sample, framework=framework
            )
        except Failed as failure:
            return Report("not checkable", f"cannot be checked: {failure.what}", rows=[("called", words.call(function, at))])
        examination = Examination(subject, seed)
        if order == 2:
            examination.first_order = lambda: check_code(
                function, claim, at, kind=kind, wrt=wrt, sample=sample, framework=framework, seed=seed
            )
        report = examination.report()
        if order == 2 and report.verdict in ("right", "right at a kink"):
            first = examination.first_order()  # the derivative of a wrong gradient may well be right
            if first.verdict == "wrong":
                first.remarks.append("of order 2: the derivative of this gradient is right, but the gradient is wrong already")
                return first
        return report


class Examination:
    """The check of one subject."""

    def __init__(self, subject: Subject, seed: int = 0):
        self.subject = subject
        rng = np.random.default_rng([41, seed])
        self.prober = (hessian.Curvature if subject.kind == "hessian" else Prober)(subject, rng)
        self.kinks = 0
        self.probes: list[Probe] = []  # those that agree
        self.points = 0
        self.looked_closely = False
        self.first_order: Callable[[], Report] | None = None  # of second derivatives: the check of the first ones
        self.waiting: tuple[np.ndarray, np.ndarray] | None = None  # a point of which the claim is known, not looked at so far
        self._around: tuple[np.ndarray, np.ndarray, list[np.ndarray]] | None = None  # a point, a cotangent, claims right beside

    def report(self) -> Report:
        """The verdict, with all that is known about it."""
        with progress(f"checking {self.subject.name}") as self.tick:
            looked = looked_at(self.prober)
            if looked.verdict is not None:
                return words.stopped(self, looked, self.why_stopped(looked))
            try:
                objection = self.objection(looked)
            except Misshapen as error:
                return words.stopped(self, looked._replace(verdict="wrong", cause="shape", sentence=misshapen_text(error), argument=error.argument, error=error))
            except Failed as failure:
                return words.stopped(self, looked._replace(verdict="not checkable", sentence=failure.what))
            if objection is None:
                return words.passed(self, looked, [AFTER] * bool(looked.suspect))
            if objection.verdict == HIDDEN:
                return words.undecided(self, objection)
            return self.wrong(looked, objection)

    # ---------------------------------------------------------------- does anything object?

    def objection(self, looked: Looked) -> Probe | None:
        """The first direction in which the claim is not right; None where there is none."""
        x, self.waiting = self.subject.x, looked.beside
        found = self.at_point(x, looked.claim, DIRECTIONS)
        if found is None and self.kinks:
            found = self.suspicious(x, looked.u)
        for _ in range(POINTS if found is None else 0):
            if self.points > 1 and self.prober.evaluations > SPENT:
                break
            elsewhere, claim = self.another(looked)
            if elsewhere is None:
                break
            found = found or self.at_point(elsewhere, claim, DIRECTIONS, last=True)
        if found is None and self.probes and not self.kinks:
            here = [p for p in self.probes if p.x is x]
            if max((p.digits for p in here), default=0.0) < self.needed:
                return max(here or self.probes, key=lambda p: p.digits)._replace(verdict=HIDDEN)
        return found

    @property
    def needed(self) -> float:
        """The digits that must agree: three, or half of those of the narrowest type."""
        eps = max(a.eps for a in (*self.subject.arguments, *self.subject.outputs))
        return min(DIGITS, -0.5 * float(np.log10(eps)))

    def at_point(self, x: np.ndarray, claim: np.ndarray | None, directions: int, last: bool = False) -> Probe | None:
        """The probe that objects at x; what is right at a kink does not."""
        self.points += 1
        prober = self.prober
        drawn = prober.directions(x, claim, directions)
        slight = None if last else prober.slight(x, claim)
        us = prober.cotangents(prober.plain.size) if last and prober.plain is not None else None
        asked: list[np.ndarray] = []
        for v in [*(drawn[-1:] if last else drawn), *([slight] if slight is not None else [])]:
            for probe in prober.glance(x, v, asked[:1] or None) if v is slight else prober.compare(x, v, us):
                if probe.verdict == HIDDEN or probe.verdict == AGREES and v is not slight and self.is_rough(probe):
                    probe = prober.closely(probe)
                if probe.verdict == DIFFERS and self.is_right_at_a_kink(probe):
                    probe = probe._replace(verdict=KINK)
                if probe.verdict == DIFFERS and prober.is_on_stairs(probe):
                    probe = probe._replace(verdict=HIDDEN)
                    self.remark(STAIRS)
                if probe.verdict == DIFFERS:
                    return probe
                self.kinks += probe.verdict == KINK
                self.probes.append(probe)
                if prober.plain is not None and len(asked) < 2:
                    asked.append(probe.u)
            us = us or asked or None  # their claims are known
        return None

    def is_rough(self, probe: Probe) -> bool:
        """Whether so few digits agree that another ladder is worth while: the first time, and where the verdict needs more.

        Not where the claim itself has no more.
        """
        if probe.bound <= probe.allowance:
            return False
        first, self.looked_closely = not self.looked_closely, True
        wanted = self.prober.fine if probe.x.size > SLOW and self.prober.is_short(probe) else min(ROUGH, 2 * self.needed)
        return probe.told < wanted if first else probe.digits < self.needed

    def remark(self, sentence: str) -> None:
        """Adds a remark once."""
        if sentence not in self.subject.remarks:
            self.subject.remarks.append(sentence)

    def another(self, looked: Looked, claimed: bool = True) -> tuple[np.ndarray | None, np.ndarray | None]:
        """A further point at which the function has a value and, where it is wanted, the claim can be asked; with that claim."""
        if self.waiting is not None:
            found, self.waiting = self.waiting, None
            return found
        for _ in range(TRIES):
            x = self.subject.another(self.prober.rng)
            try:
                return x, self.prober.pull(x, looked.u) if claimed and looked.u is not None else None
            except Misshapen:
                return None, None
            except Failed:
                continue
        self.remark("no further point was found at which the function has a value: only the given one was checked")
        return None, None

    # ---------------------------------------------------------------- kinks

    def is_right_at_a_kink(self, probe: Probe) -> bool:
        """Whether both the claim and the true slope lie among the slopes right beside x, where the claim is right.

        Several kinks that meet at x cancel in a direction, so that its one-sided slopes do not bound what is right; the slopes
        nearby do (the generalized gradient is the hull of the gradients around).
        """
        if self.subject.kind in ("jvp", "hessian"):
            return False
        x, v, u = probe.x, probe.v, probe.u
        try:
            slopes = [float(claim @ v) for claim in self.around(x, u, NEARBY[0])]
            closer = [float(self.subject.pull(x + d / CLOSER, u) @ v) for d in self.beside(x, NEARBY[0])]
            if not max(closer) - min(closer) > (max(slopes) - min(slopes)) / np.sqrt(CLOSER):
                return False  # the slopes draw together as the points do: there is no kink
            for count in NEARBY:
                slopes = [float(claim @ v) for claim in self.around(x, u, count)]
                low, high = min(slopes), max(slopes)
                slack = probe.unknown + 1e-4 * (high - low)
                if all(low - slack <= value <= high + slack for value in (probe.claimed, probe.true)):
                    return self.prober.smooth_near(x + self.aside(x), v, u)
        except (Failed, Misshapen):
            pass
        return False

    def beside(self, x: np.ndarray, count: int) -> np.ndarray:
        """The way to points right beside x, in all directions, one a row; always the same ones."""
        eps = max(a.eps for a in self.subject.arguments)
        distance = max(CLOSE, 1e3 * eps) * self.prober.scale(x)
        return distance * np.random.default_rng(7).uniform(-1, 1, (count, x.size))

    def aside(self, x: np.ndarray) -> np.ndarray:
        """The way to a point beside x that is as far in every entry: clear of kinks that are those of single entries."""
        away = self.beside(x, 1)[0]
        return np.sign(away) * max(CLOSE, 1e3 * max(a.eps for a in self.subject.arguments)) * self.prober.scale(x)

    def around(self, x: np.ndarray, u: np.ndarray, count: int) -> list[np.ndarray]:
        """The claims at points right beside x, as many as are asked for; those that are known are not computed again."""
        if self._around is None or self._around[0] is not x or self._around[1] is not u:
            self._around = (x, u, [])
        known = self._around[2]
        known += [self.subject.pull(x + d, u) for d in self.beside(x, count)[len(known) :]]
        return known[:count]

    def suspicious(self, x: np.ndarray, u: np.ndarray | None) -> Probe | None:
        """At a kink: an entry of the claim that is none of those beside it, nor between them, if it is wrong."""
        if u is None:
            return None
        claim = self.prober.pull(x, u)
        for count in NEARBY[:2]:
            try:
                beside = np.stack(self.around(x, u, count))
            except (Failed, Misshapen):
                return None
            low, high = beside.min(axis=0), beside.max(axis=0)
            size = np.maximum(np.abs(low), np.abs(high))
            slack = 1e-3 * size + 1e-6 * np.max(size, initial=0.0)
            outside = np.maximum(low - claim, claim - high) - slack
            if not np.any(outside > 0):
                return None
        for k in np.argsort(-outside)[:SUSPECTS]:
            if outside[k] > 0:
                v = np.zeros(x.size)
                v[k] = self.prober.scale(x)[k]
                probe = self.prober.compare(x, v, [u])[0]
                if probe.verdict == DIFFERS:
                    return probe
        return None

    # ---------------------------------------------------------------- where and why

    def wrong(self, looked: Looked, objection: Probe) -> Report:
        """The report on a claim to which a direction objects: which entries, and why."""
        if looked.suspect and self.right_after_the_function(looked):
            return words.passed(self, looked, [AFTER])
        entries, alone = self.located(objection)
        if entries is not None and not np.any(entries.verdict == DIFFERS) and entries.complete:
            if np.any(entries.verdict == KINK) and not np.any(entries.verdict == HIDDEN):
                pass  # each entry by itself is between its one-sided derivatives, but together they are none of the slopes
            else:
                return words.undecided(self, objection)
        found = self.why(looked, entries, alone)
        if self.prober.cut_short and (found is None or found.cause != "narrow"):
            self.probes.append(objection)
            return words.passed(self, looked, [COARSE])
        return words.wrong(self, looked, objection, entries, alone, found)

    def right_after_the_function(self, looked: Looked) -> bool:
        """Whether the claim is right if the function was called at the same point just before."""
        self.subject = self.prober.subject = RightAfter(self.subject)
        self.prober.forget()
        self.probes, self.kinks, self.points, self._around = [], 0, 0, None
        if self.objection(looked._replace(beside=None)) is None:
            return True
        self.subject = self.prober.subject = self.subject._subject
        self.prober.forget()
        self._around = None
        return False

    def located(self, objection: Probe) -> tuple[Entries | None, bool]:
        """(entries around the mistake, whether the wrong ones among them are all that are wrong)."""
        prober, x = self.prober, objection.x
        rows = wrong_rows(prober, objection)
        if x.size <= EACH:
            return one_by_one(prober, x, np.arange(x.size), rows, self.tick), True
        if self.subject.kind == "hessian":
            return one_by_one(prober, x, prober.rng.choice(x.size, self.worth(x), replace=False), rows, self.tick), False
        if objection.gap < CLEAR * objection.unknown and prober.wider:  # too little stands out for halves to be told apart
            prober.width = prober.wider
            objection = prober.compare(x, objection.v, [objection.u])[0]
        halved = by_halving(prober, objection, self.tick)
        if halved.wrong and not halved.crowded:
            entries = one_by_one(prober, x, np.array(sorted(halved.wrong)), rows, self.tick)
            return entries, not halved.cut_short and self.all_else_is_right(objection, entries)
        picked, count = {int(k) for k in halved.wrong[:SAMPLE]}, self.worth(x)
        for argument, span in self.subject.spans():
            picked |= set(span.start + prober.rng.choice(argument.size, min(argument.size, count), replace=False))
        return one_by_one(prober, x, np.array(sorted(picked)), rows, self.tick), False

    def all_else_is_right(self, objection: Probe, entries: Entries) -> bool:
        """Whether the claim agrees in all other entries together."""
        v = self.prober.directions(objection.x, None, 1)[0]
        v[entries.columns[np.any(entries.verdict == DIFFERS, axis=0)]] = 0.0
        return self.prober.compare(objection.x, v, [objection.u])[0].verdict != DIFFERS

    def why(self, looked: Looked, entries: Entries | None, alone: bool, error: Misshapen | None = None):
        """The cause that explains the claim at fresh points, or None."""
        if entries is None:
            return None
        off = entries.verdict == DIFFERS
        if error is None and not np.any(off):
            return None
        if error is None and np.all(entries.kinked[off]):
            return causes.Found("kink", words.kinked(self, entries))
        if alone and not entries.complete:
            return causes.Found("some-entries", words.alone(self, entries))
        if self.first_order is None:
            return causes.named(self.evidence(looked, entries, alone, error))
        first = self.first_order()
        if first.verdict == "wrong":
            return causes.Found(first.cause or "second-order", f"the first derivative is wrong already: {words.clause_of(first)}")
        found = causes.named(self.evidence(looked, entries, alone, error))
        return causes.of_second_order(found) if first.verdict in ("right", "right at a kink") else found

    def why_stopped(self, looked: Looked):
        """The cause of a claim of wrong shape: the true derivative is needed for it."""
        if looked.error is None or self.subject.x.size > EACH:
            return None
        rows = np.arange(min(self.prober.values, SAMPLE))
        columns = np.arange(self.subject.x.size)
        true, bound, low, high = self.prober.columns(self.subject.x, columns, rows, self.tick)
        entries = Entries(self.subject.x, columns, rows, np.full_like(true, np.nan), 0 * true, true, bound, low, high, true)
        return self.why(looked, entries, False, looked.error)

    def worth(self, x: np.ndarray, most: int = SAMPLE) -> int:
        """How many entries can be looked at by themselves in the time that a cause is worth."""
        began = perf_counter()
        self.prober.f(x)
        return min(most, max(FEWEST, int(SECONDS / (perf_counter() - began) / LADDERS)))

    def affordable(self, entries: Entries) -> Entries:
        """As many of the entries as can be looked at again, at further points, in the time that a cause is worth; of each kind some."""
        count = self.worth(entries.x, most=len(entries.columns))
        if count >= len(entries.columns):
            return entries
        off = np.any(entries.verdict == DIFFERS, axis=0)
        wrong = spread(np.flatnonzero(off), max(count // 2, count - int(np.sum(~off))))
        return entries.of_columns(np.sort(np.concatenate([wrong, spread(np.flatnonzero(~off), count - len(wrong))])))

    def evidence(self, looked: Looked, entries: Entries, alone: bool, error: Misshapen | None):
        """What the causes are found from."""
        if not entries.complete:
            entries = self.affordable(entries)
        columns, rows = entries.columns, entries.rows
        drawn = iter(range(FRESH))

        def fresh():
            while next(drawn, None) is not None:
                x, _ = self.another(looked, claimed=error is None)
                if x is None:
                    return None
                if error is None:
                    return point(one_by_one(self.prober, x, columns, rows, self.tick))
                true, bound, low, high = self.prober.columns(x, columns, rows, self.tick)
                return causes.Point(x, np.full_like(true, np.nan), true, bound, high - low > 2 * bound)
            return None

        def point(found: Entries):
            return causes.Point(found.x, found.claimed, found.true, found.bound + found.allowance, found.kinked)

        def along(x: np.ndarray, u: np.ndarray):
            v = self.prober.directions(x, None, 1)[0]
            probe = self.prober.compare(x, v, [u])[0]
            return v, probe.true, probe.unknown

        facts: dict[str, object] = {"alone": alone}
        if looked.suspect:
            facts[looked.suspect[0]] = looked.suspect[1]
        whole_rows, whole_columns = len(rows) == self.prober.values, entries.complete
        return causes.Evidence(
            self.subject,
            [point(entries)],
            fresh,
            None if whole_rows else rows,
            None if whole_columns else columns,
            error,
            facts,
            None if whole_columns or error is not None else along,
        )


def spread(places: np.ndarray, count: int) -> np.ndarray:
    """So many of the places, evenly from first to last."""
    return places[np.unique(np.linspace(0, len(places) - 1, min(count, len(places))).astype(int))]
