"""A function as a person would take it apart: f = ‖r‖² with r = Ax − b.

The parts are cut from the typed tree, which is the function as it was written: what a nonlinear operation acts on, what is
used twice, the factors of a product that are functions themselves, and what the person named. Linear surroundings stay with
the operation that they surround, so that there is a part for each operation that matters and none for bookkeeping. Each
part is defined by the variables and by earlier parts; put one into the other they give the function back.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple

from ..core.dims import Dim
from ..core.algebra import substitute
from ..core.facts import sign, symmetric
from ..core.node import Node, symbol
from ..core.walk import depends, order, symbols
from ..matrix import render
from ..matrix.names import customary
from ..ops.linalg import inverse
from ..syntax.lower import Lowering
from ..syntax.typed import Typed
from ..syntax.typed import order as typed_order
from . import rules
from .rules import Rule

HALF = Fraction(1, 2)


class Part(NamedTuple):
    """One named intermediate, or the function itself (the last part).

    typed    its definition as written; other parts are variables of it
    node     the same as a graph; `uses` are the symbols of the variable and of the parts that it depends on
    symbol   what stands for the part elsewhere; `shown` is that symbol with all that is known of its value
    """

    name: str
    typed: Typed
    node: Node
    symbol: Node
    shown: Node
    uses: tuple[Node, ...]
    rules: tuple[Rule, ...] = ()  # of the operations that it consists of, the outermost first
    rules_by: dict[str, tuple[Rule, ...]] = {}  # the same by what they act on: the rules on the way to a part
    functions: tuple = ()  # the declarations of the operations in it that have one
    given: bool = False  # the person gave the name

    @property
    def dims(self) -> tuple[Dim, ...]:
        return self.symbol.dims


class Held(NamedTuple):
    """An intermediate that the person named and that does not move with the variable: it keeps its name."""

    name: str
    typed: Typed
    symbol: Node

    @property
    def dims(self) -> tuple[Dim, ...]:
        return self.symbol.dims


class Program(NamedTuple):
    """The parts in the order in which they are computed; the last one is the function."""

    parts: list[Part]
    variable: Node  # of differentiation, free
    whole: Node  # the same with all its facts
    others: tuple[Node, ...] = ()  # the other variables, and what is held, as symbols
    held: tuple[Held, ...] = ()  # in the order in which they are computed

    @property
    def function(self) -> Part:
        return self.parts[-1]

    @property
    def scalar(self) -> bool:
        """Whether all that moves is a number, so that the rules of scalar calculus tell it."""
        return not self.variable.dims and not any(part.dims for part in self.parts)


class Cut(NamedTuple):
    """What an operation is for a reader: its kind, and the typed nodes that it acts on."""

    kind: str
    acts_on: tuple[Typed, ...]
    declaration: object = None  # of a function


def take_apart(
    problem, free: Node, whole: Node, function_name: str, unknown: str = "", also: tuple[Node, ...] = (), uncut: Collection[str] = ()
) -> Program:
    """The program of `problem`, differentiated by the symbol `free` (`whole` with all facts).

    Of the variable `unknown` no declared facts are used. The symbols `also` move as well: parts use them as they use `free`.
    What the person called by one of the names `uncut` stays whole between the other names that were given.
    """
    return _Scissors(problem, free, whole, function_name, unknown, also, frozenset(uncut)).program()


class _Scissors:
    def __init__(self, problem, free: Node, whole: Node, function_name: str, unknown: str, also: tuple, uncut: frozenset):
        self.problem, self.free, self.whole, self.function_name = problem, free, whole, function_name
        self.moving, self.uncut = {s.name: s for s in (free, *also)}, uncut
        facts = {n: frozenset() if n == unknown else v.facts for n, v in problem.variables.items()}
        self.symbols = {n: self.moving.get(n) or symbol(n, v.dims, facts[n]) for n, v in problem.variables.items()}
        self.lets = dict(problem.typed_lets)
        self.lowering = Lowering(self.symbols)
        for name, typed in problem.typed_lets:
            self.lowering.lets[name] = self.lowering.node(typed)
        self.result = problem.typed
        self.order = self._ordered([self.result])
        self.key = {id(t): self.lowering.node(t) for t in self.order}
        keys = order(*dict.fromkeys(self.key.values()))
        # what is 1 or 0 does not move: its derivative is zero wherever there is one
        still = {k for k in keys if k.op == "map" and k.attr.values == "01"}
        self.active = depends([k for k in keys if k not in still], list(self.moving.values()))
        self.root = self.key[id(self._resolved(self.result))]
        self.first: dict[Node, Typed] = {}
        for t in self.order:
            self.first.setdefault(self.key[id(t)], t)
        self.given = {self.key[id(self._resolved(t))]: name for name, t in problem.typed_lets if id(self._resolved(t)) in self.key}
        self.held = {  # of the names that the person gave, those of what does not move
            self.key[id(t)]: name
            for t in self.order
            for name in [self.given.get(self.key[id(t)])]
            if name is not None and self.key[id(t)] not in self.active and self.key[id(t)].op not in ("symbol", "number", "size")
        }
        # tensors: log(1 + exp(m)) is one operation that has a name; of numbers each function is told by itself
        self.numbers = not any(self.key[id(t)].dims for t in self.order if self.key[id(t)] in self.active)
        self.cuts = {id(t): self._cut(t) for t in self.order}
        self.times = self._times()
        self.below_functions = {
            self.key[id(a)] for c in self.cuts.values() if c.kind in ("function", "whole function") for a in c.acts_on
        }

    # ---------------------------------------------------------------- the typed tree

    def _resolved(self, t: Typed) -> Typed:
        while t.kind == "let":
            t = self.lets[t.info]
        return t

    def _args(self, t: Typed) -> list[Typed]:
        return [self._resolved(a) for a in t.args]

    def _ordered(self, roots: list[Typed]) -> list[Typed]:
        """Every typed node, arguments first; the names of intermediates looked through."""
        found, seen = [], set()
        stack = [(self._resolved(r), False) for r in roots]
        while stack:
            t, ready = stack.pop()
            if ready:
                found.append(t)
            elif id(t) not in seen:
                seen.add(id(t))
                stack.append((t, True))
                stack.extend([(a, False) for a in reversed(self._args(t)) if id(a) not in seen])
        return found

    def _moves(self, t: Typed) -> bool:
        return self.key[id(t)] in self.active

    # ---------------------------------------------------------------- what an operation is

    def _cut(self, t: Typed) -> Cut:
        args = self._args(t)
        moving = tuple([a for a in args if self._moves(a)])
        if not moving:
            return Cut("constant", ())
        squared = self._squared(t)
        if squared is not None:
            return Cut("square norm", (squared,))
        if t.kind == "pow":
            base, exponent = args
            root = self._squared(base)
            if root is not None and exponent.kind == "const" and exponent.info == HALF:
                return Cut("norm", (root,))
            inner = self.cuts_of(base)
            if inner is not None and inner.kind == "norm" and exponent.kind == "const" and exponent.info == 2:
                return Cut("square norm", inner.acts_on)
            return Cut("power" if not self._moves(exponent) else "exponential", moving)
        if not self.numbers:
            named = self._named_operation(t)
            if named is not None:
                return named
        if t.kind in ("map", "struct"):
            return Cut("function" if t.kind == "map" else "whole function", moving, t.info if t.kind == "map" else t.info[0])
        if t.kind == "chain":
            _, exponents, _, _ = t.info
            powers = [e for a, e in zip(args, exponents) if self._moves(a)]
            if len(moving) > 1:
                return Cut("quotient" if any(e < 0 for e in powers) else "product", moving)
            if powers == [-1] and moving[0].kind == "pow":  # 1/cos(x)² is a power of cos(x)
                base, exponent = self._args(moving[0])
                if self._moves(base) and not self._moves(exponent):
                    return Cut("power", (base,))
            return Cut("linear" if powers == [1] else "reciprocal" if powers == [-1] else "power", moving)
        if t.kind == "kron" and len(moving) > 1:
            return Cut("product", moving)
        return Cut("sum" if t.kind in ("sum", "concat") else "linear", moving)

    def cuts_of(self, t: Typed) -> Cut | None:
        return self._cut(t) if self._moves(t) else None

    def _squared(self, t: Typed) -> Typed | None:
        """r where t is Σ r² over all entries, or rᵀr."""
        if t.kind != "chain" or t.axes:
            return None
        args = self._args(t)
        labels, exponents, _, _ = t.info
        if len(args) == 1 and exponents == (1,) and len(set(labels[0])) == len(labels[0]) and args[0].kind == "pow":
            base, exponent = self._args(args[0])
            if exponent.kind == "const" and exponent.info == 2 and base.axes and self._moves(base):
                return base
        if len(args) == 2 and exponents == (1, 1) and args[0].axes and self.key[id(args[0])] is self.key[id(args[1])]:
            return args[0] if labels[0] == labels[1] and self._moves(args[0]) else None
        return None

    def _named_operation(self, t: Typed) -> Cut | None:
        """log(1 + exp(m)) as softplus of m: what the graph knows as one operation on something that was written."""
        node = self.key[id(t)]
        if node.op not in ("map", "struct") or t.kind in ("map", "struct") and node.attr == t.info:
            return None
        written = [self.first.get(a) for a in node.args if a in self.active]
        if not written or any(w is None for w in written):
            return None
        declaration = node.attr if node.op == "map" else node.attr[0]
        return Cut("function" if node.op == "map" else "whole function", tuple(written), declaration)

    # ---------------------------------------------------------------- where to cut

    def _times(self) -> dict[Node, int]:
        """How often each moving expression is acted on, in what is left of the tree once operations are recognised."""
        times: dict[Node, int] = {}
        seen, stack = set(), [self.first[self.root]]
        while stack:
            t = stack.pop()
            key = self.key[id(t)]
            if key in seen:
                continue
            seen.add(key)
            for a in self.cuts[id(t)].acts_on:
                times[self.key[id(a)]] = times.get(self.key[id(a)], 0) + 1
                stack.append(self.first[self.key[id(a)]])
        return times

    def _plain(self, t: Typed) -> bool:
        """The variable, turned or scaled: nothing to name."""
        node = self.key[id(t)]
        if node in self.moving.values():
            return True
        if node.op == "product" and len(node.args) == 1 and node.args[0] in self.moving.values():
            (_, labels, exponent) = node.operands[0]
            return exponent == 1 and set(labels) <= set(node.attr[1])
        if node.op == "product" and not self.free.dims and not node.dims:  # 3x, a x
            return [e for b, _, e in node.operands if b in self.active] == [1] and all(
                b in self.moving.values() or b not in self.active for b in node.args
            )
        return False

    def _is_cut(self, child: Typed, above: Typed, root: Typed) -> bool:
        key = self.key[id(child)]
        if self._plain(child):
            return False
        if key in self.given:
            return True
        if self.uncut and (self.function_name if self.key[id(root)] is self.root else self.given.get(self.key[id(root)])) in self.uncut:
            return False
        if self.times.get(key, 0) > 1:
            return True
        kind, inner = self.cuts[id(above)].kind, self.cuts[id(child)].kind
        if kind in ("function", "whole function", "power", "exponential", "norm", "square norm"):
            return True
        if kind in ("product", "quotient", "reciprocal"):
            return self.numbers or inner not in ("linear",)
        if inner == "whole function" and child.axes:
            return True
        return kind == "linear" and inner == "function" and bool(child.axes) and bool(root.axes)

    # ---------------------------------------------------------------- the program

    def program(self) -> Program:
        root = self.first[self.root]
        below = self._below(root)
        names = self._names(below)
        known = {names[self.key[id(b)]]: self._symbol(self.key[id(b)], names) for b in below}
        parts = [self._part(t, known, names) for t in below]
        held = tuple([Held(self.held[k], self._definition(self.first[k], names), self._held_symbol(k)) for k in self._held_in(parts)])
        others = [s for name, s in self.symbols.items() if name != self.free.name]
        return Program(parts, self.free, self.whole, (*others, *[h.symbol for h in held]), held)

    def _held_in(self, parts: list[Part]) -> list[Node]:
        """What the parts mention of it, and what that is made of, in the order in which it is computed."""
        wanted = {t.info for part in parts for t in typed_order([part.typed]) if t.kind == "var"}
        found: list[Node] = []
        for key in reversed(self.held):
            if self.held[key] in wanted:
                found.append(key)
                wanted.update(t.info for t in typed_order([self._definition(self.first[key], {})]) if t.kind == "var")
        return found[::-1]

    def _held_symbol(self, key: Node) -> Node:
        found = self._symbol(key, self.held)
        return symbol(found.name, found.dims, found.attr[1] | {"symmetric"}) if symmetric(key) else found

    def _below(self, root: Typed) -> list[Typed]:
        """The typed nodes that become parts, in the order in which they are computed."""
        cut: dict[Node, Typed] = {self.key[id(root)]: root}
        waiting = [root]
        while waiting:
            top = waiting.pop()
            stack = [top]
            while stack:
                above = stack.pop()
                for child in self.cuts[id(above)].acts_on:
                    child = self.first[self.key[id(child)]]
                    if self._is_cut(child, above, top):
                        if self.key[id(child)] not in cut:
                            cut[self.key[id(child)]] = child
                            waiting.append(child)
                    else:
                        stack.append(child)
        wanted = set(map(id, cut.values()))
        return [t for t in self.order if id(t) in wanted and t is not root] + [root]

    def _names(self, below: list[Typed]) -> dict[Node, str]:
        taken = set(self.problem.variables) | {self.function_name} | {n for n, _ in self.problem.typed_lets}
        for v in self.problem.variables.values():
            taken.update(n for d in v.dims for n in d.names)
        wanted: list[tuple[Node, str]] = []
        names = {self.key[id(below[-1])]: self.function_name}
        for t in below[:-1]:
            key = self.key[id(t)]
            if key in self.given:
                names[key] = self.given[key]
            else:
                letters = "uvwstpqyz" if self.numbers else self._letters(t)
                letter = next((x for x in letters if x not in taken), letters[0])
                if self.numbers:
                    taken.add(letter)
                wanted.append((key, letter))
        several = [letter for _, letter in wanted]
        count: dict[str, int] = {}
        for key, letter in wanted:
            names[key] = letter
            if several.count(letter) > 1 or letter in taken and not self.numbers:
                count[letter] = count.get(letter, 0) + 1
                while f"{letter}_{count[letter]}" in taken or f"{letter}{count[letter]}" in taken:
                    count[letter] += 1
                names[key] = f"{letter}_{count[letter]}"
        return names

    def _letters(self, t: Typed) -> list[str]:
        """The letters for a part: z for what a function acts on, K for an inverse, else the customary ones."""
        key = self.key[id(t)]
        found = [x for x in customary(render(key, key.ndim, ".").tree) if x != "l"] or ["v"]  # which reads like 1
        kind, declaration = self.cuts[id(t)].kind, self.cuts[id(t)].declaration
        if declaration is inverse:
            return ["K", *found]
        if kind in ("linear", "sum", "product") and key in self.below_functions:
            return ["Z" if key.ndim == 2 else "z", *found] if key.dims else found
        return found

    def _part(self, t: Typed, made: dict[str, Node], names: dict[Node, str]) -> Part:
        """The part for `t`; `made` are the symbols of all parts."""
        key = self.key[id(t)]
        typed = self._definition(t, names)
        held = {name: k for k, name in self.held.items()}
        mentioned = [u.info for u in typed_order([typed]) if u.kind == "var"]
        node = Lowering({n: made.get(n) or (self._held_symbol(held[n]) if n in held else self.symbols[n]) for n in mentioned}).node(typed)
        uses = tuple([s for s in symbols(node) if made.get(s.name) is s or self.moving.get(s.name) is s])
        shown = self._shown(key, names)
        by = self._rules(t, names)
        every = tuple(dict.fromkeys([rule for found in by.values() for rule in found]))
        functions = self._functions(t, names)
        return Part(names[key], typed, node, self._symbol(key, names), shown, uses, every, by, functions, key in self.given)

    def _functions(self, top: Typed, names: dict[Node, str]) -> tuple:
        found, stack = [], [top]
        while stack:
            t = stack.pop()
            if t is top or self.key[id(t)] not in names:
                cut = self.cuts[id(t)]
                found += [cut.declaration] if cut.declaration is not None else []
                stack.extend(cut.acts_on)
        return tuple(found)

    def _rules(self, top: Typed, names: dict[Node, str]) -> dict[str, tuple[Rule, ...]]:
        """The rules of the operations between a part and each thing that it is made of, the outermost first."""
        found: dict[str, dict[Rule, None]] = {}
        stack: list[tuple[Typed, tuple[Rule, ...]]] = [(top, ())]
        seen = set()
        while stack:
            t, above = stack.pop()
            key = self.key[id(t)]
            name = names.get(key) if t is not top else None
            if name is None and key in self.moving.values():
                name = key.name
            if name is not None:
                found.setdefault(name, {}).update(dict.fromkeys(above))
            elif (id(t), above) not in seen:
                seen.add((id(t), above))
                cut = self.cuts[id(t)]
                own = rules.of(cut.kind, cut.declaration, len(cut.acts_on), self.numbers)
                stack.extend([(child, above + tuple(own)) for child in reversed(cut.acts_on)])
        return {name: _told(tuple(of), self.numbers) for name, of in found.items()}

    def _definition(self, top: Typed, names: dict[Node, str]) -> Typed:
        done: dict[int, Typed] = {}
        stack = [(top, False)]
        while stack:
            t, ready = stack.pop()
            if id(t) in done:
                continue
            name = names.get(self.key[id(t)], self.held.get(self.key[id(t)])) if t is not top else None
            if name is not None:
                done[id(t)] = Typed("var", (), name, t.axes)
            elif ready:
                done[id(t)] = Typed(t.kind, [done[id(a)] for a in self._args(t)], t.info, t.axes) if t.args else t
            else:
                stack.append((t, True))
                stack.extend([(a, False) for a in self._args(t)])
        return done[id(top)]

    def _symbol(self, key: Node, names: dict[Node, str]) -> Node:
        known = {"+": {"positive"}, "0+": {"nonneg"}, "-": {"negative"}}.get(sign(key), ())
        return symbol(names[key], key.dims, frozenset(known))

    def _shown(self, key: Node, names: dict[Node, str]) -> Node:
        """The symbol, said to be symmetric where the variable's facts make its value so."""
        plain = self._symbol(key, names)
        if self.free is self.whole or not symmetric(substitute(key, {self.free: self.whole})):
            return plain
        return symbol(plain.name, plain.dims, plain.attr[1] | {"symmetric"})


def _told(found: tuple[Rule, ...], numbers: bool) -> tuple[Rule, ...]:
    """The rules worth telling: that constants stay outside goes without saying beside any other rule."""
    several = tuple([r for r in found if r not in (rules.LINEAR, rules.CONSTANT_FACTOR)])
    if several and rules.CONSTANT_FACTOR in found and not set(several) <= {*rules.SUMS, rules.POWER}:
        return (*several, rules.CHAIN) if rules.CHAIN not in several else several
    return several or found[:1] or (rules.SCALAR_CONSTANT_TERM if numbers else rules.CONSTANT_TERM,)
