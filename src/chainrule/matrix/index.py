"""Index notation and einsum: how contractions are written that are no matrix expressions.

`−Y_ik Y_lj`, `Σ_r A_ir B_jr C_kr`, δ_ik for an axis that must agree. Subscripts go down to the variables through
sums and elementwise functions; other matrix expressions carry them on a bracket: (AᵀA)_ik.
"""

from __future__ import annotations

from fractions import Fraction

from . import build as b
from .numpy_source import ATOM, Shown, call
from .styles import ATOM as CLOSED
from .styles import HAD, POST, PROD, SUM, may_touch
from .tree import Tree, make, sym, walk

_LETTERS = "ijklpqrstuvwabcdefgh"


def letters_for(t: Tree, used: str = "", out: str | None = None, avoid: str = "") -> dict[int, str]:
    """A letter for every label of an einsum tree; `out` names the axes of the result, `avoid` letters with other meanings."""
    *groups, ends = t.attr
    found: dict[int, str] = {}
    if out is not None:
        for label, letter in zip(ends, out):
            found.setdefault(label, letter)
    free = [c for c in (*[c for c in _LETTERS if c not in avoid], *avoid) if c not in used and c not in (out or "")]
    for label in [*[k for group in sorted(groups, key=len, reverse=True) for k in group], *ends]:
        if label not in found:
            found[label] = free.pop(0) if free else f"i{label}"
    return found


def axes_letters(t: Tree, avoid: str = "") -> str:
    """Letters for the axes of any tree, those of `avoid` last."""
    return "".join([*[c for c in _LETTERS if c not in avoid], *avoid][: t.order])


def spoken_for(root: Tree) -> str:
    """The index letters that already name a variable or a dimension in `root`."""
    names = {name for t in walk(root) for d in t.shape for name in d.names}
    names |= {t.name for t in walk(root) if t.kind == "sym"}
    return "".join([c for c in _LETTERS if c in names])


def entry(printer, t: Tree, at: str) -> tuple[str, int]:
    """The entry of `t` at subscripts `at`, with its precedence."""
    s = printer.s
    kind = t.kind
    if t.order == 0 and kind != "einsum":
        return printer.show(t)
    if kind == "T":
        return entry(printer, t.args[0], at[::-1])
    if kind == "one":
        return "1", CLOSED
    if kind == "zero":
        return "0", CLOSED
    if kind == "eye":
        return delta(printer, at[0], at[1]), CLOSED
    if kind == "diag":
        inner, prec = entry(printer, t.args[0], at[0])
        return printer.chain([inner if prec >= POST else f"({inner})", delta(printer, at[0], at[1])]), PROD
    if kind == "outer":
        parts = [entry(printer, a, c) for a, c in zip(t.args, at) if a.kind != "one"]
        return printer.chain([x if p >= POST else f"({x})" for x, p in parts]), PROD
    if kind == "had":
        return _product(printer, [(a, at, e) for a, e in zip(t.args, t.attr)], "")
    if kind == "scale":
        coef, exponents, has_body = t.attr
        if has_body and t.args[-1].kind == "one":
            return printer.show(b.scale(coef, b.scalars_of(t)))
        inner, prec = entry(printer, t.args[-1], at)
        if abs(coef) == 1 and not exponents:
            return (s.minus + (inner if prec >= HAD else f"({inner})"), SUM) if coef < 0 else (inner, prec)
        divided = isinstance(coef, Fraction) or any(e < 0 for e in exponents)
        loose = prec < PROD or (divided and inner.startswith(("sum", "Σ", r"\sum")))
        return _scaled(printer, t, f"({inner})" if loose else inner)
    if kind == "sum":
        shown = ""
        for c, a in zip(t.attr, t.args):
            inner, prec = entry(printer, a, at)
            if a.kind == "one":
                inner = s.number(abs(c))
            elif abs(c) != 1:
                inner = printer.chain([s.number(abs(c)), inner if prec >= PROD else f"({inner})"])
            elif prec < HAD:
                inner = f"({inner})"
            shown = (shown + (f" {s.minus} " if c < 0 else " + ") if shown else s.minus if c < 0 else "") + inner
        return shown, SUM
    if kind == "apply" and all(a.order in (0, t.order) for a in t.args):
        return _applied(printer, t, at)
    if kind == "einsum":
        return _einsum(printer, t, at)
    if kind == "sym":
        return f"{printer.bare(t)}_{_low(printer, at)}", CLOSED
    if kind == "unit" and s.subscripts and t.attr in range(10):
        return delta(printer, at, str(t.attr)), CLOSED
    avoid, printer.avoid = printer.avoid, "".join(dict.fromkeys(printer.avoid + at))
    shown, prec = printer.show(t)
    printer.avoid = avoid
    called = prec == CLOSED and shown.endswith(")") and t.kind in ("apply", "struct", "diagof", "reshape", "vec")
    return f"{shown if called else f'({shown})'}_{_low(printer, at)}", CLOSED


def _low(printer, at: str) -> str:
    return f"{{{at}}}" if getattr(printer, "braces", False) else at


def delta(printer, i: str, j: str, size=None) -> str:
    if size is not None and printer.s.name("lam") == "lam":  # ASCII parses back: nothing else says the size
        return f"{printer.s.sized('eye', (size,))}_{i + j}"
    name = "δ" if printer.s.tight else r"\delta" if getattr(printer, "braces", False) else "I"
    return f"{name}_{_low(printer, i + j)}"


