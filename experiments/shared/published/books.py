"""Worked examples of textbooks: one step of gradient descent each."""

from __future__ import annotations

from .example import Example, Network, Slip, Source

HAN = Example(
    "han",
    Source(
        "Han, Kamber and Pei", 2011, "Data Mining: Concepts and Techniques",
        "3rd edition, section 9.2, example 9.1", "",
        "stored copies of a handout of November 2011 that prints the example with all its tables",
    ),
    "3-2-1, sigmoid: outputs, errors, all new weights and biases",
    {
        "z_1^[1]": "-0.7", "z_2^[1]": "0.1", "z_1^[2]": "-0.105",
        "a_1^[1]": "0.332", "a_2^[1]": "0.525", "a_1^[2]": "0.474",
        "−δ_1^[2]": "0.1311", "−δ_1^[1]": "-0.0087", "−δ_2^[1]": "-0.0065",
        "new w_1,1^[2]": "-0.261", "new w_1,2^[2]": "-0.138",
        "new w_1,1^[1]": "0.192", "new w_1,2^[1]": "0.4", "new w_1,3^[1]": "-0.508",
        "new w_2,1^[1]": "-0.306", "new w_2,2^[1]": "0.1", "new w_2,3^[1]": "0.194",
        "new b_1^[2]": "0.218", "new b_1^[1]": "-0.408", "new b_2^[1]": "0.194",
    },
    Network(
        (
            ([[0.2, 0.4, -0.5], [-0.3, 0.1, 0.2]], [-0.4, 0.2], "sigmoid"),
            ([[-0.3, -0.2]], [0.1], "sigmoid"),
        ),
        x=(1.0, 0.0, 1.0), y=(1.0,), learning_rate=0.9,
    ),
    (
        Slip(
            "The output is rounded to 0.474 before the error is computed from it: "
            "0.474 × (1 − 0.474) × (1 − 0.474) = 0.1311, unrounded 0.1312.",
            ("−δ_1^[2]",),
        ),
        Slip("The handout prints 1/(1 + e^0.1) = 0.525; the exponent is −0.1."),
    ),
)  # fmt: skip

NEGNEVITSKY = Example(
    "negnevitsky",
    Source(
        "Negnevitsky", 2005, "Artificial Intelligence: A Guide to Intelligent Systems",
        "2nd edition, section 6.4, exclusive OR", "",
        "quoted from memory; no text could be opened", opened=False,
    ),
    "2-2-1, sigmoid with thresholds θ = −b: the first step of exclusive OR",
    {
        "a_1^[1]": "0.5250", "a_2^[1]": "0.8808", "a_1^[2]": "0.5097",
        "−δ_1^[2]": "-0.1274", "−δ_1^[1]": "0.0381", "−δ_2^[1]": "-0.0147",
        "new w_1,1^[1]": "0.5038", "new w_1,2^[1]": "0.4038",
        "new w_2,1^[1]": "0.8985", "new w_2,2^[1]": "0.9985",
        "new w_1,1^[2]": "-1.2067", "new w_1,2^[2]": "1.0888",
        "new θ_1^[1]": "0.7962", "new θ_2^[1]": "-0.0985", "new θ_1^[2]": "0.3127",
    },
    Network(
        (
            ([[0.5, 0.4], [0.9, 1.0]], [-0.8, 0.1], "sigmoid"),
            ([[-1.2, 1.1]], [-0.3], "sigmoid"),
        ),
        x=(1.0, 1.0), y=(0.0,), learning_rate=0.1,
    ),
)  # fmt: skip

