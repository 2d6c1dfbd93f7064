"""The functions that load a data set in columns: X (n_0, m) and Y (n_L, m), float32, in raw units.

X and Y are views `rows.T` of row-major arrays, so that one example is contiguous in memory.
"""

from __future__ import annotations

import os

import numpy as np

from jaxnn.data import mnist_files
from jaxnn.data.dataset import Dataset
from jaxnn.data.preparation import on_boundary, one_hot
from jaxnn.textbook.checks.arguments import as_path, check_text, described

Folder = str | os.PathLike[str] | None


def boolean_function() -> tuple[np.ndarray, np.ndarray]:
    """Return the truth table of F(x, y, z) = xy + z̄, the article's example.

    Returns:
        (X, Y), (3, 8) and (1, 8), float32: one column for each row of the table, from (1, 1, 1) to
        (0, 0, 0).

    Source: the article.

    >>> X, Y = boolean_function()
    >>> X[:, 1].tolist(), Y.tolist()
    ([1.0, 1.0, 0.0], [[1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    """
    rows = np.array([[j >> 2 & 1, j >> 1 & 1, j & 1] for j in range(7, -1, -1)], np.float32)
    x, y, z = rows.astype(bool).T
    return rows.T, (x & y | ~z).astype(np.float32)[:, None].T


def digits() -> Dataset:
    """Return 1797 handwritten digits of 8 × 8 pixels: X (64, 1797) in [0, 1], Y (10, 1797).

    Each pixel is a count of ink, 0 … 16, divided by 16.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits" (its test part), UCI,
    CC BY 4.0; bundled with scikit-learn.

    >>> X, Y = digits()
    >>> X.shape, Y.shape, X.max().item()
    ((64, 1797), (10, 1797), 1.0)
    """
    return _bundled("digits", divide_by=16, image_shape=(8, 8))


def iris() -> Dataset:
    """Return 150 irises, four lengths in cm and three species: X (4, 150), Y (3, 150).

    Source: Fisher, "The use of multiple measurements in taxonomic problems", 1936; UCI, CC BY 4.0;
    bundled with scikit-learn.

    >>> iris().class_names
    ('setosa', 'versicolor', 'virginica')
    """
    return _bundled("iris")


def wine() -> Dataset:
    """Return 178 wines, 13 chemical measurements and three growers: X (13, 178), Y (3, 178).

    Source: Aeberhard and Forina, "Wine", UCI, CC BY 4.0; bundled with scikit-learn.

    >>> wine()
    Dataset 'wine': X (13, 178), Y (3, 178), 3 classes
    """
    return _bundled("wine")


def breast_cancer() -> Dataset:
    """Return 569 tumours, 30 measurements of their cell nuclei: X (30, 569), Y (2, 569).

    Source: Wolberg, Mangasarian, Street and Street, "Breast Cancer Wisconsin (Diagnostic)", UCI,
    CC BY 4.0; bundled with scikit-learn.

    >>> breast_cancer().class_names
    ('malignant', 'benign')
    """
    return _bundled("breast_cancer")


def diabetes() -> Dataset:
    """Return 442 patients and the progress of their diabetes a year on: X (10, 442), Y (1, 442).

    scikit-learn has centred and scaled the ten inputs to Σ_j x_ij² = 1; the target, a score of
    25 … 346, is raw.

    Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", 2004 (no licence is
    stated); bundled with scikit-learn.

    >>> data = diabetes()
    >>> data.Y.shape, data.classifies, data.Y.max().item()
    ((1, 442), False, 346.0)
    """
    return _bundled("diabetes")


def mnist(part: str = "train", folder: Folder = None, *, pixels: str = "float32") -> Dataset:
    """Return handwritten digits of 28 × 28 pixels: X (784, m), Y (10, m).

    The four original files, packed or unpacked, are searched in `folder`, or else in the folder
    that the environment variable JAXNN_DATA names: there or in its subfolder `mnist`, `raw` or
    `MNIST/raw` (where torchvision keeps them).  Without `folder` they are then searched in
    `~/.cache/jaxnn/mnist` (under XDG_CACHE_HOME where that is set), and downloaded into it.

    Args:
        part: "train", m = 60000, or "test", m = 10000.
        folder: of the files; nothing is downloaded then.
        pixels: "float32", divided by 255, or "uint8", raw, 0 … 255: a quarter of the memory.

    Returns:
        The data set; 0 is background, 1 (255) ink.

    Raises:
        FileNotFoundError: the files were not found and could not be downloaded, or there is no
            folder for a download: no home folder, or one that cannot be written.
        ValueError: another part or other pixels, or a file that is not the original.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", CC BY-SA 3.0.

    >>> mnist("validation")
    Traceback (most recent call last):
    ValueError: part must be 'train' or 'test', got 'validation'
    """
    return _images(mnist_files.MNIST, part, folder, pixels, tuple("0123456789"))


