"""A function and its backward pass as a file of NumPy, PyTorch or JAX, and how such a file is called.

Each framework has its own idea of a backward pass: two functions in NumPy, a `torch.autograd.Function`, a
`jax.custom_vjp`. A `Framework` says how it is written and how it is run; the lines in between come from `compile`.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from textwrap import fill

import numpy as np

from ...compiling import OWN, NumPyText, standing_alone
from ...compiling.jax_text import JaxText
from ...compiling.passes import Passes
from ...compiling.torch_text import TorchBackwardText, TorchText

RESERVED = frozenset({"forward", "backward", "saved", "ctx", "inputs", "rng", "signed"})
TEST = "test_the_backward_pass_agrees_with_central_differences"
WIDTH = 110  # columns of prose
# of the test: signs are mixed, since a cotangent of ones hides mistakes, as a normalisation sends it to zero
BAR = "value_bar = np.resize([0.7, -1.3, 0.4], np.shape(value))"


class Framework:
    """How a backward pass is written for NumPy: `forward` returns the value and what is saved, `backward` takes that."""

    name, package = "NumPy", "numpy"
    imports = ("import numpy as np",)
    forward_text = NumPyText

    def __init__(self, passes: Passes, function: str, lines: list[str]):
        self.passes, self.function, self.says = passes, function, lines
        self.parameters = list(passes.parameters)
        passes.reserved = RESERVED | OWN.keys() | {function, self.class_name}
        self.backward = passes.backward(self.backward_text())
        self.forward = passes.forward(self.forward_text)
        self.arguments = [self.forward.inputs[p] for p in self.parameters]

    def backward_text(self):
        return self.forward_text

    @property
    def class_name(self) -> str:
        """What a class for the function is called."""
        name = "".join([part[:1].upper() + part[1:] for part in self.function.split("_")])
        return name if name != self.function else name + "Function"

    # ------------------------------------------------------------------ the file

    def source(self, tested: bool = False) -> str:
        """The file without its test; if it is `tested`, with the imports that the test needs."""
        imports = dict.fromkeys([*(self.test_imports if tested else ()), *self.imports])
        more, defined = standing_alone([*self.forward.imports, *self.backward.imports])
        imports |= dict.fromkeys(more)
        above = [self.docstring(), "", *imports, *(["", *defined] if defined else [])]
        return "\n".join([*above, "", "", *self.body()]) + "\n"

    def docstring(self) -> str:
        first, *more = [line.replace("\\", "\\\\").replace('"', "'") for line in self.says]
        p = self.passes
        bars = ", ".join([f"{x}_bar\u00a0=\u00a0∂L/∂{x}" for x in p.wrt])  # not broken between the lines
        says = f"For a loss L that is computed from the value, {p.cotangent} is ∂L/∂value, and the backward pass returns {bars}."
        text = [
            f'"""Forward and backward pass of {first}',
            *[f"    {line}" for line in more],
            "",
            fill(says, WIDTH).replace("\u00a0", " "),
            "",
            fill(f"Saved for the backward pass: {self.saved_text()}.", WIDTH),
            '"""',
        ]
        return "\n".join(text)

    def saved_text(self) -> str:
        listed = [f"{name} ({shape_text(dims)})" for name, dims in self.passes.saved]
        return ", ".join([*listed, *self.passes.saved_sizes]) or "nothing"

    def described(self, names: list[str]) -> list[str]:
        """The shapes of some arguments, as lines of a docstring."""
        return [f"    {self.forward.inputs[n]}: {shape_text(self.passes.parameters[n])}" for n in names]

    def body(self) -> list[str]:
        f, b, p = self.forward, self.backward, self.passes
        kept = [f.returned[name] for name, _ in p.saved] + [f.sizes[x] for x in p.saved_sizes]
        taken = [b.inputs[name] for name, _ in p.saved] + [b.sizes[x] for x in p.saved_sizes]
        bar = b.inputs[p.cotangent]
        return [
            f"def forward({', '.join(self.arguments)}):",
            f'    """The value ({shape_text(p.value_dims)}), and what `backward` needs.',
            "",
            *self.described(self.parameters),
            '    """',
            *indented(f.reading, f.lines),
            f"    return {f.returned['value']}, {listed_text(kept)}",
            "",
            "",
            f"def backward(saved, {bar}):",
            f'    """The cotangents {", ".join([f"{x}_bar ({shape_text(p.parameters[x])})" for x in p.wrt])}.',
            "",
            f"    {bar}: {shape_text(p.value_dims)}",
            '    """',
            *([f"    {bare(taken)} = saved"] if taken else []),
            *indented(b.reading, b.lines),
            f"    return {', '.join([b.returned[x] for x in p.wrt])}",
        ]

    # ------------------------------------------------------------------ running it

    @property
    def is_installed(self) -> bool:
        return find_spec(self.package) is not None

    def run(self, space: dict, values: dict, cotangent) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(value, cotangents by variable) of the file whose names are `space`."""
        value, saved = space["forward"](*[np.asarray(values[p], float)[()] for p in self.parameters])
        found = space["backward"](saved, np.asarray(cotangent, float)[()])
        return value, dict(zip(self.passes.wrt, found if len(self.passes.wrt) > 1 else [found]))

    def callables(self, space: dict):
        return space["forward"], space["backward"]

    def tried(self, space: dict) -> None:
        """Runs the test of the file."""
        space[TEST]()

    # ------------------------------------------------------------------ what its test says otherwise

    test_imports = ()
    setting = ()

    def test_lines(self) -> list[str]:
        """The lines of the test that compute `value`, `value_bar` and `found`, the cotangents in order."""
        found = "backward(saved, value_bar)"
        return ["value, saved = forward(*point)", BAR, f"found = {found if len(self.passes.wrt) > 1 else f'[{found}]'}"]

    value_of = "forward(*moved)[0]"


class Torch(Framework):
    """A `torch.autograd.Function`, and a function that applies it."""

    name, package = "PyTorch", "torch"
    imports = ("import torch",)
    forward_text = TorchText

    def backward_text(self):
        return partial(TorchBackwardText, places={x: self.parameters.index(x) for x in self.passes.wrt})

    def body(self) -> list[str]:
        f, b, p = self.forward, self.backward, self.passes
        kept = [f.returned[name] for name, _ in p.saved]
        taken = [b.inputs[name] for name, _ in p.saved]
        constants = [x for x in self.parameters if x not in p.wrt]
        # PyTorch knows how arguments and the value came about, and nothing of other tensors that are saved
        once = any(name not in p.parameters and f.returned[name] != f.returned["value"] for name, _ in p.saved)
        head = [
            f"class {self.class_name}(torch.autograd.Function):",
            f'    """The value and its backward pass; {"differentiable once" if once else "differentiable again"}."""',
            "",
            "    @staticmethod",
            f"    def forward(ctx, {', '.join(self.arguments)}):",
            *indented(f.reading, f.lines, by=8),
            *([f"        ctx.save_for_backward({', '.join(kept)})"] if kept else []),
            *[f"        ctx.{x} = {f.sizes[x]}" for x in p.saved_sizes],
            f"        return {f.returned['value']}",
            "",
            "    @staticmethod",
            f"    def backward(ctx, {b.inputs[p.cotangent]}):",
        ]
        if constants:
            asked = " or ".join([f"ctx.needs_input_grad[{self.parameters.index(x)}]" for x in constants])
            if len(constants) > 3:
                asked = f"any([ctx.needs_input_grad[k] for k in {tuple(self.parameters.index(x) for x in constants)}])"
            head += [
                f"        if {asked}:",
                f'            raise NotImplementedError("{", ".join(constants)}: taken as constant, no cotangent was written")',
            ]
        if once:
            head += [
                "        if torch.is_grad_enabled():",
                '            raise NotImplementedError("differentiable once: create_graph asks for a derivative of this one")',
            ]
        conditional = any(line.startswith("if ") for line in b.lines)
        returned = [b.returned[x] if x in p.wrt else "None" for x in self.parameters]
        wrapped = [
            f"def {self.function}({', '.join(self.arguments)}):",
            f'    """The value ({shape_text(p.value_dims)}), to be differentiated by PyTorch with the backward pass above.',
            "",
            *self.described(self.parameters),
            '    """',
        ]
        arrays = [a for a, n in zip(self.arguments, self.parameters) if p.parameters[n]]
        for a, n in zip(self.arguments, self.parameters):
            if not p.parameters[n] and arrays:
                wrapped.append(f"    {a} = torch.as_tensor({a}, dtype={arrays[0]}.dtype, device={arrays[0]}.device)")
        return [
            *head,
            *([f"        {bare(taken)} = ctx.saved_tensors"] if taken else []),
            *[f"        {b.sizes[x]} = ctx.{x}" for x in p.saved_sizes],
            *indented(b.reading, [], by=8),
            *([f"        {' = '.join([b.returned[x] for x in p.wrt])} = None"] if conditional else []),
            *indented([], b.lines, by=8),
            f"        return {', '.join(returned)}",
            "",
            "",
            *wrapped,
            f"    return {self.class_name}.apply({', '.join(self.arguments)})",
        ]

    def run(self, space: dict, values: dict, cotangent):
        import torch

        tensors = {p: torch.tensor(np.asarray(values[p], float)) for p in self.parameters}
        wanted = [tensors[x].requires_grad_() for x in self.passes.wrt]
        value = space[self.function](*tensors.values())
        found = torch.autograd.grad(value, wanted, torch.tensor(np.asarray(cotangent, float)))
        return value.detach().numpy(), {x: g.numpy() for x, g in zip(self.passes.wrt, found)}

    def callables(self, space: dict):
        return space[self.function]

    test_imports = ("import numpy as np",)

    def test_lines(self) -> list[str]:
        places = [self.parameters.index(x) for x in self.passes.wrt]
        return [
            f"tensors = [torch.tensor(x, requires_grad=k in {places}) for k, x in enumerate(point)]",
            f"value = {self.function}(*tensors)",
            BAR,
            f"found = torch.autograd.grad(value, [tensors[k] for k in {places}], torch.tensor(value_bar))",
        ]

    @property
    def value_of(self) -> str:
        return f"{self.function}(*map(torch.tensor, moved)).numpy()"


