"""What an item of the corpus is: a gradient as somebody wrote it, what is known of it, and the same function in plain operations.

    @ITEMS.wrong("ridge, the penalty forgotten", "missing-term", argument="w")
    def _(rng):
        ...
        return dict(function=loss, mine=grad, at=w)

A builder gets its own random generator and returns the arguments of `cr.check`, and may add under "plain" the same function
written so that jax.numpy or torch can differentiate it: `confirm.py` takes the truth from there. Without it, a NumPy
function is run with jax.numpy in the place of `np`, and a PyTorch or JAX function is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

ANY = "any"  # in place of a cause: wrong in a way for which the list of causes has no word
RIGHT = ("right",)
AT_A_KINK = ("right", "right at a kink")


@dataclass(frozen=True)
class Item:
    """One gradient.

    name       what it is, and what is wrong with it
    framework  "numpy", "torch" or "jax"
    build      builder: random generator -> arguments of `cr.check`, and "plain"
    wrong      whether the claim is wrong
    causes     the words that say why, any of them; (ANY,) where none is expected
    argument   the name of the argument that is wrong, one of several, or None where many are
    index      the entry, where only one is wrong
    verdicts   what may be said of a right one
    kink       the claim need only lie between the one-sided derivatives
    tolerance  relative, of the comparison with automatic differentiation in float64
    stable     False: the value depends on chance
    """

    name: str
    framework: str
    build: Callable
    wrong: bool
    causes: tuple[str, ...] = ()
    argument: str | tuple[str, ...] | None = None
    index: tuple[int, ...] | None = None
    verdicts: tuple[str, ...] = RIGHT
    kink: bool = False
    tolerance: float = 1e-8
    stable: bool = True

    def built(self) -> dict:
        return self.build(np.random.default_rng(crc32(self.name.encode())))

    def make(self) -> dict:
        """The arguments of `cr.check`, fresh at each call."""
        arguments = self.built()
        arguments.pop("plain", None)
        return arguments

    @property
    def arguments(self) -> tuple[str, ...]:
        return (self.argument,) if isinstance(self.argument, str) else self.argument or ()

    def __str__(self) -> str:
        return f"{self.framework}: {self.name}"


class Corpus(list):
    """The items of one file, entered by decorators."""

    def __init__(self, framework: str):
        self.framework = framework

    def wrong(self, name: str, *causes: str, **facts):
        return self._enter(Item(name, self.framework, None, True, causes or (ANY,), **facts))

    def right(self, name: str, framework: str | None = None, **facts):
        return self._enter(Item(name, framework or self.framework, None, False, **facts))

    def _enter(self, item: Item):
        def enter(build):
            self.append(Item(**{**item.__dict__, "build": build}))
            return build

        return enter
