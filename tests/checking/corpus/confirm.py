"""The labels of the corpus, confirmed without our checker: automatic differentiation in float64 against each claim.

The truth is the derivative that JAX or PyTorch gives of the item's plain function, in float64; for NumPy functions jax.numpy
stands in the place of `np`. The claim is asked at the item's point and at three others, each twice and with calls of the
function between, so that state shows. At a kink, the claim must lie between the automatic derivatives on both sides.

    python -m tests.checking.corpus.confirm [word]      prints the items whose label is not confirmed
"""

from __future__ import annotations

import dataclasses
import sys
import types
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import torch

from . import ITEMS
from .item import Item

BESIDE = 1e-9  # how far beside a kink the derivatives are taken


def confirmed(item: Item) -> str | None:
    """None where the label holds, else what speaks against it."""
    if not item.stable:
        return None
    with warnings.catch_warnings(), jax.enable_x64(True):
        warnings.simplefilter("ignore")
        case = {"numpy": NumpyCase, "torch": TorchCase, "jax": JaxCase}[item.framework](item)
        off = case.off()
    if item.wrong:
        return None if off > 1 else f"labelled wrong, but within {off:.2g} of the tolerance"
    return None if off <= 1 else f"labelled right, but {off:.2g} times the tolerance off"


class Case:
    """An item with its points as flat vectors. Subclasses ask for the truth and for the claim."""

    def __init__(self, item: Item):
        self.item, self.rng = item, np.random.default_rng(1)
        built = item.built()
        self.plain, self.kind, self.order = built.get("plain"), built.get("kind"), built.get("order", 1)
        self.f, self.mine, self.at = built["function"], built.get("mine"), built["at"]
        self.sample = built.get("sample")

    def off(self) -> float:
        """The largest difference between claim and truth, in units of the tolerance; inf where shapes or arguments change."""
        worst = 0.0
        for x in self.points():
            for self.u in (self.u, -self.u) if self.weighed else (self.u,):
                worst = max(worst, self.off_at(x))
        return worst

    def off_at(self, x) -> float:
        truth, claim, again = self.truth(x), self.claim(x), self.claim(x)
        for said in (claim, again):
            if said is None or said.shape != truth.shape or not np.all(np.isfinite(said)):
                return np.inf
        if not np.allclose(claim, again, rtol=1e-6, atol=0):
            return np.inf
        if self.item.kink:
            return self.outside(x, claim)
        largest = np.max(np.abs(truth), initial=0)
        height = np.max(np.abs(self.height), initial=0) / max(np.max(np.abs(x)), 1e-300)
        floor = 1e-6 * (height if largest < 1e-10 * height else largest)
        return float(np.max(np.abs(claim - truth) / np.maximum(np.abs(truth), floor + 1e-300))) / self.item.tolerance

    def outside(self, x, claim) -> float:
        """At a kink: 0 where the claim is among the averages of derivatives at points around it (Clarke's subgradients), else inf."""
        around = np.array([self.truth(x + BESIDE * self.rng.normal(size=x.size)) for _ in range(60)])
        directions = np.vstack([np.eye(x.size), self.rng.normal(size=(40, x.size))])
        slopes, said = around @ directions.T, claim @ directions.T
        fits = np.all(said >= slopes.min(axis=0) - 1e-6) and np.all(said <= slopes.max(axis=0) + 1e-6)
        return 0.0 if fits else np.inf

    def points(self):
        x = self.flat(self.at)
        if x.size > 10**5 - 1:
            return [x]
        more = [self.flat(self.sample(self.rng)) for _ in range(3)] if self.sample else []
        moved = [x * (1 + 0.05 * self.rng.normal(size=x.size)) for _ in range(0 if more else 3)]
        return [x, *more, *moved]


# ---------------------------------------------------------------- NumPy


