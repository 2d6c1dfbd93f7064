"""Folders with links, pipes and foreign files in them, or that go away while a run trains."""

import ast
import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn import (
    CheckpointError,
    CheckpointLocked,
    CheckpointMismatch,
    Checkpoints,
    CorruptCheckpoint,
)
from jaxnn.checkpoints.lock import NAME, OWNER, locked
from jaxnn.checkpoints.plain_files import read_file
from tests.checkpoints.test_checkpoint_files import damage, forged

NET = jaxnn.mlp(3, 3, 1, output="sigmoid")
EPOCHS, LIMIT = 9, 180


def train(folder=None, *, data=None, epochs=EPOCHS, listeners=(), **options):
    """Fit for nine epochs; with a folder, with a checkpoint after every second one."""
    checkpoint = None if folder is None else Checkpoints(folder, **({"every": 2} | options))
    return jaxnn.fit(
        NET, data or jaxnn.boolean_function(), cost="squared_error", optimizer=optax.adam(0.1),
        key=jax.random.key(0), epochs=epochs, progress=False, listeners=listeners,
        checkpoint=checkpoint, batch_size=8,
    )  # fmt: skip


def sweep(folder=None, *, listeners=(), **options):
    """Train three networks, in two programs."""
    checkpoint = None if folder is None else Checkpoints(folder, **({"every": 2} | options))
    return jaxnn.sweep(
        NET, jaxnn.boolean_function(), grid={"seed": [0, 1, 2]}, cost="squared_error",
        optimizer=optax.adam(0.1), epochs=EPOCHS, batch_size=8, key=jax.random.key(0),
        members_per_batch=2, progress=False, checkpoint=checkpoint, listeners=listeners,
    )  # fmt: skip


def bits(result):
    many = hasattr(result, "histories")
    found = [result.params(i) for i in range(3)] if many else result.params
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(found)]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run that ended after six of its epochs, and what becomes of it undisturbed."""
    folder = tmp_path_factory.mktemp("fitted") / "run"
    train(folder, epochs=6)
    return folder, bits(train())


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The same of a sweep."""
    folder = tmp_path_factory.mktemp("swept") / "run"
    sweep(folder)
    return folder, bits(sweep())


@pytest.fixture
def run(fitted, tmp_path):
    yield Path(shutil.copytree(fitted[0], tmp_path / "run"))
    removed(tmp_path / "run")


@pytest.fixture
def outside(fitted, tmp_path):
    """A folder that is no business of the run, in which all must stay as it is."""
    folder = tmp_path / "outside"
    shutil.copytree(fitted[0] / "step_0000000006", folder / "step_0000000006")
    (folder / "diary").write_text("dear diary\n" * 1000)
    before = contents(folder)
    yield folder
    assert contents(folder) == before


def contents(folder):
    """Return path -> bytes; None for what is no file."""
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def removed(path):
    """Remove what is at a path, as a user would: Python's rmtree gives up at deep folders."""
    subprocess.run(["rm", "-rf", str(path)], check=True, timeout=60)


# What can be in the place of a file or a folder


def symbolic_link(path, outside):
    path.symlink_to(outside / "diary")


def link_to_a_folder(path, outside):
    path.symlink_to(outside / "step_0000000006")


def link_to_nothing(path, outside):
    path.symlink_to(outside / "new")


def hard_link(path, outside):
    path.hardlink_to(outside / "diary")


def pipe(path, outside):
    os.mkfifo(path)


def plain_file(path, outside):
    path.write_bytes(b"\xff\x00[[[")


def empty_folder(path, outside):
    path.mkdir()


def folder_with_a_link(path, outside):
    path.mkdir()
    (path / "arrays").symlink_to(outside)


def deep(path, outside):
    """Make 1,500 folders inside each other, and a good checkpoint beside the first of them."""
    shutil.copytree(outside / "step_0000000006", path)
    for _ in range(1500):
        path = path / "a"
        path.mkdir()


