"""Processes that are signalled at random moments; and what a terminal shows after a signal."""

import itertools
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LIMIT = 300  # seconds that a process has
EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SECONDS = 30  # from a signal to the end of the process; 1.5 on two idle cores, 10 on busy ones
STATUSES = {signal.SIGTERM: {143, -15}, signal.SIGINT: {130, -2}}
"""A shell says 143 and 130 of all: Python ends by Ctrl-C, and by signals outside a fit, below 0."""


def cached(folder):
    """Return what to set in the environment: what one process compiles the next one finds."""
    return {
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "",
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


class Process:
    """Trains twice, and then waits until it may end."""

    def __init__(self, kind, folder, out):
        folder.mkdir(exist_ok=True)
        self._errors = open(f"{out}.errors", "w+")  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.signalled_process", kind, str(folder), str(out)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env=os.environ | cached(folder.parent / "xla"),
        )  # fmt: skip
        assert self._process.stdout.readline() == "begun\n", self.errors()

    def errors(self):
        self._errors.seek(0)
        return self._errors.read()

    def until_done(self):
        """Wait until both trainings are done, and let it end."""
        said = self._process.stdout.readline()
        self._process.stdin.close()
        assert (said, self._process.wait(LIMIT)) == ("done\n", 0), self.errors()
        self.close()

    def signalled(self, number):
        """Return the status with which a signal ends it, and after how many seconds."""
        start = time.monotonic()
        self._process.send_signal(number)
        status = self._process.wait(LIMIT)
        self.close()
        return status, time.monotonic() - start

    def close(self):
        for file in (self._process.stdin, self._process.stdout, self._errors):
            file.close()


def signalled_until(count, kind, tmp_path, seed):
    """Send signals at random moments; return how each ended the process, and the longest wait."""
    rng, statuses, longest = random.Random(seed), [], 0.0
    whole = tmp_path / "whole"
    for name in ("compiling", "undisturbed"):
        process, start = Process(kind, tmp_path / name, whole), time.monotonic()
        process.until_done()
        most = time.monotonic() - start  # of the second, as those that follow
    numbers, run = itertools.cycle(STATUSES), 0
    while len(statuses) < count:
        run += 1
        folder, out = tmp_path / f"run{run}", tmp_path / f"out{run}"
        while not out.exists() and len(statuses) < count:
            process = Process(kind, folder, out)
            time.sleep(rng.uniform(0, most))
            if out.exists():
                process.until_done()
                break
            number = next(numbers)
            status, seconds = process.signalled(number)
            if out.exists():  # it came when all was done
                break
            assert status in STATUSES[number]
            assert seconds < SECONDS
            statuses.append(status)
            longest = max(longest, seconds)
        if not out.exists():
            Process(kind, folder, out).until_done()
        assert out.read_text() == whole.read_text()
    return statuses, longest, run


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fit", "stream", "sweep"])
def test_twenty_signals(tmp_path, capsys, kind):
    statuses, longest, runs = signalled_until(20, kind, tmp_path, seed=kind)
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    with capsys.disabled():
        print(f"\n{kind}: {len(statuses)} signals in {runs} runs, statuses {counts}, "
              f"at most {longest:.1f} s each")  # fmt: skip


def test_ctrl_c_reaches_each_of_several_processes_once(tmp_path):
    """A terminal sends it to the whole group; a second one would end a training unsaved."""
    child = (
        "import os, signal, time\n"
        "count = []\n"
        "signal.signal(signal.SIGINT, lambda *_: count.append(1))\n"
        f"open(f'{tmp_path}/begun' + os.environ['JAX_PROCESS_ID'], 'w').close()\n"
        "until = time.monotonic() + 60\n"
        "while not count and time.monotonic() < until: time.sleep(0.01)\n"
        "time.sleep(0.5)\n"
        "alone = os.getpgid(0) == os.getpid()\n"
        "raise SystemExit(0 if alone and len(count) == 1 else 1)\n"
    )
    code = (
        "import sys; from shared.launch import launch; "
        f"sys.exit(launch([sys.executable, '-c', {child!r}], 2))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=EXPERIMENTS, start_new_session=True
    )
    until = time.monotonic() + LIMIT
    while len(list(tmp_path.glob("begun*"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(LIMIT) == 0


# Terminals


TRAINING = """
import signal, sys, time, jax, optax, jaxnn
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

def listener(event):
    print("epoch", event.epoch, file=sys.stderr, flush=True)
    time.sleep({seconds})
    if {fails}:
        raise ValueError("an ordinary error")

checkpoint = jaxnn.Checkpoints({folder!r}) if {folder!r} else None
jaxnn.fit(
    jaxnn.mlp(3, 3, 1, output="sigmoid"), jaxnn.boolean_function(), cost="squared_error",
    optimizer=optax.adam(0.1), epochs=100, key=jax.random.key(0), checkpoint=checkpoint,
    listeners=[listener],
)
"""


def at_a_terminal(code, signals):
    """Return the status of a training whose output is a terminal, and what is written there."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=its, stdout=its, stderr=its, start_new_session=True,
        env=os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "", "TERM": "xterm"},
    )  # fmt: skip
    os.close(its)
    written, signals = b"", list(signals)
    while True:
        try:
            written += os.read(ours, 4096)
        except OSError:  # Linux's end of a terminal
            break
        if signals and b"epoch 1" in written:
            process.send_signal(signals.pop(0))
            if signals:
                time.sleep(0.5)
    os.close(ours)
    return process.wait(LIMIT), written.decode()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("signals", "checkpoints", "statuses"),
    [
        pytest.param([signal.SIGINT] * 2, True, {-2}, id="a second signal"),
        pytest.param([signal.SIGTERM], True, {143}, marks=pytest.mark.slow, id="one signal"),
        pytest.param([signal.SIGTERM], False, {-15}, marks=pytest.mark.slow, id="no checkpoint"),
        pytest.param([signal.SIGKILL], True, {-9}, marks=pytest.mark.slow, id="kill -9"),
        pytest.param([], True, {1}, marks=pytest.mark.slow, id="an error"),
    ],
)
def test_the_cursor_is_visible_after(tmp_path, signals, checkpoints, statuses):
    seconds = 60 if len(signals) == 2 else 0.2
    folder = str(tmp_path / "run") if checkpoints else ""
    code = TRAINING.format(seconds=seconds, folder=folder, fails=not signals)
    start = time.monotonic()
    status, written = at_a_terminal(code, signals)
    assert status in statuses, written
    assert "examples/s" in written
    assert re.findall(r"\x1b\[\?25[hl]", written)[-1] == "\x1b[?25h"
    assert time.monotonic() - start < 60  # not when the listener has slept
