"""How derivation and code generation grow: all gradients of networks of 1 to 128 layers, with and without layer norm.

    python bench/growth.py

A network of L layers h = tanh(W h + b) (layer norm around it in the second column) has 2L + 1 gradients: of each weight,
each bias and the input. `derive` goes from the text to the graphs of all gradients, not verified; `compile` from there to a
callable. CPU time of a process that has derived other functions before; the median of three processes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
import chainrule as cr  # noqa: E402
from bench.bar import Bar, at_most  # noqa: E402
from bench.timing import clock  # noqa: E402

LAYERS = (1, 2, 4, 8, 16, 32, 64, 128)
LONGEST = 5.0  # seconds; a network that takes longer is the largest that is tried
LIMITS = {"plain": 0.2, "layer norm": 0.5}  # seconds, for 128 layers
PROCESSES = 3


def network(layers: int, norm: bool) -> tuple[str, list[str], str]:
    """(text, variables, declaration) of a network whose value is a number."""
    lines = []
    for k in range(1, layers + 1):
        h = f"tanh(W{k} {f'h{k - 1}' if k > 1 else 'x'} + b{k})"
        lines.append(f"h{k} = layernorm({h})" if norm else f"h{k} = {h}")
    names = ["x"] + [f"{letter}{k}" for k in range(1, layers + 1) for letter in "Wb"]
    declared = ", ".join(["x: n", *[f"W{k}: n n, b{k}: n" for k in range(1, layers + 1)], "c: n"])
    return "\n".join([*lines, f"c' h{layers}"]), names, declared


def one_round() -> dict:
    """{kind: [(layers, seconds to derive, seconds to compile), …]} in this process."""
    for text, wrt in (("||A x - b||^2", ["x", "b"]), ("sum(tanh(B u + c))", ["u", "c"]), ("sum(layernorm(A x))", ["x"])):
        cr.grad(text, wrt, seal=False).compile()
    found = {}
    for kind, norm in (("plain", False), ("layer norm", True)):
        found[kind] = []
        for layers in LAYERS:
            text, names, declared = network(layers, norm)
            started = clock()
            d = cr.grad(text, names, declare=declared, seal=False)
            derived = clock()
            d.compile()
            found[kind].append((layers, derived - started, clock() - derived))
            if clock() - started > LONGEST:
                break
    return found


def measured() -> dict:
    """The medians of a few processes."""
    command = [sys.executable, str(Path(__file__).resolve()), "--round"]
    several = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(PROCESSES)]
    return {
        kind: [
            (row[0], *[statistics.median([one[kind][k][column] for one in several]) for column in (1, 2)])
            for k, row in enumerate(min([one[kind] for one in several], key=len))
        ]
        for kind in several[0]
    }


def bars(found: dict) -> list[Bar]:
    """128 layers in time, and linear growth: the last doubling takes about twice as long."""
    made = []
    for kind, limit in LIMITS.items():
        (_, half, half_compiled), (layers, full, compiled) = found[kind][-2:]
        deep = LAYERS[-1]
        name = f"{deep} layers{' with layer norm' if kind != 'plain' else ''}, {2 * deep + 1} gradients"
        given_up = "" if layers == deep else f"given up after {layers} layers"
        made.append(at_most(f"{name}: derivation", limit, full, "s", given_up))
        made.append(at_most(f"{name}: code generation", limit, compiled, "s", given_up))
        growth = (full + compiled) / (half + half_compiled)
        made.append(at_most(f"{name}: growth of both at the last doubling", 2.5, growth, "×", given_up))
    return [bar._replace(met=False) if "given up" in bar.measured else bar for bar in made]


def table(found: dict) -> list[list[str]]:
    rows = [["layers", "gradients", *[f"{kind}: {stage}, ms" for kind in found for stage in ("derive", "compile")]]]
    for k, layers in enumerate(LAYERS):
        cells = [
            f"{1e3 * found[kind][k][column]:.1f}" if k < len(found[kind]) else "–" for kind in found for column in (1, 2)
        ]
        rows.append([str(layers), str(2 * layers + 1), *cells])
    return rows


if __name__ == "__main__":
    if "--round" in sys.argv:
        print(json.dumps(one_round()))
    else:
        found = measured()
        for row in table(found):
            print("".join(f"{cell:>24}" for cell in row))
        for bar in bars(found):
            print(f"{bar.what:<72}{bar.asked:>10}{bar.measured:>10}  {bar.verdict}")
