"""Derivatives in several variables at once: from one reverse sweep, with one name for what they share.

∂L/∂W₁, ∂L/∂b₁ … of a network use the same residuals; they are written, and computed by the compiled program, once. Of
order 2 the answer is the Hessian in blocks ∂²f/∂x∂y: those on and above the diagonal; the others are their transposes.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.2; Magnus & Neudecker (2019),
section 6.6, for the Hessian in blocks.
"""

from __future__ import annotations

from ...calculus import jacobian
from ...core.algebra import is_zero
from ...core.dims import size_text
from ...core.errors import DeclarationError, ShapeError, UnknownNameError
from ...core.node import Node
from ...numeric import Evidence, verify
from ..answer import Answer, Piece
from ..derivation import Derivation
from ..derive import derive
from ..differentiate import tidied_together
from ..lines import Quoted
from ..seal import piecewise
from ..steps import Each, Told
from ..symbols import INDICES, LATEX, UNICODE
from .asked import several_asked
from .curve import refuse_unless_verified, worst_of
from .jointly import TOGETHER, verified_jointly
from .products import program_of, scalar_only
from .start import Start, started


class Partials(Answer):
    """Derivatives in several variables. `partials["W"]` is the result for W, as a `Piece`; `text` has one a line."""

    order: int = 1

    def assigned(self, key: str) -> str:
        """The name of a result in NumPy text: one that is no variable of the function."""
        if key not in self.wrt and " " not in key:
            return key
        word = "hess" if self.order == 2 else "jac" if self.problem.dims else "grad"
        return f"{word}_{key.replace(' ', '_')}"

    def __getitem__(self, key) -> Piece:
        """The result for a variable; for a pair of variables the block of the Hessian."""
        key = " ".join(key) if isinstance(key, tuple) else key
        if key not in self.pieces:
            raise UnknownNameError(
                f"there is no result for `{key}`",
                given=", ".join(self.pieces),
                expected="one of the variables asked for",
            )
        return self.pieces[key]

    def named(self, key: str, script=UNICODE) -> str:
        """What a result is called, as the form is in which it is written: ∂f/∂W, ∂f/∂W[dW] of a differential, ∂f_i/∂W_jk."""
        plain, form = super().named(key, script), self.renderings[key].form
        piece = self.pieces[key]
        if form == "matrix" or piece.wrt is None:
            return plain
        below = [script.name_of(x) for x in key.split()]
        if form == "differential":
            return f"{plain}[{script.differential}{below[-1]}]"
        if form == "kronecker":
            turned = r"^{\top}" if script is LATEX else "ᵀ"
            top = "f" if len(below) == 1 else f"({script.quotient(script.partial + 'f', script.partial + below[0])})"
            return script.quotient(f"{script.partial}{script.vec}{top}", f"{script.partial}({script.vec}{below[-1]}){turned}")
        letters = INDICES[: piece.node.ndim]
        out, tops = (letters[: piece.out_ndim], []) if len(below) == 1 else ("", [letters[: piece.out_ndim]])
        if form == "outputs":
            return script.indexed(plain, letters[0])
        each = [*tops, letters[piece.out_ndim :]]
        bottom = "".join(script.partial + script.indexed(x, low) for x, low in zip(below, each))
        return script.quotient(script.partial + script.power(len(below)) + script.indexed("f", out), bottom)

    def tell(self, style: str = "auto", layout: str | None = None) -> Each:
        """The steps of each derivative, by variable. `steps.told` says which errors there are.

        Raises
            DeclarationError: the derivatives are of order 2.
        """
        tellings = {d.wrt: d.tell(style, layout or self.layout) for d in self._first_derivations("steps")}
        for name, steps in tellings.items():  # the last line by the name that the result has here
            steps[-1].left = Quoted(self.named(name), self.named(name, LATEX))
        return Each(tellings)

    def told(self, style: str = "auto") -> Told:
        """The derivatives together with their steps, for the doors that show both."""
        return Told(self, self.tell(style))

    def spelled_out(self) -> Told:
        """The derivatives together with their paths."""
        return Told(self, Each({d.wrt: d.paths for d in self._first_derivations("paths")}))

    def _first_derivations(self, what: str) -> list[Derivation]:
        if self.order == 1:
            return list(self.derivations())
        raise DeclarationError(
            f"the {what} of a Hessian in blocks are not told",
            given=f"order 2 in {', '.join(self.wrt)}",
            expected="first derivatives in several variables, or one variable",
            fix=f'wrt="{self.wrt[0]}"',
        )

    def to_dict(self) -> dict:
        return super().to_dict() | {"order": self.order}


def value_and_gradient(function, wrt, **options) -> Partials:
    """A scalar function and its gradient in one or several variables."""
    return partials(function, wrt, 1, value=True, kind="value_and_grad", **options)


