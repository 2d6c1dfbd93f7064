"""SIGTERM and Ctrl-C end a training whenever they come, and it goes on with the same bits."""

import io
import itertools
import os
import random
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np
import pytest

import jaxnn
from jaxnn import Checkpoints
from jaxnn.checkpoints import step_folder
from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.run_checkpointer import RunCheckpointer
from jaxnn.checkpoints.signals import StopRequest, noted_signals
from jaxnn.checkpoints.sweep_checkpointer import SweepCheckpointer
from jaxnn.streams.prefetch import prefetched
from jaxnn.streams.waiting import first_done, result_of, wait_for
from jaxnn.training import stream_scores
from jaxnn.training.recorder import Recorder
from tests.checkpoints.test_checkpoints import assert_same, assert_same_sweep, data, swept, train
from tests.streams.test_streams import saved

ENDS = [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]


@pytest.fixture(autouse=True)
def heard():
    """The signals that arrive while no handlers are jaxnn's: none of them ends the tests."""
    heard = []
    before = {
        each: signal.signal(each, lambda number, _: heard.append(number))
        for each in (signal.SIGTERM, signal.SIGINT)
    }
    handlers = {each: signal.getsignal(each) for each in before}
    yield heard
    assert {each: signal.getsignal(each) for each in before} == handlers
    for each, handler in before.items():
        signal.signal(each, handler)


@contextmanager
def leaving(error):
    """Expect the end of the process, with the status of the signal."""
    with pytest.raises(error) as raised:
        yield
    if error is SystemExit:
        assert raised.value.code == 143


def signalling(monkeypatch, owner, name, number, when=lambda *_, **__: True):
    """Let a method send a signal to the process, once, when it begins."""
    method, sent = getattr(owner, name), []

    def signals(*args, **kwargs):
        if not sent and when(*args, **kwargs):
            sent.append(number)
            os.kill(os.getpid(), number)
        return method(*args, **kwargs)

    monkeypatch.setattr(owner, name, signals)
    return sent


# Every moment of a fit


def is_last(*_, epochs, **__):
    return epochs == 12


MOMENTS = {
    "while the newest checkpoint is read": (RunCheckpointer, "resume", None),
    "after some epochs": (Recorder, "after", lambda _, epoch, *__: epoch >= 2),
    "before the last save": (RunCheckpointer, "keep", is_last),
    "while the last save is written": (ArrayWriter, "finish", None),
    "while the result is put together": (Recorder, "recording", None),
    "while files are closed": (ArrayWriter, "__exit__", None),
    "while handlers are put back": (StopRequest, "_restore_handlers", None),
}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("number", "error"), ENDS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_ends_a_fit_whenever_it_comes(tmp_path, monkeypatch, moment, number, error):
    owner, name, when = MOMENTS[moment]
    checkpoints = Checkpoints(tmp_path / "run")  # saves at the end alone
    with monkeypatch.context() as patch:
        sent = signalling(patch, owner, name, number, when or (lambda *_, **__: True))
        with leaving(error):
            train(checkpoint=checkpoints)
    assert sent == [number]
    assert_same(train(), train(checkpoint=checkpoints))


def saved_rows(folder):
    return saved(folder, **{
        name: np.ascontiguousarray(np.asarray(array).T)
        for name, array in zip("XY", data(203), strict=True)
    })  # fmt: skip


def test_it_ends_a_fit_before_the_first_epoch(tmp_path, monkeypatch):
    signalling(monkeypatch, RunCheckpointer, "resume", signal.SIGTERM)
    with leaving(SystemExit):
        train(folder=tmp_path / "run", listeners=[lambda event: pytest.fail(f"{event.epoch}")])
    assert Checkpoints(tmp_path / "run").steps == []


