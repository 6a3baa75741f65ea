"""Repair search: which one small change of the claim's own source makes it right?

The claim is run with each edit in turn, at the point of the check; an edit after which it is right there has to make it right at
all fresh points as well. It costs calls of the claim only: the true derivatives are known. Of several such edits the simplest is
told. The person's functions are as they were afterwards.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from time import process_time
from types import CodeType

import numpy as np

from .edit import Edit
from .edit_places import ACTIVATIONS, is_activation
from .edits import edits
from .evidence import Block, Evidence, Found, near
from .scope import Scope, ask, direction
from .source import Source
from ..subjects.chance import held

# of this process, so that a busy machine finds the same: for a search, and for one whose claim is so slow that fewer than FEWEST
# edits were tried
SECONDS, LONGEST = 2.0, 3.0
FEWEST = 300
MOST = 1500  # edits
SAME_VALUE = 1e-12


def repaired(evidence: Evidence, scope: Scope, expected: str | None = None, patient: bool = True) -> Found | None:
    """The simplest edit that makes the claim right.

    Parameters
        expected: the cause that the numbers speak for; edits that undo it are tried first.
        patient: whether a slow claim is given more time: not where the cause is known and only its line is looked for.
    """
    sources = searched(evidence, scope)
    tries = []
    for rank, (source, shared) in enumerate(sources):
        values = scope.locals_of(source.function)
        for edit in edits(source.node, values, source.function.__globals__):
            likely = 0 if edit.cause == expected else 0.4
            likely -= (
                1.5 if shared and edit.cause == "function" and is_autograd(evidence.subject) else 0
            )  # a cut, renamed
            tries.append((edit.cost + likely + 0.3 * shared + 0.01 * rank, len(tries), source, shared, edit))
    tries.sort(key=lambda t: t[:2])
    wrong = [block for block in evidence.blocks if block.is_wrong()]
    targets = Targets(evidence)
    began, partial = process_time(), None
    with quiet(compiled_before(evidence, sources)), kept(sources) as unchanged:
        for k, (_, _, source, shared, edit) in enumerate(tries[:MOST]):
            if process_time() - began > (LONGEST if patient and k < FEWEST else SECONDS):
                break
            with edit.made():
                code = source.compiled()
            if code is None:
                continue
            with until(began + LONGEST + SECONDS):
                mended = tried(targets, source, code, shared, wrong)
            if not unchanged():
                continue
            if mended and len(mended) == len(wrong):
                return told(source, edit, wrong, mended, scope, shared)
            if mended and partial is None:
                partial = (source, edit, mended, shared)
    return told(*partial[:2], wrong, partial[2], scope, partial[3]) if partial else None


def searched(evidence: Evidence, scope: Scope) -> list[tuple[Source, bool]]:
    """The person's functions that the claim runs through, and whether the function itself runs through them as well."""
    claim, value = scope.functions()
    inner = {const for f in claim for const in f.__code__.co_consts if isinstance(const, CodeType)}
    ours = {id(f) for f in value}
    sources = []
    for f in claim:
        if f.__code__ not in inner:
            source = Source.of(f)
            if source is not None:
                sources.append((source, id(f) in ours))
    own = [pair for pair in sources if not pair[1]]
    if evidence.subject.claims_are == "code" and own:
        return own  # what computes the function itself is right by definition
    return own + [pair for pair in sources if pair[1]]


LEAVES = re.compile(
    r"\.(detach|numpy|item|tolist|data)\b|\bno_grad\b|\bstop_gradient\b|\b(float|int)\(|\b(tensor|as_tensor|from_numpy|pure_callback)\("
)
HOOKS = re.compile(r"register_hook|register_full_backward_hook|\.grad\b|custom_(vjp|jvp|gradient)|autograd\.Function")


def leaving(scope: Scope) -> tuple[int, str, str] | None:
    """The one line of the person's functions at which a program leaves its framework: its number, place and text.

    None where there are several, or where hooks and rules of the person's own may be what changes the derivative.
    """
    found = []
    for function in scope.functions()[0]:
        source = Source.of(function)
        if source is not None:
            for number in range(source.node.lineno, (source.node.end_lineno or 0) + 1):
                line = source.line(number).partition("#")[0]
                if HOOKS.search(line):
                    return None
                if LEAVES.search(line):
                    found.append((number, source.place, line.strip()))
    return found[0] if len(found) == 1 else None


