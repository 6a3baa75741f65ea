"""How a person's claim is called, and which part of what it returns belongs to which argument.

Asking. A gradient, Jacobian or Hessian is called as the function is. A backward pass is `backward(*at, u)`; where its
parameters are the function's and one more, that one is the cotangent, wherever it stands. Also understood are a
pullback (`vjp(*at)` returns a function of u), and a method that remembers the last call of the function
(`backward(u)`, `grads()`): the function is called just before it.

Assigning. A dict or dataclass goes by name; a tuple as long as the arguments by position; one array belongs to the only
argument, or to the first of several, as in `jax.grad`. What is claimed of only some arguments is checked for those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...core.errors import DeclarationError
from ..subject import Misshapen
from .calling import Call, binds, called, numbers, required, signature_of
from .flat import raised
from .nested import beside, described, listed, opened, renamed

PLAIN, AFTER, PULLBACK, SEPARATE = "plain", "after", "pullback", "separate"


class Style(NamedTuple):
    """How a claim is called: `cotangent` is the name of the parameter for it, None where it comes last."""

    how: str
    cotangent: str | None = None
    by_name: bool = False


def style_of(mine, function, call: Call, takes: int = 0, outputs: int = 1) -> Style:
    """How `mine` is to be called: `takes` is how many things it takes on top of the function's arguments.

    Raises
        DeclarationError: no way fits its signature.
    """
    signature = signature_of(mine)
    if takes:
        return _of_backward(mine, signature, function, call, takes, outputs)
    if call.keywords:
        if binds(signature, (), dict(zip(call.names, call.values))):
            return Style(PLAIN, by_name=True)
        if set(required(signature)) - set(call.names) and binds(signature, call.values):
            order = [n for n in (signature_of(function).parameters) if n in call.names]
            if list(call.names) == order:
                return Style(PLAIN)
    elif binds(signature, call.values):
        _same_order(mine, signature, function, call)
        return Style(PLAIN)
    if binds(signature):
        return Style(AFTER)
    raise _cannot_be_called(mine, signature, call, "")


def _of_backward(mine, signature, function, call: Call, takes: int, outputs: int) -> Style:
    wants = required(signature)
    more = [n for n in wants if n not in call.names]
    if remembers(mine, function) and len(wants) == takes == 1:
        return Style(AFTER)
    if signature is not None and len(more) == 1 and set(call.names) <= set(signature.parameters) and takes == 1:
        if not any(p.kind is p.POSITIONAL_ONLY for p in signature.parameters.values()):
            return Style(PLAIN, more[0], True)
    if not call.keywords:
        if binds(signature, (*call.values, *[None] * takes)):
            return Style(PLAIN)
        if outputs > 1 and binds(signature, (*call.values, *[None] * outputs)):
            return Style(SEPARATE)
        if binds(signature, call.values) and len(call.values) != 1:
            return Style(PULLBACK)
    elif binds(signature, (), dict(zip(call.names, call.values))):
        return Style(PULLBACK, by_name=True)
    if binds(signature, (None,)):
        # of one argument it may be either, which shows when it is called
        return Style(AFTER if call.keywords or len(call.values) != 1 else PULLBACK)
    raise _cannot_be_called(mine, signature, call, ", u")


def remembers(mine, function) -> bool:
    """Whether both are methods of one object, which may remember what the function was called with."""
    owner = getattr(mine, "__self__", None)
    return owner is not None and owner is getattr(function, "__self__", None)


def asked(style: Style, mine, function, call: Call, values, more=()):
    """What the claim returns; `more` is empty, or (u,), or the tangents of a forward rule.

    Raises
        Failed: it raises an error.
    """
    try:
        with np.errstate(all="ignore"):
            if style.how == AFTER:
                call.of(function, values)
                return mine(*more)
            if style.how == PULLBACK:
                return _pulled_back(style, mine, call, values, more)
            if style.how == SEPARATE:
                return mine(*values, *opened(more[0]).children)
            if style.cotangent:
                return mine(**dict(zip(call.names, values)), **{style.cotangent: more[0]})
            if style.by_name:
                return mine(**dict(zip(call.names, values)))
            return mine(*values, *more)
    except (Exception, SystemExit) as error:
        raise raised("claim", called(mine), error) from error


def _pulled_back(style, mine, call, values, more):
    named = dict(zip(call.names, values))
    pullback = mine(**named) if style.by_name else mine(*values)
    if not callable(pullback):
        what = "a backward pass takes the cotangent as well, or returns a function of it"
        raise TypeError(f"{what}; this one returned {described(pullback)}")
    return pullback(*more)


def _same_order(mine, signature, function, call: Call):
    """Refuses a claim that takes the function's parameters in another order: by position they would be mixed up."""
    theirs = list(signature.parameters)[: len(call.names)] if signature else []
    if set(theirs) == set(call.names) and theirs != list(call.names):
        raise DeclarationError(
            f"`{called(mine)}` takes the arguments in another order than `{called(function)}`",
            given=f"{called(mine)}({', '.join(theirs)})",
            expected=f"{called(function)}({', '.join(call.names)})",
            fix="the same order in both, or `at` as a dict, which is handed over by name",
        )


def _cannot_be_called(mine, signature, call: Call, more: str):
    if call.keywords:
        expected = f"{called(mine)}({', '.join(f'{n}=…' for n in call.names)}{more})"
    else:
        expected = f"{called(mine)}({', '.join(call.names)}{more})"
    return DeclarationError(
        f"`{called(mine)}` cannot be called like the function",
        given=f"{called(mine)}{signature}",
        expected=expected,
        fix="write it as a function of the same arguments" + (", then the cotangent u" if more else ""),
    )