class Jax(Framework):
    """A function with a `jax.custom_vjp`."""

    name, package = "JAX", "jax"
    imports = ("import jax", "import jax.numpy as jnp")
    forward_text = JaxText

    def body(self) -> list[str]:
        f, b, p = self.forward, self.backward, self.passes
        # sizes must be known when a program is traced: an array without entries carries them in its shape
        kept = [f.returned[name] for name, _ in p.saved] + [f"jnp.zeros(({f.sizes[x]}, 0))" for x in p.saved_sizes]
        taken = [b.inputs[name] for name, _ in p.saved] + [f"{b.sizes[x]}_rows" for x in p.saved_sizes]
        constants = [x for x in self.parameters if x not in p.wrt]
        returned = [b.returned[x] if x in p.wrt else "None" for x in self.parameters]
        said = f"    {', '.join(constants)}: taken as constant, as by jax.lax.stop_gradient" if constants else None
        bar = b.inputs[p.cotangent]
        return [
            "@jax.custom_vjp",
            f"def {self.function}({', '.join(self.arguments)}):",
            f'    """The value ({shape_text(p.value_dims)}), to be differentiated by JAX with the backward pass below.',
            "",
            *self.described(self.parameters),
            *([said] if said else []),
            '    """',
            f"    return forward({', '.join(self.arguments)})[0]",
            "",
            "",
            f"def forward({', '.join(self.arguments)}):",
            '    """The value, and what `backward` needs."""',
            *indented(f.reading, f.lines),
            f"    return {f.returned['value']}, {listed_text(kept)}" + ("  # a size, in a shape" if p.saved_sizes else ""),
            "",
            "",
            f"def backward(saved, {bar}):",
            f'    """The cotangents of {", ".join(self.arguments)}: None for a constant."""'
            if constants
            else f'    """The cotangents of {", ".join(self.arguments)}."""',
            *([f"    {bare(taken)} = saved"] if taken else []),
            *[f"    {b.sizes[x]} = {b.sizes[x]}_rows.shape[0]" for x in p.saved_sizes],
            *indented(b.reading, b.lines),
            f"    return {listed_text(returned)}",
            "",
            "",
            f"{self.function}.defvjp(forward, backward)",
        ]

    def run(self, space: dict, values: dict, cotangent):
        import jax

        with jax.enable_x64(True):
            arrays = [jax.numpy.asarray(np.asarray(values[p], float)) for p in self.parameters]
            value, pull = jax.vjp(jax.jit(space[self.function]), *arrays)
            found = pull(jax.numpy.asarray(np.asarray(cotangent, float)))
        return np.asarray(value), {x: np.asarray(found[self.parameters.index(x)]) for x in self.passes.wrt}

    def callables(self, space: dict):
        return space[self.function]

    def tried(self, space: dict) -> None:
        import jax

        before = jax.config.jax_enable_x64  # the test sets it, which is its file's affair and not this process's
        try:
            super().tried(space)
        finally:
            jax.config.update("jax_enable_x64", before)

    test_imports = ("import numpy as np",)
    setting = ('jax.config.update("jax_enable_x64", True)  # double precision',)

    def test_lines(self) -> list[str]:
        places = [self.parameters.index(x) for x in self.passes.wrt]
        return [
            f"value_of = jax.jit({self.function})",
            "value, pull = jax.vjp(value_of, *map(jnp.asarray, point))",
            BAR,
            "found = pull(jnp.asarray(value_bar))",
            *([f"found = [found[k] for k in {places}]"] if len(places) < len(self.parameters) else []),
        ]

    @property
    def value_of(self) -> str:
        return "np.asarray(value_of(*map(jnp.asarray, moved)))"


FRAMEWORKS = {"numpy": Framework, "torch": Torch, "jax": Jax}


def indented(*blocks: list[str], by: int = 4) -> list[str]:
    return [" " * by + line for block in blocks for line in block]


def listed_text(names: list[str]) -> str:
    """A tuple, as it is written."""
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def bare(names: list[str]) -> str:
    """Names to be unpacked into."""
    return listed_text(names)[1:-1]


def shape_text(dims) -> str:
    return " × ".join([d.text for d in dims]) or "scalar"
