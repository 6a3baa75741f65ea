"""What all subjects share: nested arguments as one flat vector, calls on fresh copies, wider types, further points.

A subclass says how a leaf of its framework is made from numbers and read back (`_type`, `_numbers`, `_made`), how the
function is called, and what the claim is.
"""

from __future__ import annotations

import time
import traceback
from pathlib import Path

import numpy as np

from ...core.errors import DeclarationError, DomainError, ShapeError
from ..subject import Argument, Failed, Misshapen, Subject
from .calling import Call, arranged, binds, called, required, signature_of
from .chance import Chance, preserved
from .moving import MOVE, crossed, within
from .nested import described, listed, opened, spread

KEPT = 5  # values besides the last one
TRIED = 4  # points drawn before one is given up at which the function has no finite value
PROBED = 1 / 8  # of a rounding of the narrow type: a step that a wider type sees and the narrow one does not
NEAR = 0.1  # of an argument's size: where two types are compared a second time
NOISE = 256  # roundings of the wide type: a change that is no larger is none
LONG = 0.5  # seconds for one call, from which a type without fast hardware is not tried
HOUSE = Path(__file__).parents[2]

WATCHED = 2  # calls of the function, for what it draws from random generators


class Flat(Subject):
    """A function of nested arguments, seen as one of a flat vector.

    Parameters
        function: of the person.
        at: one array, a tuple of all arguments or a dict of them.
        wrt: the names of the arguments to be checked; the others are held fixed.
        sample: a function of nothing, or of a generator, that returns what `at` could be.
    """

    WIDER: dict[str, str] = {}  # the type in which each narrow one is run again
    EPS: dict[str, float] = {}  # the rounding of each type

    def __init__(self, function, at, *, kind="gradient", order=1, wrt=None, sample=None, also=()):
        super().__init__()
        self.call_f = self._f = function  # the person's own, for those who read it; and what is called
        self.kind, self.order, self.sample = kind, order, sample
        self.name = called(function)
        self.calls = 0  # of the function
        self.draws = False  # whether it was seen to draw random numbers
        self.rewritten: list[str] = []  # arrays that the function or its claim hold, and change
        self._seeded = False
        self._points = 0
        self._widths: tuple[str, ...] | None = None
        self._structure = None  # of the value, once it was seen
        self._seen: list[tuple[np.ndarray, str, np.ndarray]] = []  # values computed on the way, for `seen`
        self._chance = Chance(function, *also)
        self._call: Call = self._arranged(at)
        self._take(wrt)

    # ---------------------------------------------------------------- to be said by each framework

    def _type(self, leaf) -> str | None:
        """The name of a leaf's floating type; None for what is no array or number of one."""
        raise NotImplementedError

    def _value_type(self, leaf) -> str | None:
        """The same for a leaf of the function's value."""
        return self._type(leaf)

    def _read(self, leaf):
        """A leaf of the function's value, as an array of the framework where it is one of another."""
        return leaf

    def _complex(self, leaf) -> bool:
        return getattr(getattr(leaf, "dtype", None), "kind", "") == "c" or isinstance(leaf, complex)

    def _whole(self, leaf):
        """An integer leaf as a floating one of the same value, or None for what is no integer."""
        raise NotImplementedError

    def _numbers(self, leaf) -> np.ndarray:
        """A leaf's entries, flat, as float64 (or longdouble)."""
        raise NotImplementedError

    def _made(self, numbers: np.ndarray, like, width: str | None):
        """A new leaf of these numbers in the shape and layout of `like`, of type `width` or its own."""
        raise NotImplementedError

    def _copied(self, leaf):
        """A copy of a leaf that is held fixed."""
        return leaf

    def opener(self, value):
        """One level of a container; None for a leaf."""
        return opened(value)

    def _fixed(self, leaf) -> bool:
        """Whether a leaf of a floating type is held fixed all the same."""
        return False

    def _arranged(self, at) -> Call:
        """How the function is called with `at`."""
        return arranged(self._f, at)

    # ---------------------------------------------------------------- arguments

    def _take(self, wrt):
        spreads = [spread(v, n, self.opener) for n, v in zip(self._call.names, self._call.values)]
        self._spreads = spreads
        names = [n.removeprefix(".") for s in spreads for n in s.names]
        leaves = [leaf for s in spreads for leaf in s.leaves]
        types = [self._type(leaf) for leaf in leaves]
        for name, leaf in zip(names, leaves):
            if self._complex(leaf):
                raise DeclarationError(
                    f"`{name}` has complex entries, and only derivatives in real numbers are checked",
                    given=f"{name}: {described(leaf)}",
                    expected="real numbers",
                    fix="a function of the real and the imaginary part: lambda re, im: f(re + 1j * im)",
                )
        if not any(types):
            given, whole = leaves, [self._whole(leaf) for leaf in leaves]
            if any(w is not None for w in whole):
                leaves = [leaf if w is None else w for leaf, w in zip(leaves, whole)]
                types = [self._type(leaf) for leaf in leaves]
                if any(w is not None and not isinstance(leaf, float) for leaf, w in zip(given, whole)):
                    self.remarks.append("integers were given: they are taken as floating-point numbers")
        self._leaves, self._types, self._names = leaves, types, names
        owner = [n for n, s in zip(self._call.names, spreads) for _ in s.leaves]
        chosen = _chosen(wrt, self._call.names, names)
        wanted = [name in chosen or whose in chosen for name, whose in zip(names, owner)]
        self._moving = [i for i, t in enumerate(types) if t and wanted[i] and not self._fixed(leaves[i])]
        if not self._moving:
            raise DeclarationError(
                f"`{self.name}` has no argument to differentiate in",
                given=f"at = {', '.join(described(v) for v in self._call.values) or 'nothing'}",
                expected="an array of floating-point numbers, or a tuple or dict with one",
                fix="at=np.array([1.0, 2.0]), for example",
            )
        whole = [n for n, t, leaf in zip(names, types, leaves) if not t and self._whole(leaf) is not None]
        if whole:
            self.remarks.append(f"not differentiated, because of whole numbers: {', '.join(whole[:6])}")
        self._settle()
        for argument, span in self.spans():
            if not np.all(np.isfinite(self.x[span])):
                k = int(np.argmin(np.isfinite(self.x[span])))
                raise DomainError(
                    f"the point `at` is not finite in {argument.name}",
                    given=f"{argument.name} has {self.x[span][k]} at entry {k}",
                    expected="finite numbers",
                    fix="another point; a derivative at infinity or NaN means nothing",
                )
        if not self.x.size:
            raise ShapeError(
                "the point `at` has no entries",
                given=", ".join(f"{a.name} of shape {a.shape}" for a in self.arguments),
                expected="at least one number",
                fix="at=np.array([1.0, 2.0]), for example",
            )

    def _settle(self):
        """Arguments and x, of the leaves that are moved."""
        found = []
        for i in self._moving:
            own = self._types[i]
            shape = tuple(int(s) for s in np.shape(self._leaves[i]))
            found.append(Argument(self._names[i], shape, self.EPS[own], own))
        self.arguments = tuple(found)
        parts = [np.asarray(self._numbers(self._leaves[i]), dtype=float) for i in self._moving]
        self.x = np.concatenate(parts) if parts else np.empty(0)

    def _restrict(self, keep: list[int]):
        """Only the leaves `keep` are checked from now on: nothing is claimed of the others."""
        if keep and keep != self._moving:
            left = [self._names[i] for i in self._moving if i not in keep]
            self._moving = keep
            self._settle()
            names = ", ".join(left[:8]) + " …" * (len(left) > 8)
            self.remarks.append(f"not checked, because nothing is claimed of it: {names}")

    def _built(self, x: np.ndarray, width: str | None = None) -> list:
        """All leaves at x: new ones, so that the person's code may do with them as it likes."""
        made = [self._copied(leaf) if t is None else None for leaf, t in zip(self._leaves, self._types)]
        for (_, span), i in zip(self.spans(), self._moving):
            made[i] = self._made(x[span], self._leaves[i], self._to(i, width))
        for i, t in enumerate(self._types):
            if t and made[i] is None:
                made[i] = self._made(self._numbers(self._leaves[i]), self._leaves[i], self._to(i, width))
        return made

    def _to(self, i: int, width: str | None) -> str | None:
        """The type of leaf i where the function is run in `width`: never a narrower one than its own."""
        own = self._types[i]
        return width if width and self.EPS[width] < self.EPS[own] else own

    def _values(self, leaves: list) -> list:
        """The leaves put together to the arguments of the function."""
        values, start = [], 0
        for part in self._spreads:
            values.append(part.rebuild(leaves[start : start + len(part.leaves)]))
            start += len(part.leaves)
        return values

    # ---------------------------------------------------------------- the function

    def _run(self, leaves: list):
        """The person's function of these leaves, whatever it returns."""
        if self._seeded:
            self._chance.reseed()
        self.calls += 1
        before = self._chance.state() if self.calls <= WATCHED and not self.draws else None
        try:
            with np.errstate(all="ignore"):
                found = self._call.of(self._f, self._values(leaves))
            self.draws = self.draws or before is not None and self._chance.state() != before
            return found
        except (Exception, SystemExit) as error:
            raise raised("function", self.name, error) from error

    def _outputs(self, result) -> tuple[list, list[str]]:
        """The floating leaves of a value, and their names.

        Raises
            Failed: there are none.
        """
        parts = spread(result, "value" if self.opener(result) is None else "", self.opener)
        read = [self._read(leaf) for leaf in parts.leaves]
        leaves = [(n, leaf) for n, leaf in zip(parts.names, read) if self._value_type(leaf)]
        if not leaves:
            whole = [(n, self._whole(leaf)) for n, leaf in zip(parts.names, read)]
            leaves = [(n, leaf) for n, leaf in whole if leaf is not None]
        if not leaves:
            raise Failed("function", f"{self.name} returned {described(result)}, not a number or an array of numbers")
        return [leaf for _, leaf in leaves], [f"value{n}" if n != "value" else n for n, _ in leaves]

    def value(self, x: np.ndarray, width: str | None = None) -> np.ndarray:
        return self._joined(self._evaluated(x, None if width == self._own() else width), width)

    def _joined(self, leaves: list, width: str | None = None) -> np.ndarray:
        """The leaves of a value, flat."""
        work = np.longdouble if width == "longdouble" else np.float64
        return np.concatenate([np.asarray(self._numbers(leaf), dtype=work).ravel() for leaf in leaves])

    def seen(self, x: np.ndarray, width: str) -> list[np.ndarray]:
        return [value for known, of, value in self._seen if known is x and of == width]

    def _keep(self, x: np.ndarray, width: str, value: np.ndarray) -> np.ndarray:
        self._seen = [*self._seen[-KEPT:], (x, width, value)]
        return value

    def _evaluated(self, x: np.ndarray, width: str | None) -> list:
        """The leaves of the value at x."""
        leaves = self._built(x, width)
        found, _ = self._outputs(self._run(leaves))
        self._note_changes(leaves, x)
        return found

    def _note_changes(self, leaves, x):
        """Names in `mutated` what is not as it was handed over."""

    def _first(self):
        """Runs the function once at x, to see what it returns. Returns that."""
        result = self._run(self._built(self.x))
        found, names = self._outputs(result)
        self._structure = result
        self._shape_outputs(found, names)
        return result

    def _shape_outputs(self, found, names):
        outputs = []
        for name, leaf in zip(names, found):
            own = self._value_type(leaf) or "float64"
            eps = max(self.EPS[own], self.EPS[self._own()])  # float(…) of a float32 is no better
            outputs.append(Argument(name, tuple(int(s) for s in np.shape(leaf)), eps, own))
        self.outputs = tuple(outputs)
        if self.order == 1:
            self._keep(self.x, self._own(), self._joined(found))

    # ---------------------------------------------------------------- wider types

    def _own(self) -> str:
        """The narrowest type among the arguments."""
        return max((self._types[i] for i in self._moving), key=lambda t: self.EPS[t])

    @property
    def own(self) -> str:
        return self._own()

    @property
    def widths(self) -> tuple[str, ...]:
        """The function's own type and, where it really computes in a wider one, that one too."""
        if self._widths is None:
            own = self._own()
            wide = self.WIDER.get(own)
            with preserved(self.call_f):
                self._widths = (own, wide) if wide and self._computes_in(own, wide) else (own,)
        return self._widths

    def _computes_in(self, own: str, wide: str) -> bool:
        """Whether the function, run in a wider type, gives the same value with more digits.

        It must return the wide type, agree with the narrow one to much less than the narrow one's accuracy, and follow
        steps that the narrow type cannot see: twice the step, twice the change.
        """
        seeded, self._seeded = self._seeded, True
        try:
            start = time.perf_counter()
            narrow = self._keep(self.x, own, self.value(self.x))
            if wide == "longdouble" and time.perf_counter() - start > LONG:
                return False
            leaves = self._evaluated(self.x, wide)
            if any(self.EPS[self._value_type(leaf) or own] > self.EPS[wide] for leaf in leaves):
                return False
            at = self._keep(self.x, wide, self._joined(leaves, wide))
            if not _agree(at, narrow, self.EPS[own]) or not self._follows(own, wide, at):
                return False
            rng = np.random.default_rng(1)  # one value may agree by accident, a second at a random point not
            near = self._moved(within, rng, NEAR)
            return _agree(self.value(near, wide), self.value(near), self.EPS[own])
        except (Failed, Misshapen):
            return False
        finally:
            self._seeded = seeded

    def _follows(self, own: str, wide: str, at: np.ndarray) -> bool:
        work = np.longdouble if wide == "longdouble" else np.float64
        eps = np.concatenate([np.full(a.size, a.eps) for a in self.arguments])
        part = np.random.default_rng(0).uniform(-1, 1, self.x.size)  # unequal, so that those of a product do not cancel
        step = (PROBED * np.minimum(eps, self.EPS[own]) * part * np.abs(self.x)).astype(work)
        once, twice = (self.value(self.x.astype(work) + k * step, wide) - at for k in (1, 2))
        size = float(np.max(np.abs(twice), initial=0.0))
        if size <= NOISE * self.EPS[wide] * float(np.max(np.abs(at), initial=0.0)):
            # flat here, or cut to the narrow type: then no value has more digits than that
            narrowed = at.astype(own if own != "bfloat16" else "float32").astype(work)
            return bool(np.any(narrowed != at)) or not np.any(self.x)
        return bool(np.max(np.abs(twice - 2 * once)) <= 0.25 * size)

    # ---------------------------------------------------------------- points and chance

    def reseed(self) -> None:
        """From now on every call of the function or the claim starts from one state of all generators."""
        self._seeded = True
        self._seen = []
        self._chance.reseed()

    def another(self, rng: np.random.Generator) -> np.ndarray:
        """A further point at which the function is finite: the sampler's, or every other time one across zero."""
        if self.sample is not None:
            return self._sampled(rng)
        self._points += 1
        for attempt in range(TRIED):
            free = self._points % 2 == 1 and attempt < TRIED // 2
            x = self._moved(crossed if free else within, rng, MOVE / 4 ** (attempt % (TRIED // 2)))
            try:
                if np.all(np.isfinite(self._keep(x, self._own(), self.value(x)))):
                    return x
            except Failed:
                continue
        return self._moved(within, rng, MOVE / 1000)

    def _moved(self, move, rng, by: float) -> np.ndarray:
        x = self.x.copy()
        for argument, span in self.spans():
            x[span] = move(x[span], rng, by)
        return self._rounded(x)

    def _rounded(self, x: np.ndarray) -> np.ndarray:
        """x as the arguments' own types hold it."""
        leaves = [self._made(x[span], self._leaves[i], None) for (_, span), i in zip(self.spans(), self._moving)]
        return np.concatenate([np.asarray(self._numbers(leaf), dtype=float) for leaf in leaves])

    def _sampled(self, rng) -> np.ndarray:
        try:
            drawn = self.sample(rng) if _takes_one(self.sample) else self.sample()
        except Exception as error:
            raise DeclarationError(
                f"`{called(self.sample)}`, which draws further points, raised {type(error).__name__}",
                given=str(error),
                expected="a function of nothing, or of a NumPy generator, that returns what `at` could be",
            ) from error
        call = self._arranged(drawn)
        parts = [spread(v, n, self.opener) for n, v in zip(call.names, call.values)]
        leaves = {n.removeprefix("."): leaf for part in parts for n, leaf in zip(part.names, part.leaves)}
        chosen = [leaves.get(self._names[i]) for i in self._moving]
        chosen = [leaf if leaf is None or self._type(leaf) else self._whole(leaf) for leaf in chosen]
        if all(c is not None and tuple(np.shape(c)) == a.shape for c, a in zip(chosen, self.arguments)):
            drawn = [np.asarray(self._numbers(c), dtype=float) for c in chosen]
            return self._rounded(np.concatenate(drawn))
        raise ShapeError(
            "`sample` returns something else than `at`",
            given=", ".join(f"{n}: {described(leaf)}" for n, leaf in leaves.items()),
            expected=", ".join(f"{a.name}: shape {a.shape}" for a in self.arguments),
            fix="let `sample` return what `at` could be, in the same structure",
        )


def _takes_one(function) -> bool:
    """Whether a sampler wants a generator."""
    signature = signature_of(function)
    return bool(required(signature)) and binds(signature, (None,))


def _agree(a: np.ndarray, b: np.ndarray, eps: float) -> bool:
    """Whether two runs in two types are one function: entries that are both not finite agree."""
    if a.shape != b.shape:
        return False
    a, b = a.astype(float), b.astype(float)
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(a) & np.isfinite(b)
        if np.any(np.isfinite(a) != np.isfinite(b)):
            return False
        size = float(np.max(np.abs(a[finite]), initial=0.0))
        return bool(np.all(np.abs(a[finite] - b[finite]) <= eps ** (1 / 3) * size))


def _chosen(wrt, names, leaves) -> set[str]:
    if wrt is None:
        return set(names)
    chosen = [w.strip() for w in wrt.split(",")] if isinstance(wrt, str) else list(wrt)
    for word in chosen:
        if word not in names and word not in leaves:
            raise DeclarationError(
                f"`{word}` is no argument of the function",
                given=f"wrt={wrt!r}",
                expected=listed([*names, *(n for n in leaves if n not in names)]),
                fix=f"wrt={names[0]!r}" if names else None,
            )
    return set(chosen)


def raised(part: str, name: str, error: Exception, whose: str = "") -> Failed:
    """The person's code raised an error: which, and at which of their lines; `whose` says what of theirs it was."""
    words = " ".join(str(error).split())
    where = ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if HOUSE not in Path(f.filename).parents]
    own = [f for f in frames if "site-packages" not in f.filename and f.filename[:1] != "<"]
    if own and own[-1].line:
        where = f" at line {own[-1].lineno}: `{own[-1].line.strip()}`"
    whose = whose or ("the function" if part == "function" else "the gradient")
    named = f"{whose} `{name}`" if name != "your function" else f"{whose} {name}" if whose.endswith(" of") else whose
    return Failed(part, f"{named} raised {type(error).__name__}: {words[:300]}{where}", error)
