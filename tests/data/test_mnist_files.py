"""The files of MNIST: found, fetched, and read only where they are the originals."""

import gzip
import hashlib
import http.client
import io
import re
import struct
import urllib.error
import urllib.request

import numpy as np
import pytest

from jaxnn.data import mnist_files


def packed(content):
    return gzip.compress(content, mtime=0)  # no clock in the names of tests


def idx(array):
    """Return the bytes of an IDX file."""
    shape = array.shape
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


IMAGES = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
LABELS = np.array([7, 2], np.uint8)
FILES = {
    f"{part}-{kind}-ubyte.gz": packed(idx(array))
    for part in ("train", "t10k")
    for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS))
}
TINY = mnist_files.Archive(
    "mnist",
    ("https://first.example/", "https://second.example/"),
    {file: sha256(content) for file, content in FILES.items()},
    {file: sha256(gzip.decompress(content)) for file, content in FILES.items()},
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
            assert timeout == mnist_files.TIME_OUT
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


@pytest.mark.parametrize("inner", ["", "mnist"])
@pytest.mark.parametrize("by", ["folder", "environment", "cache"])
def test_files_are_found(tmp_path, monkeypatch, inner, by):
    folder = None
    if by == "cache":
        fill(mnist_files.cache_folder(TINY))
    else:
        fill(tmp_path / "data" / inner)
        if by == "folder":
            folder = tmp_path / "data"
        else:
            monkeypatch.setenv("JAXNN_DATA", str(tmp_path / "data"))
    images, labels = mnist_files.read_part(TINY, "test", folder)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


def test_folder_goes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXNN_DATA", str(fill(tmp_path / "one", {FILE: b"damaged"})))
    two = fill(tmp_path / "two")
    assert mnist_files.content_of(TINY, FILE, two) == idx(LABELS)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / 'one' / FILE} must have the SHA")):
        mnist_files.content_of(TINY, FILE, None)


def test_the_right_file_is_found_beside_one_of_the_same_name(tmp_path):
    fill(tmp_path, dict.fromkeys(FILES, b"another data set's"))
    fill(tmp_path / "mnist")
    assert mnist_files.content_of(TINY, FILE, tmp_path) == idx(LABELS)