@pytest.mark.thorough
def test_it_ends_a_stream_while_the_validation_set_is_read(tmp_path, monkeypatch):
    """Of that no more is read; the epoch goes on where its training examples were all read."""
    paths = saved_rows(tmp_path)

    def stream():
        return jaxnn.stream_npy(paths["X"], paths["Y"], block=7, buffer=16)

    options = {"data": stream(), "validation": stream(), "patience": 2, "epochs": 3}
    whole = train(**options)
    scored = itertools.count(1)

    def score(*args, original=stream_scores._chunk_scores):
        if next(scored) == 17:  # 13 chunks a pass
            os.kill(os.getpid(), signal.SIGTERM)
        return original(*args)

    with monkeypatch.context() as patch:
        patch.setattr(stream_scores, "_chunk_scores", score)
        with leaving(SystemExit):
            train(folder=tmp_path / "run", **options)
    assert next(scored) < 22
    (step,) = Checkpoints(tmp_path / "run").steps
    assert step.name == "step_0000000052"  # 26 updates an epoch
    assert_same(whole, train(folder=tmp_path / "run", **options))


@pytest.mark.parametrize(("number", "error"), ENDS)
def test_an_error_after_a_signal_does_not_lose_it(tmp_path, caplog, number, error):
    """Who catches the error would train on."""

    def listener(_):
        os.kill(os.getpid(), number)
        raise ValueError("not today")

    with leaving(error):
        train(folder=tmp_path / "run", listeners=[listener])
    (record,) = caplog.records
    assert "a signal asked the process to end, and it ends; before that, an er" in record.message
    assert "ValueError: not today" in caplog.text


def test_an_error_is_raised_as_ever():
    with pytest.raises(ValueError, match="as ever"), noted_signals():
        raise ValueError("as ever")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("number", "error"), ENDS)
def test_training_within_training(tmp_path, number, error):
    """A signal is one for both: a listener who catches the inner end does not keep the outer on."""
    epochs = []

    def inner(event):
        if event.epoch == 2:
            os.kill(os.getpid(), number)

    def outer(event):
        epochs.append(event.epoch)
        with leaving(error):
            train(folder=tmp_path / "inner", listeners=[inner])
        assert signal.getsignal(number) is signal.SIG_DFL  # a second one ends it at once

    with leaving(error):
        train(folder=tmp_path / "outer", listeners=[outer])
    assert epochs == [1]
    assert len(Checkpoints(tmp_path / "outer").steps) == 1
    assert_same(train(), train(folder=tmp_path / "outer"))
    assert_same(train(), train(folder=tmp_path / "inner"))