def opened(tree):
    """Leaves of nested arguments that are real numbers, and how to put them back; whole numbers stay."""
    leaves = []

    def walk(node):
        if isinstance(node, dict):
            made = {key: walk(value) for key, value in node.items()}
            return lambda new: {key: make(new) for key, make in made.items()}
        if isinstance(node, (list, tuple)):
            made, kind = [walk(value) for value in node], type(node)
            return lambda new: kind(make(new) for make in made)
        if dataclasses.is_dataclass(node):
            made = {field.name: walk(getattr(node, field.name)) for field in dataclasses.fields(node)}
            return lambda new: type(node)(**{key: make(new) for key, make in made.items()})
        array = np.asarray(node)
        if array.dtype.kind != "f":
            return lambda new: node
        k = len(leaves)
        leaves.append(node)
        return lambda new: new[k]

    made = walk(tree)
    return leaves, made


def rebound(value, seen=None):
    """A function with jax.numpy in the place of NumPy, in it and in the functions that it calls."""
    seen = {} if seen is None else seen
    if value is np:
        return Stacked()
    if isinstance(value, np.ufunc):
        return getattr(jnp, value.__name__)
    if not isinstance(value, types.FunctionType) or not value.__module__.startswith(__package__):
        return value
    if value not in seen:
        names = dict(value.__globals__)
        cells = tuple(types.CellType(rebound(cell.cell_contents, seen)) for cell in value.__closure__ or ())
        seen[value] = types.FunctionType(value.__code__, names, value.__name__, value.__defaults__, cells or None)
        used = set(value.__code__.co_names)
        names.update({name: rebound(names[name], seen) for name in used & set(names)})
    return seen[value]


class Stacked:
    """jax.numpy, whose `eye` and constants stay NumPy so that they may be indexed by NumPy arrays."""

    def __getattr__(self, name):
        return getattr(np if name in ("float32", "float64") else jnp, name)


class NumpyCase(Case):
    def __init__(self, item):
        super().__init__(item)
        at = self.at
        if isinstance(at, dict):
            self.call = lambda g, a, *more: g(**a) if not more else g(*a.values(), *more)
        else:
            self.call = lambda g, a, *more: g(*a, *more)
        self.arranged = lambda a: a if isinstance(a, (dict, tuple)) else (a,)
        self.at = self.arranged(at)
        self.leaves, self.made = opened(self.at)
        self.smooth = self.plain or rebound(self.f)
        value = np.asarray(self.call(self.f, self.shaped(self.flat(self.at))), dtype=float)
        self.weighed, self.height = self.kind == "vjp", value
        self.u = self.rng.normal(size=value.shape) if self.weighed else np.ones(value.shape)
        expected = np.asarray(self.value(self.flat(self.at)), dtype=float)
        assert np.allclose(expected, value, rtol=10 * item.tolerance, equal_nan=True), "the plain function is another one"

    def flat(self, at):
        return np.concatenate([np.ravel(leaf).astype(float) for leaf in opened(self.arranged(at))[0]])

    def shaped(self, x, exact=False):
        """The arguments from a flat vector, in their own types, or as they are for JAX."""
        new, start = [], 0
        for leaf in self.leaves:
            size = np.size(leaf)
            part = x[start : start + size].reshape(np.shape(leaf))
            start += size
            if not exact:
                part = part.astype(np.asarray(leaf).dtype) if isinstance(leaf, np.ndarray) else float(part)
            new.append(part)
        return self.made(new)

    def value(self, x):
        return self.call(self.smooth, self.shaped(x, exact=True))

    def truth(self, x):
        x = jnp.asarray(self.flat(self.shaped(x)))  # rounded to the item's own type
        if self.kind == "hessian":
            return np.asarray(jax.hessian(self.value)(x))
        if self.kind == "jacobian":
            return np.asarray(jax.jacrev(self.value)(x)).reshape(-1, x.size)
        return np.asarray(jax.grad(lambda x: jnp.sum(self.value(x) * self.u))(x))

    def claim(self, x):
        self.call(self.f, self.shaped(x))
        at, before = self.shaped(x), self.shaped(x)
        got = self.call(self.mine, at, self.u) if self.kind == "vjp" else self.call(self.mine, at)
        if not np.array_equal(self.flat(at), self.flat(before)):
            return None
        self.call(self.f, at)
        if not np.array_equal(self.flat(at), self.flat(before)):
            return None
        if self.kind in ("hessian", "jacobian"):
            return np.asarray(got, dtype=float).reshape(-1, x.size)
        if isinstance(at, dict):
            got = {key: got[key] for key in at}
        elif len(at) == 1:
            got = (got,)
            if isinstance(at[0], dict):
                got = ({key: got[0][key] for key in at[0]},)
        shapes = [np.shape(leaf) for leaf in opened(got)[0]]
        if shapes != [np.shape(leaf) for leaf in self.leaves]:
            return None
        return self.flat(got)


