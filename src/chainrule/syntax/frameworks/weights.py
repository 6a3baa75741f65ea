"""Names for the weights of a module: W1 and b1 for fc1.weight and fc1.bias, γ and β for those of a normalisation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..names import normal


def weight_names(shapes: Mapping[str, tuple], taken: set[str]) -> dict[str, str]:
    """Path → name, in order. Names are as short as tells the weights apart, and none of `taken`.

    The weights of one layer are W and b; where several layers have some, their numbers or their names follow: W1 of
    the first of a Sequential and of fc1, W_enc of encoder.enc.
    """
    owners = list(dict.fromkeys([path.rpartition(".")[0] for path in shapes]))
    tails = tails_of(owners)
    found: dict[str, str] = {}
    for path, shape in shapes.items():
        owner, _, last = path.rpartition(".")
        stem, low = letters(last, shape, shapes, owner)
        name = stem + (tails[owner] if not low else f"_{low}" + (f"_{tails[owner].lstrip('_')}" if tails[owner] else ""))
        if name in taken or name in found.values():
            name = re.sub(r"\W", "_", path)
        while name in taken or name in found.values():
            name += "_"
        found[path] = normal(name)
    return found


def tails_of(owners: list[str]) -> dict[str, str]:
    """What tells each layer from the others: nothing, its number, or its name after an underscore."""
    if len(owners) < 2:
        return dict.fromkeys(owners, "")
    lasts = [owner.rpartition(".")[2] for owner in owners]
    if all(last.isdigit() for last in lasts) and len({o.rpartition(".")[0] for o in owners}) == 1:
        return {owner: str(k) for k, owner in enumerate(owners, 1)}  # a Sequential: counted as a textbook counts layers
    numbered = [re.fullmatch(r"([a-zA-Z_]*?)_?(\d+)", last) for last in lasts]
    if all(numbered) and len({(m.group(2)) for m in numbered}) == len(owners):
        return {owner: m.group(2) for owner, m in zip(owners, numbered)}
    if len(set(lasts)) == len(owners):
        return {owner: f"_{last}" if last else "" for owner, last in zip(owners, lasts)}
    return {owner: "_" + owner.replace(".", "_") if owner else "" for owner in owners}


def letters(last: str, shape: tuple, shapes: Mapping, owner: str) -> tuple[str, str]:
    """(letter, subscript) for the last part of a path."""
    prefix = f"{owner}." if owner else ""
    scale = last == "bias" and len(shapes.get(f"{prefix}weight", (0, 0))) == 1
    weight = "W" if len(shape) > 1 else "gamma"
    plain = {"weight": weight, "bias": "beta" if scale else "b", "running_mean": "mu", "running_var": "v"}
    if last in plain:
        return plain[last], ""
    found = re.fullmatch(r"(?:(\w+?)_)?(weight|bias)(?:_(\w+?))?(?:_l0)?", last)
    if found:
        low = found.group(1) or found.group(3) or ""
        return ("W" if found.group(2) == "weight" else "b"), low.removesuffix("_proj")
    return last, ""
