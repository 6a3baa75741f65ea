"""Peak memory of a call, ours beside the best by hand; and Hessian–vector products of a million variables.

    python bench/memory.py

The peak counts what NumPy and Python allocate during the call (tracemalloc), outputs included; inputs are added on both
sides. The bar compares with inputs, outputs and the largest intermediate of the form by hand; of a form by hand that works
in blocks that is hard to beat.
"""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from bench.peers import compiled  # noqa: E402  (before NumPy)

import numpy as np  # noqa: E402

import chainrule as cr  # noqa: E402
from bench.bar import Bar, at_most  # noqa: E402
from bench.timing import interleaved  # noqa: E402
from bench.workloads import WORKLOADS  # noqa: E402
from bench.workloads.scalars import valley  # noqa: E402

SMALLEST = 1 << 20  # bytes of inputs and outputs, below which the memory of Python itself decides
FACTOR = 1.3
GRADIENTS = 6  # "a few"


def peak(call) -> tuple[int, object]:
    """(bytes allocated at most during a call, its result)."""
    call()
    tracemalloc.start()
    result = call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, result


def size_of(values) -> int:
    return sum(np.asarray(value).nbytes for value in (values.values() if isinstance(values, dict) else [values]))


def measured(size: str = "large") -> list[dict]:
    """For each workload of a size: bytes of inputs, outputs, and the peaks of ours and of the form by hand."""
    found = []
    for workload in WORKLOADS:
        if size not in workload.sizes:
            continue
        arguments = workload.arguments(size)
        program = compiled(workload.name, "numpy")(workload)
        hand, result = peak(lambda: workload.hand(**arguments))
        outputs = size_of(result)
        del result
        ours = peak(lambda: program(**arguments))[0]
        record = {"workload": workload.name, "inputs": size_of(arguments), "outputs": outputs, "ours": ours, "hand": hand}
        found.append(record | {"ratio": (record["inputs"] + ours) / (record["inputs"] + hand)})
    return found


def million() -> list[dict]:
    """Hessian–vector products in a million variables: time beside the form by hand, peak in gradients."""
    n, rng = 1_000_000, np.random.default_rng(0)
    x, v = rng.normal(size=(2, n))
    U, V, M, D = (rng.normal(size=shape) for shape in ((50_000, 20), (200, 20), (50_000, 200), (50_000, 20)))

    def valley_hand(x, v):
        left, right = x[:-1], x[1:]
        main = np.multiply(left, left)
        main *= 1200
        main -= 400 * right
        main += 2
        product = np.empty_like(x)
        np.multiply(main, v[:-1], out=product[:-1])
        product[-1] = 0
        product[1:] += 200 * v[1:]
        off = np.multiply(left, -400, out=main)
        product[:-1] += off * v[1:]
        off *= v[:-1]
        product[1:] += off
        return product

    cases = {
        "Rosenbrock": (cr.hvp(valley, "x", "v", x="n", seal=False), {"x": x, "v": v}, valley_hand),
        "matrix factorisation 50000×200×20, in U": (
            cr.hvp("||U V' - M||^2", "U", "D", declare="U: m r, V: n r, M: m n", seal=False),
            {"U": U, "V": V, "M": M, "D": D},
            lambda U, V, M, D: D @ (2 * (V.T @ V)),
        ),
    }
    found = []
    for name, (derivation, arguments, hand) in cases.items():
        program = derivation.compile()
        ours, result = peak(lambda: program(**arguments))
        by_hand, expected = peak(lambda: hand(**arguments))
        assert np.max(np.abs(result - expected)) <= 1e-10 * np.max(np.abs(expected)), name
        calls = {"ours": lambda: program(**arguments), "hand": lambda: hand(**arguments)}
        timed = interleaved(calls, 1.0)
        record = {"case": name, "ours": ours, "hand": by_hand, "gradients": ours / (8 * n)}
        found.append(record | {"seconds": timed.seconds("ours"), "ratio": timed.ratio("ours", "hand")})
    return found


def bars(found: list[dict], products: list[dict]) -> list[Bar]:
    large = [record for record in found if record["inputs"] + record["outputs"] >= SMALLEST]
    worst = max(large, key=lambda record: record["ratio"])
    made = [at_most("peak memory against the form by hand, inputs included, worst", FACTOR, worst["ratio"], "×", worst["workload"])]
    for product in products:
        name = f"HVP of a million variables, {product['case']}: peak"
        made.append(at_most(name, GRADIENTS, product["gradients"], "gradients"))
    return made


def table(found: list[dict]) -> list[list[str]]:
    rows = [["workload", "inputs MB", "outputs MB", "ours MB", "hand MB", "ratio"]]
    for record in found:
        megabytes = [f"{record[key] / 1e6:.2f}" for key in ("inputs", "outputs", "ours", "hand")]
        rows.append([record["workload"], *megabytes, f"{record['ratio']:.2f}"])
    return rows


if __name__ == "__main__":
    found, products = measured(), million()
    for row in table(found):
        print(f"{row[0]:<36}" + "".join(f"{cell:>12}" for cell in row[1:]))
    for product in products:
        print(f"{product['case']:<44}{product['seconds'] * 1e3:9.1f} ms, {product['ratio']:.2f} of hand, "
              f"peak {product['gradients']:.1f} gradients (hand {product['hand'] / 8e6:.1f})")  # fmt: skip
    for bar in bars(found, products):
        print(f"{bar.what:<72}{bar.asked:>14}{bar.measured:>14}  {bar.verdict}")
