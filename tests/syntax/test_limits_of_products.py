"""Products are bounded: more factors than anybody writes are refused at once."""

import pytest

from chainrule.core.errors import LimitError
from chainrule.syntax import read


def test_a_product_of_too_many_factors_is_refused():
    with pytest.raises(LimitError) as refused:
        read("A " * 6000 + "x")
    assert str(refused.value) == (
        "LimitError: a product has too many factors\n"
        "  given:    6,001 factors\n"
        "  expected: at most 5,000\n"
        "  fix:      name parts of it on lines of their own"
    )
