"""Functions of JAX: the claim is the framework's own derivative, with its custom rules, or a function the person wrote.

Arguments are pytrees. A function of float32 is run again in float64 inside `jax.enable_x64`, which leaves the person's
own setting alone. Of order 2 the function is the gradient, and the claim its derivative; `torch_in` says of what.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, nullcontext

import numpy as np

from ...core.errors import check_choice
from ..subject import KINDS, Argument, Failed, Misshapen
from .calling import called
from .flat import raised
from .nested import Opened, opened
from .written import ROUNDING, WIDER, Written

SLOW = 0.03  # seconds for a call, from which compiling the function is worth while
AS_IT_IS = (12, 4)  # calls before that, in its own type and in a wider one: chance and memory show in these
REORDERED = 64  # roundings: a compiled program adds in another order
TRACED = (
    "TracerBoolConversionError",
    "TracerArrayConversionError",
    "TracerIntegerConversionError",
    "ConcretizationTypeError",
)
WRONG_SHAPE = re.compile(r"at output\[(\d+)\](\S*) .*? of type \w+\[([\d,]*)\] .*? an input of type \w+\[([\d,]*)\]")


class JaxSubject(Written):
    """A function of JAX arrays, plain, compiled, or with a custom rule."""

    framework = "jax"
    EPS = ROUNDING
    WIDER = WIDER

    def __init__(self, function, mine, at, *, kind=None, order=1, wrt=None, sample=None):
        import jax

        self.jax = jax
        self._seconds: dict = {}  # that each call took, by width
        self._compiled: dict = {}
        super().__init__(function, at, order=order, wrt=wrt, sample=sample, also=(mine,))
        self.stopped = False  # whether the person's code uses stop_gradient
        self._is_written = mine is not None
        if kind == "hessian" and mine is None:
            kind, self.order = None, 2
        if mine is not None:
            self._take_claim(mine, kind)
        else:
            self._take_rule(kind)

    # ---------------------------------------------------------------- leaves

    def opener(self, value):
        if value is None or type(value) in (tuple, list, dict) or hasattr(value, "_fields"):
            return opened(value)
        tree = self.jax.tree_util
        if tree.all_leaves([value]):
            return opened(value)
        pairs, structure = tree.tree_flatten_with_path(value, is_leaf=lambda part: part is not value)
        keys = tuple(getattr(p[-1], "key", getattr(p[-1], "name", getattr(p[-1], "idx", None))) for p, _ in pairs)
        attributes = {id(v): f".{n}" for n, v in getattr(value, "__dict__", {}).items()}
        suffixes = tuple(attributes.get(id(c)) or tree.keystr(p) for p, c in pairs)  # as the person reaches it
        children = tuple(c for _, c in pairs)
        return Opened(keys, suffixes, children, True, lambda others: tree.tree_unflatten(structure, others))

    def _type(self, leaf):
        jax = self.jax
        if isinstance(leaf, float) or isinstance(leaf, (np.ndarray, np.floating)) and leaf.dtype.kind == "f":
            return jax.dtypes.canonicalize_dtype(np.result_type(leaf)).name
        if isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.numpy.floating):
            return leaf.dtype.name
        return None

    def _whole(self, leaf):
        if isinstance(leaf, (bool, np.bool_)):
            return None
        if isinstance(leaf, int):
            return float(leaf)
        if isinstance(leaf, (np.ndarray, np.integer, self.jax.Array)) and getattr(leaf.dtype, "kind", "") in "iu":
            return np.asarray(leaf).astype(float)
        return None

    def _numbers(self, leaf):
        own = self._type(leaf)
        array = np.asarray(leaf)
        if own is not None and not isinstance(leaf, self.jax.Array):
            array = array.astype(own)  # as JAX takes it in
        return array.astype(float).ravel()

    def _made(self, numbers, like, width):
        dtype = width or self._type(like)
        array = np.array(numbers, dtype=float).reshape(np.shape(like))
        return self.jax.numpy.asarray(array, dtype=dtype)

    def _plain(self, part):
        if isinstance(part, self.jax.Array) and not self._complex(part):
            return np.asarray(part).astype(float)
        return part

    @contextmanager
    def _precision(self, width):
        """64-bit arrays for the calls inside, where they are not allowed already."""
        needed = width == "float64" and not self.jax.config.jax_enable_x64
        with self.jax.enable_x64(True) if needed else nullcontext():
            yield

    # ---------------------------------------------------------------- calls

    def _evaluated(self, x, width):
        with self._precision(width):
            if self.order == 2 and not self._is_written:
                gradient = self._gradient_of(self._built(x, width))
                return self._tried(lambda: list(gradient(*self._variables(x, width))))
            return self._computed(x, width)

    def _computed(self, x, width):
        """The values; of a slow function, after a few calls, by a compiled copy that gives the same."""
        ready = self._compiled.get(width)
        if ready is not None:
            return self._tried(lambda: ready(*self._variables(x, width)), "function")
        start = time.perf_counter()
        found, _ = self._outputs(self._run(self._built(x, width)))
        self._seconds.setdefault(width, []).append(time.perf_counter() - start)
        if len(self._seconds[width]) == (AS_IT_IS[width is not None]) and min(self._seconds[width]) > SLOW:
            self._compile(x, width, found)
        return found

    def _compile(self, x, width, found):
        ready = self.jax.jit(self._only_moving(self._built(x, width)))
        try:
            again = ready(*self._variables(x, width))
        except Exception:
            return  # it cannot be traced: it goes on as it is
        eps = self.EPS[width or self._own()]
        if all(_close(self._numbers(a), self._numbers(b), eps) for a, b in zip(again, found)):
            self._compiled[width] = ready

    def _variables(self, x, width=None):
        places = zip(self.spans(), self._moving)
        return [self._made(x[span], self._leaves[i], self._to(i, width)) for (_, span), i in places]

    def _only_moving(self, leaves):
        """The function of the leaves that are checked, the others held; its value as a list of floating leaves."""

        def function(*moving):
            handed = list(leaves)
            for i, leaf in zip(self._moving, moving):
                handed[i] = leaf
            return self._outputs(self._run(handed))[0]

        return function

    def _tried(self, work, part="claim"):
        """What `work` returns; an error in it is one of the claim, or of the function."""
        if self._seeded:
            self._chance.reseed()
        try:
            return work()
        except Misshapen:
            raise
        except (Exception, SystemExit) as error:
            inner = error.error or error if isinstance(error, Failed) else error
            raise raised(part, self.name, inner) if part == "function" else self._refused(inner) from error

    def _refused(self, error):
        """An error of JAX's, in words that say what to do about it."""
        words = " ".join(str(error).split())
        if type(error).__name__ in TRACED:
            why = "it decides by the values of its arguments, or hands them to NumPy or `float`"
            return Failed("claim", f"JAX cannot differentiate {self.name}: {why}", error)
        shapes = WRONG_SHAPE.search(words)
        if shapes and shapes[3] != shapes[4]:
            given, expected = (tuple(int(n) for n in shapes[k].split(",") if n) for k in (3, 4))
            return Misshapen(self._name_of(int(shapes[1]), shapes[2], expected), given, expected)
        return raised("claim", self.name, error, "the derivative of")

    def _name_of(self, place: int, path: str, shape) -> str:
        """The argument that an error of JAX's means: exactly where the rule itself is checked, else by its shape."""
        names = [a.name for a in self.arguments]
        if isinstance(self.call_f, self.jax.custom_vjp) and place < len(self._call.names):
            name = self._call.names[place] + path
            return name if name in names else self._call.names[place]
        fits = [a.name for a in self.arguments if a.shape == shape]
        return fits[0] if fits else names[0]

    # ---------------------------------------------------------------- the framework's derivative

    def _take_rule(self, kind):
        if kind is not None:
            check_choice("kind", kind, KINDS)
        self._first()
        jax = self.jax
        is_rule = isinstance(self.call_f, (jax.custom_vjp, jax.custom_jvp))
        self.claims_are = "code" if is_rule else "autograd"
        self._look_inside()
        if is_rule:
            self.call_claim = getattr(self.call_f, "bwd", None) or getattr(self.call_f, "jvp", None)
            self.custom = (called(self.call_f), *(c for c in self.custom if c != called(self.call_f)))
        one = sum(o.size for o in self.outputs) == 1
        self.kind = "jvp" if kind == "jvp" else "gradient" if one else "vjp"
        if kind == "gradient":
            self._check_outputs()
        if self.order == 2:
            self._to_second_order(is_rule)
        elif self.kind != "jvp":
            self._try_rule()
        self.mutated.clear()

    def _try_rule(self):
        """Asks for the derivative once; what has none in reverse mode is checked in forward mode."""
        m = sum(o.size for o in self.outputs)
        u = np.ones(1) if self.kind == "gradient" else np.where(np.arange(m) % 2 == 0, 0.5, -0.75)
        try:
            found = self.pull(self.x, u)
        except Misshapen:
            return  # met again when it is asked for
        except Failed:
            try:
                self.push(self.x, np.ones(self.x.size))
            except Failed:
                return
            self.kind = "jvp"
            self.remarks.append("JAX cannot run this backward: it is checked in forward mode")
            return
        if self.stopped:
            self.unreached = tuple(a.name for a, span in self.spans() if not np.any(found[span]))

    def _look_inside(self):
        """Custom rules and stop_gradient in the person's own code, as far as the function can be traced."""
        try:
            program = self.jax.make_jaxpr(self._only_moving(self._built(self.x)))(*self._variables(self.x))
        except Exception:
            return  # met again, and said, when the derivative is asked for
        rules = []
        for equation in _equations(program.jaxpr):
            kind = equation.primitive.name
            if kind == "stop_gradient" and _own_call(equation, "stop_gradient"):
                self.stopped = True
            if kind.startswith(("custom_vjp_call", "custom_jvp_call")):
                name = _own_rule(equation)
                rules += [name] if name and name not in rules else []
        self.custom = tuple(rules)

    def pull(self, x, u):
        if self._is_written:
            return super().pull(x, u)

        def work():
            leaves = self._built(x)
            function = self._gradient_of(leaves) if self.order == 2 else self._only_moving(leaves)
            values, back = self.jax.vjp(function, *self._variables(x))
            return back(type(values)(self._pieces(np.asarray(u, dtype=float), values)))

        return np.concatenate([self._numbers(g) for g in self._tried(work)])

    def push(self, x, v):
        if self._is_written:
            return super().push(x, v)

        def work():
            tangents = self._variables(np.asarray(v))
            return self.jax.jvp(self._only_moving(self._built(x)), tuple(self._variables(x)), tuple(tangents))[1]

        return np.concatenate([self._numbers(t) for t in self._tried(work)])

    def _pieces(self, u, values):
        made, start = [], 0
        for leaf in values:
            size = int(np.size(leaf))
            made.append(self._made(u[start : start + size], leaf, None))
            start += size
        return made

    # ---------------------------------------------------------------- order 2

    def _to_second_order(self, is_rule):
        one = sum(o.size for o in self.outputs) == 1
        self._cotangents = None
        if is_rule or not one:
            counted = [np.arange(o.size) for o in self.outputs]
            self._cotangents = [(0.5 - 1.25 * (k % 2)) * (1 + k % 3) for k in counted]
            self.remarks.append("second order: of the gradient of Σ cᵢyᵢ + ½yᵢ², y the values")
        self.kind = "vjp"
        self.outputs = tuple(Argument(f"the gradient in {a.name}", *a[1:]) for a in self.arguments)

    def _gradient_of(self, leaves):
        function, numpy = self._only_moving(leaves), self.jax.numpy

        def scalar(*moving):
            values = function(*moving)
            if self._cotangents is None:
                return numpy.sum(numpy.ravel(values[0]))
            parts = [(numpy.asarray(c, y.dtype), numpy.ravel(y)) for c, y in zip(self._cotangents, values)]
            return sum(numpy.sum(c * y + y**2 / 2) for c, y in parts)

        return self.jax.grad(scalar, argnums=tuple(range(len(self._moving))))


