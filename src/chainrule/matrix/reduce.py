"""From a node of the tensor graph to its matrix tree.

Every node has a tree: products are reduced as networks (`network`), sums, elementwise functions and structured
operations take the trees of their arguments. What is no matrix expression becomes an einsum tree, which
`is_matrix` tells. The walk over the graph is iterative, and its results are kept in `node.memo`.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.facts import SYMMETRIC
from ..core.node import Node, exact
from ..core.node import size as size_node
from ..core.sums import linear_sum
from ..core.walk import depends, order
from . import build as b
from .network import Network
from .structure import merged
from .tree import Tree, decimal, make, num, size, sym

_TERMS = 24  # the most terms that distributing a sum of three axes may give


class Reducer:
    """Trees of nodes, with the nodes of `names` printed by their names."""

    def __init__(self, names: dict[Node, str] | None = None):
        self.names = names or {}
        # y − Xw is −r where r = Xw − y has a name
        turned = {linear_sum([(-1, n)], n.dims): n for n in self.names if n.op == "sum"}
        self.turned = {n: named for n, named in turned.items() if n not in self.names}
        self.named_sums: dict[Node, list[Node]] = {}  # by one of their terms
        for n in sorted(self.names, key=lambda n: -len(n.args)):
            if n.op == "sum" and len(n.args) > 1:
                self.named_sums.setdefault(n.args[0], []).append(n)
        self.own: dict[Node, Tree] = {}
        self.tainted: set[Node] = set()  # what holds a named node

    def start(self, *roots: Node) -> "Reducer":
        """Get ready for `roots`: find out where names occur."""
        if self.names:
            below = order(*roots)
            sums = [n for n in below if n.op == "sum" and self._with_names(n)] if self.named_sums else []
            self.tainted |= depends(below, [*self.names, *self.turned, *sums])
        return self

    def _with_names(self, node: Node) -> list[tuple[object, Node]] | None:
        """The terms of a sum in which terms that make up a named sum are that: Xw + b − y is z − y; None if none do."""
        terms = dict(zip(node.args, node.attr))
        found = None
        for first in node.args:
            for named in self.named_sums.get(first, ()):
                if named is node or first not in terms or len(named.args) > len(terms) or named.dims != node.dims:
                    continue
                ratio = Fraction(terms[first]) / Fraction(named.attr[0])
                if all([terms.get(t) == ratio * Fraction(c) for c, t in named.terms]):
                    terms = {t: c for t, c in terms.items() if t not in named.args}
                    terms[named] = exact(ratio)
                    found = [(c, t) for t, c in terms.items()]
        return found

    def tree(self, root: Node) -> Tree:
        """The tree of `root`, its own name included."""
        found = self._known(root)
        if found is not None:
            return found
        stack = [root]
        while stack:
            node = stack[-1]
            if self._known(node) is not None:
                stack.pop()
                continue
            waiting = [a for a in node.args if self._known(a) is None]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            self._keep(node, self._made(node))
        return self._known(root)

    def definition(self, node: Node) -> Tree:
        """The tree of a named node, spelled out."""
        for a in node.args:
            self.tree(a)
        return self._made(node, spelled=True)

    def _known(self, node: Node) -> Tree | None:
        return self.own.get(node) if node in self.tainted else node.memo.get("tree")

    def _keep(self, node: Node, tree: Tree) -> None:
        if node in self.tainted:
            self.own[node] = tree
        else:
            node.memo["tree"] = tree

    def _made(self, node: Node, spelled: bool = False) -> Tree:
        if node in self.names and not spelled:
            return sym(self.names[node], node.dims, b.is_symmetric(self._made(node, True)) if node.ndim == 2 else False)
        if node in self.turned and not spelled:
            return b.add([(-1, self._made(self.turned[node]))])
        return _OF[node.op](self, node)

    # -------------------------------------------------------------- by operation

    def _symbol(self, node: Node) -> Tree:
        return sym(node.name, node.dims, node.ndim == 2 and bool(node.facts & SYMMETRIC))

    def _number(self, node: Node) -> Tree:
        return num(node.attr)

    def _size(self, node: Node) -> Tree:
        return size(node.attr)

    def _structured(self, node: Node) -> Tree:
        return make("const", node.attr, (), node.dims)

    def _sum(self, node: Node) -> Tree:
        if not node.args:
            return make("zero", None, (), node.dims) if node.ndim else num(0)
        terms = (self._with_names(node) if self.named_sums else None) or node.terms
        return b.add([(decimal(c), self.tree(t)) for c, t in terms])

    def _map(self, node: Node) -> Tree:
        return make("apply", node.attr, tuple([self.tree(a) for a in node.args]), node.dims)

    def _struct(self, node: Node) -> Tree:
        declaration = node.attr[0]
        args = tuple([self.tree(a) for a in node.args])
        if declaration.name == "inverse" and node.ndim == 2:
            return b.inverse(args[0])
        if declaration.name in ("det", "logdet") and args[0].kind == "T":
            args = args[0].args
        return make("struct", node.attr, args, node.dims)

    def _product(self, node: Node) -> Tree:
        monomial = (node.coef, node.operands, node.out, node.label_dims)
        special = merged(self, monomial)
        if special is not None:
            return special
        network = self.network(*monomial)
        if len(node.out) <= 2:
            if not network.hyper:
                found = network.matrix()
                if found is not None:
                    return found
                network = self.network(*monomial)
            else:
                terms = self.expanded(node)
                if terms is not None and len(terms) > 1 or (terms and terms[0][1] != node.operands):
                    trees = [self.network(*t).matrix() for t in terms]
                    if all(t is not None for t in trees):
                        return b.add([(1, t) for t in trees])
        return network.einsum()

    def network(self, coef, operands, out, dims) -> Network:
        """The operands' trees as a network."""
        network = Network(coef, tuple(out), dims)
        for base, labels, exponent in operands:
            network.put(self.tree(base), tuple(labels), exponent)
        return network

    def expanded(self, node: Node) -> list[tuple] | None:
        """The product as monomials whose operands of three and more axes are written out; None if too many."""
        done, todo = [], [(node.coef, tuple(node.operands), tuple(node.out), dict(node.label_dims))]
        while todo:
            coef, operands, out, dims = todo.pop(0)
            for position, (base, labels, exponent) in enumerate(operands):
                if base.ndim < 3 or exponent != 1 or base.op not in ("product", "sum") or not base.args:
                    continue
                rest = operands[:position] + operands[position + 1 :]
                terms = base.terms if base.op == "sum" else ((1, base),)
                for c, term in terms:
                    made = _spliced(coef * c, term, labels, rest, out, dims)
                    if made is None:
                        return None
                    todo.append(made)
                break
            else:
                done.append((coef, operands, out, dims))
            if len(done) + len(todo) > _TERMS:
                return None
        return done


