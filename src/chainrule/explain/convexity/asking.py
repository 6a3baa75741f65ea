"""Convexity of a function, decided: proof, the numbers beside it, counter-examples, what would make it convex."""

from __future__ import annotations

import copy

import numpy as np

from ...core.errors import ChainruleError, UnverifiedError
from ...core.facts import FACTS
from .facts_of_data import facts_in
from .prove import Proof
from .sampled import Sampled
from .strength import strength
from .verdict import Convexity, Provided, Verified
from .witness import Search

TOLERANCE = 1e-6  # of the largest eigenvalue: what rounding makes of 0
CHECKED, CHORDS, HEAVY_CHORDS, FORMULAS = 4, 12, 3, 2
HINT, HINT_POINTS, HINT_CHORDS = 12, 4, 6  # effort for each of them
MOST_VARIABLES = 6  # of a function for which facts are tried: a network has more, and none would help
MOST_TRIED = 8  # facts that are tried for what would make the function convex


def verdict_of(problem, names: list[str], given: dict | None = None, sizes: dict | None = None, seed: int = 0, hints: bool = True) -> Convexity:
    """Whether the function of `problem` is convex jointly in the variables `names`: proven, refuted, or not decided.

    Parameters
        given: values of other variables, by name; what they show (signs, definiteness) may be used.
        hints: whether to look for facts under which it would be convex.

    Raises
        DomainError: the values of a variable make no convex set.
        UnverifiedError: a proof was found that numbers contradict; it is not shown.
    """
    given = dict(given or {})
    known, learnt = facts_in(problem, {n: x for n, x in given.items() if n not in names})
    proof = Proof(known, names)
    sampled = Sampled(problem, names, {n: x for n, x in given.items() if n not in names}, dict(sizes or {}), seed)
    found = Convexity(problem, names, proof, learnt)
    found.given, found.sampled = set(given), sampled
    if sampled.reduced:
        found.notes.append(f"numbers beside it are of smaller sizes: {', '.join(f'{n} = {k}' for n, k in sampled.sizes.items())}")
    search = Search(sampled, proof)
    if not any(proof.claims.values()):
        raw = search.against(["convex", "concave"])
        proof.differentiate([kind for kind in ("convex", "concave") if kind not in raw])
        found.searched = search.points
    certain = [kind for kind in ("convex", "concave") if proof.claims[kind] is not None]
    if certain and not any(True for _ in sampled.points(1)):
        found.unseen = True  # log(−x² − 1): nothing is shown that no number can stand beside
    elif certain:
        found.verified = verified(sampled, search, problem, certain)._replace(formulas=agreeing(sampled, found, certain))
    else:
        found.witnesses = {kind: search.simplest(kind, w) for kind, w in raw.items()}
    found.verdict = "not decided" if found.unseen else _word(proof, found.witnesses)
    if found.verdict in ("convex", "concave") and proof.second is not None:
        found.strict, found.strong = strength(proof, found.verdict)
    if not certain and hints and len(problem.variables) <= MOST_VARIABLES and not sampled.heavy:
        found.provided = provided(problem, names, given)
    return found


def _word(proof: Proof, witnesses: dict) -> str:
    for word in ("affine", "convex", "concave"):
        if proof.claims[word] is not None:
            return word
    if set(witnesses) == {"convex", "concave"}:
        return "neither"
    return "not convex" if "convex" in witnesses else "not decided"


def verified(sampled: Sampled, search: Search, problem, kinds: list[str]) -> Verified:
    """The numbers beside a proof: eigenvalues of Hessians and chords at random admissible points.

    Raises
        UnverifiedError: they contradict it.
    """
    lowest, hessians, chords = np.inf, 0, 0
    points = list(sampled.points(1 if sampled.heavy else CHECKED))
    for values in points:
        if not sampled.smooth_at(values):
            continue
        try:
            hessian, basis = sampled.hessian(values)
        except (ChainruleError, np.linalg.LinAlgError, ValueError):
            continue
        if not np.isfinite(hessian).all():
            continue
        hessians += 1
        for kind in kinds:
            eigenvalues, vectors = np.linalg.eigh(hessian if kind == "convex" else -hessian)
            size = max(np.abs(eigenvalues).max(), 1e-6 * (1 + abs(sampled.value(values))))
            lowest = min(lowest, eigenvalues[0] / size if size else 0.0)
            # a second derivative taken where the function is flat or steep may be rounding: a chord has to show it as well
            if eigenvalues[0] < -TOLERANCE * size - 1e-9 and search.confirmed(values, basis.T @ vectors[:, 0], kind) is not None:
                raise _contradicted(problem, kind, f"an eigenvalue {eigenvalues[0]:.3g} of ±∇²f at a random point")
    for k in range(HEAVY_CHORDS if sampled.heavy else CHORDS):
        one = points[k % len(points)] if points else None
        if one is None:
            break
        sizes = sampled.sizes_of(one)
        other = sampled.drawn(2000 + k, sizes, {n: x for n, x in one.items() if n not in sampled.names})
        if other is None:
            continue
        gap, rounding = sampled.gap(one, other)
        if not np.isfinite(gap):
            continue
        chords += 1
        for kind in kinds:
            if (gap if kind == "convex" else -gap) < -1e4 * rounding:
                raise _contradicted(problem, kind, f"½f(x) + ½f(y) − f(½x + ½y) = {gap:.3g} at random points")
    return Verified(hessians, chords, lowest if hessians else None)