def check_refused(what, expected, content, folder):
    message = (
        f"{what} must have the SHA-256 {expected} of mnist's original, "
        f"got {sha256(content)}; replace it by the original"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        mnist_files.content_of(TINY, FILE, folder)


DAMAGED = {
    "empty": b"",
    "other content": b"damaged",
    "truncated": FILES[FILE][:-9],
    "one bit flipped": FILES[FILE][:-6] + bytes([FILES[FILE][-6] ^ 1]) + FILES[FILE][-5:],
    "another format": packed(b"\x89PNG\r\n"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_wrong_checksum(tmp_path, damage):
    fill(tmp_path, {FILE: DAMAGED[damage]})
    check_refused(tmp_path / FILE, TINY.sha256[FILE], DAMAGED[damage], tmp_path)


def test_a_folder_without_the_file_is_named_and_nothing_is_fetched(tmp_path, serve):
    asked = serve({})
    message = (
        f"folder must hold {FILE}, packed or unpacked, itself or in its subfolder mnist or "
        f"MNIST/raw, got '{tmp_path}' without it"
    )
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        mnist_files.content_of(TINY, FILE, tmp_path)
    assert not asked


def test_without_network_the_error_says_what_to_do():
    with pytest.raises(FileNotFoundError) as caught:
        mnist_files.read_part(TINY, "train", None)
    message = str(caught.value)
    assert message.startswith("mnist is not on this machine and could not be downloaded (")
    assert "https://first.example/: <urlopen error no network>; https://second.example/" in message
    assert all(file in message for file in FILES)
    assert "--data-dir" in message
    assert "JAXNN_DATA" in message
    assert message.endswith(f"or put them into {mnist_files.cache_folder(TINY)}")


def test_a_download_is_kept(serve):
    asked = serve({"https://first.example/": FILES.__getitem__})
    for _ in range(2):
        images, _ = mnist_files.read_part(TINY, "train", None)
        np.testing.assert_array_equal(images, IMAGES)
    assert len(asked) == 2
    kept = sorted(path.name for path in mnist_files.cache_folder(TINY).iterdir())
    assert kept == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize(
    "failure", [TimeoutError("timed out"), http.client.IncompleteRead(b""), b"<html>"]
)
def test_the_second_home_is_tried_when_the_first_fails(serve, failure):
    asked = serve(
        {"https://first.example/": lambda _: failure, "https://second.example/": FILES.get}
    )
    assert mnist_files.content_of(TINY, FILE, None) == idx(LABELS)
    assert (mnist_files.cache_folder(TINY) / FILE).read_bytes() == FILES[FILE]
    assert asked == [home + FILE for home in TINY.homes]


def test_a_wrong_download_is_refused_and_not_kept(serve):
    serve(dict.fromkeys(TINY.homes, lambda _: b"<html>"))
    with pytest.raises(
        ValueError, match=r"https://first.example/.* must have the SHA-256 .*, got "
    ):
        mnist_files.content_of(TINY, FILE, None)
    assert not mnist_files.cache_folder(TINY).exists()


def test_an_interrupted_download_leaves_nothing(serve, monkeypatch):
    serve({"https://first.example/": FILES.__getitem__})

    def full(self, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(mnist_files.Path, "replace", full)
    with pytest.raises(FileNotFoundError, match="No space left on device"):
        mnist_files.content_of(TINY, FILE, None)
    assert list(mnist_files.cache_folder(TINY).iterdir()) == []


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
    images, labels = mnist_files.read_part(TINY, "test", tmp_path)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("form", ["packed anew", "unpacked"])
@pytest.mark.parametrize(
    "wrong", [idx(LABELS + 1), idx(LABELS)[:-1], idx(LABELS) + b"\0", b"\0\0\x08"]
)
def test_wrong_contents(tmp_path, form, wrong):
    name, content = FORMS[form](FILE, packed(wrong))
    fill(tmp_path, {name: content})
    check_refused(f"{tmp_path / name}, unpacked,", TINY.unpacked[FILE], wrong, tmp_path)


def test_no_more_is_unpacked_than_an_original_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_files, "MOST_BYTES", 100)
    fill(tmp_path, {FILE: packed(idx(np.zeros(10**6, np.uint8)))})
    with pytest.raises(ValueError, match=f"got {sha256(idx(np.zeros(10**6))[:100])}"):
        mnist_files.content_of(TINY, FILE, tmp_path)


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
    mnist_files.read_part(TINY, "test", tmp_path if by == "folder" else None)


def test_without_a_home_the_error_says_what_to_name(homeless):
    message = (
        r"mnist is on this machine in no folder that JAXNN_DATA names, and this user has no home "
        r"folder to download it to: put its files .* with folder=, .* or name a folder for "
        r"downloads in XDG_CACHE_HOME$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        mnist_files.read_part(TINY, "train", None)


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch, serve):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    serve({"https://first.example/": FILES.__getitem__})
    message = (
        r"mnist was downloaded and could not be written into .*/file/jaxnn/mnist \(.*\): name a "
        r"folder that can be written in the environment variable XDG_CACHE_HOME, or put its files"
    )
    with pytest.raises(FileNotFoundError, match=message):
        mnist_files.read_part(TINY, "train", None)


def test_the_cache_follows_xdg(tmp_path, monkeypatch):
    assert mnist_files.cache_folder(TINY) == tmp_path / "cache" / "jaxnn" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert mnist_files.cache_folder(TINY) == tmp_path / ".cache" / "jaxnn" / "mnist"


def test_unknown_part():
    with pytest.raises(ValueError, match="part must be 'train' or 'test', got 'valid'"):
        mnist_files.read_part(TINY, "valid", None)
