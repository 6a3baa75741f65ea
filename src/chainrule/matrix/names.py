"""Names for what is repeated: whatever definition shortens the whole the most is named first, until none helps.

The saving is counted in the size of the NumPy text, where a definition costs one line with its name; for sums and
norms also in characters. Names are the customary ones (σ → s, softmax → p, tanh → h, residuals → r, inverses → Y),
capital for matrices, and never a name that is taken. The inverse of a variable is spelled S⁻¹ unless it is used often.
Formulas deeper than a person can read, or than printers may recurse, are cut by names too.
"""

from __future__ import annotations

from . import build as b
from .context import is_part
from .numpy_text import NumpyPrinter
from .text import text
from .tree import Tree, make, names_in, sym, walk

LEAST = 5  # a definition must save this much
LEAST_FUNCTION = 3  # that of a function
SEVERAL = 5  # the inverse of a variable keeps its spelling up to so many uses
LEAST_TEXT = 7  # or this many characters, that of a sum or norm
LARGE = 500  # distinct subtrees from which whole layers are named at once
DEEP = 50  # the deepest formula without a name

_NEVER = {"sym", "unit", "item", "part", "num", "size", "one", "eye", "zero", "T", "diag", "einsum", "kron", "commutation"}
_CUSTOMARY = {
    "sigmoid": "sqt", "softmax": "pqs", "tanh": "hgt", "relu": "hga", "exp": "ewv", "log": "lg", "logsumexp": "lz",
    "difference": "rquvw", "sum": "vuwsz", "layer": "zuvw", "matrices": "MSNV", "inv": "YSKZV", "norm": "rqs", "dot": "qcs", "mul": "MNQ", "mv": "uvw", "had": "gqw",
    "det": "c", "mean": "ma", "var": "v", "tr": "t", "total": "cs", "outer": "MN", "scale": "ca", "step": "mg", "const": "LQ",
    "commutation": "K",
}  # fmt: skip
_CHAINS = ("mul", "mv", "dot")
_MISLEADING = ("e", "E", "I", "T", "d", "D")  # constants, the transpose and the differential


def name_repeats(
    trees: list[Tree], printer: NumpyPrinter, taken: set[str], never: frozenset = frozenset(), inverses: bool = False
) -> tuple[list[tuple[str, Tree]], list[Tree]]:
    """Definitions for repeated subtrees of `trees`, and the trees with the names in place.

    What contains a symbol of `never` is not named. With `inverses`, only inverses are, and all that repeat.
    """
    made: list[tuple[str, Tree]] = []
    numbers: dict[str, int] = {}
    while True:
        below = walk(*trees, *[t for _, t in made])
        roots = [*trees, *[t for _, t in made]]
        chosen = _worth_naming(roots, below, printer, never, inverses)
        if not chosen and not inverses:
            chosen = _too_deep(roots, below)
        if not chosen:
            return made, trees
        names = []
        for t in chosen:
            names.append(choose_name(t, taken, numbers))
            taken.add(names[-1])
        now = _named(trees, made, names, chosen)
        if len(chosen) == 1 and _backwards(chosen[0]):
            other = _named(trees, made, names, [b.negated(chosen[0])])
            if sum([_length(t) for t in other[1]]) <= sum([_length(t) for t in now[1]]) + 0.01:
                now = other
        made, trees = now


def _named(trees: list[Tree], made: list, names: list[str], chosen: list[Tree]) -> tuple[list, list[Tree]]:
    """The definitions and trees with `chosen`, and their negatives, replaced by names."""
    mapping: dict[Tree, Tree] = {}
    for name, t in zip(names, chosen):
        mapping[t] = sym(name, t.shape, b.is_symmetric(t) if t.order == 2 else False)
        opposite = b.negated(t) if t.kind == "sum" else None
        if opposite is not None:
            mapping.setdefault(opposite, b.scale(-1, [], mapping[t]))
    done = dict(mapping)
    inner = [(name, remake(t, tuple(rebuild(list(t.args), mapping, done)))) for name, t in zip(names, chosen)]
    replaced = rebuild([*trees, *[t for _, t in made]], mapping)
    return [(name, t) for (name, _), t in zip(made, replaced[len(trees) :])] + inner, replaced[: len(trees)]


def _length(t: Tree) -> float:
    return t.weight + (0.3 if t.kind == "scale" and t.attr[0] < 0 else 0.0)