NEWEST = "step_0000000006"
PLACES = {
    "lock": [
        symbolic_link, link_to_a_folder, link_to_nothing, hard_link, pipe, empty_folder,
    ],
    OWNER: [empty_folder],
    f".{OWNER}": [empty_folder],
    NEWEST: [
        symbolic_link, link_to_a_folder, link_to_nothing, pipe, plain_file, empty_folder, deep,
        folder_with_a_link,
    ],
    "step_0000000002": [link_to_a_folder, pipe, plain_file],
    ".saving_step_0000000008": [
        symbolic_link, link_to_a_folder, link_to_nothing, hard_link, pipe, plain_file, deep,
        folder_with_a_link,
    ],
    ".saving_x": [symbolic_link, plain_file],
    ".deleting_x": [link_to_a_folder, pipe, plain_file, deep],
    f"{NEWEST}/manifest.json": [symbolic_link, pipe, empty_folder],
    f"{NEWEST}/arrays": [link_to_a_folder, plain_file],
    f"{NEWEST}/arrays/a0/0": [symbolic_link, pipe],
}  # fmt: skip
CRAFTED = [
    pytest.param(place, craft, id=f"{place}-{craft.__name__}")
    for place, crafts in PLACES.items()
    for craft in crafts
]


def refused(action, error=CheckpointError):
    """Assert that an action is refused within a second, and return the message."""
    least = LIMIT
    for _ in range(3):  # the machine may be busy with something else
        start = time.perf_counter()
        with pytest.raises(error) as found:
            action()
        least = min(least, time.perf_counter() - start)
        if least < 1:
            break
    assert least < 1
    return str(found.value)


def replaced(path, craft, outside):
    if path.exists():
        removed(path)
    craft(path, outside)


@pytest.mark.thorough_cases(26)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("place", "craft"), CRAFTED)
def test_what_jaxnn_did_not_write_is_refused(fitted, run, outside, place, craft):
    """Nothing outside changes, and the run goes on once what the message names is removed."""
    replaced(run / place, craft, outside)
    if craft is not deep:  # Python cannot list that
        before = contents(run)
    told = refused(lambda: train(run))
    named = Path(place).parts[0]
    assert str(run / named) in told
    assert "remove" in told.lower()
    if craft is not deep and place.startswith((".", "step")):
        ours = {run / NAME, run / OWNER}
        assert {p: b for p, b in contents(run).items() if p not in ours} == {
            p: b for p, b in before.items() if p not in ours
        }
    if place.startswith(NEWEST):
        refused(lambda: jaxnn.load(run))
    removed(run / named)
    assert bits(train(run)) == fitted[1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("place", "craft"), [
    (place, craft) for place, crafts in PLACES.items() for craft in crafts
    if place.startswith("step")
])  # fmt: skip
def test_on_corrupt_previous_moves_it_aside(fitted, run, outside, place, craft):
    replaced(run / place, craft, outside)
    named = Path(place).parts[0]
    with pytest.warns(RuntimeWarning, match=rf"instead of {named}, which is now {named}\.corrupt"):
        result = train(run, on_corrupt="previous", keep=9)
    assert bits(result) == fitted[1]
    assert (run / f"{named}.corrupt").is_symlink() or (run / f"{named}.corrupt").exists()


def test_a_second_damage_of_one_checkpoint_finds_another_name(run):
    for name in ("step_0000000006.corrupt", "step_0000000006.corrupt2"):
        (run / name).mkdir()
    damage(run / NEWEST)
    with pytest.warns(RuntimeWarning, match=r"which is now step_0000000006\.corrupt3"):
        train(run, on_corrupt="previous")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("craft", [symbolic_link, hard_link, pipe, link_to_nothing, plain_file])
@pytest.mark.parametrize("place", [OWNER, f".{OWNER}"])
def test_what_says_who_holds_the_lock_is_written_anew_through_no_link(
    fitted, run, outside, place, craft
):
    replaced(run / place, craft, outside)
    assert bits(train(run)) == fitted[1]
    assert f'"pid": {os.getpid()}' in (run / OWNER).read_text()
    assert not (run / OWNER).is_symlink()
    assert (run / OWNER).stat().st_nlink == 1
    assert not (run / f".{OWNER}").exists()