def test_a_signal_that_is_ignored_stays_so(tmp_path):
    """As Ctrl-C is in a job that a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with leaving(SystemExit):
            train(folder=tmp_path / "run", listeners=[
                lambda _: os.kill(os.getpid(), signal.SIGINT),
                lambda _: os.kill(os.getpid(), signal.SIGTERM),
            ])  # fmt: skip
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


# The main thread hears signals while it waits for others


def to_this_thread(number=signal.SIGTERM):
    """Send a signal that another thread than the main one gets: none wakes that."""
    assert threading.current_thread() is not threading.main_thread()
    time.sleep(0.3)  # until the main one waits
    signal.pthread_kill(threading.get_ident(), number)


WAITS = {
    "the result of one": result_of,
    "the first of some": lambda future: first_done([future]).pop().result(),
    "all": lambda future: (wait_for([future]), future.result())[1],
}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_wait_hears_signals(wait):
    came = threading.Event()
    signal_before = signal.signal(signal.SIGTERM, lambda *_: came.set())

    def work():
        to_this_thread()
        return came.wait(20)

    try:
        with ThreadPoolExecutor(1) as pool:
            assert wait(pool.submit(work))
    finally:
        signal.signal(signal.SIGTERM, signal_before)


def test_waits_raise_what_the_thread_raised():
    """An error of the work itself, though it is a TimeoutError as that of a wait."""

    def work():
        raise TimeoutError("of its own")

    with ThreadPoolExecutor(1) as pool, pytest.raises(TimeoutError, match="of its own"):
        result_of(pool.submit(work))


def test_a_stream_hears_signals(heard):
    def items():
        to_this_thread()
        until = time.monotonic() + 20
        while not heard and time.monotonic() < until:
            time.sleep(0.01)
        yield list(heard)

    assert list(prefetched(items())) == [[signal.SIGTERM]]


@pytest.mark.thorough
@pytest.mark.parametrize(("number", "error"), ENDS)
def test_a_sweep_hears_signals_while_its_threads_train(tmp_path, monkeypatch, number, error):
    monkeypatch.setattr("jaxnn.sweeps.trainer.programs_at_once", lambda _: 2)
    options = {"epochs": 20}
    whole = swept(**options)
    saves, keep = [], SweepCheckpointer.keep

    def slow(self, name, so_far):
        saves.append(so_far.epochs)
        if len(saves) == 3:
            to_this_thread(number)
        time.sleep(0.2)
        keep(self, name, so_far)

    with monkeypatch.context() as patch:
        patch.setattr(SweepCheckpointer, "keep", slow)
        with leaving(error):
            swept(tmp_path / "run", **options)
    assert len(saves) < 10  # of 30
    assert_same_sweep(whole, swept(tmp_path / "run", **options))


# Random moments


def stream_trained(folder=None, *, paths):
    stream = jaxnn.stream_npy(paths["X"], paths["Y"], block=7, buffer=16)
    return train(folder=folder, data=stream, validation=stream, epochs=6)


def slowed(monkeypatch):
    """Let every save and restore of arrays take a while, so that signals come while it does."""

    def slow(function):
        return lambda *args: (time.sleep(0.1), function(*args))[1]

    monkeypatch.setattr(ArrayWriter, "finish", slow(ArrayWriter.finish))
    monkeypatch.setattr(step_folder, "read_arrays", slow(step_folder.read_arrays))


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["fit", "stream", "sweep"])
def test_random_moments(tmp_path, monkeypatch, capsys, heard, kind, count):
    """A signal that no training notes is heard by the handlers of before; none is lost."""
    paths = saved_rows(tmp_path)
    trained, same = {
        "fit": (lambda folder=None: train(folder=folder), assert_same),
        "stream": (lambda folder=None: stream_trained(folder, paths=paths), assert_same),
        "sweep": (swept, assert_same_sweep),
    }[kind]
    monkeypatch.setattr("jaxnn.sweeps.trainer.programs_at_once", lambda _: 2)
    whole = trained()
    slowed(monkeypatch)
    start = time.monotonic()
    trained(tmp_path / "timed")
    most = time.monotonic() - start
    rng, waits, runs, sent = random.Random(kind), [], 0, []

    def send(number):
        sent.append(time.monotonic())
        os.kill(os.getpid(), number)

    while len(waits) < count:
        runs, finished = runs + 1, False
        folder = tmp_path / f"run{runs}"
        while not finished:
            number, error = ENDS[len(waits) % 2]
            timer = threading.Timer(rng.uniform(0, most), send, (number,))
            if len(waits) < count:
                timer.start()
            with suppress(error):
                result = trained(folder)
                finished = True
            ended = time.monotonic()
            if timer.ident is not None:
                timer.join()
            assert len(heard) == (finished and timer.ident is not None)
            heard.clear()
            if not finished:
                waits.append(ended - sent[-1])
        same(whole, result)
    if count == 20:
        with capsys.disabled():
            print(f"\n{kind}: {count} signals in {runs} runs of {most:.1f} s, at most "
                  f"{max(waits):.2f} s each, {np.median(waits):.2f} s in the middle")  # fmt: skip


# The cursor


class Terminal(io.StringIO):
    def isatty(self):
        return True


def cursor_is_visible(written):
    """Return whether the last that was said of the cursor is that it shows."""
    found = re.findall(r"\x1b\[\?25([hl])", written)
    assert found
    return found[-1] == "h"


@pytest.mark.parametrize("trained", [train, swept])
def test_the_cursor_is_never_hidden(monkeypatch, trained):
    """So that whatever ends the process, a second signal or `kill -9`, leaves it visible."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    seen = []

    def listener(_):
        seen.append(cursor_is_visible(terminal.getvalue()))
        if len(seen) == 3:
            raise ValueError("an ordinary error")

    with pytest.raises(ValueError, match="an ordinary error"):
        trained(progress=None, listeners=[listener])
    assert seen == [True] * 3
    assert cursor_is_visible(terminal.getvalue())
