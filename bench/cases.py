"""The acceptance run: derive every case of the sample and compare with the textbook's derivative.

    make cases                                    both spellings of every case, a table per family
    make cases ARGS="--from plain --only trace"   one spelling, the cases whose id contains a word
    make cases ARGS="--verbose"                   every form that was found beside the textbook's

What the columns count: read (the text is understood), derived (a verified derivative was found), right (the compiled
callable and the form that is shown agree with the textbook at three points), matrix (the form is matrix notation,
Kronecker products included, where the result has order 2 or less), textbook (right, in matrix notation, and at most 1.25 times as large as the
textbook's form), wrong. The exit code is 1 if anything is wrong.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.sampling import points, run, textbook
from bench.size import size

import chainrule
from chainrule.syntax import read

HOME = Path(__file__).resolve().parents[1]
SHARED = HOME.parent / "shared" / "cases" / "derivatives.json"
KEPT = HOME / "tests" / "data" / "derivatives.json"  # a copy, so that the run needs nothing outside the repository
ALLOWED = {1: 1e-8, 2: 1e-6}  # relative error; second order loses digits to cancellation in the textbook's form too
RATIO = 1.25
SECONDS = 10  # after which a case is given up
SPELLINGS = {"plain": "math", "expr": "numpy", "body": "numpy"}
COLUMNS = ("read", "derived", "right", "matrix", "textbook", "wrong")


def cases() -> list[dict]:
    """The cases: those that CHAINRULE_CASES names, else the shared ones, else the copy in tests/data."""
    named = os.environ.get("CHAINRULE_CASES")
    file = Path(named) if named else SHARED if SHARED.exists() else KEPT
    return json.loads(file.read_text(encoding="utf-8"))


def declaration(case) -> str:
    """The variables of a case as a declaration: "X: m n, S: n n posdef, lam: scalar positive"."""
    return ", ".join(
        f"{name}: {' '.join([*map(str, dims or ['scalar']), *case['assume'].get(name, [])])}"
        for name, dims in case["vars"].items()
    )


def function(case, spelling) -> str:
    """The text of the case's function in one of its spellings."""
    return case[spelling].replace("return ", "") if spelling == "body" else case[spelling]


def judged(case, spelling="plain") -> dict:
    """What became of a case: a record with the COLUMNS, the form, its sizes, and why something failed."""
    record = {"id": case["id"], "family": case["family"], "spelling": spelling, **dict.fromkeys(COLUMNS, False)}
    record |= {"form": None, "text": None, "where": {}, "reason": None, "ratio": None, "error": None}
    started = time.perf_counter()
    try:
        with limit(SECONDS):
            judge(case, function(case, spelling), SPELLINGS[spelling], record)
    except chainrule.ChainruleError as error:
        record["wrong"] = isinstance(error, chainrule.UnverifiedError)
        record["reason"] = f"{'refused' if not record['wrong'] else 'unverified'}: {error}"
    except Exception as error:  # a crash is a finding of this run, to be listed with its case
        record["reason"] = f"crash: {type(error).__name__}: {error}"
    record["seconds"] = time.perf_counter() - started
    return record


def judge(case, text, dialect, record) -> None:
    """Fills in the record of a case."""
    declare = declaration(case)
    read(text, declare, dialect)
    record["read"] = True
    found = chainrule.derive(text, case["wrt"], order=case["order"], declare=declare, dialect=dialect)
    record["derived"] = True
    record |= {"form": found.form, "text": found.text, "where": dict(found.where)}
    compiled = found.compile()
    worst, at = 0.0, None
    for point in points(case):
        expected = textbook(case, point)
        for name, value in (("compiled", compiled(**point)), ("shown", run(found.numpy, point))):
            error = difference(value, expected)
            if not error <= worst:
                worst, at = error, name
    record["error"] = worst
    record["right"] = worst <= ALLOWED[case["order"]]
    record["wrong"] = not record["right"]
    if record["wrong"]:
        record["reason"] = f"wrong: the {at} form is off by a relative {worst:.1e}"
    record["matrix"] = found.form in ("matrix", "kronecker") or len(found.shape) > 2
    mine, theirs = size(found.numpy), size(case["expected"], case["where"])
    record |= {"size": mine, "textbook_size": theirs, "ratio": mine / theirs}
    record["textbook"] = record["right"] and record["matrix"] and record["ratio"] <= RATIO
    if record["right"] and not record["textbook"]:
        record["reason"] = f"{found.form} form" if not record["matrix"] else f"size {mine}, textbook {theirs}"


