"""Declarations: "X: m n, S: n n posdef, lam: positive", or a mapping of names to the same.

A declaration gives the axes of a variable, or facts of its values, or both. What gives facts only leaves the axes to
inference (a matrix where the facts say so); an empty one is a scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from ..core.dims import Dim, dim
from ..core.errors import DeclarationError, did_you_mean
from ..core.facts import FACTS as KNOWN
from .latex import called

FACTS = {spelling: word for word, fact in KNOWN.items() for spelling in (word, *fact.aliases)}
SQUARE = frozenset([word for word, fact in KNOWN.items() if fact.square])
KINDS = {"scalar": 0, "vector": 1, "matrix": 2, "tensor": 3}
_SILENT = frozenset(("real", "float", "float64", "number", "array"))
_RELATIONS = (
    (re.compile(r">=\s*0(?:\.0)?(?![0-9.])|≥\s*0"), "nonneg"),
    (re.compile(r">\s*0(?:\.0)?(?![0-9.])"), "positive"),
    (re.compile(r"<\s*0(?:\.0)?(?![0-9.])"), "negative"),
    (re.compile(r">\s*1(?:\.0)?(?![0-9.])"), "gt1"),
    (re.compile(r"(?:in|∈)\s*\(\s*0\s*,\s*1\s*\)"), "open01"),
    (re.compile(r"(?:in|∈)\s*\[\s*0\s*,\s*1\s*\]"), "open01"),
    (re.compile(r"(?:in|∈)\s*[(\[]\s*-1\s*,\s*1\s*[)\]]"), "unit"),
    (re.compile(r"(?:in|∈)\s*\{\s*0\s*,\s*1\s*\}"), "labels01"),
    (re.compile(r"(?:in|∈)\s*\{\s*-1\s*,\s*1\s*\}"), "labelspm1"),
)
_NAME = re.compile(r"[^\W\d_]\w*\Z")
_SIZE = re.compile(r"[^\W\d_]\w*\Z|[0-9]+\Z")
_TERM = re.compile(r"([+-]?)([\w*·]+)")
_SUM = re.compile(r"[\w*·]+(?:[+-][\w*·]+)+")
_ABSENT = frozenset("triangular lower upper hermitian stochastic nonzero sparse banded toeplitz circulant idempotent".split())


class Declared:
    """What is declared of one variable: `dims` (None: left to inference), a `rank` alone, and `facts`."""

    __slots__ = ("name", "dims", "rank", "facts")

    def __init__(self, name: str, dims: tuple[Dim, ...] | None, rank: int | None, facts: frozenset[str]):
        self.name, self.dims, self.rank, self.facts = name, dims, rank, facts


def declarations(given) -> dict[str, Declared]:
    """Name → what is declared of it, from a text or a mapping.

    Raises DeclarationError: a word that is neither a size nor a property, a name twice, a property that does not fit.
    """
    if given is None:
        return {}
    if isinstance(given, str):
        items = _items(given)
    elif isinstance(given, Mapping):
        items = [(name, value) for name, value in given.items()]
    else:
        raise DeclarationError(
            "a declaration is a text or a mapping", given=type(given).__name__, expected="'X: m n, lam: positive'"
        )
    found: dict[str, Declared] = {}
    for name, value in items:
        if not isinstance(name, str):
            raise DeclarationError("a variable is named by a text", given=repr(name), expected="a name such as x")
        name = called(name)
        if not _NAME.match(name):
            raise DeclarationError(
                f"`{name}` is no name", given=f"{name}: {value}", expected="a letter, then letters, digits and _",
                fix="X: m n declares a matrix X",
            )  # fmt: skip
        if name in found:
            raise DeclarationError(
                f"`{name}` is declared twice", given=f"{name}: {value}", expected="one declaration for each name"
            )
        found[name] = value if isinstance(value, Declared) else _declared(name, value)
    return found


def _items(text: str) -> list[tuple[str, str]]:
    """(name, words) of "X: m n, A B: n n"; commas within brackets separate nothing."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c in ",;\n" and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    found, waiting = [], []
    for part in parts:
        if not part.strip():
            continue
        names, colon, words = part.partition(":")
        if not colon:
            if found and not _NAME.match(part.strip()):
                found = found[:-1] + [(found[-1][0], found[-1][1] + " " + part)]
                continue
            waiting.extend(part.split())
            continue
        waiting.extend(names.split())
        if not waiting:
            raise DeclarationError("a declaration begins with a name", given=part.strip(), expected="X: m n")
        found.extend((name, words) for name in waiting)
        waiting = []
    if waiting:
        raise DeclarationError(
            f"`{' '.join(waiting)}` says nothing of its shape", given=text.strip()[:80], expected="X: m n, with a colon",
            fix=f"{waiting[0]}: n is a vector, {waiting[0]}: scalar a scalar",
        )  # fmt: skip
    return found


def _declared(name: str, value) -> Declared:
    if isinstance(value, str):
        return _from_words(name, value)
    if isinstance(value, (int, Dim)):
        return Declared(name, (_size(name, value),), None, frozenset())
    if value is None:
        return Declared(name, None, None, frozenset())
    if isinstance(value, Mapping):
        return _from_mapping(name, value)
    if isinstance(value, (np.ndarray, np.generic)) or isinstance(getattr(value, "shape", None), tuple):  # an array, of any library, stands for its shape
        return _declared(name, tuple([int(n) for n in value.shape]))
    try:
        parts = list(value)
    except TypeError:
        raise DeclarationError(
            f"`{name}` is declared by {type(value).__name__}",
            given=repr(value)[:60],
            expected="a text, or a tuple of sizes",
        ) from None
    if (
        len(parts) == 2
        and isinstance(parts[1], Iterable)
        and (not isinstance(parts[1], str) or _all_facts(parts[1]))
    ):
        shape, facts = parts
        words = [facts] if isinstance(facts, str) else list(facts)
        inner = _declared(name, shape)
        more = frozenset().union(*[_from_words(name, w).facts for w in words]) if words else frozenset()
        return _checked(name, inner.dims, inner.rank, inner.facts | more)
    words = [part for part in parts if isinstance(part, str) and FACTS.get(part)]
    if words:  # ["n", "n", "posdef"]: the words of a text, one by one
        sizes = tuple([_size(name, part) for part in parts if part not in words])
        return _checked(name, sizes, None, frozenset([FACTS[w] for w in words]))
    return _checked(name, tuple([_size(name, part) for part in parts]), None, frozenset())


