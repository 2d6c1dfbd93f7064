"""Files that were damaged, swapped or made up: refused by name, never read, never executed."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn import CheckpointError, Checkpoints, CorruptCheckpoint
from jaxnn.checkpoints.manifest import FORMAT, _text

NET = jaxnn.mlp(2, 2, 2)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good") / "model"
    return jaxnn.save(folder, NET, jaxnn.init(NET, jax.random.key(0)))


@pytest.fixture
def copy(model, tmp_path):
    return Path(shutil.copytree(model, tmp_path / "model"))


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def refused(folder, names=""):
    """Assert that a folder is refused with a message that has the names in it."""
    with pytest.raises(CorruptCheckpoint) as error:
        jaxnn.load(folder)
    assert str(folder) in str(error.value)
    assert names in str(error.value)


@pytest.mark.slow
def test_every_bit_of_every_file_counts(copy):
    """No flipped bit gives parameters; in the arrays all bits are tried, elsewhere one a byte."""
    rng, flips = random.Random(0), 0
    for path in files_of(copy):
        content = path.read_bytes()
        array = path.parent.parent.name == "arrays" and not path.name.startswith(".")
        places = (
            range(len(content)) if array else rng.sample(range(len(content)), min(40, len(content)))
        )
        for at in places:
            for bit in range(8) if array else [rng.randrange(8)]:
                changed = bytearray(content)
                changed[at] ^= 1 << bit
                path.write_bytes(changed)
                with pytest.raises(CheckpointError, match=path.name.replace(".", r"\.")):
                    jaxnn.load(copy)
                flips += 1
        path.write_bytes(content)
    assert flips > 8 * 4 * NET.parameter_count
    jaxnn.load(copy)


def test_the_message_has_both_digests_and_the_next_thing_to_do(copy):
    path = copy / "arrays" / "a0" / "0.0"
    good = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(bytes(len(path.read_bytes())))
    bad = hashlib.sha256(path.read_bytes()).hexdigest()
    refused(
        copy, f"SHA-256 {bad}, the manifest says {path.stat().st_size} bytes with SHA-256 {good}"
    )


def test_truncated_emptied_deleted_and_extra_files(copy):
    for path in files_of(copy):
        content = path.read_bytes()
        for length in {0, 1, len(content) // 2, len(content) - 1} - {len(content)}:
            path.write_bytes(content[:length])
            refused(copy, path.name)
        path.unlink()
        refused(copy, "missing")
        path.write_bytes(content)
    (copy / "arrays" / "extra").write_text("")
    refused(copy, "extra is not in the manifest")


def forged(folder, change):
    """Write a manifest that fits the files, as someone would who can write them."""
    path = folder / "manifest.json"
    body = json.loads(path.read_bytes())["manifest"]
    for file in files_of(folder):
        name = file.relative_to(folder).as_posix()
        if name != "manifest.json":
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            body["files"][name] = {"bytes": len(content), "sha256": digest}
    change(body)
    path.write_text(_text(body))


def test_another_format(copy):
    forged(copy, lambda body: body.update(format=FORMAT + 1))
    with pytest.raises(
        CheckpointError, match=f"is of format {FORMAT + 1}, this jaxnn reads format {FORMAT}"
    ):
        jaxnn.load(copy)


class Canary:
    """Touches a file when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return (Path.touch, (Path(self._path),))


def payloads(canary):
    pickled = pickle.dumps(Canary(canary))
    objects, archive = io.BytesIO(), io.BytesIO()
    np.save(objects, np.array([Canary(canary)], object), allow_pickle=True)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archive/data.pkl", pickled)
    return {"pickle": pickled, "npy of objects": objects.getvalue(), "zip": archive.getvalue()}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in Orbax's tasks
@pytest.mark.parametrize("kind", ["pickle", "npy of objects", "zip"])
def test_no_code_runs(copy, tmp_path, kind):
    canary = tmp_path / "canary"
    payload = payloads(canary)[kind]
    for path in files_of(copy):
        content = path.read_bytes()
        path.write_bytes(payload)
        refused(copy, path.name)
        if path.name != "manifest.json":  # not even where the manifest was made to fit
            before = (copy / "manifest.json").read_bytes()
            forged(copy, lambda body: None)
            with contextlib.suppress(CheckpointError):  # Orbax does not read all of its own files
                jaxnn.load(copy)
            (copy / "manifest.json").write_bytes(before)
        path.write_bytes(content)
    assert not canary.exists()


