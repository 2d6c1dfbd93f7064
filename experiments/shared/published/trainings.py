"""Published trainings: many steps from printed weights, or from those of a printed seed."""

from __future__ import annotations

from .example import Example, Slip, Source

CLASSES = (  # Brownlee's ten examples: two inputs and a class
    (2.7810836, 2.550537003, 0), (1.465489372, 2.362125076, 0), (3.396561688, 4.400293529, 0),
    (1.38807019, 1.850220317, 0), (3.06407232, 3.005305973, 0), (7.627531214, 2.759262235, 1),
    (5.332441248, 2.088626775, 1), (6.922596716, 1.77106367, 1), (8.675418651, -0.242068655, 1),
    (7.673756466, 3.508563011, 1),
)  # fmt: skip

# Trask's inputs: two bits and a constant 1 in place of the bias
TRUTH = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0))

# Negnevitsky's four examples in their order: two inputs and a target
EXCLUSIVE_OR = ((1, 1, 0), (0, 1, 1), (1, 0, 1), (0, 0, 0))

BROWNLEE_TRAINED = Example(
    "brownlee-trained",
    Source(
        "Brownlee", 2016,
        "How to Code a Neural Network with Backpropagation In Python (from scratch)", "section 4",
        "https://machinelearningmastery.com/implement-backpropagation-algorithm-scratch-python/",
        "a stored copy of the article and three public repositories that quote its output",
    ),
    "2-2-2, sigmoid, 20 epochs of ten examples one by one: Σ (y − a)² by epoch, all weights",
    {
        "Σ (y − a)², epoch 0": "6.350", "Σ (y − a)², epoch 1": "5.531",
        "Σ (y − a)², epoch 2": "5.221", "Σ (y − a)², epoch 3": "4.951",
        "Σ (y − a)², epoch 10": "2.626", "Σ (y − a)², epoch 19": "1.132",
        "w_1,1^[1]": "-1.4688375095432327", "w_1,2^[1]": "1.850887325439514",
        "b_1^[1]": "1.0858178629550297",
        "w_2,1^[1]": "0.37711098142462157", "w_2,2^[1]": "-0.0625909894552989",
        "b_2^[1]": "0.2765123702642716",
        "w_1,1^[2]": "2.515394649397849", "w_1,2^[2]": "-0.3391927502445985",
        "b_1^[2]": "-0.9671565426390275",
        "w_2,1^[2]": "-2.5584149848484263", "w_2,2^[2]": "1.0036422106209202",
        "b_2^[2]": "0.42383086467582715",
    },
)  # fmt: skip

TRASK = Example(
    "trask",
    Source(
        "Trask", 2015, "A Neural Network in 11 lines of Python (Part 1)", "part 3",
        "https://iamtrask.github.io/2015/07/12/basic-python-network/",
        "stored copies of the article and eight public repositories that quote its output",
    ),
    "3-4-1, sigmoid without biases, exclusive OR, 60,000 steps, NumPy's seed 1: mean |y − a|",
    {
        "mean |y − a| after 0 steps": "0.496410031903",
        "mean |y − a| after 10,000 steps": "0.00858452565325",
        "mean |y − a| after 20,000 steps": "0.00578945986251",
        "mean |y − a| after 30,000 steps": "0.00462917677677",
        "mean |y − a| after 40,000 steps": "0.00395876528027",
        "mean |y − a| after 50,000 steps": "0.00351012256786",
        "a of (0, 0)": "0.00260572", "a of (0, 1)": "0.99672209",
        "a of (1, 0)": "0.99701711", "a of (1, 1)": "0.00386759",
    },
    slips=(
        Slip(
            "The outputs after training are those of the last forward pass, before the last "
            "update: after 59,999 steps, not 60,000.",
            ("a of (0, 0)", "a of (0, 1)", "a of (1, 0)", "a of (1, 1)"),
        ),
    ),
)  # fmt: skip

SPENCER_HARPER = Example(
    "spencer-harper",
    Source(
        "Spencer-Harper", 2015, "How to build a simple neural network in 9 lines of Python code",
        "the output of the complete program",
        "https://medium.com/technology-invention-and-more/"
        "how-to-build-a-simple-neural-network-in-9-lines-of-python-code-cc8f23647ca1",
        "two translations of the article and eight public repositories that quote its output",
    ),
    "one sigmoid neuron without a bias, 10,000 steps on four examples, NumPy's seed 1",
    {
        "w_1,1^[1] at the start": "-0.16595599", "w_1,2^[1] at the start": "0.44064899",
        "w_1,3^[1] at the start": "-0.99977125",
        "w_1,1^[1]": "9.67299303", "w_1,2^[1]": "-0.2078435", "w_1,3^[1]": "-4.62963669",
        "a of (1, 0, 0)": "0.99993704",
        "a of (0, 0, 1)": "0.00966449", "a of (0, 1, 1)": "0.00786506",
        "a of (1, 0, 1)": "0.99358898", "a of (1, 1, 1)": "0.99211957",
    },
    slips=(
        Slip(
            "The four outputs are printed by Trask, part 1, who trains the same neuron: they are "
            "those of the last forward pass, before the last update.",
            ("a of (0, 0, 1)", "a of (0, 1, 1)", "a of (1, 0, 1)", "a of (1, 1, 1)"),
        ),
    ),
)  # fmt: skip

