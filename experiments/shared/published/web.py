"""Worked examples of articles, lectures and course notes: one step of gradient descent each."""

from __future__ import annotations

from .example import Example, Network, Slip, Source

MAZUR = Example(
    "mazur",
    Source(
        "Mazur", 2015, "A Step by Step Backpropagation Example", "the whole article",
        "https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/",
        "copies with all formulas in public repositories, of an earlier and of a later edition",
    ),
    "2-2-2, sigmoid, biases shared and frozen, η = 0.5: one step, and 10,000 steps",
    {
        "z_1^[1]": "0.3775", "a_1^[1]": "0.593269992", "a_2^[1]": "0.596884378",
        "z_1^[2]": "1.105905967",
        "a_1^[2]": "0.75136507", "a_2^[2]": "0.772928465", "E": "0.298371109",
        "∂E/∂a_1^[2]": "0.74136507", "∂a_1^[2]/∂z_1^[2]": "0.186815602",
        "∂E/∂w_1,1^[2]": "0.082167041",
        "new w_1,1^[2]": "0.35891648", "new w_1,2^[2]": "0.408666186",
        "new w_2,1^[2]": "0.511301270", "new w_2,2^[2]": "0.561370121",
        "δ_1^[2]": "0.138498562", "∂E/∂a_1^[1]": "0.036350306",
        "∂a_1^[1]/∂z_1^[1]": "0.241300709", "∂E/∂w_1,1^[1]": "0.000438568",
        "new w_1,1^[1]": "0.149780716", "new w_1,2^[1]": "0.19956143",
        "new w_2,1^[1]": "0.24975114", "new w_2,2^[1]": "0.29950229",
        "new E": "0.291027924",
        "E after 10,000 steps (earlier edition)": "0.000035085",
        "E after 10,000 steps (later edition)": "0.0000351085",
        "a_1^[2] after 10,000 steps": "0.015912196",
        "a_2^[2] after 10,000 steps": "0.984065734",
    },
    Network(
        (
            ([[0.15, 0.2], [0.25, 0.3]], [0.35, 0.35], "sigmoid"),
            ([[0.4, 0.45], [0.5, 0.55]], [0.6, 0.6], "sigmoid"),
        ),
        x=(0.05, 0.1), y=(0.01, 0.99), learning_rate=0.5, frozen_biases=True,
    ),
    (
        Slip(
            "Cost and outputs after the step and after 10,000 steps come from a program whose "
            "hidden δ use the updated output weights, as MacLeod’s do, whom the article cites.  "
            "Its text says that the original weights are used, and its hidden weights are right.",
            (
                "new E", "E after 10,000 steps (earlier edition)", "a_1^[2] after 10,000 steps",
                "a_2^[2] after 10,000 steps",
            ),
        ),
        Slip(
            "The later edition changed one number: 0.0000351085 is the cost of the right method "
            "after 9,999 steps.  After 10,000 it is 0.0000351019.",
            ("E after 10,000 steps (later edition)",),
        ),
        Slip("net_h1 is printed once as w_1 i_1 + w_3 i_2; it is w_1 i_1 + w_2 i_2."),
    ),
)  # fmt: skip

HMKCODE = Example(
    "hmkcode",
    Source(
        "hmkcode", 2019, "Backpropagation Step by Step", "the whole article",
        "https://hmkcode.github.io/ai/backpropagation-step-by-step/",
        "the article and its figures, which hold the numbers, in its own repository",
    ),
    "2-2-1, identity without biases, η = 0.05: all new weights, and the next output",
    {
        "a_1^[1]": "0.85", "a_2^[1]": "0.48", "a_1^[2]": "0.191", "E": "0.327",
        "δ_1^[2]": "-0.809", "new w_1,1^[2]": "0.17", "new w_1,2^[2]": "0.17",
        "new w_1,1^[1]": "0.12", "new w_1,2^[1]": "0.23",
        "new w_2,1^[1]": "0.13", "new w_2,2^[1]": "0.10",
        "new a_1^[1]": "0.92", "new a_2^[1]": "0.56", "new a_1^[2]": "0.26",
    },
    Network(
        (([[0.11, 0.21], [0.12, 0.08]], None, "identity"), ([[0.14, 0.15]], None, "identity")),
        x=(2.0, 3.0), y=(1.0,), learning_rate=0.05,
    ),
    (
        Slip(
            "The details of the second forward pass print 2 × .12 + 3 × .23 = .85 and 2 × .13 + "
            "3 × .10 = .48, left over from the first; its figure has the right .92 and .56."
        ),
    ),
)  # fmt: skip

MICROGRAD = Example(
    "micrograd",
    Source(
        "Karpathy", 2022, "The spelled-out intro to neural networks and backpropagation",
        "lecture 1, second notebook", "https://github.com/karpathy/nn-zero-to-hero",
        "the notebook with its printed graphs, in the lecture's own repository",
    ),
    "one tanh neuron, E = a: gradients of weights, bias and inputs",
    {
        "z_1^[1]": "0.8814", "a_1^[1]": "0.7071", "δ_1^[1]": "0.5000",
        "∂E/∂w_1,1^[1]": "1.0000", "∂E/∂w_1,2^[1]": "0.0000", "∂E/∂b_1^[1]": "0.5000",
        "∂E/∂x_1": "-1.5000", "∂E/∂x_2": "0.5000",
    },
    Network(
        (([[-3.0, 1.0]], [6.8813735870195432], "tanh"),), x=(2.0, 0.0), y=(0.0,), cost="output",
    ),
)  # fmt: skip

