"""What is wrong with a network: the layer and the cause, named, from one forward and one backward pass.

    reader (formula, torch, jax)  →  record.Reading  →  findings  →  what_if (runs again)  →  Diagnosis
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from ...core.errors import DeclarationError, did_you_mean
from ...core.lazy import lazy
from .asked import formula_asked
from .batch import leaves
from .diagnosis import Diagnosis
from .finding import Finding
from .findings import findings_of
from .record import Reading
from .what_if import what_ifs

torch_reader = lazy(__package__, ".torch")
jax_reader = lazy(__package__, ".jax")
formula_reader = lazy(__package__, ".formula")

FORMULA = ("wrt", "at", "data", "declare", "sizes", "seed", "input", "dialect")

__all__ = ["Diagnosis", "Finding", "Reading", "diagnose", "diagnosed"]


def diagnose(function, loss=None, batch=None, params=None, *, try_changes: bool = True, **more) -> Diagnosis:
    """What is wrong with a network, and where: the layer and the cause named, from one forward and one backward pass on a real batch.

    Parameters
        function: an nn.Module or a function of PyTorch tensors; a JAX function of (params, *batch); a formula as text, layers as text
            ("dense 3, sigmoid, dense 1, mse", with `input=`), or a network of `cr.network`.
        loss: of (output, target), or a name, "mse", "cross_entropy"; None where the function gives the loss.
        batch: the data: a tensor, (x, y), a dict. Of a chain of layers how many samples are drawn.
        params: for JAX a pytree of arrays.
        try_changes: whether to run what-ifs against the first finding; each costs one more pass.
        more: for a formula what all explanations take: `wrt=` (what is learnt), `at=` (its values), `data=` (the others), `declare=`,
            `sizes=`, `seed=`; for a chain of layers `input=`, the numbers in a sample. What has no value is drawn.

    Returns
        A Diagnosis: `.healthy`, `.cause`, `.layer`, `.sentence`, `.findings`, `.what_ifs`, a table of layers, pictures.
        The model is left as it was: its mode, buffers, `.grad` and all generators of random numbers.

    Raises
        TraceError: the user's own code fails, or gives no loss.
        DeclarationError, UnknownNameError, ParseError, ShapeError: what was given is not understood.
        BackendError: a framework is not installed.
    """
    return diagnosed(_read(function, loss, batch, params, more), try_changes)


def diagnosed(reading: Reading, try_changes: bool = True) -> Diagnosis:
    """The diagnosis of a record."""
    findings = findings_of(reading)
    alarms = [f for f in findings if f.severity == "alarm"]
    tried = what_ifs(reading, alarms[0], findings_of) if alarms and try_changes else []
    return Diagnosis(reading, findings, tried)


def _read(function, loss, batch, params, more) -> Reading:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(function, torch.nn.Module):
        _nothing(more, "a module", ())
        return torch_reader.read_module(function, loss, batch)
    if callable(function) and not hasattr(function, "problem"):
        _nothing(more, "a function", ())
        if torch is not None and any(isinstance(x, torch.Tensor) for x in leaves((batch, params))):
            return torch_reader.read_module(function, loss, batch)
        if params is not None:
            return jax_reader.read_function(function, loss, batch, params)
        raise DeclarationError(
            "what is learnt?", given=f"a function {getattr(function, '__name__', '')} without parameters",
            expected="an nn.Module, a function of tensors, or a JAX function with params=", fix="cr.diagnose(loss, None, (x, y), params=params)",
        )  # fmt: skip
    return _of_formula(function, loss, batch, params, more)


def _of_formula(function, loss, batch, params, more) -> Reading:
    _nothing(more, "a formula", FORMULA)
    if loss is not None:
        raise DeclarationError(
            "a formula is its own loss", given=f"loss={loss!r}", expected="a formula whose value is one number", fix="'dense 3, sigmoid, dense 1, mse'"
        )
    if isinstance(batch, Mapping):  # values by name
        more, batch = {"data": batch, **more}, None
    if params is not None:
        more = {"at": params, **more}
    wrt, at, data = [more.pop(name, None) for name in ("wrt", "at", "data")]
    problem, names, values, notes = formula_asked(function, wrt, at, data, batch=batch, **more)
    reading = formula_reader.read_formula(problem, names, values)
    reading.notes += notes
    return reading


def _nothing(more: dict, what: str, known: tuple[str, ...]) -> None:
    for name in more:
        if name not in known:
            near = did_you_mean(name, ["loss", "batch", "params", *known])
            raise DeclarationError(
                f"diagnose takes no `{name}` for {what}", given=f"{name}=", expected=", ".join(["loss", "batch", "params", *known]),
                fix=f"did you mean `{near}=`?" if near else None,
            )  # fmt: skip