def _applied(printer, t: Tree, at: str) -> tuple[str, int]:
    # the printer of scalars does the rest: arguments stand in as scalars with their subscripts
    stand_ins = []
    spelled = {}
    for n, a in enumerate(t.args):
        if a.order:
            name = f"\x00{n}\x00"
            spelled[name] = entry(printer, a, at)
            a = sym(name, ())
        stand_ins.append(a)
    shown, prec = printer._apply(make("apply", t.attr, tuple(stand_ins), ()))
    for name, (text, inner_prec) in spelled.items():
        shown = shown.replace(printer.s.name(name), text if inner_prec >= PROD or "(" + name + ")" in shown else text)
    return shown, prec


def _scaled(printer, t: Tree, inner: str) -> tuple[str, int]:
    """The scalars of a scale around the text of an entry."""
    name = "\x01"
    stand_in = make("scale", t.attr, (*t.args[:-1], sym(name, ())), ())
    shown, prec = printer._scale(stand_in)
    before = shown.partition(printer.s.name(name))[0]
    if before[-1:].isalnum() and not may_touch(before, inner):  # d log_pi_j, where d x_j needs no blank
        inner = " " + inner
    return shown.replace(printer.s.name(name), inner), prec


def _product(printer, factors: list, prefix: str) -> tuple[str, int]:
    """A product of powers of entries; `prefix` holds sums and deltas."""
    top, under = [], []
    for a, at, e in factors:
        shown, prec = entry(printer, a, at)
        if abs(e) == Fraction(1, 2):
            shown, prec = printer.s.root(shown, prec)
        elif abs(e) != 1:
            shown, prec = printer.s.power(shown if prec >= CLOSED else f"({shown})", abs(e), False), POST
        (top if e > 0 else under).append((shown, prec))
    alone = len(top) == 1 and not under
    pieces = [x if p >= POST or (alone and p >= PROD) else f"({x})" for x, p in top] or ["1"]
    shown = printer.chain([prefix.strip(), *pieces] if prefix else pieces)
    if under:
        lower = [x if p >= POST else f"({x})" for x, p in under]
        shown += printer.s.quotient + (lower[0] if len(lower) == 1 else "(" + printer.chain(lower) + ")")
    return shown, PROD


def _einsum(printer, t: Tree, at: str) -> tuple[str, int]:
    *groups, out = t.attr
    letter = letters_for(t, used=at, out=at, avoid=printer.avoid)
    deltas, seen = [], {}
    held = {k for group in groups for k in group}
    for label, name, d in zip(out, at, t.shape):
        if label in seen:
            deltas.append(delta(printer, seen[label], name, None if label in held else d))
        else:
            seen[label] = name
    if not printer.s.subscripts:  # ASCII parses back: nothing else says the size
        alone = [(name, d) for label, name, d in zip(out, at, t.shape) if label not in held and out.count(label) == 1]
        deltas += [f"{printer.s.sized('ones', (d,))}_{name}" for name, d in alone]
    summed = sorted([letter[k] for k in letter if k not in out], key=_LETTERS.find)
    factors = [(a, "".join([letter[k] for k in group]), 1) for a, group in zip(t.args, groups)]
    if summed and any([len(group) > 2 for group in groups]):  # T_ijk x_i y_j
        factors.sort(key=lambda factor: (-len(factor[1]), factor[1]))
    sign = ""
    if summed:
        name = "Σ" if printer.s.tight else r"\sum" if getattr(printer, "braces", False) else "sum"
        sign = f"{name}_{_low(printer, ''.join(summed))} "
    if not factors:
        return printer.chain(deltas) or "1", PROD
    shown, prec = _product(printer, factors, "")
    if prec < PROD or (deltas and len(factors) == 1 and "/" in shown and not shown.endswith((")", "]", *_LETTERS))):
        shown = f"({shown})"
    return sign + printer.chain([*deltas, shown] if deltas else [shown]), PROD


def numpy_einsum(printer, t: Tree) -> Shown:
    """np.einsum with np.eye where axes agree, and np.ones where nothing depends on an axis."""
    *groups, out = t.attr
    name = "".join([chr(105 + k) if k < 18 else chr(97 + k - 18) for k in range(26)])
    dims: dict[int, object] = {}
    for a, group in zip(t.args, groups):
        dims.update(zip(group, a.shape))
    dims.update(zip(out, t.shape))
    fresh = max(dims, default=0) + 1
    operands = [(group, a, None) for a, group in zip(t.args, groups)]
    ends, seen, diagonal = [], set(), []
    for label in out:
        if label in seen:
            diagonal.append((label, fresh))
            dims[fresh] = dims[label]
            ends.append(fresh)
            fresh += 1
        else:
            seen.add(label)
            ends.append(label)
    front = []
    for label, copy in diagonal:
        weight = next((k for k, (group, a, _) in enumerate(operands) if group == (label,) and a.kind != "sym"), None)
        if weight is None:
            weight = next((k for k, (group, a, _) in enumerate(operands) if group == (label,)), None)
        if weight is not None:
            group, a, _ = operands.pop(weight)
            front.append(((label, copy), None, call("diag", printer.result(a))))
        else:
            front.append(((label, copy), None, call("eye", printer.dim(dims[label]))))
    operands = front + operands
    held = {k for group, _, _ in operands for k in group}
    for label in ends:
        if label not in held:
            operands.append(((label,), None, call("ones", printer.dim(dims[label]))))
            held.add(label)
    shown = [s if s is not None else printer.result(a) for _, a, s in operands]
    ranks = {k: n for n, k in enumerate([*ends, *[k for k in sorted(dims) if k not in ends]])}
    spec = ",".join(["".join([name[ranks[k]] for k in group]) for group, _, _ in operands])
    spec += "->" + "".join([name[ranks[k]] for k in ends])
    text = f"np.einsum('{spec}',{','.join([s.text for s in shown])})"
    return Shown(text, ATOM, 4 + sum([s.size for s in shown]), tuple(range(t.order)))
