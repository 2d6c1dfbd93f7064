"""The pages of the reference in their order: the equations as README lists them, then the rest."""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """A page: either public names of `jaxnn`, or a public module with all that it has."""

    title: str
    summary: str
    names: str = ""
    module: str = ""


TOPICS: dict[str, tuple[Topic, ...]] = {
    "The equations": (
        Topic(
            "Activation functions",
            "a = g(z) and its derivative, written by hand",
            "identity step sigmoid tanh arctan relu leaky_relu elu softplus gelu silu softmax "
            "Activation",
        ),
        Topic(
            "Neurons and networks",
            "z = W a + b; a network's sizes, and its random weights",
            "weighted_sum mlp Network init Layer Params check_params",
        ),
        Topic(
            "Forward propagation",
            "From x to a^[L]: of one example, of m at once",
            "forward trace Trace predict classify",
        ),
        Topic(
            "Cost functions",
            "How far the outputs are from the targets, and the mean over a batch",
            "total_error absolute_error squared_error cross_entropy binary_cross_entropy loss Cost",
        ),
        Topic(
            "The chain rule",
            "Backpropagation: δ^[l], ∂E/∂W^[l] and ∂E/∂b^[l]",
            "sensitivities Sensitivities backward",
        ),
        Topic(
            "Gradient descent",
            "w ← w − η ∂E/∂w, or an update by any optimiser of optax",
            "update TrainState",
        ),
        Topic(
            "The worked example",
            "Every number of one step, as data, text, LaTeX and a page; a page to build on",
            "explain WorkedExample playground",
        ),
        Topic(
            "Teaching",
            "Answers that are checked; questions for the next number",
            module="jaxnn.teaching",
        ),
    ),
    "Training": (
        Topic(
            "Training",
            "Epochs, early stopping, history, recording",
            "fit FitResult History Event epoch Recording",
        ),
        Topic(
            "Evaluation and calibration",
            "Scores on data never trained on; confidence against accuracy",
            "evaluate reliability Reliability expected_calibration_error",
        ),
        Topic(
            "Members that share their weights",
            "An ensemble in one network: shared W^[l], factors of each member",
            "share_weights SharedNetwork SharedParams init_members member member_forward "
            "shared_ensemble SharedEnsemble",
        ),
        Topic(
            "Many networks",
            "Hyperparameters, ensembles, k-fold cross-validation",
            "sweep SweepResult SweepMember ensemble Ensemble cross_validate CrossValidation",
        ),
        Topic(
            "Networks of tables",
            "From a data frame or a CSV file to a model that predicts new rows",
            "fit_table TableModel Columns",
        ),
        Topic(
            "Tables",
            "Reading, dividing, saving; what columns become; embeddings, schedules",
            module="jaxnn.tables",
        ),
    ),
    "Data": (
        Topic(
            "Preparing data",
            "Splits, standardisation, one-hot targets, batches",
            "split standardisation standardise unstandardise Standardisation one_hot class_of "
            "batches",
        ),
        Topic(
            "Data sets",
            "The article's truth table, digits, clothes, tables, your CSV file",
            "boolean_function iris wine breast_cancer diabetes digits mnist fashion_mnist "
            "load_dataset from_csv Dataset",
        ),
        Topic("Augmentation", "Random deformations of images", module="jaxnn.augment"),
        Topic(
            "Streams",
            "Data larger than memory, from files or Grain",
            "stream_npy stream_csv stream_parquet stream_grain save_npy Stream",
        ),
    ),
    "Running": (
        Topic("Devices and hosts", "Meshes, GPUs, TPUs, several machines", module="jaxnn.parallel"),
        Topic(
            "Checkpoints",
            "Runs that resume; a network in a file",
            "Checkpoints save load",
        ),
        Topic("Pictures", "Drawn on matplotlib's axes", module="jaxnn.plots"),
        Topic(
            "Other libraries",
            "scikit-learn, Flax, PyTorch, Equinox, Keras, ONNX, safetensors, StableHLO",
            module="jaxnn.interop",
        ),
        Topic(
            "Right numbers",
            "This device's results beside float64 NumPy",
            "self_test SelfTest",
        ),
        Topic(
            "Errors",
            "What can go wrong, by class",
            "ShapeError DataError WrongNumbers ProcessLost CheckpointError CheckpointMismatch "
            "CheckpointLocked CorruptCheckpoint",
        ),
    ),
}

