"""What stops one attempt at inference."""

from __future__ import annotations


class Conflict(Exception):
    """Shapes that do not fit under this assignment. `trees` are the operands, `error` builds the message."""

    def __init__(self, trees: list, error):
        self.trees, self.error = trees, error
