"""Recurrent layers of PyTorch one step of time after the other, so that a diagnosis sees how gradients fare between steps.

nn.RNN, nn.GRU and nn.LSTM run as one operation. Here the same is computed by the cells, with the same weights; results agree
to rounding. Packed sequences, projections and very long ones stay whole.

Reference: docs.pytorch.org, torch.nn.LSTM, the equations and the order of the weights.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

LONGEST = 600  # steps times layers that are unrolled
CELLS = {"rnn_tanh": torch.rnn_tanh_cell, "rnn_relu": torch.rnn_relu_cell, "lstm": torch.lstm_cell, "gru": torch.gru_cell}


def step_by_step(name: str, args: tuple, announce: Callable) -> Callable | None:
    """The call of torch.lstm and the like with these arguments as a function that runs it by cells; None where it stays whole.

    Before each step `announce` is told what it is called: " step 3", " layer 2 reverse step 3".
    """
    if len(args) != 9 or not isinstance(args[3], bool) or not isinstance(args[2], (list, tuple)):
        return None  # packed
    x, state, weights, biased, layers, dropout, training, both, batch_first = args
    if name not in CELLS or x.dim() != 3 or len(weights) != layers * (1 + both) * (2 + 2 * biased):
        return None  # with projections there are more
    if x.shape[1 if batch_first else 0] * layers * (1 + both) > LONGEST:
        return None

    def run():
        return _run(CELLS[name], name == "lstm", announce, x, state, weights, biased, layers, dropout, training, both, batch_first)

    return run


def _run(cell, long, announce, x, state, weights, biased, layers, dropout, training, both, batch_first):
    per = 2 + 2 * biased
    steps = list(x.transpose(0, 1) if batch_first else x)
    last = []
    for layer in range(layers):
        sides = []
        for side in range(1 + both):
            k = layer * (1 + both) + side
            own = weights[k * per : (k + 1) * per]
            at = (state[0][k], state[1][k]) if long else state[k]
            out = []
            called = (f" layer {layer + 1}" if layers > 1 else "") + (" reverse" if side else "")
            for number, value in enumerate(reversed(steps) if side else steps, 1):
                announce(f"{called} step {number}")
                at = cell(value, at, *own)
                out.append(at[0] if long else at)
            last.append(at)
            sides.append(out[::-1] if side else out)
        steps = [torch.cat(pair, -1) for pair in zip(*sides)] if both else sides[0]
        if dropout and training and layer < layers - 1:
            steps = [torch.nn.functional.dropout(value, dropout) for value in steps]
    result = torch.stack(steps, 1 if batch_first else 0)
    if long:
        return result, torch.stack([h for h, _ in last]), torch.stack([c for _, c in last])
    return result, torch.stack(last)
