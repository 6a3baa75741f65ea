from chainrule.core.algebra import add, multiply, scale
from chainrule.core.node import symbol
from chainrule.core.walk import order
from chainrule.ops.elementary import exp, tanh
from chainrule.simplify.segments import DEEP, Segments


def deep(x):
    """Functions one upon the other, so many that what stands on them is deep."""
    for _ in range(DEEP):
        x = tanh(x)
    return x


def seen_by(found: list):
    def tidied(node):
        found.append(node)
        return node

    return tidied


def test_sums_that_differ_in_letters_only_are_searched_once():
    found = []
    segments = Segments(seen_by(found))
    for name in ("a", "b", "c"):
        x, y = symbol(name, ("n",)), symbol(name + "y", ("n",))
        node = add(multiply(deep(x), y), exp(y))
        assert segments.simplified(node) is node
    assert len(found) == 1
    assert len(order(found[0])) < DEEP


def test_a_result_is_put_back_with_the_leaves_of_each():
    def doubled(node):
        return scale(2, node)

    segments = Segments(doubled)
    for name in ("a", "b", "c"):
        node = add(deep(symbol(name, ("n",))), symbol("y", ("n",)))
        assert segments.simplified(node) is scale(2, node)


def test_leaves_with_other_facts_or_sizes_are_other_segments():
    found = []
    segments = Segments(seen_by(found))
    for name, dims, facts in (("a", ("n",), ()), ("b", ("n",), ("positive",)), ("c", ("m",), ()), ("d", (), ())):
        x = symbol(name, dims, facts)
        segments.simplified(add(deep(x), multiply(x, x)))
    assert len(found) == 4


def test_shallow_sums_are_searched_as_they_are():
    found = []
    x, y = symbol("x", ("n",)), symbol("y", ("n",))
    node = add(tanh(x), y)
    assert Segments(seen_by(found)).simplified(node) is node
    assert found == [node]


def test_the_same_leaf_is_the_same_letter_wherever_it_stands():
    found = []
    x, y = symbol("x", ("n",)), symbol("y", ("n",))
    h = deep(x)
    Segments(seen_by(found)).simplified(add(multiply(h, y), multiply(h, h), y))
    letters = [n for n in order(found[0]) if n.op == "symbol"]
    assert len(letters) == 2
    assert all(n.name.startswith("·") for n in letters)
