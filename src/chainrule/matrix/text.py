"""Matrix trees as text: unicode for people, ASCII that parses back (grammar of the README of the cases).

Each printer returns the text with its precedence, so that brackets stand exactly where they are needed. A
product inside an elementwise product and the other way round is always bracketed: no reader has to know which
of the two binds tighter. Single letters join without a space (2Aᵀ(Ax − b)), longer names do not.
"""

from __future__ import annotations

from fractions import Fraction

from . import build as b
from .anchors import unsized
from .context import ENTRYWISE, by_entries, column, indexed, is_ones
from .functions_text import Functions
from .index import axes_letters, entry, spoken_for
from .parts_text import Parts, slice_text
from .rows import row_and_diagonal
from .styles import ATOM, HAD, POST, PROD, SUM, TURNED, UNARY, UNICODE, Apart, Unicode, first_word, last_word, may_touch
from .tree import Tree, is_slice, num


def text(tree: Tree, style: Unicode = UNICODE, row: bool = False, letters: str | None = "", names=()) -> str:
    """The text of a tree; a vector as a row if `row`; `letters` are the subscripts of the whole, where it has them.

    Without letters (None) it has none, as in the definition of a name that carries none: a = softmax(s). Of `names` no
    product may have the look: W H beside a WH.
    """
    printer = Printer(style)
    printer.names = frozenset([name for name in names if len(name) > 1])
    printer.sized = unsized(tree) if style.tight is False and style.parses else frozenset()
    return printer.show(tree)[0] if letters is None and not indexed(tree) else printer.whole(tree, row, letters or "")


