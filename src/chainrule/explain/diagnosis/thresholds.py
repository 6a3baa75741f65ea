"""From where on a number is an alarm: all thresholds of the diagnosis, each with its reason.

They are wide on purpose: at standard initialisations (Xavier, He, orthogonal, PyTorch's own) up to depth 20 none is
reached, and what is broken passes them by orders of magnitude. `tests/explain/diagnosis` measures both sides.
"""

SATURATED_SHARE = 0.35  # of the entries, beyond what standard normal inputs give; σ at deviation 1 has 0, at 5 has 0.38, at 15 0.77
DEAD_SHARE = 0.75  # of the units: deep relu networks at He's initialisation have up to ½, where samples have become alike
BURIED = 2.0  # how far from 0 all arguments of a dead unit are, beside the size of those of living units: by chance one unit in 40 is
BURIED_SHARE = 0.35  # of the units; those did not die of their initialisation
CONFIDENT = 0.98  # mean largest probability of an answer; at the start of training it is near 1/n
DECIDED = 0.9  # the same inside the network, for attention: ten scores of deviation 1 give 0.3, of deviation 8 give 0.8
FITTED = 0.1  # a loss below it, in nats or squared units, may have earned confident outputs
VANISHED = 1e-5  # of the gradient arrives; PyTorch's default initialisation loses 0.41 for each relu layer: 1e−4 at depth 10
LOSING = (0.35, 1e-3)  # factor of each layer and in all, from which on a note says so: a sigmoid passes 0.25, PyTorch's default relu 0.41
EXPLODED = 1e4  # batch norm alone grows gradients by 1.2 for each layer: 40 at depth 20
STEEP = 1e2  # the factor of one layer that makes it the culprit by itself: He's initialisation keeps it near 1
FLAT = 1e-3  # the same where it shrinks
LEARNS = 1e-6  # ‖gradient‖/‖weight‖ of a weight that learns, whatever came of the gradient above it
STEP_GROWS, STEP_SHRINKS = 1.25, 0.35  # for each step of time: 1.25 gives 1e4 after 40 steps; RNN, GRU and LSTM start between 0.5 and 1
STEPS_GREW = 1e3  # in all, over the steps of a recurrence
STEPS_SHRANK = 1e-6
KEEPS_LITTLE = 0.03  # of an LSTM's state at each step; a forget gate starts at 0.5
MISFIT = 30.0  # size of a normalised value beside that of its gain and shift: 1 where the statistics are those of the data
STILL = 1e3  # gradient that comes to a layer beside what is left of it in the parameters: samples that cancel
GAIN = 3.0  # rms(W)·√fan-in of a weight that is large: He has 1.4, Xavier up to 1.4
SMALL_GAIN = 0.05  # of one that is small; PyTorch's default has 0.58
ALIKE = 1e-6  # relative difference of two units that start the same; drawn ones differ by 0.1 and more
COLLAPSED = 1e-4  # what distinguishes the samples, relative to the value: float32 keeps 1e−7; He at depth 50 has 0.05
SPREAD = 3e-2  # of the samples at the input, so that there was something to lose
INPUT_LARGE = 50.0  # rms of an input: pixels 0 … 255 have 130, standardised data 1
INPUT_NOTED = 10.0
INPUT_SMALL = 1e-4
RATIO_LARGE = 300.0  # ‖gradient‖/‖weight‖ of all parameters together: a step of 0.003 changes the weights by their own size
RATIO_SMALL = 1e-9  # a step of 1 changes nothing that float32 shows after two others
UNEVEN = 1e4  # between the relative updates of matrices; vanishing below a layer explains it where there is one
INFLUENCE = 1e-3  # relative change of a parameter by which influence is tried
LEAP = 0.3  # the same where nothing was felt: thresholds are crossed
FELT = 1e-9  # relative change of the loss that counts as influence, in float64; float32 needs 1e−6
EXPONENT = {"float16": 11.09, "bfloat16": 88.7, "float32": 88.7, "float64": 709.8}  # beyond it exp overflows: log of the largest number
LARGEST = {"float16": 65504.0, "bfloat16": 3.39e38, "float32": 3.4e38, "float64": 1.8e308}