def _spliced(coef, term: Node, labels: tuple, rest: tuple, out: tuple, dims: dict) -> tuple | None:
    """The monomial with the factors of `term`, seen on `labels`, beside `rest`."""
    if term.op != "product":
        return coef, (*rest, (term, labels, 1)), out, dims
    rename: dict = {}
    tie: dict = {}
    for inner, outer in zip(term.out, labels):
        if inner in rename and rename[inner] != outer:
            tie[outer] = rename[inner]
        else:
            rename[inner] = outer
    dims = dict(dims)
    fresh = max([k for k in dims if isinstance(k, int)], default=0) + 1
    for label, d in term.label_dims.items():
        if label not in rename:
            rename[label] = fresh
            dims[fresh] = d
            fresh += 1
    operands = tuple([(base, tuple([rename[k] for k in ls]), e) for base, ls, e in term.operands])
    if tie:

        def tied(k):
            while k in tie:
                k = tie[k]
            return k

        labels = [tied(k) for k in labels]
        move = lambda ops: tuple([(base, tuple([tied(k) for k in ls]), e) for base, ls, e in ops])  # noqa: E731
        rest, operands, out = move(rest), move(operands), tuple([tied(k) for k in out])
    used = {k for _, ls, _ in (*rest, *operands) for k in ls} | set(out)
    lost = [k for k in dims if k not in used and k in labels]
    if lost:  # a broadcast label, summed: its size remains
        operands += tuple([(size_node(dims[k]), (), 1) for k in lost])
    return coef * term.coef, (*rest, *operands), out, dims


_OF = {
    "symbol": Reducer._symbol, "number": Reducer._number, "size": Reducer._size, "structured": Reducer._structured,
    "product": Reducer._product, "sum": Reducer._sum, "map": Reducer._map, "struct": Reducer._struct,
}  # fmt: skip


def tree_of(node: Node) -> Tree:
    """The tree of `node`, everything spelled out."""
    return Reducer().tree(node)


def is_matrix(tree: Tree) -> bool:
    """Whether the whole tree is written in scalars, vectors and matrices."""
    return tree.plain