WATCHED = """
import json, os, sys
import jaxnn
from tests.checkpoints.test_checkpoint_folders import train

outside, good, *bad = sys.argv[1:]
touched, told = [], {}


def watch(event, args):
    for path in args[:2] if event == "os.rename" else args[:1]:
        if event.split(".")[0] not in ("open", "os", "shutil") or not isinstance(path, str | bytes):
            continue
        place = os.fsdecode(path)
        if event in ("open", "os.listdir", "os.scandir", "os.truncate"):
            place = os.path.realpath(place)
        else:  # a link itself, not what it leads to
            place = os.path.join(os.path.realpath(os.path.dirname(place)), os.path.basename(place))
        if (place + os.sep).startswith(outside + os.sep):
            touched.append([event, place])


train(good)
sys.addaudithook(watch)
for folder in bad:
    for action in (train, jaxnn.load):
        try:
            action(folder)
        except jaxnn.CheckpointError:
            told[folder] = list(touched)
open(outside + "/diary").close()
print(json.dumps([told, touched]))
"""


@pytest.mark.thorough
def test_nothing_outside_is_opened_listed_or_removed(fitted, tmp_path, outside):
    """Python tells another process of all that it does with files while it refuses folders."""
    good, bad = Path(shutil.copytree(fitted[0], tmp_path / "good")), []
    for place, crafts in PLACES.items():
        for craft in crafts:
            if craft in (symbolic_link, link_to_a_folder, hard_link, folder_with_a_link):
                bad.append(Path(shutil.copytree(fitted[0], tmp_path / f"bad{len(bad)}")))
                replaced(bad[-1] / place, craft, outside)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, outside, good, *bad], capture_output=True, text=True,
        timeout=LIMIT, env=os.environ | {"JAX_PLATFORMS": "cpu"}, check=True,
    )  # fmt: skip
    told, touched = json.loads(done.stdout)
    assert told == {str(folder): [] for folder in bad}
    assert touched == [["open", str(outside / "diary")]]  # what does happen is seen


