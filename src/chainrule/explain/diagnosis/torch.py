"""A PyTorch module or function on a batch, read as a record: one forward and one backward pass, everything left as it was found.

Gradients come from `torch.autograd.grad`, so that no `.grad` changes; buffers (running statistics), the mode of every module and all
generators of random numbers are put back. A what-if runs on the same weights with some of them, or some operations,
exchanged for the time of the pass.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import contextmanager

import numpy as np
import torch

from ...core.errors import DeclarationError, TraceError, UnknownNameError, did_you_mean
from . import torch_values as statistics
from .asked import empty_batch, without_target
from .batch import leaves
from .changes import NotPossible, place_of
from .record import Change, Layer, Parameter, Reading
from .torch_changes import changed_run
from .torch_trace import MARK, Tape

TARGETS = ("target", "targets", "labels", "label", "y")  # the key of a dict that a loss compares with
REPEATED = 3  # uses from which on a matrix is one of a recurrence, whose eigenvalues matter


def read_module(model: Callable, loss=None, batch=None) -> Reading:
    """The record of one pass of `loss(model(x), y)`.

    Parameters
        model: an nn.Module, or a function of tensors.
        loss: function of (output, target), or of the output alone; the name of one ("mse", "cross_entropy"); None where the
            model returns the loss.
        batch: a tensor, a tuple (x, …, y), or a dict of keyword arguments; arrays of NumPy are converted.

    Raises
        TraceError: the user's own code fails, or what it returns is no loss.
        DeclarationError, UnknownNameError: loss or batch are not understood.
    """
    return Subject(model, loss, batch).read()


class Subject:
    """What is run: model, loss and batch, and how it is left as it was."""

    def __init__(self, model, loss, batch):
        self.model = getattr(model, "_orig_mod", model)  # of torch.compile, whose insides no hook sees
        self.is_module = isinstance(self.model, torch.nn.Module)
        self.loss = loss_called(loss) if isinstance(loss, str) else loss
        if self.loss is not None and not callable(self.loss):
            raise DeclarationError(
                "the loss is no function", given=f"loss={type(loss).__name__}", expected="a function of (output, target), or a name: 'mse'"
            )
        self.weights: dict[str, torch.Tensor] = {}
        self.args, self.kwargs, self.target = arranged(_tensors(batch, self._like()), self.loss)
        if any(0 in x.shape for x in _tensors_in((self.args, self.kwargs))):
            raise empty_batch()
        if isinstance(loss, str) and self.target is None:
            raise without_target(loss)

    def _like(self) -> torch.Tensor | None:
        return next(iter(self.model.parameters()), None) if self.is_module else None

    @property
    def batch_size(self) -> int | None:
        """The size of the axis of samples: the first of the first tensor that is given."""
        for x in _tensors_in((self.args, self.kwargs)):
            if x.dim():
                return x.shape[0] if x.shape[0] > 1 else None
        return None

    def value(self):
        """The loss, as the user's code computes it."""
        out = self.model(*self.args, **self.kwargs)
        if self.loss is not None:
            return self.loss(out) if self.target is None else self.loss(out, self.target)
        if not isinstance(out, torch.Tensor):
            found = out.get("loss") if isinstance(out, Mapping) else getattr(out, "loss", None)
            out = found if found is not None else out
        return out

    def parameter(self, name: str) -> torch.Tensor:
        found = self.weights.get(name)
        if found is None:
            raise NotPossible(name)
        return found

    def names(self) -> dict[int, str]:
        return {id(p): name for name, p in self.model.named_parameters()} if self.is_module else {}

    def read(self, changes: tuple[Change, ...] = ()) -> Reading:
        with preserved(self.model if self.is_module else None), torch.inference_mode(False), torch.enable_grad():
            return changed_run(self, changes, lambda hooks: self._pass(hooks, changes))

    def loss_alone(self, changes: tuple[Change, ...]) -> float:
        """The value of the loss only, with changes: is there influence?"""
        with preserved(self.model if self.is_module else None), torch.no_grad():
            return changed_run(self, changes, lambda hooks: float(_number(self._guarded(self.value))))

    def _guarded(self, run):
        try:
            return run()
        except Exception as error:
            raise failed(error, self.loss is None) from error

    def _pass(self, hooks: dict[str, Callable], changes) -> Reading:
        tape = Tape(self.names(), self.batch_size, hooks)
        for k, x in enumerate(_tensors_in((self.args, self.kwargs))):
            tape.inputs[id(x)] = "x" if k == 0 else f"x{k + 1}"
        for k, x in enumerate(_tensors_in((self.target,))):
            tape.inputs.setdefault(id(x), "target" if k == 0 else f"target{k + 1}")
        inputs = [
            Layer(name, "input", value=statistics.values_of(x, self.batch_size))
            for x, name in ((x, tape.inputs[id(x)]) for x in _tensors_in((self.args, self.kwargs, self.target)))
        ]
        tape.layers = list({layer.name: layer for layer in inputs}.values())

        def forward():
            with torch.enable_grad(), tape:
                if self.is_module:
                    with tape.inside(self.model):
                        return self.value()
                return self.value()

        loss = _number(self._guarded(forward))
        weights = {name: p for name, p in tape.weights.items()}
        if self.is_module:
            weights = {**{name: p for name, p in self.model.named_parameters()}, **weights}
        gradients = self._backward(loss, weights)
        return self._reading(tape, weights, gradients, loss, changes)

    def _backward(self, loss, weights: dict) -> dict:
        moving = {name: w for name, w in weights.items() if w.requires_grad}
        if not loss.requires_grad or not moving:
            return {}
        found = self._guarded(lambda: torch.autograd.grad(loss, list(moving.values()), allow_unused=True))
        return dict(zip(moving, found))

    def _reading(self, tape: Tape, weights, gradients, loss, changes) -> Reading:
        uses: dict[str, int] = {}
        for layer in tape.layers:
            for name in layer.parameters:
                uses[name] = uses.get(name, 0) + 1
        parameters = {}
        for name, w in weights.items():
            g = gradients.get(name)
            fan_out = w.shape[0] if w.dim() > 1 else 0
            parameters[name] = Parameter(
                name, statistics.values_of(w, None), None if g is None else statistics.values_of(g, None),
                alike=statistics.alike_of(w), radius=statistics.radius_of(w) if uses.get(name, 0) >= REPEATED else None,
                gradient_alike=None if g is None or g.is_sparse else statistics.alike_of(g), fan_in=w.numel() // fan_out if fan_out else 0, fan_out=fan_out, trained=w.requires_grad,
            )  # fmt: skip
        names = tape.renamed
        for layer in tape.layers:
            layer.inputs = tuple(names.get(n, n) for n in layer.inputs)
            layer.passed = {names.get(n, n): v for n, v in layer.passed.items()}
            layer.name = names.get(layer.name, layer.name)
        reading = Reading(tape.layers, parameters, float(loss.detach()), "torch", _precision(tape, loss))
        reading.strangers = tuple(tape.strangers) if self.is_module else ()
        self.weights = weights
        back = {new: old for old, new in names.items()}
        reading.rerun = lambda *more: self._again((*changes, *[c._replace(at=back.get(c.at, c.at)) for c in more]))
        return reading

    def _again(self, changes) -> Reading | None:
        try:
            if changes[-1].kind == "move":  # only the loss is asked for
                return Reading([], {}, self.loss_alone(changes), "torch")
            return self.read(changes)
        except (NotPossible, TraceError):
            return None