SHAPE_KEYS, FACT_KEYS = ("dims", "shape"), ("facts", "assume", "properties")


def _from_mapping(name: str, given: Mapping) -> Declared:
    """{"dims": ["m", "n"], "facts": ["positive"]}."""
    unknown = [key for key in given if key not in SHAPE_KEYS + FACT_KEYS]
    if unknown:
        raise DeclarationError(
            f"`{name}` is declared with an unknown key `{unknown[0]}`", given=f"{name}: {dict(given)}"[:80],
            expected="dims and facts",
        )  # fmt: skip
    shape = next((given[key] for key in SHAPE_KEYS if key in given), None)
    facts = next((given[key] for key in FACT_KEYS if key in given), ())
    return _declared(name, (shape, facts))


def _all_facts(words: str) -> bool:
    return bool(words.split()) and all(w in FACTS for w in words.split())


def _size(name: str, value) -> Dim:
    if isinstance(value, Dim):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise DeclarationError(
                f"`{name}` has a size below 1", given=f"{name}: {value}", expected="sizes of 1 or more"
            )
        return dim(value)
    word = str(value).strip()
    if _SUM.fullmatch(word):
        found = dim(0)
        for sign, part in _TERM.findall(word):
            found = found + _size(name, part) * (-1 if sign == "-" else 1)
        if found.value is not None and found.value < 1:
            raise DeclarationError(
                f"`{name}` has a size below 1", given=f"{name}: {word}", expected="sizes of 1 or more"
            )
        return found
    if "*" in word or "·" in word:
        found = dim(1)
        for part in re.split(r"[*·]", word):
            found = found * _size(name, part)
        return found
    if not _SIZE.match(word):
        raise DeclarationError(
            f"`{word}` is no size", given=f"{name}: {word}", expected="a name such as n, or a number"
        )
    return _size(name, int(word)) if word.isdigit() else dim(word)


def _from_words(name: str, text: str) -> Declared:
    if not isinstance(text, str):
        raise DeclarationError("what holds of a variable is said in words", given=f"{name}: {text!r}"[:80], expected="words such as `posdef`")
    facts, rank, dims = set(), None, []
    rest = text
    for pattern, fact in _RELATIONS:
        rest, times = pattern.subn(" ", rest)
        if times:
            facts.add(fact)
    rest = re.sub(r"\s*([*·+])\s*|\s+(-)\s+", r"\1\2", rest)
    for word in re.split(r"[\s,×()\[\]]+", rest):
        if not word:
            continue
        known = FACTS.get(word) or FACTS.get(word.lower() if len(word) > 1 else word)
        if known is not None:
            facts.add(known)
        elif word.lower() in KINDS:
            rank = KINDS[word.lower()]
        elif word.lower() in _SILENT:
            continue
        elif word.lower() in _ABSENT:
            raise DeclarationError(
                f"the property `{word}` is not available",
                given=f"{name}: {text.strip()}",
                expected="a size, or a property such as symmetric, posdef, psd, diagonal, orthogonal, invertible",
                fix=f"leave `{word}` out: what holds for every matrix holds for those too",
            )
        elif re.match(r"[^\W\d_]\w*\Z|[0-9]+\Z|[\w*·+]+\Z", word) or _SUM.fullmatch(word):
            near = did_you_mean(word.lower(), [*FACTS, *KINDS]) if len(word) > 3 else None
            if near is not None:
                raise DeclarationError(
                    f"`{word}` is neither a size nor a property", given=f"{name}: {text.strip()}",
                    expected="sizes, then properties such as positive, symmetric, posdef", fix=f"did you mean `{near}`?",
                )  # fmt: skip
            dims.append(_size(name, word))
        else:
            raise DeclarationError(
                f"`{word}` cannot be read", given=f"{name}: {text.strip()}",
                expected="sizes, then properties such as positive, symmetric, posdef",
            )  # fmt: skip
    if rank is not None and dims and len(dims) != rank:
        raise DeclarationError(
            f"`{name}` is declared with {len(dims)} sizes, and as a {text.split()[0]}",
            given=f"{name}: {text.strip()}",
            expected="one of the two",
        )
    if dims:
        return _checked(name, tuple(dims), None, frozenset(facts))
    if rank == 0 or not text.strip() or text.strip() in ("()", "[]"):
        return _checked(name, (), None, frozenset(facts))
    return _checked(name, None, rank, frozenset(facts))


def _checked(name: str, dims, rank, facts: frozenset) -> Declared:
    square = facts & SQUARE
    if square and dims is not None and (len(dims) < 2 or dims[-1] is not dims[-2]):
        word = sorted(square)[0]
        raise DeclarationError(
            f"`{name}` is declared {word}, which only a square matrix can be", given=f"{name}: {' '.join(map(str, dims)) or 'scalar'} {word}",
            expected="as many rows as columns", fix=f"{name}: n n {word}",
        )  # fmt: skip
    return Declared(
        name, dims, 2 if rank is None and dims is None and (square or "orthogonal" in facts) else rank, facts
    )