class Targets:
    """What a claim has to be, at each point: for one random cotangent, argument by argument."""

    def __init__(self, evidence: Evidence):
        self.evidence, self.subject = evidence, evidence.subject
        self.forwards = self.subject.kind == "jvp"
        self.u = evidence.cotangent()

    def right(self, k: int) -> set[str] | None:
        """The arguments in which the claim is right at point k, None where it cannot be asked."""
        evidence = self.evidence
        point = evidence.points[k]
        try:
            given = ask(self.subject, point.x, self.u)
        except Exception:  # a changed program may fail in any way
            return None
        if self.subject.mutated:  # it writes into what it was given: no repair
            self.subject.mutated.clear()
            return None
        if self.forwards:
            v = direction(self.subject.x.size)
            if evidence.columns is not None:
                return None
            tol = sum(block.pair(point).tol @ np.abs(v[block.span]) for block in evidence.blocks)
            held = given if evidence.rows is None else given[evidence.rows]
            return {block.name for block in evidence.blocks} if near(held, point.true @ v, tol).all() else set()
        found = set()
        for block in evidence.blocks:
            pair = block.pair(point)
            mine = given[block.span][block.places].reshape(pair.t.shape)
            if near(mine, pair.t, pair.tl).all():
                found.add(block.name)
        if found and not evidence.is_right_beyond(k, given):
            return set()  # right in the entries that are looked at, and not in all
        return found

    def value_is_kept(self) -> bool:
        """Whether f still has its value at the points: an edit of what it shares with the claim must not change it."""
        try:
            for point, value in zip(self.evidence.points, self.values):
                now = self.subject.value(point.x.copy())
                if not np.allclose(now, value, rtol=SAME_VALUE, atol=0):
                    return False
        except Exception:  # as above
            return False
        return True

    @property
    def values(self) -> list[np.ndarray]:
        if not hasattr(self, "_values"):
            self._values = [self.subject.value(point.x.copy()) for point in self.evidence.points]
        return self._values


def tried(targets: Targets, source: Source, code: CodeType, shared: bool, wrong: list[Block]) -> set[str]:
    """The wrong arguments that the edit mends at all points, if it leaves all others right."""
    names = {block.name for block in wrong}
    others = {block.name for block in targets.evidence.blocks} - names
    if shared:
        targets.values  # before the edit is made
    with source.in_place(code):
        mended = names
        for k in range(len(targets.evidence.points)):
            right = targets.right(k)
            if right is None or not others <= right:
                return set()
            mended = mended & right
            if not mended:
                return set()
        if shared and not targets.value_is_kept():
            return set()
    return mended


def told(source: Source, edit: Edit, wrong: list[Block], mended: set[str], scope: Scope, shared: bool) -> Found:
    cause, slip = edit.cause, edit.slip
    if shared and cause in ("function", "variable") and is_autograd(scope.evidence.subject):
        # the function keeps its values, and its derivative does not: that is what a cut does
        cause, slip = "detached", f"a part is cut off from differentiation: {slip}"
    if edit.swap and cause in ("variable", "function") and takes_activation(source, scope, *edit.swap):
        cause, slip = (
            "activation-point",
            f"f′ is taken at the activation where the pre-activation belongs, or the reverse: {slip}",
        )
    if cause in ("factor", "chain-factor") and is_factor_of(edit, cotangents(source, scope.evidence.subject)):
        cause, slip = "cotangent", f"the gradient from above, `{ast.unparse(edit.new.right)}`, is not used"
    if edit.swap and cause == "factor" and len(set(scope.scalars.get(edit.swap[1], [0]))) > 1:
        cause = "chain-factor"  # it depends on the point: no constant
    if isinstance(edit.new, list):
        line = source.line(edit.old.lineno)
        change = (
            f"`{line}`, with `{edit.swap[1]}` for `{edit.swap[0]}` everywhere" if edit.swap else f"move `{line}` down"
        )
    else:
        change = source.change(edit.old, edit.new, edit.statement)
    names = [block.name for block in wrong if block.name in mended]
    clause = slip if len(names) == len(wrong) else f"{slip} (of `{names[0]}`; the others differ in another way)"
    argument = names[0] if len(wrong) == 1 or len(names) < len(wrong) else None
    return Found(cause, clause, None, edit.old.lineno, source.place, change, argument)


