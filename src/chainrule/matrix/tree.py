"""The matrix tree: what is printed. Scalars, column vectors, matrices, and their usual products.

Trees are immutable and made once (`is` is equality), so that repeated subtrees can be counted and named.
A vector has no orientation of its own: a product prints it as a row where it needs one. `args` are trees,
`attr` is whatever else makes the node what it is:

    kind     attr                    value
    sym      (name, symmetric)       a variable or a named intermediate, of any order
    num      number, "pi" or "e"     a scalar constant
    size     Dim                     a dimension used as a number
    one eye zero                     constants of their shape
    const    (kind, *params)         a structured 0/1 constant (core.node.structured)
    unit     place                   a unit vector
    item     place                   one entry of a vector
    part     (axis, place)           a tensor at one place of an axis: W[0]
    T        -                       transpose of a matrix
    mul mv dot outer                 matrix product, matrix times vector, uᵀA…v, u vᵀ
    diag diagof                      vector to diagonal matrix and back
    had      exponents               elementwise product of powers
    scale    (coef, exponents, has)  coef × product of scalar powers (× the last argument where `has`)
    sum      coefficients            linear combination
    apply    declaration             elementwise function
    struct   (declaration, *params)  softmax, logsumexp, det, logdet, amax, …
    inv norm tr total mean var       what they say (norm: Euclidean or Frobenius)
    kron vec reshape                 Kronecker product (a vector counts as a column), columns stacked, rows read on
    commutation (letter, p, q)       K with K vec(X) = vec(Xᵀ) for X of p × q
    row entry index                  row n of a matrix, entry n of a vector, within
    bigsum   (index, Dim)            the sum of its argument over the index
    einsum   (labels…, out)          any contraction: the last resort

`build` has the constructors that do the cosmetics; the ones here only make leaves.
"""

from __future__ import annotations

from fractions import Fraction
from weakref import WeakValueDictionary
from zlib import crc32

from ..core.dims import Dim, dim


class Tree:
    """One place of a formula. `weight` is its length for a reader, `turns` its number of transposes."""

    __slots__ = ("kind", "attr", "args", "shape", "weight", "turns", "depth", "formal", "plain", "key", "memo", "__weakref__")

    kind: str
    attr: object
    args: tuple["Tree", ...]
    shape: tuple[Dim, ...]
    weight: float
    turns: int
    depth: int
    formal: bool  # whether a differential occurs in it
    plain: bool  # whether the whole of it is written in scalars, vectors and matrices
    key: str
    memo: dict

    @property
    def order(self) -> int:
        return len(self.shape)

    @property
    def name(self) -> str:
        return self.attr[0]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key}>"


_TREES: WeakValueDictionary[tuple, Tree] = WeakValueDictionary()

# what a node adds to the weight of its arguments
OWN = {
    "sym": 1.0, "unit": 1.3, "item": 0.5, "part": 0.5, "num": 0.8, "size": 1.0, "one": 1.3, "eye": 1.3, "zero": 0.5, "const": 2.0,
    "T": 0.15, "mul": 0.1, "mv": 0.1, "dot": 0.25, "outer": 0.3, "diag": 0.9, "diagof": 1.0, "had": 0.2, "scale": 0.0, "sum": 0.0, "apply": 1.0,
    "struct": 1.0, "inv": 0.3, "norm": 0.5, "tr": 0.8, "total": 0.9, "mean": 0.8, "var": 0.8, "kron": 0.6, "vec": 0.6,
    "reshape": 1.5, "commutation": 1.3, "einsum": 4.0, "row": 0.3, "entry": 0.3, "bigsum": 0.8,
}  # fmt: skip
_LIMIT = 1e6


def make(kind: str, attr: object, args: tuple[Tree, ...], shape: tuple[Dim, ...]) -> Tree:
    """The one tree of these parts, as it is."""
    # by identity: a token that held the arguments would keep them, and through their memos the tree, alive
    token = (kind, attr, tuple([id(a) for a in args]), shape, _float_mark(kind, attr))
    found = _TREES.get(token)
    if found is not None:
        return found
    tree = Tree()
    tree.kind, tree.attr, tree.args, tree.shape, tree.memo = kind, attr, args, shape, {}
    tree.weight = _weight(kind, attr, args)
    tree.turns = min(sum([a.turns for a in args]) + (kind == "T"), 10_000)
    tree.depth = 1 + max([a.depth for a in args], default=0)
    tree.formal = is_formal(tree) or any([a.formal for a in args])
    tree.plain = len(shape) <= 2 and kind != "einsum" and all([a.plain for a in args])
    tree.key = _key(kind, attr, args)
    _TREES[token] = tree
    return tree


def _float_mark(kind: str, attr: object) -> object:
    """1 and 1.0 compare equal in Python, and print differently."""
    if kind == "num":
        return type(attr) is float
    if kind == "scale":
        return type(attr[0]) is float
    if kind == "sum":
        return tuple([type(c) is float for c in attr])
    return None


def _weight(kind: str, attr: object, args: tuple[Tree, ...]) -> float:
    inside = sum([a.weight for a in args])
    own = OWN[kind]
    if kind in ("apply", "struct"):
        inside = min(inside, 6.0 + 0.1 * min(inside, 100.0))
    elif kind == "sum":
        own = 0.4 * len(args) + sum([0.0 if abs(c) == 1 else number_weight(c) for c in attr])
        own += 0.3 * (len(args) and all([c < 0 for c in attr]))
    elif kind == "scale":
        coef, exponents, _ = attr
        own = (0.0 if coef == 1 else 0.3 if coef == -1 else number_weight(coef)) + power_weight(exponents)
    elif kind == "had":
        own = 0.2 * len(args) + power_weight(attr)
    return min(own + inside, _LIMIT)


