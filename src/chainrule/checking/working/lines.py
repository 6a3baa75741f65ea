r"""The text of a derivation → rows, each with its statements, their sides, and the words that stand beside them.

A row is a line of plain text, or a line of LaTeX's `aligned` and its kin (up to `\\`). A statement is a chain a = b = c, as it was
written; one that begins with `=` goes on with the chain above it. Words beside a formula, as in `(chain rule)`, `% …`, `# …`, `\text{…}`,
are its reason: they are kept, and nothing is concluded from them, but that `y one-hot` and the like state a fact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...syntax.latex import is_latex

_LINES = re.compile(
    r"\\begin\s*\{(aligned|align\*?|split|gather\*?|gathered|equation\*?|multline\*?|eqnarray\*?|alignat\*?|array|displaymath|math)\}"
    r"(?:\{[^{}]*\}|\[[^\]]*\])?|\\end\s*\{(aligned|align\*?|split|gather\*?|gathered|equation\*?|multline\*?|eqnarray\*?|alignat\*?|array|displaymath|math)\}"
    r"|\$\$|\$|\\\[|\\\]|\\\(|\\\)"
)
_WORDS = re.compile(
    r"\\(?:text|mbox|textnormal|intertext|textit|textrm|tag|label|hbox)\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_JOINING = re.compile(r"\W*(?:where|with|and|for|so|hence|thus|therefore|then|now|let|is|are)?\W*\Z", re.I)
_EQUALS = re.compile(r"\\(?:coloneqq|triangleq|equiv|doteq|colonequals|eqdef)\b|:=|≡|≜|≝")
_SO = re.compile(
    r"\s*(?:\\(?:Rightarrow|implies|Longrightarrow|iff|Leftrightarrow|therefore|because)\b|⇒|⟹|⇔|∴|=>|->|→|(?:so|hence|thus|therefore|then|now|let|and|also|where|with|finally|that is|i\.e\.)\b[,:]?)\s*",
    re.I,
)  # fmt: skip
_NUMBER = re.compile(r"\s*(?:\(\d+['a-z]?\)|\d+['a-z]?[.):](?=\s)|\d+['a-z]?(?=\s{2,}))\s*")
_BESIDE = re.compile(
    r"(?<![-+*/=·⊙(\s,])(?:\s{3,}|\t+)(?=[(\[]?[A-Za-z]{3,}|\d+(?:×\d+)*\s{3,}|[a-z](?:×[a-z])*\s{3,}|\[\d)"
)
_BECAUSE = re.compile(r"\s(?:by the|by|since|because|using|due to|from the|from|as)\s+(?=[A-Za-zΣ∑])")
_SPLIT = re.compile(r"\s*(?:,|;|\bwhere\b|\bwith\b|\band\b)\s*")
_WORD = re.compile(r"[A-Za-z]{3,}")


_GIVES_REASON = re.compile(r"\W*(?:since|because|as|using|by|due to|from|for|if)\b", re.I)


_STATED = re.compile(r"\b(?:symmetric|one[- ]?hot|positive definite|orthogonal|diagonal|posdef|invertible)\b")
_DECLARED = re.compile(r"\s*[^\W\d_]\w*(?:\s+[^\W\d_]\w*)*\s*:\s*[A-Za-z0-9_ ]+\Z")


class Statement(NamedTuple):
    """One chain of equal sides. `goes_on`: it begins with `=`, so that its left side is that of the chain above."""

    sides: tuple[str, ...]
    goes_on: bool = False


class Row(NamedTuple):
    """One line of a derivation.

    number      its place, counted from 1 over the lines that say something
    text        the formula as it was written, without the words beside it
    statements  what it states
    reason      the words beside it
    latex       whether it is LaTeX
    """

    number: int
    text: str
    statements: tuple[Statement, ...]
    reason: str
    latex: bool


def rows_of(text: str) -> list[Row]:
    """The rows of a derivation."""
    latex = is_latex(text)
    text = _uncurled(text) if latex else text
    found: list[Row] = []
    waiting = ""
    for line in _latex_lines(text) if latex else text.split("\n"):
        if not line.strip():
            continue
        body, reason = _reason(line, latex)
        body = _number(body)
        while _SO.match(body) and _SO.match(body).end():
            body = body[_SO.match(body).end() :]
        body = body.strip().strip("&").rstrip(" .,;:&").strip()
        if waiting:
            body, waiting = f"{waiting} {body}", ""
        if not body:
            if reason and found:
                found[-1] = found[-1]._replace(reason=" ".join(filter(None, (found[-1].reason, reason))))
            continue
        if _open(body):
            waiting = body
            continue
        if found and _continues(body):
            before = found.pop()
            body, reason = f"{before.text} {body}", " ".join(filter(None, (before.reason, reason)))
        found.append(Row(len(found) + 1, _tidy(body), statements_of(body), reason, latex))
    if waiting:
        found.append(Row(len(found) + 1, _tidy(waiting), statements_of(waiting), "", latex))
    return [row for row in found if row.statements or not _is_prose(row)]


def statements_of(body: str) -> tuple[Statement, ...]:
    """The chains that stand in a row, apart by commas, `where`, `with` and `and`."""
    body = _EQUALS.sub("=", body)
    pieces, start = [], 0
    for m in _SPLIT.finditer(body):
        word = m.group().strip().isalpha()
        if _depth(body, m.start()) or body[m.start() - 1 : m.start()] == "\\":
            continue
        after = body[m.end() :]
        following = _SPLIT.split(after, maxsplit=1)[0]
        if (
            word
            or equals(after)
            and _is_left(after[: equals(after)[0]])
            or fact_of(following) is not None
            or _DECLARED.match(following)
        ):
            pieces.append(body[start : m.start()])
            start = m.end()
    pieces.append(body[start:])
    found = []
    for piece in pieces:
        piece = piece.replace("&", " ").strip() if "cases" not in piece else piece.strip()
        if not piece:
            continue
        cuts = [-1, *equals(piece), len(piece)]
        sides = [piece[a + 1 : b].strip().rstrip(",.;") for a, b in zip(cuts, cuts[1:])]
        goes_on = not sides[0] and len(sides) > 1
        if goes_on:
            sides = sides[1:]
        found.append(Statement(tuple([side for side in sides if side]), goes_on))
    return tuple([s for s in found if s.sides])


def equals(text: str) -> list[int]:
    """Where `=` stands outside of all brackets, and is no part of ≤, ≥, ==, ≠."""
    found, depth, skip = [], 0, False
    for i, c in enumerate(text):
        if skip:
            skip = False
            depth += (c == "{") - (c == "}")
            continue
        if c == "\\":
            skip = True
        depth += (c in "([{") - (c in ")]}")
        if (
            c == "="
            and depth <= 0
            and text[i - 1 : i] not in ("<", ">", "!", "=", ":")
            and text[i + 1 : i + 2] not in ("=", ">")
        ):
            found.append(i)
    return found


def fact_of(text: str) -> tuple[str, str] | None:
    """("A", "symmetric") of `A is symmetric`; None for what states no fact in words."""
    m = _FACT.match(text.strip())
    return (m.group(1), m.group(2).lower()) if m else None


def declared_in(text: str) -> str | None:
    """`x: n` of a piece that declares; None for any other."""
    return text.strip() if _DECLARED.match(text) else None


_FACT = re.compile(
    r"(\\?\w+(?:_\w+)?|[^\W\d_])\s*(?::|(?:is|are)(?:\s+an?)?)?\s+((?:symmetric|sym|one[- ]?hot|posdef|positive definite|orthogonal|diagonal|positive|invertible|a distribution|"
    r"a probability vector|probabilities|prob|sums? to (?:one|1))\b)",
    re.I,
)  # fmt: skip


# ------------------------------------------------------------------ lines


def _latex_lines(text: str) -> list[str]:
    r"""The lines of LaTeX: apart by `\\` within environments, and by line ends outside of them."""
    found, inside, start = [], 0, 0
    pieces: list[tuple[str, bool]] = []
    text = _WORDS.sub(lambda m: m.group().replace("$", ""), text)  # \text{($S$ symmetric)}
    text = re.sub(
        r"(?<!\\)%[^\n]*", lambda m: rf"\text{{{m.group()[1:].strip()}}}" if m.group()[1:].strip() else "", text
    )
    for m in _LINES.finditer(text):
        pieces.append((text[start : m.start()], inside > 0))
        inside += (m.group(1) is not None) - (m.group(2) is not None)
        start = m.end()
    pieces.append((text[start:], inside > 0))
    whole = r"\begin{" in text or r"\\" in text
    for piece, within in pieces:
        for line in re.split(r"\\\\(?:\s*\[[^\]]*\])?", piece):
            found += (
                [line.replace("\n", " ")] if within or whole and not "\n\n" in line and within else line.split("\n")
            )
    return found


def _reason(line: str, latex: bool) -> tuple[str, str]:
    """(the formula, the words beside it)."""
    said: list[str] = []

    def word(m) -> str:
        inner = m.group(1).strip()
        if m.group().startswith("\\label"):
            return " "
        if _JOINING.match(inner):
            bare = inner.strip(" ,.:;").lower()
            return f" {bare} " if bare in ("where", "with", "and") else " , " if "," in inner else " "
        if _STATED.search(inner):  # \text{with } S \text{ symmetric}
            bare = re.sub(r"[()$]", " ", inner).strip()
            return f" , {bare} " if fact_of(bare) is not None else f" {inner} "
        said.append(inner.strip())
        return " \x00 " if _GIVES_REASON.match(inner) else " "

    if latex:
        line = _WORDS.sub(word, line)
        line, _, rest = line.partition("\x00")  # since Σy = 1: all that follows is the reason
        said += [_plainly(rest)] if rest.replace("\x00", "").strip(" .&") else []
    for mark in ("#",) if latex else ("#", "%", "//"):
        at = line.find(mark)
        if at >= 0 and (at == 0 or line[at - 1] != "\\"):
            said.append(line[at + len(mark) :].strip())
            line = line[:at]
    if not latex:
        numbered = _NUMBER.match(line)
        start = numbered.end() if numbered else 0
        first = equals(line)
        m = _BESIDE.search(line, max(start, first[0] if first else start))
        if m and first:
            said.append(line[m.end() :].strip())
            line = line[: m.start()]
    m = _BECAUSE.search(line)
    if m and equals(line[: m.start()]):
        said.append(line[m.start() :].strip())
        line = line[: m.start()]
    line = line.rstrip(" .,;")
    if line.endswith(("]", ")")) and not latex or line.endswith(")") and latex:
        opening = _opening(line)
        inner = line[opening + 1 : -1]
        apart = opening and line[opening - 1] in " \t"
        if (
            apart
            and _WORD.search(inner)
            and not set(inner) & set("^_+=*\\²ᵀ⊙")
            and all(len(w) > 2 or w in ("of", "a", "by", "in", "to", "is") for w in re.findall(r"[A-Za-z]+", inner))
        ):
            if not re.fullmatch(
                r"\s*(?:exp|log|sin|cos|tanh|softmax|sigma|sigmoid|relu|lam|theta|alpha|beta)\s*", inner
            ):
                said.insert(0, inner.strip())
                line = line[:opening]
    said = [
        text[1:-1].strip() if text.startswith("(") and text.endswith(")") and "(" not in text[1:] else text
        for text in said
    ]
    return line, " · ".join(filter(None, said))


def _plainly(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\x00", " ").replace("&", " ")).strip(" .")


def _opening(line: str) -> int:
    depth = 0
    for i in range(len(line) - 1, -1, -1):
        depth += (line[i] in ")]}") - (line[i] in "([{")
        if not depth:
            return i
    return 0


def _number(line: str) -> str:
    m = _NUMBER.match(line)
    return line[m.end() :] if m and line[m.end() :].strip() else line


def _open(body: str) -> bool:
    """Whether the line ends within brackets, or in an operator, and goes on in the next one."""
    return _depth(body, len(body)) > 0 or body[-1] in "+-−*/·⊙="


def _continues(body: str) -> bool:
    """Whether the line begins with an operator, and so belongs to the one above."""
    return body[0] in "+-−*/·⊙" and not equals(body)


def _depth(text: str, end: int) -> int:
    depth, skip = 0, False
    for c in text[:end]:
        if skip:
            skip = False
            depth += (c == "{") - (c == "}")
        elif c == "\\":
            skip = True
        else:
            depth += (c in "([{") - (c in ")]}")
    return depth


def _is_left(text: str) -> bool:
    """Whether a text may be the left side of a further statement, rather than the end of a list."""
    return bool(text.strip())


def _is_prose(row: Row) -> bool:
    return not row.statements


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("&", "")).strip()


_CURLED = re.compile(r"\\math(?:cal|scr|frak)\s*(?:\{\s*([A-Za-z])\s*\}|([A-Za-z]))")


def _uncurled(text: str) -> str:
    r"""\mathcal{L} as L, or as a name of its own where L is another."""
    letters = {a or b for a, b in _CURLED.findall(text)}
    rest = _CURLED.sub(" ", text)
    both = {c for c in letters if re.search(rf"(?<![A-Za-z\\]){c}(?![A-Za-z])", rest)}
    return _CURLED.sub(
        lambda m: (lambda c: rf"\operatorname{{{c}cal}}" if c in both else c)(m.group(1) or m.group(2)), text
    )
