"""What a long-running process needs: the same answer every time, from every thread, and nothing that piles up."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import chainrule as cr
from chainrule.core import dims, node
from chainrule.matrix import tree
from chainrule.ops import lookup

EXPRESSIONS = [
    ("||A x - b||^2", "x", 1),
    ("sum(log(1 + exp(-y .* (X w)))) + lam*||w||^2", "w", 1),
    ("logsumexp(x)", "x", 2),
    ("-sum(Y .* log_softmax(X W))", "W", 1),
    ("logdet(A' A + B)", "A", 1),
    ("inv(X)", "X", 1),
    ("tr(A X B X')", "X", 2),
    ("||X - U V'||_F^2", "U", 1),
    ("a' * tanh(W2 * relu(W1 x + b1))", "W1", 1),
    ("x' A x / (x' B x)", "x", 1),
    ("sum((x - mean(x))^2)/n", "x", 1),
    ("kron(A, X)", "X", 1),
]
PROGRAM = """
import json, sys
import chainrule as cr
found = []
for text, wrt, order in json.load(sys.stdin):
    d = cr.derive(text, wrt, order=order)
    found.append([d.text, d.ascii, d.latex, d.where, d.numpy, d.code(), str(d.seal), d.problem.echo])
print(json.dumps(found))
"""


def started(hash_seed):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_the_same_output_for_every_hash_seed():
    running = [started(hash_seed) for hash_seed in ("0", "1", "4242")]
    answers = [json.loads(each.communicate(json.dumps(EXPRESSIONS))[0]) for each in running]
    for expression, *found in zip(EXPRESSIONS, *answers):
        assert found[0] == found[1] == found[2], expression


def test_the_same_output_whatever_was_derived_before():
    def answer(text, wrt, order):
        d = cr.derive(text, wrt, order=order)
        return [d.text, d.where, d.numpy, d.code(), str(d.seal)]

    forwards = [answer(*expression) for expression in EXPRESSIONS]
    backwards = [answer(*expression) for expression in reversed(EXPRESSIONS)]
    assert forwards == backwards[::-1]


FAMILIES = [
    ("||A{0} x - b{0}||^2", "x"), ("sum(log(1 + exp(-y{0} .* (X{0} w))))", "w"), ("softmax(W{0} x)", "x"),
    ("tr(X{0}^3 B)", "X{0}"), ("a{0}*sin(x{0})", "x{0}"), ("logdet(A' A + S{0})", "A"),
]  # fmt: skip


def derived(number):
    text, wrt = FAMILIES[number % len(FAMILIES)]
    d = cr.derive(text.format(number), wrt.format(number), declare="x{0}: n{0}".format(number) if "x{0}" in wrt else None)
    d.compile(), d.numpy, d.latex


def alive():
    gc.collect()
    return len(node._NODES), len(dims._DIMS), len(tree._TREES)


def test_three_hundred_expressions_leave_nothing_behind():
    for number in range(len(FAMILIES)):  # what the first of a family leaves is for good: constants, tables
        derived(number)
    nodes, sizes, trees = alive()
    for number in range(len(FAMILIES), 300):
        derived(number)
    more_nodes, more_sizes, more_trees = alive()
    # one leak a derivation would leave hundreds
    assert more_nodes <= nodes + 20 and more_sizes <= sizes + 5 and more_trees <= trees + 20


def test_threads_that_make_one_expression_get_one_node():
    exp, names = lookup("exp"), [f"t{k}" for k in range(200)]

    def made(_):
        return [exp(2 * node.symbol(name, [name]) + 1) for name in names]

    with ThreadPoolExecutor(8) as pool:
        first, *others = list(pool.map(made, range(8)))
    assert all(a is b for other in others for a, b in zip(first, other))


def test_threads_can_derive_at_once():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda e: cr.derive(e[0], e[1], order=e[2]).text, EXPRESSIONS * 2))
    assert found[: len(EXPRESSIONS)] == found[len(EXPRESSIONS) :]