MACLEOD = Example(
    "macleod",
    Source(
        "MacLeod", 2010,
        "An Introduction to Practical Neural Networks and Genetic Algorithms for Engineers and "
        "Scientists", "chapter 3, worked example",
        "https://www4.rgu.ac.uk/files/chapter3%20-%20bp.pdf",
        "three public repositories that work through it line by line and quote its digits",
    ),
    "2-2-1, sigmoid without biases, η = 1: all new weights, and the error after the step",
    {
        "z_1^[1]": "0.755", "z_2^[1]": "0.68", "z_1^[2]": "0.80133",
        "a_1^[1]": "0.68", "a_2^[1]": "0.6637", "a_1^[2]": "0.69",
        "−δ_1^[2]": "-0.0406", "new w_1,1^[2]": "0.272392", "new w_1,2^[2]": "0.87305",
        "−δ_1^[1]": "-2.406e-3", "−δ_2^[1]": "-7.916e-3",
        "new w_1,1^[1]": "0.09916", "new w_1,2^[1]": "0.7978",
        "new w_2,1^[1]": "0.3972", "new w_2,2^[1]": "0.5928",
        "error": "-0.19", "new error": "-0.18205",
    },
    Network(
        (([[0.1, 0.8], [0.4, 0.6]], None, "sigmoid"), ([[0.3, 0.9]], None, "sigmoid")),
        x=(0.35, 0.9), y=(0.5,), learning_rate=1.0,
    ),
    (
        Slip(
            "The hidden δ are computed with the output weights after their update, 0.272392 and "
            "0.87305.  The gradient is taken at one point: the chain rule needs the weights of the "
            "forward pass, 0.3 and 0.9.",
            (
                "−δ_1^[1]", "−δ_2^[1]", "new w_1,1^[1]", "new w_1,2^[1]", "new w_2,1^[1]",
                "new w_2,2^[1]", "new error",
            ),
        ),
        Slip(
            "The hidden outputs are rounded to 0.68 and 0.6637 and the output to 0.69, and the "
            "calculation goes on from there.",
            ("z_1^[2]", "−δ_1^[2]", "new w_1,1^[2]", "new w_1,2^[2]"),
        ),
        Slip("The second hidden δ, from the book's own factors, is −7.912e-3, not −7.916e-3."),
    ),
    cut=("new w_2,2^[1]",),
)  # fmt: skip

HAGAN = Example(
    "hagan",
    Source(
        "Hagan, Demuth, Beale and De Jesús", 2014, "Neural Network Design",
        "2nd edition, chapter 11, page 11-15", "https://hagan.okstate.edu/nnd.html",
        "a script in a public repository that reproduces the page: what is given and the new "
        "weights; outputs and sensitivities are quoted from memory",
    ),
    "1-2-1, sigmoid and identity, E = (y − a)²: one step towards 1 + sin(π/4 · x)",
    {
        "a_1^[1]": "0.321", "a_2^[1]": "0.368", "a_1^[2]": "0.446", "error": "1.261",
        "δ_1^[2]": "-2.522", "δ_1^[1]": "-0.0495", "δ_2^[1]": "0.0997",
        "new w_1,1^[2]": "0.171", "new w_1,2^[2]": "-0.0772", "new b_1^[2]": "0.732",
        "new w_1,1^[1]": "-0.265", "new w_2,1^[1]": "-0.420",
        "new b_1^[1]": "-0.475", "new b_2^[1]": "-0.140",
    },
    Network(
        (([[-0.27], [-0.41]], [-0.48, -0.13], "sigmoid"), ([[0.09, -0.17]], [0.48], "identity")),
        x=(1.0,), y=(1.7071067811865475,), cost="square", learning_rate=0.1,
    ),
)  # fmt: skip

NGUYEN = Example(
    "nguyen",
    Source(
        "Nguyen, Prasad, Walker and Walker", 2003, "A First Course in Fuzzy and Neural Control",
        "section 5.3, page 184", "", "the page, in a public reader",
    ),
    "2-2-1, sigmoid: outputs and error signals with a saturated hidden neuron",
    {
        "z_1^[1]": "8", "z_2^[1]": "3", "a_1^[1]": "0.9997", "a_2^[1]": "0.9526",
        "z_1^[2]": "-3.9055", "a_1^[2]": "0.0197", "δ_1^[2]": "-0.0170",
        "δ_1^[1]": "-5.098e-6", "δ_2^[1]": "8.056e-4",
    },
    Network(
        (([[-1.0, 2.0], [2.0, 0.0]], [3.0, 1.0], "sigmoid"), ([[1.0, -2.0]], [-3.0], "sigmoid")),
        x=(1.0, 3.0), y=(0.9,),
    ),
    (
        Slip(
            "1 − 0.9997 = 0.0003 keeps one digit of a_1^[1] = 0.99966: the error signal is 11 % "
            "too small.  (The text prints −0.0197 for δ_1^[2] in this product, and computes with "
            "−0.0170.)",
            ("δ_1^[1]",),
        ),
        Slip(
            "The printed factors 0.9526 × (1 − 0.9526) × (−0.0170) × (−2) make 1.535e-3; 8.056e-4 "
            "is about (1 − 0.9526) × 0.0170, as if 0.9526 and −2 had been left out.",
            ("δ_2^[1]",),
        ),
    ),
)  # fmt: skip

