"""A local Jacobian as a lecture writes its matrix: W2, diag(a ⊙ (1 − a)), and I ⊗ xᵀ where it has more than two axes.

Rows are the entries of the result and columns those of the input, both in row order. Where all blocks along the axes that
result and input share are one matrix B, it is I ⊗ B if these axes come first, and B ⊗ I if they come last.

References: Magnus & Neudecker, *Matrix Differential Calculus* (2019), chapter 2; rows in order make vec(AXB) = (A ⊗ Bᵀ) vec X.
"""

from __future__ import annotations

import re

from ...core.errors import ChainruleError
from ...core.product import product
from .local import Local

SUBSCRIPTS = str.maketrans("hijklmnopt", "ₕᵢⱼₖₗₘₙₒₚₜ")
ATOM = re.compile(r"\w+ᵀ?$|\(.*\)$|\[[^\]]*\]$")


def as_matrix(local: Local, layout: str = "column") -> str:
    """The matrix of a local Jacobian as a formula."""
    text = local.text(layout)
    if local.node.ndim <= 2:
        return text
    try:
        return _structured(local, layout) or _subscripted(text)
    except ChainruleError:
        return _subscripted(text)


def _structured(local: Local, layout: str) -> str | None:
    """By the axes that are shared; None where they say nothing."""
    lead, shared = len(local.step.shape), local.shared
    count, own = len(shared), local.node.ndim - lead
    if not shared:
        return None
    if local.is_identity:
        return "I"
    first = shared == [(t, lead + t) for t in range(count)]
    last = shared == [(lead - count + t, lead + own - count + t) for t in range(count)]
    if first and last:
        return f"diag(vec({_bare(local.written(local.core, layout))}))"
    block = _block(local, count)
    rows, columns = lead - count, own - count
    if block is None or not (first or last) or max(rows, columns) > 1:
        return None
    text = local.written(block, layout)
    text = text if ATOM.match(text) else f"({text})"
    if not rows:
        text = text[:-1] if text.endswith("ᵀ") else f"{text}ᵀ"
    return f"I ⊗ {text}" if first else f"{text} ⊗ I"


def _block(local: Local, count: int):
    """The block that all positions along the shared axes have; None where they differ."""
    core = local.core
    if core.op != "product":
        return None
    labels, rest = core.out[:count], core.out[count:]
    if {t for _, used, _ in core.operands for t in used} & set(labels) or set(labels) & set(rest):
        return None
    dims = dict(zip(rest, core.dims[count:]))
    for base, used, _ in core.operands:
        dims |= dict(zip(used, base.dims))
    return product(core.coef, list(core.operands), tuple(rest), dims)


def _bare(text: str) -> str:
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text


def _subscripted(text: str) -> str:
    """Entries with indices as letters below the line: δᵢⱼ xₖ."""
    return re.sub(r"_([hijklmnopt]+)\b", lambda found: found.group(1).translate(SUBSCRIPTS), text)
