"""The typed tree of a formula as layers: which node is a layer, of what kind, what it is called, and which way its units lie.

A node is what one word of the text says: a product, a sum, a function. Sums with a bias belong to their product; what only
turns, spreads or renames is no layer. Layers go by the names that the person gave (z1, a1); else by how they are written.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from ...ops.declare import Elementwise
from ...syntax.lower import known
from ...syntax.typed import Typed, rational

LONGEST = 36  # letters of a formula in a name
SHAPING = ("reshape", "slice", "pick", "concat")
POWERS = {Fraction(1, 2): "sqrt", 0.5: "sqrt", 2: "square", -1: "reciprocal", Fraction(-1, 2): "rsqrt", -0.5: "rsqrt"}


class Place:
    """A layer of a formula: the node that holds its result, the one where its input enters, and what the record says of it."""

    def __init__(self, node: Typed, kind: str, operation: str, name: str):
        self.nodes, self.kind, self.operation, self.name = [node], kind, operation, name
        self.inputs: list[str] = []
        self.parameters: list[str] = []
        self.text = self.argument = self.module = ""
        self.call = 0

    @property
    def node(self) -> Typed:
        return self.nodes[-1]


class Places:
    """The layers of a formula, in the order of computation.

    Attributes
        places: all of them; `of` the layer, input or parameter that a node's value comes from, by id of the node.
        root_of: by id of a node made by a change, the node whose place it takes.
    """

    def __init__(self, problem, lets: dict[str, Typed], result: Typed, nodes: list[Typed], moving: list[str]):
        self.problem, self.lets, self.result = problem, lets, result
        self.moving = set(moving)
        self.given = {id(t): name for name, t in lets.items()}
        if problem.named and id(result) not in self.given:
            self.given[id(result)] = problem.named
        self.places: list[Place] = []
        self.of: dict[int, str] = {}
        self.parameter: dict[int, str] = {}  # nodes that are a parameter in another order
        self.depends: dict[int, bool] = {}
        self.by_name: dict[str, Place] = {}
        self.spellings: dict[int, str] = {}
        self.names: Counter = Counter()
        self.units: dict[str, int] = {}
        self.users: Counter = Counter(id(a) for t in nodes for a in t.args)
        self.reserved = {*lets, *problem.every}
        self.samples_at = samples_of_data(nodes, self.moving)
        self.batch: dict[int, int | None] = {}
        for t in nodes:
            self._visit(t)
        uses = Counter(p.parameters[0] for p in self.places if p.kind == "linear" and p.parameters)
        seen: Counter = Counter()
        for place in self.places:
            if place.kind == "linear" and uses[place.parameters[0]] > 1:
                seen[place.parameters[0]] += 1
                place.module, place.call = place.parameters[0], seen[place.parameters[0]]

    # ---------------------------------------------------------------- which way the samples lie

    def _batch_axis(self, t: Typed) -> int | None:
        """The axis of a node along which the samples lie, as it follows from those of its arguments."""
        if t.kind == "var":
            return self.samples_at.get(t.info)
        if t.kind == "let":
            return self.batch[id(self.lets[t.info])]
        known_axes = [(k, a, self.batch[id(a)]) for k, a in enumerate(t.args) if self.batch[id(a)] is not None]
        for k, a, axis in known_axes:
            if t.kind == "chain":
                labels, _, out, _ = t.info
                if labels[k][axis] in out:
                    return out.index(labels[k][axis])
            elif t.kind == "struct" and len(t.axes) != len(a.axes):
                gone = t.info[1]
                return None if axis in gone else axis - sum(g < axis for g in gone)
            elif t.kind == "pick":
                return None if t.info[0] == axis else axis - (t.info[0] < axis)
            elif t.kind != "reshape" and len(a.axes) == len(t.axes):
                return axis
        return None

    # ---------------------------------------------------------------- which node is a layer

    def _visit(self, t: Typed) -> None:
        self.batch[id(t)] = self._batch_axis(t)
        if t.kind == "let":
            inner = self.lets[t.info]
            self.depends[id(t)], self.of[id(t)] = self.depends[id(inner)], self.of[id(inner)]
            if id(inner) in self.parameter:
                self.parameter[id(t)] = self.parameter[id(inner)]
            return
        self.depends[id(t)] = t.info in self.moving if t.kind == "var" else any(self.depends[id(a)] for a in t.args)
        if t.kind == "var":
            self.of[id(t)] = t.info
            if t.info in self.moving:
                self.parameter[id(t)] = t.info
            return
        if not self.depends[id(t)]:
            self.of[id(t)] = next((self.of[id(a)] for a in t.args if self.of[id(a)]), "")
            return
        if self._turns(t):
            moving = [a for a in t.args if self.depends[id(a)]]
            self.of[id(t)] = self.of[id(moving[0])]
            if id(moving[0]) in self.parameter:
                self.parameter[id(t)] = self.parameter[id(moving[0])]
            elif id(t) in self.given and self.of[id(t)] in self.by_name:
                self._rename(self.by_name[self.of[id(t)]], t)
            return
        if self._is_bias(t):
            return
        kind, operation = self._kind(t)
        place = Place(t, kind, operation, self._named(t, kind))
        place.inputs = list(dict.fromkeys(self.of[id(a)] for a in t.args if self.of[id(a)] and id(a) not in self.parameter))
        place.parameters = list(dict.fromkeys(self.parameter[id(a)] for a in t.args if id(a) in self.parameter))
        place.text = self.spelling(t)
        inner = [a for a in t.args if self.depends[id(a)]]
        place.argument = self.spelling(inner[0]) if kind == "elementwise" and len(inner) == 1 else ""
        self.places.append(place)
        self.by_name[place.name] = place
        self.of[id(t)] = place.name

    def _turns(self, t: Typed) -> bool:
        """Whether a node has the entries of one that moves, in another order or spread."""
        if t.kind == "chain":
            labels, exponents, out, _ = t.info
            moving = [k for k, a in enumerate(t.args) if self.depends[id(a)]]
            if len(moving) != 1 or exponents[moving[0]] != 1:
                return False
            others = [a for k, a in enumerate(t.args) if k != moving[0]]
            own = labels[moving[0]]
            whole = set(own) <= set(out) and len(set(own)) == len(own)
            return whole and all(self._is_ones(a) for a in others)
        return t.kind == "reshape" or t.kind == "sum" and len(t.args) == 1 and t.info == (1,)

    def _is_ones(self, t: Typed) -> bool:
        return t.kind == "const" and t.info == 1 or t.kind == "chain" and all(self._is_ones(a) for a in t.args)

    def _is_bias(self, t: Typed) -> bool:
        """A parameter added to a product with another one belongs to that layer."""
        if t.kind != "sum" or len(t.args) != 2:
            return False
        for bias, value in (t.args, t.args[::-1]):
            place = self.by_name.get(self.of[id(value)])
            if id(bias) in self.parameter and place is not None and place.kind == "linear" and place.node is value and self.users[id(value)] == 1:
                if id(value) not in self.given and value.axes == t.axes:
                    place.nodes.append(t)
                    place.parameters.append(self.parameter[id(bias)])
                    place.text = self.spelling(t)
                    self.of[id(t)] = place.name
                    if id(t) in self.given:
                        self._rename(place, t)
                    return True
        return False

    def _rename(self, place: Place, t: Typed) -> None:
        """The name that the person gave goes to the layer that ends there, if it has none yet."""
        if any(id(n) in self.given for n in place.nodes if n is not t):
            return
        old, new = place.name, self.given[id(t)]
        del self.by_name[old]
        place.name = new
        self.by_name[new] = place
        for key, name in self.of.items():
            if name == old:
                self.of[key] = new

    # ---------------------------------------------------------------- what it is

    def _kind(self, t: Typed) -> tuple[str, str]:
        moving = [a for a in t.args if self.depends[id(a)]]
        if t.kind == "chain":
            return self._product(t, moving)
        if t.kind == "sum":
            return "add", "add"
        if t.kind == "pow":
            exponent = rational(t.args[1])
            return "elementwise", POWERS.get(exponent, "pow")
        if t.kind == "map":
            if t.info.values == "01":
                return "cut", t.info.name
            return ("elementwise" if len(moving) == 1 and _one_moving(t.info) else "shape"), t.info.name
        if t.kind == "struct":
            name = t.info[0].name
            summing = {"softmax": "softmax", "logsumexp": "reduce", "amax": "reduce"}
            return summing.get(name, "other"), name
        if t.kind in SHAPING:
            return "shape", t.kind
        return ("add" if t.kind == "cumsum" else "other"), t.kind

    def _product(self, t: Typed, moving: list[Typed]) -> tuple[str, str]:
        labels, exponents, out, _ = t.info
        summed = {x for mine in labels for x in mine} - set(out)
        weights = [k for k, a in enumerate(t.args) if id(a) in self.parameter]
        others = [k for k, a in enumerate(t.args) if k not in weights and (self.depends[id(a)] or a.kind not in ("const", "size"))]
        for k in weights:
            own = set(labels[k])
            if others and own & summed or others and len(own) > 1:
                free = [p for p, x in enumerate(labels[k]) if x in out]
                if len(labels[k]) == 2 and len(free) == 1:
                    self.units.setdefault(self.parameter[id(t.args[k])], self._axis_in_parameter(t.args[k], free[0]))
                return "linear", "dense"
        if any(self._is_deviation(a) for a in moving):
            return "normalisation", "normalisation"
        if len({id(a) for a in moving}) == 1 and not weights:
            if summed and not others[len(moving):]:
                return "reduce", "sum" if len(moving) == 1 and exponents[0] == 1 else "sum of squares"
            if not summed and len(moving) == 1 and len(t.args) == 1 and exponents[0] != 1:
                return "elementwise", POWERS.get(exponents[0], "pow")
        return ("reduce", "sum") if len(moving) == 1 and summed and not others[1:] else ("product", "product")

    def _axis_in_parameter(self, t: Typed, axis: int) -> int:
        """Which axis of the variable itself an axis of a node that turns it is."""
        while t.kind != "var":
            if t.kind == "let":
                t = self.lets[t.info]
                continue
            if t.kind != "chain":
                return axis
            at = next(k for k, a in enumerate(t.args) if self.depends[id(a)])
            label = t.info[2][axis]
            axis = t.info[0][at].index(label) if label in t.info[0][at] else 0
            t = t.args[at]
        return axis

    def _is_deviation(self, t: Typed) -> bool:
        """Whether a node is (mean of squares + ε)^−½, or its root."""
        t = self._behind(t)
        if t.kind == "pow" and rational(t.args[1]) in (Fraction(-1, 2), -0.5, Fraction(1, 2), 0.5):
            t = self._behind(t.args[0])
            if t.kind == "sum":
                t = next((self._behind(a) for a in t.args if self.depends[id(a)]), t)
            while t.kind == "chain":
                moving = [a for a in t.args if self.depends[id(a)]]
                summed = {x for mine in t.info[0] for x in mine} - set(t.info[2])
                if summed:
                    return True
                if len(moving) != 1:
                    return False
                t = self._behind(moving[0])
        return False

    def _behind(self, t: Typed) -> Typed:
        while t.kind == "let" or t.kind == "chain" and self._turns(t) and id(t) not in self.parameter:
            t = self.lets[t.info] if t.kind == "let" else next(a for a in t.args if self.depends[id(a)])
        return t

    # ---------------------------------------------------------------- what it is called

    def _named(self, t: Typed, kind: str) -> str:
        name = self.given.get(id(t))
        if name is not None:
            return name
        if kind == "linear":
            weights = next(self.parameter[id(a)] for a in t.args if id(a) in self.parameter)
            return self._unique(f"dense {weights}")
        return self._unique(self.spelling(t))

    def _unique(self, name: str) -> str:
        self.names[name] += 1
        found = name if self.names[name] == 1 else f"{name} ({self.names[name]})"
        return found if found not in self.reserved else self._unique(name)

    def spelling(self, t: Typed, top: bool = True) -> str:
        """How a node is written, in short: σ(z1), W1 x + b1. Inner parts that have a name go by it."""
        if t.kind in ("var", "let"):
            return t.info
        if not top and id(t) in self.given:
            return self.given[id(t)]
        if t.kind in ("const", "size"):
            return str(t.info)
        if id(t) not in self.spellings:
            found = self._spelled(t)
            self.spellings[id(t)] = found if len(found) <= LONGEST else f"{self._head(t)}(…)"
        return self.spellings[id(t)]

    def _spelled(self, t: Typed) -> str:
        inner = [self.spelling(a, False) for a in t.args]
        if t.kind == "map":
            return f"{t.info.text}({', '.join(inner)})"
        if t.kind == "struct":
            return f"{t.info[0].text}({inner[0]})"
        if t.kind == "pow":
            word = POWERS.get(rational(t.args[1]))
            return f"√({inner[0]})" if word == "sqrt" else f"({inner[0]})^{inner[1]}"
        if t.kind == "sum":
            text = inner[0] if t.info[0] == 1 else f"−{inner[0]}"
            for c, part in zip(t.info[1:], inner[1:]):
                text += f" {'−' if c < 0 else '+'} {part}"
            return text
        if t.kind == "chain":
            labels, exponents, out, _ = t.info
            if self._turns(t):
                return next(p for p, a in zip(inner, t.args) if self.depends[id(a)])
            parts = [p if e == 1 else f"{p}^{e}" for p, e, a in zip(inner, exponents, t.args) if not self._is_ones(a)]
            parts = [f"({p})" if " " in p else p for p in parts] if len(parts) > 1 else parts
            summed = {x for mine in labels for x in mine} - set(out)
            together = " ".join(parts)
            return f"sum({together})" if summed and len(parts) == 1 else together
        return f"{t.kind}({', '.join(inner)})"

    def _head(self, t: Typed) -> str:
        if t.kind == "map":
            return t.info.text
        if t.kind == "struct":
            return t.info[0].text
        return {"chain": "product", "sum": "sum", "pow": POWERS.get(rational(t.args[1]), "power") if t.kind == "pow" else ""}.get(t.kind, t.kind)


def _one_moving(op) -> bool:
    """Whether an operation is a function of one number, its other arguments settings."""
    return isinstance(op, Elementwise) and op.arity - len(op.defaults) == 1


def samples_of_data(nodes: list[Typed], moving: set[str]) -> dict[str, int]:
    """By name of a matrix of data, the axis along which its samples lie: the one that no product with a parameter sums over."""
    found = {}
    for t in nodes:
        if t.kind == "chain":
            labels, _, out, _ = t.info
            for mine, data in zip(labels, t.args):
                if data.kind != "var" or data.info in moving or len(mine) != 2:
                    continue
                learnt = {x for theirs, a in zip(labels, t.args) if a.kind == "var" and a.info in moving for x in theirs}
                summed = [k for k, x in enumerate(mine) if x not in out and x in learnt]
                if len(summed) == 1:
                    found.setdefault(data.info, 1 - summed[0])
    return found


def axis_names(t: Typed) -> tuple[str, ...]:
    """The sizes of a node's axes as text."""
    return tuple([str(known(d)) for d in t.axes])
