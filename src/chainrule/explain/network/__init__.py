"""Networks: layers as a formula, the backward pass told step by step with values, local Jacobians and costs."""

from .passed import Backprop, backprop
from .function import Network, network
from .sweep import Step, Trace, traced_values
from .taken import Taken

__all__ = ["Backprop", "Network", "Step", "Taken", "Trace", "backprop", "network", "traced_values"]
