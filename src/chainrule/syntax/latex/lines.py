r"""The lines of a formula in LaTeX: which are definitions, what is left of `=`, where a line goes on, and what ends it.

What comes out are tokens that `text.Reader` reads: lines apart by "nl", definitions behind `where`.
"""

from __future__ import annotations

from ...core.errors import ParseError
from ..names import split_subscript
from ..vocabulary import is_function

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_CONTINUES = ("+", "-", "*", "/", ".*", "./", "kron")
_WORDS = ("where", "with")


def statements(text: str, tokens: list, notes: list) -> list:
    """The tokens with their lines in order. Raises ParseError for what cannot stand left of `=`."""
    end = tokens[-1]
    rows = [row for row in joined(lines(tokens[:-1])) if row]
    found: list = []
    for row in rows:
        found += [*clauses(row), ("nl", "\n", row[-1][3], row[-1][3])]
    if found:
        found.pop()
    rows = lines(found)
    last = result(rows)
    if last is not None:
        rows.append(rows.pop(last))
    out: list = []
    for k, row in enumerate(rows):
        if k:
            out.append(("nl", "\n", row[0][2] if row else end[2], row[0][2] if row else end[2]))
        out += left_side(text, row, k == len(rows) - 1, notes)
    return [*out, end]


def lines(tokens: list) -> list[list]:
    found: list[list] = [[]]
    for token in tokens:
        if token[0] == "nl":
            found.append([])
        else:
            found[-1].append(token)
    return found


def joined(rows: list[list]) -> list[list]:
    """Lines that begin with an operator belong to the one before; & and what punctuates a line's end are dropped."""
    found: list[list] = []
    for row in rows:
        marked = bool(row) and row[0][0] == "amp"
        row = [t for t in row if t[0] != "amp"]
        while row and row[-1][0] == "op" and row[-1][1] in (",", ".", ";", ":"):
            row.pop()
        if not row:
            continue
        before = found[-1] if found else None
        goes_on = before is not None and (
            row[0][0] == "op" and row[0][1] in _CONTINUES and (marked or row[0][1] != "-" or not _defines(row))
            or _unfinished(before)
        )  # fmt: skip
        if goes_on:
            before.extend(row)
        else:
            found.append(row)
    return found


def _unfinished(row: list) -> bool:
    """Whether a line ends in an operator, or within brackets."""
    if row[-1][0] == "op" and row[-1][1] in (*_CONTINUES, "="):
        return True
    return sum([(t[1] in _OPEN) - (t[1] in _CLOSE) for t in row if t[0] == "op"]) > 0


def _top(row: list, signs: tuple, begin: int = 0) -> list[int]:
    """Where `signs` stand outside of all brackets."""
    depth, found = 0, []
    for i, (kind, value, _, _) in enumerate(row):
        if kind == "op":
            if value in signs and depth == 0 and i >= begin:
                found.append(i)
            depth += (value in _OPEN) - (value in _CLOSE)
    return found


def _defines(row: list) -> bool:
    return bool(_top(row, ("=",)))


def clauses(row: list) -> list:
    """`f, where p = …, q = …` and `f, p = …`: the definitions behind a result, opened by one `where`."""
    before = {
        i
        for i in _top(row, (",",))
        if i + 1 < len(row) and row[i + 1][0] == "name" and row[i + 1][1] in _WORDS and not _called(row, i + 1)
    }
    row = [t for i, t in enumerate(row) if i not in before]
    opened = any(t[0] == "name" and t[1] in _WORDS and not _called(row, i) for i, t in enumerate(row))
    commas = _top(row, (",",))
    for k, comma in enumerate(commas):
        stop = commas[k + 1] if k + 1 < len(commas) else len(row)
        segment = row[comma + 1 : stop]
        if segment and segment[0][0] == "name" and _defines(segment) and not opened and comma:
            start, finish = row[comma][2:]
            return [*row[:comma], ("name", "where", start, finish), *row[comma + 1 :]]
    return row


def _called(row: list, i: int) -> bool:
    return i + 1 < len(row) and row[i + 1][1] == "(" and row[i + 1][2] == row[i][3]


def result(rows: list[list]) -> int | None:
    """Which line is the result, where the last one is used by the others; None if the last one is."""
    heads = [row[0][1] if row and row[0][0] == "name" and _defines(row) else None for row in rows]
    if len(rows) < 2 or None in heads:
        return None
    bases = [split_subscript(h)[0] for h in heads]
    used = []
    for k in range(len(rows)):
        names = {
            n
            for m, row in enumerate(rows)
            if m != k
            for t in row[1:]
            if t[0] == "name"
            for n in (t[1], split_subscript(t[1])[0])
        }
        used.append(heads[k] in names or bases[k] in names and bases[k] != heads[k])
    free = [k for k, u in enumerate(used) if not u]
    return free[0] if used[-1] and len(free) == 1 else None