def _close(a, b, eps) -> bool:
    size = float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0))
    return np.allclose(a, b, rtol=0, atol=REORDERED * eps * size, equal_nan=True)


def _equations(program):
    """All equations of a program and of the programs inside it."""
    waiting = [program]
    while waiting:
        for equation in waiting.pop().eqns:
            yield equation
            for value in equation.params.values():
                for part in value if isinstance(value, (tuple, list)) else (value,):
                    inner = getattr(part, "jaxpr", part)
                    if hasattr(inner, "eqns"):
                        waiting.append(inner)


def _own_rule(equation) -> str | None:
    """The name of a custom rule that is not of JAX's own functions."""
    program = equation.params.get("call_jaxpr")
    described = getattr(getattr(getattr(program, "jaxpr", program), "debug_info", None), "func_src_info", "") or ""
    name, _, place = described.partition(" at ")
    return None if _is_of_jax(place) else name or "custom rule"


def _own_call(equation, name: str) -> bool:
    """Whether the person's code calls a function of JAX's by itself, rather than through another one of them."""
    frames = getattr(getattr(equation.source_info, "traceback", None), "frames", None) or []
    inner = [i for i, frame in enumerate(frames) if frame.function_name == name]
    return not inner or (inner[-1] + 1 < len(frames) and not _is_of_jax(frames[inner[-1] + 1].file_name))


def _is_of_jax(place: str) -> bool:
    return "/jax/" in place.replace("\\", "/")
