"""Data sets: columns, float32, finite, one-hot; the numbers that their authors publish."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

import jaxnn
from jaxnn.data import mnist_files
from tests.data.test_mnist_files import FILES, IMAGES, LABELS, TINY, fill

BUNDLED = {
    "digits": (64, 10, 1797),
    "iris": (4, 3, 150),
    "wine": (13, 3, 178),
    "breast_cancer": (30, 2, 569),
    "diabetes": (10, 1, 442),
}


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Return a folder with two images as MNIST and as Fashion-MNIST."""
    monkeypatch.setattr(mnist_files, "MNIST", TINY)
    monkeypatch.setattr(mnist_files, "FASHION_MNIST", TINY._replace(name="fashion_mnist"))
    return fill(tmp_path, FILES)


def check(data):
    """Assert what holds for every data set."""
    X, Y = data
    assert X is data.X
    assert Y is data.Y
    assert X.dtype == Y.dtype == np.float32
    assert X.T.flags.c_contiguous
    assert Y.T.flags.c_contiguous
    assert data.examples == X.shape[1] == Y.shape[1]
    assert np.isfinite(X).all()
    assert np.isfinite(Y).all()
    assert len(data.feature_names) == len(X)
    assert all(type(name) is str for name in (*data.feature_names, *data.class_names))
    assert data.classifies == bool(data.class_names)
    if data.classifies:
        assert len(data.class_names) == len(Y)
        assert set(np.unique(Y)) == {0, 1}
        np.testing.assert_array_equal(Y.sum(axis=0), 1)


def test_boolean_function_is_the_truth_table():
    X, Y = jaxnn.boolean_function()
    table = {
        (1, 1, 1): 1,
        (1, 1, 0): 1,
        (1, 0, 1): 0,
        (1, 0, 0): 1,
        (0, 1, 1): 0,
        (0, 1, 0): 1,
        (0, 0, 1): 0,
        (0, 0, 0): 1,
    }
    np.testing.assert_array_equal(X, np.array(list(table)).T)
    np.testing.assert_array_equal(Y, [list(table.values())])
    assert X.dtype == Y.dtype == np.float32
    assert X.T.flags.c_contiguous
    assert Y.T.flags.c_contiguous


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_is_scikit_learns(name):
    n_0, n_L, m = BUNDLED[name]
    data = getattr(jaxnn, name)()
    check(data)
    assert data.name == name
    assert data.X.shape == (n_0, m)
    assert data.Y.shape == (n_L, m)
    rows, target = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    divisor = 16 if name == "digits" else 1
    np.testing.assert_array_equal(data.X.T, (rows / divisor).astype(np.float32))
    np.testing.assert_array_equal(data.Y.argmax(axis=0) if data.classifies else data.Y[0], target)
    assert data.image_shape == ((8, 8) if name == "digits" else None)


def test_a_data_set_can_be_pickled_and_trained_on():
    data = pickle.loads(pickle.dumps(jaxnn.iris()))
    (X, Y), _ = jaxnn.split(*data)
    assert X.shape == (4, 120)
    assert Y.shape == (3, 120)


def test_repr():
    assert repr(jaxnn.iris()) == "Dataset 'iris': X (4, 150), Y (3, 150), 3 classes"
    assert repr(jaxnn.diabetes()) == "Dataset 'diabetes': X (10, 442), Y (1, 442), regression"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones(5)}, r"X must have one column per example, got shape \(5,\)"),
        ({"Y": np.ones(5)}, r"Y must have one column per example, got shape \(5,\)"),
        ({"Y": np.ones((3, 4))}, "Y must have as many examples as X, m = 5, got 4"),
        ({"feature_names": ("a",)}, "feature_names must name the rows of X, n_0 = 2, got 1"),
        ({"class_names": ("a", "b")}, "class_names must name the rows of Y, n_L = 3, got 2"),
        ({"image_shape": (2, 2)}, "image_shape must have as many pixels as X rows, n_0 = 2, got 4"),
    ],
)
def test_a_data_set_must_fit_together(change, message):
    whole = {"X": np.ones((2, 5)), "Y": np.ones((3, 5)), "name": "a", "feature_names": ("a", "b")}
    jaxnn.Dataset(**whole)
    with pytest.raises(ValueError, match=message):
        jaxnn.Dataset(**(whole | change))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_images_become_columns(tiny, name, part):
    data = getattr(jaxnn, name)(part, tiny)
    check(data)
    assert data.name == name
    assert data.image_shape == (28, 28)
    np.testing.assert_array_equal(data.X.T, IMAGES.reshape(2, 784) / np.float32(255))
    np.testing.assert_array_equal(data.Y.argmax(axis=0), LABELS)
    assert data.feature_names[29] == "pixel_1_1"
    expected = {"mnist": ("7", "2"), "fashion_mnist": ("Sneaker", "Pullover")}
    assert tuple(data.class_names[label] for label in LABELS) == expected[name]