def left_side(text: str, row: list, final: bool, notes: list) -> list:
    """The line with a left-hand side that the reader knows: a name, s_ij or r(x); that of the result is a label."""
    row = without_goal(text, row, notes)
    stop = next((i for i, t in enumerate(row) if t[0] == "name" and t[1] in _WORDS and not _called(row, i)), len(row))
    equals = [i for i in _top(row, ("=",)) if i < stop]
    if not equals or not row or stop == 0:
        return row
    at = equals[0]
    if len(equals) > 1 and not _top(row[: equals[1]], (",",)):
        raise ParseError(
            "a line has two `=`", text, row[equals[1]][2], "one definition on each line",
            "leave out one of the two sides, which should be equal",
        )  # fmt: skip
    left = row[:at]
    if not left:
        raise ParseError(
            "`=` has nothing on its left",
            text,
            row[0][2],
            "a name, such as f = …",
            "leave the `=` out, or write a name before it",
        )
    if len(left) == 1 and left[0][0] == "name":
        return row
    squared = len(left) > 2 and left[1][1] == "^" and left[2][1] == 2 and len(left) == 3 and left[0][0] == "name"
    if squared:  # \sigma^2 = v defines \sigma as the square root of v
        end = row[stop - 1][3]
        where = row[at][3]
        return [
            left[0],
            row[at],
            ("name", "sqrt", where, where),
            ("op", "(", where, where),
            *row[at + 1 : stop],
            ("op", ")", end, end),
            *row[stop:],
        ]
    called = len(left) > 3 and left[0][0] == "name" and left[1][1] == "("
    if final and called and len(left[0][1]) > 1 and is_function(left[0][1]):  # GELU(x) = …
        return row[at + 1 :]
    if _is_signature(left):
        if not final:
            return row
        inner = left[2:-1]
        if all(t[0] == "name" or t[1] in (",", ";") for t in inner):
            return row
        return row[at + 1 :]
    names = [t for t in left if t[0] == "name"]
    while left and left[0][0] == "name" and left[0][1] in ("log", "ln"):
        left = left[1:]
    if final and (_is_signature(left) or len(left) == 1 and left[0][0] == "name") and names:
        return row[at + 1 :]
    raise ParseError(
        "an equation is no function", text, row[at][2], "a name on the left of `=`, such as f = … or f(x) = …",
        "write what is to be derived, without `=`",
    )  # fmt: skip


def _is_signature(left: list) -> bool:
    """name( … ), whatever stands in the brackets."""
    if (
        len(left) < 4
        or left[0][0] != "name"
        or left[1][1] != "("
        or left[-1][1] != ")"
        or is_function(left[0][1])
        and len(left[0][1]) > 1
    ):
        return False
    depth = 0
    for i, (kind, value, _, _) in enumerate(left[1:], 1):
        if kind == "op":
            depth += (value in _OPEN) - (value in _CLOSE)
            if not depth:
                return i == len(left) - 1
    return False


def without_goal(text: str, row: list, notes: list) -> list:
    r"""The function in \min_{w} f(w): what is minimised. \max_j z_j, where j is an index of what follows, stays."""
    start = 1 if len(row) > 1 and row[0][1] == "arg" else 0
    if (
        len(row) < start + 3
        or row[start][0] != "name"
        or row[start][1] not in ("min", "max", "argmin", "argmax")
        or row[start + 1][1] != "_"
    ):
        return row
    at = start + 2
    if row[at][1] == "{":
        while row[at][1] != "}":
            at += 1
        inner = row[start + 3 : at]
    else:
        inner = [row[at]]
    names = [t[1] for t in inner if t[0] == "name"]
    lows = {c for t in row[at + 1 :] if t[0] == "name" for c in split_subscript(t[1])[1]}
    lows |= {t[1] for i, t in enumerate(row) if t[0] == "name" and i and row[i - 1][1] in ("_", "{", ",") and i > at}
    if row[start][1] in ("min", "max") and any(n in lows for n in names) or not names:
        return row
    shown = text[row[0][2] : row[at][3]]
    notes.append(f"{shown} left out: the function alone is derived")
    return row[at + 1 :]