def _backwards(t: Tree) -> bool:
    """Whether people write −t: X − X11ᵀ/n, something minus what is computed from it, and diag(p) − ppᵀ."""
    if t.kind != "sum" or b.negated(t) is None:
        return False
    plus, minus = ([a for c, a in zip(t.attr, t.args) if c * sign > 0] for sign in (1, -1))
    if [a.kind for a in (*plus, *minus)] == ["outer", "diag"]:
        return True
    return len(minus) == 1 and minus[0].kind == "sym" and minus[0] in walk(*plus)


def _worth_naming(roots, below: list[Tree], printer: NumpyPrinter, never: frozenset, inverses: bool) -> list[Tree]:
    times: dict[Tree, int] = {}
    for root in roots:
        times[root] = times.get(root, 0) + 1
    for t in reversed(below):
        if t not in times:
            continue
        for k, a in enumerate(t.args):
            if k and not inverses and a is t.args[k - 1] and t.kind in _CHAINS and "inv" in (a.kind, *[x.kind for x in a.args]):
                continue  # X⁻¹X⁻¹ is written as one power
            times[a] = min(times.get(a, 0) + times[t], 1_000_000)
    if not any(n > 1 for n in times.values()):
        return []
    candidates = []
    held = _holding(below, never)
    inverted = set()
    if not inverses and len(below) <= LARGE:
        inverted = {t for t in below if t.kind == "inv" and t.args[0].kind == "sym"}
    for t in below:
        n = times.get(t, 0)
        if t.kind == "sum" and n:
            opposite = b.negated(t)
            if opposite in times and opposite.key < t.key:
                n += times[opposite]
        if t.kind == "had" and len(t.args) == 1 and t.args[0].kind == "sym":
            continue
        if t in held or (inverses and t.kind != "inv"):
            continue
        if not inverses and n < SEVERAL and t.kind == "inv" and t.args[0].kind == "sym":
            continue  # X⁻¹ is what a textbook prints, and the NumPy code names it anyway
        if n < 2 or t.kind in _NEVER or t.order > 2 or _broadcast(t) or is_part(t):
            continue
        size = printer.show(t).size
        if inverted and t.kind != "inv":  # the NumPy code names the inverses of variables anyway
            size -= sum([printer.show(a).size - 1 for a in walk(t) if a in inverted])
        saving = (n - 1) * size - n - 1
        least = 1 if inverses else LEAST_FUNCTION if t.kind in ("apply", "struct") else LEAST
        if saving >= least or (saving >= 1 and shortens(t, n)):
            candidates.append((saving, t))
    if not candidates:
        return []
    if len(below) > LARGE:  # all at once, but not the parts of what gets a name anyway
        used: dict[Tree, int] = {}
        for t in below:
            for a in t.args:
                used[a] = used.get(a, 0) + 1
        several = [t for _, t in candidates if used.get(t, 0) > 1]
        return several or [t for _, t in candidates]
    return [min(candidates, key=lambda item: (-item[0], item[1].depth, item[1].key))[1]]


def shortens(t: Tree, times: int) -> bool:
    """Whether a name for a sum or norm makes the text clearly shorter, although little is computed."""
    if t.kind not in ("sum", "norm"):
        return False
    length = len(text(t))
    return times * (length + 1) - (length + 6) >= LEAST_TEXT


def _broadcast(t: Tree) -> bool:
    """A vector or number spread over an axis: shorter in place, where it broadcasts."""
    if t.kind == "outer":
        return "one" in (t.args[0].kind, t.args[1].kind)
    return t.kind == "scale" and t.attr[2] and (t.args[-1].kind == "one" or _broadcast(t.args[-1]))


def _holding(below: list[Tree], names: frozenset) -> set[Tree]:
    """The trees that contain one of the symbols called `names`, or a running index."""
    held: set[Tree] = set()
    if names or any(t.kind in ("row", "entry") for t in below):
        for t in below:
            if t.kind in ("row", "entry") or (t.kind == "sym" and t.name in names) or any(a in held for a in t.args):
                held.add(t)
    return held


def _too_deep(roots: list[Tree], below: list[Tree]) -> list[Tree]:
    """Subtrees to name so that no formula is deeper than DEEP."""
    if max([t.depth for t in below]) <= DEEP:
        return []
    tops = set(roots)
    height: dict[Tree, int] = {}
    found = []
    for t in below:
        height[t] = 1 + max([height[a] for a in t.args], default=0)
        if height[t] >= DEEP and t.kind not in _NEVER and t not in tops and t.order <= 2:
            found.append(t)
            height[t] = 1
    return found


