"""How NumPy source spells matrix products: diagonal matrices scale, inverses solve, vectors of ones sum."""

from __future__ import annotations

from . import build as b
from .numpy_source import ATOM, MUL, Shown, binary, call, pure_chain, unmasked
from .tree import Tree, is_slice, make


class Products:
    """The part of the NumPy printer for products of matrices and vectors."""

    def _T(self, t, full):
        inner = self.show(t.args[0])
        return Shown(f"{inner.at(ATOM)}.T", ATOM, inner.size + 1, (0, 1))

    def _inv(self, t, full):
        return call("linalg.inv", self.show(t.args[0]), axes=(0, 1))

    def _mul(self, t, full):
        return self._product(list(t.args))

    def _turned(self, t: Tree) -> Shown | None:
        """AᵀXᵀBᵀ as (B@X@A).T."""
        if t.order != 2 or t.turns < 2 or t.kind not in ("mul", "sum"):
            return None
        flipped = make("T", None, (_upright(t),), t.shape)
        if flipped.args[0].turns + 1 >= t.turns:
            return None
        return self._T(flipped, True)

    def _product(self, items: list[Tree]) -> Shown:
        """A product of matrices, diagonal ones as scalings."""
        done = None
        position = 0
        while position < len(items):
            m = items[position]
            if m.kind == "diag":
                if done is None and position + 1 < len(items):
                    position += 1
                    done = self._scaled(m.args[0], self.show(items[position]), rows=True)
                elif done is None:
                    done = self.show(m)
                else:
                    done = self._scaled(m.args[0], done, rows=False)
            elif is_slice(m) and position + 1 < len(items) and done is None:
                rest = self.show(items[position + 1])
                at, more = self.slice_text(m)
                done = Shown(f"{rest.at(ATOM)}[{at}]", ATOM, rest.size + 1 + more, (0, 1))
                position += 1
            elif m.kind == "T" and is_slice(m.args[0]) and done is not None:
                at, more = self.slice_text(m.args[0])
                done = Shown(f"{done.at(ATOM)}[:,{at}]", ATOM, done.size + 1 + more, (0, 1))
            else:
                solved = self._solved(items, position) if done is None else None
                if solved is not None:
                    return solved
                shown = self.show(m)
                done = shown if done is None else self._times(done, shown)
            position += 1
        return done._replace(axes=(0, 1))

    def _times(self, left: Shown, right: Shown) -> Shown:
        if left.prec == MUL and not pure_chain(left.text):
            left = left._replace(text=f"({left.text})", prec=ATOM)
        return binary(left, "@", right)

    def _scaled(self, v: Tree, m: Shown, rows: bool) -> Shown:
        """diag(v) m, or m diag(v): quotients where v has negative powers."""
        over, under = _quotient(v)
        done = m
        if over is None and under is None:
            return m
        if over is not None:
            factor = self.column(over) if rows else self.show(over)
            if rows and under is None:
                done = binary(factor, "*", m, (0, 1))
            else:
                done = binary(m, "*", factor, (0, 1))
        if under is not None:
            done = binary(done, "/", self.column(under) if rows else self.show(under), (0, 1))
        return done

    def _solved(self, items: list[Tree], position: int) -> Shown | None:
        """A⁻¹ times the rest, as a solve."""
        m = items[position]
        turned = m.kind == "T" and m.args[0].kind == "inv"
        if position + 1 == len(items) or not (m.kind == "inv" or turned):
            return None
        if turned:
            matrix = self.show(b.transpose(m.args[0].args[0]))
        else:
            matrix = self.show(m.args[0])
        rest = items[position + 1 :]
        right = self._vector_chain(rest) if rest[-1].order == 1 else self._product(rest)
        return call("linalg.solve", matrix, right, axes=right.axes)

    def _mv(self, t, full):
        return self._vector_chain(list(t.args))

    def _vector_chain(self, items: list[Tree]) -> Shown:
        if len(items) == 1:
            return self.show(items[0])
        if len(items) == 2 and items[1].kind == "one":
            return self._row_sums(items[0])
        if is_slice(items[0]) and items[-1].kind != "one":
            rest = self._vector_chain(items[1:])
            at, more = self.slice_text(items[0])
            return Shown(f"{rest.at(ATOM)}[{at}]", ATOM, rest.size + 1 + more, (0,))
        solved = self._solved(items, 0)
        if solved is not None:
            return solved
        if items[-1].kind == "one":
            last = self._row_sums(items[-2])
            mats = items[:-2]
        else:
            last, mats = self.show(items[-1]), items[:-1]
            if mats[0].kind == "diag":
                inner = self._vector_chain(items[1:])
                return binary(self.show(mats[0].args[0]), "*", inner, (0,))
        for k in range(1, len(mats)):
            if mats[k].kind in ("inv", "diag") or (mats[k].kind == "T" and mats[k].args[0].kind == "inv"):
                if items[-1].kind != "one":
                    tail = self._vector_chain(items[k:])
                    return self._times(self._product(mats[:k]), tail)._replace(axes=(0,))
        if not mats:
            return last
        return self._times(self._product(mats), last)._replace(axes=(0,))

    def _row_sums(self, m: Tree, function: str = "sum", keep: bool = False) -> Shown:
        """The sums (or means) of the rows, as a column if `keep`."""
        axis = 1
        if m.kind == "T":
            m, axis = m.args[0], 0
        extra, more = f",axis={axis}", 1
        if keep and axis == 1:
            extra, more = extra + ",keepdims=True", 2
        return call(function, self.show(m), extra=extra, more=more, axes=(0,))

    def column(self, v: Tree) -> Shown:
        """A vector as an (n, 1) array, the shorter way."""
        shown = self.show(v)
        plain = Shown(f"{shown.at(ATOM)}[:,None]", ATOM, shown.size + 2, (0,))
        if v.kind == "one":
            return Shown("1", ATOM, 1)
        kept = self._kept(v)
        return kept if kept is not None and kept.size < plain.size else plain

    def _kept(self, v: Tree) -> Shown | None:
        """The vector with keepdims where all its parts allow it."""
        if v.kind == "mv" and v.args[-1].kind == "one" and len(v.args) == 2 and v.args[0].kind != "T":
            return self._row_sums(v.args[0], keep=True)
        if v.kind == "one" or v.order == 0:
            return self.show(v, full=False)
        if v.kind == "scale" and v.attr[2]:
            mean = self._mean_of_rows(v, keep=True)
            if mean is not None:
                return mean
            body = self._kept(v.args[-1])
            return None if body is None else self._with_scalars(v, body, (0,))
        if v.kind == "had":
            parts = [(self._kept(a), e) for a, e in zip(v.args, v.attr)]
            return None if any(p is None for p, _ in parts) else self._hadamard(parts, (0,))
        if v.kind == "sum":
            parts = [(c, self._kept(a)) for c, a in zip(v.attr, v.args)]
            return None if any(p is None for _, p in parts) else self._added(parts, (0,))
        return None

    def _mean_of_rows(self, t: Tree, keep: bool = False) -> Shown | None:
        """(1/n) M1 as a mean along the rows."""
        body = t.args[-1]
        if body.kind != "mv" or body.args[-1].kind != "one":
            return None
        wanted = b.size(body.args[-1].shape[0])
        powers = dict(zip(t.args[:-1], t.attr[1]))
        if powers.get(wanted, 0) != -1 or (keep and (len(body.args) > 2 or body.args[0].kind == "T")):
            return None
        mean = self._row_sums(body.args[-2], "mean", keep)
        if len(body.args) > 2:
            mean = self._times(self._product(list(body.args[:-2])), mean)
        rest = [(s, e) for s, e in b.scalars_of(t) if s is not wanted]
        if t.attr[0] == 1 and not rest:
            return mean
        return self._scalars_around(t.attr[0], rest, mean._replace(axes=(0,)), (0,))

    def _dot(self, t, full):
        if t.args[0].kind == "one":
            return call("sum", self._vector_chain(list(t.args[1:])))
        if t.args[-1].kind == "one":
            return call("sum", self._vector_chain([b.transpose(m) for m in reversed(t.args[1:-1])] + [t.args[0]]))
        left = self.show(t.args[0])
        right = self._vector_chain(list(t.args[1:]))
        if "solve(" not in right.text and len(t.args) > 2 and not any(m.kind == "diag" for m in t.args[1:-1]):
            middle = self._product(list(t.args[1:-1]))
            return self._times(self._times(left, middle), self.show(t.args[-1]))
        return self._times(left, right)

    def _outer(self, t, full):
        u, v = t.args
        if not full and v.kind == "one":
            return self.column(u)
        if not full and u.kind == "one":
            return self.show(v)._replace(axes=(1,))
        return call("outer", self.show(u), self.show(v), axes=(0, 1))

    def _diag(self, t, full):
        return call("diag", unmasked(self.show(t.args[0])), axes=(0, 1))

    def _diagof(self, t, full):
        return call("diag", self.show(t.args[0]), axes=(0,))

    def _kron(self, t, full):
        parts = []
        for x in t.args:
            shown = self.show(x)
            if t.order == 2 and x.order == 1:
                shown = Shown(f"{shown.at(ATOM)}[:,None]", ATOM, shown.size + 2)
            parts.append(shown)
        return call("kron", *parts, axes=tuple(range(t.order)))

    def _vec(self, t, full):
        if t.args[0].kind == "T":
            inner = self.show(t.args[0].args[0])
            return Shown(f"{inner.at(ATOM)}.reshape(-1)", ATOM, inner.size + 4, (0,))
        inner = self.show(t.args[0])
        return Shown(f"{inner.at(ATOM)}.T.reshape(-1)", ATOM, inner.size + 5, (0,))

    def _reshape(self, t, full):
        inner = self.show(t.args[0])
        parts = [self.dim(d) for d in t.shape]
        if t.order == 1:
            return Shown(f"{inner.at(ATOM)}.reshape(-1)", ATOM, inner.size + 4, (0,))
        text = f"{inner.at(ATOM)}.reshape({','.join([p.text for p in parts])})"
        return Shown(text, ATOM, inner.size + 2 + sum([p.size for p in parts]), tuple(range(t.order)))

    def _commutation(self, t, full):
        return Shown(t.attr[0], ATOM, 1, (0, 1))


def _upright(t: Tree) -> Tree:
    """The transpose of a product or sum, written out."""
    if t.kind == "sum":
        return b.add([(c, b.transpose(a)) for c, a in zip(t.attr, t.args)])
    return b.transpose(t)


def _quotient(v: Tree) -> tuple[Tree | None, Tree | None]:
    """A vector as numerator and denominator, None for ones."""
    if v.kind == "one":
        return None, None
    if v.kind != "had" or all(e > 0 for e in v.attr):
        return v, None
    top = [(a, e) for a, e in zip(v.args, v.attr) if e > 0]
    under = [(a, -e) for a, e in zip(v.args, v.attr) if e < 0]
    return (b.had(top) if top else None), b.had(under)