CS231N_NEURON = Example(
    "cs231n-neuron",
    Source(
        "Karpathy and others", 2015, "CS231n: Deep Learning for Computer Vision",
        "Backpropagation, Intuitions: sigmoid example", "https://cs231n.github.io/optimization-2/",
        "the notes and the numbers of their circuit diagram, in the course's own repository",
    ),
    "one sigmoid neuron, E = a: gradients of weights, bias and inputs",
    {
        "z_1^[1]": "1.00", "a_1^[1]": "0.73", "δ_1^[1]": "0.20",
        "∂E/∂w_1,1^[1]": "-0.20", "∂E/∂w_1,2^[1]": "-0.39", "∂E/∂b_1^[1]": "0.20",
        "∂E/∂x_1": "0.39", "∂E/∂x_2": "-0.59",
    },
    Network((([[2.0, -3.0]], [-3.0], "sigmoid"),), x=(-1.0, -2.0), y=(0.0,), cost="output"),
)  # fmt: skip

CS231N_SOFTMAX = Example(
    "cs231n-softmax",
    Source(
        "Karpathy and others", 2015, "CS231n: Deep Learning for Computer Vision",
        "Linear Classification: SVM vs. Softmax", "https://cs231n.github.io/linear-classify/",
        "the notes and their figure, in the course's own repository",
    ),
    "4-3, softmax and cross-entropy; the hinge loss of the same scores",
    {
        "z_1^[1]": "-2.85", "z_2^[1]": "0.86", "z_3^[1]": "0.28",
        "a_1^[1]": "0.016", "a_2^[1]": "0.631", "a_3^[1]": "0.353", "E": "1.04",
        "hinge loss": "1.58",
    },
    Network(
        ((
            [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
            [0.0, 0.2, -0.3], "softmax",
        ),),
        x=(-15.0, 22.0, -44.0, 56.0), y=(0.0, 0.0, 1.0), cost="cross_entropy",
    ),
    (
        Slip(
            "The probability 0.016 comes from exponentials rounded to 0.058, 2.36 and 1.32; it is "
            "0.015.",
            ("a_1^[1]",),
        ),
    ),
)  # fmt: skip

ZHOU = Example(
    "zhou",
    Source(
        "Zhou", 2019, "Machine Learning for Beginners: An Introduction to Neural Networks",
        "section 4, Example: Calculating the Partial Derivative",
        "https://victorzhou.com/blog/intro-to-neural-networks/",
        "a complete translation with all formulas, and stored copies of the article",
    ),
    "2-2-1, sigmoid, all weights 1, E = (y − a)²: ∂E/∂w as a product of three factors",
    {
        "a_1^[1]": "0.0474", "a_2^[1]": "0.0474", "a_1^[2]": "0.524",
        "∂E/∂a_1^[2]": "-0.952", "∂a_1^[2]/∂z_1^[2]": "0.249",
        "∂a_1^[1]/∂w_1,1^[1]": "-0.0904", "∂E/∂w_1,1^[1]": "0.0214",
    },
    Network(
        (([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0], "sigmoid"), ([[1.0, 1.0]], [0.0], "sigmoid")),
        x=(-2.0, -1.0), y=(1.0,), cost="square", learning_rate=0.1,
    ),
    (
        Slip(
            "The output is rounded to 0.524 and each factor to three digits before they are "
            "multiplied; unrounded −0.953 and 0.0215.",
            ("∂E/∂a_1^[2]", "∂E/∂w_1,1^[1]"),
        ),
    ),
)  # fmt: skip

BROWNLEE = Example(
    "brownlee",
    Source(
        "Brownlee", 2016,
        "How to Code a Neural Network with Backpropagation In Python (from scratch)",
        "sections 2 and 3",
        "https://machinelearningmastery.com/implement-backpropagation-algorithm-scratch-python/",
        "a stored copy of the article and ten public repositories that quote its output",
    ),
    "2-1-2, sigmoid: outputs and errors to the last bit",
    {
        "a_1^[1]": "0.7105668883115941",
        "a_1^[2]": "0.6629970129852887", "a_2^[2]": "0.7253160725279748",
        "−δ_1^[2]": "-0.14619064683582808", "−δ_2^[2]": "0.0771723774346327",
        "−δ_1^[1]": "-0.0005348048046610517",
    },
    Network(
        (
            ([[0.13436424411240122, 0.8474337369372327]], [0.763774618976614], "sigmoid"),
            (
                [[0.2550690257394217], [0.4494910647887381]],
                [0.49543508709194095, 0.651592972722763], "sigmoid",
            ),
        ),
        x=(1.0, 0.0), y=(0.0, 1.0), learning_rate=0.5,
    ),
    (
        Slip(
            "Section 3 propagates errors back from the outputs 0.6214 and 0.6574, which are σ(b), "
            "not from those of the forward pass, 0.6630 and 0.7253, as if the hidden output were "
            "0; it is 0.7106.",
            ("−δ_1^[2]", "−δ_2^[2]", "−δ_1^[1]"),
        ),
        Slip("A later edition turns the sign of the errors round: its δ is ∂E/∂z, not −∂E/∂z."),
    ),
)  # fmt: skip

WEB = (MAZUR, HMKCODE, MICROGRAD, CS231N_NEURON, CS231N_SOFTMAX, ZHOU, BROWNLEE)