def choose_name(t: Tree, taken: set[str], numbers: dict[str, int]) -> str:
    """A customary name for `t` that is not taken; `numbers` says how far numbered names have got."""
    letters = customary(t)
    for letter in letters:
        if letter not in taken:
            return letter
    first = letters[0]
    while True:
        numbers[first] = numbers.get(first, 0) + 1
        if f"{first}{numbers[first]}" not in taken:
            return f"{first}{numbers[first]}"


def customary(t: Tree) -> list[str]:
    """The letters that textbooks give to such a thing, the best first: s for a sigmoid, R for a difference of matrices."""
    key = t.attr.name if t.kind == "apply" else t.attr[0].name if t.kind == "struct" else t.kind
    if t.kind == "sum":
        layer = t.order and any([a.kind in ("mv", "mul") for a in t.args])
        key = "difference" if any([c < 0 for c in t.attr]) else "layer" if layer else "matrices" if t.order == 2 else "sum"
    letters = _CUSTOMARY.get(key, "huvw" if t.order else "cqs")
    if t.kind == "scale" and t.attr[2]:
        letters = _CUSTOMARY.get(t.args[-1].kind, letters)
    cased = letters.upper() if t.order == 2 else letters.lower()
    return [letter for letter in cased if letter not in _MISLEADING] or [cased[0]]


# ------------------------------------------------------------------------------ rebuilding


def rebuild(trees: list[Tree], mapping: dict[Tree, Tree], done: dict | None = None) -> list[Tree]:
    """The trees with subtrees replaced, made anew by the constructors. `done` may be shared between calls."""
    done = dict(mapping) if done is None else done
    for t in walk(*trees, stop=mapping):
        if t not in done:
            args = tuple([done[a] for a in t.args])
            done[t] = t if args == t.args else remake(t, args)
    return [done[t] for t in trees]


def remake(t: Tree, args: tuple[Tree, ...]) -> Tree:
    """A tree like `t` with other arguments."""
    kind = t.kind
    if kind in _BY_ARGS:
        return _BY_ARGS[kind](*args)
    if kind == "mv":
        return b.mv(b.mul(*args[:-1]), args[-1])
    if kind == "dot":
        return b.dot(args[0], b.mv(b.mul(*args[1:-1]), args[-1]) if len(args) > 2 else args[-1])
    if kind == "had":
        return b.had(list(zip(args, t.attr)))
    if kind == "scale":
        coef, exponents, has_body = t.attr
        return b.scale(coef, list(zip(args, exponents)), args[-1] if has_body else None)
    if kind == "sum":
        return b.add(list(zip(t.attr, args)))
    return make(kind, t.attr, args, t.shape)


_BY_ARGS = {
    "T": b.transpose, "mul": b.mul, "outer": b.outer, "diag": b.diag, "diagof": b.diagof, "inv": b.inverse,
    "norm": b.norm, "tr": b.trace, "total": b.total,
}  # fmt: skip


def _as_read(root: Tree) -> list[str]:
    """The names in `root` from left to right, denominators last."""
    found: dict[str, None] = {}
    seen, stack = set(), [root]
    while stack:
        t = stack.pop()
        if t in seen:
            continue
        seen.add(t)
        if t.kind == "sym":
            found[t.name] = None
        elif t.kind == "scale":
            over = [s for s, e in b.scalars_of(t) if e > 0]
            under = [s for s, e in b.scalars_of(t) if e < 0]
            stack.extend(reversed([*over, *t.args[len(t.attr[1]) :], *under]))
        else:
            stack.extend(reversed(t.args))
    return list(found)


def in_order(definitions: list[tuple[str, Tree]], root: Tree | None = None) -> list[tuple[str, Tree]]:
    """Definitions so that each stands after those it uses, otherwise as they are first met in `root`."""
    if root is not None and len(definitions) > 1:
        met = {name: k for k, name in enumerate(_as_read(root))}
        definitions = sorted(definitions, key=lambda item: met.get(item[0], len(met)))
    by_name = dict(definitions)
    done: dict[str, Tree] = {}
    for name in by_name:
        stack = [name]
        while stack:
            top = stack[-1]
            if top in done:
                stack.pop()
                continue
            needed = [s for s in names_in(by_name[top]) if s in by_name and s not in done]
            if needed:
                stack.extend(needed)
            else:
                done[top] = by_name[top]
                stack.pop()
    return list(done.items())