def test_links_are_refused(copy, tmp_path):
    secret = tmp_path / "secret"
    path = copy / "arrays" / "a0" / "0.0"
    secret.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(secret)
    refused(copy, "is a symbolic link, no plain file")
    (copy / "manifest.json").rename(tmp_path / "manifest.json")
    (copy / "manifest.json").symlink_to(tmp_path / "manifest.json")
    refused(copy, "manifest.json is a symbolic link, no plain file")


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/hostname", "arrays/../../x", "a//b", ".", "a\\b"]
)
def test_names_in_the_manifest_stay_inside(copy, name):
    entry = {"bytes": 1, "sha256": "0" * 64}
    forged(copy, lambda body: body["files"].update({name: entry}))
    refused(copy, "no plain name of a file inside its folder")


BOMBS = {
    "huge shape": lambda body: body["about"]["arrays"][0].__setitem__(1, [2**40, 2**40]),
    "overflow": lambda body: body["about"]["arrays"][0].__setitem__(1, [2**47] * 4),
    "negative": lambda body: body["about"]["arrays"][0].__setitem__(1, [-1, 3]),
    "many axes": lambda body: body["about"]["arrays"][0].__setitem__(1, [1] * 40),
    "objects": lambda body: body["about"]["arrays"][0].__setitem__(2, "object"),
    "no type": lambda body: body["about"]["arrays"][0].__setitem__(2, "float31"),
    "twice": lambda body: body["about"]["arrays"].append(body["about"]["arrays"][0]),
    "no list": lambda body: body["about"].update(arrays=7),
    "other shape": lambda body: body["about"]["arrays"][0].__setitem__(1, [3, 4]),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_are_refused_before_memory_is_taken(copy, kind):
    forged(copy, BOMBS[kind])
    with pytest.raises(CheckpointError):
        jaxnn.load(copy)


def test_compressed_bomb(copy):
    path = copy / "arrays" / "a0" / ".zarray"
    described = json.loads(path.read_bytes())
    path.write_text(json.dumps(described | {"compressor": {"id": "zstd", "level": 1}}))
    forged(copy, lambda body: None)
    refused(copy, "describes another array")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"manifest":' * 5000, "[1e999]", "{}", "null", ""]
)
def test_manifests_that_are_none(copy, text):
    (copy / "manifest.json").write_text(text)
    refused(copy, "manifest.json")


def test_pinned_digest(copy):
    digest = hashlib.sha256((copy / "manifest.json").read_bytes()).hexdigest()
    assert jaxnn.load(copy, expected_sha256=digest)[0] == NET
    with pytest.raises(CorruptCheckpoint, match="expected_sha256 is 0000"):
        jaxnn.load(copy, expected_sha256="0" * 64)


