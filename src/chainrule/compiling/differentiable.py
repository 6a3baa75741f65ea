"""A function of PyTorch or JAX whose backward pass is the derived one.

PyTorch: a `torch.autograd.Function`. Its backward pass computes the cotangents that are asked for, from what the forward
pass saved. Where they are to be differentiated themselves (`create_graph`, `torch.func`), they are another such function,
of the arguments, whose backward pass is the second derivative, derived too; beyond that, PyTorch differentiates its operations.

JAX: a function with a `jax.custom_vjp`, under `jax.jit`; JAX differentiates the backward pass, which is plain operations.

A variable that the derivation does not differentiate in is a constant. It is refused where a derivative in it is asked for,
for this would be a silent zero.

References: PyTorch, "Extending torch.func with autograd.Function"; JAX, "Custom derivative rules".
"""

from __future__ import annotations

from functools import cached_property, partial

from ..core.errors import DeclarationError
from .binding import array, by_name, sizes_of
from .exported import Exported
from .names import shape_text
from .jax_text import JaxText
from .passes import Passes
from .running import defined
from .torch_text import TorchBackwardText, TorchText


class Differentiable:
    """A differentiable function: call it with its arguments by name, or in the order of `parameters`.

    Attributes
        parameters: its arguments, with their dims; wrt: those in which it can be differentiated.
        source: the two passes as text.
    """

    above: tuple[str, ...] = ()
    first = ""  # what the backward pass takes before all else

    def __init__(self, passes: Passes, value: Exported, second):
        self.passes, self.value, self._second = passes, value, second
        self.parameters, self.wrt = passes.parameters, passes.wrt
        self.places = {x: list(self.parameters).index(x) for x in self.wrt}
        passes.reserved = {"forward", "backward", "ctx"}
        backward = passes.backward(self._backward_text())
        forward = passes.forward(self._forward_text())
        if passes.unknown_sizes:
            raise DeclarationError(
                f"the size {', '.join(passes.unknown_sizes)} is that of no argument",
                given=f"a differentiable function for {value.framework}",
                expected="a function whose sizes are those of its arguments",
                fix="sizes that are numbers: `ones(5)`",
            )
        kept = [name for name, _ in passes.saved if name not in self.parameters]
        value_too = [name for name in kept if forward.returned[name] == forward.returned["value"]]
        self.kept = [*value_too[:1], *[name for name in kept if name not in value_too]]  # the value stands first, if it is kept
        self.keeps_value = bool(value_too)
        self.source = "\n".join([*self.above, *dict.fromkeys([*forward.imports, *backward.imports]), *self._text(forward, backward)])

    def _text(self, f, b) -> list[str]:
        p = self.passes
        described = ", ".join([f"{f.inputs[n]}: {shape_text(dims)}" for n, dims in p.parameters.items() if dims is not None])
        taken = [b.inputs[name] for name, _ in p.saved] + [b.sizes[x] for x in p.saved_sizes]
        bar = b.inputs[p.cotangent]
        finals = [b.returned[x] for x in p.wrt]
        conditional = [f"{' = '.join(finals)} = None"] if any(line.startswith("if ") for line in b.lines) else []
        returned = [f.returned["value"], *[f.returned[name] for name in self.kept[self.keeps_value :]]]
        lines = [
            "",
            "",
            f"def forward({', '.join([f.inputs[x] for x in self.parameters])}):",
            f'    """The value ({shape_text(p.value_dims)}), and what `backward` needs of it. {described}"""',
            *[f"    {line}" for line in [*f.reading, *f.lines]],
            f"    return {_tuple(returned)}",
            "",
            "",
            f"def backward({', '.join(filter(None, [self.first, *taken, bar]))}):",
            f'    """The cotangents of {", ".join(p.wrt)}, from that of the value."""',
            *[f"    {line}" for line in [*b.reading, *conditional, *b.lines]],
            f"    return {_tuple(finals)}",
        ]
        return [*lines, ""]

    @cached_property
    def _functions(self) -> tuple:
        space = defined(self.source, "passes")
        return space["forward"], space["backward"]

    def _pulled(self, arguments, kept, bar, *first) -> tuple:
        """The cotangents of the variables."""
        have = dict(zip(self.parameters, arguments)) | dict(zip(self.kept, kept))
        known = {n: dims for n, dims in self.parameters.items() if have[n] is not None}
        sizes = sizes_of(known, have, {}) if self.passes.saved_sizes else {}
        return self._functions[1](
            *first, *[have[name] for name, _ in self.passes.saved], *[sizes[x] for x in self.passes.saved_sizes], bar
        )

    def __call__(self, *arguments, **values):
        return self.function(*arguments, **values)

    def _constant(self, names: list[str]) -> DeclarationError:
        return DeclarationError(
            f"the derivative in {', '.join(names)} is asked for, and was not derived",
            given=f"a function that is differentiable in {', '.join(self.wrt)}",
            expected="derivatives in these variables; the others are constants",
            fix=f'derive it in "{", ".join([*self.wrt, *names])}", or pass {names[0]} as a constant',
        )