def partials(
    function, wrt, order=1, declare=None, layout="column", dialect=None, seal=True, value=False, kind="partials"
) -> Partials:
    """The derivatives of `function` in each of the variables `wrt`; with `value`, also the function itself.

    Raises
        DeclarationError: an order that is neither 1 nor 2, no variable, or one twice.
        ShapeError: second derivatives of a function whose value is no number.
    """
    problem, names = several_asked(function, wrt, declare, layout, dialect)
    if order not in (1, 2) or isinstance(order, bool):
        raise DeclarationError(
            "derivatives in several variables are of order 1 or 2",
            given=repr(order),
            expected="1: gradients or Jacobians, 2: the blocks of the Hessian",
            fix="ask for one variable at a time" if isinstance(order, int) and order > 2 else None,
        )
    if order == 2 and problem.dims:
        raise ShapeError(
            "the Hessian in blocks is of a function whose value is one number",
            given=f"{problem.echo}, of shape {size_text(problem.dims)}",
            expected="a scalar function",
            fix="ask for one variable at a time",
        )
    if value and problem.dims:
        scalar_only(problem, "value_and_grad", f"jacobian({problem.text.strip()!r}, {names[0]!r})")
    start = started(problem, names)
    firsts = tidied_together(jacobian(start.node, [start.free[n] for n in names]))
    pieces = [_value_piece(start, names)] if value else []
    if order == 1:
        pieces += _first_pieces(start, names, firsts)
    else:
        pieces += _blocks(start, names, firsts)
    found = Partials(kind, problem, layout, pieces, (), start.names(), names)
    found.order = order
    found.derivations = lambda: (derive(problem, name, order=order, seal=False) for name in names)
    for piece in pieces:
        if is_zero(piece.node):
            found.notes.append(_why_zero(piece, problem, order))
    if seal:
        found.seal = _sealed(found, problem, start, names, firsts)
        refuse_unless_verified(found, f"by {', '.join(names)}, order {order}")
    return found


def _value_piece(start: Start, names: list[str]) -> Piece:
    key = next(k for k in ("value", "f", "value_of_f") if k not in names)
    return Piece(key, "f", start.bound(start.node), start.node.ndim)


def _first_pieces(start: Start, names: list[str], firsts: list[Node]) -> list[Piece]:
    """∂f/∂x for x in the order of `names`."""
    done: dict[Node, Node] = {}
    found = [start.bound(node, done) for node in firsts]
    if found != firsts:  # facts that the free variables did not have
        found = tidied_together(found)
    alone = len(names) == 1
    return [Piece(n, _first_name(start, n, alone), node, start.node.ndim, n) for n, node in zip(names, found)]


def _first_name(start: Start, name: str, alone: bool):
    def called(script):
        x = script.name_of(name)
        if alone and not start.node.ndim and start.free[name].dims:
            return script.nabla + (" f" if script is LATEX else "f")
        return script.quotient(script.partial + "f", script.partial + x)

    return called


def _blocks(start: Start, names: list[str], firsts: list[Node]) -> list[Piece]:
    """∂²f/∂x∂y for x and y in the order of `names`, y not before x."""
    pairs, blocks = [], []
    done: dict[Node, Node] = {}
    for k, (x, gradient) in enumerate(zip(names, firsts)):
        pairs += [(x, y) for y in names[k:]]
        blocks += [start.bound(block, done) for block in jacobian(gradient, [start.free[n] for n in names[k:]])]
    pieces = []
    for (x, y), node in zip(pairs, tidied_together(blocks)):
        beyond = node.ndim > 2  # no matrix: a linear map from the changes of y to those of ∂f/∂x
        out = start.free[x].ndim if beyond else 0
        pieces.append(Piece(f"{x} {y}", _block_name(x, y), node, out, y if beyond else None))
    return pieces


def _block_name(x: str, y: str):
    def called(script):
        below = f"{script.partial}{script.name_of(x)}"
        below = (
            below + script.power(2)
            if x == y
            else f"{below}{' ' if script is LATEX else ''}{script.partial}{script.name_of(y)}"
        )
        return script.quotient(f"{script.partial}{script.power(2)}f", below)

    return called


def _why_zero(piece: Piece, problem, order: int) -> str:
    names = piece.key.split()
    for name in names:
        if name not in problem.variables:
            return f"zero because {name} does not occur in the function"
    if order == 1:
        return f"zero because the function does not depend on {names[0]}"
    if names[0] == names[-1]:
        return f"∂²f/∂{names[0]}² is zero because the function is affine in {names[0]}"
    return f"∂²f/∂{names[0]}∂{names[1]} is zero because no term has both {names[0]} and {names[1]}"


def _sealed(found: Partials, problem, start: Start, names: list[str], firsts: list[Node]) -> Evidence:
    """Each result against the numeric derivative of the function; a block against that of the gradient, checked too."""
    variables = [(p.name, p.dims, p.facts) for p in found.parameters]
    kinks = piecewise(start.node)
    margin = lambda name: (lambda values: problem.margin(values, name)) if kinks else None
    if found.order == 1 and len(names) > TOGETHER:
        every = verified_jointly(problem, {name: found.renderings[name] for name in names}, variables, kinks)
        if every.ok:
            return every
    checks = []
    programs = {n: program_of(g, found.parameters) for n, g in zip(names, firsts)} if found.order == 2 else {}
    for name in names:
        claim = found.renderings[name].evaluate if found.order == 1 else programs[name]
        checks.append(verify(problem.evaluate, margin(name), claim, variables, name))
    if found.order == 2:
        for key in found.pieces:
            if " " in key and checks[-1].ok:
                x, y = key.split(" ")
                checks.append(verify(programs[x], margin(y), found.renderings[key].evaluate, variables, y))
    return worst_of(checks)
