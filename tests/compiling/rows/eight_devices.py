"""Run by test_sharding: programs on eight virtual devices against the same on all rows, as lines of JSON."""

import json
import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8 --xla_cpu_multi_thread_eigen=false"

import jax
import numpy as np

from chainrule.compiling.rows import communication, shard
from tests.compiling.rows import workloads
from tests.compiling.rows.workloads import asked, far, together

WANTED = [
    ("logistic", "gradient"), ("logistic", "hessian"), ("logistic", "hvp"), ("ridge", "gradient"), ("ridge", "hvp"),
    ("softmax classifier", "gradient"), ("softmax classifier", "hessian"), ("softmax classifier", "hvp"), ("three layers", "gradient"),
    ("three layers", "hvp"), ("Gaussian", "gradient"), ("Gaussian", "hvp"), ("normalised over the rows", "gradient"),
    ("softmax over the rows", "gradient"), ("largest row", "gradient"),
]  # fmt: skip


def values(program, n):
    return workloads.values(program, n, d=20)


def say(name, **found):
    print(json.dumps({"name": name, **found}))


def told(sharded, given):
    return [list(c) for c in communication(sharded, **given).collectives]


def main():
    jax.config.update("jax_enable_x64", True)
    assert len(jax.devices()) == 8
    for name, what in WANTED:
        plain, sharded = asked(name, what), shard(asked(name, what, "jax"))
        sizes = (40, 13, 3) if (name, what) in WANTED[:1] + WANTED[-3:] else (13,)
        given = values(plain, 40)
        errors = [far(sharded(**values(plain, n)), plain(**values(plain, n))) for n in sizes]
        say(
            f"{name}, {what}",
            error=max(errors),
            passes=sharded.passes,
            told=told(sharded, given),
            entries=int(np.size(plain(**given))),
        )
    several(together("logistic"), shard(together("logistic", "jax")))
    composed(asked("logistic", "gradient"), shard(asked("logistic", "gradient", "jax")))
    with_rows()


def several(plain, sharded):
    given = values(plain, 21)
    truth, found = plain(**given), sharded(**given)
    say(
        "several",
        error=max(far(found[key], truth[key]) for key in truth),
        told=told(sharded, given),
        source=sharded.source,
    )


def composed(plain, sharded):
    """Under jax.jit and jax.jacobian, in float32, on rows placed before, evenly or not, and on a part of the devices."""
    given = values(plain, 21)
    hessian = asked("logistic", "hessian")(**given)
    data = sharded.place(X=given["X"], y=given["y"])
    say("placed", error=far(sharded(**data, w=given["w"]), plain(**given)), shape=list(data["X"].shape))
    say("jacobian", error=far(jax.jit(jax.jacobian(lambda w: sharded(**data, w=w)))(given["w"]), hessian))
    even = values(plain, 24)
    data = sharded.place(X=even["X"], y=even["y"])
    say(
        "even",
        error=far(sharded(**data, w=jax.numpy.asarray(even["w"])), plain(**even)),
        spread=len(data["X"].sharding.device_set),
    )
    single = sharded(**{k: np.asarray(v, np.float32) for k, v in given.items()})
    say("float32", type=str(single.dtype), error=far(single, plain(**given)))
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:6]).reshape(3, 2), ("rows", "model"))
    part = shard(sharded.program, mesh=mesh, axis="rows")
    say("part", error=far(part(**given), plain(**given)), told=told(part, given), devices=part.devices)


def with_rows():
    """Results that have the rows stay where the rows are."""
    from chainrule import derive

    declare = "X: n d, w: d"
    plain, sharded = (derive("tanh(X w)", "w", declare=declare).compile(b) for b in ("numpy", "jax"))
    sharded = shard(sharded, "n")
    for n in (16, 13):
        given = values(plain, n)
        found = sharded(**given)
        say(f"rows {n}", error=far(found, plain(**given)), told=told(sharded, given), spread=str(found.sharding.spec))


if __name__ == "__main__":
    main()
