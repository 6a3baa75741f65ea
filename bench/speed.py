"""How long it takes from text to derivative, with the seal and without, and to each of the faces of an answer; to import
and to answer on the command line.

    make speed
    make speed ARGS="--repeat 5 --slowest 20"

Every case of the sample is derived from `plain`, once in a process that has derived other functions before: what a
process costs to warm up is left out, what the engine remembers of a case it has seen is not used. Of several such
processes a case's median counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.cases import cases, declaration

import chainrule

GOALS = {"text → derivative": 10, "text → verified derivative": 50}  # ms, for the median case
WARM_UP = [
    ("u^T B u + c^T u", "u", 2),
    ("softmax(B u) .* u", "u", 1),
    ("tr(inv(G) H)", "G", 1),
    ("sum(tanh(B u + c)) + ||u||", "u", 2),
    ("logdet(G G^T + I)", "G", 1),
    ("sum(relu(Z W) .* Y)", "W", 1),
    ("mean(log(1 + exp(Z q)))", "q", 2),
    ("kron(G, H)", "H", 1),
    ("layernorm(q)", "q", 1),
]
FACES = {  # of a derivation that is there
    "breaks": lambda d: d.breaks,
    "overflows": lambda d: d.overflows,
    "used": lambda d: d.used,
    "steps": lambda d: d.steps,
}
LAYERS = 32
NET = "\n".join([*[f"h_{k} = relu(W_{k} {f'h_{k - 1}' if k > 1 else 'x'} + b_{k})" for k in range(1, LAYERS + 1)], f"sum(h_{LAYERS})"])
STARTS = {
    "python": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import chainrule": ["-c", "import chainrule"],
    "import chainrule, engine loaded": ["-c", "import chainrule; chainrule.Derivation"],
    "chainrule --help": ["-m", "chainrule", "--help"],
    "chainrule derive '||A x - b||^2' --wrt x": ["-m", "chainrule", "derive", "||A x - b||^2", "--wrt", "x"],
}


def seconds(case, seal: bool) -> float | None:
    """How long one derivation takes, from text to printed text; None if the case is refused."""
    declare = declaration(case)
    started = time.perf_counter()
    try:
        str(chainrule.derive(case["plain"], case["wrt"], order=case["order"], declare=declare, seal=seal))
    except chainrule.ChainruleError:
        return None
    return time.perf_counter() - started


def one_round(word: str, seal: bool) -> dict:
    """The time of each case, each derived once in this process."""
    for function, wrt, order in WARM_UP:
        str(chainrule.derive(function, wrt, order=order, seal=seal))
    timed = {case["id"]: seconds(case, seal) for case in cases() if word in case["id"]}
    return {name: taken for name, taken in timed.items() if taken is not None}


def rounds(word: str, kind: str, repeat: int) -> dict:
    """The median time of each case over fresh processes; for "faces" that of each face of each case."""
    command = [sys.executable, __file__, "--only", word, "--round", kind]
    several = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(repeat)]
    if kind != "faces":
        return medians(several)
    return {face: medians([timed[face] for timed in several]) for face in several[0]}


def medians(several: list[dict]) -> dict:
    return {name: statistics.median(timed[name] for timed in several if name in timed) for name in several[0]}


def faces(word: str) -> dict:
    """The time of each face of each case, and of bringing the case as a Python function; each once in this process."""
    for function, wrt, order in WARM_UP:
        d = chainrule.derive(function, wrt, order=order, seal=False)
        for face in FACES.values():
            taken(face, d)
    found: dict[str, dict] = {name: {} for name in (*FACES, "trace")}
    for case in cases():
        if word not in case["id"]:
            continue
        try:
            d = chainrule.derive(case["plain"], case["wrt"], order=case["order"], declare=declaration(case), seal=False)
        except chainrule.ChainruleError:
            continue
        str(d.text)  # what the faces take for granted
        timed = {name: taken(face, d) for name, face in FACES.items()}
        timed["trace"] = taken(lambda case: chainrule.trace(brought(case), declaration(case)), case)
        for name, time_taken in timed.items():
            if time_taken is not None:
                found[name][case["id"]] = time_taken
    d = chainrule.derive(NET, "x", seal=False)
    str(d.text)
    for name, face in FACES.items():
        found[name][f"a net of {LAYERS} layers"] = taken(face, d)
    return found


def taken(face, d) -> float | None:
    """How long it takes to make a face; None where there is none of the kind."""
    started = time.perf_counter()
    try:
        face(d)
    except chainrule.ChainruleError:
        return None
    return time.perf_counter() - started


def brought(case):
    """The function of a case as a Python function of NumPy arrays."""
    body = case["body"] or f"return {case['expr']}"
    names = {"np": np}
    exec(f"def function({', '.join(case['vars'])}):\n    " + body.replace("\n", "\n    "), names)
    return names["function"]


def start(arguments, repeat: int) -> float:
    """The median time of a fresh Python that runs with `arguments`."""
    environment = {**os.environ, "PYTHONPATH": str(Path(chainrule.__file__).parents[1])}
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=False, capture_output=True, env=environment)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def line(name, times, goal=None) -> str:
    """Median, 90th percentile and maximum, in milliseconds."""
    ranked = sorted(times)
    cells = [statistics.median(ranked), ranked[int(0.9 * (len(ranked) - 1))], ranked[-1]]
    shown = f"{name:<44}" + "".join(f"{cell * 1e3:>10.1f}" for cell in cells)
    return shown if goal is None else shown + f"     median < {goal}: {'met' if cells[0] * 1e3 < goal else 'MISSED'}"


def slowest(times: dict, count: int) -> None:
    for slow in sorted(times, key=times.get)[-count:][::-1]:
        print(f"    {slow:<40}{times[slow] * 1e3:>10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3, help="processes, of which each case's median counts")
    parser.add_argument("--slowest", type=int, default=5, help="how many of the slowest cases to name")
    parser.add_argument("--only", default="", metavar="WORD", help="the cases whose id contains this")
    parser.add_argument("--round", choices=["sealed", "unsealed", "faces"], help="one round, as JSON")
    options = parser.parse_args()
    if options.round:
        print(json.dumps(faces(options.only) if options.round == "faces" else one_round(options.only, options.round == "sealed")))
        return
    print(f"{'ms':<44}{'median':>10}{'p90':>10}{'max':>10}")
    for (name, goal), kind in zip(GOALS.items(), ("unsealed", "sealed"), strict=True):
        times = rounds(options.only, kind, options.repeat)
        print(line(f"{name}, {len(times)} cases", list(times.values()), goal))
        slowest(times, options.slowest)

    print("\nof an answer that is there, and of a function that is brought as code, ms")
    for name, times in rounds(options.only, "faces", options.repeat).items():
        print(line(f"{name}, {len(times)} cases", list(times.values())))
        slowest(times, options.slowest)

    print("\nfrom a cold start, ms")
    for name, arguments in STARTS.items():
        print(f"{name:<44}{start(arguments, 7) * 1e3:>10.0f}")


if __name__ == "__main__":
    main()
