"""What NumPy lacks, spelled so that a file stands by itself: in place of imports from this package."""

from __future__ import annotations

from collections.abc import Iterable

OWN = {
    "erf": ["from math import erf as erf_of_number", "erf = np.vectorize(erf_of_number, otypes=[float])"],
    "erfc": ["from math import erfc as erfc_of_number", "erfc = np.vectorize(erfc_of_number, otypes=[float])"],
    "lgamma": ["from scipy.special import gammaln as lgamma"],
    "digamma": ["from scipy.special import digamma"],
    "trigamma": ["from scipy.special import polygamma", "trigamma = lambda x: polygamma(1, x)"],
    "tetragamma": ["from scipy.special import polygamma", "tetragamma = lambda x: polygamma(2, x)"],
    "argmax_mask": [
        "argmax_share = lambda hit, axes: hit / hit.sum(axis=axes, keepdims=True)",
        "argmax_mask = lambda x, axes: argmax_share((x == x.max(axis=axes, keepdims=True)) * 1.0, axes)",
    ],
}


def standing_alone(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """(imports, definitions) for the lines above a program, each once; what is not spelled here stays as it is."""
    imports, definitions = {}, {}
    for line in lines:
        name = line.rpartition(" ")[2]
        for own in OWN.get(name, [line]) if "chainrule" in line else [line]:
            (imports if own.startswith(("import ", "from ")) else definitions)[own] = None
    return list(imports), list(definitions)