def fashion_mnist(
    part: str = "train", folder: Folder = None, *, pixels: str = "float32"
) -> Dataset:
    """Return images of clothes of 28 × 28 pixels: X (784, m), Y (10, m).

    The files are searched and downloaded as those of `mnist`, with the same errors.

    Args:
        part: "train", m = 60000, or "test", m = 10000.
        folder: of the files, there or in its subfolder `fashion_mnist`, `raw` or
            `FashionMNIST/raw`; nothing is downloaded then.
        pixels: "float32", divided by 255, or "uint8", raw, 0 … 255.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST", arXiv:1708.07747; MIT, Zalando SE.

    >>> fashion_mnist(pixels="bits")
    Traceback (most recent call last):
    ValueError: pixels must be 'float32' or 'uint8', got 'bits'
    """
    names = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
    return _images(mnist_files.FASHION_MNIST, part, folder, pixels, tuple(names.split(",")))


_IN_ONE_PIECE = {load.__name__: load for load in (digits, iris, wine, breast_cancer, diabetes)}
_IN_TWO_PARTS = {load.__name__: load for load in (mnist, fashion_mnist)}


def load_dataset(name: str, *, part: str = "train", folder: Folder = None) -> Dataset:
    """Return a data set by its name, as scripts need it.

    Args:
        name: digits, iris, wine, breast_cancer, diabetes, mnist or fashion_mnist.
        part: "train" or "test" of mnist and fashion_mnist; the others have "train" only.
        folder: of the files of mnist and fashion_mnist; the others need none.

    Returns:
        The data set.

    Raises:
        TypeError, ValueError: there is no data set of that name, or no such part.
        FileNotFoundError: as `mnist`.

    >>> load_dataset("iris")
    Dataset 'iris': X (4, 150), Y (3, 150), 3 classes
    """
    known = ", ".join((*_IN_ONE_PIECE, *_IN_TWO_PARTS))
    if not isinstance(name, str):
        raise TypeError(f"name must be one of {known}, got {described(name)}")
    check_text("part", part, "'train'")
    if name in _IN_TWO_PARTS:
        return _IN_TWO_PARTS[name](part, folder)
    if name not in _IN_ONE_PIECE:
        raise ValueError(f"name must be one of {known}, got {name!r}")
    if part != "train":
        raise ValueError(
            f"part must be 'train' for {name}, which comes in one piece, got {part!r}; "
            "divide it with jaxnn.split"
        )
    return _IN_ONE_PIECE[name]()


def _bundled(
    name: str, *, divide_by: float = 1, image_shape: tuple[int, int] | None = None
) -> Dataset:
    """Return one of scikit-learn's data sets in columns."""
    import sklearn.datasets

    bunch = getattr(sklearn.datasets, f"load_{name}")()
    rows = np.ascontiguousarray(bunch.data / divide_by, np.float32)
    features = tuple(str(feature) for feature in bunch.feature_names)
    class_names = tuple(str(label) for label in bunch.get("target_names", ()))
    if class_names:
        Y = one_hot(bunch.target, len(class_names))
    else:
        Y = bunch.target.astype(np.float32)[:, None].T
    return Dataset(rows.T, Y, name, features, class_names, image_shape)


def _images(
    archive: mnist_files.Archive,
    part: str,
    folder: Folder,
    pixels: str,
    class_names: tuple[str, ...],
) -> Dataset:
    """Return a part of MNIST or Fashion-MNIST in columns."""
    check_text("part", part, "'train'")
    check_text("pixels", pixels, "'float32'")
    folder = None if folder is None else as_path("folder", folder)
    if pixels not in ("float32", "uint8"):
        raise ValueError(f"pixels must be 'float32' or 'uint8', got {pixels!r}")
    images, labels = mnist_files.read_part(archive, part, folder)
    m, height, width = images.shape
    rows = on_boundary((m, height * width), pixels)
    flat = images.reshape(rows.shape)
    if pixels == "float32":
        np.divide(flat, np.float32(255), out=rows)
    else:
        rows[:] = flat
    features = tuple(f"pixel_{i}_{j}" for i in range(height) for j in range(width))
    Y = one_hot(labels, len(class_names))
    return Dataset(rows.T, Y, archive.name, features, class_names, (height, width))