def test_raw_pixels(tiny):
    X, Y = jaxnn.mnist("test", tiny, pixels="uint8")
    assert X.dtype == np.uint8
    assert Y.dtype == np.float32
    assert X.T.flags.c_contiguous
    np.testing.assert_array_equal(X.T, IMAGES.reshape(2, 784))


def test_wrong_pixels_and_part(tiny):
    with pytest.raises(ValueError, match="pixels must be 'float32' or 'uint8', got 'float16'"):
        jaxnn.mnist(folder=tiny, pixels="float16")
    with pytest.raises(ValueError, match="part must be 'train' or 'test', got 'valid'"):
        jaxnn.fashion_mnist("valid", tiny)


def test_load_dataset(tiny):
    for name in BUNDLED:
        assert jaxnn.load_dataset(name, folder=tiny).name == name
    for name in ("mnist", "fashion_mnist"):
        data = jaxnn.load_dataset(name, part="test", folder=tiny)
        assert (data.name, data.examples) == (name, 2)


def test_load_dataset_refuses_what_it_does_not_know(tiny):
    known = "digits, iris, wine, breast_cancer, diabetes, mnist, fashion_mnist"
    with pytest.raises(ValueError, match=f"name must be one of {known}, got 'cifar'"):
        jaxnn.load_dataset("cifar")
    with pytest.raises(
        ValueError,
        match=r"part must be 'train' for iris, which comes in one piece, got 'test'; "
        r"divide it with jaxnn\.split",
    ):
        jaxnn.load_dataset("iris", part="test")
    with pytest.raises(ValueError, match="part must be 'train' or 'test', got 'all'"):
        jaxnn.load_dataset("mnist", part="all", folder=tiny)


def test_every_public_name_has_an_example():
    for name in (
        *BUNDLED,
        "boolean_function",
        "mnist",
        "fashion_mnist",
        "from_csv",
        "load_dataset",
    ):
        assert ">>> " in getattr(jaxnn, name).__doc__, name


@pytest.mark.quick_cases(1)
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "part", "m", "mean", "counts"),
    [
        ("mnist", "train", 60000, 0.130660, "5923 6742 5958 6131 5842 5421 5918 6265 5851 5949"),
        ("mnist", "test", 10000, 0.132515, "980 1135 1032 1010 982 892 958 1028 974 1009"),
        ("fashion_mnist", "train", 60000, 0.286041, " ".join(["6000"] * 10)),
        ("fashion_mnist", "test", 10000, 0.286849, " ".join(["1000"] * 10)),
    ],
)
def test_published_numbers(name, part, m, mean, counts):
    folder = os.environ.get("JAXNN_DATA")
    if not folder or not any(Path(folder).glob(f"**/{name}/train-images-idx3-ubyte.gz")):
        pytest.skip(f"JAXNN_DATA names no folder with the files of {name}")
    data = getattr(jaxnn, name)(part)
    check(data)
    assert data.X.shape == (784, m)
    assert data.X.mean(dtype=np.float64) == pytest.approx(mean, abs=1e-6)
    assert (data.X.min(), data.X.max()) == (0, 1)
    np.testing.assert_array_equal(data.Y.sum(axis=1), np.array(counts.split(), float))
