"""The corpus: of every broken network the layer and the cause are named, of the healthy ones none alarms. The labels are proved in `test_labels`."""

import pytest

import chainrule as cr
from tests.explain.diagnosis.corpus import formula_nets, jax_nets, torch_nets
from tests.explain.diagnosis.corpus.item import is_named

NETS = (torch_nets, jax_nets, formula_nets)
BROKEN = [item for nets in NETS for item in nets.BROKEN]
HEALTHY = [item for nets in NETS for item in nets.HEALTHY_ONES]


def diagnosed(item):
    net = item.make()
    if item.front == "torch":
        return cr.diagnose(net.function, net.loss, net.batch)
    if item.front == "jax":
        return cr.diagnose(net.function, net.loss, net.batch, net.params)
    return cr.diagnose(net.function, at=net.params, data=net.batch, **({"declare": net.declare} if net.declare else {}))


@pytest.mark.parametrize("item", BROKEN, ids=str)
def test_the_culprit_and_the_cause_are_named(item):
    found = diagnosed(item)
    assert is_named(item, found.cause, found.layer) == (True, True), f"{found.layer}: {found.cause}: {found.sentence}"
    assert found.exit_code == 1


@pytest.mark.parametrize("item", HEALTHY, ids=str)
def test_a_healthy_network_raises_no_alarm(item):
    found = diagnosed(item)
    assert found.healthy and found.exit_code == 0, f"{found.layer}: {found.cause}: {found.sentence}"
