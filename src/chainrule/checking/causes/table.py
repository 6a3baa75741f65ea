"""The words by which a report says why a derivative is wrong: each with what it means and what to look at.

This is the documented list. `.cause` of a report is one of these words, or None where no cause explains the difference
exactly at fresh random points.
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A kind of mistake.

    word    what `.cause` of a report is
    says    one sentence that tells what is the matter with the claim
    hint    where to look
    """

    word: str
    says: str
    hint: str


CAUSES = {
    cause.word: cause
    for cause in (
        # ------------------------------------------------ the whole derivative, multiplied or turned
        Cause(
            "factor",
            "The claim, or one term of it, is the true one times a constant: 2, ½, n, 1/n, a named parameter.",
            "d(v²) = 2v dv; a mean over n rows has 1/n and a sum has none.",
        ),
        Cause(
            "sign",
            "The claim, or one term of it, has the opposite sign.",
            "d(y − ŷ)² / dŷ = −2(y − ŷ): the inner derivative of −ŷ is −1.",
        ),
        Cause(
            "chain-factor",
            "A factor of the chain rule is missing or too many; it depends on the point.",
            "Go from the loss inwards and write down one derivative for every function that you pass.",
        ),
        Cause(
            "activation-point",
            "f′ is taken at the activation a = f(z) where it belongs at z, or the reverse.",
            "tanh′(z) = 1 − tanh(z)² = 1 − a²; in terms of a there is no tanh left.",
        ),
        Cause("power", "An exponent is off.", "d(xⁿ) = n xⁿ⁻¹ dx."),
        Cause(
            "function",
            "The derivative of another function is used, such as sin where cos belongs.",
            "Look up the derivative of the function that the line speaks of.",
        ),
        Cause(
            "variable",
            "Another variable stands where this one belongs.",
            "Compare the line with the one in the forward pass.",
        ),
        # ------------------------------------------------ terms
        Cause(
            "missing-term",
            "One term of the true derivative is missing.",
            "Every place where the variable occurs contributes a term: penalties, both factors of a product, both branches.",
        ),
        Cause(
            "extra-term",
            "The claim has a term that the true derivative does not have.",
            "Which part of the function would it come from?",
        ),
        Cause("doubled-term", "One term is counted twice.", "½λ‖w‖² has the gradient λw; λ‖w‖² has 2λw."),
        # ------------------------------------------------ arrays
        Cause(
            "transposed",
            "The claim is the transpose of the true derivative, or a factor in it is transposed.",
            "For Y = XW: dW = Xᵀ dY and dX = dY Wᵀ.",
        ),
        Cause(
            "layout",
            "The derivative is right in the other layout: the claim is its transpose, of transposed shape.",
            "chainrule expects one row for each value and one column for each variable.",
        ),
        Cause(
            "order",
            "The factors of a matrix product stand in the wrong order.",
            "AB ≠ BA: keep the order in which the differentials appear.",
        ),
        Cause(
            "elementwise-product",
            "An elementwise product stands in place of a matrix product, or the reverse.",
            "In NumPy, * is elementwise and @ is the matrix product; np.dot of matrices is @.",
        ),
        Cause(
            "axis",
            "A sum, mean or maximum runs along the wrong axis, or was spread out again over the axis it was taken along.",
            "What the forward pass broadcasts along an axis, the backward pass sums along that axis.",
        ),
        Cause(
            "batch-sum",
            "The sum over the batch is missing.",
            "A parameter that all rows share gets the sum of what the rows contribute.",
        ),
        Cause(
            "mean",
            "A mean stands where a sum belongs, or the reverse.",
            "A mean over n has 1/n in its derivative, once.",
        ),
        Cause(
            "accumulation",
            "Contributions overwrite one another where they should add up.",
            "x[i] = v keeps the last of equal indices; np.add.at(x, i, v) or += adds them all.",
        ),
        Cause(
            "softmax-diagonal",
            "Only the diagonal of softmax's Jacobian is there.",
            "J = diag(p) − p pᵀ; vᵀJ = p ⊙ (v − pᵀv).",
        ),
        Cause(
            "diagonal",
            "Only the diagonal is there, or only the diagonal is wrong.",
            "Does each value depend on one entry alone?",
        ),
        Cause(
            "symmetric",
            "The claim differs from the true derivative as it does where the matrix is taken to be symmetric.",
            "xᵀAx has the gradient (A + Aᵀ)x; 2Ax is right for symmetric A only.",
        ),
        Cause("triangle", "Only one triangle of the matrix is there.", "Copy it to the other side."),
        Cause(
            "shifted",
            "The entries are moved by one place, or an index is off by one.",
            "Which entry of x does entry i of the claim belong to?",
        ),
        Cause(
            "reversed",
            "The entries stand in the reverse order.",
            "A convolution's backward pass flips its kernel once, not twice.",
        ),
        Cause(
            "swapped", "The derivatives of two arguments are exchanged.", "Return them in the order of the arguments."
        ),
        Cause(
            "shape",
            "The claim does not have the shape of its argument.",
            "A gradient has the shape of its variable, a Jacobian is outputs × inputs, a Hessian inputs × inputs; kind= says which is meant.",
        ),
        # ------------------------------------------------ some entries
        Cause(
            "some-entries",
            "Some entries are wrong and all others right, the same ones at every point.",
            "First and last entries, loops that end too early, slices.",
        ),
        Cause(
            "half-space",
            "The claim is wrong only where some quantity is on one side of a threshold, such as x < 0.",
            "Branches and clipping: what is the derivative on the other side?",
        ),
        Cause("comparison", "A comparison is the wrong way round.", "relu′(z) is 1 where z > 0."),
        # ------------------------------------------------ values
        Cause(
            "kink",
            "At a point where the function has a kink, the claim is not between the derivatives from both sides.",
            "relu at 0: anything from 0 to 1 is right; |x| at 0: anything from −1 to 1.",
        ),
        Cause(
            "constant",
            "The claim does not depend on the point.",
            "Is it computed from the arguments, or from variables of the same name outside?",
        ),
        Cause(
            "stale",
            "The claim is right for other arguments, those of an earlier call.",
            "Recompute what was stored in the forward pass, or store it anew in each.",
        ),
        Cause(
            "in-place",
            "The arguments, or what was stored of them, are changed in place before they are used.",
            "Write z = z * m in place of z *= m, or copy first.",
        ),
        Cause(
            "narrow",
            "The claim is right to the digits of a narrower type only: float32, float16, integers.",
            "Where is the narrow type made: astype, a default dtype, np.zeros_like of integers?",
        ),
        Cause("rounded", "The claim is the true derivative, rounded.", "Round for printing, never for computing."),
        Cause(
            "clipped",
            "The claim is the true derivative, clipped at a bound.",
            "Clip after the check, in the optimizer.",
        ),
        Cause(
            "normalized",
            "The claim is the true derivative scaled to a fixed length, or its sign alone.",
            "That is a direction of descent and not the gradient.",
        ),
        Cause(
            "updated",
            "The claim is the point after a step and not the gradient.",
            "Return the gradient; let the caller take the step.",
        ),
        Cause(
            "value",
            "The claim is the value of the function, or the argument itself, and not the derivative.",
            "What does the function return?",
        ),
        Cause(
            "not-finite",
            "The claim has entries that are no finite numbers where the true derivative is finite.",
            "0 · inf and 0/0 give nan: compute both branches of a `where` from safe arguments.",
        ),
        Cause(
            "approximate",
            "The claim is right to a few digits: it is a difference quotient or the like.",
            "Take the derivative by the rules.",
        ),
        # ------------------------------------------------ programs
        Cause(
            "detached",
            "A part of the program was cut off from differentiation.",
            "detach, no_grad, .data, .item(), NumPy in between, stop_gradient.",
        ),
        Cause(
            "cotangent",
            "The backward pass does not use the gradient that arrives from above.",
            "Multiply by grad_output, whatever the test's own loss is.",
        ),
        Cause(
            "nonlinear",
            "The backward pass is not linear in the gradient that arrives from above.",
            "uᵀJ is linear in u: no sign, norm, clipping of u.",
        ),
        Cause(
            "random",
            "The function or the claim draws random numbers, other ones in each call.",
            "Fix the seed inside, or pass the noise as an argument.",
        ),
        Cause(
            "second-order",
            "The first derivative is right and its derivative is not.",
            "The backward pass must itself be differentiable: no saved numbers in place of tensors.",
        ),
    )
}


def page() -> str:
    """The list as Markdown, for the reference."""
    rows = [f"| `{cause.word}` | {cause.says} | {cause.hint} |" for cause in CAUSES.values()]
    return "\n".join(["| `.cause` | what is the matter | where to look |", "| --- | --- | --- |", *rows, ""])