def number_weight(c: object) -> float:
    """How long a number is to read."""
    if isinstance(c, Fraction):
        return 1.0 + 0.1 * len(str(abs(c.numerator))) + (0.1 * len(str(c.denominator)))
    return 0.7 + 0.1 * len(str(abs(c)))


def decimal(c: object) -> object:
    """A fraction over a multiple of ten as the decimal that people write: 1/100 is 0.01; other numbers as they are."""
    if isinstance(c, Fraction) and c.denominator % 10 == 0:
        shown = repr(float(c))
        if len(shown) <= 12 and Fraction(shown) == c:
            return float(c)
    return c


def power_weight(exponents: tuple) -> float:
    total = 0.4 * any([e < 0 for e in exponents])
    for e in exponents:
        e = abs(e)
        total += 0.0 if e == 1 else 0.4 if e == 2 else 0.5 if isinstance(e, int) else 0.6
    return total


def _key(kind: str, attr: object, args: tuple[Tree, ...]) -> str:
    """Names in the order of reading, then a checksum of the whole: a stable, readable sort key."""
    if kind == "sym":
        head = attr[0]
    elif kind in ("num", "size"):
        head = str(attr)
    elif kind == "apply":
        head = attr.name
    elif kind == "struct":
        head = attr[0].name
    elif kind in ("mul", "mv", "dot", "had", "scale", "sum", "outer", "T"):
        head = ""
    else:
        head = kind
    text = (head + "".join([a.key.partition("#")[0] for a in args]))[:24]
    if not args and kind in ("sym", "num", "size"):
        return text
    spelled = f"{kind}|{_attr_text(kind, attr)}|{'|'.join([a.key for a in args])}"
    return f"{text}#{crc32(spelled.encode()):08x}"


def _attr_text(kind: str, attr: object) -> str:
    if kind == "apply":
        return attr.name
    if kind == "struct":
        return f"{attr[0].name}{attr[1:]}"
    return str(attr)


def sym(name: str, shape: tuple[Dim, ...] = (), symmetric: bool = False) -> Tree:
    return make("sym", (name, symmetric), (), shape)


def num(value) -> Tree:
    return make("num", value, (), ())


def size(d: Dim) -> Tree:
    return num(d.value) if d.value is not None else make("size", d, (), ())


def one(shape: tuple[Dim, ...]) -> Tree:
    return make("one", None, (), shape) if shape else num(1)


def zero(shape: tuple[Dim, ...]) -> Tree:
    return make("zero", None, (), shape) if shape else num(0)


def eye(d: Dim) -> Tree:
    return make("eye", None, (), (d, d))


def unit(rows: Tree) -> Tree:
    """The vector with a single one that a slice of one row is. Its place counts from 0, or from the end as −1, −2 …"""
    (_, start, _), (_, d) = rows.attr, rows.shape
    if isinstance(start, Dim):
        from_end = (start - d).value
        start = start.value if start.value is not None else from_end if from_end is not None else start
    return make("unit", start, (), (d,))


def names_in(t: Tree) -> tuple[str, ...]:
    """The names of `t`, each once, in the order of `walk`."""
    found = t.memo.get("names")
    if found is None:
        found = t.memo["names"] = tuple(dict.fromkeys([s.name for s in walk(t) if s.kind == "sym"]))
    return found


def part(t: Tree, axis: int, place) -> Tree:
    """The tensor `t` at one place of an axis."""
    return make("part", (axis, place), (t,), t.shape[:axis] + t.shape[axis + 1 :])


def is_formal(t: Tree) -> bool:
    """A differential, dX or ·X: it stands last in a product."""
    return t.kind == "sym" and (t.name[:1] == "·" or (t.name[:1] == "d" and len(t.name) > 1))


def is_slice(t: Tree) -> bool:
    """Whether `t` is rows of the identity: what it multiplies is sliced."""
    return t.kind == "const" and t.attr[0] == "shift"


def slice_bounds(t: Tree) -> tuple:
    """(start, stop, step) of the rows that a slice takes; None where Python needs none, negative from the end."""
    _, start, step = t.attr
    rows, length = t.shape
    first = dim(start)
    stop = first + rows * step + (0 if step == 1 else 1 - step if step > 0 else -1 - step)
    if step > 0:
        beyond = stop - length
        last = None if beyond.value == 0 or (beyond.value is not None and step > 1 and beyond.value > -step) else stop
        if last is not None and beyond.value is not None and beyond.value < 0:
            last = beyond
    else:
        last = None if stop.value == -1 else stop
    if first.value == 0 and step > 0 or (step < 0 and (first - length).value == -1):
        first = None
    elif first.value is None and (first - length).value is not None and (first - length).value < 0:
        first = first - length
    return first, last, None if step == 1 else step


def walk(*roots: Tree, stop=(), seen: set[Tree] | None = None) -> list[Tree]:
    """All trees below `roots`, arguments first, each once; not below the members of `stop`.

    Several walks that share `seen` find each tree once among them.
    """
    seen = set() if seen is None else seen
    found: list[Tree] = []
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(() if root in stop else root.args))]
        while stack:
            tree, rest = stack[-1]
            for child in rest:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(() if child in stop else child.args)))
                    break
            else:
                stack.pop()
                found.append(tree)
    return found
