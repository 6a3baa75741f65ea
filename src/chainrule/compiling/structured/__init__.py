"""Hessians as operators that keep their structure: `operator_program` makes a callable that returns an `Operator`.

`terms` writes the node as a sum of networks, `classify` reads the structure off their labels (`nets`) into `specs`, and
`program` compiles the parts. At given values the specs become numeric pieces (`pieces`, `banded`, `kronecker`,
`inverse`, `contracted`), which `operator` holds and `parts` tells of; `solvers`, `dense`, `conjugate` and `spectrum`
solve with them. `foretold` tells of an operator before there are values.
"""

from .foretold import foretold
from .operator import Operator
from .parts import Part
from .program import OperatorProgram, operator_program

__all__ = ["Operator", "OperatorProgram", "Part", "foretold", "operator_program"]
