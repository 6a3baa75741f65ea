"""Functions and modules of PyTorch: the claim is the framework's backward pass, or a function that the person wrote.

A module is a function of its inputs and its parameters; its buffers are handed over as copies, so that running
statistics stay as they are. Every call gets new tensors; the person's own keep their values, flags and `.grad`.

Of order 2 the function is the gradient, and the claim is its backward pass. The gradient is that of the function where
it is one number, else (and for an autograd Function given by itself) that of Σ cᵢyᵢ + ½yᵢ² of its values y: the
cotangent that reaches the backward pass then depends on the arguments, as it does inside a network.
"""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager

import numpy as np

from ...core.errors import DeclarationError, check_choice
from ..subject import KINDS, Argument, Failed, Misshapen
from .calling import Call, arranged, called, required, signature_of
from .chance import held
from .flat import raised
from .nested import Opened, opened, spread
from .written import ROUNDING, WIDER, Written

SWAPPED = ("_parameters", "_buffers", "_flat_weights")  # where a module keeps them
COTANGENT = "the cotangent"
IN_PLACE = "modified by an inplace operation"
WRONG_SHAPE = re.compile(r"gradient at index (\d+) - got \[([\d, ]*)\] but expected shape \w+ with \[([\d, ]*)\]")


class TorchSubject(Written):
    """A function of tensors, an `nn.Module`, or an `autograd.Function`."""

    framework = "torch"
    EPS = ROUNDING
    WIDER = WIDER

    def __init__(self, function, mine, at, *, kind=None, order=1, wrt=None, sample=None):
        import torch

        self.torch = torch
        self._swaps = []  # (module, its new parameters): filled when arguments are put together
        self._module = function if isinstance(function, torch.nn.Module) else None
        self._rule = _function_class(torch, function)
        runs = _runnable(function, self._rule)
        at = () if at is None else self._as_tensors(at)
        if self._module is not None and mine is not None:
            raise DeclarationError(
                f"a module is checked by its own backward pass, and `{called(mine)}` was given as well",
                given=f"{type(function).__name__}, and a function as its gradient",
                expected="a module alone, or a function of tensors with its gradient",
                fix="cr.check(module, at=x), or a function of the weights: cr.check(f, grad, at=(W, b))",
            )
        tensors = [v for v in spread(at).leaves if isinstance(v, torch.Tensor)]
        self._flagged = any(v.requires_grad for v in tensors)  # then only tensors that require a gradient are checked
        super().__init__(runs, at, order=order, wrt=wrt, sample=sample, also=(mine,))
        self._held = [v for _, v in held(function) if isinstance(v, (torch.Tensor, torch.nn.Module))]
        if self._module is not None:
            self.call_f = function.forward
        if self._rule is not None:
            self.call_f = self._rule.forward
        if kind == "hessian" and mine is None:
            kind, self.order = None, 2
        self._is_written = mine is not None
        if mine is not None:
            self._take_claim(mine, kind)
        else:
            self._take_backward(kind)

    def _as_tensors(self, at):
        """`at` with its NumPy arrays as tensors; for a module those of floats are of the type of its parameters."""
        own = next((p.dtype for p in self._module.parameters()), None) if self._module is not None else None

        def made(leaf):
            if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fiub":
                return leaf
            tensor = self.torch.from_numpy(np.array(leaf))
            return tensor.to(own) if own is not None and tensor.is_floating_point() else tensor

        parts = spread(at)
        return parts.rebuild([made(leaf) for leaf in parts.leaves])

    def _arranged(self, at) -> Call:
        lacking = required(signature_of(self._f)) if isinstance(at, tuple) and not at else []
        if lacking:
            raise DeclarationError(
                f"there is no point to check `{called(self._f)}` at",
                given="no `at`",
                expected=f"a tensor for each of {', '.join(lacking)}",
                fix=f"at=({', '.join(['torch.randn(…)'] * len(lacking))})" if lacking[1:] else "at=torch.randn(…)",
            )
        call = arranged(self._f, at)
        if self._module is None:
            return call
        return _WithModule(("", *call.names), (self._module, *call.values), call.keywords)

    # ---------------------------------------------------------------- leaves

    def opener(self, value):
        torch = self.torch
        if isinstance(value, torch.nn.Module):
            named = dict(value.named_parameters())
            suffixes = tuple(f".{n}" for n in named)
            return Opened(tuple(named), suffixes, tuple(named.values()), True, self._swapping(value, named))
        return None if isinstance(value, torch.Size) else opened(value)

    def _swapping(self, module, named):
        def rebuild(children):
            self._swaps.append((module, {id(old): new for old, new in zip(named.values(), children)}))
            return module

        return rebuild

    def _type(self, leaf):
        if isinstance(leaf, self.torch.Tensor) and leaf.dtype.is_floating_point:
            return str(leaf.dtype).removeprefix("torch.")
        return None

    def _value_type(self, leaf):
        return "float64" if isinstance(leaf, float) else self._type(leaf)

    def _complex(self, leaf):
        return isinstance(leaf, complex) or isinstance(leaf, self.torch.Tensor) and leaf.dtype.is_complex

    def _whole(self, leaf):
        if isinstance(leaf, self.torch.Tensor) and not leaf.dtype.is_floating_point and leaf.dtype != self.torch.bool:
            return leaf.double()
        if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
            return self.torch.tensor(float(leaf), dtype=self.torch.float64)
        return None

    def _fixed(self, leaf):
        frozen = isinstance(leaf, self.torch.nn.Parameter) or self._flagged
        return frozen and not leaf.requires_grad

    def _numbers(self, leaf):
        if not isinstance(leaf, self.torch.Tensor):
            return np.array([float(leaf)])
        leaf = leaf.detach()
        leaf = leaf.to_dense() if leaf.layout != self.torch.strided else leaf
        return leaf.to("cpu", self.torch.float64).numpy().reshape(-1).copy()

    def _made(self, numbers, like, width):
        torch = self.torch
        if not isinstance(like, torch.Tensor):
            return torch.tensor(float(numbers[0]), dtype=torch.float64)
        dtype = getattr(torch, width) if width else like.dtype
        with torch.no_grad():
            made = torch.empty_like(like, dtype=dtype, requires_grad=False)
            made.copy_(torch.from_numpy(np.array(numbers, dtype=float)).reshape(like.shape))
        return made

    def _copied(self, leaf):
        return leaf.detach().clone() if isinstance(leaf, self.torch.Tensor) else leaf

    def _plain(self, part):
        if isinstance(part, self.torch.Tensor):
            if part.dtype.is_complex:
                return part.detach().cpu().numpy()
            return self._numbers(part).reshape(tuple(part.shape))
        return part

    def _note_changes(self, leaves, x):
        flat = {i: x[span] for (_, span), i in zip(self.spans(), self._moving)}
        for i, now in enumerate(leaves):
            if isinstance(now, self.torch.Tensor) and not self._complex(now):
                before = self._made(flat[i], self._leaves[i], self._type(now)) if i in flat else self._leaves[i]
                now = now.detach()
                same = now.shape == before.shape and self.torch.allclose(
                    now.double(), before.detach().double(), rtol=0, atol=0, equal_nan=True
                )
                if not same and self._names[i] not in self.mutated:
                    self.mutated.append(self._names[i])
        self.mutated.sort(key=COTANGENT.__eq__)  # arguments first

    # ---------------------------------------------------------------- calls

    def _run(self, leaves):
        """The function, with gradients recorded, on tensors that may be changed in place."""
        torch, self._swaps = self.torch, []
        values = self._values(leaves)
        self._wide = wide = any(self._type(leaf) not in (None, t) for leaf, t in zip(leaves, self._types))
        if self._seeded:
            self._chance.reseed()
        self.calls += 1
        try:
            with torch.enable_grad(), self._in_place_of(wide), np.errstate(all="ignore"):
                return self._call.of(self._f, values)
        except (Exception, SystemExit) as error:
            raise raised("function", self.name, error) from error

    def _variables(self, leaves):
        """(leaves of the graph for the arguments that are checked, all leaves to be handed over)."""
        roots, handed = [], list(leaves)
        for i in self._moving:
            root = leaves[i].requires_grad_()
            handed[i] = root.clone()  # not a leaf of the graph: what writes into it is seen, not refused
            handed[i].retain_grad()
            for hook in (getattr(self._leaves[i], "_backward_hooks", None) or {}).values():
                handed[i].register_hook(hook)  # part of the person's backward pass
            roots.append(root)
        return roots, handed

    def _evaluated(self, x, width):
        if self.order == 2:
            return self._gradient(x, width)[1]
        _, handed = self._variables(self._built(x, width))
        found, _ = self._outputs(self._run(handed))
        found = [leaf.detach() if isinstance(leaf, self.torch.Tensor) else leaf for leaf in found]
        self._note_changes(handed, x)
        return found

    @contextmanager
    def _in_place_of(self, wide: bool):
        """The modules with their new parameters and copies of their buffers; in a wider type all that is held, too."""
        torch = self.torch
        modules = {id(m): m for root, _ in self._swaps for m in root.modules()}
        modules |= {id(m): m for root in self._held if isinstance(root, torch.nn.Module) for m in root.modules()}
        new = {old: tensor for _, tensors in self._swaps for old, tensor in tensors.items()}
        before = [(m, dict(m.__dict__)) for m in modules.values()]
        held_tensors = self._narrow_tensors(modules.values(), new) if wide else []
        data, default = [t.data for t in held_tensors], torch.get_default_dtype()
        try:
            for tensor in held_tensors:
                tensor.data = tensor.data.double()
            if wide:
                torch.set_default_dtype(torch.float64)
            for module in modules.values():
                _put(module, new, wide)
            yield
        finally:
            torch.set_default_dtype(default)
            for tensor, own in zip(held_tensors, data):
                tensor.data = own
            for module, known in before:
                if wide:  # what it remembers of this call is of another type than its next call expects
                    module.__dict__.clear()
                    module.__dict__.update(known)
                else:
                    module.__dict__.update({k: known[k] for k in SWAPPED if k in known})

    def _narrow_tensors(self, modules, new):
        """The floating tensors narrower than float64 that are held, beside the new parameters."""
        torch = self.torch
        inside = [v for m in modules for v in (*m.__dict__.values(), *m._parameters.values())]
        found = {id(t): t for t in (*self._held, *inside) if isinstance(t, torch.Tensor) and id(t) not in new}
        return [t for t in found.values() if t.dtype.is_floating_point and t.dtype != torch.float64]

    # ---------------------------------------------------------------- the framework's backward pass

    def _take_backward(self, kind):
        if kind is not None:
            check_choice("kind", kind, KINDS)
        self.claims_are = "code" if self._rule is not None else "autograd"
        roots, handed = self._variables(self._built(self.x))
        result = self._run(handed)
        found, names = self._outputs(result)
        self._structure = [leaf.detach() if isinstance(leaf, self.torch.Tensor) else leaf for leaf in found]
        self._shape_outputs(self._structure, names)
        rules = _custom_rules(self.torch, found)
        self.custom = tuple(rule.__name__ for rule in rules)
        if rules:
            self.call_claim = rules[0].backward
        self.kind = "gradient" if sum(o.size for o in self.outputs) == 1 else "vjp"
        if kind == "jvp":
            self.kind = "jvp"
        elif kind == "gradient":
            self._check_outputs()
        if self.order == 2:
            self._to_second_order()
        elif self.kind != "jvp":
            self._note_unreached(roots, found)
        self.mutated.clear()

    def _note_unreached(self, roots, found):
        if any(isinstance(leaf, float) for leaf in found):
            self.remarks.append("the value is a Python number: `.item()` or `float()` cut it off from its arguments")
        try:
            grads = self._grad(found, roots, self._pieces(np.ones(sum(o.size for o in self.outputs)), found))
        except (Failed, Misshapen):
            return  # it is met again when the gradient is asked for
        self.unreached = tuple(a.name for a, g in zip(self.arguments, grads) if g is None)

    def pull(self, x, u):
        if self._is_written:
            return super().pull(x, u)
        if self.order == 2:
            return self._second(x, u)
        leaves = self._built(x)
        roots, handed = self._variables(leaves)
        found, _ = self._outputs(self._run(handed))
        grads = self._grad(found, roots, self._pieces(np.asarray(u, dtype=float), found))
        self._note_changes(handed, x)  # by the function, or by its backward pass
        return self._flat(grads, roots)

    def _flat(self, grads, roots):
        parts = [np.zeros(r.numel()) if g is None else self._numbers(g) for g, r in zip(grads, roots)]
        for part, argument in zip(parts, self.arguments):
            if part.size != argument.size:
                raise Misshapen(argument.name, f"{part.size} entries", argument.shape)
        return np.concatenate(parts)

    def _pieces(self, u, found):
        """The flat cotangent u in the shapes of the values."""
        made, start = [], 0
        for leaf in found:
            size = leaf.numel() if isinstance(leaf, self.torch.Tensor) else 1
            made.append(self._made(u[start : start + size], leaf.detach() if hasattr(leaf, "detach") else leaf, None))
            start += size
        return made

    def _grad(self, found, roots, cotangents, create_graph=False):
        """The framework's gradients; None for roots that the values do not depend on."""
        pairs = [(y, u) for y, u in zip(found, cotangents) if isinstance(y, self.torch.Tensor) and y.requires_grad]
        if not pairs:
            return [None] * len(roots)
        if self._seeded:
            self._chance.reseed()
        try:
            with self._in_place_of(self._wide):
                ys, us = zip(*pairs)
                before = [u.detach().clone() for u in us]
                grads = list(self.torch.autograd.grad(ys, roots, us, allow_unused=True, create_graph=create_graph))
                if any(not self.torch.equal(u, b) for u, b in zip(us, before)) and COTANGENT not in self.mutated:
                    self.mutated.append(COTANGENT)  # which other branches of a network would be handed as well
                return grads
        except Exception as error:
            raise self._refused(error) from error

    def _refused(self, error):
        """An error of the backward pass, in words that say what to do about it."""
        words = " ".join(str(error).split())
        shapes = WRONG_SHAPE.search(words)
        if shapes:
            given, expected = (tuple(int(n) for n in shapes[k].split(",") if n.strip()) for k in (2, 3))
            place = int(shapes[1])
            leaf = [a.name for a in self.arguments]
            name = self._call.names[place] if self._rule is not None and place < len(self._call.names) else None
            fits = [a.name for a in self.arguments if a.shape == expected]
            return Misshapen(name or (fits[0] if len(fits) == 1 else leaf[0]), given, expected)
        if IN_PLACE in words:
            made_by = re.search(r"which is output \d+ of (\w+?)(Backward)?\d*,", words)
            whose = f" (made by {made_by[1]})" if made_by else ""
            what = f"a value{whose} that the backward pass of {self.name} needs was changed in place after it was used"
            return Failed("claim", what, error)
        return raised("claim", self.name, error, "the backward pass of")

    # ---------------------------------------------------------------- order 2, and forward mode

    def _to_second_order(self):
        self._contracted = self._rule is not None or sum(o.size for o in self.outputs) != 1
        self._cotangents = [
            self._made(np.where(np.arange(o.size) % 2 == 0, 0.5, -0.75) * (1 + np.arange(o.size) % 3), y, None)
            for o, y in zip(self.outputs, self._structure)
        ]
        if self._contracted:
            self.remarks.append("second order: of the gradient of Σ cᵢyᵢ + ½yᵢ², y the values")
        self.kind = "vjp"
        self.outputs = tuple(Argument(f"the gradient in {a.name}", *a[1:]) for a in self.arguments)

    def _gradient(self, x, width=None, create_graph=False):
        """(the roots, the gradient in each), with zeros where there is none."""
        roots, handed = self._variables(self._built(x, width))
        found, _ = self._outputs(self._run(handed))
        self._note_changes(handed, x)
        cotangents = [c.to(y.dtype) for c, y in zip(self._cotangents, found)]
        if not self._contracted:
            cotangents = [self.torch.ones_like(y) for y in found]
        else:
            with self.torch.enable_grad():
                cotangents = [c + (y if create_graph else y.detach()) for c, y in zip(cotangents, found)]
        grads = self._grad(found, roots, cotangents, create_graph)
        return roots, [self.torch.zeros_like(r) if g is None else g for r, g in zip(roots, grads)]

    def _second(self, x, u):
        roots, grads = self._gradient(x, create_graph=True)
        if any(node.name().endswith("::Error") for node in _nodes(self.torch, grads)):
            what = f"the backward pass of {self.name} is marked once_differentiable: it has no second derivative"
            raise Failed("claim", what)
        return self._flat(self._grad(grads, roots, self._pieces(np.asarray(u, dtype=float), grads)), roots)

    def push(self, x, v):
        if self._is_written:
            return super().push(x, v)
        forward = self.torch.autograd.forward_ad
        leaves = self._built(x)
        try:
            with forward.dual_level():
                for (_, span), i in zip(self.spans(), self._moving):
                    leaves[i] = forward.make_dual(leaves[i], self._made(np.asarray(v)[span], self._leaves[i], None))
                found, _ = self._outputs(self._run(leaves))
                tangents = [forward.unpack_dual(y).tangent for y in found]
                parts = [np.zeros(y.numel()) if t is None else self._numbers(t) for y, t in zip(found, tangents)]
                return np.concatenate(parts)
        except Failed as failed:
            raise Failed("claim", failed.what, failed.error) from failed


