"""Matrix trees as NumPy, as short as a person would write them: the read form, not the fast one.

`diag(v) M` is `v[:,None]*M`, `M diag(v)` is `M*v`, means and row sums keep their axes where they broadcast,
vectors of ones vanish in elementwise sums. The size of the text by the rule of the cases (operators, calls and
leaves) is counted while it is printed. `1.0*` stands where a mask is the value itself.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.dims import Dim
from ..ops.templates import ALONE, COMPARED, fill
from . import build as b
from .context import threshold, within
from .index import numpy_einsum
from .numpy_products import Products
from .numpy_sizes import Sizes
from .numpy_source import (
    ATOM, MUL, NEG, SUM, Shown, axis_text, binary, call, literal_size, negated, outside, power, template_size, unmasked,
)  # fmt: skip
from .tree import Tree, make, num

LONG, HUGE = 400, 10**6  # of a text, of a size


class NumpyPrinter(Products, Sizes):
    """Prints trees; sizes of dimensions are spelled from `shapes` (name → dims of the variables)."""

    def __init__(self, shapes: dict[str, tuple[Dim, ...]], taken: frozenset = frozenset(), inline: bool = False):
        self.shapes = shapes
        self.taken = set(taken)
        self.inline = inline  # for counting only: make no definitions
        self.known: dict[tuple, Shown] = {}
        self.pending: list[tuple[str, Shown]] = []
        self.exponentials: dict[Tree, Shown] = {}
        self.spelled: dict[Dim, Shown] = {}
        self.imports: dict[str, None] = {}  # lines that the text needs besides np

    def show(self, t: Tree, full: bool = True) -> Shown:
        """`t` as NumPy; of its whole shape if `full`, else it may broadcast to it."""
        key = (t, full)
        found = self.known.get(key)
        if found is None:
            found = self._turned(t) or getattr(self, "_" + t.kind)(t, full)
            if full and found.mask is False and t.order and len(found.axes) < t.order:
                found = self._filled(found, t)
            if self.inline and (len(found.text) > LONG or found.size > HUGE):
                # only the size counts, and what repeats may be exponentially long before it is named
                found = found._replace(text="…", size=min(found.size, HUGE))
            self.known[key] = found
        return found

    def result(self, t: Tree) -> Shown:
        """`t` as the value of a whole expression: numbers, not booleans."""
        return unmasked(self.show(t))

    def _filled(self, shown: Shown, t: Tree) -> Shown:
        whole = tuple(range(t.order))
        if shown.text == "1":
            return self._ones(t)
        return binary(shown, "*", self._ones(t), whole)

    def _ones(self, t: Tree) -> Shown:
        extent, size = self.shape_text(t.shape)
        return Shown(f"np.ones({extent})", ATOM, 3 + size, tuple(range(t.order)))

    # -------------------------------------------------------------- leaves

    def _sym(self, t, full):
        return Shown(t.name, ATOM, 1, tuple(range(t.order)))

    def _num(self, t, full):
        value = t.attr
        if isinstance(value, str):
            return Shown(f"np.{value}", ATOM, 2)
        if isinstance(value, Fraction):
            sign = value < 0
            return Shown(f"{value.numerator}/{value.denominator}", MUL, 3 + sign)
        return Shown(repr(value), ATOM if value >= 0 else NEG, 1 if value >= 0 else 2)

    def _size(self, t, full):
        return self.dim(t.attr)

    def _one(self, t, full):
        return self._ones(t) if full else Shown("1", ATOM, 1, ())

    def _zero(self, t, full):
        if not full:
            return Shown("0.0", ATOM, 1)
        ones = self._ones(t)
        return Shown(ones.text.replace("ones", "zeros", 1), ATOM, ones.size, ones.axes)

    def _eye(self, t, full):
        return call("eye", self.dim(t.shape[0]), axes=(0, 1))

    def _unit(self, t, full):
        whole, (at, more) = self.dim(t.shape[0]), self._place(t.attr)
        return Shown(f"np.eye({whole.text})[{at}]", ATOM, whole.size + 4 + more, (0,))

    def _part(self, t, full):
        axis, place = t.attr
        x, (at, more) = self.show(t.args[0]), self._place(place)
        return Shown(f"{x.at(ATOM)}[{':,' * axis}{at}]", ATOM, x.size + 1 + more, tuple(range(t.order)))

    def _item(self, t, full):
        x, (at, more) = self.show(t.args[0]), self._place(t.attr)
        return Shown(f"{x.at(ATOM)}[{at}]", ATOM, x.size + 1 + more)

    def _place(self, place) -> tuple[str, int]:
        """The place of an entry, and its size."""
        if isinstance(place, Dim):
            shown = self.dim(place)
            return shown.text, shown.size
        return str(place), 1 if place >= 0 else 2

    def _const(self, t, full):
        kind, *params = t.attr
        if kind == "tril":
            extent, size = self.shape_text(t.shape)
            extra = f",{params[0]}" if params[0] else ""
            return Shown(f"np.tril(np.ones({extent}){extra})", ATOM, 6 + size + literal_size(params[0]), (0, 1))
        if kind == "merge":
            p, q, k = (self.dim(d) for d in t.shape)
            flat = call("eye", k)
            text = f"{flat.text}.reshape({p.text},{q.text},{k.text})"
            return Shown(text, ATOM, flat.size + 2 + p.size + q.size + k.size, (0, 1, 2))
        at, more = self.slice_text(t)
        whole = self.dim(t.shape[1])
        return Shown(f"np.eye({whole.text})[{at}]", ATOM, whole.size + 4 + more, (0, 1))

    # -------------------------------------------------------------- scalars

    def _total(self, t, full):
        return call("sum", self.show(t.args[0]))

    def _mean(self, t, full):
        return call("mean", self.show(t.args[0]))

    def _var(self, t, full):
        return call("var", self.show(t.args[0]))

    def _tr(self, t, full):
        return call("trace", self.show(t.args[0]))

    def _norm(self, t, full):
        return call("linalg.norm", self.show(t.args[0]))

    def _norm_power(self, t: Tree, e) -> Shown:
        """‖x‖ᵉ; even powers of vectors as x@x."""
        (x,) = t.args
        shown = self.show(x)
        if not isinstance(e, int) or e % 2:
            return power(self.show(t), e)
        if x.order == 1 and shown.size == 1:
            return power(binary(shown, "@", shown), e // 2)
        return power(call("sum", power(shown, 2)), e // 2)

    def _scale(self, t, full):
        coef, exponents, has_body = t.attr
        if not has_body:
            mean = self._mean_of_products(t)
            return mean if mean is not None else self._scalars_around(coef, list(zip(t.args, exponents)), None, ())
        mean = self._mean_of_rows(t)
        if mean is not None:
            return mean
        body = t.args[-1]
        if not full and body.kind == "outer" and "one" in (body.args[0].kind, body.args[1].kind):
            # the scalars go to the vector, where they may make a mean
            rows = body.args[1].kind == "one"
            v = b.scale(coef, b.scalars_of(t), body.args[0 if rows else 1])
            return self.column(v) if rows else self.show(v)._replace(axes=(1,))
        return self._with_scalars(t, self.show(body, full), None)

    def _mean_of_products(self, t: Tree) -> Shown | None:
        """uᵀv/n and ‖v‖²/n as means."""
        powers = dict(zip(t.args, t.attr[1]))
        for s, e in powers.items():
            if s.kind == "dot" and e == 1 and len(s.args) == 2 and powers.get(b.size(s.args[0].shape[0])) == -1:
                mean = call("mean", binary(self.show(s.args[0]), "*", self.show(s.args[1])))
                length = s.args[0].shape[0]
            elif s.kind == "norm" and e == 2 and s.args[0].order == 1 and powers.get(b.size(s.args[0].shape[0])) == -1:
                mean = call("mean", power(self.show(s.args[0]), 2))
                length = s.args[0].shape[0]
            else:
                continue
            rest = [(a, f) for a, f in powers.items() if a is not s and a is not b.size(length)]
            return mean if t.attr[0] == 1 and not rest else self._scalars_around(t.attr[0], rest, mean, ())
        return None

    def _with_scalars(self, t: Tree, body: Shown, axes) -> Shown:
        return self._scalars_around(t.attr[0], list(zip(t.args[:-1], t.attr[1])), body, body.axes if axes is None else axes)

    def _scalars_around(self, coef, scalars: list, body: Shown | None, axes) -> Shown:
        """coef × scalars × body as one product and quotient."""
        negative, coef = coef < 0, abs(coef)
        scalars = _determinants_joined(scalars)
        over = [self._scalar_power(s, e) for s, e in scalars if e > 0]
        under = [self._scalar_power(s, -e) for s, e in scalars if e < 0]
        top, bottom = (coef.numerator, coef.denominator) if isinstance(coef, Fraction) else (coef, 1)
        if coef == Fraction(1, 2) and body is not None and body.prec < MUL and not under:
            top, bottom = 0.5, 1
        factors = ([] if top == 1 else [Shown(repr(top), ATOM, 1)]) + over
        if body is not None and negative and not factors:
            body = unmasked(body)
        if body is not None and not (body.text == "1" and factors):
            factors.append(body)
        if bottom != 1:
            under.insert(0, Shown(str(bottom), ATOM, 1))
        done = factors[0] if factors else Shown("1", ATOM, 1)
        if negative:
            done = negated(done, axes)
        for p in factors[1:]:
            loose = outside(p.text)
            if p.prec == MUL and p is body and "/" not in loose and "*" not in loose.split("@")[-1]:
                done = Shown(f"{done.at(MUL)}*{p.text}", MUL, done.size + p.size + 1, axes)
            else:
                done = binary(done, "*", p, axes)
        if under:
            lower = under[0]
            for p in under[1:]:
                lower = binary(lower, "*", p)
            done = binary(done, "/", lower, axes)
        return done._replace(axes=axes)

    def _scalar_power(self, s: Tree, e) -> Shown:
        return self._norm_power(s, e) if s.kind == "norm" and e != 1 else power(self.show(s), e)

    # -------------------------------------------------------------- entry by entry

    def _had(self, t, full):
        parts = [(self.show(a), e) for a, e in zip(t.args, t.attr)]
        return self._hadamard(parts, tuple(range(t.order)))

    def _hadamard(self, parts: list, axes) -> Shown:
        top = [power(p, e, axes) for p, e in parts if e > 0]
        under = [power(p, -e, axes) for p, e in parts if e < 0]
        done = top[0] if top else Shown("1", ATOM, 1)
        masks = bool(top) and not under and all(p.mask for p in top)
        for p in top[1:]:
            done = binary(done, "*", p, axes)
        if under:
            bottom = under[0]
            for p in under[1:]:
                bottom = binary(bottom, "*", p, axes)
            done = binary(done, "/", bottom, axes)
        return done._replace(axes=axes, mask=masks)

    def _sum(self, t, full):
        complement = _one_minus_sigmoid(t)
        if complement is not None:
            return self._logistic(complement, t, 1)
        parts = []
        for c, a in zip(t.attr, t.args):
            part = b.scale(abs(c), [], a) if abs(c) != 1 else a
            parts.append((1 if c > 0 else -1, self.show(part, False)))
        return self._added(parts, tuple(range(t.order)) if full else None)

    def _added(self, parts: list, axes) -> Shown:
        """Σ ± parts; its axes are those that some part has."""
        union: set[int] = set()
        done = None
        for c, p in parts:
            union.update(p.axes)
            if p.mask and (c < 0 if done is None else done.mask):  # NumPy has no arithmetic of two booleans
                p = unmasked(p)
            if c not in (1, -1):
                p = binary(Shown(repr(abs(c)), ATOM, 1), "*", p, p.axes)
            if done is None:
                done = p if c > 0 else negated(p)
            else:
                done = binary(done, "-" if c < 0 else "+", p)
        return done._replace(axes=tuple(sorted(union)), mask=False)

    def _apply(self, t, full):
        declaration = t.attr
        axes = tuple(range(t.order))
        if declaration.name == "sigmoid":
            return self._logistic(t.args[0], t, -1)
        args = [self.show(a, full) for a in t.args]
        inside = within(t)
        if inside is not None:
            x, bound = call("abs", args[1]), args[2]
            return Shown(f"({x.text}<{bound.at(SUM)})", ATOM, x.size + bound.size, axes, True)
        if declaration.name == "step":
            sign, left, right = threshold(t.args[0])
            left, right = self.show(left, full), self.show(right)
            return Shown(f"({left.at(SUM)}{sign}{right.at(SUM)})", ATOM, left.size + right.size, axes, True)
        template = declaration.numpy.replace(" ", "") if declaration.values == "01" else declaration.numpy
        own, prec = template_size(template)
        if declaration.imports:
            self.imports[declaration.imports] = None
        text = fill(template.replace(", ", ","), lambda k, around: _bracketed(args[k], around))
        size = own + sum([a.size * template.count("{%d}" % k) for k, a in enumerate(args)])
        return Shown(text, prec, size, axes, declaration.values == "01" or "==" in template)

    def _logistic(self, x: Tree, t: Tree, sign: int) -> Shown:
        """1/(1+exp(sign·x))."""
        inner = self.show(x if sign > 0 else b.scale(-1, [], x))
        exponential = call("exp", inner)
        text = f"1/(1+{exponential.text})"
        return Shown(text, MUL, exponential.size + 4, tuple(range(t.order)))

    # -------------------------------------------------------------- functions of whole tensors

    def _struct(self, t, full):
        declaration, *params = t.attr
        x = t.args[0]
        axes = tuple(range(t.order))
        if declaration.name in ("softmax", "logsumexp"):
            return self._softmax(t, x, params[0], declaration.name, axes)
        inner = self.show(x)
        template = declaration.numpy
        fields = {k: axis_text(v) for k, v in zip(declaration.parameters, params)}
        own, prec = template_size(template)
        template = template.replace(", ", ",").replace(" == ", "==")
        text = fill(template, lambda _, around: _bracketed(inner, around), **fields)
        mask = declaration.values == "01" or "==" in template
        return Shown(text, prec, own + inner.size * template.count("{0}"), axes, mask)

    def _softmax(self, t, x, over, name, axes) -> Shown:
        along = "" if len(over) == x.order else f",axis={axis_text(over)}"
        more = len(over) if along else 0
        exponential = self._exponential(x, name == "softmax")
        if name == "logsumexp":
            return call("log", call("sum", exponential, extra=along, more=more), axes=axes)
        if along and not (x.order == 2 and over == (0,)):
            along, more = along + ",keepdims=True", more + 1
        return binary(exponential, "/", call("sum", exponential, extra=along, more=more), axes)

    def _exponential(self, x: Tree, twice: bool) -> Shown:
        found = self.exponentials.get(x)
        if found is not None:
            return found
        shown = call("exp", self.show(x), axes=tuple(range(x.order)))
        if not twice or shown.size <= 4:
            return shown
        if self.inline:
            return shown._replace(size=(shown.size + 3) // 2)
        name = next(n for n in ("E", "F", "G", *[f"E{k}" for k in range(1, 10_000)]) if n not in self.taken)
        self.taken.add(name)
        self.pending.append((name, shown))
        found = self.exponentials[x] = Shown(name, ATOM, 1, shown.axes)
        return found

    def _einsum(self, t, full):
        return numpy_einsum(self, t)


def _determinants_joined(scalars: list) -> list:
    """det(A) det(B) as det(AB), where both are of one size."""
    dets = [(s, e) for s, e in scalars if s.kind == "struct" and s.attr[0].name == "det" and e == 1]
    if len(dets) < 2 or len({s.args[0].shape for s, _ in dets}) > 1:
        return scalars
    joined = make("struct", dets[0][0].attr, (b.mul(*[s.args[0] for s, _ in dets]),), ())
    return [*[item for item in scalars if item not in dets], (joined, 1)]


def _one_minus_sigmoid(t: Tree) -> Tree | None:
    if len(t.args) == 2 and set(t.attr) == {1, -1}:
        plus, minus = t.args if t.attr[0] == 1 else t.args[::-1]
        if (plus.kind == "one" or plus is num(1)) and minus.kind == "apply" and minus.attr.name == "sigmoid":
            return minus.args[0]
    return None


def _bracketed(shown: Shown, around: str) -> str:
    """An argument of a template, in brackets if its surroundings would take it apart."""
    return shown.text if around == ALONE else shown.at(SUM if around == COMPARED else ATOM)