# ---------------------------------------------------------------- PyTorch


class TorchCase(Case):
    def __init__(self, item):
        super().__init__(item)
        self.at = self.at if isinstance(self.at, tuple) else (self.at,)
        self.module = self.f if isinstance(self.f, torch.nn.Module) else None
        names = [n for n, p in self.module.named_parameters() if p.requires_grad] if self.module else []
        self.names = names
        parameters = dict(self.module.named_parameters()) if self.module else {}
        self.leaves = [parameters[n] for n in names] + [a for a in self.at if a.is_floating_point()]
        self.buffers = {n: b.clone() for n, b in self.module.named_buffers()} if self.module else {}
        value = self.run(self.f, self.flat(None), own=True)
        self.weighed, self.height = self.mine is None, value.detach().double().numpy()
        self.u = torch.tensor(self.rng.normal(size=tuple(value.shape))) if self.weighed else torch.ones(())
        self.w = torch.tensor(self.rng.normal(size=self.flat(None).size))
        expected = self.run(self.plain or self.f, self.flat(None), own=False)
        assert torch.allclose(expected.double(), value.double(), rtol=10 * item.tolerance, atol=10 * item.tolerance), "the plain function is another one"

    def flat(self, at):
        return np.concatenate([leaf.detach().double().numpy().ravel() for leaf in self.leaves])

    def pieces(self, x, own):
        found, start = [], 0
        for leaf in self.leaves:
            part = torch.as_tensor(x)[start : start + leaf.numel()].reshape(leaf.shape)
            start += leaf.numel()
            found.append(part.to(leaf.dtype) if own else part.to(leaf.dtype).double())
        return found

    def run(self, function, x, own):
        return self.of(function, self.pieces(x, own), own)

    def of(self, function, pieces, own):
        rest = iter(pieces[len(self.names) :])
        inputs = [next(rest) if a.is_floating_point() else a for a in self.at]
        if self.module is None:
            return function(*inputs)
        wrapped = Wrapped(self.module, None if function is self.module else function)
        state = {f"net.{n}": p for n, p in zip(self.names, pieces)}
        state |= {f"net.{n}": (b if own or not b.is_floating_point() else b.double()) for n, b in self.buffers.items()}
        if not own:  # frozen parameters, too
            frozen = {n: p.detach().double() for n, p in self.module.named_parameters() if n not in self.names}
            state |= {f"net.{n}": p for n, p in frozen.items()}
        return torch.func.functional_call(wrapped, state, tuple(inputs))

    def derivative(self, function, x, own):
        pieces = [p.detach().clone().requires_grad_() for p in self.pieces(x, own)]
        self.seen = pieces
        value = self.of(function, pieces, own)
        first = torch.autograd.grad((value * self.u.to(value.dtype)).sum(), pieces, allow_unused=True, create_graph=self.order == 2)
        first = [torch.zeros_like(p) if g is None else g for g, p in zip(first, pieces)]
        if self.order == 1:
            return np.concatenate([g.double().numpy().ravel() for g in first])
        whole = torch.cat([g.reshape(-1) for g in first])
        second = [torch.zeros_like(p) for p in pieces]
        if whole.requires_grad:
            got = torch.autograd.grad((whole * self.w).sum(), pieces, allow_unused=True)
            second = [z if g is None else g for g, z in zip(got, second)]
        return np.concatenate([g.double().numpy().ravel() for g in second])

    def truth(self, x):
        return self.derivative(self.plain or self.f, x, own=False)

    def claim(self, x):
        pieces = self.pieces(x, own=True)
        try:
            if self.mine is not None:
                return self.mine(*pieces).detach().double().numpy().ravel()
            return self.by_hooks(x) if self.module is not None else self.unchanged(x)
        except RuntimeError:  # gradients of other shapes than the inputs
            return None

    def unchanged(self, x):
        """The derivative by autograd; None where it changes its inputs."""
        found = self.derivative(self.f, x, own=True)
        return found if all(torch.equal(a, b) for a, b in zip(self.seen, self.pieces(x, own=True))) else None

    def by_hooks(self, x):
        """The gradient that lands in `.grad` of the module's own parameters, hooks included."""
        pieces = self.pieces(x, own=True)
        parameters = dict(self.module.named_parameters())
        kept = [parameters[n].detach().clone() for n in self.names]
        with torch.no_grad():
            for n, piece in zip(self.names, pieces):
                parameters[n].copy_(piece)
        rest = iter([p.clone().requires_grad_() for p in pieces[len(self.names) :]])
        inputs = [next(rest) if a.is_floating_point() else a for a in self.at]
        self.module.zero_grad()
        value = self.module(*inputs)
        (value * self.u.to(value.dtype)).sum().backward()
        leaves = [parameters[n] for n in self.names] + [a for a in inputs if a.is_floating_point()]
        found = np.concatenate([np.zeros(p.numel()) if p.grad is None else p.grad.double().numpy().ravel() for p in leaves])
        with torch.no_grad():
            for n, piece in zip(self.names, kept):
                parameters[n].copy_(piece)
        return found