def is_factor_of(edit: Edit, names: set[str]) -> bool:
    """Whether the edit puts in one of these variables as a factor."""
    new = edit.new
    return (
        isinstance(new, ast.BinOp) and isinstance(new.op, ast.Mult) and new.left is edit.old
        and isinstance(new.right, ast.Name) and new.right.id in names
    )  # fmt: skip


def cotangents(source: Source, subject) -> set[str]:
    """The parameters of a backward pass in which the gradient arrives from above."""
    function = source.function
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    if function.__name__ == "backward" and names[:1] == ("ctx",):
        return set(names[1:])
    if subject.framework == "jax" and subject.custom and len(names) == 2:
        return {names[-1]}
    return set(names[-1:]) if subject.kind == "vjp" and function is subject.call_claim else set()


def is_autograd(subject) -> bool:
    """Whether the derivative is the framework's own throughout."""
    return subject.claims_are == "autograd" and not subject.custom


def takes_activation(source: Source, scope: Scope, before: str, after: str) -> bool:
    """Whether what is exchanged are z and a = f(z), or f(a) and a: f applied once more to what is its value."""
    values = scope.locals_of(source.function)
    if before in values:
        return is_activation(values, before, after)
    for series in scope.arrays.values():
        if after in values and series[0].shape == values[after].shape and series[0].size > 1:
            if any(np.allclose(f(series[0]), values[after], rtol=1e-4, atol=1e-6) for f in ACTIVATIONS):
                return True
    return is_made_by(source, before, after) or is_applied_again(source, before)


def is_made_by(source: Source, call: str, name: str) -> bool:
    """Whether a variable is the value of the function that is applied to it once more: a = f(z), then f(a)."""
    word = call.partition("(")[0].rpartition(".")[2]
    for node in ast.walk(source.node):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.targets[0]) == name:
            return ast.unparse(node.value.func).rpartition(".")[2] == word
    return False


def is_applied_again(source: Source, word: str) -> bool:
    """Whether h = f(z) and then f(h): the f′ that is written with f is taken at f(z)."""
    made = {
        ast.unparse(node.targets[0])
        for node in ast.walk(source.node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) == word
    }
    return any(
        isinstance(node, ast.Call) and called(node) == word and node.args and ast.unparse(node.args[0]) in made
        for node in ast.walk(source.node)
    )


def called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def compiled_before(evidence: Evidence, sources: list) -> bool:
    """Whether jax.jit is on the way, whose compiled programs would not see a change of the source."""
    subject = evidence.subject
    seen = [subject.call_f, subject.call_claim]
    for source, _ in sources:
        scope = source.function.__globals__
        seen += [scope[name] for name in source.function.__code__.co_names if name in scope]
    return any(type(value).__name__ == "PjitFunction" for value in seen)


@contextlib.contextmanager
def kept(sources: list[tuple[Source, bool]]) -> Iterator[Callable[[], bool]]:
    """No change of the source may write into the person's own arrays: those of NumPy cannot be written to for so long, and
    tensors are put back by the function that this gives, which says whether they were as before.
    """
    found = {id(value): value for source, _ in sources for _, value in held(source.function)}.values()
    arrays = [value for value in found if isinstance(value, np.ndarray) and value.flags.writeable]
    torch = sys.modules.get("torch")
    tensors = [(t, t._version, t.detach().clone()) for t in found if torch is not None and isinstance(t, torch.Tensor)]

    def unchanged() -> bool:
        changed = [k for k, (tensor, version, _) in enumerate(tensors) if tensor._version != version]
        for k in changed:
            tensor, _, before = tensors[k]
            tensor.data.copy_(before)
            tensors[k] = (tensor, tensor._version, before)
        return not changed

    for array in arrays:
        array.flags.writeable = False
    try:
        yield unchanged
    finally:
        for array in reversed(arrays):
            array.flags.writeable = True


@contextlib.contextmanager
def until(moment: float):
    """Ends what runs in Python when the moment has come: a changed program may iterate without end. It fails, then, as any other."""

    def late(frame, event, arg):
        if process_time() > moment:
            raise TimeoutError

    before = sys.getprofile()
    sys.setprofile(late)
    try:
        yield
    finally:
        sys.setprofile(before if callable(before) else None)


@contextlib.contextmanager
def quiet(jitted: bool):
    """Without what the person's code prints and warns of, and without programs that were compiled before the change."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        if jitted:
            stack.enter_context(sys.modules["jax"].disable_jit())
        yield