def mangled(content, rng):
    """Return a file with something done to it: bits, cuts, pieces moved, other bytes."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(6)
        if kind == 0 and content:
            content[at % len(content)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del content[at:]
        elif kind == 2:
            content[at:at] = rng.randbytes(rng.choice([1, 4, 100]))
        elif kind == 3:
            del content[at : at + rng.choice([1, 4, 100])]
        elif kind == 4:
            content = bytearray(rng.randbytes(len(content)))
        else:
            piece = content[at : at + 16]
            content[at : at + 16] = piece[::-1]
    return bytes(content)


def mutate(copy, good, count, seed=0):
    """Mangle files, and count the errors and the loads of what was the same after all."""
    rng, found = random.Random(seed), {"refused": 0, "the same": 0}
    contents = {path: path.read_bytes() for path in files_of(copy)}
    for _ in range(count):
        path = rng.choice(list(contents))
        path.write_bytes(mangled(contents[path], rng))
        try:
            params = jaxnn.load(copy)[1]
        except CheckpointError:
            found["refused"] += 1
        else:
            assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), params, good))
            assert path.read_bytes() == contents[path]
            found["the same"] += 1
        path.write_bytes(contents[path])
    assert sum(found.values()) == count
    return found


@pytest.mark.thorough
def test_a_thousand_mutated_files(copy, model):
    found = mutate(copy, jaxnn.load(model)[1], 1000)
    assert found["refused"] > 900


@pytest.mark.slow
def test_ten_thousand_mutated_files(copy, model, capsys):
    found = mutate(copy, jaxnn.load(model)[1], 10_000, seed=1)
    with capsys.disabled():
        print(f"\n10,000 mutated files: {found}")
    assert found["refused"] > 9000


def test_random_bytes_as_a_checkpoint(tmp_path):
    rng = random.Random(2)
    for n in range(200):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / "manifest.json").write_bytes(rng.randbytes(rng.randrange(300)))
        with pytest.raises(CheckpointError):
            jaxnn.load(folder)


# A damaged checkpoint of a run


def train(folder, epochs, **options):
    X, Y = jaxnn.boolean_function()
    net = jaxnn.mlp(3, 3, 1, output="sigmoid")
    return jaxnn.fit(
        net, (X, Y), cost="squared_error", optimizer=optax.adam(0.1), key=jax.random.key(0),
        epochs=epochs, progress=False, checkpoint=Checkpoints(folder, every=2, **options),
    )  # fmt: skip


def damage(step):
    """Flip a bit of an array."""
    path = step / "arrays" / "a0" / "0"
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def test_damaged_newest_checkpoint(tmp_path):
    whole = train(tmp_path / "whole", 8)
    train(tmp_path / "run", 6)
    damage(Checkpoints(tmp_path / "run").steps[-1])
    with pytest.raises(
        CorruptCheckpoint, match=r"a0/0 has changed.*newest good .* step_0000000004"
    ):
        train(tmp_path / "run", 8)
    with pytest.warns(RuntimeWarning, match=r"from step_0000000004 instead of step_0000000006"):
        resumed = train(tmp_path / "run", 8, on_corrupt="previous")
    for a, b in zip(jax.tree.leaves(whole.params), jax.tree.leaves(resumed.params), strict=True):
        assert a.tobytes() == b.tobytes()


def test_all_checkpoints_damaged(tmp_path):
    train(tmp_path / "run", 6)
    for step in Checkpoints(tmp_path / "run").steps:
        damage(step)
    for how in ("error", "previous"):
        with pytest.raises(CorruptCheckpoint, match=r"No older checkpoint in .* is good"):
            train(tmp_path / "run", 8, on_corrupt=how)


def test_no_module_can_execute_a_file():
    import ast

    forbidden = {"pickle", "marshal", "dill", "shelve", "joblib", "cloudpickle"}
    for path in Path(jaxnn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name.split(".")[0] for alias in node.names]
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module.split(".")[0]]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
            assert not forbidden & set(names), path


def test_memory_of_a_bomb_stays_small(copy):
    """In a process with little memory, a manifest that promises 4 TB is refused, not served."""
    forged(copy, BOMBS["huge shape"])
    code = (
        "import resource, sys, jaxnn, jax\n"
        "jax.numpy.ones(1).block_until_ready()\n"
        "import orbax.checkpoint\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: jaxnn.load(sys.argv[1])\n"
        "except jaxnn.CheckpointError as error: print(error)\n"
        "print('grown by', (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    environment = os.environ | {"JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", code, copy], capture_output=True, text=True, timeout=120,
        env=environment, check=True,
    )  # fmt: skip
    assert "is smaller than the arrays" in done.stdout
    assert int(done.stdout.split()[-1]) < 50


WATCHED = """
import json, os, sys
import jaxnn, jax
good, *bad = sys.argv[1:]
jaxnn.load(good)  # so that all is imported
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)


def places():
    found = [os.path.realpath(os.fsdecode(path)) for path in opened if not isinstance(path, int)]
    opened.clear()
    return found


jaxnn.load(good)
told = {good: places()}
for folder in bad:
    try:
        jaxnn.load(folder)
    except jaxnn.CheckpointError as error:
        told[folder] = places()
open(os.path.dirname(good) + "/canary").close()
told["canary"] = places()
print(json.dumps(told))
"""


def escapes(canary):
    """Return ways out of a checkpoint's folder, each a function that builds one into it."""
    entry = {
        "bytes": canary.stat().st_size,
        "sha256": hashlib.sha256(canary.read_bytes()).hexdigest(),
    }

    def named(name):
        return lambda folder: forged(folder, lambda body: body["files"].update({name: entry}))

    def in_place_of(inner):
        def link(folder):
            path = folder / inner
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            path.symlink_to(canary.parent if inner == "arrays" else canary)

        return link

    def link_in_the_manifest(folder):
        (folder / "link").symlink_to(canary)
        forged(folder, lambda body: body["files"].update(link=entry))

    return [
        named("../canary"), named(str(canary)), named("arrays/../../canary"), link_in_the_manifest,
        *map(in_place_of, ("manifest.json", "arrays", "arrays/a0/0.0", "arrays/a0/.zarray")),
    ]  # fmt: skip


def test_nothing_outside_of_the_folder_is_opened(model, tmp_path):
    """Python tells another process of every file that it opens while it refuses checkpoints."""
    good, canary = Path(shutil.copytree(model, tmp_path / "good")), tmp_path / "canary"
    canary.write_text("secret")
    bad = []
    for i, escape in enumerate(escapes(canary)):
        bad.append(Path(shutil.copytree(model, tmp_path / f"bad{i}")))
        escape(bad[-1])
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, good, *bad], capture_output=True, text=True, timeout=120,
        env=os.environ | {"JAX_PLATFORMS": "cpu"}, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told.pop("canary") == [str(canary)]
    assert str(good / "manifest.json") in told[str(good)]
    assert set(told) == {str(good), *map(str, bad)}  # all were refused
    for folder, places in told.items():
        assert [place for place in places if not Path(place).is_relative_to(folder)] == []
    assert canary.read_text() == "secret"