def test_a_lock_of_odd_bytes_is_a_lock(fitted, run):
    (run / NAME).write_bytes(b"\xff\x00[[[[")
    assert bits(train(run)) == fitted[1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", ["arrays/a0/0", "arrays/a0/.zarray", "manifest.json"])
def test_a_file_of_4_gib_is_refused_by_its_size(fitted, run, name, monkeypatch):
    os.truncate(run / NEWEST / name, 2**32)
    told = refused(lambda: train(run), CorruptCheckpoint)
    assert f"{run / NEWEST / name} has" in told
    for text in (told, refused(lambda: jaxnn.load(run), CorruptCheckpoint)):
        assert f"{2**32} bytes" in text.replace(",", "")
    removed(run / NEWEST)
    assert bits(train(run)) == fitted[1]


def test_more_files_than_the_manifest_has_are_not_looked_through(run):
    for i in range(2000):
        (run / NEWEST / f"d{i}").mkdir()
    assert "holds more than 1," in refused(lambda: jaxnn.load(run), CorruptCheckpoint)


def test_an_old_checkpoint_with_a_foreign_link_in_it_is_not_removed(fitted, tmp_path, outside):
    folder = tmp_path / "run"

    def listener(event):
        if event.epoch == 3:
            until = time.monotonic() + LIMIT
            while not Checkpoints(folder).steps:  # it is saved in the background
                assert time.monotonic() < until
                time.sleep(0.01)
            (folder / "step_0000000002" / "link").symlink_to(outside)

    options = {"keep": 1, "listeners": [listener]}
    with pytest.raises(CheckpointError, match=r"02/link is a symbolic link.*leaves it alone: rem"):
        train(folder, **options)
    shutil.rmtree(folder)
    with pytest.warns(RuntimeWarning, match=r"02/link is a symbolic link.*training goes on"):
        result = train(folder, on_failure="warn", **options)
    assert bits(result) == fitted[1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("has_name", [True, False])
def test_two_checkpoints_swapped(fitted, run, has_name):
    """A manifest has its checkpoint's name; of one without, the number of updates tells."""
    a, b = run / "step_0000000004", run / NEWEST
    if not has_name:
        for step in (a, b):
            forged(step, lambda body: body["about"].pop("name"))

    def swap():
        a.rename(run / "between")
        b.rename(a)
        (run / "between").rename(b)

    swap()
    told = refused(lambda: train(run), CorruptCheckpoint)
    if has_name:
        assert f"{b} was written as step_0000000004, and renamed: give it that name again" in told
        assert "was written as step_0000000004" in refused(lambda: jaxnn.load(run))
    else:
        assert "it is the checkpoint after 4 updates" in told
    swap()
    assert bits(train(run)) == fitted[1]


def test_the_path_itself_may_be_a_link(fitted, run, tmp_path):
    (tmp_path / "latest").symlink_to(run)
    (tmp_path / "step").symlink_to(run / NEWEST)
    expected = jaxnn.load(run / NEWEST)[1]
    for name in ("latest", "step"):
        found = jaxnn.load(tmp_path / name)[1]
        assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), expected, found))
    assert bits(train(tmp_path / "latest")) == fitted[1]


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    for name in ("circle", "gone"):
        with pytest.raises(CheckpointError, match="holds no checkpoint"):
            jaxnn.load(tmp_path / name)
        with pytest.raises(CheckpointError, match="is a symbolic link: checkpoints need a folder"):
            train(tmp_path / name)
    for action in (
        lambda: jaxnn.load(tmp_path / ("x" * 300)),
        lambda: jaxnn.save(tmp_path / ("x" * 300), NET, jaxnn.init(NET, jax.random.key(0))),
    ):
        with pytest.raises(CheckpointError, match="cannot be used: File name too long"):
            action()


# The lock


HOLDS = """
import os, sys, time
from pathlib import Path
from jaxnn.checkpoints.lock import locked

folder, told = map(Path, sys.argv[1:])
with locked(folder):
    child = os.fork()
    if child:
        told.with_suffix(".part").write_text(str(child))
        told.with_suffix(".part").rename(told)
    time.sleep(600)
"""


@pytest.mark.thorough
def test_the_lock_dies_with_its_owner_and_no_fork_of_it_keeps_it(tmp_path):
    folder, told = tmp_path / "run", tmp_path / "told"
    folder.mkdir()
    owner = subprocess.Popen([sys.executable, "-W", "ignore", "-c", HOLDS, folder, told])
    until, child = time.monotonic() + LIMIT, 0
    try:
        while not told.exists():
            assert time.monotonic() < until
            assert owner.poll() is None
            time.sleep(0.02)
        child = int(told.read_text())
        with (
            pytest.raises(
                CheckpointLocked,
                match=rf"run is in use by another run: process {owner.pid} on \S+, since 20\d\d-",
            ),
            locked(folder),
        ):
            pass
        owner.kill()
        owner.wait(LIMIT)
        os.kill(child, 0)  # it lives
        with locked(folder):
            pass
    finally:
        owner.kill()
        owner.wait(LIMIT)
        if child:
            os.kill(child, 9)