RASHID = Example(
    "rashid",
    Source(
        "Rashid", 2016, "Make Your Own Neural Network", "Errata #3, weight update worked example",
        "https://makeyourownneuralnetwork.blogspot.com", "stored copies of the page of the errata",
    ),
    "one sigmoid neuron behind made-up hidden outputs 0.4 and 0.5: one new weight",
    {
        "z_1^[1]": "2.3", "a_1^[1]": "0.909", "∂a_1^[1]/∂z_1^[1]": "0.083",
        "−∂E/∂w_1,1^[1]": "0.04969", "new w_1,1^[1]": "2.005",
    },
    Network(
        (([[2.0, 3.0]], None, "sigmoid"),), x=(0.4, 0.5),
        y=(2.4088770389851438,), cost="half square", learning_rate=0.1,  # an error of 1.5
    ),
    (
        Slip("The first printing has 4.0 in place of the weight 3.0; the author's errata mend it."),
        Slip(
            "An error of 1.5 belongs to the target 2.409, which no sigmoid reaches: `jaxnn.loss` "
            "refuses it.  The numbers are made up, as the text says."
        ),
    ),
)  # fmt: skip

RELU = Example(
    "relu",
    Source(
        "Kinsley and Kukieła", 2020, "Neural Networks from Scratch in Python", "chapter 9",
        "https://nnfs.io", "two public repositories with the chapter's code and printed output",
    ),
    "one ReLU neuron, E = a: gradients of weights and inputs, and a small step",
    {
        "z_1^[1]": "6.0", "a_1^[1]": "6.0", "∂E/∂x_1": "-3.0", "∂E/∂x_2": "-1.0", "∂E/∂x_3": "2.0",
        "∂E/∂w_1,1^[1]": "1.0", "∂E/∂w_1,2^[1]": "-2.0", "∂E/∂w_1,3^[1]": "3.0",
        "∂E/∂b_1^[1]": "1.0", "new w_1,1^[1]": "-3.001", "new w_1,2^[1]": "-0.998",
        "new w_1,3^[1]": "1.997", "new b_1^[1]": "0.999", "new a_1^[1]": "5.985",
    },
    Network(
        (([[-3.0, -1.0, 2.0]], [1.0], "relu"),), x=(1.0, -2.0, 3.0), y=(0.0,), cost="output",
        learning_rate=0.001,
    ),
)  # fmt: skip

SOFTMAX = Example(
    "softmax",
    Source(
        "Kinsley and Kukieła", 2020, "Neural Networks from Scratch in Python", "chapters 2 and 4",
        "https://nnfs.io", "five public repositories with the chapters' code and printed output",
    ),
    "4-3: a layer of three neurons and its softmax",
    {
        "z_1^[1]": "4.8", "z_2^[1]": "1.21", "z_3^[1]": "2.385",
        "a_1^[1]": "0.89528266", "a_2^[1]": "0.02470831", "a_3^[1]": "0.08000903",
    },
    Network(
        ((
            [[0.2, 0.8, -0.5, 1.0], [0.5, -0.91, 0.26, -0.5], [-0.26, -0.27, 0.17, 0.87]],
            [2.0, 3.0, 0.5], "softmax",
        ),),
        x=(1.0, 2.0, 3.0, 2.5), y=(1.0, 0.0, 0.0), cost="cross_entropy",
    ),
)  # fmt: skip

BOOKS = (HAN, NEGNEVITSKY, MACLEOD, HAGAN, NGUYEN, RASHID, RELU, SOFTMAX)