ALSO = {
    "jaxnn.backward": "backpropagation, backprop, gradient, jax.grad",
    "jaxnn.sensitivities": "delta, backpropagation",
    "jaxnn.update": "learning rate, gradient descent, training step, optimiser, optimizer, optax",
    "jaxnn.fit": "early stopping, learning rate, patience, train, learning rate schedule, "
    "validation, batch size, optimizer, gpu, augmentation",
    "jaxnn.sweep": "hyperparameters, grid search, learning rate",
    "jaxnn.batches": "batch, minibatch, mini-batch, shuffle",
    "jaxnn.parallel": "gpu, tpu, multi-gpu, several gpus, cluster, slurm, distributed, multihost",
    "jaxnn.Network": "dropout",
    "jaxnn.mlp": "dropout, multilayer perceptron, neural network, layers",
    "jaxnn.init": "initialisation, initialization, random weights, he, glorot, xavier",
    "jaxnn.Checkpoints": "resume, interrupted run",
    "jaxnn.save": "save model, export model",
    "jaxnn.load": "load model",
    "jaxnn.from_csv": "csv file, my own data, table, dataframe",
    "jaxnn.fit_table": "my own data, table, dataframe, data frame, pandas, csv file, polars",
    "jaxnn.Columns": "one-hot, category, missing values, preprocessing, standardise, embedding",
    "jaxnn.TableModel": "permutation importance, predict new rows, partial dependence, pdp, ice, "
    "calibration",
    "jaxnn.tables.read_table": "csv file, delimiter, pandas",
    "jaxnn.tables.piecewise_linear": "binning, numerical features, embedding of a number",
    "jaxnn.tables.periodic_embedding": "numerical features, Fourier features, frequencies",
    "jaxnn.tables.ntp_factors": "neural tangent parametrisation, RealMLP, optax.partition",
    "jaxnn.predict": "inference",
    "jaxnn.classify": "labels, class, predicted class",
    "jaxnn.forward": "inference, forward pass",
    "jaxnn.evaluate": "accuracy, test error, r2",
    "jaxnn.cross_validate": "k-fold, cross validation, cross-validation",
    "jaxnn.standardise": "normalise, normalisation, normalize, standardize, scaling",
    "jaxnn.standardisation": "normalise, normalisation, normalize, standardize, mean, scale",
    "jaxnn.unstandardise": "unstandardize",
    "jaxnn.split": "train test split, validation set, stratify",
    "jaxnn.sigmoid": "logistic",
    "jaxnn.silu": "swish",
    "jaxnn.leaky_relu": "parametric relu, prelu",
    "jaxnn.step": "threshold, heaviside, perceptron",
    "jaxnn.squared_error": "mse, mean squared error",
    "jaxnn.absolute_error": "mae",
    "jaxnn.explain": "worked example, every number, step by step",
    "jaxnn.teaching.check": "exercise, solution, quiz, assert",
    "jaxnn.teaching.questions": "exercise, quiz, test yourself",
    "jaxnn.playground": "interactive, page, lesson, tensorflow playground",
    "jaxnn.augment": "augmentation, deform",
    "jaxnn.plots": "picture, figure, matplotlib",
    "jaxnn.plots.confusion_matrix": "confusion matrix",
    "jaxnn.plots.importance": "feature importance, permutation importance",
    "jaxnn.plots.learning_curves": "loss curve",
    "jaxnn.plots.partial_dependence": "pdp, ice, marginal effect",
    "jaxnn.plots.calibration_curve": "reliability, calibrated probabilities",
    "jaxnn.interop.torch": "pytorch",
    "jaxnn.interop.sklearn": "scikit-learn, sklearn",
    "jaxnn.interop.sklearn.MLPClassifier": "scikit-learn, sklearn",
    "jaxnn.interop.sklearn.MLPRegressor": "scikit-learn, sklearn",
    "jaxnn.interop.sklearn.MLPSearchCV": "scikit-learn, sklearn, grid search",
}
"""Words that learners type into the search and that the names do not have, the best first."""

ELSEWHERE = {
    "jax.Array": "https://docs.jax.dev/en/latest/_autosummary/jax.Array.html",
    "Array": "https://docs.jax.dev/en/latest/_autosummary/jax.Array.html",
    "Mesh": "https://docs.jax.dev/en/latest/jax.sharding.html#jax.sharding.Mesh",
    "NamedSharding": "https://docs.jax.dev/en/latest/jax.sharding.html#jax.sharding.NamedSharding",
    "optax.GradientTransformation": "https://optax.readthedocs.io/en/latest/api/transformations.html"
    "#optax.GradientTransformation",
    "np.ndarray": "https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html",
    "ArrayLike": "https://numpy.org/doc/stable/reference/typing.html#numpy.typing.ArrayLike",
    "pd.DataFrame": "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.html",
    "Axes": "https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.html",
    "Figure": "https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.html",
    "Path": "https://docs.python.org/3/library/pathlib.html#pathlib.Path",
    "Callable": "https://docs.python.org/3/library/collections.abc.html#collections.abc.Callable",
    "nnx.Rngs": "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/rnglib.html",
    "nnx.Module": "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/module.html",
}
"""Types of other libraries, and the pages that explain them."""