class _WithModule(Call):
    """A call whose first value is the module that is called: its parameters are arguments like the inputs."""

    def of(self, function, values, *more, **named):
        names, inputs = self.names[1:], values[1:]
        if self.keywords:
            return function(*more, **dict(zip(names, inputs)), **named)
        return function(*inputs, *more, **named)


def _function_class(torch, function):
    """The `autograd.Function` that is given by itself or by its `apply`."""
    owner = getattr(function, "__self__", None) if getattr(function, "__name__", "") == "apply" else function
    return owner if isinstance(owner, type) and issubclass(owner, torch.autograd.Function) else None


def _runnable(function, rule):
    """What is called, with the signature and the name that the person knows."""
    if rule is not None:
        parameters = list(inspect.signature(rule.forward).parameters.values())
        classes = [c for c in rule.__mro__ if not c.__module__.startswith("torch.")]
        if not any("setup_context" in vars(c) for c in classes):
            parameters = parameters[1:]  # without ctx

        signature = inspect.Signature(parameters)

        def runs(*args, **named):  # `apply` itself takes no names
            return rule.apply(*signature.bind(*args, **named).args)

        runs.__name__, runs.__signature__ = rule.__name__, signature
        return runs
    if hasattr(function, "named_parameters") and hasattr(function, "forward"):

        def runs(*args, **named):
            return function(*args, **named)

        runs.__name__, runs.__signature__ = type(function).__name__, inspect.signature(function.forward)
        return runs
    return function


