"""Run by test_sharding, twice at once: each process has its own rows, and both get the results for all rows."""

import json
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2 --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

from chainrule.compiling.rows import communication, shard
from tests.compiling.rows.workloads import asked, far, values


def main(port: str, me: int):
    jax.config.update("jax_enable_x64", True)
    jax.distributed.initialize(f"127.0.0.1:{port}", 2, me)
    for name, what, n in [
        ("logistic", "gradient", 16),
        ("logistic", "hessian", 17),
        ("softmax classifier", "hvp", 17),
        ("Gaussian", "gradient", 9),
    ]:
        plain, sharded = asked(name, what), shard(asked(name, what, "jax"))
        given = values(plain, n)
        mine = slice(0, n // 2) if me == 0 else slice(n // 2, n)
        rows = {x: a[mine] for x, a in given.items() if x in ("X", "y", "Y")}
        rest = {x: a for x, a in given.items() if x not in rows}
        data = sharded.place(**rows)
        error = far(np.asarray(sharded(**data, **rest)), plain(**given))
        told = [list(c) for c in communication(sharded, **data, **rest).collectives]
        print(
            json.dumps(
                {"name": f"{name}, {what}", "error": error, "told": told, "devices": sharded.devices, "rows": int(n)}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