class InTorch(Differentiable):
    above, first = ("import torch",), "ctx"

    def _forward_text(self):
        return TorchText

    def _backward_text(self):
        return partial(TorchBackwardText, places=self.places)

    @cached_property
    def function(self):
        """The function of tensors, differentiable by autograd."""
        apply = self._derived.apply
        constants = [x for x in self.parameters if x not in self.wrt]

        def function(*arguments, **values):
            _, passed = self.value._bound(*arguments, **values)
            refused = [x for x, a in zip(self.parameters, passed) if x in constants and a is not None and a.requires_grad]
            if refused:
                raise self._constant(refused)
            return apply(*passed)[0]

        return function

    @cached_property
    def _derived(self):
        import torch

        me, forward = self, self._functions[0]
        count = len(self.parameters)

        class Derived(torch.autograd.Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(*arguments):
                return forward(*arguments)

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.mark_non_differentiable(*output[1:])
                ctx.save_for_backward(*inputs, *output[not me.keeps_value :])

            @staticmethod
            def backward(ctx, bar, *_):
                arguments, kept = ctx.saved_tensors[:count], ctx.saved_tensors[count:]
                if torch.is_grad_enabled():
                    found = me._again.apply(*arguments, bar)
                else:
                    found = me._pulled(arguments, kept, bar, ctx)
                bars: list = [None] * count
                for (_, place), x_bar in zip(me.places.items(), found):
                    bars[place] = x_bar
                return tuple(bars)

        return Derived

    @cached_property
    def _again(self):
        """The cotangents as a function of the arguments and of the cotangent of the value, differentiable in its turn."""
        import torch

        first, second = self._second()
        count = len(self.parameters) + 1
        places = [*self.places.values(), count - 1]

        class Again(torch.autograd.Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(*arguments):
                return tuple(first(*arguments).values())

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(*inputs)

            @staticmethod
            def backward(ctx, *bars):
                found = second(*ctx.saved_tensors, *bars)
                gradients: list = [None] * count
                for place, x_bar in zip(places, found.values()):
                    gradients[place] = x_bar
                return tuple(gradients)

        return Again


class InJax(Differentiable):
    above = ("import jax", "import jax.numpy as jnp")

    def __call__(self, *arguments, **values):
        try:
            return self.function(*arguments, **values)
        except TypeError:
            for name, value in by_name(self.parameters, arguments, values).items():
                if name in self.parameters and not hasattr(value, "dtype"):
                    array(name, value)  # says what is wrong with it
            raise

    def _forward_text(self):
        return JaxText

    def _backward_text(self):
        return JaxText

    @cached_property
    def function(self):
        """The function of arrays under `jax.jit`, differentiable by `jax.grad` and `jax.vjp`."""
        import jax

        derived = self._derived

        def function(*arguments, **values):
            return derived(*self.value._bound(*arguments, **values)[1])

        return jax.jit(function)

    @cached_property
    def _derived(self):
        import jax

        function = jax.custom_vjp(lambda *arguments: self._functions[0](*arguments)[0])

        def forward(*primals):
            refused = [x for x, p in zip(self.parameters, primals) if p is not None and p.perturbed and x not in self.wrt]
            if refused:
                raise self._constant(refused)
            arguments = [None if p is None else p.value for p in primals]
            found = self._functions[0](*arguments)
            return found[0], (arguments, found[not self.keeps_value :])

        def backward(saved, bar):
            arguments, kept = saved
            if isinstance(bar, jax.custom_derivatives.SymbolicZero):
                bar = jax.numpy.zeros(bar.shape, bar.dtype)
            found = dict(zip(self.wrt, self._pulled(arguments, kept, bar)))
            return tuple([found.get(x) for x in self.parameters])

        function.defvjp(forward, backward, symbolic_zeros=True)
        return function


DIFFERENTIABLE = {"torch": InTorch, "jax": InJax}


def _tuple(names: list[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)
