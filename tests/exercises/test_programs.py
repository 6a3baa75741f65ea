"""Programs as answers: the loss is compared, the gradient checked array by array."""

import numpy as np
import pytest

from chainrule.exercises.exercise import exercise

NETWORK = """\
import numpy as np

def loss(W, b, V, c, x, y):
    h = np.tanh(W @ x + b)
    r = V @ h + c - y
    return r @ r / 2

def grad(W, b, V, c, x, y):
    h = np.tanh(W @ x + b)
    r = V @ h + c - y
    d = (V.T @ r) * (1 - h**2)
    return np.outer(d, x), d, np.outer(r, h), r
"""


@pytest.fixture
def network(tmp_path):
    """Feedback on the network exercise for a program in which one text is replaced by another."""

    def answer(old="", new=""):
        assert old in NETWORK
        path = tmp_path / "my.py"
        path.write_text(NETWORK.replace(old, new) if old else NETWORK, encoding="utf-8")
        return exercise("gradient-check-network").answer(path)

    return answer


def test_a_right_network_earns_all_points(network):
    found = network()
    assert (found.verdict, found.points) == ("right", 10)


def test_parameters_may_have_other_names_in_the_same_order(network):
    assert network(
        "(W, b, V, c, x, y):\n    h = np.tanh(W @ x + b)\n    r = V @ h + c - y\n    d",
        "(A, p, B, q, u, v):\n    W, b, V, c, x, y = A, p, B, q, u, v\n    h = np.tanh(W @ x + b)\n    r = V @ h + c - y\n    d",
    ).right


@pytest.mark.parametrize(
    ("old", "new", "argument"),
    [
        ("np.outer(d, x), d,", "np.outer(d, x), 2 * d,", "b"),
        ("(1 - h**2)", "(1 - (W @ x + b)**2)", "W"),
        ("np.outer(r, h), r\n", "np.outer(r, h), -r\n", "c"),
        ("np.outer(r, h), r\n", "np.outer(r, x[:1].repeat(len(h))), r\n", "V"),
    ],
)
def test_a_wrong_gradient_is_found_in_its_array(network, old, new, argument):
    found = network(old, new)
    assert found.verdict == "wrong" and 0 <= found.points < 10 and found.report.argument == argument
    assert found.hint is not None


def test_a_loss_that_is_another_function_is_told_by_its_ratio(network):
    found = network("r @ r / 2", "r @ r")
    assert (found.verdict, found.headline) == ("wrong", "loss is not f: it is 2 times f, at every point")
    assert network("+ c - y\n    return", "- y\n    return").headline.startswith("loss is not f: at ")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("def grad", "def gradd", "there is no function `grad`"),
        ("import numpy as np", "import nump as np", "my.py fails in line 1"),
        ("def loss", "deff loss", "my.py fails in line 3"),
    ],
)
def test_a_program_that_cannot_be_used_is_not_understood(network, old, new, says):
    found = network(old, new)
    assert found.verdict == "not understood" and says in found.headline


def test_a_loss_that_fails_is_said_with_its_shapes(network):
    found = network("r @ r / 2", "r @ W / 2")
    assert found.verdict == "wrong" and found.headline.startswith("loss fails: ") and "W: k×n = " in str(found)


@pytest.mark.parametrize("answer", ["nothing.py", "net.txt", None, 3, "x = 1", "\0.py"])
def test_what_is_no_program_is_not_understood(answer):
    assert exercise("gradient-check-network").answer(answer).verdict == "not understood"


def test_functions_may_be_given_as_they_are():
    def grad(X, w, b, y):
        r = X @ w + b - y
        return 2 / len(y) * X.T @ r, 2 / len(y) * np.sum(r)

    assert exercise("gradient-check-line").answer({"grad": grad}).right
    assert exercise("gradient-check-line").answer(lambda X, w, b, y: (X.T @ (X @ w + b - y), 0.0)).verdict == "wrong"


@pytest.mark.parametrize("name", ["gradient-check-line", "gradient-check-logistic", "gradient-check-network"])
def test_what_the_engine_derives_is_a_right_answer(name):
    question = exercise(name).stages[0].question
    assert question.judge(question.reference).verdict == "right"
    assert any(line.startswith("def ") for _, line, _ in question.solution.steps)