LOGISTIC = Example(
    "logistic",
    Source(
        "Ng, Katanforoosh and Bensouda Mourri", 2017,
        "Neural Networks and Deep Learning (deeplearning.ai)",
        "week 2, Logistic Regression with a Neural Network mindset, sections 4.3 and 4.4", "",
        "ten public repositories that quote the expected output",
    ),
    "one sigmoid neuron, cross-entropy of three examples: gradients, and 100 steps",
    {
        "E": "5.801545319394553", "∂E/∂w_1,1^[1]": "0.99845601", "∂E/∂w_1,2^[1]": "2.39507239",
        "∂E/∂b_1^[1]": "0.00145557813678",
        "w_1,1^[1] after 100 steps": "0.19033591", "w_1,2^[1] after 100 steps": "0.12259159",
        "b_1^[1] after 100 steps": "1.92535983008",
        "∂E/∂w_1,1^[1] of step 100": "0.67752042", "∂E/∂w_1,2^[1] of step 100": "1.41625495",
        "∂E/∂b_1^[1] of step 100": "0.219194504541",
    },
)  # fmt: skip

OPTIMISERS = Example(
    "optimisers",
    Source(
        "Ng, Katanforoosh and Bensouda Mourri", 2017,
        "Improving Deep Neural Networks (deeplearning.ai)", "week 2, Optimization methods", "",
        "ten public repositories that quote the expected output, of two editions",
    ),
    "one step of momentum and one of Adam (t = 2) with given gradients, NumPy's seed 1",
    {
        "momentum: w_1,1^[1]": "1.62544598", "momentum: w_2,3^[1]": "-2.30085497",
        "momentum: b_1^[1]": "1.74493465", "momentum: w_3,2^[2]": "-1.0998786",
        "Adam: w_1,1^[1]": "1.63178673", "Adam: w_2,3^[1]": "-2.29409733",
        "Adam: b_1^[1]": "1.75225313", "Adam: w_1,1^[2]": "0.32648046",
        "Adam: w_3,2^[2]": "-1.09244991", "Adam: b_1^[2]": "-0.88529979",
        "Adam: m of w_1,1^[1]": "-0.11006192", "Adam: v of w_1,1^[1]": "0.00121136",
        "Adam, first edition: w_3,2^[2]": "-1.09245036",
        "Adam, first edition: b_1^[2]": "-0.88529978",
    },
    slips=(
        Slip(
            "The first edition adds ε under the root, √(v̂ + ε), against its own formula "
            "√v̂ + ε (optax has both: eps_root and eps).",
            ("Adam, first edition: w_3,2^[2]", "Adam, first edition: b_1^[2]"),
        ),
        Slip(
            "The momentum is a mean, v ← β v + (1 − β) ∂E/∂w; optax's has no factor 1 − β, so that "
            "η = 0.01 here is η = 0.001 there."
        ),
    ),
)  # fmt: skip

NIELSEN = Example(
    "nielsen",
    Source(
        "Nielsen", 2015, "Neural Networks and Deep Learning",
        "chapter 3, The cross-entropy cost function",
        "http://neuralnetworksanddeeplearning.com/chap3.html",
        "a stored copy of the section's text; the length of its animation, 300 steps, is quoted",
    ),
    "one sigmoid neuron from 1 to 0, η = 0.15: a good start, and a saturated one",
    {
        "a at the start, w = 0.6, b = 0.9": "0.82", "a after 300 steps, w = 0.6, b = 0.9": "0.09",
        "a at the start, w = b = 2": "0.98",
    },
)  # fmt: skip

NEGNEVITSKY_TRAINED = Example(
    "negnevitsky-trained",
    Source(
        "Negnevitsky", 2005, "Artificial Intelligence: A Guide to Intelligent Systems",
        "2nd edition, section 6.4, final results", "",
        "quoted from memory; the weights give the outputs, which confirms both", opened=False,
    ),
    "2-2-1, sigmoid: the outputs of the printed final weights of exclusive OR",
    {
        "a of (1, 1)": "0.0155", "a of (0, 1)": "0.9849", "a of (1, 0)": "0.9849",
        "a of (0, 0)": "0.0175", "Σ (y − a)²": "0.0010",
    },
    slips=(
        Slip(
            "224 epochs are said to lead there.  Gradient descent with η = 0.1 from the printed "
            "weights, four examples one by one, needs 56,351 epochs for Σ (y − a)² < 0.001."
        ),
    ),
)  # fmt: skip

TRAININGS = (
    BROWNLEE_TRAINED, TRASK, SPENCER_HARPER, LOGISTIC, OPTIMISERS, NIELSEN, NEGNEVITSKY_TRAINED,
)  # fmt: skip