def _put(module, new, wide):
    """Lets a module use other parameters, and copies of its buffers."""
    inside = module.__dict__
    inside["_parameters"] = {n: new.get(id(p), p) for n, p in inside["_parameters"].items()}
    buffers = {}
    for name, buffer in inside["_buffers"].items():
        copied = None if buffer is None else buffer.detach().clone()
        buffers[name] = copied.double() if wide and copied is not None and copied.dtype.is_floating_point else copied
    inside["_buffers"] = buffers
    if "_flat_weights" in inside:  # the second list in which recurrent layers keep their weights
        inside["_flat_weights"] = [new.get(id(w), w) for w in inside["_flat_weights"]]


def _custom_rules(torch, found) -> list:
    """The autograd Functions of the person on the way from the values to the arguments."""
    rules = []
    for node in _nodes(torch, found):
        rule = getattr(type(node), "_forward_cls", None)
        if rule is not None and not rule.__module__.startswith("torch.") and rule not in rules:
            rules.append(rule)
    return rules


def _nodes(torch, found):
    """All nodes of the graph behind some tensors."""
    waiting = [y.grad_fn for y in found if isinstance(y, torch.Tensor) and y.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        yield node
        for after, _ in node.next_functions:
            if after is not None and after not in seen:
                seen.add(after)
                waiting.append(after)
