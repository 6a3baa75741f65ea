"""A claim that the person wrote, as a function of the same arguments, whatever the framework.

    gradient   mine(*at) has the shape of each argument
    jacobian   mine(*at) has the axes of the value, then those of the argument (or one matrix, values × entries)
    hessian    mine(*at) has the axes of an argument twice; of several arguments blocks, or one matrix of all entries
    vjp        mine(*at, u) is uᵀJ, in the shape of each argument (`claims` says what else is understood)
    jvp        mine(*at, *v) is J v, in the shape of the value

A function that returns (value, gradient) may be given without a claim; a claim that does is understood too.
"""

from __future__ import annotations

import functools

import numpy as np

from ...core.errors import DeclarationError, check_choice
from ..subject import KINDS, Failed, Misshapen
from .calling import binds, required, signature_of
from .chance import Watched
from .claims import AFTER, PULLBACK, asked, assigned, remembers, style_of
from .flat import Flat
from .nested import beside, described, spread

CHANGED = "the backward pass changes the cotangent that it is given, in place"


ROUNDING = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}  # of the types of tensors
WIDER = {"float16": "float64", "bfloat16": "float64", "float32": "float64"}  # what each is run again in


class Written(Flat):
    """See the module."""

    def _take_claim(self, mine, kind):
        """Reads the claim: its kind, how it is called, and of which arguments it says anything."""
        self.call_claim = mine
        watched = Watched(self._f, mine)
        result = self._first()
        self.rewritten += [("function", name) for name in watched.changed()]
        if mine is None:
            self._split(result)
        self.kind = self._kind(kind)
        self._check_outputs()
        self._style = self._how_called()
        watched = Watched(self._f, self.call_claim)
        self._try()
        self.rewritten += [("claim", name) for name in watched.changed()]
        self.mutated.clear()  # what a call changes is seen again by those who look for it

    def _plain(self, part):
        """What a person returned, as a NumPy array where it is an array of the framework."""
        return part

    def _array(self, name: str, part, shape) -> np.ndarray:
        """What is claimed of one argument, flat, float64."""
        array = self._numeric(name, part)
        if array.shape != tuple(shape) and not (array.size == 1 and np.prod(shape) == 1):
            raise Misshapen(name, tuple(array.shape), tuple(shape), array)
        return array.astype(float).ravel()

    def _numeric(self, name: str, part) -> np.ndarray:
        part = self._plain(part)
        try:
            array = np.asarray(part)
        except (ValueError, TypeError):
            array = np.empty(0, dtype=object)
        if array.dtype.kind == "O" and self.opener(part) is None and not isinstance(part, np.ndarray):
            raise Misshapen(name, described(part), "an array of numbers")
        if array.dtype.kind not in "fiub":
            words = "complex numbers" if array.dtype.kind == "c" else described(part)
            raise Misshapen(name, words, "an array of real numbers")
        return array

    def _split(self, result):
        """Without a claim: a function that returns (value, gradient) is both."""
        pair = isinstance(result, tuple) and len(result) == 2
        if pair and np.size(result[0]) == 1 and self._type(np.asarray(result[0])):
            both = self._f
            self._f, self.call_claim = _part(both, 0), _part(both, 1)
            remark = f"{self.name} returns a pair: the first is taken as its value, the second as its gradient"
            self.remarks.append(remark)
            self._seen = []  # those were pairs
            self._first()
            return
        raise DeclarationError(
            f"there is no derivative of `{self.name}` to check",
            given=f"a NumPy function that returns {described(result)}",
            expected="your gradient as the second argument, or a function that returns (value, gradient)",
            fix="cr.check(f, grad, at), or cr.numeric.gradient(f, at) to be given the numbers",
        )

    def _kind(self, kind):
        if kind is not None:
            check_choice("kind", kind, KINDS)
            return "hessian" if self.order == 2 and kind == "gradient" else kind
        if self.order == 2:
            return "hessian"
        signature = signature_of(self.call_claim)
        more = [n for n in required(signature) if n not in self._call.names]
        same = not self._call.keywords and binds(signature, self._call.values)
        if remembers(self.call_claim, self._f) and len(more) == 1 and len(required(signature)) == 1:
            return "vjp"
        if len(more) == 1 and not same and set(self._call.names) <= set(signature.parameters if signature else ()):
            return "vjp"
        if signature and not same and not self._call.keywords and binds(signature, (*self._call.values, None)):
            return "vjp"
        return "gradient" if sum(o.size for o in self.outputs) == 1 else "jacobian"

    def _check_outputs(self):
        if self.kind in ("gradient", "hessian") and sum(o.size for o in self.outputs) != 1:
            shapes = ", ".join(f"{o.name} of shape {o.shape}" for o in self.outputs)
            raise DeclarationError(
                f"only a function with one number as its value has a {self.kind}",
                given=f"{self.name} returns {shapes}",
                expected="one number",
                fix='kind="jacobian" for all its derivatives, kind="vjp" for a backward pass with a cotangent',
            )

    def _how_called(self):
        takes = {"vjp": 1, "jvp": len(self._call.names)}.get(self.kind, 0)
        style = style_of(self.call_claim, self._f, self._call, takes, len(self.outputs))
        if style.how == PULLBACK and len(self._call.values) == 1 and not style.by_name:
            try:  # either it returns the pullback, or it wants u after a call of the function
                found = self.call_claim(*self._values(self._built(self.x)))
            except Exception:
                found = None
            return style if callable(found) else style._replace(how=AFTER)
        return style

    def _try(self):
        """Calls the claim once, to see of which arguments it says anything."""
        if self.kind == "jvp":
            return
        rows = self.x.size if self.kind == "hessian" else sum(o.size for o in self.outputs)
        u = np.where(np.arange(rows) % 2 == 0, 0.5, -0.75) if self.kind != "gradient" else np.ones(1)
        try:
            if self.kind == "hessian":
                self._keep_first(self._matrix(self._ask(self._built(self.x))))
                return
            parts, remarks = self._parts(self.x, u)
        except (Misshapen, Failed):
            return  # it is met again when the claim is asked for
        self.remarks += [r for r in remarks if r not in self.remarks]
        self._restrict([i for i in self._moving if parts[i] is not None])

    def _keep_first(self, matrix):
        """Of several arguments and one claimed Hessian: the argument that it is of."""
        n = self.x.size
        if matrix is not None and matrix.shape != (n, n):
            fits = [i for i, a in zip(self._moving, self.arguments) if matrix.shape == (*a.shape, *a.shape)]
            self._restrict(fits[:1] or self._moving)

    def pull(self, x, u):
        parts, _ = self._parts(x, np.asarray(u))
        for i, name in enumerate(self._names):
            if i in self._moving and parts[i] is None:
                raise Misshapen(name, "None", self.arguments[self._moving.index(i)].shape)
        return np.concatenate([parts[i] for i in self._moving])

    def _parts(self, x, u):
        """(for each leaf the claimed uᵀJ, flat, or None; remarks)."""
        values = self._built(x)
        more = (self._cotangent(u),) if self.kind == "vjp" else ()
        given = self._ask(values, more)
        self._note_changes(values, x)
        if more and not _same(more[0], self._cotangent(u), self.opener) and CHANGED not in self.remarks:
            self.remarks.append(CHANGED)
        if self.kind == "hessian":
            return self._hessian_parts(given, u)
        if self.kind == "jacobian":
            return self._jacobian_parts(given, u)
        given, remarks = self._without_value(given, x)
        scale = 1.0 if self.kind == "vjp" else float(u[0])
        found, more = self._laid_out(given, lambda name, want, part: self._array(name, part, np.shape(want)) * scale)
        return found, remarks + more

    def _ask(self, leaves, more=()):
        if self._seeded:
            self._chance.reseed()
        return asked(self._style, self.call_claim, self._f, self._call, self._values(leaves), more)

    def _without_value(self, given, x):
        """The gradient of a claim that returns (value, gradient)."""
        pair = isinstance(given, tuple) and len(given) == 2
        if self.kind != "gradient" or not pair or self.opener(given[0]) is not None:
            return given, []
        if np.size(given[0]) != 1 or not self._type(np.asarray(given[0])) and self._whole(given[0]) is None:
            return given, []
        first = self._call.values[0]
        fits = len(self._call.values) == 2 and np.size(first) == 1 and self.opener(given[1]) is None
        value = self.value(x)
        if fits or not np.isclose(float(np.asarray(given[0]).ravel()[0]), float(value[0]), rtol=1e-5, atol=0):
            return given, []
        return given[1], ["yours returns a pair: the first is the function's value, the second is checked"]

    def _laid_out(self, given, leaf, before=()):
        """`leaf(name, argument, what is claimed)` for every leaf that is checked; None where nothing is claimed.

        `before` are the axes that what is claimed has before those of the argument.
        """
        moving = sorted({k for k, part in enumerate(self._spreads) for i in self._within(k) if i in self._moving})
        shapes = [(*before, *np.shape(v)) if self.opener(v) is None else None for v in self._call.values]
        signature = signature_of(self._f)
        order = None
        if self._call.keywords and signature:
            order = [n for n in signature.parameters if n in self._call.names]
        claims, remarks = assigned(given, self._call, moving, shapes, order, self.opener)
        places, checked = iter(range(len(self._leaves))), set(self._moving)

        def only_checked(name, want, part):
            return leaf(name, want, part) if next(places) in checked and part is not None else None

        found = []
        for name, value, claim in zip(self._call.names, self._call.values, claims):
            found += beside(value, claim, name, only_checked, self.opener)
        return found, remarks

    def _within(self, k):
        """The positions of the leaves of argument k."""
        start = sum(len(part.leaves) for part in self._spreads[:k])
        return range(start, start + len(self._spreads[k].leaves))

    # ---------------------------------------------------------------- whole matrices

    def _jacobian_parts(self, given, u):
        if len(self.outputs) == 1:
            return self._rows(given, self.outputs[0], u)
        node = self.opener(given)
        if node is None or len(node.children) != len(self.outputs):
            raise Misshapen(self.arguments[0].name, described(given), f"{len(self.outputs)} parts, one for each value")
        total, start, remarks = None, 0, []
        for output, part in zip(self.outputs, node.children):
            found, remarks = self._rows(part, output, u[start : start + output.size])
            start += output.size
            total = found if total is None else [_sum(a, b) for a, b in zip(total, found)]
        return total, remarks

    def _rows(self, given, output, u):
        def leaf(name, want, part):
            shape = np.shape(want)
            size = int(np.prod(shape))
            part, expected = self._numeric(name, part), (*output.shape, *shape)
            if part.shape in ((output.size, size), *(((1, *shape), shape) if output.size == 1 else ())):
                part = part.reshape(expected)
            return u @ self._array(name, part, expected).reshape(output.size, size)

        return self._laid_out(given, leaf, output.shape)

    def _hessian_parts(self, given, u):
        """Row blocks times u; one matrix of all entries is taken apart."""
        n = self.x.size
        matrix = self._matrix(given)
        if matrix is not None:
            whole = self.arguments[0]
            twice = (*whole.shape, *whole.shape)
            if matrix.shape not in ((n, n), twice) or matrix.size != n * n:
                raise Misshapen(whole.name, matrix.shape, twice, matrix)
            matrix = matrix.reshape(n, n)
            return self._split_up(u @ self._numeric(self.arguments[0].name, matrix)), []
        pieces = {self._names[i]: u[span] for (_, span), i in zip(self.spans(), self._moving)}
        total = np.zeros(n)

        def row(name, want, part):
            def cell(other, wanted, block):
                shape = (*np.shape(want), *np.shape(wanted))
                flat = self._array(f"{name} by {other}", block, shape)
                return pieces[name] @ flat.reshape(np.size(want), np.size(wanted))

            return self._laid_out(part, cell)[0] if name in pieces else None

        for found in self._laid_out(given, row)[0]:
            if found is not None:
                sizes = [np.size(self._leaves[i]) for i in self._moving]
                total += np.concatenate([_sum(found[i], np.zeros(n)) for i, n in zip(self._moving, sizes)])
        return self._split_up(total), []

    def _matrix(self, given):
        """A claimed Hessian that is one array; None for blocks."""
        is_one = self.opener(given) is None or isinstance(given, list) and _regular(given)
        return self._numeric(self.arguments[0].name, given) if is_one else None

    def _split_up(self, flat):
        found = [None] * len(self._leaves)
        for (_, span), i in zip(self.spans(), self._moving):
            found[i] = flat[span]
        return found

    # ---------------------------------------------------------------- cotangents and tangents

    def _cotangent(self, u):
        """u in the structure of the value, for a backward pass."""
        parts = spread(self._structure, "value", self.opener)
        made, start = [], 0
        floating = any(self._type(leaf) for leaf in parts.leaves)
        for leaf in parts.leaves:
            like = leaf if self._type(leaf) else None if floating else self._whole(leaf)
            size = int(np.size(leaf)) if like is not None else 0
            made.append(self._made(np.asarray(u[start : start + size]), like, None) if like is not None else None)
            start += size
        return parts.rebuild(made)

    def push(self, x, v):
        values = self._built(x)
        pairs = zip(self._leaves, self._types)
        tangents = [self._made(np.zeros(np.size(leaf)), leaf, None) if t else leaf for leaf, t in pairs]
        for (_, span), i in zip(self.spans(), self._moving):
            tangents[i] = self._made(np.asarray(v)[span], self._leaves[i], None)
        given = self._ask(values, tuple(self._values(tangents)))
        self._note_changes(values, x)
        found = [
            self._array(output.name, part, output.shape)
            for output, part in zip(self.outputs, [given] if len(self.outputs) == 1 else self.opener(given).children)
        ]
        return np.concatenate(found)


def _same(a, b, opener) -> bool:
    return all(np.array_equal(p, q) for p, q in zip(spread(a, "", opener).leaves, spread(b, "", opener).leaves))


def _sum(a, b):
    """Of two parts, where None is no claim."""
    return a if b is None else b if a is None else a + b


def _part(both, k: int):
    """The function that returns part `k` of what `both` returns."""

    @functools.wraps(both)
    def part(*args, **named):
        return both(*args, **named)[k]

    return part


def _regular(given) -> bool:
    try:
        return np.asarray(given).dtype.kind in "fiu"
    except ValueError:
        return False