def _precision(tape: Tape, loss) -> str:
    if tape.half:
        return tape.half
    return str(loss.dtype).removeprefix("torch.")


def _number(loss) -> torch.Tensor:
    if not isinstance(loss, torch.Tensor):
        raise TraceError(
            "there is no loss", given=f"the model returns a value of type {type(loss).__name__}",
            expected="one number, as a tensor", fix="loss=: a function of (output, target), or a name such as 'mse'",
        )  # fmt: skip
    if loss.numel() != 1:
        raise TraceError(
            "the loss is one number", given=f"a tensor of shape {'×'.join(map(str, loss.shape))}", expected="one number",
            fix="loss=: a function of (output, target), or a name such as 'mse'; a mean over the batch",
        )  # fmt: skip
    return loss.reshape(())


def loss_called(name: str) -> Callable:
    """The loss of torch.nn.functional called so: "mse", "cross_entropy", "huber_loss".

    Raises
        UnknownNameError: there is none.
    """
    known = {
        n.removesuffix("_loss"): n for n in dir(torch.nn.functional) if n.endswith("_loss") or "cross_entropy" in n or n == "kl_div"
    }  # fmt: skip
    short = {"bce": "binary_cross_entropy", "bce_with_logits": "binary_cross_entropy_with_logits", "ce": "cross_entropy", "mae": "l1_loss"}
    found = known.get(name.removesuffix("_loss")) or short.get(name)
    if found is None:
        near = did_you_mean(name, [*known, *short])
        raise UnknownNameError(
            f"there is no loss `{name}`", given=f"loss={name!r}", expected="mse, cross_entropy, bce_with_logits, huber …, or a function",
            fix=f"did you mean `{near}`?" if near else None,
        )  # fmt: skip
    return getattr(torch.nn.functional, found)