# -------------------------------------------------------------------- which part belongs to which argument


def assigned(given, call: Call, moving: list[int], shapes: list, order=None, opener=opened) -> tuple[list, list[str]]:
    """(what is claimed of each argument, remarks): None for an argument of which nothing is claimed.

    Parameters
        given: what the claim returned.
        moving: the positions of the arguments that are checked.
        shapes: of what is claimed of each argument that is one array, else None.
        order: the order in which a tuple lists the arguments, where `call` goes by name.

    Raises
        Misshapen: the parts do not belong to the arguments.
    """
    count = len(call.names)
    whole = [None] * count
    if given is None:
        raise Misshapen(call.names[moving[0]], "None", _shape_or_words(shapes[moving[0]]))
    node = opener(given)
    if count > 1 and _belongs_to_first(given, node, call, moving, opener):
        whole[moving[0]] = given
        return whole, []
    named = renamed(dict(zip(node.keys, node.children)), call.names) if node is not None and node.by_key else {}
    if set(named) & set(call.names):
        return _by_name(named, call), []
    if len(moving) == 1 and _is_it(given, shapes[moving[0]], count):
        whole[moving[0]] = given[0] if _single(given, call.values[moving[0]]) else given
        return whole, []
    if node is not None and not node.by_key:
        return _by_position(given, node, call, moving, shapes, order)
    if node is not None:
        raise Misshapen(call.names[moving[0]], described(given), f"the keys {listed(call.names)}")
    return _one_array(given, call, moving, shapes)


def _belongs_to_first(given, node, call: Call, moving, opener) -> bool:
    """Whether a container is laid out as the first argument, not as all arguments: what `jax.grad` returns."""
    value = call.values[moving[0]]
    if node is None or opener(value) is None:
        return False
    count = len(node.children)
    return _fits(value, given, opener) and not (
        count == len(call.values)
        and not node.by_key
        and all(_fits(v, child, opener) for v, child in zip(call.values, node.children))
    )


def _fits(value, given, opener) -> bool:
    """Whether what is given has the structure of `value`, whatever the shapes of its arrays."""
    try:
        beside(value, given, "", _is_leaf(opener), opener)
    except (Misshapen, TypeError):
        return False
    return True


def _is_leaf(opener):
    def leaf(name, expected, given):
        if given is not None and opener(given) is not None and not numbers(given):
            raise Misshapen(name, "a container", "an array")

    return leaf


def _is_it(given, shape, count: int) -> bool:
    """Whether all that is given belongs to the single argument that is checked: certainly where there is no other."""
    if count == 1 or not isinstance(given, (tuple, list)):
        return True
    return numbers(given) and shape is not None and np.shape(given) == tuple(shape)


def _single(given, value) -> bool:
    """Whether a tuple of one stands for what is in it, as torch.autograd.grad returns it."""
    return isinstance(given, tuple) and len(given) == 1 and opened(value) is None and np.shape(given) != np.shape(value)


def _by_name(found: Mapping, call: Call) -> list:
    for key in found:
        if key not in call.names:
            raise Misshapen(str(key), "a claim for it", f"only arguments of the function: {listed(call.names)}")
    return [found.get(name) for name in call.names]


def _by_position(given, node, call: Call, moving, shapes, order):
    parts, count = list(node.children), len(call.names)
    whole = [None] * count
    names = list(call.names)
    if order is not None and order != names and len(parts) > 1:
        wanted = f"a dict with the keys {listed(names)}, because `at` is one in another order"
        raise Misshapen(names[0], described(given), wanted)
    if len(parts) == count:
        return parts, []
    if len(parts) == len(moving):
        for i, part in zip(moving, parts):
            whole[i] = part
        return whole, []
    fits = _in_order(parts, moving, shapes)
    if fits is None:
        wanted = f"one part for each of {listed([names[i] for i in moving])}"
        raise Misshapen(names[moving[0]], described(given), wanted)
    for i, part in zip(fits, parts):
        whole[i] = part
    taken = ", ".join(names[i] for i in fits)
    return whole, [f"yours returns {len(parts)} arrays: taken, by their shapes, as those of {taken}"]


def _in_order(parts, moving, shapes) -> list[int] | None:
    """The one way to lay fewer parts beside the arguments, in their order, by shape; None where there is no one."""
    ways = [[]]
    for part in parts:
        shape = np.shape(part) if opened(part) is None else None
        fitting = [i for i in moving if shape is not None and shapes[i] == shape]
        ways = [[*way, i] for way in ways for i in fitting if not way or i > way[-1]]
        if len(ways) > 100:
            return None
    return ways[0] if len(ways) == 1 else None


def _one_array(given, call: Call, moving, shapes):
    """One array for several arguments: the first one's, unless its shape can only be that of another."""
    whole, shape, first = [None] * len(call.names), np.shape(given), moving[0]
    others = [i for i in moving if shapes[i] == shape]
    own = shapes[first]
    related = own is not None and (own in (shape, shape[1:], shape[::-1]) or np.prod(shape) == np.prod(own))
    chosen = others[0] if len(others) == 1 and not related else first
    whole[chosen] = given
    remark = f"yours returns one array: taken as the derivative in {call.names[chosen]}"
    return whole, [remark] if len(moving) > 1 else []


def _shape_or_words(shape):
    return shape if shape is not None else "arrays like the argument's"