class Printer(Functions, Parts):
    """Prints trees in one style. Sub-trees are shown with `show`, bracketed to a precedence with `at`."""

    def __init__(self, style: Unicode):
        self.s = style
        self.sized: set = set()  # the dims that I and 1 must spell, since nothing else says them

    def whole(self, t: Tree, row: bool = False, letters: str = "") -> str:
        """The text of a whole result, with subscripts where it has more than two axes or no other form."""
        if t.order > 2 or (t.order and indexed(t)):
            self.avoid = spoken_for(t)
            if indexed(t) or self.s.subscripts:
                return entry(self, t, letters or axes_letters(t))[0]
        return (self.row(t) if row else self.show(t))[0]

    names: frozenset = frozenset()  # of several letters, that products must not look like
    avoid = ""  # letters that are no index
    entrywise = False  # whether all around is entry by entry, where a number beside a matrix can only be a matrix of it

    def show(self, t: Tree) -> tuple[str, int]:
        if t.order and t.kind in ENTRYWISE and indexed(t):
            return entry(self, t, axes_letters(t, self.avoid))
        around = self.entrywise
        self.entrywise = t.kind in ("had", "apply") or (around and t.kind in ("scale", "sum", "T"))
        shown = getattr(self, "_" + t.kind)(t)
        self.entrywise = around
        return shown

    def at(self, t: Tree, least: int) -> str:
        shown, prec = self.show(t)
        return shown if prec >= least else f"({shown})"

    def bare(self, t: Tree) -> str:
        return self.show(t)[0]

    # -------------------------------------------------------------- leaves

    def _sym(self, t):
        return self.s.symbol(t.name)

    def _num(self, t):
        value = t.attr
        shown = self.s.number(value)
        if isinstance(value, str):
            return shown, ATOM
        if value < 0:
            return self.s.minus + self.s.number(-value), SUM
        return shown, PROD if isinstance(value, Fraction) else ATOM

    def _size(self, t):
        shown = str(t.attr) if self.s.tight else t.attr.python().replace("*", " ")
        return shown, ATOM if len(t.attr.terms) == 1 and len(t.attr.names) == 1 and t.attr.terms[0][1] == 1 else SUM

    def _one(self, t):
        if self.sized.intersection(t.shape):
            return self.s.sized("ones", t.shape), ATOM
        if t.order == 2:
            return self.chain([self.s.ones, self.s.transposed(self.s.ones)]), PROD
        return self.s.ones, ATOM

    def _zero(self, t):
        return self.s.sized("zeros", t.shape) if self.sized.intersection(t.shape) else "0", ATOM

    def _eye(self, t):
        return self.s.sized("eye", t.shape[:1]) if t.shape[0] in self.sized else self.s.eye, ATOM

    def _const(self, t):
        kind, *params = t.attr
        if kind == "tril":
            return self._triangle("tril", params[0], t.shape), ATOM
        if kind == "shift":
            identity = self.s.eye if self.s.tight else self.s.sized("eye", t.shape[1:])
            return f"{identity}[{slice_text(t)}{',:' if not self.s.tight else ''}]", ATOM
        return kind, ATOM

    def _triangle(self, name: str, offset: int, shape: tuple) -> str:
        """A triangle of ones."""
        ones = self.s.sized("ones", shape) if self.sized.intersection(shape) else self.chain([self.s.ones, self.s.transposed(self.s.ones)])
        return f"{name}({ones}" + (f", {offset})" if offset else ")")

    # -------------------------------------------------------------- products

    def chain(self, pieces: list[str]) -> str:
        """Pieces side by side, with a space where they would run together."""
        if not self.s.tight:
            return " ".join(pieces)
        joined = pieces[0]
        for left, piece in zip(pieces, pieces[1:]):
            touching = may_touch(left, piece) and last_word(left) + first_word(piece) not in self.names
            joined += ("" if touching else " ") + piece
        return joined

    def _pieces(self, items: list[Tree]) -> list[str]:
        """Factors of a product, equal neighbours as a power."""
        pieces, k = [], 0
        if len(items) > 1 and self._is_single(items[-1]):
            return self._pieces(items[:-1])
        if len(items) > 1:
            last = self._part_of(items[-2], items[-1])
            if last is not None:
                return [*(self._pieces(items[:-2]) if items[:-2] else []), last]
        while k < len(items):
            if self.s.subscripts and is_slice(items[k]) and items[-1].order == 1 and len(items) > k + 2:
                return [*pieces, f"({self.chain(self._pieces(items[k + 1 :]))})[{slice_text(items[k])}]"]
            taken, part = self._cut(items[k:])
            if taken:
                pieces.append(part)
                k += taken
                continue
            count = 1
            while k + count < len(items) and items[k + count] is items[k]:
                count += 1
            m = items[k]
            if m.order != 2 or (m.kind == "T" and count == 2):
                count = 1
            shown = self.at(m, POST)
            if count > 1:
                bare = m.args[0] if m.kind == "T" else m
                e = -count if bare.kind == "inv" else count
                shown = self.s.power(self.at(bare.args[0] if bare.kind == "inv" else bare, ATOM), e, False)
                shown = self.s.transposed(f"({shown})") if m.kind == "T" else shown
            pieces.append(shown)
            k += count
        return pieces

    def _mul(self, t):
        return self._product(self._pieces(list(t.args)))

    def _mv(self, t):
        return self._product(self._pieces(list(t.args)))

    def _product(self, pieces: list[str]) -> tuple[str, int]:
        return self.chain(pieces), PROD if len(pieces) > 1 else POST

    def _dot(self, t):
        first, *rest = t.args
        if self._is_single(first) and len(rest) > 1:
            return self.chain(self._pieces(rest)), PROD
        if len(rest) > 1:
            part = self._part_of(b.transpose(rest[0]), first)
            if part is not None:
                return self.chain([self.s.transposed(part), *self._pieces(rest[1:])]), PROD
        return self.chain([self.at_row(first, POST), *self._pieces(rest)]), PROD

    def _outer(self, t):
        return self._product(self._outer_pieces(t))

    def _outer_pieces(self, t: Tree) -> list[str]:
        left, right = t.args
        if self._is_single(left) and not self._is_single(right):
            return self._row_pieces(right)
        pieces = self._pieces(list(left.args)) if left.kind == "mv" else [self.at(left, POST)]
        return pieces if self._is_single(right) else [*pieces, *self._row_pieces(right)]

    def _row_pieces(self, v: Tree) -> list[str]:
        parted = row_and_diagonal(v)
        if parted is not None:
            return [*self._row_pieces(parted[0]), *self._pieces([parted[1]])]
        if v.kind != "mv":
            return [self.at_row(v, POST)]
        *matrices, last = v.args
        part = self._part_of(matrices[-1], last)
        if part is not None:
            first, matrices = [self.s.transposed(part)], matrices[:-1]
        else:
            first = [] if self._is_single(last) else self._row_pieces(last)
        turned = [b.transpose(m) for m in reversed(matrices)]
        return [*first, *(self._pieces(turned) if turned else [])]

    def row(self, v: Tree) -> tuple[str, int]:
        """A vector lying down."""
        if v.order != 1:
            return self.show(v)
        if v.kind == "sym" and v.name.endswith(TURNED):
            return self.s.symbol(v.name[: -len(TURNED)])
        if v.kind == "scale":
            return self._scale(v, row=True)
        if v.kind == "mv" or row_and_diagonal(v) is not None:
            return self._product(self._row_pieces(v))
        if v.kind == "sum" and v.turns >= len(v.args) - 1 and all(a.kind in ("mv", "scale", "sym") for a in v.args):
            return self._sum(v, row=True)
        return self.s.transposed(self.at(v, ATOM)), POST

    def at_row(self, v: Tree, least: int) -> str:
        shown, prec = self.row(v)
        return shown if prec >= least else f"({shown})"

    def _kron(self, t):
        if self.s.tight:
            a, c = (self.at(column(x), POST) for x in t.args)
            return f"{a} ⊗ {c}", HAD
        return self._call("kron", *[column(x) for x in t.args])

    def _vec(self, t):
        return f"vec({self.bare(t.args[0])})", ATOM

    def _reshape(self, t):
        shape = ", ".join(str(d) if self.s.tight else d.python() for d in t.shape)
        return f"reshape({self.bare(t.args[0])}, ({shape}{',' if t.order == 1 else ''}))", ATOM

    # -------------------------------------------------------------- elementwise products and scalars in front

    def _had(self, t):
        over = [self._powered(a, -e, True) for a, e in zip(t.args, t.attr) if e < 0]
        under = [self._powered(a, e, True) for a, e in zip(t.args, t.attr) if e > 0]
        if not over and len(under) == 1:
            return under[0]
        least = UNARY
        top = self.s.times.join([x if p >= least else f"({x})" for x, p in under]) or "1"
        if not over:
            return top, HAD
        if len(over) == 1:
            shown, prec = over[0]
            return top + self.s.over + (shown if prec >= least else f"({shown})"), HAD
        return top + self.s.over + "(" + self.s.times.join([x if p >= least else f"({x})" for x, p in over]) + ")", HAD

    def _powered(self, t: Tree, e, elementwise: bool) -> tuple[str, int]:
        """t to a positive power."""
        if e == 1:
            return self.show(t)
        if e == Fraction(1, 2):
            return self.s.root(*self.show(t))
        if t.kind == "norm" or not elementwise or t.order == 0:
            return self.s.power(self.at(t, ATOM), e, False), POST
        if t.order == 1 and isinstance(e, int):  # a vector has no other powers
            return self.s.power(self.at(t, ATOM), e, False), UNARY
        return self.s.power(self.at(t, ATOM), e, True), UNARY

    def _scale(self, t, row: bool = False):
        coef, exponents, has_body = t.attr
        scalars = list(zip(t.args, exponents))
        body = t.args[-1] if has_body else None
        sign = coef < 0
        coef = abs(coef)
        top, bottom = (coef.numerator, coef.denominator) if isinstance(coef, Fraction) else (coef, 1)
        over = [self._powered(s, -e, False) for s, e in scalars if e < 0]
        factors = [(s, e) for s, e in scalars if e > 0]
        pieces = [self.s.number(top)] if top != 1 else []
        lone = body is None and len(factors) == 1
        for s, e in factors:
            shown, prec = self._powered(s, e, False)
            last = body is None and s is factors[-1][0]  # 2λwᵀdw: what moves stands last, and needs no brackets
            closed = prec >= POST or (lone and prec >= PROD and (not pieces or s.kind in ("dot", "total"))) or last and _moves(s)
            shown = shown if closed else f"({shown})"
            pieces.append(Apart(shown) if s.kind == "size" else shown)
        if bottom != 1:
            over.insert(0, (str(bottom), ATOM))
        prec = PROD
        if body is not None:
            numeral = bottom != 1 and len(over) == 1
            if body.kind == "had" and over and body.attr[0] < 0 and (numeral or len(body.attr) == 1) and not row:  # 1 ⊘ (2h)
                over += [self._powered(a, -e, True) for a, e in zip(body.args, body.attr)]
                under = [x if p >= (POST if k <= len(over) - len(body.attr) else UNARY) else f"({x})" for k, (x, p) in enumerate(over)]
                first = len(over) - len(body.attr) + 1
                under = self.s.times.join([self.chain(under[:first]), *under[first:]])
                return self._signed(sign, f"{self.chain(pieces or ['1'])}{self.s.over}({under})", HAD)
            if body.kind == "had" and not over and not row:
                shown = self.bare(body)
                if pieces and body.attr[0] < 0:  # 2 ⊘ h
                    return self._signed(sign, self.chain(pieces) + shown[1:], HAD)
                return self._signed(sign, self.chain([*pieces, shown]) if pieces else shown, HAD)
            pieces += self._body_pieces(body, row, alone=not pieces and not over, least=UNARY)
        if not pieces:
            pieces = ["1"]
        shown = self.chain(pieces)
        if over:
            if len(over) == 1:
                denominator = over[0][0] if over[0][1] >= POST else f"({over[0][0]})"
            else:
                sizes = [s.kind == "size" for s, e in scalars if e < 0]
                under = [x if p >= POST else f"({x})" for x, p in over]
                under = [Apart(x) if k >= len(under) - len(sizes) and sizes[k - len(under)] else x for k, x in enumerate(under)]
                denominator = "(" + self.chain(under) + ")"
            shown = shown + self.s.quotient + denominator
        return self._signed(sign, shown, prec)

    def _body_pieces(self, body: Tree, row: bool, alone: bool, least: int = POST) -> list[str]:
        if row and body.order == 1:
            return self._row_pieces(body)
        if body.kind in ("mul", "mv"):
            return self._pieces(list(body.args))
        if body.kind == "outer":
            return self._outer_pieces(body)
        if body.kind == "one" and body.order == 2 and not self.sized.intersection(body.shape):
            return [self.s.ones, self.s.transposed(self.s.ones)]
        return [self.at(body, PROD if alone else least)]

    def _signed(self, negative: bool, shown: str, prec: int) -> tuple[str, int]:
        return (self.s.minus + shown, SUM) if negative else (shown, prec)

    # -------------------------------------------------------------- sums

    def _sum(self, t, row: bool = False):
        shown = ""
        broadcast = t.order >= 1 and not all(is_ones(a) for a in t.args)
        if t.order == 2 and not (self.entrywise or all([is_ones(a) or by_entries(a) for a in t.args])):
            broadcast = False
        for c, a in zip(t.attr, t.args):
            if broadcast and is_ones(a):
                a = b.scale(1, b.scalars_of(a)) if a.kind == "scale" else num(1)
            part = b.scale(abs(c), [], a) if abs(c) != 1 or a.kind == "scale" else a
            piece, prec = self.row(part) if row else self.show(part)
            if prec < HAD and (c < 0 or part.kind != "sum"):
                piece = f"({piece})"
            if not shown:
                shown = (self.s.minus if c < 0 else "") + piece
            else:
                shown += (f" {self.s.minus} " if c < 0 else " + ") + piece
        return shown, SUM

    # -------------------------------------------------------------- postfix

    def _T(self, t):
        (m,) = t.args
        if m.kind == "sym" and m.name.endswith(TURNED):
            return self.s.symbol(m.name[: -len(TURNED)])
        if m.kind == "inv":
            return self.s.inverse(self.at(m.args[0], ATOM), True), POST
        if m.kind == "const" and m.attr[0] == "tril":
            return self._triangle("triu", -m.attr[1], t.shape), ATOM
        return self.s.transposed(self.at(m, ATOM)), POST

    def _inv(self, t):
        (m,) = t.args
        if m.kind == "T":
            return self.s.inverse(self.at(m.args[0], ATOM), True), POST
        return self.s.inverse(self.at(m, ATOM), False), POST

    # -------------------------------------------------------------- indices

    def _einsum(self, t):
        return entry(self, t, axes_letters(t, self.avoid))


def _moves(t: Tree) -> bool:
    """Whether a product of vectors or a trace has a differential in it."""
    return t.formal and t.kind == "dot"
