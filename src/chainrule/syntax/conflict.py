"""What stops one attempt at inference."""

from __future__ import annotations


class Conflict(Exception):
    """Shapes that do not fit under this assignment. `trees` are the operands, `error` builds the message.

    `product` is the innermost product around, if another grouping of it might fit.
    """

    def __init__(self, trees: list, error):
        self.trees, self.error = trees, error
        self.product = None