def test_a_fork_does_not_write_into_the_folder_of_its_parent(tmp_path):
    with locked(tmp_path) as held:
        held.check()
        child = os.getpid() + 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "getpid", lambda: child)
            with pytest.raises(CheckpointError, match=rf"from which this one, {child}, was forked"):
                held.check()


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", ["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])
def test_a_file_system_without_locks(tmp_path, monkeypatch, name):
    import fcntl

    number = getattr(errno, name)

    def no_locks(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")  # filelock would fall back with a warning
        patch.setattr(fcntl, "flock", no_locks)
        with pytest.raises(CheckpointError, match=r"its file system .* has no locks") as error:
            train(tmp_path / "run")
    assert not isinstance(error.value, CheckpointLocked)
    assert str(tmp_path / "run") in str(error.value)
    train(tmp_path / "run")


def test_a_system_without_locks(tmp_path, monkeypatch):
    import filelock

    monkeypatch.setattr(filelock, "has_fcntl", False)
    with pytest.raises(CheckpointError, match="this system has no locks"):
        train(tmp_path / "run")


def test_nothing_in_jaxnn_needs_posix():
    """What Windows lacks is not imported; of `os` it is asked for by `getattr`."""
    lacking = {"O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "mkfifo", "register_at_fork", "fork"}
    for path in Path(jaxnn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
                assert not names & {"fcntl", "pwd", "grp", "resource"}, path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert not (node.value.id == "os" and node.attr in lacking), path


def test_files_are_read_where_a_system_has_no_such_flags(run, monkeypatch):
    expected = read_file(run / NEWEST / "manifest.json", 2**20)
    monkeypatch.delattr(os, "O_NOFOLLOW")
    monkeypatch.delattr(os, "O_NONBLOCK")
    assert read_file(run / NEWEST / "manifest.json", 2**20) == expected
    jaxnn.load(run)


OWNERS = {
    "odd bytes": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "brackets": lambda path: path.write_bytes(b"[" * 4000),
    "no dictionary": lambda path: path.write_text("[1]"),
    "surrogates": lambda path: path.write_text(
        '{"pid": 1, "host": "\\ud800", "since": "2026-01-01"}'
    ),
    "colours": lambda path: path.write_text('{"pid": 1, "host": "\\u001b[31m", "since": "2026"}'),
    "no number": lambda path: path.write_text('{"pid": [], "host": "a", "since": "2026"}'),
    "empty": lambda path: path.write_text(""),
    "large": lambda path: os.truncate(path, 2**32),
    "pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "link": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("kind", OWNERS)
def test_a_lock_whose_owner_is_not_known(tmp_path, kind):
    with locked(tmp_path):
        OWNERS[kind](tmp_path / OWNER)
        told = refused(lambda: contextlib.ExitStack().enter_context(locked(tmp_path)))
    assert told.startswith(f"{tmp_path} is in use by another run: {OWNER} in it does not say which")


# The folder goes away while a run trains


def deleted(folder):
    shutil.rmtree(folder)


def renamed(folder):
    folder.rename(folder.with_name("moved"))


def put_in_place(folder):
    """Put another folder in its place, with a lock of its own, in which nothing must change."""
    renamed(folder)
    folder.mkdir()
    (folder / NAME).write_text("")
    (folder / "diary").write_text("dear diary")


def lock_deleted(folder):
    (folder / NAME).unlink()


def trained_in(kind, folder, tmp_path, **options):
    if kind == "sweep":
        return sweep(folder, **options)
    if kind == "stream":
        X, Y = jaxnn.boolean_function()
        for name, array in {"X": X, "Y": Y}.items():
            np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(np.asarray(array).T))
        options["data"] = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")
    return train(folder, **options)


@pytest.mark.thorough_cases(5)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("kind", ["fit", "stream", "sweep"])
@pytest.mark.parametrize("go", [deleted, renamed, put_in_place, lock_deleted])
def test_a_folder_that_goes_away(tmp_path, kind, go):
    """It is said to be gone; with on_failure="warn" the run ends as if nobody had disturbed it."""
    folder, gone = tmp_path / "run", []

    def listener(event):
        if event.epoch == 3 and not gone:
            gone.append(True)
            go(folder)

    what = "is gone" if go in (deleted, renamed) else "is no longer the folder of this run"
    message = rf"{folder} {what}: it, or the file lock in it, was deleted, renamed or replaced"
    options = {"listeners": [listener], "every": 4}
    with pytest.raises(CheckpointError, match=message):
        trained_in(kind, folder, tmp_path, **options)
    for path in (folder, folder.with_name("moved")):
        removed(path)
    gone.clear()
    with pytest.warns(RuntimeWarning, match=rf"{message}.*training goes on without it"):
        result = trained_in(kind, folder, tmp_path, on_failure="warn", **options)
    assert bits(result) == bits(trained_in(kind, None, tmp_path))
    if go is put_in_place:
        assert sorted(os.listdir(folder)) == ["diary", NAME]
        assert (folder / NAME).read_text() == ""
    removed(folder)
    assert bits(trained_in(kind, folder, tmp_path)) == bits(result)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("kind", ["fit", "sweep"])
def test_a_folder_that_goes_away_during_a_save(tmp_path, kind):
    folder = tmp_path / "run"

    def listener(event):
        if event.epoch >= 5:
            shutil.rmtree(folder, ignore_errors=True)

    options = {"listeners": [listener], "every": 1}
    with pytest.raises(CheckpointError, match=rf"{folder}.* was deleted, renamed or replaced"):
        trained_in(kind, folder, tmp_path, **options)
    removed(folder)
    with pytest.warns(RuntimeWarning, match="was deleted, renamed or replaced"):
        result = trained_in(kind, folder, tmp_path, on_failure="warn", **options)
    assert bits(result) == bits(trained_in(kind, None, tmp_path))


def test_a_run_that_diverges_after_its_folder_went_away(tmp_path):
    """To go back it looks for a checkpoint: where there is none, it starts from the beginning."""
    folder = tmp_path / "run"
    X, Y = jaxnn.boolean_function()

    def fit(listeners=(), epochs=40, **options):
        return jaxnn.fit(
            jaxnn.mlp(3, 1, output="identity"), (X, Y), cost="squared_error", epochs=epochs,
            optimizer=optax.sgd(60.0), key=jax.random.key(0), progress=False, listeners=listeners,
            **options,
        )  # fmt: skip

    with pytest.warns(RuntimeWarning, match="diverged|NaN|infinite"):
        expected = fit()
    assert expected.diverged

    def listener(event):
        shutil.rmtree(folder, ignore_errors=True)

    with pytest.warns(RuntimeWarning) as told:
        result = fit([listener], checkpoint=Checkpoints(folder, every=1, on_failure="warn"))
    assert sum("training goes on without it" in str(warning.message) for warning in told) > 2
    assert result.diverged
    assert bits(result) == bits(expected)


# The options in a sweep


def of_programs(folder):
    return {path.name: Checkpoints(path).steps for path in sorted(folder.glob("until_*"))}


@pytest.mark.thorough
def test_a_sweep_keeps_as_many_checkpoints_as_it_is_told_to(tmp_path):
    for keep in (1, 2):
        sweep(tmp_path / str(keep), every=1, keep=keep)
        found = of_programs(tmp_path / str(keep))
        assert [len(steps) for steps in found.values()] == [keep, keep]
        last = [f"step_{EPOCHS - k:010d}" for k in reversed(range(keep))]
        assert [[step.name for step in steps] for steps in found.values()] == [last, last]


def test_a_sweep_trains_on_without_a_save_if_told_to(tmp_path, swept, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: types.SimpleNamespace(free=10))
    with pytest.raises(CheckpointError, match=r"[\d,]+ bytes are needed, 10 are free"):
        sweep(tmp_path / "run")
    with pytest.warns(RuntimeWarning, match=r"10 are free.*training goes on without it"):
        result = sweep(tmp_path / "run", on_failure="warn")
    assert bits(result) == swept[1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", ["arrays/a0/0", "manifest.json"])
def test_a_sweep_goes_on_from_the_newest_good_checkpoint_if_told_to(tmp_path, swept, name):
    folder = Path(shutil.copytree(swept[0], tmp_path / "run"))
    for steps in of_programs(folder).values():
        path = next(p for p in sorted((steps[-1]).rglob("*")) if p.is_file() and p.name == (
            "manifest.json" if name == "manifest.json" else ".zarray"
        ))  # fmt: skip
        path.write_bytes(path.read_bytes()[:-1] + b"#")
    with pytest.raises(CorruptCheckpoint, match=r"newest good .* step_0000000008: .* on_corrupt"):
        sweep(folder)
    with pytest.warns(RuntimeWarning, match=r"Going on from step_0000000008 instead of step_0000"):
        result = sweep(folder, on_corrupt="previous")
    assert bits(result) == swept[1]


def test_all_checkpoints_of_a_sweep_damaged(tmp_path, swept):
    folder = Path(shutil.copytree(swept[0], tmp_path / "run"))
    program, steps = next(iter(of_programs(folder).items()))
    for step in steps:
        (step / "manifest.json").write_text("")
    for how in ("error", "previous"):
        with pytest.raises(CorruptCheckpoint, match=f"No older checkpoint in .*{program} is good"):
            sweep(folder, on_corrupt=how)
    removed(folder / program)
    assert bits(sweep(folder)) == swept[1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("craft", [link_to_a_folder, pipe, plain_file, link_to_nothing])
@pytest.mark.parametrize("inner", ["", ".saving_step_0000000002", "step_0000000009"])
def test_a_folder_of_a_sweep_that_jaxnn_did_not_write(tmp_path, swept, outside, craft, inner):
    folder = Path(shutil.copytree(swept[0], tmp_path / "run"))
    place = next(folder.glob("until_*")) / inner
    replaced(place, craft, outside)
    told = refused(lambda: sweep(folder))
    assert str(place) in told
    assert "remove" in told
    removed(place)
    assert bits(sweep(folder)) == swept[1]


def test_two_programs_of_a_sweep_swapped(tmp_path):
    """Their networks have the same shapes, but are not the same."""

    def one(folder):
        return jaxnn.sweep(
            NET, jaxnn.boolean_function(), grid={"seed": [0, 1]}, cost="squared_error",
            optimizer=optax.adam(0.1), epochs=2, batch_size=8, key=jax.random.key(0),
            members_per_batch=1, progress=False, checkpoint=Checkpoints(folder),
        )  # fmt: skip

    one(tmp_path / "run")
    a, b = sorted((tmp_path / "run").glob("until_*"))
    a.rename(tmp_path / "between")
    b.rename(a)
    (tmp_path / "between").rename(b)
    either = rf"({a.name} was written as {b.name}|{b.name} was written as {a.name}), and renamed"
    with pytest.raises(CorruptCheckpoint, match=either):  # whichever of two threads comes first
        one(tmp_path / "run")


def test_a_checkpoint_of_another_kind_in_a_sweep():
    rule = r"checkpoint must be a folder or a jaxnn\.Checkpoints, got 7"
    with pytest.raises(TypeError, match=rule):
        jaxnn.sweep(
            NET, jaxnn.boolean_function(), grid={"seed": [0]}, cost="squared_error",
            optimizer=optax.adam(0.1), key=jax.random.key(0), checkpoint=7,
        )  # fmt: skip


# What load compares


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"network": {}}, TypeError, r"network must be a jaxnn\.Network, .*got \{\}"),
        ({"network": ()}, TypeError, r"network must be a jaxnn\.Network, .*got \(\)"),
        ({"network": 0}, TypeError, r"network must be a jaxnn\.Network, .*got 0"),
        ({"network": ""}, TypeError, r"network must be a jaxnn\.Network, .*got ''"),
        (
            {"network": jaxnn.mlp(3, 4, 1, output="sigmoid")},
            CheckpointMismatch, r"W\^\[1\]: checkpoint \(3, 3\), this network \(4, 3\)",
        ),
        ({"dtype": "", "cast": True}, TypeError, "dtype must be a floating type .*, got ''"),
        ({"dtype": jnp.int32, "cast": True}, TypeError, "dtype must be a floating type"),
        ({"expected_sha256": ""}, ValueError, "expected_sha256 must be the 64 .* digits.*got ''"),
        ({"expected_sha256": 7}, ValueError, "expected_sha256 must be the 64 .* digits.*got 7"),
    ],
)  # fmt: skip
def test_load_compares_what_it_is_given(fitted, arguments, error, message):
    with pytest.raises(error, match=message):
        jaxnn.load(fitted[0], **arguments)
