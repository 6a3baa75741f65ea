"""The words by which a diagnosis says what is the matter: each with what it means and what helps. This is the documented list."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A kind of fault.

    word    what `.cause` of a finding is
    says    one sentence
    helps   what is usually done
    """

    word: str
    says: str
    helps: str


CAUSES = {
    cause.word: cause
    for cause in (
        # ------------------------------------------------ numbers that are none
        Cause("nan-born", "A value is not a number, first at this layer: what came in was finite.", "Keep the argument inside the domain: log(x + ε), logits with a loss that takes logits."),
        Cause("inf-born", "A value is infinite, first at this layer.", "Keep the argument away from the pole, or use the form that does not pass through it."),
        Cause("overflow", "A value is beyond the largest number of this precision.", "Smaller scale, a wider type (bfloat16, float32) for this operation, or the form that subtracts the maximum first."),
        Cause("nan-backward", "All values are finite, and the gradient is not: the derivative does not exist where it is taken.", "Move the point off the kink: √(x + ε); put where() around the argument, not around the value."),
        Cause("bad-input", "The data contain numbers that are none.", "Clean the data."),
        Cause("bad-parameter", "A parameter holds numbers that are none before anything is computed.", "It was spoilt in an earlier step: clip gradients, lower the step size, go back to a checkpoint."),
        # ------------------------------------------------ no way back
        Cause("detached", "The loss depends on parameters to which no gradient goes back.", "Remove the detach, no_grad, .data or rounding on the way."),
        Cause("unused", "A parameter has no influence on the loss.", "Use it, or leave it out."),
        Cause("unregistered", "A parameter is used that the module does not know, so that no optimizer gets it.", "nn.Parameter, nn.ModuleList and nn.ModuleDict register what they hold; lists and plain tensors do not."),
        # ------------------------------------------------ units
        Cause("dead-units", "Units have slope 0 in every sample: they pass nothing back, and no step will wake them.", "Smaller bias, He's initialisation, a smaller step, or leaky relu; no dropout or mask that takes everything."),
        Cause("saturated", "An activation stands on its flat part, where it passes next to nothing back.", "Smaller weights before it (Xavier), a normalisation, standardised inputs, or relu."),
        Cause("softmax-saturated", "A softmax gives nearly all weight to one entry, and its Jacobian diag(p) − ppᵀ is nearly 0.", "Smaller logits: scores divided by √d, smaller weights before it, a normalisation."),
        Cause("large-weights", "A weight matrix is orders of magnitude beyond its usual scale, and what comes after it as well.", "An initialisation by fan-in (Xavier, He), weight decay, a normalisation after it."),
        Cause("symmetric", "All units of a layer start the same, get the same gradient and stay the same.", "Draw the weights at random."),
        Cause("zero-init", "Weights of 0 let nothing pass, forward or back, and get no gradient themselves.", "Draw the weights at random."),
        # ------------------------------------------------ depth and time
        Cause("vanishing", "The gradient shrinks on its way down until nothing is left.", "Residual connections, normalisation, relu in place of σ, an initialisation that keeps the scale."),
        Cause("exploding", "The gradient grows on its way down.", "Smaller weights, normalisation; for a recurrence clipping of the gradient, an orthogonal matrix, or gates."),
        Cause("collapse", "All samples have the same representation: what distinguishes them is lost.", "Normalisation, residual connections, larger weights."),
        # ------------------------------------------------ scales
        Cause("input-scale", "The inputs are far from unit scale.", "Standardise them: (x − mean)/deviation, column by column."),
        Cause("broadcast", "Predictions and targets have different shapes, and each prediction is compared with every target.", "Give both the same shape: y.unsqueeze(1), or prediction.squeeze(1)."),
        Cause("statistics", "A normalisation divides by stored statistics that are not those of the data.", "Training mode, or running means and variances computed again on such data; the same preparation of data as in training."),
        Cause("loss-scale", "The gradient of the loss itself has the wrong scale.", "A mean in place of a sum, standardised targets; in half precision loss scaling."),
        Cause("uneven", "One layer learns orders of magnitude faster than another.", "Initialise by fan-in, or give them steps of their own (Adam)."),
    )
}  # fmt: skip
