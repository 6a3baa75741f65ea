"""Recording what a PyTorch program does: every operation, functional ones too, with the user's source line, and what goes back through it.

A `TorchFunctionMode` sees each call of a torch function or method while the forward pass runs; module hooks tell inside which
module it stands; hooks on tensors and on nodes of the graph take statistics of the gradients when these come. Nothing
is left behind: hooks live on tensors of this one pass, those on modules are removed.

Reference: docs.pytorch.org, torch.overrides (modes), torch.autograd.graph.Node.register_hook.
"""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode

from . import torch_values as statistics
from .record import Layer, Slopes
from .slopes import shape_of
from .torch_names import RECURRENT, SAME_ENTRIES, declared, kind_of, plain
from .torch_steps import step_by_step

MARK = "_chainrule_layer"  # attribute of a tensor: the name of the layer that made it
PASSES_MARK = frozenset("requires_grad_ retain_grad register_hook backward __set__ data_ptr storage numpy tolist item".split())
FAR = 24  # nodes of the graph between the result of one operation and its input, at most
OWN = (os.path.dirname(torch.__file__), os.path.dirname(__file__))
FUNCTION = os.path.join("autograd", "function.py")


class Tape(TorchFunctionMode):
    """Records the operations of a forward pass.

    Parameters
        names: of the parameters, by id; tensors that need a gradient and are not among them are entered as they are met.
        batch: size of the axis of samples.
        changed: layer → function(call, function, args, kwargs): runs in place of it (a what-if); the layer is named by
            the order of its call, which is the same in every pass.
        shallow: only names, no statistics: for passes of which only the loss is of interest.
    """

    def __init__(self, names: dict[int, str], batch: int | None, changed: dict[str, Callable] | None = None, shallow: bool = False):
        super().__init__()
        self.names, self.batch, self.changed, self.shallow = names, batch, changed or {}, shallow
        self.graded = any(getattr(change, "graded", False) for change in self.changed.values())
        self.layers: list[Layer] = []
        self.weights: dict[str, torch.Tensor] = {}  # that were used, by name
        self.strangers: dict[str, torch.Tensor] = {}  # leaves that need a gradient and are no parameters of the module
        self.kept: list = []  # what must live as long as the ids in `names`
        self.makers: dict = {}  # node of the graph → layer that it belongs to
        self.modules: list[tuple[str, str, list]] = []  # where the program is: (path, class, names of what it made)
        self.calls: Counter = Counter()
        self.counts: Counter = Counter()
        self.inputs: dict[int, str] = {}
        self.renamed: dict[str, str] = {}  # a module with one operation gives it its name
        self.half = ""  # the lowest precision that was met
        self.deep = 0
        self.step = ""

    # ---------------------------------------------------------------- forward

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        if name in PASSES_MARK or self.deep:
            return function(*args, **kwargs)
        if name == "multi_head_attention_forward":
            return self._inside(function, args, kwargs)
        tensors = [x for x in _flat((args, kwargs)) if isinstance(x, torch.Tensor)]
        if name == "__get__":
            return self._attribute(function, tensors, args, kwargs)
        if plain(name) in SAME_ENTRIES and tensors and (name != "type" or len(args) > 1):
            return self._same(function, tensors, args, kwargs)
        if name in RECURRENT.split() and not name.endswith("_cell"):
            unrolled = step_by_step(name, args, self._announce)
            if unrolled is not None:
                with self:
                    return unrolled()
        if not tensors:
            return function(*args, **kwargs)
        return self._recorded(name, function, tensors, args, kwargs)

    def _inside(self, function, args, kwargs):
        """A function of several operations: what it does is recorded, not itself. It asks whether a mode is there, and must not learn."""
        module = torch.nn.functional
        asks = {n: getattr(module, n) for n in ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic") if hasattr(module, n)}
        for n in asks:
            setattr(module, n, lambda *_: False)
        try:
            with self:
                return function(*args, **kwargs)
        finally:
            for n, was in asks.items():
                setattr(module, n, was)

    def _attribute(self, function, tensors, args, kwargs):
        found = function(*args, **kwargs)
        if isinstance(found, torch.Tensor) and tensors:
            owner = getattr(function, "__self__", None)
            if getattr(owner, "__name__", "") == "data":
                if tensors[0].requires_grad:
                    where = self._place("data", tensors)
                    if where in self.changed:
                        return tensors[0]
                    self._enter("cut", "data", (tensors[0],), found, function, args, kwargs, where=where)
            elif getattr(owner, "__name__", "") != "grad":
                self._pass_on(tensors[0], found)
        return found

    def _same(self, function, tensors, args, kwargs):
        found = function(*args, **kwargs)
        if isinstance(found, torch.Tensor):
            if tensors[0].requires_grad and not found.requires_grad and torch.is_grad_enabled() and found.is_floating_point():
                self._enter("cut", function.__name__, tensors, found, function, args, kwargs)
            else:
                self._pass_on(tensors[0], found)
        return found

    def _pass_on(self, old, new):
        """The mark of a tensor goes to another with the same entries."""
        name = self._maker(old, quiet=True)
        if name is not None and new is not old:
            setattr(new, MARK, name)

    def _recorded(self, name, function, tensors, args, kwargs):
        if not torch.is_grad_enabled() and any(x.requires_grad for x in tensors) and _inside_function():
            return function(*args, **kwargs)
        where = self._place(name, tensors)
        change = self.changed.get(where)
        if hasattr(change, "other"):  # another operation of the same input
            name, function, change = change.name, change.other, None
            args, kwargs = (args[:1] or (kwargs["input"],)), {}
        before = self._given(name, tensors, function, args, kwargs)
        if change is not None:
            with torch.enable_grad():
                found = change(function, args, kwargs)
        elif self.graded:
            with torch.enable_grad():
                found = function(*args, **kwargs)
        else:
            found = function(*args, **kwargs)
        results = [x for x in _flat(found) if isinstance(x, torch.Tensor)]
        real = [x for x in results if x.is_floating_point() or x.is_complex()]
        if not real:
            return found
        if name == "__setitem__" or name == "copy_":
            results = real = [args[0]]
        self._enter(kind_of(name), name, tensors, real, function, args, kwargs, before, where)
        return found

    def _given(self, name, tensors, function, args, kwargs):
        """What must be taken before the operation runs, which may write into its argument: edges, statistics, slopes."""
        if self.shallow:
            return None
        floats = [x for x in tensors if x.is_floating_point()]
        kind = kind_of(name)
        ends = [(id(x) if x.grad_fn is None else (x.grad_fn, x.output_nr), self._maker(x)) for x in floats if x.requires_grad]
        if kind != "elementwise" or not floats:
            return ends, None, None
        given = statistics.values_of(floats[0], self.batch)
        return ends, given, self._slopes(declared(name), name, function, floats[0].detach(), args, kwargs) if given.finite else None

    def _enter(self, kind, name, tensors, found, function, args, kwargs, before=None, where=None):
        """The layer for an operation that has run."""
        where = where or self._place(name, tensors)
        found = found if isinstance(found, list) else [found]
        first = found[0]
        inputs, parameters = [], []
        for x in tensors:
            if not (x.is_floating_point() or x.is_complex()):
                if id(x) in self.inputs:
                    inputs.append(self.inputs[id(x)])
                continue
            made = self._maker(x)
            if made in self.weights:
                parameters.append(made)
            elif made is not None and made not in inputs:
                inputs.append(made)
        moves = any(x.requires_grad for x in tensors)
        if kind == "linear" and not any(self.weights[p].dim() > 1 for p in parameters) and name not in ("embedding",):
            kind = "product" if inputs else "linear"
        if moves and not any(x.requires_grad for x in found):
            kind = "cut"
        elif kind == "cut" and not moves and name not in ("detach", "detach_"):
            kind = "other"
        if kind == "loss" and first.numel() != 1:
            kind = "other"
        layer = Layer(where, kind, declared(name) or plain(name).strip("_"), tuple(inputs), tuple(dict.fromkeys(parameters)))
        layer.kept = kind == "cut" and (name in ("detach", "detach_", "data") or not torch.is_grad_enabled())
        layer.where = _line()
        path, label, made = self.modules[-1] if self.modules else ("", "", [])
        layer.module, layer.call = path, self.calls[path]
        self.layers.append(layer)
        made.append((layer, plain(name)))
        for x in found:
            setattr(x, MARK, where)
        if self.shallow:
            return
        if first.dtype in (torch.float16, torch.bfloat16):
            self.half = str(first.dtype).removeprefix("torch.")
        layer.value = statistics.values_of(first, self.batch)
        if before is not None:
            ends, layer.given, layer.slopes = before
            if kind == "softmax" and first.dim():
                layer.probability = _confidence(name, first.detach(), args, kwargs)
            if name == "lstm_cell":
                layer.keeps = statistics.kept_by(*args)
            if name == "cross_entropy" and tensors[0].dim() > 1:
                layer.probability = float(tensors[0].detach().float().softmax(1).amax(1).mean())
                layer.given = statistics.values_of(tensors[0], self.batch)
            self._watch(layer, found, ends)

    def _slopes(self, operation, name, function, x, args, kwargs) -> Slopes | None:
        shape = shape_of(operation) if operation else None
        if shape is None or not x.numel():
            return None
        again = getattr(torch.Tensor, plain(name), None) if name.endswith("_") else function
        if again is None:
            return None
        more = {k: v for k, v in kwargs.items() if k not in ("inplace", "out", "input")}
        rest = [v for v in args[1:] if not isinstance(v, bool)]
        with torch.enable_grad():
            at = x.requires_grad_()
            try:
                slope = torch.autograd.grad(again(at, *rest, **more).sum(), at)[0]
            except (RuntimeError, TypeError):
                return None
        return statistics.slopes_of(slope, at, shape)

    # ---------------------------------------------------------------- who made what

    def _maker(self, x: torch.Tensor, quiet: bool = False) -> str | None:
        """The name of what made a tensor: a layer, an input, a parameter."""
        known = self.names.get(id(x))
        if known is not None:
            self.weights.setdefault(known, x)
            return known
        known = x.__dict__.get(MARK) or self.inputs.get(id(x))
        if known is not None:
            return known
        if x.requires_grad and x.grad_fn is None:
            return self._stranger(x)
        if x.grad_fn is not None and not quiet:
            return self._from_graph(x)
        return None

    def _stranger(self, x: torch.Tensor) -> str:
        """A leaf that is learnt, though the module does not know it; its name in the user's code is searched for."""
        name = _variable_of(x) or f"parameter {len(self.strangers) + 1}"
        while name in self.weights:
            name += "'"
        self.names[id(x)] = name
        self.kept.append(x)
        self.strangers[name] = self.weights[name] = x
        return name

    def _from_graph(self, x: torch.Tensor) -> str:
        """The result of something that no mode sees, such as an autograd Function of the user: a layer of its own, from the graph."""
        label = x.grad_fn.name().removesuffix("Backward").rstrip("0123456789")
        ends, seen, todo = [], set(), [x.grad_fn]
        inputs: list[str] = []
        parameters: list[str] = []
        while todo and len(seen) < 200:
            node = todo.pop()
            for below, number in node.next_functions:
                if below is None or below in seen:
                    continue
                seen.add(below)
                if below in self.makers:
                    inputs.append(self.makers[below])
                    ends.append(((below, number), self.makers[below]))
                elif hasattr(below, "variable"):
                    made = self._maker(below.variable)
                    (parameters if made in self.weights else inputs).append(made)
                else:
                    todo.append(below)
        layer = Layer(self._place(label.lower()), "other", label, tuple(dict.fromkeys(inputs)), tuple(dict.fromkeys(parameters)))
        layer.where = _line()
        self.layers.append(layer)
        setattr(x, MARK, layer.name)
        if not self.shallow:
            layer.value = statistics.values_of(x, self.batch)
            self._watch(layer, [x], ends)
        return layer.name

    # ---------------------------------------------------------------- backward

    def _watch(self, layer: Layer, found: list[torch.Tensor], ends: list) -> None:
        """Takes statistics of the gradient that comes to a layer, and of what it sends to each input, when these come."""
        for x in found:
            if x.grad_fn is not None:
                self.makers[x.grad_fn] = layer.name
        arrives = [x for x in found if x.requires_grad]
        if not arrives:
            return
        arrives[0].register_hook(lambda g: self._came(layer, g))
        for x in arrives[1:3]:
            x.register_hook(lambda g: self._came(layer, g))
        wanted = {key: name for key, name in ends if name not in self.weights}
        if wanted and arrives[0].grad_fn is not None:
            _hook_edges(arrives[0].grad_fn, wanted, layer)

    def _came(self, layer: Layer, g: torch.Tensor) -> None:
        new = statistics.values_of(g, None)
        old = layer.gradient
        if old is not None:  # of several results
            new = new._replace(norm=math.hypot(old.norm, new.norm), nans=old.nans + new.nans, infinities=old.infinities + new.infinities)
        layer.gradient = new

    # ---------------------------------------------------------------- names

    def _announce(self, what: str) -> None:
        """The next step of a recurrence is called so."""
        self.step = what

    def _place(self, name: str, tensors=()) -> str:
        """A name for the next layer: its module, what it does, and which of several. A cut is called by what it cuts off."""
        path, call = (self.modules[-1][0], self.calls[self.modules[-1][0]]) if self.modules else ("", 0)
        if self.step and name.endswith("_cell"):
            base, self.step = f"{path or name.removesuffix('_cell')}{self.step}" + (f"@{call}" if call > 1 else ""), ""
        elif plain(name) in ("detach", "data") and tensors and (made := self._maker(tensors[0])) is not None:
            base = f"{self.renamed.get(made, made)}.{plain(name)}"
        else:
            base = f"{path}.{plain(name).strip('_')}".lstrip(".") + (f"@{call}" if call > 1 else "")
        self.counts[base] += 1
        return base if self.counts[base] == 1 else f"{base}_{self.counts[base]}"

    @contextmanager
    def inside(self, model: torch.nn.Module):
        """Module hooks while the pass runs: where in the model an operation stands."""
        handles = []
        for path, module in model.named_modules():
            handles.append(module.register_forward_pre_hook(self._opens(path, type(module).__name__)))
            handles.append(module.register_forward_hook(self._closes(path, not any(True for _ in module.children())), always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _opens(self, path, label):
        def hook(module, given):
            self.calls[path] += 1
            self.modules.append((path, label, []))

        return hook

    def _closes(self, path, leaf):
        def hook(module, given, found):
            _, label, made = self.modules.pop()
            self.deep += 1  # what is done here is not the user's
            try:
                if leaf and not made and isinstance(found, torch.Tensor) and not hasattr(found, MARK):
                    self.modules.append((path, label, made))
                    known = [x for x in _flat(given) if isinstance(x, torch.Tensor)]
                    self._enter("other", label.lower(), known, found, None, (), {}, ([], None, None))
                    self.modules.pop()
                if leaf and len(made) == 1 and path:
                    self.renamed[made[0][0].name] = path + (f"@{self.calls[path]}" if self.calls[path] > 1 else "")
            finally:
                self.deep -= 1

        return hook


def _hook_edges(top, wanted: dict, layer: Layer) -> None:
    """Hooks on the nodes between the result of one operation and its inputs: what goes out along each edge to an input."""
    seen, todo = {top}, [top]
    while todo and len(seen) < FAR:
        node = todo.pop()
        at = {}
        for k, (below, number) in enumerate(node.next_functions):
            if below is None:
                continue
            key = id(below.variable) if hasattr(below, "variable") else (below, number)
            if key in wanted:
                at[k] = wanted[key]
            elif below not in seen and not hasattr(below, "variable"):
                seen.add(below)
                todo.append(below)
        if at:
            node.register_hook(_sends(layer, at))


def _sends(layer: Layer, at: dict[int, str]):
    def hook(sent, came):
        for k, name in at.items():
            if k < len(sent) and sent[k] is not None:
                new, old = statistics.norm_of(sent[k]), layer.passed.get(name)
                if old is not None:  # x·x: two edges to one input; their sum is not known here, its bound is
                    new = new._replace(norm=old.norm + new.norm, nans=old.nans + new.nans, infinities=old.infinities + new.infinities)
                layer.passed[name] = new

    return hook


def _confidence(name: str, p: torch.Tensor, args, kwargs) -> float:
    """The mean over samples of the largest probability of a softmax or log-softmax."""
    axis = kwargs.get("dim", args[1] if len(args) > 1 and isinstance(args[1], int) else None)
    top = p.amax(dim=-1 if axis is None else axis).float()
    return float((top.exp() if "log" in name else top).mean())


def _flat(x):
    """The leaves of nested tuples, lists and dicts."""
    if isinstance(x, (tuple, list)):
        for item in x:
            yield from _flat(item)
    elif isinstance(x, dict):
        for item in x.values():
            yield from _flat(item)
    else:
        yield x


def _line() -> str:
    """The user's source line: the innermost one outside PyTorch, above the call by this part."""
    frame, inside = sys._getframe(2), True
    while frame is not None:
        file = frame.f_code.co_filename
        ours = file.startswith(OWN[1])
        if ours and not inside:
            return ""  # nothing of the user's: an nn.Sequential
        inside = inside and ours
        if not file.startswith(OWN) and not file.startswith("<frozen"):
            return f"{os.path.basename(file)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _held(name: str, value, x: torch.Tensor, depth: int = 0) -> str | None:
    """The name of a tensor inside a value: self.layers[0].weight."""
    if value is x:
        return name
    if isinstance(value, torch.nn.Module):
        return next((f"{name}.{n}" for n, p in value.named_parameters() if p is x), None)
    if depth < 2 and isinstance(value, (dict, list, tuple)) and len(value) < 1000:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            found = _held(f"{name}[{key!r}]", item, x, depth + 1)
            if found is not None:
                return found
    return None


def _inside_function() -> bool:
    """Whether an autograd Function of the user runs forward: what it does there has a backward rule of its own."""
    frame = sys._getframe(2)
    while frame is not None and not (frame.f_code.co_name == "value" and frame.f_code.co_filename.startswith(OWN[1])):
        if frame.f_code.co_name == "apply" and frame.f_code.co_filename.endswith(FUNCTION):
            return True
        frame = frame.f_back
    return False


def _variable_of(x: torch.Tensor) -> str | None:
    """What the user's code calls a tensor: a local variable or an attribute of `self` in the calling frames."""
    frame = sys._getframe(2)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(OWN):
            for name, value in frame.f_locals.items():
                if value is x and not name.startswith("_"):
                    return name
            owner = next(iter(frame.f_code.co_varnames), "")
            for name, value in getattr(frame.f_locals.get(owner), "__dict__", {}).items():
                found = _held(f"{owner}.{name}", value, x)
                if found is not None:
                    return found
        frame = frame.f_back
    return None
