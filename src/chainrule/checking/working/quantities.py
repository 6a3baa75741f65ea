"""The derivatives in a line, found among its tokens: df, ∂L/∂z_k, ∇_w f, d/dx(…), f′(x), σ′(z), J, H.

Each is a `Quantity`: what is differentiated, by what, how often. In the tokens a name stands for it, so that what remains is a formula
of the plain language, and its value comes from the definitions alone (`working_world`).
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.errors import ParseError
from ...syntax.names import split_subscript
from ...syntax.vocabulary import is_function, is_prefix
from .tokens import DIFF, FRACTION, NABLA, PARTIAL, Names, Token, elementwise_of, group, spelled


class By(NamedTuple):
    """What is differentiated by: a name, with the letters or digits of its index if it has one."""

    name: str
    low: str = ""


class Quantity(NamedTuple):
    """One derivative.

    kind   "derivative"; "differential": what changes along the differentials of the variables; "slope": of a function of numbers at
           each entry of its argument
    of     the tokens of what is differentiated; of a slope, those of the argument
    by     what it is differentiated by, once for each order; empty where the line does not say
    sign   "∂", "d", "∇", "'", "J" or "H": how it was written
    function, order   of a slope
    turned  whether it was written by the transpose of the variable, ∂f/∂xᵀ
    """

    kind: str
    of: tuple[Token, ...]
    by: tuple[By, ...] = ()
    sign: str = PARTIAL
    function: str = ""
    order: int = 1
    turned: bool = False

    @property
    def is_named(self) -> str | None:
        """The name of what is differentiated, where it is no more than a name."""
        return self.of[0].value if len(self.of) == 1 and self.of[0].kind == "name" else None


class Finder:
    """Finds the quantities in the tokens of a side.

    names      those of the derivation
    signature  name → names of its arguments, for every f(x) = …
    scalars    the names of numbers whose prime is a derivative, and what they are functions of
    """

    def __init__(self, names: Names, signatures: dict[str, tuple[str, ...]], functions: set[str]):
        self.names, self.signatures, self.functions = names, signatures, functions
        self.found: list[Quantity] = []

    def side(self, tokens: list[Token]) -> list[Token]:
        """The tokens with a token of kind "quantity" in place of every derivative; its value is the place in `found`."""
        tokens = self._without_arguments(tokens)
        out: list[Token] = []
        at = 0
        while at < len(tokens):
            made = self._at(tokens, at)
            if made is None:
                out.append(tokens[at])
                at += 1
            else:
                quantity, at = made
                out.append(Token("quantity", self.place(quantity), False))
        return out

    def place(self, quantity: Quantity) -> int:
        """The place of a quantity among those found; equal ones have one."""
        bare = quantity._replace(of=tuple([t._replace(near=False) for t in quantity.of]))
        for place, other in enumerate(self.found):
            if other._replace(of=tuple([t._replace(near=False) for t in other.of])) == bare:
                return place
        self.found.append(quantity)
        return len(self.found) - 1

    def _without_arguments(self, tokens: list[Token]) -> list[Token]:
        """f(w) is f where f is defined; a function that is not is refused, rather than read as a product.

        Raises ParseError.
        """
        found, at = [], 0
        while at < len(tokens):
            t = tokens[at]
            found.append(t)
            at += 1
            if t.kind != "name" or is_function(t.value) and t.value not in self.names.defined:
                continue
            k = at
            while k < len(tokens) and tokens[k].value == "'":
                k += 1
            if k >= len(tokens) or tokens[k].value != "(" or not tokens[k].near:
                continue
            inner, stop = group(tokens, k)
            arguments = tuple([x.value for x in inner if x.value not in (",", ";")])
            if t.value in self.names.defined:
                plain = bool(arguments) and all(x.kind == "name" or x.value in (",", ";") for x in inner)
                if self.signatures.get(t.value, arguments) == arguments and plain and k == at:
                    at = stop
            elif (
                len(inner) == 1
                and inner[0].kind == "name"
                and t.value not in self.names.declared
                and not t.value.isupper()
            ):
                raise ParseError(
                    f"the function `{t.value}` is not defined",
                    given=spelled(tokens),
                    expected=f"a line {t.value}({inner[0].value}) = … before",
                    fix=f"a product is written {t.value} {inner[0].value}",
                )
        return found

    # ---------------------------------------------------------------- one derivative

    def _at(self, tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
        t = tokens[at]
        if t.kind == "op" and t.value == FRACTION:
            return self._fraction(tokens, at)
        if t.kind == "mark" and t.value == NABLA:
            return self._gradient(tokens, at)
        if t.kind == "mark":
            return self._marked(tokens, at)
        if t.kind == "name":
            return self._primed(tokens, at) or self._lettered(tokens, at)
        return None

    def _fraction(self, tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
        above, stop = group(tokens, at + 1)
        below, stop = group(tokens, stop)
        if not (above and below and above[0].kind == "mark" and below[0].kind == "mark"):
            return None
        sign = above[0].value
        _, start = self._raised(above, 1)
        by, turned = self._below(below)
        of = above[start:]
        if not of:
            of, stop = self._operand(tokens, stop)
        return Quantity("derivative", tuple(of), by, sign, turned=turned), stop

    def _marked(self, tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
        """∂L/∂z, df/dx, d/dx (…), df."""
        sign = tokens[at].value
        order, start = self._raised(tokens, at + 1)
        if (
            start < len(tokens)
            and tokens[start].value == "/"
            and start + 1 < len(tokens)
            and tokens[start + 1].kind == "mark"
        ):
            by, turned, stop = self._denominator(tokens, start + 1, order)
            of, stop = self._operand(tokens, stop)
            return Quantity("derivative", tuple(of), by, sign, turned=turned), stop
        of, stop = self._thing(tokens, start)
        if (
            stop < len(tokens)
            and tokens[stop].value == "/"
            and stop + 1 < len(tokens)
            and (
                tokens[stop + 1].kind == "mark"
                or tokens[stop + 1].value == "("
                and stop + 2 < len(tokens)
                and tokens[stop + 2].kind == "mark"
                and sign == PARTIAL
            )
        ):
            by, turned, stop = self._denominator(tokens, stop + 1, order)
            return Quantity("derivative", tuple(of), by, sign, turned=turned), stop
        if sign == DIFF and order == 1:
            return Quantity("differential", tuple(of), (), sign), stop
        raise ParseError(
            f"`{spelled(tokens[at:stop])}` is no derivative", given=spelled(tokens),
            expected="what it is taken by: ∂f/∂x, df/dx", fix="a differential is written df, a gradient ∇f",
        )  # fmt: skip

    def _denominator(self, tokens: list[Token], at: int, order: int) -> tuple[tuple[By, ...], bool, int]:
        """The ∂x∂y behind a slash, and where it ends."""
        if tokens[at].value == "(":
            inner, stop = group(tokens, at)
            by, turned = self._below(inner)
            return by, turned, stop
        found: list[By] = []
        turned, stop = False, at
        while stop < len(tokens) and tokens[stop].kind == "mark" and len(found) < order:
            by, turned, stop = self._by(tokens, stop + 1, order - len(found))
            found += by
        return tuple(found), turned, stop

    def _below(self, tokens: list[Token]) -> tuple[tuple[By, ...], bool]:
        found: list[By] = []
        turned, at = False, 0
        while at < len(tokens):
            if tokens[at].kind != "mark":
                raise ParseError(
                    f"`{spelled(tokens)}` does not say what it is differentiated by", given=spelled(tokens), expected="∂x, or ∂x ∂y",
                )  # fmt: skip
            by, turned, at = self._by(tokens, at + 1, 9)
            found += by
        return tuple(found), turned

    def _by(self, tokens: list[Token], at: int, most: int) -> tuple[list[By], bool, int]:
        """The variable behind a ∂, as often as its power says, and whether it is transposed."""
        if at >= len(tokens) or tokens[at].kind != "name":
            raise ParseError("a derivative is taken by a name", given=spelled(tokens), expected="∂f/∂x")
        name = tokens[at].value
        times, stop = self._raised(tokens, at + 1)
        turned = False
        if times == 1:
            after = [t.value for t in tokens[at + 1 : at + 3]]
            if after[:1] in (["T"], ["⊤"]) or after in (["^", "T"], ["^", "⊤"]):
                # ∂r/∂xᵀ: a transpose of the variable, which turns a derivative by it on its side
                turned, stop = True, at + (2 if after[0] != "^" else 3)
        base, low = self._index(name)
        return [By(base, low)] * min(times, most), turned, stop

    def _index(self, name: str) -> tuple[str, str]:
        """(z, k) of z_k, where z_k is no name of its own."""
        base, low = split_subscript(name)
        if not low or name in self.names.declared or name in self.names.defined:
            return name, ""
        if low.isdigit():  # W_1 is a name, unless W is one
            known = (
                base in self.names.defined
                or base in self.names.declared
                or base in self.variables
                and name not in self.variables
            )
            return (base, low) if known else (name, "")
        return (base, low) if low.isalpha() and low.islower() and len(low) <= 3 else (name, "")

    def _raised(self, tokens: list[Token], at: int) -> tuple[int, int]:
        """The 2 of ∂² and dx^2, and where it ends; 1 where there is none."""
        if at < len(tokens) and tokens[at].kind == "sup" and str(tokens[at].value).isdigit():
            return int(tokens[at].value), at + 1
        if at + 1 < len(tokens) and tokens[at].value == "^":
            inner, stop = group(tokens, at + 1)
            if len(inner) == 1 and isinstance(inner[0].value, int):
                return inner[0].value, stop
        return 1, at

    # ---------------------------------------------------------------- what is differentiated

    def _thing(self, tokens: list[Token], at: int) -> tuple[list[Token], int]:
        """What stands right behind d or ∂: a name, brackets, a function with its argument, a further derivative."""
        if at >= len(tokens):
            raise ParseError(
                "nothing stands behind the sign of a derivative", given=spelled(tokens), expected="df, ∂f/∂x"
            )
        t = tokens[at]
        if t.kind == "name" and is_function(str(t.value)) and not self._known(t.value) and at + 1 < len(tokens):
            stop = at + 1
            while (
                stop < len(tokens) and tokens[stop].kind == "name" and is_prefix(str(tokens[stop].value))
            ):  # log det X
                stop += 1
            inner, stop = group(tokens, stop)
            return tokens[at:stop], stop
        if t.value in ("(", "[", "{"):
            return group(tokens, at)
        if t.value in ("‖", "|"):
            close = next((k for k in range(at + 1, len(tokens)) if tokens[k].value == t.value), len(tokens) - 1)
            _, stop = self._raised(tokens, close + 1)
            return tokens[at:stop], stop
        return [t], at + 1

    def _known(self, name: str) -> bool:
        return name in self.names.defined or name in self.names.declared

    def _operand(self, tokens: list[Token], at: int) -> tuple[list[Token], int]:
        """What an operator d/dx acts on: brackets, or the term to its end."""
        if at < len(tokens) and tokens[at].value in ("(", "[", "{"):
            return group(tokens, at)
        depth, stop = 0, at
        while stop < len(tokens):
            t = tokens[stop]
            if t.kind == "op":
                if (
                    t.value in ("+", "-", "=", ",")
                    and depth == 0
                    and stop > at
                    and tokens[stop - 1].value not in ("^", "_", "*", "/")
                ):
                    break
                depth += (t.value in ("(", "[", "{")) - (t.value in (")", "]", "}"))
                if depth < 0:
                    break
            stop += 1
        if stop == at:
            raise ParseError("the derivative is of nothing", given=spelled(tokens), expected="d/dx (…), or df/dx")
        return tokens[at:stop], stop

    # ---------------------------------------------------------------- ∇, primes, J and H

    def _gradient(self, tokens: list[Token], at: int) -> tuple[Quantity, int]:
        order, k = self._raised(tokens, at + 1)
        by: tuple[By, ...] = ()
        if k < len(tokens) and tokens[k].value == "_":
            inner, k = group(tokens, k + 1)
            inner = [t for t in inner if t.value != ","]
            by = tuple([By(*self._index(t.value)) for t in inner if t.kind == "name"])
            if order == 1:
                order, k = self._raised(tokens, k)
            by = by * order if len(by) == 1 else by
        of, stop = self._thing(tokens, k)
        return Quantity("derivative", tuple(of), by, NABLA, order=order), stop

    def _primed(self, tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
        """f'(x) of a function that is defined, σ'(z) of one that is known."""
        name = tokens[at].value
        stop = at + 1
        while stop < len(tokens) and tokens[stop].value == "'" and tokens[stop].kind == "op":
            stop += 1
        order = stop - at - 1
        if not order:
            return None
        if name in self.functions:
            by: tuple[By, ...] = ()
            if stop < len(tokens) and tokens[stop].value == "(":
                inner, after = group(tokens, stop)
                if len(inner) == 1 and inner[0].kind == "name":
                    by, stop = (By(inner[0].value),) * order, after
                elif len(inner) == 1:
                    raise ParseError(
                        f"`{spelled(tokens[at:after])}` is a derivative at a value, which is not checked", given=spelled(tokens), expected=f"{name}′(x)",
                    )  # fmt: skip
            return Quantity("derivative", (tokens[at],), by, "'", order=order), stop
        if (
            not self._known(name)
            and elementwise_of(name) is not None
            and stop < len(tokens)
            and tokens[stop].value == "("
        ):
            inner, after = group(tokens, stop)
            return Quantity("slope", tuple(inner), (), "'", name, order), after
        return None

    def _lettered(self, tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
        """J and H, where they are no names of the derivation: the Jacobian, and the Hessian; J_f, H_f."""
        name = tokens[at].value
        base, low = split_subscript(name)
        if base not in ("J", "H") or self._known(base) or self._known(name) or base not in self.letters:
            return None
        if low and low not in self.names.defined:
            return None
        of = (Token("name", low),) if low else ()
        return Quantity("derivative", of, (), base, order=2 if base == "H" else 1), at + 1

    letters: frozenset[str] = frozenset()  # J, H: those that stand for derivatives here
    variables: frozenset[str] = frozenset()  # once they are known


# ------------------------------------------------------------------ as they are written


def shown(tokens: list[Token], quantities: list[Quantity]) -> str:
    """Tokens as a person would write them, derivatives included."""
    return spelled([Token("name", "⟦" + quantity_text(quantities[t.value], quantities) + "⟧") if t.kind == "quantity" else t for t in tokens]).replace("⟦", "").replace("⟧", "")  # fmt: skip


def quantity_text(q: Quantity, quantities: list[Quantity]) -> str:
    of = shown(list(q.of), quantities)
    plain = len(q.of) == 1
    if q.kind == "differential":
        return f"d{of}" if plain else f"d({of})"
    if q.kind == "slope":
        return f"{q.function}{'′' * q.order}({of})"
    below = [b.name + (f"_{b.low}" if b.low else "") for b in q.by]
    if q.sign in ("'", "J", "H"):
        return f"{of}{'′' * q.order}" if q.sign == "'" else q.sign
    if q.sign == "∇":
        return (
            "∇"
            + ("²" if q.order == 2 else "")
            + (f"_{below[0]}" if below else "")
            + (" " if below else "")
            + (of if plain else f"({of})")
        )
    power = "²" if len(q.by) == 2 else ""
    bottom = f"{q.sign}{below[0]}²" if len(set(below)) == 1 and power else "".join(f"{q.sign}{b}" for b in below)
    return f"{q.sign}{power}{of if plain else f'({of})'}/{bottom}"
