"""An exported graph of PyTorch, read node by node into tensors."""

from __future__ import annotations

from types import SimpleNamespace

from ...core.dims import Dim, dim
from ...core.errors import ChainruleError, NoRuleError, ShapeError
from ..typed import Typed
from . import tensors as T
from ..framework import refused
from .outside import Outside, outside
from .positions import Positions
from .shifts import Shifts
from .tensors import Tensor
from .torch_export import Exported, operator_name
from .torch_ops import HELD, OPERATORS, REFUSED, SCALARS


class Reader:
    """Turns the nodes of an exported graph into tensors. `program` is that of `syntax.torch_in`."""

    def __init__(self, program, exported: Exported, shifts: Shifts):
        self.program, self.exported, self.shifts = program, exported, shifts
        self.symbols = exported.symbols
        self.env: dict = {}

    def run(self) -> Tensor:
        graph = self.exported.graph
        self.inputs()
        needed = self.needed(graph)
        for node in graph.nodes:
            if node.op == "call_function" and node in needed:
                try:
                    self.env[node] = self.operation(node)
                except ChainruleError as error:
                    raise self.at(error, node) from None
        return self.tensor(next(v for n, v in self.env.items() if n.name == self.exported.output.name))

    def inputs(self) -> None:
        """Variables, and the constants that the graph holds."""
        signature = self.exported.program.graph_signature
        nodes = {n.name: n for n in self.exported.graph.nodes if n.op == "placeholder"}
        variables = iter(self.program.parameters.variables.values())
        for spec in signature.input_specs:
            node = nodes[spec.arg.name]
            if spec.kind.name == "USER_INPUT":
                v = next(variables)
                self.env[node] = T.tensor(Typed("var", (), v.name, v.dims))
            else:
                held = self.exported.program.constants.get(spec.target)
                held = self.exported.program.state_dict.get(spec.target) if held is None else held
                self.env[node] = outside(held.detach().numpy()) if held is not None else Outside(())

    def needed(self, graph) -> set:
        """The nodes that the result needs; nothing is needed of what detach holds."""
        stack = [n for n in graph.nodes if n.name == self.exported.output.name]
        found = set()
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                stack.extend(node.all_input_nodes if not held(node) else ())
        return found

    def operation(self, node):
        if held(node):  # torch.no_grad(): what it holds is a constant to autograd
            values = node.meta["val"]
            return [self.shifts.next(tuple([T.unit(d) for d in self.dims(v)])) for v in values]
        if getattr(node.target, "_schema", None) is None:
            return self.scalar(node)
        name = operator_name(node.target)
        handler = OPERATORS.get(name) or (OPERATORS.get(name[:-1]) if name.endswith("_") else None)
        if handler is None:
            raise refused(f"`{name}`", REFUSED.get(name))
        arguments = node.target._schema.arguments
        given = dict(zip([a.name for a in arguments], node.args)) | dict(node.kwargs)
        filled = {a.name: self.value(given.get(a.name, a.default_value)) for a in arguments}
        if any(isinstance(x, Outside) for x in filled.values()) and name not in HELD:
            shape = next(x.shape for x in filled.values() if isinstance(x, Outside))
            raise NoRuleError(
                "a tensor from outside the function is used", given=f"a tensor of shape {tuple(shape)}",
                expected="numbers and parameters", fix="make it a parameter of the function",
            )  # fmt: skip
        filled["x"] = filled.pop("self", None)
        return handler(self, SimpleNamespace(node=node, name=name.rstrip("_") or name, **filled))

    def scalar(self, node):
        """Arithmetic of Python on sizes."""
        name = getattr(node.target, "__name__", str(node.target))
        expression = getattr(getattr(node.meta.get("val"), "node", None), "expr", None)
        if expression is not None and getattr(expression, "is_integer", False):
            return Positions({}, self.polynomial(expression), ())
        args = [self.value(a) for a in node.args]
        if name == "getitem":
            return args[0][args[1]]
        if name not in SCALARS:
            raise refused(f"`{name}`", REFUSED.get(name, "functions of torch on whole tensors"))
        return SCALARS[name](*[self.tensor(a) for a in args])

    def value(self, given):
        """An argument: nodes become what they are, sizes too."""
        if isinstance(given, (list, tuple)):
            return [self.value(g) for g in given]
        return self.env[given] if hasattr(given, "all_input_nodes") else given

    # ---------------------------------------------------------------- values

    def tensor(self, value) -> Tensor:
        if isinstance(value, Positions):
            return value.tensor()
        if isinstance(value, Outside):
            raise NoRuleError(
                f"the value of `{self.program.name}` depends on no parameter", given="a constant tensor",
                expected="a function of its parameters",
            )
        return value if isinstance(value, Tensor) else T.number(value)

    def size(self, value) -> Dim:
        """A size that an operator was given."""
        if isinstance(value, Positions) and not value.slopes:
            return value.offset
        if isinstance(value, int):
            return dim(value)
        raise ShapeError("a size is computed from values", given=str(value), expected="sizes of the parameters, or numbers")

    def shape(self, node) -> tuple:
        """The dims of a node's value."""
        return self.dims(node.meta["val"])

    def dims(self, value) -> tuple:
        return tuple([dim(k) if isinstance(k, int) else self.polynomial(k.node.expr) for k in value.shape])

    def polynomial(self, expression) -> Dim:
        """A size of torch, an expression of SymPy, as a Dim."""
        if expression.is_Integer:
            return dim(int(expression))
        if expression.is_Symbol and str(expression) in self.symbols:
            return self.symbols[str(expression)]
        if expression.is_Add or expression.is_Mul:
            found = self.polynomial(expression.args[0])
            for part in expression.args[1:]:
                found = found + self.polynomial(part) if expression.is_Add else found * self.polynomial(part)
            return found
        if expression.is_Pow and expression.exp.is_Integer and 0 < int(expression.exp) < 10:
            found = dim(1)
            for _ in range(int(expression.exp)):
                found = found * self.polynomial(expression.base)
            return found
        raise ShapeError(
            "a size is no polynomial of the sizes given", given=str(expression).replace("//", " // "),
            expected="sums and products of sizes", fix="give that size as a number",
        )  # fmt: skip

    def at(self, error: ChainruleError, node) -> ChainruleError:
        """The error with the line of the person's code that the node came from."""
        place = node.meta.get("custom", {}).get("place")
        if place is not None:
            error.given = f"{error.given}\n{place.shown()}" if error.given else place.shown()
        return error


def held(node) -> bool:
    """Whether a node is a region without gradients."""
    return node.op == "call_function" and "set_grad_enabled" in str(node.target)
