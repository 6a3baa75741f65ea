"""Kinds of operations of a program, by what they do with the entries of their arguments; `values` lists them all."""

from __future__ import annotations

ENTRYWISE = frozenset("mul div pow lin map choose exp log not cast".split())  # each entry from those at its place
VIEWS = frozenset("transpose slice reshape".split())  # the memory of the argument, read otherwise
CONTRACTIONS = frozenset("matmul matvec tensordot dot einsum".split())
SUMS = CONTRACTIONS | {"sum"}
REDUCTIONS = SUMS | {"max"}
