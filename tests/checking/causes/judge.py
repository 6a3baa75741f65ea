"""A wrong claim, and what may be said of why it is wrong."""

from typing import NamedTuple

from chainrule.checking.code import check_code


class Item(NamedTuple):
    """`causes`: the words that are right (several where two describe one mistake); `says`: what the report must contain."""

    function: object
    claim: object
    at: object
    causes: tuple
    says: str = ""
    options: dict = {}


def judged(item: Item):
    report = check_code(item.function, item.claim, item.at, **item.options)
    assert report.verdict == "wrong", str(report)
    assert report.cause in item.causes, f"{report.cause}\n{report}"
    assert item.says in str(report).replace("\n", " "), str(report)
    return report