def difference(value, expected) -> float:
    """The relative error, in the maximum norm; infinite where the shapes differ or a value is missing."""
    value = np.asarray(value)
    if value.shape != expected.shape or not np.all(np.isfinite(value)):
        return float("inf")
    return float(np.max(np.abs(value - expected)) / max(np.max(np.abs(expected)), np.finfo(float).tiny))


class limit:
    """Ends what runs inside with TimeoutError after some seconds, where the system has alarms."""

    def __init__(self, seconds):
        self.seconds = seconds if hasattr(signal, "setitimer") else None

    def __enter__(self):
        if self.seconds:
            self.before = signal.signal(signal.SIGALRM, self.ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)

    def ring(self, *_):
        raise TimeoutError(f"took longer than {self.seconds} s")


def counted(records, column) -> int:
    return sum(bool(record[column]) for record in records)


def table(records) -> str:
    """A line per family: how many cases, how many of them read, derived …, and how large the forms are."""
    families = list(dict.fromkeys(record["family"] for record in records))
    head = f"{'family':<18}{'cases':>6}" + "".join(f"{name:>10}" for name in COLUMNS) + f"{'size':>8}{'book':>8}{'ratio':>7}"
    lines = [head, "-" * len(head)]
    for family in [*families, "all"]:
        chosen = [record for record in records if family in (record["family"], "all")]
        sized = [record for record in chosen if record["ratio"]]
        mine, book = (sum(record[key] for record in sized) for key in ("size", "textbook_size"))
        ratio = f"{statistics.median(record['ratio'] for record in sized):.2f}" if sized else "-"
        numbers = "".join(f"{counted(chosen, column):>10}" for column in COLUMNS)
        lines += ["-" * len(head)] if family == "all" else []
        lines.append(f"{family:<18}{len(chosen):>6}{numbers}{mine:>8}{book:>8}{ratio:>7}")
    return "\n".join(lines)


def shown(record, case) -> str:
    """A case's form beside the textbook's."""
    mark = "✓" if record["textbook"] else "≈" if record["right"] else "✗" if record["wrong"] else "–"
    where = "; ".join(f"{name} = {text}" for name, text in record["where"].items())
    sizes = f"{record['size']} : {record['textbook_size']}" if record["ratio"] else ""
    lines = [f"{mark} {record['id']}   {function(case, record['spelling'])!r} in {case['wrt']}"]
    lines += [f"    found     {record['text']}" + (f"   where {where}" if where else "") + f"   [{record['form']}, {sizes}]"]
    lines += [f"    textbook  {case['expected']}" + (f"   where {case['where']!r}" if case["where"] else "")]
    return "\n".join(lines + [f"    {record['reason']}"] * bool(record["reason"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="spelling", choices=SPELLINGS, help="one spelling (default: plain, then expr)")
    parser.add_argument("--only", default="", metavar="WORD", help="the cases whose id contains this")
    parser.add_argument("--verbose", action="store_true", help="every form beside the textbook's")
    parser.add_argument("--json", action="store_true", help="the records, for programs")
    options = parser.parse_args()
    every = []
    for spelling in [options.spelling] if options.spelling else ["plain", "expr"]:
        chosen = [case for case in cases() if options.only in case["id"] and case[spelling]]
        records = [judged(case, spelling) for case in chosen]
        every += records
        if not options.json:
            report(records, chosen, spelling, options.verbose)
    if options.json:
        print(json.dumps(every, ensure_ascii=False, indent=1))
    return 1 if counted(every, "wrong") else 0


def report(records, chosen, spelling, verbose) -> None:
    """Prints what became of the cases."""
    print(f"\n{len(records)} cases, read from `{spelling}`, in {sum(record['seconds'] for record in records):.1f} s\n")
    if verbose:
        print("\n".join(shown(record, case) for record, case in zip(records, chosen, strict=True)) + "\n")
    print(table(records))
    failures = [record for record in records if record["reason"]]
    if failures and not verbose:
        print("\nnot in the textbook's form, or not right:")
        for record in failures:
            first, *rest = record["reason"].split("\n")
            print(f"  {record['id']:<32}{first}" + (f"  [{rest[0].strip()}]" if rest else ""))


if __name__ == "__main__":
    sys.exit(main())