def agreeing(sampled: Sampled, found: Convexity, kinds: list[str]) -> int:
    """At how many points vᵀ∇²f v as it is printed has the value of the function's second difference.

    Raises
        UnverifiedError: at one it has not.
    """
    proof = found._proof
    if not any(proof.certificate(kind) for kind in kinds):
        return 0
    form, count = found.writer.form(proof.second), 0
    rng = np.random.default_rng([sampled.seed, 3])
    for values in sampled.points(1 if sampled.heavy else FORMULAS):
        basis = sampled.directions(values, 1)
        direction = basis.T @ rng.normal(size=len(basis))
        if not sampled.smooth_at(values):
            continue
        parts = {d.name: x for d, x in zip(proof.curved.directions, sampled.apart(values, direction).values())}
        try:
            printed = float(form.evaluate({**values, **parts}, sizes=sampled.sizes_of(values)))
        except np.linalg.LinAlgError:
            continue
        true = sampled.bend(values, direction)
        if not np.isfinite([printed, true]).all():
            continue
        if abs(printed - true) > 1e-4 * (abs(printed) + abs(true)) + 1e-6 * (1 + abs(sampled.value(values))):
            raise _contradicted(sampled.problem, kinds[0], f"the second derivative is printed as {printed:.6g}, and is {true:.6g}")
        count += 1
    return count


def _contradicted(problem, kind: str, what: str) -> UnverifiedError:
    return UnverifiedError(
        f"a proof that the function is {kind} contradicts numbers, so it is not shown",
        given=f"{problem.echo}\n{what}", expected="agreement of proof and numbers", fix="this is a bug of chainrule: please report the expression",
    )  # fmt: skip


def provided(problem, names: list[str], given: dict) -> Provided | None:
    """The least that would have to be known of the variables for the function to be convex or concave, if that is found."""
    tries = []
    free = {n: v for n, v in problem.variables.items() if n not in given}
    data = {n: v for n, v in free.items() if n not in names and not v.facts & {w for w in FACTS if FACTS[w].sign or FACTS[w].values}}
    squares = {n: "psd" for n, v in data.items() if len(v.dims) == 2 and v.dims[0] is v.dims[1] and "psd" not in v.facts and "posdef" not in v.facts}
    signed = {n: "nonneg" for n in data if n not in squares}
    moving = {n: "positive" for n in names if not problem.every[n].facts}
    tries += [{n: w} for n, w in (*squares.items(), *signed.items())]
    if len(squares) + len(signed) > 1:
        tries.append({**squares, **signed})
    if moving:
        tries += [{n: w} for n, w in moving.items() if len(moving) > 1] + [moving]
        if squares or signed:
            tries.append({**moving, **squares, **signed})
    for facts in tries[:MOST_TRIED]:
        other = _with(problem, facts)
        try:
            proof = Proof(other, names)
            if not any(proof.claims.values()):
                sampled = Sampled(other, names, {}, {}, 0)
                refuted = Search(sampled, proof).against(["convex", "concave"], HINT_POINTS, HINT_CHORDS)
                proof.differentiate([kind for kind in ("convex", "concave") if kind not in refuted], HINT)
        except ChainruleError:
            continue
        for kind in ("convex", "concave"):
            if proof.claims[kind] is not None:
                return Provided(kind, facts)
    return None


def _with(problem, facts: dict[str, str]):
    """The problem with more facts declared."""
    other = copy.copy(problem)
    other.variables = {n: v._replace(facts=v.facts | {facts[n]}) if n in facts else v for n, v in problem.variables.items()}
    return other
