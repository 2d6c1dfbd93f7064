"""IDX files: what is not one is refused by name; files are found, fetched and checked."""

import gzip
import http.client
import io
import re
import struct
import urllib.error
import urllib.request

import numpy as np
import pytest

from jaxnn.data import mnist_files as _idx
from jaxnn.data.mnist_files import read_idx


def packed(content):
    return gzip.compress(content, mtime=0)  # no clock in the names of tests


def idx(array, *, dims=None, kind=8):
    """Return the bytes of an IDX file."""
    shape = array.shape if dims is None else dims
    return (
        bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()
    )


IMAGES = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
LABELS = np.array([7, 2], np.uint8)
FILES = {
    f"{part}-{kind}-ubyte.gz": packed(idx(array))
    for part in ("train", "t10k")
    for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS))
}
TINY = _idx.Archive(
    "mnist",
    ("https://first.example/", "https://second.example/"),
    {file: _idx.sha256(content) for file, content in FILES.items()},
    {file: _idx.sha256(gzip.decompress(content)) for file, content in FILES.items()},
    "MNIST",
)
FILE = "train-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """No test here reaches a server, reads the user's cache or the user's data."""

    def refuse(url, timeout):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JAXNN_DATA", raising=False)


@pytest.fixture
def serve(monkeypatch):
    """Return a function that sets what the servers answer, and the list of what they were asked."""

    def start(answers):
        asked = []

        def answer(url, timeout):
            assert timeout == _idx.TIME_OUT
            asked.append(url)
            home, _, file = url.rpartition("/")
            content = answers[home + "/"](file)
            if isinstance(content, Exception):
                raise content
            return io.BytesIO(content)

        monkeypatch.setattr(urllib.request, "urlopen", answer)
        return asked

    return start


def fill(folder, files=FILES):
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return folder


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (1, 1, 1, 1)])
def test_what_is_written_is_read(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    path = tmp_path / "a.gz"
    for content in (packed(idx(array)), idx(array)):
        path.write_bytes(content)
        got = read_idx(path)
        assert got.dtype == np.uint8
        assert got.flags.writeable
        np.testing.assert_array_equal(got, array)


ONE_DEVICE = packed(idx(IMAGES))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ONE_DEVICE[:-9], "must be a whole gzip file, got a truncated one"),
        (ONE_DEVICE[:200], "must be a whole gzip file, got a truncated one"),
        (b"PK" + idx(IMAGES), "must be a sound gzip file, got: Not a gzipped file"),
        (idx(IMAGES)[:-1], "must hold 1568 values"),
        (ONE_DEVICE[:-8] + b"\x00" * 8, "must be a sound gzip file, got: CRC check failed"),
        (ONE_DEVICE[:12] + b"\xff" * 20 + ONE_DEVICE[32:], "must be a sound gzip file, got: "),
        (b"", "must be an IDX file, got an empty one"),
        (packed(b""), "must be an IDX file, got an empty one"),
        (
            packed(idx(IMAGES, kind=13)),
            "must begin with the IDX magic 0x000008nn (unsigned bytes, nn dimensions), "
            "got 0x00000d03",
        ),
        (packed(b"\x89PNG\r\n"), "must begin with the IDX magic 0x000008nn"),
        (packed(b"\x00\x00\x08"), "got 0x000008"),
        (packed(b"\x00\x00\x08\x00\x01"), "got 0x00000800"),
        (packed(idx(LABELS)), "must have 3 dimensions, got 1"),
        (
            packed(idx(IMAGES)[:10]),
            "must have a header of 16 bytes for 3 dimensions, got a file of 10",
        ),
        (
            packed(idx(np.zeros(0, np.uint8), dims=(0, 28, 28))),
            "must hold at least one value, got shape (0, 28, 28)",
        ),
        (
            packed(idx(IMAGES, dims=(3, 28, 28))),
            "must hold 2352 values, as its header's shape (3, 28, 28) says, got 1568",
        ),
        (packed(idx(IMAGES) + b"\x00"), "must hold 1568 values"),
        (
            packed(idx(LABELS, dims=(2**32 - 1,) * 3)),
            f"must hold {(2**32 - 1) ** 3} values",
        ),
    ],
)
def test_what_is_no_idx_file_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=f"images.gz must.*{re.escape(message.split('must ')[-1])}"
    ):
        read_idx(path, dimensions=3)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.gz"):
        read_idx(tmp_path / "nothing.gz")


@pytest.mark.parametrize("inner", ["", "mnist"])
@pytest.mark.parametrize("by", ["folder", "environment", "cache"])
def test_files_are_found(tmp_path, monkeypatch, inner, by):
    folder = None
    if by == "cache":
        fill(_idx.cache_folder(TINY))
    else:
        fill(tmp_path / "data" / inner)
        if by == "folder":
            folder = tmp_path / "data"
        else:
            monkeypatch.setenv("JAXNN_DATA", str(tmp_path / "data"))
    images, labels = _idx.read_part(TINY, "test", folder)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


def test_folder_goes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXNN_DATA", str(fill(tmp_path / "one")))
    two = fill(tmp_path / "two")
    assert _idx.locate(TINY, FILE, two) == two / FILE
    assert _idx.locate(TINY, FILE, None) == tmp_path / "one" / FILE


def test_the_right_file_is_found_beside_one_of_the_same_name(tmp_path):
    fill(tmp_path, dict.fromkeys(FILES, b"another data set's"))
    fill(tmp_path / "mnist")
    assert _idx.locate(TINY, FILE, tmp_path) == tmp_path / "mnist" / FILE


def check_refused(what, expected, content, folder):
    message = (
        f"{what} must have the SHA-256 {expected} of mnist's original, "
        f"got {_idx.sha256(content)}; replace it by the original"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        _idx.locate(TINY, FILE, folder)


def test_wrong_checksum(tmp_path):
    fill(tmp_path, {FILE: b"damaged"})
    check_refused(tmp_path / FILE, TINY.sha256[FILE], b"damaged", tmp_path)


def test_a_folder_without_the_file_is_named_and_nothing_is_fetched(tmp_path, serve):
    asked = serve({})
    message = (
        f"folder must hold {FILE}, packed or unpacked, itself or in its subfolder mnist or "
        f"MNIST/raw, got '{tmp_path}' without it"
    )
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        _idx.locate(TINY, FILE, tmp_path)
    assert not asked


def test_without_network_the_error_says_what_to_do():
    with pytest.raises(FileNotFoundError) as caught:
        _idx.read_part(TINY, "train", None)
    message = str(caught.value)
    assert message.startswith("mnist is not on this machine and could not be downloaded (")
    assert "https://first.example/: <urlopen error no network>; https://second.example/" in message
    assert all(file in message for file in FILES)
    assert "--data-dir" in message
    assert "JAXNN_DATA" in message
    assert message.endswith(f"or put them into {_idx.cache_folder(TINY)}")


def test_a_download_is_kept(serve):
    asked = serve({"https://first.example/": FILES.__getitem__})
    for _ in range(2):
        images, _ = _idx.read_part(TINY, "train", None)
        np.testing.assert_array_equal(images, IMAGES)
    assert len(asked) == 2
    kept = sorted(path.name for path in _idx.cache_folder(TINY).iterdir())
    assert kept == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize(
    "failure", [TimeoutError("timed out"), http.client.IncompleteRead(b""), b"<html>"]
)
def test_the_second_home_is_tried_when_the_first_fails(serve, failure):
    asked = serve(
        {"https://first.example/": lambda _: failure, "https://second.example/": FILES.get}
    )
    assert _idx.locate(TINY, FILE, None).read_bytes() == FILES[FILE]
    assert asked == [home + FILE for home in TINY.homes]


def test_a_wrong_download_is_refused_and_not_kept(serve):
    serve(dict.fromkeys(TINY.homes, lambda _: b"<html>"))
    with pytest.raises(
        ValueError, match=r"https://first.example/.* must have the SHA-256 .*, got "
    ):
        _idx.locate(TINY, FILE, None)
    assert not _idx.cache_folder(TINY).exists()


def test_an_interrupted_download_leaves_nothing(serve, monkeypatch):
    serve({"https://first.example/": FILES.__getitem__})

    def full(self, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(_idx.Path, "replace", full)
    with pytest.raises(FileNotFoundError, match="No space left on device"):
        _idx.locate(TINY, FILE, None)
    assert list(_idx.cache_folder(TINY).iterdir()) == []


FORMS = {
    "as published": lambda file, content: (file, content),
    "packed anew": lambda file, content: (file, gzip.compress(gzip.decompress(content), 1)),
    "unpacked": lambda file, content: (file[:-3], gzip.decompress(content)),
    "unpacked by a browser": lambda file, content: (file, gzip.decompress(content)),
    "spelt with a point": lambda file, content: (
        file[:-3].replace("-idx", ".idx"), gzip.decompress(content),
    ),
}  # fmt: skip


@pytest.mark.parametrize("inner", [".", "mnist", "raw", "mnist/raw", "MNIST/raw"])
@pytest.mark.parametrize("form", FORMS)
def test_originals_are_known_in_every_form_and_folder(tmp_path, form, inner):
    fill(tmp_path / inner, dict(FORMS[form](*item) for item in FILES.items()))
    images, labels = _idx.read_part(TINY, "test", tmp_path)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("form", ["packed anew", "unpacked"])
def test_wrong_contents(tmp_path, form):
    name, content = FORMS[form](FILE, packed(idx(LABELS + 1)))
    fill(tmp_path, {name: content})
    unpacked = f"{tmp_path / name}, unpacked,"
    check_refused(unpacked, TINY.unpacked[FILE], idx(LABELS + 1), tmp_path)


def test_no_more_is_unpacked_than_an_original_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(_idx, "MOST_BYTES", 100)
    fill(tmp_path, {FILE: packed(idx(np.zeros(10**6, np.uint8)))})
    with pytest.raises(ValueError, match=f"got {_idx.sha256(idx(np.zeros(10**6))[:100])}"):
        _idx.locate(TINY, FILE, tmp_path)


@pytest.fixture
def homeless(monkeypatch):
    """Be a user without a home folder, as of `docker run --user 1234`."""

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)


@pytest.mark.parametrize("by", ["folder", "environment"])
def test_without_a_home_the_files_of_a_folder_are_read(tmp_path, monkeypatch, homeless, by):
    fill(tmp_path)
    if by == "environment":
        monkeypatch.setenv("JAXNN_DATA", str(tmp_path))
    _idx.read_part(TINY, "test", tmp_path if by == "folder" else None)


def test_without_a_home_the_error_says_what_to_name(homeless):
    message = (
        r"mnist is on this machine in no folder that JAXNN_DATA names, and this user has no home "
        r"folder to download it to: put its files .* with folder=, .* or name a folder for "
        r"downloads in XDG_CACHE_HOME$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        _idx.read_part(TINY, "train", None)


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch, serve):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    serve({"https://first.example/": FILES.__getitem__})
    message = (
        r"mnist was downloaded and could not be written into .*/file/jaxnn/mnist \(.*\): name a "
        r"folder that can be written in the environment variable XDG_CACHE_HOME, or put its files"
    )
    with pytest.raises(FileNotFoundError, match=message):
        _idx.read_part(TINY, "train", None)


def test_the_cache_follows_xdg(tmp_path, monkeypatch):
    assert _idx.cache_folder(TINY) == tmp_path / "cache" / "jaxnn" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _idx.cache_folder(TINY) == tmp_path / ".cache" / "jaxnn" / "mnist"


def test_images_and_labels_must_agree(tmp_path):
    files = FILES | {FILE: packed(idx(LABELS[:1]))}
    archive = TINY._replace(sha256={file: _idx.sha256(content) for file, content in files.items()})
    with pytest.raises(
        ValueError, match="mnist must have one label per image, got 2 images and 1 l"
    ):
        _idx.read_part(archive, "train", fill(tmp_path, files))


def test_unknown_part():
    with pytest.raises(ValueError, match="part must be 'train' or 'test', got 'valid'"):
        _idx.read_part(TINY, "valid", None)