def arranged(batch, loss) -> tuple[tuple, dict, object]:
    """(arguments, keyword arguments, target) of a batch, for a model with this loss, None where it returns the loss."""
    if batch is None:
        raise DeclarationError("there is nothing to run the model on", given="batch=None", expected="a tensor, (x, y), or a dict", fix="batch=(x, y)")
    if isinstance(batch, Mapping):
        if loss is None:
            return (), dict(batch), None
        key = next((k for k in TARGETS if k in batch), None)
        return (), {k: v for k, v in batch.items() if k != key}, batch.get(key)
    if not isinstance(batch, (tuple, list)):
        return (batch,), {}, None
    if loss is None or len(batch) == 1:
        return tuple(batch), {}, None
    *given, target = batch
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = given[0]
    if len(given) == 1 and isinstance(given[0], Mapping):
        return (), dict(given[0]), target
    return tuple(given), {}, target


def _tensors(batch, like):
    """The batch with arrays of NumPy as tensors, of the precision and on the device of the model."""
    if isinstance(batch, Mapping):
        return {k: _tensors(v, like) for k, v in batch.items()}
    if isinstance(batch, (tuple, list)):
        items = [_tensors(v, like) for v in batch]
        return type(batch)(*items) if hasattr(batch, "_fields") else type(batch)(items)
    if isinstance(batch, np.ndarray):
        found = torch.as_tensor(batch)
        if found.is_floating_point():
            found = found.to(like.dtype if like is not None and like.is_floating_point() else torch.get_default_dtype())
        return found.to(like.device) if like is not None else found
    return batch


def _tensors_in(batch) -> list:
    return [x for x in leaves(batch) if isinstance(x, torch.Tensor)]


def failed(error: Exception, alone: bool = False) -> Exception:
    """An error of the user's own code as one of ours that says where; ours stay as they are."""
    if isinstance(error, (TraceError, DeclarationError)):
        return error
    whole = "without loss= the whole batch goes to the model, which is to return the loss: loss='mse'"
    return TraceError(
        "the model does not run on this batch", given=f"{type(error).__name__}: {error}{place_of(error, 'torch')}",
        expected="a model, a loss and a batch that fit one another",
        fix=whole if alone and isinstance(error, TypeError) else "run loss(model(x), y) by itself: it fails in the same way",
    )  # fmt: skip


@contextmanager
def preserved(model):
    """Runs its block, then puts back buffers, modes and generators."""
    python, numpy, generator = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() and torch.cuda.is_initialized() else None
    modules = list(model.modules()) if model is not None else []
    modes = [module.training for module in modules]
    held = [(module, type(module), {n: x for n, x in vars(module).items() if n not in ("_parameters", "_buffers", "_modules")}) for module in modules]
    buffers = [(module, name, b, b.detach().clone()) for module in modules for name, b in module._buffers.items() if b is not None]
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(generator)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        for module, kind, was in held:  # a state that a forward pass keeps, counters
            if type(module) is not kind:
                continue  # a lazy one that knows its sizes now
            for name in [n for n in vars(module) if n not in was and n not in ("_parameters", "_buffers", "_modules")]:
                del vars(module)[name]
            vars(module).update(was)
        for module, mode in zip(modules, modes):
            module.training = mode
        with torch.no_grad():
            for module, name, buffer, was in buffers:
                module._buffers[name] = buffer
                vars(buffer).pop(MARK, None)  # written into, it was the result of a layer
                if not torch.equal(buffer, was):
                    buffer.copy_(was)