class Wrapped(torch.nn.Module):
    """A module whose forward pass is another function of it."""

    def __init__(self, net, function):
        super().__init__()
        self.net, self.function = net, function

    def forward(self, *inputs):
        return self.function(self.net, *inputs) if self.function else self.net(*inputs)


# ---------------------------------------------------------------- JAX


class JaxCase(Case):
    def __init__(self, item):
        super().__init__(item)
        self.at = self.at if isinstance(self.at, tuple) else (self.at,)
        self.leaves, self.tree = jax.tree.flatten(self.at)
        value = self.f(*self.at)
        self.weighed, self.height = self.mine is None, np.asarray(value, dtype=float)
        self.u = self.rng.normal(size=value.shape) if self.weighed else np.ones(())
        self.w = self.rng.normal(size=self.flat(None).size)
        expected = (self.plain or self.f)(*self.shaped(self.flat(None), own=False))
        assert np.allclose(np.asarray(expected, float), np.asarray(value, float), rtol=10 * item.tolerance + 1e-4, atol=1e-5)

    def flat(self, at):
        return np.concatenate([np.asarray(leaf, dtype=float).ravel() for leaf in self.leaves])

    def shaped(self, x, own):
        new, start = [], 0
        for leaf in self.leaves:
            part = jnp.asarray(x[start : start + leaf.size]).reshape(leaf.shape)
            start += leaf.size
            new.append(part.astype(leaf.dtype) if own else part.astype(leaf.dtype).astype(float))
        return jax.tree.unflatten(self.tree, new)

    def derivative(self, function, x, own):
        def weighed(args):
            value = function(*args)
            return jnp.sum(value * self.u.astype(value.dtype))

        def along(args):
            grads = jax.tree.leaves(jax.grad(weighed)(args))
            return sum(jnp.sum(g.ravel() * w) for g, w in zip(grads, np.split(self.w, np.cumsum([g.size for g in grads])[:-1])))

        grads = jax.grad(along if self.order == 2 else weighed)(self.shaped(x, own))
        return np.concatenate([np.asarray(g, dtype=float).ravel() for g in jax.tree.leaves(grads)])

    def truth(self, x):
        return self.derivative(self.plain or self.f, x, own=False)

    def claim(self, x):
        if self.mine is not None:
            return np.asarray(self.mine(*self.shaped(x, own=True)), dtype=float).ravel()
        return self.derivative(self.f, x, own=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in ITEMS:
        if all(word in str(each) for word in sys.argv[1:]):
            try:
                against = confirmed(each)
            except Exception as error:
                against = f"{type(error).__name__}: {str(error)[:200]}"
            if against:
                print(f"{each}: {against}")
